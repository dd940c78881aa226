r"""Scores of tables of counts: a discrete variable whose parents are discrete.

The evidence of a table of conditional probabilities is its exact log marginal likelihood, a Dirichlet
distribution being the prior of each of its rows (Heckerman, Geiger and Chickering, 1995). With
\(N_{ck}\) rows of configuration \(c\) of the parents and level \(k\) of the child,

.. math:: \sum_c \log \frac{\Gamma(a_c)}{\Gamma(a_c + N_c)}
    + \sum_{ck} \log \frac{\Gamma(a_c m_k + N_{ck})}{\Gamma(a_c m_k)}, \qquad a_c = \max(s w_c, \tfrac12).

Uniform \(m\) and \(w\) make it BDeu. With the shares of the column's own levels for \(m\), and the product
of its parents' shares for \(w\), it is BDe whose prior network has no edges, which suits columns with rare
levels; what these shares tell of the rows is paid back. Either treats graphs that state the same
independences alike. The bound of one half is where a configuration is worth hardly a row: without it a table
of many rows is certain of each of them as soon as it was seen once, and gains or loses by the second time
many nats. There the two directions of an edge may have different scores, though rows do not tell which is
true.

Only configurations that occur count, so the work depends on the rows, not on the number of configurations.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from discovery.search.local_scores import Parents
from foundation_causal.types import Array


class TablePrior(NamedTuple):
    """What is believed of a table of conditional probabilities before its rows are seen.

    Attributes:
        sample_size: Rows that the belief is worth.
        by_shares: Whether its mean is the share of each level in the column, rather than uniform.
    """

    sample_size: float
    by_shares: bool = False


# Those that the evidence chooses from. Together with `LEAST` and one expected parent they lowered the mean
# SHD of 113 tables of 1,000 rows from 8.1 to 7.1: parts of networks of bnlearn that are not in the suite's
# table of results, networks drawn at random, and tables of the generator of `mixed` by other seeds.
PRIORS = (
    *(TablePrior(size) for size in (1.0, 3.0, 10.0)),
    *(TablePrior(size, by_shares=True) for size in (5.0, 10.0, 20.0, 40.0, 80.0)),
)
BDEU = TablePrior(5.0)
LEAST = 0.5  # rows that the prior of each row of a table is worth
DENSE = 4  # configurations per row up to which they keep their own numbers
DECIMALS = 7  # sums of what is equal differ in their rounding errors; searches must not choose by those


class TableScore:
    """Evidence of sets of discrete parents of discrete variables.

    A missing value of a parent is a level of its own, so that every set of parents explains the same rows.

    Args:
        codes: Values `[n, d]`, 0 to K - 1; -1 where missing.
        levels: K of every column, `[d]`; columns with fewer than 2 are never asked for.
        usable: Bool `[n, d]`: the rows that show the mechanism of each variable; all of them if None.
        prior: Of tables.

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
        prior: TablePrior = BDEU,
    ) -> None:
        self.prior = prior
        missing = codes < 0
        self.own = levels.astype(np.int64)
        self.levels = self.own + missing.any(0)  # as a parent has them
        self.codes = np.ascontiguousarray(np.where(missing, levels, codes).T.astype(np.int64))
        known = ~missing if usable is None else ~missing & usable
        self.rows = [None if known[:, j].all() else np.flatnonzero(known[:, j]) for j in range(len(levels))]
        self.shares: dict[int, Array] = {}
        self.means: dict[int, tuple[Array, float]] = {}

    def __call__(self, requests: list[tuple[int, Parents]]) -> list[float]:
        """The evidence of every `(j, parents)`."""
        return [round(self._evidence(j, sorted(parents)), DECIMALS) for j, parents in requests]

    def counts(self, j: int, parents: list[int]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """How often each level goes with each configuration that occurs, and a row that shows it.

        Returns:
            Counts `[configurations, K]`, and places among all rows, `[configurations]`.
        """
        rows, k = self.rows[j], int(self.own[j])
        cell, q = self.configurations(parents, rows)
        child = self.codes[j] if rows is None else self.codes[j][rows]
        counted = np.bincount(cell * k + child, minlength=q * k).reshape(q, k)
        shown = np.zeros(q, dtype=np.intp)
        shown[cell] = np.arange(len(cell)) if rows is None else rows
        occurring = counted.any(1)
        return counted[occurring], shown[occurring]

    def _evidence(self, j: int, parents: list[int]) -> float:
        counts, shown = self.counts(j, parents)
        mean, given_away = self._mean(j)
        worth = np.maximum(self.prior.sample_size * self._weights(parents, shown), LEAST)
        row, level = np.nonzero(counts)
        cells = _risen(worth[row] * mean[level], counts[row, level]).sum()
        return float(cells - _risen(worth, counts.sum(1)).sum() - given_away)

    def _weights(self, parents: list[int], shown: NDArray[np.intp]) -> Array:
        """How the worth of the prior is shared out among the configurations of these rows, `[rows]`."""
        if not self.prior.by_shares:
            return np.full(len(shown), 1 / np.prod(self.levels[parents], dtype=float))
        weights = np.ones(len(shown))
        for i in parents:
            weights = weights * self._shares(i)[self.codes[i][shown]]
        return weights

    def _mean(self, j: int) -> tuple[Array, float]:
        """The mean of the prior of each row `[K]`, and the nats that it takes from the rows themselves."""
        if j not in self.means:
            k, size = int(self.own[j]), self.prior.sample_size
            mean, given_away = np.full(k, 1 / k), 0.0
            if self.prior.by_shares:
                counts = self.counts(j, [])[0].sum(0)
                mean = _smoothed(counts)
                given_away = _of_one_row(size * mean, counts) - _of_one_row(np.full(k, 0.5), counts)
            self.means[j] = mean, given_away
        return self.means[j]

    def _shares(self, i: int) -> Array:
        """The share of each level of a parent, `[K]`, one that means missing among them."""
        if i not in self.shares:
            self.shares[i] = _smoothed(np.bincount(self.codes[i], minlength=int(self.levels[i])))
        return self.shares[i]

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


def _smoothed(counts: NDArray[np.integer]) -> Array:
    """Shares `[K]`, none of which is zero."""
    shares: Array = (counts + 0.5) / (counts + 0.5).sum()
    return shares


def _of_one_row(prior: Array, counts: NDArray[np.integer]) -> float:
    """The evidence of one row of a table, `[K]` counts under a Dirichlet prior `[K]`."""
    return float(_risen(prior, counts).sum() - _risen(prior.sum(), counts.sum()))


def _risen(prior: Array, counts: NDArray[np.integer]) -> Array:
    """The log of the product of `prior`, `prior + 1`, ... of as many factors as are counted."""
    risen: Array = gammaln(prior + counts) - gammaln(prior)
    return risen
