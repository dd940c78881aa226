"""How many causal effects a predicted graph would have one estimate wrongly, counted by `gadjid`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foundation_causal.metrics._graphs import Graph, dags


class AdjustmentDistance(NamedTuple):
    """Ordered pairs whose effect comes out wrong: their share of all d (d - 1), and how many they are."""

    normalised: float
    mistakes: int


def sid(true: Graph, predicted: Graph) -> int:
    """Structural intervention distance: the ordered pairs (i, j) for which the predicted parents mislead.

    A pair counts if the distribution of j after an intervention on i, computed by adjusting for the parents
    that i has in `predicted`, is not the one that `true` implies. From 0 to d (d - 1), and not symmetric: a
    complete DAG in the right order has 0.

    Raises:
        InputError: A graph with a cycle, besides what cannot be compared.

    Source: Peters and Bühlmann 2015; Henckel, Würtzen and Weichwald 2024 for the algorithm.

    >>> sid([[0, 1], [0, 0]], [[0, 0], [1, 0]])
    2
    """
    from gadjid import sid as measure

    return _distance(measure, *dags(true, predicted)).mistakes


def adjustment_distances(true: Graph, predicted: Graph) -> dict[str, AdjustmentDistance]:
    """Adjustment identification distances: the effects of i on j that `predicted` identifies wrongly.

    For every ordered pair (i, j) `predicted` either says that there is no effect or names a set to adjust
    for, and the pair counts if in `true` there is one or that set is not valid:

    - "parent": no effect if j is a parent of i, else the parents of i; between DAGs this is :func:`sid`;
    - "ancestor": no effect if j is no descendant of i, else all ancestors of i;
    - "oset": no effect if j is no descendant of i, else the optimal set, which is the parents of the nodes on
      the causal paths from i to j, without i and the descendants of these nodes.

    Returns:
        The three by name, each with `normalised` (nan for fewer than two variables) and `mistakes`.

    Raises:
        InputError: A graph with a cycle, besides what cannot be compared.

    Source: Henckel, Würtzen and Weichwald 2024.

    >>> reversed_edge = adjustment_distances([[0, 1], [0, 0]], [[0, 0], [1, 0]])
    >>> reversed_edge["ancestor"]
    AdjustmentDistance(normalised=1.0, mistakes=2)
    """
    from gadjid import ancestor_aid, oset_aid, parent_aid

    pair = dags(true, predicted)
    measures = {"parent": parent_aid, "ancestor": ancestor_aid, "oset": oset_aid}
    return {name: _distance(measure, *pair) for name, measure in measures.items()}


def _distance(
    measure: Callable[..., Any], true: NDArray[np.bool_], predicted: NDArray[np.bool_]
) -> AdjustmentDistance:
    if len(true) < 2:  # gadjid panics
        return AdjustmentDistance(float("nan"), 0)
    matrices = true.astype(np.int8), predicted.astype(np.int8)
    normalised, mistakes = measure(*matrices, edge_direction="from row to column")
    return AdjustmentDistance(float(normalised), int(mistakes))
