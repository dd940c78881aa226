r"""Pairs that share a hidden common cause: which edges are left out of the graph, and what becomes of them.

Two networks answer. One takes it that no two columns share a hidden cause; its probabilities begin the search
for a DAG, whose scores know no correlated noise: to them a pair with a hidden cause is a pair with an edge.
The other was trained on tables whose causes are hidden, and gives each pair a probability :math:`s_{ij}` of
a hidden cause and :math:`o_{ij}` of a direct edge. An edge of the DAG is left out where a hidden cause is
clearly more probable than a direct edge of either direction, :math:`s_{ij} > c (o_{ij} + o_{ji})`; and the
probability of an edge is that of the DAG in so
far as the pair has no hidden cause, and at most that of the open world otherwise,

.. math:: P(i \to j) = (1 - s_{ij}) p_{ij} + s_{ij} \min(p_{ij}, o_{ij}).

Once the graph is found, the rows say more of complete columns of numbers than the network has read in pairs
of them (:mod:`discovery.search.shared_noise`). Logistic regressions make of both what is believed
(:func:`informed`), and an edge stays where a direct one is then probable enough. Where it is not, the
probabilities of its two directions sum to that of a direct edge at most.

The networks look at some of the rows, and linear scores at all. Where there are many, the graph itself rules
out hidden causes of some pairs (:func:`visible`), whatever the network says.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from discovery.knowledge import Constraints
from discovery.search.shared_noise import NoiseEvidence
from foundation_causal.types import Array

# How many times as probable as an edge. On tables of other seeds than the benchmark's, ten columns and 1,000
# rows, 1 costs .02 of F1 where nothing is hidden and all is linear and Gaussian, and 1.5 costs .01.
CLEARLY = 1.5
# From so many rows on an edge that is visible stays. Of those that the network would have taken out of linear
# tables, 22 of 23 join true pairs with 3,000 and 10,000 rows, and 7 of 10 with 1,000
# (`benchmarks/fit/visible_edges.py`, on tables of other seeds than the benchmarks').
MANY_ROWS = 3000
AT_MOST = 0.1  # the probability of a hidden cause that is left to the pair of such an edge
# An edge of which the rows were asked is left out where a direct one has less than this probability and a
# hidden cause more than this share of it. With .4 for .3, `benchmarks/fit/worth_of_noise.py` finds F1 as high
# where causes are hidden, and lower where none is.
LEAST_DIRECT, LEAST_SHARE = 0.3, 0.5


class OpenWorld(NamedTuple):
    """What the network says where columns may share hidden causes.

    Attributes:
        direct: Probability of `i -> j`, `[d, d]`.
        confounded: Probability that `i` and `j` share a hidden cause, `[d, d]`, symmetric.
        familiarity: How much the table is like those of the training, from 0 to 1.
        informed: Bool `[d, d]`, symmetric: pairs with an edge of which the rows have been asked, too; None if
            there are none.
    """

    direct: Array
    confounded: Array
    familiarity: float = 1.0
    informed: NDArray[np.bool_] | None = None


# Of one table: probabilities [d, d] of edges if there are no hidden causes, and what holds if there may be.
Answer: TypeAlias = tuple[Array, OpenWorld | None]


def left_out(
    adjacency: NDArray[np.bool_], world: OpenWorld, constraints: Constraints | None
) -> NDArray[np.bool_]:
    """The edges of a DAG `[d, d]` that a hidden cause rather than a direct effect explains; none required.

    Where the network alone was asked, a hidden cause must be clearly more probable.

    >>> world = OpenWorld(np.array([[0, 0.2], [0.1, 0]]), np.array([[0, 0.6], [0.6, 0]]))
    >>> left_out(np.array([[False, True], [False, False]]), world, None)
    array([[False,  True],
           [False, False]])
    """
    direct = world.direct + world.direct.T
    unlikely = world.confounded > CLEARLY * direct
    if world.informed is not None:
        doubted = (direct < LEAST_DIRECT) & (world.confounded > LEAST_SHARE * direct)
        unlikely = np.where(world.informed, doubted, unlikely)
    unlikely = adjacency & unlikely
    return unlikely if constraints is None else unlikely & ~constraints.required


def in_open_world(probabilities: Array, world: OpenWorld) -> Array:
    """Probabilities of edges `[d, d]`, as those of a search that knows no hidden causes are believed.

    >>> world = OpenWorld(np.array([[0, 0.2], [0.1, 0]]), np.array([[0, 0.6], [0.6, 0]]))
    >>> in_open_world(np.array([[0, 0.7], [0.3, 0]]), world)
    array([[0.  , 0.4 ],
           [0.18, 0.  ]])
    """
    shared = world.confounded
    believed = (1 - shared) * probabilities + shared * np.minimum(probabilities, world.direct)
    if world.informed is None:
        return believed
    direct, total = world.direct + world.direct.T, believed + believed.T
    least = np.where(world.informed & (direct < LEAST_DIRECT), direct, 1.0)
    return np.asarray(believed * np.minimum(1.0, least / np.maximum(total, 1e-12)))


class Weights(NamedTuple):
    r"""Of a logistic regression on what is known of a pair; those that are 0 were not asked for.

    Attributes:
        constant: Log odds where all else is 0.
        shared, direct: Of the network's log odds of a hidden cause, and of a direct edge.
        dependence: Of the dependence of the noises.
        replaced, removed: Of the nats by which correlated noise in place of the edge, or no edge, is better;
            their size `g` counts as :math:`\log(1 + g)`.
    """

    constant: float
    shared: float
    direct: float
    dependence: float
    replaced: float = 0.0
    removed: float = 0.0

    def probability(self, world: OpenWorld, evidence: NoiseEvidence) -> Array:
        """What these weights make of every pair, `[d, d]`."""
        said = world.confounded, world.direct + world.direct.T
        odds = self.constant + self.dependence * evidence.dependence
        for weight, probability in zip((self.shared, self.direct), said, strict=True):
            odds = odds + weight * logit(np.clip(probability, 1e-4, 1 - 1e-4))
        for weight, nats in ((self.replaced, evidence.replaced), (self.removed, evidence.removed)):
            odds = odds + weight * shortened(nats)
        return np.asarray(expit(odds))


# Fitted by `benchmarks/fit/worth_of_noise.py`, on tables like those of the network's training and, with the
# same weight, on tables with sparser graphs and clean noise.
SHARED_BESIDE_EDGE = Weights(0.745, 0.805, -0.097, 0.770, 0.100, 0.160)
SHARED_WITHOUT_EDGE = Weights(-0.489, 1.231, -0.251, 0.885)
DIRECT = Weights(-1.450, -0.273, 0.587, -0.541, -0.154, -0.349)


def informed(
    world: OpenWorld,
    evidence: NoiseEvidence,
    adjacency: NDArray[np.bool_],
    constraints: Constraints | None = None,
) -> OpenWorld:
    """What holds of pairs once the rows are asked about the noise that a DAG `[d, d]` leaves.

    Pairs that are known to be joined stay as they are.
    """
    joined, known = adjacency | adjacency.T, evidence.known
    if constraints is not None:
        known = known & ~(constraints.required | constraints.required.T)
    both = evidence._replace(
        replaced=evidence.replaced + evidence.replaced.T, removed=evidence.removed + evidence.removed.T
    )
    regressions = SHARED_BESIDE_EDGE, SHARED_WITHOUT_EDGE, DIRECT
    beside, apart, direct = (weights.probability(world, both) for weights in regressions)
    share = world.direct / np.maximum(world.direct + world.direct.T, 1e-12)
    return world._replace(
        direct=np.where(known & joined, direct * share, world.direct),
        confounded=np.where(known, np.where(joined, beside, apart), world.confounded),
        informed=known & joined,
    )


def shortened(nats: Array) -> Array:
    """The logarithm of 1 plus the size of each number, with its sign."""
    return np.asarray(np.sign(nats) * np.log1p(np.abs(nats)))


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
