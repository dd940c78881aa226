"""Weighted DAGs: the sampler against the enumeration of all DAGs, and what every draw must keep."""

from itertools import chain, combinations, product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery import Knowledge, discover
from discovery.network.answers import edge_probabilities
from discovery.preparation import rows_of
from discovery.search.dag_sampler import DRAWS, POWER, Posterior
from discovery.search.dags import adjacency_of
from discovery.search.local_scores import Cached
from discovery.search.refine import Refined, refine
from foundation_causal.graphs import adjacency
from foundation_causal.observations import observations
from foundation_causal.simulate import Gaussian, p_in


def subsets(nodes):
    return [frozenset(s) for s in chain.from_iterable(combinations(nodes, k) for k in range(len(nodes) + 1))]


def all_dags(d):
    """The parents of every node, for every DAG over d nodes."""
    choices = [subsets([i for i in range(d) if i != j]) for j in range(d)]
    for parents in product(*choices):
        if nx.is_directed_acyclic_graph(nx.DiGraph(adjacency_of(list(parents)).astype(int))):
            yield list(parents)


def made_up(d, seed, spread=6.0):
    """A search that ended at the empty graph, with random evidence for every parent set."""
    rng = np.random.default_rng(seed)
    values = {(j, pa): spread * rng.normal() for j in range(d) for pa in subsets(set(range(d)) - {j})}
    score = Cached(lambda requests: [values[r] for r in requests], rng.normal(size=(d, d)))
    score.many(values)
    others = [frozenset(range(d)) - {j} for j in range(d)]
    return Refined([frozenset()] * d, "made up", score, others, [frozenset()] * d)


def exact_marginals(found, d):
    """Probability of every edge, by enumeration."""
    logs, graphs = [], []
    for parents in all_dags(d):
        logs.append(POWER * found.score.total(parents))
        graphs.append(adjacency_of(parents))
    weights = np.exp(np.array(logs) - max(logs))
    return np.tensordot(weights / weights.sum(), np.array(graphs), 1)


@pytest.mark.parametrize(("d", "seed"), [(2, 0), (3, 1), (4, 3)])
def test_draws_follow_the_posterior_over_all_dags(d, seed):
    found = made_up(d, seed)
    drawn = Posterior(found).sample(1500, seed).mean(0)
    assert np.abs(drawn - exact_marginals(found, d)).max() < 0.06


def test_weights_that_no_float_holds():
    """Thousands of nats between parent sets, of which the best ones exclude each other."""
    found = made_up(3, 5, spread=4000.0)
    drawn = Posterior(found).sample(20)
    best = max(all_dags(3), key=found.score.total)
    assert (drawn[-1] == adjacency_of(best)).all()


@pytest.fixture(scope="module")
def open_case():
    """Few rows of linear Gaussian SCMs, which leave directions open."""
    return p_in(["linear"], noises=[Gaussian()]).draw(scms=1, d=6, n=60, seed=10).frame(0)


@pytest.fixture(scope="module")
def prediction(open_case):
    """Told that nothing is hidden: else an edge that some graphs have and others lack is left out of all."""
    return discover(open_case, confounders=False)


def edges(weighted):
    return {(frozenset(graph.edges), round(weight, 9)) for graph, weight in weighted}


def test_weighted_graphs_are_distinct_dags_whose_weights_sum_to_one(prediction):
    weighted = prediction.weighted_graphs(10)
    graphs, weights = zip(*weighted, strict=True)
    assert 1 < len(weighted) <= 10
    assert all(nx.is_directed_acyclic_graph(graph) for graph in graphs)
    assert len({frozenset(graph.edges) for graph in graphs}) == len(graphs)
    assert sum(weights) == pytest.approx(1)
    assert list(weights) == sorted(weights, reverse=True)
    assert all(list(graph) == list(prediction.graph) for graph in graphs)


def test_more_weighted_graphs_begin_with_the_fewer_and_come_closer_to_the_draws(prediction):
    few, many = edges(prediction.weighted_graphs(5)), edges(prediction.weighted_graphs(40))
    assert {graph for graph, _ in few} <= {graph for graph, _ in many}
    names = list(prediction.graph)
    mean = prediction._posterior.sample(DRAWS).mean(0)
    apart = [
        np.square(sum(w * adjacency(g, names) for g, w in prediction.weighted_graphs(k)) - mean).sum()
        for k in (1, 5, 40)
    ]
    assert apart[0] > apart[1] > apart[2]


def test_the_same_seed_gives_the_same_graphs(open_case, prediction):
    first = prediction.weighted_graphs(8, seed=1)
    prediction.weighted_graphs(3, seed=2)
    assert edges(prediction.weighted_graphs(8, seed=1)) == edges(first)
    assert edges(discover(open_case, confounders=False).weighted_graphs(8, seed=1)) == edges(first)


@settings(max_examples=3)
@given(seed=st.integers(0, 100))
def test_the_order_of_columns_and_rows_does_not_matter(open_case, prediction, seed):
    rng = np.random.default_rng(seed)
    moved = open_case.iloc[rng.permutation(len(open_case)), rng.permutation(open_case.shape[1])]
    assert edges(discover(moved, confounders=False).weighted_graphs(5)) == edges(
        prediction.weighted_graphs(5)
    )


def test_what_is_known_holds_in_every_graph(open_case, prediction):
    cause, effect = next(iter(prediction.graph.edges))
    known = Knowledge(required=[(effect, cause)], roots=[effect])
    for graph, _ in discover(open_case, knowledge=known).weighted_graphs(20):
        assert graph.has_edge(effect, cause)
        assert graph.in_degree(effect) == 0


def test_costs_at_most_as_many_scores_as_the_search(open_case):
    x = rows_of(observations(open_case)).filled
    found = refine(x, edge_probabilities(rows_of(observations(open_case))))
    scored = len(found.score.known)
    Posterior(found)
    d = x.shape[1]
    assert scored < len(found.score.known) <= 2 * scored + d  # neighbours of one set are scored together


@pytest.mark.parametrize("k", [0, -1, 2.5, None, "3", True, 10**15, [1]])
def test_numbers_of_graphs_are_checked(prediction, k, one_sentence):
    with one_sentence("number of weighted graphs"):
        prediction.weighted_graphs(k)
    if k != 0:
        with one_sentence("number of graphs to sample"):
            prediction.sample_graphs(k)


def test_bad_input(open_case, one_sentence):
    with one_sentence("refine=True"):
        discover(open_case, refine=False).weighted_graphs(2)
