"""Methods without mechanisms of their own for discrete columns say so; the default keeps to the values."""

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from foundation_causal.errors import DiscreteWarning
from mechanisms.methods import METHODS, methods_list

EDGES = [("visits", "sick"), ("visits", "cost"), ("cost", "grams")]
GRAPH = nx.DiGraph(EDGES)


@pytest.fixture(scope="module")
def table():
    """A count, its two effects (a code and a real number), and whole numbers of many sizes."""
    rng = np.random.default_rng(0)
    visits = rng.poisson(3, 100)
    sick = (rng.random(100) < visits / 8).astype(int)
    cost = visits + rng.normal(size=100)
    grams = np.round(1000 * cost).astype(int)
    return pd.DataFrame({"visits": visits, "sick": sick, "cost": cost, "grams": grams})


def test_columns_with_causes_are_named_once_by_methods_that_take_numbers(table):
    with pytest.warns(DiscreteWarning) as caught:
        model = fc.infer(table, GRAPH, mechanisms="least-squares")
    (warning,) = [one for one in caught if issubclass(one.category, DiscreteWarning)]
    assert "'sick'" in str(warning.message)
    assert "'visits'" not in str(warning.message)  # a root keeps to the values that it has
    assert "'grams'" not in str(warning.message)
    assert warning.filename == __file__
    samples = model.sample(500)["sick"]
    assert samples.between(0, 1, inclusive="neither").any()
    assert (
        (samples < 0) | (samples > 1)
    ).any()  # so it is not said that they lie between the values of the table
    assert "have other values" in str(warning.message)


def test_the_default_keeps_to_the_values_and_raises_no_word(table):
    with warnings.catch_warnings():
        warnings.simplefilter("error", DiscreteWarning)
        model = fc.infer(table, GRAPH)
        samples = model.do({"visits": 2}).sample(500)
    assert set(samples["sick"]) == {0, 1}
    assert (samples["visits"] == 2).all()
    assert samples.dtypes.equals(table.dtypes)


@pytest.mark.parametrize("method", [name for name, method in METHODS.items() if not method.every_type])
def test_categories_are_refused_by_methods_that_take_numbers(table, method):
    coloured = table.assign(colour=np.resize(["red", "green", "blue"], len(table)))
    graph = nx.DiGraph([*EDGES, ("colour", "cost")])
    with pytest.raises(
        fc.InputError,
        match=r"takes no categorical .* 'colour'; leave the column out .*, order its levels .*'kernel'",
    ):
        fc.infer(coloured, graph, mechanisms=method)


def test_the_list_of_methods_says_which_take_every_type():
    lines = [line for line in methods_list().splitlines() if "every type of column" in line]
    assert len(lines) == sum(method.every_type for method in METHODS.values()) > 0


@pytest.mark.parametrize("values", [("a", "a"), ("a",)])
def test_levels_to_compare_are_named_by_their_labels(values):
    rng = np.random.default_rng(0)
    site, y = rng.choice(["a", "b"], 60), rng.normal(size=60)
    graph = nx.DiGraph([("site", "y")])
    model = fc.infer(pd.DataFrame({"site": site, "y": y}), graph)
    with pytest.raises(fc.InputError, match=r"'site' are 'a'.*two different levels"):
        model.effect("site", "y", values)
