"""What the shape of the residuals adds to the Gaussian evidence of a regression, in batches.

The shapes are those of :mod:`discovery.search.shaped_score`: Gaussian, Laplace, uniform, and a Polya tree
(Lavine, 1992), equally probable beforehand.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

SHAPES = 4
LEAST = 1e-6  # of a spread: standardized targets that are explained to the last digit


def shape_gain(residual: Tensor, depth: Tensor, weight: Tensor | None = None) -> Tensor:
    """The log of the mean likelihood over shapes, less that of Gaussian noise, `[E]`.

    Args:
        residual: Of every regression, about zero in the mean, `[E, n]`; 0 where a row does not count.
        depth: Levels of the Polya tree, `[E]`; 0 leaves the tree and the uniform density out.
        weight: Which rows count, 1 or 0, `[E, n]`; all of them if None.

    Example:
        >>> rows = torch.linspace(0.0005, 0.9995, 1000)[None]
        >>> normal, uniform = torch.special.ndtri(rows), rows - 0.5
        >>> gain = shape_gain(torch.cat([normal, uniform]), torch.tensor([6, 6]))
        >>> bool(gain[0] < 0 < 50 < gain[1])
        True
    """
    counted = torch.ones_like(residual) if weight is None else weight
    n = counted.sum(1)
    spread = (residual.square().sum(1) / n).sqrt().clamp_min(LEAST)
    gaussian = -n * ((2 * math.pi) ** 0.5 * spread).log() - 0.5 * n
    laplace = -n * ((2 * residual.abs().sum(1) / n).clamp_min(LEAST).log() + 1)
    width = residual.amax(1) - residual.amin(1)
    uniform = -n * width.clamp_min(LEAST).log() - n.log()
    tree = gaussian + tree_gain(residual / spread[:, None], depth, counted)
    shapes = torch.stack([gaussian, laplace, uniform, tree], 1)
    shapes[:, 2:].masked_fill_((depth == 0)[:, None], -math.inf)
    return shapes.logsumexp(1) - math.log(SHAPES) - gaussian


def tree_gain(standard: Tensor, depth: Tensor, counted: Tensor) -> Tensor:
    """What Polya trees of some depths add to the standard normal log density of values `[E, n]`, `[E]`."""
    levels = int(depth.max()) if len(depth) else 0
    gain = standard.new_zeros(len(standard))
    share = torch.special.ndtr(standard).nan_to_num()  # of a regression that could not be solved
    for level in range(1, levels + 1):
        leaf = (share * 2**level).long().clamp(0, 2**level - 1)
        counts = standard.new_zeros(len(standard), 2**level).scatter_add(1, leaf, counted)
        left, right = counts[:, ::2].double(), counts[:, 1::2].double()
        even = torch.tensor(level**2, dtype=torch.float64, device=left.device)
        halves = betaln(even + left, even + right) - betaln(even, even)
        more = halves.sum(1) + math.log(2) * (left + right).sum(1)
        gain += torch.where(depth >= level, more, 0.0).to(gain.dtype)
    return gain


def betaln(a: Tensor, b: Tensor) -> Tensor:
    """The log of the Beta function."""
    return torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)
