"""Groups of nodes, over a whole batch of SCMs, that are evaluated at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from foundation_causal.errors import InputError
from foundation_causal.simulate.functions import Mechanism
from foundation_causal.simulate.noises import Noise, Parameters
from foundation_causal.simulate.random import Random


@dataclass(frozen=True)
class Nodes:
    r"""`m` nodes of one mechanism family, of which none is an ancestor of another.

    \(x_j = F_j + S_j n_j\) with \(F_j = b_j + f_j(x_{pa})\); the scale
    \(S_j = \sqrt{\log(1 + e^{h_j(x_{pa})})}\) is that of AVICI's heteroscedastic noise, and 1 without an `h`.

    Attributes:
        scm: The SCM of each node in the batch, `[m]`.
        node: Its position among the variables, `[m]`.
        parents: The positions of its parents, `[m, p]`; any position in empty slots.
        slots: Bool `[m, p]`, which slots hold a parent.
        bias: `[m]`.
        mechanism: The family of `f`; None for roots.
        parameters: The parameters of `f`; None for roots.
        scale: The family of `h`, or None.
        scale_parameters: The parameters of `h`, or None.
    """

    scm: Tensor
    node: Tensor
    parents: Tensor
    slots: Tensor
    bias: Tensor
    mechanism: Mechanism | None = None
    parameters: Parameters | None = None
    scale: Mechanism | None = None
    scale_parameters: Parameters | None = None

    def values(self, x: Tensor) -> Tensor:
        """`F` of these nodes at data `x` `[B, d, n]`: `[m, n]`."""
        bias = self.bias[:, None].expand(-1, x.shape[2])
        if self.mechanism is None or self.parameters is None:
            return bias
        return _checked(self.mechanism, self.inputs(x), self.parameters) + bias

    def scales(self, x: Tensor) -> Tensor | None:
        """`S` of these nodes at data `x` `[B, d, n]`: `[m, n]`, or None where it is 1."""
        if self.scale is None or self.scale_parameters is None:
            return None
        h = _checked(self.scale, self.inputs(x), self.scale_parameters)
        return torch.nn.functional.softplus(h).sqrt()

    def inputs(self, x: Tensor) -> Tensor:
        """The parents' values, `[m, n, p]`, zero in empty slots."""
        d, n = x.shape[1:]
        # Copying whole rows of the flattened array is much faster than indexing it in two dimensions.
        rows = (self.scm[:, None] * d + self.parents).flatten()
        gathered = x.reshape(-1, n).index_select(0, rows).view(*self.parents.shape, n)
        if not bool(self.slots.all()):
            gathered.masked_fill_(~self.slots[:, :, None], 0.0)
        return gathered.transpose(1, 2)

    def fitted(self, x: Tensor) -> Nodes:
        """The nodes with the constants that mechanisms take from the first rows they see, `x` `[B, d, n]`."""
        if not self.fits:
            return self
        inputs = self.inputs(x)
        return replace(
            self,
            parameters=_fitted(self.mechanism, inputs, self.parameters),
            scale_parameters=_fitted(self.scale, inputs, self.scale_parameters),
        )

    @property
    def fits(self) -> bool:
        """Tell whether a mechanism takes constants from rows."""
        return hasattr(self.mechanism, "fit") or hasattr(self.scale, "fit")

    def take(self, kept: Tensor) -> Nodes:
        """The nodes at the positions `kept` `[k]` only."""
        return replace(
            self,
            scm=self.scm[kept],
            node=self.node[kept],
            parents=self.parents[kept],
            slots=self.slots[kept],
            bias=self.bias[kept],
            parameters=_rows(self.parameters, kept),
            scale_parameters=_rows(self.scale_parameters, kept),
        )


@dataclass(frozen=True)
class NoisyNodes:
    """`m` nodes with noise of one family.

    Attributes:
        scm: The SCM of each node in the batch, `[m]`.
        node: Its position among the variables, `[m]`.
        noise: The family.
        parameters: Tensors whose first dimension is `m`.
    """

    scm: Tensor
    node: Tensor
    noise: Noise
    parameters: Parameters

    def take(self, kept: Tensor) -> NoisyNodes:
        """The nodes at the positions `kept` `[k]` only."""
        rows = {key: value[kept] for key, value in self.parameters.items()}
        return replace(self, scm=self.scm[kept], node=self.node[kept], parameters=rows)


def levels(adjacency: Tensor) -> Tensor:
    """Length of the longest path that ends in each node, `[B, d, d] -> [B, d]`.

    Raises:
        InputError: A graph has a cycle.
    """
    level = torch.zeros(adjacency.shape[:2], dtype=torch.int16, device=adjacency.device)
    for _ in range(adjacency.shape[1] + 1):
        deeper = (adjacency * (level + 1)[:, :, None]).amax(1)
        if torch.equal(deeper, level):
            return level.long()
        level = deeper
    raise InputError("A graph prior returned a graph with a cycle; return acyclic graphs only.")


def groups(adjacency: Tensor, family: Tensor) -> Iterator[tuple[int, Nodes]]:
    """Split the nodes of a batch by level, family, and number of parents up to a factor of two.

    Parents come in earlier groups than their children. Without the last criterion a few nodes with many
    parents would make the arrays of all others as wide as their own.

    Args:
        adjacency: `[B, d, d]`.
        family: `[B, d]`, a number for each node.

    Yields:
        The family and its nodes, with zero bias and no mechanism yet.
    """
    count = adjacency.sum(1)
    width = torch.ceil(torch.log2(count.clamp_min(1).float())).long()
    key = (levels(adjacency) * (int(family.max()) + 1) + family) * 32 + width
    order = key.flatten().argsort(stable=True)
    kinds, sizes = torch.unique_consecutive(key.flatten()[order], return_counts=True)
    scms, nodes = order // family.shape[1], order % family.shape[1]
    first = _parents(adjacency, int(count.max()))
    sections = sizes.tolist()
    for kind, scm, node in zip(kinds.tolist(), scms.split(sections), nodes.split(sections), strict=True):
        here = count[scm, node]
        most = int(here.max())
        parents = first[scm, node, :most]
        slots = torch.arange(most, device=node.device) < here[:, None]
        bias = torch.zeros(len(scm), device=node.device)
        yield kind // 32 % (int(family.max()) + 1), Nodes(scm, node, parents, slots, bias)


def _parents(adjacency: Tensor, most: int) -> Tensor:
    """Every node's parents in ascending order, then zeros, `[B, d, d] -> [B, d, most]`."""
    scm, node, parent = adjacency.transpose(1, 2).nonzero(as_tuple=True)
    place = adjacency.cumsum(1)[scm, parent, node] - 1
    listed = torch.zeros(*adjacency.shape[:2], most, dtype=torch.long, device=adjacency.device)
    listed[scm, node, place] = parent
    return listed


def draw_noise(parts: Sequence[NoisyNodes], shape: Sequence[int], random: Random) -> Tensor:
    """Draw fresh noise.

    Args:
        parts: Every node of every SCM in exactly one part.
        shape: `[B, n, d]`.
        random: What it is drawn with.

    Returns:
        Noise of that shape.

    Raises:
        InputError: A noise returned the wrong shape.
    """
    scms, n, d = shape
    noise = torch.empty(scms * d, n, dtype=random.dtype, device=random.device)
    everywhere = torch.arange(scms * d, device=random.device)
    for part in parts:
        drawn = part.noise.sample(part.parameters, n, random)
        _check_shape(drawn, (len(part.scm), n), f"{type(part.noise).__name__}.sample")
        at = part.scm * d + part.node
        if torch.equal(at, everywhere):  # one family for all nodes: nothing to put together
            noise = drawn.to(noise).contiguous()
        else:
            noise.index_copy_(0, at, drawn.to(noise))
    return noise.view(scms, d, n).transpose(1, 2)


def _checked(mechanism: Mechanism, inputs: Tensor, parameters: Parameters) -> Tensor:
    value = mechanism.value(inputs, parameters)
    _check_shape(value, inputs.shape[:2], f"{type(mechanism).__name__}.value")
    return value.to(inputs)


def _check_shape(returned: object, wanted: Sequence[int], where: str) -> None:
    """Refuse what a user's own noise or mechanism returned, unless it is a tensor of the shape `[m, n]`."""
    if not isinstance(returned, Tensor):
        raise InputError(f"{where} returned a {type(returned).__name__}; return a torch tensor [m, n].")
    if returned.shape != tuple(wanted):
        raise InputError(
            f"{where} returned the shape {tuple(returned.shape)}; return [m, n], here {tuple(wanted)}."
        )


def _fitted(mechanism: Mechanism | None, inputs: Tensor, parameters: Parameters | None) -> Parameters | None:
    fit = getattr(mechanism, "fit", None)
    return parameters if fit is None else fit(inputs, parameters)


def _rows(parameters: Parameters | None, kept: Tensor) -> Parameters | None:
    return None if parameters is None else {key: value[kept] for key, value in parameters.items()}
