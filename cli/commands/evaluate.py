"""`foundation-causal evaluate`: how far an answer is from a known truth."""

from typing import Any

import click

from cli.options import data_argument, model_option, output_options, refine_option, seed_option
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
    """Discover the graph of DATA and compare it with the truth: SHD, F1, AUPRC, cyclic fraction."""
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
    output.finish(document, table(title, ["score", "value"], rows))


@evaluate.command()
@click.option("--suite", default="p-in", show_default=True, help="Where the models to recover come from.")
@click.option(
    "--d", type=click.IntRange(2, 200), default=10, show_default=True, help="Variables of each model."
)
@click.option(
    "--scms", type=click.IntRange(1, 10_000), default=9, show_default=True, help="Models of each kind."
)
@click.option(
    "--rows", type=click.IntRange(20, 100_000), default=400, show_default=True, help="Rows to learn from."
)
@click.option(
    "--queries", type=click.IntRange(1, 100_000), default=400, show_default=True, help="Rows to score."
)
@click.option(
    "--method", "methods", multiple=True, help="One of the methods; repeatable; all core ones by default."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), help="Of the models; by default one unseen in training."
)
@output_options
def mechanisms(
    suite: str,
    d: int,
    scms: int,
    rows: int,
    queries: int,
    methods: tuple[str, ...],
    seed: int | None,
    output: Output,
) -> None:
    """RMSE of recovered noise, samples and interventions on fresh structural causal models, graph given."""
    from cli.tables import table

    with output.stage("evaluate", f"Scoring {suite}, d = {d}") as tell:
        from mechanisms import evaluate_mechanisms

        chosen: dict[str, Any] = {"seed": seed, "methods": methods or None}
        scores = evaluate_mechanisms(
            suite=suite,
            d=d,
            scms=scms,
            n_context=rows,
            n_query=queries,
            progress=tell,
            **{name: value for name, value in chosen.items() if value is not None},
        )
    columns = [str(name) for name in scores.columns]
    title = f"Mechanisms on {suite}: RMSE in units of the data's standard deviations"
    shown = table(title, columns, scores.itertuples(index=False))
    document = {"suite": suite, "scores": scores.to_dict(orient="records"), "seconds": output.seconds}
    output.finish(document, shown)
