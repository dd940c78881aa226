"""What Cond-FiP learns from linear SCMs, from RFF SCMs and from both: Tables 5 and 6 of the paper.

    for p in linear rff p-in; do
        python -m mechanisms.cond_fip.train --prior $p --out runs/$p --encoder-steps 800 --decoder-steps 600 \
            --learning-rate 0.0005 --precision 32-true --workers 0
    done
    python benchmarks/training/cond_fip_priors.py runs

Three networks of one size and one budget, on the frozen suite "cond-fip": RMSE of noise, samples and samples
under an intervention, true graph given, in units of the context's standard deviations. Writes the table as
CSV and prints it as Markdown, published figures in brackets, which stem from other draws and 4 million SCMs.
"""

from functools import partial
from pathlib import Path

import click
import pandas as pd

from foundation_causal.files import replacing
from foundation_causal.observations import observations
from foundation_causal.runtime import measured_on
from foundation_causal.suites import Case, load_suite
from mechanisms.cond_fip.cond_fip_model import fit_cond_fip
from mechanisms.mechanism_evaluation import TASKS, score
from mechanisms.mechanism_model import MechanismModel

PRIORS = ("linear", "rff", "p-in")
PUBLISHED = Path(__file__).parents[1] / "published" / "cond_fip_priors.csv"
CELL = ["mechanism", "distribution", "d"]


@click.command()
@click.argument("runs", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--variables", type=int, multiple=True, default=(10, 20, 50), show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="benchmarks/results/cond_fip_priors.csv",
    show_default=True,
)
def main(runs: Path, variables: tuple[int, ...], out: Path) -> None:
    """Score RUNS/linear, RUNS/rff and RUNS/p-in, write OUT and print it."""
    rows = [
        {**{label: case.labels[label] for label in CELL}, "trained on": prior, **scores(runs / prior, case)}
        for case in load_suite("cond-fip").only(d=variables)
        for prior in PRIORS
    ]
    table = pd.DataFrame(rows).groupby([*CELL, "trained on"], sort=False).mean().reset_index()
    with replacing(out) as temporary:
        temporary.write_text(f"# {measured_on()}\n{table.to_csv(index=False, float_format='%.4f')}")
    click.echo(f"suite cond-fip; {measured_on()}\n\n{markdown(table)}")


def scores(run: Path, case: Case) -> dict[str, float]:
    """The three errors of the network that RUN has trained."""
    found = score(partial(fitted, run / "model"), case)
    return {task: float(found[task]) for task in TASKS}


def fitted(model: Path, case: Case) -> MechanismModel:
    return fit_cond_fip(observations(case.frame), case.graph, model=model)


def markdown(table: pd.DataFrame) -> str:
    """One line per cell and network; in brackets what was published."""
    published = pd.read_csv(PUBLISHED, comment="#").set_index([*CELL, "trained on", "task"])["rmse"]
    lines = [f"| {' | '.join([*CELL, 'trained on', *TASKS])} |", "|---" * (len(CELL) + 1 + len(TASKS)) + "|"]
    for row in table.to_dict("records"):
        key = tuple(row[name] for name in (*CELL, "trained on"))
        told = {
            task: f" ({published[*key, task]:.2f})" if (*key, task) in published.index else ""
            for task in TASKS
        }
        figures = [f"{row[task]:.3f}{told[task]}" for task in TASKS]
        lines.append(f"| {' | '.join(map(str, [*key, *figures]))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
