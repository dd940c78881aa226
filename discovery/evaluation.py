"""Structure evaluation: a predicted DAG against the true one."""

import time
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from discovery.structure import DEFAULT_MODEL, discover
from foundation_causal import metrics
from foundation_causal.data import Observations, observations
from foundation_causal.graphs import check_nodes


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
