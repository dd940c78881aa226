"""Suites of discrete and mixed tables hold types, true graphs, and true conditional distributions."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from foundation_causal.suites import load_suite
from foundation_causal.suites.cases import codes
from foundation_causal.suites.suite import fingerprint
from foundation_causal.suites.table_generator import MIXES, draw_model
from mechanisms.mechanism_evaluation import evaluate_mechanisms


def test_networks_of_the_suite_are_dags_over_the_columns():
    for case in load_suite("bnlearn").only(n=200, network=("asia", "survey", "water", "win95pts", "ecoli70")):
        assert nx.is_directed_acyclic_graph(case.graph)
        assert list(case.graph) == list(case.frame)
        assert len(case.frame) == 200
        assert len(case.query) == 0
        categories = [isinstance(dtype, pd.CategoricalDtype) for dtype in case.frame.dtypes]
        assert all(categories) if case.labels["kind"] == "discrete" else not any(categories)


CELLS = [("bnlearn", {"network": "asia"}), ("mixed", {"mix": "binary", "d": 5})]


@pytest.mark.parametrize(("suite", "labels"), CELLS)
def test_tables_of_a_cell_differ_and_rows_are_nested(suite, labels):
    small, middle, large = (list(load_suite(suite).only(**labels, n=n)) for n in (200, 1000, 5000))
    for few, some, many in zip(small, middle, large, strict=True):
        pd.testing.assert_frame_equal(few.frame, some.frame.iloc[:200])
        pd.testing.assert_frame_equal(some.frame, many.frame.iloc[:1000])
        pd.testing.assert_frame_equal(few.query, many.query)
    assert not small[0].frame.equals(small[1].frame)


@pytest.mark.parametrize("mix", MIXES)
def test_a_mix_is_what_it_is_called(mix):
    kinds = {
        "binary": {"two"},
        "categorical": {"several"},
        "binary-continuous": {"two", "float64"},
        "three-types": {"two", "float64", "several"},
        "counts-ordinals": {"two", "float64", "int64", "ordered"},
        "continuous": {"float64"},
    }
    for case in load_suite("mixed").only(mix=mix, d=5, n=200):
        assert nx.is_directed_acyclic_graph(case.graph)
        assert case.graph.number_of_edges() >= 2
        assert (case.frame.nunique() > 1).all()
        assert {_kind(case.frame[name]) for name in case.frame} == kinds[mix]
        assert set(case.probabilities) | set(case.means) == set(case.frame)
        for name, probabilities in case.probabilities.items():
            assert (probabilities >= 0).all()
            np.testing.assert_allclose(probabilities.sum(1), 1)
            assert len(probabilities) == len(case.query) == 400
            depends = np.ptp(probabilities, axis=0).max() > 1e-9
            assert depends == bool(case.graph.in_degree(name))


def _kind(column: pd.Series) -> str:
    if isinstance(column.dtype, pd.CategoricalDtype):
        if column.cat.ordered:
            return "ordered"
        return "two" if len(column.cat.categories) == 2 else "several"
    return "two" if column.dtype == bool else str(column.dtype)


def test_rows_follow_the_true_conditional_distributions():
    scores = []
    for case in load_suite("mixed").only(n=200, d=10, mix=("categorical", "counts-ordinals")):
        rows = codes(case.query)
        for name, p in case.probabilities.items():
            hits = np.eye(p.shape[1])[rows[name].to_numpy().astype(int)]
            scores += list((hits - p).sum(0) / np.sqrt((p * (1 - p)).sum(0)))
        for name, means in case.means.items():
            residuals = rows[name] - means
            variance = means.sum() if case.query[name].dtype == np.int64 else len(rows) * residuals.var()
            scores.append(residuals.sum() / np.sqrt(variance))
    assert len(scores) > 300
    assert kstest(scores, "norm").pvalue > 1e-3


def test_conditional_distributions_look_at_the_parents_alone():
    model = draw_model("counts-ordinals", 10, scale_free=False, seed=5)
    values = model.sample(50, np.random.default_rng(0))
    parents = {
        name: [list(model.names).index(p) for p in model.graph.predecessors(name)] for name in model.names
    }
    other = model.sample(50, np.random.default_rng(1))
    for name, causes in parents.items():
        changed = other.copy()
        changed[:, causes] = values[:, causes]
        for asked in (model.probabilities, model.means):
            before, after = asked(values), asked(changed)
            assert name not in before or np.array_equal(before[name], after[name])


def test_the_fingerprint_sees_types_and_truth():
    case = next(iter(load_suite("mixed").only(mix="counts-ordinals", d=10, n=200)))
    before = fingerprint(case)
    name = next(name for name in case.frame if case.frame[name].dtype == bool)
    levels = next(name for name in case.frame if isinstance(case.frame[name].dtype, pd.CategoricalDtype))
    renamed = case.frame.assign(**{levels: case.frame[levels].cat.rename_categories(str.upper)})
    for other in (case.frame.assign(**{name: ~case.frame[name]}), renamed):
        assert fingerprint(replace(case, table=other)) != before
    assert fingerprint(replace(case, probabilities={**case.probabilities, name: np.ones((400, 2))})) != before
    assert fingerprint(replace(case, dag=nx.create_empty_copy(case.graph))) != before


def test_mechanisms_of_scms_are_not_scored_on_tables(one_sentence):
    with one_sentence("'mixed'", "cond-fip"):
        evaluate_mechanisms("mixed")
