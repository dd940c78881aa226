"""Scores of mechanism models on SCMs with known truth: noise, samples, and samples under an intervention."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from discovery.run_log import RunLog
from discovery.runs import Row, Run
from foundation_causal.errors import InputError, quoted
from foundation_causal.suites import Case, Suite, load_suite
from mechanisms.references import METHODS, has_floor
from mechanisms.scoring import TASKS, score


def evaluate_mechanisms(
    suite: str = "cond-fip",
    *,
    methods: Sequence[str] = ("kernel", "least-squares", "floor"),
    first: int | None = None,
    log: str | Path | None = None,
    progress: Callable[[str], None] | None = None,
    **labels: str | int | Sequence[str | int],
) -> pd.DataFrame:
    """The three tasks of Cond-FiP's evaluation (Mahajan et al. 2024), true graph given, on a frozen suite.

    - noise: (query - F(query)) / S(query) against the true noise;
    - sample: from the true noise, against the query rows;
    - intervention: from the true noise, one variable clamped between its 10% and 90% quantiles, against the
      true rows under that intervention.

    Each is an RMSE (:func:`foundation_causal.metrics.rmse`) in units of the context's standard deviations.

    Args:
        suite: "cond-fip", "cond-fip-1000", "cond-fip-scarce", "mechanisms" or "csuite".
        methods: any of :data:`mechanisms.references.METHODS`. "floor" is the posterior mean with the
            simulator's own hyperparameters, where the simulator has such; it also makes the ratios, and is
            therefore scored in any case.
        first: only so many data sets of every cell; all by default.
        log: keep the scores here, one JSON object a line for each data set and method as soon as it is done,
            and take from there what has been done: a killed evaluation goes on where it was. Use one file
            for one state of the models.
        progress: called with a few words after each data set.
        labels: which cells, as `d=20` or `mechanism=("LIN", "RFF")`; all by default.

    Returns:
        One row per cell, method and task: the cell's labels, method, task, rmse, se (its standard error over
        the data sets), ratio (of the mean RMSE to the floor's on the same data sets; nan without a floor),
        seconds (of the processor, to fit one data set), sample_seconds (to draw 1,000 samples then), cases
        (without those that the method cannot be used on).

    Raises:
        InputError: an unknown suite, label or method, a suite without query rows, a file that cannot be used,
            `first` below 1, or a method that can be used on none of the data sets.

    Example:
        >>> table = evaluate_mechanisms("csuite", methods=["kernel"], configuration="lingauss", first=2)
        >>> list(table["task"]), bool((table["rmse"] < 0.2).all()), set(table["cases"])
        (['noise', 'sample', 'intervention'], True, {2})
    """
    check_methods(methods)
    if first is not None and first < 1:
        raise InputError(f"The number of data sets per cell is {first}: give a whole number above 0.")
    chosen = load_suite(suite).only(**labels)
    if not len(next(iter(chosen)).query):
        raise InputError(
            f"The suite '{suite}' has no query rows: use one of cond-fip's, mechanisms or csuite."
        )
    if "dowhy" in methods:
        from mechanisms.dowhy import import_dowhy

        import_dowhy()  # fails before the work where it must fail, and is not timed
    asked = [method for method in METHODS if method in methods or method == "floor"]
    rows = list(_rows(chosen, asked, first, RunLog(None if log is None else Path(log)), progress))
    if not rows:
        raise InputError(f"Nothing here has a floor, on the suite '{suite}': ask for another method as well.")
    for method in methods:
        reasons = [row.get("failure") for row in rows if row["method"] == method]
        if reasons and None not in reasons:
            raise InputError(str(reasons[0]))
    return summary(pd.DataFrame(rows), list(chosen.cells[0][0]), methods)


def _rows(
    suite: Suite,
    methods: Sequence[str],
    first: int | None,
    log: RunLog,
    progress: Callable[[str], None] | None,
) -> Iterator[Row]:
    """Labels, method and scores for each data set and method, or the reason why there are none."""
    for _, cases in suite.cells:
        for case in islice(cases(suite.name), first):
            for method in methods:
                if method != "floor" or has_floor(case):
                    yield _row(method, case, log)
            if progress is not None:
                progress(case.name)


def _row(method: str, case: Case, log: RunLog) -> Row:
    run = Run(case.name, case.labels, method, case.context, case.query)
    if log.row_of(run) is None:
        try:
            log.add(run, score(METHODS[method], case))
        except InputError as error:  # may come right with another version or package, so it is not kept
            return {**case.labels, "method": method, "failure": str(error)}
    return log.rows[run.key]


def summary(scores: pd.DataFrame, labels: Sequence[str], methods: Sequence[str]) -> pd.DataFrame:
    """Means and standard errors over the data sets of each cell, in the order of cells, methods and tasks.

    Args:
        scores: one row per data set and method: the tasks, seconds and sample_seconds.
        labels: the columns that make a cell.
        methods: those to show; the floor's scores count for the ratios in any case.
    """
    cell, seconds = list(labels), ["seconds", "sample_seconds"]
    done = scores.dropna(subset=[TASKS[0]])
    long = done.melt([*cell, "data", "method", *seconds], list(TASKS), "task", "rmse")
    floor = long[long["method"] == "floor"].set_index(["data", "task"])["rmse"]
    long["floor"] = floor.reindex(pd.MultiIndex.from_frame(long[["data", "task"]])).to_numpy()
    key = [*cell, "method", "task"]
    table = long.groupby(key, sort=False).agg(
        rmse=("rmse", "mean"), se=("rmse", "sem"), floor=("floor", "mean"),
        seconds=("seconds", "mean"), sample_seconds=("sample_seconds", "mean"), cases=("rmse", "size"),
    )  # fmt: skip
    least = np.maximum(table.pop("floor").to_numpy(), np.finfo(float).tiny)
    table.insert(2, "ratio", table["rmse"].to_numpy() / least)
    order = [(*where, method, task) for where in _cells(done, cell) for method in methods for task in TASKS]
    return table.reindex([key for key in order if key in table.index]).reset_index()


def _cells(scores: pd.DataFrame, labels: Sequence[str]) -> list[tuple[object, ...]]:
    return list(scores[list(labels)].drop_duplicates().itertuples(index=False, name=None))


def check_methods(methods: Sequence[str]) -> None:
    """Refuse unknown methods, and none at all.

    Raises:
        InputError: As said.
    """
    unknown = [name for name in methods if name not in METHODS]
    if unknown or not methods:
        named = quoted(unknown) if unknown else "nothing"
        raise InputError(f"There is no method {named}; use {quoted(list(METHODS))}.")
