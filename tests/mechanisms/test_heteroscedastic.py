"""Noise whose scale depends on the parents: found where it is, and not where it is not."""

from itertools import islice

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.data import observations
from foundation_causal.suites import load_suite
from mechanisms.kernel import KernelModel, fit_kernel
from mechanisms.log_variance import fit_log_variance
from mechanisms.model import abduct, predict, scales
from mechanisms.solver import solve

GRAPH = nx.DiGraph([("a", "y"), ("b", "y")])


def widening(seed: int, n: int = 300, steady: bool = False) -> pd.DataFrame:
    """y = 2 a + S(a) noise with S rising ninefold over most of a's range, or constant."""
    rng = np.random.default_rng(seed)
    a, b = 10 * rng.normal(size=n), rng.normal(size=n)
    spread = 0.3 if steady else 0.3 * np.exp(0.1 * a)
    return pd.DataFrame({"a": a, "b": b, "y": 2 * a + spread * rng.laplace(size=n) / np.sqrt(2)})


@pytest.fixture(scope="module")
def model() -> KernelModel:
    return fit_kernel(observations(widening(0)), GRAPH, heteroscedastic="auto")


def test_the_variance_is_found() -> None:
    x = np.random.default_rng(0).uniform(-2, 2, (400, 2))
    truth = 1.5 * np.sin(2 * x[:, 0])
    found = fit_log_variance(x, np.exp(truth / 2) * np.random.default_rng(1).normal(size=400))
    assert found.steady < 1e-3
    error = found(x) - truth
    assert (error - error.mean()).std() < 0.35
    assert (found(10 * x) <= found(np.clip(10 * x, found.low, found.high))).all()  # flat beyond the data


@pytest.mark.parametrize("law", ["normal", "laplace", "standard_cauchy"])
def test_steady_noise_is_called_steady(law: str) -> None:
    calls = []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(150, 3))
        calls.append(fit_log_variance(x, getattr(rng, law)(size=150)).steady > 0.5)
    assert np.mean(calls) > 0.9


@given(seed=st.integers(0, 1000), unit=st.floats(1e-9, 1e9))
@settings(max_examples=10)
def test_the_unit_of_the_noise_does_not_matter(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, 1))
    noise = np.exp(x[:, 0]) * rng.normal(size=60)
    found, other = fit_log_variance(x, noise), fit_log_variance(x, unit * noise)
    np.testing.assert_allclose(found(x), other(x), atol=1e-6)
    assert found.steady == pytest.approx(other.steady, abs=1e-6)


def test_scales_are_those_of_the_truth(model: KernelModel) -> None:
    rows = np.array([[-10.0, 0, 0], [0.0, 1, 0], [10.0, -1, 5]])
    found = scales(model, [0, 1, 2], rows)
    assert (found[:, :2] == 1).all()  # roots
    np.testing.assert_allclose(found[:, 2], 0.3 * np.exp(0.1 * rows[:, 0]), rtol=0.35)
    moved = rows + np.array([0, 0, 99])
    assert (scales(model, [2], moved) == found[:, 2:]).all()  # y is not its own parent


def test_noise_has_variance_one_and_generates_the_rows(model: KernelModel) -> None:
    data = widening(0)
    assert model.context_noise()[2].std() == pytest.approx(1, abs=0.02)
    fresh = widening(7, n=2000).to_numpy()
    noise = abduct(model, fresh)
    assert noise[:, 2].std() == pytest.approx(1, abs=0.15)
    low, high = noise[fresh[:, 0] < -5, 2].std(), noise[fresh[:, 0] > 5, 2].std()
    assert 0.7 < low / high < 1.4
    np.testing.assert_allclose(solve(model, noise), fresh, rtol=1e-9)
    plain = fit_kernel(observations(data), GRAPH)
    error = [
        np.abs(predict(m, fresh)[:, 2] - 2 * fresh[:, 0])[fresh[:, 0] < 0].mean() for m in (model, plain)
    ]
    assert error[0] < error[1]  # rows with little noise count for more


def test_auto_leaves_steady_noise_alone() -> None:
    steady = observations(widening(1, steady=True))
    plain, auto = (fit_kernel(steady, GRAPH, heteroscedastic=h) for h in (False, "auto"))
    forced = fit_kernel(steady, GRAPH, heteroscedastic=True)
    rows = steady.values[:20]
    assert (predict(plain, rows) == predict(auto, rows)).all()
    assert (scales(auto, [2], rows) == 1).all()
    assert scales(forced, [2], rows) == pytest.approx(0.3, rel=0.3)


def test_noise_on_the_suite() -> None:
    ours, plain, truth = [], [], []
    for case in islice(load_suite("mechanisms").only(kind="linear-heteroscedastic", n=100), 3):
        scale, query = case.context.std(0), torch.from_numpy(case.query)[None]
        functions = case.scm.evaluate(query)[0].numpy()
        log_scales = np.log(case.scm.scale(query)[0].numpy())
        for errors, choice in ((ours, "auto"), (plain, False)):
            found = fit_kernel(observations(case.frame), case.graph, heteroscedastic=choice)
            errors.append(np.sqrt((((predict(found, case.query) - functions) / scale) ** 2).mean()))
            if choice:
                logs = np.log(scales(found, range(10), case.query))
                truth += [log_scales.std(0).mean(), (log_scales - logs).std(0).mean()]
    assert np.mean(ours) < np.mean(plain)
    assert np.sum(truth[1::2]) < 0.6 * np.sum(truth[::2])


def test_bad_choice(one_sentence) -> None:
    with one_sentence("'yes'", "auto"):
        fit_kernel(observations(widening(0, n=20)), GRAPH, heteroscedastic="yes")  # type: ignore[arg-type]
