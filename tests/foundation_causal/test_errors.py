"""Numbers and names as they stand in sentences."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from foundation_causal.errors import SubsampleWarning, counted, warn
from mechanisms.averaged_model import AveragedModel


def test_one_is_no_plural():
    assert [counted(n, "row") for n in (0, 1, 2, 1000)] == ["0 rows", "1 row", "2 rows", "1,000 rows"]


def test_what_is_printed_of_small_things(one_sentence):
    rng = np.random.default_rng(0)
    a = rng.normal(size=40)
    data = pd.DataFrame({"a": a, "b": 3 * a + rng.normal(size=40)})
    model = fc.infer(data, nx.DiGraph([("a", "b")]))
    assert repr(model) == "CausalModel(2 variables, 1 edge)"
    assert repr(AveragedModel([model], [1])) == "AveragedModel(1 graph over 2 variables)"
    assert " 1 edge, " in repr(fc.discover(data))
    with one_sentence("of 1 model must be 1 number above"):
        AveragedModel([model], [1, 2])
    with one_sentence("for 1 row;"):
        model.do({"b": lambda f: [1, 2, 3]}).generate(data.head(1))


def test_a_warning_points_at_whoever_called_into_the_packages():
    with pytest.warns(SubsampleWarning) as caught:
        warn(SubsampleWarning("Some rows are left out."))
    assert caught[0].filename == __file__
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(10_001, 2)), columns=["a", "b"])
    with pytest.warns(SubsampleWarning) as caught:  # from below a decorator and several functions
        fc.infer(rows, nx.DiGraph([("a", "b")]))
    assert caught[0].filename == __file__
