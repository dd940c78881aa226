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

from foundation_causal.columns.schema import Column, Schema
from foundation_causal.types import Array

LEVEL_UNIT = np.sqrt(2.0)  # of a one-hot column; two of them differ between two levels


@dataclass(frozen=True)
class ParentInputs:
    """From rows to the inputs of one variable's regression.

    Attributes:
        parents: Positions of the p parents.
        centre, scale: Of the parents, shape `[p]`.
        columns: The types of the parents.
        shares: For each categorical parent how often each of its levels is, else nothing.
        logs: Which parents enter by their logarithm, bool `[p]`; None for none of them.
    """

    parents: NDArray[np.intp]
    centre: Array
    scale: Array
    columns: tuple[Column, ...]
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
        values = _in_logs(rows[:, parents], chosen)
        spread = values.std(0)
        scale = np.where(spread > 0, spread, 1.0)
        return cls(parents, values.mean(0), scale, *_types_and_shares(rows, parents, schema), chosen)

    @property
    def is_plain(self) -> bool:
        """Whether all parents are numbers."""
        return all(column.is_ordered for column in self.columns)

    @property
    def widths(self) -> list[int]:
        """How many inputs each parent makes, `[p]`."""
        return [1 if column.is_ordered else len(column.numbers) for column in self.columns]

    def __call__(self, values: Array) -> Array:
        """The inputs at values, shape `[n, d]` -> `[n, q]`."""
        known = _in_logs(values[:, self.parents], self.logs)
        standardized = (known - self.centre) / self.scale
        if self.is_plain:
            return standardized
        blocks = [
            standardized[:, [k]] if share is None else LEVEL_UNIT * (_one_hot(column, known[:, k]) - share)
            for k, (column, share) in enumerate(zip(self.columns, self.shares, strict=True))
        ]
        return np.hstack(blocks)


def parent_inputs(
    rows: Array, parents: Sequence[NDArray[np.intp]], schema: Schema, centre: Array, scale: Array
) -> list[ParentInputs]:
    """The inputs of every variable, with the means and standard deviations `[d]` of all rows."""
    return [ParentInputs(pa, centre[pa], scale[pa], *_types_and_shares(rows, pa, schema)) for pa in parents]


def _types_and_shares(
    rows: Array, parents: NDArray[np.intp], schema: Schema
) -> tuple[tuple[Column, ...], tuple[Array | None, ...]]:
    columns = tuple(schema.columns[j] for j in parents)
    shares = tuple(
        None if column.is_ordered else _one_hot(column, rows[:, j]).mean(0)
        for column, j in zip(columns, parents, strict=True)
    )
    return columns, shares


def _in_logs(columns: Array, logs: NDArray[np.bool_] | None) -> Array:
    if logs is None:
        return columns
    moved = np.array(columns)
    moved[:, logs] = np.log(np.maximum(columns[:, logs], np.finfo(float).tiny))
    return moved


def _one_hot(column: Column, values: Array) -> Array:
    """Which level each value `[n]` is, or is nearest to, as 0 and 1; `[n, K]`."""
    return np.asarray(np.eye(len(column.numbers))[column.codes(values)])
