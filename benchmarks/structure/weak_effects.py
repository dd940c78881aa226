"""Weak linear effects, nothing hidden: is the graph the one that is found without a thought of hidden causes?

    python benchmarks/structure/weak_effects.py

Tables of 500 rows and 1.5 edges a node; every standardized cause is added to noise with a weight of either
sign. Prints the mean F1 of edges by default and with `confounders=False`, and how many pairs are said to
share a hidden cause, of which there are none. Seeds from 0.
"""

import warnings

import click
import numpy as np
import pandas as pd
from confounded_pairs import f1
from result_rows import markdown

import foundation_causal as fc
from foundation_causal.runtime import measured_on, one_thread

ROWS, EDGES = 500, 1.5
STRENGTHS = ((0.1, 0.4), (0.4, 1.0))


def table(
    seed: int, d: int, strength: tuple[float, float], *, laplace: bool
) -> tuple[pd.DataFrame, np.ndarray]:
    """A table and its edges, bool `[d, d]`."""
    rng = np.random.default_rng(seed)
    order, graph = rng.permutation(d), np.zeros((d, d), dtype=bool)
    graph[np.ix_(order, order)] = np.triu(rng.random((d, d)) < 2 * EDGES / (d - 1), 1)
    x = np.zeros((ROWS, d))
    for effect in order:
        x[:, effect] = rng.laplace(size=ROWS) / 2**0.5 if laplace else rng.normal(size=ROWS)
        for cause in np.flatnonzero(graph[:, effect]):
            weight = rng.choice([-1, 1]) * rng.uniform(*strength)
            x[:, effect] += weight * x[:, cause] / x[:, cause].std()
    return pd.DataFrame(x, columns=[f"x{node}" for node in range(d)]), graph


@click.command()
@click.option("--tables", default=12, show_default=True, help="Of ten columns; a third as many of 40.")
@one_thread()
def main(tables: int) -> None:
    """Print a row for every size, strength and noise."""
    warnings.simplefilter("ignore")
    rows = []
    for d, count in ((10, tables), (40, max(1, tables // 3))):
        for strength in STRENGTHS:
            for laplace in (False, True):
                kind = {
                    "columns": d,
                    "weights": f"{strength[0]}-{strength[1]}",
                    "noise": "Laplace" if laplace else "Gaussian",
                }
                rows += [
                    {**kind, **judged(*table(seed, d, strength, laplace=laplace))} for seed in range(count)
                ]
    print(f"# {measured_on()}\n")
    print(markdown(pd.DataFrame(rows).groupby(["columns", "weights", "noise"]).mean().reset_index(), 2))


def judged(frame: pd.DataFrame, graph: np.ndarray) -> dict[str, float]:
    """F1 by default and without hidden causes, and the number of pairs said to share one."""
    found, alone = fc.discover(frame), fc.discover(frame, confounders=False)
    edges = (
        np.array([[answer.graph.has_edge(a, b) for b in frame] for a in frame]) for answer in (found, alone)
    )
    scores = [f1(part, graph) for part in edges]
    return {"F1": scores[0], "F1, confounders=False": scores[1], "hidden": len(found.hidden)}


if __name__ == "__main__":
    main()
