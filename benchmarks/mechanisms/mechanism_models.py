"""Mechanisms, true graph given, beside other methods, the Bayes floor and published figures.

    python benchmarks/mechanisms/mechanism_models.py  # every cell of the suite "cond-fip"; resumes
    python benchmarks/mechanisms/mechanism_models.py --first 3 --method fip --method deci --cell d=10
    python benchmarks/mechanisms/mechanism_models.py --suite cond-fip-1000

The frozen suites; the tasks and the floor are those of `mechanisms.evaluate_mechanisms`. Every method gets
the context in raw units and is scored in units of its standard deviations. Scores are written down one by
one, so that a second run goes on where the first one was stopped, and methods can be added. The method
"dowhy" needs the extra `baselines`. Prints a Markdown table of the methods that were asked for, and writes a
CSV of all that have been scored, together with the hardware of this run.
Published figures are those of `benchmarks/published/cond_fip.csv`, on other draws of the same distributions.
"""

from pathlib import Path

import click
import pandas as pd

from foundation_causal.files import replacing
from foundation_causal.runs import forget
from foundation_causal.runtime import measured_on
from foundation_causal.suites import load_suite
from mechanisms import evaluate_mechanisms
from mechanisms.mechanism_evaluation import METHODS, TASKS, summary

DEFAULT = ("kernel", "least-squares", "dowhy", "floor")
RESULTS = Path("benchmarks/results/mechanism_models")
PUBLISHED = Path(__file__).parents[1] / "published" / "cond_fip.csv"
PUBLISHED_METHODS = ("Cond-FiP", "FiP", "DECI", "DoWhy")


@click.command()
@click.option("--suite", default="cond-fip", show_default=True)
@click.option("--cell", "cells", multiple=True, metavar="LABEL=VALUE", help="As d=20; repeatable.")
@click.option("--method", "methods", type=click.Choice(list(METHODS)), multiple=True, default=DEFAULT)
@click.option("--first", type=click.IntRange(1), help="Only so many data sets of each cell.")
@click.option(
    "--again", type=click.Choice(list(METHODS)), multiple=True, help="Measure anew what is asked for."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="[default: benchmarks/results/mechanism_models/SUITE.csv]"
)
def main(
    suite: str,
    cells: tuple[str, ...],
    methods: tuple[str, ...],
    first: int | None,
    again: tuple[str, ...],
    out: Path | None,
) -> None:
    """Score what has not been scored, print the table and write it to OUT, the single scores beside it."""
    labels: dict[str, list[str]] = {}
    for label, value in (cell.split("=") for cell in cells):
        labels.setdefault(label, []).append(value)
    out = out or RESULTS / f"{suite}.csv"
    log = out.with_suffix(".jsonl")
    if again:
        forget(log, again, {case.name for case in load_suite(suite).only(**labels).first(first)})
    table = evaluate_mechanisms(
        suite,
        methods=methods,
        first=first,
        log=log,
        progress=lambda words: click.echo(words, err=True),
        **labels,
    )
    about = f"suite {suite}; {measured_on()}"
    with replacing(out) as temporary:
        csv = everything(log, suite).to_csv(index=False, float_format="%.5g")
        temporary.write_text(f"# last run: {about}\n{csv}", encoding="utf-8")
    click.echo(f"{about}\n\n{markdown(table, list(load_suite(suite).cells[0][0]))}")


def everything(log: Path, suite: str) -> pd.DataFrame:
    """Means and standard errors of all that LOG holds, by the suite's cells and the methods."""
    cells, scores = [labels for labels, _ in load_suite(suite).cells], pd.read_json(log, lines=True)
    labels = list(cells[0])
    place = [cells.index(cell) for cell in scores[labels].to_dict("records")]
    ordered = scores.assign(place=place).sort_values("place", kind="stable").drop(columns="place")
    return summary(ordered, labels, [name for name in METHODS if name in set(scores["method"])])


def markdown(table: pd.DataFrame, labels: list[str]) -> str:
    """One line per cell and method; a task as RMSE, standard error and, with a floor, ratio."""
    heads = [*labels, "method", *TASKS, "seconds", "1,000 samples", "data sets"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for cell, there in table.groupby(labels, sort=False):
        shown = there.assign(source="ours")
        for method, rows in pd.concat([shown, published(labels, cell)]).groupby("method", sort=False):
            scored = rows.set_index("task")
            values = [
                f"{scored.at[t, 'rmse']:.4f} ± {scored.at[t, 'se']:.4f}"
                + (f" ({scored.at[t, 'ratio']:.2f})" if pd.notna(scored.at[t, "ratio"]) else "")
                if rows["source"].iloc[0] == "ours"
                else f"{scored.at[t, 'rmse']:.2f} ± {scored.at[t, 'se']:.2f}"
                for t in TASKS
            ]
            one = rows.iloc[0]
            costs = ["", "", ""]
            if one["source"] == "ours":
                costs = [f"{one['seconds']:.2f}", f"{one['sample_seconds']:.2f}", str(int(one["cases"]))]
            lines.append(f"| {' | '.join(map(str, (*cell, method, *values, *costs)))} |")
    return "\n".join(lines)


def published(labels: list[str], cell: tuple[object, ...]) -> pd.DataFrame:
    """The published scores of a cell; none for suites that the paper does not have."""
    table = pd.read_csv(PUBLISHED, comment="#")
    if not {"mechanism", "distribution"} <= set(labels):
        return table.head(0).assign(source="published")
    where = dict(zip(labels, cell, strict=True))
    chosen = table[(table[labels].astype(str) == [str(where[label]) for label in labels]).all(axis=1)]
    order = pd.Categorical(chosen["method"], PUBLISHED_METHODS, ordered=True)
    chosen = chosen.assign(place=order).sort_values("place", kind="stable").drop(columns="place")
    return chosen.assign(source="published", method=chosen["method"] + ", published")


if __name__ == "__main__":
    main()
