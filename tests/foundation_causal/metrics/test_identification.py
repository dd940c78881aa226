"""Distances over causal effects against their definition, by d-separation in networkx."""

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from foundation_causal.graphs import from_adjacency
from foundation_causal.metrics import adjustment_distances, sid

NAMES = list("abcdef")


@st.composite
def dag_pairs(draw):
    d = draw(st.integers(2, 5))
    pair = []
    for _ in range(2):
        upper = np.triu(draw(arrays(np.int64, (d, d), elements=st.integers(0, 1))), 1)
        order = draw(st.permutations(range(d)))
        pair.append(upper[np.ix_(order, order)])
    return pair


def on_causal_paths(graph, i, j):
    return {v for v in nx.descendants(graph, i) if v == j or j in nx.descendants(graph, v)}


def with_descendants(graph, nodes):
    return nodes.union(*(nx.descendants(graph, v) for v in nodes))


def valid(graph, i, j, chosen):
    """The adjustment criterion of Shpitser, VanderWeele and Robins 2010."""
    path = on_causal_paths(graph, i, j)
    if j in chosen or with_descendants(graph, path) & chosen:
        return False
    rest = graph.copy()
    rest.remove_edges_from([(i, v) for v in path])
    return nx.is_d_separator(rest, {i}, {j}, chosen)


def parents(graph, i, j):
    return None if graph.has_edge(j, i) else set(graph.predecessors(i))


def ancestors(graph, i, j):
    return nx.ancestors(graph, i) if j in nx.descendants(graph, i) else None


def optimal(graph, i, j):
    path = on_causal_paths(graph, i, j)
    if not path:
        return None
    return set().union(*(graph.predecessors(v) for v in path)) - with_descendants(graph, path) - {i}


def mistakes(true, predicted, strategy):
    """How many effects `predicted` gets wrong; a strategy answers None where it sees no effect."""
    count = 0
    for i in true:
        for j in set(true) - {i}:
            chosen = strategy(predicted, i, j)
            right = j not in nx.descendants(true, i) if chosen is None else valid(true, i, j, chosen)
            count += not right
    return count


@given(dag_pairs())
def test_distances_are_their_definitions(pair):
    graphs = [nx.from_numpy_array(matrix, create_using=nx.DiGraph) for matrix in pair]
    found = adjustment_distances(*pair)
    expected = {
        "parent": mistakes(*graphs, parents),
        "ancestor": mistakes(*graphs, ancestors),
        "oset": mistakes(*graphs, optimal),
    }
    assert {name: distance.mistakes for name, distance in found.items()} == expected
    d = len(pair[0])
    for distance in found.values():
        assert distance.normalised == pytest.approx(distance.mistakes / (d * (d - 1)))
        assert type(distance.mistakes) is int
    assert sid(*pair) == expected["parent"]
    assert sid(pair[0], pair[0]) == 0
    assert all(distance.mistakes == 0 for distance in adjustment_distances(pair[0], pair[0]).values())


def test_an_edge_runs_from_row_to_column():
    """Read the other way round, this pair would have 2 mistakes in each count."""
    fork = nx.DiGraph([("z", "x"), ("z", "y")])
    predicted = nx.DiGraph([("x", "y")])
    predicted.add_node("z")
    # Adjusting for the predicted parents fails for x on y and x on z (nothing blocks the fork) and for y on z
    # (x does not either); from z no set is needed, and of y on x there is no effect.
    assert sid(fork, predicted) == 3
    # The others claim that there is no effect of z, which is wrong twice, and are wrong about x on y.
    assert [found.mistakes for found in adjustment_distances(fork, predicted).values()] == [3, 3, 3]
    backwards = nx.reverse(fork), nx.reverse(predicted)
    assert sid(*backwards) == 2


def test_the_true_graph_comes_first():
    empty, edge = [[0, 0], [0, 0]], [[0, 1], [0, 0]]
    assert sid(empty, edge) == 0  # the edge claims an effect that turns out to be none
    assert sid(edge, empty) == 1  # that of the second on the first is not nothing, but a dependence


@given(dag_pairs(), st.randoms())
def test_names_align(pair, random):
    names = NAMES[: len(pair[0])]
    order = random.sample(names, len(names))
    true, predicted = (pd.DataFrame(matrix, names, names) for matrix in pair)
    graph = from_adjacency(predicted.loc[order, order], order)
    for other in (graph, predicted.loc[order, order]):
        assert sid(true, other) == sid(*pair)
        assert adjustment_distances(from_adjacency(true, names), other) == adjustment_distances(*pair)


@pytest.mark.parametrize("d", [0, 1])
def test_without_a_pair_there_is_nothing_to_get_wrong(d):
    assert sid(np.zeros((d, d)), np.zeros((d, d))) == 0
    for distance in adjustment_distances(np.zeros((d, d)), np.zeros((d, d))).values():
        assert distance.mistakes == 0
        assert math.isnan(distance.normalised)


@pytest.mark.parametrize("score", [sid, adjustment_distances])
def test_graphs_that_cannot_be_compared(score, one_sentence, capfd):
    chain = nx.DiGraph([("a", "b"), ("b", "c")])
    cycle = nx.DiGraph([("a", "b"), ("b", "c"), ("c", "a")])
    with one_sentence("predicted graph", "'a', 'b', 'c'", "acyclic"):
        score(chain, cycle)
    with one_sentence("true graph", "'a', 'b', 'c'"):
        score(cycle, chain)
    with one_sentence("predicted graph", "through 'X1',"):
        score([[0, 1], [0, 0]], [[1, 1], [0, 0]])
    with one_sentence("'c', 'z'", "one side"):
        score(chain, nx.DiGraph([("a", "b"), ("b", "z")]))
    with one_sentence("0 and 1"):
        score([[0, 1], [0, 0]], [[0, 0.3], [0, 0]])
    assert capfd.readouterr().err == ""  # no panic of the compiled package in between
