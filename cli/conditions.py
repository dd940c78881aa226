"""`--given age=30:40`: from the text on the command line to conditions on rows."""

import math
import shlex
from collections.abc import Sequence

from cli.interventions import hint
from foundation_causal.errors import InputError


def parse_conditions(texts: Sequence[str], names: Sequence[str]) -> dict[str, float | tuple[float, float]]:
    """All texts as one set of conditions on columns among `names`.

    >>> parse_conditions(["sex=1", "age=30:40", "dose=2:"], ["age", "sex", "dose"])
    {'sex': 1.0, 'age': (30.0, 40.0), 'dose': (2.0, inf)}
    """
    conditions: dict[str, float | tuple[float, float]] = {}
    for text in texts:
        name, _, value = (piece.strip() for piece in text.rpartition("="))
        if not name:
            example = shlex.quote(f"{names[0]}=1:2")
            raise InputError(f"--given '{text}' is not of the form NAME=VALUE; write for example {example}.")
        if name not in names:
            raise InputError(
                f"--given '{text}' names '{name}', which is no column of the data; {hint(name, names)}."
            )
        if name in conditions:
            raise InputError(f"--given says '{name}' twice; give it one value or one range.")
        low, colon, high = value.partition(":")
        if colon:
            conditions[name] = _number(low or "-inf", text), _number(high or "inf", text)
        else:
            conditions[name] = _number(low, text)
    return conditions


def _number(piece: str, text: str) -> float:
    try:
        number = float(piece)
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise InputError(f"--given '{text}' has '{piece}' where a number belongs; write NAME=1 or NAME=1:2.")
    return number
