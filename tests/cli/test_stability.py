"""`foundation-causal stability`: the numbers of the API in tables and files, all of them or none."""

import json
import subprocess
import sys
import time
from contextlib import suppress

import pandas as pd
import pytest

from discovery.resampling import bootstrap
from foundation_causal import read_graph

QUICK = ["--no-refine", "--replicates", 3]


def test_the_table_and_the_graphs_are_those_of_the_api(invoke, data, table, tmp_path):
    options = ["--seed", 4, "--out", "edges.csv", "--consensus", "most.json", "--graphs", "graphs"]
    result = invoke("stability", data, *QUICK, *options, "--json")
    assert result.exit_code == 0
    expected = bootstrap(table, replicates=3, seed=4, refine=False)
    pd.testing.assert_frame_equal(pd.read_csv("edges.csv"), expected.edges, rtol=1e-5)
    assert set(read_graph("most.json").edges) == set(expected.graph.edges)
    files = sorted((tmp_path / "graphs").iterdir())
    assert [file.name for file in files] == ["graph-1.json", "graph-2.json", "graph-3.json"]
    assert [set(read_graph(file).edges) for file in files] == [set(graph.edges) for graph in expected.graphs]
    document = json.loads(result.stdout)
    assert document["edges"] == pd.read_csv("edges.csv").to_dict(orient="records")
    assert document["settings"]["resample"] == "half"
    assert document["files"] == ["edges.csv", "most.json", "graphs"]


def test_people_see_the_frequent_edges_and_how_many_others_there_are(invoke, data, table, monkeypatch):
    command = ["stability", data, *QUICK, "--resample", "bootstrap", "--out", "edges.csv"]
    edges = bootstrap(table, replicates=3, resample="bootstrap", refine=False).edges
    result = invoke(*command)
    shown = [line.split() for line in result.stdout.splitlines() if line.strip().startswith(tuple(table))]
    assert [line[:2] for line in shown] == edges[["cause", "effect"]].to_numpy().tolist()
    assert [float(line[2]) for line in shown] == pytest.approx(edges["share"].tolist(), abs=0.006)
    monkeypatch.setattr("cli.commands.stability.WORTH_SHOWING", 0.99)
    rare = int((edges["share"] < 0.99).sum())
    assert 0 < rare < len(edges)
    assert f"Edges in less than 99% of the graphs: {rare}." in invoke(*command).stdout
    assert invoke(*command, "--quiet").output == ""


def test_one_replicate_is_one_resample(invoke, data):
    shown = invoke("stability", data, *QUICK, "--replicates", 1, "--out", "edges.csv").stdout
    assert "in 1 resample\n" in shown


def test_knowledge_and_masks_are_used(invoke, data, table):
    required = [["p44/42", "PKA"]]
    with open("known.json", "w") as file:
        json.dump({"required": required, "leaves": ["praf"]}, file)
    mask = table * 0
    mask.iloc[:10, 0] = 1
    mask.to_csv("mask.csv", index=False)
    known = ["--knowledge", "known.json", "--intervened", "mask.csv"]
    document = json.loads(invoke("stability", data, *QUICK, *known, "--out", "edges.csv", "--json").stdout)
    share = {(edge["cause"], edge["effect"]): edge["share"] for edge in document["edges"]}
    assert share["p44/42", "PKA"] == 1
    assert not any(cause == "praf" for cause, _ in share)
    assert document["intervened"] == 10


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--replicates", 0], ["replicates is 0", "at least 1"]),
        (["--jobs", 0], ["jobs is 0", "-1"]),
        (["--resample", "jackknife"], ["'jackknife'", "'half'"]),
        (["--model", "nonesuch"], ["no model 'nonesuch'"]),
        (["--out", "data.csv"], ["'data.csv' is read"]),
        (["--out", "data.csv/edges.csv"], ["data.csv/edges.csv", "choose"]),
        (["--out", "edges.sav"], ["'edges.sav'", ".csv"]),
        (["--consensus", "data.csv/most.json"], ["data.csv/most.json", "choose"]),
        (["--consensus", "edges.csv"], ["two results"]),
        (["--graphs", "edges.csv"], ["two results"]),
        (["--graphs", "data.csv/graphs"], ["data.csv/graphs", "choose"]),
    ],
)
def test_bad_input_is_one_sentence_and_no_file(refuse, data, options, words):
    refuse(words, "stability", data, *QUICK, "--out", "edges.csv", *options)


def test_the_graphs_of_an_earlier_call_are_not_mixed_with_new_ones(invoke, refuse, data):
    command = ["stability", data, *QUICK, "--out", "edges.csv", "--graphs", "graphs"]
    assert invoke(*command).exit_code == 0
    refuse(["graphs/graph-1.json", "move"], *command)


def test_a_failure_in_the_middle_leaves_nothing(invoke, data, tmp_path, monkeypatch):
    import discovery.resampling as module

    original, calls = module.replicate, []

    def second_fails(plan, k):
        calls.append(k)
        if k == 1:
            raise KeyboardInterrupt
        return original(plan, k)

    monkeypatch.setattr(module, "replicate", second_fails)
    before = sorted(tmp_path.rglob("*"))
    result = invoke("stability", data, *QUICK, "--out", "edges.csv", "--graphs", "graphs")
    assert result.exit_code == 130
    assert calls == [0, 1]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_terminated_call_leaves_nothing(data, tmp_path):
    before = sorted(tmp_path.iterdir())
    options = ["--replicates", "100000", "--out", tmp_path / "edges.csv", "--graphs", tmp_path / "graphs"]
    command = [sys.executable, "-m", "cli", "stability", data, *options]
    with subprocess.Popen([str(word) for word in command], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and sorted(tmp_path.iterdir()) == before:
            time.sleep(0.02)
        process.terminate()
        # Python drops what a signal raises in a finalizer: whoever asks in just that moment has to ask again.
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.terminate()
    assert process.returncode == 143
    assert sorted(tmp_path.iterdir()) == before
