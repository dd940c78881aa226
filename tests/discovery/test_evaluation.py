"""The scores of `evaluate_structure` are those of the graph and the probabilities that `discover` gives."""

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from discovery import discover, evaluate_structure
from foundation_causal import metrics


@pytest.fixture(scope="module")
def frame():
    """Two hundred rows of a -> b -> c and an unconnected d."""
    noise = np.random.default_rng(0).laplace(size=(200, 4))
    noise[:, 1] += 2 * noise[:, 0]
    noise[:, 2] += noise[:, 1]
    return pd.DataFrame(noise, columns=list("abcd"))


@pytest.fixture
def truth():
    graph = nx.DiGraph([("a", "b"), ("b", "c")])
    graph.add_node("d")
    return graph


def test_all_scores_are_those_of_the_answer(frame, truth):
    scores = evaluate_structure(frame, truth, refine=False)
    answer = discover(frame, refine=False)
    expected = metrics.structure_scores(truth, answer.graph, answer.probabilities)
    assert scores.pop("seconds") > 0
    assert scores == pytest.approx(expected, nan_ok=True)
    assert {"shd", "cpdag_shd", "sid", "ancestor_aid", "oset_aid", "f1", "auprc", "ece"} < set(scores)
    assert scores["true_edges"] == 2
    assert scores["cyclic_fraction"] == 0
    assert all(type(scores[name]) is int for name in ("shd", "sid", "true_edges", "predicted_edges"))


def test_a_cyclic_reference_leaves_gaps(frame, truth):
    truth.add_edge("c", "a")
    scores = evaluate_structure(frame, truth, refine=False)
    assert scores["true_edges"] == 3
    assert all(math.isnan(scores[name]) for name in ("sid", "cpdag_shd", "oset_aid"))
    assert scores["shd"] > 0
