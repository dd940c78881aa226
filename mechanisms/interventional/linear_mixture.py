"""Linear Gaussian SCMs with known weights, and the mixture of what they say of an intervention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from foundation_causal.data import rows_like
from foundation_causal.seeds import check_seed
from mechanisms.checks import check_samples
from mechanisms.interventional.normal import log_density
from mechanisms.model import Array


class LinearSCM(NamedTuple):
    """x = intercept + x @ weights + noise.

    Attributes:
        weights: shape [d, d], row = cause, column = effect.
        intercept: shape [d].
        variance: of the noise, shape [d].
    """

    weights: Array
    intercept: Array
    variance: Array


@dataclass(frozen=True, eq=False)
class LinearMixture:
    """The interventional distribution of several linear Gaussian SCMs, each as probable as the others.

    Attributes:
        names: the d variables.
        do: what is set.
        means: shape [m, d].
        slopes: by how much they move with each variable that is set, shape [m, d, k].
        roots: matrices that make the models' rows of standard normal numbers, shape [m, d, d].
    """

    names: list[str]
    do: dict[str, float]
    means: Array
    slopes: Array
    roots: Array

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows, [n, d], each from a model drawn at random.

        Raises:
            InputError: n is no whole number above 0, or the seed is none from 0 to 2**32 - 1.
        """
        check_samples(n)
        random = np.random.default_rng(check_seed(seed))
        part = random.integers(len(self.means), size=int(n))
        normal = random.normal(size=(int(n), len(self.names)))
        rows = self.means[part] + np.einsum("nij,nj->ni", self.roots[part], normal)
        return pd.DataFrame(rows, columns=self.names).assign(**self.do)

    def log_prob(self, rows: pd.DataFrame) -> Array:
        """Natural logarithm of the density of the other variables, given the rows' values of those set; [n].

        Raises:
            InputError: rows that do not fit.
        """
        frame = rows_like(rows, self.names)
        free = [j for j, name in enumerate(self.names) if name not in self.do]
        moved = frame[list(self.do)].to_numpy() - list(self.do.values())
        values = frame.to_numpy()
        logs = []
        for mean, slope, root in zip(self.means, self.slopes, self.roots, strict=True):
            covariance = (root @ root.T)[np.ix_(free, free)]
            logs.append(log_density((values - mean - moved @ slope.T)[:, free], covariance))
        return np.asarray(logsumexp(logs, axis=0) - np.log(len(logs)))


def moved(model: LinearSCM, at: list[int], values: list[float]) -> tuple[Array, Array, Array]:
    """A model under an intervention on the columns `at`.

    Returns:
        The mean [d], its slopes in the values that are set [d, k], and a root of the covariance [d, d].
    """
    weights, intercept, scale = model.weights.copy(), model.intercept.copy(), np.sqrt(model.variance)
    weights[:, at], intercept[at], scale[at] = 0, values, 0
    total = np.asarray(np.linalg.inv(np.eye(len(weights)) - weights).T, dtype=np.float64)
    return total @ intercept, total[:, at], total * scale
