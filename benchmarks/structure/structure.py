"""Structure discovery beside classical methods: SHD, F1, AUPRC and seconds, on the same data sets.

    python benchmarks/structure/structure.py                      # everything; resumes where it was stopped
    python benchmarks/structure/structure.py --table-only         # print the tables of what has been run
    python benchmarks/structure/structure.py --again network ...  # run a method anew where it is asked to

The frozen suite "structure" (by default its cells with d = 10 or 20 and n = 400), the Sachs data, and
ecoli70. Every method gets the same standardized rows on one thread. An edge that a method leaves undirected
counts half in every measure but that of CPDAGs; seconds are those of the processor. Needs the extra
`baselines`. `foundation-causal evaluate structure --suite structure --out benchmarks/results/structure` takes
its runs from the same file and draws pictures.
"""

import platform
from pathlib import Path

import click
import pandas as pd
import torch

from discovery.network.answers import DEFAULT_MODEL
from discovery.structure_evaluation import StructureRun, cell_means, complete, suite_runs
from discovery.structure_methods import METHODS, OF_TABLES, check_methods
from foundation_causal import load_dataset
from foundation_causal.graphs import adjacency
from foundation_causal.runs import RunLog, forget
from foundation_causal.suites import Suite, load_suite

OF_NUMBERS = tuple(name for name in METHODS if name not in OF_TABLES)
NAMED = ("sachs", "ecoli70")
RESULTS = Path("benchmarks/results/structure")
COLUMNS = {"shd": "SHD", "cpdag_shd": "CPDAG-SHD", "sid": "SID", "f1": "F1", "auprc": "AUPRC", "ece": "ECE"}


@click.command()
@click.option("--d", "sizes", multiple=True, type=int, default=(10, 20), show_default=True)
@click.option("--n", "rows", multiple=True, type=int, default=(400,), show_default=True)
@click.option("--method", "methods", type=click.Choice(METHODS), multiple=True, default=OF_NUMBERS)
@click.option("--again", type=click.Choice(METHODS), multiple=True, help="Measure anew what is asked for.")
@click.option("--model", default=DEFAULT_MODEL, help="For our two methods, as while one is being trained.")
@click.option("--first", type=click.IntRange(1), help="Only so many SCMs of each cell.")
@click.option("--time-limit", type=float, default=120, show_default=True, help="Seconds for one run.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True)
@click.option("--named/--no-named", default=True, show_default=True, help="Sachs and ecoli70, too.")
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
@click.option("--table-only", is_flag=True)
def main(
    sizes: tuple[int, ...],
    rows: tuple[int, ...],
    methods: tuple[str, ...],
    again: tuple[str, ...],
    model: str,
    first: int | None,
    time_limit: float,
    jobs: int,
    named: bool,
    results: Path,
    table_only: bool,
) -> None:
    """Run every method on every data set that it has not been run on, then print the tables."""
    if not table_only:
        how = {"jobs": jobs, "time_limit": time_limit}
        chosen = load_suite("structure").only(d=sizes, n=rows)
        check_methods(methods)  # before anything is dropped that could not be measured
        if again:
            forget(results / "runs.jsonl", again, data_sets(chosen.first(first), named))
        if named:
            runs = [named_run(name, method, model) for name in NAMED for method in methods]
            complete(runs, results / "runs.jsonl", **how)
        suite_runs(chosen, methods=methods, model=model, first=first, folder=results, **how)
    done = list(RunLog(results / "runs.jsonl").rows.values())
    if not done:
        raise click.ClickException(f"{results} holds no results: run this without --table-only first.")
    print_tables(done)


def data_sets(chosen: Suite, named: bool) -> set[str]:
    """The names of what runs: of the cases, and of the data that have a name."""
    return {case.name for case in chosen} | set(NAMED if named else ())


def named_run(name: str, method: str, model: str) -> StructureRun:
    data = load_dataset(name)
    truth = adjacency(data.graph, list(data.frame))
    return StructureRun(name, {}, method, model, frame=data.frame, truth=truth)


def cell_of(data: str) -> str:
    """The cell in the name of a data set, as LIN-Gaussian-10-400 in structure/LIN-Gaussian-10-400/3."""
    return data.removeprefix("structure/").rsplit("/", 1)[0]


def print_tables(done: list[dict]) -> None:
    print(f"Torch {torch.__version__}, one thread, {platform.machine()}.")
    print("Means over the data sets that were finished in time; undirected edges count half.\n")
    cells = [{**row, "cell": cell_of(row["data"])} for row in done]
    order = {method: k for k, method in enumerate(METHODS)}
    table = cell_means(cells, ["cell"])
    table["place"] = table["method"].map(order)
    table = table.sort_values("place", kind="stable")
    print("### SHD / F1 of every cell; in brackets how many data sets were finished, where not all\n")
    print(overview(table))
    for cell in dict.fromkeys(row["cell"] for row in cells):
        part = table[table["cell"] == cell]
        whole = part.loc[part["cases"].idxmax()]
        print(f"### {cell}: {whole['cases']} data sets, {whole['true_edges']:.1f} edges\n")
        print(f"| method | {' | '.join(COLUMNS.values())} | edges | seconds | finished |")
        print("|---" * (len(COLUMNS) + 4) + "|")
        for _, row in part.iterrows():
            scores = [f"{row[name]:.{1 if 'sh' in name or name == 'sid' else 3}f}" for name in COLUMNS]
            scores[0] += "" if pd.isna(row["shd_se"]) else f" ({row['shd_se']:.1f})"
            shown = " | ".join("" if score == "nan" else score for score in scores)
            finished = f"{row['cases'] - row['failures']} of {row['cases']}"
            edges, seconds = f"{row['predicted_edges']:.1f}", f"{row['seconds']:.2f}"
            print(f"| {row['method']} | {shown} | {edges} | {seconds} | {finished} |")
        print()


def overview(table: pd.DataFrame) -> str:
    """One line a cell, one column a method; the last line is the mean time over all simulated cells."""
    methods, most = list(dict.fromkeys(table["method"])), table.groupby("cell", sort=False)["cases"].max()
    known = table.set_index(["cell", "method"])
    lines = [f"| data | {' | '.join(methods)} |", "|---" * (len(methods) + 1) + "|"]
    for cell in most.index:
        shown = [overview_of(known, (cell, method), most[cell]) for method in methods]
        lines.append(f"| {cell} | {' | '.join(shown)} |")
    simulated = table[~table["cell"].isin(NAMED)]
    seconds = simulated.groupby("method")["seconds"].mean().reindex(methods)
    lines.append(f"| seconds | {' | '.join(f'{value:.2f}' for value in seconds)} |")
    return "\n".join(lines) + "\n"


def overview_of(known: pd.DataFrame, place: tuple[str, str], most: int) -> str:
    if place not in known.index:
        return ""
    row = known.loc[place]
    finished = int(row["cases"] - row["failures"])
    few = "" if finished == most else f" ({finished})"
    return f"{row['shd']:.1f} / {row['f1']:.2f}{few}" if finished else f"none{few}"


if __name__ == "__main__":
    main()
