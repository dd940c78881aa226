"""Pictures of an evaluation: precision and recall, reliability, accuracy against time.

A row of `runs` is one finished run, as of `discovery.structure_evaluation.suite_runs`. There is a panel
for every combination of labels but for sizes, over which it pools.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foundation_causal.plots import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

Runs = Sequence[Mapping[str, Any]]

PANEL = (3.1, 2.75)  # inches
SIDE, TOP, LEGEND_ROW = 0.62, 0.55, 0.22  # inches left free
ACROSS = 3  # panels beside one another, at most
SIZES = ("d", "n")
RECALL_PRECISION = ("recall", "precision")
LEAST = 1e-3  # seconds that are told apart from none


def draw_precision_recall(path: Path, runs: Runs, labels: Sequence[str], *, title: str) -> None:
    """Write a PNG: a curve for each method with probabilities, a point for each other one."""
    from foundation_causal.metrics.probabilities import precision_recall

    def draw(axes: "Axes", method: str, rows: "pd.DataFrame") -> None:
        if _has_curve(rows):
            curve = precision_recall(rows["counts"])
            axes.plot(curve["recall"], curve["precision"], **style.line_of(method))
        else:
            hits = (rows["recall"] * rows["true_edges"]).sum()
            axes.plot(
                hits / max(rows["true_edges"].sum(), 1),
                hits / max(rows["predicted_edges"].sum(), 1),
                **style.point_of(method),
            )

    note = "Pairs of all graphs of a panel together. An edge without direction counts half each way."
    _panels(path, runs, labels, title, RECALL_PRECISION, draw, note)


def _has_curve(rows: "pd.DataFrame") -> bool:
    return "counts" in rows and bool(rows["counts"].notna().all())


def draw_reliability(path: Path, runs: Runs, labels: Sequence[str], *, title: str) -> None:
    """Write a PNG: the share of edges among pairs of about the same probability."""
    from foundation_causal.metrics.probabilities import reliability

    def draw(axes: "Axes", method: str, rows: "pd.DataFrame") -> None:
        axes.plot([0, 1], [0, 1], color=style.PALE, linewidth=1.5, zorder=1)
        found = reliability(rows["counts"])
        look = style.point_of(method)
        axes.vlines(found["probability"], found["low"], found["high"], color=look["color"], linewidth=1)
        axes.plot(found["probability"], found["share"], **{**look, "markersize": 5})

    note = "On the grey line a probability means what it says. Bars: 95% intervals."
    _panels(path, runs, labels, title, ("probability", "share of edges"), draw, note)


def draw_accuracy_time(path: Path, runs: Runs, labels: Sequence[str], *, title: str) -> None:
    """Write a PNG: mean F1 against mean seconds of the processor, which grow by factors."""

    def draw(axes: "Axes", method: str, rows: "pd.DataFrame") -> None:
        axes.set_xscale("log")
        axes.plot(max(rows["seconds"].mean(), LEAST), rows["f1"].mean(), **style.point_of(method))

    note = "Means over the runs that were finished; seconds of one processor core."
    _panels(path, runs, labels, title, ("seconds", "F1"), draw, note)


def _panels(
    path: Path,
    runs: Runs,
    labels: Sequence[str],
    title: str,
    axis_names: tuple[str, str],
    draw: Callable[["Axes", str, "pd.DataFrame"], None],
    note: str,
) -> None:
    """Draw every method into the panel of every kind of data, and what stands around them."""
    import pandas as pd
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    frame = pd.DataFrame(runs)
    kinds = [label for label in labels if label not in SIZES]
    groups = list(frame.groupby(kinds, sort=False)) if kinds else [((), frame)]
    methods = list(dict.fromkeys(frame["method"]))
    columns = min(ACROSS, len(groups))
    rows, legend = math.ceil(len(groups) / columns), math.ceil(len(methods) / (2 * columns)) * LEGEND_ROW
    width, height = columns * PANEL[0] + SIDE, rows * PANEL[1] + TOP + legend + 0.45
    figure = Figure(figsize=(max(width, 5.6), height))
    grid = figure.subplots(rows, columns, squeeze=False)
    figure.subplots_adjust(
        left=SIDE / width,
        right=1 - 0.2 / width,
        top=1 - (TOP + legend + 0.25) / height,
        bottom=0.85 / height,
        wspace=0.3,
        hspace=0.42,
    )
    for axes, (kind, part) in zip(grid.flat, groups, strict=False):
        for method in methods:
            mine = part[part["method"] == method]
            if len(mine):
                draw(axes, method, mine)
        _dress(axes, " ".join(str(value) for value in kind) + _sizes(part, labels), axis_names)
    for axes in list(grid.flat)[len(groups) :]:
        axes.set_visible(False)
    curves = [
        axis_names == RECALL_PRECISION and _has_curve(frame[frame["method"] == method]) for method in methods
    ]
    handles = [
        Line2D([], [], label=method, **(style.line_of(method) if curve else style.point_of(method)))
        for method, curve in zip(methods, curves, strict=True)
    ]
    _write_around(figure, title, handles, note)
    style.save(figure, path)


def _sizes(part: "pd.DataFrame", labels: Sequence[str]) -> str:
    """The sizes of a panel's data, as ', d = 10, 20'."""
    there = [label for label in SIZES if label in labels]
    return "".join(f", {label} = {', '.join(map(str, part[label].unique()))}" for label in there)


def _dress(axes: "Axes", title: str, axis_names: tuple[str, str]) -> None:
    axes.set_title(style.shortened(title.removeprefix(", "), 44), loc="left", fontsize=9, color=style.INK)
    if axes.get_xscale() == "log":
        ticks = style.decades(*axes.get_xlim())
        axes.set_xlim(ticks[0], ticks[-1])
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    else:
        axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel(axis_names[0], fontsize=8.5, color=style.MUTED)
    axes.set_ylabel(axis_names[1], fontsize=8.5, color=style.MUTED)
    style.quiet(axes)


def _write_around(figure: "Figure", title: str, handles: Sequence["Line2D"], note: str) -> None:
    width, height = figure.get_size_inches()
    figure.text(
        0.2 / width, 1 - 0.25 / height, title, fontsize=12, weight="bold", color=style.INK, va="center"
    )
    figure.text(0.2 / width, 0.18 / height, note, fontsize=8, color=style.MUTED, va="center")
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.2 / width, 1 - 0.42 / height),
        ncols=math.ceil(len(handles) / math.ceil(len(handles) / (2 * width / PANEL[0]))),
        frameon=False,
        fontsize=8.5,
        labelcolor=style.INK,
        handlelength=1.6,
        handletextpad=0.4,
        columnspacing=1.2,
        borderaxespad=0,
        borderpad=0,
    )
