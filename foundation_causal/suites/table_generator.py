"""Models of mixed tables, drawn by a generator that shares nothing with the priors of `simulate`.

A DAG, and for each variable a conditional distribution given its parents: linear or tanh with Gaussian or
Laplace noise, logistic, softmax, cumulative logit, or Poisson. All randomness is uniform numbers, whose
stream NumPy keeps, put through inverse distribution functions, so that a seed stands for the same tables
everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, ndtri, softmax
from scipy.stats import poisson

from foundation_causal.graphs import from_adjacency
from foundation_causal.types import Array

# What the columns of a table are, in turn; which column is which is left to chance.
MIXES: dict[str, tuple[str, ...]] = {
    "binary": ("binary",),
    "categorical": ("categorical",),
    "binary-continuous": ("binary", "continuous"),
    "three-types": ("continuous", "binary", "three-level"),
    "counts-ordinals": ("continuous", "binary", "count", "ordinal"),
    "continuous": ("continuous",),
}
DISCRETE = ("binary", "categorical", "three-level", "ordinal")
NAMES = ("red", "green", "blue", "white", "black")
GRADES = ("lowest", "low", "middle", "high", "highest")
PILOT = 2000  # rows that fix locations, scales and cut points
STEEPEST = 2.5  # standard deviations of the predictor at which the rate of a count stops growing


@dataclass(frozen=True)
class Effect:
    """What one parent adds to the M predictors of a variable.

    Attributes:
        levels: `[K, M]`, one row for each level of a discrete parent; None for a numeric one.
        slopes: `[M]`, per standard deviation of a numeric parent.
        location: Mean of the numeric parent.
        scale: Its standard deviation.
        curved: Whether the numeric parent acts through tanh.
    """

    levels: Array | None
    slopes: Array
    location: float = 0.0
    scale: float = 1.0
    curved: bool = False

    def __call__(self, values: Array) -> Array:
        """The contributions `[n, M]` of the parent's values or codes `[n]`."""
        if self.levels is not None:
            return self.levels[values.astype(int)]
        z = (values - self.location) / self.scale
        return np.outer(np.tanh(1.5 * z) if self.curved else z, self.slopes)


@dataclass(frozen=True)
class Variable:
    """The conditional distribution of one variable.

    Attributes:
        kind: One of those in `MIXES`.
        effects: The effect of each parent, by its position.
        center: Mean of the predictors, `[M]`.
        spread: Their standard deviations, `[M]`; they enter standardized.
        gain: What the standardized predictors are multiplied by.
        bias: Intercepts `[M]`; cut points `[K - 1]` of an ordinal, the logarithm of a count's rate.
        unit: Standard deviation of a continuous variable's noise.
        laplace: Whether that noise is Laplace rather than Gaussian.
    """

    kind: str
    effects: Mapping[int, Effect]
    center: Array
    spread: Array
    gain: float
    bias: Array
    unit: float = 1.0
    laplace: bool = False

    def predictor(self, values: Array) -> Array:
        """The predictors `[n, M]` of rows `[n, d]`, standardized and multiplied by the gain; 0 for a root."""
        if not self.effects:
            return np.zeros((len(values), len(self.center)))
        total = sum(effect(values[:, i]) for i, effect in self.effects.items())
        return self.gain * (total - self.center) / self.spread

    def probabilities(self, values: Array) -> Array:
        """The conditional probabilities `[n, K]` of a discrete variable's levels."""
        eta = self.predictor(values)
        if self.kind == "ordinal":
            below = expit(self.bias - eta)  # [n, K - 1], since eta is [n, 1]
            return np.diff(below, axis=1, prepend=0.0, append=1.0)
        if self.kind == "binary":
            one = expit(self.bias + eta)[:, 0]
            return np.column_stack([1 - one, one])
        return np.asarray(softmax(self.bias + eta, axis=1))

    def mean(self, values: Array) -> Array:
        """The conditional means `[n]` of a numeric variable."""
        eta = self.predictor(values)[:, 0]
        if self.kind == "count":
            return np.exp(self.bias[0] + self.gain * np.clip(eta / self.gain, -STEEPEST, STEEPEST))
        return self.unit * (self.bias[0] + eta)

    def draw(self, values: Array, uniform: Array) -> Array:
        """Values or codes `[n]`, by the inverse distribution function at the uniform numbers `[n]`."""
        if self.kind in DISCRETE:
            bounds = np.cumsum(self.probabilities(values), axis=1)[:, :-1]
            return (bounds <= uniform[:, None]).sum(axis=1).astype(float)
        if self.kind == "count":
            return np.asarray(poisson.ppf(uniform, self.mean(values)))
        noise = _laplace(uniform) if self.laplace else ndtri(uniform)
        return self.mean(values) + self.unit * noise


@dataclass(frozen=True)
class MixedModel:
    """A DAG of variables of several types.

    Attributes:
        names: d column names.
        order: Positions of the variables, causes first.
        variables: One for each column.
    """

    names: tuple[str, ...]
    order: tuple[int, ...]
    variables: tuple[Variable, ...]

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG over the names."""
        matrix = np.zeros((len(self.names), len(self.names)), dtype=int)
        for j, variable in enumerate(self.variables):
            matrix[list(variable.effects), j] = 1
        return from_adjacency(matrix, self.names)

    def sample(self, n: int, random: np.random.Generator) -> Array:
        """Values and codes `[n, d]`; fewer rows are the first of more."""
        uniform = _uniform(random, n, len(self.names))
        values = np.zeros_like(uniform)
        for j in self.order:
            values[:, j] = self.variables[j].draw(values, uniform[:, j])
        return values

    def frame(self, values: Array) -> pd.DataFrame:
        """Rows `[n, d]` as a table with pandas' types: float, int, bool, and categories with labels."""
        columns = (_typed(v, values[:, j], j) for j, v in enumerate(self.variables))
        return pd.DataFrame(dict(zip(self.names, columns, strict=True)))

    def probabilities(self, values: Array) -> dict[str, Array]:
        """The true conditional probabilities `[n, K]` of every discrete variable, given rows `[n, d]`."""
        pairs = zip(self.names, self.variables, strict=True)
        return {name: v.probabilities(values) for name, v in pairs if v.kind in DISCRETE}

    def means(self, values: Array) -> dict[str, Array]:
        """The true conditional means `[n]` of every numeric variable, given rows `[n, d]`."""
        pairs = zip(self.names, self.variables, strict=True)
        return {name: v.mean(values) for name, v in pairs if v.kind not in DISCRETE}


def draw_model(mix: str, d: int, scale_free: bool, seed: int) -> MixedModel:
    """Draw a DAG and its conditional distributions.

    Args:
        mix: A key of `MIXES`.
        d: Number of variables.
        scale_free: Whether new variables choose well-connected parents (Barabasi and Albert, 1999), rather
            than every pair being joined with one probability (Erdos and Renyi, 1959). Either way the expected
            degree is 2 to 4.
        seed: Of the model; its tables take seeds of their own.
    """
    random = np.random.default_rng(seed)
    order = np.argsort(random.random(d))
    kinds = np.array([MIXES[mix][k % len(MIXES[mix])] for k in range(d)])[np.argsort(random.random(d))]
    adjacency = np.zeros((d, d), dtype=bool)
    adjacency[np.ix_(order, order)] = _scale_free(d, random) if scale_free else _erdos_renyi(d, random)
    uniform = _uniform(random, PILOT, d)
    values, variables = np.zeros((PILOT, d)), dict[int, Variable]()
    for j in order:
        parents = np.flatnonzero(adjacency[:, j])
        variables[j] = _variable(str(kinds[j]), parents, variables, values, random)
        values[:, j] = variables[j].draw(values, uniform[:, j])
    names = tuple(f"V{j + 1}" for j in range(d))
    return MixedModel(names, tuple(int(j) for j in order), tuple(variables[j] for j in range(d)))


def _erdos_renyi(d: int, random: np.random.Generator) -> NDArray[np.bool_]:
    degree = _between(random, 2, 4)
    return np.triu(random.random((d, d)) < degree / (d - 1), 1)


def _scale_free(d: int, random: np.random.Generator) -> NDArray[np.bool_]:
    matrix, most = np.zeros((d, d), dtype=bool), int(_between(random, 1, 3))
    for j in range(1, d):
        weight = matrix.sum(0)[:j] + matrix.sum(1)[:j] + 1.0
        # Without replacement: the largest keys of weighted random sampling (Efraimidis and Spirakis, 2006).
        keys = np.log(_uniform(random, j)) / weight
        matrix[np.argsort(-keys)[:most], j] = True
    return matrix


def _variable(
    kind: str,
    parents: NDArray[np.intp],
    known: Mapping[int, Variable],
    values: Array,
    random: np.random.Generator,
) -> Variable:
    """Draw a conditional distribution whose scales are those of the pilot rows `[n, d]`."""
    levels = 3 if kind == "three-level" else int(_between(random, 3, 6))
    width = levels if kind in ("categorical", "three-level") else 1
    curved = bool(random.random() < 0.5) and kind == "continuous"
    effects = {int(i): _effect(known[i], values[:, i], width, curved, random) for i in parents}
    total = sum((effect(values[:, i]) for i, effect in effects.items()), np.zeros((len(values), width)))
    center, spread = total.mean(0), np.where(total.std(0) > 0, total.std(0), 1.0)
    gain = {"continuous": _between(random, 1, 2), "count": _between(random, 0.4, 0.8)}.get(
        kind, _between(random, 1.5, 3)
    )
    plain = Variable(kind, effects, center, spread, gain, np.zeros(width))
    bias = _bias(plain, levels, values, random)
    if kind != "continuous":
        return Variable(kind, effects, center, spread, gain, bias)
    unit, laplace = 10 ** _between(random, -1, 2), bool(random.random() < 0.5)
    return Variable(kind, effects, center, spread, gain, bias, unit, laplace)


def _bias(plain: Variable, levels: int, values: Array, random: np.random.Generator) -> Array:
    """Intercepts that leave no level rare; cut points at quantiles of the latent variable."""
    if plain.kind == "ordinal":
        shares = np.cumsum(0.5 + random.random(levels))
        noise = _uniform(random, len(values))
        latent = plain.predictor(values)[:, 0] + np.log(noise / (1 - noise))
        return np.quantile(latent, shares[:-1] / shares[-1])
    if plain.kind == "count":
        return np.log(np.array([_between(random, 1, 8)]))
    if plain.kind == "continuous":
        return np.array([_between(random, -3, 3)])
    return 1.6 * random.random(len(plain.center)) - 0.8


def _effect(parent: Variable, values: Array, width: int, curved: bool, random: np.random.Generator) -> Effect:
    """The effect of a parent on `width` predictors, of a size from 0.5 to 1.5 in either direction."""
    size = (0.5 + random.random(width)) * np.where(random.random(width) < 0.5, -1, 1)
    if parent.kind not in DISCRETE:
        return Effect(None, size, float(values.mean()), float(values.std()) or 1.0, curved)
    count = 2 if parent.kind == "binary" else max(len(parent.bias) + (parent.kind == "ordinal"), 2)
    levels = ndtri(_uniform(random, count, width))
    if parent.kind in ("binary", "ordinal"):
        levels = np.sort(levels, axis=0) + np.linspace(-1, 1, count)[:, None]
    seen = levels[values.astype(int)]
    spread = np.where(seen.std(0) > 0, seen.std(0), 1.0)
    return Effect(size * (levels - seen.mean(0)) / spread, size)


def _typed(variable: Variable, values: Array, position: int) -> pd.Categorical | NDArray[np.generic]:
    """A column under its type; of the binary ones half are bool and half are categories."""
    if variable.kind == "continuous":
        return values
    whole = values.astype(np.int64)
    if variable.kind == "count":
        return whole
    if variable.kind == "binary":
        return whole.astype(bool) if position % 2 else _category(whole, ("no", "yes"))
    if variable.kind == "ordinal":
        return _category(whole, GRADES[: len(variable.bias) + 1], ordered=True)
    return _category(whole, NAMES[: len(variable.bias)])


def _category(codes: NDArray[np.int64], levels: tuple[str, ...], ordered: bool = False) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, dtype=_type(levels, ordered))


@lru_cache
def _type(levels: tuple[str, ...], ordered: bool) -> pd.CategoricalDtype:
    return pd.CategoricalDtype(list(levels), ordered)


def _between(random: np.random.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(random.random())


def _uniform(random: np.random.Generator, *shape: int) -> Array:
    """Uniform numbers that are never 0, where inverse distribution functions are infinite."""
    return np.maximum(random.random(shape), 1e-16)


def _laplace(uniform: Array) -> Array:
    """Quantiles of the Laplace distribution of variance 1."""
    centered = uniform - 0.5
    return -np.sign(centered) * np.log1p(-2 * np.abs(centered)) / np.sqrt(2)
