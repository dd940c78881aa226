"""`foundation-causal effect`: the effect of one variable on another, with intervals."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import (
    data_argument,
    do_option,
    graph_option,
    mechanism_options,
    output_options,
    seed_option,
    shift_option,
    table_option,
)
from cli.output import Output
from foundation_causal.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Group

MOST_DRAWS, MOST_STEPS = 100_000, 1000


@click.command()
@data_argument
@graph_option
@click.option("--of", "treatment", metavar="X", required=True, help="The column that is set.")
@click.option("--on", "outcome", metavar="Y", required=True, help="The column that is looked at.")
@click.option("--from", "low", type=float, metavar="A", required=True, help="The value of X to compare with.")
@click.option("--to", "high", type=float, metavar="B", required=True, help="The other value of X.")
@click.option(
    "--steps",
    type=click.IntRange(2, MOST_STEPS),
    default=2,
    show_default=True,
    help="So many evenly spaced values from A to B.",
)
@click.option(
    "--given",
    "given_texts",
    metavar="Z=1:2",
    multiple=True,
    help="Only among rows with Z from 1 to 2; Z=1 for a value. Repeatable.",
)
@do_option
@shift_option
@click.option(
    "--draws",
    type=click.IntRange(20, MOST_DRAWS),
    default=200,
    show_default=True,
    help="Draws of functions and noise for the intervals.",
)
@click.option("--level", type=float, default=0.9, show_default=True, help="Probability of the intervals.")
@table_option
@mechanism_options
@seed_option
@output_options
def effect(
    data: str,
    graph: str,
    treatment: str,
    outcome: str,
    low: float,
    high: float,
    steps: int,
    given_texts: tuple[str, ...],
    do_texts: tuple[str, ...],
    shift_texts: tuple[str, ...],
    draws: int,
    level: float,
    out: Path,
    how: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    """The effect in DATA of setting X on the mean of Y, along a known graph, with intervals.

    The intervals cover what the rows leave open of functions and noise, not whether the graph is right. Every
    --do and --shift holds throughout.
    """
    import numpy as np

    from cli.conditions import parse_conditions
    from cli.inputs import check_not_read, check_output_table, read_dag, read_source
    from cli.interventions import asked_interventions, hint, joined, shifts, values_set
    from cli.staging import writing
    from foundation_causal.files import write_table

    check_output_table(out)
    check_not_read([out], [data, graph])
    with output.stage("read", f"Reading {data}"):
        source = read_source(data, seed)
        for option, name in (("--of", treatment), ("--on", outcome)):
            if name not in source.names:
                raise InputError(
                    f"{option} names '{name}', which is no column of the data; {hint(name, source.names)}."
                )
        setting = joined(asked_interventions(do_texts, shift_texts, source.names))
        conditions = parse_conditions(given_texts, source.names)
        dag = read_dag(graph, source)
    with output.stage("infer", "Inferring the mechanisms"), output.warned():
        from mechanisms import infer

        model = infer(source.frame, graph=dag, seed=seed, **how)
    with output.stage("effect", f"Drawing {draws:,} times"), output.warned() as warned:
        values = np.linspace(low, high, steps) if low != high else [low, high]
        asked: dict[str, Any] = {"given": conditions or None, "draws": draws, "level": level, "seed": seed}
        found = (model.do(setting) if setting else model).effect(treatment, outcome, values, **asked)
    with writing(out):
        write_table(found, out)
    document = {
        "data": data,
        "graph": graph,
        "of": treatment,
        "on": outcome,
        "do": values_set(setting),
        "shift": shifts(setting),
        "given": conditions,
        "draws": draws,
        "level": level,
        "seed": seed,
        "effects": found.to_dict(orient="records"),
        "warnings": warned,
        "files": [str(out)],
        "seconds": output.seconds,
    }
    output.finish(document, *_shown(found, treatment, outcome, level), f"Written: {out}")


def _shown(found: "pd.DataFrame", treatment: str, outcome: str, level: float) -> "list[Group]":
    """The outcome under each value, and its differences from the first."""
    from cli.tables import table

    columns = [treatment, f"mean of {outcome}", f"{level:.0%} from", "to"]
    bare = found.drop(columns="baseline")
    levels, differences = (bare[found["baseline"].isna()], bare[found["baseline"].notna()])
    first = f"{found['value'].iloc[0]:.6g}"
    return [
        table(f"{outcome} where {treatment} is set", columns, levels.values.tolist()),
        table(f"Difference from {treatment} = {first}", columns, differences.values.tolist()),
    ]
