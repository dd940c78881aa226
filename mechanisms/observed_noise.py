"""The noise that observations had, found when it is needed and then kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from mechanisms.model import Array
from mechanisms.noise import noise_laws
from mechanisms.noise_law import Law


class ObservedNoise:
    """The noise of the observations and its laws; a model shares it with what interventions make of it."""

    def __init__(self, give: Callable[[], Sequence[Array | Law]]) -> None:
        """Wait to be asked.

        Args:
            give: gives for each variable the noise seen in the observations, shape [n_j], or its law. It is
                called once, because it can cost as much as the fit.
        """
        self._give = give

    @classmethod
    def of(cls, give: Callable[[], Sequence[Array | Law]]) -> ObservedNoise:
        """The same object if it is one already."""
        return give if isinstance(give, cls) else cls(give)

    def __call__(self) -> Sequence[Array | Law]:
        """What `give` gave."""
        return self._seen

    @cached_property
    def _seen(self) -> Sequence[Array | Law]:
        return self._give()

    @cached_property
    def laws(self) -> list[Law]:
        """The law of each variable's noise."""
        return noise_laws(self._seen)
