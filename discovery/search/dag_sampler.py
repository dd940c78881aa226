r"""DAGs weighted by their evidence: what the search knows beyond the DAG that it returns.

The search leaves behind local scores of many parent sets, each a log evidence plus the network's log odds of
its edges. They are the states of a Gibbs sampler over DAGs,

.. math:: p(G) \propto \exp\Big(\alpha \sum_j s_j(pa(j))\Big),

with a power below 1, because scores are overconfident: no family of theirs describes data exactly, and the
network has seen the same rows. `benchmarks/fit/graph_posterior.py` shows what other powers would do.

A step draws new parents for two nodes at once, exactly, given all other edges. Two nodes, not one, because
reversing an edge changes the parents of both (Grzegorczyk and Husmeier, 2008, on why that matters).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from discovery.search.local_scores import Parents
from discovery.search.refine import Refined
from foundation_causal.types import Array

POWER = 0.5  # of the scores
KEPT = 12.0  # nats; a parent set so much worse than the best one of its node is no state
MOST_SETS = 100  # of one node
NEAR = 3.0  # nats; sets this close to the best one of their node have their neighbours scored
DRAWS = 100  # that weighted DAGs are chosen from


class Table(NamedTuple):
    """The parent sets of one node.

    Attributes:
        members: `[T, d]`, 1 for a parent, the most probable set first.
        log_weight: `[T]`.
    """

    members: NDArray[np.float32]
    log_weight: Array


class Posterior:
    """Distribution over DAGs; made once for a search, because it scores further parent sets.

    Args:
        search: The search.
        power: Power of its scores.
    """

    def __init__(self, search: Refined, power: float = POWER) -> None:
        # Nodes in an order of their own, so that the draws do not depend on that of the columns.
        self.order = np.argsort(search.score.many(enumerate(search.parents)), kind="stable")
        self.start = search.adjacency[np.ix_(self.order, self.order)]
        self.tables = _tables(search, self.order, power)

    def sample(self, k: int, seed: int = 0) -> NDArray[np.bool_]:
        """`k` DAGs, one after each sweep of the sampler, bool `[k, d, d]`."""
        sampler, rng = Sampler(self.tables, self.start), np.random.default_rng(seed)
        back = np.argsort(self.order)
        return np.array([sampler.sweep(rng)[np.ix_(back, back)] for _ in range(k)])

    def weighted(self, k: int, seed: int = 0) -> list[tuple[NDArray[np.bool_], float]]:
        """At most `k` DAGs, bool `[d, d]`, whose weighted edges are close to those of `DRAWS` draws.

        They are chosen one after the other, each the draw that brings the mean of those chosen closest to
        the mean of all (herding; Welling, 2009). A DAG that is chosen again gets more weight. A few DAGs
        drawn at random would be further from the mean, and the `k` best ones are too much alike.
        """
        draws = self.sample(DRAWS, seed)
        edges = draws.reshape(len(draws), -1).astype(np.float64)
        mean, total, times = edges.mean(0), np.zeros(edges.shape[1]), Counter[bytes]()
        for count in range(1, k + 1):
            distance = np.square((total + edges) / count - mean).sum(1).round(9)
            total += edges[int(distance.argmin())]
            times[draws[int(distance.argmin())].tobytes()] += 1
        return [
            (np.frombuffer(dag, dtype=bool).reshape(draws.shape[1:]), count / k)
            for dag, count in times.most_common()
        ]


def _tables(search: Refined, order: NDArray[np.intp], power: float) -> list[Table]:
    """The parent sets that each node chooses among, nodes in this order."""
    tempered = _Tempered(search, power)
    _explore(search, tempered)
    states = tempered.states(KEPT)
    place = np.argsort(order)
    tables = []
    for j in order:
        sets = sorted(states[j], key=lambda pa: -tempered(j, pa))
        members = np.zeros((len(sets), len(order)), dtype=np.float32)
        for row, pa in zip(members, sets, strict=True):
            row[place[list(pa)]] = 1
        tables.append(Table(members, np.array([tempered(j, pa) for pa in sets])))
    return tables


class _Tempered:
    """Local scores under the power."""

    def __init__(self, search: Refined, power: float) -> None:
        self.search, self.power = search, power

    def __call__(self, j: int, parents: Parents) -> float:
        return self.power * self.search.score(j, parents)

    def states(self, kept: float) -> list[list[Parents]]:
        """For every node the known sets that are at most `kept` nats worse than the best one, and two others.

        These are the set in the best DAG, and the smallest, by which every DAG leads to every other.
        """
        known: list[dict[Parents, float]] = [
            {pa: self(j, pa) for pa in (self.search.parents[j], self.search.required[j])}
            for j in range(len(self.search.parents))
        ]
        always = [set(sets) for sets in known]
        for j, pa in self.search.score.known:
            if self.search.required[j] <= pa <= self.search.candidates[j]:
                known[j][pa] = self(j, pa)
        return [_best(sets, kept, always[j]) for j, sets in enumerate(known)]


def _best(sets: dict[Parents, float], kept: float, always: set[Parents]) -> list[Parents]:
    """At most `MOST_SETS` of the sets that are close to the best one, and those of `always`."""
    top = max(sets.values())
    close = sorted((pa for pa, value in sets.items() if value > top - kept), key=lambda pa: -sets[pa])
    return [*close[:MOST_SETS], *always.difference(close[:MOST_SETS])]


def _explore(search: Refined, tempered: _Tempered) -> None:
    """Score the neighbours of good parent sets, at most as many as the search has scored."""
    budget = len(search.score.known)
    seen: set[tuple[int, Parents]] = set()
    while True:
        near = [(j, pa) for j, sets in enumerate(tempered.states(NEAR)) for pa in sets]
        fresh = sorted((s for s in near if s not in seen), key=lambda s: -tempered(*s))
        batch: dict[tuple[int, Parents], None] = {}
        for j, pa in fresh:
            seen.add((j, pa))
            batch.update(dict.fromkeys(r for r in _neighbours(search, j, pa) if r not in search.score.known))
            if len(batch) >= budget:
                break
        if not batch:
            return
        search.score.many(batch)
        budget -= len(batch)
        if budget <= 0:
            return


def _neighbours(search: Refined, j: int, parents: Parents) -> Iterator[tuple[int, Parents]]:
    for i in sorted(parents - search.required[j]):
        yield j, parents - {i}
    for i in sorted(search.score.promising(j, parents, search.candidates[j] - parents)):
        yield j, parents | {i}


class Sampler:
    """Gibbs sampling of DAGs whose nodes choose among tables of parent sets.

    Args:
        tables: One for every node; the smallest set of each must be acyclic together with all others' sets.
        adjacency: Where to start, 0/1 `[d, d]`, acyclic.
    """

    def __init__(self, tables: list[Table], adjacency: NDArray[np.bool_]) -> None:
        self.tables = tables
        self.adjacency = np.array(adjacency, dtype=np.float32)
        linked = np.array([t.members.any(0) for t in tables])
        self.pairs = np.argwhere(np.triu(linked | linked.T, 1))

    def sweep(self, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Take a step for every pair of nodes that may be connected, in random order.

        Returns:
            The DAG, bool `[d, d]`.
        """
        for i, j in rng.permutation(self.pairs):
            self.step(i, j, rng.random(3))
        return self.adjacency > 0

    def step(self, i: int, j: int, uniform: Array) -> None:
        """Draw the parents of `i` and of `j`, given all other edges.

        Parents of `i` must be none of its descendants by other edges. If they are among the descendants of
        `j`, those of `j` must not be among the descendants of `i`, and the other way round.
        """
        self.adjacency[:, [i, j]] = 0
        reached = self._reached(i, j)
        free_i, bound_i = self._split(i, reached)
        free_j, bound_j = self._split(j, reached[::-1])
        either = np.maximum(free_j, bound_j)
        odds = (_total(bound_i) + _total(free_j)) - (_total(free_i) + _total(either))
        of_i, of_j = (bound_i, free_j) if uniform[0] < expit(odds) else (free_i, either)
        self.adjacency[:, i] = self.tables[i].members[pick(of_i, uniform[1])]
        self.adjacency[:, j] = self.tables[j].members[pick(of_j, uniform[2])]

    def _split(self, i: int, reached: NDArray[np.float32]) -> tuple[Array, Array]:
        """Log weights `[T]` of the sets of `i` without, and of those with, nodes that the other reaches.

        They are -inf for all other sets.
        """
        own, other = (self.tables[i].members @ reached.T > 0).T
        weight = self.tables[i].log_weight
        return np.where(own | other, -np.inf, weight), np.where(other & ~own, weight, -np.inf)

    def _reached(self, *nodes: int) -> NDArray[np.float32]:
        """Each of the nodes and its descendants, 0/1 `[nodes, d]`."""
        reached = np.eye(len(self.adjacency), dtype=np.float32)[list(nodes)]
        while True:
            further: NDArray[np.float32] = np.minimum(reached + reached @ self.adjacency, 1)
            if (further == reached).all():
                return reached
            reached = further


def _total(log_weights: Array) -> float:
    """The log of the sum of the weights; evidences differ by more than exponents can hold."""
    top = log_weights.max()
    return float(top) if top == -np.inf else float(top + np.log(np.exp(log_weights - top).sum()))


def pick(log_weights: Array, uniform: float) -> int:
    """An index by its weight; none of weight 0."""
    total = np.cumsum(np.exp(log_weights - log_weights.max()))
    return int(np.searchsorted(total, min(uniform * total[-1], np.nextafter(total[-1], 0)), side="right"))
