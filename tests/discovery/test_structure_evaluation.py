"""The scores of `evaluate_structure` are those of the graph and the probabilities that `discover` gives."""

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from discovery import discover, evaluate_structure, evaluate_suite
from discovery.structure_evaluation import cell_means
from foundation_causal import metrics
from foundation_causal.metrics.all_scores import SCORES


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


def row(method, **scores):
    known = {"shd": 1.0, "sid": 2.0, "auprc": 0.5, "seconds": 0.1}
    return {"d": 3, "method": method, **dict.fromkeys(SCORES), **known, **scores}


def test_means_leave_out_failures_and_what_only_some_answers_have():
    late = {"d": 3, "method": "a", "failure": "not done after 2 s", "time_limit": 2}
    dead = {"d": 3, "method": "a", "failure": "died"}
    some = [row("b"), row("b", shd=4.0, sid=None, auprc=None)]
    table = cell_means([row("a", shd=3.0), late, dead, row("a"), *some], ["d"]).set_index("method")
    assert table.loc["a", ["cases", "failures", "timeouts"]].tolist() == [4, 2, 1]
    assert table.loc["b", ["cases", "failures", "timeouts"]].tolist() == [2, 0, 0]
    assert table["shd"].tolist() == [2.0, 2.5]
    assert table["shd_se"].tolist() == [1.0, 1.5]
    assert table.loc["a", "sid"] == 2
    assert math.isnan(table.loc["b", "sid"])  # a mean over one of two graphs would compare nothing
    assert table["auprc"].tolist() == [0.5, 0.5]


def test_only_failures_are_a_table_too():
    (table,) = cell_means([{"d": 3, "method": "a", "failure": "died"}], ["d"]).to_dict("records")
    assert (table["cases"], table["failures"]) == (1, 1)
    assert math.isnan(table["shd"])


@pytest.mark.parametrize("name", ["first", "jobs", "time_limit"])
def test_numbers_below_one_are_refused(one_sentence, name):
    with one_sentence(f"{name} is 0", "positive"):
        evaluate_suite("csuite", **{name: 0})
