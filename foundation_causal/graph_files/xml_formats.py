"""Graphs in XML: GraphML of networkx, igraph and yEd, and the structure of networks in XMLBIF and XDSL."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import networkx as nx

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs.edge_marks import (
    ATTRIBUTE,
    DIRECTED,
    UNDIRECTED,
    Drawing,
    chosen_names,
    joined,
)

# How yEd draws the ends of edges; every other shape is an arrow.
YED_SHAPES = {"none": "-", "circle": "o", "transparent_circle": "o", "white_circle": "o"}
GROUP = "yfiles.foldertype"
NUMBERS = {"int": int, "long": int, "float": float, "double": float}
NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
XDSL_NODES = ("cpt", "noisymax", "noisyadder", "deterministic", "decision", "utility", "mau", "equation")


def read_graphml(text: str, names: list[str] | None) -> Drawing:
    """The graph of GraphML.

    Nodes are called as their identifiers say, or where these only number them (n0, n1, ...) by their `name`
    (igraph), their `label`, or what yEd writes on them. Arrows that yEd draws say how an edge is directed.

    Raises:
        InputError: It is no GraphML, or holds several graphs, hyperedges, or edges without ends.
    """
    root = _tree(text)
    graphs = [child for child in root if _tag(child) == "graph"]
    if _tag(root) != "graphml" or len(graphs) != 1:
        raise InputError(f"it holds {len(graphs)} graphs in GraphML; give one.")
    keys = {key.get("id"): key for key in root if _tag(key) == "key"}
    # A group of yEd is a node around others, and no variable unless an edge leads to it.
    nodes = [node for node in graphs[0].iter() if _tag(node) == "node"]
    edges = [edge for edge in graphs[0].iter() if _tag(edge) == "edge"]
    if any(_tag(element) == "hyperedge" for element in graphs[0].iter()):
        raise InputError("it has a hyperedge, which joins more than two nodes; leave it out.")
    ends = {edge.get(end) for edge in edges for end in ("source", "target")}
    nodes = [node for node in nodes if not (GROUP in node.attrib and node.get("id") not in ends)]
    ids = [str(node.get("id", "")) for node in nodes]
    values = [_values(node, keys, "node") for node in nodes]
    repeated = [name for name, count in Counter(ids).items() if count > 1 or not name]
    if repeated:
        raise InputError(f"it has two nodes with the id {quoted(repeated)}; give each its own.")
    labels = [[value.get(key) for value in values] for key in ("name", "label")]
    called = chosen_names(ids, [*labels, [_drawn_label(node) for node in nodes]], names)
    by_id, drawing = dict(zip(ids, called, strict=True)), Drawing()
    for name, value in zip(called, values, strict=True):
        drawing.node(name, {key: kept for key, kept in value.items() if kept != name or key != "name"})
    for edge in edges:
        left, right = (str(edge.get(end)) for end in ("source", "target"))
        if left not in by_id or right not in by_id:
            raise InputError(
                f"it has an edge between {quoted([left, right])}, which are not both nodes; add them."
            )
        value = _values(edge, keys, "edge")
        marks = str(value.pop(ATTRIBUTE, _marks(edge, graphs[0].get("edgedefault"))))
        drawing.edge(by_id[left], marks, by_id[right], value)
    return drawing


def write_graphml(graph: nx.DiGraph) -> str:
    """The graph in GraphML, as networkx writes it.

    Raises:
        InputError: A name holds a control character, which XML cannot.
    """
    odd = [node for node in graph if NOT_XML.search(node)]
    if odd:
        raise InputError(f"GraphML cannot hold the name {quoted(odd[:1])}; rename it, or choose .json.")
    return "\n".join(nx.generate_graphml(graph)) + "\n"


def can_hold(value: object) -> bool:
    """Whether an attribute of a node or an edge has a value that GraphML has a type for."""
    if isinstance(value, str):
        return not NOT_XML.search(value)
    return isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))


def read_xmlbif(text: str, names: list[str] | None) -> Drawing:
    """The structure of a Bayesian network in XMLBIF 0.3; its tables are not read.

    Raises:
        InputError: It is none, or names a variable that is not declared.
    """
    del names
    root = _tree(text)
    drawing = Drawing()
    for variable in _all(root, "variable"):
        drawing.node(_said(variable, "name"))
    for definition in _all(root, "definition"):
        for parent in _all(definition, "given"):
            _declared_edge(drawing, (parent.text or "").strip(), _said(definition, "for"))
    return _some(drawing)


def read_xdsl(text: str, names: list[str] | None) -> Drawing:
    """The structure of a network in GeNIe's XDSL; its tables are not read.

    Raises:
        InputError: It is none, or has arcs between time steps.
    """
    del names
    root = _tree(text)
    if _all(root, "dynamic"):
        raise InputError("it is a dynamic network, with arcs between time steps; give a static one.")
    found = [element for element in root.iter() if _tag(element) in XDSL_NODES and element.get("id")]
    drawing = Drawing({str(element.get("id")): {} for element in found})
    for element in found:
        for parents in _all(element, "parents"):
            for parent in (parents.text or "").split():
                _declared_edge(drawing, parent, str(element.get("id")))
    return _some(drawing)


def _declared_edge(drawing: Drawing, parent: str, child: str) -> None:
    unknown = [name for name in (parent, child) if name not in drawing.nodes]
    if unknown:
        raise InputError(f"it has an arc of {quoted(unknown)}, which it does not declare; declare it.")
    drawing.edge(parent, DIRECTED, child)


def _some(drawing: Drawing) -> Drawing:
    if not drawing.nodes:
        raise InputError("it declares no variable; give a network of the format.")
    return drawing


def _tree(text: str) -> Element:
    """The root of XML; entities, with which small files make large ones, are refused.

    Raises:
        InputError: It declares an entity.
    """
    builder, parser = TreeBuilder(), expat.ParserCreate()
    parser.StartElementHandler = lambda tag, attributes: builder.start(tag, attributes)
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = _refuse_entity
    parser.Parse(text, True)
    return builder.close()


def _refuse_entity(*declaration: object) -> None:
    raise InputError(f"it declares the entity {quoted(declaration[:1])}; write out what it stands for.")


def _tag(element: Element) -> str:
    """The name of an element without its namespace, in small letters."""
    return element.tag.rpartition(":")[2].lower()


def _all(element: Element, tag: str) -> list[Element]:
    return [inner for inner in element.iter() if _tag(inner) == tag]


def _said(element: Element, tag: str) -> str:
    return next(((inner.text or "").strip() for inner in _all(element, tag)), "")


def _values(element: Element, keys: dict[str | None, Element], kind: str) -> dict[str, Any]:
    """The attributes that an element's data and the defaults of the keys give it."""
    values: dict[str, Any] = {}
    for key in keys.values():
        default = next((inner for inner in key if _tag(inner) == "default"), None)
        if key.get("for") in (kind, "all") and key.get("attr.name") and default is not None:
            values[str(key.get("attr.name"))] = _typed(default.text, key.get("attr.type"))
    for data in element:
        key_of = keys.get(data.get("key")) if _tag(data) == "data" else None
        if key_of is not None and key_of.get("attr.name") and not len(data):
            values[str(key_of.get("attr.name"))] = _typed(data.text, key_of.get("attr.type"))
    return values


def _typed(text: str | None, kind: str | None) -> Any:
    if kind == "boolean":
        return (text or "").strip().lower() in ("true", "1")
    try:
        return NUMBERS[str(kind)](text or "") if kind in NUMBERS else text or ""
    except ValueError as error:
        raise InputError(f"it has {quoted([text])} where a number must stand; mend it.") from error


def _drawn_label(node: Element) -> str:
    """What yEd writes on a node."""
    return next(
        ((inner.text or "").strip() for inner in node.iter() if _tag(inner) in ("nodelabel", "label")), ""
    )


def _marks(edge: Element, default: str | None) -> str:
    """What stands at the ends of an edge: the arrows that yEd drew, or else whether it is directed."""
    for arrows in _all(edge, "arrows"):
        ends = [YED_SHAPES.get(str(arrows.get(end, "none")), ">") for end in ("source", "target")]
        return joined(*ends)
    directed = edge.get("directed", "true" if default == "directed" else "false")
    return DIRECTED if directed == "true" else UNDIRECTED
