"""Scores of predicted structure, of predicted values and of samples; `docs/metrics.md` defines each of them.

A graph is a `networkx.DiGraph`, a 0/1 DataFrame or a 0/1 array `[d, d]` with `A[i, j] = 1` for `i -> j`;
a sample is a DataFrame or an array `[n, d]`. Where both sides carry names they are matched by name, else by
position.
"""

from foundation_causal.metrics._graphs import Graph
from foundation_causal.metrics.all_scores import structure_scores
from foundation_causal.metrics.equivalence import cpdag, cpdag_shd
from foundation_causal.metrics.identification import AdjustmentDistance, adjustment_distances, sid
from foundation_causal.metrics.probabilities import auprc, auroc, expected_calibration_error
from foundation_causal.metrics.samples import (
    PermutationTest,
    Sample,
    energy_distance,
    mmd,
    permutation_test,
    rmse,
    wasserstein,
)
from foundation_causal.metrics.sortability import r2_sortability, varsortability
from foundation_causal.metrics.structure import (
    cyclic_fraction,
    is_cyclic,
    precision_recall_f1,
    shd,
    skeleton_f1,
)

__all__ = [
    "AdjustmentDistance",
    "Graph",
    "PermutationTest",
    "Sample",
    "adjustment_distances",
    "auprc",
    "auroc",
    "cpdag",
    "cpdag_shd",
    "cyclic_fraction",
    "energy_distance",
    "expected_calibration_error",
    "is_cyclic",
    "mmd",
    "permutation_test",
    "precision_recall_f1",
    "r2_sortability",
    "rmse",
    "shd",
    "sid",
    "skeleton_f1",
    "structure_scores",
    "varsortability",
    "wasserstein",
]
