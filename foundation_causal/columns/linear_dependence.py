r"""Columns that are an exact linear function of others, such as `birth = 2024 - age`.

A set of columns is dependent if some combination of them is the same in every row. The columns are taken in
the order of their names, each is regressed on those that were independent until then, and one without a
residual closes a *circuit*: a smallest dependent set, of which any one member is a function of the others.
*No residual* means no more than rounding: a share of 1e-5 of the column's standard deviation, or, where all
columns hold multiples of a step (as percentages written with one decimal do), what rounding to the steps
leaves, \(\sqrt{\sum_i a_i^2 s_i^2 / 12}\) for coefficients \(a_i\) and steps \(s_i\).

Which member is called the determined one is a choice. It is the one with the largest standardized
coefficient, whose removal leaves the others the least dependent (the largest determinant of their
correlations, which is proportional to the square of that coefficient), so a sum rather than its parts unless
these all but cancel. Members that tie, as two columns always do, are chosen by name: the last one is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from foundation_causal.observations import Observations
from foundation_causal.types import Array

EXACT = 1e-5  # residual standard deviation, as a share of the column's, that counts as none
MOST_ROUNDED = 0.1  # the most that rounding may leave; beyond it columns are too coarse for a judgement
SLACK = 1.5  # times what rounding leaves on average
SPARE_ROWS = 10  # complete rows more than columns, below which nothing is said
MAX_ROWS = 2000  # from which candidates are found; they are then checked on all rows
MOST_DIGITS = 10
MOST_PARTS = 10  # steps between the two closest values of a column
QUICK = 30  # values that tell in most cases that there is no step
CLOSE = 1e-3  # to a whole number of steps

_KNOWN: WeakKeyDictionary[Observations, tuple[tuple[int, ...], _Columns]] = WeakKeyDictionary()
Allowed = Callable[[int, Sequence[int]], bool]


class Dependence(NamedTuple):
    """An equation that holds in every row: `column = constant + sum(coefficients * of)`.

    Attributes:
        column: The determined column.
        of: The others, in the order of the table.
        coefficients: One for each of `of`, in the user's units.
        constant: In the units of `column`.
        apart: Whether all pairs among `of` are uncorrelated, as far as the rows tell; always False for one.
    """

    column: str
    of: tuple[str, ...]
    coefficients: tuple[float, ...]
    constant: float
    apart: bool

    @property
    def members(self) -> tuple[str, ...]:
        """All columns of the equation, the determined one last."""
        return (*self.of, self.column)

    @property
    def is_sum(self) -> bool:
        """Whether the members sum to a constant."""
        return set(self.coefficients) == {-1.0}

    @property
    def is_closed(self) -> bool:
        """Whether each member falls where the others rise, as shares of a whole do; in any units."""
        return len(self.of) > 1 and max(self.coefficients) < 0

    @property
    def equation(self) -> str:
        """The equation as people write it.

        >>> Dependence("birth", ("age",), (-1.0,), 2024.0, False).equation
        'birth = 2024 - age'
        >>> Dependence("c", ("a", "b"), (-1.0, -1.0), 100.0, False).equation
        'a + b + c = 100'
        """
        if self.is_sum and len(self.of) > 1:
            return f"{' + '.join(self.members)} = {self.constant:.{MOST_DIGITS}g}"
        terms = [f"{self.constant:.{MOST_DIGITS}g}"] if self.constant or not self.of else []
        for name, weight in sorted(
            zip(self.of, self.coefficients, strict=True), key=lambda term: term[1] < 0
        ):
            size = "" if abs(weight) == 1 else f"{abs(weight):.{MOST_DIGITS}g} "
            sign = ("- " if terms else "-") if weight < 0 else ("+ " if terms else "")
            terms.append(f"{sign}{size}{name}")
        return f"{self.column} = {' '.join(terms)}"


def dependences(table: Observations, allowed: Allowed | None = None) -> list[Dependence]:
    """The exact linear dependences among the columns of a table, in the order in which they are found.

    No column is determined twice, and none by one that an earlier dependence determines. Unordered
    categories take no part. The answer does not depend on the order of rows and columns, nor on units.

    Args:
        table: The table; rows with missing values are left out.
        allowed: Tells whether the column at a place may be determined by those at other places; one of whose
            members none may is left out of the answer. By default all may.

    >>> age = np.arange(40.0) % 17
    >>> from foundation_causal.observations import observations
    >>> values = np.column_stack([age, np.sin(np.arange(40.0)), 2024 - age])
    >>> [found.equation for found in dependences(observations(values))]
    ['X3 = 2024 - X1']
    """
    places = sorted(np.flatnonzero(table.schema.ordered).tolist(), key=lambda j: table.names[j])
    known = _columns(table, tuple(places))
    if len(known.rows) < len(places) + SPARE_ROWS:
        return []
    kept: list[int] = []
    found = []
    for j in range(len(places)):
        circuit = known.circuit(j, kept) if known.left_by_earlier(j) <= MOST_ROUNDED else None
        if circuit is None:
            kept.append(j)
            continue
        of, weights = circuit
        members = np.array([*of, j])
        size = np.abs(np.append(weights, 1.0))
        # Ranked by size, those that tie by name; columns of this loop stand in the order of their names.
        ranked = members[np.lexsort((members, size.round(6)))][::-1]
        for c in ranked:
            others = [m for m in sorted(members.tolist(), key=lambda m: places[m]) if m != c]
            if allowed is None or allowed(places[c], [places[m] for m in others]):
                if c != j:
                    kept[kept.index(c)] = j
                found.append(known.dependence(c, others, [table.names[place] for place in places]))
                break
    return found


def lattice_step(values: Array) -> float:
    """The step of which the differences of values `[n]` are multiples, or 0.0 if there is none.

    >>> lattice_step(np.array([0.5, 0.7, 1.3])).__round__(3), lattice_step(np.array([1.0, 2.0, 2.1415926]))
    (0.2, 0.0)
    """
    different = np.unique(values[np.isfinite(values)])
    if len(different) < 2:
        return 0.0
    closest, apart = float(np.diff(different).min()), different - different[0]
    for parts in range(1, MOST_PARTS + 1):
        step = closest / parts
        if all(_are_multiples(some, step) for some in (apart[:QUICK], apart)):
            return step
    return 0.0


def _are_multiples(values: Array, step: float) -> bool:
    multiples = values / step
    return bool((np.abs(multiples - np.rint(multiples)) < CLOSE).all())


def _columns(table: Observations, places: tuple[int, ...]) -> _Columns:
    """The complete rows of these columns; kept, because several checks of one table ask for them."""
    known = _KNOWN.get(table)
    if known is None or known[0] != places:
        values = table.values
        gaps = np.isnan(values[:, list(places)].sum(1)) if np.isnan(values.sum()) else np.zeros(1, dtype=bool)
        known = places, _Columns.of(values[~gaps] if gaps.any() else values, np.array(places, dtype=np.intp))
        _KNOWN[table] = known
    return known[1]


class _Columns(NamedTuple):
    """Complete rows, and what is computed from them once.

    Attributes:
        rows: `[n, d]`, also of columns that take no part.
        places: `[k]`, where each column stands in them.
        mean: `[k]`.
        scale: `[k]`, standard deviations; 1 for a column that is constant in these rows.
        root: `[min(n, k), k]`, standardized columns turned to as many rows as there are columns.
        seen: How many rows went into `root`.
    """

    rows: Array
    places: NDArray[np.intp]
    mean: Array
    scale: Array
    root: Array
    seen: int

    @classmethod
    def of(cls, rows: Array, places: NDArray[np.intp]) -> _Columns:
        if not len(rows):  # every row of a wide table may lack something
            none = np.zeros(len(places))
            return cls(rows, places, none, none + 1, np.empty((0, len(places))), 0)
        mean, scale = rows.mean(0)[places], np.ones(len(places))
        for j, centre in enumerate(mean):
            centred = rows[:, places[j]] - centre
            largest = max(float(centred.max()), -float(centred.min()))
            if largest > 0:
                scale[j] = (centred / largest).std() * largest or 1.0
        most = min(len(rows), max(MAX_ROWS, 4 * len(mean)))
        some = rows[np.linspace(0, len(rows) - 1, most).astype(int)][:, places]
        root: Array = np.asarray(np.linalg.qr((some - some.mean(0)) / scale, mode="r"))
        return cls(rows, places, mean, scale, root, most)

    def values(self, of: int | Sequence[int]) -> Array:
        """The values of a column `[n]`, or of several `[n, len(of)]`."""
        return np.asarray(self.rows[:, self.places[of]])

    def circuit(self, j: int, kept: Sequence[int]) -> tuple[list[int], Array] | None:
        """The columns among `kept` of which `j` is a function, and standardized weights; or None."""
        if not kept:
            return None
        weights, left = self._regression(j, kept)
        if left > MOST_ROUNDED or (left > EXACT and lattice_step(self.values(j)) == 0):
            return None
        # What has no weight beyond rounding is no member of the circuit.
        of = [i for i, weight in zip(kept, weights, strict=True) if abs(weight) > max(1e-3, 4 * left)]
        if not of:
            return None
        weights, _ = self._regression(j, of)
        members = [j, *of]
        unit = (self.values(members) - self.mean[members]) / self.scale[members]
        left_over = unit[:, 0] - unit[:, 1:] @ weights  # in all rows, not only those of `root`
        bound = self._rounded(j, of, weights)
        # A few enormous values make the rest of a column look exact beside them.
        typical = float(np.median(np.abs(unit[:, 0] - np.median(unit[:, 0])))) or 1.0
        exact = left_over.std() <= EXACT and np.median(np.abs(left_over)) <= EXACT * typical
        return (of, weights) if exact or left_over.std() <= bound else None

    def left_by_earlier(self, j: int) -> float:
        """The standard deviation that all columns before `j` leave of it."""
        return float(abs(self.root[j, j])) / float(np.sqrt(max(self.seen - j - 1, 1)))

    def dependence(self, c: int, others: list[int], names: list[str]) -> Dependence:
        """The equation of a circuit, solved for `c`, with as few digits as keep it true."""
        weights, left = self._regression(c, others)
        true = weights * self.scale[c] / self.scale[others]
        bound = max(EXACT / 100, 1.05 * left) * self.scale[c]
        coefficients, constant = true, 0.0
        for digits in range(1, MOST_DIGITS + 1):
            coefficients = np.array([float(f"{weight:.{digits}g}") for weight in true])
            rest = self.values(c) - self.values(others) @ coefficients
            constant = float(rest.mean())
            if rest.std() <= bound:
                break
        for digits in range(1, 16):
            shorter = float(f"{constant:.{digits}g}")
            if abs(shorter - constant) <= bound / 10:
                constant = shorter
                break
        if abs(constant) <= bound / 10:
            constant = 0.0
        return Dependence(
            names[c],
            tuple(names[m] for m in others),
            tuple(coefficients.tolist()),
            constant,
            self._apart(others),
        )

    def _regression(self, j: int, of: Sequence[int]) -> tuple[Array, float]:
        """Weights of standardized columns, and the standard deviation that they leave."""
        weights = np.linalg.lstsq(self.root[:, of], self.root[:, j], rcond=1e-9)[0]
        left = self.root[:, j] - self.root[:, of] @ weights
        return np.asarray(weights, dtype=np.float64), float(
            np.sqrt(left @ left / max(self.seen - len(of) - 1, 1))
        )

    def _rounded(self, j: int, of: Sequence[int], weights: Array) -> float:
        """What rounding all these columns to their steps leaves, if all of them have one; else 0."""
        steps = np.array([lattice_step(self.values(i)) / self.scale[i] for i in (j, *of)])
        if (steps == 0).any():
            return 0.0
        noise = float(np.sqrt((np.append(1.0, weights) ** 2 * steps**2).sum() / 12))
        return min(SLACK * noise, MOST_ROUNDED)

    def _apart(self, others: list[int]) -> bool:
        if len(others) < 2:
            return False
        pairs = np.asarray(np.corrcoef(self.values(others).T))[np.triu_indices(len(others), 1)]
        return bool((np.abs(pairs) < 3 / np.sqrt(len(self.rows))).all())
