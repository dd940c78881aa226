"""Files of graphs, and writing any file so that it is either complete or not there.

Graphs are .json with networkx' node-link form, .graphml, or .csv with a 0/1 matrix or a list of edges; tables
are in :mod:`foundation_causal.table_files`.
"""

from __future__ import annotations

import csv
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from foundation_causal.errors import InputError, quoted, reason
from foundation_causal.graphs import adjacency, check_nodes, from_adjacency

GRAPH_SUFFIXES = (".json", ".graphml", ".csv")
SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
PACKED = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z")
BETWEEN = (";", ",", "\t", "|")  # what stands between columns in the wild
EDGE_HEADERS = (("cause", "effect"), ("from", "to"), ("source", "target"))
# What networkx, pandas and the XML parser raise for a broken file has no common ground below these.
BROKEN = (ValueError, KeyError, TypeError, AttributeError, SyntaxError, OSError, nx.NetworkXException)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary file beside `path` to write to; it takes the name `path` on success and vanishes on error.

    Raises:
        InputError: The folder does not exist or cannot be written to, or `path` is a folder.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "note.txt") as temporary:
    ...         _ = temporary.write_text("whole")
    ...     os.listdir(folder)
    ['note.txt']
    """
    path = Path(path)
    if os.path.isdir(path):  # unlike Path.is_dir, it says no to impossible names, which fail below
        raise InputError(f"Cannot write '{path}', which is a folder; give the name of a file.")
    # The suffix stays last, because savers choose the format by it.
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        temporary.touch(exist_ok=False)
    except OSError as error:
        raise InputError(
            f"Cannot write '{path}' ({error.strerror}); choose a folder that can be written to."
        ) from error
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def check_readable(path: str | os.PathLike[str], suffixes: tuple[str, ...]) -> Path:
    """The path, once it is known to be a file with bytes in it and one of the suffixes.

    Raises:
        InputError: A missing or empty file, a folder, an unknown suffix.
    """
    path = Path(path)
    check_suffix(path, suffixes)
    if os.path.isdir(path):
        raise InputError(f"'{path}' is a folder; give the name of a file.")
    if not os.path.exists(path):
        raise InputError(f"There is no file '{path}'; check the name and the folder.")
    if path.stat().st_size == 0:
        raise InputError(f"The file '{path}' is empty; give one that holds something.")
    return path


def check_suffix(path: Path, suffixes: tuple[str, ...]) -> None:
    """Raise InputError unless the path ends in one of the suffixes, in either case."""
    if path.name.lower().endswith(suffixes):
        return
    if path.suffix.lower() in SPREADSHEETS:
        raise InputError(f"'{path}' is a spreadsheet; save the sheet that is meant as .csv.")
    if path.suffix.lower() in PACKED:
        raise InputError(f"'{path}' is packed; unpack it, and give what is in it.")
    raise InputError(f"The suffix of '{path}' tells no known format; use one of {', '.join(suffixes)}.")


def separator_of(lines: list[str], usual: str) -> str:
    """What stands between columns: the usual, unless another cuts the first two lines alike, and finer."""
    if len(lines) < 2:
        return usual
    header, row = lines[:2]
    for other in BETWEEN:
        if pieces(usual, header) < pieces(other, header) == pieces(other, row):
            return other
    return usual


def pieces(separator: str, line: str) -> int:
    """How many fields a line has."""
    try:
        return len(next(csv.reader([line], delimiter=separator), []))
    except csv.Error:  # a field too long to be a name, or a line end inside one
        return 0


def read_graph(path: str | os.PathLike[str], names: Sequence[str] | None = None) -> nx.DiGraph:
    r"""Read a directed graph, which may be cyclic, with string nodes.

    `.json` holds networkx' node-link form, `.graphml` GraphML, and `.csv` a 0/1 matrix with the names in the
    header and in the first column, where 1 in row i and column j means i -> j; or a list of edges, one a
    line, under the header cause,effect or from,to or source,target.

    Args:
        path: The file.
        names: The variables that the nodes must be, each once, in the order to have them in. A list of edges
            is silent about variables that have none: without `names` the graph lacks them.

    Raises:
        InputError: A missing, empty or unreadable file, an unknown suffix, an undirected graph, an edge that
            is listed twice or has one end only, nodes that are not the names.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "edges.csv"
    ...     _ = file.write_text("cause,effect\nage,dose\n")
    ...     graph = read_graph(file, names=["age", "sex", "dose"])
    >>> list(graph), list(graph.edges)
    (['age', 'sex', 'dose'], [('age', 'dose')])
    """
    path = check_readable(path, GRAPH_SUFFIXES)
    readers = {".json": _read_json, ".graphml": _read_graphml, ".csv": lambda file: _read_csv(file, names)}
    try:
        return check_nodes(readers[path.suffix.lower()](path), names)
    except InputError as error:
        raise InputError(f"Cannot use the graph in '{path}': {error}") from error
    except BROKEN as error:
        raise InputError(
            f"Cannot read '{path}' ({reason(error)}); check that it holds what its suffix says."
        ) from error


def write_graph(graph: nx.DiGraph, path: str | os.PathLike[str]) -> None:
    """Write a directed graph to .json, .graphml or .csv, whole or not at all.

    Attributes of nodes and edges, such as an edge's probability, are kept by .json and .graphml only.

    Raises:
        InputError: An unknown suffix or a folder that cannot be written to.
    """
    path = Path(path)
    check_suffix(path, GRAPH_SUFFIXES)
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


def _read_csv(path: Path, names: Sequence[str] | None) -> nx.DiGraph:
    with path.open(encoding="utf-8-sig", newline="") as file:
        separator = separator_of([file.readline(), file.readline()], ",")
    table = pd.read_csv(path, sep=separator, header=None, dtype=str, keep_default_na=False)
    if tuple(name.strip().lower() for name in table.iloc[0, :2]) in EDGE_HEADERS:
        return _listed(table, [] if names is None else list(names))
    header, index = table.iloc[0, 1:].tolist(), table.iloc[1:, 0].tolist()
    if sorted(header) != sorted(index) or len(set(header)) < len(header):
        raise InputError(
            "its header and its first column differ; write the same names, each once, in both, or a list of "
            "edges under the header cause,effect."
        )
    matrix = table.iloc[1:, 1:].set_axis(index, axis=0).set_axis(header, axis=1).astype(float)
    return from_adjacency(matrix.loc[header].to_numpy(), header)


def _listed(table: pd.DataFrame, names: Sequence[str]) -> nx.DiGraph:
    """The graph of a list of edges with its header, over `names` and what else the list names."""
    header, *lines = ([word.strip() for word in line] for line in table.itertuples(index=False))
    if len(header) > 2:
        raise InputError(
            f"its list of edges has more columns than {header[0]} and {header[1]}; leave out "
            f"{quoted(header[2:])}, and the edges that are not meant."
        )
    graph = nx.DiGraph()
    graph.add_nodes_from(str(name) for name in names)
    for cause, effect in lines:
        if not (cause and effect):
            raise InputError(f"the edge '{cause}' -> '{effect}' has one end only; name both or leave it out.")
        if graph.has_edge(cause, effect):
            raise InputError(f"it lists the edge '{cause}' -> '{effect}' twice; leave one of them out.")
        graph.add_edge(cause, effect)
    return graph


def _plain(graph: nx.DiGraph) -> nx.DiGraph:
    """The graph with NumPy scalars among its attributes turned into Python's, which the formats know."""
    for attributes in [values for _, values in graph.nodes(data=True)] + [
        v for *_, v in graph.edges(data=True)
    ]:
        attributes.update({key: value.item() for key, value in attributes.items() if hasattr(value, "item")})
    return graph
