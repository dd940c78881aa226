r"""Local scores of tables whose columns are of different types.

* A discrete child of discrete parents has a table (`discovery.search.typed.table_score`), or where there are
  several a multinomial logistic regression without products: what parents do adds up in many mechanisms, and
  a table has to learn each of their combinations.
* A discrete child with numeric parents has a multinomial logistic regression, or a table in which the numeric
  parents are cut at their quartiles.
* A numeric child has a linear regression with noise of any shape or, when asked for, a Gaussian process
  regression. A count may also have a negative binomial regression; its densities are those of a value that
  is spread over the unit around it.

A discrete parent enters a regression as one indicator for each of its levels but one. A regression has main
effects only, or one intercept for every configuration of the discrete parents, or squares and products. The
forms are equally probable beforehand, so the evidence is the mean of theirs, and scores of all types are log
densities or log probabilities of the same rows.

Noise that could only be Gaussian would make a discrete variable the cause of every numeric one whose
marginal is not: a binary cause makes a mixture of two. So residuals have a density of their own
(`discovery.search.shaped_score`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from discovery.search.curved.nonlinear_score import ProcessScore
from discovery.search.local_scores import Parents
from discovery.search.shaped_score import log_mean, shape_evidence, tree_depth
from discovery.search.typed.count_evidence import constants_of, count_evidence
from discovery.search.typed.logistic_evidence import Logistic, logistic, promised
from discovery.search.typed.table_score import DECIMALS, TablePrior, TableScore
from foundation_causal.types import Array

BINS = 4  # that numeric parents of a discrete child are cut into for its table
MOST_FEATURES = 40  # of a regression; forms that need more are left out
MOST_WEIGHTS = 120  # of a logistic regression on discrete parents alone, whose time grows by their cube
NEGLIGIBLE = 3.0  # nats; a form so far below that with main effects adds little to the mean


class MixedScore:
    """Log evidence of sets of parents of columns of any type.

    Args:
        x: Standardized numeric values `[n, d]`, complete; those of discrete columns are not read.
        codes: Values of discrete columns `[n, d]`, 0 to K - 1; -1 where missing. The counts in columns of
            counts, -1 in other numeric ones.
        levels: K of every discrete column, 0 of a numeric one, `[d]`.
        usable: Bool `[n, d]`: the rows that show the mechanism of each variable; all of them if None.
        prior: Of tables.
        nonlinear: Whether numeric children may have Gaussian process regressions, which take far longer.
    """

    def __init__(
        self,
        x: Array,
        codes: NDArray[np.integer],
        levels: NDArray[np.integer],
        usable: NDArray[np.bool_] | None = None,
        *,
        prior: TablePrior,
        nonlinear: bool = False,
    ) -> None:
        self.x, self.levels = x, levels
        discrete = levels > 0
        self.table = TableScore(
            np.where(discrete, codes, quantile_bins(x, BINS)),
            np.where(discrete, levels, BINS),
            usable,
            prior,
        )
        known = (~discrete | (codes >= 0)) & (True if usable is None else usable)
        self.rows = [np.flatnonzero(known[:, j]) for j in range(len(levels))]
        self.blocks = [
            indicators(self.table.codes[j]) if discrete[j] else x[:, [j]] for j in range(len(levels))
        ]
        self.counts = are_counts(codes, levels)
        self.codes = codes
        self.depth = [0 if discrete[j] else tree_depth(x[self.rows[j], j]) for j in range(len(levels))]
        self.constant: dict[int, float] = {}
        self.of_counts: dict[int, Array] = {}  # by `constants_of`
        self.columns: list[list[int]] = []
        self.process: ProcessScore | None = None
        if nonlinear:
            self._prepare_process(known)

    def _prepare_process(self, known: NDArray[np.bool_]) -> None:
        # Indicators are doubled: those of a balanced binary column then spread as far as a numeric one.
        wide = [self.x[:, [j]] if k == 0 else 2 * self.blocks[j] for j, k in enumerate(self.levels)]
        ends = np.cumsum([0] + [block.shape[1] for block in wide])
        self.columns = [list(range(a, b)) for a, b in pairwise(ends)]
        own = np.repeat(known, np.diff(ends), axis=1)
        self.process = ProcessScore(np.concatenate(wide, 1), usable=None if own.all() else own)

    def __call__(self, requests: list[tuple[int, Parents]]) -> list[float]:
        """The log evidence of every `(j, parents)`."""
        discrete = [r for r in requests if self.levels[r[0]] > 0]
        tables = dict(zip(discrete, self.table(discrete), strict=True))
        curves: dict[tuple[int, Parents], float] = {}
        if self.process is not None:
            curved = [r for r in requests if self.levels[r[0]] == 0 and r[1]]
            expanded = [
                (self.columns[j][0], frozenset(c for i in pa for c in self.columns[i])) for j, pa in curved
            ]
            curves = dict(zip(curved, self.process(expanded), strict=True))
        values = []
        for j, parents in requests:
            if self.levels[j] > 0:
                numeric = any(self.levels[i] == 0 for i in parents)
                table = tables[j, parents]
                value = self._logistic(j, parents, table) if numeric else self._additive(j, parents, table)
            else:
                value = self._regression(j, parents, curves.get((j, parents)))
            values.append(round(float(value), DECIMALS))
        return values

    def _logistic(self, j: int, parents: Parents, table: float) -> float:
        """Log mean evidence of a table and of the forms of a logistic regression."""
        rows, k = self.rows[j], int(self.levels[j])
        child = self.table.codes[j][rows]
        values = [table]
        best: Logistic | None = None
        fewest = 0.0
        for features in self._forms(parents, rows):
            design = whitened(features)
            cost = 0.5 * (k - 1) * design.shape[1] * np.log(len(rows))
            if best is not None and 2 * promised(design, child, best) < cost - fewest - NEGLIGIBLE:
                continue
            fit = logistic(design, np.eye(k)[child])
            # What a table and a regression without parents differ by is a matter of their priors alone.
            values.append(fit.likelihood - cost + self._constant(j))
            if best is None:
                best, fewest = fit, cost
        return log_mean(values, 4)

    def _additive(self, j: int, parents: Parents, table: float) -> float:
        """Log mean evidence of a table and of a logistic regression on discrete parents, without products."""
        k, features = int(self.levels[j]), 1 + sum(self.blocks[i].shape[1] for i in parents)
        if len(parents) < 2 or k * features > MOST_WEIGHTS:
            return table
        return log_mean([table, self._sum_of_effects(j, sorted(parents))], 2)

    def _sum_of_effects(self, j: int, parents: list[int]) -> float:
        counts, shown = self.table.counts(j, parents)
        often = counts.sum(1) / counts.sum()
        features = np.concatenate([np.ones((len(shown), 1)), *(self.blocks[i][shown] for i in parents)], 1)
        design = whitened(features, often)
        fit = logistic(design, counts.astype(float))
        cost = 0.5 * (counts.shape[1] - 1) * design.shape[1] * np.log(counts.sum())
        return float(fit.likelihood - cost + self._constant(j))

    def adds_up(self, j: int, parents: Parents) -> bool:
        """Whether the effects of discrete parents on a discrete variable probably add up."""
        return self([(j, parents)])[0] > self.table([(j, parents)])[0]

    def _constant(self, j: int) -> float:
        if j not in self.constant:
            rows, k = self.rows[j], int(self.levels[j])
            counts = np.bincount(self.table.codes[j][rows], minlength=k)
            shares = counts[counts > 0] / len(rows)
            bic = len(rows) * (shares * np.log(shares)).sum() - 0.5 * (k - 1) * np.log(len(rows))
            self.constant[j] = self.table([(j, frozenset())])[0] - float(bic)
        return self.constant[j]

    def _regression(self, j: int, parents: Parents, curve: float | None) -> float:
        """Log mean evidence of the forms of a linear regression."""
        rows, among = self.rows[j], 3 if self.process is None else 4
        y = self.x[rows, j]
        designs = [whitened(features) for features in self._forms(parents, rows)]
        values = [shape_evidence(design, y, design.T @ y / len(y), self.depth[j]) for design in designs]
        if curve is not None:
            values.append(curve)
        if self.counts[j]:
            counts = self.codes[rows, j].astype(float)
            unit = max(float(np.ptp(counts)), 1.0) / max(float(np.ptp(y)), 1e-9)
            values = [value - len(rows) * float(np.log(unit)) for value in values]
            if j not in self.of_counts:
                self.of_counts[j] = constants_of(counts)
            values += [count_evidence(design, counts, self.of_counts[j]) for design in designs]
            among *= 2
        return log_mean(values, among)

    def _forms(self, parents: Parents, rows: NDArray[np.intp]) -> Iterator[Array]:
        """The features of the forms that these parents can have, each `[rows, p]`; three of them at most."""
        numeric = [i for i in sorted(parents) if self.levels[i] == 0]
        discrete = [i for i in sorted(parents) if self.levels[i] > 0]
        one = np.ones((len(rows), 1))
        blocks = [self.blocks[i][rows] for i in (*numeric, *discrete)]
        main = np.concatenate([one, *blocks], 1)
        yield main
        cells = one
        if len(discrete) > 1:
            cell, _ = self.table.configurations(discrete, rows)
            cells = indicators(np.unique(cell, return_inverse=True)[1])
            if cells.shape[1] + len(numeric) < MOST_FEATURES:
                yield np.concatenate([one, self.x[rows][:, numeric], cells], 1)
        if numeric:
            products = [main[:, 1:]]
            products += [
                a[:, :, None] * b[:, None, :]
                for k, a in enumerate(blocks[: len(numeric)])
                for b in blocks[k:]
            ]
            wide = np.concatenate([one, *(p.reshape(len(rows), -1) for p in products)], 1)
            if wide.shape[1] < MOST_FEATURES:
                yield wide


def are_counts(codes: NDArray[np.integer], levels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which columns hold counts, bool `[d]`: those that have codes and no levels."""
    counts: NDArray[np.bool_] = (levels == 0) & (codes >= 0).all(0)
    return counts


def quantile_bins(x: Array, bins: int) -> NDArray[np.intp]:
    """In which of the equally frequent intervals of its column each value lies, `[n, d]`."""
    cuts = np.quantile(x, np.arange(1, bins) / bins, axis=0)
    binned: NDArray[np.intp] = (x[None] > cuts[:, None]).sum(0)
    return binned


def indicators(codes: NDArray[np.integer]) -> Array:
    """0/1 columns `[n, K - 1]` of all values that occur but the most frequent one."""
    values, counts = np.unique(codes, return_counts=True)
    kept = np.delete(values, counts.argmax())
    hot: Array = (codes[:, None] == kept).astype(float)
    return hot


def whitened(features: Array, often: Array | None = None) -> Array:
    """An orthogonal basis `[n, rank]` of the span of features `[n, p]`, of mean square 1.

    Evidence by it does not depend on how levels are numbered or which of them has no indicator. `often` is
    the share of each row in a mean, `[n]`; one as much as the other if None.
    """
    weighed = features / len(features) if often is None else often[:, None] * features
    values, vectors = np.linalg.eigh(features.T @ weighed)
    kept = values > 1e-9 * values[-1]
    basis: Array = features @ (vectors[:, kept] / np.sqrt(values[kept]))
    return basis
