r"""Linear Gaussian models averaged over graphs, weights and noise: explicit structures, closed-form answers.

For every variable and every set of at most four parents the evidence of the linear regression on them has a
closed form under Zellner's prior, \(\beta \sim N(0, n \sigma^2 (X^T X)^{-1})\), which depends on no units
(Zellner 1986; Liang et al. 2008). A Gibbs sampler over DAGs (:mod:`discovery.posterior`), noise and weights
draws whole models, and each has a normal distribution under an intervention. Their mixture is the answer.

With a noise scale for each variable, graphs that imply the same independences are as probable as each other:
what linear Gaussian data leave open stays open. With one scale for all, which makes sense where all columns
share their units and are disturbed alike, the direction of every edge can be told (Peters and Bühlmann 2014).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import gammaln, logsumexp
from scipy.stats import multivariate_normal

from discovery.posterior import Sampler, Table
from foundation_causal.data import Observations, rows_like
from foundation_causal.errors import InputError
from foundation_causal.seeds import check_seed
from mechanisms.checks import check_count, check_samples
from mechanisms.interventional.query import check_do, check_others_left, untouched
from mechanisms.model import Array

MOST_PARENTS = 4
MOST_VARIABLES = 15  # whose sets of parents are all scored
WARM_UP = 30  # sweeps of the sampler before the first model


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
            law = multivariate_normal(
                np.zeros(len(free)), (root @ root.T)[np.ix_(free, free)], allow_singular=True
            )
            logs.append(np.atleast_1d(law.logpdf((values - mean - moved @ slope.T)[:, free])))
        return np.asarray(logsumexp(logs, axis=0) - np.log(len(logs)))


class LinearPosterior:
    """Linear Gaussian SCMs as probable as the observations make them.

    Args:
        data: n rows of d variables, d at most `MOST_VARIABLES`; those in which anything was set by
            intervention do not take part, and 20 or more are left.
        equal_noise: whether all variables have noise of one scale, in the units of the columns.
        draws: how many SCMs to keep.
        seed: of the draws.

    Raises:
        InputError: too many variables, too few rows without interventions, no number of draws, or no seed.
    """

    def __init__(
        self, data: Observations, *, equal_noise: bool = False, draws: int = 50, seed: int = 0
    ) -> None:
        check_count("draws", draws, 1)
        random = np.random.default_rng(check_seed(seed))
        d = len(data.names)
        if d > MOST_VARIABLES:
            raise InputError(
                f"The data have {d} variables, and every set of parents is scored for at most "
                f"{MOST_VARIABLES}; choose among the columns, or ask another method."
            )
        self.names = data.names
        values = untouched(data).values
        self._centre = values.mean(0)
        self._rows = values - self._centre
        self._equal = equal_noise
        self._sets = [_parent_sets(j, d) for j in range(d)]
        self._left = [self._squares_left(j) for j in range(d)]
        self.models = self._draw(draws, random)

    def under(self, do: Mapping[str, float]) -> LinearMixture:
        """The distribution under an intervention.

        Raises:
            InputError: an unknown variable, a value that is no finite number, or no variable left.
        """
        values = check_do(do, self.names)
        check_others_left(values, self.names)
        at = [self.names.index(name) for name in values]
        parts = [_moved(model, at, list(values.values())) for model in self.models]
        means, slopes, roots = (np.array(some) for some in zip(*parts, strict=True))
        return LinearMixture(self.names, values, means, slopes, roots)

    def _draw(self, draws: int, random: np.random.Generator) -> list[LinearSCM]:
        d, models = len(self.names), []
        variance: Array = np.full(d, min(left.min() for left in self._left) / len(self._rows))
        sampler = Sampler(self._tables(variance), np.zeros((d, d)))
        for step in range(WARM_UP + draws):
            sampler.tables = self._tables(variance)
            adjacency = sampler.sweep(random)
            model = self._fill(adjacency, random)
            variance = model.variance
            if step >= WARM_UP:
                models.append(model)
        return models

    def _tables(self, variance: Array) -> list[Table]:
        """The log evidence of all parent sets, given the variance of the noise if that is one for all."""
        n, d = self._rows.shape
        tables = []
        for j, (members, left) in enumerate(zip(self._sets, self._left, strict=True)):
            size = members.sum(1)
            fit = -left / (2 * variance[j]) if self._equal else -(n - 1) / 2 * np.log(left)
            # All numbers of parents are as probable as each other, and all sets of that number.
            choices = gammaln(d) - gammaln(size + 1) - gammaln(d - size)
            tables.append(Table(members.astype(np.float32), fit - size / 2 * np.log1p(n) - choices))
        return tables

    def _squares_left(self, j: int) -> Array:
        """The sum of squares that each parent set leaves, under the prior of the weights; shape [T]."""
        n, target = len(self._rows), self._rows[:, j]
        left = []
        for members in self._sets[j]:
            inputs = self._rows[:, members > 0]
            explained = (
                target @ inputs @ np.linalg.pinv(inputs.T @ inputs, hermitian=True) @ inputs.T @ target
            )
            left.append(target @ target - n / (n + 1) * explained)
        return np.maximum(left, np.finfo(float).tiny)

    def _fill(self, adjacency: Array, random: np.random.Generator) -> LinearSCM:
        """Draw noise scales, then weights and intercepts, of one DAG."""
        n, d = self._rows.shape
        parents = [np.flatnonzero(adjacency[:, j]) for j in range(d)]
        left = np.array(
            [self._left[j][np.flatnonzero((self._sets[j] == adjacency[:, j]).all(1))[0]] for j in range(d)]
        )
        if self._equal:
            variance = np.full(d, left.sum() / random.chisquare(d * (n - 1)))
        else:
            variance = left / random.chisquare(n - 1, size=d)
        weights, shrink = np.zeros((d, d)), n / (n + 1)
        for j, pa in enumerate(parents):
            if not len(pa):
                continue
            inputs = self._rows[:, pa]
            inverse = np.linalg.pinv(inputs.T @ inputs, hermitian=True)
            mean = shrink * inverse @ inputs.T @ self._rows[:, j]
            weights[pa, j] = random.multivariate_normal(mean, shrink * variance[j] * inverse, method="eigh")
        expected = self._centre + random.normal(size=d) * np.sqrt(variance / n)
        return LinearSCM(weights, expected - self._centre @ weights, variance)


def _parent_sets(j: int, d: int) -> Array:
    """All sets of at most `MOST_PARENTS` others, 0/1 [T, d], smallest first."""
    others = [i for i in range(d) if i != j]
    chosen = [some for size in range(min(MOST_PARENTS, d - 1) + 1) for some in combinations(others, size)]
    members = np.zeros((len(chosen), d))
    for row, some in zip(members, chosen, strict=True):
        row[list(some)] = 1
    return members


def _moved(model: LinearSCM, at: list[int], values: list[float]) -> tuple[Array, Array, Array]:
    """Mean [d], its slopes in what is set [d, k] and a root of the covariance [d, d], all under it."""
    weights, intercept, scale = model.weights.copy(), model.intercept.copy(), np.sqrt(model.variance)
    weights[:, at], intercept[at], scale[at] = 0, values, 0
    total = np.asarray(np.linalg.inv(np.eye(len(weights)) - weights).T, dtype=np.float64)
    return total @ intercept, total[:, at], total * scale
