"""Which numbers to believe of an edge: its probability, or how often it comes back on resampled rows.

    python benchmarks/structure/bootstrap.py                  # goes on where it was stopped
    python benchmarks/structure/bootstrap.py --table-only     # print the table of what has been run

Fresh SCMs of P_IN, linear and RFF, with Gaussian and Laplace noise in turn. For every way to resample:
the share of the replicates with the edge, and its mean probability over them. "edges" are those
expected by the numbers, in units of the true ones; F1 is that of the graph, or of the consensus graph.
"""

from collections.abc import Iterator
from pathlib import Path

import click
import networkx as nx
import numpy as np
import pandas as pd
from result_rows import append, markdown, read

from discovery.pipeline import discover
from discovery.resampling import RESAMPLES, bootstrap
from foundation_causal.graphs import adjacency
from foundation_causal.metrics import auprc, expected_calibration_error, precision_recall_f1
from foundation_causal.simulate import Gaussian, Laplace, p_in

SEED = 70_000_000
NOISES = (Gaussian(), Laplace())
CASE, CELL = ["mechanism", "d", "n", "replicates", "index"], ["mechanism", "d", "n", "replicates"]
MEASURES = ("ece", "auprc", "brier", "edges", "f1")
RESULTS = Path("benchmarks/results/bootstrap.jsonl")


@click.command()
@click.option("--scms", default=6, show_default=True, help="In each cell.")
@click.option("--mechanism", "mechanisms", multiple=True, default=("linear", "rff"), show_default=True)
@click.option("--d", "sizes", multiple=True, type=int, default=(10, 20), show_default=True)
@click.option("--n", "rows", default=400, show_default=True)
@click.option("--replicates", default=20, show_default=True)
@click.option("--jobs", default=1, show_default=True)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--table-only", is_flag=True)
def main(
    scms: int,
    mechanisms: tuple[str, ...],
    sizes: tuple[int, ...],
    rows: int,
    replicates: int,
    jobs: int,
    results: Path,
    table_only: bool,
) -> None:
    """Score every SCM that has not been scored yet, then print the table."""
    done = pd.DataFrame(read(results))
    seen = set(done[CASE].itertuples(index=False, name=None)) if len(done) else set()
    wanted = [(m, d, rows, replicates, i) for d in sizes for i in range(scms) for m in mechanisms]
    for case in [] if table_only else [case for case in wanted if case not in seen]:
        mechanism, d, n, _, index = case
        batch = p_in([mechanism], noises=[NOISES[index % 2]]).draw(
            scms=1, d=d, n=n, seed=SEED + 1000 * d + index
        )
        key = dict(zip(CASE, case, strict=True))
        append(
            results,
            [
                {**key, "numbers": name, **score(batch.graph(0), numbers, graph)}
                for name, numbers, graph in answers(batch.frame(0), replicates, jobs)
            ],
        )
        click.echo(f"{mechanism}, d = {d}: {index + 1} of {scms}", err=True)
    done = pd.DataFrame(read(results))
    if len(done) == 0:
        raise click.ClickException(f"{results} holds no results: run this without --table-only first.")
    cells = done.groupby([*CELL, "numbers"], sort=False)
    click.echo(markdown(cells[list(MEASURES)].mean().assign(scms=cells.size()).reset_index(), 3))


def answers(
    frame: pd.DataFrame, replicates: int, jobs: int
) -> Iterator[tuple[str, pd.DataFrame, nx.DiGraph]]:
    """The name of some numbers `[d, d]` about edges, the numbers, and the graph that belongs to them."""
    prediction = discover(frame)
    yield "probability", prediction.probabilities, prediction.graph
    for resample in RESAMPLES:
        stability = bootstrap(frame, replicates=replicates, resample=resample, jobs=jobs)
        yield f"share, {resample}", stability.frequencies, stability.graph
        yield f"mean probability, {resample}", stability.probabilities, stability.graph


def score(truth: nx.DiGraph, numbers: pd.DataFrame, graph: nx.DiGraph) -> dict[str, float]:
    true, said = adjacency(truth, list(numbers)), numbers.to_numpy()
    pairs = ~np.eye(len(true), dtype=bool)
    return {
        "ece": expected_calibration_error(true, said),
        "auprc": auprc(true, said),
        "brier": float(np.mean((said - true)[pairs] ** 2)),
        "edges": float(said.sum() / true.sum()),
        "f1": precision_recall_f1(truth, graph)[2],
    }


if __name__ == "__main__":
    main()
