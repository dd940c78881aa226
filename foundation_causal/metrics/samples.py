"""Distances between two samples: as distributions, all rows against all rows, or row against row (`rmse`).

All of them compare rows by their Euclidean distance, in the units given: standardize first where columns have
units of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from foundation_causal.checks import check_count, check_seed
from foundation_causal.errors import InputError
from foundation_causal.metrics._graphs import same_names
from foundation_causal.observations import rows_like
from foundation_causal.types import Array

Sample: TypeAlias = pd.DataFrame | ArrayLike

# Where all distances are held at once, at most this many rows of both samples together: 270 megabytes.
MAX_POOL_ROWS = 8192
# Elsewhere distances are held in blocks of this many: 32 megabytes.
BLOCK = 2**22
# POT's own limit of rounds is too low for a few thousand rows.
TRANSPORT_ROUNDS = 10_000_000


def mmd(x: Sample, y: Sample, *, bandwidth: float | None = None) -> float:
    """Squared maximum mean discrepancy with a Gaussian kernel: the biased estimate, which is never negative.

    The mean of k over all pairs of rows of x, plus that over y, minus twice that between x and y, the pairs
    of a row with itself included, where `k(a, b) = exp(-|a - b|^2 / (2 bandwidth^2))`. From 0 to 2. Takes
    time in (n + m)^2 d and bounded memory.

    Args:
        x: A sample `[n, d]`.
        y: Another one `[m, d]`; two DataFrames are matched by column name.
        bandwidth: Width of the kernel, in the data's units; None takes the median distance between two
            different rows of both samples together. Fix it to compare several samples with one.

    Raises:
        InputError: Columns that differ, no row, missing values, a bandwidth that is not positive, or a median
            that is 0 or would need the distances of more than 8192 rows.

    Source: Gretton, Borgwardt, Rasch, Schölkopf and Smola 2012, the biased estimate.

    >>> round(mmd([[0.0], [1.0]], [[0.0], [1.0]]), 12), round(mmd([[0.0]], [[1.0]], bandwidth=1), 4)
    (0.0, 0.7869)
    """
    left, right = _samples(x, y)
    pool = np.concatenate([left, right])
    if bandwidth is None:
        bandwidth = _median_distance(pool)
    if not 0 < bandwidth < np.inf:
        raise InputError(f"The bandwidth is {bandwidth}; give a positive number.")
    scale = 1 / bandwidth
    kernel = _contrast(pool, _weights(left, right), lambda distance: np.exp(-((distance * scale) ** 2) / 2))
    return max(0.0, float(kernel[0]))


def energy_distance(x: Sample, y: Sample) -> float:
    """Energy distance `2 E|X - Y| - E|X - X'| - E|Y - Y'|`, each mean over all pairs of rows.

    Never negative, in the data's units. `scipy.stats.energy_distance` is its root, for one column; half of it
    is also in use under the same name. Takes time in (n + m)^2 d and bounded memory.

    Args:
        x: A sample `[n, d]`.
        y: Another one `[m, d]`; two DataFrames are matched by column name.

    Raises:
        InputError: Columns that differ, no row, missing values.

    Source: Székely and Rizzo 2013.

    >>> energy_distance([[0.0]], [[3.0]])
    6.0
    """
    left, right = _samples(x, y)
    return max(0.0, -float(_contrast(np.concatenate([left, right]), _weights(left, right))[0]))


def wasserstein(x: Sample, y: Sample) -> float:
    """1-Wasserstein distance: the least mean Euclidean distance that turns one sample into the other.

    Exact, by the network simplex of POT (Bonneel et al. 2011), in the data's units. Memory is in n m, about
    1 GB for the most rows accepted.

    Args:
        x: A sample `[n, d]`.
        y: Another one `[m, d]`, at most 8192 rows with the first; two DataFrames are matched by column name.

    Raises:
        InputError: Columns that differ, no row, missing values, too many rows.

    Source: Villani 2009, definition 6.1 with p = 1.

    >>> wasserstein([[0.0, 0.0], [1.0, 0.0]], [[0.0, 2.0], [1.0, 2.0]])
    2.0
    """
    from scipy.spatial.distance import cdist

    left, right = _samples(x, y)
    _few(len(left) + len(right), "an exact Wasserstein distance", "draw fewer rows")
    costs = cdist(left, right)
    positive = costs[costs > 0]
    if len(positive) == 0:
        return 0.0
    # Costs below 1e-8 or so are all alike to POT, which says nothing: 1 has to be a usual cost.
    usual = float(np.median(positive, overwrite_input=True))
    costs /= usual
    return usual * _least_cost(costs)


class PermutationTest(NamedTuple):
    """The energy distance of the two samples, and the chance of one at least as large if they were alike."""

    statistic: float
    p_value: float


def permutation_test(x: Sample, y: Sample, permutations: int = 100, seed: int = 0) -> PermutationTest:
    """Test whether two samples come from one distribution, by the energy distance under exchanged labels.

    The p-value is (1 + how many permutations have an energy distance at least as large) / (1 + permutations),
    so that it is never too small by chance and never below 1 / (1 + permutations). All distances are computed
    once, in blocks; memory grows with (n + m) permutations.

    Args:
        x: A sample of at least two rows, `[n, d]`.
        y: Another one `[m, d]`; two DataFrames are matched by column name.
        permutations: Random splits of all rows into n and m.
        seed: Seed of the splits.

    Raises:
        InputError: Columns that differ, fewer than two rows, missing values, no permutation.

    Source: Székely and Rizzo 2004; Phipson and Smyth 2010 for the ones that are added.

    >>> apart = permutation_test([[0.0], [1.0], [2.0], [3.0]], [[7.0], [8.0], [9.0], [10.0]], permutations=19)
    >>> apart.statistic, apart.p_value < 0.2
    (11.5, True)
    """
    left, right = _samples(x, y)
    if min(len(left), len(right)) < 2:
        raise InputError("A sample has 1 row, too few for a permutation test; give each at least 2.")
    permutations = check_count("permutations", permutations, 1)
    random = np.random.default_rng(check_seed(seed))
    observed = _weights(left, right)
    weights = np.concatenate([observed, *(random.permutation(observed) for _ in range(permutations))], axis=1)
    statistics = np.maximum(0, -_contrast(np.concatenate([left, right]), weights))
    # Splits that are equal but for rounding are equal.
    as_large = int((statistics[1:] >= statistics[0] * (1 - 1e-9)).sum())
    return PermutationTest(float(statistics[0]), (1 + as_large) / (1 + permutations))


def rmse(a: pd.DataFrame | ArrayLike, b: pd.DataFrame | ArrayLike) -> float:
    """Mean over rows of the root of the mean over columns of the squared difference.

    Args:
        a: A table `[n, d]`.
        b: Another one `[n, d]`; two DataFrames are matched by column name, rows by position.

    Raises:
        InputError: Columns or shapes that differ, cells without a number, or nothing to compare.

    >>> rmse([[0.0, 0.0], [1.0, 1.0]], [[3.0, 3.0], [1.0, 1.0]])
    1.5
    """
    if isinstance(a, pd.DataFrame) and isinstance(b, pd.DataFrame):
        same_names(list(a.columns), list(b.columns))
        b = b[list(a.columns)]
    left, right = _numbers(a, "first"), _numbers(b, "second")
    if left.shape != right.shape or left.ndim != 2 or left.size == 0:
        raise InputError(
            f"The tables have the shapes {left.shape} and {right.shape}; give both the same [n, d]."
        )
    return float(np.sqrt(((left - right) ** 2).mean(axis=1)).mean())


def _samples(x: Sample, y: Sample) -> tuple[Array, Array]:
    """Both samples as finite float64, `[n, d]` and `[m, d]`, columns in the order of the first."""
    if isinstance(x, pd.DataFrame) and isinstance(y, pd.DataFrame):
        same_names([str(column) for column in x.columns], [str(column) for column in y.columns])
    first, second = _table(x, "first"), _table(y, "second")
    names = _names(first, second)
    left = rows_like(first, names, what="rows of the first sample").to_numpy()
    right = rows_like(second, names, what="rows of the second sample").to_numpy()
    if left.shape[1] == 0:
        raise InputError("The samples have no column; give at least one.")
    return left, right


def _numbers(table: pd.DataFrame | ArrayLike, which: str) -> Array:
    try:
        return np.asarray(table, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"The {which} table holds something other than numbers; give floats.") from None


def _table(sample: Sample, which: str) -> pd.DataFrame | NDArray[np.generic]:
    if isinstance(sample, pd.DataFrame):
        return sample
    try:
        return np.asarray(sample)
    except ValueError:  # rows of different lengths
        raise InputError(
            f"The {which} sample is no table; give a DataFrame, or an array of shape [n, d]."
        ) from None


def _names(*tables: pd.DataFrame | NDArray[np.generic]) -> list[str]:
    """The columns of the first DataFrame among the tables; without one, X1 ... Xd."""
    for table in tables:
        if isinstance(table, pd.DataFrame):
            return [str(column) for column in table.columns]
    return [f"X{j + 1}" for j in range(tables[0].shape[-1] if tables[0].ndim else 0)]


def _weights(left: Array, right: Array) -> Array:
    """1 / n for every row of the first sample and -1 / m for every row of the second; `[n + m, 1]`."""
    n, m = len(left), len(right)
    return np.repeat([1 / n, -1 / m], [n, m])[:, None]


def _contrast(
    pool: Array,
    weights: Array,
    of: Callable[[Array], Array] | None = None,
) -> Array:
    """The sum over pairs i, j of w_i w_j of(|p_i - p_j|) for each column w of `weights` `[N, k]`; `[k]`.

    For the weights of two samples it is the mean within the first, plus that within the second, minus twice
    the mean between them.
    """
    from scipy.spatial.distance import cdist

    total, step = np.zeros(weights.shape[1]), max(1, BLOCK // len(pool))
    for start in range(0, len(pool), step):
        rows = slice(start, start + step)
        compared = cdist(pool[rows], pool)
        if of is not None:
            compared = of(compared)
        total += ((compared @ weights) * weights[rows]).sum(axis=0)
    return total


def _median_distance(pool: Array) -> float:
    """The median distance between two different rows, which sets the kernel's bandwidth."""
    from scipy.spatial.distance import pdist

    _few(len(pool), "the median of all their distances", "give a bandwidth or draw fewer rows")
    median = float(np.median(pdist(pool), overwrite_input=True))
    if median == 0:
        raise InputError(
            "The median distance between the rows of both samples is 0, because most of them are equal;"
            " give a bandwidth."
        )
    return median


def _few(rows: int, purpose: str, advice: str) -> None:
    if rows > MAX_POOL_ROWS:
        raise InputError(
            f"The samples have {rows} rows together, and {purpose} takes at most {MAX_POOL_ROWS};"
            f" {advice}, such as with frame.sample({MAX_POOL_ROWS // 2}, random_state=0)."
        )


def _least_cost(costs: Array) -> float:
    """The least mean cost of moving equal shares of the n rows to equal shares of the m columns."""
    import ot

    cost, log = ot.emd2([], [], costs, numItermax=TRANSPORT_ROUNDS, log=True)
    if log["warning"] is not None:
        raise RuntimeError(f"The transport problem was not solved: {log['warning']}.")
    return float(cost)
