"""What resampled graphs share, against counting by hand."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.resampling import Stability
from foundation_causal.graphs import from_adjacency

NAMES = ["a", "b", "c"]


def dag(*edges: str) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(NAMES)
    graph.add_edges_from(edges)  # "ab" is a -> b
    return graph


def stability(*graphs: nx.DiGraph) -> Stability:
    mean = pd.DataFrame(np.arange(9.0).reshape(3, 3) / 10, index=NAMES, columns=NAMES)
    return Stability(list(graphs), mean)


def random_dags(d: int, count: int, seed: int) -> list[nx.DiGraph]:
    rng, names = np.random.default_rng(seed), [f"v{j}" for j in range(d)]
    orders = [rng.permutation(d) for _ in range(count)]
    return [from_adjacency(np.triu(rng.random((d, d)) < 0.6, 1)[order][:, order], names) for order in orders]


def test_edges_are_counted_and_sorted():
    found = stability(dag("ab", "bc"), dag("ab", "cb"), dag("ab", "bc", "ac"), dag("ba", "bc"))
    expected = pd.DataFrame(
        [
            ["b", "c", 0.75, 1.0, 0.5],
            ["a", "b", 0.75, 1.0, 0.1],
            ["c", "b", 0.25, 1.0, 0.7],
            ["b", "a", 0.25, 1.0, 0.3],
            ["a", "c", 0.25, 0.25, 0.2],
        ],
        columns=["cause", "effect", "share", "either_direction", "probability"],
    )
    pd.testing.assert_frame_equal(found.edges, expected)
    assert found.frequencies.at["a", "b"] == 0.75
    assert found.ancestors.at["a", "c"] == 0.5
    assert sorted(found.graph.edges(data="share")) == [("a", "b", 0.75), ("b", "c", 0.75)]
    assert sorted(found.consensus(0.2).edges) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert repr(found) == "Stability(4 replicates, 3 variables, 2 edges in the consensus)"


def test_graphs_without_edges_share_an_empty_table():
    found = stability(dag(), dag())
    assert len(found.edges) == 0
    assert list(found.graph) == NAMES
    assert found.ancestors.to_numpy().sum() == 0


def test_a_cycle_of_majorities_is_cut():
    found = stability(dag("ab", "bc"), dag("bc", "ca"), dag("ca", "ab"))
    assert [found.frequencies.at[i, j] for i, j in ("ab", "bc", "ca")] == [2 / 3] * 3
    assert found.graph.number_of_edges() == 2


@given(st.integers(2, 7), st.integers(1, 6), st.floats(0, 0.99), st.integers(0, 10_000))
def test_the_consensus_is_acyclic_and_keeps_what_all_agree_on(d, count, share, seed):
    graphs = random_dags(d, count, seed)
    names = list(graphs[0])
    found = Stability(graphs, pd.DataFrame(0.5, index=names, columns=names))
    consensus = found.consensus(share)
    assert nx.is_directed_acyclic_graph(consensus)
    assert list(consensus) == names
    assert set.intersection(*(set(graph.edges) for graph in graphs)) <= set(consensus.edges)
    assert all(found.frequencies.at[edge] > share for edge in consensus.edges)


@given(st.integers(2, 7), st.integers(1, 6), st.integers(0, 10_000))
def test_every_edge_makes_an_ancestor_and_none_is_ones_own(d, count, seed):
    graphs = random_dags(d, count, seed)
    names = list(graphs[0])
    found = Stability(graphs, pd.DataFrame(0.5, index=names, columns=names))
    by_hand = [[np.mean([i in nx.ancestors(g, j) for g in graphs]) for j in names] for i in names]
    assert np.allclose(found.ancestors, by_hand)
    assert (found.ancestors >= found.frequencies).all(axis=None)
    assert (found.ancestors + found.ancestors.T <= 1).all(axis=None)


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_a_share_that_makes_no_sense_is_refused(share, one_sentence):
    with one_sentence(str(share), "give one from 0"):
        stability(dag("ab")).consensus(share)
