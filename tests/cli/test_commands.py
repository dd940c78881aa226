"""The smaller commands, on a small real table."""

import json

import numpy as np
import pandas as pd
import pytest

from discovery import discover
from discovery.network.pair_statistics import ROWS_SEEN
from foundation_causal import Knowledge, observations, read_graph, read_table, write_knowledge
from foundation_causal.graphs import adjacency
from foundation_causal.networks.pretrained import bundled_models
from mechanisms import evaluate_mechanisms, infer


@pytest.mark.parametrize("suffix", [".json", ".graphml", ".csv"])
def test_discover_writes_the_graph_of_the_api(invoke, data, table, suffix, tmp_path):
    result = invoke("discover", data, "--no-refine", "--out", f"g{suffix}", "--probabilities", "p.csv")
    assert result.exit_code == 0
    prediction = discover(table, refine=False)
    graph = read_graph(f"g{suffix}")
    assert (adjacency(graph, list(table)) == adjacency(prediction.graph)).all()
    written = pd.read_csv("p.csv", index_col=0)
    np.testing.assert_allclose(written, prediction.probabilities, rtol=1e-6)


@pytest.mark.parametrize("rows", [ROWS_SEEN[0] - 1, ROWS_SEEN[0]])
def test_fewer_rows_than_in_training_are_told(invoke, table, graph, rows, tmp_path):
    table.head(rows).to_csv("few.csv", index=False)
    seen = f"the structure network was trained on {ROWS_SEEN[0]:,} to {ROWS_SEEN[1]:,}"
    expected = [f"{rows} rows: {seen}; expect wrong edges."] if rows < ROWS_SEEN[0] else []
    discovering = ["discover", "few.csv", "--no-refine", "--out", "g.json"]
    cheap = ["--mechanisms", "least-squares", "--samples", 5, "--out", "answers"]
    running = ["run", "few.csv", "--no-refine", *cheap]

    def about_rows(text: str) -> list[str]:  # a run may warn of other things, too
        return [line for line in json.loads(text)["warnings"] if "network" in line]

    for command in (discovering, running):
        assert about_rows(invoke(*command, "--json").stdout) == expected
        lines = invoke(*command).stdout.splitlines()
        assert [line for line in lines if "network" in line] == expected
        assert invoke(*command, "--quiet").stdout == ""
    assert about_rows((tmp_path / "answers" / "summary.json").read_text()) == expected
    given = invoke("run", "few.csv", "--graph", graph, *cheap, "--json")
    assert about_rows(given.stdout) == []  # the graph was not discovered


def test_fewer_rows_than_variables_are_told(invoke):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(21, 24))).add_prefix("x")
    frame.to_csv("wide.csv", index=False)
    command = ["discover", "wide.csv", "--no-refine", "--out", "g.json"]
    (_, warning) = json.loads(invoke(*command, "--json").stdout)["warnings"]
    assert warning.startswith("21 rows for 24 variables leave the graph uncertain")
    assert warning in invoke(*command).stdout.splitlines()


@pytest.fixture
def inputs(table, tmp_path) -> tuple[pd.DataFrame, pd.DataFrame, Knowledge]:
    """Holes, interventions and knowledge, also as `holes.csv`, `mask.csv` and `known.json`."""
    rng = np.random.default_rng(0)
    holes = table.mask(rng.random(table.shape) < 0.05)
    holes.iloc[[3, 50]] = np.nan  # nothing at all
    mask = pd.DataFrame(rng.random(table.shape) < 0.2, columns=table.columns).astype(int)
    known = Knowledge(required=[("p44/42", "PKA")], tiers=[["pmek"], ["praf"]])
    holes.to_csv(tmp_path / "holes.csv", index=False)
    mask.iloc[:, ::-1].to_csv(tmp_path / "mask.csv", index=False)
    write_knowledge(known, tmp_path / "known.json")
    return holes, mask, known


INPUTS = ["holes.csv", "--intervened", "mask.csv", "--knowledge", "known.json", "--no-refine"]


def test_discover_uses_all_that_is_given(invoke, inputs):
    holes, mask, known = inputs
    command = ["discover", *INPUTS, "--out", "g.json", "--probabilities", "p.csv"]
    document = json.loads(invoke(*command, "--json").stdout)
    prediction = discover(holes, intervened=mask, knowledge=known, refine=False)
    written = pd.read_csv("p.csv", index_col=0)
    np.testing.assert_allclose(written, prediction.probabilities, rtol=1e-6)
    edges = {(edge["cause"], edge["effect"]): edge["probability"] for edge in document["edges"]}
    assert edges[("p44/42", "PKA")] == 1
    assert ("praf", "pmek") not in edges
    kept, missing = holes.notna().any(axis=1), int(holes.isna().sum().sum()) - 8
    expected = {"rows": 78, "missing": missing, "intervened": int(mask[kept].sum().sum())}
    assert {key: document[key] for key in expected} == expected
    assert document["settings"]["knowledge"] == "known.json"
    first, second, third = document["notes"]
    assert first == "Rows without any value, which were left out: 2."
    assert second.startswith(f"Missing values: {missing} of 312, in ")
    assert third.startswith(f"Values set by an intervention: {expected['intervened']} of 312, in ")
    lines = invoke(*command).stdout.splitlines()
    assert [line for line in lines if line in document["notes"]] == document["notes"]


def test_a_plain_table_needs_no_notes(invoke, data):
    document = json.loads(invoke("discover", data, "--no-refine", "--json", "--out", "g.json").stdout)
    assert (document["notes"], document["missing"], document["intervened"]) == ([], 0, 0)


def test_run_takes_mechanisms_from_complete_rows_and_values_that_were_not_set(invoke, inputs):
    holes, mask, _ = inputs
    command = ["run", *INPUTS, "--samples", 40, "--missing", "complete", "--out", "answers"]
    document = json.loads(invoke(*command, "--json").stdout)
    graph, whole = read_graph("answers/graph.json"), holes.notna().all(axis=1)
    model = infer(observations(holes[whole], intervened=mask[whole]), graph)
    written = pd.read_csv("answers/samples.csv")
    pd.testing.assert_frame_equal(written, model.sample(40, seed=0), rtol=1e-9)
    noise = model.noise(holes[whole]).mask(mask[whole].astype(bool))
    assert document["noise_std"] == pytest.approx(noise.std(ddof=0).to_dict())
    assert document["data"]["complete_rows"] == whole.sum()
    assert document["notes"][-2] == f"The mechanisms come from the {whole.sum()} complete rows."
    shown = invoke(*command).stdout.splitlines()
    assert set(document["notes"][-2:]) <= set(shown)
    assert document["observed"]["mean"] == pytest.approx(holes.mean().to_dict())


@pytest.mark.parametrize(("suffix", "write"), [(".tsv", "tsv"), (".parquet", "parquet")])
def test_other_formats_give_the_same_graph(invoke, data, table, suffix, write):
    if write == "tsv":
        table.to_csv("other.tsv", sep="\t", index=False)
    else:
        table.to_parquet("other.parquet")
    documents = [invoke("discover", path, "--json", "--out", "g.json") for path in (data, f"other{suffix}")]
    answers = [json.loads(document.stdout)["edges"] for document in documents]
    for edge, other in zip(*answers, strict=True):
        assert (edge["cause"], edge["effect"]) == (other["cause"], other["effect"])


def test_simulate_holds_every_do_at_once(invoke, data, graph, table):
    options = ["--graph", graph, "--do", "PKA=2", "--do", "praf=100", "--samples", 25, "--out", "s.parquet"]
    result = invoke("simulate", data, *options, "--json")
    drawn = read_table("s.parquet")
    assert drawn.shape == (25, 4)
    assert list(drawn.columns) == list(table.columns)
    assert (drawn["PKA"] == 2).all()
    assert (drawn["praf"] == 100).all()
    document = json.loads(result.stdout)
    assert document["do"] == {"PKA": 2.0, "praf": 100.0}
    assert document["variables"]["pmek"]["mean"] == pytest.approx(drawn["pmek"].mean())


def test_the_default_model_is_that_of_the_api():
    from cli.main import main
    from discovery.network.answers import DEFAULT_MODEL

    commands = [["run"], ["discover"], ["evaluate", "structure"]]
    for path in commands:
        command = main
        for name in path:
            command = command.get_command(None, name)
        assert next(p.default for p in command.params if p.name == "model") == DEFAULT_MODEL


def test_evaluate_structure_with_another_model(invoke, data, graph):
    result = invoke("evaluate", "structure", data, "--truth", graph, "--model", "nobody")
    assert result.exit_code == 2
    assert "There is no model 'nobody'" in result.stderr


def test_evaluate_structure_against_a_file(invoke, data, graph, table):
    result = invoke("evaluate", "structure", data, "--truth", graph, "--no-refine", "--json")
    scores = json.loads(result.stdout)
    predicted, true = set(discover(table, refine=False).graph.edges), set(read_graph(graph).edges)
    assert scores["recall"] == pytest.approx(len(predicted & true) / len(true))
    assert scores["cyclic_fraction"] == 0
    assert {"shd", "cpdag_shd", "sid", "oset_aid"} <= {
        name for name, value in scores.items() if type(value) is int
    }
    shown = invoke("evaluate", "structure", data, "--truth", graph, "--no-refine").stdout
    assert all(name in shown for name in ("shd", "cpdag shd", "sid normalised", "ece"))


def test_evaluate_structure_says_why_scores_are_undefined(invoke, data, tmp_path):
    path = tmp_path / "cyclic.csv"
    path.write_text(",PKA,praf,pmek,p44/42\nPKA,0,1,0,0\npraf,1,0,0,0\npmek,0,0,0,0\np44/42,0,0,0,0\n")
    shown = invoke("evaluate", "structure", data, "--truth", path, "--no-refine").stdout
    assert "The truth has a cycle" in shown
    scores = json.loads(
        invoke("evaluate", "structure", data, "--truth", path, "--no-refine", "--json").stdout
    )
    assert scores["sid"] is None
    assert scores["shd"] > 0


def test_evaluate_mechanisms(invoke):
    options = ["--suite", "csuite", "--cell", "configuration=lingauss", "--method", "least-squares"]
    document = json.loads(invoke("evaluate", "mechanisms", *options, "--json").stdout)
    expected = evaluate_mechanisms("csuite", methods=["least-squares"], configuration="lingauss")
    scores = pd.DataFrame(document["scores"])
    assert list(scores.columns) == list(expected.columns)
    kept = ["configuration", "d", "n", "method", "task", "rmse", "se", "cases"]
    pd.testing.assert_frame_equal(scores[kept], expected[kept])
    assert scores["ratio"].isna().all()  # nobody knows a floor for written equations
    lines = invoke("evaluate", "mechanisms", *options).stdout.splitlines()
    (shown,) = [line.split() for line in lines if "least-squares" in line]
    rmse = [f"{value:.3f}" for value in expected["rmse"]]
    assert shown[:-1] == ["lingauss", "2", "400", "least-squares", *rmse, "5"]


def test_evaluate_mechanisms_shows_one_line_for_each_method(invoke):
    cell = ["--cell", "mechanism=LIN", "--cell", "distribution=OUT", "--cell", "d=10"]
    options = ["--suite", "cond-fip", *cell, "--method", "least-squares", "--method", "floor"]
    lines = invoke("evaluate", "mechanisms", *options).stdout.splitlines()
    shown = [line.split() for line in lines if "LIN" in line]
    assert [line[4] for line in shown] == ["least-squares", "floor"]
    # The floor of linear mechanisms is least squares.
    assert shown[0][5:8] == shown[1][5:8]


def test_models_lists_the_bundled_ones(invoke):
    models = json.loads(invoke("models", "--json").stdout)["models"]
    names = [model["name"] for model in models]
    assert names[:3] == ["edge-transformer", "edge-transformer-types", "edge-transformer-open-world"]
    assert names[3:5] == ["avici", "cond-fip"]
    assert sorted(names) == bundled_models()
    shown = invoke("models").stdout
    assert all(f"{model['parameters']:,}" in shown for model in models)
    assert all(str(word) in shown for model in models for word in (model["name"], *model["about"].split()))


def test_a_file_wins_over_a_data_set(invoke, table, tmp_path):
    (tmp_path / "sachs").mkdir()  # a folder is no file
    options = ["discover", "sachs", "--no-refine", "--json", "--out", "g.json"]
    assert json.loads(invoke(*options).stdout)["columns"] == 11
    (tmp_path / "sachs").rmdir()
    table.to_csv("sachs", index=False)
    result = invoke(*options)
    assert result.exit_code == 2  # the file is taken, and its suffix tells no format
    assert "'sachs'" in result.stderr


@pytest.mark.parametrize("command", [["datasets"], ["models"]])
def test_quiet_prints_nothing(invoke, command):
    assert invoke(*command, "--quiet").output == ""


def test_columns_that_tell_nothing_are_mentioned(invoke, table):
    table.assign(id=range(5, 85), copy=table["praf"]).to_csv("odd.csv", index=False)
    result = invoke("discover", "odd.csv", "--no-refine", "--out", "g.json", "--json")
    counting, same, *_ = json.loads(result.stdout)["warnings"]
    assert counting.startswith("'id' only counts the rows")
    assert same.startswith("'praf', 'copy' hold the same values")
