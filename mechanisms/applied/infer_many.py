"""`infer_many`: the causal models of many tables, each along its graph."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from foundation_causal.checks import check_seed
from foundation_causal.columns.type_inference import Types
from foundation_causal.errors import DataWarning, InputError, quoted
from foundation_causal.parallel.many import (
    Done,
    FailedTable,
    OnError,
    Progress,
    Way,
    asked_of_each,
    gathered,
    listed,
    said_of,
)
from foundation_causal.runtime import one_thread
from mechanisms.inference import Missing, infer
from mechanisms.logarithms import Logs
from mechanisms.methods import check_method


def infer_many(
    tables: Any,
    graphs: Any,
    *,
    average: int = 1,
    mechanisms: str = "kernel",
    logs: Logs = "auto",
    types: Types | None = None,
    missing: Missing = "impute",
    seed: int = 0,
    jobs: int = 1,
    cluster: str | None = None,
    on_error: OnError = "keep",
    progress: Progress = None,
) -> Any:
    """Infer a causal model of each of many tables, as a loop over :func:`mechanisms.infer` does, exactly.

    Args:
        tables: A list of tables, or a dictionary of them by name.
        graphs: The graph of each, in the same order or by the same names, as `infer` takes them: such as
            :func:`discovery.discover_many` returns them. A table whose graph failed has no model. Or one
            graph, a networkx.DiGraph, a MixedGraph or a Prediction, for all tables.
        average: As for `infer`, the same for all tables.
        mechanisms: Likewise.
        logs: Likewise.
        types: Likewise.
        missing: Likewise.
        seed: Likewise; a model depends on its table and on the seed, not on the tables beside it.
        jobs: How many processes, each with one thread; -1 takes one for each core.
        cluster: The address of a Dask cluster (:mod:`foundation_causal.parallel.clusters`), which
            takes the work over; `jobs` then does not count.
        on_error: "keep" puts a `FailedTable` where a model would be; "raise" raises at the first failure.
        progress: Whether to show a bar on stderr; by default in terminals only. Or a function, which is
            called with a few words after each table.

    Returns:
        A model, as `infer` returns it, or a `FailedTable` for each table, in order; by name where the tables
        have names.

    Raises:
        InputError: Tables and graphs that do not go together, settings that make no sense, or a cluster that
            does not answer; with `on_error="raise"` a table that cannot be used.

    Warns:
        FailedTableWarning: Some tables have no model.
        LostWorkersWarning: Workers of the cluster died.
        DataWarning: As `infer`, once for each kind, with the number of tables and the first sentence.

    Example:
        >>> import networkx as nx
        >>> from foundation_causal.simulate import p_in
        >>> batch = p_in(["linear"]).draw(scms=2, d=2, n=60, seed=3)
        >>> models = infer_many([batch.frame(0), batch.frame(1)], nx.DiGraph([("X1", "X2")]))
        >>> [model.sample(5, seed=0).shape for model in models]
        [(5, 2), (5, 2)]
    """
    keys, values = listed(tables)
    check_seed(seed)
    check_method(mechanisms)
    way = Way(jobs, cluster, on_error, progress)
    of_each = _of_each(tables, keys, graphs)
    settings = {"average": average, "mechanisms": mechanisms, "logs": logs, "types": types}
    work = partial(_inferred, settings=settings | {"missing": missing, "seed": seed}, threads=way.is_alone)
    tasks = list(zip(values, of_each, strict=True))
    return gathered(keys, dict(asked_of_each(work, keys, tasks, way, doing="Inferring models")), tables)


def _of_each(tables: Any, keys: Sequence[Any], graphs: Any) -> list[Any]:
    """The graph of each table."""
    if isinstance(graphs, list | tuple):
        if isinstance(tables, Mapping):
            raise InputError("The tables have names and the graphs have none; give both in one way.")
        if len(graphs) != len(keys):
            raise InputError(f"There are {len(keys)} tables and {len(graphs)} graphs; give one for each.")
        return list(graphs)
    if isinstance(graphs, Mapping) and not hasattr(graphs, "edges"):
        absent = [key for key in keys if key not in graphs]
        if absent:
            raise InputError(f"There is no graph for the tables {quoted(absent)}; give one for each.")
        return [graphs[key] for key in keys]
    if not hasattr(graphs, "edges"):
        raise InputError(
            f"The graphs are of the type {type(graphs).__name__}; give a list, a dictionary by name, or one "
            "graph for all tables."
        )
    return [graphs] * len(keys)


def _inferred(tasks: Sequence[tuple[Any, Any]], settings: dict[str, Any], threads: bool) -> list[Done]:
    """What becomes of each table and graph of a chunk, in order."""
    with nullcontext() if threads else one_thread():
        return [_model(data, graph, settings) for data, graph in tasks]


def _model(data: Any, graph: Any, settings: dict[str, Any]) -> Done:
    if isinstance(graph, FailedTable):
        return Done(failure=graph.reason)
    if graph is None:
        return Done(failure="It has no graph; find one with discover_many.")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DataWarning)
            model = infer(data, graph, **settings)
    except Exception as error:  # whatever one table meets with is no matter of the others
        return Done(failure=said_of(error))
    of_table = [one for one in caught if isinstance(one.message, DataWarning)]
    for other in caught:
        if other not in of_table:
            warnings.warn_explicit(other.message, other.category, other.filename, other.lineno)
    return Done(model, warnings=tuple(one.message for one in of_table))  # type: ignore[misc]
