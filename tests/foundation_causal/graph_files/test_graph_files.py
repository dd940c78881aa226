import json
from contextlib import suppress

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.errors import InputError, LeftOutWarning
from foundation_causal.graph_files import parse_graph, read_graph, write_graph


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
        ("nothing.txt", "   ", ["no format that is known"]),
        ("list.json", "[1, 2]", ["pairs of names"]),
        ("number.json", "3", ["no graph in JSON"]),
        ("other.json", '{"a": 1}', ["no graph in JSON"]),
        (
            "undirected.json",
            '{"directed": false, "nodes": ["a", "b"], "edges": [["a", "b"]]}',
            ["'a' --- 'b'"],
        ),
        ("silent.json", '{"nodes": ["a", "b"], "links": [{"source": "a", "target": "b"}]}', ["directed"]),
        ("dictionary.json", '{"a": ["b"]}', ["parents", "children"]),
        ("both.json", '{"nodes": ["a"], "links": [["a", "a"]], "edges": [["a", "a"]]}', ["edges and links"]),
        ("unknown.json", '{"nodes": ["a"], "edges": [["a", "b"]]}', ["'b'", "not both nodes"]),
        ("repeated.json", '{"children": {"a": ["b"], "a": ["c"]}}', ["key 'a' twice"]),
        ("deep.json", "[" * 100_000 + "]" * 100_000, ["too deep"]),
        ("deep.dot", "digraph {" + "{" * 100_000, ["too deep"]),
        ("long.json", '{"nodes": ' + "1" * 400 + ', "edges": []}', ["no graph in JSON"]),
        ("longer.json", '{"nodes": ' + "1" * 5_000 + "}", ["Cannot read"]),
        ("long.csv", ",a,b\na,0," + "1" * 400 + "\nb,0,0\n", ["0 and 1"]),
        ("long.gml", "graph [node [id " + "1" * 5_000 + "]]", ["Cannot read"]),
        ("other.gml", "digraph { a -> b }", ["looks like the format dot"]),
        ("other.dot", "y ~ a + b", ["looks like the format lavaan"]),
        ("unknown.txt", "Dear reader", ["no format that is known", "'dagitty'"]),
        ("edges.txt", "a b {}\n", ["no format that is known"]),
        ("laughs.graphml", '<!DOCTYPE g [<!ENTITY a "b">]><graphml/>', ["entity 'a'"]),
        ("two.graphml", "<graphml><graph/><graph/></graphml>", ["2 graphs"]),
        ("latin.dot", b"digraph { \xe9 -> b }", ["UTF-8"]),
        ("ends.dot", "digraph { a -> ", ["the end", "name"]),
        ("brace.dot", "digraph { a -> b ", ["last brace"]),
        ("two.dot", "digraph { a } digraph { b }", ["after its end"]),
        ("twice.dot", "digraph { a -> b; a -> b }", ["'a' -> 'b' twice"]),
        ("twice.txt", "dag { a -> b a -> b }", ["'a' -> 'b' twice"]),
        ("twice.bnlearn", "[a][b|a:a]", ["'a' -> 'b' twice"]),
        ("absent.bnlearn", "[b|a]", ["'a'", "brackets"]),
        ("strange.lavaan", "y ~ a:b", ["'a:b'"]),
        ("hyper.graphml", "<graphml><graph><hyperedge/></graph></graphml>", ["hyperedge"]),
        ("undeclared.bif", "variable a { } probability ( b ) { }", ["'b'"]),
        ("words.gml", "graph [directed yes]", ["'yes'", "directed"]),
        ("half.gml", 'graph [directed 1 node [id 0 label "a"] edge [source 0 target 1]]', ["not both nodes"]),
        ("broken.graphml", "<graphml><graph>", ["Cannot read"]),
        ("plain.graphml", "a -> b", ["Cannot read"]),
        ("edges.csv", ",source,target\n0,a,b\n", ["header", "cause,effect"]),
        ("twice.csv", "cause,effect\na,b\nb,a\na,b\n", ["'a' -> 'b'", "twice"]),
        ("half.csv", "cause,effect\na,\n", ["'a' -> ''", "one end"]),
        ("more.csv", "from,to,weight,p\na,b,1,2\n", ["from and to", "leave out 'p'"]),
        ("zero.csv", "from,to,weight\na,b,0\n", ["weight of the edge 'a' -> 'b' is 0"]),
        ("blank.csv", "from,to,weight\na,b,\n", ["weight of the edge 'a' -> 'b'", "number"]),
        ("weights.csv", ",a,b\na,0,0.5\nb,0,0\n", ["0 and 1"]),
        ("words.csv", ",a,b\na,0,x\nb,0,0\n", ["Cannot read"]),
        ("twice.csv", ",a,a\na,0,1\na,0,0\n", ["header"]),
        ("graph.svg", "digraph {}", [".json, .graphml, .csv"]),
    ],
)
def test_unusable_files_are_named(tmp_path, one_sentence, name, content, words):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
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


@settings(max_examples=100)
@given(document=json_values)
def test_any_json_is_a_graph_or_an_input_error(document, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "fuzz.json"
    path.write_text(json.dumps(document))
    with suppress(InputError):
        graph = read_graph(path)
        assert all(isinstance(node, str) for node in graph)


@settings(max_examples=100)
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


@pytest.mark.parametrize("suffix", [".json", ".graphml", ".gml", ".dot", ".csv"])
def test_attributes_that_no_file_holds_are_left_out_and_said(tmp_path, suffix):
    graph = nx.DiGraph()
    graph.add_node("a", do={"x"}, mechanism=object())
    graph.add_edge("a", "b", weight=None, size=np.float32(0.5), array=np.arange(2))
    with pytest.warns(LeftOutWarning, match="'mechanism'"):
        write_graph(graph, tmp_path / f"g{suffix}")
    back = read_graph(tmp_path / f"g{suffix}")
    assert set(back.edges) == {("a", "b")}
    if suffix != ".csv":
        assert back.edges["a", "b"]["size"] == 0.5
    if suffix == ".json":
        assert back.nodes["a"]["do"] == ["x"]
        assert back.edges["a", "b"]["array"] == [0, 1]


def test_no_place_or_no_format(tmp_path, one_sentence):
    with one_sentence("no file"):
        read_graph(tmp_path / "absent.json")
    with one_sentence("Cannot write"):
        write_graph(nx.DiGraph([("a", "b")]), tmp_path / "absent" / "g.json")
    with one_sentence(".json, .graphml, .csv"):
        write_graph(nx.DiGraph([("a", "b")]), tmp_path / "g.txt")
    with one_sentence("format bif is only read"):
        write_graph(nx.DiGraph([("a", "b")]), tmp_path / "g.bif", format="bif")
    with one_sentence("no format 'nix'"):
        write_graph([("a", "b")], tmp_path / "g.json", format="nix")


def test_a_list_of_edges_keeps_its_weights(tmp_path):
    (tmp_path / "edges.csv").write_text("cause,effect,weight\na,b,1e-05\nb,c,-2\n")
    graph = read_graph(tmp_path / "edges.csv")
    assert nx.get_edge_attributes(graph, "weight") == {("a", "b"): 1e-05, ("b", "c"): -2}
    write_graph(graph, tmp_path / "again.csv", format="edges")
    assert read_graph(tmp_path / "again.csv").adj == graph.adj
    graph.add_node("alone")
    with pytest.raises(InputError, match="'alone'"):
        write_graph(graph, tmp_path / "again.csv", format="edges")


def test_a_large_file_is_not_read(tmp_path, one_sentence):
    with (tmp_path / "large.gml").open("wb") as file:
        file.truncate(65 * 2**20)
    with one_sentence("large.gml", "64 MB"):
        read_graph(tmp_path / "large.gml")


def test_other_separators_in_lists_of_edges(tmp_path):
    (tmp_path / "semicolons.csv").write_text("from;to\na;b\n")
    assert list(read_graph(tmp_path / "semicolons.csv").edges) == [("a", "b")]


@pytest.mark.parametrize(
    ("line", "edges"),
    [
        ("y ~ 0*a + b", [("b", "y")]),
        ("y ~ a + b\na ~~ 0.0*b", [("a", "y"), ("b", "y")]),
        ("y ~ a + .0 * b", [("a", "y")]),
        ("y ~ a + 0.5*b", [("a", "y"), ("b", "y")]),
        ("y ~ a + z0*b", [("a", "y"), ("b", "y")]),
    ],
)
def test_a_coefficient_that_is_fixed_to_zero_is_no_edge(line, edges):
    # lavaan's f1 ~~ 0*f2 says that the two are uncorrelated.
    graph = parse_graph(line, format="lavaan", marks="keep")
    assert sorted(graph.edges) == edges
    assert sorted(graph) == ["a", "b", "y"], "what has no edge is a variable all the same"
