import itertools

import networkx as nx
import numpy as np
import pytest

from mechanisms.hidden_causes.id_algorithm import Estimand, identify
from mechanisms.queries.adjustment import adjusted_dag, adjustment, adjustment_set, adjusts, causal_path
from tests.mechanisms.hidden_causes.mixed_graphs import IDENTIFIED, random_graph


def questions(count: int):
    random = np.random.default_rng(3)
    while count:
        graph = random_graph(random)
        treatment, outcome = map(str, random.choice(graph.nodes, 2, replace=False))
        if causal_path(graph, treatment, outcome):
            count -= 1
            yield graph, treatment, outcome


def test_there_is_a_set_whenever_any_set_adjusts():
    found = []
    for graph, treatment, outcome in questions(60):
        others = [name for name in graph.nodes if name not in (treatment, outcome)]
        sizes = range(len(others) + 1)
        every = (s for size in sizes for s in itertools.combinations(others, size))
        possible = any(adjusts(graph, treatment, outcome, s) for s in every)
        assert (adjustment_set(graph, treatment, outcome) is not None) == possible
        found.append(possible)
    assert 0.1 < np.mean(found) < 0.9


def test_what_is_adjusted_for_is_identified_and_read_off_the_surrogate_graph():
    for graph, treatment, outcome in questions(40):
        covariates = adjustment_set(graph, treatment, outcome)
        if covariates is None:
            continue
        assert isinstance(identify(graph, treatment, outcome), Estimand)
        dag = adjusted_dag(graph, treatment, outcome, covariates)
        assert nx.is_directed_acyclic_graph(dag)
        found = adjustment(dag, treatment, outcome)
        assert set(found.covariates) == set(covariates)
        assert set(found.path) == causal_path(graph, treatment, outcome)


def test_without_hidden_causes_it_is_the_optimal_set():
    for graph, treatment, outcome in questions(20):
        graph.bidirected.clear_edges()
        optimal = adjustment(graph.directed, treatment, outcome).covariates
        assert set(adjustment_set(graph, treatment, outcome) or ()) == set(optimal)


@pytest.mark.parametrize(("name", "covariates"), [("M-graph", ()), ("back door", ("z",)), ("napkin", None)])
def test_known_graphs(name, covariates):
    assert adjustment_set(IDENTIFIED[name], "t", "y") == covariates
