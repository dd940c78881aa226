"""Noise whose scale depends on the parents: what finding it gives where it is, and costs where it is not.

    python benchmarks/heteroscedastic.py             # every data set of the cells
    python benchmarks/heteroscedastic.py --cases 2   # two of each

The kernel model with `heteroscedastic` False, "auto" and True, true graph given, on cells of the suite
"mechanisms", two of them heteroscedastic, and on the cells of "cond-fip" with 10 variables. RMSE of noise,
samples and interventions as in `mechanisms.evaluate_mechanisms`; the mean log-likelihood of the 400 query
rows, per row and variable, in units of the context's standard deviations; the share of variables with parents
whose noise got a scale that depends on them; seconds to fit a data set. Prints a Markdown table and writes it
as CSV, together with the hardware.
"""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path

import click
import numpy as np
import pandas as pd
from hardware import hardware

from foundation_causal.data import observations
from foundation_causal.suites import Case, load_suite
from mechanisms import fit_kernel
from mechanisms.heteroscedastic import Heteroscedastic
from mechanisms.kernel import KernelModel
from mechanisms.model import abduct, scales
from mechanisms.noise import log_density
from mechanisms.scoring import TASKS, score

CHOICES: dict[str, Heteroscedastic] = {"False": False, "auto": "auto", "True": True}


@click.command()
@click.option("--cases", type=int, help="Data sets of each cell.  [default: all]")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("benchmarks/results/heteroscedastic.csv")
)
def main(cases: int | None, out: Path) -> None:
    """Run every cell, then print the table and write it to OUT."""
    rows = []
    for cell, case in data_sets(cases):
        for name, choice in CHOICES.items():
            fitted: list[KernelModel] = []

            def fit(
                case: Case, choice: Heteroscedastic = choice, kept: list[KernelModel] = fitted
            ) -> KernelModel:
                kept.append(fit_kernel(observations(case.frame), case.graph, heteroscedastic=choice))
                return kept[0]

            found = score(fit, case)
            (model,) = fitted
            chosen = [r.spread is not None for r in model.regressions if r is not None]
            rows.append(
                {"cell": cell, "n": len(case.context), "heteroscedastic": name, **found}
                | {"log-likelihood": log_likelihood(model, case), "scaled": np.mean(chosen)}
            )
        click.echo(case.name, err=True)
    measures = [*TASKS, "log-likelihood", "scaled", "seconds"]
    table = (
        pd.DataFrame(rows)
        .groupby(["cell", "n", "heteroscedastic"], sort=False)[measures]
        .mean()
        .reset_index()
    )
    about = f"{cases or 'all'} data sets a cell; {hardware()}; {date.today().isoformat()}"
    out.write_text(f"# {about}\n" + table.to_csv(index=False, float_format="%.4g"), encoding="utf-8")
    click.echo(f"{about}\n\n| {' | '.join(table.columns)} |\n{'|---' * len(table.columns)}|")
    for line in table.to_dict("records"):
        click.echo(f"| {' | '.join(f'{v:.4g}' if isinstance(v, float) else str(v) for v in line.values())} |")


def data_sets(cases: int | None) -> Iterator[tuple[str, Case]]:
    """The cells' names, and the first `cases` data sets of each."""
    steady, suite = load_suite("cond-fip").only(d=10), load_suite("mechanisms")
    kinds = ("linear-heteroscedastic", "rff-heteroscedastic", "heavy-tailed", "odd-noise")
    for labels, draw in (*suite.only(kind=kinds).cells, *steady.cells):
        name = str(labels.get("kind", f"{labels.get('mechanism')} {labels.get('distribution')}"))
        for case in islice(draw("heteroscedastic"), cases):
            yield name, case


def log_likelihood(model: KernelModel, case: Case) -> float:
    """Mean over query rows and variables, in units of the context's standard deviations."""
    density = log_density(model.context_noise(), abduct(model, case.query))
    size = scales(model, range(len(model.names)), case.query) / case.context.std(0)
    return float((density - np.log(size)).mean())


if __name__ == "__main__":
    main()
