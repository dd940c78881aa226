r"""Evidence of Gaussian process regression: the score for nonlinear mechanisms.

The regression of `y = x_j` on its `k` parents has a constant, a linear and a squared exponential part,

.. math:: 1 + \tfrac1k x^\top x' + \exp\big(-\tfrac12 \sum_i (x_i - x'_i)^2 / \ell_i^2\big),

with one length scale per parent, so that a parent that matters little costs little. The last part is seen
through \(m\) landmarks \(z\), rows of the table: regression on the features \(K_{xz} L^{-\top}\), where
\(L L^\top = K_{zz}\) (Williams and Seeger, 2001). A few sign-gradient steps (Rprop; Riedmiller and Braun,
1993) climb its evidence over the length scales and the noise ratio, for a whole batch of parent sets at
once. A set starts where the best known set with one parent more or less ended.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from discovery.search.local_scores import Parents
from foundation_causal.types import Array

HOPELESS = -1e30  # finite, because searches subtract scores
BATCH = 64  # sets of parents whose evidence is climbed together
LOG_NOISE_RATIO = (math.log(1e-5), math.log(10.0))
LOG_LENGTH = (-1.5, 4.0)
JITTER = 1e-4


class Fitted(NamedTuple):
    """Hyperparameters of a set of parents, and its log evidence."""

    log_length: dict[int, float]
    log_ratio: float
    evidence: float


class ProcessScore:
    r"""Log evidence for sets of parents by Gaussian process regression.

    Where the residuals are closer to Laplace than to Gaussian noise, the likelihood is that of Laplace
    noise and the Occam factor that of the Gaussian fit.

    Args:
        x: Standardized rows `[n, d]`.
        landmarks: Number `m` of landmarks, evenly spread over the rows as they come.
        steps: Gradient steps over the hyperparameters, for sets that start anew and for those that go on from
            another.
        usable: Bool `[n, d]`: the rows that count for each variable's own regression; all of them if None.
    """

    def __init__(
        self,
        x: Array,
        *,
        landmarks: int = 64,
        steps: tuple[int, int] = (8, 3),
        usable: NDArray[np.bool_] | None = None,
    ) -> None:
        self.x = torch.tensor(x, dtype=torch.float32)
        self.steps = steps
        self.landmarks = torch.linspace(0, len(x) - 1, min(landmarks, len(x))).long()
        partial = usable is not None and not usable.all()
        self.weight = torch.tensor(usable, dtype=torch.float32) if partial else None
        self.fitted: dict[tuple[int, Parents], Fitted] = {}

    def __call__(self, requests: list[tuple[int, Parents]]) -> list[float]:
        """The log evidence of every `(j, parents)`; what is not known yet is fitted in batches."""
        starts = {request: self._relative(*request) for request in requests}
        for steps, fresh in zip(self.steps, (True, False), strict=True):
            part = [request for request, start in starts.items() if (start is None) == fresh]
            # Sets of like size share a batch, because a batch is padded to its largest set.
            part.sort(key=lambda request: len(request[1]))
            for k in range(0, len(part), BATCH):
                self._fit({request: starts[request] for request in part[k : k + BATCH]}, steps)
        return [self.fitted[request].evidence for request in requests]

    def _relative(self, j: int, parents: Parents) -> Fitted | None:
        """The fit of the best known set with one parent less or more."""
        near = [self.fitted.get((j, parents ^ {i})) for i in range(self.x.shape[1])]
        return max((fit for fit in near if fit is not None), key=lambda fit: fit.evidence, default=None)

    def _fit(self, starts: dict[tuple[int, Parents], Fitted | None], steps: int) -> None:
        """Climb from these starts, and keep where every set was best."""
        y, x, mask, weight = self._rows(list(starts))
        size = mask.sum(1).clamp_min(1)
        linear = torch.cat([torch.ones_like(y)[:, :, None], x / size.sqrt()[:, None, None]], 2)
        lengths, ratio = _start(starts, mask.shape[1])
        best, at = torch.full_like(size, -math.inf), torch.cat([lengths.value, ratio.value[:, None]], 1)
        for step in range(steps + 1):
            scaled = x * ((-lengths.value).exp() * mask)[:, None]
            kernel = Kernel(scaled, scaled[:, self.landmarks])
            fit = Regression(torch.cat([linear, kernel.features], 2), y, ratio.value.exp(), weight)
            evidence = fit.evidence()
            here = torch.cat([lengths.value, ratio.value[:, None]], 1)
            best, at = torch.maximum(best, evidence), torch.where((evidence > best)[:, None], here, at)
            if step == steps:
                break
            lengths.climb(kernel.log_length_gradient(fit.design_gradient()[:, :, linear.shape[2] :]))
            ratio.climb(fit.log_ratio_gradient())
        rows = torch.tensor(float(len(self.x))) if weight is None else weight.sum((1, 2))
        values = (best - 0.5 * rows.log()).tolist()
        for (j, parents), end, value in zip(starts, at.tolist(), values, strict=True):
            length = dict(zip(sorted(parents), end, strict=False))  # the rest is padding and the noise ratio
            self.fitted[j, parents] = Fitted(length, end[-1], value)

    def _rows(self, requests: list[tuple[int, Parents]]) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        """The rows of a batch of regressions.

        Returns:
            Targets `[E, n]`, parents `[E, n, k]` padded with zeros, which of them are real `[E, k]`, and
            which rows count `[E, n, 1]`.
        """
        targets = [j for j, _ in requests]
        widest = max(1, max(len(parents) for _, parents in requests))
        index = torch.zeros(len(requests), widest, dtype=torch.long)
        mask = torch.zeros(len(requests), widest)
        for e, (_, parents) in enumerate(requests):
            index[e, : len(parents)] = torch.tensor(sorted(parents), dtype=torch.long)
            mask[e, : len(parents)] = 1
        y, x = self.x.T[targets], self.x.T[index].transpose(1, 2) * mask[:, None]
        if self.weight is None:
            return y, x, mask, None
        weight = self.weight.T[targets][:, :, None]
        return centred(y[:, :, None], weight).squeeze(2), centred(x, weight), mask, weight


def _start(starts: dict[tuple[int, Parents], Fitted | None], widest: int) -> tuple[Rprop, Rprop]:
    """Log length scales `[E, k]` and log noise ratios `[E]` to climb from."""
    length = torch.zeros(len(starts), widest)
    ratio = torch.full((len(starts),), math.log(0.05))
    for e, ((_, parents), start) in enumerate(starts.items()):
        fresh = 0.7 + 0.5 * math.log(max(len(parents), 1))
        known = {} if start is None else start.log_length
        length[e, : len(parents)] = torch.tensor([known.get(i, fresh) for i in sorted(parents)])
        if start is not None:
            ratio[e] = start.log_ratio
    return Rprop(length, 0.6, LOG_LENGTH), Rprop(ratio, 0.8, LOG_NOISE_RATIO)


def centred(x: Tensor, weight: Tensor) -> Tensor:
    """`x` `[E, n, k]` less its mean over the rows of weight 1, `[E, n, 1]`."""
    return x - (x * weight).sum(1, keepdim=True) / weight.sum(1, keepdim=True)


class Kernel:
    """Squared exponential kernel between rows and landmarks, as features `[E, n, m]`.

    Args:
        x: Rows `[E, n, k]` in units of the length scales.
        z: Landmarks `[E, m, k]` in units of the length scales.
    """

    def __init__(self, x: Tensor, z: Tensor) -> None:
        self.x, self.z = x, z
        distance = x.square().sum(2)[:, :, None] + z.square().sum(2)[:, None] - 2 * x @ z.transpose(1, 2)
        self.rows = torch.exp(-0.5 * distance.clamp_min(0))
        exact = torch.cdist(z, z, compute_mode="donot_use_mm_for_euclid_dist").square()
        self.inner = torch.exp(-0.5 * exact)
        # These distances are exact, so that rounding stays far below the jitter even with heavy tails.
        self.factor = torch.linalg.cholesky(self.inner + JITTER * torch.eye(z.shape[1], dtype=z.dtype))
        whitened = torch.linalg.solve_triangular(self.factor, self.rows.transpose(1, 2), upper=False)
        self.features = whitened.transpose(1, 2)

    def log_length_gradient(self, slope: Tensor) -> Tensor:
        """Derivative `[E, k]` by the log length scales, from that by the features `[E, n, m]`.

        It holds for functions of `features @ features.T`, which rotating the features leaves as they are.
        """
        by_rows = torch.linalg.solve_triangular(self.factor, slope, upper=False, left=False)
        by_inner = self.features.transpose(1, 2) @ slope
        by_inner = torch.linalg.solve_triangular(self.factor.transpose(1, 2), by_inner, upper=True)
        by_inner = -0.5 * torch.linalg.solve_triangular(self.factor, by_inner, upper=False, left=False)
        return _spread(by_rows * self.rows, self.x, self.z) + _spread(by_inner * self.inner, self.z, self.z)


def _spread(w: Tensor, x: Tensor, z: Tensor) -> Tensor:
    r"""\(\sum_{ab} w_{ab} (x_{ai} - z_{bi})^2\), `[E, k]`."""
    return (
        (w.sum(2)[:, :, None] * x.square()).sum(1)
        + (w.sum(1)[:, :, None] * z.square()).sum(1)
        - 2 * (x * (w @ z)).sum(1)
    )


class Regression:
    r"""Bayesian linear regression of `y` `[E, n]` on `design` `[E, n, P]` at noise ratio `[E]`.

    With weights of prior variance \(s^2 / \lambda\), noise variance \(s^2\), features \(\Phi\) and
    \(A = \Phi^\top \Phi + \lambda I\), the evidence after maximizing over \(s^2\) is

    .. math:: -\tfrac n2 (\log 2 \pi s^2 + 1) - \tfrac12 \log |A| + \tfrac P2 \log \lambda, \qquad
        n s^2 = y^\top y - y^\top \Phi A^{-1} \Phi^\top y.

    `weight` `[E, n, 1]`, of zeros and ones, says which rows count; all of them if None.
    """

    def __init__(self, design: Tensor, y: Tensor, ratio: Tensor, weight: Tensor | None = None) -> None:
        self.n: int | Tensor = design.shape[1]
        if weight is not None:
            design, y = design * weight, y * weight.squeeze(2)
            self.n = weight.sum((1, 2))
        self.design, self.ratio = design, ratio
        self.p = design.shape[2]
        gram = design.transpose(1, 2) @ design
        gram.diagonal(dim1=1, dim2=2).add_(ratio[:, None])
        factor, failed = torch.linalg.cholesky_ex(gram)
        self.solved = failed == 0
        eye = torch.eye(self.p, dtype=gram.dtype, device=gram.device)
        self.factor = torch.where(self.solved[:, None, None], factor, eye)
        target = design.transpose(1, 2) @ y[:, :, None]
        self.weights = torch.cholesky_solve(target, self.factor)
        self.residual = y - (design @ self.weights).squeeze(2)
        # y'y less what is explained, without the cancellation that would round to evidence for nothing.
        unexplained = self.residual.square().sum(1) + ratio * self.weights.square().sum((1, 2))
        self.variance = (unexplained / self.n).clamp_min(1e-6)

    def evidence(self) -> Tensor:
        """Log evidence `[E]`, with Laplace noise where that explains the residuals better.

        HOPELESS where rounding left a Gram matrix that cannot be factorized.
        """
        log_det = 2 * self.factor.diagonal(dim1=1, dim2=2).log().sum(1) - self.p * self.ratio.log()
        evidence = self._gaussian(self.variance) - 0.5 * log_det
        laplace = -self.n * ((2 * self.residual.abs().sum(1) / self.n).clamp_min(1e-6).log() + 1)
        gain = laplace - self._gaussian((self.residual.square().sum(1) / self.n).clamp_min(1e-6))
        return torch.where(self.solved, evidence + gain.clamp_min(0), HOPELESS)

    def design_gradient(self) -> Tensor:
        """Derivative of the Gaussian evidence by the design, `[E, n, P]`."""
        self.inverse = torch.cholesky_inverse(self.factor)
        pull = self.residual[:, :, None] * (self.weights.transpose(1, 2) / self.variance[:, None, None])
        return pull - self.design @ self.inverse

    def log_ratio_gradient(self) -> Tensor:
        """Derivative of the Gaussian evidence by the log noise ratio, `[E]`; call after `design_gradient`."""
        trace = self.inverse.diagonal(dim1=1, dim2=2).sum(1)
        slope = 0.5 * (self.p - self.ratio * (trace + self.weights.square().sum((1, 2)) / self.variance))
        return torch.where(self.solved, slope, 1.0)

    def _gaussian(self, variance: Tensor) -> Tensor:
        return -0.5 * self.n * ((2 * math.pi * variance).log() + 1)


class Rprop:
    """A bounded variable that climbs by the sign of its gradient, with a step per entry."""

    def __init__(self, start: Tensor, step: float, bounds: tuple[float, float]) -> None:
        self.value, self.bounds = start.clone(), bounds
        self.step = torch.full_like(self.value, step)
        self.last = torch.zeros_like(self.value)

    def climb(self, gradient: Tensor) -> None:
        """Take a step of every entry along its gradient."""
        sign = torch.nan_to_num(gradient).sign()
        agree = sign * self.last
        factor = torch.where(agree > 0, 1.2, torch.where(agree < 0, 0.4, 1.0))
        self.step = (self.step * factor).clamp(0.02, 1.5)
        self.value = (self.value + sign * self.step).clamp(*self.bounds)
        self.last = sign
