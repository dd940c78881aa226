"""Graphs in GML, as networkx, igraph, Gephi, yEd, Cytoscape and DoWhy write and read them.

The format: Himsolt 1996, "GML: A portable Graph File Format". Numbers are read as igraph writes them, too,
such as 1e-05, which the grammar of the format does not know and which networkx reads as 1.
"""

from __future__ import annotations

import html
import re
from typing import Any, TypeAlias

import networkx as nx

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs.edge_marks import (
    ATTRIBUTE,
    DIRECTED,
    UNDIRECTED,
    Drawing,
    chosen_names,
    joined,
    unknown_ends,
)

Value: TypeAlias = "str | int | float | Pairs"
Pairs: TypeAlias = list[tuple[str, Any]]
TOKEN = re.compile(
    r"""(?P<space>\s+|^\s*\#[^\n]*)
    |(?P<key>[A-Za-z_]\w*)
    |(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?=[\s\[\]]|$)|[+-](?:INF|NAN)\b)
    |(?P<text>"[^"]*")
    |(?P<open>\[)
    |(?P<close>\])""",
    re.VERBOSE | re.MULTILINE,
)
KEY = re.compile(r"[A-Za-z][0-9A-Za-z_]*")
WORDS = {"NAN": float("nan"), "INF": float("inf")}
ENDS = ("source", "target")
DRAWN = ("yFiles", "Cytoscape")  # programs that draw each edge with its arrows, or without
CIRCLES = (10, 11, 12)  # of Cytoscape 2, which numbers its shapes
LARGEST = 2**31  # beyond it integers are no integers of GML


def read_gml(text: str, names: list[str] | None) -> Drawing:
    """The graph of text in GML; nodes are called as their `label` says, those of igraph as their `name`.

    Raises:
        InputError: The text breaks the rules of the format, holds several graphs or nodes that are not there.

    >>> text = 'graph [directed 1 node [id 0 label "a"] node [id 1 label "b"] edge [source 0 target 1]]'
    >>> read_gml(text, None).digraph().edges
    OutEdgeView([('a', 'b')])
    """
    top = _parsed(text)
    graphs = [value for key, value in top if key == "graph" and isinstance(value, list)]
    if len(graphs) != 1:
        raise InputError(f"it holds {len(graphs)} graphs; give one.")
    (graph,) = graphs
    directed = dict(_scalars(graph)).get("directed")
    _said(directed)
    creator = next((str(value) for key, value in top if key == "Creator"), "")
    by_igraph, drawn = creator.startswith("igraph"), creator in DRAWN
    ends = {str(dict(_scalars(edge)).get(end)) for key, edge in graph if key == "edge" for end in ENDS}
    nodes = [dict(_scalars(node)) for key, node in graph if key == "node"]
    # A group of yEd is a node around others, and no variable unless an edge leads to it.
    nodes = [node for node in nodes if not (node.get("isGroup") == 1 and str(node.get("id")) not in ends)]
    ids = [str(node.pop("id", "")) for node in nodes]
    if not all(ids) or len(set(ids)) < len(ids):
        raise InputError("it has a node without an id of its own; give each one.")
    keys = ("name", "label") if by_igraph else ("label", "name")
    # An id only numbers a node where there is a label, whatever the variables are called.
    called = chosen_names(ids, [[node.get(key) for node in nodes] for key in keys], None)
    if called == ids:
        called = chosen_names(ids, [[node.get(key) for node in nodes] for key in keys], names)
    used = next((k for k in keys if [str(node.get(k, "")).strip() for node in nodes] == called), None)
    by_id, drawing = dict(zip(ids, called, strict=True)), Drawing()
    for node, name in zip(nodes, called, strict=True):
        drawing.node(name, {key: value for key, value in node.items() if key != used})
    for value in (value for key, value in graph if key == "edge"):
        edge = dict(_scalars(value))
        left, right = (str(edge.pop(end, "")) for end in ENDS)
        if not {left, right} <= set(ids):
            raise unknown_ends([left, right])
        marks = _drawn(value, drawn) or _said(edge.pop("directed", directed))
        marks = str(edge.pop(ATTRIBUTE, marks))
        drawing.edge(by_id[left], marks, by_id[right], edge)
    return drawing


def _said(directed: object) -> str:
    """Whether `directed` of a graph or of an edge says so: 1, or Y in what Cytoscape reads."""
    if directed not in (None, 0, 1, "N", "Y"):
        raise InputError(f"it has {quoted([directed])} after the key directed; write 1 or 0.")
    return DIRECTED if directed in (1, "Y") else UNDIRECTED


def _drawn(edge: Any, always: bool) -> str | None:
    """What yEd and Cytoscape draw at the ends of an edge; None where another program says nothing of it.

    Args:
        edge: The pairs of the edge.
        always: Whether the program draws all edges, so that no arrow means no direction.
    """
    pairs = next((pairs for key, pairs in edge if key == "graphics" and isinstance(pairs, list)), [])
    graphics = {key.replace("_", "").lower(): value for key, value in pairs}
    shapes = [graphics.get(f"{end}arrow") for end in ENDS]
    return joined(*map(_end, shapes)) if always or any(shape is not None for shape in shapes) else None


def _end(shape: object) -> str:
    if shape in (None, 0, "none"):
        return "-"
    return "o" if shape in CIRCLES or "circle" in str(shape) else ">"


def write_gml(graph: nx.DiGraph) -> str:
    """The graph in GML, in ASCII, with the names as labels."""
    number = {node: place for place, node in enumerate(graph)}
    lines = ["graph [", "  directed 1"]
    for node, values in graph.nodes(data=True):
        lines += ["  node [", f"    id {number[node]}", f"    label {_text(node)}"]
        lines += [*_lines({key: v for key, v in values.items() if key not in ("id", "label")}), "  ]"]
    for cause, effect, values in graph.edges(data=True):
        lines += ["  edge [", f"    source {number[cause]}", f"    target {number[effect]}"]
        lines += [*_lines({key: v for key, v in values.items() if key not in ("source", "target")}), "  ]"]
    return "\n".join([*lines, "]", ""])


def can_hold(key: str) -> bool:
    """Whether an attribute may be called so in GML."""
    return KEY.fullmatch(key) is not None


def _parsed(text: str) -> Pairs:
    """Lists of keys and values; without recursion, so that no depth is too deep."""
    stack: list[Pairs] = [[]]
    key: str | None = None
    place = 0
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            raise InputError(
                f"it has {text[place : place + 20]!r} where a key or a value must stand; check it."
            )
        place, kind, piece = found.end(), str(found.lastgroup), found[0]
        if kind == "space":
            continue
        if key is None and kind == "key":
            key = piece
        elif key is None and kind == "close" and len(stack) > 1:
            stack.pop()
        elif key is not None and kind == "open":
            inner: Pairs = []
            stack[-1].append((key, inner))
            stack.append(inner)
            key = None
        elif key is not None and kind in ("number", "text", "key"):
            stack[-1].append((key, _value(kind, piece)))
            key = None
        else:
            raise InputError(
                f"it has {quoted([piece])} where a {'value' if key else 'key'} must stand; check it."
            )
    if len(stack) > 1 or key is not None:
        raise InputError("it ends before its last bracket; give the whole text.")
    return stack[0]


def _value(kind: str, piece: str) -> str | int | float:
    if kind == "text":
        return html.unescape(piece[1:-1])
    if piece.lstrip("+-").upper() in WORDS:
        return float(piece)
    if kind == "key":  # Gephi writes identifiers without quotes
        return piece
    return int(piece) if re.fullmatch(r"[+-]?\d+", piece) else float(piece)


def _scalars(value: Any) -> Pairs:
    """The pairs of a list whose values are no lists, such as those of graphics."""
    return (
        [(key, inner) for key, inner in value if not isinstance(inner, list)]
        if isinstance(value, list)
        else []
    )


def _lines(values: dict[str, Any]) -> list[str]:
    return [f"    {key} {_written(value)}" for key, value in values.items()]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int) and abs(value) < LARGEST:
        return str(value)
    if isinstance(value, float):
        mantissa, _, exponent = repr(value).upper().partition("E")
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}{'E' if exponent else ''}{exponent}"
    return _text(value)


def _text(value: object) -> str:
    """Text in quotes; beside quotes and ampersands, whatever is not ASCII is an entity."""
    escaped = str(value).replace("&", "&amp;").replace('"', "&quot;")
    letters = [
        letter if letter.isascii() and letter.isprintable() else f"&#{ord(letter)};" for letter in escaped
    ]
    return f'"{"".join(letters)}"'
