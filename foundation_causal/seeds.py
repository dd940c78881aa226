"""What a seed may be, the same wherever one is asked for."""

from __future__ import annotations

import numbers

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
