"""`foundation-causal suites`: the frozen test suites, their checksums, and their data sets as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import OUTPUT_PATH, cells_option, output_options
from cli.output import Output, Report, records_table, table
from foundation_causal.errors import InputError, counted

if TYPE_CHECKING:
    from foundation_causal.suites import Suite

DIGITS = 12  # of a checksum, for people
HINT = "Its cells, and files of its data sets: foundation-causal suites NAME"


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@cells_option
@click.option(
    "--out",
    type=OUTPUT_PATH,
    metavar="FOLDER",
    help="Write each data set of the suite, or of the chosen cells, to a folder CELL/NUMBER in here.",
)
@click.option("--check", is_flag=True, help="Make the data sets again and compare their checksum.")
@output_options
def suites(
    name: str | None, cells: dict[str, list[str]], out: Path | None, check: bool, output: Output
) -> None:
    """List the frozen test suites, or the cells of the suite NAME, and write their data sets to files.

    A data set is a folder with context.csv, graph.json and labels.json. Where the suite has queries, there
    are query.csv and its true noise.csv; where it has interventions, do.json and the tables that it names.
    Tables of several types have types.json, and probabilities.csv and means.csv of their queries.

    --check ends with exit code 1 where a suite gives other data on this machine than it should.
    """
    _check_options(name, cells, out, check)
    if check:
        _check(name, output)
    elif name is None:
        _list(output)
    elif out is not None:
        _write(name, cells, out, output)
    else:
        _describe(name, cells, output)


def _check_options(name: str | None, cells: dict[str, list[str]], out: Path | None, check: bool) -> None:
    if check and (cells or out is not None):
        other = "--cell" if cells else "--out"
        raise InputError(f"--check takes a suite as a whole and writes nothing; leave {other} out.")
    if name is None and (cells or out is not None):
        wanted = "--out" if out is not None else "--cell"
        raise InputError(f"{wanted} needs the name of one suite; choose one that this command lists.")


def _list(output: Output) -> None:
    with output.stage("read", "Reading the suites"):
        listed = [_facts(suite) for suite in _suites(None)]
    columns = ["name", "cells", "data sets", "what for", "SHA-256"]
    rows = [
        [facts["name"], facts["cells"], facts["cases"], facts["purpose"], _short(facts)] for facts in listed
    ]
    output.finish(Report(results={"suites": listed}, shown=[table("Frozen suites", columns, rows), HINT]))


def _describe(name: str, cells: dict[str, list[str]], output: Output) -> None:
    from cli.simulated_files import read_suite

    with output.stage("read", "Reading the suite"):
        suite = read_suite(name, cells)
        facts = _facts(_suites(name)[0])
    labels = [dict(labels) for labels, _ in suite.cells]
    among = f"{len(labels)} of its " if cells else ""
    size = f"{counted(facts['cells'], 'cell')}; {counted(facts['cases'], 'data set')} in all"
    title = f"{name}: {among}{size}, SHA-256 {_short(facts)}"
    shown = [records_table(title, labels), facts["purpose"]]
    output.finish(Report(results=facts | {"cells": labels}, shown=shown))


def _check(name: str | None, output: Output) -> None:
    """Compare checksums; all suites are printed before those that differ end the command."""
    checked = []
    for suite in _suites(name):
        with output.stage(suite.name, f"Making {suite.name} again"):
            digest = suite.checksum()
        facts = _facts(suite)
        checked.append(facts | {"found": digest, "same": digest == facts["sha256"]})
    rows = [
        [facts["name"], facts["cases"], _short(facts), "yes" if facts["same"] else "NO"] for facts in checked
    ]
    shown = table("Frozen suites, made again", ["name", "data sets", "SHA-256", "same here"], rows)
    output.finish(Report(results={"suites": checked}, seconds=output.seconds, shown=[shown]))
    different = [f"'{facts['name']}'" for facts in checked if not facts["same"]]
    if different:
        raise click.ClickException(
            f"The data of {', '.join(different)} are not the frozen ones here, so that scores on them cannot "
            "be compared; install the versions of torch and NumPy that the package asks for."
        )


def _write(name: str, cells: dict[str, list[str]], out: Path, output: Output) -> None:
    from cli.simulated_files import cell_name, read_suite, write_case
    from cli.staging import check_new, staged_folder, writing

    suite = read_suite(name, cells)
    check_new(out, [cell_name(labels) for labels, _ in suite.cells])
    written = []
    with output.stage("write", f"Writing {name}") as tell, staged_folder(out) as folder, writing(out):
        for labels, cases in suite.cells:
            for number, case in enumerate(cases(suite.name)):
                place = Path(cell_name(labels), str(number))
                write_case(case, folder / place)
                written.append({"name": case.name, "labels": dict(labels), "folder": str(out / place)})
                tell(case.name)
    report = Report(
        data={"suite": name},
        results={"data_sets": written},
        seconds=output.seconds,
        written=f"{len(written)} data sets of {counted(len(suite.cells), 'cell')} in {out}",
    )
    output.finish(report)


def _suites(name: str | None) -> list[Suite]:
    from foundation_causal.suites import load_suite, suite_names

    return [load_suite(each) for each in (suite_names() if name is None else [name])]


def _facts(suite: Suite) -> dict[str, Any]:
    return {
        "name": suite.name,
        "cells": len(suite.cells),
        **suite.frozen(),
        "purpose": suite.purpose,
    }


def _short(facts: dict[str, Any]) -> str:
    return str(facts["sha256"])[:DIGITS]
