"""Classical structure learners behind one signature, each run by the package that its users run.

A learner takes standardized rows `[n, d]` and returns an adjacency `[d, d]` with 1 for `i -> j` and
0.5 in both directions for an edge that it leaves undirected. All settings are the packages' defaults.
Install them with the extra `baselines`.
"""

from collections.abc import Callable

import numpy as np

from foundation_causal.errors import InputError

Learner = Callable[[np.ndarray], np.ndarray]


def pc(x: np.ndarray) -> np.ndarray:
    """PC with Fisher's z test at level 0.05 (Spirtes et al., 2000; causal-learn)."""
    from causallearn.search.ConstraintBased.PC import pc as run

    return _from_endpoints(run(x, alpha=0.05, show_progress=False).G.graph)


def ges(x: np.ndarray) -> np.ndarray:
    """Greedy equivalence search with BIC (Chickering, 2002; causal-learn)."""
    from causallearn.search.ScoreBased.GES import ges as run

    return _from_endpoints(run(x, "local_score_BIC_from_cov")["G"].graph)


def boss(x: np.ndarray) -> np.ndarray:
    """Best order score search with BIC (Andrews et al., 2023; causal-learn)."""
    from causallearn.search.PermutationBased.BOSS import boss as run

    return _from_endpoints(run(x, "local_score_BIC_from_cov", verbose=False).graph)


def direct_lingam(x: np.ndarray) -> np.ndarray:
    """DirectLiNGAM (Shimizu et al., 2011; lingam)."""
    from lingam import DirectLiNGAM

    model = DirectLiNGAM()
    model.fit(x)
    return (np.abs(model.adjacency_matrix_.T) > 1e-8).astype(float)


def dagma(x: np.ndarray) -> np.ndarray:
    """DAGMA, linear, least squares (Bello et al., 2022; dagma)."""
    from dagma.linear import DagmaLinear

    return (np.abs(DagmaLinear("l2").fit(x)) > 0).astype(float)


LEARNERS: dict[str, Learner] = {
    "PC": pc,
    "GES": ges,
    "BOSS": boss,
    "DirectLiNGAM": direct_lingam,
    "DAGMA": dagma,
}


def learn(name: str, x: np.ndarray) -> np.ndarray:
    """Run the named learner on standardized rows `[n, d]`; adjacency `[d, d]`.

    Raises:
        InputError: An unknown name, or a package that is not installed.
    """
    if name not in LEARNERS:
        raise InputError(f"'{name}' is not a known method: use one of {', '.join(LEARNERS)}.")
    try:
        return LEARNERS[name](x)
    except ModuleNotFoundError as error:
        raise InputError(
            f"{name} needs the package '{error.name}', which is not installed: "
            "pip install 'foundation-causal[baselines]'."
        ) from None


def _from_endpoints(endpoints: np.ndarray) -> np.ndarray:
    """causal-learn's endpoint matrix (`G[j, i] = 1` and `G[i, j] = -1` for `i -> j`) to ours."""
    tail, head = endpoints == -1, endpoints == 1
    undirected = tail & tail.T
    return (tail & head.T) + 0.5 * undirected
