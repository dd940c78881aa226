r"""Local scores of linear regressions whose noise has a shape of its own at every node.

Which of two linear graphs is true shows in the shapes of the noises alone (Shimizu et al., 2006), and a
family that knows one shape, such as Laplace's, may read the others backwards: noise that is skewed looks to
it like an edge turned round. Here the residuals of least squares are Gaussian, Laplace, uniform, or have a
Polya tree (Lavine, 1992), a random density around a Gaussian, whose evidence is a product of Beta functions
over ever finer halves,

.. math:: \log p(r) = \log \mathcal N(r) + \sum_{\text{halves}} \log
    \frac{B(m^2 + n_0, m^2 + n_1)}{B(m^2, m^2)} + (n_0 + n_1) \log 2, \qquad m = \text{level}.

The four are equally probable beforehand, and the evidence is their mean. `shape_gains` says it in batches
of residuals of any regression.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr
from torch import Tensor

from discovery.search.local_scores import (
    LinearScore,
    Parents,
    absolute_deviations,
    gaussian_likelihood,
    laplace_likelihood,
)
from foundation_causal.types import Array

LEVELS = 6  # of a Polya tree
MOST_TIED = 0.05  # share of the rows with one value, above which a Polya tree would only find the ties
TIE_WIDTHS = 2.0  # finest halves of a Polya tree, in steps between neighbouring values of a rounded column
SHAPES = 4
LEAST = 1e-6  # of a spread: standardized targets that are explained to the last digit
INFORMATION = 10.0  # what a correlation may be worth, as a multiple of its worth where noise is Gaussian


class ShapedScore(LinearScore):
    """Log evidence of linear regressions, each with noise of its own shape.

    Args:
        x: Standardized rows `[n, d]`.
        usable: Bool `[n, d]`: the rows that count for each variable's own regression; all of them if None.
        among: The columns that may come into the regression of each variable; all of them if None.
        like: A score of the same rows, whose covariances and deviations serve this one, too.
    """

    def __init__(
        self,
        x: Array,
        usable: NDArray[np.bool_] | None = None,
        among: Sequence[Parents] | None = None,
        like: LinearScore | None = None,
    ) -> None:
        super().__init__(x, "gaussian", usable, among=among, like=like)
        self.depth = {j: tree_depth(own.sample[:, own.at([j])[0]]) for j, own in self.own.items()}

    @property
    def by_covariance(self) -> bool:
        """No: the shape of the noise is in the rows."""
        return False

    def _evidence(self, j: int, parents: list[int]) -> float:
        own = self.own[j]
        (at,), p = own.at([j]), own.at(parents)
        weights = own.weights(at, p)
        deviation = own.deviation(at, p, weights)
        return shape_evidence(own.sample[:, p], own.sample[:, at], weights, self.depth[j], deviation)

    def gains(self, j: int, parents: Parents) -> Array:
        """The gain that adding each variable may bring, `[d]`, on the high side.

        Noise that is far from Gaussian tells small effects from none that Gaussian noise would cover.
        """
        penalty = 0.5 * np.log(self.own[j].n)
        return INFORMATION * (super().gains(j, parents) - 1.0 + penalty) - penalty + 1.0


def shape_evidence(
    design: Array, y: Array, weights: NDArray[np.floating], depth: int, deviation: float | None = None
) -> float:
    """Log evidence of a linear regression whose noise has any shape.

    Args:
        design: Features `[n, p]`.
        y: Targets `[n]`.
        weights: Those of least squares `[p]`.
        depth: Levels of the Polya tree; 0 leaves the tree and the uniform density out.
        deviation: The mean of the least absolute deviations, where it is known.
    """
    n = len(y)
    residual = y - design @ weights
    variance = max(float(residual @ residual) / n, 1e-9)
    gaussian = gaussian_likelihood(variance, n)
    if deviation is None:
        deviation = float(np.abs(absolute_deviations(design, y, weights)).mean())
    shapes = [gaussian, laplace_likelihood(deviation, n)]
    if depth:
        # The ends of a uniform density are known up to 1 / n of their distance.
        shapes.append(-n * float(np.log(max(np.ptp(residual), 1e-9))) - np.log(n))
        shapes.append(gaussian + tree_gain(residual / np.sqrt(variance), depth))
    return log_mean(shapes, SHAPES) - 0.5 * (design.shape[1] + 1) * float(np.log(n))


def log_mean(values: list[float], among: int) -> float:
    """The log of the mean of some evidences, those that are left out of this many being 0."""
    top = float(np.max(values))
    return top + float(np.log(np.exp(np.array(values) - top).sum() / among))


def tree_gain(standard: Array, depth: int) -> float:
    """What a Polya tree around the standard normal density adds to its log evidence of these values.

    Example:
        >>> from scipy.special import ndtri
        >>> normal = ndtri((np.arange(1000) + 0.5) / 1000)
        >>> uniform = np.sqrt(3) * np.linspace(-1, 1, 1000)
        >>> bool(tree_gain(normal, 6) < 0 < 30 < tree_gain(uniform, 6))
        True
    """
    leaf = np.minimum((ndtr(standard) * 2**depth).astype(int), 2**depth - 1)
    halves = _gains_of_halves(np.bincount(leaf, minlength=2**depth)[None])
    return float(sum(map(float, halves[:, 0]))) + depth * len(standard) * float(np.log(2))


def _gains_of_halves(counts: NDArray[np.integer]) -> Array:
    """Log evidence of how values fall into halves, from counts `[E, 2^depth]` in the finest, `[depth, E]`.

    Without the logarithms of 2 of every value and level.
    """
    depth = counts.shape[1].bit_length() - 1
    gains = np.zeros((depth, len(counts)))
    for level in range(depth, 0, -1):
        left, right = counts[:, ::2], counts[:, 1::2]
        counts = left + right
        most = 1 << int(counts.max(initial=1)).bit_length()
        alone, together = _log_gammas(level**2, most), _log_gammas(2 * level**2, most)
        even = (2 * alone[0] - together[0]) * counts.shape[1]
        gains[level - 1] = (alone[left] + alone[right] - together[counts]).sum(1) - even
    return gains


@lru_cache(maxsize=256)
def _log_gammas(start: int, most: int) -> Array:
    """The log of the Gamma function at `start`, `start + 1` and so on up to `start + most`."""
    return np.asarray(gammaln(start + np.arange(most + 1.0)))


def tree_depth(y: Array) -> int:
    """Levels of the Polya tree of a column: none if it has ties, fewer if it is rounded."""
    ordered = np.sort(y)
    steps = ordered[1:] - ordered[:-1]
    if not steps.all():
        starts = np.flatnonzero(np.append(True, steps > 0))
        if np.diff(np.append(starts, len(y))).max() > max(MOST_TIED * len(y), 1):
            return 0
        steps = steps[steps > 0]
    if len(steps) < 2:
        return 0
    step = max(_median(steps), 1e-12)
    # The Gaussian in the middle of the tree has a density of 1 in 2.5 standard deviations there.
    finest = 2.5 * float(y.std()) / (TIE_WIDTHS * step)
    return min(int(np.log2(max(finest, 1.0))), LEVELS)


def _median(values: Array) -> float:
    """The median of some numbers; NumPy's own asks first whether any is NaN."""
    middle = len(values) // 2
    if len(values) % 2:
        return float(np.partition(values, middle)[middle])
    low, high = np.partition(values, (middle - 1, middle))[middle - 1 : middle + 1]
    return float(low + high) / 2


def shape_gains(residual: Tensor, depth: Tensor, weight: Tensor | None = None) -> Tensor:
    """The log of the mean likelihood over shapes, less that of Gaussian noise, `[E]`.

    Args:
        residual: Of every regression, about zero in the mean, `[E, n]`; 0 where a row does not count.
        depth: Levels of the Polya tree, `[E]`; 0 leaves the tree and the uniform density out.
        weight: Which rows count, 1 or 0, `[E, n]`; all of them if None.

    Example:
        >>> rows = torch.linspace(0.0005, 0.9995, 1000)[None]
        >>> normal, uniform = torch.special.ndtri(rows), rows - 0.5
        >>> gain = shape_gains(torch.cat([normal, uniform]), torch.tensor([6, 6]))
        >>> bool(gain[0] < 0 < 50 < gain[1])
        True
    """
    counted = torch.ones_like(residual) if weight is None else weight
    n = counted.sum(1)
    spread = (residual.square().sum(1) / n).sqrt().clamp_min(LEAST)
    gaussian = -n * ((2 * math.pi) ** 0.5 * spread).log() - 0.5 * n
    laplace = -n * ((2 * residual.abs().sum(1) / n).clamp_min(LEAST).log() + 1)
    width = residual.amax(1) - residual.amin(1)
    uniform = -n * width.clamp_min(LEAST).log() - n.log()
    tree = gaussian + tree_gains(residual / spread[:, None], depth, counted)
    shapes = torch.stack([gaussian, laplace, uniform, tree], 1)
    shapes[:, 2:].masked_fill_((depth == 0)[:, None], -math.inf)
    return shapes.logsumexp(1) - math.log(SHAPES) - gaussian


def tree_gains(standard: Tensor, depth: Tensor, counted: Tensor) -> Tensor:
    """What Polya trees of some depths add to the standard normal log density of values `[E, n]`, `[E]`."""
    levels = int(depth.max()) if len(depth) else 0
    gain = standard.new_zeros(len(standard))
    if not levels:
        return gain
    share = torch.special.ndtr(standard).nan_to_num()  # of a regression that could not be solved
    leaf = (share * 2**levels).long().clamp(0, 2**levels - 1)
    counts = share.new_zeros(len(share), 2**levels).scatter_add(1, leaf, counted)
    halves = _gains_of_halves(counts.cpu().numpy().astype(np.intp))
    own = np.arange(1, levels + 1)[:, None] <= depth.cpu().numpy()
    total = torch.from_numpy(np.where(own, halves, 0.0).sum(0)).to(gain)
    return total + math.log(2) * counted.sum(1) * depth
