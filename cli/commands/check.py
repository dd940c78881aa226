"""`foundation-causal check`: what in a table breaks an assumption, before anything is discovered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from cli.options import data_argument, intervened_option, output_options, seed_option, types_options
from cli.output import Output, Report, table
from foundation_causal.errors import counted


@click.command()
@data_argument
@intervened_option
@types_options
@seed_option
@output_options
def check(data: str, intervened: str | None, types: dict[str, Any], seed: int, output: Output) -> None:
    """Look for what in DATA breaks an assumption: copied rows, time series, columns that others determine.

    Prints the type of every column, and each finding with what to do about it.
    """
    from cli.inputs import read_data, using_mask
    from cli.notes import counts

    with output.reading(data):
        frame, _ = read_data(data, seed)
    with output.stage("check", "Checking the table"):
        from foundation_causal.columns.table_checks import check as checked

        report = checked(frame, types=types)
        if intervened is not None:
            with using_mask(intervened) as mask:
                report = checked(frame, intervened=mask, types=types)
    names = report.schema.names
    rows = [[name, *values] for name, values in zip(names, report.types.to_numpy(), strict=True)]
    found = [[one.kind, ", ".join(one.columns) or "all", one.figure] for one in report]
    size = f"{counted(report.rows, 'row')}, {counted(len(names), 'column')}"
    shown = [table(f"{data}: {size}", ["column", *report.types.columns], rows)]
    if found:
        shown.append(table(counted(len(found), "finding"), ["finding", "columns", "figure"], found))
    output.finish(
        Report(
            data={"data": data, **counts(report.table)},
            settings={"intervened": intervened, "types": types, "seed": seed},
            results={
                "schema": report.types.reset_index().to_dict(orient="records"),
                "findings": [asdict(finding) for finding in report],
            },
            seconds=output.seconds,
            shown=shown,
            below=[finding.sentence for finding in report]
            or ["Nothing was found that breaks an assumption."],
        )
    )
