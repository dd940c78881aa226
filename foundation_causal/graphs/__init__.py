"""Directed graphs over named variables: checks, matrices, generations, and torch-geometric's form of them.

A graph is a `networkx.DiGraph` whose nodes are column names. In a matrix, `A[i, j] = 1` means `i -> j`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs.edge_marks import Marks, check_marks, check_marks_option
from foundation_causal.graphs.graph_objects import (
    drawing_of_mapping,
    lingam_drawing,
    matrix_drawing,
    names_as_text,
    to_digraph,
)
from foundation_causal.graphs.mixed_graph import MixedGraph

if TYPE_CHECKING:
    from torch_geometric.data import Data


def check_dag(graph: Any, names: Sequence[str] | None = None) -> nx.DiGraph:
    """A copy of the graph with string nodes in the order of `names`, once it is known to be acyclic.

    Args:
        graph: What :func:`as_graph` takes; attributes of nodes and edges are kept.
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


def check_admg(graph: Any, names: Sequence[str] | None = None) -> MixedGraph:
    """A copy of an acyclic directed mixed graph with string nodes in the order of `names`.

    Args:
        graph: A :class:`MixedGraph`, or what :func:`as_graph` takes, its bidirected edges marked "<->" (as
            `read_graph` and `parse_graph` mark them with marks="keep"); a DAG is a mixed graph, too.
        names: The variables that the nodes must be, each once; None takes the graph's own nodes and order.

    Raises:
        InputError: Edges that are neither directed nor bidirected, a self-loop, a cycle, a node missing or
            unknown.

    >>> check_admg(MixedGraph([("b", "a")], [("a", "b")]), ["a", "b"]).bows()
    [('b', 'a')]
    """
    return MixedGraph.of_marks(check_nodes(graph, names, "keep"))


def check_nodes(graph: Any, names: Sequence[str] | None = None, marks: Marks = "refuse") -> nx.DiGraph:
    """A copy of the graph, cyclic or not, with string nodes in the order of `names`.

    Args:
        graph: What :func:`as_graph` takes.
        names: As for :func:`check_dag`.
        marks: Whether to "keep" edges that are not directed, as :func:`as_graph` does.

    Raises:
        InputError: Not directed, or a node missing or unknown.
    """
    names = names_as_text(names)
    graph = to_digraph(graph, names, marks)
    check_marks(graph)
    nodes = [str(node) for node in graph]
    if len(set(nodes)) < len(nodes):
        raise InputError("The graph has two nodes that read the same as text; give each its own name.")
    wanted = nodes if names is None else names
    graph = _without_blanks(graph, nodes, wanted)
    nodes = [str(node) for node in graph]
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


def _without_blanks(graph: nx.DiGraph, nodes: list[str], wanted: list[str]) -> nx.DiGraph:
    """The graph with nodes that only blanks around them tell from names; tables in files lose such blanks."""
    odd = [node for node in nodes if node not in wanted]
    bare = [node.strip() for node in odd]
    if not odd or len(set(bare)) < len(bare) or not set(bare) <= set(wanted) - set(nodes):
        return graph
    called = dict(zip(odd, bare, strict=True))
    return nx.relabel_nodes(graph, {node: called.get(str(node), str(node)) for node in graph})


def as_graph(
    graph: Any = None,
    names: Sequence[str] | None = None,
    *,
    parents: Mapping[Any, Iterable[Any]] | None = None,
    children: Mapping[Any, Iterable[Any]] | None = None,
    marks: Marks = "refuse",
) -> nx.DiGraph:
    """What you hold as a graph, as a networkx.DiGraph with string nodes; it may be cyclic.

    Whatever this takes, every function that asks for a graph takes, too.

    Args:
        graph: One of

            - a graph of networkx, igraph, pgmpy, causal-learn (PC's result, too), gcastle, pyAgrum
              (BayesNet), DoWhy or torch-geometric, or what tigramite's methods return;
            - a :class:`discovery.Prediction`, or a :class:`MixedGraph`;
            - pairs (cause, effect), in a list or in a DataFrame with these two columns and perhaps `weight`;
            - a 0/1 matrix `[d, d]`, in which `A[i, j] = 1` means i -> j: a DataFrame with the same labels for
              rows and columns, or an array in the order of `names`.
        names: The variables, in the order to have them in. Pairs and dictionaries are silent about variables
            that have no edge: without `names` the graph lacks them.
        parents: Instead of `graph`: the causes of each variable.
        children: Instead of `graph`: the effects of each variable.
        marks: Edges that are not directed, such as those of a CPDAG or of a PAG, are refused; "keep" keeps
            them, with their marks (`---`, `<->`, `o->`, `o--`, `o-o`) as the attribute `marks`, and what asks
            for a DAG then refuses the graph.

    Raises:
        InputError: None of these, two of them, an edge that is not directed or is there twice, or other nodes
            than `names`. A bare dictionary is refused, as it may mean causes or effects.

    >>> as_graph([("rain", "crop")], names=["sun", "rain", "crop"]).nodes
    NodeView(('sun', 'rain', 'crop'))
    >>> as_graph(parents={"crop": ["rain", "sun"]}).edges
    OutEdgeView([('rain', 'crop'), ('sun', 'crop')])
    """
    given = [thing for thing in (graph, parents, children) if thing is not None]
    if len(given) != 1:
        raise InputError(f"{len(given)} graphs are given; give one of `graph`, `parents` and `children`.")
    names = names_as_text(names)
    if graph is None:
        towards = "children" if parents is None else "parents"
        graph = drawing_of_mapping(given[0], towards=towards).digraph(names, marks)
    return check_nodes(graph, names, marks)


def graph_from_lingam(model: Any, names: Sequence[str] | None = None, marks: Marks = "refuse") -> nx.DiGraph:
    """The graph of a model of lingam, or of its matrix, in which an edge leads from the column to the row.

    Args:
        model: A fitted model, or its `adjacency_matrix_`, shape `[d, d]`.
        names: The d variables; by default the labels of a DataFrame, or X1 ... Xd.
        marks: As for :func:`as_graph`: NaN, which lingam puts where it suspects a hidden cause, is `<->`.

    Returns:
        The graph, its edges with the attribute `weight`.

    Raises:
        InputError: It is not square, or has NaN that is not to be kept.

    >>> graph_from_lingam(np.array([[0, 0], [2.0, 0]]), ["a", "b"]).edges(data=True)
    OutEdgeDataView([('a', 'b', {'weight': 2.0})])
    """
    names = names_as_text(names)
    check_marks_option(marks)
    try:
        return lingam_drawing(model, names).digraph(names, marks)
    except InputError as error:
        raise InputError(f"The matrix of lingam cannot be used: {error}") from error


def adjacency(graph: Any, names: Sequence[str] | None = None) -> NDArray[np.int8]:
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
    return matrix_drawing(matrix, names).digraph()


def titled(graph: nx.DiGraph, titles: Iterable[Any]) -> nx.DiGraph:
    """A graph over names with what the user's table calls its columns, such as 3 for "3", as nodes.

    >>> titled(nx.DiGraph([("0", "a")]), [0, "a"]).edges
    OutEdgeView([(0, 'a')])
    """
    odd = {str(title): title for title in titles if not isinstance(title, str)}
    return nx.relabel_nodes(graph, odd) if odd else graph


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
    return as_graph(data)


def parents_of(graph: nx.DiGraph) -> list[NDArray[np.intp]]:
    """For each node the positions of its parents, in the order of their names.

    What is fitted to parents in this order does not move when the columns come in another one.

    >>> [parents.tolist() for parents in parents_of(nx.DiGraph([("b", "c"), ("a", "c")]))]
    [[], [2, 0], []]
    """
    by_name = np.argsort(np.array([str(node) for node in graph], dtype=object), kind="stable")
    return [by_name[column[by_name] != 0] for column in adjacency(graph).T]
