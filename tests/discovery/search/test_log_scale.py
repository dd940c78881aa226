"""Tables whose columns multiply are read in logarithms, and others are not."""

import numpy as np
import pandas as pd
import pytest

from discovery import discover
from discovery.search.log_scale import log_scaled
from foundation_causal.metrics import shd
from foundation_causal.simulate import Gaussian, p_in

LINEAR = p_in(["linear"], noises=[Gaussian()])


def exponentiated(seed, columns=slice(None)):
    """A table that is linear and Gaussian in logarithms, and its logarithms."""
    batch = LINEAR.draw(scms=1, d=6, n=400, seed=seed)
    logarithms = batch.frame(0)
    logarithms /= logarithms.std()
    frame = logarithms.copy()
    frame.iloc[:, columns] = np.exp(frame.iloc[:, columns])
    return frame, logarithms, batch.adjacency[0].numpy()


def found(frame):
    return discover(frame, confounders=False)


@pytest.mark.parametrize("columns", [slice(None), slice(0, 6, 2)], ids=["all", "half"])
def test_a_table_that_multiplies_is_read_in_logarithms(columns):
    errors = []
    for seed in range(3):
        frame, logarithms, _ = exponentiated(70 + seed, columns)
        here = found(frame)
        assert here.log_scale == tuple(frame.columns[columns])
        errors.append(shd(found(logarithms).graph, here.graph))
    assert np.mean(errors) <= 1


def test_the_answer_does_not_depend_on_the_unit():
    frame, _, _ = exponentiated(80)
    here, there = found(frame), found(frame * 1e6 + 5.0)
    assert here.log_scale == there.log_scale == tuple(frame)
    np.testing.assert_allclose(here.probabilities, there.probabilities, atol=1e-5)


def test_gaps_stay_gaps():
    frame, _, _ = exponentiated(81)
    gaps = np.random.default_rng(0).random(frame.shape) < 0.1
    assert found(frame.mask(gaps)).log_scale == tuple(frame)


def test_skewed_noise_of_a_linear_model_is_no_reason_for_logarithms():
    rng = np.random.default_rng(5)
    x = rng.exponential(size=(500, 5))
    for j in range(1, 5):
        x[:, j] += x[:, j - 1]
    assert found(pd.DataFrame(x, columns=list("abcde"))).log_scale == ()


def test_gaps_are_no_reason_for_logarithms():
    """What the change of scale gains counts in the rows that hold a value, as the evidence does."""
    rng = np.random.default_rng(0)
    x = rng.exponential(size=(400, 4))
    for j in range(1, 4):
        x[:, j] += x[:, j - 1]
    gaps = rng.random(x.shape) < 0.5
    frame = pd.DataFrame(np.where(gaps, np.nan, x), columns=list("abcd"))
    assert found(frame).log_scale == ()


def test_columns_with_ties_are_left_alone():
    rng = np.random.default_rng(7)
    amounts = np.where(rng.random((400, 1)) < 0.4, 0.0, rng.lognormal(size=(400, 1)))
    x = np.hstack([amounts, rng.lognormal(size=(400, 1)), rng.lognormal(size=(400, 1))])
    x = (x - x.mean(0)) / x.std(0)
    assert log_scaled(x, np.array([True, True, False])).chosen.tolist() == [False, True, False]
