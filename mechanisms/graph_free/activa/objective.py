r"""What ACTIVA is trained on, and by what it is judged."""

from math import log

import torch
from torch import Tensor

from mechanisms.graph_free.activa.network import Activa, Query

BETA = 0.1


def evidence(
    network: Activa, query: Query, outcome: Tensor, *, beta: float = BETA, per_row: bool = True
) -> Tensor:
    r"""The beta-ELBO of interventional rows (ACTIVA, equations 3 and 5), from one draw of the latent code.

    .. math:: \frac{1}{m} \sum_i \log p_\gamma(v_i \mid z) - \beta \log \frac{q_\phi(z)}{p_\eta(z)}

    The divergence of a normal from a mixture has no closed form; the same draw estimates it.

    Args:
        network: The model.
        query: Of `B` data sets.
        outcome: Rows under the intervention, `[B, m, d]`.
        beta: Weight of the divergence.
        per_row: Take the mean over rows, so that `beta` weighs against one row, whatever their number;
            otherwise their sum, which with `beta=1` is the evidence lower bound of the whole data set. The
            paper does not tell which. With the sum a `beta` of .1 weighs next to nothing: the code then says
            of the rows what no prior can know, and draws of the prior decode to something else.

    Returns:
        `[B]`, in nats.
    """
    prior, encoder = network.prior_and_encoder(query, outcome)
    z = encoder.rsample()
    logs = network.decode(z, query).distribution().log_prob(outcome.double().transpose(0, 1))
    return (logs.mean(0) if per_row else logs.sum(0)) - beta * (encoder.log_prob(z) - prior.log_prob(z))


def log_prob_of_others(network: Activa, z: Tensor, query: Query, outcome: Tensor) -> tuple[Tensor, Tensor]:
    """Log densities `[B, m]` of interventional rows under a decoded code, the variable that is set left out.

    Besides the mean of the decoded distribution, `[B, d]`.
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
    """What the mixture of `draws` decoded draws of the prior says of interventional rows `[B, m, d]`.

    Returns:
        Log densities `[B, m]` in nats, the variable that is set left out; means `[B, d]` of the draws.
    """
    prior = network.prior(query)
    found = [log_prob_of_others(network, prior.sample(), query, outcome) for _ in range(draws)]
    return torch.stack([logs for logs, _ in found]).logsumexp(0) - log(draws), [mean for _, mean in found]
