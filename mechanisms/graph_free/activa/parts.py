"""The parts of ACTIVA's network (Sauter, Salehkaleybar, Plaat and Acar, section 5).

The embedding reads a data set and a query, and gives one token per variable. From the tokens follow two
distributions of a latent code: the prior of the query, and the encoder that knows the answer. Both have the
same constant variance and no covariance, and all that is learned is where they lie. The decoder makes a code
a Gaussian mixture over the variables.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent, MixtureSameFamily, Normal

from foundation_causal.errors import InputError
from foundation_causal.networks.attention import AttentionBlock
from mechanisms.graph_free.distribution import Components

VARIANCE = 0.1
TOGETHER = 0.3  # how far components start from each other, in units of their weights
ALIKE = 0.01  # of what their scores would differ by


class Embedding(nn.Module):
    r"""Attention over the variables of each row and the rows of each variable in turn; then the rows' mean.

    .. math:: h_\alpha(D, I) \in \mathbb{R}^{d \times e}

    Every value stands beside the query's values for its variable (ACTIVA, section 5.2). Permuting the
    variables permutes the tokens; permuting the rows changes nothing. Blocks have their norms in front, and
    one more norm stands behind them: such stacks learn without a long warm-up.

    Args:
        channels: Values of the query for each variable.
        width: Width `e` of the tokens.
        hidden: Width `h` of the feed-forward parts, a multiple of `e`.
        layers: Blocks `L`, an even number: half of them over variables, half over rows.
        heads: Attention heads.
        dropout: See :class:`foundation_causal.networks.attention.AttentionBlock`.

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
            raise InputError(f"The embedding has {layers} layers; give an even number.")
        self.embed = nn.Linear(1 + channels, width)
        self.blocks = nn.ModuleList(block(width, hidden, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, rows: Tensor, query: Tensor, guide: Tensor | None = None) -> Tensor:
        """Tokens of the variables."""
        beside = query[:, None].expand(-1, rows.shape[1], -1, -1)
        x = self.embed(torch.cat([rows[..., None], beside], -1))
        if guide is not None:
            x = x + guide[:, None]
        for over in self.blocks:
            # Two blocks and two exchanges of the axes later all is as it was.
            x = over(x).transpose(1, 2)
        return self.norm(x).mean(1)


class LatentPrior(nn.Module):
    r"""The conditional prior, a mixture.

    .. math:: p_\eta(z \mid D, do) = \sum_j \rho_j \, \mathcal{N}(z;\, \mu_j,\, 0.1)

    Two MLPs read means and weights off the token of each variable; the weights' scores are averaged over the
    variables, so that their order does not matter.

    Args:
        width: Width of the tokens.
        hidden: Hidden width of the MLPs.
        latent: Width of the code of each variable.
        components: Parts `k` of the mixture.

    Shapes:
        tokens `[B, d, e]` -> a distribution over `[d, latent]` for each of `B`.
    """

    def __init__(self, width: int, hidden: int, latent: int, components: int) -> None:
        super().__init__()
        self.components = components
        self.means = two_layers(width, hidden, components * latent)
        self.scores = two_layers(width, hidden, components)
        self.draw_together()

    @torch.no_grad()
    def draw_together(self, of: int = 0) -> None:
        """Let all components lie around one of them, about as probable as each other.

        In so many dimensions components that are drawn at random lie hundreds of nats apart, so that the
        code of every query falls into the same one, and the others never learn.

        Args:
            of: Position of that component.
        """
        for parameter in self.means[-1].parameters():
            parts = parameter.view(self.components, -1)
            chosen = parts[of].clone()
            parts.copy_(chosen + TOGETHER * chosen.square().mean().sqrt() * torch.randn(parts.shape))
        for parameter in self.scores[-1].parameters():
            parameter.mul_(ALIKE)

    def forward(self, tokens: Tensor) -> MixtureSameFamily:
        """The prior of the code."""
        means = precise(self.means(tokens)).unflatten(-1, (self.components, -1)).transpose(1, 2)
        return MixtureSameFamily(
            Categorical(logits=precise(self.scores(tokens)).mean(1), validate_args=False),
            Independent(Normal(means, VARIANCE**0.5, validate_args=False), 2, validate_args=False),
            validate_args=False,
        )


class LatentEncoder(nn.Module):
    r"""The encoder, the distribution of the code of a query whose answer is known.

    .. math:: q_\phi(z \mid V, D, do) = \mathcal{N}(z;\, \mu,\, 0.1)

    Shapes:
        tokens of observations and of interventional rows, `[B, d, e]` each -> a distribution over
        `[d, latent]` for each of `B`.
    """

    def __init__(self, width: int, hidden: int, latent: int) -> None:
        super().__init__()
        self.means = two_layers(2 * width, hidden, latent)

    def forward(self, tokens: Tensor) -> Distribution:
        """The distribution of the code, from tokens `[B, d, 2 e]`, both kinds side by side."""
        means = precise(self.means(tokens))
        return Independent(Normal(means, VARIANCE**0.5, validate_args=False), 2, validate_args=False)


class Decoder(nn.Module):
    r"""Attention over the variables, and what is read off them (ACTIVA, section 5.4).

    Means come from each variable's token by a linear map; covariances are \(u u^T / e\) of vectors `u` that
    another linear map gives, plus `jitter` on the diagonal, which bounds the density; weights come from the
    sum of all tokens. Permuting the variables permutes the answer.

    Args:
        latent: Width of the code of each variable.
        width: Width `e` of the tokens.
        hidden: Width `h` of the feed-forward parts.
        layers: Blocks `K`.
        heads: Attention heads.
        dropout: See :class:`foundation_causal.networks.attention.AttentionBlock`.
        components: Parts `c` of the mixture.
        jitter: The least variance, in the network's units.

    Shapes:
        `[B, d, latent]` -> mixtures over `[d]`, in the network's units.
    """

    def __init__(
        self,
        latent: int,
        width: int,
        *,
        hidden: int,
        layers: int,
        heads: int,
        dropout: float,
        components: int,
        jitter: float,
    ) -> None:
        super().__init__()
        self.components, self.jitter = components, jitter
        self.embed = nn.Linear(latent, width)
        self.blocks = nn.Sequential(*(block(width, hidden, heads, dropout) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.means = nn.Linear(width, components)
        self.factors = nn.Linear(width, components * width)
        self.scores = nn.Linear(width, components)

    def forward(self, z: Tensor) -> Components:
        """The mixtures of codes."""
        tokens = self.norm(self.blocks(self.embed(z)))
        # Variances of one network span orders of magnitude, which float32 cannot factor.
        means = self.means(tokens).double().transpose(1, 2)
        factors = self.factors(tokens).double().unflatten(-1, (self.components, -1)).transpose(1, 2)
        covariances = factors @ factors.transpose(-1, -2) / factors.shape[-1]
        least = self.jitter * torch.eye(z.shape[1], dtype=torch.float64, device=z.device)
        return Components(self.scores(tokens.sum(1)).double(), means, covariances + least)


def block(width: int, hidden: int, heads: int, dropout: float) -> AttentionBlock:
    """A transformer block with these sizes.

    Raises:
        InputError: Widths that do not divide.
    """
    if width % heads or hidden % width:
        raise InputError(
            f"The widths are {width} and {hidden}, with {heads} heads; give a first width that is a multiple "
            "of the heads, and a second one that is a multiple of the first."
        )
    return AttentionBlock(width, heads=heads, widening=hidden // width, dropout=dropout)


def two_layers(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """A two-layer perceptron."""
    return nn.Sequential(nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, outputs))


def precise(x: Tensor) -> Tensor:
    """The values in float32 at least."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
