"""Answers outside the data come with a warning: interventions far out, and samples below zero.

An intervention far outside the observed values is answered, and the warning tells how far out it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from foundation_causal.columns.schema import DURATIONS
from foundation_causal.errors import BelowZeroWarning, ExtrapolationWarning, warn
from foundation_causal.observations import Observations
from foundation_causal.types import Array

FAR = 1.0  # standard deviations beyond the observed range, from which on an intervention is worth a warning
RARE = 0.01  # the share of rows that may be so far out, or below zero, without one
NAMED_AT_MOST = 4


def shown(deviations: float) -> str:
    """A number of standard deviations, as it is printed.

    >>> shown(3.14159), shown(1e39)
    ('3.1', '1e+39')
    """
    return f"{deviations:.1f}" if deviations < 1e4 else f"{deviations:.2g}"


@dataclass(frozen=True)
class Ranges:
    """Where the observations lay.

    Attributes:
        data: n observations of d variables.
    """

    data: Observations

    @property
    def names(self) -> list[str]:
        """The d variables."""
        return self.data.names

    @cached_property
    def low(self) -> Array:
        """The smallest values, shape `[d]`."""
        return np.asarray(self.data.values.min(0))

    @cached_property
    def high(self) -> Array:
        """The largest values, shape `[d]`."""
        return np.asarray(self.data.values.max(0))

    @cached_property
    def spread(self) -> Array:
        """The standard deviations, shape `[d]`."""
        return np.asarray(self.data.values.std(0))

    def beyond(self, j: int, values: Array) -> Array:
        """How many standard deviations values of variable j lie outside its range; 0 inside.

        >>> from foundation_causal.observations import observations
        >>> data = observations(np.array([[0.0, 1.0], [2.0, 3.0]]), min_rows=2)
        >>> Ranges(data).beyond(0, np.array([-3.0, 1.0, 2.5]))
        array([3. , 0. , 0.5])
        """
        outside = np.maximum(np.maximum(self.low[j] - values, values - self.high[j]), 0.0)
        return np.asarray(outside / self.spread[j])

    def warn_of_clamps(self, clamps: Mapping[int, float]) -> None:
        """Warn of every clamp far outside."""
        for j, value in clamps.items():
            distance = float(self.beyond(j, np.array(value)))
            if distance > FAR:
                what = f"sets '{self.names[j]}' to {self.said(j, value)}, {shown(distance)}"
                self._warn(j, what, value > self.high[j])

    def warn_of_conditions(self, points: Mapping[str, float]) -> None:
        """Warn of every value far outside that an answer is conditioned on."""
        for name, value in points.items():
            j = self.names.index(name)
            distance = float(self.beyond(j, np.array(value)))
            if distance > FAR:
                what = f"'{name}' = {self.said(j, value)} lies {shown(distance)}"
                self._warn(j, what, value > self.high[j], "condition")

    def warn_of_values(self, nodes: Iterable[int], values: Array) -> None:
        """Warn of those nodes, whose mechanisms were changed, that values `[n, d]` are far out in."""
        for j in sorted(nodes):
            distances = self.beyond(j, values[:, j])
            if (distances > FAR).mean() > RARE:
                worst = int(distances.argmax())
                moved = f"moves '{self.names[j]}' up to {shown(distances[worst])}"
                self._warn(j, moved, values[worst, j] > self.high[j])

    def _warn(self, j: int, what: str, above: bool, which: str = "intervention") -> None:
        side, bound = ("above the largest", self.high[j]) if above else ("below the smallest", self.low[j])
        warn(
            ExtrapolationWarning(
                f"The {which} {what} standard deviations {side} value observed, {self.said(j, bound)}: "
                "what follows from it is extrapolation."
            )
        )

    def said(self, j: int, value: float) -> str:
        """A value of variable j as the user writes it: a date, a span of time, or a number."""
        column = self.data.schema.columns[j]
        if not column.unit:
            return f"{value:.6g}"
        try:
            label = column.label(float(value)).round("ms")
        except (OverflowError, ValueError):  # of a year that pandas has not
            return f"{value:.6g} days" if column.unit == DURATIONS else f"{value:.6g} days after 1970"
        if column.unit == DURATIONS:
            return f"{label.days} days" if label == pd.Timedelta(days=label.days) else str(label)
        return str(label.date() if label == label.normalize() else label)

    def warn_below_zero(self, sampled: Array) -> None:
        """Warn of the variables that were never negative but often are in samples `[n, d]`."""
        never = self.low >= 0
        below = np.flatnonzero(never & ((sampled < 0).mean(0) > RARE))
        if not len(below):
            return
        names = ", ".join(self.names[j] for j in below[:NAMED_AT_MOST])
        if len(below) > NAMED_AT_MOST:
            names += f" and {len(below) - NAMED_AT_MOST} more"
        advice = "; where logarithms are natural, name the positive ones with --logs"
        warn(
            BelowZeroWarning(
                f"Samples of {names} fall below zero, where the data never do: additive noise does not suit "
                f"them{advice if (self.low > 0).any() else ''}."
            )
        )
