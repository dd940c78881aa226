"""Values that look like errors of measurement rather than like rare events."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.types import Array

MOST_ROWS = 20_000  # of tables that are looked at; in larger ones a few values change nothing
FAR = 6.0  # robust standard deviations from the median, beyond which a value may be spoiled
MOST_SPOILED = 0.05  # share of a column's values; more are a tail
FEWEST_FAR = 3  # values, from which one can say that nothing follows them
OTHER_SIDE = 0.2  # share of the far values on the side that has fewer; skewed columns have hardly any
RELATED = 0.3  # rank correlation from which a column would follow another


def spoiled(values: Array) -> NDArray[np.bool_]:
    """The values that look like errors of measurement rather than like rare events, bool `[n, d]`.

    They lie more than `FAR` robust standard deviations from the median of their column, on both sides of it;
    there are no more half as far out, as a heavy tail has; and no other column follows them: the one whose
    ranks go most with this one's is less than half as far out as a line says. That must hold for at least
    half of the far values, or all of them stay. A rare event of a cause shows in its effects; one of a
    variable without effects is taken for an error, which costs little.

    Args:
        values: `[n, d]`, NaN where missing; each column has different values.

    Example:
        >>> random = np.random.default_rng(0)
        >>> cause = random.standard_t(2, size=500)
        >>> table = np.column_stack([cause, cause + random.normal(size=500)])
        >>> bool(spoiled(table).any())
        False
        >>> table = random.normal(size=(500, 1)) + 0.5 * random.normal(size=(500, 2))
        >>> table[:10, 0] = 30 * random.choice([-1, 1], 10)
        >>> spoiled(table).sum(0).tolist()
        [10, 0]
    """
    quantile = np.nanquantile if np.isnan(values.sum()) else np.quantile  # a quarter of the time
    low, middle, high = quantile(values, [0.25, 0.5, 0.75], axis=0)
    spread = (high - low) / 1.349
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (values - middle) / spread
    z[:, spread == 0] = np.nan
    far = np.abs(z) > FAR
    found = np.zeros_like(far)
    above, below = (far & (z > 0)).sum(0), (far & (z < 0)).sum(0)
    number, known = above + below, (~np.isnan(values)).sum(0)
    enough = (number >= FEWEST_FAR) & (number <= MOST_SPOILED * known)
    enough &= number >= ((np.abs(z) > FAR / 2) & ~far).sum(0)
    candidates = np.flatnonzero(enough & (np.minimum(above, below) >= OTHER_SIDE * number))
    if not candidates.size:
        return found
    related = _rank_correlations(np.where(far, np.nan, values))
    for j in candidates:
        k = int(np.abs(related[j]).argmax())
        if abs(related[j, k]) < RELATED:
            continue
        with np.errstate(divide="ignore", invalid="ignore"):  # a value may be the median
            alone = far[:, j] & ~(z[:, k] / (related[j, k] * z[:, j]) > 0.5)
        if alone.sum() >= 0.5 * number[j]:
            found[:, j] = alone
    return found


def _rank_correlations(values: Array) -> Array:
    """Spearman's, of the rows that two columns have in common, 0 on the diagonal, `[d, d]`."""
    related = pd.DataFrame(values).corr(method="spearman").fillna(0.0).to_numpy(copy=True)
    np.fill_diagonal(related, 0.0)
    return related
