r"""Pairs that share a hidden common cause: which edges are left out of the graph, and what becomes of them.

Two networks answer. One takes it that no two columns share a hidden cause; its probabilities begin the search
for a DAG, whose scores know no correlated noise: to them a pair with a hidden cause is a pair with an edge.
The other was trained on tables whose causes are hidden, and gives each pair a probability :math:`s_{ij}` of
a hidden cause and :math:`o_{ij}` of a direct edge. An edge of the DAG is left out where a hidden cause is
clearly more probable than a direct edge of either direction, :math:`s_{ij} > c (o_{ij} + o_{ji})`; and the
probability of an edge is that of the DAG in so
far as the pair has no hidden cause, and at most that of the open world otherwise,

.. math:: P(i \to j) = (1 - s_{ij}) p_{ij} + s_{ij} \min(p_{ij}, o_{ij}).
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
