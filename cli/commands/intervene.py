"""`foundation-causal intervene`: the distribution under an intervention, from observations and no graph."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import (
    data_argument,
    logs_option,
    output_options,
    samples_option,
    seed_option,
    table_option,
    types_options,
)
from cli.output import Output, Report, table
from foundation_causal.errors import InputError, counted

if TYPE_CHECKING:
    import pandas as pd

    from foundation_causal.columns.schema import Schema

MOST_DRAWS = 10_000
QUANTILES = (0.05, 0.5, 0.95)


@click.command()
@data_argument
@click.option("--do", "do_texts", metavar="X=2.0", multiple=True, help="Set X to 2.0; one column at a time.")
@samples_option(1000)
@click.option(
    "--draws",
    type=click.IntRange(1, MOST_DRAWS),
    metavar="M",
    default=50,
    show_default=True,
    help="Causal models that may have made the data; the answer is their mixture.",
)
@click.option(
    "--model",
    metavar="NAME",
    default="activa",
    show_default=True,
    help="An ACTIVA model: a bundled one (see `models`), a folder, or a hub id.",
)
@logs_option
@table_option
@types_options
@seed_option
@output_options
def intervene(
    data: str,
    do_texts: tuple[str, ...],
    samples: int,
    draws: int,
    model: str,
    logs: Any,
    out: Path,
    types: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    """Sample from what DATA would be if --do set a column, without a graph.

    A pretrained ACTIVA answers. Where the data leave open which way an effect goes, the samples have a mode
    for each of the possible answers. With a graph, ask `simulate`.
    """
    from cli.inputs import check_not_read, check_output_table, read_source
    from cli.notes import notes
    from cli.parsing import joined, label, requested_interventions, values_set
    from cli.staging import writing
    from cli.summary import of_logs
    from discovery.table_warnings import about_columns
    from foundation_causal.table_files import write_table

    check_output_table(out)
    check_not_read([out], [data])
    with output.reading(data):
        source = read_source(data, seed, types=types)
        setting = joined(requested_interventions(do_texts, [], source.schema))
        if not setting:
            raise InputError(f"Nothing is set; give --do, such as --do {source.names[0]}=2.0.")
        do = {name: source.schema[name].number(value) for name, value in values_set(setting).items()}
    with output.stage("ask", "Asking ACTIVA"), output.warned():
        from mechanisms.graph_free.activa.answer import interventional_distribution

        answer = interventional_distribution(source.table, do, model=model, draws=draws, logs=logs, seed=seed)
    with output.stage("sample", f"Sampling {counted(samples, 'row')}"):
        drawn = answer.sample(samples, seed=seed)
    moments = _summary(drawn, source.frame)
    with writing(out):
        write_table(_decoded(drawn, source.schema, do), out)
    title = f"{data}: {counted(samples, 'row')} under do({label(setting)}), no graph"
    columns = ["variable", "mean", *(f"{share:.0%}" for share in QUANTILES), "observed mean"]
    rows = [[name, *values.values()] for name, values in moments.items()]
    report = Report(
        data={"data": data},
        results={
            "do": values_set(setting),
            "model": model,
            "draws": draws,
            "logs": sorted(answer.logs),
            "samples": samples,
            "seed": seed,
            "variables": moments,
        },
        notes=[
            *notes(source),
            *_of_labels(source.schema),
            *map(str, about_columns(source.frame)),
            *of_logs(sorted(answer.logs)),
        ],
        warnings=output.warnings,
        files=[out],
        seconds=output.seconds,
        shown=[table(title, columns, rows)],
    )
    output.finish(report)


def _decoded(drawn: pd.DataFrame, schema: Schema, do: Collection[str]) -> pd.DataFrame:
    """Samples as DATA have them: labels, dates and whole numbers; what is set stays at its value."""
    positions = [j for j, name in enumerate(drawn.columns) if name in do]
    return schema.decoded(drawn.to_numpy(), unrounded=positions)


def _of_labels(schema: Schema) -> list[str]:
    """A sentence on each column of labels, of which the summary has numbers."""
    return [
        f"ACTIVA takes '{column.name}' for a number, and so does the summary of the samples: "
        + ", ".join(f"{column.label(number)} is {number:g}" for number in column.numbers)
        + "."
        for column in schema
        if column.has_labels
    ]


def _summary(drawn: pd.DataFrame, observed: pd.DataFrame) -> dict[str, dict[str, float]]:
    """The mean and the quantiles of each variable's samples, and its mean in the observations."""
    return {
        name: {
            "mean": float(drawn[name].mean()),
            **{f"{share:.0%}": float(drawn[name].quantile(share)) for share in QUANTILES},
            "observed_mean": float(observed[name].mean()),
        }
        for name in drawn.columns
    }
