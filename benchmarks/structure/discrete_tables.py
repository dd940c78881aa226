"""Structure of discrete and mixed tables: SHD, F1, CPDAG-SHD, skeleton F1 and seconds of every method.

    python benchmarks/structure/discrete_tables.py                    # resumes where it was stopped
    python benchmarks/structure/discrete_tables.py --method HC-BIC    # one method, here on everything
    python benchmarks/structure/discrete_tables.py --again foundation-causal     # after a change of ours
    python benchmarks/structure/discrete_tables.py --table-only       # print the tables of what has been run

The frozen suites "bnlearn" (three tables a network) and "mixed" (ten tables a cell). This project's own
methods and those for discrete or mixed tables see types (those for discrete ones get numbers cut into bins),
those for measurements the places of categories among their levels. Columns that do not vary are kept from
every method, their edges count as missed. An edge without direction counts half; seconds are the processor's,
on one thread. After a run that was not done in time the method is not started on the other tables of that
cell.
Needs the extra `baselines`, and `tables` for andrey and bnlearn, which goes into an environment of its own:
methods that are not installed are left out.
"""

from collections.abc import Iterator
from pathlib import Path

import click
import pandas as pd
from result_rows import append, commit, read
from time_limit import OutOfTimeError, limited

from discovery.network.answers import DEFAULT_MODEL
from discovery.structure_evaluation import StructureRun, carry_out, prepare
from discovery.structure_methods import METHODS, OF_TABLES, OURS, is_installed
from foundation_causal.runs import forget
from foundation_causal.runtime import measured_on
from foundation_causal.suites import Case, load_suite
from foundation_causal.suites.table_generator import MIXES

NETWORKS = (
    *("asia", "cancer", "earthquake", "survey", "sachs"),
    *("child", "insurance", "water", "alarm", "barley"),
)
# Those for measurements take categories for the places of their levels.
CHOSEN = ("foundation-causal", *OF_TABLES, "PC", "BOSS")
RESULTS = Path("benchmarks/results/discrete_tables.jsonl")
COLUMNS = {
    "shd": "SHD",
    "cpdag_shd": "CPDAG-SHD",
    "f1": "F1",
    "skeleton_f1": "skeleton F1",
    "seconds": "seconds",
}


@click.command()
@click.option("--network", "networks", multiple=True, default=NETWORKS, help="Of bnlearn; 'none' for none.")
@click.option("--mix", "mixes", multiple=True, default=tuple(MIXES), help="Of mixed; 'none' for none.")
@click.option("--d", "sizes", multiple=True, type=int, default=(5, 10), show_default=True, help="Of mixed.")
@click.option("--n", "rows", multiple=True, type=int, default=(1000,), show_default=True)
@click.option("--first", type=click.IntRange(1), default=10, show_default=True, help="Tables of each cell.")
@click.option("--method", "methods", type=click.Choice(METHODS), multiple=True, default=CHOSEN)
@click.option("--again", type=click.Choice(METHODS), multiple=True, help="Measure anew what is asked for.")
@click.option("--model", default=DEFAULT_MODEL, help="For our own methods.")
@click.option(
    "--time-limit", type=float, default=120, show_default=True, help="Of the processor, for one run."
)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--table-only", is_flag=True)
def main(
    networks: tuple[str, ...],
    mixes: tuple[str, ...],
    sizes: tuple[int, ...],
    rows: tuple[int, ...],
    first: int,
    methods: tuple[str, ...],
    again: tuple[str, ...],
    model: str,
    time_limit: float,
    results: Path,
    table_only: bool,
) -> None:
    """Run every method on every table that it has not been run on, then print the tables."""
    if not table_only:
        chosen = list(cases(networks, mixes, sizes, rows, first))
        forget(results, again, {case.name for case in chosen})
        for method in methods:
            if is_installed(method):
                run_all(method, chosen, model, time_limit, results)
            else:
                click.echo(f"{method} is not installed and left out.", err=True)
    print_tables(read(results))


def cases(
    networks: tuple[str, ...],
    mixes: tuple[str, ...],
    sizes: tuple[int, ...],
    rows: tuple[int, ...],
    first: int,
) -> Iterator[Case]:
    chosen = []
    if networks != ("none",):
        chosen.append(load_suite("bnlearn").only(network=networks, n=rows))
    if mixes != ("none",):
        chosen.append(load_suite("mixed").only(mix=mixes, d=sizes, n=rows))
    yield from (case for suite in chosen for case in suite.first(first))


def number(case: Case) -> int:
    return int(case.name.rsplit("/", 1)[1])


def run_all(method: str, chosen: list[Case], model: str, time_limit: float, results: Path) -> None:
    """Run a method on the tables that it has not been run on, and write each row down as it is done."""
    rows = [row for row in read(results) if row["method"] == method]
    done = {row["data"] for row in rows}
    given_up = {row["data"].rsplit("/", 1)[0] for row in rows if "time_limit" in row}
    by_name = {case.name: case for case in chosen if case.name not in done}
    runs = [
        StructureRun(name, case.labels, method, model, frame=case.frame, truth=case.truth)
        for name, case in by_name.items()
    ]
    build, machine = commit(), measured_on()
    for run in runs:
        if run.data.rsplit("/", 1)[0] in given_up:
            continue
        found = within(time_limit, run)
        if "time_limit" in found:
            given_up.add(run.data.rsplit("/", 1)[0])
        found.pop("counts", None)
        scores = {key: None if value != value else value for key, value in found.items()}  # nan is no JSON
        facts = {"data": run.data, "seed": number(by_name[run.data]), "method": method}
        seen = "types" if method in (*OF_TABLES, *OURS) else "numbers"
        place = {"input": seen, "commit": build, "hardware": machine}
        append(results, [{**facts, "labels": dict(run.labels), **scores, **place}])


def within(seconds: float, run: StructureRun) -> dict[str, object]:
    """The row of a run, which is interrupted after so many seconds of the processor."""
    prepare([(run.method, run.model)])
    try:
        with limited(seconds):
            return carry_out(run)
    except OutOfTimeError:
        return {"failure": f"not done after {seconds:g} s", "time_limit": seconds}


def print_tables(rows: list[dict]) -> None:
    """Markdown: for each suite and number of rows a table of every score, a row a method, a column a cell."""
    if not rows:
        raise click.ClickException("There are no results: run this without --table-only first.")
    for line in dict.fromkeys(row["hardware"] for row in rows):
        print(line)
    frame = pd.DataFrame(rows)
    frame["suite"] = frame["data"].str.split("/").str[0]
    frame["n"] = [labels["n"] for labels in frame["labels"]]
    frame["cell"] = [
        "-".join(str(value) for key, value in labels.items() if key not in ("n", "kind"))
        for labels in frame["labels"]
    ]
    order = {method: k for k, method in enumerate(METHODS)}
    for (suite, n), part in frame.groupby(["suite", "n"], sort=False):
        cells = list(dict.fromkeys(part["cell"]))
        methods = sorted(dict.fromkeys(part["method"]), key=order.__getitem__)
        for score, title in COLUMNS.items():
            print(f"\n### {suite}, {n} rows: {title}\n")
            print(f"| method | {' | '.join(cells)} |\n{'|---' * (len(cells) + 1)}|")
            for method in methods:
                shown = [entry(part, method, cell, score) for cell in cells]
                print(f"| {method} | {' | '.join(shown)} |")


def entry(part: pd.DataFrame, method: str, cell: str, score: str) -> str:
    """The mean over the tables that were finished, and how many these are where not all."""
    runs = part[(part["method"] == method) & (part["cell"] == cell)]
    if not len(runs):
        return ""
    values = runs[score].dropna().astype(float) if score in runs else pd.Series(dtype=float)
    most = part[part["cell"] == cell].groupby("method").size().max()
    if not len(values):
        limits = runs["time_limit"].dropna() if "time_limit" in runs else []
        return f"> {max(limits):g} s" if len(limits) else "-"
    few = "" if len(values) == most else f" ({len(values)})"
    return f"{values.mean():.{2 if 'f1' in score or score == 'seconds' else 1}f}{few}"


if __name__ == "__main__":
    main()
