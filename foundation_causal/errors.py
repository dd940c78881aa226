"""The one exception that a user's mistake raises, the words in its sentence, and every warning."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from unicodedata import category

# Where a warning does not point: these packages, and the decorators that they use.
INSIDE = {"foundation_causal", "discovery", "mechanisms", "cli", "contextlib"}
LISTED_AT_MOST = 5  # a sentence naming forty columns is no longer read
STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # Unicode's control characters, marks of direction, half characters
LINE_ENDS = {ord("\n"): "\\n", ord("\t"): " "}
# What errors say of memory that ran out, whether of torch, the loader of shared libraries, C++ or the system.
OUT_OF_MEMORY = (
    "not enough memory",
    "an't allocate memory",
    "annot allocate memory",
    "failed to map segment",
    "bad_alloc",
    "can't start new thread",
)
LONGEST_NAME = 80  # characters; a file that is no table may have a "name" of megabytes


class InputError(ValueError):
    r"""Something the user gave cannot be used.

    The message is exactly one sentence: what is wrong, where, and what to do about it. The command line
    prints it and exits with code 2, so it must be readable without a traceback. What steers a terminal or
    begins a new line, as names and files may, is spelled out in it.

    >>> str(InputError("There is no column 'a\nb'."))
    "There is no column 'a\\nb'."
    """

    def __init__(self, message: str) -> None:
        """Keep the sentence on one line."""
        super().__init__(printable(message).translate(LINE_ENDS))


class TooManyLevelsError(InputError):
    """A column has too many labels to be one of levels.

    Attributes:
        column: Its name.
        levels: How many labels it has.
        rows: In how many rows it has one.
        finding: The sentence as one of `check`.
    """

    def __init__(self, message: str, column: str, levels: int, rows: int, finding: str) -> None:
        """Keep what the sentence is about."""
        super().__init__(message)
        self.column, self.levels, self.rows, self.finding = column, levels, rows, finding


class ConstantColumnsError(InputError):
    """The same value stands everywhere in some columns.

    Attributes:
        columns: Their names.
        with_gaps: Those among them that have missing values beside it.
    """

    def __init__(self, message: str, columns: Sequence[str], with_gaps: Sequence[str]) -> None:
        """Keep the names of the columns."""
        super().__init__(message)
        self.columns, self.with_gaps = tuple(columns), tuple(with_gaps)


class DataWarning(UserWarning):
    """The data do not support, or not fully, what is answered from them; the kinds below say in which way."""


class AlikeLabelsWarning(DataWarning):
    """Labels that look like one count as different ones, as "Yes" and "yes" do."""


class BelowZeroWarning(DataWarning):
    """Samples of columns that were never below zero in the data are."""


class CopiedRowsWarning(DataWarning):
    """Rows are copies of others, and are counted once."""


class CrossWorldWarning(DataWarning):
    """How much of an effect goes through a mediator rests on the form of the equations, not on rows."""


class DependentColumnsWarning(DataWarning):
    """Columns are exact functions of one another, or sum to a constant, so that directions cannot be told."""


class DiscreteWarning(DataWarning):
    """Columns hold few different whole numbers; their samples will have other values as well."""


class ExtrapolationWarning(DataWarning):
    """An intervention leads far outside the observed values; its effects there are extrapolated."""


class FailedTableWarning(DataWarning):
    """Some of many tables have no answer, but a reason why; the others have theirs."""


class FewRowsWarning(DataWarning):
    """There are fewer rows than the network was trained on, than columns, or than quantiles need."""


class HiddenCauseWarning(DataWarning):
    """Some pairs of columns may well share a hidden cause, and the graph has no edge between them."""


class LeftOutWarning(DataWarning):
    """A file's format cannot hold some of what a graph has."""


class LostWorkersWarning(DataWarning):
    """Workers of a cluster, or processes, died; what was under way there was done again."""


class MissingCodeWarning(DataWarning):
    """Columns hold numbers such as -999, which stand for missing values and are taken for measurements."""


class MissingValuesWarning(DataWarning):
    """Values are missing, and what was done about them."""


class NarrowIntervalWarning(DataWarning):
    """Intervals are over the noise alone, as the mechanisms have no posterior."""


class NoPathWarning(DataWarning):
    """No path of the graph leads from the treatment to the outcome, so that its effect is zero."""


class OpenDirectionsWarning(DataWarning):
    """Numbers beside columns of levels are rounded: rows of such tables hardly tell directions."""


class OrderedRowsWarning(DataWarning):
    """Columns drift together along the rows, as in a time series, so that rows are not independent."""


class OverlapWarning(DataWarning):
    """Some rows have next to no chance of a value of the treatment, so that few rows stand for them."""


class RepeatedColumnWarning(DataWarning):
    """Columns hold the same values."""


class RepeatedUnitsWarning(DataWarning):
    """Several rows come from one unit, such as a patient, so that rows are not independent."""


class RowCounterWarning(DataWarning):
    """A column only counts or names the rows."""


class SimplerNoiseWarning(DataWarning):
    """Samples would leave the data far behind, so that their noise is taken to have one scale."""


class SpoiledValuesWarning(DataWarning):
    """Values far from all others: errors, it seems, or so far out that the others look alike."""


class SubsampleWarning(DataWarning):
    """There are more rows than are looked at."""


class TotalsRowWarning(DataWarning):
    """The last row holds sums or means of the others."""


# What is wrong with a table, whatever is asked of it.
OF_TABLES = (
    AlikeLabelsWarning,
    CopiedRowsWarning,
    DependentColumnsWarning,
    FewRowsWarning,
    HiddenCauseWarning,
    MissingCodeWarning,
    OpenDirectionsWarning,
    OrderedRowsWarning,
    RepeatedColumnWarning,
    RepeatedUnitsWarning,
    RowCounterWarning,
    SpoiledValuesWarning,
    TotalsRowWarning,
)


def warn(warning: DataWarning) -> None:
    """Warn whoever called into these packages, however deep in them the reason is found."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in INSIDE:
        frame, level = frame.f_back, level + 1
    warnings.warn(warning, stacklevel=level)


def quoted(names: Iterable[object]) -> str:
    """The names in quotes, separated by commas, the first five of them if there are more.

    >>> quoted(["a", "b"])
    "'a', 'b'"
    >>> quoted("abcdefg")
    "'a', 'b', 'c', 'd', 'e' and 2 more"
    """
    words = [f"'{_readable(str(name))}'" for name in names]
    more = len(words) - LISTED_AT_MOST
    return ", ".join(words[:LISTED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def worded(value: object) -> str:
    """A value as text, and a date at midnight without the hour.

    >>> from datetime import datetime
    >>> worded(datetime(2024, 6, 1)), worded(datetime(2024, 6, 1, 12, 30)), worded("a")
    ('2024-06-01', '2024-06-01 12:30:00', 'a')
    """
    plain = isinstance(value, datetime) and value.tzinfo is None and value.time() == time.min
    return str(value)[:10] if plain else str(value)


def said(value: object) -> str:
    """What somebody gave, as Python writes it: on one line, not too long, and whatever it is.

    >>> said("a"), said(2.5)
    ("'a'", '2.5')
    >>> said(10**5000)
    'a value of the type int'
    """
    try:
        return _readable(repr(value))
    except Exception:  # a number of thousands of digits, or an object that cannot show itself
        return f"a value of the type {type(value).__name__}"


def counted(number: int, thing: str) -> str:
    """The number and the thing, in the plural unless it is one.

    >>> counted(1, "row"), counted(1200, "edge")
    ('1 row', '1,200 edges')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def reason(error: Exception) -> str:
    r"""The words of another package's exception, fit to stand in brackets inside a sentence.

    >>> reason(ValueError("Error tokenizing data. C error: Expected 2 fields\n"))
    'Error tokenizing data, C error: Expected 2 fields'
    """
    text = " ".join(str(error).split()).rstrip(".")
    return text.replace(". ", ", ") or type(error).__name__


def printable(text: str) -> str:
    r"""Text that a terminal only prints: what could steer it, or turn the direction of text, is spelled out.

    >>> print(printable("\x1b[31mred\x1b[0m"))
    \x1b[31mred\x1b[0m
    """
    kept = (
        letter if letter in "\n\t" or category(letter) not in STEERING else repr(letter)[1:-1]
        for letter in text
    )
    return "".join(kept)


def _readable(name: str) -> str:
    """The name on one line, not too long, with control characters spelled out as in Python."""
    begun = name[: LONGEST_NAME + 1]
    spelled = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in begun)
    return spelled if len(spelled) <= LONGEST_NAME else f"{spelled[: LONGEST_NAME - 1]}…"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, whoever raised it.

    >>> is_out_of_memory(MemoryError()), is_out_of_memory(RuntimeError("bad shape"))
    (True, False)
    """
    return isinstance(error, MemoryError) or any(words in str(error) for words in OUT_OF_MEMORY)
