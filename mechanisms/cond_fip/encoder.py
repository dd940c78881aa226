r"""The data set encoder: rows and a graph in, one token per entry out, and with them F at the rows.

.. math:: \hat F(X) = \mathrm{MLP}(E(X, G)) \approx X - N

It is trained to tell the noise from the mechanism; what its tokens know of the SCM is then what the decoder
is conditioned on (Mahajan et al., 2024, section 3.1).
"""

from torch import Tensor, nn

from foundation_causal.attention import AttentionBlock
from mechanisms.cond_fip.blocks import Edges, ParentBlock


class Layers(nn.Module):
    """Attention over the rows of each variable, then over the parents in each row, several times.

    Shapes:
        `[nodes, rows, D]` -> `[nodes, rows, D]`.
    """

    def __init__(self, layers: int, width: int, *, heads: int, widening: int) -> None:
        super().__init__()
        size = {"heads": heads, "widening": widening}
        self.over_rows = nn.ModuleList(AttentionBlock(width, **size) for _ in range(layers))
        self.over_parents = nn.ModuleList(ParentBlock(width, **size) for _ in range(layers))

    def forward(self, x: Tensor, edges: Edges) -> Tensor:
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
        return self.norm(self.layers(self.embed(x[..., None]), edges))

    def functions(self, tokens: Tensor) -> Tensor:
        """F at the rows, from their tokens."""
        return self.head(tokens).squeeze(-1)
