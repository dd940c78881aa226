"""Mechanisms, true graph given, beside least squares, DoWhy and the Bayes floor: RMSE and seconds.

    python benchmarks/mechanism_models.py

Fresh SCMs of P_IN; the tasks and the floor are those of `mechanisms.evaluate_mechanisms`. Every method gets
the context in raw units and is scored in units of its standard deviations. The method "dowhy" needs the
extra `baselines`. Prints a Markdown table and writes it as CSV, together with the hardware, beside it.
"""

import os
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path

import click
import pandas as pd

from mechanisms import evaluate_mechanisms
from mechanisms.evaluation import SEED

METHODS = ("kernel", "least-squares", "dowhy", "floor")


@click.command()
@click.option("--d", "sizes", multiple=True, type=int, default=(10, 20, 50), show_default=True)
@click.option("--scms", default=9, show_default=True, help="SCMs in a cell.")
@click.option("--context", default=400, show_default=True, help="Rows to condition on.")
@click.option("--query", default=400, show_default=True, help="Rows to score.")
@click.option("--seed", default=SEED, show_default=True)
@click.option("--method", "methods", multiple=True, default=METHODS, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("benchmarks/results/mechanisms.csv"))
def main(
    sizes: tuple[int, ...],
    scms: int,
    context: int,
    query: int,
    seed: int,
    methods: tuple[str, ...],
    out: Path,
) -> None:
    """Run every cell, then print the table and write it to OUT."""
    cells = [
        evaluate_mechanisms(
            d=d, scms=scms, n_context=context, n_query=query, seed=seed, methods=methods,
            progress=lambda words: click.echo(words, err=True),
        )
        for d in sizes
    ]  # fmt: skip
    table = pd.concat(cells, ignore_index=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    about = (
        f"{context} context and {query} query rows, {scms} SCMs a cell, seed {seed}; {hardware()};"
        f" {date.today().isoformat()}"
    )
    out.write_text(f"# {about}\n" + table.to_csv(index=False, float_format="%.5g"), encoding="utf-8")
    click.echo(f"{about}\n\n{markdown(table)}")


def markdown(table: pd.DataFrame) -> str:
    """One line per cell and method; each task as RMSE, standard error and ratio to the floor."""
    tasks = list(dict.fromkeys(table["task"]))
    lines = [
        f"| mechanism | d | method | {' | '.join(tasks)} | seconds |",
        "|---" * (4 + len(tasks)) + "|",
    ]
    for (d, mechanism, method), rows in table.groupby(["d", "mechanism", "method"], sort=False):
        scored = rows.set_index("task")
        values = [
            f"{scored.at[t, 'rmse']:.4f} ± {scored.at[t, 'se']:.4f} ({scored.at[t, 'ratio']:.2f})"
            for t in tasks
        ]
        lines.append(
            f"| {mechanism} | {d} | {method} | {' | '.join(values)} | {rows['seconds'].iloc[0]:.2f} |"
        )
    return "\n".join(lines)


def hardware() -> str:
    """Processor, cores and threads, and the versions that decide the figures."""
    names = [
        line.split(":")[1].strip()
        for line in (Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else "").splitlines()
        if line.startswith("model name")
    ]
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "torch"))
    return f"{(names or [platform.machine()])[0]}, {os.cpu_count()} cores, threads: {threads}; {packages}"


if __name__ == "__main__":
    main()
