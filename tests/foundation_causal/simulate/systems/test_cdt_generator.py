import contextlib
import random
import warnings
from typing import get_args

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.datasets import Dataset
from foundation_causal.runtime import seeded_globals
from foundation_causal.simulate.systems.cdt_generator import Mechanism, cdt_scm

MECHANISMS = get_args(Mechanism)


def unexplained(data: Dataset, graph: nx.DiGraph) -> list[float]:
    """Of each node with parents, the standard deviation that a linear fit to the parents leaves."""
    left = []
    for node in graph:
        parents = list(graph.pred[node])
        if parents:
            x, y = data.frame[parents].to_numpy(), data.frame[node].to_numpy()
            left.append(float(np.std(y - x @ np.linalg.lstsq(x, y, rcond=None)[0])))
    return left


def draws() -> list[float]:
    return [random.random(), np.random.random(), torch.rand(1).item()]  # noqa: NPY002


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_mechanism_gives_standardized_rows_over_an_acyclic_graph(mechanism):
    data = cdt_scm(mechanism, d=6, n=80, seed=1, expected_degree=1.5)
    assert data.name == f"cdt-{mechanism}"
    assert data.frame.shape == (80, 6)
    assert (data.frame.dtypes == np.float64).all()
    assert list(data.graph) == list(data.frame) == [f"V{index}" for index in range(6)]
    assert nx.is_directed_acyclic_graph(data.graph)
    np.testing.assert_allclose(data.frame.mean(), 0, atol=1e-6)
    np.testing.assert_allclose(data.frame.std(ddof=0), 1, atol=1e-6)
    assert "MIT licence" in data.about
    assert "\n" not in data.about


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_the_seed_fixes_the_bits_and_the_users_generators_go_on(mechanism):
    with seeded_globals(11):
        expected = draws()
    with seeded_globals(11):
        first = cdt_scm(mechanism, d=4, n=40, seed=7)
        assert draws() == expected
    again, other = (cdt_scm(mechanism, d=4, n=40, seed=seed) for seed in (7, 8))
    pd.testing.assert_frame_equal(first.frame, again.frame, check_exact=True)
    assert first.graph.edges == again.graph.edges
    assert not np.array_equal(first.frame, other.frame)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_global_generators_return_to_where_they_were_even_after_an_error(seed):
    with seeded_globals(2):
        expected = draws()
    with seeded_globals(2):
        with contextlib.suppress(KeyError), seeded_globals(seed):
            draws()
            raise KeyError
        assert draws() == expected


def test_edges_point_from_cause_to_effect():
    """Without noise a linear node is a combination of its parents, and a cause is none of its children."""
    forward, backward = [], []
    for seed in range(15):
        data = cdt_scm("linear", d=6, n=200, seed=seed, expected_degree=0.7, noise_level=0)
        forward += unexplained(data, data.graph)
        # Turned around, a child with one parent would still fit: keep to the parents of a common child.
        turned = nx.DiGraph(data.graph.reverse())
        several = [node for node in data.graph if len(data.graph.pred[node]) > 1]
        turned.remove_edges_from([edge for edge in list(turned.edges) if edge[0] not in several])
        turned.remove_edges_from([edge for edge in list(turned.edges) if turned.in_degree(edge[1]) > 1])
        backward += unexplained(data, turned)
    assert len(forward) > 30
    assert max(forward) < 1e-10
    assert len(backward) > 10
    assert np.mean(backward) > 0.2


def test_roots_are_independent_once_shuffled_and_are_not_as_cdt_makes_them():
    def dependence(shuffle_roots: bool) -> float:
        correlations = []
        for seed in range(25):
            data = cdt_scm("linear", d=6, n=500, seed=seed, expected_degree=0.5, shuffle_roots=shuffle_roots)
            roots = [node for node in data.graph if not data.graph.pred[node]]
            matrix = data.frame[roots].corr().to_numpy()
            correlations += list(np.abs(matrix[np.triu_indices(len(roots), 1)]))
        assert len(correlations) > 100
        return float(np.mean(correlations))

    chance = np.sqrt(2 / (np.pi * 500))
    assert dependence(True) < 1.3 * chance
    assert dependence(False) > 5 * chance


def test_the_expected_degree_counts_edges_per_variable():
    edges = [cdt_scm("linear", d=9, n=5, seed=seed, expected_degree=2.0).graph.size() for seed in range(60)]
    assert np.mean(edges) == pytest.approx(18, abs=1.5)
    full = cdt_scm("linear", d=4, n=5, expected_degree=1.5)
    assert full.graph.size() == 6
    assert cdt_scm("linear", d=4, n=5, expected_degree=0).graph.size() == 0


def test_noise_levels_and_kinds_show():
    sharp, blurred, uniform = (
        cdt_scm("linear", d=6, n=300, seed=3, noise=noise, noise_level=level)
        for noise, level in (("gaussian", 0.01), ("gaussian", 2.0), ("uniform", 2.0))
    )
    assert np.mean(unexplained(sharp, sharp.graph)) < 0.05
    assert np.mean(unexplained(blurred, blurred.graph)) > 0.2
    assert not np.array_equal(blurred.frame, uniform.frame)


@pytest.mark.parametrize("level", [0.0, 1000.0])
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_extreme_noise_levels_stay_finite(mechanism, level):
    assert np.isfinite(cdt_scm(mechanism, d=5, n=30, noise_level=level).frame.to_numpy()).all()


def test_nothing_is_printed_or_warned(capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for mechanism in MECHANISMS:
            cdt_scm(mechanism, d=3, n=20)
    assert capfd.readouterr() == ("", "")


def test_bad_requests(one_sentence):
    with one_sentence("'cubic'", "gp_mix"):
        cdt_scm("cubic")  # type: ignore[arg-type]
    with one_sentence("'laplace'", "gaussian, uniform"):
        cdt_scm("linear", noise="laplace")  # type: ignore[arg-type]
    with one_sentence("d is 1", "at least 2"):
        cdt_scm("linear", d=1)
    with one_sentence("n is 1", "at least 2"):
        cdt_scm("linear", n=1)
    with one_sentence("seed", "-1"):
        cdt_scm("linear", seed=-1)
    with one_sentence("expected_degree is 3", "5 variables", "2"):
        cdt_scm("linear", d=5, expected_degree=3)
    with one_sentence("noise_level is nan"):
        cdt_scm("linear", noise_level=float("nan"))
    with one_sentence("noise_level is 1e+200", "1000"):
        cdt_scm("linear", noise_level=1e200)
