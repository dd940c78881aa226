import json
from contextlib import suppress

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.errors import InputError
from foundation_causal.graph_files import read_graph, write_graph

# What users call columns, spaces, commas, quotes and other alphabets included.
names = st.text(
    st.characters(categories=["L", "N", "P", "S"], include_characters=" "), min_size=1, max_size=6
)


@st.composite
def graphs(draw):
    nodes = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(draw(st.lists(st.tuples(st.sampled_from(nodes), st.sampled_from(nodes)))))
    return graph


@pytest.mark.parametrize("suffix", [".json", ".graphml", ".csv", ".JSON"])
@given(graph=graphs())
def test_what_is_written_is_read(graph, suffix, tmp_path_factory):
    path = tmp_path_factory.mktemp("graph") / f"graph{suffix}"
    write_graph(graph, path)
    back = read_graph(path)
    assert list(back) == list(graph)
    assert set(back.edges) == set(graph.edges)
    write_graph(back, path)
    assert set(read_graph(path).edges) == set(graph.edges)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".json", ".graphml"])
def test_probabilities_stay_on_the_edges(tmp_path, suffix):
    graph = nx.DiGraph()
    graph.add_edge("a", "b", probability=np.float32(0.25))
    write_graph(graph, tmp_path / f"g{suffix}")
    assert read_graph(tmp_path / f"g{suffix}").edges["a", "b"]["probability"] == 0.25
    assert isinstance(graph.edges["a", "b"]["probability"], np.float32)


def test_other_tools_files(tmp_path):
    (tmp_path / "old.json").write_text(json.dumps(nx.node_link_data(nx.DiGraph([(1, 2)]), edges="links")))
    assert list(read_graph(tmp_path / "old.json").edges) == [("1", "2")]
    (tmp_path / "matrix.csv").write_text(",b,a\na,1.0,0\nb,0,0\n")  # rows in another order than columns
    assert list(read_graph(tmp_path / "matrix.csv").edges) == [("a", "b")]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.json", "", ["empty"]),
        ("broken.json", '{"nodes": [', ["Cannot read"]),
        ("list.json", "[1, 2]", ["Cannot read"]),
        ("number.json", "3", ["Cannot read"]),
        ("other.json", '{"a": 1}', ["Cannot read"]),
        ("undirected.json", '{"directed": false, "nodes": [{"id": "a"}], "edges": []}', ["DiGraph"]),
        ("broken.graphml", "<graphml><graph>", ["Cannot read"]),
        ("plain.graphml", "a -> b", ["Cannot read"]),
        ("edges.csv", ",source,target\n0,a,b\n", ["header", "cause,effect"]),
        ("twice.csv", "cause,effect\na,b\nb,a\na,b\n", ["'a' -> 'b'", "twice"]),
        ("half.csv", "cause,effect\na,\n", ["'a' -> ''", "one end"]),
        ("more.csv", "from,to,weight,p\na,b,1,2\n", ["from and to", "'weight', 'p'"]),
        ("weights.csv", ",a,b\na,0,0.5\nb,0,0\n", ["0 and 1"]),
        ("words.csv", ",a,b\na,0,x\nb,0,0\n", ["Cannot read"]),
        ("twice.csv", ",a,a\na,0,1\na,0,0\n", ["header"]),
        ("graph.dot", "digraph {}", [".json, .graphml, .csv"]),
    ],
)
def test_unusable_files_are_named(tmp_path, one_sentence, name, content, words):
    (tmp_path / name).write_text(content)
    with one_sentence(name, *words):
        read_graph(tmp_path / name)


@pytest.mark.parametrize("header", ["cause,effect", "from,to", "Source, Target", "\ufeffcause,effect"])
def test_lists_of_edges(tmp_path, one_sentence, header):
    path = tmp_path / "edges.csv"
    path.write_text(f'{header}\r\n"a,b", c\r\nc,d\r\n', encoding="utf-8")
    assert list(read_graph(path).edges) == [("a,b", "c"), ("c", "d")]
    graph = read_graph(path, names=["d", "x", "c", "a,b"])
    assert list(graph) == ["d", "x", "c", "a,b"]
    assert set(graph.edges) == {("a,b", "c"), ("c", "d")}
    with one_sentence("edges.csv", "the data lack: 'c'"):
        read_graph(path, names=["d", "x", "a,b"])


def test_a_list_may_be_empty_and_a_matrix_may_have_its_names(tmp_path):
    (tmp_path / "none.csv").write_text("cause,effect\n")
    assert list(read_graph(tmp_path / "none.csv", names=["a", "b"])) == ["a", "b"]
    matrix = nx.DiGraph([("cause", "effect")])
    write_graph(matrix, tmp_path / "matrix.csv")
    assert list(read_graph(tmp_path / "matrix.csv").edges) == [("cause", "effect")]
    with_all = read_graph(tmp_path / "matrix.csv", names=["effect", "cause"])
    assert list(with_all) == ["effect", "cause"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["a", "b", "id", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["nodes", "edges", "links", "id", "source", "target", "directed", "graph"]), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(document=json_values)
def test_any_json_is_a_graph_or_an_input_error(document, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "fuzz.json"
    path.write_text(json.dumps(document))
    with suppress(InputError):
        graph = read_graph(path)
        assert all(isinstance(node, str) for node in graph)


@settings(max_examples=300)
@given(
    content=st.lists(st.sampled_from([",", "a", "b", "0", "1", "\n", '"', " ", "\x00", "from,to"])).map(
        "".join
    )
)
def test_any_matrix_is_a_graph_or_an_input_error(content, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_text(content)
    with suppress(InputError):
        graph = read_graph(path)
        assert all(isinstance(node, str) for node in graph)


def test_a_failure_while_writing_leaves_nothing(tmp_path):
    graph = nx.DiGraph()
    graph.add_edge("a", "b", note=object())  # no format knows it
    for suffix in (".json", ".graphml"):
        with pytest.raises((TypeError, nx.NetworkXError)):
            write_graph(graph, tmp_path / f"g{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_no_place_or_no_format(tmp_path, one_sentence):
    with one_sentence("no file"):
        read_graph(tmp_path / "absent.json")
    with one_sentence("Cannot write"):
        write_graph(nx.DiGraph([("a", "b")]), tmp_path / "absent" / "g.json")
    with one_sentence(".json, .graphml, .csv"):
        write_graph(nx.DiGraph([("a", "b")]), tmp_path / "g.txt")


def test_other_separators_in_lists_of_edges(tmp_path):
    (tmp_path / "semicolons.csv").write_text("from;to\na;b\n")
    assert list(read_graph(tmp_path / "semicolons.csv").edges) == [("a", "b")]
