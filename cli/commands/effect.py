"""`foundation-causal effect`: the effect of one variable on another, with intervals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import (
    MECHANISMS,
    ListingCommand,
    data_argument,
    do_option,
    mechanism_options,
    output_options,
    seed_option,
    shift_option,
    structure_options,
    table_option,
)
from cli.output import HERE, Output, Report, table
from foundation_causal.errors import counted

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Group

    from cli.inputs import Source
    from cli.notes import Inferred
    from mechanisms import AveragedModel, CausalModel

MOST_DRAWS, MOST_STEPS = 100_000, 1000


@click.command(cls=ListingCommand, lists={"Mechanisms": MECHANISMS})
@data_argument
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
@structure_options
@mechanism_options
@seed_option
@output_options
def effect(
    data: str,
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
    structure: dict[str, Any],
    how: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    """The effect in DATA of setting X on the mean of Y, with intervals.

    The intervals cover what the rows leave open of functions and noise. They take the graph for granted,
    --graph as well as one that is discovered; with --average they also cover what the data leave open of
    it. Every --do and --shift holds throughout.
    """
    import numpy as np

    from cli.inputs import check_choices, check_not_read, check_output_table, given, read_for_inference
    from cli.notes import edge_list, infer_model
    from cli.parsing import (
        check_column,
        joined,
        parse_conditions,
        requested_interventions,
        shifts,
        values_set,
    )
    from cli.staging import writing
    from foundation_causal.files import write_table

    check_output_table(out)
    settings = {**structure, **how}
    check_choices(settings)
    check_not_read([out], given(data, structure["graph"], structure["knowledge"], structure["intervened"]))
    with output.stage("read", f"Reading {data}"):
        source, dag, known = read_for_inference(data, settings, seed)
        for option, name in (("--of", treatment), ("--on", outcome)):
            check_column(name, source.names, option)
        setting = joined(requested_interventions(do_texts, shift_texts, source.names))
        conditions = parse_conditions(given_texts, source.names)
    inferred = infer_model(source, dag, known, settings, seed, output)
    with output.stage("effect", f"Drawing {draws:,} times"), output.warned():
        values = np.linspace(low, high, steps) if low != high else [low, high]
        how = {"draws": draws, "level": level, "seed": seed}
        model = inferred.model.do(setting) if setting else inferred.model
        effects = model.effect(treatment, outcome, values, given=conditions or None, **how)
    with writing(out):
        write_table(effects, out)
    report = Report(
        data={"data": data, "graph": {"origin": inferred.origin, "edges": edge_list(inferred.graph)}},
        settings=settings | {"logs": inferred.model.logs},
        results={
            "of": treatment,
            "on": outcome,
            "do": values_set(setting),
            "shift": shifts(setting),
            "given": conditions,
            "draws": draws,
            "level": level,
            "seed": seed,
            "intervals": inferred.coverage(),
            "notes": HERE,
            "effects": effects.to_dict(orient="records"),
        },
        notes=_notes(source, inferred, model, treatment, outcome),
        warnings=output.warnings,
        files=[out],
        seconds=output.seconds,
        shown=[
            *_graph_table(inferred),
            *_effect_tables(effects, treatment, outcome, level),
            inferred.coverage(),
        ],
    )
    output.finish(report)


def _notes(
    source: Source, inferred: Inferred, model: CausalModel | AveragedModel, treatment: str, outcome: str
) -> list[str]:
    """What to know of the answer beside its intervals, one sentence each."""
    import networkx as nx

    from cli.notes import notes, of_complete_rows

    graphs = [member.graph for member, _ in model.shares(1)]
    sentences = [*notes(source), *of_complete_rows(len(inferred.rows), len(source.frame))]
    if not any(nx.has_path(graph, treatment, outcome) for graph in graphs):
        where = "any of the graphs" if inferred.weighted else "this graph"
        sentences.append(f"No path leads from {treatment} to {outcome}: there is no effect in {where}.")
    return sentences


def _graph_table(inferred: Inferred) -> list[Group]:
    """The table of a discovered graph; none where the graph was given."""
    from cli.notes import edge_table

    if inferred.origin == "given":
        return []
    title = "Discovered graph" + (" with the largest weight" if inferred.weighted else "")
    return [edge_table(inferred.graph, f"{title}: {counted(inferred.graph.number_of_edges(), 'edge')}")]


def _effect_tables(effects: pd.DataFrame, treatment: str, outcome: str, level: float) -> list[Group]:
    """The tables of the outcome under each value, and of its differences from the first."""
    columns = [treatment, f"mean of {outcome}", f"{level:.0%} from", "to"]
    compared, values = effects["baseline"].notna(), effects.drop(columns="baseline")
    first = f"{effects['value'].iloc[0]:.6g}"
    return [
        table(f"{outcome} where {treatment} is set", columns, values[~compared].values.tolist()),
        table(f"Difference from {treatment} = {first}", columns, values[compared].values.tolist()),
    ]
