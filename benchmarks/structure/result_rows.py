"""Rows of results: written a line each, read again, and shown as a table."""

import json
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from foundation_causal.files import replacing
from foundation_causal.runtime import measured_on


def append(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write every row as a line of JSON at the end of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))


def read(path: Path) -> list[dict[str, Any]]:
    """The rows that were written whole; none where there is no file."""
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


def commit() -> str:
    """The short hash of the commit that is checked out."""
    asked = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def markdown(table: pd.DataFrame, decimals: int) -> str:
    """The columns of the table under their names, fractions with so many decimals."""
    lines = [f"| {' | '.join(table)} |", "|---" * len(table.columns) + "|"]
    for row in table.itertuples(index=False):
        cells = [f"{cell:.{decimals}f}" if isinstance(cell, float) else str(cell) for cell in row]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def mean_errors(
    of_what: str,
    kinds: Iterable[str],
    errors: Callable[[str, int], Mapping[str, float]],
    sizes: tuple[int, int, int],
    out: Path,
) -> None:
    """Print a row of mean errors, standard errors in brackets, for every kind of table, and write them.

    Args:
        of_what: What the kinds are of.
        kinds: A row each.
        errors: What a method got wrong on a kind's table of this number, and last the seconds it took.
        sizes: How many tables of every kind, their columns and their rows.
        out: The file of Markdown.
    """
    tables, columns, rows = sizes
    lines: list[str] = []
    for kind in kinds:
        found = pd.DataFrame([errors(kind, k) for k in range(tables)])
        if not lines:
            lines = [
                measured_on(),
                "",
                f"Mean SHD of {tables} tables of {columns} columns and {rows} rows (standard error); seconds "
                "of the processor.",
                "",
                f"| {of_what} | {' | '.join(found.columns)} |",
                "|---" * (found.shape[1] + 1) + "|",
            ]
            click.echo("\n".join(lines))
        error = found.std(ddof=1) / np.sqrt(tables)
        cells = [f"{found[name].mean():.2f} ({error[name]:.2f})" for name in found.columns[:-1]]
        lines.append(f"| {kind} | {' | '.join(cells)} | {found['seconds'].mean():.2f} |")
        click.echo(lines[-1])
    with replacing(out) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
