"""Of equivalent DAGs the most probable: against all of them, and in answers."""

import itertools

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from discovery import discover
from discovery.search.typed.equivalent_graphs import most_probable_member
from foundation_causal.metrics.equivalence import cpdag, undecided


def members(graph, free):
    """All DAGs that are equivalent to one and differ from it in free edges alone."""
    places = np.argwhere(free)
    for turned in itertools.product([False, True], repeat=len(places)):
        other = graph.copy()
        for (i, j), turn in zip(places, turned, strict=True):
            other[i, j], other[j, i] = not turn, turn
        acyclic = nx.is_directed_acyclic_graph(nx.DiGraph(other.astype(int)))
        if acyclic and (cpdag(other.astype(int)) == cpdag(graph.astype(int))).all():
            yield other


@pytest.mark.parametrize("seed", range(30))
def test_it_is_a_member_as_probable_as_the_search_promises(seed):
    rng = np.random.default_rng(seed)
    graph = np.triu(rng.random((6, 6)) < 0.35, 1)
    free = undecided(graph, np.zeros_like(graph))
    p = rng.uniform(0.05, 0.45, (6, 6))
    odds = np.log(p) - np.log(p.T)
    found = most_probable_member(graph, free, p)
    every = list(members(graph, free))
    assert any((found == member).all() for member in every)
    best = max(odds[member].sum() for member in every)
    assert odds[found].sum() >= odds[graph].sum() - 1e-9
    trees = nx.from_numpy_array(free | free.T)
    if nx.is_forest(trees):  # a root says all
        assert odds[found].sum() == pytest.approx(best, abs=1e-5)


def test_edges_that_are_known_stay_and_others_turn():
    graph = np.eye(3, k=1, dtype=bool)
    backwards = graph.T * 0.8 + 0.1
    known = np.zeros_like(graph)
    known[1, 2] = True
    found = most_probable_member(graph, undecided(graph, known), backwards)
    assert np.argwhere(found).tolist() == [[1, 0], [1, 2]]
    known = np.array([[0, 1, 0], [0, 0, 0], [0, 0, 0]], dtype=bool)  # the other one would make a collider
    assert (most_probable_member(graph, undecided(graph, known), backwards) == graph).all()


def test_order_of_nodes_does_not_matter():
    rng = np.random.default_rng(1)
    graph = np.triu(rng.random((8, 8)) < 0.4, 1)
    free, p = undecided(graph, np.zeros_like(graph)), rng.uniform(0.05, 0.45, (8, 8))
    order = rng.permutation(8)
    turned = np.ix_(order, order)
    found = most_probable_member(graph, free, p)
    assert (most_probable_member(graph[turned], free[turned], p[turned]) == found[turned]).all()


def test_a_graph_of_discrete_columns_draws_edges_as_its_probabilities_do():
    """A rare cause with a common and a rare effect, as of a disease with its tests."""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        smokes = rng.random(1000) < 0.3
        ill = rng.random(1000) < np.where(smokes, 0.05, 0.005)
        table = pd.DataFrame(
            {
                "smokes": smokes,
                "ill": ill,
                "scan": rng.random(1000) < np.where(ill, 0.9, 0.2),
                "cough": rng.random(1000) < np.where(ill, 0.7, 0.3),
            }
        )
        found = discover(table)
        p, names = found.probabilities.to_numpy(), list(table)
        graph = nx.to_numpy_array(found.graph, nodelist=names, weight=None) > 0
        odds = np.log(p + 1e-9) - np.log(p.T + 1e-9)
        every = members(graph, undecided(graph, np.zeros_like(graph)))
        assert odds[graph].sum() == pytest.approx(max(odds[member].sum() for member in every)), seed
