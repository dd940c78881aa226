"""Plot of the marginals: one panel for each variable, observed, sampled and after each intervention.

A curve after an intervention is drawn only where it can change something: for the variables that are set (a
vertical line) and for their descendants. Everywhere else it equals the sampled curve. An axis shows the
middle 99 % of every curve, and is an asinh axis where a variable has a heavy tail.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from foundation_causal.columns.schema import DATES, EPOCH
from foundation_causal.columns.type_inference import ISO_DATE, days_like, is_numeric, typed
from foundation_causal.errors import InputError, quoted
from foundation_causal.plots import style
from foundation_causal.plots.levels_panel import draw_levels, has_levels
from foundation_causal.types import Array

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

PANEL = (2.35, 1.62)  # inches
BINS = 200
TALLEST = 2.0  # a curve is cut above this many times the height of the observed and sampled ones
MIDDLE = (0.005, 0.995)  # quantiles of each curve that the axis reaches
HEAVY = 6.0  # middle 99 % over interquartile range: 3.8 for a Gaussian, 4.8 for an exponential distribution
MAX_TICKS = 5
OBSERVED, SAMPLED = "observed rows", "sampled rows"
NOTE = "Densities, or shares of levels. An axis spans the middle 99 % of its curves; tall peaks are cut."
NOTE_AFTER = "An intervention is drawn where it acts: a line where it sets, a curve for each descendant."


@dataclass(frozen=True)
class After:
    """Samples after one intervention.

    Attributes:
        label: What the legend calls it, as "dose = 2".
        setting: The values that were set, in the units of the data, by variable.
        affected: Names of the variables that it may change, which are the descendants of those that were set.
        frame: Samples `[m, d]`, in the units of the data.
    """

    label: str
    setting: Mapping[str, Any]
    affected: Collection[str]
    frame: pd.DataFrame


def marginals(
    observed: pd.DataFrame,
    sampled: pd.DataFrame,
    after: Sequence[After] = (),
    *,
    title: str | None = None,
    axes: Axes | Iterable[Axes] | None = None,
) -> style.Panels:
    """Draw the density of every column, observed, sampled and after interventions.

    Args:
        observed: Observations `[n, d]`; missing values are left out.
        sampled: Samples of a model `[m, d]`, with the same names and units.
        after: Samples after interventions, likewise.
        title: Written above the figure that is made.
        axes: The user's own, one for each column; by default a figure is made.

    Returns:
        The axes, `[d]`, in the order of the columns of `observed`.

    Raises:
        InputError: Tables that cannot be drawn, such as a column that is missing or without numbers, or axes
            that cannot be used.

    >>> random = np.random.default_rng(0)
    >>> observed = pd.DataFrame(random.normal(size=(50, 2)), columns=["dose", "response"])
    >>> set_to_2 = After("dose = 2", {"dose": 2.0}, {"response"}, observed.assign(dose=2.0))
    >>> axes = marginals(observed, observed.head(30), [set_to_2])
    >>> [panel.get_title(loc="left") for panel in axes]
    ['dose', 'response']
    """
    observed, sampled = _named(observed, OBSERVED), _named(sampled, SAMPLED)
    after = [replace(samples, frame=_named(samples.frame, _rows_after(samples))) for samples in after]
    if axes is None:
        panels = _figure(observed.shape[1], after, title)
    else:
        panels = style.own_axes(axes, observed.shape[1], title)
    for panel, name in zip(panels, observed.columns, strict=True):
        _draw_panel(panel, name, observed, sampled, after)
    return panels


def _named(frame: object, what: str) -> pd.DataFrame:
    """The table with its names as text."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"The {what} are of the type {type(frame).__name__}; give a pandas DataFrame.")
    if frame.shape[1] == 0:
        raise InputError(f"The {what} have no column; give a table with at least one.")
    return frame.set_axis([str(name) for name in frame.columns], axis=1)


def _rows_after(samples: After) -> str:
    return f"rows after {samples.label}"


def _column(frame: pd.DataFrame, name: str, what: str) -> pd.Series[Any]:
    if name not in frame:
        raise InputError(f"The {what} lack the column {quoted([name])}; give them every column.")
    column = frame[name]
    if not all(isinstance(cell, Hashable) for cell in column):
        typed(column, f"The {what}")  # which says what is no value
    return column if _unit(column) is None else pd.Series(typed(column, f"The {what}").values)


def _unit(column: pd.Series[Any]) -> str | None:
    """What stands for a number of a column in place of itself: days, where it holds dates or durations."""
    if column.dropna().empty or is_numeric(column) or isinstance(column.dtype, pd.CategoricalDtype):
        return None
    text = pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column)
    if text and not column.dropna().astype(str).str.match(ISO_DATE).all():
        return None
    return typed(column, "The rows").column.unit


def _values(frame: pd.DataFrame, name: str, what: str) -> Array:
    """The finite numbers of one column, `[n]`; missing ones are left out, and dates are days."""
    column = _column(frame, name, what).dropna()
    if not is_numeric(column):
        raise InputError(f"The {what} hold no numbers in {quoted([name])}; drop or encode this column.")
    values = column.to_numpy(dtype=float)
    if len(values) == 0 or not np.isfinite(values).all():
        raise InputError(f"The {what} hold no or infinite values in {quoted([name])}; give finite ones.")
    return values


@dataclass(frozen=True)
class _Curve:
    """One density to draw: values `[n]`, and how the line looks."""

    values: Array
    look: dict[str, Any]


def _draw_panel(
    axes: Axes, name: str, observed: pd.DataFrame, sampled: pd.DataFrame, after: Sequence[After]
) -> None:
    look: dict[str, Any] = {"color": style.SAMPLED, "linewidth": 1.4, "zorder": 3, "label": "sampled"}
    tables: list[tuple[pd.DataFrame, str, dict[str, Any]]] = [(sampled, SAMPLED, look)]
    marks: list[tuple[Any, dict[str, Any]]] = []
    for index, samples in enumerate(after):
        look = _look(index, samples.label)
        if name in samples.setting:
            marks.append((samples.setting[name], look))
        elif name in samples.affected:
            tables.append((samples.frame, _rows_after(samples), look | {"zorder": 4 + index}))
    columns = [_column(observed, name, OBSERVED), *(_column(frame, name, what) for frame, what, _ in tables)]
    if all(map(has_levels, columns)):
        draw_levels(axes, columns[0], [(c, t[2]) for c, t in zip(columns[1:], tables, strict=True)], marks)
        _dress(axes, name, bool(marks))
        return
    unit = _unit(observed[name])
    if unit is not None:
        marks = [(days_like(pd.Series([value]), unit).iloc[0], mark) for value, mark in marks]
    behind = _values(observed, name, OBSERVED)
    curves = [_Curve(_values(frame, name, what), look) for frame, what, look in tables]
    axis = axis_for(behind, [curve.values for curve in curves], [value for value, _ in marks])
    tallest = _draw_densities(axes, axis, behind, curves)
    for value, mark in marks:
        axes.axvline(value, **mark)
    axes.set_ylim(0, 1.08 * tallest)
    _scale(axes, axis, dates=unit == DATES)
    _dress(axes, name, bool(marks))


def _draw_densities(axes: Axes, axis: Axis, observed: Array, curves: Sequence[_Curve]) -> float:
    """Draw the observed density and the curves, sampled first; returns the height that the panel needs."""
    points, density = density_along(observed, axis)
    axes.fill_between(axis.back(points), density, color=style.PALE, linewidth=0, zorder=1, label="observed")
    tallest = float(density.max())
    highest = TALLEST * max(tallest, float(density_along(curves[0].values, axis)[1].max()))
    for curve in curves:
        points, density = density_along(curve.values, axis)
        axes.plot(axis.back(points), density, **curve.look)
        tallest = max(tallest, min(float(density.max()), highest))
    return tallest


def _look(index: int, label: str) -> dict[str, Any]:
    colour, dash = style.AFTER[index % len(style.AFTER)]
    text = style.shortened(f"after {label}", 34)
    return {"color": colour, "linestyle": dash, "linewidth": 1.7, "label": text}


def _scale(axes: Axes, axis: Axis, *, dates: bool = False) -> None:
    if axis.width is not None:
        axes.set_xscale("asinh", linear_width=axis.width)
        axes.set_xlabel("asinh axis", fontsize=7.5, color=style.MUTED, labelpad=1)
    low, high = (float(bound) for bound in axis.back(np.array([axis.low, axis.high])))
    axes.set_xlim(low, high)
    ticks = axis.ticks()
    axes.set_xticks(ticks, [tick_text(tick) for tick in ticks])
    if dates:
        ticks = [low + share * (high - low) for share in (0.15, 0.5, 0.85)]  # a date is four numbers wide
        axes.set_xticks(ticks, [f"{EPOCH + pd.Timedelta(days=tick):%Y-%m-%d}" for tick in ticks])
    axes.minorticks_off()


def _dress(axes: Axes, name: str, intervened: bool) -> None:
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


def _figure(count: int, after: Sequence[After], title: str | None) -> style.Panels:
    """Make a figure with so many empty panels, and what stands around them."""
    columns = min(count, max(3, min(8, math.ceil(math.sqrt(1.3 * count)))))
    rows, legend_rows = math.ceil(count / columns), math.ceil((2 + len(after)) / columns)
    without = style.TITLE if title is None else 0.0
    top, bottom = 0.62 - without + 0.21 * legend_rows, 0.76
    width, height = max(columns * PANEL[0], 6.4), rows * PANEL[1] + top + bottom - 0.3
    figure, panels = style.grid_of_panels(
        count,
        columns,
        (width, height),
        left=style.MARGIN / width,
        right=1 - style.MARGIN / width,
        top=1 - top / height,
        bottom=bottom / height,
        wspace=0.14,
        hspace=0.72,
    )
    style.write_title(figure, title)
    style.write_note(figure, f"{NOTE}\n{NOTE_AFTER}" if after else NOTE, 0.19)
    look = {"fontsize": 9, "handlelength": 2.4, "columnspacing": 1.8}
    style.add_legend(figure, _handles(after), below=0.4 - without, columns=columns, **look)
    return panels


def _handles(after: Sequence[After]) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=style.PALE, label="observed"),
        Line2D([], [], color=style.SAMPLED, linewidth=1.6, label="sampled"),
        *(Line2D([], [], **_look(index, samples.label)) for index, samples in enumerate(after)),
    ]


def density_along(values: Array, axis: Axis) -> tuple[Array, Array]:
    """Kernel density along the drawn axis, from a fine histogram: points `[BINS]` and density `[BINS]`.

    The bandwidth is Silverman's (1986, eq. 3.31) on the axis' own scale; mass is reflected at the ends.
    """
    from scipy.ndimage import gaussian_filter1d

    drawn = axis.to(values)
    counts, edges = np.histogram(drawn, bins=BINS, range=(axis.low, axis.high))
    step = edges[1] - edges[0]
    quarter, three_quarters = np.quantile(drawn, [0.25, 0.75])
    spread = min(drawn.std(), (three_quarters - quarter) / 1.34) or drawn.std()
    bandwidth = max(0.9 * spread * len(drawn) ** -0.2, 0.75 * step)
    sigma = min(bandwidth / step, BINS)  # steps of almost nothing would make it infinite
    reach = min(BINS, math.ceil(4 * sigma))
    smooth = gaussian_filter1d(counts.astype(float), sigma, mode="reflect", radius=reach)
    return (edges[:-1] + edges[1:]) / 2, smooth / (len(drawn) * step)


def axis_for(observed: Array, curves: Sequence[Array], marks: Sequence[float] = ()) -> Axis:
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
    largest = max(abs(axis.low), abs(axis.high))
    room = 0.03 * (axis.high - axis.low)
    if room <= BINS * max(np.finfo(float).eps * largest, np.finfo(float).tiny):
        room = max(0.5, 1e-3 * largest)  # a constant, as far as bins can tell
    return Axis(axis.low - room, axis.high + room, axis.width)


@dataclass(frozen=True)
class Axis:
    """An axis from `low` to `high` in drawn coordinates: x, or asinh(x / width) if there is a `width`."""

    low: float
    high: float
    width: float | None = None

    def to(self, values: Array) -> Array:
        """Data units to drawn coordinates."""
        return np.asarray(values, dtype=float) if self.width is None else np.arcsinh(values / self.width)

    def back(self, drawn: Array) -> Array:
        """Drawn coordinates to data units."""
        return drawn if self.width is None else np.sinh(drawn) * self.width

    def ticks(self) -> list[float]:
        """At most five round numbers inside the axis: powers of ten and zero on an asinh axis."""
        if self.width is not None:
            return self._asinh_ticks(self.width)
        from matplotlib.ticker import MaxNLocator

        ticks = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(self.low, self.high)
        return [float(tick) for tick in ticks if self.low <= tick <= self.high]

    def _asinh_ticks(self, width: float) -> list[float]:
        low, high = (float(bound) for bound in self.back(np.array([self.low, self.high])))
        both_sides = low < -width and high > width
        ticks: list[float] = []
        for steps in ((1.0,), (1.0, 3.0)):
            sizes = _sizes(width, max(-low, high), steps)
            thin = max(1, math.ceil(len(sizes) / (2 if both_sides else MAX_TICKS - 1)))
            sizes = sizes[::-1][::thin]  # from the largest down, which is where the eye looks
            ticks = sorted([-size for size in sizes] + [0.0] + sizes)
            ticks = [tick for tick in ticks if low <= tick <= high]
            if len(ticks) > 2:
                break
        return ticks


def _sizes(smallest: float, largest: float, steps: Sequence[float]) -> list[float]:
    """Numbers step * 10^k from `smallest` to `largest`."""
    powers = range(math.floor(math.log10(smallest)), math.floor(math.log10(largest)) + 1)
    sizes = [step * 10.0**power for power in powers for step in steps]
    return [size for size in sizes if smallest <= size <= largest]


def tick_text(tick: float) -> str:
    """A short label.

    >>> [tick_text(tick) for tick in (-0.5, 3000.0, 100000.0, 2.5e7, 1e12)]
    ['-0.5', '3000', '100k', '25M', '1e+12']
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if max(size, 1e4) <= abs(tick) < 1e9:
            return f"{tick / size:g}{letter}"
    return f"{tick:g}"
