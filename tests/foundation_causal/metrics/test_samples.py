"""Distances between samples against scipy, scikit-learn and enumeration."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import rbf_kernel

from foundation_causal.errors import InputError
from foundation_causal.metrics import energy_distance, mmd, permutation_test, rmse, wasserstein
from foundation_causal.metrics import samples as distribution

DISTANCES = [energy_distance, wasserstein, lambda x, y: mmd(x, y, bandwidth=0.7)]
ALL = [mmd, energy_distance, wasserstein, permutation_test]

# A coarse grid, so that ties and equal rows are common.
value = st.integers(-8, 8).map(lambda number: number / 4)


@st.composite
def samples(draw, d=None, rows=6):
    d = draw(st.integers(1, 3)) if d is None else d
    n, m = draw(st.integers(1, rows)), draw(st.integers(1, rows))
    return draw(arrays(np.float64, (n, d), elements=value)), draw(arrays(np.float64, (m, d), elements=value))


def distances(x, y):
    return np.linalg.norm(x[:, None] - y, axis=2)


@pytest.fixture
def pair():
    random = np.random.default_rng(0)
    return random.normal(size=(60, 3)), 1.5 * random.normal(size=(45, 3)) + 0.5


@given(samples(), st.floats(0.1, 10))
def test_mmd_is_the_mean_of_the_kernel_of_scikit_learn(both, bandwidth):
    x, y = both
    gamma = 1 / (2 * bandwidth**2)
    expected = rbf_kernel(x, gamma=gamma).mean() + rbf_kernel(y, gamma=gamma).mean()
    expected -= 2 * rbf_kernel(x, y, gamma=gamma).mean()
    assert mmd(x, y, bandwidth=bandwidth) == pytest.approx(expected, abs=1e-12)


def test_the_bandwidth_is_the_median_distance_of_different_rows(pair):
    between = pairwise_distances(np.concatenate(pair))
    median = np.median(between[np.triu_indices(len(between), 1)])
    assert mmd(*pair) == pytest.approx(mmd(*pair, bandwidth=median), rel=1e-12)
    assert mmd(*pair) != pytest.approx(mmd(*pair, bandwidth=2 * median), rel=1e-3)


@given(samples())
def test_energy_distance_is_its_definition(both):
    x, y = both
    expected = 2 * distances(x, y).mean() - distances(x, x).mean() - distances(y, y).mean()
    assert energy_distance(x, y) == pytest.approx(expected, abs=1e-12)


@given(samples(d=1))
def test_of_one_column_it_is_the_square_of_scipys(both):
    x, y = both
    theirs = stats.energy_distance(x[:, 0], y[:, 0])
    assert energy_distance(x, y) == pytest.approx(theirs**2, abs=1e-12)


@given(samples(d=1))
def test_wasserstein_of_one_column_is_that_of_scipy(both):
    x, y = both
    assert wasserstein(x, y) == pytest.approx(stats.wasserstein_distance(x[:, 0], y[:, 0]), abs=1e-12)


@given(samples(rows=4))
def test_wasserstein_is_the_linear_program_of_scipy(both):
    assert wasserstein(*both) == pytest.approx(stats.wasserstein_distance_nd(*both), abs=1e-9)


def test_wasserstein_of_equal_sizes_is_an_assignment(pair):
    x, y = pair[0][:45], pair[1]
    costs = pairwise_distances(x, y)
    assert wasserstein(x, y) == pytest.approx(costs[linear_sum_assignment(costs)].mean(), rel=1e-12)


def test_wasserstein_sees_small_costs_beside_large_ones(pair):
    far = np.full((1, 3), 1e12)
    x, y = np.concatenate([pair[0][:45], far]), np.concatenate([pair[1], far])
    assert wasserstein(x, y) == pytest.approx(wasserstein(x[:-1], y[:-1]) * 45 / 46, rel=1e-9)


@pytest.mark.parametrize("score", DISTANCES)
def test_distances_are_symmetric_and_know_equal_samples(score, pair):
    x, y = pair
    assert score(x, y) == pytest.approx(score(y, x), rel=1e-9)
    assert score(x, y) > 0.01
    assert score(x, x) == pytest.approx(0, abs=1e-12)
    # As distributions, a sample and its rows twice over in another order are the same.
    assert score(x, np.concatenate([x, x[::-1]])) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("scale", [1e-100, 1e-12, 1e12, 1e100])
def test_units_only_scale_the_distances(scale, pair):
    x, y = pair
    for score in (energy_distance, wasserstein):
        assert score(scale * x, scale * y) == pytest.approx(scale * score(x, y), rel=1e-9, abs=0)
    assert mmd(scale * x, scale * y) == pytest.approx(mmd(x, y), rel=1e-9)


@pytest.mark.parametrize("score", ALL)
def test_columns_are_matched_by_name(score, pair):
    x, y = (pd.DataFrame(values, columns=["a", "b", "c"]) for values in pair)
    expected = score(*pair)
    assert score(x, y[["c", "a", "b"]]) == pytest.approx(expected)
    assert score(x, y.set_index(pd.Index(range(5, 50)))) == pytest.approx(expected)
    assert score(x, pair[1]) == pytest.approx(expected)
    assert score(pair[0], y) == pytest.approx(expected)
    assert score(pair[0].tolist(), y) == pytest.approx(expected)
    assert score(x, pair[1][:, [2, 0, 1]]) != pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("block", [1, 100, 1000])
def test_blocks_change_nothing(block, pair, monkeypatch):
    expected = [score(*pair) for score in (mmd, energy_distance, permutation_test)]
    monkeypatch.setattr(distribution, "BLOCK", block)
    for score, value in zip((mmd, energy_distance, permutation_test), expected, strict=True):
        assert score(*pair) == pytest.approx(value, rel=1e-12)


def test_the_statistic_is_the_energy_distance(pair):
    assert permutation_test(*pair).statistic == pytest.approx(energy_distance(*pair), rel=1e-12)


@pytest.mark.parametrize("tied", [False, True])
def test_the_p_value_is_the_share_of_all_splits(tied):
    random = np.random.default_rng(1)
    pool = np.concatenate([random.normal(size=(4, 2)), random.normal(size=(5, 2)) + 0.7])
    if tied:  # many splits are then equal, though not to the last digit
        pool = np.round(pool) / 10
    observed, splits = energy_distance(pool[:4], pool[4:]), list(combinations(range(9), 4))
    every = np.array([energy_distance(pool[list(s)], np.delete(pool, s, axis=0)) for s in splits])
    as_large = np.mean(every >= observed - 1e-12)
    assert bool(np.isclose(every, observed).mean() > 0.02) is tied
    assert 0.05 < as_large < 0.6
    found = permutation_test(pool[:4], pool[4:], permutations=20_000, seed=2).p_value
    assert found == pytest.approx(as_large, abs=4 * np.sqrt(as_large * (1 - as_large) / 20_000))


def test_the_p_value_keeps_its_level_and_finds_a_shift():
    random = np.random.default_rng(3)
    alike = [
        permutation_test(random.normal(size=(12, 2)), random.normal(size=(15, 2)), 99, seed).p_value
        for seed in range(300)
    ]
    # At most the level plus four standard errors of 300 tests; uniform p-values have the mean 1/2.
    assert np.mean(np.array(alike) <= 0.1) < 0.1 + 4 * np.sqrt(0.1 * 0.9 / 300)
    assert abs(np.mean(alike) - 0.5) < 4 * np.sqrt(1 / 12 / 300)
    shifted = permutation_test(random.normal(size=(40, 2)), random.normal(size=(40, 2)) + 1.5)
    assert shifted.p_value == 1 / 101


def test_equal_samples_are_never_told_apart(pair):
    assert permutation_test(pair[0], pair[0]).p_value == 1
    constant = permutation_test(np.ones((3, 2)), np.ones((4, 2)))
    assert constant == (0.0, 1.0)


def test_a_seed_repeats_the_test(pair):
    x, y = pair[0], pair[0] + 0.15
    results = [permutation_test(x, y, 50, seed) for seed in (1, 1, 2)]
    assert results[0] == results[1]
    assert results[0].p_value != results[2].p_value


@pytest.mark.parametrize("score", ALL)
def test_samples_that_cannot_be_compared(score, one_sentence):
    frame = pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": [0.0, 1.0, 5.0]})
    with one_sentence("'b', 'c'", "one side"):
        score(frame, frame.rename(columns={"b": "c"}))
    with one_sentence("'b'", "one side"):
        score(frame, frame[["a"]])
    with one_sentence("second sample", "3 columns", "give 2"):
        score(frame.to_numpy(), np.ones((4, 3)))
    with one_sentence("first sample", "1 value", "'a'", "missing"):
        score(frame.replace(2.0, np.nan), frame)
    with one_sentence("second sample", "infinite"):
        score(frame, frame.replace(2.0, np.inf))
    with one_sentence("second sample", "empty"):
        score(frame, frame.iloc[:0])
    with one_sentence("first sample", "empty"):
        score(np.ones((0, 2)), np.ones((3, 2)))
    with one_sentence("first sample", "1 dimension"):
        score(np.ones(3), np.ones((3, 1)))
    with one_sentence("second sample", "0 dimensions"):
        score(frame, 3.0)
    with one_sentence("first sample", "other than numbers"):
        score(frame.assign(a=["x", "y", "z"]), frame)
    with one_sentence("first sample", "no table"):
        score([[1.0, 2.0], [3.0]], frame)
    with one_sentence("no column"):
        score(np.ones((3, 0)), np.ones((3, 0)))
    with one_sentence("name comes twice"):
        score(frame.set_axis(["a", "a"], axis=1), frame)


def test_one_row_is_a_point(one_sentence):
    assert wasserstein([[0.0, 0.0]], [[3.0, 4.0]]) == pytest.approx(5)
    assert energy_distance([[0.0, 0.0]], [[3.0, 4.0]]) == pytest.approx(10)
    assert mmd([[0.0, 0.0]], [[3.0, 4.0]]) == pytest.approx(2 - 2 * np.exp(-0.5))
    with one_sentence("1 row", "at least 2"):
        permutation_test([[0.0]], [[1.0], [2.0]])


def test_settings_that_make_no_sense(one_sentence):
    x, y = np.zeros((3, 1)), np.ones((2, 1))
    for bandwidth in (0, -1.0, np.nan, np.inf):
        with one_sentence("bandwidth", "positive"):
            mmd(x, y, bandwidth=bandwidth)
    with one_sentence("permutations is 0"):
        permutation_test(x, y, permutations=0)


def test_a_pool_without_a_median(one_sentence):
    with one_sentence("median", "0", "give a bandwidth"):
        mmd(np.ones((4, 2)), np.ones((3, 2)))
    with one_sentence("median", "0", "give a bandwidth"):
        mmd([[0.0]] * 9, [[0.0], [1.0]])
    assert mmd(np.ones((4, 2)), np.ones((3, 2)), bandwidth=1) == pytest.approx(0, abs=1e-12)


def test_too_many_rows_for_all_distances_at_once(one_sentence, monkeypatch, pair):
    monkeypatch.setattr(distribution, "MAX_POOL_ROWS", 100)
    with one_sentence("105 rows", "at most 100", "give a bandwidth or draw fewer rows"):
        mmd(*pair)
    with one_sentence("105 rows", "at most 100", "frame.sample(50, random_state=0)"):
        wasserstein(*pair)
    assert energy_distance(*pair) > 0
    assert permutation_test(*pair).p_value < 0.05
    assert mmd(*pair, bandwidth=1) > 0


@pytest.mark.parametrize("cell", [{}, 1j, 10**400, "x"])
def test_rmse_says_that_a_cell_is_no_number(cell):
    with pytest.raises(InputError, match="The second table holds something other than numbers"):
        rmse([[1.0, 2.0]], pd.DataFrame([[1.0, cell]], dtype=object).to_numpy())
