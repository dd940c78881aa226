"""ACTIVA's guide: closed-form statistics of a query and the structure predictor, as one token per variable.

The published embedding must learn from nothing but attention over rows which of two variables is the cause.
That is what the edge transformer of :mod:`discovery` was trained for, so that the model for users starts from
its tokens of all pairs. They are joined by regressions of every pair: for source `z` and target `v`, where
`v` would lie with the set variable at its value if `z` had to be adjusted for. A few blocks over the grid of
pairs then weigh both against each other. No graph is needed, and none is decided on.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from discovery.network.edge_transformer import EdgeTransformer
from discovery.network.network_inputs import Inputs, network_inputs
from foundation_causal.networks.attention import GridBlock

FEATURES = 10
NOISES = (0.05, 0.4)  # shares of the noise in the variance that the processes assume
MAX_PROCESS_ROWS = 100  # of a regression by a Gaussian process, which costs their cube


class Guide(nn.Module):
    """Tokens from pairs of variables; equivariant to permuting variables.

    Args:
        width: Width `e` of the tokens that come out.
        layers: Grid blocks that are trained on top of the structure predictor.
        structure: Arguments of the edge transformer, whose weights are not trained further.

    Shapes:
        rows `[B, n, d]` in raw units, target bool `[B, d]`, where `[B]`, the value that is set, in observed
        standard deviations from the mean -> `[B, d, e]`.
    """

    def __init__(self, width: int, *, layers: int, structure: dict[str, Any]) -> None:
        super().__init__()
        self.structure = EdgeTransformer(**structure).requires_grad_(False)
        grid, heads = int(structure["width"]), int(structure["heads"])
        self.norm = nn.LayerNorm(grid)
        self.told = nn.Linear(FEATURES + 4, grid)
        self.blocks = nn.ModuleList(GridBlock(grid, heads=heads, widening=2) for _ in range(layers))
        self.read = nn.Sequential(nn.LayerNorm(3 * grid), nn.Linear(3 * grid, width))

    def forward(self, rows: Tensor, target: Tensor, where: Tensor) -> Tensor:
        """Tokens of the variables."""
        kind, d = self.told.weight.dtype, rows.shape[2]
        with torch.no_grad(), torch.autocast(rows.device.type, enabled=False):
            inputs = Inputs(*(x.to(kind) for x in network_inputs(rows)))
            pairs, log_odds = self.structure.tokens_and_logits(inputs)
            regressed = query_statistics(rows, target, where).to(kind)
        at = target.to(kind)
        eye = torch.eye(d, dtype=kind, device=rows.device)
        of = torch.broadcast_tensors(at[:, :, None], at[:, None], eye, log_odds.to(kind))
        grid = self.norm(pairs) + self.told(torch.cat([regressed, torch.stack(of, -1)], -1))
        for block in self.blocks:
            grid = block(grid)
        index = at.argmax(1)[:, None, None, None].expand(-1, -1, d, grid.shape[-1])
        from_target = grid.gather(1, index).squeeze(1)
        to_target = grid.transpose(1, 2).gather(1, index).squeeze(1)
        own = grid.diagonal(dim1=1, dim2=2).transpose(1, 2)
        return self.read(torch.cat([own, from_target, to_target], -1))


def query_statistics(rows: Tensor, target: Tensor, where: Tensor) -> Tensor:
    r"""Where each variable would lie if the set one caused it, after adjusting for each other variable.

    For every source `z` and target `v`, from regressions of `v` on the set variable and `z`, with `z`
    averaged over the rows: of least squares the slope, the prediction and the spread of the residuals; of
    Gaussian processes (sums of functions of one variable each, line and squared exponential) with two
    amounts of noise the prediction, the standard deviation of the set variable's part in it, and the spread.
    Where `z` is `v` or the set variable, nothing is adjusted for.

    Args:
        rows: `[B, n, d]`, any units.
        target: Bool `[B, d]`, the variable that is set.
        where: `[B]`, its value in standard deviations from the mean.

    Returns:
        `[B, d, d, FEATURES]`, compressed by `asinh`.
    """
    x = rows.double()
    x = (x - x.mean(1, keepdim=True)) / x.std(1, correction=0, keepdim=True).clamp_min(1e-12)
    n, d = x.shape[1:]
    step = -(-n // MAX_PROCESS_ROWS)
    few = x[:, ::step]
    value = where.double()[:, None, None]
    t = target.to(torch.int64).argmax(1)
    correlation = x.transpose(1, 2) @ x / n
    with_t = correlation.gather(1, t[:, None, None].expand(-1, 1, d)).squeeze(1)
    plain = target[:, :, None] | torch.eye(d, dtype=torch.bool, device=x.device)
    # Slopes on t and z of v, entry [b, z, v]; where nothing is adjusted for, as if z were uncorrelated.
    r_tz = with_t[:, :, None] * ~plain
    r_zv = correlation * ~plain
    r_tv = with_t[:, None, :].expand(-1, d, -1)
    determinant = 1 - r_tz.square() + 1e-2
    slope, other = (r_tv - r_tz * r_zv) / determinant, (r_zv - r_tz * r_tv) / determinant
    residual = (1 - slope * r_tv - other * r_zv).clamp_min(1e-6)
    features = [value.expand(-1, d, d), slope, slope * value, residual.log()]
    for noise in NOISES:
        features += _processes(few, t, where.double(), plain, noise)
    return torch.asinh(torch.stack(features, -1)).float()


def _processes(x: Tensor, t: Tensor, where: Tensor, plain: Tensor, noise: float) -> list[Tensor]:
    """Prediction, doubt about the set variable's part in it and log residual, `[B, z, v]` each."""
    n, d = x.shape[1:]
    kernels = _kernel(x.mT, x.mT)
    index = t[:, None, None, None]
    alone = kernels.gather(1, index.expand(-1, -1, n, n))
    beside = kernels * (torch.arange(d, device=x.device) != t[:, None])[..., None, None]
    at = _kernel(x.mT.gather(1, t[:, None, None].expand(-1, -1, n)), where[:, None, None])
    before = 1 + where.square()[:, None]
    answers = []
    for others in (torch.zeros_like(alone), beside):
        kernel = alone + others
        factor = torch.linalg.cholesky(kernel + noise * torch.eye(n, dtype=x.dtype, device=x.device))
        weights = torch.cholesky_solve(x[:, None].expand(-1, kernel.shape[1], -1, -1), factor)
        # What is adjusted for stays as it is observed, row by row.
        mean = (at + others.mean(3, keepdim=True)).mT @ weights
        residual = (x[:, None] - kernel @ weights).square().mean(2).clamp_min(1e-8).log()
        known = torch.linalg.solve_triangular(factor, at.expand(-1, kernel.shape[1], -1, -1), upper=False)
        doubt = (before - known.square().sum((2, 3))).clamp_min(1e-8).sqrt()
        answers.append((mean.squeeze(2), doubt[..., None].expand(-1, -1, d), residual))
    return [torch.where(plain, alone, adjusted) for alone, adjusted in zip(*answers, strict=True)]


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    """Covariances `[..., n, m]` of a random function's values at `a` `[..., n]` and `b` `[..., m]`."""
    a, b = a[..., :, None], b[..., None, :]
    return a * b + torch.exp(-(a - b).square() / 2)
