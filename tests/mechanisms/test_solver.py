from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation_causal.simulate import p_in
from mechanisms.model import Edited, Functions, predict
from mechanisms.references import LinearModel
from mechanisms.solver import counterfactual, solve

RandomLinear = Callable[[np.random.Generator, int], LinearModel]


@pytest.mark.parametrize("mechanism", ["linear", "rff"])
def test_equals_ancestral_sampling_with_the_true_functions(mechanism: str, true_functions: type) -> None:
    batch = p_in([mechanism]).draw(scms=6, d=12, n=40, seed=3)
    for b in range(6):
        scale = batch.data[b].std(0).numpy()
        found = solve(true_functions(batch, b), batch.noise[b].double().numpy())
        assert np.abs((found - batch.data[b].numpy()) / scale).max() < 1e-5


def test_equals_ancestral_sampling_under_interventions(true_functions: type) -> None:
    batch = p_in().draw(scms=4, d=8, n=40, seed=4)
    truth = batch.generate(batch.noise, batch.do({"X3": 1.5, "X6": 1.5})).numpy()
    for b in range(4):
        found = solve(true_functions(batch, b), batch.noise[b].double().numpy(), do={2: 1.5, 5: 1.5})
        assert np.abs((found - truth[b]) / batch.data[b].std(0).numpy()).max() < 1e-5


def test_every_node_is_evaluated_once_per_sample(true_functions: type) -> None:
    batch = p_in(graphs=["er"]).draw(scms=1, d=9, n=30, seed=5)
    model = true_functions(batch, 0)
    solve(model, batch.noise[0].double().numpy())
    assert model.evaluations == dict.fromkeys(range(9), 30)


def test_a_clamped_node_is_not_evaluated(true_functions: type) -> None:
    batch = p_in().draw(scms=1, d=5, n=30, seed=5)
    model = true_functions(batch, 0)
    solve(model, batch.noise[0].double().numpy(), do={3: 0.0})
    assert model.evaluations == {0: 30, 1: 30, 2: 30, 4: 30}


@given(seed=st.integers(0, 10_000), d=st.integers(2, 7))
def test_linear_fixed_point_in_closed_form(random_linear: RandomLinear, seed: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    model, noise = random_linear(rng, d), rng.normal(size=(5, d))
    expected = (noise + model.bias) @ np.linalg.inv(np.eye(d) - model.weights)
    found = solve(model, noise)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_allclose(found - predict(model, found), noise, atol=1e-9)


@given(seed=st.integers(0, 10_000), d=st.integers(2, 7))
def test_linear_interventions_in_closed_form(random_linear: RandomLinear, seed: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    model, noise, j = random_linear(rng, d), rng.normal(size=(5, d)), int(rng.integers(d))
    cut = model.weights.copy()
    cut[:, j] = 0
    driven = noise + model.bias
    driven[:, j] = 3.0
    expected = driven @ np.linalg.inv(np.eye(d) - cut)
    np.testing.assert_allclose(solve(model, noise, do={j: 3.0}), expected, atol=1e-9)


@given(seed=st.integers(0, 10_000), d=st.integers(2, 6))
def test_counterfactual_is_the_same_noise_under_another_model(
    random_linear: RandomLinear, seed: int, d: int
) -> None:
    rng = np.random.default_rng(seed)
    model, noise = random_linear(rng, d), rng.normal(size=(4, d))
    j, k = rng.integers(d, size=2).tolist()
    rows = solve(model, noise)
    after = Edited(model, {k: lambda f: 0.5 * f - 1}) if k != j else model
    found = counterfactual(model, rows, after, {j: 2.0}, {j, k})
    np.testing.assert_allclose(found, solve(after, noise, {j: 2.0}), atol=1e-9)


def test_what_an_intervention_does_not_reach_keeps_its_bits() -> None:
    graph = nx.DiGraph([("a", "b"), ("b", "c"), ("a", "e")])
    functions = {
        "a": lambda x: 0 * x[:, 0],
        "b": lambda x: np.sin(x[:, 0]) / 3,
        "c": lambda x: np.exp(x[:, 1] / 7),
        "e": lambda x: np.cos(x[:, 0]) / 3,
    }
    model = Functions(graph, functions)
    rows = np.random.default_rng(0).normal(size=(6, 4))
    changed = counterfactual(model, rows, model, {1: 0.25}, {1})
    assert (changed[:, [0, 3]] == rows[:, [0, 3]]).all()
    assert (changed[:, 1] == 0.25).all()
    assert (changed[:, 2] != rows[:, 2]).all()
    same = counterfactual(model, rows[:1], model, {1: float(rows[0, 1])}, {1})
    assert (same == rows[:1]).all()


def test_soft_edit_keeps_parents_and_noise() -> None:
    graph = nx.DiGraph([("a", "b")])
    model = Functions(graph, {"a": lambda x: 0 * x[:, 0], "b": lambda x: 2 * x[:, 0]})
    noise = np.array([[1.0, 0.5]])
    assert solve(Edited(model, {1: lambda f: f + 10}), noise).tolist() == [[1.0, 12.5]]
