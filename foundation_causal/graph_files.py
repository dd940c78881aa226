"""Graphs in files: JSON node-link, GraphML, and CSV adjacency matrices."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from foundation_causal.errors import InputError, reason
from foundation_causal.files import check_readable, check_suffix, replacing
from foundation_causal.graphs import adjacency, check_nodes, from_adjacency

SUFFIXES = (".json", ".graphml", ".csv")


def read_graph(path: str | os.PathLike[str]) -> nx.DiGraph:
    """Read a directed graph, which may be cyclic, with string nodes.

    `.json` holds networkx' node-link form, `.graphml` GraphML, and `.csv` a 0/1 matrix with the names in the
    header and in the first column, where 1 in row i and column j means i -> j.

    Raises:
        InputError: a missing, empty or unreadable file, an unknown suffix, an undirected graph.
    """
    path = check_readable(path, SUFFIXES)
    readers = {".json": _read_json, ".graphml": _read_graphml, ".csv": _read_csv}
    try:
        return check_nodes(readers[path.suffix.lower()](path))
    except InputError as error:
        raise InputError(f"Cannot use the graph in '{path}': {error}") from error
    # What networkx, pandas and the XML parser raise for a broken file has no common ground below these.
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        SyntaxError,
        OSError,
        nx.NetworkXException,
    ) as error:
        raise InputError(
            f"Cannot read '{path}' ({reason(error)}); check that it holds what its suffix says."
        ) from error


def write_graph(graph: nx.DiGraph, path: str | os.PathLike[str]) -> None:
    """Write a directed graph to .json, .graphml or .csv, whole or not at all.

    Attributes of nodes and edges, such as an edge's probability, are kept by .json and .graphml only.

    Raises:
        InputError: an unknown suffix or a folder that cannot be written to.
    """
    path = Path(path)
    check_suffix(path, SUFFIXES)
    plain = _plain(check_nodes(graph))
    with replacing(path) as temporary:
        if path.suffix.lower() == ".json":
            document = nx.node_link_data(plain, edges="edges")
            temporary.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        elif path.suffix.lower() == ".graphml":
            nx.write_graphml(plain, temporary)
        else:
            pd.DataFrame(adjacency(plain), index=list(plain), columns=list(plain)).to_csv(temporary)


def _read_json(path: Path) -> nx.DiGraph:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    # networkx wrote the edges under "links" up to version 3.3.
    return nx.node_link_graph(document, edges="links" if "links" in document else "edges")


def _read_graphml(path: Path) -> nx.DiGraph:
    return nx.read_graphml(path, node_type=str)


def _read_csv(path: Path) -> nx.DiGraph:
    table = pd.read_csv(path, header=None, dtype=str, keep_default_na=False)
    header, index = table.iloc[0, 1:].tolist(), table.iloc[1:, 0].tolist()
    if sorted(header) != sorted(index) or len(set(header)) < len(header):
        raise InputError("its header and its first column differ; write the same names, each once, in both.")
    matrix = table.iloc[1:, 1:].set_axis(index, axis=0).set_axis(header, axis=1).astype(float)
    return from_adjacency(matrix.loc[header].to_numpy(), header)


def _plain(graph: nx.DiGraph) -> nx.DiGraph:
    """The graph with NumPy scalars among its attributes turned into Python's, which the formats know."""
    for attributes in [values for _, values in graph.nodes(data=True)] + [
        v for *_, v in graph.edges(data=True)
    ]:
        attributes.update({key: value.item() for key, value in attributes.items() if hasattr(value, "item")})
    return graph
