r"""The published decoder of Cond-FiP: from a data set to F at any row; output j reads the parents of j only.

It squeezes a data set through one maximum for each variable:

.. math::
    z_{emb} = z \, C + P, \qquad n_{l+1} = \mathrm{Block}_c(n_l, z_{emb}), \qquad T(z) = w^\top n_L

where codebook C, position P, condition c and start n_0 of a variable are read off the maximum of its tokens
over the rows (Mahajan et al., 2024, section 3.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from mechanisms.cond_fip.blocks import AdaptiveBlock, Edges, Layers, normalized, pooled


class Condition(NamedTuple):
    """What the published decoder keeps of a data set: vectors `[nodes, D]`."""

    codebook: Tensor
    position: Tensor
    condition: Tensor
    start: Tensor

    def of(self, nodes: Sequence[int]) -> Condition:
        """The vectors of some of the nodes."""
        return Condition(*(vectors[list(nodes)] for vectors in self))


class Decoder(nn.Module):
    """The published decoder, a conditional fixed-point function.

    Args:
        tokens: Width of the encoder's tokens.
        width: Width `D` of the states.
        condition_layers: Further layers over rows and parents, before the maximum over the rows.
        layers: Adaptive blocks.
        heads: Attention heads; divides the width of the tokens.
        key_size: Width of a head of the adaptive blocks.
        widening: Hidden width of the feed-forward parts, in units of their width.
    """

    def __init__(
        self,
        tokens: int,
        width: int,
        *,
        condition_layers: int,
        layers: int,
        heads: int,
        key_size: int,
        widening: int,
    ) -> None:
        super().__init__()
        self.enter = nn.Linear(tokens, tokens)
        self.over_data = Layers(condition_layers, tokens, heads=heads, widening=widening)
        # Many coordinates hold more: the tokens are widened before their maximum is taken.
        self.widen = nn.Linear(tokens, width)
        self.norm_tokens, self.norm_pooled = nn.LayerNorm(width), nn.LayerNorm(width)
        self.codebook, self.position, self.condition = (normalized(width) for _ in range(3))
        self.start = nn.Linear(width, width, bias=False)
        self.blocks = nn.ModuleList(
            AdaptiveBlock(width, heads=heads, key_size=key_size, widening=widening) for _ in range(layers)
        )
        self.read = nn.Linear(width, 1)

    def summarize(self, tokens: Tensor, edges: Edges) -> Condition:
        """The vectors of each variable, from the encoder's tokens `[nodes, rows, tokens]`."""
        seen = self.norm_tokens(self.widen(self.over_data(self.enter(tokens), edges)))
        mu = self.norm_pooled(pooled(seen))
        return Condition(self.codebook(mu), self.position(mu), self.condition(mu), self.start(mu))

    def forward(self, z: Tensor, parents: Condition, children: Condition, edges: Edges) -> Tensor:
        """F at standardized rows.

        Args:
            z: Values of the variables in `parents`, `[parents, rows]`.
            parents: The vectors of the variables that F reads.
            children: The vectors of the variables whose F is requested; those of `parents` where F is
                requested for all.
            edges: Positions among the parents, and among the children.

        Returns:
            `[children, rows]`.
        """
        embedded = z[..., None] * parents.codebook[:, None] + parents.position[:, None]
        state = children.start[:, None].expand(-1, z.shape[1], -1)
        for block in self.blocks:
            state = block(state, embedded, children.condition, edges)
        return self.read(state).squeeze(-1)
