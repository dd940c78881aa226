"""From raw data to a causal model: structure where none is given, then mechanisms.

Binary, ordinal, categorical and count columns have mechanisms of their own (:mod:`mechanisms.discrete`).
Methods that have none take their numbers for measurements, and a warning names them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.checks import check_count, check_seed
from foundation_causal.columns.type_inference import Types
from foundation_causal.errors import DiscreteWarning, InputError, quoted, warn
from foundation_causal.graphs import check_dag
from foundation_causal.observations import Observations, observations
from mechanisms.averaged_model import AveragedModel, average_models
from mechanisms.causal_model import CausalModel
from mechanisms.discrete.mixed_model import discrete_positions, with_discrete_nodes
from mechanisms.logarithms import Logs, columns_in_logs, in_logs
from mechanisms.methods import METHODS, check_method, fit_mechanisms
from mechanisms.queries.extrapolation import Ranges

if TYPE_CHECKING:
    from discovery import Knowledge, Prediction

Data = pd.DataFrame | NDArray[np.generic] | Observations


@overload
def infer(
    data: Data,
    graph: nx.DiGraph | Prediction | None = None,
    *,
    average: Literal[1] = 1,
    knowledge: Knowledge | None = None,
    mechanisms: str = "kernel",
    logs: Logs = "auto",
    types: Types | None = None,
    seed: int = 0,
) -> CausalModel: ...
@overload
def infer(
    data: Data,
    graph: Prediction | None = None,
    *,
    average: int,
    knowledge: Knowledge | None = None,
    mechanisms: str = "kernel",
    logs: Logs = "auto",
    types: Types | None = None,
    seed: int = 0,
) -> CausalModel | AveragedModel: ...
def infer(
    data: Data,
    graph: nx.DiGraph | Prediction | None = None,
    *,
    average: int = 1,
    knowledge: Knowledge | None = None,
    mechanisms: str = "kernel",
    logs: Logs = "auto",
    types: Types | None = None,
    seed: int = 0,
) -> CausalModel | AveragedModel:
    """Infer a causal model from observations, without training.

    Args:
        data: n rows of d variables, n >= 20; of more than 1,000 rows, so many are drawn for the kernel
            model (:func:`mechanisms.fit_kernel`).
        graph: A DAG over the columns, or what :func:`discovery.discover` predicted, perhaps with a model or
            rows of its own; None discovers one from `data`.
        average: Over how many of the discovered DAGs at most, weighted by their evidence
            (:meth:`discovery.Prediction.weighted_graphs`); more than 1 makes an
            :class:`mechanisms.averaged_model.AveragedModel`.
        knowledge: What is known of the graph that is to be discovered.
        mechanisms: How they are inferred (:func:`mechanisms.methods.fit_mechanisms`): by the closed-form
            "kernel" model, the pretrained "cond-fip", or another; averages know the first only.
        logs: Columns to model in logarithms, all of them (True) or none (False); their noise is then relative
            and their samples stay positive (:mod:`mechanisms.logarithms`). "auto" takes those that are
            positive and skewed, if that makes the observations more likely.
        types: What is known of some columns' types, as for :func:`foundation_causal.observations`; the others
            are found by its rules.
        seed: The same data and seed give the same model.

    Raises:
        InputError: Data or graph cannot be used, a graph is given together with a number to average over or
            with knowledge, or the method takes no categories and there are some.

    Warns:
        DiscreteWarning: Columns with causes are discrete, and the method models them as continuous.
        SubsampleWarning: There are more rows than the graph or the mechanisms are fitted to.
        DataWarning: As :func:`discovery.discover`, where it has to find the graph.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> a = rng.normal(size=100)
        >>> data = pd.DataFrame({"a": a, "b": np.tanh(a) + 0.1 * rng.normal(size=100)})
        >>> model = infer(data, nx.DiGraph([("a", "b")]))
        >>> model.counterfactual(data.head(1), {"a": 1.0}).columns.tolist()
        ['a', 'b']
    """
    check_count("graphs to average over", average, 1)
    check_seed(seed)
    check_method(mechanisms)
    if average > 1 and mechanisms != "kernel":
        raise InputError(f"Averages are of kernel models, not of '{mechanisms}'; leave out one of the two.")
    table = observations(data, types=types)
    if not METHODS[mechanisms].every_type:
        refuse_categories(table, mechanisms)
    graphs = _weighted_graphs(table, graph, average, knowledge, seed)
    if average > 1:
        return average_models(table, graphs, logs=logs, seed=seed)
    ((graph, _),) = graphs
    within = in_logs(table, columns_in_logs(logs, table, graph, seed=seed))
    if not METHODS[mechanisms].every_type:
        warn_of_discrete(table, graph)
        model = within.in_units(fit_mechanisms(mechanisms, within.data, graph, seed=seed))
        return CausalModel(model, table, ranges=Ranges(table))
    skip = [j for j in discrete_positions(table, graph) if not within.logs[j]]
    base = within.in_units(fit_mechanisms(mechanisms, within.data, graph, seed=seed, skip=skip))
    model = with_discrete_nodes(base, table, graph, logs=within.logs, seed=seed)
    return CausalModel(model, table, ranges=Ranges(table))


def _weighted_graphs(
    table: Observations, graph: object, average: int, knowledge: Knowledge | None, seed: int
) -> list[tuple[nx.DiGraph, float]]:
    """The graph that is given, or at most `average` discovered ones, and their weights.

    Raises:
        InputError: As :func:`infer`.
    """
    if graph is not None and knowledge is not None:
        raise InputError("Knowledge is for finding a graph, and one is given; leave out one of the two.")
    if isinstance(graph, nx.Graph):
        if average > 1:
            raise InputError(
                "A graph is given, so that there are no others to average over; leave out one of the two."
            )
        return [(check_dag(graph, table.names), 1.0)]
    from discovery import Prediction, discover  # which imports torch

    if graph is None:
        prediction = discover(table, knowledge=knowledge)
    elif isinstance(graph, Prediction):
        prediction = graph
    else:
        raise InputError(
            f"The graph is of the type {type(graph).__name__}; give a networkx.DiGraph, or what discover "
            "predicted."
        )
    predicted = check_dag(prediction.graph, table.names)
    return prediction.weighted_graphs(average, seed) if average > 1 else [(predicted, 1.0)]


def refuse_categories(table: Observations, method: str) -> None:
    """Refuse columns whose numbers mean nothing, for a method that would take them for measurements.

    Raises:
        InputError: There are categorical columns with more than two levels.
    """
    names = [
        column.name for column in table.schema if column.kind == "categorical" and len(column.labels) > 2
    ]
    if names:
        every = ", ".join(f"'{name}'" for name, found in METHODS.items() if found.every_type)
        raise InputError(
            f"'{method}' takes no categorical columns with more than two levels, such as {quoted(names)}; "
            f"use {every}, or leave these columns out."
        )


def warn_of_discrete(table: Observations, graph: nx.DiGraph) -> None:
    """Warn of the discrete columns that have causes and are modelled as continuous.

    A column without causes keeps to the values that it has (:func:`mechanisms.noise.sampling.draw_noise`).
    """
    names = [c.name for c in table.schema if c.kind != "continuous" and graph.in_degree(c.name)]
    if names:
        warn(
            DiscreteWarning(
                f"{quoted(names)} hold few different values and are modelled as continuous by this method, "
                "so that samples of them lie between these; the method 'kernel' keeps to them."
            )
        )
