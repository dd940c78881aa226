"""The curves of `structure_sweeps.py`."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from foundation_causal.plots import style

# Sweep, score, name of the score, whether the sweep and the score grow by factors.
PANELS = (
    ("rows", "f1", "F1", True, False),
    ("rows", "shd_per_edge", "SHD per edge", True, False),
    ("rows", "seconds", "seconds", True, True),
    ("columns", "f1", "F1", True, False),
    ("columns", "shd_per_edge", "SHD per edge", True, False),
    ("columns", "seconds", "seconds", True, True),
    ("columns", "megabytes", "megabytes at most", True, False),
    ("missing values", "f1", "F1", False, False),
    ("known pairs", "f1_open", "F1 of the other pairs", False, False),
    ("interventional rows", "f1", "F1", False, False),
)
ACROSS, PANEL = 5, (2.7, 2.4)  # panels beside one another; inches


def draw_sweeps(path: Path, table: pd.DataFrame) -> None:
    """Write a PNG with one panel for each sweep and score that the table has."""
    panels = [panel for panel in PANELS if panel[0] in set(table["sweep"])]
    across = min(ACROSS, len(panels))
    down = -(-len(panels) // across)
    width, height = max(across * PANEL[0] + 0.5, 5.5), down * PANEL[1] + 0.85
    figure = Figure(figsize=(width, height))
    grid = figure.subplots(down, across, squeeze=False)
    figure.subplots_adjust(
        left=0.65 / width,
        right=1 - 0.15 / width,
        top=1 - 0.8 / height,
        bottom=0.55 / height,
        wspace=0.34,
        hspace=0.4,
    )
    for axes in list(grid.flat)[len(panels) :]:
        axes.set_visible(False)
    for axes, (sweep, score, name, factors, score_factors) in zip(grid.flat, panels, strict=False):
        _draw(axes, table[table["sweep"] == sweep], score)
        _dress(axes, sweep, name, factors, score_factors)
    left, top = 0.2 / width, 1 - 0.22 / height
    title = "Structure discovery: means over SCMs of P_IN, 20 columns and 400 rows where not swept"
    figure.text(left, top, title, fontsize=12, weight="bold", color=style.INK, va="center")
    figure.legend(
        *grid[0, 0].get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=(left, 1 - 0.36 / height),
        ncols=4,
        frameon=False,
        fontsize=9,
        labelcolor=style.INK,
        borderaxespad=0,
        borderpad=0,
    )
    style.save(grid[0, 0], path)


def _draw(axes: Axes, rows: pd.DataFrame, score: str) -> None:
    for method, part in rows.groupby("method", sort=False):
        ordered = part.sort_values("value")
        axes.plot(
            ordered["value"],
            ordered[score],
            marker="o",
            markersize=4,
            label=method,
            **style.line_of(str(method)),
        )


def _dress(axes: Axes, sweep: str, score: str, factors: bool, score_factors: bool) -> None:
    ticks: Sequence[float] = sorted({x for line in axes.lines for x in line.get_xdata()})
    if factors:
        axes.set_xscale("log")
        shown = ticks[::2] if len(ticks) > 4 else ticks
        axes.set_xticks(shown, [f"{tick:g}" for tick in shown])
    else:
        axes.set_xticks(ticks, [f"{tick:.0%}" for tick in ticks])
    if score_factors:
        axes.set_yscale("log")
        powers = style.decades(*axes.get_ylim())
        axes.set_ylim(powers[0], powers[-1])
        axes.set_yticks(powers, [f"{power:g}" for power in powers])
    else:
        axes.set_ylim(0, 1.03 if score.startswith("F1") else 1.1 * axes.get_ylim()[1])
    axes.minorticks_off()
    axes.set_xlabel(sweep, fontsize=8.5, color=style.MUTED)
    axes.set_title(score, loc="left", fontsize=9, color=style.INK)
    style.quiet(axes)
