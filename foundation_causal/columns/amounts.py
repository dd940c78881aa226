"""Columns of text that hold amounts of one unit, such as $31,200, 12.5% and 70 kg, as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

# A number with a sign of money or percent, thousands apart, and minus as accountants write it: ($1,200.50).
# Zeros do not lead: 0,125 has decimals, and 007 is a code.
AMOUNT = re.compile(
    r"(?P<open>\()?(?P<minus>-?)\s*(?P<money>[$€£¥]?)\s*(?P<sign>-?)"
    r"(?P<number>[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|(?:0|[1-9]\d*)(?:\.\d+)?)"
    r"\s*(?P<unit>[$€£¥%]?)\s*(?P<close>\))?"
)
# Numbers in which ',' can only stand between thousands, or '.' only before decimals; 1,234 and 1.234 are not.
PLAIN = re.compile(r"\d{1,3}(,\d{3})+\.\d+|\d{1,2}(,\d{3}){2,}|\d+\.(\d{1,2}|\d{4,})|(0|\d{4,})\.\d+")
DECIMAL = re.compile(r"\d+\.(\d{1,2}|\d{4,})|(0|\d{4,})\.\d+")
THOUSANDS_BY_COMMA = {"$", "£", "¥"}  # whose countries write 1,234 for a thousand; others write 1.234 €
SWAPPED = str.maketrans(",.", ".,")
LEADING_ZERO = re.compile(r"\s*[+-]?0\d")  # which a code has, such as 007A, and no number
ROOM = re.compile(r"\s*\d+[A-Z]\s*")  # 101A may be a room, or amperes; 101 A and 1.5A are amperes
WITH_UNIT = re.compile(r"\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(%|[A-Za-zµ°²³/]+)\s*")
ANSWERS = re.compile(r"\s*\d(,\d)?\s*")
QUICK = 20  # words that show of most columns of text that they are no amounts


class Measured(NamedTuple):
    """The numbers of a column of text.

    Attributes:
        values: float64 `[n]`, NaN where nothing stands.
        unit: What stood behind each of them.
    """

    values: pd.Series[Any]
    unit: str


def any_amounts(column: pd.Series[Any]) -> pd.Series[Any] | None:
    """The numbers of a column of amounts, whose decimals may have a comma where that is clear.

    Returns:
        Floats, NaN where nothing stands; None where one is no amount, units differ, or it is unclear what ','
        and '.' mean.

    >>> [any_amounts(pd.Series(words)).tolist() for words in (["$31,200", "$950"], ["1,5", "12,25"])]
    [[31200.0, 950.0], [1.5, 12.25]]
    >>> [any_amounts(pd.Series(words)) is None for words in (["1,234", "2,500"], ["1,3", "2", "2,4"])]
    [True, True]
    """
    found = amounts(column)
    if found is None and not _may_be_answers(column):
        found = amounts(column, comma=True, plain=True)
    return found


def _may_be_answers(column: pd.Series[Any]) -> bool:
    """Whether each value is one digit, or two and a comma: 1,3 may be 1.3, or the answers 1 and 3."""
    words = column.dropna()
    return all(isinstance(word, str) and ANSWERS.fullmatch(word) for word in words)


def amounts(column: pd.Series[Any], *, comma: bool = False, plain: bool = False) -> pd.Series[Any] | None:
    """The numbers of a column of amounts; None where one is none, where units differ, or signs are unclear.

    Args:
        column: Text, or missing.
        comma: Whether decimals have a comma, and thousands a point between them.
        plain: Whether decimals alone, without a unit or a sign between thousands, count as amounts.
    """
    words = column.dropna()
    if not len(words) or not all(isinstance(word, str) for word in words):
        return None
    found = _matches(words.iloc[:QUICK], comma=comma) and _matches(words, comma=comma)
    if not found:
        return None
    units = {match["money"] or match["unit"] for match in found}
    numbers = [match["number"] for match in found]
    decimals = plain and any(DECIMAL.fullmatch(number) for number in numbers)
    marked = units != {""} or any("," in number for number in numbers) or decimals
    # A number without a sign among dollars is of dollars; among percents it may be a share.
    if not marked or len(units - {""}) > 1 or ("%" in units and len(units) > 1):
        return None
    if not is_clear(numbers, units, comma=comma):
        return None
    signs = [-1 if match["open"] or match["minus"] or match["sign"] else 1 for match in found]
    values = [sign * float(number.replace(",", "")) for sign, number in zip(signs, numbers, strict=True)]
    return _placed(values, column)


def _placed(values: list[float], column: pd.Series[Any]) -> pd.Series[Any]:
    """Values in the places where a column has any, NaN elsewhere."""
    placed = np.full(len(column), np.nan)
    placed[column.notna().to_numpy()] = values
    return pd.Series(placed, index=column.index, name=column.name)


def _matches(words: pd.Series[Any], *, comma: bool) -> list[re.Match[str]]:
    """The parts of each amount, with decimals behind points; none where one of the words is no amount."""
    found = []
    for word in words:
        match = AMOUNT.fullmatch(word.strip().translate(SWAPPED) if comma else word.strip())
        if match is None or not _is_single(match):
            return []
        found.append(match)
    return found


def _is_single(match: re.Match[str]) -> bool:
    """Whether an amount has one unit at most, one minus at most, and both brackets or none."""
    minus = [match["open"], match["minus"], match["sign"]]
    both = bool(match["open"]) == bool(match["close"])
    return both and sum(map(bool, minus)) < 2 and not (match["money"] and match["unit"])


def is_clear(texts: Iterable[str], units: Iterable[str] = ("",), *, comma: bool = False) -> bool:
    """Whether it is certain what ',' and '.' in the numbers of a column mean.

    Where every ',' or '.' has three digits behind it, it may stand between thousands or before decimals.

    Args:
        texts: Numbers with decimals behind points.
        units: The signs that stand at some of them.
        comma: Whether the points were commas.
    """
    numbers = list(texts)
    if any(PLAIN.fullmatch(number) for number in numbers):
        return True
    commas, points = (any(sign in number for number in numbers) for sign in ",.")
    if comma:
        return not commas and not points
    by_unit = bool(set(units) & THOUSANDS_BY_COMMA)
    return (by_unit or not commas) and (set(units) == {"%"} or not points)


def have_zeros(words: pd.Series[Any]) -> bool:
    """Whether zeros lead some of the words, so that all are codes."""
    return any(LEADING_ZERO.match(word) for word in words)


def measured(column: pd.Series[Any]) -> Measured | None:
    """The numbers of a column of text all of which one unit follows, as 12.5 mg; None where there is none.

    Args:
        column: Text `[n]`, or missing.

    >>> found = measured(pd.Series(["70 kg", "81.5 kg", None, "64 kg"]))
    >>> found.values.tolist(), found.unit
    ([70.0, 81.5, nan, 64.0], 'kg')
    """
    words = column.dropna()
    if not all(WITH_UNIT.fullmatch(word) for word in words.iloc[:QUICK]) or have_zeros(words):
        return None
    found = [WITH_UNIT.fullmatch(word) for word in words]
    parts = [match.groups() for match in found if match is not None]
    numbers, units = [number for number, _ in parts], {unit for _, unit in parts}
    if len(parts) < len(found) or len(units) != 1 or len(set(numbers)) < 3:
        return None
    if any("." in number for number in numbers) and not is_clear(number.lstrip("+-") for number in numbers):
        return None
    return Measured(_placed([float(number) for number in numbers], column), units.pop())
