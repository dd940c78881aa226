"""The whole chain on a small real table."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import foundation_causal.plots
from foundation_causal import load_dataset, read_graph
from foundation_causal.graphs import check_dag

CHEAP = ["--mechanisms", "least-squares"]  # where it is about files
PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def answers(tmp_path_factory, table) -> tuple[Path, dict]:
    """One run with discovery, a single and a joint intervention; its folder and its JSON document."""
    from click.testing import CliRunner

    from cli.main import main

    folder = tmp_path_factory.mktemp("run")
    table.to_csv(folder / "data.csv", index=False)
    options = ["--do", "PKA=2.0", "--do", "p44/42=50,praf=1e2", "--samples", "60", "--seed", "3", "--json"]
    out = folder / "new" / "answers"  # neither exists
    result = CliRunner().invoke(main, ["run", str(folder / "data.csv"), *options, "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out, json.loads(result.stdout)


def test_writes_what_it_says(answers):
    out, document = answers
    expected = {
        "graph.json",
        "edge_probabilities.csv",
        "samples.csv",
        "do_PKA=2.0.csv",
        "do_p44_42=50.0,praf=100.0.csv",
        "summary.json",
        "graph.png",
        "marginals.png",
    }
    assert {file.name for file in out.iterdir()} == expected
    assert set(document["files"]) == {str(out / name) for name in expected}
    assert [folder.name for folder in out.parent.iterdir()] == ["answers"]
    for plot in ("graph.png", "marginals.png"):
        assert (out / plot).read_bytes().startswith(PNG)


def test_files_agree_with_each_other(answers, table):
    out, document = answers
    graph = read_graph(out / "graph.json")
    check_dag(graph, list(table.columns))
    probabilities = pd.read_csv(out / "edge_probabilities.csv", index_col=0)
    assert list(probabilities.index) == list(probabilities.columns) == list(table.columns)
    for edge in document["graph"]["edges"]:
        assert edge["probability"] == pytest.approx(probabilities.loc[edge["cause"], edge["effect"]])
    assert {(edge["cause"], edge["effect"]) for edge in document["graph"]["edges"]} == set(graph.edges)
    saved = json.loads((out / "summary.json").read_text())
    assert {key: saved[key] for key in saved if key != "files"} == {
        key: document[key] for key in document if key != "files"
    }


def test_samples_and_interventions(answers, table):
    out, document = answers
    sampled = pd.read_csv(out / "samples.csv")
    assert sampled.shape == (60, 4)
    assert list(sampled.columns) == list(table.columns)
    assert np.isfinite(sampled.to_numpy()).all()
    for effect in document["interventions"]:
        after = pd.read_csv(out / effect["file"])
        for name, value in effect["do"].items():
            assert (after[name] == value).all()
        shift = (after.mean() - sampled.mean()).to_dict()
        assert effect["mean_shift"] == pytest.approx(shift)
    assert [effect["do"] for effect in document["interventions"]] == [
        {"PKA": 2.0},
        {"p44/42": 50.0, "praf": 100.0},
    ]


def test_summary_tells_what_a_result_depends_on(answers, table):
    _, document = answers
    assert document["data"]["rows"] == 80
    assert document["settings"]["seed"] == 3
    assert set(document["noise_std"]) == set(table.columns)
    assert all(value > 0 for value in document["noise_std"].values())
    assert {"read", "discover", "infer", "sample", "draw", "total"} <= set(document["seconds"])
    assert {"foundation-causal", "python", "torch"} <= set(document["versions"])
    assert "reference" not in document


def test_given_graph_is_kept_and_same_seed_gives_the_same_files(invoke, data, graph, tmp_path):
    options = ["run", data, "--graph", graph, "--do", "praf=100", "--samples", 30, "--quiet"]
    for out in ("one", "two"):
        result = invoke(*options, "--out", out)
        assert (result.exit_code, result.output) == (0, "")
    assert set(read_graph("one/graph.json").edges) == set(read_graph(graph).edges)
    assert not (tmp_path / "one" / "edge_probabilities.csv").exists()
    for name in ("graph.json", "samples.csv", "do_praf=100.0.csv", "graph.png", "marginals.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_existing_folder_is_kept_and_its_files_replaced(invoke, data, graph, tmp_path):
    out = tmp_path / "answers"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    (out / "samples.csv").write_text("old")
    result = invoke("run", data, "--graph", graph, *CHEAP, "--samples", 20, "--out", "answers")
    assert result.exit_code == 0
    assert (out / "notes.txt").read_text() == "mine"
    assert len(pd.read_csv(out / "samples.csv")) == 20
    assert "Graph of" in result.stdout


def test_named_data_set_is_compared_with_its_reference(invoke, data, monkeypatch, table):
    import networkx as nx

    import foundation_causal.datasets as datasets

    reference = nx.DiGraph([("PKA", "praf"), ("praf", "pmek"), ("pmek", "PKA"), ("pmek", "p44/42")])
    small = datasets.Dataset("tiny", table, reference, "four proteins")
    monkeypatch.setitem(datasets._LOADERS, "tiny", lambda n, random: small)
    result = invoke("run", "tiny", "--no-refine", *CHEAP, "--samples", 20, "--json", "--out", "answers")
    scores = json.loads(result.stdout)["reference"]
    graph = read_graph("answers/graph.json")
    hits = len(set(graph.edges) & set(reference.edges))
    assert scores["f1"] == pytest.approx(2 * hits / (4 + graph.number_of_edges()))
    assert {"shd", "auprc"} <= set(scores)


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_late_failure_leaves_the_folder_as_it_was(invoke, data, graph, tmp_path, monkeypatch, failure):
    out = tmp_path / "answers"
    out.mkdir()
    (out / "samples.csv").write_text("old")
    (out / "do_PKA=1.0.csv").write_text("old")
    (out / "summary.json").write_text('{"files": ["do_PKA=1.0.csv"]}')

    def fail(*arguments, **options):
        raise failure

    monkeypatch.setattr(foundation_causal.plots, "marginals", fail)  # the last but one thing that run writes
    result = invoke("run", data, "--graph", graph, *CHEAP, "--samples", 20, "--out", "answers")
    assert result.exit_code == (130 if failure is KeyboardInterrupt else 2)
    kept = sorted(file.name for file in out.iterdir())
    assert kept == ["do_PKA=1.0.csv", "samples.csv", "summary.json"]
    assert (out / "samples.csv").read_text() == "old"
    if failure is not KeyboardInterrupt:
        assert "No space left on device" in result.stderr


def test_averages_over_graphs(invoke, data, tmp_path):
    out = tmp_path / "averaged"
    options = ["--average", 6, "--do", "PKA=2.0", "--samples", 40, "--out", out]
    result = invoke("run", data, *options)
    assert result.exit_code == 0, result.output
    document = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert document["settings"]["average"] == 6
    (note,) = [note for note in document["notes"] if "average over" in note]
    assert note in " ".join(result.output.split())
    samples = pd.read_csv(out / "do_PKA=2.0.csv")
    assert samples.shape == (40, 4)
    assert (samples["PKA"] == 2).all()


def test_mechanisms_and_logarithms_can_be_chosen(invoke, data, graph, tmp_path):
    how = ["--mechanisms", "least-squares", "--logs", "all"]
    assert invoke("run", data, "--graph", graph, *how, "--samples", 200, "--out", "out").exit_code == 0
    assert (pd.read_csv(tmp_path / "out" / "samples.csv") > 0).all(axis=None)
    how = ["--mechanisms", "least-squares", "--logs", "none"]
    assert invoke("simulate", data, "--graph", graph, *how, "--out", "plain.csv").exit_code == 0
    assert not (pd.read_csv(tmp_path / "plain.csv") > 0).all(axis=None)


def test_a_column_with_a_comma_is_read_in_logarithms(invoke, tmp_path):
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"dose, mg": np.exp(random.normal(size=60)), "b": np.exp(random.normal(size=60))})
    frame.to_csv(tmp_path / "comma.csv", index=False)
    pd.DataFrame({"cause": ["dose, mg"], "effect": ["b"]}).to_csv(tmp_path / "g.csv", index=False)
    how = ["--graph", "g.csv", "--samples", 5, "--mechanisms", "least-squares", "--json", "--quiet"]
    for given, read in (('"dose, mg"', ["dose, mg"]), ('b, "dose, mg"', ["dose, mg", "b"])):
        document = json.loads(invoke("run", "comma.csv", *how, "--logs", given, "--out", "o").stdout)
        assert sorted(document["settings"]["logs"]) == sorted(read)


def test_unknown_ways_and_columns_are_refused(refuse, data, graph):
    simulate = ["simulate", data, "--graph", graph, "--out", "s.csv"]
    refuse(["magic", "kernel", "cond-fip"], *simulate, "--mechanisms", "magic")
    refuse(["'z'", "logarithms"], *simulate, "--logs", "PKA, z")
    refuse(["--average", "--mechanisms"], "run", data, "--average", 3, "--mechanisms", "fip", "--out", "o")


def test_columns_of_whole_numbers_are_named_once(invoke, data, table, graph, tmp_path):
    table.assign(pmek=(table["pmek"] > table["pmek"].median()).astype(int)).to_csv("codes.csv", index=False)
    how = ["--mechanisms", "least-squares", "--do", "PKA=900", "--samples", 5, "--out", "out"]
    ran = invoke("run", "codes.csv", "--graph", graph, *how)
    assert ran.output.count("'pmek' hold few different values") == 1
    warnings = json.loads((tmp_path / "out" / "summary.json").read_text())["warnings"]
    assert all(warning in ran.stderr for warning in warnings)
    (warning,) = [warning for warning in warnings if "hold few different values" in warning]
    options = ["--graph", graph, "--samples", 5, "--out", "s.csv", "--json"]
    plain = invoke("simulate", data, *options)
    assert json.loads(plain.stdout)["warnings"] == []
    codes = invoke("simulate", "codes.csv", *how[:2], *options)
    assert json.loads(codes.stdout)["warnings"].count(warning) == 1
    assert warning not in json.loads(invoke("simulate", "codes.csv", *options).stdout)["warnings"]


def test_rows_that_are_left_out_are_mentioned_in_a_line(invoke, tmp_path, graph, monkeypatch):
    monkeypatch.setattr("mechanisms.kernel.kernel_model.MAX_FITTED_ROWS", 1000)
    load_dataset("sachs", n=1100, seed=1).frame[["PKA", "praf", "pmek", "p44/42"]].to_csv(
        "many.csv", index=False
    )
    answer = invoke("simulate", "many.csv", "--graph", graph, "--out", "s.csv", "--samples", 5)
    lines = [line for line in answer.stderr.splitlines() if "1,000 of the 1,100 rows" in line]
    assert len(lines) == 1
    assert lines[0].startswith("Warning: ")


def test_a_second_run_leaves_nothing_of_the_first(invoke, data, graph, tmp_path):
    out = tmp_path / "answers"
    options = [*CHEAP, "--samples", 20, "--quiet", "--out", "answers"]
    assert invoke("run", data, "--no-refine", "--do", "PKA=2", "--shift", "PKA=+1", *options).exit_code == 0
    mine = ["notes.txt", "do_mine.csv", "shift_PKA=+9.0.csv"]
    for name in mine:
        (out / name).write_text("mine")
    assert invoke("run", data, "--graph", graph, "--do", "praf=50", *options).exit_code == 0
    ours = ["do_praf=50.0.csv", "graph.json", "graph.png", "marginals.png", "samples.csv", "summary.json"]
    assert sorted(file.name for file in out.iterdir()) == sorted([*ours, *mine])


def test_only_what_a_run_may_have_written_is_removed(invoke, data, graph, tmp_path):
    out = tmp_path / "answers"
    (out / "do_folder.csv").mkdir(parents=True)
    other = tmp_path / "do_other.csv"
    for file in (other, out / "thesis.csv"):
        file.write_text("mine")
    named = ["thesis.csv", "../do_other.csv", str(other), "do_folder.csv", "do_gone.csv", 3]
    for files in (named, {"a": 1}, 7, None):
        (out / "summary.json").write_text(json.dumps({"files": files}))
        assert invoke("run", data, "--graph", graph, *CHEAP, "--out", "answers").exit_code == 0
        assert other.exists()
        assert (out / "thesis.csv").exists()
        assert (out / "do_folder.csv").is_dir()


def test_what_would_be_removed_is_not_read(invoke, refuse, data, graph, tmp_path):
    options = ["--graph", graph, *CHEAP, "--samples", 40, "--out", "answers"]
    assert invoke("run", data, "--shift", "PKA=+1", *options).exit_code == 0
    earlier = tmp_path / "answers" / "shift_PKA=+1.0.csv"
    refuse([earlier.name, "would be replaced"], "run", earlier, *options)
