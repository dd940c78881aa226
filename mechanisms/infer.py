"""From raw data to a causal model: structure where none is given, then mechanisms."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from functools import partial
from typing import Literal, overload

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.data import Observations, observations
from foundation_causal.errors import InputError
from mechanisms.average import AveragedModel, average_models
from mechanisms.causal_model import CausalModel
from mechanisms.extrapolation import Ranges
from mechanisms.kernel import KernelModel, fit_kernel
from mechanisms.logs import Coordinates, choose_logs, in_logs
from mechanisms.model import Array
from mechanisms.noise_law import Law

Data = pd.DataFrame | NDArray[np.generic] | Observations


Logs = Literal["auto"] | bool | Sequence[str]


@overload
def infer(
    data: Data,
    graph: nx.DiGraph | None = None,
    *,
    average: Literal[1] = 1,
    logs: Logs = "auto",
    seed: int = 0,
) -> CausalModel: ...
@overload
def infer(
    data: Data, graph: None = None, *, average: int, logs: Logs = "auto", seed: int = 0
) -> CausalModel | AveragedModel: ...
def infer(
    data: Data,
    graph: nx.DiGraph | None = None,
    *,
    average: int = 1,
    logs: Logs = "auto",
    seed: int = 0,
) -> CausalModel | AveragedModel:
    """Infer a causal model from observations, without training.

    The mechanisms are those of the closed-form kernel model (:func:`mechanisms.kernel.fit_kernel`).

    Args:
        data: n rows of d variables, n >= 20; more than 1,000 rows are drawn from, as `fit_kernel` says.
        graph: a DAG over the columns; None discovers one (:func:`discovery.discover`).
        average: over how many discovered DAGs at most, weighted by their evidence
            (:meth:`discovery.Prediction.weighted_graphs`); more than 1 makes an
            :class:`mechanisms.average.AveragedModel`.
        logs: columns to model in logarithms, all of them (True) or none (False); their noise is then relative
            and their samples stay positive (:mod:`mechanisms.logs`). "auto" takes those that are positive and
            skewed, if that makes the observations more likely.
        seed: the same data and seed give the same model.

    Raises:
        InputError: data or graph cannot be used, or a graph is given together with a number to average over.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> a = rng.normal(size=100)
        >>> data = pd.DataFrame({"a": a, "b": np.tanh(a) + 0.1 * rng.normal(size=100)})
        >>> model = infer(data, nx.DiGraph([("a", "b")]))
        >>> model.counterfactual(data.head(1), {"a": 1.0}).columns.tolist()
        ['a', 'b']
    """
    if isinstance(average, bool) or not isinstance(average, numbers.Integral) or average < 1:
        raise InputError(f"The number of graphs to average over is {average!r}; give a whole number above 0.")
    if graph is not None and average > 1:
        raise InputError(
            "A graph is given, so that there are no others to average over: leave out one of the two."
        )
    table = observations(data)
    if graph is None:
        from discovery import discover

        prediction = discover(table)
        graph = prediction.graph
        if average > 1:
            graphs, columns = prediction.weighted_graphs(average, seed), _columns(logs, table, graph, seed)
            return average_models(table, graphs, logs=columns, seed=seed)
    within = in_logs(table, _columns(logs, table, graph, seed))
    model = fit_kernel(within.data, graph, seed=seed)
    return CausalModel(
        within.model(model),
        partial(_noise, within, model),
        ranges=Ranges.of(table.names, table.values),
    )


def _noise(within: Coordinates, model: KernelModel) -> list[Array | Law]:
    """The noise that the observations had, in the user's units."""
    return within.noise(model.context_noise())


def _columns(logs: Logs, data: Observations, graph: nx.DiGraph, seed: int) -> Sequence[str]:
    """The columns to model in logarithms."""
    if isinstance(logs, str):
        if logs != "auto":
            raise InputError(f"logs is '{logs}'; give \"auto\", True, False or a list of columns.")
        return choose_logs(data, graph, seed=seed)
    if isinstance(logs, bool):
        return data.names if logs else []
    return list(logs)
