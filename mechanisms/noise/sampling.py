"""Noise for new samples, and how likely noise is: by the law of the noise that the observations had.

As FiP and Cond-FiP do (Mahajan et al. 2024, section 4.3), noise is drawn by each variable's own inverse
distribution function; here that of a smooth law (:func:`mechanisms.noise.density_fit.fit_law`), which goes
on beyond the data and has a density.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from foundation_causal.observations import Observations
from foundation_causal.types import Array
from mechanisms.mechanism_model import MechanismModel
from mechanisms.noise.density_fit import fit_law
from mechanisms.noise.distributions import Law


class ObservedNoise:
    """The noise of the observations and its laws; a model shares it with what interventions make of it."""

    def __init__(self, residuals: Sequence[Array | Law]) -> None:
        """Take the noise as it is known.

        Args:
            residuals: for each of d variables the noise of its rows, shape [n_j]; or its law.
        """
        self._residuals = residuals

    @property
    def residuals(self) -> Sequence[Array | Law]:
        """For each of d variables the noise of its rows, shape [n_j]; or its law."""
        return self._residuals

    @cached_property
    def laws(self) -> list[Law]:
        """The law of each variable's noise."""
        return noise_laws(self.residuals)


class FittedNoise(ObservedNoise):
    """The noise that the observations had by a model; found when first needed, for that can take long."""

    def __init__(self, model: MechanismModel, data: Observations) -> None:
        """Keep what the noise is found from.

        Args:
            model: the functions F_j.
            data: the observations that it was fitted to.
        """
        self._model, self._data = model, data

    @cached_property
    def residuals(self) -> Sequence[Array | Law]:
        """For each of d variables the noise of its rows, shape [n_j]; or its law."""
        return self._model.context_noise(self._data)


def noise_laws(observed: Sequence[Array | Law]) -> list[Law]:
    """The law of each variable's noise; to be kept where noise is drawn or judged again and again.

    Args:
        observed: for each of d variables the noise of its rows, shape [n_j]; or its law, which is passed on.
    """
    return [fit_law(one) if isinstance(one, np.ndarray) else one for one in observed]


def draw_noise(observed: Sequence[Array | Law], n: int, seed: int) -> Array:
    """Draw independent noise for d variables by their inverse distribution functions.

    A variable that takes few values keeps to them; any other is drawn from a smooth law with the mean and
    the variance of what was observed.

    Args:
        observed: for each variable the noise of its rows, shape [n_j], or its law (:func:`noise_laws`).
        n: rows to draw.
        seed: the same seed gives the same noise.

    Returns:
        shape [n, d].

    >>> draw_noise([np.random.default_rng(0).normal(size=300)], 2, seed=0).round(1)
    array([[ 0.3],
           [-0.7]])
    """
    laws = noise_laws(observed)
    # Never exactly 0, which would be infinitely far out.
    uniform = np.maximum(np.random.default_rng(seed).random((n, len(laws))), np.finfo(float).tiny)
    return np.stack([law.quantile(uniform[:, j]) for j, law in enumerate(laws)], axis=1)


def log_density(observed: Sequence[Array | Law], noise: Array) -> Array:
    """Logarithm of the density of noise under the law from which :func:`draw_noise` draws.

    Args:
        observed: for each variable the noise of its rows, shape [n_j], or its law (:func:`noise_laws`).
        noise: shape [n, d], in the same units.

    Returns:
        shape [n, d], of a density per unit of each variable; of a probability where a variable takes few
        values, minus infinity at other values.

    >>> seen = [np.random.default_rng(0).normal(size=300)]
    >>> log_density(seen, np.array([[0.0], [2.0]])).round(1)
    array([[-0.9],
           [-2.9]])
    """
    laws = noise_laws(observed)
    return np.stack([law.log_density(noise[:, j]) for j, law in enumerate(laws)], axis=1)
