"""Edges that the probabilities speak against: the reverse is more probable, or there is rather no edge.

A graph is one whole answer, the probabilities are of each edge by itself, and the two can disagree: the best
graph may hold an edge only because, without it, another one would have to turn. Whoever shows a graph shows
which edges these are.
"""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from foundation_causal.errors import InputError, counted, quoted

TURNED = "the reverse is more probable"
UNLIKELY = "less probable than not"
NAMED_AT_MOST = 6  # edges in a sentence


def edge_table(graph: nx.DiGraph, probabilities: pd.DataFrame) -> pd.DataFrame:
    """One row for every edge of a graph: how probable it is, how probable its reverse, and what is doubtful.

    Args:
        graph: Over d variables; only directed edges are looked at, and none with other marks.
        probabilities: `[d, d]`, in row i and column j the probability of i -> j, from 0 to 1.

    Returns:
        The columns cause, effect, probability, reverse (the probability of effect -> cause) and doubt: empty,
        "the reverse is more probable", or "less probable than not", which is below 1/2.

    Raises:
        InputError: No table of probabilities, one that lacks a node, or a number that is no probability.

    >>> names = ["a", "b", "c"]
    >>> table = pd.DataFrame([[0, 0.9, 0.3], [0, 0, 0.4], [0.1, 0.5, 0]], index=names, columns=names)
    >>> edge_table(nx.DiGraph([("a", "b"), ("a", "c"), ("b", "c")]), table)["doubt"].tolist()
    ['', 'less probable than not', 'the reverse is more probable']
    """
    matrix, place = _matrix(graph, probabilities)
    rows = []
    for cause, effect, values in graph.edges(data=True):
        if "marks" in values:
            continue
        i, j = place[str(cause)], place[str(effect)]
        there, back = float(matrix[i, j]), float(matrix[j, i])
        if not 0 <= there <= 1:
            raise InputError(
                f"The probability of '{cause}' -> '{effect}' is {there:g}; give a number from 0 to 1."
            )
        doubt = TURNED if back > there else UNLIKELY if there < 0.5 else ""
        rows.append((cause, effect, there, back, doubt))
    return pd.DataFrame(rows, columns=["cause", "effect", "probability", "reverse", "doubt"])


def doubtful_sentence(table: pd.DataFrame) -> str | None:
    """What a table of edges says of the doubtful ones, in a sentence; None if there are none.

    >>> rows = [("a", "b", 0.4, 0.5, TURNED), ("a", "c", 0.9, 0.0, "")]
    >>> doubtful_sentence(pd.DataFrame(rows, columns=["cause", "effect", "probability", "reverse", "doubt"]))
    '1 of 2 edges is doubtful (less probable than not, or than its reverse): a -> b (0.40, reverse 0.50).'
    """
    doubtful = table[table["doubt"] != ""]
    if doubtful.empty:
        return None
    shown = [
        f"{row.cause} -> {row.effect} ({row.probability:.2f}, reverse {row.reverse:.2f})"
        for row in doubtful.sort_values("probability", kind="stable").head(NAMED_AT_MOST).itertuples()
    ]
    more = len(doubtful) - len(shown)
    named = ", ".join(shown) + (f" and {more} more" if more else "")
    is_are = "is" if len(doubtful) == 1 else "are"
    why = "less probable than not, or than its reverse"
    return f"{len(doubtful)} of {counted(len(table), 'edge')} {is_are} doubtful ({why}): {named}."


def _matrix(graph: nx.DiGraph, probabilities: Any) -> tuple[np.ndarray[Any, Any], dict[str, int]]:
    """The probabilities `[d, d]` as numbers, NaN where they are none, and the place of every node."""
    if not isinstance(probabilities, pd.DataFrame):
        kind = type(probabilities).__name__
        raise InputError(f"The probabilities are of the type {kind}; give a pandas DataFrame.")
    named = probabilities.rename(index=str, columns=str).apply(pd.to_numeric, errors="coerce")
    nodes = [str(node) for node in graph]
    missing = [node for node in nodes if node not in named.index or node not in named.columns]
    if missing:
        raise InputError(f"The probabilities lack {quoted(missing)}; give a row and a column for every node.")
    named = named.loc[~named.index.duplicated(), ~named.columns.duplicated()]
    return named.loc[nodes, nodes].to_numpy(dtype=float), {node: i for i, node in enumerate(nodes)}
