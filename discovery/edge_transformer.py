r"""The edge transformer: pair statistics in, edge probabilities out.

Every ordered pair of variables is a token. Attention runs along the rows of the `d` by `d` grid of
tokens (all pairs with the same source), then along its columns (the same target), so that in two blocks
every pair hears of every path of length two through it. The architecture follows SEA (Wu et al., 2024)
in spirit, with closed-form statistics instead of the estimates of other algorithms.
"""

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from discovery.statistics import GLOBAL_FEATURES, PAIR_FEATURES, pair_statistics
from foundation_causal.attention import GridBlock


class EdgeTransformer(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="foundation-causal",
    license="mit",
    tags=["causal-discovery", "edge-transformer"],
):
    r"""Edge logits from pair statistics; equivariant to permuting variables.

    Args:
        width: Token width `D`.
        layers: Number of grid blocks (row attention, then column attention).
        heads: Attention heads.
        widening: Feed-forward hidden width in units of `D`.

    Example:
        >>> model = EdgeTransformer(width=16, layers=1, heads=2)
        >>> model.probabilities(torch.randn(2, 60, 5)).shape
        torch.Size([2, 5, 5])
    """

    def __init__(self, width: int = 64, layers: int = 5, heads: int = 4, widening: int = 2) -> None:
        super().__init__()
        self.forward_features = nn.Linear(PAIR_FEATURES, width)
        self.reverse_features = nn.Linear(PAIR_FEATURES, width)
        self.size_features = nn.Linear(GLOBAL_FEATURES, width)
        self.diagonal = nn.Parameter(torch.zeros(width))
        self.blocks = nn.ModuleList(GridBlock(width, heads=heads, widening=widening) for _ in range(layers))
        self.read = nn.Sequential(nn.LayerNorm(2 * width), nn.Linear(2 * width, width), nn.GELU())
        self.logit = nn.Linear(width, 1)
        nn.init.constant_(self.logit.bias, -2.0)

    def forward(self, pairs: Tensor, size: Tensor) -> Tensor:
        """Pair features `[B, d, d, F]` and global features `[B, G]` -> logits `[B, d, d]`.

        The diagonal carries no meaning.
        """
        d = pairs.shape[1]
        grid = self.forward_features(pairs) + self.reverse_features(pairs.transpose(1, 2))
        grid = grid + self.size_features(size)[:, None, None]
        grid = grid + self.diagonal * torch.eye(d, device=grid.device, dtype=grid.dtype)[..., None]
        for block in self.blocks:
            grid = block(grid)
        both = torch.cat([grid, grid.transpose(1, 2)], -1)
        return self.logit(self.read(both)).squeeze(-1)

    @torch.no_grad()
    def probabilities(self, data: Tensor) -> Tensor:
        """Data `[B, n, d]` in any units -> probability of `i -> j`, `[B, d, d]`, zero on the diagonal."""
        chance = self(*pair_statistics(data)).float().sigmoid()
        return chance * (1 - torch.eye(chance.shape[1], device=chance.device))
