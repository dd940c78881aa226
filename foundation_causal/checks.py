"""What a seed may be, the same wherever one is asked for.

Whole numbers that users give: how many samples, draws or rows.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from math import isfinite
from numbers import Integral, Real
from typing import TypeAlias, TypeGuard

from foundation_causal.errors import InputError

LARGEST_SEED = 2**32 - 1  # what every generator takes; the command line says the same


def check_seed(seed: object) -> int:
    """The seed as a Python integer.

    Raises:
        InputError: no whole number from 0 to 2**32 - 1.

    >>> check_seed(3)
    3
    """
    if isinstance(seed, numbers.Integral) and not isinstance(seed, bool) and 0 <= int(seed) <= LARGEST_SEED:
        return int(seed)
    raise InputError(f"The seed is {seed!r}; give a whole number from 0 to {LARGEST_SEED}.")


def check_samples(n: object) -> None:
    """Refuse what is no number of samples.

    Raises:
        InputError: as said.
    """
    if not _is_whole(n) or n < 1:
        raise InputError(f"The number of samples is {n!r}; give a whole number above 0.")


def check_count(name: str, value: object, least: int) -> None:
    """Refuse what is not a whole number, or is below the least.

    Raises:
        InputError: as said.
    """
    if not _is_whole(value) or value < least:
        raise InputError(f"The number of {name} is {value!r}; give a whole number, at least {least}.")


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


Range: TypeAlias = tuple[float, float]


def check_sizes(**ranges: tuple[int, int]) -> None:
    """Refuse ranges of numbers of variables or rows that nothing can be drawn from.

    Raises:
        InputError: a range that begins below 2, or ends before it begins.
    """
    for name, (low, high) in ranges.items():
        if not 2 <= low <= high:
            raise InputError(f"The range of {name} is {low} to {high}: give 2 or more, lowest first.")


def check_range(
    field: str,
    bounds: Range,
    *,
    above: float | None = None,
    least: float | None = None,
    whole: bool = False,
) -> None:
    """Refuse bounds that are not two ordered finite numbers in the right domain.

    Args:
        field: What the bounds belong to, as "Linear.weights".
        bounds: The lower and the upper bound.
        above: Both must be greater than this.
        least: Both must be at least this.
        whole: Both must be whole numbers.

    Raises:
        InputError: They are not.
    """
    given = tuple(bounds) if isinstance(bounds, tuple | list) else ()
    if len(given) != 2 or not _numbers(given, whole) or given[0] > given[1]:
        kind = "whole" if whole else "finite"
        raise InputError(f"{field} is {bounds!r}: give two {kind} numbers, the lower one first.")
    _check_domain(field, given, above, least)


def check_choices(
    field: str,
    values: Sequence[float],
    *,
    above: float | None = None,
    least: float | None = None,
    whole: bool = False,
) -> None:
    """Refuse an empty choice, and values outside the domain; arguments as for `check_range`.

    Raises:
        InputError: They are not.
    """
    given = tuple(values) if isinstance(values, tuple | list) else ()
    if not given or not _numbers(given, whole):
        kind = "whole" if whole else "finite"
        raise InputError(f"{field} is {values!r}: give one or more {kind} numbers to choose from.")
    _check_domain(field, given, above, least)


def check_number(
    field: str,
    value: float,
    *,
    above: float | None = None,
    least: float | None = None,
    whole: bool = False,
) -> None:
    """Refuse what is not one number in the right domain; arguments as for `check_range`.

    Raises:
        InputError: It is not.
    """
    if not _numbers((value,), whole):
        raise InputError(f"{field} is {value!r}: give a {'whole' if whole else 'finite'} number.")
    _check_domain(field, (value,), above, least)


def check_size(field: str, value: int, least: int = 1) -> None:
    """Refuse a number of SCMs, variables or rows that is not whole or below `least`.

    Raises:
        InputError: It is.
    """
    check_number(field, value, whole=True)
    if value < least:
        raise InputError(f"{field} is {value}, but the simulator needs at least {least}.")


def check_probability(field: str, value: float) -> None:
    """Refuse what is not a number from 0 to 1.

    Raises:
        InputError: It is not.
    """
    check_number(field, value)
    if not 0 <= value <= 1:
        raise InputError(f"{field} is {value:g}: give a probability between 0 and 1.")


def _numbers(given: Sequence[object], whole: bool) -> bool:
    kind = Integral if whole else Real
    return all(isinstance(v, kind) and isfinite(v) for v in given)


def _check_domain(field: str, given: Sequence[float], above: float | None, least: float | None) -> None:
    for value in given:
        if above is not None and value <= above:
            raise InputError(f"{field} holds {value:g}: give numbers above {above:g}.")
        if least is not None and value < least:
            raise InputError(f"{field} holds {value:g}: give numbers of at least {least:g}.")
