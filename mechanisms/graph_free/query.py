"""What the methods without a network share: a checked intervention, the form of an answer, linear algebra.

The linear algebra is as exact for columns in quite different units as for columns in one.
"""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from scipy.stats import multivariate_normal

from foundation_causal.errors import InputError, quoted
from foundation_causal.observations import LARGEST
from foundation_causal.types import Array


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


def log_density(rows: Array, covariance: Array) -> Array:
    """Of rows [n, d] under a normal distribution around 0, shape [n]; natural logarithm.

    A singular covariance counts only where it has spread. What is singular is decided in standard deviations:
    next to a column in large units one in small units would seem to have none.

    >>> wide = np.array([[1.0, 0.0], [0.0, 1e16]])
    >>> float(log_density(np.zeros((1, 2)), wide)[0] + np.log(1e8)).__round__(4)
    -1.8379
    """
    spread = np.sqrt(covariance.diagonal())
    spread = np.where(spread > 0, spread, 1.0)
    law = multivariate_normal(
        np.zeros(len(spread)), covariance / np.outer(spread, spread), allow_singular=True
    )
    return np.atleast_1d(law.logpdf(rows / spread)) - np.log(spread).sum()


def inverse_gram(inputs: Array) -> Array:
    """The (pseudo-)inverse of inputs^T inputs, [n, p] -> [p, p]; columns in any units, none of them 0."""
    size = np.linalg.norm(inputs, axis=0)
    unit = inputs / size
    return np.asarray(np.linalg.pinv(unit.T @ unit, hermitian=True) / np.outer(size, size))
