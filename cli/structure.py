"""Calling structure discovery, and showing its graph, the same way in every command."""

from typing import TYPE_CHECKING, Any

from cli.tables import table

if TYPE_CHECKING:
    import networkx as nx
    from rich.console import Group


def warnings(rows: int) -> list[str]:
    """What to doubt about a structure discovered from so many rows, one sentence each."""
    from discovery.statistics import ROWS_SEEN

    fewest, most = ROWS_SEEN
    if rows >= fewest:
        return []
    seen = f"the structure network was trained on {fewest:,} to {most:,}"
    return [f"{rows} rows: {seen}; expect wrong edges."]


def edge_list(graph: "nx.DiGraph") -> list[dict[str, Any]]:
    """Cause, effect and (where the graph was discovered) probability of every edge, in the columns' order."""
    return [{"cause": cause, "effect": effect, **extra} for cause, effect, extra in graph.edges(data=True)]


def edge_table(graph: "nx.DiGraph", title: str) -> "Group":
    """The edges for people to read."""
    edges = edge_list(graph)
    columns = ["cause", "effect", *(["probability"] if any("probability" in edge for edge in edges) else [])]
    rows = [[_rounded(edge.get(column)) for column in columns] for edge in edges]
    return table(title, columns, rows, None if edges else "no edges")


def _rounded(value: Any) -> Any:
    return f"{value:.2f}" if isinstance(value, float) else value
