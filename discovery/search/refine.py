"""Propose, then refine: from the network's edge probabilities to the DAG that also scores best.

The network takes in everything at once but answers in one pass; an exact score judges a graph at a time but
has to know where to look. The network's DAG is where the search starts, the pairs that it finds
possible are where it may go, and its log odds are the prior of the score.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from discovery.knowledge import Constraints, no_constraints
from discovery.preparation import WIDE
from discovery.search.dags import adjacency_of, most_probable_dag, parents_of
from discovery.search.families import Families
from discovery.search.local_scores import MIN_OWN_ROWS, Cached, LinearScore, Parents
from discovery.search.moves import climb, reorder
from discovery.search.shaped_score import ShapedScore
from discovery.search.typed.equivalent_graphs import most_probable_member
from discovery.search.typed.point_masses import split_at_piles
from discovery.search.typed.typed_search import (
    Space,
    TypedTable,
    edge_prior,
    possible_pairs,
    search_typed,
    undecided_edges,
)
from foundation_causal.types import Array

MAX_SEARCH_ROWS = 1000  # more rows than this are thinned: scores decide among graphs, not among decimals
# Of the search, shared out among the columns. Where there are many rows, the best graph is better than others
# by so many nats that to miss it is most of what is wrong.
RESTARTS = 400
# In a wide table, however many rows there are. Each moves one pair of so many columns: in a large graph what
# one corner has won is lost again where many others are disturbed, too.
WIDE_RESTARTS, WIDE_SHAKEN = 40, 50
MAX_SHAPE_ROWS = 2500  # from which the shape of noise is judged in linear scores; all else is of all rows
MOST_TABLE_COLUMNS = 100  # up to which all single changes are tried where all columns are discrete
MAX_TABLE_ROWS = 20_000  # the same where all columns are discrete
START = 0.3  # threshold of the DAG that a climb starts from
# An edge less probable than this is not tried; the cheap scores can afford to try almost all, and in wide
# tables those of numbers beside levels as few as curved ones.
POSSIBLE_LINEAR, POSSIBLE_NONLINEAR = 0.005, 0.02
POSSIBLE_WIDE = 0.001  # as the first, where columns are many and any one edge is less probable
# In the prior of edges, where columns are discrete. On tables of seven networks of bnlearn and five mixes of
# types, drawn with other seeds than the suites, .3 and .6 were alike, and better than 0 and 1.
NETWORK_WEIGHT = 0.5


class Refined(NamedTuple):
    """Where the search ended, and what it knows by then.

    Attributes:
        parents: Parents of every node of the best DAG.
        family: The family of scores that the data chose.
        score: Local scores of that family, those of the search among them.
        candidates: Possible parents of every node.
        required: Parents that every node keeps.
        undecided: Bool `[d, d]`, edges of the best DAG that equally good ones have the other way round;
            None where all columns are numeric.
    """

    parents: list[Parents]
    family: str
    score: Cached
    candidates: list[Parents]
    required: list[Parents]
    undecided: NDArray[np.bool_] | None = None

    @property
    def adjacency(self) -> NDArray[np.bool_]:
        """The DAG, bool `[d, d]`."""
        return adjacency_of(self.parents)


def refine(
    x: Array,
    probabilities: Array,
    *,
    constraints: Constraints | None = None,
    usable: NDArray[np.bool_] | None = None,
    levels: NDArray[np.integer] | None = None,
    codes: NDArray[np.integer] | None = None,
    observed: float = 1.0,
    whole: tuple[Array, int] | None = None,
    families: Families | None = None,
) -> Refined:
    """Search for the DAG with the best score, prior included.

    The family of mechanisms (linear with Gaussian noise, with Laplace noise or with noise of its own shape at
    every node, or nonlinear) is the one under which the network's own DAG has the most evidence in
    `MAX_SEARCH_ROWS` rows. A linear score then takes the covariances of all rows, and the shape of the noise
    from `MAX_SHAPE_ROWS` of them, so that errors become fewer as rows become more.

    Args:
        x: Standardized rows `[n, d]`.
        probabilities: Probabilities by the network, `[d, d]`.
        constraints: Edges that the graph must and must not have.
        usable: Bool `[n, d]`: which rows show the mechanism of which variable. Not those in which it was set
            by an intervention, nor those in which its value was filled in; all of them if None.
        levels: Number of values of every discrete column, 0 for a numeric one, `[d]`; all numeric if None.
        codes: Values of the discrete columns `[n, d]`, 0 to levels - 1, -1 where missing; those of counts,
            which have no levels, are the counts, and all others are -1; with `levels`.
        observed: The share of the values that were not missing.
        whole: Where `x` are only some rows, the covariance `[d, d]` of all of them, and their number.
        families: What is known of the scores of these rows, from :func:`families_of`.

    Returns:
        An acyclic graph, the name of the family, and the scores.
    """
    if levels is not None and codes is not None and (levels.any() or (codes >= 0).any()):
        table = TypedTable(x, codes, levels, usable, power_of(observed))
        return _refine_types(table, probabilities, constraints)
    everything = x, usable
    rows = evenly(x, MAX_SEARCH_ROWS)
    x, usable = x[rows], None if usable is None else usable[rows]
    fixed = constraints or no_constraints(x.shape[1])
    kept = parents_of(fixed.required)
    start = parents_of(most_probable_dag(probabilities, START, fixed))
    is_wide = x.shape[1] > WIDE
    candidates = possible_parents(probabilities, POSSIBLE_WIDE if is_wide else POSSIBLE_LINEAR, fixed)
    among = candidates if is_wide else None
    if families is None:
        families = Families(x, log_odds(probabilities), usable, among=among)

    families, key = families.tempered(power_of(observed)), probabilities.sum(0)
    wide = WideSearch(families.linear["linear gaussian"], start, candidates, key, fixed) if is_wide else None

    @cache  # the choice of the family may have searched with the score that it chooses
    def ordered(score: Cached, restarts: int = 0) -> list[Parents]:
        if wide is not None:
            return wide(score)
        return reorder(score, start, candidates, key, kept, restarts=restarts)

    family, score = families.best_after(start, ordered)
    if family == "nonlinear":
        candidates = possible_parents(probabilities, POSSIBLE_NONLINEAR, fixed)
        parents = climb(score, start, candidates, kept)
    elif len(everything[0]) > len(x):
        score = _of_all_rows(score, *everything, whole, among)
        parents = ordered(score, RESTARTS // len(kept))
    else:
        parents = ordered(score)
    if wide is not None and family != "nonlinear":
        candidates = wide.candidates_with(parents)
    return Refined(parents, family, score, candidates, kept)


class WideSearch:
    """The search of a wide table of numbers by linear scores.

    The network reads it in part, or has read none as wide, and what it finds hardly possible is often true
    where columns have many neighbours. A search that lacks the true cause of a variable gives it several
    wrong ones. Gaussian evidence is cheap enough to try all pairs, where all rows count for every variable:
    first from the network's graph, and again from where the search among likely pairs ends. Other noise is
    searched among the pairs that the network finds possible and those that Gaussian evidence has joined.

    Args:
        gaussian: Scores of Gaussian noise.
        start: Parents of every node of the network's graph.
        likely: Possible parents of every node, as the network finds them.
        key: `[d]`, breaks ties in the starting order.
        fixed: Edges that the graph must and must not have.
    """

    def __init__(
        self, gaussian: Cached, start: list[Parents], likely: list[Parents], key: Array, fixed: Constraints
    ) -> None:
        self.gaussian, self.start, self.likely, self.key, self.fixed = gaussian, start, likely, key, fixed
        self.kept = parents_of(fixed.required)

    @cached_property
    def first(self) -> list[Parents]:
        """Where Gaussian evidence leads to among all pairs."""
        if not _of_all_pairs(self.gaussian):
            return self.start
        return reorder(self.gaussian, self.start, self._all_pairs, self.key, self.kept)

    @cached_property
    def _all_pairs(self) -> list[Parents]:
        apart = ~np.eye(len(self.start), dtype=bool)
        return parents_of(apart & ~self.fixed.forbidden | self.fixed.required)

    def __call__(self, score: Cached) -> list[Parents]:
        """Parents of every node of the best DAG that is found with a linear score."""
        how = {"restarts": WIDE_RESTARTS, "shaken": WIDE_SHAKEN}
        found = reorder(score, self.first, self.candidates_with(self.first), self.key, self.kept, **how)
        if _of_all_pairs(score):
            found = reorder(score, found, self._all_pairs, self.key, self.kept)
        return found

    def candidates_with(self, parents: list[Parents]) -> list[Parents]:
        """The possible parents of every node, with what a graph joins, either way, where all are tried."""
        if not _of_all_pairs(self.gaussian):
            return self.likely
        graph = adjacency_of(parents)
        joined = (graph | graph.T) & ~self.fixed.forbidden
        return [own | more for own, more in zip(self.likely, parents_of(joined), strict=True)]


def _of_all_pairs(score: Cached) -> bool:
    """Whether all pairs can be tried: noise is Gaussian, and all rows count for every variable."""
    linear = score.score
    return isinstance(linear, LinearScore) and linear.by_covariance


def families_of(
    x: Array, probabilities: Array, constraints: Constraints | None, usable: NDArray[np.bool_] | None
) -> tuple[Families, list[Parents]]:
    """The families of scores of these rows, and the network's DAG, which chooses among them.

    The arguments are those of :func:`refine`; all rows count.
    """
    fixed = constraints or no_constraints(x.shape[1])
    dag = most_probable_dag(probabilities, START, fixed)
    among = possible_parents(probabilities, POSSIBLE_WIDE, fixed) if x.shape[1] > WIDE else None
    return Families(x, log_odds(probabilities), usable, among=among), parents_of(dag)


def _of_all_rows(
    some: Cached,
    x: Array,
    usable: NDArray[np.bool_] | None,
    whole: tuple[Array, int] | None,
    among: list[Parents] | None,
) -> Cached:
    """A linear score of some rows as one of all: covariances of all, and the shape of noise of many."""
    points = None
    if some.points is not None:
        (points, usable), whole = split_at_piles(x, usable), None
    rows = evenly(x, MAX_SHAPE_ROWS)
    shown = np.zeros(len(x), dtype=bool)
    shown[rows] = True
    if isinstance(some.score, ShapedScore):
        own = None if usable is None else usable[rows]
        parts = ShapedScore(x[rows], own, among), LinearScore(x[rows], "gaussian", own, among=among)
        shaped = ShapedOfAll(*parts, LinearScore(x, "gaussian", usable, whole, among=among))
        return Cached(shaped, some.prior, usable, shaped.gains, some.power, points)
    assert isinstance(some.score, LinearScore)
    score = LinearScore(x, some.score.noise, usable, whole, shown, among)
    return Cached(score, some.prior, usable, score.gains, some.power, points)


class ShapedOfAll(NamedTuple):
    """The Gaussian evidence of all rows, and what noise of its own shape adds to it in some of them.

    Attributes:
        shaped: Evidence of some rows under noise of its own shape.
        gaussian: Their evidence under Gaussian noise.
        whole: That of all rows under Gaussian noise.
    """

    shaped: ShapedScore
    gaussian: LinearScore
    whole: LinearScore

    def __call__(self, requests: list[tuple[int, Parents]]) -> list[float]:
        """The evidence of every `(j, parents)`."""
        shown = [(j, pa) for j, pa in requests if self._shows(j, pa)]
        apart = np.subtract(self.shaped(shown), self.gaussian(shown))
        shape = dict(zip(shown, apart.tolist(), strict=True))
        return [whole + shape.get(r, 0.0) for whole, r in zip(self.whole(requests), requests, strict=True)]

    def _shows(self, j: int, parents: Parents) -> bool:
        """Whether some rows are enough of a variable's own to show what shape its noise has."""
        return j in self.shaped.own and self.shaped.own[j].n >= MIN_OWN_ROWS + 2 * len(parents)

    def gains(self, j: int, parents: Parents) -> Array:
        """The gain that adding each variable may bring, `[d]`, on the high side."""
        if not self._shows(j, parents):
            return self.whole.gains(j, parents)
        more = self.shaped.gains(j, parents) - self.gaussian.gains(j, parents)
        return self.whole.gains(j, parents) + np.maximum(more, 0.0)


def _refine_types(table: TypedTable, probabilities: Array, constraints: Constraints | None) -> Refined:
    """The search where some columns are discrete, or counts."""
    x, levels = table.x, table.levels
    numeric = levels == 0
    # Counts are cheap, and what is thinned is thinned by the numeric columns, whose values have an order.
    rows = evenly(x[:, numeric], MAX_SEARCH_ROWS) if numeric.any() else evenly(x, MAX_TABLE_ROWS)
    table = table.take(rows)
    fixed = constraints or no_constraints(x.shape[1])
    if len(levels) > WIDE:  # of so many columns, most that look dependent in two are so through others
        pairs = probabilities + probabilities.T > (POSSIBLE_NONLINEAR if numeric.any() else POSSIBLE_WIDE)
    else:
        pairs = possible_pairs(table, probabilities)
    likely = parents_of(pairs & ~fixed.forbidden | fixed.required)
    cheap = bool((levels > 0).all()) and len(levels) <= MOST_TABLE_COLUMNS
    space = Space(
        parents_of(~fixed.forbidden) if cheap else likely,
        likely,
        parents_of(fixed.required),
        probabilities.sum(0),
    )
    network = parents_of(most_probable_dag(probabilities, START, fixed))
    start = [pa & possible for pa, possible in zip(network, space.candidates, strict=True)]
    prior = edge_prior(log_odds(probabilities), NETWORK_WEIGHT)
    found = search_typed(table, prior, start, space)
    open_edges = undecided_edges(table, found.score, found.parents, space)
    graph = adjacency_of(found.parents)
    likeliest = most_probable_member(graph, open_edges, probabilities)
    found = found._replace(parents=parents_of(likeliest))
    return Refined(*found, space.required, likeliest & (open_edges | open_edges.T))


def power_of(observed: float) -> float:
    """The power that evidence has where only this share of the values was observed.

    A missing cause stands in the search as its expectation given the rest of the row, which makes it look
    like what it was expected from. The more values are missing, the less the scores know that the network,
    which was trained on gaps, does not.

    >>> power_of(1.0), round(power_of(0.7), 2)
    (1.0, 0.24)
    """
    return observed**4


def log_odds(probabilities: Array) -> Array:
    """Log odds of `i -> j` against no edge between the two, `[d, d]`."""
    absent = np.clip(1 - probabilities - probabilities.T, 0.01, None)
    return np.log(np.clip(probabilities, 1e-3, None) / absent)


def possible_parents(probabilities: Array, threshold: float, fixed: Constraints) -> list[Parents]:
    """For every node, those that the network thinks its parents with more than this probability.

    What the network rules out stays out, however much a score would like it: on data that no family of
    scores describes, evidence for such edges is plentiful and wrong. What is required is possible, and what
    is forbidden is not.
    """
    return parents_of((probabilities > threshold) & ~fixed.forbidden | fixed.required)


def evenly(x: Array, rows: int) -> NDArray[np.intp]:
    """Which rows to keep, at most `rows`: sorted by their mean and evenly spread over that order.

    Sorting makes whatever else thins them evenly depend on the set of rows, not on the order they come in.
    """
    ranked = np.argsort(x.mean(1).round(9), kind="stable")  # rows that tie stay in the order they come in
    return ranked[np.linspace(0, len(x) - 1, min(len(x), rows)).astype(int)]
