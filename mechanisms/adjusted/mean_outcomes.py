r"""Mean outcomes under values of a treatment that first-order errors of the fitted functions do not reach.

A regression that shrinks a confounder's influence moves the effect of the treatment; its residuals tell by
how much. With f(t, x) the expected outcome, fitted to other rows, and weights w_i(a) that make the rows
balance those of the population under the value a, the mean outcome is

.. math:: \psi_a = \operatorname{mean}_i f(a, x_i) + \sum_i w_i(a) \, (y_i - f(t_i, x_i)),

with f stacked from several regressions (:mod:`mechanisms.adjusted.stacked_outcomes`). One over the chance of
the own value would be such weights (Robins, Rotnitzky and Zhao 1994), and large where that chance is small.
Those used here are the minimax linear ones of a regression on variance components (Hirshberg and Wager 2021,
"Augmented minimax linear estimation"): as balanced as functions that are as large as the rows bear out need
them, and no wilder. What they leave unbalanced of such functions widens the intervals.

Along a treatment of many values the mean at one of them hangs on few rows, whose residuals are noise rather
than a correction: there the answer is the mean of f, fitted to all rows, and the residuals are for the
intervals, which are wider by how far the regressions that f is made of differ.

A variance that few rows tell is itself unsure, and intervals are those of Student's t. Its degrees of freedom
are Satterthwaite's (1946), as in Welch's test and in Bell and McCaffrey (2002, "Bias reduction in standard
errors for linear regression"): a variance :math:`\sum_j v_j` whose parts have d_j degrees has

.. math:: \Bigl(\sum_j v_j\Bigr)^2 \Big/ \sum_j \frac{v_j^2}{d_j}.

The parts are those of the rows with each value, which have as many as their residuals are worth by their
weights, less one and less a share of the further coefficients that the rows determine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from foundation_causal.runtime import one_thread
from foundation_causal.types import Array
from mechanisms.adjusted.outcome_regressions import Sample
from mechanisms.adjusted.propensity import fit_logistic
from mechanisms.adjusted.stacked_outcomes import StackedOutcomes, stack_outcomes

FOLDS = 5
MAX_CHANCE_ROWS = 1000  # that choose the settings of the chances
MAX_PROPENSITY_ROWS = 20_000
MAX_LEVELS = 10  # different values of a treatment that is taken as discrete
MIN_LEVEL_ROWS = 10  # with each of the values that are asked for
LEAST_PROPENSITY = 0.01  # a smaller chance is next to none
MAX_RELATIVE_ERROR = 2.0  # standard error of a mean over that mean, up to which ratios of it say something
MAX_KEPT = 2  # answers
DECIMALS = 8  # of standardized covariates; further ones change with a column's unit


@dataclass(frozen=True)
class Rows:
    """The rows that tell of an effect, in an order that depends on their values alone.

    Attributes:
        outcome, treatment: Shape `[n]`.
        covariates: Standardized, shape `[n, p]`; those that are constant are left out.
        centre, spread: Means and standard deviations of the covariates, shape `[p]`.
        varying: Which of the columns that were given the covariates are, bool `[q]`.
        counted: Whether outcomes are counts.
    """

    outcome: Array
    treatment: Array
    covariates: Array
    centre: Array
    spread: Array
    varying: NDArray[np.bool_]
    counted: bool = False

    @classmethod
    def of(cls, outcome: Array, treatment: Array, covariates: Array, *, counted: bool = False) -> Rows:
        """Rows from `[n]`, `[n]` and `[n, q]`, in any unit; outcomes that are counts are told to be."""
        centre, spread = covariates.mean(0), covariates.std(0)
        varying = spread > 1e-12 * np.maximum(np.abs(covariates).max(0, initial=0), 1e-300)
        centre, spread = centre[varying], spread[varying]
        raw = cls(outcome, treatment, covariates, centre, spread, varying, counted)
        return replace(raw, covariates=raw.standardized(covariates))

    def standardized(self, covariates: Array) -> Array:
        """Other covariates in the units of these, shape `[m, q]` -> `[m, p]`."""
        return np.round((covariates[:, self.varying] - self.centre) / self.spread, DECIMALS)


@dataclass(frozen=True)
class Estimate:
    """Mean outcomes under values of a treatment.

    Attributes:
        mean: The estimates, shape `[k]`.
        plug_in: What the fitted outcomes say without correction, shape `[k]`.
        influence: What each row adds to the error of `mean`, shape `[n, k]`; the covariance of the means
            is that of the rows over n, and `unbalanced`.
        unbalanced: The covariance of what the weights leave unbalanced, shape `[k, k]`; along a treatment of
            many values also that of how far the regressions differ, under one of few also what rows whose
            outcomes are all alike leave open.
        weights: Of the residuals in the mean under each value, shape `[n, k]`; they sum to about n.
        residual_spread: Root mean square of the residuals.
        outcomes: The expected outcomes.
        propensities: Probability of each value in each row, shape `[n, k]`; None for a treatment of many
            values.
        effective_rows: How many rows those with each value would be worth, weighted by one over their
            probability (Kish), shape `[k]`; None likewise.
        groups: The rows whose noise is of one scale, from 0 on, shape `[n]`: those with one of few values.
    """

    mean: Array
    plug_in: Array
    influence: Array
    unbalanced: Array
    weights: Array
    residual_spread: float
    outcomes: StackedOutcomes
    propensities: Array | None = None
    effective_rows: Array | None = None
    groups: NDArray[np.intp] | None = None

    def standard_error(self, contrast: Array) -> float:
        """That of a sum of the means with these coefficients, shape `[k]`."""
        each = self.influence @ contrast
        unbalanced = max(float(contrast @ self.unbalanced @ contrast), 0.0)
        return float(np.sqrt(each.var(ddof=1) / len(each) + unbalanced))

    def degrees(self, contrast: Array) -> float:
        """The degrees of freedom of the variance of a sum of the means, shape `[k]`; at least 1."""
        n = len(self.influence)
        groups = np.zeros(n, dtype=np.intp) if self.groups is None else self.groups
        each = self.influence @ contrast
        each = each - each.mean()
        unbalanced = max(float(contrast @ self.unbalanced @ contrast), 0.0)
        largest = max(float(np.abs(each).max()), math.sqrt(unbalanced))
        left = self.outcomes.free
        weights = self.weights @ contrast
        heaviest = float(np.abs(weights).max())
        if not (0 < largest < math.inf and 0 < heaviest < math.inf):
            return left
        # In units in which no square is too large or too small for a number.
        parts, unbalanced = (
            np.bincount(groups, (each / largest) ** 2) / (n * (n - 1)),
            unbalanced / largest**2,
        )
        squares = (weights / heaviest) ** 2
        worth = np.bincount(groups, squares) ** 2 / np.maximum(np.bincount(groups, squares**2), 1e-300)
        further = max(self.outcomes.determined - len(worth), 0.0)
        free = np.maximum(worth * (1 - further / n) - 1, 1.0)
        unsure = float(np.sum(parts**2 / free)) + unbalanced**2 / left
        return max((float(parts.sum()) + unbalanced) ** 2 / unsure, 1.0) if unsure > 0 else left

    def margin(self, contrast: Array, level: float) -> float:
        """From a sum of the means to the end of its interval of this probability."""
        away = t_quantiles((1 + level) / 2, np.array(self.degrees(contrast)))
        return float(away) * self.standard_error(contrast)

    def confounding_scale(self, contrast: Array) -> float:
        """By how much a hidden confounder can move a sum of the means, shape `[k]`, per unit of its strength.

        The product of the root mean squares of residuals and of their weights (Chernozhukov et al. 2022,
        "Long story short: omitted variable bias in causal machine learning"). For a regression
        line it is the estimate over its t value, times the root of the degrees of freedom.
        """
        return self.residual_spread * float(np.sqrt(np.mean((self.weights @ contrast) ** 2)))

    def log_ratio_margin(self, k: int, level: float) -> float:
        """From log(k-th mean / first mean) to the end of its interval of this probability.

        NaN where one of them is not positive, or so near zero, as the risk where nobody fell ill, that its
        own standard error is more than twice as large.
        """
        relative = np.diag(1 / np.where(self.mean > 0, self.mean, np.nan))
        if not all(self.standard_error(relative[j]) <= MAX_RELATIVE_ERROR for j in (0, k)):
            return float("nan")
        return self.margin(relative[k] - relative[0], level)


def t_quantiles(share: float, degrees: Array) -> Array:
    """The value below which Student's t has this share, for degrees of freedom that may be infinite."""
    known = np.isfinite(degrees)
    return np.where(known, stdtrit(np.where(known, degrees, 1.0), share), ndtri(share))


def mean_outcomes(rows: Rows, values: Array, population: NDArray[np.bool_] | None = None) -> Estimate:
    """Estimate the mean outcome under each value of the treatment.

    The last answers are kept, so that a second question about the same rows, as one for the effect in each of
    them, costs next to nothing.

    Args:
        rows: Observations, in no particular order.
        values: Values of the treatment, shape `[k]`.
        population: The rows whose mean it is, bool `[n]`; all by default.
    """
    everyone = np.ones(len(rows.outcome), dtype=bool) if population is None else population
    asked = (rows.outcome, rows.treatment, rows.covariates, np.asarray(values, dtype=float), everyone)
    digest = blake2b(repr([rows.counted, *(part.shape for part in asked)]).encode())
    for part in asked:
        digest.update(part.tobytes())
    key = digest.hexdigest()
    if key not in _kept:
        while len(_kept) >= MAX_KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[key] = _estimated(rows, values, everyone)
    return _kept[key]


_kept: dict[str, Estimate] = {}  # the oldest first


@dataclass(frozen=True)
class Division:
    """How rows are divided, and how probable the values of their treatment are; made by :meth:`of`.

    Attributes:
        folds: The fold of each row, shape `[n]`.
        chances: Of each row to have each value, shape `[n, k]`; None for a treatment of many values.
        arm_weights: What the rows with each value are weighted by to stand for the population, shape
            `[n, k]`; None likewise.
    """

    folds: NDArray[np.intp]
    chances: Array | None
    arm_weights: Array | None

    @classmethod
    def of(cls, rows: Rows, values: Array, population: NDArray[np.bool_]) -> Division:
        """For these values of the treatment, and the rows of the population, bool `[n]`."""
        by_level = levels_apply(rows.treatment, values)
        folds = _folds(rows.treatment, stratified=by_level)
        if not by_level:
            return cls(folds, None, None)
        observed = rows.treatment[:, None] == values
        chances = _chances(rows.covariates, observed, folds)
        return cls(folds, chances, _arm_weights(rows, observed, chances, population, folds))

    def only(self, k: int) -> Division:
        """The division for the k-th value alone."""
        assert self.chances is not None
        assert self.arm_weights is not None
        return replace(self, chances=self.chances[:, [k]], arm_weights=self.arm_weights[:, [k]])


@one_thread()
def _estimated(rows: Rows, values: Array, everyone: NDArray[np.bool_]) -> Estimate:
    division = Division.of(rows, values, everyone)
    found = estimate(rows, values, everyone, division)
    if division.arm_weights is None:
        return found
    unseen = _unseen(rows, values, effective_rows(division.arm_weights))
    return replace(found, unbalanced=found.unbalanced + np.diag(unseen)) if unseen.any() else found


def _unseen(rows: Rows, values: Array, worth: Array) -> Array:
    """What is left open of means under values at which all outcomes are alike, as variances, shape `[k]`.

    Rows that are all alike have no spread to tell an error by, and yet the next one may differ: nobody ill
    among ten does not mean that nobody ever falls ill. Such a share has the variance that Agresti and Caffo
    (2000, "Simple and effective confidence intervals for proportions and differences of proportions") give
    it, who add a row of either kind; how far the odd row would lie away is read off the other values' rows.
    """
    found = np.zeros(len(values))
    for k, value in enumerate(values):
        own = rows.outcome[rows.treatment == value]
        if (own == own[0]).all():
            others = rows.outcome[rows.outcome != own[0]]
            share = 1 / (worth[k] + 2)
            far = np.mean((others - own[0]) ** 2) if len(others) else 0.0
            found[k] = share * (1 - share) / (worth[k] + 2) * far
    return found


def estimate(rows: Rows, values: Array, everyone: NDArray[np.bool_], division: Division) -> Estimate:
    """Estimate the mean outcomes of rows whose division is known; see :func:`mean_outcomes`."""
    share = everyone / everyone.sum()
    weights = division.arm_weights
    by_level = weights is not None
    sample = Sample(
        rows.outcome, rows.treatment, rows.covariates, values, division.folds, by_level, rows.counted
    )
    outcomes = stack_outcomes(sample, division.chances)
    under, balance = outcomes.under, outcomes.balance(share)
    residual = rows.outcome - outcomes.observed
    n = len(residual)
    score = n * (share[:, None] * under + balance.weights * residual[:, None])
    mean, apart = (score.mean(0), 0.0) if by_level else outcomes.means(rows.covariates, share)
    return Estimate(
        mean=mean,
        plug_in=share @ under if by_level else mean,
        influence=score - n * share[:, None] * score.mean(0),
        unbalanced=balance.unbalanced + apart,
        weights=n * balance.weights,
        residual_spread=float(np.sqrt(np.mean(residual**2))),
        outcomes=outcomes,
        propensities=division.chances,
        effective_rows=None if weights is None else effective_rows(weights),
        groups=np.unique(rows.treatment, return_inverse=True)[1] if by_level else None,
    )


def levels_apply(treatment: Array, values: Array) -> bool:
    """Whether a treatment, shape `[n]`, has few different values, and each of `values` has enough rows."""
    if len(np.unique(treatment[:5000])) > MAX_LEVELS or len(np.unique(treatment)) > MAX_LEVELS:
        return False
    return all((treatment == value).sum() >= MIN_LEVEL_ROWS for value in values)


def _arm_weights(
    rows: Rows,
    observed: NDArray[np.bool_],
    chances: Array,
    population: NDArray[np.bool_],
    folds: NDArray[np.intp],
) -> Array:
    belongs: Array = population.astype(float)
    arms = [population[arm] for arm in observed.T]
    if not population.all() and any(not arm.any() for arm in arms):
        # The odds of belonging to the population turn rows of an arm that has none of it into such rows.
        belongs = _chance(rows.covariates, population, folds)
    return np.asarray(observed * belongs[:, None] / np.maximum(chances, LEAST_PROPENSITY))


def effective_rows(weights: Array) -> Array:
    """How many rows those of each arm are worth by their weights `[n, k]` (Kish), shape `[k]`."""
    return np.asarray(weights.sum(0) ** 2 / np.maximum((weights**2).sum(0), 1e-300))


def _folds(treatment: Array, *, stratified: bool) -> NDArray[np.intp]:
    """The fold of each row; every value of the treatment is spread over all folds if stratified."""
    if not stratified:
        return np.arange(len(treatment)) % FOLDS
    folds = np.empty(len(treatment), dtype=np.intp)
    for level in np.unique(treatment):
        rows = np.flatnonzero(treatment == level)
        folds[rows] = np.arange(len(rows)) % FOLDS
    return folds


def _chances(x: Array, observed: NDArray[np.bool_], folds: NDArray[np.intp]) -> Array:
    """The probability of each value in each row, shape `[n, k]`."""
    if observed.shape[1] == 2 and observed.any(1).all():
        second = _chance(x, observed[:, 1], folds)
        return np.column_stack([1 - second, second])
    return np.column_stack([_chance(x, level, folds) for level in observed.T])


def _chance(x: Array, y: NDArray[np.bool_], folds: NDArray[np.intp]) -> Array:
    """The probability of y at each row, fitted to the other folds, shape `[n]`."""
    few = np.arange(len(y)) < MAX_PROPENSITY_ROWS
    first = np.arange(len(y)) < MAX_CHANCE_ROWS
    model, probability = fit_logistic(x[first], y[first]), np.empty(len(y))
    for fold in range(FOLDS):
        others, these = few & (folds != fold), folds == fold
        probability[these] = model.refitted(x[others], y[others])(x[these])
    return probability
