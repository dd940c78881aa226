"""The parents of a variable as inputs of a regression: numbers standardized, categories one-hot.

A category's number says nothing but which level it is, so that it enters as one 0/1 column for each level.
Two levels are as far apart as the two values of a standardized 0/1 column that are equally frequent, 2,
however many levels there are and however rare they are: nothing depends on how the levels are numbered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foundation_causal.columns.schema import Schema
from foundation_causal.types import Array

LEVEL_UNIT = np.sqrt(2.0)  # of a one-hot column; two of them differ between two levels


@dataclass(frozen=True)
class ParentInputs:
    """From rows to the inputs of one variable's regression.

    Attributes:
        parents: Positions of the p parents.
        centre, scale: Of the parents, shape `[p]`.
        levels: For each parent the numbers of its levels, ascending, if it is categorical, else nothing.
        shares: For each categorical parent how often each of its levels is, else nothing.
        logs: Which parents enter by their logarithm, bool `[p]`; None for none of them.
    """

    parents: NDArray[np.intp]
    centre: Array
    scale: Array
    levels: tuple[Array | None, ...]
    shares: tuple[Array | None, ...]
    logs: NDArray[np.bool_] | None = None

    @classmethod
    def of(
        cls,
        rows: Array,
        parents: NDArray[np.intp],
        schema: Schema,
        *,
        logs: NDArray[np.bool_] | None = None,
    ) -> ParentInputs:
        """Inputs that are standardized over rows `[n, d]`.

        Args:
            rows: Values of all variables.
            parents: Positions of the parents.
            schema: The types of the variables.
            logs: Which of the d variables enter by their logarithm; none by default.
        """
        chosen = None if logs is None or not logs[parents].any() else logs[parents]
        columns = _in_logs(rows[:, parents], chosen)
        levels = tuple(_levels(schema, int(j)) for j in parents)
        shares = tuple(
            None if level is None else (columns[:, [k]] == level).mean(0) for k, level in enumerate(levels)
        )
        spread = columns.std(0)
        return cls(parents, columns.mean(0), np.where(spread > 0, spread, 1.0), levels, shares, chosen)

    @property
    def is_plain(self) -> bool:
        """Whether all parents are numbers."""
        return all(level is None for level in self.levels)

    @property
    def widths(self) -> list[int]:
        """How many inputs each parent makes, `[p]`."""
        return [1 if level is None else len(level) for level in self.levels]

    def __call__(self, values: Array) -> Array:
        """The inputs at values, shape `[n, d]` -> `[n, q]`."""
        columns = _in_logs(values[:, self.parents], self.logs)
        standardized = (columns - self.centre) / self.scale
        if self.is_plain:
            return standardized
        blocks = [
            standardized[:, [k]] if level is None else _one_hot(columns[:, k], level, share)
            for k, (level, share) in enumerate(zip(self.levels, self.shares, strict=True))
        ]
        return np.hstack(blocks)

    def moved(self, centre: Array, scale: Array) -> ParentInputs:
        """These inputs, with other means and standard deviations of the parents, shape `[p]`."""
        return ParentInputs(self.parents, centre, scale, self.levels, self.shares, self.logs)


def parent_inputs(
    rows: Array, parents: Sequence[NDArray[np.intp]], schema: Schema, centre: Array, scale: Array
) -> list[ParentInputs]:
    """The inputs of every variable, with the means and standard deviations `[d]` of all rows."""
    return [ParentInputs.of(rows, pa, schema).moved(centre[pa], scale[pa]) for pa in parents]


def _levels(schema: Schema, j: int) -> Array | None:
    """The numbers of the levels of variable j if it is categorical."""
    column = schema.columns[j]
    return None if column.is_ordered else np.asarray(column.numbers)


def _in_logs(columns: Array, logs: NDArray[np.bool_] | None) -> Array:
    if logs is None:
        return columns
    moved = np.array(columns)
    moved[:, logs] = np.log(np.maximum(columns[:, logs], np.finfo(float).tiny))
    return moved


def _one_hot(column: Array, levels: Array, shares: Array | None) -> Array:
    assert shares is not None
    borders = (levels[1:] + levels[:-1]) / 2
    nearest = np.searchsorted(borders, column)
    return LEVEL_UNIT * (np.eye(len(levels))[nearest] - shares)
