"""Pretrained models: folders of `config.json`, `model.safetensors` and a model card.

Bundled models lie in `foundation_causal/weights`. Anything else is a local folder or a Hugging Face hub
id. Only safetensors are read; nothing is unpickled.
"""

import inspect
import json
from contextlib import redirect_stdout
from pathlib import Path
from textwrap import shorten
from typing import Any, TypeVar

from huggingface_hub import PyTorchModelHubMixin, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from safetensors import SafetensorError
from torch import nn

from foundation_causal.errors import InputError, reason
from foundation_causal.files import replacing

WEIGHTS = Path(__file__).parents[1] / "weights"
FILES = ("config.json", "model.safetensors")  # all that is read

Model = TypeVar("Model", bound=PyTorchModelHubMixin)


def bundled_models() -> list[str]:
    """Names of the models that come with the package."""
    return sorted(path.parent.name for path in WEIGHTS.glob("*/config.json"))


def load_pretrained(kind: type[Model], source: str | Path) -> Model:
    """Load a model for inference.

    Args:
        kind: The class that the weights belong to.
        source: Name of a bundled model, a folder, or a hub id such as `someone/edge-transformer`.

    Raises:
        InputError: Weights that are missing, broken, not finite, or of another architecture.
    """
    folder = _folder(source)
    for name in FILES:
        if not (folder / name).is_file():
            raise InputError(
                f"The model '{source}' has no {name} in {folder}: reinstall the package, or give a folder "
                "that save_pretrained wrote."
            )
    try:
        with redirect_stdout(None):  # the hub's mixin announces local folders by print
            model: Any = kind.from_pretrained(str(folder), strict=True)
    except (SafetensorError, RuntimeError, TypeError, ValueError, KeyError, AttributeError, OSError) as error:
        raise _unreadable(folder, kind, shorten(reason(error), 120, placeholder=" …")) from None
    for name, weight in model.named_parameters():
        if not weight.isfinite().all():
            raise _unreadable(folder, kind, f"{name} holds values that are not finite")
    model.eval()
    return model


def has_arguments(source: str | Path, kind: type) -> bool:
    """Whether the configuration of a model has the very arguments of this class; False if it cannot be read.

    Raises:
        InputError: There is no such model.
    """
    try:
        config = json.loads((_folder(source) / "config.json").read_text())
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and set(config) == set(inspect.signature(kind).parameters)


def write_card(folder: str | Path, text: str) -> None:
    """Write a model's card into its folder, whole or not at all."""
    with replacing(Path(folder) / "README.md") as temporary:
        temporary.write_text(text, encoding="utf-8")


def parameter_count(model: nn.Module) -> int:
    """Number of trained parameters."""
    return sum(p.numel() for p in model.parameters())


def _folder(source: str | Path) -> Path:
    """Where the files of a model lie on this machine; a hub id is downloaded."""
    if str(source) in bundled_models():
        return WEIGHTS / str(source)
    if Path(source).is_dir():
        return Path(source)
    try:
        if "/" in str(source):
            return Path(snapshot_download(str(source), allow_patterns=[*FILES]))
    except (HFValidationError, HfHubHTTPError, OSError):
        pass
    known = ", ".join(bundled_models()) or "none in this installation"
    raise InputError(
        f"There is no model '{source}': give a bundled one ({known}), a model folder, or a hub id that "
        "can be reached."
    )


def _unreadable(folder: Path, kind: type, why: str) -> InputError:
    return InputError(
        f"The weights in {folder} cannot be read as {kind.__name__} ({why}): reinstall the package, or give "
        "a folder that save_pretrained wrote."
    )
