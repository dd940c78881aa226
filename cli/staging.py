"""A folder that is filled out of sight and appears all at once: a failure leaves nothing half written."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from foundation_causal.errors import InputError
from foundation_causal.files import held, remove_abandoned

TEMPORARY = ".foundation-causal-"
SUMMARY, UNFINISHED = "summary.json", ".foundation-causal-unfinished.json"
# Tables that only some runs write; every other file of theirs is written by all of them.
OPTIONAL_TABLES = re.compile(r"edge_probabilities\.csv|graph\.(?!json|png)[a-z]+|(do|shift)_[\w.,=+~-]*\.csv")


@contextmanager
def staged_folder(out: Path, outdated: Callable[[], Iterable[str]] = tuple) -> Iterator[Path]:
    """Make a temporary folder, and move what it holds into `out` when the block ends well.

    Files replace their namesakes; folders must be new, see :func:`check_new`. Files in `out` with a name
    among the `outdated` that get no successor are removed; others stay.

    The temporary folder lies inside `out` where that exists, else in its nearest ancestor that does: on the
    same disk, so that a move is a rename, and where a lack of permission shows before the work begins. When
    the block fails, the temporary folder is removed and `out` is as it was. What a killed process left there
    is removed, too.

    Args:
        out: The folder to fill.
        outdated: Gives the names of files in `out` that go unless they are replaced; asked at the end, as
            another process may have filled `out` meanwhile.

    Yields:
        The temporary folder, empty.

    Raises:
        InputError: `out` cannot be written.
    """
    with writing(out):
        place = _nearest_folder(out)
        for left in place.glob(f"{TEMPORARY}*"):
            remove_abandoned(left)
        staging = place / f"{TEMPORARY}{uuid.uuid4().hex}"
    try:  # from before the folder is there: a request to end may come in the next moment
        with writing(out):
            staging.mkdir(mode=0o700)
        with held(staging):
            yield staging
            with writing(out), _undisturbed():
                _publish(staging, out, outdated)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _publish(staging: Path, out: Path, outdated: Callable[[], Iterable[str]]) -> None:
    """Move what is ready into `out`: all of it at once where that is new, else the summary last.

    A folder with a summary so is whole. Should the process be killed between two files, the summary is away,
    and `UNFINISHED` tells the next run what to replace.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    if not out.exists():
        _open_to_others(staging)
        with suppress(OSError):  # another process was faster
            staging.rename(out)
            return
    out.mkdir(exist_ok=True)
    with held(out, wait=True):
        files = sorted(staging.iterdir(), key=lambda file: (file.name == SUMMARY, file.name))
        for file in files:  # all checks before the first move
            if file.is_file() and (out / file.name).is_dir():
                raise InputError(f"'{out / file.name}' is a folder where a file has to go; move it away.")
            if file.is_dir() and (out / file.name).exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(out / file.name))
        names = [file.name for file in files]
        old = list(outdated())
        if SUMMARY in names:
            (staging / UNFINISHED).write_text(json.dumps({"files": [*old, *names]}), encoding="utf-8")
            os.replace(staging / UNFINISHED, out / UNFINISHED)
            (out / SUMMARY).unlink(missing_ok=True)
        for name in {*old} - {*names}:
            if not (out / name).is_dir():
                (out / name).unlink(missing_ok=True)
        for name in names:
            os.replace(staging / name, out / name)
        if SUMMARY in names:
            (out / UNFINISHED).unlink(missing_ok=True)


def _open_to_others(folder: Path) -> None:
    """Give a folder that was made for its owner alone the permissions of any new folder."""
    mask = os.umask(0)
    os.umask(mask)
    folder.chmod(0o777 & ~mask)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off requests to end, which would leave old and new files side by side, until the block is done."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread gets signals
        yield
        return
    asked: list[int] = []
    kinds = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(kind, lambda number, _: asked.append(number)) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler or signal.SIG_DFL)
        for number in asked:
            signal.raise_signal(number)


def _nearest_folder(out: Path) -> Path:
    for place in (out, *out.absolute().parents):
        if place.is_dir():
            return place
        if place.exists() or place.is_symlink():
            raise InputError(f"'{out}' cannot be made because '{place}' is no folder; choose another --out.")
    raise InputError(f"'{out}' cannot be made because nothing above it exists; choose another --out.")


@contextmanager
def writing(out: Path, option: str = "--out") -> Iterator[None]:
    """Turn an `OSError` while writing to `out` into an InputError, whose sentence says what to do."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"'{out}' cannot be written ({error.strerror or error}); choose another {option} or make room "
            "there."
        ) from error


def files_of_earlier_run(folder: Path) -> list[str]:
    """The tables in the folder that belong to the run whose `summary.json` lies there.

    The list is in a file that anyone can edit, and what it names will be removed: only names count that a run
    gives to tables which the next run need not write.
    """
    named: list[str] = []
    for kept in (SUMMARY, UNFINISHED):  # the second, of a run that was killed while it published
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):  # none, or another program's
            document = json.loads((folder / kept).read_text(encoding="utf-8"))
            named += [str(name) for name in document["files"]]
    return [name for name in named if OPTIONAL_TABLES.fullmatch(name) and (folder / name).is_file()]


def check_new(out: Path, names: Iterable[str]) -> None:
    """Raise InputError now, before the work, where `out` holds any of the `names` already.

    For data sets: files of an earlier data set must not stay beside those of a later one.
    """
    for name in names:
        if os.path.lexists(out / name):
            raise InputError(f"'{out / name}' is there already; move it away or choose another --out.")
