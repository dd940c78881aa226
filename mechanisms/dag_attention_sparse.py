"""DAG-attention as message passing along the edges, and the choice between it and the dense form."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import scatter

from mechanisms.dag_attention import dag_attention

# Edges as a share of all pairs, from which on the dense form is faster: benchmarks/dag_attention.py.
DENSEST = 0.25


class DagMessages(MessagePassing):
    """Every parent sends its value, weighted as :func:`mechanisms.dag_attention.dag_weights` says.

    No token meets another that is not its parent: costs grow with the edges, not with the pairs. Parents and
    children are counted separately, so that some nodes can be asked for without the others.

    Shapes:
        queries `[children, ..., key size]`, keys `[nodes, ..., key size]`, values `[nodes, ..., value size]`,
        edges `[2, edges]` (positions of the parent among the nodes, and of the child among the children)
        -> `[children, ..., value size]`; zero for roots. What stands between are rows and heads.

    >>> x = torch.ones(2, 3)
    >>> DagMessages()(0 * x, x, x, torch.tensor([[0], [1]]))
    tensor([[0., 0., 0.],
            [1., 1., 1.]])
    """

    def __init__(self) -> None:
        super().__init__(aggr="sum", node_dim=0)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor, edges: Tensor) -> Tensor:
        size = (len(keys), len(queries))
        weights = self.edge_updater(edges, queries=(None, queries), keys=(keys, None), size=size)
        return self.propagate(edges, values=(values, None), weights=weights.to(values.dtype), size=size)

    def edge_update(self, queries_i: Tensor, keys_j: Tensor, index: Tensor, size_i: int) -> Tensor:
        scores = (queries_i * queries_i.shape[-1] ** -0.5 * keys_j).sum(-1, keepdim=True)
        scores = scores if scores.dtype == torch.float64 else scores.float()
        # As in `dag_weights`: the result does not depend on the top, which keeps the exponentials finite.
        top = scatter(scores.detach(), index, 0, size_i, reduce="max").clamp(min=0)
        weights = (scores - top[index]).exp()
        total = torch.maximum(scatter(weights, index, 0, size_i, reduce="sum"), (-top).exp())
        return weights / total[index]

    def message(self, values_j: Tensor, weights: Tensor) -> Tensor:
        return weights * values_j


def mix_parents(queries: Tensor, keys: Tensor, values: Tensor, parents: Tensor) -> Tensor:
    """DAG-attention by the form that is faster for the graph: dense where it has many edges, else sparse.

    Args:
        queries: `[children, ..., key size]`.
        keys: `[nodes, ..., key size]`.
        values: `[nodes, ..., value size]`.
        parents: bool `[children, nodes]`, `parents[i, j]`: j is a parent of i.

    Returns:
        `[children, ..., value size]`; zero for roots.
    """
    edges = parents.nonzero().t().flip(0)
    if edges.shape[1] < DENSEST * parents.numel():
        return DagMessages()(queries, keys, values, edges)
    q, k, v = (x.movedim(0, -2) for x in (queries, keys, values))
    return dag_attention(q, k, v, parents).movedim(-2, 0)
