"""Multinomial logistic regression by Newton's method, for the scores of discrete variables."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foundation_causal.types import Array

RIDGE = 0.01  # keeps weights finite where features separate the classes
ROUNDS = 25
CLOSE = 1e-3  # nats that a step must promise; the next one would promise about their square


class Logistic(NamedTuple):
    """A multinomial logistic regression.

    Attributes:
        likelihood: Its maximum log likelihood in nats, up to a ridge.
        probability: Of every class in every row, `[n, k]`.
    """

    likelihood: float
    probability: Array


def logistic(design: Array, hot: Array) -> Logistic:
    """Regress a class on features, by Newton's method with halved steps where it goes too far.

    Classes are treated alike: each has weights of its own, and the ridge settles what they share.

    Args:
        design: Features `[n, p]`, the constant in their span, orthogonal and of mean square 1.
        hot: How often each class goes with these features, `[n, k]`: 0 and 1, or counts where rows that have
            the same features are put together.

    Example:
        >>> design = np.array([[1.0, -1.0], [1.0, 1.0]])
        >>> logistic(design, np.array([[40.0, 10.0], [10.0, 40.0]])).probability.round(3)
        array([[0.8, 0.2],
               [0.2, 0.8]])
    """
    weights, step = np.zeros((design.shape[1], hot.shape[1])), np.zeros((design.shape[1], hot.shape[1]))
    value, often = -np.inf, hot.sum(1)
    fit, probability = _fit(design, hot, weights)
    for _ in range(ROUNDS):
        penalized = fit - 0.5 * RIDGE * float(np.square(weights).sum())
        if penalized < value - CLOSE:
            step = step / 2
            weights = weights - step
        else:
            value = penalized
            slope = design.T @ (hot - often[:, None] * probability) - RIDGE * weights
            step = _newton(design, probability, often, slope)
            weights = weights + step
            if 0.5 * float((slope * step).sum()) < CLOSE:
                break
        fit, probability = _fit(design, hot, weights)
    fit, probability = _fit(design, hot, weights)
    return Logistic(fit, probability)


def _fit(design: Array, hot: Array, weights: Array) -> tuple[float, Array]:
    """The log likelihood, and the probabilities `[n, k]`."""
    eta = design @ weights
    eta -= eta.max(1, keepdims=True)
    grown = np.exp(eta)
    norm = grown.sum(1, keepdims=True)
    return float((hot * eta).sum() - hot.sum(1) @ np.log(norm)[:, 0]), grown / norm


def _newton(design: Array, probability: Array, often: Array, slope: Array) -> Array:
    """The Newton step `[p, k]` for this gradient `[p, k]`."""
    (n, p), k = design.shape, probability.shape[1]
    if k == 2:  # the classes' weights are each other's opposites
        spread = often * probability[:, 0] * probability[:, 1]
        double = 2 * (design * spread[:, None]).T @ design
        double.flat[:: p + 1] += RIDGE
        half = np.linalg.solve(double, slope[:, 0])
        return np.column_stack([half, -half])
    wide = (probability[:, :, None] * design[:, None, :]).reshape(n, k * p)
    weighed = often[:, None] * wide
    hessian: Array = np.negative(weighed.T @ wide)
    for a in range(k):
        block = slice(a * p, (a + 1) * p)
        hessian[block, block] += weighed[:, block].T @ design
    hessian.flat[:: k * p + 1] += RIDGE
    solved = np.linalg.solve(hessian, slope.T.ravel()).reshape(k, p).T
    return np.asarray(solved, dtype=np.float64)


def promised(design: Array, child: NDArray[np.integer], fit: Logistic) -> float:
    """About what a regression on these features may gain over another one, in nats: half its score test.

    Args:
        design: Features `[n, p]`, orthogonal and of mean square 1, those of the other one in their span.
        child: Classes `[n]`.
        fit: The other one.
    """
    n, k = fit.probability.shape
    slope = design.T @ (np.eye(k)[child] - fit.probability)
    spread = (fit.probability * (1 - fit.probability)).mean(0) + 1 / n
    return float(0.5 * (k - 1) / k * (np.square(slope).sum(0) / spread).sum() / n)
