"""Cond-FiP conditioned on a data set: a mechanism model like any other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import torch
from numpy.typing import NDArray

from foundation_causal.errors import DiscreteWarning, InputError, SubsampleWarning, quoted, warn
from foundation_causal.graphs import check_dag, parents_of
from foundation_causal.networks.pretrained import shared_pretrained
from foundation_causal.observations import MIN_ROWS, Observations, row_order
from foundation_causal.runtime import one_thread
from foundation_causal.types import Array
from mechanisms.cond_fip.blocks import Edges
from mechanisms.cond_fip.kernel_readings import Reading
from mechanisms.cond_fip.network import CondFiP
from mechanisms.cond_fip.published_decoder import Condition, Decoder
from mechanisms.kernel.gaussian_process import Kernel, Point, Regression, regression
from mechanisms.kernel.kernel_model import DECIMALS, KernelModel
from mechanisms.kernel.noise_scale import MAX_EXACT_ROWS, node_regression, with_scale
from mechanisms.kernel.parent_inputs import ParentInputs, parent_inputs
from mechanisms.mechanism_model import MechanismModel
from mechanisms.methods import refuse_categories

STATES = 2**17  # of variables in rows, held at once: some hundred megabytes


@dataclass(frozen=True)
class CondFiPModel(MechanismModel):
    """What Cond-FiP with the published decoder infers of one SCM; made by :func:`fit_cond_fip`.

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
    condition: Condition
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
    data: Observations,
    graph: nx.DiGraph,
    *,
    seed: int = 0,
    model: str | Path = "cond-fip",
    skip: Collection[int] = (),
) -> MechanismModel:
    """Condition Cond-FiP on observations and a DAG; nothing is trained.

    At most 1,000 rows, drawn at random, make the context; rows in which anything was set by intervention do
    not take part. The network reads kernels and noise off the first 100 of them, and corrects both by what
    the first 200 say. With these the kernel decoder's regressions are solved on the whole context as those
    of the kernel model are, so that its functions have a posterior; noise whose scale depends on the parents
    is found in their residuals (:func:`mechanisms.kernel.noise_scale.with_scale`).

    Args:
        data: n rows of d variables.
        graph: A DAG over the variables.
        seed: For the draw of rows.
        model: A bundled name, a folder or a hub id.
        skip: Positions of variables that get no regression, because another model answers for them.

    Raises:
        InputError: The graph does not fit the data, too few rows are free of interventions, the weights
            cannot be read, or there are categories and the decoder is the published one.

    Warns:
        SubsampleWarning: There are more rows than make the context.
        DiscreteWarning: Variables have categories among their causes, which the network does not read; the
            kernel model answers there.
    """
    network = shared_pretrained(CondFiP, model)
    graph = check_dag(graph, data.names)
    unordered = np.flatnonzero(~data.schema.ordered).tolist()
    rows = _free_rows(data, unordered, seed)
    context, parents = rows[:MAX_EXACT_ROWS], parents_of(graph)
    centre, scale = context.mean(0), context.std(0)
    scale = np.where(scale > 0, scale, 1.0)
    standardized = ((context - centre) / scale).round(DECIMALS)
    # Numbers of categories mean nothing, so that the network must not see them as causes.
    told = [(int(i), j) for j, pa in enumerate(parents) for i in pa if i not in unordered]
    edges = Edges.between(told)
    by_node = torch.from_numpy(standardized.T)
    tokens = network.tokens(by_node.float(), edges)
    if isinstance(network.decoder, Decoder):
        refuse_categories(data.schema, "The published decoder")
        condition = network.decoder.summarize(tokens, edges)
        return CondFiPModel(graph, parents, network, condition, centre, scale)
    # The slopes that its rounds see are small differences of large sums.
    read = network.decoder.double().read(by_node, tokens, edges)[-1]
    encoders = parent_inputs(context, parents, data.schema, centre, scale)
    _warn_of_categories(data, encoders, skip)
    regressions: list[Regression | None] = [None] * len(parents)
    for j in set(range(len(parents))) - set(skip):
        if len(parents[j]):
            x, y = encoders[j](context).round(DECIMALS), standardized[:, j]
            plain = encoders[j].is_plain
            regressions[j] = _as_read(read, edges, j, x, y) if plain else node_regression(x, y, "auto")
    roots = [fitted is None for fitted in regressions]
    level = np.where(roots, rows.mean(0), centre)
    used = [rows if root else context for root in roots]
    return KernelModel(graph, parents, used, regressions, level, centre, scale, encoders)


def _warn_of_categories(data: Observations, encoders: Sequence[ParentInputs], skip: Collection[int]) -> None:
    """Say which variables are left to the kernel model."""
    names = [data.names[j] for j, inputs in enumerate(encoders) if not inputs.is_plain and j not in skip]
    if names:
        them = f"{quoted(names)} {'has' if len(names) == 1 else 'have'} categories among the causes"
        warn(DiscreteWarning(f"{them}, which the network does not read; the kernel model answers there."))


def _free_rows(data: Observations, unordered: Sequence[int], seed: int) -> Array:
    """The rows `[n, d]` without interventions, in an order that is random and knows no names of categories.

    Raises:
        InputError: There are too few.
    """
    rows = data.values if data.intervened is None else data.values[~data.intervened.any(1)]
    if len(rows) < MIN_ROWS:
        raise InputError(
            f"Only {len(rows)} rows are free of interventions, and Cond-FiP reads no others; give "
            f"{MIN_ROWS} or more, or use the kernel model."
        )
    if len(rows) > MAX_EXACT_ROWS:
        number = f"{MAX_EXACT_ROWS:,} of the {len(rows):,} rows"
        warn(SubsampleWarning(f"The mechanisms are fitted to {number}, drawn at random."))
    return np.ascontiguousarray(rows[row_order(rows, data.names, seed, unordered)])


def _as_read(read: Reading, edges: Edges, j: int, inputs: Array, target: Array) -> Regression:
    """The regression of variable j, `[n, parents]` and `[n]`, by the kernel and noise that were read."""
    rates, slopes = (part[edges.child == j].double().numpy() for part in (read.rates, read.slopes))
    height, level = (float(part[j]) for part in (read.height, read.level))
    # The variance of what is not linear becomes 1, as the kernels of regressions have it.
    kernel = Kernel(rates, slopes / np.sqrt(height), level / height)
    variances = read.noise[j].double().numpy() / height
    return with_scale(regression(inputs, target, [Point(kernel, 1.0, 1.0)], variances, with_noise=True))
