"""The frozen suites: what each consists of. Editing a line here makes another suite; see `frozen.json`.

A suite is a list of cells, each with labels and its data sets. `SUITES` registers them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import torch

from foundation_causal.simulate import (
    MLP,
    Cauchy,
    ErdosRenyi,
    Exponential,
    Family,
    Gaussian,
    GaussianMixture,
    Laplace,
    Linear,
    Multiplicative,
    Periodic,
    Polynomial,
    Prior,
    Random,
    RandomFourier,
    Scaled,
    SigmoidAdditive,
    StudentT,
    p_in,
    p_out,
)
from foundation_causal.simulate.functions import Mechanism
from foundation_causal.simulate.graph_priors import GraphPrior
from foundation_causal.simulate.named_priors import IN_GRAPHS, OUT_GRAPHS, Kind, activa
from foundation_causal.simulate.noises import Noise
from foundation_causal.simulate.scm import SCMBatch
from foundation_causal.simulate.systems.csuite import CSUITE, csuite
from foundation_causal.suites.cases import Case, Cell, Labels, SCMCase, array, case_name, clamp_one, set_each
from foundation_causal.suites.table_definitions import bnlearn, mixed

SIZES = (10, 20, 50, 100)
QUERY = 400
KINDS: dict[str, Kind] = {"LIN": "linear", "RFF": "rff"}
NOISES: dict[str, Noise] = {"Gaussian": Gaussian((0.2, 2.0)), "Laplace": Laplace((0.2, 2.0))}


def cond_fip(seed: int, contexts: Sequence[int] = (400,)) -> list[Cell]:
    """LIN and RFF, IN and OUT, four sizes: 9 SCMs a cell from P_IN, 6 from P_OUT (Cond-FiP, section 5).

    However large the context, SCMs, query rows and interventions are the same, and contexts are nested.
    """
    cells: list[Cell] = []
    for number, (mechanism, where, d) in enumerate(
        (m, w, d) for m in KINDS for w in ("IN", "OUT") for d in SIZES
    ):
        for n in contexts:
            labels: Labels = {"mechanism": mechanism, "distribution": where, "d": d, "n": n}
            batches = partial(_cond_fip_batches, mechanism, where, d, seed + 100 * number)
            cells.append((labels, _nested_cell(labels, seed + 100 * number, batches)))
    return cells


def _nested_cell(
    labels: Labels, seed: int, batches: Callable[[], list[SCMBatch]]
) -> Callable[[str], Iterator[Case]]:
    """The first 400 rows are the query, the next n the context; one variable is clamped."""

    def cases(suite: str) -> Iterator[Case]:
        n, number = int(labels["n"]), 0
        for batch in batches():
            for b in range(len(batch)):
                scm, random = batch.take([b]), Random.seeded(seed + 10 + number, torch.float64)
                rows = array(scm.data)
                # The target and its value hang on the first 400 rows of the context, whatever its size.
                first = rows[QUERY : QUERY + 400]
                intervened = clamp_one(scm, first, scm.noise[:, :QUERY], random)
                context, query = rows[QUERY : QUERY + n], rows[:QUERY]
                name = case_name(suite, labels, number)
                yield SCMCase(name, labels, scm, context, query, intervened.noise, (intervened,))
                number += 1

    return cases


@lru_cache(maxsize=1)  # the sizes of context of one SCM come one after another
def _cond_fip_batches(mechanism: str, where: str, d: int, seed: int) -> list[SCMBatch]:
    make, graphs = (p_in, IN_GRAPHS) if where == "IN" else (p_out, OUT_GRAPHS)
    return [
        _draw(make([KINDS[mechanism]], [graph]), 3, d, QUERY + 1000, seed + offset)
        for offset, graph in enumerate(graphs)
    ]


def structure(seed: int) -> list[Cell]:
    """LIN, RFF and MLP, Gaussian and Laplace noise, four sizes, 20 SCMs each; contexts are nested."""
    cells: list[Cell] = []
    kinds = [(m, noise, d) for m in ("LIN", "RFF", "MLP") for noise in NOISES for d in (5, 10, 20, 50)]
    for number, (mechanism, noise, d) in enumerate(kinds):
        for n in (100, 400, 1000):
            labels: Labels = {"mechanism": mechanism, "noise": noise, "d": d, "n": n}
            cells.append((labels, _structure_cell(labels, seed + number)))
    return cells


def _structure_cell(labels: Labels, seed: int) -> Callable[[str], Iterator[Case]]:
    def cases(suite: str) -> Iterator[Case]:
        mechanism, noise, d, n = labels.values()
        batch = _structure_batch(str(mechanism), str(noise), int(d), seed)
        for b in range(len(batch)):
            scm = batch.take([b])
            rows, nothing = array(scm.data), array(scm.data[:, :0])
            yield SCMCase(case_name(suite, labels, b), labels, scm, rows[: int(n)], nothing, nothing)

    return cases


@lru_cache(maxsize=1)
def _structure_batch(mechanism: str, noise: str, d: int, seed: int) -> SCMBatch:
    graphs = tuple(IN_GRAPHS.values())
    mlp = Prior((Family(graphs, (Scaled(MLP(), gain=(1.0, 8.0)),), (NOISES[noise],)),))
    prior = mlp if mechanism == "MLP" else p_in([KINDS[mechanism]], noises=[NOISES[noise]])
    return _draw(prior, 20, d, 1000, seed)


STEADY: tuple[Noise, ...] = (Gaussian((0.2, 2.0)),)
RFF = RandomFourier(length=(7.0, 10.0), output=(10.0, 20.0))
# Infinite variance for the t below 2 degrees of freedom and for the Cauchy, whose half-width is kept small.
HEAVY: tuple[Noise, ...] = (StudentT((0.2, 1.0), freedom=(1.2, 3.0)), Cauchy((0.1, 0.5)))
ODD: tuple[Noise, ...] = (GaussianMixture((0.2, 2.0), components=(2,), apart=4.0), Exponential((0.2, 2.0)))
# The h of the noise's scale, sqrt(log(1 + exp(h))), which changes three- to tenfold over most data.
SPREAD = Scaled(RandomFourier(length=(1.5, 3.0), output=(1.0, 1.0)), gain=(1.0, 3.0), bound=2.0)
DENSE: tuple[GraphPrior, ...] = (ErdosRenyi(edges=(5,)),)
GRAPHS: tuple[GraphPrior, ...] = tuple(IN_GRAPHS.values())


def _per_family(
    mechanism: Mechanism, noises: tuple[Noise, ...] = STEADY, heteroscedastic: Mechanism | None = None
) -> list[Prior]:
    """A prior for every family of graphs; where there are several noises each node has its own."""
    return [
        Prior((Family((graph,), (mechanism,), noises, heteroscedastic=heteroscedastic, mixed=True),))
        for graph in GRAPHS
    ]


# For each kind, which breaks one assumption of a smooth model with steady noise, the number of variables and
# the priors from which equally many SCMs are drawn.
MECHANISM_KINDS: dict[str, tuple[int, list[Prior]]] = {
    "mlp": (10, _per_family(Scaled(MLP(activation="tanh")))),
    "polynomial": (10, _per_family(Scaled(Polynomial(), bound=3.0))),
    "multiplicative": (10, _per_family(Scaled(Multiplicative(), bound=3.0))),
    "sigmoid-additive": (10, _per_family(Scaled(SigmoidAdditive()))),
    "periodic": (10, _per_family(Scaled(Periodic()))),
    "heavy-tailed": (10, _per_family(RFF, HEAVY)),
    "odd-noise": (10, _per_family(RFF, ODD)),
    "linear-heteroscedastic": (10, _per_family(Linear((1.0, 3.0)), STEADY, SPREAD)),
    "rff-heteroscedastic": (10, _per_family(RFF, STEADY, SPREAD)),
    # Ten variables have no room for five parents each.
    "dense": (20, [Prior((Family(DENSE, (RFF,), STEADY),))]),
}


def mechanisms(seed: int) -> list[Cell]:
    """Ten kinds of SCMs that strain a smooth model with steady noise, 6 SCMs each; contexts are nested."""
    cells: list[Cell] = []
    for number, (kind, (d, _)) in enumerate(MECHANISM_KINDS.items()):
        for n in (100, 400):
            labels: Labels = {"kind": kind, "d": d, "n": n}
            batches = partial(_mechanism_batches, kind, seed + 100 * number)
            cells.append((labels, _nested_cell(labels, seed + 100 * number, batches)))
    return cells


@lru_cache(maxsize=1)
def _mechanism_batches(kind: str, seed: int) -> list[SCMBatch]:
    d, priors = MECHANISM_KINDS[kind]
    scms = 6 // len(priors)
    return [_draw(prior, scms, d, QUERY + 400, seed + offset) for offset, prior in enumerate(priors)]


def c_suite(seed: int) -> list[Cell]:
    """The nine configurations, five samples each: 400 rows of context, 400 of query, one intervention."""
    cells: list[Cell] = []
    for number, name in enumerate(CSUITE):
        labels: Labels = {"configuration": name, "d": len(csuite(name).noises), "n": 400}
        cells.append((labels, _c_suite_cell(labels, seed + 100 * number)))
    return cells


def _c_suite_cell(labels: Labels, seed: int) -> Callable[[str], Iterator[Case]]:
    def cases(suite: str) -> Iterator[Case]:
        equations = csuite(str(labels["configuration"]))
        for b in range(5):
            scm = equations.draw(n=QUERY + 400, seed=seed + b, dtype=torch.float64)
            rows, random = array(scm.data), Random.seeded(seed + 50 + b, torch.float64)
            intervened = clamp_one(scm, rows[QUERY:], scm.noise[:, :QUERY], random)
            name = case_name(suite, labels, b)
            yield SCMCase(name, labels, scm, rows[QUERY:], rows[:QUERY], intervened.noise, (intervened,))

    return cases


def activa_suite(seed: int) -> list[Cell]:
    """Gauss and Beta, 2 and 8 variables, 100 SCMs a cell; every variable set to 5 + N(0, 0.1) in turn."""
    cells: list[Cell] = []
    for number, (noise, d, n) in enumerate(
        (noise, d, n) for noise in ("gauss", "beta") for d, n in ((2, 40), (8, 30))
    ):
        labels: Labels = {"noise": noise, "d": d, "n": n}
        cells.append((labels, _activa_cell(labels, seed + 10 * number)))
    return cells


def _activa_cell(labels: Labels, seed: int) -> Callable[[str], Iterator[Case]]:
    def cases(suite: str) -> Iterator[Case]:
        d, n = int(labels["d"]), int(labels["n"])
        batch = _draw(activa("gauss" if labels["noise"] == "gauss" else "beta"), 100, d, n, seed)
        random = Random.seeded(seed + 1, torch.float64)
        for b in range(len(batch)):
            scm = batch.take([b])
            rows, nothing = array(scm.data), array(scm.data[:, :0])
            conditions = set_each(scm, 5.0, 0.1, n, random)
            yield SCMCase(case_name(suite, labels, b), labels, scm, rows, nothing, nothing, conditions)

    return cases


def _draw(prior: Prior, scms: int, d: int, n: int, seed: int) -> SCMBatch:
    return prior.draw(scms=scms, d=d, n=n, seed=seed, dtype=torch.float64)


class Definition(NamedTuple):
    """A suite in the registry.

    Attributes:
        make: Its cells, given the seed.
        seed: The first of those that its SCMs are drawn from.
        purpose: What it is for, in one line.
    """

    make: Callable[[int], list[Cell]]
    seed: int
    purpose: str


SUITES: dict[str, Definition] = {
    "cond-fip": Definition(
        cond_fip,
        70_100_000,
        "Mechanisms, graph given, on familiar (IN) and shifted (OUT) SCMs; 400 context rows.",
    ),
    "cond-fip-1000": Definition(
        partial(cond_fip, contexts=(1000,)),
        70_100_000,
        "The same SCMs, query rows and interventions with 1,000 context rows.",
    ),
    "cond-fip-scarce": Definition(
        partial(cond_fip, contexts=(25, 50, 100, 200)),
        70_100_000,
        "The same SCMs, query rows and interventions with 25 to 200 context rows.",
    ),
    "structure": Definition(
        structure, 70_200_000, "Graphs from 100 to 1,000 rows of three mechanisms and two noises."
    ),
    "csuite": Definition(
        c_suite, 70_300_000, "Mechanisms or graphs of nine small SCMs with known equations."
    ),
    "activa": Definition(
        activa_suite,
        70_400_000,
        "Effects of setting each variable in turn, in linear SCMs with 30 or 40 rows.",
    ),
    "mechanisms": Definition(
        mechanisms,
        70_500_000,
        "Ten kinds of mechanisms and noise that are hard to model; 100 and 400 context rows.",
    ),
    "bnlearn": Definition(
        bnlearn,
        70_600_000,
        "Graphs from 200 to 5,000 rows of 19 discrete and 4 Gaussian networks of bnlearn.",
    ),
    "mixed": Definition(
        mixed,
        70_700_000,
        "Graphs or mechanisms of discrete and mixed tables, 200 to 5,000 rows.",
    ),
}
