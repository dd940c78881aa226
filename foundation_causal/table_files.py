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
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, NamedTuple

import pandas as pd

from foundation_causal.errors import InputError, counted, quoted, reason
from foundation_causal.files import check_readable, check_suffix, pieces, replacing, separator_of

SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
UNPACK = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress}
PACKED = tuple(text + packed for text in SEPARATORS for packed in UNPACK)
SUFFIXES = (*SEPARATORS, ".parquet", ".feather", ".xlsx", *PACKED)
STREAM = "standard input"
# pandas 2 would lose the last digit of some numbers; later ones do not, and warn of the option.
EXACT = {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}
COMMENT = "#"
# A number with a sign of money or percent, thousands apart, and minus as accountants write it: ($1,200.50).
# Zeros do not lead: 0,125 has decimals, and 007 is a code.
AMOUNT = re.compile(
    r"(?P<open>\()?(?P<minus>-?)\s*(?P<money>[$€£¥]?)\s*(?P<sign>-?)"
    r"(?P<number>[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|(?:0|[1-9]\d*)(?:\.\d+)?)"
    r"\s*(?P<unit>[$€£¥%]?)\s*(?P<close>\))?"
)
# Numbers in which ',' can only stand between thousands, or '.' only before decimals; 1,234 and 1.234 are not.
PLAIN = re.compile(r"\d{1,3}(,\d{3})+\.\d+|\d{1,2}(,\d{3}){2,}|\d+\.(\d{1,2}|\d{4,})|(0|\d{4,})\.\d+")
THOUSANDS_BY_COMMA = {"$", "£", "¥"}  # whose countries write 1,234 for a thousand; others write 1.234 €


def read_table(path: str | os.PathLike[str] | IO[bytes]) -> pd.DataFrame:
    """Read a table with a header line from a file, or from a binary stream of text.

    Args:
        path: A .csv, .tsv, .txt, .parquet, .feather or .xlsx file (its first sheet), or text packed as .gz,
            .bz2 or .xz; or a stream such as `sys.stdin.buffer`.

    Raises:
        InputError: A missing, empty or unreadable file, an unknown suffix, a line with too many fields,
            column names that are missing or come twice (pandas would silently rename them).
    """
    if not isinstance(path, str | os.PathLike):
        return _read(_Text(STREAM, path.read(), ","))
    path = check_readable(path, SUFFIXES)
    suffix, packed = _suffixes(path)
    try:
        if suffix == ".parquet":
            return _read_parquet(path)
        if suffix == ".feather":
            return _checked(pd.read_feather(path), path)
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
        frame: What to write; numbers keep every digit.
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
    if suffix == ".parquet":
        frame.to_parquet(path, index=index)
    elif suffix == ".feather":
        (frame.reset_index() if index else frame.reset_index(drop=True)).to_feather(path)
    elif suffix == ".xlsx":
        frame.to_excel(path, index=index)
    else:
        frame.to_csv(path, sep=SEPARATORS[suffix], index=index)


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
    frame = _with_amounts(frame, comma=comma)
    _check_units(frame, text.name)  # an amount above plain numbers is none of units
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

    _check_header([str(name) for name in pyarrow.parquet.read_schema(path).names], str(path))
    return _without_blanks(pd.read_parquet(path))


def _read_sheet(path: Path) -> pd.DataFrame:
    names = pd.read_excel(path, header=None, nrows=1, dtype=str, keep_default_na=False)
    if names.empty:
        raise InputError(f"The first sheet of '{path}' is empty; give one that holds a table.")
    _check_header(names.iloc[0].tolist(), str(path))
    frame = pd.read_excel(path)
    _check_first_row(frame, str(path))
    frame = _with_amounts(frame)
    _check_units(frame, str(path))
    return _without_blanks(frame)


def _with_amounts(frame: pd.DataFrame, *, comma: bool = False) -> pd.DataFrame:
    """The table with numbers where a column of text holds nothing but amounts of one unit.

    Args:
        frame: As pandas read it.
        comma: Whether decimals have a comma, and thousands a point between them.
    """
    texts = [j for j, kind in enumerate(frame.dtypes) if str(kind) in ("object", "str", "string")]
    found = {j: _amounts(frame.iloc[:, j], comma=comma) for j in texts}
    columns = {j: values for j, values in found.items() if values is not None}
    parts = [columns.get(j, frame.iloc[:, j]) for j in range(frame.shape[1])]
    return pd.concat(parts, axis=1) if columns else frame


def _amounts(column: pd.Series[Any], *, comma: bool) -> pd.Series[Any] | None:
    """The numbers of a column of amounts; None where one is none, where units differ, or signs are unclear.

    Raises:
        InputError: They are unclear, and the text would be taken for decimals with points elsewhere.
    """
    swap = str.maketrans(",.", ".,") if comma else {}
    words = column.dropna()
    if not len(words) or not all(isinstance(word, str) for word in words):
        return None
    matches = [AMOUNT.fullmatch(word.strip().translate(swap)) for word in words]
    found = [match for match in matches if match is not None and _is_single(match)]
    units = {match["money"] or match["unit"] for match in found}
    numbers = [match["number"] for match in found]
    marked = units != {""} or any("," in number for number in numbers)
    # A number without a sign among dollars is of dollars; among percents it may be a share.
    if len(found) < len(matches) or not marked or len(units - {""}) > 1 or ("%" in units and len(units) > 1):
        return None
    if not _is_clear(numbers, units, comma=comma):
        if comma and units == {""}:
            raise InputError(
                f"'{column.name}' holds numbers such as '{words.iloc[0]}' beside decimals with ',' in other "
                "columns, so that '.' may stand between thousands or before decimals; write decimals as "
                "there, and nothing between thousands."
            )
        return None
    signs = [-1 if match["open"] or match["minus"] or match["sign"] else 1 for match in found]
    values = [sign * float(number.replace(",", "")) for sign, number in zip(signs, numbers, strict=True)]
    return pd.Series(values, index=words.index, name=column.name, dtype=float).reindex(column.index)


def _is_single(match: re.Match[str]) -> bool:
    """Whether an amount has one unit at most, one minus at most, and both brackets or none."""
    minus = [match["open"], match["minus"], match["sign"]]
    both = bool(match["open"]) == bool(match["close"])
    return both and sum(map(bool, minus)) < 2 and not (match["money"] and match["unit"])


def _is_clear(numbers: list[str], units: set[str], *, comma: bool) -> bool:
    """Whether it is certain what ',' and '.' in the numbers of a column mean.

    Where every ',' or '.' has three digits behind it, it may stand between thousands or before decimals.
    """
    if any(PLAIN.fullmatch(number) for number in numbers):
        return True
    commas, points = (any(sign in number for number in numbers) for sign in ",.")
    if comma:
        return not commas and not points
    by_unit = bool(units & THOUSANDS_BY_COMMA)
    return (by_unit or not commas) and (units == {"%"} or not points)


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
    """Raise InputError where every line has one field more than the header, as R writes row names."""
    below = [pieces(separator, line) for line in lines[1:] if line.strip()]
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
