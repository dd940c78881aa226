r"""The search over tables with discrete columns.

Moves through orders and single changes of edges take turns, from the network's graph and from the empty one,
and the graph with the better score wins. The prior of an edge lies between two: the network's log odds, and
those of a sparse graph, in which a variable has `EXPECTED_PARENTS` among all others,

.. math:: \log \text{odds}_{ij} = w \log \frac{p_{ij}}{1 - p_{ij} - p_{ji}} + (1 - w) \log \frac{2}{d - 1}.

Where all columns are discrete, the worth of the prior of their tables is chosen by the evidence, because the
graph depends on it (Silander, Kontkanen and Myllymaki, 2007).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from discovery.search.local_scores import Cached, Parents
from discovery.search.mixed_score import MixedScore
from discovery.search.moves import GAIN, climb, reorder
from discovery.search.table_score import SAMPLE_SIZES, TableScore
from foundation_causal.types import Array

FIRST_SAMPLE_SIZE = 3.0  # rows that the prior of tables is worth in the first search
ROUNDS = 5  # of order moves and single changes, at most
EXPECTED_PARENTS = 2.0


class Found(NamedTuple):
    """Where the search ended; see `discovery.search.refine.Refined`."""

    parents: list[Parents]
    family: str
    score: Cached
    candidates: list[Parents]


class Space(NamedTuple):
    """What the search may do.

    Attributes:
        candidates: Possible parents of every node.
        likely: Those of them that order moves try.
        required: Parents that every node keeps.
        key: `[d]`, breaks ties between orders.
    """

    candidates: list[Parents]
    likely: list[Parents]
    required: list[Parents]
    key: Array


def edge_prior(network: Array, weight: float) -> Array:
    """Log prior odds of every edge, `[d, d]`, from those of the network and its weight."""
    sparse = -np.log(max(1.0, (len(network) - 1) / EXPECTED_PARENTS))
    prior: Array = weight * network + (1 - weight) * sparse
    return prior


def settle(score: Cached, start: list[Parents], space: Space) -> list[Parents]:
    """Take order moves and single changes in turn, until neither improves the score."""
    parents, total = start, -np.inf
    for _ in range(ROUNDS):
        likely = [some | pa for some, pa in zip(space.likely, parents, strict=True)]
        moved = reorder(score, parents, likely, space.key, space.required)
        changed = climb(score, moved, space.candidates, space.required)
        if score.total(changed) < total + GAIN:
            return parents
        parents, total = changed, score.total(changed)
        if changed == moved:
            return parents
    return parents


def best_of(score: Cached, starts: list[list[Parents]], space: Space) -> list[Parents]:
    """The best graph that a search ends in."""
    return max((settle(score, start, space) for start in starts), key=score.total)


def search_types(
    x: Array,
    codes: NDArray[np.integer],
    levels: NDArray[np.integer],
    usable: NDArray[np.bool_] | None,
    network: Array,
    start: list[Parents],
    candidates: list[Parents],
    required: list[Parents],
    key: Array,
    weight: float,
) -> Found:
    """Search for the DAG of a table with discrete columns.

    Args:
        x: Standardized numeric values `[n, d]`.
        codes: Values of the discrete columns `[n, d]`, -1 where missing.
        levels: Number of values of the discrete columns, 0 for a numeric one, `[d]`.
        usable: Bool `[n, d]`: the rows that show the mechanism of each variable; all of them if None.
        network: The network's log odds of every edge, `[d, d]`.
        start: Parents of every node of the network's DAG.
        candidates: Possible parents of every node.
        required: Parents that every node keeps.
        key: `[d]`, breaks ties between orders.
        weight: Of the network in the prior, 0 to 1.
    """
    prior = edge_prior(network, weight)
    likely = candidates
    space = Space(candidates, likely, required, key)
    starts = [start, list(required)]
    if not (levels > 0).all():
        mixed = MixedScore(x, codes, levels, usable, sample_size=FIRST_SAMPLE_SIZE)
        score = Cached(mixed, prior, usable)
        return Found(best_of(score, starts, space), "mixed", score, candidates)
    score = Cached(TableScore(codes, levels, usable, FIRST_SAMPLE_SIZE), prior, usable)
    parents = best_of(score, starts, space)
    tables = {size: TableScore(codes, levels, usable, size) for size in SAMPLE_SIZES}
    chosen = max(tables.values(), key=lambda table: sum(table(list(enumerate(parents)))))
    if chosen.sample_size != FIRST_SAMPLE_SIZE:
        score = Cached(chosen, prior, usable)
        parents = settle(score, parents, space)
    return Found(parents, "tables", score, candidates)
