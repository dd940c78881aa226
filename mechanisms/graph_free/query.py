"""Interventional queries: what may be requested, what an answer can do, and the baseline, which conditions.

Conditioning in the place of intervening is what a method must beat before it has learnt anything causal.
"""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import multivariate_normal

from foundation_causal.checks import as_float, check_samples, check_seed
from foundation_causal.errors import InputError, quoted, said
from foundation_causal.observations import LARGEST, Observations, observations, rows_like
from foundation_causal.types import Array


class Answer(Protocol):
    """An interventional distribution over d variables, in the user's units."""

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows, `[n, d]`."""
        ...

    def log_prob(self, rows: pd.DataFrame) -> Array | None:
        """Natural logarithm of the density of the variables that are not set, at rows `[n, d]`, shape `[n]`.

        None where the method has samples only.
        """
        ...


def check_do(do: object, names: Sequence[str]) -> dict[str, float]:
    """The values that variables are set to, in the order of the columns.

    Raises:
        InputError: Nothing is set, an unknown variable, a value that is no finite number.

    >>> check_do({"b": 1, "a": 2.5}, ["a", "b", "c"])
    {'a': 2.5, 'b': 1.0}
    """
    if not isinstance(do, Mapping) or not do:
        raise InputError(
            f'The intervention is {said(do)}; give a dict with at least one variable, as {{"X": 2.0}}.'
        )
    given = {str(name): value for name, value in do.items()}
    unknown = [name for name in given if name not in names]
    if unknown:
        raise InputError(f"There is no variable {quoted(unknown)} to set; use one of {quoted(list(names))}.")
    for name, value in given.items():
        if not isinstance(value, numbers.Real) or not abs(as_float(value)) <= LARGEST:  # nan is not
            raise InputError(
                f"'{name}' is set to {said(value)}; give a finite number, no larger than {LARGEST:g}."
            )
    return {name: float(given[name]) for name in names if name in given}


def check_others_left(do: Mapping[str, float], names: Sequence[str]) -> None:
    """Refuse an intervention that leaves no variable to answer for.

    Raises:
        InputError: Every variable is set.
    """
    if len(do) == len(names):
        raise InputError("Every variable is set, so that nothing is left to answer; leave one out.")


@dataclass(frozen=True, eq=False)
class ConditionalNormal:
    """The distribution of all variables under a multivariate normal, given that some have certain values.

    Attributes:
        names: The d variables.
        do: The variables that are given, and their values.
        mean: Means of the others, shape `[m]`, in the order of the columns.
        covariance: Covariance of the others, shape `[m, m]`.
        slopes: By how much the means of the others move with each given variable, shape `[m, d - m]`.
    """

    names: list[str]
    do: dict[str, float]
    mean: Array
    covariance: Array
    slopes: Array

    @property
    def others(self) -> list[str]:
        """The m variables that are not given."""
        return [name for name in self.names if name not in self.do]

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows, `[n, d]`; the given variables have their values.

        Raises:
            InputError: n is no whole number above 0, or the seed is none from 0 to 2**32 - 1.
        """
        n = check_samples(n)
        random = np.random.default_rng(check_seed(seed))
        drawn = random.multivariate_normal(self.mean, self.covariance, size=int(n), method="eigh")
        frame = pd.DataFrame(drawn, columns=self.others)
        return frame.assign(**self.do)[self.names] if self.do else frame

    def log_prob(self, rows: pd.DataFrame | NDArray[np.generic]) -> Array:
        """Natural logarithm of the density at rows `[n, d]` of what is not set, given what is set; `[n]`.

        Raises:
            InputError: Rows that do not fit.
        """
        frame = rows_like(rows, self.names)
        moved = frame[list(self.do)].to_numpy() - list(self.do.values())
        centred = frame[self.others].to_numpy() - self.mean - moved @ self.slopes.T
        return log_density(centred, self.covariance)


def conditional_normal(
    data: pd.DataFrame | NDArray[np.generic] | Observations, do: Mapping[str, float]
) -> ConditionalNormal:
    """Fit a multivariate normal to the observations and condition it on the values of an intervention.

    Args:
        data: n rows of d variables; those in which anything was set by intervention do not take part, and
            20 or more are left.
        do: The variables to set and their values; at least one variable is left.

    Raises:
        InputError: Data that cannot be used, an unknown variable, no finite value, or no variable left.

    Source: Sauter, Salehkaleybar, Plaat and Acar, ACTIVA, section 6.3.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> cause = rng.normal(size=500)
        >>> data = pd.DataFrame({"cause": cause, "effect": cause + rng.normal(size=500)})
        >>> conditional_normal(data, {"effect": 4.0}).mean.round()  # where an intervention would leave 0
        array([2.])
    """
    table = observations(data).untouched()
    values = check_do(do, table.names)
    check_others_left(values, table.names)
    given = [table.names.index(name) for name in values]
    others = [j for j in range(len(table.names)) if j not in given]
    centre = table.values.mean(0)
    covariance: Array = np.cov(table.values, rowvar=False, dtype=np.float64)
    # A pseudo-inverse, because the given variables may depend on each other exactly.
    slopes = covariance[np.ix_(others, given)] @ np.linalg.pinv(
        covariance[np.ix_(given, given)], hermitian=True
    )
    return ConditionalNormal(
        table.names,
        values,
        mean=centre[others] + slopes @ (list(values.values()) - centre[given]),
        covariance=covariance[np.ix_(others, others)] - slopes @ covariance[np.ix_(given, others)],
        slopes=slopes,
    )


def log_density(rows: Array, covariance: Array) -> Array:
    """Natural logarithm of a normal density around 0 at rows `[n, d]`, shape `[n]`.

    A singular covariance counts only where it has spread. What is singular is decided in standard deviations:
    next to a column in large units one in small units would seem to have none.

    >>> wide = np.array([[1.0, 0.0], [0.0, 1e16]])
    >>> float(log_density(np.zeros((1, 2)), wide)[0] + np.log(1e8)).__round__(4)
    -1.8379
    """
    spread = np.sqrt(covariance.diagonal())
    spread = np.where(spread > 0, spread, 1.0)
    correlation = covariance / np.outer(spread, spread)
    standard = multivariate_normal(np.zeros(len(spread)), correlation, allow_singular=True)
    return np.atleast_1d(standard.logpdf(rows / spread)) - np.log(spread).sum()
