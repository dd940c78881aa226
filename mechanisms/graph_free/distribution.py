"""An interventional distribution: a Gaussian mixture over the user's columns, or over logarithms of some."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import pi
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.special import ndtr
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from foundation_causal.checks import check_samples, check_seed
from foundation_causal.errors import InputError, quoted
from foundation_causal.observations import LARGEST, rows_like
from foundation_causal.types import Array

LARGEST_BLOCK = 2**20  # values of all parts of a block of rows, 8 MiB
LARGEST_LOG = np.log(LARGEST) - 1e-6  # of a value that counts as finite
FEW_LEVELS = 200  # more lie so close that only the ends move a mean by rounding
REACH, HALVINGS = 8.0, 60  # standard deviations beyond which a normal variable never lies; steps of a search


class Components(NamedTuple):
    """The parts of Gaussian mixtures, float64.

    Attributes:
        logits: Logarithms of the weights up to a constant, `[..., c]`.
        means: `[..., c, d]`.
        covariances: `[..., c, d, d]`.
    """

    logits: Tensor
    means: Tensor
    covariances: Tensor

    def set_to(self, target: Tensor, value: Tensor) -> Components:
        """Set the variables in `target` (bool `[..., d]`) to `value` (`[...]`), where they have no spread."""
        kept = ~target[..., None, :]
        means = torch.where(kept, self.means, value[..., None, None].double())
        return Components(self.logits, means, self.covariances * (kept[..., None] & kept[..., None, :]))

    def scaled(self, centre: Tensor, scale: Tensor) -> Components:
        """The parts in other units: times `scale` and plus `centre`, `[..., d]` each."""
        centre, scale = centre.double()[..., None, :], scale.double()[..., None, :]
        covariances = self.covariances * scale[..., None] * scale[..., None, :]
        return Components(self.logits, self.means * scale + centre, covariances)

    def factors(self) -> Tensor:
        """Lower triangular factors of the covariances, `[..., c, d, d]`.

        A variable without spread gets the variance at which a normal density is 1 at its centre.
        """
        free = self.covariances.diagonal(dim1=-2, dim2=-1) > 0
        filled = self.covariances + torch.diag_embed((~free).double() / (2 * pi))
        # A matrix that cannot be factored, as in a diverging network, shall give NaN and stop nothing.
        return torch.linalg.cholesky_ex(filled).L

    def distribution(self) -> MixtureSameFamily:
        """The mixtures as a distribution of torch, whose densities are those of variables with spread.

        `log_prob` is right for rows that have the very value where there is no spread, and for no others.
        """
        return MixtureSameFamily(
            Categorical(logits=self.logits, validate_args=False),
            MultivariateNormal(self.means, scale_tril=self.factors(), validate_args=False),
            validate_args=False,
        )


@dataclass(frozen=True, eq=False)
class InterventionalDistribution:
    """The distribution of all variables under an intervention, in the user's units.

    Where observations leave the structure open, its parts are the answers of several structures.

    Attributes:
        names: The d variables.
        do: The intervention, variable to value.
        weights: Weights of the m parts, shape `[m]`; they sum to 1.
        means: Means of the parts, shape `[m, d]`; of the logarithm where a variable is in `logs`.
        covariances: Covariances of the parts, `[m, d, d]`, likewise. A variable that stands at its value
            exactly has zeros here, and the value for its mean in every part.
        logs: The variables that were read in logarithms; those that are not set are positive, for their
            logarithms are Gaussian.
        levels: The values that a variable takes and no others, ascending, such as (0, 1); none for one that
            takes all. Samples are the nearest of them, moved within each part so that its mean stays.

    Example:
        >>> answer = InterventionalDistribution(
        ...     ["x", "y"], {"x": 1.0}, np.array([0.5, 0.5]), np.array([[1.0, -2.0], [1.0, 2.0]]),
        ...     np.array([[[0.0, 0.0], [0.0, 1.0]]] * 2),
        ... )
        >>> answer.mean().tolist(), answer.sample(3)["x"].tolist()
        ([1.0, 0.0], [1.0, 1.0, 1.0])
    """

    names: list[str]
    do: dict[str, float]
    weights: Array
    means: Array
    covariances: Array
    logs: frozenset[str] = frozenset()
    levels: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def distribution(self) -> MixtureSameFamily:
        """The answer as a distribution of torch, of logarithms where variables are in `logs`.

        A fictive spread stands for variables that have none: their density is 1 at their value.
        """
        return self._parts().distribution()

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n independent rows; the same seed gives the same rows.

        Raises:
            InputError: n is no whole number above 0, or the seed is none from 0 to 2**32 - 1.
        """
        n = check_samples(n)
        random = np.random.default_rng(check_seed(seed))
        part = random.choice(len(self.weights), size=int(n), p=self.weights)
        rows = random.standard_normal((int(n), len(self.names)))
        # Torch would draw every part of every row, and then leave out all but one.
        factors = self._parts().factors().numpy()
        for k in np.unique(part):
            mine = part == k
            rows[mine] = self.means[k] + rows[mine] @ factors[k].T
        for j, levels in self._discrete.items():
            rows[:, j] = nearest(rows[:, j] + self._shifts(j, levels)[part], levels)
        rows[:, self.exact] = self.means[0, self.exact]
        rows[:, self._in_logs] = np.exp(np.minimum(rows[:, self._in_logs], LARGEST_LOG))
        return pd.DataFrame(rows, columns=self.names)

    def log_prob(self, rows: pd.DataFrame | Array) -> Array:
        """Log densities of rows `[n, d]`, shape `[n]`, in nats, as if every variable took all values.

        Variables that stand at their value exactly have no density: the answer is the density of the others,
        and minus infinity for rows in which such a variable has another value, or one in `logs` has none
        above 0.

        Raises:
            InputError: The columns are not those of the distribution, or values are missing.
        """
        values, logs = rows_like(rows, self.names).to_numpy(copy=True), self._in_logs
        there = np.isclose(values, self.means[0], rtol=1e-9, atol=0) | ~self.exact
        there &= (values > 0) | ~logs
        values[:, logs] = np.log(np.where(values > 0, values, 1.0)[:, logs])
        settled = np.where(self.exact, self.means[0], values)
        distribution = self.distribution()
        blocks = torch.from_numpy(settled).split(max(1, LARGEST_BLOCK // self.means.size))
        densities = torch.cat([distribution.log_prob(block) for block in blocks]).numpy()
        return np.where(there.all(1), densities - values[:, logs].sum(1), -np.inf)

    def marginal(self, names: Sequence[str]) -> InterventionalDistribution:
        """The distribution of some of the variables, in the order given.

        Raises:
            InputError: No name, a name twice, or one that is not a variable.
        """
        unknown = [name for name in names if name not in self.names]
        if unknown or not names or len(set(names)) < len(names):
            raise InputError(
                f"A marginal of {quoted(list(names)) or 'nothing'} was requested; name one or more of "
                f"{quoted(self.names)}, each once."
            )
        kept = [self.names.index(name) for name in names]
        covariances = self.covariances[:, kept][:, :, kept]
        logs = self.logs.intersection(names)
        levels = {name: levels for name, levels in self.levels.items() if name in names}
        return replace(
            self,
            names=list(names),
            means=self.means[:, kept],
            covariances=covariances,
            logs=logs,
            levels=levels,
        )

    def mean(self) -> pd.Series:
        """The mean of every variable; of one with levels, no part's is beyond them."""
        means = self.means.copy()
        for j, levels in self._discrete.items():
            means[:, j] = np.clip(means[:, j], levels[0], levels[-1])
        variances = np.diagonal(self.covariances, axis1=1, axis2=2)
        means[:, self._in_logs] = np.exp(np.minimum(means + variances / 2, LARGEST_LOG)[:, self._in_logs])
        return pd.Series(self.weights @ means, index=self.names)

    def _parts(self) -> Components:
        weights, means, covariances = map(torch.tensor, (self.weights, self.means, self.covariances))
        return Components(weights.log(), means, covariances)

    @property
    def _discrete(self) -> dict[int, Sequence[float]]:
        """The levels of variables that have some and are not set, by position."""
        free = {name: j for j, name in enumerate(self.names) if not self.exact[j] and name not in self.do}
        return {free[name]: levels for name, levels in self.levels.items() if name in free}

    def _shifts(self, j: int, levels: Sequence[float]) -> Array:
        """How far variable j moves in each part before it is rounded, `[m]`."""
        spreads = np.sqrt(np.maximum(self.covariances[:, j, j], np.finfo(float).tiny))
        if isinstance(levels, range) and levels[-1] - levels[0] > FEW_LEVELS:
            return shifts_within(self.means[:, j], spreads, float(levels[0]), float(levels[-1]))
        return shifts(self.means[:, j], spreads, np.asarray(levels, dtype=np.float64))

    @property
    def _in_logs(self) -> NDArray[np.bool_]:
        """Which variables' logarithms are Gaussian, shape `[d]`."""
        return np.array([name in self.logs for name in self.names]) & ~self.exact

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Which variables stand at their value exactly, shape `[d]`."""
        return np.diagonal(self.covariances, axis1=1, axis2=2).max(0) == 0


def nearest(values: Array, levels: Sequence[float]) -> Array:
    """The levels nearest to values, shape `[n]`.

    >>> nearest(np.array([-3.0, 2.4, 7.0]), range(5)).tolist()
    [0.0, 2.0, 4.0]
    """
    if isinstance(levels, range):  # of counts, which may be very many
        return np.clip(np.rint(values), levels[0], levels[-1])
    sorted_levels = np.asarray(levels, dtype=np.float64)
    return sorted_levels[np.searchsorted(_borders(sorted_levels), values)]


def shifts(means: Array, spreads: Array, levels: Array) -> Array:
    """What to add to normal variables so that the levels nearest to them have their means, or the end's.

    Rounding alone moves them: of a share of .05 with the spread of a share it makes .02.

    Args:
        means: Of m variables, shape `[m]`.
        spreads: Their standard deviations, shape `[m]`.
        levels: Ascending, shape `[K]`.

    >>> shifts(np.array([0.05]), np.array([0.22]), np.array([0.0, 1.0])).round(2).tolist()
    [0.09]
    """
    borders, steps = _borders(levels), np.diff(levels)

    def mean(at: Array) -> Array:
        return np.asarray(levels[0] + steps @ ndtr((at - borders[:, None]) / spreads))

    reach = REACH * spreads
    return (
        _solved(mean, np.clip(means, levels[0], levels[-1]), borders[0] - reach, borders[-1] + reach) - means
    )


def shifts_within(means: Array, spreads: Array, low: float, high: float) -> Array:
    """The same if all values between two ends are levels.

    Args:
        means: Of m variables, shape `[m]`.
        spreads: Their standard deviations, shape `[m]`.
        low: The one end.
        high: The other.

    >>> shifts_within(np.array([5.0, 50.0]), np.array([30.0, 3.0]), 0.0, 300.0).round(2).tolist()
    [-23.22, 0.0]
    """

    def mean(at: Array) -> Array:
        a, b = (low - at) / spreads, (high - at) / spreads
        inside = ndtr(b) - ndtr(a)
        bend = (np.exp(-(a**2) / 2) - np.exp(-(b**2) / 2)) / np.sqrt(2 * pi)
        return np.asarray(low * ndtr(a) + high * ndtr(-b) + at * inside + spreads * bend)

    reach = REACH * spreads
    return _solved(mean, np.clip(means, low, high), low - reach, high + reach) - means


def _solved(mean: Callable[[Array], Array], wanted: Array, low: Array, high: Array) -> Array:
    """Where functions that grow take the values `wanted`, between two ends, by halving `[m]`."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        too_low = mean(middle) < wanted
        low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
    return np.asarray((low + high) / 2)


def _borders(levels: Array) -> Array:
    """Half-way between neighbouring levels, `[K]` -> `[K - 1]`."""
    return (levels[1:] + levels[:-1]) / 2
