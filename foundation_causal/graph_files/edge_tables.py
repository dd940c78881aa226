"""Graphs in .csv files: a matrix of 0 and 1 with names, or a list of edges."""

from __future__ import annotations

import io

import networkx as nx
import pandas as pd

from foundation_causal.errors import InputError
from foundation_causal.files import separator_of
from foundation_causal.graphs import adjacency
from foundation_causal.graphs.edge_marks import Drawing
from foundation_causal.graphs.graph_objects import (
    WEIGHT,
    drawing_of_table,
    is_edge_table,
    matrix_drawing,
)


def read_csv_graph(text: str, names: list[str] | None) -> Drawing:
    """The graph of a matrix, or of a list of edges under a header such as cause,effect.

    Raises:
        InputError: It is neither, or an edge has one end only.
    """
    del names
    separator = separator_of(text.splitlines()[:2], ",")
    table = pd.read_csv(io.StringIO(text), sep=separator, header=None, dtype=str, keep_default_na=False)
    listed = table.iloc[1:].set_axis([str(name) for name in table.iloc[0]], axis=1)
    if is_edge_table(listed):
        return drawing_of_table(listed)
    header, index = table.iloc[0, 1:].tolist(), table.iloc[1:, 0].tolist()
    if not header and str(table.iloc[0, 0]).strip():
        raise InputError("it is neither a matrix with names nor a list of edges; give one of the two.")
    if sorted(header) != sorted(index) or len(set(header)) < len(header):
        raise InputError(
            "its header and its first column differ; write the same names, each once, in both, or a list of "
            "edges under the header cause,effect."
        )
    matrix = table.iloc[1:, 1:].set_axis(index, axis=0).set_axis(header, axis=1).astype(float)
    return matrix_drawing(matrix.loc[header].to_numpy(), header)


def write_matrix(graph: nx.DiGraph) -> str:
    """The graph as a matrix of 0 and 1, in which row i and column j tell of i -> j."""
    return str(pd.DataFrame(adjacency(graph), index=list(graph), columns=list(graph)).to_csv())


def write_edges(graph: nx.DiGraph) -> str:
    """The graph as a list of edges, with the column `weight` where all edges have one.

    Raises:
        InputError: A node has no edge, or a name would be read otherwise.
    """
    alone = [node for node in graph if not graph.degree(node)]
    if alone:
        raise InputError(
            f"A list of edges cannot hold {alone[0]!r:.80}, which has none; choose the format csv, a matrix."
        )
    odd = [node for node in graph if node != node.strip() or not node]
    if odd:
        raise InputError(f"A list of edges cannot hold the name {odd[0]!r:.80}; choose another format.")
    rows = [(cause, effect, values.get(WEIGHT)) for cause, effect, values in graph.edges(data=True)]
    table = pd.DataFrame(rows, columns=["cause", "effect", WEIGHT])
    if table[WEIGHT].isna().any():
        table = table[["cause", "effect"]]
    return str(table.to_csv(index=False))
