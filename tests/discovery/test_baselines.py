"""Classical methods through the common signature."""

import logging
import random

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch

from discovery.baselines import from_endpoints, learn, learn_graph
from discovery.structure_methods import LEARNERS, METHODS

COLLIDER = [[0, 0, 1], [0, 0, 1], [0, 0, 0]]
# On standardized rows these give edges between the right variables, but often the wrong way round.
SKELETON_ONLY = {"DAGMA", "NOTEARS", "NOTEARS-MLP", "RandomRegress"}


# Numbers that are cut into bins, or taken for conditional Gaussians, leave the collider open.
BINNED = ("HC-BIC", "HC-CG")


def rows(n: int = 1000) -> np.ndarray:
    """Standardized rows of a -> c <- b."""
    a, b, noise = np.random.default_rng(0).laplace(size=(3, n))
    x = np.column_stack([a, b, a + b + noise])
    return (x - x.mean(0)) / x.std(0)


def test_endpoints_become_edges():
    endpoints = np.zeros((4, 4))
    endpoints[1, 0], endpoints[0, 1] = 1, -1  # 0 -> 1
    endpoints[1, 2], endpoints[2, 1] = -1, -1  # 1 -- 2
    endpoints[0, 3], endpoints[3, 0] = 1, 1  # 0 <-> 3
    expected = [[0, 1, 0, 0.5], [0, 0, 0.5, 0], [0, 0.5, 0, 0], [0.5, 0, 0, 0]]
    assert from_endpoints(endpoints).tolist() == expected


@pytest.mark.parametrize("name", [name for name in LEARNERS if name not in (*SKELETON_ONLY, *BINNED)])
def test_a_collider_is_found(name):
    pytest.importorskip(METHODS[name].package)
    assert learn(name, rows()).tolist() == COLLIDER


@pytest.mark.parametrize("name", sorted(SKELETON_ONLY))
def test_what_depends_is_joined(name):
    pytest.importorskip(METHODS[name].package)
    found = learn(name, rows(100))
    assert set(np.unique(found)) == {0, 1}
    assert (found + found.T)[2, :2].tolist() == [1, 1]


@pytest.mark.parametrize("name", ["BOSS", "GRaSP", "NOTEARS"])
def test_answers_are_the_same_every_time_and_nothing_global_changes(name):
    pytest.importorskip(METHODS[name].package)
    d = 3 if name == "NOTEARS" else 8
    x = np.random.default_rng(1).normal(size=(60, d)) @ np.triu(np.ones((d, d)))
    x = x / x.std(0)
    root = logging.getLogger()
    before = root.level, list(root.handlers), torch.get_default_dtype()
    random.seed(5)
    first, drawn = learn(name, x), random.random()
    random.seed(6)
    assert (learn(name, x) == first).all()
    random.seed(5)
    assert random.random() == drawn
    assert (root.level, list(root.handlers), torch.get_default_dtype()) == before


def test_dagma_shows_no_progress_bar(capsys):
    pytest.importorskip("dagma")
    learn("DAGMA", rows(100)[:, 1:])
    assert capsys.readouterr().err == ""


def test_a_graph_over_the_names_of_the_columns():
    pytest.importorskip("causallearn")
    x = rows()
    frame = pd.DataFrame({"a": 7 + 100 * x[:, 0], "b": x[:, 1], "c": x[:, 2]})
    graph = learn_graph("BOSS", frame)
    assert isinstance(graph, nx.DiGraph)
    assert set(graph.edges) == {("a", "c"), ("b", "c")}
    chain = learn_graph("BOSS", frame[["c", "a"]])
    assert set(chain.edges) == {("a", "c"), ("c", "a")}  # without direction


def test_unknown_names_and_missing_packages_are_told(one_sentence, monkeypatch):
    with one_sentence("'PCC' is not a known method", "BOSS"):
        learn("PCC", np.zeros((3, 2)))
    monkeypatch.setitem(METHODS, "PC", METHODS["PC"]._replace(package="a_package_that_is_not_there"))
    with one_sentence("PC needs", "'a_package_that_is_not_there'", "foundation-causal[baselines]"):
        learn("PC", np.zeros((3, 2)))


def test_interventions_are_refused(one_sentence, frame):
    from foundation_causal.observations import observations

    table = observations(frame, intervened=np.eye(40, 3))
    with one_sentence("BOSS", "interventions"):
        learn_graph("BOSS", table)
