"""Random graphs against exact enumerations and closed forms."""

import itertools
from collections import Counter
from functools import cache

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from foundation_causal.simulate import (
    ErdosRenyi,
    Geometric,
    GivenGraph,
    Layered,
    PrunedErdosRenyi,
    Random,
    ScaleFree,
    StochasticBlock,
    WattsStrogatz,
)
from foundation_causal.simulate.graph_priors import relabelled

PRIORS = {
    "er": ErdosRenyi(edges=(0.5, 1, 2), clip=True),
    "pruned-er": PrunedErdosRenyi(0.4),
    "sf-in": ScaleFree(edges=(1, 2), power=(0.5, 1.5), direction="in"),
    "sf-out": ScaleFree(edges=(1, 3), direction="out"),
    "ws": WattsStrogatz(dimensions=(1, 2, 3), neighbours=(1, 2), rewiring=(0.0, 0.3, 1.0)),
    "sbm": StochasticBlock(edges=(1, 2), blocks=(1, 2, 5, 20), damping=(0.0, 0.1, 1.0), clip=True),
    "geometric": Geometric(radius=(0.1, 0.5)),
    "layered": Layered(layers=(1, 2, 3, 20), probability=0.7),
}


def draw(prior, scms, d, seed=0):
    return prior.draw(scms, d, Random.seeded(seed))


def edge_count(graphs):
    return graphs.sum((1, 2)).double()


def close(measured, expected, deviations=4.5):
    """Whether the mean of independent measurements is as expected."""
    error = measured.std() / len(measured) ** 0.5
    return abs(measured.mean() - expected) <= deviations * error + 1e-12


def fits(observed, distribution):
    """Whether counts of outcomes can come from their exact probabilities."""
    assert set(observed) <= {outcome for outcome, chance in distribution.items() if chance > 0}
    total, outcomes = (
        sum(observed.values()),
        [outcome for outcome, chance in distribution.items() if chance > 0],
    )
    assert sum(distribution.values()) == pytest.approx(1)
    return (
        chisquare([observed[o] for o in outcomes], [total * distribution[o] for o in outcomes]).pvalue > 1e-3
    )


@pytest.mark.parametrize("name", PRIORS)
@settings(max_examples=20)
@given(d=st.integers(1, 12), seed=st.integers(0, 2**32 - 1))
def test_graphs_are_acyclic(name, d, seed):
    graphs = draw(PRIORS[name], 4, d, seed)
    assert graphs.dtype == torch.bool
    assert graphs.shape == (4, d, d)
    # No walk of d steps means no cycle.
    assert not torch.matrix_power(graphs.double(), d).any()


@pytest.mark.parametrize("name", PRIORS)
def test_labels_say_nothing(name):
    share = draw(PRIORS[name], 6000, 6).double().mean(0)[~torch.eye(6, dtype=torch.bool)]
    error = (share.mean() * (1 - share.mean()) / 6000).sqrt()
    assert (share - share.mean()).abs().max() < 4.5 * error
    assert share.min() > 0


def test_relabelling_makes_all_orders_alike():
    chain = torch.zeros(6000, 3, 3, dtype=torch.bool)
    chain[:, 0, 1] = chain[:, 1, 2] = True
    orders = Counter(str(graph.nonzero().tolist()) for graph in relabelled(chain, Random.seeded(0)))
    assert len(orders) == 6
    assert chisquare(list(orders.values())).pvalue > 1e-3


# --- Erdos-Renyi ---


@pytest.mark.parametrize(("m", "d"), [(0.0, 5), (0.5, 2), (1.0, 7), (2.5, 12)])
def test_erdos_renyi_has_the_edges_it_promises(m, d):
    assert close(edge_count(draw(ErdosRenyi(edges=(m,)), 4000, d)), m * d)


@pytest.mark.parametrize("kind", [ErdosRenyi, StochasticBlock])
def test_too_many_edges_are_refused_or_clipped(kind, one_sentence):
    with one_sentence(f"{kind.__name__}.edges", "2 edges per node", "8 in all", "6 pairs"):
        draw(kind(edges=(1, 2)), 1, 4)
    with one_sentence(f"{kind.__name__}.edges"):
        draw(kind(edges=(1,)), 1, 1)
    assert (edge_count(draw(kind(edges=(2,), clip=True), 50, 4)) <= 6).all()
    assert (edge_count(draw(ErdosRenyi(edges=(2,), clip=True), 50, 4)) == 6).all()


def reaches_itself(edges):
    return not nx.is_directed_acyclic_graph(nx.DiGraph(edges))


@cache
def pruned(edges):
    """The distribution of what is left when random edges go one by one until no cycle is left."""
    if not reaches_itself(edges):
        return {edges: 1.0}
    distribution = Counter()
    for edge in edges:
        for left, chance in pruned(edges - {edge}).items():
            distribution[left] += chance / len(edges)
    return distribution


def test_pruning_is_removing_random_edges_until_no_cycle_is_left():
    p, pairs = 0.6, list(itertools.permutations(range(3), 2))
    distribution = Counter()
    for kept in itertools.product([False, True], repeat=6):
        edges = frozenset(itertools.compress(pairs, kept))
        for left, chance in pruned(edges).items():
            distribution[left] += chance * p ** len(edges) * (1 - p) ** (6 - len(edges))
    graphs = draw(PrunedErdosRenyi(p), 20_000, 3)
    assert len(distribution) == 25  # the labelled DAGs of three nodes
    assert fits(Counter(frozenset(map(tuple, g.nonzero().tolist())) for g in graphs), distribution)


# --- scale-free ---


@given(d=st.integers(1, 12), m=st.integers(1, 4), seed=st.integers(0, 1000))
def test_scale_free_nodes_link_to_as_many_as_there_are(d, m, seed):
    outward = draw(ScaleFree(edges=(m,), direction="out"), 3, d, seed)
    inward = draw(ScaleFree(edges=(m,), direction="in"), 3, d, seed)
    wanted = sorted(min(m, t) for t in range(d))
    assert outward.sum(1).sort(1).values.tolist() == [wanted] * 3
    assert inward.sum(2).sort(1).values.tolist() == [wanted] * 3


def preferential(d, m, power):
    """The exact distribution of the sorted numbers of links received."""

    def chosen(weights, k):
        """Chances of the sets that k draws without replacement give."""
        if k == 0:
            return {frozenset(): 1.0}
        distribution = Counter()
        for first, weight in weights.items():
            rest = {node: w for node, w in weights.items() if node != first}
            for others, chance in chosen(rest, k - 1).items():
                distribution[others | {first}] += chance * weight / sum(weights.values())
        return distribution

    distributions = {(0,): 1.0}
    for t in range(1, d):
        grown = Counter()
        for links, chance in distributions.items():
            weights = {node: (link + 1.0) ** power for node, link in enumerate(links)}
            for nodes, share in chosen(weights, min(m, t)).items():
                grown[(*(link + (i in nodes) for i, link in enumerate(links)), 0)] += chance * share
        distributions = grown
    distribution = Counter()
    for links, chance in distributions.items():
        distribution[tuple(sorted(links))] += chance
    return distribution


@pytest.mark.parametrize(("m", "power"), [(1, 0.0), (1, 1.5), (2, 1.0)])
def test_scale_free_graphs_have_their_exact_law(m, power):
    graphs = draw(ScaleFree(edges=(m,), power=(power,)), 8000, 5)
    observed = Counter(tuple(row) for row in graphs.sum(2).sort(1).values.tolist())
    assert fits(observed, preferential(5, m, power))


def test_every_choice_is_made_for_each_graph():
    links = edge_count(draw(ScaleFree(edges=(1, 2, 3)), 3000, 10))
    assert fits(Counter(links.int().tolist()), dict.fromkeys((9, 17, 24), 1 / 3))
    layers = draw(Layered(layers=(1, 2)), 2000, 4).any((1, 2))
    assert fits(Counter(layers.tolist()), {True: 0.5, False: 0.5})


# --- given graphs ---


def test_given_graphs_are_given_back():
    given_graph = nx.DiGraph([("b", "a"), ("b", "c"), ("a", "c")])
    prior = GivenGraph.of(given_graph)
    assert prior.nodes == ("b", "a", "c")
    assert nx.utils.graphs_equal(prior.graph, given_graph)
    drawn = draw(prior, 5, 3)
    assert (drawn == torch.tensor([[0, 1, 1], [0, 0, 1], [0, 0, 0]], dtype=torch.bool)).all()
    assert GivenGraph(("a",), ()).draw(2, 1, Random.seeded(0)).tolist() == [[[False]], [[False]]]


def test_given_graphs_hold_their_own_memory():
    prior = GivenGraph(("a", "b"), (("a", "b"),))
    first = draw(prior, 2, 2)
    first[0] = False
    assert first[1].any()
    assert draw(prior, 1, 2).any()


@pytest.mark.parametrize(
    ("nodes", "edges", "words"),
    [
        (("a", "b"), (("a", "b"), ("b", "a")), ("cycle", "a -> b -> a")),
        (("a", "b"), (("a", "a"),), ("'a'", "itself")),
        (("a", "b"), (("a", "z"),), ("GivenGraph.edges", "'z'")),
        (("a", "b"), (("a", "b", "a"),), ("GivenGraph.edges", "pair")),
        (("a", "b"), ("ab",), ("GivenGraph.edges", "pair")),
        (("a", "a"), (), ("GivenGraph.nodes", "twice")),
    ],
)
def test_given_graphs_must_be_dags_over_their_names(nodes, edges, words, one_sentence):
    with one_sentence(*words):
        GivenGraph(nodes, edges)


def test_given_graphs_fix_the_number_of_variables(one_sentence):
    with one_sentence("GivenGraph.nodes", "2 names", "3 variables"):
        draw(GivenGraph(("a", "b"), ()), 1, 3)


# --- settings ---


@pytest.mark.parametrize(
    ("kind", "settings_", "word"),
    [
        (ErdosRenyi, {"edges": (-1,)}, "ErdosRenyi.edges"),
        (ErdosRenyi, {"edges": ()}, "ErdosRenyi.edges"),
        (ErdosRenyi, {"edges": 2}, "ErdosRenyi.edges"),
        (ErdosRenyi, {"edges": (float("nan"),)}, "ErdosRenyi.edges"),
        (PrunedErdosRenyi, {"probability": 1.5}, "PrunedErdosRenyi.probability"),
        (PrunedErdosRenyi, {"probability": "half"}, "PrunedErdosRenyi.probability"),
        (ScaleFree, {"edges": (0,)}, "ScaleFree.edges"),
        (ScaleFree, {"edges": (1.5,)}, "ScaleFree.edges"),
        (ScaleFree, {"power": (-1,)}, "ScaleFree.power"),
        (ScaleFree, {"direction": "up"}, "ScaleFree.direction"),
        (WattsStrogatz, {"dimensions": (0,)}, "WattsStrogatz.dimensions"),
        (WattsStrogatz, {"neighbours": (1.5,)}, "WattsStrogatz.neighbours"),
        (WattsStrogatz, {"rewiring": (0.5, 1.1)}, "WattsStrogatz.rewiring"),
        (WattsStrogatz, {"rewiring": (-0.1,)}, "WattsStrogatz.rewiring"),
        (StochasticBlock, {"edges": (-2,)}, "StochasticBlock.edges"),
        (StochasticBlock, {"blocks": (0,)}, "StochasticBlock.blocks"),
        (StochasticBlock, {"damping": (2,)}, "StochasticBlock.damping"),
        (Geometric, {"radius": (-0.1,)}, "Geometric.radius"),
        (Layered, {"layers": (0,)}, "Layered.layers"),
        (Layered, {"layers": (2.5,)}, "Layered.layers"),
        (Layered, {"probability": -0.1}, "Layered.probability"),
    ],
)
def test_impossible_settings_are_refused(kind, settings_, word, one_sentence):
    with one_sentence(word):
        kind(**settings_)


def test_numbers_of_numpy_are_numbers():
    assert draw(ScaleFree(edges=(np.int64(1),), power=(np.float32(1),)), 1, 4).sum() == 3


def test_a_lattice_has_few_dimensions(one_sentence):
    with one_sentence("WattsStrogatz.dimensions", "40"):
        WattsStrogatz(dimensions=(40,))
