r"""Regression on blocks of features, each of which is believed as far as the rows bear it out.

.. math:: y = \sum_b \Phi_b \beta_b + \varepsilon, \qquad \beta_b \sim N(0, s_b^2 I), \quad
          \varepsilon \sim N(0, \sigma^2 I),

where the first block, the flat one, is not shrunk. The variances maximize the marginal likelihood (restricted
maximum likelihood, Patterson and Thompson 1971), by the fixed point of MacKay 1992, "Bayesian interpolation",
equation 32: s_b^2 is the squared length of a block's coefficients over the number of them that the rows
determine. A block whose variance falls to nothing is left out, so that what the rows do not ask for costs
neither precision nor time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from foundation_causal.types import Array

FLAT = 1e-4  # prior precision of coefficients that are not shrunk, where target and features have spread 1
STEPS, SURE_STEPS = 60, 4  # of the fixed point; the first ones are those of expectation maximization
CLOSE = 0.05  # by how much logarithms of variances still move when they are taken as found
PRUNED = 1e-6  # share of the target's variance that a block must be believed to have
LEAST_NOISE = 1e-10
ROUNDING = 1e-10  # of each feature's own square
MAX_VARIANCE_ROWS = 5000  # that decide the variances; the coefficients are those of all rows
CHUNK = 4096  # rows whose features are held at a time

Design = Callable[[NDArray[np.intp]], Array]  # positions of rows [m] -> all features [m, D]


@dataclass(frozen=True)
class Variances:
    """How far each feature is believed.

    Attributes:
        kept: Positions of the features that are, shape `[D]`.
        precision: One over their prior variance, shape `[D]`.
        noise: Variance of the noise, in units of the target's.
    """

    kept: NDArray[np.intp]
    precision: Array
    noise: float


@dataclass(frozen=True)
class ComponentRegression:
    """The posterior of the coefficients, from all rows and from all but those of each fold.

    Attributes:
        variances: The variances that it was fitted with.
        level, spread: Of the target.
        grams: Products of the kept features within each fold, shape `[folds, D, D]`.
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
        """The posterior mean at all features, shape `[m, D]` -> `[m]`."""
        return self.level + self.spread * (features[:, self.variances.kept] @ self.coefficients)

    def out_of_fold(self, fold: int) -> Callable[[Array], Array]:
        """The posterior mean without the rows of a fold, as a function of all features `[m, D]`."""
        gram, moment = self.grams.sum(0) - self.grams[fold], self.moments.sum(0) - self.moments[fold]
        factor = _factor(gram, self.variances.precision, self.variances.noise)
        coefficients = cho_solve(factor, moment / self.variances.noise, check_finite=False)
        return lambda features: self.level + self.spread * (features[:, self.variances.kept] @ coefficients)

    def variance(self, features: Array) -> Array:
        """The posterior variance of sums of coefficients, shape `[m, D]` -> `[m]`."""
        kept = features[:, self.variances.kept]
        return self.spread**2 * np.einsum("ij,ij->i", kept @ self.covariance, kept)

    def weights(self, functionals: Array) -> Array:
        """What makes sums of coefficients of the target: its weights are features @ this.

        The posterior mean of a sum of coefficients is linear in the target. As weights for residuals these
        balance all features as well as noise and belief allow (Hirshberg and Wager 2021, "Augmented minimax
        linear estimation").

        Args:
            functionals: Shape `[k, D]`.

        Returns:
            Shape `[D, k]`, 0 where a feature is not kept.
        """
        along = np.zeros((functionals.shape[1], len(functionals)))
        along[self.variances.kept] = (
            self.covariance @ functionals[:, self.variances.kept].T / self.variances.noise
        )
        return along

    def unbalanced(self, functionals: Array) -> Array:
        """The posterior covariance of these sums that no weights of the rows remove, `[k, D]` -> `[k, k]`.

        It is what they leave unbalanced of functions as large as they are believed to be.
        """
        kept = functionals[:, self.variances.kept]
        along = self.covariance @ kept.T
        by_noise = along.T @ self.grams.sum(0) @ along / self.variances.noise
        return self.spread**2 * (kept @ along - by_noise)


def fit_components(
    design: Design, sizes: Sequence[int], y: Array, folds: NDArray[np.intp]
) -> ComponentRegression:
    """Regress a target on blocks of features.

    Args:
        design: All features of rows; the first block is not shrunk.
        sizes: How many features each block has.
        y: Target, shape `[n]`; the rows in no particular order.
        folds: The fold of each row, from 0 on, shape `[n]`.
    """
    level, spread = float(y.mean()), float(y.std())
    spread = spread if spread > 1e-12 * max(abs(level), 1e-300) else 1.0
    target = (y - level) / spread
    first = np.arange(min(len(y), MAX_VARIANCE_ROWS))
    variances = estimate_variances(design(first), sizes, target[first])
    kept = variances.kept
    count = int(folds.max()) + 1
    grams, moments = np.zeros((count, len(kept), len(kept))), np.zeros((count, len(kept)))
    for fold in range(count):
        for rows in chunks(np.flatnonzero(folds == fold)):
            features = design(rows)[:, kept]
            grams[fold] += features.T @ features
            moments[fold] += features.T @ target[rows]
    factor = _factor(grams.sum(0), variances.precision, variances.noise)
    covariance = cho_solve(factor, np.eye(len(kept)), check_finite=False)
    coefficients = covariance @ moments.sum(0) / variances.noise
    return ComponentRegression(variances, level, spread, grams, moments, coefficients, covariance)


def chunks(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Positions of rows, so many at a time that their features fit into memory."""
    yield from (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


def estimate_variances(features: Array, sizes: Sequence[int], y: Array) -> Variances:
    """The variances of blocks and noise that make the rows most probable.

    Args:
        features: Shape `[n, D]`, in blocks.
        sizes: How many features each block has; the first block is not shrunk.
        y: Standardized target, shape `[n]`.
    """
    n = len(y)
    blocks = np.repeat(np.arange(len(sizes)), sizes)
    kept = np.arange(len(blocks))
    gram, moment = features.T @ features, features.T @ y
    power = np.bincount(blocks, np.diag(gram) / n, minlength=len(sizes))  # of a block with coefficients of 1
    variance = 0.3 / np.maximum(power, 1e-300) / max(len(sizes) - 1, 1)
    variance[0] = 1 / FLAT
    noise = 0.5
    for step in range(STEPS):
        factor = _factor(gram, 1 / variance[blocks], noise)
        covariance = cho_solve(factor, np.eye(len(kept)), check_finite=False)
        coefficients = covariance @ moment / noise
        length = np.bincount(blocks, coefficients**2, minlength=len(sizes))
        unsure = np.bincount(blocks, np.diag(covariance), minlength=len(sizes))
        number = np.bincount(blocks, minlength=len(sizes))
        determined = np.maximum(number - unsure / variance, 1e-3)
        new = (length + unsure) / np.maximum(number, 1) if step < SURE_STEPS else length / determined
        new = np.maximum(new, 0.01 * variance)  # a block dies in steps
        new[0] = variance[0]
        rest = max(float(y @ y - 2 * coefficients @ moment + coefficients @ gram @ coefficients), 0.0)
        sparing = max(n - float(determined[np.unique(blocks)].sum()), 1.0)
        new_noise = max(rest / sparing, LEAST_NOISE)
        shares = new * power
        alive = (shares > PRUNED) | (np.arange(len(sizes)) == 0)
        moved = np.abs(np.log(new / variance))[alive & (number > 0) & (shares > 100 * PRUNED)]
        settled = abs(np.log(new_noise / noise)) < CLOSE / 10 and (moved < CLOSE).all()
        variance, noise = new, new_noise
        if not alive[blocks].all():
            stay = alive[blocks]
            kept, blocks, moment, gram = kept[stay], blocks[stay], moment[stay], gram[np.ix_(stay, stay)]
        elif settled and step > SURE_STEPS:
            break
    return Variances(kept, 1 / variance[blocks], noise)


def _factor(gram: Array, precision: Array, noise: float) -> tuple[Array, bool]:
    matrix = gram / noise
    # Copies of a feature in rows without noise would leave nothing but rounding.
    matrix.flat[:: len(matrix) + 1] += precision + ROUNDING * np.diag(matrix)
    factor, lower = cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
    return factor, lower
