"""Methods side by side: distances, failures that are listed, and graphs judged by held-out rows."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from discovery.structure_methods import METHODS
from foundation_causal.metrics import shd
from mechanisms.applied import graph_comparison
from mechanisms.applied.graph_comparison import some_dag

TRUTH = nx.DiGraph([("a", "b"), ("b", "c")])
ANSWERS = {
    "GES": np.array([[0, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0]]),
    "BOSS": np.array([[0, 0, 0], [1, 0, 0], [1, 0, 0]]),
}


@pytest.fixture(scope="module")
def chain() -> pd.DataFrame:
    noise = np.random.default_rng(0).laplace(size=(3, 120))
    a = noise[0]
    b = 2 * a + noise[1]
    return pd.DataFrame({"a": a, "b": b, "c": b + noise[2]})


@pytest.fixture(scope="module")
def compared(chain):
    """This project's network, two peers whose answers are set, one that raises and one that is missing."""

    real = graph_comparison.answer

    def answered(method: str, model: str, frame: pd.DataFrame) -> tuple[np.ndarray, object]:
        if method == "network":
            return real(method, model, frame)
        if method == "FLOP":
            raise ZeroDivisionError("no rows left")
        return ANSWERS[method], None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph_comparison, "answer", answered)
        patch.setattr(graph_comparison, "prepare", lambda methods: None)
        for name in ("GES", "BOSS", "FLOP"):
            patch.setitem(METHODS, name, METHODS[name]._replace(package="json"))
        patch.setitem(METHODS, "PC", METHODS["PC"]._replace(package="no_such_package"))
        methods = ["network", "PC", "GES", "FLOP", "BOSS"]
        return fc.compare(chain, methods, TRUTH, time_limit=None)


def test_each_method_has_a_graph_or_a_reason(compared):
    assert list(compared.methods.index) == ["network", "PC", "GES", "FLOP", "BOSS"]
    assert list(compared.graphs) == ["network", "GES", "BOSS"]
    failures = compared.methods["failure"]
    assert "no_such_package" in failures["PC"]
    assert "no rows left" in failures["FLOP"]
    assert failures[["network", "GES", "BOSS"]].isna().all()
    assert repr(compared).startswith("Comparison(5 methods, 2 failures)")


def test_distances_to_the_truth_and_to_each_other(compared):
    table, apart = compared.methods, compared.distances
    assert table.loc["GES", ["edges", "open", "shd"]].tolist() == [2, 2, 1]
    assert table.loc["BOSS", "shd"] == shd(TRUTH, compared.graphs["BOSS"]) == 3
    assert apart.loc["GES", "BOSS"] == 2
    assert (apart.to_numpy() == apart.to_numpy().T).all()
    assert (np.diag(apart) == 0).all()


def test_a_graph_with_too_few_edges_makes_held_out_rows_less_probable(compared):
    held_out = compared.methods["held_out"]
    assert held_out["network"] > held_out["BOSS"] + 0.1
    assert held_out[["PC", "FLOP"]].isna().all()


def test_what_is_said_of_every_pair(compared):
    edges = compared.edges.set_index(["cause", "effect"])
    assert edges.loc[("a", "b"), ["network", "GES", "BOSS", "agree"]].tolist() == [1, 0.5, -1, 0.5]
    assert len(edges) == 3


def test_a_time_limit_ends_one_method_only():
    """On a table that no processor reads in so little time."""
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(1000, 40))).add_prefix("x")
    compared = fc.compare(wide, ["network"], time_limit=0.01, held_out=False)
    assert "0.01 s" in compared.methods.loc["network", "failure"]
    assert compared.graphs == {}


def test_what_cannot_be_compared(chain, one_sentence):
    with one_sentence("'nonesuch'"):
        fc.compare(chain, ["nonesuch"])
    for methods in (7, "network", [["network"]]):
        with one_sentence("network" if methods != 7 else "methods is 7"):
            fc.compare(chain, methods)
    with one_sentence("time limit"):
        fc.compare(chain, ["network"], time_limit=0)


def test_a_pattern_without_a_dag_has_none():
    cycle = np.array([[0, 0.5, 0, 0.5], [0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0.5, 0, 0.5, 0]])
    assert some_dag(cycle) is None
    collider = np.array([[0, 0, 1], [0, 0, 1], [0, 0, 0]])
    assert (some_dag(collider) == collider).all()


def test_held_out_rows_of_rounded_columns_are_possible():
    rng = np.random.default_rng(0)
    hours, fives = np.round(rng.normal(7, 1.2, 150), 1), 5 * np.round(rng.normal(0, 4, 150))
    table = fc.observations(pd.DataFrame({"hours": hours, "fives": fives}))
    scores = graph_comparison._held_out(table, {"none": np.zeros((2, 2)), "edge": np.eye(2, k=1)}, seed=1)
    best = -sum(np.log(sd * np.sqrt(2 * np.pi * np.e)) for sd in (1.2, 20))
    assert scores["none"] == pytest.approx(best, abs=0.3)
    assert scores["edge"] == pytest.approx(scores["none"], abs=0.3)
