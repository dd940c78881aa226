"""Draws of whole functions from the posterior of the kernel model.

By Matheron's rule a draw from the prior, corrected by what the data say of it, is a draw from the posterior
(Wilson et al. 2020, "Efficiently sampling functions from Gaussian process posteriors", equation 9):

    f(q) + k(q, X) (K + noise I)^-1 (y - f(X) - e),   e ~ N(0, noise I).

The prior draw f is a sum of random Fourier features for the exponential part of the kernel (Rahimi and Recht
2007) and exact for the linear part and the constant; the correction uses the exact kernel. As every draw has
features of its own, mean and covariance over many draws are those of the exact posterior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import networkx as nx
import numpy as np
from scipy.linalg.lapack import dpotrs

from foundation_causal.runtime import one_thread
from foundation_causal.types import Array
from mechanisms.kernel.gaussian_process import CHUNK, Kernel, Point, Regression, bumps, cholesky
from mechanisms.kernel.kernel_model import KernelModel
from mechanisms.mechanism_model import column_by_column

FEATURES = 256


@dataclass(frozen=True)
class DrawnFunction:
    """One function of p inputs, q -> level + slopes . q + waves + bumps, in standardized units.

    Attributes:
        level: a number.
        slopes: shape [p].
        waves: frequencies [p, m], phases [m] and amplitudes [m] of cosines; None for a linear function.
        bumps: see :class:`Bumps`; None for a linear function.
    """

    level: float
    slopes: Array
    waves: tuple[Array, Array, Array] | None = None
    bumps: Bumps | None = None

    def __call__(self, x: Array) -> Array:
        """The function at inputs, shape [m, p] -> [m]."""
        found = self.level + x @ self.slopes
        if self.waves is not None:
            frequencies, phases, amplitudes = self.waves
            for start in range(0, len(x), CHUNK):
                rows = slice(start, start + CHUNK)
                # A cosine takes a thirtieth of the time in single precision, which is good enough for a draw.
                angles = (x[rows] @ frequencies + phases).astype(np.float32)
                found[rows] += np.cos(angles, out=angles) @ amplitudes.astype(np.float32)
        return found if self.bumps is None else found + self.bumps(x)


@dataclass(frozen=True)
class Bumps:
    """A sum of Gaussian bumps, coefficients . exp(-|inverse_lengths * (q - centre)|^2 / 2).

    If additive, each bump is the mean of bumps in one input alone.

    Attributes:
        inverse_lengths: shape [p].
        centres: shape [n, p].
        coefficients: shape [n].
        additive: as for :class:`Kernel`.
    """

    inverse_lengths: Array
    centres: Array
    coefficients: Array
    additive: bool = False

    def __call__(self, x: Array) -> Array:
        """The sum at inputs, shape [m, p] -> [m]."""
        return bumps(x, self.centres, self.inverse_lengths, self.coefficients, self.additive)


Drawn: TypeAlias = tuple[DrawnFunction, Array]


@dataclass(frozen=True)
class KernelDraw:
    """A draw of all mechanisms, in the user's units; made by :func:`draw_mechanisms`.

    Attributes:
        base: the fitted model; it answers for the variables that were not drawn.
        functions: for each drawn variable its function in standardized units; a number for a root, its level.
        residuals: for each drawn variable the noise that its function leaves to the fitted rows, shape [n_j],
            over its scale: together with the function, a draw from the posterior.
    """

    base: KernelModel
    functions: dict[int, DrawnFunction | float]
    residuals: dict[int, Array]

    @property
    def names(self) -> list[str]:
        """The d variables."""
        return self.base.names

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG over `names`."""
        return self.base.graph

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape [n, d] -> [n, len(nodes)]."""
        return column_by_column(lambda j: self._predict_node(j, values), nodes, len(values))

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """The scale of the noise, that of the fitted model, shape [n, d] -> [n, len(nodes)]."""
        return self.base.scale_nodes(nodes, values)

    def _predict_node(self, j: int, values: Array) -> Array:
        base, function = self.base, self.functions.get(j)
        if function is None:
            return base.predict_nodes([j], values)[:, 0]
        if not isinstance(function, DrawnFunction):
            return np.full(len(values), function)
        parents = base.parents[j]
        x = (values[:, parents] - base.centre[parents]) / base.scale[parents]
        return base.level[j] + base.scale[j] * function(x)


@one_thread()
def draw_mechanisms(
    model: KernelModel, k: int, seed: int, nodes: Sequence[int] | None = None
) -> list[KernelDraw]:
    """Draw the functions F from their posterior, each variable's independently of the others'.

    A draw takes one setting of the hyperparameters by its weight, the output scale from its posterior under
    the Jeffreys prior, and then a function. The level of a root is drawn from its posterior under the same
    prior, a Student t.

    Args:
        model: the fitted model.
        k: how many draws.
        seed: the same seed gives the same draws.
        nodes: positions of the variables to draw, all by default; the others keep their posterior mean.

    Returns:
        k mechanism models.

    Example:
        >>> import pandas as pd
        >>> from foundation_causal.observations import observations
        >>> from mechanisms.kernel.kernel_model import fit_kernel
        >>> rng = np.random.default_rng(0)
        >>> a = rng.normal(size=50)
        >>> data = pd.DataFrame({"a": a, "b": 2 * a + 0.1 * rng.normal(size=50)})
        >>> draws = draw_mechanisms(fit_kernel(observations(data), nx.DiGraph([("a", "b")])), 3, seed=0)
        >>> [draw.predict_nodes([1], np.array([[1.0, 0.0]])).round(1).item() for draw in draws]
        [2.0, 2.0, 2.0]
    """
    draws = [KernelDraw(model, {}, {}) for _ in range(k)]
    wanted = set(range(len(model.names)) if nodes is None else nodes)
    for j, random in enumerate(np.random.default_rng(seed).spawn(len(model.names))):
        if j not in wanted:
            continue
        fitted, column = model.regressions[j], model.rows[j][:, j]
        if fitted is None:
            freedom = max(len(column) - 1, 1)  # one value tells no spread, and is taken as it is
            spread = np.sqrt(column.var() / freedom)
            levels = column.mean() + spread * random.standard_t(freedom, k)
            for draw, level in zip(draws, levels, strict=True):
                draw.functions[j], draw.residuals[j] = level, column - level
        else:
            for draw, (function, rest) in zip(draws, draw_functions(fitted, k, random), strict=True):
                scale = model.scale_nodes([j], model.rows[j][: len(rest)])[:, 0]
                draw.functions[j], draw.residuals[j] = function, rest * model.scale[j] / scale
    return draws


def draw_functions(fitted: Regression, k: int, random: np.random.Generator) -> list[Drawn]:
    """Draw k functions from the posterior of a regression, each with the noise it leaves to the rows, [n]."""
    counts = random.multinomial(k, [point.weight for point in fitted.points])
    drawn = [
        one
        for point, count in zip(fitted.points, counts, strict=True)
        if count
        for one in _draw_at(point, fitted, count, random)
    ]
    return [drawn[i] for i in random.permutation(k)]


def _draw_at(point: Point, fitted: Regression, k: int, random: np.random.Generator) -> list[Drawn]:
    """Draws at one setting of the hyperparameters."""
    x, y, kernel = fitted.x, fitted.y, point.kernel
    variances = point.noise * fitted.variances
    factor = cholesky(kernel(x, x), variances)
    fit = y @ dpotrs(factor, y, lower=1)[0]
    # s^2 given y, with the density 1 / s^2 before: y'C^-1 y over a chi^2 with n degrees of freedom.
    scales = np.sqrt(fit / random.chisquare(len(y), k))
    priors = [_prior(kernel, random) for _ in range(k)]
    noise = np.sqrt(variances)[:, None] * random.normal(size=(len(y), k))
    missed = y[:, None] / scales - np.stack([prior(x) for prior in priors], 1) - noise
    weights = dpotrs(factor, missed, lower=1)[0]
    return [
        (_corrected(prior, kernel, x, w, s), s * (e + variances * w))  # y - f(X), without evaluating f
        for prior, w, e, s in zip(priors, weights.T, noise.T, scales, strict=True)
    ]


def _prior(kernel: Kernel, random: np.random.Generator) -> DrawnFunction:
    """A function from the prior with output scale 1."""
    slopes = kernel.slopes * random.normal(size=kernel.slopes.shape)
    level = float(np.sqrt(kernel.constant) * random.normal())
    if kernel.inverse_lengths is None:
        return DrawnFunction(level, slopes)
    frequencies = kernel.inverse_lengths[:, None] * random.normal(size=(len(slopes), FEATURES))
    if kernel.additive:  # the mean over the inputs of their kernels: every wave runs along one of them
        frequencies *= np.arange(len(slopes))[:, None] == random.integers(len(slopes), size=FEATURES)
    phases = random.uniform(0, 2 * np.pi, FEATURES)
    amplitudes = np.sqrt(2 / FEATURES) * random.normal(size=FEATURES)
    return DrawnFunction(level, slopes, (frequencies, phases, amplitudes))


def _corrected(prior: DrawnFunction, kernel: Kernel, x: Array, weights: Array, scale: float) -> DrawnFunction:
    """scale * (prior + k(., x) weights), the linear part of the kernel gathered in level and slopes."""
    level, slopes = kernel.gathered(x, weights)
    level, slopes = prior.level + level, prior.slopes + slopes
    if prior.waves is None or kernel.inverse_lengths is None:
        return DrawnFunction(scale * level, scale * slopes)
    frequencies, phases, amplitudes = prior.waves
    waves = (frequencies, phases, scale * amplitudes)
    bumps = Bumps(kernel.inverse_lengths, x, scale * weights, kernel.additive)
    return DrawnFunction(scale * level, scale * slopes, waves, bumps)
