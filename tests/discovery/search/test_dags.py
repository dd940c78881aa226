"""Acyclic by construction."""

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from discovery.knowledge import Constraints, Knowledge, no_constraints
from discovery.search.dags import adjacency_of, most_probable_dag, parents_of, sample_dags, topological_order


def acyclic(adjacency: np.ndarray) -> bool:
    return nx.is_directed_acyclic_graph(nx.DiGraph(adjacency.astype(int)))


def test_random_matrices_give_dags_to_which_nothing_can_be_added():
    rng = np.random.default_rng(0)
    for _ in range(200):
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


def test_certain_edges_never_give_way_to_uncertain_ones():
    around = np.array([[0, 1, 0], [0, 0, 0.9], [0.9, 0, 0]])  # 0 -> 1 is certain, and the rest leads back
    draws = sample_dags(around, 50, np.random.default_rng(0))
    assert all(draw[0, 1] for draw in draws)
    assert {int(draw.sum()) for draw in draws} == {1, 2}


def test_samples_have_the_probabilities_asked_for_where_no_cycle_is_possible():
    probabilities = np.triu(np.full((4, 4), 0.3), 1)
    draws = sample_dags(probabilities, 4000, np.random.default_rng(0))
    assert np.abs(np.mean(draws, axis=0) - probabilities).max() < 0.03


def some_constraints(d: int, rng: np.random.Generator) -> Constraints:
    """Required edges along some order, and forbidden ones among the rest; what they imply comes with them."""
    order = rng.permutation(d)
    required = np.triu(rng.random((d, d)) < rng.random(), 1)[order][:, order]
    forbidden = (rng.random((d, d)) < rng.random()) & ~required & ~np.eye(d, dtype=bool)
    names = [str(j) for j in range(d)]
    edges = [[(names[i], names[j]) for i, j in np.argwhere(matrix)] for matrix in (required, forbidden)]
    return Knowledge(*edges).constraints(names)


@given(st.integers(1, 9), st.integers(0, 10_000))
def test_constraints_are_kept_exactly_and_nothing_else_changes(d, seed):
    rng = np.random.default_rng(seed)
    probabilities, threshold = rng.random((d, d)), 0.7 * rng.random()
    constraints = some_constraints(d, rng)
    dag = most_probable_dag(probabilities, threshold, constraints)
    for adjacency in [dag, *sample_dags(probabilities, 3, rng, constraints)]:
        assert acyclic(adjacency)
        assert not (constraints.required & ~adjacency).any()
        assert not (constraints.forbidden & adjacency).any()
    assert not (dag & ~constraints.required & (probabilities <= threshold)).any()
    left_out = (probabilities > threshold) & ~dag & ~constraints.forbidden
    for i, j in np.argwhere(left_out):  # only what would close a cycle
        assert not acyclic(dag | (np.arange(d)[:, None] == i) & (np.arange(d) == j))


@given(st.integers(1, 9), st.integers(0, 10_000))
def test_no_constraints_change_nothing(d, seed):
    probabilities = np.random.default_rng(seed).random((d, d))
    nothing = no_constraints(d)
    assert (most_probable_dag(probabilities, 0.2) == most_probable_dag(probabilities, 0.2, nothing)).all()
    draws = [
        sample_dags(probabilities, 3, np.random.default_rng(seed), constraints)
        for constraints in (None, nothing)
    ]
    assert (np.array(draws[0]) == np.array(draws[1])).all()


def test_what_is_known_wins_over_certainty():
    certain = np.array([[0.0, 1.0], [0.0, 0.0]])
    reverse = Knowledge(required=[("b", "a")]).constraints(["a", "b"])
    expected = np.array([[False, False], [True, False]])
    assert (most_probable_dag(certain, 0.5, reverse) == expected).all()
    assert all((a == expected).all() for a in sample_dags(certain, 5, np.random.default_rng(0), reverse))


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
