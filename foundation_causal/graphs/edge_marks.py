"""What stands at the two ends of an edge, and graphs as they were drawn, before their edges are directed.

An edge is written as in Tetrad and tigramite, with one mark for each end: `-->` leads from left to right,
`---` is undirected, `<->` bidirected (a hidden common cause), and a circle, as in `o->` and `o-o`, leaves
open whether there is a tail or an arrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import networkx as nx

from foundation_causal.errors import InputError, counted, quoted, said

Marks: TypeAlias = Literal["refuse", "keep"]

ATTRIBUTE = "marks"  # of an edge that is kept although it is not directed
DIRECTED, UNDIRECTED, BIDIRECTED = "-->", "---", "<->"
ORDER = ("-->", "<->", "---", "o->", "o-o", "o--")  # the others are these, seen from behind
REMEDIES = {
    UNDIRECTED: "which has no direction; turn it into an arrow",
    BIDIRECTED: "which stands for a hidden common cause; turn it into an arrow",
}
CIRCLE = "the direction of which is open; turn it into an arrow"


@dataclass
class Drawing:
    """The nodes and the edges of a graph as they stand in a file or an object.

    Attributes:
        nodes: The attributes of each node, by its name.
        edges: Left end, marks such as "-->", right end, attributes.
        complete: Whether all nodes are there; a list of edges is silent about those that have none.
    """

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    edges: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)
    complete: bool = True

    def node(self, name: object, attributes: dict[str, Any] | None = None) -> str:
        """Add a node, or attributes to one that is there."""
        self.nodes.setdefault(str(name), {}).update(attributes or {})
        return str(name)

    def edge(self, left: object, marks: str, right: object, attributes: dict[str, Any] | None = None) -> None:
        """Add an edge, and its ends where they are new."""
        self.edges.append((self.node(left), marks, self.node(right), dict(attributes or {})))

    def renamed(self, names: dict[str, str]) -> Drawing:
        """The same graph with other names."""
        return Drawing(
            {names[node]: values for node, values in self.nodes.items()},
            [(names[left], marks, names[right], values) for left, marks, right, values in self.edges],
            self.complete,
        )

    def digraph(self, names: Sequence[str] | None = None, marks: Marks = "refuse") -> nx.DiGraph:
        """The graph with its nodes in their order.

        Args:
            names: Nodes to add where a drawing that is not complete lacks them.
            marks: What to do with edges that are not directed: "refuse" them, or "keep" them, with their
                marks as the attribute `marks`. Beside a -> b, the edge a <-> b then stands as b <-> a.

        Raises:
            InputError: An edge that is there twice, or one that is not directed and not to be kept.
        """
        check_marks_option(marks)
        graph = nx.DiGraph()
        if not self.complete:
            graph.add_nodes_from(str(name) for name in ([] if names is None else names))
        graph.add_nodes_from(self.nodes.items())
        for edge in self.edges:
            left, kind, right, values = _turned(*edge)
            twice = graph.has_edge(left, right)
            if kind != DIRECTED:
                values = {**values, ATTRIBUTE: kind}
                if kind == backward(kind):
                    kinds = [graph.get_edge_data(*ends, {}).get(ATTRIBUTE) for ends in _both(left, right)]
                    left, right = (right, left) if twice else (left, right)
                    twice = kind in kinds or graph.has_edge(left, right)
            if twice:
                raise InputError(f"it has the edge {shown(left, kind, right)} twice; leave one of them out.")
            graph.add_edge(left, right, **values)
        if marks == "refuse":
            refuse_marks(graph)
        return graph


def _both(left: str, right: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (left, right), (right, left)


def refuse_marks(graph: nx.DiGraph) -> None:
    """Refuse a graph with edges whose attribute `marks` says that they are not directed.

    Raises:
        InputError: There is one; the sentence names it.

    Example:
        >>> graph = nx.DiGraph()
        >>> graph.add_edge("a", "b", marks="<->")
        >>> try:
        ...     refuse_marks(graph)
        ... except InputError as error:
        ...     print(str(error)[:50])
        it has the edge 'a' <-> 'b', which stands for a hi
    """
    found = [(a, marks, b) for a, b, marks in graph.edges(data=ATTRIBUTE) if not leads(marks)]
    if found:
        marks = str(found[0][1])
        others = f" (and {counted(len(found) - 1, 'other')} like it)" if len(found) > 1 else ""
        raise InputError(
            f"it has the edge {shown(*found[0])}{others}, {REMEDIES.get(marks, CIRCLE)} or leave it out"
            ' (marks="keep" of read_graph and as_graph shows all).'
        )


def leads(marks: object) -> bool:
    """Whether an edge with this attribute `marks` is a directed one."""
    return marks is None or (isinstance(marks, str) and marks == DIRECTED)


def check_marks(graph: nx.DiGraph) -> None:
    """Raise InputError where the attribute `marks` of an edge holds no marks."""
    for left, right, marks in graph.edges(data=ATTRIBUTE):
        if not leads(marks) and not (isinstance(marks, str) and {marks, backward(marks)} & set(ORDER)):
            raise _unknown(left, said(marks), right)


def check_marks_option(marks: str) -> None:
    """Raise InputError where `marks` is no choice."""
    if not isinstance(marks, str) or marks not in get_args(Marks):
        raise InputError(f'marks is {marks!r}; give "refuse" or "keep".')


def shown(left: object, marks: object, right: object) -> str:
    """An edge inside a sentence.

    >>> shown("a", "-->", "b")
    "'a' -> 'b'"
    """
    middle = "->" if marks == DIRECTED else marks
    return f"{quoted([left])} {middle} {quoted([right])}"


def joined(left: str, right: str) -> str:
    """The marks of an edge, from what stands at its ends: "-", ">" or "o".

    >>> joined(">", "o")
    '<-o'
    """
    return f"{'<' if left == '>' else left}-{right}"


def backward(marks: str) -> str:
    """The marks of an edge as read from its right end.

    >>> backward("o->")
    '<-o'
    """
    return marks[::-1].translate(str.maketrans("<>", "><"))


def unknown_ends(ends: Iterable[object]) -> InputError:
    """The error of a file of which an edge is not between two of its nodes."""
    return InputError(f"it has an edge between {quoted(ends)}, which are not both nodes; add them.")


def chosen_names(
    ids: Sequence[str], candidates: Iterable[Sequence[object]], names: Sequence[str] | None
) -> list[str]:
    """What the nodes of a file are called: their identifiers, or a label where these only number them.

    Args:
        ids: The identifier of each node.
        candidates: Labels of each node, the best ones first; None or empty text where one has none.
        names: What the nodes must be, if that is known.
    """
    wanted = None if names is None else {str(name) for name in names}
    choices = [["" if label is None else str(label).strip() for label in labels] for labels in candidates]
    choices = [words for words in choices if words and all(words) and len(set(words)) == len(words)]
    for words in [*choices, list(ids)]:
        if wanted == set(words):
            return words
    return choices[0] if choices and all(map(_is_number, ids)) else list(ids)


def _is_number(word: str) -> bool:
    """Whether an identifier is one of a counter: 0, n0, -1 (Cytoscape) or, inside a group, n0::n1."""
    return all(piece.removeprefix("n").removeprefix("-").isdigit() for piece in word.split("::"))


def _turned(
    left: str, marks: str, right: str, values: dict[str, Any]
) -> tuple[str, str, str, dict[str, Any]]:
    """The edge with its arrow, or else its tail, to the right.

    Raises:
        InputError: These are no marks.
    """
    if not {marks, backward(marks)} & set(ORDER):
        raise _unknown(left, marks, right)
    return (left, marks, right, values) if marks in ORDER else (right, backward(marks), left, values)


def _unknown(left: object, marks: object, right: object) -> InputError:
    return InputError(
        f"it has the edge {shown(left, marks, right)}, the marks of which are not known; "
        "use -->, ---, <->, o->, o-- or o-o."
    )
