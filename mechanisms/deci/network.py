r"""DECI's mechanisms as one round of message passing along the graph (Geffner et al., 2022).

.. math:: f_i(x) = \zeta\Big(u_i, \sum_j G_{ji} \, \ell(u_j, x_j)\Big)

with learned node embeddings u. Both networks are shared by all variables.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing


class Perceptron(nn.Module):
    """Two hidden layers with layer norm, LeakyReLU, and a residual around the second.

    Shapes:
        embeddings `[k, e]` of nodes, and what each of them is told, `[k, n, m]` -> `[k, n, out]`.
    """

    def __init__(self, embedding: int, told: int, hidden: int, out: int) -> None:
        super().__init__()
        # The first layer of the two side by side: the embedding's share is the same for all rows.
        self.node = nn.Linear(embedding, hidden)
        self.told = nn.Linear(told, hidden, bias=False)
        self.second = nn.Linear(hidden, hidden)
        self.norm_first, self.norm_second = nn.LayerNorm(hidden), nn.LayerNorm(hidden)
        self.out = nn.Linear(hidden, out)

    def forward(self, embeddings: Tensor, told: Tensor) -> Tensor:
        first = self.norm_first(self.node(embeddings)[:, None] + self.told(told))
        h = nn.functional.leaky_relu(first)
        h = h + nn.functional.leaky_relu(self.norm_second(self.second(h)))
        return self.out(h)


class DECI(MessagePassing):
    """F of one SCM, and the logarithm of each variable's noise scale.

    Args:
        parents: bool `[d, d]`, `parents[i, j]`: j is a parent of i.
        embedding: size of the node embeddings, and of the messages.
        hidden: width of the two networks.

    Shapes:
        rows `[n, d]` and nodes `[k]` -> F at the nodes, `[n, k]`; standardized units.
    """

    parents: Tensor

    def __init__(self, parents: Tensor, *, embedding: int, hidden: int) -> None:
        super().__init__(aggr="sum", node_dim=0)
        self.register_buffer("parents", parents)
        self.embedding = nn.Parameter(torch.randn(len(parents), embedding))
        self.send = Perceptron(embedding, 1, hidden, embedding)
        self.receive = Perceptron(embedding, embedding, hidden, 1)
        self.log_scale = nn.Parameter(torch.zeros(len(parents)))

    def forward(self, rows: Tensor, nodes: Sequence[int]) -> Tensor:
        asked = list(nodes)
        senders = self.parents[asked].any(0).nonzero()[:, 0]
        edges = self.parents[asked][:, senders].nonzero().t().flip(0)
        told = self.send(self.embedding[senders], rows.t()[senders, :, None])
        received = self.propagate(edges, told=(told, None), size=(len(senders), len(asked)))
        return self.receive(self.embedding[asked], received)[..., 0].t()

    def message(self, told_j: Tensor) -> Tensor:
        return told_j
