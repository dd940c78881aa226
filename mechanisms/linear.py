"""Least squares: each variable is linear in its parents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from foundation_causal.graphs import check_dag, parents_of
from foundation_causal.observations import Observations
from foundation_causal.types import Array
from mechanisms.mechanism_model import MechanismModel, column_by_column


def least_squares(data: Observations, graph: nx.DiGraph, *, seed: int = 0) -> MechanismModel:
    """Linear regression of each variable on its parents, with an intercept; nothing is random.

    Rows in which a variable was set by intervention are left out for it.

    Raises:
        InputError: The graph does not fit the data, or a variable was intervened on in every row.
    """
    return linear_model(data.values, check_dag(graph, data.names), data.free)


@dataclass(frozen=True)
class LinearModel(MechanismModel):
    """Linear mechanisms, x_j = bias_j + sum over i of x_i weights[i, j] + noise.

    Attributes:
        graph: The DAG, nodes in the order of the columns.
        weights: Shape `[d, d]`; zero where there is no edge.
        bias: Shape `[d]`.
    """

    graph: nx.DiGraph
    weights: Array
    bias: Array

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`."""
        return column_by_column(lambda j: self._predict_node(j, values), nodes, len(values))

    def _predict_node(self, j: int, values: Array) -> Array:
        parents = np.flatnonzero(self.weights[:, j])
        return np.asarray(values[:, parents] @ self.weights[parents, j] + self.bias[j])


def linear_model(context: Array, graph: nx.DiGraph, free: NDArray[np.bool_] | None = None) -> LinearModel:
    """Least squares on the parents, with an intercept.

    Args:
        context: Rows, shape `[n, d]`.
        graph: A DAG whose nodes are in the order of the columns.
        free: Bool, shape `[n, d]`: which rows count for which variable; all by default.
    """
    weights, bias = np.zeros((context.shape[1],) * 2), np.zeros(context.shape[1])
    for j, pa in enumerate(parents_of(graph)):
        rows = context if free is None else context[free[:, j]]
        centre = rows.mean(0)
        inputs, target = rows[:, pa] - centre[pa], rows[:, j] - centre[j]
        weights[pa, j] = np.linalg.lstsq(inputs, target, rcond=None)[0]
        bias[j] = centre[j] - centre[pa] @ weights[pa, j]
    return LinearModel(graph, weights, bias)
