"""AVICI's training data, its measurement on held-out SCMs, and its model card.

Training takes batches of simulated data sets of random size, observational or partly interventional. What is
measured is average precision on held-out SCMs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from discovery.avici.network import Avici, inputs
from discovery.network.training_tasks import mean_auprc
from foundation_causal.checks import check_sizes
from foundation_causal.networks.pretrained import parameter_count
from foundation_causal.networks.training import Batch
from foundation_causal.runtime import hardware
from foundation_causal.simulate import Gaussian, Interventions, Laplace, Prior, SCMBatch, p_in, prior
from foundation_causal.simulate.random import drawn_from, drawn_size

PRIORS: tuple[Prior, ...] = tuple(
    replace(observational, interventions=Interventions())
    for observational in (p_in(noises=(Gaussian(), Laplace())), prior("wide"))
)
INTERVENTIONAL = 0.5  # share of the batches with interventional rows
ACTIVE = 0.25  # share of the interventional rows in those
VALIDATION_SEED = 78_000_000  # far from the seeds of training batches
SIZES = (5, 10, 20)


@dataclass(frozen=True)
class Stream:
    """Draws batches, each from one of `PRIORS`: `stream(generator)`.

    Args:
        variables: Range of `d`, log-uniform, ends included.
        rows: Range of `n`, log-uniform, ends included.
        tokens: Entries `B n d` of a batch, which is what it costs.

    Raises:
        InputError: Ranges that are empty or begin too low.
    """

    variables: tuple[int, int] = (2, 50)
    rows: tuple[int, int] = (800, 800)
    tokens: int = 240_000

    def __post_init__(self) -> None:
        check_sizes(variables=self.variables, rows=self.rows)

    def __call__(self, generator: torch.Generator) -> Batch:
        """One batch: inputs `[B, n, d, 2]` and adjacency `[B, d, d]`."""
        batch = self.draw(generator)
        return inputs(batch.data, batch.intervened), batch.adjacency.float()

    def draw(self, generator: torch.Generator) -> SCMBatch:
        """The SCMs of one batch, with their rows."""
        d, n = (drawn_size(bounds, generator) for bounds in (self.variables, self.rows))
        chosen = drawn_from(PRIORS, generator)
        active = round(ACTIVE * n) if float(torch.rand((), generator=generator)) < INTERVENTIONAL else 0
        scms = self.batch_size(d, n)
        return chosen.draw(scms=scms, d=d, n=n - active, n_interventional=active, seed=generator)

    def batch_size(self, d: int, n: int) -> int:
        """SCMs in a batch of `d` variables and `n` rows."""
        return max(1, self.tokens // (n * d))


class Predictor(Protocol):
    """A structure network."""

    def probabilities(self, data: Tensor, intervened: Tensor | None = None) -> Tensor:
        """Data `[B, n, d]` and an intervention mask `[B, n, d]` -> probabilities `[B, d, d]`."""
        ...


@dataclass(frozen=True)
class HeldOut:
    """Held-out SCMs of one kind: rows `[B, n, d]`, intervention mask, adjacency `[B, d, d]`."""

    data: Tensor
    intervened: Tensor | None
    adjacency: Tensor

    def score(self, model: Predictor) -> float:
        """The mean average precision of the model's probabilities."""
        return mean_auprc(self.adjacency, model.probabilities(self.data, self.intervened).cpu())

    def by_correlation(self) -> float:
        """The mean average precision of the absolute correlation of every pair, which needs no training."""
        correlations = torch.stack([torch.corrcoef(x.T).abs() for x in self.data.double()])
        return mean_auprc(self.adjacency, correlations)


class Validation:
    """Average precision on held-out SCMs of P_IN and of "wide", in each of `SIZES`.

    Args:
        n: Rows of every data set.
        scms: SCMs of every kind.
        interventions: Whether to measure P_IN with a quarter of the rows interventional, too.
    """

    def __init__(self, n: int, scms: int = 32, *, interventions: bool = True) -> None:
        self.n, self.groups = n, dict[str, HeldOut]()
        kinds = [("P_IN", PRIORS[0], 0), ("wide", PRIORS[1], 0)]
        if interventions:
            kinds.append(("P_IN with interventions", PRIORS[0], n // 4))
        for number, d in enumerate(SIZES):
            for name, source, active in kinds:
                batch = source.draw(
                    scms=scms, d=d, n=n - active, n_interventional=active, seed=VALIDATION_SEED + number
                )
                mask = batch.intervened if active else None
                self.groups[f"{name}, d = {d}"] = HeldOut(batch.data, mask, batch.adjacency)

    def __call__(self, model: Predictor) -> dict[str, float]:
        """The mean average precision on every group, by its name."""
        return {name: group.score(model) for name, group in self.groups.items()}


CARD = """---
library_name: foundation-causal
license: mit
tags: [causal-discovery, avici]
---
# AVICI

Edge probabilities of a causal DAG by attention over variables and samples (Lorch et al., NeurIPS 2022);
{parameters:,} parameters: width {width}, {layers} layers, {heads} heads of size {key_size}.

- **Prior**: half of the batches from P_IN of Cond-FiP with Gaussian or Laplace noise, half from "wide";
  {variables[0]}-{variables[1]} variables and {rows[0]}-{rows[1]} rows, both log-uniform. In half of the
  batches, a quarter of the rows are interventional: one random variable each, set to a random value.
- **Data seen**: {steps:,} steps of about {tokens:,} entries, {scms:,} SCMs, each once.
- **Cost**: {minutes:.0f} minutes of processor time on {hardware}.
- **Dual variable** of the acyclicity penalty at the end: {dual:.2g}.
- **Command**: `{command}`
- **Held-out SCMs** ({held_out} a group, {n} rows), mean average precision of the network alone,
  beside it that of the absolute correlation:

| group | AVICI | correlation |
|---|---|---|
{table}

- **Known limits**: no missing values, no latent confounders, no use of prior knowledge; what lies outside the
  ranges above is extrapolation.
"""


def card(
    model: Avici,
    stream: Stream,
    validation: Validation,
    *,
    steps: int,
    scms: int,
    processor_seconds: float,
    dual: float,
    command: str,
) -> str:
    """The model card, from what was trained and measured."""
    scores = validation(model)
    rows = (
        f"| {name} | {score:.3f} | {validation.groups[name].by_correlation():.3f} |"
        for name, score in scores.items()
    )
    return CARD.format(
        parameters=parameter_count(model),
        width=model.embed.out_features,
        layers=len(model.over_samples),
        heads=model.heads,
        key_size=model.key_size,
        variables=stream.variables,
        rows=stream.rows,
        steps=steps,
        tokens=stream.tokens,
        scms=scms,
        minutes=processor_seconds / 60,
        hardware=hardware(),
        dual=dual,
        command=command,
        held_out=len(next(iter(validation.groups.values())).data),
        n=validation.n,
        table="\n".join(rows),
    )
