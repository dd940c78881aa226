"""Scores of mixed tables: the right direction between a numeric and a discrete column, and fixed units."""

import numpy as np
import pytest
from scipy.special import expit

from discovery.search.typed.logistic_evidence import logistic
from discovery.search.typed.mixed_score import MixedScore
from discovery.search.typed.table_score import TablePrior

N = 1000
NONE, FIRST, SECOND = frozenset(), frozenset({0}), frozenset({1})
DENSITIES = {
    "normal": lambda rng: rng.normal(size=N),
    "uniform": lambda rng: rng.uniform(-1.7, 1.7, N),
    "exponential": lambda rng: rng.exponential(size=N) - 1,
    "two humps": lambda rng: np.where(rng.random(N) < 0.4, -1.2, 0.9) + 0.4 * rng.normal(size=N),
}


def scored(x, code, levels=2, **options):
    """The score of a numeric column 0 and a discrete one 1."""
    values = np.column_stack([(x - x.mean()) / x.std(), np.zeros(len(x))])
    codes = np.column_stack([np.full(len(x), -1), code])
    return MixedScore(values, codes, np.array([0, levels]), prior=TablePrior(3.0), **options)


def numeric_first(x, code, levels=2):
    """The nats by which the data prefer the numeric column as the cause."""
    score = scored(x, code, levels)
    there = score([(0, NONE), (1, FIRST)])
    return sum(there) - sum(score([(1, NONE), (0, SECOND)]))


@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.parametrize("seed", range(2))
def test_a_logistic_outcome_is_not_taken_for_the_cause(density, seed):
    rng = np.random.default_rng(seed)
    x = DENSITIES[density](rng)
    assert numeric_first(x, (rng.random(N) < expit(2 * x)).astype(int)) > -3


@pytest.mark.parametrize("density", ["normal", "uniform", "exponential"])
def test_a_threshold_is_not_taken_for_the_cause(density):
    rng = np.random.default_rng(5)
    x = DENSITIES[density](rng)
    assert numeric_first(x, (x + 0.3 * rng.normal(size=N) > 0.2).astype(int)) > 10


@pytest.mark.parametrize("density", DENSITIES)
def test_a_binary_cause_is_not_taken_for_the_effect(density):
    rng = np.random.default_rng(7)
    cause = (rng.random(N) < 0.4).astype(int)
    assert numeric_first(cause + DENSITIES[density](rng), cause) < 3


@pytest.mark.parametrize("levels", [2, 3])
def test_independent_columns_gain_nothing_by_an_edge(levels):
    rng = np.random.default_rng(11)
    score = scored(rng.normal(size=N), rng.integers(0, levels, N), levels)
    assert score([(0, SECOND)])[0] < score([(0, NONE)])[0]
    assert score([(1, FIRST)])[0] < score([(1, NONE)])[0]


@pytest.mark.parametrize("levels", [2, 3, 4])
def test_names_of_levels_and_the_sign_of_a_column_do_not_matter(levels):
    rng = np.random.default_rng(13)
    x = rng.gamma(2, size=N)
    code = np.clip((x + rng.normal(size=N)).astype(int), 0, levels - 1)
    renamed = np.roll(np.arange(levels), 1)[code]
    requests = [(0, SECOND), (1, FIRST), (0, NONE), (1, NONE)]
    plain = scored(x, code, levels)(requests)
    assert scored(x, renamed, levels)(requests) == pytest.approx(plain, abs=1e-2)
    assert scored(-5 * x, code, levels)(requests) == pytest.approx(plain, abs=0.5)


def test_two_discrete_parents_may_interact():
    rng = np.random.default_rng(17)
    a, b = rng.integers(0, 2, (2, N))
    y = 1.5 * (a ^ b) + rng.normal(size=N)
    values = np.column_stack([(y - y.mean()) / y.std(), np.zeros((N, 2))])
    codes = np.column_stack([np.full(N, -1), a, b])
    score = MixedScore(values, codes, np.array([0, 2, 2]), prior=TablePrior(3.0))
    both, one, none = score([(0, frozenset({1, 2})), (0, frozenset({1})), (0, NONE)])
    assert both > none + 50 > one + 40


def test_a_curved_outcome_has_its_parent():
    rng = np.random.default_rng(19)
    x = rng.normal(size=N)
    score = scored(x, (rng.random(N) < expit(2 * (x**2 - 1))).astype(int))
    assert score([(1, FIRST)])[0] > score([(1, NONE)])[0] + 50


def test_gaussian_processes_find_what_polynomials_do_not():
    rng = np.random.default_rng(23)
    x = rng.uniform(-3, 3, N)
    y = np.sin(3 * x) + 0.2 * rng.normal(size=N)
    values = np.column_stack([(v - v.mean()) / v.std() for v in (x, y)] + [np.zeros(N)])
    codes = np.column_stack([np.full((N, 2), -1), rng.integers(0, 2, N)])
    plain, curved = (
        MixedScore(values, codes, np.array([0, 0, 2]), prior=TablePrior(3.0), nonlinear=wanted)
        for wanted in (False, True)
    )
    assert curved([(1, FIRST)])[0] > plain([(1, FIRST)])[0] + 200


def test_rows_that_do_not_show_the_mechanism_stay_out():
    rng = np.random.default_rng(29)
    x = rng.normal(size=N)
    code = (x > 0).astype(int)
    code[:300] = rng.integers(0, 2, 300)
    usable = np.ones((N, 2), dtype=bool)
    usable[:300, 1] = False
    told, all_of_them = scored(x, code, usable=usable), scored(x, code)
    assert told([(1, FIRST)])[0] > -30 > all_of_them([(1, FIRST)])[0]
    assert told([(0, SECOND)]) == all_of_them([(0, SECOND)])


def test_logistic_regression_agrees_with_scikit_learn():
    sklearn = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(31)
    x = rng.normal(size=(400, 2))
    child = (x @ rng.normal(size=(2, 3)) + rng.gumbel(size=(400, 3))).argmax(1)
    design = np.column_stack([np.ones(400), x])
    basis = np.sqrt(400) * np.linalg.qr(design)[0]
    fit = sklearn.LogisticRegression(C=1e6, tol=1e-8).fit(x, child)
    expected = np.log(fit.predict_proba(x)[np.arange(400), child]).sum()
    assert logistic(basis, np.eye(3)[child]).likelihood == pytest.approx(expected, abs=0.01)


def test_rows_of_a_regression_may_be_put_together():
    rng = np.random.default_rng(37)
    groups = np.column_stack([np.ones(6), np.repeat([-1.0, 0.0, 1.0], 2), np.tile([-1.0, 1.0], 3)])
    counts = rng.integers(5, 40, (6, 3)).astype(float)
    rows, classes = (np.repeat(part.ravel(), counts.astype(int).ravel()) for part in np.indices((6, 3)))
    apart, together = logistic(groups[rows], np.eye(3)[classes]), logistic(groups, counts)
    assert together.likelihood == pytest.approx(apart.likelihood, abs=1e-6)
    assert together.probability[rows] == pytest.approx(apart.probability, abs=1e-6)


@pytest.mark.parametrize("adds_up", [True, False])
def test_effects_that_add_up_are_told_from_those_that_do_not(adds_up):
    rng = np.random.default_rng(41)
    a, b = rng.integers(0, 4, (2, N))
    shift = a + b - 3 if adds_up else 2.5 * np.where((a + b) % 2, 1, -1)
    codes = np.column_stack([rng.random(N) < expit(shift), a, b]).astype(int)
    score = MixedScore(np.zeros((N, 3)), codes, np.array([2, 4, 4]), prior=TablePrior(3.0))
    assert score.adds_up(0, frozenset({1, 2})) == adds_up
    assert not score.adds_up(0, FIRST - FIRST)  # one table says the same as no regression


def test_separated_classes_have_finite_evidence():
    x = np.linspace(-1, 1, N)
    value = scored(x, (x > 0.1).astype(int))([(1, FIRST)])[0]
    assert -40 < value < 0
