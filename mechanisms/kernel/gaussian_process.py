"""Gaussian-process regression with a weighted set of hyperparameters: evidence, posterior mean, noise.

All of it in closed form and float64. The covariance of the targets is s^2 (K + noise I) with K a
:class:`Kernel`; the output scale s is integrated out under its Jeffreys prior, so that what remains to be
chosen is the shape of K and the noise relative to it (Rasmussen and Williams 2006, chapters 2 and 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from scipy.linalg.lapack import dpotrf, dpotrs, dpttrf, dsytrd, dtrtri

from foundation_causal.runtime import exponential, is_intel
from foundation_causal.types import Array
from mechanisms.kernel.low_rank import (
    UNSEEN,
    feature_evidence,
    inverse_diagonal,
    low_rank_features,
    solve_features,
)

MAX_QUERY_ROWS = 256  # at a time: a kernel matrix that stays in the processor's cache
NEGLIGIBLE = 0.02  # weight of a point that is not worth its time
SAME_LENGTHS, MAX_POWERS = 1e-9, 4  # relative difference of lengths that are equal; powers taken in a row
ROUNDED = 0.9999  # of the noise: pivots that rounding leaves below it by less change no answer
BLOCK = 8  # columns that are tridiagonalized at once: the fastest for some hundreds of rows
RANK_OF_ONE = 25  # of a kernel of one input, near enough
LEAST_ROWS = 128  # of fewer the features of curves cost more than the matrix
TINY = 1e-200  # keeps logarithms finite where all targets are zero


@dataclass(frozen=True)
class Kernel:
    """The covariance exp(-|inverse_lengths * (a - b)|^2 / 2) + (slopes * a) . (slopes * b) + constant.

    Additive, it has in place of the exponential the mean over the inputs of each one's own, so that functions
    are sums of functions of one input (Duvenaud et al. 2011).

    Rough, its functions have one derivative in place of all (:func:`rough`).

    Moderated, all of it is multiplied by exp(-|moderation * (a - b)|^2 / 2): the two arms of a treatment have
    a function each, and these share what the moderation leaves to be shared (coregionalization, Alvarez et
    al. 2012).

    Attributes:
        inverse_lengths: `[p]`, one over the length scale of each input; None leaves the exponential out.
        slopes: Shape `[p]`, prior standard deviation of the linear effect of each input.
        constant: Prior variance of the level.
        additive: Whether there are no interactions.
        moderation: Shape `[p]`, how far functions differ between values of an input, mostly 0; None for not.
        log_prior: Logarithm of how probable it is before the data, up to a constant for all kernels.
        rough: Whether functions may turn sharply at a place and nowhere else.
    """

    inverse_lengths: Array | None
    slopes: Array
    constant: float
    additive: bool = False
    moderation: Array | None = None
    log_prior: float = 0.0
    rough: bool = False

    def may_have_low_rank(self, n: int) -> bool:
        """Whether functions far fewer than n rows make all of it: lines, and curves of single inputs."""
        if self.moderation is not None or self.rough:
            return False
        curves = 0 if self.inverse_lengths is None else len(self.slopes)
        alone = self.additive or len(self.slopes) == 1
        return curves == 0 or (alone and 2 * RANK_OF_ONE * curves <= n)

    @property
    def key(self) -> tuple[bytes | None, bytes, float, bool, bytes | None, bool]:
        """Equal for kernels that are equal."""
        lengths, moderation = (
            None if array is None else array.tobytes() for array in (self.inverse_lengths, self.moderation)
        )
        return lengths, self.slopes.tobytes(), self.constant, self.additive, moderation, self.rough

    def __call__(self, a: Array, b: Array) -> Array:
        """The kernel matrix, shape `[n, p]`, `[m, p]` -> `[n, m]`."""
        matrix = self.line(a, b)
        if self.inverse_lengths is not None:
            matrix += self.curve(a, b)
        if self.moderation is not None:
            matrix *= self.moderating(a, b)
        return matrix

    def curve(self, a: Array, b: Array) -> Array:
        """The part of the kernel matrix that has length scales, `[n, p]`, `[m, p]` -> `[n, m]`."""
        assert self.inverse_lengths is not None
        a, b = a * self.inverse_lengths, b * self.inverse_lengths
        if not self.rough:
            return gaussian_kernel(a, b, self.additive)
        if not self.additive:
            return rough(squared_distances(a, b))
        bent = np.flatnonzero(self.inverse_lengths)  # along all others a function is level
        parts = [_rough_of_one(a[:, j], b[:, j]) for j in bent]
        return np.asarray((sum(parts) + len(self.slopes) - len(bent)) / len(self.slopes))

    def line(self, a: Array, b: Array) -> Array:
        """What slopes and level add to the kernel matrix, `[n, p]`, `[m, p]` -> `[n, m]`."""
        # The constant is one more input that is the same everywhere.
        line = np.column_stack([a * self.slopes**2, np.full(len(a), self.constant)])
        return np.asarray(line @ np.column_stack([b, np.ones(len(b))]).T)

    def few_features(self, x: Array, matrix: Array, unseen: float) -> Array | None:
        """Features `[n, r]` of inputs `[n, p]` whose products are its matrix `[n, n]`; None if they are many.

        Those of lines are known; others may miss the variance `unseen`.
        """
        n, p = x.shape
        if not self.may_have_low_rank(n):
            return None
        if self.inverse_lengths is None and 2 * (p + 1) <= n:
            return np.column_stack([x * self.slopes, np.full(n, np.sqrt(self.constant))])
        return low_rank_features(matrix, unseen) if n >= LEAST_ROWS else None

    def moderating(self, a: Array, b: Array) -> Array:
        """The factor by which inputs in different arms are less alike, `[n, p]`, `[m, p]` -> `[n, m]`."""
        assert self.moderation is not None
        arms = self.moderation > 0
        scale = self.moderation[arms]
        return gaussian_kernel(a[:, arms] * scale, b[:, arms] * scale, False)

    def gathered(self, x: Array, weights: Array) -> tuple[float, Array]:
        """Level and slopes of the linear part of k(., x) weights; none of it is linear if moderated."""
        if self.moderation is not None:
            return 0.0, np.zeros_like(self.slopes)
        return float(self.constant * weights.sum()), self.slopes**2 * (weights @ x)

    def rest(self, q: Array, x: Array, weights: Array) -> Array:
        """The part of k(q, x) weights that is not in :meth:`gathered`, shape `[m, p]` -> `[m]`."""
        if self.moderation is None and self.inverse_lengths is None:
            return np.zeros(len(q))
        if self.moderation is None:
            assert self.inverse_lengths is not None
            if not self.rough:
                return kernel_sum(q, x, self.inverse_lengths, weights, self.additive)
        part = self.curve if self.moderation is None else self
        parts = [part(q[i : i + MAX_QUERY_ROWS], x) @ weights for i in range(0, len(q), MAX_QUERY_ROWS)]
        return np.concatenate(parts) if parts else np.zeros(0)


def gaussian_kernel(a: Array, b: Array, additive: bool) -> Array:
    """The Gaussian kernel exp(-|a_i - b_j|^2 / 2), `[n, p]`, `[m, p]` -> `[n, m]`, in few passes over memory.

    Additive, it is the mean over the inputs of each one's own.
    """
    if not additive:
        # -|a - b|^2 / 2 is one product of (a, -|a|^2 / 2, 1) and (b, 1, -|b|^2 / 2).
        before = np.column_stack([a, (a**2).sum(1) / -2, np.ones(len(a))])
        return exponential(before @ np.column_stack([b, np.ones(len(b)), (b**2).sum(1) / -2]).T)
    return _mean([_gaussian_of_one(u, v) for u, v in zip(a.T, b.T, strict=True)])


def rough(squares: Array) -> Array:
    """Covariances of functions with one derivative, by squared distances in lengths, of any shape.

    The Matern kernel of 3/2 (Rasmussen and Williams 2006, equation 4.17).
    """
    return _rough_at(np.sqrt(3 * np.maximum(squares, 0)))


def _rough_of_one(u: Array, v: Array) -> Array:
    distance = np.subtract.outer(np.sqrt(3) * u, np.sqrt(3) * v)
    return _rough_at(np.abs(distance, out=distance))


def _rough_at(distance: Array) -> Array:
    """The same at distances times the root of 3, which are written over."""
    near = exponential(-distance)
    distance += 1
    near *= distance
    return near


def _gaussian_of_one(u: Array, v: Array) -> Array:
    near = np.subtract.outer(u, v)
    np.multiply(near, near, out=near)
    near *= -0.5
    return exponential(near)


def _mean(parts: Sequence[Array]) -> Array:
    total = parts[0].copy()
    for part in parts[1:]:
        total += part
    total /= len(parts)
    return total


class GaussianKernels:
    """Gaussian kernels between the same inputs, one after the other.

    A length scale shorter by the root of 3 makes the third power of a kernel, one shorter by the root of 2
    its square. From long lengths to short ones that takes two products a number in place of an exponential,
    which costs as much as ten.
    """

    def __init__(self, a: Array, b: Array) -> None:
        """The inputs, shape `[n, p]` and `[m, p]`."""
        self.a, self.b = a, b
        self._last: tuple[Array, bool] | None = None
        self._parts: list[Array] = []

    def __call__(self, inverse_lengths: Array, additive: bool) -> Array:
        """The kernel matrix `[n, m]` for one over the length scales, `[p]`; the next call writes over it."""
        power = self._power(inverse_lengths, additive)
        if power is None:
            a, b = self.a * inverse_lengths, self.b * inverse_lengths
            pairs = zip(a.T, b.T, strict=True)
            self._parts = (
                [_gaussian_of_one(u, v) for u, v in pairs] if additive else [gaussian_kernel(a, b, False)]
            )
        else:
            for part in self._parts:
                _raise(part, *power)
        self._last = inverse_lengths, additive
        return _mean(self._parts) if additive else self._parts[0]

    def _power(self, inverse_lengths: Array, additive: bool) -> tuple[int, int] | None:
        """How often the last kernel must be raised to which power to become this one; None if it cannot."""
        if self._last is None or self._last[1] != additive or (self._last[0] <= 0).any():
            return None
        ratios = (inverse_lengths / self._last[0]) ** 2
        if np.ptp(ratios) > SAME_LENGTHS * ratios[0]:
            return None
        for base in (2, 3):
            times = round(float(np.log(ratios[0]) / np.log(base)))
            if 0 <= times <= MAX_POWERS and abs(base**times - ratios[0]) < SAME_LENGTHS * ratios[0]:
                return base, times
        return None


def _raise(matrix: Array, base: int, times: int) -> None:
    """Raise each number to the power base, 2 or 3, so many times."""
    for _ in range(times):
        if base == 2:
            matrix *= matrix
        else:
            matrix *= matrix * matrix


def kernel_matrices(kernels: Sequence[Kernel], a: Array, b: Array) -> Iterator[tuple[int, Array]]:
    """The kernel matrix `[n, m]` of each kernel and its position, in the order that is the fastest.

    Whoever takes one may change it, and the next is written over it.

    Args:
        kernels: k kernels.
        a: Inputs, shape `[n, p]`.
        b: Inputs, shape `[m, p]`.
    """
    gaussians, last, line = GaussianKernels(a, b), None, np.zeros(0)
    matrix = np.empty((len(a), len(b)))
    for k in _in_families(kernels):
        kernel = kernels[k]
        if last is None or kernel.constant != last.constant or (kernel.slopes != last.slopes).any():
            last, line = kernel, kernel.line(a, b)  # most kernels have the same
        if kernel.rough:
            np.add(line, kernel.curve(a, b), out=matrix)
        elif kernel.inverse_lengths is not None:
            np.add(line, gaussians(kernel.inverse_lengths, kernel.additive), out=matrix)
        else:
            matrix[:] = line
        if kernel.moderation is not None:
            matrix *= kernel.moderating(a, b)
        yield k, matrix


def _in_families(kernels: Sequence[Kernel]) -> list[int]:
    """Positions: kernels of proportional lengths side by side, from long lengths to short ones."""

    def place(k: int) -> tuple[bool, tuple[float, ...], float]:
        kernel = kernels[k]
        if kernel.inverse_lengths is None:
            return False, (), 0.0
        first = float(kernel.inverse_lengths[0])
        shape = kernel.inverse_lengths / first if first > 0 else kernel.inverse_lengths
        return kernel.additive, tuple(shape.round(9).tolist()), first

    return sorted(range(len(kernels)), key=place)


def kernel_sum(x: Array, centres: Array, inverse_lengths: Array, heights: Array, additive: bool) -> Array:
    """The sum of Gaussian kernels around centres `[n, p]` with heights `[n]` at inputs, `[m, p]` -> `[m]`."""
    total, centres = np.empty(len(x)), centres * inverse_lengths
    for start in range(0, len(x), MAX_QUERY_ROWS):
        rows = slice(start, start + MAX_QUERY_ROWS)
        total[rows] = gaussian_kernel(x[rows] * inverse_lengths, centres, additive) @ heights
    return total


def kernel_sums(kernels: Sequence[Kernel], x: Array, centres: Array, coefficients: Array) -> Array:
    """The sum over k of kernels[k](x, centres) @ coefficients[k], without matrices of all rows.

    Args:
        kernels: k kernels.
        x: Inputs, shape `[m, p]`.
        centres: Shape `[n, p]`.
        coefficients: Shape `[k, n]`.

    Returns:
        Shape `[m]`.
    """
    linear = [kernel.gathered(centres, c) for kernel, c in zip(kernels, coefficients, strict=True)]
    total: Array = sum(level for level, _ in linear) + x @ sum(slopes for _, slopes in linear)
    alone = [k for k, kernel in enumerate(kernels) if kernel.moderation is not None or kernel.rough]
    for k in alone:
        total += kernels[k].rest(x, centres, coefficients[k])
    curved = [k for k in _in_families(kernels) if kernels[k].inverse_lengths is not None]
    curved = [k for k in curved if k not in alone]
    for start in range(0, len(x) if curved else 0, MAX_QUERY_ROWS):
        rows = slice(start, start + MAX_QUERY_ROWS)
        gaussians = GaussianKernels(x[rows], centres)
        for k in curved:
            lengths = kernels[k].inverse_lengths
            assert lengths is not None
            total[rows] += gaussians(lengths, kernels[k].additive) @ coefficients[k]
    return total


def squared_distances(a: Array, b: Array) -> Array:
    """The squared distances |a_i - b_j|^2, shape `[n, p]`, `[m, p]` -> `[n, m]`."""
    square = a @ b.T
    square *= -2
    square += (a**2).sum(1)[:, None]
    square += (b**2).sum(1)
    return np.maximum(square, 0, out=square)


@dataclass(frozen=True)
class Point:
    """One setting of the hyperparameters: a kernel, the noise variance relative to it, and its weight."""

    kernel: Kernel
    noise: float
    weight: float


@dataclass(frozen=True)
class Regression:
    """The posterior mean, averaged over the weighted points.

    Attributes:
        x: Inputs, shape `[n, p]`.
        y: Targets, shape `[n]`.
        points: Settings of the hyperparameters; their weights sum to 1.
        kernels: The distinct kernels among the points.
        coefficients: Shape `[kernels, n]`; the mean at q sums `kernels[k](q, x) @ coefficients[k]` over k.
        variances: Variances of the noise of each row, times that of the point, shape `[n]`.
        spread: The standard deviation of the noise at query inputs, `[m, p]` -> `[m]`, where it is known to
            depend on them.
    """

    x: Array
    y: Array
    points: Sequence[Point]
    kernels: Sequence[Kernel]
    coefficients: Array
    variances: Array
    spread: Callable[[Array], Array] | None = None

    def predict(self, x: Array) -> Array:
        """The mean at query inputs, shape `[m, p]` -> `[m]`."""
        return kernel_sums(self.kernels, x, self.x, self.coefficients)

    @cached_property
    def noise(self) -> Array:
        """The noise of the fitted rows, shape `[n]`, with the variance that the noise has.

        Residuals y - mean are too small, because the mean was fitted to the same row, and leave-one-out
        residuals are too large, because they carry the error of the mean. Their geometric mean, the
        internally studentized residual times the noise level, has exactly the noise's variance under the
        model: with a = (K + noise I)^-1 y it is sqrt(noise) a_i / sqrt([(K + noise I)^-1]_ii).
        """
        noise = np.zeros(len(self.y))
        for point, a, diagonal in self._solutions():
            noise += studentized(point, a, diagonal, self.variances)
        return noise

    @cached_property
    def with_one_scale(self) -> Regression:
        """This regression with a `spread` that does not depend on the inputs; itself, if it is so already."""
        return self if self.spread is None else self.with_spread(None)

    def with_spread(self, spread: Callable[[Array], Array] | None) -> Regression:
        """This regression with another `spread`; its noise, where it is known, is not computed again."""
        other = replace(self, spread=spread)
        if "noise" in self.__dict__:
            other.__dict__["noise"] = self.noise
        return other

    def leave_one_out(self) -> Array:
        """Predictions of the fitted rows, each without that row, shape `[n]`.

        With a = (K + noise I)^-1 y they are y_i - a_i / [(K + noise I)^-1]_ii (Rasmussen and Williams 2006,
        equation 5.12), averaged over the weighted points, whose weights have seen all rows.
        """
        residual = np.zeros(len(self.y))
        for point, a, diagonal in self._solutions():
            residual += point.weight * a / diagonal
        return self.y - residual

    def _solutions(self) -> Iterator[tuple[Point, Array, Array]]:
        """For every point (K + noise I)^-1 y and the diagonal of (K + noise I)^-1, shape `[n]` each."""
        for k, matrix in kernel_matrices(self.kernels, self.x, self.x):
            for point in self.points:
                if point.kernel is self.kernels[k]:
                    factor = cholesky(matrix, point.noise * self.variances)
                    yield point, dpotrs(factor, self.y)[0], _inverse_diagonal(factor)


def regression(
    x: Array,
    y: Array,
    points: Sequence[Point],
    variances: Array | None = None,
    *,
    weigh: bool = False,
    with_noise: bool = False,
) -> Regression:
    """Solve for the posterior mean at every point: one Cholesky factorization each, O(n^3).

    Args:
        x: Inputs, shape `[n, p]`.
        y: Targets, shape `[n]`.
        points: Settings of the hyperparameters; their weights sum to 1.
        variances: Variances of the noise of each row, times that of the point, shape `[n]`; all 1 by default.
        weigh: Whether the points are weighted by the marginal likelihood of these rows, and those that hold
            next to nothing dropped, instead of keeping their weights.
        with_noise: Whether :attr:`Regression.noise` is computed now, which costs half of what it does later.
    """
    variances = np.ones(len(y)) if variances is None else variances
    solved: list[Solved] = []
    distinct = list({id(point.kernel): point.kernel for point in points}.values())
    for k, matrix in kernel_matrices(distinct, x, x):
        here = [point for point in points if point.kernel is distinct[k]]
        unseen = UNSEEN * min(point.noise for point in here) * float(variances.min())
        few = distinct[k].few_features(x, matrix, unseen)
        for point in here:
            if few is not None:
                solved.append(_solve_low_rank(point, few, y, variances))
            else:
                solved.append(_solve(point, matrix, y, variances))
            top = max(one.evidence for one in solved)
            for one in solved:
                if not with_noise or (weigh and one.evidence < top + np.log(NEGLIGIBLE / 2)):
                    one.factor = None  # it is not needed, and a factor takes megabytes
    if weigh:
        evidences = np.array([one.evidence for one in solved])
        weights = np.exp(evidences - evidences.max())
        weights[weights < NEGLIGIBLE * weights.sum()] = 0
        weights /= weights.sum()
        for one, weight in zip(solved, weights, strict=True):
            one.point = replace(one.point, weight=float(weight))
        solved = [one for one in solved if one.point.weight > 0]
    solved.sort(key=lambda one: -one.point.weight)
    kernels = list({id(one.point.kernel): one.point.kernel for one in solved}.values())
    coefficients, noise = np.zeros((len(kernels), len(y))), np.zeros(len(y))
    for one in solved:
        coefficients[[k is one.point.kernel for k in kernels]] += one.point.weight * one.coefficients
        if with_noise:
            if one.diagonal is None:
                assert one.factor is not None
                one.diagonal, one.factor = _inverse_diagonal(one.factor), None
            noise += studentized(one.point, one.coefficients, one.diagonal, variances)
    fitted = Regression(x, y, [one.point for one in solved], kernels, coefficients, variances)
    if with_noise:
        fitted.__dict__["noise"] = noise
    return fitted


@dataclass
class Solved:
    """A point whose covariance is factorized.

    Attributes:
        point: The setting of the hyperparameters.
        coefficients: (K + noise I)^-1 y, shape `[n]`.
        evidence: Its log marginal likelihood, up to one constant.
        factor: The upper factor of K + noise I, as long as it is needed.
        diagonal: The diagonal of (K + noise I)^-1, shape `[n]`, where it is known.
    """

    point: Point
    coefficients: Array
    evidence: float
    factor: Array | None = None
    diagonal: Array | None = None


def _solve(point: Point, matrix: Array, y: Array, variances: Array) -> Solved:
    """The kernel matrix `[n, n]` of a point factorized, with the noise added."""
    factor = cholesky(matrix, point.noise * variances)
    solution = dpotrs(factor, y)[0]
    fit, determinant = max(y @ solution, TINY), np.log(factor.diagonal()).sum()
    return Solved(point, solution, point.kernel.log_prior - len(y) / 2 * np.log(fit) - determinant, factor)


def _solve_low_rank(point: Point, features: Array, y: Array, variances: Array) -> Solved:
    """A point whose kernel is that of features `[n, r]`."""
    found = solve_features(features, y, point.noise, variances)
    diagonal = inverse_diagonal(features, found, point.noise, variances)
    evidence = point.kernel.log_prior + found.evidence
    return Solved(point, found.coefficients, evidence, diagonal=diagonal)


def _inverse_diagonal(factor: Array) -> Array:
    """The diagonal of the inverse of U'U, shape `[n, n]` -> `[n]`; U may be written over."""
    # Of the inverse only the diagonal counts, which the inverted factor gives for less.
    if is_intel():  # whose library has no quick inverse of a triangle, but quick solutions
        lower = torch.from_numpy(factor.T)
        eye = torch.eye(len(factor), dtype=lower.dtype)
        root = torch.linalg.solve_triangular(lower, eye, upper=False, left=False).numpy()
        return np.asarray(np.einsum("ij,ij->j", root, root))
    inverse = dtrtri(factor, overwrite_c=1)[0]
    return np.asarray(np.einsum("ij,ij->i", inverse, inverse))


def studentized(point: Point, solution: Array, diagonal: Array, variances: Array) -> Array:
    """What a point adds to :attr:`Regression.noise`, shape `[n]`."""
    return np.asarray(point.weight * np.sqrt(point.noise * variances / diagonal) * solution)


def log_evidence(
    kernels: Sequence[Kernel], noises: Array, x: Array, y: Array, variances: Array | None = None
) -> Array:
    """Log marginal likelihood of the targets, up to one constant, for all kernels and noise variances.

    One orthogonal tridiagonalization per kernel, K = Q T Q' with Q'y = |y| e_1, serves every noise variance:
    the pivots of T + noise I, taken from the last row up, give its determinant and, by the first pivot,
    y'(K + noise I)^-1 y. That costs a third of an eigendecomposition. Kernels of low rank need one of their
    features only (:mod:`mechanisms.kernel.low_rank`).

    Args:
        kernels: k kernels.
        noises: Shape `[s]`, variances relative to the kernel.
        x: Inputs, shape `[n, p]`.
        y: Targets, shape `[n]`.
        variances: Variances of the noise of each row, times `noises`, shape `[n]`; all 1 by default.

    Returns:
        Shape `[k, s]`.
    """
    n, steadying, unseen = len(y), None, UNSEEN * float(noises.min())
    if variances is not None:  # over the roots of their variances, targets have steady noise
        steadying, unseen = 1 / np.sqrt(variances), unseen * float(variances.min())
        y = y * steadying
    # With y as the first column below a corner, the first reflection turns y into a multiple of e_1. The
    # routine reads columns, which are the rows of the transposed array.
    bordered = np.zeros((n + 1, n + 1), order="F")
    evidence, size = np.empty((len(kernels), len(noises))), max(float(y @ y), TINY)
    for k, matrix in kernel_matrices(kernels, x, x):
        few = kernels[k].few_features(x, matrix, unseen)
        if few is not None:
            few = few if steadying is None else few * steadying[:, None]
            evidence[k] = feature_evidence(few, y, noises)
            continue
        if steadying is not None:
            matrix *= np.outer(steadying, steadying)
        bordered[0, 0], bordered[1:, 0] = 0, y
        bordered.T[1:, 1:] = matrix
        _, main, off, _, _ = dsytrd(bordered, lower=1, lwork=BLOCK * (n + 1), overwrite_a=1)
        pivot, determinant = _last_pivots(main[1:], off[1:], noises)
        evidence[k] = -n / 2 * np.log(size / pivot) - determinant / 2
    return evidence


def _last_pivots(diagonal: Array, off: Array, noises: Array) -> tuple[Array, Array]:
    """The last pivots of a tridiagonal matrix with noise, from the last row up, and the log determinants.

    Args:
        diagonal: Shape `[n]`.
        off: What stands beside it, shape `[n - 1]`.
        noises: Shape `[s]`.

    Returns:
        Twice `[s]`.
    """
    # One long matrix, in which nothing stands between one noise's block and the next, saves calls.
    upwards = np.zeros((len(noises), len(diagonal)))
    upwards[:, :-1] = off[::-1]
    with_noise = diagonal[::-1] + noises[:, None]
    pivots, _, failed = dpttrf(with_noise.ravel(), upwards.ravel()[:-1], overwrite_d=1)
    pivots = pivots.reshape(with_noise.shape)
    if failed or (pivots.min(1) < ROUNDED * noises).any():  # exact pivots are never below the noise
        return _bounded_pivots(diagonal, off**2, noises)
    return pivots[:, -1], np.log(pivots).sum(1)


def _bounded_pivots(diagonal: Array, squares: Array, noises: Array) -> tuple[Array, Array]:
    """:func:`_last_pivots` where rounding shows; by squares of what stands beside the diagonal, `[n - 1]`."""
    pivot = diagonal[-1] + noises
    determinant = np.log(pivot)
    for above, square in zip(diagonal[-2::-1], squares[::-1], strict=True):
        pivot = np.maximum(above + noises - square / pivot, noises)
        determinant += np.log(pivot)
    return pivot, determinant


def cholesky(matrix: Array, noise: float | Array) -> Array:
    """The upper factor U of matrix + noise I = U'U, or of each row's own noise `[n]`; the matrix is kept."""
    noisy = np.array(matrix.T, order="F")  # of a symmetric matrix in rows this copies memory as it stands
    noisy.flat[:: len(noisy) + 1] += noise
    factor, failed = dpotrf(noisy, overwrite_a=1)  # inverted, the upper one takes less time than the lower
    if failed:
        raise np.linalg.LinAlgError("the kernel matrix is not positive definite")
    return np.asarray(factor)
