"""Noise for new samples: the empirical distribution of the noise that the observations had."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mechanisms.model import Array


def draw_noise(observed: Sequence[Array], n: int, seed: int) -> Array:
    """Draw independent noise for d variables by their empirical inverse distribution functions.

    The inverse is linear between the sorted values, so that new values are not copies of old ones but
    never leave their range.

    Args:
        observed: for each variable the noise of its rows, shape [n_j].
        n: rows to draw.
        seed: the same seed gives the same noise.

    Returns:
        shape [n, d].

    >>> draw_noise([np.array([0.0, 1.0])], 2, seed=0).round(2)
    array([[0.64],
           [0.27]])
    """
    uniform = np.random.default_rng(seed).random((n, len(observed)))
    return np.stack([np.quantile(values, uniform[:, j]) for j, values in enumerate(observed)], axis=1)
