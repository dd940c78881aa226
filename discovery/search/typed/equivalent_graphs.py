r"""Of the DAGs that rows cannot tell apart, the one whose directions are the most probable.

DAGs with the same joined pairs and the same colliders state the same independences (Verma and Pearl, 1990),
and to tables of counts they are alike. Which of them a search ends in is decided by what it met first, and
by priors of tables that are not quite the same for all. The edges that such DAGs turn make up chordal
graphs, and a maximum cardinality search from any node orients one of these without a new collider (Tarjan and
Yannakakis, 1984): its roots are tried in turn.
"""

from __future__ import annotations

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from foundation_causal.metrics.equivalence import cpdag_shd
from foundation_causal.metrics.structure import is_cyclic
from foundation_causal.types import Array

LEAST = 1e-6  # of a sum of log odds, by which another graph must be more probable


def most_probable_member(
    graph: NDArray[np.bool_], undecided: NDArray[np.bool_], probabilities: Array
) -> NDArray[np.bool_]:
    """The most probable of the DAGs that differ from one in undecided edges alone and are equivalent to it.

    Args:
        graph: A DAG, bool `[d, d]`.
        undecided: Those of its edges that may be turned.
        probabilities: Of every edge, `[d, d]`.

    Returns:
        A DAG, bool `[d, d]`; the given one where no other is more probable.

    Example:
        >>> chain = np.eye(3, k=1, dtype=bool)
        >>> backwards = np.array([[0, 0.2, 0], [0.7, 0, 0.4], [0, 0.5, 0]])
        >>> most_probable_member(chain, chain, backwards).astype(int)
        array([[0, 0, 0],
               [1, 0, 0],
               [0, 1, 0]])
    """
    logs = np.log(np.clip(probabilities, 1e-6, None))
    odds = logs - logs.T
    odds = np.where(np.abs(odds) < LEAST, 0.0, odds)
    for nodes in nx.connected_components(nx.from_numpy_array(undecided | undecided.T)):
        if len(nodes) > 1:
            graph = _turned(graph, undecided, odds, sorted(nodes))
    return graph


def _turned(
    graph: NDArray[np.bool_], undecided: NDArray[np.bool_], odds: Array, nodes: list[int]
) -> NDArray[np.bool_]:
    """The graph with the undecided edges among these nodes turned to where they are the most probable."""
    free = np.zeros_like(undecided)
    free[np.ix_(nodes, nodes)] = undecided[np.ix_(nodes, nodes)]
    joined, now = free | free.T, float(odds[free].sum())
    members = []
    for root in nodes:
        place = _places(joined, odds, root, nodes)
        turned = joined & (place[:, None] < place[None])
        members.append((float(odds[turned].sum()), turned))
    for gain, turned in sorted(members, key=lambda member: -round(member[0], 6)):
        if gain < now + LEAST:
            break
        other = graph & ~free | turned
        if not is_cyclic(other) and cpdag_shd(graph, other) == 0:
            return other
    return graph


def _places(joined: NDArray[np.bool_], odds: Array, root: int, nodes: list[int]) -> NDArray[np.intp]:
    """The places of nodes in a maximum cardinality search, `[d]`, those of the others being the last.

    Of the nodes with the most neighbours that have a place, the one comes next to which these are the most
    probable causes.
    """
    place = np.full(len(joined), len(joined))
    left, placed = [n for n in nodes if n != root], [root]
    place[root] = 0
    while left:
        drawn = joined[placed][:, left]
        reached, pull = drawn.sum(0), (drawn * odds[placed][:, left]).sum(0)
        following = left[int(np.lexsort((-pull.round(6), -reached))[0])]
        left.remove(following)
        place[following] = len(placed)
        placed.append(following)
    return place
