"""`foundation-causal effect`: the effect of one variable on another, with intervals."""

from __future__ import annotations

import math
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
    seed_option,
    shift_option,
    structure_options,
    table_option,
)
from cli.output import HERE, Output, Report, table
from cli.parsing import written
from foundation_causal.errors import counted

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Group

    from cli.notes import Inferred
    from foundation_causal.columns.schema import Column
    from mechanisms.queries.effect_table import EffectTable

MOST_DRAWS, MOST_STEPS = 100_000, 1000


@click.command(cls=ListingCommand, lists={"Mechanisms": MECHANISMS})
@data_argument
@click.option("--of", "treatment", metavar="X", required=True, help="The column that is set.")
@click.option("--on", "outcome", metavar="Y", required=True, help="The column that is looked at.")
@click.option(
    "--from", "low", metavar="A", help="The value of X to compare with; by default the first of its levels,"
)
@click.option(
    "--to", "high", metavar="B", help="The other value of X; by default all levels, or five quantiles."
)
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
@click.option(
    "--quantile",
    "quantiles",
    metavar="Q",
    type=float,
    multiple=True,
    help="The quantile Q of Y in place of its mean; between 0 and 1. Repeatable.",
)
@click.option(
    "--through",
    metavar="M",
    multiple=True,
    help="How much of the effect goes through M, and how much past it. Repeatable.",
)
@click.option(
    "--hold",
    "hold_texts",
    metavar="M=1",
    multiple=True,
    help="With --through: also the effect where M is held at 1. Repeatable.",
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
@click.option(
    "--method",
    type=click.Choice(["auto", "orthogonal", "plug-in"]),
    default="auto",
    show_default=True,
    help="Correct the model's answer by the rows (orthogonal), or not (plug-in); auto: where possible.",
)
@click.option(
    "--among",
    type=click.Choice(["all", "treated", "untreated"]),
    default="all",
    show_default=True,
    help="Whose effect: everyone's, or that of rows with X = B (treated) or X = A (untreated).",
)
@click.option("--level", type=float, default=0.9, show_default=True, help="Probability of the intervals.")
@click.option(
    "--plot",
    "picture",
    type=OUTPUT_PATH,
    metavar="FILE",
    help="Also draw the differences or parts, or from --steps 4 on the curve: .png, .svg, .pdf.",
)
@table_option
@structure_options
@mechanism_options
@seed_option
@output_options
def effect(
    data: str,
    treatment: str,
    outcome: str,
    low: str | None,
    high: str | None,
    steps: int,
    given_texts: tuple[str, ...],
    quantiles: tuple[float, ...],
    through: tuple[str, ...],
    hold_texts: tuple[str, ...],
    do_texts: tuple[str, ...],
    shift_texts: tuple[str, ...],
    draws: int,
    method: str,
    among: str,
    level: float,
    picture: Path | None,
    out: Path,
    structure: dict[str, Any],
    how: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    """The effect in DATA of setting X on the mean of Y or its quantiles, with intervals.

    The intervals cover what the rows leave open of functions and noise. They take the graph for granted,
    --graph as well as one that is discovered; with --average they also cover what the data leave open of
    it. Every --do and --shift holds throughout. DATA may be a folder that `run --save-model` wrote.
    """
    from cli.inputs import (
        check_choices,
        check_not_read,
        check_output_picture,
        check_output_table,
        given,
        read_files,
        read_for_inference,
    )
    from cli.notes import doubts, edge_list, infer_model, notes, of_complete_rows, read_saved
    from cli.parsing import (
        check_column,
        joined,
        parse_conditions,
        parse_interventions,
        requested_interventions,
        shifts,
        values_set,
        values_to_compare,
    )
    from cli.staging import writing
    from foundation_causal.table_files import write_table

    _check_parts(through, hold_texts, quantiles, among)
    check_output_table(out)
    check_output_picture(picture)
    files = given(out, picture)
    settings = {**structure, **how}
    check_choices(settings)
    check_not_read(files, read_files(data, structure))
    with output.reading(data):
        saved = read_saved(data)
        if saved is None:
            source, dag, known = read_for_inference(data, settings, seed)
        else:
            source, settings = saved[0], {"saved_model": data}
        for option, name in (("--of", treatment), ("--on", outcome), *(("--through", m) for m in through)):
            check_column(name, source.names, option)
        held = joined(parse_interventions(hold_texts, source.schema, "--hold"))
        setting = joined(requested_interventions(do_texts, shift_texts, source.schema))
        conditions = parse_conditions(given_texts, source.schema)
        column = source.schema[treatment]
        seen = source.frame[treatment].to_numpy(dtype=float)
        values = values_to_compare(column, seen, low, high, steps)
    inferred = saved[1] if saved else infer_model(source, dag, known, settings, seed, output)
    with output.stage("effect", "Estimating the effect"), output.warned():
        how = {"given": conditions or None, "draws": draws, "level": level, "seed": seed}
        model = inferred.model.do(setting) if setting else inferred.model
        if through:
            how |= {"mediators": held or None, "method": method}
            effects = model.mediation(treatment, outcome, through, values, **how)
        else:
            how |= {"quantiles": quantiles or None, "method": method, "among": among}
            effects = model.effect(treatment, outcome, values, **how)
    with writing(out):
        write_table(effects, out)
    if picture is not None:
        with output.stage("draw", "Drawing the plot"), writing(picture, "--plot"):
            _draw(effects, picture)
    report = Report(
        data={"data": data, "graph": {"origin": inferred.origin, "edges": edge_list(inferred.graph)}},
        settings=settings | {"logs": inferred.model.logs},
        results={
            "of": treatment,
            "on": outcome,
            "do": values_set(setting),
            "shift": shifts(setting),
            "given": conditions,
            "quantiles": quantiles,
            "through": through,
            "hold": held,
            "draws": draws,
            "level": level,
            "seed": seed,
            "among": among,
            "method": effects.method,
            "reason": effects.reason,
            "adjusted_for": effects.adjusted_for,
            "estimand": effects.estimand,
            "intervals": inferred.coverage(),
            "notes": HERE,
            "effects": _with_plug_in(effects).to_dict(orient="records"),
            "monte_carlo_error": None
            if effects.monte_carlo_error is None
            else effects.monte_carlo_error.tolist(),
            "sensitivity": sensitivity_rows(effects),
            "overlap": None if effects.overlap is None else effects.overlap.to_dict(orient="records"),
        },
        notes=[
            *notes(source),
            *(_compared(column, values) if low is None else []),
            *doubts(inferred.graph, inferred.probabilities),
            *of_complete_rows(len(inferred.rows), len(source.frame)),
        ],
        warnings=output.warnings,
        files=files,
        seconds=output.seconds,
        shown=[
            *_graph_table(inferred),
            *(_parts_table if through else _effect_tables)(effects, treatment, outcome, level),
            *_overlap_table(effects, treatment),
            *how_found(effects),
            *robustness(effects, treatment, outcome),
            inferred.coverage(),
        ],
    )
    output.finish(report)


def _compared(column: Column, values: list[Any]) -> list[str]:
    """Which values are compared where none were asked for, in a sentence."""
    which = "its levels" if column.is_discrete else "the 10%, 25%, 50%, 75% and 90% quantiles"
    shown = ", ".join(map(written, values))
    return [f"Without --from and --to, {column.name} is compared at {which}: {shown}."]


def _graph_table(inferred: Inferred) -> list[Group]:
    """The table of a discovered graph; none where the graph was given."""
    from cli.notes import edge_table

    if inferred.origin == "given":
        return []
    title = "Discovered graph" + (" with the largest weight" if inferred.weighted else "")
    title += f": {counted(inferred.graph.number_of_edges(), 'edge')}"
    return [edge_table(inferred.graph, title, inferred.probabilities)]


def _draw(effects: EffectTable, path: Path) -> None:
    from foundation_causal import plots
    from foundation_causal.plots.style import save

    save(plots.effects(effects, title=f"Effect of {effects.treatment} on {effects.outcome}"), path)


def _with_plug_in(effects: EffectTable) -> pd.DataFrame:
    """The table, with the means before their correction in a last column where they were corrected."""
    import pandas as pd

    frame = pd.DataFrame(effects)
    return frame if effects.plug_in is None else frame.assign(plug_in=effects.plug_in)


def _check_parts(
    through: tuple[str, ...], hold: tuple[str, ...], quantiles: tuple[float, ...], among: str
) -> None:
    """Raise InputError where options are given together that exclude each other."""
    from foundation_causal.errors import InputError
    from mechanisms.queries.questions import checked_quantiles

    if hold and not through:
        raise InputError("--hold holds a mediator, and none is named; add --through, or set it by --do.")
    for option, given in {"--quantile": quantiles, "--among": among != "all"}.items():
        if through and given:
            raise InputError(f"--through divides the mean effect on everyone; leave out {option}.")
    if quantiles:
        checked_quantiles(quantiles)


def _parts_table(effects: EffectTable, treatment: str, outcome: str, level: float) -> list[Group]:
    """The table of what goes through mediators and what goes past them."""
    compared = written(effects["baseline"].iloc[0])
    frame = _with_plug_in(effects).drop(columns="baseline")
    names = {
        "value": treatment,
        "mean": _named(effects, outcome),
        "lower": f"{level:.0%} from",
        "upper": "to",
    }
    by_way = ", ".join(effects.through or ())
    title = f"Effect on {outcome} of {treatment} in place of {compared}, through {by_way}"
    columns = [names.get(name, name) for name in map(str, frame)]
    return [table(title, columns, frame.values.tolist())]


def _named(effects: EffectTable, outcome: str) -> str:
    """What the column mean holds."""
    if "quantile" in effects:
        return outcome
    if "level" in effects:
        return "chance"
    return f"mean of {outcome}" if effects.event is None else f"chance of {outcome} = {effects.event}"


def _effect_tables(effects: EffectTable, treatment: str, outcome: str, level: float) -> list[Group]:
    """The tables of the outcome under each value, and of its differences from the first."""
    columns = ["quantile"] if "quantile" in effects else [outcome] if "level" in effects else []
    columns += [treatment, _named(effects, outcome), f"{level:.0%} from", "to"]
    columns += ["plug-in"] * (effects.plug_in is not None)
    compared, values = effects["baseline"].notna(), _with_plug_in(effects).drop(columns="baseline")
    first = written(effects["value"].iloc[0])
    return [
        table(f"{outcome} where {treatment} is set", columns, values[~compared].values.tolist()),
        table(f"Difference from {treatment} = {first}", columns, values[compared].values.tolist()),
    ]


def _overlap_table(effects: EffectTable, treatment: str) -> list[Group]:
    """The table of the arms; none where the treatment has many values or the means were not corrected."""
    if effects.overlap is None:
        return []
    columns = [treatment, "rows", "least chance of it", "worth so many rows"]
    return [table(f"Rows with each value of {treatment}", columns, effects.overlap.values.tolist())]


def how_found(effects: EffectTable, *, beside: bool = True) -> list[str]:
    """How the means were found, in a sentence; none where there is no effect, which a warning says.

    Args:
        effects: What was estimated.
        beside: Whether the means without correction stand beside.
    """
    if effects.through is not None:
        drawn = effects.adjusted_for is None
        how = "draws of the model (plug-in)" if drawn else f"{effects.method} regressions off the rows"
        whole = f"Found by {how}. Direct and indirect effects sum to the total."
        return [whole, *([effects.reason] if effects.reason else [])]
    if effects.reason is not None:
        return []
    if effects.estimand is not None and effects.adjusted_for is None:
        return [f"Found by {effects.method}: {effects.estimand}.{_chance(effects)}"]
    if effects.adjusted_for is None:
        what = (
            "quantiles of its samples"
            if "quantile" in effects
            else "means of its functions as they were fitted"
        )
        return [f"Found by draws of the model (plug-in): {what}.{_chance(effects)}"]
    adjusted = ", ".join(effects.adjusted_for) or "nothing, as no other cause is in the way"
    plain = "" if effects.plug_in is None or not beside else "; plug-in: the means without correction"
    return [f"Found by {effects.method}, adjusted for {adjusted}{plain}."]


def _chance(effects: EffectTable) -> str:
    """By how much the last difference hangs on the seed, in a sentence."""
    if effects.monte_carlo_error is None:
        return ""
    error = f"{effects.monte_carlo_error[-1]:.2g}{_in_days(effects)}"
    return f" Another --seed moves the last difference by about {error}."


def _in_days(effects: EffectTable) -> str:
    """The unit of numbers that are told of a difference, where that is a span of time."""
    return " days" * hasattr(effects["mean"].iloc[-1], "total_seconds")


def sensitivity_rows(effects: EffectTable) -> list[dict[str, Any]] | None:
    """How strong a hidden confounder would have to be, for each difference; None where that is not known."""
    if effects.confounding is None:
        return None
    return [{str(k): v for k, v in row.items()} for row in effects.sensitivity().to_dict(orient="records")]


def robustness(effects: EffectTable, treatment: str, outcome: str) -> list[str]:
    """What a hidden confounder would have to be like to explain the last difference, in words."""
    from mechanisms.queries.effect_table import MAX_SHARE

    rows = sensitivity_rows(effects)
    if not rows:
        return []
    last = rows[-1]
    sentence = (
        f"A hidden confounder would bring the difference at {treatment} = {written(last['value'])} to zero "
        f"if it explained {last['robustness']:.1%} of what is left both of {treatment} and of {outcome} "
        f"({last['robustness_interval']:.1%}: the interval would reach zero)"
    )
    if not math.isnan(last["e_value"]):  # where a risk is next to zero there are no ratios
        ratios = f"{last['e_value']:.2f} ({last['e_value_interval']:.2f})"
        sentence += f", or had risk ratios of {ratios} with both"
    if isinstance(last.get("benchmark"), str) and (
        last["benchmark_treatment"] >= MAX_SHARE or last["benchmark_outcome"] >= 1
    ):
        whole = treatment if last["benchmark_treatment"] >= MAX_SHARE else outcome
        sentence += (
            f". How far one as strong as {last['benchmark']} would move it cannot be said: that column "
            f"explains so much that a second one like it would explain all that is left of {whole}"
        )
    elif isinstance(last.get("benchmark"), str):
        sentence += (
            f"; one as strong as {last['benchmark']} explains {last['benchmark_treatment']:.1%} and "
            f"{last['benchmark_outcome']:.1%}, and would make it {last['benchmark_mean']:,.4g}"
            f"{_in_days(effects)}"
        )
    return [sentence + "."]
