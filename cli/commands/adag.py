"""`foundation-causal adag`: one network for a family of domains, and the graph of any domain by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.options import OUTPUT_PATH, data_argument, knowledge_options, output_options, seed_option
from cli.output import Output, Report, table
from foundation_causal.errors import counted

MODEL_FILES = ("config.json", "model.safetensors", "README.md")


@click.group()
def adag() -> None:
    """Learn graphs of a family of data sets (ADAG).

    The tables may be small. They have the same columns; their graphs are the same, or share an order of
    causes before effects. Relations are linear. See docs/adag.md.
    """


@adag.command()
@click.argument("sources", metavar="FOLDER_OR_FILES", nargs=-1, required=True)
@click.option("--out", type=OUTPUT_PATH, metavar="MODEL", required=True, help="Folder for the model.")
@click.option("--sparsity", type=float, default=0.2, show_default=True, help="Weight of the L1 norm.")
@click.option("--layers", type=int, default=4, show_default=True, help="Attention layers.")
@click.option("--steps", type=int, default=1000, show_default=True, help="Training steps.")
@seed_option
@output_options
def train(
    sources: tuple[str, ...],
    out: Path,
    sparsity: float,
    layers: int,
    steps: int,
    seed: int,
    output: Output,
) -> None:
    """Train on one table per domain: files, or folders of files."""
    from cli.staging import staged_folder, writing

    with staged_folder(out) as staging:
        with output.stage("read", "Reading the domains"):
            from discovery.adag import fit_adag, read_domains

            domains = read_domains(sources)
        with output.stage("train", f"Training on {len(domains):,} domains") as progress:
            model = fit_adag(
                domains, sparsity=sparsity, layers=layers, steps=steps, seed=seed, progress=progress
            )
        with writing(out):
            model.save(staging)
    last = model.rounds[-1]
    size = f"{len(domains):,} domains of {len(model.columns)} variables"
    losses = f"reconstruction {last.reconstruction:.3f}, cyclicity {last.cyclicity:.1e}"
    report = Report(
        data={"domains": len(domains), "columns": model.columns},
        settings={"sparsity": sparsity, "layers": layers, "steps": steps, "seed": seed},
        results={
            "loss": last.loss,
            "reconstruction": last.reconstruction,
            "cyclicity": last.cyclicity,
        },
        files=[out / name for name in MODEL_FILES],
        seconds=output.seconds,
        shown=[f"{size}: {losses}"],
    )
    output.finish(report)


@adag.command()
@click.argument("model", metavar="MODEL")
@data_argument
@click.option(
    "--out",
    type=OUTPUT_PATH,
    metavar="GRAPH",
    required=True,
    help="Graph: .json, .graphml, .gml, .dot, .csv.",
)
@click.option("--weights", type=OUTPUT_PATH, metavar="TABLE", help="Also write all weights here.")
@click.option(
    "--threshold", type=float, help="Magnitude of an edge's weight, 0.3 unless the model says else."
)
@knowledge_options
@output_options
def apply(
    model: str,
    data: str,
    out: Path,
    weights: Path | None,
    threshold: float | None,
    knowledge: str | None,
    stated: dict[str, Any],
    output: Output,
) -> None:
    """Find the graph of DATA, a domain of the family that MODEL was trained on."""
    from cli.inputs import (
        check_not_read,
        check_output_graph,
        check_output_table,
        given,
        read_data,
        read_files,
        read_known,
    )
    from cli.staging import writing
    from foundation_causal.graph_files import write_graph
    from foundation_causal.table_files import write_table

    check_output_graph(out)
    check_output_table(weights)
    written = given(out, weights)
    structure = {"knowledge": knowledge, "stated": stated}
    check_not_read(written, read_files(data, structure))
    with output.stage("apply", "Finding the graph"):
        from discovery.adag import ADAG

        network = ADAG.load(model)
        frame, _ = read_data(data, seed=0)
        known = read_known(structure, network.columns)
        graph = network.graph(frame, threshold=threshold, knowledge=known)
    with writing(out), output.warned():
        if weights is not None:
            write_table(network.weights(frame), weights, index=True)
        write_graph(graph, out)
    edges = [
        {"cause": cause, "effect": effect, "weight": weight}
        for cause, effect, weight in graph.edges(data="weight")
    ]
    size = f"{len(network.columns)} variables, from {counted(len(frame), 'row')}"
    title = f"{data}: {counted(len(edges), 'edge')} among {size}"
    rows = [[edge["cause"], edge["effect"], f"{edge['weight']:.2f}"] for edge in edges]
    report = Report(
        data={"data": data, "model": model, "rows": len(frame)},
        settings={"threshold": threshold or network.threshold, "knowledge": knowledge, "stated": stated},
        results={"edges": edges},
        files=written,
        seconds=output.seconds,
        shown=[table(title, ["cause", "effect", "weight"], rows, None if rows else "no edges")],
    )
    output.finish(report)
