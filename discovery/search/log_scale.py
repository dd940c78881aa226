r"""Columns that are read on a logarithmic scale, where the data have more evidence for it.

Prices, incomes and concentrations multiply: on their own scale a few large rows decide, and no family of
scores describes them. With :math:`t = \log(x - \min x + c)` a column has the density
:math:`p(x) = p(t) / (x - \min x + c)`, so that evidence on both scales can be compared (Box and Cox, 1964).
The shift `c` is the one of a few, from thousandths of a standard deviation to a few of them, under which the
column is most like a normal one; such columns as gain by that are tried, all at once, and kept if the DAG
that the network proposes gains by it, too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from discovery.search.shaped_score import tree_depth
from foundation_causal.types import Array

SHIFTS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # in standard deviations of the column
LEAST_GAIN = 0.1  # nats a row by which a column alone must gain to be tried
# Nats a row and tried column by which the whole must gain. Skewed noise on its own scale gained up to .13 in
# 5 columns, logarithms with a standard deviation of .7 at least .25 (other seeds than the benchmarks').
LEAST_TOGETHER = 0.2
# Nats a row, for each variable with parents, by which the gain grew at most when Gaussian processes were
# fitted, on 25 tables of the same kinds. It fell by any amount.
FITTED_MORE = 0.06


class LogScaled(NamedTuple):
    r"""A table some columns of which are logarithms.

    Attributes:
        values: `[n, d]`, columns with mean 0 and variance 1, NaN where missing.
        chosen: Bool `[d]`, which columns are logarithms.
        log_density: Sum over the columns of \(\log |dt / dx|\) of every row, in nats, `[n]`; 0 where missing.
            Evidence on this scale and this are evidence in `x`.
    """

    values: Array
    chosen: NDArray[np.bool_]
    log_density: Array

    @property
    def least_gain(self) -> float:
        """Nats a row by which evidence must gain for these columns to be read as logarithms."""
        return LEAST_TOGETHER * float(self.chosen.sum())

    def is_open(self, gain: float, caused: int) -> bool:
        """Whether a gain in nats a row, before Gaussian processes are fitted, may still be enough.

        Args:
            gain: That of the DAG.
            caused: The variables that have parents in it.
        """
        return gain + FITTED_MORE * caused > self.least_gain


def log_scaled(values: Array, numeric: NDArray[np.bool_]) -> LogScaled:
    """The table with those columns as logarithms that are more like normal ones then.

    Args:
        values: `[n, d]`, columns with mean 0 and variance 1 that lean to the right, NaN where missing.
        numeric: Bool `[d]`, the columns that may be logarithms. Those with ties never are: logarithms would
            only spread the ties.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(500, 2))
        >>> x[:, 1] = np.exp(x[:, 1])
        >>> log_scaled((x - x.mean(0)) / x.std(0), np.array([True, True])).chosen
        array([False,  True])
    """
    out, chosen = values.copy(), np.zeros(values.shape[1], dtype=bool)
    log_density = np.zeros(len(values))
    for j in np.flatnonzero(numeric):
        seen = ~np.isnan(values[:, j])
        column = values[seen, j]
        if tree_depth(column) == 0:
            continue
        logarithms = np.log((column - column.min()) + np.array(SHIFTS)[:, None])
        middles = logarithms.mean(1)
        spreads = np.sqrt(np.square(logarithms - middles[:, None]).mean(1))
        gains = -middles - np.log(spreads)  # of a row under a normal density of the logarithms
        best = int(gains.argmax())
        if gains[best] > LEAST_GAIN:
            chosen[j] = True
            out[seen, j] = (logarithms[best] - middles[best]) / spreads[best]
            log_density[seen] += -logarithms[best] - np.log(spreads[best])
    return LogScaled(out, chosen, log_density)
