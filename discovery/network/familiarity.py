r"""How far a table is from those that the network was trained on.

A table is summed up by the mean and the spread, over all pairs of columns, of each feature that the network
reads. Its distance is the mean Euclidean distance to the `NEIGHBOURS` nearest of some tables of the training,
in units of these tables' spread; its familiarity is the share of them that lie at least as far from the
others. Of tables of the training it is uniform between 0 and 1 (a conformal p-value: Vovk, Gammerman and
Shafer, 2005).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from discovery.network.network_inputs import Inputs
from discovery.network.pair_statistics import GLOBAL_FEATURES, PAIR_FEATURES
from discovery.network.type_statistics import TYPE_FEATURES

SUMMARY = 2 * (PAIR_FEATURES + TYPE_FEATURES) + GLOBAL_FEATURES
NEIGHBOURS = 5
FARTHEST = 4.0  # spreads; a summary farther out counts as this far


class Familiarity(nn.Module):
    """Tables of the training, as points, and how far each is from the others.

    Args:
        tables: Number of points.

    Example:
        >>> known = Familiarity(20)
        >>> known.learn(torch.randn(20, SUMMARY))
        >>> bool((known.of(torch.full((1, SUMMARY), 9.0)) < 0.1).all())
        True
    """

    points: Tensor
    centre: Tensor
    spread: Tensor
    distances: Tensor

    def __init__(self, tables: int = 900) -> None:
        super().__init__()
        self.register_buffer("points", torch.zeros(tables, SUMMARY, dtype=torch.float16))
        self.register_buffer("centre", torch.zeros(SUMMARY))
        self.register_buffer("spread", torch.ones(SUMMARY))
        self.register_buffer("distances", torch.zeros(tables))

    def learn(self, summaries: Tensor) -> None:
        """Keep these tables `[tables, SUMMARY]`."""
        self.centre.copy_(summaries.mean(0))
        self.spread.copy_(summaries.std(0).clamp_min(1e-3))
        scaled = self._scaled(summaries)
        self.points.copy_(scaled.half())
        apart = torch.cdist(scaled, scaled).fill_diagonal_(torch.inf)
        self.distances.copy_(_nearest(apart).sort().values)

    def of(self, summaries: Tensor) -> Tensor:
        """The familiarity of tables `[B, SUMMARY]`, between 0 and 1."""
        distance = _nearest(torch.cdist(self._scaled(summaries), self.points.float()))
        nearer = torch.searchsorted(self.distances.contiguous(), distance)
        count = len(self.distances)
        return (count - nearer + 1) / (count + 1)

    def _scaled(self, summaries: Tensor) -> Tensor:
        return ((summaries - self.centre) / self.spread).clamp(-FARTHEST, FARTHEST)


def _nearest(distances: Tensor) -> Tensor:
    return distances.topk(NEIGHBOURS, dim=1, largest=False).values.mean(1)


def summaries(inputs: Inputs) -> Tensor:
    """Sum up a batch of tables, `[B, SUMMARY]`."""
    features = torch.cat([inputs.pairs, inputs.types], -1)
    d = features.shape[1]
    apart = ~torch.eye(d, dtype=torch.bool, device=features.device)
    pairs = features[:, apart]
    return torch.cat([pairs.mean(1), pairs.std(1, correction=0), inputs.size], -1).float()
