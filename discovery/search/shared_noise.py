r"""What the rows say, once a graph is found, of pairs that may share a hidden cause.

A search that knows no hidden causes puts an edge between two variables that share one. Two things tell such
an edge from a true one:

* **The noise of the two is dependent.** If :math:`i \to j` is all there is between them, what the causes of
  `i` leave over of it is independent of what those of `j`, `i` among them, leave over of that. A hidden cause
  moves both, and no regression takes out all of it, unless all is linear and Gaussian (Maeda and Shimizu,
  2020 and 2021). Squares, sizes, sines and other functions of the one are correlated with those of the other,

  .. math:: T = \log \tfrac1{80} \sum_{a, b} n \operatorname{corr}(f_a(r_i), f_b(r_j))^2,

  which is about 0 for independent noise, whatever the number of rows.
* **Correlated noise explains the rows better than the edge.** What moves `i` moves `j` through an edge, and
  not where a hidden cause stands in its place. The regression of `j` then takes the noise of `i` in place of
  `i`, and the causes of `i` that the edge had made causes of `j` are needed no more (Drton and Richardson,
  2004; Nowzohour, Maathuis, Evans and Buhlmann, 2017). This tells linear Gaussian pairs, too.

Noise may be dependent for other reasons: where its scale follows the causes, or where columns were distorted.
So all of it is evidence, whose worth :mod:`discovery.network.hidden_causes` knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from discovery.search.curved.nonlinear_score import ProcessScore, Request
from discovery.search.local_scores import LinearScore, Parents, Score
from discovery.search.refine import MAX_SHAPE_ROWS, Refined, evenly
from discovery.search.shaped_score import ShapedScore
from discovery.search.typed.point_masses import split_at_piles
from foundation_causal.types import Array

FURTHEST = 3.0  # standard deviations, beyond which a square grows no more: a few values do not decide
FUNCTIONS = 80  # pairs of functions of two noises, that of the two themselves left out
# Of noise beside a curve, in standard deviations of the variable: what is less is what the curve misses.
FINEST = 0.005
STEPS = 2  # of a Gaussian process that takes a noise in place of a variable


class NoiseEvidence(NamedTuple):
    """What is known of every pair, `[d, d]` each.

    Attributes:
        known: Bool, symmetric: pairs of which both have all rows of their own.
        dependence: How dependent the noises of the two are, :math:`T`, symmetric.
        replaced: At an edge `i -> j` of the graph, the nats by which it scores more with correlated noise in
            place of the edge; elsewhere 0.
        removed: Likewise without the edge.
    """

    known: NDArray[np.bool_]
    dependence: Array
    replaced: Array
    removed: Array


def noise_evidence(search: Refined, x: Array, usable: NDArray[np.bool_] | None) -> NoiseEvidence:
    """The evidence that the rows of a complete numeric table hold once its graph is found.

    Nothing is known of variables some rows of which an experiment set, or that pile up at a value, in all
    rows or in those that the search took; nor of those that a curve tells all but exactly.

    Args:
        search: Where the search ended.
        x: Standardized rows `[n, d]`, complete.
        usable: Bool `[n, d]`: the rows that show the mechanism of each variable; all of them if None.
    """
    d = x.shape[1]
    own = split_at_piles(x, usable)[1]
    full = np.ones(d, dtype=bool) if own is None else np.asarray(own.all(0))
    regressions = _Curves(search.score.score) if search.family == "nonlinear" else _Lines(x, search.family)
    full = full & regressions.whole
    noise = np.zeros((regressions.rows, d))
    if full.any():
        noise[:, full] = regressions.left_over(
            [(j, search.parents[j]) for j in np.flatnonzero(full).tolist()]
        )
    full = full & (noise.std(0) > regressions.finest)
    known = full & full[:, None] & ~np.eye(d, dtype=bool)
    if not known.any():
        return NoiseEvidence(known, *np.zeros((3, d, d)))
    replaced, removed = np.zeros((2, d, d))
    edges = [(int(i), int(j)) for i, j in np.argwhere(search.adjacency & full & full[:, None])]
    gains = _gains(edges, search.parents, _standard(noise), regressions)
    for (i, j), (by_noise, by_none) in zip(edges, gains, strict=True):
        replaced[i, j], removed[i, j] = by_noise, by_none
    return NoiseEvidence(known, dependence(noise), replaced, removed)


def dependence(noise: Array) -> Array:
    """How dependent the noises of all pairs are beyond their correlation, `[n, d]` to `[d, d]`.

    Example:
        >>> rows = np.linspace(-1, 1, 41)
        >>> square = np.stack(np.meshgrid(rows, rows), -1).reshape(-1, 2)
        >>> disc = square[(square**2).sum(1) < 1]
        >>> bool(dependence(square)[0, 1] < -5 < 1 < dependence(disc)[0, 1])
        True
    """
    n, d = noise.shape
    r = _standard(noise)
    bounded = np.clip(r, -FURTHEST, FURTHEST)
    odd = [np.tanh(2 * r), bounded * np.abs(bounded), np.sin(1.5 * r), np.sin(3 * r)]
    even = [np.abs(r), bounded**2, np.cos(1.5 * r), np.cos(3 * r)]
    # Without what a line says of them: two noises that are correlated are so in a line, too.
    curved = [part - part.mean(0) - r * (part * r).mean(0) for part in odd + even]
    functions = np.stack([r, *map(_standard, curved)])
    flat = functions.transpose(1, 2, 0).reshape(n, -1)
    squares = ((flat.T @ flat / n**0.5) ** 2).reshape(d, len(functions), d, len(functions))
    total = squares.sum((1, 3)) - squares[:, 0, :, 0]
    return np.asarray(np.log(np.maximum(total, 1e-9) / FUNCTIONS))


def _standard(x: Array) -> Array:
    """Columns of mean 0 and variance 1; those that do not vary become 0."""
    centred = x - x.mean(0)
    return np.asarray(centred / np.maximum(centred.std(0), 1e-9))


def _gains(
    edges: Sequence[tuple[int, int]], parents: Sequence[Parents], noise: Array, regressions: _Lines | _Curves
) -> list[tuple[float, float]]:
    """Of every edge, what correlated noise in its place gains, and what its removal does."""
    d = noise.shape[1]
    here = [(j, parents[j]) for _, j in edges]
    without = [(j, parents[j] - {i}) for i, j in edges]
    some = list(dict.fromkeys([*here, *without]))
    known = dict(zip(some, regressions.evidence(some), strict=True))
    # With all other causes, and without those that the two have in common. The noise of a variable without
    # causes is that variable.
    beside = [
        list(dict.fromkeys([(j, pa | {d + i}), (j, pa - parents[i] | {d + i})])) if parents[i] else []
        for (i, _), (j, pa) in zip(edges, without, strict=True)
    ]
    starts = {request: start for sets, start in zip(beside, here, strict=True) for request in sets}
    by_noise = dict(zip(starts, regressions.with_noise(noise, starts), strict=True))
    return [
        (max((by_noise[request] for request in sets), default=known[at]) - known[at], known[less] - known[at])
        for at, less, sets in zip(here, without, beside, strict=True)
    ]


class _Lines:
    """Linear regressions of a family of scores on some rows.

    Args:
        x: Standardized rows `[n, d]`.
        family: Name of the family.
    """

    finest = 0.0

    def __init__(self, x: Array, family: str) -> None:
        self.x, self.family = x[evenly(x, MAX_SHAPE_ROWS)], family
        self.rows = len(self.x)
        self.whole = np.ones(x.shape[1], dtype=bool)

    def left_over(self, requests: Sequence[Request]) -> Array:
        """What parents leave over of each variable, `[n, requests]`."""
        return np.stack([self._residual(j, sorted(parents)) for j, parents in requests], 1)

    def _residual(self, j: int, parents: list[int]) -> Array:
        design = np.column_stack([np.ones(self.rows), self.x[:, parents]])
        return np.asarray(self.x[:, j] - design @ np.linalg.lstsq(design, self.x[:, j], rcond=None)[0])

    def evidence(self, requests: Sequence[Request]) -> list[float]:
        """The log evidence of every `(j, parents)`."""
        return self._of(self.x, requests)

    def with_noise(self, noise: Array, starts: Mapping[Request, Request]) -> list[float]:
        """The same where the parent `d + i` is the noise of `i`, from noises `[n, d]`."""
        return self._of(np.hstack([self.x, noise]), list(starts))

    def _of(self, x: Array, requests: Sequence[Request]) -> list[float]:
        if self.family == "linear non-gaussian":
            return ShapedScore(x)(list(requests))
        return LinearScore(x, "laplace" if self.family == "linear laplace" else "gaussian")(list(requests))


class _Curves:
    """Gaussian process regressions, as the search left them."""

    finest = FINEST

    def __init__(self, process: Score) -> None:
        assert isinstance(process, ProcessScore)
        self.process, self.rows = process, process.n
        self.whole = (process.rows == process.n).numpy()  # of which variables all rows count

    def left_over(self, requests: Sequence[Request]) -> Array:
        """What parents leave over of each variable, `[n, requests]`."""
        return self.process.left_over(list(requests)).cpu().double().numpy().T

    def evidence(self, requests: Sequence[Request]) -> list[float]:
        """The log evidence of every `(j, parents)`."""
        return self.process(list(requests))

    def with_noise(self, noise: Array, starts: Mapping[Request, Request]) -> list[float]:
        """The same where the parent `d + i` is the noise of `i`, from noises `[n, d]`.

        Args:
            noise: Standardized.
            starts: The sets, each with the set of true parents whose length scales it starts from.
        """
        return self.process.beside(noise, starts, STEPS)
