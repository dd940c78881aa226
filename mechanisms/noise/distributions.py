"""The distribution of one variable's noise: density, distribution function and inverse, exact to rounding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, exprel, log_expit, logit

from foundation_causal.types import Array

Indices: TypeAlias = NDArray[np.intp]
STEEP = 1e-9  # slope of a logarithm below which the density between two knots is taken as flat


class Distribution(Protocol):
    """The distribution of one variable's noise, in the user's units."""

    def log_density(self, x: Array) -> Array:
        """Logarithm of the density, or of the probability where there are few values, at x; any shape."""
        ...

    def cdf(self, x: Array) -> Array:
        """Probability of at most x; any shape."""
        ...

    def quantile(self, u: Array) -> Array:
        """The x with cdf(x) = u, for 0 < u < 1; any shape."""
        ...

    def is_pile(self, x: Array) -> NDArray[np.bool_]:
        """Whether x counts as a value with a probability of its own, which has no density; any shape."""
        ...


def log_likelihood(distribution: Distribution, noise: Array, scale: Array) -> Array:
    """Logarithm of the density of F + S n at noise n, per unit of the variable.

    Of a value with a probability of its own it is the logarithm of that, which has no unit and is no smaller
    where the noise is larger.

    Args:
        distribution: That of n.
        noise: Any shape.
        scale: S, of the same shape.

    >>> law = Atoms(np.array([-1.0, 1.0]), np.array([0.5, 0.5]))
    >>> log_likelihood(law, np.array([1.0]), np.array([1000.0])).round(2)
    array([-0.69])
    """
    return np.asarray(
        distribution.log_density(noise) - np.where(distribution.is_pile(noise), 0, np.log(scale))
    )


@dataclass(frozen=True)
class Scale:
    """x = centre + size sinh(z), or centre + size z if it is straight."""

    centre: float
    size: float
    straight: bool

    def forward(self, x: Array) -> Array:
        """From x to z; any shape."""
        z = (x - self.centre) / self.size
        return z if self.straight else np.arcsinh(z)

    def backward(self, z: Array) -> Array:
        """From z to x; any shape."""
        return self.centre + self.size * (z if self.straight else np.sinh(z))

    def log_slope(self, z: Array) -> Array:
        """The logarithm of dx/dz at z; any shape."""
        bent = 0.0 if self.straight else np.logaddexp(z, -z) - np.log(2)
        return np.log(self.size) + bent + 0 * z


@dataclass(frozen=True)
class SmoothDistribution:
    """A density of z whose logarithm is linear between knots, exponential beyond them.

    Density, distribution function and its inverse are thus exact inverses and derivatives of each other.

    Attributes:
        scale: From z to the user's units.
        knots: Equally spaced z, shape `[k]`.
        log_density_z: Logarithm of the density of z at the knots, shape `[k]`.
        rates: Rates of the exponential tails, below the first knot and above the last.
        below: Probability below each knot, shape `[k]`.
    """

    scale: Scale
    knots: Array
    log_density_z: Array
    rates: tuple[float, float]
    below: Array

    def log_density(self, x: Array) -> Array:
        """Logarithm of the density at x, in one over the user's units; any shape."""
        z = self.scale.forward(x)
        inside = np.interp(z, self.knots, self.log_density_z)
        outside = np.minimum(z - self.knots[0], 0) * self.rates[0]
        outside -= np.maximum(z - self.knots[-1], 0) * self.rates[1]
        return np.asarray(inside + outside - self.scale.log_slope(z))

    def cdf(self, x: Array) -> Array:
        """Probability of at most x; any shape."""
        z = np.asarray(self.scale.forward(x))
        step, first, last = self._step(), self.knots[0], self.knots[-1]
        knot = np.clip((z - first) / step, 0, len(self.knots) - 2).astype(np.intp)
        inside = self.below[knot] + self._mass(knot, np.clip(z, first, last) - self.knots[knot])
        inside = np.minimum(inside, self.below[knot + 1])  # rounded, it could fall at the knot
        under = self.below[0] * np.exp(self.rates[0] * np.minimum(z - first, 0))
        over = 1 - (1 - self.below[-1]) * np.exp(self.rates[1] * np.minimum(last - z, 0))
        return np.select([z < first, z > last], [under, over], inside)

    def quantile(self, u: Array) -> Array:
        """The x with cdf(x) = u, for 0 < u < 1; any shape."""
        u = np.asarray(u)
        knot = np.clip(np.searchsorted(self.below, u, side="right") - 1, 0, len(self.knots) - 2)
        z = self.knots[knot] + self._reach(knot, u - self.below[knot])
        with np.errstate(divide="ignore", invalid="ignore"):  # of what is not selected
            under = self.knots[0] + np.log(u / self.below[0]) / self.rates[0]
            over = self.knots[-1] - np.log((1 - u) / (1 - self.below[-1])) / self.rates[1]
        return self.scale.backward(np.select([u < self.below[0], u > self.below[-1]], [under, over], z))

    def is_pile(self, x: Array) -> NDArray[np.bool_]:
        """Nowhere; any shape."""
        return np.zeros(np.shape(x), dtype=bool)

    def masses(self) -> Array:
        """Probability, up to a common factor, below each knot and below infinity, shape `[k + 1]`."""
        masses = self._mass(np.arange(len(self.knots) - 1), self._step())
        ends = np.exp(self.log_density_z[[0, -1]]) / self.rates
        return np.cumsum(np.concatenate([ends[:1], masses, ends[1:]]))

    def _mass(self, knot: Indices, t: Array | float) -> Array:
        """Probability of the first `t` after a knot, from the higher end, whose density cannot vanish."""
        low = self.log_density_z[knot]
        rise = (self.log_density_z[knot + 1] - low) / self._step() * t
        return np.asarray(np.exp(low + np.maximum(rise, 0)) * t * exprel(-np.abs(rise)))

    def _reach(self, knot: Indices, mass: Array) -> Array:
        """The t whose `_mass` is the given one: the inverse."""
        low = self.log_density_z[knot]
        slope = (self.log_density_z[knot + 1] - low) / self._step()
        with np.errstate(divide="ignore", invalid="ignore"):
            log_mass = np.log(np.maximum(mass, 0)) - low
            rising = np.logaddexp(0, np.log(slope) + log_mass) / slope
            falling = np.log1p(np.maximum(slope * np.exp(log_mass), -1)) / slope
            t = np.select([slope > STEEP, slope < -STEEP], [rising, falling], np.exp(log_mass))
        return np.clip(t, 0, self._step())

    def _step(self) -> float:
        return float(self.knots[1] - self.knots[0])


@dataclass(frozen=True)
class Atoms:
    """The distribution of a variable that takes few values: each as often as it was seen.

    Attributes:
        values: Ascending, shape `[k]`.
        shares: Their probabilities, shape `[k]`.
    """

    values: Array
    shares: Array

    def log_density(self, x: Array) -> Array:
        """Logarithm of the probability of x, which may be off by a rounding error; minus infinity between."""
        middle = (self.values[1:] + self.values[:-1]) / 2
        nearest = np.searchsorted(middle, x)
        slack = 1e-9 * max(np.ptp(self.values), float(np.abs(self.values).max()))
        there = np.abs(x - self.values[nearest]) <= slack
        return np.where(there, np.log(self.shares)[nearest], -np.inf)

    def cdf(self, x: Array) -> Array:
        """Probability of at most x; any shape."""
        return np.append(0.0, np.cumsum(self.shares))[np.searchsorted(self.values, x, side="right")]

    def quantile(self, u: Array) -> Array:
        """The smallest value with a cdf of at least u; any shape."""
        reached = np.searchsorted(np.cumsum(self.shares), u)
        return self.values[np.minimum(reached, len(self.values) - 1)]

    def is_pile(self, x: Array) -> NDArray[np.bool_]:
        """Everywhere, for there is no density; any shape."""
        return np.ones(np.shape(x), dtype=bool)


@dataclass(frozen=True)
class Piled:
    """A smooth distribution of values that may be rounded, and piles at single values beside it.

    Attributes:
        piles: Values that many rows have, ascending, shape `[p]`; there may be none.
        shares: Their probabilities, shape `[p]`.
        rest: The distribution of the other values.
        low, high: Between which the other values are drawn; infinite where nothing keeps them.
        origin, step: Draws are rounded to whole steps from the origin; not at all if the step is 0.
    """

    piles: Array
    shares: Array
    rest: SmoothDistribution
    low: float
    high: float
    origin: float
    step: float

    def log_density(self, x: Array) -> Array:
        """Logarithm of the density at x, in one over the user's units; of the probability of a pile.

        What lies beyond a pile at the end of the values counts as the pile.
        """
        within = self._kept()[1]
        density = np.log1p(-self.shares.sum()) - np.log(within) + self.rest.log_density(x)
        for value, share in zip(self.piles, self.shares, strict=True):
            density = np.where(self._belongs(x, value), np.log(share), density)
        return density

    def is_pile(self, x: Array) -> NDArray[np.bool_]:
        """Whether x counts as one of the piles; any shape."""
        return np.any([np.zeros_like(x, bool), *(self._belongs(x, value) for value in self.piles)], axis=0)

    def _belongs(self, x: Array, value: float) -> NDArray[np.bool_]:
        """Whether x is the value of this pile, or lies beyond it at the end of the values."""
        there = np.abs(x - value) <= 1e-9 * max(abs(value), self.rest.scale.size)
        beyond = ((x < value) & (value == self.low)) | ((x > value) & (value == self.high))
        return np.asarray(there | beyond)

    def cdf(self, x: Array) -> Array:
        """Probability of at most x; any shape."""
        x = np.asarray(x, dtype=float)
        piled = np.append(0.0, np.cumsum(self.shares))[np.searchsorted(self.piles, x, side="right")]
        top = x
        if self.step:  # what is rounded to x or less
            top = self.origin + self.step * (np.floor((x - self.origin) / self.step + 1e-6) + 0.5)
        return np.minimum(piled + (1 - self.shares.sum()) * self._smooth_cdf(top), 1.0)

    def quantile(self, u: Array) -> Array:
        """The smallest value with a cdf of at least u, for 0 < u < 1; any shape."""
        u, smooth = np.asarray(u, dtype=float), 1 - self.shares.sum()
        below, within = self._kept()
        reached = np.append(0.0, np.cumsum(self.shares))
        starts = reached[:-1] + smooth * self._smooth_cdf(self.piles)  # probability of less than each pile
        pile = np.searchsorted(starts, u, side="right") - 1  # the last that starts below u
        passed = reached[pile + 1]
        inner = np.clip((u - passed) / smooth, 0, 1) * within + below
        tiny = np.finfo(float).tiny
        values = np.clip(self.rest.quantile(np.clip(inner, tiny, 1 - 1e-16)), self.low, self.high)
        if self.step:
            steps = np.rint((values - self.origin) / self.step)
            values = np.round(self.origin + self.step * steps, 9 - int(np.floor(np.log10(self.step))))
        if not len(self.piles):
            return values
        inside = (pile >= 0) & (u <= starts[pile] + self.shares[pile])
        return np.where(inside, self.piles[pile], values)

    def _smooth_cdf(self, x: Array) -> Array:
        below, within = self._kept()
        return np.clip((self.rest.cdf(np.clip(x, self.low, self.high)) - below) / within, 0, 1)

    def _kept(self) -> tuple[float, float]:
        """The probability below the interval in which the other values are drawn, and that inside."""
        ends = np.array([self.low, self.high])
        known = np.isfinite(ends)
        below, up_to = np.where(known, self.rest.cdf(np.where(known, ends, 0.0)), [0.0, 1.0])
        return float(below), max(float(up_to - below), 1e-300)


@dataclass(frozen=True)
class Logistic:
    """The standard logistic distribution, the noise of variables with a latent threshold."""

    def log_density(self, x: Array) -> Array:
        """Logarithm of the density at x; any shape."""
        return np.asarray(log_expit(x) + log_expit(-np.asarray(x)))

    def cdf(self, x: Array) -> Array:
        """Probability of at most x; any shape."""
        return np.asarray(expit(x))

    def quantile(self, u: Array) -> Array:
        """The x with cdf(x) = u, for 0 < u < 1; any shape."""
        return np.asarray(logit(u))

    def is_pile(self, x: Array) -> NDArray[np.bool_]:
        """Nowhere; any shape."""
        return np.zeros(np.shape(x), dtype=bool)


@dataclass(frozen=True)
class Gumbel:
    """The standard Gumbel distribution of largest values, the noise of each level of a category."""

    def log_density(self, x: Array) -> Array:
        """Logarithm of the density at x; any shape."""
        return np.asarray(-x - np.exp(-np.asarray(x)))

    def cdf(self, x: Array) -> Array:
        """Probability of at most x; any shape."""
        return np.asarray(np.exp(-np.exp(-np.asarray(x))))

    def quantile(self, u: Array) -> Array:
        """The x with cdf(x) = u, for 0 < u < 1; any shape."""
        return np.asarray(-np.log(-np.log(u)))

    def is_pile(self, x: Array) -> NDArray[np.bool_]:
        """Nowhere; any shape."""
        return np.zeros(np.shape(x), dtype=bool)
