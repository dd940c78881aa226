"""Score searches over DAGs, started from a DAG that the network proposes.

* `climb`: the best single change (add, delete, reverse an edge) until none helps. A few hundred local
  scores, so it suits the costly ones.
* `reorder`: move one variable at a time to its best place in an order, with parents grown and shrunk
  among its predecessors: the moves of BOSS (Andrews et al., 2023). It leaves local optima in which
  single changes are stuck, and suits the cheap scores.

Both touch only `candidates[j]`, the variables that may be parents of `j`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from discovery.search.dags import topological_order
from discovery.search.local_scores import Cached, Parents
from foundation_causal.types import Array

GAIN = 1e-6  # less than this, in nats, is no improvement
SHAKEN = 5  # a restart lets one pair of so many variables change places
HOPELESS_LOSS = 100.0  # nats; a variable that has lost so much on its way through the order goes no further


def climb(
    score: Cached, start: list[Parents], candidates: list[Parents], required: list[Parents] | None = None
) -> list[Parents]:
    """Take the best addition, deletion or reversal of an edge until none improves the score.

    Args:
        score: Local scores with the edge prior.
        start: Parents of every node of an acyclic graph.
        candidates: Possible parents of every node.
        required: Parents that every node keeps; the start has them, and so have the candidates.

    Returns:
        Parents of every node of an acyclic graph that scores at least as well as the start.
    """
    parents = list(start)
    required = required or [frozenset()] * len(start)
    # Of adding or deleting each parent, as far as known.
    gains: list[dict[int, float]] = [{} for _ in parents]
    while True:
        changes = list(_changes(parents, candidates, required))
        unknown = dict.fromkeys(
            edge for change in changes for edge in change if edge[0] not in gains[edge[1]]
        )
        values = score.many((j, parents[j] ^ {i}) for i, j in unknown)
        for (i, j), value in zip(unknown, values, strict=True):
            gains[j][i] = value - score(j, parents[j])
        best, gain = max(
            ((change, sum(gains[j][i] for i, j in change)) for change in changes),
            key=lambda change: change[1],
            default=((), 0.0),
        )
        if gain < GAIN:
            return parents
        for i, j in best:
            parents[j] ^= {i}
            gains[j] = {}


def _changes(
    parents: list[Parents], candidates: list[Parents], required: list[Parents]
) -> Iterator[tuple[tuple[int, int], ...]]:
    """Every legal single change, as the edges `(i, j)` that come or go; a reversal is one of each."""
    ancestors = _ancestors(parents)
    for j, pa in enumerate(parents):
        for i in pa - required[j]:
            yield ((i, j),)
            if j in candidates[i] and not _leads_round(i, pa, ancestors):
                yield (i, j), (j, i)
        for i in candidates[j] - pa:
            if j not in ancestors[i]:
                yield ((i, j),)


def reversible(parents: list[Parents], candidates: list[Parents]) -> list[tuple[int, int]]:
    """The edges `(i, j)` that can be turned around: `j` is a candidate of `i`, and no cycle closes.

    Example:
        >>> parents = [frozenset(), frozenset({0}), frozenset({0, 1})]  # a triangle; 0 -> 2 closes it
        >>> sorted(reversible(parents, [frozenset({1, 2}), frozenset({0, 2}), frozenset({0, 1})]))
        [(0, 1), (1, 2)]
    """
    ancestors = _ancestors(parents)
    return [
        (i, j)
        for j, pa in enumerate(parents)
        for i in pa
        if j in candidates[i] and not _leads_round(i, pa, ancestors)
    ]


def _leads_round(i: int, pa: Parents, ancestors: list[set[int]]) -> bool:
    """Whether a path leads from a parent to its child through another of the child's parents."""
    return any(i in ancestors[k] for k in pa - {i})


def _ancestors(parents: list[Parents]) -> list[set[int]]:
    ancestors: list[set[int]] = [set() for _ in parents]
    for j in topological_order(parents, np.zeros(len(parents))):
        ancestors[j] = set(parents[j]).union(*(ancestors[i] for i in parents[j]))
    return ancestors


def reorder(
    score: Cached,
    start: list[Parents],
    candidates: list[Parents],
    key: Array,
    required: list[Parents] | None = None,
    *,
    sweeps: int = 10,
    restarts: int = 0,
) -> list[Parents]:
    """Move every variable to its best position in the order, until a sweep changes nothing.

    Args:
        score: Local scores with the edge prior.
        start: Parents of every node of an acyclic graph.
        candidates: Possible parents of every node.
        key: `[d]`, breaks ties in the starting order.
        required: Parents that every node keeps; the start has them, and so have the candidates.
        sweeps: How many times every variable is tried at most.
        restarts: How many times the search goes on from the best order with some variables put elsewhere,
            which leaves optima that no move of one variable does (iterated local search: Lourenco, Martin
            and Stutzle, 2003; as in FLOP: Wienobst, Henckel and Weichwald, 2025).

    Returns:
        Parents of every node of an acyclic graph.
    """
    allowed = _Allowed(candidates, required or [frozenset()] * len(start))
    best = _settled(
        score, _fitted(score, topological_order(start, key), list(start), allowed), allowed, sweeps
    )
    random = np.random.default_rng(0)  # it moves places of an order, so that names and columns do not matter
    for _ in range(restarts):
        order = _shaken(best.order, allowed, random)
        other = _settled(score, _fitted(score, order, best.parents, allowed), allowed, sweeps)
        if other.total > best.total + GAIN:
            best = other
    return best.parents


def _fitted(score: Cached, order: list[int], parents: list[Parents], allowed: _Allowed) -> _Order:
    """An order with the parents that it allows, grown and shrunk from those of these that it allows."""
    kept = [frozenset[int]()] * len(order)
    for position, j in enumerate(order):
        kept[j] = parents[j] & frozenset(order[:position])
    state = _Order(order, kept, [score(j, pa) for j, pa in enumerate(kept)])
    for position, j in enumerate(order):
        _refit(score, state, j, frozenset(order[:position]), allowed)
    return state


def _settled(score: Cached, state: _Order, allowed: _Allowed, sweeps: int) -> _Order:
    """Move every variable to its best place until that changes nothing."""
    for _ in range(sweeps):
        improved = False
        for variable in list(state.order):
            better = _best_position(score, state, allowed, variable)
            if better is not None:
                state, improved = better, True
        if not improved:
            break
    return state


def _shaken(order: list[int], allowed: _Allowed, random: np.random.Generator) -> list[int]:
    """An order in which some variables have changed places, which keeps what is required."""
    shaken = list(order)
    for _ in range(max(2, len(order) // SHAKEN)):
        first, second = sorted(random.choice(len(order), 2, replace=False))
        trial = list(shaken)
        trial[first], trial[second] = trial[second], trial[first]
        place = {j: position for position, j in enumerate(trial)}
        if all(place[i] < place[j] for j, kept in enumerate(allowed.required) for i in kept):
            shaken = trial
    return shaken


class _Allowed(NamedTuple):
    """Possible parents of every node, and those that it keeps."""

    candidates: list[Parents]
    required: list[Parents]


class _Order:
    """An order of the variables with the parents that it allows, and their scores."""

    def __init__(self, order: list[int], parents: list[Parents], values: list[float]) -> None:
        self.order, self.parents, self.values = order, parents, values

    @property
    def total(self) -> float:
        """The score of the graph."""
        return sum(self.values)

    def copy(self) -> _Order:
        return _Order(self.order[:], self.parents[:], self.values[:])


def _best_position(score: Cached, state: _Order, allowed: _Allowed, v: int) -> _Order | None:
    """The order in which `v` stands at its best place, if that improves the score."""
    start = state.total
    best, top = None, start + GAIN
    for direction in (-1, 1):
        trial = state.copy()
        at, total = trial.order.index(v), start
        while 0 <= at + direction < len(trial.order):
            other = trial.order[at + direction]
            first, second = (v, other) if direction < 0 else (other, v)
            if second in allowed.required[first]:
                break
            trial.order[at], trial.order[at + direction] = other, v
            at += direction
            lost, won = second in trial.parents[first], first in allowed.candidates[second]
            if not (lost or won):
                continue
            before = frozenset(trial.order[: min(at, at - direction)])
            if lost:
                _refit(score, trial, first, before, allowed)
            if won:
                _refit(score, trial, second, before | {first}, allowed)
            total = trial.total
            if total > top:
                best, top = trial.copy(), total + GAIN
            if total < start - HOPELESS_LOSS:
                break
    return best


def _refit(score: Cached, state: _Order, j: int, before: Parents, allowed: _Allowed) -> None:
    """Grow and shrink the parents of `j` among its candidates `before` it, from those it has."""
    possible, kept = before & allowed.candidates[j], allowed.required[j]
    parents = state.parents[j] & possible
    value = score(j, parents)
    while True:
        options = [parents | {i} for i in score.promising(j, parents, possible - parents)]
        options += [parents - {i} for i in parents - kept]
        scores = score.many((j, option) for option in options)
        if not options or max(scores) <= value + GAIN:
            break
        value = max(scores)
        parents = options[scores.index(value)]
    state.parents[j], state.values[j] = parents, value
