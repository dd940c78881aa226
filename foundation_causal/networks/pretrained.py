"""Pretrained models: folders of `config.json`, `model.safetensors` and a model card, `README.md`.

Bundled models lie in `foundation_causal/weights`; anything else is a local folder or a Hugging Face hub id.
Only safetensors are read; nothing is unpickled. The YAML at the head of a card registers what the model is:
its class as "module:name", its kind, what it is for, and its position among the bundled ones.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from textwrap import shorten
from typing import Any, Self, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from foundation_causal.errors import InputError, is_out_of_memory, quoted, reason
from foundation_causal.files import replacing

WEIGHTS = Path(__file__).parents[1] / "weights"
CONFIG, SAFETENSORS, CARD = "config.json", "model.safetensors", "README.md"
CHECKSUM = "sha256"  # the key in the configuration; of the other keys and of the weights
FILES = (CONFIG, SAFETENSORS)  # all that loading reads
KEPT_TABLES = "known."  # what `discovery.network.familiarity` compares with


class Pretrained(nn.Module):
    """A network that is saved with the arguments it was made with, and made of them again.

    The files are those of the `PyTorchModelHubMixin` of `huggingface_hub`, which would take as long to import
    as a small table to be answered.

    Example:
        >>> class Line(Pretrained):
        ...     def __init__(self, width: int = 2) -> None:
        ...         super().__init__()
        ...         self.layer = nn.Linear(width, 1)
        >>> Line(width=3).arguments
        {'width': 3}
    """

    arguments: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Remember the arguments, those left to their defaults included."""
        made = super().__new__(cls)
        bound = signature(cls).bind_partial(*args, **kwargs)  # a copy is made without arguments
        bound.apply_defaults()
        made.__dict__["arguments"] = dict(bound.arguments)  # nn.Module takes attributes only when it is ready
        return made

    def save_pretrained(self, folder: str | Path) -> None:
        """Write `model.safetensors` and `config.json` into a folder, which is made where it is not there.

        Each is written whole or not at all, and the configuration last, with its checksum: what is killed
        between the two leaves no model, or one that does not load, as its checksum is that of the one before.
        """
        from safetensors.torch import save_model

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / SAFETENSORS) as temporary:
            save_model(self, str(temporary))
        _write_config(folder, self.arguments)


def signature(kind: type[nn.Module]) -> inspect.Signature:
    """The arguments that a network is made with."""
    made: Any = kind
    whole = inspect.signature(made.__init__)
    return whole.replace(parameters=[*whole.parameters.values()][1:])


Model = TypeVar("Model", bound=Pretrained)


def models() -> list[dict[str, str | int]]:
    """List the models that come with the package, without loading them.

    Returns:
        For each model its `name`, its `kind` ("structure", "mechanisms", "corrections" or "interventions"),
        the number of its `parameters`, its `folder`, and what it is `about`.

    >>> [model["name"] for model in models() if model["kind"] == "structure"][:3]
    ['edge-transformer', 'edge-transformer-types', 'edge-transformer-open-world']
    """
    cards = {name: _registered(WEIGHTS / name) for name in bundled_models()}
    return [
        {
            "name": name,
            "kind": str(card["fc_kind"]),
            "parameters": _saved_numbers(WEIGHTS / name / SAFETENSORS),
            "folder": str(WEIGHTS / name),
            "about": str(card["fc_purpose"]),
        }
        for name, card in sorted(cards.items(), key=lambda item: item[1]["fc_position"])
    ]


def bundled_models() -> list[str]:
    """The names of the models that come with the package, sorted."""
    return sorted(path.parent.name for path in WEIGHTS.glob(f"*/{CONFIG}"))


def write_card(folder: str | Path, text: str, *, model: nn.Module, kind: str, purpose: str) -> None:
    """Write a model's card into its folder, whole or not at all, and the checksum into its configuration.

    Args:
        folder: Where the model was saved.
        text: The card, which may begin with YAML; what the model is, is added there.
        model: An instance of the model's class.
        kind: What it answers, as :func:`models` says it.
        purpose: What it is for, in one line.
    """
    from huggingface_hub import ModelCard

    card = ModelCard(text)
    where = type(model)
    card.data["fc_class"] = f"{where.__module__}:{where.__qualname__}"
    card.data["fc_kind"], card.data["fc_purpose"] = kind, purpose
    with replacing(Path(folder) / CARD) as temporary:
        temporary.write_text(str(card), encoding="utf-8")
    seal(Path(folder))


def seal(folder: Path) -> None:
    """Write the checksum of a model into its configuration, by which loading tells that bytes changed."""
    _write_config(folder, json.loads((folder / CONFIG).read_text(encoding="utf-8")))


def _write_config(folder: Path, config: Mapping[str, Any]) -> None:
    """The configuration of the weights that are there, with their checksum."""
    sealed = {**config, CHECKSUM: _checksum(folder, config)}
    with replacing(folder / CONFIG) as temporary:
        temporary.write_text(json.dumps(sealed, indent=2, sort_keys=True), encoding="utf-8")


def _checksum(folder: Path, config: Mapping[str, Any]) -> str:
    """SHA-256 of the configuration without its checksum, as sorted JSON, and of the file of weights."""
    arguments = {name: value for name, value in config.items() if name != CHECKSUM}
    written = json.dumps(arguments, sort_keys=True).encode()
    return hashlib.sha256(written + b"\0" + (folder / SAFETENSORS).read_bytes()).hexdigest()


def weights_faults() -> dict[str, str | None]:
    """What is wrong with the files of each bundled model, by its name; None where nothing is.

    >>> any(weights_faults().values())
    False
    """
    return {name: _fault(WEIGHTS / name) for name in bundled_models()}


def _fault(folder: Path) -> str | None:
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        return (
            None if config[CHECKSUM] == _checksum(folder, config) else "its files differ from their checksum"
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        return f"its files cannot be read ({reason(error)})"


def parameter_count(model: nn.Module) -> int:
    """The number of trained parameters."""
    return sum(p.numel() for p in model.parameters())


def load_pretrained(kind: type[Model], source: str | Path) -> Model:
    """Load a model for inference.

    Args:
        kind: The class that the weights belong to.
        source: Name of a bundled model, a folder, or a hub id such as `someone/edge-transformer`.

    Raises:
        InputError: Weights that are missing, broken, not finite, not those that the checksum was made of, or
            of another architecture. A folder without a checksum is taken at its word.
    """
    folder = _folder(source)
    for name in FILES:
        if not (folder / name).is_file():
            raise InputError(
                f"The model '{source}' has no {name} in {folder}; reinstall the package, or give a folder "
                "that save_pretrained wrote."
            )
    _check_sum(folder, kind, bundled=folder.parent == WEIGHTS)
    try:
        model = _loaded(folder, kind)
    except (SafetensorError, RuntimeError, TypeError, ValueError, KeyError, AttributeError, OSError) as error:
        if is_out_of_memory(error):
            raise
        raise _unreadable(folder, kind, shorten(reason(error), 120, placeholder=" …")) from None
    for name, weight in model.named_parameters():
        if not weight.isfinite().all():
            raise _unreadable(folder, kind, f"{name} holds values that are not finite")
    model.eval()
    return model


def shared_pretrained(kind: type[Model], source: str | Path) -> Model:
    """The model that :func:`load_pretrained` gives, read once for as long as its files stay as they are.

    All who ask for it get the same one, so that nobody may train it or move it to another device.

    Args:
        kind: The class that the weights belong to.
        source: Name of a bundled model, a folder, or a hub id.

    Raises:
        InputError: As for :func:`load_pretrained`.
    """
    folder = _folder(source)
    try:
        states = [(folder / name).stat() for name in FILES]
    except OSError:
        return load_pretrained(kind, source)  # which says what is missing
    stamps = tuple((state.st_mtime_ns, state.st_size) for state in states)
    model: Model = read_once(kind, str(source), folder.resolve(), stamps)  # type: ignore[arg-type]
    return model


@lru_cache(maxsize=8)
def read_once(kind: type[Model], source: str, folder: Path, stamps: tuple[tuple[int, int], ...]) -> Model:
    """The model of a folder whose files have these times and sizes."""
    # The caller may be in inference mode, whose tensors are of no use outside.
    with torch.inference_mode(mode=False):
        return load_pretrained(kind, source)


def _loaded(folder: Path, kind: type[Model]) -> Model:
    from safetensors.torch import load_model

    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    with torch.random.fork_rng(devices=()):  # the first weights are drawn, and the caller's draws stay theirs
        model = kind(**{name: config[name] for name in signature(kind).parameters if name in config})
    load_model(model, folder / SAFETENSORS, strict=True)
    return model


def _check_sum(folder: Path, kind: type, *, bundled: bool) -> None:
    """Raise InputError where a model is not the one that its checksum was made of."""
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if not isinstance(config, dict) or (CHECKSUM not in config and not bundled):
            return  # what is no configuration is told of when it is loaded
        changed = config.get(CHECKSUM) != _checksum(folder, config)
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(folder, kind, shorten(reason(error), 120, placeholder=" …")) from None
    if changed:
        raise _unreadable(folder, kind, f"their checksum is not the one in {CONFIG}, so that bytes changed")


def has_arguments(source: str | Path, kind: type[nn.Module]) -> bool:
    """Tell whether the configuration of a model has the very arguments of this class.

    Returns:
        False also where the configuration cannot be read.

    Raises:
        InputError: There is no such model.
    """
    try:
        config = json.loads((_folder(source) / CONFIG).read_text())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(config, dict) and {*config} - {CHECKSUM} == {*signature(kind).parameters}


def _folder(source: str | Path) -> Path:
    """Where the files of a model lie on this machine; a hub id is downloaded."""
    name = str(source)
    # Unlike those of Path, these questions say no to impossible names.
    if os.path.basename(name) == name and os.path.isfile(WEIGHTS / name / CONFIG):
        return WEIGHTS / name
    if os.path.isdir(source):
        return Path(source)
    if os.path.isfile(source):
        raise InputError(f"The model {quoted([source])} is a file; give the folder in which its files lie.")
    if "/" in name:
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError

        with suppress(HFValidationError, HfHubHTTPError, OSError):
            return downloaded(name)
    known = ", ".join(bundled_models()) or "none in this installation"
    raise InputError(
        f"There is no model {quoted([source])}; give a bundled one ({known}), a model folder, or a hub id "
        "that can be reached."
    )


@lru_cache(maxsize=8)  # what a hub holds is looked up once, as every look is a request
def downloaded(source: str) -> Path:
    """The folder into which the files of a hub id were downloaded."""
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(source, allow_patterns=[*FILES]))


def _unreadable(folder: Path, kind: type, why: str) -> InputError:
    return InputError(
        f"The weights in {folder} cannot be read as {kind.__name__} ({why}); reinstall the package, or give "
        "a folder that save_pretrained wrote."
    )


def _registered(folder: Path) -> dict[str, Any]:
    """The head of a model's card, with defaults for keys that are missing."""
    from huggingface_hub import ModelCard

    path = folder / CARD
    card = ModelCard.load(path).data.to_dict() if path.is_file() else {}
    return {"fc_kind": "", "fc_purpose": "see its card", "fc_position": math.inf, **card}


def _saved_numbers(path: Path) -> int:
    """How many parameters a file of weights holds, by its header; tables kept for comparison are none."""
    with safe_open(path, framework="numpy") as weights:
        names = [name for name in weights.keys() if not name.startswith(KEPT_TABLES)]  # noqa: SIM118
        return sum(math.prod(weights.get_slice(name).get_shape()) for name in names)
