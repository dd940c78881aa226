"""Plots of an evaluation: precision and recall, reliability, accuracy against time.

A row of the runs is one run of one method on one data set, as `discovery.structure_evaluation.suite_runs`
gives it; those that failed are left out. There is a panel for every combination of labels but for sizes, over
which it pools.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from foundation_causal.errors import InputError, quoted
from foundation_causal.metrics import probabilities
from foundation_causal.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

Runs: TypeAlias = pd.DataFrame | Sequence[Mapping[str, Any]]

PANEL = (3.1, 2.75)  # inches
SIDE, TOP, LEGEND_ROW = 0.62, 0.55, 0.22  # inches around the panels; the title is in TOP
ACROSS = 3  # panels beside one another, at most
SIZES = ("d", "n")
MIN_SECONDS = 1e-3  # what is drawn for less, as the axis has no zero


def precision_recall(
    runs: Runs,
    labels: Sequence[str] = (),
    *,
    title: str | None = None,
    axes: Axes | Iterable[Axes] | None = None,
) -> style.Panels:
    """Draw a curve for each method with probabilities, and a point for each other one.

    The ordered pairs of all graphs of a panel are pooled. Precision is the share of edges among the pairs
    that are predicted, recall the share of predicted ones among the edges; both from 0 to 1.

    Args:
        runs: Rows with `method`, the labels, and either `counts` (see
            `foundation_causal.metrics.probabilities.count_pairs`) or all of `recall`, `true_edges` and
            `predicted_edges`.
        labels: Columns that tell kinds of data apart; "d" and "n" are pooled over.
        title: Written above the figure that is made.
        axes: The user's own, one for each panel; by default a figure is made.

    Returns:
        The axes, `[panels]`.

    Raises:
        InputError: Runs that lack what is drawn, or axes that cannot be used.

    >>> runs = [{"method": "network", "counts": [[5, 15, 1], [90, 5, 4]]}]
    >>> axes = precision_recall(runs, title="Two graphs")
    >>> axes.shape, axes[0].get_ylabel()
    ((1,), 'precision')
    """
    return _draw(PRECISION_RECALL, runs, labels, title, axes)


def reliability(
    runs: Runs,
    labels: Sequence[str] = (),
    *,
    title: str | None = None,
    axes: Axes | Iterable[Axes] | None = None,
) -> style.Panels:
    """Draw the share of edges among pairs of about the same probability, with 95% intervals.

    Args:
        runs: Rows with `method`, the labels, and `counts` (see
            `foundation_causal.metrics.probabilities.count_pairs`); rows without counts are left out.
        labels: Columns that tell kinds of data apart; "d" and "n" are pooled over.
        title: Written above the figure that is made.
        axes: The user's own, one for each panel; by default a figure is made.

    Returns:
        The axes, `[panels]`.

    Raises:
        InputError: Runs that lack what is drawn, or axes that cannot be used.

    >>> runs = [{"method": "network", "noise": "Laplace", "counts": [[90, 5, 4]]}]
    >>> [panel.get_title(loc="left") for panel in reliability(runs, ["noise"])]
    ['Laplace']
    """
    return _draw(RELIABILITY, runs, labels, title, axes)


def accuracy_time(
    runs: Runs,
    labels: Sequence[str] = (),
    *,
    title: str | None = None,
    axes: Axes | Iterable[Axes] | None = None,
) -> style.Panels:
    """Draw mean F1, from 0 to 1, against mean seconds of the processor on a logarithmic axis.

    Args:
        runs: Rows with `method`, the labels, `f1` and `seconds`.
        labels: Columns that tell kinds of data apart; "d" and "n" are pooled over.
        title: Written above the figure that is made.
        axes: The user's own, one for each panel; by default a figure is made.

    Returns:
        The axes, `[panels]`.

    Raises:
        InputError: Runs that lack what is drawn, or axes that cannot be used.

    >>> axes = accuracy_time([{"method": "PC", "f1": 0.5, "seconds": 2.0}])
    >>> axes[0].get_xscale(), axes[0].get_xlabel()
    ('log', 'seconds')
    """
    return _draw(ACCURACY_TIME, runs, labels, title, axes)


def _draw_precision_recall(axes: Axes, method: str, rows: pd.DataFrame) -> None:
    if _has_curve(rows):
        curve = probabilities.precision_recall(rows["counts"])
        axes.plot(curve["recall"], curve["precision"], label=method, **style.line_of(method))
        return
    hits = (rows["recall"] * rows["true_edges"]).sum()
    recall = hits / max(rows["true_edges"].sum(), 1)
    precision = hits / max(rows["predicted_edges"].sum(), 1)
    axes.plot(recall, precision, label=method, **style.point_of(method))


def _has_curve(rows: pd.DataFrame) -> bool:
    return "counts" in rows and bool(rows["counts"].notna().all())


def _draw_reliability(axes: Axes, method: str, rows: pd.DataFrame) -> None:
    axes.plot([0, 1], [0, 1], color=style.PALE, linewidth=1.5, zorder=1)
    bins = probabilities.reliability(rows["counts"])
    look = {**style.point_of(method), "markersize": 5}
    axes.vlines(bins["probability"], bins["low"], bins["high"], color=look["color"], linewidth=1)
    axes.plot(bins["probability"], bins["share"], label=method, **look)


def _draw_accuracy_time(axes: Axes, method: str, rows: pd.DataFrame) -> None:
    axes.set_xscale("log")
    seconds = max(rows["seconds"].mean(), MIN_SECONDS)
    axes.plot(seconds, rows["f1"].mean(), label=method, **style.point_of(method))


@dataclass(frozen=True)
class _Kind:
    """A kind of plot: how each method is drawn, and the words around it.

    Attributes:
        draw: Draws a method's runs.
        names: Names of the horizontal and the vertical axis.
        note: Small print.
        needs: Columns that every run must have.
    """

    draw: Callable[[Axes, str, pd.DataFrame], None]
    names: tuple[str, str]
    note: str
    needs: tuple[str, ...] = ()


PRECISION_RECALL = _Kind(
    _draw_precision_recall,
    ("recall", "precision"),
    "Pairs of all graphs of a panel together. An edge without direction counts half each way.",
)
RELIABILITY = _Kind(
    _draw_reliability,
    ("probability", "share of edges"),
    "On the grey line a probability means what it says. Bars: 95% intervals.",
    needs=("counts",),
)
ACCURACY_TIME = _Kind(
    _draw_accuracy_time,
    ("seconds", "F1"),
    "Means over the runs that were finished; seconds of one processor core.",
    needs=("f1", "seconds"),
)


def _draw(
    kind: _Kind,
    runs: Runs,
    labels: Sequence[str],
    title: str | None,
    axes: Axes | Iterable[Axes] | None,
) -> style.Panels:
    """Draw every method into the panel of every kind of data."""
    frame = _finished(kind, runs, labels)
    kinds = [label for label in labels if label not in SIZES]
    groups = list(frame.groupby(kinds, sort=False)) if kinds else [((), frame)]
    count = len(groups)
    panels = _figure(kind, frame, count, title) if axes is None else style.own_axes(axes, count, title)
    for panel, (values, part) in zip(panels, groups, strict=True):
        for method in _methods(frame):
            rows = part[part["method"] == method]
            if len(rows):
                kind.draw(panel, method, rows)
        _dress(panel, " ".join(str(value) for value in values) + _sizes(part, labels), kind.names)
    return panels


def _finished(kind: _Kind, runs: Runs, labels: Sequence[str]) -> pd.DataFrame:
    """The runs that have something to draw.

    Raises:
        InputError: There is none, or a column is missing.
    """
    frame = pd.DataFrame(runs)
    if "failure" in frame:
        frame = frame[frame["failure"].isna()]
    needed = ["method", *labels, *kind.needs]
    if kind is PRECISION_RECALL and not _has_curve(frame):
        needed += ["recall", "true_edges", "predicted_edges"]
    missing = [name for name in needed if name not in frame]
    if len(frame) and missing:
        raise InputError(f"The runs lack {quoted(missing)}; give rows as they stand in a runs.jsonl.")
    frame = frame[frame["counts"].notna()] if kind is RELIABILITY and len(frame) else frame
    if frame.empty:
        raise InputError(f"No run has what a plot of {' and '.join(kind.names)} shows; give finished runs.")
    return frame


def _methods(frame: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(frame["method"]))


def _sizes(part: pd.DataFrame, labels: Sequence[str]) -> str:
    """The sizes of a panel's data, as ', d = 10, 20'."""
    sizes = [label for label in SIZES if label in labels]
    return "".join(f", {label} = {', '.join(map(str, part[label].unique()))}" for label in sizes)


def _dress(axes: Axes, title: str, names: tuple[str, str]) -> None:
    axes.set_title(style.shortened(title.removeprefix(", "), 44), loc="left", fontsize=9, color=style.INK)
    if axes.get_xscale() == "log":
        ticks = style.decades(*axes.get_xlim())
        axes.set_xlim(ticks[0], ticks[-1])
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    else:
        axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel(names[0], fontsize=8.5, color=style.MUTED)
    axes.set_ylabel(names[1], fontsize=8.5, color=style.MUTED)
    style.quiet(axes)


def _figure(kind: _Kind, frame: pd.DataFrame, count: int, title: str | None) -> style.Panels:
    """Make a figure with so many empty panels, and what stands around them."""
    columns, methods = min(ACROSS, count), _methods(frame)
    rows, legend = math.ceil(count / columns), math.ceil(len(methods) / (2 * columns)) * LEGEND_ROW
    without = style.TITLE if title is None else 0.0
    width, height = columns * PANEL[0] + SIDE, rows * PANEL[1] + TOP + legend + 0.45 - without
    broad = max(width, 5.6)
    figure, panels = style.grid_of_panels(
        count,
        columns,
        (broad, height),
        left=SIDE / width,
        right=1 - style.MARGIN / width,
        top=1 - (TOP + legend + 0.25 - without) / height,
        bottom=0.85 / height,
        wspace=0.3,
        hspace=0.42,
    )
    style.write_title(figure, title)
    style.write_note(figure, kind.note, 0.18)
    style.add_legend(
        figure,
        _handles(kind, frame),
        below=0.42 - without,
        columns=math.ceil(len(methods) / math.ceil(len(methods) / (2 * broad / PANEL[0]))),
        fontsize=8.5,
        handlelength=1.6,
        handletextpad=0.4,
        columnspacing=1.2,
    )
    return panels


def _handles(kind: _Kind, frame: pd.DataFrame) -> list[Line2D]:
    """A line or a point of the legend for every method."""
    from matplotlib.lines import Line2D

    handles = []
    for method in _methods(frame):
        curve = kind is PRECISION_RECALL and _has_curve(frame[frame["method"] == method])
        look = style.line_of(method) if curve else style.point_of(method)
        handles.append(Line2D([], [], label=method, **look))
    return handles
