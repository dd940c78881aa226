"""Counts and codes are modelled as continuous, and a warning says so once."""

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from foundation_causal.errors import DiscreteWarning
from mechanisms.inference import FEW, warn_of_discrete


@pytest.fixture(scope="module")
def table():
    """A count, its two effects (a code and a real number), and whole numbers of many sizes."""
    rng = np.random.default_rng(0)
    visits = rng.poisson(3, 100)
    sick = (rng.random(100) < visits / 8).astype(int)
    cost = visits + rng.normal(size=100)
    grams = np.round(1000 * cost).astype(int)
    return pd.DataFrame({"visits": visits, "sick": sick, "cost": cost, "grams": grams})


EDGES = [("visits", "sick"), ("visits", "cost"), ("cost", "grams")]


def test_columns_with_causes_are_named_once(table):
    with pytest.warns(DiscreteWarning) as caught:
        model = fc.infer(table, nx.DiGraph(EDGES))
    (warning,) = [one for one in caught if issubclass(one.category, DiscreteWarning)]
    assert "'sick'" in str(warning.message)
    assert "'visits'" not in str(warning.message)  # a root keeps to the values that it has
    assert "'grams'" not in str(warning.message)
    assert warning.filename == __file__
    samples = model.sample(50)
    assert set(samples["visits"]) <= set(table["visits"])
    assert not set(samples["sick"]) <= {0, 1}
    with warnings.catch_warnings():
        warnings.simplefilter("error", DiscreteWarning)
        model.do({"visits": 2}).sample(5)


def test_averages_name_what_has_causes_in_any_graph(table):
    turned = [("sick", "visits"), *EDGES[1:]]
    graphs = [(nx.DiGraph(EDGES), 0.5), (nx.DiGraph(turned), 0.5)]
    with pytest.warns(DiscreteWarning, match=r"'visits', 'sick'"):
        warn_of_discrete(fc.observations(table), [graph for graph, _ in graphs])
    with pytest.warns(DiscreteWarning) as caught:
        fc.infer(table, average=3)
    assert [one.filename for one in caught if one.category is DiscreteWarning] == [__file__]


def test_continuous_columns_raise_no_word(table):
    whole = table.assign(visits=table["visits"] + 0.5, sick=np.arange(len(table)) % FEW)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DiscreteWarning)
        fc.infer(whole, nx.DiGraph(EDGES))
