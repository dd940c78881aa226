"""Noise whose scale depends on the parents: found where it is, and not where it is not."""

from functools import cache
from itertools import islice

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.observations import observations
from foundation_causal.suites import load_suite
from mechanisms import CausalModel, infer
from mechanisms.averaged_model import average_models
from mechanisms.corrector.corrected_model import CorrectedModel, fit_corrected
from mechanisms.dowhy_bridge import to_dowhy
from mechanisms.kernel.gaussian_process import Kernel, Point, regression
from mechanisms.kernel.kernel_model import KernelModel, fit_kernel
from mechanisms.kernel.noise_scale import Spread, fit_log_variance, with_scale
from mechanisms.mechanism_model import abduct, predict
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
    return fit_kernel(observations(widening(0)), GRAPH)


def test_the_variance_is_found() -> None:
    x = np.random.default_rng(0).uniform(-2, 2, (400, 2))
    truth = 1.5 * np.sin(2 * x[:, 0])
    found = fit_log_variance(x, np.exp(truth / 2) * np.random.default_rng(1).normal(size=400))
    assert found.steady < 1e-3
    error = found(x) - truth
    assert (error - error.mean()).std() < 0.35
    assert (found(10 * x) <= found(np.clip(10 * x, found.low, found.high))).all()  # flat beyond the data


@pytest.mark.parametrize("slope", [0.0, 1.0])
def test_a_regression_as_it_stands_gets_a_scale_where_there_is_one(slope: float) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2))
    y = np.sin(x[:, 0]) + 0.2 * np.exp(slope * x[:, 1]) * rng.normal(size=300)
    point = Point(Kernel(np.ones(2), np.ones(2), 1.0), 1.0, 1.0)
    before = regression(x, y, [point], np.full(300, 0.1), with_noise=True)
    after = with_scale(before)
    if not slope:
        assert after is before
        return
    assert isinstance(after.spread, Spread)
    probe = np.array([[0.0, -1.0], [0.0, 1.0]])
    low, high = after.spread(probe)
    assert high / low == pytest.approx(np.exp(2 * slope), rel=0.35)
    assert after.variances.mean() == pytest.approx(0.1)
    assert [kept.kernel for kept in after.points] == [point.kernel]
    missed = [np.sqrt(np.mean((fitted.predict(x) - np.sin(x[:, 0])) ** 2)) for fitted in (before, after)]
    assert missed[1] < missed[0]


@pytest.mark.parametrize("distribution", ["normal", "laplace", "standard_cauchy"])
def test_steady_noise_is_called_steady(distribution: str) -> None:
    calls = []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(150, 3))
        calls.append(fit_log_variance(x, getattr(rng, distribution)(size=150)).steady > 0.5)
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
    found = model.scale_nodes([0, 1, 2], rows)
    assert (found[:, :2] == 1).all()  # roots
    np.testing.assert_allclose(found[:, 2], 0.3 * np.exp(0.1 * rows[:, 0]), rtol=0.35)
    moved = rows + np.array([0, 0, 99])
    assert (model.scale_nodes([2], moved) == found[:, 2:]).all()  # y is not its own parent


def test_noise_has_variance_one_and_generates_the_rows(model: KernelModel) -> None:
    data = widening(0)
    assert model.noise_of(2).std() == pytest.approx(1, abs=0.02)
    fresh = widening(7, n=2000).to_numpy()
    noise = abduct(model, fresh)
    assert noise[:, 2].std() == pytest.approx(1, abs=0.15)
    low, high = noise[fresh[:, 0] < -5, 2].std(), noise[fresh[:, 0] > 5, 2].std()
    assert 0.7 < low / high < 1.4
    np.testing.assert_allclose(solve(model, noise), fresh, rtol=1e-9)
    plain = fit_kernel(observations(data), GRAPH, heteroscedastic=False)
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
    assert (auto.scale_nodes([2], rows) == 1).all()
    assert forced.scale_nodes([2], rows) == pytest.approx(0.3, rel=0.3)


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
                logs = np.log(found.scale_nodes(range(10), case.query))
                truth += [log_scales.std(0).mean(), (log_scales - logs).std(0).mean()]
    assert np.mean(ours) < np.mean(plain)
    assert np.sum(truth[1::2]) < 0.6 * np.sum(truth[::2])


@cache
def inferred(**how: object) -> CausalModel:
    return infer(widening(0), GRAPH, **how)


def test_it_is_what_infer_does_by_default() -> None:
    free, steady = inferred(), inferred(mechanisms="homoscedastic")
    rows = widening(8, n=500)
    at = rows.to_numpy()
    assert np.ptp(free.mechanisms.scale_nodes([2], at)) > 0.3
    assert (steady.mechanisms.scale_nodes([2], at) == 1).all()
    assert free.log_likelihood(rows).mean() > steady.log_likelihood(rows).mean() + 0.15


def test_samples_spread_as_the_data_do() -> None:
    sample, data = inferred().sample(4000, seed=1), widening(9, n=4000)
    for rows in (data, sample):
        rows["rest"] = (rows["y"] - 2 * rows["a"]).abs()
    for low, high in ((-15, -5), (5, 15)):
        found, expected = (rows.loc[rows["a"].between(low, high), "rest"].mean() for rows in (sample, data))
        assert found == pytest.approx(expected, rel=0.3)


def test_counterfactuals_take_the_scale_along() -> None:
    """y = 2 a + S(a) n, so that n, and not y - 2 a, is kept."""
    data, model = widening(0), inferred()
    rows = data[data["a"].between(-8, 0)].head(60)
    moved = model.counterfactual(rows, {"a": 8.0})["y"]
    truth = 16 + (rows["y"] - 2 * rows["a"]) * np.exp(0.1 * (8 - rows["a"]))
    kept = 16 + (rows["y"] - 2 * rows["a"])
    assert np.abs(moved - truth).mean() < 0.5 * np.abs(kept - truth).mean()


def test_effects_have_intervals_that_know_where_noise_is_small() -> None:
    ask = {"draws": 60, "seed": 0, "method": "plug-in"}
    effect = inferred().effect("a", "y", (-10.0, -5.0), **ask).iloc[-1]
    plain = inferred(mechanisms="homoscedastic").effect("a", "y", (-10.0, -5.0), **ask).iloc[-1]
    assert effect["lower"] < 10 < effect["upper"]
    assert effect["upper"] - effect["lower"] < plain["upper"] - plain["lower"]


def test_averages_share_the_scales_too() -> None:
    graphs = [(GRAPH, 0.6), (nx.DiGraph([("a", "y"), ("b", "y"), ("a", "b")]), 0.4)]
    data = observations(widening(0))
    averaged, alone = average_models(data, graphs), inferred()
    rows = data.frame.head(20)
    pd.testing.assert_frame_equal(averaged.models[0].noise(rows), alone.noise(rows))
    at = data.values[:20]
    one, other = (model.mechanisms.scale_nodes([2], at) for model in averaged.models)
    assert (one == other).all()
    assert np.ptp(one) > 0
    pd.testing.assert_series_equal(averaged.models[0].sample(9)["y"], alone.sample(9)["y"])


def test_dowhy_gets_the_scales() -> None:
    gcm = pytest.importorskip("dowhy.gcm")
    model, rows = inferred(), widening(0).head(20)
    handed = to_dowhy(model)
    found = gcm.counterfactual_samples(handed, {"a": lambda _: 5.0}, observed_data=rows)
    np.testing.assert_allclose(found[model.names], model.counterfactual(rows, {"a": 5.0}), rtol=1e-9)
    noise = handed.causal_mechanism("y").estimate_noise(rows[["y"]].to_numpy(), rows[["a", "b"]].to_numpy())
    np.testing.assert_allclose(noise[:, 0], model.noise(rows)["y"], rtol=1e-9)


def test_the_corrector_reads_the_plain_model() -> None:
    data = observations(widening(0, n=60))
    found = fit_corrected(data, GRAPH)
    plain = fit_kernel(data, GRAPH, heteroscedastic=False)
    assert isinstance(found, CorrectedModel)
    assert (predict(found.kernel, data.values) == predict(plain, data.values)).all()


@pytest.mark.parametrize("choice", ["yes", 0, np.False_])
def test_bad_choice(choice, one_sentence) -> None:
    with one_sentence(repr(choice), "auto"):
        fit_kernel(observations(widening(0, n=20)), GRAPH, heteroscedastic=choice)
