r"""Positive variables in logarithms: mechanisms that multiply, noise that grows with what it is added to.

If \(\log x_j = f_j + e_j\), then

.. math:: x_j = F_j + S_j n_j, \qquad F_j = S_j = e^{f_j}, \quad n_j = e^{e_j} - 1 > -1

is an SCM in the user's units whose noise is relative: -0.1 is a tenth below what the parents led to expect.
No sample falls below zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.data import Observations, observations
from foundation_causal.errors import InputError, quoted
from mechanisms.kernel import KernelModel
from mechanisms.model import Array, abduct
from mechanisms.noise import Law, log_density, noise_laws
from mechanisms.noise_fit import fit_law

LEAST_GAIN = 0.1  # nats a row by which a column alone must gain to be tried
LARGEST_LOG = 690.0  # beyond it the exponential leaves the numbers


class Fit(Protocol):
    """What fits the mechanisms in the new coordinates."""

    def __call__(self, data: Observations, graph: nx.DiGraph, *, seed: int) -> KernelModel: ...


@dataclass(frozen=True)
class LogModel:
    """A mechanism model some of whose variables are modelled in logarithms, in the user's units.

    Attributes:
        base: the model, in which the columns `logs` are logarithms.
        logs: bool, shape [d].
    """

    base: KernelModel
    logs: NDArray[np.bool_]

    @property
    def names(self) -> list[str]:
        """The d variables."""
        return self.base.names

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG."""
        return self.base.graph

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape [n, d] -> [n, len(nodes)].

        Raises:
            InputError: a parent that is modelled in logarithms has a value that is not above 0.
        """
        return self.functions_and_scales(nodes, values)[0]

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`S_j` at `values` for each j in `nodes`, shape [n, d] -> [n, len(nodes)]."""
        return self.functions_and_scales(nodes, values)[1]

    def functions_and_scales(self, nodes: Sequence[int], values: Array) -> tuple[Array, Array]:
        """F and S at once, which have most of their cost in common."""
        found = self.base.predict_nodes(nodes, self._coordinates(nodes, values))
        logs = self.logs[list(nodes)]
        found[:, logs] = np.exp(np.minimum(found[:, logs], LARGEST_LOG))
        return found, np.where(logs, found, 1.0)

    def _coordinates(self, nodes: Sequence[int], values: Array) -> Array:
        """The values with logarithms in the columns that the nodes' mechanisms read."""
        read = sorted({int(i) for j in nodes for i in self.base.parents[j] if self.logs[i]})
        if (values[:, read] <= 0).any():
            low = [self.names[i] for i in read if (values[:, i] <= 0).any()]
            raise InputError(
                f"{quoted(low)} is modelled in logarithms and has a value that is not above 0; give positive "
                "values, or infer the model with logs=False."
            )
        moved = np.array(values)
        moved[:, read] = np.log(values[:, read])
        return moved


@dataclass(frozen=True)
class Relative:
    """The law of n = e^e - 1 where e has the law `of_log`."""

    of_log: Law

    def quantile(self, u: Array) -> Array:
        """The n with cdf(n) = u; any shape."""
        return np.expm1(np.minimum(self.of_log.quantile(u), LARGEST_LOG))

    def cdf(self, x: Array) -> Array:
        """Probability of at most x; any shape."""
        return np.where(x > -1, self.of_log.cdf(np.log1p(np.maximum(x, np.nextafter(-1, 0)))), 0.0)

    def log_density(self, x: Array) -> Array:
        """Logarithm of the density at x, or of the probability if `of_log` has atoms; any shape."""
        inside = np.log1p(np.where(x > -1, x, 0.0))
        return np.where(x > -1, self.of_log.log_density(inside) - inside, -np.inf)


def fit_in_logs(
    data: Observations, graph: nx.DiGraph, columns: Sequence[str], fit: Fit, *, seed: int = 0
) -> tuple[LogModel, Callable[[], list[Array | Law]]]:
    """Fit mechanisms with some columns in logarithms.

    Args:
        data: n rows of d variables.
        graph: a DAG over the variables.
        columns: those to take logarithms of.
        fit: what fits the mechanisms then.
        seed: for `fit`.

    Returns:
        The model, and what gives the noise seen or its law, for each variable.

    Raises:
        InputError: an unknown column, one with values that are not above 0, or what `fit` says.
    """
    unknown = [name for name in columns if name not in data.names]
    if unknown:
        raise InputError(
            f"There is no column {quoted(unknown)} to take logarithms of; use {quoted(data.names)}."
        )
    logs = np.array([name in columns for name in data.names])
    low = [
        n for n, column, log in zip(data.names, data.values.T, logs, strict=True) if log and column.min() <= 0
    ]
    if low:
        raise InputError(f"{quoted(low)} has values that are not above 0, so that it has no logarithm.")
    values = data.values.copy()
    values[:, logs] = np.log(values[:, logs])
    frame = pd.DataFrame(values, columns=data.names)
    mask = None if data.intervened is None else pd.DataFrame(data.intervened, columns=data.names)
    base = fit(observations(frame, intervened=mask), graph, seed=seed)

    def noise() -> list[Array | Law]:
        seen = base.context_noise()
        return [Relative(fit_law(e)) if log else e for e, log in zip(seen, logs, strict=True)]

    return LogModel(base, logs), noise


def log_columns(data: Observations) -> list[str]:
    """Positive columns that look far more Gaussian in logarithms, each by itself.

    The gain is that of the log-likelihood of a Gaussian per row, the Jacobian of the logarithm included.

    >>> frame = pd.DataFrame({"a": np.exp(np.linspace(-2, 2, 50)), "b": np.linspace(1, 2, 50)})
    >>> log_columns(observations(frame))
    ['a']
    """
    found = []
    for name, x in zip(data.names, data.values.T, strict=True):
        if x.min() > 0:
            log = np.log(x)
            if np.log(x.std()) - np.log(max(log.std(), 1e-300)) - log.mean() > LEAST_GAIN:
                found.append(name)
    return found


def log_likelihood(model: KernelModel | LogModel, noise: Sequence[Array | Law], rows: Array) -> float:
    """Natural logarithm of the density of all rows, under the laws of the noise."""
    nodes = list(range(len(model.names)))
    scale = model.scale_nodes(nodes, rows) if isinstance(model, LogModel) else np.ones(rows.shape)
    return float((log_density(noise_laws(noise), abduct(model, rows)) - np.log(scale)).sum())
