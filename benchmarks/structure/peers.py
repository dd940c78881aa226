"""Methods of other packages that only benchmarks ask, beside those of `discovery.baselines`.

For rows of several experiments with known targets: GIES (`pip install gies`) and UT-IGSP (`pip install
graphical-model-learning`). For hidden causes: BottomUpParceLiNGAM, RCD and CAM-UV (lingam, of the extra
`baselines`). All settings are the packages' defaults.
"""

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import pandas as pd

from discovery.preparation import standardized
from foundation_causal.runtime import seeded_globals


class Experiments(NamedTuple):
    """Standardized rows of experiments, `[n, d]` each, and the places of the columns they reached into."""

    rows: list[np.ndarray]
    targets: list[list[int]]


def experiments(frame: pd.DataFrame, mask: pd.DataFrame) -> Experiments:
    """The rows that were reached into alike, together; those left alone, if any, come first."""
    x, reached = standardized(frame.to_numpy(dtype=float)), mask.to_numpy(dtype=bool)
    kinds, kind = np.unique(reached, axis=0, return_inverse=True)  # none sorts before one
    rows = [x[kind == k] for k in range(len(kinds))]
    return Experiments(rows, [np.flatnonzero(each).tolist() for each in kinds])


def gies(frame: pd.DataFrame, mask: pd.DataFrame) -> np.ndarray:
    """Greedy interventional equivalence search with BIC (Hauser and Buehlmann, 2012; gies): an I-CPDAG."""
    from gies import fit_bic

    rows, targets = experiments(frame, mask)
    edges = fit_bic(rows, targets)[0] != 0
    return np.where(edges & edges.T, 0.5, edges)


def ut_igsp(frame: pd.DataFrame, mask: pd.DataFrame) -> np.ndarray:
    """Greedy permutations with tests of invariance (Squires et al., 2020; graphical-model-learning): a DAG.

    Partial correlations and Gaussian tests at level 0.05, the known targets given. It needs rows left alone.
    """
    import conditional_independence as tests
    from graphical_model_learning import unknown_target_igsp

    rows, targets = experiments(frame, mask)
    if targets[0]:
        raise ValueError("no rows left alone")
    independent = tests.MemoizedCI_Tester(
        tests.partial_correlation_test, tests.partial_correlation_suffstat(rows[0]), alpha=0.05
    )
    invariant = tests.MemoizedInvarianceTester(
        tests.gauss_invariance_test, tests.gauss_invariance_suffstat(rows[0], rows[1:]), alpha=0.05
    )
    settings = [{"known_interventions": target} for target in targets[1:]]
    nodes = set(range(frame.shape[1]))
    graph, _ = unknown_target_igsp(settings, nodes, independent, invariant)
    return graph.to_amat()[0].astype(float)


def of_lingam(name: str) -> Callable[[pd.DataFrame], np.ndarray]:
    """A class of lingam that allows for hidden causes, as a function to its directed edges `[d, d]`.

    Pairs that it takes for confounded are left without an edge.
    """

    def run(frame: pd.DataFrame) -> np.ndarray:
        return directed(effects_by(name, standardized(frame.to_numpy(dtype=float)))).astype(float)

    return run


def effects_by(name: str, rows: np.ndarray) -> np.ndarray:
    """The matrix of a class of lingam, `[d, d]`: rows are effects, and NaN marks confounded pairs."""
    import lingam

    matrix: np.ndarray = getattr(lingam, name)().fit(rows).adjacency_matrix_
    return matrix


def directed(effects: np.ndarray) -> np.ndarray:
    """The edges of such a matrix from cause to effect, bool `[d, d]`."""
    return (np.nan_to_num(effects) != 0).T


WITH_EXPERIMENTS = {"GIES": gies, "UT-IGSP": ut_igsp}
PACKAGES = {"GIES": "gies", "UT-IGSP": "graphical_model_learning"}
WITH_HIDDEN_CAUSES = {
    "BottomUpParceLiNGAM": of_lingam("BottomUpParceLiNGAM"),
    "RCD": of_lingam("RCD"),
    "CAM-UV": of_lingam("CAMUV"),
}
PEERS = (*WITH_EXPERIMENTS, *WITH_HIDDEN_CAUSES)


def at_hand(methods: Iterable[str]) -> list[str]:
    """The methods without those of `PEERS` whose packages are not installed."""
    return [m for m in methods if m not in PEERS or find_spec(PACKAGES.get(m, "lingam")) is not None]


def learn_peer(method: str, frame: pd.DataFrame, mask: pd.DataFrame | None) -> np.ndarray:
    """The pattern that a method of `PEERS` finds, `[d, d]`: 1 for `i -> j`, 0.5 both ways for an open edge.

    Args:
        method: One of `WITH_EXPERIMENTS`, which need the mask, or of `WITH_HIDDEN_CAUSES`.
        frame: The rows.
        mask: Which values were set.

    Raises:
        ValueError: UT-IGSP without rows left alone.
    """
    with seeded_globals(0):
        if method in WITH_HIDDEN_CAUSES:
            return WITH_HIDDEN_CAUSES[method](frame)
        assert mask is not None
        return WITH_EXPERIMENTS[method](frame, mask)
