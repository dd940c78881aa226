"""The grid of Gaussian-process hyperparameters, and their weights by marginal likelihood.

Averaging over a fixed grid needs no training and no starting point, and errs little where the data leave
open which setting is right. Two scalings of the inputs take part: each by its own standard deviation,
and one learned from the data by a few steps on the evidence ("automatic relevance determination"). Neither
depends on the user's units.

An input of few values, as a treatment, may moderate the others' effects: kernels in which its arms have a
function each, more or less alike, take part for the input for which that is the most probable.

Functions that turn sharply take part where they are asked for: beside lines, along one input or along all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs
from scipy.optimize import minimize

from foundation_causal.runtime import is_intel
from foundation_causal.types import Array
from mechanisms.kernel.gaussian_process import TINY, Kernel, Point, gaussian_kernel, log_evidence

MKL_ROWS = 128  # of a matrix that torch's library inverts in less time than SciPy's on Intel's processors
# Length scales in units of the scaled inputs, from wiggly to nearly straight.
# Each is the root of 3 times the one before, so that one exponential serves all of them (GaussianKernels).
LENGTHS: Array = 0.4 * 3.0 ** (np.arange(8) / 2)
ADDITIVE_LENGTHS = LENGTHS[:6]  # beyond that a sum of functions is as good as linear
NOISES: Array = np.power(10.0, np.arange(-16, 3) / 2)  # 1e-8 to 10, variance relative to the kernel's
AROUND_LEARNED = (0.5**0.5, 1.0, 2**0.5)  # the learned length scales, and a little shorter and longer
LINEAR = 0.1  # prior slope beside the exponential: what remains far away from the data
CONSTANT = 1.0  # the targets are centred
ROUGH_LENGTHS = LENGTHS[2::2]  # how rough a function is, its height decides as much as its length
STRAIGHT = 2.0  # log prior of lines beside them, as each of many curves can be nearly straight

MAX_SCREENED_ROWS = 96  # all kernels are compared on so many rows
SCREEN_MARGIN = 4.0  # and those this far below the best (in log evidence) are dropped
LINEAR_MARGIN = 8.0  # by which the linear kernel must lead for length scales not to be learned
MAX_LEARNED_ROWS = 200  # length scales are learned on so many
LEARN_STEPS = 25
LEARN_CLOSE = 1e-4  # relative change of the evidence: steps that gain less change no answer
MAX_EVIDENCE_ROWS = 224  # the rest are compared on so many, and those that hold weight on all
MAX_LEVELS = 4  # values of an input that may moderate the others' effects
ALIKE = (0.05, 0.4, 0.8)  # correlation of the functions of two neighbouring arms
RUNNERS_UP = 3  # of the kernels with moderation, and of those without, that all rows compare
TRIED_ALIKE = 0.4  # with which inputs are compared
LEARNED_COST = 1.5  # log evidence that one learned length scale must earn
MASS, MAX_POINTS = 0.98, 24  # how much of the weight is kept, and in at most how many points


def weighted_points(x: Array, y: Array, *, rough: bool = False) -> list[Point]:
    """The hyperparameters that the data support, with weights that sum to 1.

    Args:
        x: Parents, each standardized, shape `[n, p]`, p >= 1; the rows in no particular order.
        y: Target, standardized, shape `[n]`.
        rough: Whether functions that turn sharply are among them.
    """
    grid = _grid(x.shape[1])
    if rough:
        grid = [replace(grid[0], log_prior=STRAIGHT), *grid[1:], *_rough(x)]
    kernels = _screened(grid, x, y)
    few = slice(MAX_EVIDENCE_ROWS)
    evidence = log_evidence(kernels, NOISES, x[few], y[few])
    moderated = _moderated(kernels, evidence, x[few], y[few])
    if moderated:
        kernels = kernels + moderated
        evidence = np.vstack([evidence, log_evidence(moderated, NOISES, x[few], y[few])])
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


def _rough(x: Array) -> list[Kernel]:
    """Kernels whose functions turn sharply along one of the inputs `[n, p]`, or along all of them.

    Slopes are as free as those of the linear kernel: a sharp turn in one input is none in the others.
    """
    p = x.shape[1]
    along = [j for j in range(p) if len(np.unique(x[:, j])) > MAX_LEVELS]
    shapes = [(shape, -float(np.log(len(along)))) for shape in np.eye(p)[along]]
    shapes += [(np.ones(p), 0.0)] if along and p > 1 else []
    return [
        Kernel(shape / length, np.ones(p), CONSTANT, p > 1, log_prior=log_prior, rough=True)
        for shape, log_prior in shapes
        for length in ROUGH_LENGTHS
    ]


def _screened(kernels: list[Kernel], x: Array, y: Array, variances: Array | None = None) -> list[Kernel]:
    """The kernels that a few rows do not rule out; the linear one always stays, as the first."""
    if len(y) < 2 * MAX_SCREENED_ROWS:
        return kernels
    few = slice(MAX_SCREENED_ROWS)
    x, y, variances = x[few], y[few], None if variances is None else variances[few]
    best = np.full(len(kernels), -np.inf)

    def tell(places: list[int]) -> None:
        best[places] = log_evidence([kernels[i] for i in places], NOISES, x, y, variances).max(1)

    beside = _lengths_beside(kernels)
    tell([i for i in range(len(kernels)) if i not in beside])
    # Of a length that is none of the best on either side of it nothing better is to be expected.
    near = _near(kernels, best, 2 * SCREEN_MARGIN)
    if between := [i for i, neighbours in beside.items() if near[neighbours].any()]:
        tell(between)
    near = _near(kernels, best, SCREEN_MARGIN)
    return [kernel for i, kernel in enumerate(kernels) if i == 0 or near[i]]


def _near(kernels: list[Kernel], best: Array, margin: float) -> NDArray[np.bool_]:
    """Which kernels have an evidence, shape `[k]`, that is less than the margin below the best one's."""
    # Additive kernels rule out no others, which are where learning a length scale for each input begins.
    additive = np.array([kernel.additive for kernel in kernels])
    return np.asarray(best > np.where(additive, best.max(), best[~additive].max()) - margin)


def _lengths_beside(kernels: list[Kernel]) -> dict[int, list[int]]:
    """The position of every other length of a family, and the positions of its neighbours in length."""
    kinds = [(kernel.inverse_lengths is None, kernel.additive, kernel.rough) for kernel in kernels]
    beside: dict[int, list[int]] = {}
    for i in range(1, len(kernels)):
        if kinds[i] == kinds[i - 1] and i - 1 not in beside and not kernels[i].rough:
            beside[i] = [i - 1, i + 1] if kinds[i + 1 : i + 2] == [kinds[i]] else [i - 1]
    return beside


def _moderated(kernels: list[Kernel], evidence: Array, x: Array, y: Array) -> list[Kernel]:
    """The best kernels of each kind, moderated by the input for which that is the most probable."""
    arms = _arms(x)
    if not arms or x.shape[1] < 2:
        return []
    top = evidence.max(1)
    kinds = [(kernel.inverse_lengths is None, kernel.additive) for kernel in kernels]
    best = [
        max((k for k, other in enumerate(kinds) if other == kind), key=lambda k: top[k])
        for kind in set(kinds)
    ]
    best = [k for k in best if top[k] > top.max() - LINEAR_MARGIN]
    noises = NOISES[np.unique(evidence[best].argmax(1))]
    tried = [_moderate(kernels[k], j, step, TRIED_ALIKE, len(arms)) for k in best for j, step in arms.items()]
    reached = log_evidence(tried, noises, x, y).max(1)
    chosen = list(arms)[int(reached.argmax()) % len(arms)]
    return [
        _moderate(_stretched(kernels[k], factor), chosen, arms[chosen], alike, len(arms))
        for k in best
        for factor in ((1.0,) if kernels[k].inverse_lengths is None else (1.0, 1.7))
        for alike in ALIKE
    ]


def _arms(x: Array) -> dict[int, float]:
    """The inputs of few values, and the smallest step between two values of each."""
    values = {j: np.unique(column) for j, column in enumerate(x.T)}
    return {j: float(np.diff(v).min()) for j, v in values.items() if 2 <= len(v) <= MAX_LEVELS}


def _moderate(kernel: Kernel, j: int, step: float, alike: float, choices: int) -> Kernel:
    """The kernel, moderated by input j, whose neighbouring values have functions that are so much alike."""
    moderation = np.zeros(len(kernel.slopes))
    moderation[j] = np.sqrt(-2 * np.log(alike)) / step
    return replace(kernel, moderation=moderation, log_prior=-float(np.log(choices)))


def _stretched(kernel: Kernel, factor: float) -> Kernel:
    if kernel.inverse_lengths is None:
        return kernel
    return replace(kernel, inverse_lengths=kernel.inverse_lengths / factor)


def _learned(kernels: list[Kernel], evidence: Array, x: Array, y: Array) -> list[Kernel]:
    """Kernels with a length scale of its own for each input; none where the data are linear.

    They are learned from the best kernel with interactions, and from the best one that is not moderated.
    """
    top = evidence.max(1)
    joint = [k for k, other in enumerate(kernels) if other.inverse_lengths is not None and not other.additive]
    if x.shape[1] < 2 or not joint or top[joint].max() < top[0] - LINEAR_MARGIN:
        return []
    plain = [k for k in joint if kernels[k].moderation is None]
    starts = {max(some, key=lambda k: top[k]) for some in (joint, plain) if some}
    return [
        kernel for k in sorted(starts) for kernel in _learned_from(kernels[k], evidence[k].argmax(), x, y)
    ]


def _learned_from(start: Kernel, noise: int | np.intp, x: Array, y: Array) -> list[Kernel]:
    """Kernels with length scales that are learned from those of one kernel."""
    assert start.inverse_lengths is not None
    factor = None if start.moderation is None else start.moderating(x, x)
    # From a nearly infinite length scale no step would lead back.
    lengths = learn_lengths(1 / np.maximum(start.inverse_lengths, 0.01), NOISES[noise], x, y, factor)
    ones = LINEAR * np.ones_like(lengths)
    log_prior = start.log_prior - LEARNED_COST * (len(lengths) - 1)
    return [
        Kernel(1 / (lengths * stretch), ones, CONSTANT, False, start.moderation, log_prior)
        for stretch in AROUND_LEARNED
    ]


def learn_lengths(lengths: Array, noise: float, x: Array, y: Array, factor: Array | None = None) -> Array:
    """Maximize the evidence over the length scale of each input and over the noise.

    The logarithms of the length scales have a normal prior with standard deviation 1 around the start, apart
    from a common factor, which is free.

    Args:
        lengths: Where to start, shape `[p]`.
        noise: Where to start.
        x: Inputs, shape `[n, p]`.
        y: Targets, shape `[n]`.
        factor: By which the kernel is multiplied, shape `[n, n]`; 1 by default.
    """
    start = np.append(np.log(lengths), np.log(noise))
    bounds = [(t - 4, t + 4) for t in start[:-1]] + [(np.log(NOISES[0]), np.log(NOISES[-1]))]
    rest = LINEAR**2 * x @ x.T + CONSTANT
    rest = rest if factor is None else rest * factor
    best = minimize(
        _loss, start, args=(start[:-1], x, y, rest, factor), jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": LEARN_STEPS, "ftol": LEARN_CLOSE},
    )  # fmt: skip
    return np.exp(best.x[:-1])


def _loss(
    theta: Array, around: Array, x: Array, y: Array, rest: Array, factor: Array | None = None
) -> tuple[float, Array]:
    """Minus the log posterior of (log length scales, log noise), and its gradient.

    `rest` is the part of the kernel that has no length scale, shape `[n, n]`, times `factor`.
    """
    n = len(y)
    scaled, noise = x * np.exp(-theta[:-1]), np.exp(theta[-1])
    near = gaussian_kernel(scaled, scaled, False)
    if factor is not None:
        near *= factor
    matrix = near + rest
    matrix.flat[:: n + 1] += noise
    root, failed = dpotrf(matrix.T, overwrite_a=1, clean=0)
    if failed:
        return 1e12, np.zeros_like(theta)
    a = dpotrs(root, y)[0]
    fit = max(y @ a, TINY)
    evidence = -n / 2 * np.log(fit) - np.log(root.diagonal()).sum()
    # Twice the derivative by the matrix, of which the part below the diagonal stands for both.
    sensitivity = np.outer(a * (n / fit), a)
    sensitivity -= _inverse(root).T
    by_noise = noise * np.trace(sensitivity) / 2
    near *= _below(n)
    sensitivity *= near
    twice = sensitivity.sum(0) + sensitivity.sum(1)
    by_length = (scaled**2).T @ twice - 2 * (scaled * (sensitivity @ scaled)).sum(0)
    away = theta[:-1] - around
    away = away - away.mean()
    return away @ away / 2 - evidence, np.append(away - by_length, -by_noise)


def _inverse(root: Array) -> Array:
    """The inverse of U'U, the part above its diagonal at least, `[n, n]`; U may be written over."""
    if is_intel() and len(root) >= MKL_ROWS:
        return np.asarray(torch.cholesky_inverse(torch.from_numpy(root.T)).numpy())
    return np.asarray(dpotri(root, overwrite_c=1)[0])


@lru_cache(maxsize=2)
def _below(n: int) -> Array:
    """1 below the diagonal and 0 elsewhere, shape `[n, n]`."""
    return np.tril(np.ones((n, n)), -1)


def _runners_up(kernels: list[Kernel], evidence: Array) -> Array:
    """The best grid points among moderated kernels and among all others, as flat positions.

    A few rows say little of an arm that is rare, so that all rows of the regression decide.
    """
    top, places = evidence.max(1), np.arange(len(kernels)) * evidence.shape[1] + evidence.argmax(1)
    moderated = np.array([kernel.moderation is not None for kernel in kernels])
    if not moderated.any():
        return np.array([], dtype=np.intp)
    both = [np.flatnonzero(which)[np.argsort(-top[which])[:RUNNERS_UP]] for which in (moderated, ~moderated)]
    return places[np.concatenate(both)]


def _best(kernels: list[Kernel], evidence: Array) -> list[Point]:
    """The grid points that hold nearly all of the weight."""
    evidence = evidence + np.array([kernel.log_prior for kernel in kernels])[:, None]
    weights = np.exp(evidence - evidence.max()).ravel()
    order = np.argsort(-weights, kind="stable")[:MAX_POINTS]
    held = np.cumsum(weights[order]) / weights.sum()
    order = order[: int(np.searchsorted(held, MASS)) + 1]
    order = np.union1d(order, _runners_up(kernels, evidence))
    order = order[np.argsort(-weights[order], kind="stable")]
    total = weights[order].sum()
    rows, columns = np.unravel_index(order, evidence.shape)
    return [
        Point(kernels[k], float(NOISES[s]), float(weights[i] / total))
        for i, k, s in zip(order, rows, columns, strict=True)
    ]
