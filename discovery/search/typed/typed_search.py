r"""The search over tables with discrete columns.

Moves through orders and single changes of edges take turns, from the network's graph and from the empty one,
and the graph with the better score wins. The prior of an edge lies between two: the network's log odds, and
those of a sparse graph, in which a variable has `EXPECTED_PARENTS` among all others,

.. math:: \log \text{odds}_{ij} = w \log \frac{p_{ij}}{1 - p_{ij} - p_{ji}} + (1 - w) \log \frac{2}{d - 1}.

Where all columns are discrete, the prior of their tables is chosen by the evidence, because the graph
depends on it (Silander, Kontkanen and Myllymaki, 2007). Tables alone are cheap, so that mechanisms in which
effects add up come in at the end, by single changes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from discovery.search.dags import adjacency_of
from discovery.search.local_scores import Cached, Parents
from discovery.search.moves import GAIN, climb, reorder
from discovery.search.typed.mixed_score import MixedScore, are_counts, indicators, whitened
from discovery.search.typed.point_masses import PointMasses, Split, split_at_piles
from discovery.search.typed.table_score import PRIORS, TablePrior, TableScore
from foundation_causal.metrics.equivalence import undecided
from foundation_causal.types import Array

FIRST_PRIOR = TablePrior(10.0, by_shares=True)  # of tables in the first search
MIXED_PRIOR = TablePrior(3.0)  # of tables where other columns are numbers
EXPECTED_PARENTS = 1.0
ROUNDS = 5  # of order moves and single changes, at most
CURVED = 10.0  # nats by which Gaussian processes must explain the graph better to be worth their time
FEW_DISCRETE = 12  # columns up to which all changes are tried with effects that add up
FEW = 25  # columns up to which all pairs are tried, and not only those that depend on each other
UNLIKELY = 1.3  # standard deviations above what independent pairs show; below that a pair is not tried
PROBABLE = 0.1  # a pair that the network finds so probable is tried all the same


class TypedTable(NamedTuple):
    """The rows of a table with discrete columns.

    Attributes:
        x: Standardized numeric values `[n, d]`, complete; those of discrete columns are not read.
        codes: Values of the discrete columns `[n, d]`, 0 to levels - 1, -1 where missing; the counts in
            columns of counts.
        levels: Number of values of every discrete column, 0 for a numeric one, `[d]`.
        usable: Bool `[n, d]`: the rows that show the mechanism of each variable; all of them if None.
        power: Of the evidence; below 1 where values are missing.
    """

    x: Array
    codes: NDArray[np.integer]
    levels: NDArray[np.integer]
    usable: NDArray[np.bool_] | None
    power: float = 1.0

    def take(self, rows: NDArray[np.intp]) -> TypedTable:
        """Some of the rows."""
        usable = None if self.usable is None else self.usable[rows]
        return self._replace(x=self.x[rows], codes=self.codes[rows], usable=usable)


class Space(NamedTuple):
    """What the search may do.

    Attributes:
        candidates: Possible parents of every node.
        likely: Those of them that order moves try, which take more scores than single changes do.
        required: Parents that every node keeps.
        key: `[d]`, breaks ties between orders.
    """

    candidates: list[Parents]
    likely: list[Parents]
    required: list[Parents]
    key: Array

    def renamed(self, place: NDArray[np.intp]) -> Space:
        """The space of nodes that are called by their places in an order."""
        order = np.argsort(place)
        sets = [_renamed(sets, order, place) for sets in (self.candidates, self.likely, self.required)]
        return Space(sets[0], sets[1], sets[2], self.key[order])

    def near(self, parents: list[Parents]) -> list[Parents]:
        """Likely parents of every node, and its neighbours in a graph."""
        beside = [frozenset(k for k, pa in enumerate(parents) if j in pa) for j in range(len(parents))]
        sets = zip(self.candidates, self.likely, parents, beside, strict=True)
        return [possible & (likely | pa | children) for possible, likely, pa, children in sets]


class Found(NamedTuple):
    """Where the search ended; see `discovery.search.refine.Refined`."""

    parents: list[Parents]
    family: str
    score: Cached
    candidates: list[Parents]


def search_typed(table: TypedTable, prior: Array, start: list[Parents], space: Space) -> Found:
    """Search for the DAG of a table with discrete columns.

    Args:
        table: The rows.
        prior: Log prior odds of every edge, `[d, d]`, as `edge_prior` makes them.
        start: Parents of every node of a graph to start from, beside the empty one.
        space: What the search may do.
    """
    starts = [start, list(space.required)]
    if (table.levels > 0).all():
        return _search_tables(table, prior, starts, space)
    points, usable = _split_at_piles(table)
    table = table._replace(usable=usable)
    score = _mixed(table, prior, points=points)
    parents = best_of(score, starts, space)
    curved = _mixed(table, prior, points=points, nonlinear=True)
    if curved.total(parents) < score.total(parents) + CURVED:
        return Found(parents, "mixed", score, space.near(parents))
    parents = best_of(curved, [parents], space, orders=False)
    return Found(parents, "mixed nonlinear", curved, space.near(parents))


def _search_tables(table: TypedTable, prior: Array, starts: list[list[Parents]], space: Space) -> Found:
    """The search where all columns are discrete."""
    first = _tables(table, prior, FIRST_PRIOR)
    parents = best_of(first, starts, space)
    scores = {of_tables: _tables(table, prior, of_tables) for of_tables in PRIORS} | {FIRST_PRIOR: first}
    best = max(scores, key=lambda of_tables: scores[of_tables].total(parents))
    if best != FIRST_PRIOR:
        parents = best_of(scores[best], [parents, *starts], space)
    score = _mixed(table, prior, of_tables=best)
    near = space if len(parents) <= FEW_DISCRETE else space._replace(candidates=space.near(parents))
    parents = best_of(score, [parents], near, orders=False)
    return Found(parents, "tables", score, space.near(parents))


def _tables(table: TypedTable, prior: Array, of_tables: TablePrior) -> Cached:
    score = TableScore(table.codes, table.levels, table.usable, of_tables)
    return Cached(score, prior, table.usable, None, table.power)


def _mixed(
    table: TypedTable,
    prior: Array,
    *,
    of_tables: TablePrior = MIXED_PRIOR,
    points: PointMasses | None = None,
    nonlinear: bool = False,
) -> Cached:
    score = MixedScore(*table[:4], prior=of_tables, nonlinear=nonlinear)
    return Cached(score, prior, table.usable, None, table.power, points)


def _split_at_piles(table: TypedTable) -> Split:
    """The piles of columns that are neither discrete nor counts, and the rows beside them."""
    blocks = {j: indicators(table.codes[:, j]) for j in np.flatnonzero(table.levels).tolist()}
    counts = np.flatnonzero(are_counts(table.codes, table.levels)).tolist()
    return split_at_piles(table.x, table.usable, blocks | {j: table.x[:, [j]] for j in counts})


def edge_prior(network: Array, weight: float) -> Array:
    """Log prior odds of every edge, `[d, d]`, from those of the network and its weight."""
    sparse = -np.log(max(1.0, (len(network) - 1) / EXPECTED_PARENTS))
    prior: Array = weight * network + (1 - weight) * sparse
    return prior


def best_of(
    score: Cached, starts: list[list[Parents]], space: Space, *, orders: bool = True
) -> list[Parents]:
    """The best graph that a search ends in.

    Graphs that state the same independences tie, and which of them is met first must not depend on the order
    of the columns. So the search calls them by their places in an order of their own.

    Args:
        score: Local scores with the edge prior.
        starts: Parents of every node of the graphs to start from.
        space: What the search may do.
        orders: Whether it moves through orders, or takes single changes alone.
    """
    alone = score.many((j, pa) for j, pa in enumerate(space.required))
    order = np.lexsort((np.array(alone), space.key.round(9)))
    place = np.argsort(order)
    own = Cached(_Renamed(score, order), np.zeros_like(score.prior))
    there = space.renamed(place)
    ends = [_settle(own, _renamed(start, order, place), there, orders) for start in starts]
    return _renamed(max(ends, key=own.total), place, order)


class _Renamed:
    """A score of nodes that are called by their places in an order."""

    def __init__(self, score: Cached, order: NDArray[np.intp]) -> None:
        self.score, self.order = score, order.tolist()

    def __call__(self, requests: list[tuple[int, Parents]]) -> list[float]:
        return self.score.many((self.order[j], frozenset(self.order[i] for i in pa)) for j, pa in requests)


def _renamed(sets: list[Parents], order: NDArray[np.intp], place: NDArray[np.intp]) -> list[Parents]:
    """The sets of nodes in this order, their members called by their places in it."""
    return [frozenset(place[list(sets[j])].tolist()) for j in order]


def _settle(score: Cached, start: list[Parents], space: Space, orders: bool) -> list[Parents]:
    """Take order moves and single changes in turn, until neither improves the score."""
    parents, total = start, score.total(start)
    for _ in range(ROUNDS):
        moved = parents
        if orders:
            moved = reorder(score, parents, space.near(parents), space.key, space.required)
        changed = climb(score, moved, space.candidates, space.required)
        if score.total(changed) < total + GAIN:
            return parents
        parents, total = changed, score.total(changed)
        if changed == moved:
            return parents
    return parents


def undecided_edges(
    table: TypedTable, score: Cached, parents: list[Parents], space: Space
) -> NDArray[np.bool_]:
    """The edges of a DAG that equally good ones have the other way round, bool `[d, d]`.

    Those are between discrete variables that have tables. Where one of them has a regression, because a
    parent is numeric or effects add up, or where interventions give them different rows, scores do tell the
    direction.
    """
    graph = adjacency_of(parents)
    numeric = table.levels == 0
    shown = np.ones(table.codes.shape, dtype=bool) if table.usable is None else table.usable
    shown = shown | (table.codes < 0)
    same = (shown[:, :, None] == shown[:, None]).all(0)
    assert isinstance(score.score, MixedScore)
    regressed = numeric | graph[numeric].any(0)
    for j in np.flatnonzero(~regressed).tolist():
        regressed[j] = j not in score.silent and score.score.adds_up(j, parents[j])
    turned = adjacency_of(space.candidates).T & ~adjacency_of(space.required)
    return undecided(graph, graph & ~(same & turned & ~numeric[:, None] & ~regressed))


def possible_pairs(table: TypedTable, probabilities: Array) -> NDArray[np.bool_]:
    r"""Pairs that an edge may join, bool `[d, d]`: all of them, or in a wide table those that look dependent.

    That is judged by canonical correlations \(\rho\) between the indicators, or the value and its square, of
    the two: for independent columns \(-n \sum \log(1 - \rho^2)\) is \(\chi^2\) distributed (Bartlett, 1941).
    """
    n, d = table.x.shape
    if d <= FEW:
        return ~np.eye(d, dtype=bool)
    blocks = []
    for values, codes, k in zip(table.x.T, table.codes.T, table.levels, strict=True):
        features = indicators(codes) if k else np.column_stack([values, values**2])
        blocks.append(whitened(features - features.mean(0)))
    statistic, freedom = np.zeros((d, d)), np.ones((d, d))
    for i in range(d):
        for j in range(i):
            shared = np.linalg.svd(blocks[i].T @ blocks[j] / n, compute_uv=False)
            statistic[i, j] = -n * np.log(np.maximum(1 - shared**2, 1e-12)).sum()
            freedom[i, j] = blocks[i].shape[1] * blocks[j].shape[1]
    dependent = statistic > freedom + UNLIKELY * np.sqrt(2 * freedom)
    probable = probabilities > PROBABLE
    pairs: NDArray[np.bool_] = dependent | dependent.T | probable | probable.T
    return pairs & ~np.eye(d, dtype=bool)
