r"""Multinomial logistic regression of a categorical variable on features of its parents.

.. math:: P(y = k \mid x) \propto \exp(b_k + \phi(x)' \beta_k),

where levels and coefficients sum to zero over the classes. The levels have the prior under which the
probabilities at x = 0 have a Dirichlet distribution, the coefficients a normal one that is the same for all
classes, so that nothing depends on how these are numbered. The curvature is at most that of Boehning's bound,
half of the features' second moments (Boehning 1992, "Multinomial logistic regression algorithm"): in the
coordinates in which that is one, few steps of L-BFGS find the mode. Evidence and posterior are Laplace's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize
from scipy.special import gammaln, softmax

from foundation_causal.types import Array
from mechanisms.discrete.designs import Design
from mechanisms.discrete.laplace import posterior_step

CONCENTRATION = 1.0  # of the Dirichlet prior, each level
MAX_JOINT = 500  # coefficients whose curvature is taken as a whole; of more, class by class
STEPS = 200


@dataclass(frozen=True)
class ClassFit:
    """A fitted regression.

    Attributes:
        design: Of the features.
        contrasts: From coordinates that sum to zero over the classes to classes, orthonormal, `[K, K - 1]`.
        mode: Shape `[1 + k, K - 1]`, the levels first.
        factor: Lower Cholesky factor of the negative Hessian at the mode, coordinate after coordinate, or the
            factors of the classes, `[K, 1 + k, 1 + k]`.
        evidence: Log marginal likelihood, by Laplace's method.
    """

    design: Design
    contrasts: Array
    mode: Array
    factor: Array
    evidence: float

    @property
    def family(self) -> tuple[object, ...]:
        """Equal for fits that differ by their prior alone."""
        return "classes", *self.design.features

    def probabilities(self, x: Array) -> Array:
        """Of each level at inputs, shape `[n, q]` -> `[n, K]`."""
        beta = self.mode @ self.contrasts.T
        return np.asarray(softmax(beta[0] + self.design(x) @ beta[1:], axis=1))

    def drawn(self, random: np.random.Generator) -> ClassFit:
        """The regression with coefficients drawn from their posterior."""
        if self.factor.ndim == 2:
            moved = self.mode + posterior_step(self.factor, random).reshape(self.mode.shape[::-1]).T
        else:
            steps = [posterior_step(of_class, random) for of_class in self.factor]
            moved = self.mode + np.stack(steps, 1) @ self.contrasts
        return ClassFit(self.design, self.contrasts, moved, self.factor, self.evidence)


def fit_classes(design: Design, x: Array, codes: NDArray[np.intp], weights: Array, levels: int) -> ClassFit:
    """Fit multinomial logistic regression.

    Args:
        design: Features and their prior.
        x: Inputs, shape `[n, q]`.
        codes: The level of each row, 0 to K - 1, shape `[n]`.
        weights: How many rows each row stands for, shape `[n]`.
        levels: K.
    """
    features = np.hstack([np.ones((len(x), 1)), design(x)])
    # The prior of the levels is that of so many rows of each class where all features are zero.
    features = np.vstack([features, np.eye(1, features.shape[1]).repeat(levels, 0)])
    codes = np.concatenate([codes, np.arange(levels)]).astype(np.intp)
    weights = np.concatenate([weights, np.full(levels, CONCENTRATION)])
    precision = np.concatenate([[0.0], design.precision])
    contrasts = _contrasts(levels)
    observed = np.eye(levels)[codes] * weights[:, None]
    bound = cholesky(
        (features * weights[:, None] / 2).T @ features + np.diag(precision), lower=True, check_finite=False
    )
    whitened = solve_triangular(bound, features.T, lower=True, check_finite=False).T
    shrinking = solve_triangular(bound, np.diag(precision), lower=True, check_finite=False)
    shrinking = solve_triangular(bound, shrinking.T, lower=True, check_finite=False)
    shape, rows = (features.shape[1], levels - 1), np.arange(len(codes))

    def loss(flat: Array) -> tuple[float, Array]:
        point = flat.reshape(shape)
        logs = (whitened @ point) @ contrasts.T
        logs -= logs.max(1, keepdims=True)
        likely = np.exp(logs)
        total = likely.sum(1)
        shrunk = shrinking @ point
        missed = likely * (weights / total)[:, None] - observed
        gradient = whitened.T @ (missed @ contrasts) + shrunk
        fit = logs[rows, codes] @ weights - np.log(total) @ weights
        return float((point * shrunk).sum() / 2 - fit), gradient.ravel()

    found = minimize(
        loss, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B",
        options={"maxiter": STEPS, "ftol": 1e-11, "gtol": 1e-5, "maxcor": 20},
    )  # fmt: skip
    mode = solve_triangular(bound, found.x.reshape(shape), lower=True, trans=1, check_finite=False)
    shares = softmax(features @ mode @ contrasts.T, axis=1)
    factor, determinant = _curvature(features, shares, weights, precision, contrasts)
    evidence = -found.fun - determinant + (levels - 1) / 2 * np.log(design.precision).sum()
    evidence += gammaln(levels * CONCENTRATION) - levels * gammaln(CONCENTRATION) + np.log(levels) / 2
    evidence += (levels - 1) / 2 * np.log(2 * np.pi)  # of the levels; that of the coefficients cancels
    return ClassFit(design, contrasts, mode, factor, float(evidence + design.log_prior))


def _curvature(
    features: Array, shares: Array, weights: Array, precision: Array, contrasts: Array
) -> tuple[Array, float]:
    """The Cholesky factor of the negative Hessian, and half of the logarithm of its determinant."""
    k, levels = features.shape[1], shares.shape[1]
    if k * (levels - 1) > MAX_JOINT:
        bends = shares * (1 - shares) * weights[:, None]
        rooted = np.stack(
            [
                cholesky((features * bend[:, None]).T @ features + np.diag(precision), lower=True)
                for bend in bends.T
            ]
        )
        of_classes = np.log(np.diagonal(rooted, axis1=1, axis2=2)).sum()
        return rooted, float(of_classes * (levels - 1) / levels)
    mixed = shares @ contrasts
    hessian = np.empty((levels - 1, k, levels - 1, k))
    for a in range(levels - 1):
        for b in range(a + 1):
            bend = shares @ (contrasts[:, a] * contrasts[:, b]) - mixed[:, a] * mixed[:, b]
            block = (features * (bend * weights)[:, None]).T @ features
            hessian[a, :, b], hessian[b, :, a] = block, block
    joint = hessian.reshape(k * (levels - 1), -1)
    joint[np.arange(len(joint)), np.arange(len(joint))] += np.tile(precision, levels - 1)
    factor = cholesky(joint, lower=True, check_finite=False)
    return factor, float(np.log(np.diag(factor)).sum())


def _contrasts(levels: int) -> Array:
    """An orthonormal basis of the vectors that sum to zero, shape `[K, K - 1]` (Helmert's)."""
    basis = np.zeros((levels, levels - 1))
    for k in range(1, levels):
        basis[:k, k - 1], basis[k, k - 1] = 1.0, -float(k)
    return basis / np.sqrt((basis**2).sum(0))
