r"""DAG-attention: attention to one's parents that may also look at nothing.

.. math:: A_{ij} = \frac{G_{ji} \, e^{s_{ij}}}{\max(1, \sum_k G_{ki} \, e^{s_{ik}})}

where `G[j, i] = 1` if j is a parent of i (Scetbon et al., 2024, FiP; Mahajan et al., 2024, equation 3). A
softmax must spread a weight of one; here a row may sum to less, and the row of a root, which has no parents,
is zero.

DAG-attention as message passing along the edges, and the choice between it and the dense form.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import scatter


def dag_weights(scores: Tensor, mask: Tensor) -> Tensor:
    """The weights A for scores `[..., queries, keys]`.

    Args:
        scores: any real numbers; those outside the mask are not read.
        mask: bool, broadcasts to the scores: which keys are parents of which queries.

    Returns:
        weights of the scores' shape and type; computed in float32 at least.

    >>> dag_weights(torch.tensor([[0.0, 0.0], [0.0, 0.0]]), torch.tensor([[True, True], [False, False]]))
    tensor([[0.5000, 0.5000],
            [0.0000, 0.0000]])
    """
    wide = scores if scores.dtype == torch.float64 else scores.float()
    wide = wide.masked_fill(~mask, -torch.inf)
    # Numerator and denominator are both divided by e^top. With top >= 0 nothing can overflow, and the value
    # does not depend on top, which is why it needs no gradient.
    top = wide.detach().amax(-1, keepdim=True).clamp(min=0)
    weights = (wide - top).exp()
    return (weights / torch.maximum(weights.sum(-1, keepdim=True), (-top).exp())).to(scores.dtype)


def dag_attention(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """Mix the parents' values, with scores that are scaled by the root of the key size.

    Args:
        queries, keys: `[..., d, key size]`.
        values: `[..., d, value size]`.
        mask: bool, broadcasts to `[..., d, d]`, `mask[i, j]`: j is a parent of i (the transposed adjacency).

    Returns:
        `[..., d, value size]`; zero for roots.
    """
    scores = queries * queries.shape[-1] ** -0.5 @ keys.transpose(-1, -2)
    return dag_weights(scores, mask) @ values


def edge_attention(queries: Tensor, keys: Tensor, values: Tensor, parent: Tensor, child: Tensor) -> Tensor:
    """The same on a list of edges: no token meets another that is not its parent.

    Nodes may come from many graphs at once, and anything may stand between them and the heads, as rows.

    Args:
        queries, keys: `[nodes, ..., key size]`.
        values: `[nodes, ..., value size]`.
        parent, child: positions of the nodes that each edge joins, `[edges]`.

    Returns:
        `[nodes, ..., value size]`; zero for roots.

    >>> x = torch.ones(2, 3)
    >>> edge_attention(0 * x, x, x, torch.tensor([0]), torch.tensor([1]))
    tensor([[0., 0., 0.],
            [1., 1., 1.]])
    """
    scores = (queries.index_select(0, child) * keys.index_select(0, parent)).sum(
        -1, keepdim=True
    ) * queries.shape[-1] ** -0.5
    scores = scores if scores.dtype == torch.float64 else scores.float()
    nothing = scores.new_zeros(len(queries), *scores.shape[1:])
    index = child.view(-1, *[1] * (scores.dim() - 1)).expand_as(scores)
    top = nothing.scatter_reduce(0, index, scores.detach(), "amax")  # at least 0, as in `dag_weights`
    weights = (scores - top[child]).exp()
    total = torch.maximum(nothing.index_add(0, child, weights), (-top).exp())
    weights = (weights / total[child]).to(values.dtype)
    mixed = values.new_zeros(len(queries), *values.shape[1:])
    return mixed.index_add(0, child, weights * values.index_select(0, parent))


# Edges as a share of pairs, from which on the dense form is faster: benchmarks/mechanisms/dag_attention.py.
DENSEST = 0.25


class DagMessages(MessagePassing):
    """Every parent sends its value, weighted as
    :func:`foundation_causal.networks.dag_attention.dag_weights` says.

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
