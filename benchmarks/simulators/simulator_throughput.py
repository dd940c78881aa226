"""Data sets per second of the simulator, beside AVICI's own generator on the same cores in the same run.

    python benchmarks/simulators/simulator_throughput.py --avici-python /path/to/venv/bin/python
    python benchmarks/simulators/simulator_throughput.py --table-only  # print the tables of what has been run

AVICI's generator is `avici.simulate_data`, one data set a call, as its documentation has it;
`avici_worker.py` says how to install it into an environment of its own. It reads its configuration in every
call; the columns "held" show it with what the first call has read. Both sides end with standardized rows.
They take turns, so that a change in the machine's load meets both; the tables show medians over rounds.
"""

import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import click
from workers import Worker, machine

SEED = 50_000_000
RESULTS = Path("benchmarks/results/simulator_throughput.json")
TRAIN = ("train/neurips-linear", "train/neurips-rff")
# Title, AVICI's configurations in turn, the prior of this package.
TASKS = (
    ("P_IN linear", TRAIN[:1], "p-in linear"),
    ("P_IN RFF", TRAIN[1:], "p-in rff"),
    ("P_IN mix", TRAIN, "p-in"),
    ("lin-gauss", ("examples/lin-gauss",), "examples/lin-gauss"),
    ("rff-gauss", ("examples/rff-gauss",), "examples/rff-gauss"),
)
GRID = [(name, d, n) for name in ("p-in linear", "p-in rff", "wide")
        for d in (5, 10, 20, 50, 100) for n in (100, 400, 1000)]  # fmt: skip
NUMBERS = 2_048_000  # values that a batch holds: 256 data sets of d = 20, n = 400


@click.command()
@click.option("--avici-python", type=click.Path(path_type=Path), help="The Python that has AVICI.")
@click.option("--seconds", default=1.0, show_default=True, help="Each measurement lasts this long.")
@click.option("--rounds", default=3, show_default=True)
@click.option("--grid/--no-grid", default=True, show_default=True, help="The table over d and n, too.")
@click.option("--seed", default=SEED, show_default=True)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--table-only", is_flag=True)
def main(
    avici_python: Path | None,
    seconds: float,
    rounds: int,
    grid: bool,
    seed: int,
    results: Path,
    table_only: bool,
) -> None:
    """Measure what RESULTS lacks, print the tables and write them beside it."""
    if not table_only:
        if avici_python is None:
            raise click.UsageError("Give --avici-python, the Python of an environment that has AVICI.")
        done = read(results)
        settings = {"seconds": seconds, "seed": seed}
        if done["settings"] not in ({}, settings):
            raise click.UsageError(
                f"{results} was run with {done['settings']}; give those or other --results."
            )
        done |= {"settings": settings, "machine": machine(seed)}
        compare(done, results, avici_python, rounds)
        for key in GRID if grid else []:
            cell(done, results, *key)
    if not results.exists():
        raise click.ClickException(f"{results} holds no results: run this without --table-only first.")
    tables = report(read(results))
    results.with_suffix(".md").write_text(tables + "\n", encoding="utf-8")
    print(tables)


def read(results: Path) -> dict[str, Any]:
    if results.exists():
        known: dict[str, Any] = json.loads(results.read_text(encoding="utf-8"))
        return known
    return {"settings": {}, "machine": {}, "avici": {}, "comparison": [], "grid": []}


def keep(done: dict[str, Any], results: Path, table: str, record: dict[str, Any]) -> None:
    """Write after every measurement, so that a run that is stopped goes on where it was."""
    done[table].append({**record, "load": round(os.getloadavg()[0], 2)})
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")


def compare(done: dict[str, Any], results: Path, python: Path, rounds: int) -> None:
    """One record for each round, task and way."""
    known = {(one["task"], one["way"], one["turn"]) for one in done["comparison"]}
    with ExitStack() as stack:
        theirs = [stack.enter_context(Worker(python, "avici_worker.py")) for _ in range(2)]
        ours = [stack.enter_context(Worker(sys.executable, "simulator_worker.py")) for _ in range(2)]
        wide = stack.enter_context(Worker(sys.executable, "simulator_worker.py", threads=2))
        done["avici"] = theirs[0].ask(job="about")
        for turn in range(rounds):
            for title, configs, name in TASKS:
                avici = {"job": "clock", "configs": configs, "d": 20, "n": 400, "reread": True}
                held = {**avici, "reread": False}
                batch = {"name": name, "d": 20, "n": 400, "scms": 256, "threads": 1, "precision": "float32"}
                for way, workers, job in (
                    ("avici 1", theirs[:1], avici),
                    ("ours 1", ours[:1], batch),
                    ("avici 2", theirs, avici),
                    ("ours 2", ours, batch),
                    ("held 1", theirs[:1], held),
                    ("ours 2 threads", [wide], {**batch, "threads": 2}),
                    ("held 2", theirs, held),
                    ("ours 1 double", ours[:1], {**batch, "precision": "float64"}),
                ):
                    if (title, way, turn) not in known:
                        key = {"task": title, "way": way, "turn": turn}
                        keep(
                            done, results, "comparison", {**key, **timed(workers, job, done, 100_000 * turn)}
                        )
            click.echo(f"round {turn + 1} of {rounds}", err=True)


def cell(done: dict[str, Any], results: Path, name: str, d: int, n: int) -> None:
    """One line of the table over d and n, from two fresh processes; memory is that of the larger one.

    This process has imported no torch: a child's peak counts what its parent held when it was started.
    """
    key = {"prior": name, "d": d, "n": n, "scms": max(8, min(1024, NUMBERS // (d * n)))}
    if any(one.items() >= key.items() for one in done["grid"]):
        return
    job = {"name": name, "d": d, "n": n, "scms": key["scms"], "threads": 1, "precision": "float32"}
    with (
        Worker(sys.executable, "simulator_worker.py") as one,
        Worker(sys.executable, "simulator_worker.py") as two,
    ):
        keep(done, results, "grid", {**key, **timed([one, two], job, done)})
    click.echo(f"{name}, d {d}, n {n}", err=True)


def timed(
    workers: list[Worker], job: dict[str, Any], done: dict[str, Any], shift: int = 0
) -> dict[str, float]:
    """The same job on several processes at once."""
    seconds, seed = done["settings"]["seconds"], done["settings"]["seed"] + shift
    for number, worker in enumerate(workers):
        worker.send(**job, seconds=seconds, seed=seed + 10_000_000 * number)
    replies = [worker.reply() for worker in workers]
    sets = sum(reply["sets"] for reply in replies)
    return {
        "rate": sum(reply["sets"] / reply["seconds"] for reply in replies),
        "cpu_ms": 1e3 * sum(reply["busy"] for reply in replies) / sets,
        "peak_mb": max(reply["peak_mb"] for reply in replies),
        "start_mb": max(reply.get("start_mb", 0.0) for reply in replies),
    }


def report(done: dict[str, Any]) -> str:
    """All tables, as Markdown."""
    loads = [one["load"] for one in done["comparison"]]
    rounds = 1 + max(one["turn"] for one in done["comparison"])
    lines = [
        ", ".join(f"{key} {value}" for key, value in done["machine"].items())
        + "; AVICI's side: "
        + ", ".join(f"{key} {value}" for key, value in done["avici"].items())
        + f". Load average {median(loads)} ({min(loads)}-{max(loads)}), of which 1 or 2 measured processes.",
        f"d = 20, n = 400; medians of {rounds} rounds of {done['settings']['seconds']:g} s, least and most "
        "in brackets. Ratio: AVICI's time over the time here, in the same round; here is the faster of two "
        "processes and two threads.",
        "Peak memory of one process: "
        + ", ".join(
            f"{name} {max(one['peak_mb'] for one in done['comparison'] if one['way'] == way):.0f} MB"
            for name, way in (("AVICI", "avici 1"), ("here, float32", "ours 2"))
        )
        + ".",
    ]
    two, one = (
        ("avici 2", "held 2", "ours 2", "ours 2 threads"),
        ("avici 1", "held 1", "ours 1", "ours 1 double"),
    )
    for title, ways, key in (
        ("Two cores: data sets per second", two, "rate"),
        ("One core: data sets per second", one, "rate"),
        ("One core: milliseconds of processor time per data set", one, "cpu_ms"),
    ):
        last = "here, two threads" if ways == two else "here, float64"
        here = "here, two processes" if ways == two else "here"
        lines += [*["", f"### {title}", ""],
                  f"| | AVICI | AVICI, held | {here} | {last} | ratio | ratio to held |",
                  "|---|---|---|---|---|---|---|"]  # fmt: skip
        lines += [line(done["comparison"], task, ways, key) for task, _, _ in TASKS]
    if done["grid"]:
        lines += ["", "### Over d and n: two processes, one thread each", "", *grid_table(done["grid"])]
    return "\n".join(lines)


def line(records: list[dict[str, Any]], task: str, ways: tuple[str, ...], key: str) -> str:
    """One task of a comparison."""
    values = {way: [one[key] for one in records if (one["task"], one["way"]) == (task, way)] for way in ways}
    best = (
        values["ours 1"] if "ours 1" in ways else max(values["ours 2"], values["ours 2 threads"], key=median)
    )
    ratios = []
    for way in ways[:2]:
        pairs = [(b / a if key == "rate" else a / b) for a, b in zip(values[way], best, strict=True)]
        ratios.append(shown(pairs, digits=1))
    return f"| {task} | {' | '.join([*(shown(values[way]) for way in ways), *ratios])} |"


def grid_table(grid: list[dict[str, Any]]) -> list[str]:
    """One line for each prior, d and n."""
    lines = [
        "| prior | d | n | SCMs a batch | data sets / s | processor ms | peak MB | MB at the start |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in grid:
        lines.append(
            f"| {one['prior']} | {one['d']} | {one['n']} | {one['scms']} | {one['rate']:,.0f} "
            f"| {one['cpu_ms']:.3f} | {one['peak_mb']:.0f} | {one['start_mb']:.0f} |"
        )
    return lines


def shown(values: list[float], digits: int | None = None) -> str:
    """Median, least and most."""
    if digits is None:
        digits = 0 if min(values) >= 100 else 1 if min(values) >= 10 else 2
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


if __name__ == "__main__":
    main()
