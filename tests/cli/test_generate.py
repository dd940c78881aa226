import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import cli.simulated_files
from foundation_causal import read_graph, read_table
from foundation_causal.simulate import SCMBatch, prior
from foundation_causal.simulate.prior_files import read_prior, to_config
from foundation_causal.simulate.systems.csuite import csuite

LINEAR = {
    "kind": "Prior",
    "families": [
        {
            "kind": "Family",
            "graphs": [{"kind": "ErdosRenyi", "edges": [1]}],
            "mechanisms": [{"kind": "Linear"}],
            "noises": [{"kind": "Laplace"}],
        }
    ],
    "interventions": {"kind": "Interventions", "targets": 2},
}


def write(config: object, path: str = "mine.json") -> str:
    Path(path).write_text(json.dumps(config))
    return path


def check(folder: Path, batch: SCMBatch, b: int) -> None:
    """The folder holds SCM `b` of the batch, every digit of it."""
    for name, values in (("data", batch.data), ("noise", batch.noise)):
        frame = read_table(folder / f"{name}.csv")
        assert list(frame.columns) == list(batch.names)
        np.testing.assert_array_equal(frame.to_numpy(np.float32), values[b].numpy())
    graph = read_graph(folder / "graph.json")
    assert list(graph) == list(batch.names)
    assert set(graph.edges) == set(batch.graph(b).edges)


@pytest.mark.parametrize(("name", "seed"), [("p-in", 0), ("p-out", 3), ("activa-beta", 2**32 - 1)])
def test_files_hold_what_the_prior_draws(invoke, tmp_path, name, seed):
    options = ["--scms", 3, "--d", 5, "--n", 30, "--seed", seed, "--out", "here/now", "--json"]
    document = json.loads(invoke("generate", name, *options).stdout)
    out = tmp_path / "here/now"
    assert {path.name for path in out.iterdir()} == {"0001", "0002", "0003", "prior.json", "summary.json"}
    batch = prior(name).draw(scms=3, d=5, n=30, seed=seed)
    for b, facts in enumerate(document["data_sets"]):
        folder = tmp_path / facts["folder"]
        assert {path.name for path in folder.iterdir()} == {"data.csv", "noise.csv", "graph.json"}
        check(folder, batch, b)
        assert facts["edges"] == batch.graph(b).number_of_edges()
        assert (facts["variables"], facts["rows"], facts["interventional"]) == (5, 30, 0)
    assert read_prior(out / "prior.json") == read_prior(write(to_config(prior(name))))
    settings = {"scms": 3, "d": 5, "n": 30, "interventional": 0, "seed": seed}
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["prior"], summary["settings"]) == (name, settings)
    assert [facts["folder"] for facts in summary["data_sets"]] == ["0001", "0002", "0003"]
    assert summary["versions"]["torch"] == document["versions"]["torch"]


def test_tables_with_types_say_them(invoke, tmp_path):
    invoke("generate", "mixed", "--scms", 2, "--d", 5, "--n", 60, "--interventional", 8, "--out", "here")
    drawn = prior("mixed").draw(scms=2, d=5, n=60, n_interventional=8)
    for b in range(2):
        folder = tmp_path / "here" / f"{b + 1:04d}"
        assert {path.name for path in folder.iterdir()} == {
            *("data.csv", "graph.json", "intervened.csv", "types.json")
        }
        frame = read_table(folder / "data.csv")
        np.testing.assert_array_equal(frame.to_numpy(np.float32), drawn.data[b].numpy())
        assert json.loads((folder / "types.json").read_text()) == drawn.types(b)
        assert set(read_graph(folder / "graph.json").edges) == set(drawn.graph(b).edges)
    again = read_prior(tmp_path / "here" / "prior.json")
    assert to_config(again) == to_config(prior("mixed"))
    assert "mixed" in invoke("priors").stdout


def test_the_prior_beside_the_data_draws_them_again(invoke, tmp_path):
    options = ["--scms", 2, "--d", 4, "--n", 20, "--seed", 1]
    invoke("generate", "wide", *options, "--out", "first")
    invoke("generate", "first/prior.json", *options, "--out", "second")
    for name in ("0001/data.csv", "0002/noise.csv", "0002/graph.json", "prior.json"):
        assert Path("first", name).read_bytes() == Path("second", name).read_bytes()


def test_rows_under_interventions_stand_last_and_are_marked(invoke):
    options = ["--d", 4, "--n", 10, "--interventional", 8, "--out", "out"]
    invoke("generate", write(LINEAR), *options)
    batch = read_prior("mine.json").draw(scms=1, d=4, n=10, n_interventional=8)
    check(Path("out/0001"), batch, 0)
    mask = pd.read_csv("out/0001/intervened.csv")
    np.testing.assert_array_equal(mask, batch.intervened[0].numpy())
    assert mask.sum(axis=1).tolist() == [0] * 10 + [2] * 8
    shown = invoke("generate", "mine.json", *options[:-1], "again").stdout
    assert "interventional" in shown


def test_sizes_that_are_left_open_are_drawn_for_each_scm(invoke, tmp_path):
    command = ["generate", "activa-gauss", "--scms", 25, "--seed", 4, "--json"]
    data_sets = json.loads(invoke(*command, "--out", "one").stdout)["data_sets"]
    assert {2, 8} <= {facts["variables"] for facts in data_sets} <= set(range(2, 9))
    assert {facts["rows"] for facts in data_sets} <= set(range(30, 41))
    assert len({facts["rows"] for facts in data_sets}) > 5
    assert read_table("one/0007/data.csv").shape == (data_sets[6]["rows"], data_sets[6]["variables"])
    again = json.loads(invoke(*command, "--out", "two").stdout)["data_sets"]
    assert Path("one/0025/data.csv").read_bytes() == Path("two/0025/data.csv").read_bytes()
    assert [facts["edges"] for facts in data_sets] == [facts["edges"] for facts in again]
    # Sizes and SCMs come in turn from one generator.
    random = torch.Generator().manual_seed(4)
    for b in range(2):
        d, n = prior("activa-gauss").size(random)
        check(Path(f"one/{b + 1:04d}"), prior("activa-gauss").draw(scms=1, d=d, n=n, seed=random), 0)


@pytest.mark.parametrize("given", ["d", "n"])
def test_one_size_may_be_given(invoke, given):
    options = ["--scms", 8, f"--{given}", 35, "--json", "--out", "out"]
    data_sets = json.loads(invoke("generate", "activa-gauss", *options).stdout)["data_sets"]
    fixed, free = ("variables", "rows") if given == "d" else ("rows", "variables")
    assert {facts[fixed] for facts in data_sets} == {35}
    assert len({facts[free] for facts in data_sets}) > 1


def test_a_c_suite_configuration(invoke, tmp_path):
    options = ["--scms", 2, "--n", 15, "--seed", 5, "--out", "out"]
    assert invoke("generate", "nonlin_simpson", *options).exit_code == 0
    batch = csuite("nonlin_simpson").draw(n=15, scms=2, seed=5)
    for b in range(2):
        check(tmp_path / f"out/{b + 1:04d}", batch, b)
    assert not (tmp_path / "out/prior.json").exists()  # equations are no JSON
    assert (tmp_path / "out/summary.json").exists()


def test_a_long_table_is_cut(invoke):
    shown = invoke("generate", "activa-gauss", "--scms", 23, "--d", 2, "--n", 5, "--out", "out").stdout
    assert "0020" in shown
    assert "0021" not in shown
    assert "and 3 more" in shown
    assert "Written: 23 data sets in out" in shown
    assert invoke("generate", "p-in", "--d", 2, "--n", 5, "--out", "quiet", "--quiet").output == ""


def test_the_data_can_be_given_to_the_other_commands(invoke):
    invoke("generate", "activa-gauss", "--d", 3, "--n", 40, "--out", "out")
    graph = ["--graph", "out/0001/graph.json", "--samples", 5, "--out", "samples.csv"]
    assert invoke("simulate", "out/0001/data.csv", *graph).exit_code == 0


def test_other_files_stay_where_they_are(invoke, refuse, data, tmp_path):
    options = ["--d", 2, "--n", 5, "--out", "."]
    before = data.read_bytes()
    assert invoke("generate", "activa-gauss", *options).exit_code == 0
    assert data.read_bytes() == before
    refuse(["'0001'", "there already", "--out"], "generate", "activa-gauss", *options)
    (tmp_path / "0001").rename(tmp_path / "mine")
    refuse(["'prior.json'", "there already"], "generate", "activa-gauss", *options)
    refuse(["'prior.json'", "there already"], "generate", "prior.json", *options)


def test_a_full_disk_leaves_nothing(refuse, monkeypatch):
    whole = cli.simulated_files.write_scm

    def write_scm(scm, folder):
        if folder.name == "0002":
            raise OSError(28, "No space left on device")
        whole(scm, folder)

    monkeypatch.setattr(cli.simulated_files, "write_scm", write_scm)
    refuse(["'out'", "No space left"], "generate", "p-in", "--scms", 3, "--d", 3, "--n", 5, "--out", "out")


def test_a_folder_that_appears_meanwhile_is_kept(invoke, monkeypatch, tmp_path):
    whole = cli.simulated_files.write_scm

    def write_scm(scm, folder):
        whole(scm, folder)
        (tmp_path / "out/0001").mkdir(parents=True)
        (tmp_path / "out/0001/mine.txt").touch()

    monkeypatch.setattr(cli.simulated_files, "write_scm", write_scm)
    result = invoke("generate", "p-in", "--d", 3, "--n", 5, "--out", "out")
    assert result.exit_code == 2
    assert "'out' cannot be written" in result.stderr
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()] == [
        "out/0001/mine.txt"
    ]


SIZE = ("--d", 5, "--n", 20)
FAMILY = LINEAR["families"][0]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("wid", SIZE, ["'wid'", "nearest", "'wide'"]),
        ("nonlin_simson", SIZE, ["'nonlin_simpson'"]),
        ("csuite:lingauss", SIZE, ["'lingauss'"]),
        ("zebra", SIZE, ["'zebra'", ".json", "`foundation-causal priors`"]),
        ("", SIZE, [".json"]),
        ("nowhere.json", SIZE, ["'nowhere.json'", "No such file"]),
        ("p-in", (*SIZE, "--interventional", 3), ["--interventional", '{"kind": "Interventions"}']),
        ("lingauss", (), ["give --n"]),
        ("lingauss", SIZE, ["2 variables, not 5", "--d"]),
        ("lingauss", ("--n", 5, "--interventional", 3), ["--interventional"]),
        ("wide", ("--d", 20_000, "--n", 10), ["20,000 variables", "ask for less"]),
        ("wide", ("--d", 100, "--n", 2000, "--scms", 2000), ["--scms 2000", "ask for less"]),
        ("wide", ("--d", 20_000), ["20,000 variables", "ask for less"]),
        ("weak_arrow", ("--n", 10_000_000, "--scms", 30), ["ask for less"]),
    ],
)
def test_bad_requests(refuse, name, options, words):
    refuse(words, "generate", name, *options, "--out", "out")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ([], ["no 'kind'", "dict"]),
        ({"kind": "Linear"}, ["'mine.json'", "'Prior'"]),
        (LINEAR | {"families": []}, ["Prior.families", "empty"]),
        (LINEAR | {"d": [5, 2]}, ["Prior.d", "lower one first"]),
        (LINEAR | {"colour": 1}, ["'colour'", "families"]),
        (
            LINEAR | {"interventions": {"kind": "Interventions", "targets": 9}},
            ["targets is 9", "5 variables"],
        ),
        (
            LINEAR | {"families": [FAMILY | {"noises": [{"kind": "Gaussian", "scale": [-1, 2]}]}]},
            ["Gaussian.scale", "-1"],
        ),
        (
            LINEAR | {"families": [FAMILY | {"graphs": [{"kind": "ErdosRenyi", "edges": [50]}]}]},
            ["ErdosRenyi.edges", "5 variables have 10 pairs"],
        ),
        (
            LINEAR | {"families": [FAMILY | {"mechanisms": [{"kind": "Linear", "weights": [1e30, 1e30]}]}]},
            ["smaller values"],
        ),
    ],
)
def test_bad_priors(refuse, tmp_path, config, words):
    write(config, tmp_path / "mine.json")
    refuse(words, "generate", "mine.json", *SIZE, "--interventional", 3, "--out", "out")


@pytest.mark.parametrize("text", ["", "{", "\x00", '{"kind": "Prior", "families": [}'])
def test_broken_json(refuse, tmp_path, text):
    (tmp_path / "mine.json").write_text(text)
    refuse(["'mine.json'", "give a JSON file"], "generate", "mine.json", *SIZE, "--out", "out")


def test_a_file_in_the_way(refuse, data):
    for out in ("data.csv", "data.csv/x"):
        refuse([out, "choose"], "generate", "p-in", *SIZE, "--out", out)
