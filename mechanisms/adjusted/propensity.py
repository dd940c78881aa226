r"""How probable one of two answers is at given inputs: logistic regression, averaged by its evidence.

The log odds are linear in features of the inputs, with a normal prior on the coefficients,

.. math:: \operatorname{logit} p(x) = \beta_0 + x' \beta + \phi_\ell(x)' \gamma,

where the features :math:`\phi_\ell` are those of a Gaussian kernel of one length scale, or none. The
posterior mode is found by Newton's method, and the settings of prior and length scale are averaged by their
evidence after Laplace (Rasmussen and Williams 2006, section 3.4), so that nothing is left to choose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit, logit

from foundation_causal.types import Array
from mechanisms.kernel.noise_scale import Features, kernel_features

LENGTHS = (4.5, 2.5, 1.4)  # of the Gaussian kernel, times the root of the number of inputs
LINEAR_VARIANCES = (0.0, 0.1, 1.0, 10.0)  # of the slopes of standardized inputs, in log odds
WAVY_VARIANCES = (1.0, 10.0)  # of the coefficients of the kernel's features
LEVEL_VARIANCE = 100.0
LEAST_WEIGHT = 0.02  # of a setting that is worth its time
STEPS, CLOSE = 50, 1e-8
MAX_CENTRES = 64


@dataclass(frozen=True)
class Setting:
    """One prior of the coefficients.

    Attributes:
        features: Features of the Gaussian kernel; None leaves them out.
        precision: One over the prior variance of each coefficient, the constant first, shape `[k]`.
        weight: Its share in the average.
    """

    features: Features | None
    precision: Array
    weight: float = 1.0

    def design(self, x: Array) -> Array:
        """What the coefficients multiply, shape `[n, p]` -> `[n, k]`."""
        columns = [np.ones((len(x), 1)), x]
        if self.features is not None:
            columns.append(self.features(x)[:, 1:])  # without their constant
        return np.hstack(columns)


@dataclass(frozen=True)
class Logistic:
    """Probabilities that a 0/1 variable is 1; made by :func:`fit_logistic`.

    Attributes:
        settings: Settings with weights that sum to 1.
        coefficients: For each setting the posterior mode, shape `[k]`.
    """

    settings: Sequence[Setting]
    coefficients: Sequence[Array]

    def __call__(self, x: Array) -> Array:
        """The probability of a 1 at inputs, shape `[n, p]` -> `[n]`."""
        fitted = zip(self.settings, self.coefficients, strict=True)
        return np.asarray(sum(setting.weight * expit(setting.design(x) @ beta) for setting, beta in fitted))

    def refitted(self, x: Array, y: NDArray[np.bool_]) -> Logistic:
        """The same settings and weights, fitted to other rows."""
        return Logistic(self.settings, [_mode(s.design(x), y, s.precision)[0] for s in self.settings])


def fit_logistic(x: Array, y: NDArray[np.bool_]) -> Logistic:
    """Regress a 0/1 variable on inputs.

    Args:
        x: Standardized inputs, shape `[n, p]`; the rows in no particular order.
        y: Shape `[n]`.
    """
    fits = [(setting, *_mode(setting.design(x), y, setting.precision)) for setting in _settings(x)]
    evidence = np.array([value for _, _, value in fits])
    weights = np.exp(evidence - evidence.max())
    weights[weights < LEAST_WEIGHT * weights.sum()] = 0
    weights /= weights.sum()
    kept = [(s, beta, w) for (s, beta, _), w in zip(fits, weights, strict=True) if w > 0]
    settings = [Setting(s.features, s.precision, float(w)) for s, _, w in kept]
    return Logistic(settings, [beta for _, beta, _ in kept])


def _settings(x: Array) -> Iterator[Setting]:
    p = x.shape[1]
    level = np.array([1 / LEVEL_VARIANCE])
    for variance in LINEAR_VARIANCES:
        # A variance of nothing is a rate that depends on no input.
        yield Setting(None, np.concatenate([level, np.full(p, 1 / max(variance, 1e-8))]))
    if not p:
        return
    centres = x[np.linspace(0, len(x) - 1, min(len(x), MAX_CENTRES)).astype(np.intp)]
    for length in LENGTHS:
        features = kernel_features(length, centres)
        for variance in WAVY_VARIANCES:
            wavy = np.full(features.mix.shape[1], 1 / variance)
            yield Setting(features, np.concatenate([level, np.ones(p), wavy]))


def _mode(design: Array, y: NDArray[np.bool_], precision: Array) -> tuple[Array, float]:
    """The most probable coefficients, and the log evidence by Laplace's method."""
    beta: Array = np.zeros(design.shape[1])
    beta[0] = logit((y.sum() + 0.5) / (len(y) + 1))
    value = _log_posterior(design @ beta, beta, y, precision)
    for _ in range(STEPS):
        p = expit(design @ beta)
        slope = design.T @ (y - p) - precision * beta
        step, size = cho_solve(_factor(design, p, precision), slope, check_finite=False), 1.0
        while True:
            trial = beta + size * step
            reached = _log_posterior(design @ trial, trial, y, precision)
            if reached >= value or size < 1e-6:
                break
            size /= 2
        gain, beta, value = reached - value, trial, reached
        if gain < CLOSE * len(y):
            break
    factor = _factor(design, expit(design @ beta), precision)
    determinant = np.log(np.diag(factor[0])).sum() - np.log(precision).sum() / 2
    return beta, float(value - determinant)


def _factor(design: Array, p: Array, precision: Array) -> tuple[Array, bool]:
    curvature = (design * (p * (1 - p))[:, None]).T @ design + np.diag(precision)
    factor, lower = cho_factor(curvature, lower=True, check_finite=False)
    return factor, lower


def _log_posterior(odds: Array, beta: Array, y: NDArray[np.bool_], precision: Array) -> float:
    return float(odds[y].sum() - np.logaddexp(0, odds).sum() - beta @ (precision * beta) / 2)
