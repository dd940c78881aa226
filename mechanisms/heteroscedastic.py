"""Gaussian-process regression whose noise has a scale that depends on the inputs.

The mean is fitted, then the variance of what it leaves over (:mod:`mechanisms.log_variance`), and the mean
again with that variance, so that rows with little noise count for more (Kersting et al. 2007, "Most likely
heteroscedastic Gaussian process regression").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from mechanisms.gaussian_process import Regression, regression
from mechanisms.hyperparameters import EVIDENCE_ROWS, reweighted, weighted_points
from mechanisms.log_variance import LogVariance, fit_log_variance
from mechanisms.model import Array
from mechanisms.outliers import row_variances

Heteroscedastic: TypeAlias = bool | Literal["auto"]
ROUNDS = 3  # more change nothing that can be measured
LEAST_NOISE = 1e-3  # standard deviations of the target; less may be what the regression itself leaves over


@dataclass(frozen=True)
class Spread:
    """The scale S of noise S n, where n has variance 1.

    Attributes:
        log_variance: logarithm of the noise's variance up to a constant.
        size: what turns its square root into the scale, in standard deviations of the target.
    """

    log_variance: LogVariance
    size: float

    def __call__(self, x: Array) -> Array:
        """S at inputs, shape [m, p] -> [m]."""
        return self.size * np.exp(self.log_variance(x) / 2)


def node_regression(x: Array, y: Array, units: Array, heteroscedastic: Heteroscedastic) -> Regression:
    """The regression of one variable on its parents, with a spread where the noise's scale depends on them.

    Args:
        x: parents, each standardized, shape [n, p], p >= 1; the rows in no particular order.
        y: target, standardized, shape [n].
        units: standard deviation of each parent in the user's units, shape [p].
        heteroscedastic: whether the scale may depend on the inputs; "auto": where that is the more probable.
    """
    every, weigh = weighted_points(x, y, units), len(y) > EVIDENCE_ROWS
    plain = regression(x, y, every, weigh=weigh)
    points, variances, found, steadied = plain.points, np.ones(len(y)), None, None
    for round_ in range(ROUNDS):
        # While the variances settle the best setting stands for all, which saves most of the time.
        noise = regression(x, y, [replace(points[0], weight=1.0)], variances).noise()
        if heteroscedastic is not False:
            found = fit_log_variance(x, noise, steadied)
            if heteroscedastic == "auto" and (found.steady > 0.5 or noise.std() < LEAST_NOISE):
                found = None
        log_variance: Array = np.zeros(len(y)) if found is None else found(x)
        steadied = noise * np.exp(-log_variance / 2)
        tails = row_variances(steadied)
        if found is None and tails is None:
            return plain
        variances = np.exp(log_variance - log_variance.mean()) * (1 if tails is None else tails)
        if round_ == 0:
            points = reweighted(every, x, y, units, variances)
    fitted = regression(x, y, reweighted(every, x, y, units, variances), variances, weigh=weigh)
    if found is None:
        return fitted
    size = np.sqrt(np.mean((fitted.noise() * np.exp(-found(x) / 2)) ** 2))
    return replace(fitted, spread=Spread(found, float(max(size, np.finfo(float).tiny))))
