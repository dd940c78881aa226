"""Mechanisms of tables with columns of several types: additive noise for continuous ones, else levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from foundation_causal.columns.schema import Column
from foundation_causal.graphs import check_dag, parents_of
from foundation_causal.observations import Observations
from foundation_causal.runtime import one_thread, stream
from foundation_causal.types import Array
from mechanisms.discrete.class_model import fit_class_model
from mechanisms.discrete.count_node import fit_count_node
from mechanisms.discrete.discrete_nodes import DiscreteNode, level_node
from mechanisms.discrete.piled_node import PiledNode, fit_piled_node, piled_ends
from mechanisms.kernel.parent_inputs import ParentInputs
from mechanisms.mechanism_model import MechanismModel, PosteriorDraw
from mechanisms.noise.distributions import Distribution

KnownNodes = MutableMapping[tuple[int, ...], DiscreteNode]  # of a variable and its parents, by position


@dataclass(frozen=True)
class MixedModel(MechanismModel):
    """A mechanism model some of whose variables are discrete, in the user's units.

    Attributes:
        base: Answers for the continuous variables.
        nodes: The structural equations of the discrete ones, by position.
    """

    base: MechanismModel
    nodes: Mapping[int, DiscreteNode]

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG."""
        return self.base.graph

    @property
    def discrete_nodes(self) -> Mapping[int, DiscreteNode]:
        """The structural equations of the discrete variables, by position."""
        return self.nodes

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values`, or the mean of a discrete variable, `[n, d]` -> `[n, len(nodes)]`."""
        return self.functions_and_scales(nodes, values)[0]

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`S_j` at `values`, 1 for discrete variables, shape `[n, d]` -> `[n, len(nodes)]`."""
        return self.functions_and_scales(nodes, values)[1]

    def functions_and_scales(self, nodes: Sequence[int], values: Array) -> tuple[Array, Array]:
        """`F_j` and `S_j` at `values`, shape `[n, d]` -> twice `[n, len(nodes)]`."""
        functions, scales = np.empty((len(values), len(nodes))), np.ones((len(values), len(nodes)))
        additive = [k for k, j in enumerate(nodes) if j not in self.nodes]
        if additive:
            found = self.base.functions_and_scales([nodes[k] for k in additive], values)
            functions[:, additive], scales[:, additive] = found
        for k, j in enumerate(nodes):
            if j in self.nodes:
                functions[:, k] = self.nodes[j].mean(values)
        return functions, scales

    def with_one_scale(self, nodes: Iterable[int]) -> MixedModel:
        """These mechanisms with noise of one scale for the variables in `nodes` that have a scale."""
        nodes = list(nodes)
        piled = {j: self.nodes[j] for j in nodes if j in self.nodes}
        plain = {j: node.with_one_scale for j, node in piled.items() if isinstance(node, PiledNode)}
        return replace(self, base=self.base.with_one_scale(nodes), nodes={**self.nodes, **plain})

    @property
    def relative_nodes(self) -> frozenset[int]:
        """Positions of the variables whose noise is relative to F."""
        return self.base.relative_nodes

    def context_noise(self, data: Observations) -> Sequence[Array | Distribution]:
        """For each column of noise what the observations had, or its distribution."""
        noise = self.base.context_noise(data)
        return [
            column
            for j in range(len(noise))
            for column in (self.nodes[j].noise_distributions if j in self.nodes else [noise[j]])
        ]

    @property
    def has_posterior(self) -> bool:
        """Whether the base model has one; the probabilities of levels have."""
        return self.base.has_posterior

    @one_thread()
    def draws(self, k: int, seed: int, nodes: Sequence[int] | None = None) -> list[PosteriorDraw]:
        """Draw functions and probabilities; see :meth:`MechanismModel.draws`."""
        wanted = list(range(len(self.names)) if nodes is None else nodes)
        drawn = self.base.draws(k, seed, [j for j in wanted if j not in self.nodes])
        discrete = [dict(self.nodes) for _ in range(k)]
        for j in sorted(set(wanted) & set(self.nodes)):
            random = stream(seed, "function", self.names[j])
            for equations in discrete:
                equations[j] = self.nodes[j].drawn(random)
        return [
            PosteriorDraw(replace(self, base=draw.mechanisms, nodes=equations), draw.residuals)
            for draw, equations in zip(drawn, discrete, strict=True)
        ]


def discrete_positions(data: Observations, graph: nx.DiGraph, logs: NDArray[np.bool_]) -> list[int]:
    """Positions of the columns that have levels, are counts, or pile up at a value and have causes.

    Args:
        data: The observations.
        graph: By which columns have causes.
        logs: Which columns are modelled by their logarithm and so are continuous, bool `[d]`.
    """
    values, free = data.values.T, data.free.T
    return [
        j
        for j, column in enumerate(data.schema)
        if not logs[j]
        and (
            column.kind != "continuous"
            or (graph.in_degree(column.name) and piled_ends(values[j][free[j]]) is not None)
        )
    ]


@one_thread()
def with_discrete_nodes(
    base: MechanismModel,
    data: Observations,
    graph: nx.DiGraph,
    positions: Sequence[int],
    *,
    logs: NDArray[np.bool_],
    seed: int = 0,
    known: KnownNodes | None = None,
) -> MechanismModel:
    """Give a model structural equations for the discrete columns of observations.

    Args:
        base: The model of the continuous columns, in the user's units.
        data: n rows of d variables, in the user's units.
        graph: A DAG over the variables.
        positions: Of the discrete columns (:func:`discrete_positions`).
        logs: Which continuous parents enter by their logarithm, bool `[d]`.
        seed: For the order of the rows.
        known: Equations that earlier calls made of the same data with the same seed, which are not made
            again; those that this call makes are added.

    Returns:
        The base itself if no column is discrete.

    Raises:
        InputError: The graph does not fit the data, or a variable was intervened on in every row.
    """
    if not positions:
        return base
    order = data.rows_in_random_order(seed)
    values, free = data.values[order], data.free[order]
    parents = parents_of(check_dag(graph, data.names))
    known = {} if known is None else known
    for j in positions:
        key = (j, *map(int, parents[j]))
        if key not in known:
            inputs = ParentInputs.of(values, parents[j], data.schema, logs=logs)
            known[key] = _fitted(data.schema.columns[j], inputs, values[free[:, j]], j)
    return MixedModel(base, {j: known[j, *map(int, parents[j])] for j in positions})


def _fitted(column: Column, inputs: ParentInputs, rows: Array, j: int) -> DiscreteNode:
    """The structural equation of variable j, fitted to the rows in which nothing set it."""
    if column.kind == "count":
        return fit_count_node(column, inputs, rows, rows[:, j])
    if column.kind == "continuous":
        ends = piled_ends(rows[:, j])
        assert ends is not None
        return fit_piled_node(column, inputs, rows, rows[:, j], ends)
    codes, levels = column.codes(rows[:, j]), len(column.numbers)
    return level_node(column, fit_class_model(inputs, rows, codes, levels, ordered=column.is_ordered))
