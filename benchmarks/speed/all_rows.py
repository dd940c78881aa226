"""Whether accuracy rises with rows, and what a million rows cost.

    python benchmarks/speed/all_rows.py --old CHECKOUT       # everything; resumes where it was stopped
    python benchmarks/speed/all_rows.py --table-only

Linear tables of equal difficulty (`linear_tables.py`), 20 columns, Gaussian and Laplace noise. Seconds are of
the processor on one thread, checks of the table included, reading and imports not.
"""

import json
import sys
from pathlib import Path

import click
import pandas as pd
from linear_tables import ALONE, OURS, measured, run_elsewhere

D, SEED = 20, 91_000_000
ROWS = (200, 1000, 5000, 20_000, 100_000)
NOISES = ("Gaussian", "Laplace")
METHODS = (OURS, ALONE, "FLOP", "BOSS")
RESULTS = Path("benchmarks/results/speed/all_rows.csv")
KEY = ["side", "method", "noise", "n", "seed"]
LIMIT = 3600.0


@click.command()
@click.option("--old", type=click.Path(exists=True, file_okay=False), help="A checkout to compare with.")
@click.option("--old-rows", type=int, multiple=True, default=(1000, 5000, 20_000), show_default=True)
@click.option("--tables", type=click.IntRange(1), default=10, show_default=True)
@click.option("--million", type=int, default=1_000_000, show_default=True, help="Rows of the largest table.")
@click.option("--rows", type=int, multiple=True, default=ROWS, show_default=True)
@click.option("--method", "methods", type=click.Choice(METHODS), multiple=True, default=METHODS)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--table-only", is_flag=True)
@click.option("--worker", nargs=5, hidden=True)
def main(old, old_rows, tables, million, rows, methods, results, table_only, worker):
    """Run what has not been run, and print a table."""
    if worker:
        method, noise, n, first, count = worker
        for seed in range(int(first), int(first) + int(count)):
            print(json.dumps(measured(method, D, int(n), noise, seed)), flush=True)
        return
    plan = [("new", method, noise, n, tables) for n in rows for noise in NOISES for method in methods]
    plan += [("new", OURS, noise, million, 3) for noise in NOISES if OURS in methods]
    if old:
        plan += [("old", OURS, noise, n, tables) for n in old_rows for noise in NOISES]
    done = pd.read_csv(results) if results.exists() else pd.DataFrame(columns=KEY)
    for side, method, noise, n, count in [] if table_only else plan:
        known = done[(done[KEY[:4]] == [side, method, noise, n]).all(axis=1)]
        if len(known) >= count:
            continue
        task = [method, noise, str(n), str(SEED + len(known)), str(count - len(known))]
        found = run_elsewhere(__file__, old if side == "old" else None, task, LIMIT)
        done = pd.concat([done, pd.DataFrame(found).assign(side=side)], ignore_index=True)
        results.parent.mkdir(parents=True, exist_ok=True)
        done.to_csv(results, index=False)
        print(side, method, noise, n, len(found), file=sys.stderr, flush=True)
    print_table(done)


def print_table(done: pd.DataFrame) -> None:
    """Errors and seconds by rows, and old against new on the same tables."""
    groups = done.groupby(["noise", "side", "method", "n"])
    table = groups.agg(
        tables=("shd", "size"), shd=("shd", "mean"), error=("shd", "sem"), cpdag_shd=("cpdag_shd", "mean"),
        seconds=("seconds", "mean"), fastest=("seconds", "min"), megabytes=("megabytes", "max"),
    )  # fmt: skip
    print(table.round(2).to_string())
    ours = done[done.method == OURS]
    both = ours.pivot_table(index=["noise", "n", "seed"], columns="side", values=["shd", "seconds"]).dropna()
    if len(both) and "old" in both["shd"]:
        shd = both["shd"]["new"] - both["shd"]["old"]
        ratio = both["seconds"]["old"] / both["seconds"]["new"]
        paired = pd.DataFrame({"shd": shd, "seconds": ratio}).groupby(["noise", "n"])
        print("\nnew - old of SHD, and old / new of seconds, on the same tables")
        print(paired.agg({"shd": ["size", "mean", "sem"], "seconds": "median"}).round(2).to_string())


if __name__ == "__main__":
    main()
