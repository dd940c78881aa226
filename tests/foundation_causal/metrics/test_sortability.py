"""Sortability against its definition by enumerated paths, scikit-learn's regressions and CausalDisco."""

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from foundation_causal.graphs import from_adjacency
from foundation_causal.metrics import r2_sortability, varsortability

BOTH = [varsortability, r2_sortability]


def simulated(seed, d=6, n=200, density=0.5):
    """Linear data with scales of their own, and their DAG as a matrix in no particular order."""
    random = np.random.default_rng(seed)
    edges = np.triu(random.random((d, d)) < density, 1)
    data = random.normal(size=(n, d)) * random.uniform(0.3, 2, size=d)
    for j in range(d):
        data[:, j] += data @ (edges[:, j] * random.uniform(-1.5, 1.5, size=d))
    order = random.permutation(d)
    return data[:, order], edges[np.ix_(order, order)].astype(int)


def by_paths(matrix, scores):
    graph = nx.from_numpy_array(matrix, create_using=nx.DiGraph)
    votes = []
    for i in graph:
        for j in nx.descendants(graph, i):
            lengths = {len(path) - 1 for path in nx.all_simple_paths(graph, i, j)}
            votes += [float(scores[j] > scores[i])] * len(lengths)
    return np.mean(votes)


def r2(data):
    d = data.shape[1]
    others = [np.arange(d) != j for j in range(d)]
    return [
        LinearRegression().fit(data[:, o], data[:, j]).score(data[:, o], data[:, j])
        for j, o in enumerate(others)
    ]


@given(st.integers(0, 10_000))
def test_sortability_is_its_definition(seed):
    data, matrix = simulated(seed)
    assert varsortability(data, matrix) == pytest.approx(by_paths(matrix, data.var(axis=0)))
    assert r2_sortability(data, matrix) == pytest.approx(by_paths(matrix, r2(data)))


@pytest.mark.parametrize("seed", range(20))
def test_sortability_is_that_of_causaldisco(seed):
    theirs = pytest.importorskip("CausalDisco.analytics")
    data, matrix = simulated(seed, d=12, density=0.3)
    assert varsortability(data, matrix) == pytest.approx(theirs.var_sortability(data, matrix))
    assert r2_sortability(data, matrix) == pytest.approx(theirs.r2_sortability(data, matrix))


def test_what_the_sorted_order_says():
    noise = np.random.default_rng(0).normal(size=(500, 4))
    chain = np.diag(np.ones(3, dtype=int), 1)
    growing = noise.cumsum(axis=1)
    assert varsortability(growing, chain) == 1
    assert varsortability(growing, chain.T) == 0
    assert varsortability(growing * [1e3, 1e2, 10, 1], chain) == 0
    assert r2_sortability(growing, chain) == pytest.approx(r2_sortability(growing * [1e3, 1e2, 10, 1], chain))


def test_standardized_columns_are_tied_whatever_the_rounding():
    """Rounding leaves variances 1 + 1e-16, and two columns explain each other equally well."""
    for seed in range(10):
        data, matrix = simulated(seed)
        standardized = (data - data.mean(axis=0)) / data.std(axis=0)
        assert varsortability(standardized, matrix) == 0.5
        assert varsortability(1e-100 * standardized, matrix) == 0.5
        assert r2_sortability(data[:, :2], [[0, 1], [0, 0]]) == 0.5


def test_columns_that_are_combinations_of_others_are_explained():
    random = np.random.default_rng(0)
    a, b, noise = random.normal(size=(3, 100))
    data = np.stack([a, b, a + b, noise], axis=1)
    # a, b and their sum have an R2 of 1, the noise one near 0.
    assert r2_sortability(data, matrix_of(4, [(3, 0), (3, 1), (3, 2)])) == 1
    assert r2_sortability(data, matrix_of(4, [(0, 2), (1, 2)])) == 0.5
    few = random.normal(size=(4, 6))
    assert r2_sortability(few, np.triu(np.ones((6, 6)), 1)) == 0.5


def matrix_of(d, edges):
    matrix = np.zeros((d, d))
    matrix[tuple(zip(*edges, strict=True))] = 1
    return matrix


@pytest.mark.parametrize("score", BOTH)
def test_names_align(score):
    data, matrix = simulated(5)
    names = list("abcdef")
    frame, graph = pd.DataFrame(data, columns=names), from_adjacency(matrix, names)
    expected = score(data, matrix)
    assert score(frame[["f", "c", "a", "b", "e", "d"]], graph) == pytest.approx(expected)
    assert score(frame, pd.DataFrame(matrix, names, names).loc[names[::-1], names]) == pytest.approx(expected)
    assert score(data, graph) == pytest.approx(expected)


@pytest.mark.parametrize("score", BOTH)
def test_without_an_edge_there_is_nothing_to_sort(score):
    assert math.isnan(score(simulated(1)[0], np.zeros((6, 6))))


@pytest.mark.parametrize("score", BOTH)
def test_data_and_graphs_that_do_not_fit(score, one_sentence):
    data, _ = simulated(1, d=3)
    frame = pd.DataFrame(data, columns=list("abc"))
    with one_sentence("cycle, through 'a', 'b'", "acyclic"):
        score(frame, nx.DiGraph([("a", "b"), ("b", "a"), ("a", "c")]))
    with one_sentence("'c', 'z'", "one side"):
        score(frame, nx.DiGraph([("a", "b"), ("b", "z")]))
    with one_sentence("2 variables", "3 columns"):
        score(frame, [[0, 1], [0, 0]])
    with one_sentence("missing"):
        score(frame.mask(frame > 1), np.zeros((3, 3)))
    with one_sentence("same value", "'b'"):
        score(frame.assign(b=1.0), np.zeros((3, 3)))
    with one_sentence("1 row"):
        score(frame.iloc[:1], np.zeros((3, 3)))
