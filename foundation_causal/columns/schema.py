"""The schema of a table: the type of every column, and the way from the user's values to numbers and back.

Models work on float64. A column of labels is held as the positions of its levels, 0 to K - 1; one of
numbers as these numbers, whether it is discrete or not; one of dates as days.
"""

from __future__ import annotations

import numbers
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias, get_args

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.columns.text_dates import has_year, single_date
from foundation_causal.columns.unread_text import about_percent
from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import titled
from foundation_causal.types import Array

Kind: TypeAlias = Literal["continuous", "count", "binary", "ordinal", "categorical"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FLOAT = np.dtype(np.float64)
EPOCH = pd.Timestamp("1970-01-01")
DAY = pd.Timedelta(days=1)
MICROSECONDS = 86_400e6  # in a day
DATES = "days since 1970-01-01"
DURATIONS = "days"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Column:
    """What is known of one column.

    Attributes:
        name: Its name.
        kind: Its type, one of `KINDS`.
        labels: What the user calls its levels, in their order; empty for continuous columns and counts.
        numbers: What stands for the levels in `Observations.frame`, ascending: the numbers themselves where
            the labels are numbers, else 0 to K - 1.
        dtype: The pandas dtype of the user's column, which answers get, too.
        unit: Of what dates and durations became; empty for what came as numbers.
        reason: The rule by which the type was found, in words.
        days_only: Whether all dates or durations are whole days, so that answers are, too.
        title: What answers call it where the user's table calls it by something other than text, such as 3.
        day_first: Whether the day came first in dates such as 03/04/2024; None where there were none.
    """

    name: str
    kind: Kind
    labels: tuple[Any, ...] = ()
    numbers: tuple[float, ...] = ()
    dtype: Any = FLOAT
    unit: str = ""
    reason: str = "numbers"
    days_only: bool = False
    title: Any = None
    day_first: bool | None = None

    @property
    def is_discrete(self) -> bool:
        """Whether it has levels: it is binary, ordinal or categorical."""
        return bool(self.numbers)

    @property
    def is_ordered(self) -> bool:
        """Whether its values have an order, which those of a categorical column lack."""
        return self.kind != "categorical"

    @property
    def is_whole(self) -> bool:
        """Whether its values are whole numbers, by its dtype or because they count."""
        return self.kind == "count" or pd.api.types.is_integer_dtype(self.dtype)

    @property
    def has_labels(self) -> bool:
        """Whether its levels are called by something other than numbers, such as by text or booleans."""
        return self.is_discrete and not all(
            _is_number(label) and not _is_truth(label) for label in self.labels
        )

    @property
    def has_mean(self) -> bool:
        """Whether a mean of its values makes sense: of numbers, and of booleans, the share of True."""
        return not self.is_discrete or (self.is_ordered and all(map(_is_number, self.labels)))

    def number(self, value: object, *, what: str = "value") -> float:
        """The number that stands for one of the user's values, as in `do` or in a condition.

        Args:
            value: A label, a number, or a date.
            what: What the value is, for the error's sentence.

        Raises:
            InputError: A label that the column does not have, or what is no number.

        >>> Column("stage", "ordinal", ("I", "II"), (0.0, 1.0)).number("II")
        1.0
        """
        if isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64):
            value = value.item()
        if self.unit:
            return self._days(value, what)
        if self.is_discrete:
            for label, number in zip(self.labels, self.numbers, strict=True):
                if _same(value, label):
                    return number
            if self.kind == "ordinal" and not self.has_labels and _is_number(value):
                return float(value)  # type: ignore[arg-type]  # between two levels, as doses can be
            raise InputError(
                f"The {what} {value!r} is none of the levels of '{self.name}'; use one of "
                f"{quoted(self.labels)}."
            )
        if not _is_number(value):
            advice = about_percent(value, self.name) or "give a number"
            raise InputError(f"The {what} of '{self.name}' is {value!r}; {advice}.")
        return float(value)  # type: ignore[arg-type]

    def label(self, number: float) -> Any:
        """What the user calls a number: the label of the nearest level, or a date, or the number itself.

        >>> Column("stage", "ordinal", ("I", "II"), (0.0, 1.0)).label(1.0)
        'II'
        """
        if self.is_discrete and (self.has_labels or number in self.numbers):
            return self.labels[int(self.codes(np.array([number]))[0])]
        if self.unit == DATES:
            moment = EPOCH + pd.Timedelta(days=number)
            return moment if self.zone is None else moment.tz_localize("UTC").tz_convert(self.zone)
        return pd.Timedelta(days=number) if self.unit else number

    def codes(self, values: Array) -> NDArray[np.intp]:
        """The positions of the levels nearest to values, shape `[n]`; -1 where a value is missing.

        >>> Column("dose", "ordinal", (5, 10, 50), (5.0, 10.0, 50.0)).codes(np.array([10.0, np.nan, 49.0]))
        array([ 1, -1,  2])
        """
        levels = np.asarray(self.numbers)
        borders = (levels[1:] + levels[:-1]) / 2
        return np.where(np.isnan(values), -1, np.searchsorted(borders, values))

    def decoded(self, values: Array, *, whole: bool = True) -> pd.Series[Any]:
        """Values `[n]` as the user knows them: labels, dates or numbers, in the dtype of the user's column.

        Args:
            values: Numbers, as models make them; NaN for missing.
            whole: Whether columns of whole numbers or days are rounded. A column that cannot hold what it
                should, such as integers with missing values, becomes one of floats.
        """
        if self.is_discrete:
            return self._labelled(values)
        if self.unit == DATES:
            return _moments(values, self.dtype, days_only=self.days_only and whole)
        if self.unit:
            days = np.rint(values) if self.days_only and whole else values
            return _cast(pd.Series(pd.to_timedelta(days, unit="D")), self.dtype)
        if self.is_whole and whole:
            return _cast(pd.Series(np.rint(values)), self.dtype)
        nullable = pd.api.types.is_extension_array_dtype(self.dtype)
        return _cast(pd.Series(values), self.dtype) if nullable else pd.Series(values)

    def _labelled(self, values: Array) -> pd.Series[Any]:
        codes = self.codes(values)
        if self.has_mean and not (np.isin(values, self.numbers) | (codes < 0)).all():
            return pd.Series(values)  # clamped between its levels, or modelled as if continuous
        labels = np.empty(len(self.labels) + 1, dtype=object)
        labels[:-1], labels[-1] = self.labels, None  # which -1 points to
        return _cast(pd.Series(labels[codes], dtype=object), self.dtype)

    def _days(self, value: object, what: str) -> float:
        given: Any = value
        is_date = self.unit == DATES
        try:
            if _is_number(value):
                return float(given)
            if (
                isinstance(value, str)
                and NUMBER.fullmatch(value.strip())
                and not (is_date and has_year(value))
            ):
                return float(value)  # which pandas takes for nanoseconds
            if is_date and isinstance(value, str):
                given = single_date(value, self.name, self.day_first)
            return float((self._moment(given) - EPOCH if is_date else pd.Timedelta(given)) / DAY)
        except InputError:
            raise
        except (ValueError, TypeError) as error:
            example = "date (2024-12-31)" if is_date else "duration (2 days)"
            raise InputError(
                f"The {what} of '{self.name}' is {value!r}; give a {example}, or {self.unit}."
            ) from error

    @property
    def zone(self) -> Any:
        """The time zone of dates, if they have one."""
        if isinstance(self.dtype, pd.ArrowDtype):
            return getattr(self.dtype.pyarrow_dtype, "tz", None)
        return self.dtype.tz if isinstance(self.dtype, pd.DatetimeTZDtype) else None

    def _moment(self, given: Any) -> pd.Timestamp:
        """A date as a moment of UTC, and a period as its beginning; without a zone it is in the column's."""
        moment = given.start_time if isinstance(given, pd.Period) else pd.Timestamp(given)
        if moment.tzinfo is None and self.zone is not None:
            moment = in_zone(pd.Series([moment]), self.zone).iloc[0]
        return _in_utc(moment)


@dataclass(frozen=True, eq=False)
class Schema:
    """The columns of a table, in its order.

    >>> schema = Schema((Column("age", "continuous"), Column("sex", "binary", ("f", "m"), (0.0, 1.0))))
    >>> schema.kinds
    {'age': 'continuous', 'sex': 'binary'}
    >>> schema.decoded(np.array([[30.0, 1.0]]))
        age sex
    0  30.0   m
    """

    columns: tuple[Column, ...]

    @classmethod
    def numeric(cls, names: Sequence[str]) -> Schema:
        """A schema of continuous columns."""
        return cls(tuple(Column(str(name), "continuous") for name in names))

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __getitem__(self, name: str) -> Column:
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def names(self) -> list[str]:
        """The d names."""
        return [column.name for column in self.columns]

    @property
    def titles(self) -> list[Any]:
        """What the user's table calls the d columns: their names, or numbers and the like."""
        return [column.name if column.title is None else column.title for column in self.columns]

    def titled(self, graph: nx.DiGraph) -> nx.DiGraph:
        """A graph over the names with the user's titles as nodes."""
        return titled(graph, self.titles)

    @property
    def kinds(self) -> dict[str, Kind]:
        """The type of every column."""
        return {column.name: column.kind for column in self.columns}

    @property
    def has_types(self) -> bool:
        """Whether a column is other than continuous."""
        return any(column.kind != "continuous" for column in self.columns)

    @cached_property
    def levels(self) -> NDArray[np.intp]:
        """How many levels each column has, `[d]`; 0 for continuous columns and counts."""
        return np.array([len(column.numbers) for column in self.columns], dtype=np.intp)

    @cached_property
    def ordered(self) -> NDArray[np.bool_]:
        """Whether the values of each column have an order, `[d]`; False for categorical ones."""
        return np.array([column.is_ordered for column in self.columns], dtype=bool)

    def codes(self, values: Array) -> NDArray[np.intp]:
        """Positions of the levels, shape `[n, d]` -> `[n, d]`; -1 where missing or without levels."""
        codes = np.full(values.shape, -1, dtype=np.intp)
        for j, column in enumerate(self.columns):
            if column.is_discrete:
                codes[:, j] = column.codes(values[:, j])
        return codes

    def decoded(
        self, values: Array, index: pd.Index | None = None, unrounded: Container[int] = ()
    ) -> pd.DataFrame:
        """Values `[n, d]` as the user knows them, in the user's dtypes (:meth:`Column.decoded`).

        Args:
            values: Numbers, as models make them.
            index: The row labels to give them.
            unrounded: Columns, by position, of which whole numbers and days are not rounded.
        """
        series = {
            column.name: column.decoded(values[:, j], whole=j not in unrounded)
            for j, column in enumerate(self.columns)
        }
        frame = pd.DataFrame(series, columns=pd.Index(self.names)).set_axis(pd.Index(self.titles), axis=1)
        return frame if index is None else frame.set_axis(index, axis=0)

    def indicators(self, values: Array) -> pd.DataFrame:
        """Values `[n, d]` as numbers of which means make sense: an indicator for each level of labels.

        Of two labels the second has one, as "sex = m"; of more each, as "site = north".
        """
        columns: dict[str, Array] = {}
        for j, column in enumerate(self.columns):
            if not column.has_labels:
                columns[column.name] = values[:, j]
                continue
            codes = column.codes(values[:, j])
            for code in range(1 if len(column.labels) == 2 else 0, len(column.labels)):
                shown = np.where(codes < 0, np.nan, codes == code)
                columns[f"{column.name} = {column.labels[code]}"] = shown
        return pd.DataFrame(columns)

    def take(self, names: Sequence[str]) -> Schema:
        """The schema of some of the columns."""
        return Schema(tuple(self[name] for name in names))

    def table(self) -> pd.DataFrame:
        """One row a column: its type, its levels, its unit, and the rule by which it was found."""
        rows = [
            {
                "type": column.kind,
                "levels": ", ".join(map(str, column.labels)) if column.is_discrete else "",
                "unit": column.unit,
                "because": column.reason,
            }
            for column in self.columns
        ]
        return pd.DataFrame(rows, index=pd.Index(self.names, name="column"))


def in_days(value: Any) -> float:
    """A date as days since 1970, a span of time as days, NaN for neither, and a number as it is.

    >>> in_days(pd.Timestamp("1970-01-02 12:00")), in_days(pd.Timedelta("6h")), in_days(3)
    (1.5, 0.25, 3.0)
    """
    if value is pd.NaT:
        return float("nan")
    if isinstance(value, pd.Timestamp):
        value = _in_utc(value) - EPOCH
    return float(value / DAY if isinstance(value, pd.Timedelta) else value)


def in_zone(dates: pd.Series[Any], zone: Any) -> pd.Series[Any]:
    """Dates without a time zone as those that the clocks of a zone show.

    Of a time that the clocks show twice it is the first, and of one that they leave out the next.

    >>> night = pd.Series(pd.to_datetime(["2024-03-31 02:30", "2024-10-27 02:30"]))
    >>> in_zone(night, "Europe/Berlin").astype(str).tolist()
    ['2024-03-31 03:00:00+02:00', '2024-10-27 02:30:00+02:00']
    """
    return dates.dt.tz_localize(zone, ambiguous=np.ones(len(dates), dtype=bool), nonexistent="shift_forward")


def _in_utc(moment: pd.Timestamp) -> pd.Timestamp:
    """A moment of any time zone as one of UTC, without its zone; one without a zone as it is."""
    return moment if moment.tzinfo is None else moment.tz_convert("UTC").tz_localize(None)


def _moments(days: Array, dtype: Any, *, days_only: bool) -> pd.Series[Any]:
    """Days as dates, in the time zone or with the periods of a dtype, on the nearest midnight if asked to."""
    # A day as a double is exact to less than a microsecond, to which dates are rounded.
    moments = pd.Series(EPOCH + pd.to_timedelta(np.rint(days * MICROSECONDS), unit="us"))
    if isinstance(dtype, pd.PeriodDtype):
        return _cast(moments, dtype)
    if isinstance(dtype, pd.DatetimeTZDtype):
        local = moments.dt.tz_localize("UTC").dt.tz_convert(dtype.tz)
        if not days_only:
            return _cast(local, dtype)
        moments = in_zone(local.dt.tz_localize(None).dt.round("D"), dtype.tz)
    elif days_only:
        moments = moments.dt.round("D")
    return _cast(moments, dtype)


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, np.timedelta64)


def _same(value: object, label: object) -> bool:
    """Whether a value names a level: it is its label, or looks like it, as "1" does like 1."""
    if value is pd.NA or isinstance(value, np.ndarray | pd.Series | pd.Index):
        return False  # what compares to more than one truth, or to none
    if _is_number(label) and not _is_truth(label):
        return _is_number(value) and float(value) == float(label)  # type: ignore[arg-type]
    if _is_truth(label):  # a file may write it in small or in capital letters
        return value == label or str(value).lower() in (str(label).lower(), str(int(label)))  # type: ignore[call-overload]
    return value == label or str(value) == str(label)


def _is_truth(value: object) -> bool:
    return isinstance(value, bool | np.bool_)


def _cast(series: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    """The series in the user's dtype, if that can hold it."""
    try:
        with np.errstate(invalid="ignore"):  # which is seen below
            cast = series.astype(dtype)
        if not pd.api.types.is_integer_dtype(dtype) or bool((cast == series).fillna(True).all()):
            return cast
        return series  # 200 as one of 8 bits would be -56
    except (ValueError, TypeError, OverflowError, ArithmeticError, pd.errors.IntCastingNaNError):
        numbers = pd.to_numeric(series, errors="coerce")
        return numbers if bool(numbers.notna().eq(series.notna()).all()) else series
