"""What a command prints: progress and warnings on stderr, and a report, as text or JSON, on stdout.

All tables have one look. Names come from the user's data, so they are text, never markup.
"""

from __future__ import annotations

import json
import math
import re
import sys
import time
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any

import click

from foundation_causal.errors import printable, worded

if TYPE_CHECKING:
    from rich.console import Group

WORTH_MENTIONING = 1.0  # seconds; a stage shorter than this leaves no line behind
PIPE_WIDTH = 140  # columns of a table when stdout is no terminal, so that nothing is cut off in a pipe
HERE = object()  # in the results of a report: the place of an entry that all reports have


@dataclass
class Report:
    """What a command tells when it is done: a document for programs, and text for people.

    The document has the entries of `data`, settings, the entries of `results`, notes, warnings, files and
    seconds, in this order; what is None is left out. Where a result has to follow one of the others,
    `results` holds that other's name with the value `HERE`.

    >>> report = Report(results={"edges": [], "notes": HERE, "family": "RFF"}, notes=["Few rows."], files=[])
    >>> list(report.document())
    ['edges', 'notes', 'family', 'files']

    Attributes:
        data: Entries on what the answer is about.
        settings: What was requested.
        results: Entries of this command only.
        notes: What to know of the data and the answer, one sentence each.
        warnings: What to doubt, one sentence each.
        files: What was written.
        seconds: Wall-clock time of every stage.
        shown: Tables and sentences for people, above the notes and warnings.
        below: Tables and sentences for people, below the notes and warnings.
        written: What the last line says was written; by default the names of the files.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] | None = None
    results: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] | None = None
    warnings: Sequence[str] | None = None
    files: Sequence[Any] | None = None
    seconds: Mapping[str, float] | None = None
    shown: Sequence[Any] = ()
    below: Sequence[Any] = ()
    written: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the entries of the JSON document, in their order."""
        names = ("settings", "notes", "warnings", "files", "seconds")
        common = {name: value for name in names if (value := getattr(self, name)) is not None}
        # An entry keeps the place where its name comes first.
        entries = {**self.data, "settings": HERE, **self.results, **common}
        return {name: value for name, value in entries.items() if value is not HERE}

    def text(self, known: Collection[str] = ()) -> list[Any]:
        """Return rich renderables and strings for people, without the warnings that they know already."""
        warnings = [warning for warning in self.warnings or () if warning not in known]
        written = self.written or ", ".join(str(file) for file in self.files or ())
        ending = [f"Written: {written}"] if written else []
        return [*self.shown, *(self.notes or ()), *warnings, *self.below, *ending]


class Output:
    """The terminal as one command uses it.

    Attributes:
        quiet: Whether nothing but the JSON document is printed.
        as_json: Whether the report is printed as a JSON document.
        seconds: The wall-clock time of every stage, in order.
        work_warnings: Warnings about the work, which went to stderr.
        table_warnings: Warnings about the table that a graph was discovered from, which the report prints.
    """

    def __init__(self, *, quiet: bool = False, as_json: bool = False) -> None:
        self.quiet = quiet
        self.as_json = as_json
        self.seconds: dict[str, float] = {}
        self.work_warnings: list[str] = []
        self.table_warnings: list[str] = []

    @property
    def warnings(self) -> list[str]:
        """All warnings until now."""
        return [*self.work_warnings, *self.table_warnings]

    @contextmanager
    def stage(self, key: str, doing: str) -> Iterator[Callable[[str], None]]:
        """Show `doing` with a spinner on stderr while the block runs, and keep its time as `seconds[key]`.

        Yields:
            A function that adds a few words to what is shown, for work that knows how far it is.
        """
        start = time.perf_counter()
        if self.quiet:
            yield _discard
        else:
            from rich.console import Console
            from rich.text import Text

            doing = printable(doing)
            with Console(stderr=True).status(Text(doing)) as status:
                yield lambda words: status.update(Text(f"{doing} ({words})"))
        self.seconds[key] = round(time.perf_counter() - start, 3)
        if not self.quiet and self.seconds[key] > WORTH_MENTIONING:
            click.echo(f"{doing}: {self.seconds[key]:.1f} s", err=True)

    @contextmanager
    def warned(self) -> Iterator[list[str]]:
        """Print each warning of structure and mechanisms in the block once, as a line on stderr.

        Warnings about the table go to `table_warnings` instead.

        Yields:
            The list of the sentences printed, which is filled when the block ends.
        """
        from foundation_causal.errors import OF_TABLES, DataWarning

        printed: list[str] = []
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DataWarning)
            yield printed
        for warning in caught:
            if not issubclass(warning.category, DataWarning):
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
            else:
                sentences = self.table_warnings if issubclass(warning.category, OF_TABLES) else printed
                if str(warning.message) not in sentences:
                    sentences.append(str(warning.message))
        self.work_warnings += printed
        if not self.quiet:
            for sentence in printed:
                click.echo(printable(f"Warning: {sentence}"), err=True)

    @contextmanager
    def reading(self, data: str) -> Iterator[None]:
        """The stage in which the user's data are read, and warned of, once there is room for libraries.

        Raises:
            InputError: A limit on address space leaves them less than they take.
        """
        from foundation_causal.runtime import check_room_for_libraries

        check_room_for_libraries()  # before the stage, as a thread for the spinner takes room, too
        with self.stage("read", f"Reading {data}"), self.warned():
            yield

    def finish(self, report: Report) -> None:
        """Print the report: its document as JSON, or else its text."""
        if self.as_json:
            click.echo(as_json_text(report.document()))
        elif not self.quiet:
            from rich.console import Console
            from rich.text import Text

            console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
            for part in report.text(self.work_warnings):
                text = Text(printable(part)) if isinstance(part, str) else part
                console.print(text, soft_wrap=isinstance(part, str))


def as_json_text(document: Mapping[str, Any]) -> str:
    """The document as strict JSON, indented; what JSON has no number for (NaN, infinity) becomes null."""
    text = json.dumps(_plain(document), indent=2, ensure_ascii=False, allow_nan=False)
    return re.sub("[\x7f-\x9f]", lambda found: f"\\u{ord(found[0]):04x}", text)  # which steer terminals


def _plain(value: Any) -> Any:
    """`value` in the types of JSON: NumPy scalars become Python numbers, anything unknown its text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _discard(words: str) -> None:
    """Discard words that nobody is to see."""


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], caption: str | None = None
) -> Group:
    """A titled table whose numbers stand to the right and whose words stand to the left."""
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    body = [[readable(value) for value in row] for row in rows]
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(columns):
        numeric = all(_is_number(row[index]) for row in body)
        grid.add_column(Text(printable(name)), justify="right" if numeric else "left", overflow="fold")
    for row in body:
        grid.add_row(*(Text(text) for text in row))
    # The title is no part of the table, which would break it to the table's width.
    below = [Text(printable(caption) + "\n")] if caption else []
    return Group(Text(printable(title), style="bold"), grid, *below)


def records_table(title: str, records: Sequence[Mapping[str, Any]], caption: str | None = None) -> Group:
    """A table with a row for each record, and a column for each key that any of them has."""
    columns = list(dict.fromkeys(key for record in records for key in record))
    return table(title, columns, [[record.get(key) for key in columns] for record in records], caption)


def readable(value: Any) -> str:
    """The value as people read it: four significant digits, whole numbers whole, nothing for None.

    >>> [readable(value) for value in (12345.678, 3.0, 0.00012345, "PKA", None)]
    ['12,346', '3', '0.0001234', 'PKA', '']
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, Real):
        return printable(worded(value))
    number = float(value)
    return f"{number:,.0f}" if abs(number) >= 1000 or number.is_integer() else f"{number:.4g}"


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "") or "0")
    except ValueError:
        return False
    return True
