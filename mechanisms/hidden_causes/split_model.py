"""Interventions where variables share hidden causes: a variable that is set beside what it would have been.

The model that is fitted has for every variable its distribution given T_v, its district among what comes
before it and the parents of that (:func:`mechanisms.hidden_causes.id_algorithm.markov_pillows`). Drawn in
order, these are the joint distribution of the rows, whatever the hidden causes are. In it a variable x stands
for two things: as a cause it acts on its children, as a member of its district it tells of their hidden
causes. Setting x replaces the first and leaves the second, so that x is split (Richardson and Robins 2013,
"Single world intervention graphs"): members of its district go on to read what x would have been, everything
else reads what it is set to. That is the truncated product of Tian and Pearl 2002, and right whenever no
child of x is in its district (:func:`unidentified_children`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import networkx as nx
import numpy as np

from foundation_causal.columns.schema import Schema
from foundation_causal.graphs.mixed_graph import MixedGraph
from foundation_causal.types import Array
from mechanisms.causal_model import CausalModel
from mechanisms.discrete.discrete_nodes import DiscreteNode
from mechanisms.hidden_causes.id_algorithm import markov_pillows
from mechanisms.mechanism_model import MechanismModel, PosteriorDraw
from mechanisms.noise.distributions import Distribution
from mechanisms.noise.sampling import ObservedNoise
from mechanisms.queries.effect_draws import Part, PartNode


def pillow_dag(graph: MixedGraph) -> nx.DiGraph:
    """The DAG over the same nodes in which the parents of v are T_v; the rows factorize along it.

    >>> pillow_dag(MixedGraph([("t", "m"), ("m", "y")], [("t", "y")])).edges
    OutEdgeView([('t', 'm'), ('t', 'y'), ('m', 'y')])
    """
    dag = nx.DiGraph()
    dag.add_nodes_from(graph.nodes)
    for node, pillow in markov_pillows(graph, graph.order()).items():
        dag.add_edges_from((parent, node) for parent in pillow)
    return dag


def unidentified_children(graph: MixedGraph, targets: Collection[str]) -> list[tuple[str, str]]:
    """Pairs of a target and one of its children that hidden causes connect, and that is no target itself.

    If there are none, the joint distribution of all others under the intervention is identified; for one
    target also only if (Tian and Pearl 2002, theorem 3).
    """
    district = {node: set(group) for group in graph.districts() for node in group}
    return [
        (x, child)
        for x in targets
        if x in graph.directed
        for child in graph.directed.successors(x)
        if child in district[x] and child not in targets
    ]


@dataclass(frozen=True)
class Split(MechanismModel):
    """A model along T_v some of whose variables are set, each of them with a second node, the last ones.

    The first d nodes are those of the base: a variable that is set keeps the value that it would have had.

    Attributes:
        base: The model of d variables.
        mates: For each variable that is set, by position, those that read what it would have been.
        shifts: What is added to it, where it is not set to a number.
    """

    base: MechanismModel
    mates: Mapping[int, frozenset[int]]
    shifts: Mapping[int, float] = field(default_factory=dict)

    @cached_property
    def copies(self) -> dict[int, int]:
        """The position of the second node of each variable that is set."""
        return {x: len(self.base.names) + k for k, x in enumerate(sorted(self.mates))}

    @cached_property
    def names(self) -> list[str]:
        """Those of the variables, and of the second nodes, as "do(x)"."""
        names = list(self.base.names)
        for x in sorted(self.mates):
            title = f"do({self.base.names[x]})"
            while title in names:
                title += "'"
            names.append(title)
        return names

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The edges of the base, those from a variable that is set to other than its mates moved."""
        names, before = self.names, self.base.graph
        position = {name: j for j, name in enumerate(names)}
        graph = nx.DiGraph()
        graph.add_nodes_from(names)
        for parent, child in before.edges:
            graph.add_edge(names[self._columns(position[child])[position[parent]]], child)
        graph.add_edges_from((names[x], names[self.copies[x]]) for x in self.shifts)
        return graph

    def _columns(self, j: int) -> tuple[int, ...]:
        """For each variable of the base the column that node j reads it from."""
        return tuple(
            self.copies[i] if i in self.mates and j not in self.mates[i] else i
            for i in range(len(self.base.names))
        )

    @cached_property
    def discrete_nodes(self) -> Mapping[int, DiscreteNode]:
        """The structural equations of the discrete variables."""
        whole = self.base.discrete_nodes
        return {j: PartNode(node, _Reading(self.base, (), self._columns(j))) for j, node in whole.items()}

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, d + k]` -> `[n, len(nodes)]`."""
        return self.functions_and_scales(nodes, values)[0]

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`S_j` at `values` for each j in `nodes`, shape `[n, d + k]` -> `[n, len(nodes)]`."""
        return self.functions_and_scales(nodes, values)[1]

    def functions_and_scales(self, nodes: Sequence[int], values: Array) -> tuple[Array, Array]:
        """`F_j` and `S_j`, shape `[n, d + k]` -> twice `[n, len(nodes)]`."""
        functions, scales = np.zeros((len(values), len(nodes))), np.ones((len(values), len(nodes)))
        for x, copy in self.copies.items():
            if copy in nodes:
                functions[:, list(nodes).index(copy)] = values[:, x] + self.shifts.get(x, 0.0)
        groups: dict[tuple[int, ...], list[int]] = {}
        for k, j in enumerate(nodes):
            if j < len(self.base.names):
                groups.setdefault(self._columns(j), []).append(k)
        for columns, places in groups.items():
            asked = [nodes[k] for k in places]
            found = self.base.functions_and_scales(asked, values[:, list(columns)])
            functions[:, places], scales[:, places] = found
        return functions, scales

    @property
    def relative_nodes(self) -> frozenset[int]:
        """Positions of the variables whose noise is relative to F."""
        return self.base.relative_nodes

    @property
    def edited_nodes(self) -> frozenset[int]:
        """Positions of the variables whose mechanism a soft intervention changed."""
        return self.base.edited_nodes

    @property
    def has_posterior(self) -> bool:
        """Whether the base has one."""
        return self.base.has_posterior

    def draws(self, k: int, seed: int, nodes: Sequence[int] | None = None) -> list[PosteriorDraw]:
        """Draw the mechanisms of the base; see :meth:`MechanismModel.draws`."""
        wanted = None if nodes is None else [j for j in nodes if j < len(self.base.names)]
        drawn = self.base.draws(k, seed, wanted)
        return [PosteriorDraw(replace(self, base=draw.mechanisms), draw.residuals) for draw in drawn]


@dataclass(frozen=True)
class _Reading(Part):
    """The variables of a base model, each read from a column of a larger table.

    Attributes:
        columns: For each variable its column.
    """

    columns: tuple[int, ...] = ()

    def whole(self, values: Array) -> Array:
        """Values of the variables of the base, `[n, d + k]` -> `[n, d]`."""
        return values[:, list(self.columns)]


class _SplitNoise(ObservedNoise):
    """The noise of a model, and none for k more nodes."""

    def __init__(self, base: ObservedNoise, more: int) -> None:
        self._base, self._more = base, more

    @property
    def residuals(self) -> Sequence[Array | Distribution]:
        return [*self._base.residuals, *[np.zeros(1)] * self._more]

    @cached_property
    def distributions(self) -> list[Distribution]:
        from mechanisms.noise.sampling import noise_distributions

        return [*self._base.distributions, *noise_distributions([np.zeros(1)] * self._more)]


def split(
    model: CausalModel, graph: MixedGraph, clamps: Mapping[int, float], shifts: Mapping[int, float]
) -> CausalModel:
    """A model along T_v under interventions, with a second node for each variable that is set or shifted.

    Args:
        model: Along :func:`pillow_dag` of the graph.
        graph: With the districts.
        clamps: The values that variables are set to, by position.
        shifts: What is added to what variables would have been, by position.
    """
    names = model.names
    district = {node: group for group in graph.districts() for node in group}
    mates = {
        x: frozenset(names.index(mate) for mate in district.get(names[x], ())) for x in (*clamps, *shifts)
    }
    mechanisms = Split(model.mechanisms, mates, shifts)
    columns = model.schema.columns
    more = [
        replace(columns[x], name=mechanisms.names[copy], title=None) for x, copy in mechanisms.copies.items()
    ]
    return CausalModel(
        mechanisms,
        _SplitNoise(model.observed_noise, len(more)),
        {mechanisms.copies[x]: value for x, value in clamps.items()},
        schema=Schema((*columns, *more)),
    )
