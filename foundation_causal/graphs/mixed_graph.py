"""Acyclic directed mixed graphs (ADMGs): arrows for causes, lines with two heads for hidden common causes.

The directed and the bidirected edges are two networkx graphs over the same nodes. In one graph they stand as
:func:`foundation_causal.graphs.as_graph` keeps them: a bidirected edge is an edge with `marks="<->"`, which
beside a -> b is written b <-> a. That loses nothing, as an acyclic graph never has both a -> b and b -> a.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import networkx as nx

from foundation_causal.errors import InputError, counted, quoted, reason, said
from foundation_causal.graphs.edge_marks import ATTRIBUTE, BIDIRECTED, CIRCLE, DIRECTED, REMEDIES, shown

if TYPE_CHECKING:
    from torch import Tensor


class MixedGraph:
    """A graph of causes (a -> b) and of pairs that share a hidden cause (a <-> b); the arrows make no cycle.

    Attributes:
        directed: The arrows, with their attributes.
        bidirected: The pairs that share a hidden cause, with their attributes; the same nodes in their order.

    Example:
        >>> graph = MixedGraph([("t", "m"), ("m", "y")], [("t", "y")])  # the front door
        >>> graph
        MixedGraph(3 nodes, 2 directed edges, 1 bidirected edge)
        >>> graph.districts()
        [['t', 'y'], ['m']]
    """

    def __init__(
        self,
        directed: nx.DiGraph | Iterable[Any] = (),
        bidirected: nx.Graph | Iterable[Any] = (),
        nodes: Iterable[Hashable] = (),
    ) -> None:
        """Put a mixed graph together.

        Args:
            directed: A graph, or pairs (cause, effect).
            bidirected: A graph, or pairs in any order.
            nodes: In the order to have them in; nodes of edges that are not among them follow.

        Raises:
            InputError: A node joined to itself, arrows that make a cycle, or what is neither graph nor pairs.
        """
        try:
            arrows, pairs = nx.DiGraph(directed), nx.Graph(bidirected)
        except (nx.NetworkXException, TypeError, ValueError) as error:
            raise InputError(
                f"A mixed graph cannot be made of {said(directed)} and {said(bidirected)} ({reason(error)}); "
                "give two graphs, or pairs of names."
            ) from error
        self.directed: nx.DiGraph = nx.DiGraph()
        self.bidirected: nx.Graph = nx.Graph()
        self.directed.graph.update(arrows.graph)
        self.directed.add_nodes_from(nodes)
        for part in (arrows, pairs):
            self.directed.add_nodes_from(part.nodes(data=True))
        self.bidirected.add_nodes_from(self.directed)
        self.directed.add_edges_from(arrows.edges(data=True))
        self.bidirected.add_edges_from(pairs.edges(data=True))
        _check(self)

    @classmethod
    def of_marks(cls, graph: nx.DiGraph) -> MixedGraph:
        """The mixed graph of one whose bidirected edges have the attribute `marks="<->"`.

        Raises:
            InputError: Edges with other marks (undirected, or with an end that is open), or a cycle.

        >>> marked = nx.DiGraph([("a", "b")])
        >>> marked.add_edge("b", "a", marks="<->")
        >>> list(MixedGraph.of_marks(marked).bidirected.edges)
        [('a', 'b')]
        """
        arrows, pairs = nx.DiGraph(**graph.graph), nx.Graph()
        arrows.add_nodes_from(graph.nodes(data=True))
        for left, right, values in graph.edges(data=True):
            rest = {key: value for key, value in values.items() if key != ATTRIBUTE}
            marks = values.get(ATTRIBUTE)
            if marks in (None, DIRECTED):
                arrows.add_edge(left, right, **rest)
            elif marks == BIDIRECTED:
                pairs.add_edge(left, right, **rest)
            else:
                remedy = REMEDIES.get(str(marks), CIRCLE)
                raise InputError(f"The graph has the edge {shown(left, marks, right)}, {remedy} or into <->.")
        return cls(arrows, pairs)

    def to_networkx(self) -> nx.DiGraph:
        """One graph of all edges, the bidirected ones with the attribute `marks="<->"`."""
        graph = self.directed.copy()
        for left, right, values in self.bidirected.edges(data=True):
            if graph.has_edge(left, right):
                left, right = right, left
            graph.add_edge(left, right, **values, **{ATTRIBUTE: BIDIRECTED})
        return graph

    @property
    def nodes(self) -> list[Any]:
        """The nodes in their order."""
        return list(self.directed)

    @property
    def is_dag(self) -> bool:
        """Whether there is no bidirected edge."""
        return self.bidirected.number_of_edges() == 0

    def districts(self) -> list[list[Any]]:
        """The nodes that bidirected edges connect, each group and the groups in the order of the nodes."""
        place = {node: k for k, node in enumerate(self.directed)}
        groups = [sorted(group, key=place.__getitem__) for group in nx.connected_components(self.bidirected)]
        return sorted(groups, key=lambda group: place[group[0]])

    def ancestors(self, nodes: Iterable[Hashable]) -> set[Any]:
        """The nodes and all of their causes."""
        nodes = set(nodes)
        return nodes.union(*(nx.ancestors(self.directed, node) for node in nodes))

    def order(self) -> list[Any]:
        """The nodes, causes first; the same whatever the order of the columns."""
        return list(nx.lexicographical_topological_sort(self.directed, key=str))

    def bows(self) -> list[tuple[Any, Any]]:
        """The arrows whose two ends also share a hidden cause."""
        return [edge for edge in self.directed.edges if self.bidirected.has_edge(*edge)]

    def subgraph(self, nodes: Iterable[Hashable]) -> MixedGraph:
        """The graph of some of the nodes, and the edges among them."""
        kept = set(nodes)
        return MixedGraph(
            self.directed.subgraph(kept).edges(data=True),
            self.bidirected.subgraph(kept).edges(data=True),
            [node for node in self.directed if node in kept],
        )

    def cut(self, nodes: Iterable[Hashable]) -> MixedGraph:
        """The graph in which some nodes are set: without the edges that have a head there."""
        into = set(nodes)
        return MixedGraph(
            [edge for edge in self.directed.edges(data=True) if edge[1] not in into],
            [edge for edge in self.bidirected.edges(data=True) if not into & set(edge[:2])],
            self.directed,
        )

    def with_causes(self) -> nx.DiGraph:
        """The DAG in which each bidirected edge is a hidden node with an arrow to both ends.

        What is separated in it given observed nodes is m-separated in the mixed graph.
        """
        graph = nx.DiGraph(self.directed)
        for pair in self.bidirected.edges:
            graph.add_edges_from((("hidden", *pair), node) for node in pair)
        return graph

    def separated(self, left: Iterable[Any], right: Iterable[Any], given: Iterable[Any] = ()) -> bool:
        """Whether two groups of nodes are m-separated given a third (Richardson, 2003).

        >>> MixedGraph([("t", "m"), ("m", "y")], [("t", "y")]).separated(["t"], ["m"])
        False
        """
        return bool(nx.is_d_separator(self.with_causes(), set(left), set(right), set(given)))

    def renamed(self, names: Mapping[Any, Any]) -> MixedGraph:
        """The graph with other names for some or all nodes."""
        return MixedGraph(
            nx.relabel_nodes(self.directed, dict(names)), nx.relabel_nodes(self.bidirected, dict(names))
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MixedGraph):
            return NotImplemented
        return (
            set(self.directed) == set(other.directed)
            and set(self.directed.edges) == set(other.directed.edges)
            and set(map(frozenset, self.bidirected.edges)) == set(map(frozenset, other.bidirected.edges))
        )

    __hash__ = None  # type: ignore[assignment]  # its graphs can change

    def __repr__(self) -> str:
        parts = [
            counted(len(self.directed), "node"),
            counted(self.directed.number_of_edges(), "directed edge"),
            counted(self.bidirected.number_of_edges(), "bidirected edge"),
        ]
        return f"MixedGraph({', '.join(parts)})"


def _check(graph: MixedGraph) -> None:
    """Raise InputError where a node is joined to itself or arrows make a cycle."""
    for part in (graph.directed, graph.bidirected):
        loops = list(nx.nodes_with_selfloops(part))
        if loops:
            raise InputError(f"The graph has an edge from {quoted(loops[:1])} to itself; remove it.")
    if not nx.is_directed_acyclic_graph(graph.directed):
        cycle = [str(source) for source, _ in nx.find_cycle(graph.directed)]
        path = " -> ".join([*cycle, cycle[0]])
        raise InputError(f"The graph has the cycle {path}; remove or turn one of these edges.")


def latent_projection(adjacency: Tensor, hidden: int) -> tuple[Tensor, Tensor]:
    r"""Project DAGs onto their first variables (Verma and Pearl, 1990).

    :math:`i \to j` where a directed path leads from `i` to `j` through hidden variables alone, and
    :math:`i \leftrightarrow j` where two such paths lead to `i` and to `j` from one hidden variable.

    Args:
        adjacency: Bool `[B, D, D]`, acyclic, `A[b, i, j]` for `i -> j`.
        hidden: How many of the variables, the last ones, are hidden.

    Returns:
        The directed and the bidirected edges, bool `[B, d, d]` each, `d = D - hidden`; the second are
        symmetric.

    Example:
        >>> import torch
        >>> chain_and_fork = torch.zeros(1, 4, 4, dtype=torch.bool)
        >>> chain_and_fork[0, [0, 3, 3], [3, 1, 2]] = True  # 0 -> 3 -> 1, 3 -> 2
        >>> directed, bidirected = latent_projection(chain_and_fork, 1)
        >>> directed[0].nonzero().tolist(), bidirected[0].nonzero().tolist()
        ([[0, 1], [0, 2]], [[1, 2], [2, 1]])
    """
    directed, bidirected = adjacency.clone(), adjacency.new_zeros(adjacency.shape)
    size = adjacency.shape[1]
    for last in range(size - 1, size - 1 - hidden, -1):
        parents, children, siblings = directed[:, :, last], directed[:, last], bidirected[:, last]
        arrows = children | siblings  # ends of paths out of the hidden variable
        shared = (arrows[:, :, None] & children[:, None, :]) | (children[:, :, None] & arrows[:, None, :])
        directed = (directed | (parents[:, :, None] & children[:, None, :]))[:, :last, :last]
        bidirected = (bidirected | shared)[:, :last, :last]
    bidirected.diagonal(dim1=1, dim2=2).fill_(False)
    return directed, bidirected
