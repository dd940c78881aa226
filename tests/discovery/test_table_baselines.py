"""Learners for discrete and mixed tables through the common signature."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from discovery.baselines import learn, learn_graph
from discovery.structure_evaluation import answer
from discovery.structure_methods import METHODS, OF_TABLES
from discovery.table_baselines import levels
from foundation_causal.suites import load_suite

COLLIDER = [[0, 0, 1], [0, 0, 1], [0, 0, 0]]


def table(n: int = 1000) -> pd.DataFrame:
    """A bool, an ordered category and, caused by both, a category."""
    random = np.random.default_rng(0)
    a, b = random.random(n) < 0.5, random.integers(0, 3, n)
    c = np.where(random.random(n) < 0.8, np.minimum(a + b, 2), random.integers(0, 3, n))
    grades = pd.Categorical.from_codes(b, ["low", "middle", "high"], ordered=True)
    return pd.DataFrame({"a": a, "b": grades, "c": pd.Categorical.from_codes(c, ["red", "green", "blue"])})


def mixed(n: int = 1000) -> pd.DataFrame:
    """A measurement and a bool that cause another measurement."""
    random = np.random.default_rng(1)
    a, b = random.normal(size=n), random.random(n) < 0.5
    return pd.DataFrame({"a": 50 + 9 * a, "b": b, "c": a + 2 * b + 0.5 * random.normal(size=n)})


@pytest.mark.parametrize("name", OF_TABLES)
def test_the_causes_in_a_typed_table_are_found(name):
    pytest.importorskip(METHODS[name].package)
    frame = mixed() if name == "HC-CG" else table()
    found = learn(name, frame)
    assert ((found + found.T)[2, :2] > 0).all()
    # Hill climbing may begin with an edge the wrong way round, and then joins the causes.
    assert found.tolist() == COLLIDER or name in {"HC-BIC", "HC-BDeu", "HC-CG", "GHC-BDeu", "HC-bnlearn"}


@pytest.mark.parametrize("name", OF_TABLES)
def test_a_pair_of_columns_is_joined_without_a_direction(name):
    pytest.importorskip(METHODS[name].package)
    if name == "HC-CG":
        pytest.skip("it takes the edge of a number and a category for directed")
    found = learn(name, table()[["b", "c"]])
    assert found.tolist() == [[0, 0.5], [0.5, 0]]


@pytest.mark.parametrize("name", OF_TABLES)
def test_measurements_are_taken_and_the_order_of_columns_changes_nothing(name):
    pytest.importorskip(METHODS[name].package)
    frame = mixed()
    first, again = learn(name, frame), learn(name, frame[["c", "a", "b"]])
    assert first.shape == (3, 3)
    place = [1, 2, 0]
    assert (again[np.ix_(place, place)] == first).all()


def test_text_is_read_as_categories_and_dates_as_measurements():
    dated = mixed().assign(a=pd.Timestamp("2020-01-01") + pd.to_timedelta(mixed()["a"], unit="D"))
    worded = dated.assign(b=np.where(mixed()["b"], "yes", "no"))
    typed = mixed().astype({"b": "category"})
    assert (learn("HC-CG", worded) == learn("HC-CG", typed)).all()
    assert (levels(worded) == levels(typed)).all()


def test_levels_are_whole_numbers_from_zero():
    frame = pd.DataFrame(
        {
            "gaps": pd.Categorical.from_codes([0, 2, 2, 0] * 25, ["no", "maybe", "yes"]),
            "few": [7, 9, 7, 7] * 25,
            "many": np.arange(100) ** 2,
            "mostly_zero": [0.0] * 90 + [*np.linspace(0.1, 1, 10)],
        }
    )
    found = levels(frame)
    assert found[:4, 0].tolist() == [0, 1, 1, 0]
    assert np.unique(found[:, 1]).tolist() == [0, 1]
    assert np.bincount(found[:, 2]).tolist() == [25, 25, 25, 25]
    assert np.bincount(found[:, 3]).tolist() == [90, 10]


def test_columns_that_do_not_vary_are_kept_from_a_method():
    pytest.importorskip("pgmpy")
    frame = table()
    frame.insert(1, "same", pd.Categorical(["x"] * len(frame), ["x", "y"]))
    pattern, probabilities = answer("PC-G2", "", frame)
    assert probabilities is None
    assert not pattern[1].any()
    assert not pattern[:, 1].any()
    assert pattern[np.ix_([0, 2, 3], [0, 2, 3])].tolist() == COLLIDER


def test_a_graph_over_the_names_of_a_typed_table():
    pytest.importorskip("pgmpy")
    assert set(learn_graph("PC-G2", table()).edges) == {("a", "c"), ("b", "c")}


def test_answers_do_not_hang_on_the_hash_seed(tmp_path):
    pytest.importorskip("pgmpy")
    case = next(iter(load_suite("bnlearn").only(network="asia", n=200)))
    frame = case.frame.iloc[:, 2:]
    frame.to_pickle(tmp_path / "frame.pickle")
    program = """
import sys
import pandas as pd
from discovery.baselines import learn
print(learn("HC-BIC", pd.read_pickle(sys.argv[1])).tolist())
"""
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"  # another than here
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "frame.pickle"],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(learn("HC-BIC", frame).tolist())
