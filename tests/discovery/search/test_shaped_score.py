"""Linear scores with noise of any shape: the right direction under each, in both signs."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from discovery import discover
from discovery.search.curved.nonlinear_score import ProcessScore
from discovery.search.local_scores import LinearScore
from discovery.search.shaped_score import ShapedScore, tree_depth, tree_gain
from foundation_causal.metrics import shd

N = 1000
NONE, FIRST, SECOND = frozenset(), frozenset({0}), frozenset({1})
SHAPES = {
    "exponential": lambda rng, n: rng.exponential(size=n) - 1,
    "gamma": lambda rng, n: (rng.gamma(2, size=n) - 2) / np.sqrt(2),
    "Gumbel": lambda rng, n: (rng.gumbel(size=n) - 0.577) / 1.28,
    "uniform": lambda rng, n: rng.uniform(-1.73, 1.73, n),
    "Student": lambda rng, n: rng.standard_t(3, n) / np.sqrt(3),
    "two humps": lambda rng, n: np.where(rng.random(n) < 0.4, -1.2, 0.9) + 0.4 * rng.normal(size=n),
}


def standardized(x):
    return (x - x.mean(0)) / x.std(0)


def first_as_cause(score):
    """The nats by which a score prefers the first of two columns as the cause."""
    here, there = score([(0, NONE), (1, FIRST)]), score([(1, NONE), (0, SECOND)])
    return sum(here) - sum(there)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sign", [-1, 1])
def test_the_shape_of_the_noise_shows_the_direction(shape, sign):
    rng = np.random.default_rng(3)
    cause = sign * SHAPES[shape](rng, N)
    x = standardized(np.column_stack([cause, 0.8 * cause + 0.7 * SHAPES[shape](rng, N)]))
    assert first_as_cause(ShapedScore(x)) > 8
    assert first_as_cause(ShapedScore(-x)) == pytest.approx(first_as_cause(ShapedScore(x)), abs=1e-6)


def test_gaussian_noise_shows_no_direction():
    rng = np.random.default_rng(5)
    cause = rng.normal(size=N)
    x = standardized(np.column_stack([cause, 0.8 * cause + 0.7 * rng.normal(size=N)]))
    assert abs(first_as_cause(ShapedScore(x))) < 5


@pytest.mark.parametrize("shape", SHAPES)
def test_the_screen_is_on_the_high_side(shape):
    rng = np.random.default_rng(7)
    x = SHAPES[shape](rng, 4 * N).reshape(N, 4)
    x[:, 3] += 0.1 * x[:, 0] - 0.7 * x[:, 1]
    score = ShapedScore(standardized(x))
    alone = score([(3, SECOND)])[0]
    gained = np.array(score([(3, SECOND | {i}) for i in (0, 2)])) - alone
    assert (score.gains(3, SECOND)[[0, 2]] >= gained).all()


def test_a_gaussian_regression_costs_little_more_than_under_its_own_score():
    x = standardized(np.random.default_rng(9).normal(size=(N, 3)))
    requests = [(0, NONE), (1, FIRST), (2, FIRST | SECOND)]
    apart = np.array(LinearScore(x, "gaussian")(requests)) - np.array(ShapedScore(x)(requests))
    assert (np.abs(apart) < 2).all()


def test_every_noise_may_have_a_shape_of_its_own():
    """Noises that differ in shape and sign: a family that knows one shape has an SHD of 2 and more."""
    errors, families = [], []
    for seed in range(4):
        rng = np.random.default_rng(100 + seed)
        weights = np.triu(rng.choice([-1, 1], (6, 6)) * rng.uniform(0.5, 1.5, (6, 6)), 1)
        weights *= rng.random((6, 6)) < 0.6
        x = np.zeros((500, 6))
        for j, shape in enumerate(rng.choice(list(SHAPES), 6)):
            x[:, j] = x @ weights[:, j] + rng.choice([-1, 1]) * SHAPES[shape](rng, 500)
        prediction = discover(pd.DataFrame(x, columns=list("abcdef")), confounders=False)
        families.append(prediction.family)
        errors.append(shd(pd.DataFrame(weights != 0, list("abcdef"), list("abcdef")), prediction.graph))
    assert np.mean(errors) <= 1
    assert families.count("linear non-gaussian") >= 3  # one is read in logarithms, where lines are curves


def test_a_polya_tree_is_not_paid_for_the_steps_of_a_rounded_column():
    rng = np.random.default_rng(37)
    assert tree_depth(rng.normal(size=N)) == 6
    assert tree_depth(rng.poisson(3, N).astype(float)) == 0
    rounded = np.round(rng.normal(size=N) * 15)
    assert 0 < tree_depth(rounded) < 6
    assert tree_gain((rounded - rounded.mean()) / rounded.std(), tree_depth(rounded)) < 0


def test_a_polya_tree_is_a_density():
    """Its evidence of one more value, over all the places that this could have, sums to 1."""
    known = np.random.default_rng(41).normal(size=20)
    places = norm.ppf((np.arange(64) + 0.5) / 64)
    gains = [tree_gain(np.append(known, z), 6) - tree_gain(known, 6) for z in places]
    assert np.exp(gains).mean() == pytest.approx(1)


@pytest.mark.parametrize("shape", ["exponential", "uniform"])
def test_curves_and_noise_of_a_shape_are_told_together(shape):
    rng = np.random.default_rng(8)
    nats = []
    for _ in range(8):
        cause = SHAPES[shape](rng, N)
        x = standardized(np.column_stack([cause, np.tanh(cause) + 0.5 * SHAPES[shape](rng, N)]))
        nats.append(first_as_cause(ProcessScore(x)))
    assert np.mean(nats) > 30
    assert sum(each < 0 for each in nats) <= 1  # an exponential cause is nearly a tie now and then
