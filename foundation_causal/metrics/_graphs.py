"""Graphs as matrices, two of them aligned by name, for the metrics that compare them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import adjacency, as_graph
from foundation_causal.graphs.graph_objects import is_edge_table
from foundation_causal.types import Array

# A matrix, of probabilities, too, or what as_graph takes.
Graph: TypeAlias = nx.DiGraph | pd.DataFrame | ArrayLike | Any


def edges(true: Graph, predicted: Graph) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Both graphs as bool `[d, d]`, aligned and without diagonal."""
    left, right = aligned(true, predicted)
    for values in (left, right):
        if not np.isin(values, [0, 1]).all():
            raise InputError("A graph holds something other than 0 and 1; threshold it first.")
    apart = ~np.eye(len(left), dtype=bool)
    return (left == 1) & apart, (right == 1) & apart


def dags(true: Graph, predicted: Graph) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Both graphs as in :func:`edges`, once each is known to be acyclic.

    Raises:
        InputError: A graph with a cycle or a self-loop, besides what cannot be aligned.
    """
    dag(true, "true")
    dag(predicted, "predicted")
    return edges(true, predicted)


def dag(graph: Graph, which: str) -> tuple[NDArray[np.bool_], list[str] | None]:
    """The `which` graph as bool `[d, d]`, in its own order, with its names where it has some.

    Raises:
        InputError: A cycle or a self-loop, or something other than 0 and 1.
    """
    matrix, names = square(graph)
    if not np.isin(matrix, [0, 1]).all():
        raise InputError(f"The {which} graph holds something other than 0 and 1; threshold it first.")
    directed = nx.from_numpy_array(matrix == 1, create_using=nx.DiGraph)
    if not nx.is_directed_acyclic_graph(directed):
        places = [source for source, _ in nx.find_cycle(directed)]
        cycle = [names[i] if names else f"X{i + 1}" for i in places]
        raise InputError(
            f"The {which} graph has a cycle, through {quoted(cycle)}, and this metric is defined for acyclic"
            " graphs only; break the cycle or leave the graph out."
        )
    return matrix == 1, names


def aligned(first: Graph, second: Graph) -> tuple[Array, Array]:
    """Both graphs as float64 matrices `[d, d]`, the second in the order of the first."""
    left, names = square(first)
    right, others = square(second, names)
    if names is not None and others is not None:
        same_names(names, others)
        order = [others.index(name) for name in names]
        right = right[np.ix_(order, order)]
    if left.shape != right.shape:
        raise InputError(f"The graphs have {len(left)} and {len(right)} variables; give both the same.")
    return left, right


def square(graph: Graph, names: list[str] | None = None) -> tuple[Array, list[str] | None]:
    """A graph as a float64 matrix, `[d, d]`, and its names where it has some.

    Args:
        graph: A matrix, or what :func:`foundation_causal.graphs.as_graph` takes.
        names: The variables of graphs that do not name them all, such as pairs.
    """
    if not _is_matrix(graph):
        directed = as_graph(graph, None if isinstance(graph, nx.Graph) else names)
        return adjacency(directed).astype(np.float64), list(directed)
    names = None
    if isinstance(graph, pd.DataFrame):
        graph = graph.set_axis(graph.columns.map(str), axis=1).set_axis(graph.index.map(str), axis=0)
        names = list(graph.columns)
        same_names(names, list(graph.index))
        graph = graph.loc[names]
    matrix = np.asarray(graph, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"A graph's matrix has the shape {matrix.shape}; give as many rows as columns.")
    return matrix, names


def _is_matrix(graph: Graph) -> bool:
    """Whether a graph is numbers, which may be probabilities, and none of the other forms of graphs."""
    if isinstance(graph, pd.DataFrame):
        return not is_edge_table(graph)
    if isinstance(graph, list | tuple):
        return not any(isinstance(row, list | tuple) and _has_text(row) for row in graph)
    return hasattr(graph, "__array__") and np.asarray(graph).dtype.kind in "biuf"


def _has_text(row: Sequence[object]) -> bool:
    return any(isinstance(value, str) for value in row)


def same_names(first: list[str], second: list[str]) -> None:
    """Check that both sides hold the same names, each once, in any order."""
    if len(set(first)) < len(first) or len(set(second)) < len(second):
        raise InputError("A name comes twice among what is compared; give each variable its own name.")
    odd = set(first) ^ set(second)
    if odd:
        raise InputError(
            f"The names {quoted(sorted(map(str, odd)))} are on one side only; compare the same variables."
        )
