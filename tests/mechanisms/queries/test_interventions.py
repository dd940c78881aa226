"""Hard, shift and soft interventions, against closed forms on linear models."""

import pickle
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.errors import ExtrapolationWarning
from mechanisms import CausalModel, infer
from mechanisms.linear import LinearModel
from mechanisms.queries.interventions import Interventions, Replace, Shift

RandomLinear = Callable[[np.random.Generator, int], LinearModel]
OneSentence = Callable[..., AbstractContextManager[None]]


def causal(model: LinearModel) -> CausalModel:
    """With standard normal noise."""
    seen = np.random.default_rng(0).normal(size=(500, len(model.names)))
    return CausalModel(model, list(seen.T))


def weighted(parents: list[str], weights: np.ndarray, level: float) -> Callable[[pd.DataFrame], pd.Series]:
    """A linear mechanism; it asks for its parents by name."""
    return lambda frame: frame[parents] @ weights + level


def drawn_interventions(
    rng: np.random.Generator, truth: LinearModel
) -> tuple[Interventions, LinearModel, np.ndarray]:
    """Up to one intervention of any kind on each variable, the model they lead to, and who is clamped."""
    weights, bias = truth.weights.copy(), truth.bias.copy()
    interventions: dict[str, object] = {}
    clamped = np.zeros(len(bias), dtype=bool)
    for j, name in enumerate(truth.names):
        kind = rng.choice(["none", "hard", "shift", "soft", "replace"])
        a, b = rng.normal(size=2)
        if kind == "hard":
            interventions[name], weights[:, j], bias[j], clamped[j] = a, 0, a, True
        elif kind == "shift":
            interventions[name] = Shift(a)
            bias[j] += a
        elif kind == "soft":
            interventions[name] = lambda f, a=a, b=b: a * f + b
            weights[:, j], bias[j] = a * weights[:, j], a * bias[j] + b
        elif kind == "replace":
            parents = list(truth.graph.predecessors(name))
            new = rng.normal(size=len(parents))
            interventions[name] = Replace(weighted(parents, new, b))
            weights[:, j] = 0
            weights[[truth.names.index(p) for p in parents], j] = new
            bias[j] = b
    return interventions, LinearModel(truth.graph, weights, bias), clamped


def closed_form(model: LinearModel, noise: np.ndarray) -> np.ndarray:
    return (noise + model.bias) @ np.linalg.inv(np.eye(len(model.bias)) - model.weights)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), d=st.integers(2, 6))
def test_all_kinds_at_once_in_closed_form(random_linear: RandomLinear, seed: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    truth, noise = random_linear(rng, d), rng.normal(size=(4, d))
    interventions, after, clamped = drawn_interventions(rng, truth)
    model = causal(truth)
    expected = closed_form(after, np.where(clamped, 0, noise))
    moved = model.do(interventions)
    np.testing.assert_allclose(moved.generate(noise), expected, atol=1e-8)
    np.testing.assert_allclose(
        moved.noise(moved.generate(noise)).to_numpy()[:, ~clamped], noise[:, ~clamped], atol=1e-8
    )
    rows = closed_form(truth, noise)
    np.testing.assert_allclose(model.counterfactual(rows, interventions), expected, atol=1e-8)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), d=st.integers(2, 6))
def test_one_after_another_is_all_at_once(random_linear: RandomLinear, seed: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    truth = random_linear(rng, d)
    interventions, _, _ = drawn_interventions(rng, truth)
    chained = causal(truth)
    for name in rng.permutation(list(interventions)):
        chained = chained.do({str(name): interventions[str(name)]})
    at_once = causal(truth).do(interventions)
    assert set(chained.graph.edges) == set(at_once.graph.edges)
    pd.testing.assert_frame_equal(chained.sample(5, seed=1), at_once.sample(5, seed=1), rtol=1e-9)


def test_the_same_variable_twice(random_linear: RandomLinear) -> None:
    model = causal(random_linear(np.random.default_rng(0), 4))
    name, noise = model.names[2], np.zeros((1, 4))
    once = model.do({name: Shift(3.0)}).generate(noise)
    pd.testing.assert_frame_equal(model.do({name: Shift(1.0)}).do({name: Shift(2.0)}).generate(noise), once)
    assert model.do({name: Shift(1.0)}).do({name: 7.0}).generate(noise)[name].item() == 7


def test_a_new_mechanism_gets_the_parents_by_name(collider: tuple[pd.DataFrame, nx.DiGraph]) -> None:
    seen = []

    def mechanism(parents: pd.DataFrame) -> pd.Series:
        seen.append(list(parents.columns))
        return 0 * parents["a"] + 0.25

    model = infer(*collider)
    moved = model.do({"c": Replace(mechanism), "a": Replace(lambda none: np.full(len(none), 5.0))})
    sample = moved.sample(20, seed=1)
    assert seen == [["a", "b"]]
    assert set(moved.graph.edges) == set(model.graph.edges)
    np.testing.assert_allclose(sample["c"] - 0.25, model.noise(model.sample(20, seed=1))["c"], atol=1e-9)


def test_interventions_that_are_no_lambdas_pickle(random_linear: RandomLinear) -> None:
    model = random_linear(np.random.default_rng(1), 3)
    moved = CausalModel(model, []).do({"v0": Shift(1.0), "v1": np.tanh})
    again = pickle.loads(pickle.dumps(moved.mechanisms))
    values = np.ones((2, 3))
    np.testing.assert_array_equal(
        again.predict_nodes([0, 1], values), moved.mechanisms.predict_nodes([0, 1], values)
    )


BAD_FUNCTIONS: dict[str, tuple[Callable[..., object], list[str]]] = {
    "one number": (lambda _: 1.0, ["shape ()", "3 rows"]),
    "too many": (lambda given: np.zeros(len(given) + 1), ["shape (4,)", "3 rows"]),
    "a column": (lambda given: np.zeros((len(given), 1)), ["shape (3, 1)"]),
    "nothing": (lambda given: None, ["shape ()"]),
    "nan": (lambda given: np.array([1.0, np.nan, 2.0]), ["nan", "1 of 3 rows"]),
    "infinite": (lambda given: np.full(len(given), np.inf), ["inf", "3 of 3 rows"]),
    "too large": (lambda given: np.full(len(given), 1e200), ["1e+200"]),
    "text": (lambda given: ["high"] * len(given), ["other than numbers"]),
    "raises": (lambda given: given["nobody"], ["raises", "one number for each row"]),
    "two arguments": (lambda f, g: f + g, ["TypeError", "one number for each row"]),
}


@pytest.mark.parametrize(("function", "words"), BAD_FUNCTIONS.values(), ids=BAD_FUNCTIONS)
@pytest.mark.parametrize("kind", [lambda f: f, Replace], ids=["soft", "replace"])
def test_bad_functions(
    collider: tuple[pd.DataFrame, nx.DiGraph],
    one_sentence: OneSentence,
    kind: Callable[[object], object],
    function: Callable[..., object],
    words: list[str],
) -> None:
    graph = nx.DiGraph([("a", "c"), ("b", "c"), ("c", "e")])
    model = CausalModel(LinearModel(graph, np.zeros((4, 4)), np.zeros(4)), [np.zeros(3)] * 4)
    with one_sentence("'c'", *words):
        model.do({"c": kind(function)}).sample(3)
    with one_sentence("'c'", *words):
        model.counterfactual(np.zeros((3, 4)), {"c": kind(function)})


@pytest.mark.parametrize(
    "change", [Shift(np.nan), Shift(np.inf), Shift("2"), Replace(2.0), Replace("c"), "2.0", None, [1.0]]
)
def test_what_is_no_intervention(
    random_linear: RandomLinear, one_sentence: OneSentence, change: object
) -> None:
    model = causal(random_linear(np.random.default_rng(0), 3))
    with one_sentence("'v1'", "finite number", "Shift", "Replace(function)"):
        model.do({"v1": change})


def test_a_clamped_variable_has_no_mechanism(random_linear: RandomLinear, one_sentence: OneSentence) -> None:
    model = causal(random_linear(np.random.default_rng(0), 3)).do({"v1": 2.0})
    for change in (Shift(1.0), np.tanh, Replace(lambda parents: np.zeros(len(parents)))):
        with one_sentence("'v1'", "clamped"):
            model.do({"v1": change})
    with one_sentence("'w'", "'v0', 'v1', 'v2'"):
        model.do({"w": Shift(1.0)})


@pytest.fixture
def far() -> CausalModel:
    """Of rows a -> b with a between -1 and 1."""
    a = np.linspace(-1, 1, 101)
    frame = pd.DataFrame({"a": a, "b": 2 * a + np.sin(40 * a) / 10})
    return infer(frame, nx.DiGraph([("a", "b")]))


def test_far_outside_the_data_is_answered_with_a_warning(far: CausalModel) -> None:
    # The standard deviation of a is 0.583.
    with pytest.warns(
        ExtrapolationWarning, match=r"'a' to 3, 3\.4 .*above the largest value observed, 1:"
    ) as seen:
        high = far.do({"a": 3.0})
    assert [one.filename for one in seen] == [__file__]
    assert (high.sample(3)["a"] == 3).all()
    with pytest.warns(
        ExtrapolationWarning, match=r"'a' to -3.*below the smallest value observed, -1:"
    ) as seen:
        far.counterfactual(far.sample(2), {"a": -3.0})
    assert [one.filename for one in seen] == [__file__]


@pytest.mark.parametrize("change", [Shift(5.0), lambda f: f + 5, Replace(lambda parents: parents["a"] + 5)])
def test_a_mechanism_that_leads_far_outside_is_warned_of(far: CausalModel, change: object) -> None:
    moved = far.do({"b": change})
    for ask in (
        lambda: moved.sample(50),
        lambda: moved.generate(np.zeros((5, 2))),
        lambda: far.counterfactual(far.sample(5), {"b": change}),
    ):
        with pytest.warns(ExtrapolationWarning, match="moves 'b' up to") as seen:
            ask()
        assert [one.filename for one in seen] == [__file__]


def test_a_condition_that_no_row_comes_near_is_warned_of() -> None:
    a, b = np.random.default_rng(0).uniform(-1, 1, size=(2, 100))
    model = infer(pd.DataFrame({"a": a, "b": b, "c": a + b}), nx.DiGraph([("a", "c"), ("b", "c")]))
    with pytest.warns(ExtrapolationWarning, match=r"condition 'b' = 9 lies 1\d\.\d .*above") as seen:
        model.effect("a", "c", (0, 1), given={"b": 9.0})
    assert [one.filename for one in seen] == [__file__]


def test_near_the_data_nothing_is_warned_of(far: CausalModel) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        far.do({"a": 1.2, "b": Shift(0.2)}).sample(100)
        far.do({"b": Shift(50.0)}).do({"b": 1.0}).sample(10)  # the clamp wins


def test_a_function_of_parents_that_fails_is_told_how_they_are_named(one_sentence: OneSentence) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(100, 2)))  # columns 0 and 1, numbers
    model = infer(frame, nx.DiGraph([(0, 1)]))
    assert model.do({1: Replace(lambda parents: parents[0])}).sample(3).shape == (3, 2)
    with one_sentence("'0' (not text: parents[0])"):
        model.do({1: Replace(lambda parents: parents["0"])}).sample(3)


def test_a_new_mechanism_gets_the_labels_and_dates_of_its_parents() -> None:
    rng = np.random.default_rng(0)
    n, first = 200, pd.Timestamp("2024-01-01")
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["f", "m"], n),
            "day": first + pd.to_timedelta(rng.integers(0, 100, n), unit="D"),
            "ill": rng.random(n) < 0.5,
            "age": rng.integers(20, 80, n),
            "y": rng.normal(size=n),
        }
    )
    model = infer(frame, nx.DiGraph([(cause, "y") for cause in ("sex", "day", "ill", "age")]))

    def mechanism(parents: pd.DataFrame) -> pd.Series:
        late = parents["day"] >= first + pd.Timedelta(days=50)
        return 10.0 * (parents["sex"] == "m") + 100.0 * late + 1000.0 * ~parents["ill"] + parents["age"]

    rows, moved = frame.head(50), model.do({"y": Replace(mechanism)})
    expected = mechanism(rows) + model.noise(rows)["y"]
    with pytest.warns(ExtrapolationWarning):
        found = model.counterfactual(rows, {"y": Replace(mechanism)})["y"]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    effect = moved.effect("sex", "y", ("f", "m"), draws=5)["mean"].iloc[-1]
    np.testing.assert_allclose(effect, 10, atol=1e-6)


def test_a_variable_is_set_to_any_value_that_its_column_has() -> None:
    rng = np.random.default_rng(1)
    days = pd.Timestamp("2024-03-01") + pd.to_timedelta(rng.integers(0, 60 * 24, 120), unit="h")
    frame = pd.DataFrame(
        {
            "zone": days.tz_localize("Europe/Berlin", ambiguous=True, nonexistent="shift_forward"),
            "month": days.to_period("D"),
            "plain": days,
            "past": days - days[0],
            "flag": pd.array(rng.random(120) < 0.5, dtype="boolean"),
            "y": rng.normal(size=120),
        }
    )
    model = infer(frame, nx.DiGraph([(cause, "y") for cause in frame.columns[:-1]]))
    for name in frame.columns[:-1]:
        value = frame[name].iloc[3]
        assert model.do({name: value}).sample(2)[name].tolist() == [value, value]
        rows = frame.iloc[[3]]
        assert model.counterfactual(rows, {name: value})["y"].tolist() == rows["y"].tolist()


def test_a_moment_without_a_zone_is_in_the_zone_of_the_column() -> None:
    rng = np.random.default_rng(2)
    days = pd.Timestamp("2024-06-01") + pd.to_timedelta(rng.integers(0, 60 * 24, 120), unit="h")
    frame = pd.DataFrame({"at": days.tz_localize("America/New_York"), "y": rng.normal(size=120)})
    model = infer(frame, nx.DiGraph([("at", "y")]))
    noon = pd.Timestamp("2024-06-05 12:00", tz="America/New_York")
    for value in (noon, noon.tz_convert("UTC"), "2024-06-05 12:00", noon.tz_localize(None)):
        assert model.do({"at": value}).sample(1)["at"].tolist() == [noon]
        assert model.effect("at", "y", (value, noon + pd.Timedelta(days=1)), draws=3)["value"][0] == noon
    rows = frame.head(5)
    for column in (rows["at"].dt.tz_localize(None), rows["at"].dt.tz_localize(None).astype(str)):
        pd.testing.assert_frame_equal(model.noise(rows.assign(at=column)), model.noise(rows))


@pytest.mark.parametrize("nothing", [pd.NA, np.array(["f", "m"]), pd.Series(["f", "m"])])
def test_what_is_no_single_value_is_refused(nothing: object, one_sentence: OneSentence) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"sex": rng.choice(["f", "m"], 60), "y": rng.normal(size=60)})
    frame["ill"] = frame["y"] > 0
    model = infer(frame, nx.DiGraph([("sex", "y"), ("y", "ill")]))
    for name in ("sex", "ill"):
        with one_sentence(f"'{name}'", "levels"):
            model.do({name: nothing})
