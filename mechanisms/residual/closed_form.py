"""What the corrector is told of a kernel model: leave-one-out predictions, in closed form."""

import numpy as np
import torch
from torch import Tensor

from mechanisms.cond_fip.blocks import Edges
from mechanisms.kernel import KernelModel
from mechanisms.model import Array
from mechanisms.residual.model import Evidence

LEAST_SPREAD = 1e-4  # standard deviations; below it a correction would be rounding


def evidence_of(model: KernelModel, rows: int) -> Evidence:
    """At most `rows` of a model's rows, and its leave-one-out predictions of them.

    Raises:
        ValueError: variables that have rows of their own, which is so where some were intervened on.
    """
    if any(values is not model.rows[0] for values in model.rows):
        raise ValueError("variables have different rows")
    context = model.rows[0][:rows]
    values = (context - model.centre) / model.scale
    closed = np.empty_like(values)
    for j, fitted in enumerate(model.regressions):
        if fitted is None:
            # The mean of the others, in the same units.
            n = len(context)
            closed[:, j] = (values[:, j].mean() - values[:, j] / n) * n / max(n - 1, 1)
        else:
            offset = (model.level[j] - model.centre[j]) / model.scale[j]
            closed[:, j] = fitted.leave_one_out()[:rows] + offset
    spread = np.maximum(np.sqrt(((values - closed) ** 2).mean(0)), LEAST_SPREAD)
    pairs = [(i, j) for j, parents in enumerate(model.parents) for i in parents]
    parent, child = torch.tensor(pairs, dtype=torch.long).reshape(-1, 2).unbind(1)
    return Evidence(_tensor(values.T), _tensor(closed.T), _tensor(spread), Edges(parent, child))


def _tensor(values: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
