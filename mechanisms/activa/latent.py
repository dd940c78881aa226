r"""The two distributions of the latent code: the prior of a query, and the encoder that knows the answer.

Both have the same constant variance and no covariance, and all that is learned is where they lie (ACTIVA,
section 5.3).
"""

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent, MixtureSameFamily, Normal

VARIANCE = 0.1
TOGETHER = 0.3  # how far components start from each other, in units of their weights
ALIKE = 0.01  # of what their scores would differ by


class LatentPrior(nn.Module):
    r"""The conditional prior, a mixture.

    .. math:: p_\eta(z \mid D, do) = \sum_j \rho_j \, \mathcal{N}(z;\, \mu_j,\, 0.1)

    Two MLPs read means and weights off the token of each variable; the weights' scores are averaged over the
    variables, so that their order does not matter.

    Args:
        width: Width of the tokens.
        hidden: Hidden width of the MLPs.
        latent: Width of the code of each variable.
        components: Of the mixture, `k`.

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
        code of every query falls into the same one, and the others never learn of any.
        """
        for parameter in self.means[-1].parameters():
            parts = parameter.view(self.components, -1)
            chosen = parts[of].clone()
            parts.copy_(chosen + TOGETHER * chosen.square().mean().sqrt() * torch.randn(parts.shape))
        for parameter in self.scores[-1].parameters():
            parameter.mul_(ALIKE)

    def forward(self, tokens: Tensor) -> MixtureSameFamily:
        means = precise(self.means(tokens)).unflatten(-1, (self.components, -1)).transpose(1, 2)
        return MixtureSameFamily(
            Categorical(logits=precise(self.scores(tokens)).mean(1), validate_args=False),
            Independent(Normal(means, VARIANCE**0.5, validate_args=False), 2, validate_args=False),
            validate_args=False,
        )


class LatentEncoder(nn.Module):
    r"""Where the code of a query lies whose answer is known: \(q_\phi(z \mid V, D, do) = N(z; \mu, 0.1)\).

    Shapes:
        tokens of observations and of interventional rows, `[B, d, e]` each -> a distribution over
        `[d, latent]` for each of `B`.
    """

    def __init__(self, width: int, hidden: int, latent: int) -> None:
        super().__init__()
        self.means = two_layers(2 * width, hidden, latent)

    def forward(self, tokens: Tensor) -> Distribution:
        """Tokens `[B, d, 2 e]`, both kinds side by side."""
        means = precise(self.means(tokens))
        return Independent(Normal(means, VARIANCE**0.5, validate_args=False), 2, validate_args=False)


def two_layers(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """A two-layer perceptron."""
    return nn.Sequential(nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, outputs))


def precise(x: Tensor) -> Tensor:
    """In float32 at least."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
