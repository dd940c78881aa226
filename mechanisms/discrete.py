"""Columns of counts and codes are modelled as if they were continuous, and a warning says of which."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import networkx as nx
import numpy as np

from foundation_causal.data import Observations
from foundation_causal.errors import quoted
from mechanisms.model import Array

FEW = 20  # different whole numbers; with so many or more, a column may well pass for continuous


class DiscreteWarning(UserWarning):
    """Columns hold few different whole numbers; their samples will lie between these."""


def few_whole_numbers(column: Array) -> bool:
    """Whether a column [n] holds whole numbers only, and fewer than `FEW` different ones.

    >>> few_whole_numbers(np.array([0.0, 1.0, 1.0])), few_whole_numbers(np.arange(20.0))
    (True, False)
    """
    return bool((column == np.round(column)).all()) and len(np.unique(column)) < FEW


def warn_of_discrete(table: Observations, graphs: Iterable[nx.DiGraph]) -> None:
    """Warn of the columns of few whole numbers that have causes in one of the graphs.

    A column without causes keeps to the values that it has (:func:`mechanisms.noise.draw_noise`).
    """
    caused = {str(name) for graph in graphs for name, causes in graph.in_degree() if causes}
    found = [
        name
        for name, column in zip(table.names, table.values.T, strict=True)
        if name in caused and few_whole_numbers(column)
    ]
    if found:
        warnings.warn(
            f"Few different values, all of them whole numbers, stand in {quoted(found)}: modelled as "
            "continuous, so that samples of them are not whole.",
            DiscreteWarning,
            stacklevel=3,  # whoever called `infer`
        )
