"""Weighted DAGs: the sampler against the enumeration of all DAGs, and what every draw must keep."""

from itertools import chain, combinations, product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.dag import adjacency_of
from discovery.posterior import EVIDENCE, PRIOR, Posterior
from discovery.refine import Refined, refine
from discovery.scores import Cached


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
        odds = [found.score.prior[list(pa), j].sum() for j, pa in enumerate(parents)]
        evidence = [found.score(j, pa) - o for (j, pa), o in zip(enumerate(parents), odds, strict=True)]
        logs.append(EVIDENCE * sum(evidence) + PRIOR * sum(odds))
        graphs.append(adjacency_of(parents))
    weights = np.exp(np.array(logs) - max(logs))
    return np.tensordot(weights / weights.sum(), np.array(graphs), 1)


@pytest.mark.parametrize(("d", "seed"), [(2, 0), (3, 1), (3, 2), (4, 3)])
def test_draws_follow_the_posterior_over_all_dags(d, seed):
    found = made_up(d, seed)
    drawn = Posterior(found).sample(1500, seed).mean(0)
    assert np.abs(drawn - exact_marginals(found, d)).max() < 0.06


def test_weights_that_no_float_holds():
    """Thousands of nats between parent sets, of which the best ones exclude each other."""
    found = made_up(3, 5, spread=4000.0)
    drawn = Posterior(found).sample(20)
    best = max(all_dags(3), key=lambda pa: EVIDENCE * found.score.total(pa))
    assert (drawn[-1] == adjacency_of(best)).all()
