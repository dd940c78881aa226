r"""Multinomial logistic regression by Newton's method, for the scores of discrete variables."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation_causal.types import Array

RIDGE = 0.01  # keeps weights finite where classes can be separated; in the units of one row
ROUNDS = 30
CLOSE = 1e-5  # nats


def logistic_likelihood(design: Array, child: NDArray[np.integer], k: int) -> float:
    """The maximum log likelihood of a multinomial logistic regression, up to a ridge.

    Args:
        design: Features `[n, p]`, the constant in their span, orthogonal and of mean square 1.
        child: Classes `[n]`, 0 to k - 1.
        k: Number of classes.

    Returns:
        The log likelihood, in nats.
    """
    if k == 2:
        return _binary(design, child.astype(float))
    return _multinomial(design, np.eye(k)[child])


def _binary(design: Array, y: Array) -> float:
    p = design.shape[1]
    weights = np.zeros(p)
    sign = 1 - 2 * y
    value = -np.inf
    step = np.zeros(p)
    for _ in range(ROUNDS):
        eta = design @ weights
        fit = -float(np.logaddexp(0, sign * eta).sum())
        penalized = fit - 0.5 * RIDGE * float(weights @ weights)
        if penalized < value:  # the step was too long
            step = step / 2
            weights = weights - step
            continue
        if penalized < value + CLOSE:
            return fit
        value = penalized
        probability = 1 / (1 + np.exp(-np.clip(eta, -40, 40)))
        spread = probability * (1 - probability)
        hessian = (design * spread[:, None]).T @ design
        hessian.flat[:: p + 1] += RIDGE
        step = np.linalg.solve(hessian, design.T @ (y - probability) - RIDGE * weights)
        weights = weights + step
    return fit


def _multinomial(design: Array, y: Array) -> float:
    (_, p), k = design.shape, y.shape[1]
    weights = np.zeros((p, k))
    value, step = -np.inf, np.zeros((p, k))
    for _ in range(ROUNDS):
        eta = design @ weights
        eta = eta - eta.max(1, keepdims=True)
        norm = np.log(np.exp(eta).sum(1))
        fit = float((y * eta).sum() - norm.sum())
        penalized = fit - 0.5 * RIDGE * float(np.square(weights).sum())
        if penalized < value:
            step = step / 2
            weights = weights - step
            continue
        if penalized < value + CLOSE:
            return fit
        value = penalized
        probability = np.exp(eta - norm[:, None])
        hessian = np.zeros((k, p, k, p))
        for a in range(k):
            for b in range(a, k):
                spread = probability[:, a] * ((a == b) - probability[:, b])
                hessian[a, :, b] = hessian[b, :, a] = (design * spread[:, None]).T @ design
        flat = hessian.reshape(k * p, k * p)
        flat.flat[:: k * p + 1] += RIDGE
        slope = design.T @ (y - probability) - RIDGE * weights
        step = np.linalg.solve(flat, slope.T.ravel()).reshape(k, p).T
        weights = weights + step
    return fit
