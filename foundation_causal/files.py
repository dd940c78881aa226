"""Files of tables and graphs, and writing any file so that it is either complete or not there.

Tables are .csv, .tsv or .parquet with a header line; graphs are .json with networkx' node-link form,
.graphml, or .csv with a 0/1 matrix or a list of edges.
"""

from __future__ import annotations

import csv
import json
import os
import uuid
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from foundation_causal.errors import InputError, quoted, reason
from foundation_causal.graphs import adjacency, check_nodes, from_adjacency

SEPARATORS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (".csv", ".tsv", ".parquet")
GRAPH_SUFFIXES = (".json", ".graphml", ".csv")
SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
PACKED = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z")
SPOKEN = {";": "';'", ",": "','", "\t": "a tab", "|": "'|'"}  # what stands between columns in the wild
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
    if path.suffix.lower() in SPREADSHEETS:
        raise InputError(f"'{path}' is a spreadsheet; save the sheet that is meant as .csv.")
    if path.suffix.lower() in PACKED:
        raise InputError(f"'{path}' is packed; unpack it, and give what is in it.")
    if path.suffix.lower() not in suffixes:
        raise InputError(f"The suffix of '{path}' tells no known format; use one of {', '.join(suffixes)}.")


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table with a header line from .csv, .tsv or .parquet.

    Raises:
        InputError: A missing, empty or unreadable file, an unknown suffix, a line with too many fields,
            column names that are missing or come twice (pandas would silently rename them).
    """
    path = check_readable(path, SUFFIXES)
    try:
        return _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_text(path)
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(
            f"Cannot read '{path}', which holds bytes that are no text in UTF-8; save it as UTF-8, "
            "or check that it is what its suffix says."
        ) from error
    except (ValueError, OSError, pd.errors.ParserWarning) as error:
        # pandas' and Arrow's parse errors are ValueErrors.
        raise InputError(
            f"Cannot read '{path}' ({reason(error)}); check that it is what its suffix says."
        ) from error


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str], *, index: bool = False) -> None:
    """Write a table to .csv, .tsv or .parquet, whole or not at all.

    Args:
        frame: What to write; numbers keep every digit.
        path: Where to; the suffix tells the format.
        index: Whether to write the row labels too, as the first column.

    Raises:
        InputError: An unknown suffix or a folder that cannot be written to.
    """
    path = Path(path)
    check_suffix(path, SUFFIXES)
    with replacing(path) as temporary:
        if path.suffix.lower() == ".parquet":
            frame.to_parquet(temporary, index=index)
        else:
            frame.to_csv(temporary, sep=SEPARATORS[path.suffix.lower()], index=index)


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


def _read_text(path: Path) -> pd.DataFrame:
    separator = SEPARATORS[path.suffix.lower()]
    _check_separator(path, separator)
    header = pd.read_csv(
        path, sep=separator, header=None, nrows=1, dtype=str, keep_default_na=False, skipinitialspace=True
    )
    _check_header(header.iloc[0].tolist(), path)
    with warnings.catch_warnings():
        # pandas only warns when a line has more fields than the header, and then drops what is left over.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(path, sep=separator, index_col=False, skipinitialspace=True)


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow.parquet

    _check_header([str(name) for name in pyarrow.parquet.read_schema(path).names], path)
    return pd.read_parquet(path)


def _check_separator(path: Path, separator: str) -> None:
    """Raise InputError where another separator cuts the first two lines alike, and the header finer."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, row = file.readline(), file.readline()
    for other in SPOKEN:
        if _pieces(separator, header) < _pieces(other, header) == _pieces(other, row):
            raise InputError(
                f"'{path}' has {SPOKEN[other]} between its columns where a {path.suffix.lower()} file has "
                f"{SPOKEN[separator]}; save it with {SPOKEN[separator]}, and with '.' for decimals."
            )


def _pieces(separator: str, line: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=separator), []))
    except csv.Error:  # a field too long to be a name, or a line end inside one
        return 0


def _check_header(names: list[str], path: Path) -> None:
    duplicates = sorted({name for name in names if names.count(name) > 1})
    if any(not name.strip() for name in names):
        place = [bool(name.strip()) for name in names].index(False) + 1
        raise InputError(
            f"Column {place} of '{path}' has no name; name it, or drop it if it only numbers the rows."
        )
    if duplicates:
        raise InputError(
            f"'{path}' has more than one column named {quoted(duplicates)}; give each its own name."
        )
    fractions = [name for name in names if _is_fraction(name)]
    if len(fractions) == len(names):
        raise InputError(
            f"The first line of '{path}' holds numbers, not names; add a line of column names above it."
        )


def _is_fraction(text: str) -> bool:
    """Tell whether the text is a number but no integer; integers are common names, as pandas gives them."""
    try:
        return not float(text).is_integer()
    except (ValueError, OverflowError):
        return False


def _read_json(path: Path) -> nx.DiGraph:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    # networkx wrote the edges under "links" up to version 3.3.
    return nx.node_link_graph(document, edges="links" if "links" in document else "edges")


def _read_graphml(path: Path) -> nx.DiGraph:
    return nx.read_graphml(path, node_type=str)


def _read_csv(path: Path, names: Sequence[str] | None) -> nx.DiGraph:
    _check_separator(path, ",")
    table = pd.read_csv(path, header=None, dtype=str, keep_default_na=False)
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
