import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import foundation_causal as fc
from foundation_causal import InputError, MixedGraph
from mechanisms.causal_model import CausalModel
from mechanisms.hidden_causes.confounded_model import DRAWN, ConfoundedModel
from mechanisms.hidden_causes.split_model import pillow_dag, unidentified_children
from mechanisms.kernel.kernel_model import KernelDraw
from mechanisms.mechanism_model import Functions
from tests.mechanisms.hidden_causes.mixed_graphs import IDENTIFIED, random_graph


class Normal:
    """A normal distribution around zero."""

    def __init__(self, spread):
        self.spread = spread

    def log_density(self, x):
        return norm.logpdf(x, scale=self.spread)

    def is_pile(self, x):
        return np.zeros(np.shape(x), dtype=bool)

    def cdf(self, x):
        return norm.cdf(x, scale=self.spread)

    def quantile(self, u):
        return norm.ppf(u, scale=self.spread)


def linear(graph, random):
    """A linear model of a mixed graph, each pair with a hidden cause of its own.

    Returns:
        What is fitted to infinitely many rows, their covariance, and a function from interventions to the
        mean and the covariance of all variables.
    """
    names, d = graph.nodes, len(graph.nodes)
    weights, omega = np.zeros((d, d)), np.diag(random.uniform(0.5, 1.5, d))
    for a, b in graph.directed.edges:
        weights[names.index(b), names.index(a)] = random.uniform(0.5, 1.5) * random.choice([-1, 1])
    for a, b in graph.bidirected.edges:
        loads = np.zeros(d)
        loads[[names.index(a), names.index(b)]] = random.uniform(0.7, 1.3, 2) * random.choice([-1, 1], 2)
        omega += np.outer(loads, loads)

    def moments(set_to):
        free = np.diag([float(name not in set_to) for name in names])
        solved = np.linalg.inv(np.eye(d) - free @ weights)
        values = np.array([set_to.get(name, 0.0) for name in names])
        return solved @ values, solved @ free @ omega @ free @ solved.T

    _, covariance = moments({})
    dag, functions, noises = pillow_dag(graph), {}, []
    for name in names:
        j, given = names.index(name), [names.index(p) for p in dag.predecessors(name)]
        slopes = np.linalg.solve(covariance[np.ix_(given, given)], covariance[given, j])
        functions[name] = lambda x, given=given, slopes=slopes: x[:, given] @ slopes
        noises.append(Normal(np.sqrt(covariance[j, j] - covariance[j, given] @ slopes)))
    fitted = CausalModel(Functions(dag, functions), noises)
    return ConfoundedModel(fitted, graph, lambda dag: pytest.fail("no fit is needed")), covariance, moments


def test_rows_and_interventions_have_the_moments_of_the_hidden_truth():
    random, asked = np.random.default_rng(0), 0
    for _ in range(15):
        graph = random_graph(random)
        model, covariance, moments = linear(graph, random)
        seen = model.sample(20_000)
        assert np.abs(seen.cov().to_numpy() / _outer(covariance) - _correlation(covariance)).max() < 0.06
        targets = random.choice(graph.nodes, random.integers(1, 3), replace=False)
        if unidentified_children(graph, targets):
            with pytest.raises(InputError, match="do not tell what"):
                model.do(dict.fromkeys(targets, 1.0))
            continue
        asked += 1
        mean, after = moments(dict.fromkeys(targets, 1.0))
        moved = model.do(dict.fromkeys(targets, 1.0)).sample(20_000)
        scale = np.sqrt(np.diag(covariance))
        assert np.abs((moved.mean().to_numpy() - mean) / scale).max() < 0.06
        assert np.abs((moved.cov().to_numpy() - after) / _outer(covariance)).max() < 0.1
    assert asked >= 4


def _outer(covariance):
    return np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))


def _correlation(covariance):
    return covariance / _outer(covariance)


@pytest.mark.parametrize("name", ["front door", "napkin", "Verma", "confounded mediators"])
def test_effects_by_estimands_are_the_true_ones(name):
    graph = IDENTIFIED[name]
    model, _, moments = linear(graph, np.random.default_rng(4))
    y = graph.nodes.index("y")
    truth = moments({"t": 1.0})[0][y] - moments({"t": 0.0})[0][y]
    with pytest.warns(fc.NarrowIntervalWarning):
        table = model.effect("t", "y", (0, 1), draws=4, rows=20_000, method="plug-in")
    assert table.method == DRAWN
    assert table["mean"].iloc[-1] == pytest.approx(truth, abs=0.08)
    assert table.estimand is not None


@pytest.mark.parametrize("target", ["z", "t"])
def test_a_shift_moves_effects_and_leaves_what_hidden_causes_share(target):
    graph = MixedGraph([("z", "t"), ("t", "m"), ("m", "y")], [("t", "y")], ["z", "t", "m", "y"])
    model, _, moments = linear(graph, np.random.default_rng(1))
    before, after = model.sample(500), model.do({target: fc.Shift(1.0)}).sample(500)
    ones = moments({target: 1.0})[0] - moments({target: 0.0})[0]
    np.testing.assert_allclose(after - before, np.tile(ones, (500, 1)), atol=1e-9)
    with pytest.raises(fc.InputError, match=f"'{target}' is under an intervention"):
        model.do({target: fc.Shift(1.0)}).effect(target, "y", (0, 1), draws=4)


@pytest.fixture(scope="module")
def front_door():
    """Rows with a binary treatment, and the true effect on the mean outcome."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=250)
    t = (hidden + 0.7 * rng.normal(size=250) > 0).astype(int)
    m = np.where(t, 1.2, -0.3) + rng.normal(size=250)
    y = 1.5 * m - 2 * hidden + rng.normal(size=250)
    z = rng.normal(size=250)
    data = pd.DataFrame({"t": np.where(t, "yes", "no"), "m": m, "y": y, "z": z})
    graph = MixedGraph([("t", "m"), ("m", "y"), ("y", "z")], [("t", "y")])
    return data, fc.infer(data, graph), 1.5 * 1.5


def test_the_front_door_is_estimated(front_door):
    data, model, truth = front_door
    table = model.effect("t", "y", draws=30)
    last = table.iloc[-1]
    assert last["lower"] < truth < last["upper"]
    assert list(table["value"]) == ["no", "yes", "yes"]
    naive = data.groupby("t")["y"].mean()
    assert not last["lower"] < naive["yes"] - naive["no"] < last["upper"]
    assert "sum over m" in table.estimand


def test_residuals_correct_draws_that_are_off(front_door, monkeypatch):
    # Functions that leave out half of what m does are put right by what they leave to the rows.
    _, model, truth = front_door
    outcome = model.names.index("y")
    monkeypatch.setattr(KernelDraw, "predict_nodes", _halved(KernelDraw.predict_nodes, outcome))
    off = model.effect("t", "y", draws=10, rows=250)["mean"].iloc[-1]  # with `rows`, there is no correction
    corrected = model.effect("t", "y", draws=10)["mean"].iloc[-1]
    assert abs(off - truth) > 0.8
    assert abs(corrected - truth) < 0.6


def _halved(predict, outcome):
    def predicted(self, nodes, values):
        found = predict(self, nodes, values)
        found[:, [j == outcome for j in nodes]] *= 0.5
        return found

    return predicted


def test_intervals_by_an_estimand_hold_an_effect_that_bends_sharply():
    def bent(x):
        return 1.5 * np.tanh(x) + 0.3 * x

    rng = np.random.default_rng(4)
    h, k, *noise = rng.normal(size=(6, 500))
    w = h + k + 0.5 * noise[0]
    r = 0.8 * bent(w) + noise[1]
    t = 0.8 * r + h + noise[2]
    y = 1.2 * bent(t) + 1.5 * k + noise[3]
    model = fc.infer(pd.DataFrame({"w": w, "r": r, "t": t, "y": y}), IDENTIFIED["napkin"])
    effect = model.effect("t", "y", (0, 1), draws=60).iloc[-1]
    assert effect["lower"] < 1.2 * bent(1) < effect["upper"]
    assert effect["upper"] - effect["lower"] < 1  # a regression of y on t is off by 0.6


def test_quantiles_are_those_of_the_estimand(front_door):
    _, model, truth = front_door
    table = model.effect("t", "y", quantiles=(0.5,), draws=20)
    assert abs(table["mean"].iloc[-1] - truth) < 1


def test_what_is_adjusted_for_is_read_off_the_rows(front_door):
    _, model, _ = front_door
    table = model.effect("m", "y", (0, 1))
    assert table.adjusted_for == ("t",)
    assert table["lower"].iloc[-1] < 1.5 < table["upper"].iloc[-1]
    assert model.refute(treatment="m", outcome="y", values=(0, 1))["passed"].all()
    among = model.effect("m", "y", (0, 1), given={"t": "yes"})
    assert among["lower"].iloc[-1] < 1.5 < among["upper"].iloc[-1]


def test_samples_keep_what_confounded_pairs_have_in_common(front_door):
    data, model, _ = front_door
    drawn = model.sample(4000)
    seen, again = (frame.groupby("t")["y"].mean().diff().iloc[-1] for frame in (data, drawn))
    assert again == pytest.approx(seen, abs=0.3)
    after = model.do({"t": "yes"}).sample(4000)
    assert set(after["t"]) == {"yes"}
    untouched = model.do({"m": 0.0}).sample(400)
    assert (untouched["t"] == model.sample(400)["t"]).all()


def test_without_a_path_there_is_no_effect(front_door):
    _, model, _ = front_door
    with pytest.warns(fc.NoPathWarning):
        table = model.effect("z", "y", (0, 1), draws=4)
    assert table["mean"].iloc[-1] == 0


def test_counterfactuals_are_told_only_where_nothing_moved_is_shared(front_door):
    data, model, _ = front_door
    with pytest.raises(InputError, match="become of 'y' in these rows is not known"):
        model.counterfactual(data.head(2), {"m": 0.0})
    moved = model.counterfactual(data.head(2), {"y": 0.0})
    kept = ["t", "m"]
    pd.testing.assert_frame_equal(moved[kept], data.head(2)[kept])
    assert (moved["z"] != data.head(2)["z"]).all()


@pytest.mark.parametrize("call", ["predict", "noise", "generate"])
def test_what_needs_the_noise_of_rows_is_refused(front_door, call):
    data, model, _ = front_door
    with pytest.raises(InputError, match="not known then"):
        getattr(model, call)(data)


def test_rows_are_scored_and_probabilities_of_levels_refused(front_door):
    data, model, _ = front_door
    assert model.score(data) == pytest.approx(model.log_likelihood(data).mean())
    with pytest.raises(InputError, match="not known then"):
        model.probabilities(data, "y")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"method": "orthogonal"}, "leave out `method`"),
        ({"among": "treated"}, "leave out `among`"),
        ({"given": {"m": (0, 1)}}, "leave out `given`"),
    ],
)
def test_options_of_adjustment_are_refused_where_nothing_adjusts(front_door, options, sentence):
    _, model, _ = front_door
    with pytest.raises(InputError, match=sentence):
        model.effect("t", "y", **options)


def test_a_bow_is_sampled_but_its_effect_is_refused():
    model, _, _ = linear(MixedGraph([("t", "y"), ("y", "z")], [("t", "y")]), np.random.default_rng(0))
    with pytest.raises(InputError, match="measure the hidden cause of 't' and 'y', or set 't'"):
        model.effect("t", "z", (0, 1))
    with pytest.raises(InputError, match="do not tell what 'y' becomes when 't' is set"):
        model.do({"t": 1.0})
    assert model.do({"y": 1.0}).sample(5)["t"].equals(model.sample(5)["t"])


def test_only_the_ancestors_of_an_outcome_count():
    # A bow towards a bystander leaves the effect on the outcome alone.
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(2, 300))
    t = hidden[0] + rng.normal(size=300)
    b = t + hidden.sum(0) + rng.normal(size=300)
    y = 2 * t + hidden[1] + rng.normal(size=300)
    data = pd.DataFrame({"b": b, "t": t, "y": y})
    graph = MixedGraph([("t", "b"), ("t", "y")], [("t", "b"), ("b", "y")])
    model = fc.infer(data, graph)
    for method in ("auto", "plug-in"):
        table = model.effect("t", "y", (0, 1), method=method, draws=20)
        assert table["lower"].iloc[-1] < 2 < table["upper"].iloc[-1]
    with pytest.raises(InputError):
        model.effect("t", "b", (0, 1))


def test_answers_do_not_depend_on_the_order_of_columns_and_rows(front_door):
    data, model, _ = front_door
    turned = data.iloc[::-1, ::-1]
    again = fc.infer(turned, model.mixed_graph)
    first, second = (m.effect("t", "y", draws=4)["mean"] for m in (model, again))
    np.testing.assert_allclose(first, second, rtol=1e-6)


def test_a_marked_graph_is_a_mixed_graph_and_one_without_pairs_is_a_dag(front_door):
    data, _, _ = front_door
    marked = fc.infer(data[["t", "m", "y"]], _marked())
    assert isinstance(marked, ConfoundedModel)
    assert marked.mixed_graph == fc.check_admg(_marked())
    assert isinstance(fc.infer(data[["m", "y"]], MixedGraph([("m", "y")])), CausalModel)
    with pytest.raises(InputError, match="lacks nodes"):
        fc.infer(data, _marked())


def _marked():
    graph = nx.DiGraph([("t", "m"), ("m", "y")])
    graph.add_edge("t", "y", marks="<->")
    return graph


def test_rows_in_which_a_district_was_touched_do_not_tell_of_the_others(front_door):
    data, _, _ = front_door
    rows = data.copy()
    mask = pd.DataFrame(False, index=rows.index, columns=rows.columns)
    mask.iloc[:100, 0] = True
    rows.iloc[:100, 0] = "yes"
    rows.iloc[:100, 2] = 50.0 + np.arange(100)  # would be seen in y given t, if these rows told of it
    model = fc.infer(fc.observations(rows, intervened=mask), _marked_with_z())
    assert model.sample(300)["y"].max() < 40


def _marked_with_z():
    return MixedGraph([("t", "m"), ("m", "y")], [("t", "y")], ["z"])
