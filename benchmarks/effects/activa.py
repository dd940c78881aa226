"""ACTIVA's Tables 1 and 2: interventional distributions without a graph, beside the published figures.

A third table has what the paper does not ask: SCMs of other kinds, and values within the reach of the data.

    python benchmarks/effects/activa.py  # every cell; goes on where it was stopped
    python benchmarks/effects/activa.py --first 25 --cell gauss-2 --method "average-50, linear"
    python benchmarks/effects/activa.py --again activa --method activa  # after new weights

Every variable of every SCM is set in turn; `mechanisms.graph_free.interventional_evaluation` says how answers
are judged. Scores are written down one by one. Prints Markdown tables and writes them, with the hardware, as
a page. The cells `sergio` and `sergio-ood` need the extra `simulators`; without it they are left out.
Published figures are those of `benchmarks/published/activa.csv`, on other draws of the same distributions.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import click
import pandas as pd

from foundation_causal.errors import InputError
from foundation_causal.files import replacing
from foundation_causal.runs import forget
from foundation_causal.runtime import measured_on
from mechanisms.graph_free.interventional_evaluation import ALL, CELLS, evaluate_interventional

OUT = Path("benchmarks/results/activa.md")
PUBLISHED = Path(__file__).parents[1] / "published" / "activa.csv"
TITLES = {"gauss-2": "Gauss 2", "beta-2": "Beta 2", "gauss-8": "Gauss 8", "beta-8": "Beta 8",
          "sergio": "SERGIO", "sergio-ood": "SERGIO OOD", "lin-2": "LIN 2", "rff-2": "RFF 2",
          "lin-5": "LIN 5", "rff-5": "RFF 5"}  # fmt: skip
NAMES = {
    "truth": "the true SCM, drawn anew",
    "observational": "nothing else changes",
    "conditional": "conditional baseline",
    "activa": "ACTIVA, for users",
    "activa-paper": "ACTIVA, one for each cell",
    "activa-paper, one draw": "the same, one draw as in the paper",
    "true-graph": "true graph",
}
DISTANCES = ("mmd", "wsd", "erg")
MOST = 10_000  # SCMs of a cell, of which there are fewer


@click.command()
@click.option("--cell", "cells", type=click.Choice(list(CELLS)), multiple=True, default=list(CELLS))
@click.option("--method", "methods", type=click.Choice(list(ALL)), multiple=True, default=list(ALL))
@click.option("--first", type=click.IntRange(1), help="Only so many SCMs of each cell.")
@click.option("--again", type=click.Choice(list(ALL)), multiple=True, help="Measure anew what is asked for.")
@click.option("--tables", "only_tables", is_flag=True, help="Score nothing: tables of what all methods have.")
@click.option("--out", type=click.Path(path_type=Path), default=OUT, show_default=True)
def main(
    cells: tuple[str, ...],
    methods: tuple[str, ...],
    first: int | None,
    again: tuple[str, ...],
    only_tables: bool,
    out: Path,
) -> None:
    """Score what has not been scored, print the tables and write them to OUT, the single scores beside it."""
    log = out.with_suffix(".jsonl")
    if not only_tables:
        forget(log, again, {f"{cell}/{k}" for cell in cells for k in range(first or MOST)})
    found = _common(cells, log, methods) if only_tables else []
    for cell in () if only_tables else cells:
        try:
            found.append(
                evaluate_interventional(
                    [cell],
                    methods=methods,
                    first=first,
                    log=log,
                    progress=lambda words: click.echo(words, err=True),
                )
            )
        except InputError as error:
            click.echo(f"{TITLES[cell]} is left out: {error}", err=True)
    if not found:
        raise SystemExit(2)
    scores = pd.concat(found)
    for failure in scores["failure"].dropna().unique():
        click.echo(f"Left out: {failure}", err=True)
    page = f"{measured_on()}\n\n{tables(scores)}\n"
    with replacing(out) as temporary:
        temporary.write_text(page, encoding="utf-8")
    click.echo(page)


def _common(cells: Sequence[str], log: Path, methods: Sequence[str]) -> list[pd.DataFrame]:
    """The scores of each cell on the SCMs that every method has which has any."""
    rows = pd.DataFrame([json.loads(line) for line in log.read_text().splitlines()])
    found = []
    for cell in cells:
        here = rows[(rows["cell"] == cell) & rows["method"].isin(methods)]
        counts = here.groupby("data")["method"].nunique()
        common = counts.index[counts == here["method"].nunique()]
        found.append(here[here["data"].isin(common)].assign(failure=None))
    return found


def tables(scores: pd.DataFrame) -> str:
    """The distances of the paper's two tables, then what the paper does not have."""
    done = scores.dropna(subset=["mmd"])
    published = pd.read_csv(PUBLISHED, comment="#")
    parts = []
    for title, chosen, known in [
        *((f"Table {number}", set(facts["cell"]), facts) for number, facts in published.groupby("table")),
        ("Values within the reach of the data, standardized", set(TITLES) - set(published["cell"]), None),
    ]:
        cells = [cell for cell in TITLES if cell in chosen & set(done["cell"])]
        if cells:
            grid = _distances(done, known, cells)
            parts.append(f"### {title}: MMD (root), WSD, ERG (half); means over SCMs\n\n{grid}")
    return "\n\n".join([*parts, f"### What else was measured\n\n{_rest(done)}"])


def _distances(scores: pd.DataFrame, published: pd.DataFrame | None, cells: list[str]) -> str:
    """One line a method, three columns a cell, published figures in the first lines."""
    heads = " | ".join(f"{TITLES[cell]} {name.upper()}" for cell in cells for name in DISTANCES)
    lines = [
        f"| method | {heads} |",
        "|---" * (1 + 3 * len(cells)) + "|",
    ]
    if published is not None:
        facts = published.set_index(["method", "cell"])
        for method in ("ACTIVA", "Baseline"):
            shown = [f"{facts.loc[(method, cell), name]:g}" for cell in cells for name in DISTANCES]
            lines.append(f"| {method}, published | {' | '.join(shown)} |")
    coarse = 2 if published is None else 1
    decimals = {"mmd": 2, "wsd": coarse, "erg": coarse}
    means = scores.groupby(["method", "cell"])[list(DISTANCES)].mean()
    for method in _ordered(scores):
        shown = [
            f"{means.loc[(method, cell), name]:.{decimals[name]}f}" if (method, cell) in means.index else ""
            for cell in cells
            for name in DISTANCES
        ]
        if any(shown):
            lines.append(f"| {NAMES.get(method, method)} | {' | '.join(shown)} |")
    return "\n".join(lines)


def _rest(scores: pd.DataFrame) -> str:
    """Squared MMD, acceptance, log-likelihood and time, with the number of SCMs and of interventions."""
    lines = [
        "| cell | method | MMD squared | accepted at 5% | log-likelihood of a row, median | seconds a query "
        "| SCMs | interventions |",
        "|---" * 8 + "|",
    ]
    for cell in (cell for cell in TITLES if cell in set(scores["cell"])):
        for method in _ordered(scores):
            rows = scores[(scores["cell"] == cell) & (scores["method"] == method)]
            if len(rows):
                likely = rows["log_likelihood"].median()
                shown = [
                    f"{rows['mmd_squared'].mean():.3f}",
                    f"{rows['accepted'].mean():.0%}",
                    "" if pd.isna(likely) else f"{likely:.1f}",
                    f"{rows['seconds'].mean():.3f}",
                    str(len(rows)),
                    str(int(rows["queries"].sum())),
                ]
                lines.append(f"| {TITLES[cell]} | {NAMES.get(method, method)} | {' | '.join(shown)} |")
    return "\n".join(lines)


def _ordered(scores: pd.DataFrame) -> list[str]:
    return [method for method in ALL if method in set(scores["method"])]


if __name__ == "__main__":
    main()
