"""`foundation-causal evaluate`: how far an answer is from a known truth."""

import math
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from cli.options import cells_option, model_option, output_options, refine_option, seed_option
from cli.output import Output
from foundation_causal.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Cells = dict[str, list[str]]
# What people see of the scores on a suite, and what it is called there.
STRUCTURE = {
    "cases": "cases",
    "shd": "shd",
    "shd_se": "± se",
    "cpdag_shd": "cpdag shd",
    "sid": "sid",
    "f1": "f1",
    "auprc": "auprc",
    "ece": "ece",
    "true_edges": "true edges",
    "seconds": "seconds",
}
MORE = "All scores, and their standard errors where there are some: --json."


@click.group()
def evaluate() -> None:
    """Score structure or mechanisms against a known truth."""


@evaluate.command()
@click.argument("data", required=False, metavar="[DATA]")
@click.option("--suite", metavar="NAME", help="A frozen suite in place of DATA; see `suites`.")
@cells_option
@click.option(
    "--truth",
    metavar="GRAPH",
    default="reference",
    show_default=True,
    help="True graph (.json, .graphml, .csv), or the data set's own.",
)
@refine_option
@model_option
@seed_option
@output_options
@click.pass_context
def structure(
    context: click.Context,
    data: str | None,
    suite: str | None,
    cells: Cells,
    truth: str,
    refine: bool,
    model: str,
    seed: int,
    output: Output,
) -> None:
    """Discover the graph of DATA, or every graph of a suite, and compare it with the truth.

    The scores are SHD, SID, F1, AUPRC and more; on a suite, their means over the data sets of each cell.
    """
    settings = {"refine": refine, "model": model}
    if data is not None and suite is None:
        if cells:
            raise InputError("--cell chooses cells of a suite; give --suite with it, or leave it out.")
        _structure_of_data(data, truth, seed, settings, output)
    elif suite is not None and data is None:
        for option in ("truth", "seed"):
            if context.get_parameter_source(option) is not ParameterSource.DEFAULT:
                raise InputError(f"--{option} goes with DATA, while a suite brings its own; leave it out.")
        _structure_of_suite(suite, cells, settings, output)
    else:
        raise InputError("Give either DATA or --suite, as in `foundation-causal evaluate structure sachs`.")


def _structure_of_data(data: str, truth: str, seed: int, settings: dict[str, Any], output: Output) -> None:
    from cli.inputs import read_source, read_truth
    from cli.tables import table

    with output.stage("read", f"Reading {data}"):
        source = read_source(data, seed)
        true_graph = read_truth(truth, source)
    with output.stage("discover", "Finding the graph"):
        from discovery import evaluate_structure

        scores = evaluate_structure(source.frame, true_graph, **settings)
    rows = [[name.replace("_", " "), value] for name, value in scores.items()]
    title = f"Structure of {data} against {'its reference graph' if truth == 'reference' else truth}"
    document = {"data": data, "truth": truth, **settings, **scores}
    # The answer is acyclic always; of references some are not.
    gaps = "The truth has a cycle, so what only acyclic graphs have is undefined."
    caption = gaps if math.isnan(scores["sid"]) else None
    output.finish(document, table(title, ["score", "value"], rows, caption))


def _structure_of_suite(suite: str, cells: Cells, settings: dict[str, Any], output: Output) -> None:
    from cli.suites import read_suite
    from cli.tables import table

    with output.stage("evaluate", f"Finding the graphs of {suite}") as tell:
        labels = list(read_suite(suite, cells).cells[0][0])
        from discovery.evaluation import evaluate_suite

        chosen: dict[str, Any] = settings | cells
        scores = evaluate_suite(suite, progress=tell, **chosen)
    rows = [[_rounded(value) for value in row] for row in scores[[*labels, *STRUCTURE]].to_numpy(object)]
    title = f"Structure on the suite '{suite}': means over the data sets of each cell"
    shown = table(title, [*labels, *STRUCTURE.values()], rows, MORE)
    document = {"suite": suite, "cells": cells, **settings, "scores": scores.to_dict(orient="records")}
    output.finish(document | {"seconds": output.seconds}, shown)


@evaluate.command()
@click.option(
    "--suite", metavar="NAME", default="cond-fip", show_default=True, help="A frozen suite; see `suites`."
)
@cells_option
@click.option(
    "--method",
    "methods",
    metavar="NAME",
    multiple=True,
    help="kernel, least-squares, floor or dowhy. Repeatable. Default: the first three.",
)
@output_options
def mechanisms(suite: str, cells: Cells, methods: tuple[str, ...], output: Output) -> None:
    """RMSE of recovered noise, samples and interventions on a frozen suite of SCMs, graph given."""
    from cli.suites import read_suite
    from cli.tables import table

    with output.stage("evaluate", f"Scoring {suite}") as tell:
        labels = list(read_suite(suite, cells).cells[0][0])
        from mechanisms import evaluate_mechanisms

        chosen: dict[str, Any] = {"methods": methods} if methods else {}
        scores = evaluate_mechanisms(suite, progress=tell, **chosen, **cells)
    columns, rows = _by_task(scores, labels)
    title = f"Mechanisms on the suite '{suite}': RMSE in units of the data's standard deviations"
    document = {"suite": suite, "cells": cells, "scores": scores.to_dict(orient="records")}
    output.finish(document | {"seconds": output.seconds}, table(title, columns, rows, MORE))


def _by_task(scores: "pd.DataFrame", labels: list[str]) -> tuple[list[str], list[list[Any]]]:
    """The tasks side by side: one row for each cell and method."""
    columns = [*labels, "method", *dict.fromkeys(scores["task"]), "cases", "seconds"]
    rows = []
    for key, part in scores.groupby([*labels, "method"], sort=False):
        rmse = dict(zip(part["task"], part["rmse"], strict=True))
        rows.append([*key, *rmse.values(), part["cases"].iloc[0], part["seconds"].iloc[0]])
    return columns, [[_rounded(value) for value in row] for row in rows]


def _rounded(value: Any) -> Any:
    """Three decimals under one another; nothing for what is undefined."""
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else f"{value:.3f}"
