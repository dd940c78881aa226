"""Figures of several panels: their grid, and the title, the legend and the note around it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from foundation_causal.errors import InputError, counted
from foundation_causal.plots import style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Panels: TypeAlias = NDArray[np.object_]  # matplotlib axes

EDGE = 0.2  # inches free at the left of title, legend and note
TITLE = 0.3  # inches that a title takes


def grid_of_panels(
    count: int, columns: int, size: tuple[float, float], **margins: float
) -> tuple[Figure, Panels]:
    """Make a figure of at least so many panels, and hide those that are too many.

    Args:
        count: number of panels to draw into.
        columns: panels beside one another.
        size: width and height of the figure, in inches.
        margins: see `matplotlib.figure.Figure.subplots_adjust`.

    Returns:
        The figure, and the axes of its panels, [count].
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=size)
    grid = figure.subplots(math.ceil(count / columns), columns, squeeze=False)
    figure.subplots_adjust(**margins)
    for axes in grid.flat[count:]:
        axes.set_visible(False)
    return figure, grid.flat[:count]


def own_axes(axes: Axes | Iterable[Axes], count: int, title: str | None) -> Panels:
    """Check axes that a user gave, and return as many as there are panels, [count].

    Raises:
        InputError: something other than axes, too few of them, or a title, which only a figure has.
    """
    from matplotlib.axes import Axes

    given = np.array(axes, dtype=object).ravel()
    for panel in given:
        if not isinstance(panel, Axes):
            raise InputError(f"The axes hold a {type(panel).__name__}; give axes of matplotlib.")
    if len(given) < count:
        raise InputError(
            f"The plot has {counted(count, 'panel')}, but axes for {len(given)}; give more axes."
        )
    if title is not None:
        raise InputError(
            "A title stands above a figure that is made here; leave it out, and write your own with suptitle."
        )
    return given[:count]


def write_title(figure: Figure, title: str | None) -> None:
    """Write the title at the upper left, without formulas; None writes nothing."""
    if title is not None:
        width, height = figure.get_size_inches()
        figure.text(
            EDGE / width,
            1 - 0.25 / height,
            style.shortened(title, 90),
            fontsize=12,
            weight="bold",
            color=style.INK,
            va="center",
            parse_math=False,
        )


def write_note(figure: Figure, note: str, height: float) -> None:
    """Write small print at the lower left, centred so many inches above the edge."""
    width, whole = figure.get_size_inches()
    figure.text(EDGE / width, height / whole, note, fontsize=8, color=style.MUTED, va="center")


def add_legend(figure: Figure, handles: Sequence[Artist], *, below: float, columns: int, **look: Any) -> None:
    """Place a legend so many inches below the upper edge; `look` is for `matplotlib.figure.Figure.legend`."""
    width, height = figure.get_size_inches()
    legend = figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(EDGE / width, 1 - below / height),
        ncols=columns,
        frameon=False,
        labelcolor=style.INK,
        borderaxespad=0,
        borderpad=0,
        **look,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
