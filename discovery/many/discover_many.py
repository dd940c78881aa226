"""`discover_many`: the graphs of many tables, which go through the networks in batches.

Tables of one size share a pass of each network, and the processes share the tables. What is asked of a table,
and the answer, are those of :func:`discovery.discover`, but for the rounding of single precision, as sums in
a batch are taken in another order: some 1e-7.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, overload

from discovery.knowledge import Knowledge
from discovery.network.answers import DEFAULT_MODEL, Question, batch_answers, loaded_network
from discovery.network.hidden_causes import Answer
from discovery.pipeline import Prepared, finish, prepare
from discovery.prediction import Prediction
from discovery.table_warnings import warnings_of_graph, warnings_of_table
from foundation_causal.columns.row_checks import judge_rows
from foundation_causal.columns.schema import Schema
from foundation_causal.columns.type_inference import Types
from foundation_causal.errors import DataWarning, InputError
from foundation_causal.observations import Observations, Table, observations
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
from foundation_causal.runtime import check_device, one_thread

LARGEST_BATCH = 2_000_000  # n d^2 of all tables of a pass; larger passes are no faster, and take more memory
MOST_AT_ONCE = 16


class Settings(NamedTuple):
    """What is asked of each table, as for `discover`; `threads` leaves torch as many as it has."""

    types: Types | None = None
    refine: bool = True
    confounders: bool = True
    model: str = DEFAULT_MODEL
    device: str = "cpu"
    threads: bool = False


class Task(NamedTuple):
    """A table, and what is known of its graph."""

    table: Table | Observations
    knowledge: Knowledge | None = None


@overload
def discover_many(
    tables: Mapping[Hashable, Table | Observations],
    *,
    types: Types | None = None,
    knowledge: Knowledge | None = None,
    refine: bool = True,
    confounders: bool = True,
    model: str | Path = DEFAULT_MODEL,
    device: str = "cpu",
    jobs: int = 1,
    cluster: str | None = None,
    on_error: OnError = "keep",
    progress: Progress = None,
) -> dict[Hashable, Prediction | FailedTable]: ...
@overload
def discover_many(
    tables: Sequence[Table | Observations],
    *,
    types: Types | None = None,
    knowledge: Knowledge | None = None,
    refine: bool = True,
    confounders: bool = True,
    model: str | Path = DEFAULT_MODEL,
    device: str = "cpu",
    jobs: int = 1,
    cluster: str | None = None,
    on_error: OnError = "keep",
    progress: Progress = None,
) -> list[Prediction | FailedTable]: ...
def discover_many(
    tables: Any,
    *,
    types: Types | None = None,
    knowledge: Knowledge | None = None,
    refine: bool = True,
    confounders: bool = True,
    model: str | Path = DEFAULT_MODEL,
    device: str = "cpu",
    jobs: int = 1,
    cluster: str | None = None,
    on_error: OnError = "keep",
    progress: Progress = None,
) -> Any:
    """Infer the causal DAG of each of many tables, as a loop over :func:`discovery.discover` does.

    Graphs are those of the loop, and probabilities differ by the rounding of single precision, some 1e-7:
    tables of one size go through the networks together. Nothing is random, and a table's answer depends on
    neither the number of processes nor the machine that it goes to, but for that rounding.

    Args:
        tables: A list of tables, or a dictionary of them by name; they need not be alike. Each is what
            `discover` takes; one with interventions or types of its own is made by
            :func:`foundation_causal.observations`.
        types: As for `discover`, the same for all tables.
        knowledge: Likewise.
        refine: Likewise.
        confounders: Likewise.
        model: Likewise.
        device: Where the networks are computed: "cpu", or "cuda" or another that PyTorch has. The search is
            on the processor.
        jobs: How many processes, each with one thread; -1 takes one for each core.
        cluster: The address of a Dask cluster (:mod:`foundation_causal.parallel.clusters`), which
            takes the work over; `jobs` then does not count.
        on_error: "keep" puts a `FailedTable` where a graph would be; "raise" raises at the first failure.
        progress: Whether to show a bar on stderr; by default in terminals only. Or a function, which is
            called with a few words after each table.

    Returns:
        A `Prediction` or a `FailedTable` for each table, in order; by name where the tables have names.

    Raises:
        InputError: No tables, weights that cannot be used, or a cluster that does not answer; with
            `on_error="raise"` a table that cannot be used.

    Warns:
        FailedTableWarning: Some tables have no answer.
        LostWorkersWarning: Workers of the cluster died.
        DataWarning: As `discover`, once for each kind, with the number of tables and the first sentence.

    Example:
        >>> from foundation_causal.simulate import p_in
        >>> batch = p_in(["linear"]).draw(scms=2, d=4, n=100, seed=3)
        >>> found = discover_many([batch.frame(0), batch.frame(1)], refine=False)
        >>> [prediction.probabilities.shape for prediction in found]
        [(4, 4), (4, 4)]
    """
    keys, values = listed(tables)
    way = Way(jobs, cluster, on_error, progress)
    settings = Settings(types, refine, confounders, str(model), check_device(device), way.is_alone)
    tasks = [Task(table, knowledge) for table in values]
    return gathered(keys, dict(each_discovered(keys, tasks, settings, way)), tables)


def each_discovered(
    keys: Sequence[Hashable], tasks: Sequence[Task], settings: Settings, way: Way
) -> Iterator[tuple[int, Done]]:
    """Places of tables with their predictions, or why there are none, in the order in which they are done."""
    loaded_network(settings.model)  # what would stop every table stops here
    work = partial(discovered, settings=settings)
    yield from asked_of_each(work, keys, tasks, way, size=_size, doing="Finding graphs")


def _size(task: Task) -> tuple[int, int]:
    shape: tuple[int, ...] = getattr(getattr(task.table, "frame", task.table), "shape", ())
    return (shape[1], shape[0]) if len(shape) == 2 else (0, 0)


class _Begun(NamedTuple):
    """A table that is ready for the network, with what `discover` would have warned of."""

    prepared: Prepared
    schema: Schema
    warnings: tuple[DataWarning, ...]
    knowledge: Knowledge | None


def discovered(tasks: Sequence[Task], settings: Settings) -> list[Done]:
    """What becomes of each table of a chunk, in order."""
    with nullcontext() if settings.threads else one_thread():
        begun = [_begun(*task, settings) for task in tasks]
        ready = {k: one for k, one in enumerate(begun) if isinstance(one, _Begun)}
        answers: dict[int, Answer | Exception] = {}
        for places in batches(
            {k: Question(one.prepared.rows, one.prepared.constraints) for k, one in ready.items()}
        ):
            answers |= _answers({k: ready[k] for k in places}, settings)
        return [
            one if isinstance(one, Done) else _finished(one, answers[k], settings)
            for k, one in enumerate(begun)
        ]


def _begun(data: Table | Observations, knowledge: Knowledge | None, settings: Settings) -> _Begun | Done:
    try:
        table = observations(data, missing=True, types=settings.types)
        judged = judge_rows(table)
        warnings = tuple(warnings_of_table(table, judged, settings.refine))
        return _Begun(prepare(judged.table, knowledge), table.schema, warnings, knowledge)
    except Exception as error:  # whatever one table meets with is no matter of the others
        return Done(failure=said_of(error))


def batches(questions: Mapping[int, Question]) -> list[list[int]]:
    """Places of tables that go through the network together."""
    groups: dict[Hashable, list[int]] = {}
    for k, question in questions.items():
        alike = question.alike
        groups.setdefault(("alone", k) if alike is None else alike, []).append(k)
    parts = []
    for places in groups.values():
        n, d = questions[places[0]].rows.values.shape
        most = min(MOST_AT_ONCE, max(1, LARGEST_BATCH // (n * d * d)))
        parts += [places[k : k + most] for k in range(0, len(places), most)]
    return parts


def _answers(ready: Mapping[int, _Begun], settings: Settings) -> dict[int, Answer | Exception]:
    """What the network says of tables that are alike; if that fails for all at once, of one at a time."""
    questions = [Question(one.prepared.rows, one.prepared.constraints) for one in ready.values()]
    try:
        found = batch_answers(questions, settings.model, settings.confounders, settings.device)
        return dict(zip(ready, found, strict=True))
    except InputError:
        raise
    except Exception as error:
        if len(ready) == 1:
            return dict.fromkeys(ready, error)
        return {place: answer for k in ready for place, answer in _answers({k: ready[k]}, settings).items()}


def _finished(begun: _Begun, answer: Answer | Exception, settings: Settings) -> Done:
    if isinstance(answer, Exception):
        return Done(failure=said_of(answer))
    try:
        refine, confounders, model = settings.refine, settings.confounders, settings.model
        prediction = finish(begun.prepared, answer, refine=refine, confounders=confounders, model=model)
        warnings = (*begun.warnings, *warnings_of_graph(prediction, begun.knowledge))
        return Done(prediction.titled(begun.schema), warnings=warnings)
    except Exception as error:
        return Done(failure=said_of(error))
