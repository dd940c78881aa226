"""Conditioning in the place of intervening: what a method must beat before it has learnt anything causal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.checks import check_samples, check_seed
from foundation_causal.observations import Observations, observations, rows_like
from foundation_causal.types import Array
from mechanisms.graph_free.query import check_do, check_others_left, log_density


@dataclass(frozen=True, eq=False)
class ConditionalNormal:
    """The law of all variables under a multivariate normal, given that some have certain values.

    Attributes:
        names: the d variables.
        do: the variables that are given, and their values.
        mean: of the others, shape [m], in the order of the columns.
        covariance: of the others, shape [m, m].
        slopes: by how much their means move with each given variable, shape [m, d - m].
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
        """Draw n rows, [n, d]; the given variables have their values.

        Raises:
            InputError: n is no whole number above 0, or the seed is none from 0 to 2**32 - 1.
        """
        check_samples(n)
        random = np.random.default_rng(check_seed(seed))
        drawn = random.multivariate_normal(self.mean, self.covariance, size=int(n), method="eigh")
        frame = pd.DataFrame(drawn, columns=self.others)
        return frame.assign(**self.do)[self.names] if self.do else frame

    def log_prob(self, rows: pd.DataFrame | NDArray[np.generic]) -> Array:
        """Natural logarithm of the density of the other variables, given the rows' values of those set; [n].

        Raises:
            InputError: rows that do not fit.
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
        do: the variables to set and their values; at least one variable is left.

    Raises:
        InputError: data that cannot be used, an unknown variable, no finite value, or no variable left.

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
