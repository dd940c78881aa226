"""How alike noise scales are: integrals, draws, and pairs against the exact answer."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from foundation_causal.observations import observations
from mechanisms.graph_free import linear_posterior as linear
from mechanisms.graph_free.linear_posterior import LinearPosterior
from mechanisms.graph_free.noise_scales import PRIOR, SPREADS, SharedScales, log_evidence

DAGS = ("none", "0 -> 1", "1 -> 0")


def pair(n: int = 40, seed: int = 0, slope: float = 1.0, scales=(0.5, 0.5)) -> pd.DataFrame:
    """0 -> 1."""
    normal = np.random.default_rng(seed).normal(size=(n, 2)) * scales
    return pd.DataFrame({"a": normal[:, 0], "b": slope * normal[:, 0] + normal[:, 1]})


def shares(data: pd.DataFrame, draws: int, seed: int = 0) -> np.ndarray:
    """Of the three DAGs."""
    models = LinearPosterior(observations(data), shared_units=True, draws=draws, seed=seed).models
    edges = np.array([[m.weights[0, 1] != 0, m.weights[1, 0] != 0] for m in models])
    return np.array([(~edges).all(1).mean(), *edges.mean(0)])


def integrand(u: np.ndarray, squares: float, dof: int, centre: np.ndarray, spread: float) -> np.ndarray:
    """Logarithm of N(u; centre, spread^2) times the likelihood of exp(u)."""
    normal = -0.5 * ((u - centre) / spread) ** 2 - np.log(spread * np.sqrt(2 * np.pi))
    return normal - dof * u - squares / 2 * np.exp(-2 * u)


def exact(data: pd.DataFrame) -> np.ndarray:
    """The posterior of the three DAGs by brute force: sums over fine grids of log sigma, m and tau."""
    values = (data - data.mean()).to_numpy()
    n, product = len(values), values.T @ values
    alone = np.diag(product)
    given_other = alone - n / (n + 1) * product[0, 1] ** 2 / alone[::-1]
    squares_of = {"none": alone, "0 -> 1": [alone[0], given_other[1]], "1 -> 0": [given_other[0], alone[1]]}
    everything = np.log(np.concatenate(list(squares_of.values())) / n) / 2
    u = np.arange(everything.min() - 2, everything.max() + 2, 0.03)
    total = []
    for dag in DAGS:
        each = []
        for spread, prior in zip(SPREADS, PRIOR, strict=True):
            fine, reach = max(spread, 0.1) / 4, 6 * spread + 2
            m = np.arange(everything.min() - reach, everything.max() + reach, fine)
            logs = sum(
                logsumexp(integrand(u, squares, n - 1, m[:, None], max(spread, 0.02)), axis=1)
                for squares in squares_of[dag]
            )
            each.append(logsumexp(logs) + np.log(prior * fine))
        weights = 0 if dag == "none" else np.log1p(n) / 2
        total.append(logsumexp(each) - weights)
    return np.exp(total - logsumexp(total))


@settings(max_examples=60, deadline=None)
@given(
    squares=st.floats(1e-3, 1e4),
    dof=st.integers(19, 500),
    away=st.floats(-5, 5),
    spread=st.sampled_from(list(SPREADS)),
)
def test_the_integral_over_a_scale_is_that_of_a_fine_grid(squares, dof, away, spread):
    best = np.log(squares / dof) / 2
    u = np.linspace(min(best, best + away) - 2, max(best, best + away) + 2, 40_001)
    expected = logsumexp(integrand(u, squares, dof, best + away, spread)) + np.log(u[1] - u[0])
    computed = log_evidence(np.log(squares), dof, best + away, spread)
    assert computed == pytest.approx(expected, abs=1e-4)


CASES = {
    "equal noise": pair(slope=1.0),
    "weak": pair(slope=0.25, n=60),
    "unlike noise": pair(slope=1.0, scales=(1.0, 0.2), seed=1),
    "open": pair(slope=0.8, scales=(0.4, 0.25), seed=2, n=30),
    "other units": pair(seed=3) * [1.0, 30.0],
}


@pytest.mark.parametrize("case", CASES)
def test_pairs_are_answered_exactly_from_wherever_the_sampler_starts(case, monkeypatch):
    expected = exact(CASES[case])
    for seed, start in enumerate((SPREADS[0], SPREADS[-1])):
        monkeypatch.setattr(linear, "SharedScales", partial(SharedScales, spread=start))
        assert shares(CASES[case], 350, seed) == pytest.approx(expected, abs=0.09)


def test_quite_different_units_leave_the_direction_open():
    without = exact(pair(seed=4, slope=2.0))
    assert without[1] > 0.95
    assert exact(pair(seed=4, slope=2.0) * [1.0, 1e-5])[1] == pytest.approx(0.5, abs=0.1)
    several = chain().assign(a=lambda data: 1e3 * data["a"], c=lambda data: data["c"] / 1e4)
    free, shared = edges(several, shared_units=False), edges(several, shared_units=True)
    assert shared == pytest.approx(free, abs=0.15)
    assert np.abs(edges(chain(), shared_units=True) - free).max() > 0.3  # which the units have taken away


def chain(n: int = 60, seed: int = 0) -> pd.DataFrame:
    """a -> b -> c, noise of standard deviation 1."""
    random = np.random.default_rng(seed)
    a = random.normal(size=n)
    b = a + random.normal(size=n)
    return pd.DataFrame({"a": a, "b": b, "c": b + random.normal(size=n)})


def edges(data: pd.DataFrame, shared_units: bool, draws: int = 200, seed: int = 0) -> np.ndarray:
    """Their shares."""
    models = LinearPosterior(observations(data), shared_units=shared_units, draws=draws, seed=seed).models
    return np.mean([model.weights != 0 for model in models], axis=0)


def test_one_factor_for_all_columns_changes_nothing():
    """Nor does it for numbers that only nearly cancel."""
    data = chain()
    for factor in (1e-5, 30.0):
        one, other = (
            LinearPosterior(observations(values), shared_units=True, draws=30).models
            for values in (data, factor * data)
        )
        for model, scaled in zip(one, other, strict=True):
            assert scaled.weights == pytest.approx(model.weights)
            assert scaled.intercept == pytest.approx(factor * model.intercept)
            assert scaled.variance == pytest.approx(factor**2 * model.variance)


def test_the_order_of_the_columns_says_nothing():
    data = chain(40, 1) * [1.0, 0.5, 0.8]
    backwards = edges(data[["c", "b", "a"]], shared_units=True)[::-1, ::-1]
    assert backwards == pytest.approx(edges(data, shared_units=True), abs=0.12)


def test_every_start_finds_the_graph_of_like_noise():
    random = np.random.default_rng(0)
    weights = np.triu(random.choice([-1.2, 0.0, 0.0, 0.9], size=(7, 7)), 1)[::-1, ::-1]
    values = np.linalg.solve((np.eye(7) - weights).T, 3 * random.normal(size=(7, 300))).T
    for seed in range(3):
        frequencies = edges(pd.DataFrame(values), shared_units=True, draws=10, seed=seed)
        assert frequencies[weights != 0].mean() > 0.95
        assert frequencies.T[weights != 0].mean() < 0.05


@pytest.mark.parametrize(("unlike", "least", "most"), [(0.0, 0.0, 0.1), (0.5, 0.2, 2.0), (6.0, 2.0, 100.0)])
def test_the_spread_is_learned(unlike, least, most):
    random = np.random.default_rng(0)
    squares = 199 * np.exp(2 * unlike * random.normal(size=12) + 0.05 * random.normal(size=12))
    scales, drawn = SharedScales(199, 0.0), []
    for _ in range(50):
        scales.learn(squares, random)
        drawn.append(scales.spread)
    assert np.mean([least < spread < most for spread in drawn]) > 0.9


@pytest.mark.parametrize("spread", [0.05, 0.4, 5.0])
def test_variances_are_drawn_from_their_density(spread):
    dof, centre, squares = 19, 0.3, np.array([5.0, 20.0, 80.0])
    scales, random = SharedScales(dof, centre, spread), np.random.default_rng(0)
    drawn = np.log([scales.variance(squares, random) for _ in range(3000)]) / 2
    u = np.linspace(-4, 4, 8001)
    for one, logs_drawn in zip(squares, drawn.T, strict=True):
        logs = integrand(u, one, dof, centre, spread)
        weights = np.exp(logs - logsumexp(logs))
        mean = weights @ u
        deviation = np.sqrt(weights @ (u - mean) ** 2)
        assert logs_drawn.mean() == pytest.approx(mean, abs=0.08 * deviation)
        assert logs_drawn.std() == pytest.approx(deviation, rel=0.06)
