"""What many tables cost: one call against a loop, against an older build, and by size.

    python benchmarks/speed/many_tables.py --old CHECKOUT    # loops of an older build and this one, one call
    python benchmarks/speed/many_tables.py --sizes           # seconds and memory by the number of columns

Tables: half linear, half smooth (RFF), as `p_in` draws them; d = 10, 200 to 1,000 rows. All figures are
seconds of the processor, one thread, the least of `--rounds`, the ways in turns: the wall clock of a busy
machine says nothing. Two processes share the tables of one call, and what both take together is counted,
their start and the loading of weights included. The difference between the answers of the call and of the
loop is printed.
"""

from __future__ import annotations

import argparse
import csv
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

ROWS = (200, 400, 600, 800, 1000)
SIZES = ((5, 16), (10, 16), (20, 8), (50, 2))
RESULTS = Path(__file__).parents[1] / "results" / "speed"


def drawn(tables: int, d: int, rows: tuple[int, ...] = ROWS) -> list[np.ndarray]:
    """Tables `[n, d]`, families and sizes in turns."""
    from foundation_causal.simulate import p_in

    cells = [(family, n) for n in rows for family in ("linear", "rff")]
    each = -(-tables // len(cells))
    batches = [p_in([family]).draw(scms=each, d=d, n=n, seed=n + d) for family, n in cells]
    return [batch.frame(k).to_numpy() for k in range(each) for batch in batches][:tables]


def work(way: str, path: str, jobs: int) -> None:
    """One way, in a process of its own; prints seconds, memory and where the answers are."""
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    import foundation_causal as fc

    tables = pickle.loads(Path(path).read_bytes())
    for table in tables[:2]:
        fc.discover(table)  # imports and weights, which a loop pays for once
    start = _processor()
    found = [fc.discover(one) for one in tables] if way == "loop" else fc.discover_many(tables, jobs=jobs)
    seconds = _processor() - start
    answers = [(one.probabilities.to_numpy(), sorted(one.graph.edges)) for one in found]
    Path(f"{path}.{way}").write_bytes(pickle.dumps(answers))
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(seconds, peak / 2**20)


def _processor() -> float:
    """Seconds of the processor, of this process and of those that it started and that have ended."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def measured(way: str, path: Path, checkout: Path, jobs: int = 1) -> tuple[float, float]:
    """Seconds for all tables and GB at the peak, in a build."""
    command = [sys.executable, str(Path(__file__).resolve()), "--work", way, str(path), str(jobs)]
    env = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    told = subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True, check=True)
    seconds, gigabytes = told.stdout.split()[-2:]
    return float(seconds), float(gigabytes)


def compare(tables: int, old: Path | None, rounds: int, place: Path) -> None:
    """The loops and the call on the same tables."""
    here, path = Path(__file__).parents[2].resolve(), place / "tables"
    path.write_bytes(pickle.dumps(drawn(tables, 10)))
    ways = {
        **({"loop, old build": ("loop", old.resolve(), 1)} if old else {}),
        "loop": ("loop", here, 1),
        "one call": ("many", here, 1),
        "one call, two processes": ("many", here, 2),
    }
    least: dict[str, float] = {}
    for _ in range(rounds):
        for name, (way, checkout, jobs) in ways.items():
            seconds = measured(way, path, checkout, jobs)[0]
            least[name] = min(seconds, least.get(name, np.inf))
            if name == "loop":
                loop = pickle.loads(Path(f"{path}.loop").read_bytes())
            if name == "one call":
                call = pickle.loads(Path(f"{path}.many").read_bytes())
    first = next(iter(least))
    rows: list[dict[str, object]] = []
    for name, seconds in least.items():
        shared = 2 if "two" in name else 1
        ratio = least[first] / (seconds / shared)
        rows.append(
            {
                "way": name,
                "tables": tables,
                "cpu_ms": f"{1000 * seconds / tables:.0f}",
                "ratio": f"{ratio:.2f}",
            }
        )
        print(f"{name:26} {1000 * seconds / tables:7.0f} ms a table   {ratio:.2f} times {first}")
    _write("many_tables.csv", rows)
    apart = max(float(np.abs(a - b).max()) for (a, _), (b, _) in zip(loop, call, strict=True))
    same = sum(a == b for (_, a), (_, b) in zip(loop, call, strict=True))
    print(f"graphs of the call that are those of the loop: {same} of {tables}")
    print(f"largest difference of a probability: {apart:.0e}")


def sizes(place: Path) -> None:
    """Seconds a table and memory of one process, by the number of columns."""
    rows: list[dict[str, object]] = []
    for d, tables in SIZES:
        path = place / f"tables{d}"
        path.write_bytes(pickle.dumps(drawn(tables, d, (500,))))
        seconds, gigabytes = measured("many", path, Path(__file__).parents[2].resolve())
        row = {
            "columns": d,
            "rows": 500,
            "tables": tables,
            "cpu_s": f"{seconds / tables:.2f}",
            "gb": f"{gigabytes:.2f}",
        }
        rows.append(row)
        print(row)
    _write("many_tables_sizes.csv", rows)


def _write(name: str, rows: list[dict[str, object]]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    with (RESULTS / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Read the command line and do what it asks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--old", type=Path, help="a checkout of another build")
    parser.add_argument("--sizes", action="store_true")
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.work:
        work(chosen.work[0], chosen.work[1], int(chosen.work[2]))
        return
    with tempfile.TemporaryDirectory() as place:
        if chosen.sizes:
            sizes(Path(place))
        else:
            compare(chosen.tables, chosen.old, chosen.rounds, Path(place))


if __name__ == "__main__":
    main()
