"""Kernels of low rank: features of the rows in place of a matrix of all pairs of rows.

A pivoted Cholesky factorization chooses rows one by one, each where the kernel is told least by those chosen
before (Fine and Scheinberg 2001, "Efficient SVM training using low-rank kernel representations"), until what
is left is far below the noise. K is then F F' with features F of the rows, `[n, r]`, and what costs n^3 by
the matrix costs n r^2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotrs, dpstrf, dtrtrs

from foundation_causal.types import Array

UNSEEN = 1e-9  # of the noise's variance, that features may miss of the kernel's where answers are to be equal
LEAST_LEFT = 1e-12  # of the kernel's variance; below is rounding
TILT = 1e-10  # of the variance: what the first row has more than the last; beyond rounding, and no more
TINY = 1e-200


def pivots_and_features(matrix: Array, unseen: float) -> tuple[NDArray[np.intp], Array]:
    """The rows that a pivoted Cholesky factorization chooses, and the features of all rows.

    Of rows that are equally telling the first is chosen: rounding, and so the unit of a column, would choose
    else, and what is drawn from a posterior of coefficients depends on their features.

    Args:
        matrix: A kernel matrix, shape `[n, n]`.
        unseen: Variance that may be missed of each row; more than `TILT` of the largest.

    Returns:
        Positions `[r]`, the most telling first, and features `[n, r]`.
    """
    tilted = np.array(matrix.T, order="F")
    tilted.flat[:: len(matrix) + 1] += TILT * matrix.diagonal().max() * np.linspace(1, 0, len(matrix))
    return _pivoted(tilted, unseen)


def low_rank_features(matrix: Array, unseen: float) -> Array | None:
    """Features `[n, r]`, which may miss the variance `unseen`; None where r is above n / 2, too many to pay.

    Whichever rows are chosen, answers by the features are those by the matrix.
    """
    _, features = _pivoted(np.array(matrix.T, order="F"), unseen)
    return features if features.shape[1] <= len(matrix) // 2 else None


def _pivoted(matrix: Array, unseen: float) -> tuple[NDArray[np.intp], Array]:
    """:func:`pivots_and_features` of a matrix in columns, which is written over."""
    least = max(unseen, LEAST_LEFT * float(matrix.diagonal().max()))
    factor, order, rank, _ = dpstrf(matrix, tol=least, lower=1, overwrite_a=1)
    order = order.astype(np.intp) - 1
    features = np.empty((len(matrix), rank))
    features[order] = np.tril(factor[:, :rank])
    return order[:rank], features


class LowRankSolution(NamedTuple):
    """The posterior at one setting of the noise.

    Attributes:
        weights: Posterior mean of the weights of the features, shape `[r]`.
        root: The lower factor of F' V^-1 F + noise I, shape `[r, r]`.
        coefficients: (F F' + noise V)^-1 y, shape `[n]`.
        evidence: Log marginal likelihood, up to the constant of :func:`gaussian_process.regression`.
    """

    weights: Array
    root: Array
    coefficients: Array
    evidence: float


def solve_features(features: Array, y: Array, noise: float, variances: Array) -> LowRankSolution:
    """Solve for the posterior mean by features.

    Args:
        features: Shape `[n, r]`.
        y: Targets, shape `[n]`.
        noise: Its variance.
        variances: Variances of the noise of each row, times `noise`, shape `[n]`.
    """
    n, rank = features.shape
    steadied, target = features / np.sqrt(variances)[:, None], y / np.sqrt(variances)
    gram = steadied.T @ steadied
    gram.flat[:: rank + 1] += noise
    root, failed = dpotrf(gram, lower=1)
    if failed:
        raise np.linalg.LinAlgError("the features are not linearly independent")
    weights = dpotrs(root, steadied.T @ target, lower=1)[0]
    left = (target - steadied @ weights) / noise
    half = np.log(root.diagonal()).sum() + (n - rank) / 2 * np.log(noise) + np.log(variances).sum() / 2
    evidence = -n / 2 * np.log(max(target @ left, TINY)) - half
    return LowRankSolution(weights, root, left / np.sqrt(variances), float(evidence))


def inverse_diagonal(features: Array, solution: LowRankSolution, noise: float, variances: Array) -> Array:
    """The diagonal of (F F' + noise V)^-1, shape `[n]`."""
    spread = dtrtrs(solution.root, (features / np.sqrt(variances)[:, None]).T, lower=1)[0]
    return np.asarray((1 - np.einsum("rn,rn->n", spread, spread)) / (noise * variances))


def feature_evidence(features: Array, y: Array, noises: Array) -> Array:
    """Log marginal likelihood of y `[n]` for every noise variance `[s]`, by features `[n, r]`; `[s]`."""
    n = len(y)
    values, vectors = np.linalg.eigh(features.T @ features)
    values = np.maximum(values, 0)[:, None]
    along = (vectors.T @ (features.T @ y)) ** 2
    fit = np.maximum(y @ y - (along[:, None] / (values + noises)).sum(0), 0) / noises
    determinant = n * np.log(noises) + np.log1p(values / noises).sum(0)
    return np.asarray(-n / 2 * np.log(np.maximum(fit, TINY)) - determinant / 2)


def features_at(at: Array, inducing: Array, root: Array | None = None) -> tuple[Array, Array]:
    """Features of other rows, given those that were chosen.

    Args:
        at: The kernel between the chosen rows and others, shape `[r, n]`.
        inducing: The kernel between the chosen rows, in the order of their choice, shape `[r, r]`.
        root: The lower factor of `inducing`, if it is known.

    Returns:
        Features `[n, r]`, and the root.
    """
    if root is None:
        root, failed = dpotrf(inducing, lower=1)
        if failed:
            raise np.linalg.LinAlgError("the chosen rows are not different enough")
    return np.asarray(dtrtrs(root, at, lower=1)[0].T), root


def union(pivots: Sequence[NDArray[np.intp]]) -> NDArray[np.intp]:
    """All positions that are among some of the pivots, ascending."""
    return np.unique(np.concatenate(pivots))
