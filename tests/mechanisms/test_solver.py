from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation_causal.graphs import from_adjacency
from foundation_causal.simulate import p_in, prior
from foundation_causal.types import Array
from mechanisms.linear import LinearModel
from mechanisms.mechanism_model import Edited, Functions, abduct, predict
from mechanisms.solver import counterfactual, solve

RandomLinear = Callable[[np.random.Generator, int], LinearModel]


def random_functions(rng: np.random.Generator, d: int) -> Functions:
    """Bounded nonlinear functions of random parents, and noise of which every other is scaled by them."""
    upper, shuffle = np.triu(rng.random((d, d)) < 0.5, 1), rng.permutation(d)
    edges = upper[np.ix_(shuffle, shuffle)].astype(int)
    weights, names = edges * rng.uniform(-2, 2, (d, d)), [f"v{j}" for j in range(d)]
    functions = {name: lambda x, w=w: np.sin(x) @ w for name, w in zip(names, weights.T, strict=True)}
    spread = {name: lambda x, w=w: 1 + np.tanh(x @ w) / 2 for name, w in zip(names, weights.T, strict=True)}
    return Functions(from_adjacency(edges, names), functions, dict(list(spread.items())[::2]))


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


def test_equals_ancestral_sampling_with_heteroscedastic_noise(true_functions: type) -> None:
    batch = prior("avici-wide").draw(scms=9, d=8, n=40, seed=6)
    done = 0
    for b in range(9):
        model, noise = true_functions(batch, b), batch.noise[b].double().numpy()
        done += (model.scale_nodes(range(8), noise) != 1).any()
        found, unit = solve(model, noise), batch.data[b].std(0).numpy()
        assert np.abs((found - batch.data[b].numpy()) / unit).max() < 1e-4
        assert np.abs(solve(model, abduct(model, found)) - found).max() < 1e-3 * unit.max()
    assert done > 3


@given(seed=st.integers(0, 10_000), d=st.integers(2, 9))
def test_equals_the_iteration_of_all_functions_d_times(seed: int, d: int) -> None:
    """Equation 5 of Cond-FiP: from the noise, x <- F(x) + S(x) noise, d times."""
    rng = np.random.default_rng(seed)
    model, noise = random_functions(rng, d), rng.normal(size=(7, d))
    x = noise
    for _ in range(d):
        x = predict(model, x) + model.scale_nodes(range(d), x) * noise
    np.testing.assert_allclose(solve(model, noise), x, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(abduct(model, x), noise, atol=1e-9)


def test_every_node_is_evaluated_once_per_sample_and_a_generation_in_one_call(true_functions: type) -> None:
    batch = p_in(graphs=["er"]).draw(scms=1, d=9, n=30, seed=5)
    model = true_functions(batch, 0)
    solve(model, batch.noise[0].double().numpy())
    assert model.evaluations == dict.fromkeys(range(9), 30)
    position = {name: j for j, name in enumerate(model.names)}
    levels = [{position[v] for v in level} for level in nx.topological_generations(model.graph)]
    assert [set(nodes) for nodes in model.calls] == levels


def test_counterfactual_evaluates_what_it_reaches_once_before_and_once_after(true_functions: type) -> None:
    batch = p_in(graphs=["er"]).draw(scms=1, d=9, n=30, seed=5)
    model, rows = true_functions(batch, 0), batch.data[0].double().numpy()
    counterfactual(model, rows, model, {1: 0.5}, {1})
    reached = {model.names.index(name) for name in nx.descendants(model.graph, model.names[1])}
    assert reached
    assert model.evaluations == dict.fromkeys(reached, 60)


@pytest.mark.parametrize("values", [1, 20, 35])
def test_chunks_change_nothing(values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    model, noise = random_functions(rng, 5), rng.normal(size=(23, 5))

    def answers() -> list[Array]:
        x = solve(model, noise, {2: 0.5})
        return [x, predict(model, x), abduct(model, x), counterfactual(model, x, model, {0: 1.0}, {0})]

    whole = answers()
    monkeypatch.setattr("mechanisms.mechanism_model.MAX_VALUES", values)
    for one, other in zip(whole, answers(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


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


@given(seed=st.integers(0, 10_000), d=st.integers(2, 6))
def test_counterfactual_with_scaled_noise(seed: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    model, noise = random_functions(rng, d), rng.normal(size=(4, d))
    j, k = rng.integers(d, size=2).tolist()
    rows = solve(model, noise)
    after = Edited(model, {k: lambda f: 0.5 * f - 1}) if k != j else model
    found = counterfactual(model, rows, after, {j: 2.0}, {j, k})
    np.testing.assert_allclose(found, solve(after, noise, {j: 2.0}), rtol=1e-9, atol=1e-9)
    again = counterfactual(model, rows, model, {j: rows[0, j]}, {j})
    assert (again[0] == rows[0]).all()


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
