"""Linear algebra that columns in quite different units leave as exact as columns in one."""

import numpy as np
from scipy.stats import multivariate_normal

from mechanisms.model import Array


def log_density(rows: Array, covariance: Array) -> Array:
    """Of rows [n, d] under a normal distribution around 0, shape [n]; natural logarithm.

    A singular covariance counts only where it has spread. What is singular is decided in standard deviations:
    next to a column in large units one in small units would seem to have none.

    >>> wide = np.array([[1.0, 0.0], [0.0, 1e16]])
    >>> float(log_density(np.zeros((1, 2)), wide)[0] + np.log(1e8)).__round__(4)
    -1.8379
    """
    spread = np.sqrt(covariance.diagonal())
    spread = np.where(spread > 0, spread, 1.0)
    law = multivariate_normal(
        np.zeros(len(spread)), covariance / np.outer(spread, spread), allow_singular=True
    )
    return np.atleast_1d(law.logpdf(rows / spread)) - np.log(spread).sum()


def inverse_gram(inputs: Array) -> Array:
    """The (pseudo-)inverse of inputs^T inputs, [n, p] -> [p, p]; columns in any units, none of them 0."""
    size = np.linalg.norm(inputs, axis=0)
    unit = inputs / size
    return np.asarray(np.linalg.pinv(unit.T @ unit, hermitian=True) / np.outer(size, size))
