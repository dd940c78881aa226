"""The grid of Gaussian-process hyperparameters, and their weights by marginal likelihood.

Averaging over a fixed grid needs no training and no starting point, and errs little where the data leave
open which setting is right. Two scalings of the inputs take part: each by its own standard deviation,
and one learned from the data by a few steps on the evidence ("automatic relevance determination"). Neither
depends on the user's units.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs
from scipy.optimize import minimize

from foundation_causal.types import Array
from mechanisms.kernel.gaussian_process import TINY, Kernel, Point, gaussian_kernel, log_evidence

# Length scales in units of the scaled inputs, from wiggly to nearly straight.
LENGTHS: Array = np.array([0.4, 0.7, 1.2, 2.0, 3.4, 5.7, 9.6, 16.0])
ADDITIVE_LENGTHS = LENGTHS[:6]  # beyond that a sum of functions is as good as linear
NOISES: Array = np.power(10.0, np.arange(-16, 3) / 2)  # 1e-8 to 10, variance relative to the kernel's
AROUND_LEARNED = (0.7, 1.0, 1.4)  # the learned length scales, and a little shorter and longer
LINEAR = 0.1  # prior slope beside the exponential: what remains far away from the data
CONSTANT = 1.0  # the targets are centred

MAX_SCREENED_ROWS = 128  # all kernels are compared on so many rows
SCREEN_MARGIN = 8.0  # and those this far below the best (in log evidence) are dropped
MAX_LEARNED_ROWS = 200  # length scales are learned on so many
LEARN_STEPS = 25
MAX_EVIDENCE_ROWS = 256  # the rest are compared on so many, and those that hold weight on all
LEARNED_COST = 1.5  # log evidence that one learned length scale must earn
MASS, MAX_POINTS = 0.98, 24  # how much of the weight is kept, and in at most how many points


def weighted_points(x: Array, y: Array) -> list[Point]:
    """The hyperparameters that the data support, with weights that sum to 1.

    Args:
        x: Parents, each standardized, shape `[n, p]`, p >= 1; the rows in no particular order.
        y: Target, standardized, shape `[n]`.
    """
    kernels = _screened(_grid(x.shape[1]), x, y)
    few = slice(MAX_EVIDENCE_ROWS)
    evidence = log_evidence(kernels, NOISES, x[few], y[few])
    learned = _learned(kernels, evidence, x[:MAX_LEARNED_ROWS], y[:MAX_LEARNED_ROWS])
    if learned:
        evidence = np.vstack([evidence, log_evidence(learned, NOISES, x[few], y[few])])
    return _best(kernels + learned, evidence)


def reweighted(points: Sequence[Point], x: Array, y: Array, variances: Array) -> list[Point]:
    """The hyperparameters that the data support where each row has its own noise.

    The grid is looked at again, beside the kernels of the points: a few outlying rows can hide the right one.

    Args:
        points: As :func:`weighted_points` gives them.
        x: Parents, each standardized, shape `[n, p]`.
        y: Target, standardized, shape `[n]`.
        variances: Variances of the noise of each row, up to a common factor, shape `[n]`.
    """
    candidates = _screened(_grid(x.shape[1]), x, y, variances) + [point.kernel for point in points]
    kernels, few = list({kernel.key: kernel for kernel in candidates}.values()), slice(MAX_EVIDENCE_ROWS)
    return _best(kernels, log_evidence(kernels, NOISES, x[few], y[few], variances[few]))


def _grid(p: int) -> list[Kernel]:
    """The linear kernel, every length scale, and kernels without interactions, for p standardized inputs."""
    ones = np.ones(p)
    kernels = [Kernel(None, ones, CONSTANT)]
    kernels += [Kernel(ones / length, LINEAR * ones, CONSTANT) for length in LENGTHS]
    if p > 1:
        kernels += [Kernel(ones / length, LINEAR * ones, CONSTANT, True) for length in ADDITIVE_LENGTHS]
    return kernels


def _screened(kernels: list[Kernel], x: Array, y: Array, variances: Array | None = None) -> list[Kernel]:
    """The kernels that a few rows do not rule out; the linear one always stays, as the first."""
    if len(y) < 2 * MAX_SCREENED_ROWS:
        return kernels
    few = slice(MAX_SCREENED_ROWS)
    few_variances = None if variances is None else variances[few]
    best = log_evidence(kernels, NOISES, x[few], y[few], few_variances).max(1)
    # Additive kernels rule out no others, which are where learning a length scale for each input begins.
    joint = best[[not kernel.additive for kernel in kernels]].max()
    tops = [best.max() if kernel.additive else joint for kernel in kernels]
    return [k for i, k in enumerate(kernels) if i == 0 or best[i] > tops[i] - SCREEN_MARGIN]


def _learned(kernels: list[Kernel], evidence: Array, x: Array, y: Array) -> list[Kernel]:
    """Kernels with a length scale of its own for each input; none where the data are linear."""
    top = evidence.max(1)
    joint = [k for k, kernel in enumerate(kernels) if k > 0 and not kernel.additive]
    if x.shape[1] < 2 or not joint or top[joint].max() < top[0] - SCREEN_MARGIN:
        return []
    best = max(joint, key=lambda k: top[k])
    start, noise = kernels[best], evidence[best].argmax()
    assert start.inverse_lengths is not None
    # From a nearly infinite length scale no step would lead back.
    lengths = learn_lengths(1 / np.maximum(start.inverse_lengths, 0.01), NOISES[noise], x, y)
    ones = LINEAR * np.ones_like(lengths)
    cost = LEARNED_COST * (len(lengths) - 1)
    return [Kernel(1 / (lengths * factor), ones, CONSTANT, log_prior=-cost) for factor in AROUND_LEARNED]


def learn_lengths(lengths: Array, noise: float, x: Array, y: Array) -> Array:
    """Maximize the evidence over the length scale of each input and over the noise.

    The logarithms of the length scales have a normal prior with standard deviation 1 around the start, apart
    from a common factor, which is free.

    Args:
        lengths: Where to start, shape `[p]`.
        noise: Where to start.
        x: Inputs, shape `[n, p]`.
        y: Targets, shape `[n]`.
    """
    start = np.append(np.log(lengths), np.log(noise))
    bounds = [(t - 4, t + 4) for t in start[:-1]] + [(np.log(NOISES[0]), np.log(NOISES[-1]))]
    rest = LINEAR**2 * x @ x.T + CONSTANT
    best = minimize(
        _loss, start, args=(start[:-1], x, y, rest), jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": LEARN_STEPS},
    )  # fmt: skip
    return np.exp(best.x[:-1])


def _loss(theta: Array, around: Array, x: Array, y: Array, rest: Array) -> tuple[float, Array]:
    """Minus the log posterior of (log length scales, log noise), and its gradient.

    `rest` is the part of the kernel that has no length scale, shape `[n, n]`.
    """
    n = len(y)
    scaled, noise = x * np.exp(-theta[:-1]), np.exp(theta[-1])
    near = gaussian_kernel(scaled, scaled, False)
    matrix = near + rest
    matrix.flat[:: n + 1] += noise
    factor, failed = dpotrf(matrix.T, lower=1, overwrite_a=1)
    if failed:
        return 1e12, np.zeros_like(theta)
    a = dpotrs(factor, y, lower=1)[0]
    fit = max(y @ a, TINY)
    evidence = -n / 2 * np.log(fit) - np.log(np.diag(factor)).sum()
    # Twice the derivative by the matrix, of which the part below the diagonal stands for both.
    sensitivity = np.outer(a * (n / fit), a)
    sensitivity -= dpotri(factor, lower=1, overwrite_c=1)[0]
    by_noise = noise * np.trace(sensitivity) / 2
    sensitivity *= near
    below = np.tril(sensitivity, -1)
    twice = below.sum(0) + below.sum(1)
    by_length = (scaled**2).T @ twice - 2 * (scaled * (below @ scaled)).sum(0)
    away = theta[:-1] - around
    away = away - away.mean()
    return away @ away / 2 - evidence, np.append(away - by_length, -by_noise)


def _best(kernels: list[Kernel], evidence: Array) -> list[Point]:
    """The grid points that hold nearly all of the weight."""
    evidence = evidence + np.array([kernel.log_prior for kernel in kernels])[:, None]
    weights = np.exp(evidence - evidence.max()).ravel()
    order = np.argsort(-weights, kind="stable")[:MAX_POINTS]
    held = np.cumsum(weights[order]) / weights.sum()
    order = order[: int(np.searchsorted(held, MASS)) + 1]
    total = weights[order].sum()
    rows, columns = np.unravel_index(order, evidence.shape)
    return [
        Point(kernels[k], float(NOISES[s]), float(weights[i] / total))
        for i, k, s in zip(order, rows, columns, strict=True)
    ]
