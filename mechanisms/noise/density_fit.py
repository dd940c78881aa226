"""From values of a variable's noise to its distribution: a smooth density, with tails beyond the data.

The density is a kernel estimate mixed with a normal, on a scale x = centre + size sinh(z) that turns heavy
tails into light ones. How heavy, how wide the kernel and how much of the normal is chosen by the likelihood
of each value under the distribution of the others (Silverman 1986, section 3.4.4). The result is then tilted,
by the least change in Kullback-Leibler divergence, until it has the mean and the variance of the values.

Values that repeat may be all that there are, or measurements that were rounded: the share of the rows whose
value was seen once estimates the chance of a value that was never seen (Good 1953, "The population
frequencies of species and the estimation of population parameters").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from foundation_causal.types import Array
from mechanisms.noise.distributions import Atoms, Piled, Scale, SmoothDistribution

MIN_VALUES = 20  # from which more than a normal is fitted
SHAPES = (np.inf, 3.0, 1.0, 0.3)  # where the scale bends, in robust standard deviations
WIDTHS: Array = np.array([0.15, 0.3, 0.5, 0.75, 1.0, 1.4])  # of the kernel, times spread n^(-1/5)
SHARES: Array = np.array([0.05, 0.25, 0.5, 1.0])  # of the normal
STEPS = 1024  # of the grid on which choices are compared; the distribution itself has twice as many
MARGIN = 8.0  # standard deviations that the grid goes on beyond the data
MAX_JUDGES = 2000  # values that choose: of more than these, evenly spaced order statistics
NEGLIGIBLE = 1e-12  # of the highest density: below is the rounding error of a Fourier transform
NEWTON_STEPS, CLOSE = 300, 1e-9  # of the tilt, in squared standard deviations
SURPRISE = 1e-3  # share of a Laplace distribution, under which no value is beyond belief
UNTILTED = 1e-8  # share that keeps its tails where the tilt cuts them off
TINY = 1e-300
MAX_UNSEEN = 0.01  # estimated chance of a value never seen, up to which the values seen are all there are
FEW = 10  # values that need not be a rounded measurement, though they are evenly spaced
PILE, MIN_PILE = 0.05, 5  # share of the rows, and rows, that have one value and make a pile of it
EVEN = 1e-4  # of a step, that evenly spaced values may be off
ABOVE = 3  # times as often as the values on both sides are seen
MIN_REST, MIN_DIFFERENT = 10, 5  # rows, and different values, that are left beside piles
SAME = 1e-9  # standard deviations between values that differ by no more than rounding


def fit_distribution(observed: Array, *, atoms: bool = True) -> SmoothDistribution | Atoms | Piled:
    """The distribution of the noise that was observed.

    A variable that takes few values, each of them twice or more on average, keeps to them, unless others are
    to be expected: where the values are evenly spaced, as those of a measurement that was rounded are, or
    where more than one row in a hundred has a value of its own. Its distribution is then smooth, with piles
    at values that are far more frequent than their neighbours.

    Args:
        observed: At least one value, shape `[n]`, in any order.
        atoms: Whether a variable that takes few values keeps to them; one that takes a single value does.

    >>> distribution = fit_distribution(np.random.default_rng(0).normal(size=500))
    >>> distribution.quantile(np.array([0.025, 0.5, 0.975])).round(0)
    array([-2., -0.,  2.])
    """
    x = np.sort(observed)
    starts = np.flatnonzero(np.diff(x, prepend=-np.inf) > SAME * x.std())
    if len(starts) <= (max(len(x) / 2, 1) if atoms else 1):
        values, counts = x[starts], np.diff(starts, append=len(x))
        return _piled(values, counts) or Atoms(values, counts / len(x))
    return _smooth(x)


def _smooth(x: Array) -> SmoothDistribution:
    """The smooth distribution of values that ascend."""
    centre = float(np.median(x))
    size = _middle_spread(x) or float(x.std())
    return _mixed(x, *_chosen(x, centre, size))


def _piled(values: Array, counts: NDArray[np.intp]) -> Piled | None:
    """The distribution of values that repeat where others are to be expected; None where none are.

    Rounded values, and others that repeat, are spread over the room that is theirs, or the smooth
    distribution would be one of needles.
    """
    n, step = counts.sum(), _step_between(values)
    unseen = (counts == 1).sum() / n
    if unseen <= MAX_UNSEEN and (len(values) <= FEW or not step):
        return None
    pile = (counts >= max(PILE * n, MIN_PILE)) & (counts > ABOVE * _most_beside(counts))
    rest = ~pile
    if rest.sum() < MIN_DIFFERENT or counts[rest].sum() < MIN_REST:
        return None
    smooth = _smooth(_spread(values, counts)[np.repeat(rest, counts)])
    low = values[0] if pile[0] else -step / 2 if step and values[0] >= 0 else -np.inf
    high = values[-1] if pile[-1] else np.inf
    return Piled(values[pile], counts[pile] / n, smooth, float(low), float(high), float(values[0]), step)


def _step_between(values: Array) -> float:
    """The step of values that are evenly spaced but for gaps; 0 if they are not."""
    if len(values) < 3:
        return 0.0
    extent = float(values[-1] - values[0])
    step = extent / np.rint(extent / np.diff(values).min())
    places = (values - values[0]) / step
    return step if np.abs(places - np.rint(places)).max() < EVEN else 0.0


def _most_beside(counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """How often the most frequent of the two values on either side was seen."""
    padded = np.pad(counts, 2)
    return np.max([padded[:-4], padded[1:-3], padded[3:-1], padded[4:]], axis=0)


def _spread(values: Array, counts: NDArray[np.intp]) -> Array:
    """The rows, in order, each value's evenly over half the way to the nearer of its neighbours."""
    gaps = np.diff(values)
    room = np.minimum(np.append(np.inf, gaps), np.append(gaps, np.inf))
    rank = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    part = (rank + 0.5) / np.repeat(counts, counts) - 0.5
    return np.asarray(np.repeat(values, counts) + np.repeat(room, counts) * part)


def _chosen(x: Array, centre: float, size: float) -> tuple[Scale, float, float]:
    """The most likely scale, kernel width in z, and share of the normal."""
    straight = Scale(centre, size, True)
    if len(x) < MIN_VALUES:
        return straight, 1.0, 1.0
    judges = x[np.linspace(0, len(x) - 1, min(len(x), MAX_JUDGES)).astype(np.intp)]
    best: tuple[float, Scale, float, float] | None = None
    for shape in SHAPES:
        scale = straight if np.isinf(shape) else Scale(centre, size * shape, False)
        z = scale.forward(judges)
        knots, widths = _grid(z, STEPS), _widths(z)
        widths = np.maximum(widths, 2 * (knots[1] - knots[0]))
        likely = _left_out(z, knots, widths) - scale.log_slope(z).sum()
        k, s = np.unravel_index(likely.argmax(), likely.shape)
        if best is not None and likely[k, s] <= best[0]:
            break  # what bends earlier is less likely still
        narrower = (len(judges) / len(x)) ** 0.2
        best = float(likely[k, s]), scale, float(widths[k] * narrower), float(SHARES[s])
    assert best is not None
    return best[1:]


def _widths(z: Array) -> Array:
    """The kernel widths to compare."""
    spread = min(z.std(), _middle_spread(z))
    return WIDTHS * (spread or z.std()) * len(z) ** -0.2


def _middle_spread(ascending: Array) -> float:
    """The standard deviation of a normal with the same distance between its quartiles."""
    last = len(ascending) - 1
    low, high = np.interp([0.25 * last, 0.75 * last], np.arange(last + 1), ascending)
    return float(high - low) / 1.349


def _grid(z: Array, steps: int) -> Array:
    """Equally spaced knots over the values, which ascend, and a margin on both sides."""
    margin = MARGIN * z.std()
    return np.linspace(z[0] - margin, z[-1] + margin, steps + 1)


def _left_out(z: Array, knots: Array, widths: Array) -> Array:
    """Log likelihood of each value under the distribution of the others, summed; shape `[widths, shares]`."""
    n, step = len(z), knots[1] - knots[0]
    knot, part = _binned(z, knots)
    smooth = _smoothed(_counts(knot, part, len(knots)), widths / step) / step
    at = smooth[:, knot] * (1 - part) + smooth[:, knot + 1] * part
    height = 1 / (np.sqrt(2 * np.pi) * widths)[:, None]
    beside = np.exp(-((step / widths[:, None]) ** 2) / 2)
    own = height * ((1 - part) ** 2 + part**2 + 2 * part * (1 - part) * beside)
    # Of a value far from all others rounding is all that is left, which must not judge.
    others = np.maximum(at - own, NEGLIGIBLE * height) / (n - 1)
    total, squares = z.sum(), z @ z
    mean = (total - z) / (n - 1)
    variance = ((squares - z**2) - (n - 1) * mean**2) / (n - 2)
    normal = np.exp(_log_normal(z, mean, np.sqrt(np.maximum(variance, TINY))))
    mixed = (1 - SHARES[:, None]) * others[:, None] + SHARES[:, None] * normal
    return np.log(mixed + TINY).sum(2)


def _mixed(x: Array, scale: Scale, width: float, share: float) -> SmoothDistribution:
    """The kernel estimate mixed with the normal, on a grid in z, tilted to the mean and the variance of x."""
    z = scale.forward(x)
    mean, spread, knots = z.mean(), z.std(), _grid(z, 2 * STEPS)
    step = knots[1] - knots[0]
    # Drawn in towards their mean, the values keep their variance when the kernel is added.
    shrunk = 1 / np.hypot(1, width / spread)
    knot, part = _binned(mean + shrunk * (z - mean), knots)
    counts = _counts(knot, part, len(knots)) / len(x)
    density = _smoothed(counts, np.array([width * shrunk / step]))[0] / step
    density[density < NEGLIGIBLE * density.max()] = 0
    log_kernel = np.log(np.maximum(density, TINY))
    with np.errstate(divide="ignore"):
        log_density = np.logaddexp(
            np.log1p(-share) + log_kernel, np.log(share) + _log_normal(knots, mean, spread)
        )
    if scale.straight:  # a bent scale has heavy tails as it is
        log_surprise = np.log(SURPRISE / (2 * spread)) - np.abs(knots - mean) / spread
        log_density = np.logaddexp(log_density, log_surprise)
    return _tilted(x, scale, knots, log_density)


def _tilted(x: Array, scale: Scale, knots: Array, log_density: Array) -> SmoothDistribution:
    """The distribution p(x) exp(a x + b x^2) with the mean and the variance of x.

    Where b would be above 0, the tails would rise, and the distribution is stretched instead.
    """
    mean, spread = x.mean(), x.std()
    at = (scale.backward(knots) - mean) / spread
    tilt = _tilt(at, log_density)
    if tilt[1] <= 0:
        tilted = log_density + tilt @ np.stack([at, at**2])
        tilted -= _log_of_sum(tilted)
        untilted = log_density - _log_of_sum(log_density)
        return _normalized(scale, knots, np.logaddexp(tilted, np.log(UNTILTED) + untilted))
    p = np.exp(log_density - log_density.max())
    p /= p.sum()
    now = p @ at
    stretch = 1 / np.sqrt(p @ (at - now) ** 2)
    # (x - mean) / spread becomes stretch times itself, less what leaves the mean where it was.
    centre = mean + stretch * (scale.centre - mean - now * spread)
    return _normalized(Scale(centre, stretch * scale.size, scale.straight), knots, log_density)


def _tilt(at: Array, log_density: Array) -> Array:
    """The a and b for which the density times exp(a x + b x^2) has mean 0 and variance 1, shape [2].

    They come from Newton's method on the convex dual.
    """
    powers, target = np.stack([at, at**2]), np.array([0.0, 1.0])
    tilt: Array = np.zeros(2)

    def dual(tilt: Array) -> tuple[float, Array]:
        exponent = log_density + tilt @ powers
        top = exponent.max()
        p = np.exp(exponent - top)
        return float(top + np.log(p.sum()) - tilt @ target), p / p.sum()

    value, p = dual(tilt)
    for _ in range(NEWTON_STEPS):
        slope = powers @ p - target
        curvature = (powers * p) @ powers.T - np.outer(powers @ p, powers @ p)
        if tilt[1] > 0 or np.abs(slope).max() < CLOSE:
            break
        step = np.linalg.solve(curvature + TINY * np.eye(2), -slope)
        size = 1.0
        while (trial := dual(tilt + size * step))[0] > value + 1e-4 * size * (slope @ step) and size > 1e-9:
            size /= 2
        tilt = tilt + size * step
        value, p = trial
    return tilt


def _normalized(scale: Scale, knots: Array, log_density: Array) -> SmoothDistribution:
    """The distribution with this density: tails go on as it ends, and the probability is 1 in all."""
    step = knots[1] - knots[0]
    least = MARGIN / (knots[-1] - knots[0])
    rises = np.diff(log_density) / step
    rates = float(max(rises[0], least)), float(max(-rises[-1], least))
    log_density = log_density - log_density.max()
    distribution = SmoothDistribution(scale, knots, log_density, rates, np.zeros_like(knots))
    below = distribution.masses()
    return SmoothDistribution(scale, knots, log_density - np.log(below[-1]), rates, below[:-1] / below[-1])


def _log_of_sum(logarithms: Array) -> float:
    """The logarithm of the sum of numbers; NumPy's own way takes them one by one."""
    top = logarithms.max()
    return float(top + np.log(np.exp(logarithms - top).sum()))


def _log_normal(z: Array, mean: Array | float, spread: Array | float) -> Array:
    return -(((z - mean) / spread) ** 2) / 2 - np.log(spread) - np.log(2 * np.pi) / 2


def _binned(z: Array, knots: Array) -> tuple[NDArray[np.intp], Array]:
    """For each value the knot below it and how far it is on its way to the next."""
    place = (z - knots[0]) / (knots[1] - knots[0])
    knot = np.clip(place.astype(np.intp), 0, len(knots) - 2)
    return knot, place - knot


def _counts(knot: NDArray[np.intp], part: Array, knots: int) -> Array:
    """How much of the values lies at each knot."""
    return np.asarray(np.bincount(knot, 1 - part, knots) + np.bincount(knot + 1, part, knots), dtype=float)


def _smoothed(counts: Array, widths: Array) -> Array:
    """The counts, convolved with normals of these widths, in grid steps; `[knots]` -> `[widths, knots]`.

    Nothing reaches around: the grid's margins are wider than the kernels.
    """
    length = next_fast_len(len(counts), real=True)
    frequency = 2 * np.pi * np.arange(length // 2 + 1) / length
    damped = rfft(counts, length) * np.exp(-((widths[:, None] * frequency) ** 2) / 2)
    return np.maximum(irfft(damped, length)[:, : len(counts)], 0)
