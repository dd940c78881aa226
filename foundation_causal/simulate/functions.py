r"""Families of mechanisms, \(F_j(x_{\mathrm{pa}(j)})\).

A mechanism is any object with two methods:

- `draw(parents, random)` draws the parameters of `m` nodes, where `parents`, bool `[m, p]`, says which of the
  `p` slots hold a parent (the first ones do); it returns a dict of tensors whose first dimension is `m`;
- `value(x, parameters)` takes the parents' values `[m, n, p]`, zero in empty slots, and returns `[m, n]`.

The simulator adds the bias and the noise, and never asks for the value of a root (but for the scale of its
noise, if that is heteroscedastic: then `p` is 0). Those below are plain settings; each range is that of a
uniform draw, fresh for each number.

A mechanism may also have `fit(x, parameters)`, which is called once, with the first rows that pass through
it, and returns the parameters that hold from then on; `Scaled` uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from foundation_causal.checks import Range, check_number, check_range
from foundation_causal.errors import InputError
from foundation_causal.simulate.noises import Parameters
from foundation_causal.simulate.random import Random

CACHE = 400_000  # numbers that a block of work may hold, so that it stays in a core's cache


class Mechanism(Protocol):
    """A family of mechanisms; users bring their own as any object with these methods."""

    def draw(self, parents: Tensor, random: Random) -> Parameters:
        """Parameters of `m` nodes, from which slots hold parents, bool `[m, p]`."""
        ...

    def value(self, x: Tensor, parameters: Parameters) -> Tensor:
        """`F` at the parents' values `[m, n, p]`, `[m, n]`."""
        ...


@dataclass(frozen=True)
class Linear:
    r"""\(\sum_i w_i x_i\), with `|w|` in `weights` and a random sign.

    Example:
        >>> linear, two_of_three = Linear(weights=(1.0, 1.0)), torch.tensor([[True, True, False]])
        >>> parameters = linear.draw(two_of_three, Random.seeded(0))
        >>> linear.value(torch.tensor([[[1.0, 2.0, 0.0]]]), parameters).shape
        torch.Size([1, 1])
    """

    weights: Range = (1.0, 3.0)

    def __post_init__(self) -> None:
        check_range("Linear.weights", self.weights, least=0)

    def draw(self, parents: Tensor, random: Random) -> Parameters:
        """Weights `[m, p]`."""
        return {"weights": _signed(random, parents, self.weights)}

    def value(self, x: Tensor, parameters: Parameters) -> Tensor:
        """The values `[m, n]` at the parents' `[m, n, p]`."""
        return _combined(parameters["weights"], x)


@dataclass(frozen=True)
class RandomFourier:
    r"""A draw of a Gaussian process with a squared exponential kernel, by random Fourier features (RFF).

    .. math:: c \sqrt{2/K} \sum_k w_k \cos(\omega_k \cdot x / l + \phi_k)

    Source: Rahimi and Recht, 2007; settings of AVICI (Lorch et al., 2022).

    Args:
        length: Range of the length scale `l`.
        output: Range of the output scale `c`.
        features: Number of features `K`.
    """

    length: Range = (7.0, 10.0)
    output: Range = (10.0, 20.0)
    features: int = 100

    def __post_init__(self) -> None:
        check_range("RandomFourier.length", self.length, above=0)
        check_range("RandomFourier.output", self.output, least=0)
        check_number("RandomFourier.features", self.features, least=1, whole=True)

    def draw(self, parents: Tensor, random: Random) -> Parameters:
        """Length and output scale `[m]`; frequencies `[m, p, K]`; phase and amplitude `[m, K]`."""
        m, k = len(parents), self.features
        length = random.uniform((m,), self.length)
        frequency = random.normal((*parents.shape, k)) / length[:, None, None]
        return {
            "length": length,
            "output": random.uniform((m,), self.output),
            "frequency": frequency * parents[:, :, None],
            "phase": random.uniform((m, k), (0.0, 2 * torch.pi)),
            "amplitude": random.normal((m, k)),
        }

    def value(self, x: Tensor, parameters: Parameters) -> Tensor:
        """The values `[m, n]` at the parents' `[m, n, p]`."""
        frequency, phase, amplitude = (parameters[key] for key in ("frequency", "phase", "amplitude"))
        result = x.new_empty(x.shape[:2])
        for block in _blocks(len(x), x.shape[1] * self.features):
            angle = frequency[block].transpose(1, 2) @ x[block].transpose(1, 2)
            wave = angle.add_(phase[block, :, None]).cos_()
            result[block] = (amplitude[block, None] @ wave).squeeze(1)
        return result * (parameters["output"] * (2.0 / self.features) ** 0.5)[:, None]


@dataclass(frozen=True)
class Polynomial:
    r"""\(\sum_i \sum_k a_{ik} x_i^k / k! + \sum_{i<h} b_{ih} x_i x_h\), all coefficients standard normal.

    Meant for parents of unit size, hence inside `Scaled`.

    Args:
        degree: Highest power.
    """

    degree: int = 3

    def __post_init__(self) -> None:
        check_number("Polynomial.degree", self.degree, least=1, whole=True)

    def draw(self, parents: Tensor, random: Random) -> Parameters:
        """Coefficients of the powers `[m, p, degree]`, of the products `[m, p, p]`."""
        powers = torch.arange(1, self.degree + 1, dtype=random.dtype, device=random.device)
        single = random.normal((*parents.shape, self.degree)) / torch.lgamma(powers + 1).exp()
        pair = random.normal((*parents.shape, parents.shape[1])).triu(1)
        return {"single": single * parents[:, :, None], "pair": pair * parents[:, None] * parents[:, :, None]}

    def value(self, x: Tensor, parameters: Parameters) -> Tensor:
        """The values `[m, n]` at the parents' `[m, n, p]`."""
        total = ((x @ parameters["pair"]) * x).sum(2)
        for power in range(1, self.degree + 1):
            total = total + _combined(parameters["single"][:, :, power - 1], x**power)
        return total


@dataclass(frozen=True)
class MLP:
    r"""A random network with one hidden layer, \(v \cdot \sigma(W x + b)\).

    All weights are normal, with the standard deviations `slope` over the root of the number of parents (`W`),
    1 (`b`), and 1 over the root of `hidden` (`v`).

    Args:
        hidden: Width of the hidden layer.
        activation: "tanh" or "relu".
        slope: Size of `W`: how far from linear a tanh network is.
    """

    hidden: int = 16
    activation: Literal["tanh", "relu"] = "tanh"
    slope: float = 1.5

    def __post_init__(self) -> None:
        check_number("MLP.hidden", self.hidden, least=1, whole=True)
        check_number("MLP.slope", self.slope, least=0)
        if self.activation not in ("tanh", "relu"):
            raise InputError(f"MLP.activation is {self.activation!r}; give 'tanh' or 'relu'.")

    def draw(self, parents: Tensor, random: Random) -> Parameters:
        """`W` `[m, p, hidden]`, `b` and `v` `[m, hidden]`."""
        m = len(parents)
        size = parents.sum(1).clamp_min(1).to(random.dtype).sqrt()[:, None, None]
        weights = self.slope * random.normal((*parents.shape, self.hidden)) / size
        return {
            "weights": weights * parents[:, :, None],
            "bias": random.normal((m, self.hidden)),
            "readout": random.normal((m, self.hidden)) / self.hidden**0.5,
        }

    def value(self, x: Tensor, parameters: Parameters) -> Tensor:
        """The values `[m, n]` at the parents' `[m, n, p]`."""
        hidden = parameters["weights"].transpose(1, 2) @ x.transpose(1, 2) + parameters["bias"][:, :, None]
        hidden = hidden.tanh() if self.activation == "tanh" else hidden.relu()
        return (parameters["readout"][:, None] @ hidden).squeeze(1)


@dataclass(frozen=True)
class SigmoidAdditive:
    r"""\(\sum_i a_i \, b_i (x_i + c_i) / (1 + |b_i (x_i + c_i)|)\).

    Source: Bühlmann, Peters and Ernest, 2014 (CAM), section 5.1.

    Args:
        size: Range of `|a|`.
        slope: Range of `|b|`.
        shift: Range of `c`.
    """

    size: Range = (0.5, 2.0)
    slope: Range = (0.5, 4.0)
    shift: Range = (-1.5, 1.5)

    def __post_init__(self) -> None:
        check_range("SigmoidAdditive.size", self.size, least=0)
        check_range("SigmoidAdditive.slope", self.slope, least=0)
        check_range("SigmoidAdditive.shift", self.shift)

    def draw(self, parents: Tensor, random: Random) -> Parameters:
        """`a`, `b` and `c`, `[m, p]` each."""
        return {
            "size": _signed(random, parents, self.size),
            "slope": _signed(random, parents, self.slope),
            "shift": random.uniform(parents.shape, self.shift),
        }

    def value(self, x: Tensor, parameters: Parameters) -> Tensor:
        """The values `[m, n]` at the parents' `[m, n, p]`."""
        steep = parameters["slope"][:, None] * (x + parameters["shift"][:, None])
        return (parameters["size"][:, None] * steep / (1 + steep.abs())).sum(2)


@dataclass(frozen=True)
class Multiplicative:
    r"""\(\prod_i (1 + c_i x_i / \sqrt{p_j})\) over the `p_j` parents: interactions of every order.

    Args:
        weights: Range of `|c|`.
    """

    weights: Range = (0.7, 1.5)

    def __post_init__(self) -> None:
        check_range("Multiplicative.weights", self.weights, least=0)

    def draw(self, parents: Tensor, random: Random) -> Parameters:
        """`c` over the root of the number of parents, `[m, p]`."""
        size = parents.sum(1, keepdim=True).clamp_min(1).to(random.dtype).sqrt()
        return {"weights": _signed(random, parents, self.weights) / size}

    def value(self, x: Tensor, parameters: Parameters) -> Tensor:
        """The values `[m, n]` at the parents' `[m, n, p]`."""
        return (1 + parameters["weights"][:, None] * x).prod(2)


@dataclass(frozen=True)
class Periodic:
    r"""\(\sum_i a_i \sin(\omega_i x_i + \phi_i)\), phases uniform.

    Args:
        size: Range of `|a|`.
        frequency: Range of `omega`, in radians per unit of the parent.
    """

    size: Range = (0.5, 2.0)
    frequency: Range = (1.0, 3.0)

    def __post_init__(self) -> None:
        check_range("Periodic.size", self.size, least=0)
        check_range("Periodic.frequency", self.frequency, least=0)

    def draw(self, parents: Tensor, random: Random) -> Parameters:
        """`a`, `omega` and `phi`, `[m, p]` each."""
        return {
            "size": _signed(random, parents, self.size),
            "frequency": random.uniform(parents.shape, self.frequency),
            "phase": random.uniform(parents.shape, (0.0, 2 * torch.pi)),
        }

    def value(self, x: Tensor, parameters: Parameters) -> Tensor:
        """The values `[m, n]` at the parents' `[m, n, p]`."""
        angle = parameters["frequency"][:, None] * x + parameters["phase"][:, None]
        return (parameters["size"][:, None] * angle.sin()).sum(2)


@dataclass(frozen=True)
class Scaled:
    r"""\(g \, (f(z) - \mu) / \sigma\) with each parent standardized, \(z_i = (x_i - m_i) / s_i\).

    All centres and spreads are medians and interquartile ranges (over 1.349) of the first rows that pass
    through, and constants from then on: `F` is one fixed function, under interventions too. Signals thus keep
    their size along long paths, which takes away the order that growing variances betray (internal
    standardization: Ormaniec et al., 2024).

    Args:
        mechanism: The family of `f`.
        gain: Range of `g`, the spread of the values.
        bound: If given, `f` sees `bound tanh(z / bound)`. Powers and products need it: without, one outlier
            grows from generation to generation until it overflows.
    """

    mechanism: Mechanism
    gain: Range = (1.0, 8.0)
    bound: float | None = None

    def __post_init__(self) -> None:
        check_range("Scaled.gain", self.gain, least=0)
        if self.bound is not None:
            check_number("Scaled.bound", self.bound, above=0)

    def draw(self, parents: Tensor, random: Random) -> Parameters:
        """The gain `[m]` beside the parameters of `f`, whose names begin with "inner."."""
        inner = _prefixed(self.mechanism.draw(parents, random))
        return {**inner, "gain": random.uniform((len(parents),), self.gain), "slots": parents}

    def fit(self, x: Tensor, parameters: Parameters) -> Parameters:
        """Take centres and spreads from `x` `[m, n, p]`."""
        centre, spread = _centre_and_spread(x, 1)
        parameters = {**parameters, "centre": centre, "spread": spread}
        fit = getattr(self.mechanism, "fit", None)
        if fit is not None:
            fitted = fit(self._standardized(x, parameters), _inner(parameters))
            parameters = {**parameters, **_prefixed(fitted)}
        level, size = _centre_and_spread(self._inner_value(x, parameters), 1)
        return {**parameters, "level": level, "size": size}

    def value(self, x: Tensor, parameters: Parameters) -> Tensor:
        """The values `[m, n]` at the parents' `[m, n, p]`."""
        standardized = (self._inner_value(x, parameters) - parameters["level"]) / parameters["size"]
        return parameters["gain"][:, None] * standardized

    def _inner_value(self, x: Tensor, parameters: Parameters) -> Tensor:
        return self.mechanism.value(self._standardized(x, parameters), _inner(parameters))

    def _standardized(self, x: Tensor, parameters: Parameters) -> Tensor:
        z = (x - parameters["centre"]) / parameters["spread"] * parameters["slots"][:, None]
        return z if self.bound is None else self.bound * torch.tanh(z / self.bound)


def _prefixed(parameters: Parameters) -> Parameters:
    """Parameters under names that those of the mechanism around it cannot meet."""
    return {f"inner.{key}": value for key, value in parameters.items()}


def _inner(parameters: Parameters) -> Parameters:
    """The inverse of `_prefixed`; leaves out what belongs to the mechanism around it."""
    return {
        key.removeprefix("inner."): value for key, value in parameters.items() if key.startswith("inner.")
    }


def _combined(weights: Tensor, x: Tensor) -> Tensor:
    """Weighted sums over the parents, `[m, p], [m, n, p] -> [m, n]`.

    Rows stand last in memory, and a row vector times that matrix is ten times as fast as its transpose.
    """
    return (weights[:, None] @ x.transpose(1, 2)).squeeze(1)


def _signed(random: Random, parents: Tensor, bounds: Range) -> Tensor:
    """Numbers whose size is within the bounds and whose sign is random; 0 in empty slots; `[m, p]`."""
    return random.uniform(parents.shape, bounds) * random.sign(parents.shape) * parents


def _centre_and_spread(x: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """Median, and interquartile range as that of a standard normal; the dimension is kept."""
    ordered, n = x.sort(dim).values, x.shape[dim]
    low, middle, high = (ordered.narrow(dim, int(q * (n - 1)), 1) for q in (0.25, 0.5, 0.75))
    return middle, ((high - low) / 1.349).clamp_min(1e-3)


def _blocks(m: int, size: int) -> Iterator[slice]:
    """Slices of `range(m)` whose work, `size` numbers per item, fits in the cache."""
    step = max(1, CACHE // max(size, 1))
    return (slice(start, start + step) for start in range(0, m, step))
