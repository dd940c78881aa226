"""Probabilities after the search are those of Bayes' rule, and as sure of a direction as the data are."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery import discover
from discovery.knowledge import Knowledge
from discovery.network.answers import edge_probabilities
from discovery.preparation import rows_of
from discovery.search.calibration import WORTH, Worth, after_search, direction_evidence, presence_margins
from discovery.search.dags import parents_of
from discovery.search.local_scores import LinearScore
from discovery.search.refine import refine
from discovery.search.shaped_score import ShapedScore
from foundation_causal.observations import observations
from foundation_causal.simulate import Gaussian, Laplace, p_in

ONE_EDGE = np.array([[False, True], [False, False]])


def drawn(d, seed):
    """Probabilities, a graph, and evidence on its directions, some of it infinite."""
    rng = np.random.default_rng(seed)
    p = np.triu(rng.dirichlet([1, 1, 1], (d, d))[:, :, 0], 1)
    p += np.triu(rng.random((d, d)) * (1 - p), 1).T
    graph = np.triu(rng.random((d, d)) < 0.5, 1)
    upper = np.where(graph, np.where(rng.random((d, d)) < 0.3, np.inf, rng.normal(0, 20, (d, d))), 0)
    return p, graph, upper - upper.T


@given(st.integers(2, 6), st.integers(0, 1000))
def test_they_are_probabilities_that_move_with_the_verdict(d, seed):
    p, graph, evidence = drawn(d, seed)
    q = after_search(p, graph, evidence)
    assert ((q >= 0) & (q <= 1)).all()
    assert (q + q.T <= 1 + 1e-12).all()
    edge, both, after = graph | graph.T, p + p.T, q + q.T
    assert (after[~edge] <= both[~edge] + 1e-12).all()  # found: some edge is likelier than it was, else not
    assert (after[edge] >= both[edge] - 1e-12).all()
    assert (q[evidence > 0] * p.T[evidence > 0] >= q.T[evidence > 0] * p[evidence > 0] - 1e-12).all()
    assert np.allclose(after_search(p.T, graph.T, evidence.T), q.T)


def test_odds_change_by_the_likelihood_ratios():
    p, evidence = np.array([[0, 0.3], [0.2, 0]]), np.array([[0, 3.0], [-3.0, 0]])
    q = after_search(p, ONE_EDGE, evidence, Worth(found=1.5, not_found=-1.0, power=0.1, most=2.0))
    absent = 1 - q[0, 1] - q[1, 0]
    assert np.log(q[0, 1] / absent) == pytest.approx(np.log(0.3 / 0.5) + 1.5 + 0.15)
    assert np.log(q[1, 0] / absent) == pytest.approx(np.log(0.2 / 0.5) + 1.5 - 0.15)
    q = after_search(p, ONE_EDGE, np.array([[0, np.inf], [-np.inf, 0]]))
    assert np.log(q[0, 1] / q[1, 0]) == pytest.approx(np.log(0.3 / 0.2) + WORTH.most)
    nothing = np.zeros((2, 2))
    assert after_search(p, nothing > 0, nothing, Worth(not_found=0)) == pytest.approx(p)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([Gaussian(), Laplace()]))
def test_the_evidence_is_the_gain_of_the_datas_own_score(seed, noise):
    """Against a score of whole graphs that knows no prior, and a check for cycles by networkx."""
    batch = p_in(["linear"], noises=[noise]).draw(scms=1, d=4, n=60, seed=seed)
    rows = rows_of(observations(batch.data[0].double().numpy()))
    # Anything is possible, and one direction much likelier than the other.
    found = refine(rows.filled, np.triu(np.full((4, 4), 0.6), 1) + np.tril(np.full((4, 4), 0.3), -1))
    evidence, graph = direction_evidence(found), found.adjacency
    assert (evidence[~graph & ~graph.T] == 0).all()
    assert (evidence == -evidence.T).all()
    if found.family == "nonlinear":
        return
    noise_family = found.family.removeprefix("linear ")
    shaped = noise_family == "non-gaussian"
    own = ShapedScore(rows.filled) if shaped else LinearScore(rows.filled, noise_family)
    for i, j in np.argwhere(graph):
        turned = graph.copy()
        turned[i, j], turned[j, i] = False, True
        if nx.is_directed_acyclic_graph(nx.from_numpy_array(turned, create_using=nx.DiGraph)):
            here, there = (sum(own(list(enumerate(parents_of(g))))) for g in (graph, turned))
            assert evidence[i, j] == pytest.approx(here - there, abs=1e-6)
        else:
            assert evidence[i, j] == np.inf


def pairs(noise):
    """Data of 20 linear pairs and whether their edge is X1 -> X2."""
    for b, n in enumerate(np.geomspace(50, 1000, 20).astype(int)):
        batch = p_in(["linear"], ["er"], [noise]).draw(scms=1, d=2, n=int(n), seed=5000 + b)
        if batch.adjacency.any():
            yield batch.data[0].double().numpy(), bool(batch.adjacency[0, 0, 1])


def directions(x):
    """Probabilities where every association is explained by edges, `[d, d]`."""
    return discover(x, confounders=False).probabilities.to_numpy()


def test_a_direction_that_the_data_do_not_tell_stays_open():
    """The score of a linear Gaussian pair is the same both ways: its choice of one of them tells nothing."""
    shares = []
    for x, _ in pairs(Gaussian()):
        before, after = edge_probabilities(rows_of(observations(x))), directions(x)
        odds, prior_odds = after[0, 1] / after[1, 0], before[0, 1] / before[1, 0]
        assert np.log(odds) == pytest.approx(np.log(prior_odds), abs=0.05)
        shares.append(max(odds, 1) / (1 + odds))
    assert len(shares) > 10
    assert np.mean(shares) < 0.7


def test_a_direction_that_the_data_tell_is_told():
    shares = []
    for x, forward in pairs(Laplace()):
        p = discover(x).probabilities.to_numpy()
        shares.append((p[0, 1] if forward else p[1, 0]) / (p[0, 1] + p[1, 0]))
    assert np.mean(shares) > 0.85
    assert np.mean(np.array(shares) > 0.5) > 0.85


def test_knowledge_settles_what_evidence_leaves_open():
    x, _ = next(pairs(Gaussian()))
    told = discover(x, knowledge=Knowledge(required=[("X1", "X2")])).probabilities
    assert told.at["X1", "X2"] == 1
    assert told.at["X2", "X1"] == 0


def test_where_a_graph_with_or_without_an_edge_is_as_good_neither_verdict_counts():
    p = np.array([[0, 0.3], [0.2, 0]])
    odds = []
    for graph in (ONE_EDGE, np.zeros_like(ONE_EDGE)):
        for margin in (0.0, 1.0, np.inf):
            q = after_search(p, graph, np.zeros((2, 2)), WORTH, np.full((2, 2), margin))
            odds.append(np.log((q[0, 1] + q[1, 0]) / (1 - q.sum())))  # the prior odds are even
    assert odds[0] == odds[3] == pytest.approx((WORTH.found + WORTH.not_found) / 2)
    assert odds[2] == pytest.approx(WORTH.found)
    assert odds[5] == pytest.approx(WORTH.not_found)
    share = np.e / (1 + np.e)
    assert odds[1] == pytest.approx(share * WORTH.found + (1 - share) * WORTH.not_found)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([["linear"], ["rff"]]))
def test_margins_are_what_the_best_other_graph_of_one_edge_less_or_more_loses(seed, functions):
    batch = p_in(functions).draw(scms=1, d=4, n=60, seed=seed)
    rows = rows_of(observations(batch.data[0].double().numpy()))
    found = refine(rows.filled, np.triu(np.full((4, 4), 0.4), 1) + np.tril(np.full((4, 4), 0.3), -1))
    margins, graph, best = presence_margins(found), found.adjacency, found.score.total(found.parents)
    assert (margins == margins.T).all()
    for i, j in np.argwhere(np.triu(np.ones((4, 4)), 1)):
        ways = [(i, j)] if graph[i, j] else [(j, i)] if graph[j, i] else [(i, j), (j, i)]
        losses = []
        for a, b in ways:
            other = graph.copy()
            other[a, b] = not graph[a, b]
            if nx.is_directed_acyclic_graph(nx.from_numpy_array(other, create_using=nx.DiGraph)):
                losses.append(best - found.score.total(parents_of(other)))
        if np.isfinite(margins[i, j]):
            assert margins[i, j] >= min(losses) - 1e-6  # one that was never scored is not in it
            assert any(margins[i, j] == pytest.approx(loss, abs=1e-6) for loss in losses)
        else:
            assert not graph[i, j]
            assert not graph[j, i]
