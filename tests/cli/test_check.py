"""`check`: types and findings, as text and as JSON; and no other command drops them."""

import json

import numpy as np
import pandas as pd
import pytest

from foundation_causal import check


@pytest.fixture
def odd(tmp_path, monkeypatch) -> pd.DataFrame:
    """Sixty rows of which one column counts, one repeats another, and one follows from another."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.integers(20, 70, 60), "pay": rng.normal(size=60).round(3)})
    frame = frame.assign(birth=2024 - frame.age, id=range(60), copy=frame.pay)
    frame.to_csv("odd.csv", index=False)
    return frame


def test_findings_and_types_are_printed(invoke, odd):
    result = invoke("check", "odd.csv", "--types", "pay=continuous")
    assert result.exit_code == 0
    report = check(odd, types={"pay": "continuous"})
    assert report.kinds == ("row counter", "repeated column", "dependent columns")
    assert all(finding.sentence in result.stdout for finding in report)
    assert "as given" in result.stdout
    document = json.loads(invoke("check", "odd.csv", "--json").stdout)
    assert [finding["kind"] for finding in document["findings"]] == list(report.kinds)
    assert [column["column"] for column in document["schema"]] == list(odd)
    assert (document["rows"], document["columns"]) == (60, 5)


def test_a_plain_table_has_no_findings(invoke, odd):
    odd[["age", "pay"]].to_csv("plain.csv", index=False)
    assert "Nothing was found that breaks an assumption." in invoke("check", "plain.csv").stdout
    assert json.loads(invoke("check", "plain.csv", "--json").stdout)["findings"] == []


def test_text_that_names_the_rows_is_a_finding_as_in_python(invoke, odd):
    named = odd[["age", "pay"]].assign(who=[f"patient {k}" for k in range(60)])
    named.to_csv("named.csv", index=False)
    (named[["age", "pay"]] > 60).astype(int).to_csv("mask.csv", index=False)
    report = check(named)
    assert [(one.kind, one.columns) for one in report] == [("identifier", ("who",))]
    assert report.findings[0].sentence in invoke("check", "named.csv").stdout
    document = json.loads(invoke("check", "named.csv", "--json").stdout)
    assert ([one["columns"] for one in document["findings"]], document["columns"]) == ([["who"]], 2)
    assert invoke("check", "named.csv", "--intervened", "mask.csv").exit_code == 0
    refused = invoke("check", "named.csv", "--intervened", "odd.csv")
    assert (refused.exit_code, "the mask in 'odd.csv'" in refused.stderr) == (2, True)


def test_a_column_that_does_not_vary_is_listed_and_not_refused(invoke, odd):
    odd[["age", "pay"]].assign(site="north").to_csv("flat.csv", index=False)
    document = json.loads(invoke("check", "flat.csv", "--json").stdout)
    assert [(one["kind"], one["columns"]) for one in document["findings"]] == [("constant", ["site"])]
    assert "'site' holds the same value in every row" in invoke("check", "flat.csv").stdout


def test_evaluate_does_not_drop_what_is_wrong_with_columns(invoke, odd):
    pd.DataFrame({"cause": ["age"], "effect": ["pay"]}).to_csv("truth.csv", index=False)
    shown = invoke("evaluate", "structure", "odd.csv", "--truth", "truth.csv", "--no-refine")
    for words in ("'id' only counts the rows", "'pay', 'copy' hold the same values", "birth = 2024 - age"):
        assert words in shown.stdout


def test_the_word_none_among_labels_is_said_by_every_command_that_reads(invoke, odd):
    odd[["age", "pay"]].assign(arm=np.tile(["None", "A", "B"], 20)).to_csv("arms.csv", index=False)
    for command in (["check"], ["discover", "--out", "g.json"]):
        done = invoke(command[0], "arms.csv", *command[1:])
        assert done.exit_code == 0
        assert "Warning: 'arm' of 'arms.csv' has the word 'None' in 20 rows, " in done.stderr


def test_what_an_export_leaves_is_said_by_check_and_discover(invoke, odd):
    rows = odd[["age", "pay"]].assign(patient_id=np.repeat(range(0, 60, 3), 3), sex=["m", "M", "f"] * 20)
    rows.loc[::5, "pay"] = -999
    rows.to_csv("exported.csv", index=False)
    sentences = [finding.sentence for finding in check(rows)]
    assert check(rows).kinds[1:] == ("missing code", "repeated units", "alike labels")
    for done in (invoke("check", "exported.csv"), invoke("discover", "exported.csv", "--out", "g.json")):
        assert all(sentence in done.stdout for sentence in sentences[1:])


def test_spoiled_values_are_in_the_report_of_every_command(invoke, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    a = rng.normal(size=300)
    b = a + rng.normal(size=300)
    b[:6] += 25 * np.array([-1, 1] * 3)
    pd.DataFrame({"a": a, "b": b, "c": a + rng.normal(size=300)}).to_csv("rows.csv", index=False)
    pd.DataFrame({"cause": ["a", "a"], "effect": ["b", "c"]}).to_csv("graph.csv", index=False)
    simulate = ("simulate", "rows.csv", "--graph", "graph.csv", "--samples", "5", "--out", "samples.csv")
    for command in (("check", "rows.csv"), ("discover", "rows.csv", "--out", "g.json"), simulate):
        done = invoke(*command)
        assert "6 values of 'b' are more than 6 standard deviations from the middle" in done.stdout
        assert "standard deviations" not in done.stderr
