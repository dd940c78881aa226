"""How far lines with Gaussian noise can show who shares a hidden cause, if all else were known.

    python benchmarks/structure/hidden_ceiling.py

The linear Gaussian tables of `confounded_pairs.py`. Of each pair in turn two models are fitted by maximum
likelihood, in which the pair shares a hidden cause and in which it does not; all other edges and hidden
causes are the true ones, which no method knows. With a shared cause in the place of a direct edge, or an
edge of either direction in the place of a shared cause, the two have as many parameters; where one has one
more, it pays for it (BIC). Their difference ranks the pairs. "undecided" are pairs that share a hidden cause
and for which that speaks by less than two nats. Seeds from 0.
"""

import click
import networkx as nx
import numpy as np
import pandas as pd
from confounded_pairs import World, world
from result_rows import markdown
from scipy.optimize import minimize

from foundation_causal.metrics import auprc
from foundation_causal.runtime import measured_on, one_thread

Edge = tuple[int, int]
UNDECIDED = 2.0  # nats


class Model:
    """Linear equations with Gaussian noise, some edges, and hidden causes of some variables.

    Args:
        edges: `(cause, effect)`.
        hidden: The variables that each hidden cause acts on.
    """

    def __init__(self, edges: list[Edge], hidden: list[list[int]]) -> None:
        self.cause, self.effect = np.array(edges, dtype=int).reshape(-1, 2).T
        acts = [(child, k) for k, children in enumerate(hidden) for child in children]
        self.child, self.of = np.array(acts, dtype=int).reshape(-1, 2).T
        self.hidden = len(hidden)

    def likelihood(self, covariance: np.ndarray, n: int) -> float:
        """The maximum of the log likelihood of `n` rows with this covariance `[d, d]`, but for a constant."""
        start = np.concatenate(
            [np.zeros(len(self.cause)), np.full(len(self.child), 0.3), np.full(len(covariance), -0.5)]
        )
        options = {"maxiter": 400, "ftol": 1e-10}
        found = minimize(self._loss, start, covariance, jac=True, method="L-BFGS-B", options=options)
        return -n * float(found.fun)

    def _loss(self, at: np.ndarray, covariance: np.ndarray) -> tuple[float, np.ndarray]:
        """The negative mean log likelihood and its gradient by weights, loadings and log variances."""
        d, split = len(covariance), (len(self.cause), len(self.cause) + len(self.child))
        weights, loadings, variances = np.split(at, split)
        away, loading = np.eye(d), np.zeros((d, self.hidden))
        away[self.cause, self.effect] -= weights  # noise = x @ away
        loading[self.child, self.of] = loadings
        noise = np.diag(np.exp(variances)) + loading @ loading.T
        inverse, seen = np.linalg.inv(noise), away.T @ covariance @ away
        by_noise = (inverse - inverse @ seen @ inverse) / 2
        by_away = covariance @ away @ inverse
        gradient = (
            -by_away[self.cause, self.effect],
            2 * (by_noise @ loading)[self.child, self.of],
            by_noise.diagonal() * np.exp(variances),
        )
        value = (np.linalg.slogdet(noise)[1] + np.trace(seen @ inverse)) / 2
        return float(value), np.concatenate(gradient)


def apart(hidden: list[list[int]], pair: Edge) -> list[list[int]]:
    """The hidden causes, of at most three columns, if the pair shares none: a third shares one with each."""
    kept = [children for children in hidden if not set(pair) <= set(children)]
    split = [children for children in hidden if set(pair) <= set(children)]
    return kept + [[one, other] for children in split for other in set(children) - set(pair) for one in pair]


def evidence(truth: World) -> np.ndarray:
    """Nats for a shared hidden cause of every pair, `[d, d]`, upper triangle."""
    x = truth.frame.to_numpy()
    n, d = x.shape
    covariance, price = np.corrcoef(x, rowvar=False), np.log(n) / 2
    edges = [(int(i), int(j)) for i, j in np.argwhere(truth.direct)]
    found = np.zeros((d, d))

    def fitted(edges: list[Edge], hidden: list[list[int]]) -> float:
        return Model(edges, hidden).likelihood(covariance, n)

    def without(pair: Edge) -> list[Edge]:
        return [edge for edge in edges if set(edge) != set(pair)]

    def with_edge(pair: Edge, hidden: list[list[int]]) -> list[float]:
        """The likelihoods with an edge between the two, in each direction that closes no cycle."""
        others = without(pair)
        graph = nx.DiGraph(others)
        graph.add_nodes_from(range(d))
        ways = [way for way in (pair, pair[::-1]) if not nx.has_path(graph, way[1], way[0])]
        return [fitted([*others, way], hidden) for way in ways]

    everything = fitted(edges, truth.hidden)
    for i, j in zip(*np.triu_indices(d, 1), strict=True):
        pair, joined = (int(i), int(j)), bool(truth.direct[i, j] or truth.direct[j, i])
        if truth.confounded[i, j]:
            unshared = apart(truth.hidden, pair)
            rivals = with_edge(pair, unshared)
            if joined:
                rivals = [rival + price for rival in rivals]
            else:
                rivals.append(fitted(edges, unshared) + price)
            found[i, j] = everything - max(rivals)
        else:
            more = [*truth.hidden, list(pair)]
            beside = fitted(edges, more) - price
            instead = [fitted(without(pair), more)] if joined else []
            rivals = with_edge(pair, truth.hidden) if joined else [everything]
            found[i, j] = max([beside, *instead]) - max(rivals)
    return found


@click.command()
@click.option("--hidden", "hidden", type=int, multiple=True, default=(1, 3, 5), show_default=True)
@click.option("--n", "rows", type=int, multiple=True, default=(300, 1000, 3000), show_default=True)
@click.option("--tables", default=10, show_default=True, help="Of each cell.")
@one_thread()
def main(hidden: tuple[int, ...], rows: tuple[int, ...], tables: int) -> None:
    """Print the average precision that the truth about all else allows."""
    found = []
    for h in hidden:
        for n in rows:
            for seed in range(tables):
                truth = world(seed, h, n, nonlinear=False, laplace=False)
                upper = np.triu(np.ones_like(truth.confounded), 1)
                nats, pairs = evidence(truth), truth.confounded & upper
                share = float((nats[pairs] < UNDECIDED).mean())
                # Ranks, as average precision takes scores of any sign for all entries.
                scores = np.where(upper, nats - nats.min() + 1, 0.0)
                found.append({"hidden": h, "n": n, "AUPRC": float(auprc(pairs, scores)), "undecided": share})
    groups = pd.DataFrame(found).groupby(["hidden", "n"])
    table = groups.mean().assign(error=groups["AUPRC"].sem(), tables=groups.size()).reset_index()
    print(f"# {measured_on()}\n\n{markdown(table, 2)}")


if __name__ == "__main__":
    main()
