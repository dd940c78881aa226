"""Random SCMs of CausalProfiler with a query each: data sets of `treatment_effects.py` with their own graph.

The package causal-profiler (MIT) draws a graph, mechanisms, rows, and queries for the average effect of one
variable on another, of two values that the first was seen with. Of its queries that one is taken whose
treatment is a cause of the outcome, has a confounder and, where it is discrete, both values everywhere in the
confounders, where it is continuous, values a standard deviation apart. Nothing is hidden: the rows identify
the effect.

The package's own figure for the truth is not used: release 0.1.1 evaluates the second value of a discrete
treatment with noise that it has cut into regions once more, so that an effect of a value against itself may
be -0.6. Here its SCM is run with the same noise, as it was drawn, for both values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from effect_cells import Trial

from foundation_causal.runtime import seeded_globals
from foundation_causal.types import Array
from mechanisms.queries.adjustment import adjustment

ROWS = 1000
MANY_ROWS = 20_000  # for shares and standard deviations
TRUTH_ROWS = 100_000
NOISE_DRAWS, MOST_NOISE = 500, 200_000  # for the effect in a row: at least, and about so many in all rows
QUERIES = 20  # of each SCM, among which one is looked for
LEAST_SHARE = 0.1  # of rows with either value, among those with the same confounders
LEAST_STEP = 1.0  # between values of a continuous treatment, in standard deviations
SEED = 81_300_000
SPACES: dict[str, dict[str, Any]] = {
    "linear": {"mechanism_family": "linear", "noise_distribution": "gaussian", "noise_args": [0, 1]},
    "networks": {
        "mechanism_family": "nn",
        "mechanism_args": [16],
        "noise_distribution": "gaussian",
        "noise_args": [0, 0.3],
    },
    "tables": {
        "mechanism_family": "tabular",
        "variable_type": "discrete",
        "number_of_categories": 2,
        "number_of_noise_regions": 8,
        "noise_args": [0, 1],
    },
}


def profiled(kind: str, k: int) -> Trial:
    """The k-th SCM of a kind that has such a query; outcomes that are numbers in standard deviations."""
    seed = SEED + 100_000 * list(SPACES).index(kind)
    for _ in range(k + 1):
        trial, seed = _next(kind, seed)
    return trial


@cache
def _next(kind: str, seed: int) -> tuple[Trial, int]:
    """The trial of the first seed from this one on that has any, and the seed after it."""
    while True:
        with seeded_globals(seed):
            trial = _trial(kind)
        seed += 1
        if trial is not None:
            return trial, seed


def _trial(kind: str) -> Trial | None:
    scm, frame, queries, graph = _drawn(kind)
    discrete = kind == "tables"
    everyone = pd.DataFrame({name: values[:, 0] for name, values in scm.sample_data(MANY_ROWS).items()})
    for t, y, values in queries:
        known = adjustment(graph, t, y)
        confounded = bool(set(known.covariates) & nx.ancestors(graph, t))
        enough = _overlap(everyone, t, known.covariates, values) if discrete else _apart(everyone[t], values)
        if not (known.path and confounded and enough):
            continue
        unit = 1.0 if discrete else float(everyone[y].std())
        truth = float(_differences(scm, t, y, values, TRUTH_ROWS).mean()) / unit
        effects = _effects(scm, frame[list(known.covariates)], t, y, values) / unit
        return Trial(frame.assign(**{y: frame[y] / unit}), t, y, truth, effects, values, graph)
    return None


def _drawn(kind: str) -> tuple[Any, pd.DataFrame, Iterator[tuple[str, str, tuple[float, float]]], nx.DiGraph]:
    """An SCM, rows, queries (treatment, outcome, values in their order) and the graph."""
    from causal_profiler import constants
    from causal_profiler.sampler import Sampler
    from causal_profiler.space_of_interest import SpaceOfInterest

    enums = {
        "mechanism_family": constants.MechanismFamily,
        "noise_distribution": constants.NoiseDistribution,
        "variable_type": constants.VariableDataType,
    }
    space = {name: enums[name](value) if name in enums else value for name, value in SPACES[kind].items()}
    if kind == "networks":
        space["mechanism_args"] = [constants.NeuralNetworkType.FEEDFORWARD, *space["mechanism_args"]]
    sampler = Sampler(
        SpaceOfInterest(
            number_of_nodes=(5, 10),
            expected_edges="2 * N",
            query_type=constants.QueryType.ATE,
            number_of_queries=QUERIES,
            number_of_data_points=ROWS,
            **space,
        ),
        n_samples=ROWS,  # for its own figures, which are not used
    )
    rows, (asked, _), (children, names) = sampler.generate_samples_and_queries()
    frame = pd.DataFrame({name: rows[name][:, 0] for name in names}).astype(float)
    graph = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from((names[i], names[j]) for i, found in children.items() for j in found)
    queries = (
        (
            query.vars["T"][0].name,
            query.vars["Y"][0].name,
            tuple(sorted(float(np.ravel(value)[0]) for value in query.vars_values["T"])),
        )
        for query in asked
    )
    return sampler._scm, frame, queries, graph


def _apart(treatment: pd.Series, values: tuple[float, float]) -> bool:
    return values[1] - values[0] >= LEAST_STEP * float(treatment.std())


def _overlap(rows: pd.DataFrame, t: str, covariates: Sequence[str], values: tuple[float, float]) -> bool:
    """Whether both values are seen with every combination of the covariates."""
    if not covariates or values[0] == values[1]:
        return False
    shares = rows.groupby(list(covariates))[t].value_counts(normalize=True).unstack(fill_value=0.0)
    return set(values) <= set(shares) and bool((shares[list(values)] >= LEAST_SHARE).all(axis=None))


def _differences(
    scm: Any, t: str, y: str, values: tuple[float, float], n: int, others: Mapping[str, Array] | None = None
) -> Array:
    """Outcomes under the second value less those under the first, with the same noise, shape [n].

    Args:
        others: more variables to set, each to an array of n values.
    """
    scm.n_samples = n
    scm.reset_values()
    scm.sample_noise_variables()
    noise = {name: scm.variables[name].value for name in scm.noise_variables}
    outcomes = []
    for value in values:
        scm.reset_values()
        for name, drawn in noise.items():
            scm.variables[name].value = drawn  # tables put regions in its place
        do = {**(others or {}), t: np.full(n, value)}
        for name, column in do.items():
            kind = float if scm.variables[name].variable_type.value == "continuous" else int
            scm.do_hard_intervention(scm.variables[name], column.astype(kind)[:, None])
        scm.compute_variables()
        outcomes.append(np.asarray(scm.variables[y].value[:, 0], dtype=float))
        scm.remove_interventions([scm.variables[name] for name in do])
    return outcomes[1] - outcomes[0]


def _effects(scm: Any, covariates: pd.DataFrame, t: str, y: str, values: tuple[float, float]) -> Array:
    """Expected effects given the covariates in each row, shape [n].

    Covariates that are given cause what they cause as if they were set, because they are the parents of the
    paths from the treatment to the outcome.
    """
    cases, row = np.unique(covariates.to_numpy(), axis=0, return_inverse=True)
    draws = max(NOISE_DRAWS, MOST_NOISE // len(cases))
    many = cases.repeat(draws, axis=0)
    others = dict(zip(covariates, many.T, strict=True))
    found = _differences(scm, t, y, values, len(many), others)
    return found.reshape(len(cases), draws).mean(1)[row.ravel()]
