r"""Features of covariates, and of a treatment and covariates together.

Those of covariates are lines, bends of each and functions of all of them. What the outcome may owe to them,
to the treatment, and to both is

.. math:: E[Y | T = t, X = x] = \text{level} + \text{treatment} + \text{line in } x + \text{bends}
          + \mu(x) + c(t)' \bigl(\text{lines and bends in } x + \tau(x)\bigr),

an effect that is the same for all, plus what it owes to the covariates, which is believed as far as the rows
bear it out (as in Bayesian causal forests, Hahn, Murray and Carvalho 2020, with Gaussian processes in place
of trees). The code c is centred, so that no value of the treatment is the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from foundation_causal.types import Array
from mechanisms.kernel.gaussian_process import rough, squared_distances

LENGTHS = (0.8, 2.0)  # of the functions of all covariates, times the root of their number
MAX_CENTRES, MAX_RANK = 200, 100  # rows that carry these functions, and how many are kept
BEND_LENGTH, KNOTS = 1.0, 15  # of the functions of one covariate
ROUGH_KNOTS = 20  # of those that may turn sharply
BEND_VALUES = 6  # different values from which on a covariate may bend
MAX_KEPT_ROWS = 10_000  # whose features are kept
SKEWED = 1.0  # skewness from which on the normal scores of a covariate take part

JOINT_LENGTH = 0.8  # of functions of an amount and all covariates, times the root of their number
MODERATED_RANK = 120  # features of functions that differ between levels, over the number of levels
AMOUNT_KNOTS = 40  # quantiles of an amount that carry its rough functions
ROWS_FOR_A_SLOPE = 5  # from which on lines are not shrunk


def gaussian(squares: Array) -> Array:
    """Covariances of smooth functions at squared distances in lengths."""
    return np.asarray(np.exp(squares / -2))


@dataclass(frozen=True)
class KernelFeatures:
    """Functions whose inner products are a kernel between inputs, near enough (Nystroem).

    Attributes:
        kernel: From squared distances in lengths to covariances.
        length: Of the kernel.
        centres: Shape `[c, p]`.
        mix: From kernel values at the centres to features, the broadest first, shape `[c, r]`.
    """

    kernel: Callable[[Array], Array]
    length: float
    centres: Array
    mix: Array

    @classmethod
    def of(
        cls,
        centres: Array,
        length: float,
        rank: int = MAX_RANK,
        kernel: Callable[[Array], Array] = gaussian,
    ) -> KernelFeatures:
        """The leading features that rows `[c, p]` carry, `rank` of them at most."""
        between = kernel(squared_distances(centres, centres) / length**2)
        values, vectors = np.linalg.eigh(between)
        kept = np.flatnonzero(values > 1e-5 * values[-1])[::-1][:rank]
        return cls(kernel, length, centres, vectors[:, kept] / np.sqrt(values[kept]))

    def __call__(self, inputs: Array) -> Array:
        """The features at inputs, shape `[m, p]` -> `[m, r]`."""
        return self.kernel(squared_distances(inputs, self.centres) / self.length**2) @ self.mix


@dataclass(frozen=True)
class Bend:
    """Functions of one input beside its straight line.

    Attributes:
        features: Of the input.
        line: Level and slope of each feature, which are taken off, shape `[2, r]`.
    """

    features: KernelFeatures
    line: Array

    @classmethod
    def of(
        cls, column: Array, knots: int = KNOTS, kernel: Callable[[Array], Array] = gaussian
    ) -> Bend | None:
        """Of a standardized input `[n]`, carried by quantiles; None where it has too few values to bend."""
        if len(np.unique(column)) < BEND_VALUES:
            return None
        at = np.unique(np.quantile(column, np.linspace(0.02, 0.98, knots)))
        features = KernelFeatures.of(at[:, None], BEND_LENGTH, kernel=kernel)
        line = np.linalg.lstsq(_line(column), features(column[:, None]), rcond=None)[0]
        return cls(features, np.asarray(line, dtype=np.float64))

    def __call__(self, column: Array) -> Array:
        """Shape `[m]` -> `[m, r]`."""
        return self.features(column[:, None]) - _line(column) @ self.line


Block: TypeAlias = Callable[[], Array]  # features [m, r], which are computed when they are asked for


@dataclass(frozen=True)
class Parts:
    """Features of the covariates of m rows, in blocks.

    Attributes:
        inputs: What functions of several covariates see, shape `[m, p]`.
        linear: Lines, shape `[m, q]`.
        bends: Of single covariates.
        smooth: Functions of all covariates, the shorter length first.
        rough: Of single covariates, which may turn sharply.
    """

    inputs: Array
    linear: Array
    bends: Sequence[Block]
    smooth: Sequence[Block]
    rough: Sequence[Block]

    def rows(self, rows: NDArray[np.intp]) -> Parts:
        """The features of some of the rows."""
        bends, smooth, rough = (
            [_rows_of(block, rows) for block in blocks] for blocks in (self.bends, self.smooth, self.rough)
        )
        return Parts(self.inputs[rows], self.linear[rows], bends, smooth, rough)


def _rows_of(block: Block, rows: NDArray[np.intp]) -> Block:
    return cache(lambda: block()[rows])


def _function_of(function: Callable[[Array], Array], inputs: Array) -> Block:
    return cache(lambda: function(inputs))


def _skewness(column: Array) -> float:
    """The third moment of values `[n]` in standard deviations; scipy.stats takes a second to import."""
    left = column - column.mean()
    return float(np.mean(left**3) / np.mean(left**2) ** 1.5)


@dataclass(frozen=True)
class CovariateFeatures:
    """How covariates become features.

    A covariate that is skewed, as an income, has two lines: one of its values and one of its normal scores,
    which are those of its ranks; functions see the scores. No unit has a part in either.

    Attributes:
        ordered: For each skewed covariate its position and its sorted values.
        bends: For each covariate that bends its position and its functions.
        smooth: Functions of all inputs.
        rough: Likewise functions that may turn sharply.
    """

    ordered: Sequence[tuple[int, Array]]
    bends: Sequence[tuple[int, Bend]]
    smooth: Sequence[KernelFeatures]
    rough: Sequence[tuple[int, Bend]] = ()

    @classmethod
    def of(cls, x: Array, centres: NDArray[np.intp]) -> CovariateFeatures:
        """From standardized covariates `[n, p]`, and the rows that carry functions of all of them."""
        ordered = [
            (j, np.sort(column))
            for j, column in enumerate(x.T)
            if len(np.unique(column)) > BEND_VALUES and abs(_skewness(column)) > SKEWED
        ]
        plain = cls(ordered, (), ())
        inputs = plain.inputs(x)
        bends, turns = _bends(inputs), _bends(inputs, ROUGH_KNOTS, rough)
        root = np.sqrt(max(x.shape[1], 1))
        carried = inputs[centres]
        smooth = [KernelFeatures.of(carried, length * root) for length in LENGTHS] if x.shape[1] else []
        return cls(ordered, bends, smooth, turns)

    def inputs(self, x: Array) -> Array:
        """The covariates, shape `[m, p]`, in which normal scores stand for those that are skewed."""
        inputs = x.copy()
        for j, values in self.ordered:
            n = len(values)
            below = np.searchsorted(values, x[:, j], "left") + np.searchsorted(values, x[:, j], "right")
            least = 0.25 / (n + 0.5)
            inputs[:, j] = ndtri(np.clip((below / 2 + 0.25) / (n + 0.5), least, 1 - least))
        return inputs

    def __call__(self, x: Array) -> Parts:
        """The features of covariates, shape `[m, p]`."""
        inputs = self.inputs(x)
        linear = np.column_stack([x, inputs[:, [j for j, _ in self.ordered]]])
        bends = [_function_of(bend, inputs[:, j]) for j, bend in self.bends]
        rough = [_function_of(bend, inputs[:, j]) for j, bend in self.rough]
        return Parts(
            inputs, linear, bends, [_function_of(features, inputs) for features in self.smooth], rough
        )


class RowFeatures:
    """The features of the covariates of n rows, which are kept where they fit into memory."""

    def __init__(self, features: CovariateFeatures, x: Array) -> None:
        """Features, and covariates of the rows, shape `[n, p]`."""
        self.features, self.x = features, x
        self._parts = features(x) if len(x) <= MAX_KEPT_ROWS else None

    def __call__(self, rows: NDArray[np.intp]) -> Parts:
        """The features of the rows at positions `[m]`."""
        if self._parts is None:
            return self.features(self.x[rows])
        return self._parts.rows(rows)


class Coding(Protocol):
    """How values of a treatment become numbers."""

    def flat(self, t: Array) -> Array:
        """What is not shrunk, shape `[m]` -> `[m, q]`."""
        ...

    def differing(self, t: Array, parts: Parts) -> Sequence[Sequence[Block]]:
        """Kinds of blocks by which effects may differ or bend, features `[m, r]` each."""
        ...


@dataclass(frozen=True)
class Levels:
    """A treatment of few values.

    Attributes:
        values: Shape `[k]`.
        shares: Of the rows that have them, shape `[k]`.
    """

    values: Array
    shares: Array

    @classmethod
    def of(cls, t: Array) -> Levels:
        """From the treatment of the rows, shape `[n]`."""
        values, counts = np.unique(t, return_counts=True)
        return cls(values, counts / len(t))

    def codes(self, t: Array) -> Array:
        """Which value it is, centred, shape `[m]` -> `[m, k]`."""
        return (t[:, None] == self.values) - self.shares

    def flat(self, t: Array) -> Array:
        """All values but the first."""
        return self.codes(t)[:, 1:]

    def differing(self, t: Array, parts: Parts) -> Sequence[Sequence[Block]]:
        """Lines in all covariates, lines and bends in single ones, and functions of all of them."""
        # Two values differ by one function.
        codes = self.codes(t)[:, 1:] if len(self.values) == 2 else self.codes(t)
        rank = max(MODERATED_RANK // codes.shape[1], 10)
        smooth = [partial(_leading, codes, features, rank) for features in parts.smooth]
        return [*_differing(codes, parts), smooth]


@dataclass(frozen=True)
class Amounts:
    """A treatment of many values.

    Attributes:
        centre, spread: Mean and standard deviation.
        bends: Of the outcome along it, smooth and rough; none where it has too few values.
        joint: Functions of it and all covariates.
    """

    centre: float
    spread: float
    bends: Sequence[Bend]
    joint: KernelFeatures

    @classmethod
    def of(cls, t: Array, inputs: Array) -> Amounts:
        """From the treatment `[n]`, and the inputs `[c, p]` of the first rows, which carry the functions."""
        centre, spread = float(t.mean()), float(t.std())
        code = (t - centre) / spread
        carried = np.column_stack([code[: len(inputs)], inputs])
        joint = KernelFeatures.of(carried, JOINT_LENGTH * np.sqrt(carried.shape[1]))
        bends = [Bend.of(code), Bend.of(code, AMOUNT_KNOTS, rough)]
        return cls(centre, spread, [bend for bend in bends if bend is not None], joint)

    def flat(self, t: Array) -> Array:
        """A straight line."""
        return ((t - self.centre) / self.spread)[:, None]

    def differing(self, t: Array, parts: Parts) -> Sequence[Sequence[Block]]:
        """Bends along it, lines and bends in covariates that it multiplies, and functions of all."""
        code = self.flat(t)
        bends = [partial(bend, code[:, 0]) for bend in self.bends]
        both = np.column_stack([code, parts.inputs])
        return [*([bend] for bend in bends), *_differing(code, parts), [partial(self.joint, both)]]


@dataclass(frozen=True)
class JointDesign:
    """All features of rows, in blocks.

    Attributes:
        coding: Of the treatment; None leaves it out, for the rows of one value.
        lines_are_flat: Whether there are rows enough not to shrink lines in the covariates.
    """

    coding: Coding | None
    lines_are_flat: bool

    def alike(self, t: Array, parts: Parts) -> list[Block]:
        """The blocks with an effect that is alike for all rows, and a straight line along an amount.

        Args:
            t: Treatments, shape `[m]`.
            parts: Features of the covariates of as many rows.

        Returns:
            Features `[m, r]` each; the first block is not shrunk.
        """
        ones = np.ones((len(t), 1))
        flat = [ones] if self.coding is None else [ones, self.coding.flat(t)]
        if self.lines_are_flat:
            return [lambda: np.column_stack([*flat, parts.linear]), *parts.bends, *parts.smooth]
        return [lambda: np.column_stack(flat), lambda: parts.linear, *parts.bends, *parts.smooth]

    def differing(self, t: Array, parts: Parts) -> list[list[Block]]:
        """The kinds of blocks by which the effect differs or bends."""
        kinds = [] if self.coding is None else self.coding.differing(t, parts)
        return [list(kind) for kind in kinds if kind]

    def blocks(self, t: Array, parts: Parts) -> list[Block]:
        """All of them."""
        return [*self.alike(t, parts), *(block for kind in self.differing(t, parts) for block in kind)]

    def __call__(self, t: Array, parts: Parts, wanted: Sequence[int]) -> Array:
        """The features of some of the blocks side by side, shape `[m, D]`."""
        blocks = self.blocks(t, parts)
        return np.hstack([blocks[b]() for b in wanted])


def enough_for_lines(rows: int, covariates: CovariateFeatures, p: int) -> bool:
    """Whether so many rows determine lines in p covariates."""
    return rows >= ROWS_FOR_A_SLOPE * (p + len(covariates.ordered) + 2)


def _differing(codes: Array, parts: Parts) -> list[Sequence[Block]]:
    """Products with codes `[m, c]`: of all lines, single ones, and smooth and rough bends of covariates."""
    lines = [partial(_times, codes, parts.linear[:, [j]]) for j in range(parts.linear.shape[1])]
    together = [partial(_times, codes, parts.linear)] if lines else []
    smooth, rough = (
        [partial(_leading, codes, bend) for bend in bends] for bends in (parts.bends, parts.rough)
    )
    return [together, lines, smooth, rough]


def _times(codes: Array, features: Array) -> Array:
    """Products of every code `[m, c]` and every feature `[m, r]`, shape `[m, c r]`."""
    return (codes[:, :, None] * features[:, None, :]).reshape(len(codes), -1)


def _leading(codes: Array, features: Block, rank: int | None = None) -> Array:
    """The same of the leading features, or of all."""
    return _times(codes, features()[:, :rank])


def _bends(
    inputs: Array, knots: int = KNOTS, kernel: Callable[[Array], Array] = gaussian
) -> list[tuple[int, Bend]]:
    """Those of inputs `[n, p]` that bend, each with its position."""
    found = [(j, Bend.of(column, knots, kernel)) for j, column in enumerate(inputs.T)]
    return [(j, bend) for j, bend in found if bend is not None]


def _line(column: Array) -> Array:
    return np.column_stack([np.ones(len(column)), column])
