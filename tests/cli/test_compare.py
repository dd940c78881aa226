"""The command that sets methods side by side."""

import json
import math

import pandas as pd

import foundation_causal as fc
from cli.commands.compare import _about_rows
from cli.inputs import Source


def test_methods_on_a_table_beside_the_truth(invoke, refuse, data, graph):
    methods = ["--method", "network", "--method", "foundation-causal"]
    result = invoke(
        "compare", data, *methods, "--truth", graph, "--no-held-out", "--out", "pairs.csv", "--json"
    )
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    network, ours = document["methods"]
    assert (network["method"], ours["method"]) == ("network", "foundation-causal")
    assert network["failure"] is None
    assert document["distances"]["network"]["network"] == 0
    assert len(pd.read_csv("pairs.csv")) == len(document["edges"])
    refuse(["'nonesuch'"], "compare", data, "--method", "nonesuch")
    refuse(["'data.csv'"], "compare", data, "--method", "network", "--out", "data.csv")


def test_what_the_methods_saw_and_impossible_rows_are_said():
    frame = pd.DataFrame({"a": [1.0, None, 3.0], "b": [1.0, 2.0, 4.0]})
    gaps, whole = (fc.observations(table, missing=True, min_rows=1) for table in (frame, frame.dropna()))
    held_out = pd.DataFrame({"held_out": [-1.5, -math.inf, None]})
    seen, impossible = _about_rows(Source("t", gaps), held_out)
    assert "all 3 rows" in seen
    assert "the 2 without gaps" in seen
    assert impossible.startswith("-inf:")
    assert _about_rows(Source("t", whole), held_out.iloc[:1]) == []
