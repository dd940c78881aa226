import sys

import numpy as np
import pandas as pd
import pytest
import torch

from foundation_causal.metrics import rmse
from mechanisms import evaluate_mechanisms
from mechanisms.cases import p_in_cases
from mechanisms.model import predict
from mechanisms.references import METHODS, floor, least_squares
from mechanisms.solver import solve


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return evaluate_mechanisms(d=5, scms=3, n_context=100, n_query=60, seed=1)


def test_table_is_tidy(table: pd.DataFrame) -> None:
    assert len(table) == 2 * 3 * 3
    assert not table.duplicated(["mechanism", "method", "task"]).any()
    assert (table[["d", "scms"]] == [5, 3]).all(axis=None)
    assert (table[["rmse", "se", "ratio", "seconds"]] > 0).all(axis=None)
    assert (table.loc[table["method"] == "floor", "ratio"] == 1).all()


def test_nothing_is_far_below_the_floor_and_least_squares_fails_on_curves(table: pd.DataFrame) -> None:
    assert table["ratio"].min() > 0.9
    ratio = table.set_index(["mechanism", "method", "task"])["ratio"]
    assert ratio["rff", "least-squares", "noise"] > 1.5 * ratio["rff", "kernel", "noise"]
    assert ratio["linear", "least-squares", "noise"] == 1


def test_methods_do_not_change_the_cases_or_the_ratios(table: pd.DataFrame) -> None:
    alone = evaluate_mechanisms(
        d=5, scms=3, n_context=100, n_query=60, seed=1, methods=["least-squares"], mechanisms=["rff"]
    )
    columns = ["task", "rmse", "se", "ratio"]
    same = table[(table["mechanism"] == "rff") & (table["method"] == "least-squares")]
    pd.testing.assert_frame_equal(alone[columns], same[columns].reset_index(drop=True))


@pytest.mark.parametrize("mechanism", ["linear", "rff"])
def test_cases_hold_the_truth(mechanism: str) -> None:
    for case in p_in_cases(mechanism, d=6, scms=3, n_context=50, n_query=40, seed=2):
        x = torch.from_numpy(case.query).float()[None]
        found = case.query - case.scm.evaluate(x)[0].numpy()
        np.testing.assert_allclose(found, case.noise, atol=1e-3)
        ((j, value),) = case.do.items()
        low, high = np.quantile(case.context[:, j], [0.1, 0.9])
        assert low <= value <= high
        np.testing.assert_allclose(case.intervened[:, j], value, rtol=1e-5)
        reached = {list(case.graph)[j]} | set(case.graph.successors(list(case.graph)[j]))
        for i, name in enumerate(case.graph):
            assert np.allclose(case.intervened[:, i], case.query[:, i], atol=1e-4) <= (name not in reached)


def test_floor_improves_with_the_context() -> None:
    scores = {}
    for n in (50, 400):
        cases = list(p_in_cases("rff", d=5, scms=3, n_context=n, n_query=100, seed=3))
        scores[n] = np.mean([rmse(c.query - predict(floor(c), c.query), c.noise) for c in cases])
    assert scores[400] < 0.6 * scores[50]


def test_least_squares_recovers_weights() -> None:
    (case,) = p_in_cases("linear", d=5, scms=1, n_context=40_000, n_query=20, seed=4)
    model = least_squares(case)
    np.testing.assert_allclose(model.weights, case.scm.weights[0].numpy(), atol=0.06)
    error = (solve(model, case.noise) - case.query) / case.context.std(0)
    np.testing.assert_allclose(error, 0, atol=0.05)


def test_dowhy_behind_the_same_interface() -> None:
    pytest.importorskip("dowhy")
    (case,) = p_in_cases("linear", d=3, scms=1, n_context=100, n_query=30, seed=5)
    model = METHODS["dowhy"](case)
    scale = case.context.std(0)
    noise = case.query - predict(model, case.query)
    assert rmse(noise / scale, case.noise / scale) < 0.3
    np.testing.assert_allclose(solve(model, noise), case.query, atol=1e-6)


def test_dowhy_missing(monkeypatch: pytest.MonkeyPatch, one_sentence) -> None:
    monkeypatch.setitem(sys.modules, "dowhy", None)
    with one_sentence("dowhy", "baselines"):
        evaluate_mechanisms(d=3, scms=1, n_context=30, n_query=5, methods=["dowhy"])


def test_bad_requests(one_sentence) -> None:
    with one_sentence("suite", "'c-suite'"):
        evaluate_mechanisms(suite="c-suite")
    with one_sentence("method", "'magic'"):
        evaluate_mechanisms(methods=["magic"])
    with one_sentence("mechanism", "'cubic'"):
        evaluate_mechanisms(mechanisms=["cubic"])  # type: ignore[list-item]
    with one_sentence("method"):
        evaluate_mechanisms(methods=[])
    for name, size in (("d", 1), ("scms", 0), ("n_context", 5), ("n_query", 0)):
        with one_sentence(name, str(size)):
            evaluate_mechanisms(**{name: size})  # type: ignore[arg-type]
