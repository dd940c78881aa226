"""Scores of mechanism models on SCMs with known truth: noise, samples, and samples under an intervention.

The three tasks are those of Cond-FiP's evaluation (Mahajan et al., 2024); the methods are those of
:mod:`mechanisms.methods`, and the Bayes floor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from discovery.structure_methods import listed_methods
from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import parents_of
from foundation_causal.metrics import rmse
from foundation_causal.observations import observations
from foundation_causal.runs import Row, Run, RunLog
from foundation_causal.simulate import Linear, RandomFourier
from foundation_causal.suites import SCMCase, Suite, load_suite
from foundation_causal.suites.cases import array
from foundation_causal.types import Array
from mechanisms.causal_model import CausalModel
from mechanisms.kernel.gaussian_process import Kernel, Point, regression
from mechanisms.kernel.kernel_model import KernelModel
from mechanisms.linear import linear_model
from mechanisms.mechanism_model import MechanismModel, abduct
from mechanisms.methods import METHODS as FITS
from mechanisms.methods import fit_mechanisms
from mechanisms.solver import solve

TASKS = ("noise", "sample", "intervention")
SAMPLES = 1000
BIAS_VARIANCE = 3.0  # of the simulator's bias, uniform on [-3, 3]


def least_squares(case: SCMCase) -> MechanismModel:
    """Linear regression of each variable on its true parents, with an intercept."""
    return linear_model(case.context, case.graph)


def floor(case: SCMCase) -> MechanismModel:
    """The posterior mean with the simulator's own kernel, length scale, output scale, noise and bias prior.

    It is the Bayes floor where the noise is Gaussian; for other noises it is the best linear predictor, which
    a method that knows the noise's shape can undercut. For linear mechanisms least squares on the true
    parents takes its place.

    Raises:
        InputError: The mechanisms are neither all linear nor all RFF, or their noise has no variance.
    """
    if _kinds(case) <= {Linear}:
        return least_squares(case)
    if not has_floor(case):
        raise InputError(
            f"The data set '{case.name}' has no floor; its mechanisms are not linear or RFF, or their noise "
            "has no variance."
        )
    parents, variances = parents_of(case.graph), _variances(case)
    regressions = []
    for j, pa in enumerate(parents):
        drawn = case.scm.mechanism(0, j)
        # A root is its bias plus noise.
        length, output = (float(drawn[1][key]) if drawn else 1.0 for key in ("length", "output"))
        inverse = np.full(len(pa), 1 / length) if drawn else None
        shape = Kernel(inverse, np.zeros(len(pa)), BIAS_VARIANCE / output**2)
        point = Point(shape, float(variances[j]) / output**2, 1.0)
        regressions.append(regression(case.context[:, pa], case.context[:, j], [point]))
    zero, d = np.zeros(len(parents)), len(parents)
    return KernelModel(case.graph, parents, [case.context] * d, regressions, zero, zero, zero + 1)


def has_floor(case: SCMCase) -> bool:
    """Whether `floor` knows the simulator's mechanisms, and noise beside them has a variance."""
    kinds = _kinds(case)
    return kinds <= {Linear} or (kinds == {RandomFourier} and bool(np.isfinite(_variances(case)).all()))


def _variances(case: SCMCase) -> Array:
    """Of the noise of each variable, infinite where tails are so heavy."""
    drawn: list[Any] = [case.scm.noise_distribution(0, j) for j in range(case.context.shape[1])]
    return np.array([float(noise.std(parameters)) ** 2 for noise, parameters in drawn])


def _kinds(case: SCMCase) -> set[type]:
    return {type(part.mechanism) for part in case.scm.nodes if part.mechanism is not None}


def _on_context(method: str) -> Callable[[SCMCase], MechanismModel]:
    """A method of :mod:`mechanisms.methods`, given the context and the true graph."""
    return lambda case: fit_mechanisms(method, observations(case.frame), case.graph)


METHODS: dict[str, Callable[[SCMCase], MechanismModel]] = {
    **{name: _on_context(name) for name in FITS},
    "floor": floor,
}


def score(fit: Callable[[SCMCase], MechanismModel], case: SCMCase) -> Row:
    """The RMSE of each task in units of the context's standard deviations, and the processor's seconds.

    A scale S of the noise is known up to a factor only: S n = (S / c)(c n). For variables where the
    model or the truth has one, the model's noise is multiplied by the factor that gives it the median size of
    the true noise.
    """
    start = time.process_time()
    model = fit(case)
    seconds = time.process_time() - start
    (intervened,) = case.interventions
    names = list(case.scm.names)
    do = {names.index(name): value for name, value in intervened.do.items()}
    noise = abduct(model, case.query)
    factor = _factor(model, case, noise)
    answers = {
        "noise": noise * factor,
        "sample": solve(model, case.noise / factor),
        "intervention": solve(model, case.noise / factor, do),
    }
    truth = {"noise": case.noise, "sample": case.query, "intervention": intervened.rows}
    scale = case.context.std(0)
    errors = {task: rmse(answers[task] / scale, truth[task] / scale) for task in TASKS}
    return {**errors, "seconds": seconds, "sample_seconds": _sampling(model, case)}


def _factor(model: MechanismModel, case: SCMCase, noise: Array) -> Array:
    """What the model's noise is multiplied by before it is compared with the true noise, shape `[d]`."""
    true_scale = array(case.scm.scale(torch.from_numpy(case.query)[None]))
    scaled = (np.concatenate([true_scale, model.scale_nodes(range(noise.shape[1]), case.query)]) != 1).any(0)
    size, wanted = np.median(np.abs(noise), axis=0), np.median(np.abs(case.noise), axis=0)
    possible = scaled & (size > 0) & (wanted > 0)
    return np.where(possible, wanted / np.where(size > 0, size, 1), 1.0)


def _sampling(model: MechanismModel, case: SCMCase) -> float:
    """Seconds for 1,000 samples, of which fitting the distribution of the noise is the first part."""
    start = time.process_time()
    CausalModel(model, observations(case.frame)).sample(SAMPLES)
    return time.process_time() - start


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
        methods: Any of :data:`mechanisms.mechanism_evaluation.METHODS`. "floor" is the posterior mean
            with the simulator's own hyperparameters, where the simulator has such; it also makes the ratios,
            and is therefore scored in any case.
        first: Only so many data sets of every cell; all by default.
        log: Keep the scores here, one JSON object a line for each data set and method as soon as it is done,
            and take from there what has been done: a killed evaluation goes on where it was. Use one file
            for one state of the models.
        progress: Called with a few words after each data set.
        labels: Which cells, as `d=20` or `mechanism=("LIN", "RFF")`; all by default.

    Returns:
        One row per cell, method and task: the cell's labels, method, task, rmse, se (its standard error over
        the data sets), ratio (of the mean RMSE to the floor's on the same data sets; nan without a floor),
        seconds (of the processor, to fit one data set), sample_seconds (to draw 1,000 samples then), cases
        (without those that the method cannot be used on).

    Raises:
        InputError: An unknown suite, label or method, a suite without query rows, a file that cannot be used,
            `first` below 1, or a method that can be used on none of the data sets.

    Example:
        >>> table = evaluate_mechanisms("csuite", methods=["kernel"], configuration="lingauss", first=2)
        >>> list(table["task"]), bool((table["rmse"] < 0.2).all()), set(table["cases"])
        (['noise', 'sample', 'intervention'], True, {2})
    """
    check_methods(methods, METHODS)
    if first is not None and first < 1:
        raise InputError(f"The number of data sets per cell is {first}; give a whole number above 0.")
    chosen = load_suite(suite).only(**labels)
    sample = next(iter(chosen))
    if not isinstance(sample, SCMCase) or not len(sample.query):
        raise InputError(
            f"The suite '{suite}' has no query rows of an SCM; use one of cond-fip's, mechanisms or csuite."
        )
    if "dowhy" in methods:
        from mechanisms.dowhy_bridge import import_dowhy

        import_dowhy()  # fails before the work where it must fail, and is not timed
    scored = [method for method in METHODS if method in methods or method == "floor"]
    rows = list(_rows(chosen, scored, first, RunLog(None if log is None else Path(log)), progress))
    if not rows:
        raise InputError(f"Nothing here has a floor, on the suite '{suite}'; request another method as well.")
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
            assert isinstance(case, SCMCase)  # as the suite's first one is
            for method in methods:
                if method != "floor" or has_floor(case):
                    run = Run(case.name, case.labels, method)
                    yield logged(run, log, partial(score, METHODS[method], case))
            if progress is not None:
                progress(case.name)


def logged(run: Run, log: RunLog, work: Callable[[], Row]) -> Row:
    """The row of a run: from the log, or by `work`, or with `failure` where `work` cannot use the data."""
    if log.row_of(run) is None:
        try:
            log.add(run, work())
        except InputError as error:  # may come right with another version or package, so it is not kept
            return {"data": run.data, **run.labels, "method": run.method, "failure": str(error)}
    return log.rows[run.key]


def summary(scores: pd.DataFrame, labels: Sequence[str], methods: Sequence[str]) -> pd.DataFrame:
    """Means and standard errors over the data sets of each cell, in the order of cells, methods and tasks.

    Args:
        scores: One row per data set and method: the tasks, seconds and sample_seconds.
        labels: The columns that make a cell.
        methods: Methods to show; the floor's scores count for the ratios in any case.
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


def check_methods(methods: Sequence[str], known: Iterable[str]) -> None:
    """Refuse unknown methods, and none at all.

    Raises:
        InputError: No list, a method that is not known, or no method.
    """
    known, methods = list(known), listed_methods(methods)
    unknown = [str(name) for name in methods if name not in known]
    if unknown or not methods:
        named = quoted(unknown) if unknown else "nothing"
        raise InputError(f"There is no method {named}; use {quoted(list(known))}.")
