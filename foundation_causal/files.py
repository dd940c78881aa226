"""What files of tables and of graphs share: checked paths, separators, and writing whole or not at all.

Tables are in :mod:`foundation_causal.table_files`, graphs in :mod:`foundation_causal.graph_files`.
"""

from __future__ import annotations

import csv
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from foundation_causal.errors import InputError

SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
PACKED = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z")
SETTLED = 60  # seconds after which what is temporary and held by nobody was left by a killed process
BETWEEN = (";", ",", "\t", "|")  # what stands between columns in the wild


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Turn what the system, or an impossible name, has against `path` into an InputError of one sentence."""
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(f"Cannot write '{path}' ({why}); choose a folder that can be written to.") from error


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary file beside `path` to write to; it takes the name `path` on success and vanishes on error.

    Raises:
        InputError: The folder does not exist or cannot be written to, or `path` is a folder.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "note.txt") as temporary:
    ...         _ = temporary.write_text("whole")
    ...     os.listdir(folder)
    ['note.txt']
    """
    path = Path(path)
    if os.path.isdir(path):  # unlike Path.is_dir, it says no to impossible names, which fail below
        raise InputError(f"Cannot write '{path}', which is a folder; give the name of a file.")
    # The suffix stays last, because savers choose the format by it.
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:8]}{path.suffix}")
    with writable(path):
        for left in path.parent.glob(f".{escape(path.stem)}.????????{escape(path.suffix)}"):
            if not left.is_dir():
                remove_abandoned(left)
    try:  # from before the file is there: a request to end may come in the next moment
        with writable(path):
            temporary.touch(exist_ok=False)
        with held(temporary):
            yield temporary
            temporary.replace(path)
    finally:
        with suppress(OSError, ValueError):  # of a name that cannot be: what was wrong is said already
            temporary.unlink(missing_ok=True)


@contextmanager
def held(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """Hold a file or folder, as long as the block or this process lasts; the system forgets who is killed.

    Args:
        path: It must be there.
        wait: Whether to wait for another process that holds it.

    Yields:
        Whether it is held: not where another process holds it, or where the system knows no such locks.
    """
    try:
        import fcntl

        handle = os.open(path, os.O_RDONLY)
    except (ImportError, OSError):
        yield False
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = True
        except OSError:  # held by another, or on a disk without locks
            mine = False
        yield mine
    finally:
        os.close(handle)


def remove_abandoned(path: Path) -> None:
    """Remove a temporary file or folder that a killed process left, which is one that nobody holds.

    One that is new may be about to be held, and stays.
    """
    try:
        if time.time() - path.lstat().st_mtime < SETTLED or path.is_symlink():
            return
    except OSError:  # gone
        return
    with held(path) as mine:
        if mine and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif mine:
            path.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: str | os.PathLike[str], mark: str) -> Iterator[Path]:
    """A temporary folder beside `path` to fill; it takes the name `path` on success and vanishes on error.

    Args:
        path: The folder to make. One that is there already is replaced if it is empty or holds the mark.
        mark: The name of a file by which an earlier folder of the same kind is known.

    Raises:
        InputError: The folder above does not exist or cannot be written to, or something else is at `path`.
    """
    path = Path(path)
    with writable(path):
        if os.path.lexists(path) and not _replaceable(path, mark):
            raise InputError(f"'{path}' is there already and holds something else; choose another folder.")
        beside, prefix = path.absolute().parent, f".{path.name[:40]}.saved-"
        for left in beside.glob(f"{escape(prefix)}*"):
            remove_abandoned(left)
        made = beside / f"{prefix}{uuid.uuid4().hex}"
        new, old = made / "new", made / "old"
    try:  # from before the folder is there: a request to end may come in the next moment
        with writable(path):
            made.mkdir(mode=0o700)
        with held(made):
            new.mkdir()
            yield new
            if os.path.isdir(path):
                path.replace(old)
            new.replace(path)
    finally:
        if old.exists() and not os.path.lexists(path):  # interrupted between the two
            old.replace(path)
        shutil.rmtree(made, ignore_errors=True)


def _replaceable(path: Path, mark: str) -> bool:
    return path.is_dir() and not path.is_symlink() and (not os.listdir(path) or (path / mark).is_file())


def check_readable(path: str | os.PathLike[str], suffixes: tuple[str, ...]) -> Path:
    """The path, once it is known to be a file with bytes in it and one of the suffixes.

    Raises:
        InputError: A missing or empty file, a folder, an unknown suffix.
    """
    path = Path(path)
    check_suffix(path, suffixes)
    if os.path.isdir(path):
        raise InputError(f"'{path}' is a folder; give the name of a file.")
    if not os.path.exists(path):
        raise InputError(f"There is no file '{path}'; check the name and the folder.")
    if path.stat().st_size == 0:
        raise InputError(f"The file '{path}' is empty; give one that holds something.")
    return path


def check_suffix(path: Path, suffixes: tuple[str, ...]) -> None:
    """Raise InputError unless the path ends in one of the suffixes, in either case."""
    if path.name.lower().endswith(suffixes):
        return
    if path.suffix.lower() in SPREADSHEETS:
        raise InputError(f"'{path}' is a spreadsheet; save the sheet that is meant as .csv.")
    if path.suffix.lower() in PACKED:
        raise InputError(f"'{path}' is packed; unpack it, and give what is in it.")
    raise InputError(f"The suffix of '{path}' tells no known format; use one of {', '.join(suffixes)}.")


def separator_of(lines: list[str], usual: str) -> str:
    """What stands between columns: the usual, unless another cuts the first two lines alike, and finer."""
    if len(lines) < 2:
        return usual
    header, row = lines[:2]
    for other in BETWEEN:
        if pieces(usual, header) < pieces(other, header) == pieces(other, row):
            return other
    return usual


def pieces(separator: str, line: str) -> int:
    """How many fields a line has."""
    try:
        return len(next(csv.reader([line], delimiter=separator), []))
    except csv.Error:  # a field too long to be a name, or a line end inside one
        return 0
