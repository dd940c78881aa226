"""The same question about many tables: chunks of them to workers, answers in order, failures kept apart."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from foundation_causal.errors import (
    DataWarning,
    FailedTableWarning,
    InputError,
    counted,
    quoted,
    reason,
    said,
    warn,
)
from foundation_causal.parallel.spread import spread
from foundation_causal.runs import Unfinished, finished

OnError: TypeAlias = Literal["keep", "raise"]
Progress: TypeAlias = "bool | Callable[[str], None] | None"
LARGEST_CHUNK = 16  # tables that a worker gets at a time
CHUNKS_EACH = 4  # at least so many for each worker, where there are enough tables, so that none waits long


@dataclass(frozen=True)
class FailedTable:
    """A table without an answer.

    Attributes:
        table: Its key, or its place from 0 on in a list.
        reason: Why there is no answer, in a sentence.
    """

    table: Hashable
    reason: str


class Done(NamedTuple):
    """What became of one table.

    Attributes:
        answer: The answer; None if there is none.
        failure: Why there is none.
        warnings: What to doubt.
    """

    answer: Any = None
    failure: str | None = None
    warnings: tuple[DataWarning, ...] = ()


@dataclass(frozen=True)
class Way:
    """How many tables are gone through.

    Attributes:
        jobs: How many processes; -1 takes one for each core.
        cluster: The address of a cluster, which takes the work over.
        on_error: "keep" puts a :class:`FailedTable` where an answer would be; "raise" raises at the first.
        progress: Whether to show a bar, in terminals by default; or what is called with a few words.
    """

    jobs: int = 1
    cluster: str | None = None
    on_error: OnError = "keep"
    progress: Progress = None

    def __post_init__(self) -> None:
        if self.on_error not in get_args(OnError):
            raise InputError(f'on_error is {said(self.on_error)}; give "keep" or "raise".')
        whole = isinstance(self.jobs, int) and not isinstance(self.jobs, bool)
        if not whole or not (self.jobs == -1 or 1 <= self.jobs <= 1000):
            raise InputError(
                f"The number of jobs is {said(self.jobs)}; give 1 or more, or -1 for one for each core."
            )

    @property
    def is_alone(self) -> bool:
        """Whether this process does all by itself."""
        return self.jobs == 1 and self.cluster is None


def listed(tables: Any) -> tuple[list[Hashable], list[Any]]:
    """The keys of tables, or their places, and the tables.

    Raises:
        InputError: They are neither a list nor a mapping, or there are none.
    """
    if isinstance(tables, Mapping):
        keys, values = list(tables), list(tables.values())
    elif isinstance(tables, Sequence) and not isinstance(tables, str | bytes):
        keys, values = list(range(len(tables))), list(tables)
    else:
        raise InputError(
            f"The tables are of the type {type(tables).__name__}; give a list, or a dictionary by name."
        )
    if not values:
        raise InputError("There are no tables; give at least one.")
    return keys, values


def asked_of_each(
    work: Callable[[Sequence[Any]], list[Done]],
    keys: Sequence[Hashable],
    tasks: Sequence[Any],
    way: Way,
    *,
    size: Callable[[Any], Any] = lambda task: 0,
    doing: str = "Tables",
) -> Iterator[tuple[int, Done]]:
    """Do `work` on chunks of like tasks, and give each task's place with what became of it.

    A process that dies takes the other tables of its chunk with it; each of them is tried again by itself.

    Args:
        work: Gives what became of each task of a chunk, in order; a function that can be imported by name.
        keys: What the tasks are called.
        tasks: A table each, with whatever belongs to it.
        way: How.
        size: Tasks of one size go together, the largest first.
        doing: What the bar calls the work.

    Raises:
        InputError: A task failed and `way` does not keep failures, or the cluster cannot be used.
    """
    from joblib import effective_n_jobs

    workers = effective_n_jobs(way.jobs) if way.cluster is None else 8
    order = sorted(range(len(tasks)), key=lambda k: size(tasks[k]), reverse=True)
    most = min(LARGEST_CHUNK, max(1, -(-len(tasks) // (CHUNKS_EACH * workers))))
    chunks = [order[k : k + most] for k in range(0, len(order), most)]
    with _telling(way.progress, len(tasks), doing) as tell:
        for chunk, done in _chunks_done(work, tasks, chunks, workers, way.cluster):
            for place, one in zip(chunk, done, strict=True):
                if one.failure is not None and way.on_error == "raise":
                    raise InputError(f"Table {said(keys[place])}: {one.failure}")
                tell()
                yield place, one


def _chunks_done(
    work: Callable[[Sequence[Any]], list[Done]],
    tasks: Sequence[Any],
    chunks: list[list[int]],
    workers: int,
    cluster: str | None,
) -> Iterator[tuple[list[int], list[Done]]]:
    if cluster is not None:
        for k, there in spread(
            work, [[tasks[place] for place in chunk] for chunk in chunks], cluster=cluster
        ):
            yield chunks[k], there
        return
    again: list[_Job] = []
    for job, done in finished(_Job.do, [_Job(c, [tasks[k] for k in c], work) for c in chunks], jobs=workers):
        if not isinstance(done, Unfinished):
            yield job.places, done
        elif len(job.places) == 1:
            yield job.places, [_lost(done)]
        else:
            again += [_Job([place], [tasks[place]], work) for place in job.places]
    for job, late in finished(_Job.do, again, jobs=max(workers, 2)) if again else ():
        yield job.places, [_lost(late)] if isinstance(late, Unfinished) else late


def _lost(unfinished: Unfinished) -> Done:
    return Done(failure=f"It has no answer, because {unfinished.reason}.")


class _Job(NamedTuple):
    places: list[int]
    tasks: list[Any]
    work: Callable[[Sequence[Any]], list[Done]]

    def do(self) -> list[Done]:
        return self.work(self.tasks)


def said_of(error: Exception) -> str:
    """Why a table has no answer: the sentence for the user, or what another package raised."""
    return str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {reason(error)}"


def gathered(keys: Sequence[Hashable], done: Mapping[int, Done], tables: Any) -> Any:
    """The answers and :class:`FailedTable` of all tables, as a list or by their keys; warn once a kind."""
    warn_of_all(keys, [done[place] for place in range(len(keys))])
    answers = [
        done[place].answer if done[place].failure is None else FailedTable(key, str(done[place].failure))
        for place, key in enumerate(keys)
    ]
    return dict(zip(keys, answers, strict=True)) if isinstance(tables, Mapping) else answers


def warn_of_all(keys: Sequence[Hashable], done: Sequence[Done]) -> None:
    """One warning for each kind, with its first table: a thousand tables have thousands of sentences."""
    total = counted(len(keys), "table")
    kinds: dict[type[DataWarning], list[tuple[Hashable, str]]] = {}
    for key, one in zip(keys, done, strict=True):
        for warning in one.warnings:
            kinds.setdefault(type(warning), []).append((key, str(warning)))
    for kind, found in kinds.items():
        (first, sentence), number = found[0], len({key for key, _ in found})
        warn(kind(f"{number:,} of {total}, the first {said(first)}: {sentence}"))
    failed = [key for key, one in zip(keys, done, strict=True) if one.failure is not None]
    if failed:
        warn(
            FailedTableWarning(f"{len(failed):,} of {total} have no answer, but a reason: {quoted(failed)}.")
        )


@contextmanager
def _telling(progress: Progress, total: int, doing: str) -> Iterator[Callable[[], None]]:
    """A function to call after each table."""
    if callable(progress):
        told = iter(range(1, total + 1))
        yield lambda: progress(f"{next(told):,} of {total:,}")
    elif progress is False or (progress is None and not sys.stderr.isatty()):
        yield lambda: None
    else:
        from rich.console import Console
        from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

        columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(doing, total=total)
            yield lambda: bar.advance(task)
