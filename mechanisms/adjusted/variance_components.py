r"""Regression on blocks of features, each of which is believed as far as the rows bear it out.

.. math:: y = \sum_b \Phi_b \beta_b + \varepsilon, \qquad \beta_b \sim N(0, s_b^2 I), \quad
          \varepsilon \sim N(0, \sigma^2 I),

where the first block, the flat one, is not shrunk. The variances maximize the marginal likelihood (restricted
maximum likelihood, Patterson and Thompson 1971), by the fixed point of MacKay 1992, "Bayesian interpolation",
equation 32: s_b^2 is the squared length of a block's coefficients over the number of them that the rows
determine. A block whose variance falls to nothing is left out, so that what the rows do not ask for costs
neither precision nor time: its features are computed for the rows that decide the variances, and never again.
That the best variance of a block is above nothing happens by chance in every other one, so that further
blocks, of which one may be there among many, have to be worth it by their averaged evidence
(:func:`fit_extension`).

An outcome of two values, and a count that may be zero, have a scale on which causes may rather add up,

.. math:: g(E[y]) = \sum_b \Phi_b \beta_b,

log odds or logarithms, with the same priors (McCullagh and Nelder 1989, "Generalized linear models"; of
counts a quasi-likelihood whose variance is a multiple of the mean). Coefficients are the posterior mode, the
evidence is Laplace's, with the deviance for likelihood (Nelder and Pregibon 1987, "An
extended quasi-likelihood function").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import dpotri
from scipy.special import expit, xlogy

from foundation_causal.types import Array

FLAT = 1e-4  # prior precision of coefficients that are not shrunk, where target and features have spread 1
STEPS, SURE_STEPS = 60, 4  # of the fixed point; the first ones are those of expectation maximization
CLOSE = 0.05  # by how much logarithms of variances still move when they are taken as found
PRUNED = 1e-6  # share of the target's variance that a block must be believed to have
FADING = 1.0  # coefficients that the rows determine, below which a shrinking block shrinks the faster
FASTER = 4.0  # times the step of its logarithm
UNDETERMINED = 0.01  # coefficients, below which a shrinking block is left out
LEAST_NOISE = 1e-10
ROUNDING = 1e-10  # of each feature's own square
DEVIATIONS = 0.02 * 2.0 ** np.arange(9)  # that a further block may have, in units of the noise's
USUAL_DEVIATION = 0.5  # likewise: as likely to be exceeded as not
MOST_FOUND = 8  # further blocks
LEAST_GAIN = 0.1  # nats of the best deviation, below which there is nothing to add
MAX_VARIANCE_ROWS = 5000  # that decide the variances; the coefficients are those of all rows
CHUNK = 4096  # rows whose features are held at a time

MAX_LINKED_ROWS = 10_000  # that decide coefficients on a scale of log odds or logarithms
MAX_LINKED_VARIANCE_ROWS = 2000  # that decide variances there, where every step needs the rows again
LINKED_FLAT = 0.01  # prior precision there of coefficients that are not shrunk
LARGEST = 100.0  # variance of a block there, which rows without noise would let grow for ever
LINKED_STEPS, FIRST_STEPS = 40, 2  # there, and how many of them leave the variances as they are
STEEPEST = 30.0  # largest logarithm of an outcome in units of the mean
LEAST_SLOPE = 0.005  # likewise, by which errors are measured

# Positions of rows [m], and which blocks are wanted -> their features side by side [m, D].
Design = Callable[[NDArray[np.intp], Sequence[int]], Array]


@dataclass(frozen=True)
class Variances:
    """How far each feature is believed.

    Attributes:
        blocks: The blocks that are, in order.
        precision: One over the prior variance of each of their features, shape `[D]`.
        noise: Variance of the noise, in units of the target's.
        evidence: Logarithm of how probable the rows that decided them are under these variances, but for a
            constant that all choices of blocks share.
    """

    blocks: tuple[int, ...]
    precision: Array
    noise: float
    evidence: float


@dataclass(frozen=True)
class ComponentRegression:
    """The posterior of the coefficients, from all rows and from all but those of each fold.

    Attributes:
        variances: The variances that it was fitted with. All features are those of the blocks in it.
        level, spread: Of the target.
        grams: Products of the features within each fold, shape `[folds, D, D]`.
        moments: Of features and standardized target, shape `[folds, D]`.
        coefficients: Shape `[D]`.
        covariance: Of the coefficients, shape `[D, D]`, in units of the standardized target.
    """

    variances: Variances
    level: float
    spread: float
    grams: Array
    moments: Array
    coefficients: Array
    covariance: Array

    def predict(self, features: Array) -> Array:
        """The posterior mean at features, shape `[m, D]` -> `[m]`."""
        return self.level + self.spread * (features @ self.coefficients)

    def out_of_fold(self, fold: int) -> Callable[[Array], Array]:
        """The posterior mean without the rows of a fold, as a function of features `[m, D]`."""
        gram, moment = self.grams.sum(0) - self.grams[fold], self.moments.sum(0) - self.moments[fold]
        factor = _factor(gram, self.variances.precision, self.variances.noise)
        coefficients = cho_solve(factor, moment / self.variances.noise, check_finite=False)
        return lambda features: self.level + self.spread * (features @ coefficients)

    def variance(self, features: Array) -> Array:
        """The posterior variance of sums of coefficients, shape `[m, D]` -> `[m]`."""
        return self.spread**2 * np.einsum("ij,ij->i", features @ self.covariance, features)

    def weights(self, functionals: Array) -> Array:
        """What makes sums of coefficients of the target: its weights are features @ this.

        The posterior mean of a sum of coefficients is linear in the target. As weights for residuals these
        balance all features as well as noise and belief allow (Hirshberg and Wager 2021, "Augmented minimax
        linear estimation").

        Args:
            functionals: Shape `[k, D]`.

        Returns:
            Shape `[D, k]`.
        """
        return np.asarray(self.covariance @ functionals.T / self.variances.noise)

    def unbalanced(self, functionals: Array) -> Array:
        """The posterior covariance of these sums that no weights of the rows remove, `[k, D]` -> `[k, k]`.

        It is what they leave unbalanced of functions as large as they are believed to be.
        """
        along = self.covariance @ functionals.T
        by_noise = along.T @ self.grams.sum(0) @ along / self.variances.noise
        return self.spread**2 * (functionals @ along - by_noise)


def fit_components(
    design: Design, sizes: Sequence[int], y: Array, folds: NDArray[np.intp]
) -> ComponentRegression:
    """Regress a target on blocks of features; see :func:`fit_extension`, of which it is the first part."""
    return fit_extension(design, sizes, y, folds, ()).plain


@dataclass(frozen=True)
class Extension:
    """A regression on some blocks, and one on further blocks that the rows ask for.

    Attributes:
        plain: The first one.
        extended: The second one; the first one again where the rows ask for no more.
        odds: Logarithm of the odds that there is any further block, if there was one as likely as not.
    """

    plain: ComponentRegression
    extended: ComponentRegression
    odds: float


def fit_extension(
    design: Design, sizes: Sequence[int], y: Array, folds: NDArray[np.intp], kinds: Sequence[int]
) -> Extension:
    """Regress a target on blocks of features, and on those of further ones that the rows ask for.

    What a block has to prove is more than the evidence of its best variance, which is never below that of
    none: the evidence is averaged over the standard deviations that the block may have (half-Cauchy, Gelman
    2006), and the block is one of its kind, each of which is as likely. One after the other is added, the
    variances being estimated anew, as long as the odds are for the next one.

    Args:
        design: Features of rows; the first block is not shrunk.
        sizes: How many features each block has.
        y: Target, shape `[n]`; the rows in no particular order.
        folds: The fold of each row, from 0 on, shape `[n]`.
        kinds: How many blocks of each kind of further ones there are; they stand last.
    """
    level, spread = float(y.mean()), float(y.std())
    spread = spread if spread > 1e-12 * max(abs(level), 1e-300) else 1.0
    target = (y - level) / spread
    n = min(len(y), MAX_VARIANCE_ROWS)
    products = _Products.of(design, range(len(sizes)), sizes, target, folds, n)
    search = _Search(products.owner, products.grams.sum(0), products.moments.sum(0), target[:n])
    plain, extended, odds = search.run(sizes, kinds)
    if n < len(y):
        kept = sorted({*plain.blocks, *extended.blocks})
        products = _Products.of(design, kept, sizes, target, folds, len(y))
    first, second = (products.regression(part, level, spread) for part in (plain, extended))
    return Extension(first, second, odds)


@dataclass(frozen=True)
class _Search:
    """The search of :func:`fit_extension`.

    Attributes:
        owner: The block that each feature is of, shape `[D]`.
        gram: Products of the features, shape `[D, D]`.
        moment: Of the features and the standardized target, shape `[D]`.
        target: Shape `[n]`.
    """

    owner: NDArray[np.intp]
    gram: Array
    moment: Array
    target: Array

    def run(self, sizes: Sequence[int], kinds: Sequence[int]) -> tuple[Variances, Variances, float]:
        """The variances of the first blocks, of those with further ones, and the odds of any further one."""
        first = len(sizes) - sum(kinds)
        plain = extended = self.fitted(range(first))
        if not kinds:
            return plain, extended, 0.0
        rarity = np.log(np.repeat(kinds, kinds) * len(kinds))
        found: list[int] = []
        odds = -np.inf
        for _ in range(MOST_FOUND):
            gains, largest = self.gains(extended, range(first, len(sizes)))
            worth = gains - rarity
            worth[np.array(found, dtype=np.intp) - first] = -np.inf
            best = int(np.argmax(worth))
            if not found:
                odds = float(np.logaddexp.reduce(worth))
            if (worth[best] < 0 and found) or largest[best] < LEAST_GAIN:
                break
            odds += float(worth[best]) if found else 0.0
            extended = self.fitted(sorted([*plain.blocks, *found, first + best]))
            found = [b for b in extended.blocks if b >= first]
            if first + best not in found:
                break
        return plain, extended, odds

    def fitted(self, blocks: Sequence[int]) -> Variances:
        """The variances of some blocks."""
        at = np.flatnonzero(np.isin(self.owner, blocks))
        sizes = [int((self.owner == b).sum()) for b in blocks]
        gram, square = self.gram[np.ix_(at, at)], float(self.target @ self.target)
        found = estimate_variances(gram, self.moment[at], square, len(self.target), sizes)
        return replace(found, blocks=tuple(blocks[b] for b in found.blocks))

    def gains(self, known: Variances, blocks: Sequence[int]) -> tuple[Array, Array]:
        """What each of some blocks adds to the evidence, on average over its deviations and at the best.

        Args:
            known: The variances of the blocks that are there.
            blocks: To be added one at a time.

        Returns:
            Shape `[len(blocks)]` each, in nats.
        """
        at, noise = np.flatnonzero(np.isin(self.owner, known.blocks)), known.noise
        factor = _factor(self.gram[np.ix_(at, at)], known.precision, noise)
        fit = cho_solve(factor, self.moment[at], check_finite=False) / noise
        gains = np.empty((len(blocks), len(DEVIATIONS)))
        for row, block in enumerate(blocks):
            own = np.flatnonzero(self.owner == block)
            cross, gram = self.gram[np.ix_(at, own)], self.gram[np.ix_(own, own)]
            # Products of what the blocks that are there leave of the block, and of the target.
            inner = (gram - cross.T @ cho_solve(factor, cross, check_finite=False) / noise) / noise
            left = (self.moment[own] - cross.T @ fit) / noise
            values, vectors = np.linalg.eigh(inner)
            power = max(float(np.trace(gram)) / len(self.target), 1e-300)
            variance = DEVIATIONS[:, None] ** 2 * noise / power
            grown = 1 + variance * np.maximum(values, 0)
            gains[row] = (variance * (vectors.T @ left) ** 2 / grown - np.log(grown)).sum(1) / 2
        between = np.append(np.sqrt(DEVIATIONS[1:] * DEVIATIONS[:-1]), np.inf)
        masses = np.diff(np.arctan(between / USUAL_DEVIATION), prepend=0) / (np.pi / 2)
        return np.logaddexp.reduce(gains + np.log(masses), axis=1), gains.max(1)


@dataclass(frozen=True)
class _Products:
    """Sums over the rows of each fold of products of features with each other and with the target.

    Attributes:
        owner: The block that each feature is of, shape `[D]`.
        grams, moments: As for :class:`ComponentRegression`.
    """

    owner: NDArray[np.intp]
    grams: Array
    moments: Array

    @classmethod
    def of(
        cls,
        design: Design,
        blocks: Sequence[int],
        sizes: Sequence[int],
        target: Array,
        folds: NDArray[np.intp],
        n: int,
    ) -> _Products:
        """Those of some blocks over the first n rows."""
        owner = np.repeat(blocks, [sizes[b] for b in blocks])
        count = int(folds.max()) + 1
        grams, moments = np.zeros((count, len(owner), len(owner))), np.zeros((count, len(owner)))
        for fold in range(count):
            for rows in chunks(np.flatnonzero(folds[:n] == fold)):
                features = design(rows, blocks)
                grams[fold] += features.T @ features
                moments[fold] += features.T @ target[rows]
        return cls(owner, grams, moments)

    def places(self, blocks: Sequence[int]) -> NDArray[np.intp]:
        """Where the features of some blocks stand."""
        return np.flatnonzero(np.isin(self.owner, blocks))

    def regression(self, variances: Variances, level: float, spread: float) -> ComponentRegression:
        """The posterior of the coefficients of the blocks that are believed."""
        at = self.places(variances.blocks)
        grams, moments = self.grams[:, at[:, None], at], self.moments[:, at]
        covariance = _inverse(_factor(grams.sum(0), variances.precision, variances.noise))
        coefficients = covariance @ moments.sum(0) / variances.noise
        return ComponentRegression(variances, level, spread, grams, moments, coefficients, covariance)


def chunks(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Positions of rows, so many at a time that their features fit into memory."""
    yield from (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


def estimate_variances(gram: Array, moment: Array, square: float, n: int, sizes: Sequence[int]) -> Variances:
    """The variances of blocks and noise that make the rows most probable.

    Args:
        gram: Products of the features of n rows, in blocks, shape `[D, D]`.
        moment: Of the features and the standardized target, shape `[D]`.
        square: Of the target.
        n: How many rows there are.
        sizes: How many features each block has; the first block is not shrunk.
    """
    blocks = np.repeat(np.arange(len(sizes)), sizes)
    power = np.bincount(blocks, np.diag(gram) / n, minlength=len(sizes))  # of a block with coefficients of 1
    variance = 0.3 / np.maximum(power, 1e-300) / max(len(sizes) - 1, 1)
    variance[0] = 1 / FLAT
    noise = 0.5
    for step in range(STEPS):
        factor = _factor(gram, 1 / variance[blocks], noise)
        covariance = _inverse(factor)
        coefficients = covariance @ moment / noise
        new, determined, shrinking = _next_variances(variance, coefficients, covariance, blocks, step)
        rest = max(float(square - 2 * coefficients @ moment + coefficients @ gram @ coefficients), 0.0)
        sparing = max(n - float(determined[np.unique(blocks)].sum()), 1.0)
        new_noise = max(rest / sparing, LEAST_NOISE)
        shares = new * power
        dead = (shares <= PRUNED) | (shrinking & (determined < UNDETERMINED))
        alive = ~dead | (np.arange(len(sizes)) == 0)
        there = np.bincount(blocks, minlength=len(sizes)) > 0
        moved = np.abs(np.log(new / variance))[alive & there & (shares > 100 * PRUNED)]
        settled = abs(np.log(new_noise / noise)) < CLOSE / 10 and (moved < CLOSE).all()
        variance, noise = new, new_noise
        if not alive[blocks].all():
            stay = alive[blocks]
            blocks, moment, gram = blocks[stay], moment[stay], gram[np.ix_(stay, stay)]
        elif settled and step > SURE_STEPS:
            break
    believed = tuple(b for b in range(len(sizes)) if b in blocks or b == 0)
    precision = 1 / variance[blocks]
    return Variances(believed, precision, noise, _evidence(gram, moment, square, n, precision, noise))


def _next_variances(
    variance: Array, coefficients: Array, covariance: Array, blocks: NDArray[np.intp], step: int
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """One step of the fixed point.

    Args:
        variance: Of each of b blocks, shape `[b]`.
        coefficients: Their posterior mean, shape `[D]`.
        covariance: Their posterior covariance, shape `[D, D]`.
        blocks: Which block each is of, shape `[D]`.
        step: How many steps were taken.

    Returns:
        The variances, how many coefficients of each block the rows determine, and which blocks shrink, `[b]`.
    """
    length = np.bincount(blocks, coefficients**2, minlength=len(variance))
    unsure = np.bincount(blocks, np.diag(covariance), minlength=len(variance))
    number = np.bincount(blocks, minlength=len(variance))
    determined = np.maximum(number - unsure / variance, 1e-3)
    new = (length + unsure) / np.maximum(number, 1) if step < SURE_STEPS else length / determined
    # Towards nothing a block shrinks at a constant rate, which may be slow.
    shrinking = (new < variance) & (step >= SURE_STEPS)
    fading = shrinking & (determined < FADING)
    new = np.where(fading, variance * (new / variance) ** FASTER, new)
    new = np.maximum(new, 0.01 * variance)  # a block dies in steps
    new[0] = variance[0]
    return new, determined, shrinking


def _evidence(gram: Array, moment: Array, square: float, n: int, precision: Array, noise: float) -> float:
    """Logarithm of the density of a target under these variances, without the powers of 2 pi."""
    factor = _factor(gram, precision, noise)
    spread = 2 * np.log(np.diag(factor[0])).sum() - np.log(precision).sum() + n * np.log(noise)
    explained = moment @ cho_solve(factor, moment, check_finite=False) / noise
    return float(-0.5 * (spread + (square - explained) / noise))


def _factor(gram: Array, precision: Array, noise: float) -> tuple[Array, bool]:
    matrix = gram / noise
    # Copies of a feature in rows without noise would leave nothing but rounding.
    matrix.flat[:: len(matrix) + 1] += precision + ROUNDING * np.diag(matrix)
    factor, lower = cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
    return factor, lower


def _inverse(factor: tuple[Array, bool]) -> Array:
    """The inverse of a factored matrix, in a third of the time of solving for it."""
    lower, failed = dpotri(factor[0], lower=True)
    assert not failed
    return np.tril(lower) + np.tril(lower, -1).T


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
        counted: Whether they are counts, which have a scale of logarithms if some of them are zero.
    """
    least, largest = float(y.min()), float(y.max())
    if least == largest:
        return None
    if np.isin(y, (least, largest)).all():
        return LogOdds()
    begins_at_zero = counted and least == 0 and (y == np.round(y)).all()
    return Logarithms() if begins_at_zero else None


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
        at = np.flatnonzero(np.isin(owner, blocks))
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
                _inverse(factor),
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
        covariance = _inverse(self.curvature(coefficients, precision, dispersion))
        step, size = covariance @ slope, 1.0
        value = self.value(coefficients, precision, dispersion)
        while size > 1e-4 and self.value(coefficients + size * step, precision, dispersion) < value:
            size /= 2
        return coefficients + size * step, covariance

    def curvature(self, coefficients: Array, precision: Array, dispersion: float) -> tuple[Array, bool]:
        """The Cholesky factor of the negative Hessian."""
        weights = self.link.slope(self.features @ coefficients)
        return _factor((self.features * weights[:, None]).T @ self.features, precision, dispersion)

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
        new, determined, shrinking = _next_variances(variance, coefficients, covariance, blocks, taken)
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
