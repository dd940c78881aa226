"""One seeded source of randomness, and the checks that configurations share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, log
from numbers import Integral, Real
from typing import TypeAlias

import torch
from torch import Tensor

from foundation_causal.errors import InputError
from foundation_causal.seeds import check_seed

Range: TypeAlias = tuple[float, float]


def check_sizes(**ranges: tuple[int, int]) -> None:
    """Refuse ranges of numbers of variables or rows that nothing can be drawn from.

    Raises:
        InputError: a range that begins below 2, or ends before it begins.
    """
    for name, (low, high) in ranges.items():
        if not 2 <= low <= high:
            raise InputError(f"The range of {name} is {low} to {high}: give 2 or more, lowest first.")


def log_uniform(bounds: tuple[int, int], unit: float) -> int:
    """A whole number, log-uniform between the bounds, both included, from a number between 0 and 1.

    >>> [log_uniform((1, 100), unit) for unit in (0.0, 0.5, 1.0)]
    [1, 7, 100]
    """
    low, high = log(bounds[0] - 0.5), log(bounds[1] + 0.5)
    return min(max(round(exp(low + unit * (high - low))), bounds[0]), bounds[1])


@dataclass(frozen=True)
class Random:
    """A torch generator with the device and the precision of what it draws.

    Example:
        >>> random = Random.seeded(0)
        >>> random.uniform((2, 3), (1.0, 2.0)).shape
        torch.Size([2, 3])
    """

    generator: torch.Generator
    dtype: torch.dtype = torch.float32

    @classmethod
    def seeded(
        cls,
        seed: int | torch.Generator,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> Random:
        """From an integer, or from a generator, which goes on from where it is."""
        if not isinstance(seed, torch.Generator):
            seed = torch.Generator(device).manual_seed(check_seed(seed))
        return cls(seed, dtype)

    @property
    def device(self) -> torch.device:
        """Where it draws."""
        return self.generator.device

    def uniform(self, shape: Sequence[int], bounds: Range = (0.0, 1.0)) -> Tensor:
        """Uniform between the bounds."""
        low, high = bounds
        unit = torch.rand(*shape, generator=self.generator, dtype=self.dtype, device=self.device)
        return low + (high - low) * unit

    def normal(self, shape: Sequence[int]) -> Tensor:
        """Standard normal."""
        return torch.randn(*shape, generator=self.generator, dtype=self.dtype, device=self.device)

    def exponential(self, shape: Sequence[int]) -> Tensor:
        """Exponential with mean 1, by inversion: an order of magnitude faster than torch's own on a CPU."""
        return -torch.log1p(-self.uniform(shape))

    def gamma(self, shape_parameter: Tensor) -> Tensor:
        """Gamma with scale 1 and the given shape parameters, of their shape."""
        return torch._standard_gamma(shape_parameter, generator=self.generator)

    def sign(self, shape: Sequence[int]) -> Tensor:
        """-1 or 1, each with chance one half."""
        return self.integers(2, shape).to(self.dtype) * 2 - 1

    def integers(self, high: int, shape: Sequence[int]) -> Tensor:
        """Whole numbers from 0 to `high - 1`."""
        return torch.randint(high, tuple(shape), generator=self.generator, device=self.device)

    def one_of(self, values: Sequence[float], shape: Sequence[int]) -> Tensor:
        """One of the values, each with the same chance."""
        table = torch.tensor(values, dtype=self.dtype, device=self.device)
        return table[self.integers(len(values), shape)]


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
