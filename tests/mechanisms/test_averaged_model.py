"""Models averaged over weighted graphs: means are means, samples are mixtures, regressions are shared."""

import pickle
from importlib.util import find_spec

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from foundation_causal.errors import ExtrapolationWarning, InputError
from foundation_causal.graphs import from_adjacency
from foundation_causal.observations import observations
from mechanisms import CausalModel, Shift, infer
from mechanisms.averaged_model import AveragedModel, average_models
from mechanisms.kernel.kernel_model import Known, fit_kernel

GRAPHS = [
    (nx.DiGraph([("a", "b"), ("b", "c")]), 0.5),
    (nx.DiGraph([("b", "a"), ("b", "c")]), 0.3),
    (nx.DiGraph([("a", "b"), ("a", "c"), ("b", "c")]), 0.2),
]


@pytest.fixture(scope="module")
def averaged(chain_of_three: pd.DataFrame) -> AveragedModel:
    return average_models(observations(chain_of_three), GRAPHS)


def test_answers_about_rows_are_weighted_means(frame: pd.DataFrame, averaged: AveragedModel) -> None:
    alone = [(infer(frame, graph), weight) for graph, weight in GRAPHS]
    do = {"a": float(frame["a"].quantile(0.9))}
    for answer in (
        lambda model: model.counterfactual(frame, do),
        lambda model: model.predict(frame),
        lambda model: model.noise(frame),
        lambda model: model.do(do).predict(frame),
    ):
        expected = sum(weight * answer(model) for model, weight in alone)
        pd.testing.assert_frame_equal(answer(averaged), expected)


def test_what_no_member_changes_keeps_its_bits(frame: pd.DataFrame, averaged: AveragedModel) -> None:
    changed = averaged.counterfactual(frame, {"c": float(frame["c"].median())})
    pd.testing.assert_frame_equal(changed[["a", "b"]], frame[["a", "b"]], check_exact=True)


@pytest.mark.filterwarnings("ignore::foundation_causal.errors.ExtrapolationWarning")
def test_a_share_of_the_samples_comes_from_each_member(averaged: AveragedModel) -> None:
    """Only the second member leaves b alone when a is set, so that b has two modes."""
    sample = averaged.do({"a": 20.0}).sample(3000, seed=1)
    assert (sample["a"] == 20).all()
    assert abs((sample["b"] > -45).mean() - 0.3) < 0.04
    pd.testing.assert_frame_equal(sample, averaged.do({"a": 20.0}).sample(3000, seed=1))
    assert not sample.equals(averaged.do({"a": 20.0}).sample(3000, seed=2))


def test_the_heaviest_member_comes_first(frame: pd.DataFrame) -> None:
    model = average_models(observations(frame), GRAPHS[::-1])
    assert set(model.graph.edges) == set(GRAPHS[0][0].edges)
    assert list(model.graph) == model.names == ["a", "b", "c"]
    np.testing.assert_allclose(model.weights, [0.5, 0.3, 0.2])
    assert model.edges.loc["a", "b"] == pytest.approx(0.7)
    assert model.edges.loc["b", "a"] == pytest.approx(0.3)
    assert repr(model) == "AveragedModel(3 graphs over 3 variables)"


def test_regressions_are_shared_and_those_of_separate_fits() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, 4)) @ np.triu(rng.normal(size=(4, 4)), 0)
    data = observations(pd.DataFrame(x, columns=list("wxyz")))
    matrices = np.triu(np.ones((4, 4)), 1), np.eye(4, k=1), np.eye(4, k=1) + np.eye(4, k=3)
    graphs = [from_adjacency(matrix, list("wxyz")) for matrix in matrices]
    known: Known = {}
    models = [fit_kernel(data, graph, known=known) for graph in graphs]
    assert set(known) == {(1, 0), (2, 0, 1), (3, 0, 1, 2), (2, 1), (3, 2), (3, 0, 2)}
    assert models[0].regressions[1] is models[1].regressions[1]
    together = average_models(data, [(graph, 1.0) for graph in graphs])
    for graph, model, member in zip(graphs, models, together.models, strict=True):
        separate = fit_kernel(data, graph)
        np.testing.assert_array_equal(
            model.predict_nodes(range(4), x[:5]), separate.predict_nodes(range(4), x[:5])
        )
        seen = CausalModel(separate, data).sample(9)
        pd.testing.assert_frame_equal(member.sample(9), seen)


def test_infer_averages_over_what_the_data_support(frame: pd.DataFrame) -> None:
    found = infer(frame, average=4, seed=3)
    assert isinstance(found, AveragedModel)
    assert 1 <= len(found.models) <= 4
    assert found.weights.sum() == pytest.approx(1)
    again = infer(frame, average=4, seed=3)
    assert [set(m.graph.edges) for m in found.models] == [set(m.graph.edges) for m in again.models]
    copy = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(copy.sample(5), found.sample(5))
    assert isinstance(infer(frame, average=1), CausalModel)


def test_bad_input(frame: pd.DataFrame, averaged: AveragedModel, one_sentence) -> None:
    with one_sentence("average over is 0"):
        infer(frame, average=0)
    with one_sentence("A graph is given"):
        infer(frame, GRAPHS[0][0], average=2)  # type: ignore[call-overload]
    with one_sentence("no model"):
        AveragedModel([], [])
    with one_sentence("weights of 3 models"):
        AveragedModel(averaged.models, [1.0, 2.0])
    with one_sentence("weights of 3 models"):
        AveragedModel(averaged.models, [1.0, 0.0, 1.0])
    with one_sentence("different variables"):
        AveragedModel([averaged.models[0], infer(frame[["b", "c"]], nx.DiGraph([("b", "c")]))], [1, 1])
    with one_sentence("number of samples is 0"):
        averaged.sample(0)
    with one_sentence("'x'"):
        averaged.do({"x": 1.0})


def test_warnings_point_at_the_caller(averaged: AveragedModel) -> None:
    with pytest.warns(ExtrapolationWarning, match="sets 'b'") as seen:
        averaged.do({"b": 1e3})
    with pytest.warns(ExtrapolationWarning, match="moves 'b'") as also_seen:
        averaged.do({"b": Shift(1e3)}).sample(100)
    assert [one.filename for one in [*seen, *also_seen]] == [__file__] * 2


def test_effects_are_pooled_by_weight():
    rng = np.random.default_rng(0)
    a = rng.normal(size=150)
    data = pd.DataFrame({"a": a, "b": 2 * a + rng.normal(size=150)})
    forward, backward = (infer(data, nx.DiGraph([edge])) for edge in (("a", "b"), ("b", "a")))
    both = AveragedModel([forward, backward], [0.75, 0.25]).effect("a", "b", (0.0, 1.0), draws=80).iloc[-1]
    alone = forward.effect("a", "b", (0.0, 1.0), draws=80).iloc[-1]
    assert both["mean"] == pytest.approx(0.75 * alone["mean"], abs=0.1)
    assert both["lower"] == pytest.approx(0, abs=0.05)  # as it is where b causes a
    assert both["upper"] > 0.9 * alone["mean"]
    with pytest.raises(InputError, match="number of draws"):
        AveragedModel([forward], [1.0]).effect("a", "b", (0.0, 1.0), draws=1)


def test_dates_of_every_kind_have_weighted_means() -> None:
    rng = np.random.default_rng(4)
    a = rng.normal(size=150)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.rint(100 + 30 * a + 5 * rng.normal(size=150)), "D")
    columns = [days, days.tz_localize("Europe/Berlin"), days.to_period("D")]
    if find_spec("pyarrow") is not None:
        columns += [pd.Series(days).astype("timestamp[us][pyarrow]")]
        columns += [pd.Series(columns[1]).astype("timestamp[us, tz=Europe/Berlin][pyarrow]")]
    for column in columns:
        frame = pd.DataFrame({"a": a, "day": column})
        forward, backward = (infer(frame, nx.DiGraph([edge])) for edge in (("a", "day"), ("day", "a")))
        model = AveragedModel([forward, backward], [0.75, 0.25])
        rows = frame.head(20)
        found, moved = (each.counterfactual(rows, {"a": 1.0})["day"] for each in (model, forward))
        assert found.dtype == frame["day"].dtype
        stamps = [
            series.dt.to_timestamp() if isinstance(series.dtype, pd.PeriodDtype) else series
            for series in (found, moved, rows["day"])
        ]
        one, day = "timedelta64[us]", pd.Timedelta(days=1)
        shift = (stamps[0] - stamps[2]).astype(one) / day
        whole = (stamps[1] - stamps[2]).astype(one) / day  # the second graph moves nothing
        np.testing.assert_allclose(shift, 0.75 * whole, atol=1.0)
        assert whole.abs().mean() > 10


@pytest.mark.parametrize("dtype", ["int8", "uint8", "UInt8", "int64"])
def test_means_of_small_integers_do_not_go_around(dtype: str) -> None:
    rng = np.random.default_rng(5)
    a = rng.normal(size=150)
    count = pd.Series(np.clip(np.rint(60 + 25 * a + 3 * rng.normal(size=150)), 0, 120)).astype(dtype)
    frame = pd.DataFrame({"a": a, "y": count})
    forward, backward = (infer(frame, nx.DiGraph([edge])) for edge in (("a", "y"), ("y", "a")))
    model = AveragedModel([forward, backward], [0.75, 0.25])
    found = model.counterfactual(frame, {"a": 0.0})["y"].astype(float)
    members = [each.counterfactual(frame, {"a": 0.0})["y"].astype(float) for each in (forward, backward)]
    np.testing.assert_allclose(found, 0.75 * members[0] + 0.25 * members[1], atol=1e-9)


def test_what_is_set_to_a_truth_or_a_number_of_a_category_is_predicted() -> None:
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"flag": rng.random(120) < 0.5, "arm": pd.Categorical(rng.integers(0, 2, 120))})
    frame["y"] = frame["flag"] + rng.normal(size=120)
    both, alone = nx.DiGraph([("flag", "y"), ("arm", "y")]), nx.DiGraph([("flag", "y")])
    alone.add_node("arm")
    model = AveragedModel([infer(frame, both), infer(frame, alone)], [0.75, 0.25])
    for name, value in (("flag", True), ("arm", 1)):
        assert (model.do({name: value}).predict(frame)[name] == 1).all()
