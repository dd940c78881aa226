"""Markov equivalence of DAGs: the most that observations of a linear Gaussian model can tell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation_causal.metrics._graphs import Graph, dag, dags
from foundation_causal.metrics.structure import shd


def cpdag(graph: Graph) -> NDArray[np.int8]:
    """The completed partially directed acyclic graph that stands for the DAG's Markov equivalence class.

    An edge keeps its direction if it has it in every DAG of the class, and is undirected otherwise.

    Args:
        graph: A DAG over d variables.

    Returns:
        0/1 matrix, int8 `[d, d]`, in the order of the graph's nodes or columns; an undirected edge is 1
        in both directions.

    Raises:
        InputError: A cycle, a self-loop, or something other than 0 and 1.

    Source: the colliders of Verma and Pearl 1990 and the rules of Meek 1995.

    >>> cpdag([[0, 1, 0], [0, 0, 1], [0, 0, 0]])  # a chain
    array([[0, 1, 0],
           [1, 0, 1],
           [0, 1, 0]], dtype=int8)
    """
    return _cpdag(dag(graph, "given")[0])


def cpdag_shd(true: Graph, predicted: Graph) -> int:
    """Structural Hamming distance between the CPDAGs of two DAGs: the number of pairs joined differently.

    Whether a pair is apart, joined one way, the other way, or without direction: any difference counts once.
    0 exactly if the DAGs are Markov equivalent.

    Raises:
        InputError: A graph with a cycle, besides what cannot be compared.

    >>> cpdag_shd([[0, 1], [0, 0]], [[0, 0], [1, 0]])
    0
    """
    left, right = dags(true, predicted)
    return shd(_cpdag(left), _cpdag(right))


def undecided(edges: NDArray[np.bool_], known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The edges that another DAG of the class has the other way round, though it has those that are known.

    Args:
        edges: A DAG, bool `[d, d]`.
        known: Those of its edges whose direction is known, bool `[d, d]`.

    >>> chain = np.eye(3, k=1, dtype=bool)
    >>> undecided(chain, np.zeros((3, 3), dtype=bool)).sum(), undecided(chain, chain * [[1], [0], [0]]).sum()
    (np.int64(2), np.int64(0))
    """
    apart = ~(edges | edges.T | np.eye(len(edges), dtype=bool))
    fixed = _colliders(edges, apart) | known
    while True:
        implied = _implied(edges, apart, fixed)
        if not implied.any():
            return edges & ~fixed
        fixed |= implied


def _cpdag(edges: NDArray[np.bool_]) -> NDArray[np.int8]:
    """The CPDAG of a bool matrix `[d, d]` known to be a DAG."""
    return (edges | undecided(edges, np.zeros_like(edges)).T).astype(np.int8)


def _colliders(edges: NDArray[np.bool_], apart: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The edges `a -> b` that meet another parent of b not joined with a; bool `[d, d]`."""
    strangers = apart.astype(np.float64) @ edges  # [a, b]: how many parents of b are not joined with a
    return edges & (strangers > 0)


def _implied(
    edges: NDArray[np.bool_], apart: NDArray[np.bool_], fixed: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """The edges of no fixed direction yet that Meek's rules fix, given those `fixed`; all bool `[d, d]`.

    Only the direction in the DAG itself can be the fixed one, so rules are applied to `edges` alone.
    """
    counts, free = fixed.astype(np.float64), edges & ~fixed
    undirected = free | free.T
    no_new_collider = counts.T @ apart > 0  # rule 1: c -> a, a - b, c and b apart
    no_cycle = counts @ counts > 0  # rule 2: a -> c -> b, a - b
    implied = free & (no_new_collider | no_cycle)
    for a, b in np.argwhere(free & ~implied):  # rule 3: a - c -> b, a - e -> b, a - b, c and e apart
        between = undirected[a] & fixed[:, b]
        implied[a, b] = apart[np.ix_(between, between)].any()
        # Rule 4, which only known directions call for: a - e -> c -> b, a - b, a and c joined, e and b apart.
        first, second = undirected[a] & apart[:, b], ~apart[a] & fixed[:, b]
        implied[a, b] |= fixed[np.ix_(first, second)].any()
    return implied
