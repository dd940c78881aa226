"""Training DECI on one data set and its graph."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import torch
from torch import Tensor, nn

from foundation_causal.data import Observations
from foundation_causal.threads import one_thread
from mechanisms.deci.network import DECI
from mechanisms.fitting import NetworkModel, Training, checked, fitted, standardized


@one_thread()
def fit_deci(
    data: Observations,
    graph: nx.DiGraph,
    *,
    embedding: int = 32,
    hidden: int = 64,
    training: Training | None = None,
    seed: int = 0,
) -> NetworkModel:
    """Train DECI's mechanisms by maximum likelihood, the graph being given and the noise Gaussian.

    Each variable has a noise scale of its own, which is learned with the mechanisms.

    Args:
        data: n rows of d variables, n >= 30.
        graph: a DAG over the variables.
        embedding: size of the node embeddings, and of the messages.
        hidden: width of the two networks; the paper's is the larger of 64 and 4 d.
        training: steps, rates and early stopping; see :class:`mechanisms.fitting.Training`.
        seed: the same data and seed give the same model, whatever the order of rows and columns.

    Raises:
        InputError: the graph does not fit the data, too few rows tell of a variable, or a size below 1.

    Example:
        >>> import numpy as np, pandas as pd
        >>> from foundation_causal.data import observations
        >>> cause = np.random.default_rng(0).normal(size=200)
        >>> data = observations(pd.DataFrame({"cause": cause, "effect": 2 * cause + 1e-3 * cause**2}))
        >>> model = fit_deci(data, nx.DiGraph([("cause", "effect")]), training=Training(steps=150))
        >>> bool(abs(model.predict_nodes([1], np.array([[1.0, 0.0]])).item() - 2) < 0.2)
        True
    """
    checked(embedding=embedding, hidden=hidden)
    table = standardized(data, graph, seed)
    network = table.made(lambda: DECI(table.parents, embedding=embedding, hidden=hidden), seed)
    return fitted(network, negative_log_likelihood, table, training or Training(), seed)


def negative_log_likelihood(network: nn.Module, rows: Tensor, free: Tensor, nodes: Sequence[int]) -> Tensor:
    """Of the nodes under Gaussian noise, up to a constant; mean over the entries that are free."""
    assert isinstance(network, DECI)
    log_scale = network.log_scale[list(nodes)]
    noise = (rows[:, nodes] - network(rows, nodes)) * torch.exp(-log_scale)
    return torch.sum((noise**2 / 2 + log_scale) * free[:, nodes]) / free[:, nodes].sum().clamp(min=1)
