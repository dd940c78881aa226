"""Noise against scipy's distributions, and the one source of randomness behind everything."""

import numpy as np
import pytest
import torch
from scipy import stats

from foundation_causal.simulate import (
    Beta,
    Cauchy,
    Exponential,
    Gaussian,
    GaussianMixture,
    Laplace,
    Random,
    StudentT,
    Uniform,
)

N = 20_000
EVERY = (
    Gaussian(),
    Laplace(),
    Cauchy(),
    Uniform(),
    Exponential(),
    StudentT(),
    Beta(scale=(0.5, 2.0)),
    GaussianMixture(),
    GaussianMixture(components=(1,)),
    GaussianMixture(components=(1, 4), apart=0.0),
)
WITH_MEAN_ZERO = tuple(noise for noise in EVERY if not isinstance(noise, Beta | Cauchy))


def name(noise):
    return repr(noise)


def distribution(noise, p):
    """The distribution that the docstring names, from scipy; `p` holds one variable's numbers."""
    s = p["scale"]
    match noise:
        case Gaussian():
            return stats.norm(0, s)
        case Laplace():
            return stats.laplace(0, s)
        case Cauchy():
            return stats.cauchy(0, s)
        case Uniform():
            return stats.uniform(-(3**0.5) * s, 2 * 3**0.5 * s)
        case Exponential():
            return stats.expon(-s, s)
        case StudentT():
            return stats.t(p["freedom"], 0, s)
        case Beta():
            return stats.beta(p["alpha"], p["beta"], 0, s)
    raise ValueError(noise)


def mixture_cdf(p):
    def cdf(x):
        parts = stats.norm(p["scale"] * p["means"], p["scale"] * p["deviation"])
        return (p["weights"] * parts.cdf(np.asarray(x)[:, None])).sum(1)

    return cdf


def rows(parameters):
    return [{key: v[i].numpy() for key, v in parameters.items()} for i in range(len(parameters["scale"]))]


def of(noise, m=4, n=N, seed=0, dtype=torch.float64):
    random = Random.seeded(seed, dtype)
    parameters = noise.draw(m, random)
    return parameters, noise.sample(parameters, n, random)


@pytest.mark.parametrize("noise", EVERY, ids=name)
def test_noise_has_its_distribution(noise):
    parameters, drawn = of(noise)
    assert drawn.shape == (4, N)
    assert drawn.dtype == torch.float64
    for p, values in zip(rows(parameters), drawn.numpy(), strict=True):
        cdf = mixture_cdf(p) if isinstance(noise, GaussianMixture) else distribution(noise, p).cdf
        assert stats.kstest(values, cdf).pvalue > 1e-3


@pytest.mark.parametrize("noise", EVERY, ids=name)
def test_noise_is_independent_between_variables(noise):
    _, drawn = of(noise, m=6)
    ranks = stats.rankdata(drawn.numpy(), axis=1)
    correlations = np.corrcoef(ranks)[np.triu_indices(6, 1)]
    assert np.abs(correlations).max() < 4.5 / N**0.5


@pytest.mark.parametrize("noise", WITH_MEAN_ZERO, ids=name)
def test_noise_has_mean_zero_and_the_deviation_it_states(noise):
    if isinstance(noise, StudentT):
        noise = StudentT(freedom=(9.0, 10.0))  # with fewer, the fourth moment is too large to estimate
    parameters, drawn = of(noise, n=50_000)
    stated = noise.std(parameters)
    assert (drawn.mean(1).abs() < 4.5 * stated / 50_000**0.5).all()
    assert drawn.std(1).tolist() == pytest.approx(stated.tolist(), rel=0.03)
    if not isinstance(noise, Laplace | StudentT):
        assert torch.equal(stated, parameters["scale"])


def test_stated_deviations_are_those_of_scipy():
    for noise in (Laplace(), Beta(scale=(0.5, 2.0)), StudentT(freedom=(2.5, 5.0))):
        parameters, _ = of(noise, n=1)
        expected = [distribution(noise, p).std() for p in rows(parameters)]
        assert noise.std(parameters).tolist() == pytest.approx(expected, rel=1e-9)
    for noise in (Cauchy(), StudentT(freedom=(1.0, 2.0))):
        assert noise.std(of(noise, n=1)[0]).tolist() == [np.inf] * 4


def test_mixtures_have_the_components_asked_for():
    parameters, _ = of(GaussianMixture(components=(2, 4)), m=3000, n=1)
    count = (parameters["weights"] > 0).sum(1)
    assert set(count.tolist()) == {2, 4}
    assert stats.binomtest(int((count == 2).sum()), 3000).pvalue > 1e-3
    assert torch.allclose(parameters["weights"].sum(1), torch.ones(3000, dtype=torch.float64))


@pytest.mark.parametrize("noise", EVERY, ids=name)
def test_parameters_fill_their_ranges(noise):
    parameters, _ = of(noise, m=4000, n=1)
    ranges = {"scale": noise.scale}
    for field in ("freedom", "alpha", "beta"):
        if hasattr(noise, field):
            ranges[field] = getattr(noise, field)
    for field, (low, high) in ranges.items():
        assert stats.kstest(parameters[field].numpy(), stats.uniform(low, high - low).cdf).pvalue > 1e-3
    still = Gaussian((0.7, 0.7)).draw(3, Random.seeded(0, torch.float64))
    assert still["scale"].tolist() == [0.7] * 3


class Extreme(Random):
    """Uniform draws at the very ends of what a generator can give."""

    def uniform(self, shape, bounds=(0.0, 1.0)):
        unit = torch.zeros(*shape, dtype=self.dtype)
        unit.view(-1)[::2] = 1 - torch.finfo(self.dtype).eps / 2
        low, high = bounds
        return low + (high - low) * unit


@pytest.mark.parametrize("noise", EVERY, ids=name)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_noise_is_finite_even_at_the_ends(noise, dtype):
    random = Extreme(torch.Generator().manual_seed(0), dtype)
    values = noise.sample(noise.draw(3, random), 50, random)
    assert values.dtype == dtype
    assert values.isfinite().all()


@pytest.mark.parametrize("noise", EVERY, ids=name)
def test_single_precision_is_finite(noise):
    _, drawn = of(noise, m=20, n=10_000, dtype=torch.float32)
    assert drawn.dtype == torch.float32
    assert drawn.isfinite().all()


@pytest.mark.parametrize(
    ("kind", "settings", "word"),
    [
        *((type(noise), {"scale": (-1.0, 1.0)}, f"{type(noise).__name__}.scale") for noise in EVERY[:8]),
        *((type(noise), {"scale": (2.0, 1.0)}, f"{type(noise).__name__}.scale") for noise in EVERY[:8]),
        (Gaussian, {"scale": 1.0}, "Gaussian.scale"),
        (Gaussian, {"scale": (0.0, np.inf)}, "Gaussian.scale"),
        (Gaussian, {"scale": ("a", "b")}, "Gaussian.scale"),
        (StudentT, {"freedom": (0.0, 3.0)}, "StudentT.freedom"),
        (Beta, {"alpha": (0.0, 1.0)}, "Beta.alpha"),
        (Beta, {"beta": (-1.0, 1.0)}, "Beta.beta"),
        (GaussianMixture, {"components": ()}, "GaussianMixture.components"),
        (GaussianMixture, {"components": (0,)}, "GaussianMixture.components"),
        (GaussianMixture, {"components": (2.5,)}, "GaussianMixture.components"),
        (GaussianMixture, {"apart": -1.0}, "GaussianMixture.apart"),
        (GaussianMixture, {"apart": "far"}, "GaussianMixture.apart"),
    ],
)
def test_impossible_settings_are_refused(kind, settings, word, one_sentence):
    with one_sentence(word):
        kind(**settings)


# --- the source ---


def test_the_source_draws_what_it_says():
    random = Random.seeded(0, torch.float64)
    tests = {
        "uniform": (random.uniform((N,), (-2.0, 3.0)), stats.uniform(-2, 5)),
        "normal": (random.normal((N,)), stats.norm()),
        "exponential": (random.exponential((N,)), stats.expon()),
        "gamma": (random.gamma(torch.full((N,), 1.7, dtype=torch.float64)), stats.gamma(1.7)),
    }
    for what, (values, expected) in tests.items():
        assert values.dtype == torch.float64
        assert stats.kstest(values.numpy(), expected.cdf).pvalue > 1e-3, what
    for values, of_them in (
        (random.sign((N,)), {-1, 1}),
        (random.integers(5, (N,)), set(range(5))),
        (random.one_of((0.5, 2, 7), (N,)), {0.5, 2, 7}),
    ):
        drawn, counts = values.unique(return_counts=True)
        assert set(drawn.tolist()) == of_them
        assert stats.chisquare(counts.numpy()).pvalue > 1e-3


def test_a_generator_goes_on_and_an_integer_starts_anew():
    generator = torch.Generator().manual_seed(3)
    first, second = (Random.seeded(generator).normal((4,)) for _ in range(2))
    assert torch.equal(first, Random.seeded(3).normal((4,)))
    assert not torch.equal(first, second)
