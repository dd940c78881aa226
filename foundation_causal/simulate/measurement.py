"""How what a variable is becomes what a table says of it: distorted, limited, rounded, spoiled."""

from __future__ import annotations

import torch
from torch import Tensor

from foundation_causal.simulate.random import Random

DISTORTED, LIMITED, ROUNDED, SPOILED = 0.3, 0.12, 0.15, 0.08  # chances of a column


def measured(data: Tensor, random: Random, strength: float = 1.0) -> Tensor:
    """Columns as instruments and clerks would report them; each is distorted by chance.

    A column may be bent by a rising function (exponential, logarithm, square root, saturation), cut off at a
    limit of detection (which may set all that lies below to zero), rounded, and spoiled in a few rows by
    values far off. The functions are in units of the column's spread, so that they bend what is there.

    Args:
        data: Numbers `[B, n, d]`.
        random: Source of randomness.
        strength: Factor of all chances.

    Returns:
        The same shape, in units of the spread of the columns, none of which becomes constant.

    Example:
        >>> measured(torch.randn(2, 60, 5), Random.seeded(0)).shape
        torch.Size([2, 60, 5])
    """
    batch, _, d = data.shape
    x = data.transpose(1, 2)
    shape = (batch, d, 1)
    middle = x.median(2, keepdim=True).values
    spread = (x - middle).abs().median(2, keepdim=True).values.mul(1.4826)
    spread = torch.maximum(spread, 0.1 * x.std(2, keepdim=True)).clamp_min(1e-9)
    z = (x - middle) / spread
    z = torch.where(_chosen(DISTORTED * strength, shape, random), _bent(z, random), z)
    z = torch.where(_chosen(LIMITED * strength, shape, random), _limited(z, random), z)
    z = torch.where(_chosen(ROUNDED * strength, shape, random), _rounded(z, random), z)
    z = torch.where(_chosen(SPOILED * strength, shape, random), _spoiled(z, random), z)
    z = torch.where(z.amax(2, keepdim=True) > z.amin(2, keepdim=True), z, (x - middle) / spread)
    return z.transpose(1, 2).contiguous()


def _chosen(chance: float, shape: tuple[int, int, int], random: Random) -> Tensor:
    return random.uniform(shape) < chance


def _bent(z: Tensor, random: Random) -> Tensor:
    """A rising function of values `[B, d, n]`, the same for all rows of a column, forwards or mirrored."""
    shape = (*z.shape[:2], 1)
    sign, size = random.sign(shape), random.uniform(shape, (0.3, 1.2))
    z, kind = sign * z, random.integers(4, shape)
    lowest = z.amin(2, keepdim=True)
    options = [
        (size * z).clamp(-12, 6).exp(),
        ((z - lowest) + size).log(),
        ((z - lowest) * size).sqrt(),
        torch.tanh(size * z),
    ]
    return sign * sum(torch.where(kind == k, option, 0.0) for k, option in enumerate(options))


def _limited(z: Tensor, random: Random) -> Tensor:
    """Values beyond a limit of detection, a low or a high one, are put at the limit or far beyond it."""
    shape = (*z.shape[:2], 1)
    sign, n = random.sign(shape), z.shape[2]
    z = sign * z
    place = (random.uniform(shape, (0.05, 0.45)) * (n - 1)).long()
    limit = z.sort(2).values.gather(2, place)
    drop = random.uniform(shape, (0.0, 1.5)) * (random.uniform(shape) < 0.4)
    return sign * torch.where(z < limit, limit - drop, z)


def _rounded(z: Tensor, random: Random) -> Tensor:
    step = torch.exp(random.uniform((*z.shape[:2], 1), (-3.0, 0.0)))
    return (z / step).round() * step


def _spoiled(z: Tensor, random: Random) -> Tensor:
    """A few rows, at most one in fifty, with values up to ten times as far out."""
    share = random.uniform((*z.shape[:2], 1), (0.001, 0.02))
    return torch.where(random.uniform(z.shape) < share, z + 10 * random.normal(z.shape), z)
