"""`foundation-causal compare`: the graphs that several methods find in one table."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import (
    OUTPUT_PATH,
    ListingCommand,
    data_argument,
    output_options,
    seed_option,
    types_options,
)
from cli.output import Output, Report, table
from discovery.structure_methods import METHODS

if TYPE_CHECKING:
    import pandas as pd

    from cli.inputs import Source


@click.command(
    cls=ListingCommand, lists={"Methods": [(method.name, method.about) for method in METHODS.values()]}
)
@data_argument
@click.option(
    "--method",
    "methods",
    metavar="NAME",
    multiple=True,
    help="A method named below; by default the usual ones for the types of the columns. Repeatable.",
)
@click.option(
    "--truth", metavar="GRAPH", help="The true graph, if it is known; `reference` for the data set's own."
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0, min_open=True),
    metavar="S",
    default=60.0,
    show_default=True,
    help="Seconds for each method.",
)
@click.option("--held-out/--no-held-out", default=True, help="Judge each graph by held-out rows (default).")
@click.option(
    "--out", type=OUTPUT_PATH, metavar="TABLE", help="Also write what each method says of every pair."
)
@types_options
@seed_option
@output_options
def compare(
    data: str,
    methods: tuple[str, ...],
    truth: str | None,
    time_limit: float,
    held_out: bool,
    out: Path | None,
    types: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    """Find the graph of DATA by several methods, and show how far apart the answers are.

    A method that fails, takes too long or is not installed is listed with the reason.
    """
    from cli.inputs import check_not_read, check_output_table, given, read_source, read_truth
    from cli.notes import counts, notes
    from cli.staging import writing
    from foundation_causal.table_files import write_table

    check_output_table(out)
    check_not_read(given(out), given(data, truth))
    with output.reading(data):
        source = read_source(data, seed, types=types, missing=True)
        graph = None if truth is None else read_truth(truth, source)
    with output.stage("compare", "Finding the graphs") as tell, output.warned():
        from mechanisms.applied.graph_comparison import compare as run

        how: dict[str, Any] = {"held_out": held_out, "time_limit": time_limit, "seed": seed}
        compared = run(source.table, list(methods) or None, graph, progress=tell, **how)
    if out is not None:
        with writing(out):
            write_table(compared.edges, out)
    scores = [name for name in compared.methods if name != "failure"]
    answered = compared.methods[compared.methods["failure"].isna()]
    rows = [[name, *row] for name, row in zip(answered.index, answered[scores].values.tolist(), strict=True)]
    apart = [
        [name, *row] for name, row in zip(compared.distances.index, compared.distances.values, strict=True)
    ]
    report = Report(
        data={"data": data, **counts(source.table)},
        settings={**how, "methods": list(compared.methods.index), "truth": truth},
        results={
            "methods": compared.methods.reset_index().to_dict(orient="records"),
            "distances": compared.distances.to_dict(orient="index"),
            "edges": compared.edges.to_dict(orient="records"),
        },
        notes=[*notes(source), *_about_rows(source, compared.methods), *compared.methods["failure"].dropna()],
        warnings=output.warnings,
        files=given(out),
        seconds=output.seconds,
        shown=[
            table(
                f"{data} by each method", ["method", *(str(name).replace("_", " ") for name in scores)], rows
            ),
            table("Distance between the graphs (SHD)", ["", *compared.distances], apart),
        ],
    )
    output.finish(report)


def _about_rows(source: Source, methods: pd.DataFrame) -> list[str]:
    """Which rows the methods saw, and why some that were held out are impossible along a graph."""
    from discovery.structure_evaluation import about_gaps

    sentences = []
    if (seen := about_gaps(source.table)) is not None:
        sentences.append(f"{seen} Graphs are judged by held-out rows without gaps.")
    if "held_out" in methods and (methods["held_out"].astype(float) == -math.inf).any():
        sentences.append(
            "-inf: a held-out row is impossible along that graph, as a column whose values repeat keeps to "
            "those of the other rows; do not compare this figure."
        )
    return sentences
