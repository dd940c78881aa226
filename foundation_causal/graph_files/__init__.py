"""Files and text of graphs: which format it is, reading it, and writing it.

Each format has a function from text to a :class:`foundation_causal.graphs.edge_marks.Drawing`, and one from a
graph to text where the format can be written. Formats of Bayesian networks are read for their structure, and
not written: they hold tables, which a graph has not. GEXF and XGMML are read only, too.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import networkx as nx

from foundation_causal.errors import InputError, LeftOutWarning, quoted, reason, warn
from foundation_causal.files import check_readable, check_suffix, replacing
from foundation_causal.graph_files import gml_language, xml_formats
from foundation_causal.graph_files.dot_language import read_dot, write_dagitty, write_dot
from foundation_causal.graph_files.edge_tables import read_csv_graph, write_edges, write_matrix
from foundation_causal.graph_files.gml_language import read_gml, write_gml
from foundation_causal.graph_files.json_formats import read_json, write_json
from foundation_causal.graph_files.model_strings import (
    read_bnlearn,
    read_lavaan,
    read_tetrad,
    write_bnlearn,
    write_lavaan,
    write_tetrad,
)
from foundation_causal.graph_files.network_texts import read_bif, read_network
from foundation_causal.graph_files.xml_formats import (
    read_gexf,
    read_graphml,
    read_tetrad_xml,
    read_xdsl,
    read_xgmml,
    read_xmlbif,
    write_graphml,
)
from foundation_causal.graphs import check_nodes
from foundation_causal.graphs.edge_marks import ATTRIBUTE, Drawing, Marks, leads, shown
from foundation_causal.graphs.graph_objects import names_as_text

Reader = Callable[[str, list[str] | None], Drawing]
Writer = Callable[[nx.DiGraph], str]
LARGEST_FILE = 64 * 2**20  # bytes; beyond it, it is no graph of the sizes that are handled here
# What pandas and the XML parser raise for a broken file has no common ground below these.
BROKEN = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    SyntaxError,
    OSError,
    OverflowError,
    RecursionError,
    nx.NetworkXException,
    ExpatError,
)


@dataclass(frozen=True)
class Format:
    """A format of graphs.

    Attributes:
        suffixes: Of its files.
        read: From text, and the variables' names if they are known, to what is drawn.
        write: From a graph whose attributes it can hold to text; None if it is read only.
        attributes: Whether it holds a value under a key on nodes and edges.
        marks: Whether it holds edges that are not directed.
        begins: What its text begins with, after comments, by which it is told from others.
    """

    suffixes: tuple[str, ...]
    read: Reader
    write: Writer | None = None
    attributes: Callable[[str, object], bool] = lambda key, value: False
    marks: bool = False
    begins: re.Pattern[str] | None = None


def _scalar(key: str, value: object) -> bool:
    return isinstance(value, bool | int | float | str) and "\x00" not in f"{key}{value}"


def _read_tetrad(text: str, names: list[str] | None) -> Drawing:
    """Tetrad's text, or its XML."""
    return (read_tetrad_xml if text.lstrip().startswith("<") else read_tetrad)(text, names)


FORMATS: dict[str, Format] = {
    "json": Format(
        (".json",),
        read_json,
        write_json,
        lambda key, value: True,
        marks=True,
        begins=re.compile(r'\{\s*["}]|\[\s*[\["\]{]|\[\s*$'),
    ),
    "graphml": Format(
        (".graphml",),
        read_graphml,
        write_graphml,
        lambda key, value: xml_formats.can_hold(key) and xml_formats.can_hold(value),
        marks=True,
        begins=re.compile(r"<(\w+:)?graphml\b"),
    ),
    "csv": Format(
        (".csv", ".tsv"),
        read_csv_graph,
        write_matrix,
        begins=re.compile(r'"?(cause|from|source)"?\s*[,;\t|]|""[,;\t|]|[,;\t]', re.IGNORECASE),
    ),
    "edges": Format((), read_csv_graph, write_edges, lambda key, value: key == "weight"),
    "gml": Format(
        (".gml",),
        read_gml,
        write_gml,
        lambda key, value: gml_language.can_hold(key) and _scalar(key, value),
        marks=True,
        begins=re.compile(r"graph\s*\[|(Creator|Version)\s", re.IGNORECASE),
    ),
    "dot": Format(
        (".dot", ".gv"),
        read_dot,
        write_dot,
        _scalar,
        marks=True,
        begins=re.compile(r'(strict\s+)?(di)?graph\b\s*("[^"]*"|[\w.]*)\s*\{', re.IGNORECASE),
    ),
    "dagitty": Format(
        (".dagitty",),
        read_dot,
        write_dagitty,
        marks=True,
        begins=re.compile(r'(dag|pdag|mag|pag)\b\s*("[^"]*"|[\w.]*)\s*\{', re.IGNORECASE),
    ),
    "tetrad": Format(
        (".tetrad",),
        _read_tetrad,
        write_tetrad,
        marks=True,
        # What Tetrad's command prints begins with the settings of the search.
        begins=re.compile(r"<graph>\s*<variables>|(?s:.{0,20000}?)^Graph Nodes:", re.MULTILINE),
    ),
    "bnlearn": Format(
        (".bnlearn",),
        read_bnlearn,
        write_bnlearn,
        begins=re.compile(r"(\[[^\[\],\"|]+(\|[^\[\],\"|]+)?\]\s*)+\Z"),
    ),
    "lavaan": Format(
        (".lavaan",),
        read_lavaan,
        write_lavaan,
        marks=True,
        begins=re.compile(r"[^\W\d][\w.]*(\s*\+\s*[\w.]+)*\s*(=~|~~|<~|~)"),
    ),
    "bif": Format((".bif",), read_bif, begins=re.compile(r'(network|variable)\s+("[^"]*"|[^\s{]+)\s*\{')),
    "xmlbif": Format((".xmlbif", ".bifxml"), read_xmlbif, begins=re.compile(r"<bif\b", re.IGNORECASE)),
    "xdsl": Format((".xdsl",), read_xdsl, begins=re.compile(r"<smile\b", re.IGNORECASE)),
    "hugin": Format((".net",), read_network, begins=re.compile(r"(class\s+\w+\s*\{\s*)?net\s*\{")),
    "netica": Format((".dne",), read_network, begins=re.compile(r"bnet\s+\w+\s*\{")),
    "gexf": Format((".gexf",), read_gexf, begins=re.compile(r"<gexf\b", re.IGNORECASE)),
    "xgmml": Format((".xgmml",), read_xgmml, begins=re.compile(r"<graph\b[^>]*XGMML", re.IGNORECASE)),
}
SEVERAL = (".txt", ".xml")  # suffixes that say nothing; the text does
BY_SUFFIX = {suffix: name for name, kind in FORMATS.items() for suffix in kind.suffixes}
GRAPH_SUFFIXES = (*BY_SUFFIX, *SEVERAL)
WRITABLE = tuple(name for name, kind in FORMATS.items() if kind.write)
WRITABLE_SUFFIXES = tuple(suffix for suffix, name in BY_SUFFIX.items() if FORMATS[name].write)
# The same function reads both.
ALIKE = {"edges": "csv", "dagitty": "dot", "netica": "hugin"}
COMMENTS = re.compile(
    r"\s+|//[^\n]*\n|/\*.*?\*/|\#[^\n]*\n|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(\[.*?\])?\s*>", re.DOTALL
)


def read_graph(
    path: str | os.PathLike[str],
    names: Sequence[str] | None = None,
    *,
    marks: Marks = "refuse",
    format: str | None = None,
) -> nx.DiGraph:
    r"""Read a directed graph, which may be cyclic, with string nodes.

    Args:
        path: A file of one of the `FORMATS`; its suffix says which, of .txt and .xml its content.
        names: The variables that the nodes must be, each once, in the order to have them in. Lists of edges
            and models of lavaan are silent about variables without any: without `names` the graph lacks them.
        marks: What to do with edges that are not directed: "refuse" them, or "keep" them with their marks as
            the attribute `marks` (:func:`foundation_causal.graphs.as_graph`).
        format: Its format, whatever the suffix.

    Raises:
        InputError: A missing, empty, too large or unreadable file, an unknown format, an edge that is not
            directed, is listed twice or has one end only, nodes that are not the names.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "edges.csv"
    ...     _ = file.write_text("cause,effect\nage,dose\n")
    ...     graph = read_graph(file, names=["age", "sex", "dose"])
    >>> list(graph), list(graph.edges)
    (['age', 'sex', 'dose'], [('age', 'dose')])
    """
    path = check_readable(path, GRAPH_SUFFIXES if format is None else ("",))
    if path.stat().st_size > LARGEST_FILE:
        raise InputError(f"The file '{path}' has more than {LARGEST_FILE >> 20} MB; give a graph.")
    try:
        text = _decoded(path.read_bytes())
        chosen = format or BY_SUFFIX.get(path.suffix.lower())
        return _graph(text, names, marks, chosen)
    except InputError as error:
        raise InputError(f"Cannot use the graph in '{path}': {error}") from error
    except BROKEN as error:
        raise InputError(
            f"Cannot read '{path}' ({_why(error)}); check that it holds what its suffix says."
        ) from error


def parse_graph(
    text: str,
    names: Sequence[str] | None = None,
    *,
    marks: Marks = "refuse",
    format: str | None = None,
) -> nx.DiGraph:
    """The graph of text in one of the formats that :func:`read_graph` reads from files.

    Args:
        text: Such as `"dag { a -> b }"`, `"[a][b|a]"` or `"b ~ a"`.
        names: As for :func:`read_graph`.
        marks: As for :func:`read_graph`.
        format: Its format; by default what it looks like.

    Raises:
        InputError: As :func:`read_graph`.

    >>> parse_graph("[age][dose|age]").edges
    OutEdgeView([('age', 'dose')])
    """
    if not isinstance(text, str):
        raise InputError(f"The text is of the type {type(text).__name__}; as_graph takes objects.")
    try:
        return _graph(text, names, marks, format)
    except InputError as error:
        raise InputError(f"Cannot use the graph in the text: {error}") from error
    except BROKEN as error:
        raise InputError(f"Cannot read the text ({_why(error)}); check it.") from error


def write_graph(graph: Any, path: str | os.PathLike[str], format: str | None = None) -> None:
    """Write a directed graph to a file, whole or not at all.

    Args:
        graph: What :func:`foundation_causal.graphs.as_graph` takes; edges that are not directed, if they are
            marked so, are written where the format has marks.
        path: Where to; the suffix tells the format.
        format: Its format, whatever the suffix: "edges", for one, is a list of edges in a .csv file.

    Raises:
        InputError: An unknown suffix, a folder that cannot be written to, names or edges that the format
            cannot hold.

    Warns:
        LeftOutWarning: The format cannot hold some attributes of nodes or edges.
    """
    path = Path(path)
    if format is None:
        check_suffix(path, WRITABLE_SUFFIXES)
        format = BY_SUFFIX[path.suffix.lower()]
    text = format_graph(graph, format)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def format_graph(graph: Any, format: str) -> str:
    """The text that :func:`write_graph` writes.

    Raises:
        InputError: As :func:`write_graph`.

    >>> print(format_graph([("age", "dose")], "dagitty"), end="")
    dag {
    age
    dose
    age -> dose
    }
    """
    kind = _known(format)
    if kind.write is None:
        raise InputError(f"The format {format} is only read, not written; use one of {quoted_all(WRITABLE)}.")
    checked = check_nodes(graph, marks="keep")
    odd = [name for name in checked if not _is_text(name)]
    if odd:
        raise InputError(f"The name {quoted(odd[:1])} is no text that a file can hold; rename it.")
    marked = [edge for edge in checked.edges(data=ATTRIBUTE) if not leads(edge[2])]
    if marked and not kind.marks:
        left, right, marks = marked[0]
        raise InputError(
            f"The format {format} cannot hold the edge {shown(left, marks, right)}; choose json."
        )
    return kind.write(_plain(checked, format))


def detect(text: str) -> str | None:
    """The format that text looks like, if it looks like one.

    >>> detect("digraph { a -> b }"), detect("y ~ a + b"), detect("hello")
    ('dot', 'lavaan', None)
    """
    place = 0
    while (found := COMMENTS.match(text, place)) and found.end() > place:
        place = found.end()
    rest = text[place:]
    for name, kind in FORMATS.items():
        # Header lines of tables may begin with a comma, and must not lose blanks.
        if kind.begins is not None and kind.begins.match(rest if name != "csv" else text.lstrip("\n\r")):
            return name
    return None


def _graph(text: str, names: Sequence[str] | None, marks: Marks, chosen: str | None) -> nx.DiGraph:
    looks = detect(text)
    kind = chosen or looks
    if kind is None:
        raise InputError(
            f"it is in no format that is known; say which by format=, one of {quoted_all(FORMATS)}."
        )
    wanted = names_as_text(names)
    try:
        drawing = _known(kind).read(text, wanted)
    except (InputError, *BROKEN):
        if looks is not None and ALIKE.get(looks, looks) != ALIKE.get(kind, kind):
            raise InputError(
                f"it looks like the format {looks} rather than {kind}; rename it, or say format={looks!r}."
            ) from None
        raise
    return check_nodes(drawing.digraph(wanted, marks), wanted, marks)


def suffix_of(format: str) -> str:
    """The suffix of files of a format.

    >>> suffix_of("graphml"), suffix_of("edges")
    ('.graphml', '.csv')
    """
    return (*_known(format).suffixes, *FORMATS[ALIKE.get(format, format)].suffixes)[0]


def quoted_all(names: Any) -> str:
    """All of the names in quotes."""
    return ", ".join(f"'{name}'" for name in names)


def _known(format: str) -> Format:
    if format not in FORMATS:
        raise InputError(f"There is no format {format!r:.40}; use one of {quoted_all(FORMATS)}.")
    return FORMATS[format]


def _decoded(content: bytes) -> str:
    """The text of a file: UTF-8, or what its byte order mark or its XML declaration says."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    declared = re.match(rb"""<\?xml[^>]*encoding=["']([\w.-]+)["']""", content)
    try:
        return content.decode(declared[1].decode() if declared else "utf-8-sig").removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise InputError("it is no text in UTF-8; save it as such.") from error


def _why(error: Exception) -> str:
    return "it is nested too deep" if isinstance(error, RecursionError) else reason(error)


def _plain(graph: nx.DiGraph, format: str) -> nx.DiGraph:
    """A copy with the attributes that a format can hold, those of NumPy turned into Python's.

    Warns:
        LeftOutWarning: There are others.
    """
    kind, lost = FORMATS[format], set()

    def kept(values: dict[Any, Any]) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for key, value in values.items():
            python = _python(value) if _is_text(str(key)) else LOST
            if isinstance(key, str) and key == ATTRIBUTE and kind.marks and isinstance(value, str):
                plain[key] = python
            elif python is None and format != "json":
                continue  # no value is no loss
            elif python is not LOST and kind.attributes(str(key), python):
                plain[str(key)] = python
            else:
                lost.add(str(key))
        return plain

    plain = nx.DiGraph(**(kept(graph.graph) if format == "json" else {}))
    plain.add_nodes_from((node, kept(values)) for node, values in graph.nodes(data=True))
    plain.add_edges_from((a, b, kept(values)) for a, b, values in graph.edges(data=True))
    if lost:
        warn(
            LeftOutWarning(
                f"The format {format} cannot hold {quoted(sorted(lost))} of nodes or edges, which "
                f"{'are' if len(lost) > 1 else 'is'} left out; .json keeps numbers, text and lists."
            )
        )
    return plain


LOST = object()


def _python(value: Any) -> Any:
    """A value as JSON has it: numbers of NumPy as Python's, arrays and sets as lists; LOST for any other."""
    try:
        return _plainly(value)
    except (RecursionError, ValueError, TypeError):  # a list that holds itself, an object that refuses
        return LOST


def _plainly(value: Any) -> Any:
    if isinstance(value, str):
        return value if _is_text(value) else LOST
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        listed = [_plainly(item) for item in value]
        return LOST if any(item is LOST for item in listed) else listed
    if isinstance(value, dict):
        inner = {str(key): _plainly(item) for key, item in value.items()}
        return LOST if any(item is LOST for item in inner.values()) else inner
    if not (value is None or isinstance(value, bool | int | float)):
        json.dumps(value)
    return value


def _is_text(text: str) -> bool:
    """Whether text can be written in UTF-8, as halves of characters (surrogates) cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
