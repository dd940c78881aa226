r"""FiP: a transformer whose attention follows the graph, trained on one data set (Scetbon et al., 2024).

The network has a codebook, positions, and blocks in which a variable attends to its parents:

.. math::
    z_j = x_j \, C_j + P_j, \qquad h_0 = P, \qquad
    h = n_l + \mathrm{DA}(\mathrm{LN}(n_l), z), \qquad n_{l+1} = h + \mathrm{MLP}(\mathrm{LN}(h)), \qquad
    F(x) = w^\top n_L

where `DA` is DAG-attention. The states start at the positions and never see their own variable, so that
output j depends on the row through the parents of j.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import networkx as nx
import torch
from torch import Tensor, nn

from foundation_causal.errors import InputError
from foundation_causal.networks.dag_attention import mix_parents
from foundation_causal.observations import Observations
from foundation_causal.runtime import one_thread
from mechanisms.per_table.network_fitting import NetworkModel, Training, check_settings, fitted, standardized


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
        graph: A DAG over the variables.
        order: Instead of the graph, the variables with causes before effects: all variables before one may
            be its parents, and the model's graph has all these edges.
        width: Width of codes and states; the heads divide it.
        layers: Blocks of attention and feed-forward.
        heads: Attention heads.
        widening: Hidden width of the feed-forward parts, in units of `width`.
        training: Steps, rates and early stopping; see :class:`mechanisms.per_table.network_fitting.Training`.
        seed: The same data and seed give the same model, whatever the order of rows and columns.

    Raises:
        InputError: Graph or order do not fit the data, both or neither are given, too few rows tell of a
            variable, or a size that cannot be.

    Example:
        >>> import numpy as np, pandas as pd
        >>> from foundation_causal.observations import observations
        >>> cause = np.random.default_rng(0).normal(size=200)
        >>> data = observations(pd.DataFrame({"cause": cause, "effect": 2 * cause + 1e-3 * cause**2}))
        >>> model = fit_fip(data, order=["cause", "effect"], width=8, training=Training(steps=150))
        >>> bool(abs(model.predict_nodes([1], np.array([[1.0, 0.0]])).item() - 2) < 0.2)
        True
    """
    if (graph is None) == (order is None):
        raise InputError("FiP needs a graph or an order of the variables; give one of the two.")
    check_settings(width=width, layers=layers, heads=heads, widening=widening)
    if width % heads:
        raise InputError(f"The {heads} heads do not divide the width {width}; change one of the two.")
    if order is not None:
        graph = complete_dag(order, data.names)
    table = standardized(data, graph, seed)
    network = table.made(
        lambda: FiP(table.parents, width=width, layers=layers, heads=heads, widening=widening), seed
    )
    return fitted(network, reconstruction, table, training or Training(), seed)


def reconstruction(network: nn.Module, rows: Tensor, free: Tensor, nodes: Sequence[int]) -> Tensor:
    """Squared error of the nodes; mean over free entries."""
    error = (rows[:, nodes] - network(rows, nodes)) ** 2
    return torch.sum(error * free[:, nodes]) / free[:, nodes].sum().clamp(min=1)  # a batch may have none


def complete_dag(order: Sequence[str], names: Sequence[str]) -> nx.DiGraph:
    """The DAG with an edge from every variable to all that follow it in the order.

    Raises:
        InputError: The order does not hold each name once.
    """
    causes_first = [str(name) for name in order]
    if sorted(causes_first) != sorted(names):
        raise InputError(f"The order must hold each of the {len(names)} variables once, by its name.")
    graph = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from(combinations(causes_first, 2))
    return graph


class FiP(nn.Module):
    """The functions F of one SCM.

    Args:
        parents: Bool `[d, d]`, `parents[i, j]`: j is a parent of i, or may be one.
        width: Width `D` of codes and states; the heads divide it.
        layers: Blocks.
        heads: Attention heads.
        widening: Hidden width of the feed-forward parts, in units of `D`.

    Shapes:
        rows `[n, d]` and nodes `[k]` -> F at the nodes, `[n, k]`; standardized units.
    """

    parents: Tensor

    def __init__(self, parents: Tensor, *, width: int, layers: int, heads: int, widening: int) -> None:
        super().__init__()
        self.settings = {"width": width, "layers": layers, "heads": heads, "widening": widening}
        self.register_buffer("parents", parents)
        self.code = nn.Parameter(torch.randn(len(parents), width))
        self.position = nn.Parameter(torch.randn(len(parents), width))
        self.blocks = nn.ModuleList(Block(width, heads, widening) for _ in range(layers))
        # No norm before it, which would bound F far from the data.
        self.read = nn.Linear(width, 1)

    def forward(self, rows: Tensor, nodes: Sequence[int]) -> Tensor:
        """F at the nodes."""
        requested = list(nodes)
        state = self.position[requested, None].expand(-1, len(rows), -1)
        for block in self.blocks:
            state = block(state, rows.t(), self.code, self.position, self.parents[requested])
        return self.read(state)[..., 0].t()


class Block(nn.Module):
    """DAG-attention and feed-forward, each with a residual and a norm of the state before it.

    Keys and values are linear in the embedded row, without a norm: a linear mechanism is then one layer with
    constant attention. Maps of codebook and positions are taken once, not for every row.
    """

    def __init__(self, width: int, heads: int, widening: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, widening * width), nn.GELU(), nn.Linear(widening * width, width)
        )

    def forward(self, state: Tensor, rows: Tensor, code: Tensor, position: Tensor, parents: Tensor) -> Tensor:
        """State `[k, n, D]` of the requested nodes, rows `[d, n]`, codes `[d, D]` -> `[k, n, D]`."""
        embedded = rows[..., None] * self.key_value(code)[:, None] + self.key_value(position)[:, None]
        keys, values = embedded.unflatten(-1, (2, self.heads, -1)).unbind(-3)
        queries = self.query(self.norm_attention(state)).unflatten(-1, (self.heads, -1))
        state = state + self.out(mix_parents(queries, keys, values, parents).flatten(-2))
        return state + self.mlp(self.norm_mlp(state))
