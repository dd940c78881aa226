"""`check`: what in a table breaks the assumptions of causal discovery, found before a graph is."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.columns import Finding, FindingKind
from foundation_causal.columns.column_checks import (
    about_counters,
    about_dependences,
    about_dependent_gaps,
    about_identifiers,
    about_missing,
    about_repeats,
    about_size,
    about_spoiled,
    about_values,
)
from foundation_causal.columns.export_checks import about_exports, about_repeated_units
from foundation_causal.columns.row_checks import (
    about_copies,
    about_drift,
    about_sorting,
    copies,
    drift,
    without_copies,
)
from foundation_causal.columns.schema import Schema
from foundation_causal.columns.type_inference import IGNORE, Types
from foundation_causal.errors import ConstantColumnsError, InputError, TooManyLevelsError, counted
from foundation_causal.observations import Observations, Table, observations


@dataclass(frozen=True, eq=False)
class TableReport:
    """What :func:`check` found about a table.

    Attributes:
        table: What was checked, without columns of text that only names the rows or that do not vary.
        findings: What is to be known, what is about the rows first.
    """

    table: Observations
    findings: tuple[Finding, ...]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.table.frame)

    @property
    def schema(self) -> Schema:
        """The type of every column; `.types` shows it."""
        return self.table.schema

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def kinds(self) -> tuple[FindingKind, ...]:
        """The kinds of the findings, each once, in their order."""
        return tuple(dict.fromkeys(finding.kind for finding in self.findings))

    @property
    def frame(self) -> pd.DataFrame:
        """One row a finding: `kind`, `columns`, `figure` and `sentence`."""
        rows = [
            {
                "kind": finding.kind,
                "columns": ", ".join(finding.columns),
                "figure": finding.figure,
                "sentence": finding.sentence,
            }
            for finding in self.findings
        ]
        return pd.DataFrame(rows, columns=["kind", "columns", "figure", "sentence"])

    @property
    def types(self) -> pd.DataFrame:
        """One row a column: its type, its levels, its unit, and the rule by which it was found."""
        return self.schema.table()

    def __repr__(self) -> str:
        return "\n".join([self._title, *(f"- {one.kind}: {one.sentence}" for one in self.findings)])

    def _repr_html_(self) -> str:
        types = self.types.to_html()
        found = self.frame.to_html(index=False) if self.findings else ""
        return f"<p>{html.escape(self._title)}</p>{found}{types}"

    @property
    def _title(self) -> str:
        size = f"{counted(self.rows, 'row')}, {counted(len(self.schema), 'column')}"
        found = counted(len(self.findings), "finding") if self.findings else "no findings"
        return f"TableReport({size}, {found})"


def _readable(
    data: Table | Observations, intervened: pd.DataFrame | NDArray[np.generic] | None, types: Types | None
) -> tuple[Observations, list[Finding]]:
    """The table without columns that cannot be read or do not vary, and a finding for each of these."""
    known, names = dict(types or {}), list[Finding]()
    constant: ConstantColumnsError | None = None
    while True:
        try:
            table = observations(data, intervened=intervened, missing=True, types=known or None)
        except ConstantColumnsError as error:
            constant = error
            names += [_about_constant(column, column in error.with_gaps) for column in error.columns]
            known.update(dict.fromkeys(error.columns, IGNORE))
        except TooManyLevelsError as error:
            several = list(about_repeated_units(error.column, error.levels, error.rows))
            one = Finding("identifier", (error.column,), error.finding, float(error.levels))
            names += several or [one]
            known[error.column] = IGNORE
        except InputError as error:
            raise constant or error from None  # where too few columns vary, that is what is wrong
        else:
            return table, names


def _about_constant(column: str, gaps: bool) -> Finding:
    """The finding on a column in which the same value stands everywhere, or wherever there is one."""
    where = "every filled cell" if gaps else "every row"
    or_fill = ", or write what an empty cell means" if gaps else ""
    sentence = f"'{column}' holds the same value in {where}, and discovery refuses it: leave it out{or_fill}."
    return Finding("constant", (column,), sentence, 1.0)


def check(
    data: Table | Observations,
    *,
    intervened: pd.DataFrame | NDArray[np.generic] | None = None,
    types: Types | None = None,
) -> TableReport:
    """Look for what in a table breaks the assumptions of causal discovery; nothing is changed.

    Args:
        data: `n` rows of `d` variables in the order in which they were taken; values may be missing.
        intervened: 0/1 or bool, `[n, d]`: which values an intervention set.
        types: What is known of some columns' types, as for :func:`foundation_causal.observations`.

    Returns:
        The findings, each with the columns, one sentence that says what to do, and the figure behind it, and
        the types of the columns. `docs/checks.md` tells what each kind of finding means.

    Raises:
        InputError: A table that cannot be used.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> age = rng.integers(20, 70, 200)
        >>> data = pd.DataFrame({"age": age, "birth": 2024 - age, "pay": 500 * age + rng.normal(size=200)})
        >>> report = check(data)
        >>> print(*report)
        birth = 2024 - age in every row: rows cannot tell which follows from the others; leave one out.
        >>> report.kinds, report.findings[0].columns
        (('dependent columns',), ('age', 'birth'))
    """
    table, names = _readable(data, intervened, types)
    frame = table.frame
    repeated = copies(table)
    different = without_copies(table, repeated)
    findings = (
        *about_size(frame),
        *about_copies(len(frame), repeated),
        *about_drift(len(different.frame), drift(different)),
        *about_sorting(table),
        *about_exports(table),
        *about_counters(frame),
        *names,
        *about_identifiers(frame),
        *about_repeats(frame),
        *about_dependences(table),
        *about_values(table),
        *about_spoiled(table),
        *about_missing(frame),
        *about_dependent_gaps(table),
    )
    return TableReport(table, findings)
