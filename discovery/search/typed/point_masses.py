r"""A value at which a continuous column piles up: the zeros of an amount, the end of an instrument's range.

A density cannot say how probable a single value is: a column that is often 0 has a spike there, which
whatever explains the column spreads, so that such a column would look like a cause of all others. Its rows
are scored in two parts instead (Cragg, 1971, "Some statistical models for limited dependent variables"),

.. math:: p(x_j \mid x_{pa}) = P(k \mid x_{pa}) \; p(x_j \mid x_{pa}, k = 0)^{[k = 0]},

where k says whether a row lies at the pile. The first part is here, a logistic regression by BIC; the second
is any of the other scores, of the rows beside the pile. Columns that pile up at both ends of a range stay
with the densities: what lies between two ends is no line with noise, and two parts find more wrong edges.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.search.local_scores import Parents
from discovery.search.shaped_score import log_mean
from discovery.search.typed.logistic_evidence import Logistic, logistic, promised
from discovery.search.typed.mixed_score import whitened
from discovery.search.typed.table_score import DECIMALS
from foundation_causal.types import Array

PILE = 0.05  # share of the rows at one value
MIN_PILE, MIN_BETWEEN = 20, 30  # rows there, and rows beside it
MIN_VALUES = 20  # different values beside it
ALONE = 3.0  # times as frequent as any other value: the values of a rounded column are no piles


# Evidence of piles, None where no column piles up; and which rows other scores are of, `usable` of them.
Split: TypeAlias = "tuple[PointMasses | None, NDArray[np.bool_] | None]"


class PointMasses:
    """Log evidence of which rows lie at the pile of a column, for sets of parents.

    Args:
        x: Standardized rows `[n, d]`, complete.
        usable: Bool `[n, d]`: the rows that show the mechanism of each variable; all of them if None.
        blocks: What a column is as a cause, `[n, p]`, where that is not its values; such a column is not
            asked for piles.

    Attributes:
        codes: By column that piles up, whether each of its own rows lies there, 1 or 0, `[rows]`.
        rows: Places of these rows.

    Example:
        >>> cause = np.linspace(-2, 2, 200)
        >>> points = PointMasses(np.column_stack([cause, np.maximum(cause, 0)]))
        >>> alone, caused = points([(1, frozenset()), (1, frozenset({0}))])
        >>> bool(caused > alone + 50), points([(0, frozenset({1}))])
        (True, [0.0])
    """

    def __init__(
        self,
        x: Array,
        usable: NDArray[np.bool_] | None = None,
        blocks: dict[int, Array] | None = None,
    ) -> None:
        self.x, self.blocks = x, blocks or {}
        self.codes: dict[int, NDArray[np.intp]] = {}
        self.rows: dict[int, NDArray[np.intp]] = {}
        for j, column in enumerate(x.T):
            if j in self.blocks:
                continue
            rows = np.arange(len(x)) if usable is None else np.flatnonzero(usable[:, j])
            codes = pile(column[rows])
            if codes.any():
                self.codes[j], self.rows[j] = codes, rows
        # Scores of several families ask for the same sets.
        self.fits: dict[tuple[int, Parents], Logistic] = {}
        self.known: dict[tuple[int, Parents], float] = {}

    def __bool__(self) -> bool:
        """Whether any column piles up."""
        return bool(self.codes)

    def beside(self, usable: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
        """Which rows show the part of each mechanism that lies beside a pile, bool `[n, d]`."""
        shown = np.ones(self.x.shape, dtype=bool) if usable is None else usable.copy()
        for j, codes in self.codes.items():
            shown[self.rows[j][codes > 0], j] = False
        return shown

    def __call__(self, requests: list[tuple[int, Parents]]) -> list[float]:
        """The log evidence of every `(j, parents)`; 0 of columns that do not pile up."""
        for j, parents in requests:
            if (j, parents) not in self.known:
                self.known[j, parents] = self._evidence(j, parents) if j in self.codes else 0.0
        return [self.known[request] for request in requests]

    def gains(self, j: int, parents: Parents) -> Array:
        """The gain that adding each variable may bring, `[d]`, on the high side."""
        if j not in self.codes:
            return np.zeros(self.x.shape[1])
        design = whitened(self._main_effects(j, parents))
        fit = self._fit(j, parents, design)
        others = self.x[self.rows[j]]
        left = others - design @ (design.T @ others) / len(others)
        left = left / np.maximum(np.sqrt((left**2).mean(0)), 1e-6)
        # The squares of the same variables may show more.
        bent = left**2 - (left**2).mean(0)
        bent = bent / np.maximum(np.sqrt((bent**2).mean(0)), 1e-6)
        return 2 * np.array(
            [promised(np.column_stack(pair), self.codes[j], fit) for pair in zip(left.T, bent.T, strict=True)]
        )

    def _evidence(self, j: int, parents: Parents) -> float:
        """Log mean evidence of main effects, and of these with squares."""
        main = self._main_effects(j, parents)
        price = 0.5 * float(np.log(len(main)))
        design = whitened(main)
        values = [self._fit(j, parents, design).likelihood - price * design.shape[1]]
        if parents:
            design = whitened(np.concatenate([main, main[:, 1:] ** 2], 1))
            values.append(self._regressed(j, design).likelihood - price * design.shape[1])
        return round(log_mean(values, len(values)), DECIMALS)

    def _fit(self, j: int, parents: Parents, design: Array) -> Logistic:
        """The regression with main effects, each fitted once."""
        if (j, parents) not in self.fits:
            self.fits[j, parents] = self._regressed(j, design)
        return self.fits[j, parents]

    def _regressed(self, j: int, design: Array) -> Logistic:
        return logistic(design, np.eye(2)[self.codes[j]])

    def _main_effects(self, j: int, parents: Parents) -> Array:
        """The constant and the parents `[rows, p]`."""
        rows = self.rows[j]
        causes = [self.blocks.get(i, self.x[:, [i]])[rows] for i in sorted(parents)]
        return np.concatenate([np.ones((len(rows), 1)), *causes], 1)


def split_at_piles(
    x: Array, usable: NDArray[np.bool_] | None = None, blocks: dict[int, Array] | None = None
) -> Split:
    """The evidence of piles, and the rows that are left to other scores; the arguments are of the former."""
    points = PointMasses(x, usable, blocks)
    return (points, points.beside(usable)) if points else (None, usable)


def pile(column: Array) -> NDArray[np.intp]:
    """Which values `[n]` of a column lie where it piles up, 1 or 0; none where it does so at several values.

    >>> amounts = np.concatenate([np.zeros(50), np.linspace(1, 2, 100)])
    >>> pile(amounts)[[0, 49, 50]].tolist(), bool(pile(np.repeat(np.arange(30.0), 50)).any())
    ([1, 1, 0], False)
    """
    values, place, counts = np.unique(column, return_inverse=True, return_counts=True)
    high = counts >= max(PILE * len(column), MIN_PILE)
    codes = high[place].astype(np.intp)
    few = len(values) - high.sum() < MIN_VALUES or (codes == 0).sum() < MIN_BETWEEN
    if few or high.sum() != 1 or counts[high].min() < ALONE * counts[~high].max():
        return np.zeros(len(column), dtype=np.intp)
    return codes
