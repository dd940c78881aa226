"""`foundation-causal datasets` and `models`: what comes with the package.

A data set can be named in place of a file; models are pretrained.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

from cli.options import OUTPUT_PATH, output_options, seed_option
from cli.output import Output, Report, records_table, table
from foundation_causal.errors import InputError

if TYPE_CHECKING:
    from rich.console import Group

    from foundation_causal.datasets import Facts

FAMILY = "tuebingen"  # too many to be listed one by one unless asked for
WIDTH = 100  # of a paragraph
HINT = "What is known about one, and files of it: foundation-causal datasets NAME"
COLUMNS = ["name", "rows are", "rows", "columns", "edges", "acyclic", "about"]


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option(
    "--out",
    type=OUTPUT_PATH,
    metavar="FOLDER",
    help="Write NAME.csv, NAME-graph.json and NAME-about.txt to this folder.",
)
@click.option(
    "--rows",
    type=click.IntRange(1),
    metavar="N",
    help="Rows to write: drawn from the measured ones, or simulated. Default: all of them, or 500.",
)
@seed_option
@output_options
def datasets(name: str | None, out: Path | None, rows: int | None, seed: int, output: Output) -> None:
    """List the data sets that can be given by name, or describe the data set NAME and write it to files.

    The cause-effect pairs are listed by the name `tuebingen`, DREAM4's networks by `dream4`.
    """
    from foundation_causal.datasets import catalogue, dataset_facts

    members = catalogue() if name is None else catalogue(f"{name}-")
    if members:
        if out is not None or rows is not None:
            wanted = "--out" if out is not None else "--rows"
            raise InputError(f"{wanted} needs the name of one data set; choose one that this command lists.")
        _list(name, members, output)
        return
    facts = dataset_facts(str(name))
    if rows is not None and out is None:
        raise InputError("--rows is the number of rows to write; give --out FOLDER with it.")
    written = [] if out is None else _write(facts, out, rows, seed, output)
    shown = [_table(facts.name, [facts]), fill(facts.about, WIDTH) + ("\n" if written else "")]
    output.finish(Report(_document(facts), results={"about": facts.about}, files=written, shown=shown))


def _list(name: str | None, members: list[Facts], output: Output) -> None:
    shown: list[Any] = [_table(f"Data sets '{name}'", members)]
    if name is None:
        pairs = [facts for facts in members if facts.name.startswith(f"{FAMILY}-")]
        shown = [_table("Data sets", [facts for facts in members if facts not in pairs], pairs), HINT]
    output.finish(Report(results={"datasets": [_document(facts) for facts in members]}, shown=shown))


def _write(facts: Facts, out: Path, rows: int | None, seed: int, output: Output) -> list[str]:
    """Write the table where there are rows, the reference graph, and what is known about both."""
    from cli.staging import staged_folder
    from foundation_causal.datasets import load_dataset, reference_graph
    from foundation_causal.graph_files import write_graph
    from foundation_causal.table_files import write_table

    with output.stage("write", f"Writing {facts.name}"), staged_folder(out) as folder:
        if facts.rows is not None:
            write_table(load_dataset(facts.name, n=rows, seed=seed).frame, folder / f"{facts.name}.csv")
        elif rows is not None:
            load_dataset(facts.name)  # raises, and says why there are none
        write_graph(reference_graph(facts.name), folder / f"{facts.name}-graph.json")
        (folder / f"{facts.name}-about.txt").write_text(fill(facts.about, WIDTH) + "\n", encoding="utf-8")
        names = sorted(path.name for path in folder.iterdir())
    return [str(out / name) for name in names]


def _document(facts: Facts) -> dict[str, Any]:
    """The facts for programs, without the long paragraph."""
    return {key: value for key, value in asdict(facts).items() if key != "about"}


def _table(title: str, members: list[Facts], pairs: list[Facts] | None = None) -> Group:
    """A table with a line for each of `members`, and one for all `pairs`."""
    lines = [[facts.name, facts.origin, _rows(facts), *_graph(facts), facts.title] for facts in members]
    if pairs:
        counts = [facts.rows for facts in pairs if facts.rows is not None]
        span = f"{min(counts):,} to {max(counts):,}"
        about = f"{len(pairs)} pairs of cause and effect, listed by `datasets {FAMILY}`"
        lines.append(
            [f"{pairs[0].name} ... {pairs[-1].name}", pairs[0].origin, span, *_graph(pairs[0]), about]
        )
    return table(title, COLUMNS, lines)


def _rows(facts: Facts) -> str:
    return "none" if facts.rows is None else f"{facts.rows:,}"


def _graph(facts: Facts) -> list[Any]:
    return [facts.columns, facts.edges, "yes" if facts.acyclic else "no"]


@click.command()
@output_options
def models(output: Output) -> None:
    """List the pretrained models that come with the package."""
    with output.stage("read", "Reading the models"):
        from foundation_causal.networks import pretrained

        entries = pretrained.models()
    output.finish(Report(results={"models": entries}, shown=[records_table("Models", entries)]))
