"""The base class of mechanism models, models that are written down, and models under soft interventions.

A mechanism model is the function F of a structural causal model x_j = F_j(x_parents(j)) + noise_j, however it
came about: fitted, predicted by a network, or written down. A heteroscedastic one adds the scale S_j of its
noise, x_j = F_j(x_parents(j)) + S_j(x_parents(j)) noise_j. A discrete variable has a structural equation of
its own (:mod:`mechanisms.discrete.discrete_nodes`), x_j = G_j(x_parents(j), noise_j), whose noise may have
several columns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from foundation_causal.observations import Observations
from foundation_causal.runtime import stream
from foundation_causal.types import Array
from mechanisms.discrete.discrete_nodes import DiscreteNode
from mechanisms.noise.distributions import Distribution

Edit: TypeAlias = Callable[[Array], Array]

MAX_VALUES = 2**20  # handled at once; a network needs some hundred bytes for each


class MechanismModel(ABC):
    """The functions F_j of d variables, in the user's units; `F_j` depends on the parents of j only.

    A subclass has the DAG as its attribute or property `graph` and predicts. It overrides what else it knows
    better: the scale of the noise, the noise that the observations had, and draws from a posterior.
    """

    if TYPE_CHECKING:
        # At run time an abstract property would stand in the way of a dataclass with the field `graph`.
        @property
        @abstractmethod
        def graph(self) -> nx.DiGraph:
            """The DAG over `names`, its nodes in the order of the columns of `values`."""

    @abstractmethod
    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`.

        Only the columns of the parents of j bear on the column of j.
        """

    @property
    def names(self) -> list[str]:
        """The d variables, in the order of the columns of `values`."""
        return list(self.graph)

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """The scale `S_j` of the noise at `values` for each j in `nodes`, `[n, d]` -> `[n, len(nodes)]`.

        It is above 0, and 1 where the noise is additive.

        >>> model = Functions(nx.DiGraph([("a", "b")]), {"a": lambda x: 0 * x[:, 0], "b": lambda x: x[:, 0]})
        >>> model.scale_nodes([0, 1], np.array([[1.0, 5.0]]))
        array([[1., 1.]])
        """
        return np.ones((len(values), len(nodes)))

    def functions_and_scales(self, nodes: Sequence[int], values: Array) -> tuple[Array, Array]:
        """`F_j` and `S_j` at `values` for each j in `nodes`, shape `[n, d]` -> twice `[n, len(nodes)]`.

        A model that finds both by one piece of work overrides this.
        """
        return self.predict_nodes(nodes, values), self.scale_nodes(nodes, values)

    @property
    def discrete_nodes(self) -> Mapping[int, DiscreteNode]:
        """The structural equations of the discrete variables, by position; all others have additive noise."""
        return {}

    @property
    def noise_names(self) -> list[str]:
        """What the columns of the noise are called: as their variables; of categories, as "stage=II"."""
        discrete = self.discrete_nodes
        if not discrete:
            return self.names
        return [
            name
            for j, variable in enumerate(self.names)
            for name in (discrete[j].noise_names if j in discrete else [variable])
        ]

    def noise_columns(self, nodes: Sequence[int]) -> list[int]:
        """Positions of the columns of noise that the variables in `nodes` have, one after the other."""
        discrete = self.discrete_nodes
        if not discrete:
            return list(nodes)
        sizes = [len(discrete[j].noise_names) if j in discrete else 1 for j in range(len(self.names))]
        ends = np.cumsum(sizes)
        return [column for j in nodes for column in range(ends[j] - sizes[j], ends[j])]

    def respond(self, nodes: Sequence[int], values: Array, noise: Array) -> Array:
        """The variables in `nodes`, given their parents and their noise.

        Args:
            nodes: Positions.
            values: Shape `[n, d]`, of which the parents of the nodes are read.
            noise: Of all variables, shape `[n, m]`, columns as :attr:`noise_names`.

        Returns:
            `F_j + S_j noise_j`, or what the structural equation of a discrete variable says; shape
            `[n, len(nodes)]`.
        """
        discrete = self.discrete_nodes
        additive = [j for j in nodes if j not in discrete]
        if len(additive) == len(nodes):
            function, scale = self.functions_and_scales(nodes, values)
            return function + scale * noise[:, self.noise_columns(nodes)]
        responses = np.empty((len(values), len(nodes)))
        if additive:
            responses[:, [j not in discrete for j in nodes]] = self.respond(additive, values, noise)
        for k, j in enumerate(nodes):
            if j in discrete:
                responses[:, k] = discrete[j].respond(values, noise[:, self.noise_columns([j])])
        return responses

    def abduct_nodes(self, nodes: Sequence[int], values: Array, uniform: Array) -> Array:
        """Noise of the variables in `nodes` that leads to the values.

        Args:
            nodes: Positions.
            values: Shape `[n, d]`.
            uniform: What the noise of discrete variables is drawn by (:func:`posterior_uniform`), `[n, m]`.

        Returns:
            `(x_j - F_j) / S_j`, or, for a discrete variable, a draw from the posterior of its noise; the
            columns of the nodes one after the other (:meth:`noise_columns`).
        """
        discrete = self.discrete_nodes
        additive = [j for j in nodes if j not in discrete]
        parts: dict[int, Array] = {}
        if additive:
            function, scale = self.functions_and_scales(additive, values)
            residual = (values[:, additive] - function) / scale
            if len(additive) == len(nodes):
                return residual
            parts = {j: residual[:, [k]] for k, j in enumerate(additive)}
        for j in nodes:
            if j in discrete:
                own = uniform[:, self.noise_columns([j])]
                parts[j] = discrete[j].abduct(values, values[:, j], own)
        return np.hstack([parts[j] for j in nodes])

    def with_one_scale(self, nodes: Iterable[int]) -> MechanismModel:
        """These functions with noise of one scale, whatever the parents, for the variables in `nodes`.

        A model whose noise is additive is that already.
        """
        return self

    @property
    def relative_nodes(self) -> frozenset[int]:
        """Positions of the variables whose noise is relative to F, as those of a `LogModel` are."""
        return frozenset()

    @property
    def edited_nodes(self) -> frozenset[int]:
        """Positions of the variables whose mechanism a soft intervention changed."""
        return frozenset()

    def context_noise(self, data: Observations) -> Sequence[Array | Distribution]:
        """For each column of noise what the observations had, shape `[n_j]`, or its distribution.

        Values that were set by intervention have none. A model that was fitted to the data may know better
        than to take its residuals for the noise, and then overrides this.
        """
        noise = abduct(self, data.values)
        return [column[rows] for column, rows in zip(noise.T, data.free.T, strict=True)]

    @property
    def has_posterior(self) -> bool:
        """Whether :meth:`draws` draws the mechanisms, rather than taking them as they are."""
        return False

    def draws(self, k: int, seed: int, nodes: Sequence[int] | None = None) -> list[PosteriorDraw]:
        """Draw mechanisms from their posterior; a model without one is taken k times as it is.

        Args:
            k: How many draws.
            seed: The same seed gives the same draws.
            nodes: Positions of the variables to draw, all by default; the others stay as they are.
        """
        return [PosteriorDraw(self)] * k


@dataclass(frozen=True)
class PosteriorDraw:
    """One draw of mechanisms.

    Attributes:
        mechanisms: The functions.
        residuals: For each drawn variable the noise that its function leaves to the rows, shape `[n_j]`; None
            where the noise is that of the observations.
    """

    mechanisms: MechanismModel
    residuals: Mapping[int, Array] | None = None


def predict(model: MechanismModel, values: Array) -> Array:
    """All of F at `values`, shape `[n, d]` -> `[n, d]`."""
    functions = np.empty((len(values), len(model.names)))
    for rows in chunks(*functions.shape):
        functions[rows] = model.predict_nodes(list(range(functions.shape[1])), values[rows])
    return functions


def noise_and_scales(model: MechanismModel, values: Array, nodes: Sequence[int]) -> tuple[Array, Array]:
    """The noise (x_j - F_j) / S_j of variables with additive noise, and S_j.

    Args:
        model: The functions F_j.
        values: Shape `[n, d]`.
        nodes: Positions of the variables, none of them discrete.

    Returns:
        Twice `[n, len(nodes)]`.
    """
    noise, scale = np.empty((len(values), len(nodes))), np.empty((len(values), len(nodes)))
    for rows in chunks(*values.shape) if len(nodes) else ():
        function, scale[rows] = model.functions_and_scales(nodes, values[rows])
        noise[rows] = (values[rows][:, nodes] - function) / scale[rows]
    return noise, scale


def abduct(model: MechanismModel, values: Array, seed: int = 0) -> Array:
    """The noise of `values`, (values - F) / S, shape `[n, d]` -> `[n, m]`.

    Args:
        model: The mechanisms, with m columns of noise.
        values: Rows of all variables.
        seed: By which the noise of discrete variables is drawn from its posterior.
    """
    uniform = posterior_uniform(model, values, seed)
    noise, nodes = np.empty(uniform.shape), list(range(values.shape[1]))
    for rows in chunks(*uniform.shape):
        noise[rows] = model.abduct_nodes(nodes, values[rows], uniform[rows])
    return noise


def posterior_uniform(model: MechanismModel, values: Array, seed: int) -> Array:
    """Independent uniform numbers by which the noise of discrete variables is drawn from its posterior.

    They belong to the rows, in whatever order these come, and to the variables by their names.

    Args:
        model: The mechanisms, with m columns of noise.
        values: Shape `[n, d]`.
        seed: The same seed gives the same numbers.

    Returns:
        Shape `[n, m]`; zero for variables with additive noise.
    """
    names, rank = model.noise_names, row_ranks(values, model.names) if model.discrete_nodes else None
    uniform = np.zeros((len(values), len(names)))
    for j in model.discrete_nodes:
        for column in model.noise_columns([j]):
            uniform[:, column] = stream(seed, "posterior", names[column]).random(len(values))[rank]
    return uniform


def row_ranks(values: Array, names: Sequence[str]) -> NDArray[np.intp]:
    """The place of each row `[n, d]` among all, sorted by the columns in the order of their names, `[n]`.

    Random numbers that are dealt by rank belong to the rows, in whatever order rows and columns come.

    >>> row_ranks(np.array([[1.0, 5.0], [0.0, 7.0], [1.0, 4.0]]), ["a", "b"])
    array([1, 2, 0])
    """
    ranks = np.empty(len(values), dtype=np.intp)
    ranks[np.lexsort(values[:, np.argsort(np.asarray(names))].T)] = np.arange(len(values))
    return ranks


def chunks(n: int, d: int) -> Iterator[slice]:
    """Slices of n rows of d values, `MAX_VALUES` values at a time, so that the memory of a call is bounded.

    >>> list(chunks(5, MAX_VALUES // 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    rows = max(1, MAX_VALUES // max(d, 1))
    return (slice(start, min(start + rows, n)) for start in range(0, n, rows))


def column_by_column(column: Callable[[int], Array], nodes: Sequence[int], n: int) -> Array:
    """The columns `[n]` of the nodes side by side, shape `[n, len(nodes)]`."""
    columns = np.empty((n, len(nodes)))
    for k, j in enumerate(nodes):
        columns[:, k] = column(j)
    return columns


@dataclass(frozen=True)
class Functions(MechanismModel):
    """A mechanism model written down: one function of the table of values per variable.

    Attributes:
        graph: The DAG; its node order is the order of the columns.
        functions: For each variable, values `[n, d]` -> `[n]`. A function must read the columns of its
            variable's parents only; that is not checked.
        scales: Likewise the scale of the noise, for the variables where it is not 1.

    >>> model = Functions(nx.DiGraph([("a", "b")]), {"a": lambda x: 0 * x[:, 0], "b": lambda x: 2 * x[:, 0]})
    >>> predict(model, np.array([[1.0, 5.0]]))
    array([[0., 2.]])
    """

    graph: nx.DiGraph
    functions: Mapping[str, Edit]
    scales: Mapping[str, Edit] = field(default_factory=dict)

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`."""
        names = self.names
        return column_by_column(lambda j: self.functions[names[j]](values), nodes, len(values))

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`S_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`."""
        scales = np.ones((len(values), len(nodes)))
        for k, name in enumerate(self.names[j] for j in nodes):
            if name in self.scales:
                scales[:, k] = self.scales[name](values)
        return scales


@dataclass(frozen=True)
class Edited(MechanismModel):
    """A mechanism model under soft interventions: some F_j are shifted, edited by a function, or replaced.

    The parents stay parents, and the noise stays added: the edit `{j: lambda f: 0.5 * f}` halves the effect
    that the parents of j have on it.

    Attributes:
        base: The model that is edited.
        edits: Functions of F_j, `[n]` -> `[n]`.
        replaced: Functions in the place of F_j, values `[n, d]` -> `[n]`, that read parents' columns only.
        shifts: Amounts that are added to F_j, or to the log odds of higher levels; unlike an edit that adds,
            they leave relative noise as large as it was.
    """

    base: MechanismModel
    edits: Mapping[int, Edit]
    replaced: Mapping[int, Edit] = field(default_factory=dict)
    shifts: Mapping[int, float] = field(default_factory=dict)

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG of the model that is edited."""
        return self.base.graph

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`, after the edits."""
        return self._changed(nodes, values, self.base.predict_nodes(nodes, values))

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`S_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`.

        It is what it was, but where noise is relative: there it is as large as the new F_j, unless that is
        but shifted.
        """
        return self.functions_and_scales(nodes, values)[1]

    def functions_and_scales(self, nodes: Sequence[int], values: Array) -> tuple[Array, Array]:
        """`F_j` and `S_j` after the edits, shape `[n, d]` -> twice `[n, len(nodes)]`."""
        before, scale = self.base.functions_and_scales(nodes, values)
        functions = self._changed(nodes, values, before)
        rescaled = [j in self.relative_nodes and (j in self.edits or j in self.replaced) for j in nodes]
        return functions, np.where(rescaled, np.abs(functions), scale)

    def _changed(self, nodes: Sequence[int], values: Array, before: Array) -> Array:
        """The mechanisms of the base model at `values`, shape `[n, len(nodes)]`, after the edits."""
        after = np.array(before)
        for k, j in enumerate(nodes):
            if j in self.discrete_nodes:
                after[:, k] = self.discrete_nodes[j].mean(values) if j in self.shifts else before[:, k]
            elif j in self.replaced:
                after[:, k] = self.replaced[j](values)
            elif j in self.edits:
                after[:, k] = self.edits[j](after[:, k])
            elif j in self.shifts:
                after[:, k] += self.shifts[j]
        return after

    @cached_property
    def discrete_nodes(self) -> Mapping[int, DiscreteNode]:
        """The structural equations of the discrete variables, shifted where they are to be."""
        shifted = {
            j: node.shifted(self.shifts[j])
            for j, node in self.base.discrete_nodes.items()
            if j in self.shifts
        }
        return {**self.base.discrete_nodes, **{j: node for j, node in shifted.items() if node is not None}}

    @property
    def relative_nodes(self) -> frozenset[int]:
        """Positions of the variables whose noise is relative to F."""
        return self.base.relative_nodes

    @property
    def edited_nodes(self) -> frozenset[int]:
        """Positions of the variables whose mechanism a soft intervention changed."""
        return self.base.edited_nodes.union(self.edits, self.replaced, self.shifts)

    @property
    def has_posterior(self) -> bool:
        """Whether the model that is edited has one."""
        return self.base.has_posterior

    def draws(self, k: int, seed: int, nodes: Sequence[int] | None = None) -> list[PosteriorDraw]:
        """Draw the mechanisms that are edited; see :meth:`MechanismModel.draws`."""
        drawn = self.base.draws(k, seed, nodes)
        return [PosteriorDraw(replace(self, base=draw.mechanisms), draw.residuals) for draw in drawn]
