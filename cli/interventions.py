"""`--do X=2.0`: from the text on the command line to checked interventions, labels and file names."""

import difflib
import math
import re
import shlex
from collections.abc import Sequence

from foundation_causal.errors import InputError, quoted

Intervention = dict[str, float]


def parse_interventions(texts: Sequence[str], names: Sequence[str]) -> list[Intervention]:
    """Each text as one intervention on columns among `names`, repeated ones once.

    >>> parse_interventions(["X=2.0", "X=1,Y=-3e2"], ["X", "Y"])
    [{'X': 2.0}, {'X': 1.0, 'Y': -300.0}]
    """
    interventions: list[Intervention] = []
    for text in texts:
        intervention = _parse(text, names)
        if intervention not in interventions:
            interventions.append(intervention)
    return interventions


def joined(interventions: Sequence[Intervention]) -> Intervention:
    """All interventions as one; the same variable cannot be set to two values."""
    joint: Intervention = {}
    for intervention in interventions:
        for name, value in intervention.items():
            if joint.setdefault(name, value) != value:
                raise InputError(
                    f"--do sets '{name}' to both {joint[name]!r} and {value!r} in one sample; "
                    "leave one of them out."
                )
    return joint


def label(intervention: Intervention) -> str:
    """`PKA = 2, PKC = 0.5`, for tables and legends."""
    return ", ".join(f"{name} = {value:.6g}" for name, value in intervention.items())


def file_names(interventions: Sequence[Intervention]) -> list[str]:
    """One `do_<X>=<value>.csv` per intervention, unique even where file systems ignore case.

    A column name may hold what a file name may not (`p44/42`); such characters become `_`.

    >>> file_names([{"PKA": 2.0}, {"p44/42": 1.0, "PKC": 0.5}])
    ['do_PKA=2.0.csv', 'do_p44_42=1.0,PKC=0.5.csv']
    """
    taken: set[str] = set()
    found = []
    for intervention in interventions:
        text = ",".join(f"{name}={value!r}" for name, value in intervention.items())
        stem = (
            "do_" + re.sub(r"[^\w.,=+-]", "_", text)[:60]
        )  # at most 240 bytes in UTF-8, below every system's limit
        unique, copy = stem, 2
        while unique.lower() in taken:
            unique, copy = f"{stem}~{copy}", copy + 1
        taken.add(unique.lower())
        found.append(f"{unique}.csv")
    return found


def _parse(text: str, names: Sequence[str]) -> Intervention:
    intervention: Intervention = {}
    for part in _parts(text):
        name, _, number = (piece.strip() for piece in part.rpartition("="))
        if not name:
            raise InputError(
                f"--do '{text}' is not of the form NAME=NUMBER; write for example {_example(names[0])}."
            )
        if name not in names:
            raise InputError(
                f"--do '{text}' names '{name}', which is no column of the data; {_hint(name, names)}."
            )
        if name in intervention:
            raise InputError(f"--do '{text}' sets '{name}' twice; give it one value.")
        intervention[name] = _number(number, text, name)
    return intervention


def _parts(text: str) -> list[str]:
    """`X=2,Y=1` cut at its commas, save those inside a name: a piece without `=` begins a name."""
    parts: list[str] = []
    begun = ""
    for piece in text.split(","):
        begun = f"{begun},{piece}" if begun else piece
        if "=" in piece:
            parts.append(begun)
            begun = ""
    return [*parts, begun] if begun or not parts else parts


def _number(number: str, text: str, name: str) -> float:
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(
            f"--do '{text}' sets '{name}' to '{number}', which is no finite number; "
            f"write for example {_example(name)}."
        )
    return value


def _example(name: str) -> str:
    """An option to copy, quoted where a shell would otherwise cut the name."""
    return f"--do {shlex.quote(f'{name}=2.0')}"


def _hint(name: str, names: Sequence[str]) -> str:
    folded = {known.lower(): known for known in names}
    # A name whose unit was left off differs by too many characters to count as close.
    begun = [known for known in folded if known.startswith(name.lower())]
    if len(begun) == 1:
        return f"did you mean '{folded[begun[0]]}'"
    close = difflib.get_close_matches(name.lower(), list(folded), n=1, cutoff=0.6)
    if close:
        return f"did you mean '{folded[close[0]]}'"
    return f"use one of {quoted(names)}"
