"""Transformer blocks that attend along one axis of a tensor."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from foundation_causal.runtime import is_intel

# Whether torch was built with oneDNN, and knows its product by this name.
ONE_DNN = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")
MANY_TOKENS = 600  # from which on oneDNN's product is the quicker one on Intel's processors, too


def through(layer: nn.Module, x: Tensor) -> Tensor:
    """A linear layer on the last axis of a tensor, `[..., p]` to `[..., q]`.

    In single precision on a processor that is oneDNN's product, which takes half the time of MKL's where a
    processor with AVX-512 is not Intel's, and rounds alike; where gradients are wanted, torch's. On Intel's,
    MKL is the quicker one where tokens are few.
    """
    assert isinstance(layer, nn.Linear)
    is_torchs = torch.is_grad_enabled() or torch.is_autocast_enabled("cpu")
    few = is_intel() and x.numel() < MANY_TOKENS * x.shape[-1]
    if is_torchs or few or not is_for_one_dnn(x, layer.weight):
        return torch.nn.functional.linear(x, layer.weight, layer.bias)
    return one_dnn_product(x, layer.weight, layer.bias)


def is_for_one_dnn(*factors: Tensor) -> bool:
    """Whether :func:`one_dnn_product` takes these: of single precision, on a processor."""
    return ONE_DNN and all(x.dtype == torch.float32 and x.device.type == "cpu" for x in factors)


def one_dnn_product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`x @ weight.T + bias` by oneDNN, without gradients; the shapes are those of a linear layer."""
    product: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return product


class AttentionBlock(nn.Module):
    r"""Pre-norm self-attention and feed-forward, each with a residual (Xiong et al., 2020).

    .. math:: h = x + \mathrm{Attention}(\mathrm{LN}(x)), \qquad y = h + \mathrm{MLP}(\mathrm{LN}(h))

    There is no position code: permuting the tokens permutes the result.

    Args:
        width: Token width `D`.
        heads: Number of heads; divides `D`.
        widening: Hidden width of the feed-forward part, in units of `D`.
        dropout: Chance with which a value that a part adds to its token is left out in training.

    Shapes:
        `[B, ..., tokens, D]` -> `[B, ..., tokens, D]`. On a square grid `[B, tokens, tokens, D]`, `read_bias`
        maps `D` to heads: the score of query `j` and key `k` gains what it reads off token `(j, k)`.

    Example:
        >>> AttentionBlock(16, heads=2, widening=2)(torch.zeros(3, 7, 16)).shape
        torch.Size([3, 7, 16])
    """

    def __init__(self, width: int, *, heads: int, widening: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads = heads
        self.drop = nn.Dropout(dropout)
        self.norm_attention = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, widening * width), nn.GELU(), nn.Linear(widening * width, width)
        )

    def forward(self, x: Tensor, read_bias: nn.Linear | None = None) -> Tensor:
        """Tokens `[B, ..., tokens, D]` that have seen each other, of the same shape."""
        normed = self.norm_attention(x)
        tokens = normed.flatten(0, -3)
        q, k, v = through(self.qkv, tokens).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        # Spelled out: on these short axes torch's fused kernel is 3x slower on a CPU in bfloat16.
        scores = q * (q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        if read_bias is not None:
            bias = read_bias(normed).permute(0, 3, 1, 2)
            scores = (scores.unflatten(0, (len(bias), -1)) + bias[:, None]).flatten(0, 1)
        mixed = scores.softmax(-1).to(v.dtype) @ v
        x = x + self.drop(through(self.out, mixed.transpose(1, 2).flatten(2)).view_as(x))
        widen, bend, narrow = self.mlp
        return x + self.drop(through(narrow, bend(through(widen, self.norm_mlp(x)))))


class GridBlock(nn.Module):
    r"""Attention along the rows of a square grid of tokens, then along its columns.

    In a row, token `(i, j)` weighs the tokens `(i, k)` with a bias that is read off token `(j, k)`, which
    closes the triangle `i, j, k`: the triangle attention of AlphaFold (Jumper et al., 2021, supplement,
    algorithms 13 and 14). In a column, `(i, j)` weighs the tokens `(k, j)` with a bias from `(k, i)`.

    Permuting both axes alike permutes the result. Costs `d` times `d^2` per head and axis instead of
    the `d^4` of full attention over all pairs.

    Shapes:
        `[B, d, d, D]` -> `[B, d, d, D]`.
    """

    def __init__(self, width: int, *, heads: int, widening: int) -> None:
        super().__init__()
        self.along_rows = AttentionBlock(width, heads=heads, widening=widening)
        self.along_columns = AttentionBlock(width, heads=heads, widening=widening)
        self.row_bias = nn.Linear(width, heads, bias=False)
        self.column_bias = nn.Linear(width, heads, bias=False)
        nn.init.zeros_(self.row_bias.weight)
        nn.init.zeros_(self.column_bias.weight)

    def forward(self, grid: Tensor) -> Tensor:
        """Tokens `[B, d, d, D]` that have seen their rows and columns, of the same shape."""
        grid = self.along_rows(grid, self.row_bias)
        return torch.transpose(self.along_columns(grid.transpose(1, 2), self.column_bias), 1, 2)
