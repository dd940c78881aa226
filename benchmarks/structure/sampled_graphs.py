"""How far the DAGs of `Prediction.sample_graphs` keep the probabilities that they are drawn from.

    python benchmarks/structure/sampled_graphs.py

Predictions on few rows, where probabilities are the least certain. For the draws of `sample_dags`, and for
the alternative of drawing an order first: the error of the edges' frequencies (mean over all ordered pairs,
and largest), the share of the expected edges that is lost, and the mean SHD to the true graph.

The alternative perturbs one score for each variable by Gumbel noise and sorts (Plackett and Luce;
Charpentier, Kibler and Günnemann, "Differentiable DAG Sampling", 2022), the scores fitted to the
probabilities; an edge that fits the order is then drawn so that its probability is kept, where such orders
come often enough.
"""

from collections.abc import Callable

import click
import numpy as np
import pandas as pd
from result_rows import markdown
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from discovery.pipeline import discover
from discovery.search.dags import sample_dags
from foundation_causal.simulate import Gaussian, Laplace, p_in

SEED = 72_000_000
Sampler = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]


@click.command()
@click.option("--scms", default=8, show_default=True, help="In each cell.")
@click.option("--d", "sizes", multiple=True, type=int, default=(10, 20), show_default=True)
@click.option("--n", "rows", default=50, show_default=True)
@click.option("--draws", default=2000, show_default=True)
def main(scms: int, sizes: tuple[int, ...], rows: int, draws: int) -> None:
    """Print the table."""
    samplers: dict[str, Sampler] = {
        "edges (`sample_dags`)": lambda *arguments: np.array(sample_dags(*arguments)),
        "orders, then edges": by_orders,
    }
    scores = []
    for d in sizes:
        batch = p_in(noises=(Gaussian(), Laplace())).draw(scms=scms, d=d, n=rows, seed=SEED + d)
        for index in range(scms):
            for refine in (False, True):
                p = discover(batch.frame(index), refine=refine).probabilities.to_numpy()
                for name, sample in samplers.items():
                    drawn = sample(p, draws, np.random.default_rng(0))
                    key = {"d": d, "probabilities": "refined" if refine else "network", "draws of": name}
                    scores.append(key | score(drawn, p, batch.adjacency[index].numpy() > 0))
    table = pd.DataFrame(scores).groupby(["d", "probabilities", "draws of"], sort=False).mean().reset_index()
    click.echo(markdown(table, 4))


def score(drawn: np.ndarray, p: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    error = np.abs(drawn.mean(0) - p)[~np.eye(len(p), dtype=bool)]
    wrong = drawn != truth
    distance = (wrong | wrong.transpose(0, 2, 1)).sum((1, 2)) / 2
    lost = 1 - drawn.mean(0).sum() / p.sum()
    return {"mean error": error.mean(), "largest": error.max(), "lost": lost, "SHD": distance.mean()}


def by_orders(p: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    def misfit(s: np.ndarray) -> tuple[float, np.ndarray]:
        lead = s[:, None] - s
        pull = p * expit(-lead)
        return -(p * log_expit(lead)).sum() + 1e-3 * (s @ s), pull.sum(0) - pull.sum(1) + 2e-3 * s

    s = minimize(misfit, np.zeros(len(p)), jac=True).x
    place = (-(s + rng.gumbel(size=(draws, len(p))))).argsort(1).argsort(1)
    first = place[:, :, None] < place[:, None]
    given = np.minimum(p / np.maximum(expit(s[:, None] - s), 1e-9), 1)
    return first & (rng.random(first.shape) < given)


if __name__ == "__main__":
    main()
