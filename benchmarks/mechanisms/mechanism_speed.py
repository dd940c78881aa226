"""Time per data set for every way to infer mechanisms: fit, then 1,000 samples; d from 10 to 100, n = 400.

    python benchmarks/mechanisms/mechanism_speed.py

The first RFF data set of each size in the suite "cond-fip", true graph given. Seconds are of the processor,
on one thread if OMP_NUM_THREADS=1, after one fit of a small data set, so that imports do not count. A method
that cannot be used, as one whose package or weights are missing, is left out, with the reason. Prints a
Markdown table and writes it as CSV.
"""

from pathlib import Path

import click
import pandas as pd

from foundation_causal.errors import InputError
from foundation_causal.runtime import measured_on
from foundation_causal.suites import load_suite
from mechanisms import evaluate_mechanisms
from mechanisms.mechanism_evaluation import METHODS

RESULTS = Path("benchmarks/results/mechanism_speed.csv")
SECONDS = ["seconds", "sample_seconds"]
EVERY = [name for name in METHODS if name != "floor"]


@click.command()
@click.option("--d", "sizes", multiple=True, type=int, default=(10, 20, 50, 100), show_default=True)
@click.option("--method", "methods", type=click.Choice(EVERY), multiple=True, default=EVERY)
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def main(sizes: tuple[int, ...], methods: tuple[str, ...], out: Path) -> None:
    """Time every method on every size, smallest first; print the table and write it to OUT."""
    usable = [method for method in dict.fromkeys(["kernel", *methods]) if warmed_up(method)]
    about, found = measured_on(), pd.DataFrame()
    for d in sizes:
        for method in usable:
            where = {"mechanism": "RFF", "distribution": "IN", "d": d, "first": 1}
            table = evaluate_mechanisms("cond-fip", methods=[method], **where)
            found = pd.concat([found, table[table["task"] == "noise"][["d", "method", *SECONDS]]])
            click.echo(f"{method}, d = {d}", err=True)
            # After every run, because the slowest methods take long.
            out.parent.mkdir(parents=True, exist_ok=True)
            csv = with_ratios(found).to_csv(index=False, float_format="%.4g")
            out.write_text(f"# {about}\n{csv}", encoding="utf-8")
    click.echo(f"{about}\n\n{markdown(with_ratios(found))}")


def warmed_up(method: str) -> bool:
    """Fit a small data set; tell why where that is impossible."""
    try:
        METHODS[method](next(iter(load_suite("csuite"))))
    except InputError as error:
        click.echo(f"Without {method}: {error}", err=True)
        return False
    return True


def with_ratios(found: pd.DataFrame) -> pd.DataFrame:
    """The seconds in total, and how many times as many as the kernel model's."""
    table = found.assign(total=found[SECONDS].sum(axis=1))
    kernel = table[table["method"] == "kernel"].set_index("d")["total"]
    return table.assign(ratio=table["total"] / table["d"].map(kernel))


def markdown(table: pd.DataFrame) -> str:
    lines = ["| d | method | fit | 1,000 samples | together | ratio |", "|---" * 6 + "|"]
    for row in table.itertuples():
        costs = f"{row.seconds:.2f} | {row.sample_seconds:.2f} | {row.total:.2f} | {row.ratio:.1f}"
        lines.append(f"| {row.d} | {row.method} | {costs} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
