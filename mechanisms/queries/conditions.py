"""Conditions on rows, such as an age of 35 or a dose between 1 and 2, and rows of a model that meet them."""

from __future__ import annotations

import numbers
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from foundation_causal.checks import as_float
from foundation_causal.columns.schema import Column, Schema
from foundation_causal.errors import InputError, quoted, said
from foundation_causal.types import Array
from mechanisms.mechanism_model import MechanismModel
from mechanisms.noise.distributions import Distribution, log_likelihood
from mechanisms.solver import solve

IMPOSSIBLE = 1e-6  # the density of noise, relative to that of the median, below which it does not happen
ROUNDING = 1e-9  # of the largest value

# A number, a label or a date, or the smallest and the largest.
Condition: TypeAlias = Any


@dataclass(frozen=True)
class Conditions:
    """What rows have to meet, all of it.

    Attributes:
        points: The value that a variable has.
        ranges: The smallest and the largest value that a variable may have.
    """

    points: dict[str, float] = field(default_factory=dict)
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """The variables that are conditioned on."""
        return {*self.points, *self.ranges}


def parse_conditions(
    given: Mapping[str, Condition],
    names: Sequence[str],
    clamped: Collection[str],
    schema: Schema | None = None,
) -> Conditions:
    """Check conditions.

    Args:
        given: For each variable a number, or a pair (lowest, highest), either of which may be infinite;
            labels and dates where the table has them.
        names: The variables of the model.
        clamped: Variables that are set by an intervention, on which nothing can be conditioned.
        schema: The types of the variables, by which labels and dates are read; numbers without it.

    Raises:
        InputError: No condition, an unknown or a clamped variable, what is neither number nor pair, a label
            that there is not.

    >>> parse_conditions({"age": (30, 40), "dose": 1}, ["age", "dose"], [])
    Conditions(points={'dose': 1.0}, ranges={'age': (30.0, 40.0)})
    """
    if not given:
        raise InputError("There is no condition in what is given; name a variable, or leave `given` out.")
    conditions = Conditions()
    for name, condition in ((str(key), value) for key, value in given.items()):
        if name not in names:
            raise InputError(f"There is no variable '{name}' to condition on; use one of {quoted(names)}.")
        if name in clamped:
            raise InputError(f"'{name}' is set by an intervention; leave out the condition on it.")
        asked = condition
        if schema is not None:
            condition = _numbers(condition, schema[name])
        pair: object = (condition, condition) if _is_number(condition) else condition
        if not isinstance(pair, tuple | list) or len(pair) != 2 or not all(map(_is_number, pair)):
            raise InputError(
                f"The condition on '{name}' is {said(condition)}; give a number or a pair (lowest, highest)."
            )
        low, high = (as_float(bound) for bound in pair)
        if not (low < high or low == high != np.copysign(np.inf, low)):  # nan is neither
            first, last = asked if isinstance(asked, tuple | list) else (low, high)
            raise InputError(
                f"The condition on '{name}' has no value between {first} and {last}; mend its bounds."
            )
        if low < high:
            conditions.ranges[name] = low, high
        else:
            conditions.points[name] = low
    return conditions


def matching(
    model: MechanismModel,
    noise: Array,
    clamps: Mapping[int, float],
    conditions: Conditions,
    distributions: Mapping[str, Distribution],
) -> tuple[Array, Array]:
    """Rows that meet the conditions, and their weights, by likelihood weighting (Fung and Chang 1990).

    A variable with a given value takes it, and the row is weighted by the density of the noise that this
    needs. Rows in which that is next to nothing are dropped, and so are rows outside the given ranges.

    Args:
        model: The functions F_j.
        noise: Shape `[n, d]`.
        clamps: Variables that are set, by position.
        conditions: What to meet.
        distributions: Distributions of the noise of the variables with a given value.

    Returns:
        Rows `[m, d]` and weights `[m]`, the largest of which is 1.
    """
    names = model.names
    points = {names.index(name): value for name, value in conditions.points.items()}
    rows = solve(model, noise, {**clamps, **points})
    log_weights = np.zeros(len(rows))
    for j, value in points.items():
        if j in model.discrete_nodes:
            log_weights += model.discrete_nodes[j].log_probability(rows, np.full(len(rows), value))
        elif model.graph.in_degree(names[j]):  # a root's noise is the same in all rows
            function, scale = (column[:, 0] for column in model.functions_and_scales([j], rows))
            distribution = distributions[names[j]]
            noise_needed = (value - function) / scale
            density = distribution.log_density(noise_needed)
            possible = density > distribution.log_density(distribution.quantile(np.array(0.5))) + np.log(
                IMPOSSIBLE
            )
            likely = log_likelihood(distribution, noise_needed, scale)
            log_weights += np.where(possible, likely, -np.inf)
    inside = np.isfinite(log_weights)
    for name, (low, high) in conditions.ranges.items():
        column = rows[:, names.index(name)]
        # A value that lies on a border was computed, and may be off by a rounding error.
        slack = ROUNDING * max(np.ptp(column), np.abs(column).max())
        inside &= (low - slack <= column) & (column <= high + slack)
    log_weights = log_weights[inside]
    return rows[inside], np.exp(log_weights - log_weights.max(initial=-np.inf))


def met_by(values: Array, names: Sequence[str], conditions: Conditions) -> NDArray[np.bool_]:
    """Which rows `[n, d]` of the variables with these names meet the conditions, shape `[n]`."""
    met = np.ones(len(values), dtype=bool)
    for name, value in conditions.points.items():
        met &= values[:, names.index(name)] == value
    for name, (low, high) in conditions.ranges.items():
        column = values[:, names.index(name)]
        met &= (low <= column) & (column <= high)
    return met


def _numbers(condition: Any, column: Column) -> Any:
    """A condition on a variable with labels or dates as numbers; one on numbers as it is."""
    is_pair = isinstance(condition, tuple | list) and len(condition) == 2
    if is_pair and not column.is_ordered:
        raise InputError(
            f"The levels of '{column.name}' have no order, so that {condition!r} is no range; name one level."
        )
    if is_pair and (column.has_labels or column.unit):
        return tuple(bound if _is_infinite(bound) else _number(bound, column) for bound in condition)
    return condition if is_pair or not (column.is_discrete or column.unit) else _number(condition, column)


def _number(value: Any, column: Column) -> float:
    number = column.number(value, what="condition")
    if column.is_discrete and number not in column.numbers:
        raise InputError(
            f"The condition {value!r} is none of the levels of '{column.name}'; use one of "
            f"{quoted(column.labels)}, or a range."
        )
    return number


def _is_infinite(value: object) -> bool:
    return _is_number(value) and bool(np.isinf(as_float(value)))


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real)
