"""Mechanisms, true graph given, beside least squares, DoWhy and the Bayes floor: RMSE and seconds.

    python benchmarks/mechanism_models.py

The frozen suites; the tasks and the floor are those of `mechanisms.evaluate_mechanisms`. Every method gets
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

from foundation_causal.suites import load_suite
from mechanisms import evaluate_mechanisms

METHODS = ("kernel", "least-squares", "dowhy", "floor")
TASKS = ("noise", "sample", "intervention")


@click.command()
@click.option("--suite", default="cond-fip", show_default=True)
@click.option("--cell", "cells", multiple=True, metavar="LABEL=VALUE", help="As d=20; repeatable.")
@click.option("--method", "methods", multiple=True, default=METHODS, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), help="[default: benchmarks/results/mechanisms-SUITE.csv]"
)
def main(suite: str, cells: tuple[str, ...], methods: tuple[str, ...], out: Path | None) -> None:
    """Run every cell, then print the table and write it to OUT."""
    labels: dict[str, list[str]] = {}
    for label, value in (cell.split("=") for cell in cells):
        labels.setdefault(label, []).append(value)
    table = evaluate_mechanisms(
        suite, methods=methods, progress=lambda words: click.echo(words, err=True), **labels
    )
    out = out or Path(f"benchmarks/results/mechanisms-{suite}.csv")
    out.parent.mkdir(parents=True, exist_ok=True)
    about = f"suite {suite}; {hardware()}; {date.today().isoformat()}"
    out.write_text(f"# {about}\n" + table.to_csv(index=False, float_format="%.5g"), encoding="utf-8")
    click.echo(f"{about}\n\n{markdown(table, list(load_suite(suite).cells[0][0]))}")


def markdown(table: pd.DataFrame, labels: list[str]) -> str:
    """One line per cell and method; a task as RMSE, standard error and, with a floor, ratio."""
    heads = [*labels, "method", *TASKS, "seconds"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for key, rows in table.groupby([*labels, "method"], sort=False):
        scored = rows.set_index("task")
        values = [
            f"{scored.at[t, 'rmse']:.4f} ± {scored.at[t, 'se']:.4f}"
            + (f" ({scored.at[t, 'ratio']:.2f})" if pd.notna(scored.at[t, "ratio"]) else "")
            for t in TASKS
        ]
        lines.append(f"| {' | '.join(map(str, (*key, *values)))} | {rows['seconds'].iloc[0]:.2f} |")
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
