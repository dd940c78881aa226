"""Batches of simulated data sets for Cond-FiP: context and query rows with the true F at both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from foundation_causal.simulate import Prior, p_in
from foundation_causal.simulate.random import check_sizes, log_uniform


class Sample(NamedTuple):
    """Rows in raw units and F at them; `[B, n, d]` twice, `[B, m, d]` twice, `[B, d, d]`."""

    context: Tensor
    context_functions: Tensor
    query: Tensor
    query_functions: Tensor
    adjacency: Tensor


@dataclass(frozen=True)
class Stream:
    """Draws batches, each of one prior and size: `stream(generator)`.

    Args:
        priors: Where SCMs come from.
        variables: Range of `d`, log-uniform, ends included.
        rows: Range of the number `n` of context rows, log-uniform, ends included.
        queries: Query rows, independent of the context; 0 where only the encoder learns.
        entries: Values `B (n + m) d` of a batch, which is what it costs.
    """

    priors: Sequence[Prior] = (p_in(),)
    variables: tuple[int, int] = (3, 20)
    rows: tuple[int, int] = (50, 400)
    queries: int = 0
    entries: int = 20_000

    def __post_init__(self) -> None:
        check_sizes(variables=self.variables, rows=self.rows)

    def __call__(self, generator: torch.Generator) -> Sample:
        d, n = (size(bounds, generator) for bounds in (self.variables, self.rows))
        chosen = self.priors[int(torch.randint(len(self.priors), (), generator=generator))]
        return self.draw(chosen, d, n, generator)

    def draw(self, prior: Prior, d: int, n: int, generator: torch.Generator) -> Sample:
        """One batch from one prior."""
        rows = n + self.queries
        scms = max(1, self.entries // (rows * d))
        batch = prior.draw(scms=scms, d=d, n=rows, seed=generator)
        x, f = batch.data, batch.functions
        return Sample(x[:, :n], f[:, :n], x[:, n:], f[:, n:], batch.adjacency)


def size(bounds: tuple[int, int], generator: torch.Generator) -> int:
    """A whole number, log-uniform between the bounds, both included."""
    return log_uniform(bounds, float(torch.rand((), generator=generator)))
