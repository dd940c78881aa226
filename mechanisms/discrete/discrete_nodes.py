r"""Structural equations of discrete variables, whose counterfactuals make sense.

Binary and ordinal variables have a latent threshold: with one logistic noise

.. math:: x = \sum_k 1[\varepsilon > \operatorname{logit} P(x \le k \mid \text{parents})],

so that a row in which a level becomes more probable never falls to a lower one (Pearl 2009, section 9.2:
monotonicity). Categories have no order: with a standard Gumbel noise for each level

.. math:: x = \arg\max_k \, (\log P(x = k \mid \text{parents}) + g_k)

(Oberst and Sontag 2019, "Counterfactual off-policy evaluation with Gumbel-max structural causal models"),
under which a row changes its level only to one that gained in probability against it.

What noise a row had is not known, but its posterior is: logistic noise between two thresholds, and Gumbel
noise whose largest sum is at the observed level, the others below it (Maddison, Tarlow and Minka 2014, "A*
sampling").
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from foundation_causal.columns.schema import Column
from foundation_causal.types import Array
from mechanisms.noise.distributions import Distribution, Gumbel, Logistic

TINY = np.finfo(float).tiny


class DiscreteNode(ABC):
    """The structural equation of one discrete variable.

    Attributes:
        column: Its type and levels.
    """

    column: Column

    @property
    def noise_names(self) -> list[str]:
        """What its columns of noise are called: as the variable, if it has one, else one for each level."""
        return [self.column.name]

    @property
    def noise_distributions(self) -> list[Distribution]:
        """The distribution of each column of its noise."""
        return [Logistic()]

    @abstractmethod
    def respond(self, values: Array, noise: Array) -> Array:
        """The variable, given parents at values `[n, d]` and its noise `[n, m]`; shape `[n]`."""

    @abstractmethod
    def abduct(self, values: Array, observed: Array, uniform: Array) -> Array:
        """Noise that leads to what was observed, `[n]`, drawn from its posterior.

        Args:
            values: With the parents, shape `[n, d]`.
            observed: The variable, shape `[n]`.
            uniform: What chance is taken from, independent and uniform on (0, 1), shape `[n, m]`.

        Returns:
            Shape `[n, m]`.
        """

    @abstractmethod
    def log_probability(self, values: Array, observed: Array) -> Array:
        """Logarithm of the probability of what was observed `[n]`, given parents at values `[n, d]`."""

    @abstractmethod
    def mean(self, values: Array) -> Array:
        """The expectation given parents in `[n, d]`; of labels, the number of the most probable one."""

    @abstractmethod
    def expectation(self, values: Array, level: float | None = None) -> Array:
        """The expectation of its numbers, or the probability of one level, given parents in `[n, d]`."""

    @abstractmethod
    def drawn(self, random: np.random.Generator) -> DiscreteNode:
        """The equation with probabilities drawn from their posterior."""

    def shifted(self, amount: float) -> DiscreteNode | None:
        """The equation with an amount added to the log odds of being higher; None where there is no such."""
        return None


class LevelModel(Protocol):
    """Probabilities of K levels, given the parents of their variable."""

    def __call__(self, values: Array) -> Array:
        """Of each level, at values `[n, d]`; shape `[n, K]`."""
        ...

    def drawn(self, random: np.random.Generator) -> LevelModel:
        """A draw from the posterior."""
        ...


@dataclass(frozen=True)
class LevelNode(DiscreteNode):
    """A variable with levels.

    Attributes:
        column: Its type and levels.
        model: The probability of each level.
    """

    column: Column
    model: LevelModel

    @property
    def numbers(self) -> Array:
        """What stands for the levels, ascending."""
        return np.asarray(self.column.numbers)

    def log_probability(self, values: Array, observed: Array) -> Array:
        """Logarithm of the probability of the levels."""
        return np.asarray(np.log(_picked(self.model(values), self.column.codes(observed))))

    def mean(self, values: Array) -> Array:
        """The expectation of numbers, and the most probable of labels."""
        probabilities = self.model(values)
        if not self.column.has_mean:
            return self.numbers[probabilities.argmax(1)]
        return np.asarray(probabilities @ self.numbers)

    def expectation(self, values: Array, level: float | None = None) -> Array:
        """The expectation of its numbers, or the probability of one level."""
        probabilities = self.model(values)
        if level is None:
            return np.asarray(probabilities @ self.numbers)
        return probabilities[:, int(self.column.codes(np.array([level]))[0])]

    def drawn(self, random: np.random.Generator) -> LevelNode:
        """With probabilities drawn from their posterior."""
        return replace(self, model=self.model.drawn(random))


@dataclass(frozen=True)
class ThresholdNode(LevelNode):
    """A binary or ordinal variable with a latent threshold."""

    def respond(self, values: Array, noise: Array) -> Array:
        """The level whose thresholds lie around the noise."""
        return self.numbers[(noise[:, [0]] > self._thresholds(values)).sum(1)]

    def abduct(self, values: Array, observed: Array, uniform: Array) -> Array:
        """Logistic noise between the thresholds around the observed level."""
        ends = np.full((len(values), 1), np.inf)
        bounds = np.hstack([-ends, self._thresholds(values), ends])
        codes = self.column.codes(observed)
        return between(_picked(bounds, codes), _picked(bounds, codes + 1), uniform[:, 0])[:, None]

    def shifted(self, amount: float) -> ThresholdNode:
        """With an amount added to the log odds of being above each level, which moves the thresholds down."""
        return replace(self, model=Shifted(self.model, amount))

    def _thresholds(self, values: Array) -> Array:
        return thresholds(self.model(values))


@dataclass(frozen=True)
class Shifted:
    """Probabilities of ordered levels, the log odds of being above each of which have an amount added."""

    model: LevelModel
    amount: float

    def __call__(self, values: Array) -> Array:
        """Of each level, at values `[n, d]`; shape `[n, K]`."""
        borders = thresholds(self.model(values)) - self.amount
        ends = np.full((len(borders), 1), np.inf)
        low, high = np.hstack([-ends, borders]), np.hstack([borders, ends])
        # In the upper half the difference is taken of what lies above, where nothing is rounded away.
        upper = low > 0
        found = expit(np.where(upper, -low, high)) - expit(np.where(upper, -high, low))
        return np.maximum(found, TINY)

    def drawn(self, random: np.random.Generator) -> Shifted:
        """A draw from the posterior, shifted as much."""
        return Shifted(self.model.drawn(random), self.amount)


def thresholds(probabilities: Array) -> Array:
    """The log odds of being at most at each level but the last, `[n, K]` -> `[n, K - 1]`."""
    below = np.cumsum(probabilities, 1)[:, :-1]
    above = np.cumsum(probabilities[:, ::-1], 1)[:, -2::-1]
    return np.log(below) - np.log(above)


@dataclass(frozen=True)
class GumbelNode(LevelNode):
    """A categorical variable with the Gumbel-max equation."""

    @property
    def noise_names(self) -> list[str]:
        """One column for each level, as "stage=II"."""
        return [f"{self.column.name}={label}" for label in self.column.labels]

    @property
    def noise_distributions(self) -> list[Distribution]:
        """Standard Gumbel noise for each level."""
        return [Gumbel()] * len(self.column.labels)

    def respond(self, values: Array, noise: Array) -> Array:
        """The level with the largest sum of log probability and noise."""
        return self.numbers[(np.log(self.model(values)) + noise).argmax(1)]

    def abduct(self, values: Array, observed: Array, uniform: Array) -> Array:
        """Gumbel noise that makes the observed level the largest, from the top down."""
        probabilities, codes = self.model(values), self.column.codes(observed)
        rows = np.arange(len(codes))
        # The largest of all sums is a standard Gumbel, whichever level has it; exp(-largest) is exponential.
        top = -np.log(np.maximum(uniform[rows, codes], TINY))
        noise = -np.log(probabilities * top[:, None] - np.log(np.maximum(uniform, TINY)))
        noise[rows, codes] = -np.log(top) - np.log(probabilities[rows, codes])
        return noise


def between(low: Array, high: Array, uniform: Array) -> Array:
    """Logistic noise that is known to be above `low` and at most `high`, shape `[n]` each.

    It is computed in that tail of the distribution in which it lies, where nothing is rounded away.
    """
    upper = low > 0
    start = expit(np.where(upper, -high, low))
    end = expit(np.where(upper, -low, high))
    share = np.clip(start + uniform * (end - start), TINY, 1 - 2.0**-53)
    noise = np.where(upper, -1, 1) * logit(share)
    return np.asarray(np.minimum(np.maximum(noise, np.nextafter(low, np.inf)), high))


def level_node(column: Column, model: LevelModel) -> LevelNode:
    """The structural equation of a variable with levels.

    Args:
        column: Its type.
        model: The probability of each level.
    """
    return (ThresholdNode if column.is_ordered else GumbelNode)(column, model)


def probabilities_frame(node: LevelNode, values: Array) -> dict[Any, Array]:
    """The probability of each level, by its label, given parents at values `[n, d]`."""
    return dict(zip(node.column.labels, node.model(values).T, strict=True))


def _picked(table: Array, codes: NDArray[np.intp]) -> Array:
    """One column for each row, `[n, k]`, `[n]` -> `[n]`."""
    return table[np.arange(len(table)), codes]
