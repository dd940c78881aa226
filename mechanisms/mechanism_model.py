"""What the solver and :class:`mechanisms.CausalModel` ask of a mechanism model, and edits of one.

A mechanism model is the function F of a structural causal model x_j = F_j(x_parents(j)) + noise_j, however it
came about: fitted, predicted by a network, or written down. A heteroscedastic one adds the scale S_j of its
noise, x_j = F_j(x_parents(j)) + S_j(x_parents(j)) noise_j.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import networkx as nx
import numpy as np

from foundation_causal.types import Array

Edit: TypeAlias = Callable[[Array], Array]


CELLS = 2**20  # values handled at once; a network needs some hundred bytes for each


class MechanismModel(Protocol):
    """The functions F_j of d variables, in the user's units; `F_j` depends on the parents of j only.

    A heteroscedastic model has the method `scale_nodes` besides, as :class:`HeteroscedasticModel`.
    """

    @property
    def names(self) -> list[str]:
        """The d variables, in the order of the columns of `values`."""
        ...

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG over `names`."""
        ...

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape [n, d] -> [n, len(nodes)].

        Only the columns of the parents of j bear on the column of j.
        """
        ...


class HeteroscedasticModel(MechanismModel, Protocol):
    """A mechanism model whose noise has a scale that depends on the parents."""

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`S_j` at `values` for each j in `nodes`, shape [n, d] -> [n, len(nodes)]; above 0."""
        ...


def predict(model: MechanismModel, values: Array) -> Array:
    """All of F at `values`, shape [n, d] -> [n, d]."""
    found = np.empty((len(values), len(model.names)))
    for rows in chunks(*found.shape):
        found[rows] = model.predict_nodes(list(range(found.shape[1])), values[rows])
    return found


def scales(model: MechanismModel, nodes: Sequence[int], values: Array) -> Array:
    """The scales `S_j` of the noise for each j in `nodes`, shape [n, d] -> [n, len(nodes)].

    They are 1 where the noise is additive.

    >>> model = Functions(nx.DiGraph([("a", "b")]), {"a": lambda x: 0 * x[:, 0], "b": lambda x: 2 * x[:, 0]})
    >>> scales(model, [0, 1], np.array([[1.0, 5.0]]))
    array([[1., 1.]])
    """
    if hasattr(model, "scale_nodes"):
        found: Array = model.scale_nodes(nodes, values)
        return found
    return np.ones((len(values), len(nodes)))


def functions_and_scales(model: MechanismModel, nodes: Sequence[int], values: Array) -> tuple[Array, Array]:
    """`F_j` and `S_j` at `values` for each j in `nodes`, shape [n, d] -> twice [n, len(nodes)].

    A model that finds both by one piece of work has a method of this name.
    """
    if hasattr(model, "functions_and_scales"):
        found: tuple[Array, Array] = model.functions_and_scales(nodes, values)
        return found
    return model.predict_nodes(nodes, values), scales(model, nodes, values)


def noise_and_scales(model: MechanismModel, values: Array) -> tuple[Array, Array]:
    """The noise of `values`, (values - F) / S, and S, shape [n, d] -> twice [n, d]."""
    noise, scale = np.empty(values.shape), np.empty(values.shape)
    for rows in chunks(*values.shape):
        function, scale[rows] = functions_and_scales(model, list(range(values.shape[1])), values[rows])
        noise[rows] = (values[rows] - function) / scale[rows]
    return noise, scale


def abduct(model: MechanismModel, values: Array) -> Array:
    """The noise of `values`, (values - F) / S, shape [n, d] -> [n, d]."""
    return noise_and_scales(model, values)[0]


def chunks(n: int, d: int) -> Iterator[slice]:
    """Slices of n rows of d values, `CELLS` values at a time, so that the memory of a call is bounded.

    >>> list(chunks(5, CELLS // 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    rows = max(1, CELLS // max(d, 1))
    return (slice(start, min(start + rows, n)) for start in range(0, n, rows))


def column_by_column(one: Callable[[int], Array], nodes: Sequence[int], n: int) -> Array:
    """What `one` says of each of the nodes, side by side: [n] each -> [n, len(nodes)]."""
    found = np.empty((n, len(nodes)))
    for k, j in enumerate(nodes):
        found[:, k] = one(j)
    return found


@dataclass(frozen=True)
class Functions:
    """A mechanism model written down: one function of the table of values per variable.

    Attributes:
        graph: the DAG; its node order is the order of the columns.
        functions: for each variable, values [n, d] -> [n]. A function must read the columns of its variable's
            parents only; that is not checked.
        scales: likewise the scale of the noise, for the variables where it is not 1.

    >>> model = Functions(nx.DiGraph([("a", "b")]), {"a": lambda x: 0 * x[:, 0], "b": lambda x: 2 * x[:, 0]})
    >>> predict(model, np.array([[1.0, 5.0]]))
    array([[0., 2.]])
    """

    graph: nx.DiGraph
    functions: Mapping[str, Edit]
    scales: Mapping[str, Edit] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The variables, in the order of the graph's nodes."""
        return list(self.graph)

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape [n, d] -> [n, len(nodes)]."""
        names = self.names
        return column_by_column(lambda j: self.functions[names[j]](values), nodes, len(values))

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`S_j` at `values` for each j in `nodes`, shape [n, d] -> [n, len(nodes)]."""
        found = np.ones((len(values), len(nodes)))
        for k, name in enumerate(self.names[j] for j in nodes):
            if name in self.scales:
                found[:, k] = self.scales[name](values)
        return found


@dataclass(frozen=True)
class Edited:
    """A mechanism model under soft interventions: some F_j are passed through a function, or replaced.

    The parents stay parents, and the noise stays added: the edit `{j: lambda f: f + 1}` shifts variable j,
    and `{j: lambda f: 0.5 * f}` halves the effect that its parents have on it.

    Attributes:
        base: the model that is edited.
        edits: functions of F_j, [n] -> [n].
        replaced: functions in the place of F_j, values [n, d] -> [n], which read the parents' columns only.
    """

    base: MechanismModel
    edits: Mapping[int, Edit]
    replaced: Mapping[int, Edit] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The variables of the model that is edited."""
        return self.base.names

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG of the model that is edited."""
        return self.base.graph

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape [n, d] -> [n, len(nodes)], after the edits."""
        return self._changed(nodes, values, self.base.predict_nodes(nodes, values))

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`S_j` at `values` for each j in `nodes`, shape [n, d] -> [n, len(nodes)].

        It is what it was, but where noise is relative: there it is as large as the new F_j, unless the edit
        says that it `keeps_scale`, as a shift does.
        """
        return self.functions_and_scales(nodes, values)[1]

    def functions_and_scales(self, nodes: Sequence[int], values: Array) -> tuple[Array, Array]:
        """What `predict_nodes` and `scale_nodes` say."""
        before, scale = functions_and_scales(self.base, nodes, values)
        found = self._changed(nodes, values, before)
        rescaled = [j in self.relative_nodes and self._rescales(j) for j in nodes]
        return found, np.where(rescaled, np.abs(found), scale)

    def _changed(self, nodes: Sequence[int], values: Array, before: Array) -> Array:
        """The mechanisms of the base model at `values`, shape [n, len(nodes)], after the edits."""
        found = np.array(before)
        for k, j in enumerate(nodes):
            if j in self.replaced:
                found[:, k] = self.replaced[j](values)
            elif j in self.edits:
                found[:, k] = self.edits[j](found[:, k])
        return found

    def _rescales(self, j: int) -> bool:
        return j in self.replaced or (j in self.edits and not getattr(self.edits[j], "keeps_scale", False))

    @property
    def relative_nodes(self) -> frozenset[int]:
        """Positions of the variables whose noise is relative to F, as of a `LogModel`."""
        return relative_nodes(self.base)


def relative_nodes(model: MechanismModel) -> frozenset[int]:
    """Positions of the variables whose noise is relative to F; none unless the model names some."""
    return getattr(model, "relative_nodes", frozenset())


def edited(model: MechanismModel) -> set[int]:
    """Positions of the variables whose mechanism a soft intervention changed."""
    return {*model.edits, *model.replaced, *edited(model.base)} if isinstance(model, Edited) else set()
