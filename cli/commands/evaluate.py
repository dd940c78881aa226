"""`foundation-causal evaluate`: how far an answer is from a known truth."""

import math
from typing import Any

import click

from cli.options import cells_option, data_argument, model_option, output_options, refine_option, seed_option
from cli.output import Output


@click.group()
def evaluate() -> None:
    """Score structure or mechanisms against a known truth."""


@evaluate.command()
@data_argument
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
def structure(data: str, truth: str, refine: bool, model: str, seed: int, output: Output) -> None:
    """Discover the graph of DATA and compare it with the truth: SHD, SID, F1, AUPRC and more."""
    from cli.inputs import read_source, read_truth
    from cli.tables import table

    with output.stage("read", f"Reading {data}"):
        source = read_source(data, seed)
        true_graph = read_truth(truth, source)
    with output.stage("discover", "Finding the graph"):
        from discovery import evaluate_structure

        scores = evaluate_structure(source.frame, true_graph, refine=refine, model=model)
    rows = [[name.replace("_", " "), value] for name, value in scores.items()]
    title = f"Structure of {data} against {'its reference graph' if truth == 'reference' else truth}"
    document = {"data": data, "truth": truth, "refine": refine, "model": model, **scores}
    # The answer is acyclic always; of references some are not.
    gaps = "The truth has a cycle, so what only acyclic graphs have is undefined."
    caption = gaps if math.isnan(scores["sid"]) else None
    output.finish(document, table(title, ["score", "value"], rows, caption))


@evaluate.command()
@click.option("--suite", default="cond-fip", show_default=True, help="Frozen suite of models to recover.")
@cells_option
@click.option(
    "--method", "methods", multiple=True, help="One of the methods; repeatable; all core ones by default."
)
@output_options
def mechanisms(suite: str, cells: dict[str, list[str]], methods: tuple[str, ...], output: Output) -> None:
    """RMSE of recovered noise, samples and interventions on a frozen suite of SCMs, graph given."""
    from cli.tables import table

    with output.stage("evaluate", f"Scoring {suite}") as tell:
        from mechanisms import evaluate_mechanisms

        chosen: dict[str, Any] = {"methods": methods} if methods else {}
        scores = evaluate_mechanisms(suite, progress=tell, **chosen, **cells)
    columns = [str(name) for name in scores.columns]
    title = f"Mechanisms on {suite}: RMSE in units of the data's standard deviations"
    shown = table(title, columns, scores.itertuples(index=False))
    document = {"suite": suite, "scores": scores.to_dict(orient="records"), "seconds": output.seconds}
    output.finish(document, shown)
