"""Distributions of noise are proper, and closer to the noise than the values they were fitted to."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import energy_distance, kstest

from mechanisms.noise.density_fit import fit_distribution
from mechanisms.noise.distributions import Atoms, Piled, SmoothDistribution
from mechanisms.noise.sampling import draw_noise, log_density, noise_distributions

Sampler = Callable[[np.random.Generator, int], np.ndarray]

NOISES: dict[str, Sampler] = {
    "gaussian": lambda rng, n: rng.normal(size=n),
    "laplace": lambda rng, n: rng.laplace(size=n),
    "t": lambda rng, n: rng.standard_t(2.5, n),
    "cauchy": lambda rng, n: rng.standard_cauchy(n),
    "uniform": lambda rng, n: rng.uniform(-1, 1, n),
    "exponential": lambda rng, n: rng.exponential(size=n) - 1,
    "two normals": lambda rng, n: np.where(rng.random(n) < 0.4, -3.0, 2.0) + rng.normal(size=n),
}
names = st.sampled_from(list(NOISES))
seeds = st.integers(0, 10_000)


def some(name: str, seed: int, n: int) -> np.ndarray:
    return NOISES[name](np.random.default_rng(seed), n)


def smooth(values: np.ndarray) -> SmoothDistribution:
    distribution = fit_distribution(values)
    assert isinstance(distribution, SmoothDistribution)
    return distribution


def moments(distribution: SmoothDistribution) -> list[float]:
    """Probability, mean and second moment, by quadrature over z."""
    reach = 3 / np.array(distribution.rates)
    z = np.linspace(distribution.knots[0] - reach[0], distribution.knots[-1] + reach[1], 20_001)
    x = distribution.scale.backward(z)
    density = np.exp(distribution.log_density(x) + distribution.scale.log_slope(z))
    return [float(np.trapezoid(density * x**k, z)) for k in range(3)]


@given(name=names, seed=seeds, n=st.sampled_from([3, 20, 50, 400]))
@settings(max_examples=20)
def test_integrates_to_one_with_the_mean_and_the_variance_of_the_data(name: str, seed: int, n: int) -> None:
    values = some(name, seed, n)
    one, mean, square = moments(smooth(values))
    assert one == pytest.approx(1, abs=1e-5)
    assert mean == pytest.approx(values.mean(), abs=3e-3 * values.std())
    assert np.sqrt(square - mean**2) == pytest.approx(values.std(), rel=3e-3)


@given(name=names, seed=seeds, n=st.sampled_from([3, 20, 50, 400]))
@settings(max_examples=50)
def test_quantile_and_cdf_are_inverses_and_rise(name: str, seed: int, n: int) -> None:
    distribution = smooth(some(name, seed, n))
    u = np.concatenate([[1e-14, 1e-9], np.linspace(1e-4, 1 - 1e-4, 301), [1 - 1e-9, 1 - 1e-14]])
    x = distribution.quantile(u)
    assert (np.diff(x) > 0).all()
    np.testing.assert_allclose(distribution.cdf(x), u, atol=1e-12, rtol=1e-6)
    assert (np.diff(distribution.cdf(np.linspace(x[0], x[-1], 501))) >= 0).all()
    assert np.isfinite(distribution.log_density(np.array([-1e6, 1e6]) * np.abs(x).max())).all()


@given(name=names, seed=seeds, low=st.floats(0.01, 0.98), high=st.floats(0.01, 0.98))
@settings(max_examples=15)
def test_the_density_is_the_slope_of_the_cdf(name: str, seed: int, low: float, high: float) -> None:
    distribution = smooth(some(name, seed, 60))
    ends = distribution.quantile(np.sort([low, high]))
    x = np.linspace(*ends, 20_001)
    integral = np.trapezoid(np.exp(distribution.log_density(x)), x)
    assert integral == pytest.approx(float(np.ptp(distribution.cdf(ends))), abs=1e-4)


@given(name=names, seed=seeds, exponent=st.integers(-40, 40), shift=st.floats(-5, 5))
@settings(max_examples=30)
def test_units_do_not_matter(name: str, seed: int, exponent: int, shift: float) -> None:
    values, unit, u = some(name, seed, 50), 2.0**exponent, np.array([0.001, 0.2, 0.5, 0.9])
    distribution, other = smooth(values), smooth(unit * (values + shift))
    x = distribution.quantile(u)
    np.testing.assert_allclose(other.quantile(u) / unit - shift, x, atol=1e-6 * np.abs(x).max())
    found = other.log_density(unit * (x + shift)) + np.log(unit)
    np.testing.assert_allclose(found, distribution.log_density(x), atol=1e-5)


@pytest.mark.parametrize("n", [50, 1000])
@pytest.mark.parametrize("name", list(NOISES))
def test_fresh_noise_is_more_likely_than_under_a_normal(name: str, n: int) -> None:
    gains = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        values, fresh = NOISES[name](rng, n), NOISES[name](rng, 1000)
        z = (fresh - values.mean()) / values.std()
        normal = -(z**2) / 2 - np.log(np.sqrt(2 * np.pi) * values.std())
        gains.append((fit_distribution(values).log_density(fresh) - normal).mean())
    if name == "gaussian":
        assert np.mean(gains) > -2 / n
    else:
        assert np.mean(gains) > 0.02


def test_draws_are_from_the_law_and_go_beyond_the_data() -> None:
    observed = [some(name, 1, 200) for name in NOISES]
    distributions = noise_distributions(observed)
    drawn = draw_noise(distributions, 4000, seed=3)
    assert (drawn == draw_noise(observed, 4000, seed=3)).all()
    for distribution, values, column in zip(distributions, observed, drawn.T, strict=True):
        assert kstest(column, distribution.cdf).pvalue > 0.001
        assert column.max() > values.max()
    np.testing.assert_allclose(log_density(observed, drawn)[:, 2], distributions[2].log_density(drawn[:, 2]))
    assert np.abs(np.corrcoef(drawn[:, [0, 1, 4, 5]].T) - np.eye(4)).max() < 0.08


def test_no_farther_from_the_truth_than_the_values_themselves() -> None:
    """Energy distance to fresh noise, beside that of the inverse distribution function of the values."""
    ours, plain = [], []
    for name in ("gaussian", "laplace", "uniform", "exponential", "two normals"):
        for seed in range(6):
            rng = np.random.default_rng(seed)
            values, fresh = NOISES[name](rng, 50), NOISES[name](rng, 4000)
            ours.append(energy_distance(draw_noise([values], 4000, seed)[:, 0], fresh))
            plain.append(energy_distance(np.quantile(values, rng.random(4000)), fresh))
    assert np.mean(ours) < np.mean(plain)


def test_few_values_stay_as_they_are() -> None:
    values = np.repeat([-0.7, 0.3], [30, 70])
    distribution = fit_distribution(values)
    assert isinstance(distribution, Atoms)
    drawn = draw_noise([values], 2000, seed=0)
    assert set(np.unique(drawn)) == {-0.7, 0.3}
    assert drawn.mean() == pytest.approx(0, abs=0.05)
    found = np.exp(log_density([values], np.array([[-0.7 + 1e-12], [0.3], [0.1]])))[:, 0]
    np.testing.assert_allclose(found, [0.3, 0.7, 0])
    np.testing.assert_allclose(distribution.cdf(np.array([-1, -0.7, 0, 0.3])), [0, 0.3, 0.3, 1])


@pytest.mark.parametrize("values", [np.array([2.5]), np.zeros(40)])
def test_a_single_value(values: np.ndarray) -> None:
    assert (draw_noise([values], 5, seed=0) == values[0]).all()
    assert log_density([values], np.full((1, 1), values[0])) == 0


def test_order_does_not_matter_and_some_ties_do_no_harm() -> None:
    values = np.concatenate([some("laplace", 0, 60), np.zeros(20)])
    u = np.linspace(0.01, 0.99, 50)
    mixed = np.random.default_rng(0).permutation(values)
    assert (smooth(values).quantile(u) == smooth(mixed).quantile(u)).all()
    assert smooth(values).log_density(np.array([0.0, 1.0])).max() < 3


def amounts(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.where(rng.random(n) < 0.6, 0.0, rng.lognormal(1, 1, n))


ROUNDED: dict[str, tuple[Sampler, float]] = {
    "hours": (lambda rng, n: np.round(rng.normal(7, 1.2, n), 1), 0.1),
    "fives": (lambda rng, n: 5 * np.round(rng.normal(12, 4, n)), 5.0),
    "whole": (lambda rng, n: np.round(rng.normal(50, 12, n)), 1.0),
    "ages": (lambda rng, n: rng.integers(18, 90, n).astype(float), 1.0),
}


def piled(values: np.ndarray) -> Piled:
    distribution = fit_distribution(values)
    assert isinstance(distribution, Piled)
    return distribution


@pytest.mark.parametrize("name", list(ROUNDED))
def test_rounded_values_that_were_not_seen_are_possible(name: str) -> None:
    """As likely as those around them: the score is near that of the true law, and draws keep to the steps."""
    draw, step = ROUNDED[name]
    values, fresh = draw(np.random.default_rng(1), 300), draw(np.random.default_rng(2), 2000)
    assert not np.isin(fresh, values).all()
    distribution = piled(values)
    found = distribution.log_density(fresh)
    seen, counts = np.unique(draw(np.random.default_rng(3), 200_000), return_counts=True)
    true = np.log(counts / counts.sum() / step)[np.isin(seen, fresh)]
    best = np.average(true, weights=np.unique(fresh, return_counts=True)[1])
    assert best - 0.15 < found.mean() < best + 0.02
    drawn = distribution.quantile(np.linspace(0.001, 0.999, 999))
    np.testing.assert_allclose(drawn / step, np.round(drawn / step), atol=1e-9)
    assert drawn.mean() == pytest.approx(values.mean(), abs=0.05 * values.std())
    assert drawn.std() == pytest.approx(values.std(), rel=0.05)


def test_a_pile_stays_and_what_lies_beside_it_goes_on() -> None:
    values, fresh = amounts(np.random.default_rng(1), 400), amounts(np.random.default_rng(2), 400)
    share = float((values == 0).mean())
    distribution = piled(values)
    assert np.exp(distribution.log_density(np.zeros(1)))[0] == pytest.approx(share)
    assert np.isfinite(distribution.log_density(fresh)).all()
    drawn = draw_noise([values], 4000, seed=0)[:, 0]
    assert (drawn == 0).mean() == pytest.approx(share, abs=0.03)
    assert drawn.min() == 0
    assert len(np.unique(drawn)) > 1000
    grid = np.linspace(1e-6, 400, 400_001)
    between = np.trapezoid(np.exp(distribution.log_density(grid)), grid)
    assert share + between == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("name", [*ROUNDED, "amounts"])
def test_laws_of_piles_and_steps_rise_and_depend_on_no_unit(name: str) -> None:
    values = (
        ROUNDED[name][0](np.random.default_rng(0), 300)
        if name in ROUNDED
        else amounts(np.random.default_rng(0), 300)
    )
    u = np.linspace(0.002, 0.998, 499)
    distribution, other = piled(values), piled(0.37 * values[::-1])
    x = distribution.quantile(u)
    assert (np.diff(x) >= 0).all()
    assert (distribution.cdf(x) >= u - 1e-9).all()
    room = distribution.step or 1e-6
    assert (distribution.cdf(x - room) <= u + 1e-6)[x > values.min()].all()
    np.testing.assert_allclose(other.quantile(u) / 0.37, x, atol=1e-6)
    at = np.concatenate([values, x])
    smooth = ~distribution.is_pile(at)
    moved = other.log_density(0.37 * at) + np.log(0.37) * smooth
    np.testing.assert_allclose(moved, distribution.log_density(at), atol=1e-5)


@pytest.mark.parametrize(
    "values", [np.repeat([0.0, 1, 2, 3], [50, 30, 15, 5]), np.repeat([0.1, 0.15, 0.7, 4, 9], 8)]
)
def test_few_repeated_levels_are_all_there_are(values: np.ndarray) -> None:
    distribution = fit_distribution(values)
    assert isinstance(distribution, Atoms)
    assert distribution.log_density(np.array([0.5])) == -np.inf


def test_amounts_from_zero_up_are_not_drawn_below() -> None:
    values = np.floor(np.random.default_rng(0).exponential(12, 500))
    assert piled(values).quantile(np.array([1e-9, 1e-3])).min() >= 0
