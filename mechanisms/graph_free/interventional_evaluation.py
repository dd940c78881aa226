"""Interventional distributions of several methods against true rows, as in ACTIVA's Tables 1 and 2.

Four cells of tasks are those of the suite "activa"; two are drawn on demand by SERGIO, which the extra
`simulators` brings. The last four are closer to what users want to know: SCMs from P_IN, standardized, each
variable set to a value that is rare in the data, but within their reach. Samples are compared as in appendix
B of the paper (Sauter, Salehkaleybar, Plaat and Acar).
"""

from __future__ import annotations

import math
import time
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import networkx as nx
import numpy as np
import pandas as pd
import torch

from foundation_causal.errors import DataWarning, InputError, quoted
from foundation_causal.metrics.samples import mmd, permutation_test, wasserstein
from foundation_causal.observations import observations
from foundation_causal.runs import Row, Run, RunLog
from foundation_causal.runtime import one_thread
from foundation_causal.simulate import Random, p_in
from foundation_causal.simulate.named_priors import Kind
from foundation_causal.simulate.systems.sergio import ACTIVA, ACTIVA_OUT, Ranges, sergio
from foundation_causal.suites import SCMCase, load_suite
from foundation_causal.suites.cases import set_each
from foundation_causal.types import Array
from mechanisms.graph_free.predictors import METHODS, Question, ask
from mechanisms.graph_free.query import Answer
from mechanisms.mechanism_evaluation import check_methods, logged

PERMUTATIONS = 100
LEVEL = 0.05
TRUTH = "truth"  # other rows of the true SCM: what chance alone leaves of every score
ALL = (*METHODS, TRUTH)
MEASURES = ("mmd", "mmd_squared", "wsd", "erg", "accepted", "log_likelihood", "seconds", "queries")

SET_TO, SPREAD = 5.0, 0.1  # of the suite "activa"
RARE = 2.0  # standard deviations above the observed mean
ROWS = 100  # of an SCM from P_IN
IN_REACH_SEEDS = 80_400_000
KINDS: dict[str, Kind] = {"lin": "linear", "rff": "rff"}
SERGIO_ROWS = 30  # single cells of each condition
SCMS = 100  # of a cell
# Numbers from here on are for testing; whoever trains on SERGIO draws below.
SERGIO_SEEDS = {"sergio": 80_000_000, "sergio-ood": 80_100_000}


@dataclass(frozen=True, eq=False)
class Intervention:
    """An intervention and rows under it.

    Attributes:
        do: The variable that is set, and to what.
        rows: True rows, `[m, d]`.
        again: As many rows drawn anew from the same SCM, independent of each other, or None.
    """

    do: dict[str, float]
    rows: pd.DataFrame
    again: pd.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class Task:
    """Observations, and the truth about interventions.

    Attributes:
        name: As "gauss-2/0".
        data: Observations, `[n, d]`.
        graph: The true DAG.
        interventions: One on each variable.
        spread: The standard deviation of the rows around the value that is set.
        model: The ACTIVA that is trained for such data.
    """

    name: str
    data: pd.DataFrame
    graph: nx.DiGraph
    interventions: tuple[Intervention, ...]
    spread: float
    model: str

    def with_spread(self, rows: pd.DataFrame, do: dict[str, float], seed: int) -> pd.DataFrame:
        """An answer's rows, with set variables spread as in the true rows, alike for every method."""
        random = np.random.default_rng([seed, 1])  # not the stream that the answer was drawn from
        drawn = {name: value + self.spread * random.normal(size=len(rows)) for name, value in do.items()}
        return rows.assign(**drawn)


def _linear(noise: str, d: int) -> Iterator[Task]:
    for case in load_suite("activa").only(noise=noise, d=d):
        assert isinstance(case, SCMCase)  # as all of this suite
        number = case.name.rsplit("/", 1)[1]
        again = set_each(case.scm, SET_TO, SPREAD, len(case.context), _anew(number, noise, d))
        interventions = tuple(
            Intervention(first.do, _frame(case, first.rows), _frame(case, second.rows))
            for first, second in zip(case.interventions, again, strict=True)
        )
        cell = f"{noise}-{d}"
        yield Task(f"{cell}/{number}", case.frame, case.graph, interventions, SPREAD, f"activa-{cell}")


def _anew(number: str, noise: str, d: int) -> Random:
    """Randomness that the suite has not used."""
    return Random.seeded(80_200_000 + 1000 * d + (500 if noise == "beta" else 0) + int(number), torch.float64)


def _frame(case: SCMCase, rows: Array) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(case.scm.names))


def _genes(cell: str, d: int, ranges: Ranges) -> Iterator[Task]:
    for number in range(SCMS):
        simulate = partial(sergio, d=d, n=SERGIO_ROWS, seed=SERGIO_SEEDS[cell] + number, ranges=ranges)
        # The cells of one other trajectory would share its chance.
        drawn, again = simulate(), simulate(independent=True).knocked_out
        knocked_out = tuple(
            Intervention({gene: 0.0}, rows, again[gene]) for gene, rows in drawn.knocked_out.items()
        )
        yield Task(f"{cell}/{number}", drawn.observed, drawn.graph, knocked_out, 0.0, "activa-sergio")


def _in_reach(kind: str, d: int) -> Iterator[Task]:
    """SCMs from P_IN, all values in observed standard deviations from the observed mean."""
    seed = IN_REACH_SEEDS + 1000 * d + 500 * (kind == "rff")
    scms = p_in([KINDS[kind]]).draw(scms=SCMS, d=d, n=ROWS, seed=seed, dtype=torch.float64)
    random = Random.seeded(seed + 1, torch.float64)
    for number in range(SCMS):
        scm = scms.take([number])
        spread, mean = torch.std_mean(scm.data, 1, keepdim=True, correction=0)
        frame = partial(_frame_in_units, list(scm.names), mean, spread)
        interventions = []
        for name, value in zip(scm.names, (mean + RARE * spread)[0, 0].tolist(), strict=True):
            do = scm.do({name: value})
            rows = (scm.generate(scm.fresh_noise(ROWS, random.generator), do) for _ in range(2))
            interventions.append(Intervention({name: RARE}, *map(frame, rows)))
        yield Task(f"{kind}-{d}/{number}", frame(scm.data), scm.graph(0), tuple(interventions), 0.0, "activa")


def _frame_in_units(
    names: list[str], centre: torch.Tensor, scale: torch.Tensor, rows: torch.Tensor
) -> pd.DataFrame:
    """Rows `[1, n, d]`, measured from `centre` by `scale`, `[1, 1, d]` each."""
    return pd.DataFrame(((rows - centre) / scale)[0].numpy(), columns=names)


CELLS: dict[str, Callable[[], Iterator[Task]]] = {
    **{f"{noise}-{d}": partial(_linear, noise, d) for d in (2, 8) for noise in ("gauss", "beta")},
    "sergio": partial(_genes, "sergio", 8, ACTIVA),
    "sergio-ood": partial(_genes, "sergio-ood", 11, ACTIVA_OUT),
    **{f"{kind}-{d}": partial(_in_reach, kind, d) for d in (2, 5) for kind in KINDS},
}
"""The cells of the paper's Tables 1 and 2, and those within the reach of the data; 100 SCMs each."""


def tasks(cell: str) -> Iterator[Task]:
    """The tasks of a cell, drawn one after the other.

    Raises:
        InputError: An unknown cell, or no SERGIO.

    Example:
        >>> task = next(tasks("gauss-2"))
        >>> task.data.shape, [true.do for true in task.interventions]
        ((40, 2), [{'X1': 5.0}, {'X2': 5.0}])
    """
    if cell not in CELLS:
        raise InputError(f"There is no cell '{cell}'; use one of {quoted(list(CELLS))}.")
    return CELLS[cell]()


def evaluate_interventional(
    cells: Sequence[str] = tuple(CELLS),
    *,
    methods: Sequence[str] = ("conditional", "discover", "average-20"),
    first: int | None = None,
    log: str | Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Every variable set in turn, without a graph: the scores of appendix B of ACTIVA, and a few more.

    A method draws as many rows as there are true ones. In the suite "activa" these spread around the value
    that is set, by N(0, 0.1): the column that is set gets the same spread, by the same draws, whatever the
    method. No other column responds to it.

    Args:
        cells: Any of :data:`CELLS`.
        methods: Any of :data:`mechanisms.graph_free.predictors.METHODS`, or "truth": rows drawn anew from
            the true SCM, which show what chance leaves of every score; SERGIO's, each from a run of its own.
        first: Only so many of the 100 SCMs of a cell.
        log: Keep the scores here, one JSON object a line for each SCM and method as soon as it is done, and
            take from there what has been done. Use one file for one state of the models.
        progress: Called with a few words after each SCM.

    Returns:
        One row for each SCM and method, each score a mean over its interventions: cell, data, method, mmd,
        mmd_squared, wsd, erg (:class:`Scores`), accepted (share of permutation tests that do not reject at
        5%), log_likelihood (natural, of a true row, of the variables that are not set; nan without a
        density), seconds (of the processor, for one query from the bare data), queries. A method that cannot
        be used on an SCM has `failure` in the place of scores.

    Raises:
        InputError: An unknown cell or method, a file that cannot be used, `first` below 1, or no SERGIO.

    Example:
        >>> table = evaluate_interventional(["beta-2"], methods=["conditional", "truth"], first=2)
        >>> mean = table.groupby("method")["mmd"].mean()
        >>> bool(mean["truth"] < mean["conditional"])
        True
    """
    check_methods(methods, ALL)
    if first is not None and first < 1:
        raise InputError(f"The number of SCMs per cell is {first}; give a whole number above 0.")
    kept = RunLog(None if log is None else Path(log))
    rows: list[Row] = []
    for cell in cells:
        for task in islice(tasks(cell), first):
            rows += _rows(cell, task, methods, kept)
            if progress is not None:
                progress(task.name)
    return pd.DataFrame(rows, columns=["cell", "data", "method", *MEASURES, "failure"])


def _rows(cell: str, task: Task, methods: Sequence[str], log: RunLog) -> Iterator[Row]:
    for method in methods:
        if method == TRUTH and task.interventions[0].again is None:
            continue
        yield logged(Run(task.name, {"cell": cell}, method), log, partial(score, method, task))


def score(method: str, task: Task) -> Row:
    """The mean scores of a method over the interventions of a task.

    Raises:
        InputError: The method cannot be used on these data.
    """
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # the suite sets everything far outside
        start = time.process_time()
        answers = None if method == TRUTH else ask(method, _question(task))
        fitted = time.process_time() - start
        rows = [_scores(task, true, answers) for true in task.interventions]
    means: Row = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    return {**means, "seconds": fitted + means["seconds"], "queries": len(rows)}


def _question(task: Task) -> Question:
    positive = all(value > 0 for true in task.interventions for value in true.do.values())
    return Question(observations(task.data), task.graph, task.model, logs="auto" if positive else False)


def _scores(task: Task, true: Intervention, answers: Callable[[dict[str, float]], Answer] | None) -> Row:
    """The scores of one intervention; the seconds are those of the answer alone."""
    seed = zlib.crc32(f"{task.name} {true.do}".encode())
    start, log_likelihood = time.process_time(), float("nan")
    if answers is None:
        assert true.again is not None
        rows = true.again
        seconds = 0.0
    else:
        answer = answers(true.do)
        drawn = answer.sample(len(true.rows), seed=seed)
        seconds = time.process_time() - start
        rows = task.with_spread(drawn, true.do, seed)
        density = answer.log_prob(true.rows)
        log_likelihood = log_likelihood if density is None else float(density.mean())
    scores = compare(true.rows, rows, seed=seed)
    accepted = float(scores.p_value > LEVEL)
    distances = {"mmd": scores.mmd, "mmd_squared": scores.mmd_squared, "wsd": scores.wsd, "erg": scores.erg}
    return {**distances, "accepted": accepted, "log_likelihood": log_likelihood, "seconds": seconds}


class Scores(NamedTuple):
    """Distances between true rows and a method's; smaller is better.

    Attributes:
        mmd: The maximum mean discrepancy, from 0 to the root of 2.
        mmd_squared: Its square. The paper defines the square and calls both by one name.
        wsd: The 1-Wasserstein distance, in the data's units.
        erg: The energy distance E|X - Y| - E|X - X'| / 2 - E|Y - Y'| / 2, which is half of
            :func:`foundation_causal.metrics.energy_distance`, in the data's units.
        p_value: p-value of the permutation test on it, with 100 permutations.
    """

    mmd: float
    mmd_squared: float
    wsd: float
    erg: float
    p_value: float


def compare(truth: pd.DataFrame, rows: pd.DataFrame, seed: int = 0) -> Scores:
    """All the paper's scores of two samples.

    The kernel of the maximum mean discrepancy is as wide as the median distance between two different rows of
    both samples together.

    Args:
        truth: A sample, `[n, d]`, of at least two rows.
        rows: Another sample, `[m, d]`, of at least two rows, matched by column name.
        seed: Seed of the permutations.

    Raises:
        InputError: Samples that cannot be compared.

    >>> apart = compare(pd.DataFrame({"x": [0.0, 1.0]}), pd.DataFrame({"x": [4.0, 5.0]}))
    >>> apart.wsd, apart.erg
    (4.0, 3.5)
    """
    squared = mmd(truth, rows)
    test = permutation_test(truth, rows, permutations=PERMUTATIONS, seed=seed)
    return Scores(math.sqrt(squared), squared, wasserstein(truth, rows), test.statistic / 2, test.p_value)
