"""The picture of the marginals: one panel per variable, observed, sampled and after each intervention.

A curve after an intervention is drawn only where it can change something: for the variables that
are set (a vertical line) and for their descendants. Everywhere else it equals the sampled curve.

Which stretch of the number line a marginal is drawn on, and on what scale.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foundation_causal.plots import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MIDDLE = (0.005, 0.995)  # quantiles of each curve that the axis reaches
HEAVY = 6.0  # middle 99 % over interquartile range: 3.8 for a Gaussian, 4.8 for an exponential distribution
MOST_TICKS = 5


@dataclass(frozen=True)
class Axis:
    """An axis from `low` to `high` in drawn coordinates: x, or asinh(x / width) if there is a `width`."""

    low: float
    high: float
    width: float | None = None

    def to(self, values: np.ndarray) -> np.ndarray:
        """Data units to drawn coordinates."""
        return np.asarray(values, dtype=float) if self.width is None else np.arcsinh(values / self.width)

    def back(self, drawn: np.ndarray) -> np.ndarray:
        """Drawn coordinates to data units."""
        return drawn if self.width is None else np.sinh(drawn) * self.width

    def ticks(self) -> list[float]:
        """At most five round numbers inside the axis: powers of ten and zero on an asinh axis."""
        if self.width is None:
            from matplotlib.ticker import MaxNLocator

            ticks = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(self.low, self.high)
            return [float(tick) for tick in ticks if self.low <= tick <= self.high]
        low, high = (float(bound) for bound in self.back(np.array([self.low, self.high])))
        both_sides = low < -self.width and high > self.width
        found: list[float] = []
        for steps in ((1.0,), (1.0, 3.0)):
            sizes = _sizes(self.width, max(-low, high), steps)
            thin = max(1, math.ceil(len(sizes) / (2 if both_sides else MOST_TICKS - 1)))
            sizes = sizes[::-1][::thin]  # from the largest down, which is where the eye looks
            found = sorted([-size for size in sizes] + [0.0] + sizes)
            found = [tick for tick in found if low <= tick <= high]
            if len(found) > 2:
                break
        return found


def tick_text(tick: float) -> str:
    """A short label.

    >>> [tick_text(tick) for tick in (-0.5, 3000.0, 100000.0, 2.5e7, 1e12)]
    ['-0.5', '3000', '100k', '25M', '1e+12']
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if max(size, 1e4) <= abs(tick) < 1e9:
            return f"{tick / size:g}{letter}"
    return f"{tick:g}"


def _sizes(smallest: float, largest: float, steps: Sequence[float]) -> list[float]:
    """Numbers step * 10^k from `smallest` to `largest`."""
    powers = range(math.floor(math.log10(smallest)), math.floor(math.log10(largest)) + 1)
    sizes = [step * 10.0**power for power in powers for step in steps]
    return [size for size in sizes if smallest <= size <= largest]


def axis_for(observed: np.ndarray, curves: Sequence[np.ndarray], marks: Sequence[float] = ()) -> Axis:
    """The axis that shows the middle 99 % of `observed` and of every curve, and the marks.

    It is an asinh axis where the observed values have a heavy tail and reach near zero: linear around zero,
    logarithmic far from it.
    """
    ends = [np.quantile(values, MIDDLE) for values in (observed, *curves)]
    low = min([float(end[0]) for end in ends] + list(marks))
    high = max([float(end[1]) for end in ends] + list(marks))
    quarter, three_quarters = np.quantile(observed, [0.25, 0.75])
    start, stop = np.quantile(observed, MIDDLE)
    heavy = stop - start > HEAVY * (three_quarters - quarter)
    near_zero = abs(float(np.median(observed))) < 0.5 * (stop - start)
    # Linear as far as the bulk reaches, or the drawn density of a symmetric variable would get two humps.
    two_sided = start < -0.1 * stop
    width = float(three_quarters - quarter) if two_sided else float(np.median(np.abs(observed))) / 2
    if not (heavy and near_zero and width > 0):
        return _with_room(Axis(low, high))
    return _with_room(Axis(math.asinh(low / width), math.asinh(high / width), width))


def _with_room(axis: Axis) -> Axis:
    room = 0.03 * (axis.high - axis.low) or 0.5
    return Axis(axis.low - room, axis.high + room, axis.width)


PANEL = (2.35, 1.62)  # inches
EDGE = 0.2  # inches left free at either side
BINS = 200
TALLEST = (
    2.0  # a curve may rise to this many times the height of the observed and sampled ones before it is cut
)


@dataclass(frozen=True)
class After:
    """Samples after one intervention: `setting` is what was set, `affected` the names of the descendants."""

    label: str
    setting: dict[str, float]
    affected: Collection[str]
    frame: "pd.DataFrame"


@dataclass(frozen=True)
class Curve:
    """One density to draw: values [n], and how the line looks."""

    values: np.ndarray
    look: dict[str, Any]


def draw_marginals(
    path: Path, observed: "pd.DataFrame", sampled: "pd.DataFrame", after: Sequence[After] = (), *, title: str
) -> None:
    """Write a PNG with one panel per column of `observed`, all frames having the same columns and units."""
    from matplotlib.figure import Figure

    names = [str(name) for name in observed.columns]
    columns = min(len(names), max(3, min(8, math.ceil(math.sqrt(1.3 * len(names))))))
    rows = math.ceil(len(names) / columns)
    top, bottom = 0.62 + 0.21 * _legend_rows(after, columns), 0.76
    width, height = max(columns * PANEL[0], 6.4), rows * PANEL[1] + top + bottom - 0.3
    figure = Figure(figsize=(width, height))
    grid = figure.subplots(rows, columns, squeeze=False)
    figure.subplots_adjust(
        left=EDGE / width,
        right=1 - EDGE / width,
        top=1 - top / height,
        bottom=bottom / height,
        wspace=0.14,
        hspace=0.72,
    )
    for axes, name in zip(grid.flat, names, strict=False):
        _draw_panel(axes, name, observed[name].dropna().to_numpy(), sampled[name].to_numpy(), after)
    for axes in list(grid.flat)[len(names) :]:
        axes.set_visible(False)
    _write_around(figure, title, bool(after))
    _draw_legend(figure, after, columns)
    style.save(figure, path)


def _write_around(figure: "Figure", title: str, intervened: bool) -> None:
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
    note = "Densities. Each axis spans the middle 99 % of every curve in its panel; tall peaks are cut."
    if intervened:
        note += "\nAn intervention is drawn where it acts: a line where it sets, a curve for each descendant."
    figure.text(EDGE / width, 0.19 / height, note, fontsize=8, color=style.MUTED, va="center")


def _draw_panel(
    axes: "Axes", name: str, observed: np.ndarray, sampled: np.ndarray, after: Sequence[After]
) -> None:
    curves = [Curve(sampled, {"color": style.SAMPLED, "linewidth": 1.4, "zorder": 3})]
    marks = []
    for index, one in enumerate(after):
        look = _look(index)
        if name in one.setting:
            marks.append((one.setting[name], look))
        elif name in one.affected:
            curves.append(Curve(one.frame[name].to_numpy(), look | {"zorder": 4 + index}))
    axis = axis_for(observed, [curve.values for curve in curves], [value for value, _ in marks])
    points, behind = _density(observed, axis)
    axes.fill_between(axis.back(points), behind, color=style.PALE, linewidth=0, zorder=1)
    tallest = behind.max()
    highest = TALLEST * max(tallest, _density(sampled, axis)[1].max())
    for curve in curves:
        points, density = _density(curve.values, axis)
        axes.plot(axis.back(points), density, **curve.look)
        tallest = max(tallest, min(float(density.max()), highest))
    for value, look in marks:
        axes.axvline(value, **look)
    axes.set_ylim(0, 1.08 * tallest)
    _dress(axes, name, axis, bool(marks))


def _dress(axes: "Axes", name: str, axis: Axis, intervened: bool) -> None:
    if axis.width is not None:
        axes.set_xscale("asinh", linear_width=axis.width)
        axes.set_xlabel("asinh axis", fontsize=7.5, color=style.MUTED, labelpad=1)
    low, high = (float(bound) for bound in axis.back(np.array([axis.low, axis.high])))
    axes.set_xlim(low, high)
    ticks = axis.ticks()
    axes.set_xticks(ticks, [tick_text(tick) for tick in ticks])
    axes.minorticks_off()
    axes.tick_params(axis="x", labelsize=8, colors=style.MUTED, length=3, width=0.7)
    axes.set_yticks([])
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(style.MUTED)
    axes.spines["bottom"].set_linewidth(0.7)
    axes.set_title(
        style.shortened(name, 26),
        loc="left",
        fontsize=10,
        pad=4,
        parse_math=False,
        color=style.SET_LINE if intervened else style.INK,
        weight="bold" if intervened else "normal",
    )


def _density(values: np.ndarray, axis: Axis) -> tuple[np.ndarray, np.ndarray]:
    """Kernel density along the drawn axis, from a fine histogram: points [BINS] and density [BINS].

    The bandwidth is Silverman's (1986, eq. 3.31) on the axis' own scale; mass is reflected at the ends.
    """
    drawn = axis.to(values)
    counts, edges = np.histogram(drawn, bins=BINS, range=(axis.low, axis.high))
    step = edges[1] - edges[0]
    quarter, three_quarters = np.quantile(drawn, [0.25, 0.75])
    spread = min(drawn.std(), (three_quarters - quarter) / 1.34) or drawn.std()
    bandwidth = max(0.9 * spread * len(drawn) ** -0.2, 0.75 * step)
    reach = min(BINS, math.ceil(4 * bandwidth / step))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / bandwidth) ** 2)
    padded = np.pad(counts.astype(float), reach, mode="symmetric")
    smooth = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    return (edges[:-1] + edges[1:]) / 2, smooth / (len(drawn) * step)


def _look(index: int) -> dict[str, Any]:
    colour, dash = style.AFTER[index % len(style.AFTER)]
    return {"color": colour, "linestyle": dash, "linewidth": 1.7}


def _legend_rows(after: Sequence[After], columns: int) -> int:
    return math.ceil((2 + len(after)) / columns)


def _draw_legend(figure: "Figure", after: Sequence[After], columns: int) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Patch(facecolor=style.PALE, label="observed"),
        Line2D([], [], color=style.SAMPLED, linewidth=1.6, label="sampled"),
        *(
            Line2D([], [], label=style.shortened(f"after {one.label}", 34), **_look(index))
            for index, one in enumerate(after)
        ),
    ]
    width, height = figure.get_size_inches()
    legend = figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(EDGE / width, 1 - 0.40 / height),
        ncols=columns,
        frameon=False,
        fontsize=9,
        labelcolor=style.INK,
        handlelength=2.4,
        columnspacing=1.8,
        borderaxespad=0,
        borderpad=0,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
