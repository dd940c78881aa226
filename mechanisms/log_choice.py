"""Which columns to model in logarithms: those asked for, or those of which the observations say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import networkx as nx
import numpy as np
import pandas as pd

from foundation_causal.data import Observations, observations
from foundation_causal.errors import InputError
from mechanisms.kernel import KernelModel, fit_kernel, free_entries, row_order
from mechanisms.logs import in_logs
from mechanisms.model import Array
from mechanisms.noise_fit import fit_law
from mechanisms.noise_law import Atoms

Logs = Literal["auto"] | bool | Sequence[str]

LEAST_GAIN = 0.1  # nats a row by which a column alone must gain to be tried
FEW_VALUES = 20  # of a column that counts as discrete
TRIED_ROWS = 200  # from which the choice is made
SCALE_FREEDOM = 4.0  # parameters for which a scale that depends on the parents counts


def columns_in_logs(logs: Logs, data: Observations, graph: nx.DiGraph, *, seed: int = 0) -> Sequence[str]:
    """The columns to model in logarithms: those named, all (True), none (False), or :func:`choose_logs`.

    Raises:
        InputError: a word other than "auto", or what is no list of names.
    """
    asked = named_logs(logs, data)
    return choose_logs(data, graph, seed=seed) if asked is None else asked


def named_logs(logs: Logs, data: Observations) -> Sequence[str] | None:
    """The columns that are named, all (True) or none (False); None for "auto", which leaves the choice open.

    Raises:
        InputError: a word other than "auto", or what is no list of names.
    """
    if isinstance(logs, str) and logs == "auto":
        return None
    if isinstance(logs, bool):
        return data.names if logs else []
    if isinstance(logs, str) or not isinstance(logs, Iterable):
        raise InputError(f'logs is {logs!r}; give "auto", True, False or a list of columns.')
    return [str(name) for name in logs]


def choose_logs(data: Observations, graph: nx.DiGraph, *, seed: int = 0) -> list[str]:
    """The columns that are better modelled in logarithms: all that :func:`log_columns` names, or none.

    All, if the kernel model of the logarithms makes the observations more likely, Jacobian included, than
    that of the values, both by the noise that they leave to at most `TRIED_ROWS` rows. The scale of the noise
    may depend on the parents, but not that of a logarithm, so that the two ways to say why noise grows
    compete. The more flexible one pays for its freedom, as by Schwarz's criterion.
    """
    columns = log_columns(data)
    if not columns:
        return []
    order = row_order(data.values, data.names, seed)[:TRIED_ROWS]
    frame = pd.DataFrame(data.values[order], columns=data.names)
    mask = None if data.intervened is None else data.intervened[order]
    try:
        few = observations(frame, intervened=mask, min_rows=1)
        within = in_logs(few, columns)
        plain, moved = fit_kernel(few, graph, seed=seed), fit_kernel(within.data, graph, seed=seed)
    except InputError:  # so few rows may leave a column constant, or set in all of them
        return []
    jacobian = [np.log(plain.rows[j][:, j]).mean() if log else 0.0 for j, log in enumerate(within.logs)]
    moved = moved.with_one_scale(np.flatnonzero(within.logs))
    gain = np.nansum(mean_log_densities(moved) - jacobian - mean_log_densities(plain))
    more = _scales(plain) - _scales(moved)
    return columns if gain + more * SCALE_FREEDOM * np.log(len(order)) / (2 * len(order)) > 0 else []


def _scales(model: KernelModel) -> int:
    """Of how many variables the noise has a scale that depends on the parents."""
    return sum(one is not None and one.spread is not None for one in model.regressions)


def mean_log_densities(model: KernelModel) -> Array:
    """Of a fitted row, for each variable, under the law of its noise, shape [d].

    NaN where that law has no density.
    """
    found = np.full(len(model.names), np.nan)
    for j, noise in enumerate(model.context_noise()):
        law = fit_law(noise)
        if not isinstance(law, Atoms):
            scale = model.scale_nodes([j], model.rows[j][: len(noise)])[:, 0]
            found[j] = (law.log_density(noise) - np.log(scale)).mean()
    return found


def log_columns(data: Observations) -> list[str]:
    """Positive columns of many values that are far more Gaussian in logarithms, each by itself.

    The gain is that of the log-likelihood of a Gaussian per row, the Jacobian of the logarithm included.
    Values that were set by intervention must be positive, too, but do not count otherwise.

    >>> frame = pd.DataFrame({"a": np.exp(np.linspace(-2, 2, 50)), "b": np.linspace(1, 2, 50)})
    >>> log_columns(observations(frame))
    ['a']
    """
    found = []
    for name, column, free in zip(data.names, data.values.T, free_entries(data).T, strict=True):
        x = column[free]
        if column.min() > 0 and len(np.unique(x)) > FEW_VALUES:
            log = np.log(x)
            if np.log(x.std()) - np.log(max(log.std(), 1e-300)) - log.mean() > LEAST_GAIN:
                found.append(name)
    return found
