"""Observations: a validated table, its schema, and an optional mask of the entries that were intervened on.

Every public function takes its data through :func:`observations`, and query rows through :func:`rows_like`; a
table that cannot be used is refused in one sentence that names the columns and says what to do.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.columns.schema import Schema
from foundation_causal.columns.type_inference import (
    IGNORE,
    Types,
    check_single,
    days_like,
    float_values,
    in_fixed_order,
    is_numeric,
    read_as_numbers,
    typed,
)
from foundation_causal.columns.unread_text import no_number, remedy
from foundation_causal.errors import ConstantColumnsError, InputError, counted, quoted
from foundation_causal.runtime import check_memory
from foundation_causal.spoiled_values import MOST_ROWS, spoiled
from foundation_causal.types import Array

MIN_ROWS = 20
MIN_COLUMNS = 2
# Squares of larger values overflow double precision, and every model standardizes.
LARGEST = 1e150
# A column whose spread is below this share of its size holds nothing but rounding.
SMALLEST_SPREAD = 1e-13
# Squares of what is left of a narrower column when its causes are known vanish in double precision.
NARROWEST = 1e-120

# A pandas, polars or other table that narwhals knows, or an array [n, d].
Table: TypeAlias = "pd.DataFrame | NDArray[Any] | nw.typing.IntoDataFrame"


@dataclass(frozen=True, eq=False)
class Observations:
    """A table that passed every check of :func:`observations`; build it with that function and leave it so.

    Attributes:
        frame: float64 `[n, d]`, in the user's units, levels as the numbers of the schema; finite, or NaN
            where a value is missing and missing values were allowed; no column constant, names unique.
        intervened: Bool `[n, d]`, True where the entry was set by an intervention; None if nothing was.
        schema: The type of every column; all are continuous if none is given.
    """

    frame: pd.DataFrame
    intervened: NDArray[np.bool_] | None = None
    schema: Schema = field(default_factory=lambda: Schema(()))
    # Fewest values in a column, by which the demands on the size are met or not; None if nothing was checked.
    _fewest: int | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if not len(self.schema):
            object.__setattr__(self, "schema", Schema.numeric(self.names))  # the dataclass is frozen

    @property
    def names(self) -> list[str]:
        """The d column names, in the user's order."""
        return list(self._names)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self.frame.columns)  # walking through an index takes longer than all else in wide tables

    @cached_property
    def values(self) -> Array:
        """The values, float64 `[n, d]`; read-only."""
        values = self.frame.to_numpy().view()
        values.flags.writeable = False
        return values

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """Which values no intervention set, so that they come from their mechanisms; bool `[n, d]`.

        Raises:
            InputError: A variable was intervened on in every row.
        """
        if self.intervened is None:
            return np.ones(self.values.shape, dtype=bool)
        never = [name for name, column in zip(self.names, self.intervened.T, strict=True) if column.all()]
        if never:
            raise InputError(
                f"Every row sets {quoted(never)} by intervention; add rows where it was left to its causes."
            )
        return ~self.intervened

    @cached_property
    def spoiled(self) -> NDArray[np.bool_]:
        """Which values look like errors of measurement, bool `[n, d]`.

        They are those of :func:`foundation_causal.spoiled_values.spoiled` in continuous columns. None are in
        tables of more than 20,000 rows, and none among the values that an intervention set.
        """
        numeric = np.array([column.kind == "continuous" for column in self.schema])
        found = np.zeros(self.values.shape, dtype=bool)
        if numeric.any() and len(found) <= MOST_ROWS:
            found[:, numeric] = spoiled(self.values[:, numeric])
        return found if self.intervened is None else found & ~self.intervened

    def rows_in_random_order(self, seed: int) -> NDArray[np.intp]:
        """The rows in a random order, as positions `[n]`; it depends on `seed`, not on how they came in."""
        return row_order(self.values, self.names, seed, np.flatnonzero(~self.schema.ordered).tolist())

    def complete(self, least: int = MIN_ROWS) -> Observations:
        """The rows without missing values.

        Raises:
            InputError: They are fewer than `least`, or have the same value everywhere in a column.
        """
        if not self.frame.isna().to_numpy().any():
            return self
        whole = self.frame.notna().to_numpy().all(axis=1)
        mask = None if self.intervened is None else self.intervened[whole]
        return observations(
            self.frame.iloc[np.flatnonzero(whole)], intervened=mask, min_rows=least, types=self.schema
        )

    def untouched(self, least: int = MIN_ROWS) -> Observations:
        """The rows in which no intervention set anything.

        Raises:
            InputError: They are fewer than `least`, or have the same value everywhere in a column.

        >>> table = pd.DataFrame({"a": [1.0, 2.0, 9.0], "b": [0.0, 1.0, 2.0]})
        >>> table = observations(table, intervened=table > 5, min_rows=1)
        >>> table.untouched(least=2).frame["a"].tolist()
        [1.0, 2.0]
        """
        if self.intervened is None:
            return self
        frame = self.frame.iloc[np.flatnonzero(~self.intervened.any(1))]
        if len(frame) < least:
            raise InputError(
                f"Only {counted(len(frame), 'row')} without interventions can be read, and {least:,} or more "
                "are needed; give more."
            )
        constant = frame.columns[frame.nunique() == 1]
        if len(constant):
            raise InputError(
                f"In the rows without interventions the same value stands everywhere in {quoted(constant)}; "
                "give more of such rows, or drop what does not vary in them."
            )
        return Observations(frame, schema=self.schema)


def observations(
    data: Table | Observations,
    *,
    intervened: pd.DataFrame | NDArray[np.generic] | None = None,
    min_rows: int = MIN_ROWS,
    missing: bool = False,
    types: Types | Schema | None = None,
) -> Observations:
    """Check a table of observations and turn it into float64; one that meets the demands comes back as it is.

    Args:
        data: A DataFrame of pandas, or any other that narwhals knows, or an array `[n, d]` whose columns are
            then called X1 ... Xd. Column names become strings. Categories, text, booleans and dates are
            taken, too (:mod:`foundation_causal.columns.type_inference`).
        intervened: 0/1 or bool `[n, d]`; a DataFrame is matched to the data by column name.
        min_rows: The fewest rows to accept, and the fewest values in a column.
        missing: Whether values may be missing (NaN, None, pandas.NA). Rows without any value, which tell
            nothing, are then left out, from the mask, too.
        types: What is known of some columns' types, by name: "continuous", "count", "binary", "ordinal" or
            "categorical"; the labels of an ordinal column in their order; or "ignore", which leaves the
            column out. Or the schema of a table that is numbers already.

    Raises:
        InputError: Text that is no label, infinite values, values missing where they may not, constant
            columns, duplicate names, too few rows, columns or values in a column, types that the values
            cannot have, or a mask that does not fit.

    >>> table = observations(np.random.default_rng(0).normal(size=(30, 2)))
    >>> table.names, table.values.shape
    (['X1', 'X2'], (30, 2))
    """
    if isinstance(data, Observations):
        if types is not None:
            raise InputError("The observations have their types already; give the table itself with `types`.")
        if intervened is None and _meets(data, min_rows, missing):
            return data
        intervened = data.intervened if intervened is None else intervened
        types, data = data.schema, data.frame
    named = _named(data, "The data")
    if not isinstance(types, Schema):
        named, types, intervened = _kept(named, {} if types is None else types, intervened)
    frame, schema = _encoded(named, types)
    schema = _titled(schema, data)
    frame = _numbers(frame, "The data", missing)
    mask = None if intervened is None else _mask(intervened, frame)
    empty = _without_any_value(frame)
    if empty.any():
        frame, mask = frame[~empty], None if mask is None else mask[~empty]
    _check_sizes(frame, min_rows)
    check_memory(f"{len(frame):,} rows of {frame.shape[1]} columns", 2 * frame.size)
    columns = frame.to_numpy().T
    low, high = np.fmin.reduce(columns, axis=1), np.fmax.reduce(columns, axis=1)
    constant = frame.columns[high - low <= SMALLEST_SPREAD * np.maximum(np.abs(low), np.abs(high))]
    if len(constant):
        gaps = constant[frame[constant].isna().any()]
        where = "in every filled cell of" if len(gaps) else "everywhere in"
        or_fill = ", or write what an empty cell means, such as no" if len(gaps) else ""
        message = f"The same value stands {where} {_columns(constant)}; drop what does not vary{or_fill}."
        raise ConstantColumnsError(message, constant, gaps)
    narrow = frame.columns[high - low < NARROWEST]
    if len(narrow):
        raise InputError(
            f"The values in {_columns(narrow)} are less than {NARROWEST:g} apart; give them in another unit."
        )
    table = Observations(frame, mask, schema)
    object.__setattr__(table, "_fewest", int(frame.notna().sum().min()))  # the dataclass is frozen
    return table


def rows_like(
    rows: Table,
    names: Sequence[str],
    *,
    what: str = "rows",
    schema: Schema | None = None,
    missing: bool = False,
) -> pd.DataFrame:
    """Check query rows, or rows of noise, against the columns that a model knows.

    Args:
        rows: A DataFrame with the columns `names` in any order, or an array `[n, d]` in that order; n >= 1.
        names: The d column names.
        what: What the rows are, for the error's sentence.
        schema: The types of the columns, if the rows hold labels, dates or the like; numbers without it.
        missing: Whether values may be missing.

    Returns:
        A new float64 DataFrame, `[n, d]`, columns in the order of `names`, with the row labels of `rows`.

    Raises:
        InputError: Missing or unknown columns, no row, text, missing or infinite values.

    >>> rows_like(pd.DataFrame({"b": [1], "a": [2]}), ["a", "b"])
         a    b
    0  2.0  1.0
    """
    title = f"The {what}"
    frame = _named(rows, title, names)
    absent = [name for name in names if name not in frame.columns]
    unknown = [name for name in frame.columns if name not in names]
    if absent:
        raise InputError(f"{title} lack {_columns(absent)}; give every column that the model knows.")
    if unknown:
        raise InputError(
            f"{title} have {_columns(unknown)} unknown to the model; drop what it does not know."
        )
    if len(frame) == 0:
        raise InputError(f"{title} are empty; give at least one row.")
    frame = frame[list(names)]
    return _numbers(frame if schema is None else _as_numbers(frame, schema), title, missing)


def row_order(
    values: Array, names: Sequence[str], seed: int, unordered: Sequence[int] = ()
) -> NDArray[np.intp]:
    """Put rows into a random order that does not depend on the order in which rows and columns came.

    Rows are sorted by the columns, these taken in the order of their names, and then shuffled. Categories
    count by how frequent they are; only where rows are alike in all of that, by their numbers.

    Args:
        values: The rows `[n, d]`.
        names: The d column names.
        seed: Seed of the shuffling.
        unordered: Positions of columns whose numbers mean nothing.

    Returns:
        Positions of the rows, `[n]`.
    """
    by_name = np.argsort(np.asarray(names))
    keys = values[:, by_name].T
    if len(unordered):
        frequencies = values.copy()
        for j in unordered:
            _, place, counts = np.unique(values[:, j], return_inverse=True, return_counts=True)
            frequencies[:, j] = counts[place]
        keys = np.vstack([keys[np.isin(by_name, unordered)], frequencies[:, by_name].T])
    canonical = np.lexsort(keys)
    return canonical[np.random.default_rng(seed).permutation(len(values))]


def _meets(table: Observations, min_rows: int, missing: bool) -> bool:
    """Tell whether a table was checked, and meets what depends on the demands."""
    fewest = table._fewest
    return fewest is not None and fewest >= min_rows and (missing or fewest == len(table.frame))


def _kept(named: pd.DataFrame, types: Types, intervened: object) -> tuple[pd.DataFrame, Types, Any]:
    """The table and its mask without the columns that are to be ignored, and the types of the others.

    Raises:
        InputError: The types are of columns that there are not.
    """
    if not isinstance(types, Mapping):
        raise InputError(
            f"The types are a {type(types).__name__}; give a dictionary from names of columns to types."
        )
    asked = {str(name): kind for name, kind in types.items()}
    unknown = [name for name in asked if name not in named.columns]
    if unknown:
        raise InputError(
            f"The types speak of {_columns(unknown)}, which the data lack; use {quoted(named.columns)}."
        )
    ignored = [name for name, kind in asked.items() if isinstance(kind, str) and kind == IGNORE]
    if ignored and isinstance(intervened, np.ndarray) and intervened.shape == named.shape:
        intervened = intervened[:, ~named.columns.isin(ignored)]
    elif ignored and isinstance(intervened, pd.DataFrame):
        intervened = intervened.drop(columns=[c for c in intervened.columns if str(c) in ignored])
    return named.drop(columns=ignored), {k: v for k, v in asked.items() if k not in ignored}, intervened


def _encoded(named: pd.DataFrame, types: Types | Schema) -> tuple[pd.DataFrame, Schema]:
    """The table as numbers, and its schema; with a schema it is numbers already."""
    if isinstance(types, Schema):
        return named, types.take(list(named.columns))
    known = {name: typed(named[name], "The data", types.get(name)) for name in named.columns}
    frame = pd.DataFrame(
        {name: column.values for name, column in known.items()},
        index=named.index,
        columns=named.columns,
        copy=False,  # `_numbers` will
    )
    return frame, Schema(tuple(column.column for column in known.values()))


def _titled(schema: Schema, data: object) -> Schema:
    """The schema with what the columns of a pandas table are called where that is no text."""
    odd = [c for c in data.columns if not isinstance(c, str)] if isinstance(data, pd.DataFrame) else []
    if not odd:
        return schema
    titles = {str(title): title for title in odd}
    return Schema(tuple(replace(column, title=titles.get(column.name)) for column in schema))


def _as_numbers(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Query rows with labels and dates as the numbers that stand for them.

    Raises:
        InputError: A level that the model has not seen.
    """
    encoded = {}
    for column in schema:
        series = frame[column.name]
        if column.unit:
            encoded[column.name] = days_like(series, column.unit, column.day_first, column.zone)
        elif column.has_labels:
            check_single(series, "The rows")
            place = {value: column.number(value) for value in pd.unique(series.dropna())}
            encoded[column.name] = series.map(place).astype(np.float64)
        else:
            encoded[column.name] = read_as_numbers(series)
    return pd.DataFrame(encoded, index=frame.index, columns=frame.columns)


def _named(data: object, title: str, names: Sequence[str] | None = None) -> pd.DataFrame:
    """The table as a new DataFrame with unique string names; arrays take `names`, or X1 ... Xd."""
    data = _as_pandas(data)
    if isinstance(data, pd.DataFrame):
        frame = data.set_axis([str(column) for column in data.columns], axis=1)
    elif isinstance(data, np.ndarray):
        if data.ndim != 2:
            raise InputError(
                f"{title} are an array of {counted(data.ndim, 'dimension')}; give 2: rows and columns."
            )
        if data.dtype.kind == "V":
            raise InputError(f"{title} are an array of the type {data.dtype}; give one of numbers or text.")
        if names is not None and data.shape[1] != len(names):
            raise InputError(
                f"{title} have {counted(data.shape[1], 'column')}; give {len(names)}: {quoted(names)}."
            )
        frame = pd.DataFrame(
            data, columns=list(names) if names else [f"X{j + 1}" for j in range(data.shape[1])]
        )
    else:
        kind = type(data).__name__
        raise InputError(f"{title} are of the type {kind}; give a DataFrame or a NumPy array.")
    duplicates = frame.columns[frame.columns.duplicated()].unique()
    if len(duplicates):
        raise InputError(
            f"{title} have more than one column named {quoted(duplicates)}; give each its own name."
        )
    arrow = [name for name, dtype in zip(frame.columns, frame.dtypes, strict=True) if _is_of_arrow(dtype)]
    frame = frame.assign(**{name: _as_of_pandas(frame[name]) for name in arrow})
    text = [str(name) for name, dtype in zip(frame.columns, frame.dtypes, strict=True) if _may_be_text(dtype)]
    return frame.assign(**{name: _without_odd_objects(frame[name]) for name in text})


def _is_of_arrow(dtype: Any) -> bool:
    """Whether a dtype is one of pyarrow for which pandas has its own: categories, and durations."""
    return isinstance(dtype, pd.ArrowDtype) and str(dtype).startswith(("dictionary<", "duration["))


def _as_of_pandas(series: pd.Series[Any]) -> pd.Series[Any]:
    """Categories and durations of pyarrow as pandas has them."""
    values: Any = series.array
    plain = pd.Series(values.__arrow_array__().to_pandas().array, index=series.index, name=series.name)
    return in_fixed_order(plain)


def _may_be_text(dtype: Any) -> bool:
    """Whether the dtype of a column may hold text."""
    types = pd.api.types
    categories = isinstance(dtype, pd.CategoricalDtype)
    return types.is_object_dtype(dtype) or types.is_string_dtype(dtype) or categories


def _without_odd_objects(series: pd.Series[Any]) -> pd.Series[Any]:
    """The column with empty text missing, as it is in files, and integers beyond any float infinite."""
    empty = np.array([isinstance(value, str) and not value.strip() for value in series])
    series = series.mask(empty) if empty.any() else series
    huge = [isinstance(value, int) and abs(value) > sys.float_info.max for value in series]
    return series.mask(np.array(huge), np.inf) if any(huge) else series


def _as_pandas(data: object) -> object:
    """The table of another library as a pandas DataFrame; anything else as it is."""
    if isinstance(data, pd.DataFrame):  # narwhals refuses some that this project names the fault of
        return data
    table = nw.from_native(data, eager_only=True, pass_through=True)
    if not isinstance(table, nw.DataFrame):
        return data
    frame = table.to_pandas()
    for name, dtype in table.schema.items():
        if dtype == nw.Enum and isinstance(frame[name].dtype, pd.CategoricalDtype):
            # An Enum fixes which labels there are; pandas takes their order for a statement about them.
            frame[name] = frame[name].cat.as_unordered()
        elif dtype == nw.Categorical:
            frame[name] = in_fixed_order(frame[name])
    return frame


def _numbers(frame: pd.DataFrame, title: str, allow_missing: bool = False) -> pd.DataFrame:
    """A float64 copy of the frame; text and infinite values raise, and missing ones unless allowed."""
    other = [name for name, dtype in zip(frame.columns, frame.dtypes, strict=True) if dtype != np.float64]
    text = [name for name in other if not is_numeric(frame[name])]
    if text:
        example = no_number(frame[text[0]])
        raise InputError(
            f"{title} hold something other than numbers (such as {quoted([example])}) in {_columns(text)};"
            f" {remedy(str(example), frame[text[0]])}."
        )
    values = np.empty((frame.shape[1], len(frame)))  # columns one after another, as pandas keeps them
    for row, name in zip(values, frame.columns, strict=True):
        row[:] = float_values(frame[name])
    numbers = pd.DataFrame(values.T, index=frame.index, columns=frame.columns, copy=False)
    if not allow_missing and np.isnan(values).any():
        missing = numbers.isna()
        if missing.all().any():
            raise InputError(
                f"{title} have no value in {_columns(frame.columns[missing.all()])}; leave out what is empty."
            )
        count = counted(int(missing.to_numpy().sum()), "value")
        raise InputError(
            f"{title} lack {count} in {_columns(frame.columns[missing.any()])},"
            " and missing values are not taken here; drop or impute those rows (graphs, mechanisms and checks"
            " take gaps, and fc.observations with missing=True)."
        )
    if values.size and max(np.fmax.reduce(values, None), -np.fmin.reduce(values, None)) > LARGEST:
        large = numbers.abs() > LARGEST
        count = counted(int(large.to_numpy().sum()), "infinite value")
        raise InputError(
            f"{title} hold {count} (beyond {LARGEST:g}) in"
            f" {_columns(frame.columns[large.any()])}; drop or correct those rows."
        )
    return numbers


def _without_any_value(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """The rows that hold no value, bool `[n]`; none if there are no columns."""
    empty = np.full(len(frame), frame.shape[1] > 0)
    for column in frame.to_numpy().T:
        if not empty.any():
            break
        empty &= np.isnan(column)
    return empty


def _check_sizes(frame: pd.DataFrame, min_rows: int) -> None:
    """Raise InputError where there is too little: columns, rows, or values in a column."""
    n, d = frame.shape
    if d < MIN_COLUMNS:
        named = f" ({quoted(frame.columns)})" if d else ""
        raise InputError(
            f"The data have {counted(d, 'column')}{named}; give at least {MIN_COLUMNS},"
            " separated by commas if they come from a .csv file."
        )
    if n < min_rows:
        raise InputError(f"The data have {counted(n, 'row')}; give at least {min_rows}.")
    few = frame.columns[frame.notna().sum() < min_rows]
    if len(few):
        raise InputError(
            f"Fewer than {min_rows} values stand in {_columns(few)}; drop what is mostly missing or add rows."
        )


def _mask(intervened: object, frame: pd.DataFrame) -> NDArray[np.bool_]:
    """The intervention mask as bool `[n, d]`."""
    if isinstance(intervened, pd.DataFrame):
        mask = intervened.set_axis([str(column) for column in intervened.columns], axis=1)
        if sorted(mask.columns) != sorted(frame.columns):
            raise InputError(
                "The intervention mask has other columns than the data; give it the data's columns."
            )
        if not mask.index.equals(frame.index) and sorted(map(str, mask.index)) == sorted(
            map(str, frame.index)
        ):
            raise InputError(
                "The intervention mask has the row labels of the data in another order; put its rows in the "
                "order of the data's."
            )
        numbers = _numbers(
            mask[list(frame.columns)], "The entries of the intervention mask", allow_missing=True
        )
        intervened = numbers.to_numpy()  # NaN is neither 0 nor 1
    values = np.asarray(intervened)
    if values.shape != frame.shape:
        raise InputError(
            f"The intervention mask has the shape {values.shape}; give it the data's shape {frame.shape}."
        )
    if values.dtype.kind not in "biuf" or not np.isin(values, [0, 1]).all():
        raise InputError(
            "The intervention mask holds something other than 0 and 1; mark set entries 1 and others 0."
        )
    return values.astype(bool)


def _columns(names: Sequence[str] | pd.Index) -> str:
    return f"the column{'s' if len(names) > 1 else ''} {quoted(names)}"
