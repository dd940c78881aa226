"""Probabilities after the search are those of Bayes' rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.calibration import FOUND, NOT_FOUND, after_search


@given(st.integers(2, 6), st.integers(0, 1000))
def test_they_are_probabilities_that_move_with_the_verdict(d, seed):
    rng = np.random.default_rng(seed)
    p = np.triu(rng.dirichlet([1, 1, 1], (d, d))[:, :, 0], 1)
    p += np.triu(rng.random((d, d)) * (1 - p), 1).T
    graph = np.triu(rng.random((d, d)) < 0.5, 1)
    q = after_search(p, graph)
    assert ((q >= 0) & (q <= 1)).all()
    assert (q + q.T <= 1 + 1e-12).all()
    assert (q[graph] >= p[graph] - 1e-12).all()
    assert (q.T[graph] <= p.T[graph] + 1e-12).all()
    assert np.allclose(after_search(p, graph.T).T, after_search(p.T, graph))


def test_odds_against_no_edge_change_by_the_likelihood_ratio():
    p = np.array([[0, 0.3], [0.2, 0]])
    q = after_search(p, np.array([[False, True], [False, False]]))
    absent = 1 - q[0, 1] - q[1, 0]
    assert np.log(q[0, 1] / absent) == pytest.approx(np.log(0.3 / 0.5) + FOUND)
    assert np.log(q[1, 0] / absent) == pytest.approx(np.log(0.2 / 0.5) + NOT_FOUND)
    assert after_search(p, np.zeros((2, 2), bool), 0, 0) == pytest.approx(p)
