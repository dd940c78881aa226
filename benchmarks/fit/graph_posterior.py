"""Choose the power of `discovery.search.dag_sampler`, and show how well its edges are calibrated.

    python benchmarks/fit/graph_posterior.py

Fresh SCMs, linear and RFF, of P_IN with Gaussian noise and of P_OUT in turn, with 400 rows, every third with
100. For the network's probabilities, those after the search, and the edges of posteriors under several
powers: nats per pair of variables, expected calibration error, and, for the average over 10 weighted DAGs,
the RMSE of the counterfactual under one variable at its 90% quantile (over the other variables, in standard
deviations). Mechanisms are Gaussian processes with the best of three kernels, which is quick.
"""

import click
import networkx as nx
import numpy as np
import pandas as pd
import torch
from calibration import nats_of_pairs

from discovery.network.answers import edge_probabilities
from discovery.preparation import rows_of
from discovery.search.calibration import WORTH, after_search, direction_evidence, presence_margins
from discovery.search.dag_sampler import Posterior
from discovery.search.refine import Refined, refine
from foundation_causal.metrics import expected_calibration_error
from foundation_causal.observations import observations
from foundation_causal.runtime import one_thread
from foundation_causal.simulate import Gaussian, SCMBatch, p_in, p_out
from mechanisms.kernel.gaussian_process import Kernel, Point, Regression, log_evidence, regression
from mechanisms.kernel.hyperparameters import NOISES

SEED = 96_000_000
POWERS = (0.3, 0.5, 1.0)
QUERY, AVERAGE, DRAWS = 200, 10, 100
MEASURES = ("nats", "ece", "rmse")


@click.command()
@click.option("--scms", default=8, show_default=True, help="Of each of the four kinds.")
@click.option("--d", default=10, show_default=True)
def main(scms: int, d: int) -> None:
    """Print the means over all SCMs, and of how many an average did better and worse than the best DAG."""
    rows: list[dict[str, float | str]] = []
    for index in range(scms):
        for mechanism in ("linear", "rff"):
            for make in (p_in([mechanism], noises=[Gaussian((0.2, 2.0))]), p_out([mechanism])):
                n = 100 if index % 3 == 2 else 400
                batch = make.draw(
                    scms=1, d=d, n=QUERY + n, seed=SEED + 10_000 * d + index, dtype=torch.float64
                )
                if batch.adjacency.any():
                    rows += [{"case": len(rows), **row} for row in scores(batch)]
        click.echo(f"{index + 1} of {scms}", err=True)
    print(markdown(pd.DataFrame(rows)))


def scores(batch: SCMBatch) -> list[dict[str, float | str]]:
    """Each way to know of edges, with its measures."""
    world = World(batch)
    rows = rows_of(observations(world.context))
    with one_thread():
        network = edge_probabilities(rows)
        found = refine(rows.filled, network)
        evidence, margins = direction_evidence(found), presence_margins(found)
        searched = after_search(network, found.adjacency, evidence, WORTH, margins)
        answers: list[tuple[str, np.ndarray, list[tuple[np.ndarray, float]]]] = [
            ("true graph", world.truth.astype(float), [(world.truth, 1.0)]),
            ("network", network, []),
            ("search", searched, [(found.adjacency, 1.0)]),
        ]
        for power in POWERS:
            posterior = Posterior(untouched(found), power)
            share = (posterior.sample(DRAWS).sum(0) + searched) / (DRAWS + 1)  # so that none is 0
            answers.append((f"posterior, power {power}", share, posterior.weighted(AVERAGE)))
        return [
            {
                "edges": name,
                "nats": float(nats_of_pairs(world.truth, share).mean()),
                "ece": expected_calibration_error(world.truth, share),
                "rmse": world.error(weighted) if weighted else float("nan"),
            }
            for name, share, weighted in answers
        ]


def untouched(found: Refined) -> Refined:
    """The search as it ended: what one posterior scores besides is not there for the next."""
    score = found.score.tempered(found.score.power)
    score.known = dict(found.score.known)
    return found._replace(score=score)


class World:
    """An SCM, rows of it, an intervention, and mechanisms that are fitted once for each set of parents."""

    def __init__(self, batch: SCMBatch) -> None:
        rows = batch.data[0].numpy()
        self.truth = batch.adjacency[0].numpy() > 0
        centre, self.scale = rows[QUERY:].mean(0), rows[QUERY:].std(0)
        self.context, self.query = (rows[QUERY:] - centre) / self.scale, (rows[:QUERY] - centre) / self.scale
        causes = np.flatnonzero(self.truth.any(1))
        self.target = int(causes[np.random.default_rng(len(rows)).integers(len(causes))])
        self.value = float(np.quantile(self.context[:, self.target], 0.9))
        name = batch.names[self.target]
        do = batch.do({name: self.value * self.scale[self.target] + centre[self.target]})
        self.answer = (batch.generate(batch.noise[:, :QUERY], do)[0].numpy() - centre) / self.scale
        self.fitted: dict[tuple[int, ...], Regression] = {}

    def error(self, weighted: list[tuple[np.ndarray, float]]) -> float:
        """RMSE of the weighted mean of the counterfactuals."""
        mean = sum(weight * self.counterfactual(dag) for dag, weight in weighted)
        others = np.arange(len(self.truth)) != self.target
        return float(np.sqrt(np.square(mean - self.answer)[:, others].mean()))

    def counterfactual(self, dag: np.ndarray) -> np.ndarray:
        x = self.query.copy()
        x[:, self.target] = self.value
        graph = nx.from_numpy_array(dag, create_using=nx.DiGraph)
        reached = nx.descendants(graph, self.target)
        for j in nx.topological_sort(graph):
            if j in reached:
                model, parents = self.regression(j, dag), np.flatnonzero(dag[:, j])
                x[:, j] += model.predict(x[:, parents]) - model.predict(self.query[:, parents])
        return x

    def regression(self, j: int, dag: np.ndarray) -> Regression:
        parents = tuple(np.flatnonzero(dag[:, j]).tolist())
        if (j, *parents) not in self.fitted:
            x, y, ones = self.context[:, parents], self.context[:, j], np.ones(len(parents))
            wide = [0.1 * ones, 1.0]
            kernels = [Kernel(None, ones, 1.0)]
            kernels += [Kernel(ones / (length * len(parents) ** 0.5), *wide) for length in (1.0, 2.5)]
            evidence = log_evidence(kernels, NOISES, x[:150], y[:150])
            best, noise = np.unravel_index(evidence.argmax(), evidence.shape)
            point = Point(kernels[best], float(NOISES[noise]), 1.0)
            self.fitted[j, *parents] = regression(x, y, [point])
        return self.fitted[j, *parents]


def markdown(rows: pd.DataFrame) -> str:
    """One line for each way to know of edges."""
    searched = rows.loc[rows["edges"] == "search", "rmse"].to_numpy()
    lines = [
        f"{len(searched)} SCMs\n",
        "| edges | nats per pair | calibration error | RMSE | better than the search | worse |",
        "|---" * 6 + "|",
    ]
    for name, part in rows.groupby("edges", sort=False):
        change = part["rmse"].to_numpy() - searched
        counts = f"{(change < -1e-3).sum()} | {(change > 1e-3).sum()}"
        shown = " | ".join(f"{part[measure].mean():.4f}" for measure in MEASURES)
        lines.append(f"| {name} | {shown} | {counts} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
