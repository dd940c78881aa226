r"""Closed-form statistics of every ordered pair of columns that suit columns with levels.

Every column becomes a block of at most `MOST_LEVELS` indicators: of its levels, or, for a number, of six
classes with equally many rows. One matrix product gives the contingency tables of all pairs, from which come

* the mean square contingency :math:`\phi^2` (Cramer's V), how much of it lies on one axis, mutual
  information less its bias, and :math:`H(j \mid i) / H(j)`;
* log Bayes factors of dependence: BDeu (Heckerman, Geiger and Chickering, 1995), which is the same for both
  directions, and K2 (Cooper and Herskovits, 1992), which is not: a table whose rows are independent draws
  for every level of the cause has no such rows the other way round.

Another product gives the moments of every column within the levels of every other: the correlation ratio (of
values and of ranks), the gain of a Gaussian with a mean and a variance for each level, how unequal these
variances are, and skewness and kurtosis within levels. A number that is Gaussian within the levels of the
other column was made by it; one that is Gaussian only as a whole made the other, by a threshold or a logit.

The partial association of two blocks is the sum of squared partial canonical correlations given all other
columns, from the inverse of the covariance of all blocks (degenerate Gaussian: Andrews, Ramsey and Cooper,
2019); there, a number stands with its square.

Nothing depends on how levels are numbered, but for ordered ones. In the statistics for numbers
(:mod:`~discovery.network.pair_statistics`), a category has the scores of its first axis of correspondence
with all other columns.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

TYPE_FEATURES = 44
MOST_LEVELS = 10  # that indicators tell apart; of an ordered column with more, neighbours are joined
CLASSES = 6  # of a number
WINSOR = 5.0  # standard deviations, at which numbers are cut off in moments


class Blocks(NamedTuple):
    """The columns as indicators and as numbers; a missing value is zero in all of them.

    Attributes:
        data: `[B, n, d]`, NaN where missing; ordered levels by their place, from 0.
        indicators: `[B, n, d, K]`.
        numbers: `[B, n, d]`, mean 0 and variance 1.
        ranks: `[B, n, d]`, likewise.
        discrete: Bool `[B, d]`.
        distinct: Share of values that are distinct `[B, d]`.
        seen: Bool `[B, n, d]`.
    """

    data: Tensor
    indicators: Tensor
    numbers: Tensor
    ranks: Tensor
    discrete: Tensor
    distinct: Tensor
    seen: Tensor


def type_statistics(data: Tensor, levels: Tensor, ordered: Tensor) -> tuple[Tensor, Tensor]:
    """Describe every ordered pair of columns, some of which have levels.

    Args:
        data: `[B, n, d]`, NaN where missing; a level is any number that stands for it.
        levels: `[B, d]`, the number of levels of a discrete column, 0 for a numeric one.
        ordered: Bool `[B, d]`, whether levels have an order.

    Returns:
        Pair features `[B, d, d, TYPE_FEATURES]`, compressed by `asinh`; and the data `[B, n, d]` with scores
        in place of the levels of categories, and places, from 0, in place of ordered levels.

    Example:
        >>> data = torch.randn(2, 60, 5)
        >>> data[..., 0] = (data[..., 1] > 0).float()
        >>> pairs, scored = type_statistics(data, torch.tensor([[2, 0, 0, 0, 0]] * 2), torch.ones(2, 5) > 0)
        >>> pairs.shape
        torch.Size([2, 5, 5, 44])
    """
    blocks = _blocks(data, levels, ordered)
    share = blocks.indicators.sum(1) / blocks.seen.sum(1).clamp_min(1)[..., None]
    unit = _unit_indicators(blocks, share)
    scored, categorical = blocks.data, blocks.discrete & ~ordered
    if bool(categorical.any()):
        scores, mine = _scores(unit, blocks, share, categorical), categorical[:, None]
        scored = torch.where(mine, scores.where(blocks.seen, torch.nan), scored)
        numbers = torch.where(mine, _standardized(scores, blocks.seen), blocks.numbers)
        blocks = blocks._replace(numbers=numbers, ranks=torch.where(mine, numbers, blocks.ranks))
    parts = [
        *_columns(blocks, share, levels, ordered),
        *_tables(blocks),
        *_moments(blocks),
        *_partial(unit, blocks),
        _cross(blocks.ranks, blocks.ranks),
    ]
    pairs = torch.stack(torch.broadcast_tensors(*parts), -1)
    return torch.asinh(pairs).float(), scored


def _blocks(data: Tensor, levels: Tensor, ordered: Tensor) -> Blocks:
    x = data.transpose(1, 2).contiguous()
    seen = ~x.isnan()
    x = x.masked_fill(~seen, torch.inf)  # behind all others
    values, left, right = _sorted(x)
    count = seen.sum(2, keepdim=True).clamp_min(1)
    change = torch.zeros_like(left)
    change[..., 1:] = (values[..., 1:] != values[..., :-1]) & values[..., 1:].isfinite()
    code = change.cumsum(2).gather(2, left)
    distinct = change.sum(2) + 1
    discrete = levels > 0
    places = torch.where(seen, code.to(data), torch.nan).transpose(1, 2).contiguous()
    data = torch.where(discrete[:, None], places, data)
    middle = (left + right - 1).to(data) / 2
    classes = ((middle + 0.5) / count * CLASSES).long().clamp(0, CLASSES - 1)
    many = distinct > MOST_LEVELS
    if bool((many & discrete).any()):
        joined = ((middle + 0.5) / count * MOST_LEVELS).long().clamp(0, MOST_LEVELS - 1)
        rare = _by_frequency(code, left, right, seen).clamp_max(MOST_LEVELS - 1)
        code = torch.where(many[..., None], torch.where(ordered[..., None], joined, rare), code)
    code = torch.where(discrete[..., None], code, classes)
    most = int(code.masked_fill(~seen, 0).max()) + 1
    indicators = torch.nn.functional.one_hot(code.clamp_max(most - 1), most).to(data) * seen[..., None]
    seen = seen.transpose(1, 2)
    ranks = _standardized(middle.transpose(1, 2), seen)
    return Blocks(
        data,
        indicators.transpose(1, 2).contiguous(),
        _standardized(data, seen),
        ranks,
        discrete,
        distinct / count.squeeze(2),
        seen,
    )


def _sorted(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Values in order along the last axis, and between which places each has its equals: first, and end."""
    if x.device.type != "cpu":
        values = x.sort(2).values
        return values, torch.searchsorted(values, x), torch.searchsorted(values, x, right=True)
    given, n = x.numpy(), x.shape[2]
    order = np.argsort(given, axis=2)
    ranked, places = np.take_along_axis(given, order, 2), np.broadcast_to(np.arange(n), given.shape)
    first, end = places, places + 1
    new = ranked[..., 1:] != ranked[..., :-1]
    if not new.all():
        first = np.zeros_like(order)
        first[..., 1:] = np.where(new, places[..., 1:], 0)
        first = np.maximum.accumulate(first, 2)
        end = np.full_like(order, n)
        end[..., :-1] = np.where(new, places[..., 1:], n)
        end = np.minimum.accumulate(end[..., ::-1], 2)[..., ::-1]
    left, right = np.empty_like(order), np.empty_like(order)
    np.put_along_axis(left, order, first, 2)
    np.put_along_axis(right, order, end, 2)
    return torch.from_numpy(ranked), torch.from_numpy(left), torch.from_numpy(right)


def _by_frequency(code: Tensor, left: Tensor, right: Tensor, seen: Tensor) -> Tensor:
    """Places `[B, d, n]` of levels in the order of how many rows they have, the most frequent first."""
    most = code.shape[2]
    count = torch.zeros_like(code).scatter(2, code, (right - left) * seen)[..., :most]
    return (-count).argsort(dim=2, stable=True).argsort(2).gather(2, code)


def _standardized(x: Tensor, seen: Tensor) -> Tensor:
    """Mean 0 and variance 1 over the rows that are seen, the others 0, `[B, n, d]`."""
    count = seen.sum(1, keepdim=True).clamp_min(1)
    centred = torch.where(seen, x, 0.0)
    centred = torch.where(seen, centred - centred.sum(1, keepdim=True) / count, 0.0)
    return centred / (centred.square().sum(1, keepdim=True) / count).sqrt().clamp_min(1e-12)


def _cross(a: Tensor, b: Tensor) -> Tensor:
    """Mean over rows of `a_i b_j`, `[B, d, d]`."""
    return a.transpose(1, 2) @ b / a.shape[1]


def _rows(v: Tensor) -> list[Tensor]:
    """One number for each column `[B, d]` as a feature of the source and as one of the target."""
    return list(torch.broadcast_tensors(v[:, :, None], v[:, None, :]))


def _columns(blocks: Blocks, share: Tensor, levels: Tensor, ordered: Tensor) -> list[Tensor]:
    """What each column is."""
    discrete, used = blocks.discrete, (share > 0).sum(2)
    entropy = -(share * share.clamp_min(1e-12).log()).sum(2) / used.clamp_min(2).to(share).log()
    two = discrete & (levels == 2)
    features = (
        (~discrete).to(share), two.to(share), (discrete & ordered & ~two).to(share),
        used.to(share).log(), entropy, share.amax(2), (blocks.distinct + 1e-4).log(),
    )  # fmt: skip
    return [part for feature in features for part in _rows(feature)]


def _unit_indicators(blocks: Blocks, share: Tensor) -> Tensor:
    r"""Indicators less their mean, over :math:`\sqrt{p_k}`, `[B, n, d, K]`: no level outweighs another."""
    centred = (blocks.indicators - share[:, None]) * blocks.seen[..., None]
    return centred / share.clamp_min(1e-9).sqrt()[:, None] * (share > 0)[:, None]


def _gram(a: Tensor) -> Tensor:
    """Sums over rows of all pairs of indicators, `[B, n, d, K]` -> `[B, d, d, K, K]`."""
    batch, _, d, k = a.shape
    flat = a.flatten(2)
    return (flat.transpose(1, 2) @ flat).view(batch, d, k, d, k).permute(0, 1, 3, 2, 4)


def _scores(unit: Tensor, blocks: Blocks, share: Tensor, categorical: Tensor) -> Tensor:
    """The first axis of each category's correspondence with all other columns, as values `[B, n, d]`."""
    n, d = unit.shape[1:3]
    numbers = blocks.numbers.clamp(-WINSOR, WINSOR)
    of_numbers = torch.einsum("bndk,bnj->bdjk", unit, numbers) / n
    of_levels = _gram(unit) / n
    others = 1 - torch.eye(d, dtype=unit.dtype, device=unit.device)[..., None]
    of_numbers = of_numbers * others * (~blocks.discrete)[:, None, :, None]
    of_levels = of_levels * others[..., None] * blocks.discrete[:, None, :, None, None]
    across = torch.einsum("bijkl,bijml->bikm", of_levels, of_levels)
    across = across + torch.einsum("bijk,bijm->bikm", of_numbers, of_numbers)
    axis = torch.zeros_like(share)
    axis[categorical] = torch.linalg.eigh(across[categorical].double()).eigenvectors[..., -1].to(share)
    score = axis / share.clamp_min(1e-9).sqrt() * (share > 0)
    skew = (share * score.pow(3)).sum(2, keepdim=True)
    score = torch.where(skew < 0, -score, score)
    return (blocks.indicators * score[:, None]).sum(3)


def _tables(blocks: Blocks) -> list[Tensor]:
    """Statistics of the contingency tables of all pairs."""
    table = _gram(blocks.indicators)
    total = table.sum((3, 4)).clamp_min(1)
    source, target = table.sum(4), table.sum(3)
    freedom = ((source > 0).sum(3) - 1).clamp_min(0) * ((target > 0).sum(3) - 1).clamp_min(0)
    freedom = freedom.to(total)
    root = (source[..., :, None] * target[..., None, :]).sqrt()
    canonical = (table - root.square() / total[..., None, None]) / root.clamp_min(1e-9)
    phi = canonical.square().sum((3, 4))
    squared = canonical @ canonical.transpose(3, 4)
    first = (squared.square().sum((3, 4)) / phi.clamp_min(1e-9)).sqrt()
    least = torch.minimum((source > 0).sum(3), (target > 0).sum(3)).sub(1).clamp_min(1).to(total)
    information = (
        _plogp(table).sum((3, 4)) - _plogp(source).sum(3) - _plogp(target).sum(3) + _plogp(total)
    ) / total
    unbiased = information - freedom / (2 * total)
    own = (_plogp(total) - _plogp(target).sum(3)) / total
    scale = total.sqrt()
    bdeu, k2 = _bayes_factors(table, source, target, total)
    return [
        (phi / least).sqrt(),
        first,
        (total * phi - freedom) / (2 * freedom).clamp_min(1).sqrt(),
        10 * unbiased,
        unbiased / own.clamp_min(1e-3),
        bdeu / total * 10, bdeu / scale, k2 / total * 10, k2 / scale,
        (k2 - k2.transpose(1, 2)) / scale,
        (k2 - k2.transpose(1, 2)) / 3,
    ]  # fmt: skip


def _plogp(x: Tensor) -> Tensor:
    return torch.xlogy(x, x)


def _bayes_factors(table: Tensor, source: Tensor, target: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
    """Log Bayes factors of `i -> j` against independence: BDeu with one row's weight, and K2."""
    some, other = (source > 0).to(table), (target > 0).to(table)
    cells = (some[..., :, None] * other[..., None, :]).sum((3, 4)).clamp_min(1)[..., None, None]
    a, b = some.sum(3).clamp_min(1)[..., None], other.sum(3).clamp_min(1)[..., None]
    # Cells that have no rows add nothing, whatever the prior.
    bdeu = _gained(table, 1 / cells).sum((3, 4)) - _gained(source, 1 / a).sum(3)
    bdeu = bdeu - _gained(target, 1 / b).sum(3) + _gained(total, torch.ones_like(total))
    k2 = torch.lgamma(table + 1).sum((3, 4)) - _gained(source, b).sum(3)
    k2 = k2 - torch.lgamma(target + 1).sum(3) + _gained(total, b.squeeze(-1))
    return bdeu, k2


def _gained(count: Tensor, weight: Tensor) -> Tensor:
    return torch.lgamma(count + weight) - torch.lgamma(weight)


def _moments(blocks: Blocks) -> list[Tensor]:
    """How the numbers of `j` are spread within the levels of `i`."""
    batch, _, d, k = blocks.indicators.shape
    z, seen = blocks.numbers.clamp(-WINSOR, WINSOR), blocks.seen.to(blocks.numbers)
    powers = torch.cat([seen, z, z.square(), z.pow(3), z.pow(4), blocks.ranks], 2)
    sums = blocks.indicators.flatten(2).transpose(1, 2) @ powers
    count, m1, m2, m3, m4, rank = sums.view(batch, d, k, 6, d).permute(3, 0, 1, 4, 2).unbind(0)
    total = count.sum(3).clamp_min(1)
    weight = count / total[..., None]
    inside = count.clamp_min(1)
    m1, m2, m3, m4, rank = m1 / inside, m2 / inside, m3 / inside, m4 / inside, rank / inside
    whole = ((weight * m2).sum(3) - (weight * m1).sum(3).square()).clamp_min(1e-6)
    variance = (m2 - m1.square()).clamp_min(0) + 0.02 * whole[..., None]
    third = m3 - 3 * m1 * m2 + 2 * m1.pow(3)
    fourth = m4 - 4 * m1 * m3 + 6 * m1.square() * m2 - 3 * m1.pow(4)
    ratio = ((weight * m1.square()).sum(3) - (weight * m1).sum(3).square()) / whole
    ranked = (weight * rank.square()).sum(3)
    used = (count > 0).sum(3) - 1
    enough = weight * (count >= 5)
    enough = enough / enough.sum(3, keepdim=True).clamp_min(1e-6)
    logs = (variance / whole[..., None]).log()
    mean = (enough * logs).sum(3)
    spread = (enough * logs.square()).sum(3) - mean.square()
    skew = (enough * third / variance.pow(1.5)).sum(3)
    kurtosis = (enough * (fourth / variance.square() - 3)).sum(3)
    unbiased = ratio - used / total
    gain = -(weight * logs).sum(3) / 2
    return [
        unbiased.clamp_min(0).sqrt(),
        total * unbiased / (2 * used.clamp_min(1)).to(total).sqrt(),
        (ranked - used / total) * total.sqrt() / 3,
        3 * (1 - ratio).clamp_min(1e-3).log(),
        3 * gain,
        (gain * total - used) / total.sqrt(),
        3 * spread,
        total * spread / 20,
        3 * skew,
        kurtosis,
        total.sqrt() * (kurtosis / 10),
    ]


def _partial(unit: Tensor, blocks: Blocks) -> list[Tensor]:
    """Partial canonical correlations of the blocks of all pairs given all others."""
    z = blocks.numbers.clamp(-WINSOR, WINSOR)
    square = _standardized(z.square(), blocks.seen)
    plain = torch.nn.functional.pad(torch.stack([z, square], -1), (0, unit.shape[3] - 2))
    block = torch.where(blocks.discrete[:, None, :, None], unit, plain)
    batch, n, d, k = block.shape
    flat = block.flatten(2)
    covariance = flat.transpose(1, 2) @ flat / n
    width = (flat.square().sum(1) > 0).sum(1).to(flat)
    size = torch.where(blocks.discrete, (blocks.indicators.sum(1) > 0).sum(2) - 1, 2).to(flat)
    freedom = size[:, :, None] * size[:, None, :]
    eye = torch.eye(d * k, dtype=flat.dtype, device=flat.device)
    features = []
    for constant, slope in ((0.003, 0.05), (0.05, 0.3)):
        ridge = constant + slope * width / n
        precision = torch.linalg.inv(covariance + ridge[:, None, None] * eye)
        precision = precision.view(batch, d, k, d, k).permute(0, 1, 3, 2, 4)
        own = torch.linalg.inv(precision.diagonal(dim1=1, dim2=2).permute(0, 3, 1, 2))
        weights = own[:, :, None] @ precision
        square = (weights * weights.permute(0, 2, 1, 4, 3)).sum((3, 4))
        square = square * (1 - torch.eye(d, dtype=flat.dtype, device=flat.device))
        features += [square.clamp_min(0).sqrt(), (n * square - freedom) / (2 * freedom).clamp_min(1).sqrt()]
        if not features[2:]:
            left = own.diagonal(dim1=2, dim2=3).sum(2) - ridge[:, None] * k
            features += _rows(left / size.clamp_min(1))
            features.append(square / size[:, None, :].clamp_min(1).sqrt())
    return features
