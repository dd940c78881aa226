"""Problems for the corrector: simulated data, fitted by the kernel model, with the truth at other rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import torch
from torch import Tensor

from foundation_causal.files import replacing
from foundation_causal.observations import observations
from foundation_causal.simulate import Beta, Prior, SCMBatch, p_in, prior
from foundation_causal.simulate.random import drawn_from, drawn_size
from mechanisms.cond_fip.blocks import Edges
from mechanisms.corrector.corrected_model import kernel_view
from mechanisms.corrector.network import KernelView
from mechanisms.kernel.kernel_model import fit_kernel
from mechanisms.mechanism_model import predict

FARTHEST = 10.0  # standard deviations; rows beyond do not count, for no sane answer can be learned there


class Problems(NamedTuple):
    """Data sets of one size side by side.

    Attributes:
        view: Their contexts, and the kernel model's view of them.
        query: Values at other rows, `[nodes, m]`.
        predicted: The kernel model's predictions at these, `[nodes, m]`.
        truth: F at these, `[nodes, m]`.
        counted: Bool `[nodes, m]`, where the loss counts.
    """

    view: KernelView
    query: Tensor
    predicted: Tensor
    truth: Tensor
    counted: Tensor


def wide() -> tuple[Prior, ...]:
    """The priors of training problems: half of them "wide", the rest AVICI's prior and P_IN."""
    return prior("wide"), prior("wide"), prior("avici-wide"), p_in()


@dataclass(frozen=True)
class Stream:
    """Draws batches of problems, each with one prior and one size: `stream(generator)`.

    Fitting kernel models takes longer than a training step, so that drawn batches are kept in a folder and
    come again: batch i is the same as batch i modulo `distinct`.

    Args:
        folder: Where batches are kept; None keeps none.
        priors: Where SCMs come from.
        variables: Range of `d`, log-uniform, ends included.
        rows: Range of the number of context rows, log-uniform, ends included.
        queries: Query rows.
        entries: Values `B n d` of a batch.
        distinct: Batches that differ.
    """

    folder: Path | None = None
    priors: Sequence[Prior] = wide()
    variables: tuple[int, int] = (4, 12)
    rows: tuple[int, int] = (30, 250)
    queries: int = 64
    entries: int = 6000
    distinct: int = 2000

    def __call__(self, generator: torch.Generator) -> Problems:
        """The batch of the generator's seed, read from the folder where it is there."""
        seed = generator.initial_seed()
        number = seed // 1_000_003 * self.distinct + seed % 1_000_003 % self.distinct
        if self.folder is None:
            return self.draw(torch.Generator().manual_seed(number))
        path = self.folder / f"{number}.pt"
        if not path.exists():
            drawn = self.draw(torch.Generator().manual_seed(number))
            self.folder.mkdir(parents=True, exist_ok=True)
            with replacing(path) as temporary:
                torch.save(_flat(drawn), temporary)
        return _problems(torch.load(path, weights_only=True))

    def draw(self, generator: torch.Generator) -> Problems:
        """One batch, of one prior and size."""
        d, n = (drawn_size(bounds, generator) for bounds in (self.variables, self.rows))
        chosen = drawn_from(self.priors, generator)
        scms = max(1, self.entries // (n * d))
        batch = chosen.draw(scms=scms, d=d, n=n + self.queries, seed=generator, dtype=torch.float64)
        return together([problem(batch, b, n) for b in range(scms)])


def problem(batch: SCMBatch, b: int, n: int) -> Problems:
    """Make a problem of data set b: its first n rows are the context, the others the query."""
    rows = batch.data[b].numpy()
    frame = pd.DataFrame(rows[:n], columns=list(batch.names))
    model = fit_kernel(observations(frame, min_rows=2), batch.graph(b), heteroscedastic=False)
    query, functions = rows[n:], expected(batch, b)[n:].numpy()
    predicted = predict(model, query)
    z, k, f = (
        torch.from_numpy((x - model.centre).T / model.scale[:, None]).float()
        for x in (query, predicted, functions)
    )
    has_parents = torch.tensor([len(p) > 0 for p in model.parents])
    counted = has_parents[:, None] & (z.abs() < FARTHEST).all(0)
    return Problems(kernel_view(model, n), z, k, f, counted)


def expected(batch: SCMBatch, b: int) -> Tensor:
    """F plus the mean of the noise at all rows of data set b, `[n, d]`: only this sum is in the data."""
    mean = torch.zeros(batch.data.shape[2], dtype=batch.data.dtype)
    for part in batch.noises:
        if isinstance(part.noise, Beta):
            first, second = part.parameters["alpha"], part.parameters["beta"]
            mine = part.scm == b
            mean[part.node[mine]] = (part.parameters["scale"] * first / (first + second))[mine]
    return batch.functions[b] + batch.scale(batch.data)[b] * mean


def together(problems: Sequence[Problems]) -> Problems:
    """One batch of many problems of the same size, whose nodes are counted through the batch."""
    d = len(problems[0].query)
    flat = [_flat(_counted_from(b * d, problem)) for b, problem in enumerate(problems)]
    return _problems([torch.cat(parts) for parts in zip(*flat, strict=True)])


def _counted_from(first: int, problem: Problems) -> Problems:
    edges = Edges(*(nodes + first for nodes in problem.view.edges))
    return problem._replace(view=problem.view._replace(edges=edges))


def _flat(p: Problems) -> list[Tensor]:
    values, predicted, spread, edges = p.view
    return [values, predicted, spread, *edges, p.query, p.predicted, p.truth, p.counted]


def _problems(flat: Sequence[Tensor]) -> Problems:
    values, predicted, spread, parent, child, *rest = flat
    return Problems(KernelView(values, predicted, spread, Edges(parent, child)), *rest)
