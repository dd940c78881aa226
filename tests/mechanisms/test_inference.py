import subprocess
import sys

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import mechanisms
from foundation_causal.observations import Observations, observations
from mechanisms import infer
from mechanisms.noise.sampling import draw_noise


def test_discovers_where_no_graph_is_given(frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Found:
        graph = nx.DiGraph([("c", "a"), ("c", "b")])

    def discover(data: Observations) -> Found:
        asked.append(data.frame)
        return Found()

    monkeypatch.setattr("discovery.discover", discover, raising=False)
    model = infer(frame, seed=7)
    pd.testing.assert_frame_equal(asked[0], frame)
    assert set(model.graph.edges) == {("c", "a"), ("c", "b")}
    assert list(model.graph) == ["a", "b", "c"]


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
    told = infer(frame[30:], graph, mechanisms="least-squares")
    np.testing.assert_allclose(model.predict(frame)["b"], told.predict(frame)["b"])
    noise, expected = model.observed_noise.residuals, told.observed_noise.residuals
    np.testing.assert_allclose(noise[1], expected[1], atol=1e-12)
    assert [len(column) for column in noise] == [60, 30]
    mask[:, 1] = True
    with one_sentence("Every row sets 'b'"):
        infer(observations(set_to, intervened=mask), graph, mechanisms="least-squares")
    with one_sentence("no way"):
        infer(frame, graph, mechanisms=["kernel"])
