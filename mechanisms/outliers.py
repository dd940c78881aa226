"""Heavy-tailed noise as normal noise whose variance differs from row to row: Student's t, by its mixture.

A row whose noise is large for what the others have is given a larger variance, so that it draws the fitted
function less (Lange, Little and Taylor 1989, "Robust statistical modeling using the t distribution").
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from mechanisms.model import Array

FREEDOMS = (8.0, 5.0, 3.0, 2.0, 1.0)  # towards heavier tails, as long as they are more likely
COST = 3.0  # log likelihood that tails must earn over a normal's
LOPSIDED = 0.35  # quantile skewness of noise whose mean is not where a symmetric law would put it
FARTHEST = 2.0  # standard errors of the mean by which a weighted mean may differ from it
STEPS, CLOSE = 30, 1e-4  # of expectation maximization, for the scale, and relative change of its square


def row_variances(noise: Array) -> Array | None:
    """What each row's noise says of its variance, relative to the others'; None where a normal does as well.

    None for lopsided noise, too: the fitted function would leave the mean for the mode.

    Args:
        noise: shape [n], in any unit.

    Returns:
        shape [n], with geometric mean 1.

    >>> row_variances(np.random.default_rng(0).normal(size=200)) is None
    True
    >>> found = row_variances(np.random.default_rng(0).standard_cauchy(200))
    >>> bool(found.max() > 20 * np.median(found))
    True
    """
    size = np.sqrt(np.mean(noise**2))
    low, middle, high = np.quantile(noise, [0.1, 0.5, 0.9])
    if size == 0 or abs(low + high - 2 * middle) > LOPSIDED * (high - low):
        return None
    noise = noise / size
    best, normal = None, -len(noise) / 2 * (np.log(2 * np.pi) + 1)
    top = normal
    for freedom in FREEDOMS:
        variances, square = _mixture(noise, freedom)
        likely = _log_likelihood(noise, freedom, square)
        if likely <= top:
            break
        best, top = variances, likely
    if best is None or top < normal + COST or _moves_the_mean(noise, best):
        return None
    return best / np.exp(np.log(best).mean())


def _moves_the_mean(noise: Array, variances: Array) -> bool:
    """Whether the weighted mean is another than the mean, by more than chance allows."""
    gap = np.average(noise, weights=1 / variances) - noise.mean()
    return bool(abs(gap) > FARTHEST * noise.std() / np.sqrt(len(noise)))


def _mixture(noise: Array, freedom: float) -> tuple[Array, float]:
    """Expected variances over the square of the likeliest scale, shape [n], and that square."""
    squares = noise**2
    square = max(float(np.median(squares)), np.finfo(float).tiny)
    variances: Array = np.ones(len(noise))
    for _ in range(STEPS):
        variances, before = (freedom + squares / square) / (freedom + 1), square
        square = max(float(np.mean(squares / variances)), np.finfo(float).tiny)
        if abs(square - before) < CLOSE * before:
            break
    return variances, square


def _log_likelihood(noise: Array, freedom: float, square: float) -> float:
    """Of Student's t with this squared scale."""
    constant = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - np.log(np.pi * freedom * square) / 2
    tails = np.log1p(noise**2 / (freedom * square)).sum()
    return float(len(noise) * constant - (freedom + 1) / 2 * tails)
