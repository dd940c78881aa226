r"""Mean outcomes under one value of a treatment, with mediators as they are under another.

With covariates X that confound treatment, mediators M and outcome (Pearl 2001),

.. math:: E[Y(a, M(b))] = E\bigl[E\{\mu_a(M, X) \mid T = b, X\}\bigr], \qquad \mu_a(m, x) = E[Y | a, m, x].

Both expectations are regressions, and each is corrected by the residuals of its own rows (Tchetgen Tchetgen
and Shpitser 2012, "Semiparametric theory for causal mediation analysis", theorem 1):

.. math:: \hat\psi_{ab} = \operatorname{mean}_i \hat\eta_{ab}(x_i)
          + \sum_i w_i(b) \, \bigl(\hat\mu_a(m_i, x_i) - \hat\eta_{ab}(x_i)\bigr)
          + \sum_i v_i(a, b) \, \bigl(y_i - \hat\mu_{t_i}(m_i, x_i)\bigr).

The first two terms are the mean outcome under b of what the first regression says of each row under a
(:mod:`mechanisms.adjusted.mean_outcomes`). Its weights w make rows with the value b a population of mediators
and covariates, and v are the weights that balance the rows with the value a and that population: they stand
for the ratios of chances in the paper, and like all balancing weights stay small where chances do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from foundation_causal.runtime import one_thread
from foundation_causal.types import Array
from mechanisms.adjusted.mean_outcomes import Division, Estimate, Rows, estimate


@dataclass(frozen=True)
class Nested:
    """One mean outcome.

    Attributes:
        mean: The estimate.
        influence: What each row adds to its error, shape `[n]`.
        unbalanced: The variance of what weights leave unbalanced.
    """

    mean: float
    influence: Array
    unbalanced: float

    def combined(self, scale: float, other: Nested) -> Nested:
        """This and another times a number."""
        return Nested(
            self.mean + scale * other.mean,
            self.influence + scale * other.influence,
            self.unbalanced + scale**2 * other.unbalanced,
        )

    @property
    def standard_error(self) -> float:
        """Of the mean."""
        return float(np.sqrt(self.influence.var(ddof=1) / len(self.influence) + self.unbalanced))


@dataclass(frozen=True)
class NestedEstimate:
    """Mean outcomes under values of a treatment, with mediators under the same or another.

    Attributes:
        under: E[Y(a, M(b))] by the positions (a, b) of the values.
        plain: The means under each value, with its own mediators.
    """

    under: Mapping[tuple[int, int], Nested]
    plain: Estimate


@one_thread()
def nested_outcomes(
    rows: Rows, mediated: Rows, values: Array, population: NDArray[np.bool_]
) -> NestedEstimate:
    """Estimate mean outcomes under each value, and under the first and another crossed.

    Args:
        rows: Observations, whose covariates are the confounders.
        mediated: The same, whose covariates are mediators and confounders.
        values: Of the treatment, shape `[k]`, each of which has rows enough.
        population: The rows whose mean it is, bool `[n]`.
    """
    division = Division.of(rows, values, population)
    plain = estimate(rows, values, population, division)
    full = estimate(mediated, values, population, Division.of(mediated, values, population))
    n = len(rows.outcome)
    residual = rows.outcome - full.outcomes.observed
    under = {
        (k, k): Nested(float(plain.mean[k]), plain.influence[:, k], float(plain.unbalanced[k, k]))
        for k in range(len(values))
    }
    for a, b in [pair for k in range(1, len(values)) for pair in ((k, 0), (0, k))]:
        expected = replace(rows, outcome=full.outcomes.under[:, a])
        inner = estimate(expected, values[[b]], population, division.only(b))
        balance = full.outcomes.balance(inner.weights[:, 0] / n)
        correction = balance.weights[:, a] * residual
        under[a, b] = Nested(
            float(inner.mean[0] + correction.sum()),
            inner.influence[:, 0] + n * correction,
            float(inner.unbalanced[0, 0] + balance.unbalanced[a, a]),
        )
    return NestedEstimate(under, plain)
