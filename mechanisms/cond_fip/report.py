"""Simulated data sets for Cond-FiP, what a training run measures on held-out ones, and the model card.

A data set has rows of context and of query, with the true F at both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from foundation_causal.checks import check_sizes
from foundation_causal.errors import InputError
from foundation_causal.metrics import rmse
from foundation_causal.networks.pretrained import parameter_count
from foundation_causal.networks.units import Units
from foundation_causal.runtime import hardware
from foundation_causal.simulate import Beta, Prior, SCMBatch, p_in
from foundation_causal.simulate.named_priors import Kind
from foundation_causal.simulate.random import drawn_from, drawn_size
from mechanisms.cond_fip.network import CondFiP

VALIDATION_SEED = 79_000_000  # far from the seeds of training batches
ROWS, QUERIES, SCMS = 400, 100, 12
KINDS: dict[str, Kind] = {"LIN": "linear", "RFF": "rff"}


class Sample(NamedTuple):
    """Rows in raw units and F at them; `[B, n, d]` twice, `[B, m, d]` twice, `[B, d, d]`."""

    context: Tensor
    context_functions: Tensor
    query: Tensor
    query_functions: Tensor
    adjacency: Tensor


@dataclass(frozen=True)
class Stream:
    """Draws batches, each with one prior and one size: `stream(generator)`.

    Args:
        priors: Where SCMs come from.
        variables: Range of `d`, log-uniform, ends included.
        rows: Range of the number `n` of context rows, log-uniform, ends included.
        queries: Query rows, independent of the context; 0 where only the encoder learns.
        entries: Values `B (n + m) d` of a batch, which is what it costs.
        odd_roots: Share of the roots that get a few values or a heavy tail (:func:`with_odd_roots`).
    """

    priors: Sequence[Prior] = (p_in(),)
    variables: tuple[int, int] = (3, 20)
    rows: tuple[int, int] = (50, 400)
    queries: int = 0
    entries: int = 20_000
    odd_roots: float = 0.0

    def __post_init__(self) -> None:
        check_sizes(variables=self.variables, rows=self.rows)

    def __call__(self, generator: torch.Generator) -> Sample:
        """One batch, whose prior and size are drawn, too."""
        d, n = (drawn_size(bounds, generator) for bounds in (self.variables, self.rows))
        return self.draw(drawn_from(self.priors, generator), d, n, generator)

    def draw(self, prior: Prior, d: int, n: int, generator: torch.Generator) -> Sample:
        """One batch from one prior."""
        rows = n + self.queries
        scms = max(1, self.entries // (rows * d))
        batch = prior.draw(scms=scms, d=d, n=rows, seed=generator)
        if self.odd_roots:
            batch = with_odd_roots(batch, self.odd_roots, generator)
        x, f = batch.data, expected(batch)
        return Sample(x[:, :n], f[:, :n], x[:, n:], f[:, n:], batch.adjacency)


def expected(batch: SCMBatch) -> Tensor:
    """F plus the mean of the noise at all rows, `[B, n, d]`: only this sum is in the data."""
    mean = torch.zeros_like(batch.data[:, :1])
    for part in batch.noises:
        if isinstance(part.noise, Beta):
            first, second = part.parameters["alpha"], part.parameters["beta"]
            mean[part.scm, 0, part.node] = part.parameters["scale"] * first / (first + second)
    return batch.functions + batch.scale(batch.data) * mean


def with_odd_roots(batch: SCMBatch, share: float, generator: torch.Generator) -> SCMBatch:
    """The SCMs with other noise, of the same spread, at some variables without parents.

    A third each: two values, three to six levels, and the amounts of a skewed payment that many do not get
    (zero, or log-normal), as treatments, grades and incomes are.

    Args:
        batch: SCMs and rows.
        share: Of such variables among those without parents.
        generator: Of all chance.
    """

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator, dtype=batch.data.dtype)

    scms, n, d = batch.data.shape
    chance = 0.1 + 0.8 * uniform(scms, 1, d)
    two = (uniform(scms, n, d) < chance).to(batch.data.dtype)
    levels = (uniform(scms, n, d) * (3 + (4 * uniform(scms, 1, d)).floor())).floor()
    normal = torch.randn(scms, n, d, generator=generator, dtype=batch.data.dtype)
    payment = (uniform(scms, n, d) < chance) * (uniform(scms, 1, d) * normal).exp()
    kind = (3 * uniform(scms, 1, d)).floor()
    odd = torch.where(kind == 0, two, torch.where(kind == 1, levels, payment))
    spread, centre = torch.std_mean(odd, 1, keepdim=True)
    odd = (odd - centre) / spread.clamp(min=1e-3) * batch.noise.std(1, keepdim=True)
    chosen = ~batch.adjacency.any(1)[:, None] & (uniform(scms, 1, d) < share)
    noise = torch.where(chosen, odd, batch.noise)
    try:
        data = batch.generate(noise)
    except InputError:  # a few mechanisms leave the range of numbers
        return batch
    return replace(batch, noise=noise, data=data, functions=batch.evaluate(data))


class Validation:
    """RMSE of F on held-out SCMs from P_IN, d = 10 and 20, in standard deviations of the context.

    Args:
        stage: "encoder" measures F at the context, from the encoder; "decoder" F at other rows.
    """

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.held_out: dict[str, Sample] = {}
        for number, (name, kind) in enumerate(KINDS.items()):
            for d in (10, 20):
                stream = Stream(queries=QUERIES, entries=SCMS * d * (ROWS + QUERIES))
                seed = torch.Generator().manual_seed(VALIDATION_SEED + 10 * number + d)
                self.held_out[f"{name} {d}"] = stream.draw(p_in([kind]), d, ROWS, seed)

    @torch.no_grad()
    def __call__(self, model: nn.Module) -> dict[str, float]:
        """The error on each kind of SCM."""
        assert isinstance(model, CondFiP)
        device = next(model.parameters()).device
        samples = {name: Sample(*(x.to(device) for x in kept)) for name, kept in self.held_out.items()}
        return {name: self._rmse(model, sample) for name, sample in samples.items()}

    def _rmse(self, model: CondFiP, sample: Sample) -> float:
        if self.stage == "encoder":
            functions, truth = model.denoised(sample.context, sample.adjacency), sample.context_functions
        else:
            functions, truth = model(sample.query, sample.context, sample.adjacency), sample.query_functions
        scale = Units.of(sample.context).scale
        return rmse(*((x / scale).flatten(0, 1).cpu() for x in (functions, truth)))


CARD = """---
library_name: foundation-causal
license: mit
tags: [structural-causal-models, cond-fip]
---
# Cond-FiP

The mechanisms of an SCM from its data and graph, by attention (Mahajan et al., 2024); {parameters:,}
parameters, {encoder:,} of them in the encoder.

- **Prior**: {prior}; {variables[0]}-{variables[1]} variables and {rows[0]}-{rows[1]} rows, both log-uniform.
- **Data seen**: {encoder_steps:,} steps for the encoder, then {decoder_steps:,} for the decoder, of
  {entries:,} values each. Every SCM once.
- **Hardware**: {hardware}.
- **Command**: `{command}`
- **Held-out SCMs** of P_IN ({scms} a cell, {n} rows), RMSE of F at other rows than those of the context, in
  standard deviations:

| cell | decoder | encoder, at the context |
|---|---|---|
{table}

- **Known limits**: additive noise, complete rows, no latent confounders; mechanisms unlike those of the prior
  are extrapolation.
"""


def card(
    model: CondFiP,
    variables: tuple[int, int],
    rows: tuple[int, int],
    prior: str,
    encoder_steps: int,
    decoder_steps: int,
    entries: int,
    command: str,
) -> str:
    """The model card, from what was trained and measured."""
    model.eval()
    decoder, encoder = Validation("decoder")(model), Validation("encoder")(model)
    table = "\n".join(f"| {name} | {rmse:.3f} | {encoder[name]:.3f} |" for name, rmse in decoder.items())
    return CARD.format(
        parameters=parameter_count(model),
        encoder=parameter_count(model.encoder),
        prior=prior,
        variables=variables,
        rows=rows,
        encoder_steps=encoder_steps,
        decoder_steps=decoder_steps,
        entries=entries,
        hardware=hardware(),
        command=command,
        scms=SCMS,
        n=ROWS,
        table=table,
    )
