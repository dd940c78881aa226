"""Plot of effects: a forest of differences with intervals, or curves of dose and response with bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.columns.schema import in_days
from foundation_causal.errors import InputError, quoted, worded
from foundation_causal.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURVE_VALUES = 4  # from so many values of the treatment on a table is a curve
MAX_LINES = 60  # of a forest; more cannot be read
WIDTH, ROW, LETTER = 5.6, 0.3, 0.078  # inches of the figure, of a line of the forest, and of a letter
TITLE, BELOW, NUMBERS, MARGIN = 0.5, 0.75, 1.75, 0.2  # inches above, below, right and at the edge
CURVE = (5.6, 3.9)  # inches
COLOURS = [style.SET_LINE, style.SAMPLED, "#009e73", "#cc79a7", "#a6761d", "#000000"]
NEEDED = ["value", "baseline", "mean", "lower", "upper"]
PARTS = {
    "row": "row ",
    "level": "",
    "quantile": "quantile ",
    "effect": "",
}  # columns that tell tables apart, and words


def effects(
    tables: pd.DataFrame | Mapping[str, pd.DataFrame], *, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw tables of effects: curves where all have four values of the treatment or more, else a forest.

    Args:
        tables: A table as `model.effect` or `model.mediation` returns it, or several by label, such as
            subgroups or methods. Single rows, quantiles, levels of the outcome and parts of an effect have
            their own lines or curves. Curves are over values that are numbers.
        title: Written above the drawing.
        ax: Axes of the user's own; by default a figure is made.

    Returns:
        The axes: of a forest with differences along the horizontal axis, of curves with values of the
        treatment.

    Raises:
        InputError: Tables that cannot be drawn, or something other than axes.

    >>> table = pd.DataFrame({"value": [0, 1, 1], "baseline": [None, None, 0.0], "mean": [1, 3, 2.0]})
    >>> axes = effects({"women": table.assign(lower=table["mean"] - 1, upper=table["mean"] + 1)})
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['women']
    """
    named = _by_label(tables)
    if all(map(_is_curve, named.values())):
        axes = _new_axes(CURVE, 0.75, 0.2) if ax is None else _own(ax)
        _draw_curves(axes, named)
    else:
        lines = _lines(named)
        letters = max(len(line.label) for line in lines) * LETTER + 0.35
        size = WIDTH + letters, ROW * len(lines) + TITLE + BELOW
        axes = _new_axes(size, letters, NUMBERS) if ax is None else _own(ax)
        word = _word(named, "difference in", "outcome", "difference")
        spans = any(isinstance(table["mean"].iloc[-1], pd.Timedelta) for table in named.values())
        _draw_forest(axes, lines, word + " (days)" * spans, numbers=ax is None)
    if title is not None:
        axes.set_title(
            style.shortened(title, 70), loc="left", fontsize=11, color=style.INK, pad=10, parse_math=False
        )
    return axes


def _is_curve(table: pd.DataFrame) -> bool:
    """Whether there are enough values of the treatment, and all are numbers."""
    means = table.loc[table["baseline"].isna(), "value"]
    return len(means) >= CURVE_VALUES and all(isinstance(value, Real) for value in means)


@dataclass(frozen=True)
class _Line:
    """One line of a forest."""

    label: str
    mean: float
    lower: float
    upper: float


def _by_label(tables: object) -> dict[str, pd.DataFrame]:
    """The tables by label, "" for a single one; tables of single rows are taken apart."""
    given = tables if isinstance(tables, Mapping) else {"": tables}
    named: dict[str, pd.DataFrame] = {}
    for label, table in given.items():
        if not isinstance(table, pd.DataFrame):
            raise InputError(
                f"The effects are of the type {type(table).__name__}; give a table that `effect` returned."
            )
        missing = [name for name in NEEDED if name not in table]
        whole = "effect" in table or table["baseline"].isna().any()
        if missing or table["baseline"].isna().all() or not whole:
            lack = quoted(missing) if missing else "rows of means or of differences"
            raise InputError(f"A table of effects lacks {lack}; give tables as `effect` returns them.")
        kinds = [name for name in PARTS if name in table]
        if kinds:
            for key, part in table.groupby(kinds, sort=False):
                words = [f"{PARTS[kind]}{_short(value)}" for kind, value in zip(kinds, key, strict=True)]
                named[" ".join([str(label), *words]).strip()] = part
        else:
            named[str(label)] = table
    if not named:
        raise InputError("There is no table of effects; give one at least.")
    return named


def _lines(named: Mapping[str, pd.DataFrame]) -> list[_Line]:
    """The differences of all tables, each with a label that tells it from the others."""
    lines = []
    for label, table in named.items():
        differences = table[table["baseline"].notna()]
        treatment = getattr(table, "treatment", None)
        for _, row in differences.iterrows():
            compared = f"{_short(row['value'])} vs {_short(row['baseline'])}"
            if treatment and not label:
                compared = f"{treatment}: {compared}"
            words = [label] if label else []
            words += [compared] if not label or len(differences) > 1 else []
            text = style.shortened(", ".join(words), 40)
            lines.append(_Line(text, *(in_days(row[name]) for name in ("mean", "lower", "upper"))))
    if len(lines) > MAX_LINES:
        raise InputError(f"There are {len(lines)} differences; give tables of {MAX_LINES} at most.")
    return lines


def _short(value: object) -> str:
    """A number with six digits, a date as one reads it, and a label as it is."""
    return f"{value:.6g}" if isinstance(value, Real) and not isinstance(value, bool | int) else worded(value)


def _word(named: Mapping[str, pd.DataFrame], before: str, attribute: str, otherwise: str) -> str:
    """What an axis shows, with the name of the variable where all tables are about one."""
    names = {getattr(table, attribute, None) for table in named.values()}
    name = names.pop() if len(names) == 1 else None
    return f"{before} {style.shortened(str(name), 40)}".strip() if name else otherwise


def _draw_forest(axes: Axes, lines: list[_Line], word: str, *, numbers: bool) -> None:
    axes.axvline(0, color=style.MUTED, linewidth=1, zorder=1)
    heights = [len(lines) - 1 - i for i in range(len(lines))]
    look: dict[str, Any] = {"color": COLOURS[0], "zorder": 3}
    for height, line in zip(heights, lines, strict=True):
        axes.plot([line.lower, line.upper], [height, height], linewidth=1.8, solid_capstyle="butt", **look)
        axes.plot(line.mean, height, marker="s", markersize=6, linestyle="none", **look)
        if numbers:
            axes.annotate(
                f"{line.mean:.3g} ({line.lower:.3g}, {line.upper:.3g})",
                (1.02, height),
                xycoords=("axes fraction", "data"),
                fontsize=8.5,
                color=style.INK,
                va="center",
            )
    axes.set_yticks(heights, [line.label for line in lines])
    axes.set_ylim(-0.7, len(lines) - 0.3)
    axes.margins(x=0.08)
    _dress(axes, word, "")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0, labelsize=9, labelcolor=style.INK)
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.spines["left"].set_visible(False)


def _draw_curves(axes: Axes, named: Mapping[str, pd.DataFrame]) -> None:
    for index, (label, table) in enumerate(named.items()):
        colour = COLOURS[index % len(COLOURS)]
        points = table[table["baseline"].isna()].sort_values("value")
        at = points["value"].to_numpy(dtype=float)
        middle, low, high = (_heights(points[name]) for name in ("mean", "lower", "upper"))
        axes.fill_between(at, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(
            at,
            middle,
            color=colour,
            linewidth=1.8,
            linestyle=(0, (4, 1.5)) if index % 2 else "-",
            label=style.shortened(label, 40),
        )
    _dress(axes, _word(named, "", "treatment", "value"), _upwards(named))
    if any(named):
        legend = axes.legend(frameon=False, fontsize=8.5, labelcolor=style.INK)
        for text in legend.get_texts():
            text.set_parse_math(False)


def _upwards(named: Mapping[str, pd.DataFrame]) -> str:
    """What curves show of an outcome: values of it, its mean, or the chance of a level or of each."""
    kinds = {
        (
            "quantile" in table,
            "level" in table,
            getattr(table, "event", None),
        )
        for table in named.values()
    }
    of_quantiles, of_levels, event = kinds.pop() if len(kinds) == 1 else (False, False, None)
    if of_quantiles:
        return _word(named, "", "outcome", "quantile")
    if of_levels:
        return _word(named, "chance of each level of", "outcome", "chance")
    if event is not None:
        return f"{_word(named, 'chance of', 'outcome', 'chance')} = {_short(event)}"
    return _word(named, "mean of", "outcome", "mean of").removesuffix(" of")


def _heights(column: pd.Series) -> NDArray[Any]:
    """Means as numbers, of spans of time in days, or as dates."""
    if len(column) and isinstance(column.iloc[0], pd.Timestamp):
        return pd.to_datetime(column).to_numpy()
    return np.array([in_days(value) for value in column])


def _dress(axes: Axes, across: str, up: str) -> None:
    axes.set_xlabel(across, fontsize=9, color=style.MUTED, parse_math=False)
    axes.set_ylabel(up, fontsize=9, color=style.MUTED, parse_math=False)
    style.quiet(axes)


def _new_axes(size: tuple[float, float], left: float, right: float) -> Axes:
    """Axes in a figure of this size, with so many inches beside them."""
    width, height = size
    margins = {"left": (left + MARGIN) / width, "right": 1 - right / width}
    _, panels = style.grid_of_panels(1, 1, size, **margins, top=1 - TITLE / height, bottom=0.6 / height)
    axes: Axes = panels[0]
    return axes


def _own(axes: Axes) -> Axes:
    own: Axes = style.own_axes(axes, 1, None)[0]
    return own
