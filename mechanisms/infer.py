"""From raw data to a causal model: structure where none is given, then mechanisms."""

from __future__ import annotations

import numbers
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
from mechanisms.kernel import fit_kernel

Data = pd.DataFrame | NDArray[np.generic] | Observations


@overload
def infer(
    data: Data, graph: nx.DiGraph | None = None, *, average: Literal[1] = 1, seed: int = 0
) -> CausalModel: ...
@overload
def infer(data: Data, graph: None = None, *, average: int, seed: int = 0) -> CausalModel | AveragedModel: ...
def infer(
    data: Data, graph: nx.DiGraph | None = None, *, average: int = 1, seed: int = 0
) -> CausalModel | AveragedModel:
    """Infer a causal model from observations, without training.

    The mechanisms are those of the closed-form kernel model (:func:`mechanisms.kernel.fit_kernel`).

    Args:
        data: n rows of d variables, n >= 20; more than 1,000 rows are drawn from, as `fit_kernel` says.
        graph: a DAG over the columns; None discovers one (:func:`discovery.discover`).
        average: over how many discovered DAGs at most, weighted by their evidence
            (:meth:`discovery.Prediction.weighted_graphs`); more than 1 makes an
            :class:`mechanisms.average.AveragedModel`.
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
        if average > 1:
            return average_models(table, prediction.weighted_graphs(average, seed), seed=seed)
        graph = prediction.graph
    model = fit_kernel(table, graph, seed=seed)
    return CausalModel(model, model.context_noise, ranges=Ranges.of(table.names, table.values))
