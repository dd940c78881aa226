"""The curves of mechanisms: right where the truth is known, and the same in any units and order."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc

N = 150


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    age, arm = random.normal(50, 10, N), random.choice(["drug", "none"], N)
    y = np.sin(age / 8) + 2 * (arm == "none") + 0.2 * random.normal(size=N)
    return pd.DataFrame({"age": age, "arm": arm, "y": y, "ill": np.where(y > 1, "yes", "no")})


@pytest.fixture(scope="module")
def model(table) -> fc.CausalModel:
    return fc.infer(table, nx.DiGraph([("age", "y"), ("arm", "y"), ("y", "ill")]))


def test_curves_follow_the_truth_and_the_band_holds_them(model):
    shown = model.curves("y")
    assert shown.causes == ("age", "arm")
    assert 0.9 < shown.fit < 1
    curve = shown.curves[shown.curves["cause"] == "age"].astype({"value": float})
    curve = curve[curve["value"].between(35, 65)]
    truth = np.sin(curve["value"] / 8) + 2 * (shown.held["arm"] == "none")
    assert np.abs(curve["mean"] - truth).max() < 0.3
    assert (curve["lower"] <= curve["mean"]).all()
    assert (curve["mean"] <= curve["upper"]).all()
    drug, none = shown.curves.loc[shown.curves["cause"] == "arm", "mean"]
    assert none - drug == pytest.approx(2, abs=0.15)
    assert shown.noise is not None
    assert shown.noise.std() == pytest.approx(0.2, abs=0.05)


def test_points_lie_around_the_curve_as_far_as_their_noise(model):
    shown = model.curves("y")
    points = shown.points[shown.points["cause"] == "arm"]
    means = shown.curves[shown.curves["cause"] == "arm"].set_index("value")["mean"]
    left = points["observed"].to_numpy(float) - means[points["value"]].to_numpy(float)
    assert np.sort(left) == pytest.approx(np.sort(shown.noise), abs=1e-9)


def test_labels_have_probabilities_and_roots_nothing_along_which_to_look(model):
    shown = model.curves("ill")
    assert set(shown.curves["level"]) == {"yes"}
    assert shown.curves["mean"].between(0, 1).all()
    assert shown.curves["mean"].is_monotonic_increasing
    assert 0 < shown.fit <= 1
    assert shown.points.empty
    root = model.curves("age")
    assert root.causes == ()
    assert root.curves.empty
    assert np.isnan(root.fit)


def test_units_and_order_of_rows_and_columns_do_not_matter(model, table):
    graph = nx.DiGraph([("age", "y"), ("arm", "y"), ("y", "ill")])
    moved = table.assign(age=table["age"] * 12, y=7 - 100 * table["y"])
    turned = fc.infer(moved.iloc[::-1, ::-1].reset_index(drop=True), graph).curves("y")
    expected, got = model.curves("y").curves, turned.curves
    for cause, factor in (("age", 12), ("arm", 1)):
        old, new = (part[part["cause"] == cause].reset_index(drop=True) for part in (expected, got))
        assert list(new["value"]) == pytest.approx([v * factor for v in old["value"]]) or cause == "arm"
        assert new["mean"].to_numpy() == pytest.approx(7 - 100 * old["mean"].to_numpy(), abs=0.5)


def test_averages_show_the_models_with_the_same_causes(table):
    numbers = table[["age", "y"]].assign(z=table["y"] ** 2 + np.random.default_rng(1).normal(size=N))
    graphs = [nx.DiGraph([("age", "y"), ("y", "z")]), nx.DiGraph([("age", "y"), ("age", "z")])]
    members = [fc.infer(numbers, fc.as_graph(graph, list(numbers))) for graph in graphs]
    average = type(fc.infer(numbers, average=2))(members, [0.7, 0.3])
    assert average.curves("y").causes == ("age",)
    assert average.curves("z").causes == ("y",)
    assert average.curves("y").curves[["lower", "upper"]].notna().all(axis=None)


def test_models_without_a_posterior_have_no_band(table):
    plain = fc.infer(table[["age", "y"]], nx.DiGraph([("age", "y")]), mechanisms="least-squares")
    assert plain.curves("y").curves["lower"].isna().all()


def test_what_cannot_be_shown(model, one_sentence):
    with one_sentence("no variable 'z'"):
        model.curves("z")
    with one_sentence("under interventions"):
        model.do({"age": 50}).curves("y")
    with one_sentence("draws", "at least 2"):
        model.curves("y", draws=1)


def test_curves_along_causes_of_several_types_can_be_written(tmp_path):
    random = np.random.default_rng(0)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 200, 60), unit="D")
    sex = random.choice(["f", "m"], 60)
    frame = pd.DataFrame({"day": day, "sex": sex, "y": random.normal(size=60)})
    shown = fc.infer(frame, nx.DiGraph([("day", "y"), ("sex", "y")])).curves("y", draws=3)
    for table in (shown.curves, shown.points):
        table.to_parquet(tmp_path / "t.parquet")
        assert pd.read_parquet(tmp_path / "t.parquet")["value"].tolist() == list(map(str, table["value"]))
