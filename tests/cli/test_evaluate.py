"""`evaluate structure --suite`: one table, its runs and its plots, for one method or many."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cli.output import PIPE_WIDTH
from discovery import discover
from discovery.structure_evaluation import evaluate_suite
from discovery.structure_methods import METHODS
from foundation_causal import read_table
from foundation_causal.errors import RowCounterWarning
from foundation_causal.graphs import as_graph
from foundation_causal.metrics import structure_scores
from mechanisms.mechanism_evaluation import METHODS as MECHANISM_METHODS

EVALUATE = ("evaluate", "structure")


def test_one_method(invoke):
    options = ["--suite", "csuite", "--cell", "configuration=lingauss", "--cell", "configuration=nonlingauss"]
    command = [*EVALUATE, *options, "--no-refine"]
    document = json.loads(invoke(*command, "--json").stdout)
    cells = {"configuration": ["lingauss", "nonlingauss"]}
    expected = evaluate_suite("csuite", methods=["network"], **cells).drop(columns="seconds")
    assert (document["suite"], document["cells"], document["methods"]) == ("csuite", cells, ["network"])
    scores = pd.DataFrame(document["scores"]).drop(columns="seconds")
    pd.testing.assert_frame_equal(scores, expected, check_dtype=False)
    lines = invoke(*command).stdout.splitlines()
    assert max(map(len, lines)) <= PIPE_WIDTH
    (header,) = [line for line in lines if "configuration" in line]
    assert header.split() == [
        *("configuration", "d", "n", "method", "cases", "shd", "±", "se", "cpdag", "sid"),
        *("f1", "auprc", "ece", "edges", "seconds"),
    ]
    (shown,) = [line.split() for line in lines if "nonlingauss" in line]
    assert shown[:6] == ["nonlingauss", "2", "400", "network", "5", f"{expected['shd'][1]:.3f}"]


def test_runs_table_and_plots_are_kept(invoke, monkeypatch):
    cell = ["--suite", "csuite", "--cell", "configuration=lingauss", "--first", 2, "--out", "kept"]
    methods = ["--method", "network", "--method", "PC"]
    pattern = np.full((2, 2), 0.5) - np.eye(2) / 2
    pc = METHODS["PC"]._replace(learn=lambda x: pattern, package="numpy")
    monkeypatch.setitem(METHODS, "PC", pc)
    document = json.loads(invoke(*EVALUATE, *cell, *methods, "--json").stdout)
    assert sorted(document["files"]) == sorted(str(path) for path in Path("kept").iterdir())
    names = {"runs.jsonl", "table.csv", "precision-recall.png", "reliability.png", "accuracy-time.png"}
    assert {path.name for path in Path("kept").iterdir()} == names
    table = read_table("kept/table.csv")
    assert table["method"].tolist() == ["network", "PC"]
    assert table["cases"].tolist() == [2, 2]
    assert (table["shd"][1], table["f1"][1], table["cpdag_shd"][1]) == (0.5, 0.5, 0)
    before = Path("kept/runs.jsonl").read_text()

    def fails(x):
        raise RuntimeError("no")

    monkeypatch.setitem(METHODS, "PC", pc._replace(learn=fails))
    again = json.loads(invoke(*EVALUATE, *cell, *methods, "--json").stdout)
    assert again["scores"] == document["scores"]  # nothing was run again
    assert Path("kept/runs.jsonl").read_text() == before
    lines = invoke(*EVALUATE, *cell[:-1], "other", "--method", "PC").stdout.splitlines()
    (header,) = [line.split() for line in lines if "configuration" in line]
    assert header[-2:] == ["failed", "late"]
    (shown,) = [line.split() for line in lines if "lingauss" in line]
    assert shown == ["lingauss", "2", "400", "PC", "2", "2", "0"]
    assert {path.name for path in Path("other").iterdir()} == {"runs.jsonl", "table.csv"}


def test_one_table_may_have_gaps_and_the_document_says_what_was_asked_and_warned_of(invoke):
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=80)})
    frame = frame.assign(b=frame["a"] + random.normal(size=80), id=range(80))
    frame.loc[:4, "b"] = np.nan
    frame.to_csv("gaps.csv", index=False)
    pd.DataFrame({"cause": ["a"], "effect": ["b"]}).to_csv("truth.csv", index=False)
    asked = ("gaps.csv", "--truth", "truth.csv", "--seed", 3, "--types", "a=continuous")
    document = json.loads(invoke(*EVALUATE, *asked, "--json").stdout)
    assert (document["seed"], document["types"]) == (3, {"a": "continuous"})
    assert "Missing values: 5 of 240, in 5 of 80 rows." in document["notes"]
    assert any("'id' only counts the rows" in warning for warning in document["warnings"])
    with pytest.warns(RowCounterWarning):
        prediction = discover(frame, types={"a": "continuous"})
    truth = as_graph([("a", "b")], ["a", "b", "id"])
    expected = structure_scores(truth, prediction.graph, prediction.probabilities)
    assert document["auroc"] == pytest.approx(expected["auroc"])


@pytest.mark.filterwarnings("ignore::foundation_causal.errors.HiddenCauseWarning")
def test_hidden_causes_count_unless_told_otherwise(invoke):
    random = np.random.default_rng(0)
    values = random.normal(size=(400, 1)) + 0.6 * random.laplace(size=(400, 3))
    frame = pd.DataFrame(values, columns=[*"abc"])
    frame.to_csv("shared.csv", index=False)
    pd.DataFrame({"cause": ["a"], "effect": ["b"]}).to_csv("truth.csv", index=False)
    truth = as_graph([("a", "b")], list(frame))
    sure = []
    for options, confounders in (([], True), (["--no-confounders"], False)):
        command = (*EVALUATE, "shared.csv", "--truth", "truth.csv", *options, "--json")
        document = json.loads(invoke(*command).stdout)
        prediction = discover(frame, confounders=confounders)
        expected = structure_scores(truth, prediction.graph, prediction.probabilities)
        assert document["confounders"] is confounders
        assert document["ece"] == pytest.approx(expected["ece"])
        sure.append(document["ece"])
    assert sure[1] > sure[0] + 0.01  # edges explain all


def test_a_method_without_figures_is_named(invoke):
    options = ["--suite", "csuite", "--cell", "configuration=lingauss"]
    methods = ["--method", "least-squares", "--method", "floor"]
    document = json.loads(invoke("evaluate", "mechanisms", *options, *methods, "--json").stdout)
    assert {score["method"] for score in document["scores"]} == {"least-squares"}
    assert document["notes"] == ["'floor' has no figures in 1 of 1 cells, where it cannot be used."]


def test_options_that_go_with_something_else(refuse):
    for option in (["--method", "PC"], ["--first", 2], ["--jobs", 1], ["--time-limit", 9], ["--out", "kept"]):
        refuse([option[0], "--suite", "leave"], *EVALUATE, "sachs", *option)
    refuse(["--no-refine", "'network'"], *EVALUATE, "--suite", "csuite", "--method", "PC", "--no-refine")
    refuse(["--no-confounders", "DATA"], *EVALUATE, "--suite", "csuite", "--no-confounders")


def test_unknown_methods_of_structure(refuse, monkeypatch):
    refuse(["'magic'", "foundation-causal", "BOSS"], *EVALUATE, "--suite", "csuite", "--method", "magic")
    monkeypatch.setitem(METHODS, "PC", METHODS["PC"]._replace(package="absent_package"))
    refuse(["PC", "absent_package", "[baselines]"], *EVALUATE, "--suite", "csuite", "--method", "PC")


def test_a_folder_that_holds_something_else(invoke, refuse, tmp_path):
    (tmp_path / "runs.jsonl").write_text("[]\n")
    refuse(["runs.jsonl", "folder"], *EVALUATE, "--suite", "csuite", "--cell", "d=2", "--out", ".")
    (tmp_path / "file").touch()
    refuse(["Cannot write", "folder"], *EVALUATE, "--suite", "csuite", "--cell", "d=2", "--out", "file")


@pytest.mark.parametrize("command", ["structure", "mechanisms"])
def test_help_lists_every_method(invoke, command):
    lines = invoke("evaluate", command, "--help").stdout.splitlines()
    listed = [line for line in lines[lines.index("Methods:") :] if line[:2] == "  " and line[2] != " "]
    methods = METHODS if command == "structure" else MECHANISM_METHODS
    assert [line.split()[0] for line in listed] == list(methods)
