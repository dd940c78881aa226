"""Pretrained models: folders of `config.json`, `model.safetensors` and a model card.

Bundled models lie in `foundation_causal/weights`. Anything else is a local folder or a Hugging Face hub
id. Only safetensors are read; nothing is unpickled.
"""

from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, TypeVar

from huggingface_hub import PyTorchModelHubMixin
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from safetensors import SafetensorError
from torch import nn

from foundation_causal.errors import InputError

WEIGHTS = Path(__file__).parent / "weights"

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
        InputError: Weights that are missing, broken, or of another architecture.
    """
    bundled = WEIGHTS / str(source)
    folder = bundled if bundled.is_dir() else Path(source)
    if bundled.is_dir() or folder.is_dir():
        for name in ("config.json", "model.safetensors"):
            if not (folder / name).is_file():
                raise InputError(
                    f"The model folder {folder} has no {name}: reinstall the package, or give a folder that "
                    "save_pretrained wrote."
                )
    elif "/" not in str(source):
        raise _missing(source)
    try:
        with redirect_stdout(None):  # the hub's mixin announces local folders by print
            model: Any = kind.from_pretrained(str(folder), strict=True)
    except (SafetensorError, RuntimeError, TypeError, ValueError, KeyError) as error:
        if isinstance(error, HFValidationError):
            raise _missing(source) from None
        raise InputError(
            f"The weights in {folder} cannot be read as {kind.__name__} ({_first_line(error)}): reinstall "
            "the package, or give a folder that save_pretrained wrote."
        ) from None
    except (HfHubHTTPError, OSError):
        raise _missing(source) from None
    model.eval()
    return model


def parameter_count(model: nn.Module) -> int:
    """Number of trained parameters."""
    return sum(p.numel() for p in model.parameters())


def _missing(source: str | Path) -> InputError:
    known = ", ".join(bundled_models()) or "none in this installation"
    return InputError(
        f"There is no model '{source}': give a bundled one ({known}), a model folder, or a hub id that "
        "can be reached."
    )


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:120]
