"""Kernel mechanisms: time and errors of an earlier build beside this one, and what more rows are good for.

    python benchmarks/speed/kernel_mechanisms.py --old CHECKOUT                  # all three parts
    python benchmarks/speed/kernel_mechanisms.py --old CHECKOUT --part rows

- speed: `infer` with the true graph, then 1,000 samples; the first RFF data set of each size of the frozen
  suite "cond-fip", 400 rows; the second call of a process counts, so that imports do not.
- accuracy: the error of the noise on the same suite, the first data sets of every cell of d = 10 and 20, old
  and new on the same tables; prints the mean difference and its standard error.
- rows: one RFF simulator of 10 variables, from 200 to 10,000 rows; the error of F on 2,000 other rows.

Errors are root mean squares in standard deviations of each variable. Peers of the mechanisms are timed by
benchmarks/mechanisms/mechanism_speed.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
from side_by_side import both, finish, old_option

PARTS = ("speed", "accuracy", "rows")
CELLS = [(kind, where, d) for kind in ("LIN", "RFF") for where in ("IN", "OUT") for d in (10, 20)]

BEGIN = """
import warnings
import numpy as np
from foundation_causal.suites import load_suite
from mechanisms import infer
warnings.simplefilter("ignore")
"""
SUITE = 'cells = load_suite("cond-fip").only(mechanism="{}", distribution="{}", d={}).cells\n'
SPEED = "infer(case.frame, case.graph).sample(1000)"
ACCURACY = """
from itertools import islice
answer = []
for case in (case for _, cases in cells for case in islice(cases("cond-fip"), {first})):
    missed = case.query - infer(case.frame, case.graph).predict(case.query).to_numpy() - case.noise
    answer.append(float(np.sqrt(np.mean((missed / case.context.std(0)) ** 2))))
"""
# Functions of one to four of the variables before, by Fourier features; noise is a third of them or less.
ROWS = """
import networkx as nx, pandas as pd
rng = np.random.default_rng({seed})
names = [f"x{{j}}" for j in range(10)]
parents, waves = [], []
for j in range(10):
    parents.append(list(rng.choice(j, size=min(j, int(rng.integers(1, 5))), replace=False)) if j else [])
    frequencies, phases = rng.normal(size=(len(parents[j]), 100)), rng.uniform(0, 2 * np.pi, 100)
    waves.append((frequencies, phases, rng.normal(size=100)))
def f(j, x):
    w, b, a = waves[j]
    return np.cos(x[:, parents[j]] @ w + b) @ a * np.sqrt(2 / 100) * 2 if parents[j] else np.zeros(len(x))
def table(n, seed):
    e, x = np.random.default_rng(seed).normal(size=(n, 10)) * 0.3, np.zeros((n, 10))
    for j in range(10):
        x[:, j] = f(j, x) + e[:, j] * (1 if parents[j] else 3)
    return x
rows, query = table({n}, 1), table(2000, 2)
truth = np.stack([f(j, query) for j in range(10)], 1)
graph = nx.DiGraph([(names[i], names[j]) for j in range(10) for i in parents[j]])
graph.add_nodes_from(names)
frame, query = pd.DataFrame(rows, columns=names), pd.DataFrame(query, columns=names)
caused = [j for j in range(10) if parents[j]]
"""
ROWS_CODE = """
model = infer(frame, graph)
model.sample(1000)
missed = (model.predict(query).to_numpy() - truth)[:, caused] / rows.std(0)[caused]
answer = float(np.sqrt(np.mean(missed**2)))
"""


@click.command()
@click.option("--part", "parts", type=click.Choice(PARTS), multiple=True, default=PARTS, show_default=True)
@click.option("--d", "sizes", type=int, multiple=True, default=(10, 20, 50, 100), show_default=True)
@click.option("--n", "lengths", type=int, multiple=True, default=(200, 1000, 5000, 10_000), show_default=True)
@click.option("--first", type=int, default=5, show_default=True, help="Data sets of each cell for accuracy.")
@click.option("--repeats", type=int, default=3, show_default=True, help="Processes a side for speed.")
@click.option("--name", default="kernel_mechanisms", show_default=True, help="Of the file of results.")
@old_option
def main(
    parts: tuple[str, ...],
    sizes: tuple[int, ...],
    lengths: tuple[int, ...],
    first: int,
    repeats: int,
    name: str,
    old: Path | None,
) -> None:
    """Measure, print the table and the differences, and write the rows."""
    rows: list[dict[str, Any]] = []
    if "speed" in parts:
        for d in sizes:
            setup = BEGIN + SUITE.format("RFF", "IN", d) + 'case = next(cells[0][1]("cond-fip"))'
            rows += both(f"infer and 1,000 samples, d = {d}", SPEED, setup, old, repeats=repeats, calls=2)
    if "accuracy" in parts:
        for cell in CELLS:
            case = "error of the noise, {} {}, d = {}".format(*cell)
            code = ACCURACY.format(first=first)
            rows += both(case, code, BEGIN + SUITE.format(*cell), old, repeats=1)
    if "rows" in parts:
        for n in lengths:
            setup = BEGIN + ROWS.format(n=n, seed=0)
            rows += both(f"error of F, d = 10, n = {n:,}", ROWS_CODE, setup, old, repeats=1)
    finish(name, rows, old)
    for line in (*_differences(rows), *_errors(rows)):
        click.echo(line)


def _differences(rows: list[dict[str, Any]]) -> Iterator[str]:
    """New less old error of the noise, on the same tables."""
    found = {(row["case"], row["side"]): row["answer"] for row in rows if isinstance(row["answer"], list)}
    every: list[float] = []
    for case in dict.fromkeys(case for case, _ in found):
        if (case, "old") in found:
            change = np.subtract(found[case, "new"], found[case, "old"])
            every += change.tolist()
            yield f"{case}: {np.mean(found[case, 'old']):.4f} -> {np.mean(found[case, 'new']):.4f}"
    if len(every) > 1:
        error = np.std(every, ddof=1) / np.sqrt(len(every))
        yield f"all: {np.mean(every):+.5f} with a standard error of {error:.5f}, {len(every)} tables"


def _errors(rows: list[dict[str, Any]]) -> Iterator[str]:
    """The error of F by the number of rows."""
    for row in rows:
        if isinstance(row["answer"], float):
            yield f"{row['case']}, {row['side']}: {row['answer']:.4f} in {row['cpu']:.1f} s"


if __name__ == "__main__":
    main()
