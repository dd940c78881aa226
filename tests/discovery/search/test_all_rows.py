"""Linear scores of all rows, whatever number of them the network and the other scores look at."""

import numpy as np
import pytest

from discovery import preparation
from discovery.preparation import rows_of, thin
from discovery.search.local_scores import Cached, LinearScore
from discovery.search.moves import reorder
from discovery.search.refine import refine
from foundation_causal.columns.row_checks import copies
from foundation_causal.observations import observations


def chain(n, weight, d=2, seed=0):
    """Standardized rows in which each variable is a multiple of the one before, plus noise."""
    x = np.random.default_rng(seed).normal(size=(n, d))
    for j in range(1, d):
        x[:, j] += weight * x[:, j - 1]
    return (x - x.mean(0)) / x.std(0)


REQUESTS = [(j, frozenset(p)) for j, p in ((0, ()), (1, (0,)), (2, (0, 1)), (2, (1,)))]


def test_thinned_rows_keep_what_is_said_of_the_columns():
    rows = rows_of(observations(chain(200, 0.5, d=3)))
    fewer = thin(rows, 50)
    assert fewer.values.shape == (50, 3)
    assert len(fewer.levels) == len(fewer.ordered) == 3


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_of_many_rows_the_covariance_is_kept_and_the_same_ones_stay(monkeypatch, order):
    monkeypatch.setattr(preparation, "MOST_KEPT", 60)
    x = chain(300, 0.7, d=3)
    rows, same = rows_of(observations(x)), rows_of(observations(x[order]))
    assert rows.whole.rows == 300
    assert rows.values.shape == (60, 3)
    np.testing.assert_allclose(np.abs(rows.whole.matrix), np.abs(np.corrcoef(x.T)), atol=1e-12)
    np.testing.assert_allclose(rows.values, same.values, atol=1e-9)


def test_a_covariance_scores_as_its_rows_do():
    x = chain(400, 0.6, d=3)
    of_rows = LinearScore(x, "gaussian")(REQUESTS)
    of_covariance = LinearScore(x[:50], "gaussian", None, (x.T @ x / 400, 400))(REQUESTS)
    np.testing.assert_allclose(of_rows, of_covariance, rtol=1e-12)


def test_some_rows_show_that_noise_is_laplace_and_all_of_them_what_is_explained():
    x = np.random.default_rng(1).laplace(size=(1000, 3)).cumsum(1)
    x = (x - x.mean(0)) / x.std(0)
    shown = np.arange(1000) % 2 == 0
    gain = np.array(LinearScore(x, "laplace", None, None, shown)(REQUESTS))
    gain -= LinearScore(x, "gaussian")(REQUESTS)
    expected = np.array(LinearScore(x[shown], "laplace")(REQUESTS))
    expected -= LinearScore(x[shown], "gaussian")(REQUESTS)
    np.testing.assert_allclose(gain, expected, atol=0.5)  # halves are not centred anew
    assert (gain > 10).all()


def test_an_edge_too_weak_for_a_thousand_rows_is_found_in_more():
    x = chain(1500, 0.05)
    doubtful = np.array([[0, 0.04], [0.02, 0]])
    strength = np.array([[1, 0.05], [0.05, 1]])
    assert refine(x[:1000], doubtful).adjacency.sum() == 0  # Gaussian noise
    assert refine(x, doubtful, whole=(strength, 100_000)).adjacency.tolist() == [
        [False, True],
        [False, False],
    ]


def test_noise_of_any_shape_is_judged_beside_the_covariance_of_all_rows():
    x = np.random.default_rng(0).exponential(size=(1500, 2))
    x[:, 1] += x[:, 0]
    x = (x - x.mean(0)) / x.std(0)
    vague = np.array([[0, 0.3], [0.3, 0]])
    found = refine(x, vague, whole=(np.array([[1, 0.5**0.5], [0.5**0.5, 1]]), 50_000))
    assert found.family == "linear non-gaussian"
    assert found.adjacency.tolist() == [[False, True], [False, False]]
    alone = found.score(1, frozenset())
    assert found.score(1, frozenset({0})) - alone > 10_000  # nats that only all rows can tell


def test_restarts_never_end_in_a_worse_graph():
    rng = np.random.default_rng(3)
    weights = np.triu(rng.normal(size=(8, 8)) * (rng.random((8, 8)) < 0.5), 1)
    x = rng.normal(size=(500, 8)) @ np.linalg.inv(np.eye(8) - weights)
    score = Cached(LinearScore((x - x.mean(0)) / x.std(0), "gaussian"), np.full((8, 8), -1.0))
    free = [frozenset(range(8)) - {j} for j in range(8)]
    empty = [frozenset[int]()] * 8
    ends = [score.total(reorder(score, empty, free, np.arange(8.0), restarts=k)) for k in (0, 5, 10)]
    assert ends == sorted(ends)


def test_rows_that_differ_in_the_sign_of_zero_or_hold_the_same_gaps_are_copies():
    x = np.random.default_rng(0).normal(size=(60, 3))
    x[0, 1], x[5, 2] = 0.0, np.nan
    copied = np.vstack([x, x[:30]])
    copied[60, 1] = -0.0
    assert copies(observations(copied, missing=True)).different == 60
    assert copies(observations(x, missing=True)) is None
