"""Fit the constants of `discovery.search.calibration`, and show how well probabilities are calibrated.

    python benchmarks/fit/calibration.py

SCMs of P_IN, linear and RFF, with Gaussian and Laplace noise, and of "wide"; 2 to 20 variables, 50 to 1,000
rows. One half fits, the other half is judged. Of directions it prints how sure the probabilities are of those
of true edges, and how often the likelier one is true: of linear Gaussian pairs nothing but chance tells.
"""

from typing import NamedTuple

import click
import numpy as np
import pandas as pd
from scipy.optimize import minimize

from discovery.network.answers import edge_probabilities
from discovery.preparation import rows_of
from discovery.search.calibration import WORTH, Worth, after_search, direction_evidence
from discovery.search.refine import refine
from foundation_causal.metrics import auprc, expected_calibration_error
from foundation_causal.observations import observations
from foundation_causal.runtime import one_thread
from foundation_causal.simulate import Gaussian, Laplace, p_in, prior

SEED = 60_000_000
FAMILIES = {
    "LIN-Gaussian": p_in(["linear"], noises=[Gaussian()]),
    "LIN-Laplace": p_in(["linear"], noises=[Laplace()]),
    "RFF-Gaussian": p_in(["rff"], noises=[Gaussian()]),
    "RFF-Laplace": p_in(["rff"], noises=[Laplace()]),
    "wide": prior("wide"),
}
UNTOUCHED = Worth(found=0, not_found=0, power=1, most=0)  # the network's own probabilities


class Case(NamedTuple):
    """A fresh SCM: the network's probabilities, the refined graph, its evidence on directions, the truth."""

    family: str
    network: np.ndarray
    graph: np.ndarray
    evidence: np.ndarray
    truth: np.ndarray

    def after(self, worth: Worth) -> np.ndarray:
        return after_search(self.network, self.graph, self.evidence, worth)


@click.command()
@click.option("--variables", default=200, show_default=True, help="Of each size and family in each half.")
@click.option("--d", "sizes", multiple=True, type=int, default=(2, 3, 5, 10, 20), show_default=True)
def main(variables: int, sizes: tuple[int, ...]) -> None:
    """Fit on one half, judge on the other."""
    fit, judge = (
        [case for d in sizes for case in cases(variables // d, d, SEED + 1_000_000 * half + d)]
        for half in range(2)
    )
    best = fitted(fit)
    print("fitted:", ", ".join(f"{name} {value:.2f}" for name, value in best._asdict().items()))
    print(f"in use: {WORTH}; judged on the other half:\n")
    print(quality(judge))
    print("\nDirections of true edges: how sure of the likelier one, and how often it is true\n")
    print(directions(judge))
    print("\nReliability after the search:\n")
    print(reliability([(case.after(WORTH), case.truth) for case in judge]))


def cases(scms: int, d: int, seed: int) -> list[Case]:
    """Of each family so many fresh SCMs."""
    result = []
    for f, (family, scm_prior) in enumerate(FAMILIES.items()):
        for b, n in enumerate(np.geomspace(50, 1000, scms).astype(int)):
            batch = scm_prior.draw(scms=1, d=d, n=int(n), seed=seed + 100_000 * f + 1000 * b)
            rows = rows_of(observations(batch.data[0].double().numpy()))
            with one_thread():
                p = edge_probabilities(rows)
                found = refine(rows.filled, p)
                evidence = direction_evidence(found)
            result.append(Case(family, p, found.adjacency, evidence, batch.adjacency[0].numpy() > 0))
    return result


def fitted(data: list[Case]) -> Worth:
    """The constants with the smallest surprise."""
    bounds = [(None, None), (None, None), (1e-3, 10), (0, 10)]
    found = minimize(
        lambda worth: surprise(data, Worth(*worth)), WORTH, method="Nelder-Mead", bounds=bounds, tol=1e-4
    )
    return Worth(*map(float, found.x))


def surprise(data: list[Case], worth: Worth) -> float:
    """Mean negative log probability of the true state of a pair, nats."""
    return float(np.concatenate([nats_of_pairs(case.truth, case.after(worth)) for case in data]).mean())


def nats_of_pairs(truth: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Negative log probability of the true state of every pair of variables."""
    state = np.where(truth, q, np.where(truth.T, q.T, 1 - q - q.T))
    return -np.log(np.clip(state[np.triu_indices(len(q), 1)], 1e-6, None))


def quality(data: list[Case]) -> str:
    """Markdown table by size: nats per pair, calibration error and AUPRC."""
    lines = ["| d | | nats per pair | calibration error | AUPRC |", "|---|---|---|---|---|"]
    sizes = sorted({len(case.truth) for case in data})
    for d in (*sizes, "all"):
        part = [case for case in data if d in ("all", len(case.truth))]
        for name, worth in (("network alone", UNTOUCHED), ("after the search", WORTH)):
            pairs = [(case.truth, case.after(worth)) for case in part]
            error = np.mean([expected_calibration_error(a, p) for a, p in pairs])
            precision = np.mean([auprc(a, p) for a, p in pairs if a.any()])
            lines.append(f"| {d} | {name} | {surprise(part, worth):.4f} | {error:.4f} | {precision:.3f} |")
    return "\n".join(lines)


def directions(data: list[Case]) -> str:
    """Markdown table, by family and size: said and right, of the network and after the search."""
    rows = []
    for case in data:
        for name, worth in (("network", UNTOUCHED), ("search", WORTH)):
            p = case.after(worth)
            there, back = p[case.truth], p.T[case.truth]
            said = np.maximum(there, back) / (there + back)
            labels = {"family": case.family, "d": len(p), "of": name}
            rows += [{**labels, "said": s, "right": r} for s, r in zip(said, there > back, strict=True)]
    means = pd.DataFrame(rows).groupby(["family", "d", "of"], sort=False).mean().unstack("of")
    lines = ["| SCMs | d | network: said | right | after the search: said | right |", "|---" * 6 + "|"]
    for (family, d), row in means.iterrows():
        shown = [row[measure, of] for of in ("network", "search") for measure in ("said", "right")]
        lines.append(f"| {family} | {d} | {' | '.join(f'{value:.2f}' for value in shown)} |")
    return "\n".join(lines)


def reliability(pairs: list[tuple[np.ndarray, np.ndarray]]) -> str:
    """Markdown table: predicted probability against the share of true edges."""
    p, a = (np.concatenate([m[~np.eye(len(m), dtype=bool)] for m in ms]) for ms in zip(*pairs, strict=True))
    edges = [0, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99, 1]
    frame = pd.DataFrame({"bin": pd.cut(p, edges, include_lowest=True), "said": p, "true": a})
    bins = frame.groupby("bin", observed=True)
    table = bins.agg(said=("said", "mean"), true=("true", "mean"), n=("said", "size"))
    rows = [f"| {row.said:.3f} | {row.true:.3f} | {row.n} |" for row in table.itertuples()]
    return "\n".join(["| said | true | pairs |\n|---|---|---|", *rows])


if __name__ == "__main__":
    main()
