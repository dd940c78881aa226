"""Ways to regress an outcome on a treatment and covariates, each fitted to all folds but one in turn.

Every way gives what it says of rows that it was not fitted to, by which the ways are weighed
(:mod:`mechanisms.adjusted.stacked_outcomes`), and what it says when it is fitted to all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from foundation_causal.types import Array
from mechanisms.adjusted.design_features import (
    MAX_CENTRES,
    Amounts,
    JointDesign,
    Levels,
    Parts,
    RowFeatures,
    enough_for_lines,
)
from mechanisms.adjusted.linked_components import Link, LinkedRegression, fit_linked
from mechanisms.adjusted.variance_components import (
    ComponentRegression,
    chunks,
    fit_components,
    fit_extension,
)
from mechanisms.kernel.gaussian_process import Point, regression
from mechanisms.kernel.hyperparameters import weighted_points

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor

MAX_PROCESS_ROWS = 1000  # to which a Gaussian process is fitted
MOST_ROWS_FOR_A_PROCESS = 10_000  # beyond which the other ways know more
LEAST_PROCESS_ROWS = 20
LEAST_SPREAD = 1e-6  # of a standardized covariate within an arm
MAX_POINTS, MASS = 4, 0.9  # settings of a Gaussian process, and how much of their weight, that are kept
LEAST_TREE_ROWS = 100  # from which on trees take part
MAX_TREE_ROWS = 10_000
HOPELESS = 1.1  # times a rival's loss on one fold, beyond which trees are given up
TREES = {"max_leaf_nodes": 8, "min_samples_leaf": 10, "learning_rate": 0.1}
LEAST_TREES, MOST_TREES, ROWS_FOR_A_TREE = 100, 400, 10

Function = Callable[[Array], Array]
Refit = Callable[[NDArray[np.intp]], Function]  # positions of rows -> what is fitted to them


@dataclass(frozen=True)
class Sample:
    """The rows that are regressed, in an order that depends on their values alone.

    Attributes:
        outcome, treatment: Shape `[n]`.
        covariates: Standardized, shape `[n, p]`.
        values: Of the treatment, under which outcomes are asked for, shape `[k]`.
        folds: The fold of each row, shape `[n]`.
        by_level: Whether the treatment is taken for one of few values.
        counted: Whether outcomes are counts.
    """

    outcome: Array
    treatment: Array
    covariates: Array
    values: Array
    folds: NDArray[np.intp]
    by_level: bool
    counted: bool = False

    @property
    def fold_count(self) -> int:
        """How many folds there are."""
        return int(self.folds.max()) + 1

    def rows_by_value(self, most: int) -> list[NDArray[np.intp]]:
        """The first rows, so many at most, that have each value of the treatment."""
        return [np.flatnonzero(self.treatment == value)[:most] for value in self.values]

    def inputs(self, t: Array, covariates: Array) -> Array:
        """Treatments `[m]` and covariates `[m, p]` as inputs of one function, shape `[m, q + p]`.

        A treatment of few values has a column of 0 and 1 for each of those asked for but the first; one of
        many is standardized as that of the rows is, so that its unit is nobody's concern.
        """
        if self.by_level:
            return np.column_stack([(t[:, None] == self.values[1:]).astype(float), covariates])
        spread = float(self.treatment.std()) or 1.0
        return np.column_stack([(t - self.treatment.mean()) / spread, covariates])


@dataclass(frozen=True)
class OutcomeRegression:
    """Expected outcomes by one way of regression.

    Attributes:
        observed: Of each row under the value it has, by functions fitted to other rows, shape `[n]`; NaN for
            rows that have another value than those asked for, where the way does not know it.
        under: Likewise under each value, shape `[n, k]`.
        at: Under each value at covariates `[m, p]`, by functions fitted to all rows, shape `[m, k]`; and what
            the rows leave open of contrasts `[r, k]` between the values, shape `[m, r]`, which is None where
            the way does not know or no contrasts are asked for.
        knows_variance: Whether it does.
    """

    observed: Array
    under: Array
    at: Callable[[Array, Array | None], tuple[Array, Array | None]]
    knows_variance: bool = False


@dataclass(frozen=True)
class Balance:
    """Weights of residuals that balance the rows with each value of the treatment and the population.

    Attributes:
        weights: Of every row in the mean outcome under each value, shape `[n, k]`.
        unbalanced: The covariance of what they leave unbalanced, shape `[k, k]`.
    """

    weights: Array
    unbalanced: Array


@dataclass(frozen=True)
class JointComponents:
    """Variance components of all values of a treatment together; made by :meth:`fit`.

    Attributes:
        sample: The rows.
        rows: Features of their covariates.
        design: Of treatment and covariates.
        fitted: The coefficients.
        odds: Logarithm of the odds that the effect is more than alike and straight, if it is as often as not.
    """

    sample: Sample
    rows: RowFeatures
    design: JointDesign
    fitted: ComponentRegression
    odds: float

    @classmethod
    def fit(cls, sample: Sample, rows: RowFeatures) -> tuple[JointComponents, JointComponents]:
        """Fit the coefficients, where the effect is alike for all and straight, and where it is more.

        In the second it is alike and straight as far as the rows do not ask for more.

        Args:
            sample: The rows.
            rows: Features of their covariates.
        """
        t, features = sample.treatment, rows.features
        few = features.inputs(sample.covariates[:MAX_CENTRES])
        coding = Levels.of(t) if sample.by_level else Amounts.of(t, few)
        flat = enough_for_lines(len(t), features, sample.covariates.shape[1])
        design = JointDesign(coding, flat)
        first = t[:1], rows(np.array([0]))
        found = fit_extension(
            lambda i, wanted: design(t[i], rows(i), wanted),
            [block().shape[1] for block in design.blocks(*first)],
            sample.outcome,
            sample.folds,
            [len(kind) for kind in design.differing(*first)],
        )
        return cls(sample, rows, design, found.plain, 0.0), cls(
            sample, rows, design, found.extended, found.odds
        )

    def features(self, t: Array, parts: Parts) -> Array:
        """The features that are believed, of treatments `[m]` and covariates, `[m, D]`."""
        return self.design(t, parts, self.fitted.variances.blocks)

    def under(self, parts: Parts) -> list[Array]:
        """The same under each value, from the features of the covariates of m rows, `[m, D]` each."""
        return [self.features(np.full(len(parts.inputs), value), parts) for value in self.sample.values]

    def regression(self) -> OutcomeRegression:
        """The expected outcomes."""
        t, values = self.sample.treatment, self.sample.values
        observed, outcomes = np.empty(len(t)), np.empty((len(t), len(values)))
        for fold in range(self.sample.fold_count):
            function = self.fitted.out_of_fold(fold)
            for i in chunks(np.flatnonzero(self.sample.folds == fold)):
                parts = self.rows(i)
                outcomes[i] = np.column_stack([function(features) for features in self.under(parts)])
                has = t[i][:, None] == values
                observed[i] = np.where(has, outcomes[i], 0).sum(1)
                others = ~has.any(1)
                if others.any():
                    more = parts.rows(np.flatnonzero(others))
                    observed[i[others]] = function(self.features(t[i][others], more))

        def at(covariates: Array, contrasts: Array | None) -> tuple[Array, Array | None]:
            each = np.stack(self.under(self.rows.features(covariates)))
            means = np.column_stack([self.fitted.predict(features) for features in each])
            if contrasts is None:
                return means, None
            sums = [self.fitted.variance(np.tensordot(row, each, 1)) for row in contrasts]
            return means, np.column_stack(sums)

        return OutcomeRegression(observed, outcomes, at, knows_variance=True)

    def balance(self, population: Array) -> Balance:
        """Weights for the mean outcomes of a population: of the rows `[n]`, as shares that sum to 1."""
        t, values = self.sample.treatment, self.sample.values
        means = np.zeros((len(values), len(self.fitted.coefficients)))
        for i in chunks(np.flatnonzero(population)):
            means += [population[i] @ features for features in self.under(self.rows(i))]
        along, weights = self.fitted.weights(means), np.empty((len(t), len(values)))
        for i in chunks(np.arange(len(t))):
            weights[i] = self.features(t[i], self.rows(i)) @ along
        return Balance(weights, self.fitted.unbalanced(means))


@dataclass(frozen=True)
class LinkedComponents:
    """Variance components on a scale of log odds or logarithms; made by :meth:`fit`.

    Where the effect is alike for all on such a scale, it differs between rows on that of the outcome: a risk
    that is small can only fall by little.

    Attributes:
        sample: The rows.
        rows: Features of their covariates.
        design: Of treatment and covariates.
        fitted: The coefficients.
    """

    sample: Sample
    rows: RowFeatures
    design: JointDesign
    fitted: LinkedRegression

    @classmethod
    def fit(
        cls, alike: JointComponents, joint: JointComponents, link: Link
    ) -> tuple[LinkedComponents, LinkedComponents]:
        """Fit the coefficients, where the effect is alike for all on that scale, and where it is more.

        Features are those that the rows bear out on the scale of the outcome, where it takes far less time to
        tell. Lines in the covariates are shrunk: of an outcome of two values rows tell less than of a number.

        Args:
            alike: The first on the scale of the outcome.
            joint: The second.
            link: The scale.
        """
        sample, rows = joint.sample, joint.rows
        design, t = replace(joint.design, lines_are_flat=False), sample.treatment
        sizes = [block().shape[1] for block in design.blocks(t[:1], rows(np.array([0])))]
        skipped = int(joint.design.lines_are_flat)  # blocks that are one there and two here
        alike_blocks, joint_blocks = (
            {0, 1, *(b + skipped for b in each.fitted.variances.blocks if b)} for each in (alike, joint)
        )
        first, second = fit_linked(
            lambda i, wanted: design(t[i], rows(i), wanted),
            sizes,
            sample.outcome,
            sample.folds,
            link,
            [sorted(alike_blocks), sorted(alike_blocks | joint_blocks)],
        )
        return cls(sample, rows, design, first), cls(sample, rows, design, second)

    def features(self, t: Array, parts: Parts) -> Array:
        """The features that are believed, of treatments `[m]` and covariates, `[m, D]`."""
        return self.design(t, parts, self.fitted.blocks)

    def under(self, parts: Parts) -> list[Array]:
        """The same under each value, from the features of the covariates of m rows, `[m, D]` each."""
        return [self.features(np.full(len(parts.inputs), value), parts) for value in self.sample.values]

    def regression(self) -> OutcomeRegression:
        """The expected outcomes."""
        t = self.sample.treatment
        observed, outcomes = np.empty(len(t)), np.empty((len(t), len(self.sample.values)))
        for fold in range(self.sample.fold_count):
            function = self.fitted.out_of_fold(fold)
            for i in chunks(np.flatnonzero(self.sample.folds == fold)):
                parts = self.rows(i)
                outcomes[i] = np.column_stack([function(features) for features in self.under(parts)])
                observed[i] = function(self.features(t[i], parts))

        def at(covariates: Array, contrasts: Array | None) -> tuple[Array, Array | None]:
            each = self.under(self.rows.features(covariates))
            means = np.column_stack([self.fitted.predict(features) for features in each])
            if contrasts is None:
                return means, None
            slopes = np.stack([self.fitted.slopes(features) for features in each])
            sums = [self.fitted.variance(np.tensordot(row, slopes, 1)) for row in contrasts]
            return means, np.column_stack(sums)

        return OutcomeRegression(observed, outcomes, at, knows_variance=True)


def components_by_level(sample: Sample, rows: RowFeatures) -> OutcomeRegression:
    """Variance components for the rows of each value alone."""
    fits = [_of_one_level(sample, rows, value) for value in sample.values]
    outcomes = np.empty((len(sample.outcome), len(fits)))
    for fold in range(sample.fold_count):
        functions = [fitted.out_of_fold(fold) for fitted, _ in fits]
        for i in chunks(np.flatnonzero(sample.folds == fold)):
            parts = rows(i)
            for k, (_, features) in enumerate(fits):
                outcomes[i, k] = functions[k](features(parts))

    def at(covariates: Array, contrasts: Array | None) -> tuple[Array, Array | None]:
        parts = rows.features(covariates)
        each = [(fitted, features(parts)) for fitted, features in fits]
        means = np.column_stack([fitted.predict(features) for fitted, features in each])
        if contrasts is None:
            return means, None
        variances = np.column_stack([fitted.variance(features) for fitted, features in each])
        return means, variances @ (contrasts**2).T

    return OutcomeRegression(observed_outcomes(sample, outcomes), outcomes, at, knows_variance=True)


def _of_one_level(
    sample: Sample, rows: RowFeatures, value: float
) -> tuple[ComponentRegression, Callable[[Parts], Array]]:
    """The coefficients, and the features of covariates that they multiply."""
    arm = np.flatnonzero(sample.treatment == value)
    flat = enough_for_lines(len(arm), rows.features, sample.covariates.shape[1])
    design = JointDesign(None, flat)
    sizes = [block().shape[1] for block in design.blocks(np.zeros(1), rows(arm[:1]))]

    def at(i: NDArray[np.intp], wanted: Sequence[int]) -> Array:
        return design(np.zeros(len(i)), rows(arm[i]), wanted)

    fitted = fit_components(at, sizes, sample.outcome[arm], sample.folds[arm])
    kept = fitted.variances.blocks
    return fitted, lambda parts: design(np.zeros(len(parts.inputs)), parts, kept)


def processes(sample: Sample) -> OutcomeRegression:
    """Gaussian processes: one for each value, or one for all that has the treatment among its inputs."""

    def learner(inputs: Array, outcome: Array) -> Refit:
        centre, spread = inputs.mean(0), inputs.std(0)
        spread[spread < LEAST_SPREAD] = 1.0  # a level that no row of the arm has
        points = _settings((inputs - centre) / spread, outcome)

        def fitted(rows: NDArray[np.intp]) -> Function:
            function = _process((inputs[rows] - centre) / spread, outcome[rows], points)
            return lambda query: function((query - centre) / spread)

        return fitted

    of = _Ways.by_value if sample.by_level else _Ways.of_both
    return of(sample, learner, MAX_PROCESS_ROWS).cross_fitted(sample)


def trees(sample: Sample, rivals: Array) -> OutcomeRegression | None:
    """Boosted trees that have the treatment among their inputs (Friedman 2001).

    A step that all values share is thus learnt once, from the rows of all of them ("S-learner", Künzel et al.
    2019, "Metalearners for estimating heterogeneous treatment effects"). Many rows may have more trees than
    few: as many as predict the first fold best.

    Args:
        sample: The rows.
        rivals: What other ways say of each row, by functions fitted to other rows, shape `[n, m]`.

    Returns:
        None if on the rows of the first fold a rival predicts much better, which saves the time of the rest.
    """
    most = int(np.clip(len(sample.outcome) // ROWS_FOR_A_TREE, LEAST_TREES, MOST_TREES))
    boosting = _Boosting(most)
    ways = _Ways.of_both(sample, boosting.learner, MAX_TREE_ROWS)
    first = ways.without(sample, 0)
    these = np.flatnonzero(sample.folds == 0)
    known = np.isin(sample.treatment[these], sample.values) if sample.by_level else np.ones(len(these), bool)
    seen = these[known]
    boosting.stop(sample.inputs(sample.treatment[seen], sample.covariates[seen]), sample.outcome[seen])
    found = first.observed(sample, seen, first.under(sample, sample.covariates[seen]))
    loss = np.mean((sample.outcome[seen] - found) ** 2)
    rival = np.mean((sample.outcome[seen, None] - rivals[seen]) ** 2, axis=0).min()
    return None if loss > HOPELESS * rival else ways.cross_fitted(sample, first)


@dataclass
class _Boosting:
    """Boosted trees, of which there are as many as predict the rows of the first fold best.

    Attributes:
        count: Of the trees.
        first: Those that were grown first, to all rows but these.
    """

    count: int
    first: HistGradientBoostingRegressor | None = None

    def learner(self, inputs: Array, outcome: Array) -> Refit:
        """From inputs `[m, q]` and outcomes `[m]` to what grows trees on some of them."""
        from sklearn.ensemble import HistGradientBoostingRegressor

        def grown(rows: NDArray[np.intp]) -> Function:
            trees = HistGradientBoostingRegressor(
                **TREES, max_iter=self.count, early_stopping=False, random_state=0
            ).fit(inputs[rows], outcome[rows])
            self.first = self.first or trees
            return lambda query: next(islice(trees.staged_predict(query), self.count - 1, None))

        return grown

    def stop(self, inputs: Array, outcome: Array) -> None:
        """Find the count, not below LEAST_TREES, with which the first trees predict outcomes `[m]` best."""
        assert self.first is not None
        losses = [np.mean((outcome - found) ** 2) for found in self.first.staged_predict(inputs)]
        self.count = LEAST_TREES + int(np.argmin(losses[LEAST_TREES - 1 :]))


@dataclass(frozen=True)
class _Fitted:
    """Functions of the covariates for each value, or one of the treatment and the covariates."""

    by_value: Mapping[float, Function] | None
    of_both: Function | None

    def under(self, sample: Sample, covariates: Array) -> Array:
        """Expected outcomes under each value of the treatment, `[m, p]` -> `[m, k]`."""
        if self.by_value is not None:
            return np.column_stack([self.by_value[float(value)](covariates) for value in sample.values])
        each = [self._of(sample, np.full(len(covariates), v), covariates) for v in sample.values]
        return np.column_stack(each)

    def observed(self, sample: Sample, rows: NDArray[np.intp], under: Array) -> Array:
        """Expected outcomes of rows under the values that they have, from those under each value."""
        if sample.by_level:
            return observed_outcomes(sample, under, rows)
        return self._of(sample, sample.treatment[rows], sample.covariates[rows])

    def _of(self, sample: Sample, t: Array, covariates: Array) -> Array:
        assert self.of_both is not None
        return self.of_both(sample.inputs(t, covariates))


@dataclass(frozen=True)
class _Ways:
    """What fits functions to some rows.

    Attributes:
        arms: For each value of the treatment, or for None, positions of the rows that may be fitted to, and
            what fits those at some places among them.
    """

    arms: Mapping[float | None, tuple[NDArray[np.intp], Refit]]

    @classmethod
    def by_value(cls, sample: Sample, learner: Callable[[Array, Array], Refit], most: int) -> _Ways:
        """For each value alone.

        Args:
            sample: The rows.
            learner: From inputs `[m, q]` and outcomes `[m]` to what fits some of them.
            most: Of the rows of a value that are fitted to.
        """
        arms = zip(map(float, sample.values), sample.rows_by_value(most), strict=True)
        return cls({v: (rows, learner(sample.covariates[rows], sample.outcome[rows])) for v, rows in arms})

    @classmethod
    def of_both(cls, sample: Sample, learner: Callable[[Array, Array], Refit], most: int) -> _Ways:
        """With the treatment among the inputs; see :meth:`by_value`."""
        rows = np.arange(min(len(sample.outcome), most))
        if sample.by_level:
            rows = np.sort(np.concatenate(sample.rows_by_value(most)))
        inputs = sample.inputs(sample.treatment[rows], sample.covariates[rows])
        return cls({None: (rows, learner(inputs, sample.outcome[rows]))})

    def without(self, sample: Sample, fold: int | None) -> _Fitted:
        """Fitted to the rows of all folds but one; to all rows if that is None."""
        fits = {
            value: refit(
                np.flatnonzero(sample.folds[rows] != fold) if fold is not None else np.arange(len(rows))
            )
            for value, (rows, refit) in self.arms.items()
        }
        if None in fits:
            return _Fitted(None, fits[None])
        return _Fitted({value: fit for value, fit in fits.items() if value is not None}, None)

    def cross_fitted(self, sample: Sample, first: _Fitted | None = None) -> OutcomeRegression:
        """Every row by functions fitted to other folds; `first` are those without the first fold."""
        n = len(sample.outcome)
        observed, outcomes = np.empty(n), np.empty((n, len(sample.values)))
        for fold in range(sample.fold_count):
            fitted = first if fold == 0 and first is not None else self.without(sample, fold)
            these = np.flatnonzero(sample.folds == fold)
            outcomes[these] = fitted.under(sample, sample.covariates[these])
            observed[these] = fitted.observed(sample, these, outcomes[these])
        whole = self.without(sample, None)
        return OutcomeRegression(observed, outcomes, lambda x, _: (whole.under(sample, x), None))


def observed_outcomes(sample: Sample, under: Array, rows: NDArray[np.intp] | slice = slice(None)) -> Array:
    """Outcomes of rows under their own values, `[m, k]` -> `[m]`; NaN where these are not asked for."""
    has = sample.treatment[rows, None] == sample.values
    return np.where(has.any(1), np.where(has, under, 0).sum(1), np.nan)


def _settings(x: Array, y: Array) -> list[Point]:
    """The hyperparameters that hold most of the weight; none where there is nothing to regress on."""
    if not x.shape[1] or y.std() == 0:
        return []
    points = weighted_points(x, (y - y.mean()) / y.std())[:MAX_POINTS]
    held = np.cumsum([point.weight for point in points])
    points = points[: int(np.searchsorted(held, MASS * held[-1])) + 1]
    total = sum(point.weight for point in points)
    return [replace(point, weight=point.weight / total) for point in points]


def _process(x: Array, y: Array, points: Sequence[Point]) -> Function:
    centre, spread = y.mean(), y.std()
    if not points or spread == 0:
        return lambda query: np.full(len(query), centre)
    fitted = regression(x, (y - centre) / spread, points)
    return lambda query: centre + spread * fitted.predict(query)
