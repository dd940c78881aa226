"""Probabilities of a discrete variable's levels given its parents, averaged over models by their evidence.

The models are a table of the parents' values, regressions that are linear, with products, with steps, or
curved, and for ordinal variables those that know of the order and those that do not (Hoeting et al. 1999,
"Bayesian Model Averaging: A Tutorial").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from foundation_causal.types import Array
from mechanisms.discrete.class_regression import fit_classes
from mechanisms.discrete.designs import (
    MAX_CENTRES,
    Design,
    curved_designs,
    input_blocks,
    simple_designs,
    step_designs,
    stretched,
    with_prior,
)
from mechanisms.discrete.ordered_regression import fit_ordered
from mechanisms.discrete.tables import DECIMALS, fit_table
from mechanisms.kernel.parent_inputs import ParentInputs

MAX_CLASS_ROWS = 4000  # to which regressions are fitted; tables read all rows
MAX_CELLS = 2000  # of a table
NEGLIGIBLE = 0.03  # weight of a model that is not worth its time
LEAST = 1e-6  # share of the answer that the frequencies of all rows always have
MOST_COEFFICIENTS = 360  # of a multinomial regression with curves
LEAST_CENTRES = 8
MOST_STEPPED = 4  # levels of a variable whose regressions may have steps
MOST_UNORDERED = 6  # levels of an ordinal variable that are also taken as if they had no order
STRETCHES = (0.4, 2.5)  # by which the relevance of a parent is changed
STRETCH_COST = 1.0  # log evidence that each change must earn


class HasEvidence(Protocol):
    """What is weighed against others."""

    @property
    def evidence(self) -> float:
        """Log marginal likelihood."""
        ...

    @property
    def family(self) -> tuple[object, ...]:
        """Equal for those that differ by their prior alone."""
        ...


class Fit(HasEvidence, Protocol):
    """Probabilities of K levels at given inputs."""

    def probabilities(self, x: Array) -> Array:
        """Of each level at inputs, shape `[n, q]` -> `[n, K]`."""
        ...

    def drawn(self, random: np.random.Generator) -> Fit:
        """A draw from the posterior."""
        ...


@dataclass(frozen=True)
class ClassModel:
    """The average of several fits.

    Attributes:
        inputs: From rows to inputs.
        fits: At least one.
        weights: Shape `[len(fits)]`, summing to 1.
        shares: Frequencies of the levels among all rows, `[K]`.
    """

    inputs: ParentInputs
    fits: Sequence[Fit]
    weights: Array
    shares: Array

    def __call__(self, values: Array) -> Array:
        """The probability of each level, given the parents at values, `[n, d]` -> `[n, K]`."""
        x = self.inputs(values)
        mean = np.asarray(
            sum(w * fit.probabilities(x) for w, fit in zip(self.weights, self.fits, strict=True))
        )
        mixed = (1 - LEAST) * mean + LEAST * self.shares
        return mixed / mixed.sum(1, keepdims=True)

    def drawn(self, random: np.random.Generator) -> ClassModel:
        """One of the fits, by its weight, drawn from its posterior."""
        fit = self.fits[random.choice(len(self.fits), p=self.weights)]
        return replace(self, fits=[fit.drawn(random)], weights=np.ones(1))


def fit_class_model(
    inputs: ParentInputs, rows: Array, codes: NDArray[np.intp], levels: int, *, ordered: bool
) -> ClassModel:
    """Fit the probabilities of a variable's levels.

    Args:
        inputs: From rows to inputs.
        rows: Values of all variables, shape `[n, d]`, in no particular order.
        codes: The level of the variable in each row, shape `[n]`.
        levels: K, how many it has.
        ordered: Whether the levels have an order.
    """
    x, widths = inputs(rows), inputs.widths
    counts = np.bincount(codes, minlength=levels)
    shares = (counts + 0.5) / (counts.sum() + 0.5 * levels)
    cells, cell_codes, weights, few = input_cells(x, codes)
    fits: list[Fit] = [fit_table(cells, cell_codes, weights, levels)] if few else []
    if x.shape[1]:
        data = cells, cell_codes, weights
        if ordered or levels == 2:
            fits += searched(fit_ordered, *data, levels, widths, MAX_CENTRES)
        if not ordered and levels > 2:
            most = min(MAX_CENTRES, MOST_COEFFICIENTS // (levels - 1) - x.shape[1])
            fits += searched(fit_classes, *data, levels, widths, most)
        elif 2 < levels <= MOST_UNORDERED:
            fits += searched(fit_classes, *data, levels, widths, 0)
    kept, share = weighted(fits)
    return ClassModel(inputs, kept, share, shares)


Weighed = TypeVar("Weighed", bound="HasEvidence")


def weighted(fits: Sequence[Weighed]) -> tuple[list[Weighed], Array]:
    """The fits that hold next to all of the weight, and their weights by evidence.

    Of those that differ by their prior alone the best stands for all.
    """
    evidence = np.array([fit.evidence for fit in fits])
    evidence = np.where(np.isfinite(evidence), evidence, -np.inf)
    families: dict[tuple[object, ...], list[int]] = {}
    for i, fit in enumerate(fits):
        families.setdefault(fit.family, []).append(i)
    leaders = [max(members, key=lambda i: evidence[i]) for members in families.values()]
    weights = np.array([np.exp(evidence[members] - evidence.max()).sum() for members in families.values()])
    kept = weights >= NEGLIGIBLE * weights.sum()
    chosen = [fits[i] for i, keep in zip(leaders, kept, strict=True) if keep]
    return chosen, weights[kept] / weights[kept].sum()


Regress = Callable[[Design, Array, NDArray[np.intp], Array, int], Fit]


def searched(
    regress: Regress,
    x: Array,
    codes: NDArray[np.intp],
    weights: Array,
    levels: int,
    widths: Sequence[int],
    most: int,
) -> list[Fit]:
    """Regressions on every design, and on kernels whose dependence on each parent is learned."""
    designs = list(simple_designs(x, widths))
    if most >= LEAST_CENTRES:
        designs += curved_designs(x, widths, most)
        if levels <= MOST_STEPPED:
            designs += step_designs(x, widths)
    designs = with_prior(designs)
    fits = [regress(design, x, codes, weights, levels) for design in designs]
    joint = [i for i, design in enumerate(designs) if design.kind == "joint"]
    if not joint or len(widths) < 2:
        return fits
    best = max(joint, key=lambda i: fits[i].evidence)
    design, reached = designs[best], fits[best]
    # Where straight lines or a constant are far better, there is nothing to learn about a kernel.
    if reached.evidence < max(fit.evidence for fit in fits) - len(widths) - 3:
        return fits
    for block in input_blocks(widths):
        for factor in STRETCHES:
            trial = stretched(design, x, block, factor, most)
            trial = replace(trial, log_prior=design.log_prior - STRETCH_COST)
            fit = regress(trial, x, codes, weights, levels)
            fits.append(fit)
            if fit.evidence > reached.evidence:
                design, reached = trial, fit
                break
    return fits


def input_cells(x: Array, codes: NDArray[np.intp]) -> tuple[Array, NDArray[np.intp], Array, bool]:
    """The rows that regressions are fitted to, and whether they are few enough for a table.

    Args:
        x: Inputs, shape `[n, q]`, the rows in no particular order.
        codes: The level of each row, shape `[n]`.

    Returns:
        Inputs, levels and how many rows each stands for: the different ones, where the inputs take few
        values together, and else at most `MAX_CLASS_ROWS` rows; and whether it is the former.
    """
    both = np.column_stack([x.round(DECIMALS), codes])
    # Rows come in their random order, so that the first ones stand for all.
    different, first, counts = np.unique(both, axis=0, return_index=True, return_counts=True)
    few = len(np.unique(different[:, :-1], axis=0)) <= max(1, min(MAX_CELLS, len(x) // 2))
    if not few:
        return x[:MAX_CLASS_ROWS], codes[:MAX_CLASS_ROWS], np.ones(min(len(x), MAX_CLASS_ROWS)), False
    order = np.argsort(first)
    chosen = first[order]
    return x[chosen], codes[chosen], counts[order].astype(np.float64), True
