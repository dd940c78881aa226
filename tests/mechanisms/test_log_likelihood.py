"""Log-likelihood of rows, against normal densities and against itself in other units."""

from collections.abc import Callable

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

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


def test_bad_rows(one_sentence) -> None:
    model = CausalModel(LinearModel(nx.DiGraph([("a", "b")]), np.zeros((2, 2)), np.zeros(2)), [GRID] * 2)
    with one_sentence("rows", "'b'"):
        model.log_likelihood(pd.DataFrame({"a": [1.0]}))
