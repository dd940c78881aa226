r"""Laws of counts whose mean follows the parents: Poisson, negative binomial, with or without extra zeros.

.. math:: y \sim \pi \, \delta_0 + (1 - \pi) \, \mathrm{NB}(\mu(x), r), \qquad \log \mu(x) = b + \phi(x)'
\beta,

with variance :math:`\mu + \mu^2 / r`, Poisson for infinite r (Cameron and Trivedi 2013, "Regression analysis
of count data", chapters 3 and 4). The coefficients have a normal prior; mode and evidence are those of
Newton's and Laplace's method, r is taken from a grid, and the extra zeros are found by expectation and
maximization (Lambert 1992, "Zero-inflated Poisson regression").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.special import betainc, betaincc, gammaln, pdtr, pdtrc, xlog1py, xlogy

from foundation_causal.types import Array
from mechanisms.discrete.designs import Design
from mechanisms.discrete.laplace import mode_of, posterior_step

DISPERSIONS = (np.inf, 30.0, 10.0, 3.0, 1.0, 0.3)  # r
LEVEL_VARIANCE = 10.0  # of b around the logarithm of the mean
STEPS, CLOSE = 40, 1e-4
ZERO_STEPS = 6
SMALLEST_ZEROS = 0.01  # share of extra zeros that are worth a parameter
# How many times the largest count a mean may reach. Logarithms of means add up where two causes are large at
# once as they never were in the data, and samples exploded there with 20. Fresh rows are as likely with 2 as
# with 20, also where true means have no bound.
FURTHEST = 2.0


@dataclass(frozen=True)
class CountFit:
    """A fitted law.

    Attributes:
        design: Of the features.
        mode: The level b, then the coefficients, shape `[1 + k]`.
        factor: Lower Cholesky factor of the negative Hessian at the mode.
        dispersion: r, infinite for Poisson.
        zeros: The share of extra zeros.
        largest: Above which the mean is cut.
        evidence: Log marginal likelihood, by Laplace's method.
    """

    design: Design
    mode: Array
    factor: Array
    dispersion: float
    zeros: float
    largest: float
    evidence: float

    @property
    def kind(self) -> tuple[float, bool]:
        """Its dispersion, and whether it has extra zeros."""
        return self.dispersion, self.zeros > 0

    @property
    def family(self) -> tuple[object, ...]:
        """Equal for laws that differ by their prior alone."""
        return self.dispersion, self.zeros > 0, *self.design.features

    def rates(self, x: Array) -> Array:
        """The mean of the law without its extra zeros, at inputs, shape `[n, q]` -> `[n]`."""
        return _rates(self.mode[0] + self.design(x) @ self.mode[1:], self.largest)

    def mean(self, x: Array) -> Array:
        """The expectation at inputs, shape `[n, q]` -> `[n]`."""
        return (1 - self.zeros) * self.rates(x)

    def at(self, x: Array) -> CountsAt:
        """The distributions at inputs, shape `[n, q]`."""
        return CountsAt(self, self.rates(x))

    def probability(self, rates: Array, k: Array) -> Array:
        """Of the counts k where the rates are so, shape `[n]` each -> `[n]`."""
        logs = _log_probability(k, rates, self.dispersion)
        return np.asarray((1 - self.zeros) * np.exp(logs) + self.zeros * (k == 0))

    def tails(self, rates: Array, k: Array) -> tuple[Array, Array]:
        """The probabilities of at most k, and of more, where the rates are so, shape `[n]` each."""
        below, above = _tails(k, rates, self.dispersion)
        return self.zeros * (k >= 0) + (1 - self.zeros) * below, (1 - self.zeros) * above + self.zeros * (
            k < 0
        )

    def drawn(self, random: np.random.Generator) -> CountFit:
        """The law with coefficients drawn from their posterior; dispersion and extra zeros stay."""
        return replace(self, mode=self.mode + posterior_step(self.factor, random))


@dataclass(frozen=True)
class CountsAt:
    """A fitted law where the rates are so, shape `[n]`."""

    fit: CountFit
    rates: Array

    def probability(self, k: Array) -> Array:
        """Of one count for each row, shape `[n]`."""
        return self.fit.probability(self.rates, k)

    def tails(self, k: Array) -> tuple[Array, Array]:
        """The probabilities of at most k, and of more, shape `[n]`."""
        return self.fit.tails(self.rates, k)


def fit_counts(
    design: Design,
    x: Array,
    counts: Array,
    weights: Array,
    dispersion: float,
    *,
    zeros: bool | None = None,
) -> list[CountFit]:
    """Fit a law, and one with extra zeros where there are any.

    Args:
        design: Features and their prior.
        x: Inputs, shape `[n, q]`.
        counts: Shape `[n]`.
        weights: How many rows each row stands for, shape `[n]`.
        dispersion: r.
        zeros: Whether only the law with extra zeros is asked for, or only that without; both by default.
    """
    features = np.hstack([np.ones((len(x), 1)), design(x)])
    precision = np.concatenate([[1 / LEVEL_VARIANCE], design.precision])
    largest = FURTHEST * max(float(counts.max()), 1.0)
    mean = np.log(max(float(weights @ counts / weights.sum()), 1e-3))
    start = np.zeros(len(precision))
    start[0] = mean
    problem = _Problem(features, counts, precision, mean, dispersion, largest)
    mode, factor, value = problem.solve(start, weights)
    normal = np.log(precision).sum() / 2 - np.log(np.diag(factor)).sum()
    plain = CountFit(design, mode, factor, dispersion, 0.0, largest, float(value + normal + design.log_prior))
    extra = None if zeros is False else _with_zeros(plain, problem, weights)
    return [fit for fit in (None if zeros else plain, extra) if fit is not None]


def _with_zeros(plain: CountFit, problem: _Problem, weights: Array) -> CountFit | None:
    """The law with extra zeros; None if there are hardly any."""
    zero, total = problem.counts == 0, weights.sum()
    rates = _rates(problem.features @ plain.mode, plain.largest)
    expected = np.exp(_log_probability(np.zeros(len(rates)), rates, plain.dispersion))
    share = float(weights @ (zero - expected) / total)
    if share < SMALLEST_ZEROS:
        return None
    mode, factor = plain.mode, plain.factor
    for _ in range(ZERO_STEPS):
        structural = np.where(zero, share / (share + (1 - share) * expected), 0.0)
        share = float((weights @ structural + 0.5) / (total + 1))
        mode, factor, _ = problem.solve(mode, weights * (1 - structural))
        rates = _rates(problem.features @ mode, plain.largest)
        expected = np.exp(_log_probability(np.zeros(len(rates)), rates, plain.dispersion))
    fit = replace(plain, mode=mode, factor=factor, zeros=share)
    likelihood = weights @ np.log(np.maximum(fit.probability(rates, problem.counts), 1e-300))
    normal = np.log(problem.precision).sum() / 2 - np.log(np.diag(factor)).sum()
    # Schwarz's criterion pays for the share.
    evidence = likelihood + problem.log_prior(mode) + normal - np.log(total) / 2
    return replace(fit, evidence=float(evidence + plain.design.log_prior))


@dataclass(frozen=True)
class _Problem:
    """The log posterior of level and coefficients."""

    features: Array
    counts: Array
    precision: Array
    level: float
    dispersion: float
    largest: float

    def log_prior(self, point: Array) -> float:
        moved = point.copy()
        moved[0] -= self.level
        return float(-moved @ (self.precision * moved) / 2)

    def value(self, point: Array, weights: Array) -> float:
        rates = _rates(self.features @ point, self.largest)
        logs = _log_probability(self.counts, rates, self.dispersion)
        return float(weights @ logs) + self.log_prior(point)

    def solve(self, point: Array, weights: Array) -> tuple[Array, Array, float]:
        """The mode, the Cholesky factor of the negative Hessian there, and the log posterior."""
        value, derivatives = partial(self.value, weights=weights), partial(self.derivatives, weights=weights)
        return mode_of(value, derivatives, point, steps=STEPS, close=CLOSE)

    def derivatives(self, point: Array, weights: Array) -> tuple[Array, Array]:
        rates = _rates(self.features @ point, self.largest)
        shrink = 1.0 if np.isinf(self.dispersion) else self.dispersion / (self.dispersion + rates)
        excess = (self.counts - rates) * shrink
        bend = rates * shrink
        if not np.isinf(self.dispersion):
            bend = bend * (self.dispersion + self.counts) / (self.dispersion + rates)
        moved = point.copy()
        moved[0] -= self.level
        gradient = self.features.T @ (weights * excess) - self.precision * moved
        hessian = (self.features * (weights * bend)[:, None]).T @ self.features + np.diag(self.precision)
        return gradient, hessian


def _rates(log_rates: Array, largest: float) -> Array:
    return np.asarray(np.exp(np.clip(log_rates, -30.0, np.log(largest))))


def _log_probability(k: Array, rates: Array, dispersion: float) -> Array:
    if np.isinf(dispersion):
        return np.asarray(xlogy(k, rates) - rates - gammaln(k + 1))
    r = dispersion
    ways = gammaln(k + r) - gammaln(k + 1) - gammaln(r)
    return np.asarray(ways - xlog1py(r, rates / r) + xlogy(k, rates / (r + rates)))


def _tails(k: Array, rates: Array, dispersion: float) -> tuple[Array, Array]:
    seen = np.maximum(k, 0.0)
    if np.isinf(dispersion):
        below, above = pdtr(seen, rates), pdtrc(seen, rates)
    else:
        p = dispersion / (dispersion + rates)
        below, above = betainc(dispersion, seen + 1, p), betaincc(dispersion, seen + 1, p)
    return np.where(k < 0, 0.0, below), np.where(k < 0, 1.0, above)
