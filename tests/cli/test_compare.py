"""The command that sets methods side by side."""

import json

import pandas as pd


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
