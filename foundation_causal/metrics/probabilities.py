"""Scores of the probabilities, or other rankings, that a prediction gives to the edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation_causal.errors import InputError
from foundation_causal.metrics._graphs import Graph, aligned


def auroc(true: Graph, probabilities: Graph) -> float:
    """Area under the receiver operating characteristic; nan unless there are both edges and non-edges.

    It is the chance that an edge is ranked above a non-edge (ties count half; Mann and Whitney 1947).

    >>> auroc([[0, 1], [0, 0]], [[0, 0.9], [0.2, 0]])
    1.0
    """
    from scipy.stats import rankdata

    edges, scores = _scored(true, probabilities)
    ones, zeros = int(edges.sum()), int((~edges).sum())
    if ones == 0 or zeros == 0:
        return float("nan")
    above = rankdata(scores)[edges].sum() - ones * (ones + 1) / 2
    return float(above / (ones * zeros))


def auprc(true: Graph, probabilities: Graph) -> float:
    """Average precision, the sum of precision times gain in recall; nan without an edge.

    Equal probabilities form one step, so that the order of the pairs does not matter.

    >>> auprc([[0, 1], [0, 0]], [[0, 0.2], [0.9, 0]])
    0.5
    """
    edges, scores = _scored(true, probabilities)
    if not edges.any():
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    last_of_ties = np.append(np.diff(scores[order]) != 0, True)
    hits = np.cumsum(edges[order])[last_of_ties]
    precision = hits / (np.flatnonzero(last_of_ties) + 1)
    return float((np.diff(hits, prepend=0) * precision).sum() / edges.sum())


def expected_calibration_error(true: Graph, probabilities: Graph, bins: int = 10) -> float:
    """Mean gap between the stated probability and the share of edges, over `bins` bins of equal width.

    Each bin weighs as much as it holds pairs (Naeini, Cooper and Hauskrecht 2015); nan for a single variable.

    >>> round(expected_calibration_error([[0, 1], [0, 0]], [[0, 0.7], [0.1, 0]]), 3)
    0.2
    """
    edges, scores = _scored(true, probabilities)
    if len(edges) == 0:
        return float("nan")
    if scores.min() < 0 or scores.max() > 1:
        raise InputError("The probabilities leave the range from 0 to 1; give probabilities, not scores.")
    place = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = np.bincount(place, weights=scores - edges, minlength=bins)
    return float(np.abs(gaps).sum() / len(edges))


def _scored(true: Graph, probabilities: Graph) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """The off-diagonal pairs: whether each is an edge, and its score; both of shape [d * (d - 1)]."""
    left, scores = aligned(true, probabilities)
    if not np.isin(left, [0, 1]).all():
        raise InputError("The true graph holds something other than 0 and 1; threshold it first.")
    apart = ~np.eye(len(left), dtype=bool)
    if not np.isfinite(scores[apart]).all():
        raise InputError("The probabilities hold missing or infinite values; give every pair a number.")
    return left[apart] == 1, scores[apart]
