r"""Neighbourhoods: which columns of a wide table the network reads together.

The edge transformer attends among all triples of columns, so that time and memory grow with the cube of their
number. Whether an edge joins two variables shows in their Markov blankets, though, and of a wide table those
are few columns. So it is read in groups: each is a core of a few columns and what a quick screen finds to
depend on them, and every column is in one core. What the network says of a pair is averaged over the groups
in which one of the two is in the core, where both blankets are nearest to complete; a pair that is never
there together has no edge but with a small probability.

The screen is forward selection in a linear regression of every column on the features of all others, the one
first that explains most of what the others leave (conditional mutual information, if all were Gaussian: Brown
et al., 2012). Features of a number are itself and its distance from the mean, which shows dependences that
rise as well as fall; features of a category are its most frequent levels.

Columns are first put into an order by what they hold, so that neither the groups nor the answers depend on
the order they come in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from discovery.knowledge import Constraints, settled
from discovery.network.hidden_causes import Answer, OpenWorld
from discovery.network.network_inputs import MIN_OBSERVATIONAL_ROWS
from discovery.preparation import Rows, most_rows, thin
from foundation_causal.types import Array

MOST_TOGETHER = 40  # columns of a group
MOST_CORE = 8  # of them in its core
MOST_CHOSEN = 12  # features that a column's regression takes
MOST_SCREENED_ROWS = 5000  # that the screen looks at
MOST_LEVELS = 4  # of a category that are features
FARTHEST = 3.0  # standard deviations; distances beyond count as this
BACKGROUND = 1e-5  # probability of an edge, either way, between columns that are never read together
# Power of the factor by which an edge is less probable where a column has more others: `as_among_more`.
CHOSEN = 1.5
LEAST_LEFT = 1e-3  # share of a feature's variance; one of which the others leave less is no news


class Group(NamedTuple):
    """Columns that are read together.

    Attributes:
        core: Places of the columns whose pairs count.
        columns: Those of all columns, the core among them.
    """

    core: NDArray[np.intp]
    columns: NDArray[np.intp]


def read_by_groups(
    rows: Rows, constraints: Constraints | None, ask: Callable[[Rows, Constraints | None], Answer]
) -> Answer:
    """What the network says of a wide table, group by group.

    Args:
        rows: The rows of the table, `d` columns.
        constraints: Edges that are known to be there, or not to be there.
        ask: What the network says of the rows of few columns, and what is known of these.

    Returns:
        Probabilities `[d, d]`, and what holds where there may be hidden causes, if each answer has that;
        familiarity is the mean of those of the groups. 1 and 0 where the constraints settle an edge.
    """
    d = rows.values.shape[1]
    rows = thin(rows, most_rows(d))
    # The last column may depend on none, and has nothing that the network could be asked about.
    groups = groups_of(rows, constraints, MOST_TOGETHER, MOST_CORE)
    parts = [part for part in groups if len(part.columns) > 1]
    answers = []
    for _, columns in parts:
        known = None if constraints is None else constraints.among(columns.tolist())
        answers.append(ask(rows_of_group(rows, columns), known))
    probabilities = put_together(parts, [answer for answer, _ in answers], d, constraints)
    worlds = [world for _, world in answers if world is not None]
    if not worlds:
        return probabilities, None
    direct = put_together(parts, [world.direct for world in worlds], d, constraints)
    shared = put_together(parts, [world.confounded for world in worlds], d, None, symmetric=True)
    return probabilities, OpenWorld(direct, shared, float(np.mean([world.familiarity for world in worlds])))


def put_together(
    parts: Sequence[Group],
    answers: Sequence[Array],
    d: int,
    constraints: Constraints | None,
    symmetric: bool = False,
) -> Array:
    """Probabilities of all pairs `[d, d]`, from those of each group, `[k, k]`.

    Args:
        parts: The groups.
        answers: Probabilities of the pairs of each, as the network gives them.
        d: How many columns there are.
        constraints: Edges that are known to be there, or not to be there.
        symmetric: As for :func:`as_among_more`.
    """
    among = [as_among_more(answer, d, symmetric=symmetric) for answer in answers]
    whole = joined(parts, among, d)
    return whole if constraints is None else settled(whole, constraints)


def as_among_more(probabilities: Array, d: int, *, symmetric: bool = False) -> Array:
    r"""Probabilities as of pairs that were chosen among more columns.

    Of a table of `k` columns the network expects that a column has an edge to one in so many of the `k - 1`
    others. The `k - 1` here are those of `d - 1` that look most like it, and the other ones have none: the
    odds of an edge are \((k - 1) / (d - 1)\) times as high, to a power.

    Args:
        probabilities: Of the two directions of each pair, `[k, k]`.
        d: How many columns the table has.
        symmetric: Whether the two entries of a pair are of one event, and not of two that exclude each other.

    Example:
        >>> as_among_more(np.array([[0, 0.6], [0.2, 0]]), 5).round(2)
        array([[0.  , 0.25],
               [0.08, 0.  ]])
    """
    odds = ((len(probabilities) - 1) / (d - 1)) ** CHOSEN
    none = 1 - probabilities - (0.0 if symmetric else probabilities.T)
    either = probabilities if symmetric else probabilities + probabilities.T
    changed: Array = odds * probabilities / np.maximum(odds * either + none, 1e-12)
    return changed


def rows_of_group(rows: Rows, columns: NDArray[np.intp]) -> Rows:
    """The rows as they tell of some columns, in this order.

    Rows in which only other columns were set stay out as long as enough rows are free of interventions: the
    network would take them for observed ones.
    """
    part = rows.of_columns(columns)
    if rows.intervened is None or part.intervened is None:
        return part
    free = ~rows.intervened.any(1)
    if int(free.sum()) < MIN_OBSERVATIONAL_ROWS:
        return part
    return part.take(np.flatnonzero(free | part.intervened.any(1)))


def joined(parts: Sequence[Group], answers: Sequence[Array], d: int, background: float = BACKGROUND) -> Array:
    """A matrix over all pairs of `d` columns, `[d, d]`, zero on the diagonal.

    Args:
        parts: The groups.
        answers: What is said of the pairs of each, `[k, k]`.
        d: How many columns there are.
        background: What holds of pairs that are in no group with one of them in the core.

    Example:
        >>> part = Group(np.array([0]), np.array([0, 1]))
        >>> joined([part], [np.array([[0, 0.5], [0.25, 0]])], 3, 0.0)
        array([[0.  , 0.5 , 0.  ],
               [0.25, 0.  , 0.  ],
               [0.  , 0.  , 0.  ]])
    """
    total, count = np.zeros((d, d)), np.zeros((d, d))
    for (core, columns), answer in zip(parts, answers, strict=True):
        inside = np.isin(columns, core)
        counts = inside[:, None] | inside
        total[np.ix_(columns, columns)] += np.where(counts, answer, 0.0)
        count[np.ix_(columns, columns)] += counts
    whole = np.where(count > 0, total / np.maximum(count, 1), background)
    np.fill_diagonal(whole, 0.0)
    return whole


def groups_of(
    rows: Rows,
    constraints: Constraints | None = None,
    most_together: int = MOST_TOGETHER,
    most_core: int = MOST_CORE,
) -> list[Group]:
    """The groups in which the network reads a table; every column is in the core of one.

    Args:
        rows: The rows, without NaN in `filled`.
        constraints: Columns of an edge that is required are read together.
        most_together: Columns of a group at most.
        most_core: Columns of its core at most.

    Example:
        >>> from discovery.preparation import rows_of
        >>> from foundation_causal.observations import observations
        >>> x = np.random.default_rng(0).normal(size=(200, 6)).cumsum(1)
        >>> parts = groups_of(rows_of(observations(x)), most_together=4, most_core=2)
        >>> sorted(np.concatenate([part.core for part in parts]).tolist())
        [0, 1, 2, 3, 4, 5]
    """
    rows = thin(rows, MOST_SCREENED_ROWS)
    order = own_column_order(rows.filled)
    features, owner = screened_features(rows.of_columns(order))
    gains = dependences_by_gain(features, owner, len(order))
    if constraints is not None:
        required = constraints.required[np.ix_(order, order)]
        gains[required | required.T] = np.inf
    # As of an extended BIC (Chen and Chen, 2008): some of so many features seem to help by chance.
    least = 0.5 * float(np.log(len(features))) + float(np.log(len(owner)))
    return [
        Group(order[core], order[columns])
        for core, columns in _shared(np.maximum(gains, gains.T), least, most_together, most_core)
    ]


def own_column_order(values: Array) -> NDArray[np.intp]:
    """Order standardized columns `[n, d]` by what they hold, whatever order they come in.

    By their skewness; where that ties, as it does among columns of few values, by how much of all others
    they show, and then by how they change along the rows.
    """
    skewness = (values**3).mean(0)
    shared = np.abs(values.T @ values / len(values)).sum(1)
    along = np.arange(len(values)) @ values / len(values)
    return np.lexsort((along.round(6), shared.round(6), skewness.round(9)))


def screened_features(rows: Rows) -> tuple[Array, NDArray[np.intp]]:
    """Standardized features `[n, f]` of all columns, and the column of each, `[f]`."""
    features, owner = [], []
    for j, column in enumerate(rows.filled.T):
        if rows.codes is not None and rows.levels[j] and not rows.ordered[j]:
            count = min(int(rows.levels[j]), MOST_LEVELS)
            own = [(rows.codes[:, j] == level).astype(float) for level in range(count)]
        else:
            own = [column, np.minimum(np.abs(column), FARTHEST)]
        for feature in own:
            centred = feature - feature.mean()
            spread = float(np.sqrt((centred * centred).mean()))
            if spread > 1e-9:
                features.append(centred / spread)
                owner.append(j)
    return np.array(features).T, np.array(owner)


def dependences_by_gain(features: Array, owner: NDArray[np.intp], d: int) -> Array:
    r"""What each column adds to the regressions of each other one, in nats, `[d, d]`, 0 where it stays out.

    Entry `[j, i]` is the largest gain \(-\tfrac n2 \log(1 - r^2)\) with which a feature of `i` came into the
    regression of a feature of `j`, `r` being their partial correlation given those that came before. None
    comes in whose gain is below the \(\tfrac12 \log n\) of BIC.

    Args:
        features: Standardized, `[n, f]`.
        owner: The column of each feature, `[f]`.
        d: How many columns there are.
    """
    n, f = features.shape
    correlation = features.T @ features / n
    found = np.zeros((d, d))
    for target in range(f):
        left, variance = correlation[target].copy(), np.ones(f)
        own, apart = owner == owner[target], np.empty((MOST_CHOSEN, f))
        for step in range(MOST_CHOSEN):
            usable = (variance > LEAST_LEFT) & ~own
            share = np.where(usable, left**2 / np.maximum(variance * variance[target], 1e-12), 0.0)
            best = int(share.argmax())
            gain = -0.5 * n * float(np.log(max(1 - share[best], 1e-12)))
            if gain < 0.5 * np.log(n):
                break
            place = owner[target], owner[best]
            found[place] = max(found[place], gain)
            row = correlation[best] - apart[:step, best] @ apart[:step]
            apart[step] = row / np.sqrt(variance[best])
            left -= apart[step] * apart[step, target]
            variance = np.maximum(variance - apart[step] ** 2, 0.0)
    return found


def _shared(gains: Array, least: float, most_together: int, most_core: int) -> list[Group]:
    """Groups of columns whose neighbours are mostly the same.

    Args:
        gains: What two columns tell of each other, in nats, `[d, d]`, symmetric.
        least: From this on they have to be read together; less fills the room that is left.
        most_together: Columns of a group at most.
        most_core: Columns of its core at most.
    """
    near = np.array([_strongest(own, least, most_together - 1) for own in gains])
    np.fill_diagonal(near, True)
    counted, size = near.astype(np.float32), near.sum(1)
    left, parts = np.ones(len(gains), dtype=bool), []
    while left.any():
        core = [int(np.where(left, size, -1).argmax())]
        columns = near[core[0]].copy()
        left[core] = False
        while len(core) < most_core and left.any():
            more = counted @ (~columns).astype(np.float32)
            fits = left & (more + columns.sum() <= most_together)
            if not fits.any():
                break
            # Of those that bring as few new columns, the one with the most neighbours that are there already.
            core.append(int(np.where(fits, more * len(gains) - size, np.inf).argmin()))
            columns |= near[core[-1]]
            left[core[-1]] = False
        rest = np.where(columns, 0.0, gains[core].max(0))
        columns |= _strongest(rest, 0.0, most_together - int(columns.sum()))
        parts.append(Group(np.sort(core), np.flatnonzero(columns)))
    return parts


def _strongest(gains: Array, least: float, most: int) -> NDArray[np.bool_]:
    """Which gains `[d]` are above the least, and among the largest of these, at most so many."""
    chosen = np.zeros(len(gains), dtype=bool)
    chosen[np.argsort(-gains, kind="stable")[:most]] = True
    return chosen & (gains > least)
