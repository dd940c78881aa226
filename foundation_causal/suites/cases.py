"""A data set with known truth, to score models on, and interventions on its SCM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd
import torch

from foundation_causal.simulate import Do, Random, SCMBatch
from foundation_causal.types import Array


@dataclass(frozen=True)
class Intervened:
    """Rows under an intervention, in raw units.

    Attributes:
        do: Variables and the values they are set to; in the suite "activa" the rows spread around them.
        rows: `[m, d]`.
        noise: `[m, d]`, with which the true functions make the rows.
    """

    do: dict[str, float]
    rows: Array
    noise: Array


@dataclass(frozen=True)
class Case:
    """One SCM, rows to learn from and rows to predict, all in raw units.

    Attributes:
        name: Suite, cell and number, as "cond-fip/LIN-IN-10-400/3".
        labels: What its cell stands for, as {"mechanism": "LIN", "d": 10}.
        scm: The truth, a batch of one.
        context: `[n, d]`.
        query: `[m, d]`.
        noise: `[m, d]`; where it is not heteroscedastic, query = F(query) + noise.
        interventions: The truth under interventions.
    """

    name: str
    labels: Mapping[str, str | int]
    scm: SCMBatch
    context: Array
    query: Array
    noise: Array
    interventions: tuple[Intervened, ...] = ()

    @property
    def graph(self) -> nx.DiGraph:
        """The true DAG."""
        return self.scm.graph(0)

    @property
    def frame(self) -> pd.DataFrame:
        """The context with its names."""
        return pd.DataFrame(self.context, columns=list(self.scm.names))


def array(values: torch.Tensor) -> Array:
    """The rows `[1, n, d]` of a batch of one as float64 `[n, d]`."""
    return values[0].double().cpu().numpy()


def clamp_one(scm: SCMBatch, context: Array, noise: torch.Tensor, random: Random) -> Intervened:
    """Set one random variable to a value between the 10% and the 90% quantile of its context, same noise.

    Args:
        scm: A batch of one.
        context: Rows whose quantiles count, `[n, d]`.
        noise: `[1, m, d]`.
        random: Chooses the variable and the level of the quantile.
    """
    target = int(random.integers(len(scm.names), (1,)))
    level = float(random.uniform((1,), (0.1, 0.9)))
    do = {scm.names[target]: float(np.quantile(context[:, target], level))}
    return Intervened(do, array(scm.generate(noise, scm.do(do))), array(noise))


def set_each(scm: SCMBatch, value: float, spread: float, n: int, random: Random) -> tuple[Intervened, ...]:
    """Set every variable in turn to `value` plus normal noise, with `n` rows of fresh noise each."""
    conditions = []
    for name in scm.names:
        noise = scm.fresh_noise(n, random.generator)
        clamped = scm.do({name: 1.0})
        values = value + spread * random.normal((1, n, 1))
        rows = scm.generate(noise, Do(clamped.target, values * clamped.value))
        conditions.append(Intervened({name: value}, array(rows), array(noise)))
    return tuple(conditions)
