"""What stands in the cells of a column: numbers, or what else and what to do about it."""

from __future__ import annotations

import re

import pandas as pd

MOSTLY = 0.5  # a column of which more are numbers is one of numbers with something else between them


def is_numeric(column: pd.Series) -> bool:
    """Whether every value is a real number; object columns are judged by what they hold."""
    kinds = ("integer", "floating", "mixed-integer-float", "boolean", "decimal", "empty")
    if pd.api.types.is_object_dtype(column):
        return pd.api.types.infer_dtype(column, skipna=True) in kinds
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column)


def no_number(column: pd.Series) -> object:
    """The first value that is no number even when read as one; where there is none, the first value."""
    present = column.dropna()
    unread = present[pd.to_numeric(present.astype(str), errors="coerce").isna().to_numpy()]
    return next(iter([*unread.head(1), *present.head(1)]), "")


def remedy(example: str, column: pd.Series) -> str:
    """What to do about a column that is not read as numbers."""
    if re.fullmatch(r"[+-]?\d+(\.\d{3})*,\d*|[+-]?\d{1,3}(,\d{3})+(\.\d*)?", example.strip()):
        return "write decimals with '.', and nothing between thousands"
    if MOSTLY < _numbers_among(column) < 1:
        return "leave cells without a value empty, or drop such columns"
    return "drop such columns or encode them as numbers"


def _numbers_among(column: pd.Series) -> float:
    present = column.dropna()
    return float(pd.to_numeric(present.astype(str), errors="coerce").notna().mean()) if len(present) else 0.0
