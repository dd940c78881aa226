r"""Priors of the noise scales of linear Gaussian models: each its own, or more or less alike.

A regression on parents leaves a residual sum of squares s, and with n - 1 = f degrees of freedom its
likelihood is

.. math:: L(\sigma) = \sigma^{-f} \exp(-s / 2 \sigma^2).

Scales of their own have Jeffreys' prior, \(p(\sigma_j) \propto 1 / \sigma_j\), and the integral is closed.
Scales in shared units have \(\log \sigma_j \sim N(m, \tau^2)\), with m and \(\tau\) unknown: a hierarchical
prior, as for the spread within a group (Gelman 2006). Where scales are alike \(\tau\) is small, and a graph
that needs noise of quite different scales is improbable. Where they are not it is large, and the prior says
next to nothing. The integral over each \(\log \sigma_j\) is by Gauss-Hermite quadrature around the peak,
which Wright's omega function gives exactly.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import wrightomega

from discovery.search.dag_sampler import pick
from foundation_causal.types import Array

SPREADS: Array = 0.02 * np.exp2(np.arange(11.0))  # tau: from scales alike within 2% to as good as any
PRIOR = np.where(SPREADS < 0.1, 0.5 / (SPREADS < 0.1).sum(), 0.5 / (SPREADS > 0.1).sum())
NODES, WEIGHTS = hermegauss(11)
LOG_WEIGHTS = np.log(WEIGHTS) + NODES**2 / 2
WIDE, STEPS = 6.0, 16  # how many standard deviations a grid reaches to either side, in how many steps
NEWTON = 4  # steps to the peak of the density of m


class Scales(Protocol):
    """The noise scales of a model, integrated out where parents are scored and drawn where one is needed."""

    known: bool
    """Whether the log evidence stays the same from one step of a sampler to the next."""

    def log_evidence(self, squares: Array) -> Array:
        """Log evidence of regressions with these residual sums of squares, of any shape; up to a constant."""
        ...

    def learn(self, squares: Array, random: np.random.Generator) -> None:
        """Draw what the scales have in common, given the residual sums of squares of one graph, `[d]`."""
        ...

    def variance(self, squares: Array, random: np.random.Generator) -> Array:
        """Draw the variance of each variable's noise, shape `[d]`."""
        ...


class OwnScales:
    """A scale for each variable, none like another.

    Args:
        dof: Degrees of freedom, n - 1 of n rows.
    """

    known = True

    def __init__(self, dof: int) -> None:
        self.dof = dof

    def log_evidence(self, squares: Array) -> Array:
        """Log evidence, as in :class:`Scales`."""
        return np.asarray(-self.dof / 2 * np.log(squares))

    def learn(self, squares: Array, random: np.random.Generator) -> None:
        """Draw nothing: there is nothing in common."""

    def variance(self, squares: Array, random: np.random.Generator) -> Array:
        """Draw variances, as in :class:`Scales`."""
        return np.asarray(squares / random.chisquare(self.dof, size=len(squares)))


class SharedScales:
    """Scales that are alike as far as the data are for it.

    Args:
        dof: Degrees of freedom, n - 1 of n rows.
        centre: m to start with, the mean of the logarithms of the scales.
        spread: Tau to start with, their standard deviation. From the smallest a sampler finds the few graphs
            under which scales are alike, if there are any; from a large one they are hard to find.
    """

    known = False

    def __init__(self, dof: int, centre: float, spread: float = float(SPREADS[0])) -> None:
        self.dof, self.centre, self.spread = dof, centre, spread

    def log_evidence(self, squares: Array) -> Array:
        """Log evidence, as in :class:`Scales`."""
        return log_evidence(np.log(squares), self.dof, self.centre, self.spread)

    def learn(self, squares: Array, random: np.random.Generator) -> None:
        """Draw centre and spread together; the prior of the centre is flat."""
        spread = SPREADS[:, None]
        peak, width = _centre(np.log(squares), self.dof, spread)
        at = peak + width * _laid_at_random(random)
        fits = log_evidence(np.log(squares), self.dof, at[..., None], spread[..., None]).sum(-1)
        chosen = pick((fits + np.log(PRIOR[:, None] * width)).ravel(), random.random())
        self.spread = float(SPREADS[chosen // at.shape[1]])
        self.centre = float(at.flat[chosen])

    def variance(self, squares: Array, random: np.random.Generator) -> Array:
        """Draw variances, as in :class:`Scales`."""
        peak, steep = _peak(np.log(squares), self.dof, self.centre, self.spread)
        off = _width(steep, self.spread)[:, None] * _laid_at_random(random)
        logs = _fall(off, steep[:, None], self.spread)
        drawn = [grid[pick(log, random.random())] for grid, log in zip(off, logs, strict=True)]
        return np.exp(2 * (peak + np.array(drawn)))


def log_evidence(log_squares: Array, dof: int, centre: Array | float, spread: Array | float) -> Array:
    """Logarithm of the integral of N(u; centre, spread^2) L(exp(u)) over u; all arguments are broadcast."""
    peak, steep = _peak(log_squares, dof, centre, spread)
    width = _width(steep, spread)
    off = width[..., None] * NODES
    fall = _fall(off, steep[..., None], np.asarray(spread)[..., None])
    area = np.exp(fall + LOG_WEIGHTS).sum(-1) * width / (np.sqrt(2 * np.pi) * np.asarray(spread))
    top = -0.5 * ((peak - centre) / spread) ** 2 - dof * peak - steep / 2
    return np.asarray(top + np.log(area))


def _peak(log_squares: Array, dof: int, centre: Array | float, spread: Array | float) -> tuple[Array, Array]:
    """Where the integrand is highest, and s / sigma^2 there.

    Its derivative vanishes where u = a + spread^2 s exp(-2u), with a = centre - f spread^2.
    """
    variance = np.square(spread)
    least = centre - dof * variance
    omega = wrightomega(np.log(2 * variance) + log_squares - 2 * least)
    return least + omega / 2, omega / (2 * variance)


def _width(steep: Array, spread: Array | float) -> Array:
    """The standard deviation of a normal distribution as curved as the integrand at its peak."""
    return np.asarray(1 / np.sqrt(1 / np.square(spread) + 2 * steep))


def _fall(off: Array, steep: Array, spread: Array | float) -> Array:
    """Logarithm of the integrand at some distance from its peak, 0 at the peak."""
    return np.asarray(-np.square(off / spread) / 2 - steep / 2 * (np.expm1(-2 * off) + 2 * off))


def _centre(log_squares: Array, dof: int, spread: Array) -> tuple[Array, Array]:
    """The peak of the density of m for each spread, and its width, by Newton's method; shape `[s, 1]`.

    It is log-concave, and for the smallest spreads all noise has the scale from which Newton's method starts.
    """
    largest = log_squares.max()
    peak: Array = np.full(spread.shape, np.log(np.exp(log_squares - largest).mean()) + largest)
    peak = (peak - np.log(dof)) / 2
    for _ in range(NEWTON):
        _, steep = _peak(log_squares, dof, peak, spread)
        curved = (2 * steep / (1 + 2 * np.square(spread) * steep)).sum(-1, keepdims=True)
        peak = peak + (steep - dof).sum(-1, keepdims=True) / curved
    return peak, 1 / np.sqrt(curved)


def _laid_at_random(random: np.random.Generator) -> Array:
    """A grid around 0 that is shifted by a random part of a step.

    A draw of its points, by a smooth density, is a draw from that density.
    """
    return WIDE * (2 * np.arange(STEPS) + 2 * random.random() - STEPS) / STEPS
