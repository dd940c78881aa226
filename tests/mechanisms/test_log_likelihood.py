"""Log-likelihood of rows, against normal densities and against itself in other units."""

from collections.abc import Callable

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from foundation_causal.errors import MissingValuesWarning
from mechanisms import CausalModel, infer
from mechanisms.linear import LinearModel
from mechanisms.mechanism_model import Functions

GRID = norm.ppf((np.arange(2000) + 0.5) / 2000)  # as normal as 2,000 values can be


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000), d=st.integers(2, 5))
def test_linear_model_in_closed_form(
    random_linear: Callable[[np.random.Generator, int], LinearModel], seed: int, d: int
) -> None:
    rng = np.random.default_rng(seed)
    truth, noise = random_linear(rng, d), np.clip(rng.normal(size=(6, d)), -2, 2)
    root = np.linalg.inv(np.eye(d) - truth.weights)
    rows = pd.DataFrame((noise + truth.bias) @ root, columns=truth.names, index=list("pqrstu"))
    found = CausalModel(truth, [GRID] * d).log_likelihood(rows)
    assert found.index.tolist() == rows.index.tolist()
    expected = multivariate_normal(truth.bias @ root, root.T @ root).logpdf(rows)
    np.testing.assert_allclose(found, expected, atol=0.05 * d)


def test_the_scale_of_the_noise_counts_and_clamps_do_not() -> None:
    graph = nx.DiGraph([("a", "b")])
    functions = {"a": lambda x: 0 * x[:, 0], "b": lambda x: x[:, 0]}
    model = CausalModel(Functions(graph, functions, {"b": lambda x: np.exp(x[:, 0])}), [GRID, GRID])
    rows = pd.DataFrame({"a": [1.0, -1.0], "b": [2.0, -1.5]})
    of_b = norm(rows["a"], np.exp(rows["a"])).logpdf(rows["b"])
    np.testing.assert_allclose(model.log_likelihood(rows), norm.logpdf(rows["a"]) + of_b, atol=0.05)
    np.testing.assert_allclose(model.do({"a": 1.0}).log_likelihood(rows), of_b, atol=0.03)
    assert (model.do({"a": 1.0, "b": 2.0}).log_likelihood(rows) == 0).all()
    np.testing.assert_allclose(
        model.do({"b": lambda f: f + 3}).log_likelihood(rows.assign(b=rows["b"] + 3)),
        model.log_likelihood(rows),
        atol=1e-9,
    )


def test_in_other_units_the_density_is_that_of_the_units() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=300)
    frame = pd.DataFrame({"a": a, "b": np.sin(2 * a) + 0.3 * rng.normal(size=300)})
    graph, units = nx.DiGraph([("a", "b")]), np.array([1e3, 1e-6])
    found = infer(frame, graph).log_likelihood(frame)
    scaled = infer(frame * units, graph).log_likelihood(frame * units)
    np.testing.assert_allclose(scaled, found - np.log(units).sum(), atol=1e-6)
    assert found.mean() == pytest.approx(-2 * (0.5 + np.log(2 * np.pi) / 2) - np.log(0.3), abs=0.15)
    strange = frame.head(3).assign(b=5.0)
    assert (infer(frame, graph).log_likelihood(strange) < found.min()).all()


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), d=st.integers(2, 5))
def test_rows_with_gaps_have_the_density_of_what_they_hold(
    random_linear: Callable[[np.random.Generator, int], LinearModel], seed: int, d: int
) -> None:
    rng = np.random.default_rng(seed)
    truth, noise = random_linear(rng, d), np.clip(rng.normal(size=(8, d)), -2, 2)
    root = np.linalg.inv(np.eye(d) - truth.weights)
    values = (noise + truth.bias) @ root
    values[rng.random(values.shape) < 0.4] = np.nan
    values[0, 0] = 0.0  # a row without any value is none
    rows = pd.DataFrame(values, columns=truth.names)
    model = CausalModel(truth, [GRID] * d)
    found = model.log_likelihood(rows, seed=seed)
    mean, covariance = truth.bias @ root, root.T @ root
    for row, likely in zip(values, found, strict=True):
        o = ~np.isnan(row)
        expected = multivariate_normal(mean[o], covariance[np.ix_(o, o)]).logpdf(row[o]) if o.any() else 0.0
        assert likely == pytest.approx(expected, abs=0.05 * d + 0.35)
    order = rng.permutation(len(rows))
    np.testing.assert_allclose(
        model.log_likelihood(rows.iloc[order], seed=seed), found.iloc[order], rtol=1e-9
    )


def test_gaps_in_levels_sum_over_them_and_clamps_fill_their_own() -> None:
    rng = np.random.default_rng(0)
    sick = rng.random(400) < 0.3
    frame = pd.DataFrame({"sick": sick, "fever": 37 + 2 * sick + 0.5 * rng.normal(size=400)})
    model = infer(frame, nx.DiGraph([("sick", "fever")]))
    rows = frame.head(20).astype({"sick": "boolean"})
    both = [model.log_likelihood(rows.assign(sick=level)) for level in (False, True)]
    gaps = rows.assign(sick=pd.array([None] * 20, dtype="boolean"))
    np.testing.assert_allclose(model.log_likelihood(gaps), np.logaddexp(*both), atol=0.12)
    np.testing.assert_allclose(
        model.do({"sick": True}).log_likelihood(gaps), both[1] - np.log(sick.mean()), atol=0.02
    )
    held = rows.assign(fever=np.nan)
    of_sick = np.log(np.where(frame["sick"].head(20), sick.mean(), 1 - sick.mean()))
    np.testing.assert_allclose(model.log_likelihood(held), of_sick, atol=0.02)


def test_a_row_that_no_draw_explains_is_warned_of() -> None:
    graph = nx.DiGraph([("a", "b")])
    model = Functions(graph, {"a": lambda x: 0 * x[:, 0], "b": lambda x: 1e6 * x[:, 0]})
    rows = pd.DataFrame({"a": [np.nan], "b": [2.5e6 + 11.0]})
    with pytest.warns(MissingValuesWarning, match="likelihood of 1 row rests on fewer than 5 draws"):
        CausalModel(model, [GRID, GRID]).log_likelihood(rows)


def test_bad_rows(one_sentence) -> None:
    model = CausalModel(LinearModel(nx.DiGraph([("a", "b")]), np.zeros((2, 2)), np.zeros(2)), [GRID] * 2)
    with one_sentence("rows", "'b'"):
        model.log_likelihood(pd.DataFrame({"a": [1.0]}))


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_a_probability_has_no_unit_in_logarithms_either(unit: float) -> None:
    rng = np.random.default_rng(5)
    few = np.repeat([1.0, 2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0, 29.0, 31.0], 40)
    frame = pd.DataFrame({"few": unit * few, "y": rng.normal(size=len(few))})
    model = infer(frame, nx.DiGraph([("few", "y")]), logs=["few"], types={"few": "continuous"})
    of_y = model.do({"few": 5.0 * unit}).log_likelihood(frame)
    np.testing.assert_allclose(model.log_likelihood(frame) - of_y, np.log(1 / 12), atol=1e-9)


def test_where_noise_has_probabilities_its_scale_counts_for_nothing() -> None:
    graph = nx.DiGraph([("a", "b")])
    functions = {"a": lambda x: 0 * x[:, 0], "b": lambda x: x[:, 0]}
    signs = np.repeat([-1.0, 1.0], 500)
    model = CausalModel(Functions(graph, functions, {"b": lambda x: np.exp(x[:, 0])}), [GRID, signs])
    a = np.linspace(-2, 2, 9)
    rows = pd.DataFrame({"a": a, "b": a + np.exp(a)})
    found = model.do({"a": 0.0}).log_likelihood(rows)
    np.testing.assert_allclose(found, np.log(0.5), atol=1e-9)
    np.testing.assert_allclose(model.log_likelihood(rows), norm.logpdf(a) + np.log(0.5), atol=0.05)
