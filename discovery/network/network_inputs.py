r"""The features that the edge transformer reads: pair statistics, knowledge, missing values, interventions.

What the user knows and which values are missing go in as they are. What changed under interventions is
described for every ordered pair, source `i` and target `j`, from the rows in which `i` was intervened on and
`j` was not: how far the mean of `x_j` moved from its mean in the other rows, how its variance changed, and
how it follows the value that `i` was set to. All of these show whether `i` is an ancestor of `j`; which
ancestors are parents is for the network to find out from all pairs together.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from discovery.network.pair_statistics import pair_statistics, standardize
from discovery.network.type_statistics import type_statistics
from discovery.preparation import fill

EXTRA_FEATURES = 13
MIN_OBSERVATIONAL_ROWS = 30  # with fewer rows free of interventions, the statistics are those of all rows


class Inputs(NamedTuple):
    """The features of a batch of tables.

    Attributes:
        pairs: Pair statistics `[B, d, d, PAIR_FEATURES]`.
        extra: `[B, d, d, EXTRA_FEATURES]`, all zero for complete observational rows and no knowledge; its
            first two channels are `knowledge`: 1 where `i -> j` is required, 1 where it is forbidden.
        size: Global features `[B, GLOBAL_FEATURES]`.
        types: Types and statistics that suit them `[B, d, d, TYPE_FEATURES]`; without channels where the
            types were not given.
        complete: `[B]`, 1 where it is known that no two variables have a hidden common cause.
    """

    pairs: Tensor
    extra: Tensor
    size: Tensor
    types: Tensor = torch.zeros(0)
    complete: Tensor = torch.zeros(1)


def network_inputs(
    data: Tensor,
    intervened: Tensor | None = None,
    knowledge: Tensor | None = None,
    levels: Tensor | None = None,
    ordered: Tensor | None = None,
    *,
    mirrored: bool = False,
    complete: Tensor | None = None,
) -> Inputs:
    """Describe a batch of tables.

    Args:
        data: `[B, n, d]` in any units, NaN where missing.
        intervened: Bool `[B, n, d]`, which values an intervention set; tables of one batch share which rows
            are free of interventions.
        knowledge: `[B, d, d, 2]`: 1 where `i -> j` is required, 1 where it is forbidden.
        levels: `[d]` or `[B, d]`, the number of levels of a discrete column, 0 for a numeric one; None for
            a network that does not read types.
        ordered: Bool of the same shape, whether levels have an order; None if all have one.
        mirrored: Turn each column so that it leans to the right (:func:`upright`): a table and its mirror
            image then have the same features.
        complete: `[B]`, 1 where there are no hidden common causes; None does not say it of any table.

    Example:
        >>> inputs = network_inputs(torch.randn(2, 60, 5))
        >>> inputs.pairs.shape, float(inputs.extra.abs().sum())
        (torch.Size([2, 5, 5, 44]), 0.0)
    """
    batch, _, d = data.shape
    complete = torch.zeros(batch, device=data.device) if complete is None else complete
    data = upright(data) if mirrored else data
    absent = data.isnan().to(data.dtype).mean(1)
    free = torch.ones(data.shape[1], dtype=torch.bool, device=data.device)
    if intervened is not None and bool(intervened.any()):
        free = ~intervened.any(2).any(0)
        if int(free.sum()) < MIN_OBSERVATIONAL_ROWS:
            free[:] = True
    types = torch.zeros(batch, d, d, 0, device=data.device)
    if levels is not None:
        ordered = torch.ones_like(levels, dtype=torch.bool) if ordered is None else ordered
        data, types = _typed(data, free, levels.expand(batch, d), ordered.expand(batch, d))
    data = fill(data)
    rows = data
    moved = torch.zeros(batch, d, d, 9, dtype=data.dtype, device=data.device)
    if intervened is not None and bool(intervened.any()):
        rows = data[:, free]
        moved = interventional_statistics(data, intervened)
    if knowledge is None:
        knowledge = torch.zeros(batch, d, d, 2, dtype=data.dtype, device=data.device)
    share = torch.stack(torch.broadcast_tensors(absent[:, :, None], absent[:, None, :]), -1)
    pairs, size = pair_statistics(rows)
    extra = torch.cat([knowledge.to(data), share, moved], -1).float()
    return Inputs(pairs, extra, size, types, complete.float())


def upright(data: Tensor) -> Tensor:
    r"""Turn each column `[B, n, d]` so that its skewness is not negative: `x` or `-x`.

    Which end of a scale is called its upper one is a convention, and an answer must not depend on it.

    Example:
        >>> upright(torch.tensor([[[1.0], [1.0], [-4.0]]])).flatten()
        tensor([-1., -1.,  4.])
    """
    seen = ~data.isnan()
    x = torch.where(seen, data, 0.0).double()
    count = seen.sum(1, keepdim=True).clamp_min(1)
    centred = torch.where(seen, x - x.sum(1, keepdim=True) / count, 0.0)
    unit = centred / centred.abs().amax(1, keepdim=True).clamp_min(1e-300)
    return torch.where(unit.pow(3).sum(1, keepdim=True) < 0, -data, data)


def _typed(data: Tensor, free: Tensor, levels: Tensor, ordered: Tensor) -> tuple[Tensor, Tensor]:
    """The data with scores for categories, and the statistics of types in the rows `free`."""
    types, scored = type_statistics(data, levels, ordered)
    if not bool(free.all()):
        types = type_statistics(data[:, free], levels, ordered)[0]
    return scored, types


def interventional_statistics(data: Tensor, intervened: Tensor) -> Tensor:
    """Statistics `[B, d, d, 9]` of how targets `j` change where sources `i` are intervened on.

    A statistic is 0 where there are fewer than three rows on either side of its comparison.

    Args:
        data: `[B, n, d]` without NaN.
        intervened: Bool `[B, n, d]`.
    """
    x = standardize(data)
    on, off = intervened.to(x), (~intervened).to(x)
    count = _sum(on, off)
    inside, enough = count.clamp_min(1), (count >= 3).to(x)
    mean, square = _sum(on, off * x) / inside, _sum(on, off * x.square()) / inside
    others = _sum(1 - on, off)
    rest, compared = others.clamp_min(1), enough * (others >= 3)
    other = _sum(1 - on, off * x) / rest
    other_variance = (_sum(1 - on, off * x.square()) / rest - other.square()).clamp_min(1e-4)
    variance = (square - mean.square()).clamp_min(1e-4)
    shift = (mean - other) / other_variance.sqrt()
    follows = _correlation(x, x, on, off, count, mean, variance)
    size = _correlation(x.abs(), x, on, off, count, mean, variance)
    root = inside.sqrt()
    changes = [shift, shift * root, (variance / other_variance).log()]
    relations = [follows, follows * root, size, size * root]
    rows = on.sum(1).log1p() / 5
    targets = list(torch.broadcast_tensors(rows[:, :, None], rows[:, None, :]))
    features = [*(compared * feature for feature in changes), *(enough * feature for feature in relations)]
    return torch.asinh(torch.stack([*features, *targets], -1))


def _sum(a: Tensor, b: Tensor) -> Tensor:
    """Sum over rows of `a_i b_j`, `[B, d, d]`."""
    return a.transpose(1, 2) @ b


def _correlation(
    a: Tensor, x: Tensor, on: Tensor, off: Tensor, count: Tensor, mean: Tensor, variance: Tensor
) -> Tensor:
    """Correlation of `a_i` with `x_j` over the rows where `i` is intervened on and `j` is not."""
    inside = count.clamp_min(1)
    mean_a = _sum(on * a, off) / inside
    variance_a = (_sum(on * a.square(), off) / inside - mean_a.square()).clamp_min(0)
    covariance = _sum(on * a, off * x) / inside - mean_a * mean
    return covariance / ((variance_a + 1e-3) * variance).sqrt()
