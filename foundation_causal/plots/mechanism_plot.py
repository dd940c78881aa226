"""Plot of a mechanism: one panel for each cause, with the posterior band, and the rows around it."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from foundation_causal.errors import InputError
from foundation_causal.plots import style
from foundation_causal.plots.marginals_plot import Axis, axis_for, tick_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANEL = (3.3, 2.9)  # inches
ACROSS = 3  # panels beside one another, at most
COLOURS = [style.SET_LINE, style.SAMPLED, "#009e73", "#cc79a7", "#a6761d", "#000000"]


def mechanism(
    model: Any,
    variable: str,
    *,
    title: str | None = None,
    axes: Axes | Iterable[Axes] | None = None,
    **settings: Any,
) -> style.Panels:
    """Draw what a variable is along each of its causes, the others held at a typical value.

    The line is the posterior mean, or of labels the probability of each; the band is what the rows leave
    open of it; the points are the rows, each with the noise that it had.

    Args:
        model: What :func:`mechanisms.infer` returned.
        variable: The name of a variable that has causes.
        title: Written above the figure that is made.
        axes: The user's own, one for each cause; by default a figure is made.
        settings: `draws`, `level` and `seed` of the model's :meth:`mechanisms.CausalModel.curves`.

    Returns:
        The axes, `[causes]`, in the order of the columns.

    Raises:
        InputError: No model, a variable without causes, or axes that cannot be used.

    >>> import networkx as nx
    >>> from foundation_causal import infer
    >>> a = np.random.default_rng(0).normal(size=40)
    >>> model = infer(pd.DataFrame({"a": a, "b": 2 * a + np.sin(9 * a)}), nx.DiGraph([("a", "b")]))
    >>> [panel.get_xlabel() for panel in mechanism(model, "b", draws=20)]
    ['a']
    """
    if not hasattr(model, "curves"):
        raise InputError(f"The model is of the type {type(model).__name__}; give what infer returned.")
    shown = model.curves(variable, **settings)
    if not shown.causes:
        raise InputError(f"'{shown.variable}' has no causes in the graph; name a variable that has some.")
    if axes is not None:
        panels = style.own_axes(axes, len(shown.causes), title)
    else:
        panels = _figure(len(shown.causes), title)
    labelled = bool(shown.curves["level"].notna().any())
    for index, (panel, cause) in enumerate(zip(panels, shown.causes, strict=True)):
        curves = shown.curves[shown.curves["cause"] == cause]
        points = shown.points[shown.points["cause"] == cause]
        _draw_panel(panel, curves, points)
        _scale_up(panel, shown.points, shown.curves, labelled)
        panel.set_xlabel(style.shortened(cause, 30), fontsize=9, color=style.MUTED, parse_math=False)
        what = f"probability of {shown.variable}" if labelled else shown.variable
        panel.set_ylabel(
            style.shortened(what, 30) if index % ACROSS == 0 else "",
            fontsize=9,
            color=style.MUTED,
            parse_math=False,
        )
    if labelled:
        legend = panels[0].legend(frameon=False, fontsize=8, labelcolor=style.INK)
        for text in legend.get_texts():
            text.set_parse_math(False)
    return panels


def _draw_panel(axes: Axes, curves: pd.DataFrame, points: pd.DataFrame) -> None:
    """One cause: curves where its values are numbers or dates, else marks with intervals."""
    values = curves["value"].drop_duplicates().tolist()
    along = all(_is_number(value) for value in values) and len(values) > 2
    dates = all(isinstance(value, pd.Timestamp) for value in values)
    style.quiet(axes)
    if along:
        _draw_points(axes, points["value"].to_numpy(float), points["observed"].to_numpy(float))
        _scale(axes, points["value"].to_numpy(float) if len(points) else np.array(values, dtype=float))
    elif dates:
        _draw_points(axes, points["value"].to_numpy("datetime64[ns]"), points["observed"].to_numpy(float))
        axes.tick_params(axis="x", rotation=30)
    else:
        places = {str(value): place for place, value in enumerate(values)}
        spread = np.linspace(-0.15, 0.15, len(points)) if len(points) else np.empty(0)
        at = points["value"].map(str).map(places).to_numpy(dtype=float) + spread
        _draw_points(axes, at, points["observed"].to_numpy(float))
        axes.set_xticks(list(places.values()), [style.shortened(name, 12) for name in places])
        axes.set_xlim(-0.6, len(values) - 0.4)
    levels = curves["level"].drop_duplicates().tolist()
    for number, level in enumerate(levels):
        mine = curves[curves["level"].isna()] if level is None else curves[curves["level"] == level]
        look: dict[str, Any] = {
            "color": COLOURS[number % len(COLOURS)],
            "label": style.shortened(str(level), 20),
        }
        band = mine[["mean", "lower", "upper"]].to_numpy(dtype=float)
        if along or dates:
            x = mine["value"].to_numpy(dtype="datetime64[ns]" if dates else float)
            axes.fill_between(x, band[:, 1], band[:, 2], color=look["color"], alpha=0.2, linewidth=0)
            axes.plot(x, band[:, 0], linewidth=1.8, zorder=4, **look)
        else:
            x = np.arange(len(mine)) + 0.12 * (number - (len(levels) - 1) / 2)
            axes.vlines(x, band[:, 1], band[:, 2], color=look["color"], linewidth=1.8, zorder=4)
            axes.plot(x, band[:, 0], marker="s", markersize=5, linestyle="none", zorder=5, **look)


def _draw_points(axes: Axes, x: Any, y: Any) -> None:
    axes.plot(
        x, y, marker="o", markersize=2.4, linestyle="none", color=style.MUTED, alpha=0.45, mew=0, zorder=2
    )


def _scale(axes: Axes, values: Any) -> None:
    """An asinh axis where the cause has a heavy tail, as in the plot of marginals."""
    axis: Axis = axis_for(values, [])
    if axis.width is not None:
        axes.set_xscale("asinh", linear_width=axis.width)
        ticks = axis.ticks()
        axes.set_xticks(ticks, [tick_text(tick) for tick in ticks])
        axes.minorticks_off()


def _scale_up(axes: Axes, points: pd.DataFrame, curves: pd.DataFrame, labelled: bool) -> None:
    """The same axis for all panels: from 0 to 1 for probabilities, else what nearly all rows need."""
    if labelled:
        axes.set_ylim(-0.03, 1.03)
        return
    band = curves[["mean", "lower", "upper"]].to_numpy(dtype=float)
    band = band[np.isfinite(band)]
    observed = points["observed"].to_numpy(dtype=float) if len(points) else band
    axis = axis_for(observed, [band])
    low, high = (float(bound) for bound in axis.back(np.array([axis.low, axis.high])))
    if axis.width is not None:
        axes.set_yscale("asinh", linear_width=axis.width)
        ticks = axis.ticks()
        axes.set_yticks(ticks, [tick_text(tick) for tick in ticks])
        axes.minorticks_off()
    axes.set_ylim(low, high)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def _figure(count: int, title: str | None) -> style.Panels:
    columns = min(count, ACROSS)
    rows = -(-count // columns)
    top = 0.2 if title is None else 0.2 + style.TITLE
    size = max(columns * PANEL[0], 4.2), rows * PANEL[1] + top
    figure, panels = style.grid_of_panels(
        count,
        columns,
        size,
        left=0.72 / size[0],
        right=1 - 0.15 / size[0],
        top=1 - top / size[1],
        bottom=0.6 / size[1],
        wspace=0.28,
        hspace=0.35,
    )
    style.write_title(figure, title)
    return panels
