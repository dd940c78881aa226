"""How long one piece of Python takes in several checkouts or with several packages, taken in turn.

Every run is a process of its own with one thread. Runs of the sides alternate, so that a busy machine slows
all alike, and of the runs of a side the one that took least of the processor counts. A script of this folder:

    from side_by_side import both, finish, old_option

    SETUP = "import foundation_causal as fc; table = fc.load_dataset('sachs').frame"

    @click.command()
    @old_option
    def main(old):
        rows = both("discover, Sachs", "answer = sorted(fc.discover(table).graph.edges)", SETUP, old)
        finish("my_script", rows, old)              # writes results/speed/my_script.csv and prints a table

What the code calls `answer`, anything JSON can hold, is kept beside the times, to be compared.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "speed"
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")

# Peak memory is read from the kernel, as what `resource` tells includes the process that started this one.
WORKER = """
import json, sys, time
task = json.load(open(sys.argv[1]))
space = {"__name__": "__main__"}
exec(compile(task["setup"], "setup", "exec"), space)
calls = []
for _ in range(task["calls"]):
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        exec(compile(task["code"], "code", "exec"), space)
    except SystemExit as end:
        assert not end.code, f"ended with {end.code}"
    calls.append((time.process_time() - cpu, time.perf_counter() - wall))
cpu, wall = min(calls)
peak, module = None, sys.modules.get("foundation_causal")
if sys.platform == "linux":
    peak = next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
found = {"cpu": cpu, "wall": wall, "total": time.process_time(), "peak_mb": peak,
         "package": getattr(module, "__file__", None), "answer": space.get("answer")}
json.dump(found, open(sys.argv[2], "w"))
"""


@dataclass(frozen=True)
class Side:
    """What is timed: `code` after `setup`, with the packages of `checkout` and of `python`."""

    name: str
    code: str
    setup: str = ""
    checkout: Path = ROOT
    python: str = sys.executable


def side_by_side(
    case: str, sides: Sequence[Side], repeats: int = 3, calls: int = 1, threads: int = 1, cold: bool = False
) -> list[dict[str, Any]]:
    """Time the sides in turn, `repeats` times each.

    Args:
        case: What is done, for the rows.
        sides: The first is what the others are compared with: `ratio` is its time over theirs.
        repeats: Processes a side; the one with the least time of the processor counts.
        calls: How often the code runs in a process, after the setup once; the fastest counts. More than one
            leaves out what only a first call costs, as imports.
        threads: Of the libraries for numbers; with more than one, read `wall` rather than `cpu`.
        cold: Count the whole process: the interpreter's start, imports, setup and code.

    Returns:
        A row a side: case, side, repeats, cpu and wall in seconds, peak_mb, ratio (of cpu, or of wall with
        several threads) and answer.
    """
    runs: dict[str, list[dict[str, Any]]] = {side.name: [] for side in sides}
    for _ in range(repeats):
        for side in sides:
            runs[side.name].append(_run(side, calls, threads, cold))
    measure = "cpu" if threads == 1 else "wall"
    best = {name: min(found, key=lambda run: run[measure]) for name, found in runs.items()}
    first = best[sides[0].name][measure]
    columns = ("cpu", "wall", "peak_mb")
    return [
        {"case": case, "side": name, "repeats": repeats}
        | {column: run[column] for column in columns}
        | {"ratio": first / run[measure], "answer": run["answer"]}
        for name, run in best.items()
    ]


def both(case: str, code: str, setup: str = "", old: Path | None = None, **how: Any) -> list[dict[str, Any]]:
    """The same code in the checkout `old`, if there is one, and in this one; `how` as for `side_by_side`."""
    before = [] if old is None else [Side("old", code, setup, Path(old).resolve())]
    return side_by_side(case, [*before, Side("new", code, setup)], **how)


def _run(side: Side, calls: int, threads: int, cold: bool) -> dict[str, Any]:
    """One process, in an empty folder, so that commands may write there."""
    count = {name: str(threads) for name in THREADS}
    environment = os.environ | count | {"PYTHONPATH": str(side.checkout), "MPLBACKEND": "agg"}
    with tempfile.TemporaryDirectory() as folder:
        task, found = Path(folder) / "task.json", Path(folder) / "found.json"
        task.write_text(json.dumps({"setup": side.setup, "code": side.code, "calls": calls}))
        command = [side.python, "-c", WORKER, str(task), str(found)]
        since = time.perf_counter()
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        wall = time.perf_counter() - since
        if done.returncode:
            raise click.ClickException(f"{side.name}: {done.stderr.strip()[-2000:]}")
        run: dict[str, Any] = json.loads(found.read_text())
    package = run.pop("package")
    if package and not Path(package).is_relative_to(side.checkout):
        raise click.ClickException(f"{side.name} was to use {side.checkout}, and used {package}.")
    return run | ({"cpu": run["total"], "wall": wall} if cold else {})


def finish(name: str, rows: Sequence[dict[str, Any]], old: Path | None = None) -> None:
    """Write the rows to results/speed/NAME.csv, below a line with the machine and the commits; print them."""
    import pandas as pd

    from foundation_causal.runtime import measured_on

    os.environ.setdefault("OMP_NUM_THREADS", "1")  # as the processes had; said in the first line
    RESULTS.mkdir(parents=True, exist_ok=True)
    sides = [f"new: {commit(ROOT)}"] + ([] if old is None else [f"old: {commit(Path(old))}"])
    csv = pd.DataFrame(rows).to_csv(index=False, float_format="%.4g")
    about = f"{measured_on()}; {', '.join(sides)}"
    (RESULTS / f"{name}.csv").write_text(f"# {about}\n{csv}", encoding="utf-8")
    click.echo(f"{about}\n\n{show(rows)}")


def commit(checkout: Path) -> str:
    """The short name of the commit, with a star where files differ from it."""

    def git(*what: str) -> str:
        done = subprocess.run(["git", "-C", str(checkout), *what], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("*" if git("status", "--porcelain", "-uno") else "")


def show(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as a Markdown table, answers left out."""
    lines = ["| case | side | seconds of the processor | by the clock | peak MB | ratio |", "|---" * 6 + "|"]
    for row in rows:
        peak = "" if row["peak_mb"] is None else f"{row['peak_mb']:,.0f}"
        times = f"{row['cpu']:.3g} | {row['wall']:.3g} | {peak} | {row['ratio']:.2f}"
        lines.append(f"| {row['case']} | {row['side']} | {times} |")
    return "\n".join(lines)


def old_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option --old of a script: the checkout to compare with."""
    kind = click.Path(exists=True, file_okay=False, path_type=Path)
    return click.option("--old", type=kind, default=None, help="A checkout to compare with.")(command)
