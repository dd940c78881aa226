"""What methods say of interventions on two variables: ACTIVA's Figure 2, for more methods.

    python benchmarks/effects/interventional_picture.py  # writes docs/interventional.png
    python benchmarks/effects/interventional_picture.py --gauss FOLDER --beta FOLDER  # other ACTIVA models

SCMs of the two-variable cells of the suite "activa": the first with an edge, and with Gaussian noise also
that of the weakest correlation, which leaves even to a model of this simulator open what causes what. 40 rows
are observed, and each variable is set to 5 in turn. 200 samples of every method, true ones beside them. Where
there is no ACTIVA model its column is left out. Prints how many samples of the cause stay where they were
when the effect is set; the others have moved as if the edge ran the other way.
"""

import warnings
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from foundation_causal.errors import ExtrapolationWarning, InputError
from foundation_causal.files import replacing
from foundation_causal.observations import observations
from foundation_causal.plots import style
from foundation_causal.simulate import Random
from foundation_causal.suites import Case, load_suite
from foundation_causal.suites.cases import set_each
from mechanisms.graph_free.interventional_evaluation import SET_TO, SPREAD
from mechanisms.graph_free.predictors import Question, ask

METHODS = {
    "conditional": "conditional baseline",
    "discover, linear": "one discovered graph",
    "average-50, linear": "average over graphs",
    "linear posterior, shared units": "average, shared units",
    "activa-paper": "ACTIVA, this simulator",
    "activa": "ACTIVA, for users",
}
SAMPLES = 200
SEED = 80_300_000
COLOURS = ("#0072b2", "#d55e00")  # of cause and effect, when they are set
WIDTH, HEIGHT = 1.75, 2.1  # of a panel, inches


class Row(NamedTuple):
    """One SCM, cause first.

    Attributes:
        title: the law of the noise.
        observed: [n, 2].
        panels: for each method the samples [m, 2] under an intervention on the cause and on the effect.
    """

    title: str
    observed: pd.DataFrame
    panels: dict[str, list[pd.DataFrame]]


@click.command()
@click.option("--gauss", default="activa-gauss-2", show_default=True, help="ACTIVA for Gaussian noise.")
@click.option("--beta", default="activa-beta-2", show_default=True, help="ACTIVA for Beta noise.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs/interventional.png"))
def main(gauss: str, beta: str, out: Path) -> None:
    """Draw the picture."""
    first, weakest, other = chosen("gauss")[0], min(chosen("gauss"), key=correlation), chosen("beta")[0]
    rows = [
        answers(first, "Gaussian noise", gauss),
        answers(weakest, "Gaussian, weak", gauss),
        answers(other, "Beta noise", beta),
    ]
    for row in rows:
        for method, (_, of_effect) in row.panels.items():
            click.echo(f"{row.title}, {method}: {stayed(row.observed, of_effect):.0%} of the cause stays")
    with replacing(out) as temporary:
        draw(rows).savefig(temporary, format="png", dpi=150)
    click.echo(f"Written: {out}")


def chosen(noise: str) -> list[Case]:
    """The SCMs of two variables that have an edge."""
    return [case for case in load_suite("activa").only(noise=noise, d=2) if case.graph.edges]


def correlation(case: Case) -> float:
    """Its size, in the rows that are observed."""
    return abs(float(case.frame.corr().iloc[0, 1]))


def answers(case: Case, title: str, model: str) -> Row:
    """Samples of the truth and of every method that can be asked."""
    order = list(next(iter(case.graph.edges)))
    random = np.random.default_rng([SEED, 1])  # not the stream that answers are drawn from
    question = Question(observations(case.frame), case.graph, model)
    panels = {"truth": truth(case, order)}
    for method, name in METHODS.items():
        try:
            answer = ask(method, question)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExtrapolationWarning)  # 5 is far outside, by design
                panels[name] = [
                    answer({which: SET_TO})
                    .sample(SAMPLES, seed=SEED)
                    .assign(**{which: SET_TO + SPREAD * random.normal(size=SAMPLES)})[order]
                    for which in order
                ]
        except InputError as error:
            click.echo(f"{name} is left out: {error}", err=True)
    return Row(title, case.frame[order], panels)


def truth(case: Case, order: list[str]) -> list[pd.DataFrame]:
    """New rows of the SCM under both interventions."""
    names = list(case.scm.names)
    drawn = set_each(case.scm, SET_TO, SPREAD, SAMPLES, Random.seeded(SEED, torch.float64))
    frames = {next(iter(one.do)): pd.DataFrame(one.rows, columns=names)[order] for one in drawn}
    return [frames[which] for which in order]


def stayed(observed: pd.DataFrame, of_effect: pd.DataFrame) -> float:
    """The share of samples whose cause is closer to its observed mean than to where conditioning moves it."""
    cause, effect = observed.to_numpy().T
    moved = cause.mean() + np.cov(cause, effect)[0, 1] / effect.var(ddof=1) * (SET_TO - effect.mean())
    drawn = of_effect.to_numpy()[:, 0]
    return float((np.abs(drawn - cause.mean()) < np.abs(drawn - moved)).mean())


def draw(rows: list[Row]) -> Figure:
    """A row of panels for each SCM, all on the same axes within the row."""
    names = list(dict.fromkeys(name for row in rows for name in row.panels))
    width, height = 0.75 + WIDTH * len(names), 0.95 + HEIGHT * len(rows)
    figure = Figure(figsize=(width, height))
    grid = figure.subplots(len(rows), len(names), squeeze=False, sharex="row", sharey="row")
    figure.subplots_adjust(
        left=0.75 / width,
        right=1 - 0.1 / width,
        top=1 - 0.65 / height,
        bottom=0.5 / height,
        wspace=0.08,
        hspace=0.3,
    )
    for row, line in zip(rows, grid, strict=True):
        for name, axes in zip(names, line, strict=True):
            panel(axes, row, name)
            if axes in grid[0]:
                axes.set_title(name, fontsize=9.5, color=style.INK)
        low, high = bounds(row)
        line[0].set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        line[0].set_ylabel(f"{row.title}\neffect", fontsize=9, color=style.INK)
    figure.align_ylabels(grid[:, 0])
    for axes in grid[-1]:
        axes.set_xlabel("cause", fontsize=9, color=style.INK)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    legend = figure.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(0.67 / width, 1),
        ncols=3,
        frameon=False,
        fontsize=9,
    )
    for handle in legend.legend_handles:
        handle.set(alpha=1, sizes=[22])
    return figure


def panel(axes: Axes, row: Row, name: str) -> None:
    """Observations, and samples under both interventions; nothing where the method has no answer."""
    if name not in row.panels:
        axes.axis("off")
        return
    observed = row.observed.to_numpy()
    axes.scatter(*observed.T, s=7, color=style.MUTED, linewidths=0, label="observed", zorder=3)
    words = (f"cause set to {SET_TO:g}", f"effect set to {SET_TO:g}")
    for samples, colour, label in zip(row.panels[name], COLOURS, words, strict=True):
        axes.scatter(*samples.to_numpy().T, s=7, alpha=0.35, color=colour, linewidths=0, label=label)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.tick_params(labelsize=8, colors=style.MUTED, length=2)
    axes.grid(color=style.PALE, linewidth=0.5)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(style.PALE)


def bounds(row: Row) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest values to show: all true ones, and nearly all of the methods'."""
    pooled = [rows for panels in row.panels.values() for rows in panels]
    low = np.min([row.observed.min(), *(rows.quantile(0.005) for rows in pooled)], axis=0)
    high = np.max([row.observed.max(), *(rows.quantile(0.995) for rows in pooled)], axis=0)
    margin = 0.06 * (high - low)
    return low - margin, high + margin


if __name__ == "__main__":
    main()
