"""ADAG on unseen domains beside methods that see one domain at a time, or all of them pooled: SHD.

    python benchmarks/structure/adag.py  # everything, first things first; resumes where it was stopped
    python benchmarks/structure/adag.py --table-only  # print the tables of what has been run

Families of linear SEMs: Erdos-Renyi DAGs with d expected edges, weights of magnitude 0.5 to 2 and either
sign, standard normal noise, as in the experiments with NOTEARS and DAGMA. "heterogeneous": one DAG, other
weights in every domain; "order-consistent": other DAGs, one order; "general": every domain its own order.
Data keep their units: with equal noise variances they tell of the order. ADAG's settings were chosen on
families that take no part. Seconds are those of the processor. Needs the extra `baselines`.
"""

import contextlib
import io
import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import pandas as pd
from result_rows import append, read

from discovery.adag import ADAG, fit_adag
from foundation_causal import metrics
from foundation_causal.runtime import one_thread

RESULTS = Path("benchmarks/results/adag.jsonl")
SPARSITY = 0.2  # of ADAG, and of DAGMA where it says so
SEEDS = (1, 2)  # each its own family
# Domains that ADAG is asked about; the first `ALONE` of them, or half as many, go to the others.
UNSEEN = 20
ALONE = 4
ALL = "ADAG, all unseen"
SETTINGS = ("heterogeneous", "order-consistent")
MANY = 1000  # training domains


class Cell(NamedTuple):
    setting: str
    d: int
    n: int
    domains: int = MANY


class Domain(NamedTuple):
    truth: np.ndarray  # [d, d]
    rows: np.ndarray  # [n, d]


MAIN = [Cell(setting, d, n) for d, n, setting in product((10, 20, 5), (20, 10, 40), SETTINGS)]
CURVE = [Cell(setting, 10, 20, m) for m, setting in product((10, 30, 100, 300, 10_000), SETTINGS)]
GENERAL = [Cell("general", 10, n) for n in (20, 40)]
LARGE = [Cell(setting, d, 50) for d, setting in product((50, 100), SETTINGS)]


def family(cell: Cell, seed: int) -> Iterator[Domain]:
    """The domains of a family, without end: the unseen ones first."""
    fixed, rng = np.random.default_rng([seed, cell.d, 0]), np.random.default_rng([seed, cell.d, cell.n, 1])
    order, shared = fixed.permutation(cell.d), erdos_renyi(cell.d, fixed)
    while True:
        adjacency = shared if cell.setting == "heterogeneous" else erdos_renyi(cell.d, rng)
        places = rng.permutation(cell.d) if cell.setting == "general" else order
        size = rng.uniform(0.5, 2, adjacency.shape) * rng.choice([-1, 1], adjacency.shape)
        weights = (adjacency * size)[np.ix_(places, places)]
        noise = rng.normal(size=(cell.n, cell.d))
        yield Domain(weights != 0, noise @ np.linalg.inv(np.eye(cell.d) - weights))


def erdos_renyi(d: int, rng: np.random.Generator) -> np.ndarray:
    """Strictly upper triangular, bool `[d, d]`, `d` edges expected."""
    return np.triu(rng.random((d, d)) < min(1, 2 / (d - 1)), 1)


def frame(rows: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[f"X{j + 1}" for j in range(rows.shape[1])])


@cache
def domains(cell: Cell, seed: int) -> tuple[list[Domain], list[Domain]]:
    """Unseen and training domains. Cells that differ in their number of training domains share the first."""
    source = family(cell, seed)
    unseen = [next(source) for _ in range(UNSEEN)]
    return unseen, [next(source) for _ in range(cell.domains)]


@cache
def trained(cell: Cell, seed: int) -> tuple[ADAG, float]:
    _, training = domains(cell, seed)
    start = time.process_time()
    model = fit_adag([frame(domain.rows) for domain in training], sparsity=SPARSITY, seed=seed)
    return model, time.process_time() - start


def adag(cell: Cell, seed: int, domain: Domain) -> np.ndarray:
    return matrix(trained(cell, seed)[0].graph(frame(domain.rows)), cell.d)


def matrix(graph: object, d: int) -> np.ndarray:
    from foundation_causal.graphs import adjacency

    return adjacency(graph, [f"X{j + 1}" for j in range(d)])  # type: ignore[arg-type]


def dagma(rows: np.ndarray, sparsity: float) -> np.ndarray:
    from dagma.linear import DagmaLinear

    with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
        return np.asarray(DagmaLinear("l2").fit(rows - rows.mean(0), lambda1=sparsity)) != 0


def dagma_default(cell: Cell, seed: int, domain: Domain) -> np.ndarray:
    return dagma(domain.rows, 0.03)


def dagma_sparse(cell: Cell, seed: int, domain: Domain) -> np.ndarray:
    return dagma(domain.rows, SPARSITY)


@cache
def pooled(cell: Cell, seed: int) -> np.ndarray:
    _, training = domains(cell, seed)
    return dagma(np.concatenate([domain.rows - domain.rows.mean(0) for domain in training]), SPARSITY)


def dagma_pooled(cell: Cell, seed: int, domain: Domain) -> np.ndarray:
    return pooled(cell, seed)


def notears(cell: Cell, seed: int, domain: Domain) -> np.ndarray:
    from discovery.baselines import notears as run

    return run(domain.rows - domain.rows.mean(0)) != 0


def ours(cell: Cell, seed: int, domain: Domain) -> np.ndarray:
    from discovery import discover

    return matrix(discover(frame(domain.rows)).graph, cell.d)


def empty(cell: Cell, seed: int, domain: Domain) -> np.ndarray:
    return np.zeros((cell.d, cell.d), dtype=bool)


Method = Callable[[Cell, int, Domain], np.ndarray]
METHODS: dict[str, Method] = {
    "ADAG": adag,
    "empty graph": empty,
    "DAGMA, same sparsity": dagma_sparse,
    "DAGMA": dagma_default,
    "NOTEARS": notears,
    "discover": ours,
    "DAGMA, pooled": dagma_pooled,
}
EVERYWHERE = ("ADAG", "empty graph")  # on all unseen domains, and in every table
STAGES: list[tuple[list[Cell], tuple[str, ...]]] = [
    (MAIN[:6], (*EVERYWHERE, "DAGMA, same sparsity", "DAGMA")),
    (GENERAL[:1], (*EVERYWHERE, "DAGMA, same sparsity")),
    (CURVE[:8], EVERYWHERE),
    (MAIN[6:12], EVERYWHERE),
    (MAIN[:2], ("NOTEARS", "discover", "DAGMA, pooled")),
    (LARGE[:2], (*EVERYWHERE, "DAGMA, same sparsity")),
    (MAIN[6:12], ("DAGMA, same sparsity", "DAGMA")),
    (MAIN[2:6], ("NOTEARS", "discover", "DAGMA, pooled")),
    (GENERAL, (*EVERYWHERE, "DAGMA, same sparsity")),
    (MAIN[12:], (*EVERYWHERE, "DAGMA, same sparsity", "DAGMA")),
    (MAIN[6:], ("NOTEARS", "discover", "DAGMA, pooled")),
    (LARGE[2:], (*EVERYWHERE, "DAGMA, same sparsity")),
    (CURVE[8:], EVERYWHERE),
]


@click.command()
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
@click.option("--table-only", is_flag=True)
def main(results: Path, table_only: bool) -> None:
    """Run every method on every domain that it has not been run on, then print the tables."""
    if not table_only:
        done = pd.DataFrame(read(results))
        key = [*Cell._fields, "seed", "method"]
        seen = set(done[key].itertuples(index=False, name=None)) if len(done) else set()
        for seed, (cells, methods) in product(SEEDS, STAGES):
            for cell, method in product(cells, methods):
                if (*cell, seed, method) not in seen and not (method == "discover" and cell.n < 20):
                    append(results, [run(cell, seed, method)])
                    trained.cache_clear()
                    domains.cache_clear()
    done = pd.DataFrame(read(results))
    if len(done) == 0:
        raise click.ClickException(f"{results} holds no results: run this without --table-only first.")
    text = tables(done)
    results.with_suffix(".md").write_text(text)
    print(text)


@one_thread()
def run(cell: Cell, seed: int, method: str) -> dict[str, object]:
    """SHD and F1 of every domain, as lists, and processor seconds for a domain."""
    unseen, _ = domains(cell, seed)
    chosen = unseen if method in EVERYWHERE else unseen[: alone(cell.d)]
    start = time.process_time()
    graphs = [METHODS[method](cell, seed, domain) for domain in chosen]
    taken = time.process_time() - start
    training = trained(cell, seed)[1] if method == "ADAG" else 0.0
    return {
        **cell._asdict(),
        "seed": seed,
        "method": method,
        "shd": [metrics.shd(domain.truth, graph) for domain, graph in zip(chosen, graphs, strict=True)],
        "f1": [
            metrics.precision_recall_f1(domain.truth, graph)[2]
            for domain, graph in zip(chosen, graphs, strict=True)
        ],
        "predicted": [int(graph.sum()) for graph in graphs],
        "edges": [int(domain.truth.sum()) for domain in chosen],
        "seconds": (taken - training) / len(chosen),
        "training_seconds": training,
    }


def alone(d: int) -> int:
    """How many of the unseen domains the slower methods see."""
    return ALONE if d <= 20 else ALONE // 2


def tables(done: pd.DataFrame) -> str:
    """Mean SHD in Markdown, one table per question, and processor seconds.

    Every method on the same few unseen domains, and ADAG on all of them in a column of its own.
    """
    few = done.assign(shd=[row[: alone(d)] for row, d in zip(done["shd"], done["d"], strict=True)])
    every = done[done["method"] == "ADAG"].assign(method=ALL)
    both = pd.concat([few, every])
    labels = pd.MultiIndex.from_frame(both[list(Cell._fields)])
    parts = []
    for title, cells, rows in (
        ("SHD, 1,000 training domains", MAIN, ["setting", "d", "n"]),
        ("SHD of ADAG by training domains (d = 10, n = 20)", CURVE + MAIN[:2], ["setting", "domains"]),
        ("SHD without a shared order (d = 10)", GENERAL, ["setting", "n"]),
        ("SHD beyond 20 variables (n = 50)", LARGE, ["setting", "d"]),
    ):
        here = both[labels.isin(cells)]
        if "domains" in rows:
            here = here[here["method"] == ALL]
        if len(here):
            mean = here.explode("shd").astype({"shd": float}).groupby([*rows, "method"])["shd"].mean()
            wide = mean.unstack("method")
            columns = [name for name in (ALL, *METHODS) if name in wide]
            parts.append(f"### {title}\n\n{markdown(wide[columns])}\n")
    return "\n".join([*parts, seconds(done)])


def seconds(done: pd.DataFrame) -> str:
    """Of the processor, as a paragraph."""
    one = done[done["d"] == 10].groupby("method")["seconds"].mean()
    training = done[(done["method"] == "ADAG") & (done["domains"] == MANY)].groupby("d")
    return (
        "### Processor seconds\n\nFor one domain with d = 10: "
        + ", ".join(f"{method} {one[method]:.3f}" for method in METHODS if method in one)
        + ". Training ADAG on 1,000 domains: "
        + ", ".join(f"d = {d}: {taken:.0f}" for d, taken in training["training_seconds"].mean().items())
        + ".\n"
    )


def markdown(wide: pd.DataFrame) -> str:
    lines = [
        " | ".join([*wide.index.names, *wide.columns]),
        " | ".join(["---"] * (wide.index.nlevels + wide.shape[1])),
    ]
    for labels, values in zip(wide.index, wide.to_numpy(), strict=True):
        shown = ["" if np.isnan(value) else f"{value:.1f}" for value in values]
        lines.append(" | ".join([*map(str, labels), *shown]))
    return "\n".join(f"| {line} |" for line in lines)


if __name__ == "__main__":
    main()
