"""What tables of many columns cost, in time and memory, and how good the graphs are; beside other packages.

    python benchmarks/speed/many_columns.py                        # everything; resumes where it was stopped
    python benchmarks/speed/many_columns.py --method FLOP --d 500
    python benchmarks/speed/many_columns.py --table-only

Linear tables of equal difficulty (`linear_tables.py`) with two edges a variable and 1,000 rows. Each run is a
process of its own with one thread. Seconds are of the processor, without imports; *exponent* is that of the
growth from one number of columns to the next. A method that takes longer than --limit on a table is asked for
no larger one.
"""

import json
import sys
from pathlib import Path

import click
import numpy as np
import pandas as pd
from linear_tables import OURS, measured, run_elsewhere

from foundation_causal.runtime import measured_on

SEED, N = 95_000_000, 1000
COLUMNS = (50, 100, 200, 500, 1000)
METHODS = (OURS, "FLOP", "BOSS", "DAGMA")
NOISES = ("Gaussian", "Laplace")
RESULTS = Path("benchmarks/results/speed/many_columns.csv")
KEY = ["method", "noise", "d", "seed"]


@click.command()
@click.option("--d", "columns", type=int, multiple=True, default=COLUMNS, show_default=True)
@click.option("--method", "methods", type=click.Choice(METHODS), multiple=True, default=METHODS)
@click.option("--noise", "noises", type=click.Choice(NOISES), multiple=True, default=NOISES[:1])
@click.option("--tables", type=click.IntRange(1), default=1, show_default=True)
@click.option("--limit", type=float, default=600.0, show_default=True, help="Seconds of a run, by the clock.")
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--table-only", is_flag=True)
@click.option("--worker", nargs=4, hidden=True)
def main(columns, methods, noises, tables, limit, results, table_only, worker):
    """Run what has not been run, and print a table."""
    if worker:
        method, noise, d, seed = worker
        print(json.dumps(measured(method, int(d), N, noise, int(seed))), flush=True)
        return
    done = pd.read_csv(results, comment="#") if results.exists() else pd.DataFrame(columns=KEY)
    for method, noise in [] if table_only else [(m, o) for m in methods for o in noises]:
        for d, seed in [(d, SEED + k) for d in sorted(columns) for k in range(tables)]:
            if (done[KEY] == [method, noise, d, seed]).all(axis=1).any():
                continue
            found = run_elsewhere(__file__, None, [method, noise, str(d), str(seed)], limit)
            if not found:
                print(f"{method}, {d} columns: not within {limit:.0f} s", file=sys.stderr, flush=True)
                break
            done = pd.concat([done, pd.DataFrame(found)], ignore_index=True)
            results.parent.mkdir(parents=True, exist_ok=True)
            results.write_text(f"# {measured_on()}\n{done.to_csv(index=False)}", encoding="utf-8")
            print(*found[0].values(), file=sys.stderr, flush=True)
    print(table_of(done).to_string(index=False))


def table_of(done: pd.DataFrame) -> pd.DataFrame:
    """Errors, seconds and memory by the number of columns, and how the latter two grow."""
    keys, kept = (
        ["noise", "method", "d"],
        ["edges", "shd", "cpdag_shd", "f1", "skeleton_f1", "seconds", "megabytes"],
    )
    done = done.assign(own_megabytes=done.megabytes - done.megabytes_before)
    groups = done.groupby(keys)
    table = groups[[*kept, "own_megabytes"]].mean().assign(tables=groups.size()).reset_index()
    before = table.groupby(keys[:2])[["d", "seconds", "own_megabytes"]].shift()
    for name in ("seconds", "own_megabytes"):
        growth = np.log(table[name] / before[name]) / np.log(table.d / before.d)
        table[f"exponent of {name}"] = growth.round(1)
    return table.round(3)


if __name__ == "__main__":
    main()
