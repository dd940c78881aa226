"""Work on many tasks wherever `joblib` is told to: in this process, in others, or on a cluster.

What a task gives depends on the task alone, so that it is the same wherever it was done. Workers that die
take nothing with them: what they had is done again, and a warning says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any, TypeVar

from foundation_causal.errors import InputError, LostWorkersWarning, counted, reason, warn
from foundation_causal.parallel.clusters import Cluster, connected

Task = TypeVar("Task")
Result = TypeVar("Result")
MOST_TRIES = 3  # after which a task whose workers die is given up
# What joblib, Dask and Ray raise where a worker is gone, by the names of the classes, not imported.
LOST = {
    "BrokenProcessPool",
    "CommClosedError",
    "FutureCancelledError",
    "FuturesCancelledError",
    "KilledWorker",
    "RayActorError",
    "TerminatedWorkerError",
    "WorkerCrashedError",
}


def spread(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    jobs: int | None = None,
    cluster: str | None = None,
) -> Iterator[tuple[int, Result]]:
    """Do `work` on every task, and give each place with its result, in whatever order they are done.

    Whatever `work` raises is raised here.

    Args:
        work: What to do; a function that can be imported by name.
        tasks: What to do it on.
        jobs: How many processes; -1 takes one for each core. None leaves that to `joblib.parallel_config`.
        cluster: The address of a cluster (:mod:`foundation_causal.parallel.clusters`) to work on.

    Yields:
        Places from 0 on, with their results.

    Raises:
        InputError: A cluster that cannot be used, or workers that die again and again.

    Warns:
        LostWorkersWarning: Workers died, and what they had was done again.
    """
    with nullcontext() if cluster is None else connected(cluster) as there:
        left, tries, losses = dict(enumerate(tasks)), 0, 0
        at_first = set() if there is None else there.workers()
        while left:
            before = len(left)
            try:
                for place, result in _round(work, left, jobs, there):
                    del left[place]
                    yield place, result
            except ModuleNotFoundError as error:
                if there is None:
                    raise
                raise InputError(
                    f"The workers at '{there.address}' lack the package {error.name}; install there what is "
                    "installed here."
                ) from error
            except Exception as error:
                if not is_loss(error):
                    raise
                losses, tries = losses + 1, 1 if len(left) < before else tries + 1
                if tries >= MOST_TRIES:
                    raise InputError(
                        f"Workers died {tries} times without getting further ({type(error).__name__}: "
                        f"{reason(error)[:200]}); give them more memory, or smaller tables."
                    ) from error
        gone = 0 if there is None else len(at_first - there.workers())
        if gone or losses:
            what = counted(gone, "worker") if gone else "At least one worker"
            warn(LostWorkersWarning(f"{what} died meanwhile; what was under way there was done again."))


def is_loss(error: Exception) -> bool:
    """Whether an exception says that a worker is gone, and nothing of what it worked on.

    >>> is_loss(RuntimeError("no")), is_loss(type("KilledWorker", (Exception,), {})())
    (False, True)
    """
    return any(kind.__name__ in LOST for kind in type(error).__mro__)


def _round(
    work: Callable[[Task], Result], left: dict[int, Task], jobs: int | None, there: Cluster | None
) -> Iterator[tuple[int, Result]]:
    from joblib import delayed, parallel_config

    at_once = None if jobs is None or there is not None else min(jobs, len(left))  # a pool starts all at once
    # Parallel(backend="dask") knows of no Dask before parallel_config has named it. What is made in the block
    # keeps its backend; were results given inside of it, the caller's own work would go to the cluster, too.
    with nullcontext() if there is None else parallel_config(n_jobs=-1, **there.backend):
        run = _parallel(at_once)
    yield from run(delayed(_at)(place, work, task) for place, task in list(left.items()))


def _parallel(jobs: int | None) -> Any:
    from joblib import Parallel

    try:
        return Parallel(n_jobs=jobs, return_as="generator_unordered")
    except ValueError:  # a backend without generators, such as Ray's, hands all results over at the end
        return Parallel(n_jobs=jobs)


def _at(place: int, work: Callable[[Task], Result], task: Task) -> tuple[int, Result]:
    return place, work(task)
