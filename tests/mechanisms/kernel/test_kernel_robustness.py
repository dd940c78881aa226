"""Data that are odd, but no mistake: the kernel model answers, and says what it left out."""

import time
import tracemalloc
import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from foundation_causal.errors import SubsampleWarning
from foundation_causal.observations import observations
from mechanisms import infer
from mechanisms.kernel.kernel_model import MAX_FITTED_ROWS, fit_kernel
from mechanisms.mechanism_model import abduct, predict
from mechanisms.noise.sampling import draw_noise


def wave(n: int, seed: int = 0) -> tuple[pd.DataFrame, nx.DiGraph]:
    """y depends on x through its value and its noise's scale."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = np.sin(2 * x) + 0.1 * np.exp(0.8 * x) * rng.normal(size=n)
    return pd.DataFrame({"x": x, "y": y}), nx.DiGraph([("x", "y")])


def test_many_rows_are_drawn_from_and_the_warning_counts_them() -> None:
    frame, graph = wave(100_000)
    tracemalloc.start()
    begun = time.process_time()
    with pytest.warns(SubsampleWarning, match=r"^[^.]* 10,000 of the 100,000 rows[^.]*\.$"):
        model = fit_kernel(observations(frame), graph, heteroscedastic="auto")
    noise = model.context_noise(observations(frame))
    assert time.process_time() - begun < 30  # seconds; a hundredfold of that if all rows were fitted
    assert tracemalloc.get_traced_memory()[1] < 400e6  # one kernel matrix of all rows has 8e10 bytes
    tracemalloc.stop()
    assert [len(one) for one in noise] == [100_000, MAX_FITTED_ROWS]
    assert noise[1].std() == pytest.approx(1, abs=0.05)
    query = np.array([[-1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_allclose(predict(model, query)[:, 1], np.sin([-2, 2]), atol=0.06)
    np.testing.assert_allclose(model.scale_nodes([1], query)[:, 0], 0.1 * np.exp([-0.8, 0.8]), rtol=0.25)


def test_no_warning_where_every_row_is_used() -> None:
    frame, graph = wave(MAX_FITTED_ROWS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_kernel(observations(frame), graph)


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_units_of_the_noise(unit: float) -> None:
    frame, graph = wave(150)
    one, other = (fit_kernel(observations(f), graph, heteroscedastic="auto") for f in (frame, frame * unit))
    rows = frame.to_numpy()[:30]
    np.testing.assert_allclose(predict(other, rows * unit) / unit, predict(one, rows), atol=1e-6)
    np.testing.assert_allclose(
        other.scale_nodes([1], rows * unit) / unit, one.scale_nodes([1], rows), rtol=1e-5
    )
    np.testing.assert_allclose(abduct(other, rows * unit)[:, 1], abduct(one, rows)[:, 1], atol=1e-4)


@pytest.mark.parametrize("heteroscedastic", [False, "auto", True])
@pytest.mark.parametrize("free", [1, 2, 5])
def test_few_rows_in_which_a_variable_was_left_alone(free: int, heteroscedastic: bool) -> None:
    frame, graph = wave(40)
    mask = np.zeros((40, 2), dtype=bool)
    mask[free:, 1] = True
    model = fit_kernel(observations(frame, intervened=mask), graph, heteroscedastic=heteroscedastic)
    assert np.isfinite(predict(model, frame.to_numpy())).all()
    noise = model.context_noise(observations(frame, intervened=mask))
    assert len(noise[1]) == free
    assert np.isfinite(draw_noise(noise, 10, seed=0)).all()


@pytest.mark.parametrize("heteroscedastic", [False, "auto", True])
def test_a_parent_that_did_not_vary_where_it_matters(heteroscedastic: bool) -> None:
    frame, graph = wave(60)
    mask = np.zeros((60, 2), dtype=bool)
    mask[30:, 1] = True
    frame.loc[:29, "x"] = 0.5  # constant in all rows that tell of y
    model = fit_kernel(observations(frame, intervened=mask), graph, heteroscedastic=heteroscedastic)
    found = predict(model, frame.to_numpy())[:30, 1]
    assert found == pytest.approx(frame["y"][:30].mean(), abs=0.1)


@pytest.mark.parametrize("heteroscedastic", ["auto", True])
def test_more_parents_than_rows_duplicates_and_no_noise(heteroscedastic: bool) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(22, 30)), columns=[f"x{j}" for j in range(30)])
    frame["copy"], frame["twin"] = frame["x0"], frame["x1"]
    frame["sum"] = frame["x0"] + frame["x1"]
    graph = nx.DiGraph([(name, "sum") for name in frame if name != "sum"] + [("x0", "copy")])
    graph.add_nodes_from(frame.columns)
    model = fit_kernel(observations(frame), graph, heteroscedastic=heteroscedastic)
    rows = frame.to_numpy()
    assert np.isfinite(predict(model, rows)).all()
    assert np.isfinite(model.scale_nodes(range(33), rows)).all()
    assert np.abs(predict(model, rows)[:, 30] - rows[:, 30]).max() < 1e-3
    assert np.isfinite(draw_noise(model.context_noise(observations(frame)), 10, seed=0)).all()


def test_counts_and_yes_or_no() -> None:
    rng = np.random.default_rng(0)
    smokes = (rng.random(200) < 0.3).astype(float)
    visits = rng.poisson(1 + 2 * smokes).astype(float)
    frame = pd.DataFrame({"smokes": smokes, "visits": visits, "cost": 10 * visits + rng.normal(size=200)})
    model = infer(frame, nx.DiGraph([("smokes", "visits"), ("visits", "cost")]))
    sample = model.sample(500)
    assert set(sample["smokes"].round(9)) == {0, 1}  # a root keeps to its values
    assert sample["smokes"].mean() == pytest.approx(smokes.mean(), abs=0.08)
    assert model.do({"visits": 2.0}).sample(200)["cost"].mean() == pytest.approx(20, abs=0.5)
