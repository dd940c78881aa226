r"""Two decoders of Cond-FiP: from a data set to F at any row, of which output j reads the parents of j only.

The published one squeezes a data set through one maximum for each variable:

.. math::
    z_{emb} = z \, C + P, \qquad n_{l+1} = \mathrm{Block}_c(n_l, z_{emb}), \qquad T(z) = w^\top n_L

where codebook C, position P, condition c and start n_0 of a variable are read off the maximum of its tokens
over the rows (Mahajan et al., 2024, section 3.2).

The masked one is the encoder with the target left out, and keeps the context. A query row passes through
layers like the encoder's in two streams: what the parents' values are, and what the variable itself would
be, which starts from one learned vector in the place of the unknown value. Both look at the rows of the
context; only the second looks at the parents, and these see no value but their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from foundation_causal.networks.attention import AttentionBlock
from foundation_causal.networks.dag_attention import edge_attention
from mechanisms.cond_fip.blocks import (
    AdaptiveBlock,
    Edges,
    Encoder,
    Layers,
    ParentBlock,
    look_up,
    normalized,
    pooled,
)


class Condition(NamedTuple):
    """What the published decoder keeps of a data set: vectors `[nodes, D]`."""

    codebook: Tensor
    position: Tensor
    condition: Tensor
    start: Tensor

    def of(self, nodes: Sequence[int]) -> Condition:
        """The vectors of some of the nodes."""
        return Condition(*(vectors[list(nodes)] for vectors in self))


class Decoder(nn.Module):
    """The published decoder, a conditional fixed-point function.

    Args:
        tokens: Width of the encoder's tokens.
        width: Width `D` of the states.
        condition_layers: Further layers over rows and parents, before the maximum over the rows.
        layers: Adaptive blocks.
        heads: Attention heads; divides the width of the tokens.
        key_size: Width of a head of the adaptive blocks.
        widening: Hidden width of the feed-forward parts, in units of their width.
    """

    def __init__(
        self,
        tokens: int,
        width: int,
        *,
        condition_layers: int,
        layers: int,
        heads: int,
        key_size: int,
        widening: int,
    ) -> None:
        super().__init__()
        self.enter = nn.Linear(tokens, tokens)
        self.over_data = Layers(condition_layers, tokens, heads=heads, widening=widening)
        # Many coordinates hold more: the tokens are widened before their maximum is taken.
        self.widen = nn.Linear(tokens, width)
        self.norm_tokens, self.norm_pooled = nn.LayerNorm(width), nn.LayerNorm(width)
        self.codebook, self.position, self.condition = (normalized(width) for _ in range(3))
        self.start = nn.Linear(width, width, bias=False)
        self.blocks = nn.ModuleList(
            AdaptiveBlock(width, heads=heads, key_size=key_size, widening=widening) for _ in range(layers)
        )
        self.read = nn.Linear(width, 1)

    def summarize(self, tokens: Tensor, edges: Edges) -> Condition:
        """The vectors of each variable, from the encoder's tokens `[nodes, rows, tokens]`."""
        seen = self.norm_tokens(self.widen(self.over_data(self.enter(tokens), edges)))
        mu = self.norm_pooled(pooled(seen))
        return Condition(self.codebook(mu), self.position(mu), self.condition(mu), self.start(mu))

    def forward(self, z: Tensor, parents: Condition, children: Condition, edges: Edges) -> Tensor:
        """F at standardized rows.

        Args:
            z: Values of the variables in `parents`, `[parents, rows]`.
            parents: The vectors of the variables that F reads.
            children: The vectors of the variables whose F is requested; those of `parents` where F is
                requested for all.
            edges: Positions among the parents, and among the children.

        Returns:
            `[children, rows]`.
        """
        embedded = z[..., None] * parents.codebook[:, None] + parents.position[:, None]
        state = children.start[:, None].expand(-1, z.shape[1], -1)
        for block in self.blocks:
            state = block(state, embedded, children.condition, edges)
        return self.read(state).squeeze(-1)


class Memory(NamedTuple):
    """What the masked decoder keeps of a data set.

    Attributes:
        keys: Keys of each layer, `[nodes, heads, rows, key size]`.
        values: Values of each layer, `[nodes, heads, rows, key size]`.
    """

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]

    def of(self, nodes: Sequence[int]) -> Memory:
        """The keys and values of some of the nodes."""
        index = list(nodes)
        return Memory(tuple(k[index] for k in self.keys), tuple(v[index] for v in self.values))


class MaskedDecoder(Encoder):
    """An encoder that also answers for rows whose target is unknown; its arguments are those of the encoder.

    Shapes:
        `summarize`: standardized context `[nodes, n]` -> :class:`Memory`; `forward`: query `[parents, m]` ->
        F at it, `[children, m]`.
    """

    def __init__(self, width: int, *, layers: int, heads: int, widening: int, head: int) -> None:
        super().__init__(width, layers=layers, heads=heads, widening=widening, head=head)
        self.unknown = nn.Parameter(torch.zeros(width))

    def start_from(self, encoder: Encoder) -> None:
        """Take over the weights of a trained encoder of the same size."""
        self.load_state_dict({**encoder.state_dict(), "unknown": self.unknown.data})

    def summarize(self, x: Tensor, edges: Edges) -> Memory:
        """Read a data set once, for any number of queries."""
        keys, values, tokens = [], [], self.embed(x[..., None])
        for over_rows, over_parents in self._blocks():
            k, v = _keys_values(over_rows, tokens)
            keys.append(k)
            values.append(v)
            tokens = over_parents(_over_rows(over_rows, tokens, k, v), edges)
        return Memory(tuple(keys), tuple(values))

    def forward(self, z: Tensor, parents: Memory, children: Memory, edges: Edges) -> Tensor:  # type: ignore[override]
        """F at standardized rows of the variables in `children`, from the values of those in `parents`.

        Args:
            z: `[parents, m]`.
            parents: What is remembered of the variables that F reads.
            children: What is remembered of those whose F is requested; `parents` where F is requested for
                all.
            edges: Positions among the parents, and among the children.

        Returns:
            `[children, m]`.
        """
        known = self.embed(z[..., None])
        unknown = self.unknown.expand(len(children.keys[0]), z.shape[1], -1)
        for layer, (over_rows, over_parents) in enumerate(self._blocks()):
            known = _over_rows(over_rows, known, parents.keys[layer], parents.values[layer])
            unknown = _over_rows(over_rows, unknown, children.keys[layer], children.values[layer])
            unknown = _over_parents(over_parents, unknown, known, edges)
            known = _as_root(over_parents, known)
        return self.functions(self.norm(unknown))

    def _blocks(self) -> list[tuple[AttentionBlock, ParentBlock]]:
        return list(zip(self.layers.over_rows, self.layers.over_parents, strict=True))  # type: ignore[arg-type]


def _heads(block: AttentionBlock, x: Tensor, part: slice) -> Tensor:
    """A part of queries, keys and values, `[nodes, rows, D]` -> `[nodes, rows, parts heads, key size]`."""
    weight, bias = (p.unflatten(0, (3, -1))[part].flatten(0, 1) for p in (block.qkv.weight, block.qkv.bias))
    width = block.qkv.weight.shape[1]
    return F.linear(x, weight, bias).unflatten(-1, (-1, width // block.heads))


def _keys_values(block: AttentionBlock, context: Tensor) -> tuple[Tensor, Tensor]:
    k, v = _heads(block, block.norm_attention(context), slice(1, 3)).transpose(1, 2).chunk(2, 1)
    return k, v


def _over_rows(block: AttentionBlock, x: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Pass rows `[nodes, m, D]` through a block; they look at the rows of the context, not at each other."""
    q = _heads(block, block.norm_attention(x), slice(0, 1)).transpose(1, 2)
    x = x + block.out(look_up(q, keys, values))
    return x + block.mlp(block.norm_mlp(x))


def _over_parents(block: ParentBlock, unknown: Tensor, known: Tensor, edges: Edges) -> Tensor:
    """Pass the unknown values through a block, in which they look at the known ones of their parents."""
    q = _heads(block, block.norm_attention(unknown), slice(0, 1))
    k, v = _heads(block, block.norm_attention(known), slice(1, 3)).chunk(2, 2)
    unknown = unknown + block.out(edge_attention(q, k, v, *edges).flatten(-2))
    return unknown + block.mlp(block.norm_mlp(unknown))


def _as_root(block: ParentBlock, known: Tensor) -> Tensor:
    """Pass known values through a block in which they look at nothing."""
    known = known + block.out.bias
    return known + block.mlp(block.norm_mlp(known))
