"""Gaussian bells between rows, in as few passes over memory as there can be."""

from __future__ import annotations

import numpy as np

from mechanisms.model import Array

CHUNK = 256  # query rows at a time: a kernel matrix that stays in the processor's cache


def bumps(x: Array, centres: Array, inverse_lengths: Array, heights: Array, additive: bool) -> Array:
    """The sum of bells around the centres [n, p] with these heights [n] at inputs, shape [m, p] -> [m]."""
    found, centres = np.empty(len(x)), centres * inverse_lengths
    for start in range(0, len(x), CHUNK):
        rows = slice(start, start + CHUNK)
        found[rows] = bells(x[rows] * inverse_lengths, centres, additive) @ heights
    return found


def bells(a: Array, b: Array, additive: bool) -> Array:
    """exp(-|a_i - b_j|^2 / 2), or the mean of that over the inputs if additive; [n, p], [m, p] -> [n, m]."""
    if not additive:
        # -|a - b|^2 / 2 is one product of (a, -|a|^2 / 2, 1) and (b, 1, -|b|^2 / 2).
        left = np.column_stack([a, (a**2).sum(1) / -2, np.ones(len(a))])
        near = left @ np.column_stack([b, np.ones(len(b)), (b**2).sum(1) / -2]).T
        return np.exp(near, out=near)
    total, near = np.zeros((len(a), len(b))), np.empty((len(a), len(b)))
    for u, v in zip(a.T, b.T, strict=True):
        np.subtract.outer(u, v, out=near)
        np.multiply(near, near, out=near)
        near *= -0.5
        total += np.exp(near, out=near)
    total /= a.shape[1]
    return total


def squared_distances(a: Array, b: Array) -> Array:
    """|a_i - b_j|^2, shape [n, p], [m, p] -> [n, m]."""
    square = a @ b.T
    square *= -2
    square += (a**2).sum(1)[:, None]
    square += (b**2).sum(1)
    return np.maximum(square, 0, out=square)
