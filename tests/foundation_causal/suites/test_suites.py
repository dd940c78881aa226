"""Suites hold the truth they promise, and are the same on every machine."""

from dataclasses import replace
from itertools import count, islice

import networkx as nx
import numpy as np
import pytest
import torch

from foundation_causal.suites import load_suite, suite_names
from foundation_causal.suites.suite import fingerprint

COUNTS = {
    "cond-fip": (16, 120),
    "cond-fip-1000": (16, 120),
    "cond-fip-scarce": (64, 480),
    "structure": (72, 1440),
    "csuite": (9, 45),
    "activa": (4, 400),
    "mechanisms": (20, 120),
    "bnlearn": (69, 207),
    "mixed": (54, 540),
}


OF_FUNCTIONS = ("cond-fip", "csuite", "mechanisms")


@pytest.mark.parametrize("name", suite_names())
def test_a_suite_is_what_was_frozen_and_its_cases_hold_the_truth(name):
    """The checksum stems from another process; while it is taken, every seventh case is looked at."""
    suite = load_suite(name)
    assert (len(suite.cells), suite.frozen()["cases"]) == COUNTS[name]
    looked_at, numbers = [], count()

    def watched(cases):
        def drawn(name):
            for case in cases(name):
                if name in OF_FUNCTIONS and next(numbers) % 7 == 0:
                    assert_holds_the_truth(case)
                    looked_at.append(case.name)
                yield case

        return drawn

    suite = replace(suite, cells=tuple((labels, watched(cases)) for labels, cases in suite.cells))
    assert suite.checksum() == suite.frozen()["sha256"]
    assert len(looked_at) == (-(-COUNTS[name][1] // 7) if name in OF_FUNCTIONS else 0)


def assert_holds_the_truth(case):
    query = torch.from_numpy(case.query)[None]
    functions, scales = (f(query)[0].numpy() for f in (case.scm.evaluate, case.scm.scale))
    spread = case.context.std(0)
    assert np.abs((case.query - functions - scales * case.noise) / spread).max() < 1e-9
    assert (np.ptp(scales) > 0) == ("heteroscedastic" in case.name)
    (intervened,) = case.interventions
    ((target, value),) = intervened.do.items()
    j = case.scm.names.index(target)
    low, high = np.quantile(case.context[:, j], [0.1, 0.9])
    assert low <= value <= high
    assert np.ptp(intervened.rows[:, j]) == 0
    reached = {target} | set(case.graph.successors(target))
    for i, other in enumerate(case.scm.names):
        moved = np.abs(intervened.rows[:, i] - case.query[:, i]).max() > 1e-9 * spread[i]
        assert moved or other not in reached
        assert not moved or other in {target} | nx.descendants(case.graph, target)
    assert len(case.context) == case.labels["n"]
    assert len(case.query) == 400


def test_contexts_are_nested_and_queries_the_same():
    labels = {"mechanism": "LIN", "distribution": "IN", "d": 10}
    small, large = (next(iter(load_suite("cond-fip-scarce").only(**labels, n=n))) for n in (25, 200))
    plain = next(iter(load_suite("cond-fip").only(**labels)))
    many = next(iter(load_suite("cond-fip-1000").only(**labels)))
    assert np.array_equal(small.context, large.context[:25])
    assert np.array_equal(large.context, plain.context[:200])
    assert np.array_equal(plain.context, many.context[:400])
    for case in (small, large, many):
        assert np.array_equal(case.query, plain.query)
        assert case.interventions[0].do == plain.interventions[0].do
    one, two = (next(iter(load_suite("mechanisms").only(kind="polynomial", n=n))) for n in (100, 400))
    assert np.array_equal(one.context, two.context[:100])
    assert np.array_equal(one.interventions[0].rows, two.interventions[0].rows)
    one, two = (next(iter(load_suite("structure").only(d=5, mechanism="MLP", n=n))) for n in (100, 1000))
    assert np.array_equal(one.context, two.context[:100])


def test_kinds_of_mechanisms_are_what_they_are_called():
    for kind in ("heavy-tailed", "dense"):
        case = next(iter(load_suite("mechanisms").only(kind=kind, n=400)))
        fourth = ((case.noise / case.noise.std(0)) ** 4).mean(0)
        assert (fourth.max() > 50) == (kind == "heavy-tailed")  # 3 for a normal
        parents = np.mean([count for _, count in case.graph.in_degree()])
        assert (parents > 4) == (kind == "dense")


def test_activa_sets_every_variable_in_turn():
    (case,) = islice(load_suite("activa").only(noise="beta", d=8), 1)
    assert [list(i.do.items()) for i in case.interventions] == [[(f"X{j}", 5.0)] for j in range(1, 9)]
    set_values = np.concatenate([i.rows[:, j] for j, i in enumerate(case.interventions)])
    assert set_values.mean() == pytest.approx(5, abs=0.03)
    assert set_values.std() == pytest.approx(0.1, rel=0.2)
    assert all(i.rows.shape == (30, 8) for i in case.interventions)
    assert not np.array_equal(case.interventions[0].noise, case.interventions[1].noise)


def test_the_fingerprint_sees_every_part():
    (case,) = islice(load_suite("csuite").only(configuration="weak_arrow"), 1)
    (intervened,) = case.interventions
    before = fingerprint(case)
    for part in ("context", "query", "noise"):
        rows = getattr(case, part).copy()
        rows[3, 2] += 1e-5
        assert fingerprint(replace(case, **{part: rows})) != before
    for part in ("rows", "noise"):
        rows = getattr(intervened, part).copy()
        rows[-1, 0] += 1e-5
        assert fingerprint(replace(case, interventions=(replace(intervened, **{part: rows}),))) != before
    (target,) = intervened.do
    assert fingerprint(replace(case, interventions=(replace(intervened, do={target: 9.0}),))) != before
    assert fingerprint(replace(case, context=case.context + 1e-12)) == before


def test_only_chooses_cells():
    suite = load_suite("structure")
    assert len(suite.only(d=20).cells) == 18
    assert len(suite.only(d=(10, "20"), noise="Laplace", n=400).cells) == 6
    assert {case.labels["d"] for case in islice(suite.only(d=50, n=100), 3)} == {50}


def test_the_first_cases_are_those_of_each_cell():
    suite = load_suite("structure").only(d=5, n=400)
    whole = [case.name for case in suite]
    assert [case.name for case in suite.first(2)] == [
        name for name in whole if int(name.rsplit("/", 1)[1]) < 2
    ]
    assert [case.name for case in suite.first(None)] == whole


def test_bad_requests(one_sentence):
    with one_sentence("'cond-fit'", "cond-fip"):
        load_suite("cond-fit")
    with one_sentence("'size'", "mechanism"):
        load_suite("structure").only(size=3)
    with one_sentence("d", "'7'"):
        load_suite("structure").only(d=7)
