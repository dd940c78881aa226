r"""DECI with the graph given: one round of message passing along it, trained on one data set.

.. math:: f_i(x) = \zeta\Big(u_i, \sum_j G_{ji} \, \ell(u_j, x_j)\Big)

with learned node embeddings u (Geffner et al., 2022). Both networks are shared by all variables.
"""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import torch
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing

from foundation_causal.observations import Observations
from foundation_causal.runtime import one_thread
from mechanisms.per_table.network_fitting import NetworkModel, Training, check_settings, fitted, standardized


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
        graph: A DAG over the variables.
        embedding: Size of the node embeddings, and of the messages.
        hidden: Width of the two networks; the paper's is the larger of 64 and 4 d.
        training: Steps, rates and early stopping; see :class:`mechanisms.per_table.network_fitting.Training`.
        seed: The same data and seed give the same model, whatever the order of rows and columns.

    Raises:
        InputError: The graph does not fit the data, too few rows tell of a variable, or a size below 1.

    Example:
        >>> import numpy as np, pandas as pd
        >>> from foundation_causal.observations import observations
        >>> cause = np.random.default_rng(0).normal(size=200)
        >>> data = observations(pd.DataFrame({"cause": cause, "effect": 2 * cause + 1e-3 * cause**2}))
        >>> model = fit_deci(data, nx.DiGraph([("cause", "effect")]), training=Training(steps=150))
        >>> bool(abs(model.predict_nodes([1], np.array([[1.0, 0.0]])).item() - 2) < 0.2)
        True
    """
    check_settings(embedding=embedding, hidden=hidden)
    table = standardized(data, graph, seed)
    network = table.made(lambda: DECI(table.parents, embedding=embedding, hidden=hidden), seed)
    return fitted(network, negative_log_likelihood, table, training or Training(), seed)


def negative_log_likelihood(network: nn.Module, rows: Tensor, free: Tensor, nodes: Sequence[int]) -> Tensor:
    """Negative log likelihood of the nodes under Gaussian noise, up to a constant; mean over free entries."""
    assert isinstance(network, DECI)
    log_scale = network.log_scale[list(nodes)]
    noise = (rows[:, nodes] - network(rows, nodes)) * torch.exp(-log_scale)
    return torch.sum((noise**2 / 2 + log_scale) * free[:, nodes]) / free[:, nodes].sum().clamp(min=1)


class DECI(MessagePassing):
    """The functions F of one SCM, and the logarithm of each variable's noise scale.

    Args:
        parents: Bool `[d, d]`, `parents[i, j]`: j is a parent of i.
        embedding: Size of the node embeddings, and of the messages.
        hidden: Width of the two networks.

    Shapes:
        rows `[n, d]` and nodes `[k]` -> F at the nodes, `[n, k]`; standardized units.
    """

    parents: Tensor

    def __init__(self, parents: Tensor, *, embedding: int, hidden: int) -> None:
        super().__init__(aggr="sum", node_dim=0)
        self.settings = {"embedding": embedding, "hidden": hidden}
        self.register_buffer("parents", parents)
        self.embedding = nn.Parameter(torch.randn(len(parents), embedding))
        self.send = Perceptron(embedding, 1, hidden, embedding)
        self.receive = Perceptron(embedding, embedding, hidden, 1)
        self.log_scale = nn.Parameter(torch.zeros(len(parents)))

    def forward(self, rows: Tensor, nodes: Sequence[int]) -> Tensor:
        """F at the nodes."""
        requested = list(nodes)
        senders = self.parents[requested].any(0).nonzero()[:, 0]
        edges = self.parents[requested][:, senders].nonzero().t().flip(0)
        messages = self.send(self.embedding[senders], rows.t()[senders, :, None])
        received = self.propagate(edges, messages=(messages, None), size=(len(senders), len(requested)))
        return self.receive(self.embedding[requested], received)[..., 0].t()

    def message(self, messages_j: Tensor) -> Tensor:
        """The message along each edge."""
        return messages_j


class Perceptron(nn.Module):
    """Two hidden layers with layer norm, LeakyReLU, and a residual around the second.

    Shapes:
        embeddings `[k, e]` of nodes, and features of each, `[k, n, m]` -> `[k, n, out]`.
    """

    def __init__(self, embedding: int, features: int, hidden: int, out: int) -> None:
        super().__init__()
        # One layer of both side by side: the share of the embedding is the same for all rows.
        self.node = nn.Linear(embedding, hidden)
        self.features = nn.Linear(features, hidden, bias=False)
        self.second = nn.Linear(hidden, hidden)
        self.norm_first, self.norm_second = nn.LayerNorm(hidden), nn.LayerNorm(hidden)
        self.out = nn.Linear(hidden, out)

    def forward(self, embeddings: Tensor, features: Tensor) -> Tensor:
        """Outputs of each node."""
        first = self.norm_first(self.node(embeddings)[:, None] + self.features(features))
        h = nn.functional.leaky_relu(first)
        h = h + nn.functional.leaky_relu(self.norm_second(self.second(h)))
        return self.out(h)
