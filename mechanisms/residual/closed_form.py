"""What the corrector is told of a kernel model: leave-one-out predictions, in closed form."""

import numpy as np
import torch
from scipy.linalg.lapack import dpotri, dpotrs
from torch import Tensor

from mechanisms.cond_fip.blocks import Edges
from mechanisms.gaussian_process import Regression, cholesky
from mechanisms.kernel import KernelModel
from mechanisms.model import Array
from mechanisms.residual.model import Evidence

LEAST_SPREAD = 1e-4  # standard deviations; below it a correction would be rounding


def leave_one_out(fitted: Regression) -> Array:
    """Predictions of the fitted rows, each without that row, shape [n].

    With a = (K + noise I)^-1 y they are y_i - a_i / [(K + noise I)^-1]_ii (Rasmussen and Williams, 2006,
    equation 5.12), averaged over the weighted settings, whose weights have seen all rows.
    """
    residual = np.zeros(len(fitted.y))
    for point in fitted.points:
        factor = cholesky(point.kernel(fitted.x, fitted.x), point.noise * fitted.variances)
        a = dpotrs(factor, fitted.y, lower=1)[0]
        residual += point.weight * a / np.diag(dpotri(factor, lower=1)[0])
    return fitted.y - residual


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
            closed[:, j] = leave_one_out(fitted)[:rows] + offset
    spread = np.maximum(np.sqrt(((values - closed) ** 2).mean(0)), LEAST_SPREAD)
    pairs = [(i, j) for j, parents in enumerate(model.parents) for i in parents]
    parent, child = torch.tensor(pairs, dtype=torch.long).reshape(-1, 2).unbind(1)
    return Evidence(_tensor(values.T), _tensor(closed.T), _tensor(spread), Edges(parent, child))


def _tensor(values: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
