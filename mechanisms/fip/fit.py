"""Training FiP on one data set."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import networkx as nx
import torch
from torch import Tensor, nn

from foundation_causal.data import Observations
from foundation_causal.errors import InputError
from foundation_causal.threads import one_thread
from mechanisms.fip.network import FiP
from mechanisms.fitting import NetworkModel, Training, checked, fitted, standardized


@one_thread()
def fit_fip(
    data: Observations,
    graph: nx.DiGraph | None = None,
    *,
    order: Sequence[str] | None = None,
    width: int = 32,
    layers: int = 4,
    heads: int = 4,
    widening: int = 2,
    training: Training | None = None,
    seed: int = 0,
) -> NetworkModel:
    """Train FiP on observations, given their DAG or only an order of the variables.

    Its loss is the squared error of each variable reconstructed from its parents, in standardized units.
    Cond-FiP, which came after it, has `width=256, heads=8` (Mahajan et al., 2024); the defaults suit a CPU.

    Args:
        data: n rows of d variables, n >= 30.
        graph: a DAG over the variables.
        order: instead of the graph, the variables with causes before effects: all variables before one may
            be its parents, and the model's graph has all these edges.
        width: of codes and states; the heads divide it.
        layers: blocks of attention and feed-forward.
        heads: attention heads.
        widening: hidden width of the feed-forward parts, in units of `width`.
        training: steps, rates and early stopping; see :class:`mechanisms.fitting.Training`.
        seed: the same data and seed give the same model, whatever the order of rows and columns.

    Raises:
        InputError: graph or order do not fit the data, both or neither are given, too few rows tell of a
            variable, or a size that cannot be.

    Example:
        >>> import numpy as np, pandas as pd
        >>> from foundation_causal.data import observations
        >>> cause = np.random.default_rng(0).normal(size=200)
        >>> data = observations(pd.DataFrame({"cause": cause, "effect": 2 * cause + 1e-3 * cause**2}))
        >>> model = fit_fip(data, order=["cause", "effect"], width=8, training=Training(steps=150))
        >>> bool(abs(model.predict_nodes([1], np.array([[1.0, 0.0]])).item() - 2) < 0.2)
        True
    """
    if (graph is None) == (order is None):
        raise InputError("FiP needs a graph or an order of the variables; give one of the two.")
    checked(width=width, layers=layers, heads=heads, widening=widening)
    if width % heads:
        raise InputError(f"The {heads} heads do not divide the width {width}; change one of the two.")
    if order is not None:
        graph = ordered(order, data.names)
    table = standardized(data, graph, seed)
    network = table.made(
        lambda: FiP(table.parents, width=width, layers=layers, heads=heads, widening=widening), seed
    )
    return fitted(network, reconstruction, table, training or Training(), seed)


def reconstruction(network: nn.Module, rows: Tensor, free: Tensor, nodes: Sequence[int]) -> Tensor:
    """Mean squared error of the nodes, over the entries that are free."""
    error = (rows[:, nodes] - network(rows, nodes)) ** 2
    return torch.sum(error * free[:, nodes]) / free[:, nodes].sum().clamp(min=1)  # a batch may have none


def ordered(order: Sequence[str], names: Sequence[str]) -> nx.DiGraph:
    """The DAG with an edge from every variable to all that follow it in the order.

    Raises:
        InputError: the order does not hold each name once.
    """
    wanted = [str(name) for name in order]
    if sorted(wanted) != sorted(names):
        raise InputError(f"The order must hold each of the {len(names)} variables once, by its name.")
    graph = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from(combinations(wanted, 2))
    return graph
