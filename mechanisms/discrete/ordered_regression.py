r"""Proportional odds: the regression of a binary or ordinal variable on features of its parents.

With thresholds :math:`\theta_1 < \dots < \theta_{K-1}`

.. math:: \operatorname{logit} P(y \le k \mid x) = \theta_k - \phi(x)' \beta

(McCullagh 1980, "Regression models for ordinal data"); for two levels it is logistic regression. The
thresholds have the prior under which the probabilities at x = 0 have a Dirichlet distribution, the
coefficients a normal one. As

.. math:: \sigma(u) - \sigma(l) = \sigma(u) \, \sigma(-l) \, (1 - e^{l - u}),

the log posterior is concave and smooth, Newton's method finds its mode, and Laplace's method gives evidence
and posterior (Rasmussen and Williams 2006, section 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaln, log_expit

from foundation_causal.types import Array
from mechanisms.discrete.designs import Design
from mechanisms.discrete.laplace import mode_of, posterior_step

CONCENTRATION = 1.5  # of the Dirichlet prior, each level
STEPS, CLOSE = 60, 1e-7


@dataclass(frozen=True)
class OrderedFit:
    """A fitted regression.

    Attributes:
        design: Of the features.
        levels: K, how many.
        mode: Thresholds, then coefficients, shape `[K - 1 + k]`.
        factor: Lower Cholesky factor of the negative Hessian at the mode.
        evidence: Log marginal likelihood, by Laplace's method.
    """

    design: Design
    levels: int
    mode: Array
    factor: Array
    evidence: float

    @property
    def family(self) -> tuple[object, ...]:
        """Equal for fits that differ by their prior alone."""
        return "ordered", *self.design.features

    def probabilities(self, x: Array) -> Array:
        """Of each level at inputs, shape `[n, q]` -> `[n, K]`."""
        thresholds, beta = self.mode[: self.levels - 1], self.mode[self.levels - 1 :]
        odds = thresholds - (self.design(x) @ beta)[:, None]
        low, high = expit(-odds), expit(odds)
        ends = np.ones((len(x), 1))
        above = np.hstack([ends, low])  # P(y > k - 1)
        below = np.hstack([high, ends])  # P(y <= k)
        upper = np.hstack([low, 0 * ends])
        # The smaller of two tails is the exact one.
        between = np.where(above < 0.5, above - upper, below - np.hstack([0 * ends, high]))
        return np.maximum(between, 0.0)

    def drawn(self, random: np.random.Generator) -> OrderedFit:
        """The regression with parameters drawn from their posterior."""
        moved = self.mode + posterior_step(self.factor, random)
        # A draw of thresholds that have changed places has no level between them.
        moved[: self.levels - 1] = np.maximum.accumulate(moved[: self.levels - 1])
        return OrderedFit(self.design, self.levels, moved, self.factor, self.evidence)


def fit_ordered(design: Design, x: Array, codes: NDArray[np.intp], weights: Array, levels: int) -> OrderedFit:
    """Fit proportional odds.

    Args:
        design: Features and their prior.
        x: Inputs, shape `[n, q]`.
        codes: The level of each row, 0 to K - 1, shape `[n]`.
        weights: How many rows each row stands for, shape `[n]`.
        levels: K.
    """
    problem = _Problem.of(design, x, codes, weights, levels)
    point, factor, value = mode_of(
        problem.value, problem.derivatives, problem.start(), steps=STEPS, close=CLOSE
    )
    normal = np.log(design.precision).sum() / 2 - np.log(np.diag(factor)).sum()
    thresholds = (levels - 1) / 2 * np.log(2 * np.pi)
    evidence = value + problem.log_normalizer + normal + thresholds
    return OrderedFit(design, levels, point, factor, float(evidence + design.log_prior))


@dataclass(frozen=True)
class _Problem:
    """The log posterior of thresholds and coefficients.

    Attributes:
        features: Those of the rows, and zeros for one row of each level that the prior adds, shape `[n, k]`.
        codes, weights: Of these rows, which are sorted by their level.
        counts: Weight of the rows of each level, shape `[K]`.
        precision: Of the coefficients.
    """

    features: Array
    codes: NDArray[np.intp]
    weights: Array
    counts: Array
    precision: Array

    @classmethod
    def of(cls, design: Design, x: Array, codes: NDArray[np.intp], weights: Array, levels: int) -> _Problem:
        features = np.vstack([design(x), np.zeros((levels, design.size))])
        codes = np.concatenate([codes, np.arange(levels)]).astype(np.intp)
        weights = np.concatenate([weights, np.full(levels, CONCENTRATION - 1)])
        counts = _summed(codes, weights, levels)
        order = np.argsort(codes, kind="stable")
        return cls(features[order], codes[order], weights[order], counts, design.precision)

    @property
    def log_normalizer(self) -> float:
        k = len(self.counts)
        return float(gammaln(k * CONCENTRATION) - k * gammaln(CONCENTRATION))

    def start(self) -> Array:
        below = np.cumsum(self.counts)[:-1]
        thresholds = np.log(below) - np.log(self.counts.sum() - below)
        return np.concatenate([thresholds, np.zeros(len(self.precision))])

    def value(self, point: Array) -> float:
        k = len(self.counts) - 1
        thresholds, beta = point[:k], point[k:]
        gaps = np.diff(thresholds)
        if (gaps <= 0).any():
            return -np.inf
        upper, lower = self._bounds(point)
        total = self.weights @ (log_expit(upper) + log_expit(-lower))
        total += self.counts[1:-1] @ np.log(-np.expm1(-gaps))
        total += (log_expit(thresholds) + log_expit(-thresholds)).sum()
        return float(total - beta @ (self.precision * beta) / 2)

    def derivatives(self, point: Array) -> tuple[Array, Array]:
        """The gradient, and the Hessian with its sign changed."""
        k = len(self.counts) - 1
        thresholds, beta = point[:k], point[k:]
        upper, lower = self._bounds(point)
        up, low = expit(-upper), expit(lower)
        by_upper, by_lower = self.weights * up, self.weights * low
        bend_upper, bend_lower = by_upper * (1 - up), by_lower * (1 - low)
        rows_up, rows_low = self.codes < k, self.codes > 0
        at_up, at_low = self.codes[rows_up], self.codes[rows_low] - 1
        gaps = np.diff(thresholds)
        slope = self.counts[1:-1] / np.expm1(gaps)
        bend = slope / -np.expm1(-gaps)
        share = expit(thresholds)
        of_thresholds: Array = _summed(at_up, by_upper[rows_up], k) - _summed(at_low, by_lower[rows_low], k)
        of_thresholds += 1 - 2 * share
        of_thresholds[1:] += slope
        of_thresholds[:-1] -= slope
        of_beta = self.features.T @ (by_lower - by_upper) - self.precision * beta
        hessian = np.zeros((len(point), len(point)))
        diagonal = _summed(at_up, bend_upper[rows_up], k) + _summed(at_low, bend_lower[rows_low], k)
        diagonal += 2 * share * (1 - share)
        diagonal[1:] += bend
        diagonal[:-1] += bend
        hessian[np.arange(k), np.arange(k)] = diagonal
        hessian[np.arange(k - 1), np.arange(1, k)] = hessian[np.arange(1, k), np.arange(k - 1)] = -bend
        starts = np.searchsorted(self.codes, np.arange(k + 1))
        cross = np.add.reduceat(bend_upper[:, None] * self.features, starts)[:-1]
        cross += np.add.reduceat(bend_lower[:, None] * self.features, starts)[1:]
        hessian[:k, k:], hessian[k:, :k] = -cross, -cross.T
        weighted = self.features * (bend_upper + bend_lower)[:, None]
        hessian[k:, k:] = weighted.T @ self.features + np.diag(self.precision)
        return np.concatenate([of_thresholds, of_beta]), hessian

    def _bounds(self, point: Array) -> tuple[Array, Array]:
        """How far the thresholds above and below each row's level are from its function."""
        k = len(self.counts) - 1
        ends = np.concatenate([[-np.inf], point[:k], [np.inf]])
        function = self.features @ point[k:]
        return ends[self.codes + 1] - function, ends[self.codes] - function


def _summed(places: NDArray[np.intp], amounts: Array, k: int) -> Array:
    """The sums of the amounts at each of k places."""
    return np.asarray(np.bincount(places, amounts, k), dtype=np.float64)
