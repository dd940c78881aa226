"""The network that reads a data set and a query: one token per variable comes out."""

import torch
from torch import Tensor, nn

from foundation_causal.attention import AttentionBlock
from foundation_causal.errors import InputError


class Embedding(nn.Module):
    r"""Attention over the variables of each row and the rows of each variable in turn; then the rows' mean.

    .. math:: h_\alpha(D, I) \in \mathbb{R}^{d \times e}

    Every value stands beside what the query says of its variable (ACTIVA, section 5.2). Permuting the
    variables permutes the tokens; permuting the rows changes nothing. Blocks have their norms in front, and
    one more norm stands behind them: such stacks learn without a long warm-up.

    Args:
        channels: Values of the query for each variable.
        width: Width `e` of the tokens.
        hidden: Width `h` of the feed-forward parts, a multiple of `e`.
        layers: Blocks `L`, an even number: half of them over variables, half over rows.
        heads: Attention heads.
        dropout: See :class:`foundation_causal.attention.AttentionBlock`.

    Shapes:
        rows `[B, n, d]`, query `[B, d, channels]`, and tokens `[B, d, e]` that are added to those of each
        row -> `[B, d, e]`.

    Raises:
        InputError: An odd number of layers, or widths that do not divide.
    """

    def __init__(
        self, channels: int, width: int, *, hidden: int, layers: int, heads: int, dropout: float
    ) -> None:
        super().__init__()
        if layers % 2:
            raise InputError(f"The embedding has {layers} layers: give an even number.")
        self.embed = nn.Linear(1 + channels, width)
        self.blocks = nn.ModuleList(block(width, hidden, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, rows: Tensor, query: Tensor, guide: Tensor | None = None) -> Tensor:
        beside = query[:, None].expand(-1, rows.shape[1], -1, -1)
        x = self.embed(torch.cat([rows[..., None], beside], -1))
        if guide is not None:
            x = x + guide[:, None]
        for over in self.blocks:
            # Two blocks and two exchanges of the axes later all is as it was.
            x = over(x).transpose(1, 2)
        return self.norm(x).mean(1)


def block(width: int, hidden: int, heads: int, dropout: float) -> AttentionBlock:
    """A transformer block with these sizes.

    Raises:
        InputError: Widths that do not divide.
    """
    if width % heads or hidden % width:
        raise InputError(
            f"The widths are {width} and {hidden}, with {heads} heads: give a first width that is a multiple "
            "of the heads, and a second one that is a multiple of the first."
        )
    return AttentionBlock(width, heads=heads, widening=hidden // width, dropout=dropout)
