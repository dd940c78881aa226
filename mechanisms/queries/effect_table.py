"""The answer about an effect: a table that knows how it was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from foundation_causal.types import Array


class EffectTable(pd.DataFrame):
    """A row for each value of the treatment, then one for each difference from the first value.

    The columns are value, baseline (the value that is compared with; NaN where none is), mean, lower and
    upper.

    Attributes:
        method: How the means and intervals were found: "augmented inverse-propensity weighting", "partially
            linear correction", "plug-in", which averages draws of the model as it is, or "no path".
        reason: Why there is no effect, in a sentence, where no path leads from the treatment to the outcome.
        adjusted_for: The variables that were adjusted for; None unless the means were corrected.
        plug_in: The means without correction, in the order of the rows; None likewise.
        overlap: For a treatment of few values, a row for each: rows that have it, the least propensity, and
            how many rows it is worth after weighting; None otherwise.
    """

    _metadata = ["method", "reason", "adjusted_for", "plug_in", "overlap"]  # noqa: RUF012 -- as pandas wants it

    method: str = "plug-in"
    reason: str | None = None
    adjusted_for: tuple[str, ...] | None = None
    plug_in: Array | None = None
    overlap: pd.DataFrame | None = None

    @property
    def _constructor(self) -> Callable[..., EffectTable]:
        return EffectTable


def draws_table(drawn: Array, values: Array, level: float) -> EffectTable:
    """Means and quantiles over draws: of the outcome under each value, then of the differences.

    Args:
        drawn: Shape `[draws, k]`; draws with NaN are left out.
        values: Shape `[k]`.
        level: The share of the draws inside the intervals.
    """
    known = drawn[np.isfinite(drawn).all(1)]
    tails = (1 - level) / 2, (1 + level) / 2
    columns = known @ contrasts(len(values)).T
    return _table(values, np.column_stack([columns.mean(0), *np.quantile(columns, tails, axis=0)]))


def normal_table(
    means: Sequence[Array], errors: Sequence[Array], weights: Sequence[float], values: Array, level: float
) -> EffectTable:
    """Means and intervals of normal distributions, or of a mixture of them.

    Args:
        means: For each part of the mixture the means of all rows, shape `[r]`.
        errors: Likewise their standard errors.
        weights: Weights of the parts, which sum to 1.
        values: Values of the treatment, shape `[k]`, which make 2 k - 1 = r rows.
        level: The probability of the intervals.
    """
    rows = []
    for centre, error in zip(np.transpose(means), np.transpose(errors), strict=True):
        ends = [_quantile(centre, error, weights, tail) for tail in ((1 - level) / 2, (1 + level) / 2)]
        rows.append([float(centre @ np.asarray(weights)), *ends])
    return _table(values, np.array(rows))


def contrasts(k: int) -> Array:
    """What makes of k means the rows of a table: means, then differences from the first; `[2 k - 1, k]`."""
    differences = np.eye(k)[1:]
    differences[:, 0] = -1
    return np.vstack([np.eye(k), differences])


def _quantile(centre: Array, error: Array, weights: Sequence[float], share: float) -> float:
    """The value below which a mixture of normal distributions has this share."""
    ends = centre + error * NormalDist().inv_cdf(share)
    low, high = float(ends.min()), float(ends.max())
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        return low

    def excess(x: float) -> float:
        return float(norm.cdf(x, centre, np.maximum(error, 1e-300)) @ np.asarray(weights)) - share

    return float(brentq(excess, low, high))


def _table(values: Array, rows: Array) -> EffectTable:
    first = [*values, *values[1:]]
    baseline = [*[np.nan] * len(values), *[values[0]] * (len(values) - 1)]
    frame = EffectTable({"value": first, "baseline": baseline})
    frame[["mean", "lower", "upper"]] = rows
    return frame
