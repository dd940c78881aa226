"""Fresh SCMs with known truth, to score mechanism models on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import networkx as nx
import numpy as np

from mechanisms.model import Array

if TYPE_CHECKING:
    from foundation_causal.simulate import SCMBatch

FAMILIES: tuple[Literal["er", "sf-in", "sf-out"], ...] = ("er", "sf-in", "sf-out")


@dataclass(frozen=True)
class Case:
    """One SCM, rows to condition on and rows to be asked about, in raw units.

    Attributes:
        graph: the true DAG over X1 ... Xd.
        context: shape [n_context, d].
        query, noise: shape [n_query, d], query = F(query) + noise.
        do: the position of the intervened variable and its value, between the 10% and the 90% quantile.
        intervened: shape [n_query, d], the truth for the same noise under `do`.
        scm, index: the batch that holds the SCM, and its place there.
    """

    graph: nx.DiGraph
    context: Array
    query: Array
    noise: Array
    do: dict[int, float]
    intervened: Array
    scm: SCMBatch
    index: int


def p_in_cases(
    mechanism: Literal["linear", "rff"], d: int, scms: int, n_context: int, n_query: int, seed: int
) -> Iterator[Case]:
    """Fresh SCMs of P_IN with Gaussian noise, the three graph families in turn."""
    import torch

    from foundation_causal.simulate import p_in

    for number in range(scms):
        key = [seed, d, ("linear", "rff").index(mechanism), number]
        first, second = np.random.SeedSequence(key).generate_state(2)
        batch = p_in(
            scms=1, d=d, n=n_context + n_query, seed=int(first),
            mechanism=mechanism, noise="gaussian", graph=FAMILIES[number % len(FAMILIES)],
        )  # fmt: skip
        rows, noise = batch.data[0].double().numpy(), batch.noise[0, n_context:]
        rng = np.random.default_rng(second)
        target = int(rng.integers(d))
        value = float(np.quantile(rows[:n_context, target], rng.uniform(0.1, 0.9)))
        mask = torch.arange(d)[None] == target
        truth = batch.generate(noise[None], mask, torch.full((1, d), value))
        yield Case(
            graph=batch.graph(0),
            context=rows[:n_context],
            query=rows[n_context:],
            noise=noise.double().numpy(),
            do={target: value},
            intervened=truth[0].double().numpy(),
            scm=batch,
            index=0,
        )
