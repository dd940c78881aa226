import json
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from foundation_causal.errors import InputError
from foundation_causal.metrics import rmse
from foundation_causal.simulate import Linear
from foundation_causal.suites import Case, load_suite
from mechanisms import evaluate_mechanisms
from mechanisms.mechanism_evaluation import METHODS, floor, has_floor, least_squares, score
from mechanisms.mechanism_model import MechanismModel, predict
from mechanisms.solver import solve

SMALL = {"d": 10, "distribution": "IN", "n": 50}
LABELS = ["mechanism", "distribution", "d", "n"]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return evaluate_mechanisms("cond-fip-scarce", first=3, **SMALL)


def some(suite: str, count: int, **labels: str | int) -> list[Case]:
    return list(islice(load_suite(suite).only(**labels), count))


def test_table_is_tidy(table: pd.DataFrame) -> None:
    assert len(table) == 2 * 3 * 3
    assert not table.duplicated([*LABELS, "method", "task"]).any()
    assert (table[["d", "n", "cases"]] == [10, 50, 3]).all(axis=None)
    assert (table[["rmse", "se", "ratio", "seconds", "sample_seconds"]] > 0).all(axis=None)
    assert (table.loc[table["method"] == "floor", "ratio"] == 1).all()


def test_nothing_is_far_below_the_floor_and_least_squares_fails_on_curves(table: pd.DataFrame) -> None:
    assert table["ratio"].min() > 0.9
    ratio = table.set_index(["mechanism", "method", "task"])["ratio"]
    assert ratio["RFF", "least-squares", "noise"] > 1.3 * ratio["RFF", "kernel", "noise"]
    assert ratio["LIN", "least-squares", "noise"] == 1


def test_methods_do_not_change_the_cases_or_the_ratios(table: pd.DataFrame) -> None:
    alone = evaluate_mechanisms(
        "cond-fip-scarce", methods=["least-squares"], first=3, mechanism="RFF", **SMALL
    )
    columns = ["task", "rmse", "se", "ratio"]
    same = table[(table["mechanism"] == "RFF") & (table["method"] == "least-squares")]
    pd.testing.assert_frame_equal(alone[columns], same[columns].reset_index(drop=True))


def test_without_a_floor_there_is_no_ratio() -> None:
    table = evaluate_mechanisms("csuite", methods=["least-squares"], configuration="nonlin_simpson")
    assert table["ratio"].isna().all()
    assert (table["rmse"] > 0).all()
    (case,) = some("csuite", 1, configuration="nonlin_simpson")
    assert not has_floor(case)


def test_noise_without_a_variance_has_no_floor() -> None:
    suite = load_suite("mechanisms")
    assert not any(has_floor(case) for case in suite.only(kind="heavy-tailed", n=100))
    case = next(iter(suite.only(kind="odd-noise", n=100)))
    assert has_floor(case)
    assert np.isfinite(predict(floor(case), case.query)).all()


def test_floor_improves_with_the_context() -> None:
    scores = {}
    for n in (50, 200):
        cases = some("cond-fip-scarce", 3, mechanism="RFF", d=10, n=n)
        scores[n] = np.mean([rmse(c.query - predict(floor(c), c.query), c.noise) for c in cases])
    assert scores[200] < 0.8 * scores[50]


def test_least_squares_recovers_weights() -> None:
    (case,) = some("cond-fip-1000", 1, mechanism="LIN", d=10)
    names, weights = list(case.scm.names), np.zeros((10, 10))
    for j, name in enumerate(names):
        for part in case.scm.nodes:
            if isinstance(part.mechanism, Linear) and j in part.node.tolist():
                row = part.node.tolist().index(j)
                parents = part.parents[row][part.slots[row]]
                weights[parents, j] = part.parameters["weights"][row][part.slots[row]]
        assert set(np.flatnonzero(weights[:, j])) == {names.index(p) for p in case.graph.predecessors(name)}
    edges = weights != 0
    estimated = least_squares(case).weights
    assert not estimated[~edges].any()
    assert np.abs(estimated - weights)[edges].mean() < 0.1
    error = (solve(least_squares(case), case.noise) - case.query) / case.context.std(0)
    assert np.abs(error).mean() < 0.05


def test_dowhy_behind_the_same_interface() -> None:
    pytest.importorskip("dowhy")
    (case,) = some("csuite", 1, configuration="lingauss")
    model = METHODS["dowhy"](case)
    scale = case.context.std(0)
    noise = case.query - predict(model, case.query)
    assert rmse(noise / scale, case.noise / scale) < 0.3
    np.testing.assert_allclose(solve(model, noise), case.query, atol=1e-6)


def test_dowhy_missing(monkeypatch: pytest.MonkeyPatch, one_sentence) -> None:
    monkeypatch.setitem(sys.modules, "dowhy", None)
    with one_sentence("dowhy", "baselines"):
        evaluate_mechanisms("csuite", methods=["dowhy"], configuration="lingauss")


def test_an_evaluation_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, how = tmp_path / "runs.jsonl", {"methods": ["least-squares"], "mechanism": "LIN", **SMALL}
    one = evaluate_mechanisms("cond-fip-scarce", first=1, log=log, **how)
    assert (one["cases"] == 1).all()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["data"][-2:], line["method"]) for line in lines] == [
        ("/0", "least-squares"),
        ("/0", "floor"),
    ]
    assert one["rmse"].tolist() == [lines[0][task] for task in ("noise", "sample", "intervention")]
    with log.open("a") as file:
        file.write('{"data": "cut sho')
    fitted: list[str] = []
    slow = METHODS["least-squares"]
    monkeypatch.setitem(METHODS, "least-squares", lambda case: fitted.append(case.name) or slow(case))
    two = evaluate_mechanisms("cond-fip-scarce", first=2, log=log, **how)
    assert [name[-2:] for name in fitted] == ["/1"]
    assert (two["cases"] == 2).all()
    fresh = evaluate_mechanisms("cond-fip-scarce", first=2, **how)
    unhurried = ["seconds", "sample_seconds"]
    pd.testing.assert_frame_equal(two.drop(columns=unhurried), fresh.drop(columns=unhurried))


def test_a_method_that_cannot_be_used_everywhere(monkeypatch: pytest.MonkeyPatch, one_sentence) -> None:
    def fit(case: Case) -> MechanismModel:
        if case.labels["n"] == 25:
            raise InputError("Only 25 rows are there; give more.")
        return least_squares(case)

    monkeypatch.setitem(METHODS, "picky", fit)
    how = {"methods": ["least-squares", "picky"], "mechanism": "LIN", "distribution": "OUT", "d": 10}
    table = evaluate_mechanisms("cond-fip-scarce", n=(25, 50), first=1, **how)
    assert table.groupby(["n", "method"]).size().to_dict() == {
        (25, "least-squares"): 3,
        (50, "least-squares"): 3,
        (50, "picky"): 3,
    }
    with one_sentence("Only 25 rows"):
        evaluate_mechanisms("cond-fip-scarce", n=25, first=1, **how)


def test_scaled_noise_is_scored_up_to_its_unit() -> None:
    """The true functions make no error on heteroscedastic noise, in whatever unit they count the noise."""
    (case,) = some("mechanisms", 1, kind="rff-heteroscedastic", n=100)

    class Truth(MechanismModel):
        graph = case.graph

        def predict_nodes(self, nodes: Sequence[int], values: np.ndarray) -> np.ndarray:
            return case.scm.evaluate(torch.from_numpy(values)[None])[0][:, list(nodes)].double().numpy()

        def scale_nodes(self, nodes: Sequence[int], values: np.ndarray) -> np.ndarray:
            scale = case.scm.scale(torch.from_numpy(values)[None])[0][:, list(nodes)].double().numpy()
            return 7 * scale

    exact, additive = score(lambda _: Truth(), case), score(METHODS["kernel"], case)
    assert max(exact[task] for task in ("noise", "sample", "intervention")) < 1e-4
    assert 10 * exact["noise"] < additive["noise"] < 3


def test_bad_requests(one_sentence) -> None:
    with one_sentence("suite", "'c-suite'"):
        evaluate_mechanisms("c-suite")
    with one_sentence("method", "'magic'"):
        evaluate_mechanisms(methods=["magic"])
    with one_sentence("method"):
        evaluate_mechanisms(methods=[])
    with one_sentence("data sets", "0"):
        evaluate_mechanisms(first=0)
    with one_sentence("mechanism", "'cubic'"):
        evaluate_mechanisms(mechanism="cubic")
    with one_sentence("label", "'size'"):
        evaluate_mechanisms(size=3)
    with one_sentence("activa", "query"):
        evaluate_mechanisms("activa")
    with one_sentence("'csuite'", "floor"):
        evaluate_mechanisms("csuite", methods=["floor"], configuration="linexp")
    (case,) = some("csuite", 1, configuration="linexp")
    with one_sentence("floor", case.name):
        floor(case)
