"""Random graphs against the generators of networkx and torch-geometric, and against closed forms."""

import itertools
from math import comb, pi

import networkx as nx
import numpy as np
import pytest
import torch
from scipy.stats import chi2_contingency

from foundation_causal.simulate import (
    ErdosRenyi,
    Geometric,
    Layered,
    Random,
    ScaleFree,
    StochasticBlock,
    WattsStrogatz,
)


def draw(prior, scms, d, seed=0):
    return prior.draw(scms, d, Random.seeded(seed))


def edge_count(graphs):
    return graphs.sum((1, 2)).double()


def triangles(graphs):
    either = (graphs | graphs.transpose(1, 2)).double()
    return (either @ either @ either).diagonal(dim1=1, dim2=2).sum(1) / 6


def most_joined(graphs):
    return (graphs.sum(1) + graphs.sum(2)).amax(1).double()


def longest_path(graphs):
    walks, length = graphs.double(), torch.zeros(len(graphs))
    for _ in range(graphs.shape[1]):
        length += walks.any(2).any(1)
        walks = (walks @ graphs.double()).clamp(max=1)
    return length


def stacked(drawn):
    """Undirected networkx graphs as one batch of DAGs, each along a random order of its nodes."""
    chooser = np.random.default_rng(1)
    matrices = [nx.to_numpy_array(graph) for graph in drawn]
    orders = [chooser.permutation(len(matrix)) for matrix in matrices]
    return (
        torch.from_numpy(np.stack([m[o][:, o] for m, o in zip(matrices, orders, strict=True)])).bool().triu(1)
    )


STATISTICS = (edge_count, triangles, most_joined, longest_path)


def close(measured, expected, deviations=4.5):
    """Whether the mean of independent measurements is as expected."""
    error = measured.std() / len(measured) ** 0.5
    return abs(measured.mean() - expected) <= deviations * error + 1e-12


def same_law(one, other):
    """Whether two samples of few distinct values can come from one distribution."""
    values = np.concatenate([one.numpy(), other.numpy()])
    edges = np.unique(np.quantile(values, np.linspace(0, 1, 9)))
    edges[-1] += 1
    table = np.array([np.histogram(sample.numpy(), edges)[0] for sample in (one, other)])
    return chi2_contingency(table[:, table.sum(0) > 0]).pvalue > 1e-3


def test_erdos_renyi_is_that_of_networkx():
    ours = draw(ErdosRenyi(edges=(2,)), 3000, 9)
    theirs = stacked(nx.gnp_random_graph(9, 4 / 8, seed=seed) for seed in range(1500))
    for statistic in STATISTICS:
        assert same_law(statistic(ours), statistic(theirs)), statistic


def test_scale_free_prefers_the_popular_whichever_way_edges_point():
    def most(power, direction):
        graphs = draw(ScaleFree(edges=(1,), power=(power,), direction=direction), 2000, 20)
        return graphs.sum(2 if direction == "out" else 1).amax(1).double()

    assert same_law(most(1.0, "out"), most(1.0, "in"))
    assert most(1.0, "out").mean() > 1.3 * most(0.0, "out").mean()


@pytest.mark.parametrize("neighbours", [1, 2])
def test_watts_strogatz_without_rewiring_is_that_of_networkx(neighbours):
    graphs = draw(WattsStrogatz((1,), (neighbours,), (0.0,)), 20, 9)
    ring = nx.watts_strogatz_graph(9, 2 * neighbours, 0.0)
    for graph in graphs:
        assert nx.is_isomorphic(nx.from_numpy_array((graph | graph.T).numpy()), ring)


def test_watts_strogatz_lattices_have_the_dimension_asked_for():
    for dimension, d in ((2, 16), (3, 27)):
        side = round(d ** (1 / dimension))
        grid = nx.grid_graph([side] * dimension, periodic=True)
        graph = draw(WattsStrogatz((dimension,), (1,), (0.0,)), 1, d)[0]
        assert nx.is_isomorphic(nx.from_numpy_array((graph | graph.T).numpy()), grid)
        further = draw(WattsStrogatz((dimension,), (2,), (0.0,)), 1, d)[0]
        assert further.sum() == nx.power(grid, 2).number_of_edges()


def expected_lattice_edges(lattice, chance, d):
    """Edges after each one's second end has moved with a chance, by the chance of every pair to be joined."""
    nodes, missed = len(lattice), {}
    for a, b in (sorted(edge) for edge in lattice.edges):
        for v in range(nodes):
            hit = (1 - chance) * (v == b) + chance / nodes
            pair = (min(a, v), max(a, v))
            if a != v:
                missed[pair] = missed.get(pair, 1.0) * (1 - hit)
    return sum(1 - miss for miss in missed.values()) * comb(d, 2) / comb(nodes, 2)


@pytest.mark.parametrize(
    ("dimension", "neighbours", "rewiring", "d"), [(1, 1, 0.4, 8), (1, 2, 1.0, 8), (2, 1, 0.3, 7)]
)
def test_watts_strogatz_has_the_edges_of_its_law(dimension, neighbours, rewiring, d):
    side = next(side for side in range(1, d + 1) if side**dimension >= d)
    grid = nx.convert_node_labels_to_integers(
        nx.grid_graph([side] * dimension, periodic=True), ordering="sorted"
    )
    expected = expected_lattice_edges(nx.power(grid, neighbours), rewiring, d)
    graphs = draw(WattsStrogatz((dimension,), (neighbours,), (rewiring,)), 4000, d)
    assert close(edge_count(graphs), expected)


def compositions(d, blocks):
    """All ways to cut d nodes in a row into blocks."""
    for cuts in itertools.combinations(range(1, d), blocks - 1):
        ends = [0, *cuts, d]
        yield [b - a for a, b in itertools.pairwise(ends)]


def block_chances(sizes, m, damping):
    """Chances within and between blocks that give m edges per node, where no chance exceeds one."""
    d, within = sum(sizes), sum(comb(size, 2) for size in sizes)
    chance = m * d / (within + damping * (comb(d, 2) - within))
    return min(1.0, chance), min(1.0, chance * damping)


def block_graph_of_networkx(sizes, chances):
    return nx.stochastic_block_model(sizes, chances, seed=int(torch.randint(2**31, ())))


def block_graph_of_torch_geometric(sizes, chances):
    from torch_geometric.utils import stochastic_blockmodel_graph

    graph = nx.empty_graph(sum(sizes))
    graph.add_edges_from(stochastic_blockmodel_graph(sizes, torch.from_numpy(chances)).T.tolist())
    return graph


@pytest.mark.parametrize("outside_generator", [block_graph_of_networkx, block_graph_of_torch_geometric])
def test_stochastic_blocks_are_those_of_other_packages(outside_generator):
    ours = draw(StochasticBlock(edges=(1.5,), blocks=(3,), damping=(0.1,)), 3000, 9)
    cuts, chooser = list(compositions(9, 3)), np.random.default_rng(0)
    theirs = []
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for _ in range(1500):
            sizes = cuts[chooser.integers(len(cuts))]
            inside, outside = block_chances(sizes, 1.5, 0.1)
            theirs.append(outside_generator(sizes, np.full((3, 3), outside) + (inside - outside) * np.eye(3)))
    for statistic in STATISTICS:
        assert same_law(statistic(ours), statistic(stacked(theirs))), statistic


@pytest.mark.parametrize(("m", "damping"), [(1.0, 1.0), (0.8, 0.3), (1.5, 0.1)])
def test_stochastic_blocks_have_the_edges_of_their_law(m, damping):
    expected = []
    for sizes in compositions(6, 2):
        (inside, outside), within = block_chances(sizes, m, damping), sum(comb(size, 2) for size in sizes)
        expected.append(inside * within + outside * (15 - within))
    graphs = draw(StochasticBlock(edges=(m,), blocks=(2,), damping=(damping,)), 6000, 6)
    assert close(edge_count(graphs), np.mean(expected))
    assert damping < 0.3 or np.mean(expected) == pytest.approx(6 * m)


def test_geometric_graphs_are_those_of_networkx():
    ours = draw(Geometric(radius=(0.3,)), 3000, 10)
    theirs = stacked(nx.random_geometric_graph(10, 0.3, seed=seed) for seed in range(1500))
    for statistic in STATISTICS:
        assert same_law(statistic(ours), statistic(theirs)), statistic
    near = pi * 0.3**2 - 8 * 0.3**3 / 3 + 0.3**4 / 2  # chance of two points of the unit square
    assert close(edge_count(ours), 45 * near)
    assert (edge_count(draw(Geometric(radius=(1.5,)), 5, 6)) == 15).all()


def test_full_layers_are_complete_between_neighbours():
    for graph in draw(Layered(layers=(3,)), 10, 7):
        sizes = [len(layer) for layer in nx.topological_generations(nx.DiGraph(graph.numpy()))]
        assert sorted(sizes) == [2, 2, 3]
        assert graph.sum() == sizes[0] * sizes[1] + sizes[1] * sizes[2]
    for graph in draw(Layered(layers=(20,)), 10, 7):  # every node a layer of its own
        assert nx.is_isomorphic(nx.DiGraph(graph.numpy()), nx.path_graph(7, create_using=nx.DiGraph))
    assert not draw(Layered(layers=(1,)), 10, 7).any()


def test_thinned_layers_have_the_edges_they_promise():
    assert close(edge_count(draw(Layered(layers=(3,), probability=0.4), 4000, 9)), 0.4 * 18)
