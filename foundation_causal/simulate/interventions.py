"""Random interventions, as settings of a prior."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from foundation_causal.errors import InputError
from foundation_causal.simulate.random import Random, Range, check_number, check_range
from foundation_causal.simulate.scm import Do


@dataclass(frozen=True)
class Interventions:
    """Which variables of which rows are intervened on, and how.

    In each SCM a random subset of the variables can be targets; each row has `targets` of them.

    Args:
        share: Range of the share of variables that can be targets.
        targets: Variables intervened on at once, in each row.
        values: Range of the absolute value, raw units; the sign is random.
        fixed: One value per SCM and variable, instead of a fresh one for each row.
        shift: Add to the variable instead of setting it.
    """

    share: Range = (0.5, 1.0)
    targets: int = 1
    values: Range = (1.0, 5.0)
    fixed: bool = False
    shift: bool = False

    def __post_init__(self) -> None:
        check_range("Interventions.share", self.share, least=0)
        if self.share[1] > 1:
            raise InputError(f"Interventions.share reaches {self.share[1]:g}: give shares of at most 1.")
        check_number("Interventions.targets", self.targets, least=1, whole=True)
        check_range("Interventions.values", self.values, least=0)

    def draw(self, scms: int, n: int, d: int, random: Random) -> Do:
        """An intervention with its own targets in every row.

        Raises:
            InputError: More targets than variables.
        """
        if self.targets > d:
            raise InputError(
                f"Interventions.targets is {self.targets}, but there are {d} variables: give at most that."
            )
        possible = (random.uniform((scms, 1), self.share) * d).round().clamp(min=self.targets)
        rank = random.uniform((scms, d)).argsort(1).argsort(1)
        allowed = rank < possible
        chance = random.uniform((scms, n, d)) + (~allowed[:, None]).to(random.dtype)
        target = chance.argsort(2).argsort(2) < self.targets
        shape = (scms, 1 if self.fixed else n, d)
        value = random.uniform(shape, self.values) * random.sign(shape)
        return Do(target, value.expand(scms, n, d), self.shift)


def nothing(scms: int, n: int, d: int, random: Random) -> Do:
    """No intervention, in the same form."""
    target = torch.zeros(scms, n, d, dtype=torch.bool, device=random.device)
    return Do(target, torch.zeros(scms, n, d, dtype=random.dtype, device=random.device))
