"""Cond-FiP as one pretrained model: encoder and decoder, in the units of the context."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from foundation_causal.errors import InputError
from foundation_causal.networks.pretrained import Pretrained
from foundation_causal.networks.units import Units
from mechanisms.cond_fip.blocks import Edges, Encoder
from mechanisms.cond_fip.kernel_decoder import READ_ROWS, KernelDecoder
from mechanisms.cond_fip.kernel_readings import Kernels
from mechanisms.cond_fip.published_decoder import Condition, Decoder

ROWS_AT_ONCE = 400  # that the encoder reads: as many as it was trained on


class CondFiP(Pretrained):
    r"""T(z, X, G), which takes the place of the F of an SCM that it has not seen (Mahajan et al., 2024).

    The defaults are small enough to be trained on a CPU. The paper's sizes are `width=256`, `layers=4`,
    `heads=8`, `head=1024`, `decoder="published"`, `decoder_width=256`, `condition_layers=2`,
    `decoder_layers=4` and `key_size=64`.

    Args:
        width: Width of the encoder's tokens.
        layers: Its pairs of blocks (over rows, over parents).
        heads: Attention heads throughout; divides both widths.
        widening: Hidden width of feed-forward parts, in units of `width`.
        head: Hidden width of the encoder's read-out.
        decoder: "kernel" for :class:`mechanisms.cond_fip.kernel_decoder.KernelDecoder`, "published" for
            :class:`mechanisms.cond_fip.published_decoder.Decoder`, which learns too slowly for a CPU.
        decoder_width: Width of what the decoder knows of a node or an edge, or of its states.
        condition_layers: The published decoder's pairs of blocks over the data set.
        decoder_layers: Its adaptive blocks.
        key_size: Width of a head of the adaptive blocks.
        rounds: How often the kernel decoder looks again at what it has read.

    Example:
        >>> x, graph = torch.randn(1, 50, 3), torch.tensor([[[0, 1, 0], [0, 0, 1], [0, 0, 0]]])
        >>> CondFiP()(x[:, :5], x, graph).shape
        torch.Size([1, 5, 3])
    """

    def __init__(
        self,
        *,
        width: int = 64,
        layers: int = 3,
        heads: int = 4,
        widening: int = 2,
        head: int = 128,
        decoder: Literal["kernel", "published"] = "kernel",
        decoder_width: int = 64,
        condition_layers: int = 1,
        decoder_layers: int = 4,
        key_size: int = 32,
        rounds: int = 3,
    ) -> None:
        super().__init__()
        if width % heads:
            raise InputError(f"The width of the tokens is {width}; give a multiple of the {heads} heads.")
        if decoder not in ("kernel", "published"):
            raise InputError(f"There is no decoder {decoder!r} of Cond-FiP; use 'kernel' or 'published'.")
        self.encoder = Encoder(width, layers=layers, heads=heads, widening=widening, head=head)
        self.decoder: Decoder | KernelDecoder
        if decoder == "kernel":
            self.decoder = KernelDecoder(width, decoder_width, rounds)
        else:
            depth = {"condition_layers": condition_layers, "layers": decoder_layers, "key_size": key_size}
            self.decoder = Decoder(width, decoder_width, heads=heads, widening=widening, **depth)

    def denoised(self, context: Tensor, adjacency: Tensor) -> Tensor:
        """F at the rows of the context, from the encoder alone: `[B, n, d]`, `[B, d, d]` -> `[B, n, d]`."""
        units = Units.of(context)
        tokens = self.encoder(by_node(units.standardized(context)), Edges.of(adjacency))
        return by_row(self.encoder.functions(tokens), len(context)) * units.scale + units.centre

    def summarize(self, x: Tensor, edges: Edges) -> Condition | Kernels:
        """What the decoder needs of a standardized context `[nodes, n]`."""
        tokens = self.tokens(x, edges)
        if isinstance(self.decoder, KernelDecoder):
            return self.decoder.summarize(x, tokens, edges)
        return self.decoder.summarize(tokens, edges)

    def tokens(self, x: Tensor, edges: Edges) -> Tensor:
        """The encoder's tokens of a standardized context, `[nodes, n]` -> `[nodes, n, D]`.

        Of more rows than it was trained on the encoder reads one equal part after the other. The kernel
        decoder, which looks at all rows by itself, gets tokens of the first rows only.
        """
        few = isinstance(self.decoder, KernelDecoder)
        parts = (x[:, :READ_ROWS],) if few else x.tensor_split(-(-x.shape[1] // ROWS_AT_ONCE), 1)
        # The encoder is trained before the decoder, and then kept.
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.encoder.embed.weight.requires_grad):
            return torch.cat([self.encoder(part, edges) for part in parts], 1)

    def forward(self, z: Tensor, context: Tensor, adjacency: Tensor) -> Tensor:
        """F at rows z `[B, m, d]` of the SCMs behind a context `[B, n, d]` with graphs `[B, d, d]`."""
        units, edges = Units.of(context), Edges.of(adjacency)
        data = self.summarize(by_node(units.standardized(context)), edges)
        function = self.decoder(by_node(units.standardized(z)), data, data, edges)
        return by_row(function, len(z)) * units.scale + units.centre


def by_node(x: Tensor) -> Tensor:
    """Rows `[B, n, d]` as `[B d, n]`, the values of a variable side by side."""
    return x.transpose(1, 2).flatten(0, 1)


def by_row(x: Tensor, graphs: int) -> Tensor:
    """Values `[B d, n]` as rows `[B, n, d]`, the inverse of :func:`by_node`."""
    return x.unflatten(0, (graphs, -1)).transpose(1, 2)
