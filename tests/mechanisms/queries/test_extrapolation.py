"""Samples that the data rule out are warned of."""

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from foundation_causal.errors import BelowZeroWarning, ExtrapolationWarning
from foundation_causal.observations import observations
from mechanisms import CausalModel, Shift, infer
from mechanisms.averaged_model import AveragedModel
from mechanisms.queries.extrapolation import Ranges


def sentences_of(observed: pd.DataFrame, sampled: pd.DataFrame) -> list[str]:
    """The sentences about samples below zero."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Ranges(observations(observed, min_rows=1)).warn_below_zero(sampled.to_numpy())
    assert all(one.category is BelowZeroWarning for one in caught)
    return [str(one.message) for one in caught]


def test_only_columns_that_are_never_negative_are_named() -> None:
    rng = np.random.default_rng(0)
    observed = pd.DataFrame({"dose": rng.lognormal(size=100), "shift": rng.normal(size=100)})
    observed["fine"] = observed["dose"]
    sampled = pd.DataFrame(rng.normal(size=(100, 2)), columns=["dose", "shift"]).assign(fine=1.0)
    (sentence,) = sentences_of(observed, sampled)
    assert sentence.startswith("Samples of dose fall below zero")
    assert "--logs" in sentence
    assert sentences_of(observed[["shift", "fine"]], sampled[["shift", "fine"]]) == []


def test_many_columns_are_counted() -> None:
    rng = np.random.default_rng(0)
    observed = pd.DataFrame(rng.integers(0, 3, size=(50, 7)), columns=list("abcdefg"))
    (sentence,) = sentences_of(observed, -1 - observed)
    assert "a, b, c, d and 3 more" in sentence
    assert "--logs" not in sentence  # zeros have no logarithm


@pytest.fixture(scope="module")
def model() -> CausalModel:
    """The effect is positive and close to zero, with noise as large as itself."""
    rng = np.random.default_rng(0)
    cause = rng.uniform(1, 2, size=300)
    data = pd.DataFrame({"cause": cause, "effect": np.abs(cause - 1 + rng.normal(size=300))})
    return infer(data, nx.DiGraph([("cause", "effect")]), logs=False)


def test_whoever_samples_is_told(model: CausalModel) -> None:
    for one in (model, AveragedModel([model, infer_again(model)], [0.6, 0.4])):
        with pytest.warns(BelowZeroWarning, match="^Samples of effect fall below zero") as caught:
            one.sample(500)
        assert [warning.filename for warning in caught] == [__file__]


def infer_again(model: CausalModel) -> CausalModel:
    return CausalModel(model.mechanisms, model.observed_noise)


def test_interventions_and_effects_are_silent(model: CausalModel) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.do({"cause": 1.1}).sample(500)
        model.do({"effect": Shift(-0.1)}).sample(500)
        model.effect("cause", "effect", (1.1, 1.9), draws=4)


def test_warnings_speak_of_dates_and_spans_of_time_as_the_table_does():
    rng = np.random.default_rng(0)
    days = rng.integers(0, 30, 80)
    frame = pd.DataFrame(
        {
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D"),
            "stay": pd.to_timedelta(rng.integers(1, 9, 80), unit="D"),
            "y": days + rng.normal(size=80),
        }
    )
    model = infer(frame, [("when", "y"), ("stay", "y")])
    seen = "to 1999-12-31, .* below the smallest value observed, 2024-01-01: "
    with pytest.warns(ExtrapolationWarning, match=seen):
        model.do({"when": "1999-12-31"})
    with pytest.warns(ExtrapolationWarning, match="to 90 days, .* above the largest value observed, 8 days"):
        model.do({"stay": "90 days"})
    ranges = Ranges(observations(frame))
    with pytest.warns(ExtrapolationWarning, match=r"to 1e\+09 days after 1970, "):
        ranges.warn_of_clamps({0: 1e9})  # pandas has no such year


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (pd.date_range("2024-01-01", periods=60, freq="D", tz="Europe/Berlin"), 19723 - 1 / 24, "2024-01-01"),
        (
            pd.date_range("2024-01-01 01:00", periods=60, freq="37s"),
            19724.05015,
            "2024-01-02 01:12:12.960000",
        ),
        (pd.to_timedelta(np.arange(60), unit="D"), -5.0, "-5 days"),
        (pd.to_timedelta(np.arange(60), unit="h"), 1.5, "1 days 12:00:00"),
    ],
)
def test_moments_are_written_without_what_no_clock_shows(column, value, said):
    frame = pd.DataFrame({"when": column, "y": np.sin(np.arange(60.0))})
    assert Ranges(observations(frame)).said(0, value) == said
