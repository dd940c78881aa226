import sys
from itertools import islice

import numpy as np
import pandas as pd
import pytest

from foundation_causal.metrics import rmse
from foundation_causal.simulate import Linear
from foundation_causal.suites import Case, load_suite
from mechanisms import evaluate_mechanisms
from mechanisms.model import predict
from mechanisms.references import METHODS, floor, has_floor, least_squares
from mechanisms.solver import solve

SMALL = {"d": 10, "distribution": "IN", "n": 50}
LABELS = ["mechanism", "distribution", "d", "n"]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return evaluate_mechanisms("cond-fip-scarce", **SMALL)


def some(suite: str, count: int, **labels: str | int) -> list[Case]:
    return list(islice(load_suite(suite).only(**labels), count))


def test_table_is_tidy(table: pd.DataFrame) -> None:
    assert len(table) == 2 * 3 * 3
    assert not table.duplicated([*LABELS, "method", "task"]).any()
    assert (table[["d", "n", "cases"]] == [10, 50, 9]).all(axis=None)
    assert (table[["rmse", "se", "ratio", "seconds"]] > 0).all(axis=None)
    assert (table.loc[table["method"] == "floor", "ratio"] == 1).all()


def test_nothing_is_far_below_the_floor_and_least_squares_fails_on_curves(table: pd.DataFrame) -> None:
    assert table["ratio"].min() > 0.9
    ratio = table.set_index(["mechanism", "method", "task"])["ratio"]
    assert ratio["RFF", "least-squares", "noise"] > 1.3 * ratio["RFF", "kernel", "noise"]
    assert ratio["LIN", "least-squares", "noise"] == 1


def test_methods_do_not_change_the_cases_or_the_ratios(table: pd.DataFrame) -> None:
    alone = evaluate_mechanisms("cond-fip-scarce", methods=["least-squares"], mechanism="RFF", **SMALL)
    columns = ["task", "rmse", "se", "ratio"]
    same = table[(table["mechanism"] == "RFF") & (table["method"] == "least-squares")]
    pd.testing.assert_frame_equal(alone[columns], same[columns].reset_index(drop=True))


def test_without_a_floor_there_is_no_ratio() -> None:
    table = evaluate_mechanisms("csuite", methods=["least-squares"], configuration="nonlin_simpson")
    assert table["ratio"].isna().all()
    assert (table["rmse"] > 0).all()
    (case,) = some("csuite", 1, configuration="nonlin_simpson")
    assert not has_floor(case)


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
    found = least_squares(case).weights
    assert not found[~edges].any()
    assert np.abs(found - weights)[edges].mean() < 0.1
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


def test_bad_requests(one_sentence) -> None:
    with one_sentence("suite", "'c-suite'"):
        evaluate_mechanisms("c-suite")
    with one_sentence("method", "'magic'"):
        evaluate_mechanisms(methods=["magic"])
    with one_sentence("method"):
        evaluate_mechanisms(methods=[])
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
