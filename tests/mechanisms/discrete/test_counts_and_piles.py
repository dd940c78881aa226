"""Counts and columns that pile up: samples near the data, the right laws, finite likelihoods, exact rows."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from mechanisms.discrete.count_regression import CountFit

GRAPH = nx.DiGraph([("a", "y"), ("b", "y")])
KINDS = {
    "clipped": lambda z, r: np.clip(z, -0.5, 0.5),
    "often zero": lambda z, r: np.where(r.random(len(z)) < 0.5, 0.0, np.exp(z)),
    "0/1": lambda z, r: (r.random(len(z)) < 1 / (1 + np.exp(-2 * z))) * 1.0,
    "poisson": lambda z, r: r.poisson(np.exp(np.clip(z, -3, 3))) * 1.0,
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_samples_stay_near_the_data_and_fitted_rows_are_possible(kind):
    random = np.random.default_rng(1)
    a, b = random.normal(size=(2, 300))
    y = KINDS[kind](a + b + 0.5 * random.normal(size=300), random)
    frame = pd.DataFrame({"a": a, "b": b, "y": y})
    model = fc.infer(frame, GRAPH)
    drawn = model.sample(1000, seed=0)["y"]
    assert np.abs(drawn).max() < 3 * np.abs(y).max()
    assert drawn.min() >= y.min()
    assert drawn.mean() == pytest.approx(y.mean(), abs=0.35 * y.std())
    assert (drawn == y.min()).mean() == pytest.approx((y == y.min()).mean(), abs=0.1)
    assert np.isfinite(model.log_likelihood(frame)).all()
    noise = model.noise(frame)
    np.testing.assert_allclose(model.generate(noise)["y"], y, atol=1e-6 * y.std())
    pd.testing.assert_frame_equal(model.counterfactual(frame.head(9), {}), frame.head(9))


@pytest.mark.parametrize("seed", range(4))
def test_the_furthest_tail_is_as_rare_as_the_noise_says(seed):
    """Of an end that there is not, no row is left with the quantile 1 - 1e-12 of the noise."""
    random = np.random.default_rng(seed)
    a, b = random.normal(size=(2, 300))
    y = np.where(random.random(300) < 0.5, 0.0, np.exp(a + b + 0.5 * random.normal(size=300)))
    frame = pd.DataFrame({"a": a, "b": b, "y": y})
    model = fc.infer(frame, GRAPH)
    drawn = model.sample(1000, seed=0)["y"]
    assert drawn.max() < 3 * y.max()


@pytest.mark.parametrize("seed", [0, 3, 5])
def test_counts_do_not_explode_where_both_causes_are_large(seed):
    random = np.random.default_rng(seed)
    a, b = random.normal(size=(2, 300))
    y = KINDS["poisson"](a + b + 0.5 * random.normal(size=300), random)
    drawn = fc.infer(pd.DataFrame({"a": a, "b": b, "y": y}), GRAPH).sample(1000, seed=0)["y"]
    assert drawn.max() < 3 * y.max()


def test_the_law_of_counts_is_found_and_goes_on_beyond_the_data():
    random = np.random.default_rng(0)
    n = 800
    a = random.normal(size=n)
    frame = pd.DataFrame(
        {
            "a": a,
            "poisson": random.poisson(np.exp(1 + 0.6 * a)),
            "wide": random.poisson(random.gamma(2, 0.5, n) * np.exp(1.2 + 0.5 * a)),
            "zeros": np.where(random.random(n) < 0.3, 0, random.poisson(np.exp(1.5 + 0.4 * a))),
        }
    )
    graph = nx.DiGraph([("a", name) for name in frame.columns[1:]])
    model = fc.infer(frame, graph)
    laws = {}
    for name in frame.columns[1:]:
        node = model.mechanisms.discrete_nodes[model.names.index(name)]
        laws[name] = node.laws[int(node.weights.argmax())]
        assert isinstance(laws[name], CountFit)
    assert laws["poisson"].dispersion >= 30
    assert laws["wide"].dispersion in (1.0, 3.0)
    assert laws["zeros"].zeros == pytest.approx(0.3, abs=0.06)
    predicted = model.predict(pd.DataFrame({name: [0.0, 1.0] for name in frame}))
    np.testing.assert_allclose(predicted["poisson"], np.exp([1, 1.6]), rtol=0.12)
    np.testing.assert_allclose(predicted["wide"], np.exp([1.2, 1.7]), rtol=0.2)
    np.testing.assert_allclose(predicted["zeros"], 0.7 * np.exp([1.5, 1.9]), rtol=0.12)
    more = model.counterfactual(frame, {"a": 2.0})
    lower = frame["a"].to_numpy() < 2
    assert (more["poisson"] >= frame["poisson"])[lower].all()  # a count whose mean grows never falls
    assert model.do({"a": 3.5}).sample(500)["poisson"].max() > frame["poisson"].max()
    assert model.sample(5)["poisson"].dtype == frame["poisson"].dtype
    effect = model.effect("a", "poisson", (0.0, 1.0), draws=60)
    assert effect["mean"].iloc[-1] == pytest.approx(np.exp(1.6) - np.exp(1), abs=0.5)


def test_conditions_on_a_binary_cause_with_causes():
    random = np.random.default_rng(0)

    def table(n):
        x = random.normal(size=n)
        t = (random.random(n) < 1 / (1 + np.exp(-1.5 * x))) * 1.0
        return pd.DataFrame({"x": x, "t": t, "y": (1 + 2 * x) * t + x + random.normal(size=n)})

    frame, big = table(500), table(100_000)
    model = fc.infer(frame, nx.DiGraph([("x", "t"), ("x", "y"), ("t", "y")]))
    assert set(model.sample(1000)["t"]) == {0.0, 1.0}
    for value in (0.0, 1.0):
        truth = 1 + 2 * big["x"][big["t"] == value].mean()
        found = model.effect("t", "y", (0, 1), given={"t": value}, draws=20, rows=300).iloc[-1]
        assert found["mean"] == pytest.approx(truth, abs=0.35)
    with pytest.raises(fc.InputError, match="none of the levels of 't'"):
        model.effect("t", "y", (0, 1), given={"t": 7})
