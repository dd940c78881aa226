"""Priors as plain data: a JSON file that can be read, copied and edited.

Every part of a prior is a dict with its `kind`, the name of its class, and its settings by name:

    {"kind": "Prior", "families": [{"kind": "Family",
        "graphs": [{"kind": "ErdosRenyi", "edges": [2]}],
        "mechanisms": [{"kind": "Linear", "weights": [0.5, 2]}],
        "noises": [{"kind": "Laplace", "scale": [0.2, 2]}]}]}

Settings that are left out keep their defaults.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

from foundation_causal.errors import InputError, quoted
from foundation_causal.files import replacing
from foundation_causal.simulate import functions, graph_priors, noises
from foundation_causal.simulate.column_types import MixedPrior
from foundation_causal.simulate.named_priors import PRIORS, TYPED_PRIORS, prior
from foundation_causal.simulate.prior import Family, Interventions, Prior

KINDS: dict[str, Callable[..., Any]] = {
    kind.__name__: kind
    for kind in (
        Prior, MixedPrior, Family, Interventions,
        graph_priors.ErdosRenyi, graph_priors.PrunedErdosRenyi, graph_priors.ScaleFree,
        graph_priors.WattsStrogatz, graph_priors.StochasticBlock, graph_priors.Geometric,
        graph_priors.Layered, graph_priors.GivenGraph,
        functions.Linear, functions.RandomFourier, functions.Polynomial, functions.MLP,
        functions.SigmoidAdditive, functions.Multiplicative, functions.Periodic, functions.Scaled,
        noises.Gaussian, noises.Laplace, noises.Cauchy, noises.Uniform, noises.Exponential,
        noises.StudentT, noises.Beta, noises.GaussianMixture,
    )
}  # fmt: skip
# Settings that are one part or a list of parts, what each part may be, and which of them are what.
PARTS: dict[str, Any] = {
    "mechanism": functions, "heteroscedastic": functions, "interventions": Interventions,
    "families": Family, "graphs": graph_priors, "mechanisms": functions, "noises": noises,
}  # fmt: skip
LISTS = ("families", "graphs", "mechanisms", "noises")
OPTIONAL = ("heteroscedastic", "interventions")


def to_config(part: Any) -> dict[str, Any]:
    """Turn a prior, or a part of one, into plain data.

    Raises:
        InputError: A part that is not of this package, which plain data cannot hold.

    Example:
        >>> from foundation_causal.simulate import ScaleFree
        >>> to_config(ScaleFree(edges=(2,)))
        {'kind': 'ScaleFree', 'edges': [2], 'power': [1.0], 'direction': 'out'}
    """
    kind = type(part).__name__
    if KINDS.get(kind) is not type(part):
        raise InputError(f"{kind} is not a kind that a config can hold; keep it in Python.")
    return {"kind": kind, **{field.name: _plain(getattr(part, field.name)) for field in fields(part)}}


def from_config(config: dict[str, Any], *, where: str = "") -> Any:
    """Make a prior, or a part of one, from plain data.

    Args:
        config: As `to_config` gives it.
        where: The place in a larger config, for messages.

    Raises:
        InputError: An unknown or missing kind or setting, or a setting that makes no sense.

    Example:
        >>> from_config({"kind": "Linear", "weights": [0.5, 2]})
        Linear(weights=(0.5, 2))
    """
    place = where or "The config"
    if not isinstance(config, dict) or "kind" not in config:
        raise InputError(
            f"{place} has no 'kind'; give a dict whose kind is one of {', '.join(sorted(KINDS))}."
        )
    name = config["kind"]
    if not isinstance(name, str) or name not in KINDS:
        raise InputError(f"{place}.kind is {name!r}; use one of {', '.join(sorted(KINDS))}.")
    settings = {key: value for key, value in config.items() if key != "kind"}
    _check_settings(settings, name, place)
    try:
        parts = {key: _part(value, f"{where}.{key}".lstrip("."), key) for key, value in settings.items()}
        return KINDS[name](**parts)
    except TypeError as error:
        raise InputError(f"{place} ({name}) has a setting of the wrong type: {error}.") from None


def read_prior(source: str | Path) -> Prior | MixedPrior:
    """Read a prior by its name, or from a JSON file.

    Raises:
        InputError: Neither a known name nor a file that holds a prior.

    Example:
        >>> read_prior("p-in").n
        (50, 1000)
    """
    known = [*PRIORS, *TYPED_PRIORS]
    if str(source) in known:
        return prior(str(source))
    path = Path(source)
    if path.suffix != ".json":
        raise InputError(f"There is no prior '{source}'; use one of {', '.join(known)}, or a .json file.")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"The prior '{path}' cannot be read ({error}); give a JSON file.") from None
    part = from_config(config)
    if not isinstance(part, Prior | MixedPrior):
        raise InputError(f"The config in '{path}' is a {type(part).__name__}; give one of kind 'Prior'.")
    return part


def write_prior(prior: Prior | MixedPrior, path: str | Path) -> None:
    """Write a prior to a JSON file, whole or not at all."""
    text = json.dumps(to_config(prior), indent=2) + "\n"
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _check_settings(settings: dict[str, Any], name: str, place: str) -> None:
    """Refuse settings that the kind of that name does not have, and the lack of those that it needs."""
    known = {field.name: field for field in fields(KINDS[name])}  # type: ignore[arg-type]
    unknown = sorted(set(settings) - set(known))
    if unknown:
        raise InputError(f"{place} ({name}) has no setting {quoted(unknown)}; use {', '.join(known)}.")
    missing = [
        key
        for key, field in known.items()
        if key not in settings and field.default is MISSING and field.default_factory is MISSING
    ]
    if missing:
        raise InputError(f"{place} ({name}) lacks {quoted(missing)}; give it.")
    for key, value in settings.items():
        if isinstance(known[key].default, bool) and not isinstance(value, bool):
            raise InputError(f"{place} ({name}) has {key} = {value!r}; give true or false.")


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return to_config(value)
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _part(value: Any, where: str, key: str) -> Any:
    """A setting from plain data: a part, a list of parts, or numbers, whose lists become tuples."""
    if key not in PARTS or (value is None and key in OPTIONAL):
        return _tuples(value)
    if key not in LISTS:
        return _checked(from_config(value, where=where), where, key)
    if not isinstance(value, list):
        raise InputError(f"{where} is no list; give its parts in square brackets, even a single one.")
    parts = [from_config(item, where=f"{where}[{i}]") for i, item in enumerate(value)]
    return tuple(_checked(part, f"{where}[{i}]", key) for i, part in enumerate(parts))


def _checked(part: Any, where: str, key: str) -> Any:
    """Refuse a part in the wrong place, as a noise among the graphs."""
    room = PARTS[key]
    fits = isinstance(part, room) if isinstance(room, type) else type(part).__module__ == room.__name__
    if not fits:
        raise InputError(f"{where} is a {type(part).__name__}, which has no place there; give another kind.")
    return part


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
