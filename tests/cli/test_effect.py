"""The effect of one column on another, from the command line."""

import json
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given

import cli.commands.effect as effect_command
from cli.parsing import parse_conditions
from foundation_causal import discover, infer, read_graph
from foundation_causal.columns.schema import Schema
from foundation_causal.observations import observations

ASK = ["--of", "praf", "--on", "pmek", "--from", 40, "--to", 80, "--draws", 20]


def test_writes_what_the_model_answers(invoke, data, graph, table):
    options = ["--given", "PKA=300:900", "--seed", 3, "--level", 0.8, "--out", "effects.csv"]
    result = invoke("effect", data, "--graph", graph, *ASK, *options)
    assert result.exit_code == 0, result.output
    written = pd.read_csv("effects.csv")
    model = infer(table, read_graph(graph), seed=3)
    how = {"given": {"PKA": (300, 900)}, "draws": 20, "level": 0.8, "seed": 3}
    expected = model.effect("praf", "pmek", (40, 80), **how)
    pd.testing.assert_frame_equal(written, pd.DataFrame(expected), rtol=1e-6)
    for words in ("pmek where praf is set", "Difference from praf = 40", "80% from", "Written: effects.csv"):
        assert words in result.stdout
    assert "Warning" not in result.stderr


def test_a_curve_in_json_with_interventions(invoke, data, graph, table):
    options = ["--steps", 3, "--shift", "pmek=+5", "--do", "PKA=500", "--out", "effects.csv", "--json"]
    document = json.loads(invoke("effect", data, "--graph", graph, *ASK, *options).stdout)
    assert [effect["value"] for effect in document["effects"]] == [40, 60, 80, 60, 80]
    assert [effect["baseline"] for effect in document["effects"]] == [None] * 3 + [40, 40]
    assert (document["do"], document["shift"]) == ({"PKA": 500.0}, {"pmek": 5.0})
    assert (document["of"], document["on"], document["warnings"]) == ("praf", "pmek", [])
    plain = json.loads(invoke("effect", data, "--graph", graph, *ASK, *options[4:]).stdout)
    means = np.array([document["effects"][0]["mean"], document["effects"][2]["mean"]])
    assert means - 5 == pytest.approx([effect["mean"] for effect in plain["effects"][:2]])


def test_says_what_the_intervals_take_for_granted(invoke, data, graph):
    ask = [*ASK, "--out", "effects.csv"]
    given = invoke("effect", data, "--graph", graph, *ask)
    assert "take the given graph for granted" in given.stdout
    document = json.loads(invoke("effect", data, "--graph", graph, *ask, "--json").stdout)
    assert document["graph"]["origin"] == "given"
    assert document["intervals"] in given.stdout
    assert document["notes"] == []


def test_discovers_a_graph_where_none_is_given(invoke, data, table):
    result = invoke("effect", data, *ASK, "--no-refine", "--out", "effects.csv", "--json")
    document = json.loads(result.stdout)
    prediction = discover(table, refine=False)
    edges = [(edge["cause"], edge["effect"]) for edge in document["graph"]["edges"]]
    assert (document["graph"]["origin"], edges) == ("discovered", list(prediction.graph.edges))
    assert document["intervals"].startswith("The graph was discovered, and the intervals take it for granted")
    expected = infer(table, prediction.graph).effect("praf", "pmek", (40, 80), draws=20)
    pd.testing.assert_frame_equal(pd.read_csv("effects.csv"), pd.DataFrame(expected), rtol=1e-6)


def test_averages_over_graphs(invoke, data, table):
    result = invoke("effect", data, *ASK, "--average", 3, "--out", "effects.csv")
    assert result.exit_code == 0, result.output
    for words in ("Discovered graph with the largest weight", "The intervals are over ", "largest weight is"):
        assert words in result.stdout
    expected = infer(table, average=3).effect("praf", "pmek", (40, 80), draws=20)
    pd.testing.assert_frame_equal(pd.read_csv("effects.csv"), pd.DataFrame(expected), rtol=1e-6)


def test_rows_with_gaps_and_no_path(invoke, table, graph):
    table.mask(np.eye(*table.shape, dtype=bool)).to_csv("gaps.csv", index=False)
    ask = ["--of", "p44/42", "--on", "PKA", "--from", 5, "--to", 20, "--draws", 20]
    more = ["--missing", "complete", "--out", "effects.csv"]
    result = invoke("effect", "gaps.csv", "--graph", graph, *ask, *more)
    assert "from the 76 complete rows" in result.stdout
    assert "No path leads from 'p44/42' to 'PKA', which is a cause of 'p44/42'" in result.stderr
    assert (pd.read_csv("effects.csv").iloc[2][["mean", "lower", "upper"]] == 0).all()


def test_says_how_the_effect_was_found(invoke, trial):
    ask = [trial, "--graph", "trial.csv", "--of", "t", "--on", "y", "--from", 0, "--to", 1, "--out", "e.csv"]
    result = invoke("effect", *ask)
    for words in ("plug-in", "Rows with each value of t", "Found by augmented balancing", "adjusted for z"):
        assert words in result.stdout
    document = json.loads(invoke("effect", *ask, "--among", "treated", "--json").stdout)
    assert (document["method"], document["among"]) == ("augmented balancing weights", "treated")
    assert (document["adjusted_for"], document["reason"]) == (["z"], None)
    assert [arm["rows"] for arm in document["overlap"]] == [150, 150]
    assert all(isinstance(effect["plug_in"], float) for effect in document["effects"])
    plain = json.loads(invoke("effect", *ask, "--method", "plug-in", "--draws", 20, "--json").stdout)
    assert (plain["method"], plain["adjusted_for"], plain["overlap"]) == ("plug-in", None, None)
    assert "plug_in" not in plain["effects"][0]
    assert plain["sensitivity"] is None


def test_says_how_strong_a_hidden_confounder_would_have_to_be(invoke, trial):
    ask = [trial, "--graph", "trial.csv", "--of", "t", "--on", "y", "--from", 0, "--to", 1, "--out", "e.csv"]
    (row,) = json.loads(invoke("effect", *ask, "--json").stdout)["sensitivity"]
    text = invoke("effect", *ask).stdout
    assert f"if it explained {row['robustness']:.1%} of what is left both of t and of y" in text
    assert row["benchmark_outcome"] == 1
    assert "How far one as strong as z would move it cannot be said" in text


def test_a_yardstick_that_explains_everything_is_not_put_in_figures(monkeypatch):
    row = {
        "value": 1.0,
        "robustness": 0.2,
        "robustness_interval": 0.1,
        "e_value": 2.0,
        "e_value_interval": 1.5,
    }
    row |= {"benchmark": "z", "benchmark_mean": -4778.0}
    for shares, words in (((0.3, 0.4), "z explains 30.0% and 40.0%"), ((0.3, 1.0), "left of y.")):
        full = row | dict(zip(("benchmark_treatment", "benchmark_outcome"), shares, strict=True))
        monkeypatch.setattr(effect_command, "sensitivity_rows", lambda effects, full=full: [full])
        (said,) = effect_command.robustness(pd.DataFrame({"mean": [1.0]}), "t", "y")
        assert words in said
        assert ("-4,778" in said) == (shares[1] < 1)


def test_nothing_is_said_of_ratios_that_there_are_not(monkeypatch):
    row = {"value": 1.0, "robustness": 0.2, "robustness_interval": 0.1, "e_value": float("nan")}
    monkeypatch.setattr(effect_command, "sensitivity_rows", lambda effects: [row])
    (said,) = effect_command.robustness(pd.DataFrame({"mean": [1.0]}), "t", "y")
    assert said.endswith("(10.0%: the interval would reach zero).")


def test_values_that_are_not_asked_for_are_those_of_a_report(invoke, refuse, trial):
    ask = [trial, "--graph", "trial.csv", "--on", "y", "--out", "e.csv", "--draws", 20, "--method", "plug-in"]
    result = invoke("effect", *ask, "--of", "t")
    assert result.exit_code == 0, result.output
    assert "t is compared at its levels: 0, 1." in " ".join(result.stdout.split())
    assert pd.read_csv("e.csv")["value"].tolist() == [0, 1, 1]
    document = json.loads(invoke("effect", *ask, "--of", "z", "--json").stdout)
    z = pd.read_csv(trial)["z"].quantile([0.1, 0.25, 0.5, 0.75, 0.9])
    assert [row["value"] for row in document["effects"][:5]] == pytest.approx(z.tolist(), rel=1e-3)
    refuse(["--from and --to"], "effect", *ask, "--of", "t", "--from", 0)
    refuse(["--steps"], "effect", *ask, "--of", "t", "--steps", 4)


@pytest.mark.parametrize(("name", "begins"), [("e.png", b"\x89PNG"), ("e.svg", b"<?xml"), ("e.pdf", b"%PDF")])
def test_draws_the_effect(invoke, data, graph, tmp_path, name, begins):
    result = invoke("effect", data, "--graph", graph, *ASK, "--steps", 4, "--out", "e.csv", "--plot", name)
    assert f"Written: e.csv, {name}" in result.stdout
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_contradictions(refuse, data, graph):
    ask = ["effect", data, *ASK, "--out", "effects.csv"]
    refuse(["--average", "--graph"], *ask, "--graph", graph, "--average", 3)
    refuse(["--average", "--mechanisms"], *ask, "--mechanisms", "fip", "--average", 3)


def test_extrapolation_is_said_once(invoke, data, graph):
    ask = ["--of", "PKA", "--on", "pmek", "--from", 500, "--to", 50_000, "--draws", 20, "--out", "e.csv"]
    result = invoke("effect", data, "--graph", graph, *ask)
    (line,) = [line for line in result.stderr.splitlines() if "Warning" in line]
    assert line.startswith("Warning: The intervention sets 'PKA' to 50000, ")
    quiet = invoke("effect", data, "--graph", graph, *ask, "--quiet")
    assert quiet.output == ""


@pytest.fixture
def trial(tmp_path) -> str:
    """z -> t -> y and z -> y as `trial.csv`, t with two values of 150 rows each, and the table's name."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=300)
    t = np.zeros(300)
    t[np.argsort(z + rng.normal(size=300))[150:]] = 1
    frame = pd.DataFrame({"z": z, "t": t, "y": 2 * t + z + rng.normal(size=300)})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    (tmp_path / "trial.csv").write_text("cause,effect\nz,t\nz,y\nt,y\n")
    return "rows.csv"


def test_quantiles(invoke, trial):
    ask = [trial, "--graph", "trial.csv", "--of", "t", "--on", "y", "--from", 0, "--to", 1, "--draws", 20]
    options = ["--quantile", 0.1, "--quantile", 0.9, "--out", "q.csv"]
    result = invoke("effect", *ask, *options, "--plot", "q.png")
    assert result.exit_code == 0, result.output
    table = pd.read_csv(trial)
    expected = infer(table, read_graph("trial.csv")).effect("t", "y", (0, 1), quantiles=(0.1, 0.9), draws=20)
    pd.testing.assert_frame_equal(pd.read_csv("q.csv"), pd.DataFrame(expected), rtol=1e-6, check_dtype=False)
    for words in ("quantile", "quantiles of its samples", "Another --seed moves the last", "q.png"):
        assert words in result.stdout
    document = json.loads(invoke("effect", *ask, *options, "--json").stdout)
    assert document["quantiles"] == [0.1, 0.9]
    assert document["monte_carlo_error"] == pytest.approx(expected.monte_carlo_error)


def test_what_goes_through_a_mediator(invoke, trial):
    ask = [trial, "--graph", "trial.csv", "--of", "z", "--on", "y", "--from", 0, "--to", 1, "--draws", 20]
    options = ["--through", "t", "--hold", "t=1", "--out", "m.csv"]
    result = invoke("effect", *ask, *options, "--plot", "m.png")
    assert result.exit_code == 0, result.output
    model = infer(pd.read_csv(trial), read_graph("trial.csv"))
    expected = model.mediation("z", "y", "t", (0, 1), mediators={"t": 1}, draws=20)
    pd.testing.assert_frame_equal(pd.read_csv("m.csv"), pd.DataFrame(expected), rtol=1e-6, check_dtype=False)
    for words in ("Effect on y of z in place of 0, through t", "natural indirect", expected.reason, "m.png"):
        assert words in result.stdout
    document = json.loads(invoke("effect", *ask, *options, "--json").stdout)
    assert (document["through"], document["hold"]) == (["t"], {"t": 1.0})


def test_steps_of_a_count_are_counts(invoke, trial):
    frame = pd.read_csv(trial)
    random = np.random.default_rng(0)
    frame["visits"] = random.poisson(12, size=len(frame))
    frame.to_csv("counts.csv", index=False)
    Path("visits.csv").write_text("cause,effect\nvisits,y\nz,t\n")
    ask = ["counts.csv", "--graph", "visits.csv", "--of", "visits", "--on", "y", "--from", 6, "--to", 16]
    options = ["--steps", 5, "--types", "visits=count", "--out", "e.csv", "--json"]
    document = json.loads(invoke("effect", *ask, *options).stdout)
    assert [row["value"] for row in document["effects"][:5]] == [6, 8, 11, 14, 16]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--quantile", 1.5], ["1.5", "between 0 and 1"]),
        (["--quantile", 0], ["between 0 and 1"]),
        (["--through", "z", "--among", "treated"], ["--through", "--among"]),
        (["--quantile", 0.5, "--through", "z"], ["--through", "--quantile"]),
        (["--through", "z"], ["'z'", "on no path from 't' to 'y'"]),
        (["--through", "t"], ["'t'", "treatment"]),
        (["--through", "y"], ["'y'", "outcome"]),
        (["--through", "q"], ["--through", "'q'", "use one of"]),
        (["--hold", "z=1"], ["--hold", "--through"]),
        (["--on", "t"], ["'t'", "two variables"]),
    ],
)
def test_bad_parts(refuse, trial, options, words):
    ask = ["--graph", "trial.csv", "--of", "t", "--on", "y", "--from", 0, "--to", 1, "--out", "e.csv"]
    refuse(words, "effect", trial, *ask, *options)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_conditions(low, high):
    assume((low, high) != (-np.inf, np.inf))
    names = ["a=b", "c"]
    assert parse_conditions([f"a=b={low!r}:{high!r}", f" c = {low!r}"], Schema.numeric(names)) == {
        "a=b": (low, high),
        "c": low,
    }
    assert parse_conditions(["c=:1"], Schema.numeric(names)) == {"c": (-np.inf, 1.0)}


@pytest.mark.parametrize("text", ["c=:", "c=-inf:inf"])
def test_a_condition_without_ends_is_none(text, one_sentence):
    with one_sentence("--given", text, "both ends open"):
        parse_conditions([text], Schema.numeric(["a", "c"]))


@pytest.fixture
def dated():
    """The schema of a column of moments whose day comes first, and of one of durations."""
    day = pd.date_range("2024-01-01", periods=60, freq="37h").strftime("%d/%m/%Y %H:%M")
    return observations(pd.DataFrame({"day": day, "wait": pd.to_timedelta(np.arange(60) ** 2, "h")})).schema


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("day=03/04/2024", "03/04/2024"),
        ("day=03/04/2024:05/06/2024", ("03/04/2024", "05/06/2024")),
        ("day=:05/06/2024", (-np.inf, "05/06/2024")),
        ("day=03/04/2024 10:00:05/06/2024 11:30", ("03/04/2024 10:00", "05/06/2024 11:30")),
        ("day=19800:19900", ("19800", "19900")),
        ("wait=04:00:00:05:00:00", ("04:00:00", "05:00:00")),
        ("wait=1:2 days", ("1", "2 days")),
    ],
)
def test_conditions_on_dates(text, condition, dated):
    assert parse_conditions([text], dated) == {text[: text.index("=")]: condition}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("day=04/13/2024:05/13/2024", ["'day'", "the day comes first"]),
        ("day=April:May", ["'day'", "'April'", "2024-12-31"]),
        ("day=1:2:3", ["'1:2:3'"]),
        ("day=", ["''"]),
        ("wait=10%", ["'10%'", "2 days"]),
    ],
)
def test_bad_conditions_on_dates(text, words, dated, one_sentence):
    with one_sentence("--given", *words):
        parse_conditions([text], dated)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--of", "PRAF"], ["--of", "did you mean 'praf'"]),
        (["--on", "x"], ["--on", "'x'", "use one of"]),
        (["--on", "praf"], ["'praf'", "two variables"]),
        (["--to", 40], ["two different numbers"]),
        (["--to", "nan"], ["finite number"]),
        (["--given", "PKA=300:900", "--method", "orthogonal"], ["read off the rows", "leave these out"]),
        (["--among", "treated", "--method", "plug-in"], ["orthogonal"]),
        (["--level", 90], ["between 0 and 1"]),
        (["--given", "PKA"], ["--given", "NAME=VALUE"]),
        (["--given", "pka=1"], ["did you mean 'PKA'"]),
        (["--given", "PKA=1:high"], ["'high'"]),
        (["--given", "PKA=1", "--given", "PKA=2:3"], ["'PKA' twice"]),
        (["--given", "PKA=9:1"], ["'PKA'", "bounds"]),
        (["--given", "PKA=1e9:"], ["Hardly any row", "'PKA'"]),
        (["--do", "pmek=5"], ["'pmek'", "clamped"]),
        (["--out", "effects.sav"], ["'effects.sav'"]),
        (["--plot", "effects.jpg"], ["'effects.jpg'", ".png"]),
        (["--out", "data.csv"], ["data.csv", "choose another"]),
    ],
)
def test_bad_input(refuse, data, graph, options, words):
    refuse(words, "effect", data, "--graph", graph, *ASK, "--out", "effects.csv", *options)
