r"""Quantiles of the outcome under values of a treatment, off the rows, doubly robust.

The quantile q of the outcome under the value a solves :math:`\psi_a(q) = \tau`, where
:math:`\psi_a(q) = P(Y(a) \le q)` is the mean outcome of :math:`1(Y \le q)` (Firpo 2007, "Efficient
semiparametric estimation of quantile treatment effects"). That mean is found as any other
(:mod:`mechanisms.adjusted.mean_outcomes`) at one q only, a first guess from rows weighted by one over the
chance of their value, which is as good as finding it at all (Kallus, Mao and Uehara 2024, "Localized debiased
machine learning"). The distribution function of the weighted rows, F, is then moved by what it is wrong by
there, :math:`\delta = \psi_a(q) - F(q)`, and read at the share asked for:

.. math:: \hat q = F^{-1}(\tau - \delta).

This is Newton's step with the slope of F between :math:`\tau - \delta` and :math:`\tau` in place of a density
at a point, so that the answer follows the outcome through any increasing function of it, and no bandwidth is
chosen. The standard error is that of :math:`\psi_a` times the slope of the inverse of F across its interval
(Woodruff 1952).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from foundation_causal.runtime import one_thread
from foundation_causal.types import Array
from mechanisms.adjusted.mean_outcomes import Division, Estimate, Rows, effective_rows, estimate

STEPS = 2  # the second where the first went far
FAR = 0.5  # standard errors
BAND = 1.645  # standard errors of the share across which the slope is taken
MIN_VALUES = 50  # different ones that an outcome has to have: steps of a count have no slope


@dataclass(frozen=True)
class QuantileEstimate:
    """Quantiles of the outcome under values of a treatment.

    Attributes:
        mean: The quantiles, shape `[q, k]`.
        influence: What each row adds to their errors, shape `[q, n, k]`, see
            :class:`mechanisms.adjusted.mean_outcomes.Estimate`.
        unbalanced: The variance of what weights leave unbalanced, shape `[q, k]`.
        propensities: Probability of each value in each row, shape `[n, k]`.
        effective_rows: How many rows those with each value would be worth, shape `[k]`.
    """

    mean: Array
    influence: Array
    unbalanced: Array
    propensities: Array
    effective_rows: Array

    def standard_errors(self, contrasts: Array) -> Array:
        """Those of sums of the quantiles with these coefficients, shape `[r, k]` -> `[q, r]`."""
        each = self.influence @ contrasts.T
        return np.asarray(np.sqrt(each.var(1, ddof=1) / each.shape[1] + self.unbalanced @ (contrasts**2).T))


def has_slopes(outcome: Array) -> bool:
    """Whether an outcome `[n]` has values enough for quantiles that move little by little."""
    return len(np.unique(outcome)) >= MIN_VALUES


@one_thread()
def quantile_outcomes(
    rows: Rows, values: Array, quantiles: Sequence[float], population: NDArray[np.bool_]
) -> QuantileEstimate:
    """Estimate quantiles of the outcome under each value of a treatment of few values.

    Args:
        rows: Observations, in no particular order.
        values: Values of the treatment, shape `[k]`, each of which has rows enough.
        quantiles: Shares between 0 and 1.
        population: The rows whose outcomes' distribution it is, bool `[n]`.
    """
    division = Division.of(rows, values, population)
    assert division.chances is not None
    assert division.arm_weights is not None
    shape = (len(quantiles), len(rows.outcome), len(values))
    mean, influence, unbalanced = (
        np.empty((shape[0], shape[2])),
        np.empty(shape),
        np.empty((shape[0], shape[2])),
    )
    for k, value in enumerate(values):
        weighted = _Weighted.of(rows.outcome, division.arm_weights[:, k])
        for j, share in enumerate(quantiles):
            mean[j, k], slope, found = _quantile(
                rows, np.array([value]), share, population, division.only(k), weighted
            )
            influence[j, :, k] = -slope * found.influence[:, 0]
            unbalanced[j, k] = slope**2 * found.unbalanced[0, 0]
    return QuantileEstimate(
        mean, influence, unbalanced, division.chances, effective_rows(division.arm_weights)
    )


@dataclass(frozen=True)
class _Weighted:
    """The distribution of weighted outcomes: values in order, and the share up to the middle of each."""

    values: Array
    shares: Array

    @classmethod
    def of(cls, outcome: Array, weights: Array) -> _Weighted:
        rows = np.flatnonzero(weights)
        rows = rows[np.argsort(outcome[rows], kind="stable")]
        within = weights[rows] / weights[rows].sum()
        return cls(outcome[rows], np.cumsum(within) - within / 2)

    def quantile(self, share: float) -> float:
        return float(np.interp(share, self.shares, self.values))

    def inside(self, share: float) -> float:
        return float(np.clip(share, self.shares[0], self.shares[-1]))


def _quantile(
    rows: Rows,
    value: Array,
    share: float,
    population: NDArray[np.bool_],
    division: Division,
    weighted: _Weighted,
) -> tuple[float, float, Estimate]:
    """The quantile, the slope of quantiles by shares there, and the estimated share at or below a guess."""
    at = weighted.inside(share)
    for _ in range(STEPS):
        below = rows.outcome <= weighted.quantile(at)
        found = estimate(replace(rows, outcome=below.astype(float)), value, population, division)
        error = found.standard_error(np.ones(1))
        gap = float(found.mean[0]) - share
        at = weighted.inside(at - gap)
        if abs(gap) <= FAR * error:
            break
    low, high = weighted.inside(at - BAND * error), weighted.inside(at + BAND * error)
    slope = (weighted.quantile(high) - weighted.quantile(low)) / max(high - low, 1e-12)
    return weighted.quantile(at), slope, found
