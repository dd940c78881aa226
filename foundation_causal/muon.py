"""Muon for the matrices of a network, AdamW for all else, as one optimizer."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn


class MuonAdamW(torch.optim.Optimizer):
    """Two of torch's optimizers under one name, so that one schedule moves both.

    Muon (Jordan et al., 2024) replaces the momentum of a matrix by the nearest orthogonal one, here with
    steps of AdamW's size. Vectors, and matrices with a side of one, have no such thing; they get AdamW.

    Args:
        model: Those of its parameters that need gradients are trained.
        lr: Learning rate of the matrices.
        lr_rest: Learning rate of all else.
        weight_decay: For both.
    """

    def __init__(self, model: nn.Module, *, lr: float, lr_rest: float, weight_decay: float = 1e-2) -> None:
        trained = [p for p in model.parameters() if p.requires_grad]
        matrices = [p for p in trained if p.ndim == 2 and min(p.shape) > 1]
        rest = [p for p in trained if p.ndim != 2 or min(p.shape) == 1]
        self.parts: list[torch.optim.Optimizer] = [
            torch.optim.Muon(matrices, lr=lr, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(rest, lr=lr_rest, weight_decay=weight_decay, betas=(0.9, 0.98)),
        ]
        super().__init__([{"params": matrices, "lr": lr}, {"params": rest, "lr": lr_rest}], {})
        self._share_groups()

    def _share_groups(self) -> None:
        """Have schedules write to the groups that the parts read."""
        self.param_groups = [group for part in self.parts for group in part.param_groups]

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        loss = None if closure is None else closure()
        for part in self.parts:
            part.step()
        return loss

    def state_dict(self) -> dict[str, Any]:
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for part, state in zip(self.parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
        self._share_groups()
