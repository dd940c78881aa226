"""Curves from counts of pairs."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from foundation_causal import metrics
from foundation_causal.metrics.probabilities import count_pairs, precision_recall, reliability


@st.composite
def predictions(draw):
    """A truth over 2 to 6 variables, and probabilities in the middle of bins."""
    d = draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    truth = np.triu(rng.random((d, d)) < 0.5, 1).astype(int)
    p = (rng.integers(0, 100, (d, d)) + 0.5) / 100
    return truth, p * ~np.eye(d, dtype=bool)


@given(predictions())
def test_the_area_under_the_curve_is_average_precision(prediction):
    truth, p = prediction
    curve = precision_recall([count_pairs(truth, p)])
    if truth.sum() == 0:
        assert curve.empty
    else:
        area = (np.diff(curve["recall"], prepend=0) * curve["precision"]).sum()
        assert area == pytest.approx(metrics.auprc(truth, p))
        assert curve["recall"].iloc[-1] == 1
        threshold, _, precision = curve.iloc[len(curve) // 2]
        assert precision == pytest.approx(truth[p >= threshold].mean())


@given(st.lists(predictions(), min_size=1, max_size=3))
def test_the_gaps_are_the_calibration_error_and_graphs_add_up(several):
    frame = reliability(count_pairs(truth, p) for truth, p in several)
    pairs = sum(len(truth) * (len(truth) - 1) for truth, _ in several)
    assert frame["pairs"].sum() == pairs
    assert (frame["low"] < frame["share"] + 1e-9).all()
    assert (frame["share"] < frame["high"] + 1e-9).all()
    assert (frame["pairs"] * frame["share"]).sum() == pytest.approx(sum(truth.sum() for truth, _ in several))
    if len(several) == 1:
        gap = (frame["pairs"] * (frame["probability"] - frame["share"]).abs()).sum() / pairs
        truth, p = several[0]
        assert gap == pytest.approx(metrics.expected_calibration_error(truth, p))


def test_certainty_stands_in_the_last_bin():
    assert count_pairs(np.array([[0, 1], [0, 0]]), np.array([[0, 1.0], [0.0, 0]])) == [[0, 1, 0], [99, 1, 1]]


def test_a_probability_at_the_edge_of_a_bin_begins_it():
    truth = np.array([[0, 1], [0, 0]])
    for k in range(100):  # 0.29 * 100 and 0.57 * 100 fall short of 29 and 57 in double precision
        ((place, pairs, edges),) = count_pairs(truth, np.full((2, 2), k / 100))
        assert (place, pairs, edges) == (k, 2, 1)
