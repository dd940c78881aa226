"""`foundation-causal simulate`: samples of a model inferred from data and a graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.options import (
    MECHANISMS,
    ListingCommand,
    data_argument,
    do_option,
    mechanism_options,
    output_options,
    samples_option,
    seed_option,
    shift_option,
    simulated_graph_option,
    table_option,
    types_options,
)
from cli.output import Output, Report, table
from foundation_causal.errors import InputError, counted


@click.command(cls=ListingCommand, lists={"Mechanisms": MECHANISMS})
@data_argument
@simulated_graph_option
@do_option
@shift_option
@samples_option(1000)
@table_option
@mechanism_options
@types_options
@seed_option
@output_options
def simulate(
    data: str,
    graph: str | None,
    do_texts: tuple[str, ...],
    shift_texts: tuple[str, ...],
    samples: int,
    out: Path,
    how: dict[str, Any],
    types: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    """Infer the mechanisms of DATA along a known graph, and sample from them.

    Every --do and --shift holds in the one table that is written; they are one joint intervention. DATA may
    be a folder that `run --save-model` wrote, which has its graph and mechanisms.
    """
    from cli.inputs import check_not_read, check_output_table, given, read_dag, read_source
    from cli.notes import read_saved
    from cli.parsing import joined, label, requested_interventions, shifts, values_set
    from cli.staging import writing
    from foundation_causal.table_files import write_table

    check_output_table(out)
    check_not_read([out], given(data, graph))
    with output.reading(data):
        saved = read_saved(data)
        if saved is None and graph is None:
            raise InputError(
                "There is no graph to sample along; name one with --graph, or find one with `discover`."
            )
        source = read_source(data, seed, missing=True, types=types) if saved is None else saved[0]
        setting = joined(requested_interventions(do_texts, shift_texts, source.schema))
        dag = None if graph is None else read_dag(graph, source)
    if saved is not None:
        model = saved[1].model
    else:
        with output.stage("infer", "Inferring the mechanisms"), output.warned():
            from mechanisms import infer

            model = infer(source.table, graph=dag, seed=seed, **how)
    with output.stage("sample", f"Sampling {counted(samples, 'row')}"), output.warned():
        drawn = (model.do(setting) if setting else model).sample(samples, seed=seed)
    with writing(out):
        write_table(drawn, out)
    observed, drawn = source.indicators(), source.indicators(drawn)
    moments = {
        name: {
            "mean": drawn[name].mean(),
            "std": drawn[name].std(ddof=0),
            "observed_mean": observed[name].mean(),
            "observed_std": observed[name].std(ddof=0),
        }
        for name in observed
    }
    title = f"{data}: {counted(samples, 'row')}" + (f" under do({label(setting)})" if setting else " sampled")
    columns = ["variable", "mean", "std", "observed mean", "observed std"]
    rows = [[name, *values.values()] for name, values in moments.items()]
    report = Report(
        data={"data": data, "graph": graph},
        results={
            "do": values_set(setting),
            "shift": shifts(setting),
            "samples": samples,
            "seed": seed,
            "variables": moments,
        },
        warnings=output.warnings,
        files=[out],
        seconds=output.seconds,
        shown=[table(title, columns, rows)],
    )
    output.finish(report)
