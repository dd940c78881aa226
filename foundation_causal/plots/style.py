"""Colours, looks of lines, and the saving of figures; colours after Okabe and Ito (2008), for all eyes."""

from __future__ import annotations

import logging
import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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


def save(axes: Axes, path: Path, dpi: int = 150) -> None:
    """Write the figure of these axes as a PNG on white; no warning of letters that the font lacks."""
    figure = axes.figure.figure  # the whole one, if the axes are in a part of it
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    longest = max(figure.get_size_inches())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(path, dpi=min(dpi, int(12_000 / longest)), facecolor="white", format="png")


def shortened(text: str, most: int = 22) -> str:
    """`text`, or its beginning and end around an ellipsis, so that it fits where it is drawn."""
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-(most - most // 2 - 1) :]}"
