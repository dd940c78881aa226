r"""Noise whose scale follows the parents, in batches of regressions that have been fitted.

Many mechanisms spread as they grow, and what the true parents leave over then depends on them in size. To a
score that knows one scale for all rows that looks like what a turned edge leaves behind (Immer et al., 2023,
"On the identifiability and estimation of causal location-scale noise models"). Here

.. math:: r = e^{h(x)} u, \qquad h(x) = \sum_i a_i x_i + b_i |x_i|,

with `h` zero in the mean of the rows, so that the density of all `r` is that of all `u`. Its weights are
those under which the sizes :math:`|u|` have no correlation with the features, the likelihood equations of
exponentially distributed sizes, which are right whatever the shape of `u`: least squares of the log sizes
first, then a few steps of Fisher scoring.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from discovery.search.shaped_score import LEAST, shape_gains

STEPS = 3
FARTHEST = 3.0  # standard deviations of a parent, beyond which it changes the scale no more
STEEPEST = 3.0  # of h, either way
LEAST_SIZE = 0.02  # of a residual, in mean sizes; smaller ones have logarithms that say little
RIDGE = 1e-3
# Nats by which a scale that follows the parents must win with 400 rows or fewer, and in proportion with more.
# Some curves, and skewed noise, leave nearly such noise behind where an edge is turned round: with less of a
# margin the turned edge would be taken for the true one.
MARGIN, ROWS_OF_MARGIN = 20.0, 400
# Nats by which scales that follow the parents may trail one scale for all rows, after least squares and after
# scoring, and still be looked at. A shape for the noise, which comes last, mostly helps the one scale more,
# as a mixture of scales has heavy tails: what trails further does not catch up.
MOST_BEHIND = (15.0, 12.0)


def noise_gains(residual: Tensor, x: Tensor, mask: Tensor, depth: Tensor, weight: Tensor | None) -> Tensor:
    """The log evidence of noise of any shape and scale, less that of Gaussian noise of one scale, `[E]`.

    A scale that follows the parents has two weights for each, which cost half a log of the rows, and it must
    lead by a margin, too.

    Args:
        residual: Of every regression, about zero in the mean, `[E, n]`; 0 where a row does not count.
        x: Standardized parents `[E, k, n]`, zeros where padded.
        mask: Which parents are real, 1 or 0, `[E, k]`.
        depth: Levels of the Polya tree, `[E]` (:func:`discovery.search.shaped_score.shape_gains`).
        weight: Which rows count, 1 or 0, `[E, n]`; all of them if None.

    Example:
        >>> x = torch.linspace(-2, 2, 1000)[None]
        >>> even = torch.special.ndtri(((61 * torch.arange(1000)) % 1000 + 0.5) / 1000)[None]
        >>> one, none = torch.ones(1, 1), torch.zeros(1, dtype=torch.long)
        >>> fan, tube = (noise_gains(r, x[None], one, none, None) for r in (even * x.exp(), even))
        >>> bool(tube < 0 < 300 < fan)
        True
    """
    shape, parents = shape_gains(residual, depth, weight), mask.sum(1)
    scaled = torch.full_like(shape, -math.inf)
    at = parents.nonzero()[:, 0]
    scales = _Scales(residual, x, torch.ones_like(residual) if weight is None else weight)
    scales.take(at)
    margin = MARGIN * (scales.rows[:, 0] / ROWS_OF_MARGIN).clamp_min(1.0)
    for steps, behind in zip((0, STEPS), MOST_BEHIND, strict=True):
        scales.score(steps)
        gain = scales.gain() - parents[at] * scales.rows[:, 0].log() - margin
        hopeful = (gain > -behind).nonzero()[:, 0]
        scales.take(hopeful)
        at, gain, margin = at[hopeful], gain[hopeful], margin[hopeful]
    if len(at):
        own = None if weight is None else weight[at]
        scaled[at] = gain + shape_gains(scales.even(), depth[at], own)
    return torch.where(parents > 0, torch.logaddexp(shape, scaled) - math.log(2), shape)


class _Scales:
    """The log scales of a batch of residuals; see :func:`noise_gains` for what comes in.

    Attributes:
        rows: How many rows count, `[E, 1]`.
        weights: Of the features, `[E, 2 k]`.
    """

    def __init__(self, residual: Tensor, x: Tensor, counted: Tensor) -> None:
        self.residual, self.counted = residual, counted
        self.rows = counted.sum(1, keepdim=True)
        near = x.clamp(-FARTHEST, FARTHEST)
        features = torch.cat([near, near.abs()], 1) * counted[:, None]
        means = features.sum(2, keepdim=True) / self.rows[:, None]
        self.features = features - means * counted[:, None]
        gram = self.features @ self.features.transpose(1, 2)
        gram.diagonal(dim1=1, dim2=2).add_(RIDGE * self.rows)
        self.factor = torch.linalg.cholesky(gram)
        size = residual.abs() * counted
        self.size = size / self._mean(size)
        self.weights = self._solved(self.size.clamp_min(LEAST_SIZE).log())

    def score(self, steps: int) -> None:
        """Take some steps of Fisher scoring."""
        for _ in range(steps):
            left = self.size * (-self._raw()).exp()
            self.weights = self.weights + self._solved(left / self._mean(left))

    def log_scale(self) -> Tensor:
        """`h` in every row, `[E, n]`, 0 in the mean of the rows that count."""
        h = self._raw()
        return h - h.sum(1, keepdim=True) / self.rows * self.counted

    def even(self) -> Tensor:
        """The residuals on one scale, `[E, n]`."""
        return self.residual * (-self.log_scale()).exp()

    def gain(self) -> Tensor:
        """What the scales add to the Gaussian log likelihood, `[E]`."""
        return self.rows[:, 0] * (self._spread(self.residual) / self._spread(self.even())).log()

    def take(self, index: Tensor) -> None:
        """Go on with some of the batch only."""
        for name, value in vars(self).items():
            setattr(self, name, value[index])

    def _raw(self) -> Tensor:
        return (self.weights[:, None] @ self.features).squeeze(1).clamp(-STEEPEST, STEEPEST)

    def _solved(self, target: Tensor) -> Tensor:
        return torch.cholesky_solve(self.features @ target[:, :, None], self.factor).squeeze(2)

    def _mean(self, size: Tensor) -> Tensor:
        return (size.sum(1, keepdim=True) / self.rows).clamp_min(1e-9)

    def _spread(self, residual: Tensor) -> Tensor:
        return (residual.square().sum(1) / self.rows[:, 0]).sqrt().clamp_min(LEAST)
