r"""A batch of SCMs, \(x_j = F_j(x_{\mathrm{pa}(j)}) + S_j(x_{\mathrm{pa}(j)}) \, n_j\), and rows from each.

`S` is 1 unless the noise is heteroscedastic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from numbers import Real
from typing import TypeVar

import networkx as nx
import pandas as pd
import torch
from torch import Tensor

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import from_adjacency
from foundation_causal.simulate.functions import Mechanism
from foundation_causal.simulate.nodes import Nodes, NoisyNodes, draw_noise
from foundation_causal.simulate.noises import Noise, Parameters
from foundation_causal.simulate.random import Random

Part = TypeVar("Part", Nodes, NoisyNodes)


@dataclass(frozen=True)
class Do:
    """An intervention on every SCM of a batch.

    Attributes:
        target: Bool `[B, n, d]` or anything that broadcasts to it, which variables of which rows.
        value: What they are set to, or what is added to them; broadcasts likewise.
        shift: False clamps the variable (a hard intervention), True adds to its mechanism.
    """

    target: Tensor
    value: Tensor
    shift: bool = False

    def applied(self, natural: Tensor) -> Tensor:
        """The values `[B, n, d]` that the targets take where `natural` is what they would have been."""
        changed = natural + self.value if self.shift else self.value.to(natural).expand_as(natural)
        return torch.where(self.target, changed, natural)


@dataclass(frozen=True)
class SCMBatch:
    """`B` SCMs with `d` variables each, and `n` rows drawn from every one of them, in raw units.

    Attributes:
        names: The `d` variables.
        adjacency: Bool `[B, d, d]`, `A[b, i, j]` means `i -> j`.
        nodes: The mechanisms, parents before children.
        noises: The distributions of the noise.
        noise: `[B, n, d]`.
        data: `[B, n, d]`.
        functions: `F` at the data, `[B, n, d]`; `data = functions + S noise` where nothing is intervened on.
        intervened: Bool `[B, n, d]`, which values an intervention set or shifted.
    """

    names: tuple[str, ...]
    adjacency: Tensor
    nodes: tuple[Nodes, ...]
    noises: tuple[NoisyNodes, ...]
    noise: Tensor
    data: Tensor
    functions: Tensor
    intervened: Tensor

    def __len__(self) -> int:
        return len(self.adjacency)

    def evaluate(self, x: Tensor) -> Tensor:
        """The true `F` at any rows: `[B, n, d] -> [B, n, d]`.

        Raises:
            InputError: The shape does not belong to this batch.
        """
        return self._of_nodes(x, Nodes.values)

    def scale(self, x: Tensor) -> Tensor:
        """The true `S` at any rows: `[B, n, d] -> [B, n, d]`.

        Raises:
            InputError: The shape does not belong to this batch.
        """
        return self._of_nodes(x, Nodes.scales)

    def generate(self, noise: Tensor, do: Do | None = None) -> Tensor:
        """Ancestral sampling with the true functions: noise `[B, n, d]` -> data `[B, n, d]`.

        With `self.noise` and an intervention the result is the counterfactual of `self.data` (rows that had
        another intervention lose it); with `fresh_noise` it is new rows.

        Raises:
            InputError: The shapes do not belong to this batch, or values are not finite.
        """
        data = ancestral(self.nodes, self._fitting(noise, "noise"), do)[1]
        j = first_not_finite(data)
        if j is not None:
            raise InputError(
                f"Generating gave values of {quoted(self.names[j : j + 1])} that are not finite; give noise "
                "and values of interventions like those of the data."
            )
        return data

    def fresh_noise(self, n: int, seed: int | torch.Generator = 0) -> Tensor:
        """New noise from the same distributions, `[B, n, d]`."""
        scms, _, d = self.data.shape
        return draw_noise(self.noises, (scms, n, d), Random.seeded(seed, self.data.dtype, self.data.device))

    def do(self, values: Mapping[str, float], *, shift: bool = False) -> Do:
        """An intervention that is the same on every SCM.

        Args:
            values: Names to values.
            shift: Whether to add the values instead of setting them.

        Raises:
            InputError: A name that is not a variable, or a value that is not a finite number.
        """
        unknown = [name for name in values if name not in self.names]
        if unknown:
            raise InputError(f"There is no variable {quoted(unknown)}; use {quoted(list(self.names))}.")
        for name, value in values.items():
            if not isinstance(value, Real) or not isfinite(value):
                raise InputError(f"The value of {quoted([name])} is {value!r}; give a finite number.")
        target = torch.tensor([name in values for name in self.names], device=self.data.device)
        return Do(target, self.data.new_tensor([float(values.get(name, 0)) for name in self.names]), shift)

    def mechanism(self, b: int, j: int) -> tuple[Mechanism, Parameters] | None:
        """Family and parameters of node `j` in SCM `b`, its parents in their order; None for a root."""
        part = self._only(self.nodes, b, j)
        if part.mechanism is None or part.parameters is None:
            return None
        return part.mechanism, part.parameters

    def noise_distribution(self, b: int, j: int) -> tuple[Noise, Parameters]:
        """Family and parameters of the noise of node `j` in SCM `b`."""
        part = self._only(self.noises, b, j)
        return part.noise, part.parameters

    def graph(self, b: int) -> nx.DiGraph:
        """SCM `b`'s DAG."""
        return from_adjacency(self.adjacency[b].cpu().numpy(), list(self.names))

    def frame(self, b: int) -> pd.DataFrame:
        """SCM `b`'s rows as a float64 DataFrame, raw units."""
        return pd.DataFrame(self.data[b].double().cpu().numpy(), columns=list(self.names))

    def take(self, kept: Sequence[int] | Tensor) -> SCMBatch:
        """The SCMs at the positions `kept` only, in that order and each at most once.

        Raises:
            InputError: Positions that do not exist, or one of them twice.
        """
        index = torch.as_tensor(kept, device=self.data.device)
        places = sorted(index.tolist()) if index.dim() == 1 and index.dtype != torch.bool else [-1]
        if len(set(places)) < len(places) or not set(places) <= set(range(len(self))):
            raise InputError(
                f"The positions to take are {kept}; give some of 0 to {len(self) - 1}, each once."
            )
        index = index.long()
        place = torch.full((len(self),), -1, dtype=torch.long, device=self.data.device)
        place[index] = torch.arange(len(index), device=self.data.device)

        def moved(parts: tuple[Part, ...]) -> tuple[Part, ...]:
            rows = [part.take((place[part.scm] >= 0).nonzero().squeeze(1)) for part in parts]
            return tuple(replace(part, scm=place[part.scm]) for part in rows if len(part.scm))

        return SCMBatch(
            self.names,
            self.adjacency[index],
            moved(self.nodes),
            moved(self.noises),
            self.noise[index],
            self.data[index],
            self.functions[index],
            self.intervened[index],
        )

    def _of_nodes(self, x: Tensor, of: Callable[[Nodes, Tensor], Tensor | None]) -> Tensor:
        """The values of `of` for every node at the rows `x`, 1 where it gives None, `[B, n, d]`."""
        inputs = self._fitting(x, "rows").transpose(1, 2).contiguous()
        result = torch.ones_like(inputs)
        for part in self.nodes:
            values = of(part, inputs)
            if values is not None:
                result[part.scm, part.node] = values
        return result.transpose(1, 2)

    def _fitting(self, values: Tensor, what: str) -> Tensor:
        """The tensor in this batch's precision, once its shape is known to fit."""
        if values.dim() != 3 or values.shape[::2] != self.data.shape[::2]:
            scms, _, d = self.data.shape
            raise InputError(
                f"The shape of the {what} is {tuple(values.shape)}; give [B, n, d] of this batch, here "
                f"[{scms}, n, {d}]."
            )
        return values.to(self.data)

    def _only(self, parts: Sequence[Part], b: int, j: int) -> Part:
        """The part that holds node `j` of SCM `b`, with nothing else."""
        for part in parts:
            at = ((part.scm == b) & (part.node == j)).nonzero().squeeze(1)
            if len(at):
                return part.take(at)
        scms, _, d = self.data.shape
        raise InputError(f"There is no variable {j} in SCM {b}: the batch has {scms} SCMs of {d} variables.")


def first_not_finite(data: Tensor) -> int | None:
    """The first variable of `[B, n, d]` that has values which are not finite, if there is one."""
    if bool(data.isfinite().all()):
        return None
    return int((~data.isfinite()).flatten(0, 1).any(0).nonzero()[0])


def join(batches: Sequence[SCMBatch]) -> SCMBatch:
    """Put batches of the same variables and the same number of rows into one."""
    if len(batches) == 1:
        return batches[0]
    nodes: list[Nodes] = []
    noises: list[NoisyNodes] = []
    start = 0
    for batch in batches:
        nodes += [replace(part, scm=part.scm + start) for part in batch.nodes]
        noises += [replace(part, scm=part.scm + start) for part in batch.noises]
        start += len(batch)
    return SCMBatch(
        batches[0].names,
        torch.cat([batch.adjacency for batch in batches]),
        tuple(nodes),
        tuple(noises),
        torch.cat([batch.noise for batch in batches]),
        torch.cat([batch.data for batch in batches]),
        torch.cat([batch.functions for batch in batches]),
        torch.cat([batch.intervened for batch in batches]),
    )


def ancestral(
    nodes: Sequence[Nodes], noise: Tensor, do: Do | None = None, *, fit: bool = False
) -> tuple[tuple[Nodes, ...], Tensor, Tensor]:
    """Run the mechanisms once, parents first.

    Args:
        nodes: Every node of every SCM in exactly one part.
        noise: `[B, n, d]`.
        do: An intervention.
        fit: Whether mechanisms take their constants from these rows.

    Returns:
        The nodes (fitted), the data `[B, n, d]`, and `F` at the data `[B, n, d]`.
    """
    scms, n, d = noise.shape
    # Rows stand last in memory, so that a node's values lie together; what comes back is a view of that.
    exogenous = noise.transpose(1, 2).reshape(scms * d, n)
    x, functions = torch.empty_like(exogenous), torch.empty_like(exogenous)
    target, value = _by_node(do, noise)
    done = []
    for part in nodes:
        rows = x.view(scms, d, n)
        part = part.fitted(rows) if fit else part
        done.append(part)
        at = part.scm * d + part.node
        f, scale = part.values(rows), part.scales(rows)
        added = exogenous.index_select(0, at)
        natural = f + (added if scale is None else added.mul_(scale))
        functions.index_copy_(0, at, f)
        if do is not None and target is not None and value is not None:
            where = (part.scm, part.node)
            natural = Do(target[where], value[where], do.shift).applied(natural)
        x.index_copy_(0, at, natural)
    shape = (scms, d, n)
    return tuple(done), x.view(shape).transpose(1, 2), functions.view(shape).transpose(1, 2)


def _by_node(do: Do | None, noise: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """Target and value of an intervention as `[B, d, n]`."""
    if do is None:
        return None, None
    if do.target.dtype != torch.bool:
        raise InputError(f"The intervention's target is {do.target.dtype}; give a bool tensor.")
    try:
        target = do.target.expand(noise.shape)
        value = do.value.to(noise).expand(noise.shape)
    except RuntimeError as error:
        raise InputError(
            f"The intervention has the shapes {tuple(do.target.shape)} and {tuple(do.value.shape)}; "
            f"give some that broadcast to [B, n, d], here {tuple(noise.shape)}."
        ) from error
    return target.transpose(1, 2), value.transpose(1, 2)
