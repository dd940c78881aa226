r"""AVICI: the rows of a data set in, edge probabilities out (Lorch et al., NeurIPS 2022, section 4).

Every entry of the data set is a token. Attention runs over the variables of each row, then over the samples
of each variable, and so on; a maximum over the samples leaves one vector per variable, and two views of it,
as a cause and as an effect, give the logit of every edge. Data sets whose tokens are too many to hold at once
are worked on in parts.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from foundation_causal.errors import InputError
from foundation_causal.networks.pretrained import Pretrained

TOKENS_AT_ONCE = 32_768  # tokens whose intermediate results are held together at inference
LARGEST_STATE = 2 * 2**30  # bytes of the tokens of one data set
LONGEST = 5e14  # multiplications in attention over samples: about five hours on one core


class Avici(Pretrained):
    r"""Edge logits from values and intervention masks.

    Permuting the variables permutes the result, permuting the rows changes nothing. The defaults are the
    published ones.

    .. math:: \mathrm{logit}_{ij} = e^t \langle u_i, v_j \rangle + b, \qquad |u_i| = |v_j| = 1

    Args:
        width: Token width `D`.
        layers: Number of layers, each of them a block over variables and a block over samples.
        heads: Attention heads.
        key_size: Width of a head.
        widening: Feed-forward hidden width in units of `D`.
        dropout: Share of the entries of either residual that training sets to zero.
        temperature: Where the learned `t` starts. The paper starts at 0, its released training script at 2.

    Example:
        >>> model = Avici(width=16, layers=1, heads=2, key_size=8)
        >>> model.probabilities(torch.randn(2, 60, 5)).shape
        torch.Size([2, 5, 5])
    """

    def __init__(
        self,
        width: int = 128,
        layers: int = 8,
        heads: int = 8,
        key_size: int = 32,
        widening: int = 4,
        dropout: float = 0.1,
        temperature: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads, self.key_size = heads, key_size
        self.embed = nn.Linear(2, width)
        self.over_variables, self.over_samples = (
            nn.ModuleList(
                Block(width, heads=heads, key_size=key_size, widening=widening, dropout=dropout)
                for _ in range(layers)
            )
            for _ in range(2)
        )
        self.norm = nn.LayerNorm(width)
        self.cause, self.effect = (
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width)) for _ in range(2)
        )
        self.log_temperature = nn.Parameter(torch.tensor(float(temperature)))
        self.bias = nn.Parameter(torch.tensor(-3.0))
        for part in self.modules():
            if isinstance(part, nn.Linear):
                nn.init.kaiming_uniform_(part.weight, nonlinearity="relu")
                nn.init.zeros_(part.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Inputs `[B, n, d, 2]` (see `inputs`) -> logits `[B, d, d]`; the diagonal carries no meaning."""
        z = self.embed(x)
        batch, n, d, _ = z.shape
        for over_variables, over_samples in zip(self.over_variables, self.over_samples, strict=True):
            z = over_variables(z.flatten(0, 1)).unflatten(0, (batch, n)).transpose(1, 2)
            z = over_samples(z.flatten(0, 1)).unflatten(0, (batch, d)).transpose(1, 2)
        return self._logits(self.norm(z).amax(1))

    @torch.no_grad()
    def probabilities(
        self,
        data: Tensor,
        intervened: Tensor | None = None,
        knowledge: Tensor | None = None,
        tokens: int = TOKENS_AT_ONCE,
    ) -> Tensor:
        """Probability of `i -> j`, `[B, d, d]`, zero on the diagonal.

        Args:
            data: `[B, n, d]` in any units.
            intervened: Which entries an intervention set, `[B, n, d]`; None if none.
            knowledge: Ignored: this model cannot use what is known about edges.
            tokens: How many tokens to work on at once. The memory depends on it, the result does not.

        Raises:
            InputError: Data sets beyond `LARGEST_STATE` bytes or `LONGEST` multiplications.
        """
        self.check_size(*data.shape[1:])
        training = self.training
        self.eval()  # without dropout
        logits = [self._logits(self._summary(x, tokens)) for x in inputs(data, intervened)]
        self.train(training)
        chance = torch.stack(logits).float().sigmoid()
        return chance * (1 - torch.eye(chance.shape[1], device=chance.device))

    def check_size(self, n: int, d: int) -> None:
        """Raise InputError if `n` rows of `d` variables are more than can be worked on."""
        width, layers = self.embed.out_features, len(self.over_samples)
        state = 4 * n * d * width
        if state > LARGEST_STATE:
            raise InputError(
                f"{n} rows of {d} columns take AVICI {state / 1e9:.1f} GB of memory; pass at most "
                f"{LARGEST_STATE // (4 * d * width)} rows, or take the edge transformer."
            )
        work = 2 * layers * self.heads * self.key_size * d  # times n^2
        if work * n**2 > LONGEST:
            most = math.isqrt(int(LONGEST / work))
            raise InputError(
                f"{n} rows of {d} columns would keep AVICI busy for hours, as it compares every row with "
                f"every other; pass at most {most} rows, or take the edge transformer."
            )

    def _summary(self, x: Tensor, tokens: int) -> Tensor:
        """The maximum over samples of `forward`, in bounded memory: inputs `[n, d, 2]` -> `[d, D]`."""
        z = self.embed(x)
        for over_variables, over_samples in zip(self.over_variables, self.over_samples, strict=True):
            apply_in_place(over_variables, z, tokens)
            apply_in_place(over_samples, z.transpose(0, 1), tokens)
        parts = z.split(max(1, tokens // z.shape[1]))
        return torch.stack([self.norm(part).amax(0) for part in parts]).amax(0)

    def _logits(self, summary: Tensor) -> Tensor:
        """One vector per variable `[..., d, D]` -> `[..., d, d]`."""
        cause, effect = (F.normalize(view(summary), dim=-1) for view in (self.cause, self.effect))
        return self.log_temperature.exp() * (cause @ effect.transpose(-1, -2)) + self.bias


def inputs(data: Tensor, intervened: Tensor | None = None) -> Tensor:
    """Standardized values beside the intervention mask; a column that does not vary becomes 0.

    Args:
        data: `[B, n, d]` in any units.
        intervened: Which entries an intervention set, `[B, n, d]`; None if none.

    Returns:
        `[B, n, d, 2]`.
    """
    centred = data - data.mean(1, keepdim=True)
    centred = centred / centred.abs().amax(1, keepdim=True).clamp_min(torch.finfo(data.dtype).tiny)
    scale = centred.square().mean(1, keepdim=True).sqrt()
    values = torch.where(scale > 0, centred / scale, 0.0)
    mask = torch.zeros_like(values) if intervened is None else intervened.to(values.dtype)
    return torch.stack([values, mask], -1).float()


class Block(nn.Module):
    r"""Pre-norm attention and feed-forward with residuals; queries, keys and values have norms of their own.

    .. math::
        h = z + \mathrm{Attention}(\mathrm{LN}_q(z), \mathrm{LN}_k(z), \mathrm{LN}_v(z)), \qquad
        y = h + \mathrm{MLP}(\mathrm{LN}(h))

    There is no position code: permuting the tokens permutes the result.

    Args:
        width: Token width `D`.
        heads: Attention heads.
        key_size: Width of a head; `heads * key_size` need not be `D`.
        widening: Hidden width of the feed-forward part, in units of `D`.
        dropout: Share of the entries of either residual that training sets to zero.

    Shapes:
        `[B, tokens, D]` -> `[B, tokens, D]`.

    Example:
        >>> Block(16, heads=2, key_size=4, widening=2, dropout=0.0)(torch.zeros(3, 7, 16)).shape
        torch.Size([3, 7, 16])
    """

    def __init__(self, width: int, *, heads: int, key_size: int, widening: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm_q, self.norm_k, self.norm_v, self.norm_mlp = (nn.LayerNorm(width) for _ in range(4))
        self.q, self.k, self.v = (nn.Linear(width, heads * key_size) for _ in range(3))
        self.out = nn.Linear(heads * key_size, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, widening * width), nn.ReLU(), nn.Linear(widening * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, z: Tensor) -> Tensor:
        """Tokens `[B, tokens, D]` -> `[B, tokens, D]`."""
        return self.attend(z, *self.keys_values(z))

    def keys_values(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values `[B, heads, tokens, key size]` of the tokens `[B, tokens, D]`."""
        return self._heads(self.k(self.norm_k(z))), self._heads(self.v(self.norm_v(z)))

    def attend(self, z: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """The block's result for a part of the tokens `[B, part, D]`, given the keys and values of all."""
        mixed = attention(self._heads(self.q(self.norm_q(z))), keys, values)
        z = z + self.dropout(self.out(mixed.transpose(1, 2).flatten(2)))
        return z + self.dropout(self.mlp(self.norm_mlp(z)))

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


def attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Softmax attention, `[..., tokens, key size]` each, scaled by the root of the key size."""
    if not torch.is_autocast_enabled("cpu"):
        return F.scaled_dot_product_attention(queries, keys, values)
    # Backward, torch's fused kernel is 5x slower than this on a CPU in bfloat16 and short axes.
    weight = (queries * queries.shape[-1] ** -0.5 @ keys.transpose(-1, -2)).softmax(-1)
    return weight.to(values.dtype) @ values


@torch.no_grad()
def apply_in_place(block: nn.Module, z: Tensor, at_once: int) -> None:
    """Overwrite `z` `[B, tokens, D]` by `block(z)`, working on about `at_once` tokens at a time.

    Exact: every token still attends to all. In memory beside `z` are the keys and values of as many elements
    of the batch as fit into `at_once` tokens, of one at least.
    """
    assert isinstance(block, Block)
    for group in z.split(max(1, at_once // z.shape[1])):
        keys, values = block.keys_values(group)
        for part in group.split(at_once, 1):
            part.copy_(block.attend(part, keys, values))
