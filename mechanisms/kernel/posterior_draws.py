"""Draws of whole functions from the posterior of the kernel model.

By Matheron's rule a draw from the prior, corrected by what the data add to it, is a draw from the posterior
(Wilson et al. 2020, "Efficiently sampling functions from Gaussian process posteriors", equation 9):

    f(q) + k(q, X) (K + noise I)^-1 (y - f(X) - e),   e ~ N(0, noise I).

The prior draw f is a sum of random Fourier features for the exponential part of the kernel (Rahimi and Recht
2007) and exact for the linear part and the constant; the correction uses the exact kernel. As every draw has
features of its own, mean and covariance over many draws are those of the exact posterior.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.linalg.lapack import dpotrs

from foundation_causal.types import Array
from mechanisms.kernel.gaussian_process import (
    MAX_QUERY_ROWS,
    Kernel,
    Point,
    Regression,
    cholesky,
    kernel_sum,
)

FEATURES = 256


@dataclass(frozen=True)
class DrawnFunction:
    """One function of p inputs, q -> level + slopes . q + waves + correction, in standardized units.

    Attributes:
        level: A number.
        slopes: Shape `[p]`.
        waves: Frequencies `[p, m]`, phases `[m]` and amplitudes `[m]` of cosines; None for a linear function.
        correction: What the data add to the waves; None for a linear function.
    """

    level: float
    slopes: Array
    waves: tuple[Array, Array, Array] | None = None
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
        return total if self.correction is None else total + self.correction(x)


@dataclass(frozen=True)
class KernelSum:
    """A sum of Gaussian kernels, coefficients . exp(-|inverse_lengths * (q - centre)|^2 / 2).

    If additive, each is the mean of kernels in one input alone.

    Attributes:
        inverse_lengths: Shape `[p]`.
        centres: Shape `[n, p]`.
        coefficients: Shape `[n]`.
        additive: As for :class:`Kernel`.
    """

    inverse_lengths: Array
    centres: Array
    coefficients: Array
    additive: bool = False

    def __call__(self, x: Array) -> Array:
        """The sum at inputs, shape `[m, p]` -> `[m]`."""
        return kernel_sum(x, self.centres, self.inverse_lengths, self.coefficients, self.additive)


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
    x, y, kernel = fitted.x, fitted.y, point.kernel
    variances = point.noise * fitted.variances
    factor = cholesky(kernel(x, x), variances)
    fit = y @ dpotrs(factor, y, lower=1)[0]
    # s^2 given y, with the density 1 / s^2 before: y'C^-1 y over a chi^2 with n degrees of freedom.
    scales = np.sqrt(fit / random.chisquare(len(y), k))
    priors = [_prior(kernel, random) for _ in range(k)]
    noise = np.sqrt(variances)[:, None] * random.normal(size=(len(y), k))
    missed = y[:, None] / scales - np.stack([prior(x) for prior in priors], 1) - noise
    weights = dpotrs(factor, missed, lower=1)[0]
    return [
        (_corrected(prior, kernel, x, w, s), s * (e + variances * w))  # y - f(X), without evaluating f
        for prior, w, e, s in zip(priors, weights.T, noise.T, scales, strict=True)
    ]


def _prior(kernel: Kernel, random: np.random.Generator) -> DrawnFunction:
    """A function from the prior with output scale 1."""
    slopes = kernel.slopes * random.normal(size=kernel.slopes.shape)
    level = float(np.sqrt(kernel.constant) * random.normal())
    if kernel.inverse_lengths is None:
        return DrawnFunction(level, slopes)
    frequencies = kernel.inverse_lengths[:, None] * random.normal(size=(len(slopes), FEATURES))
    if kernel.additive:  # the mean over the inputs of their kernels: every wave runs along one of them
        frequencies *= np.arange(len(slopes))[:, None] == random.integers(len(slopes), size=FEATURES)
    phases = random.uniform(0, 2 * np.pi, FEATURES)
    amplitudes = np.sqrt(2 / FEATURES) * random.normal(size=FEATURES)
    return DrawnFunction(level, slopes, (frequencies, phases, amplitudes))


def _corrected(prior: DrawnFunction, kernel: Kernel, x: Array, weights: Array, scale: float) -> DrawnFunction:
    """The function scale * (prior + k(., x) weights), whose linear part is gathered in level and slopes."""
    level, slopes = kernel.gathered(x, weights)
    level, slopes = prior.level + level, prior.slopes + slopes
    if prior.waves is None or kernel.inverse_lengths is None:
        return DrawnFunction(scale * level, scale * slopes)
    frequencies, phases, amplitudes = prior.waves
    waves = (frequencies, phases, scale * amplitudes)
    correction = KernelSum(kernel.inverse_lengths, x, scale * weights, kernel.additive)
    return DrawnFunction(scale * level, scale * slopes, waves, correction)
