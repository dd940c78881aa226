r"""The structural equation of a count: the conditional quantile of its law, at one logistic noise.

.. math:: x = \min \{k : \operatorname{logit} P(x \le k \mid \text{parents}) \ge \varepsilon\}

so that a row whose law moves up never falls (Pearl 2009, section 9.2). The law is an average of those of
:mod:`mechanisms.discrete.count_regression` and of proportional odds over the counts that were seen, which
have any shape, weighted by evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from foundation_causal.columns.schema import Column
from foundation_causal.types import Array
from mechanisms.discrete.class_model import Fit, HasEvidence, input_cells, searched, weighted
from mechanisms.discrete.count_regression import DISPERSIONS, CountFit, fit_counts
from mechanisms.discrete.designs import MAX_CENTRES, curved_designs, simple_designs, with_prior
from mechanisms.discrete.discrete_nodes import DiscreteNode, between
from mechanisms.discrete.ordered_regression import fit_ordered
from mechanisms.discrete.tables import fit_table
from mechanisms.kernel.parent_inputs import ParentInputs

LEAST = 1e-6  # share of the answer that a geometric law always has, so that no count is impossible
MOST_DOUBLINGS = 60
TRIED_DESIGNS, KINDS = 3, 2  # on which kinds of laws are compared, and how many of these go on


class Law(HasEvidence, Protocol):
    """The distribution of a count at given inputs."""

    def mean(self, x: Array) -> Array:
        """The expectation at inputs, shape `[n, q]` -> `[n]`."""
        ...

    def at(self, x: Array) -> Counted:
        """The distributions at inputs, shape `[n, q]`."""
        ...

    def drawn(self, random: np.random.Generator) -> Law:
        """A draw from the posterior."""
        ...


class Counted(Protocol):
    """The distributions of the counts of n rows."""

    def probability(self, k: Array) -> Array:
        """Of one count for each row, shape `[n]` -> `[n]`."""
        ...

    def tails(self, k: Array) -> tuple[Array, Array]:
        """The probabilities of at most k, and of more, one k for each row; shape `[n]` -> twice `[n]`."""
        ...


@dataclass(frozen=True)
class Seen:
    """Probabilities of the counts that were seen.

    Attributes:
        counts: Ascending, shape `[K]`.
        fit: Their probabilities.
    """

    counts: Array
    fit: Fit

    @property
    def evidence(self) -> float:
        """Log marginal likelihood."""
        return self.fit.evidence

    @property
    def family(self) -> tuple[object, ...]:
        """Equal for those that differ by their prior alone."""
        return self.fit.family

    def mean(self, x: Array) -> Array:
        """The expectation at inputs, shape `[n, q]` -> `[n]`."""
        return self.fit.probabilities(x) @ self.counts

    def at(self, x: Array) -> SeenAt:
        """The distributions at inputs, shape `[n, q]`."""
        probabilities = self.fit.probabilities(x)
        below = np.cumsum(np.hstack([np.zeros((len(x), 1)), probabilities]), 1)
        above = np.cumsum(np.hstack([np.zeros((len(x), 1)), probabilities[:, ::-1]]), 1)[:, ::-1]
        return SeenAt(self.counts, probabilities, below, above)

    def drawn(self, random: np.random.Generator) -> Seen:
        """A draw from the posterior."""
        return Seen(self.counts, self.fit.drawn(random))


@dataclass(frozen=True)
class SeenAt:
    """Probabilities `[n, K]` of the counts that were seen, and of less and more than each, `[n, K + 1]`."""

    counts: Array
    probabilities: Array
    below: Array
    above: Array

    def probability(self, k: Array) -> Array:
        """Of one count for each row, shape `[n]`."""
        place = np.minimum(np.searchsorted(self.counts, k), len(self.counts) - 1)
        found = self.probabilities[np.arange(len(k)), place]
        return np.where(self.counts[place] == k, found, 0.0)

    def tails(self, k: Array) -> tuple[Array, Array]:
        """The probabilities of at most k, and of more, shape `[n]`."""
        place, rows = np.searchsorted(self.counts, k, side="right"), np.arange(len(k))
        return self.below[rows, place], self.above[rows, place]


@dataclass(frozen=True)
class CountNode(DiscreteNode):
    """A count.

    Attributes:
        column: Its type.
        inputs: From rows to inputs.
        laws: At least one.
        weights: Shape `[len(laws)]`, summing to 1.
        typical: The mean of all rows, by which the law of last resort falls.
    """

    column: Column
    inputs: ParentInputs
    laws: Sequence[Law]
    weights: Array
    typical: float

    def respond(self, values: Array, noise: Array) -> Array:
        """The smallest count at which the log odds of being at most so large reach the noise."""
        if not len(values):
            return np.empty(0)
        at, reach = self._at(values), noise[:, 0]
        low, high = np.full(len(reach), -1.0), np.ones(len(reach))
        for _ in range(MOST_DOUBLINGS):  # low is too small, high is large enough
            short = self._odds(at, high) < reach
            if not short.any():
                break
            low, high = np.where(short, high, low), np.where(short, 2 * high, high)
        while (high - low > 1).any():
            middle = np.floor((low + high) / 2)
            enough = self._odds(at, middle) >= reach
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return high

    def abduct(self, values: Array, observed: Array, uniform: Array) -> Array:
        """Logistic noise between the log odds of less than was observed and of at most that."""
        at, k = self._at(values), np.rint(observed)
        return between(self._odds(at, k - 1), self._odds(at, k), uniform[:, 0])[:, None]

    def log_probability(self, values: Array, observed: Array) -> Array:
        """Logarithm of the probability of counts; minus infinity where there can be none."""
        k = np.asarray(observed)
        possible = (k >= 0) & (k == np.rint(k))
        seen = np.where(possible, k, 0.0)
        pairs = zip(self.weights, self._at(values), strict=True)
        mean = sum(w * at.probability(seen) for w, at in pairs)
        ratio = self._ratio
        mixed = (1 - LEAST) * mean + LEAST * (1 - ratio) * ratio**seen
        return np.where(possible, np.log(np.maximum(mixed, 1e-300)), -np.inf)

    def mean(self, values: Array) -> Array:
        """The expectation given parents at values `[n, d]`."""
        x = self.inputs(values)
        pairs = zip(self.weights, self.laws, strict=True)
        return np.asarray((1 - LEAST) * sum(w * law.mean(x) for w, law in pairs) + LEAST * self.typical)

    def expectation(self, values: Array, level: float | None = None) -> Array:
        """The expectation, or the probability of one count."""
        if level is None:
            return self.mean(values)
        return np.exp(self.log_probability(values, np.full(len(values), level)))

    def drawn(self, random: np.random.Generator) -> CountNode:
        """One of the laws, by its weight, drawn from its posterior."""
        law = self.laws[random.choice(len(self.laws), p=self.weights)]
        return replace(self, laws=[law.drawn(random)], weights=np.ones(1))

    @property
    def _ratio(self) -> float:
        """Of the geometric law of last resort, whose mean is that of all rows, and at least 1."""
        return max(self.typical, 1.0) / (1 + max(self.typical, 1.0))

    def _at(self, values: Array) -> list[Counted]:
        x = self.inputs(values)
        return [law.at(x) for law in self.laws]

    def _odds(self, at: Sequence[Counted], k: Array) -> Array:
        """The log odds of being at most k, shape `[n]`."""
        last = self._ratio ** np.maximum(k + 1, 0)
        below, above = LEAST * (1 - last), LEAST * last
        for weight, law in zip(self.weights, at, strict=True):
            under, over = law.tails(k)
            below, above = below + (1 - LEAST) * weight * under, above + (1 - LEAST) * weight * over
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.maximum(below, 0)) - np.log(np.maximum(above, 1e-320)))


def fit_count_node(column: Column, inputs: ParentInputs, rows: Array, counts: Array) -> CountNode:
    """Fit the structural equation of a count.

    Args:
        column: Its type.
        inputs: From rows to inputs.
        rows: Values of all variables, shape `[n, d]`, in no particular order.
        counts: Of the variable, shape `[n]`.
    """
    x, seen = inputs(rows), np.unique(counts)
    codes = np.searchsorted(seen, counts)
    cells, cell_codes, weights, few = input_cells(x, codes)
    fits: list[Fit] = [fit_table(cells, cell_codes, weights, len(seen))] if few else []
    if x.shape[1]:
        fits += searched(fit_ordered, cells, cell_codes, weights, len(seen), inputs.widths, MAX_CENTRES)
    laws: list[Law] = [Seen(seen, fit) for fit in fits]
    laws += _smooth(cells, seen[cell_codes], weights, inputs.widths)
    chosen, share = weighted(laws)
    return CountNode(column, inputs, chosen, share, float(counts.mean()))


def _smooth(x: Array, counts: Array, weights: Array, widths: Sequence[int]) -> list[CountFit]:
    """Laws on every design, of the kinds (dispersion, extra zeros or not) that are best on straight lines."""
    simple = list(simple_designs(x, widths))
    tried = [design for design in simple if design.kind in ("constant", "linear")][:TRIED_DESIGNS]
    first = [
        fit for r in DISPERSIONS for design in tried for fit in fit_counts(design, x, counts, weights, r)
    ]
    kinds = list(dict.fromkeys(fit.kind for fit in sorted(first, key=lambda fit: -fit.evidence)))
    curved = list(curved_designs(x, widths)) if x.shape[1] else []
    return [
        fit
        for dispersion, zeros in kinds[:KINDS]
        for design in with_prior(simple + curved)
        for fit in fit_counts(design, x, counts, weights, dispersion, zeros=zeros)
    ]
