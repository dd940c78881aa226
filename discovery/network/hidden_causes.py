r"""Pairs that share a hidden common cause: which edges are left out of the graph, and what becomes of them.

Two networks answer. One takes it that no two columns share a hidden cause; its probabilities begin the search
for a DAG, whose scores know no correlated noise: to them a pair with a hidden cause is a pair with an edge.
The other was trained on tables whose causes are hidden, and gives each pair a probability :math:`s_{ij}` of
a hidden cause and :math:`o_{ij}` of a direct edge. An edge of the DAG is left out where a hidden cause is
clearly more probable than a direct edge of either direction, :math:`s_{ij} > c (o_{ij} + o_{ji})`; and the
probability of an edge is that of the DAG in so
far as the pair has no hidden cause, and at most that of the open world otherwise,

.. math:: P(i \to j) = (1 - s_{ij}) p_{ij} + s_{ij} \min(p_{ij}, o_{ij}).

The networks look at some of the rows, and linear scores at all. Where there are many, the graph itself rules
out hidden causes of some pairs (:func:`visible`), whatever the network says.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.knowledge import Constraints
from foundation_causal.types import Array

# How many times as probable as an edge. On tables of other seeds than the benchmark's, ten columns and 1,000
# rows, 1 costs .02 of F1 where nothing is hidden and all is linear and Gaussian, and 1.5 costs .01.
CLEARLY = 1.5
# From so many rows on an edge that is visible stays. Of those that the network would have taken out of linear
# tables, 22 of 23 join true pairs with 3,000 and 10,000 rows, and 7 of 10 with 1,000
# (`benchmarks/fit/visible_edges.py`, on tables of other seeds than the benchmarks').
MANY_ROWS = 3000
AT_MOST = 0.1  # the probability of a hidden cause that is left to the pair of such an edge


class OpenWorld(NamedTuple):
    """What the network says where columns may share hidden causes.

    Attributes:
        direct: Probability of `i -> j`, `[d, d]`.
        confounded: Probability that `i` and `j` share a hidden cause, `[d, d]`, symmetric.
        familiarity: How much the table is like those of the training, from 0 to 1.
    """

    direct: Array
    confounded: Array
    familiarity: float = 1.0


# Of one table: probabilities [d, d] of edges if there are no hidden causes, and what holds if there may be.
Answer: TypeAlias = tuple[Array, OpenWorld | None]


def left_out(
    adjacency: NDArray[np.bool_], world: OpenWorld, constraints: Constraints | None
) -> NDArray[np.bool_]:
    """The edges of a DAG `[d, d]` whose ends clearly more probably share a hidden cause; none required.

    >>> world = OpenWorld(np.array([[0, 0.2], [0.1, 0]]), np.array([[0, 0.6], [0.6, 0]]))
    >>> left_out(np.array([[False, True], [False, False]]), world, None)
    array([[False,  True],
           [False, False]])
    """
    unlikely = adjacency & (world.confounded > CLEARLY * (world.direct + world.direct.T))
    return unlikely if constraints is None else unlikely & ~constraints.required


def in_open_world(probabilities: Array, world: OpenWorld) -> Array:
    """Probabilities of edges `[d, d]`, as those of a search that knows no hidden causes are believed.

    >>> world = OpenWorld(np.array([[0, 0.2], [0.1, 0]]), np.array([[0, 0.6], [0.6, 0]]))
    >>> in_open_world(np.array([[0, 0.7], [0.3, 0]]), world)
    array([[0.  , 0.4 ],
           [0.18, 0.  ]])
    """
    shared = world.confounded
    return (1 - shared) * probabilities + shared * np.minimum(probabilities, world.direct)


def visible(adjacency: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The edges of a DAG `[d, d]` in whose place no hidden cause of the two ends could stand.

    Given rows without end, for whose dependences the DAG accounts: two causes of `i` that are not joined show
    by how they depend once `i` is known that `i` is an effect of both. If one of them is not joined to `j`,
    it depends on `j`, and does so no more once `i` is known: so `i` is a cause of `j`, and the two share none
    (Zhang, 2008, Causal reasoning with ancestral graphs).

    >>> dag = np.zeros((4, 4), dtype=bool)
    >>> dag[0, 2] = dag[1, 2] = dag[2, 3] = True
    >>> np.argwhere(visible(dag)).tolist()
    [[2, 3]]
    """
    apart = (~(adjacency | adjacency.T)).astype(int)
    np.fill_diagonal(apart, 0)
    is_effect = adjacency & (apart @ adjacency > 0)  # of [c, i]: the edge's end at i is certain
    return adjacency & (is_effect.T @ apart > 0)


def without_visible(world: OpenWorld, adjacency: NDArray[np.bool_]) -> OpenWorld:
    """The same, but that the pairs of visible edges hardly share a hidden cause."""
    seen = visible(adjacency)
    likely = np.where(seen | seen.T, np.minimum(world.confounded, AT_MOST), world.confounded)
    return world._replace(confounded=likely)
