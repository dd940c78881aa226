"""Graphs in XML: GraphML, GEXF, XGMML, Tetrad's, and the structure of networks in XMLBIF and XDSL."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import networkx as nx

from foundation_causal.errors import InputError, quoted
from foundation_causal.graph_files.model_strings import tetrad_drawing
from foundation_causal.graphs.edge_marks import (
    ATTRIBUTE,
    DIRECTED,
    UNDIRECTED,
    Drawing,
    chosen_names,
    joined,
    unknown_ends,
)

# How yEd draws the ends of edges; every other shape is an arrow.
YED_SHAPES = {"none": "-", "circle": "o", "transparent_circle": "o", "white_circle": "o"}
GROUP = "yfiles.foldertype"
DRAWN = (
    "nodelabel",
    "label.text",
    "label",
)  # elements with what yEd and its successor yEd Live write on nodes
NUMBERS = {"int": int, "long": int, "float": float, "double": float}
NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    keys = [key for key in root.iter() if _tag(key) == "key"]
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
            raise unknown_ends([left, right])
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

    Nodes are called by their identifiers, or as GeNIe shows them where these are the `names`.

    Raises:
        InputError: It is none, or has arcs between time steps.
    """
    root = _tree(text)
    if _all(root, "dynamic"):
        raise InputError("it is a dynamic network, with arcs between time steps; give a static one.")
    found = [element for nodes in _all(root, "nodes") for element in nodes if element.get("id")]
    ids = [str(element.get("id")) for element in found]
    drawing = Drawing({name: {} for name in ids})
    for name, element in zip(ids, found, strict=True):
        for parents in _all(element, "parents"):
            for parent in (parents.text or "").split():
                _declared_edge(drawing, parent, name)
    # What GeNIe shows: identifiers have no blanks.
    titles = {str(node.get("id")): _said(node, "name") for node in _all(root, "node")}
    called = chosen_names(ids, [[titles.get(name) for name in ids]], names)
    return _some(drawing.renamed(dict(zip(ids, called, strict=True))))


def read_tetrad_xml(text: str, names: list[str] | None) -> Drawing:
    """The graph that Tetrad saves as XML: its variables, and its edges as lines of text.

    Raises:
        InputError: An edge is not between the variables.
    """
    root = _tree(text)
    nodes, edges = (
        [(element.text or "").strip() for element in _all(root, tag)] for tag in ("variable", "edge")
    )
    return _some(tetrad_drawing(nodes, edges, names))


def read_gexf(text: str, names: list[str] | None) -> Drawing:
    """The graph of GEXF, which Gephi and networkx write; an edge without a type is as the graph says.

    Raises:
        InputError: It is no GEXF, or has an edge between nodes that are not there.
    """
    root = _tree(text)
    graph = next(iter(_all(root, "graph")), None)
    if _tag(root) != "gexf" or graph is None:
        raise InputError("it holds no graph in GEXF; give one.")
    default = graph.get("defaultedgetype", "undirected")
    edges = [
        (edge, {"directed": DIRECTED, "mutual": "<->"}.get(edge.get("type", default), UNDIRECTED))
        for edge in _all(graph, "edge")
    ]
    return _labelled(_all(graph, "node"), edges, names)


def read_xgmml(text: str, names: list[str] | None) -> Drawing:
    """The graph of XGMML, which Cytoscape writes; `cy:directed` of an edge goes before that of the graph.

    Raises:
        InputError: It is no XGMML, or has an edge between nodes that are not there.
    """
    root = _tree(text)
    if _tag(root) != "graph":
        raise InputError("it holds no graph in XGMML; give one.")
    default = root.get("directed", "0")
    edges = [
        (edge, DIRECTED if edge.get("cy:directed", default) == "1" else UNDIRECTED)
        for edge in _all(root, "edge")
        if edge.get("source")
    ]
    return _labelled([node for node in _all(root, "node") if node.get("id")], edges, names)


def _labelled(nodes: list[Element], edges: list[tuple[Element, str]], names: list[str] | None) -> Drawing:
    """The graph of nodes with the attributes id and label, and of edges with source and target."""
    ids = [str(node.get("id", "")) for node in nodes]
    if len(set(ids)) < len(ids) or not all(ids):
        raise InputError("it has a node without an id of its own; give each one.")
    called = dict(zip(ids, chosen_names(ids, [[node.get("label") for node in nodes]], names), strict=True))
    drawing = Drawing({name: {} for name in called.values()})
    for edge, marks in edges:
        left, right = (str(edge.get(end)) for end in ("source", "target"))
        if left not in called or right not in called:
            raise unknown_ends([left, right])
        weight = edge.get("weight")
        drawing.edge(
            called[left], marks, called[right], {"weight": _typed(weight, "double")} if weight else {}
        )
    return drawing


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


def _values(element: Element, keys: list[Element], kind: str) -> dict[str, Any]:
    """The attributes that an element's data and the defaults of the keys give it."""
    values: dict[str, Any] = {}
    # Keys of nodes and of edges may share an id, as those of Gephi do.
    own = {key.get("id"): key for key in keys if key.get("for", "all") in (kind, "all")}
    for key in own.values():
        default = next((inner for inner in key if _tag(inner) == "default"), None)
        if key.get("attr.name") and default is not None and not len(default):
            values[str(key.get("attr.name"))] = _typed(default.text, key.get("attr.type"))
    for data in element:
        key_of = own.get(data.get("key")) if _tag(data) == "data" else None
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
    """What yEd writes on a node, on one line: its labels may be broken, and be HTML."""
    texts = ((inner.text or "").strip() for inner in node.iter() if _tag(inner) in DRAWN)
    text = next(filter(None, texts), "")
    return " ".join((re.sub(r"<[^<>]*>", " ", text) if text.startswith("<") else text).split())


def _marks(edge: Element, default: str | None) -> str:
    """What stands at the ends of an edge: the arrows that yEd drew, or else whether it is directed."""
    for arrows in _all(edge, "arrows"):
        ends = [YED_SHAPES.get(str(arrows.get(end, "none")), ">") for end in ("source", "target")]
        return joined(*ends)
    directed = edge.get("directed", "true" if default == "directed" else "false")
    return DIRECTED if directed == "true" else UNDIRECTED
