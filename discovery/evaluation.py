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
        `shd` (a reversed edge counts once), `precision`, `recall` and `f1` of directed edges, `auroc`
        and `auprc` of the probabilities (nan if the reference has no edge), `cyclic_fraction` (1 if the
        answer has a cycle: it never has), `true_edges`, `predicted_edges`, `seconds`.

    Raises:
        InputError: Data that cannot be used, or a reference with other names.
    """
    table = observations(data)
    truth = check_nodes(truth, table.names)
    start = time.perf_counter()
    prediction = discover(table, refine=refine, model=model)
    seconds = time.perf_counter() - start
    precision, recall, f1 = metrics.precision_recall_f1(truth, prediction.graph)
    return {
        "shd": float(metrics.shd(truth, prediction.graph)),
        "f1": f1,
        "precision": precision,
        "recall": recall,
        "auroc": metrics.auroc(truth, prediction.probabilities),
        "auprc": metrics.auprc(truth, prediction.probabilities),
        "cyclic_fraction": float(metrics.is_cyclic(prediction.graph)),
        "true_edges": float(truth.number_of_edges()),
        "predicted_edges": float(prediction.graph.number_of_edges()),
        "seconds": seconds,
    }
