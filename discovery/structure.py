"""`discover`: from a table of observations to a DAG, with a pretrained network and no training."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from discovery.calibration import after_search
from discovery.dag import most_probable_dag
from discovery.edge_transformer import EdgeTransformer
from discovery.prediction import Prediction
from discovery.refine import refine as refined
from discovery.refine import thin
from foundation_causal.data import Observations, observations
from foundation_causal.errors import InputError
from foundation_causal.graphs import from_adjacency
from foundation_causal.pretrained import WEIGHTS, bundled_models, load_pretrained, parameter_count
from foundation_causal.threads import one_thread

DEFAULT_MODEL = "edge-transformer"
THRESHOLD = 0.5  # of an edge in the unrefined graph
LARGEST_TENSOR = 20_000_000  # entries of a tensor [n, d, d] of statistics; larger tables are thinned


def discover(
    data: pd.DataFrame | np.ndarray | Observations,
    *,
    refine: bool = True,
    model: str | Path = DEFAULT_MODEL,
) -> Prediction:
    """Infer a causal DAG from observations.

    A pretrained edge transformer gives every ordered pair of columns a probability; its most probable
    DAG is then refined by a short score search (`discovery.refine`), whose verdict in turn updates the
    probabilities (`discovery.calibration`). The answer does not depend on the
    units of the columns, nor on the order of rows and columns. Nothing is random.

    Args:
        data: `n` rows of `d` variables, at least 20 rows.
        refine: Whether to search; without it the answer is the network's alone.
        model: A bundled model, a model folder, or a hub id.

    Returns:
        A `Prediction`: `.probabilities`, `.graph`, `.sample_graphs(k)`.

    Raises:
        InputError: Data or weights that cannot be used.

    Example:
        >>> from foundation_causal.simulate import p_in
        >>> prediction = discover(p_in(["linear"]).draw(scms=1, d=5, n=200, seed=3).frame(0))
        >>> prediction.probabilities.shape
        (5, 5)
    """
    table = observations(data)
    if table.intervened is not None and table.intervened.any():
        raise InputError(
            f"{int(table.intervened.any(1).sum())} of the rows hold interventions, which structure discovery "
            "cannot use yet: pass only the rows without interventions."
        )
    x = standardized(table.values)
    probabilities = edge_probabilities(x, model)
    if refine:
        with one_thread():
            adjacency, family = refined(x, probabilities)
        probabilities = after_search(probabilities, adjacency)
    else:
        adjacency, family = most_probable_dag(probabilities, THRESHOLD), None
    graph = from_adjacency(adjacency, table.names)
    frame = pd.DataFrame(probabilities, index=table.names, columns=table.names)
    for (cause, effect), probability in zip(graph.edges, probabilities[adjacency], strict=True):
        graph.edges[cause, effect]["probability"] = float(probability)
    return Prediction(frame, graph, family)


def edge_probabilities(x: np.ndarray, model: str | Path = DEFAULT_MODEL) -> np.ndarray:
    """The network's probability of every edge: standardized rows `[n, d]` -> `[d, d]`."""
    network = _network(str(model))
    rows = thin(x, max(1000, LARGEST_TENSOR // x.shape[1] ** 2))
    return network.probabilities(torch.tensor(rows)[None])[0].double().numpy()


def models() -> list[dict[str, str | int]]:
    """The bundled structure models: name, kind, number of parameters, folder and what they are for."""
    if DEFAULT_MODEL not in bundled_models():
        return []
    return [
        {
            "name": DEFAULT_MODEL,
            "kind": "structure",
            "parameters": parameter_count(_network(DEFAULT_MODEL)),
            "folder": str(WEIGHTS / DEFAULT_MODEL),
            "about": "Edge transformer on closed-form pair statistics, trained on P_IN with Gaussian and "
            "Laplace noise and on the prior 'wide'.",
        }
    ]


@lru_cache(maxsize=4)
def _network(source: str) -> EdgeTransformer:
    return load_pretrained(EdgeTransformer, source)


def standardized(values: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and variance 1, `[n, d]` -> `[n, d]`."""
    # Dividing by the largest magnitude first keeps the squares of extreme units finite.
    centred = values - values.mean(0)
    centred = centred / np.abs(centred).max(0)
    return centred / centred.std(0)
