r"""The blocks of Cond-FiP, whose attention follows the edges of a graph, and its encoder.

Tokens are `[nodes, rows, D]`: the variables of all graphs of a batch stand one after another, and a list
of edges holds who is whose parent, so that no work is done for pairs that no edge joins.

The encoder reads rows and a graph, and gives one token per entry. It is trained to tell the noise from the
mechanism, so that its tokens give F at the rows:

.. math:: \hat F(X) = \mathrm{MLP}(E(X, G)) \approx X - N

What they hold of the SCM is what the decoder is conditioned on (Mahajan et al., 2024, section 3.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from foundation_causal.networks.attention import AttentionBlock
from foundation_causal.networks.dag_attention import edge_attention


class Edges(NamedTuple):
    """Positions of parents and children among the nodes, `[edges]` each."""

    parent: Tensor
    child: Tensor

    @classmethod
    def of(cls, adjacency: Tensor) -> Edges:
        """Read the edges off graphs `[B, d, d]`, whose nodes are counted through the batch.

        >>> Edges.of(torch.tensor([[[0, 1], [0, 0]], [[0, 0], [1, 0]]]))
        Edges(parent=tensor([0, 3]), child=tensor([1, 2]))
        """
        graph, parent, child = adjacency.nonzero(as_tuple=True)
        d = adjacency.shape[-1]
        return cls(graph * d + parent, graph * d + child)

    @classmethod
    def into(
        cls, nodes: Sequence[int], parents: Sequence[Sequence[int] | NDArray[np.intp]]
    ) -> tuple[list[int], Edges]:
        """All parents of some nodes, and the edges between positions among the parents and among the nodes.

        >>> Edges.into([2], [[], [], [1, 0]])
        ([0, 1], Edges(parent=tensor([1, 0]), child=tensor([0, 0])))
        """
        involved = sorted({int(i) for j in nodes for i in parents[j]})
        place = {i: k for k, i in enumerate(involved)}
        return involved, cls.between([(place[int(i)], k) for k, j in enumerate(nodes) for i in parents[j]])

    @classmethod
    def between(cls, pairs: Sequence[tuple[int, int]]) -> Edges:
        """Make edges of pairs of a parent and a child.

        >>> Edges.between([(0, 2), (1, 2)])
        Edges(parent=tensor([0, 1]), child=tensor([2, 2]))
        """
        return cls(*torch.tensor(pairs, dtype=torch.long).reshape(-1, 2).unbind(1))


class ParentBlock(AttentionBlock):
    r"""A pre-norm block in which a variable attends to its parents in the same row.

    .. math:: h = x + \mathrm{DA}(\mathrm{LN}(x)), \qquad y = h + \mathrm{MLP}(\mathrm{LN}(h))

    with the DAG-attention `DA` of :func:`foundation_causal.networks.dag_attention.edge_attention`. Norms of
    their own for queries, keys and values would change nothing: their gains and offsets are part of the
    linear maps.

    Shapes:
        `[nodes, rows, D]` -> `[nodes, rows, D]`.
    """

    def forward(self, x: Tensor, edges: Edges) -> Tensor:  # type: ignore[override]
        """Tokens after the block."""
        q, k, v = self.qkv(self.norm_attention(x)).unflatten(-1, (3, self.heads, -1)).unbind(-3)
        x = x + self.out(edge_attention(q, k, v, *edges).flatten(-2))
        return x + self.mlp(self.norm_mlp(x))


class RowBlock(AttentionBlock):
    """An attention block over the rows of each variable, by torch's fused kernel.

    On axes as long as a table it is five times as fast in float32 as attention that is spelled out, whose
    scores leave the processor's cache.

    Shapes:
        `[nodes, rows, D]` -> `[nodes, rows, D]`.
    """

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """Tokens after the block."""
        q, k, v = self.qkv(self.norm_attention(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        x = x + self.out(mixed.transpose(1, 2).flatten(2))
        return x + self.mlp(self.norm_mlp(x))


class Layers(nn.Module):
    """Attention over the rows of each variable, then over the parents in each row; several times.

    Shapes:
        `[nodes, rows, D]` -> `[nodes, rows, D]`.
    """

    def __init__(self, layers: int, width: int, *, heads: int, widening: int) -> None:
        super().__init__()
        size = {"heads": heads, "widening": widening}
        self.over_rows = nn.ModuleList(RowBlock(width, **size) for _ in range(layers))
        self.over_parents = nn.ModuleList(ParentBlock(width, **size) for _ in range(layers))

    def forward(self, x: Tensor, edges: Edges) -> Tensor:
        """Tokens after all blocks."""
        for over_rows, over_parents in zip(self.over_rows, self.over_parents, strict=True):
            x = over_parents(over_rows(x), edges)
        return x


class Encoder(nn.Module):
    """Tokens of a data set, and F at its rows.

    Args:
        width: Token width `D`.
        layers: Pairs of blocks, one over rows and one over parents.
        heads: Attention heads; divides `D`.
        widening: Hidden width of the blocks' feed-forward parts, in units of `D`.
        head: Hidden width of the read-out, which has two hidden layers.

    Shapes:
        standardized values `[nodes, rows]` -> tokens `[nodes, rows, D]`; `functions` reads F off them,
        `[nodes, rows]`.
    """

    def __init__(self, width: int, *, layers: int, heads: int, widening: int, head: int) -> None:
        super().__init__()
        self.embed = nn.Linear(1, width)
        self.layers = Layers(layers, width, heads=heads, widening=widening)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Sequential(
            nn.Linear(width, head), nn.GELU(), nn.Linear(head, head), nn.GELU(), nn.Linear(head, 1)
        )

    def forward(self, x: Tensor, edges: Edges) -> Tensor:
        """Tokens of the values."""
        return self.norm(self.layers(self.embed(x[..., None]), edges))

    def functions(self, tokens: Tensor) -> Tensor:
        """F at the rows, read off their tokens."""
        return self.head(tokens).squeeze(-1)


class AdaptiveBlock(nn.Module):
    r"""A block whose state attends to its parents' embedded values, and whose norms a condition sets.

    .. math::
        h = n + g_1 \, \mathrm{DA}\big((1 + s_1)\,\mathrm{LN}(n) + b_1,\; \mathrm{LN}(z)\big), \qquad
        n' = h + g_2 \, \mathrm{MLP}\big((1 + s_2)\,\mathrm{LN}(h) + b_2\big)

    with shifts b, scales s and gates g read off the condition of the variable (Peebles and Xie, 2023). They
    start at zero: an untrained block passes its state on.

    Shapes:
        state and embedded values `[nodes, rows, D]`, condition `[nodes, D]` -> state `[nodes, rows, D]`.
    """

    def __init__(self, width: int, *, heads: int, key_size: int, widening: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_state = nn.LayerNorm(width, elementwise_affine=False)
        self.norm_values = nn.LayerNorm(width)
        self.norm_mlp = nn.LayerNorm(width, elementwise_affine=False)
        self.q = nn.Linear(width, heads * key_size)
        self.kv = nn.Linear(width, 2 * heads * key_size)
        self.out = nn.Linear(heads * key_size, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, widening * width), nn.GELU(), nn.Linear(widening * width, width)
        )
        adapt = nn.Linear(width, 6 * width)
        nn.init.zeros_(adapt.weight)
        nn.init.zeros_(adapt.bias)
        self.adapt = nn.Sequential(nn.SiLU(), adapt)

    def forward(self, state: Tensor, z: Tensor, condition: Tensor, edges: Edges) -> Tensor:
        """The state after the block."""
        b1, s1, g1, b2, s2, g2 = self.adapt(condition)[:, None].chunk(6, -1)
        q = self.q((1 + s1) * self.norm_state(state) + b1).unflatten(-1, (self.heads, -1))
        k, v = self.kv(self.norm_values(z)).unflatten(-1, (2, self.heads, -1)).unbind(-3)
        state = state + g1 * self.out(edge_attention(q, k, v, *edges).flatten(-2))
        return state + g2 * self.mlp((1 + s2) * self.norm_mlp(state) + b2)


def look_up(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Attention of the rows of a query to those of a context.

    Args:
        queries: `[nodes, heads, m, key size]`.
        keys: `[nodes, heads, n, key size]`.
        values: `[nodes, heads, n, value size]`.

    Returns:
        `[nodes, m, D]`, the heads side by side.
    """
    weights = (queries * queries.shape[-1] ** -0.5 @ keys.transpose(-1, -2)).softmax(-1).to(values.dtype)
    return (weights @ values).transpose(1, 2).flatten(2)


def normalized(width: int) -> nn.Sequential:
    """A linear map without offset, followed by a norm."""
    return nn.Sequential(nn.Linear(width, width, bias=False), nn.LayerNorm(width))


def pooled(x: Tensor) -> Tensor:
    """The maximum over rows, `[nodes, rows, D] -> [nodes, D]`."""
    return torch.amax(x, 1)
