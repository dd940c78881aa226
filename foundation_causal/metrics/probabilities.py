"""Scores and curves of the probabilities, or other rankings, that a prediction gives to the edges.

Curves are made from counts of pairs by probability, which add up over graphs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.errors import InputError
from foundation_causal.metrics._graphs import Graph, aligned
from foundation_causal.types import Array

BINS = 100  # of equal width, from 0 to 1

# One row [bin, ordered pairs, edges among them] for every bin that holds a pair.
Counts: TypeAlias = list[list[int]]


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
    place = _bins(scores, bins)
    gaps = np.bincount(place, weights=scores - edges, minlength=bins)
    return float(np.abs(gaps).sum() / len(edges))


def count_pairs(truth: NDArray[np.generic], probabilities: Array) -> Counts:
    """Count the ordered pairs of about the same probability, and the edges among them.

    Args:
        truth: 0/1 `[d, d]`.
        probabilities: `[d, d]`, from 0 to 1.

    Returns:
        A row `[bin, ordered pairs, edges among them]` for every bin of width 0.01 that holds a pair.

    >>> count_pairs(np.array([[0, 1], [0, 0]]), np.array([[0, 0.925], [0.005, 0]]))
    [[0, 1, 0], [92, 1, 1]]
    """
    apart = ~np.eye(len(truth), dtype=bool)
    place = _bins(probabilities[apart], BINS)
    pairs = np.bincount(place, minlength=BINS)
    edges = np.bincount(place, weights=truth[apart], minlength=BINS).astype(int)
    return [[int(k), int(pairs[k]), int(edges[k])] for k in np.flatnonzero(pairs)]


def _bins(probabilities: Array, bins: int) -> NDArray[np.intp]:
    """The bin of each probability; 0.29 begins one of 100, though 0.29 * 100 is 28.999999999999996."""
    return np.minimum(np.round(probabilities * bins, 9).astype(int), bins - 1)


def precision_recall(counts: Iterable[Counts]) -> pd.DataFrame:
    """Precision and recall over all graphs together, for the thresholds 0.99, 0.98, ..., 0.

    Args:
        counts: Counts of each graph, as :func:`count_pairs` gives them.

    Returns:
        Columns `threshold`, `recall`, `precision`; thresholds that no pair reaches are left out. Empty if no
        graph has an edge.
    """
    pairs, edges = _pooled(counts)
    predicted, hits = np.cumsum(pairs[::-1]), np.cumsum(edges[::-1])
    reached = (predicted > 0) & (hits[-1] > 0)
    thresholds = np.arange(BINS - 1, -1, -1) / BINS
    columns = {
        "threshold": thresholds[reached],
        "recall": hits[reached] / max(hits[-1], 1),
        "precision": hits[reached] / predicted[reached],
    }
    return pd.DataFrame(columns)


def reliability(counts: Iterable[Counts], bins: int = 10) -> pd.DataFrame:
    """The share of edges among the pairs with about the same probability, over all graphs together.

    Args:
        counts: Counts of each graph, as :func:`count_pairs` gives them.
        bins: Number of bins of equal width; a divisor of 100.

    Returns:
        Columns `probability` (the mean in the bin, to within 0.005), `share`, `low` and `high` (its 95%
        interval, as if pairs were independent; Wilson 1927), `pairs`; without empty bins.
    """
    pairs, edges = _pooled(counts)
    centres = (np.arange(BINS) + 0.5) / BINS
    sums = [part.reshape(bins, -1).sum(1) for part in (pairs * centres, pairs, edges)]
    stated, total, hits = (part[sums[1] > 0] for part in sums)
    share, z = hits / total, 1.96
    centre = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    reach = z * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    columns = {"probability": stated / total, "share": share, "low": centre - reach, "high": centre + reach}
    return pd.DataFrame({**columns, "pairs": total})


def _scored(true: Graph, probabilities: Graph) -> tuple[NDArray[np.bool_], Array]:
    """The off-diagonal pairs: whether each is an edge, and its score; `[d (d - 1)]` each."""
    left, scores = aligned(true, probabilities)
    if not np.isin(left, [0, 1]).all():
        raise InputError("The true graph holds something other than 0 and 1; threshold it first.")
    apart = ~np.eye(len(left), dtype=bool)
    if not np.isfinite(scores[apart]).all():
        raise InputError("The probabilities hold missing or infinite values; give every pair a number.")
    return left[apart] == 1, scores[apart]


def _pooled(counts: Iterable[Counts]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs and edges of every bin, `[BINS]` each."""
    pairs, edges = np.zeros(BINS, dtype=int), np.zeros(BINS, dtype=int)
    for rows in counts:
        for k, held, hits in rows:
            pairs[k] += held
            edges[k] += hits
    return pairs, edges
