"""Scores of a predicted graph, cyclic or not, edge by edge."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx
import numpy as np
import pandas as pd

from foundation_causal.errors import InputError
from foundation_causal.metrics._graphs import Graph, edges, square


def shd(true: Graph, predicted: Graph) -> int:
    """Structural Hamming distance: the number of pairs joined differently, so a reversed edge counts once.

    The diagonal never counts. Source: Tsamardinos, Brown and Aliferis 2006, for DAGs.

    >>> shd(nx.DiGraph([("a", "b"), ("b", "c")]), nx.DiGraph([("b", "a"), ("b", "c")]))
    1
    """
    left, right = edges(true, predicted)
    different = left != right
    return int(np.triu(different | different.T).sum())


def precision_recall_f1(true: Graph, predicted: Graph) -> tuple[float, float, float]:
    """Precision, recall and F1 over directed edges; the diagonal never counts.

    All are 1 when neither graph has an edge; otherwise a ratio without a denominator is 0.

    >>> precision_recall_f1([[0, 1], [0, 0]], [[0, 1], [1, 0]])
    (0.5, 1.0, 0.6666666666666666)
    """
    left, right = edges(true, predicted)
    hits, wanted, named = int((left & right).sum()), int(left.sum()), int(right.sum())
    if wanted == named == 0:
        return 1.0, 1.0, 1.0
    return hits / max(named, 1), hits / max(wanted, 1), 2 * hits / (wanted + named)


def skeleton_f1(true: Graph, predicted: Graph) -> float:
    """F1 of which pairs are joined, whatever the direction; 1 when neither graph has an edge.

    >>> skeleton_f1([[0, 1], [0, 0]], [[0, 0], [1, 0]])
    1.0
    """
    left, right = edges(true, predicted)
    return precision_recall_f1(np.triu(left | left.T, 1), np.triu(right | right.T, 1))[2]


def is_cyclic(graph_or_matrix: Graph) -> bool:
    """Tell whether the graph has a directed cycle, a self-loop included.

    >>> is_cyclic([[0, 1], [1, 0]])
    True
    """
    if isinstance(graph_or_matrix, nx.Graph):
        return not nx.is_directed_acyclic_graph(graph_or_matrix)
    matrix = square(graph_or_matrix)[0] != 0
    return not nx.is_directed_acyclic_graph(nx.from_numpy_array(matrix, create_using=nx.DiGraph))


def cyclic_fraction(graphs: Iterable[Graph]) -> float:
    """The share of the graphs that :func:`is_cyclic` finds cyclic, from 0 to 1.

    Args:
        graphs: Any number of graphs, at least one; an array `[k, d, d]` is k of them.

    >>> cyclic_fraction([[[0, 1], [0, 0]], [[0, 1], [1, 0]]])
    0.5
    """
    if isinstance(graphs, nx.Graph | pd.DataFrame):
        raise InputError("The cyclic fraction is that of many graphs; give a list of them.")
    cyclic = [is_cyclic(graph) for graph in graphs]
    if not cyclic:
        raise InputError("There is no graph to take the cyclic fraction of; give at least one.")
    return sum(cyclic) / len(cyclic)
