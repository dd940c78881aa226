r"""Evidence of Gaussian process regression: the score for nonlinear mechanisms.

The regression of `y = x_j` on its parents is that of :mod:`discovery.search.curved.landmark_process`, with
one length scale per parent, so that a parent that matters little costs little. A few steps climb its evidence
under Gaussian noise over the length scales and the noise ratio, for a whole batch of parent sets at once. A
set starts where the best of the known sets closest to it ended, and a parent that this one lacks where the
best set that has it ended. It is given up at the first look if that is hopeless: most of the parents that a
search tries to add are useless and most that it tries to take away are needed, which one evaluation shows. A
set that is better than the one it started from goes on, so that what others are compared with has no easy
steps left. The noise is judged once, where the climb was best.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from discovery.search.curved.landmark_process import JITTER, Regressions, Secant
from discovery.search.curved.scaled_noise import noise_gains
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
# Nats by which a set may lie below what it is compared with at the first look without being given up: steps
# may still find them. A set with one parent more is compared with the set that it grew from, one with a
# parent less with the worst of the sets close to it. More rows show as much more.
MOST_BEHIND, MOST_BEHIND_WORST, ROWS_OF_LOSS = 4.0, 12.0, 400


class Fitted(NamedTuple):
    """Where a set of parents ended.

    Attributes:
        evidence: Its log evidence.
        gaussian: The same under Gaussian noise of one scale.
        log_length: Of every parent.
        log_ratio: The log noise ratio.
        bends: Second derivatives of the Gaussian evidence, sign turned, by the logs of the length scales.
        ratio_bend: The same by the log of the noise ratio.
    """

    evidence: float
    gaussian: float
    log_length: dict[int, float]
    log_ratio: float
    bends: dict[int, float]
    ratio_bend: float

    def for_parents(self, parents: Parents, d: int) -> Fitted:
        """The same of other parents, of whom `d + i` has what `i` had."""
        lengths, bends = ({i: part[i % d] for i in parents} for part in (self.log_length, self.bends))
        return self._replace(log_length=lengths, bends=bends)


class Start(NamedTuple):
    """Where a set of parents starts.

    Attributes:
        fit: Where a set close to it ended; None if nothing is known of its variable.
        is_near: Whether that is one parent less or more.
        hopeless: Gaussian evidence below which it is given up at the first look.
        lead: Gaussian evidence from which on it is better than what it started from.
    """

    fit: Fitted | None = None
    is_near: bool = False
    hopeless: float = -math.inf
    lead: float = -math.inf


class ProcessScore:
    r"""Log evidence for sets of parents by Gaussian process regression.

    The noise has a shape of its own at every node, as in :mod:`discovery.search.shaped_score`; the Occam
    factor is that of the Gaussian fit.

    Args:
        x: Standardized rows `[n, d]`.
        landmarks: Number `m` of landmarks, evenly spread over the rows as they come.
        steps: Steps over the hyperparameters, for sets that start anew or from afar, and for those that go on
            from a set with one parent less or more; and further ones, for those that are better than where
            they started, as others will start from there.
        usable: Bool `[n, d]`: the rows that count for each variable's own regression; all of them if None.
        device: Where the batches are computed, as torch names it.
    """

    def __init__(
        self,
        x: Array,
        *,
        landmarks: int = 64,
        steps: tuple[int, int, int] = (6, 1, 2),
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
        self.best_with: dict[tuple[int, int], Fitted] = {}

    def __call__(self, requests: list[Request]) -> list[float]:
        """The log evidence of every `(j, parents)`; what is not known yet is fitted in batches."""
        wanted = [request for request in dict.fromkeys(requests) if request not in self.fitted]
        starts = {request: self._start(*request) for request in wanted}
        *first, further = self.steps
        for is_near, steps in zip((False, True), first, strict=True):
            for batch in self.batches(r for r, start in starts.items() if start.is_near == is_near):
                self.fitted |= self.climb({request: starts[request] for request in batch}, steps, further)
        for j, parents in wanted:
            self.sets[j].append(parents)
            self._remember(j, parents)
        return [self.fitted[request].evidence for request in requests]

    def first_look(self, requests: list[Request]) -> list[float]:
        """The log evidence of every `(j, parents)` where its climb would start if nothing else were known."""
        unknown = [request for request in requests if request not in self.looks]
        alone = [j for j, parents in unknown if not parents]
        self.looks |= {(j, frozenset()): look for j, look in zip(alone, self._alone(alone), strict=True)}
        for batch in self.batches(request for request in unknown if request[1]):
            climbs = self.climb(dict.fromkeys(batch, Start()), 0)
            self.looks |= {request: climb.evidence for request, climb in climbs.items()}
        return [self.looks[request] for request in requests]

    def adopt(self, other: ProcessScore) -> None:
        """Take over what another score of as many rows knows of variables that are alike in both."""
        shared = self.shared_with(other)
        self.looks |= {request: look for request, look in other.looks.items() if shared(request)}
        for request in filter(shared, other.fitted):
            if request not in self.fitted:
                self.fitted[request] = other.fitted[request]
                self.sets[request[0]].append(request[1])
                self._remember(*request)

    def shared_with(self, other: ProcessScore) -> Callable[[Request], bool]:
        """Whether the variables of a request are alike in another score of as many rows."""
        alike = (self.x == other.x).all(1).tolist()
        return lambda request: alike[request[0]] and all(alike[i] for i in request[1])

    def left_over(self, requests: list[Request]) -> Tensor:
        """What parents leave over of each variable where their evidence was best, `[requests, n]`."""
        self(requests)
        residual = self.x.new_zeros(len(requests), self.n)
        places = {request: place for place, request in enumerate(requests)}
        for batch in self.batches(requests):
            starts = {request: Start(self.fitted[request]) for request in batch}
            climb = _Climb(self._regressions(batch), *_climbers(starts, self.x.device))
            climb.look()
            residual[[places[request] for request in batch]] = climb.residual
        return residual

    def beside(self, more: Array, starts: Mapping[Request, Request], steps: int) -> list[float]:
        """The log evidence of sets that have further columns in place of parents; little of hopeless ones.

        Args:
            more: The further columns `[n, d]`, of which `i` takes the place of the parent `i` and is called
                `d + i`.
            starts: The sets, each with a set of true parents of the same variable, where it starts.
            steps: How many steps it takes from there.
        """
        d = len(self.x)
        wider = copy(self)
        wider.x = torch.cat([self.x, torch.tensor(more.T, dtype=self.x.dtype, device=self.x.device)])
        wider.weight = None  # all rows count for the variables that are asked about
        self(list(starts.values()))
        behind = MOST_BEHIND_WORST * max(1.0, self.n / ROWS_OF_LOSS)
        found: dict[Request, Fitted] = {}
        for batch in wider.batches(starts):
            fits = {request: self.fitted[starts[request]].for_parents(request[1], d) for request in batch}
            begun = {request: Start(fit, hopeless=fit.gaussian - behind) for request, fit in fits.items()}
            found |= wider.climb(begun, steps)
        return [found[request].evidence for request in starts]

    def _alone(self, own: list[int]) -> list[float]:
        """The first look at variables without parents, all of whose features are constant."""
        if not own:
            return []
        y, n, ratio = self.x[own], self.rows[own].to(self.x.device), math.exp(FIRST_RATIO)
        weight = None if self.weight is None else self.weight[own]
        if weight is None:
            total = y.sum(1)
        else:
            y = centred(y, weight) * weight
            total = (y * weight).sum(1)
        m = len(self.landmarks)
        square = 1 + m / (m + JITTER)  # of the features of a row, all taken together
        pull = square * total / (ratio + square * n)
        residual = y - (pull[:, None] if weight is None else pull[:, None] * weight)
        variance = ((y * residual).sum(1) / n).clamp_min(1e-6)
        gaussian = -0.5 * n * ((2 * math.pi * variance).log() + 1) - 0.5 * (square * n / ratio).log1p()
        looks: list[float] = (
            gaussian + shape_gains(residual, self.depth[own], weight) - 0.5 * n.log()
        ).tolist()
        return looks

    def batches(self, requests: Iterable[Request]) -> Iterator[list[Request]]:
        """The requests in batches; sets of like size share one, as it is padded to its largest set."""
        ordered = sorted(requests, key=lambda request: len(request[1]))
        size = max(1, BATCH_ROWS // self.n) if self.x.device.type == "cpu" else max(1, len(ordered))
        for k in range(0, len(ordered), size):
            yield ordered[k : k + size]

    def _start(self, j: int, parents: Parents) -> Start:
        """Where the best of the known sets with the fewest parents less or more ended."""
        apart = [len(parents ^ other) for other in self.sets[j]]
        least = min(apart, default=0)
        near = [self.fitted[j, pa] for pa, k in zip(self.sets[j], apart, strict=True) if k == least]
        if not near:
            return Start()
        best = max(near, key=lambda fit: fit.evidence)
        new = {i: self.best_with[j, i] for i in parents - best.log_length.keys() if (j, i) in self.best_with}
        start = best._replace(
            log_length=best.log_length | {i: fit.log_length[i] for i, fit in new.items()},
            bends=best.bends | {i: fit.bends[i] for i, fit in new.items()},
        )
        if least > 1:
            return Start(start, lead=best.gaussian)
        more = max(1.0, self.n / ROWS_OF_LOSS)
        if best.log_length.keys() < parents:
            hopeless = best.gaussian - MOST_BEHIND * more
        else:
            hopeless = min(fit.gaussian for fit in near) - MOST_BEHIND_WORST * more
        return Start(start, True, hopeless, best.gaussian)

    def _remember(self, j: int, parents: Parents) -> None:
        """Keep where the best set with each of its parents ended."""
        fit = self.fitted[j, parents]
        for i in parents:
            if (j, i) not in self.best_with or fit.evidence > self.best_with[j, i].evidence:
                self.best_with[j, i] = fit

    def climb(self, starts: Mapping[Request, Start], steps: int, further: int = 0) -> dict[Request, Fitted]:
        """Climb the Gaussian evidence of a batch of sets, and judge the noise where each was best.

        Args:
            starts: Where each set starts.
            steps: How many steps to take.
            further: How many more those take that lead.
        """
        climb = _Climb(self._regressions(list(starts)), *_climbers(starts, self.x.device))
        own = [j for j, _ in starts]
        penalty = 0.5 * self.rows[own].log()
        floors = torch.tensor([(start.hopeless, start.lead) for start in starts.values()]) + penalty[:, None]
        hopeless, lead = floors.to(self.x.device).unbind(1)
        climb.look()
        climb.keep(hopeless)
        climb.take_steps(steps)
        climb.keep(lead)
        climb.take_steps(further)
        noise = noise_gains(climb.residual, climb.x, climb.mask, self.depth[own], climb.weight).cpu()
        gaussian = climb.best.cpu() - penalty
        parts = (gaussian + noise, gaussian, climb.at, climb.curvature)
        ends = zip(starts, *(part.tolist() for part in parts), strict=True)
        return {(j, pa): _fitted(pa, *end) for (j, pa), *end in ends}

    def _regressions(self, requests: list[Request]) -> Regressions:
        """The regressions of a batch of requests, parents padded with zeros."""
        targets = [j for j, _ in requests]
        places = np.zeros((len(requests), _width(requests)), dtype=np.int64)
        real = np.zeros(places.shape, dtype=np.float32)
        for e, (_, parents) in enumerate(requests):
            places[e, : len(parents)] = sorted(parents)
            real[e, : len(parents)] = 1
        index, mask = (torch.from_numpy(part).to(self.x.device) for part in (places, real))
        y, x = self.x[targets], self.x[index] * mask[:, :, None]
        if self.weight is None:
            return Regressions(y, x, mask, self.landmarks)
        weight = self.weight[targets]
        return Regressions(centred(y, weight), centred(x, weight[:, None]), mask, self.landmarks, weight)


class _Climb:
    """Gaussian evidences of a batch as they climb.

    Attributes:
        best: Of each the best, `[E]`.
        at: Where that was, `[E, k + 1]`.
        residual: What it left over there, `[E, n]`.
        curvature: Second derivatives, sign turned, as last known, `[E, k + 1]`.
        alive: The places of those that still climb.
    """

    def __init__(self, regressions: Regressions, lengths: Secant, ratio: Secant) -> None:
        self.regressions, self.lengths, self.ratio = regressions, lengths, ratio
        self.x, self.mask = regressions.x, regressions.mask
        self.weight = None if regressions.weight is None else regressions.weight[:, 0]
        self.at = self._joined(lengths.value, ratio.value)
        self.curvature = self._joined(lengths.curvature, ratio.curvature)
        self.best = torch.full_like(ratio.value, -math.inf)
        self.residual = torch.zeros_like(self.x[:, 0])
        self.alive = torch.arange(len(self.best), device=self.best.device)

    def look(self) -> None:
        """Evaluate where every climb is now."""
        evidence = self.regressions.evaluate(self.lengths.value, self.ratio.value)
        better = evidence > self.best[self.alive]
        at = self.alive[better]
        self.best[at] = evidence[better]
        self.at[at] = self._joined(self.lengths.value, self.ratio.value)[better]
        self.residual[at] = self.regressions.residual[better]
        self.curvature[self.alive] = self._joined(self.lengths.curvature, self.ratio.curvature)

    def keep(self, floor: Tensor) -> None:
        """Go on with the climbs that have reached a floor, `[E]`, only."""
        kept = (self.best[self.alive] >= floor[self.alive]).nonzero()[:, 0]
        if len(kept) < len(self.alive):
            self.alive = self.alive[kept]
            for part in (self.regressions, self.lengths, self.ratio):
                part.take(kept)

    def take_steps(self, steps: int) -> None:
        """Take some steps with all that still climb."""
        for _ in range(steps if len(self.alive) else 0):
            slopes = self.regressions.slopes()
            self.lengths.climb(slopes.log_length)
            self.ratio.climb(slopes.log_ratio)
            self.look()

    @staticmethod
    def _joined(lengths: Tensor, ratio: Tensor) -> Tensor:
        return torch.cat([lengths, ratio[:, None]], 1)


def _fitted(
    parents: Parents, evidence: float, gaussian: float, at: list[float], curvature: list[float]
) -> Fitted:
    """Where a set ended; `at` and `curvature` are of its parents, of padding, and of the noise ratio."""
    own = sorted(parents)
    lengths, bends = (dict(zip(own, values, strict=False)) for values in (at, curvature))
    return Fitted(evidence, gaussian, lengths, at[-1], bends, curvature[-1])


def _width(requests: Sequence[Request]) -> int:
    return max(1, max(len(parents) for _, parents in requests))


def _climbers(starts: Mapping[Request, Start], device: torch.device) -> tuple[Secant, Secant]:
    """Log length scales `[E, k]` and log noise ratios `[E]` to climb from."""
    width = _width(list(starts))
    length = np.zeros((len(starts), width), dtype=np.float32)
    ratio = np.full(len(starts), FIRST_RATIO, dtype=np.float32)
    bends = np.full((len(starts), width + 1), math.nan, dtype=np.float32)
    for e, ((_, parents), (fit, *_)) in enumerate(starts.items()):
        first = (FIRST_LENGTH if fit is None else ADDED_LENGTH) + 0.5 * math.log(max(len(parents), 1))
        known = {} if fit is None else fit.log_length
        length[e, : len(parents)] = [known.get(i, first) for i in sorted(parents)]
        if fit is not None:
            ratio[e], bends[e, -1] = fit.log_ratio, fit.ratio_bend
            bends[e, : len(parents)] = [fit.bends.get(i, math.nan) for i in sorted(parents)]
    at, of, curves = (torch.from_numpy(part).to(device) for part in (length, ratio, bends))
    lengths = Secant(at, LOG_LENGTH, FIRST_MOVE, curves[:, :-1])
    return lengths, Secant(of, LOG_NOISE_RATIO, FIRST_MOVE, curves[:, -1])


def centred(x: Tensor, weight: Tensor) -> Tensor:
    """`x` less its mean over the rows, the last axis, of weight 1."""
    return x - (x * weight).sum(-1, keepdim=True) / weight.sum(-1, keepdim=True)
