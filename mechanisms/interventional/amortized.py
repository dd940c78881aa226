"""ACTIVA's answers beside those of other methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from foundation_causal.data import Observations
from mechanisms.model import Array

if TYPE_CHECKING:
    from mechanisms.activa.mixture import InterventionalDistribution
    from mechanisms.log_choice import Logs


@dataclass(frozen=True, eq=False)
class Amortized:
    """ACTIVA's distribution, of whose density only the variables that are not set count.

    Attributes:
        distribution: over all d variables; those that are set have a spread of their own.
    """

    distribution: InterventionalDistribution

    @classmethod
    def ask(
        cls,
        data: Observations,
        do: Mapping[str, float],
        *,
        model: str,
        draws: int = 50,
        logs: Logs = "auto",
        seed: int = 0,
        other_sizes: bool = False,
    ) -> Amortized:
        """Query a model by its name or folder; the arguments are those of `interventional_distribution`.

        Raises:
            InputError: no such model, or a query that it cannot answer.
        """
        from mechanisms.activa.answer import interventional_distribution

        how: dict[str, Any] = {"draws": draws, "logs": logs, "seed": seed, "other_sizes": other_sizes}
        return cls(interventional_distribution(data, do, model=model, **how))

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows, [n, d]."""
        return self.distribution.sample(n, seed=seed)

    def log_prob(self, rows: pd.DataFrame) -> Array:
        """Natural logarithm of the density of the variables that are not set, at rows [n, d], shape [n].

        Where the model gives a spread to a variable that is set, it is the density given the rows' values.
        """
        found = self.distribution
        free = [name for name, exact in zip(found.names, found.exact, strict=True) if not exact]
        given = [name for name in free if name in found.do]
        joint = found.marginal(free).log_prob(rows[free])
        return np.asarray(joint - found.marginal(given).log_prob(rows[given]) if given else joint)
