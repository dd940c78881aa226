r"""Columns that others determine exactly: left out of the search for a graph, then put below the others.

A column that is an exact function of others has no noise of its own, which every score and every statistic of
the network takes for granted. Beside `birth = 2024 - age` what little noise rounding leaves decides about
`age -> income`, and mostly wrongly. So one column of each dependence
(:mod:`foundation_causal.columns.linear_dependence`) is left out: the graph among the rest is the one without
it, and it becomes a child of those that determine it.

That it is the child is a choice, which the rows cannot make, and the probabilities say so: each of the k
members of a dependence is the determined one with probability 1/k. Where the others are all uncorrelated, as
parts are that a sum adds up, any other reading would need effects that cancel exactly; there it is `APART`.
Shares of a whole are different: each falls where the others rise, caused or not. An edge between two of k
shares is believed only as far as neither is the one to be left out: its probability is multiplied by
(k - 2) / k.
"""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np

from discovery.knowledge import Constraints
from foundation_causal.columns.linear_dependence import Dependence, dependences
from foundation_causal.observations import MIN_COLUMNS, Observations
from foundation_causal.types import Array

APART = 0.9


def set_aside(table: Observations, constraints: Constraints | None) -> tuple[Dependence, ...]:
    """The dependences whose determined column can be left out of the search.

    A column in which an intervention set values is not left out, nor one whose place below the others would
    go against what is known. Nor is one with levels, unless it repeats another column: tables of counts know
    of no noise that an exact relation would spoil. At least two columns remain.
    """
    mask = table.intervened
    touched = set() if mask is None else set(np.nonzero(mask)[1].tolist())

    def allowed(column: int, others: Sequence[int]) -> bool:
        if column in touched or (table.schema.levels[column] and len(others) > 1):
            return False
        if constraints is None:
            return True
        required, forbidden = constraints
        outside = np.setdiff1d(np.arange(len(required)), others)
        asks_otherwise = required[column].any() or required[outside, column].any()
        return not (asks_otherwise or forbidden[others, column].any())

    found = dependences(table, allowed)
    return tuple(found[: max(len(table.names) - MIN_COLUMNS, 0)])


def without(
    table: Observations, constraints: Constraints | None, aside: Sequence[Dependence]
) -> tuple[Observations, Constraints | None]:
    """The table, and what is known of it, without the determined columns."""
    kept = [name for name in table.names if name not in {dependence.column for dependence in aside}]
    places = [table.names.index(name) for name in kept]
    mask = None if table.intervened is None else table.intervened[:, places]
    fewer = Observations(table.frame[kept], mask, table.schema.take(kept))
    return fewer, None if constraints is None else constraints.among(places)


def with_determined(
    probabilities: Array, kept: Sequence[str], names: Sequence[str], aside: Sequence[Dependence]
) -> Array:
    """Probabilities `[d, d]` of all columns `names`, from those of the `kept` ones.

    >>> age = Dependence("birth", ("age",), (-1.0,), 2024.0, False)
    >>> with_determined(np.array([[0, 0.9], [0, 0]]), ["age", "pay"], ["age", "birth", "pay"], [age])
    array([[0. , 0.5, 0.9],
           [0.5, 0. , 0. ],
           [0. , 0. , 0. ]])
    """
    at = {name: place for place, name in enumerate(names)}
    whole = placed(probabilities, kept, names)
    for dependence in aside:
        others = len(dependence.of)
        if dependence.is_closed:
            shares = [at[name] for name in dependence.of]
            whole[np.ix_(shares, shares)] *= (others - 1) / (others + 1)
        toward = APART if dependence.apart else 1 / (others + 1)
        for name in dependence.of:
            whole[at[name], at[dependence.column]] = toward
            whole[at[dependence.column], at[name]] = (1 - toward) / others
    return whole


def placed(matrix: Array, kept: Sequence[str], names: Sequence[str]) -> Array:
    """A matrix over all columns `names`, from one over the `kept` ones; 0 elsewhere."""
    places = [names.index(name) for name in kept]
    whole = np.zeros((len(names), len(names)))
    whole[np.ix_(places, places)] = matrix
    return whole


def joined(graph: nx.DiGraph, names: Sequence[str], aside: Sequence[Dependence]) -> nx.DiGraph:
    """The graph with the determined columns below those that determine them, nodes in the order of `names`.

    >>> age = Dependence("birth", ("age",), (-1.0,), 2024.0, False)
    >>> list(joined(nx.DiGraph([("age", "pay")]), ["age", "birth", "pay"], [age]).edges)
    [('age', 'pay'), ('age', 'birth')]
    """
    whole = nx.DiGraph()
    whole.add_nodes_from(names)
    whole.add_edges_from(graph.edges)
    whole.add_edges_from((name, dependence.column) for dependence in aside for name in dependence.of)
    return whole
