"""Effects that are right pass; estimates that hang on what they should not do not."""

import time

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from mechanisms.averaged_model import AveragedModel
from mechanisms.queries import refutation
from tests.mechanisms.queries.test_population_effects import full_graph, trial


@pytest.mark.parametrize("binary", [True, False])
def test_an_effect_that_is_right_passes(binary):
    frame = trial(0, noise=1.0, binary=binary)
    model = fc.infer(frame, full_graph(frame), mechanisms="least-squares")
    start = time.process_time()
    table = model.refute("t", "y", (0, 1))
    assert time.process_time() - start < 12  # 3 s on an idle core
    assert table["passed"].all()
    expected = model.effect("t", "y", (0, 1)).iloc[-1]["mean"]
    assert table["expected"].to_numpy() == pytest.approx([0, expected, expected])
    assert table["estimate"].to_numpy() == pytest.approx([0, 3, 3], abs=0.6)
    assert (table["lower"] < table["estimate"]).all()
    assert (table["estimate"] < table["upper"]).all()
    if binary:
        pd.testing.assert_frame_equal(table, model.refute("t", "y", (0, 1)))


def test_an_estimate_that_does_not_look_at_the_treatment_is_refuted(monkeypatch):
    frame = trial(0, noise=1.0)
    answer = refutation.mean_outcomes(
        refutation.Rows.of(*(frame[name].to_numpy() for name in "yt"), frame.iloc[:, :8].to_numpy()),
        np.array([0.0, 1.0]),
    )
    monkeypatch.setattr(refutation, "mean_outcomes", lambda *_: answer)
    model = fc.infer(frame, full_graph(frame), mechanisms="least-squares")
    assert model.refute("t", "y", (0, 1)).set_index("check")["passed"].tolist() == [False, True, True]


def test_a_subset_keeps_four_rows_of_five_of_each_arm():
    treatment = np.repeat([0.0, 1.0], [50, 100])
    kept = refutation._subset(treatment, np.random.default_rng(0))
    assert [(treatment[kept] == arm).sum() for arm in (0, 1)] == [40, 80]
    assert (np.diff(kept) > 0).all()


def test_of_several_models_the_heaviest_is_refuted_however_little_it_weighs(one_sentence):
    frame = trial(0, n=120, noise=1.0)[["c0", "t", "y"]]
    model = fc.infer(frame, full_graph(frame), mechanisms="least-squares")
    graph = nx.DiGraph([("c0", "y"), ("y", "t")])
    backwards = fc.infer(frame, graph, mechanisms="least-squares")
    alone = model.refute("t", "y", (0, 1))
    averaged = AveragedModel([backwards, model, backwards], [0.3, 0.4, 0.3])
    pd.testing.assert_frame_equal(averaged.refute("t", "y", (0, 1)), alone)
    with one_sentence("read off the rows"):
        averaged.do({"c0": 1.0}).refute("t", "y", (0, 1))
    with one_sentence("No path leads", "in this graph"):
        AveragedModel([backwards, model], [0.55, 0.45]).refute("t", "y", (0, 1))


def test_what_cannot_be_refuted_is_said(one_sentence):
    frame = trial(0)
    model = fc.infer(frame, full_graph(frame), mechanisms="least-squares")
    with one_sentence("No path", "nothing to refute"):
        model.refute("t", "c0", (0, 1))
    with one_sentence("read off the rows"):
        model.do({"c0": 1.0}).refute("t", "y", (0, 1))
    with one_sentence("between 0 and 1"):
        model.refute("t", "y", (0, 1), level=90)
