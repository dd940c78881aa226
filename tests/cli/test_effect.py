"""The effect of one column on another, from the command line."""

import json

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from cli.conditions import parse_conditions
from foundation_causal import infer, read_graph

ASK = ["--of", "praf", "--on", "pmek", "--from", 40, "--to", 80, "--draws", 20]


def test_writes_what_the_model_answers(invoke, data, graph, table):
    options = ["--given", "PKA=300:900", "--seed", 3, "--level", 0.8, "--out", "effects.csv"]
    result = invoke("effect", data, "--graph", graph, *ASK, *options)
    assert result.exit_code == 0, result.output
    written = pd.read_csv("effects.csv")
    model = infer(table, read_graph(graph), seed=3)
    how = {"given": {"PKA": (300, 900)}, "draws": 20, "level": 0.8, "seed": 3}
    expected = model.effect("praf", "pmek", (40, 80), **how)
    pd.testing.assert_frame_equal(written, expected, rtol=1e-6)
    for words in ("pmek where praf is set", "Difference from praf = 40", "80% from", "Written: effects.csv"):
        assert words in result.stdout
    assert "Warning" not in result.stderr


def test_a_curve_in_json_with_interventions(invoke, data, graph, table):
    options = ["--steps", 3, "--shift", "pmek=+5", "--do", "PKA=500", "--out", "effects.csv", "--json"]
    document = json.loads(invoke("effect", data, "--graph", graph, *ASK, *options).stdout)
    assert [one["value"] for one in document["effects"]] == [40, 60, 80, 60, 80]
    assert [one["baseline"] for one in document["effects"]] == [None] * 3 + [40, 40]
    assert (document["do"], document["shift"]) == ({"PKA": 500.0}, {"pmek": 5.0})
    assert (document["of"], document["on"], document["warnings"]) == ("praf", "pmek", [])
    plain = json.loads(invoke("effect", data, "--graph", graph, *ASK, *options[4:]).stdout)
    found = np.array([document["effects"][0]["mean"], document["effects"][2]["mean"]])
    assert found - 5 == pytest.approx([one["mean"] for one in plain["effects"][:2]])


def test_extrapolation_is_said_once(invoke, data, graph):
    ask = ["--of", "PKA", "--on", "pmek", "--from", 500, "--to", 50_000, "--draws", 20, "--out", "e.csv"]
    result = invoke("effect", data, "--graph", graph, *ask)
    (line,) = [line for line in result.stderr.splitlines() if "Warning" in line]
    assert line.startswith("Warning: The intervention sets 'PKA' to 50000, ")
    quiet = invoke("effect", data, "--graph", graph, *ask, "--quiet")
    assert quiet.output == ""


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_conditions(low, high):
    names = ["a=b", "c"]
    assert parse_conditions([f"a=b={low!r}:{high!r}", f" c = {low!r}"], names) == {
        "a=b": (low, high),
        "c": low,
    }
    assert parse_conditions(["c=:1"], names) == {"c": (-np.inf, 1.0)}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--of", "PRAF"], ["--of", "did you mean 'praf'"]),
        (["--on", "x"], ["--on", "'x'", "use one of"]),
        (["--on", "praf"], ["'praf'", "two variables"]),
        (["--to", 40], ["two different numbers"]),
        (["--to", "nan"], ["finite numbers"]),
        (["--level", 90], ["between 0 and 1"]),
        (["--given", "PKA"], ["--given", "NAME=VALUE"]),
        (["--given", "pka=1"], ["did you mean 'PKA'"]),
        (["--given", "PKA=1:high"], ["'high'"]),
        (["--given", "PKA=1", "--given", "PKA=2:3"], ["'PKA' twice"]),
        (["--given", "PKA=9:1"], ["'PKA'", "bounds"]),
        (["--given", "PKA=1e9:"], ["Hardly any row", "'PKA'"]),
        (["--do", "pmek=5"], ["'pmek'", "clamped"]),
        (["--out", "effects.txt"], ["'effects.txt'"]),
        (["--out", "data.csv"], ["data.csv", "choose another"]),
    ],
)
def test_bad_input(refuse, data, graph, options, words):
    refuse(words, "effect", data, "--graph", graph, *ASK, "--out", "effects.csv", *options)
