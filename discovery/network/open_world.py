"""What the network for the open world is trained on: hidden causes, distorted columns, lost conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from discovery.network.edge_transformer import EdgeTransformer, chances
from discovery.network.familiarity import summaries
from discovery.network.network_inputs import MIN_OBSERVATIONAL_ROWS, Inputs, network_inputs
from discovery.network.training_tasks import chance, hide, mean_auprc, random_knowledge, surprise
from foundation_causal.graphs.mixed_graph import latent_projection
from foundation_causal.networks.pretrained import parameter_count
from foundation_causal.simulate import Gaussian, Interventions, Laplace, Prior, p_in, prior
from foundation_causal.simulate.column_types import MixedPrior, TypedBatch
from foundation_causal.simulate.graph_priors import GraphPrior, WithCommonCauses
from foundation_causal.simulate.measurement import measured
from foundation_causal.simulate.named_priors import mixed
from foundation_causal.simulate.random import Random, drawn_from, drawn_size
from foundation_causal.simulate.scm import SCMBatch

VARIABLES = ((3, 32), (3, 100))
ROWS = (40, 5000)
TOKENS, ENTRIES, BATCH_ROWS = 4800, 4_800_000, 12_500  # as for the network of types
SECOND_RANGE = 0.1  # chance of the second range of variables
MIXED, HIDDEN, ADDED, COMPLETE = 0.4, 0.5, 0.6, 0.5
INTERVENTIONAL, POOLED, INCOMPLETE, MEASURED = 0.25, 0.25, 0.05, 0.35
FROM_A_BATCH = 3  # tables that familiarity is measured from
FUNCTIONS = 4  # families of functions in one batch of "mixed": fewer groups of nodes are faster
TYPES = mixed()
NUMBERS: tuple[Prior, ...] = (p_in(noises=(Gaussian(), Laplace())), prior("wide"), prior("wide"))
INTERVENTIONS = (
    Interventions(),
    Interventions(share=(0.2, 1.0), fixed=True),
    Interventions(targets=2),
    Interventions(shift=True),
    Interventions(share=(0.1, 0.5), fixed=True, shift=True),
)


class OpenSample(NamedTuple):
    """A batch of tables some causes of which are hidden.

    Attributes:
        inputs: What the network reads.
        directed: `[B, d, d]`, 1 for `i -> j`.
        shared: `[B, d, d]`, 1 where the pair has a hidden common cause.
    """

    inputs: Inputs
    directed: Tensor
    shared: Tensor


def draw_open(generator: torch.Generator) -> OpenSample:
    """A batch, two in five with types of columns, half with hidden causes, some with interventions."""
    d = drawn_size(VARIABLES[chance(generator) < SECOND_RANGE], generator)
    n = drawn_size(ROWS, generator)
    incomplete = chance(generator) < INCOMPLETE
    hidden = 0
    if d > 2 and chance(generator) < HIDDEN:
        hidden = 1 + int(chance(generator) * max(1, min(d // 2, 8)))
    size = d + hidden
    scms = max(1, min(96, TOKENS // d**2, ENTRIES // (n * size**2), BATCH_ROWS // n))
    scms = -(-scms // 2) if incomplete else scms  # filling in costs as much as all the rest
    active = 0
    if d > 2 and n > 2 * MIN_OBSERVATIONAL_ROWS and chance(generator) < INTERVENTIONAL:
        active = round(n * (0.05 + 0.9 * chance(generator)))
    family: Prior | MixedPrior = TYPES
    if chance(generator) < MIXED:
        some = torch.randperm(len(TYPES.mechanisms), generator=generator)[:FUNCTIONS].tolist()
        family = replace(TYPES, mechanisms=[TYPES.mechanisms[number] for number in some])
    else:
        family = replace(drawn_from(NUMBERS, generator), interventions=drawn_from(INTERVENTIONS, generator))
    batch, directed, shared = draw_hidden(
        family, hidden, scms=scms, d=d, n=max(n - active, 10), n_interventional=active, seed=generator
    )
    told = bool(active) and chance(generator) >= POOLED
    truth = batch, directed, shared
    return sample_of(*truth, generator, told=told, incomplete=incomplete, free=not hidden)


def draw_hidden(
    family: Prior | MixedPrior,
    hidden: int,
    *,
    scms: int,
    d: int,
    n: int,
    n_interventional: int = 0,
    seed: torch.Generator,
) -> tuple[SCMBatch | TypedBatch, Tensor, Tensor]:
    """SCMs of `d + hidden` variables, and what is left of their graphs when the last ones are hidden.

    In ADDED of the batches the hidden ones are common causes of two or three variables beside a graph of the
    family; in the others they are among those of its nodes that have at least two children.

    Returns:
        The batch with `d` columns, and the directed and bidirected edges, bool `[B, d, d]`.
    """
    added = bool(hidden) and chance(seed) < ADDED
    family = _with_common_causes(family, hidden) if added else family
    batch: SCMBatch | TypedBatch = family.draw(
        scms=scms, d=d + hidden, n=n, n_interventional=n_interventional, seed=seed
    )
    if not hidden:
        return batch, batch.adjacency, torch.zeros_like(batch.adjacency)
    if added:
        order = torch.arange(d + hidden).expand(scms, -1)
    else:
        forks = (batch.adjacency.sum(2) >= 2) + torch.rand(batch.adjacency.shape[:2], generator=seed)
        order = forks.argsort(1)
    adjacency = _reordered(_reordered(batch.adjacency, order, 1), order, 2)
    directed, shared = latent_projection(adjacency, hidden)
    return _columns(batch, order[:, :d]), directed, shared


def _with_common_causes(family: Prior | MixedPrior, hidden: int) -> Prior | MixedPrior:
    if isinstance(family, MixedPrior):
        return replace(family, graphs=_wrapped(family.graphs, hidden))
    families = [replace(part, graphs=_wrapped(part.graphs, hidden)) for part in family.families]
    return replace(family, families=families)


def _wrapped(graphs: Sequence[GraphPrior], hidden: int) -> list[GraphPrior]:
    return [WithCommonCauses(part, hidden) for part in graphs]


def _reordered(x: Tensor, order: Tensor, dim: int) -> Tensor:
    """`x` with the entries of a dimension in each SCM's own order `[B, k]`."""
    shape = [len(x)] + [1] * (x.dim() - 1)
    shape[dim] = order.shape[1]
    return x.take_along_dim(order.reshape(shape), dim)


def _columns(batch: SCMBatch | TypedBatch, order: Tensor) -> SCMBatch | TypedBatch:
    """The columns of each SCM that are seen, of the parts of a batch that are tables."""
    parts: dict[str, Any] = {
        "data": _reordered(batch.data, order, 2),
        "intervened": _reordered(batch.intervened, order, 2),
    }
    if isinstance(batch, TypedBatch):
        parts |= {
            "levels": _reordered(batch.levels, order, 1),
            "ordered": _reordered(batch.ordered, order, 1),
        }
    return replace(batch, **parts)


def sample_of(
    batch: SCMBatch | TypedBatch,
    directed: Tensor,
    shared: Tensor,
    generator: torch.Generator,
    *,
    told: bool,
    incomplete: bool,
    free: bool,
) -> OpenSample:
    """What the network reads of a batch: some columns distorted, conditions told or lost, knowledge.

    Args:
        batch: The tables.
        directed: `[B, d, d]`.
        shared: `[B, d, d]`.
        generator: Source of randomness.
        told: Whether the network is told which values were set.
        incomplete: Whether values are missing.
        free: Whether there are no hidden causes, which the network is told of half of the tables.
    """
    scms, _, d = batch.data.shape
    data = batch.data
    if isinstance(batch, TypedBatch):
        levels, ordered = batch.levels, batch.ordered
    else:
        levels = torch.zeros(scms, d, dtype=torch.long)
        ordered = levels > 0
        if chance(generator) < MEASURED:
            data = measured(data, Random.seeded(generator))
    if incomplete:
        data = hide(data, 0.4 * chance(generator), generator)
    knowledge = random_knowledge(directed, generator)
    complete = (torch.rand(scms, generator=generator) < COMPLETE) & torch.tensor(free)
    inputs = network_inputs(
        data, batch.intervened if told else None, knowledge, levels, ordered, mirrored=True, complete=complete
    )
    return OpenSample(inputs, directed.float(), shared.float())


def open_loss(model: nn.Module, batch: OpenSample) -> Tensor:
    """Cross-entropy of the direct edge of every pair (either way, or none) and of its hidden common cause.

    Both are summed over the pairs that share a variable. What is told costs nothing.
    """
    assert isinstance(model, EdgeTransformer)
    logits, shared = model.with_confounders(batch.inputs)
    directed = batch.directed
    terms = surprise(logits, directed)
    hidden = nn.functional.binary_cross_entropy_with_logits(shared, batch.shared, reduction="none")
    return (terms + hidden).triu(1).sum() / (directed.shape[0] * directed.shape[1])


class OpenValidation:
    """Areas under precision-recall curves on held-out SCMs, d = 12, n = 500, per kind of table.

    Of "hidden" (three common causes are hidden), also that of the pairs that share a hidden cause.
    """

    def __init__(self, seed: int) -> None:
        self.samples: dict[str, OpenSample] = {}
        families: dict[str, Any] = {
            "wide": prior("wide"),
            "rff-gaussian": p_in(["rff"], noises=[Gaussian()]),
            "linear-gaussian": p_in(["linear"], noises=[Gaussian()]),
            "mixed": TYPES,
            "hidden": prior("wide"),
            "hidden linear": p_in(["linear"], noises=[Gaussian(), Laplace()]),
        }
        for name, family in families.items():
            generator = torch.Generator().manual_seed(seed)
            hidden = 3 if name.startswith("hidden") else 0
            if hidden:
                family = _with_common_causes(family, hidden)
            batch = family.draw(scms=32, d=12 + hidden, n=500, seed=generator)
            directed, shared = latent_projection(batch.adjacency, hidden)
            seen = _columns(batch, torch.arange(12).expand(32, -1))
            levels = getattr(seen, "levels", torch.zeros(32, 12, dtype=torch.long))
            ordered = getattr(seen, "ordered", levels > 0)
            inputs = network_inputs(seen.data, None, None, levels, ordered, mirrored=True)
            self.samples[name] = OpenSample(inputs, directed, shared)

    @torch.no_grad()
    def __call__(self, model: nn.Module) -> dict[str, float]:
        """The mean average precision of the model's probabilities, by kind."""
        assert isinstance(model, EdgeTransformer)
        device = next(model.parameters()).device
        scores = {}
        for name, (inputs, directed, shared) in self.samples.items():
            answer = model.with_confounders(Inputs(*(part.to(device) for part in inputs)))
            logits, hidden = (part.float().cpu() for part in answer)
            scores[name] = mean_auprc(directed, chances(logits))
            if bool(shared.any()):
                scores[f"{name}: confounded"] = mean_auprc(shared.triu(1), hidden.sigmoid().triu(1))
        return scores


OPEN_PURPOSE = "hidden common causes beside edge probabilities, of tables of any type"
OPEN_CARD = """---
library_name: foundation-causal
license: mit
tags: [causal-discovery, edge-transformer, mixed-data, latent-confounding]
---
# Edge transformer for the open world

Edge probabilities of a causal DAG, with and without hidden common causes, and probabilities that pairs share
one, from closed-form statistics of every pair of columns of any type; {parameters:,} parameters.

- **Prior**: two batches in five from "mixed", the others from P_IN of Cond-FiP (linear and random Fourier
  mechanisms, Gaussian or Laplace noise) and "wide"; {low}-{high} variables (one batch in ten up to {most}),
  {rows[0]}-{rows[1]} rows (all log-uniform). In half of the batches causes are hidden, up to half as many as
  there are columns and at most eight: roots with two or three children that are added, or nodes of the graph.
  {measured:.0%} of the numeric batches have columns that are bent, cut off at a limit, rounded or spoiled in
  a few rows; {interventional:.0%} have interventional rows (5-95% of all; values set, or shifted), of which
  {pooled:.0%} do not say so; {incomplete:.0%} miss up to 40% of the values; half of the SCMs come with
  partial knowledge, and half of the tables without hidden causes say that there are none. Columns are turned
  so that they lean to the right: a table and its mirror image get one answer.
- **Data seen**: {steps:,} steps.
- **Command**: `{command}`
- **Held-out SCMs** (32 a kind, d = 12, n = 500; "hidden" with three common causes hidden), mean average
  precision of the network alone, not told whether causes are hidden: {scores}.
- **Familiarity**: the share of {tables:,} tables of the training that lie as far from the others as a table
  does (`discovery.network.familiarity`).
- **Known limits**: hidden causes of two linear Gaussian columns without other causes cannot be told from an
  edge by anybody; more than {most} variables, more than {rows[1]} rows and more than 10 levels are
  extrapolation.
"""


def open_card(model: EdgeTransformer, steps: int, command: str, scores: dict[str, float]) -> str:
    """The card of a model for the open world, from what was trained and measured."""
    return OPEN_CARD.format(
        parameters=parameter_count(model),
        low=VARIABLES[0][0],
        high=VARIABLES[0][1],
        most=VARIABLES[1][1],
        rows=ROWS,
        measured=MEASURED,
        interventional=INTERVENTIONAL,
        pooled=POOLED,
        incomplete=INCOMPLETE,
        steps=steps,
        command=command,
        tables=len(model.known.points),
        scores=", ".join(f"{name} {value:.3f}" for name, value in scores.items()),
    )


def know_tables(model: EdgeTransformer, seed: int) -> None:
    """Show the model tables of its prior, at most three of a batch, from which familiarity is measured."""
    known: list[Tensor] = []
    count = len(model.known.points)
    while sum(map(len, known)) < count:
        generator = torch.Generator().manual_seed(seed + len(known))
        known.append(summaries(draw_open(generator).inputs)[:FROM_A_BATCH])
    model.known.learn(torch.cat(known)[:count])
