"""What notebooks show of an answer: a picture and a table, as HTML in which all names are escaped."""

from __future__ import annotations

import html

import networkx as nx
import pandas as pd

from foundation_causal.graphs.doubtful_edges import doubtful_sentence, edge_table

MOST_DRAWN = 150  # edges of a graph that is drawn
MOST_ROWS = 30  # of a table


def graph_view(title: str, graph: nx.DiGraph, probabilities: pd.DataFrame | None = None) -> str:
    """A graph as HTML: a drawing, unless it has a cycle or more than 150 edges, and its edges.

    Args:
        title: A line above.
        graph: The graph.
        probabilities: `[d, d]`, of i -> j in row i and column j, if they are known.

    >>> view = graph_view("<one>", nx.DiGraph([("a", "b & c")]))
    >>> "&lt;one&gt;" in view, "b &amp; c" in view, "<svg" in view
    (True, True, True)
    """
    parts = [_paragraph(title)]
    if 0 < graph.number_of_edges() <= MOST_DRAWN and nx.is_directed_acyclic_graph(graph):
        parts.append(_drawing(graph, probabilities))
    if probabilities is None:
        edges = pd.DataFrame(list(graph.edges), columns=["cause", "effect"])
    else:
        edges = edge_table(graph, probabilities)
        if (sentence := doubtful_sentence(edges)) is not None:
            parts.append(_paragraph(sentence))
    return "".join([*parts, table_view(edges)])


def table_view(table: pd.DataFrame, title: str = "") -> str:
    """The first rows of a table as HTML, beneath a title.

    >>> "3 more rows" in table_view(pd.DataFrame({"a": range(33)}))
    True
    """
    shown = pd.DataFrame(table.head(MOST_ROWS)).to_html(index=False, float_format="{:.3g}".format, na_rep="")
    more = len(table) - MOST_ROWS
    return (
        (_paragraph(title) if title else "") + shown + (_paragraph(f"{more} more rows") if more > 0 else "")
    )


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _drawing(graph: nx.DiGraph, probabilities: pd.DataFrame | None) -> str:
    """The drawing as SVG that can stand inside a page."""
    from foundation_causal.plots import graph as draw
    from foundation_causal.plots.style import svg_text

    drawn = svg_text(draw(graph, probabilities=probabilities))
    return f'<div style="max-width:100%;overflow:auto">{drawn}</div>'
