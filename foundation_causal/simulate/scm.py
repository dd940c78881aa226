r"""A batch of additive-noise SCMs, \(x_j = F_j(x_{\mathrm{pa}(j)}) + n_j\).

Mechanisms are linear or random Fourier features (RFF),

.. math:: F_j(x) = b_j + c_j \sqrt{2/K} \sum_k w_{jk} \cos(\omega_{jk} \cdot x_{\mathrm{pa}(j)} + \phi_{jk}),

the two families of AVICI (Lorch et al., 2022) and Cond-FiP (Mahajan et al., 2024). The mechanisms act
on unstandardized parents; a root is its bias plus noise.
"""

from dataclasses import dataclass

import networkx as nx
import pandas as pd
import torch
from torch import Tensor

from foundation_causal.errors import InputError


@dataclass(frozen=True)
class SCMBatch:
    """`B` SCMs with `d` variables each, and `n` rows drawn from every one of them.

    Shapes:
        adjacency: bool `[B, d, d]`, `A[b, i, j]` means `i -> j`.
        order: `[B, d]`, a topological order of the nodes.
        linear: bool `[B]`, which SCMs are linear; the others are RFF.
        weights: `[B, d, d]`, linear weights, zero where there is no edge.
        bias, noise_scale, output_scale, length_scale: `[B, d]` (the last two are those of RFF).
        omega: `[B, d, d, K]`, frequencies `omega[b, i, j]` of parent `i` in the mechanism of `j`,
            already divided by the length scale and zero where there is no edge.
        phase, amplitude: `[B, d, K]`, `phi` and `w`.
        noise, data: `[B, n, d]`, in raw units, `data = evaluate(data) + noise`.
    """

    adjacency: Tensor
    order: Tensor
    linear: Tensor
    weights: Tensor
    bias: Tensor
    noise_scale: Tensor
    output_scale: Tensor
    length_scale: Tensor
    omega: Tensor
    phase: Tensor
    amplitude: Tensor
    noise: Tensor
    data: Tensor

    def evaluate(self, x: Tensor) -> Tensor:
        """The true `F` at any rows: `[B, n, d]` -> `[B, n, d]`."""
        nodes = range(x.shape[2])
        return torch.stack([self._node(x, torch.full_like(self.order[:, 0], j)) for j in nodes], 2)

    def generate(
        self, noise: Tensor, do_mask: Tensor | None = None, do_values: Tensor | None = None
    ) -> Tensor:
        """Ancestral sampling with the true functions: noise `[B, n, d]` -> data `[B, n, d]`.

        Args:
            noise: Exogenous variables, raw units.
            do_mask: bool `[B, d]`, which nodes are clamped.
            do_values: `[B, d]`, the values they are clamped to.

        Raises:
            InputError: One of `do_mask` and `do_values` without the other.
        """
        if (do_mask is None) != (do_values is None):
            raise InputError("An intervention needs both do_mask and do_values: give both or neither.")
        x = torch.zeros_like(noise)
        batch = torch.arange(len(noise), device=noise.device)
        for k in range(noise.shape[2]):
            node = self.order[:, k]
            value = self._node(x, node) + noise[batch, :, node]
            if do_mask is not None and do_values is not None:
                clamped = do_values[batch, node, None].expand_as(value)
                value = torch.where(do_mask[batch, node, None], clamped, value)
            x[batch, :, node] = value
        return x

    def graph(self, b: int) -> nx.DiGraph:
        """SCM `b`'s DAG over the nodes `X1 .. Xd`."""
        names = _names(self.data.shape[2])
        graph = nx.DiGraph()
        graph.add_nodes_from(names)
        graph.add_edges_from((names[i], names[j]) for i, j in self.adjacency[b].nonzero().tolist())
        return graph

    def frame(self, b: int) -> pd.DataFrame:
        """SCM `b`'s rows as a DataFrame with the columns `X1 .. Xd`, raw units."""
        return pd.DataFrame(self.data[b].double().cpu().numpy(), columns=_names(self.data.shape[2]))

    def _node(self, x: Tensor, node: Tensor) -> Tensor:
        """`F` of one node per SCM, `node` `[B]`, at rows `x` `[B, n, d]` -> `[B, n]`."""
        batch = torch.arange(len(x), device=x.device)
        value = (x @ self.weights[batch, :, node, None]).squeeze(2)
        rff = (~self.linear).nonzero().squeeze(1)
        if len(rff):
            at = node[rff]
            angle = x[rff] @ self.omega[rff, :, at] + self.phase[rff, at, None, :]
            wave = (angle.cos() @ self.amplitude[rff, at, :, None]).squeeze(2)
            scale = self.output_scale[rff, at] * (2.0 / self.phase.shape[2]) ** 0.5
            has_parents = self.adjacency[rff, :, at].any(1)
            value[rff] = wave * (scale * has_parents)[:, None]
        return value + self.bias[batch, node, None]


def _names(d: int) -> list[str]:
    return [f"X{j + 1}" for j in range(d)]
