"""Causal models kept in folders: `model.save(folder)` and `load(folder)`, in this process or another.

A folder holds two files: `arrays.safetensors` with the table and the fitted parameters, and `model.json` with
everything else, the checksums of both among it. Nothing in them is code, and nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from foundation_causal import __version__
from foundation_causal.errors import InputError, reason
from foundation_causal.files import replacing_folder
from mechanisms.applied.stored_objects import Array, Reader, Writer

if TYPE_CHECKING:
    import pandas as pd

DOCUMENT, ARRAYS = "model.json", "arrays.safetensors"
FORMAT, VERSION = "foundation-causal model", 1
MODELS = ("CausalModel", "AveragedModel", "ImputedModel", "ConfoundedModel")


class Saveable:
    """A causal model that can be written to a folder, and judged by rows that it has not seen."""

    if TYPE_CHECKING:

        @property
        def names(self) -> list[str]:
            """The d variables."""

        def log_likelihood(self, rows: Any, seed: int = 0) -> pd.Series[float]:
            """The logarithm of the density of each row."""

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the model to a folder, whole or not at all; :func:`load` gives it back.

        It holds the table that the model was inferred from. The noise of the rows is computed first, as
        sampling does, if it was not yet needed.

        Args:
            folder: It is made; one that holds a saved model, or nothing, is replaced.

        Raises:
            InputError: A folder that cannot be written or holds something else, or a model whose mechanisms
                were changed by functions, as by `do({"y": lambda f: 0.5 * f})`.

        Example:
            >>> import tempfile, networkx as nx, numpy as np, pandas as pd
            >>> from mechanisms import infer
            >>> a = np.random.default_rng(0).normal(size=50)
            >>> model = infer(pd.DataFrame({"a": a, "b": np.tanh(a)}), nx.DiGraph([("a", "b")]))
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.save(f"{folder}/model")
            ...     loaded = load(f"{folder}/model")
            >>> bool((loaded.sample(9, seed=1) == model.sample(9, seed=1)).to_numpy().all())
            True
        """
        writer = Writer()
        model = writer.value(self)
        document = {
            "format": FORMAT,
            "version": VERSION,
            "library": __version__,
            "about": repr(self),
            "variables": self.names,
            "model": model,
            "objects": writer.objects,
        }
        with replacing_folder(folder, DOCUMENT) as made:
            _write(made, document, writer.arrays)

    def score(self, rows: Any, seed: int = 0) -> float:
        """How likely rows are that the model has not seen: the mean of :meth:`log_likelihood` over them.

        It is greater for the better of two models of the same variables, in natural logarithms for each row.
        scikit-learn's density models have a `score` of the same sense, which sums in place of the mean.

        Args:
            rows: `[n, d]`, held out from inference; values may be missing.
            seed: For the draws of what is missing.

        Returns:
            The mean; minus infinity where a row cannot come from the model, such as one with a value between
            those that a variable takes.

        Raises:
            InputError: Rows that do not fit the model.
        """
        return float(self.log_likelihood(rows, seed).mean())


def load(folder: str | os.PathLike[str]) -> Any:
    """Load a model that was saved to a folder, in whatever process or on whatever machine.

    Nothing is fitted again, but for DoWhy's mechanisms. Both files are checked to be as they were written.

    Args:
        folder: What `model.save` wrote.

    Returns:
        The :class:`mechanisms.CausalModel`, :class:`mechanisms.AveragedModel` or
        :class:`mechanisms.gaps.imputed_model.ImputedModel`; it answers as the saved one does.

    Raises:
        InputError: No such folder or one of something else, files that are missing, cut short or changed, or
            a folder of another version of the format.
    """
    folder = Path(folder)
    document = _document(folder)
    arrays = _arrays(folder, document)
    try:
        model = Reader(document["objects"], arrays).value(document["model"])
    except InputError:
        raise
    except Exception as error:  # checksums can be right and the rest not, of a file that was written by hand
        raise _broken(folder, f"{DOCUMENT} describes no model: {reason(error)}") from error
    if type(model).__name__ not in MODELS or model.names != document.get("variables"):
        raise _broken(folder, f"{DOCUMENT} describes something other than a model of its variables")
    return model


def is_saved_model(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder looks like one that a model was saved to."""
    return os.path.isdir(folder) and os.path.lexists(Path(folder) / DOCUMENT)


def _write(folder: Path, document: dict[str, Any], arrays: Mapping[str, Array]) -> None:
    from safetensors.numpy import save  # its save_file leaves a file that other users cannot read

    try:
        content = save(dict(arrays))
        (folder / ARRAYS).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        document["arrays"] = {"file": ARRAYS, "bytes": len(content), "sha256": digest}
        document["sha256"] = _checksum(document)
        (folder / DOCUMENT).write_text(
            json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n", "utf-8"
        )
    except OSError as error:
        raise InputError(
            f"The model cannot be written ({error.strerror or error}); choose another folder, or make room "
            "there."
        ) from error


def _document(folder: Path) -> dict[str, Any]:
    """What `model.json` holds, once it is known to be as it was written."""
    if not os.path.isdir(folder):
        raise InputError(f"There is no folder '{folder}' of a saved model; give one that model.save wrote.")
    if not (folder / DOCUMENT).is_file():
        raise InputError(f"The folder '{folder}' holds no {DOCUMENT}; give one that model.save wrote.")
    try:
        document = json.loads((folder / DOCUMENT).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _broken(folder, f"{DOCUMENT} cannot be read: {reason(error)}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(f"'{folder / DOCUMENT}' is no saved model; give a folder that model.save wrote.")
    if (version := document.get("version")) != VERSION:
        raise InputError(
            f"The model in '{folder}' is of version {version!r} of its format, written by foundation-causal "
            f"{document.get('library')}, and this release ({__version__}) reads version {VERSION}; load it "
            "with that release, or infer it again."
        )
    if document.get("sha256") != _checksum(document):
        raise _broken(folder, f"{DOCUMENT} was changed after it was written")
    return document


def _arrays(folder: Path, document: Mapping[str, Any]) -> dict[str, Array]:
    """The arrays, once their file is known to be as it was written; nothing is allocated before."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path, written = folder / ARRAYS, document.get("arrays")
    if not path.is_file():
        raise InputError(f"The folder '{folder}' lacks {ARRAYS}; copy all files that model.save wrote.")
    try:
        wanted = cast("Mapping[str, Any]", written)
        if path.stat().st_size != wanted["bytes"]:
            raise _broken(
                folder, f"{ARRAYS} has {path.stat().st_size:,} bytes in place of {wanted['bytes']:,}"
            )
        if _checksum_of(path) != wanted["sha256"]:
            raise _broken(folder, f"{ARRAYS} was changed after it was written")
        return load_file(path)
    except (OSError, SafetensorError, TypeError, KeyError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise _broken(folder, f"{ARRAYS} cannot be read: {reason(error)}") from error


def _checksum(document: Mapping[str, Any]) -> str:
    """The checksum of a document without its own."""
    content = {name: value for name, value in document.items() if name != "sha256"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _checksum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _broken(folder: Path, why: str) -> InputError:
    return InputError(f"The model in '{folder}' is broken ({why}); save it again, or copy it again.")
