"""What several commands tell of their data and of the graph found in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.output import table

if TYPE_CHECKING:
    import networkx as nx
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Group

    from cli.inputs import Source


def notes(source: Source) -> list[str]:
    """What is special about the values that a graph is discovered from, one sentence each."""
    from discovery.table_warnings import about_columns

    missing, sentences = source.frame.isna().to_numpy(), []
    if source.left_out:
        sentences.append(f"Rows without any value, which were left out: {source.left_out:,}.")
    if missing.any():
        sentences.append(f"Missing values: {_share(missing)}.")
    if source.table.intervened is not None:
        sentences.append(f"Values set by an intervention: {_share(source.table.intervened)}.")
    return [*sentences, *map(str, about_columns(source.frame))]


def of_complete_rows(complete: int, rows: int) -> list[str]:
    """A sentence on the rows that the mechanisms come from, if those are not all."""
    return [] if complete == rows else [f"The mechanisms come from the {complete:,} complete rows."]


def counts(source: Source) -> dict[str, int]:
    """The size of the data, and how many of the values are special, for a JSON document."""
    rows, columns = source.frame.shape
    intervened = source.table.intervened
    return {
        "rows": rows,
        "columns": columns,
        "missing": int(source.frame.isna().to_numpy().sum()),
        "intervened": 0 if intervened is None else int(intervened.sum()),
    }


def _share(mask: NDArray[np.bool_]) -> str:
    return f"{mask.sum():,} of {mask.size:,}, in {mask.any(axis=1).sum():,} of {len(mask):,} rows"


def edge_list(graph: nx.DiGraph) -> list[dict[str, Any]]:
    """The cause, effect and, in a discovered graph, probability of every edge, in the columns' order."""
    return [{"cause": cause, "effect": effect, **extra} for cause, effect, extra in graph.edges(data=True)]


def edge_table(graph: nx.DiGraph, title: str) -> Group:
    """The edges as a table for people."""
    edges = edge_list(graph)
    columns = ["cause", "effect", *(["probability"] if any("probability" in edge for edge in edges) else [])]
    rows = [[_rounded(edge.get(column)) for column in columns] for edge in edges]
    return table(title, columns, rows, None if edges else "no edges")


def _rounded(value: Any) -> Any:
    return f"{value:.2f}" if isinstance(value, float) else value
