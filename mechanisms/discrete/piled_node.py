r"""The structural equation of a continuous variable that piles up at its smallest or largest value.

Clipped measurements and amounts that are often zero have no additive noise. With one logistic noise, u its
probability, and the probabilities of the ends given the parents,

.. math:: x = \mathrm{low} \text{ if } u \le p_{low}, \quad \mathrm{high} \text{ if } u > 1 - p_{high}, \quad
   F(\text{parents}) + S(\text{parents}) \, Q\!\left(\frac{u - p_{low}}{1 - p_{low} - p_{high}}\right)
   \text{ else},

where F, S and the noise's quantiles Q are those of a Gaussian process on the rows between the ends (a
two-part model, Cragg 1971, "Some statistical models for limited dependent variables").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from foundation_causal.columns.schema import Column
from foundation_causal.types import Array
from mechanisms.discrete.class_model import ClassModel, fit_class_model
from mechanisms.discrete.discrete_nodes import DiscreteNode, between
from mechanisms.kernel.gaussian_process import Regression
from mechanisms.kernel.noise_scale import node_regression
from mechanisms.kernel.parent_inputs import ParentInputs
from mechanisms.kernel.posterior_draws import draw_functions
from mechanisms.noise.density_fit import fit_distribution
from mechanisms.noise.distributions import Distribution, log_likelihood

PILE = 0.05  # share of the rows that have the smallest or the largest value
MIN_PILE, MIN_BETWEEN = 20, 30  # rows with it, and rows with other values
MIN_VALUES = 20  # different values in these
MAX_BETWEEN = 1000  # rows that the Gaussian process is fitted to
DECIMALS = 8
INSIDE = 1e-12


@dataclass(frozen=True)
class Ends:
    """Where a variable piles up; infinite where it does not."""

    low: float
    high: float

    def codes(self, column: Array) -> NDArray[np.intp]:
        """0 at the low end, 1 between, 2 at the high end, shape `[n]`."""
        return np.where(column <= self.low, 0, np.where(column >= self.high, 2, 1)).astype(np.intp)


@dataclass(frozen=True)
class PiledNode(DiscreteNode):
    """A variable that piles up at its ends.

    Attributes:
        column: Its type.
        ends: Where it piles up.
        model: Probabilities of the low end, of what lies between, and of the high end.
        fitted: The regression of the rows between, standardized.
        function: Its posterior mean, or a draw; inputs `[n, q]` -> `[n]`.
        centre, scale: Mean and standard deviation of the rows between.
        noise: The distribution of the noise there, over its scale where that depends on the parents.
    """

    column: Column
    ends: Ends
    model: ClassModel
    fitted: Regression
    function: Callable[[Array], Array]
    centre: float
    scale: float
    noise: Distribution

    def respond(self, values: Array, noise: Array) -> Array:
        """An end, or what lies between, given parents at values `[n, d]` and the noise."""
        shares = self._shares(values)
        low, high = self._thresholds(shares)
        share = (expit(noise[:, 0]) - shares[:, 0]) / np.maximum(shares[:, 1], INSIDE)
        level, spread = self._between(values)
        inner = level + spread * self.noise.quantile(np.clip(share, INSIDE, 1 - INSIDE))
        inner = np.clip(inner, self.ends.low, self.ends.high)
        return np.where(
            noise[:, 0] <= low, self.ends.low, np.where(noise[:, 0] > high, self.ends.high, inner)
        )

    def abduct(self, values: Array, observed: Array, uniform: Array) -> Array:
        """At the ends a draw from the posterior of the noise, between them the noise itself."""
        shares, codes = self._shares(values), self.ends.codes(observed)
        low, high = self._thresholds(shares)
        level, spread = self._between(values)
        share = np.clip(self.noise.cdf((observed - level) / spread), INSIDE, 1 - INSIDE)
        inner = np.clip(logit(shares[:, 0] + shares[:, 1] * share), np.nextafter(low, np.inf), high)
        far = np.full(len(values), np.inf)
        outer = between(np.where(codes == 2, high, -far), np.where(codes == 2, far, low), uniform[:, 0])
        return np.where(codes == 1, inner, outer)[:, None]

    def log_probability(self, values: Array, observed: Array) -> Array:
        """Logarithm of the probability of an end, or of the density between them."""
        codes = self.ends.codes(observed)
        level, spread = self._between(values)
        density = log_likelihood(self.noise, (observed - level) / spread, spread)
        likely = np.log(self._shares(values)[np.arange(len(codes)), codes])
        return np.asarray(likely + np.where(codes == 1, density, 0.0))

    def mean(self, values: Array) -> Array:
        """The expectation given parents in `[n, d]`."""
        shares, level = self._shares(values), self._between(values)[0]
        total = shares[:, 1] * np.clip(level, self.ends.low, self.ends.high)
        for k, end in ((0, self.ends.low), (2, self.ends.high)):
            total = total + (shares[:, k] * end if np.isfinite(end) else 0.0)
        return np.asarray(total)

    def expectation(self, values: Array, level: float | None = None) -> Array:
        """The expectation given parents in `[n, d]`; it has no levels."""
        return self.mean(values)

    def drawn(self, random: np.random.Generator) -> PiledNode:
        """With probabilities and function drawn from their posterior."""
        ((function, _),) = draw_functions(self.fitted, 1, random)
        return replace(self, model=self.model.drawn(random), function=function)

    @property
    def with_one_scale(self) -> PiledNode:
        """With noise between the ends that is as large whatever the causes are."""
        plain = self.fitted.with_one_scale
        return replace(self, fitted=plain, function=plain.predict, noise=fit_distribution(plain.noise))

    def _between(self, values: Array) -> tuple[Array, Array]:
        """F and S of the rows between the ends, shape `[n]` each."""
        x = self.model.inputs(values)
        spread = np.ones(len(x)) if self.fitted.spread is None else self.fitted.spread(x)
        return self.centre + self.scale * self.function(x), self.scale * spread

    def _shares(self, values: Array) -> Array:
        """The probabilities of low end, between and high end, `[n, 3]`; 0 of an end that there is not.

        The model gives what it has never seen a small probability, which would leave the furthest tail of
        the noise to one row in some hundred.
        """
        is_there = [np.isfinite(self.ends.low), True, np.isfinite(self.ends.high)]
        shares = self.model(values) * is_there
        return np.asarray(shares / shares.sum(1, keepdims=True))

    def _thresholds(self, shares: Array) -> tuple[Array, Array]:
        """The log odds up to which rows with these shares are at the low end, and above which at the high."""
        far = np.full(len(shares), np.inf)
        low = -far if np.isinf(self.ends.low) else np.log(shares[:, 0]) - np.log(shares[:, 1:].sum(1))
        high = far if np.isinf(self.ends.high) else np.log(shares[:, :2].sum(1)) - np.log(shares[:, 2])
        return low, high


def piled_ends(column: Array) -> Ends | None:
    """Where the values of a continuous variable `[n]` pile up; None if they do not.

    >>> piled_ends(np.clip(np.linspace(-3, 9, 400), 0, None)).low
    0.0
    """
    low, high = float(column.min()), float(column.max())
    least = max(MIN_PILE, PILE * len(column))
    ends = Ends(
        low if (column == low).sum() >= least else -np.inf,
        high if (column == high).sum() >= least else np.inf,
    )
    inner = column[ends.codes(column) == 1]
    if np.isinf(ends.low) and np.isinf(ends.high):
        return None
    return ends if len(inner) >= MIN_BETWEEN and len(np.unique(inner)) >= MIN_VALUES else None


def fit_piled_node(
    column: Column, inputs: ParentInputs, rows: Array, observed: Array, ends: Ends
) -> PiledNode:
    """Fit the structural equation of a variable that piles up.

    Args:
        column: Its type.
        inputs: From rows to inputs.
        rows: Values of all variables, shape `[n, d]`, in no particular order.
        observed: Of the variable, shape `[n]`.
        ends: Where it piles up.
    """
    codes = ends.codes(observed)
    model = fit_class_model(inputs, rows, codes, 3, ordered=True)
    inner = np.flatnonzero(codes == 1)[:MAX_BETWEEN]
    centre, scale = float(observed[inner].mean()), float(observed[inner].std())
    x, y = inputs(rows[inner]), (observed[inner] - centre) / scale
    fitted = node_regression(x.round(DECIMALS), y.round(DECIMALS), "auto")
    noise = fitted.noise if fitted.spread is None else fitted.noise / fitted.spread(x)
    # The function's unit is that of the variable where the noise has one scale.
    return PiledNode(column, ends, model, fitted, fitted.predict, centre, scale, fit_distribution(noise))
