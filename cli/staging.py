"""A folder that is filled out of sight and appears all at once: a failure leaves nothing half written."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from foundation_causal.errors import InputError

# Tables that only some runs write; every other file of theirs is written by all of them.
OPTIONAL_TABLES = re.compile(r"edge_probabilities\.csv|graph\.(?!json|png)[a-z]+|(do|shift)_[\w.,=+~-]*\.csv")


@contextmanager
def staged_folder(out: Path, outdated: Iterable[str] = ()) -> Iterator[Path]:
    """Make a temporary folder, and move what it holds into `out` when the block ends well.

    Files replace their namesakes; folders must be new, see :func:`check_new`. Files in `out` with a name
    among the `outdated` that get no successor are removed; others stay.

    The temporary folder lies inside `out` where that exists, else in its nearest ancestor that does: on the
    same disk, so that a move is a rename, and where a lack of permission shows before the work begins. When
    the block fails, the temporary folder is removed and `out` is as it was.

    Args:
        out: The folder to fill.
        outdated: Names of files in `out` that go unless they are replaced.

    Yields:
        The temporary folder, empty.

    Raises:
        InputError: `out` cannot be written.
    """
    with writing(out):
        staging = Path(tempfile.mkdtemp(prefix=".foundation-causal-", dir=_nearest_folder(out)))
    try:
        yield staging
        with writing(out):
            _publish(staging, out, outdated)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _publish(staging: Path, out: Path, outdated: Iterable[str]) -> None:
    files = sorted(staging.iterdir())
    for file in files:  # all checks before the first move
        if file.is_file() and (out / file.name).is_dir():
            raise InputError(f"'{out / file.name}' is a folder where a file has to go; move it away.")
    out.mkdir(parents=True, exist_ok=True)
    for file in files:
        os.replace(file, out / file.name)
    for name in {*outdated} - {file.name for file in files}:
        if not (out / name).is_dir():
            (out / name).unlink(missing_ok=True)


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
    try:
        document = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        named = [str(name) for name in document["files"]]
    except (OSError, ValueError, KeyError, TypeError):  # none, or another program's
        return []
    return [name for name in named if OPTIONAL_TABLES.fullmatch(name) and (folder / name).is_file()]


def check_new(out: Path, names: Iterable[str]) -> None:
    """Raise InputError now, before the work, where `out` holds any of the `names` already.

    For data sets: files of an earlier data set must not stay beside those of a later one.
    """
    for name in names:
        if os.path.lexists(out / name):
            raise InputError(f"'{out / name}' is there already; move it away or choose another --out.")
