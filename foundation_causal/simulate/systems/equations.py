"""One SCM written down as Python functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from inspect import signature
from typing import Any

import networkx as nx
import torch
from torch import Tensor

from foundation_causal.checks import check_number
from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import check_dag
from foundation_causal.simulate.graph_priors import GivenGraph
from foundation_causal.simulate.nodes import Nodes, NoisyNodes, draw_noise, groups
from foundation_causal.simulate.noises import Noise, Parameters
from foundation_causal.simulate.random import Random
from foundation_causal.simulate.scm import SCMBatch, ancestral, first_not_finite


@dataclass(frozen=True)
class Equation:
    """A function of its parents' values, each `[m, n]`, in the order of its arguments."""

    function: Callable[..., Tensor]

    def draw(self, parents: Tensor, random: Random) -> Parameters:
        """No parameters, as nothing about an equation is random."""
        return {}

    def value(self, x: Tensor, parameters: Parameters) -> Tensor:
        """The values `[m, n]` at the parents' `[m, n, p]`."""
        return self.function(*x.unbind(2))


@dataclass(frozen=True)
class Equations:
    """An SCM with additive noise: `x = function(parents) + noise` for every variable.

    Args:
        functions: For every variable with parents, a function of torch tensors whose argument names are the
            parents; for a root, a function of nothing that returns a number, or no function.
        noises: The noise of every variable; its keys are the variables, in the order of the columns.

    Example:
        >>> from foundation_causal.simulate import Gaussian
        >>> scm = Equations(
        ...     functions={"crop": lambda rain, sun: rain * torch.tanh(sun), "price": lambda crop: -crop},
        ...     noises={name: Gaussian((1.0, 1.0)) for name in ("rain", "sun", "crop", "price")},
        ... )
        >>> sorted(scm.graph.edges)
        [('crop', 'price'), ('rain', 'crop'), ('sun', 'crop')]
        >>> scm.draw(n=100, seed=1).frame(0).shape
        (100, 4)
    """

    functions: Mapping[str, Callable[..., Any]]
    noises: Mapping[str, Noise]

    def __post_init__(self) -> None:
        without = [name for name in self.functions if name not in self.noises]
        if without:
            raise InputError(f"Equations.noises lacks {quoted(without)}; give every variable a noise.")
        check_dag(self.graph, list(self.noises))

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG that the argument names make."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.noises)
        graph.add_edges_from((parent, name) for name in self.functions for parent in self._parents(name))
        return graph

    def draw(
        self,
        *,
        n: int,
        scms: int = 1,
        seed: int | torch.Generator = 0,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> SCMBatch:
        """Draw rows from this SCM.

        Args:
            n: Number of rows.
            scms: How many times; the functions are the same, noise with random parameters has fresh ones.
            seed: An integer, or a torch generator that lives on `device`.
            dtype: Precision.
            device: Where to draw.

        Raises:
            InputError: A size below 1, a function that returns another shape, or values that are not finite.
        """
        for name, size in (("n", n), ("scms", scms)):
            check_number(name, size, least=1, whole=True)
        random, names = Random.seeded(seed, dtype, device), list(self.noises)
        adjacency = GivenGraph.of(self.graph).draw(scms, len(names), random)
        everywhere = torch.arange(scms, device=random.device)
        noises = tuple(
            NoisyNodes(everywhere, torch.full_like(everywhere, j), noise, noise.draw(scms, random))
            for j, noise in enumerate(self.noises.values())
        )
        noise = draw_noise(noises, (scms, n, len(names)), random)
        nodes, data, functions = ancestral(self._nodes(adjacency, random), noise)
        j = first_not_finite(data)
        if j is not None:
            raise InputError(
                f"The equation of {names[j]!r}, or one before it, gave values that are not finite."
            )
        untouched = torch.zeros_like(noise, dtype=torch.bool)
        return SCMBatch(tuple(names), adjacency, nodes, noises, noise, data, functions, untouched)

    def _nodes(self, adjacency: Tensor, random: Random) -> tuple[Nodes, ...]:
        scms, d, _ = adjacency.shape
        names = list(self.noises)
        nodes = []
        # Every variable is a family of its own, as each has its own function.
        for j, part in groups(adjacency, torch.arange(d, device=random.device).expand(scms, d)):
            bias = part.bias.to(random.dtype)
            if not part.parents.shape[1]:
                constant = float(self.functions[names[j]]()) if names[j] in self.functions else 0.0
                nodes.append(replace(part, bias=bias + constant))
                continue
            order = [names.index(parent) for parent in self._parents(names[j])]
            parents = torch.tensor(order, device=random.device).expand(scms, -1)
            slots = torch.ones_like(parents, dtype=torch.bool)
            equation = Equation(self.functions[names[j]])
            nodes.append(Nodes(part.scm, part.node, parents, slots, bias, equation, {}))
        return tuple(nodes)

    def _parents(self, name: str) -> list[str]:
        return list(signature(self.functions[name]).parameters)
