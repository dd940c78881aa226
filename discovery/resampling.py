"""Stability of a graph: discover again and again on resampled rows, and count which edges come back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from discovery.knowledge import Knowledge
from discovery.network.answers import DEFAULT_MODEL
from discovery.pipeline import predict
from discovery.search.dags import most_probable_dag
from discovery.table_warnings import about_directions, warn_of_table
from foundation_causal.checks import check_count, check_seed
from foundation_causal.columns.row_checks import FEWEST_APART, judge_rows
from foundation_causal.columns.type_inference import Types
from foundation_causal.errors import InputError, counted, quoted, reason, said, warn
from foundation_causal.graphs import adjacency, from_adjacency, titled
from foundation_causal.observations import MIN_ROWS, Observations, Table, observations
from foundation_causal.parallel.spread import spread
from foundation_causal.runtime import end_with_parent
from foundation_causal.types import Array

MAJORITY = 0.5  # an edge of the consensus graph stands in more than this share of the graphs
Resample = Literal["half", "bootstrap"]
RESAMPLES = get_args(Resample)
MOST_REPLICATES, MOST_JOBS = 100_000, 1000
MAX_TRIES = 100  # resamples drawn before giving up on one in which every column varies


@dataclass(frozen=True, eq=False)
class Stability:
    """Graphs over the same columns, one for every resample of the rows, and what they share.

    A share of `s` among `r` graphs has a standard error of `sqrt(s (1 - s) / r)` from the resampling alone.

    Attributes:
        graphs: One DAG for every replicate, in the order of the replicates.
        probabilities: `[d, d]`, mean over the replicates of the probability of `i -> j`.

    Example:
        >>> graphs = [nx.DiGraph([("a", "b"), ("b", "c")]), nx.DiGraph([("a", "b"), ("c", "b")])]
        >>> names = ["a", "b", "c"]
        >>> stability = Stability(graphs, pd.DataFrame(0.2, index=names, columns=names))
        >>> stability.edges
          cause effect  share  either_direction  probability
        0     a      b    1.0               1.0          0.2
        1     b      c    0.5               1.0          0.2
        2     c      b    0.5               1.0          0.2
        >>> float(stability.ancestors.at["a", "c"]), list(stability.graph.edges)
        (0.5, [('a', 'b')])
    """

    graphs: list[nx.DiGraph]
    probabilities: pd.DataFrame

    def __repr__(self) -> str:
        d, edges = len(self.probabilities), self.graph.number_of_edges()
        size = f"{counted(len(self.graphs), 'replicate')}, {counted(d, 'variable')}"
        return f"Stability({size}, {counted(edges, 'edge')} in the consensus)"

    @cached_property
    def frequencies(self) -> pd.DataFrame:
        """`[d, d]`, row `i`, column `j`: the share of the graphs with the edge `i -> j`."""
        return self._share(lambda graph: graph)

    @cached_property
    def ancestors(self) -> pd.DataFrame:
        """`[d, d]`, row `i`, column `j`: the share of the graphs with a directed path from `i` to `j`."""
        return self._share(nx.transitive_closure_dag)

    @cached_property
    def edges(self) -> pd.DataFrame:
        """One row for every edge that stands in some graph, from the most to the least frequent.

        The columns: `cause`, `effect`, `share` (of the graphs with the edge), `either_direction` (share of
        the graphs with the edge or its reverse), `probability` (mean over the replicates).
        """
        share, probability = self.frequencies.to_numpy(), self.probabilities.to_numpy()
        names = np.array(self.probabilities.columns, dtype=object)
        i, j = np.nonzero(share)
        table = pd.DataFrame(
            {
                "cause": names[i],
                "effect": names[j],
                "share": share[i, j],
                "either_direction": share[i, j] + share[j, i],
                "probability": probability[i, j],
            }
        )
        order = ["share", "either_direction", "probability"]
        return table.sort_values(order, ascending=False, kind="stable", ignore_index=True)

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The edges that stand in more than half of the graphs; `consensus` takes other shares."""
        return self.consensus(MAJORITY)

    def consensus(self, share: float) -> nx.DiGraph:
        """The DAG of the edges that stand in more than this share of the graphs.

        Edges go in from the most frequent down, and one that would close a cycle is left out: three edges
        can each stand in two thirds of the graphs, and form a cycle. Edges carry their share as the attribute
        `share`.

        Raises:
            InputError: A share below 0 or not below 1.
        """
        if not (isinstance(share, Real) and 0 <= share < 1):
            raise InputError(
                f"The share of the graphs is {said(share)}; give one from 0 up to, not including, 1."
            )
        frequencies = self.frequencies.to_numpy()
        graph = from_adjacency(most_probable_dag(frequencies, share), list(self.probabilities.columns))
        for (cause, effect), frequency in zip(graph.edges, frequencies[adjacency(graph) > 0], strict=True):
            graph.edges[cause, effect]["share"] = float(frequency)
        return titled(graph, self.probabilities.columns)

    def _share(self, relation: Callable[[nx.DiGraph], nx.DiGraph]) -> pd.DataFrame:
        """The share of the graphs in which `i` and `j` stand in a relation, `[d, d]`."""
        names = list(self.probabilities.columns)
        count = sum(adjacency(relation(graph), names).astype(int) for graph in self.graphs)
        return pd.DataFrame(count / len(self.graphs), index=names, columns=names)


class Plan(NamedTuple):
    """The data of all replicates, how rows are drawn, and the settings by which graphs are discovered."""

    table: Observations
    seed: int
    resample: str
    settings: dict[str, Any]
    parent: int = 0  # the process that asks for it, with which its workers end


def bootstrap(
    data: Table | Observations,
    *,
    types: Types | None = None,
    replicates: int = 100,
    seed: int = 0,
    resample: Resample = "half",
    refine: bool = True,
    confounders: bool = True,
    knowledge: Knowledge | None = None,
    intervened: pd.DataFrame | NDArray[np.generic] | None = None,
    model: str | Path = DEFAULT_MODEL,
    jobs: int | None = None,
    cluster: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Stability:
    """Discover a graph on every one of many resamples of the rows, and collect what they share.

    The rows of replicate `k` depend on `seed` and `k` alone, not on the number of replicates or of jobs.
    A resample that `discover` could not take, because a column became constant or lost its values, is drawn
    again.

    Args:
        data: `n` rows of `d` variables, as for `discover`.
        types: What is known of some columns' types, by name, as for `discover`.
        replicates: How many resamples, at least 1.
        seed: Fixes the resamples.
        resample: "half" draws half of the rows without replacement, as in stability selection (Meinshausen
            and Bühlmann 2010); "bootstrap" draws `n` rows with replacement (Efron 1979). Scores take a row
            that was drawn twice for two, and put in edges that are not there: `docs/uncertainty.md`.
        refine: Whether each graph is refined by a search, as for `discover`.
        confounders: Whether columns may share hidden causes, as for `discover`.
        knowledge: What is known of the graph; every replicate honours it.
        intervened: 0/1 or bool, `[n, d]`: which values an intervention set. The mask of a row goes where the
            row goes.
        model: A bundled model, a model folder, or a hub id.
        jobs: How many processes; -1 takes one for each core. None leaves that, and where the work is done, to
            `joblib.parallel_config`; without one, there is one.
        cluster: The address of a Dask cluster (:mod:`foundation_causal.parallel.clusters`), which
            takes the work over.
        progress: Called with a few words after each replicate.

    Returns:
        A `Stability`: `.edges`, `.frequencies`, `.ancestors`, `.graphs`, `.graph`.

    Raises:
        InputError: A number of replicates or jobs, a seed or a way to resample that makes no sense; data,
            knowledge or weights that cannot be used; no usable resample in 100 draws. An error in a replicate
            names its number.

    Warns:
        SubsampleWarning: A replicate has more rows than decide about its graph.
        LostWorkersWarning: Workers died, and what they had was done again.
        FewRowsWarning: The table has fewer rows than the network was trained on, or than it has columns.
        RowCounterWarning: A column only counts or names the rows.
        AlikeLabelsWarning, MissingCodeWarning, RepeatedUnitsWarning, TotalsRowWarning: As for `discover`.
        OpenDirectionsWarning: Numbers beside levels are rounded, so that directions are believed less.
        RepeatedColumnWarning: Columns hold the same values.
        CopiedRowsWarning, DependentColumnsWarning, OrderedRowsWarning, SpoiledValuesWarning: As for
            `discover`.

    Example:
        >>> from foundation_causal.simulate import p_in
        >>> frame = p_in(["linear"]).draw(scms=1, d=4, n=100, seed=3).frame(0)
        >>> stability = bootstrap(frame, replicates=5, refine=False)
        >>> len(stability.graphs), stability.frequencies.shape
        (5, (4, 4))
    """
    table = observations(data, intervened=intervened, missing=True, types=types)
    judged = judge_rows(table, 2 * FEWEST_APART)
    n = len(judged.table.frame)
    warn_of_table(table, judged, refine, n // 2 if resample == "half" else n)
    table = judged.table  # else halves would share rows
    _check(replicates, seed, resample, jobs, len(table.frame))
    settings: dict[str, Any] = {"knowledge": knowledge, "model": model, "confounders": confounders}
    whole = predict(table, **settings, refine=False)  # what would stop every replicate stops here
    for warning in about_directions(whole.titled(table.schema), knowledge):
        warn(warning)
    plan = Plan(table, seed, resample, settings | {"refine": refine}, os.getpid())
    graphs, total = [], np.zeros((len(table.names),) * 2)
    for edges, probabilities in results(plan, replicates, jobs, cluster):
        graphs.append(table.schema.titled(from_adjacency(edges, table.names)))
        total += probabilities
        if progress is not None:
            progress(f"{len(graphs)} of {replicates}")
    titles = table.schema.titles
    mean = pd.DataFrame(total / replicates, index=titles, columns=titles)
    return Stability(graphs, mean)


def results(
    plan: Plan, replicates: int, jobs: int | None, cluster: str | None = None
) -> Iterator[tuple[NDArray[np.bool_], Array]]:
    """Adjacency and probabilities of every replicate, in their order, each as soon as it is there."""
    early: dict[int, tuple[NDArray[np.bool_], Array]] = {}
    following = 0
    for k, result in spread(partial(replicate, plan), range(replicates), jobs=jobs, cluster=cluster):
        early[k] = result
        while following in early:
            yield early.pop(following)
            following += 1


def replicate(plan: Plan, k: int) -> tuple[NDArray[np.bool_], Array]:
    """Adjacency and probabilities, `[d, d]` each, of replicate `k`; an error names its number."""
    end_with_parent(plan.parent)
    try:
        prediction = predict(draw(plan, k), **plan.settings)
    except InputError as error:
        raise InputError(f"Replicate {k + 1} failed: {error}") from error
    except Exception as error:
        error.add_note(f"This happened in replicate {k + 1} with the seed {plan.seed}.")
        raise
    return adjacency(prediction.graph, plan.table.names) > 0, prediction.probabilities.to_numpy()


def draw(plan: Plan, k: int) -> Observations:
    """The rows of replicate `k`: the first of its resamples that passes the checks of the data.

    Raises:
        InputError: None of `MAX_TRIES` resamples does.
    """
    rng, n = np.random.default_rng([plan.seed, k]), len(plan.table.frame)
    last = ""
    for _ in range(MAX_TRIES):
        rows = rng.integers(n, size=n) if plan.resample == "bootstrap" else rng.permutation(n)[: n // 2]
        mask = plan.table.intervened
        try:
            return observations(
                plan.table.frame.iloc[rows].reset_index(drop=True),
                intervened=None if mask is None else mask[rows],
                missing=True,
                types=plan.table.schema,
            )
        except InputError as error:
            last = reason(error)
    raise InputError(f"None of {MAX_TRIES} resamples of the rows can be used ({last}).")


def _check(replicates: int, seed: int, resample: str, jobs: int | None, rows: int) -> None:
    """Refuse settings that cannot be carried out, before the work begins.

    Raises:
        InputError: A number, a seed or a way to resample that makes no sense, or too few rows to halve.
    """
    replicates = check_count("replicates", replicates, 1, MOST_REPLICATES)
    check_seed(seed)
    whole = isinstance(jobs, Integral) and not isinstance(jobs, bool)
    if jobs is not None and not (whole and (jobs == -1 or 1 <= jobs <= MOST_JOBS)):
        raise InputError(f"The number of jobs is {said(jobs)}; give 1 or more, or -1 for one for each core.")
    if resample not in RESAMPLES:
        raise InputError(f"There is no resample {quoted([resample])}; use one of {quoted(RESAMPLES)}.")
    if resample == "half" and rows < 2 * MIN_ROWS:
        raise InputError(
            f"Half of {rows} rows are fewer than {MIN_ROWS}; give more rows, or resample 'bootstrap'."
        )
