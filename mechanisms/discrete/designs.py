r"""Functions of a variable's parents that regressions of discrete variables are linear in, with their priors.

A design is a list of features :math:`\phi(x)` of the inputs and the variance of each coefficient,

.. math:: f(x) = \phi(x)' \beta, \qquad \beta_i \sim N(0, v_i),

from nothing (a constant) over straight lines and products of two parents to Gaussian kernels, of one parent
each or of all of them, whose features are those of Nystroem (Williams and Seeger 2001, "Using the Nystroem
method to speed up kernel machines"). The level is no feature: the regressions have levels of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from foundation_causal.types import Array
from mechanisms.kernel.noise_scale import Features, kernel_features

LINEAR_VARIANCES = (0.1, 1.0, 10.0)  # of the slopes of standardized inputs, in log odds or logarithms
PRODUCT_VARIANCES = (0.1, 1.0)
STEP_VARIANCES, CROSSED_VARIANCES = (0.1, 0.5, 3.0), (1.0, 10.0)
STEPS, CROSSED_STEPS = 15, 5  # of one number, and of each of two numbers whose steps are multiplied
MOST_CROSSED = 4  # numbers whose steps are multiplied
BENT_SLOPES = 1.0  # variance of the slopes beside curves
CURVE_VARIANCES = (1.0, 10.0)
ADDITIVE_LENGTHS = (0.5, 1.2)  # of one input each
JOINT_LENGTHS = (0.45, 0.9, 1.8, 3.5)  # times the root of the number of inputs
ADDITIVE_CENTRES = 12
MAX_CENTRES = 64
MAX_PRODUCTS = 60
DECIMALS = 8  # to which inputs that differ are told apart
FEW_VALUES = 2  # of an input, which is then straight however it is drawn


@dataclass(frozen=True)
class Curve:
    """Features of a Gaussian kernel of some inputs.

    Attributes:
        columns: Which inputs.
        relevance: By what each is multiplied first, shape `[len(columns)]`.
        features: Of the kernel.
    """

    columns: NDArray[np.intp]
    relevance: Array
    features: Features

    @classmethod
    def of(cls, x: Array, columns: Sequence[int], length: float, most: int, relevance: Array) -> Curve:
        """Features that are carried by at most so many of the rows of inputs, shape `[n, q]`."""
        chosen = np.asarray(columns, dtype=np.intp)
        moved = x[:, chosen] * relevance
        centres = moved[np.linspace(0, len(x) - 1, min(len(x), most)).astype(np.intp)]
        return cls(chosen, relevance, kernel_features(length, np.unique(centres, axis=0)))

    def __call__(self, x: Array) -> Array:
        """The features at inputs, shape `[m, q]` -> `[m, k]`."""
        return self.features(x[:, self.columns] * self.relevance)[:, 1:]  # without their constant


@dataclass(frozen=True)
class Design:
    """Features of inputs, and the prior of their coefficients.

    Attributes:
        kind: "constant", "linear", "products", "steps", "crossed steps", "additive" or "joint".
        products: Pairs of inputs that are multiplied.
        curves: Features of kernels.
        steps: Inputs, and the values from which on a feature of theirs is 1.
        crossings: Pairs of positions among the steps that are multiplied.
        precision: One over the variance of each coefficient, shape `[k]`.
        log_prior: Logarithm of how probable it is before the data.
    """

    kind: str
    products: tuple[tuple[int, int], ...]
    curves: tuple[Curve, ...]
    precision: Array
    log_prior: float = 0.0
    steps: tuple[tuple[int, float], ...] = ()
    crossings: tuple[tuple[int, int], ...] = ()

    def __call__(self, x: Array) -> Array:
        """The features at inputs, shape `[m, q]` -> `[m, k]`."""
        if self.kind == "constant":
            return np.empty((len(x), 0))
        columns = [x]
        if self.products:
            first, second = np.array(self.products).T
            columns.append(x[:, first] * x[:, second])
        columns += [curve(x) for curve in self.curves]
        if self.steps:
            places = np.array([j for j, _ in self.steps], dtype=np.intp)
            stairs = np.where(x[:, places] > np.array([at for _, at in self.steps]), 0.5, -0.5)
            columns.append(stairs)
        if self.crossings:
            first, second = np.array(self.crossings).T
            columns.append(2 * stairs[:, first] * stairs[:, second])
        return np.hstack(columns)

    @property
    def features(self) -> tuple[object, ...]:
        """Equal for designs with the same features, whatever their prior."""
        return self.kind, *map(id, self.curves)

    @property
    def size(self) -> int:
        """How many features it has."""
        return len(self.precision)


def simple_designs(x: Array, widths: Sequence[int]) -> Iterator[Design]:
    """A constant, straight lines, and products of two parents.

    Args:
        x: Inputs, shape `[n, q]`.
        widths: How many inputs each parent makes.
    """
    q = x.shape[1]
    yield Design("constant", (), (), np.empty(0))
    for variance in LINEAR_VARIANCES if q else ():
        yield Design("linear", (), (), np.full(q, 1 / variance))
    pairs = _pairs(widths)
    if 0 < len(pairs) <= MAX_PRODUCTS:
        for variance in PRODUCT_VARIANCES:
            precision = np.concatenate([np.full(q, 1 / BENT_SLOPES), np.full(len(pairs), 1 / variance)])
            yield Design("products", pairs, (), precision)


def step_designs(x: Array, widths: Sequence[int]) -> Iterator[Design]:
    """Steps of each number, and of two numbers together, as regression trees have them.

    Args:
        x: Inputs, shape `[n, q]`.
        widths: How many inputs each parent makes.
    """
    numbers = [block[0] for block in input_blocks(widths) if _bends(x[:, block])]
    if not numbers:
        return
    steps = tuple(_steps(x, numbers, STEPS))
    for variance in STEP_VARIANCES:
        precision = np.concatenate([np.full(x.shape[1], 1 / BENT_SLOPES), np.full(len(steps), 1 / variance)])
        yield Design("steps", (), (), precision, steps=steps)
    if not 2 <= len(numbers) <= MOST_CROSSED:
        return
    steps = tuple(_steps(x, numbers, CROSSED_STEPS))
    crossings = tuple(
        (a, b) for a, (i, _) in enumerate(steps) for b, (j, _) in enumerate(steps) if a < b and i != j
    )
    for variance in CROSSED_VARIANCES:
        wavy = np.full(len(steps) + len(crossings), 1 / variance)
        precision = np.concatenate([np.full(x.shape[1], 1 / BENT_SLOPES), wavy])
        yield Design("crossed steps", (), (), precision, steps=steps, crossings=crossings)


def curved_designs(x: Array, widths: Sequence[int], most: int = MAX_CENTRES) -> Iterator[Design]:
    """Kernels of one parent each, and of all parents.

    Args:
        x: Inputs, shape `[n, q]`, whose first rows carry the kernels.
        widths: How many inputs each parent makes.
        most: Features that a kernel may have.
    """
    blocks = input_blocks(widths)
    bent = [block for block in blocks if _bends(x[:, block])]
    if not bent and len(blocks) < 2:
        return
    for length in ADDITIVE_LENGTHS if bent and len(blocks) > 1 else ():
        ones = [np.ones(len(block)) for block in bent]
        curves = [
            Curve.of(x, b, length, min(ADDITIVE_CENTRES, most), one)
            for b, one in zip(bent, ones, strict=True)
        ]
        yield from (_curved("additive", x, tuple(curves), variance) for variance in CURVE_VARIANCES)
    for length in JOINT_LENGTHS:
        curve = Curve.of(x, range(x.shape[1]), length, most, np.ones(x.shape[1]))
        yield from (_curved("joint", x, (curve,), variance) for variance in CURVE_VARIANCES)


def stretched(design: Design, x: Array, block: Sequence[int], factor: float, most: int) -> Design:
    """A design whose kernel depends more, or less, on one parent (automatic relevance determination).

    Args:
        design: One of the kind "joint".
        x: Inputs, shape `[n, q]`.
        block: The inputs that the parent makes.
        factor: By which its relevance is multiplied.
        most: Features that the kernel may have.
    """
    (curve,) = design.curves
    relevance = curve.relevance.copy()
    relevance[list(block)] *= factor
    variance = 1 / design.precision[-1]
    moved = Curve.of(x, range(x.shape[1]), curve.features.length, most, relevance)
    return _curved("joint", x, (moved,), variance)


def with_prior(designs: Sequence[Design]) -> list[Design]:
    """The designs with prior probabilities: every kind is as probable as any other, and is shared evenly."""
    kinds = [design.kind for design in designs]
    return [replace(d, log_prior=-float(np.log(kinds.count(d.kind)))) for d in designs]


def _curved(kind: str, x: Array, curves: tuple[Curve, ...], variance: float) -> Design:
    wavy = sum(curve.features.mix.shape[1] for curve in curves)
    precision = np.concatenate([np.full(x.shape[1], 1 / BENT_SLOPES), np.full(wavy, 1 / variance)])
    return Design(kind, (), curves, precision)


def input_blocks(widths: Sequence[int]) -> list[list[int]]:
    """The positions of the inputs that each parent makes."""
    ends = np.cumsum(widths)
    return [list(range(end - width, end)) for end, width in zip(ends, widths, strict=True)]


def _pairs(widths: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Pairs of inputs of different parents, and the squares of numbers."""
    owner = np.repeat(np.arange(len(widths)), widths)
    single = {int(j) for j, width in enumerate(widths) if width == 1}
    return tuple(
        (i, j)
        for i in range(len(owner))
        for j in range(i, len(owner))
        if owner[i] != owner[j] or (i == j and int(owner[i]) in single)
    )


def _steps(x: Array, numbers: Sequence[int], most: int) -> Iterator[tuple[int, float]]:
    """Inputs and where they step: above quantiles, half the way to the next value.

    A sample often has a value that was seen, but for rounding, which must not decide on which side it lies.
    """
    for j in numbers:
        seen = np.unique(x[:, j].round(DECIMALS))
        places = np.quantile(x[:, j], (np.arange(most) + 1) / (most + 1), method="inverted_cdf")
        below = np.unique(np.searchsorted(seen, places.round(DECIMALS)))
        yield from ((j, float(seen[k] + seen[k + 1]) / 2) for k in below if k + 1 < len(seen))


def _bends(block: Array) -> bool:
    """Whether inputs of one parent have enough values for a curve; categories are bent as they are."""
    return block.shape[1] == 1 and len(np.unique(block[:, 0])) > FEW_VALUES
