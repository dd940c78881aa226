r"""What the rows say, once a graph is found, of pairs that may share a hidden cause.

A search that knows no hidden causes puts an edge between two variables that share one. Two things tell such
an edge from a true one:

* **The noise of the two is dependent.** If :math:`i \to j` is all there is between them, what the causes of
  `i` leave over of it is independent of what those of `j`, `i` among them, leave over of that. A hidden cause
  moves both, and no regression takes out all of it, unless all is linear and Gaussian (Maeda and Shimizu,
  2020 and 2021). Squares, sizes, sines and other functions of the one are correlated with those of the other,
  and :math:`n \operatorname{corr}(f_a(r_i), f_b(r_j))^2` grows with the rows, where it is about 1 for
  independent noise, whatever their number `n`.
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
FUNCTIONS = 9  # of a noise, that are compared with those of another
# Of noise beside a curve, in standard deviations of the variable: what is less is what the curve misses.
FINEST = 0.005
STEPS = 2  # of a Gaussian process that takes a noise in place of a variable


class NoiseEvidence(NamedTuple):
    r"""What is known of every pair, `[d, d]` each.

    Attributes:
        known: Bool, symmetric: pairs of which both have all rows of their own.
        products: How dependent nine functions of the noise of the one are on nine of the other's,
            :math:`\log(1 + n \operatorname{corr}(f_a(r_i), f_b(r_j))^2)`, `[d, d, 9, 9]`.
        replaced: At an edge `i -> j` of the graph, the nats by which it scores more with correlated noise in
            place of the edge; elsewhere 0.
        removed: Likewise without the edge.
        freed: Bool, at an edge `i -> j`: whether with correlated noise in its place `j` scores as much
            without the causes that `i` has, too, so that nothing speaks for the edges from these.
    """

    known: NDArray[np.bool_]
    products: Array
    replaced: Array
    removed: Array
    freed: NDArray[np.bool_]


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
        return no_evidence(d)
    evidence = no_evidence(d)._replace(known=known, products=dependence(noise))
    edges = [(int(i), int(j)) for i, j in np.argwhere(search.adjacency & full & full[:, None])]
    gains = _gains(edges, search.parents, _standard(noise), regressions)
    for (i, j), gain in zip(edges, gains, strict=True):
        evidence.replaced[i, j], evidence.removed[i, j], evidence.freed[i, j] = gain
    return evidence


def no_evidence(d: int) -> NoiseEvidence:
    """That nothing is known of any pair of `d` variables."""
    nothing = np.zeros((d, d), dtype=bool)
    products = np.zeros((d, d, FUNCTIONS, FUNCTIONS))
    return NoiseEvidence(nothing, products, np.zeros((d, d)), np.zeros((d, d)), nothing.copy())


def dependence(noise: Array) -> Array:
    """How dependent functions of the noises of all pairs are, `[n, d]` to `[d, d, 9, 9]`.

    The first of the nine functions is the noise itself; the others are without what a line says of them.

    Example:
        >>> rows = np.linspace(-1, 1, 41)
        >>> square = np.stack(np.meshgrid(rows, rows), -1).reshape(-1, 2)
        >>> disc = square[(square**2).sum(1) < 1]
        >>> bool(dependence(square)[0, 1].sum() < 1e-6 < 10 < dependence(disc)[0, 1].sum())
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
    squares = ((flat.T @ flat / n**0.5) ** 2).reshape(d, FUNCTIONS, d, FUNCTIONS)
    return np.asarray(np.log1p(squares.transpose(0, 2, 1, 3)))


def _standard(x: Array) -> Array:
    """Columns of mean 0 and variance 1; those that do not vary become 0."""
    centred = x - x.mean(0)
    return np.asarray(centred / np.maximum(centred.std(0), 1e-9))


def _gains(
    edges: Sequence[tuple[int, int]], parents: Sequence[Parents], noise: Array, regressions: _Lines | _Curves
) -> list[tuple[float, float, bool]]:
    """Of every edge, what correlated noise in its place gains, what its removal does, and what is freed."""
    d = noise.shape[1]
    here = [(j, parents[j]) for _, j in edges]
    without = [(j, parents[j] - {i}) for i, j in edges]
    some = list(dict.fromkeys([*here, *without]))
    known = dict(zip(some, regressions.evidence(some), strict=True))
    # With all other causes, and without those that the two have in common. The noise of a variable without
    # causes is that variable.
    beside = [
        ((j, pa | {d + i}), (j, pa - parents[i] | {d + i})) if parents[i] else None
        for (i, _), (j, pa) in zip(edges, without, strict=True)
    ]
    starts = {request: start for sets, start in zip(beside, here, strict=True) for request in sets or ()}
    by_noise = dict(zip(starts, regressions.with_noise(noise, starts), strict=True))
    gains = []
    for at, less, sets in zip(here, without, beside, strict=True):
        both, fewer = (known[at], -np.inf) if sets is None else (by_noise[request] for request in sets)
        gains.append((max(both, fewer) - known[at], known[less] - known[at], fewer >= both))
    return gains


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
