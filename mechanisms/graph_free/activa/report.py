"""What a training run of ACTIVA measures on held-out SCMs, and the model card that shows it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from foundation_causal.metrics import mmd, wasserstein
from foundation_causal.networks.pretrained import parameter_count
from foundation_causal.runtime import hardware
from mechanisms.graph_free.activa.data import NEAR, Sample
from mechanisms.graph_free.activa.network import (
    BETA,
    MAX_ATTENDED_ROWS,
    Activa,
    Query,
    beta_elbo,
    log_prob_of_others,
    predictive_of_others,
)
from mechanisms.graph_free.activa.pair_guide import MAX_PROCESS_ROWS

VALIDATION_SEED = 79_100_000  # far from the seeds of training batches and of the frozen suites
DRAWS = 50
COMPARED = 200  # data sets whose rows are compared with rows of the answer, for the card


class Validation:
    """Figures on held-out data sets: the beta-ELBO, and log densities of rows, the set variable left out.

    "log-likelihood" is that of 50 draws of the prior as one mixture, "one draw" that of one, "encoder" that
    of one draw of the encoder, which has seen the rows, and "conditional" that of a normal distribution that
    is fitted to the observations and conditioned on the value; "divergence" is that of encoder and prior.
    Means over the data sets, in nats, all but the divergence per row; the bound for all rows if `per_row` is
    not set. They are drawn alike each time, and take nothing from the random numbers of the training.

    Args:
        draw: Draws a batch of held-out data sets.
        batches: How many batches.
        beta: Weight of the divergence in the bound.
        per_row: See :func:`mechanisms.graph_free.activa.network.beta_elbo`.
    """

    def __init__(
        self,
        draw: Callable[[torch.Generator], Sample],
        batches: int = 1,
        *,
        beta: float = BETA,
        per_row: bool = True,
    ) -> None:
        self.beta, self.per_row = beta, per_row
        self.batches = [draw(torch.Generator().manual_seed(VALIDATION_SEED + i)) for i in range(batches)]

    @torch.no_grad()
    def __call__(self, model: nn.Module) -> dict[str, float]:
        """The figures of a model."""
        assert isinstance(model, Activa)
        device = next(model.parameters()).device
        with torch.random.fork_rng(devices=[] if device.type == "cpu" else [device]):
            torch.manual_seed(VALIDATION_SEED)
            figures = [self._figures(model, _on(device, sample)) for sample in self.batches]
        return {name: float(torch.cat([part[name] for part in figures]).mean()) for name in figures[0]}

    def _figures(self, model: Activa, sample: Sample) -> dict[str, Tensor]:
        prior, encoder = model.prior_and_encoder(*sample)
        z = encoder.sample()
        codes = {"one draw": prior.sample(), "encoder": z}
        return {
            "beta-ELBO": beta_elbo(model, *sample, beta=self.beta, per_row=self.per_row),
            "log-likelihood": predictive_of_others(model, *sample, draws=DRAWS)[0].mean(1),
            **{name: log_prob_of_others(model, code, *sample)[0].mean(1) for name, code in codes.items()},
            "divergence": encoder.log_prob(z) - prior.log_prob(z),
            "conditional": conditional(sample),
        }


def conditional(sample: Sample) -> Tensor:
    """Log density per row, `[B]`, under a normal that is fitted to the observations and conditioned."""
    query, outcome = sample
    densities = []
    for rows, truth, target, value in zip(query.context, outcome, query.target, query.value, strict=True):
        x, mean = rows.double(), rows.double().mean(0)
        covariance = (x - mean).T @ (x - mean) / (len(x) - 1) + 1e-6 * torch.eye(
            x.shape[1], dtype=x.dtype, device=x.device
        )
        t, o = target.nonzero().squeeze(1), (~target).nonzero().squeeze(1)
        slope = covariance[o][:, t] / covariance[t, t]
        residual = covariance[o][:, o] - slope @ covariance[t][:, o]
        centre = mean[o] + slope[:, 0] * (value.double() - mean[t])
        answer = torch.distributions.MultivariateNormal(centre, residual)
        densities.append(answer.log_prob(truth.double()[:, o]).mean())
    return torch.stack(densities)


@torch.no_grad()
def distances(model: Activa, sample: Sample, draws: int) -> Tensor:
    """MMD and Wasserstein distance between the truth and as many rows of the answer, `[B, 2]`.

    Units are raw, or observed standard deviations if the model standardizes.
    """
    query, outcome = sample = _on(next(model.parameters()).device, sample)
    prior = model.prior(query)
    answers = [model.decode(prior.sample(), query).distribution() for _ in range(draws)]
    device = outcome.device
    chosen = torch.randint(draws, (outcome.shape[1],), device=device)
    drawn = torch.stack([answers[int(k)].sample() for k in chosen], 1)
    if model.encoding == "value":
        units, exact = model.units(query.context), query.value[:, None, None].double()
        drawn = units.standardized(torch.where(query.target[:, None], exact, drawn))
        outcome = units.standardized(outcome)
    pairs = [(a.cpu().numpy(), b.double().cpu().numpy()) for a, b in zip(drawn, outcome, strict=True)]
    return torch.tensor([[mmd(a, b), wasserstein(a, b)] for a, b in pairs])


def _on(device: torch.device, sample: Sample) -> Sample:
    return Sample(Query(*(x.to(device) for x in sample.query)), sample.outcome.to(device))


def _first(number: int, sample: Sample) -> Sample:
    return Sample(Query(*(x[:number] for x in sample.query)), sample.outcome[:number])


CARD = """---
library_name: foundation-causal
license: mit
tags: [causal-inference, interventions, activa]
---
# ACTIVA, {data}

Interventional distributions from observations and no graph, by a conditional VAE (Sauter, Salehkaleybar,
Plaat and Acar); {parameters:,} parameters.

- **Query**: {query}.
- **Reads**: {reads}.
- **Prior**: {prior}.
- **Sizes**: {variables} variables and {rows} rows.
- **Data seen**: {steps:,} steps of about {batch:,} data sets each, {freshness}.
- **Objective**: the beta-ELBO, beta {beta:g} against {against}; {optimizer}, learning rate {rate:g}.
- **Hardware**: {hardware}.
- **Command**: `{command}`
- **Held-out data sets**, variable that was set left out, nats, per row but for {summed}:

| figure | mean |
|---|---|
{table}

- **Distance of as many rows of the answer from {compared} held-out outcomes**, {units}:

| draws of the prior | MMD | Wasserstein |
|---|---|---|
{distances}

- **Known limits**: one variable set at a time; complete rows, no latent confounders; data unlike those of the
  prior are extrapolation.
"""
QUERIES = {
    "index": "do(X = {value:g}), the value it was trained on; it is told the variable and reads raw values",
    "value": "do(X = v) for any v within {reach:g} standard deviations of the observed mean, in three "
    "quarters of the data sets within {near:g}; values are standardized",
}
ROWS_READ = "the rows, by attention"
GUIDED = (
    f"up to {MAX_ATTENDED_ROWS} rows, by attention; statistics of all rows through the tokens of the "
    "bundled edge transformer, whose weights are in this file, too, and were not trained further; least "
    f"squares on all rows, and Gaussian processes on at most {MAX_PROCESS_ROWS}"
)


def card(model: Activa, validation: Validation, **facts: object) -> str:
    """The model card, from what was trained and measured.

    Args:
        model: The trained model.
        validation: Measures it on held-out data sets.
        **facts: What the card's text names and the model does not know.
    """
    model.eval()
    number = COMPARED // len(validation.batches)
    few = [_first(number, sample) for sample in validation.batches]
    torch.manual_seed(0)
    apart = [(draws, *torch.cat([distances(model, s, draws) for s in few]).mean(0)) for draws in (1, DRAWS)]
    return CARD.format(
        parameters=parameter_count(model),
        query=QUERIES[model.encoding].format(value=model.value, reach=model.reach, near=NEAR),
        reads=ROWS_READ if model.guide is None else GUIDED,
        variables=" to ".join(map(str, sorted(set(model.variables)))),
        rows=" to ".join(map(str, sorted(set(model.rows)))),
        hardware=hardware(),
        table="\n".join(f"| {name} | {mean:.3f} |" for name, mean in validation(model).items()),
        summed="the divergence" if validation.per_row else "the divergence and the beta-ELBO",
        units="raw units" if model.encoding == "index" else "observed standard deviations",
        compared=sum(len(sample.outcome) for sample in few),
        distances="\n".join(f"| {draws} | {a:.3f} | {b:.2f} |" for draws, a, b in apart),
        **facts,
    )
