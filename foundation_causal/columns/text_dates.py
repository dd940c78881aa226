"""Dates in text that are not written as 2024-12-31: read where the column shows what day and month are."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from foundation_causal.errors import InputError

QUICK = 20  # words that show of most columns of text that they are no dates
TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
YEAR_LAST = re.compile(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}}){TIME}")
YEAR_IS_LAST = ("/", ".", "-")  # forms in which the day or the month may come first, by their sign
YEAR_FIRST = re.compile(rf"\d{{4}}([./-])\d{{1,2}}\1\d{{1,2}}{TIME}")
MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
NAMED = re.compile(
    rf"(?:\d{{1,2}}[. -]+{MONTH}[ -]+\d{{4}}|{MONTH} \d{{1,2}},? \d{{4}}){TIME}", re.IGNORECASE
)


HAS_YEAR = re.compile(rf"\d{{4}}(?:\d{{4}}|\D|$)|(?=.*\b\d{{4}}\b).*{MONTH}", re.IGNORECASE)


def is_unclear_date(word: str) -> bool:
    """Whether text is a date by itself, of which a column must show whether the day or the month comes first.

    >>> is_unclear_date("03/04/2024"), is_unclear_date("2024-04-03")
    (True, False)
    """
    return bool(YEAR_LAST.fullmatch(word.strip()))


def dates_of(present: pd.Series[Any], day_first: bool | None = None) -> pd.Series[Any] | None:
    """The moments of a column of text that holds dates alone; None where one is none.

    In 13/04/2024 the day comes first, and so it does in the rest of the column; in dates with points it does
    unless a row shows otherwise.

    Args:
        present: Text `[n]`, of which nothing is missing.
        day_first: Whether the day comes first where the year is last; None where these dates are to show it.

    Raises:
        InputError: Dates in several forms, dates there are not, none of which shows whether the day or the
            month comes first, or one that shows the other.

    >>> dates_of(pd.Series(["03/04/2024", "13/04/2024"])).dt.day.tolist()
    [3, 13]
    """
    words = present.str.strip()
    if not all(_form(word) for word in words.iloc[:QUICK]):
        return None
    forms = {_form(word) for word in words}
    if "" in forms:
        return None
    if len(forms) > 1:
        raise InputError(
            f"'{present.name}' holds dates in several forms (such as '{words.iloc[0]}'); write all as "
            "2024-12-31."
        )
    (form,) = forms
    if form not in YEAR_IS_LAST:
        return _read(words, present.name)
    shown = _shown_order(words, form, present.name, day_first)
    return _read(words, present.name, day_first=shown)


def order_of(dates: pd.Series[Any]) -> bool | None:
    """Whether the day comes first in dates that :func:`dates_of` reads; None where no order is open.

    >>> order_of(pd.Series(["03/04/2024", "04/13/2024"])), order_of(pd.Series(["2024/04/03"]))
    (False, None)
    """
    words = dates.str.strip()
    form = _form(words.iloc[0])
    return _shown_order(words, form, dates.name) if form in YEAR_IS_LAST else None


def has_year(word: str) -> bool:
    """Whether text that is a date by itself names its year in full, first or beside a month's name.

    >>> has_year("2024-04-03"), has_year("3 Apr 2024"), has_year("3 Apr"), has_year("19800")
    (True, True, False, False)
    """
    return bool(HAS_YEAR.match(word.strip()))


def single_date(word: str, name: object, day_first: bool | None) -> pd.Timestamp:
    """One date in text, in the order of the column that it is a value of.

    Raises:
        InputError: A date in an order that the column has not.
        ValueError: No date, or one of which nothing tells the order or the year.
    """
    if not is_unclear_date(word):
        if not has_year(word):  # of April pandas makes one of the year 1, of 03/04/24 March
            raise ValueError(word)
        return pd.Timestamp(word)
    if day_first is None:
        raise ValueError(word)
    read = dates_of(pd.Series([word], name=name), day_first)
    assert read is not None  # it has the form of a date
    return read.iloc[0]


def _shown_order(words: pd.Series[Any], form: str, name: object, day_first: bool | None = None) -> bool:
    """Whether the day comes first, as is known or as the dates show."""
    parts = [match.groups() for match in map(YEAR_LAST.fullmatch, words) if match]
    first, second = max(int(part[0]) for part in parts), max(int(part[2]) for part in parts)
    if day_first is not None:
        if (second if day_first else first) > 12:
            known, other = ("day", "month") if day_first else ("month", "day")
            raise InputError(
                f"In '{name}' the {known} comes first, and here the {other} does; write dates as 2024-12-31."
            )
        return day_first
    neither = first <= 12 and second <= 12
    if first > 12 and second > 12:
        raise InputError(
            f"'{name}' holds dates with the day first and dates with the month first; write all as "
            "2024-12-31."
        )
    if neither and form != ".":
        raise InputError(
            f"'{name}' holds dates such as '{words.iloc[0]}', none of which shows whether the day or the "
            "month comes first; write them as 2024-12-31."
        )
    return first > 12 or neither


def _form(word: str) -> str:
    """The form of a date, by the sign between day, month and year where the year is last; "" for no date."""
    if match := YEAR_LAST.fullmatch(word):
        return match[2]
    if YEAR_FIRST.fullmatch(word):
        return "year first"
    return "named" if NAMED.fullmatch(word) else ""


def _read(words: pd.Series[Any], name: object, *, day_first: bool = False) -> pd.Series[Any]:
    """Moments of dates in one form, which may have a time or none.

    pandas takes `day_first` for a wish, and turns 04/13/2024 round without a word; no such date may be here.
    """
    try:
        return pd.to_datetime(words, format="mixed", dayfirst=day_first)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"'{name}' holds text that looks like dates, one of which there is not; correct it."
        ) from error
