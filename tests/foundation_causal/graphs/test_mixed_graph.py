import itertools
import pickle

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import foundation_causal as fc
from foundation_causal import InputError, MixedGraph, check_admg
from foundation_causal.graph_files import FORMATS, format_graph


@st.composite
def mixed_graphs(draw):
    names = draw(st.permutations("abcde"))
    pairs = list(itertools.combinations(names, 2))
    edges = st.lists(st.sampled_from(pairs), unique=True)
    return MixedGraph(draw(edges), draw(edges), sorted(names))


@settings(max_examples=30)
@given(mixed_graphs())
def test_one_graph_with_marks_holds_all_of_it(graph):
    assert check_admg(graph.to_networkx()) == graph == check_admg(graph)
    assert pickle.loads(pickle.dumps(graph)) == graph


@pytest.mark.parametrize("name", [name for name, kind in FORMATS.items() if kind.marks])
@settings(max_examples=10)
@given(graph=mixed_graphs())
def test_every_format_with_marks_holds_all_of_it(name, graph):
    text = format_graph(graph, name)
    read = fc.parse_graph(text, graph.nodes, marks="keep", format=name)
    assert check_admg(read) == graph


@pytest.mark.parametrize(
    "text",
    [
        "dag { t -> m -> y; t <-> y }",
        "m ~ t\ny ~ m\nt ~~ y",
        "Graph Nodes:\nt;m;y\n\nGraph Edges:\n1. t --> m\n2. m --> y\n3. t <-> y\n",
    ],
)
def test_texts_of_other_tools_are_mixed_graphs(text):
    front_door = MixedGraph([("t", "m"), ("m", "y")], [("t", "y")])
    assert check_admg(fc.parse_graph(text, marks="keep")) == front_door


@settings(max_examples=30)
@given(mixed_graphs())
def test_districts_part_the_nodes_and_no_bidirected_edge_crosses(graph):
    place = {node: k for k, group in enumerate(graph.districts()) for node in group}
    assert sorted(place) == sorted(graph.nodes)
    assert all(place[a] == place[b] for a, b in graph.bidirected.edges)
    assert graph.cut(graph.nodes).districts() == [[node] for node in graph.nodes]


def test_a_bidirected_edge_separates_as_a_hidden_cause_does():
    m_graph = MixedGraph([], [("t", "z"), ("z", "y")], "tzy")
    assert m_graph.separated(["t"], ["y"])
    assert not m_graph.separated(["t"], ["y"], ["z"])


@pytest.mark.parametrize(
    ("directed", "bidirected", "sentence"),
    [
        ([("a", "b"), ("b", "a")], [], "cycle"),
        ([("a", "a")], [], "'a' to itself"),
        ([], [("b", "b")], "'b' to itself"),
    ],
)
def test_what_is_no_mixed_graph_is_said_in_a_sentence(directed, bidirected, sentence):
    with pytest.raises(InputError, match=sentence):
        MixedGraph(directed, bidirected)


def test_open_and_undirected_edges_are_refused():
    with pytest.raises(InputError, match="no direction"):
        check_admg(fc.parse_graph("pdag { a -- b }", marks="keep"))
    with pytest.raises(InputError, match="open"):
        check_admg(fc.parse_graph("pag { a @-> b }", marks="keep"))


def test_a_mixed_graph_where_a_dag_is_needed_is_refused_unless_it_is_one():
    with pytest.raises(InputError, match="'a' <-> 'b', which stands for a hidden common cause"):
        fc.as_graph(MixedGraph([], [("a", "b")]))
    assert nx.utils.graphs_equal(fc.as_graph(MixedGraph([("a", "b")])), nx.DiGraph([("a", "b")]))
