"""Runs of methods on data sets: carried out in turn or in processes of their own, and kept in a file.

Each is ended when its time is up, and an evaluation that was killed goes on where it was.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, TimeoutError, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from foundation_causal.errors import InputError
from foundation_causal.files import replacing
from foundation_causal.parallel.spread import spread
from foundation_causal.runtime import end_with_parent

Task = TypeVar("Task")
Result = TypeVar("Result")


class Unfinished(NamedTuple):
    """A piece of work without a result.

    Attributes:
        reason: Why, in a few words.
        time_limit: Seconds after which it was ended; None if its process died.
    """

    reason: str
    time_limit: float | None = None


def finished(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    jobs: int = 1,
    time_limit: float | None = None,
    prepare: Callable[[], None] | None = None,
    cluster: str | None = None,
) -> Iterator[tuple[Task, Result | Unfinished]]:
    """Do `work` on every task, and give each task with its result as soon as it is there.

    Whatever `work` raises is raised here, and ends the other processes.

    Args:
        work: What to do; with processes, a function that can be imported by name.
        tasks: What to do it on.
        jobs: How many at a time, each in a process of its own. With one job and no limit, this process does
            them all, in order.
        time_limit: Seconds by the clock that one task may take; then its process is killed. Starting a
            process and preparing it do not count.
        prepare: Called in every new process before its first task.
        cluster: The address of a cluster (:mod:`foundation_causal.parallel.clusters`), which takes the work
            over: `jobs` and `prepare` do not count there, and there are no limits.

    Yields:
        Tasks with their results, or with why they have none.

    Raises:
        InputError: A cluster that cannot be used, or one together with a limit.
    """
    if cluster is not None:
        if time_limit is not None:
            raise InputError(
                "A time limit ends processes of this machine; leave out the limit or the cluster."
            )
        yield from ((tasks[k], result) for k, result in spread(work, tasks, cluster=cluster))
        return
    if jobs == 1 and time_limit is None:
        yield from ((task, work(task)) for task in tasks)
        return
    from pebble import ProcessPool

    # A fork of a process that has threads may hang, so new processes start from nothing.
    context = multiprocessing.get_context("spawn")
    begin = partial(_begin, os.getpid(), prepare)
    pool = ProcessPool(max_workers=max(1, min(jobs, len(tasks))), context=context, initializer=begin)
    try:
        under_way: dict[Future[Any], Task] = {
            pool.schedule(work, args=(task,), timeout=time_limit): task for task in tasks
        }
        for future in as_completed(under_way):
            yield under_way[future], _result(future, time_limit)
    finally:
        pool.stop()
        pool.join()


def _begin(parent: int, prepare: Callable[[], None] | None) -> None:
    """What a new process does before its first task."""
    end_with_parent(parent)
    if prepare is not None:
        prepare()


def _result(future: Future[Any], time_limit: float | None) -> Any:
    from pebble import ProcessExpired

    try:
        return future.result()
    except TimeoutError as error:
        if error.__cause__ is not None:  # the traceback of another process: raised by the work itself
            raise
        return Unfinished(f"not done after {time_limit:g} s", time_limit)
    except ProcessExpired as error:
        return Unfinished(f"its process ended with the code {error.exitcode}")


Row = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One method on one data set, as a log knows it.

    Attributes:
        data: The name of the data set.
        labels: The labels of its cell in a suite.
        method: The name of the method.
        model: The weights that the method takes; empty where it takes none.
    """

    data: str
    labels: Mapping[str, str | int]
    method: str
    model: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """The data set, the method and the model, which make two runs the same."""
        return (self.data, self.method, self.model)


class RunLog:
    """Rows of finished runs by their keys, one JSON object a line on disk; a line cut short is dropped.

    Args:
        path: The file; it may not be there yet. None keeps the rows in memory only.

    Raises:
        InputError: The file cannot be written, or holds something else.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.rows: dict[tuple[str, str, str], Row] = {}
        if path is None:
            return
        with _writing(path), path.open("a+b") as file:
            file.seek(0)
            written = file.read()
            whole = written[: written.rfind(b"\n") + 1]
            for line in whole.decode("utf-8", "replace").splitlines():
                row = _row(line, path)
                self.rows[row["data"], row["method"], row["model"]] = row
            file.truncate(len(whole))

    def row_of(self, run: Run, time_limit: float | None = None) -> Row | None:
        """The row of a run, or None if it is still to do, as one is that was ended before this limit."""
        row = self.rows.get(run.key)
        ended_at = None if row is None else row.get("time_limit")
        more_time = ended_at is not None and (time_limit is None or time_limit > ended_at)
        return None if more_time else row

    def add(self, run: Run, row: Row) -> None:
        """Write a finished run down: six digits of every fraction, and None for nan."""
        data, method, model = run.key
        line = {"data": data, **run.labels, "method": method, "model": model, **row}
        line = {name: _rounded(value) for name, value in line.items()}
        self.rows[run.key] = line
        if self.path is not None:
            with _writing(self.path), self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")


def forget(path: Path, methods: Collection[str], data: Collection[str] | None = None) -> None:
    """Drop the lines of some methods from a file of runs, as after a change of these.

    Args:
        path: One JSON object a line, with the keys "method" and "data"; it may not be there yet.
        methods: Their names.
        data: The names of the data sets whose lines go, as they will be measured anew; all by default.
    """
    if not methods or not path.exists():
        return
    *whole, _ = path.read_text(encoding="utf-8").split("\n")  # the last one is empty, or was cut short
    kept = [line for line in whole if not _is_of(json.loads(line), methods, data)]
    with replacing(path) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")


def _is_of(run: Mapping[str, Any], methods: Collection[str], data: Collection[str] | None) -> bool:
    return run["method"] in methods and (data is None or run["data"] in data)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Make the folder of a file, and turn an `OSError` into one sentence."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise InputError(
            f"Cannot write '{path}' ({error.strerror}); choose a folder that can be written to."
        ) from error


def _row(line: str, path: Path) -> Row:
    try:
        row: Row = json.loads(line)
        if isinstance(row, dict) and {"data", "method", "model"} <= set(row):
            return row
    except (ValueError, TypeError):
        pass
    raise InputError(f"'{path}' holds something other than runs; choose another folder.")


def _rounded(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else float(f"{value:.6g}")
