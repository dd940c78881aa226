"""Checks of seeds, counts, numbers and ranges, which refuse them in the same words everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite
from numbers import Integral, Real
from typing import Any, TypeAlias, TypeGuard

from foundation_causal.errors import InputError, said

LARGEST_SEED = 2**32 - 1  # what every generator takes; the command line says the same
MOST = 10_000_000  # of anything that is counted; beyond it, a slip is likelier than a wish
MOST_DRAWS = 100_000  # of models, each of which is solved for hundreds of rows

Range: TypeAlias = tuple[float, float]


def check_seed(seed: object) -> int:
    """The seed as a Python integer.

    Raises:
        InputError: No whole number from 0 to 2**32 - 1.

    >>> check_seed(3)
    3
    """
    if _is_whole(seed) and 0 <= seed <= LARGEST_SEED:
        return int(seed)
    raise InputError(f"The seed is {said(seed)}; give a whole number from 0 to {LARGEST_SEED}.")


def check_samples(n: object) -> int:
    """Refuse what is no number of samples.

    Raises:
        InputError: Not a whole number, below 1, or above 10 million.
    """
    return check_count("samples", n, 1)


def check_count(name: str, value: object, least: int, most: int = MOST) -> int:
    """Refuse what is no number of things.

    Args:
        name: Name of the things, in the plural.
        value: How many.
        least: The fewest.
        most: The most.

    Returns:
        The number as a Python integer.

    Raises:
        InputError: Not a whole number, below the least, or above the most.

    >>> check_count("draws", 100, 1)
    100
    """
    if not _is_whole(value) or value < least:
        raise InputError(f"The number of {name} is {said(value)}; give a whole number, at least {least}.")
    if value > most:
        raise InputError(f"The number of {name} is {said(value)}; give a whole number, at most {most:,}.")
    return int(value)


def check_sizes(**ranges: tuple[int, int]) -> None:
    """Refuse ranges of numbers of variables or rows that nothing can be drawn from.

    Args:
        ranges: By name.

    Raises:
        InputError: A range that begins below 2, or ends before it begins.
    """
    for name, bounds in ranges.items():
        check_range(f"The range of {name}", bounds, least=2, whole=True)


def check_number(
    field: str,
    value: float,
    *,
    above: float | None = None,
    least: float | None = None,
    whole: bool = False,
) -> None:
    """Refuse what is not one number in the right domain.

    Args:
        field: What the number belongs to, as "Scaled.bound".
        value: The number.
        above: It must be greater than this.
        least: It must be at least this.
        whole: It must be a whole number.

    Raises:
        InputError: It is not.
    """
    if not _are_numbers((value,), whole):
        raise InputError(f"{field} is {said(value)}; give a {_kind(whole)} number.")
    if wanted := _missed((value,), above, least):
        raise InputError(f"{field} is {value}; give a number {wanted}.")


def check_probability(field: str, value: float) -> None:
    """Refuse what is not a number from 0 to 1.

    Args:
        field: What the number belongs to, as "Layered.probability".
        value: The number.

    Raises:
        InputError: It is not.
    """
    check_number(field, value)
    if not 0 <= value <= 1:
        raise InputError(f"{field} is {value:g}; give a probability between 0 and 1.")


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
    if len(given) != 2 or not _are_numbers(given, whole) or given[0] > given[1]:
        raise InputError(f"{field} is {said(bounds)}; give two {_kind(whole)} numbers, the lower one first.")
    if wanted := _missed(given, above, least):
        raise InputError(f"{field} is {said(bounds)}; give numbers {wanted}.")


def check_choices(
    field: str,
    values: Sequence[float],
    *,
    above: float | None = None,
    least: float | None = None,
    whole: bool = False,
) -> None:
    """Refuse an empty choice, and values outside the domain.

    Args:
        field: What is chosen, as "ErdosRenyi.edges".
        values: What to choose from.
        above: All must be greater than this.
        least: All must be at least this.
        whole: All must be whole numbers.

    Raises:
        InputError: They are not.
    """
    given = tuple(values) if isinstance(values, tuple | list) else ()
    if not given or not _are_numbers(given, whole):
        raise InputError(
            f"{field} is {said(values)}; give one or more {_kind(whole)} numbers to choose from."
        )
    if wanted := _missed(given, above, least):
        raise InputError(f"{field} is {said(values)}; give numbers {wanted}.")


def as_list(values: object) -> list[Any] | None:
    """What something holds, as a list; None for a text, and for what cannot be iterated over.

    >>> as_list(("a", "b")), as_list("ab"), as_list(3)
    (['a', 'b'], None, None)
    """
    if isinstance(values, str | bytes):
        return None
    try:
        return list(values)  # type: ignore[call-overload]
    except TypeError:  # an array without dimensions says that it can be iterated over, and cannot
        return None


def as_float(value: Any) -> float:
    """A number as a float; an integer beyond all of these is infinite.

    >>> as_float(-(10**400))
    -inf
    """
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _are_numbers(given: Sequence[object], whole: bool) -> bool:
    kind = Integral if whole else Real
    return all(isinstance(value, kind) and _is_finite(value) for value in given)


def _is_finite(value: object) -> bool:
    return isfinite(as_float(value))


def _kind(whole: bool) -> str:
    return "whole" if whole else "finite"


def _missed(given: Sequence[float], above: float | None, least: float | None) -> str:
    """Say, as "above 0", what the numbers should be and some are not; else nothing."""
    if above is not None and any(value <= above for value in given):
        return f"above {above:g}"
    if least is not None and any(value < least for value in given):
        return f"of at least {least:g}"
    return ""
