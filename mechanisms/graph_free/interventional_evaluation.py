"""Interventional distributions of several methods against true rows, as in ACTIVA's Tables 1 and 2.

Samples are compared as in appendix B of the paper (Sauter, Salehkaleybar, Plaat and Acar).
"""

from __future__ import annotations

import math
import time
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from foundation_causal.errors import DataWarning, InputError
from foundation_causal.metrics.samples import mmd, permutation_test, wasserstein
from foundation_causal.observations import observations
from foundation_causal.runs import Row, Run, RunLog
from foundation_causal.runtime import one_thread
from mechanisms.graph_free.predictors import METHODS, Question, ask
from mechanisms.graph_free.query import Answer
from mechanisms.graph_free.tasks import CELLS, Asked, Task, tasks
from mechanisms.mechanism_evaluation import check_methods, logged

PERMUTATIONS = 100
LEVEL = 0.05
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
        cells: any of :data:`mechanisms.graph_free.tasks.CELLS`.
        methods: any of :data:`mechanisms.graph_free.predictors.METHODS`, or "truth": rows drawn anew from
            the true SCM, which show what chance leaves of every score; SERGIO's cells have none.
        first: only so many of the 100 SCMs of a cell.
        log: keep the scores here, one JSON object a line for each SCM and method as soon as it is done, and
            take from there what has been done. Use one file for one state of the models.
        progress: called with a few words after each SCM.

    Returns:
        One row for each SCM and method, each score a mean over its interventions: cell, data, method, mmd,
        mmd_squared, wsd, erg (:class:`Scores`), accepted (share of permutation tests that do not reject at
        5%), log_likelihood (natural, of a true row, of the variables that are not set; nan without a
        density), seconds (of the processor, for one query from the bare data), queries. A method that cannot
        be used on an SCM has `failure` in the place of scores.

    Raises:
        InputError: an unknown cell or method, a file that cannot be used, `first` below 1, or no SERGIO.

    Example:
        >>> table = evaluate_interventional(["beta-2"], methods=["conditional", "truth"], first=2)
        >>> mean = table.groupby("method")["mmd"].mean()
        >>> bool(mean["truth"] < mean["conditional"])
        True
    """
    check_methods(methods, ALL)
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
        yield logged(Run(task.name, {"cell": cell}, method), log, partial(score, method, task))


def score(method: str, task: Task) -> Row:
    """The mean scores of a method over the interventions of a task.

    Raises:
        InputError: the method cannot be used on these data.
    """
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # the suite sets everything far outside
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


class Scores(NamedTuple):
    """Distances between true rows and a method's; smaller is better.

    Attributes:
        mmd: the maximum mean discrepancy, from 0 to the root of 2.
        mmd_squared: its square. The paper defines the square and calls both by one name.
        wsd: the 1-Wasserstein distance, in the data's units.
        erg: the energy distance E|X - Y| - E|X - X'| / 2 - E|Y - Y'| / 2, which is half of
            :func:`foundation_causal.metrics.energy_distance`, in the data's units.
        p_value: of the permutation test on it, with 100 permutations.
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
        truth, rows: samples, [n, d] and [m, d], matched by column name, of at least two rows each.
        seed: of the permutations.

    Raises:
        InputError: samples that cannot be compared.

    >>> apart = compare(pd.DataFrame({"x": [0.0, 1.0]}), pd.DataFrame({"x": [4.0, 5.0]}))
    >>> apart.wsd, apart.erg
    (4.0, 3.5)
    """
    squared = mmd(truth, rows)
    test = permutation_test(truth, rows, permutations=PERMUTATIONS, seed=seed)
    return Scores(math.sqrt(squared), squared, wasserstein(truth, rows), test.statistic / 2, test.p_value)
