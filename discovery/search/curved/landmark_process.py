r"""Evidence of Gaussian process regressions seen through landmarks, and its gradient, in batches.

The regression of `y` on `k` parents has a constant, a linear and a squared exponential part,

.. math:: 1 + \tfrac1k x^\top x' + \exp\big(-\tfrac12 \sum_i (x_i - x'_i)^2 / \ell_i^2\big).

The last one is seen through \(m\) landmarks \(z\), rows of the table: regression on the features
\(L^{-1} K_{zx}\), where \(L L^\top = K_{zz}\) (Williams and Seeger, 2001). With \(\Phi\) `[P, n]` all
features, weights of prior variance \(s^2 / \lambda\), noise variance \(s^2\) and
\(A = \Phi \Phi^\top + \lambda I\), the evidence after maximizing over \(s^2\) is

.. math:: -\tfrac n2 (\log 2 \pi s^2 + 1) - \tfrac12 \log |A| + \tfrac P2 \log \lambda, \qquad
    n s^2 = y^\top y - y^\top \Phi^\top A^{-1} \Phi y.

What costs time is products of `[P, P]` with `[P, n]`, of which there are three: the features, their Gram
matrix, and the slope. Everything else that the gradient needs follows from the Gram matrix. Rows lie along
the last axis, which such products like best.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from foundation_causal.networks.attention import is_for_one_dnn, one_dnn_product
from foundation_causal.runtime import is_intel

HOPELESS = -1e30  # finite, because searches subtract scores
JITTER = 1e-4
LONG = 300  # rows from which on a call for each regression costs less than what oneDNN's product saves


class Slopes(NamedTuple):
    """Derivatives of the Gaussian evidence: by log length scales `[E, k]` and log noise ratios `[E]`."""

    log_length: Tensor
    log_ratio: Tensor


class Regressions:
    """A batch of `E` regressions on the same rows; only the hyperparameters change between evaluations.

    Args:
        y: Targets `[E, n]`.
        x: Parents `[E, k, n]`, zeros where padded.
        mask: Which parents are real, 1 or 0, `[E, k]`.
        landmarks: Places of the landmarks among the rows, `[m]`.
        weight: Which rows count, 1 or 0, `[E, n]`; all of them if None.

    Attributes:
        residual: What the regressions that were evaluated last leave over, `[E, n]`.
    """

    def __init__(
        self, y: Tensor, x: Tensor, mask: Tensor, landmarks: Tensor, weight: Tensor | None = None
    ) -> None:
        batch, k, n = x.shape
        self.x, self.mask, self.landmarks = x, mask, landmarks
        self.weight = None if weight is None else weight[:, None]
        self.n: int | Tensor = n if weight is None else weight.sum(1)
        size = mask.sum(1).clamp_min(1)
        self.known = 2 + k  # rows that stay: the targets, the constant, and the linear part
        self.rows = x.new_ones(batch, self.known + len(landmarks), n)
        self.rows[:, 0], self.rows[:, 2 : 2 + k] = y, x / size.sqrt()[:, None, None]
        if self.weight is not None:
            self.rows[:, : self.known] *= self.weight
        self.design, self.slope = torch.empty_like(self.rows), torch.empty_like(self.rows[:, self.known :])
        self.design[:, : self.known] = self.rows[:, : self.known]

    def evaluate(self, log_length: Tensor, log_ratio: Tensor) -> Tensor:
        """Log evidence `[E]` with Gaussian noise of one scale.

        It is HOPELESS where rounding left a matrix that cannot be factorized.

        Args:
            log_length: Of every parent, `[E, k]`.
            log_ratio: Log of the noise ratio, `[E]`.
        """
        self.ratio = log_ratio.exp()
        self._see(log_length)
        gram = self.design @ self.design.transpose(1, 2)
        inner = gram[:, 1:, 1:].clone()
        inner.diagonal(dim1=1, dim2=2).add_(self.ratio[:, None])
        factor, failed = torch.linalg.cholesky_ex(inner)
        self.solved = failed == 0
        if not bool(self.solved.all()):
            factor[~self.solved] = torch.eye(factor.shape[1], dtype=factor.dtype, device=factor.device)
        self.factor = factor
        self.weights = torch.cholesky_solve(gram[:, 1:, :1], self.factor).squeeze(2)
        self.residual = self.rows[:, 0] - (self.weights[:, None] @ self.design[:, 1:]).squeeze(1)
        # y'y less what is explained, without the cancellation that would round to evidence for nothing.
        squares = self.residual.square().sum(1)
        self.variance = ((squares + self.ratio * self.weights.square().sum(1)) / self.n).clamp_min(1e-6)
        p = factor.shape[1]
        log_det = 2 * self.factor.diagonal(dim1=1, dim2=2).log().sum(1) - p * log_ratio
        gaussian = -0.5 * self.n * ((2 * math.pi * self.variance).log() + 1)
        return torch.where(self.solved, gaussian - 0.5 * log_det, HOPELESS)

    def slopes(self) -> Slopes:
        """Derivatives of the Gaussian evidence where it was evaluated last."""
        eye = torch.eye(self.factor.shape[1], dtype=self.factor.dtype, device=self.factor.device)
        root = torch.linalg.solve_triangular(self.factor, eye.expand_as(self.factor), upper=False, left=False)
        inverse = root.transpose(1, 2) @ root
        trace = inverse.diagonal(dim1=1, dim2=2).sum(1)
        pulled = self.weights.square().sum(1) / self.variance
        by_ratio = 0.5 * (inverse.shape[1] - self.ratio * (trace + pulled))
        own = slice(self.known - 1, None)  # of the kernel's features, targets not counted
        pull = self.weights[:, own, None] / self.variance[:, None, None]
        both = inverse[:, own] + pull * self.weights[:, None]
        # d evidence / d features = pull residual' - inverse design, and the residual is y - weights design.
        turned = self.whitener.transpose(1, 2)
        by_kernel = _product(turned @ torch.cat([pull, -both], 2), self.design, self.slope)
        # features @ slope' without a product over rows, as features @ residual = ratio * weights.
        shared = self.ratio[:, None, None] * both[:, :, own]
        shared.diagonal(dim1=1, dim2=2).sub_(1)
        by_inner = -0.5 * (turned @ shared @ self.whitener) * self.inner
        by_length = self._spread(by_kernel.mul_(self.rows[:, self.known :]))
        z = self.marks
        by_length += 2 * ((z.square() * by_inner.sum(1)[:, None]).sum(2) - (z * (z @ by_inner)).sum(2))
        return Slopes(by_length, torch.where(self.solved, by_ratio, 1.0))

    def take(self, index: Tensor) -> None:
        """Go on with the regressions at the places `index` of the batch, evaluated as they were."""
        for name, value in vars(self).items():
            if name == "slope":
                self.slope = self.slope[: len(index)]  # written before it is read
            elif isinstance(value, Tensor) and name != "landmarks":
                setattr(self, name, value[index])

    def _see(self, log_length: Tensor) -> None:
        """The design `[E, 1 + P, n]`, targets first, at these length scales."""
        self.scaled = self.x * ((-log_length).exp() * self.mask)[:, :, None]
        self.marks = self.scaled[:, :, self.landmarks]
        half = 0.5 * self.scaled.square().sum(1, keepdim=True)
        half_marks = half[:, :, self.landmarks]
        left = torch.cat([self.marks, -torch.ones_like(half_marks), -half_marks], 1).transpose(1, 2)
        # What is as large as the rows is written where it stays: fresh memory costs as much as a product.
        kernel = self.rows[:, self.known :]
        torch.bmm(left, torch.cat([self.scaled, half, torch.ones_like(half)], 1), out=kernel)
        kernel.clamp_max_(0).exp_()
        if self.weight is not None:
            kernel *= self.weight
        # These distances are exact, so that rounding stays far below the jitter even with heavy tails.
        self.inner = torch.exp(-0.5 * _distances(self.marks))
        eye = torch.eye(self.marks.shape[2], dtype=half.dtype, device=half.device)
        factor = torch.linalg.cholesky(self.inner + JITTER * eye)
        self.whitener = torch.linalg.solve_triangular(factor, eye.expand_as(factor), upper=False)
        _product(self.whitener, kernel, self.design[:, self.known :])

    def _spread(self, w: Tensor) -> Tensor:
        r"""\(\sum_{ba} w_{ba} (x_{ia} - z_{ib})^2\) over rows a and landmarks b, `[E, k]`."""
        k = self.marks.shape[1]
        parts = torch.cat([torch.ones_like(self.marks[:, :1]), self.marks, self.marks.square()], 1) @ w
        x = self.scaled
        return (x * (x * parts[:, :1] - 2 * parts[:, 1 : 1 + k])).sum(2) + parts[:, 1 + k :].sum(2)


def _product(left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    """`left @ right` of a batch `[E, p, q]` and `[E, q, n]`, written to `out` `[E, p, n]`."""
    if right.shape[2] < LONG or is_intel() or not is_for_one_dnn(left, right):
        return torch.bmm(left, right, out=out)
    parts = (part.unbind(0) for part in (left, right.transpose(1, 2), out))
    for one, other, place in zip(*parts, strict=True):
        place.copy_(one_dnn_product(one, other))
    return out


def _distances(z: Tensor) -> Tensor:
    """Squared distances of all pairs of points, `[E, k, m]` to `[E, m, m]`, without cancellation."""
    first, *others = z.unbind(1)
    total = (first[:, :, None] - first[:, None]).square()
    for coordinate in others:
        total += (coordinate[:, :, None] - coordinate[:, None]).square()
    return total


class Secant:
    """A bounded variable that climbs along every entry by itself, guided by how the gradient changes.

    Where the gradient falls along the last move, the next one goes to where it would be zero; where it rises,
    one goes on. A move is at most twice as long as the last one.

    Args:
        start: Where to begin.
        bounds: Of every entry.
        first: Length of the first move, where no curvature is known.
        curvature: Second derivatives, sign turned, of earlier climbs close by; NaN where there are none.
    """

    LONGEST, SHORTEST = 1.5, 0.05

    def __init__(self, start: Tensor, bounds: tuple[float, float], first: float, curvature: Tensor) -> None:
        self.value, self.bounds, self.curvature = start.clone(), bounds, curvature
        self.cap = torch.full_like(start, first)
        self.last = self.move = torch.zeros_like(start)
        self.moved = False

    def climb(self, gradient: Tensor) -> None:
        """Move every entry along its gradient."""
        gradient = torch.nan_to_num(gradient)
        if self.moved:
            change = (self.last - gradient) / self.move
            self.curvature = torch.where(self.move == 0, self.curvature, change)
            self.cap = (2 * self.move.abs()).clamp(self.SHORTEST, self.LONGEST)
        newton = gradient / self.curvature
        ahead = gradient.sign() * self.cap
        move = torch.where(self.curvature > 0, newton, ahead)
        value = (self.value + move.clamp(-self.cap, self.cap)).clamp(*self.bounds)
        self.last, self.move, self.value, self.moved = gradient, value - self.value, value, True

    def take(self, index: Tensor) -> None:
        """Go on with some of the batch only."""
        for name in ("value", "curvature", "cap", "last", "move"):
            setattr(self, name, getattr(self, name)[index])
