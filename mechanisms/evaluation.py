"""Scores of mechanism models on SCMs with known truth: noise, samples, and samples under an intervention."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from foundation_causal.errors import InputError, quoted
from foundation_causal.metrics import rmse
from foundation_causal.suites import Case, load_suite
from mechanisms.model import MechanismModel, abduct
from mechanisms.references import METHODS, has_floor
from mechanisms.solver import solve

TASKS = ("noise", "sample", "intervention")


def evaluate_mechanisms(
    suite: str = "cond-fip",
    *,
    methods: Sequence[str] = ("kernel", "least-squares", "floor"),
    progress: Callable[[str], None] | None = None,
    **labels: str | int | Sequence[str | int],
) -> pd.DataFrame:
    """The three tasks of Cond-FiP's evaluation (Mahajan et al. 2024), true graph given, on a frozen suite.

    - noise: query - F(query) against the true noise;
    - sample: from the true noise, against the query rows;
    - intervention: from the true noise, one variable clamped between its 10% and 90% quantiles, against the
      true rows under that intervention.

    Each is an RMSE (:func:`foundation_causal.metrics.rmse`) in units of the context's standard deviations.

    Args:
        suite: "cond-fip", "cond-fip-1000", "cond-fip-scarce" or "csuite".
        methods: any of "kernel", "least-squares", "dowhy" (needs the extra `baselines`), and "floor", the
            posterior mean with the simulator's own hyperparameters, where the simulator has such.
        progress: called with a few words after each data set.
        labels: which cells, as `d=20` or `mechanism=("LIN", "RFF")`; all by default.

    Returns:
        One row per cell, method and task: the cell's labels, method, task, rmse, se (its standard error over
        the data sets), ratio (of the mean RMSE to the floor's; nan without a floor), seconds (per data set,
        all three tasks), cases.

    Raises:
        InputError: an unknown suite, label or method, or a suite without query rows.

    Example:
        >>> table = evaluate_mechanisms("csuite", methods=["kernel"], configuration="lingauss")
        >>> list(table["task"]), bool((table["rmse"] < 0.2).all())
        (['noise', 'sample', 'intervention'], True)
    """
    check_methods(methods)
    chosen = load_suite(suite).only(**labels)
    first = next(iter(chosen))
    if not len(first.query):
        raise InputError(f"The suite '{suite}' has no query rows: use one of cond-fip's or csuite.")
    asked = [method for method in METHODS if method in methods or (method == "floor" and has_floor(first))]
    if "dowhy" in methods:
        from mechanisms.dowhy import import_dowhy

        import_dowhy()  # fails before the work where it must fail, and is not timed
    scores = []
    for case in chosen:
        for method in asked:
            if method != "floor" or has_floor(case):
                scores += [{**case.labels, "method": method, **s} for s in score(method, case)]
        if progress is not None:
            progress(case.name)
    if not scores:
        raise InputError(f"Nothing here has a floor, on the suite '{suite}': ask for another method as well.")
    return summary(pd.DataFrame(scores), list(first.labels), methods)


def score(method: str, case: Case) -> list[dict[str, str | float]]:
    """The RMSE of each task, and the seconds that the method took for all of them."""
    (intervened,) = case.interventions
    names = list(case.scm.names)
    do = {names.index(name): value for name, value in intervened.do.items()}
    start = time.perf_counter()
    model: MechanismModel = METHODS[method](case)
    answers = {
        "noise": abduct(model, case.query),
        "sample": solve(model, case.noise),
        "intervention": solve(model, case.noise, do),
    }
    seconds = time.perf_counter() - start
    truth = {"noise": case.noise, "sample": case.query, "intervention": intervened.rows}
    scale = case.context.std(0)
    return [
        {"task": task, "rmse": rmse(answers[task] / scale, truth[task] / scale), "seconds": seconds}
        for task in TASKS
    ]


def summary(scores: pd.DataFrame, labels: Sequence[str], methods: Sequence[str]) -> pd.DataFrame:
    """Means and standard errors over the data sets of each cell, in the order of cells, methods and tasks.

    Args:
        scores: one row per data set, method and task.
        labels: the columns that make a cell.
        methods: those to show; the floor's scores count for the ratios in any case.
    """
    cell = list(labels)
    table = scores.groupby([*cell, "method", "task"], sort=False).agg(
        rmse=("rmse", "mean"), se=("rmse", "sem"), seconds=("seconds", "mean"), cases=("rmse", "size")
    )
    table = table.reset_index()
    floor = table[table["method"] == "floor"].set_index([*cell, "task"])["rmse"]
    reference = floor.reindex(pd.MultiIndex.from_frame(table[[*cell, "task"]])).to_numpy()
    table.insert(len(table.columns) - 2, "ratio", table["rmse"] / np.maximum(reference, np.finfo(float).tiny))
    return table[table["method"].isin(list(methods))].reset_index(drop=True)


def check_methods(methods: Sequence[str]) -> None:
    """Refuse unknown methods, and none at all.

    Raises:
        InputError: As said.
    """
    unknown = [name for name in methods if name not in METHODS]
    if unknown or not methods:
        named = quoted(unknown) if unknown else "nothing"
        raise InputError(f"There is no method {named}; use {quoted(list(METHODS))}.")
