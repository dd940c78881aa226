"""Gaussian-process regression on more rows than a matrix of all pairs allows: by inducing rows.

The rows of an exact regression choose, for each of its kernels, those that tell most of it
(:mod:`mechanisms.kernel.low_rank`); all rows then decide the weights of the functions that the chosen rows
carry (subset of regressors; Quiñonero-Candela and Rasmussen 2005, "A unifying view of sparse approximate
Gaussian process regression", section 3), and the weight of each setting of the hyperparameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dtrtrs

from foundation_causal.types import Array
from mechanisms.kernel.gaussian_process import (
    NEGLIGIBLE,
    Kernel,
    Point,
    Regression,
    kernel_sums,
    studentized,
)
from mechanisms.kernel.low_rank import (
    LowRankSolution,
    features_at,
    inverse_diagonal,
    pivots_and_features,
    solve_features,
    union,
)

MAX_INDUCING_ROWS = 400
FORGONE = 1e-3  # of the noise's variance: what a function has beyond it needs another inducing row
MAX_FEATURES = 2**18  # rows of features that are made at once, times their number


@dataclass(frozen=True)
class InducingRegression(Regression):
    """A regression on many rows, whose functions are carried by few of them.

    Attributes:
        pivots: For each kernel the positions of its inducing rows among the rows, `[r]`, the most telling
            first. Of `coefficients` `[kernels, c]`, a column belongs to each row that is among some of them.
    """

    pivots: Sequence[NDArray[np.intp]] = ()

    @cached_property
    def centres(self) -> Array:
        """The inputs of the inducing rows of all kernels, shape `[c, p]`."""
        return np.asarray(self.x[union(self.pivots)])

    def predict(self, x: Array) -> Array:
        """The mean at query inputs, shape `[m, p]` -> `[m]`."""
        return kernel_sums(self.kernels, x, self.centres, self.coefficients)

    def features(self, kernel: Kernel) -> tuple[Array, Array, Array]:
        """Features of all rows `[n, r]`, the inducing inputs `[r, p]` and their features `[r, r]`."""
        (k,) = [k for k, other in enumerate(self.kernels) if other is kernel]
        z = self.x[self.pivots[k]]
        return *_features(kernel, z, self.x), z

    def _solutions(self) -> Iterator[tuple[Point, Array, Array]]:
        """For every point (K + noise I)^-1 y and the diagonal of (K + noise I)^-1, shape `[n]` each."""
        for kernel in self.kernels:
            features, _, _ = self.features(kernel)
            for point in self.points:
                if point.kernel is kernel:
                    found = solve_features(features, self.y, point.noise, self.variances)
                    diagonal = inverse_diagonal(features, found, point.noise, self.variances)
                    yield point, found.coefficients, diagonal


def _features(kernel: Kernel, z: Array, x: Array) -> tuple[Array, Array]:
    """Features of rows `[n, p]` by inducing inputs `[r, p]`: `[n, r]`, and those of the inducing `[r, r]`."""
    features, inducing, step = np.empty((len(x), len(z))), kernel(z, z), max(1, MAX_FEATURES // len(z))
    root: Array | None = None
    for start in range(0, len(x), step):
        rows = slice(start, start + step)
        features[rows], root = features_at(kernel(z, x[rows]), inducing, root)
    assert root is not None
    return features, root


def on_all_rows(few: Regression, x: Array, y: Array, variances: Array) -> InducingRegression | None:
    """The regression of all rows at the settings that the first of them support, weighted by all of them.

    Args:
        few: The exact regression on the first rows.
        x: Inputs, shape `[n, p]`.
        y: Targets, shape `[n]`.
        variances: Variances of the noise of each row, times that of the point, shape `[n]`.

    Returns:
        None where rows that the exact regression has not seen are told better by it: functions may need more
        inducing rows than there are, or inputs of the other rows lie elsewhere.
    """
    pivots: list[NDArray[np.intp]] = []
    solved: list[tuple[Point, Array, LowRankSolution]] = []
    for kernel in few.kernels:
        here = [point for point in few.points if point.kernel is kernel]
        unseen = FORGONE * min(point.noise for point in here)
        chosen = pivots_and_features(kernel(few.x, few.x), unseen)[0][:MAX_INDUCING_ROWS]
        features, root = _features(kernel, x[chosen], x)
        pivots.append(chosen)
        solved += [(p, root, solve_features(features, y, p.noise, variances)) for p in here]
    points = _weighted([point for point, _, _ in solved], [found.evidence for _, _, found in solved])
    kept = [
        (point, root, found) for point, (_, root, found) in zip(points, solved, strict=True) if point.weight
    ]
    kept.sort(key=lambda item: -item[0].weight)
    kernels = list({id(point.kernel): point.kernel for point, _, _ in kept}.values())
    pivots = [pivots[k] for k in (_position(few.kernels, kernel) for kernel in kernels)]
    columns = union(pivots)
    coefficients = np.zeros((len(kernels), len(columns)))
    for point, root, found in kept:
        k = _position(kernels, point.kernel)
        places = np.searchsorted(columns, pivots[k])
        coefficients[k, places] += point.weight * inducing_coefficients(root, found.weights)
    points = [point for point, _, _ in kept]
    fitted = InducingRegression(x, y, points, kernels, coefficients, variances, pivots=pivots)
    error = _note_noise(fitted)
    new = slice(len(few.y), None)
    before = np.mean((y[new] - few.predict(x[new])) ** 2 / variances[new])
    return fitted if np.mean(error[new] ** 2 / variances[new]) <= before else None


def _note_noise(fitted: InducingRegression) -> Array:
    """Keep the noise of the rows, and give the error of predictions of each row without it, shape `[n]`."""
    noise, error = np.zeros(len(fitted.y)), np.zeros(len(fitted.y))
    for point, a, diagonal in fitted._solutions():
        noise += studentized(point, a, diagonal, fitted.variances)
        error += point.weight * a / diagonal
    fitted.__dict__["noise"] = noise
    return error


def inducing_coefficients(root: Array, weights: Array) -> Array:
    """What functions with these weights of their features, `[r]` or `[r, k]`, are as sums of kernels."""
    return np.asarray(dtrtrs(root, weights, lower=1, trans=1)[0])


def posterior_weights(
    found: LowRankSolution, noise: float, scales: Array, random: np.random.Generator
) -> Array:
    """Draws of the weights of features in units of the output scales `[k]`, shape `[r, k]`."""
    away = random.normal(size=(len(found.weights), len(scales)))
    away = dtrtrs(found.root, away, lower=1, trans=1)[0]
    return np.asarray(found.weights[:, None] / scales + np.sqrt(noise) * away)


def _weighted(points: Sequence[Point], evidences: Sequence[float]) -> list[Point]:
    """The points, weighted by their evidence; 0 for those that hold next to nothing."""
    evidence = np.array(evidences) + np.array([point.kernel.log_prior for point in points])
    weights = np.exp(evidence - evidence.max())
    weights[weights < NEGLIGIBLE * weights.sum()] = 0
    weights /= weights.sum()
    return [replace(point, weight=float(w)) for point, w in zip(points, weights, strict=True)]


def _position(kernels: Sequence[Kernel], kernel: Kernel) -> int:
    return next(k for k, other in enumerate(kernels) if other is kernel)
