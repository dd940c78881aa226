"""Fit the constants of `discovery.search.calibration`, and show how well probabilities are calibrated.

    python benchmarks/fit/calibration.py

SCMs of P_IN, linear and RFF, with Gaussian and Laplace noise, and of "wide", 2 to 20 variables, 50 to 1,000
rows; and numeric tables unlike those of the training, of the kinds of `benchmarks/trust/kinds_of_tables.py`
and of seeds that no benchmark has. One half fits, the other half is judged; no kind is in both. Fitted is the
mean of the surprise at both sorts of tables. Of directions it prints how sure the probabilities are of those
of true edges, and how often the likelier one is true: of linear Gaussian pairs nothing but chance tells.
"""

import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "trust"))

import click
import networkx as nx
import numpy as np
import pandas as pd
from kinds_of_tables import KINDS, seed_of, table
from scipy.optimize import minimize

from discovery.network.answers import edge_probabilities
from discovery.pipeline import prepare
from discovery.preparation import Rows, rows_of
from discovery.search.calibration import WORTH, Worth, after_search, direction_evidence, presence_margins
from discovery.search.refine import refine
from foundation_causal.columns.row_checks import judge_rows
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


ELSEWHERE = [
    name
    for name, kind in KINDS.items()
    if kind.home is None
    and kind.degree
    and kind.column not in ("binary", "rare", "counts", "categories", "four grades", "five values")
]
FIRST_TABLE = 700_000  # far from the numbers of the tables that `calibration_by_kind.py` judges


class Case(NamedTuple):
    """A fresh SCM: the network's probabilities, the refined graph, its evidence, its margins, the truth."""

    family: str
    network: np.ndarray
    graph: np.ndarray
    evidence: np.ndarray
    margins: np.ndarray | None
    truth: np.ndarray

    def after(self, worth: Worth) -> np.ndarray:
        return after_search(self.network, self.graph, self.evidence, worth, self.margins)


@click.command()
@click.option("--variables", default=200, show_default=True, help="Of each size and family in each half.")
@click.option("--tables", default=8, show_default=True, help="Of each kind unlike those of the training.")
@click.option("--d", "sizes", multiple=True, type=int, default=(2, 3, 5, 10, 20), show_default=True)
def main(variables: int, tables: int, sizes: tuple[int, ...]) -> None:
    """Fit on one half, judge on the other."""
    fit, judge = (
        [case for d in sizes for case in cases(variables // d, d, SEED + 1_000_000 * half + d)]
        for half in range(2)
    )
    fit_elsewhere, judge_elsewhere = (elsewhere(ELSEWHERE[half::2], tables) for half in range(2))
    best = fitted([fit, fit_elsewhere])
    print("fitted:", ", ".join(f"{name} {value:.2f}" for name, value in best._asdict().items()))
    print(f"in use: {WORTH}; judged on the other half:\n")
    print(quality(judge))
    print(f"\nNats per pair of {len(judge_elsewhere)} tables of other kinds\n")
    for name, worth in (("network alone", UNTOUCHED), ("in use", WORTH), ("fitted", best)):
        print(f"- {name}: {surprise(judge_elsewhere, worth):.4f}; at home {surprise(judge, worth):.4f}")
    sharp = [[case._replace(margins=None) for case in data] for data in (judge_elsewhere, judge)]
    print(
        f"- in use, but of near ties as of any other edge: {surprise(sharp[0], WORTH):.4f}; "
        f"at home {surprise(sharp[1], WORTH):.4f}"
    )
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
            result.append(searched(family, rows, batch.adjacency[0].numpy() > 0))
    return result


def elsewhere(kinds: list[str], tables: int) -> list[Case]:
    """So many tables of each of these kinds."""
    result = []
    for kind in kinds:
        for number in range(FIRST_TABLE, FIRST_TABLE + tables):
            made = table(KINDS[kind], seed_of(kind, number))
            prepared = prepare(judge_rows(observations(made.frame, missing=True)).table)
            truth = nx.to_numpy_array(made.graph, nodelist=prepared.searched, weight=None)
            result.append(searched(kind, prepared.rows, truth > 0))
    return result


def searched(family: str, rows: Rows, truth: np.ndarray) -> Case:
    """What the network and the search say of rows."""
    with one_thread():
        p = edge_probabilities(rows)
        observed = 1.0 - float(np.isnan(rows.values).mean())
        found = refine(rows.filled, p, usable=rows.usable, observed=observed, whole=rows.whole)
        evidence, margins = direction_evidence(found), presence_margins(found)
        return Case(family, p, found.adjacency, evidence, margins, truth)


def fitted(sorts: list[list[Case]]) -> Worth:
    """The constants with the smallest surprise, on average over sorts of tables."""
    bounds = [(None, None), (None, None), (1e-3, 10), (0, 10)]

    def loss(worth: np.ndarray) -> float:
        return float(np.mean([surprise(data, Worth(*worth)) for data in sorts]))

    found = minimize(loss, WORTH, method="Nelder-Mead", bounds=bounds, tol=1e-3)
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
