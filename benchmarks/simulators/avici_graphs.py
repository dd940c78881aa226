"""Graphs as AVICI 1.0.7 and the igraph that it calls draw them, where the simulator's own priors differ.

They follow the protocol for user-defined graph priors. `simulator_agreement.py` draws from them to show that
these differences, and nothing else, are what sets the two generators' graphs apart.
"""

from dataclasses import dataclass
from math import ceil

import networkx as nx
import numpy as np
import torch

from foundation_causal.simulate import Random
from foundation_causal.simulate.graph_priors import GraphPrior


@dataclass(frozen=True)
class PowerPlusOne:
    """`ScaleFree` with `igraph_barabasi_game`'s attraction: links ** power + 1, not (links + 1) ** power."""

    edges: int
    powers: tuple[float, ...]
    transposed: bool = False

    def draw(self, scms: int, d: int, random: Random) -> torch.Tensor:
        power = random.one_of(self.powers, (scms, 1))
        upper = torch.zeros(scms, d, d, dtype=torch.bool)
        links = torch.zeros(scms, d, dtype=random.dtype)
        for t in range(1, d):
            waiting = random.exponential((scms, t)) / (links[:, :t] ** power + 1)
            upper[:, :t, t] = waiting.argsort(1).argsort(1) < self.edges
            links[:, :t] += upper[:, :t, t]
        return relabelled(upper if self.transposed else upper.flip(1, 2).transpose(1, 2), random)


@dataclass(frozen=True)
class AlongLattice:
    """`WattsStrogatz` rewired at both ends of an edge, without double edges, directed along the lattice."""

    dimensions: tuple[int, ...]
    rewiring: float

    def draw(self, scms: int, d: int, random: Random) -> torch.Tensor:
        numbers = np.random.default_rng(int(random.integers(2**31, (1,))))
        graphs = np.stack([self._one(int(numbers.choice(self.dimensions)), d, numbers) for _ in range(scms)])
        return relabelled(torch.from_numpy(graphs), random)

    def _one(self, dimension: int, d: int, numbers: np.random.Generator) -> np.ndarray:
        side = ceil(d ** (1 / dimension) - 1e-9)
        lattice = nx.grid_graph([side] * dimension, periodic=True)
        joined = nx.to_numpy_array(lattice, nodelist=sorted(lattice), dtype=bool)
        edges = [list(edge) for edge in np.argwhere(np.triu(joined, 1))]
        for end in (1, 0):  # igraph starts with the end of the higher number
            for edge in edges:
                if numbers.random() < self.rewiring:
                    fixed, old = edge[1 - end], edge[end]
                    joined[fixed, old] = joined[old, fixed] = False
                    free = np.flatnonzero(~joined[fixed] & (np.arange(len(joined)) != fixed))
                    edge[end] = new = int(numbers.choice(free))
                    joined[fixed, new] = joined[new, fixed] = True
        kept = np.sort(numbers.choice(len(joined), size=d, replace=False))
        return np.triu(joined[np.ix_(kept, kept)], 1)


@dataclass(frozen=True)
class CappedBlocks:
    """`StochasticBlock` with the chance of an edge inside a block capped at 0.99 before others are damped.

    With small blocks the graphs thus have fewer edges than asked for. The first block may be empty.
    """

    edges: float
    blocks: tuple[int, ...]
    damping: float

    def draw(self, scms: int, d: int, random: Random) -> torch.Tensor:
        cuts = random.one_of(self.blocks, (scms, 1)).long().clamp(max=d) - 1
        border = random.uniform((scms, d)).argsort(1).argsort(1) < cuts
        block = border.long().cumsum(1)
        same = block[:, :, None] == block[:, None, :]
        weight = torch.where(same, 1.0, self.damping).to(random.dtype)
        pairs = weight.triu(1).sum((1, 2), keepdim=True)
        chance = weight * (self.edges * d / pairs).clamp(max=0.99)
        edge = (random.uniform((scms, d, d)) < chance).triu(1)
        return relabelled(relabelled(edge | edge.transpose(1, 2), random).triu(1), random)


@dataclass(frozen=True)
class LeftToRight:
    """`Geometric` directed along the first coordinate, by which igraph numbers the nodes."""

    radius: float

    def draw(self, scms: int, d: int, random: Random) -> torch.Tensor:
        first = random.uniform((scms, d)).sort(1).values
        place = torch.stack([first, random.uniform((scms, d))], 2)
        squared = (place[:, :, None] - place[:, None]).square().sum(3)
        return relabelled((squared < self.radius**2).triu(1), random)


def relabelled(graphs: torch.Tensor, random: Random) -> torch.Tensor:
    """The same graphs `[scms, d, d]` with their nodes in random order."""
    order = random.uniform(graphs.shape[:2]).argsort(1)
    batch = torch.arange(len(graphs))[:, None, None]
    return graphs[batch, order[:, :, None], order[:, None, :]]


EXAMPLES: dict[str, tuple[GraphPrior, int]] = {
    "ScaleFree": (PowerPlusOne(2, (0.5, 1.0, 1.5)), 3),
    "ScaleFreeTranspose": (PowerPlusOne(2, (0.5, 1.0, 1.5), transposed=True), 3),
    "WattsStrogatz": (AlongLattice((2, 3), 0.3), 2),
    "SBM": (CappedBlocks(2, (5, 10), 0.1), 2),
    "GRG": (LeftToRight(0.1), 1),
}
"""What `simulator_worker.GRAPHS` holds for the configurations `examples/*`, with these graphs."""
