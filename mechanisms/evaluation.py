"""Scores of mechanism models on SCMs with known truth: noise, samples, and samples under an intervention."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from foundation_causal.data import MIN_ROWS
from foundation_causal.errors import InputError, quoted
from foundation_causal.metrics import rmse
from mechanisms.cases import Case, p_in_cases
from mechanisms.model import MechanismModel, predict
from mechanisms.references import METHODS, import_dowhy
from mechanisms.solver import solve

TASKS = ("noise", "sample", "intervention")
SUITES = ("p-in",)
SEED = 70_000_000  # away from the small seeds that people try, and from those of training


def evaluate_mechanisms(
    *,
    suite: str = "p-in",
    d: int = 10,
    scms: int = 9,
    n_context: int = 400,
    n_query: int = 400,
    seed: int = SEED,
    methods: Sequence[str] = ("kernel", "least-squares", "floor"),
    mechanisms: Sequence[Literal["linear", "rff"]] = ("linear", "rff"),
    progress: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """The three tasks of Cond-FiP's evaluation (Mahajan et al. 2024), true graph given, on fresh SCMs.

    - noise: query - F(query) against the true noise;
    - sample: from the true noise, against the query rows;
    - intervention: from the true noise, one variable clamped between its 10% and 90% quantiles, against the
      true rows under that intervention.

    Each is an RMSE (:func:`foundation_causal.metrics.rmse`) in units of the context's standard deviations.

    Args:
        suite: "p-in".
        d: variables of each SCM.
        scms: SCMs for each kind of mechanism; the graph families take turns.
        n_context, n_query: rows to condition on and rows to score.
        seed: of the SCMs.
        methods: any of "kernel", "least-squares", "dowhy" (needs the extra `baselines`), and "floor", the
            Bayes posterior mean with the simulator's own hyperparameters.
        mechanisms: "linear", "rff" or both.
        progress: called with a few words after each data set.

    Returns:
        One row per mechanism, method and task: mechanism, method, d, task, rmse, se (its standard error over
        the SCMs), ratio (of the mean RMSE to the floor's), seconds (per data set, all three tasks), scms.

    Raises:
        InputError: an unknown suite, method or mechanism, or a size that is too small.
    """
    _check("suite", [suite], SUITES)
    _check("method", methods, tuple(METHODS))
    _check("mechanism", mechanisms, ("linear", "rff"))
    for name, size, least in (
        ("d", d, 2),
        ("scms", scms, 1),
        ("n_context", n_context, MIN_ROWS),
        ("n_query", n_query, 1),
    ):
        if size < least:
            raise InputError(f"{name} is {size}; give at least {least}.")
    if "dowhy" in methods:
        import_dowhy()  # fails before the work where it must fail, and is not timed
    scores = []
    for mechanism in mechanisms:
        for number, case in enumerate(p_in_cases(mechanism, d, scms, n_context, n_query, seed)):
            for method in dict.fromkeys([*methods, "floor"]):  # the ratios need the floor
                scores += [{"mechanism": mechanism, "method": method, **s} for s in score(method, case)]
            if progress is not None:
                progress(f"{mechanism}, d = {d}, SCM {number + 1} of {scms}")
    return _summary(pd.DataFrame(scores), methods).assign(d=d)[
        ["mechanism", "method", "d", "task", "rmse", "se", "ratio", "seconds", "scms"]
    ]


def score(method: str, case: Case) -> list[dict[str, str | float]]:
    """The RMSE of each task, and the seconds that the method took for all of them."""
    start = time.perf_counter()
    model: MechanismModel = METHODS[method](case)
    answers = {
        "noise": case.query - predict(model, case.query),
        "sample": solve(model, case.noise),
        "intervention": solve(model, case.noise, case.do),
    }
    seconds = time.perf_counter() - start
    truth = {"noise": case.noise, "sample": case.query, "intervention": case.intervened}
    scale = case.context.std(0)
    return [
        {"task": task, "rmse": rmse(answers[task] / scale, truth[task] / scale), "seconds": seconds}
        for task in TASKS
    ]


def _summary(scores: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """Means and standard errors over the SCMs, in the order of methods and tasks."""
    groups = scores.groupby(["mechanism", "method", "task"], sort=False)
    table = groups.agg(
        rmse=("rmse", "mean"), se=("rmse", "sem"), seconds=("seconds", "mean"), scms=("rmse", "size")
    ).reset_index()
    floor = table[table["method"] == "floor"].set_index(["mechanism", "task"])["rmse"]
    reference = floor.loc[list(zip(table["mechanism"], table["task"], strict=True))].to_numpy()
    table["ratio"] = table["rmse"] / np.maximum(reference, np.finfo(float).tiny)
    return table[table["method"].isin(list(methods))].reset_index(drop=True)


def _check(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in given if name not in known]
    if unknown or not given:
        named = quoted(unknown) if unknown else "nothing"
        raise InputError(f"There is no {what} {named}; use {quoted(known)}.")
