"""From a latent code to a Gaussian mixture over the variables."""

from math import pi
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from mechanisms.activa.embedding import block


class Components(NamedTuple):
    """The parts of Gaussian mixtures, float64.

    Attributes:
        logits: of the weights, `[..., c]`.
        means: `[..., c, d]`.
        covariances: `[..., c, d, d]`.
    """

    logits: Tensor
    means: Tensor
    covariances: Tensor

    def set_to(self, target: Tensor, value: Tensor) -> "Components":
        """With the variables in `target` (bool `[..., d]`) at `value` (`[...]`), and without spread there."""
        kept = ~target[..., None, :]
        means = torch.where(kept, self.means, value[..., None, None].double())
        return Components(self.logits, means, self.covariances * (kept[..., None] & kept[..., None, :]))

    def scaled(self, centre: Tensor, scale: Tensor) -> "Components":
        """In other units: times `scale` and plus `centre`, `[..., d]` each."""
        centre, scale = centre.double()[..., None, :], scale.double()[..., None, :]
        covariances = self.covariances * scale[..., None] * scale[..., None, :]
        return Components(self.logits, self.means * scale + centre, covariances)

    def factors(self) -> Tensor:
        """The covariances' lower triangular factors, `[..., c, d, d]`.

        A variable without spread gets the variance at which a normal density is 1 at its centre.
        """
        free = self.covariances.diagonal(dim1=-2, dim2=-1) > 0
        filled = self.covariances + torch.diag_embed((~free).double() / (2 * pi))
        # A matrix that cannot be factored, as in a diverging network, shall give NaN and stop nothing.
        return torch.linalg.cholesky_ex(filled).L

    def distribution(self) -> MixtureSameFamily:
        """The mixtures; variables without spread count nothing: densities are those of the others.

        `log_prob` is right for rows that have the very value where there is no spread, and for no others.
        """
        return MixtureSameFamily(
            Categorical(logits=self.logits, validate_args=False),
            MultivariateNormal(self.means, scale_tril=self.factors(), validate_args=False),
            validate_args=False,
        )


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
        dropout: See :class:`foundation_causal.attention.AttentionBlock`.
        components: Of the mixture, `c`.
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
        tokens = self.norm(self.blocks(self.embed(z)))
        # Variances of one network span orders of magnitude, which float32 cannot factor.
        means = self.means(tokens).double().transpose(1, 2)
        factors = self.factors(tokens).double().unflatten(-1, (self.components, -1)).transpose(1, 2)
        covariances = factors @ factors.transpose(-1, -2) / factors.shape[-1]
        least = self.jitter * torch.eye(z.shape[1], dtype=torch.float64, device=z.device)
        return Components(self.scores(tokens.sum(1)).double(), means, covariances + least)
