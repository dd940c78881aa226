"""Probabilities of a 0/1 variable, against the truth and against scikit-learn."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from mechanisms.adjusted.propensity import fit_logistic


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(600, 3))


def test_a_linear_logit_is_found(x):
    truth = expit(x @ [1.0, -0.5, 0.0] - 1)
    y = np.random.default_rng(1).uniform(size=len(x)) < truth
    found = fit_logistic(x, y)(x)
    peer = LogisticRegression(C=1).fit(x, y).predict_proba(x)[:, 1]
    assert np.sqrt(np.mean((found - truth) ** 2)) < 1.1 * np.sqrt(np.mean((peer - truth) ** 2))


def test_a_curved_logit_is_found(x):
    truth = expit(3 * np.sin(2 * x[:, 0]))
    y = np.random.default_rng(1).uniform(size=len(x)) < truth
    found = fit_logistic(x, y)(x)
    peer = LogisticRegression(C=1).fit(x, y).predict_proba(x)[:, 1]
    assert np.sqrt(np.mean((found - truth) ** 2)) < 0.6 * np.sqrt(np.mean((peer - truth) ** 2))


def test_a_coin_depends_on_nothing(x):
    y = np.random.default_rng(1).uniform(size=len(x)) < 0.3
    found = fit_logistic(x, y)(x)
    assert np.sqrt(np.mean((found - 0.3) ** 2)) < 0.06


def test_without_inputs_it_is_the_share():
    y = np.arange(100) < 30
    assert fit_logistic(np.empty((100, 0)), y)(np.empty((5, 0))) == pytest.approx(0.3, abs=0.01)


def test_separated_rows_stay_finite():
    x = np.linspace(-2, 2, 80)[:, None]
    found = fit_logistic(x, x[:, 0] > 0)(x)
    assert np.isfinite(found).all()
    assert found[0] < 0.05 < 0.95 < found[-1]
