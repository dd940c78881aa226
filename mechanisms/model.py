"""What the solver and :class:`mechanisms.CausalModel` ask of a mechanism model, and edits of one.

A mechanism model is the function F of a structural causal model with additive noise,
x_j = F_j(x_parents(j)) + noise_j, however it came about: fitted, predicted by a network, or written down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import networkx as nx
import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Edit: TypeAlias = Callable[[Array], Array]


class MechanismModel(Protocol):
    """The functions F_j of d variables, in the user's units; `F_j` depends on the parents of j only."""

    @property
    def names(self) -> list[str]:
        """The d variables, in the order of the columns of `values`."""
        ...

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG over `names`."""
        ...

    def predict_node(self, j: int, values: Array) -> Array:
        """`F_j` at `values`, shape [n, d] -> [n]; only the columns of the parents of j are read."""
        ...


def predict(model: MechanismModel, values: Array) -> Array:
    """All of F at `values`, shape [n, d] -> [n, d]."""
    return np.stack([model.predict_node(j, values) for j in range(len(model.names))], axis=1)


@dataclass(frozen=True)
class Functions:
    """A mechanism model written down: one function of the table of values per variable.

    Attributes:
        graph: the DAG; its node order is the order of the columns.
        functions: for each variable, values [n, d] -> [n]. A function must read the columns of its variable's
            parents only; that is not checked.

    >>> model = Functions(nx.DiGraph([("a", "b")]), {"a": lambda x: 0 * x[:, 0], "b": lambda x: 2 * x[:, 0]})
    >>> predict(model, np.array([[1.0, 5.0]]))
    array([[0., 2.]])
    """

    graph: nx.DiGraph
    functions: Mapping[str, Edit]

    @property
    def names(self) -> list[str]:
        """The variables, in the order of the graph's nodes."""
        return list(self.graph)

    def predict_node(self, j: int, values: Array) -> Array:
        """`F_j` at `values`, shape [n, d] -> [n]."""
        return np.asarray(self.functions[self.names[j]](values), dtype=np.float64)


@dataclass(frozen=True)
class Edited:
    """A mechanism model under soft interventions: the named F_j are passed through a function.

    The parents stay parents, and the noise stays added: `{j: lambda f: f + 1}` shifts variable j, and
    `{j: lambda f: 0.5 * f}` halves the effect that its parents have on it.
    """

    base: MechanismModel
    edits: Mapping[int, Edit]

    @property
    def names(self) -> list[str]:
        """The variables of the model that is edited."""
        return self.base.names

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG of the model that is edited."""
        return self.base.graph

    def predict_node(self, j: int, values: Array) -> Array:
        """`F_j` at `values`, shape [n, d] -> [n], after the edit."""
        before = self.base.predict_node(j, values)
        return self.edits[j](before) if j in self.edits else before
