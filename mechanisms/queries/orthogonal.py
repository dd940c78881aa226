r"""Effects that first-order errors of the fitted functions do not reach: orthogonal estimates.

A regression that shrinks a confounder's influence moves the effect of the treatment. Its residuals tell by
how much. With m(t, z) the fitted outcome and e_a(z) the probability of the treatment a, the mean outcome
under do(T = a) is that of

.. math:: \psi_a = m(a, Z) + \frac{1[T = a]}{e_a(Z)} \, (Y - m(T, Z)),

whose error is the product of the errors of m and e (Robins, Rotnitzky and Zhao 1994; Chernozhukov et al.
2018, "Double/debiased machine learning"). A treatment of many values has in place of 1[T = a] / e_a(Z) the
weight

.. math:: 1 + (a - E[T]) \, \frac{T - e(Z)}{E[(T - e(Z))^2]}, \qquad e(Z) = E[T | Z],

which removes what is linear in the treatment from the residuals, as in a partially linear model (Robinson
1988); likewise what is a spline of it, and the two are mixed by how much better the spline fits, so that
intervals know of a curve that the rows leave open. Every row is judged by functions that were fitted to other
rows (cross-fitting).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from foundation_causal.runtime import one_thread
from foundation_causal.types import Array
from mechanisms.kernel.gaussian_process import Point, regression
from mechanisms.kernel.hyperparameters import weighted_points
from mechanisms.queries.propensity import fit_logistic

FOLDS = 5
MAX_OUTCOME_ROWS = 1000  # to which Gaussian processes are fitted; the linear part is fitted to all
MAX_PROPENSITY_ROWS = 20_000
MAX_LEVELS = 10  # different values of a treatment that is taken as discrete
MIN_LEVEL_ROWS = 10  # with each of the values that are asked for
LEAST_PROPENSITY = 0.01  # smaller ones are raised to this, so that no row decides alone
ROWS_FOR_A_SLOPE = 5  # from which on the linear part is not shrunk
KNOTS = (0, 5)  # between which corrections along a treatment of many values bend
ROWS_FOR_A_KNOT = 10
BEND_COST = 2.0  # log likelihood that each function must earn; Akaike's criterion has 1
CURVED_COST = 1.0  # log likelihood that a curve must earn over a line
MAX_POINTS, MASS = 4, 0.9  # settings of a Gaussian process, and how much of their weight, that are kept

Function = Callable[[Array], Array]


@dataclass(frozen=True)
class Rows:
    """The rows that tell of an effect, in an order that depends on their values alone.

    Attributes:
        outcome, treatment: Shape `[n]`.
        covariates: Standardized, shape `[n, p]`.
        unordered: Whether the numbers of the treatment mean nothing but which level it is.
    """

    outcome: Array
    treatment: Array
    covariates: Array
    unordered: bool = False

    @classmethod
    def of(cls, outcome: Array, treatment: Array, covariates: Array, *, unordered: bool = False) -> Rows:
        """Rows from `[n]`, `[n]` and `[n, p]`, in any unit; covariates that are constant are left out."""
        spread = covariates.std(0)
        varying = spread > 1e-12 * np.maximum(np.abs(covariates).max(0, initial=0), 1e-300)
        covariates = covariates[:, varying]
        return cls(outcome, treatment, (covariates - covariates.mean(0)) / spread[varying], unordered)

    def treatments(self, treatment: Array) -> Array:
        """Values of the treatment as inputs of a regression, standardized or one-hot, `[n]` -> `[n, q]`."""
        if self.unordered:
            return np.sqrt(2) * (treatment[:, None] == np.unique(self.treatment)).astype(float)
        return ((treatment - self.treatment.mean()) / self.treatment.std())[:, None]


@dataclass(frozen=True)
class Estimate:
    """Mean outcomes under values of a treatment.

    Attributes:
        method: "augmented inverse-propensity weighting" or "partially linear correction".
        mean: The estimates, shape `[k]`.
        plug_in: What the fitted outcomes say without correction, shape `[k]`.
        influence: What each row adds to the error of `mean`, shape `[n, k]`; the covariance of the estimates
            is that of the rows over n.
        propensities: Probability of each value in each row, shape `[n, k]`; None for a treatment of many
            values.
        effective_rows: How many rows those with each value are worth after weighting (Kish), shape `[k]`;
            None likewise.
        weights: Of the residuals in the mean under each value, shape `[n, k]`.
        residual_spread: Root mean square of the residuals.
        curved: Whether the outcome is taken to curve along the treatment, of whose shape `influence` knows
            nothing.
    """

    method: str
    mean: Array
    plug_in: Array
    influence: Array
    weights: Array
    residual_spread: float
    propensities: Array | None = None
    effective_rows: Array | None = None
    curved: bool = False

    def standard_error(self, contrast: Array) -> float:
        """That of a sum of the means with these coefficients, shape `[k]`."""
        each = self.influence @ contrast
        return float(each.std(ddof=1) / np.sqrt(len(each)))

    def confounding_scale(self, contrast: Array) -> float:
        """By how much a hidden confounder can move a sum of the means, shape `[k]`, per unit of its strength.

        The product of the root mean squares of residuals and of their weights (Chernozhukov et al. 2022,
        "Long story short: omitted variable bias in causal machine learning"). For a regression
        line it is the estimate over its t value, times the root of the degrees of freedom.
        """
        return self.residual_spread * float(np.sqrt(np.mean((self.weights @ contrast) ** 2)))

    def log_ratio_error(self, k: int) -> float:
        """The standard error of log(k-th mean / first mean); NaN where one of them is not positive."""
        if not (self.mean[[0, k]] > 0).all():
            return float("nan")
        each = self.influence[:, k] / self.mean[k] - self.influence[:, 0] / self.mean[0]
        return float(each.std(ddof=1) / np.sqrt(len(each)))


@one_thread()
def estimates(
    rows: Rows, values: Array, population: NDArray[np.bool_] | None = None
) -> list[tuple[Estimate, float]]:
    """Estimate the mean outcome under each value of the treatment.

    The answer is a mixture, of one part or of two, with weights that sum to 1.

    Args:
        rows: Observations, in no particular order.
        values: Values of the treatment, shape `[k]`.
        population: The rows whose mean it is, bool `[n]`; all by default.
    """
    everyone = np.ones(len(rows.outcome), dtype=bool) if population is None else population
    if levels_apply(rows.treatment, values):
        return [(_by_levels(rows, values, everyone), 1.0)]
    return _along_a_line(rows, values, everyone)


def levels_apply(treatment: Array, values: Array) -> bool:
    """Whether a treatment, shape `[n]`, has few different values, and each of `values` has enough rows."""
    if len(np.unique(treatment[:5000])) > MAX_LEVELS or len(np.unique(treatment)) > MAX_LEVELS:
        return False
    return all((treatment == value).sum() >= MIN_LEVEL_ROWS for value in values)


def _by_levels(rows: Rows, values: Array, population: NDArray[np.bool_]) -> Estimate:
    folds = _folds(rows.treatment, stratified=True)
    observed = rows.treatment[:, None] == values
    propensities = np.column_stack([_propensity(rows.covariates, level, folds) for level in observed.T])
    outcomes = _outcomes_by_level(rows, values, folds)
    residual = rows.outcome[:, None] - outcomes
    # The odds of belonging to the population turn rows of one arm into rows of the population.
    belongs = np.ones(len(observed))
    if not population.all():
        belongs = _propensity(rows.covariates, population, folds) / population.mean()
    weights = observed * belongs[:, None] / np.maximum(propensities, LEAST_PROPENSITY)
    effective = weights.sum(0) ** 2 / np.maximum((weights**2).sum(0), 1e-300)
    answer = _scored("augmented inverse-propensity weighting", outcomes, weights, residual, population)
    return replace(answer, propensities=propensities, effective_rows=effective)


def _along_a_line(rows: Rows, values: Array, population: NDArray[np.bool_]) -> list[tuple[Estimate, float]]:
    folds = _folds(rows.treatment, stratified=False)
    settings = _settings(rows.covariates[:MAX_OUTCOME_ROWS], rows.treatment[:MAX_OUTCOME_ROWS])

    def left_of(column: Array) -> Array:
        return column - _cross_fitted(rows.covariates, column, folds, [rows.covariates], points=settings)[0]

    # The treatment itself is the first function of every basis, and is regressed once.
    straight = (rows.treatment - rows.treatment.mean()) / rows.treatment.std()
    first = left_of(straight)
    fitted, outcomes, curved = _outcomes_along(rows, values, folds, first)
    residual = rows.outcome - fitted
    mixture: list[Estimate] = []
    information: list[float] = []
    for knots in KNOTS:
        basis = Basis.of(rows.treatment, knots)
        if basis is None:
            continue
        bent = basis(rows.treatment)
        left = np.column_stack([first, *(left_of(column) for column in bent.T[1:])])
        weights, rest = _correction(left, basis(values) - bent[population].mean(0), residual)
        answer = _scored("partially linear correction", outcomes, weights, residual, population)
        mixture.append(replace(answer, curved=curved))
        information.append(-len(residual) / 2 * np.log(max(rest, 1e-300)) - BEND_COST * bent.shape[1])
    # What the rows say for a bent correction over a straight one.
    shares = np.exp(np.array(information) - max(information))
    return list(zip(mixture, (shares / shares.sum()).tolist(), strict=True))


def _correction(left: Array, at: Array, residual: Array) -> tuple[Array, float]:
    """The weights of the residuals in the mean under each value, `[n, k]`, and their mean square thereafter.

    Args:
        left: What the covariates leave of functions of the treatment, shape `[n, b]`.
        at: These functions at the values, less their means, shape `[k, b]`.
        residual: Residuals of the outcome, shape `[n]`.
    """
    gram = left.T @ left / len(left)
    gram += 1e-9 * np.trace(gram) / len(gram) * np.eye(len(gram))
    along = np.linalg.solve(gram, left.T).T
    rest = residual - left @ (along.T @ residual) / len(left)
    return 1 + along @ at.T, float(np.mean((rest - rest.mean()) ** 2))


@dataclass(frozen=True)
class Basis:
    """Functions of a treatment of many values: itself, standardized, and bends between knots.

    Natural cubic splines (Hastie, Tibshirani and Friedman 2009, equation 5.4), which are straight outside the
    knots.

    Attributes:
        centre, spread: Mean and standard deviation of the treatment.
        knots: In standard deviations, shape `[b + 1]`; none leave the straight line alone.
    """

    centre: float
    spread: float
    knots: Array

    @classmethod
    def of(cls, treatment: Array, knots: int) -> Basis | None:
        """So many knots at quantiles of the treatment `[n]`; None if it has too few values for them."""
        centre, spread = float(treatment.mean()), float(treatment.std())
        places = np.quantile((treatment - centre) / spread, np.linspace(0.05, 0.95, knots))
        enough = len(treatment) >= ROWS_FOR_A_KNOT * knots and (np.diff(places) > 1e-6).all()
        return cls(centre, spread, places) if enough or not knots else None

    def __call__(self, treatment: Array) -> Array:
        """The functions at values of the treatment, shape `[n]` -> `[n, b]`."""
        t = (treatment - self.centre) / self.spread
        if not len(self.knots):
            return t[:, None]
        cubes = np.maximum(t[:, None] - self.knots, 0) ** 3
        slopes = (cubes[:, :-1] - cubes[:, -1:]) / (self.knots[-1] - self.knots[:-1])
        return np.column_stack([t, slopes[:, :-1] - slopes[:, -1:]])


def _outcomes_along(
    rows: Rows, values: Array, folds: NDArray[np.intp], left: Array
) -> tuple[Array, Array, bool]:
    """The expected outcome of each row, `[n]`, under each value, `[n, k]`, and whether it curves.

    Linear in the treatment, with one slope for all rows, unless a regression that is free to curve predicts
    rows that it was not fitted to better by more than chance would have it.

    Args:
        rows: The observations.
        values: Values of the treatment.
        folds: The fold of each row.
        left: What the covariates leave of the standardized treatment, shape `[n]`.
    """
    centre, spread = rows.treatment.mean(), rows.treatment.std()
    t, at = (rows.treatment - centre) / spread, (values - centre) / spread
    inputs = np.column_stack([t, rows.covariates])
    moved = [np.column_stack([np.full(len(inputs), v), rows.covariates]) for v in at]
    curved, *under = _cross_fitted(inputs, rows.outcome, folds, [inputs, *moved])
    level = _cross_fitted(rows.covariates, rows.outcome, folds, [rows.covariates])[0]
    slope = left @ (rows.outcome - level) / (left @ left)
    straight = level + slope * left
    gain = np.log(np.sum((rows.outcome - straight) ** 2) / np.sum((rows.outcome - curved) ** 2)) / 2
    if gain * len(left) > CURVED_COST:
        return curved, np.column_stack(under), True
    return straight, level[:, None] + slope * (at - (t - left)[:, None]), False


def _scored(
    method: str, outcomes: Array, weights: Array, residual: Array, population: NDArray[np.bool_]
) -> Estimate:
    """The estimate from expected outcomes `[n, k]`, and residuals `[n]` or `[n, k]` with weights `[n, k]`."""
    share = population.mean()
    score = population[:, None] / share * outcomes + weights * residual.reshape(len(residual), -1)
    mean = score.mean(0)
    influence = score - population[:, None] / share * mean
    used = np.broadcast_to(residual.reshape(len(residual), -1), weights.shape)[weights != 0]
    spread = float(np.sqrt(np.mean(used**2))) if len(used) else 0.0
    return Estimate(method, mean, outcomes[population].mean(0), influence, weights, spread)


def _folds(treatment: Array, *, stratified: bool) -> NDArray[np.intp]:
    """The fold of each row; every value of the treatment is spread over all folds if stratified."""
    if not stratified:
        return np.arange(len(treatment)) % FOLDS
    folds = np.empty(len(treatment), dtype=np.intp)
    for level in np.unique(treatment):
        rows = np.flatnonzero(treatment == level)
        folds[rows] = np.arange(len(rows)) % FOLDS
    return folds


def _propensity(x: Array, y: NDArray[np.bool_], folds: NDArray[np.intp]) -> Array:
    """The probability of y at each row, fitted to the other folds, shape `[n]`."""
    few = np.arange(len(y)) < MAX_PROPENSITY_ROWS
    first = np.arange(len(y)) < MAX_OUTCOME_ROWS
    model, probability = fit_logistic(x[first], y[first]), np.empty(len(y))
    for fold in range(FOLDS):
        others, these = few & (folds != fold), folds == fold
        probability[these] = model.refitted(x[others], y[others])(x[these])
    return probability


def _outcomes_by_level(rows: Rows, values: Array, folds: NDArray[np.intp]) -> Array:
    """The expected outcome of each row under each value, shape `[n, k]`.

    One regression for each value alone, and one for all that takes the treatment as an input, are weighed so
    that they predict rows they were not fitted to best (Wolpert 1992, "Stacked generalization").
    """
    alone = np.column_stack(
        [
            _cross_fitted(rows.covariates, rows.outcome, folds, [rows.covariates], rows.treatment == v)[0]
            for v in values
        ]
    )
    inputs = np.column_stack([rows.treatments(rows.treatment), rows.covariates])
    moved = [np.column_stack([rows.treatments(np.full(len(inputs), v)), rows.covariates]) for v in values]
    joint = np.column_stack(_cross_fitted(inputs, rows.outcome, folds, moved))
    observed = rows.treatment[:, None] == values
    gap = (alone - joint)[observed]
    left = (rows.outcome[:, None] - joint)[observed]
    weight = float(np.clip(gap @ left / max(gap @ gap, 1e-300), 0, 1))
    return weight * alone + (1 - weight) * joint


def _cross_fitted(
    x: Array,
    y: Array,
    folds: NDArray[np.intp],
    queries: Sequence[Array],
    subset: NDArray[np.bool_] | None = None,
    points: Sequence[Point] | None = None,
) -> list[Array]:
    """What regressions of y on x, fitted to the other folds, say at each of the queries, shape `[n]` each.

    Args:
        x: Inputs, shape `[n, p]`.
        y: Targets, shape `[n]`.
        folds: Shape `[n]`.
        queries: Inputs, shape `[n, p]` each, row by row in the fold of x.
        subset: The rows that may be fitted to; all by default.
        points: Settings of the Gaussian process; by default those that the rows speak for.
    """
    usable = np.ones(len(y), dtype=bool) if subset is None else subset
    few = np.flatnonzero(usable)[:MAX_OUTCOME_ROWS]
    points = _settings(x[few], y[few]) if points is None else points
    answers = [np.empty(len(y)) for _ in queries]
    for fold in range(FOLDS):
        others = few[folds[few] != fold]
        function = _fitted(x[others], y[others], points)
        rest = usable & (folds != fold)
        if rest.sum() >= ROWS_FOR_A_SLOPE * (x.shape[1] + 1):
            function = _with_line(function, x[rest], y[rest])
        for answer, query in zip(answers, queries, strict=True):
            answer[folds == fold] = function(query[folds == fold])
    return answers


def _settings(x: Array, y: Array) -> list[Point]:
    """The hyperparameters that hold most of the weight; none where there is nothing to regress on."""
    if not x.shape[1] or y.std() == 0:
        return []
    points = weighted_points(x, (y - y.mean()) / y.std())[:MAX_POINTS]
    held = np.cumsum([point.weight for point in points])
    points = points[: int(np.searchsorted(held, MASS * held[-1])) + 1]
    total = sum(point.weight for point in points)
    return [replace(point, weight=point.weight / total) for point in points]


def _fitted(x: Array, y: Array, points: Sequence[Point]) -> Function:
    centre, spread = y.mean(), y.std()
    if not points or spread == 0:
        return lambda query: np.full(len(query), centre)
    fitted = regression(x, (y - centre) / spread, points)
    return lambda query: centre + spread * fitted.predict(query)


def _with_line(function: Function, x: Array, y: Array) -> Function:
    """The function, and the straight line that is left of y over it."""
    design = np.column_stack([np.ones(len(x)), x])
    line = np.linalg.lstsq(design, y - function(x), rcond=None)[0]
    return lambda query: function(query) + line[0] + query @ line[1:]
