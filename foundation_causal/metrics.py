"""Scores of predicted structure and of predicted values.

A graph is a `networkx.DiGraph`, a 0/1 DataFrame or a 0/1 array [d, d] with `A[i, j] = 1` for `i -> j`; it may
be cyclic. Where both sides carry names they are matched by name, else by position. The diagonal never counts.
"""

from __future__ import annotations

from typing import TypeAlias

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import adjacency

Graph: TypeAlias = nx.DiGraph | pd.DataFrame | ArrayLike


def shd(true: Graph, predicted: Graph) -> int:
    """Structural Hamming distance: the number of pairs joined differently, so a reversed edge counts once.

    Source: Tsamardinos, Brown and Aliferis 2006, for DAGs.

    >>> shd(nx.DiGraph([("a", "b"), ("b", "c")]), nx.DiGraph([("b", "a"), ("b", "c")]))
    1
    """
    left, right = _edges(true, predicted)
    different = left != right
    return int(np.triu(different | different.T).sum())


def precision_recall_f1(true: Graph, predicted: Graph) -> tuple[float, float, float]:
    """Precision, recall and F1 over directed edges.

    All are 1 when neither graph has an edge; otherwise a ratio without a denominator is 0.

    >>> precision_recall_f1([[0, 1], [0, 0]], [[0, 1], [1, 0]])
    (0.5, 1.0, 0.6666666666666666)
    """
    left, right = _edges(true, predicted)
    hits, wanted, given = int((left & right).sum()), int(left.sum()), int(right.sum())
    if wanted == given == 0:
        return 1.0, 1.0, 1.0
    return hits / max(given, 1), hits / max(wanted, 1), 2 * hits / (wanted + given)


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


def rmse(a: pd.DataFrame | ArrayLike, b: pd.DataFrame | ArrayLike) -> float:
    """Mean over rows of the root of the mean over columns of the squared difference, both of shape [n, d].

    Two DataFrames are matched by column name; rows by position.

    >>> rmse([[0.0, 0.0], [1.0, 1.0]], [[3.0, 3.0], [1.0, 1.0]])
    1.5
    """
    if isinstance(a, pd.DataFrame) and isinstance(b, pd.DataFrame):
        _same_names(list(a.columns), list(b.columns))
        b = b[list(a.columns)]
    left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if left.shape != right.shape or left.ndim != 2 or left.size == 0:
        raise InputError(
            f"The tables have the shapes {left.shape} and {right.shape}; give both the same [n, d]."
        )
    return float(np.sqrt(((left - right) ** 2).mean(axis=1)).mean())


def is_cyclic(graph_or_matrix: Graph) -> bool:
    """Whether the graph has a directed cycle, a self-loop included.

    >>> is_cyclic([[0, 1], [1, 0]])
    True
    """
    if isinstance(graph_or_matrix, nx.Graph):
        return not nx.is_directed_acyclic_graph(graph_or_matrix)
    matrix = _square(graph_or_matrix)[0] != 0
    return not nx.is_directed_acyclic_graph(nx.from_numpy_array(matrix, create_using=nx.DiGraph))


def _edges(true: Graph, predicted: Graph) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Both graphs as bool, shape [d, d], aligned and without diagonal."""
    left, right = _aligned(true, predicted)
    for values in (left, right):
        if not np.isin(values, [0, 1]).all():
            raise InputError("A graph holds something other than 0 and 1; threshold it first.")
    apart = ~np.eye(len(left), dtype=bool)
    return (left == 1) & apart, (right == 1) & apart


def _scored(true: Graph, probabilities: Graph) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """The off-diagonal pairs: whether each is an edge, and its score; both of shape [d * (d - 1)]."""
    left, scores = _aligned(true, probabilities)
    if not np.isin(left, [0, 1]).all():
        raise InputError("The true graph holds something other than 0 and 1; threshold it first.")
    apart = ~np.eye(len(left), dtype=bool)
    if not np.isfinite(scores[apart]).all():
        raise InputError("The probabilities hold missing or infinite values; give every pair a number.")
    return left[apart] == 1, scores[apart]


def _aligned(first: Graph, second: Graph) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    (left, names), (right, others) = _square(first), _square(second)
    if names is not None and others is not None:
        _same_names(names, others)
        order = [others.index(name) for name in names]
        right = right[np.ix_(order, order)]
    if left.shape != right.shape:
        raise InputError(f"The graphs have {len(left)} and {len(right)} variables; give both the same.")
    return left, right


def _square(graph: Graph) -> tuple[NDArray[np.float64], list[str] | None]:
    """A graph as a float64 matrix, shape [d, d], and its names where it has some."""
    if isinstance(graph, nx.Graph):
        return adjacency(graph).astype(np.float64), [str(node) for node in graph]
    names = None
    if isinstance(graph, pd.DataFrame):
        graph = graph.set_axis(graph.columns.map(str), axis=1).set_axis(graph.index.map(str), axis=0)
        names = list(graph.columns)
        _same_names(names, list(graph.index))
        graph = graph.loc[names]
    matrix = np.asarray(graph, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"A graph's matrix has the shape {matrix.shape}; give as many rows as columns.")
    return matrix, names


def _same_names(first: list[str], second: list[str]) -> None:
    if len(set(first)) < len(first) or len(set(second)) < len(second):
        raise InputError("A name comes twice among what is compared; give each variable its own name.")
    odd = set(first) ^ set(second)
    if odd:
        raise InputError(
            f"The names {quoted(sorted(map(str, odd)))} are on one side only; compare the same variables."
        )
