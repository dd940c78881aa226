"""Mechanisms on Sachs and ecoli70, reference graph given: how far sampled rows are from held-out ones.

    python benchmarks/mechanisms/real_mechanisms.py

Five splits (the paper: ten) into 400 rows to fit and 400 to test (Mahajan et al., 2024, appendix A, Table
4). Each method infers the noise of the fitted rows; new noise is drawn from a Gaussian with its standard
deviation, as in the paper, or from the law that `sample` uses, and sent through the mechanisms. The MMD
to the test rows has the median distance of these as its bandwidth, in standard deviations; the paper does
not say its own. ecoli70 is simulated and linear, so that there is a truth: noise and sample RMSE are
against least squares on 100,000 rows. The methods "dowhy", "fip" and "deci" need the extra `baselines`.
Prints Markdown and writes it to benchmarks/results.
"""

from collections.abc import Callable
from pathlib import Path

import click
import networkx as nx
import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist

from foundation_causal.datasets import load_dataset
from foundation_causal.metrics import mmd, rmse
from foundation_causal.observations import Observations, observations
from foundation_causal.runtime import measured_on
from foundation_causal.types import Array
from mechanisms.linear import linear_model
from mechanisms.mechanism_model import MechanismModel, abduct
from mechanisms.methods import METHODS
from mechanisms.noise.sampling import draw_noise
from mechanisms.solver import solve

ROWS, SPLITS = 400, 5
CLOSES_A_CYCLE = [("PIP3", "plcg")]
"""Of PIP2 -> PIP3 -> plcg -> PIP2 in cdt's reference graph, the edge that other versions lack."""
PUBLISHED = {
    "dowhy": (0.015, 0.014),
    "deci": (0.014, 0.005),
    "fip": (0.015, 0.005),
    "cond-fip": (0.013, 0.005),
}
"""Mahajan et al., 2024, Table 4 (Sachs): MMD of sampled and of reconstructed rows; train and test .005."""


@click.command()
@click.option("--method", "methods", multiple=True, default=list(METHODS), show_default=True)
@click.option("--splits", default=SPLITS, show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="benchmarks/results/real_mechanisms.md",
    show_default=True,
)
def main(methods: tuple[str, ...], splits: int, out: Path) -> None:
    """Score every method on every split, print the tables and write them to OUT."""
    parts = [f"{splits} splits, seeds 0 to {splits - 1}; {measured_on()}"]
    for name in ("sachs", "sachs in logarithms", "ecoli70"):
        scores = []
        for split in range(splits):
            for method in methods:
                scores.append({"method": method, **scored(name, split, METHODS[method].fit)})
                click.echo(f"{name} {split} {scores[-1]}", err=True)
        parts.append(f"## {name}\n\n{markdown(name, pd.DataFrame(scores))}")
    text = "\n\n".join(parts) + "\n"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    click.echo(text)


def scored(
    name: str, split: int, fit: Callable[[Observations, nx.DiGraph], MechanismModel]
) -> dict[str, float]:
    """All distances of one method on one split, in units of the fitted rows' standard deviations."""
    data = load_dataset(name.split()[0], n=2 * ROWS, seed=split)
    rows = np.log(data.frame.to_numpy()) if "logarithms" in name else data.frame.to_numpy()
    order = np.random.default_rng(split).permutation(2 * ROWS)
    train, test = rows[order[:ROWS]], rows[order[ROWS:]]
    scale = train.std(0)
    graph = data.graph.copy()
    graph.remove_edges_from(CLOSES_A_CYCLE)
    model = fit(observations(pd.DataFrame(train, columns=data.frame.columns)), graph)
    noise = abduct(model, train)
    normal = noise.mean(0) + noise.std(0) * np.random.default_rng(split).standard_normal(noise.shape)
    median = float(np.median(pdist(test / scale)))
    distance = lambda rows: mmd(rows / scale, test / scale, bandwidth=median)  # noqa: E731
    found = {
        "Gaussian noise": distance(solve(model, normal)),
        "own noise": distance(solve(model, draw_noise(list(noise.T), ROWS, split))),
        "reconstructed": distance(solve(model, noise)),
        "train": distance(train),
    }
    return found | (truth_rmse(model, graph, test, scale) if name == "ecoli70" else {})


def truth_rmse(model: MechanismModel, graph: nx.DiGraph, test: Array, scale: Array) -> dict[str, float]:
    """Noise and samples against the linear truth, on the test rows."""
    truth = linear_model(load_dataset("ecoli70", n=100_000, seed=99).frame.to_numpy(), graph)
    noise = abduct(truth, test)
    return {
        "noise RMSE": rmse(abduct(model, test) / scale, noise / scale),
        "sample RMSE": rmse(solve(model, noise) / scale, test / scale),
    }


def markdown(name: str, scores: pd.DataFrame) -> str:
    """One line per method: means over the splits and their standard errors."""
    table = scores.groupby("method", sort=False)
    mean, error = table.mean(), table.sem()
    heads = ["method", *mean.columns, *(["published, sampled", "reconstructed"] if "sachs" in name else [])]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for method in mean.index:
        cells = [f"{mean.at[method, c]:.4f} ± {error.at[method, c]:.4f}" for c in mean.columns]
        if "sachs" in name:
            cells += [f"{x:.3f}" for x in PUBLISHED[method]] if method in PUBLISHED else ["", ""]
        lines.append(f"| {' | '.join([method, *cells])} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
