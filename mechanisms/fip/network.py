r"""FiP's network: a codebook, positions, and blocks in which a variable asks its parents.

.. math::
    z_j = x_j \, C_j + P_j, \qquad h_0 = P, \qquad
    h = n_l + \mathrm{DA}(\mathrm{LN}(n_l), z), \qquad n_{l+1} = h + \mathrm{MLP}(\mathrm{LN}(h)), \qquad
    F(x) = w^\top n_L

where `DA` is DAG-attention (Scetbon et al., 2024). The states start at the positions and never see their own
variable, so that output j depends on the row through the parents of j.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mechanisms.dag_attention_sparse import mix_parents


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
        """State `[k, n, D]` of the nodes asked for, rows `[d, n]`, codes `[d, D]` -> `[k, n, D]`."""
        embedded = rows[..., None] * self.key_value(code)[:, None] + self.key_value(position)[:, None]
        keys, values = embedded.unflatten(-1, (2, self.heads, -1)).unbind(-3)
        queries = self.query(self.norm_attention(state)).unflatten(-1, (self.heads, -1))
        state = state + self.out(mix_parents(queries, keys, values, parents).flatten(-2))
        return state + self.mlp(self.norm_mlp(state))


class FiP(nn.Module):
    """F of one SCM.

    Args:
        parents: bool `[d, d]`, `parents[i, j]`: j is a parent of i, or may be one.
        width: width `D` of codes and states; the heads divide it.
        layers: blocks.
        heads: attention heads.
        widening: hidden width of the feed-forward parts, in units of `D`.

    Shapes:
        rows `[n, d]` and nodes `[k]` -> F at the nodes, `[n, k]`; standardized units.
    """

    parents: Tensor

    def __init__(self, parents: Tensor, *, width: int, layers: int, heads: int, widening: int) -> None:
        super().__init__()
        self.register_buffer("parents", parents)
        self.code = nn.Parameter(torch.randn(len(parents), width))
        self.position = nn.Parameter(torch.randn(len(parents), width))
        self.blocks = nn.ModuleList(Block(width, heads, widening) for _ in range(layers))
        # No norm before it, which would bound F far from the data.
        self.read = nn.Linear(width, 1)

    def forward(self, rows: Tensor, nodes: Sequence[int]) -> Tensor:
        asked = list(nodes)
        state = self.position[asked, None].expand(-1, len(rows), -1)
        for block in self.blocks:
            state = block(state, rows.t(), self.code, self.position, self.parents[asked])
        return self.read(state)[..., 0].t()
