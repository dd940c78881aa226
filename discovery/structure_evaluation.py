"""Structure evaluation: predicted graphs against true ones, on one data set or on a frozen suite.

A suite is a list of runs, one method on one data set each. What is finished is kept on disk, so that an
evaluation that was killed goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from numbers import Real
from pathlib import Path
from typing import Any, TypeVar

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from discovery.baselines import learn
from discovery.network.answers import DEFAULT_MODEL
from discovery.pipeline import discover, predict
from discovery.structure_methods import OURS, check_methods
from foundation_causal import metrics
from foundation_causal.columns.row_checks import judge_rows
from foundation_causal.columns.type_inference import Types
from foundation_causal.errors import InputError, reason, said
from foundation_causal.graphs import adjacency, check_nodes
from foundation_causal.metrics.all_scores import SCORES, pattern_scores
from foundation_causal.metrics.probabilities import count_pairs
from foundation_causal.observations import MIN_COLUMNS, MIN_ROWS, Observations, Table, observations
from foundation_causal.runs import Row, Run, RunLog, Unfinished, finished
from foundation_causal.runtime import one_thread
from foundation_causal.suites import Suite, load_suite
from foundation_causal.types import Array

RUNS = "runs.jsonl"
Matrix = TypeVar("Matrix", Array, Array | None)
# Scores that are undefined where an answer has a cycle or an open direction.
OF_DAGS = [name for name in SCORES if "sid" in name or "aid" in name or name == "cpdag_shd"]


def evaluate_structure(
    data: Table | Observations,
    truth: nx.DiGraph,
    *,
    types: Types | None = None,
    refine: bool = True,
    confounders: bool = True,
    model: str | Path = DEFAULT_MODEL,
) -> dict[str, float]:
    """Discover a graph and compare it with the truth.

    Args:
        data: Observations `[n, d]`, in which values may be missing.
        truth: The reference graph over the same names.
        types: What is known of some columns' types, by name, as for `discover`.
        refine: Whether the network's answer is refined by a search, as in `discover`.
        confounders: Whether columns may share hidden causes, as in `discover`.
        model: A bundled model, a model folder, or a hub id.

    Returns:
        The scores of :func:`foundation_causal.metrics.structure_scores`, and `seconds`. Counts, such as
        `shd`, are int; what is undefined is nan, such as `auprc` without an edge in the reference.
        `cyclic_fraction` is 1 if the answer has a cycle: it never has.

    Raises:
        InputError: Data that cannot be used, or a reference with other names.
    """
    table = observations(data, missing=True, types=types)
    truth = check_nodes(truth, table.names)
    start = time.perf_counter()
    prediction = discover(table, refine=refine, confounders=confounders, model=model)
    seconds = time.perf_counter() - start
    scores = metrics.structure_scores(truth, prediction.graph, prediction.probabilities)
    return {**scores, "seconds": seconds}


def evaluate_suite(
    suite: str = "structure",
    *,
    methods: Sequence[str] = ("foundation-causal",),
    model: str | Path = DEFAULT_MODEL,
    first: int | None = None,
    folder: str | Path | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    time_limit: float | None = None,
    progress: Callable[[str], None] | None = None,
    **labels: str | int | Sequence[str | int],
) -> pd.DataFrame:
    """Discover the graph of every data set of a frozen suite, from its context alone.

    Args:
        suite: Any of `foundation_causal.suites.suite_names()`.
        methods: Any of `discovery.structure_methods.METHODS`.
        model: Model of "foundation-causal" and "network" (without refinement), as in `discover`.
        first: Only so many data sets of every cell; all by default.
        folder: Keep every run in `runs.jsonl` here, as soon as it is done, and take from there what has been
            done: a killed evaluation goes on where it was. Use one folder for one state of the models.
        jobs: How many runs at a time, each in a process of its own.
        cluster: The address of a Dask cluster (:mod:`foundation_causal.parallel.clusters`), which
            takes the runs over.
        time_limit: Seconds after which a run is ended.
        progress: Called with a few words after each run.
        labels: Which cells, as `d=20` or `mechanism=("LIN", "RFF")`; all by default.

    Returns:
        One row per cell and method: its labels, `method`, `cases`, `failures` and `timeouts` among them, the
        mean over the rest of every score of :func:`foundation_causal.metrics.all_scores.pattern_scores`,
        `shd_se`, the standard error of the mean of `shd`, and `seconds` of the processor. Undefined scores
        are left out of a mean, but those that need a DAG as an answer are nan unless all answers are one.

    Raises:
        InputError: An unknown suite, label or method, a package that is missing, contexts that are too small
            for `discover`, a folder that cannot be used, or numbers below 1.

    Example:
        >>> table = evaluate_suite("csuite", methods=["network"], configuration="nonlin_simpson")
        >>> int(table["cases"][0]), int(table["failures"][0]), float(table["cyclic_fraction"][0])
        (5, 0, 0.0)
    """
    chosen = load_suite(suite).only(**labels)
    rows = suite_runs(
        chosen,
        methods=methods,
        model=model,
        first=first,
        folder=folder,
        jobs=jobs,
        cluster=cluster,
        time_limit=time_limit,
        progress=progress,
    )
    return cell_means(rows, list(chosen.cells[0][0]))


def suite_runs(
    suite: Suite,
    *,
    methods: Sequence[str] = ("foundation-causal",),
    model: str | Path = DEFAULT_MODEL,
    first: int | None = None,
    folder: str | Path | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    time_limit: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Row]:
    """The single runs behind :func:`evaluate_suite`, in the order of the suite.

    Args:
        suite: The data sets.
        methods: Any of `discovery.structure_methods.METHODS`.
        model: Model of "foundation-causal" and "network", as in `discover`.
        first: Only so many data sets of every cell; all by default.
        folder: Keep every run in `runs.jsonl` here, and take from there what has been done.
        jobs: How many runs at a time, each in a process of its own.
        cluster: The address of a Dask cluster (:mod:`foundation_causal.parallel.clusters`), which
            takes the runs over.
        time_limit: Seconds after which a run is ended.
        progress: Called with a few words after each run.

    Returns:
        One row for every data set and method: the name of the data set as `data`, its labels, `method`,
        `model`, and scores and seconds or `failure`, to six digits and None where undefined; with
        probabilities also `counts`, from which `foundation_causal.metrics.probabilities` draws.

    Raises:
        InputError: An unknown method, a package that is missing, a folder that cannot be used, or numbers
            below 1.
    """
    for name, number in (("first", first), ("jobs", jobs), ("time_limit", time_limit)):
        if number is not None and not (isinstance(number, Real) and number > 0):
            raise InputError(f"{name} is {said(number)}; give a positive number.")
    check_methods(methods)
    runs = []
    for case in suite:
        if first is None or int(case.name.rsplit("/", 1)[1]) < first:
            frame, truth = case.frame, case.truth
            for method in dict.fromkeys(methods):
                run = StructureRun(case.name, case.labels, method, str(model), frame=frame, truth=truth)
                runs.append(run)
    path = None if folder is None else Path(folder) / RUNS
    return complete(runs, path, jobs=jobs, cluster=cluster, time_limit=time_limit, progress=progress)


@dataclass(frozen=True, eq=False)
class StructureRun(Run):
    """One structure method on one data set.

    Attributes:
        model: The weights of this project's own methods; others take none, and their keys hold none.
        frame: The table with its types `[n, d]`.
        truth: The true graph, 0/1 `[d, d]`, in the order of the columns.
    """

    model: str = DEFAULT_MODEL
    frame: pd.DataFrame = field(kw_only=True)
    truth: NDArray[np.integer] = field(kw_only=True)

    @property
    def key(self) -> tuple[str, str, str]:
        """The data set, the method and, if the method takes one, the model."""
        return (self.data, self.method, self.model if self.method in OURS else "")


def complete(
    runs: Sequence[StructureRun],
    path: Path | None = None,
    *,
    jobs: int = 1,
    cluster: str | None = None,
    time_limit: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Row]:
    """The rows of all runs, in their order: those in the file as they are, the others carried out and added.

    Args:
        runs: The runs whose rows are wanted.
        path: The file of a :class:`RunLog`; without one everything is carried out and nothing kept.
        jobs: How many runs at a time, each in a process of its own.
        cluster: The address of a Dask cluster (:mod:`foundation_causal.parallel.clusters`), which
            takes the runs over.
        time_limit: Seconds after which a run is ended.
        progress: Called with a few words after each run.

    Raises:
        InputError: A file that cannot be written, or holds something other than runs.
    """
    log = RunLog(path)
    to_do = [run for run in runs if log.row_of(run, time_limit) is None]
    warm = partial(prepare, sorted({(run.method, run.model) for run in to_do}))
    results = finished(carry_out, to_do, jobs=jobs, time_limit=time_limit, prepare=warm, cluster=cluster)
    for done, (run, row) in enumerate(results, 1):
        log.add(run, _failure(row) if isinstance(row, Unfinished) else row)
        if progress is not None:
            progress(f"{done} of {len(to_do)}, {run.data} by {run.method}")
    return [log.rows[run.key] for run in runs]


def _failure(unfinished: Unfinished) -> Row:
    limit = {} if unfinished.time_limit is None else {"time_limit": unfinished.time_limit}
    return {"failure": unfinished.reason, **limit}


def carry_out(run: StructureRun) -> Row:
    """Scores and seconds of one run, or `failure` if the method raised.

    Seconds are those of the processor, on one thread, which a busy machine stretches least.
    """
    with one_thread():
        _warm(run.method, run.model)
        start = time.process_time()
        try:
            pattern, probabilities = answer(run.method, run.model, run.frame)
        except InputError:
            raise
        except Exception as error:  # whatever a package raises is its answer
            return {"failure": f"{type(error).__name__}: {reason(error)}"}
        seconds = time.process_time() - start
    scores: Row = {**pattern_scores(run.truth.astype(float), pattern, probabilities), "seconds": seconds}
    if probabilities is not None:
        scores["counts"] = count_pairs(run.truth, probabilities)
    return scores


def seen_by(method: str, table: Observations) -> Observations | pd.DataFrame:
    """What a method sees of a table: all rows if it takes gaps, as this project's own do, else complete ones.

    Returns:
        The observations that count for this project's own methods. For others the complete rows `[n, d]`,
        with levels as categories and all else as numbers.

    Raises:
        InputError: A method that takes no gaps, and too few rows without.
    """
    if method in OURS:
        return judge_rows(table).table
    rows = table.values[table.frame.notna().to_numpy().all(axis=1)]
    if len(rows) < MIN_ROWS:
        raise InputError(
            f"{method} takes no missing values, and only {len(rows)} rows of the table have none; "
            f"it needs {MIN_ROWS}."
        )
    columns: dict[str, Any] = {}
    for column, values in zip(table.schema, rows.T, strict=True):
        columns[column.name] = values
        if column.is_discrete:
            levels = pd.Index(range(len(column.numbers)))
            columns[column.name] = pd.Categorical.from_codes(
                column.codes(values), levels, ordered=column.kind == "ordinal"
            )
    return pd.DataFrame(columns)


def about_gaps(table: Observations) -> str | None:
    """A sentence on which methods see which rows (:func:`seen_by`); None if the table has no gaps."""
    complete, rows = int(table.frame.notna().to_numpy().all(axis=1).sum()), len(table.frame)
    if complete == rows:
        return None
    ours = " and ".join(OURS)
    return f"{ours} see all {rows:,} rows, other methods only the {complete:,} without gaps."


def answer(method: str, model: str, frame: pd.DataFrame | Observations) -> tuple[Array, Array | None]:
    """The pattern `[d, d]` of a method, and the probabilities `[d, d]` of those that have them.

    Columns in which the same value stands everywhere tell nothing and are kept from the method: its answer
    joins them with none.
    """
    if isinstance(frame, Observations):
        prediction = predict(frame, refine=OURS[method], model=model)
        return adjacency(prediction.graph).astype(float), prediction.probabilities.to_numpy()
    varying = np.flatnonzero(frame.nunique().to_numpy() > 1)
    if MIN_COLUMNS <= len(varying) < frame.shape[1]:
        pattern, probabilities = answer(method, model, frame.iloc[:, varying])
        return _among(pattern, varying, frame), _among(probabilities, varying, frame)
    if method not in OURS:
        return learn(method, frame), None
    return answer(method, model, observations(frame, missing=True))


def _among(matrix: Matrix, columns: NDArray[np.intp], frame: pd.DataFrame) -> Matrix:
    """A matrix over some columns as one over all, 0 elsewhere; None stays None."""
    if matrix is None:
        return matrix
    whole = np.zeros((frame.shape[1], frame.shape[1]))
    whole[np.ix_(columns, columns)] = matrix
    return whole


def prepare(methods: Iterable[tuple[str, str]]) -> None:
    """Warm a process for the methods, with their models, that it will run."""
    with one_thread():
        for method, model in methods:
            _warm(method, model)


@lru_cache
def _warm(method: str, model: str) -> None:
    """Import what the method needs and load its weights, before the clock starts."""
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 2)))
    with suppress(Exception):  # what goes wrong goes wrong again when it counts
        answer(method, model, frame)


def cell_means(rows: Sequence[Row], labels: Sequence[str]) -> pd.DataFrame:
    """One row per cell and method, as :func:`evaluate_suite` gives it.

    Args:
        rows: Rows of :func:`suite_runs`, at least one.
        labels: The columns that make a cell.
    """
    scores = [*SCORES, "seconds"]
    frame = pd.DataFrame(rows, columns=[*labels, "method", *scores, "failure", "time_limit"])
    frame[scores] = frame[scores].astype(float)
    frame["failures"], frame["timeouts"] = frame["failure"].notna(), frame["time_limit"].notna()
    cells = frame.groupby([*labels, "method"], sort=False)
    table = cells[["failures", "timeouts"]].sum()
    table.insert(0, "cases", cells.size())
    means = cells[scores].mean()
    # Which graphs have such a distance depends on the method, so a mean over those would compare nothing.
    finished = (table["cases"] - table["failures"]).to_numpy()[:, None]
    table[scores] = means.mask((cells[scores].count() < finished) & [name in OF_DAGS for name in scores])
    table.insert(list(table).index("shd") + 1, "shd_se", cells["shd"].sem())
    return table.reset_index()
