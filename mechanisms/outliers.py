"""Heavy-tailed noise as normal noise whose variance differs from row to row: Student's t, by its mixture.

A row whose noise is large for what the others have is given a larger variance, so that it draws the fitted
function less (Lange, Little and Taylor 1989, "Robust statistical modeling using the t distribution").
"""

from __future__ import annotations

import numpy as np
from scipy.stats import t

from mechanisms.model import Array

FREEDOMS = (1.0, 2.0, 3.0, 5.0, 8.0)
COST = 3.0  # log likelihood that tails must earn over a normal's
LOPSIDED = 0.35  # quantile skewness of noise whose mean is not where a symmetric law would put it
FARTHEST = 2.0  # standard errors of the mean by which a weighted mean may differ from it
STEPS = 30  # of expectation maximization, for the scale


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
    top = normal + COST
    for freedom in FREEDOMS:
        variances = _mixture(noise, freedom)
        likely = t.logpdf(noise, freedom, scale=np.sqrt(np.mean(noise**2 / variances))).sum()
        if likely > top:
            best, top = variances, likely
    if best is None or _moves_the_mean(noise, best):
        return None
    return best / np.exp(np.log(best).mean())


def _moves_the_mean(noise: Array, variances: Array) -> bool:
    """Whether the weighted mean is another than the mean, by more than chance allows."""
    gap = np.average(noise, weights=1 / variances) - noise.mean()
    return bool(abs(gap) > FARTHEST * noise.std() / np.sqrt(len(noise)))


def _mixture(noise: Array, freedom: float) -> Array:
    """Expected variances over the square of the likeliest scale, shape [n]."""
    square = max(float(np.median(noise**2)), np.finfo(float).tiny)
    variances: Array = np.ones(len(noise))
    for _ in range(STEPS):
        variances = (freedom + noise**2 / square) / (freedom + 1)
        square = max(float(np.mean(noise**2 / variances)), np.finfo(float).tiny)
    return variances
