r"""Evidence of Gaussian process regression: the score for nonlinear mechanisms.

The regression of `y = x_j` on its parents is that of :mod:`discovery.search.curved.landmark_process`, with
one length scale per parent, so that a parent that matters little costs little. A few steps climb its evidence
over the length scales and the noise ratio, for a whole batch of parent sets at once. A set starts where the
best of the known sets closest to it ended, and stops as soon as it lies hopelessly below all of these: most
of the parents that a search tries to take away are needed, which a single evaluation shows. A set that is
better than the one it started from goes on, so that what others are compared with has no easy steps left.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from discovery.search.curved.landmark_process import JITTER, Regressions, Secant
from discovery.search.local_scores import Parents
from discovery.search.shaped_score import shape_gains, tree_depth
from foundation_causal.types import Array

Request = tuple[int, Parents]

BATCH_ROWS = 12800  # rows of all regressions that are climbed together; they fit into a processor's cache
LOG_NOISE_RATIO = (math.log(1e-5), math.log(10.0))
LOG_LENGTH = (-1.5, 4.0)
FIRST_LENGTH, ADDED_LENGTH = 0.3, 1.7  # of one parent: where a set starts, and where one more parent does
FIRST_RATIO = math.log(0.1)
FIRST_MOVE = 0.5  # in the logarithm, where nothing is known of the curvature
# Nats by which a set may lie below all sets close to it when it starts, and after a step, without being given
# up: hyperparameters that are better by so much may still be found. More rows show as much more.
HOPELESS_LOSS, ROWS_OF_LOSS = (12.0, 8.0), 400


class Fitted(NamedTuple):
    """Where a set of parents ended.

    Attributes:
        evidence: Its log evidence.
        log_length: Of every parent.
        log_ratio: The log noise ratio.
        curvature: Second derivatives of the evidence, sign turned, by the logs of the length scales and of
            the noise ratio.
        start: The set of the same variable that it started from, if any.
        given_up: Whether it was hopeless.
    """

    evidence: float
    log_length: dict[int, float]
    log_ratio: float
    curvature: list[float]
    start: Request | None = None
    given_up: bool = False


class ProcessScore:
    r"""Log evidence for sets of parents by Gaussian process regression.

    The noise has a shape of its own at every node, as in :mod:`discovery.search.shaped_score`; the Occam
    factor is that of the Gaussian fit.

    Args:
        x: Standardized rows `[n, d]`.
        landmarks: Number `m` of landmarks, evenly spread over the rows as they come.
        steps: Steps over the hyperparameters, for sets that start anew or from afar, and for those that go on
            from a set with one parent less or more.
        usable: Bool `[n, d]`: the rows that count for each variable's own regression; all of them if None.
        device: Where the batches are computed, as torch names it.
    """

    def __init__(
        self,
        x: Array,
        *,
        landmarks: int = 64,
        steps: tuple[int, int] = (6, 2),
        usable: NDArray[np.bool_] | None = None,
        device: str = "cpu",
    ) -> None:
        self.x = torch.tensor(x.T, dtype=torch.float32, device=device).contiguous()
        self.n = len(x)
        own = range(x.shape[1])
        self.depth = torch.tensor(
            [tree_depth(x[:, j] if usable is None else x[usable[:, j], j]) for j in own], device=device
        )
        self.rows = torch.tensor(np.full(x.shape[1], self.n) if usable is None else usable.sum(0)).float()
        self.steps = steps
        self.landmarks = torch.linspace(0, self.n - 1, min(landmarks, self.n)).long().to(device)
        self.weight: Tensor | None = None
        if usable is not None and not usable.all():
            self.weight = torch.tensor(usable.T, dtype=torch.float32, device=device)
        self.fitted: dict[Request, Fitted] = {}
        self.looks: dict[Request, float] = {}
        self.sets: list[list[Parents]] = [[] for _ in range(x.shape[1])]

    def __call__(self, requests: list[Request]) -> list[float]:
        """The log evidence of every `(j, parents)`; what is not known yet is fitted in batches."""
        wanted = [request for request in dict.fromkeys(requests) if request not in self.fitted]
        near = {request: self._near(*request) for request in wanted}
        far = {r for r, others in near.items() if not others or len(r[1] ^ others[0][1]) > 1}
        for is_far, steps in zip((True, False), self.steps, strict=True):
            for batch in self.batches(request for request in wanted if (request in far) == is_far):
                self._fit({request: near[request] for request in batch}, steps)
        for batch in self.batches(request for request in wanted if self._leads(request)):
            self._go_on(batch, self.steps[1])
        for j, parents in wanted:
            self.sets[j].append(parents)
        return [self.fitted[request].evidence for request in requests]

    def first_look(self, requests: list[Request]) -> list[float]:
        """The log evidence of every `(j, parents)` where its climb would start if nothing else were known."""
        unknown = [request for request in requests if request not in self.looks]
        self.looks |= {(j, parents): self._alone(j) for j, parents in unknown if not parents}
        for batch in self.batches(request for request in unknown if request[1]):
            climbs = self.climb(dict.fromkeys(batch), 0, [-math.inf] * len(batch))
            self.looks |= {request: climb.evidence for request, climb in climbs.items()}
        return [self.looks[request] for request in requests]

    def adopt(self, other: ProcessScore) -> None:
        """Take over what another score of as many rows knows of variables that are alike in both."""
        alike = (self.x == other.x).all(1).tolist()

        def shared(request: Request) -> bool:
            return alike[request[0]] and all(alike[i] for i in request[1])

        self.looks |= {request: look for request, look in other.looks.items() if shared(request)}
        for request in filter(shared, other.fitted):
            if request not in self.fitted:
                self.fitted[request] = other.fitted[request]
                self.sets[request[0]].append(request[1])

    def _alone(self, j: int) -> float:
        """The first look at a variable without parents, all of whose features are constant."""
        y, n, ratio = self.x[j], float(self.rows[j]), math.exp(FIRST_RATIO)
        weight = torch.ones_like(y) if self.weight is None else self.weight[j]
        y = y if self.weight is None else centred(y, weight) * weight
        m = len(self.landmarks)
        square = 1 + m / (m + JITTER)  # of the features of a row, all taken together
        pull = square * float(y @ weight) / (ratio + square * n)
        residual = y - pull * weight
        variance = max(float(y @ residual) / n, 1e-6)
        gaussian = -0.5 * n * (math.log(2 * math.pi * variance) + 1) - 0.5 * math.log1p(square * n / ratio)
        shape = shape_gains(residual[None], self.depth[[j]], None if self.weight is None else weight[None])
        return gaussian + float(shape) - 0.5 * math.log(n)

    def batches(self, requests: Iterable[Request]) -> Iterator[list[Request]]:
        """The requests in batches; sets of like size share one, as it is padded to its largest set."""
        ordered = sorted(requests, key=lambda request: len(request[1]))
        size = max(1, BATCH_ROWS // self.n) if self.x.device.type == "cpu" else max(1, len(ordered))
        for k in range(0, len(ordered), size):
            yield ordered[k : k + size]

    def _near(self, j: int, parents: Parents) -> list[Request]:
        """The known sets with the fewest parents less or more, the best first."""
        apart = [len(parents ^ other) for other in self.sets[j]]
        least = min(apart, default=0)
        near = [(j, other) for other, k in zip(self.sets[j], apart, strict=True) if k == least]
        return sorted(near, key=lambda request: -self.fitted[request].evidence)

    def _fit(self, near: dict[Request, list[Request]], steps: int) -> None:
        """Climb from the best of the sets that are near, and keep where every set was best."""
        starts = {request: others[0] if others else None for request, others in near.items()}
        known = {r: None if start is None else self.fitted[start] for r, start in starts.items()}
        fits = self.climb(known, steps, [self._lowest(r, others) for r, others in near.items()])
        for request, fit in fits.items():
            self.fitted[request] = fit._replace(start=starts[request])

    def _leads(self, request: Request) -> bool:
        """Whether a set is the first of its variable, or better than the one it started from."""
        fit = self.fitted[request]
        return fit.start is None or fit.evidence > self.fitted[fit.start].evidence

    def _go_on(self, requests: list[Request], steps: int) -> None:
        """Climb further; what others are compared with should not be the one with steps left to take."""
        starts = {request: self.fitted[request] for request in requests}
        for request, fit in self.climb(starts, steps, [-math.inf] * len(starts)).items():
            self.fitted[request] = fit._replace(start=starts[request].start)

    def _lowest(self, request: Request, others: list[Request]) -> float:
        """The lowest evidence of the sets with one parent less or more; sets further away tell little."""
        close = [o for o in others if len(o[1] ^ request[1]) == 1]
        return min((self.fitted[o].evidence for o in close), default=-math.inf)

    def climb(
        self, starts: Mapping[Request, Fitted | None], steps: int, lowest: Sequence[float]
    ) -> dict[Request, Fitted]:
        """Climb the evidence of a batch of sets.

        Args:
            starts: Where each set starts; None for a set of whose variable nothing is known.
            steps: How many steps to take.
            lowest: A set that lies far below this evidence, `[E]`, is given up.
        """
        climb = _Climb(self._regressions(list(starts)), *_climbers(starts, self.x.device))
        penalty = 0.5 * self.rows[[j for j, _ in starts]].log()
        floor = (torch.tensor(lowest) + penalty).to(self.x.device)
        for step in range(steps):
            climb.look()
            if step < len(HOPELESS_LOSS):
                climb.give_up(floor - HOPELESS_LOSS[step] * max(1.0, self.n / ROWS_OF_LOSS))
            if not len(climb.alive):
                break
            climb.step()
        climb.look()
        values, at = (climb.best.cpu() - penalty).tolist(), climb.at.tolist()
        ends = zip(starts, values, at, climb.curvature.tolist(), climb.lost.tolist(), strict=True)
        return {
            (j, pa): Fitted(
                value,
                dict(zip(sorted(pa), end, strict=False)),  # the rest is padding and the noise ratio
                end[-1],
                [*bends[: len(pa)], bends[-1]],
                given_up=lost,
            )
            for (j, pa), value, end, bends, lost in ends
        }

    def _regressions(self, requests: list[Request]) -> Regressions:
        """The regressions of a batch of requests, parents padded with zeros."""
        targets = [j for j, _ in requests]
        index = torch.zeros(len(requests), _width(requests), dtype=torch.long)
        mask = torch.zeros(index.shape)
        for e, (_, parents) in enumerate(requests):
            index[e, : len(parents)] = torch.tensor(sorted(parents), dtype=torch.long)
            mask[e, : len(parents)] = 1
        mask = mask.to(self.x.device)
        y, x = self.x[targets], self.x[index.to(self.x.device)] * mask[:, :, None]
        places = self.landmarks, self.depth[targets]
        if self.weight is None:
            return Regressions(y, x, mask, *places)
        weight = self.weight[targets]
        return Regressions(centred(y, weight), centred(x, weight[:, None]), mask, *places, weight)


class _Climb:
    """Evidences of a batch as they climb; the best of each, `[E]`, and where it was, `[E, k + 1]`."""

    def __init__(self, regressions: Regressions, lengths: Secant, ratio: Secant) -> None:
        self.regressions, self.lengths, self.ratio = regressions, lengths, ratio
        self.at = self._joined(lengths.value, ratio.value)
        self.curvature = self._joined(lengths.curvature, ratio.curvature)
        self.best = torch.full_like(ratio.value, -math.inf)
        self.lost = torch.zeros_like(self.best, dtype=torch.bool)
        self.alive = torch.arange(len(self.best), device=self.best.device)

    def look(self) -> None:
        """Evaluate where every climb is now."""
        if not len(self.alive):
            return
        evidence = self.regressions.evaluate(self.lengths.value, self.ratio.value)
        best, alive = self.best[self.alive], self.alive
        here = self._joined(self.lengths.value, self.ratio.value)
        self.at[alive] = torch.where((evidence > best)[:, None], here, self.at[alive])
        self.best[alive] = torch.maximum(best, evidence)
        self.curvature[alive] = self._joined(self.lengths.curvature, self.ratio.curvature)

    def give_up(self, floor: Tensor) -> None:
        """Leave the climbs out of which none has reached the floor, `[E]`."""
        lost = self.best[self.alive] < floor[self.alive]
        if bool(lost.any()):
            self.lost[self.alive[lost]] = True
            kept = (~lost).nonzero()[:, 0]
            self.alive = self.alive[kept]
            for part in (self.regressions, self.lengths, self.ratio):
                part.take(kept)

    def step(self) -> None:
        """Move all that are left."""
        slopes = self.regressions.slopes()
        self.lengths.climb(slopes.log_length)
        self.ratio.climb(slopes.log_ratio)

    @staticmethod
    def _joined(lengths: Tensor, ratio: Tensor) -> Tensor:
        return torch.cat([lengths, ratio[:, None]], 1)


def _width(requests: Sequence[Request]) -> int:
    return max(1, max(len(parents) for _, parents in requests))


def _climbers(starts: Mapping[Request, Fitted | None], device: torch.device) -> tuple[Secant, Secant]:
    """Log length scales `[E, k]` and log noise ratios `[E]` to climb from."""
    width = _width(list(starts))
    length, ratio = torch.zeros(len(starts), width), torch.full((len(starts),), FIRST_RATIO)
    bends = torch.full((len(starts), width + 1), math.nan)
    for e, ((_, parents), start) in enumerate(starts.items()):
        first = (FIRST_LENGTH if start is None else ADDED_LENGTH) + 0.5 * math.log(max(len(parents), 1))
        known = {} if start is None else start.log_length
        length[e, : len(parents)] = torch.tensor([known.get(i, first) for i in sorted(parents)])
        if start is None:
            continue
        ratio[e], bends[e, -1] = start.log_ratio, start.curvature[-1]
        bend = dict(zip(sorted(known), start.curvature, strict=False))
        bends[e, : len(parents)] = torch.tensor([bend.get(i, math.nan) for i in sorted(parents)])
    length, ratio, bends = length.to(device), ratio.to(device), bends.to(device)
    lengths = Secant(length, LOG_LENGTH, FIRST_MOVE, bends[:, :-1])
    return lengths, Secant(ratio, LOG_NOISE_RATIO, FIRST_MOVE, bends[:, -1])


def centred(x: Tensor, weight: Tensor) -> Tensor:
    """`x` less its mean over the rows, the last axis, of weight 1."""
    return x - (x * weight).sum(-1, keepdim=True) / weight.sum(-1, keepdim=True)
