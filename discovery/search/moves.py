"""Score searches over DAGs, started from a DAG that the network proposes.

* `climb`: the best single change (add, delete, reverse an edge) until none helps. A few hundred local
  scores, so it suits the costly ones.
* `reorder`: move one variable at a time to its best place in an order, with parents grown and shrunk
  among its predecessors: the moves of BOSS (Andrews et al., 2023). It leaves local optima in which
  single changes are stuck, and suits the cheap scores.

Both touch only `candidates[j]`, the variables that may be parents of `j`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from discovery.search.dags import topological_order
from discovery.search.local_scores import Cached, Parents
from foundation_causal.types import Array

Edge = tuple[int, int]
Change = tuple[Edge, ...]  # the edges `(i, j)` that come or go

GAIN = 1e-6  # less than this, in nats, is no improvement
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
        Parents of every node of an acyclic graph that scores at least as well as the start, and better than
        what any single change makes of it.
    """
    required = required or [frozenset()] * len(start)
    gains = _Gains(score, start)
    while gains.take_best(list(_changes(gains.parents, candidates, required))):
        pass
    return gains.parents


class _Gains:
    """What adding or deleting each edge gains, scored only where it may be the best change.

    When the parents of a variable change, what was known of its edges becomes a guess. Edges that are guessed
    to lose are not scored again before the climb would end without them. That is the lazy greedy search of
    Minoux (1978), for gains that never grow as a set does; these may, and so all are scored in the end.

    Attributes:
        parents: Of every node of the graph.
        guess: The gain of changing each edge `(i, j)`, as last known.
        known: The edges whose gains are known.
    """

    def __init__(self, score: Cached, parents: list[Parents]) -> None:
        self.score, self.parents = score, list(parents)
        self.guess: dict[Edge, float] = {}
        self.known: set[Edge] = set()

    def take_best(self, changes: list[Change]) -> bool:
        """Change the graph by the best of these; False if none improves it."""
        self._learn(edge for change in changes for edge in change if edge not in self.guess)
        best = self._best(changes)
        if best is None:
            self._learn(edge for change in changes for edge in change)
            best = self._best(changes)
        if best is None:
            return False
        for i, j in best:
            self.parents[j] ^= {i}
            self.guess[i, j] = -self.guess[i, j]
        changed = {j for _, j in best}
        self.known = {edge for edge in self.known if edge[1] not in changed}
        return True

    def _best(self, changes: list[Change]) -> Change | None:
        """The best of the changes that are known or guessed to improve the graph, by a gain that is known."""
        while True:
            gains = [sum([self.guess[edge] for edge in change]) for change in changes]
            hopeful = [(gain, change) for gain, change in zip(gains, changes, strict=True) if gain >= GAIN]
            if not hopeful:
                return None
            best = max((gain for gain, change in hopeful if self.known.issuperset(change)), default=GAIN)
            ahead = [change for gain, change in hopeful if gain >= best]
            if self.known.issuperset(edge for change in ahead for edge in change):
                return ahead[0]
            self._learn(edge for change in ahead for edge in change)

    def _learn(self, edges: Iterable[Edge]) -> None:
        """Score what is not known of these."""
        unknown = [edge for edge in dict.fromkeys(edges) if edge not in self.known]
        values = self.score.many((j, self.parents[j] ^ {i}) for i, j in unknown)
        for (i, j), value in zip(unknown, values, strict=True):
            self.guess[i, j] = value - self.score(j, self.parents[j])
        self.known.update(unknown)


def _changes(parents: list[Parents], candidates: list[Parents], required: list[Parents]) -> Iterator[Change]:
    """Every legal single change, as the edges `(i, j)` that come or go; a reversal is one of each."""
    ancestors = _ancestors(parents)
    for j, pa in enumerate(parents):
        for i in pa - required[j]:
            yield ((i, j),)
            if j in candidates[i] and not _leads_round(i, pa, ancestors):
                yield (i, j), (j, i)
        for i in candidates[j] - pa:
            if not ancestors[i] >> j & 1:
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


def addable(parents: list[Parents], candidates: list[Parents]) -> list[tuple[int, int]]:
    """The edges `(i, j)` between variables without one that could be added: no cycle closes.

    Example:
        >>> parents = [frozenset(), frozenset({0}), frozenset({1})]
        >>> addable(parents, [frozenset({1, 2}), frozenset({0, 2}), frozenset({0, 1})])
        [(0, 2)]
    """
    ancestors = _ancestors(parents)
    return [
        (i, j)
        for j, pa in enumerate(parents)
        for i in sorted(candidates[j] - pa - {j})
        if not ancestors[i] >> j & 1
    ]


def _leads_round(i: int, pa: Parents, ancestors: list[int]) -> bool:
    """Whether a path leads from a parent to its child through another of the child's parents."""
    return any(ancestors[k] >> i & 1 for k in pa - {i})


def _ancestors(parents: list[Parents]) -> list[int]:
    """The ancestors of every node, each the bit of its number."""
    ancestors = [0] * len(parents)
    for j in topological_order(parents, np.zeros(len(parents))):
        for i in parents[j]:
            ancestors[j] |= ancestors[i] | 1 << i
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
    shaken: int = 5,
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
        shaken: A restart lets one pair of so many variables change places, at least two pairs.

    Returns:
        Parents of every node of an acyclic graph.
    """
    allowed = _Allowed(candidates, required or [frozenset()] * len(start))
    best = _settled(
        score, _fitted(score, topological_order(start, key), list(start), allowed), allowed, sweeps
    )
    random = np.random.default_rng(0)  # it moves places of an order, so that names and columns do not matter
    for _ in range(restarts):
        order = _shaken(best.order, allowed, random, shaken)
        other = _settled(score, _fitted(score, order, best.parents, allowed), allowed, sweeps)
        if other.total > best.total + GAIN:
            best = other
    return best.parents


def _fitted(score: Cached, order: list[int], parents: list[Parents], allowed: _Allowed) -> _Order:
    """An order with the parents that it allows, grown and shrunk from those of these that it allows."""
    state = _Order(order)
    place = state.place
    kept = [frozenset(i for i in pa if place[i] < place[j]) for j, pa in enumerate(parents)]
    state.parents, state.values = kept, score.many(enumerate(kept))
    for j in order:
        state.parents[j], state.values[j] = _refit(score, j, kept[j], _Room(place, place[j]), allowed)
    return state


def _settled(score: Cached, state: _Order, allowed: _Allowed, sweeps: int) -> _Order:
    """Move every variable to its best place until that changes nothing."""
    for _ in range(sweeps):
        improved = False
        for variable in list(state.order):
            better = _best_position(score, state, allowed, variable)
            if better is not None:
                state.move(variable, better)
                improved = True
        if not improved:
            break
    return state


def _shaken(order: list[int], allowed: _Allowed, random: np.random.Generator, every: int) -> list[int]:
    """An order in which some variables have changed places, which keeps what is required."""
    shaken = list(order)
    for _ in range(max(2, len(order) // every)):
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


Fits = dict[int, tuple[Parents, float]]  # the new parents of some nodes, and their scores


class _Move(NamedTuple):
    """A better place of a variable: right before or right after another one, and what that changes."""

    beside: int
    after: bool
    fits: Fits


class _Order:
    """An order of the variables with the parents that it allows, and their scores."""

    def __init__(self, order: list[int]) -> None:
        self.order = order
        self.place = [0] * len(order)
        self._number(0, len(order))
        self.parents: list[Parents] = []
        self.values: list[float] = []

    @property
    def total(self) -> float:
        """The score of the graph."""
        return sum(self.values)

    def move(self, v: int, move: _Move) -> None:
        """Put a variable elsewhere, with what that changes."""
        here = self.place[v]
        del self.order[here]
        there = self.place[move.beside] + move.after - (self.place[move.beside] > here)
        self.order.insert(there, v)
        self._number(min(here, there), max(here, there) + 1)
        for j, (parents, value) in move.fits.items():
            self.parents[j], self.values[j] = parents, value

    def _number(self, first: int, end: int) -> None:
        for place in range(first, end):
            self.place[self.order[place]] = place


class _Room(NamedTuple):
    """Who may be a parent: those at earlier places, but for one that is moving, which may or may not.

    Attributes:
        place: Of every variable.
        end: The first place that is too late.
        moving: The variable whose own place does not count; -1 if there is none.
        let_in: Whether it may.
        beside: Another one that may, whatever its place; -1 if there is none.
    """

    place: list[int]
    end: int
    moving: int = -1
    let_in: bool = False
    beside: int = -1

    def holds(self, i: int) -> bool:
        """Whether a variable may be a parent."""
        if i == self.moving:
            return self.let_in
        return self.place[i] < self.end or i == self.beside


def _best_position(score: Cached, state: _Order, allowed: _Allowed, v: int) -> _Move | None:
    """The best place of `v` in the order, if that improves the score.

    On its way `v` changes places with one variable after the other. Parents are the best that single changes
    find, so that nothing changes but where one of the two loses the other as a parent, or may gain by it.
    """
    start, place = state.total, state.place
    best, top = None, start + GAIN
    here = place[v]
    for after, others in (False, state.order[:here][::-1]), (True, state.order[here + 1 :]):
        fits: Fits = {}
        total = start
        for other in others:
            first, second = (other, v) if after else (v, other)
            lost = second in (fits[first][0] if first in fits else state.parents[first])
            if lost and second in allowed.required[first]:
                break
            parents = fits[second][0] if second in fits else state.parents[second]
            won = first in allowed.candidates[second] and score.may_gain(second, parents, first)
            if not (lost or won):
                continue
            end = place[other]
            if lost:
                total += _change(score, state, fits, first, _Room(place, end, v), allowed)
            if won:
                room = _Room(place, end, beside=other) if after else _Room(place, end, v, True)
                total += _change(score, state, fits, second, room, allowed)
            if total > top:
                best, top = _Move(other, after, dict(fits)), total + GAIN
            if total < start - HOPELESS_LOSS:
                break
    return best


def _change(score: Cached, state: _Order, fits: Fits, j: int, room: _Room, allowed: _Allowed) -> float:
    """Refit `j` among the parents for which there is room, put that into `fits`, and tell what it adds."""
    parents, value = fits.get(j, (state.parents[j], state.values[j]))
    fits[j] = _refit(score, j, parents, room, allowed)
    return fits[j][1] - value


def _refit(score: Cached, j: int, parents: Parents, room: _Room, allowed: _Allowed) -> tuple[Parents, float]:
    """Grow and shrink the parents of `j` among those that there is room for; the new ones, their score."""
    parents = frozenset(filter(room.holds, parents))
    kept, candidates = allowed.required[j], allowed.candidates[j]
    value = score(j, parents)
    while True:
        options = [parents | {i} for i in score.promising(j, parents, candidates) if room.holds(i)]
        options += [parents - {i} for i in parents - kept]
        scores = score.many((j, option) for option in options)
        if not options or max(scores) <= value + GAIN:
            return parents, value
        value = max(scores)
        parents = options[scores.index(value)]
