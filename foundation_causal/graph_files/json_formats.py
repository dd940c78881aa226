"""Graphs in JSON: networkx' node-link, adjacency and Cytoscape forms, pairs, and dictionaries of parents."""

from __future__ import annotations

import json
from typing import Any

import networkx as nx

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs.edge_marks import (
    ATTRIBUTE,
    DIRECTED,
    UNDIRECTED,
    Drawing,
    chosen_names,
    unknown_ends,
)
from foundation_causal.graphs.graph_objects import EDGE_HEADERS, drawing_of_mapping, drawing_of_pairs

NODE_NAMES = ("id", "name", "label")
EDGE_LISTS = ("edges", "links", "arcs")  # networkx, D3, bnlearn's networks in pgmpy
FORMS = (
    'it is no graph in JSON; give {"nodes": ["a", "b"], "edges": [["a", "b"]]}, pairs, or the node-link form '
    "of networkx."
)


def read_json(text: str, names: list[str] | None) -> Drawing:
    """The graph of JSON.

    Raises:
        InputError: It is in none of the forms, does not say whether its edges are directed, names nodes in
            edges that are not among its nodes, or is a dictionary that may mean parents or children.

    >>> read_json('{"nodes": ["a", "b"], "edges": [["a", "b"]]}', None).digraph().edges
    OutEdgeView([('a', 'b')])
    """
    document = json.loads(text, object_pairs_hook=_object)
    if isinstance(document, list):
        return drawing_of_pairs(document)
    if not isinstance(document, dict):
        raise InputError(FORMS)
    if len(document) == 1 and next(iter(document)) in ("parents", "children"):
        ((towards, mapping),) = document.items()
        return drawing_of_mapping(mapping, towards=towards)
    if isinstance(document.get("elements"), dict):
        return _node_link(_cytoscape(document), names)
    if "adjacency" in document:
        return _node_link(_adjacency(document), names)
    if isinstance(document.get("options"), dict):
        document = _graphology(document)
    if any(isinstance(document.get(key), list) for key in ("nodes", *EDGE_LISTS)):
        return _node_link(document, names)
    if document and all(isinstance(value, list) for value in document.values()):
        raise InputError(
            "it is a dictionary, which may name each variable's causes or its effects; say which by "
            '{"parents": {...}} or {"children": {...}}.'
        )
    raise InputError(FORMS)


def write_json(graph: nx.DiGraph) -> str:
    """The graph in networkx' node-link form."""
    document = nx.node_link_data(graph, edges="edges")
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; of two equal keys, json would silently keep the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InputError(f"it has the key {quoted([twice])} twice in one object; write it once.")
    return found


def _node_link(document: dict[str, Any], names: list[str] | None) -> Drawing:
    nodes = document.get("nodes", [])
    filled = [key for key in EDGE_LISTS if document.get(key)]
    lists = [document[key] for key in filled]
    if len(lists) > 1:
        raise InputError(f"it has {' and '.join(filled)}; leave out all but one.")
    others = [key for key in document if key not in (*EDGE_LISTS, "nodes") and _is_list(document[key])]
    if others and not set(EDGE_LISTS) & set(document):
        raise InputError(f'it has no edges, but the list {quoted(others[:1])}; call edges "edges".')
    edges = lists[0] if lists else []
    if not isinstance(nodes, list) or not isinstance(edges, list):
        raise InputError(FORMS)
    ids, drawing = _nodes(nodes, names)
    drawing.complete = "nodes" in document
    for edge in edges:
        ends, directed, values = _edge(edge, document)
        if "nodes" in document and not all(_key(end) in ids for end in ends):
            raise unknown_ends(ends)
        marks = str(values.pop(ATTRIBUTE, DIRECTED if directed else UNDIRECTED))
        left, right = (ids.get(_key(end), str(end)) for end in ends)
        drawing.edge(left, marks, right, values)
    return drawing


def _nodes(nodes: list[Any], names: list[str] | None) -> tuple[dict[str, str], Drawing]:
    """What edges call each node, and what it is called; nodes without an id are called by their place."""
    listed = [dict(node) if isinstance(node, dict) else {"id": node} for node in nodes]
    numbered = not any("id" in node for node in listed)
    if numbered and not all(set(NODE_NAMES) & set(node) for node in listed):
        raise InputError("it has a node without an id; give each one.")
    if not numbered and not all("id" in node for node in listed):
        raise InputError("it has a node without an id; give each one.")
    ids = [str(place) if numbered else str(node["id"]) for place, node in enumerate(listed)]
    if any(isinstance(node.get("id"), dict | list) for node in listed):
        raise InputError("it has a node whose id is a list; give a name.")
    if len(set(ids)) < len(ids):
        raise InputError("it has two nodes that read the same as text; give each its own name.")
    labels = [[node.get(key) for node in listed] for key in ("name", "label")]
    called = chosen_names(ids, labels, None if numbered else names)
    drawing = Drawing()
    for node, name in zip(listed, called, strict=True):
        drawing.node(name, {key: value for key, value in node.items() if key != "id" and value != name})
    by_id = dict(zip(ids, called, strict=True))
    # Without ids, edges may name a node by its place, as D3 does, or by its name.
    return ({name: name for name in called} | by_id if numbered else by_id), drawing


def _edge(edge: Any, document: dict[str, Any]) -> tuple[list[Any], bool, dict[str, Any]]:
    """The ends of an edge, whether it is directed, and its attributes."""
    if isinstance(edge, list) and len(edge) == 2:
        return edge, bool(document.get("directed", True)), {}
    if isinstance(edge, dict):
        for first, last in EDGE_HEADERS:
            if first in edge and last in edge:
                if first == "source" and "directed" not in document:
                    raise InputError('it does not say whether it is directed; write "directed": true if so.')
                values = {key: value for key, value in edge.items() if key not in (first, last, "key")}
                return [edge[first], edge[last]], bool(document.get("directed", True)), values
    raise InputError(f"it has {edge!r:.80} among its edges; give pairs, or objects with source and target.")


def _key(end: Any) -> str:
    return str(end)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _adjacency(document: dict[str, Any]) -> dict[str, Any]:
    """The adjacency form of networkx as its node-link form."""
    nodes, rows = document.get("nodes"), document["adjacency"]
    whole = isinstance(nodes, list) and isinstance(rows, list) and len(nodes) == len(rows)
    if not whole or not all(isinstance(row, list) for row in rows):
        raise InputError(FORMS)
    edges, seen = [], set()
    for node, row in zip(nodes or [], rows, strict=True):
        for entry in row:
            if not isinstance(node, dict) or not isinstance(entry, dict) or "id" not in {*node} & {*entry}:
                raise InputError(FORMS)
            ends = (str(node["id"]), str(entry["id"]))
            if not document.get("directed") and ends[::-1] in seen:  # undirected edges stand twice
                continue
            seen.add(ends)
            values = {key: value for key, value in entry.items() if key != "id"}
            edges.append({**values, "source": node["id"], "target": entry["id"]})
    return {"directed": document.get("directed", False), "nodes": nodes, "edges": edges}


def _graphology(document: dict[str, Any]) -> dict[str, Any]:
    """The form of Gephi's JSON (graphology) as networkx' node-link form."""
    directed = document["options"].get("type") != "undirected"
    parts: dict[str, Any] = {"directed": directed}
    for part, keep in (("nodes", ()), ("edges", ("source", "target"))):
        listed = document.get(part, [])
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise InputError(FORMS)
        parts[part] = [
            {**(one.get("attributes") or {}), **{key: one.get(key) for key in keep}} for one in listed
        ]
        for old, new in zip(listed, parts[part], strict=True):
            if part == "nodes":
                new["id"] = old.get("key")
            elif old.get("undirected") and directed:
                new[ATTRIBUTE] = UNDIRECTED
    return parts


def _cytoscape(document: dict[str, Any]) -> dict[str, Any]:
    """The form of Cytoscape as networkx' node-link form."""
    elements = document["elements"]
    parts: dict[str, Any] = {}
    for key in ("nodes", "edges"):
        listed = elements.get(key, [])
        if not isinstance(listed, list) or not all(
            isinstance(part, dict) and isinstance(part.get("data"), dict) for part in listed
        ):
            raise InputError(FORMS)
        parts[key] = [{k: v for k, v in part["data"].items() if k != "value"} for part in listed]
    return parts | ({"directed": document["directed"]} if "directed" in document else {})
