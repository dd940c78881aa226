r"""Features of a treatment and covariates together: what the outcome may owe to either, and to both.

.. math:: E[Y | T = t, X = x] = \text{level} + \text{treatment} + \text{line in } x + \text{bends}
          + \mu(x) + c(t)' \bigl(\text{line in } x + \tau(x)\bigr),

an effect that is the same for all, plus what it owes to the covariates, which is believed as far as the rows
bear it out (as in Bayesian causal forests, Hahn, Murray and Carvalho 2020, with Gaussian processes in place
of trees). The code c is centred, so that no value of the treatment is the reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from foundation_causal.types import Array
from mechanisms.adjusted.covariate_features import (
    Bend,
    Block,
    CovariateFeatures,
    KernelFeatures,
    Parts,
)
from mechanisms.kernel.gaussian_process import rough

JOINT_LENGTH = 0.8  # of functions of an amount and all covariates, times the root of their number
MODERATED_RANK = 120  # features of functions that differ between levels, over the number of levels
ROUGH_KNOTS = 40  # quantiles of an amount that carry its rough functions
ROWS_FOR_A_SLOPE = 5  # from which on lines are not shrunk


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
        bends = [Bend.of(code), Bend.of(code, ROUGH_KNOTS, rough)]
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
