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
from scipy.linalg.lapack import dpotrf, dpotrs, dsytrd, dtrtri

from foundation_causal.types import Array

MAX_QUERY_ROWS = 256  # at a time: a kernel matrix that stays in the processor's cache
NEGLIGIBLE = 0.02  # weight of a point that is not worth its time
TINY = 1e-200  # keeps logarithms finite where all targets are zero


@dataclass(frozen=True)
class Kernel:
    """The covariance exp(-|inverse_lengths * (a - b)|^2 / 2) + (slopes * a) . (slopes * b) + constant.

    Additive, it has in place of the exponential the mean over the inputs of each one's own, so that functions
    are sums of functions of one input (Duvenaud et al. 2011).

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
    """

    inverse_lengths: Array | None
    slopes: Array
    constant: float
    additive: bool = False
    moderation: Array | None = None
    log_prior: float = 0.0

    @property
    def key(self) -> tuple[bytes | None, bytes, float, bool, bytes | None]:
        """Equal for kernels that are equal."""
        lengths, moderation = (
            None if array is None else array.tobytes() for array in (self.inverse_lengths, self.moderation)
        )
        return lengths, self.slopes.tobytes(), self.constant, self.additive, moderation

    def __call__(self, a: Array, b: Array) -> Array:
        """The kernel matrix, shape `[n, p]`, `[m, p]` -> `[n, m]`."""
        # The constant is one more input that is the same everywhere.
        line = np.column_stack([a * self.slopes**2, np.full(len(a), self.constant)])
        matrix = line @ np.column_stack([b, np.ones(len(b))]).T
        if self.inverse_lengths is not None:
            matrix += gaussian_kernel(a * self.inverse_lengths, b * self.inverse_lengths, self.additive)
        if self.moderation is not None:
            matrix *= self.moderating(a, b)
        return matrix

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
            return kernel_sum(q, x, self.inverse_lengths, weights, self.additive)
        parts = [self(q[i : i + MAX_QUERY_ROWS], x) @ weights for i in range(0, len(q), MAX_QUERY_ROWS)]
        return np.concatenate(parts) if parts else np.zeros(0)


def gaussian_kernel(a: Array, b: Array, additive: bool) -> Array:
    """The Gaussian kernel exp(-|a_i - b_j|^2 / 2), `[n, p]`, `[m, p]` -> `[n, m]`, in few passes over memory.

    Additive, it is the mean over the inputs of each one's own.
    """
    if not additive:
        # -|a - b|^2 / 2 is one product of (a, -|a|^2 / 2, 1) and (b, 1, -|b|^2 / 2).
        before = np.column_stack([a, (a**2).sum(1) / -2, np.ones(len(a))])
        near = before @ np.column_stack([b, np.ones(len(b)), (b**2).sum(1) / -2]).T
        return np.exp(near, out=near)
    total, near = np.zeros((len(a), len(b))), np.empty((len(a), len(b)))
    for u, v in zip(a.T, b.T, strict=True):
        np.subtract.outer(u, v, out=near)
        np.multiply(near, near, out=near)
        near *= -0.5
        total += np.exp(near, out=near)
    total /= a.shape[1]
    return total


def kernel_sum(x: Array, centres: Array, inverse_lengths: Array, heights: Array, additive: bool) -> Array:
    """The sum of Gaussian kernels around centres `[n, p]` with heights `[n]` at inputs, `[m, p]` -> `[m]`."""
    total, centres = np.empty(len(x)), centres * inverse_lengths
    for start in range(0, len(x), MAX_QUERY_ROWS):
        rows = slice(start, start + MAX_QUERY_ROWS)
        total[rows] = gaussian_kernel(x[rows] * inverse_lengths, centres, additive) @ heights
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
        linear = [k.gathered(self.x, c) for k, c in zip(self.kernels, self.coefficients, strict=True)]
        mean = sum(level for level, _ in linear) + x @ sum(slopes for _, slopes in linear)
        for kernel, coefficients in zip(self.kernels, self.coefficients, strict=True):
            mean += kernel.rest(x, self.x, coefficients)
        return np.asarray(mean)

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
            noise += point.weight * np.sqrt(point.noise * self.variances / diagonal) * a
        return noise

    @cached_property
    def with_one_scale(self) -> Regression:
        """This regression with a `spread` that does not depend on the inputs; itself, if it is so already."""
        return self if self.spread is None else replace(self, spread=None)

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
        for kernel in self.kernels:
            matrix = kernel(self.x, self.x)
            for point in self.points:
                if point.kernel is kernel:
                    factor = cholesky(matrix, point.noise * self.variances)
                    a = dpotrs(factor, self.y, lower=1)[0]
                    # Of the inverse only the diagonal counts, which the inverted factor gives for less.
                    inverse = dtrtri(factor, lower=1, overwrite_c=1)[0]
                    yield point, a, np.einsum("ij,ij->j", inverse, inverse)


def regression(
    x: Array, y: Array, points: Sequence[Point], variances: Array | None = None, *, weigh: bool = False
) -> Regression:
    """Solve for the posterior mean at every point: one Cholesky factorization each, O(n^3).

    Args:
        x: Inputs, shape `[n, p]`.
        y: Targets, shape `[n]`.
        points: Settings of the hyperparameters; their weights sum to 1.
        variances: Variances of the noise of each row, times that of the point, shape `[n]`; all 1 by default.
        weigh: Whether the points are weighted by the marginal likelihood of these rows, and those that hold
            next to nothing dropped, instead of keeping their weights.
    """
    variances = np.ones(len(y)) if variances is None else variances
    solved: list[tuple[Point, Array, float]] = []
    for kernel in {id(point.kernel): point.kernel for point in points}.values():
        matrix = kernel(x, x)
        for point in points:
            if point.kernel is kernel:
                factor = cholesky(matrix, point.noise * variances)
                solution = dpotrs(factor, y, lower=1)[0]
                fit, determinant = max(y @ solution, TINY), np.log(factor.diagonal()).sum()
                evidence = kernel.log_prior - len(y) / 2 * np.log(fit) - determinant
                solved.append((point, solution, evidence))
    if weigh:
        evidences = np.array([evidence for *_, evidence in solved])
        weights = np.exp(evidences - evidences.max())
        weights[weights < NEGLIGIBLE * weights.sum()] = 0
        weights /= weights.sum()
        kept = zip(solved, weights, strict=True)
        solved = [(replace(p, weight=float(w)), a, e) for (p, a, e), w in kept if w > 0]
    solved.sort(key=lambda item: -item[0].weight)
    kernels = list({id(point.kernel): point.kernel for point, *_ in solved}.values())
    coefficients = np.zeros((len(kernels), len(y)))
    for point, solution, _ in solved:
        coefficients[[k is point.kernel for k in kernels]] += point.weight * solution
    return Regression(x, y, [point for point, *_ in solved], kernels, coefficients, variances)


def log_evidence(
    kernels: Sequence[Kernel], noises: Array, x: Array, y: Array, variances: Array | None = None
) -> Array:
    """Log marginal likelihood of the targets, up to one constant, for all kernels and noise variances.

    One orthogonal tridiagonalization per kernel, K = Q T Q' with Q'y = |y| e_1, serves every noise variance:
    the pivots of T + noise I, taken from the last row up, give its determinant and, by the first pivot,
    y'(K + noise I)^-1 y. That costs a third of an eigendecomposition.

    Args:
        kernels: k kernels.
        noises: Shape `[s]`, variances relative to the kernel.
        x: Inputs, shape `[n, p]`.
        y: Targets, shape `[n]`.
        variances: Variances of the noise of each row, times `noises`, shape `[n]`; all 1 by default.

    Returns:
        Shape `[k, s]`.
    """
    n = len(y)
    # Over the roots of their variances, targets have steady noise.
    steadying = np.ones(n) if variances is None else 1 / np.sqrt(variances)
    y = y * steadying
    diagonal, off = np.empty((n, len(kernels), 1)), np.empty((n, len(kernels), 1))
    # With y as the first column below a corner, the first reflection turns y into a multiple of e_1.
    bordered = np.zeros((n + 1, n + 1), order="F")
    for k, kernel in enumerate(kernels):
        bordered[1:, 0] = y
        bordered[1:, 1:] = kernel(x, x) * np.outer(steadying, steadying)
        _, main, second, _, _ = dsytrd(bordered, lower=1, lwork=32 * n)
        diagonal[:, k, 0], off[:-1, k, 0] = main[1:], second[1:] ** 2
    pivot = diagonal[-1] + noises
    determinant = np.log(pivot)
    for i in range(n - 2, -1, -1):
        pivot = np.maximum(diagonal[i] + noises - off[i] / pivot, noises)  # exact pivots are never below
        determinant += np.log(pivot)
    return -n / 2 * np.log(max(y @ y, TINY) / pivot) - determinant / 2


def cholesky(matrix: Array, noise: float | Array) -> Array:
    """The lower factor of matrix + noise I, or of each row's own noise, shape `[n]`; the matrix is kept."""
    noisy = np.array(matrix, order="F")
    noisy.flat[:: len(noisy) + 1] += noise
    factor, failed = dpotrf(noisy, lower=1, overwrite_a=1)
    if failed:
        raise np.linalg.LinAlgError("the kernel matrix is not positive definite")
    return np.asarray(factor)
