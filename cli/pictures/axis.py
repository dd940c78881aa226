"""Which stretch of the number line a marginal is drawn on, and on what scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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
