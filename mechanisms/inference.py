"""From raw data to a causal model: structure where none is given, then mechanisms.

Binary, ordinal, categorical and count columns have mechanisms of their own (:mod:`mechanisms.discrete`).
Methods that have none take their numbers for measurements, and a warning names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args, overload

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.checks import check_count, check_seed
from foundation_causal.columns.column_checks import about_hiding, about_spoiled
from foundation_causal.columns.export_checks import export_warnings
from foundation_causal.columns.linear_dependence import dependences
from foundation_causal.columns.row_checks import about_copies, copies
from foundation_causal.columns.type_inference import Types
from foundation_causal.errors import (
    CopiedRowsWarning,
    DependentColumnsWarning,
    DiscreteWarning,
    InputError,
    MissingValuesWarning,
    SpoiledValuesWarning,
    counted,
    quoted,
    warn,
)
from foundation_causal.graphs import check_admg, check_dag
from foundation_causal.graphs.edge_marks import ATTRIBUTE, BIDIRECTED
from foundation_causal.graphs.mixed_graph import MixedGraph
from foundation_causal.observations import Observations, observations
from foundation_causal.runtime import check_memory
from mechanisms.averaged_model import AveragedModel, average_models
from mechanisms.causal_model import CausalModel
from mechanisms.discrete.mixed_model import discrete_positions, with_discrete_nodes
from mechanisms.logarithms import Logs, columns_in_logs, in_logs
from mechanisms.methods import METHODS, check_method, fit_mechanisms, refuse_categories
from mechanisms.noise.plausible_samples import with_plausible_samples
from mechanisms.queries.extrapolation import Ranges

if TYPE_CHECKING:
    from discovery import Knowledge, Prediction
    from mechanisms.gaps.imputed_model import ImputedModel
    from mechanisms.hidden_causes.confounded_model import ConfoundedModel

Missing: TypeAlias = Literal["impute", "complete"]
MOST_AVERAGED = 1000  # graphs, each with mechanisms of its own
# Numbers that a fit holds at once, by which memory is asked for beforehand: copies of the table, those of a
# matrix of pairs of rows, of which no more than so many are taken, and what stays of each column's mechanism.
ROW_COPIES, PAIR_COPIES, MOST_PAIRED, OF_A_COLUMN = 8, 14, 1000, 80_000
Data = pd.DataFrame | NDArray[np.generic] | Observations


@overload
def infer(
    data: Data,
    graph: MixedGraph,
    *,
    average: Literal[1] = 1,
    knowledge: None = None,
    mechanisms: str = "kernel",
    logs: Logs = "auto",
    types: Types | None = None,
    missing: Missing = "impute",
    seed: int = 0,
) -> ConfoundedModel: ...
@overload
def infer(
    data: Data,
    graph: Any = None,
    *,
    average: Literal[1] = 1,
    knowledge: Knowledge | None = None,
    mechanisms: str = "kernel",
    logs: Logs = "auto",
    types: Types | None = None,
    missing: Literal["complete"],
    seed: int = 0,
) -> CausalModel: ...
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
    missing: Missing = "impute",
    seed: int = 0,
) -> CausalModel | ImputedModel: ...
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
    missing: Missing = "impute",
    seed: int = 0,
) -> CausalModel | AveragedModel: ...
def infer(
    data: Data,
    graph: Any = None,
    *,
    average: int = 1,
    knowledge: Knowledge | None = None,
    mechanisms: str = "kernel",
    logs: Logs = "auto",
    types: Types | None = None,
    missing: Missing = "impute",
    seed: int = 0,
) -> CausalModel | AveragedModel | ConfoundedModel:
    """Infer a causal model from observations, without training.

    Args:
        data: n rows of d variables, n >= 20; of more than 10,000 rows, so many are drawn for the kernel
            model (:func:`mechanisms.fit_kernel`), and 1,000 for Cond-FiP.
        graph: A DAG over the columns, in whatever form :func:`foundation_causal.graphs.as_graph` takes, or
            what :func:`discovery.discover` predicted, perhaps with a model or rows of its own; None discovers
            one from `data`. A :class:`foundation_causal.MixedGraph`, or a graph with edges marked "<->", says
            which pairs share a hidden cause, and makes a
            :class:`mechanisms.hidden_causes.confounded_model.ConfoundedModel` of the complete rows.
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
        missing: What to do about rows with missing values: "impute" draws what is missing from the model
            itself, several times (:class:`mechanisms.gaps.imputed_model.ImputedModel`); "complete" leaves
            such rows out, as averages over graphs always do.
        seed: The same data and seed give the same model.

    Raises:
        InputError: Data or graph cannot be used, a graph is given together with a number to average over or
            with knowledge, or the method takes no categories and there are some.

    Warns:
        CopiedRowsWarning: Rows are copies of others.
        SpoiledValuesWarning: Values are far out, and no other column follows them.
        AlikeLabelsWarning, MissingCodeWarning, RepeatedUnitsWarning, RowCounterWarning, TotalsRowWarning: As
            for `discover`.
        DependentColumnsWarning: Columns are shares of a whole, and the graph makes none the rest of it.
        DiscreteWarning: Columns with causes are discrete, and the method models them as continuous.
        SubsampleWarning: There are more rows than the graph or the mechanisms are fitted to.
        MissingValuesWarning: Rows were left out, or values were imputed.
        SimplerNoiseWarning: Samples of columns would leave the data far behind.
        DataWarning: As :func:`discovery.discover`, where it has to find the graph.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> a = rng.normal(size=100)
        >>> data = pd.DataFrame({"a": a, "b": np.tanh(a) + 0.1 * rng.normal(size=100)})
        >>> model = infer(data, nx.DiGraph([("a", "b")]))
        >>> model.counterfactual(data.head(1), {"a": 1.0}).columns.tolist()
        ['a', 'b']
    """
    check_count("graphs to average over", average, 1, MOST_AVERAGED)
    check_seed(seed)
    check_method(mechanisms)
    if average > 1 and mechanisms != "kernel":
        raise InputError(f"Averages are of kernel models, not of '{mechanisms}'; leave out one of the two.")
    if missing not in get_args(Missing):
        raise InputError(f'missing is {missing!r}; give "impute" or "complete".')
    table = observations(data, types=types, missing=True)
    if not METHODS[mechanisms].every_type:
        refuse_categories(table.schema, f"'{mechanisms}'")
    mixed = _mixed_graph(graph, table)
    if mixed is not None and not mixed.is_dag:
        warn_of_shares(table, [mixed.directed])
        return _confounded(table, mixed, average, knowledge, mechanisms, logs=logs, seed=seed)
    graph = graph if mixed is None else mixed.directed
    graphs = _weighted_graphs(table, graph, average, knowledge, seed)
    warn_of_shares(table, [dag for dag, _ in graphs])
    gaps = bool(table.frame.isna().to_numpy().any())
    imputes = gaps and missing == "impute" and average == 1
    if gaps:
        complete = int(table.frame.notna().all(axis=1).sum())
        warn_of_missing(table, complete, imputes=imputes)
        table = table if imputes else table.complete()
    if average > 1:
        return average_models(table, graphs, logs=logs, seed=seed)
    ((graph, _),) = graphs
    if not METHODS[mechanisms].every_type:
        warn_of_discrete(table, graph)
    if not imputes:
        return fitted_model(table, graph, mechanisms, logs=logs, seed=seed)
    from mechanisms.gaps.imputed_model import DRAWS, impute  # only tables with gaps need it

    draws = 1 if METHODS[mechanisms].trains else DRAWS
    fit = partial(fitted_model, graph=graph, method=mechanisms, logs=logs, seed=seed)
    return impute(table, fit, graph, draws=draws, seed=seed)


def fitted_model(
    table: Observations,
    graph: nx.DiGraph,
    method: str,
    *,
    logs: Logs = "auto",
    seed: int = 0,
    rough: bool = False,
) -> CausalModel:
    """The causal model of a complete table along a DAG, by one of the methods.

    Args:
        table: Without missing values.
        graph: Over its columns.
        method: One of `METHODS`.
        logs: As for :func:`infer`.
        seed: The same data and seed give the same model.
        rough: Whether functions that turn sharply take part, where the method has such.

    Raises:
        InputError: As :func:`infer`, or there is too little memory.
    """
    n, d = table.frame.shape
    held = ROW_COPIES * n * d + PAIR_COPIES * min(n, MOST_PAIRED) ** 2 + OF_A_COLUMN * d
    check_memory(f"mechanisms of {d} columns from {n:,} rows", held)
    within = in_logs(table, columns_in_logs(logs, table, graph, seed=seed))
    if not METHODS[method].every_type:
        model = within.in_units(fit_mechanisms(method, within.data, graph, seed=seed))
        return CausalModel(model, table, ranges=Ranges(table))
    discrete = discrete_positions(table, graph, within.logs)
    sharp = {"rough": True} if rough and METHODS[method].rough else {}
    base = within.in_units(fit_mechanisms(method, within.data, graph, seed=seed, skip=discrete, **sharp))
    model = with_discrete_nodes(base, table, graph, discrete, logs=within.logs, seed=seed)
    return with_plausible_samples(CausalModel(model, table, ranges=Ranges(table)))


def warn_of_shares(table: Observations, graphs: Sequence[nx.DiGraph]) -> None:
    """Warn of columns that are shares of a whole, if no mechanism of some graph makes one the rest of it.

    Where one column has all the others for causes, as after a discovery, its mechanism keeps the sum.

    Warns:
        DependentColumnsWarning: There are such columns.
    """
    for found in filter(attrgetter("is_closed"), dependences(table)):
        members = set(found.members)
        is_kept = all(any(members - {m} <= set(dag.predecessors(m)) for m in members) for dag in graphs)
        if not is_kept:
            warn(
                DependentColumnsWarning(
                    f"{found.equation} in every row, which no mechanism of the graph knows: samples need not "
                    f"keep to it, nor what an intervention leaves; leave out '{found.column}', or make it "
                    "the effect of all the others."
                )
            )


def _mixed_graph(graph: object, table: Observations) -> MixedGraph | None:
    """What is given as a mixed graph, over the columns; None if it is anything else.

    Raises:
        InputError: It is no acyclic directed mixed graph over the columns.
    """
    marked = isinstance(graph, nx.DiGraph) and BIDIRECTED in nx.get_edge_attributes(graph, ATTRIBUTE).values()
    return check_admg(graph, table.names) if marked or isinstance(graph, MixedGraph) else None


def _confounded(
    table: Observations,
    graph: MixedGraph,
    average: int,
    knowledge: Knowledge | None,
    method: str,
    *,
    logs: Logs,
    seed: int,
) -> ConfoundedModel:
    """The model of the complete rows along a graph with hidden causes.

    Raises:
        InputError: As :func:`infer`.
    """
    from mechanisms.hidden_causes.confounded_model import ConfoundedModel
    from mechanisms.hidden_causes.split_model import pillow_dag

    if average > 1 or knowledge is not None:
        raise InputError(
            "A graph is given, so that there is nothing to average or to find; leave out the rest."
        )
    if table.frame.isna().to_numpy().any():
        warn_of_missing(table, int(table.frame.notna().all(axis=1).sum()), imputes=False)
        table = table.complete()
    dag = pillow_dag(graph)
    _warn_of_table(table)
    if not METHODS[method].every_type:
        warn_of_discrete(table, dag)
    free = table if table.intervened is None else _free_of_mates(table, graph)
    # A smooth function misses a sharp turn by more than its interval, and estimands hang on functions alone.
    fit = partial(fitted_model, free, method=method, logs=logs, seed=seed, rough=True)
    return ConfoundedModel(fit(dag), graph, fit)


def _free_of_mates(table: Observations, graph: MixedGraph) -> Observations:
    """The table in which a value counts as set where its district was touched.

    What its hidden causes make of the others is then not seen in that row.
    """
    assert table.intervened is not None
    touched = table.intervened.copy()
    for group in graph.districts():
        columns = [table.names.index(name) for name in group]
        touched[:, columns] |= table.intervened[:, columns].any(1, keepdims=True)
    return replace(table, intervened=touched)


def _warn_of_table(table: Observations) -> None:
    """Warn of copied rows, of values that look spoiled, and of what the table still holds of an export."""
    for warning in export_warnings(table):
        warn(warning)
    for finding in about_copies(len(table.frame), copies(table)):
        counts = "(the mechanisms count every copy, so that intervals are too narrow)"
        warn(CopiedRowsWarning(f"{finding.begun} {counts}."))
    for finding in about_spoiled(table):
        taken = "(the mechanisms take them as they are, so that noise and effects may be off)"
        warn(SpoiledValuesWarning(f"{finding.begun} {taken}."))
    for finding in about_hiding(table):
        taken = "(as they are, noise and effects may be off)"
        warn(SpoiledValuesWarning(f"{finding.begun} {taken}."))


def _weighted_graphs(
    table: Observations, graph: object, average: int, knowledge: Knowledge | None, seed: int
) -> list[tuple[nx.DiGraph, float]]:
    """The graph that is given, or at most `average` discovered ones, and their weights.

    Raises:
        InputError: As :func:`infer`.
    """
    if graph is not None and knowledge is not None:
        raise InputError("Knowledge is for finding a graph, and one is given; leave out one of the two.")
    from discovery import Prediction

    if graph is not None and not isinstance(graph, Prediction):
        if average > 1:
            raise InputError(
                "A graph is given, so that there are no others to average over; leave out one of the two."
            )
        dag = check_dag(graph, table.names)
        _warn_of_table(table)
        return [(dag, 1.0)]
    if graph is None:
        from discovery import discover  # needs torch, which mechanisms along a given graph do not

        graph = discover(table, knowledge=knowledge)
    prediction: Prediction = graph
    predicted = check_dag(prediction.graph, table.names)
    return prediction.weighted_graphs(average, seed) if average > 1 else [(predicted, 1.0)]


def warn_of_missing(table: Observations, complete: int, *, imputes: bool) -> None:
    """Say how many values are missing, and what is done about it."""
    count, rows = int(table.frame.isna().to_numpy().sum()), len(table.frame)
    done = "are drawn from the model itself, which is right where they are missing at random"
    if not imputes:
        done = f"leave {counted(complete, 'complete row')} of {rows:,}, from which alone the mechanisms come"
    done = done if count > 1 else done.replace("are drawn", "is drawn").replace("they are", "it is")
    warn(MissingValuesWarning(f"{counted(count, 'missing value')} {done}."))


def warn_of_discrete(table: Observations, graph: nx.DiGraph) -> None:
    """Warn of the discrete columns that have causes and are modelled as continuous.

    A column without causes keeps to the values that it has (:func:`mechanisms.noise.sampling.draw_noise`).
    """
    names = [c.name for c in table.schema if c.kind != "continuous" and graph.in_degree(c.name)]
    if names:
        warn(
            DiscreteWarning(
                f"{quoted(names)} hold few different values and are modelled as continuous by this method, "
                "so that samples of them have other values as well; the method 'kernel' keeps to them."
            )
        )
