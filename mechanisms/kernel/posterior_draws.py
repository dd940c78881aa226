"""Draws of whole functions from the posterior of the kernel model.

By Matheron's rule a draw from the prior, corrected by what the data add to it, is a draw from the posterior
(Wilson et al. 2020, "Efficiently sampling functions from Gaussian process posteriors", equation 9):

    f(q) + k(q, X) (K + noise I)^-1 (y - f(X) - e),   e ~ N(0, noise I).

The prior draw f is a sum of random Fourier features for the part of the kernel with lengths (Rahimi and Recht
2007) and exact for the linear part and the constant; the correction uses the exact kernel. As every draw has
features of its own, mean and covariance over many draws are those of the exact posterior.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.linalg.lapack import dpotrs, dtrtrs

from foundation_causal.types import Array
from mechanisms.kernel.gaussian_process import (
    MAX_QUERY_ROWS,
    Kernel,
    Point,
    Regression,
    cholesky,
)
from mechanisms.kernel.inducing_rows import (
    InducingRegression,
    inducing_coefficients,
    posterior_weights,
)
from mechanisms.kernel.low_rank import solve_features

FEATURES = 256


@dataclass(frozen=True)
class DrawnFunction:
    """One function of p inputs, q -> level + slopes . q + waves + lines + correction, in standardized units.

    Attributes:
        level: A number.
        slopes: Shape `[p]`.
        waves: Frequencies `[p, m]`, phases `[m]` and amplitudes `[m]` of cosines; None for a linear function.
        lines: Frequencies `[p, m]`, phases `[m]`, heights `[m, p + 1]` of cosines that are slopes and level,
            which differ between the arms of a moderated kernel; None for any other.
        correction: What the data add to the waves; None for a linear function.
    """

    level: float
    slopes: Array
    waves: tuple[Array, Array, Array] | None = None
    lines: tuple[Array, Array, Array] | None = None
    correction: KernelSum | None = None

    def __call__(self, x: Array) -> Array:
        """The function at inputs, shape `[m, p]` -> `[m]`."""
        total = self.level + x @ self.slopes
        if self.waves is not None:
            frequencies, phases, amplitudes = self.waves
            for start in range(0, len(x), MAX_QUERY_ROWS):
                rows = slice(start, start + MAX_QUERY_ROWS)
                # A cosine takes a thirtieth of the time in single precision, which is good enough for a draw.
                angles = (x[rows] @ frequencies + phases).astype(np.float32)
                total[rows] += np.cos(angles, out=angles) @ amplitudes.astype(np.float32)
        if self.lines is not None:
            frequencies, phases, heights = self.lines
            of_arm = np.cos(x @ frequencies + phases) @ heights
            total += (of_arm[:, :-1] * x).sum(1) + of_arm[:, -1]
        return total if self.correction is None else total + self.correction(x)


@dataclass(frozen=True)
class KernelSum:
    """A sum of kernels around centres, but for the linear part of it that is gathered in level and slopes.

    Attributes:
        kernel: The kernel.
        centres: Shape `[n, p]`.
        coefficients: Shape `[n]`.
    """

    kernel: Kernel
    centres: Array
    coefficients: Array

    def __call__(self, x: Array) -> Array:
        """The sum at inputs, shape `[m, p]` -> `[m]`."""
        return self.kernel.rest(x, self.centres, self.coefficients)


Drawn: TypeAlias = tuple[DrawnFunction, Array]


def draw_functions(fitted: Regression, k: int, random: np.random.Generator) -> list[Drawn]:
    """Draw k functions from the posterior of a regression, each with the noise that it leaves, `[n]`."""
    counts = random.multinomial(k, [point.weight for point in fitted.points])
    drawn = [
        draw
        for point, count in zip(fitted.points, counts, strict=True)
        if count
        for draw in _draw_at(point, fitted, count, random)
    ]
    return [drawn[i] for i in random.permutation(k)]


def _draw_at(point: Point, fitted: Regression, k: int, random: np.random.Generator) -> list[Drawn]:
    """Draws at one setting of the hyperparameters."""
    if isinstance(fitted, InducingRegression):
        return _draw_by_inducing_rows(point, fitted, k, random)
    x, y, kernel = fitted.x, fitted.y, point.kernel
    variances = point.noise * fitted.variances
    factor = cholesky(kernel(x, x), variances)
    fit = y @ dpotrs(factor, y)[0]
    # s^2 given y, with the density 1 / s^2 before: y'C^-1 y over a chi^2 with n degrees of freedom.
    scales = np.sqrt(fit / random.chisquare(len(y), k))
    priors = [_prior(kernel, random) for _ in range(k)]
    noise = np.sqrt(variances)[:, None] * random.normal(size=(len(y), k))
    missed = y[:, None] / scales - np.stack([prior(x) for prior in priors], 1) - noise
    weights = dpotrs(factor, missed)[0]
    return [
        (_corrected(prior, kernel, x, w, s), s * (e + variances * w))  # y - f(X), without evaluating f
        for prior, w, e, s in zip(priors, weights.T, noise.T, scales, strict=True)
    ]


def _draw_by_inducing_rows(
    point: Point, fitted: InducingRegression, k: int, random: np.random.Generator
) -> list[Drawn]:
    """Draws at one setting, corrected at the inducing rows (Wilson et al. 2020, equation 13).

    What the inducing rows leave open of a function counts as its uncertainty, and not as noise of the rows.
    """
    features, root, z = fitted.features(point.kernel)
    found = solve_features(features, fitted.y, point.noise, fitted.variances)
    scales = np.sqrt(fitted.y @ found.coefficients / random.chisquare(len(fitted.y), k))
    weights = posterior_weights(found, point.noise, scales, random)
    priors = [_prior(point.kernel, random) for _ in range(k)]
    missed = weights - dtrtrs(root, np.stack([prior(z) for prior in priors], 1), lower=1)[0]
    corrections = inducing_coefficients(root, missed)
    return [
        (_corrected(prior, point.kernel, z, c, s), fitted.y - s * (features @ w))
        for prior, c, s, w in zip(priors, corrections.T, scales, weights.T, strict=True)
    ]


def _prior(kernel: Kernel, random: np.random.Generator) -> DrawnFunction:
    """A function from the prior with output scale 1."""
    p = len(kernel.slopes)
    slopes = kernel.slopes * random.normal(size=p)
    level = float(np.sqrt(kernel.constant) * random.normal())
    lines = None
    if kernel.moderation is not None:
        level, slopes, lines = 0.0, np.zeros(p), _lines(kernel, kernel.moderation, random)
    if kernel.inverse_lengths is None:
        return DrawnFunction(level, slopes, lines=lines)
    frequencies = kernel.inverse_lengths[:, None] * random.normal(size=(p, FEATURES))
    if kernel.rough:  # frequencies of a Matern kernel of 3/2 are a Student t's with twice as many degrees
        frequencies /= np.sqrt(random.chisquare(3, FEATURES) / 3)
    if kernel.additive:  # the mean over the inputs of their kernels: every wave runs along one of them
        frequencies *= np.arange(p)[:, None] == random.integers(p, size=FEATURES)
    if kernel.moderation is not None:  # frequencies of a product of kernels add up
        frequencies += kernel.moderation[:, None] * random.normal(size=(p, FEATURES))
    phases = random.uniform(0, 2 * np.pi, FEATURES)
    amplitudes = np.sqrt(2 / FEATURES) * random.normal(size=FEATURES)
    return DrawnFunction(level, slopes, (frequencies, phases, amplitudes), lines)


def _lines(kernel: Kernel, moderation: Array, random: np.random.Generator) -> tuple[Array, Array, Array]:
    """Slopes and level from the prior that differ between the arms."""
    p = len(kernel.slopes)
    frequencies = moderation[:, None] * random.normal(size=(p, FEATURES))
    phases = random.uniform(0, 2 * np.pi, FEATURES)
    deviations = np.append(kernel.slopes, np.sqrt(kernel.constant))
    return frequencies, phases, np.sqrt(2 / FEATURES) * random.normal(size=(FEATURES, p + 1)) * deviations


def _corrected(prior: DrawnFunction, kernel: Kernel, x: Array, weights: Array, scale: float) -> DrawnFunction:
    """The function scale * (prior + k(., x) weights), whose linear part is gathered in level and slopes."""
    level, slopes = kernel.gathered(x, weights)
    level, slopes = scale * (prior.level + level), scale * (prior.slopes + slopes)
    if prior.waves is None and prior.lines is None:
        return DrawnFunction(level, slopes)
    waves, lines = (
        None if part is None else (part[0], part[1], scale * part[2]) for part in (prior.waves, prior.lines)
    )
    return DrawnFunction(level, slopes, waves, lines, KernelSum(kernel, x, scale * weights))
