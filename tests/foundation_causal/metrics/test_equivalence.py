"""CPDAGs against the definition of Markov equivalence, and their distance."""

from collections import defaultdict
from itertools import combinations, product

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from foundation_causal.graphs import from_adjacency
from foundation_causal.metrics import cpdag, cpdag_shd, shd

NAMES = list("abcdefgh")


@st.composite
def dag_pairs(draw, largest=6):
    d = draw(st.integers(1, largest))
    pair = []
    for _ in range(2):
        upper = np.triu(draw(arrays(np.int64, (d, d), elements=st.integers(0, 1))), 1)
        order = draw(st.permutations(range(d)))
        pair.append(upper[np.ix_(order, order)])
    return pair


def all_dags(d):
    places = [(i, j) for i in range(d) for j in range(d) if i != j]
    for bits in product([0, 1], repeat=len(places)):
        matrix = np.zeros((d, d), dtype=int)
        matrix[tuple(zip(*places, strict=True))] = bits
        if not np.linalg.matrix_power(matrix, d).any():
            yield matrix


def separations(matrix):
    """Every d-separation of two variables given a set of others: what equivalent DAGs have in common."""
    graph, nodes = nx.from_numpy_array(matrix, create_using=nx.DiGraph), range(len(matrix))
    return frozenset(
        (i, j, given)
        for i, j in combinations(nodes, 2)
        for size in range(len(matrix) - 1)
        for given in combinations([v for v in nodes if v not in (i, j)], size)
        if nx.is_d_separator(graph, {i}, {j}, set(given))
    )


@pytest.mark.parametrize("d", [2, 3, 4])
def test_cpdag_joins_all_members_of_the_class(d):
    classes = defaultdict(list)
    for matrix in all_dags(d):
        classes[separations(matrix)].append(matrix)
    assert len(classes) == {2: 2, 3: 11, 4: 185}[d]  # Gillispie and Perlman 2002, table 1
    for members in classes.values():
        expected = np.maximum.reduce(members)
        for member in members:
            np.testing.assert_array_equal(cpdag(member), expected)


def by_orientation(matrix):
    """All DAGs with the skeleton and the unshielded colliders of this one, joined."""
    d, skeleton = len(matrix), matrix | matrix.T

    def colliders(graph):
        return {
            (a, b, c)
            for b in range(d)
            for a, c in combinations(np.flatnonzero(graph[:, b]), 2)
            if not skeleton[a, c]
        }

    joined, wanted, places = np.zeros_like(matrix), colliders(matrix), np.argwhere(np.triu(skeleton))
    for turned in product([False, True], repeat=len(places)):
        graph = np.zeros_like(matrix)
        for (i, j), turn in zip(places, turned, strict=True):
            graph[(j, i) if turn else (i, j)] = 1
        if colliders(graph) == wanted and not np.linalg.matrix_power(graph, d).any():
            joined |= graph
    return joined


@given(dag_pairs(largest=5))
def test_cpdag_of_five_variables(pair):
    np.testing.assert_array_equal(cpdag(pair[0]), by_orientation(pair[0]))


@pytest.mark.parametrize("seed", range(5))
def test_cpdag_is_that_of_causal_learn(seed):
    pytest.importorskip("causallearn")
    from causallearn.graph.Dag import Dag
    from causallearn.graph.GraphNode import GraphNode
    from causallearn.graph.SHD import SHD
    from causallearn.utils.DAG2CPDAG import dag2cpdag

    random = np.random.default_rng(seed)
    theirs, ours = [], []
    for _ in range(2):
        order = random.permutation(12)
        matrix = np.triu(random.random((12, 12)) < 0.25, 1).astype(int)[np.ix_(order, order)]
        nodes = [GraphNode(f"X{i}") for i in range(12)]
        graph = Dag(nodes)
        for i, j in np.argwhere(matrix):
            graph.add_directed_edge(nodes[i], nodes[j])
        theirs.append(dag2cpdag(graph))
        ours.append(matrix)
        # -1 marks a tail at the row's node: i -> j has -1 at [i, j] and 1 at [j, i], i - j has -1 at both.
        np.testing.assert_array_equal(cpdag(matrix), theirs[-1].graph == -1)
    assert cpdag_shd(*ours) == SHD(*theirs).get_shd()


@given(dag_pairs())
def test_cpdag_shd_counts_pairs_joined_differently(pair):
    import gadjid

    first, second = (cpdag(matrix) for matrix in pair)
    differ = [
        (first[i, j], first[j, i]) != (second[i, j], second[j, i])
        for i, j in combinations(range(len(first)), 2)
    ]
    assert cpdag_shd(*pair) == cpdag_shd(*pair[::-1]) == sum(differ)
    assert cpdag_shd(pair[0], pair[0]) == 0
    if len(first) > 1:
        # In gadjid a 2 on one side of the diagonal is an undirected edge.
        marked = [
            np.triu(m & m.T).astype(np.int8) * 2 + (m & ~m.T & 1).astype(np.int8) for m in (first, second)
        ]
        assert cpdag_shd(*pair) == gadjid.shd(*marked)[1]


@given(dag_pairs(), st.randoms())
def test_names_align(pair, random):
    names = NAMES[: len(pair[0])]
    order = random.sample(range(len(names)), len(names))
    shuffled = [names[i] for i in order]
    frame = pd.DataFrame(pair[1], names, names)
    expected = cpdag_shd(*pair)
    assert (
        cpdag_shd(from_adjacency(pair[0], names), from_adjacency(frame.loc[shuffled, shuffled], shuffled))
        == expected
    )
    assert cpdag_shd(from_adjacency(pair[0], names), frame.loc[shuffled, shuffled]) == expected
    np.testing.assert_array_equal(
        cpdag(from_adjacency(frame.loc[shuffled, shuffled], shuffled)), cpdag(pair[1])[np.ix_(order, order)]
    )


def test_known_values():
    chain, fork, collider = (
        [[0, 1, 0], [0, 0, 1], [0, 0, 0]],
        [[0, 0, 0], [1, 0, 1], [0] * 3],
        [[0, 1, 0], [0] * 3, [0, 1, 0]],
    )
    assert cpdag_shd(chain, fork) == 0
    assert shd(chain, fork) == 1
    assert cpdag_shd(chain, collider) == 2
    assert cpdag(np.zeros((0, 0))).shape == (0, 0)
    assert cpdag(collider).tolist() == collider


def test_graphs_that_are_no_dags(one_sentence):
    cycle = nx.DiGraph([("a", "b"), ("b", "c"), ("c", "a")])
    chain = nx.DiGraph([("a", "b"), ("b", "c")])
    with one_sentence("given graph", "'a', 'b', 'c'", "acyclic"):
        cpdag(cycle)
    with one_sentence("predicted graph", "'a', 'b', 'c'", "acyclic"):
        cpdag_shd(chain, cycle)
    with one_sentence("true graph", "'X1', 'X2'"):
        cpdag_shd([[0, 1], [1, 0]], [[0, 1], [0, 0]])
    with one_sentence("given graph", "through 'X2',"):
        cpdag([[0, 0], [0, 1]])
    with one_sentence("0 and 1"):
        cpdag([[0, 0.5], [0, 0]])
    with one_sentence("3 and 2"):
        cpdag_shd(chain, [[0, 1], [0, 0]])
    long = nx.DiGraph([(f"v{i}", f"v{(i + 1) % 40}") for i in range(40)])
    with one_sentence("'v4' and 35 more"):
        cpdag(long)
