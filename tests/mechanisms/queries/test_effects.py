"""Effects and their intervals, against closed forms."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.errors import ExtrapolationWarning
from foundation_causal.types import Array
from mechanisms import CausalModel, infer
from mechanisms.linear import LinearModel
from mechanisms.mechanism_model import Functions
from mechanisms.queries.interventions import Shift

RandomLinear = Callable[[np.random.Generator, int], LinearModel]
OneSentence = Callable[..., AbstractContextManager[None]]


def normal(graph: nx.DiGraph, functions: Mapping[str, Callable[[Array], Array]]) -> CausalModel:
    """Written-down functions with standard normal noise."""
    seen = np.random.default_rng(0).normal(size=(2000, len(graph)))
    seen = (seen - seen.mean(0)) / seen.std(0)
    return CausalModel(Functions(graph, functions), list(seen.T))


def causal(model: LinearModel) -> CausalModel:
    seen = np.random.default_rng(0).normal(size=(400, len(model.names)))
    return CausalModel(model, list((seen - seen.mean(0)).T))


@pytest.fixture(scope="module")
def moderated() -> CausalModel:
    """w <- z -> t, y = t z + noise: the effect of t on y is z."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["z", "w", "t", "y"])
    graph.add_edges_from([("z", "w"), ("z", "t"), ("z", "y"), ("t", "y")])
    return normal(
        graph,
        {
            "z": lambda x: 0 * x[:, 0],
            "w": lambda x: x[:, 0],
            "t": lambda x: x[:, 0],
            "y": lambda x: x[:, 0] * x[:, 2],
        },
    )


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), d=st.integers(2, 6))
def test_total_effect_in_closed_form(random_linear: RandomLinear, seed: int, d: int) -> None:
    """The noise cancels in differences, so that the intervals are points."""
    rng = np.random.default_rng(seed)
    truth = random_linear(rng, d)
    t, y = rng.permutation(d)[:2]
    names, values = truth.names, rng.normal(size=3)
    total = np.linalg.inv(np.eye(d) - truth.weights)[t, y]
    for those in (None, pd.DataFrame(rng.normal(size=(5, d)), columns=names)):
        found = causal(truth).effect(names[t], names[y], values, given=those, draws=3)
        assert found["value"].tolist() == [*values, *values[1:]]
        assert found["baseline"].tolist()[3:] == [values[0]] * 2
        assert found["baseline"][:3].isna().all()
        for column in ("mean", "lower", "upper"):
            np.testing.assert_allclose(found[column][3:], (values[1:] - values[0]) * total, atol=1e-8)
    cut = truth.weights.copy()
    cut[:, t] = 0
    level = truth.bias.copy()
    level[t] = values[0]
    expected = (level @ np.linalg.inv(np.eye(d) - cut))[y]
    found = causal(truth).effect(names[t], names[y], values, draws=3, rows=4000)
    assert found["mean"][0] == pytest.approx(expected, abs=0.5)


def test_interval_of_an_inferred_linear_effect() -> None:
    """As wide as the confidence interval of least squares, and around its estimate."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=200)
    x = z + rng.normal(size=200)
    y = 2 * x - 3 * z + 0.5 * rng.normal(size=200)
    data = pd.DataFrame({"z": z, "x": x, "y": y})
    model = infer(data, nx.DiGraph([("z", "x"), ("z", "y"), ("x", "y")]))
    found = model.effect("x", "y", (0, 1)).iloc[-1]
    design = np.column_stack([np.ones(200), x, z])
    weights, (residual,), *_ = np.linalg.lstsq(design, y)
    error = np.sqrt(residual / 197 * np.linalg.inv(design.T @ design)[1, 1])
    assert found["mean"] == pytest.approx(weights[1], abs=0.5 * error)
    assert found["upper"] - found["lower"] == pytest.approx(2 * 1.645 * error, rel=0.35)
    total = model.effect("z", "y", (0, 1)).iloc[-1]
    assert total["lower"] < -1 < total["upper"]
    assert total["upper"] - total["lower"] < 1


def test_effect_on_each_row_by_its_own_noise(moderated: CausalModel) -> None:
    rows = moderated.sample(4, seed=1).set_axis(["p", "q", "r", "s"])
    found = moderated.effect("t", "y", (-1.0, 1.0), given=rows, each=True, draws=2)
    assert found["row"].tolist() == [row for row in rows.index for _ in range(3)]
    contrasts = found[found["baseline"].notna()]
    np.testing.assert_allclose(contrasts["mean"], 2 * rows["z"])
    noise = moderated.noise(rows)["y"]
    np.testing.assert_allclose(found["mean"][found["value"] == 1][::2], rows["z"] + noise)
    mean = moderated.effect("t", "y", (-1.0, 1.0), given=rows, draws=2)
    assert mean["mean"].iloc[-1] == pytest.approx(2 * rows["z"].mean())
    labels = [("p", 1), ("p", 2), ("q", 1), ("q", 1)]
    twofold = rows.set_axis(pd.MultiIndex.from_tuples(labels))
    found = moderated.effect("t", "y", (-1.0, 1.0), given=twofold, each=True, draws=2)
    assert found["row"].tolist() == [label for label in labels for _ in range(3)]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"z": 2.0}, 2.0),
        ({"w": 2.0}, 1.0),  # E[z | z + noise = 2]
        ({"t": 2.0}, 1.0),  # among those who happened to be treated so
        ({"w": 2.0, "t": 1.0}, 1.0),
        ({"z": (1.0, np.inf)}, 1.525),  # the mean of a normal above 1
        ({"z": (-1.0, 1.0), "w": (-np.inf, np.inf)}, 0.0),
        ({"y": (-0.5, 0.5)}, 0.0),
    ],
)
def test_effect_among_rows_that_meet_conditions(
    moderated: CausalModel, conditions: dict[str, object], expected: float
) -> None:
    found = moderated.effect("t", "y", (0, 1), given=conditions, draws=20, rows=1000).iloc[-1]
    assert found["mean"] == pytest.approx(expected, abs=0.06)
    assert found["lower"] <= found["mean"] <= found["upper"]


def test_what_the_treatment_does_not_reach_does_not_change(moderated: CausalModel) -> None:
    for those in (None, {"z": (0, 1)}, moderated.sample(3)):
        found = moderated.effect("y", "w", (0, 1), given=those, draws=3).iloc[-1]
        assert (found[["mean", "lower", "upper"]] == 0).all()


def test_effects_in_an_intervened_model() -> None:
    """x -> m -> y and x -> y: with m held, the direct effect is left."""
    graph = nx.DiGraph([("x", "m"), ("m", "y"), ("x", "y")])
    weights = np.array([[0, 2.0, 5.0], [0, 0, 3.0], [0, 0, 0]])
    model = causal(LinearModel(graph, weights, np.zeros(3)))
    ask = {"values": (0, 1), "draws": 2}
    assert model.effect("x", "y", **ask)["mean"].iloc[-1] == pytest.approx(11)
    assert model.do({"m": 4.0}).effect("x", "y", **ask)["mean"].iloc[-1] == pytest.approx(5)
    halved = model.do({"m": lambda f: 0.5 * f, "y": Shift(7.0)})
    assert halved.effect("x", "y", **ask)["mean"].iloc[-1] == pytest.approx(8)
    for those in ({"x": (-1, 1)}, pd.DataFrame(np.ones((2, 3)), columns=model.names)):
        held = model.do({"m": 4.0}).effect("x", "y", **ask, given=those)
        assert held["mean"].iloc[-1] == pytest.approx(5)


def test_soft_interventions_hold_in_draws_of_the_kernel_model() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=150)
    data = pd.DataFrame({"x": x, "y": 2 * x + 0.1 * rng.normal(size=150)})
    model = infer(data, nx.DiGraph([("x", "y")])).do({"y": lambda f: -f})
    assert model.effect("x", "y", (0, 1), draws=20)["mean"].iloc[-1] == pytest.approx(-2, abs=0.05)


def test_variables_in_logarithms() -> None:
    """y = x^2 times noise: doubling x multiplies every y by four."""
    rng = np.random.default_rng(0)
    x = np.exp(rng.normal(size=150))
    data = pd.DataFrame({"x": x, "y": x**2 * np.exp(0.2 * rng.normal(size=150))})
    model = infer(data, nx.DiGraph([("x", "y")]), logs=True)
    for those in (None, data.head(20)):
        found = model.effect("x", "y", (1.0, 2.0), given=those, draws=40)
        assert found["mean"][1] / found["mean"][0] == pytest.approx(4, rel=0.1)
        assert 0 < found["lower"][2] < found["mean"][2] < found["upper"][2]
    every = model.effect("x", "y", (1.0, 2.0), draws=40)
    assert every["lower"][0] < np.exp(0.02) < every["upper"][0]


def test_more_rows_leave_the_chance_of_the_sample(moderated: CausalModel) -> None:
    """E[y | do(t = 1)] = E[z], whose error is that of a mean of 2,000 values."""
    found = moderated.effect("t", "y", (1, 2), draws=60, rows=20_000)
    width = found["upper"][0] - found["lower"][0]
    assert width == pytest.approx(2 * 1.645 * np.sqrt(2 / 2000), rel=0.35)


def test_same_seed_same_answer_and_wider_at_a_higher_level(moderated: CausalModel) -> None:
    one = moderated.effect("t", "y", (0, 1), draws=20, seed=3)
    pd.testing.assert_frame_equal(one, moderated.effect("t", "y", (0, 1), draws=20, seed=3))
    assert (one["mean"] != moderated.effect("t", "y", (0, 1), draws=20, seed=4)["mean"]).all()
    wide = moderated.effect("t", "y", (0, 1), draws=20, seed=3, level=0.99)
    assert (wide["upper"] - wide["lower"] > one["upper"] - one["lower"]).all()


def test_far_outside_the_data_is_answered_with_a_warning(collider: tuple[pd.DataFrame, nx.DiGraph]) -> None:
    model = infer(*collider)
    with pytest.warns(ExtrapolationWarning, match="'a' to 50") as seen:
        found = model.effect("a", "e", (5, 50), draws=3)
    assert [one.filename for one in seen] == [__file__]
    assert np.isfinite(found["mean"]).all()


def test_bad_questions(moderated: CausalModel, one_sentence: OneSentence) -> None:
    ask = moderated.effect
    with one_sentence("'q'", "'z', 'w', 't', 'y'"):
        ask("q", "y", (0, 1))
    with one_sentence("'q'"):
        ask("t", "q", (0, 1))
    with one_sentence("'t'", "two variables"):
        ask("t", "t", (0, 1))
    with one_sentence("'y'", "clamped"):
        moderated.do({"y": 1.0}).effect("t", "y", (0, 1))
    for already in (1.0, Shift(1.0)):  # either would have no effect on the answer
        with one_sentence("'t'", "under an intervention"):
            moderated.do({"t": already}).effect("t", "y", (0, 1))
    for values in (1.0, (1.0,), (1.0, 1.0), [[0, 1]], "high", ("a", "b"), None):
        with one_sentence("'t'", "give two"):
            ask("t", "y", values)
    for values in ((0, np.nan), (0, np.inf), (0, 1e200)):
        with one_sentence("'t'", "finite"):
            ask("t", "y", values)
    for count in (1, 0, 2.5, True, "3"):
        with one_sentence("draws"):
            ask("t", "y", (0, 1), draws=count)
        with one_sentence("rows"):
            ask("t", "y", (0, 1), rows=count)
    for level in (0, 1, 90, np.nan, "high"):
        with one_sentence("level"):
            ask("t", "y", (0, 1), level=level)


def test_bad_conditions_and_rows(moderated: CausalModel, one_sentence: OneSentence) -> None:
    def ask(given: object, **options: object) -> None:
        moderated.effect("t", "y", (0, 1), given=given, draws=2, **options)

    with one_sentence("no condition"):
        ask({})
    with one_sentence("'q'", "condition"):
        ask({"q": 1.0})
    with one_sentence("'z'", "intervention"):
        moderated.do({"z": 1.0}).effect("t", "y", (0, 1), given={"z": 1.0})
    for condition in ("high", None, (1,), (0, 1, 2), ("a", "b"), [None, 1]):
        with one_sentence("'z'", "(lowest, highest)"):
            ask({"z": condition})
    for condition in ((2.0, 1.0), np.nan, (np.nan, 1.0), np.inf):
        with one_sentence("'z'", "bounds"):
            ask({"z": condition})
    with one_sentence("'w'", "widen"):
        ask({"w": 40.0})
    with one_sentence("'z'", "widen"):
        ask({"z": (30.0, 40.0)})
    with one_sentence("rows", "'z'"):
        ask(pd.DataFrame({"w": [1.0], "t": [1.0], "y": [1.0]}))
    for those in (None, {"z": 1.0}):
        with one_sentence("each"):
            ask(those, each=True)
