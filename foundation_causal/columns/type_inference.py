"""Which type a column has, by stated rules, and the numbers that stand for its values.

In this order, over the values that are not missing (K different ones among n):

1. what the user says, in `types`;
2. dates and durations are continuous, in days;
3. booleans are binary;
4. pandas categories are binary if there are two of them, else ordinal if they are ordered, else categorical;
5. text that reads as numbers, or as amounts of one unit (:mod:`foundation_causal.columns.amounts`), is taken
   for numbers, as dates or durations for these, and refused where it may be codes, as 101A and 12E5; three
   labels or more with an evident order (:mod:`foundation_causal.columns.label_order`) are ordinal; other text
   is binary if K = 2, else categorical, unless there are more than 100 labels, or
   fewer than two rows a label;
6. two different numbers are binary;
7. up to 10 different numbers, each five times on average (K <= 10, 5 K <= n), are ordinal;
8. whole numbers from 0 or 1 up, 50 different ones at most and twice each on average, are counts;
9. all other numbers are continuous.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from foundation_causal.checks import as_float
from foundation_causal.columns.amounts import ROOM, WITH_UNIT, Measured, any_amounts, have_zeros, measured
from foundation_causal.columns.label_order import in_order
from foundation_causal.columns.schema import (
    DATES,
    DAY,
    DURATIONS,
    EPOCH,
    FLOAT,
    KINDS,
    Column,
    Kind,
    in_zone,
)
from foundation_causal.columns.text_dates import dates_of, order_of
from foundation_causal.columns.unread_text import MOSTLY, is_badly_written, no_number, remedy
from foundation_causal.errors import InputError, TooManyLevelsError, counted, quoted, reason, said
from foundation_causal.types import Array

MOST_LEVELS, ROWS_A_LEVEL = 100, 2  # of a column of labels; more are names or free text
MERGED = 0.5  # share of the rows below which different labels are what is left of merged cells
FEW_NUMBERS, ROWS_A_NUMBER = 10, 5  # rule 7
MOST_COUNTS, ROWS_A_COUNT = 50, 2  # rule 8
IGNORE = "ignore"
ISO_DATE = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$"
DURATION = r"^-?\d+ days?( [+-]?\d{1,2}:\d{2}:\d{2}(\.\d+)?)?$"  # as pandas writes it
POWER = re.compile(r"\s*\d+E\d+\s*")
QUICK = 200  # values that show of most columns of numbers that they are continuous

# The type of a column, the labels of an ordinal one in their order, or "ignore".
Asked: TypeAlias = str | Sequence[Any]
Types: TypeAlias = Mapping[str, Asked]


class Typed(NamedTuple):
    """A column and its values.

    Attributes:
        column: Its type, and the way back.
        values: float64 `[n]`, NaN where missing.
    """

    column: Column
    values: Array


def typed(series: pd.Series[Any], title: str, asked: Asked | None = None) -> Typed:
    """Find the type of a column, and turn its values into numbers.

    Args:
        series: The column, named.
        title: What it is a column of, for the error's sentence, as "The data".
        asked: What the user says of it: one of `KINDS`, or the labels of an ordinal column in their order.

    Raises:
        InputError: Values of which no type can be made, or a type that the values cannot have.
    """
    name = str(series.name)
    check_single(series, title)
    if asked is None and isinstance(series.dtype, np.dtype) and series.dtype.kind == "f":
        return _of_numbers(series, None)  # most columns are, and what else they might be takes long to ask
    labels = None if asked is None or isinstance(asked, str) else _order(name, asked)
    kind = _checked_kind(name, asked) if labels is None else "ordinal"
    if pd.api.types.is_datetime64_any_dtype(series) or isinstance(series.dtype, pd.PeriodDtype):
        return _of_dates(series, kind)
    if pd.api.types.is_timedelta64_dtype(series):
        return _of_durations(series)
    if labels is not None:
        if len(set(labels)) < len(labels):
            raise InputError(f"The order of '{name}' names a level twice ({quoted(labels)}); name each once.")
        return _levelled(series, "ordinal", labels, "the order that was given")
    if _is_boolean(series) and kind != "continuous":
        if kind == "count":
            raise InputError(f"'{name}' holds yes and no, which are not a count; leave out its type.")
        return _levelled(series, kind or "binary", (False, True), "booleans" if kind is None else "as given")
    if isinstance(series.dtype, pd.CategoricalDtype):
        return _of_categories(series, title, kind)
    if not is_numeric(series):
        if _holds_dates(series):
            return _of_dates(_dates_in_objects(series), kind)
        return _of_text(series, title, kind)
    return _of_numbers(series, kind)


def days_like(
    series: pd.Series[Any], unit: str, day_first: bool | None = None, zone: Any = None
) -> pd.Series[Any]:
    """Query values of a column of dates or durations as days; those that are none as they are.

    Args:
        series: Dates or durations in any dtype or in text, or days already.
        unit: `DATES` or `DURATIONS`.
        day_first: Whether the day comes first in the dates of the column; None where they are to show it.
        zone: The time zone of dates that come without one; that of Greenwich by default.
    """
    if is_numeric(series):
        return series
    try:
        present = series.dropna()
        days = dates_of(present, day_first) if unit == DATES and _is_text(present) else None
        if days is not None:
            series = _in_place(days, series)
        if zone is not None:
            series = _zoned(series, zone)
        read = _moments(series) - EPOCH if unit == DATES else pd.to_timedelta(series)
    except (InputError, ValueError, TypeError):
        return series
    return pd.Series(_days(read), index=series.index)


def _zoned(series: pd.Series[Any], zone: Any) -> pd.Series[Any]:
    """Dates with a time zone: their own, or this one."""
    if _is_text(series.dropna()):
        with suppress(ValueError):  # one of several offsets, which tell the moments as they are
            series = pd.to_datetime(series)
    return in_zone(series, zone) if pd.api.types.is_datetime64_dtype(series) else series


def is_numeric(column: pd.Series[Any]) -> bool:
    """Tell whether every value of a column is a real number; object columns are judged by what they hold."""
    kinds = ("integer", "floating", "mixed-integer-float", "boolean", "decimal", "empty")
    if pd.api.types.is_object_dtype(column):
        return pd.api.types.infer_dtype(column, skipna=True) in kinds
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column)


def in_fixed_order(series: pd.Series[Any]) -> pd.Series[Any]:
    """The column with its categories sorted, unless they are ordered; other columns as they are.

    For categories of Arrow and polars, which stand in the order in which the rows named them first: which of
    two labels is the second one must not depend on the order of the rows.
    """
    if not isinstance(series.dtype, pd.CategoricalDtype) or series.cat.ordered:
        return series
    try:
        return series.cat.reorder_categories(sorted(series.cat.categories))
    except TypeError:  # labels of several kinds, which have no order
        return series


def check_single(series: pd.Series[Any], title: str) -> None:
    """Refuse values that hold several, such as lists, which are no level and have no order."""
    if not pd.api.types.is_object_dtype(series):
        return
    several = next(
        (value for value in series if isinstance(value, Collection) and not isinstance(value, str)), None
    )
    if several is not None:
        raise InputError(
            f"{title} hold values of the type {type(several).__name__} in the column '{series.name}'; give "
            "one number or label in each cell."
        )


def _order(name: str, asked: object) -> tuple[Any, ...]:
    """The labels of an ordinal column, once they are known to be several and to be labels.

    Raises:
        InputError: They are neither.
    """
    try:
        labels: tuple[Any, ...] = tuple(asked)  # type: ignore[arg-type]
        hash(labels)
    except TypeError:
        raise InputError(
            f"The type of '{name}' is {said(asked)}; use one of {', '.join(KINDS)}, {IGNORE}, or the labels "
            "of an ordinal column in their order."
        ) from None
    return labels


def _checked_kind(name: str, asked: Asked | None) -> Kind | None:
    for kind in KINDS:
        if asked == kind:
            return kind
    if asked is None:
        return None
    raise InputError(
        f"The type of '{name}' is {asked!r}; use one of {', '.join(KINDS)}, {IGNORE}, or the labels of an "
        "ordinal column in their order."
    )


def _of_dates(series: pd.Series[Any], kind: Kind | None) -> Typed:
    local = series.dt.tz_localize(None) if isinstance(series.dtype, pd.DatetimeTZDtype) else series
    column = Column(
        str(series.name),
        "continuous",
        dtype=series.dtype,
        unit=DATES,
        reason="dates",
        days_only=_are_whole(_days(_moments(local) - EPOCH)),
    )
    if kind not in (None, "continuous"):
        raise InputError(f"'{series.name}' holds dates, which are not {kind}; leave out its type.")
    return Typed(column, _days(_moments(series) - EPOCH))


def _of_durations(series: pd.Series[Any]) -> Typed:
    days = _days(series)
    whole, name = _are_whole(days), str(series.name)
    column = Column(
        name, "continuous", dtype=series.dtype, unit=DURATIONS, reason="durations", days_only=whole
    )
    return Typed(column, days)


def _days(series: pd.Series[Any]) -> Array:
    moments: Any = series
    days = moments / DAY
    return np.asarray(days.to_numpy(dtype=np.float64, na_value=np.nan))


def _are_whole(numbers: Array) -> bool:
    return bool((np.isnan(numbers) | (numbers == np.rint(numbers))).all())


def _is_boolean(series: pd.Series[Any]) -> bool:
    if pd.api.types.is_object_dtype(series):
        return pd.api.types.infer_dtype(series, skipna=True) == "boolean"
    return pd.api.types.is_bool_dtype(series) and not isinstance(series.dtype, pd.CategoricalDtype)


def _of_categories(series: pd.Series[Any], title: str, kind: Kind | None) -> Typed:
    present = set(series.dropna().unique())
    labels = tuple(label for label in series.cat.categories if label in present)
    if kind in ("continuous", "count"):
        if not _all_numbers(labels):
            raise InputError(
                f"'{series.name}' holds labels (such as {quoted(labels[:1])}), not a {kind} value."
            )
        return _of_numbers(pd.Series(series.to_numpy(), name=series.name).infer_objects(), kind)
    _check_levels(series, labels, title)
    found: Kind = "ordinal" if series.cat.ordered else "categorical"
    found = "binary" if len(labels) == 2 else found
    if kind == "ordinal" and not series.cat.ordered and not _all_numbers(labels):
        known = in_order(labels) if all(isinstance(label, str) for label in labels) else None
        if known is None:
            raise _without_order(series)
        labels = known.labels
    reason = "ordered categories" if series.cat.ordered else "categories"
    return _levelled(series, kind or found, labels, reason if kind is None else "as given")


def _of_text(series: pd.Series[Any], title: str, kind: Kind | None) -> Typed:
    present = series.dropna()
    read = pd.to_numeric(series.astype("string"), errors="coerce").astype("Float64")
    numbers = read[series.notna()]
    in_powers = may_be_powers(present)
    if in_powers and kind is None:
        raise InputError(
            f"'{series.name}' holds text such as {quoted(present[:1])}, which may be codes or numbers times "
            "powers of ten; say which by its type, categorical or continuous, or write the zeros."
        )
    if in_powers and kind in ("binary", "categorical"):
        labels = tuple(sorted(present.unique()))
        _check_levels(series, labels, title)
        return _levelled(series, kind, labels, "as given")
    if len(present) and numbers.notna().all():
        return _of_numbers(pd.Series(read.to_numpy(np.float64, na_value=np.nan), name=series.name), kind)
    is_text = _is_text(present)
    if is_text and present.str.match(ISO_DATE).all():
        return _of_dates(_moments(series, "ISO8601"), kind)
    days = dates_of(present) if is_text and kind in (None, "continuous") else None
    if days is not None:
        dates = _of_dates(_in_place(days, series), kind)
        return dates._replace(column=replace(dates.column, day_first=order_of(present)))
    if kind in (None, "continuous") and is_text and present.str.match(DURATION).all():
        return _of_durations(pd.to_timedelta(series))
    if kind is None and is_text and _may_be_codes(present):
        raise InputError(
            f"'{series.name}' holds text such as {quoted(present[:1])}, which may be codes or numbers with a "
            "unit; say which by its type, categorical or continuous, or write numbers alone."
        )
    if kind not in ("binary", "categorical") and (known := _as_amounts(series)) is not None:
        return _in_unit(_of_numbers(known.values, kind), known.unit)
    ordered = in_order(present.unique()) if kind in (None, "ordinal") and is_text else None
    if ordered is not None:
        _check_levels(series, ordered.labels, title)
        return _levelled(series, "ordinal", ordered.labels, ordered.reason)
    example = str(no_number(series))
    if not is_text or numbers.notna().mean() > MOSTLY or is_badly_written(example):
        raise InputError(
            f"{title} hold something other than numbers (such as {quoted([example])}) in the column"
            f" '{series.name}'; {remedy(example, series)}."
        )
    if kind in ("continuous", "count"):
        raise InputError(f"'{series.name}' holds text (such as {quoted([example])}), which is not {kind}.")
    labels = tuple(sorted(present.unique()))
    if kind is None and WITH_UNIT.fullmatch(example) and _has_unit(present):
        raise InputError(
            f"'{series.name}' holds numbers with a unit, of which it is unclear whether '.' stands between "
            f"thousands (such as {quoted([example])}); write them alone."
        )
    _check_levels(series, labels, title)
    if kind == "ordinal" and len(labels) > 2:
        raise _without_order(series)
    found: Kind = "binary" if len(labels) == 2 else "categorical"
    return _levelled(series, kind or found, labels, "text" if kind is None else "as given")


def _in_place(days: pd.Series[Any], series: pd.Series[Any]) -> pd.Series[Any]:
    """Moments of what is there in a column, with its row labels, and no moment elsewhere."""
    placed = np.full(len(series), np.datetime64("NaT"), dtype="datetime64[us]")
    placed[series.notna().to_numpy()] = days.to_numpy(dtype="datetime64[us]")
    return pd.Series(placed, index=series.index, name=series.name)


def _as_amounts(series: pd.Series[Any]) -> Measured | None:
    """The numbers of a column of text that holds amounts or measurements of one unit."""
    read = any_amounts(series)
    if read is not None:
        return Measured(read, "")
    return measured(series) if _is_text(series.dropna()) else None


def _has_unit(present: pd.Series[Any]) -> bool:
    """Whether text is numbers that one unit follows, and no codes."""
    return len(_units(present)) == 1 and present.nunique() > 2 and not have_zeros(present)


def _may_be_codes(present: pd.Series[Any]) -> bool:
    """Whether text is whole numbers that one capital letter follows at once, as in 101A and 102A."""
    return len(present) > 0 and all(map(ROOM.fullmatch, present)) and _has_unit(present)


def may_be_powers(present: pd.Series[Any]) -> bool:
    """Whether text is digits, E and digits, as the codes 12E5 and 7E10 are, which read as 1,200,000 and more.

    Numbers that programs write in this way have a point or a sign in most columns: 1.2E+06.
    """
    return len(present) > 0 and all(isinstance(word, str) and POWER.fullmatch(word) for word in present)


def _units(words: Iterable[Any]) -> set[str]:
    """The units behind numbers; none where one of the words is no number with a unit."""
    parts = [WITH_UNIT.fullmatch(str(word)) for word in words]
    return {part[2] for part in parts if part} if all(parts) else set()


def _in_unit(column: Typed, unit: str) -> Typed:
    """A column of numbers whose reason says what stood behind them."""
    if not unit:
        return column
    return column._replace(column=replace(column.column, reason=f"{column.column.reason} of {unit}"))


def read_as_numbers(series: pd.Series[Any]) -> pd.Series[Any]:
    """Categories of numbers, digits and amounts in text, booleans as numbers; what is none, as it is."""
    if is_numeric(series):
        return series
    if pd.api.types.is_bool_dtype(series) and not isinstance(series.dtype, pd.CategoricalDtype):
        return pd.Series(series.to_numpy(dtype=np.float64, na_value=np.nan), index=series.index)
    read = pd.to_numeric(series.astype("string"), errors="coerce").astype("Float64")
    if bool((read.isna() == series.isna()).all()):
        return read
    known = _as_amounts(series)
    return series if known is None else known.values


def _holds_dates(series: pd.Series[Any]) -> bool:
    """Whether an object column holds dates, as pandas makes of dates without a time in Parquet."""
    kinds = ("date", "datetime")
    return pd.api.types.is_object_dtype(series) and pd.api.types.infer_dtype(series, skipna=True) in kinds


def _dates_in_objects(series: pd.Series[Any]) -> pd.Series[Any]:
    """Dates in an object column in a dtype of pandas; in UTC where they have several offsets.

    Raises:
        InputError: Some have an offset and others have none.
    """
    aware = {getattr(date, "tzinfo", None) is not None for date in series.dropna()}
    if len(aware) > 1:
        raise InputError(
            f"'{series.name}' holds dates with a time zone and dates without; give all of them one, or none."
        )
    try:
        return pd.to_datetime(series)
    except ValueError:  # the offsets of summer and of winter
        return _moments(series)


def _of_numbers(series: pd.Series[Any], kind: Kind | None) -> Typed:
    values = float_values(series)
    if kind is None and _are_measured(values[:QUICK]):
        measured: Any = FLOAT if pd.api.types.is_object_dtype(series) else series.dtype
        return Typed(Column(str(series.name), "continuous", dtype=measured, reason="numbers"), values)
    present = values[np.isfinite(values)]
    different = np.unique(present)
    found, reason = (kind, "as given") if kind else _rule_for(present, different)
    dtype: Any = FLOAT if pd.api.types.is_object_dtype(series) else series.dtype
    column = Column(str(series.name), found, dtype=dtype, reason=reason)
    if found == "count" and (present != np.rint(present)).any():
        raise InputError(f"'{series.name}' is to be a count, and holds fractions; call it continuous.")
    return _typed_numbers(series, values, different, column)


def _are_measured(some: Array) -> bool:
    """Whether some values of a column alone show that it is continuous, whatever the others are."""
    different = np.unique(some[np.isfinite(some)])
    return len(different) > FEW_NUMBERS and bool((different != np.rint(different)).any())


def float_values(series: pd.Series[Any]) -> Array:
    """The values of a column of numbers `[n]`, NaN where missing; not copied where they are floats."""
    if series.dtype == np.float64:
        return np.asarray(series.to_numpy())
    try:
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    except OverflowError:  # integers beyond all floats
        return np.array([np.nan if pd.isna(value) else as_float(value) for value in series])


def _typed_numbers(series: pd.Series[Any], values: Array, different: Array, column: Column) -> Typed:
    """A column of numbers, with levels if its type has them."""
    if column.kind in ("continuous", "count"):
        return Typed(column, values)
    if column.kind == "binary" and len(different) > 2:
        raise InputError(
            f"'{column.name}' is to be binary, and holds {len(different)} different values; call it "
            "categorical, ordinal or continuous."
        )
    _check_levels(series, tuple(different), "The data")
    whole = pd.api.types.is_integer_dtype(column.dtype)
    labels = tuple(int(number) if whole else _as_written(number, column.dtype) for number in different)
    return Typed(replace(column, labels=labels, numbers=tuple(map(float, different))), values)


def _as_written(number: float, dtype: Any) -> float:
    """What people call a number of a dtype of less than 64 bits: 0.1, which as a float32 is 0.10000000149.

    >>> _as_written(float(np.float32(0.1)), np.dtype("float32"))
    0.1
    """
    dtype = getattr(dtype, "numpy_dtype", dtype)
    narrow = isinstance(dtype, np.dtype) and dtype.kind == "f" and dtype.itemsize < FLOAT.itemsize
    return float(str(dtype.type(number)) if narrow else number)


def _rule_for(present: Array, different: Array) -> tuple[Kind, str]:
    """The type of a column of numbers, and the rule (6 to 9 above) that gives it."""
    n, k = len(present), len(different)
    if k == 2:
        return "binary", "two different numbers"
    if 2 < k <= FEW_NUMBERS and n >= ROWS_A_NUMBER * k:
        return "ordinal", f"{k} different numbers"
    whole = bool((different == np.rint(different)).all())
    if whole and k > 2 and different[0] in (0.0, 1.0) and k <= MOST_COUNTS and n >= ROWS_A_COUNT * k:
        return "count", f"whole numbers from {different[0]:g} up, {k} different ones"
    return "continuous", "numbers"


def _levelled(series: pd.Series[Any], kind: Kind, labels: Sequence[Any], reason: str) -> Typed:
    """A column whose levels are called by these labels, in this order."""
    codes, present = pd.factorize(series)  # -1 for what is missing
    strange = [value for value in present if value not in labels]
    if strange:
        raise InputError(
            f"'{series.name}' holds {quoted(strange)}, which is none of the levels that were given; add it."
        )
    if kind == "binary" and len(labels) > 2:
        raise InputError(
            f"'{series.name}' is to be binary, and has {len(labels)} levels; call it categorical."
        )
    if _all_numbers(labels) and list(labels) == sorted(labels):
        numbers = tuple(float(label) for label in labels)
    else:
        numbers = tuple(float(code) for code in range(len(labels)))
    place = dict(zip(labels, numbers, strict=True))
    values: Array = np.array([*(place[label] for label in present), np.nan])[codes]
    return Typed(Column(str(series.name), kind, tuple(labels), numbers, series.dtype, reason=reason), values)


def leave_out(column: Any) -> str:
    """How a column is left out, in Python and in the command.

    >>> leave_out("id")
    "leave the column out (types={'id': 'ignore'}, --types 'id=ignore')"
    """
    return f"leave the column out (types={{'{column}': '{IGNORE}'}}, --types '{column}={IGNORE}')"


def _check_levels(series: pd.Series[Any], labels: Sequence[Any], title: str) -> None:
    rows = int(series.notna().sum())
    if len(labels) <= MOST_LEVELS and len(labels) * ROWS_A_LEVEL <= max(rows, 2 * ROWS_A_LEVEL):
        return
    name, few = str(series.name), rows < MERGED * len(series)
    if few:
        what = f"'{name}' has a value in {rows:,} of {len(series):,} rows alone, as merged cells do"
        advice = f"copy it to the empty cells below it, or {leave_out(name)}."
        raise TooManyLevelsError(f"{what}; {advice}", name, len(labels), rows, f"{what}: {advice}")
    advice = "write the numbers in one unit" if len(_units(labels)) > 1 else "merge rare ones"
    advice = f"{advice}, or {leave_out(name)}."
    raise TooManyLevelsError(
        f"{title} have {counted(len(labels), 'level')} among {counted(rows, 'value')} in '{name}',"
        f" and {MOST_LEVELS} at most are taken, with two rows each; {advice}",
        name,
        len(labels),
        rows,
        f"'{name}' has {len(labels):,} labels, too many for levels: {advice}",
    )


def _without_order(series: pd.Series[Any]) -> InputError:
    return InputError(
        f"'{series.name}' is to be ordinal, and its labels have no order; give them in their order, such as "
        "I<II<III or ['I', 'II', 'III'], or as an ordered pandas category."
    )


def _all_numbers(labels: Sequence[Any]) -> bool:
    return all(isinstance(label, int | float | np.number) for label in labels)


def _is_text(present: pd.Series[Any]) -> bool:
    try:
        values = present.unique()
    except TypeError:  # lists and dictionaries, which are no text
        return False
    return len(values) > 0 and all(isinstance(value, str) for value in values)


def _moments(series: pd.Series[Any], form: str | None = None) -> pd.Series[Any]:
    """Dates, periods (their beginning) or text of dates in some form, as moments in UTC."""
    dates = series.dt.to_timestamp() if isinstance(series.dtype, pd.PeriodDtype) else series
    try:
        return pd.to_datetime(dates, format=form, utc=True).dt.tz_localize(None)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"'{series.name}' holds text that looks like dates, one of which there is not ({reason(error)}); "
            "correct it."
        ) from error
