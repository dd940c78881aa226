r"""The edge transformer: pair statistics in, edge probabilities out.

Every ordered pair of variables is a token. Attention runs along the rows of the `d` by `d` grid of
tokens (all pairs with the same source), then along its columns (the same target), so that in two blocks
every pair hears of every path of length two through it. The architecture follows SEA (Wu et al., 2024)
in spirit, with closed-form statistics instead of the estimates of other algorithms.

A pair of variables has three states, and the logits \(\ell\) of its two directions give all three:

.. math:: P(i \to j) = \frac{e^{\ell_{ij}}}{1 + e^{\ell_{ij}} + e^{\ell_{ji}}},

so that \(\log(e^{\ell_{ij}} + e^{\ell_{ji}})\) is the log odds of an edge of either direction, and
\(\ell_{ij} - \ell_{ji}\) those of its direction.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from discovery.network.familiarity import Familiarity, summaries
from discovery.network.network_inputs import EXTRA_FEATURES, Inputs, network_inputs
from discovery.network.pair_statistics import GLOBAL_FEATURES, PAIR_FEATURES
from discovery.network.type_statistics import TYPE_FEATURES
from foundation_causal.networks.attention import GridBlock
from foundation_causal.networks.pretrained import Pretrained

CERTAIN = 1e4  # a logit that no other can outweigh
FEW_TOKENS = 1000  # up to which two passes are put together


class Answers(NamedTuple):
    """What the network says of a batch of tables in which columns may share hidden causes.

    Attributes:
        direct: Probability of `i -> j`, `[B, d, d]`.
        confounded: Probability that `i` and `j` share a hidden cause, `[B, d, d]`, symmetric.
        familiarity: How much a table is like those of the training, from 0 to 1, `[B]`.
        tokens: What the network has made of all ordered pairs, `[B, d, d, D]`.
    """

    direct: Tensor
    confounded: Tensor
    familiarity: Tensor
    tokens: Tensor


class EdgeTransformer(Pretrained):
    r"""Edge logits from pair statistics; equivariant to permuting variables.

    Args:
        width: Token width `D`.
        layers: Number of grid blocks (row attention, then column attention).
        heads: Attention heads.
        widening: Feed-forward hidden width in units of `D`.
        types: Read also the types of the columns, and statistics that suit columns with levels.
        confounders: Tell also which pairs share a hidden cause, and read whether it is known that none do;
            columns are turned so that they lean to the right.

    Example:
        >>> model = EdgeTransformer(width=16, layers=1, heads=2)
        >>> model.probabilities(torch.randn(2, 60, 5)).shape
        torch.Size([2, 5, 5])
    """

    def __init__(
        self,
        width: int = 64,
        layers: int = 5,
        heads: int = 4,
        widening: int = 2,
        types: bool = False,
        confounders: bool = False,
    ) -> None:
        super().__init__()
        self.types, self.confounders = types, confounders
        self.forward_features = nn.Linear(PAIR_FEATURES, width)
        self.reverse_features = nn.Linear(PAIR_FEATURES, width)
        self.forward_extra = nn.Linear(EXTRA_FEATURES, width, bias=False)
        self.reverse_extra = nn.Linear(EXTRA_FEATURES, width, bias=False)
        if types:
            self.forward_types = nn.Linear(TYPE_FEATURES, width, bias=False)
            self.reverse_types = nn.Linear(TYPE_FEATURES, width, bias=False)
            nn.init.zeros_(self.forward_types.weight)
            nn.init.zeros_(self.reverse_types.weight)
        self.size_features = nn.Linear(GLOBAL_FEATURES, width)
        self.diagonal = nn.Parameter(torch.zeros(width))
        self.blocks = nn.ModuleList(GridBlock(width, heads=heads, widening=widening) for _ in range(layers))
        self.read = nn.Sequential(nn.LayerNorm(2 * width), nn.Linear(2 * width, width), nn.GELU())
        self.logit = nn.Linear(width, 1)
        nn.init.zeros_(self.forward_extra.weight)
        nn.init.zeros_(self.reverse_extra.weight)
        nn.init.constant_(self.logit.bias, -2.0)
        if confounders:
            self.complete = nn.Parameter(torch.zeros(width))
            self.read_shared = nn.Sequential(nn.LayerNorm(2 * width), nn.Linear(2 * width, width), nn.GELU())
            self.shared_logit = nn.Linear(width, 1)
            nn.init.constant_(self.shared_logit.bias, -3.0)
            self.known = Familiarity()

    def forward(self, inputs: Inputs) -> Tensor:
        """Features of every pair -> logits `[B, d, d]`, beyond doubt where knowledge settles an edge.

        The diagonal carries no meaning.
        """
        return self.tokens_and_logits(inputs)[1]

    def with_confounders(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """The logits of the edges, and the log odds that a pair shares a hidden cause, `[B, d, d]` each.

        The second are symmetric, and far below zero where `inputs.complete` says that there are none.
        """
        grid, logits = self.tokens_and_logits(inputs)
        return logits, self._shared(grid, inputs)

    def tokens_and_logits(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """The tokens `[B, d, d, D]` of all pairs, from which the logits are read, and these."""
        grid = self._through(self._tokens(inputs))
        return grid, self._logits(grid, inputs)

    def _tokens(self, inputs: Inputs) -> Tensor:
        """The tokens before they have seen each other."""
        pairs, extra, size, types, complete = inputs
        d = pairs.shape[1]
        grid = self.forward_features(pairs) + self.reverse_features(pairs.transpose(1, 2))
        grid = grid + self.forward_extra(extra) + self.reverse_extra(extra.transpose(1, 2))
        if self.types:
            grid = grid + self.forward_types(types) + self.reverse_types(types.transpose(1, 2))
        grid = grid + self.size_features(size)[:, None, None]
        if self.confounders:
            grid = grid + (complete[:, None] * self.complete)[:, None, None]
        return grid + self.diagonal * torch.eye(d, device=grid.device, dtype=grid.dtype)[..., None]

    def _through(self, grid: Tensor) -> Tensor:
        """The tokens once they have seen each other."""
        for block in self.blocks:
            grid = block(grid)
        return grid

    def _logits(self, grid: Tensor, inputs: Inputs) -> Tensor:
        """The logits of the edges, of tokens that have seen each other."""
        required, forbidden = inputs.extra[..., 0], inputs.extra[..., 1]
        logits: Tensor = self.logit(self.read(torch.cat([grid, grid.transpose(1, 2)], -1))).squeeze(-1)
        return logits.float() + CERTAIN * (required - forbidden)

    def _shared(self, grid: Tensor, inputs: Inputs) -> Tensor:
        """The log odds that pairs share a hidden cause, `[B, d, d]`, of tokens that have seen each other."""
        shared = self.shared_logit(self.read_shared(torch.cat([grid, grid.transpose(1, 2)], -1))).squeeze(-1)
        return ((shared + shared.transpose(1, 2)) / 2).float() - CERTAIN * inputs.complete[:, None, None]

    @torch.no_grad()
    def probabilities(
        self,
        data: Tensor,
        intervened: Tensor | None = None,
        knowledge: Tensor | None = None,
        levels: Tensor | None = None,
        ordered: Tensor | None = None,
    ) -> Tensor:
        """Probability of `i -> j`, `[B, d, d]`, zero on the diagonal.

        Args:
            data: `[B, n, d]` in any units, NaN where missing.
            intervened: Bool `[B, n, d]`, which values an intervention set.
            knowledge: `[B, d, d, 2]`: 1 where `i -> j` is required, 1 where it is forbidden.
            levels: `[d]` or `[B, d]`, the number of levels of a discrete column, 0 for a numeric one; None
                if all are numeric. A model without `types` reads all columns as numbers.
            ordered: Bool of the same shape, whether levels have an order; None if all have one.
        """
        if self.types and levels is None:
            levels = data.new_zeros(data.shape[2], dtype=torch.long)
        kinds = (levels, ordered) if self.types else (None, None)
        return self.complete_world(network_inputs(data, intervened, knowledge, *kinds, mirrored=True))

    @torch.no_grad()
    def complete_world(self, inputs: Inputs) -> Tensor:
        """Probability of `i -> j` if no two variables share a hidden cause, `[B, d, d]`.

        Args:
            inputs: Of columns that are turned upright, as `network_inputs` makes them with `mirrored`.
        """
        return chances(self.complete_logits(inputs))

    def complete_logits(self, inputs: Inputs) -> Tensor:
        """The logits `[B, d, d]` of :meth:`complete_world`."""
        logits: Tensor = self(inputs._replace(complete=inputs.pairs.new_ones(len(inputs.pairs))))
        return logits

    @torch.no_grad()
    def open_world(self, inputs: Inputs) -> Answers:
        """Edges and hidden common causes where there may be such; for a network with `confounders`.

        Args:
            inputs: As for :meth:`complete_world`, with types.
        """
        return self._answers(self._through(self._tokens(inputs)), inputs)

    @torch.no_grad()
    def both_worlds(self, inputs: Inputs) -> tuple[Tensor, Answers]:
        """What :meth:`complete_logits` and :meth:`open_world` say.

        Few tokens take both in one pass: most of what that costs does not depend on their number.
        """
        batch, d = inputs.pairs.shape[:2]
        if batch * d * d > FEW_TOKENS:
            return self.complete_logits(inputs), self.open_world(inputs)
        opened = inputs._replace(complete=inputs.pairs.new_zeros(batch))
        grid = self._tokens(opened)
        complete, grid = self._through(torch.cat([grid + self.complete, grid])).split(batch)
        return self._logits(complete, inputs), self._answers(grid, opened)

    def _answers(self, grid: Tensor, inputs: Inputs) -> Answers:
        logits, shared = self._logits(grid, inputs), self._shared(grid, inputs)
        apart = 1 - torch.eye(logits.shape[1], device=logits.device)
        return Answers(chances(logits), shared.sigmoid() * apart, self.known.of(summaries(inputs)), grid)


def chances(logits: Tensor) -> Tensor:
    """Logits `[B, d, d]` of both directions against no edge -> probabilities `[B, d, d]`, zero diagonal.

    Example:
        >>> chances(torch.zeros(1, 2, 2))
        tensor([[[0.0000, 0.3333],
                 [0.3333, 0.0000]]])
    """
    states = torch.stack([logits, logits.transpose(1, 2), torch.zeros_like(logits)], -1)
    eye = torch.eye(logits.shape[1], device=logits.device)
    return states.softmax(-1)[..., 0] * (1 - eye)
