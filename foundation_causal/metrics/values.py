"""Scores of predicted values, row against row."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from foundation_causal.errors import InputError
from foundation_causal.metrics._graphs import same_names


def rmse(a: pd.DataFrame | ArrayLike, b: pd.DataFrame | ArrayLike) -> float:
    """Mean over rows of the root of the mean over columns of the squared difference, both of shape [n, d].

    Two DataFrames are matched by column name; rows by position.

    >>> rmse([[0.0, 0.0], [1.0, 1.0]], [[3.0, 3.0], [1.0, 1.0]])
    1.5
    """
    if isinstance(a, pd.DataFrame) and isinstance(b, pd.DataFrame):
        same_names(list(a.columns), list(b.columns))
        b = b[list(a.columns)]
    left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if left.shape != right.shape or left.ndim != 2 or left.size == 0:
        raise InputError(
            f"The tables have the shapes {left.shape} and {right.shape}; give both the same [n, d]."
        )
    return float(np.sqrt(((left - right) ** 2).mean(axis=1)).mean())
