"""Hidden common causes: which pairs share one, and what becomes of the edges, of every method.

    python benchmarks/structure/confounded_pairs.py                # resumes where it was stopped
    python benchmarks/structure/confounded_pairs.py --table-only   # print the table of what has been run

A table has ten columns of an Erdos-Renyi graph (1.5 edges a node; weights of either sign, .5-1.5 of a
parent's spread; noise .5-1), and 0, 1, 3 or 5 roots with two or three children that are hidden; seeds from 0.
F1 of directed edges is against the direct edges. A confounded pair shares a hidden cause. "false" is how many
of the confounded pairs without a direct edge get one. FCI, RCD and CAM-UV mark confounded pairs but give no
probabilities; 1 and 0 stand for them. Needs the packages causal-learn and lingam for these.
"""

import time
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import pandas as pd
from peers import directed, effects_by
from result_rows import append, commit, markdown, read
from time_limit import OutOfTimeError, limited

import foundation_causal as fc
from foundation_causal.metrics import auprc
from foundation_causal.runtime import measured_on, one_thread

RESULTS = Path("benchmarks/results/confounded_pairs.jsonl")
COLUMNS, EDGES = 10, 1.5
FUNCTIONS: tuple[Callable[[np.ndarray, np.random.Generator], np.ndarray], ...] = (
    lambda z, rng: np.tanh(2 * z + rng.normal()),
    lambda z, rng: np.sin(rng.uniform(1, 2) * z + rng.uniform(0, 6)),
    lambda z, rng: (z**2 - 1) / 2**0.5,
    lambda z, rng: z,
)


class World(NamedTuple):
    """A table, its direct edges and confounded pairs, bool `[d, d]`, and the columns of each hidden cause."""

    frame: pd.DataFrame
    direct: np.ndarray
    confounded: np.ndarray
    hidden: list[list[int]]


class Found(NamedTuple):
    """A method's directed edges, its confounded pairs, and how probable these are to it, `[d, d]` each."""

    directed: np.ndarray
    confounded: np.ndarray
    scores: np.ndarray


def world(seed: int, hidden: int, n: int, *, nonlinear: bool, laplace: bool) -> World:
    """Draw a table."""
    rng, d = np.random.default_rng(seed), COLUMNS
    order = rng.permutation(d)
    graph = np.zeros((d + hidden, d + hidden), dtype=bool)
    graph[np.ix_(order, order)] = np.triu(rng.random((d, d)) < 2 * EDGES / (d - 1), 1)
    for cause in range(d, d + hidden):
        graph[cause, rng.choice(d, 3 if rng.random() < 1 / 3 else 2, replace=False)] = True
    x = np.zeros((n, d + hidden))
    for node in (*range(d, d + hidden), *order):
        noise = rng.laplace(size=n) / 2**0.5 if laplace else rng.normal(size=n)
        x[:, node] = rng.uniform(0.5, 1) * noise
        for parent in np.flatnonzero(graph[:, node]):
            z = x[:, parent] / x[:, parent].std()
            function = FUNCTIONS[rng.integers(len(FUNCTIONS))] if nonlinear else FUNCTIONS[-1]
            x[:, node] += rng.choice([-1, 1]) * rng.uniform(0.5, 1.5) * function(z, rng)
    frame = pd.DataFrame(x[:, :d], columns=[f"x{node}" for node in range(d)])
    of_hidden = graph[d:, :d].astype(int)
    confounded = (of_hidden.T @ of_hidden > 0) & ~np.eye(d, dtype=bool)
    return World(frame, graph[:d, :d], confounded, [np.flatnonzero(row).tolist() for row in of_hidden])


def ours(frame: pd.DataFrame, **how: bool) -> Found:
    found = fc.discover(frame, **how)
    names = list(frame)
    edges = np.array([[found.graph.has_edge(a, b) for b in names] for a in names])
    if found.confounded is None:
        return Found(edges, np.zeros_like(edges), np.zeros(edges.shape))
    pairs = found.mixed_graph.bidirected
    shared = np.array([[pairs.has_edge(a, b) for b in names] for a in names])
    return Found(edges, shared, found.confounded.to_numpy())


def fci(frame: pd.DataFrame) -> Found:
    """Fast causal inference with Fisher's z at level .01 (Spirtes et al., 2000; causal-learn)."""
    from causallearn.search.ConstraintBased.FCI import fci as run

    with redirect_stdout(StringIO()):  # it prints the edges that it turns
        marks = run(frame.to_numpy(), alpha=0.01, verbose=False, show_progress=False)[0].graph
    head_at = marks == 1  # [i, j]: the mark at the end i of i - j
    both = head_at & head_at.T
    return Found((marks == -1) & head_at.T, both, both.astype(float))


def of_lingam(name: str) -> Callable[[pd.DataFrame], Found]:
    """Repetitive causal discovery (RCD) or causal additive models (CAMUV) of lingam.

    Both are by Maeda and Shimizu, 2020 and 2021.
    """

    def run(frame: pd.DataFrame) -> Found:
        effects = effects_by(name, frame.to_numpy())
        shared = np.isnan(effects) | np.isnan(effects.T)
        return Found(directed(effects), shared, shared.astype(float))

    return run


METHODS: dict[str, Callable[[pd.DataFrame], Found]] = {
    "foundation-causal": ours,
    "confounders=False": lambda frame: ours(frame, confounders=False),
    "network": lambda frame: ours(frame, refine=False),
    "FCI": fci,
    "RCD": of_lingam("RCD"),
    "CAM-UV": of_lingam("CAMUV"),
}


def f1(found: np.ndarray, true: np.ndarray) -> float:
    """F1 of the entries; 1 where there are none and none is found."""
    total = int(found.sum() + true.sum())
    return 1.0 if total == 0 else 2 * int((found & true).sum()) / total


def scores(found: Found, truth: World) -> dict[str, float | None]:
    """What a method's answer is worth."""
    edges = found.directed & ~found.directed.T
    upper = np.triu(np.ones_like(truth.direct), 1)
    alone = truth.confounded & ~truth.direct & ~truth.direct.T & upper
    joined = (edges | edges.T) & alone
    pairs = truth.confounded & upper
    return {
        "f1": f1(edges, truth.direct),
        "confounded_f1": f1(found.confounded & upper, pairs),
        "confounded_auprc": float(auprc(pairs, found.scores * upper)) if pairs.any() else None,
        "false": float(joined.sum() / alone.sum()) if alone.any() else None,
    }


def within(seconds: float, method: str, frame: pd.DataFrame) -> Found | None:
    """A method's answer, or None after so many seconds of the processor."""
    try:
        with limited(seconds):
            return METHODS[method](frame)
    except OutOfTimeError:
        return None


@click.command()
@click.option("--method", "methods", type=click.Choice(list(METHODS)), multiple=True, default=tuple(METHODS))
@click.option("--hidden", "hidden", type=int, multiple=True, default=(0, 1, 3, 5), show_default=True)
@click.option("--n", "rows", type=int, multiple=True, default=(300, 1000, 3000), show_default=True)
@click.option("--tables", default=10, show_default=True, help="Of each cell.")
@click.option("--time-limit", default=60.0, show_default=True, help="Seconds of the processor, for one run.")
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--table-only", is_flag=True)
@one_thread()
def main(
    methods: tuple[str, ...],
    hidden: tuple[int, ...],
    rows: tuple[int, ...],
    tables: int,
    time_limit: float,
    results: Path,
    table_only: bool,
) -> None:
    """Run every method on every table that it has not been run on, then print the table."""
    warnings.simplefilter("ignore")
    done = {(row["method"], row["cell"], row["seed"]) for row in read(results)}
    cells = [(f, noise, h, n) for n in rows for h in hidden for f in (False, True) for noise in (False, True)]
    build = commit()
    for seed in range(tables) if not table_only else ():
        for nonlinear, laplace, h, n in cells:
            kind = ("nonlinear" if nonlinear else "linear", "Laplace" if laplace else "Gaussian")
            cell = f"{kind[0]} {kind[1]}, {h} hidden, n {n}"
            left = [method for method in methods if (method, cell, seed) not in done]
            truth = world(seed, h, n, nonlinear=nonlinear, laplace=laplace) if left else None
            for method in left:
                assert truth is not None
                start = time.process_time()
                found = within(time_limit, method, truth.frame)
                seconds = round(time.process_time() - start, 2)
                answer = {"time_limit": time_limit} if found is None else scores(found, truth)
                facts = {"method": method, "cell": cell, "seed": seed, "hidden": h, "n": n, "kind": kind}
                place = {"seconds": seconds, "commit": build, "hardware": measured_on()}
                append(results, [{**facts, **answer, **place}])
    print_tables(pd.DataFrame(read(results)))


def print_tables(rows: pd.DataFrame) -> None:
    """Means over the tables, by number of hidden causes and of rows; then by kind for 1,000 rows."""
    rows["kind"] = [" ".join(kind) for kind in rows["kind"]]
    measures = [
        name for name in ("f1", "confounded_f1", "confounded_auprc", "false", "seconds") if name in rows
    ]
    for keys, part in ((["hidden", "n"], rows), (["hidden", "kind"], rows[rows["n"] == 1000])):
        if len(part):
            means = part.groupby([*keys, "method"], sort=True)
            table = means[measures].mean().assign(tables=means.size()).reset_index()
            print(markdown(table, 2), "\n")


if __name__ == "__main__":
    main()
