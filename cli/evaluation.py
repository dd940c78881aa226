"""Scores of structure on the command line: of one data set, or of many methods on a frozen suite."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cli.output import Output
from cli.tables import table

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
MORE = "All scores, and their standard errors where there are some: --json."


def structure_of_data(data: str, truth: str, seed: int, settings: dict[str, Any], output: Output) -> None:
    """Print the scores of the graph of one data set; `settings` are those of `discover`."""
    from cli.inputs import read_source, read_truth

    with output.stage("read", f"Reading {data}"):
        source = read_source(data, seed)
        true_graph = read_truth(truth, source)
    with output.stage("discover", "Finding the graph"), output.warned():
        from discovery import evaluate_structure

        scores = evaluate_structure(source.frame, true_graph, **settings)
    rows = [[name.replace("_", " "), value] for name, value in scores.items()]
    title = f"Structure of {data} against {'its reference graph' if truth == 'reference' else truth}"
    document = {"data": data, "truth": truth, **settings, **scores}
    # The answer is acyclic always; of references some are not.
    gaps = "The truth has a cycle, so what only acyclic graphs have is undefined."
    caption = gaps if math.isnan(scores["sid"]) else None
    output.finish(document, table(title, ["score", "value"], rows, caption))


def structure_of_suite(
    suite: str,
    cells: Mapping[str, Sequence[str]],
    settings: dict[str, Any],
    out: Path | None,
    output: Output,
) -> None:
    """Print one line per cell and method, and keep runs, table and pictures in the folder `out`.

    `settings` are those of `discovery.evaluation.suite_runs`.
    """
    from cli.suites import read_suite

    with output.stage("evaluate", f"Finding the graphs of {suite}") as tell:
        chosen = read_suite(suite, cells)
        labels = list(chosen.cells[0][0])
        from discovery.evaluation import cell_means, suite_runs

        runs = suite_runs(chosen, folder=out, progress=tell, **settings)
        scores = cell_means(runs, labels)
    files = []
    if out is not None:
        from foundation_causal.files import write_table

        with output.stage("draw", "Drawing the pictures"):
            write_table(scores, out / "table.csv")
            files = ["runs.jsonl", "table.csv", *_draw(out, suite, labels, runs)]
    failed = FAILED if scores["failures"].any() else {}
    columns = {**dict.fromkeys(labels), **SHOWN, **failed}
    rows = [[rounded(value) for value in row] for row in scores[list(columns)].to_numpy(object)]
    title = f"Structure on the suite '{suite}': means over the data sets of each cell"
    names = [shown or name for name, shown in columns.items()]
    shown = table(title, names, rows, f"{WITHOUT_FAILED} {MORE}" if failed else MORE)
    document = {"suite": suite, "cells": cells, **settings, "scores": scores.to_dict(orient="records")}
    document |= {"files": [str(out / name) for name in files]} if out is not None else {}
    written = [f"Written: {len(files)} files in {out}"] if out is not None else []
    output.finish(document | {"seconds": output.seconds}, shown, *written)


def rounded(value: Any) -> Any:
    """Three decimals under one another; nothing for what is undefined."""
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else f"{value:.3f}"


def _draw(out: Path, suite: str, labels: Sequence[str], runs: Sequence[dict[str, Any]]) -> list[str]:
    """Write the pictures that the runs have something for, and give their names."""
    from cli.pictures import draw_accuracy_time, draw_precision_recall, draw_reliability
    from foundation_causal.files import replacing

    finished = [run for run in runs if "failure" not in run]
    pictures = {"precision-recall.png": (draw_precision_recall, finished)}
    pictures["accuracy-time.png"] = (draw_accuracy_time, finished)
    pictures["reliability.png"] = (draw_reliability, [run for run in finished if "counts" in run])
    names = [name for name, (_, drawn) in pictures.items() if drawn]
    for name in names:
        draw, drawn = pictures[name]
        with replacing(out / name) as temporary:
            draw(temporary, drawn, labels, title=f"Suite '{suite}'")
    return names
