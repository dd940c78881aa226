"""The roads with a graph: one model, or a mixture of models under several graphs, under an intervention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from mechanisms.average import AveragedModel
from mechanisms.causal_model import CausalModel
from mechanisms.model import Array

Model = CausalModel | AveragedModel


@dataclass(frozen=True, eq=False)
class Mixture:
    """What causal models say of an intervention: each draws rows in proportion to its weight.

    Attributes:
        model: under the intervention.
    """

    model: Model

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows, [n, d]."""
        return self.model.sample(n, seed=seed)

    def log_prob(self, rows: pd.DataFrame) -> Array:
        """Natural logarithm of the density of the variables that are not set, at rows [n, d], shape [n].

        It is that given the values that the rows have where variables are set. A variable whose noise takes
        few values counts with the logarithm of a probability.

        Raises:
            InputError: rows that do not fit.
        """
        models, weights = members(self.model)
        each = np.stack([model.log_likelihood(rows).to_numpy() for model in models])
        return np.asarray(logsumexp(each, axis=0, b=weights[:, None]))


def intervened(model: Model, do: Mapping[str, float]) -> Mixture:
    """The model's interventional distribution.

    Raises:
        InputError: an unknown variable, or a value that the model cannot take.

    Example:
        >>> import networkx as nx
        >>> from mechanisms import infer
        >>> rng = np.random.default_rng(0)
        >>> a = rng.normal(size=200)
        >>> data = pd.DataFrame({"a": a, "b": a + rng.normal(size=200)})
        >>> forward = intervened(infer(data, nx.DiGraph([("a", "b")])), {"a": 2.0})
        >>> forward.log_prob(pd.DataFrame({"a": [2.0, 2.0], "b": [2.0, 5.0]})).round()
        array([-1., -5.])
    """
    return Mixture(model.do(dict(do)))


def members(model: Model) -> tuple[list[CausalModel], Array]:
    """The models that take part, and their weights, which sum to 1."""
    if isinstance(model, CausalModel):
        return [model], np.ones(1)
    return model.models, model.weights
