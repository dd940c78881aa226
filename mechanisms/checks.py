"""Whole numbers that users give: how many samples, draws or rows."""

from __future__ import annotations

import numbers
from typing import TypeGuard

from foundation_causal.errors import InputError


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
