from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from foundation_causal.errors import InputError
from foundation_causal.graphs import adjacency, check_dag, from_adjacency, from_pyg, generations, to_pyg

NAMES = list("abcde")
matrices = st.integers(0, 5).flatmap(lambda d: arrays(np.int8, (d, d), elements=st.integers(0, 1)))


@given(matrices)
def test_matrix_to_graph_and_back(matrix):
    names = NAMES[: len(matrix)]
    graph = from_adjacency(matrix, names)
    assert set(graph.edges) == {(names[i], names[j]) for i, j in zip(*np.nonzero(matrix), strict=True)}
    np.testing.assert_array_equal(adjacency(graph), matrix)
    assert adjacency(graph).dtype == np.int8


@given(matrices, st.randoms())
def test_check_dag_accepts_exactly_the_acyclic_and_reorders(matrix, random):
    names = NAMES[: len(matrix)]
    graph = from_adjacency(matrix, names)
    order = random.sample(names, len(names))
    power = np.linalg.matrix_power(np.eye(len(matrix)) + matrix, len(matrix)) if len(matrix) else matrix
    # Acyclic if no variable reaches itself over one or more edges.
    reach = matrix @ power if len(matrix) else matrix
    if np.trace(reach) > 0:
        with pytest.raises(InputError):
            check_dag(graph, order)
    else:
        checked = check_dag(graph, order)
        assert list(checked) == order
        assert set(checked.edges) == set(graph.edges)
        place = [names.index(name) for name in order]
        np.testing.assert_array_equal(adjacency(graph, order), matrix[np.ix_(place, place)])


@given(matrices)
def test_generations_hold_each_node_once_and_after_its_parents(matrix):
    graph = from_adjacency(np.triu(matrix, 1), NAMES[: len(matrix)])
    layers = generations(graph)
    depth = {node: level for level, layer in enumerate(layers) for node in layer}
    assert sorted(depth) == sorted(graph)
    assert sum(map(len, layers)) == len(graph)
    for node in graph:
        parents = [depth[parent] for parent in graph.predecessors(node)]
        assert depth[node] == (max(parents) + 1 if parents else 0)


def test_the_copy_keeps_attributes_and_leaves_the_original_alone():
    graph = nx.DiGraph(name="g")
    graph.add_node(2, unit="mm")
    graph.add_edge(1, 2, probability=0.5)
    checked = check_dag(graph, ["1", "2"])
    assert checked.edges["1", "2"] == {"probability": 0.5}
    assert checked.nodes["2"] == {"unit": "mm"}
    checked.add_edge("2", "3")
    assert list(graph) == [2, 1]


def test_what_is_wrong_is_named(one_sentence):
    with one_sentence("cycle", " -> "):
        check_dag(nx.DiGraph([("a", "b"), ("b", "c"), ("c", "b")]))
    with one_sentence("'a'", "itself"):
        check_dag(nx.DiGraph([("a", "a")]))
    with one_sentence("lacks", "'c'"):
        check_dag(nx.DiGraph([("a", "b")]), ["a", "b", "c"])
    with one_sentence("data lack", "'b'"):
        check_dag(nx.DiGraph([("a", "b")]), ["a"])
    with one_sentence("type Graph", "DiGraph"):
        check_dag(nx.Graph([("a", "b")]))
    with one_sentence("same as text"):
        check_dag(nx.DiGraph([(1, "1")]))
    with one_sentence("shape (2, 3)"):
        from_adjacency(np.zeros((2, 3)), ["a", "b"])
    with one_sentence("0 and 1"):
        from_adjacency(np.full((2, 2), 0.5), ["a", "b"])
    with one_sentence("same name"):
        from_adjacency(np.zeros((2, 2)), ["a", "a"])


def test_blanks_around_names_do_not_matter_where_the_data_have_none():
    graph = check_dag(nx.DiGraph([(" a", "b "), ("b ", "c d")]), ["c d", "a", "b"])
    assert list(graph) == ["c d", "a", "b"]
    assert set(graph.edges) == {("a", "b"), ("b", "c d")}
    assert set(check_dag(nx.DiGraph([("a", "a ")]), ["a", "a "]).edges) == {("a", "a ")}
    with pytest.raises(InputError, match="data lack: 'a '"):
        check_dag(nx.DiGraph([("a", "a ")]), ["a", "b"])


def test_the_named_cycle_is_one():
    graph = nx.DiGraph([("a", "b"), ("b", "c"), ("c", "d"), ("d", "b"), ("d", "e")])
    with pytest.raises(InputError) as caught:
        check_dag(graph)
    path = str(caught.value).split("cycle ")[1].split(";")[0].split(" -> ")
    assert path[0] == path[-1]
    assert all(graph.has_edge(source, target) for source, target in pairwise(path))


@given(matrices)
def test_torch_geometric_and_back(matrix):
    graph = from_adjacency(matrix, NAMES[: len(matrix)])
    data = to_pyg(graph)
    assert data.num_nodes == len(graph)
    assert data.edge_index.shape == (2, graph.number_of_edges())
    data.validate()
    back = from_pyg(data)
    assert list(back) == list(graph)
    assert set(back.edges) == set(graph.edges)


def test_torch_geometric_without_names():
    import torch
    from torch_geometric.data import Data

    graph = from_pyg(Data(edge_index=torch.tensor([[0], [2]]), num_nodes=3))
    assert list(graph) == ["X1", "X2", "X3"]
    assert list(graph.edges) == [("X1", "X3")]
