"""A panel of the marginals for a column with levels: shares as bars where observed, as marks elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from foundation_causal.columns.type_inference import FEW_NUMBERS, is_numeric
from foundation_causal.plots import style
from foundation_causal.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_SHOWN = 8  # levels; the rarest of more are left out of the panel
WIDTH = 0.8


def has_levels(column: pd.Series[Any]) -> bool:
    """Whether a column is of labels or booleans, or of so few numbers that each is a level.

    >>> has_levels(pd.Series(["a", "b"])), has_levels(pd.Series([0.5, 0.1] * 9))
    (True, True)
    >>> has_levels(pd.Series(range(99)))
    False
    """
    present = column.dropna()
    if not is_numeric(present) or pd.api.types.is_bool_dtype(present):
        return True
    return 1 < present.nunique() <= min(FEW_NUMBERS, len(present) // 5)


def levels_of(columns: Sequence[pd.Series[Any]]) -> list[Any]:
    """The levels of a column in all tables, in their order: the categories', or sorted."""
    first = columns[0].dropna()
    if isinstance(first.dtype, pd.CategoricalDtype):
        levels = list(first.cat.categories)
    else:
        present: set[Any] = set().union(*(set(column.dropna().unique()) for column in columns))
        levels = sorted(present, key=lambda level: (isinstance(level, str), level))
    if len(levels) > MOST_SHOWN:
        frequent = set(first.value_counts().index[:MOST_SHOWN])
        levels = [level for level in levels if level in frequent]
    return levels


def shares(column: pd.Series[Any], levels: Sequence[Any]) -> Array:
    """The share of each level among the values that are not missing, `[K]`.

    >>> shares(pd.Series(["a", "b", "b", None]), ["a", "b"]).round(2).tolist()
    [0.33, 0.67]
    """
    present = column.dropna()
    return np.array([float((present == level).mean()) for level in levels])


def draw_levels(
    axes: Axes,
    observed: pd.Series[Any],
    curves: Sequence[tuple[pd.Series[Any], dict[str, Any]]],
    marks: Sequence[tuple[Any, dict[str, Any]]],
) -> None:
    """Draw the shares of the levels: observed as bars, each curve as a level line on every bar.

    Args:
        axes: The panel.
        observed: The observed column.
        curves: Other columns and the looks of their lines, sampled first.
        marks: Levels that were set, and the looks of their lines.
    """
    levels = levels_of([observed, *(column for column, _ in curves)])
    places = np.arange(len(levels))
    seen = shares(observed, levels)
    axes.bar(places, seen, WIDTH, color=style.PALE, linewidth=0, zorder=1, label="observed")
    highest = float(seen.max(initial=0.0))
    for column, look in curves:
        heights = shares(column, levels)
        lines = {key: value for key, value in look.items() if key != "linestyle"}
        axes.hlines(
            heights, places - WIDTH / 2, places + WIDTH / 2, linestyles=look.get("linestyle", "-"), **lines
        )
        highest = max(highest, float(heights.max(initial=0.0)))
    for level, look in marks:
        for place, known in enumerate(levels):
            if known == level or str(known) == str(level):  # the command line has text for booleans
                axes.axvline(place, **look)
    axes.set_xlim(-0.6, len(levels) - 0.4)
    axes.set_ylim(0, 1.08 * highest or 1.0)
    names = [style.shortened(f"{level:g}" if isinstance(level, float) else str(level), 9) for level in levels]
    axes.set_xticks(places, names)
