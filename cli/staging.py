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

# What only some runs write; every other name of theirs is written by all of them.
OF_SOME_RUNS = re.compile(r"edge_probabilities\.csv|(do|shift)_[\w.,=+~-]*\.csv")


@contextmanager
def staged_folder(out: Path, outdated: Iterable[str] = ()) -> Iterator[Path]:
    """Yield an empty folder; when the block ends well, what it holds moves into `out`.

    Files replace their namesakes; folders must be new, see :func:`check_new`. Files in `out` with a name
    among the `outdated` that get no successor are removed; others stay.

    The temporary folder lies inside `out` where that exists, else in its nearest ancestor that does: on the
    same disk, so that a move is a rename, and where a lack of permission shows before the work begins. When
    the block fails, the temporary folder is removed and `out` is as it was.

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


def files_of_earlier_run(folder: Path) -> list[str]:
    """The tables in the folder that belong to the run whose `summary.json` lies there.

    Only names that a run may give to what the next one need not write count: the list is in a file that
    anyone can edit, and what it names will be removed.
    """
    try:
        document = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        named = [str(name) for name in document["files"]]
    except (OSError, ValueError, KeyError, TypeError):  # none, or another program's
        return []
    return [name for name in named if OF_SOME_RUNS.fullmatch(name) and (folder / name).is_file()]


def check_new(out: Path, names: Iterable[str]) -> None:
    """Raise InputError now, before the work, where `out` holds one of the `names` already.

    For data sets, of which an earlier one's files must not be left beside a later one's.
    """
    for name in names:
        if os.path.lexists(out / name):
            raise InputError(f"'{out / name}' is there already; move it away or choose another --out.")


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
def writing(out: Path) -> Iterator[None]:
    """Turn an `OSError` while writing into one sentence, as :func:`staged_folder` does."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"'{out}' cannot be written ({error.strerror or error}); choose another --out or make room there."
        ) from error
