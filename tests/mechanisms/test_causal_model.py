import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.simulate import p_in
from mechanisms import CausalModel, infer
from mechanisms.linear import LinearModel

OneSentence = Callable[..., AbstractContextManager[None]]


@pytest.fixture(scope="module")
def model(collider: tuple[pd.DataFrame, nx.DiGraph]) -> CausalModel:
    return infer(*collider)


@pytest.fixture(scope="module")
def rows(collider: tuple[pd.DataFrame, nx.DiGraph]) -> pd.DataFrame:
    return collider[0].head(12).set_axis([f"row{i}" for i in range(12)])


def linear(model: LinearModel) -> CausalModel:
    """A causal model whose functions are exact, with standard normal noise."""
    seen = np.random.default_rng(0).normal(size=(200, len(model.names)))
    return CausalModel(model, list(seen.T))


def test_tables_keep_names_order_and_index(model: CausalModel, rows: pd.DataFrame) -> None:
    shuffled = rows[["a", "b", "c", "e"]]
    tables = [
        model.predict(shuffled),
        model.noise(shuffled),
        model.generate(shuffled),
        model.counterfactual(shuffled, {"a": 4.0}),
    ]
    for table in tables:
        assert list(table.columns) == ["e", "a", "c", "b"] == model.names
        assert list(table.index) == list(rows.index)
    assert list(model.sample(5).columns) == model.names
    pd.testing.assert_frame_equal(model.predict(shuffled), model.predict(rows))
    pd.testing.assert_frame_equal(model.predict(rows.to_numpy()), model.predict(rows).reset_index(drop=True))


def test_noise_is_rows_minus_prediction(model: CausalModel, rows: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(model.noise(rows) + model.predict(rows), rows)


def test_generate_inverts_noise(model: CausalModel, rows: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(model.generate(model.noise(rows)), rows, rtol=1e-12)
    moved = model.do({"c": 0.5})
    sample = moved.sample(20)
    pd.testing.assert_frame_equal(moved.generate(moved.noise(sample)), sample, rtol=1e-12)
    assert (moved.noise(sample)["c"] == 0).all()


def test_samples_look_like_the_data(collider: tuple[pd.DataFrame, nx.DiGraph], model: CausalModel) -> None:
    data, sample = collider[0], model.sample(3000, seed=1)
    scale = data.std()
    assert (((sample.mean() - data.mean()) / scale).abs() < 0.15).all()
    assert ((sample.std() / scale - 1).abs() < 0.15).all()
    assert (sample.corr() - data.corr()).abs().to_numpy().max() < 0.15


def test_sample_is_seeded(model: CausalModel) -> None:
    pd.testing.assert_frame_equal(model.sample(10, seed=3), model.sample(10, seed=3))
    assert (model.sample(10, seed=3) != model.sample(10, seed=4)).all(axis=None)


def test_do_cuts_edges_and_clamps(model: CausalModel) -> None:
    moved = model.do({"c": 0.5})
    assert set(moved.graph.edges) == {("c", "e")}
    assert set(model.graph.edges) == {("a", "c"), ("b", "c"), ("c", "e")}
    before, after = model.sample(50, seed=1), moved.sample(50, seed=1)
    assert (after["c"] == 0.5).all()
    assert (after[["a", "b"]] == before[["a", "b"]]).all(axis=None)
    assert (after["e"] != before["e"]).all()
    assert (moved.predict(before)["c"] == 0.5).all()


def test_do_can_be_chained(model: CausalModel) -> None:
    chained, at_once = model.do({"a": 4.0}).do({"c": 0.5}), model.do({"c": 0.5, "a": 4.0})
    pd.testing.assert_frame_equal(chained.sample(20), at_once.sample(20))
    assert set(chained.graph.edges) == set(at_once.graph.edges)
    assert (model.do({"a": 4.0}).do({"a": 6.0}).sample(3)["a"] == 6).all()


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), d=st.integers(2, 6))
def test_linear_intervention_moves_the_mean_by_the_total_effect(
    random_linear: Callable[[np.random.Generator, int], LinearModel], seed: int, d: int
) -> None:
    rng = np.random.default_rng(seed)
    truth = random_linear(rng, d)
    model, j = linear(truth), int(rng.integers(d))
    low, high = (model.do({truth.names[j]: v}).sample(10).to_numpy() for v in (-1.0, 2.0))
    cut = truth.weights.copy()
    cut[:, j] = 0
    total = np.linalg.inv(np.eye(d) - cut)[j]
    np.testing.assert_allclose(high - low, np.tile(3 * total, (10, 1)), atol=1e-8)


def test_inferred_linear_intervention_against_the_closed_form() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=1000)
    y = 2 * x + 0.5 * rng.normal(size=1000)
    z = y - 3 * x + 0.5 * rng.normal(size=1000)
    frame = pd.DataFrame({"z": z, "x": x, "y": y})
    model = infer(frame, nx.DiGraph([("x", "y"), ("x", "z"), ("y", "z")]))
    sample = model.do({"y": 1.5}).sample(4000, seed=0)
    assert sample["z"].mean() == pytest.approx(1.5 - 3 * x.mean(), abs=0.15)
    assert sample["z"].std() == pytest.approx(np.sqrt(9 + 0.25), rel=0.05)
    assert model.do({"x": 1.0}).sample(4000)["z"].mean() == pytest.approx(-1, abs=0.1)


def test_counterfactual_against_the_simulators_truth() -> None:
    batch = p_in(["rff"], ["er"]).draw(scms=1, d=6, n=500, seed=11)
    data, graph = batch.frame(0), batch.graph(0)
    target = max(graph, key=lambda name: len(nx.descendants(graph, name)))
    value = float(data[target].quantile(0.7))
    truth = batch.generate(batch.noise, batch.do({target: value}))[0, 400:].numpy()
    model = infer(data.head(400), graph)
    found = model.counterfactual(data.tail(100), {target: value})
    scale = data.std().to_numpy()
    error = np.sqrt((((found - truth) / scale) ** 2).to_numpy().mean())
    moved = np.sqrt((((data.tail(100) - truth) / scale) ** 2).to_numpy().mean())
    assert error < 0.15
    assert error < moved / 4


def test_counterfactual_with_what_happened_is_what_happened(model: CausalModel, rows: pd.DataFrame) -> None:
    for name in model.names:
        for i in range(3):
            row = rows.iloc[[i]]
            pd.testing.assert_frame_equal(
                model.counterfactual(row, {name: row[name].iloc[0]}), row, rtol=0, atol=0
            )


def test_counterfactual_is_generation_from_the_same_noise(model: CausalModel, rows: pd.DataFrame) -> None:
    for change in ({"c": 0.5}, {"a": 4.0, "e": 0.0}, {"c": lambda f: 0.5 * f}):
        expected = model.do(change).generate(model.noise(rows))
        pd.testing.assert_frame_equal(model.counterfactual(rows, change), expected, rtol=1e-9, atol=1e-12)


def test_counterfactual_in_an_intervened_world(model: CausalModel) -> None:
    moved = model.do({"c": 0.5})
    seen = moved.sample(10)
    found = moved.counterfactual(seen, {"a": 6.0})
    assert (found["a"] == 6).all()
    assert (found[["b", "c", "e"]] == seen[["b", "c", "e"]]).all(axis=None)


def test_soft_interventions(model: CausalModel) -> None:
    before, after = model.sample(30), model.do({"c": lambda f: f + 0.5}).sample(30)
    np.testing.assert_allclose(after["c"] - before["c"], 0.5)
    assert (after["e"] != before["e"]).all()
    assert set(model.do({"c": np.negative}).graph.edges) == set(model.graph.edges)


def test_pickles(model: CausalModel) -> None:
    again = pickle.loads(pickle.dumps(model.do({"a": 4.0})))
    pd.testing.assert_frame_equal(again.sample(5), model.do({"a": 4.0}).sample(5))


def test_repr_names_what_is_done(model: CausalModel) -> None:
    assert repr(model.do({"c": 0.5})) == "CausalModel(4 variables, 1 edge, do: c = 0.5)"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, "2.0", None, [1.0]])
def test_bad_values(model: CausalModel, rows: pd.DataFrame, one_sentence: OneSentence, value: object) -> None:
    with one_sentence("'a'", "finite number", "1e+150"):
        model.do({"a": value})
    with one_sentence("'a'"):
        model.counterfactual(rows, {"a": value})


def test_bad_interventions(model: CausalModel, rows: pd.DataFrame, one_sentence: OneSentence) -> None:
    with one_sentence("'PKA'", "'e', 'a', 'c', 'b'"):
        model.do({"PKA": 1.0})
    with one_sentence("list"):
        model.do(["a"])  # type: ignore[arg-type]
    with one_sentence("'c'", "clamped"):
        model.do({"c": 0.5}).do({"c": np.negative})
    with one_sentence("rows", "'e'"):
        model.counterfactual(rows[["a", "b", "c"]], {"a": 1.0})


def test_bad_rows_and_counts(model: CausalModel, rows: pd.DataFrame, one_sentence: OneSentence) -> None:
    with one_sentence("rows", "'c'"):
        model.predict(rows.drop(columns="c"))
    with one_sentence("rows of noise"):
        model.generate(rows.assign(c=np.nan))
    for count in (0, -3, 2.5, True):
        with one_sentence("samples"):
            model.sample(count)  # type: ignore[arg-type]
