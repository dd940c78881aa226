r"""Gaussian-process regression whose noise has a scale that depends on the inputs, or heavy tails.

The mean is fitted, then the variance of the residuals, and the mean again with that variance, so that rows
with little noise count for more (Kersting et al. 2007, "Most likely heteroscedastic Gaussian process
regression").

**The scale.** The size s = |r|^q of the noise r at rows x is taken to have the mean exp(h(x)) times a
constant, h a Gaussian process, so that the variance is exp(2 h / q), times another. The likelihood is that of
an exponential distribution,

.. math:: -c \sum_i \big(h(x_i) + s_i e^{-h(x_i)}\big),

tempered by c, one over the squared coefficient of variation of s: a quasi-likelihood (McCullagh and Nelder
1989, chapter 9). For a normal q = 2 is the most informative; the heavier the tails the smaller the best q,
and the one is taken that leaves the least variance. The posterior mode is reached by Fisher scoring and its
evidence by Laplace's method, on a few features of each kernel, so that a fit takes milliseconds. A constant
variance is one of the settings that are averaged: it draws h towards a constant where the data do not speak
for anything else, and its weight decides whether they do.

**Heavy tails.** They are taken for normal noise whose variance differs from row to row: Student's t, by its
mixture. A row whose noise is large for what the others have is given a larger variance, so that it draws the
fitted function less (Lange, Little and Taylor 1989, "Robust statistical modeling using the t distribution").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs, dtrtri
from scipy.special import fdtrc, gammaln

from foundation_causal.runtime import exponential
from foundation_causal.types import Array
from mechanisms.kernel.gaussian_process import TINY, Regression, regression, squared_distances
from mechanisms.kernel.hyperparameters import MAX_EVIDENCE_ROWS, reweighted, weighted_points
from mechanisms.kernel.inducing_rows import on_all_rows
from mechanisms.kernel.low_rank import pivots_and_features

Heteroscedastic: TypeAlias = bool | Literal["auto"]

MAX_EXACT_ROWS = 1000  # of a regression that costs their cube
ROUNDS = 3  # more change nothing that can be measured
LEAST_NOISE = 1e-3  # standard deviations of the target; less may be an artefact of the regression itself
MAX_VARIANCE_RATIO = 1e6  # of two rows in the regression, beyond which its evidence is rounding error

# Length scales in units of the standardized inputs, times the root of their number; infinity is linear.
LENGTHS = (0.8, 1.4, 2.5, 4.5, np.inf)
AMPLITUDES = (0.25, 1.0, 3.0)  # prior variance of the log variance
LEVEL = 100.0  # prior variance of the constant part of h
POWERS = (2.0, 1.0, 0.5, 0.25)  # q
CENTRES = 64  # inputs that may carry the features of a kernel (Nyström)
FORGONE = 1e-4  # of its variance at a centre, for which there is no feature more
STEPS, CLOSE = 30, 1e-4  # of Fisher scoring, in log likelihood
MAY_SCALE = 0.001  # level of the test that comes before a scale is fitted to a regression as it stands
COST = 3.0  # log evidence that anything but a constant must earn
WEIGHTED_ENOUGH = 1e-3
HOPELESS = 6.0  # log evidence short of the constant's, after one step, from which no more are taken
MOST_REGULAR = 0.01  # squared coefficient of variation; no noise worth the name has less

DEGREES = (8.0, 5.0, 3.0, 2.0, 1.0)  # of freedom: towards heavier tails, as long as they are more likely
TAIL_COST = 3.0  # log likelihood that tails must earn over a normal's
LOPSIDED = 0.35  # quantile skewness of noise whose mean is not where a symmetric distribution would put it
FARTHEST = 2.0  # standard errors of the mean by which a weighted mean may differ from it
TAIL_STEPS = 30  # of expectation maximization, for the scale
TAIL_CLOSE = 1e-4  # relative change of its square


def node_regression(
    x: Array, y: Array, heteroscedastic: Heteroscedastic, *, rough: bool = False
) -> Regression:
    """The regression of one variable on its parents, with a spread where the noise's scale depends on them.

    Of more than 1,000 rows (`MAX_EXACT_ROWS`) so many make an exact regression, which says which settings of
    the hyperparameters and of the noise's scale are right; all of them decide the function then
    (:mod:`mechanisms.kernel.inducing_rows`).

    Args:
        x: Parents, each standardized, shape `[n, p]`, p >= 1; the rows in no particular order.
        y: Target, standardized, shape `[n]`.
        heteroscedastic: Whether the scale may depend on the inputs; "auto": where that is the more probable.
        rough: Whether functions that turn sharply take part.
    """
    few = _exact_regression(x[:MAX_EXACT_ROWS], y[:MAX_EXACT_ROWS], heteroscedastic, rough=rough)
    return few if len(y) <= MAX_EXACT_ROWS else _on_all_rows(few, x, y)


def _on_all_rows(few: Regression, x: Array, y: Array) -> Regression:
    """The regression of the first rows, improved by all rows; itself where that is no improvement."""
    log_variance = few.spread.log_variance if isinstance(few.spread, Spread) else None
    at_rows, variances = np.zeros(len(y)) if log_variance is None else log_variance(x), np.ones(len(y))
    if log_variance is not None or (few.variances != 1).any():
        noise = y - few.predict(x)
        noise[: len(few.y)] = few.noise
        variances = _row_variances(noise, at_rows)
    full = on_all_rows(few, x, y, variances)
    if full is None:
        return few
    return full if log_variance is None else full.with_spread(_spread(full, log_variance))


def _row_variances(noise: Array, log_variance: Array) -> Array:
    """The variance of each row's noise, up to a factor, by its log variance and by how large it is, `[n]`."""
    tails = row_variances(noise * np.exp(-log_variance / 2))
    near = np.maximum(log_variance, log_variance.max() - np.log(MAX_VARIANCE_RATIO))
    return np.asarray(np.exp(near - near.mean()) * (1 if tails is None else tails))


def _spread(fitted: Regression, log_variance: LogVariance) -> Spread:
    """The scale that leaves the noise of the fitted rows with variance 1."""
    size = np.sqrt(np.mean((fitted.noise * np.exp(-log_variance(fitted.x) / 2)) ** 2))
    return Spread(log_variance, float(max(size, np.finfo(float).tiny)))


def _exact_regression(x: Array, y: Array, heteroscedastic: Heteroscedastic, *, rough: bool) -> Regression:
    """:func:`node_regression` by matrices of all pairs of rows."""
    every, weigh = weighted_points(x, y, rough=rough), len(y) > MAX_EVIDENCE_ROWS
    plain = regression(x, y, every, weigh=weigh, with_noise=True)
    points, variances = plain.points, np.ones(len(y))
    log_variance: LogVariance | None = None
    steadied: Array | None = None
    for round_ in range(ROUNDS):
        # While the variances settle the best setting stands for all, which saves most of the time.
        best = [replace(points[0], weight=1.0)]
        noise = regression(x, y, best, variances, with_noise=True).noise if round_ else plain.noise
        if heteroscedastic is not False:
            log_variance = fit_log_variance(x, noise, steadied)
            if heteroscedastic == "auto" and (log_variance.steady > 0.5 or noise.std() < LEAST_NOISE):
                log_variance = None
        at_rows: Array = np.zeros(len(y)) if log_variance is None else log_variance(x)
        steadied = noise * np.exp(-at_rows / 2)
        tails = row_variances(steadied)
        if log_variance is None and tails is None:
            return plain
        near = np.maximum(at_rows, at_rows.max() - np.log(MAX_VARIANCE_RATIO))
        variances = np.exp(near - near.mean()) * (1 if tails is None else tails)
        if round_ == 0:
            points = reweighted(every, x, y, variances)
    points = reweighted(every, x, y, variances)
    fitted = regression(x, y, points, variances, weigh=weigh, with_noise=True)
    if log_variance is None:
        return fitted
    return fitted.with_spread(_spread(fitted, log_variance))


def with_scale(fitted: Regression) -> Regression:
    """A regression whose noise may have a scale that depends on the inputs; itself, where it has none.

    The kernel stays as it is, and so does the mean of the rows' variances.
    """
    if fitted.noise.std() < LEAST_NOISE or not _may_scale(fitted.x, fitted.noise):
        return fitted
    found, log_variance, steadied = fitted, None, None
    for _ in range(ROUNDS - 1):
        log_variance = fit_log_variance(fitted.x, found.noise, steadied)
        if log_variance.steady > 0.5:
            return fitted
        at_rows = log_variance(fitted.x)
        variances = _row_variances(found.noise, at_rows)
        variances *= fitted.variances.mean() / variances.mean()
        found = regression(fitted.x, fitted.y, fitted.points, variances, with_noise=True)
        steadied = found.noise * np.exp(-at_rows / 2)
    assert log_variance is not None
    return found.with_spread(_spread(found, log_variance))


def _may_scale(x: Array, noise: Array) -> bool:
    """Whether sizes of noise follow lines in the inputs or in their distances from the middle.

    An F test that costs next to nothing, so that the scale is fitted only where there may be one.
    """
    sizes = np.sqrt(np.abs(noise))
    design = np.column_stack([np.ones(len(x)), x, np.abs(x - x.mean(0))])
    left = sizes - design @ np.linalg.lstsq(design, sizes, rcond=None)[0]
    terms, rest = design.shape[1] - 1, len(x) - design.shape[1]
    if rest < 1:
        return True
    explained = sizes.var() * len(x) - left @ left
    return bool(fdtrc(terms, rest, explained / terms / max(left @ left / rest, TINY)) < MAY_SCALE)


@dataclass(frozen=True)
class Spread:
    """The scale S of noise S n, where n has variance 1.

    Attributes:
        log_variance: Logarithm of the noise's variance up to a constant.
        size: What turns its square root into the scale, in standard deviations of the target.
    """

    log_variance: LogVariance
    size: float

    def __call__(self, x: Array) -> Array:
        """The scale S at inputs, shape `[m, p]` -> `[m]`."""
        return self.size * np.exp(self.log_variance(x) / 2)


@dataclass(frozen=True)
class LogVariance:
    """The logarithm of the noise's variance, up to a constant; made by :func:`fit_log_variance`.

    Attributes:
        steady: Weight of the constant in the average; above 1/2 the noise is taken as homoscedastic.
        parts: Features and their coefficients, times the weight in the average.
        low, high: Range of each input; beyond it the variance stays as it is at its border, shape `[p]`.
    """

    steady: float
    parts: Sequence[tuple[Features, Array]]
    low: Array
    high: Array

    def __call__(self, x: Array) -> Array:
        """The log variance at inputs, shape `[m, p]` -> `[m]`."""
        inside = np.clip(x, self.low, self.high)
        return sum((f(inside) @ coefficients for f, coefficients in self.parts), np.zeros(len(x)))


def fit_log_variance(x: Array, noise: Array, steadied: Array | None = None) -> LogVariance:
    """Regress the variance of the noise on the inputs.

    Args:
        x: Standardized inputs, shape `[n, p]`.
        noise: Shape `[n]`, in any unit.
        steadied: The noise over its scale, as far as that is known, which shows how heavy its tails are; by
            default the noise itself, whose tails are heavier and make for caution.
    """
    power = min(POWERS, key=lambda q: _variation(noise if steadied is None else steadied, q) / q**2)
    information = 1 / max(_variation(noise if steadied is None else steadied, power), MOST_REGULAR)
    sizes = np.abs(noise) ** power
    sizes /= max(sizes.mean(), np.finfo(float).tiny)
    centres = x[np.linspace(0, len(x) - 1, min(len(x), CENTRES)).astype(np.intp)]
    # Sizes with mean 1 have the constant 0 for their mode.
    flat = Setting(np.ones((len(x), 1)), sizes, information).mode(1.0)
    assert flat is not None
    steady = flat[1]
    prior = -np.log(len(LENGTHS) * len(AMPLITUDES)) - COST
    fits = []
    for features in (kernel_features(length, centres) for length in LENGTHS):
        setting = Setting(features(x), sizes, information)
        for amplitude in AMPLITUDES:
            mode = setting.mode(amplitude * (power / 2) ** 2, steady - prior - HOPELESS)
            fits += [(features, *mode)] if mode else []
    evidence = np.array([fit[2] for fit in fits]) + prior
    weights = np.exp(evidence - np.logaddexp(np.logaddexp.reduce(evidence), steady))
    parts = [
        (features, 2 / power * weight * coefficients)
        for (features, coefficients, _), weight in zip(fits, weights, strict=True)
        if weight > WEIGHTED_ENOUGH
    ]
    return LogVariance(float(1 - weights.sum()), parts, x.min(0), x.max(0))


def _variation(noise: Array, power: float) -> float:
    """Squared coefficient of variation of |noise|^power."""
    sizes = np.abs(noise) ** power
    return float(sizes.var() / max(sizes.mean() ** 2, np.finfo(float).tiny))


@dataclass(frozen=True)
class Features:
    """Functions whose inner products are a kernel between the inputs, near enough.

    Attributes:
        length: Length of the exponential kernel, or infinity for a linear one.
        centres: Shape `[c, p]`.
        mix: From kernel values at the centres to features, shape `[c, k]`.
    """

    length: float
    centres: Array
    mix: Array

    def __call__(self, x: Array) -> Array:
        """A constant and the features at inputs, shape `[m, p]` -> `[m, 1 + k]`."""
        root = np.sqrt(x.shape[1])
        if np.isinf(self.length):
            features = x / root
        else:
            near = squared_distances(x, self.centres) / (self.length * root) ** 2
            features = exponential(near / -2) @ self.mix
        return np.hstack([np.ones((len(x), 1)), features])


def kernel_features(length: float, centres: Array) -> Features:
    """The features of a Gaussian kernel of this length, or of a linear one, carried by centres [c, p]."""
    if np.isinf(length):
        return Features(length, centres, np.eye(centres.shape[1]))
    distances = squared_distances(centres, centres) / (length**2 * centres.shape[1])
    # The features of the centres that tell most of a kernel take a tenth of the time of its eigenvectors.
    pivots, features = pivots_and_features(exponential(distances / -2), FORGONE)
    return Features(length, centres[pivots], dtrtri(features[pivots], lower=1)[0].T)


class Setting:
    """The tempered likelihood of sizes whose log mean is a sum of given features."""

    def __init__(self, features: Array, sizes: Array, information: float) -> None:
        """Features `[n, k]`, the first of them constant, and sizes `[n]` with mean 1."""
        self.features, self.sizes, self.information = features, sizes, information
        self.fisher = information * features.T @ features
        # Of the likelihood, where all coefficients are 0.
        self.slope = information * (features.T @ (sizes - 1))

    def mode(self, amplitude: float, least: float = -np.inf) -> tuple[Array, float] | None:
        """The most probable coefficients, and the evidence by Laplace's method, up to one constant.

        None where that is below `least` by the first step, which is all that most settings cost.
        """
        features, information = self.features, self.information
        precision = np.full(features.shape[1], 1 / amplitude)
        precision[0] = 1 / LEVEL
        peaked = self.fisher.copy()
        peaked.flat[:: len(peaked) + 1] += precision
        factor = dpotrf(peaked, lower=1)[0]
        determinant = 2 * np.log(factor.diagonal()).sum() - np.log(precision).sum()

        def log_posterior(coefficients: Array) -> tuple[float, Array]:
            h = features @ coefficients
            with np.errstate(over="ignore"):
                steadied = self.sizes * np.exp(-h)
            value = -information * (h + steadied).sum() - coefficients @ (precision * coefficients) / 2
            return float(value), steadied

        best: Array = np.zeros(features.shape[1])
        value, slope = float(-information * self.sizes.sum()), self.slope
        for _ in range(STEPS):
            step, size = dpotrs(factor, slope, lower=1)[0], 1.0
            if value + slope @ step / 2 - determinant / 2 < least:
                return None
            trial, steadied = log_posterior(best + step)
            while not trial >= value and size > 1e-6:
                size /= 2
                trial, steadied = log_posterior(best + size * step)
            if trial < value:
                break
            best, gain, value = best + size * step, trial - value, trial
            if gain < CLOSE:
                break
            slope = information * (features.T @ (steadied - 1)) - precision * best
        return best, value - determinant / 2


def row_variances(noise: Array) -> Array | None:
    """The variance that each row's noise suggests, relative to the others'; None where a normal does as well.

    None for lopsided noise, too: the fitted function would leave the mean for the mode.

    Args:
        noise: Shape `[n]`, in any unit.

    Returns:
        Shape `[n]`, with geometric mean 1.

    >>> row_variances(np.random.default_rng(0).normal(size=200)) is None
    True
    >>> variances = row_variances(np.random.default_rng(0).standard_cauchy(200))
    >>> bool(variances.max() > 20 * np.median(variances))
    True
    """
    size = np.sqrt(np.mean(noise**2))
    low, middle, high = np.quantile(noise, [0.1, 0.5, 0.9])
    if size == 0 or abs(low + high - 2 * middle) > LOPSIDED * (high - low):
        return None
    noise = noise / size
    best, normal = None, -len(noise) / 2 * (np.log(2 * np.pi) + 1)
    top = normal
    for degrees in DEGREES:
        variances, square = _mixture(noise, degrees)
        likely = _log_likelihood(noise, degrees, square)
        if likely <= top:
            break
        best, top = variances, likely
    if best is None or top < normal + TAIL_COST or _moves_the_mean(noise, best):
        return None
    return best / np.exp(np.log(best).mean())


def _moves_the_mean(noise: Array, variances: Array) -> bool:
    """Whether the weighted mean is another than the mean, by more than chance allows."""
    gap = np.average(noise, weights=1 / variances) - noise.mean()
    return bool(abs(gap) > FARTHEST * noise.std() / np.sqrt(len(noise)))


def _mixture(noise: Array, degrees: float) -> tuple[Array, float]:
    """Expected variances over the square of the likeliest scale, shape `[n]`, and that square."""
    squares = noise**2
    square = max(float(np.median(squares)), np.finfo(float).tiny)
    variances: Array = np.ones(len(noise))
    for _ in range(TAIL_STEPS):
        variances, before = (degrees + squares / square) / (degrees + 1), square
        square = max(float(np.mean(squares / variances)), np.finfo(float).tiny)
        if abs(square - before) < TAIL_CLOSE * before:
            break
    return variances, square


def _log_likelihood(noise: Array, degrees: float, square: float) -> float:
    """The log likelihood of Student's t with these degrees of freedom and this squared scale."""
    # scipy.stats.t.logpdf gives the same, but importing it takes as long as inferring a small model.
    constant = gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - np.log(np.pi * degrees * square) / 2
    tails = np.log1p(noise**2 / (degrees * square)).sum()
    return float(len(noise) * constant - (degrees + 1) / 2 * tails)
