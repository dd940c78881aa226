"""Several regressions, weighed by rows that they have not seen."""

import numpy as np
import pytest

from mechanisms.adjusted.mean_outcomes import Rows, mean_outcomes
from mechanisms.adjusted.outcome_weights import (
    Weights,
    alike_share,
    cautious_weights,
    convex_weights,
    effect_weights,
    on_one_scale,
    second_scale_share,
)
from mechanisms.adjusted.stacked_outcomes import overlapping_share, partial_residuals

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


@pytest.mark.parametrize(
    ("n", "p", "noise", "most"),
    [(200, 25, 1.0, 0.2), (300, 30, 3.0, 0.5)],  # .32 and 1.20 where one standard error of gain gives weight
)
def test_noise_does_not_make_effects_differ(n, p, noise, most):
    errors = []
    for seed in range(8):
        sample, effects = rows(n, p, lambda x: np.full(len(x), 1.0), seed=seed, noise=noise)
        mean, _ = mean_outcomes(sample, VALUES).outcomes.contrasts(sample.covariates, CONTRAST)
        errors.append(np.sqrt(np.mean((mean[:, 0] - effects) ** 2)))
    assert np.mean(errors) < most


def test_with_many_covariates_equal_effects_hardly_differ():
    spreads = []
    for seed in range(6):
        sample, _ = rows(500, 25, lambda x: np.full(len(x), 1.0), seed=seed)
        mean, _ = mean_outcomes(sample, VALUES).outcomes.contrasts(sample.covariates, CONTRAST)
        spreads.append(mean.std())
    assert np.mean(spreads) < 0.022  # .028 where the best variance of each block counts for its evidence


@pytest.mark.parametrize(
    ("n", "p", "effect", "most"),
    [  # .51 and .30 where all lines have one variance, and bends that of functions of all covariates
        (500, 25, lambda x: 1 + 0.6 * x[:, 7], 0.42),
        (1000, 8, lambda x: 1 + 1.0 * (x[:, 3] > 0), 0.28),
    ],
    ids=["a line", "a step"],
)
def test_what_effects_owe_to_one_of_many_covariates_is_found(n, p, effect, most):
    errors = []
    for seed in range(3):
        sample, effects = rows(n, p, effect, seed=seed)
        mean, _ = mean_outcomes(sample, VALUES).outcomes.contrasts(sample.covariates, CONTRAST)
        errors.append(np.sqrt(np.mean((mean[:, 0] - effects) ** 2)))
    assert np.mean(errors) < most


def test_differences_in_much_noise_are_found_by_their_evidence():
    errors = []
    for seed in range(6):
        sample, effects = rows(400, 3, lambda x: 1 + x[:, 1], seed=seed, noise=2.5)
        mean, _ = mean_outcomes(sample, VALUES).outcomes.contrasts(sample.covariates, CONTRAST)
        errors.append(np.sqrt(np.mean((mean[:, 0] - effects) ** 2)))
    assert np.mean(errors) < 0.46  # .50 by gains on unseen rows alone, 1 where all have the average


def test_effects_differ_by_evidence_or_by_a_gain_that_is_far_from_chance():
    random = np.random.default_rng(11)
    little, much = 0.1 + random.normal(size=400), 1 + random.normal(size=400)
    assert alike_share(little, 0.0) > 0.85
    assert alike_share(little, 10.0) < 0.01
    assert alike_share(much, -np.inf) < 0.01


def test_where_effects_differ_the_second_regression_is_kept_until_a_mixture_is_better():
    random = np.random.default_rng(12)
    left = random.normal(size=600)
    gaps = np.column_stack([np.zeros(600), 0.5 * left, 0.5 * left + 0.02 * random.normal(size=600)])
    assert effect_weights(gaps[:, [0, 1]], left, 20.0) == pytest.approx([0, 1], abs=0.01)
    better = np.column_stack([gaps[:, :2], 0.95 * left])
    assert effect_weights(better, left, 20.0)[2] > 0.9
    assert effect_weights(better, left, -np.inf)[2] > 0.9


def test_a_second_regression_that_goes_astray_has_no_weight_however_strong_its_evidence():
    random = np.random.default_rng(13)
    left = random.normal(size=300)
    gaps = np.column_stack([np.zeros(300), np.full(300, 1e9), 0.1 * random.normal(size=300)])
    assert effect_weights(gaps, left, 50.0)[:2] == pytest.approx([1, 0], abs=0.05)


def test_along_an_amount_effects_in_much_noise_are_alike():
    random = np.random.default_rng(14)
    x = random.normal(size=(400, 8))
    t = x[:, 0] + random.normal(size=400)
    sample = Rows.of(x[:, 1] + t + 7 * random.normal(size=400), t, x)
    mean, _ = mean_outcomes(sample, VALUES).outcomes.contrasts(sample.covariates, CONTRAST)
    assert mean.std() < 0.1


def stepwise(effect, seed: int) -> tuple[Rows, np.ndarray]:
    """Outcomes that climb in steps, which both arms share, and the effect on each row."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(600, 6))
    t = random.integers(2, size=600).astype(float)
    effects = effect(x)
    y = 2 * np.sign(x[:, :4]).sum(1) + effects * t + random.normal(size=600)
    return Rows.of(y, t, x), effects


DOSES = {
    "a bend in the middle of wide doses": lambda t: 2.7 * np.tanh(t) + 0.5 * t,
    "nearly a step": lambda t: 1.5 * np.tanh(4 * t - 2),
}


@pytest.mark.parametrize("dose", DOSES)
def test_sharp_bends_along_an_amount_are_within_their_intervals(dose):
    errors, inside = [], 0
    for seed in range(6):
        random = np.random.default_rng(100 + seed)
        x = random.normal(size=(500, 1))
        t = (
            1.5 * x[:, 0] + 2 * random.normal(size=500)
            if "wide" in dose
            else x[:, 0] + random.normal(size=500)
        )
        y = DOSES[dose](t) + np.sin(2 * x[:, 0]) + random.normal(size=500)
        found = mean_outcomes(Rows.of(y, t, x), VALUES)
        errors.append(found.mean @ CONTRAST[0] - np.diff(DOSES[dose](VALUES))[0])
        inside += abs(errors[-1]) < 1.645 * found.standard_error(CONTRAST[0])
    assert abs(np.mean(errors)) < 0.15  # .17 and .32 by functions as wide as the standard deviation alone
    assert inside >= 5  # of 6; 1 of each before


def test_slopes_that_bend_in_a_covariate_are_found():
    random = np.random.default_rng(4)
    x, t = random.normal(size=(1000, 3)), random.normal(size=1000)
    effects = 1 + np.where(x[:, 1] > 0, 1.0, 0.0)
    found = mean_outcomes(Rows.of(t * effects + x[:, 0] + random.normal(size=1000), t, x), VALUES)
    mean, _ = found.outcomes.contrasts(Rows.of(t, t, x).covariates, CONTRAST)
    assert np.sqrt(np.mean((mean[:, 0] - effects) ** 2)) < 0.22  # .30 of the best line


@pytest.mark.parametrize(
    ("effect", "most"),
    [  # .81 and .85 where trees are grown in each arm alone, and outcomes weigh the regressions
        (lambda x: np.full(len(x), 2.0), 0.15),
        (lambda x: 1 + 2.0 * (x[:, 0] > 0), 0.55),
    ],
    ids=["alike", "a step"],
)
def test_steps_that_the_arms_share_are_no_effects(effect, most):
    errors, held = [], []
    for seed in range(3):
        sample, effects = stepwise(effect, seed)
        mean, error = mean_outcomes(sample, VALUES).outcomes.contrasts(sample.covariates, CONTRAST)
        errors.append(np.sqrt(np.mean((mean[:, 0] - effects) ** 2)))
        held.append(np.mean(np.abs(mean[:, 0] - effects) < 1.645 * error[:, 0]))
    assert np.mean(errors) < most
    assert np.mean(held) > 0.85  # at a nominal level of 90%


def test_the_effect_of_a_row_is_the_difference_of_its_outcomes():
    sample, _ = stepwise(lambda x: 1 + 2.0 * (x[:, 0] > 0), 0)
    wanted = np.vstack([np.eye(2), CONTRAST])
    outcomes = mean_outcomes(sample, VALUES).outcomes
    mean, _ = outcomes.contrasts(sample.covariates, wanted)
    assert mean[:, 1] - mean[:, 0] == pytest.approx(mean[:, 2], abs=1e-9)
    assert np.abs(outcomes.levels.shares - outcomes.effects.shares).max() > 0.1


def test_what_a_regression_says_of_all_arms_alike_is_left_out():
    random = np.random.default_rng(7)
    truth, chances = random.normal(size=(200, 3)), random.dirichlet(np.ones(3), 200)
    has = np.eye(3, dtype=bool)[random.integers(3, size=200)]
    y = truth[has]
    parts = np.stack([truth, truth + random.normal(size=(200, 1)), np.zeros((200, 3))])
    levels = Weights(np.array([1.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0]))
    gaps, left = partial_residuals(parts, y, has, 5 * chances, levels)
    assert gaps[:, 0] == pytest.approx(left)
    assert gaps[:, 1] == pytest.approx(left)
    assert gaps[:, 2] == pytest.approx(0)


def test_regressions_that_predict_as_well_count_in_how_far_they_differ():
    random = np.random.default_rng(8)
    y = random.normal(size=400)
    parts = np.column_stack([np.zeros(400), 0.05 * random.normal(size=400), 3 + np.zeros(400)])
    found = Weights.of_effects(parts, y, -np.inf)
    assert found.shares[1:] == pytest.approx([0, 0])
    assert found.doubts == pytest.approx([0.75, 0.25, 0])


def test_rows_that_have_hardly_a_choice_do_not_tell_of_effects():
    even, sure = np.full((30, 3), 1 / 3), np.tile([1 - 2e-9, 1e-9, 1e-9], (70, 1))
    assert overlapping_share(even) == pytest.approx(1)
    assert overlapping_share(np.vstack([even, sure])) == pytest.approx(0.3, abs=1e-6)


def test_three_arms_share_their_steps_too():
    random = np.random.default_rng(9)
    x, t = random.normal(size=(600, 4)), random.integers(3, size=600).astype(float)
    y = 2 * np.sign(x[:, :3]).sum(1) + np.array([0.0, 1.0, -1.0])[t.astype(int)] + random.normal(size=600)
    sample = Rows.of(y, t, x)
    mean, _ = mean_outcomes(sample, np.arange(3.0)).outcomes.contrasts(
        sample.covariates, np.array([[-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0]])
    )
    assert np.sqrt(np.mean((mean - [1, -1]) ** 2)) < 0.3


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


@pytest.mark.parametrize(("function", "rows"), [(np.square, 60), (np.square, 1000), (np.sin, 200)])
def test_an_exact_curve_is_not_mixed_with_a_line(function, rows):
    x = np.random.default_rng(0).normal(size=rows)
    answer = mean_outcomes(Rows.of(function(x), x, np.zeros((rows, 0))), VALUES)
    truth = function(VALUES)
    assert answer.mean == pytest.approx(truth, abs=2e-3)
    error = answer.standard_error(CONTRAST[0])
    assert abs(CONTRAST[0] @ (answer.mean - truth)) < 3 * error + 1e-6


def test_many_rows_have_more_trees():
    random = np.random.default_rng(15)
    x, t = random.normal(size=(3000, 4)), random.integers(2, size=3000).astype(float)
    steps = sum(np.sign(x[:, j] - c) * np.sign(x[:, j - 1]) for j in range(4) for c in (-1, 0, 1))
    effects = np.where(x[:, 0] > 0, np.sign(x[:, 1]), 2.0)
    sample = Rows.of(steps + effects * t + 0.5 * random.normal(size=3000), t, x)
    mean, _ = mean_outcomes(sample, VALUES).outcomes.contrasts(sample.covariates, CONTRAST)
    assert np.sqrt(np.mean((mean[:, 0] - effects) ** 2)) < 0.54  # .58 by a hundred trees


def drawn(kind: str, seed: int) -> tuple[Rows, np.ndarray]:
    """Risks that a treatment moves by log odds or by as much for all, or counts that it multiplies."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(800, 4))
    t = (random.random(800) < 1 / (1 + np.exp(x[:, 1] / 2 - x[:, 0] / 2))) * 1.0

    def mean(t):
        if kind == "counts":
            return np.exp(0.5 * x[:, 0] - 0.4 * x[:, 2] + 0.4 * t)
        if kind == "risks":
            return 0.05 + 0.6 / (1 + np.exp(-2 * x[:, 0])) + 0.15 * t
        return 1 / (1 + np.exp(2 - 1.2 * x[:, 0] + x[:, 2] - 0.8 * t))

    y = random.poisson(mean(t)) if kind == "counts" else random.random(800) < mean(t)
    rows = Rows.of(y.astype(float), t, x, counted=kind == "counts")
    return rows, mean(np.ones(800)) - mean(np.zeros(800))


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("log odds", 0.04),  # .068 where effects are alike on the scale of the outcome alone
        ("counts", 0.25),  # .36 likewise
        ("risks", 0.03),  # .036 where they are alike on log odds alone
    ],
)
def test_effects_are_alike_on_the_scale_that_the_rows_bear_out(kind, most):
    errors, held = [], []
    for seed in range(6):
        sample, effects = drawn(kind, seed)
        mean, error = mean_outcomes(sample, VALUES).outcomes.contrasts(sample.covariates, CONTRAST)
        errors.append(np.sqrt(np.mean((mean[:, 0] - effects) ** 2)))
        held.append(np.mean(np.abs(mean[:, 0] - effects) < 1.645 * error[:, 0]))
    assert np.mean(errors) < most
    assert np.mean(held) > 0.85  # at a nominal level of 90%


def test_how_an_outcome_of_two_values_is_coded_changes_its_effects_by_no_more_than_that():
    sample, _ = drawn("log odds", 0)
    level, unit = 1.0, 2.0
    coded = Rows.of(level + unit * sample.outcome, sample.treatment, sample.covariates)
    one, other = mean_outcomes(sample, VALUES), mean_outcomes(coded, VALUES)
    assert other.mean == pytest.approx(level + unit * one.mean, rel=1e-6)
    for found, wanted in zip(
        other.outcomes.contrasts(sample.covariates, CONTRAST),
        one.outcomes.contrasts(sample.covariates, CONTRAST),
        strict=True,
    ):
        assert found == pytest.approx(unit * wanted, rel=1e-5, abs=1e-9)


def test_a_scale_is_as_probable_as_its_errors_on_unseen_rows_are_small():
    random = np.random.default_rng(16)
    first, second = random.normal(size=(2, 300))
    y = second + random.normal(size=300)
    share = second_scale_share(first, second, y)
    assert share > 0.99
    assert second_scale_share(second, first, y) == pytest.approx(1 - share)
    assert second_scale_share(3 * first, 3 * second, 3 * y) == pytest.approx(share)
    assert second_scale_share(first, first, y) == 0.5


def test_rows_in_which_two_scales_agree_have_no_part_in_the_choice():
    random = np.random.default_rng(17)
    first, noise = random.normal(size=(2, 400))
    second = np.where(np.arange(400) < 200, first, 0.8 * first)
    share = second_scale_share(first, second, second + noise)
    loud = second + np.where(np.arange(400) < 200, 50, 1) * noise
    assert second_scale_share(first, second, loud) == pytest.approx(share)


def test_weights_of_what_two_scales_say_together_are_those_of_each_on_its_own():
    random = np.random.default_rng(18)
    parts = random.normal(size=(5, 40))
    weights = Weights(np.array([0.5, 0.3, 0.2]), np.array([0.6, 0.4, 0.0]))
    apart = weights.on_scales(0.25)
    assert apart.shares @ parts == pytest.approx(weights.shares @ on_one_scale(parts, 0.25))
    assert apart.doubts.sum() == pytest.approx(1)
    assert on_one_scale(parts, 1.0) == pytest.approx(parts[[2, 3, 4]])
