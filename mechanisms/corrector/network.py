r"""The corrector: a transformer that reads the kernel model's predictions and their residuals.

.. math:: F_j(z) = k_j(z) + \sigma_j \, g_j(z)

with the kernel model's k, the size sigma of its leave-one-out residuals and a network g that starts at zero:
an untrained corrector is the kernel model. The architecture is Cond-FiP's (:mod:`mechanisms.cond_fip`) with
two additions. Tokens also carry the kernel's leave-one-out prediction and residual, and after each adaptive
block the state of a query row looks up the rows of the context, so that a correction may be local.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from foundation_causal.errors import InputError
from foundation_causal.networks.pretrained import Pretrained
from mechanisms.cond_fip.blocks import AdaptiveBlock, Edges, Layers, look_up, normalized, pooled


class KernelView(NamedTuple):
    """A data set and what the kernel model makes of it, every variable in its standard deviations.

    Attributes:
        values: The context, `[nodes, n]`.
        predicted: The kernel model's leave-one-out predictions of it, `[nodes, n]`.
        spread: Root mean square of the residuals, `values - predicted`, `[nodes]`.
        edges: Who is whose parent.
    """

    values: Tensor
    predicted: Tensor
    spread: Tensor
    edges: Edges


class Context(NamedTuple):
    """What queries need of a data set: tokens `[nodes, n, D]`, and vectors `[nodes, D]`."""

    tokens: Tensor
    codebook: Tensor
    position: Tensor
    condition: Tensor
    start: Tensor
    own: Tensor

    def of(self, nodes: Sequence[int]) -> Context:
        """The tokens and vectors of some of the nodes."""
        return Context(*(values[list(nodes)] for values in self))


class LookUp(nn.Module):
    """Pre-norm attention of queries' states to the context's tokens of the same variable.

    Shapes:
        states `[nodes, m, D]`, tokens `[nodes, n, D]` -> states `[nodes, m, D]`.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, state: Tensor, tokens: Tensor) -> Tensor:
        """The states after looking up the context."""
        q = self.q(self.norm(state)).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k, v = self.kv(tokens).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return state + self.out(look_up(q, k, v))


class Corrector(Pretrained):
    """g: from a data set, the kernel model's view of it and query rows, to corrections.

    Args:
        width: Width of tokens and states.
        layers: Pairs of blocks over the context's rows and over parents.
        heads: Attention heads; divides the width.
        query_layers: Adaptive blocks, each followed by a look at the context.
        widening: Hidden width of feed-forward parts, in units of `width`.
    """

    def __init__(
        self, *, width: int = 64, layers: int = 2, heads: int = 4, query_layers: int = 2, widening: int = 2
    ) -> None:
        super().__init__()
        if width % heads:
            raise InputError(f"The width of the tokens is {width}; give a multiple of the {heads} heads.")
        self.embed = nn.Linear(4, width)
        self.layers = Layers(layers, width, heads=heads, widening=widening)
        self.norm_tokens, self.norm_pooled = nn.LayerNorm(width), nn.LayerNorm(width)
        self.codebook, self.position, self.condition, self.own = (normalized(width) for _ in range(4))
        self.start = nn.Linear(width, width, bias=False)
        self.blocks = nn.ModuleList(
            AdaptiveBlock(width, heads=heads, key_size=width // heads, widening=widening)
            for _ in range(query_layers)
        )
        self.look_ups = nn.ModuleList(LookUp(width, heads) for _ in range(query_layers))
        self.read = nn.Linear(width, 1)
        nn.init.zeros_(self.read.weight)
        nn.init.zeros_(self.read.bias)

    def summarize(self, view: KernelView) -> Context:
        """Read a data set once, for any number of queries."""
        spread = view.spread[:, None]
        residual = (view.values - view.predicted) / spread
        level = spread.log().expand_as(residual)
        features = torch.stack([view.values, view.predicted, residual, level], -1)
        tokens = self.norm_tokens(self.layers(self.embed(features), view.edges))
        mu = self.norm_pooled(pooled(tokens))
        return Context(
            tokens, self.codebook(mu), self.position(mu), self.condition(mu), self.start(mu), self.own(mu)
        )

    def forward(
        self, z: Tensor, predicted: Tensor, parents: Context, children: Context, edges: Edges
    ) -> Tensor:
        """Corrections, in units of the spread.

        Args:
            z: Values of the variables in `parents`, `[parents, m]`.
            predicted: The kernel model's predictions of those in `children`, `[children, m]`.
            parents: The context of the variables that corrections depend on.
            children: The context of the variables that are corrected; `parents` where all are.
            edges: Positions among the parents, and among the children.

        Returns:
            `[children, m]`.
        """
        embedded = z[..., None] * parents.codebook[:, None] + parents.position[:, None]
        state = children.start[:, None] + predicted[..., None] * children.own[:, None]
        for block, at_context in zip(self.blocks, self.look_ups, strict=True):
            state = at_context(block(state, embedded, children.condition, edges), children.tokens)
        return self.read(state).squeeze(-1)
