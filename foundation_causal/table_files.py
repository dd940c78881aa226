"""Files of tables with a header line: .csv, .tsv, .parquet, .feather and .xlsx, text also packed as .csv.gz.

Text may have ';', a tab or '|' between its columns whatever its suffix is, decimals with ',' where ';' stands
between columns, comment lines that begin with '#' above the header, and come by a stream. Amounts such as
$31,200 and 12.5% are numbers, unless it is unclear whether 1.234 € is more than a thousand.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise
from numbers import Number
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import pandas as pd

from foundation_causal.columns.amounts import amounts, is_clear
from foundation_causal.columns.type_inference import in_fixed_order, may_be_powers
from foundation_causal.errors import InputError, MissingValuesWarning, counted, quoted, reason, warn
from foundation_causal.files import check_readable, check_suffix, pieces, replacing, separator_of

SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
UNPACK = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress}
PACKED = tuple(text + packed for text in SEPARATORS for packed in UNPACK)
SUFFIXES = (*SEPARATORS, ".parquet", ".feather", ".xlsx", *PACKED)
STREAM = "standard input"
# pandas 2 would lose the last digit of some numbers; later ones do not, and warn of the option.
EXACT = {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}
COMMENT = "#"
# What can be told from its text.
READABLE = (str, Number, date, timedelta, np.generic, pd.Interval, pd.Period, tuple)


def read_table(path: str | os.PathLike[str] | IO[bytes]) -> pd.DataFrame:
    """Read a table with a header line from a file, or from a binary stream of text.

    Args:
        path: A .csv, .tsv, .txt, .parquet, .feather or .xlsx file (its first sheet), or text packed as .gz,
            .bz2 or .xz; or a stream such as `sys.stdin.buffer`.

    Raises:
        InputError: A missing, empty or unreadable file, an unknown suffix, a line with too many fields,
            column names that are missing or come twice (pandas would silently rename them).

    Warns:
        MissingValuesWarning: The word "None" stands among labels, and is read as a gap.
    """
    if not isinstance(path, str | os.PathLike):
        return _read(_Text(STREAM, path.read(), ","))
    path = check_readable(path, SUFFIXES)
    suffix, packed = _suffixes(path)
    try:
        if suffix == ".parquet":
            return _read_parquet(path)
        if suffix == ".feather":
            return _read_feather(path)
        if suffix == ".xlsx":
            return _read_sheet(path)
        content = UNPACK[packed](path.read_bytes()) if packed else path.read_bytes()
    except InputError:
        raise
    except Exception as error:  # what pyarrow, openpyxl and the unpackers raise has no common ground
        raise _unreadable(str(path), error) from error
    return _read(_Text(str(path), content, SEPARATORS[suffix]))


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str], *, index: bool = False) -> None:
    """Write a table to a file of one of the suffixes that `read_table` knows, whole or not at all.

    Args:
        frame: What to write; numbers keep every digit. In .parquet and .feather a column with values of
            several kinds, as dates beside spans of time, is text.
        path: Where to; the suffix tells the format.
        index: Whether to write the row labels too, as the first column.

    Raises:
        InputError: An unknown suffix or a folder that cannot be written to.
    """
    path = Path(path)
    check_suffix(path, SUFFIXES)
    suffix, _ = _suffixes(path)
    with replacing(path) as temporary:
        try:
            _write(frame, temporary, suffix, index=index)
        except OSError:
            raise
        except (ValueError, TypeError, NotImplementedError, OverflowError) as error:
            raise InputError(
                f"The table cannot be written to '{path}' ({reason(error)}); choose .csv, or other values."
            ) from error


def _write(frame: pd.DataFrame, path: Path, suffix: str, *, index: bool) -> None:
    if suffix in (".parquet", ".feather"):
        frame = _of_one_kind(frame)
    if suffix == ".parquet":
        frame.to_parquet(path, index=index)
    elif suffix == ".feather":
        (frame.reset_index() if index else frame.reset_index(drop=True)).to_feather(path)
    elif suffix == ".xlsx":
        frame.to_excel(path, index=index)
    else:
        frame.to_csv(path, sep=SEPARATORS[suffix], index=index)


class WritableTable(pd.DataFrame):
    """A table whose columns may hold values of several kinds, as dates beside spans of time.

    Parquet and Feather know one kind a column. There, as in .csv, such a column is text.
    """

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return WritableTable

    def to_parquet(self, *args: Any, **kwargs: Any) -> Any:
        """Write the table, as pandas does, with text where a column holds several kinds of values."""
        return _of_one_kind(self).to_parquet(*args, **kwargs)

    def to_feather(self, *args: Any, **kwargs: Any) -> None:
        """Write the table, as pandas does, with text where a column holds several kinds of values."""
        _of_one_kind(self).to_feather(*args, **kwargs)


def _of_one_kind(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with text where a column holds several kinds of values, or labels unknown to Arrow."""
    plain = pd.DataFrame(frame)
    parts = [plain.iloc[:, j] for j in range(plain.shape[1])]
    mixed = [_is_mixed(part) for part in parts]
    if not any(mixed):
        return plain
    texts = [
        part.astype(object).map(str, na_action="ignore") if is_mixed else part
        for part, is_mixed in zip(parts, mixed, strict=True)
    ]
    return pd.concat(texts, axis=1)


def _is_mixed(column: pd.Series[Any]) -> bool:
    """Whether Arrow has no kind for a column, and all of its values can be told from their text."""
    labels = isinstance(column.dtype, pd.CategoricalDtype)
    held = pd.Series(column.cat.categories) if labels else column
    if labels and isinstance(held.dtype, pd.IntervalDtype | pd.PeriodDtype):
        return True
    several = ("mixed", "mixed-integer", "interval", "period")
    if held.dtype != object or pd.api.types.infer_dtype(held, skipna=True) not in several:
        return False
    return all(isinstance(value, READABLE) for value in held.dropna())


class _Text(NamedTuple):
    """The bytes of a table in text, what it is called, and what should stand between its columns."""

    name: str
    content: bytes
    separator: str


def _suffixes(path: Path) -> tuple[str, str]:
    """The suffix of the table, and that of the packing or nothing, as (".csv", ".gz")."""
    last = path.suffix.lower()
    return (Path(path.stem).suffix.lower(), last) if last in UNPACK else (last, "")


def _unreadable(name: str, error: Exception) -> InputError:
    return InputError(f"Cannot read '{name}' ({reason(error)}); check that it is what its suffix says.")


def _read(text: _Text) -> pd.DataFrame:
    if not text.content:
        raise InputError(f"The {text.name} is empty; give a table with a header line.")
    try:
        return _parsed(text)
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(
            f"Cannot read '{text.name}', which holds bytes that are no text in UTF-8; save it as UTF-8, "
            "or check that it is what its suffix says."
        ) from error
    except (ValueError, OSError, pd.errors.ParserWarning) as error:  # pandas' parse errors are ValueErrors
        raise _unreadable(text.name, error) from error


def _parsed(text: _Text) -> pd.DataFrame:
    encoding = "utf-16" if text.content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    skipped, lines = _first_lines(text.content, encoding)
    separator = separator_of(lines, text.separator)
    comma = separator == ";" and bool(re.search(r"(^|;)\s*[+-]?\d+,\d+\s*(;|$)", "".join(lines[1:])))
    how: dict[str, Any] = {"sep": separator, "skiprows": skipped, "encoding": encoding}
    how["skipinitialspace"] = True
    header = pd.read_csv(
        io.BytesIO(text.content), header=None, nrows=1, dtype=str, keep_default_na=False, **how
    )
    names = header.iloc[0].tolist()
    _check_header(names, text.name)
    _check_width(names, lines, separator, text.name)
    with warnings.catch_warnings():
        # pandas only warns when a line has more fields than the header, and then drops what is left over.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        how.update(EXACT, decimal="," if comma else ".")
        frame = pd.read_csv(io.BytesIO(text.content), index_col=False, **how)
    _check_first_row(frame, text.name)
    frame = _with_amounts(_with_codes(frame, text, how), comma=comma)
    _check_units(frame, text.name)  # an amount above plain numbers is none of units
    _warn_of_none(frame, text, how)
    return _without_blanks(frame)


def _first_lines(content: bytes, encoding: str) -> tuple[int, list[str]]:
    """How many comment lines stand above the header, and the header and some lines below it."""
    begun = content[:2_000_000]
    lines = begun.decode(encoding, errors="replace" if len(begun) < len(content) else "strict").splitlines()
    skipped = 0
    while skipped + 1 < len(lines) and lines[skipped].startswith(COMMENT):
        if len(re.split(r"[,;\t|]", lines[skipped])) == len(re.split(r"[,;\t|]", lines[skipped + 1])) > 1:
            break  # a header whose first name begins so
        skipped += 1
    return skipped, [line + "\n" for line in lines[skipped : skipped + 20]]


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow.parquet

    schema = pyarrow.parquet.read_schema(path)
    _check_header([str(name) for name in schema.names], str(path))
    return _without_blanks(_with_fixed_orders(pd.read_parquet(path), schema))


def _read_feather(path: Path) -> pd.DataFrame:
    import pyarrow

    schema = None
    with path.open("rb") as file:
        frame = pd.read_feather(file)
        # The first version of the format has no schema of Arrow, and tells nothing of pandas.
        with suppress(pyarrow.ArrowInvalid):
            schema = pyarrow.ipc.open_file(file).schema  # the end of the file alone is read
    return _checked(_with_fixed_orders(frame, schema), path)


def _with_fixed_orders(frame: pd.DataFrame, schema: Any) -> pd.DataFrame:
    """The table with its categories sorted, where it is not pandas that wrote them in an order of its own."""
    if schema is not None and schema.pandas_metadata is not None:
        return frame
    names = [name for name, kind in frame.dtypes.items() if isinstance(kind, pd.CategoricalDtype)]
    return frame.assign(**{str(name): in_fixed_order(frame[name]) for name in names})


def _read_sheet(path: Path) -> pd.DataFrame:
    names = pd.read_excel(path, header=None, nrows=1, dtype=str, keep_default_na=False)
    if names.empty:
        raise InputError(f"The first sheet of '{path}' is empty; give one that holds a table.")
    frame = pd.read_excel(path)
    _check_header([*names.iloc[0], *[""] * (frame.shape[1] - names.shape[1])], str(path))
    _check_first_row(frame, str(path))
    frame = _with_amounts(frame)
    _check_units(frame, str(path))
    return _without_blanks(frame)


def _with_amounts(frame: pd.DataFrame, *, comma: bool = False) -> pd.DataFrame:
    """The table with numbers where a column of text holds nothing but amounts of one unit.

    Args:
        frame: As pandas read it.
        comma: Whether decimals have a comma, and thousands a point between them.

    Raises:
        InputError: Amounts are unclear, and would be taken for decimals with points elsewhere.
    """
    texts = _text_places(frame)
    found = {j: amounts(frame.iloc[:, j], comma=comma) for j in texts}
    for j in texts:
        if comma and found[j] is None and _reads_otherwise(frame.iloc[:, j]):
            raise InputError(
                f"'{frame.columns[j]}' holds numbers such as '{frame.iloc[:, j].dropna().iloc[0]}' beside "
                "decimals with ',' in other columns, so that '.' may stand between thousands or before "
                "decimals; write decimals as there, and nothing between thousands."
            )
    columns = {j: values for j, values in found.items() if values is not None}
    parts = [columns.get(j, frame.iloc[:, j]) for j in range(frame.shape[1])]
    return pd.concat(parts, axis=1) if columns else frame


def _with_codes(frame: pd.DataFrame, text: _Text, how: dict[str, Any]) -> pd.DataFrame:
    """The table with text where pandas read 12E5, which may be a code, as 1,200,000 all down a column."""
    content = text.content.replace(b"\0", b"") if how["encoding"] == "utf-16" else text.content
    if not re.search(rb"\dE\d", content):
        return frame
    places = [j for j in range(frame.shape[1]) if pd.api.types.is_float_dtype(frame.dtypes.iloc[j])]
    if not places:
        return frame
    raw = pd.read_csv(io.BytesIO(text.content), usecols=places, dtype=str, index_col=False, **how)
    codes = {j: raw.iloc[:, k] for k, j in enumerate(places) if may_be_powers(raw.iloc[:, k].dropna())}
    parts = [codes.get(j, frame.iloc[:, j]) for j in range(frame.shape[1])]
    return pd.concat(parts, axis=1) if codes else frame


def _text_places(frame: pd.DataFrame) -> list[int]:
    """Where the columns are that hold text, or anything but one kind of numbers, dates or booleans."""
    return [j for j, kind in enumerate(frame.dtypes) if str(kind) in ("object", "str", "string")]


def _reads_otherwise(column: pd.Series[Any]) -> bool:
    """Whether text that is no amounts with decimal commas would be taken for numbers with points."""
    words = column.dropna()
    if pd.to_numeric(words, errors="coerce").notna().all():
        return any("." in str(word) for word in words) and not is_clear(map(str, words))
    return amounts(column) is not None


def _checked(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    _check_header([str(name) for name in frame.columns], str(path))
    return _without_blanks(frame)


def _without_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """The table without blanks around the names of its columns, which nobody sees and no option can hold."""
    if not all(isinstance(name, str) for name in frame.columns):
        return frame
    return frame.set_axis([name.strip() for name in frame.columns], axis=1)


def _check_header(names: list[str], file: str) -> None:
    bare = [name.strip() for name in names]
    duplicates = sorted({name for name in bare if bare.count(name) > 1})
    unnamed = [not name for name in bare]
    if sum(unnamed) > 1 and (sum(unnamed) == len(bare) - 1 or not all(unnamed[-sum(unnamed) :])):
        raise InputError(
            f"{sum(unnamed)} of the {len(bare)} columns of '{file}' have no name in its first line, as where "
            "a title or merged cells stand above the names; leave these out, and name each column."
        )
    if any(not name.strip() for name in names):
        place = [bool(name.strip()) for name in names].index(False) + 1
        raise InputError(
            f"Column {place} of '{file}' has no name; name it, or drop it if it only numbers the rows."
        )
    if duplicates:
        raise InputError(
            f"'{file}' has more than one column named {quoted(duplicates)}; give each its own name."
        )
    fractions = [name for name in names if _is_fraction(name)]
    if len(fractions) == len(names):
        raise InputError(
            f"The first line of '{file}' holds numbers, not names; add a line of column names above it."
        )


def _check_width(names: list[str], lines: list[str], separator: str, file: str) -> None:
    """Raise InputError where every line has one field more than the header, as R writes row names.

    A title above the names, and blanks between columns, are told from it.
    """
    below = [pieces(separator, line) for line in lines[1:] if line.strip()]
    if len(names) == 1 and below and min(below) > 1:
        raise InputError(
            f"The first line of '{file}' is {quoted(names)}, and those below it have several values; leave "
            "out what stands above the names of the columns."
        )
    blanks = {len(line.split()) for line in lines if line.strip()}
    if len(names) == 1 and set(below) == {1} and len(blanks) == 1 and min(blanks) > 1:
        raise InputError(
            f"The values of '{file}' have blanks between them; put commas or tabs between columns."
        )
    filled = [not line.rstrip("\n").endswith(separator) for line in lines[1:] if line.strip()]
    if below and set(below) == {len(names) + 1} and all(filled):
        raise InputError(
            f"Every line of '{file}' has {len(names) + 1} values, and its header "
            f"{counted(len(names), 'name')}: leave out the row names (in R with row.names = FALSE), or name "
            "their column."
        )


def _check_units(frame: pd.DataFrame, file: str) -> None:
    """Raise InputError where the line below the header holds units, and all below it are numbers."""
    if len(frame) < 3:
        return
    first, rest = frame.iloc[0], frame.iloc[1:]
    texts = [name for name in frame.columns if isinstance(first[name], str) and not _is_number(first[name])]
    numbers = [name for name in texts if pd.to_numeric(rest[name].dropna(), errors="coerce").notna().all()]
    if numbers and rest[numbers].notna().any().all():
        raise InputError(
            f"The line below the header of '{file}' holds {quoted([first[name] for name in numbers])} above "
            "numbers; leave out that line, such as one of units."
        )


def _warn_of_none(frame: pd.DataFrame, text: _Text, how: dict[str, Any]) -> None:
    """Warn of columns of text in which the word "None", perhaps one of the labels, is read as a gap."""
    content = text.content.replace(b"\0", b"") if how["encoding"] == "utf-16" else text.content
    if b"None" not in content:
        return
    places = _text_places(frame)
    if not places:
        return
    raw = pd.read_csv(
        io.BytesIO(text.content), usecols=places, dtype=str, keep_default_na=False, index_col=False, **how
    )
    for name in raw.columns:
        rows = int((raw[name] == "None").sum())
        if rows and frame[name].notna().any():
            warn(
                MissingValuesWarning(
                    f"'{name}' of '{text.name}' has the word 'None' in {counted(rows, 'row')}, which is read "
                    "as a gap; write another word, such as 'nothing', where it is one of the labels."
                )
            )


def _check_first_row(frame: pd.DataFrame, file: str) -> None:
    """Raise InputError where the header is in every column like the values below it: a row, and no names.

    Whole numbers one after the other are names, such as those that pandas gives, or years.
    """
    names = [str(name) for name in frame.columns]
    if not len(frame) or not all(_is_like(name, frame.iloc[:, j]) for j, name in enumerate(names)):
        return
    numbers = [float(name) for name in names if _is_number(name)]
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    if len(numbers) == len(names) and len(steps) == 1 and min(steps) > 0:
        return
    raise InputError(
        f"The first line of '{file}' reads like the rows below it ({quoted(names[:3])}), not like names; add "
        "a line of column names above it."
    )


def _is_like(name: str, values: pd.Series[Any]) -> bool:
    """Whether a name may be a value of its column: a number between others, or one of its labels."""
    if pd.api.types.is_bool_dtype(values):
        return name.lower() in ("true", "false")
    if pd.api.types.is_numeric_dtype(values):
        return _is_number(name) and bool(values.min() <= float(name) <= values.max())
    return bool(values.astype(str).str.strip().eq(name.strip()).any())


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_fraction(text: str) -> bool:
    """Tell whether the text is a number but no integer; integers are common names, as pandas gives them."""
    try:
        return not float(text).is_integer()
    except (ValueError, OverflowError):
        return False
