"""How far a data set gives its causal order away by its scale or by how predictable its columns are.

A result on data whose order can be read off so is no proof of discovery. Source: Reisach, Seiler and
Weichwald 2021 (varsortability); Reisach, Tami, Seiler, Chambaz and Weichwald 2023 (R2-sortability).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.errors import InputError
from foundation_causal.metrics._graphs import Graph, dag, same_names
from foundation_causal.observations import observations
from foundation_causal.types import Array

# Scores closer than this are ties; otherwise rounding would order, say, columns that were standardized.
TIE = 1e-9


def varsortability(frame: pd.DataFrame | NDArray[np.generic], graph: Graph) -> float:
    """Agreement between the causal order and the order of the columns' variances.

    For every length k, each pair (i, j) with a directed path of exactly k edges from i to j votes: 1 if j has
    the larger variance, 1/2 at a tie, else 0. The result is the mean vote: 1 where variance grows along every
    path, 0 where it shrinks, 1/2 for standardized data, nan for a graph without an edge.

    Args:
        frame: Data, `[n, d]`, in the units to be judged.
        graph: The DAG that the data come from; matched by name where it has names.

    Raises:
        InputError: Data that cannot be used, other names, a cyclic graph.

    >>> varsortability(np.array([[-1.0, -2.0], [1.0, 2.0]]), [[0, 1], [0, 0]])
    1.0
    """
    values, matrix = _matched(frame, graph)
    # Logarithms, so that a tie is one of ratios; each column is scaled, so that no square underflows.
    size = np.abs(values).max(axis=0)
    return _agreement(matrix, np.log(size) + np.log((values / size).std(axis=0)))


def r2_sortability(frame: pd.DataFrame | NDArray[np.generic], graph: Graph) -> float:
    """Agreement between the causal order and the order of the columns' predictability.

    It is :func:`varsortability` with each column's variance replaced by the share of it that a linear
    regression on all other columns explains (R2). It does not depend on the units. With no more rows than
    columns every R2 is 1 and the result 1/2.

    Args:
        frame: Data, `[n, d]`.
        graph: The DAG that the data come from; matched by name where it has names.

    Raises:
        InputError: Data that cannot be used, other names, a cyclic graph.

    >>> noise = np.random.default_rng(0).normal(size=(100, 3))
    >>> chain = noise.cumsum(axis=1)
    >>> r2_sortability(chain, [[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    0.6666666666666666
    """
    values, matrix = _matched(frame, graph)
    return _agreement(matrix, _explained(values))


def _matched(frame: pd.DataFrame | NDArray[np.generic], graph: Graph) -> tuple[Array, NDArray[np.bool_]]:
    """The values `[n, d]`, and the DAG as bool `[d, d]` in the order of the columns."""
    table = observations(frame, min_rows=2)
    matrix, names = dag(graph, "given")
    if names is not None and isinstance(frame, pd.DataFrame):
        same_names(table.names, names)
        order = [names.index(name) for name in table.names]
        matrix = matrix[np.ix_(order, order)]
    if len(matrix) != len(table.names):
        raise InputError(
            f"The graph has {len(matrix)} variables and the data have {len(table.names)} columns;"
            " give both the same."
        )
    return table.values, matrix


def _agreement(edges: NDArray[np.bool_], scores: Array) -> float:
    """The mean vote of all pairs at all path lengths; `edges` `[d, d]` of a DAG, `scores` `[d]`."""
    rise = scores[None, :] - scores[:, None]
    vote = np.where(np.abs(rise) <= TIE, 0.5, rise > 0)
    joined, pairs, agreed = edges, 0, 0.0
    while joined.any():  # by paths of 1, 2, ... edges, at most d - 1 of them
        pairs += int(joined.sum())
        agreed += float(vote[joined].sum())
        joined = joined.astype(np.float64) @ edges > 0
    return agreed / pairs if pairs else float("nan")


def _explained(values: Array) -> Array:
    """R2 of each column regressed on all others, with intercept; `[d]`, from `[n, d]`.

    It is 1 - 1 / (inverse correlation matrix)_jj, taken from singular values so that columns which are
    combinations of each other come out as 1 rather than as rounding.
    """
    scaled = (values - values.mean(axis=0)) / np.abs(values).max(axis=0)
    scaled /= np.sqrt((scaled**2).sum(axis=0))
    _, singular, axes = np.linalg.svd(scaled, full_matrices=False)
    sound = singular > max(values.shape) * np.finfo(np.float64).eps * singular[0]
    inverse = ((axes[sound] / singular[sound, None]) ** 2).sum(axis=0)
    combined = (axes[sound] ** 2).sum(axis=0) < 1 - TIE
    return np.where(combined, 1.0, 1 - 1 / inverse)
