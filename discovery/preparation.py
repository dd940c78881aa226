r"""The user's table as structure discovery works on it: standardized, complete, in an order of its own.

A missing value is filled with its expectation given the row's other values, by EM. Under a Gaussian model
with mean \(\mu\) and covariance \(\Sigma\), a row with observed part `o` and missing part `m` has

.. math:: E[x_m \mid x_o] = \mu_m + \Sigma_{mo} \Sigma_{oo}^{-1} (x_o - \mu_o), \qquad
    \operatorname{Cov}[x_m \mid x_o] = \Sigma_{mm} - \Sigma_{mo} \Sigma_{oo}^{-1} \Sigma_{om};

\(\mu\) and \(\Sigma\) are the means over rows of what is expected, iterated (Dempster, Laird and Rubin,
1977). It is right where values are missing at random, and linear: what a nonlinear mechanism would say of a
missing value is not used. Nothing is random, and permuting columns permutes the answer; so does permuting
rows, up to `MAX_COVARIANCE_ROWS` of them. Where there are more, the covariance is that of some, evenly
spread over the order they come in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foundation_causal.observations import Observations
from foundation_causal.runtime import one_thread
from foundation_causal.types import Array

WIDE = 100  # columns; the search in wider tables tries fewer edges, and restarts
AT_ONCE = 200  # columns that a network reads at once; wider tables are read in groups of columns
MIN_NETWORK_ROWS = 1000  # that the network reads where there are so many, however many columns there are
MAX_NETWORK_ROWS = 10_000  # twice what it was trained on; more change its answers by less than its own errors
LARGEST_TENSOR = 50_000_000  # residuals [n, d, d] of all pairs; tables with more are thinned, to save time
MOST_KEPT = 20_000  # rows of complete tables of numbers; of all others only the covariance counts
MAX_COVARIANCE_ROWS = 2000  # that the covariance is estimated from; more add time, not accuracy
MOST_ROUNDS, FEWEST_ROUNDS = 100, 12
WORK = 3e9  # multiplications after which the rounds beyond the fewest are given up
CLOSE = 1e-3  # the largest change of a correlation in the last round
CHUNK = 20_000_000  # entries of the matrices [rows, d, d] that are held at once


class Covariance(NamedTuple):
    """The covariance `[d, d]` of standardized columns, and the number of rows that it is of."""

    matrix: Array
    rows: int


class Rows(NamedTuple):
    """Rows in an order that depends on the set of rows, not on the order they came in.

    Attributes:
        values: `[n, d]`, columns with mean 0 and variance 1, NaN where missing.
        filled: `values` with expectations in place of NaN.
        intervened: Bool `[n, d]`, which values an intervention set, or None.
        usable: Bool `[n, d]`, which rows show the mechanism of which variable: those in which its value was
            neither set nor filled in. None if that is all of them.
        codes: `[n, d]`, the level, 0 to K - 1, of each value of a discrete column, and each count; of filled
            values the nearest. -1 in other columns; None if all columns are continuous.
        levels: `[d]`, the number K of levels of each column; 0 for continuous ones and counts.
        ordered: Bool `[d]`, whether the values of each column have an order.
        whole: The covariance `[d, d]` of all rows of the table, where `values` are only some of them, and how
            many there are; None where they are all.
    """

    values: Array
    filled: Array
    intervened: NDArray[np.bool_] | None
    usable: NDArray[np.bool_] | None
    codes: NDArray[np.intp] | None
    levels: NDArray[np.intp]
    ordered: NDArray[np.bool_]
    whole: Covariance | None = None

    @property
    def complete(self) -> int:
        """How many rows of the table count for every column; none if any values are missing or were set."""
        if self.usable is not None:
            return 0
        return len(self.values) if self.whole is None else self.whole.rows

    def take(self, index: NDArray[np.intp]) -> Rows:
        """The rows at the places `index`."""
        taken: dict[str, Any] = {
            name: None if part is None else part[index]
            for name, part in self._asdict().items()
            if name not in ("levels", "ordered", "whole")  # which are of columns
        }
        return self._replace(**taken)

    def of_columns(self, index: NDArray[np.intp]) -> Rows:
        """The columns at the places `index`, in this order; of a covariance of more rows nothing is kept."""
        taken: dict[str, Any] = {
            name: None if part is None else part.T.take(index, axis=0).T  # a column still lies together
            for name, part in self._asdict().items()
            if name != "whole"
        }
        return Rows(**taken)

    def reordered(self, index: NDArray[np.intp]) -> Rows:
        """The same with all columns in another order."""
        whole = self.whole
        if whole is not None:
            whole = whole._replace(matrix=whole.matrix[np.ix_(index, index)])
        return self.of_columns(index)._replace(whole=whole)


def rows_of(table: Observations) -> Rows:
    """The rows of a table, standardized, filled and ordered.

    Of more than `MOST_KEPT` complete rows of numbers, which no intervention set, there are so many, evenly
    spread, and the covariance of all.

    Values that look spoiled are taken for missing. The levels of a categorical column are numbered by how
    often they occur, not as the user did; and a column that leans to the left is turned round, as which end
    of a scale is its upper one is a convention. Counts have an end of their own.
    """
    schema = table.schema
    numbers = table.values
    codes = schema.codes(numbers) if schema.has_types else None
    if codes is not None:
        numbers = numbers.copy()
        for j in np.flatnonzero(~schema.ordered):
            codes[:, j] = by_frequency(codes[:, j], schema.levels[j])
            numbers[:, j] = np.where(codes[:, j] < 0, np.nan, codes[:, j])
    numbers = np.where(table.spoiled, np.nan, numbers) if table.spoiled.any() else numbers
    values = standardized(numbers)
    for j in np.flatnonzero(leaning_left(values)):
        if schema.columns[j].kind in ("count", "categorical"):
            continue
        values[:, j] = -values[:, j]
        if codes is not None and schema.levels[j]:
            codes[:, j] = np.where(codes[:, j] < 0, -1, schema.levels[j] - 1 - codes[:, j])
    order, gaps = own_order(values), bool(np.isnan(values.sum()))
    whole = None
    if len(values) > MOST_KEPT and codes is None and table.intervened is None and not gaps:
        with one_thread():  # a long, thin product gains nothing from a second
            whole = Covariance(values.T @ values / len(values), len(values))
        order = order[np.linspace(0, len(order) - 1, MOST_KEPT).astype(int)]
    values = values.T.take(order, axis=1).T
    filled = fill(torch.tensor(values)[None])[0].numpy() if gaps else values
    intervened = None if table.intervened is None else table.intervened[order]
    usable = None
    if gaps or intervened is not None:
        missing = np.isnan(values)
        usable = ~missing if intervened is None else ~missing & ~intervened
    discrete = None if codes is None else nearest_codes(codes[order], filled, schema.levels)
    for k, column in enumerate(schema):
        if column.kind == "count" and discrete is not None:
            centre, spread = np.nanmean(table.values[:, k]), np.nanstd(table.values[:, k])
            discrete[:, k] = np.maximum(np.rint(filled[:, k] * spread + centre), 0)
    return Rows(values, filled, intervened, usable, discrete, schema.levels, schema.ordered, whole)


def rescaled(rows: Rows, values: Array) -> Rows:
    """The same rows with other values, NaN in the same places, where all columns are continuous.

    Where there are more rows than are kept, those that are count alone: the covariance is of the old values.
    """
    missing = np.isnan(values)
    filled = fill(torch.tensor(values)[None])[0].numpy() if missing.any() else values
    return rows._replace(values=values, filled=filled, whole=None)


def leaning_left(values: Array) -> NDArray[np.bool_]:
    """Whether the skewness of each standardized column `[n, d]` is negative, bool `[d]`; NaN where missing.

    >>> leaning_left(standardized(np.array([[0.0, 0.0], [0.0, 0.0], [1.0, -1.0]])))
    array([False,  True])
    """
    return np.array([np.nansum(column * column * column) < 0 for column in values.T])


def by_frequency(codes: NDArray[np.intp], levels: int) -> NDArray[np.intp]:
    """Codes `[n]` renumbered so that the most frequent level is 0; -1 for missing stays.

    >>> by_frequency(np.array([0, 1, 1, -1, 2, 2, 2]), 3)
    array([ 2,  1,  1, -1,  0,  0,  0])
    """
    counts = np.bincount(codes[codes >= 0], minlength=levels)
    rank = np.empty(levels + 1, dtype=np.intp)
    rank[np.argsort(-counts, kind="stable")] = np.arange(levels)
    rank[-1] = -1  # which the code -1 points to
    return rank[codes]


def nearest_codes(codes: NDArray[np.intp], filled: Array, levels: NDArray[np.intp]) -> NDArray[np.intp]:
    """The codes, where a discrete column lacks a value the level nearest to what was filled in."""
    codes = codes.copy()
    for j in np.flatnonzero(levels):
        absent, present = codes[:, j] < 0, codes[:, j] >= 0
        if absent.any():
            seen, place = np.unique(codes[present, j], return_index=True)
            height = filled[present, j][place]
            nearest = np.abs(filled[absent, j, None] - height).argmin(1)
            codes[absent, j] = seen[nearest]
    return codes


def own_order(values: Array) -> NDArray[np.intp]:
    """Order rows `[n, d]` by their sum, which depends on neither the rows' order nor the columns'.

    Where values are few, many sums are equal; such rows are ordered by a sum that weighs columns by what they
    share with the others. Sums that differ by no more than rounding errors count as equal.

    Returns:
        Places of the rows, `[n]`.
    """
    known = np.nan_to_num(values) if np.isnan(values.sum()) else values
    total = known.sum(1).round(9)
    order = np.argsort(total, kind="stable")
    ranked = total[order]
    if (ranked[1:] == ranked[:-1]).any():
        weighed = known @ (known.T @ known.sum(1) ** 2) / len(known)
        order = np.lexsort((weighed.round(6), total))
    return order


def own_columns(values: Array) -> NDArray[np.intp]:
    """Order columns of standardized rows `[n, d]` by what they hold, whatever order they came in.

    Sums in single precision depend on the order of what is added, and where two graphs are about as good the
    last digit decides between them: all that follows is therefore computed in this order. Columns whose third
    and fourth moments are equal are ordered by their tie with the others.

    Returns:
        Places of the columns, `[d]`.
    """
    known = np.nan_to_num(values) if np.isnan(values.sum()) else values
    squares = known * known
    shared = (known.T @ known.sum(1) ** 2 / len(known)).round(6)
    moments = [(np.einsum("ij,ij->j", a, squares) / len(known)).round(9) for a in (np.abs(known), squares)]
    return np.lexsort((shared, *moments))


def in_users_order(
    names: Sequence[str], searched: Sequence[str]
) -> tuple[list[str], tuple[NDArray[np.intp], ...]]:
    """Columns in the order in which all names stand, and the place of each pair of them in matrices.

    >>> kept, back = in_users_order(["a", "b", "c"], ["c", "a"])
    >>> kept, np.array([[0, 1], [2, 0]])[back].tolist()
    (['a', 'c'], [[0, 2], [1, 0]])
    """
    at = {name: place for place, name in enumerate(searched)}
    kept = [name for name in names if name in at]
    places = np.array([at[name] for name in kept], dtype=np.intp)
    return kept, np.ix_(places, places)


def standardized(values: Array) -> Array:
    """Columns with mean 0 and variance 1 over what is not missing, `[n, d]` -> `[n, d]`."""
    made = np.empty(values.shape[::-1]).T  # a column lies together, which all that follows reads by column
    for j, column in enumerate(values.T):
        # Dividing by the largest magnitude first keeps the squares of extreme units finite.
        some = column[~np.isnan(column)] if np.isnan(column.sum()) else column
        centred = some - some.mean()
        largest = max(centred.max(), -centred.min())
        centred /= largest
        spread = centred.std()
        made[:, j] = centred / spread if some is column else (column - some.mean()) / largest / spread
    return made


def most_rows(d: int) -> int:
    """The number of rows of `d` columns that the network reads at most."""
    return min(max(MIN_NETWORK_ROWS, LARGEST_TENSOR // d**2), MAX_NETWORK_ROWS)


def thin(rows: Rows, most: int) -> Rows:
    """At most `most` of the rows, evenly spread."""
    n = len(rows.values)
    return rows if n <= most else rows.take(np.linspace(0, n - 1, most).astype(int))


def fill(x: Tensor) -> Tensor:
    """Fill NaN by conditional expectations.

    Args:
        x: `[B, n, d]`, NaN where missing; each column of each table has at least two values, and spreads by
            far more than 1e-12.

    Returns:
        `[B, n, d]` without NaN, in the units of `x`; what was observed is unchanged.

    Example:
        >>> x = torch.randn(1, 200, 1, generator=torch.Generator().manual_seed(0)).repeat(1, 1, 2)
        >>> x[0, 0, 1] = torch.nan
        >>> bool((fill(x)[0, 0, 1] - x[0, 0, 0]).abs() < 0.1)
        True
    """
    seen = ~x.isnan()
    if bool(seen.all()):
        return x
    count = seen.sum(1, keepdim=True)
    mean = x.nan_to_num().sum(1, keepdim=True) / count
    centred = torch.where(seen, x - mean, 0.0)
    scale = (centred.square().sum(1, keepdim=True) / count).sqrt().clamp_min(1e-12)
    unit = centred / scale
    middle, covariance = _fitted(unit, seen)
    parts = zip(_chunks(unit - middle), _chunks(seen), strict=True)
    filled = torch.cat([_expected(part, mask, covariance)[0] for part, mask in parts], 1) + middle
    return torch.where(seen, x, filled * scale + mean)


def _fitted(unit: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """Mean `[B, 1, d]` and covariance `[B, d, d]`, from rows spread evenly."""
    step = -(-unit.shape[1] // MAX_COVARIANCE_ROWS)
    unit, seen = unit[:, ::step], seen[:, ::step]
    batch, n, d = unit.shape
    shrinkage = 5e-4 + 0.02 * (d / n) ** 2  # so that it can be inverted, however few the rows are
    eye = torch.eye(d, dtype=unit.dtype, device=unit.device)
    mean, covariance = unit.new_zeros(batch, 1, d), eye.expand(batch, -1, -1)
    for _ in range(int(min(max(WORK / (n * d**3), FEWEST_ROUNDS), MOST_ROUNDS))):
        before = covariance
        parts = zip(_chunks(unit - mean), _chunks(seen), strict=True)
        expected, spread = zip(*(_expected(part, mask, covariance) for part, mask in parts), strict=True)
        rows = torch.cat(expected, 1)
        shift = rows.mean(1, keepdim=True)
        mean, rows = mean + shift, rows - shift
        total = rows.transpose(1, 2) @ rows + torch.stack(spread).sum(0)
        covariance = (1 - shrinkage) * total / n + shrinkage * eye
        if float((covariance - before).abs().max()) < CLOSE:
            break
    return mean, covariance


def _chunks(x: Tensor) -> tuple[Tensor, ...]:
    """Runs of rows whose matrices fit into memory."""
    return x.split(max(1, CHUNK // (x.shape[0] * x.shape[2] ** 2)), 1)


def _expected(unit: Tensor, seen: Tensor, covariance: Tensor) -> tuple[Tensor, Tensor]:
    """Expected rows `[B, n, d]`, and the sum over rows of the covariance of what is missing, `[B, d, d]`."""
    if unit.shape[2] > WIDE:
        return _expected_by_row(unit, seen, covariance)
    mask = seen.to(unit)
    # A missing variable becomes one that is uncorrelated with everything and was observed to be 0.
    observed = covariance[:, None] * mask[..., :, None] * mask[..., None, :] + torch.diag_embed(1 - mask)
    inverse = torch.linalg.inv(observed) * mask[..., :, None] * mask[..., None, :]
    gain = covariance[:, None] @ inverse
    expected = torch.where(seen, unit, (gain @ unit[..., None]).squeeze(-1))
    hidden = 1 - mask
    residual = covariance[:, None] - gain @ covariance[:, None]
    return expected, (residual * hidden[..., :, None] * hidden[..., None, :]).sum(1)


def _expected_by_row(unit: Tensor, seen: Tensor, covariance: Tensor) -> tuple[Tensor, Tensor]:
    r"""The same by the precision matrix, whose blocks of what a row lacks are small where columns are many.

    With the precision \(\Lambda\) of all columns, the missing part has the mean
    \(-\Lambda_{mm}^{-1} \Lambda_{mo} x_o\) and the covariance \(\Lambda_{mm}^{-1}\).
    """
    expected, spread = torch.where(seen, unit, 0.0), torch.zeros_like(covariance)
    for b, precision in enumerate(torch.linalg.inv(covariance)):
        pulled = expected[b] @ precision
        for k in (~seen[b]).any(1).nonzero().flatten().tolist():
            missing = (~seen[b, k]).nonzero().flatten()
            hidden = torch.linalg.inv(precision[missing][:, missing])
            expected[b, k, missing] = -hidden @ pulled[k, missing]
            spread[b].index_put_((missing[:, None], missing), hidden, accumulate=True)
    return expected, spread
