"""From texts on the command line to interventions and conditions on columns: `--do`, `--shift` and `--given`.

`--do X=2.0` sets a variable, `--shift X=+1.5` adds to what it would be, and `--given age=30:40` keeps rows in
which a variable has a value or lies in a range. Interventions have labels and file names, too.
"""

from __future__ import annotations

import difflib
import math
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from foundation_causal.errors import InputError, quoted, worded

if TYPE_CHECKING:
    from foundation_causal.columns.schema import Column, Schema
    from foundation_causal.types import Array
    from mechanisms.queries.interventions import Shift

    Intervention = Mapping[str, float | str | Shift]
    Condition = float | str | tuple[float | str, float | str]

STEPS = (0.1, 0.25, 0.5, 0.75, 0.9)  # quantiles of a treatment without levels that are compared


def requested_interventions(
    do_texts: Sequence[str], shift_texts: Sequence[str], schema: Schema
) -> list[Intervention]:
    """One intervention for each text of `--do`, and then for each of `--shift`."""
    from mechanisms.queries.interventions import Shift

    set_to = parse_interventions(do_texts, schema)
    moved_by = parse_interventions(shift_texts, schema, "--shift")
    return [*set_to, *({name: Shift(by) for name, by in moves.items()} for moves in moved_by)]  # type: ignore[arg-type]


def parse_interventions(
    texts: Sequence[str], schema: Schema, option: str = "--do"
) -> list[dict[str, float | str]]:
    """Each text as one intervention on the columns of a schema, repeated ones once.

    >>> from foundation_causal.columns.schema import Schema
    >>> parse_interventions(["X=2.0", "X=1,Y=-3e2"], Schema.numeric(["X", "Y"]))
    [{'X': 2.0}, {'X': 1.0, 'Y': -300.0}]
    """
    interventions: list[dict[str, float | str]] = []
    for text in texts:
        intervention = _parse(text, schema, option)
        if intervention not in interventions:
            interventions.append(intervention)
    return interventions


def _parse(text: str, schema: Schema, option: str) -> dict[str, float | str]:
    intervention: dict[str, float | str] = {}
    names = schema.names
    for part in _parts(text):
        name, _, number = (piece.strip() for piece in part.rpartition("="))
        if not name:
            raise InputError(
                f"{option} '{text}' is not of the form NAME=NUMBER; "
                f"write for example {_example(names[0], option)}."
            )
        check_column(name, names, f"{option} '{text}'")
        if name in intervention:
            raise InputError(f"{option} '{text}' names '{name}' twice; give it one value.")
        if option in ("--do", "--hold") and _has_words(schema[name]):
            intervention[name] = _word(schema[name], number, f"{option} '{text}'")
            continue
        if not math.isfinite(value := _number(number)):
            does = f"shifts '{name}' by" if option == "--shift" else f"sets '{name}' to"
            advice = _about_percent(number, name) or f"write for example {_example(name, option)}"
            raise InputError(f"{option} '{text}' {does} '{number}', which is no finite number; {advice}.")
        intervention[name] = value
    return intervention


def _has_words(column: Column) -> bool:
    """Whether the values of a column are written as words: as labels, or as dates."""
    return column.has_labels or bool(column.unit)


def _word(column: Column, word: str, where: str) -> str:
    """A label or a date, as it stands, once it is known that the column has it."""
    try:
        column.number(word)
    except InputError as error:
        raise InputError(f"Cannot use {where}: {error}") from error
    return word


def parse_types(texts: Sequence[str]) -> dict[str, str | list[str]]:
    """All texts of `--types` as the types of columns.

    >>> parse_types(["age=count,stage=I<II<III", "id=ignore"])
    {'age': 'count', 'stage': ['I', 'II', 'III'], 'id': 'ignore'}
    """
    types: dict[str, str | list[str]] = {}
    for text in texts:
        for part in _parts(text):
            name, _, kind = (piece.strip() for piece in part.rpartition("="))
            if not (name and kind):
                raise InputError(f"--types '{text}' is not of the form NAME=TYPE, as in stage=ordinal.")
            if name in types:
                raise InputError(f"--types says '{name}' twice; give it one type.")
            types[name] = [label.strip() for label in kind.split("<")] if "<" in kind else kind
    return types


def parse_statements(stated: Mapping[str, Sequence[str]], names: Sequence[str]) -> dict[str, Any]:
    """Texts of `--root`, `--leaf`, `--require` and `--forbid` as the fields of knowledge, repeated ones once.

    >>> parse_statements({"roots": ["age"], "forbidden": ["a,b,c"]}, ["age", "a,b", "c"])
    {'roots': ['age'], 'forbidden': [('a,b', 'c')]}
    """
    options = {"roots": "--root", "leaves": "--leaf", "required": "--require", "forbidden": "--forbid"}
    fields: dict[str, Any] = {}
    for field, texts in stated.items():
        option, once = options[field], list(dict.fromkeys(texts))
        if field in ("roots", "leaves"):
            for name in once:
                check_column(name, names, f"{option} '{name}'")
            fields[field] = once
        else:
            fields[field] = list(dict.fromkeys(_edge(text, names, option) for text in once))
    return fields


def _edge(text: str, names: Sequence[str], option: str) -> tuple[str, str]:
    """`A,B` cut at the comma around which both are columns, for names may hold commas."""
    cuts = [place for place, letter in enumerate(text) if letter == ","]
    pairs = [(text[:cut].strip(), text[cut + 1 :].strip()) for cut in cuts]
    known = [pair for pair in pairs if pair[0] in names and pair[1] in names]
    if known:
        return known[0]
    if len(pairs) != 1:
        example = shlex.quote(f"{names[0]},{names[1]}")
        raise InputError(f"{option} '{text}' is not of the form CAUSE,EFFECT; write for example {example}.")
    for name in pairs[0]:
        check_column(name, names, f"{option} '{text}'")
    return pairs[0]


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


def _example(name: str, option: str) -> str:
    """An option to copy, quoted where a shell would otherwise cut the name."""
    return f"{option} {shlex.quote(f'{name}=2.0')}"


def joined(interventions: Sequence[Intervention]) -> Intervention:
    """All interventions as one; the same variable cannot be changed in two ways."""
    joint: dict[str, float | str | Shift] = {}
    for intervention in interventions:
        for name, change in intervention.items():
            if joint.setdefault(name, change) != change:
                both = f"{_spoken(joint[name])} and {_spoken(change)}"
                raise InputError(f"'{name}' cannot be both {both} in one sample; leave one of them out.")
    return joint


def _spoken(change: float | str | Shift) -> str:
    return f"set to {change!r}" if isinstance(change, float | str) else f"shifted by {change.amount!r}"


def values_set(intervention: Intervention) -> dict[str, float | str]:
    """The values of the variables that are set, without those that are shifted."""
    return {name: change for name, change in intervention.items() if isinstance(change, float | str)}


def shifts(intervention: Intervention) -> dict[str, float]:
    """The amounts by which variables are shifted."""
    return {
        name: change.amount for name, change in intervention.items() if not isinstance(change, float | str)
    }


def label(intervention: Intervention) -> str:
    """The intervention in tables and legends, such as `PKA = 2, PKC + 0.5`."""
    parts = [f"{name} = {written(value)}" for name, value in values_set(intervention).items()]
    parts += [f"{name} {'-' if by < 0 else '+'} {abs(by):.6g}" for name, by in shifts(intervention).items()]
    return ", ".join(parts)


def written(value: object) -> str:
    """A value as people read it: a label as it is, a date without the hour of midnight, six digits."""
    return f"{value:.6g}" if isinstance(value, float) else worded(value)


def between(column: Column, low: str, high: str, steps: int) -> list[Any]:
    """The values of `--from`, `--to` and so many `--steps`; of a column of labels only those two.

    Of a count they are rounded, so that there may be fewer.

    Raises:
        InputError: What is no value of the column.
    """
    if _has_words(column):
        if steps != 2:
            raise InputError(f"--steps is for numbers, and '{column.name}' has none; leave it out.")
        return [_word(column, low, f"--from '{low}'"), _word(column, high, f"--to '{high}'")]
    ends = [_number(low), _number(high)]
    for option, text, end in zip(("--from", "--to"), (low, high), ends, strict=True):
        if not math.isfinite(end):
            advice = _about_percent(text, column.name) or f"give a value of '{column.name}'"
            raise InputError(f"{option} is '{text}', which is no finite number; {advice}.")
    start, stop = ends
    if start == stop:
        return ends
    points = [*(start + (stop - start) * k / (steps - 1) for k in range(steps - 1)), stop]
    return list(dict.fromkeys(map(round, points))) if column.kind == "count" and steps > 2 else points


def usual_values(column: Column, seen: Array) -> list[Any]:
    """The values that are compared where none are asked for: the levels of a column, or five quantiles.

    Args:
        column: The one that is set.
        seen: Its values, NaN where missing, shape `[n]`.

    Returns:
        As the user writes them, the smallest first; whole where all of them are.
    """
    import numpy as np

    if column.is_discrete:
        return [column.label(number) for number in column.numbers]
    quantiles = np.nanquantile(seen, STEPS)
    quantiles = np.unique(np.rint(quantiles) if column.is_whole else quantiles)
    return [column.label(float(f"{value:.4g}")) for value in quantiles]


def values_to_compare(
    column: Column, seen: Array, low: str | None, high: str | None, steps: int
) -> list[Any]:
    """The values of :func:`between`, or without `--from` and `--to` those of :func:`usual_values`.

    Raises:
        InputError: Only one of the two is given, `--steps` without them, or what is no value of the column.
    """
    if low is not None and high is not None:
        return between(column, low, high, steps)
    if low is not None or high is not None:
        raise InputError(
            "An effect compares two values; give both --from and --to, or neither for the usual ones."
        )
    if steps != 2:
        raise InputError("--steps divides the way from --from to --to; give these, too.")
    return usual_values(column, seen)


def file_names(interventions: Sequence[Intervention]) -> list[str]:
    """A `do_<X>=<value>.csv` or `shift_<X>=<by>.csv` each, unique even where file systems ignore case.

    A column name may hold what a file name may not (`p44/42`); such characters become `_`.

    >>> file_names([{"PKA": 2.0}, {"p44/42": 1.0, "PKC": 0.5}])
    ['do_PKA=2.0.csv', 'do_p44_42=1.0,PKC=0.5.csv']
    """
    taken: set[str] = set()
    names = []
    for intervention in interventions:
        parts = [f"{name}={value}" for name, value in values_set(intervention).items()]
        parts += [f"{name}={by:+}" for name, by in shifts(intervention).items()]
        kind = "shift_" if shifts(intervention) else "do_"
        # At most 240 bytes in UTF-8, below every system's limit.
        stem = kind + re.sub(r"[^\w.,=+-]", "_", ",".join(parts))[:60]
        unique, copy = stem, 2
        while unique.lower() in taken:
            unique, copy = f"{stem}~{copy}", copy + 1
        taken.add(unique.lower())
        names.append(f"{unique}.csv")
    return names


def parse_conditions(texts: Sequence[str], schema: Schema) -> dict[str, Condition]:
    """All texts as one set of conditions on the columns of a schema; dates stay text.

    >>> from foundation_causal.columns.schema import Schema
    >>> parse_conditions(["sex=1", "age=30:40", "dose=2:"], Schema.numeric(["age", "sex", "dose"]))
    {'sex': 1.0, 'age': (30.0, 40.0), 'dose': (2.0, inf)}
    """
    conditions: dict[str, Condition] = {}
    names = schema.names
    for text in texts:
        name, _, value = (piece.strip() for piece in text.rpartition("="))
        if not name:
            example = shlex.quote(f"{names[0]}=1:2")
            raise InputError(f"--given '{text}' is not of the form NAME=VALUE; write for example {example}.")
        check_column(name, names, f"--given '{text}'")
        if name in conditions:
            raise InputError(f"--given says '{name}' twice; give it one value or one range.")
        if schema[name].has_labels:
            conditions[name] = _word(schema[name], value, f"--given '{text}'")
        elif schema[name].unit:
            conditions[name] = _moment(schema[name], value, text)
        else:
            conditions[name] = _condition(value, text, name)
    return conditions


def _moment(column: Column, value: str, text: str) -> Condition:
    """A date or duration as it stands, or the two ends of a range of them.

    >>> from foundation_causal.columns.schema import DATES, Column
    >>> _moment(Column("at", "continuous", unit=DATES), "2024-04-03 10:00:2024-04-03 12:00", "at=...")
    ('2024-04-03 10:00', '2024-04-03 12:00')
    """
    colons = [place for place, letter in enumerate(value) if letter == ":"]
    ranges = [(value[:colon].strip(), value[colon + 1 :].strip()) for colon in colons]
    for low, high in ranges:  # first, as pandas reads some ranges of moments as one moment of a time zone
        if _is_moment(column, low) and _is_moment(column, high):
            return low, high
    if _is_moment(column, value):
        return value
    for low, high in ranges:
        if (low or high) and all(not end or _is_moment(column, end) for end in (low, high)):
            return low or -math.inf, high or math.inf
    for end in ranges[0] if len(ranges) == 1 else [value]:
        if end or not value:
            _word(column, end, f"--given '{text}'")
    raise InputError(
        f"--given '{text}' has no date where one belongs; write NAME=2024-12-31, or two with a colon."
    )


def _is_moment(column: Column, word: str) -> bool:
    try:
        column.number(word)
    except InputError:
        return False
    return True


def _condition(value: str, text: str, name: str) -> float | tuple[float, float]:
    """The number, or the two ends of a range; an end that is left out is infinite."""
    low, colon, high = value.partition(":")
    pieces = [low or "-inf", high or "inf"] if colon else [low]
    for piece in pieces:
        if math.isnan(_number(piece)):
            advice = _about_percent(piece, name) or "write NAME=1 or NAME=1:2"
            raise InputError(f"--given '{text}' has '{piece}' where a number belongs; {advice}.")
    if not colon:
        return _number(low)
    ends = _number(pieces[0]), _number(pieces[1])
    if ends == (-math.inf, math.inf):
        raise InputError(f"--given '{text}' leaves both ends open, so that all rows meet it; write NAME=1:2.")
    return ends


def _about_percent(text: str, name: str) -> str:
    from foundation_causal.columns.unread_text import about_percent

    return about_percent(text, name)


def _number(text: str) -> float:
    """The number, or NaN where the text is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def check_column(name: str, names: Sequence[str], where: str) -> None:
    """Raise InputError unless the name, which `where` gives, is a column of the data."""
    if name not in names:
        raise InputError(f"{where} names '{name}', which is no column of the data; {_hint(name, names)}.")


def _hint(name: str, names: Sequence[str]) -> str:
    """What to do about a name that is no column: which one was probably meant, or which ones there are."""
    folded = {known.lower(): known for known in names}
    # A name whose unit was left off differs by too many characters to count as close.
    begun = [known for known in folded if known.startswith(name.lower())]
    if len(begun) == 1:
        return f"did you mean '{folded[begun[0]]}'"
    close = difflib.get_close_matches(name.lower(), list(folded), n=1, cutoff=0.6)
    if close:
        return f"did you mean '{folded[close[0]]}'"
    return f"use one of {quoted(names)}"
