r"""Regression on blocks of features on a scale of log odds or logarithms.

An outcome of two values, and a count, have a scale on which causes may rather add up,

.. math:: g(E[y]) = \sum_b \Phi_b \beta_b,

log odds or logarithms, with the same priors (McCullagh and Nelder 1989, "Generalized linear models"; of
counts a quasi-likelihood whose variance is a multiple of the mean). Coefficients are the posterior mode, the
evidence is Laplace's, with the deviance for likelihood (Nelder and Pregibon 1987, "An
extended quasi-likelihood function").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, xlogy

from foundation_causal.types import Array
from mechanisms.adjusted.variance_components import (
    CLOSE,
    LEAST_NOISE,
    PRUNED,
    SURE_STEPS,
    UNDETERMINED,
    Design,
    factored,
    inverse,
    next_variances,
    places,
)

MAX_LINKED_ROWS = 10_000  # that decide coefficients on a scale of log odds or logarithms
MAX_LINKED_VARIANCE_ROWS = 2000  # that decide variances there, where every step needs the rows again
LINKED_FLAT = 0.01  # prior precision there of coefficients that are not shrunk
LARGEST = 100.0  # variance of a block there, which rows without noise would let grow for ever
LINKED_STEPS, FIRST_STEPS = 40, 2  # there, and how many of them leave the variances as they are
STEEPEST = 30.0  # largest logarithm of an outcome in units of the mean
LEAST_SLOPE = 0.005  # likewise, by which errors are measured


class Link(Protocol):
    """A scale on which what the outcome owes to its causes adds up."""

    @property
    def disperses(self) -> bool:
        """Whether the variance is a multiple of :meth:`slope` that the rows tell, rather than itself."""
        ...

    def units(self, y: Array) -> tuple[float, float]:
        """What outcomes `[n]` have taken off, and what they are then divided by."""
        ...

    def mean(self, sums: Array) -> Array:
        """The mean outcome at sums on this scale."""
        ...

    def expected(self, sums: Array, variance: Array) -> Array:
        """The same where the sums are known up to a variance."""
        ...

    def slope(self, sums: Array) -> Array:
        """The derivative of :meth:`mean`, which is the variance of the outcome, too."""
        ...

    def likelihood(self, sums: Array, y: Array) -> float:
        """Its logarithm for outcomes `[n]`, less that of a perfect fit: half of the deviance, negative."""
        ...


@dataclass(frozen=True)
class LogOdds:
    """The scale of an outcome of two values; the larger one counts as 1."""

    disperses: bool = False

    def units(self, y: Array) -> tuple[float, float]:
        """See :class:`Link`."""
        return float(y.min()), float(np.ptp(y))

    def mean(self, sums: Array) -> Array:
        """See :class:`Link`."""
        return np.asarray(expit(sums))

    def expected(self, sums: Array, variance: Array) -> Array:
        """See :class:`Link`; by MacKay 1992, "The evidence framework applied to classification networks"."""
        return np.asarray(expit(sums / np.sqrt(1 + np.pi * variance / 8)))

    def slope(self, sums: Array) -> Array:
        """See :class:`Link`."""
        return np.asarray(expit(sums) * expit(-sums))

    def likelihood(self, sums: Array, y: Array) -> float:
        """See :class:`Link`."""
        return float(y @ sums - np.logaddexp(0, sums).sum())


@dataclass(frozen=True)
class Logarithms:
    """The scale of counts: what multiplies them adds up."""

    disperses: bool = True

    def units(self, y: Array) -> tuple[float, float]:
        """See :class:`Link`."""
        return 0.0, float(y.mean())

    def mean(self, sums: Array) -> Array:
        """See :class:`Link`."""
        return np.asarray(np.exp(np.minimum(sums, STEEPEST)))

    def expected(self, sums: Array, variance: Array) -> Array:
        """See :class:`Link`; the mean of an exponential hangs on its tail, so that its median stands in."""
        return self.mean(sums)

    def slope(self, sums: Array) -> Array:
        """See :class:`Link`."""
        return self.mean(sums)

    def likelihood(self, sums: Array, y: Array) -> float:
        """See :class:`Link`."""
        return float(y @ sums - self.mean(sums).sum() - (xlogy(y, y) - y).sum())


def link_of(y: Array, *, counted: bool) -> Link | None:
    """The scale beside its own on which an outcome `[n]` may add up; None where there is none.

    Args:
        y: Outcomes.
        counted: Whether they are counts, which have a scale of logarithms.
    """
    least, largest = float(y.min()), float(y.max())
    if least == largest:
        return None
    if np.isin(y, (least, largest)).all():
        return LogOdds()
    is_count = counted and least >= 0 and (y == np.round(y)).all()
    return Logarithms() if is_count else None


@dataclass(frozen=True)
class LinkedRegression:
    """The posterior of coefficients on a scale of log odds or logarithms.

    Attributes:
        link: The scale.
        level, spread: Of the target.
        blocks: The blocks of features that are believed; all features are those of these.
        dispersion: The variance of the target over what the link says it is.
        evidence: Logarithm of how probable the rows are, but for a constant that all choices of blocks share.
        coefficients: Shape `[D]`.
        covariance: Of the coefficients, shape `[D, D]`.
        without: The coefficients without the rows of each fold, shape `[folds, D]`.
    """

    link: Link
    level: float
    spread: float
    blocks: tuple[int, ...]
    dispersion: float
    evidence: float
    coefficients: Array
    covariance: Array
    without: Array

    def predict(self, features: Array) -> Array:
        """The mean outcome at features, shape `[m, D]` -> `[m]`."""
        sums = features @ self.coefficients
        return self.level + self.spread * self.link.expected(sums, self._unsure(features))

    def out_of_fold(self, fold: int) -> Callable[[Array], Array]:
        """The mean outcome without the rows of a fold, as a function of features `[m, D]`."""
        return lambda features: self.level + self.spread * self.link.mean(features @ self.without[fold])

    def slopes(self, features: Array) -> Array:
        """How mean outcomes move with the coefficients, shape `[..., D]` -> `[..., D]`."""
        return self.spread * self.link.slope(features @ self.coefficients)[..., None] * features

    def variance(self, slopes: Array) -> Array:
        """The posterior variance of sums of mean outcomes, by their :meth:`slopes` `[m, D]`, shape `[m]`."""
        return self._unsure(slopes)

    def _unsure(self, features: Array) -> Array:
        return np.asarray(np.einsum("ij,ij->i", features @ self.covariance, features))


def fit_linked(
    design: Design,
    sizes: Sequence[int],
    y: Array,
    folds: NDArray[np.intp],
    link: Link,
    choices: Sequence[Sequence[int]],
) -> list[LinkedRegression]:
    """Regress a target on several choices of blocks of features, on the scale of a link.

    Args:
        design: Features of rows; the first block is not shrunk, and its first feature is a constant.
        sizes: How many features each block has.
        y: Target, shape `[n]`; the rows in no particular order. The first ones decide, if there are many.
        folds: The fold of each row, from 0 on, shape `[n]`.
        link: The scale.
        choices: The blocks of each regression, in order, the first among them.

    Returns:
        A regression for each choice.
    """
    n = min(len(y), MAX_LINKED_ROWS)
    level, spread = link.units(y)
    wanted = sorted({b for blocks in choices for b in blocks})
    owner = np.repeat(wanted, [sizes[b] for b in wanted])
    rows = _LinkedRows(design(np.arange(n), wanted), (y[:n] - level) / spread, link)
    found = []
    for blocks in choices:
        at = places(owner, blocks)
        few = rows.of(slice(MAX_LINKED_VARIANCE_ROWS), at)
        kept, precision, dispersion, start = _linked_variances(few, owner[at])
        mine = rows.of(slice(None), at[kept])
        mode = mine.mode(precision, dispersion, start)
        factor = mine.curvature(mode, precision, dispersion)
        evidence = mine.value(mode, precision, dispersion) - n / 2 * np.log(dispersion)
        evidence += np.log(precision).sum() / 2 - np.log(np.diag(factor[0])).sum()
        others = [mine.of(folds[:n] != fold, slice(None)) for fold in range(int(folds.max()) + 1)]
        found.append(
            LinkedRegression(
                link,
                level,
                spread,
                tuple(int(b) for b in np.unique(owner[at[kept]])),
                dispersion,
                float(evidence),
                mode,
                inverse(factor),
                np.stack([part.mode(precision, dispersion, mode) for part in others]),
            )
        )
    return found


@dataclass(frozen=True)
class _LinkedRows:
    """Rows that coefficients are fitted to on the scale of a link.

    Attributes:
        features: Shape `[n, D]`.
        target: In units of the link, shape `[n]`.
        link: The scale.
    """

    features: Array
    target: Array
    link: Link

    def of(self, rows: NDArray[np.bool_] | slice, columns: NDArray[np.intp] | slice) -> _LinkedRows:
        """Some rows and features."""
        return _LinkedRows(self.features[rows][:, columns], self.target[rows], self.link)

    def value(self, coefficients: Array, precision: Array, dispersion: float) -> float:
        """The logarithm of likelihood and prior, `[D]` each."""
        likelihood = self.link.likelihood(self.features @ coefficients, self.target)
        return likelihood / dispersion - float(coefficients @ (precision * coefficients)) / 2

    def step(self, coefficients: Array, precision: Array, dispersion: float) -> tuple[Array, Array]:
        """One step of Newton's method, and the posterior covariance where it began."""
        sums = self.features @ coefficients
        left = self.target - self.link.mean(sums)
        slope = self.features.T @ left / dispersion - precision * coefficients
        covariance = inverse(self.curvature(coefficients, precision, dispersion))
        step, size = covariance @ slope, 1.0
        value = self.value(coefficients, precision, dispersion)
        while size > 1e-4 and self.value(coefficients + size * step, precision, dispersion) < value:
            size /= 2
        return coefficients + size * step, covariance

    def curvature(self, coefficients: Array, precision: Array, dispersion: float) -> tuple[Array, bool]:
        """The Cholesky factor of the negative Hessian."""
        weights = self.link.slope(self.features @ coefficients)
        return factored((self.features * weights[:, None]).T @ self.features, precision, dispersion)

    def mode(self, precision: Array, dispersion: float, start: Array) -> Array:
        """The most probable coefficients."""
        coefficients, value = start, self.value(start, precision, dispersion)
        for _ in range(LINKED_STEPS):
            coefficients, _ = self.step(coefficients, precision, dispersion)
            reached = self.value(coefficients, precision, dispersion)
            if reached - value < 1e-7 * len(self.target):
                break
            value = reached
        return coefficients

    def scatter(self, coefficients: Array, determined: float) -> float:
        """The dispersion, by Pearson's statistic and how many coefficients the rows determine."""
        if not self.link.disperses:
            return 1.0
        sums = self.features @ coefficients
        left, slopes = self.target - self.link.mean(sums), self.link.slope(sums)
        squares = float((left**2 / np.maximum(slopes, LEAST_SLOPE)).sum())
        return max(squares / max(len(left) - determined, 1.0), LEAST_NOISE)


def _linked_variances(
    rows: _LinkedRows, owner: NDArray[np.intp]
) -> tuple[NDArray[np.intp], Array, float, Array]:
    """The variances of blocks on the scale of a link that make the rows most probable.

    Args:
        rows: The rows, the constant their first feature.
        owner: The block that each feature is of, shape `[D]`; the first block is not shrunk.

    Returns:
        Positions `[d]` of the features that are believed, their prior precisions `[d]`, the dispersion, and
        coefficients `[d]` to begin with.
    """
    names, blocks = np.unique(owner, return_inverse=True)
    count = len(names)
    power = np.bincount(blocks, np.square(rows.features).mean(0), minlength=count)
    variance = 1 / np.maximum(power, 1e-300) / max(count - 1, 1)
    variance[0] = 1 / LINKED_FLAT
    kept, coefficients, dispersion = np.arange(len(owner)), np.zeros(len(owner)), 1.0
    level = rows.of(slice(None), kept[:1])
    coefficients[:1] = level.mode(np.array([LINKED_FLAT]), dispersion, np.zeros(1))
    for step in range(LINKED_STEPS):
        coefficients, covariance = rows.step(coefficients, 1 / variance[blocks], dispersion)
        if step < FIRST_STEPS:
            continue
        taken = step - FIRST_STEPS
        new, determined, shrinking = next_variances(variance, coefficients, covariance, blocks, taken)
        new[1:] = np.minimum(new[1:], LARGEST / np.maximum(power[1:], 1e-300))
        dispersion = rows.scatter(coefficients, float(determined[np.unique(blocks)].sum()))
        shares = new * power
        dead = (shares <= PRUNED) | (shrinking & (determined < UNDETERMINED))
        dead[0] = False
        there = np.bincount(blocks, minlength=count) > 0
        settled = np.abs(np.log(new / variance))[~dead & there & (shares > 100 * PRUNED)] < CLOSE
        variance, stay = new, ~dead[blocks]
        if not stay.all():
            kept, blocks, coefficients = kept[stay], blocks[stay], coefficients[stay]
            rows = rows.of(slice(None), np.flatnonzero(stay))
        elif taken > SURE_STEPS and settled.all():
            break
    return kept, 1 / variance[blocks], dispersion, coefficients
