"""Optimizers beyond those of torch, and how the learning rate changes over a training.

Muon for the matrices of a network with AdamW for all else, and LAMB, with which AVICI was trained.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn


def warmed_cosine(done: float, warm: float, least: float) -> float:
    r"""Learning rate as a share of its peak: a linear warm-up times a cosine that falls from 1.

    .. math:: \min(1, w) \left(\ell + (1 - \ell) \frac{1 + \cos(\pi t)}{2}\right)

    Args:
        done: Share :math:`t` of the training that is done; beyond 1 the rate stays where it is.
        warm: Share :math:`w` of the warm-up that is done.
        least: Share :math:`\ell` that is left at the end.

    >>> [round(warmed_cosine(t, warm=10 * t, least=0.1), 3) for t in (0.05, 0.1, 0.5, 1.0)]
    [0.497, 0.978, 0.55, 0.1]
    """
    cosine = 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
    return min(1.0, warm) * (least + (1 - least) * cosine)


class MuonAdamW(torch.optim.Optimizer):
    """Two of torch's optimizers under one name, so that one schedule moves both.

    Muon (Jordan et al., 2024) replaces the momentum of a matrix by the nearest orthogonal one, here with
    steps of AdamW's size. Vectors, and matrices with a side of one, have no such thing; they get AdamW.

    Args:
        model: Its parameters that need gradients are trained.
        lr: Learning rate of the matrices.
        lr_rest: Learning rate of all else.
        weight_decay: Decay of all parameters.
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
        """One step of both; `closure`, if given, computes gradients first and its result is returned."""
        loss = None if closure is None else closure()
        for part in self.parts:
            part.step()
        return loss

    def state_dict(self) -> dict[str, Any]:
        """The state of both, as `parts`."""
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the state of both."""
        for part, state in zip(self.parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
        self._share_groups()


class Lamb(torch.optim.Optimizer):
    r"""Adam whose steps are a fixed share of the length of each tensor of weights (You et al., 2020).

    .. math:: w \leftarrow w - \eta \frac{\|w\|}{\|r\|} r, \qquad
        r = \frac{\hat m}{\sqrt{\hat v} + \epsilon} + \lambda w

    with Adam's bias-corrected moments of the gradient; where a norm is 0 the ratio is 1.

    Args:
        params: Tensors to train.
        lr: Learning rate :math:`\eta`: the share of its length by which a tensor moves in one step.
        betas: Decay of both moments.
        eps: :math:`\epsilon`.
        weight_decay: :math:`\lambda`.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step; `closure`, if given, computes gradients first and its result is returned."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, weight.grad, group)
        return loss

    def _move(self, weight: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[weight]
        if not state:
            state.update(step=0, mean=torch.zeros_like(weight), square=torch.zeros_like(weight))
        state["step"] += 1
        first, second = group["betas"]
        mean = state["mean"].lerp_(gradient, 1 - first) / (1 - first ** state["step"])
        square = state["square"].lerp_(gradient * gradient, 1 - second) / (1 - second ** state["step"])
        update = mean / (square.sqrt() + group["eps"]) + group["weight_decay"] * weight
        size, length = weight.norm(), update.norm()
        ratio = torch.where((size > 0) & (length > 0), size / length, 1.0)
        weight.sub_(group["lr"] * ratio * update)
