"""Laplace's method: a normal distribution around the mode of a log posterior.

Newton's method with halved steps finds the mode of a concave one (Rasmussen and Williams 2006, "Gaussian
processes for machine learning", section 3.4).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

from foundation_causal.types import Array

SMALLEST_STEP = 1e-6  # share of Newton's step


def mode_of(
    value: Callable[[Array], float],
    derivatives: Callable[[Array], tuple[Array, Array]],
    start: Array,
    *,
    steps: int,
    close: float,
) -> tuple[Array, Array, float]:
    """Find the mode.

    Args:
        value: The log posterior at a point `[k]`.
        derivatives: Its gradient `[k]` and negative Hessian `[k, k]`.
        start: Where to begin, shape `[k]`.
        steps: The most of Newton's steps.
        close: Gain of a step at which the search ends, for small values.

    Returns:
        The mode, the lower Cholesky factor of the negative Hessian there, and the log posterior there.
    """
    point, best = start, value(start)
    for _ in range(steps):
        gradient, hessian = derivatives(point)
        factor = cholesky(hessian, lower=True, check_finite=False)
        step, size = cho_solve((factor, True), gradient, check_finite=False), 1.0
        while True:
            reached = value(point + size * step)
            if reached >= best or size < SMALLEST_STEP:
                break
            size /= 2
        if not reached >= best:
            break
        gain, point, best = reached - best, point + size * step, reached
        if gain < close * (1 + abs(best) * 1e-3):
            break
    return point, cholesky(derivatives(point)[1], lower=True, check_finite=False), best


def posterior_step(factor: Array, random: np.random.Generator) -> Array:
    """A draw from the normal distribution around the mode, less the mode; shape `[k]`.

    Args:
        factor: Lower Cholesky factor of the negative Hessian, shape `[k, k]`.
        random: What it is drawn from.
    """
    noise = random.normal(size=len(factor))
    return np.asarray(solve_triangular(factor, noise, lower=True, trans=1, check_finite=False))
