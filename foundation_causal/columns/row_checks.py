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
a drifting cause is harmless, two that drift each by itself are not. Where the same interventions were made in
many rows, one after the other, what they did is no drift: columns are judged by what the means of rows with
the same interventions leave of them, and by the values that nobody set.

**What is left of rows that drift.** From each row the same multiple \(\rho\) of the row before is subtracted
in all columns (Cochrane and Orcutt, 1949). Where \(b_t = \beta a_t + u_t\), then
\(b_t - \rho b_{t-1} = \beta (a_t - \rho a_{t-1}) + (u_t - \rho u_{t-1})\): linear effects within a row stay
as they are, and noise that is autoregressive with the coefficient \(\rho\) becomes independent. Effects that
curve do not stay. What drifts even then, and tables with discrete columns, gaps, interventions or columns
that others determine, are thinned.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from foundation_causal.columns import Finding
from foundation_causal.columns.linear_dependence import dependences, lattice_step
from foundation_causal.errors import InputError, counted, quoted
from foundation_causal.observations import MIN_ROWS, Observations
from foundation_causal.types import Array

BEYOND_CHANCE = 3.0  # times the pairs of equal rows that chance explains at most, and as many pairs more
FALSE_ALARMS = 0.001  # of tables of independent rows that are said to be in an order
STRONG = 0.3  # autocorrelations below this do little harm, however sure they are
CURVE = 7  # degree of the polynomial along the order of a sorted table
LEFT = 0.03  # the least share of a column's variance that the curve must leave before it is judged
MIN_OUTSIDE = 5  # rows with other values than the most frequent one, without which no order is seen
RANDOM_WALK = 0.95  # autocorrelation from which differences are taken
FEWEST_APART = 30  # rows that are kept where rows drift; with fewer the network leaves what it was trained on
MAX_ROWS = 20_000  # the first ones, in which an order is looked for
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
    values = table.values
    if table.intervened is not None:
        values = np.hstack([values, table.intervened])
    frame = pd.DataFrame(values)  # names of columns play no part
    if not _may_repeat(values):
        return None
    repeated = frame.duplicated().to_numpy()
    if not repeated.any():
        return None
    first = np.flatnonzero(~repeated)
    group = frame.groupby(list(frame.columns), dropna=False, sort=False).ngroup().to_numpy()
    size = np.bincount(group)
    own = np.zeros(len(first), dtype=bool)  # different rows with a value that no other has
    chance = 1.0
    for j, name in enumerate(table.names):
        if table.schema[name].is_discrete:
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


def _may_repeat(values: Array) -> bool:
    """Whether some rows `[n, d]` have one fingerprint: a sum of their bits, each column's times a number.

    Rows without a like are known by it in one pass and one sort; equal rows always share it.
    """
    total = np.zeros(len(values), dtype=np.uint64)
    # Odd numbers, so that no bit is lost; sums and products of unsigned integers wrap round.
    drawn = np.random.default_rng(0).integers(2**63, size=values.shape[1], dtype=np.uint64)
    weights: NDArray[np.uint64] = np.asarray(drawn * 2 + 1, dtype=np.uint64)
    for j in range(values.shape[1]):
        column, weight = values[:, j], weights[j]
        plain = np.where(np.isnan(column), np.nan, column + 0.0)  # one NaN, and -0.0 becomes 0.0
        bits = plain.view(np.uint64)
        total += (bits ^ (bits >> np.uint64(29))) * weight
    total.sort()
    return bool((total[1:] == total[:-1]).any())


class Drift(NamedTuple):
    """Columns that drift together along the rows.

    Attributes:
        columns: Their names.
        autocorrelation: The largest lag-1 autocorrelation of their ranks, beyond what other columns explain.
        worth: How many independent rows tell as much about the relation of the two that drift most:
            n (1 - ab) / (1 + ab) for autocorrelations a and b (Bartlett, 1935).
    """

    columns: tuple[str, ...]
    autocorrelation: float
    worth: int


class Judged(NamedTuple):
    """The rows of a table that count, and why others do not.

    Attributes:
        table: Each different row once; where rows drift, less a multiple of the row before, or so many of
            them, evenly spread, as they are worth.
        copies: What is copied, or None.
        drift: What drifts, or None.
        multiple: Of the row before, that was subtracted; 0 if none was.
    """

    table: Observations
    copies: Copies | None
    drift: Drift | None
    multiple: float = 0.0


def judge_rows(table: Observations, least: int = FEWEST_APART) -> Judged:
    """Choose the rows of a table that tell something new.

    Args:
        table: The table, rows in the order in which they came.
        least: How many rows to keep at least where they are thinned. All are kept if a column would not vary.

    Raises:
        InputError: The different rows are fewer than a table must have.

    >>> from foundation_causal.observations import observations
    >>> rows = np.random.default_rng(0).normal(size=(30, 2))
    >>> judge_rows(observations(np.tile(rows, (16, 1)))).table.values.shape
    (30, 2)
    >>> judge_rows(observations(np.random.default_rng(0).normal(size=(300, 2)).cumsum(0))).table.values.shape
    (299, 2)
    """
    found = copies(table)
    different = without_copies(table, found)
    if found is not None and found.different < MIN_ROWS:
        raise InputError(
            f"The {len(found.repeats):,} rows hold only {counted(found.different, 'different one')}, and "
            f"copies tell nothing new; give at least {MIN_ROWS} different rows."
        )
    moving = drift(different)
    if moving is None:
        return Judged(different, found, None)
    less, multiple = _less_the_row_before(different)
    return Judged(_far_apart(less, drift(less) if multiple else moving, least), found, moving, multiple)


def _far_apart(table: Observations, moving: Drift | None, least: int) -> Observations:
    """As many rows, evenly spread, as they are worth, at least so many; all if a column would not vary."""
    n = len(table.frame)
    if moving is None or max(moving.worth, least) >= n:
        return table
    fewer = _take(table, np.linspace(0, n - 1, max(moving.worth, least)).astype(int))
    varied = fewer.frame.nunique().min() > 1 and fewer.frame.notna().sum().min() >= MIN_ROWS
    return fewer if varied else table


def _less_the_row_before(table: Observations) -> tuple[Observations, float]:
    """The rows less a multiple of the row before, and the multiple; as they are, and 0, where that cannot be.

    Columns by which the rows are sorted stay as they are. The multiple is the mean of the two largest
    autocorrelations, the bias of which is removed (Kendall, 1954).
    """
    values, n = table.values, len(table.values)
    moved = [j for j in range(values.shape[1]) if not _sorts(table, values, j)]
    whole = table.intervened is None and not np.isnan(values).any()
    if not whole or table.schema.has_types or n <= MIN_ROWS or len(moved) < 2 or dependences(table):
        return table, 0.0
    found = _autocorrelation(values[:, moved])
    multiple = float(np.sort(found + (1 + 3 * found) / n)[-2:].mean())
    multiple = 1.0 if multiple > RANDOM_WALK else max(multiple, 0.0)
    less = values[1:].copy()
    less[:, moved] -= multiple * values[:-1, moved]
    frame = pd.DataFrame(less, columns=table.frame.columns, index=table.frame.index[1:])
    if frame.nunique().min() < 2:
        return table, 0.0
    return Observations(frame, schema=table.schema), multiple


def without_copies(table: Observations, found: Copies | None) -> Observations:
    """The table with each different row once; the table itself if nothing is copied."""
    return table if found is None else _take(table, np.flatnonzero(~found.repeats))


def _take(table: Observations, rows: NDArray[np.intp]) -> Observations:
    mask = None if table.intervened is None else table.intervened[rows]
    return Observations(table.frame.iloc[rows], mask, table.schema)


def drift(table: Observations) -> Drift | None:
    """The columns that drift together along the rows, or None."""
    values = table.values[:MAX_ROWS]
    varied = _varied(values)
    sorting = [j for j in varied if _sorts(table, values, j)]
    judged = [j for j in varied if j not in sorting and table.schema.ordered[j]]
    if len(judged) < 2:
        return None
    ranks, own = _ranks(values[:, judged]), None
    if table.intervened is not None:
        ranks = _beside_interventions(ranks, table.intervened[:MAX_ROWS])
        own = ~table.intervened[:MAX_ROWS, judged]
    found = _drift(ranks if own is None else ranks * own, values[:, sorting[0]] if sorting else None)
    n, d = values.shape
    limit = max(STRONG, -float(ndtri(FALSE_ALARMS / d)) / np.sqrt(n))
    if (found > limit).sum() > 1:
        found = np.minimum(found, _autocorrelation(_beyond_the_others(ranks)))
    moving = np.flatnonzero(found > limit)
    if len(moving) < 2:
        return None
    both = float(np.sort(found)[-2:].prod())
    worth = max(2, int(len(table.values) * (1 - both) / (1 + both)))
    return Drift(tuple(table.names[judged[j]] for j in moving), float(found.max()), worth)


def about_copies(n: int, found: Copies | None) -> Iterator[Finding]:
    """The finding that some of the `n` rows are copied, where that is so."""
    if found is not None:
        yield Finding(
            "copied rows",
            (),
            f"The {n:,} rows hold {found.different:,} different ones, and chance does not repeat continuous "
            "values: a copy is no new evidence, so give each row once.",
            found.different / n,
        )


def about_drift(n: int, found: Drift | None) -> Iterator[Finding]:
    """The finding that columns drift together along `n` rows, where that is so."""
    if found is not None:
        yield Finding(
            "ordered rows",
            found.columns,
            f"Neighbouring rows are alike in {quoted(found.columns)} (autocorrelation up to "
            f"{found.autocorrelation:.2f}), as in a time series: columns that drift seem related without a "
            f"cause, and {n:,} rows tell as much as about {found.worth:,}; give differences from row to "
            "row, or rows far apart.",
            found.autocorrelation,
        )


def about_sorting(table: Observations) -> Iterator[Finding]:
    """The finding that the rows are sorted by a column which does not merely count them."""
    values = table.values[:MAX_ROWS]
    for j in _varied(values):
        if _sorts(table, values, j) and not _counts(values[:, j]):
            name = table.names[j]
            yield Finding(
                "sorted rows", (name,), f"The rows are sorted by '{name}', which does no harm by itself.", 1.0
            )
            return


def _agreement(column: Array, count: NDArray[np.intp]) -> float:
    """The probability that two rows agree in a column by chance; `count` is of values in different rows."""
    m = int(count.sum())
    among = float((count * (count - 1)).sum() / max(m * (m - 1), 1))
    step = lattice_step(column)
    if step == 0:
        return among
    low, high = np.nanquantile(column, [0.25, 0.75])
    return max(among, 1 / (2 * (high - low) / step + 1))


def _varied(values: Array) -> list[int]:
    """The columns of which enough values differ from the most frequent one for an order to be seen."""
    return [j for j, column in enumerate(values.T) if _outside(column) >= MIN_OUTSIDE]


def _outside(column: Array) -> int:
    known = np.sort(column[~np.isnan(column)])
    if len(known) == 0:
        return 0
    ends = np.flatnonzero(np.diff(known, append=np.inf))
    return len(known) - int(np.diff(ends, prepend=-1).max())


def _sorts(table: Observations, values: Array, j: int) -> bool:
    """Whether the rows are sorted by the column at place `j`, or stand in groups of its values."""
    step = np.diff(values[:, j])
    if bool((step >= 0).all() or (step <= 0).all()):
        return True
    changes = int((step != 0).sum())
    if changes >= MAX_GROUPS or np.isnan(step).any():
        return False
    different = len(np.unique(values[:, j]))
    return changes == different - 1 and 2 * different <= len(values)


def _counts(column: Array) -> bool:
    step = np.diff(column)
    return bool((step == step[0]).all())


def _ranks(values: Array) -> Array:
    """The ranks of each column with mean 0 and variance 1; 0 where a value is missing."""
    ranks = pd.DataFrame(values).rank().to_numpy()
    ranks = np.where(np.isnan(ranks), np.nanmean(ranks, axis=0), ranks)
    return (ranks - ranks.mean(0)) / ranks.std(0)


def _drift(columns: Array, key: Array | None) -> Array:
    """The autocorrelation of columns `[n, k]`, beyond what the column explains by which rows are sorted."""
    if key is None:
        return _autocorrelation(columns)
    left = _beside(columns, key)
    implied = np.minimum(_autocorrelation(left), 1 + 2 * _autocorrelation(np.diff(columns, axis=0)))
    return np.where(left.var(0) < LEFT * columns.var(0), 0.0, implied)


def _beside_interventions(columns: Array, intervened: NDArray[np.bool_]) -> Array:
    """What the means of rows with the same interventions leave of columns `[n, k]`, with variance 1.

    Args:
        columns: In the order of the rows.
        intervened: Bool `[n, d]`, which values an intervention set.
    """
    _, place, count = np.unique(intervened, axis=0, return_inverse=True, return_counts=True)
    place = place.reshape(-1)
    means = np.stack([np.bincount(place, column) / count for column in columns.T], 1)
    left = columns - means[place]
    spread = left.std(0)
    return np.asarray(left / np.where(spread > 0, spread, 1.0))


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
