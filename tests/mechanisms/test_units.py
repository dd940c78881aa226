"""Answers do not depend on the units in which columns are measured."""

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.types import Array
from mechanisms import CausalModel, Shift, infer

CLOSE = 1e-6  # standard deviations of each column
ROWS = 60


def random_table(rng: np.random.Generator, d: int) -> tuple[pd.DataFrame, nx.DiGraph]:
    """Continuous columns, flags, counts and dollars along a random DAG, each in a unit of its own."""
    edges = np.triu(rng.random((d, d)) < 0.6, 1)
    names = [f"v{j}" for j in rng.permutation(d)]
    values = np.zeros((ROWS, d))
    for j, kind in enumerate(rng.choice(["continuous", "flag", "count", "dollars"], size=d)):
        parents = (values[:, edges[:, j]] - values[:, edges[:, j]].mean(0)) / values[:, edges[:, j]].std(0)
        score = np.sin(parents).sum(1) + 0.5 * rng.normal(size=ROWS)
        values[:, j] = {
            "continuous": score,
            "flag": score > np.median(score),
            "count": np.floor(np.exp(score)),
            "dollars": 20_000 * np.exp(score),
        }[kind]
        values[0, j] += kind != "continuous" and np.ptp(values[:, j]) == 0
    graph = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from((names[i], names[j]) for i, j in np.argwhere(edges))
    return pd.DataFrame(values, columns=names), graph


def answers(model: CausalModel, frame: pd.DataFrame, factors: pd.Series, shifts: pd.Series) -> list[Array]:
    """What a model of `frame` answers, in the units before they were `factors` times as small and shifted."""
    cause, effect = next(((a, b) for a, b in model.graph.edges), tuple(frame.columns[:2]))
    low, high = frame[cause].quantile([0.3, 0.8], interpolation="nearest")
    high = frame[cause].max() if low == high else high
    rows = frame.head(5)
    found = [
        model.predict(frame),
        model.sample(50, seed=1),
        model.do({cause: high}).sample(50, seed=1),
        model.counterfactual(rows, {cause: low}),
    ]
    if model.schema[cause].kind == "continuous":
        found.append(model.do({cause: Shift(0.3 * frame[cause].std())}).sample(50, seed=1))
    table = [((answer - shifts) / factors).to_numpy() for answer in found]
    for given_rows in (None, {cause: (frame[cause].min(), high)}, rows):
        means = model.effect(cause, effect, (low, frame[cause].max()), draws=8, given=given_rows)
        of_values = means.iloc[:2][["mean", "lower", "upper"]].to_numpy()
        table.append((of_values - shifts[effect]) / factors[effect])
    return table


def compare(frame: pd.DataFrame, graph: nx.DiGraph, factors: Array, shifts: Array, logs: object) -> None:
    per_column = pd.Series(factors, frame.columns), pd.Series(shifts, frame.columns)
    moved = frame * per_column[0] + per_column[1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same = pd.Series(1.0, frame.columns), pd.Series(0.0, frame.columns)
        # Counts in another unit are counts no more.
        types = {name: "continuous" for name in frame if frame[name].nunique() > 2}
        before = answers(infer(frame, graph, logs=logs, types=types), frame, *same)
        after = answers(infer(moved, graph, logs=logs, types=types), moved, *per_column)
    effect = next((b for _, b in graph.edges), frame.columns[1])
    for was, now in zip(before, after, strict=True):
        spread = frame.std().to_numpy() if was.shape[1] == len(frame.columns) else frame[effect].std()
        size = np.maximum(np.abs(was), spread)
        assert np.max(np.abs(now - was) / size) < CLOSE


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), d=st.integers(2, 5), data=st.data())
def test_a_rescaled_column_changes_nothing(seed: int, d: int, data: st.DataObject) -> None:
    frame, graph = random_table(np.random.default_rng(seed), d)
    factors = 10.0 ** np.array(data.draw(st.lists(st.integers(-6, 6), min_size=d, max_size=d)))
    compare(frame, graph, factors, np.zeros(d), "auto")


@pytest.mark.parametrize(
    ("seed", "powers", "shifts"),
    [
        (9297, (3, 5), (98, -73)),  # a sample lies where a step of a logistic regression was
        (976, (-3, -2, 3, -1), (-28, 79, 94, -16)),  # a value alone, and what rounding left of its density
        (6069, (-6, 3, -6, -5), (35, -35, 36, 89)),  # a treatment that spreads by less than 1e-6
    ],
)
def test_tables_in_which_rounding_or_a_small_unit_decided(
    seed: int, powers: tuple[int, ...], shifts: tuple[int, ...]
) -> None:
    frame, graph = random_table(np.random.default_rng(seed), len(powers))
    factors = 10.0 ** np.array(powers)
    compare(frame, graph, factors, np.array(shifts) * factors * frame.std().to_numpy(), False)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), d=st.integers(2, 5), data=st.data())
def test_a_shifted_column_changes_nothing_without_logarithms(seed: int, d: int, data: st.DataObject) -> None:
    frame, graph = random_table(np.random.default_rng(seed), d)
    factors = 10.0 ** np.array(data.draw(st.lists(st.integers(-6, 6), min_size=d, max_size=d)))
    shifts = np.array(data.draw(st.lists(st.integers(-100, 100), min_size=d, max_size=d)))
    compare(frame, graph, factors, shifts * factors * frame.std().to_numpy(), False)


@pytest.mark.parametrize("unit", [1e-4, 1e4])
def test_an_effect_beside_a_column_in_a_large_unit(unit: float) -> None:
    rng = np.random.default_rng(1)
    income, frame = rng.gamma(2, 1, size=300), pd.DataFrame(rng.random((300, 3)) < 0.3, columns=list("abc"))
    frame["t"] = rng.random(300) < 0.5
    frame = frame.astype(float).assign(income=unit * income)
    frame["y"] = np.sin(2 * income) + 0.8 * frame["t"] + 0.5 * rng.normal(size=300)
    graph = nx.DiGraph([(cause, "y") for cause in frame.columns[:-1]])
    effect = infer(frame, graph).effect("t", "y", (0.0, 1.0)).iloc[-1]
    assert effect["lower"] < 0.8 < effect["upper"]
    assert effect["mean"] > 0.4
