"""Mechanisms against their formulas in plain Python, and against what they are drawn from."""

import itertools
from math import factorial, pi

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch.autograd.functional import jacobian

from foundation_causal.simulate import (
    MLP,
    Linear,
    Multiplicative,
    Periodic,
    Polynomial,
    Random,
    RandomFourier,
    Scaled,
    SigmoidAdditive,
)

PLAIN = (
    Linear(),
    RandomFourier(length=(1.0, 2.0), output=(2.0, 5.0), features=20),
    Polynomial(degree=4),
    MLP(hidden=7, activation="tanh"),
    MLP(hidden=7, activation="relu"),
    SigmoidAdditive(),
    Multiplicative(),
    Periodic(),
)
EVERY = PLAIN + tuple(Scaled(mechanism) for mechanism in PLAIN)
SLOTS = torch.tensor([[True, False, False], [True, True, False], [True, True, True], [True, True, True]])


def drawn(mechanism, slots=SLOTS, n=81, seed=0):
    """Parameters, fitted if they can be, and rows of the parents, zero in empty slots; float64."""
    random = Random.seeded(seed, torch.float64)
    parameters = mechanism.draw(slots, random)
    x = (1 + 2 * random.normal((len(slots), n, slots.shape[1]))) * slots[:, None]
    if isinstance(mechanism, Scaled):
        parameters = mechanism.fit(x, parameters)
    return parameters, x


def one_value(mechanism, x, p, slots):
    """The docstring's formula at one row `[p]`, with `p` the numbers of one node."""
    parents = np.flatnonzero(slots)
    match mechanism:
        case Linear():
            return sum(p["weights"][i] * x[i] for i in parents)
        case RandomFourier(features=k):
            waves = [
                p["amplitude"][f] * np.cos(sum(p["frequency"][i, f] * x[i] for i in parents) + p["phase"][f])
                for f in range(k)
            ]
            return p["output"] * np.sqrt(2 / k) * sum(waves)
        case Polynomial(degree=degree):
            powers = [p["single"][i, k - 1] * x[i] ** k for i in parents for k in range(1, degree + 1)]
            pairs = [p["pair"][i, h] * x[i] * x[h] for i, h in itertools.combinations(parents, 2)]
            return sum(powers) + sum(pairs)
        case MLP(hidden=width, activation=activation):
            bend = np.tanh if activation == "tanh" else (lambda v: max(v, 0.0))
            return sum(
                p["readout"][h] * bend(sum(p["weights"][i, h] * x[i] for i in parents) + p["bias"][h])
                for h in range(width)
            )
        case SigmoidAdditive():
            steep = {i: p["slope"][i] * (x[i] + p["shift"][i]) for i in parents}
            return sum(p["size"][i] * steep[i] / (1 + abs(steep[i])) for i in parents)
        case Multiplicative():
            return np.prod([1 + p["weights"][i] * x[i] for i in parents])
        case Periodic():
            return sum(p["size"][i] * np.sin(p["frequency"][i] * x[i] + p["phase"][i]) for i in parents)
    raise ValueError(mechanism)


def node(parameters, i):
    return {key: value[i].numpy() for key, value in parameters.items()}


@pytest.mark.parametrize("mechanism", PLAIN, ids=repr)
def test_mechanisms_are_their_formulas(mechanism):
    parameters, x = drawn(mechanism, n=9)
    values = mechanism.value(x, parameters)
    assert values.shape == (4, 9)
    for i, row in itertools.product(range(4), range(9)):
        expected = one_value(mechanism, x[i, row].numpy(), node(parameters, i), SLOTS[i].numpy())
        assert values[i, row].item() == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("mechanism", PLAIN, ids=repr)
@settings(max_examples=10)
@given(p=st.integers(1, 6), seed=st.integers(0, 1000))
def test_scaled_mechanisms_are_their_formula(mechanism, p, seed):
    scaled = Scaled(mechanism, gain=(2.0, 3.0))
    slots = torch.arange(p)[None] < torch.tensor([[p], [1]])
    parameters, x = drawn(scaled, slots, seed=seed)
    elsewhere = 5 * torch.randn(2, 7, p, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    inner = {key.removeprefix("inner."): v for key, v in parameters.items() if key.startswith("inner.")}
    assert set(inner) == set(mechanism.draw(slots, Random.seeded(0)))
    values = scaled.value(elsewhere, parameters)
    for i in range(2):
        # With 81 rows, quantiles are values of rows, and there is one way to define them.
        low, centre, high = np.quantile(x[i].numpy(), [0.25, 0.5, 0.75], axis=0)
        spread = np.maximum((high - low) / 1.349, 1e-3)

        def inside(row, i=i, centre=centre, spread=spread):
            return one_value(mechanism, (row.numpy() - centre) / spread, node(inner, i), slots[i].numpy())

        low, level, high = np.quantile([inside(row) for row in x[i]], [0.25, 0.5, 0.75])
        for row in range(7):
            expected = (inside(elsewhere[i, row]) - level) / max((high - low) / 1.349, 1e-3)
            gained = expected * parameters["gain"][i].item()
            assert values[i, row].item() == pytest.approx(gained, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("mechanism", PLAIN, ids=repr)
def test_scaled_values_have_the_spread_of_the_gain(mechanism):
    scaled = Scaled(mechanism, gain=(2.0, 3.0))
    parameters, x = drawn(scaled, n=401)
    values = scaled.value(x, parameters)
    low, middle, high = values.quantile(torch.tensor([0.25, 0.5, 0.75], dtype=torch.float64), dim=1)
    assert middle.abs().max() < 1e-9
    assert torch.allclose((high - low) / 1.349, parameters["gain"])
    assert ((parameters["gain"] >= 2) & (parameters["gain"] <= 3)).all()


@pytest.mark.parametrize("mechanism", PLAIN, ids=repr)
def test_scaled_mechanisms_do_not_mind_the_units_of_their_parents(mechanism):
    scaled = Scaled(mechanism)
    parameters, x = drawn(scaled)
    other = scaled.fit(1000 * x + 50, parameters)
    assert torch.allclose(scaled.value(x, parameters), scaled.value(1000 * x + 50, other))


def test_constant_parents_do_not_divide_by_zero():
    for mechanism in PLAIN:
        scaled = Scaled(mechanism)
        still = torch.full((4, 10, 3), 2.0, dtype=torch.float64)
        parameters = scaled.fit(still, scaled.draw(SLOTS, Random.seeded(0, torch.float64)))
        assert (scaled.value(still, parameters) == 0).all()


def test_what_is_scaled_may_itself_fit():
    twice, x = Scaled(Scaled(Periodic())), drawn(Periodic())[1]
    parameters = twice.fit(x, twice.draw(SLOTS, Random.seeded(0, torch.float64)))
    assert twice.value(x, parameters).median(1).values.abs().max() < 1e-9


@pytest.mark.parametrize("mechanism", EVERY, ids=repr)
def test_mechanisms_see_every_parent_and_nothing_else(mechanism):
    parameters, x = drawn(mechanism)
    slopes = jacobian(lambda x: mechanism.value(x, parameters).sum(1), x[:, :20])  # [m, m, n, p]
    for i, j in itertools.product(range(4), range(4)):
        moved = slopes[i, j].abs().amax(0) > 0
        assert moved.tolist() == (SLOTS[i].tolist() if i == j else [False] * 3)


@pytest.mark.parametrize("mechanism", EVERY, ids=repr)
def test_rows_do_not_see_each_other(mechanism):
    parameters, x = drawn(mechanism)
    together, alone = mechanism.value(x, parameters), mechanism.value(x[:, 3:4], parameters)
    assert torch.allclose(together[:, 3:4], alone, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("mechanism", EVERY, ids=repr)
def test_empty_slots_never_matter(mechanism):
    parameters, x = drawn(mechanism, SLOTS[:2])
    filled = torch.where(SLOTS[:2, None], x, 7.0)
    assert torch.equal(mechanism.value(x, parameters), mechanism.value(filled, parameters))


@pytest.mark.parametrize("mechanism", EVERY, ids=repr)
def test_single_precision_agrees_with_double(mechanism):
    parameters, x = drawn(mechanism)
    exact = mechanism.value(x, parameters)
    single = {key: v.float() if v.is_floating_point() else v for key, v in parameters.items()}
    rough = mechanism.value(x.float(), single)
    assert rough.dtype == torch.float32
    assert torch.allclose(rough.double(), exact, rtol=1e-4, atol=1e-4 * exact.abs().max().item())


# --- what the parameters are drawn from ---


def parameters_of(mechanism, p=2, m=2000):
    slots = torch.ones(m, p, dtype=torch.bool)
    return mechanism.draw(slots, Random.seeded(0, torch.float64))


def uniform(values, low, high):
    return stats.kstest(values.flatten().numpy(), stats.uniform(low, high - low).cdf).pvalue > 1e-3


def normal(values, deviation):
    return stats.kstest(values.flatten().numpy(), stats.norm(0, deviation).cdf).pvalue > 1e-3


def even_signs(values):
    return stats.binomtest(int((values > 0).sum()), values.numel()).pvalue > 1e-3


def test_linear_weights_have_their_range_and_both_signs():
    weights = parameters_of(Linear((0.5, 2.0)))["weights"]
    assert uniform(weights.abs(), 0.5, 2.0)
    assert even_signs(weights)
    assert abs(np.corrcoef(weights.T.numpy())[0, 1]) < 0.1


def test_random_fourier_parameters_have_their_laws():
    parameters = parameters_of(RandomFourier(length=(1.0, 3.0), output=(2.0, 4.0), features=5))
    assert uniform(parameters["length"], 1.0, 3.0)
    assert uniform(parameters["output"], 2.0, 4.0)
    assert uniform(parameters["phase"], 0.0, 2 * pi)
    assert normal(parameters["amplitude"], 1.0)
    assert normal(parameters["frequency"] * parameters["length"][:, None, None], 1.0)


def test_other_parameters_have_their_laws():
    polynomial = parameters_of(Polynomial(degree=3))
    for k in (1, 2, 3):
        assert normal(polynomial["single"][:, :, k - 1], 1 / factorial(k))
    assert normal(polynomial["pair"][:, 0, 1], 1.0)
    network = parameters_of(MLP(hidden=4, slope=3.0), p=4)
    assert normal(network["weights"], 3.0 / 4**0.5)
    assert normal(network["bias"], 1.0)
    assert normal(network["readout"], 1 / 4**0.5)
    sigmoid = parameters_of(SigmoidAdditive((0.5, 2.0), (1.0, 4.0), (-1.0, 0.5)))
    assert uniform(sigmoid["size"].abs(), 0.5, 2.0)
    assert uniform(sigmoid["slope"].abs(), 1.0, 4.0)
    assert uniform(sigmoid["shift"], -1.0, 0.5)
    assert even_signs(sigmoid["size"])
    assert even_signs(sigmoid["slope"])
    product = parameters_of(Multiplicative((0.7, 1.5)), p=3)["weights"] * 3**0.5
    assert uniform(product.abs(), 0.7, 1.5)
    assert even_signs(product)
    wave = parameters_of(Periodic((0.5, 2.0), (1.0, 3.0)))
    assert uniform(wave["size"].abs(), 0.5, 2.0)
    assert uniform(wave["frequency"], 1.0, 3.0)
    assert uniform(wave["phase"], 0.0, 2 * pi)
    assert uniform(parameters_of(Scaled(Linear(), gain=(1.0, 8.0)))["gain"], 1.0, 8.0)


def test_random_fourier_functions_have_the_covariance_of_their_kernel():
    draws, length, output = 20_000, 1.5, 2.0
    mechanism = RandomFourier(length=(length, length), output=(output, output), features=8)
    x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0], [-2.0, 1.5]], dtype=torch.float64)
    parameters = parameters_of(mechanism, m=draws)
    values = mechanism.value(x.expand(draws, -1, -1), parameters)
    kernel = output**2 * torch.exp(-torch.cdist(x, x).square() / (2 * length**2))
    products = values[:, :, None] * values[:, None, :]
    error = products.std(0) / draws**0.5
    assert ((products.mean(0) - kernel).abs() < 4.5 * error).all()
    assert (values.mean(0).abs() < 4.5 * values.std(0) / draws**0.5).all()


def test_random_fourier_blocks_do_not_show(monkeypatch):
    mechanism = RandomFourier()
    parameters, x = drawn(mechanism)
    whole = mechanism.value(x, parameters)
    monkeypatch.setattr("foundation_causal.simulate.functions.CACHE", 1)
    assert torch.allclose(mechanism.value(x, parameters), whole, rtol=1e-12)


@pytest.mark.parametrize(
    ("kind", "given_settings", "word"),
    [
        (Linear, {"weights": (-1.0, 1.0)}, "Linear.weights"),
        (Linear, {"weights": (3.0, 1.0)}, "Linear.weights"),
        (Linear, {"weights": 2.0}, "Linear.weights"),
        (RandomFourier, {"length": (0.0, 1.0)}, "RandomFourier.length"),
        (RandomFourier, {"output": (-1.0, 1.0)}, "RandomFourier.output"),
        (RandomFourier, {"features": 0}, "RandomFourier.features"),
        (RandomFourier, {"features": 2.5}, "RandomFourier.features"),
        (Polynomial, {"degree": 0}, "Polynomial.degree"),
        (Polynomial, {"degree": "cubic"}, "Polynomial.degree"),
        (MLP, {"hidden": 0}, "MLP.hidden"),
        (MLP, {"slope": -1.0}, "MLP.slope"),
        (MLP, {"activation": "gelu"}, "MLP.activation"),
        (SigmoidAdditive, {"size": (-1.0, 1.0)}, "SigmoidAdditive.size"),
        (SigmoidAdditive, {"slope": (2.0, 1.0)}, "SigmoidAdditive.slope"),
        (SigmoidAdditive, {"shift": (1.0, float("nan"))}, "SigmoidAdditive.shift"),
        (Multiplicative, {"weights": (-0.5, 1.0)}, "Multiplicative.weights"),
        (Periodic, {"size": (-1.0, 1.0)}, "Periodic.size"),
        (Periodic, {"frequency": (-1.0, 1.0)}, "Periodic.frequency"),
        (Scaled, {"mechanism": Linear(), "gain": (-1.0, 1.0)}, "Scaled.gain"),
    ],
)
def test_impossible_settings_are_refused(kind, given_settings, word, one_sentence):
    with one_sentence(word):
        kind(**given_settings)
