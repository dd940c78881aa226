r"""What breaks the assumption that rows are independent: copies of rows, and rows in the order of time.

**Copies.** In a table of continuous columns two equal rows are next to impossible. By chance two rows agree
in a column with probability \(p_j\): as often as the *different* rows do, or as values on a grid of so many
points between the quartiles would. Rows that agree in all columns agree in the one of the smallest \(p_j\),
which bounds how many pairs of equal rows chance explains. A row that occurs more than once counts as copied
if one of its values occurs in no other row; in tables of few levels none does, and nothing is said.

**Order.** In independent rows the lag-1 autocorrelation of a column's ranks is \(-1/n\) on average with a
standard deviation of \(1/\sqrt n\) (Bartlett, 1946); the bound on it is corrected for the number of columns.
A table that is sorted by one of its columns shows autocorrelation in all that depends on it, and is as good
as before. There, each other column is judged by what a curve along the sorting column leaves of it, and by
the autocorrelation \(1 + 2 \rho_\Delta\) that its differences from row to row imply, which no smooth curve
changes. In any table, what is judged in the end is what the other columns leave of a column: one that follows
a drifting cause is harmless, two that drift each by itself are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from foundation_causal.columns.findings import Finding
from foundation_causal.columns.linear_dependence import lattice_step
from foundation_causal.errors import InputError, counted, quoted
from foundation_causal.observations import MIN_ROWS, Observations
from foundation_causal.types import Array

BEYOND_CHANCE = 3.0  # times the pairs of equal rows that chance explains at most, and as many pairs more
FALSE_ALARMS = 0.001  # of tables of independent rows that are said to be in an order
STRONG = 0.3  # autocorrelations below this do little harm, however sure they are
CURVE = 7  # degree of the polynomial along the order of a sorted table
LEFT = 0.03  # the least share of a column's variance that the curve must leave before it is judged
MIN_OUTSIDE = 5  # rows with other values than the most frequent one, without which no order is seen
MAX_GROUPS = 50  # different values of a column by which rows are grouped


class Copies(NamedTuple):
    """Rows that repeat others beyond chance.

    Attributes:
        repeats: Bool `[n]`, rows that are copies of an earlier one.
        different: How many different rows there are.
    """

    repeats: NDArray[np.bool_]
    different: int


def copies(table: Observations) -> Copies | None:
    """The rows that are copies beyond what chance explains, or None."""
    frame = table.frame
    if table.intervened is not None:
        mask = pd.DataFrame(table.intervened, index=frame.index).add_prefix("set ")
        frame = pd.concat([frame, mask], axis=1)
    repeated = frame.duplicated().to_numpy()
    if not repeated.any():
        return None
    first = np.flatnonzero(~repeated)
    group = frame.groupby(list(frame.columns), dropna=False, sort=False).ngroup().to_numpy()
    size = np.bincount(group)
    own = np.zeros(len(first), dtype=bool)  # different rows with a value that no other has
    chance = 1.0
    for j, name in enumerate(table.names):
        if name in table.schema.names and table.schema[name].is_discrete:
            continue
        column = table.values[:, j]
        value, count = np.unique(column[first], return_inverse=True, return_counts=True)[1:]
        own |= count[value] == 1
        chance = min(chance, _agreement(column, count))
    surprising = np.where(own, size, 1)
    pairs = float((surprising * (surprising - 1)).sum() / 2)
    n = len(frame)
    if pairs <= BEYOND_CHANCE * (chance * n * (n - 1) / 2 + 1):
        return None
    return Copies(repeated & own[group], n - int((surprising - 1).sum()))


def each_row_once(table: Observations) -> Observations:
    """The table without the copies of rows, each different row once; the table itself if there are none.

    Raises:
        InputError: The different rows are fewer than a table must have.

    >>> from foundation_causal.observations import observations
    >>> rows = np.random.default_rng(0).normal(size=(30, 2))
    >>> each_row_once(observations(np.tile(rows, (16, 1)))).values.shape
    (30, 2)
    """
    found = copies(table)
    if found is None:
        return table
    if found.different < MIN_ROWS:
        raise InputError(
            f"The {len(found.repeats):,} rows are copies of {counted(found.different, 'different row')}; give "
            f"at least {MIN_ROWS} different ones."
        )
    kept = ~found.repeats
    mask = None if table.intervened is None else table.intervened[kept]
    return Observations(table.frame[kept], mask, table.schema)


def about_copies(table: Observations) -> Iterator[Finding]:
    """The finding that rows are copied, where that is so."""
    found = copies(table)
    if found is not None:
        n = len(found.repeats)
        yield Finding(
            "copied rows",
            tuple(table.names),
            f"The {n:,} rows hold {found.different:,} different ones, and chance does not repeat continuous "
            "values: a copy is no new evidence, so give each row once.",
            found.different / n,
        )


def about_order(table: Observations) -> Iterator[Finding]:
    """The findings that rows stand in an order: sorted by a column, or columns that drift together."""
    values = table.values
    varied = np.array([_varies(column) for column in values.T])
    sorting = [j for j in np.flatnonzero(varied) if _sorts(table, int(j))]
    key = next(iter(sorting), None)
    if key is not None and not _counts(values[:, key]):
        yield Finding(
            "sorted rows",
            (table.names[key],),
            f"The rows are sorted by '{table.names[key]}', which does no harm by itself.",
            1.0,
        )
    n, d = values.shape
    judged = [int(j) for j in np.flatnonzero(varied) if j not in sorting and _has_rank(table, int(j))]
    if len(judged) < 2:
        return
    ranks = np.column_stack([_ranks(values[:, j]) for j in judged])
    drift = _drift(ranks, None if key is None else values[:, key])
    limit = max(STRONG, norm.isf(FALSE_ALARMS / d) / np.sqrt(n))
    if (drift > limit).sum() > 1:
        drift = np.minimum(drift, _drift(_beyond_the_others(ranks), None))
    moving = np.flatnonzero(drift > limit)
    if len(moving) > 1:
        two = np.sort(drift)[-2:]
        worth = max(2, int(n * (1 - two.prod()) / (1 + two.prod())))
        names = [table.names[judged[j]] for j in moving]
        yield Finding(
            "ordered rows",
            tuple(names),
            f"Neighbouring rows are alike in {quoted(names)} (autocorrelation up to {two[1]:.2f}), as in a time "
            f"series: columns that drift seem related without a cause, and {n:,} rows tell as much as "
            f"about {worth:,}; give differences from row to row, or rows far apart.",
            float(two[1]),
        )


def _agreement(column: Array, count: NDArray[np.intp]) -> float:
    """The probability that two rows agree in a column by chance; `count` is of values among different rows."""
    m = int(count.sum())
    among = float((count * (count - 1)).sum() / max(m * (m - 1), 1))
    step = lattice_step(column)
    if step == 0:
        return among
    low, high = np.nanquantile(column, [0.25, 0.75])
    return max(among, 1 / (2 * (high - low) / step + 1))


def _varies(column: Array) -> bool:
    """Whether enough values differ from the most frequent one for an order to be seen."""
    known = column[~np.isnan(column)]
    count = np.unique(known, return_counts=True)[1]
    return len(known) - int(count.max(initial=0)) >= MIN_OUTSIDE


def _sorts(table: Observations, j: int) -> bool:
    """Whether the rows are sorted by the column at place `j`, or stand in groups of its values."""
    column = table.values[:, j]
    if np.isnan(column).any():
        return False
    step = np.diff(column)
    if bool((step >= 0).all() or (step <= 0).all()):
        return True
    different = len(np.unique(column))
    return different <= MAX_GROUPS and int((step != 0).sum()) == different - 1 and 2 * different <= len(column)


def _counts(column: Array) -> bool:
    step = np.diff(column)
    return bool((step == step[0]).all())


def _has_rank(table: Observations, j: int) -> bool:
    name = table.names[j]
    return name not in table.schema.names or table.schema[name].is_ordered


def _ranks(column: Array) -> Array:
    """The ranks of a column with mean 0 and variance 1; 0 where a value is missing."""
    known = ~np.isnan(column)
    rank = np.full(len(column), (known.sum() + 1) / 2)
    rank[known] = rankdata(column[known])
    return (rank - rank.mean()) / rank.std()


def _drift(columns: Array, key: Array | None) -> Array:
    """The autocorrelation of columns `[n, k]`, beyond what the column explains by which rows are sorted."""
    if key is None:
        return _autocorrelation(columns)
    left = _beside(columns, key)
    implied = np.minimum(_autocorrelation(left), 1 + 2 * _autocorrelation(np.diff(columns, axis=0)))
    return np.where(left.var(0) < LEFT * columns.var(0), 0.0, implied)


def _beyond_the_others(ranks: Array) -> Array:
    """What lines and parabolas in all other columns leave of each column, `[n, k]`.

    Columns that follow one that drifts are alike in neighbouring rows, too, and harmless: beyond it they are
    not.
    """
    n, k = ranks.shape
    both = np.column_stack([ranks, ranks**2 - 1]) if n > 5 * k else ranks
    if n <= 2 * k:
        return ranks
    precision = np.linalg.inv(both.T @ both / n + 1e-3 * np.eye(both.shape[1]))
    return both @ precision[:, :k] / precision.diagonal()[:k]


def _beside(columns: Array, key: Array) -> Array:
    """What groups of equal values of `key`, or else a curve along the rows, leave of columns `[n, k]`."""
    different, place = np.unique(key, return_inverse=True)
    if len(different) <= MAX_GROUPS:
        design = np.eye(len(different))[place]
    else:
        curve = np.polynomial.legendre.legvander(np.linspace(-1, 1, len(key)), CURVE)
        design = np.column_stack([curve, (key - key.mean()) / key.std()])
    return columns - design @ np.linalg.lstsq(design, columns, rcond=None)[0]


def _autocorrelation(columns: Array) -> Array:
    """The lag-1 autocorrelation of every column, `[n, k]` -> `[k]`; 0 for a constant one."""
    centred = columns - columns.mean(0)
    total = np.square(centred).sum(0)
    return (centred[1:] * centred[:-1]).sum(0) / np.where(total > 0, total, 1.0)
