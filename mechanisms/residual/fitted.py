"""The kernel model, corrected by the pretrained corrector: a mechanism model like any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import torch

from foundation_causal.data import Observations
from foundation_causal.pretrained import load_pretrained
from foundation_causal.threads import one_thread
from mechanisms.cond_fip.blocks import Edges
from mechanisms.kernel import KernelModel, fit_kernel
from mechanisms.model import Array
from mechanisms.residual.closed_form import evidence_of
from mechanisms.residual.model import Context, Corrector

CONTEXT_ROWS = 400
STATES = 2**13  # of variables in query rows, held at once: each meets every row of the context


@dataclass(frozen=True)
class CorrectedModel:
    """A kernel model and corrections to it, in the user's units; made by :func:`fit_corrected`.

    Attributes:
        kernel: the model that is corrected.
        network: the pretrained corrector.
        context: what it keeps of the data.
        spread: the unit of the corrections, in standard deviations, shape [d].
    """

    kernel: KernelModel
    network: Corrector
    context: Context
    spread: Array

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG."""
        return self.kernel.graph

    @property
    def names(self) -> list[str]:
        """The d variables."""
        return self.kernel.names

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape [n, d] -> [n, len(nodes)]."""
        found = self.kernel.predict_nodes(nodes, values)
        led = [k for k, j in enumerate(nodes) if len(self.kernel.parents[j])]
        if led:
            children = [nodes[k] for k in led]
            found[:, led] += self._corrections(children, values, found[:, led])
        return found

    @one_thread()
    @torch.inference_mode()
    def _corrections(self, nodes: Sequence[int], values: Array, closed: Array) -> Array:
        """What to add to the kernel's predictions `closed`, shape [n, len(nodes)]."""
        centre, scale = self.kernel.centre, self.kernel.scale
        involved, edges = Edges.into(nodes, self.kernel.parents)
        z = (values[:, involved] - centre[involved]) / scale[involved]
        k = (closed - centre[list(nodes)]) / scale[list(nodes)]
        parents, children = self.context.of(involved), self.context.of(nodes)
        found = np.empty_like(closed)
        at_once = max(1, STATES // len(nodes))
        for start in range(0, len(z), at_once):
            rows = slice(start, start + at_once)
            parts = (torch.from_numpy(x[rows].T).float() for x in (z, k))
            found[rows] = self.network(*parts, parents, children, edges).T.numpy()
        return found * self.spread[list(nodes)] * scale[list(nodes)]


def fit_corrected(
    data: Observations, graph: nx.DiGraph, *, seed: int = 0, model: str | Path = "corrector"
) -> KernelModel | CorrectedModel:
    """Condition the corrected kernel model on observations and a DAG; nothing is trained.

    Where rows were left out for some variables, because interventions had set them, the kernel model itself
    is returned: the corrector reads whole rows.

    Args:
        data: n rows of d variables.
        graph: a DAG over the variables.
        seed: for the draw of rows.
        model: a bundled name, a folder or a hub id.

    Raises:
        InputError: the graph does not fit the data, or the weights cannot be read.
    """
    network = load_pretrained(Corrector, model)
    return corrected(fit_kernel(data, graph, seed=seed, heteroscedastic=False), network)


@one_thread()
@torch.inference_mode()
def corrected(kernel: KernelModel, network: Corrector) -> KernelModel | CorrectedModel:
    """A fitted kernel model with its corrections."""
    if any(rows is not kernel.rows[0] for rows in kernel.rows):
        return kernel
    evidence = evidence_of(kernel, CONTEXT_ROWS)
    spread = evidence.spread.numpy().astype(np.float64)
    return CorrectedModel(kernel, network, network.summarize(evidence), spread)
