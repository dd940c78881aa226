"""The remark on samples that the data rule out."""

import numpy as np
import pandas as pd

from cli.summary import below_zero


def test_only_columns_that_are_never_negative_are_named():
    rng = np.random.default_rng(0)
    observed = pd.DataFrame({"dose": rng.lognormal(size=100), "shift": rng.normal(size=100)})
    observed["fine"] = observed["dose"]
    sampled = pd.DataFrame(rng.normal(size=(100, 2)), columns=["dose", "shift"]).assign(fine=1.0)
    (sentence,) = below_zero(observed, sampled)
    assert sentence.startswith("Samples of dose fall below zero")
    assert below_zero(observed[["shift", "fine"]], sampled[["shift", "fine"]]) == []


def test_many_columns_are_counted():
    observed = pd.DataFrame(np.ones((5, 7)), columns=list("abcdefg"))
    (sentence,) = below_zero(observed, -observed)
    assert "a, b, c, d and 3 more" in sentence
