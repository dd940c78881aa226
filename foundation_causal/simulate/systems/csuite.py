"""The continuous data sets of C-Suite, from their equations.

Source: Geffner et al., 2022 (DECI), appendix; the configurations are those on which Cond-FiP is tested. Every
equation is additive in its noise, and every standard deviation lies between 0.8 and 4. Where the published
noise term has a mean, as softplus(1/2 + z) has, the mean stands in the function and the noise is centred: no
data could tell the two apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import sqrt

import torch
from torch import Tensor
from torch.nn.functional import softplus

from foundation_causal.errors import InputError
from foundation_causal.simulate.noises import Exponential, Gaussian, Laplace, Noise, Parameters, StudentT
from foundation_causal.simulate.random import Random
from foundation_causal.simulate.systems.equations import Equations
from foundation_causal.types import Registered

LAYER_MEAN = 1.0817256983752093  # of softplus(1/2 + z), z standard normal
FIRST_MEAN = 1.0084254048699002  # of softplus(1.8 z)


@dataclass(frozen=True)
class Transformed:
    """A function of another noise, as `softplus(1/2 + z)`."""

    noise: Noise
    function: Callable[[Tensor], Tensor]

    def draw(self, m: int, random: Random) -> Parameters:
        """Parameters of the inner noise."""
        return self.noise.draw(m, random)

    def sample(self, parameters: Parameters, n: int, random: Random) -> Tensor:
        """`n` values of each variable, `[m, n]`."""
        return self.function(self.noise.sample(parameters, n, random))


@dataclass(frozen=True)
class TwoPeaks:
    """An even mixture of two normals with means -0.8 and 0.8; mean 0 and variance 1 in all."""

    def draw(self, m: int, random: Random) -> Parameters:
        """The distance of the peaks from 0, which also says how many variables there are."""
        return {"peak": torch.full((m,), 0.8, dtype=random.dtype, device=random.device)}

    def sample(self, parameters: Parameters, n: int, random: Random) -> Tensor:
        """`n` values of each variable, `[m, n]`."""
        shape = (len(parameters["peak"]), n)
        return 0.8 * random.sign(shape) + 0.6 * random.normal(shape)


def fixed(scale: float = 1.0) -> Gaussian:
    """Normal noise with one standard deviation."""
    return Gaussian((scale, scale))


def laplace(scale: float) -> Laplace:
    """Laplace noise with one scale."""
    return Laplace((scale, scale))


def smooth(noise: Noise) -> Transformed:
    """The noise term of a layer, softplus(1/2 + z), less its mean."""
    return Transformed(noise, lambda z: softplus(0.5 + z) - LAYER_MEAN)


def rising(parent: Tensor) -> Tensor:
    """A layer at the mean of its noise term, softplus(1 + p) + E softplus(1/2 + z) - 3."""
    return softplus(1 + parent) + LAYER_MEAN - 3


def falling(parent: Tensor) -> Tensor:
    """A layer that decreases, at the mean of its noise term, softplus(3/2 - p) + E softplus(1/2 + z) - 3."""
    return softplus(1.5 - parent) + LAYER_MEAN - 3


def quiet_rising(parent: Tensor) -> Tensor:
    """A layer whose noise is zero, softplus(1 + p) + softplus(1/2) - 3."""
    return softplus(1 + parent) + softplus(torch.tensor(0.5, dtype=parent.dtype)) - 3


def lingauss() -> Equations:
    """Two variables, linear, Gaussian: the direction cannot be told from the data."""
    return Equations({"x1": lambda x0: x0 / 2}, {"x0": fixed(), "x1": fixed(sqrt(3) / 2)})


def linexp() -> Equations:
    """Two variables, linear, exponential noise: the direction can be told from the data."""
    half = sqrt(3) / 2
    return Equations(
        {"x1": lambda x0: x0 / 2}, {"x0": Exponential((1.0, 1.0)), "x1": Exponential((half, half))}
    )


def nonlingauss() -> Equations:
    """Two variables, a bell-shaped mechanism, Gaussian noise."""
    spread = sqrt(1 - 6 * (1 / sqrt(5) - 1 / 3))
    return Equations({"x1": lambda x0: sqrt(6) * torch.exp(-(x0**2))}, {"x0": fixed(), "x1": fixed(spread)})


def nonlin_simpson() -> Equations:
    """Simpson's paradox: the slope of x2 on x1 changes its sign when x0 is adjusted for."""
    return Equations(
        {
            "x1": lambda x0: softplus(1 - x0),
            "x2": lambda x0, x1: torch.tanh(2 * x1) + 1.5 * x0 - 1,
            "x3": lambda x2: 5 * torch.tanh((x2 - 4) / 5) + 3,
        },
        {
            "x0": fixed(),
            "x1": fixed(sqrt(3 / 20)),
            "x2": Transformed(fixed(), torch.tanh),
            "x3": laplace(0.1),
        },
    )


def symprod_simpson() -> Equations:
    """A product of two causes, with a proxy of one of them."""
    return Equations(
        {
            "x1": lambda x0: 2 * torch.tanh(2 * x0),
            "x2": lambda x0, x1: x0 * x1 / 2,
            "x3": lambda x0: 5 * torch.tanh(1.5 * x0) + 3,
        },
        {
            "x0": fixed(),
            "x1": StudentT((sqrt(0.1), sqrt(0.1)), (3.0, 3.0)),
            "x2": laplace(0.5),
            "x3": fixed(sqrt(0.3)),
        },
    )


def large_backdoor() -> Equations:
    """Nine variables, two long back-door paths into the outcome."""
    return Equations(
        {
            "x0": lambda: FIRST_MEAN - 1,
            "x1": lambda x0: 1.5 * quiet_rising(x0),
            "x2": lambda x0: rising(x0),
            "x3": lambda x1: rising(x1),
            "x4": lambda x2: rising(x2),
            "x5": lambda x3: rising(x3),
            "x6": lambda x4: rising(x4),
            "x7": lambda x5: 1.5 * softplus(x5 + 1) - 1,
            "x8": lambda x6, x7: -softplus((-1.3 * x6 + x7) / 3 + 1) + 2,
        },
        _nine(middle=0.5, last=0.6),
    )


def weak_arrow() -> Equations:
    """Nine variables, all of which cause the last, most of them weakly."""
    return Equations(
        {
            "x0": lambda: FIRST_MEAN - 1,
            "x1": lambda x0: 0.75 * quiet_rising(x0),
            "x2": lambda x0: falling(x0),
            "x3": lambda x1: falling(x1),
            "x4": lambda x2: rising(x2),
            "x5": lambda x3: rising(x3),
            "x6": lambda x4: rising(x4),
            "x7": lambda x5: 1.5 * softplus(x5 + 1) - 1,
            "x8": lambda x0, x1, x2, x3, x4, x5, x6, x7: (
                softplus(0.1 * (x0 + x1 + x2 + x3 + x4 + x5) + 0.5 * x6 + 0.7 * x7 + 1) - 2
            ),
        },
        _nine(middle=sqrt(0.75), last=0.5),
    )


def _nine(middle: float, last: float) -> dict[str, Noise]:
    """The noises of the two graphs with nine variables."""
    layers: dict[str, Noise] = {f"x{j}": smooth(fixed()) for j in range(2, 7)}
    first = Transformed(fixed(), lambda z: softplus(1.8 * z) - FIRST_MEAN)
    return {"x0": first, "x1": fixed(middle), **layers, "x7": fixed(sqrt(0.3)), "x8": laplace(last)}


def _with_two_peaks(equations: Equations, last: float) -> Equations:
    """An SCM with its noise of x8 replaced by a Gaussian mixture of standard deviation `last`."""
    peaks = Transformed(TwoPeaks(), lambda z: last * z)
    return replace(equations, noises={**equations.noises, "x8": peaks})


CSUITE: dict[str, Registered[Equations]] = {
    "lingauss": Registered(lingauss, "Linear and Gaussian, so the direction cannot be told."),
    "linexp": Registered(linexp, "Linear with exponential noise, so that it can."),
    "nonlingauss": Registered(nonlingauss, "A bell-shaped mechanism, Gaussian noise."),
    "nonlin_simpson": Registered(nonlin_simpson, "A slope that changes its sign under adjustment."),
    "symprod_simpson": Registered(symprod_simpson, "A product of two causes, and a proxy of one."),
    "large_backdoor": Registered(large_backdoor, "Two long back-door paths into the last variable."),
    "weak_arrow": Registered(weak_arrow, "Every variable causes the last, most of them weakly."),
    "large_backdoor_mixture": Registered(
        lambda: _with_two_peaks(large_backdoor(), 0.6 * sqrt(2)),
        "large_backdoor with two-peaked noise of the last variable.",
    ),
    "weak_arrow_mixture": Registered(
        lambda: _with_two_peaks(weak_arrow(), 0.5 * sqrt(2)),
        "weak_arrow with two-peaked noise of the last variable.",
    ),
}


def csuite(name: str) -> Equations:
    """Make one of the nine configurations.

    The two that end in "_mixture" have a Gaussian mixture of the same variance in place of the Laplace noise
    of their last variable; the mixture's own numbers are a choice of this package.

    Raises:
        InputError: An unknown name.

    Example:
        >>> csuite("nonlin_simpson").draw(n=200, seed=0).graph(0).number_of_edges()
        4
    """
    if name not in CSUITE:
        raise InputError(f"There is no C-Suite configuration {name!r}; use one of {', '.join(CSUITE)}.")
    return CSUITE[name].make()
