"""All structure scores together, the fraction of cyclic graphs, and what importing the metrics loads."""

import math
import subprocess
import sys

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from foundation_causal import metrics
from foundation_causal.graphs import from_adjacency

DAGS_ONLY = {
    "cpdag_shd",
    "sid",
    "ancestor_aid",
    "oset_aid",
    "sid_normalised",
    "ancestor_aid_normalised",
    "oset_aid_normalised",
}
COUNTS = {"shd", "cpdag_shd", "sid", "ancestor_aid", "oset_aid", "true_edges", "predicted_edges"}


@pytest.fixture
def pair():
    random = np.random.default_rng(4)
    true, predicted = (np.triu(random.random((6, 6)) < 0.4, 1).astype(int) for _ in range(2))
    order = random.permutation(6)
    return true, predicted[np.ix_(order, order)]


def test_every_score_is_that_of_its_function(pair):
    stated = np.random.default_rng(5).random((6, 6))
    scores = metrics.structure_scores(*pair, stated)
    distances = metrics.adjustment_distances(*pair)
    assert scores["shd"] == metrics.shd(*pair) > 0
    assert scores["cpdag_shd"] == metrics.cpdag_shd(*pair) > 0
    assert scores["sid"] == metrics.sid(*pair) > 0
    for name in ("ancestor", "oset"):
        normalised, mistakes = distances[name]
        assert (scores[f"{name}_aid_normalised"], scores[f"{name}_aid"]) == (normalised, mistakes)
    assert scores["sid_normalised"] == pytest.approx(scores["sid"] / 30)
    assert (scores["precision"], scores["recall"], scores["f1"]) == metrics.precision_recall_f1(*pair)
    assert scores["auroc"] == metrics.auroc(pair[0], stated)
    assert scores["auprc"] == metrics.auprc(pair[0], stated)
    assert scores["ece"] == metrics.expected_calibration_error(pair[0], stated)
    assert scores["cyclic_fraction"] == 0
    assert (scores["true_edges"], scores["predicted_edges"]) == (pair[0].sum(), pair[1].sum())
    assert {name for name, value in scores.items() if type(value) is int} == COUNTS
    assert {type(value) for value in scores.values()} == {int, float}


def test_without_probabilities_there_are_no_scores_of_them(pair):
    left_out = set(metrics.structure_scores(*pair, pair[1])) - set(metrics.structure_scores(*pair))
    assert left_out == {"auroc", "auprc", "ece"}


def test_names_align(pair):
    names, order = list("abcdef"), list("fbdcae")
    true, predicted = from_adjacency(pair[0], names), pd.DataFrame(pair[1], names, names)
    assert metrics.structure_scores(true, predicted.loc[order, order]) == metrics.structure_scores(*pair)


@pytest.mark.parametrize("cyclic", [0, 1])
def test_a_cycle_leaves_gaps_and_no_error(cyclic, pair):
    pair = list(pair)
    pair[cyclic] = pair[cyclic] | pair[cyclic].T
    scores = metrics.structure_scores(*pair)
    assert {name for name, value in scores.items() if math.isnan(value)} == DAGS_ONLY
    assert scores["cyclic_fraction"] == cyclic


def test_graphs_that_cannot_be_compared(one_sentence):
    with one_sentence("'c', 'z'", "one side"):
        metrics.structure_scores(nx.DiGraph([("a", "c")]), nx.DiGraph([("a", "z")]))


def test_cyclic_fraction(one_sentence):
    edge, both, loop = [[0, 1], [0, 0]], [[0, 1], [1, 0]], [[1, 0], [0, 0]]
    assert metrics.cyclic_fraction([edge, both, loop, edge]) == 0.5
    assert metrics.cyclic_fraction(np.array([edge, edge, both])) == pytest.approx(1 / 3)
    assert metrics.cyclic_fraction(nx.DiGraph([("a", "b")]) for _ in range(3)) == 0
    with one_sentence("no graph"):
        metrics.cyclic_fraction([])
    with one_sentence("a list"):
        metrics.cyclic_fraction(nx.DiGraph([("a", "b")]))
    with one_sentence("a list"):
        metrics.cyclic_fraction(pd.DataFrame(edge))
    with one_sentence("(2,)"):
        metrics.cyclic_fraction(edge)


def test_importing_the_metrics_loads_none_of_their_packages():
    code = "import foundation_causal.metrics, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"gadjid", "ot", "scipy", "sklearn", "torch"} & set(loaded)
