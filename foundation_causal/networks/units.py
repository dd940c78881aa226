"""The units in which a network reads the rows of a data set."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Units(NamedTuple):
    """Mean and standard deviation of every variable over the context, `[B, 1, d]` each.

    Example:
        >>> units = Units.of(torch.tensor([[[1.0, 5.0], [3.0, 5.0]]]))
        >>> units.standardized(torch.tensor([[[4.0, 6.0]]]))
        tensor([[[2., 1.]]])
    """

    centre: Tensor
    scale: Tensor

    @classmethod
    def of(cls, context: Tensor) -> Units:
        """The units of rows `[B, n, d]`; a constant variable has a standard deviation of one."""
        scale, centre = torch.std_mean(context, 1, correction=0, keepdim=True)
        return cls(centre, torch.where(scale > 0, scale, torch.ones_like(scale)))

    def standardized(self, x: Tensor) -> Tensor:
        """Rows `[B, n, d]` in these units."""
        return (x - self.centre) / self.scale
