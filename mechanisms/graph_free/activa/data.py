"""Batches of simulated observations for ACTIVA, with rows under one intervention for each data set.

SCMs of a prior are drawn on the fly. An experiment of SERGIO takes longer than a training step, so that these
are simulated once and kept: `python -m mechanisms.graph_free.activa.data --out experiments`. Each part is a
file of a hundred experiments with all knock-outs; a killed run goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foundation_causal.checks import check_sizes
from foundation_causal.errors import InputError
from foundation_causal.files import replacing
from foundation_causal.networks.units import Units
from foundation_causal.simulate import Prior, Random, p_in, prior
from foundation_causal.simulate.named_priors import activa
from foundation_causal.simulate.random import drawn_from, drawn_size
from foundation_causal.simulate.scm import Do, SCMBatch
from foundation_causal.simulate.systems.sergio import sergio
from mechanisms.graph_free.activa.network import MAX_ATTENDED_ROWS, Query

SPREAD = 0.1  # standard deviation of the values that ACTIVA's data are set to
NEAR, SHARE_NEAR = 3.0, 0.75  # most values lie within so many standard deviations of the observed mean
FARTHEST = 30.0  # standard deviations beyond which heavy tails are cut off

PART = 100  # experiments of a part
SEED = 73_000_000  # of the first experiment of part 0; held-out parts count from another one
HELD_OUT_SEED = 79_200_000
GENES, ROWS = 8, 30  # of an experiment; a row is a single cell


class Sample(NamedTuple):
    """Queries, and `m` rows `[B, m, d]` of the answer to each."""

    query: Query
    outcome: Tensor


@dataclass(frozen=True)
class Stream:
    """Draws batches, each with one prior and one size: `stream(generator)`.

    In each SCM one random variable is set, in as many rows as were observed, but at most
    :data:`MAX_ATTENDED_ROWS`.

    Args:
        priors: Where SCMs come from.
        variables: Range of `d`, log-uniform, ends included.
        rows: Range of the number `n` of rows, log-uniform, ends included.
        entries: Values `B n d` of the observations of a batch, which is what it costs; rows above
            :data:`MAX_ATTENDED_ROWS` are not counted.
        value: What variables are set to, give or take a normal spread of 0.1; None draws a value for each
            data set, uniform within three observed standard deviations of the observed mean in three
            quarters of them and within `reach` in the others, and cuts rows under it off at thirty: Gaussian
            answers cannot follow a Cauchy's tails.
        reach: How far from the observed mean the farthest values lie, in observed standard deviations.
    """

    priors: Sequence[Prior]
    variables: tuple[int, int]
    rows: tuple[int, int]
    entries: int
    value: float | None = None
    reach: float = NEAR

    def __post_init__(self) -> None:
        check_sizes(variables=self.variables, rows=self.rows)

    def __call__(self, generator: torch.Generator) -> Sample:
        """One batch, whose prior and size are drawn, too."""
        d, n = (drawn_size(bounds, generator) for bounds in (self.variables, self.rows))
        chosen = drawn_from(self.priors, generator)
        number = max(1, self.entries // (min(n, MAX_ATTENDED_ROWS) * d))
        return self.intervened(chosen.draw(scms=number, d=d, n=n, seed=generator), Random(generator))

    def intervened(self, scms: SCMBatch, random: Random) -> Sample:
        """Intervene on one variable of each SCM."""
        number, n, d = scms.data.shape
        target = torch.arange(d) == random.integers(d, (number, 1))
        m = min(n, MAX_ATTENDED_ROWS)
        fresh = scms.fresh_noise(m, random.generator)
        if self.value is not None:
            value = torch.full((number,), self.value)
            spread = self.value + SPREAD * random.normal((number, m, 1))
            return Sample(Query(scms.data, target, value), scms.generate(fresh, Do(target[:, None], spread)))
        units = Units.of(scms.data)
        near = random.uniform((number, 1, 1), (0.0, 1.0)) < SHARE_NEAR
        reach = random.uniform((number, 1, 1), (-1.0, 1.0)) * torch.where(near, NEAR, self.reach)
        value = (units.centre + reach * units.scale)[target[:, None]]
        outcome = scms.generate(fresh, Do(target[:, None], value[:, None, None]))
        farthest = FARTHEST * units.scale
        outcome = outcome.clamp(units.centre - farthest, units.centre + farthest)
        return Sample(Query(scms.data, target, value), outcome)


def priors(data: str) -> Sequence[Prior]:
    """Where the SCMs of a model come from, by the name of its data.

    Raises:
        InputError: An unknown name.

    Example:
        >>> len(priors("wide"))
        5
    """
    if data.startswith("gauss"):
        return (activa("gauss"),)
    if data.startswith("beta"):
        return (activa("beta"),)
    if data == "wide":
        return (p_in(["linear"]), p_in(["rff"]), activa("gauss"), activa("beta"), prior("wide"))
    raise InputError(f"There are no data {data!r} to draw; use gauss-2, gauss-8, beta-2, beta-8 or wide.")


class Expressions:
    """Draws batches from a folder of simulated experiments: `stream(generator)`.

    Args:
        folder: Where :func:`main` wrote them.
        batch: Experiments of a batch, each with one random knock-out.

    Raises:
        InputError: The folder has no parts.
    """

    def __init__(self, folder: Path, batch: int) -> None:
        files = sorted(folder.glob("part-*.npy"))
        if not files:
            raise InputError(
                f"There are no simulated experiments in '{folder}'; make them by "
                f"python -m mechanisms.graph_free.activa.data --out {folder}."
            )
        self.experiments = torch.from_numpy(np.concatenate([np.load(path) for path in files]))
        self.batch = batch

    def __len__(self) -> int:
        return len(self.experiments)

    def __call__(self, generator: torch.Generator) -> Sample:
        """One batch."""
        genes = self.experiments.shape[-1]
        chosen = torch.randint(len(self), (self.batch,), generator=generator)
        knocked_out = torch.randint(genes, (self.batch,), generator=generator)
        target = torch.arange(genes) == knocked_out[:, None]
        query = Query(self.experiments[chosen, 0], target, torch.zeros(self.batch))
        return Sample(query, self.experiments[chosen, 1 + knocked_out])


def experiment(seed: int) -> NDArray[np.float32]:
    """Single cells of the wild type and of every knock-out of one random network, float32 `[1 + d, n, d]`."""
    simulated = sergio(d=GENES, n=ROWS, seed=seed)
    tables = [simulated.observed, *(simulated.knocked_out[gene] for gene in simulated.observed.columns)]
    return np.stack([table.to_numpy(np.float32) for table in tables])


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the parts.")
@click.option("--parts", default=135, show_default=True, help="A hundred experiments each.")
@click.option("--held-out", is_flag=True, help="Other experiments, for validation.")
def main(out: Path, parts: int, held_out: bool) -> None:
    """Simulate the experiments with SERGIO that OUT does not have yet."""
    out.mkdir(parents=True, exist_ok=True)
    for number in range(parts):
        path = out / f"part-{number:05d}.npy"
        if not path.exists():
            first = (HELD_OUT_SEED if held_out else SEED) + number * PART
            with replacing(path) as temporary:
                np.save(temporary, np.stack([experiment(first + i) for i in range(PART)]))


if __name__ == "__main__":
    main()
