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
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import dpotri

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
        factor = factored(gram, self.variances.precision, self.variances.noise)
        coefficients = cho_solve(factor, moment / self.variances.noise, check_finite=False)
        return lambda features: self.level + self.spread * (features @ coefficients)

    def variance(self, features: Array) -> Array:
        """The posterior variance of sums of coefficients, shape `[m, D]` -> `[m]`."""
        return self.spread**2 * np.einsum("ij,ij->i", features @ self.covariance, features)

    @property
    def determined(self) -> float:
        """How many coefficients the rows determine: the trace of what makes fitted values of the target."""
        return float(np.sum(self.covariance * self.grams.sum(0)) / self.variances.noise)

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
        at = places(self.owner, blocks)
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
        at, noise = places(self.owner, known.blocks), known.noise
        factor = factored(self.gram[np.ix_(at, at)], known.precision, noise)
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

    def regression(self, variances: Variances, level: float, spread: float) -> ComponentRegression:
        """The posterior of the coefficients of the blocks that are believed."""
        at = places(self.owner, variances.blocks)
        grams, moments = self.grams[:, at[:, None], at], self.moments[:, at]
        covariance = inverse(factored(grams.sum(0), variances.precision, variances.noise))
        coefficients = covariance @ moments.sum(0) / variances.noise
        return ComponentRegression(variances, level, spread, grams, moments, coefficients, covariance)


def places(owner: NDArray[np.intp], blocks: Sequence[int]) -> NDArray[np.intp]:
    """Where the features of some blocks stand, among features whose blocks are known, shape `[D]`."""
    return np.flatnonzero(np.isin(owner, blocks))


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
        factor = factored(gram, 1 / variance[blocks], noise)
        covariance = inverse(factor)
        coefficients = covariance @ moment / noise
        new, determined, shrinking = next_variances(variance, coefficients, covariance, blocks, step)
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


def next_variances(
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
    factor = factored(gram, precision, noise)
    spread = 2 * np.log(np.diag(factor[0])).sum() - np.log(precision).sum() + n * np.log(noise)
    explained = moment @ cho_solve(factor, moment, check_finite=False) / noise
    return float(-0.5 * (spread + (square - explained) / noise))


def factored(gram: Array, precision: Array, noise: float) -> tuple[Array, bool]:
    """The Cholesky factor of the posterior precision of coefficients, from products of features `[D, D]`."""
    matrix = gram / noise
    # Copies of a feature in rows without noise would leave nothing but rounding.
    matrix.flat[:: len(matrix) + 1] += precision + ROUNDING * np.diag(matrix)
    factor, lower = cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
    return factor, lower


def inverse(factor: tuple[Array, bool]) -> Array:
    """The inverse of a factored matrix, in a third of the time of solving for it."""
    lower, failed = dpotri(factor[0], lower=True)
    assert not failed
    return np.tril(lower) + np.tril(lower, -1).T
