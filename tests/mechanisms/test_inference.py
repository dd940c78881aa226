import subprocess
import sys
import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import mechanisms
from discovery import Knowledge, Prediction, discover
from foundation_causal.errors import DependentColumnsWarning
from foundation_causal.observations import Observations, observations
from mechanisms import infer
from mechanisms.averaged_model import AveragedModel, average_models
from mechanisms.noise.sampling import draw_noise


def test_discovers_where_no_graph_is_given(frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    requested = []

    class Found:
        graph = nx.DiGraph([("c", "a"), ("c", "b")])

    def discover(data: Observations, knowledge: None) -> Found:
        requested.append(data.frame)
        return Found()

    monkeypatch.setattr("discovery.discover", discover, raising=False)
    model = infer(frame, seed=7)
    pd.testing.assert_frame_equal(requested[0], frame)
    assert set(model.graph.edges) == {("c", "a"), ("c", "b")}
    assert list(model.graph) == ["a", "b", "c"]


@pytest.fixture
def forbid_discovery(monkeypatch: pytest.MonkeyPatch) -> None:
    def discover(*_: object, **__: object) -> None:
        raise AssertionError("discovers again")

    monkeypatch.setattr("discovery.discover", discover, raising=False)


@pytest.fixture(scope="module")
def predicted() -> tuple[pd.DataFrame, Prediction]:
    rng = np.random.default_rng(4)
    a = rng.normal(size=150)
    b = np.tanh(2 * a) + 0.3 * rng.normal(size=150)
    data = pd.DataFrame({"a": a, "b": b, "c": a - b + rng.normal(size=150)})
    return data, discover(data)


@pytest.mark.usefixtures("forbid_discovery")
@pytest.mark.parametrize("average", [1, 3])
def test_takes_a_prediction_in_place_of_a_graph(predicted, average: int) -> None:
    data, prediction = predicted
    model = infer(data, prediction, average=average)
    if average == 1:
        expected = infer(data, prediction.graph)
        assert list(model.graph.edges) == list(prediction.graph.edges)
    else:
        weighted = prediction.weighted_graphs(average)
        expected = average_models(observations(data), weighted)
        assert isinstance(model, AveragedModel)
        shown = [(set(graph.edges), weight) for graph, weight in model.weighted_graphs]
        assert [edges for edges, _ in shown] == [set(graph.edges) for graph, _ in weighted]
        np.testing.assert_allclose([weight for _, weight in shown], [weight for _, weight in weighted])
    pd.testing.assert_frame_equal(model.sample(20), expected.sample(20))


def test_a_prediction_from_rows_with_gaps_serves_the_complete_ones(predicted) -> None:
    data, _ = predicted
    gaps = data.copy()
    gaps.iloc[:20, 0] = np.nan
    prediction = discover(gaps)
    model = infer(gaps[20:], prediction)
    assert set(model.graph.edges) == set(prediction.graph.edges)


def test_knowledge_is_for_finding_the_graph(predicted, one_sentence) -> None:
    data, prediction = predicted
    knowledge = Knowledge(required=[("c", "a")])
    model = infer(data, knowledge=knowledge)
    assert model.graph.has_edge("c", "a")
    assert set(model.graph.edges) == set(discover(data, knowledge=knowledge).graph.edges)
    averaged = infer(data, knowledge=knowledge, average=3)
    assert averaged.edges.loc["c", "a"] == pytest.approx(1)
    for graph in (prediction, prediction.graph):
        with one_sentence("Knowledge is for finding a graph"):
            infer(data, graph, knowledge=knowledge)
    with one_sentence("of the type list"):
        infer(data, knowledge=[("c", "a")])


def test_what_is_no_graph_is_refused(predicted, one_sentence) -> None:
    data, prediction = predicted
    for graph, words in ((0.5, "type float"), ("a -> b", "read_graph"), (np.eye(3), "'a' to itself")):
        with one_sentence("The graph", words):
            infer(data, graph)
    with one_sentence("The graph is of the type Graph"):
        infer(data, nx.Graph([("a", "b"), ("b", "c")]))
    with one_sentence("'c'"):
        infer(data.rename(columns={"c": "d"}), prediction)
    for average in (0, True, 1.5, "3"):
        with one_sentence("graphs to average over"):
            infer(data, average=average)
    unrefined = discover(data, refine=False)
    assert set(infer(data, unrefined).graph.edges) == set(unrefined.graph.edges)
    with one_sentence("refine=True"):
        infer(data, unrefined, average=2)


def test_takes_arrays(frame: pd.DataFrame) -> None:
    graph = nx.DiGraph([("X1", "X2"), ("X2", "X3")])
    model = infer(frame.to_numpy(), graph)
    assert model.names == ["X1", "X2", "X3"]
    assert model.predict(frame.to_numpy())["X2"].corr(frame["b"]) > 0.95


def test_graph_that_does_not_fit(frame: pd.DataFrame, one_sentence) -> None:
    with one_sentence("cycle"):
        infer(frame, nx.DiGraph([("a", "b"), ("b", "c"), ("c", "a")]))
    with one_sentence("'x'"):
        infer(frame, nx.DiGraph([("a", "x")]))
    with one_sentence("'c'"):
        infer(frame, nx.DiGraph([("a", "b")]))


def test_a_graph_without_edges_gives_independent_columns(frame: pd.DataFrame) -> None:
    graph = nx.empty_graph(["a", "b", "c"], create_using=nx.DiGraph)
    sample = infer(frame, graph).sample(4000)
    assert (sample.corr() - np.eye(3)).abs().to_numpy().max() < 0.06
    assert ((sample.mean() - frame.mean()) / frame.std()).abs().max() < 0.06


def test_drawn_noise_follows_the_observed_noise() -> None:
    rng = np.random.default_rng(0)
    seen = [rng.exponential(size=500), rng.normal(size=80)]
    drawn = draw_noise(seen, 20_000, seed=1)
    for j, values in enumerate(seen):
        probabilities = np.linspace(0.05, 0.95, 19)
        found, expected = np.quantile(drawn[:, j], probabilities), np.quantile(values, probabilities)
        np.testing.assert_allclose(found, expected, atol=0.15)
        beyond = (drawn[:, j] < values.min()) | (drawn[:, j] > values.max())
        assert 0 < beyond.mean() < 0.05
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.03


def test_names_are_resolved_when_used() -> None:
    for name in mechanisms.__all__:
        assert getattr(mechanisms, name) is not None
    heavy = "scipy", "torch", "pandas", "dowhy"
    script = f"import mechanisms, sys; assert not set({heavy}) & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_entries_set_by_intervention_bear_on_no_model_of_their_variable(one_sentence) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60)})
    frame["b"] = 2 * frame["a"] + 0.5 * rng.normal(size=60)
    mask = np.zeros((60, 2), dtype=bool)
    mask[:30, 1] = True
    set_to = frame.copy()
    set_to.iloc[:30, 1] = 500.0
    graph = nx.DiGraph([("a", "b")])
    model = infer(observations(set_to, intervened=mask), graph, mechanisms="least-squares")
    left_out = infer(frame[30:], graph, mechanisms="least-squares")
    np.testing.assert_allclose(model.predict(frame)["b"], left_out.predict(frame)["b"])
    noise, expected = model.observed_noise.residuals, left_out.observed_noise.residuals
    np.testing.assert_allclose(noise[1], expected[1], atol=1e-12)
    assert [len(column) for column in noise] == [60, 30]
    mask[:, 1] = True
    with one_sentence("Every row sets 'b'"):
        infer(observations(set_to, intervened=mask), graph, mechanisms="least-squares")
    with one_sentence("no way"):
        infer(frame, graph, mechanisms=["kernel"])


def test_whoever_models_shares_is_told_that_samples_do_not_keep_their_sum():
    rng = np.random.default_rng(0)
    shares = pd.DataFrame(100 * rng.dirichlet([4, 3, 2, 1], 200), columns=list("abcd"))
    chain = nx.DiGraph([("a", "b"), ("b", "c"), ("c", "d")])
    with pytest.warns(DependentColumnsWarning, match="= 100 in every row.*leave out") as seen:
        infer(shares, chain)
    assert len([one for one in seen if one.category is DependentColumnsWarning]) == 1
    # A total that columns add up to is an effect like any other, and so is what others leave over.
    sums = shares[["a", "b"]].assign(total=shares["a"] + shares["b"])
    with warnings.catch_warnings():
        warnings.simplefilter("error", DependentColumnsWarning)
        infer(sums, nx.DiGraph([("a", "total"), ("b", "total")]))
        infer(shares[["a", "b", "c"]], nx.DiGraph([("a", "b"), ("b", "c")]))
        rest = infer(shares, nx.DiGraph([(cause, "d") for cause in "abc"]))
    drawn = rest.do({"a": 20.0}).sample(50).to_numpy()
    np.testing.assert_allclose(drawn.sum(1), 100, atol=0.01)
