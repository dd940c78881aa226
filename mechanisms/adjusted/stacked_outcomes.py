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
from mechanisms.adjusted.design_features import MAX_CENTRES, CovariateFeatures, RowFeatures
from mechanisms.adjusted.linked_components import link_of
from mechanisms.adjusted.outcome_regressions import (
    LEAST_PROCESS_ROWS,
    LEAST_TREE_ROWS,
    MOST_ROWS_FOR_A_PROCESS,
    Balance,
    JointComponents,
    LinkedComponents,
    OutcomeRegression,
    Sample,
    components_by_level,
    processes,
    trees,
)
from mechanisms.adjusted.outcome_weights import Weights, on_one_scale, second_scale_share
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
        determined: How many coefficients the rows determine of the regression that balances.
    """

    values: Array
    regressions: Sequence[OutcomeRegression]
    levels: Weights
    effects: Weights
    arms: Array
    observed: Array
    balance: Callable[[Array], Balance]
    determined: float

    @property
    def free(self) -> float:
        """The degrees of freedom that the rows have left for their noise; at least 1."""
        return max(len(self.observed) - self.determined, 1.0)

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
    ways, evidence = _scales(alike, joint)
    ways += _other_ways(sample, rows, ways)
    has = sample.treatment[:, None] == sample.values
    importance, asked = np.ones(len(has)), np.ones(len(has), dtype=bool)
    if chances is not None:
        importance, asked = 1 / np.maximum((chances * has).sum(1), RARE), has.any(1)
    scales = _Scales(evidence)
    predictions, share = scales.one(np.stack([way.observed[asked] for way in ways]), sample.outcome[asked])
    found = Weights.of(predictions, sample.outcome[asked], importance[asked])
    balance: Callable[[Array], Balance] = joint.balance
    if chances is None:
        found = found.shrunken(predictions, sample.outcome, scales.evidence(share))
        balance = _of_both(alike.balance, joint.balance, found.shares[0])
    levels = effects = scales.all(found, share)
    if chances is not None and len(sample.values) > 1:
        under = np.stack([way.under[asked] for way in ways])
        gaps, left = partial_residuals(under, sample.outcome[asked], has[asked], chances[asked], levels)
        gaps, share = scales.one(gaps.T, left)
        effects = scales.all(Weights.of_effects(gaps, left, scales.evidence(share)), share)
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
        joint.fitted.determined,
    )


@dataclass(frozen=True)
class _Scales:
    """One scale or two that the first regressions stand on.

    Attributes:
        gains: By how much the logarithm of the evidence that effects differ exceeds the other, on each.
    """

    gains: Sequence[float]

    def one(self, parts: Array, y: Array) -> tuple[Array, float]:
        """What m regressions say, with the two scales made one, and how probable the second scale is.

        Args:
            parts: What they say of y, shape `[m, n]`.
            y: Shape `[n]`.

        Returns:
            Shape `[n, m - 2]`, or `[n, m]` of one scale; and the share of the second one, by what the first
            regression on each says.
        """
        if len(self.gains) == 1:
            return parts.T, 0.0
        share = second_scale_share(parts[0], parts[2], y)
        return on_one_scale(parts, share).T, share

    def all(self, weights: Weights, share: float) -> Weights:
        """Weights of all regressions, from those of what :meth:`one` gives."""
        return weights if len(self.gains) == 1 else weights.on_scales(share)

    def evidence(self, share: float) -> float:
        """That effects differ on whichever scale is the right one."""
        return float(np.average([self.gains[0], self.gains[-1]], weights=[1 - share, share]))


def _scales(alike: JointComponents, joint: JointComponents) -> tuple[list[OutcomeRegression], list[float]]:
    """Regressions by which effects are alike for all, and by which they may differ, on one scale or two.

    Beside the scale of the outcome there may be one of log odds or logarithms (:func:`link_of`).

    Returns:
        The two on each scale, and by how much the logarithm of the evidence for the second exceeds that for
        the first.
    """
    ways = [alike.regression(), joint.regression()]
    evidence = [joint.odds]
    # What the best variances are better than others, and the chosen blocks than others of their kind.
    luck = joint.fitted.variances.evidence - alike.fitted.variances.evidence - joint.odds
    link = link_of(alike.sample.outcome, counted=alike.sample.counted)
    if link is not None:
        first, second = LinkedComponents.fit(alike, joint, link)
        ways += [first.regression(), second.regression()]
        evidence.append(second.fitted.evidence - first.fitted.evidence - luck)
    return ways, evidence


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
