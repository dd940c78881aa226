"""Graphs in the formats of other tools, in and out of the commands."""

import json

import pytest

from foundation_causal import read_graph, write_graph


@pytest.mark.parametrize("name", ["g.dot", "g.tetrad"])
def test_commands_take_graphs_in_other_formats(invoke, data, graph, name):
    edges = {tuple(edge) for edge in read_graph(graph).edges}
    write_graph(read_graph(graph), name)
    scored = json.loads(
        invoke("evaluate", "structure", data, "--truth", name, "--no-refine", "--json").stdout
    )
    assert scored == json.loads(
        invoke("evaluate", "structure", data, "--truth", graph, "--no-refine", "--json").stdout
    ) | {"truth": name, "seconds": scored["seconds"]}
    result = invoke("simulate", data, "--graph", name, "--samples", 5, "--out", "s.csv")
    assert result.exit_code == 0, result.output
    assert set(read_graph(name).edges) == edges


def test_a_graph_with_hidden_causes_is_sampled_from_and_asked_for_effects(invoke, refuse, data, tmp_path):
    (tmp_path / "g.txt").write_text('dag { PKA -> praf -> pmek; PKA <-> pmek; pmek -> "p44/42" }')
    given = ["--graph", "g.txt"]
    run = invoke("run", data, *given, "--do", "PKA=500", "--samples", 20, "--out", "answers")
    assert run.exit_code == 0, run.output
    summary = json.loads((tmp_path / "answers" / "summary.json").read_text())
    assert {"cause": "PKA", "effect": "pmek", "marks": "<->"} in summary["graph"]["edges"]
    assert read_graph("answers/graph.json", marks="keep").edges["PKA", "pmek"]["marks"] == "<->"
    assert invoke("simulate", data, *given, "--samples", 5, "--out", "s.csv").exit_code == 0
    asked = ["effect", data, "--of", "PKA", "--from", 400, "--to", 500, "--draws", 20, "--out", "e.csv"]
    found = invoke(*asked, "--on", "pmek", *given)
    assert found.exit_code == 0, found.output
    assert "sum over praf" in " ".join(found.output.split())
    refuse(["'PKA' <-> 'pmek'", "hidden common cause"], "evaluate", "structure", data, "--truth", "g.txt")
    (tmp_path / "bow.txt").write_text('dag { PKA -> pmek; PKA <-> pmek; praf; "p44/42" }')
    refuse(["do not tell", "in an experiment"], *asked, "--on", "pmek", "--graph", "bow.txt")


def test_run_writes_the_graph_in_another_format_besides(invoke, data, graph, tmp_path):
    given = ["run", data, "--graph", graph, "--samples", 5, "--out", "answers"]
    assert invoke(*given, "--graph-format", "dagitty").exit_code == 0
    edges = set(read_graph(graph).edges)
    assert (
        set(read_graph("answers/graph.dagitty").edges) == set(read_graph("answers/graph.json").edges) == edges
    )
    assert "graph.dagitty" in json.loads((tmp_path / "answers" / "summary.json").read_text())["files"]
    assert invoke(*given, "--graph-format", "gml").exit_code == 0
    left = sorted(path.name for path in (tmp_path / "answers").glob("graph.*"))
    assert left == ["graph.gml", "graph.json", "graph.png"]


def test_discover_writes_what_the_suffix_or_the_option_says(invoke, data):
    result = invoke("discover", data, "--no-refine", "--out", "g.txt", "--graph-format", "tetrad")
    assert result.exit_code == 0
    assert "'probability'" in result.stderr
    assert invoke("discover", data, "--no-refine", "--out", "g.json").exit_code == 0
    assert set(read_graph("g.txt").edges) == set(read_graph("g.json").edges)


def test_a_format_that_cannot_hold_the_names_is_refused_before_the_work(refuse, data):
    discover = ["discover", data, "--no-refine", "--out"]
    refuse(["lavaan", "'p44/42'"], *discover, "g.lavaan")
    refuse(["lavaan", "'p44/42'"], *discover, "g.txt", "--graph-format", "lavaan")
    refuse(["format 'nix'"], *discover, "g.txt", "--graph-format", "nix")
    refuse(["bif", "only read"], "run", data, "--out", "answers", "--graph-format", "bif")
    refuse(["lavaan", "'p44/42'"], "run", data, "--out", "answers", "--graph-format", "lavaan")


def test_a_given_graph_that_the_format_cannot_hold_is_refused_before_the_work(
    refuse, data, tmp_path, monkeypatch
):
    (tmp_path / "g.txt").write_text('dag { PKA -> praf -> pmek; PKA <-> pmek; pmek -> "p44/42" }')
    monkeypatch.setattr("cli.notes.infer_model", None)  # whatever calls it fails
    for name in ("csv", "edges", "bnlearn"):
        how = ["--graph", "g.txt", "--graph-format", name, "--out", "answers"]
        refuse([f"The format {name} cannot hold the edge 'PKA' <-> 'pmek'", "json"], "run", data, *how)
