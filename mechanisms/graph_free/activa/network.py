"""ACTIVA as one pretrained model: its parts, how data sets and queries are put to it, and likelihoods."""

from __future__ import annotations

from math import log
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.distributions import Distribution, MixtureSameFamily

from foundation_causal.errors import InputError
from foundation_causal.networks.pretrained import Pretrained
from foundation_causal.networks.units import Units
from mechanisms.graph_free.activa.pair_guide import Guide
from mechanisms.graph_free.activa.parts import Decoder, Embedding, LatentEncoder, LatentPrior
from mechanisms.graph_free.distribution import Components

FARTHEST = 1000.0  # standard deviations: what is set further out looks the same to the network
MAX_ATTENDED_ROWS = 200  # that attention runs over; closed forms read all
STRUCTURE = {"width": 96, "layers": 5, "heads": 4, "widening": 2}  # of the bundled edge transformer
BETA = 0.1  # weight of the divergence in the objective


class Query(NamedTuple):
    """Observations, and the intervention whose effect is requested; raw units.

    Attributes:
        context: `[B, n, d]`.
        target: Bool `[B, d]`, the variable that is set.
        value: `[B]`, what it is set to.
    """

    context: Tensor
    target: Tensor
    value: Tensor


class Activa(Pretrained):
    r"""p(V | D, do): a conditional VAE (Sauter, Salehkaleybar, Plaat and Acar, section 5).

    The defaults are the paper's for two variables; :data:`mechanisms.graph_free.activa.train.SIZES` has
    all of Table 4.

    Args:
        encoding: "index" is the paper's: the network reads which variable is set, always to the same value,
            and values in units of `unit`. With "value" it reads the value, too; values are standardized by
            the observations, and the variable that is set stands at its value exactly.
        value: The one value of "index".
        unit: What raw values are divided by with "index".
        variables: Range of the number of variables in training.
        rows: Range of the number of rows in training.
        width: Width `e` of all tokens.
        hidden: Width `h` of feed-forward parts and MLPs.
        layers: Blocks `L` of an embedding, an even number.
        decoder_layers: Blocks `K` of the decoder.
        heads: Attention heads.
        latent: Width of the latent code of each variable, which the paper does not name.
        prior_components: Parts `k` of the prior.
        components: Parts `c` of the decoder's mixture.
        dropout: Chance of dropout in all blocks.
        jitter: The least variance of an answer, in units of `unit` or of the observations.
        reach: Standard deviations from the observed mean within which training sets values, with "value".
        guide_layers: Blocks of a :class:`mechanisms.graph_free.activa.pair_guide.Guide`; 0 for none, as in
            the paper.
        structure: Arguments of its edge transformer; those of the bundled one by default.

    Example:
        >>> network = Activa(encoding="value")
        >>> query = Query(torch.randn(1, 50, 3), torch.tensor([[True, False, False]]), torch.tensor([1.7]))
        >>> answer = network.decode(network.prior(query).sample(), query).distribution()
        >>> answer.sample((100,)).shape
        torch.Size([100, 1, 3])
    """

    def __init__(
        self,
        *,
        encoding: Literal["index", "value"] = "index",
        value: float = 5.0,
        unit: float = 5.0,
        variables: tuple[int, int] = (2, 2),
        rows: tuple[int, int] = (40, 40),
        width: int = 64,
        hidden: int = 128,
        layers: int = 2,
        decoder_layers: int = 4,
        heads: int = 2,
        latent: int = 64,
        prior_components: int = 2,
        components: int = 1,
        dropout: float = 0.1,
        jitter: float = 1e-4,
        reach: float = 3.0,
        guide_layers: int = 0,
        structure: dict[str, int] | None = None,
    ) -> None:
        super().__init__()
        if encoding not in ("index", "value"):
            raise InputError(f"There is no encoding {encoding!r} of interventions; use 'index' or 'value'.")
        self.encoding, self.value, self.unit = encoding, float(value), float(unit)
        self.reach = float(reach)
        self.variables, self.rows = (variables[0], variables[1]), (rows[0], rows[1])
        size: dict[str, Any] = {"hidden": hidden, "heads": heads, "dropout": dropout}
        channels = 1 if encoding == "index" else 2
        self.guide = (
            Guide(width, layers=guide_layers, structure=structure or STRUCTURE) if guide_layers else None
        )
        self.observed = Embedding(channels, width, layers=layers, **size)
        self.intervened = Embedding(channels, width, layers=layers, **size)
        self.latent_prior = LatentPrior(width, hidden, latent, prior_components)
        self.latent_encoder = LatentEncoder(width, hidden, latent)
        self.decoder = Decoder(
            latent, width, layers=decoder_layers, components=components, jitter=jitter, **size
        )

    def units(self, context: Tensor) -> Units:
        """What values are centred by and divided by, `[B, 1, d]` each, for observations `[B, n, d]`."""
        if self.encoding == "value":
            return Units.of(context)
        like = context[:, :1]
        return Units(torch.zeros_like(like), torch.full_like(like, self.unit))

    def prior(self, query: Query) -> MixtureSameFamily:
        """The distribution of the latent code `[d, latent]`, from observations and query alone."""
        return self.latent_prior(self._observed(query))

    def prior_and_encoder(self, query: Query, outcome: Tensor) -> tuple[Distribution, Distribution]:
        """The prior, and the distribution of the encoder, which sees interventional rows `[B, m, d]`, too."""
        observed = self._observed(query)
        both = torch.cat([observed, self._tokens(self.intervened, outcome, query)], -1)
        return self.latent_prior(observed), self.latent_encoder(both)

    def decode(self, z: Tensor, query: Query) -> Components:
        """The interventional distribution of a latent code `[B, d, latent]`, in raw units."""
        centre, scale = (x.squeeze(1) for x in self.units(query.context))
        answer = self.decoder(z).scaled(centre, scale)
        return answer.set_to(query.target, query.value) if self.encoding == "value" else answer

    def _observed(self, query: Query) -> Tensor:
        guide = None
        if self.guide is not None:
            guide = self.guide(query.context, query.target, self._where(query)[query.target])
        return self._tokens(self.observed, query.context, query, guide)

    def _where(self, query: Query) -> Tensor:
        """The value in observed standard deviations from the mean of each variable, `[B, d]`."""
        units = Units.of(query.context)
        where = units.standardized(query.value[:, None, None].to(query.context)).squeeze(1)
        return where.clamp(-FARTHEST, FARTHEST)

    def _tokens(
        self, embedding: Embedding, rows: Tensor, query: Query, guide: Tensor | None = None
    ) -> Tensor:
        rows = rows[:, :MAX_ATTENDED_ROWS]
        # Rows far from 0 lose their differences in the network's precision, unless they are centred before.
        kind = self.decoder.means.weight.dtype
        units, target = self.units(query.context), query.target.to(kind)
        channels = [target]
        if self.encoding == "value":
            channels.append(target * self._where(query).to(kind))
        return embedding(units.standardized(rows).to(kind), torch.stack(channels, -1), guide)


def beta_elbo(
    network: Activa, query: Query, outcome: Tensor, *, beta: float = BETA, per_row: bool = True
) -> Tensor:
    r"""The beta-ELBO of interventional rows (ACTIVA, equations 3 and 5), from one draw of the latent code.

    .. math:: \frac{1}{m} \sum_i \log p_\gamma(v_i \mid z) - \beta \log \frac{q_\phi(z)}{p_\eta(z)}

    The divergence of a normal from a mixture has no closed form; the same draw estimates it.

    Args:
        network: The model.
        query: Queries of `B` data sets.
        outcome: Rows under the intervention, `[B, m, d]`.
        beta: Weight of the divergence.
        per_row: Take the mean over rows, so that `beta` weighs against one row, whatever their number;
            otherwise their sum, which with `beta=1` is the evidence lower bound of the whole data set. The
            paper does not say which. With the sum a `beta` of .1 weighs next to nothing: the code then holds
            of the rows what no prior can know, and draws of the prior decode to something else.

    Returns:
        `[B]`, in nats.
    """
    prior, encoder = network.prior_and_encoder(query, outcome)
    z = encoder.rsample()
    logs = network.decode(z, query).distribution().log_prob(outcome.double().transpose(0, 1))
    return (logs.mean(0) if per_row else logs.sum(0)) - beta * (encoder.log_prob(z) - prior.log_prob(z))


def log_prob_of_others(network: Activa, z: Tensor, query: Query, outcome: Tensor) -> tuple[Tensor, Tensor]:
    """Log densities of interventional rows under a decoded code, the variable that is set left out.

    Returns:
        Log densities `[B, m]`, and the mean of the decoded distribution, `[B, d]`.
    """
    # Without spread the set variable counts nothing.
    answer = network.decode(z, query).set_to(query.target, query.value)
    rows = torch.where(query.target[:, None], query.value[:, None, None], outcome).double()
    distribution = answer.distribution()
    return distribution.log_prob(rows.transpose(0, 1)).T, distribution.mean


@torch.no_grad()
def predictive_of_others(
    network: Activa, query: Query, outcome: Tensor, *, draws: int = 50
) -> tuple[Tensor, list[Tensor]]:
    """Log densities of interventional rows `[B, m, d]` under a mixture of decoded draws of the prior.

    Returns:
        Log densities `[B, m]` in nats, the variable that is set left out; means `[B, d]` of the draws.
    """
    prior = network.prior(query)
    answers = [log_prob_of_others(network, prior.sample(), query, outcome) for _ in range(draws)]
    densities = torch.stack([logs for logs, _ in answers]).logsumexp(0) - log(draws)
    return densities, [mean for _, mean in answers]
