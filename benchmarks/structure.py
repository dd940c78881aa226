"""Structure discovery beside classical methods: SHD, F1, AUPRC and seconds, on the same data sets.

    python benchmarks/structure.py                  # everything; resumes where it was stopped
    python benchmarks/structure.py --table-only     # print the tables of what has been run

The frozen suite "structure" (by default its cells with d = 10 or 20 and n = 400), the Sachs data, and
ecoli70. Every method gets the same standardized rows. An edge that a method leaves undirected counts half in
every measure; seconds are those of the processor. Needs the extra `baselines`.
"""

import json
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pandas as pd
import torch

from discovery import discover
from discovery.baselines import LEARNERS, learn
from discovery.structure import DEFAULT_MODEL, standardized
from foundation_causal import load_dataset, metrics
from foundation_causal.graphs import adjacency
from foundation_causal.suites import load_suite

NAMED = ("sachs", "ecoli70")
RESULTS = Path("benchmarks/results/structure.jsonl")
OURS = {"foundation-causal": True, "network alone": False}


@click.command()
@click.option("--d", "sizes", multiple=True, type=int, default=(10, 20), show_default=True)
@click.option("--n", "rows", multiple=True, type=int, default=(400,), show_default=True)
@click.option(
    "--method",
    "methods",
    type=click.Choice([*OURS, *LEARNERS]),
    multiple=True,
    default=(*OURS, *LEARNERS),
    show_default=True,
)
@click.option("--model", help="Another model folder for our two methods, as while one is being trained.")
@click.option("--named/--no-named", default=True, show_default=True, help="Sachs and ecoli70, too.")
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
@click.option("--table-only", is_flag=True)
def main(
    sizes: tuple[int, ...],
    rows: tuple[int, ...],
    methods: tuple[str, ...],
    model: str | None,
    named: bool,
    results: Path,
    table_only: bool,
) -> None:
    """Run every method on every data set that it has not been run on, then print the tables."""
    done = read(results)
    if not table_only:
        seen = set(zip(done["cell"], done["index"], done["method"], strict=True)) if len(done) else set()
        for method in methods:  # imports and weights are loaded before the clock starts
            score(method, np.random.default_rng(0).normal(size=(50, 3)), np.eye(3, k=1), model)
        for cell, index, x, truth in data_sets(sizes, rows, named):
            for method in methods:
                if (cell, index, method) not in seen:
                    key = {"cell": cell, "index": index, "method": method}
                    append(results, {**key, **score(method, x, truth, model)})
        done = read(results)
    if len(done) == 0:
        raise click.ClickException(f"{results} holds no results: run this without --table-only first.")
    print_tables(done)


def data_sets(
    sizes: tuple[int, ...], rows: tuple[int, ...], named: bool
) -> Iterator[tuple[str, int, np.ndarray, np.ndarray]]:
    """Cell, index, standardized rows `[n, d]` and true adjacency `[d, d]` of every data set."""
    for name in NAMED if named else ():
        data = load_dataset(name)
        yield name, 0, standardized(data.frame.to_numpy()), adjacency(data.graph, list(data.frame))
    for case in load_suite("structure").only(d=sizes, n=rows):
        mechanism, noise, d, n = case.labels.values()
        index = int(case.name.rsplit("/", 1)[1])
        truth = case.scm.adjacency[0].numpy().astype(int)
        yield f"{mechanism}-{noise} d={d} n={n}", index, standardized(case.context), truth


def score(method: str, x: np.ndarray, truth: np.ndarray, model: str | None) -> dict[str, float]:
    start = time.process_time()
    if method in OURS:
        prediction = discover(x, refine=OURS[method], model=model or DEFAULT_MODEL)
        predicted = adjacency(prediction.graph).astype(float)
        ranking = prediction.probabilities.to_numpy()
    else:
        predicted = ranking = learn(method, x)
    seconds = time.process_time() - start
    hits = float((predicted * truth).sum())
    difference = np.abs(truth - predicted)
    return {
        "shd": float(np.triu(np.maximum(difference, difference.T), 1).sum()),
        "f1": 2 * hits / max(predicted.sum() + truth.sum(), 1),
        "auprc": metrics.auprc(truth, ranking),
        "edges": float(truth.sum()),
        "predicted": float(predicted.sum()),
        "seconds": seconds,
    }


def append(path: Path, row: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")


def read(path: Path) -> pd.DataFrame:
    return pd.read_json(path, lines=True) if path.exists() else pd.DataFrame()


def print_tables(done: pd.DataFrame) -> None:
    print(f"Torch {torch.__version__}, {torch.get_num_threads()} threads, {platform.machine()}.")
    print("Mean over data sets (standard error of SHD); undirected edges count half.\n")
    order = {method: k for k, method in enumerate((*OURS, *LEARNERS))}
    print("### SHD / F1 of every cell\n")
    print(overview(done, list(order)))
    for cell, group in done.groupby("cell", sort=False):
        count = group["index"].nunique()
        print(f"### {cell}: {count} data sets, {group['edges'].mean():.1f} edges\n")
        print("| method | SHD | F1 | AUPRC | edges | seconds |\n|---|---|---|---|---|---|")
        for method, rows in sorted(group.groupby("method"), key=lambda item: order[item[0]]):
            error = f" ({rows['shd'].sem():.1f})" if len(rows) > 1 else ""
            print(
                f"| {method} | {rows['shd'].mean():.1f}{error} | {rows['f1'].mean():.3f} "
                f"| {rows['auprc'].mean():.3f} | {rows['predicted'].mean():.1f} "
                f"| {rows['seconds'].mean():.2f} |"
            )
        print()


def overview(done: pd.DataFrame, methods: list[str]) -> str:
    """One line a method, one column a cell; the last column is the mean time over all simulated data sets."""
    means = done.groupby(["method", "cell"], sort=False)[["shd", "f1"]].mean()
    cells = list(done["cell"].unique())
    seconds = done[~done["cell"].isin(NAMED)].groupby("method")["seconds"].mean()
    lines = [f"| method | {' | '.join(cells)} | seconds |", "|---" * (len(cells) + 2) + "|"]
    for method in methods:
        if method in done["method"].values:
            values = [means.loc[(method, cell)] for cell in cells if (method, cell) in means.index]
            shown = " | ".join(f"{v['shd']:.1f} / {v['f1']:.2f}" for v in values)
            lines.append(f"| {method} | {shown} | {seconds.get(method, float('nan')):.2f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
