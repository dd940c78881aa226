"""Scores of patterns: those of a graph where every edge has a direction, an average where not."""

import itertools
import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from foundation_causal import metrics
from foundation_causal.metrics.all_scores import SCORES, pattern_scores


@st.composite
def pairs(draw):
    """A DAG and the choices that make a pattern over the same one to five variables."""
    d = draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    order = rng.permutation(d)
    truth = np.triu(rng.random((d, d)) < 0.5, 1)[np.ix_(order, order)].astype(int)
    kinds = np.triu(rng.integers(0, 4, (d, d)), 1)  # none, forwards, backwards, without direction
    return truth, (kinds == 1) + (kinds == 2).T + 0.5 * ((kinds == 3) | (kinds == 3).T)


@given(pairs())
def test_directed_graphs_have_the_usual_scores(pair):
    truth, pattern = pair
    directed = (pattern == 1).astype(float)
    scores = pattern_scores(truth, directed)
    assert tuple(scores) == SCORES
    assert math.isnan(scores.pop("ece"))
    expected = metrics.structure_scores(truth, directed, directed)
    assert scores == pytest.approx({name: expected[name] for name in scores}, nan_ok=True)


@given(pairs())
def test_open_directions_count_as_the_mean_over_all_ways_to_direct_them(pair):
    truth, pattern = pair
    opened = list(zip(*np.nonzero(np.triu(pattern == 0.5)), strict=True))
    shds, hits = [], []
    for ways in itertools.product((0, 1), repeat=len(opened)):
        directed = (pattern == 1).astype(int)
        for (i, j), forwards in zip(opened, ways, strict=True):
            directed[(i, j) if forwards else (j, i)] = 1
        shds.append(metrics.shd(truth, directed))
        hits.append((directed * truth).sum())
    scores = pattern_scores(truth, pattern)
    # An edge where there is none is an error whichever way it points, but only half of one without direction.
    invented = sum(truth[i, j] + truth[j, i] == 0 for i, j in opened)
    assert scores["shd"] == pytest.approx(np.mean(shds) - invented / 2)
    assert scores["f1"] == pytest.approx(
        2 * np.mean(hits) / (truth.sum() + pattern.sum()) if truth.sum() + pattern.sum() else 1.0
    )
    assert scores["true_edges"] == truth.sum()


@given(pairs())
def test_the_cpdag_of_the_truth_is_right(pair):
    truth, _ = pair
    matrix = metrics.cpdag(truth)
    scores = pattern_scores(truth, np.where(matrix & matrix.T, 0.5, matrix.astype(float)))
    assert scores["cpdag_shd"] == 0
    assert scores["shd"] == pytest.approx((matrix & matrix.T).sum() / 4)


def test_probabilities_are_ranked_and_judged():
    truth = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    p = np.array([[0, 0.9, 0.2], [0.1, 0, 0.6], [0.0, 0.3, 0]])
    scores = pattern_scores(truth, np.round(p), p)
    assert scores["ece"] == metrics.expected_calibration_error(truth, p)
    assert scores["auprc"] == metrics.auprc(truth, p) == 1
    partly = np.array([[0, 0.5, 0], [0.5, 0, 1], [0, 0, 0]])
    assert pattern_scores(truth, partly)["auprc"] == pytest.approx(5 / 6)
