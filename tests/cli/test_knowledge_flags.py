"""What is known of a graph, said by flags beside the file."""

import json

import pytest

from foundation_causal import Knowledge, discover, read_graph, write_knowledge


def test_flags_say_what_a_file_says_and_join_it(invoke, data, table, tmp_path):
    (tmp_path / "tiers.txt").write_text('pmek, praf\n\n"p44/42"\n')
    write_knowledge(Knowledge(forbidden=[("praf", "PKA")]), tmp_path / "known.json")
    flags = ["--root", "PKA", "--leaf", "p44/42", "--require", "PKA,praf", "--forbid", "pmek, p44/42"]
    more = ["--root", "PKA", "--tiers", "tiers.txt", "--knowledge", "known.json", "--no-refine"]
    result = invoke("discover", data, *flags, *more, "--out", "g.json", "--json")
    assert result.exit_code == 0, result.output
    known = Knowledge(
        required=[("PKA", "praf")],
        forbidden=[("praf", "PKA"), ("pmek", "p44/42")],
        tiers=[["pmek", "praf"], ["p44/42"]],
        roots=["PKA"],
        leaves=["p44/42"],
    )
    expected = discover(table, knowledge=known, refine=False).graph
    assert set(read_graph("g.json").edges) == set(expected.edges)
    assert json.loads(result.stdout)["settings"]["stated"]["roots"] == ["PKA", "PKA"]


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        (["--root", "'Pka'", "PKA"], ["--root", "Pka"]),
        (["--forbid", "CAUSE,EFFECT"], ["--forbid", "PKA"]),
        (["--require", "'raf'"], ["--require", "PKA,raf"]),
        (["two different"], ["--require", "PKA,PKA"]),
        (["requires and forbids", "'PKA' -> 'praf'"], ["--require", "PKA,praf", "--forbid", "PKA,praf"]),
        (["requires", "roots"], ["--require", "PKA,praf", "--root", "praf"]),
        (["cycle"], ["--require", "PKA,praf", "--knowledge", "known.json"]),
        (["tiers", "differently"], ["--tiers", "tiers.txt", "--knowledge", "tiers.json"]),
        (["once", "tiers"], ["--tiers", "twice.txt"]),
        (["no file 'none.txt'"], ["--tiers", "none.txt"]),
        (["--leaf", "--graph"], ["--leaf", "PKA", "--graph", "graph.json"]),
        (["tiers.csv", "choose"], ["--tiers", "tiers.csv", "--out", "tiers.csv"]),
    ],
)
def test_flags_that_contradict_or_name_nothing(refuse, data, graph, tmp_path, words, flags):
    write_knowledge(Knowledge(required=[("praf", "PKA")]), tmp_path / "known.json")
    write_knowledge(Knowledge(tiers=[["PKA"]]), tmp_path / "tiers.json")
    (tmp_path / "tiers.txt").write_text("praf\n")
    (tmp_path / "tiers.csv").write_text("praf\n")
    (tmp_path / "twice.txt").write_text("praf\npraf\n")
    question = ["--of", "PKA", "--on", "praf", "--from", 1, "--to", 2]
    out = [] if "--out" in flags else ["--out", "e.csv"]
    refuse(words, "effect", data, *question, *out, *flags)
