"""`foundation-causal stability`: which edges come back when the rows are drawn again."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import (
    OUTPUT_PATH,
    cluster_option,
    data_argument,
    discovery_options,
    output_options,
    seed_option,
)
from cli.output import Output, Report, table
from foundation_causal.errors import counted

if TYPE_CHECKING:
    from rich.console import Group

    from discovery.resampling import Stability

WORTH_SHOWING = 0.1  # the screen shows edges in at least this share of the graphs; the files have all


@click.command()
@data_argument
@click.option(
    "--replicates", type=int, default=100, show_default=True, help="How many resamples of the rows."
)
@click.option("--jobs", type=int, default=1, show_default=True, help="Processes; -1: one for each core.")
@cluster_option
@click.option(
    "--resample",
    metavar="HOW",
    default="half",
    show_default=True,
    help="`half` of the rows, or a `bootstrap` of all of them, drawn with replacement.",
)
@click.option(
    "--out", type=OUTPUT_PATH, metavar="TABLE", required=True, help="Table of edges: .csv, .tsv, .parquet."
)
@click.option(
    "--consensus", type=OUTPUT_PATH, metavar="GRAPH", help="Also write the edges that most graphs have here."
)
@click.option("--graphs", type=OUTPUT_PATH, metavar="DIR", help="Also write the graph of each resample here.")
@discovery_options
@seed_option
@output_options
def stability(
    data: str,
    replicates: int,
    jobs: int,
    cluster: str | None,
    resample: str,
    out: Path,
    consensus: Path | None,
    graphs: Path | None,
    structure: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    """Find the graph of DATA again and again on resampled rows, and count how often each edge comes back."""
    from cli.inputs import (
        check_not_read,
        check_output_graph,
        check_output_table,
        given,
        read_files,
        read_for_discovery,
    )
    from cli.notes import counts, edge_list, notes
    from cli.staging import check_new, staged_folder, writing
    from foundation_causal.graph_files import write_graph
    from foundation_causal.table_files import write_table

    check_output_table(out)
    check_output_graph(consensus)
    written = given(out, consensus, graphs)
    check_not_read(written, read_files(data, structure))
    width = len(str(replicates))
    names = [f"graph-{k + 1:0{width}}.json" for k in range(replicates)]
    if graphs is not None:
        check_new(graphs, names)
    with output.reading(data):
        source, known = read_for_discovery(data, structure, seed)
    with nullcontext() if graphs is None else staged_folder(graphs) as folder:
        with output.stage("discover", "Finding the graphs") as tell, output.warned():
            from discovery.resampling import bootstrap

            how: dict[str, Any] = {"replicates": replicates, "seed": seed, "resample": resample}
            how |= {name: structure[name] for name in ("refine", "confounders", "model")}
            how["knowledge"] = known
            replicated = bootstrap(source.table, jobs=jobs, cluster=cluster, progress=tell, **how)
        if folder is not None:
            with writing(folder):
                for name, graph in zip(names, replicated.graphs, strict=True):
                    write_graph(graph, folder / name)
    with writing(out), output.warned():
        write_table(replicated.edges, out)
        if consensus is not None:
            write_graph(replicated.graph, consensus)
    report = Report(
        data={"data": data, **counts(source.table)},
        settings=how | structure,
        results={
            "edges": replicated.edges.to_dict(orient="records"),
            "consensus": edge_list(replicated.graph),
        },
        notes=notes(source),
        warnings=output.warnings,
        files=written,
        seconds=output.seconds,
        shown=[_edge_table(replicated, data)],
    )
    output.finish(report)


def _edge_table(stability: Stability, data: str) -> Group:
    """The edges for people to read, without those that hardly ever come back."""
    edges = stability.edges[stability.edges["share"] >= WORTH_SHOWING]
    rare = len(stability.edges) - len(edges)
    rows = [
        [cause, effect, *(f"{value:.2f}" for value in values)]
        for cause, effect, *values in edges.itertuples(index=False)
    ]
    title = f"{data}: how often each edge comes back in {counted(len(stability.graphs), 'resample')}"
    columns = [name.replace("_", " ") for name in edges.columns]
    caption = f"Edges in less than {WORTH_SHOWING:.0%} of the graphs: {rare}." if rare else None
    return table(title, columns, rows, caption)
