r"""Expected outcomes as a weighted sum of several regressions that predicts unseen rows best.

The weights are positive, sum to 1 and minimize (Wolpert 1992, "Stacked generalization"; Breiman 1996)

.. math:: \sum_i \omega_i \Bigl(y_i - \sum_m w_m \hat f_m^{(-i)}(t_i, x_i)\Bigr)^2,

where a row counts by one over the chance that it had of its value of the treatment: what is wanted are
outcomes of everyone under every value (Johansson et al. 2022, "Generalization bounds and representation
learning for estimation of potential outcomes and causal effects").

A regression that predicts outcomes best need not tell best how they differ between values: where most of an
outcome is the covariates' doing, one is chosen for what it says of them. Differences have weights of their
own, which predict what the covariates leave (the R-loss of Nie and Wager 2021, "Quasi-oracle estimation of
heterogeneous treatment effects"). With the chances e_a(x) of the values, and f the outcomes by the weights
above,

.. math:: \sum_i \Bigl(y_i - \sum_a e_a(x_i) \hat f^{(-i)}(a, x_i)
          - \sum_m w_m \bigl(\hat f_m^{(-i)}(t_i, x_i)
          - \sum_a e_a(x_i) \hat f_m^{(-i)}(a, x_i)\bigr)\Bigr)^2,

in which what a regression says of all values alike cancels. It tells of rows for which no value is next to
certain; for as many as these are missing, the differences have the weights of the outcomes.
:mod:`mechanisms.adjusted.outcome_weights` has both, and what it takes to believe that effects differ at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foundation_causal.types import Array
from mechanisms.adjusted.covariate_features import MAX_CENTRES, CovariateFeatures, RowFeatures
from mechanisms.adjusted.outcome_regressions import (
    LEAST_PROCESS_ROWS,
    LEAST_TREE_ROWS,
    MOST_ROWS_FOR_A_PROCESS,
    Balance,
    JointComponents,
    OutcomeRegression,
    Sample,
    components_by_level,
    processes,
    trees,
)
from mechanisms.adjusted.outcome_weights import Weights
from mechanisms.adjusted.variance_components import chunks

RARE = 0.05  # chance of the own value below which a row counts no more


@dataclass(frozen=True)
class StackedOutcomes:
    """Expected outcomes under each value of a treatment; made by :func:`stack_outcomes`.

    Attributes:
        values: Of the treatment, shape `[k]`.
        regressions: The regressions that have weight.
        levels: Their weights in outcomes.
        effects: Their weights in differences between the values.
        arms: The share of the rows that have each value, shape `[k]`; alike for a treatment of many values.
        observed: The outcome of each row under its own value, by functions fitted to other rows, shape `[n]`.
        balance: Weights of residuals for a population: of the rows `[n]`, as shares that sum to 1.
    """

    values: Array
    regressions: Sequence[OutcomeRegression]
    levels: Weights
    effects: Weights
    arms: Array
    observed: Array
    balance: Callable[[Array], Balance]

    @property
    def under(self) -> Array:
        """The outcome of each row under each value, by functions fitted to other rows, shape `[n, k]`."""
        weighted = zip(self.regressions, self.levels.shares, strict=True)
        return np.asarray(sum(w * part.under for part, w in weighted))

    def means(self, covariates: Array, share: Array) -> tuple[Array, Array]:
        """Mean outcomes under each value by functions fitted to all rows, and how far the regressions differ.

        Args:
            covariates: Standardized as those of the rows, shape `[m, p]`.
            share: What each of them counts in the mean, shape `[m]`; they sum to 1.

        Returns:
            Shape `[k]`, and the covariance of the regressions' means by their weights, `[k, k]`.
        """
        each = np.zeros((len(self.regressions), len(self.values)))
        for i in chunks(np.flatnonzero(share)):
            each += [share[i] @ part.at(covariates[i], None)[0] for part in self.regressions]
        mean = self.levels.shares @ each
        apart = each - mean
        return mean, (self.levels.shares[:, None] * apart).T @ apart

    def contrasts(self, covariates: Array, rows: Array) -> tuple[Array, Array]:
        """Sums of the outcomes under the values at covariates, and the standard errors of these sums.

        The outcomes differ by the weights of effects; their mean, over the values as often as rows have them,
        is by the weights of levels. The variance is that within each regression and that between them, of a
        difference by the weights of effects. A regression that does not know its own has the largest of those
        that do.

        Args:
            covariates: Standardized as those of the rows, shape `[m, p]`.
            rows: Coefficients of the sums, shape `[r, k]`.

        Returns:
            Shape `[m, r]` each.
        """
        mean, error = np.empty((2, len(covariates), len(rows)))
        for i in chunks(np.arange(len(covariates))):
            mean[i], error[i] = self._contrasts(covariates[i], rows)
        return mean, error

    def _contrasts(self, covariates: Array, rows: Array) -> tuple[Array, Array]:
        found = [part.at(covariates, rows) for part in self.regressions]
        outcomes = np.stack([outcomes for outcomes, _ in found])
        level, differing = (np.tensordot(w.shares, outcomes, 1) for w in (self.levels, self.effects))
        mean = (differing + ((level - differing) @ self.arms)[:, None]) @ rows.T
        largest = np.max([variance for _, variance in found if variance is not None], axis=0)
        within = [largest if variance is None else variance for _, variance in found]
        apart = (outcomes @ rows.T - mean) ** 2
        of_levels, of_effects = (
            np.tensordot(w.shares, within, 1) + np.tensordot(w.doubts, apart, 1)
            for w in (self.levels, self.effects)
        )
        is_difference = np.abs(rows.sum(1)) < 1e-9 * np.abs(rows).sum(1)
        return mean, np.sqrt(np.where(is_difference, of_effects, of_levels))


def stack_outcomes(sample: Sample, chances: Array | None) -> StackedOutcomes:
    """Regress the outcome in all ways that the rows allow, and weigh the ways.

    Args:
        sample: The rows.
        chances: Of each row to have each value, shape `[n, k]`; None for a treatment of many values.
    """
    features = CovariateFeatures.of(sample.covariates, _centres(sample))
    rows = RowFeatures(features, sample.covariates)
    alike, joint = JointComponents.fit(sample, rows)
    ways = [alike.regression(), joint.regression()]
    ways += _other_ways(sample, rows, ways)
    has = sample.treatment[:, None] == sample.values
    importance, asked = np.ones(len(has)), np.ones(len(has), dtype=bool)
    if chances is not None:
        importance, asked = 1 / np.maximum((chances * has).sum(1), RARE), has.any(1)
    predictions = np.column_stack([way.observed[asked] for way in ways])
    levels = Weights.of(predictions, sample.outcome[asked], importance[asked])
    effects = levels
    evidence = joint.fitted.variances.evidence - alike.fitted.variances.evidence
    balance: Callable[[Array], Balance] = joint.balance
    if chances is None:
        levels = effects = levels.shrunken(predictions, sample.outcome, evidence)
        balance = _of_both(alike.balance, joint.balance, levels.shares[0])
    elif len(sample.values) > 1:
        under = np.stack([way.under[asked] for way in ways])
        gaps, left = partial_residuals(under, sample.outcome[asked], has[asked], chances[asked], levels)
        effects = Weights.of_effects(gaps, left, evidence)
        effects = effects.mixed(levels, overlapping_share(chances[asked]))
    arms = has.sum(0) if sample.by_level else np.ones(len(sample.values))
    kept = np.flatnonzero(levels.count | effects.count)
    if not any(ways[j].knows_variance for j in kept):
        kept = np.append(kept, 0)  # which knows how sure it is
    observed = sum(levels.shares[j] * ways[j].observed for j in np.flatnonzero(levels.shares))
    # Rows with other values than those asked for are known to the regressions of all values alone.
    observed = np.where(np.isfinite(observed), observed, ways[1].observed)
    return StackedOutcomes(
        sample.values,
        [ways[j] for j in kept],
        levels.among(kept),
        effects.among(kept),
        arms / max(arms.sum(), 1),
        observed,
        balance,
    )


def _of_both(
    first: Callable[[Array], Balance], second: Callable[[Array], Balance], share: float
) -> Callable[[Array], Balance]:
    """Balancing weights of which a share is for one regression, and what is left of it for another."""
    if share in (0, 1):
        return first if share else second

    def balance(population: Array) -> Balance:
        one, other = first(population), second(population)
        return Balance(
            share * one.weights + (1 - share) * other.weights,
            share * one.unbalanced + (1 - share) * other.unbalanced,
        )

    return balance


def partial_residuals(
    under: Array, y: Array, has: NDArray[np.bool_], chances: Array, levels: Weights
) -> tuple[Array, Array]:
    """What m regressions say of differences between the values, and what outcomes are apart from covariates.

    Args:
        under: Outcomes of rows under each value by each regression, shape `[m, n, k]`.
        y: Outcomes, shape `[n]`.
        has: Which of the values each row has, one each, shape `[n, k]`.
        chances: Of each row to have each value, shape `[n, k]`.
        levels: The weights of the regressions in outcomes.

    Returns:
        Outcomes under the own value less the mean under the values by their chances, shape `[n, m]`; and y
        less the weighted mean of these means, shape `[n]`.
    """
    chances = chances / chances.sum(1, keepdims=True)
    expected = (chances * under).sum(2)
    own = np.where(has, under, 0).sum(2)
    counted = levels.shares > 0
    return (own - expected).T, y - levels.shares[counted] @ expected[counted]


def overlapping_share(chances: Array) -> float:
    """The share of the rows that residuals of the treatment tell of, by the chances of k values, `[n, k]`.

    Such residuals are next to nothing where a value is next to certain. The rows count by their overlap
    weights (Li and Li 2019, "Propensity score weighting for causal inference with multiple treatments"), and
    are worth as many as Kish says.
    """
    overlap = 1 / (1 / np.maximum(chances, 1e-12)).sum(1)
    return float(overlap.sum() ** 2 / (len(overlap) * (overlap**2).sum()))


def _other_ways(
    sample: Sample, rows: RowFeatures, rivals: Sequence[OutcomeRegression]
) -> list[OutcomeRegression]:
    """The ways beside the joint ones that the rows allow."""
    fewest = known = len(sample.outcome)
    if sample.by_level:
        counts = [int((sample.treatment == value).sum()) for value in sample.values]
        fewest, known = min(counts), sum(counts)
    ways: list[OutcomeRegression] = []
    if not sample.covariates.shape[1] or sample.outcome.std() == 0:
        return ways
    if sample.by_level:
        ways.append(components_by_level(sample, rows))
    if fewest >= LEAST_PROCESS_ROWS and len(sample.outcome) <= MOST_ROWS_FOR_A_PROCESS:
        ways.append(processes(sample))
    if known >= LEAST_TREE_ROWS:
        grown = trees(sample, np.column_stack([way.observed for way in [*rivals, *ways]]))
        ways += [] if grown is None else [grown]
    return ways


def _centres(sample: Sample) -> NDArray[np.intp]:
    """The rows that carry functions of all covariates: as many of each value as there are, the first ones."""
    if not sample.by_level:
        return np.arange(min(len(sample.outcome), MAX_CENTRES))
    arms = [np.flatnonzero(sample.treatment == value) for value in sample.values]
    turn = np.concatenate([np.arange(len(arm)) for arm in arms])
    return np.concatenate(arms)[np.argsort(turn, kind="stable")[:MAX_CENTRES]]
