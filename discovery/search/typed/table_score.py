r"""Scores of tables of counts: a discrete variable whose parents are discrete.

BDeu (Heckerman, Geiger and Chickering, 1995) is the exact log marginal likelihood of a table of conditional
probabilities, a Dirichlet distribution being the prior of each of its rows. With \(r\) levels of the child,
\(q\) configurations of its parents, and \(N_{ck}\) rows of configuration \(c\) and level \(k\),

.. math:: \sum_c \log \frac{\Gamma(a / q)}{\Gamma(a / q + N_c)}
    + \sum_{ck} \log \frac{\Gamma(a / qr + N_{ck})}{\Gamma(a / qr)}.

Only configurations that occur count, so the work depends on the rows, not on \(q\). Graphs that state the
same independences have the same score, so tables alone never tell the direction of an edge that those leave
open.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from discovery.search.local_scores import Parents

SAMPLE_SIZES = (1.0, 2.0, 3.0, 5.0, 10.0, 20.0)  # rows that the prior may be worth
DENSE = 4  # configurations per row up to which they keep their own numbers
MOST_CELLS = 2_000_000  # rows of the sets that are counted together
DECIMALS = 7  # sums of what is equal differ in their rounding errors; searches must not choose by those


class TableScore:
    """BDeu of sets of discrete parents of discrete variables.

    A missing value of a parent is a level of its own, so that every set of parents explains the same rows.

    Args:
        codes: Values `[n, d]`, 0 to K - 1; -1 where missing.
        levels: K of every column, `[d]`; columns with fewer than 2 are never asked for.
        usable: Bool `[n, d]`: the rows that show the mechanism of each variable; all of them if None.
        sample_size: Rows that the prior is worth.

    Example:
        >>> copies = np.tile([[0], [1]], (50, 2))
        >>> alone, copied = TableScore(copies, np.array([2, 2]))([(1, frozenset()), (1, frozenset({0}))])
        >>> bool(copied > alone + 60)
        True
    """

    def __init__(
        self,
        codes: NDArray[np.integer],
        levels: NDArray[np.integer],
        usable: NDArray[np.bool_] | None = None,
        sample_size: float = 5.0,
    ) -> None:
        self.sample_size = sample_size
        missing = codes < 0
        self.own = levels.astype(np.int64)
        self.levels = self.own + missing.any(0)  # as a parent has them
        self.codes = np.ascontiguousarray(np.where(missing, levels, codes).T.astype(np.int64))
        known = ~missing if usable is None else ~missing & usable
        self.rows = [None if known[:, j].all() else np.flatnonzero(known[:, j]) for j in range(len(levels))]

    def __call__(self, requests: list[tuple[int, Parents]]) -> list[float]:
        """The BDeu of every `(j, parents)`."""
        step = max(1, MOST_CELLS // self.codes.shape[1])
        parts = [requests[k : k + step] for k in range(0, len(requests), step)]
        return [value for part in parts for value in self._evidence(part)]

    def _evidence(self, requests: list[tuple[int, Parents]]) -> list[float]:
        cells, sizes, configurations = [], [0], []
        for j, parents in requests:
            cell, q = self.configurations(sorted(parents), self.rows[j])
            child = self.codes[j] if self.rows[j] is None else self.codes[j][self.rows[j]]
            cells.append(cell * self.own[j] + child + sizes[-1])
            sizes.append(sizes[-1] + q * int(self.own[j]))
            configurations.append(float(np.prod(self.levels[list(parents)], dtype=float)))
        counts = np.bincount(np.concatenate(cells), minlength=sizes[-1])
        occurring = np.flatnonzero(counts)
        of = np.searchsorted(sizes, occurring, side="right") - 1
        r = self.own[[j for j, _ in requests]]
        prior = self.sample_size / np.array(configurations)
        first = occurring - (occurring - np.array(sizes)[of]) % r[of]  # the cell in which its row begins
        starts = np.flatnonzero(np.diff(first, prepend=-1))
        rows, of_row = np.add.reduceat(counts[occurring], starts), of[starts]
        value = _risen((prior / r)[of], counts[occurring])
        total = np.bincount(of, value, len(requests)) - np.bincount(
            of_row, _risen(prior[of_row], rows), len(requests)
        )
        return total.round(DECIMALS).tolist()

    def configurations(
        self, parents: list[int], rows: NDArray[np.intp] | None
    ) -> tuple[NDArray[np.int64], int]:
        """Which configuration of the parents each of the rows has, `[rows]`, and one more than the last.

        Args:
            parents: Discrete variables.
            rows: Places of the rows; all of them if None.
        """
        n = self.codes.shape[1] if rows is None else len(rows)
        cell, size = np.zeros(n, dtype=np.int64), 1
        for i in parents:
            size *= int(self.levels[i])
            cell = cell * self.levels[i] + (self.codes[i] if rows is None else self.codes[i][rows])
            if size > DENSE * n:  # numbers of what occurs only: they stay small, however many the parents
                occurring, cell = np.unique(cell, return_inverse=True)
                size = len(occurring)
        return cell, size


def _risen(prior: NDArray[np.float64], counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """The log of the product of `prior`, `prior + 1`, ... of as many factors as are counted."""
    risen: NDArray[np.float64] = gammaln(prior + counts) - gammaln(prior)
    return risen
