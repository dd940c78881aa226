"""Cond-FiP conditioned on a data set: a mechanism model like any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import torch
from numpy.typing import NDArray

from foundation_causal.errors import InputError
from foundation_causal.graphs import adjacency, check_dag, parents_of
from foundation_causal.networks.pretrained import load_pretrained
from foundation_causal.observations import MIN_ROWS, Observations, row_order
from foundation_causal.runtime import one_thread
from foundation_causal.types import Array
from mechanisms.cond_fip.blocks import Edges
from mechanisms.cond_fip.decoders import Condition, Memory
from mechanisms.cond_fip.network import CondFiP
from mechanisms.kernel.noise_scale import MAX_EXACT_ROWS
from mechanisms.mechanism_model import MechanismModel

STATES = 2**17  # of variables in rows, held at once: some hundred megabytes


@dataclass(frozen=True)
class CondFiPModel(MechanismModel):
    """What Cond-FiP infers of one SCM, in the user's units; made by :func:`fit_cond_fip`.

    Attributes:
        graph: The DAG, nodes in the order of the columns.
        parents: For each variable the positions of its parents.
        network: The pretrained model.
        condition: What it keeps of the context.
        centre: Means over the context, shape `[d]`.
        scale: Standard deviations over the context, shape `[d]`.
    """

    graph: nx.DiGraph
    parents: Sequence[NDArray[np.intp]]
    network: CondFiP
    condition: Condition | Memory
    centre: Array
    scale: Array

    @one_thread()
    @torch.inference_mode()
    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`."""
        involved, edges = Edges.into(nodes, self.parents)
        z = (values[:, involved] - self.centre[involved]) / self.scale[involved]
        parents, children = self.condition.of(involved), self.condition.of(nodes)
        functions = np.empty((len(values), len(nodes)))
        at_once = max(1, STATES // (len(involved) + len(nodes)))
        for start in range(0, len(values), at_once):
            rows = slice(start, start + at_once)
            part = torch.from_numpy(z[rows].T).float()
            functions[rows] = self.network.decoder(part, parents, children, edges).T.numpy()
        return self.centre[list(nodes)] + self.scale[list(nodes)] * functions


@one_thread()
@torch.inference_mode()
def fit_cond_fip(
    data: Observations, graph: nx.DiGraph, *, seed: int = 0, model: str | Path = "cond-fip"
) -> CondFiPModel:
    """Condition Cond-FiP on observations and a DAG; nothing is trained.

    At most 1,000 rows, drawn at random, make the context; rows in which anything was set by intervention do
    not take part.

    Args:
        data: n rows of d variables.
        graph: A DAG over the variables.
        seed: For the draw of rows.
        model: A bundled name, a folder or a hub id.

    Raises:
        InputError: The graph does not fit the data, too few rows are free of interventions, or the weights
            cannot be read.
    """
    network = load_pretrained(CondFiP, model)
    graph = check_dag(graph, data.names)
    rows = data.values if data.intervened is None else data.values[~data.intervened.any(1)]
    if len(rows) < MIN_ROWS:
        raise InputError(
            f"Only {len(rows)} rows are free of interventions, and Cond-FiP reads no others; give "
            f"{MIN_ROWS} or more, or use the kernel model."
        )
    context = rows[row_order(rows, data.names, seed)][:MAX_EXACT_ROWS]
    centre, scale = context.mean(0), context.std(0)
    scale = np.where(scale > 0, scale, 1.0)
    edges = Edges.of(torch.tensor(adjacency(graph))[None])
    standardized = torch.from_numpy(((context - centre) / scale).T).float()
    condition = network.summarize(standardized, edges)
    return CondFiPModel(graph, parents_of(graph), network, condition, centre, scale)
