"""Parts of training that the networks share: gaps, true statements about a graph, average precision."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from foundation_causal.metrics import auprc

KINDS = 8  # of knowledge, the first four of which are none at all


def chance(generator: torch.Generator) -> float:
    """A number between 0 and 1."""
    return float(torch.rand((), generator=generator))


def surprise(logits: Tensor, adjacency: Tensor) -> Tensor:
    """Cross-entropy of the state of every pair (one direction, the other, no edge), `[B, d, d]`, symmetric.

    Args:
        logits: Of both directions against no edge, `[B, d, d]`.
        adjacency: 0/1 `[B, d, d]`, acyclic.
    """
    states = torch.stack([logits, logits.transpose(1, 2), torch.zeros_like(logits)], -1)
    truth = torch.where(adjacency > 0, 0, torch.where(adjacency.transpose(1, 2) > 0, 1, 2))
    return torch.nn.functional.cross_entropy(states.permute(0, 3, 1, 2), truth, reduction="none")


def random_knowledge(adjacency: Tensor, generator: torch.Generator) -> Tensor:
    """True statements about each graph: half of the graphs get none.

    The others get the states of up to half of their pairs, or some edges that are forbidden, or tiers, or
    some of their roots and leaves, each with the same chance.

    Args:
        adjacency: Bool `[B, d, d]`, acyclic.
        generator: Source of randomness.

    Returns:
        `[B, d, d, 2]`: 1 where `i -> j` is required, 1 where it is forbidden.
    """
    batch, d = adjacency.shape[:2]
    kind = torch.randint(KINDS, (batch, 1, 1), generator=generator)
    share = 0.5 * torch.rand(batch, 1, 1, generator=generator)
    known = torch.rand(batch, d, d, generator=generator) < share
    pair = known.triu(1) | known.triu(1).transpose(1, 2)
    pair = pair & (kind == 4)
    forbidden = (pair & ~adjacency) | (known & (kind == 5) & ~adjacency)
    forbidden |= (kind == 6) & _across_tiers(adjacency, generator)
    forbidden |= (kind == 7) & _ends(adjacency, generator)
    eye = torch.eye(d, dtype=torch.bool)
    return torch.stack([pair & adjacency, forbidden & ~eye], -1).float()


def _across_tiers(adjacency: Tensor, generator: torch.Generator) -> Tensor:
    """Pairs `i, j` with `j` in an earlier tier than `i`, for two to four tiers, `[B, d, d]`."""
    batch, d = adjacency.shape[:2]
    # A level and a fraction: whatever the fractions are, this puts parents before their children.
    key = levels(adjacency) + torch.rand(batch, d, generator=generator)
    rank = key.argsort(1).argsort(1)
    tiers = torch.randint(2, 5, (batch, 1), generator=generator)
    tier = rank * tiers // d
    return tier[:, :, None] > tier[:, None, :]


def _ends(adjacency: Tensor, generator: torch.Generator) -> Tensor:
    """Everything into some of the roots and out of some of the leaves, `[B, d, d]`."""
    known = torch.rand(adjacency.shape[:2], generator=generator) < 0.5
    root, leaf = ~adjacency.any(1) & known, ~adjacency.any(2) & known
    return root[:, None, :] | leaf[:, :, None]


def levels(adjacency: Tensor) -> Tensor:
    """Number of edges on the longest path to each node, `[B, d, d]` -> `[B, d]`."""
    level = torch.zeros(adjacency.shape[:2])
    while True:
        deeper = (adjacency * (level[:, :, None] + 1)).amax(1)
        if bool((deeper == level).all()):
            return level
        level = deeper


def hide(data: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """NaN in place of a share of the values `[B, n, d]`, completely at random."""
    return data.masked_fill(torch.rand(data.shape, generator=generator) < share, math.nan)


def mean_auprc(true: Tensor, scores: Tensor) -> float:
    """Mean of :func:`foundation_causal.metrics.auprc` over graphs that have an edge: `[B, d, d]` twice."""
    areas = [auprc(*graphs) for graphs in zip(true.numpy(), scores.detach().numpy(), strict=True)]
    return float(np.nanmean(areas))
