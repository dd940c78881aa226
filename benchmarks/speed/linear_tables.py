"""Linear tables of equal difficulty, and one measured run of a method on one of them.

Each variable has on average `2 * PARENTS` neighbours in a random graph, is the weighted sum of its causes
plus noise of variance 1, and is then scaled to variance 1 before its effects are made, so that neither
variances nor how well a variable is predicted by the others grow along the order (iSCM: Ormaniec et al.,
2024).
"""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

PARENTS = 2.0  # of a variable, on average
WEIGHTS = (0.25, 1.0)  # sizes of weights before scaling
OURS = "foundation-causal"
ALONE = "confounders=False"  # ours, told that no two columns share a hidden cause, as the peers take it


def linear_table(d: int, n: int, noise: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows `[n, d]`, of which the first are the same whatever n is, up to scale, and the graph `[d, d]`."""
    random = np.random.default_rng(seed)
    order = random.permutation(d)
    later = np.triu(random.random((d, d)) < 2 * PARENTS / (d - 1), 1)
    weights = later * random.choice([-1, 1], (d, d)) * random.uniform(*WEIGHTS, (d, d))
    rows = np.empty((n, d))
    for k in range(d):
        own = np.random.default_rng([seed, k])
        drawn = own.normal(size=n) if noise == "Gaussian" else own.laplace(size=n) / np.sqrt(2)
        values = rows[:, order[:k]] @ weights[:k, k] + drawn
        rows[:, order[k]] = (values - values.mean()) / values.std()
    truth = np.zeros((d, d), dtype=bool)
    truth[np.ix_(order, order)] = later
    return rows, truth


def measured(method: str, d: int, n: int, noise: str, seed: int) -> dict[str, Any]:
    """The errors and the time of one run, and the process's peak memory up to here."""
    try:
        from foundation_causal.metrics.all_scores import pattern_scores
        from foundation_causal.runtime import one_thread
    except ImportError:  # an earlier build, whose answers are DAGs
        from foundation_causal.metrics.scores import structure_scores as pattern_scores
        from foundation_causal.threads import one_thread

    warnings.simplefilter("ignore")
    rows, truth = linear_table(d, n, noise, seed)
    with one_thread():
        run(method, linear_table(5, 100, noise, 0)[0])  # imports, and the network's weights
        before = peak_megabytes()
        start = time.process_time()
        found = run(method, rows)
        seconds = time.process_time() - start
    scores = pattern_scores(truth.astype(float), found)
    return {
        **{"method": method, "d": d, "n": n, "noise": noise, "seed": seed},
        **{"shd": scores["shd"], "cpdag_shd": scores["cpdag_shd"], "seconds": round(seconds, 3)},
        **{name: round(scores.get(name, float("nan")), 4) for name in ("f1", "skeleton_f1")},
        **{"megabytes": round(peak_megabytes()), "megabytes_before": round(before)},
        "edges": int(truth.sum()),
    }


def run(method: str, rows: np.ndarray) -> np.ndarray:
    """The pattern `[d, d]` that a method finds, 0.5 for an edge either way."""
    if method in (OURS, ALONE):
        from discovery import discover
        from foundation_causal.graphs import adjacency

        names = [f"V{j}" for j in range(rows.shape[1])]
        frame = pd.DataFrame(rows, columns=names)
        told = {"confounders": False} if method == ALONE else {}
        return adjacency(discover(frame, **told).graph).astype(float)
    from discovery.baselines import learn

    return learn(method, rows)


def peak_megabytes() -> float:
    """Peak resident memory of this process; what `resource` tells includes the process that started it."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


def run_elsewhere(script: str, checkout: str | None, task: list[str], limit: float) -> list[dict[str, Any]]:
    """What `script --worker TASK` prints in a process of its own, one thread, on the code of a checkout."""
    import json
    import os
    import subprocess

    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = checkout or str(Path(script).resolve().parents[2])
    command = [sys.executable, str(Path(script).resolve()), "--worker", *task]
    try:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=limit,
            cwd=environment["PYTHONPATH"],
        )
    except subprocess.TimeoutExpired:
        return []
    if done.returncode:
        print(done.stderr.strip().splitlines()[-1:], file=sys.stderr)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
