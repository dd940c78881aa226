"""Some variables of a mechanism model, so that others cost nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np

from foundation_causal.columns.schema import Column
from foundation_causal.types import Array
from mechanisms.discrete.discrete_nodes import DiscreteNode
from mechanisms.mechanism_model import MechanismModel
from mechanisms.noise.distributions import Distribution


@dataclass(frozen=True)
class Part(MechanismModel):
    """Some variables of a mechanism model, so that others cost nothing.

    Attributes:
        base: The whole.
        positions: Positions of its variables; the parents of those that are predicted must be among them.
    """

    base: MechanismModel
    positions: Sequence[int]

    @cached_property
    def names(self) -> list[str]:
        """The variables of the part."""
        whole = self.base.names
        return [whole[j] for j in self.positions]

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The edges among them."""
        return nx.DiGraph(self.base.graph.subgraph(self.names))

    @cached_property
    def discrete_nodes(self) -> Mapping[int, DiscreteNode]:
        """The structural equations of the discrete variables, by position in the part."""
        whole = self.base.discrete_nodes
        return {k: PartNode(whole[j], self) for k, j in enumerate(self.positions) if j in whole}

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, len(positions)]` -> `[n, len(nodes)]`."""
        return self.base.predict_nodes([self.positions[j] for j in nodes], self.whole(values))

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`S_j` at `values` for each j in `nodes`, shape `[n, len(positions)]` -> `[n, len(nodes)]`."""
        return self.base.scale_nodes([self.positions[j] for j in nodes], self.whole(values))

    def functions_and_scales(self, nodes: Sequence[int], values: Array) -> tuple[Array, Array]:
        """`F_j` and `S_j`, shape `[n, len(positions)]` -> twice `[n, len(nodes)]`."""
        return self.base.functions_and_scales([self.positions[j] for j in nodes], self.whole(values))

    def whole(self, values: Array) -> Array:
        """Values of all variables, zero for those outside the part."""
        whole = np.zeros((len(values), len(self.base.names)))
        whole[:, self.positions] = values
        return whole


@dataclass(frozen=True)
class PartNode(DiscreteNode):
    """The structural equation of a discrete variable, whose parents stand in a part of the variables.

    Attributes:
        base: The equation that reads all variables.
        part: Which of them there are.
    """

    base: DiscreteNode
    part: Part

    @property
    def column(self) -> Column:  # type: ignore[override]
        """Its type and levels."""
        return self.base.column

    @property
    def noise_names(self) -> list[str]:
        """What its columns of noise are called."""
        return self.base.noise_names

    @property
    def noise_distributions(self) -> list[Distribution]:
        """The distribution of each column of its noise."""
        return self.base.noise_distributions

    def respond(self, values: Array, noise: Array) -> Array:
        """The variable, given values of the part and its noise."""
        return self.base.respond(self.part.whole(values), noise)

    def abduct(self, values: Array, observed: Array, uniform: Array) -> Array:
        """Noise that leads to what was observed, drawn from its posterior."""
        return self.base.abduct(self.part.whole(values), observed, uniform)

    def log_probability(self, values: Array, observed: Array) -> Array:
        """Logarithm of the probability of what was observed."""
        return self.base.log_probability(self.part.whole(values), observed)

    def mean(self, values: Array) -> Array:
        """The expectation given values of the part."""
        return self.base.mean(self.part.whole(values))

    def expectation(self, values: Array, level: float | None = None) -> Array:
        """The expectation of its numbers, or the probability of one level, given values of the part."""
        return self.base.expectation(self.part.whole(values), level)

    def drawn(self, random: np.random.Generator) -> DiscreteNode:
        """With probabilities drawn from their posterior."""
        return PartNode(self.base.drawn(random), self.part)
