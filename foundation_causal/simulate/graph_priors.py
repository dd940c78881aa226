r"""Random DAGs, a whole batch at once.

Every prior returns a strictly upper triangular boolean tensor `[B, d, d]`: `A[b, i, j]` says that
`i -> j` in graph `b`, and position `i` stands before position `j` in a topological order. The caller
relabels the nodes at random.
"""

import torch
from torch import Tensor


def erdos_renyi(edges_per_node: Tensor, d: int, generator: torch.Generator) -> Tensor:
    r"""Each pair of positions is an edge with probability `2 m / (d - 1)`, so `m d` edges on average.

    Args:
        edges_per_node: `m`, shape `[B]`.
        d: Number of variables.
        generator: Source of randomness; its device is the device of the result.

    Returns:
        Upper triangular adjacency, bool `[B, d, d]`.

    Example:
        >>> a = erdos_renyi(torch.tensor([2.0]), 5, torch.Generator().manual_seed(0))
        >>> a.shape, bool(a.tril().any())
        (torch.Size([1, 5, 5]), False)
    """
    chance = (2.0 * edges_per_node / max(d - 1, 1)).clamp(max=1.0)
    uniform = torch.rand(len(chance), d, d, generator=generator, device=chance.device)
    return (uniform < chance[:, None, None]).triu(1)


def scale_free(edges_per_node: Tensor, d: int, generator: torch.Generator, *, power: float = 1.0) -> Tensor:
    r"""Directed preferential attachment (Barabasi and Albert, 1999).

    Node `t` links to `min(m, t)` distinct older nodes, drawn with weight `(in-degree + 1) ** power`.
    Drawing without replacement uses the Gumbel top-k trick, so that the batch needs `d` steps in all.

    Args:
        edges_per_node: `m`, shape `[B]`; rounded down.
        d: Number of variables.
        generator: Source of randomness.
        power: Strength of the preference; 0 is uniform attachment.

    Returns:
        Upper triangular adjacency, bool `[B, d, d]`, in which *older nodes cause newer ones* (a few
        nodes have very many children). Reverse both node axes and transpose for the other direction
        (a few nodes with very many parents).
    """
    device = edges_per_node.device
    batch = len(edges_per_node)
    adjacency = torch.zeros(batch, d, d, dtype=torch.bool, device=device)
    attached = torch.zeros(batch, d, device=device)
    rank = torch.arange(d, device=device)
    for t in range(1, d):
        exponential = torch.empty(batch, t, device=device).exponential_(generator=generator)
        score = power * torch.log1p(attached[:, :t]) - torch.log(exponential)
        wanted = rank[:t] < edges_per_node.long()[:, None]
        chosen = torch.zeros(batch, t, dtype=torch.bool, device=device)
        chosen.scatter_(1, score.argsort(1, descending=True), wanted)
        adjacency[:, :t, t] = chosen
        attached[:, :t] += chosen
    return adjacency
