"""Directed graphs over named variables: checks, matrices, generations, and torch-geometric's form of them.

A graph is a `networkx.DiGraph` whose nodes are column names. In a matrix, `A[i, j] = 1` means `i -> j`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from foundation_causal.errors import InputError, quoted

if TYPE_CHECKING:
    from torch_geometric.data import Data


def check_dag(graph: nx.DiGraph, names: Sequence[str] | None = None) -> nx.DiGraph:
    """A copy of the graph with string nodes in the order of `names`, once it is known to be acyclic.

    Args:
        graph: Any directed graph; attributes of nodes and edges are kept.
        names: The variables that the nodes must be, each once; None takes the graph's own nodes and order.

    Raises:
        InputError: Not directed, a self-loop, a cycle, a node missing or unknown.

    >>> check_dag(nx.DiGraph([("b", "a")]), ["a", "b"]).nodes
    NodeView(('a', 'b'))
    """
    ordered = check_nodes(graph, names)
    loops = list(nx.nodes_with_selfloops(ordered))
    if loops:
        raise InputError(f"The graph has an edge from {quoted(loops[:1])} to itself; remove it.")
    if not nx.is_directed_acyclic_graph(ordered):
        cycle = [source for source, _ in nx.find_cycle(ordered)]
        path = " -> ".join([*cycle, cycle[0]])
        raise InputError(f"The graph has the cycle {path}; remove or turn one of these edges.")
    return ordered


def check_nodes(graph: nx.DiGraph, names: Sequence[str] | None = None) -> nx.DiGraph:
    """A copy of the graph, cyclic or not, with string nodes in the order of `names`.

    Raises:
        InputError: Not directed, or a node missing or unknown.
    """
    if not isinstance(graph, nx.Graph) or not graph.is_directed():
        raise InputError(f"The graph is of the type {type(graph).__name__}; give a networkx.DiGraph.")
    nodes = [str(node) for node in graph]
    if len(set(nodes)) < len(nodes):
        raise InputError("The graph has two nodes that read the same as text; give each its own name.")
    wanted = nodes if names is None else [str(name) for name in names]
    missing = [name for name in wanted if name not in nodes]
    unknown = [node for node in nodes if node not in wanted]
    if unknown:
        raise InputError(f"The graph has nodes that the data lack: {quoted(unknown)}; rename or remove them.")
    if missing:
        raise InputError(
            f"The graph lacks nodes that the data have: {quoted(missing)}; add them, with or without edges."
        )
    ordered = nx.DiGraph()
    ordered.graph.update(graph.graph)
    attributes = {str(node): values for node, values in graph.nodes(data=True)}
    ordered.add_nodes_from((name, attributes[name]) for name in wanted)
    ordered.add_edges_from(
        (str(source), str(target), values) for source, target, values in graph.edges(data=True)
    )
    return ordered


def adjacency(graph: nx.DiGraph, names: Sequence[str] | None = None) -> NDArray[np.int8]:
    """The graph's 0/1 matrix, int8 `[d, d]`, rows and columns in the order of `names` (or of the nodes).

    Raises:
        InputError: As :func:`check_nodes`.

    >>> adjacency(nx.DiGraph([("a", "b")]))
    array([[0, 1],
           [0, 0]], dtype=int8)
    """
    ordered = check_nodes(graph, names)
    if len(ordered) == 0:
        return np.zeros((0, 0), dtype=np.int8)
    matrix: NDArray[np.int8] = nx.to_numpy_array(ordered, weight=None, dtype=np.int8)
    return matrix


def from_adjacency(matrix: ArrayLike, names: Sequence[str]) -> nx.DiGraph:
    """The graph of a 0/1 (or bool) matrix `[d, d]`, over the d variables `names`; it may be cyclic.

    Raises:
        InputError: The matrix is not square, does not fit the names, or holds something other than 0 and 1.

    >>> from_adjacency([[0, 1], [0, 0]], ["a", "b"]).edges
    OutEdgeView([('a', 'b')])
    """
    values = np.asarray(matrix)
    names = [str(name) for name in names]
    if len(set(names)) < len(names):
        raise InputError("Two variables of the graph have the same name; give each its own.")
    if values.shape != (len(names), len(names)):
        raise InputError(
            f"The adjacency matrix has the shape {values.shape}; give {len(names)} rows and columns."
        )
    if not np.isin(values, [0, 1]).all():
        raise InputError("The adjacency matrix holds something other than 0 and 1; threshold it first.")
    graph = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from((names[i], names[j]) for i, j in np.argwhere(values))
    return graph


def generations(graph: nx.DiGraph) -> list[list[str]]:
    """The topological generations: first the roots, then what depends on roots only, and so on.

    Raises:
        InputError: The graph is not a DAG.

    >>> generations(nx.DiGraph([("a", "c"), ("b", "c")]))
    [['a', 'b'], ['c']]
    """
    return [list(generation) for generation in nx.topological_generations(check_dag(graph))]


def to_pyg(graph: nx.DiGraph) -> Data:
    """The graph as torch-geometric `Data`: `edge_index` int64 `[2, edges]` (row 0 -> row 1), and `names`."""
    import torch
    from torch_geometric.data import Data

    edges = np.argwhere(adjacency(graph)).T
    return Data(
        edge_index=torch.from_numpy(edges).contiguous(), num_nodes=len(graph), names=[str(v) for v in graph]
    )


def from_pyg(data: Data) -> nx.DiGraph:
    """The graph of torch-geometric `Data`; without `names` the nodes are called X1 ... Xd."""
    d = int(data.num_nodes or 0)
    names = list(data["names"]) if "names" in data else [f"X{j + 1}" for j in range(d)]
    matrix = np.zeros((d, d), dtype=np.int8)
    if data.edge_index is not None:
        matrix[tuple(data.edge_index.cpu().numpy())] = 1
    return from_adjacency(matrix, names)


def parents_of(graph: nx.DiGraph) -> list[NDArray[np.intp]]:
    """For each node the positions of its parents, in the order of their names.

    What is fitted to parents in this order does not move when the columns come in another one.

    >>> [parents.tolist() for parents in parents_of(nx.DiGraph([("b", "c"), ("a", "c")]))]
    [[], [2, 0], []]
    """
    by_name = np.argsort(np.array([str(node) for node in graph], dtype=object), kind="stable")
    return [by_name[column[by_name] != 0] for column in adjacency(graph).T]
