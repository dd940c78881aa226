"""Acyclic by construction."""

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from discovery.dag import adjacency_of, most_probable_dag, parents_of, sample_dags, topological_order


def acyclic(adjacency: np.ndarray) -> bool:
    return nx.is_directed_acyclic_graph(nx.DiGraph(adjacency.astype(int)))


def test_a_thousand_random_matrices_give_a_thousand_dags():
    rng = np.random.default_rng(0)
    for _ in range(1000):
        probabilities = rng.random((8, 8)) ** rng.uniform(0.2, 3)
        adjacency = most_probable_dag(probabilities, 0.1)
        assert acyclic(adjacency)
        left_out = (probabilities > 0.1) & ~adjacency & ~np.eye(8, dtype=bool)
        for i, j in np.argwhere(left_out):  # nothing was left out that fitted
            assert not acyclic(adjacency | (np.arange(8)[:, None] == i) & (np.arange(8) == j))


@given(st.integers(2, 9), st.integers(0, 10_000))
def test_samples_are_dags_and_certain_graphs_come_back(d, seed):
    rng = np.random.default_rng(seed)
    assert all(acyclic(a) for a in sample_dags(rng.random((d, d)), 5, rng))
    truth = np.triu(rng.random((d, d)) < 0.5, 1)
    assert all((a == truth).all() for a in sample_dags(truth.astype(float), 3, rng))


def test_samples_have_the_probabilities_asked_for_where_no_cycle_is_possible():
    probabilities = np.triu(np.full((4, 4), 0.3), 1)
    draws = sample_dags(probabilities, 4000, np.random.default_rng(0))
    assert np.abs(np.mean(draws, axis=0) - probabilities).max() < 0.03


@given(st.integers(1, 9), st.integers(0, 10_000))
def test_orders_and_parents_round_trip(d, seed):
    rng = np.random.default_rng(seed)
    shuffle = rng.permutation(d)
    adjacency = np.triu(rng.random((d, d)) < 0.4, 1)[shuffle][:, shuffle]
    parents = parents_of(adjacency)
    assert (adjacency_of(parents) == adjacency).all()
    order = topological_order(parents, rng.random(d))
    place = np.argsort(order)
    assert all(place[i] < place[j] for i, j in np.argwhere(adjacency))
