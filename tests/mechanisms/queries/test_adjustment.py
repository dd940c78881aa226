"""Adjustment sets, against the total effects of linear models."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanisms.queries.adjustment import adjustment


@st.composite
def weighted_dags(draw) -> tuple[nx.DiGraph, np.ndarray]:
    """A DAG of up to 7 nodes and its weights, [d, d]."""
    d = draw(st.integers(2, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    weights = np.triu(rng.uniform(0.5, 1.5, (d, d)) * rng.choice([-1, 0, 1], (d, d)), 1)
    order = rng.permutation(d)
    weights = weights[np.ix_(order, order)]
    return nx.from_numpy_array(weights != 0, create_using=nx.DiGraph), weights


@given(weighted_dags())
def test_regression_on_treatment_and_covariates_gives_the_total_effect(dag):
    graph, weights = dag
    d = len(graph)
    total = np.linalg.inv(np.eye(d) - weights)
    covariance = total.T @ total  # of unit noise
    for treatment in graph:
        for outcome in set(graph) - {treatment}:
            found = adjustment(graph, treatment, outcome)
            if not found.path:
                assert total[treatment, outcome] == pytest.approx(0)
                continue
            inputs = [treatment, *found.covariates]
            slopes = np.linalg.solve(covariance[np.ix_(inputs, inputs)], covariance[inputs, outcome])
            assert slopes[0] == pytest.approx(total[treatment, outcome], abs=1e-8)


def test_mediators_and_what_they_lead_to_are_left_out():
    graph = nx.DiGraph([("z", "t"), ("z", "y"), ("t", "m"), ("m", "y"), ("m", "s"), ("w", "m")])
    found = adjustment(graph, "t", "y")
    assert (found.covariates, set(found.path)) == (("z", "w"), {"m", "y"})


def test_an_outcome_that_is_a_cause_has_no_path():
    assert adjustment(nx.DiGraph([("y", "t")]), "t", "y").path == ()
