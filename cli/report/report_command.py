"""`foundation-causal report`: a whole analysis as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import (
    MECHANISMS,
    OUTPUT_PATH,
    ListingCommand,
    data_argument,
    do_option,
    mechanism_options,
    output_options,
    samples_option,
    seed_option,
    shift_option,
    structure_options,
)
from cli.output import Output, Report
from foundation_causal.errors import InputError, counted

if TYPE_CHECKING:
    from foundation_causal.columns.schema import Schema

FEW_VALUES, MOST_REPLICATES = 5, 10_000


@click.command(cls=ListingCommand, lists={"Mechanisms": MECHANISMS})
@data_argument
@do_option
@shift_option
@click.option("--of", "treatment", metavar="X", help="Also estimate the effect of this column,")
@click.option("--on", "outcome", metavar="Y", help="on this one.")
@click.option("--from", "low", metavar="A", help="Compare values of X from this one; by default its levels,")
@click.option("--to", "high", metavar="B", help="to this one; by default five quantiles.")
@click.option(
    "--stability",
    type=click.IntRange(0, MOST_REPLICATES),
    metavar="K",
    default=0,
    help="Also find the graph again on K resamples of the rows.",
)
@click.option(
    "--method",
    "methods",
    metavar="NAME",
    multiple=True,
    help="Put this method beside, or `none`; by default quick ones for such a table. Repeatable.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long each method may take.",
)
@samples_option(1000)
@click.option("--out", type=OUTPUT_PATH, metavar="FILE", required=True, help="The page to write: .html.")
@structure_options
@mechanism_options
@seed_option
@output_options
def report(
    data: str,
    do_texts: tuple[str, ...],
    shift_texts: tuple[str, ...],
    treatment: str | None,
    outcome: str | None,
    low: str | None,
    high: str | None,
    stability: int,
    methods: tuple[str, ...],
    time_limit: float,
    samples: int,
    out: Path,
    structure: dict[str, Any],
    how: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    """Show a whole analysis of DATA on one page that needs no network.

    The page has the data at a glance, the graph with the mechanism of every variable, interventions before
    and after, an effect, other methods on the same table, what to doubt, and how to make it again.
    """
    from cli.inputs import check_choices, check_not_read, given, read_for_inference
    from cli.parsing import requested_interventions
    from cli.report.make_report import build, check_place, check_question, command_line
    from cli.report.report_document import Question, checksum

    settings = {**structure, **how, "seed": seed}
    check_choices(settings)
    check_place(out)
    read = (data, structure["graph"], structure["knowledge"], structure["intervened"])
    check_not_read([out], given(*read))
    with output.reading(data):
        source, dag, known = read_for_inference(data, settings, seed)
        interventions = requested_interventions(do_texts, shift_texts, source.schema)
        values = _values(source.schema, treatment, low, high)
        named = None if not methods else [name for name in methods if name != "none"]
        question = Question(interventions, treatment, outcome, values, stability, named, time_limit, samples)
        check_question(source, question)
    again = command_line(data) | {"checksum": checksum(source.labelled, data), "of": Path(data).name}
    made = build(source, dag, known, question, settings, output, again)
    made.write(out)
    found = made.document
    doubtful = [edge for edge in found["graph"]["edges"] if edge.get("doubt")]
    rows = found["methods"]["rows"]
    silent = [f"{row['name']} gave no answer: {row['failure']}" for row in rows if "failure" in row]
    size = f"{len(made.html.encode()) / 1e6:.1f} MB"
    output.finish(
        Report(
            data={"data": data},
            settings={**settings, "samples": samples, "methods": methods, "stability": stability},
            results={
                "edges": len(found["graph"]["edges"]),
                "doubtful_edges": doubtful,
                "findings": found["data"]["findings"],
                "methods": rows,
                "checksum": again["checksum"],
            },
            notes=found["notes"],
            warnings=output.warnings,
            files=[out],
            seconds=output.seconds,
            shown=[f"{counted(len(found['graph']['edges']), 'edge')}, {found['graph']['caption']}"],
            below=silent,
            written=f"{out} ({size})",
        )
    )


def _values(schema: Schema, treatment: str | None, low: str | None, high: str | None) -> list[Any] | None:
    """Values of the treatment between the ends that are given; None leaves them to the report."""
    from cli.parsing import between, check_column

    if (low is None) != (high is None):
        raise InputError("Values are compared from one to another; give both --from and --to, or neither.")
    if low is None or high is None:
        return None
    if treatment is None:
        raise InputError("--from and --to are values of the column that --of names; give --of and --on, too.")
    check_column(treatment, schema.names, "--of")
    column = schema[treatment]
    return between(column, low, high, 2 if column.has_labels or column.is_discrete else FEW_VALUES)
