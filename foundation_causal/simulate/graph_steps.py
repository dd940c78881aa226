"""Steps that random graphs are made of, a whole batch at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import networkx as nx
import torch
from torch import Tensor

from foundation_causal.errors import InputError
from foundation_causal.simulate.random import Random


def relabelled(matrix: Tensor, random: Random) -> Tensor:
    """The same graphs with their nodes in random order, `[B, d, d]`."""
    scms, d, _ = matrix.shape
    order = random.uniform((scms, d)).argsort(1)
    rows = matrix.gather(1, order[:, :, None].expand(-1, -1, d))
    return rows.gather(2, order[:, None, :].expand(-1, d, -1))


def acyclic(matrix: Tensor) -> Tensor:
    """Which graphs `[B, d, d]` have no cycle, `[B]`: taking away all sinks `d` times leaves nothing."""
    left = torch.ones(matrix.shape[:2], dtype=torch.bool, device=matrix.device)
    for _ in range(matrix.shape[1]):
        left = left & (matrix & left[:, None, :]).any(2)
    return ~left.any(1)


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


def check_fits(field: str, edges: Sequence[float], d: int, clip: bool) -> None:
    """Refuse more edges than there are pairs, unless they are to be clipped.

    Raises:
        InputError: As said.
    """
    pairs = d * (d - 1) // 2
    if not clip and max(edges) * d > pairs:
        raise InputError(
            f"{field} asks for {max(edges):g} edges per node, {max(edges) * d:g} in all, but {d} variables "
            f"have {pairs} pairs: ask for fewer edges or more variables, or set clip=True."
        )
