r"""Random DAGs, a whole batch at once.

A graph prior is any object with `draw(scms, d, random)`, which returns acyclic adjacency matrices, bool
`[scms, d, d]`, where `A[b, i, j]` says that `i -> j` in graph `b`. Those below are plain settings.

Every choice of several values is made afresh for each graph, all values alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Literal, Protocol

import networkx as nx
import torch
from torch import Tensor

from foundation_causal.checks import check_choices, check_probability
from foundation_causal.errors import InputError, counted, quoted
from foundation_causal.graphs import adjacency, check_dag
from foundation_causal.simulate.random import Random

MOST_DIMENSIONS = 6  # of a lattice, whose nodes number at least two to this power


class GraphPrior(Protocol):
    """A family of graphs; users bring their own as any object with this method."""

    def draw(self, scms: int, d: int, random: Random) -> Tensor:
        """Acyclic adjacency matrices, bool `[scms, d, d]`, `A[b, i, j]` for `i -> j`."""
        ...


@dataclass(frozen=True)
class ErdosRenyi:
    r"""Each pair is an edge with probability `2 m / (d - 1)`, so `m d` edges are expected.

    Args:
        edges: Choice of `m`, the expected edges per node.
        clip: Where `m d` exceeds the number of pairs, take the complete graph instead of refusing.

    Example:
        >>> ErdosRenyi(edges=(2,)).draw(8, 10, Random.seeded(0)).shape
        torch.Size([8, 10, 10])
    """

    edges: Sequence[float] = (1, 2, 3)
    clip: bool = False

    def __post_init__(self) -> None:
        check_choices("ErdosRenyi.edges", self.edges, least=0)

    def draw(self, scms: int, d: int, random: Random) -> Tensor:
        """Adjacency matrices `[scms, d, d]`."""
        check_fits("ErdosRenyi.edges", self.edges, d, self.clip)
        chance = 2.0 * random.one_of(self.edges, (scms, 1, 1)) / max(d - 1, 1)
        return relabelled((random.uniform((scms, d, d)) < chance).triu(1), random)


@dataclass(frozen=True)
class WithCommonCauses:
    """Graphs of another family, and roots that are common causes of a few of its nodes, in the last places.

    Args:
        graphs: The family of the other nodes.
        causes: Number of common causes; at least two of the nodes are others.
        children: Choice of how many children each of them has.

    Example:
        >>> prior = WithCommonCauses(ErdosRenyi(edges=(1,)), causes=2)
        >>> prior.draw(8, 10, Random.seeded(0))[:, 8:].sum(2).unique()
        tensor([2, 3])
    """

    graphs: GraphPrior
    causes: int
    children: Sequence[int] = (2, 2, 3)

    def draw(self, scms: int, d: int, random: Random) -> Tensor:
        """Adjacency matrices `[scms, d, d]`, the common causes last."""
        others = d - self.causes
        adjacency = torch.zeros(scms, d, d, dtype=torch.bool, device=random.device)
        adjacency[:, :others, :others] = self.graphs.draw(scms, others, random)
        rank = random.uniform((scms, self.causes, others)).argsort(2).argsort(2)
        adjacency[:, others:, :others] = rank < random.one_of(self.children, (scms, self.causes, 1))
        return adjacency


@dataclass(frozen=True)
class PrunedErdosRenyi:
    """Each *ordered* pair is an edge with a given probability; random edges go until the graph is acyclic.

    Source: ACTIVA, appendix on linear additive SCMs.

    Args:
        probability: Chance of each ordered pair, before edges are removed.
    """

    probability: float = 0.3

    def __post_init__(self) -> None:
        check_probability("PrunedErdosRenyi.probability", self.probability)

    def draw(self, scms: int, d: int, random: Random) -> Tensor:
        """Adjacency matrices `[scms, d, d]`."""
        edge = random.uniform((scms, d, d)) < self.probability
        edge = edge & ~torch.eye(d, dtype=torch.bool, device=random.device)
        # To remove edges one by one is to keep the first k of a random order: bisect for the largest k.
        rank = random.uniform((scms, d * d)).argsort(1).argsort(1).view(scms, d, d)
        low = torch.zeros(scms, dtype=torch.long, device=random.device)
        high = torch.full_like(low, d * d)
        while bool((low < high).any()):
            middle = (low + high + 1) // 2
            fine = acyclic(edge & (rank < middle[:, None, None]))
            low, high = torch.where(fine, middle, low), torch.where(fine, high, middle - 1)
        return edge & (rank < low[:, None, None])


@dataclass(frozen=True)
class ScaleFree:
    r"""Directed preferential attachment (Barabasi and Albert, 1999).

    Node `t` links to `min(m, t)` distinct older nodes, drawn with weight `(links received + 1) ** power`.
    (igraph, and with it AVICI, takes `links ** power + 1`, which is the same at power 1.)

    Args:
        edges: Choice of `m`, the links of each new node.
        power: Strength of the preference; 0 is uniform attachment.
        direction: "out": older nodes cause newer ones, so a few nodes have very many children; "in": the
            other way, so a few have very many parents.
    """

    edges: Sequence[int] = (1, 2, 3)
    power: Sequence[float] = (1.0,)
    direction: Literal["in", "out"] = "out"

    def __post_init__(self) -> None:
        check_choices("ScaleFree.edges", self.edges, least=1, whole=True)
        check_choices("ScaleFree.power", self.power, least=0)
        if self.direction not in ("in", "out"):
            raise InputError(f"ScaleFree.direction is {self.direction!r}; give 'in' or 'out'.")

    def draw(self, scms: int, d: int, random: Random) -> Tensor:
        """Adjacency matrices `[scms, d, d]`; links are drawn by exponential clocks, in `d` steps."""
        links, power = random.one_of(self.edges, (scms, 1)), random.one_of(self.power, (scms, 1))
        upper = torch.zeros(scms, d, d, dtype=torch.bool, device=random.device)
        attached = torch.zeros(scms, d, dtype=random.dtype, device=random.device)
        rank = torch.arange(d, device=random.device)
        for t in range(1, d):
            waiting = random.exponential((scms, t)) / (1 + attached[:, :t]) ** power
            chosen = torch.zeros(scms, t, dtype=torch.bool, device=random.device)
            chosen.scatter_(1, waiting.argsort(1), rank[:t] < links.long())
            upper[:, :t, t] = chosen
            attached[:, :t] += chosen
        if self.direction == "in":
            upper = upper.flip(1, 2).transpose(1, 2)
        return relabelled(upper, random)


@dataclass(frozen=True)
class WattsStrogatz:
    """A periodic lattice whose edges are rewired at random (Watts and Strogatz, 1998).

    The smallest lattice of the given dimension with at least `d` nodes is drawn, `d` of its nodes are kept,
    and the edges are directed along a random order. Edges that rewiring makes double, or turns to their own
    start, are lost.

    Args:
        dimensions: Dimensions of the lattice.
        neighbours: Lattice steps over which nodes are joined.
        rewiring: Chance of each edge to get a new, uniformly drawn end.
    """

    dimensions: Sequence[int] = (2, 3)
    neighbours: Sequence[int] = (1,)
    rewiring: Sequence[float] = (0.3,)

    def __post_init__(self) -> None:
        check_choices("WattsStrogatz.dimensions", self.dimensions, least=1, whole=True)
        if max(self.dimensions) > MOST_DIMENSIONS:
            raise InputError(
                f"WattsStrogatz.dimensions holds {max(self.dimensions)}; give at most {MOST_DIMENSIONS}, "
                "as a lattice has at least two nodes in each."
            )
        check_choices("WattsStrogatz.neighbours", self.neighbours, least=1, whole=True)
        check_choices("WattsStrogatz.rewiring", self.rewiring, least=0)
        check_probability("WattsStrogatz.rewiring", max(self.rewiring))

    def draw(self, scms: int, d: int, random: Random) -> Tensor:
        """Adjacency matrices `[scms, d, d]`."""
        kinds = [(k, m) for k in self.dimensions for m in self.neighbours]
        kind = random.integers(len(kinds), (scms,))
        chance = random.one_of(self.rewiring, (scms, 1))
        result = torch.zeros(scms, d, d, dtype=torch.bool, device=random.device)
        for number, (dimension, neighbours) in enumerate(kinds):
            mine = (kind == number).nonzero().squeeze(1)
            if len(mine):
                side = ceil(d ** (1 / dimension) - 1e-9)
                ends = lattice(side, dimension, neighbours).to(random.device)
                result[mine] = rewired(ends, side**dimension, d, chance[mine], random)
        return relabelled(result.triu(1), random)


@dataclass(frozen=True)
class StochasticBlock:
    """Nodes in blocks; pairs of two blocks are edges less often, by the factor `damping`, than pairs of one.

    Args:
        edges: Expected edges per node.
        blocks: Number of blocks, at most one per node; their sizes are random.
        damping: At most 1. Where blocks are too small to hold their share of the edges, they are complete,
            and there are fewer edges in all.
        clip: Where `m d` exceeds the number of pairs, take complete blocks instead of refusing.
    """

    edges: Sequence[float] = (2,)
    blocks: Sequence[int] = (5, 10)
    damping: Sequence[float] = (0.1,)
    clip: bool = False

    def __post_init__(self) -> None:
        check_choices("StochasticBlock.edges", self.edges, least=0)
        check_choices("StochasticBlock.blocks", self.blocks, least=1, whole=True)
        check_choices("StochasticBlock.damping", self.damping, least=0)
        check_probability("StochasticBlock.damping", max(self.damping))

    def draw(self, scms: int, d: int, random: Random) -> Tensor:
        """Adjacency matrices `[scms, d, d]`."""
        check_fits("StochasticBlock.edges", self.edges, d, self.clip)
        cuts = random.one_of(self.blocks, (scms, 1)).long().clamp(max=d) - 1
        # `cuts` of the d - 1 gaps between nodes are borders: a composition into blocks of random sizes.
        gap = random.uniform((scms, d)).argsort(1).argsort(1)
        border = torch.zeros(scms, d, dtype=torch.long, device=random.device)
        order = gap[:, : d - 1].argsort(1).argsort(1)
        border[:, 1:] = (order < cuts).long()
        block = border.cumsum(1)
        same = block[:, :, None] == block[:, None, :]
        damping = random.one_of(self.damping, (scms, 1, 1))
        weight = torch.where(same, torch.ones_like(damping), damping)
        pairs = weight.triu(1).sum((1, 2), keepdim=True)
        chance = weight * random.one_of(self.edges, (scms, 1, 1)) * d / pairs.clamp_min(1e-9)
        # Blocks stand in a row, but the direction of an edge must not follow it.
        undirected = (random.uniform((scms, d, d)) < chance).triu(1)
        undirected = undirected | undirected.transpose(1, 2)
        return relabelled(relabelled(undirected, random).triu(1), random)


@dataclass(frozen=True)
class Geometric:
    """Nodes at random places of the unit square; those within `radius` are joined (random geometric graph).

    Args:
        radius: Greatest distance of joined nodes.
    """

    radius: Sequence[float] = (0.08, 0.1, 0.15)

    def __post_init__(self) -> None:
        check_choices("Geometric.radius", self.radius, least=0)

    def draw(self, scms: int, d: int, random: Random) -> Tensor:
        """Adjacency matrices `[scms, d, d]`."""
        place = random.uniform((scms, d, 2))
        squared = (place[:, :, None] - place[:, None]).square().sum(3)
        return relabelled((squared < random.one_of(self.radius, (scms, 1, 1)) ** 2).triu(1), random)


@dataclass(frozen=True)
class Layered:
    """Nodes in layers of equal size; every node is caused by nodes of the layer before.

    Args:
        layers: Number of layers, at most one per node.
        probability: Chance of each of those edges; 1 is fully layered.
    """

    layers: Sequence[int] = (2, 3, 4)
    probability: float = 1.0

    def __post_init__(self) -> None:
        check_choices("Layered.layers", self.layers, least=1, whole=True)
        check_probability("Layered.probability", self.probability)

    def draw(self, scms: int, d: int, random: Random) -> Tensor:
        """Adjacency matrices `[scms, d, d]`."""
        layers = random.one_of(self.layers, (scms, 1)).long().clamp(max=d)
        layer = torch.arange(d, device=random.device) * layers // d
        upper = layer[:, None, :] - layer[:, :, None] == 1
        return relabelled(upper & (random.uniform((scms, d, d)) < self.probability), random)


@dataclass(frozen=True)
class GivenGraph:
    """Always the same DAG, its nodes in the order and with the names given.

    Args:
        nodes: Names of the variables.
        edges: Pairs (cause, effect).

    Example:
        >>> chain = GivenGraph(nodes=("a", "b", "c"), edges=(("a", "b"), ("b", "c")))
        >>> chain.draw(1, 3, Random.seeded(0)).nonzero().tolist()
        [[0, 0, 1], [0, 1, 2]]
    """

    nodes: Sequence[str]
    edges: Sequence[Sequence[str]]

    def __post_init__(self) -> None:
        if len(set(self.nodes)) < len(self.nodes):
            raise InputError("GivenGraph.nodes holds a name twice; give each variable its own.")
        if any(isinstance(edge, str) or len(edge) != 2 for edge in self.edges):
            raise InputError("GivenGraph.edges holds an edge that is not a pair; give (cause, effect) pairs.")
        unknown = [name for edge in self.edges for name in edge if name not in self.nodes]
        if unknown:
            raise InputError(f"GivenGraph.edges names {quoted(unknown)}; add it to GivenGraph.nodes.")
        check_dag(self.graph, list(self.nodes))

    @classmethod
    def of(cls, graph: nx.DiGraph) -> GivenGraph:
        """The prior of a networkx graph."""
        return cls(tuple(map(str, graph)), tuple((str(a), str(b)) for a, b in graph.edges))

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG as a networkx graph."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.nodes)
        graph.add_edges_from(tuple(edge) for edge in self.edges)
        return graph

    def draw(self, scms: int, d: int, random: Random) -> Tensor:
        """Adjacency matrices `[scms, d, d]`."""
        if d != len(self.nodes):
            held = counted(len(self.nodes), "name")
            raise InputError(
                f"GivenGraph.nodes holds {held}, but a graph of {counted(d, 'variable')} is wanted."
            )
        matrix = torch.from_numpy(adjacency(self.graph)).to(random.device, torch.bool)
        return matrix.expand(scms, d, d).clone()


def check_fits(field: str, edges: Sequence[float], d: int, clip: bool) -> None:
    """Refuse more edges than there are pairs, unless they are to be clipped.

    Args:
        field: What asks for the edges, as "ErdosRenyi.edges".
        edges: Expected numbers of edges per node.
        d: Number of nodes.
        clip: Whether to accept any number.

    Raises:
        InputError: More edges than pairs.
    """
    pairs = d * (d - 1) // 2
    if not clip and max(edges) * d > pairs:
        raise InputError(
            f"{field} asks for {max(edges):g} edges per node, {max(edges) * d:g} in all, but {d} variables "
            f"have {pairs} pairs; ask for fewer edges or more variables, or set clip=True."
        )


def relabelled(matrix: Tensor, random: Random) -> Tensor:
    """Graphs `[B, d, d]` with their nodes put into random order."""
    scms, d, _ = matrix.shape
    order = random.uniform((scms, d)).argsort(1)
    rows = matrix.gather(1, order[:, :, None].expand(-1, -1, d))
    return rows.gather(2, order[:, None, :].expand(-1, d, -1))


def acyclic(matrix: Tensor) -> Tensor:
    """Tell which graphs `[B, d, d]` have no cycle, `[B]`: taking away all sinks `d` times leaves nothing."""
    rest = torch.ones(matrix.shape[:2], dtype=torch.bool, device=matrix.device)
    for _ in range(matrix.shape[1]):
        rest = rest & (matrix & rest[:, None, :]).any(2)
    return ~rest.any(1)


@lru_cache(maxsize=256)
def lattice(side: int, dimension: int, neighbours: int) -> Tensor:
    """Pairs of nodes at most `neighbours` steps apart on the periodic lattice, `[2, E]`, each pair once."""
    grid = nx.grid_graph([side] * dimension, periodic=True)
    grid = nx.convert_node_labels_to_integers(grid, ordering="sorted")
    joined = nx.power(grid, neighbours) if neighbours > 1 and side > 1 else grid
    ends = sorted({(min(a, b), max(a, b)) for a, b in joined.edges if a != b})
    return torch.tensor(ends, dtype=torch.long).reshape(-1, 2).T


def rewired(ends: Tensor, nodes: int, d: int, chance: Tensor, random: Random) -> Tensor:
    """Rewire `ends` `[2, E]` for each graph, keep `d` of the `nodes`, and return symmetric `[B, d, d]`."""
    scms, edges = len(chance), ends.shape[1]
    elsewhere = random.uniform((scms, edges)) < chance
    target = torch.where(elsewhere, random.integers(nodes, (scms, edges)), ends[1])
    full = torch.zeros(scms, nodes, nodes, dtype=torch.bool, device=random.device)
    rows = torch.arange(scms, device=random.device)[:, None].expand(-1, edges)
    full[rows, ends[0].expand(scms, -1), target] = True
    full = relabelled(full | full.transpose(1, 2), random)[:, :d, :d]
    return full & ~torch.eye(d, dtype=torch.bool, device=random.device)
