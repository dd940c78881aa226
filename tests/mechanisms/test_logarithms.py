"""Variables in logarithms: exact on SCMs that multiply, positive samples, proper distributions."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from foundation_causal.errors import InputError, NarrowIntervalWarning
from foundation_causal.observations import observations
from mechanisms.inference import infer
from mechanisms.kernel.kernel_model import fit_kernel
from mechanisms.logarithms import LogModel, Relative, choose_logs, in_logs, log_columns, mean_log_densities
from mechanisms.mechanism_model import abduct, predict
from mechanisms.noise.sampling import draw_noise
from mechanisms.queries.interventions import Replace, Shift
from mechanisms.solver import counterfactual, solve

GRAPH = nx.DiGraph([("a", "b"), ("b", "c"), ("a", "c")])


@pytest.fixture(scope="module")
def data():
    """b is a to the power 0.7, times noise; c adds logarithms, and may be negative."""
    rng = np.random.default_rng(0)
    a = np.exp(rng.normal(2, 1, 300))
    b = a**0.7 * np.exp(rng.normal(0, 0.3, 300))
    return observations(pd.DataFrame({"a": a, "b": b, "c": np.log(b) - 2 + 0.1 * rng.normal(size=300)}))


@pytest.fixture(scope="module")
def fitted(data):
    return fitted_in_logs(data, GRAPH)


@pytest.fixture(scope="module")
def multiplying(data):
    """The causal model with the right columns in logarithms."""
    return infer(data, GRAPH, logs=["a", "b"])


def fitted_in_logs(data, graph):
    within = in_logs(data, ["a", "b"])
    return within.in_units(fit_kernel(within.data, graph))


def test_the_model_is_the_one_of_the_logarithms(data, fitted):
    model = fitted
    rows = data.values[:20]
    truth = np.exp(0.7 * np.log(rows[:, 0]))
    assert np.allclose(predict(model, rows)[:, 1], truth, rtol=0.15)
    relative = abduct(model, rows)[:, 1]
    assert np.allclose(np.log1p(relative), np.log(rows[:, 1]) - np.log(predict(model, rows)[:, 1]))
    assert np.allclose(solve(model, abduct(model, rows)), rows)


def test_samples_are_positive_where_data_were_and_moments_agree(data, fitted):
    rows = solve(fitted, draw_noise(fitted.context_noise(data), 5000, seed=1))
    assert (rows[:, :2] > 0).all()
    assert (rows[:, 2] < 0).any()
    logs = np.log(rows[:, :2])
    assert np.allclose(logs.mean(0), np.log(data.values[:, :2]).mean(0), atol=0.1)
    assert np.allclose(logs.std(0), np.log(data.values[:, :2]).std(0), rtol=0.1)


def test_counterfactuals_multiply(data, fitted):
    model = fitted
    rows = data.values[:5]
    moved = counterfactual(model, rows, model, {0: 10.0}, {0})
    ratio = (10 / rows[:, 0]) ** 0.7
    assert np.allclose(moved[:, 1] / rows[:, 1], ratio, rtol=0.15)


def test_relative_noise_has_a_proper_distribution():
    distribution = Relative.of(np.random.default_rng(0).normal(0, 0.4, 200))
    x = np.linspace(-1, 20, 400_001)
    density = np.exp(distribution.log_density(x))
    assert np.trapezoid(density, x) == pytest.approx(1, abs=1e-3)
    assert np.allclose(np.cumsum(density)[::5000] * (x[1] - x[0]), distribution.cdf(x)[::5000], atol=1e-3)
    u = np.linspace(0.01, 0.99, 7)
    assert np.allclose(distribution.cdf(distribution.quantile(u)), u)
    assert distribution.cdf(np.array([-2.0]))[0] == 0
    assert distribution.log_density(np.array([-1.5]))[0] == -np.inf
    assert np.isfinite(distribution.quantile(np.array([1 - 1e-16]))).all()


@pytest.mark.parametrize("spread", [0.4, 0.01])
def test_no_positive_value_is_impossible_in_logarithms(spread):
    distribution = Relative.of(np.random.default_rng(0).normal(0, spread, 200))
    assert np.isfinite(distribution.log_density(np.array([-1 + 1e-12, 1e6]))).all()
    u = np.array([1e-9, 1e-6, 1 - 1e-6, 1 - 1e-9])
    assert np.allclose(distribution.cdf(distribution.quantile(u)), u, rtol=1e-9, atol=1e-12)
    drawn = distribution.quantile(np.random.default_rng(1).uniform(size=100_000))
    assert drawn.mean() == pytest.approx(np.exp(spread**2 / 2) - 1, abs=0.05)
    assert drawn.max() < 50


def test_logarithms_are_tried_where_they_pay(data):
    assert log_columns(data) == ["a", "b"]
    rng = np.random.default_rng(1)
    assert log_columns(observations(pd.DataFrame(rng.normal(50, 1, (100, 2)), columns=["x", "y"]))) == []


def test_the_likelihood_says_which_model_is_right(data):
    assert choose_logs(data, GRAPH) == ["a", "b"]
    rng = np.random.default_rng(2)
    skewed = rng.exponential(1, 300)
    added = pd.DataFrame({"a": skewed, "b": 5 + 3 * skewed + 0.1 * rng.normal(size=300)})
    assert "a" in log_columns(observations(added)) or "b" in log_columns(observations(added))
    assert choose_logs(observations(added), nx.DiGraph([("a", "b")])) == []


def test_a_causal_model_takes_logarithms_by_itself_or_on_demand(data, multiplying):
    auto, never = (infer(data, GRAPH, logs=logs) for logs in ("auto", False))
    assert auto.counterfactual(data.frame, {"a": 1.0}).equals(
        multiplying.counterfactual(data.frame, {"a": 1.0})
    )
    assert (auto.sample(2000)[["a", "b"]] > 0).all(axis=None)
    assert not (never.sample(2000)[["a", "b"]] > 0).all(axis=None)
    held_out = np.random.default_rng(9).normal(size=(300, 3)) * [1, 0.3, 0.1] + [2, 0, 0]
    a = np.exp(held_out[:, 0])
    b = a**0.7 * np.exp(held_out[:, 1])
    rows = pd.DataFrame({"a": a, "b": b, "c": np.log(b) - 2 + held_out[:, 2]})
    assert auto.log_likelihood(rows).mean() > never.log_likelihood(rows).mean() + 0.1
    assert auto.generate(auto.noise(rows)).to_numpy() == pytest.approx(rows.to_numpy())
    with pytest.raises(InputError, match=r"^logs is 'yes'; give"):
        infer(data, GRAPH, logs="yes")
    with pytest.raises(InputError, match=r"^'c' has values that are not above 0"):
        infer(data, GRAPH, logs=True)


def test_effects_have_intervals_in_logarithms_too(multiplying):
    effect = multiplying.effect("a", "b", values=(5.0, 10.0), draws=40, seed=0).iloc[-1]
    truth = (10**0.7 - 5**0.7) * np.exp(0.3**2 / 2)
    assert effect["lower"] < truth < effect["upper"]
    assert 0 < effect["upper"] - effect["lower"] < 2 * truth


def test_rows_under_interventions_are_left_out_as_without_logarithms(data):
    mask = pd.DataFrame(False, index=data.frame.index, columns=data.names)
    mask.loc[:9, "b"] = True
    model = fitted_in_logs(observations(data.frame, intervened=mask), GRAPH)
    assert [len(rows) for rows in model.base.rows] == [300, 290, 300]


def test_what_has_no_logarithm_is_refused(data, fitted):
    model = fitted
    with pytest.raises(InputError, match=r"^'c' has values that are not above 0"):
        in_logs(data, ["c"])
    with pytest.raises(InputError, match=r"^There is no column 'z' to take logarithms of"):
        in_logs(data, ["z"])
    with pytest.raises(
        InputError, match=r"^'a' is modelled in logarithms and has a value that is not above 0"
    ):
        solve(model, np.zeros((2, 3)), {0: -1.0})
    assert isinstance(model, LogModel)


def spreading(seed, n=300):
    """The noise of log b grows ninefold with log a."""
    rng = np.random.default_rng(seed)
    a = rng.uniform(-2, 2, n)
    b = a + 0.3 * np.exp(0.55 * a) * rng.normal(size=n)
    return pd.DataFrame({"a": np.exp(a), "b": np.exp(b)}), nx.DiGraph([("a", "b")])


def test_noise_of_a_logarithm_has_one_scale():
    frame, graph = spreading(3)
    logs = in_logs(observations(frame), ["a", "b"])
    free = fit_kernel(logs.data, graph)
    assert np.ptp(free.scale_nodes([1], logs.data.values)) > 0.5
    model = infer(frame, graph, logs=True)
    at = frame.head(9).to_numpy()
    assert (model.mechanisms.scale_nodes([0, 1], at) == predict(model.mechanisms, at)).all()
    assert model.generate(model.noise(frame)).to_numpy() == pytest.approx(frame.to_numpy())
    assert np.log(model.sample(2000)).std()["b"] == pytest.approx(np.log(frame["b"]).std(), rel=0.1)


@pytest.mark.parametrize(("power", "chosen"), [(1, ["a", "b"]), (2, [])])
def test_a_scale_that_depends_on_parents_competes_with_logarithms(power, chosen):
    """Noise that grows as b does is one of logarithms; noise that grows faster is not."""
    rng = np.random.default_rng(5)
    a = np.exp(rng.normal(0, 0.7, 300))
    b = 2 * a + 0.25 * a**power * rng.uniform(-1, 1, 300)
    data, graph = observations(pd.DataFrame({"a": a, "b": b})), nx.DiGraph([("a", "b")])
    assert log_columns(data) == ["a", "b"]
    steady = fit_kernel(data, graph, heteroscedastic=False)
    assert mean_log_densities(fit_kernel(data, graph))[1] > mean_log_densities(steady)[1] + 0.2
    assert infer(data, graph).logs == chosen


def test_logarithms_leave_the_noise_of_other_columns_its_scale():
    rng = np.random.default_rng(0)
    a = rng.normal(size=400)
    frame = pd.DataFrame({"a": a, "b": np.exp(a) * rng.normal(size=400), "c": np.exp(0.5 * a)})
    frame["c"] *= np.exp(0.3 * rng.normal(size=400))
    graph = nx.DiGraph([("a", "b"), ("a", "c")])
    plain, moved = (infer(frame, graph, logs=logs).mechanisms for logs in (False, ["c"]))
    ends = np.array([[-1.0, 0.0, 1.0], [1.0, 0.0, 1.0]])
    low, high = plain.scale_nodes([1], ends)[:, 0]
    assert high > 3 * low
    np.testing.assert_allclose(moved.scale_nodes([2, 1], ends)[:, 1], [low, high])
    np.testing.assert_allclose(moved.scale_nodes([2, 1], ends)[:, 0], moved.predict_nodes([2], ends)[:, 0])


@pytest.mark.parametrize("logs", [None, 3, "a"])
def test_what_is_no_choice_of_columns(data, logs, one_sentence):
    with one_sentence("logs is", "list of columns"):
        infer(data, GRAPH, logs=logs)


def test_soft_interventions_take_the_relative_noise_with_them(data, multiplying):
    model = multiplying
    rows = data.frame.head(20)
    halved = model.counterfactual(rows, {"b": lambda f: 0.5 * f})
    assert halved["b"].to_numpy() == pytest.approx(0.5 * rows["b"].to_numpy())
    ten = Replace(lambda parents: 10 + 0 * parents["a"])
    moved = model.do({"b": ten}).sample(3000, seed=1)
    assert (moved["b"] > 0).all()
    assert np.log(moved["b"]).mean() == pytest.approx(np.log(10), abs=0.05)
    again = model.do({"b": ten}).do({"b": lambda f: 2 * f}).sample(3000, seed=1)
    assert again["b"].to_numpy() == pytest.approx(2 * moved["b"].to_numpy())
    shifted = model.counterfactual(rows, {"b": Shift(1.0)})
    assert (shifted["b"] - rows["b"]).to_numpy() == pytest.approx(1)


def test_what_is_in_logarithms_is_said_and_cannot_be_set_below_zero(data):
    model = infer(data, nx.DiGraph([("a", "c"), ("c", "b")]), logs=["b"])  # which nothing depends on
    assert model.logs == ["b"]
    assert "in logarithms: b" in repr(model)
    with pytest.raises(InputError, match=r"^'b' is modelled in logarithms and cannot be set to -2; give"):
        model.do({"b": -2.0})
    assert infer(data, GRAPH, logs=False).logs == []


def test_intervals_without_a_posterior_are_warned_of(data):
    model = infer(data, GRAPH, logs=False, mechanisms="least-squares")
    with pytest.warns(NarrowIntervalWarning, match="no posterior"):
        model.effect("a", "b", (1.0, 2.0), draws=3, method="plug-in")


def test_values_that_were_set_do_not_decide_about_logarithms():
    rng = np.random.default_rng(3)
    x = rng.lognormal(0, 1, 200)
    frame = pd.DataFrame({"x": x, "y": 50 + rng.normal(size=200)})
    mask = np.zeros((200, 2), dtype=bool)
    mask[100:, 1] = True
    frame.loc[100:, "y"] = np.exp(rng.normal(5, 2, 100))
    assert log_columns(observations(frame)) == ["x", "y"]
    assert log_columns(observations(frame, intervened=mask)) == ["x"]
