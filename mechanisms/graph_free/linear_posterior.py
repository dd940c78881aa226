r"""Linear Gaussian models averaged over graphs, weights and noise: explicit structures, closed-form answers.

For every variable and every set of at most four parents the log evidence of the linear regression on them has
a closed form under Zellner's prior, \(\beta \sim N(0, n \sigma^2 (X^T X)^{-1})\), which depends on no units
(Zellner 1986; Liang et al. 2008). A Gibbs sampler over DAGs (:mod:`discovery.search.dag_sampler`), noise
and weights draws whole models, and each has a normal distribution under an intervention. Their mixture is the
answer.

With a noise scale for each variable, graphs that imply the same independences are as probable as each other:
what linear Gaussian data leave open stays open. Where all columns share their units and are disturbed alike,
the direction of every edge can be told (Peters and Bühlmann 2014). Shared units need not be disturbed alike:
how much they are is decided by the data (:mod:`mechanisms.graph_free.noise_scales`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from discovery.search.dag_sampler import Sampler, Table
from foundation_causal.checks import MOST_DRAWS, check_count, check_samples, check_seed
from foundation_causal.errors import InputError
from foundation_causal.observations import Observations, rows_like
from foundation_causal.types import Array
from mechanisms.graph_free.noise_scales import OwnScales, Scales, SharedScales
from mechanisms.graph_free.query import check_do, check_others_left, log_density

MAX_PARENTS = 4
MAX_VARIABLES = 15  # whose sets of parents are all scored
WARM_UP = 30  # sweeps of the sampler before the first model
COOLING = 20  # of these sweeps, in which the log evidence gains its full weight
FEW = 20  # rows whose log evidence has the weight that all of it has at first


class LinearSCM(NamedTuple):
    """x = intercept + x @ weights + noise.

    Attributes:
        weights: Shape `[d, d]`, row = cause, column = effect.
        intercept: Shape `[d]`.
        variance: Variance of the noise, shape `[d]`.
    """

    weights: Array
    intercept: Array
    variance: Array


class LinearPosterior:
    """Linear Gaussian SCMs as probable as the observations make them.

    Args:
        data: n rows of d variables, d at most `MAX_VARIABLES`; those in which anything was set by
            intervention do not take part, and 20 or more are left.
        shared_units: Whether the noise scale of one column says something of the others': they are then as
            alike as the data are for it, in the units of the columns. Otherwise no answer depends on any
            column's units.
        draws: How many SCMs to draw.
        seed: Seed of the draws.

    Raises:
        InputError: Too many variables, too few rows without interventions, no number of draws, or no seed.
    """

    def __init__(
        self, data: Observations, *, shared_units: bool = False, draws: int = 50, seed: int = 0
    ) -> None:
        draws = check_count("draws", draws, 1, MOST_DRAWS)
        random = np.random.default_rng(check_seed(seed))
        d = len(data.names)
        if d > MAX_VARIABLES:
            raise InputError(
                f"The data have {d} variables, and every set of parents is scored for at most "
                f"{MAX_VARIABLES}; choose among the columns, or ask another method."
            )
        self.names = data.names
        values = data.untouched().values
        self._centre = values.mean(0)
        self._rows = values - self._centre
        self._sets = [_parent_sets(j, d) for j in range(d)]
        self._squares = [self._residual_squares(j) for j in range(d)]
        self._prior = [self._log_prior(members) for members in self._sets]
        self.models = self._draw(draws, self._scales(shared_units), random)

    def under(self, do: Mapping[str, float]) -> LinearMixture:
        """The distribution under an intervention.

        Raises:
            InputError: An unknown variable, a value that is no finite number, or no variable left.
        """
        values = check_do(do, self.names)
        check_others_left(values, self.names)
        at = [self.names.index(name) for name in values]
        parts = [intervene(model, at, list(values.values())) for model in self.models]
        means, slopes, roots = (np.array(part) for part in zip(*parts, strict=True))
        return LinearMixture(self.names, values, means, slopes, roots)

    def _scales(self, shared: bool) -> Scales:
        dof = len(self._rows) - 1
        if not shared:
            return OwnScales(dof)
        smallest = [squares.min() for squares in self._squares]
        return SharedScales(dof, float(np.log(np.divide(smallest, dof)).mean() / 2))

    def _draw(self, draws: int, scales: Scales, random: np.random.Generator) -> list[LinearSCM]:
        """Graph and what scales have in common draw each other; scales and weights are integrated out."""
        d, models = len(self.names), []
        sampler = Sampler(self._tables(scales), np.zeros((d, d), dtype=bool))
        for step in range(WARM_UP + draws):
            if not scales.known:
                sampler.tables = self._tables(scales, self._power(step))
            adjacency = sampler.sweep(random)
            squares = self._squares_of(adjacency)
            scales.learn(squares, random)
            model = self._fill(adjacency, scales.variance(squares, random), random)
            if step >= WARM_UP:
                models.append(model)
        return models

    def _power(self, step: int) -> float:
        """The weight of the log evidence; all that of many rows would keep the first order that fits."""
        return float(min(1, (FEW / len(self._rows)) ** (1 - step / COOLING)))

    def _tables(self, scales: Scales, power: float = 1.0) -> list[Table]:
        """The log evidence of all parent sets, given what scales have in common."""
        ends = np.cumsum([len(squares) for squares in self._squares])
        fits = np.split(scales.log_evidence(np.concatenate(self._squares)), ends[:-1])
        parts = zip(self._sets, fits, self._prior, strict=True)
        return [Table(members, power * (fit + prior)) for members, fit, prior in parts]

    def _log_prior(self, members: NDArray[np.float32]) -> Array:
        """The log prior of sets of parents, shape `[T]`, and the price of their weights."""
        n, d = self._rows.shape
        size = members.sum(1)
        # All numbers of parents are as probable as each other, and all sets of that number.
        choices = gammaln(d) - gammaln(size + 1) - gammaln(d - size)
        return np.asarray(-size / 2 * np.log1p(n) - choices)

    def _residual_squares(self, j: int) -> Array:
        """The residual sum of squares on each parent set, under the prior of the weights; shape `[T]`."""
        n, target = len(self._rows), self._rows[:, j]
        squares = []
        for members in self._sets[j]:
            inputs = self._rows[:, members > 0]
            explained = target @ inputs @ inverse_gram(inputs) @ inputs.T @ target
            squares.append(target @ target - n / (n + 1) * explained)
        return np.maximum(squares, np.finfo(float).tiny)

    def _squares_of(self, adjacency: NDArray[np.bool_]) -> Array:
        """The residual sum of squares of each variable on its parents, shape `[d]`."""
        parents = zip(self._squares, self._sets, adjacency.T, strict=True)
        return np.array([squares[np.flatnonzero((sets == pa).all(1))[0]] for squares, sets, pa in parents])

    def _fill(self, adjacency: NDArray[np.bool_], variance: Array, random: np.random.Generator) -> LinearSCM:
        """Draw the weights and intercepts of one DAG."""
        n, d = self._rows.shape
        weights, shrink = np.zeros((d, d)), n / (n + 1)
        for j in np.flatnonzero(adjacency.any(0)):
            pa = np.flatnonzero(adjacency[:, j])
            inputs = self._rows[:, pa]
            inverse = inverse_gram(inputs)
            mean = shrink * inverse @ inputs.T @ self._rows[:, j]
            weights[pa, j] = random.multivariate_normal(mean, shrink * variance[j] * inverse, method="eigh")
        expected = self._centre + random.normal(size=d) * np.sqrt(variance / n)
        return LinearSCM(weights, expected - self._centre @ weights, variance)


def _parent_sets(j: int, d: int) -> NDArray[np.float32]:
    """All sets of at most `MAX_PARENTS` others, 0/1 `[T, d]`, smallest first."""
    others = [i for i in range(d) if i != j]
    chosen = [pa for size in range(min(MAX_PARENTS, d - 1) + 1) for pa in combinations(others, size)]
    members = np.zeros((len(chosen), d), dtype=np.float32)
    for row, pa in zip(members, chosen, strict=True):
        row[list(pa)] = 1
    return members


def inverse_gram(inputs: Array) -> Array:
    """The (pseudo-)inverse of inputs^T inputs, `[n, p]` -> `[p, p]`; columns in any units, none of them 0."""
    size = np.linalg.norm(inputs, axis=0)
    unit = inputs / size
    return np.asarray(np.linalg.pinv(unit.T @ unit, hermitian=True) / np.outer(size, size))


@dataclass(frozen=True, eq=False)
class LinearMixture:
    """The interventional distribution of several linear Gaussian SCMs, each as probable as the others.

    Attributes:
        names: The d variables.
        do: What is set.
        means: Shape `[m, d]`.
        slopes: By how much the means move with each variable that is set, shape `[m, d, k]`.
        roots: Roots of the covariances, shape `[m, d, d]`.
    """

    names: list[str]
    do: dict[str, float]
    means: Array
    slopes: Array
    roots: Array

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows, `[n, d]`, each from a model drawn at random.

        Raises:
            InputError: n is no whole number above 0, or the seed is none from 0 to 2**32 - 1.
        """
        n = check_samples(n)
        random = np.random.default_rng(check_seed(seed))
        part = random.integers(len(self.means), size=int(n))
        normal = random.normal(size=(int(n), len(self.names)))
        rows = self.means[part] + np.einsum("nij,nj->ni", self.roots[part], normal)
        return pd.DataFrame(rows, columns=self.names).assign(**self.do)

    def log_prob(self, rows: pd.DataFrame) -> Array:
        """Natural logarithm of the density at rows `[n, d]` of what is not set, given what is set; `[n]`.

        Raises:
            InputError: Rows that do not fit.
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


def intervene(model: LinearSCM, at: list[int], values: list[float]) -> tuple[Array, Array, Array]:
    """The normal distribution of a model under an intervention on the columns `at`.

    Returns:
        The mean `[d]`, its slopes in the values that are set `[d, k]`, and a root of the covariance `[d, d]`.
    """
    weights, intercept, scale = model.weights.copy(), model.intercept.copy(), np.sqrt(model.variance)
    weights[:, at], intercept[at], scale[at] = 0, values, 0
    total = np.asarray(np.linalg.inv(np.eye(len(weights)) - weights).T, dtype=np.float64)
    return total @ intercept, total[:, at], total * scale
