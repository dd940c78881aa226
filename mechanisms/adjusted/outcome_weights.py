"""Weights of several regressions: in outcomes, and in how far these differ between values of a treatment.

Those of outcomes are positive, sum to 1 and predict unseen rows best, as far as the gain is no chance.

Weights of differences predict what the covariates leave of an outcome. That is mostly noise, in which weights
that are free find effects that differ where none do. Effects are therefore alike for all unless one of two
says otherwise: the evidence of the variance components on all rows at once, which asks what each of the
second regression's further blocks would be worth on average over its possible sizes
(:func:`mechanisms.adjusted.variance_components.fit_extension`); or a gain on unseen rows that is far from
chance.

The first two may stand on two scales, as of risks and of their log odds: an effect that is alike for all on
one differs between rows on the other. Each counts as far as it is probable: in outcomes by what it says of
unseen ones, in differences by what it says of what the covariates leave of them. These are two questions.
Where risks are small for some and large for others, outcomes tell of log odds whatever a treatment does.

Regressions that lose about as little may differ much in what they say of a row: how far they do counts in its
standard error, whichever has the weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear, nnls
from scipy.special import expit

from foundation_causal.types import Array

SURE = 1.0  # standard errors below which a gain in prediction counts for nothing
HALF_SURE = 0.5  # likewise, of a mixture over the regression that it is a part of
VERY_SURE = 3.0  # likewise, for effects that differ against all evidence
PRIOR = -2.0  # log odds that effects differ, before the rows
DOUBTED = 1.5  # standard errors below which that effects differ is in doubt
FAR_OFF = 100.0  # times the least loss, from which on a prediction takes no part
NEGLIGIBLE = 0.02  # weight of a regression that is left out
OPEN = 0.5  # share of the doubts about effects that goes to all regressions of nearly the least loss alike
NEARLY = 1.1  # times the least loss


@dataclass(frozen=True)
class Weights:
    """How much each of m regressions counts.

    Attributes:
        shares: In the mean, shape `[m]`.
        doubts: In how far the regressions differ, shape `[m]`: more of the first one, in which the effect is
            alike for all, the less it is sure that another is better.
    """

    shares: Array
    doubts: Array

    @classmethod
    def of(cls, predictions: Array, y: Array, importance: Array) -> Weights:
        """The :func:`cautious_weights` of predictions `[n, m]`, without those that are next to nothing.

        Args:
            predictions: Of y `[n]`, shape `[n, m]`.
            y: What is predicted.
            importance: How much each row counts, shape `[n]`.
        """
        return cls(*cautious_weights(predictions, y, importance)).without_negligible()

    @classmethod
    def of_effects(cls, gaps: Array, left: Array, evidence: float) -> Weights:
        """Those of regressions in differences; a share of the doubts is that of all of nearly the least loss.

        Args:
            gaps: What each regression says of the differences, shape `[n, m]`; of the first one effects are
                alike for all, the second one is the first with effects that may differ.
            left: What they are to predict, shape `[n]`.
            evidence: By how much the logarithm of that for the second exceeds that for the first.
        """
        shares = effect_weights(gaps, left, evidence)
        first = np.eye(len(shares))[0]
        doubt = _chance(_lost(gaps, left, first) - _lost(gaps, left, shares), DOUBTED)
        loss = _losses(gaps, left, np.ones(len(left)))
        near = loss <= NEARLY * np.nanmin(loss)
        doubts = (1 - OPEN) * (doubt * first + (1 - doubt) * shares) + OPEN * near / near.sum()
        return cls(shares, doubts).without_negligible()

    def without_negligible(self) -> Weights:
        """The same without weights that are next to nothing."""
        shares, doubts = self.shares.copy(), self.doubts.copy()
        shares[shares < NEGLIGIBLE] = 0
        doubts[(doubts < NEGLIGIBLE) & (shares == 0)] = 0
        shares /= shares.sum()
        return Weights(shares, doubts / doubts.sum() if doubts.any() else shares)

    @property
    def count(self) -> NDArray[np.bool_]:
        """Which of them count."""
        return (self.shares > 0) | (self.doubts > 0)

    def mixed(self, others: Weights, share: float) -> Weights:
        """This share of these weights, and what is left of it of others."""
        shares = share * self.shares + (1 - share) * others.shares
        return Weights(shares, share * self.doubts + (1 - share) * others.doubts)

    def shrunken(self, predictions: Array, y: Array, evidence: float) -> Weights:
        """The same, but the first regression has the share that effects are straight and alike for all.

        For a treatment of many values, of which there are no chances, so that differences between them cannot
        be told from what the covariates do. Where effects bend for sure, the first one has nothing, however
        much of it a mixture of the others could use.

        Args:
            predictions: Of y by each regression, shape `[n, m]`.
            y: Outcomes, shape `[n]`.
            evidence: As for :meth:`of_effects`.
        """
        first = np.eye(len(self.shares))[0]
        gain = _lost(predictions, y, first) - _lost(predictions, y, self.shares)
        alike = alike_share(gain, evidence)
        others = np.where(first, 0, self.shares)
        if not others.any():
            others[1] = 1  # whose evidence it is
        shares = alike * first + (1 - alike) * others / others.sum()
        return Weights(shares, self.doubts)

    def on_scales(self, share: float) -> Weights:
        """Of the first two regressions on two scales each, this share of theirs being for the second scale.

        Returns:
            Weights of the first two on the first scale, of these on the second, and of the others.
        """
        apart = [
            np.concatenate([(1 - share) * weights[:2], share * weights[:2], weights[2:]])
            for weights in (self.shares, self.doubts)
        ]
        return Weights(*apart).without_negligible()

    def among(self, kept: NDArray[np.intp]) -> Weights:
        """Of these regressions alone, the only ones that count."""
        return Weights(self.shares[kept], self.doubts[kept])


def cautious_weights(predictions: Array, y: Array, importance: Array) -> tuple[Array, Array]:
    """Weights of predictions `[n, m]`, the first of which is kept unless the others are surely better.

    That a mixture predicts y `[n]` better by z standard errors may be chance, the more as its weights were
    chosen for it; the first prediction gives up the share 1 - (SURE / z)^2, as a shrunken mean would. It
    gives up all where it goes astray: of a relation that is all but exact nothing is left to chance.

    Returns:
        The weights, and those for how far the predictions differ, `[m]` each. In the second the first
        prediction has the share (DOUBTED / z)^2, by the z of the weighted mean over it.
    """
    mixed, first = _sane_weights(predictions, y, importance), np.eye(predictions.shape[1])[0]
    if not _sane(predictions, y, importance)[0]:
        return mixed, mixed
    of_first = _lost(predictions, y, first)
    kept = _chance(importance * (of_first - _lost(predictions, y, mixed)), SURE)
    weights = kept * first + (1 - kept) * mixed
    doubt = _chance(importance * (of_first - _lost(predictions, y, weights)), DOUBTED)
    return weights, doubt * first + (1 - doubt) * weights


def effect_weights(gaps: Array, left: Array, evidence: float) -> Array:
    """Weights of m regressions in how far effects differ, shape `[m]`; see :meth:`Weights.of_effects`.

    Where effects differ, a mixture has weight as far as it is better than the second regression. That they
    are alike is as probable as :func:`alike_share` says.
    """
    mixed = _sane_weights(gaps, left, np.ones(len(left)))
    first, second = np.eye(gaps.shape[1])[:2]
    if not _sane(gaps, left, np.ones(len(left)))[1]:
        second, evidence = first, -np.inf
    loss_of_second = _lost(gaps, left, second)
    kept = _chance(loss_of_second - _lost(gaps, left, mixed), HALF_SURE)
    differing = kept * second + (1 - kept) * mixed
    alike = alike_share(_lost(gaps, left, first) - _lost(gaps, left, differing), evidence)
    return np.asarray(alike * first + (1 - alike) * differing)


def alike_share(gain: Array, evidence: float) -> float:
    """How probable it is that effects are alike for all.

    Args:
        gain: What is gained in each row by effects that differ, shape `[n]`. It is z standard errors in the
            mean: the probability is at most (VERY_SURE / z)^4. A gain that one of many mixtures could have
            had by chance thus counts for next to nothing.
        evidence: By how much the logarithm of that for effects that differ exceeds that for others.
    """
    return min(_chance(gain, VERY_SURE) ** 2, float(expit(-PRIOR - evidence)))


def second_scale_share(first: Array, second: Array, y: Array) -> float:
    """How probable it is that the second of two predictions of y is right, if one of them is; `[n]` each.

    The rows are unseen by both. Half of what the first loses more in their squared errors, in units of the
    noise, is the logarithm of the odds (Geisser and Eddy 1979, "A predictive approach to model selection").
    The noise is that of the rows in which the two differ: elsewhere it may be another, and has no part in it.
    """
    apart = (second - first) ** 2
    lost, too = (y - first) ** 2, (y - second) ** 2
    noise = float(apart @ (lost + too)) / 2 / max(float(apart.sum()), 1e-300)
    return float(expit((lost - too).sum() / 2 / noise)) if noise > 0 else 0.5


def on_one_scale(parts: Array, share: float) -> Array:
    """The first two of m regressions with this share of the next two, and the others.

    Args:
        parts: What they say, shape `[m, ...]`.
        share: What :func:`second_scale_share` says.

    Returns:
        Shape `[m - 2, ...]`.
    """
    if share in (0, 1):
        return parts[[2, 3, *range(4, len(parts))] if share else [0, 1, *range(4, len(parts))]]
    return np.concatenate([(1 - share) * parts[:2] + share * parts[2:4], parts[4:]])


def _lost(predictions: Array, y: Array, weights: Array) -> Array:
    """Squared errors of a weighted sum of predictions `[n, m]`, shape `[n]`."""
    return np.asarray((y - predictions[:, weights > 0] @ weights[weights > 0]) ** 2)


def _sane_weights(predictions: Array, y: Array, importance: Array) -> Array:
    """The :func:`convex_weights` of the predictions that do not go astray, and 0 of the others."""
    sane = _sane(predictions, y, importance)
    weights = np.zeros(len(sane))
    weights[sane] = convex_weights(predictions[:, sane], y, importance)
    return weights


def _sane(predictions: Array, y: Array, importance: Array) -> NDArray[np.bool_]:
    """Which predictions `[n, m]` do not go astray, `[m]`."""
    loss = _losses(predictions, y, importance)
    return np.isfinite(loss) & (loss <= FAR_OFF * np.nanmin(loss))


def _losses(predictions: Array, y: Array, importance: Array) -> Array:
    return np.asarray((importance[:, None] * (predictions - y[:, None]) ** 2).mean(0))


def _chance(gain: Array, sure: float) -> float:
    """The share of a gain, by rows `[n]`, that may be chance: (sure / z)^2, 1 if it is no gain."""
    error = float(gain.std()) / np.sqrt(len(gain))
    if error <= 1e-12 * np.abs(gain).mean() or gain.mean() <= 0:
        return 1.0
    return min(1.0, (sure * error / float(gain.mean())) ** 2)


def convex_weights(predictions: Array, y: Array, importance: Array) -> Array:
    """The weights of predictions `[n, m]`, positive with sum 1, that are nearest to y `[n]`, shape `[m]`."""
    centred = predictions - y[:, None]
    root = np.sqrt(importance)[:, None]
    scale = float(np.abs(centred * root).max()) or 1.0
    # The sum of the weights is one more row, which outweighs all others.
    heavy = 1e3 * np.sqrt(len(y))
    system = np.vstack([centred * root / scale, np.full(predictions.shape[1], heavy)])
    target = np.append(np.zeros(len(y)), heavy)
    try:
        found = nnls(system, target)[0]
    except (RuntimeError, np.linalg.LinAlgError):  # by SciPy 1.13, where predictions are alike
        found = lsq_linear(system, target, bounds=(0, np.inf), method="bvls").x
    return found / found.sum()
