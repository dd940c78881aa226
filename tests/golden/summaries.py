"""Answers as plain JSON, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import networkx as nx
import numpy as np
import pandas as pd

import foundation_causal as fc

DIGITS = 10  # that are written of a number

# Text, whole numbers, and lists of them are exact; other numbers, and lists of them, have a tolerance.
Answer: TypeAlias = "dict[str, Answer] | list[Any] | str | int | float | None"


def columns(frame: pd.DataFrame, first: int = 3) -> Answer:
    """For each column its mean, its standard deviation and its first values."""
    return {name: [column.mean(), column.std(ddof=0), *column.head(first)] for name, column in frame.items()}


def whole(frame: pd.DataFrame) -> Answer:
    """For each column all of its values."""
    return {str(name): column.tolist() for name, column in frame.items()}


def edges(graph: nx.DiGraph) -> list[str]:
    """Every edge as text, in alphabetical order."""
    return sorted(f"{cause} -> {effect}" for cause, effect in graph.edges)


def prediction(found: fc.Prediction) -> Answer:
    """Graph, probabilities, and graphs that are drawn from them or weighted by the search."""
    answer: dict[str, Answer] = {
        "edges": edges(found.graph),
        "family": found.family,
        "probabilities": whole(found.probabilities),
        "drawn": [edges(graph) for graph in found.sample_graphs(3, seed=1)],
    }
    if found.search is not None:
        weighted = found.weighted_graphs(6, seed=2)
        answer["weighted"] = [edges(graph) for graph, _ in weighted]
        answer["weights"] = [weight for _, weight in weighted]
    return answer


def plain(answer: Any) -> Answer:
    """The same in the types of JSON: numbers to a few digits, what is not a number as None."""
    if isinstance(answer, Mapping):
        return {str(key): plain(value) for key, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [plain(value) for value in answer]
    if answer is None or isinstance(answer, str | bool):
        return answer
    if isinstance(answer, int | np.integer):
        return int(answer)
    return float(f"{answer:.{DIGITS}g}") if np.isfinite(answer) else None


def differences(found: Answer, recorded: Answer, tolerance: float, where: str = "") -> Iterator[str]:
    """One line for everything in which the answer that was found is not the one that was recorded.

    Numbers may differ by the tolerance, relative to themselves or to the largest number of their list, and
    probabilities by the tolerance itself: how small a hopeless one is hangs on the processor.
    """
    if isinstance(found, dict) and isinstance(recorded, dict) and list(found) == list(recorded):
        for key, value in found.items():
            yield from differences(value, recorded[key], tolerance, f"{where}/{key}" if where else key)
    elif not _same(found, recorded, tolerance, float(where.startswith("probabilities/"))):
        yield f"{where or 'answer'}: {found} in place of {recorded}"


def _same(found: Answer, recorded: Answer, tolerance: float, least: float) -> bool:
    if found == recorded:
        return True
    left, right = _numbers(found), _numbers(recorded)
    if left is None or right is None or left.shape != right.shape:
        return False
    size = np.nanmax(np.abs(right), initial=least)
    return np.allclose(left, right, rtol=tolerance, atol=tolerance * size, equal_nan=True)


def _numbers(answer: Answer) -> np.ndarray | None:
    """As an array, NaN for None; None if there is text among the numbers or all of them are whole."""
    values = answer if isinstance(answer, list) else [answer]
    if not any(isinstance(value, float) for value in values):
        return None
    if not all(value is None or type(value) in (int, float) for value in values):
        return None
    return np.array(values, dtype=float)
