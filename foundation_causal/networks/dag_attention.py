r"""DAG-attention: attention to one's parents that may also look at nothing.

.. math:: A_{ij} = \frac{G_{ji} \, e^{s_{ij}}}{\max(1, \sum_k G_{ki} \, e^{s_{ik}})}

where `G[j, i] = 1` if j is a parent of i (Scetbon et al., 2024, FiP; Mahajan et al., 2024, equation 3). A
softmax must spread a weight of one; here a row may sum to less, and the row of a root, which has no parents,
is zero.

It has a dense form and one along the edges; :func:`mix_parents` chooses between them.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Share of edges among pairs beyond which the dense form is faster: benchmarks/mechanisms/dag_attention.py.
DENSEST = 0.25


def dag_weights(scores: Tensor, mask: Tensor) -> Tensor:
    """The weights A for scores `[..., queries, keys]`.

    Args:
        scores: Any real numbers; those outside the mask are not read.
        mask: Bool, broadcasts to the scores: which keys are parents of which queries.

    Returns:
        Weights of the scores' shape and type; computed in float32 at least.

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
        queries: `[..., d, key size]`.
        keys: `[..., d, key size]`.
        values: `[..., d, value size]`.
        mask: Bool, broadcasts to `[..., d, d]`, `mask[i, j]`: j is a parent of i (the transposed adjacency).

    Returns:
        `[..., d, value size]`; zero for roots.
    """
    scores = queries * queries.shape[-1] ** -0.5 @ keys.transpose(-1, -2)
    return dag_weights(scores, mask) @ values


def edge_attention(queries: Tensor, keys: Tensor, values: Tensor, parent: Tensor, child: Tensor) -> Tensor:
    """Mix the parents' values along a list of edges: no token meets another that is not its parent.

    Costs grow with the edges, not with the pairs. Nodes may come from many graphs at once, children may be
    some of the nodes only, and anything may stand between nodes and heads, as rows.

    Args:
        queries: `[children, ..., key size]`.
        keys: `[nodes, ..., key size]`.
        values: `[nodes, ..., value size]`.
        parent: For each edge the position of the parent among the nodes, `[edges]`.
        child: For each edge the position of the child among the children, `[edges]`.

    Returns:
        `[children, ..., value size]`; zero for roots.

    >>> x = torch.ones(2, 3)
    >>> edge_attention(0 * x, x, x, torch.tensor([0]), torch.tensor([1]))
    tensor([[0., 0., 0.],
            [1., 1., 1.]])
    """
    asking = queries.index_select(0, child) * queries.shape[-1] ** -0.5
    scores = (asking * keys.index_select(0, parent)).sum(-1, keepdim=True)
    scores = scores if scores.dtype == torch.float64 else scores.float()
    nothing = scores.new_zeros(len(queries), *scores.shape[1:])
    index = child.view(-1, *[1] * (scores.dim() - 1)).expand_as(scores)
    top = nothing.scatter_reduce(0, index, scores.detach(), "amax")  # at least 0, as in `dag_weights`
    weights = (scores - top[child]).exp()
    total = torch.maximum(nothing.index_add(0, child, weights), (-top).exp())
    weights = (weights / total[child]).to(values.dtype)
    mixed = values.new_zeros(len(queries), *values.shape[1:])
    return mixed.index_add(0, child, weights * values.index_select(0, parent))


def mix_parents(queries: Tensor, keys: Tensor, values: Tensor, parents: Tensor) -> Tensor:
    """Mix the parents' values by the form that is faster: dense where there are many edges, else sparse.

    Args:
        queries: `[children, ..., key size]`.
        keys: `[nodes, ..., key size]`.
        values: `[nodes, ..., value size]`.
        parents: Bool `[children, nodes]`, `parents[i, j]`: j is a parent of i.

    Returns:
        `[children, ..., value size]`; zero for roots.
    """
    child, parent = parents.nonzero(as_tuple=True)
    if len(child) < DENSEST * parents.numel():
        return edge_attention(queries, keys, values, parent, child)
    q, k, v = (x.movedim(0, -2) for x in (queries, keys, values))
    return dag_attention(q, k, v, parents).movedim(-2, 0)
