import json

import pandas as pd
import pytest

from foundation_causal import load_dataset, read_graph, read_table
from foundation_causal.datasets import catalogue, dataset_names, reference_graph


def test_the_list_has_every_data_set_that_can_be_used(invoke):
    document = json.loads(invoke("datasets", "--json").stdout)
    by_name = {facts["name"]: facts for facts in document["datasets"]}
    assert by_name.keys() >= set(dataset_names())
    for name in ("sachs", "ecoli70", "tuebingen-47"):
        data, listed = load_dataset(name), by_name[name]
        assert (listed["rows"], listed["columns"]) == data.frame.shape
        assert (listed["edges"], listed["weight"]) == (data.graph.number_of_edges(), data.weight)
    assert by_name["sachs"]["origin"] == "measured"
    assert by_name["sachs"]["acyclic"] is False
    assert by_name["dream4-2"]["rows"] is None


def test_the_table_has_one_line_for_all_pairs(invoke):
    lines = invoke("datasets").stdout.splitlines()
    for facts in catalogue():
        shown = [line for line in lines if line.split()[:1] == [facts.name]]
        assert len(shown) == (not facts.name.startswith("tuebingen-") or facts.name == "tuebingen-1")
    (pairs,) = [line for line in lines if "tuebingen-104" in line]
    assert "94 to 16,382" in pairs
    assert "99 pairs" in pairs


def test_families_are_listed_by_their_name(invoke):
    listed = json.loads(invoke("datasets", "tuebingen", "--json").stdout)["datasets"]
    assert [facts["name"] for facts in listed] == dataset_names("tuebingen-")
    assert "altitude -> temperature" in invoke("datasets", "tuebingen").stdout
    assert "dream4-5" in invoke("datasets", "dream4").stdout


def test_one_data_set_is_described(invoke):
    (about,) = [facts.about for facts in catalogue() if facts.name == "sachs"]
    assert about in " ".join(invoke("datasets", "sachs").stdout.split())
    facts = json.loads(invoke("datasets", "sachs", "--json").stdout)
    assert (facts["name"], facts["rows"], facts["about"], facts["files"]) == ("sachs", 7466, about, [])


def test_files_hold_the_data_set_and_can_be_used_in_its_place(invoke, tmp_path):
    options = ["--rows", 60, "--seed", 3, "--out", "here/now", "--json"]
    document = json.loads(invoke("datasets", "magic-niab", *options).stdout)
    assert {tmp_path / file for file in document["files"]} == set((tmp_path / "here/now").iterdir())
    data = load_dataset("magic-niab", n=60, seed=3)
    pd.testing.assert_frame_equal(read_table("here/now/magic-niab.csv"), data.frame, check_exact=True)
    assert set(read_graph("here/now/magic-niab-graph.json").edges) == set(data.graph.edges)
    assert "CC BY-SA" in (tmp_path / "here/now/magic-niab-about.txt").read_text()
    graph, made = "here/now/magic-niab-graph.json", "drawn.csv"
    table = "here/now/magic-niab.csv"
    assert invoke("simulate", table, "--graph", graph, "--samples", 5, "--out", made).exit_code == 0


def test_a_reference_graph_without_rows_is_written_alone(invoke, tmp_path):
    result = invoke("datasets", "dream4-1", "--out", ".")
    assert "Written" in result.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"dream4-1-graph.json", "dream4-1-about.txt"}
    assert set(read_graph("dream4-1-graph.json").edges) == set(reference_graph("dream4-1").edges)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["saks"], "'sachs'"),
        (["tuebingen-53"], "Pair 53"),
        (["--out", "folder"], "--out"),
        (["tuebingen", "--out", "folder"], "--out"),
        (["--rows", "3"], "--rows"),
        (["sachs", "--rows", "3"], "--out"),
        (["sachs", "--rows", "8000", "--out", "folder"], "7466"),
        (["dream4-1", "--rows", "3", "--out", "folder"], "not its rows"),
    ],
)
def test_bad_requests_are_one_sentence_and_leave_nothing(invoke, tmp_path, arguments, word):
    result = invoke("datasets", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert word in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert list(tmp_path.iterdir()) == []
