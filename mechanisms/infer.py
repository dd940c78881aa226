"""From raw data to a causal model: structure where none is given, then mechanisms."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.data import Observations, observations
from mechanisms.causal_model import CausalModel
from mechanisms.extrapolation import Ranges
from mechanisms.kernel import fit_kernel


def infer(
    data: pd.DataFrame | NDArray[np.generic] | Observations,
    graph: nx.DiGraph | None = None,
    *,
    seed: int = 0,
) -> CausalModel:
    """Infer a causal model from observations, without training.

    The mechanisms are those of the closed-form kernel model (:func:`mechanisms.kernel.fit_kernel`).

    Args:
        data: n rows of d variables, n >= 20; more than 1,000 rows are drawn from, as `fit_kernel` says.
        graph: a DAG over the columns; None discovers one (:func:`discovery.discover`).
        seed: the same data and seed give the same model.

    Raises:
        InputError: data or graph cannot be used.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> a = rng.normal(size=100)
        >>> data = pd.DataFrame({"a": a, "b": np.tanh(a) + 0.1 * rng.normal(size=100)})
        >>> model = infer(data, nx.DiGraph([("a", "b")]))
        >>> model.counterfactual(data.head(1), {"a": 1.0}).columns.tolist()
        ['a', 'b']
    """
    table = observations(data)
    if graph is None:
        from discovery import discover

        graph = discover(table).graph
    model = fit_kernel(table, graph, seed=seed)
    return CausalModel(model, model.context_noise, ranges=Ranges.of(table.names, table.values))
