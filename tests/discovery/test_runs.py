"""Single runs: their scores, their failures, their time limit, and what is kept of them."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from discovery import evaluate_structure, evaluate_suite
from discovery import structure_evaluation as run_log
from discovery.network.answers import DEFAULT_MODEL
from discovery.structure_evaluation import StructureRun, carry_out, complete
from discovery.structure_methods import METHODS, OURS, check_methods
from foundation_causal.errors import InputError
from foundation_causal.graphs import from_adjacency
from foundation_causal.runs import RunLog, Unfinished
from mechanisms import evaluate_mechanisms

TRUTH = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])


def chain(name: str, method: str = "network") -> StructureRun:
    """Eighty rows of X1 -> X2 -> X3."""
    values = np.random.default_rng(0).laplace(size=(80, 3)) @ np.triu(np.ones((3, 3)))
    return StructureRun(f"chain/{name}", {"d": 3}, method, frame=pd.DataFrame(values), truth=TRUTH)


@pytest.mark.parametrize("method", OURS)
def test_our_scores_are_those_of_evaluate_structure(method):
    run = chain("a", method)
    row = carry_out(run)
    truth = from_adjacency(TRUTH, ["X1", "X2", "X3"])
    expected = evaluate_structure(run.frame.to_numpy(), truth, refine=OURS[method])
    assert row.pop("seconds") < 60
    assert sum(pairs for _, pairs, _ in row.pop("counts")) == 6
    assert row == pytest.approx({name: expected[name] for name in row}, nan_ok=True)


def test_a_method_that_raises_has_failed(monkeypatch):
    def fails(x):
        raise ValueError("singular matrix. Sorry")

    monkeypatch.setitem(METHODS, "PC", METHODS["PC"]._replace(learn=fails, package="numpy"))
    assert carry_out(chain("a", "PC")) == {"failure": "ValueError: singular matrix, Sorry"}


def test_unknown_methods_and_missing_packages(one_sentence, monkeypatch):
    check_methods(["network"])
    with one_sentence("'magic'", "foundation-causal", "BOSS"):
        check_methods(["network", "magic"])
    monkeypatch.setitem(METHODS, "PC", METHODS["PC"]._replace(package="absent_package"))
    with one_sentence("'absent_package'", "[baselines]"):
        check_methods(["PC"])


def test_a_run_in_another_process_gives_the_same():
    here = carry_out(chain("a"))
    (there,) = complete([chain("a")], time_limit=60)
    assert here.pop("seconds") > 0 < there["seconds"]
    assert here.pop("counts") == there["counts"]
    there |= {name: float("nan") for name, value in there.items() if value is None}
    assert {name: there[name] for name in here} == pytest.approx(here, rel=1e-5, nan_ok=True)


def test_what_ends_early_is_told(monkeypatch):
    results = [Unfinished("not done after 2 s", 2), Unfinished("died")]
    runs = [chain("a"), chain("b")]
    monkeypatch.setattr(run_log, "finished", lambda *_, **__: zip(runs, results, strict=True))
    slow, dead = complete(runs, time_limit=2)
    assert (slow["failure"], slow["time_limit"]) == ("not done after 2 s", 2)
    assert dead["failure"] == "died"
    assert "time_limit" not in dead


def test_what_is_done_is_not_done_again(tmp_path, monkeypatch):
    path = tmp_path / "new folder" / "runs.jsonl"
    runs = [chain("a"), chain("b")]
    told = []
    first = complete(runs[:1], path, progress=told.append)
    assert told == ["1 of 1, chain/a by network"]
    path.write_text(path.read_text() + '{"data": "chain/b", "meth')  # killed while writing
    both = complete(runs, path, progress=told.append)
    assert told[1:] == ["1 of 1, chain/b by network"]
    assert [json.loads(line)["data"] for line in path.read_text().splitlines()] == ["chain/a", "chain/b"]
    assert both[0] == first[0]
    assert (both[1]["data"], both[1]["d"], both[1]["method"]) == ("chain/b", 3, "network")
    again = complete(runs[::-1], path, progress=told.append)
    assert len(told) == 2
    assert [row["data"] for row in again] == ["chain/b", "chain/a"]


def test_a_longer_limit_asks_again(tmp_path):
    log = RunLog(tmp_path / "runs.jsonl")
    run = chain("a")
    assert log.row_of(run) is None
    log.add(run, {"failure": "not done after 2 s", "time_limit": 2})
    read = RunLog(tmp_path / "runs.jsonl")
    assert read.row_of(run, 1)["failure"] == read.row_of(run, 2)["failure"] == "not done after 2 s"
    assert read.row_of(run, 3) is None
    assert read.row_of(run) is None
    assert read.row_of(replace(run, model="another"), 1) is None


def test_undefined_scores_are_null_on_disk_and_other_files_are_refused(tmp_path, one_sentence):
    path = tmp_path / "runs.jsonl"
    RunLog(path).add(chain("a"), {"ece": float("nan")})
    assert json.loads(path.read_text())["ece"] is None
    for text in ('{"shd": 3}\n', "[1]\nmore", "3\n", "no JSON\n", '["data", "method", "model"]\n'):
        path.write_text(text)
        with one_sentence("runs.jsonl", "other than runs"):
            RunLog(path)
        assert path.read_text() == text
    with one_sentence("Cannot write", "folder"):
        RunLog(path / "runs.jsonl")


def test_the_model_tells_runs_apart_only_where_the_method_takes_one():
    assert chain("a").key == ("chain/a", "network", DEFAULT_MODEL)
    assert chain("a", "PC").key == replace(chain("a", "PC"), model="another").key == ("chain/a", "PC", "")


@pytest.mark.parametrize("methods", ["PC", 3, [["PC"]], [None], np.array(2)])
def test_methods_that_are_no_list_of_names_get_a_sentence(methods):
    with pytest.raises(InputError, match=r"give a list of names|not a known method"):
        evaluate_suite("csuite", methods=methods)
    with pytest.raises(InputError, match=r"give a list of names|There is no method"):
        evaluate_mechanisms("csuite", methods=methods)


def test_a_number_of_data_sets_that_is_none_gets_a_sentence():
    with pytest.raises(InputError, match="first is 'three'; give a positive number"):
        evaluate_suite("csuite", first="three")
