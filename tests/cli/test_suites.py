import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cli.simulated_files
from cli.output import PIPE_WIDTH
from foundation_causal import read_graph
from foundation_causal.suites import load_suite, suite, suite_names

SIMPSON = ["--cell", "configuration=nonlin_simpson"]


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str).astype(float)  # exact, unlike some of pandas' own parsers


def labels(folder: Path) -> dict:
    return json.loads((folder / "labels.json").read_text())


@pytest.fixture
def freeze(tmp_path_factory, monkeypatch):
    """`freeze(sha256)`: what the package says of csuite, as long as the test lasts."""

    def call(sha256: str) -> None:
        path = tmp_path_factory.mktemp("package") / "frozen.json"
        path.write_text(json.dumps({"csuite": {"cases": 45, "sha256": sha256}}))
        monkeypatch.setattr(suite, "FROZEN", path)

    return call


def test_the_list_has_every_suite(invoke):
    listed = json.loads(invoke("suites", "--json").stdout)["suites"]
    assert [facts["name"] for facts in listed] == suite_names()
    for facts in listed:
        there = load_suite(facts["name"])
        assert facts["cells"] == len(there.cells)
        assert {"cases": facts["cases"], "sha256": facts["sha256"]} == there.frozen()
        assert facts["purpose"] == there.purpose
    lines = invoke("suites").stdout.splitlines()
    assert max(map(len, lines)) <= PIPE_WIDTH
    for facts in listed:  # a line each: nothing is folded
        (line,) = [line for line in lines if line.split()[:1] == [facts["name"]]]
        assert facts["purpose"] in line
        assert line.split()[-1] == facts["sha256"][:12]


def test_the_number_of_data_sets_is_that_of_the_suite():
    assert load_suite("csuite").frozen()["cases"] == sum(1 for _ in load_suite("csuite"))


def test_a_suite_shows_its_cells(invoke):
    document = json.loads(invoke("suites", "structure", "--json").stdout)
    assert document["cells"] == [dict(cell) for cell, _ in load_suite("structure").cells]
    chosen = ["--cell", "noise=Laplace", "--cell", "d=5", "--cell", "d=50", "--cell", "n=100"]
    document = json.loads(invoke("suites", "structure", *chosen, "--json").stdout)
    assert [(cell["mechanism"], cell["d"]) for cell in document["cells"]] == [
        (mechanism, d) for mechanism in ("LIN", "RFF", "MLP") for d in (5, 50)
    ]
    shown = invoke("suites", "structure", *chosen).stdout
    assert "6 of its 72 cells" in shown
    assert shown.count("Laplace") == 6


def test_a_suite_that_is_the_same_here(invoke, freeze):
    freeze(load_suite("csuite").checksum())
    result = invoke("suites", "csuite", "--check", "--json")
    assert result.exit_code == 0
    (facts,) = json.loads(result.stdout)["suites"]
    assert facts["same"] is True
    assert facts["found"] == facts["sha256"]
    shown = invoke("suites", "csuite", "--check").stdout
    assert "yes" in shown


def test_a_suite_that_differs_is_one_sentence_and_exit_code_1(invoke, freeze):
    freeze("0" * 64)
    result = invoke("suites", "csuite", "--check")
    assert result.exit_code == 1
    assert "NO" in result.stdout
    sentence = result.stderr.splitlines()[-1]
    assert sentence.startswith("Error: The data of 'csuite' are not the frozen ones")
    assert sentence.count(".") == 1
    result = invoke("suites", "csuite", "--check", "--json", "--quiet")
    assert result.exit_code == 1
    (facts,) = json.loads(result.stdout)["suites"]
    assert (facts["same"], facts["found"]) == (False, load_suite("csuite").checksum())


def test_every_suite_is_checked_without_a_name(invoke, monkeypatch):
    cell = load_suite("csuite").cells[:1]
    short = suite.SUITES["csuite"]._replace(make=lambda seed: list(cell))
    monkeypatch.setattr(suite, "SUITES", {"csuite": short, "activa": short})
    result = invoke("suites", "--check", "--json")
    assert result.exit_code == 1
    assert [facts["name"] for facts in json.loads(result.stdout)["suites"]] == ["csuite", "activa"]
    assert "'csuite', 'activa'" in result.stderr


def test_files_hold_every_digit_of_the_data_sets(invoke, tmp_path):
    document = json.loads(invoke("suites", "csuite", *SIMPSON, "--out", "some/where", "--json").stdout)
    cases = list(load_suite("csuite").only(configuration="nonlin_simpson"))
    assert [facts["name"] for facts in document["data_sets"]] == [case.name for case in cases]
    assert [path.name for path in (tmp_path / "some/where").iterdir()] == ["nonlin_simpson-4-400"]
    for facts, case in zip(document["data_sets"], cases, strict=True):
        folder = Path(facts["folder"])
        assert labels(folder) == {"name": case.name, "labels": dict(case.labels)}
        assert f"csuite/{folder.relative_to('some/where')}" == case.name
        assert list(table(folder / "context.csv").columns) == list(case.scm.names)
        for name, rows in (("context", case.context), ("query", case.query), ("noise", case.noise)):
            np.testing.assert_array_equal(table(folder / f"{name}.csv"), rows)
        assert set(read_graph(folder / "graph.json").edges) == set(case.graph.edges)
        ((intervened, listed),) = zip(
            case.interventions, json.loads((folder / "do.json").read_text()), strict=True
        )
        assert listed["do"] == intervened.do
        np.testing.assert_array_equal(table(folder / listed["rows"]), intervened.rows)
        np.testing.assert_array_equal(table(folder / listed["noise"]), intervened.noise)


def test_every_intervention_has_rows_and_noise_of_its_own(invoke):
    invoke("suites", "activa", "--cell", "noise=beta", "--cell", "d=2", "--out", ".")
    (case, *_) = load_suite("activa").only(noise="beta", d=2)
    folder = Path("beta-2-40/0")
    listed = json.loads((folder / "do.json").read_text())
    assert [facts["do"] for facts in listed] == [{"X1": 5.0}, {"X2": 5.0}]
    for facts, intervened in zip(listed, case.interventions, strict=True):
        np.testing.assert_array_equal(table(folder / facts["rows"]), intervened.rows)
        np.testing.assert_array_equal(table(folder / facts["noise"]), intervened.noise)
    assert not (folder / "query.csv").exists()


def test_a_suite_without_queries_and_interventions(invoke):
    cells = ["mechanism=LIN", "noise=Gaussian", "d=5", "n=100"]
    options = [word for cell in cells for word in ("--cell", cell)]
    assert "20 data sets of 1 cell in" in invoke("suites", "structure", *options, "--out", "out").stdout
    folder = Path("out/LIN-Gaussian-5-100/19")
    assert {path.name for path in folder.iterdir()} == {"context.csv", "graph.json", "labels.json"}
    assert len(table(folder / "context.csv")) == 100


def test_a_table_with_types_is_written_with_its_levels_and_probabilities(invoke):
    options = ["--cell", "mix=counts-ordinals", "--cell", "d=5", "--cell", "n=200"]
    invoke("suites", "mixed", *options, "--out", ".")
    case = next(iter(load_suite("mixed").only(mix="counts-ordinals", d=5, n=200)))
    folder = Path("counts-ordinals-5-200/0")
    types = json.loads((folder / "types.json").read_text())
    context = pd.read_csv(folder / "context.csv")
    probabilities = pd.read_csv(folder / "probabilities.csv")
    for name, column in case.frame.items():
        assert (context[name].astype(str) == column.astype(str)).all() or types[name]["type"] == "float64"
        if name not in case.probabilities:
            continue
        levels = types[name].get("levels", ["False", "True"])
        written = probabilities[[f"{name}={level}" for level in levels]]
        np.testing.assert_allclose(written, case.probabilities[name], rtol=1e-9)
    assert {facts["type"] for facts in types.values()} >= {"float64", "category", "int64"}
    assert list(pd.read_csv(folder / "means.csv")) == list(case.means)
    assert len(pd.read_csv(folder / "query.csv")) == 400


def test_cells_can_be_added_but_not_replaced(invoke, refuse, tmp_path):
    (tmp_path / "notes.txt").touch()
    assert invoke("suites", "csuite", *SIMPSON, "--out", ".").exit_code == 0
    assert invoke("suites", "csuite", "--cell", "configuration=lingauss", "--out", ".").exit_code == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"notes.txt", "nonlin_simpson-4-400", "lingauss-2-400"}
    refuse(["'nonlin_simpson-4-400'", "there already", "--out"], "suites", "csuite", *SIMPSON, "--out", ".")


def test_a_full_disk_leaves_nothing(refuse, monkeypatch):
    whole = cli.simulated_files.write_case

    def write(case, folder):
        if folder.name == "2":
            raise OSError(28, "No space left on device")
        whole(case, folder)

    monkeypatch.setattr(cli.simulated_files, "write_case", write)
    refuse(["'out'", "No space left", "room"], "suites", "csuite", *SIMPSON, "--out", "out")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["csuit"], ["'csuit'", "csuite"]),
        (["--out", "out"], ["--out", "name of one suite"]),
        (["--cell", "d=2"], ["--cell", "name of one suite"]),
        (["csuite", "--check", "--out", "out"], ["--check", "--out"]),
        (["csuite", "--check", "--cell", "d=2"], ["--check", "--cell"]),
        (["csuite", "--cell", "size=2"], ["'size'", "'configuration', 'd', 'n'"]),
        (["csuite", "--cell", "self=2"], ["'self'"]),
        (["csuite", "--cell", "d=3", "--out", "out"], ["d '3'", "'2', '4', '9'"]),
    ],
)
def test_bad_requests(refuse, arguments, words):
    refuse(words, "suites", *arguments)


def test_a_file_in_the_way(refuse, data):
    refuse(["data.csv", "choose"], "suites", "csuite", *SIMPSON, "--out", "data.csv/x")
