"""From raw data to a causal model: structure where none is given, then mechanisms.

Columns of counts and codes are modelled as if they were continuous, and a warning names them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, overload

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.checks import check_count, check_seed
from foundation_causal.columns.row_checks import about_copies, copies
from foundation_causal.errors import CopiedRowsWarning, DiscreteWarning, InputError, quoted, warn
from foundation_causal.graphs import check_dag
from foundation_causal.observations import Observations, observations
from foundation_causal.types import Array
from mechanisms.averaged_model import AveragedModel, average_models
from mechanisms.causal_model import CausalModel
from mechanisms.logarithms import Logs, columns_in_logs, in_logs
from mechanisms.methods import check_method, fit_mechanisms
from mechanisms.queries.extrapolation import Ranges

if TYPE_CHECKING:
    from discovery import Knowledge, Prediction

FEW = 20  # different whole numbers; with so many or more, a column may well pass for continuous
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
        seed: The same data and seed give the same model.

    Raises:
        InputError: Data or graph cannot be used, or a graph is given together with a number to average over
            or with knowledge.

    Warns:
        DiscreteWarning: Columns with causes hold few different whole numbers, and are modelled as continuous.
        CopiedRowsWarning: Rows are copies of others.
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
    table = observations(data)
    graphs = _weighted_graphs(table, graph, average, knowledge, seed)
    warn_of_discrete(table, [candidate for candidate, _ in graphs])
    if average > 1:
        return average_models(table, graphs, logs=logs, seed=seed)
    ((graph, _),) = graphs
    within = in_logs(table, columns_in_logs(logs, table, graph, seed=seed))
    model = within.in_units(fit_mechanisms(mechanisms, within.data, graph, seed=seed))
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
        for finding in about_copies(len(table.frame), copies(table)):
            counts = "(the mechanisms count every copy, so that intervals are too narrow)"
            warn(CopiedRowsWarning(f"{finding.sentence.removesuffix('.')} {counts}."))
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


def warn_of_discrete(table: Observations, graphs: Iterable[nx.DiGraph]) -> None:
    """Warn of the columns of few whole numbers that have causes in one of the graphs.

    A column without causes keeps to the values that it has (:func:`mechanisms.noise.sampling.draw_noise`).
    """
    caused = {str(name) for graph in graphs for name, causes in graph.in_degree() if causes}
    discrete = [
        name
        for name, column in zip(table.names, table.values.T, strict=True)
        if name in caused and few_whole_numbers(column)
    ]
    if discrete:
        warn(
            DiscreteWarning(
                f"Few different values, all of them whole numbers, stand in {quoted(discrete)}: modelled as "
                "continuous, so that samples of them are not whole."
            )
        )


def few_whole_numbers(column: Array) -> bool:
    """Whether a column `[n]` holds whole numbers only, and fewer than `FEW` different ones.

    >>> few_whole_numbers(np.array([0.0, 1.0, 1.0])), few_whole_numbers(np.arange(20.0))
    (True, False)
    """
    return bool((column == np.round(column)).all()) and len(np.unique(column)) < FEW
