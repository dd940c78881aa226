r"""Positive variables in logarithms: mechanisms that multiply, noise that grows with what it is added to.

If \(\log x_j = f_j + e_j\), then

.. math:: x_j = F_j + S_j n_j, \qquad F_j = S_j = e^{f_j}, \quad n_j = e^{e_j} - 1 > -1

is an SCM in the user's units whose noise is relative: -0.1 is a tenth below what the parents led to expect.
No sample falls below zero.

The columns to model in logarithms are those that are named, or those that are more likely to be observed so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import parents_of
from foundation_causal.observations import Observations, observations
from foundation_causal.runtime import one_thread
from foundation_causal.types import Array
from mechanisms.kernel.kernel_model import KernelModel, fit_kernel
from mechanisms.mechanism_model import MechanismModel, PosteriorDraw
from mechanisms.noise.density_fit import fit_distribution
from mechanisms.noise.distributions import Atoms, Distribution, Piled

Logs = Literal["auto"] | bool | Sequence[str]

BEYOND = 1.5  # how much further than ever seen a value may lie from what was expected of it, as a factor
RATE = 4.0  # at which the tails of a logarithm fall further out
LEAST_TAIL = 2.0**-53  # probability of either tail; less is nothing but rounding
LARGEST_LOG = 690.0  # beyond it the exponential leaves the numbers

LEAST_GAIN = 0.1  # nats a row by which a column alone must gain to be tried
FEW_VALUES = 20  # of a column that counts as discrete
MAX_TRIED_ROWS = 200  # from which the choice is made
SCALE_PARAMETERS = 4.0  # as many as a scale that depends on the parents counts for


@dataclass(frozen=True)
class LogModel(MechanismModel):
    """A mechanism model some of whose variables are modelled in logarithms, in the user's units.

    Attributes:
        base: The model with additive noise in which the columns `logs` are logarithms.
        logs: Bool, shape `[d]`.
    """

    base: MechanismModel
    logs: NDArray[np.bool_]

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG."""
        return self.base.graph

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`.

        Raises:
            InputError: A parent that is modelled in logarithms has a value that is not above 0.
        """
        return self._in_units(nodes, self.base.predict_nodes(nodes, self._coordinates(nodes, values)))

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`S_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`."""
        return self.functions_and_scales(nodes, values)[1]

    def functions_and_scales(self, nodes: Sequence[int], values: Array) -> tuple[Array, Array]:
        """`F_j` and `S_j`, which are equal for logarithms, shape `[n, d]` -> twice `[n, len(nodes)]`."""
        function, scale = self.base.functions_and_scales(nodes, self._coordinates(nodes, values))
        function = self._in_units(nodes, function)
        return function, np.where(self.logs[list(nodes)], function, scale)

    def with_one_scale(self, nodes: Iterable[int]) -> LogModel:
        """These mechanisms with noise of one scale for the variables in `nodes` that are no logarithms."""
        return replace(self, base=self.base.with_one_scale(nodes))

    def _in_units(self, nodes: Sequence[int], function: Array) -> Array:
        """The base model's functions `[n, len(nodes)]` in the user's units."""
        return np.where(self.logs[list(nodes)], np.exp(np.minimum(function, LARGEST_LOG)), function)

    @property
    def relative_nodes(self) -> frozenset[int]:
        """Positions of the variables whose noise is relative to F."""
        return frozenset(np.flatnonzero(self.logs).tolist())

    def context_noise(self, data: Observations) -> Sequence[Array | Distribution]:
        """For each variable the noise that the observations had, or its distribution where it is relative."""
        within = in_logs(data, [self.names[j] for j in sorted(self.relative_nodes)])
        noise = self.base.context_noise(within.data)
        return [
            Relative.of(e) if log and isinstance(e, np.ndarray) else e
            for e, log in zip(noise, self.logs, strict=True)
        ]

    @property
    def has_posterior(self) -> bool:
        """Whether the base model has one."""
        return self.base.has_posterior

    def draws(self, k: int, seed: int, nodes: Sequence[int] | None = None) -> list[PosteriorDraw]:
        """Draw the base model; see :meth:`MechanismModel.draws`."""
        drawn = self.base.draws(k, seed, nodes)
        return [
            PosteriorDraw(replace(self, base=draw.mechanisms), self._relative(draw.residuals))
            for draw in drawn
        ]

    def _relative(self, residuals: Mapping[int, Array] | None) -> dict[int, Array] | None:
        """Noise of the base model, by variable, in the user's units."""
        if residuals is None:
            return None
        return {j: np.expm1(e) if self.logs[j] else e for j, e in residuals.items()}

    def _coordinates(self, nodes: Sequence[int], values: Array) -> Array:
        """Zero but for the columns that the nodes' mechanisms read, logarithms among them."""
        read = sorted({i for j in nodes for i in self._parents[j]})
        logs = [i for i in read if self.logs[i]]
        if (values[:, logs] <= 0).any():
            low = [self.names[i] for i in logs if (values[:, i] <= 0).any()]
            raise InputError(
                f"{quoted(low)} is modelled in logarithms and has a value that is not above 0; give positive "
                "values, or model it as it is (logs=False, --logs none)."
            )
        moved = np.zeros(values.shape)
        moved[:, read] = values[:, read]
        moved[:, logs] = np.log(values[:, logs])
        return moved

    @cached_property
    def _parents(self) -> list[list[int]]:
        return [list(map(int, parents)) for parents in parents_of(self.graph)]


@dataclass(frozen=True)
class Relative:
    """The distribution of n = exp(e) - 1 where e has the distribution `of_log`, with steeper tails.

    The tails of e, light as they are, may leave exp(e) without a mean. Outside an interval they keep their
    probability, but fall exponentially, at a rate at which exp(e) has a mean and a variance.

    Attributes:
        of_log: The distribution of e.
        low, high: Between which `of_log` is taken as it is.
    """

    of_log: Distribution
    low: float
    high: float

    @classmethod
    def of(cls, observed: Array) -> Relative:
        """The distribution of n where e was observed, shape `[n]`.

        Tails are steeper from a factor of `BEYOND` in exp(e) beyond the observed range.
        """
        low, high = float(observed.min()) - np.log(BEYOND), float(observed.max()) + np.log(BEYOND)
        return cls(fit_distribution(observed), low, high)

    def quantile(self, u: Array) -> Array:
        """The n with cdf(n) = u; any shape."""
        u, (below, above) = np.asarray(u), self._outside
        with np.errstate(divide="ignore", invalid="ignore"):  # of what is not selected
            under = self.low + np.log(u / below) / RATE
            over = self.high - np.log((1 - u) / above) / RATE
        inside = np.clip(self.of_log.quantile(u), self.low, self.high)
        return np.expm1(np.select([u < below, 1 - u < above], [under, over], inside))

    def cdf(self, x: Array) -> Array:
        """Probability of at most x; any shape."""
        e, (below, above) = _log(x), self._outside
        under = below * np.exp(RATE * np.minimum(e - self.low, 0))
        over = 1 - above * np.exp(RATE * np.minimum(self.high - e, 0))
        probability = np.select([e < self.low, e > self.high], [under, over], self.of_log.cdf(e))
        return np.where(np.asarray(x) > -1, probability, 0.0)

    def log_density(self, x: Array) -> Array:
        """Logarithm of the density at x, or of the probability where there are few values; any shape."""
        e, (below, above) = _log(x), self._outside
        if isinstance(self.of_log, Atoms):
            return self.of_log.log_density(e)
        with np.errstate(divide="ignore"):
            under = np.log(below * RATE) + RATE * (e - self.low)
            over = np.log(above * RATE) + RATE * (self.high - e)
        density = np.select([e < self.low, e > self.high], [under, over], self.of_log.log_density(e))
        slope = np.where(self.of_log.is_pile(e), 0, e)
        return np.where(np.asarray(x) > -1, density - slope, -np.inf)

    def is_pile(self, x: Array) -> NDArray[np.bool_]:
        """Whether the logarithm of 1 + x has a probability of its own; any shape."""
        return self.of_log.is_pile(_log(x))

    @cached_property
    def _outside(self) -> tuple[float, float]:
        """The probabilities of e below the interval, and above it."""
        below, up_to = self.of_log.cdf(np.array([self.low, self.high]))
        return max(float(below), LEAST_TAIL), max(float(1 - up_to), LEAST_TAIL)


def _log(x: Array) -> Array:
    """The e for which x is exp(e) - 1; for an x that is not above -1, the lowest there is."""
    return np.asarray(np.log1p(np.maximum(x, np.nextafter(-1, 0))))


@dataclass(frozen=True)
class Coordinates:
    """Which columns are modelled in logarithms; made by :func:`in_logs`.

    Attributes:
        data: The observations in these coordinates.
        logs: Bool, shape `[d]`.
    """

    data: Observations
    logs: NDArray[np.bool_]

    def in_units(self, base: MechanismModel) -> MechanismModel:
        """A model of :attr:`data`, in the user's units.

        The noise of logarithms is given one scale, whatever the parents: in the user's units it has a scale
        that depends on the parents as it is, that of its function.
        """
        if not self.logs.any():
            return base
        return LogModel(base.with_one_scale(np.flatnonzero(self.logs)), self.logs)


def in_logs(data: Observations, columns: Sequence[str]) -> Coordinates:
    """Take logarithms in some columns of observations.

    Raises:
        InputError: An unknown column, or one with values that are not above 0.
    """
    unknown = [name for name in columns if name not in data.names]
    if unknown:
        raise InputError(
            f"There is no column {quoted(unknown)} to take logarithms of; use {quoted(data.names)}."
        )
    logs = np.array([name in columns for name in data.names])
    low = [name for name, least in zip(data.names, data.values.min(0), strict=True) if least <= 0]
    if set(low) & set(columns):
        raise InputError(
            f"{quoted([n for n in low if n in columns])} has values that are not above 0, which have no "
            "logarithm; leave it out."
        )
    if not logs.any():
        return Coordinates(data, logs)
    values = data.values.copy()
    values[:, logs] = np.log(values[:, logs])
    frame = pd.DataFrame(values, columns=data.names)
    table = observations(frame, intervened=data.intervened, min_rows=1, types=data.schema)
    return Coordinates(table, logs)


def columns_in_logs(logs: Logs, data: Observations, graph: nx.DiGraph, *, seed: int = 0) -> Sequence[str]:
    """The columns to model in logarithms: those named, all (True), none (False), or :func:`choose_logs`.

    Raises:
        InputError: A word other than "auto", what is no list of names, or a column that is discrete.
    """
    named = named_logs(logs, data)
    return choose_logs(data, graph, seed=seed) if named is None else named


def named_logs(logs: Logs, data: Observations) -> Sequence[str] | None:
    """The columns that are named, all continuous ones (True) or none (False); None for "auto".

    Raises:
        InputError: A word other than "auto", what is no list of names, or a column that is discrete.
    """
    if isinstance(logs, str) and logs == "auto":
        return None
    kinds = data.schema.kinds
    if isinstance(logs, bool):
        return [name for name, kind in kinds.items() if kind == "continuous"] if logs else []
    if isinstance(logs, str) or not isinstance(logs, Iterable):
        raise InputError(f'logs is {logs!r}; give "auto", True, False or a list of columns.')
    named = [str(name) for name in logs]
    # Names that there are not are refused where the logarithms are taken.
    discrete = [name for name in named if kinds.get(name, "continuous") != "continuous"]
    if discrete:
        raise InputError(
            f"{quoted(discrete)} is modelled as {kinds[discrete[0]]} and has no logarithm; leave it out, or "
            "call it continuous (types)."
        )
    return named


def choose_logs(data: Observations, graph: nx.DiGraph, *, seed: int = 0) -> list[str]:
    """The columns that are better modelled in logarithms: all that :func:`log_columns` names, or none.

    All, if the kernel model of the logarithms makes the observations more likely, Jacobian included, than
    that of the values, both by the noise that they leave to at most `MAX_TRIED_ROWS` rows. The scale of the
    noise may depend on the parents, but not that of a logarithm, so that the two ways to explain why noise
    grows compete. The more flexible one pays for its parameters, as by Schwarz's criterion.
    """
    columns = log_columns(data)
    if not columns:
        return []
    skip = [j for j, column in enumerate(data.schema) if column.kind != "continuous"]
    order = data.rows_in_random_order(seed)[:MAX_TRIED_ROWS]
    frame = pd.DataFrame(data.values[order], columns=data.names)
    mask = None if data.intervened is None else data.intervened[order]
    try:
        few = observations(frame, intervened=mask, min_rows=1, types=data.schema)
        within = in_logs(few, columns)
        plain, moved = (fit_kernel(one, graph, seed=seed, skip=skip) for one in (few, within.data))
    except InputError:  # so few rows may leave a column constant, or set in all of them
        return []
    jacobian = [np.log(plain.rows[j][:, j]).mean() if log else 0.0 for j, log in enumerate(within.logs)]
    moved = moved.with_one_scale(np.flatnonzero(within.logs))
    gain = np.nansum(mean_log_densities(moved) - jacobian - mean_log_densities(plain))
    more = _scales(plain) - _scales(moved)
    return columns if gain + more * SCALE_PARAMETERS * np.log(len(order)) / (2 * len(order)) > 0 else []


def _scales(model: KernelModel) -> int:
    """How many variables have noise with a scale that depends on the parents."""
    return sum(fitted is not None and fitted.spread is not None for fitted in model.regressions)


@one_thread()
def mean_log_densities(model: KernelModel) -> Array:
    """For each variable the mean log density of its fitted rows, by the distribution of its noise, `[d]`.

    It is NaN where that distribution has no density.
    """
    densities = np.full(len(model.names), np.nan)
    for j in range(len(densities)):
        if model.regressions[j] is None and len(model.parents[j]):
            continue  # another model answers for it
        noise = model.noise_of(j)
        distribution = fit_distribution(noise)
        piled = isinstance(distribution, Piled) and len(distribution.piles)
        if not (piled or isinstance(distribution, Atoms)):
            scale = model.scale_nodes([j], model.rows[j][: len(noise)])[:, 0]
            densities[j] = (distribution.log_density(noise) - np.log(scale)).mean()
    return densities


def log_columns(data: Observations) -> list[str]:
    """Positive columns of many values that are far more Gaussian in logarithms, each by itself.

    The gain is that of the log-likelihood of a Gaussian per row, the Jacobian of the logarithm included.
    Values that were set by intervention must be positive, too, but do not count otherwise.

    >>> frame = pd.DataFrame({"a": np.exp(np.linspace(-2, 2, 50)), "b": np.linspace(1, 2, 50)})
    >>> log_columns(observations(frame))
    ['a']
    """
    columns = []
    kinds = data.schema.kinds
    for name, column, free in zip(data.names, data.values.T, data.free.T, strict=True):
        if kinds[name] != "continuous":
            continue
        x = column[free]
        if column.min() > 0 and len(np.unique(x)) > FEW_VALUES:
            log = np.log(x)
            if np.log(x.std()) - np.log(max(log.std(), 1e-300)) - log.mean() > LEAST_GAIN:
                columns.append(name)
    return columns
