"""Interventional distributions of several methods against true rows, as in ACTIVA's Tables 1 and 2."""

from __future__ import annotations

import time
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from discovery.run_log import RunLog
from discovery.runs import Row, Run
from foundation_causal.data import observations
from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import adjacency
from foundation_causal.threads import one_thread
from mechanisms.extrapolation import ExtrapolationWarning
from mechanisms.interventional.methods import METHODS, Question, ask
from mechanisms.interventional.query import Answer
from mechanisms.interventional.scores import LEVEL, compare
from mechanisms.interventional.tasks import CELLS, Asked, Task, tasks

TRUTH = "truth"  # other rows of the true SCM: what chance alone leaves of every score
ALL = (*METHODS, TRUTH)
MEASURES = ("mmd", "mmd_squared", "wsd", "erg", "accepted", "log_likelihood", "seconds", "queries")


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
    method. Nobody's other columns respond to it.

    Args:
        cells: any of :data:`mechanisms.interventional.tasks.CELLS`.
        methods: any of :data:`mechanisms.interventional.methods.METHODS`, or "truth": rows drawn anew from
            the true SCM, which show what chance leaves of every score; SERGIO's cells have none.
        first: only so many of the 100 SCMs of a cell.
        log: keep the scores here, one JSON object a line for each SCM and method as soon as it is done, and
            take from there what has been done. Use one file for one state of the models.
        progress: called with a few words after each SCM.

    Returns:
        One row for each SCM and method, each score a mean over its interventions: cell, data, method, mmd,
        mmd_squared, wsd, erg (:class:`mechanisms.interventional.scores.Scores`), accepted (share of
        permutation tests that do not reject at 5%), log_likelihood (natural, of a true row, of the variables
        that are not set; nan without a density), seconds (of the processor, for one query from the bare
        data), queries. A method that cannot be used on an SCM has `failure` in the place of scores.

    Raises:
        InputError: an unknown cell or method, a file that cannot be used, `first` below 1, or no SERGIO.

    Example:
        >>> table = evaluate_interventional(["beta-2"], methods=["conditional", "truth"], first=2)
        >>> mean = table.groupby("method")["mmd"].mean()
        >>> bool(mean["truth"] < mean["conditional"])
        True
    """
    unknown = [name for name in methods if name not in ALL]
    if unknown or not methods:
        named = quoted(unknown) if unknown else "nothing"
        raise InputError(f"There is no method {named}; use {quoted(list(ALL))}.")
    if first is not None and first < 1:
        raise InputError(f"The number of SCMs per cell is {first}: give a whole number above 0.")
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
        if method == TRUTH and task.asked[0].again is None:
            continue
        truth = adjacency(task.graph, list(task.data.columns))
        run = Run(task.name, {"cell": cell}, method, task.data.to_numpy(), truth)
        if log.row_of(run) is None:
            try:
                log.add(run, score(method, task))
            except InputError as error:  # may come right with another version, so it is not kept
                yield {"cell": cell, "data": task.name, "method": method, "failure": str(error)}
                continue
        yield log.rows[run.key]


def score(method: str, task: Task) -> Row:
    """The mean scores of a method over the interventions of a task.

    Raises:
        InputError: the method cannot be used on these data.
    """
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ExtrapolationWarning)  # the suite sets everything far outside
        start = time.process_time()
        answers = None if method == TRUTH else ask(method, _question(task))
        fitted = time.process_time() - start
        each = [_one(task, asked, answers) for asked in task.asked]
    means: Row = {name: float(np.mean([one[name] for one in each])) for name in each[0]}
    return {**means, "seconds": fitted + means["seconds"], "queries": len(each)}


def _question(task: Task) -> Question:
    positive = all(value > 0 for asked in task.asked for value in asked.do.values())
    return Question(observations(task.data), task.graph, task.model, logs="auto" if positive else False)


def _one(task: Task, asked: Asked, answers: Callable[[dict[str, float]], Answer] | None) -> Row:
    """The scores of one intervention; the seconds are those of the answer alone."""
    seed = zlib.crc32(f"{task.name} {asked.do}".encode())
    start, likely = time.process_time(), float("nan")
    if answers is None:
        assert asked.again is not None
        rows = asked.again
        seconds = 0.0
    else:
        answer = answers(asked.do)
        drawn = answer.sample(len(asked.rows), seed=seed)
        seconds = time.process_time() - start
        rows = task.with_spread(drawn, asked.do, seed)
        density = answer.log_prob(asked.rows)
        likely = likely if density is None else float(density.mean())
    scores = compare(asked.rows, rows, seed=seed)
    accepted = float(scores.p_value > LEVEL)
    distances = {"mmd": scores.mmd, "mmd_squared": scores.mmd_squared, "wsd": scores.wsd, "erg": scores.erg}
    return {**distances, "accepted": accepted, "log_likelihood": likely, "seconds": seconds}
