"""The noise that observations had, noise for new samples, and how likely noise is.

As FiP and Cond-FiP do (Mahajan et al. 2024, section 4.3), noise is drawn by each variable's own inverse
distribution function; here it is that of a smooth distribution
(:func:`mechanisms.noise.density_fit.fit_distribution`), which goes on beyond the data and has a density.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from foundation_causal.observations import Observations
from foundation_causal.runtime import stream
from foundation_causal.types import Array
from mechanisms.mechanism_model import MechanismModel, noise_and_scales
from mechanisms.noise.density_fit import fit_distribution
from mechanisms.noise.distributions import Atoms, Distribution, Piled, log_likelihood

SAME_SHARE = 0.01  # of the rows at piles, by which noise may differ from what its distribution says


class ObservedNoise:
    """The noise of the observations; a model shares it with what interventions make of the model."""

    def __init__(self, residuals: Sequence[Array | Distribution]) -> None:
        """Take the noise as it is known.

        Args:
            residuals: For each of d variables the noise of its rows, shape `[n_j]`, or its distribution.
        """
        self._residuals = residuals

    @property
    def residuals(self) -> Sequence[Array | Distribution]:
        """For each of d variables the noise of its rows, shape `[n_j]`, or its distribution."""
        return self._residuals

    @cached_property
    def distributions(self) -> list[Distribution]:
        """The distribution of each variable's noise."""
        return noise_distributions(self.residuals)


class FittedNoise(ObservedNoise):
    """The noise that the observations had by a model; computed when first needed, for that can take long."""

    def __init__(self, model: MechanismModel, data: Observations) -> None:
        """Keep what the noise is computed from.

        Args:
            model: The functions F_j.
            data: The observations that it was fitted to.
        """
        self._model, self._data = model, data

    @cached_property
    def residuals(self) -> Sequence[Array | Distribution]:
        """For each of d variables the noise of its rows, shape `[n_j]`, or its distribution."""
        return self._model.context_noise(self._data)

    @cached_property
    def distributions(self) -> list[Distribution]:
        """The distribution of each variable's noise, under which the rows that were fitted are possible.

        Noise of few values stays with these only where they are what the functions leave to the rows: a model
        may give the noise another size than its own residuals have, and these then lie between the values.
        """
        found = noise_distributions(self.residuals)
        for j, name in enumerate(self._model.names):
            if j in self._model.discrete_nodes or not self._model.graph.in_degree(name):
                continue
            (column,) = self._model.noise_columns([j])
            residuals, law = self.residuals[column], found[column]
            if isinstance(law, Atoms | Piled) and isinstance(residuals, np.ndarray):
                rows = self._data.values[self._data.free[:, j]]
                noise, _ = noise_and_scales(self._model, rows, [j])
                if not _goes_with(law, noise[:, 0]):
                    found[column] = fit_distribution(residuals, atoms=False)
        return found


def _goes_with(law: Atoms | Piled, noise: Array) -> bool:
    """Whether noise `[n]` takes the few values of a law, or lies at its piles as often as it says."""
    if isinstance(law, Atoms):
        return bool(np.isfinite(law.log_density(noise)).all())
    return bool(abs(law.is_pile(noise).mean() - law.shares.sum()) < SAME_SHARE)


def noise_distributions(observed: Sequence[Array | Distribution]) -> list[Distribution]:
    """The distribution of each variable's noise; to be kept where noise is drawn or judged repeatedly.

    Args:
        observed: For each of d variables the noise of its rows, shape `[n_j]`, or its distribution, which is
            passed on.
    """
    return [fit_distribution(noise) if isinstance(noise, np.ndarray) else noise for noise in observed]


def draw_noise(
    observed: Sequence[Array | Distribution], n: int, seed: int, names: Sequence[str] | None = None
) -> Array:
    """Draw independent noise for d variables by their inverse distribution functions.

    A variable that takes few values keeps to them; any other is drawn from a smooth distribution with the
    mean and the variance of what was observed, and rounded as the values are where many of them repeat.

    Args:
        observed: For each variable the noise of its rows, shape `[n_j]`, or its distribution
            (:func:`noise_distributions`).
        n: Rows to draw.
        seed: The same seed gives the same noise.
        names: What the columns are called, by which each has its own chance, wherever it stands; by default
            their positions.

    Returns:
        Shape `[n, d]`.

    >>> draw_noise([np.random.default_rng(0).normal(size=300)], 2, seed=0, names=["a"]).round(1)
    array([[-0.3],
           [-0.5]])
    """
    distributions = noise_distributions(observed)
    keys: Sequence[str | int] = range(len(distributions)) if names is None else names
    columns = []
    for distribution, key in zip(distributions, keys, strict=True):
        # Never exactly 0, which would be infinitely far out.
        uniform = np.maximum(stream(seed, "noise", key).random(n), np.finfo(float).tiny)
        columns.append(distribution.quantile(uniform))
    return np.stack(columns, axis=1)


def log_density(observed: Sequence[Array | Distribution], noise: Array, scale: Array | float = 1.0) -> Array:
    """Logarithm of the density of noise under the distribution from which :func:`draw_noise` draws.

    Args:
        observed: For each variable the noise of its rows, shape `[n_j]`, or its distribution
            (:func:`noise_distributions`).
        noise: Shape `[n, d]`, in the same units.
        scale: By what it is multiplied in the variables, `[n, d]`; by default nothing is.

    Returns:
        Shape `[n, d]`, of a density per unit of each variable; of a probability where a variable takes few
        values, minus infinity at other values.

    >>> seen = [np.random.default_rng(0).normal(size=300)]
    >>> log_density(seen, np.array([[0.0], [2.0]])).round(1)
    array([[-0.9],
           [-2.9]])
    """
    distributions = noise_distributions(observed)
    columns = zip(distributions, noise.T, np.broadcast_to(scale, noise.shape).T, strict=True)
    return np.stack([log_likelihood(law, column, size) for law, column, size in columns], axis=1)
