"""`foundation-causal evaluate`: how far an answer is from a known truth.

`evaluate structure` scores the graph of one data set, or those of many methods on a frozen suite; `evaluate
mechanisms` scores what is sampled along the true graphs of a suite.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from cli.options import (
    MECHANISMS,
    OUTPUT_PATH,
    ListingCommand,
    cells_option,
    cluster_option,
    confounders_option,
    model_option,
    output_options,
    refine_option,
    seed_option,
    types_options,
)
from cli.output import Output, Report, table
from discovery.structure_methods import METHODS
from foundation_causal.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Cells = dict[str, list[str]]
# Options that belong to one kind of input only, by their parameters.
OF_DATA = {"truth": "--truth", "types_texts": "--types", "seed": "--seed"}
OF_SUITES = {
    "methods": "--method",
    "first": "--first",
    "jobs": "--jobs",
    "cluster": "--cluster",
    "time_limit": "--time-limit",
    "out": "--out",
}
# What people see of the scores on a suite, and what it is called there.
SHOWN = {
    "method": "method",
    "cases": "cases",
    "shd": "shd",
    "shd_se": "± se",
    "cpdag_shd": "cpdag",
    "sid": "sid",
    "f1": "f1",
    "auprc": "auprc",
    "ece": "ece",
    "true_edges": "edges",
    "seconds": "seconds",
}
FAILED = {"failures": "failed", "timeouts": "late"}  # shown where something failed
WITHOUT_FAILED = "Means are over the runs that did not fail; late: ended by the time limit, among the failed."
# The answer is always acyclic, but not every reference is.
CYCLIC = "The truth has a cycle, so what only acyclic graphs have is undefined."
FLOOR = ("floor", "the posterior mean by the simulator's own settings, for linear and RFF mechanisms")
MORE = "All scores, and their standard errors where there are some: --json."


@click.group()
def evaluate() -> None:
    """Score structure or mechanisms against a known truth."""


@evaluate.command(
    cls=ListingCommand, lists={"Methods": [(method.name, method.about) for method in METHODS.values()]}
)
@click.argument("data", required=False, metavar="[DATA]")
@click.option("--suite", metavar="NAME", help="A frozen suite in place of DATA; see `suites`.")
@cells_option
@click.option(
    "--truth",
    metavar="GRAPH",
    default="reference",
    show_default=True,
    help="True graph (.json, .graphml, .gml, .dot, .csv and more), or the data set's own.",
)
@types_options
@refine_option
@confounders_option
@model_option
@seed_option
@click.option(
    "--method",
    "methods",
    metavar="NAME",
    multiple=True,
    help="On a suite: one of the methods below. Repeatable.",
)
@click.option(
    "--first",
    type=click.IntRange(1),
    metavar="N",
    help="On a suite: only the first N data sets of each cell.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    default=1,
    show_default=True,
    help="On a suite: runs at a time.",
)
@cluster_option
@click.option(
    "--time-limit",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="On a suite: end a run after so long.",
)
@click.option(
    "--out", type=OUTPUT_PATH, metavar="DIR", help="On a suite: keep runs, table and plots in this folder."
)
@output_options
@click.pass_context
def structure(
    context: click.Context,
    data: str | None,
    suite: str | None,
    cells: Cells,
    truth: str,
    types: dict[str, Any],
    refine: bool,
    confounders: bool,
    model: str,
    seed: int,
    methods: tuple[str, ...],
    first: int | None,
    jobs: int,
    cluster: str | None,
    time_limit: float | None,
    out: Path | None,
    output: Output,
) -> None:
    """Discover the graph of DATA, or every graph of a suite, and compare it with the truth.

    The scores are SHD, SID, F1, AUPRC and more; on a suite, their means over the data sets of each cell.

    With --out, DIR gets runs.jsonl, table.csv, precision-recall.png, reliability.png and
    accuracy-time.png. The same command goes on where it was stopped.
    """
    if (data is None) == (suite is None):
        raise InputError("Give either DATA or --suite, as in `foundation-causal evaluate structure sachs`.")

    if data is not None:
        if cells:
            raise InputError("--cell chooses cells of a suite; give --suite with it, or leave it out.")
        _check_options(context, OF_SUITES, "goes with --suite, not with DATA")
        found: dict[str, Any] = {"refine": refine, "confounders": confounders, "model": model}
        _score_data(data, truth, seed, types, found, output)
    elif suite is not None:
        _check_options(context, OF_DATA, "goes with DATA, while a suite brings its own")
        one = {"confounders": "--no-confounders"}
        _check_options(context, one, "goes with DATA, while on a suite hidden causes always count")
        if methods:
            _check_options(context, {"refine": "--no-refine"}, "is the method 'network' among others")
        chosen = methods or (("foundation-causal",) if refine else ("network",))
        settings: dict[str, Any] = {"methods": chosen, "model": model, "first": first, "jobs": jobs}
        settings |= {"cluster": cluster, "time_limit": time_limit}
        _score_suite(suite, cells, settings, out, output)


def _check_options(context: click.Context, options: dict[str, str], instead: str) -> None:
    """Refuse options, listed by their parameters, that were given with the other kind of input."""
    for parameter, option in options.items():
        if context.get_parameter_source(parameter) is not ParameterSource.DEFAULT:
            raise InputError(f"{option} {instead}; leave it out.")


def _score_data(
    data: str, truth: str, seed: int, types: dict[str, Any], settings: dict[str, Any], output: Output
) -> None:
    """Print the scores of the graph of one data set; `settings` are those of `discover`."""
    from cli.inputs import read_source, read_truth
    from cli.notes import notes

    with output.reading(data):
        source = read_source(data, seed, missing=True, types=types)
        true_graph = read_truth(truth, source)
    with output.stage("discover", "Finding the graph"), output.warned():
        from discovery import evaluate_structure

        scores = evaluate_structure(source.table, true_graph, **settings)
    rows = [[name.replace("_", " "), value] for name, value in scores.items()]
    title = f"Structure of {data} against {'its reference graph' if truth == 'reference' else truth}"
    caption = CYCLIC if math.isnan(scores["sid"]) else None
    report = Report(
        data={"data": data, "truth": truth, **settings, "types": types, "seed": seed},
        results=scores,
        notes=notes(source),
        warnings=output.warnings,
        shown=[table(title, ["score", "value"], rows, caption)],
    )
    output.finish(report)


def _score_suite(
    suite: str,
    cells: Mapping[str, Sequence[str]],
    settings: dict[str, Any],
    out: Path | None,
    output: Output,
) -> None:
    """Print one line per cell and method, and keep runs, table and plots in the folder `out`.

    `settings` are those of `discovery.structure_evaluation.suite_runs`.
    """
    from cli.simulated_files import read_suite

    with output.stage("evaluate", f"Finding the graphs of {suite}") as tell:
        chosen = read_suite(suite, cells)
        labels = list(chosen.cells[0][0])
        from discovery.structure_evaluation import cell_means, suite_runs

        runs = suite_runs(chosen, folder=out, progress=tell, **settings)
        scores = cell_means(runs, labels)
    files: list[str] = []
    if out is not None:
        from foundation_causal.table_files import write_table

        with output.stage("draw", "Drawing the plots"):
            write_table(scores, out / "table.csv")
            files = ["runs.jsonl", "table.csv", *_draw(out, suite, labels, runs)]
    failed = FAILED if scores["failures"].any() else {}
    columns = {**dict.fromkeys(labels), **SHOWN, **failed}
    rows = [[_rounded(value) for value in row] for row in scores[list(columns)].to_numpy(object)]
    title = f"Structure on the suite '{suite}': means over the data sets of each cell"
    names = [shown or name for name, shown in columns.items()]
    report = Report(
        data={"suite": suite, "cells": cells, **settings},
        results={"scores": scores.to_dict(orient="records")},
        files=None if out is None else [out / name for name in files],
        seconds=output.seconds,
        shown=[table(title, names, rows, f"{WITHOUT_FAILED} {MORE}" if failed else MORE)],
        written=None if out is None else f"{len(files)} files in {out}",
    )
    output.finish(report)


def _draw(out: Path, suite: str, labels: Sequence[str], runs: Sequence[dict[str, Any]]) -> list[str]:
    """Write the plots that the runs have something for, and return their names."""
    from foundation_causal import plots
    from foundation_causal.files import replacing
    from foundation_causal.plots.style import save

    finished = [run for run in runs if "failure" not in run]
    counted = [run for run in finished if "counts" in run]
    drawings = {"precision-recall.png": (plots.precision_recall, finished)}
    drawings["accuracy-time.png"] = (plots.accuracy_time, finished)
    drawings["reliability.png"] = (plots.reliability, counted)
    names = [name for name, (_, drawn) in drawings.items() if drawn]
    for name in names:
        draw, drawn = drawings[name]
        panels = draw(drawn, labels, title=f"Suite '{suite}'")
        with replacing(out / name) as temporary:
            save(panels[0], temporary)
    return names


@evaluate.command(cls=ListingCommand, lists={"Methods": [*MECHANISMS, FLOOR]})
@click.option(
    "--suite", metavar="NAME", default="cond-fip", show_default=True, help="A frozen suite; see `suites`."
)
@cells_option
@click.option(
    "--method",
    "methods",
    metavar="NAME",
    multiple=True,
    help="One of the methods below. Repeatable. Default: kernel, least-squares and floor.",
)
@output_options
def mechanisms(suite: str, cells: Cells, methods: tuple[str, ...], output: Output) -> None:
    """RMSE of recovered noise, samples and interventions on a frozen suite of SCMs, graph given."""
    from cli.simulated_files import read_suite

    with output.stage("evaluate", f"Scoring {suite}") as tell:
        labels = list(read_suite(suite, cells).cells[0][0])
        from mechanisms import evaluate_mechanisms

        chosen: dict[str, Any] = {**cells, "methods": methods} if methods else {**cells}
        scores = evaluate_mechanisms(suite, progress=tell, **chosen)
    columns, rows = _by_task(scores, labels)
    asked = methods or tuple(dict.fromkeys(scores["method"]))
    title = f"Mechanisms on the suite '{suite}': RMSE in units of the data's standard deviations"
    report = Report(
        data={"suite": suite, "cells": cells},
        results={"scores": scores.to_dict(orient="records")},
        notes=_without_figures(scores, labels, asked),
        seconds=output.seconds,
        shown=[table(title, columns, rows, MORE)],
    )
    output.finish(report)


def _without_figures(scores: pd.DataFrame, labels: list[str], methods: Sequence[str]) -> list[str]:
    """A sentence on each method that has no figures in some cells, as the floor where there is none."""
    cells = len(scores[labels].drop_duplicates())
    sentences = []
    for method in methods:
        mine = len(scores.loc[scores["method"] == method, labels].drop_duplicates())
        if mine < cells:
            where = f"{cells - mine} of {cells} cells, where it cannot be used"
            sentences.append(f"'{method}' has no figures in {where}.")
    return sentences


def _by_task(scores: pd.DataFrame, labels: list[str]) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows of a table with the tasks side by side, and a row for each cell and method."""
    columns = [*labels, "method", *dict.fromkeys(scores["task"]), "cases", "seconds"]
    rows = []
    for key, part in scores.groupby([*labels, "method"], sort=False):
        rmse = dict(zip(part["task"], part["rmse"], strict=True))
        rows.append([*key, *rmse.values(), part["cases"].iloc[0], part["seconds"].iloc[0]])
    return columns, [[_rounded(value) for value in row] for row in rows]


def _rounded(value: Any) -> Any:
    """The value with three decimals, as they stand under one another, or None where it is undefined."""
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else f"{value:.3f}"
