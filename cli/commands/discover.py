"""`foundation-causal discover`: from data to a graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.options import (
    OUTPUT_PATH,
    data_argument,
    discovery_options,
    graph_format_option,
    output_options,
    seed_option,
)
from cli.output import HERE, Output, Report
from foundation_causal.errors import counted


@click.command()
@data_argument
@click.option(
    "--out",
    type=OUTPUT_PATH,
    metavar="GRAPH",
    required=True,
    help="Graph file: .json, .graphml, .gml, .dot, .csv and others.",
)
@graph_format_option
@click.option(
    "--probabilities", type=OUTPUT_PATH, metavar="TABLE", help="Also write the edge probabilities here."
)
@discovery_options
@seed_option
@output_options
def discover(
    data: str,
    out: Path,
    graph_format: str | None,
    probabilities: Path | None,
    structure: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    """Find the causal graph of DATA, in which values may be missing.

    Of more than 1,000 rows, 1,000 that are spread evenly decide between graphs.
    """
    from cli.inputs import (
        check_names,
        check_not_read,
        check_output_graph,
        check_output_table,
        given,
        read_files,
        read_for_discovery,
    )
    from cli.notes import (
        counts,
        discover_graph,
        doubtful_list,
        doubts,
        edge_list,
        edge_table,
        hidden_causes,
        notes,
    )
    from cli.staging import writing
    from foundation_causal.graph_files import write_graph
    from foundation_causal.table_files import write_table

    check_output_graph(out, graph_format)
    check_output_table(probabilities)
    written = given(out, probabilities)
    check_not_read(written, read_files(data, structure))
    with output.stage("read", f"Reading {data}"):
        source, known = read_for_discovery(data, structure, seed)
    check_names(source.names, graph_format or out)
    prediction = discover_graph(source, known, structure, output)
    with writing(out), output.warned():
        if probabilities is not None:
            write_table(prediction.probabilities, probabilities, index=True)
        write_graph(prediction.graph, out, graph_format)
    rows, columns = source.frame.shape
    edges = counted(prediction.graph.number_of_edges(), "edge")
    title = f"{data}: {edges} among {columns} variables, from {rows:,} rows"
    report = Report(
        data={"data": data, **counts(source.table)},
        settings={**structure, "seed": seed},
        results={
            "edges": edge_list(prediction.graph),
            "doubtful_edges": doubtful_list(prediction.graph, prediction.probabilities),
            "notes": HERE,
            "warnings": HERE,
            "mechanism_family": prediction.family,
            "hidden_causes": hidden_causes(prediction.mixed_graph),
        },
        notes=[*notes(source), *doubts(prediction.graph, prediction.probabilities)],
        warnings=output.warnings,
        files=written,
        seconds=output.seconds,
        shown=[edge_table(prediction.graph, title, prediction.probabilities)],
    )
    output.finish(report)
