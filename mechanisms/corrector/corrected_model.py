"""The kernel model, corrected by the pretrained corrector: a mechanism model like any other.

The corrector reads the rows and the kernel model's leave-one-out predictions of them, which have a closed
form; :mod:`mechanisms.corrector.network` has the equation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import torch
from torch import Tensor

from foundation_causal.networks.pretrained import shared_pretrained
from foundation_causal.observations import Observations
from foundation_causal.runtime import one_thread
from foundation_causal.types import Array
from mechanisms.cond_fip.blocks import Edges
from mechanisms.corrector.network import Context, Corrector, KernelView
from mechanisms.kernel.kernel_model import KernelModel, fit_kernel
from mechanisms.mechanism_model import MechanismModel

LEAST_SPREAD = 1e-4  # standard deviations; below it a correction would be rounding
MAX_CORRECTOR_ROWS = 400
STATES = 2**13  # of variables in query rows, held at once: each meets every row of the context


@dataclass(frozen=True)
class CorrectedModel(MechanismModel):
    """A kernel model and corrections to it, in the user's units; made by :func:`fit_corrected`.

    Attributes:
        kernel: The model that is corrected.
        network: The pretrained corrector.
        context: What it keeps of the data.
        spread: The unit of the corrections, in standard deviations, shape `[d]`.
    """

    kernel: KernelModel
    network: Corrector
    context: Context
    spread: Array

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG."""
        return self.kernel.graph

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`."""
        functions = self.kernel.predict_nodes(nodes, values)
        caused = [k for k, j in enumerate(nodes) if len(self.kernel.parents[j])]
        if caused:
            children = [nodes[k] for k in caused]
            functions[:, caused] += self._corrections(children, values, functions[:, caused])
        return functions

    @one_thread()
    @torch.inference_mode()
    def _corrections(self, nodes: Sequence[int], values: Array, predicted: Array) -> Array:
        """What to add to the predictions of the kernel model, shape `[n, len(nodes)]`."""
        centre, scale = self.kernel.centre, self.kernel.scale
        involved, edges = Edges.into(nodes, self.kernel.parents)
        z = (values[:, involved] - centre[involved]) / scale[involved]
        k = (predicted - centre[list(nodes)]) / scale[list(nodes)]
        parents, children = self.context.of(involved), self.context.of(nodes)
        corrections = np.empty_like(predicted)
        at_once = max(1, STATES // len(nodes))
        for start in range(0, len(z), at_once):
            rows = slice(start, start + at_once)
            parts = (torch.from_numpy(x[rows].T).float() for x in (z, k))
            corrections[rows] = self.network(*parts, parents, children, edges).T.numpy()
        return corrections * self.spread[list(nodes)] * scale[list(nodes)]


def fit_corrected(
    data: Observations, graph: nx.DiGraph, *, seed: int = 0, model: str | Path = "corrector"
) -> KernelModel | CorrectedModel:
    """Condition the corrected kernel model on observations and a DAG; nothing is trained.

    Where rows were left out for some variables, because interventions had set them, the kernel model itself
    is returned: the corrector reads whole rows.

    Args:
        data: n rows of d variables.
        graph: A DAG over the variables.
        seed: For the draw of rows.
        model: A bundled name, a folder or a hub id.

    Raises:
        InputError: The graph does not fit the data, or the weights cannot be read.
    """
    network = shared_pretrained(Corrector, model)
    return corrected(fit_kernel(data, graph, seed=seed, heteroscedastic=False), network)


@one_thread()
@torch.inference_mode()
def corrected(kernel: KernelModel, network: Corrector) -> KernelModel | CorrectedModel:
    """Correct a fitted kernel model; where variables have rows of their own, it is returned as it is."""
    if any(rows is not kernel.rows[0] for rows in kernel.rows):
        return kernel
    view = kernel_view(kernel, MAX_CORRECTOR_ROWS)
    spread = view.spread.numpy().astype(np.float64)
    return CorrectedModel(kernel, network, network.summarize(view), spread)


def kernel_view(model: KernelModel, rows: int) -> KernelView:
    """At most `rows` of a kernel model's rows, and its leave-one-out predictions of them.

    Raises:
        ValueError: Variables that have rows of their own, which is so where some were intervened on.
    """
    if any(values is not model.rows[0] for values in model.rows):
        raise ValueError("variables have different rows")
    context = model.rows[0][:rows]
    values = (context - model.centre) / model.scale
    predicted = np.empty_like(values)
    for j, fitted in enumerate(model.regressions):
        if fitted is None:
            # The mean of the others, in the same units.
            n = len(context)
            predicted[:, j] = (values[:, j].mean() - values[:, j] / n) * n / max(n - 1, 1)
        else:
            offset = (model.level[j] - model.centre[j]) / model.scale[j]
            predicted[:, j] = fitted.leave_one_out()[:rows] + offset
    spread = np.maximum(np.sqrt(((values - predicted) ** 2).mean(0)), LEAST_SPREAD)
    edges = Edges.between([(i, j) for j, parents in enumerate(model.parents) for i in parents])
    return KernelView(_tensor(values.T), _tensor(predicted.T), _tensor(spread), edges)


def _tensor(values: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
