"""What is left of a DAG where some of its variables are hidden: a graph of directed and bidirected edges."""

from __future__ import annotations

from torch import Tensor


def latent_projection(adjacency: Tensor, hidden: int) -> tuple[Tensor, Tensor]:
    r"""Project DAGs onto their first variables (Verma and Pearl, 1990).

    :math:`i \to j` where a directed path leads from `i` to `j` through hidden variables alone, and
    :math:`i \leftrightarrow j` where two such paths lead to `i` and to `j` from one hidden variable.

    Args:
        adjacency: Bool `[B, D, D]`, acyclic, `A[b, i, j]` for `i -> j`.
        hidden: How many of the variables, the last ones, are hidden.

    Returns:
        The directed and the bidirected edges, bool `[B, d, d]` each, `d = D - hidden`; the second are
        symmetric.

    Example:
        >>> import torch
        >>> chain_and_fork = torch.zeros(1, 4, 4, dtype=torch.bool)
        >>> chain_and_fork[0, [0, 3, 3], [3, 1, 2]] = True  # 0 -> 3 -> 1, 3 -> 2
        >>> directed, bidirected = latent_projection(chain_and_fork, 1)
        >>> directed[0].nonzero().tolist(), bidirected[0].nonzero().tolist()
        ([[0, 1], [0, 2]], [[1, 2], [2, 1]])
    """
    directed, bidirected = adjacency.clone(), adjacency.new_zeros(adjacency.shape)
    size = adjacency.shape[1]
    for last in range(size - 1, size - 1 - hidden, -1):
        parents, children, siblings = directed[:, :, last], directed[:, last], bidirected[:, last]
        arrows = children | siblings  # ends of paths out of the hidden variable
        shared = (arrows[:, :, None] & children[:, None, :]) | (children[:, :, None] & arrows[:, None, :])
        directed = (directed | (parents[:, :, None] & children[:, None, :]))[:, :last, :last]
        bidirected = (bidirected | shared)[:, :last, :last]
    bidirected.diagonal(dim1=1, dim2=2).fill_(False)
    return directed, bidirected
