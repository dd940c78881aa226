"""Batches of simulated data sets for AVICI: of random size, observational or partly interventional."""

from dataclasses import dataclass, replace

import torch

from discovery.avici.model import inputs
from foundation_causal.simulate import Gaussian, Interventions, Laplace, Prior, SCMBatch, p_in, prior
from foundation_causal.simulate.random import check_sizes, log_uniform
from foundation_causal.training import Batch

PRIORS: tuple[Prior, ...] = tuple(
    replace(one, interventions=Interventions())
    for one in (p_in(noises=(Gaussian(), Laplace())), prior("wide"))
)
INTERVENTIONAL = 0.5  # share of the batches with interventional rows
ACTIVE = 0.25  # share of the interventional rows in those


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
        d, n = (log_uniform(bounds, _chance(generator)) for bounds in (self.variables, self.rows))
        chosen = PRIORS[int(torch.randint(len(PRIORS), (), generator=generator))]
        active = round(ACTIVE * n) if _chance(generator) < INTERVENTIONAL else 0
        scms = self.batch_size(d, n)
        return chosen.draw(scms=scms, d=d, n=n - active, n_interventional=active, seed=generator)

    def batch_size(self, d: int, n: int) -> int:
        """SCMs in a batch of `d` variables and `n` rows."""
        return max(1, self.tokens // (n * d))


def _chance(generator: torch.Generator) -> float:
    return float(torch.rand((), generator=generator))
