"""Train the edge transformer: `python -m discovery.network.train --out runs/edge-transformer`.

Data are drawn on the fly, each batch from one of the priors, `d` and `n` fresh for every batch. Half of the
graphs come with random statements about them, so that the network learns to use what is known. Kill it at any
time and run the same command again.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import click
import torch
from torch import Tensor, nn

from discovery.network.edge_transformer import EdgeTransformer, chances
from discovery.network.network_inputs import MIN_OBSERVATIONAL_ROWS, Inputs, network_inputs
from discovery.network.open_world import (
    OPEN_PURPOSE,
    OpenValidation,
    draw_open,
    know_tables,
    open_card,
    open_loss,
)
from discovery.network.pair_statistics import ROWS_SEEN, TYPED_ROWS_SEEN
from discovery.network.training_tasks import chance, hide, mean_auprc, random_knowledge, surprise
from foundation_causal.networks.pretrained import load_pretrained, parameter_count, write_card
from foundation_causal.networks.training import Trainee, command_line, fit
from foundation_causal.simulate import Gaussian, Interventions, Laplace, Prior, p_in, prior
from foundation_causal.simulate.column_types import TypedBatch
from foundation_causal.simulate.named_priors import mixed
from foundation_causal.simulate.random import drawn_from
from foundation_causal.simulate.scm import SCMBatch

VARIABLES = (2, 100)
TOKENS = 6400  # edge tokens in a batch: what a batch costs does not depend on d
ENTRIES = 6_400_000  # of [B, n, d, d], which is what the statistics cost
MAX_BATCH_ROWS = 25_000  # of all tables of a batch, which is what the score and missing values cost
VALIDATION_SEED, FAMILIAR_SEED = 77_000_000, 5_000_000  # far from the seeds of training batches
# Shares of the batches with interventional rows and with missing values.
INTERVENTIONAL, INCOMPLETE = 0.25, 0.15
NOISES = {"gaussian": Gaussian(), "laplace": Laplace()}
INTERVENTIONS = (Interventions(), Interventions(share=(0.2, 1.0), fixed=True), Interventions(targets=2))
PRIORS: tuple[Prior, ...] = (p_in(noises=tuple(NOISES.values())), prior("wide"), prior("wide"))
# With types of columns: other sizes, and the share of the batches that come from "mixed".
TYPES = mixed()
TYPED_VARIABLES, MIXED = ((2, 40), (2, 60)), 0.75
TYPED_TOKENS, TYPED_ENTRIES, TYPED_BATCH_ROWS = 4800, 4_800_000, 12_500
TYPED_INCOMPLETE = 0.06
FUNCTIONS = 4  # families of functions in one batch of "mixed": fewer groups of nodes are faster


class Sample(NamedTuple):
    """A batch: the features that the network reads, and the adjacency `[B, d, d]` that it is to find."""

    inputs: Inputs
    adjacency: Tensor


def draw(generator: torch.Generator) -> Sample:
    """A batch whose `d`, `n`, interventions, missing values and knowledge are all random."""
    d, n = _size(VARIABLES, generator), _size(ROWS_SEEN, generator)
    chosen = drawn_from(PRIORS, generator)
    active = 0
    if d > 2 and n > 2 * MIN_OBSERVATIONAL_ROWS and chance(generator) < INTERVENTIONAL:
        chosen = replace(chosen, interventions=drawn_from(INTERVENTIONS, generator))
        active = round(n * (0.05 + 0.9 * chance(generator)))
    batch = chosen.draw(scms=batch_size(d, n), d=d, n=n - active, n_interventional=active, seed=generator)
    data = batch.data
    if n >= 2 * MIN_OBSERVATIONAL_ROWS and chance(generator) < INCOMPLETE:
        data = hide(data, 0.4 * chance(generator), generator)
    knowledge = random_knowledge(batch.adjacency, generator)
    inputs = network_inputs(data, batch.intervened if active else None, knowledge)
    return Sample(inputs, batch.adjacency.float())


def draw_typed(generator: torch.Generator) -> Sample:
    """A batch with types of columns: three in four from "mixed", the others from the priors of numbers."""
    d = _size(TYPED_VARIABLES[chance(generator) < 0.1], generator)
    n = _size(TYPED_ROWS_SEEN, generator)
    has_types = chance(generator) < MIXED
    active = 0
    if d > 2 and n > 2 * MIN_OBSERVATIONAL_ROWS and chance(generator) < INTERVENTIONAL:
        active = round(n * (0.05 + 0.9 * chance(generator)))
    incomplete = chance(generator) < TYPED_INCOMPLETE
    scms = max(1, min(128, TYPED_TOKENS // d**2, TYPED_ENTRIES // (n * d**2), TYPED_BATCH_ROWS // n))
    scms = -(-scms // 2) if incomplete else scms  # filling in costs as much as all the rest
    sizes: dict[str, Any] = {"scms": scms, "d": d, "n": max(n - active, 10), "n_interventional": active}
    batch: SCMBatch | TypedBatch
    if has_types:
        some = torch.randperm(len(TYPES.mechanisms), generator=generator)[:FUNCTIONS].tolist()
        functions = [TYPES.mechanisms[number] for number in some]
        batch = replace(TYPES, mechanisms=functions).draw(**sizes, seed=generator)
        levels, ordered = batch.levels, batch.ordered
    else:
        interventions = drawn_from(INTERVENTIONS, generator)
        numbers = replace(drawn_from(PRIORS, generator), interventions=interventions)
        batch = numbers.draw(**sizes, seed=generator)
        levels = torch.zeros(scms, d, dtype=torch.long)
        ordered = levels > 0
    data = batch.data
    if incomplete:
        data = hide(data, 0.4 * chance(generator), generator)
    knowledge = random_knowledge(batch.adjacency, generator)
    inputs = network_inputs(data, batch.intervened if active else None, knowledge, levels, ordered)
    return Sample(inputs, batch.adjacency.float())


def _size(bounds: tuple[int, int], generator: torch.Generator) -> int:
    """A whole number, log-uniform between the bounds."""
    low, high = (math.log(bound) for bound in bounds)
    return round(math.exp(low + (high - low) * chance(generator)))


def batch_size(d: int, n: int) -> int:
    """SCMs in a batch of `d` variables and `n` rows."""
    return max(1, min(128, TOKENS // d**2, ENTRIES // (n * d**2), MAX_BATCH_ROWS // n))


def loss(model: nn.Module, batch: Sample) -> Tensor:
    """Cross-entropy of the state of every pair (one direction, the other, no edge).

    It is summed over the pairs that share a variable. Pairs that knowledge settles cost nothing.
    """
    logits, adjacency = model(batch.inputs), batch.adjacency
    terms = surprise(logits, adjacency)
    return terms.triu(1).sum() / (adjacency.shape[0] * adjacency.shape[1])


class TypedValidation:
    """Area under the precision-recall curve on held-out SCMs, d = 12, n = 500, per kind of table."""

    def __init__(self) -> None:
        self.samples: dict[str, Sample] = {}
        shares = {"discrete": (1.0, 1.0), "mixed": (0.3, 0.7), "odd numbers": (0.0, 0.0)}
        for name, share in shares.items():
            typed = TYPES.draw(scms=32, d=12, n=500, seed=VALIDATION_SEED, share=share)
            inputs = network_inputs(typed.data, None, None, typed.levels, typed.ordered)
            self.samples[name] = Sample(inputs, typed.adjacency)
        numbers = {"wide": prior("wide"), "rff-gaussian": p_in(["rff"], noises=[Gaussian()])}
        for name, held_out in numbers.items():
            batch = held_out.draw(scms=32, d=12, n=500, seed=VALIDATION_SEED)
            inputs = network_inputs(batch.data, None, None, torch.zeros(12, dtype=torch.long))
            self.samples[name] = Sample(inputs, batch.adjacency)

    def __call__(self, model: nn.Module) -> dict[str, float]:
        """The mean average precision of the model's probabilities, by kind."""
        return _areas(model, self.samples)


class Validation:
    """Area under the precision-recall curve on held-out SCMs, d = 20, n = 400, per prior.

    SCMs of "rff" are measured also with a quarter of the rows interventional, and with three values in ten
    missing.
    """

    def __init__(self) -> None:
        self.samples: dict[str, Sample] = {}
        priors = {
            f"{kind}-{noise}": p_in([kind], noises=[NOISES[noise]])
            for kind in ("linear", "rff")
            for noise in NOISES
        }
        for name, held_out in {**priors, "wide": prior("wide")}.items():
            batch = held_out.draw(scms=24, d=20, n=400, seed=VALIDATION_SEED)
            self.samples[name] = Sample(network_inputs(batch.data), batch.adjacency)
        rff = replace(p_in(["rff"]), interventions=Interventions())
        batch = rff.draw(scms=24, d=20, n=300, n_interventional=100, seed=VALIDATION_SEED)
        self.samples["rff-do"] = Sample(network_inputs(batch.data, batch.intervened), batch.adjacency)
        batch = rff.draw(scms=24, d=20, n=400, seed=VALIDATION_SEED)
        missing = hide(batch.data, 0.3, torch.Generator().manual_seed(VALIDATION_SEED))
        self.samples["rff-missing"] = Sample(network_inputs(missing), batch.adjacency)

    def __call__(self, model: nn.Module) -> dict[str, float]:
        """The mean average precision of the model's probabilities, by name."""
        return _areas(model, self.samples)


def _areas(model: nn.Module, samples: dict[str, Sample]) -> dict[str, float]:
    device = next(model.parameters()).device
    scores = {}
    for name, (inputs, adjacency) in samples.items():
        logits = model(Inputs(*(part.to(device) for part in inputs))).float().cpu()
        scores[name] = mean_auprc(adjacency, chances(logits))
    return scores


PURPOSE = "edge probabilities from closed-form statistics of every pair of columns"
TYPED_PURPOSE = "edge probabilities of tables with levels, categories and counts among the columns"
CARD = """---
library_name: foundation-causal
license: mit
tags: [causal-discovery, edge-transformer]
---
# Edge transformer

Edge probabilities of a causal DAG from closed-form statistics of every pair of columns;
{parameters:,} parameters.

- **Prior**: one batch in three from P_IN of Cond-FiP (Erdos-Renyi and scale-free graphs with 1-3 edges per
  node; linear and random Fourier feature mechanisms) with Gaussian or Laplace noise, the others from "wide"
  (seven graph families, eight of mechanisms, eight of noise, homo- and heteroscedastic);
  {low}-{high} variables, {rows[0]}-{rows[1]} rows (both log-uniform). {interventional:.0%} of the batches
  have interventional rows, 5-95% of all; {incomplete:.0%} miss up to 40% of the values, completely at random;
  half of the SCMs come with partial knowledge (states of pairs, forbidden edges, tiers, roots and leaves).
- **Data seen**: {steps:,} steps, about {scms:,} SCMs, each once.
- **Command**: `{command}`
- **Held-out SCMs** (24 a prior, d = 20, n = 400), mean average precision of the network alone: {scores}.
- **Known limits**: no latent confounders; more than {high} variables and more than {rows[1]} rows are
  extrapolation.
"""


TYPED_CARD = """---
library_name: foundation-causal
license: mit
tags: [causal-discovery, edge-transformer, mixed-data]
---
# Edge transformer for columns of every type

Edge probabilities of a causal DAG from closed-form statistics of every pair of columns, which may be
numbers, counts, 0/1, ordered levels or categories; {parameters:,} parameters.

- **Prior**: three batches in four from "mixed" (tables whose columns are cut, softmax and table mechanisms
  of 2-10 levels, counts, and numbers that may be skewed, rounded or clipped; a quarter of the tables all
  discrete, the others with 0-90% discrete columns), the others from P_IN of Cond-FiP and "wide", as for the
  model without types; {low}-{high} variables (one batch in ten up to {most}), {rows[0]}-{rows[1]} rows (all
  log-uniform). {interventional:.0%} of the batches have interventional rows, 5-95% of all;
  {incomplete:.0%} miss up to 40% of the values, completely at random; half of the SCMs come with partial
  knowledge.
- **Data seen**: {steps:,} steps.
- **Command**: `{command}`
- **Held-out SCMs** (32 a kind, d = 12, n = 500), mean average precision of the network alone:
  {scores}.
- **Known limits**: no latent confounders; more than {most} variables, more than {rows[1]} rows and more than
  10 levels are extrapolation (levels beyond the tenth are joined).
"""


def typed_card(model: nn.Module, steps: int, command: str, scores: dict[str, float]) -> str:
    """The card of a model that reads types, from what was trained and measured."""
    return TYPED_CARD.format(
        parameters=parameter_count(model),
        low=TYPED_VARIABLES[0][0],
        high=TYPED_VARIABLES[0][1],
        most=TYPED_VARIABLES[1][1],
        rows=TYPED_ROWS_SEEN,
        interventional=INTERVENTIONAL,
        incomplete=TYPED_INCOMPLETE,
        steps=steps,
        command=command,
        scores=", ".join(f"{name} {value:.3f}" for name, value in scores.items()),
    )


def card(model: nn.Module, steps: int, command: str, scores: dict[str, float]) -> str:
    """The model card, from what was trained and measured."""
    generator = torch.Generator().manual_seed(0)
    drawn = [batch_size(_size(VARIABLES, generator), _size(ROWS_SEEN, generator)) for _ in range(10_000)]
    return CARD.format(
        parameters=parameter_count(model),
        low=VARIABLES[0],
        high=VARIABLES[1],
        rows=ROWS_SEEN,
        interventional=INTERVENTIONAL,
        incomplete=INCOMPLETE,
        steps=steps,
        scms=round(steps * sum(drawn) / len(drawn) / 1000) * 1000,
        command=command,
        scores=", ".join(f"{name} {value:.3f}" for name, value in scores.items()),
    )


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of checkpoints and log.")
@click.option("--steps", default=20_000, show_default=True)
@click.option("--width", default=96, show_default=True)
@click.option("--layers", default=5, show_default=True)
@click.option("--learning-rate", default=1e-3, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Processes that simulate.")
@click.option("--seed", default=0, show_default=True)
@click.option("--init", help="Start from the weights of this model (a bundled name or a folder).")
@click.option("--types", is_flag=True, help="Read the types of columns; train on tables that have them.")
@click.option(
    "--open-world", is_flag=True, help="Hide causes, distort columns, lose conditions; implies --types."
)
@click.option("--precision", default="auto", show_default=True, help="As lightning takes it.")
@click.option("--validate-every", default=500, show_default=True, help="Steps.")
@click.option("--devices", default=1, show_default=True, help="Processes that train together (DDP).")
@click.option("--accumulate", default=1, show_default=True, help="Batches of each that a step averages.")
def main(
    out: Path,
    steps: int,
    width: int,
    layers: int,
    learning_rate: float,
    workers: int,
    seed: int,
    init: str | None,
    types: bool,
    open_world: bool,
    precision: str,
    validate_every: int,
    devices: int,
    accumulate: int,
) -> None:
    """Train the edge transformer on simulated SCMs and save it as a model folder in OUT/model."""
    torch.manual_seed(seed)
    reads = {"types": types or open_world, "confounders": open_world}
    model = started(init, **reads) if init else EdgeTransformer(width=width, layers=layers, **reads)
    validation: Any = TypedValidation() if types else Validation()
    drawn: Any = draw_typed if types else draw
    cost: Any = loss
    if open_world:
        validation, drawn, cost = OpenValidation(VALIDATION_SEED), draw_open, open_loss
    warmup = min(500, steps // 10 + 1)
    trainee = Trainee(model, cost, validation, steps=steps, learning_rate=learning_rate, warmup=warmup)
    settings: dict[str, Any] = {"workers": workers, "precision": precision, "validate_every": validate_every}
    if not fit(trainee, drawn, out, seed=seed, devices=devices, accumulate=accumulate, **settings):
        return
    if open_world:
        know_tables(model, FAMILIAR_SEED)
    model.save_pretrained(out / "model")
    command = command_line("discovery.network.train")
    write = open_card if open_world else typed_card if types else card
    text = write(model, steps, command, trainee.validate(model))
    purpose = OPEN_PURPOSE if open_world else TYPED_PURPOSE if types else PURPOSE
    write_card(out / "model", text, model=model, kind="structure", purpose=purpose)


def started(init: str, types: bool, confounders: bool = False) -> EdgeTransformer:
    """A model with the weights of another, which need not have read types or told of hidden causes."""
    before = load_pretrained(EdgeTransformer, init)
    config: Any = before.arguments  # the arguments that it was made with
    reads = {"types": types or before.types, "confounders": confounders or before.confounders}
    model = EdgeTransformer(**{**config, **reads})
    model.load_state_dict({**model.state_dict(), **before.state_dict()})
    return model.train()


if __name__ == "__main__":
    main()
