"""What to say of text that is read neither as numbers nor as labels: which cells are in the way, and why."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from foundation_causal.columns.amounts import WITH_UNIT
from foundation_causal.errors import quoted

MOSTLY = 0.5  # a column of which more are numbers is one of numbers with something else between them
MOST_FIRST, MOST_LAST = 2, 3  # rows of units, questions or footnotes
LIMIT = re.compile(r"\s*[<>≤≥]=?\s*\d+([.,]\d+)?\s*")
MARKED = re.compile(r"\s*-?\d+([.,]\d+)?\s*([*†‡#]|[A-Za-z])\s*")


def no_number(column: pd.Series[Any]) -> object:
    """The first value that is no number even when read as one; where there is none, the first value."""
    return next(iter([*_unread(column).head(1), *column.dropna().head(1)]), "")


def numbers_among(column: pd.Series[Any]) -> float:
    """The share of the values of a column that are numbers, or read as such."""
    present = column.dropna()
    return 1 - len(_unread(column)) / len(present) if len(present) else 0.0


def is_badly_written(example: str) -> bool:
    """Whether text is a number with a comma for decimals, or with marks between thousands."""
    return bool(re.fullmatch(r"[+-]?\d+(\.\d{3})*,\d*|[+-]?\d{1,3}(,\d{3})+(\.\d*)?", example.strip()))


def remedy(example: str, column: pd.Series[Any]) -> str:
    """Say what to do about a column that is read neither as numbers nor as labels.

    >>> remedy("kg", pd.Series(["kg", "70", "81", "64"]))
    "leave out the first row, such as one of units or questions, in which 'kg' stands above numbers"
    >>> remedy("?", pd.Series(["70", "?", "81", "64"]))
    "leave cells without a value empty ('?' stands in 1 of 4), or drop such columns"
    """
    if is_badly_written(example):
        return "write decimals with '.', and nothing between thousands"
    if MOSTLY < numbers_among(column) < 1:
        return _of_words(column)
    return "drop such columns or encode them as numbers"


def about_percent(text: object, name: str) -> str:
    """What to write for a value with a percent sign, of which a table of numbers does not tell the meaning.

    >>> about_percent("10%", "tax")
    "write 10 where 'tax' is in percent, or 0.1 where it is in shares of one"
    >>> about_percent("ten", "tax")
    ''
    """
    found = WITH_UNIT.fullmatch(text) if isinstance(text, str) else None
    if not found or found[2] != "%":
        return ""
    number = float(found[1])
    return f"write {number:g} where '{name}' is in percent, or {number / 100:g} where it is in shares of one"


def _of_words(column: pd.Series[Any]) -> str:
    """What to do about words that stand among numbers."""
    unread = _unread(column)
    words, places = [str(word) for word in unread], list(unread.index)
    ends = len(column) - 1
    if len(places) <= MOST_FIRST and places == list(range(len(places))):
        rows = "row" if len(places) == 1 else f"{len(places)} rows"
        return (
            f"leave out the first {rows}, such as one of units or questions, in which {quoted(words[:1])} "
            "stands above numbers"
        )
    if len(places) <= MOST_LAST and places == list(range(ends - len(places) + 1, ends + 1)):
        rows = "row" if len(places) == 1 else f"{len(places)} rows"
        return f"leave out the last {rows}, such as one of totals or a footnote"
    if all(LIMIT.fullmatch(word) for word in words):
        return f"write a number, such as half the limit, for values beyond one ({quoted(sorted(set(words)))})"
    if all(MARKED.fullmatch(word) for word in words):
        return "write the numbers alone, without marks"
    if all(WITH_UNIT.fullmatch(word) for word in words):
        beside = f"{quoted(words[:1])} stands beside plain numbers"
        return f"write all numbers in one unit, and without it ({beside})"
    different = list(dict.fromkeys(words))
    stand = "stands" if len(different) == 1 else "stand"
    cells = f"{quoted(different)} {stand} in {len(words):,} of {len(column):,}"
    return f"leave cells without a value empty ({cells}), or drop such columns"


def _unread(column: pd.Series[Any]) -> pd.Series[Any]:
    """The values that are there and are no numbers even when read as such, by their places."""
    present = column.reset_index(drop=True).dropna()
    return present[pd.to_numeric(present.astype(str), errors="coerce").isna()]
