"""The solver beside iterating all of F: seconds, evaluations and memory, d from 10 to 1,000.

    python benchmarks/mechanisms/solver.py

FiP and Cond-FiP generate by x <- F(x) + noise, d times; once more than the longest path has edges is enough,
and the solver evaluates every node once. The kernel model is fitted to the first RFF data set of each size in
the suite "cond-fip"; the other model has a small random network per node, on random graphs with two edges a
node. Seconds are of the processor, the median of what fits into a third of one, and at least one run. Memory
is the peak that NumPy allocates, the result included; it does not depend on the number of rounds. Prints a
Markdown table and writes it as CSV.
"""

import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import networkx as nx
import numpy as np
import pandas as pd

from foundation_causal.graphs import from_adjacency, parents_of
from foundation_causal.observations import observations
from foundation_causal.runtime import measured_on
from foundation_causal.suites import load_suite
from foundation_causal.types import Array
from mechanisms import MechanismModel, fit_kernel, solve

HIDDEN = 16
KERNEL_SIZES, SIZES = (10, 20, 50, 100), (10, 30, 100, 300, 1000)
RESULTS = Path("benchmarks/results/solver.csv")


@dataclass(frozen=True)
class SmallNetworks(MechanismModel):
    """A network with one hidden layer per node on its parents, all asked nodes in one product."""

    graph: nx.DiGraph
    parents: np.ndarray  # [d, p], the position d where there is no parent
    first: Array  # [d, p, HIDDEN]
    second: Array  # [d, HIDDEN]

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        padded = np.concatenate([values, np.zeros((len(values), 1))], axis=1)
        inputs = padded.T[self.parents[nodes]].transpose(0, 2, 1)  # [nodes, n, p]
        hidden = np.tanh(inputs @ self.first[nodes])
        return (hidden @ self.second[nodes][:, :, None])[:, :, 0].T


def small_networks(d: int, seed: int) -> SmallNetworks:
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.random((d, d)) < min(1.0, 4 / (d - 1)), 1).astype(int)
    shuffle = rng.permutation(d)
    graph = from_adjacency(upper[np.ix_(shuffle, shuffle)], [f"X{j}" for j in range(d)])
    lists = parents_of(graph)
    most = max(len(pa) for pa in lists)
    parents = np.full((d, most), d)
    for j, pa in enumerate(lists):
        parents[j, : len(pa)] = pa
    return SmallNetworks(graph, parents, rng.normal(size=(d, most, HIDDEN)), rng.normal(size=(d, HIDDEN)) / 4)


def iterate(model: MechanismModel, noise: Array, rounds: int) -> Array:
    """All of F, `rounds` times."""
    everything, x = list(range(noise.shape[1])), noise
    for _ in range(rounds):
        x = model.predict_nodes(everything, x) + noise
    return x


def measured(model: MechanismModel, noise: Array) -> list[dict[str, object]]:
    """Every way to the fixed point: seconds, node evaluations per sample, and memory."""
    d, depth = noise.shape[1], nx.dag_longest_path_length(model.graph)
    truth = solve(model, noise)
    ways: list[tuple[str, int, Callable[[int], Array]]] = [
        ("solver", 1, lambda _: solve(model, noise)),
        # One round more than edges on the path: the first one gives the roots their level.
        ("longest path", depth + 1, lambda rounds: iterate(model, noise, rounds)),
        ("d times", d, lambda rounds: iterate(model, noise, rounds)),
    ]
    found: list[dict[str, object]] = []
    for way, rounds, run in ways:
        seconds, x = timed(lambda run=run, rounds=rounds: run(rounds))
        off = np.abs(x - truth).max() / truth.std()
        found.append({"way": way, "seconds": seconds, "rounds": rounds, "MB": peak(run), "off": off})
    where, fastest = {"d": d, "depth": depth, "n": len(noise)}, found[0]["seconds"]
    return [{**where, **row, "slower": row["seconds"] / fastest} for row in found]


def timed(run: Callable[[], Array]) -> tuple[float, Array]:
    """Median processor seconds of the runs that fit into a third of one, and what they give."""
    seconds: list[float] = []
    while not seconds or sum(seconds) + seconds[-1] < 1 / 3:
        start = time.process_time()
        x = run()
        seconds.append(time.process_time() - start)
    return float(np.median(seconds)), x


def peak(run: Callable[[int], Array]) -> float:
    """The most that is allocated at once, in MB; two rounds are as bad as many."""
    tracemalloc.start()
    run(2)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def large(model: MechanismModel, rows: int) -> dict[str, object]:
    """The solver alone, on very many rows."""
    noise = np.random.default_rng(0).normal(size=(rows, len(model.names)))
    depth = nx.dag_longest_path_length(model.graph)
    seconds, _ = timed(lambda: solve(model, noise))
    what = {"d": noise.shape[1], "depth": depth, "n": rows, "way": "solver", "seconds": seconds, "rounds": 1}
    return {**what, "MB": peak(lambda _: solve(model, noise)), "slower": 1.0}


@click.command()
@click.option("--kernel-d", "kernel_sizes", multiple=True, type=int, default=KERNEL_SIZES, show_default=True)
@click.option("--network-d", "sizes", multiple=True, type=int, default=SIZES, show_default=True)
@click.option("--rows", default=100, show_default=True)
@click.option("--large-rows", default=1_000_000, show_default=True, help="For one run with d = 10.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def main(
    kernel_sizes: tuple[int, ...], sizes: tuple[int, ...], rows: int, large_rows: int, out: Path
) -> None:
    """Measure every size, then print the table and write it to OUT."""
    found: list[dict[str, object]] = []
    for d in kernel_sizes:
        case = next(iter(load_suite("cond-fip").only(mechanism="RFF", distribution="IN", d=d)))
        model = fit_kernel(observations(case.frame), case.graph)
        found += [{"model": "kernel", **row} for row in measured(model, case.noise[:rows])]
    for d in sizes:
        noise = np.random.default_rng(d).normal(size=(rows, d))
        found += [{"model": "networks", **row} for row in measured(small_networks(d, seed=d), noise)]
    found.append({"model": "networks", **large(small_networks(10, seed=10), large_rows)})
    table = pd.DataFrame(found)
    about = measured_on()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(f"# {about}\n" + table.to_csv(index=False, float_format="%.4g"), encoding="utf-8")
    click.echo(f"{about}\n\n{markdown(table)}")


def markdown(table: pd.DataFrame) -> str:
    heads = ["model", "d", "longest path", "rows", "way", "evaluations of a node", "seconds", "ratio", "MB"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in table.itertuples():
        where = f"{row.model} | {row.d} | {row.depth} | {row.n:,} | {row.way} | {row.rounds}"
        lines.append(f"| {where} | {row.seconds:.4f} | {row.slower:.1f} | {row.MB:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
