"""Colours, looks of lines, and figures of several panels with a title, a legend and a note around them.

Colours are those of Okabe and Ito (2008), for all eyes.
"""

from __future__ import annotations

import io
import logging
import math
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from foundation_causal.errors import InputError, counted

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Panels: TypeAlias = NDArray[np.object_]  # matplotlib axes

INK = "#2b2f36"
MUTED = "#6b7280"
PALE = "#d5dae1"
NODE_FILL, NODE_LINE = "#eef2f7", "#5b6b82"
EDGE = "#4b6a8f"
SET_FILL, SET_LINE = "#fbe3c4", "#d55e00"
SAMPLED = "#0072b2"
# Interventions: colour and dash change together, so that neither is needed alone.
AFTER = [
    ("#d55e00", "-"),
    ("#009e73", (0, (4, 1.5))),
    ("#cc79a7", (0, (1.2, 1.2))),
    ("#a6761d", (0, (6, 1.5, 1.2, 1.5))),
    ("#000000", (0, (2.5, 2.5))),
]

# Methods: colour and marker together, ours in the one strong colour, filled.
METHODS = {
    "foundation-causal": ("#d55e00", "o"),
    "network": ("#e69f00", "D"),
    "PC": ("#0072b2", "^"),
    "GES": ("#0072b2", "v"),
    "GRaSP": ("#0072b2", "s"),
    "BOSS": ("#0072b2", "P"),
    "FLOP": ("#0072b2", "X"),
    "DirectLiNGAM": ("#009e73", "o"),
    "DAGMA": ("#cc79a7", "^"),
    "NOTEARS": ("#cc79a7", "v"),
    "NOTEARS-MLP": ("#cc79a7", "s"),
    "R2-SortnRegress": (MUTED, "P"),
    "RandomRegress": (MUTED, "X"),
}
UNKNOWN = (INK, "*")

MARGIN = 0.2  # inches free at the left of title, legend and note
TITLE = 0.3  # inches that a title takes


def point_of(method: str) -> dict[str, Any]:
    """How `Axes.plot` draws one point of a method."""
    colour, marker = METHODS.get(method, UNKNOWN)
    ours = method == "foundation-causal"
    return {
        "color": colour,
        "marker": marker,
        "linestyle": "none",
        "markersize": 9 if ours else 6.5,
        "markerfacecolor": colour if ours else "white",
        "markeredgewidth": 1.5,
        "zorder": 5 if ours else 3,
        "clip_on": False,
    }


def line_of(method: str) -> dict[str, Any]:
    """How `Axes.plot` draws a curve of a method."""
    colour, _ = METHODS.get(method, UNKNOWN)
    ours = method == "foundation-causal"
    return {"color": colour, "linewidth": 2 if ours else 1.4, "linestyle": "-" if ours else (0, (3, 1.5))}


def quiet(axes: Axes) -> None:
    """Thin grey lines and small grey numbers, so that the curves are what is seen."""
    axes.tick_params(labelsize=8, colors=MUTED, length=3, width=0.7)
    axes.grid(color=PALE, linewidth=0.5)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(MUTED)
        spine.set_linewidth(0.7)


def decades(low: float, high: float) -> list[float]:
    """The powers of ten from the last one at or below `low` to the first one at or above `high`.

    >>> decades(0.02, 3)
    [0.01, 0.1, 1.0, 10.0]
    """
    return [10.0**k for k in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def grid_of_panels(
    count: int, columns: int, size: tuple[float, float], **margins: float
) -> tuple[Figure, Panels]:
    """Make a figure of at least so many panels, and hide those that are too many.

    Args:
        count: Number of panels to draw into.
        columns: Panels beside one another.
        size: Width and height of the figure, in inches.
        margins: See `matplotlib.figure.Figure.subplots_adjust`.

    Returns:
        The figure, and the axes of its panels, `[count]`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=size)
    grid = figure.subplots(math.ceil(count / columns), columns, squeeze=False)
    figure.subplots_adjust(**margins)
    for axes in grid.flat[count:]:
        axes.set_visible(False)
    return figure, grid.flat[:count]


def own_axes(axes: Axes | Iterable[Axes], count: int, title: str | None) -> Panels:
    """Check axes that a user gave, and return as many as there are panels, `[count]`.

    Raises:
        InputError: Something other than axes, too few of them, or a title, which only a figure has.
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
            MARGIN / width,
            1 - 0.25 / height,
            shortened(title, 90),
            fontsize=12,
            weight="bold",
            color=INK,
            va="center",
            parse_math=False,
        )


def write_note(figure: Figure, note: str, height: float) -> None:
    """Write small print at the lower left, centred so many inches above the edge."""
    width, whole = figure.get_size_inches()
    figure.text(MARGIN / width, height / whole, note, fontsize=8, color=MUTED, va="center")


def add_legend(figure: Figure, handles: Sequence[Artist], *, below: float, columns: int, **look: Any) -> None:
    """Place a legend so many inches below the upper edge; `look` is for `matplotlib.figure.Figure.legend`."""
    width, height = figure.get_size_inches()
    legend = figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(MARGIN / width, 1 - below / height),
        ncols=columns,
        frameon=False,
        labelcolor=INK,
        borderaxespad=0,
        borderpad=0,
        **look,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def save(axes: Axes, path: Path, dpi: int = 150) -> None:
    """Write the figure of these axes on white; no warning of letters that the font lacks.

    Args:
        axes: In the figure.
        path: A file `.svg` or `.pdf`, in either case; any other is a PNG.
        dpi: Dots an inch, fewer where the figure is huge.
    """
    kind = path.suffix[1:].lower()
    _write(axes, path, kind if kind in ("svg", "pdf") else "png", dpi)


def svg_text(axes: Axes) -> str:
    """The figure of these axes as SVG that can stand inside an HTML page, its words as text."""
    buffer = io.StringIO()
    _write(axes, buffer, "svg", 72)
    drawn = buffer.getvalue()
    return drawn[drawn.index("<svg") :]  # without the head of an XML file


def _write(axes: Axes, place: Path | io.StringIO, kind: str, dpi: int) -> None:
    import matplotlib as mpl

    figure = axes.figure.figure  # the whole one, if the axes are in a part of it
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    longest = max(figure.get_size_inches())
    # Words stay words, and the same picture is the same file.
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "foundation-causal", "pdf.fonttype": 42}
    dated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with warnings.catch_warnings(), mpl.rc_context(settings):
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(
            place,
            dpi=min(dpi, int(12_000 / longest)),
            facecolor="white",
            format=kind,
            metadata=dated.get(kind),
        )


def shortened(text: str, most: int = 22) -> str:
    """`text`, or its beginning and end around an ellipsis, so that it fits where it is drawn."""
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-(most - most // 2 - 1) :]}"
