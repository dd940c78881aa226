"""Columns that are called by numbers: questions take the numbers, and answers have them."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(10)
    a = rng.normal(size=120)
    b = 2 * a + rng.laplace(size=120)
    return pd.DataFrame({0: a, 1: b, 2: (b > 0).astype(int), 3: np.where(a > 0, "high", "low")})


@pytest.fixture(scope="module")
def model(data: pd.DataFrame) -> fc.CausalModel:
    return fc.infer(data, nx.DiGraph([(0, 1), (1, 2), (0, 3)]))


def test_answers_have_the_columns_of_the_table(data, model):
    rows = data.head(3)
    for answer in (
        model.sample(5),
        model.do({0: 1.0}).sample(5),
        model.counterfactual(rows, {0: 1.0}),
        model.predict(rows),
        model.generate(model.noise(data)),
    ):
        assert list(answer.columns) == [0, 1, 2, 3]
    assert list(model.noise(rows).columns) == [0, 1, 2, 3]
    assert model.graph.has_edge(0, 1)
    assert set(model.graph) == {0, 1, 2, 3}
    assert set(model.do({1: 0.0}).graph.edges) == {(1, 2), (0, 3)}


def test_questions_take_numbers_or_their_text(data, model):
    by_number = model.effect(0, 1, (0, 1))
    pd.testing.assert_frame_equal(by_number, model.effect("0", "1", (0, 1)))
    pd.testing.assert_frame_equal(
        model.effect(0, 1, (0, 1), given={2: 1}), model.effect("0", "1", (0, 1), given={"2": 1})
    )
    assert list(model.probabilities(data.head(2), 3).columns) == ["high", "low"]
    assert model.refute(0, 1, (0, 1))["passed"].dtype == bool


def test_a_new_mechanism_sees_its_parents_by_their_columns(model):
    moved = model.do({1: fc.Replace(lambda parents: parents[0] * 0 + 7)}).sample(4)
    plain = model.sample(4)
    assert ((moved[1] - 7).abs() < (plain[1].abs() + 50)).all()
    assert not np.allclose(moved[1], plain[1])


def test_a_prediction_has_the_columns_of_the_table(data):
    prediction = fc.discover(data[[0, 1, 2]])
    edge = next(iter(prediction.graph.edges))
    assert set(prediction.graph) == {0, 1, 2}
    assert prediction.graph.edges[edge]["probability"] == prediction.probabilities.at[edge]
    assert all(set(graph) == {0, 1, 2} for graph in prediction.sample_graphs(2))
    assert all(set(graph) == {0, 1, 2} for graph, _ in prediction.weighted_graphs(2))
    assert fc.metrics.shd(prediction.graph, prediction) == 0
    averaged = fc.infer(data[[0, 1, 2]], prediction, average=2)
    assert list(averaged.edges.columns) == [0, 1, 2]
    assert list(averaged.counterfactual(data[[0, 1, 2]].head(2), {0: 1.0}).columns) == [0, 1, 2]


def test_resampled_graphs_have_the_columns_of_the_table(data):
    stability = fc.bootstrap(data[[0, 1]], replicates=2, refine=False, jobs=1)
    assert all(set(graph) == {0, 1} for graph in [*stability.graphs, stability.graph])
    assert set(stability.edges[["cause", "effect"]].to_numpy().ravel()) <= {0, 1}
    assert list(stability.ancestors.columns) == [0, 1]


def test_text_stays_text():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 2)), columns=["0", "1"])
    model = fc.infer(frame, [("0", "1")])
    assert list(model.sample(2).columns) == ["0", "1"]
    assert model.graph is model.dag
