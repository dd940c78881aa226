"""Batches of simulated observations, with rows under one intervention for each data set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from foundation_causal.errors import InputError
from foundation_causal.simulate import Prior, Random, p_in, prior
from foundation_causal.simulate.named import activa
from foundation_causal.simulate.random import check_sizes, log_uniform
from foundation_causal.simulate.scm import Do, SCMBatch
from mechanisms.activa.model import ATTENDED, Query
from mechanisms.cond_fip.model import Units

SPREAD = 0.1  # standard deviation of the values that ACTIVA's data are set to
NEAR, SHARE_NEAR = 3.0, 0.75  # most values lie within so many standard deviations of the observed mean
FARTHEST = 30.0  # standard deviations beyond which heavy tails are cut off


class Sample(NamedTuple):
    """Queries, and `m` rows `[B, m, d]` of the answer to each."""

    query: Query
    outcome: Tensor


@dataclass(frozen=True)
class Stream:
    """Draws batches, each of one prior and size: `stream(generator)`.

    In each SCM one random variable is set, in as many rows as were observed, or :data:`ATTENDED` if there
    are more.

    Args:
        priors: Where SCMs come from.
        variables: Range of `d`, log-uniform, ends included.
        rows: Range of the number `n` of rows, log-uniform, ends included.
        entries: Values `B n d` of the observations of a batch, rows above :data:`ATTENDED` not counted, which
            is what it costs.
        value: What variables are set to, give or take a normal spread of 0.1; None draws a value for each
            data set, uniform within three observed standard deviations of the observed mean in three
            quarters of them and within `reach` in the others, and cuts rows under it off at thirty: Gaussian
            answers cannot follow a Cauchy's tails.
        reach: see there.
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
        units = torch.rand(2, generator=generator).tolist()
        d, n = (
            log_uniform(bounds, unit) for bounds, unit in zip((self.variables, self.rows), units, strict=True)
        )
        chosen = self.priors[int(torch.randint(len(self.priors), (), generator=generator))]
        scms = chosen.draw(scms=max(1, self.entries // (min(n, ATTENDED) * d)), d=d, n=n, seed=generator)
        return self.ask(scms, Random(generator))

    def ask(self, scms: SCMBatch, random: Random) -> Sample:
        """Intervene on one variable of each SCM."""
        number, n, d = scms.data.shape
        target = torch.arange(d) == random.integers(d, (number, 1))
        m = min(n, ATTENDED)
        fresh = scms.fresh_noise(m, random.generator)
        if self.value is not None:
            value = torch.full((number,), self.value)
            each = self.value + SPREAD * random.normal((number, m, 1))
            return Sample(Query(scms.data, target, value), scms.generate(fresh, Do(target[:, None], each)))
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
    raise InputError(f"There are no data {data!r} to draw: use gauss-2, gauss-8, beta-2, beta-8 or wide.")
