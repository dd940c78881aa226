"""Several regressions, weighed by rows that they have not seen."""

import numpy as np
import pytest

from mechanisms.adjusted.mean_outcomes import Rows, mean_outcomes
from mechanisms.adjusted.stacked_outcomes import cautious_weights, convex_weights

VALUES = np.array([0.0, 1.0])
CONTRAST = np.array([[-1.0, 1.0]])


def rows(n: int, p: int, effect, seed: int = 0, noise: float = 1.0) -> tuple[Rows, np.ndarray]:
    """Rows of a treatment by a coin, and the effect on each."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, p))
    t = random.integers(2, size=n).astype(float)
    effects = effect(x)
    y = x[:, 0] + effects * t + noise * random.normal(size=n)
    return Rows.of(y, t, x), effects


def test_weights_are_those_of_the_nearest_mixture():
    random = np.random.default_rng(1)
    parts = random.normal(size=(500, 3))
    y = parts @ [0.3, 0.7, 0.0] + 0.01 * random.normal(size=500)
    assert convex_weights(parts, y, np.ones(500)) == pytest.approx([0.3, 0.7, 0.0], abs=0.01)


def test_a_gain_that_may_be_chance_moves_nothing():
    random = np.random.default_rng(2)
    y = random.normal(size=200)
    parts = np.column_stack([np.zeros(200), 0.3 * random.normal(size=200)])
    assert cautious_weights(parts, y, np.ones(200))[0] == pytest.approx([1, 0])


def test_what_is_not_surely_better_counts_for_little_and_is_doubted():
    random = np.random.default_rng(5)
    y = random.normal(size=400)
    parts = np.column_stack([np.zeros(400), 0.3 * y + 0.4 * random.normal(size=400)])
    weights, doubts = cautious_weights(parts, y, np.ones(400))
    assert 0 < weights[0] < doubts[0] < 1
    assert weights.sum() == pytest.approx(1)
    assert doubts.sum() == pytest.approx(1)


def test_a_regression_that_goes_astray_takes_no_part():
    random = np.random.default_rng(3)
    y = random.normal(size=200)
    parts = np.column_stack([np.zeros(200), 0.9 * y, np.full(200, 1e12), np.full(200, np.nan)])
    found, _ = cautious_weights(parts, y, np.ones(200))
    assert found[2:] == pytest.approx([0, 0])
    assert found[1] > 0.9


def test_an_effect_that_is_alike_for_all_is_alike_in_every_row():
    sample, effects = rows(400, 5, lambda x: np.full(len(x), 2.0), noise=3.0)
    mean, error = mean_outcomes(sample, VALUES).outcomes.contrasts(sample.covariates, CONTRAST)
    assert np.sqrt(np.mean((mean[:, 0] - effects) ** 2)) < 0.6  # .3 is the error of the average
    assert (error > 0).all()


def test_effects_that_differ_are_found_in_every_row():
    sample, effects = rows(500, 5, lambda x: 1 + 2 * x[:, 1])
    mean, error = mean_outcomes(sample, VALUES).outcomes.contrasts(sample.covariates, CONTRAST)
    assert np.sqrt(np.mean((mean[:, 0] - effects) ** 2)) < 0.4
    assert np.mean(np.abs(mean[:, 0] - effects) < 1.645 * error[:, 0]) > 0.6


def test_a_level_that_one_arm_has_not_seen_does_no_harm():
    sample, _ = rows(300, 3, lambda x: np.ones(len(x)))
    rare = (np.arange(300) < 4) & (sample.treatment == 0)
    with_rare = Rows.of(sample.outcome, sample.treatment, np.column_stack([sample.covariates, rare]))
    answer = mean_outcomes(with_rare, VALUES)
    assert np.abs(answer.outcomes.under).max() < 20
    assert CONTRAST[0] @ answer.mean == pytest.approx(1, abs=0.4)


def test_more_covariates_than_rows_are_shrunken_and_answered():
    sample, _ = rows(60, 70, lambda x: np.full(len(x), 2.0))
    answer = mean_outcomes(sample, VALUES)
    assert np.isfinite(answer.influence).all()
    assert CONTRAST[0] @ answer.mean == pytest.approx(2, abs=1.2)


@pytest.mark.parametrize("p", [0, 2])
def test_arms_alone_have_their_difference_of_means(p):
    sample, _ = rows(200, 2, lambda x: np.zeros(len(x)))
    alone = Rows.of(sample.outcome, sample.treatment, np.ones((200, p)))
    means = [sample.outcome[sample.treatment == value].mean() for value in VALUES]
    assert mean_outcomes(alone, VALUES).mean == pytest.approx(means, abs=0.01)


def test_an_outcome_without_spread_has_no_effect():
    sample, _ = rows(100, 2, lambda x: np.zeros(len(x)))
    constant = Rows.of(np.full(100, 3.0), sample.treatment, sample.covariates)
    assert mean_outcomes(constant, VALUES).mean == pytest.approx([3, 3])


@pytest.mark.parametrize("copies", ["multiples", "the treatment", "two halves"])
def test_copies_of_covariates_in_rows_without_noise_are_answered(copies):
    random = np.random.default_rng(4)
    x, t = random.normal(size=200), random.integers(2, size=200).astype(float)
    covariates = {
        "multiples": np.column_stack([x, 2 * x, 3 - x]),
        "the treatment": np.column_stack([x, t]),
        "two halves": np.column_stack([x > 0, x <= 0, x]).astype(float),
    }[copies]
    answer = mean_outcomes(Rows.of(2 * t + x, t, covariates), VALUES)
    assert np.isfinite(answer.mean).all()
    if copies != "the treatment":  # which leaves nothing to tell its effect by
        assert CONTRAST[0] @ answer.mean == pytest.approx(2, abs=1e-3)
