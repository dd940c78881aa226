r"""Closed-form statistics of every ordered pair of variables: the input of the edge transformer.

Nothing here is learned. Everything is a matrix product over rows, so a data set of `n` rows and `d`
variables becomes `[d, d, F]` in one pass, whatever `n` is. Which statistic points to which direction is
for the network to learn:

* correlation, and partial correlation from a shrunken precision matrix;
* higher cross-moments of values, and of the residuals of each variable on all others: their asymmetry
  is what identifies linear non-Gaussian models (Hyvarinen and Smith, 2013);
* the fit of `x_j` by a small nonlinear basis of `x_i`, in both directions, with the entropy and the
  heteroscedasticity of the residual: the additive-noise asymmetry (Hoyer et al., 2009);
* the Stein estimate of the score, `grad log p`, by kernel ridge regression: its Fisher matrix, its
  cross-moments and the variance of its Jacobian's diagonal, which is zero exactly at the leaves of a
  Gaussian additive-noise model (Rolland et al., 2022).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from foundation_causal.runtime import exponential
from foundation_causal.types import Array

PAIR_FEATURES = 44
GLOBAL_FEATURES = 3
ROWS_SEEN = (30, 5000)  # the range of n in training
TYPED_ROWS_SEEN = (60, 5000)  # the same of the network for tables of any type
CHUNK = 1_000_000  # entries of residuals [B, n, sources, d] that are held at once
LOG_2 = 0.6931472
MAX_SCORE_ROWS = 600  # kernel ridge regression costs the cube of its rows; more rows than this are thinned


def pair_statistics(data: Tensor) -> tuple[Tensor, Tensor]:
    r"""Describe every ordered pair of variables.

    Args:
        data: `[B, n, d]` in any units; standardized here. Double precision costs twice the time and keeps
            the answer the same to five digits whatever the order of the columns.

    Returns:
        Pair features `[B, d, d, PAIR_FEATURES]`, compressed by `asinh` so that heavy tails stay small,
        where entry `[b, i, j]` is about `i -> j`; and global features `[B, GLOBAL_FEATURES]`
        (`log n`, `log d`, `log d/n`, with `n` clamped to ROWS_SEEN).

    Example:
        >>> pairs, size = pair_statistics(torch.randn(2, 60, 5))
        >>> pairs.shape, size.shape
        (torch.Size([2, 5, 5, 44]), torch.Size([2, 3]))
    """
    x = standardize(data)
    n, d = x.shape[1:]
    correlation = _cross(x, x)
    ridges = (0.002 + 0.05 * d / n, 0.02 + 0.2 * d / n, 0.3)
    precisions = [torch.linalg.inv(correlation + ridge * torch.eye(d, device=x.device)) for ridge in ridges]
    parts = [*_second_order(correlation, precisions), *_moments(x, x)]
    residual, spread = _full_residuals(x, precisions[1])
    parts += [*_moments(residual, x), *spread]
    parts += [*_by_source(_linear_pairs, x), *_by_source(_nonlinear_pairs, x)]
    parts += _score_statistics(x)
    pairs = torch.stack(torch.broadcast_tensors(*parts), -1)
    seen = min(max(n, ROWS_SEEN[0]), ROWS_SEEN[1])  # never extrapolate in a number that is only a hint
    size = torch.tensor([seen, d, d / seen], dtype=torch.float32, device=x.device).log()
    return torch.asinh(pairs).float(), size.expand(len(x), -1)


def standardize(x: Tensor) -> Tensor:
    """Mean 0 and variance 1 over rows `[B, n, d]`; a column that does not vary becomes zeros."""
    centred = x - x.mean(1, keepdim=True)
    spread = centred.std(1, correction=0, keepdim=True).clamp_min(1e-12)
    rounding = 4 * torch.finfo(x.dtype).eps * x.abs().amax(1, keepdim=True)
    return (centred / spread).masked_fill(spread <= rounding, 0.0)


def _cross(a: Tensor, b: Tensor) -> Tensor:
    """Mean over rows of `a_i b_j`: `[B, n, d]` twice -> `[B, d, d]`."""
    return a.transpose(1, 2) @ b / a.shape[1]


def _rows(v: Tensor) -> list[Tensor]:
    """One number per variable, `[B, d]`, as a feature of the source and as one of the target."""
    return [v[:, :, None], v[:, None, :]]


def _second_order(correlation: Tensor, precisions: list[Tensor]) -> list[Tensor]:
    """Correlation, and regression weights from each of the shrunken precision matrices `[B, d, d]`."""
    features = [correlation]
    eye = torch.eye(correlation.shape[1], device=correlation.device)
    for precision in precisions:
        scale = precision.diagonal(dim1=1, dim2=2)
        features.append(-precision / (scale[:, :, None] * scale[:, None, :]).sqrt() * (1 - eye))
        features.append(precision / scale[:, None, :] * (1 - eye))  # minus i's weight in x_j's regression
        features += _rows(-scale.log())
    return features


def _moments(a: Tensor, x: Tensor) -> list[Tensor]:
    """Asymmetric cross-moments of `a_i` (values or residuals, unit variance) with `x_j`."""
    linear = _cross(a, x)
    return [
        _cross(a.square(), x),
        _cross(a.pow(3), x) - 3 * linear,
        _cross(a.tanh(), x),
        _cross(a.square() - 1, x.square() - 1),
    ]


def _full_residuals(x: Tensor, precision: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Standardized residual of every variable on all others `[B, n, d]`, and its shape per variable."""
    residual = standardize(x @ (precision / precision.diagonal(dim1=1, dim2=2)[:, None, :]))
    return residual, [*_rows(residual.pow(4).mean(1) - 3), *_rows(x.pow(4).mean(1) - 3)]


def _by_source(statistics: Callable[[Tensor, Tensor], list[Tensor]], x: Tensor) -> list[Tensor]:
    """Statistics of all pairs, a few sources at a time: residuals `[B, n, d, d]` need not fit into memory."""
    batch, n, d = x.shape
    parts = [statistics(sources, x) for sources in x.split(max(1, CHUNK // (batch * n * d)), 2)]
    return [torch.cat(pieces, 1) for pieces in zip(*parts, strict=True)]


def _linear_pairs(sources: Tensor, x: Tensor) -> list[Tensor]:
    """Entropy of the residual of `x_j` on each source, by two nonlinear moments (Hyvarinen, 1998)."""
    correlation = _cross(sources, x)
    residual = x[:, :, None, :] - correlation[:, None] * sources[:, :, :, None]
    residual = residual / (1 - correlation.square()).clamp_min(1e-4).sqrt()[:, None]
    return _entropy(residual)


def _entropy(residual: Tensor) -> list[Tensor]:
    """Two moments of residuals `[B, n, d, d]` of variance 1: how far their entropy is from a Gaussian's."""
    if _is_exact(residual):
        cosh, skew = (torch.from_numpy(part) for part in _bends(residual.numpy()))
    else:
        cosh = torch.nn.functional.softplus(-2 * residual.abs()) + residual.abs() - LOG_2
        skew = residual * torch.exp(-residual.square() / 2)
    return [10 * (cosh.mean(1) - 0.37457), 10 * skew.mean(1)]


def _is_exact(x: Tensor) -> bool:
    """Whether NumPy computes it: double precision on a processor, where torch takes twice as long."""
    return x.dtype == torch.float64 and x.device.type == "cpu"


def _bends(residual: Array) -> tuple[Array, Array]:
    """The logarithm of cosh, and `r exp(-r^2 / 2)`, of all residuals."""
    size = np.abs(residual)
    cosh = np.multiply(size, -2.0)
    np.log1p(exponential(cosh), out=cosh)
    cosh += size
    cosh -= LOG_2
    skew = np.multiply(residual, residual, out=size)
    skew *= -0.5
    exponential(skew)
    skew *= residual
    return cosh, skew


def _nonlinear_pairs(sources: Tensor, x: Tensor) -> list[Tensor]:
    """Statistics of the residual of every `x_j` on a small basis of every source."""
    n, s = x.shape[1], sources
    basis = torch.stack([torch.ones_like(s), s, s.square(), s.pow(3) / 3, (2 * s).sin(), (2 * s).cos()], -1)
    gram = torch.einsum("bnik,bnil->bikl", basis, basis) / n
    gram = gram + 0.5 / n * torch.eye(basis.shape[-1], device=x.device)
    target = torch.einsum("bnik,bnj->bikj", basis, x) / n
    coefficients = torch.linalg.solve(gram, target)
    residual = x[:, :, None, :] - torch.einsum("bnik,bikj->bnij", basis, coefficients)
    variance = residual.square().mean(1).clamp_min(1e-4)
    unit = residual / variance.sqrt()[:, None]
    squared = unit.square()
    return [
        variance.log(),
        torch.einsum("bnij,bni->bij", squared, s) / n,
        torch.einsum("bnij,bni->bij", squared, s.square() - 1) / n,
        squared.square().mean(1) - 3,
        *_entropy(unit),
    ]


def _score_statistics(x: Tensor) -> list[Tensor]:
    r"""Moments of the estimated score \(s = \nabla \log p\) and of the diagonal of its Jacobian.

    Stein's identity with an RBF kernel of bandwidth `h` gives `s = -(K + eta I)^-1 G`, where
    `G[a, j] = sum_b K[a, b] (x_aj - x_bj) / h^2` (Li and Turner, 2018, eq. 12).

    All in float64: with heavy tails most rows lie close together, and their distances drown in the rounding
    of the few that lie far out.
    """
    step, given = -(-x.shape[1] // MAX_SCORE_ROWS), x
    x = x[:, ::step].double()
    d = x.shape[2]
    square = x.square().sum(2)
    distance = (square[:, :, None] + square[:, None, :] - 2 * x @ x.transpose(1, 2)).clamp_min(0)
    h2 = _medians(distance.flatten(1)).clamp_min(1e-6)[:, None, None] / 2
    kernel = distance.div_(-2 * h2)
    kernel = torch.from_numpy(exponential(kernel.numpy())) if _is_exact(x) else kernel.exp_()
    total, first, second = kernel.sum(2, keepdim=True), kernel @ x, kernel @ x.square()
    gradient = (x * total - first) / h2
    hessian = (x.square() * total - 2 * x * first + second) / h2.square() - total / h2
    kernel.diagonal(dim1=1, dim2=2).add_(0.01)
    solved = torch.cholesky_solve(torch.cat([gradient, hessian], 2), torch.linalg.cholesky(kernel))
    score = -solved[:, :, :d]
    curvature = solved[:, :, d:] - score.square()
    scale = score.std(1, correction=0).clamp_min(1e-6)
    unit = (score - score.mean(1, keepdim=True)) / scale[:, None]
    spread = curvature.std(1, correction=0) / scale.square()
    relative = (spread + 1e-6).log()
    leaf = relative - relative.min(1, keepdim=True).values
    features = [_cross(unit, unit), *_moments(unit, x), *_rows(scale.log()), *_rows(relative), *_rows(leaf)]
    return [feature.to(given) for feature in features]


def _medians(x: Tensor) -> Tensor:
    """The lower median of each row, `[B, m]` to `[B]`."""
    if not _is_exact(x):
        return x.median(1).values
    middle = (x.shape[1] - 1) // 2
    return torch.from_numpy(np.partition(x.numpy(), middle, axis=1)[:, middle].copy())
