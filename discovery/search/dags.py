"""From edge probabilities to DAGs: acyclic by construction, one or many."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

from discovery.knowledge import Constraints, no_constraints
from foundation_causal.types import Array


def most_probable_dag(
    probabilities: Array, threshold: float = 0.5, constraints: Constraints | None = None
) -> NDArray[np.bool_]:
    """Insert edges from the most probable down to `threshold`, leaving out those that close a cycle.

    Args:
        probabilities: `P[i, j]` of `i -> j`, `[d, d]`.
        threshold: Edges at or below it are left out, except required ones.
        constraints: Edges to insert before all others, and edges to leave out, whatever their probability.

    Returns:
        Adjacency, bool `[d, d]`, acyclic.

    Example:
        >>> most_probable_dag(np.array([[0, 0.9], [0.8, 0]])).astype(int)
        array([[0, 1],
               [0, 0]])
    """
    return _insert(probabilities, probabilities > threshold, constraints)


def sample_dags(
    probabilities: Array,
    k: int,
    rng: np.random.Generator,
    constraints: Constraints | None = None,
) -> list[NDArray[np.bool_]]:
    """Draw DAGs: every edge by its own probability, leaving out those that close a cycle.

    Edges are inserted in a random order that favours the probable ones.

    Edges of probability 1 come first: uncertain ones never close a cycle against them. With probabilities
    of 0 and 1 that form a DAG, every draw is that DAG.

    Args:
        probabilities: `[d, d]`; those of the two directions of a pair sum to at most 1.
        k: How many.
        rng: Source of randomness.
        constraints: Edges that every draw has, and edges that none has.

    Returns:
        `k` adjacencies, bool `[d, d]`, all acyclic.
    """
    draws = []
    for _ in range(k):
        uniform = np.triu(rng.random(probabilities.shape), 1)
        uniform += np.tril(1 - uniform.T, -1)  # the two directions of a pair exclude each other
        priority = np.where(probabilities < 1, probabilities / np.maximum(uniform, 1e-12), np.inf)
        draws.append(_insert(priority, uniform < probabilities, constraints))
    return draws


def _insert(priority: Array, wanted: NDArray[np.bool_], constraints: Constraints | None) -> NDArray[np.bool_]:
    d = len(priority)
    adjacency = np.zeros((d, d), dtype=bool)
    reaches = np.eye(d, dtype=bool)  # reaches[i, j]: there is a path from i to j, or i = j
    required, forbidden = no_constraints(d) if constraints is None else constraints
    priority = np.where(required, np.inf, priority)  # required edges are acyclic, so none of them is left out
    edges = np.argwhere(required | (wanted & ~forbidden))
    for i, j in edges[np.argsort(-priority[edges[:, 0], edges[:, 1]], kind="stable")]:
        if not reaches[j, i]:
            adjacency[i, j] = True
            new = np.flatnonzero(reaches[:, i] & ~reaches[:, j])
            reaches[new] |= reaches[j]
    return adjacency


def parents_of(adjacency: NDArray[np.bool_]) -> list[frozenset[int]]:
    """The parents of every node, from an adjacency `[d, d]`."""
    return [frozenset(np.flatnonzero(column).tolist()) for column in adjacency.T]


def adjacency_of(parents: list[frozenset[int]]) -> NDArray[np.bool_]:
    """Adjacency, bool `[d, d]`, from the parents of every node."""
    adjacency = np.zeros((len(parents), len(parents)), dtype=bool)
    for j, pa in enumerate(parents):
        adjacency[list(pa), j] = True
    return adjacency


def children_of(parents: list[frozenset[int]]) -> list[frozenset[int]]:
    """For every node, those of whose parents it is one."""
    children: list[set[int]] = [set() for _ in parents]
    for j, pa in enumerate(parents):
        for i in pa:
            children[i].add(j)
    return [frozenset(own) for own in children]


def topological_order(parents: list[frozenset[int]], key: Array) -> list[int]:
    """A topological order of the nodes; among the nodes that could come next, the smallest key does."""
    waiting, children = [len(pa) for pa in parents], children_of(parents)
    ready = [(float(key[j]), j) for j, count in enumerate(waiting) if not count]
    heapify(ready)
    order: list[int] = []
    while ready:
        node = heappop(ready)[1]
        order.append(node)
        for child in children[node]:
            waiting[child] -= 1
            if not waiting[child]:
                heappush(ready, (float(key[child]), child))
    return order
