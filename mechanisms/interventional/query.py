"""A question about an intervention, and what every method answers it with."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from foundation_causal.data import LARGEST, MIN_ROWS, Observations
from foundation_causal.errors import InputError, counted, quoted
from mechanisms.model import Array


class Answer(Protocol):
    """An interventional distribution over d variables, in the user's units."""

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows, [n, d]."""
        ...

    def log_prob(self, rows: pd.DataFrame) -> Array | None:
        """Natural logarithm of the density of the variables that are not set, at rows [n, d], shape [n].

        None where the method has samples only.
        """
        ...


def check_do(do: object, names: Sequence[str]) -> dict[str, float]:
    """The values that variables are set to, in the order of the columns.

    Raises:
        InputError: nothing is set, an unknown variable, a value that is no finite number.

    >>> check_do({"b": 1, "a": 2.5}, ["a", "b", "c"])
    {'a': 2.5, 'b': 1.0}
    """
    if not isinstance(do, Mapping) or not do:
        raise InputError(
            f'The intervention is {do!r}; give a dict with at least one variable, as {{"X": 2.0}}.'
        )
    given = {str(name): value for name, value in do.items()}
    unknown = [name for name in given if name not in names]
    if unknown:
        raise InputError(f"There is no variable {quoted(unknown)} to set; use one of {quoted(list(names))}.")
    for name, value in given.items():
        if not isinstance(value, numbers.Real) or not abs(float(value)) <= LARGEST:  # nan is not
            raise InputError(f"'{name}' is set to {value!r}; give a finite number.")
    return {name: float(given[name]) for name in names if name in given}


def check_others_left(do: Mapping[str, float], names: Sequence[str]) -> None:
    """Refuse an intervention after which there is nothing to ask.

    Raises:
        InputError: every variable is set.
    """
    if len(do) == len(names):
        raise InputError("Every variable is set, so that nothing is left to answer; leave one out.")


def untouched(data: Observations, least: int = MIN_ROWS) -> Observations:
    """The rows in which no intervention set anything.

    Raises:
        InputError: they are fewer than `least`, or have the same value everywhere in a column.

    >>> from foundation_causal.data import observations
    >>> table = pd.DataFrame({"a": [1.0, 2.0, 9.0], "b": [0.0, 1.0, 2.0]})
    >>> given = observations(table, intervened=table > 5, min_rows=1)
    >>> untouched(given, least=2).frame["a"].tolist()
    [1.0, 2.0]
    """
    if data.intervened is None:
        return data
    frame = data.frame.iloc[np.flatnonzero(~data.intervened.any(1))]
    if len(frame) < least:
        raise InputError(
            f"Only {counted(len(frame), 'row')} without interventions can be read, and {least:,} or more are "
            "needed: give more."
        )
    constant = frame.columns[frame.nunique() == 1]
    if len(constant):
        raise InputError(
            f"In the rows without interventions the same value stands everywhere in {quoted(constant)}: "
            "give more of such rows, or drop what does not vary in them."
        )
    return Observations(frame)
