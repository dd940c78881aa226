"""What users hold as a graph, as each package makes it; packages that are not installed are left out."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from discovery import Prediction
from foundation_causal import Knowledge, as_graph, graph_from_lingam, infer, metrics, parse_graph
from foundation_causal.errors import InputError
from foundation_causal.graphs import adjacency, check_dag

NAMES = ["a", "b", "c"]
MATRIX = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
EDGES = [("a", "b"), ("b", "c")]


def prediction():
    frame = pd.DataFrame(MATRIX * 0.9, index=NAMES, columns=NAMES)
    return Prediction(frame, nx.DiGraph(EDGES))


def pgmpy_network():
    from pgmpy.models import DiscreteBayesianNetwork

    return DiscreteBayesianNetwork(EDGES)


def torch_geometric_data():
    import torch
    from torch_geometric.data import Data

    return Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3, names=NAMES)


def causallearn_graph():
    from causallearn.graph.Edges import Edges
    from causallearn.graph.GeneralGraph import GeneralGraph
    from causallearn.graph.GraphNode import GraphNode

    nodes = [GraphNode(name) for name in NAMES]
    graph = GeneralGraph(nodes)
    graph.add_edge(Edges().directed_edge(nodes[0], nodes[1]))
    graph.add_edge(Edges().directed_edge(nodes[1], nodes[2]))
    return graph


def castle_learner():
    import castle.common

    class Learner(castle.common.BaseLearner):
        def learn(self, *args, **kwargs):
            self.causal_matrix = castle.common.Tensor(MATRIX, index=NAMES, columns=NAMES)

    learner = Learner()
    learner.learn()
    return learner


def pyagrum_network():
    import pyagrum

    return pyagrum.fastBN("a->b->c")


def dowhy_model():
    import dowhy

    data = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 3)), columns=NAMES)
    return dowhy.CausalModel(data, treatment="a", outcome="c", graph="digraph { a -> b; b -> c }")


def gcm_model():
    from dowhy import gcm

    return gcm.StructuralCausalModel(nx.DiGraph(EDGES))


def igraph_graph():
    import igraph

    graph = igraph.Graph(directed=True)
    graph.add_vertices(NAMES)
    graph.add_edges(EDGES)
    return graph


def tigramite_results():
    graph = np.full((3, 3, 1), "", dtype="<U3")
    graph[0, 1, 0], graph[1, 0, 0] = "-->", "<--"
    graph[1, 2, 0], graph[2, 1, 0] = "-->", "<--"
    return {"graph": graph, "p_matrix": np.ones((3, 3, 1))}


GIVEN = {
    "DiGraph": lambda: nx.DiGraph(EDGES),
    "MultiDiGraph": lambda: nx.MultiDiGraph(EDGES),
    "pairs": lambda: EDGES,
    "pairs as lists": lambda: [list(edge) for edge in EDGES],
    "pairs with attributes": lambda: [(*edge, {"weight": 1}) for edge in EDGES],
    "a set of pairs": lambda: set(EDGES),
    "edges of a graph": lambda: nx.DiGraph(EDGES).edges,
    "array": lambda: MATRIX,
    "booleans": lambda: MATRIX.astype(bool),
    "rows": lambda: MATRIX.tolist(),
    "sparse": lambda: nx.to_scipy_sparse_array(nx.DiGraph(EDGES)),
    "DataFrame": lambda: pd.DataFrame(MATRIX, index=NAMES, columns=NAMES),
    "table of edges": lambda: pd.DataFrame(EDGES, columns=["from", "to"]),
    "Prediction": prediction,
    "pgmpy": pgmpy_network,
    "torch_geometric": torch_geometric_data,
    "causallearn": causallearn_graph,
    "castle": castle_learner,
    "pyagrum": pyagrum_network,
    "dowhy": dowhy_model,
    "gcm": gcm_model,
    "igraph": igraph_graph,
    "tigramite": tigramite_results,
}


@pytest.fixture(params=GIVEN)
def given_graph(request):
    try:
        return GIVEN[request.param]()
    except ImportError as error:
        pytest.skip(str(error))


def test_every_form_is_the_same_graph(given_graph):
    graph = as_graph(given_graph, names=NAMES)
    assert type(graph) is nx.DiGraph
    assert set(graph.edges) == set(EDGES)
    assert set(graph) == set(NAMES)
    assert set(check_dag(given_graph, NAMES).edges) == set(EDGES)
    np.testing.assert_array_equal(adjacency(given_graph, NAMES), MATRIX)


def test_the_public_functions_take_it(given_graph):
    rng = np.random.default_rng(0)
    a = rng.normal(size=60)
    data = pd.DataFrame({"a": a, "b": a + rng.normal(size=60), "c": rng.normal(size=60)})
    assert set(infer(data, given_graph, mechanisms="least-squares").graph.edges) == set(EDGES)
    assert metrics.shd(nx.DiGraph(EDGES), given_graph) == 0


def test_dictionaries_say_which_way_they_lead(one_sentence):
    assert set(as_graph(parents={"b": ["a"], "c": ["b"]}).edges) == set(EDGES)
    assert list(as_graph(children={"a": ["b"], "b": ("c",)}, names=["d", *NAMES]).edges) == EDGES
    for given in ({"a": ["b"]}, nx.to_dict_of_lists(nx.DiGraph(EDGES)), {}):
        with one_sentence("as_graph(parents=...)", "as_graph(children=...)"):
            as_graph(given)
    with one_sentence("no list"):
        as_graph(parents={"a": "b"})
    with one_sentence("2 graphs are given"):
        as_graph(EDGES, parents={"b": ["a"]})
    with one_sentence("0 graphs are given"):
        as_graph()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (nx.Graph(EDGES), ["type Graph", "undirected", "DiGraph"]),
        (nx.MultiDiGraph([("a", "b"), ("a", "b")]), ["'a' -> 'b' twice"]),
        ([("a", "b"), ("a", "b")], ["'a' -> 'b' twice"]),
        ([("a", "b"), ("b", "c", 0.5)], ["pairs of names"]),
        ([[0, 1], [0, 0]], ["edges or a matrix"]),
        ("graph.json", ["read_graph"]),
        ("digraph { a -> b }", ["parse_graph"]),
        ("[a][b|a]", ["parse_graph"]),
        (False, ["type bool"]),
        (0.5, ["type float"]),
        (object(), ["type object"]),
        (MATRIX * 0.5, ["0 and 1", "threshold"]),
        (np.zeros((2, 3)), ["shape (2, 3)"]),
        (pd.DataFrame(MATRIX, columns=NAMES), ["other labels for rows"]),
        (pd.DataFrame(MATRIX, index=NAMES[::-1], columns=NAMES), ["other labels for rows"]),
        (pd.DataFrame(EDGES, columns=["from", "to"]).assign(p=0.1), ["leave out 'p'"]),
        (np.full((2, 2, 2), "-->"), ["earlier time steps"]),
        (np.array([["", "x-x"], ["x-x", ""]]), ["marks of which are not known"]),
    ],
)  # fmt: skip
def test_what_is_no_graph_is_named(given, words, one_sentence):
    with one_sentence(*words):
        as_graph(given)


def marked(given, **how):
    return {(a, kind or "-->", b) for a, b, kind in as_graph(given, marks="keep", **how).edges.data("marks")}


def test_graphs_of_pgmpy_with_marks(one_sentence):
    from pgmpy.base import ADMG, MAG, PDAG

    pdag = PDAG(directed_ebunch=[("a", "b")], undirected_ebunch=[("b", "c")])
    assert marked(pdag) in ({("a", "-->", "b"), ("b", "---", "c")}, {("a", "-->", "b"), ("c", "---", "b")})
    with one_sentence("---", "no direction"):
        check_dag(pdag, NAMES)
    admg = ADMG(directed_ebunch=[("a", "b")], bidirected_ebunch=[("a", "b"), ("b", "c")])
    assert {kind for _, kind, _ in marked(admg)} == {"-->", "<->"}
    assert len(marked(admg)) == 3
    mag = MAG(ebunch=[("a", "b", "-", ">"), ("c", "b", ">", ">"), ("c", "a", ">", "-")])
    assert {("a", "-->", "b"), ("a", "-->", "c")} < marked(mag)
    with one_sentence("<->", "hidden common cause"):
        as_graph(mag)


def test_nones_of_pgmpy_do_no_harm(tmp_path):
    from foundation_causal import read_graph, write_graph

    network = pgmpy_network()
    assert network.edges["a", "b"] == {"weight": None}
    for suffix in (".json", ".graphml", ".gml", ".dot", ".csv"):
        write_graph(network, tmp_path / f"g{suffix}")
        assert set(read_graph(tmp_path / f"g{suffix}").edges) == set(EDGES)


def test_a_pattern_and_a_pag_of_causallearn(one_sentence):
    pytest.importorskip("causallearn")
    graph = causallearn_graph()
    for first, second, marks in [
        (-1, -1, "---"),
        (1, 1, "<->"),
        (2, 1, "o->"),
        (2, 2, "o-o"),
        (2, -1, "o--"),
    ]:
        graph.graph[0, 1], graph.graph[1, 0] = first, second
        assert marked(graph) == {("a", marks, "b"), ("b", "-->", "c")}
        with one_sentence(f"'a' {marks} 'b'"):
            check_dag(graph, NAMES)
    graph.graph[0, 1], graph.graph[1, 0] = 1, -1
    assert marked(graph) == {("b", "-->", "a"), ("b", "-->", "c")}


def test_a_matrix_of_castle_with_an_edge_both_ways_is_undirected(one_sentence):
    common = pytest.importorskip("castle.common")
    matrix = common.Tensor(np.array([[0, 1, 0], [1, 0, 1], [0, 0, 0]]), index=NAMES, columns=NAMES)
    assert marked(matrix) == {("a", "---", "b"), ("b", "-->", "c")}
    with one_sentence("'a' --- 'b'"):
        check_dag(matrix, NAMES)


def test_marks_of_tigramite(one_sentence):
    graph = np.array([["", "o->", ""], ["<-o", "", "x"], ["", "x", ""]], dtype="<U3")
    graph[1, 2], graph[2, 1] = "<->", "<->"
    assert marked(graph, names=NAMES) == {("a", "o->", "b"), ("b", "<->", "c")}
    with one_sentence("1 other"):
        check_dag(graph, NAMES)


def test_undirected_graphs_are_kept_only_where_asked():
    assert marked(nx.Graph(EDGES)) == {("a", "---", "b"), ("b", "---", "c")}


def test_a_graph_of_igraph_without_a_direction_or_names(one_sentence):
    igraph = pytest.importorskip("igraph")
    with one_sentence("'0' --- '1'"):
        as_graph(igraph.Graph([(0, 1)]))
    assert list(as_graph(igraph.Graph([(0, 1)], directed=True)).edges) == [("0", "1")]


def test_torch_geometric_edges_that_are_wrong(one_sentence):
    import torch
    from torch_geometric.data import Data

    with one_sentence("node 5 of 3"):
        as_graph(Data(edge_index=torch.tensor([[0], [5]]), num_nodes=3))
    with one_sentence("'X1' -> 'X2' twice"):
        as_graph(Data(edge_index=torch.tensor([[0, 0], [1, 1]]), num_nodes=3))


def test_the_matrix_of_lingam_only_where_it_is_said_to_be_one(one_sentence):
    weights = np.array([[0, 0, 0], [2.0, 0, 0], [0, -1.0, 0]])
    graph = graph_from_lingam(weights, NAMES)
    assert dict(graph.edges) == {("a", "b"): {"weight": 2.0}, ("b", "c"): {"weight": -1.0}}
    table = pd.DataFrame(weights, index=NAMES, columns=NAMES)
    assert set(graph_from_lingam(table).edges) == set(EDGES)
    with one_sentence("0 and 1"):
        as_graph(weights, NAMES)
    weights[0, 1] = weights[1, 0] = np.nan
    with one_sentence("'a' <-> 'b'"):
        graph_from_lingam(weights, NAMES)
    kept = graph_from_lingam(weights, NAMES, marks="keep")
    assert dict(kept.edges) == {("a", "b"): {"marks": "<->"}, ("b", "c"): {"weight": -1.0}}
    with one_sentence("shape (2, 3)"):
        graph_from_lingam(np.zeros((2, 3)))


def test_a_model_of_lingam(one_sentence):
    lingam = pytest.importorskip("lingam")
    rng = np.random.default_rng(0)
    a = rng.laplace(size=500)
    model = lingam.DirectLiNGAM().fit(pd.DataFrame({"a": a, "b": 2 * a + rng.laplace(size=500)}))
    assert list(graph_from_lingam(model, ["a", "b"]).edges) == [("a", "b")]
    with one_sentence("DirectLiNGAM", "graph_from_lingam"):
        as_graph(model, ["a", "b"])


def test_knowledge_takes_the_edges_of_a_graph():
    assert Knowledge(required=as_graph(EDGES).edges).required == tuple(EDGES)


def test_a_kept_mark_never_becomes_a_direction():
    graph = as_graph(nx.Graph([("a", "b")]), marks="keep")
    for use in (check_dag, adjacency, as_graph):
        with pytest.raises(InputError, match="turn it into an arrow"):
            use(graph)
    with pytest.raises(InputError, match="turn it into an arrow"):
        metrics.shd(graph, graph)


@pytest.mark.parametrize("names", [1.5, np.array(2), object(), pd.NA])
def test_names_that_are_no_list_get_a_sentence(names):
    for call in (
        lambda: as_graph(EDGES, names),
        lambda: as_graph(parents={"b": ["a"]}, names=names),
        lambda: graph_from_lingam(MATRIX, names),
        lambda: parse_graph("digraph { a -> b }", names),
    ):
        with pytest.raises(InputError, match=r"names is of the type \w+; give a list of names\.$"):
            call()


def test_names_may_be_any_iterable():
    assert list(as_graph(EDGES, iter(["c", "b", "a"]))) == ["c", "b", "a"]


def test_marks_that_are_no_word_get_a_sentence():
    for call in (lambda: as_graph(EDGES, marks=pd.NA), lambda: graph_from_lingam(MATRIX, marks=pd.NA)):
        with pytest.raises(InputError, match='give "refuse" or "keep"'):
            call()


@pytest.mark.parametrize("weights", [{"a": 1}, [[1, 2], [3]], [[1j, 0], [0, 0]], [[10**400, 0], [0, 0]]])
def test_weights_that_are_no_numbers_get_a_sentence(weights):
    with pytest.raises(InputError, match="not all numbers; give a matrix"):
        graph_from_lingam(weights)
