"""Estimands against exact interventional distributions of models whose hidden causes are known."""

from collections.abc import Iterable

import numpy as np
import pytest

from foundation_causal import InputError, MixedGraph
from mechanisms.hidden_causes.estimand import Conditional, Product, Ratio, Sum
from mechanisms.hidden_causes.id_algorithm import Estimand, Hedge, identify
from tests.mechanisms.hidden_causes.mixed_graphs import HEDGED, IDENTIFIED, random_graph


class Table:
    """Numbers along named axes."""

    def __init__(self, names: Iterable[str], values: np.ndarray):
        self.names, self.values = tuple(names), values

    def along(self, names: tuple[str, ...]) -> np.ndarray:
        places = [self.names.index(name) for name in names if name in self.names]
        return self.values.transpose(places)[tuple(slice(None) if n in self.names else None for n in names)]

    def combined(self, other: "Table", how) -> "Table":
        names = tuple(dict.fromkeys((*self.names, *other.names)))
        return Table(names, how(self.along(names), other.along(names)))

    def summed(self, over: Iterable[str]) -> "Table":
        over = set(over)
        axes = tuple(k for k, name in enumerate(self.names) if name in over)
        return Table([name for name in self.names if name not in over], self.values.sum(axis=axes))


def evaluated(expression, joint: Table) -> Table:
    """An expression of the distribution of the rows."""
    if isinstance(expression, Conditional):
        whole = {*expression.variables, *expression.given}
        both = joint.summed(set(joint.names) - whole)
        return both.combined(both.summed(expression.variables), np.divide)
    if isinstance(expression, Product):
        answer = Table([], np.array(1.0))
        for factor in expression.factors:
            answer = answer.combined(evaluated(factor, joint), np.multiply)
        return answer
    if isinstance(expression, Sum):
        return evaluated(expression.term, joint).summed(expression.over)
    assert isinstance(expression, Ratio)
    return evaluated(expression.top, joint).combined(evaluated(expression.bottom, joint), np.divide)


def distributions(graph: MixedGraph, treatment: str, random: np.random.Generator) -> tuple[Table, Table]:
    """Of the rows, and of all columns under every value of a treatment, of a random model of this graph.

    Variables have two or three values; each pair that shares a hidden cause has one of its own.
    """
    hidden = {frozenset(pair): f"h{k}" for k, pair in enumerate(graph.bidirected.edges)}
    sizes = {name: int(random.integers(2, 4)) for name in (*graph.nodes, *hidden.values())}
    tables = {h: Table([h], random.dirichlet(np.ones(sizes[h]))) for h in hidden.values()}
    for node in graph.nodes:
        parents = [*graph.directed.predecessors(node), *(h for pair, h in hidden.items() if node in pair)]
        chances = random.dirichlet(np.full(sizes[node], 0.7), [sizes[name] for name in parents]) + 0.02
        tables[node] = Table([*parents, node], chances / chances.sum(-1, keepdims=True))

    def joint(without: set[str]) -> Table:
        answer = Table([], np.array(1.0))
        for name in (*graph.order(), *hidden.values()):
            if name not in without:
                answer = answer.combined(tables[name], np.multiply)
        return answer.summed(hidden.values())

    return joint(set()), joint({treatment})


def check(graph: MixedGraph, treatment: str, outcome: str, random: np.random.Generator) -> None:
    """The estimand on the exact distribution of the rows is the exact distribution under the intervention."""
    estimand = identify(graph, treatment, outcome)
    assert isinstance(estimand, Estimand)
    observed, intervened = distributions(graph, treatment, random)
    answer = evaluated(estimand.expression, observed)
    truth = intervened.summed(set(graph.nodes) - {treatment, outcome})
    difference = answer.combined(truth, np.subtract)  # for every value of what does not matter
    assert np.abs(difference.values).max() < 1e-9, str(estimand)


@pytest.mark.parametrize("name", IDENTIFIED)
def test_estimands_are_the_exact_answers(name):
    check(IDENTIFIED[name], "t", "y", np.random.default_rng(0))


@pytest.mark.parametrize("name", HEDGED)
def test_what_is_not_identified_says_what_would_identify_it(name):
    hedge = identify(HEDGED[name], "t", "y")
    assert isinstance(hedge, Hedge)
    assert "t" in hedge.experiments
    assert set(hedge.nodes) < set(hedge.district)
    for pair in hedge.measured:
        assert HEDGED[name].bidirected.has_edge(*pair)


def test_estimands_of_random_graphs_are_the_exact_answers():
    random, kinds = np.random.default_rng(1), []
    for _ in range(40):
        graph = random_graph(random)
        outcome, treatment = random.choice(graph.nodes, 2, replace=False)
        found = identify(graph, str(treatment), str(outcome))
        kinds.append(type(found).__name__ if isinstance(found, Hedge) else _kind(found))
        if isinstance(found, Estimand):
            check(graph, str(treatment), str(outcome), random)
    assert min(kinds.count(kind) for kind in ("Hedge", "sums")) >= 5


def _kind(found: Estimand) -> str:
    return "ratios" if any(len(f.steps) > 1 for f in found.factors) else "sums"


def test_a_hidden_cause_that_is_measured_identifies_as_was_said():
    hedge = identify(HEDGED["bow"], "t", "y")
    assert isinstance(hedge, Hedge)
    assert hedge.measured == (("t", "y"),)
    measured = MixedGraph([("t", "y"), ("u", "t"), ("u", "y")])
    check(measured, "t", "y", np.random.default_rng(0))


def test_effects_are_told_apart_as_the_criterion_for_one_variable_has_it():
    # Tian and Pearl 2002, theorem 3: the effect of x on all others is identified if and only if no path of
    # bidirected edges leads from x to one of its children.
    random = np.random.default_rng(2)
    for _ in range(30):
        graph = random_graph(random)
        x = str(random.choice(graph.nodes))
        others = [name for name in graph.nodes if name != x]
        (district,) = (set(group) for group in graph.districts() if x in group)
        told = not district & set(graph.directed.successors(x))
        assert isinstance(identify(graph, x, others), Estimand) == told


@pytest.mark.parametrize(("names", "sentence"), [(("t", "q"), "no variable 'q'"), (("t", "t"), "both set")])
def test_bad_names_are_refused(names, sentence):
    with pytest.raises(InputError, match=sentence):
        identify(IDENTIFIED["back door"], *names)


def test_districts_are_found_inside_districts():
    found = identify(IDENTIFIED["napkin inside a napkin"], "t", "y")
    assert isinstance(found, Estimand)
    assert [len(factor.steps) for factor in found.factors] == [3]
