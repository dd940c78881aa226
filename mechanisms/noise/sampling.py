"""Noise for new samples, and how likely noise is: by the law of the noise that the observations had.

As FiP and Cond-FiP do (Mahajan et al. 2024, section 4.3), noise is drawn by each variable's own inverse
distribution function; here that of a smooth law (:func:`mechanisms.noise.density_fit.fit_law`), which goes
on beyond the data and has a density.

The noise that observations had, found when it is needed and then kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from foundation_causal.types import Array
from mechanisms.noise.density_fit import fit_law
from mechanisms.noise.distributions import Law


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
