r"""Calibration: from the network's probabilities to those after refinement.

A pair of variables has three states: `i -> j`, `j -> i`, or no edge. The network gives them prior
probabilities, and the search, which looked at the same data in another way, adds two things. It puts an edge
between the two into its graph or not; that counts for both directions alike, because which of them it chose
may be the network's prior all over again. And its scores, taken without that prior, give the nats by which
the data prefer the direction it chose to the other one,

.. math:: \Delta_{ij} = \log \frac{p(x_j | x_{pa(j)})\, p(x_i | x_{pa(i)})}
    {p(x_j | x_{pa(j) \setminus i})\, p(x_i | x_{pa(i) \cup j})},

which is 0 where they cannot decide, as for two linear Gaussian variables. Bayes' rule makes of all this

.. math:: P(i \to j) \propto p_{ij} e^{s + t / 2}, \qquad s = \text{found or not found}, \qquad
    t = \text{clip}(\text{power} \cdot \Delta_{ij}, \pm\text{most}).

Where the graph without the edge, or with it, scores only \(m\) nats less, "found" and "not found" are
averaged with the weights that the two graphs have, \(1 : e^{-m}\): no last digit then decides about a
probability.

The power and the bound are there because the network has seen the same rows, and because no family of scores
describes data exactly. The four constants were fitted by `benchmarks/fit/calibration.py`, on simulated SCMs
like those of the network's training and, with the same weight, on tables unlike them.

Tables that people have measured and written down are like none of these: their directions are believed far
less (:func:`as_measured`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from discovery.knowledge import Constraints
from discovery.preparation import Rows, thin
from discovery.search.moves import addable, reversible
from discovery.search.refine import Refined
from foundation_causal.types import Array


class Worth(NamedTuple):
    """The weight of the search's verdict in the probabilities.

    Attributes:
        found: Log likelihood ratio, against no edge, of both directions of an edge that the graph has.
        not_found: Log likelihood ratio, against no edge, of both directions of an edge that the graph lacks.
        power: Exponent of the likelihood ratio of the two directions of an edge.
        most: Bound on what that ratio adds to the log odds of the two, in nats.
    """

    found: float = 0.91
    not_found: float = -1.14
    power: float = 0.33
    most: float = 0.69


WORTH = Worth()
# Where columns are discrete or counts, in tables of which one network is asked: fitted at home alone. With
# the constants of numbers, what is said there is .02 to .15 less than what is true.
TYPED_WORTH = Worth(found=1.16, not_found=-0.99, power=0.30, most=1.26)
OPEN = 0.6  # where columns are discrete
# Where numbers beside discrete columns are rounded. The least surprise at directions, measured tables and
# simulated ones that were rounded counting the same, of half of the tables with a known order in time
# (`benchmarks/fit/measured_directions.py`).
MEASURED = 0.3
ROUNDED = 0.1  # the share of a column's different values that come again, above which it is rounded
SEEN = 2000  # rows in which that is looked for


def after_search(
    probabilities: Array,
    adjacency: NDArray[np.bool_],
    evidence: Array,
    worth: Worth = WORTH,
    margins: Array | None = None,
) -> Array:
    """Edge probabilities given the refined graph and its scores.

    Args:
        probabilities: Probabilities by the network, `[d, d]`.
        adjacency: The refined graph, bool `[d, d]`.
        evidence: The log evidence for directions, `[d, d]`, from `direction_evidence`.
        worth: The weight of the search's verdict.
        margins: By how many nats the search is sure of having an edge between two variables or not, `[d, d]`,
            from `presence_margins`; beyond doubt if None.

    Returns:
        Probabilities `[d, d]`; those of `i -> j` and `j -> i` sum to at most 1.

    Example:
        >>> network = np.array([[0, 0.3], [0.2, 0]])
        >>> edge = np.array([[False, True], [False, False]])
        >>> after_search(network, edge, np.zeros((2, 2))).round(2)  # the direction stays open
        array([[0.  , 0.43],
               [0.29, 0.  ]])
        >>> after_search(network, edge, np.array([[0, 20.0], [-20.0, 0]])).round(2)
        array([[0.  , 0.55],
               [0.18, 0.  ]])
    """
    absent = np.clip(1 - probabilities - probabilities.T, 1e-3, None)
    found: Array = (adjacency | adjacency.T).astype(float)
    if margins is not None:
        found = expit(np.where(found > 0, margins, -margins))
    presence = found * worth.found + (1 - found) * worth.not_found
    direction = np.clip(worth.power * evidence, -worth.most, worth.most)
    weight = probabilities * np.exp(presence + direction / 2)  # and - direction / 2 of the other one
    return weight / (weight + weight.T + absent)


def with_open_directions(probabilities: Array, power: float = OPEN) -> Array:
    """Probabilities of edges whose directions are believed less: their log odds are multiplied by `power`.

    In tables with discrete columns a network takes what its training knew of directions for granted, where
    rows hardly tell them: `benchmarks/structure/discrete_chains.py`. How probable it is that an edge joins a
    pair, whichever way, stays.

    Args:
        probabilities: Shape `[d, d]`.
        power: Between 0, which leaves every direction open, and 1, which changes nothing.

    Example:
        >>> with_open_directions(np.array([[0, 0.9], [0.1, 0]]), 0.5)
        array([[0.  , 0.75],
               [0.25, 0.  ]])
    """
    odds = np.log(np.clip(probabilities, 1e-6, None)) - np.log(np.clip(probabilities.T, 1e-6, None))
    opened = (probabilities + probabilities.T) / (1 + np.exp(-power * odds))
    np.fill_diagonal(opened, 0.0)
    return np.asarray(opened)


def as_measured(probabilities: Array, rows: Rows, known: Constraints | None = None) -> Array:
    """Probabilities of edges whose directions are believed less, as those of a table with rounded numbers.

    Ages, grades, pounds and cents beside a sex or a treatment: such tables were measured, and no simulation
    that networks, scores and constants come from is like them. Where the order of their columns in time is
    known, directions that all of these are sure of are wrong as often as right. What is known stays, as does
    what is said of columns that an experiment set.

    Args:
        probabilities: Of every edge, `[d, d]`.
        rows: The table, which has :func:`rounded_numbers`.
        known: Edges that are known to be there, or not to be there.
    """
    told = np.zeros(probabilities.shape, dtype=bool)
    if rows.intervened is not None:
        told |= rows.intervened.any(0)
    if known is not None:
        told |= known.required | known.forbidden
    return np.where(told | told.T, probabilities, with_open_directions(probabilities, MEASURED))


def rounded_numbers(rows: Rows) -> NDArray[np.bool_]:
    """Which numbers beside discrete columns or counts were rounded, bool `[d]`.

    Those of which many different values come again in other rows. A value where a column piles up is one of
    them, and rows that are copies count once.
    """
    rounded = np.zeros(len(rows.levels), dtype=bool)
    if rows.codes is None:
        return rounded
    numbers = np.flatnonzero((rows.levels == 0) & (rows.codes < 0).all(0)).tolist()
    if not numbers:
        return rounded
    some = thin(rows, SEEN)
    different = np.unique(some.filled, axis=0, return_index=True)[1]
    for j in numbers:
        column = some.values[different, j]
        times = np.unique(column[~np.isnan(column)], return_counts=True)[1]
        rounded[j] = bool((times > 1).mean() > ROUNDED)
    return rounded


def direction_evidence(search: Refined) -> Array:
    """The nats by which the data prefer `i -> j` to `j -> i`, all other edges given, `[d, d]`.

    The network's prior is not in it. It is 0 for pairs without an edge and for edges that equally good graphs
    have the other way round, though that may take turning others, too. It is infinite where the search could
    not turn the edge around: the other direction closes a cycle, or the network rules it out.
    """
    score, parents, graph = search.score, search.parents, search.adjacency
    evidence = np.where(graph, np.inf, 0.0) + np.where(graph.T, -np.inf, 0.0)
    for i, j in reversible(parents, search.candidates):
        # All but few of these were scored by the last step of the search.
        here = score(j, parents[j]) + score(i, parents[i]) - score.prior[i, j]
        there = score(j, parents[j] - {i}) + score(i, parents[i] | {j}) - score.prior[j, i]
        evidence[i, j], evidence[j, i] = here - there, there - here
    if search.undecided is not None:
        evidence[search.undecided | search.undecided.T] = 0.0
    return evidence


def presence_margins(search: Refined) -> Array:
    """The nats by which the graph scores more than one with, or without, an edge between two variables.

    All other edges are given, and the network's prior is in it, as the search looked at it. It is symmetric,
    infinite where an edge is required or cannot be added, and where the search never scored one, as its gain
    was hopeless.

    Args:
        search: Where a search ended.

    Returns:
        `[d, d]`, of one and the other direction the smaller one.
    """
    score, parents = search.score, search.parents
    margins = np.full((len(parents), len(parents)), np.inf)
    for j, pa in enumerate(parents):
        for i in pa - search.required[j]:
            margins[i, j] = score(j, pa) - score(j, pa - {i})
    for i, j in addable(parents, search.candidates):
        if (j, parents[j] | {i}) in score.known:
            margins[i, j] = score(j, parents[j]) - score(j, parents[j] | {i})
    return np.minimum(margins, margins.T)
