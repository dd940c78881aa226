"""Linear Gaussian models drawn with their graphs: log evidence, directions, and exact answers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from foundation_causal.errors import InputError
from foundation_causal.observations import observations
from mechanisms.graph_free.linear_posterior import LinearMixture, LinearPosterior, LinearSCM, intervene
from mechanisms.graph_free.noise_scales import OwnScales


def pair(n: int = 40, seed: int = 0, slope: float = 2.0) -> pd.DataFrame:
    """cause -> effect with noise of standard deviation 1/2 on both."""
    random = np.random.default_rng(seed)
    cause = 0.5 * random.normal(size=n)
    return pd.DataFrame({"effect": slope * cause + 0.5 * random.normal(size=n), "cause": cause})


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), slope=st.floats(-3, 3), unit=st.floats(1e-3, 1e3))
def test_both_directions_of_a_pair_have_the_same_evidence(seed, slope, unit):
    data = pair(seed=seed, slope=slope)
    posterior = LinearPosterior(observations(data.assign(cause=unit * data["cause"])), draws=1)
    (empty_0, other_0), (empty_1, other_1) = (t.log_weight for t in posterior._tables(OwnScales(39)))
    assert other_0 - empty_0 == pytest.approx(other_1 - empty_1, abs=1e-6)


def test_what_the_data_leave_open_stays_open():
    posterior = LinearPosterior(observations(pair()), draws=400)
    forward = np.mean([model.weights[1, 0] != 0 for model in posterior.models])
    backward = np.mean([model.weights[0, 1] != 0 for model in posterior.models])
    assert forward + backward == 1
    assert forward == pytest.approx(0.5, abs=0.1)
    far = posterior.under({"effect": 20.0}).sample(1000)["cause"]  # one mode where the cause was, one beyond
    assert ((far.abs() < 2).mean(), (far > 5).mean()) == pytest.approx((0.5, 0.5), abs=0.1)


def test_noise_of_like_scales_tells_the_direction():
    posterior = LinearPosterior(observations(pair(100)), shared_units=True, draws=100)
    assert np.mean([model.weights[1, 0] != 0 for model in posterior.models]) > 0.9
    weights, intercepts, variances = (np.mean(one, axis=0) for one in zip(*posterior.models, strict=True))
    assert weights[1, 0] == pytest.approx(2, abs=0.4)
    assert intercepts == pytest.approx([0, 0], abs=0.3)
    assert variances == pytest.approx([0.25, 0.25], abs=0.1)
    assert posterior.under({"effect": 5.0}).sample(500)["cause"].mean() == pytest.approx(0, abs=0.3)
    assert posterior.under({"cause": 5.0}).sample(500)["effect"].mean() == pytest.approx(10, abs=2)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), both=st.booleans())
def test_an_intervention_is_what_the_equations_say(seed, both):
    """Rows made variable by variable, against the closed form."""
    random = np.random.default_rng(seed)
    weights = np.triu(random.normal(size=(4, 4)), 1)
    model = LinearSCM(weights, random.normal(size=4), random.uniform(0.1, 2, size=4))
    at, values = ([1, 2], [3.0, -1.0]) if both else ([1], [3.0])
    noise = random.normal(size=(5, 4))
    rows = np.zeros((5, 4))
    for j in range(4):
        rows[:, j] = rows @ weights[:, j] + model.intercept[j] + np.sqrt(model.variance[j]) * noise[:, j]
        if j in at:
            rows[:, j] = values[at.index(j)]
    mean, slopes, root = intervene(model, at, values)
    assert mean + noise @ root.T == pytest.approx(rows)
    further = intervene(model, at, [value + 1 for value in values])[0]
    assert mean + slopes.sum(1) == pytest.approx(further)


def test_the_density_is_that_of_the_mixture():
    random = np.random.default_rng(1)
    means, roots = random.normal(size=(2, 3)), np.tril(random.normal(size=(2, 3, 3)))
    roots[:, 0] = 0  # "a" is set
    slopes = np.array([[[1.0], [2.0], [0.0]], [[1.0], [0.0], [-1.0]]])
    mixture = LinearMixture(["a", "b", "c"], {"a": 2.0}, means, slopes, roots)
    rows = pd.DataFrame({"c": [0.3, -1.0], "a": [2.0, 2.5], "b": [0.1, 1.0]})
    expected = np.zeros(2)
    for mean, slope, root in zip(means, slopes, roots, strict=True):
        normal = multivariate_normal([0, 0], (root @ root.T)[1:, 1:])
        shift = (rows[["a"]].to_numpy() - 2.0) @ slope.T
        expected += normal.pdf(rows[["b", "c"]].to_numpy() - (mean + shift)[:, 1:]) / 2
    assert np.exp(mixture.log_prob(rows)) == pytest.approx(expected)


def test_bad_questions_are_refused():
    wide = observations(np.random.default_rng(0).normal(size=(30, 16)))
    with pytest.raises(InputError, match="16 variables"):
        LinearPosterior(wide)
    posterior = LinearPosterior(observations(pair()), draws=1)
    with pytest.raises(InputError, match="no variable 'z'"):
        posterior.under({"z": 1.0})
    with pytest.raises(InputError, match="nothing is left"):
        posterior.under({"cause": 1.0, "effect": 1.0})
    with pytest.raises(InputError, match="number of samples"):
        posterior.under({"cause": 1.0}).sample(0)
    for seed in (-1, 1.5):
        with pytest.raises(InputError, match=f"seed is {seed}"):
            posterior.under({"cause": 1.0}).sample(3, seed=seed)
        with pytest.raises(InputError, match=f"seed is {seed}"):
            LinearPosterior(observations(pair()), draws=1, seed=seed)
    for draws in (0, 2.5, "3", True):
        with pytest.raises(InputError, match=f"number of draws is {draws!r}"):
            LinearPosterior(observations(pair()), draws=draws)


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_units_however_different_change_no_answer(unit):
    random = np.random.default_rng(3)
    a = random.normal(size=60)
    b = a + random.normal(size=60)
    data = pd.DataFrame({"a": a, "b": b, "c": b - a + random.normal(size=60)})
    rows = data.head(4).assign(a=1.5)
    logs = []
    for factor in (1.0, unit):
        posterior = LinearPosterior(observations(data.assign(b=factor * data["b"])), draws=3)
        answer = posterior.under({"a": 1.5})
        logs.append(answer.log_prob(rows.assign(b=factor * rows["b"])) + np.log(factor))
        weights = [table.log_weight - table.log_weight[0] for table in posterior._tables(OwnScales(59))]
        logs.append(np.concatenate(weights))
    np.testing.assert_allclose(logs[0], logs[2], rtol=1e-5)
    np.testing.assert_allclose(logs[1], logs[3], rtol=1e-5, atol=1e-8)
