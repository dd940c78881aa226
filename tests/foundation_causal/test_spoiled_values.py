"""Values that look spoiled: which they are, that they are looked for once, and who speaks of them."""

import warnings
from importlib import import_module

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from discovery.preparation import rows_of
from foundation_causal.observations import observations
from foundation_causal.spoiled_values import spoiled


def lines(seed=0, n=400, tails=None):
    """Three columns a -> b -> c."""
    random = np.random.default_rng(seed)
    noise = random.normal(size=(n, 3)) if tails is None else random.standard_t(tails, size=(n, 3))
    a = noise[:, 0]
    b = a + noise[:, 1]
    return np.column_stack([a, b, b + noise[:, 2]])


@pytest.fixture
def table():
    """Ten values of the second column are far out."""
    made = lines()
    made[5:15, 1] += 20 * np.array([-1, 1] * 5)
    return made


def test_values_that_nothing_follows_are_taken_for_missing(table):
    assert (np.argwhere(spoiled(table)) == [[row, 1] for row in range(5, 15)]).all()
    rows = rows_of(observations(table))
    assert np.isnan(rows.values).sum() == 10
    assert abs(rows.filled).max() < 6


@pytest.mark.parametrize("table", [lines(), lines(tails=2), lines(1, 2000, 3), np.exp(lines()), lines() ** 3])
def test_tails_and_skew_stay(table):
    assert not spoiled(table).any()


def test_a_value_at_the_median_is_no_reason_for_a_warning_of_numpy(table):
    table[0, 1] = np.median(np.delete(table[:, 1], 0)[:-1])  # one of an odd number of values, so their median
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert spoiled(table[:-1]).sum() == 10


def test_a_rare_event_of_a_cause_stays():
    random = np.random.default_rng(3)
    cause = random.normal(size=400)
    cause[:12] = random.choice([-15.0, 15.0], 12)
    effect = cause + random.normal(size=400)
    assert not spoiled(np.column_stack([cause, effect]))[:, 0].any()


def test_units_and_orders_do_not_matter_to_what_is_spoiled(table):
    turned = table[::-1, ::-1] * [-3.0, 1e6, 1e-6] + 5
    assert (spoiled(turned) == spoiled(table)[::-1, ::-1]).all()


def test_what_an_intervention_set_is_not_spoiled(table):
    mask = np.zeros(table.shape, dtype=bool)
    mask[5:15, 1] = True
    assert not observations(table, intervened=mask).spoiled.any()


def said(work):
    """What a piece of work warns of spoiled values."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        work()
    return [str(one.message) for one in caught if issubclass(one.category, fc.SpoiledValuesWarning)]


def test_check_discovery_and_mechanisms_speak_of_them(table):
    frame = pd.DataFrame(table, columns=list("abc"))
    report = fc.check(frame)
    assert [(one.kind, one.columns, one.figure) for one in report] == [("spoiled values", ("b",), 10.0)]
    begun = report.findings[0].sentence.removesuffix(".")
    assert said(lambda: fc.discover(frame, refine=False)) == [
        f"{begun} (the graph is found as if they were missing; mechanisms take them as they are)."
    ]
    taken = f"{begun} (the mechanisms take them as they are, so that noise and effects may be off)."
    assert said(lambda: fc.infer(frame, nx.DiGraph([("a", "b"), ("b", "c")]))) == [taken]
    prediction = fc.discover(frame, refine=False)
    assert said(lambda: fc.infer(frame, prediction)) == []  # which spoke of them
    assert fc.check(pd.DataFrame(lines())).kinds == ()


def test_one_value_that_hides_the_others_is_told_of():
    frame = pd.DataFrame(lines(), columns=list("abc"))
    graph = nx.DiGraph([("a", "b"), ("b", "c")])
    assert said(lambda: (fc.discover(frame, refine=False), fc.infer(frame, graph))) == []
    frame.loc[3, "b"] = 1e30
    (found,) = said(lambda: fc.discover(frame, refine=False))
    (inferred,) = said(lambda: fc.infer(frame, graph))
    assert found.startswith("'b' has 1 value more than 30 standard deviations from the others, such as 1e+30")
    assert "lose its edges" in found
    assert "may be off" in inferred


def test_they_are_looked_for_once_a_table(table, monkeypatch):
    looked = []

    def counting(values):
        looked.append(values.shape)
        return spoiled(values)

    monkeypatch.setattr(import_module("foundation_causal.observations"), "spoiled", counting)
    given = observations(table)
    fc.discover(given, refine=False)
    fc.infer(given, nx.DiGraph([("X1", "X2"), ("X2", "X3")]))
    assert looked == [(400, 3)]
