"""Structure evaluation: predicted DAGs against true ones, on one data set or on a frozen suite."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from discovery.structure import DEFAULT_MODEL, discover
from foundation_causal import metrics
from foundation_causal.data import Observations, observations
from foundation_causal.graphs import check_nodes
from foundation_causal.suites import load_suite


def evaluate_structure(
    data: pd.DataFrame | np.ndarray | Observations,
    truth: nx.DiGraph,
    *,
    refine: bool = True,
    model: str | Path = DEFAULT_MODEL,
) -> dict[str, float]:
    """Discover a graph and compare it with the truth.

    Args:
        data: Observations `[n, d]`.
        truth: The reference graph over the same names.
        refine, model: As in `discover`.

    Returns:
        The scores of :func:`foundation_causal.metrics.structure_scores`, and `seconds`. Counts, such as
        `shd`, are int; what is undefined is nan, such as `auprc` without an edge in the reference.
        `cyclic_fraction` is 1 if the answer has a cycle: it never has.

    Raises:
        InputError: Data that cannot be used, or a reference with other names.
    """
    table = observations(data)
    truth = check_nodes(truth, table.names)
    start = time.perf_counter()
    prediction = discover(table, refine=refine, model=model)
    seconds = time.perf_counter() - start
    scores = metrics.structure_scores(truth, prediction.graph, prediction.probabilities)
    return {**scores, "seconds": seconds}


def evaluate_suite(
    suite: str = "structure",
    *,
    refine: bool = True,
    model: str | Path = DEFAULT_MODEL,
    progress: Callable[[str], None] | None = None,
    **labels: str | int | Sequence[str | int],
) -> pd.DataFrame:
    """Discover the graph of every data set of a frozen suite, from its context alone.

    Args:
        suite: Any of `foundation_causal.suites.suite_names()`.
        refine, model: As in `discover`.
        progress: Called with a few words after each data set.
        labels: Which cells, as `d=20` or `mechanism=("LIN", "RFF")`; all by default.

    Returns:
        One row per cell: its labels, `cases`, the mean over them of every score of `evaluate_structure`
        (undefined ones left out), and `shd_se`, the standard error of the mean of `shd`.

    Raises:
        InputError: An unknown suite or label, or contexts that are too small for `discover`.

    Example:
        >>> table = evaluate_suite("csuite", refine=False, configuration="nonlin_simpson")
        >>> int(table["cases"][0]), float(table["cyclic_fraction"][0])
        (5, 0.0)
    """
    chosen = load_suite(suite).only(**labels)
    scores = []
    for case in chosen:
        found = evaluate_structure(case.frame, case.graph, refine=refine, model=model)
        scores.append({**case.labels, **found})
        if progress is not None:
            progress(case.name)
    cells = pd.DataFrame(scores).groupby(list(chosen.cells[0][0]), sort=False)
    table = cells.mean()
    table.insert(0, "cases", cells.size())
    table.insert(2, "shd_se", cells["shd"].sem())
    return table.reset_index()
