"""Every format that is written: what comes back, whatever the nodes are called."""

from contextlib import suppress

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal import as_graph, parse_graph, read_graph, write_graph
from foundation_causal.errors import InputError
from foundation_causal.graph_files import FORMATS, WRITABLE, detect, format_graph
from foundation_causal.graphs.edge_marks import ORDER

# What users call columns, spaces, commas, quotes and other alphabets included.
odd_names = st.text(
    st.characters(categories=["L", "N", "P", "S"], include_characters=" "), min_size=1, max_size=6
) | st.sampled_from(
    ["graph", "node", "n0", "0", "1e-05", "e", "->", "a -> b", "[a]", '"', "\\", "a\\", "#", "&amp;"]
)
SIGNS = {  # of the formats whose names are not free
    "bnlearn": "[]|: ",
    "edges": " ",
    "tetrad": ";, ",
    "lavaan": None,
}


def names_of(format):
    if format == "lavaan":
        return st.from_regex(r"[a-zA-Zé_][\w.]{0,5}", fullmatch=True)
    signs = SIGNS.get(format, "")
    return odd_names.filter(
        lambda name: not set(signs) & set(name) and not ("\\" in name and format in ("dot", "dagitty"))
    )


@st.composite
def graphs(draw, names=odd_names, acyclic=True, isolated=True):
    nodes = draw(st.lists(names, min_size=2, max_size=5, unique=True))
    pairs = [(a, b) for i, a in enumerate(nodes) for b in nodes[i + 1 :]]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True))
    if not acyclic:
        chosen += draw(st.lists(st.sampled_from([(b, a) for a, b in pairs]), unique=True))
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes if isolated else [node for pair in chosen for node in pair])
    graph.add_edges_from(chosen)
    return graph


@pytest.mark.parametrize("format", WRITABLE)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read(format, data):
    acyclic = format == "bnlearn"
    graph = data.draw(graphs(names_of(format), acyclic=acyclic, isolated=format != "edges"))
    text = format_graph(graph, format)
    back = parse_graph(text, names=list(graph), format=format)
    assert list(back) == list(graph)
    assert set(back.edges) == set(graph.edges)
    assert set(parse_graph(text, format=format).edges) == set(graph.edges)
    assert format_graph(back, format) == format_graph(parse_graph(text, list(graph), format=format), format)


@pytest.mark.parametrize(
    "suffix", [".json", ".graphml", ".csv", ".JSON", ".gml", ".dot", ".gv", ".tetrad", ".dagitty"]
)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_files_hold_the_graph_and_leave_nothing_behind(suffix, data, tmp_path_factory):
    graph = data.draw(graphs(names_of(suffix[1:].lower().replace("gv", "dot")), acyclic=False))
    path = tmp_path_factory.mktemp("graph") / f"graph{suffix}"
    write_graph(graph, path)
    assert set(read_graph(path, names=list(graph)).edges) == set(graph.edges)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("format", [name for name in WRITABLE if FORMATS[name].marks and name != "lavaan"])
@settings(max_examples=30, deadline=None)
@given(marks=st.lists(st.sampled_from(ORDER), min_size=3, max_size=3))
def test_marks_are_kept_and_otherwise_refused(format, marks):
    graph = nx.DiGraph()
    for (left, right), kind in zip([("a b", "c"), ("c", "d"), ("a b", "d")], marks, strict=True):
        graph.add_edge(left, right, marks=kind)
    text = format_graph(as_graph(graph, marks="keep"), format)
    back = parse_graph(text, marks="keep", format=format)
    assert {(a, b, kind or "-->") for a, b, kind in back.edges.data("marks")} == set(
        graph.edges.data("marks")
    )
    if set(marks) != {"-->"}:
        with pytest.raises(InputError, match=r"'(a b|c)' .*turn it into an arrow"):
            parse_graph(text, format=format)
        with pytest.raises(InputError, match="turn it into an arrow"):
            as_graph(back)


@pytest.mark.parametrize("format", [name for name in WRITABLE if not FORMATS[name].marks])
def test_formats_without_marks_refuse_them(format):
    graph = nx.DiGraph()
    graph.add_edge("a", "b", marks="<->")
    with pytest.raises(InputError, match="cannot hold the edge 'a' <-> 'b'"):
        format_graph(graph, format)


@pytest.mark.parametrize(
    ("format", "name"),
    [
        ("bnlearn", "a b"),
        ("lavaan", "a b"),
        ("tetrad", "a;b"),
        ("edges", " a"),
        ("graphml", "a\x01"),
        ("dot", "a\\"),
    ],
)
def test_names_that_a_format_cannot_hold_are_refused(format, name):
    with pytest.raises(InputError, match=r"cannot (hold|write) the name"):
        format_graph(nx.DiGraph([(name, "c")]), format)


@pytest.mark.parametrize("format", ["json", "graphml", "gml", "dot"])
@settings(max_examples=30, deadline=None)
@given(weight=st.floats(allow_nan=False, allow_infinity=False), number=st.integers(-(2**70), 2**70))
def test_numbers_on_edges_come_back(format, weight, number):
    graph = nx.DiGraph()
    graph.add_edge("a", "b", weight=weight, number=number)
    values = parse_graph(format_graph(graph, format)).edges["a", "b"]
    assert float(values["weight"]) == weight
    assert int(values["number"]) == number


@settings(max_examples=30, deadline=None)
@given(graph=graphs(st.sampled_from("abcdef")))
def test_text_tells_its_format(graph):
    for format in WRITABLE:
        text = format_graph(graph, format) if format != "edges" else "cause,effect\n"
        assert detect(text) == {"edges": "csv"}.get(format, format)
        assert detect(f"\n  {text}") == detect(text) or format in ("csv", "edges")


@settings(max_examples=30, deadline=None)
@given(text=st.text("{}[]|;:,=<>-~.\"\\'/*#\n abé0") | st.text())
def test_any_text_is_a_graph_or_an_input_error(text):
    for format in FORMATS:
        with suppress(InputError):
            assert all(isinstance(node, str) for node in parse_graph(text, format=format, marks="keep"))
