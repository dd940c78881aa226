"""Distributions of exogenous noise.

A noise is any object with `draw(m, random)`, which draws the parameters of `m` variables, and
`sample(parameters, n, random)`, which draws `n` values of each, `[m, n]`. Those below are plain settings:
each range is that of a uniform draw, fresh for each variable. `std(parameters)` is the standard deviation,
`[m]`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

from foundation_causal.checks import Range, check_choices, check_number, check_range
from foundation_causal.simulate.random import Random

Parameters: TypeAlias = dict[str, Tensor]


class Noise(Protocol):
    """A family of noise; users bring their own as any object with these methods."""

    def draw(self, m: int, random: Random) -> Parameters:
        """Parameters of `m` variables: tensors whose first dimension is `m`."""
        ...

    def sample(self, parameters: Parameters, n: int, random: Random) -> Tensor:
        """`n` values of each variable, `[m, n]`."""
        ...


@dataclass(frozen=True)
class _Scaled(ABC):
    """A standard distribution times a scale."""

    scale: Range = (0.2, 2.0)

    def __post_init__(self) -> None:
        check_range(f"{type(self).__name__}.scale", self.scale, least=0)

    def draw(self, m: int, random: Random) -> Parameters:
        """The scale, `[m]`."""
        return {"scale": random.uniform((m,), self.scale)}

    def sample(self, parameters: Parameters, n: int, random: Random) -> Tensor:
        """`n` values of each variable, `[m, n]`."""
        return self._standard(parameters, n, random).mul_(parameters["scale"][:, None])

    def std(self, parameters: Parameters) -> Tensor:
        """Standard deviation, `[m]`."""
        return parameters["scale"]

    @abstractmethod
    def _standard(self, parameters: Parameters, n: int, random: Random) -> Tensor:
        """`n` values of each variable at scale 1, `[m, n]`."""


@dataclass(frozen=True)
class Gaussian(_Scaled):
    """Normal with mean 0 and standard deviation `scale`."""

    def _standard(self, parameters: Parameters, n: int, random: Random) -> Tensor:
        return random.normal((len(parameters["scale"]), n))


@dataclass(frozen=True)
class Laplace(_Scaled):
    """Laplace with mean 0 and density exp(-|x| / scale) / (2 scale)."""

    def _standard(self, parameters: Parameters, n: int, random: Random) -> Tensor:
        # One uniform gives both the sign and the size; where it is -1 itself, that would be infinite.
        unit = random.uniform((len(parameters["scale"]), n), (-1.0, 1.0))
        below_one = 1 - torch.finfo(unit.dtype).eps / 2
        return torch.sign(unit) * -torch.log1p(-unit.abs().clamp(max=below_one))

    def std(self, parameters: Parameters) -> Tensor:
        """Standard deviation, `[m]`."""
        return parameters["scale"] * 2**0.5


@dataclass(frozen=True)
class Cauchy(_Scaled):
    """Cauchy with median 0 and half-width `scale`; it has neither mean nor variance."""

    def _standard(self, parameters: Parameters, n: int, random: Random) -> Tensor:
        return torch.tan(torch.pi * random.uniform((len(parameters["scale"]), n), (-0.5, 0.5)))

    def std(self, parameters: Parameters) -> Tensor:
        """Standard deviation, which is infinite, `[m]`."""
        return torch.full_like(parameters["scale"], torch.inf)


@dataclass(frozen=True)
class Uniform(_Scaled):
    """Uniform with mean 0 and standard deviation `scale`."""

    def _standard(self, parameters: Parameters, n: int, random: Random) -> Tensor:
        return random.uniform((len(parameters["scale"]), n), (-(3**0.5), 3**0.5))


@dataclass(frozen=True)
class Exponential(_Scaled):
    """`scale` times (an exponential with mean 1, less 1): mean 0, standard deviation `scale`, skewed."""

    def _standard(self, parameters: Parameters, n: int, random: Random) -> Tensor:
        return random.exponential((len(parameters["scale"]), n)) - 1


@dataclass(frozen=True)
class StudentT(_Scaled):
    """`scale` times Student's t.

    Args:
        scale: Range of the scale.
        freedom: Range of the degrees of freedom.
    """

    freedom: Range = (3.0, 10.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("StudentT.freedom", self.freedom, above=0)

    def draw(self, m: int, random: Random) -> Parameters:
        """Scale and degrees of freedom, `[m]` each."""
        return {**super().draw(m, random), "freedom": random.uniform((m,), self.freedom)}

    def _standard(self, parameters: Parameters, n: int, random: Random) -> Tensor:
        half = parameters["freedom"][:, None] / 2
        normal = random.normal((len(half), n))
        return normal / (random.gamma(half.expand(-1, n).contiguous()) / half).sqrt()

    def std(self, parameters: Parameters) -> Tensor:
        """Standard deviation, infinite for 2 degrees of freedom and fewer, `[m]`."""
        freedom = parameters["freedom"]
        variance = torch.where(freedom > 2, freedom / (freedom - 2), torch.inf)
        return parameters["scale"] * variance.sqrt()


@dataclass(frozen=True)
class Beta(_Scaled):
    """`scale` times Beta(alpha, beta); it is not centred.

    Args:
        scale: Range of the scale.
        alpha: Range of the first shape parameter.
        beta: Range of the second.
    """

    scale: Range = (1.0, 1.0)
    alpha: Range = (0.5, 2.0)
    beta: Range = (0.5, 2.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("Beta.alpha", self.alpha, above=0)
        check_range("Beta.beta", self.beta, above=0)

    def draw(self, m: int, random: Random) -> Parameters:
        """Scale, alpha and beta, `[m]` each."""
        alpha, beta = random.uniform((m,), self.alpha), random.uniform((m,), self.beta)
        return {**super().draw(m, random), "alpha": alpha, "beta": beta}

    def _standard(self, parameters: Parameters, n: int, random: Random) -> Tensor:
        first, second = (
            random.gamma(parameters[key][:, None].expand(-1, n).contiguous()) for key in ("alpha", "beta")
        )
        return first / (first + second)

    def std(self, parameters: Parameters) -> Tensor:
        """Standard deviation, `[m]`."""
        a, b = parameters["alpha"], parameters["beta"]
        return parameters["scale"] * (a * b / ((a + b) ** 2 * (a + b + 1))).sqrt()


@dataclass(frozen=True)
class GaussianMixture(_Scaled):
    """A random mixture of normals, moved and scaled to mean 0 and standard deviation `scale`.

    Args:
        scale: Range of the standard deviation of the whole.
        components: Numbers of components to choose from.
        apart: Standard deviation of the components' means, where their own is 1.
    """

    components: Sequence[int] = (2, 3)
    apart: float = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choices("GaussianMixture.components", self.components, least=1, whole=True)
        check_number("GaussianMixture.apart", self.apart, least=0)

    def draw(self, m: int, random: Random) -> Parameters:
        """Scale, and standardized deviation of the components, `[m]`; weights and means `[m, C]`."""
        most = max(int(c) for c in self.components)
        count = random.one_of(self.components, (m, 1))
        weights = random.exponential((m, most)) + 0.2
        weights = weights * (torch.arange(most, device=random.device) < count)
        weights = weights / weights.sum(1, keepdim=True)
        means = self.apart * random.normal((m, most))
        means = means - (weights * means).sum(1, keepdim=True)
        size = (1 + (weights * means.square()).sum(1)).sqrt()
        return {
            **super().draw(m, random),
            "weights": weights,
            "means": means / size[:, None],
            "deviation": 1 / size,
        }

    def _standard(self, parameters: Parameters, n: int, random: Random) -> Tensor:
        edges = parameters["weights"].cumsum(1)[:, :-1].contiguous()
        which = torch.searchsorted(edges, random.uniform((len(edges), n)))
        return parameters["means"].gather(1, which) + parameters["deviation"][:, None] * random.normal(
            (len(edges), n)
        )
