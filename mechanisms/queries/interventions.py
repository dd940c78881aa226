"""What an intervention may be, and its translation into clamps and edits by position.

A number clamps its variable. Everything else changes the mechanism and leaves the noise where it was:
:class:`Shift` adds to it, a function is applied to it, :class:`Replace` puts a function of the parents in its
place. Functions come from the user, so that what they return is checked at every call.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from foundation_causal.checks import as_float
from foundation_causal.columns.schema import Column, Schema
from foundation_causal.columns.unread_text import about_percent
from foundation_causal.errors import InputError, counted, quoted, reason, said
from foundation_causal.observations import LARGEST
from foundation_causal.types import Array
from mechanisms.discrete.discrete_nodes import DiscreteNode
from mechanisms.mechanism_model import Edit, Edited, MechanismModel


@dataclass(frozen=True)
class Shift:
    """A shift intervention: x_j = F_j(parents) + amount + noise_j.

    A binary or ordinal variable is shifted on its latent scale: the log odds of being above each of its
    levels become larger by the amount, so that log(2) doubles the odds, and no row falls to a lower level.

    Attributes:
        amount: What is added, in the units of the variable; of levels, to their log odds.
    """

    amount: float


@dataclass(frozen=True)
class Replace:
    """A new mechanism, x_j = function(parents) + noise_j; the graph's edges and the noise stay.

    Attributes:
        function: Takes a DataFrame with the columns of the parents, labels and dates as in the user's table,
            and returns one number for each of its rows. Rows come in portions, so that a number may depend on
            its own row only.

    >>> halved = Replace(lambda parents: 0.5 * parents["dose"])
    """

    function: Callable[[pd.DataFrame], Any]


# A number, or a label or a date as in the user's table, or a change of the mechanism.
Intervention: TypeAlias = Any
Interventions: TypeAlias = Mapping[str, Intervention]


@dataclass(frozen=True)
class Changes:
    """Interventions by position.

    Attributes:
        clamps: The values that variables are set to.
        shifts: Amounts that are added to F_j.
        edits: Functions of F_j.
        replaced: Functions of the values `[n, d]` in the place of F_j.
    """

    clamps: dict[int, float] = field(default_factory=dict)
    shifts: dict[int, float] = field(default_factory=dict)
    edits: dict[int, Edit] = field(default_factory=dict)
    replaced: dict[int, Edit] = field(default_factory=dict)

    @property
    def soft(self) -> set[int]:
        """The variables whose mechanism is changed."""
        return {*self.shifts, *self.edits, *self.replaced}

    def applied(self, model: MechanismModel) -> MechanismModel:
        """The model with the mechanisms changed; clamps are the solver's."""
        return Edited(model, self.edits, self.replaced, self.shifts) if self.soft else model


def parse_interventions(
    interventions: Interventions,
    model: MechanismModel,
    clamped: Collection[int] = (),
    schema: Schema | None = None,
) -> Changes:
    """Check interventions, and find their targets.

    Args:
        interventions: For each target a number, a :class:`Shift`, a :class:`Replace`, or a function of F_j.
        model: Names and graph.
        clamped: Positions of variables that are set already.
        schema: The types of the variables, by which labels and dates are read; numbers without it.

    Raises:
        InputError: No dict, an unknown variable, a change that is none of these, numbers that are not finite,
            a label that there is not, a changed mechanism where the variable is set already or discrete.
    """
    if not isinstance(interventions, Mapping):
        kind = type(interventions).__name__
        raise InputError(f'The interventions are of the type {kind}; give a dict such as {{"X": 2.0}}.')
    names, changes = model.names, Changes()
    for name, change in ((str(key), value) for key, value in interventions.items()):
        if name not in names:
            raise InputError(f"There is no variable '{name}' to intervene on; use one of {quoted(names)}.")
        j = names.index(name)
        change = _number(change, None if schema is None else schema.columns[j])
        _check_soft(name, change, model.discrete_nodes.get(j))
        if isinstance(change, numbers.Real) and _finite(change):
            if change <= 0 and j in model.relative_nodes:
                raise InputError(
                    f"'{name}' is modelled in logarithms and cannot be set to {change:g}; give a value "
                    "above 0, or model it as it is (logs=False, --logs none)."
                )
            changes.clamps[j] = float(change)
            continue
        if j in clamped:
            raise InputError(f"'{name}' is clamped already; leave out its clamp to edit its mechanism.")
        if isinstance(change, Shift) and _finite(change.amount):
            changes.shifts[j] = float(change.amount)
        elif isinstance(change, Replace) and callable(change.function):
            positions = [i for i, parent in enumerate(names) if model.graph.has_edge(parent, name)]
            called = Schema.numeric(names) if schema is None else schema
            types = Schema(tuple(called.columns[i] for i in positions))
            changes.replaced[j] = _OfParents(name, change.function, positions, types)
        elif callable(change):
            changes.edits[j] = _OfMechanism(name, change)
        else:
            advice = about_percent(change, name) or (
                f"give a finite number, no larger than {LARGEST:g}, a Shift by one, a function, or "
                "Replace(function)"
            )
            raise InputError(f"The intervention on '{name}' is {change!r}; {advice}.")
    return changes


def clamp_value(value: object, column: Column) -> float:
    """The number that a discrete or dated variable is set to.

    Args:
        value: A label, a number or a date, as in the user's table.
        column: The type of the variable.

    Raises:
        InputError: A label that there is not, or what is no number of a count.
    """
    number = column.number(value)
    if column.kind == "count" and not (number >= 0 and number == np.rint(number)):
        raise InputError(
            f"'{column.name}' is a count and cannot be {number:g}; give a whole number from 0 up."
        )
    return number


def _number(change: Any, column: Column | None) -> Any:
    """The number that a label or a date stands for; anything else as it is."""
    soft = isinstance(change, Shift | Replace) or callable(change)
    if column is None or soft or not (column.kind != "continuous" or column.unit):
        return change
    return clamp_value(change, column)


def _check_soft(name: str, change: Any, node: DiscreteNode | None) -> None:
    if node is None:
        return
    if isinstance(change, Shift):
        if node.shifted(0.0) is None:
            raise InputError(
                f"'{name}' is a count, has categories without an order, or piles up at a value, and so has "
                "no scale to shift it on; set it to one of its values, or model it as continuous (types)."
            )
    elif isinstance(change, Replace) or callable(change):
        raise InputError(
            f"'{name}' is discrete or piles up at a value, so that no function takes the place of its "
            "mechanism; set it to one of its values, shift it if its levels have an order, or model it as "
            "continuous (types)."
        )


def _finite(value: object) -> bool:
    return isinstance(value, numbers.Real) and abs(as_float(value)) <= LARGEST  # nan is not


@dataclass(frozen=True)
class _OfMechanism:
    name: str
    function: Callable[[Array], Any]

    def __call__(self, before: Array) -> Array:
        return _checked(self.name, self.function, before.copy())


@dataclass(frozen=True)
class _OfParents:
    name: str
    function: Callable[[pd.DataFrame], Any]
    parents: Sequence[int]  # in the order of the columns
    types: Schema  # theirs

    def __call__(self, values: Array) -> Array:
        # What the user's labels and dates stand for is nothing that a function of theirs could know of.
        index, everything = pd.RangeIndex(len(values)), range(len(self.parents))  # none of which is rounded
        parents = self.types.decoded(values[:, self.parents], unrounded=everything)
        return _checked(self.name, self.function, parents if everything else pd.DataFrame(index=index))


def _checked(name: str, function: Callable[[Any], Any], given: Array | pd.DataFrame) -> Array:
    """What the function returns, once it is known to be one finite number for each row."""
    title = f"The function that intervenes on '{name}'"
    try:
        returned = np.asarray(function(given))
    except Exception as error:  # whatever the user's code may raise
        raise InputError(
            f"{title} raises {type(error).__name__} ({reason(error)}); it gets "
            f"{_described(given)}, and must return one number for each row."
        ) from error
    if returned.shape != (len(given),):
        raise InputError(
            f"{title} returns the shape {returned.shape} for {counted(len(given), 'row')}; "
            "return one number for each row."
        )
    if returned.dtype.kind not in "biuf":
        raise InputError(f"{title} returns something other than numbers; return one number for each row.")
    values = returned.astype(np.float64)
    bad = ~(np.abs(values) <= LARGEST)
    if bad.any():
        raise InputError(
            f"{title} returns {values[bad][0]} in {bad.sum()} of {counted(len(given), 'row')}; "
            f"return finite numbers, no larger than {LARGEST:g}."
        )
    return values


def _described(given: Array | pd.DataFrame) -> str:
    if not isinstance(given, pd.DataFrame):
        return "an array of the mechanism's values"
    columns = quoted(given.columns) if len(given.columns) else "of which there are none"
    others = [name for name in given.columns if not isinstance(name, str)]
    as_they_are = f" (not text: parents[{said(others[0])}])" if others else ""
    return f"a DataFrame of the parents, {columns}{as_they_are}"
