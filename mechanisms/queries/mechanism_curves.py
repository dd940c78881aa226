"""What a mechanism looks like: a variable along each of its causes, with the band that the rows leave open.

Along one cause the others are held at a typical value, the median or the most frequent level. The points
around a curve are partial residuals: the curve at the row's value of the cause, plus the noise that the row
had (Breheny and Burchett 2017, "Visualization of regression models using visreg").
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from foundation_causal.checks import check_count, check_probability, check_seed
from foundation_causal.columns.schema import Column
from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import parents_of
from foundation_causal.observations import Observations
from foundation_causal.table_files import WritableTable
from foundation_causal.types import Array
from mechanisms.discrete.discrete_nodes import DiscreteNode, LevelNode
from mechanisms.mechanism_model import MechanismModel, noise_and_scales

if TYPE_CHECKING:
    from mechanisms.queries.effect_draws import OneGraphModel

GRID = 48  # values of a cause that has no levels
ENDS = (0.005, 0.995)  # quantiles of the cause between which a curve runs
MOST_POINTS = 300  # rows that are shown


@dataclass(frozen=True, eq=False)
class MechanismCurves:
    """The mechanism of one variable, to be looked at.

    Attributes:
        variable: Its name.
        causes: The names of its causes, in the order of the columns.
        curves: One row for each value of each cause: `cause`, `value`, `level` (of a variable with labels,
            whose probability the curve is; None otherwise), `mean`, `lower`, `upper`. A mechanism without a
            posterior has NaN in the last two.
        points: `cause`, `value` and `observed`, at most 300 rows for each cause: partial residuals, or of
            counts and of columns that pile up at an end what was observed. Of variables with levels none.
        held: What the other causes are held at, by name.
        fit: The share of the variance that the causes explain in the rows that were fitted, of logarithms
            where those are modelled; of a variable with levels McFadden's share of the log likelihood. NaN
            without causes. It says nothing of other rows.
        noise: What is left in these rows, `[n]`; None of a discrete variable.
    """

    variable: str
    causes: tuple[str, ...]
    curves: pd.DataFrame
    points: pd.DataFrame
    held: Mapping[str, Any] = field(default_factory=dict)
    fit: float = float("nan")
    noise: Array | None = None

    def __repr__(self) -> str:
        return f"MechanismCurves('{self.variable}' along {quoted(self.causes) or 'no cause'})"


class CurvesMixin(ABC):
    """What a causal model needs to show its mechanisms, be it of one graph or of several."""

    @abstractmethod
    def shares(self, draws: int) -> Sequence[tuple[OneGraphModel, int]]:
        """The models of one graph each, the heaviest first, and how many of the draws each has."""

    def curves(
        self, variable: str, *, draws: int = 100, level: float = 0.9, seed: int = 0
    ) -> MechanismCurves:
        """The mechanism of one variable along each of its causes, the others held at a typical value.

        Of an average over graphs it is that of the models in which the variable has the same causes as in
        the one with the largest weight.

        Args:
            variable: Its name.
            draws: How many functions are drawn from the posterior for the band.
            level: The probability of the band.
            seed: The same seed gives the same band.

        Raises:
            InputError: An unknown variable, numbers out of bounds, or a model under interventions, which
                does not hold its observations.

        Example:
            >>> import networkx as nx
            >>> from mechanisms import infer
            >>> rng = np.random.default_rng(0)
            >>> a = rng.normal(size=100)
            >>> data = pd.DataFrame({"a": a, "b": 2 * a + 0.1 * rng.normal(size=100)})
            >>> shown = infer(data, nx.DiGraph([("a", "b")])).curves("b")
            >>> middle = shown.curves.iloc[(shown.curves["value"] - 1).abs().argmin()]
            >>> bool(middle["lower"] < middle["mean"] < middle["upper"]), round(middle["mean"])
            (True, 2)
        """
        draws = check_count("draws", draws, 2)
        check_probability("level", level)
        check_seed(seed)
        members = self.shares(draws)
        lead = members[0][0]
        name = str(variable)  # a column may be called 3
        if name not in lead.names:
            raise InputError(f"There is no variable '{name}' in the model; use one of {quoted(lead.names)}.")
        if lead.data is None:
            raise InputError(
                "The model is under interventions, or without its observations; ask the model of infer."
            )
        j = lead.names.index(name)
        alike = [(model, k) for model, k in members if set(model.dag.pred[name]) == set(lead.dag.pred[name])]
        return _curves(j, lead.data, alike, level, seed)


def _curves(
    j: int, data: Observations, members: Sequence[tuple[OneGraphModel, int]], level: float, seed: int
) -> MechanismCurves:
    """The curves of variable j, over models in which it has the same causes."""
    lead = members[0][0]
    parents = sorted(map(int, parents_of(lead.dag)[j]))
    typical = np.array([_typical(c, data.values[:, k]) for k, c in enumerate(data.schema)])
    grids = {k: _grid(data.schema.columns[k], data.values[:, k]) for k in parents}
    node = lead.mechanisms.discrete_nodes.get(j)
    column = data.schema.columns[j]
    levels = _shown_levels(column) if isinstance(node, LevelNode) else [None]
    names = data.names
    rows = []
    if parents:
        asked = np.vstack([_along(typical, k, grid) for k, grid in grids.items()])
        mean, lower, upper = _summary(j, asked, members, levels, level, seed)
        places = [(k, value) for k, grid in grids.items() for value in grid]
        for at, label in enumerate(levels):
            for i, (k, value) in enumerate(places):
                shown = data.schema.columns[k].label(float(value))
                called = None if label is None else column.label(label)
                rows.append((names[k], shown, called, mean[i, at], lower[i, at], upper[i, at]))
    fields = ["cause", "value", "level", "mean", "lower", "upper"]
    model = lead.mechanisms
    fit, noise = _fit(j, model, data, node) if parents else (float("nan"), _noise(j, model, data, node))
    return MechanismCurves(
        names[j],
        tuple(names[k] for k in parents),
        WritableTable(rows, columns=fields),
        _points(j, model, data, parents, typical, node, seed),
        {names[k]: data.schema.columns[k].label(float(typical[k])) for k in parents},
        fit,
        noise,
    )


def _typical(column: Column, values: Array) -> float:
    """The median, or the most frequent level."""
    if not column.is_discrete:
        return float(np.nanmedian(values))
    codes = column.codes(values)
    return column.numbers[int(np.bincount(codes[codes >= 0], minlength=len(column.numbers)).argmax())]


def _grid(column: Column, values: Array) -> Array:
    """Values of a cause to look at: its levels, or some that are denser where the rows are."""
    if column.is_discrete:
        return np.asarray(column.numbers)
    low, high = np.quantile(values, ENDS)
    even = np.linspace(low, high, GRID // 2)
    grid = np.unique(np.concatenate([even, np.quantile(values, np.linspace(*ENDS, GRID // 2))]))
    return np.unique(np.rint(grid)) if column.is_whole else grid


def _along(typical: Array, k: int, grid: Array) -> Array:
    """Rows `[len(grid), d]` with typical values, but for the k-th variable."""
    rows = np.tile(typical, (len(grid), 1))
    rows[:, k] = grid
    return rows


def _shown_levels(column: Column) -> list[float | None]:
    """The levels whose probabilities are looked at: none where there is a mean; of two the second."""
    if column.has_mean:
        return [None]
    return list(column.numbers[1:] if len(column.numbers) == 2 else column.numbers)


def _summary(
    j: int,
    asked: Array,
    members: Sequence[tuple[OneGraphModel, int]],
    levels: Sequence[float | None],
    level: float,
    seed: int,
) -> tuple[Array, Array, Array]:
    """Mean and ends of the band of variable j at rows, each `[rows, levels]`, over all models."""
    total = sum(k for _, k in members) or 1
    means = [(k or 1, _answer(model.mechanisms, j, asked, levels)) for model, k in members]
    mean = np.average([answer for _, answer in means], axis=0, weights=[k for k, _ in means])
    drawn = [
        _answer(draw.mechanisms, j, asked, levels)
        for index, (model, k) in enumerate(members)
        if k and (model.mechanisms.has_posterior or j in model.mechanisms.discrete_nodes)
        for draw in model.mechanisms.draws(k, seed + index, [j])
    ]
    if len(drawn) < total:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    lower, upper = np.quantile(np.stack(drawn), [(1 - level) / 2, (1 + level) / 2], axis=0)
    return mean, lower, upper


def _answer(model: MechanismModel, j: int, rows: Array, levels: Sequence[float | None]) -> Array:
    """The expectation of variable j, or the probability of each of the levels, `[rows, levels]`."""
    node = model.discrete_nodes.get(j)
    if node is None:
        return model.predict_nodes([j], rows)
    return np.column_stack([node.expectation(rows, level) for level in levels])


def _noise(j: int, model: MechanismModel, data: Observations, node: DiscreteNode | None) -> Array | None:
    """What the mechanism leaves in the rows in which nothing set the variable; None of a discrete one."""
    return None if node is not None else noise_and_scales(model, data.values[data.free[:, j]], [j])[0][:, 0]


def _fit(
    j: int, model: MechanismModel, data: Observations, node: DiscreteNode | None
) -> tuple[float, Array | None]:
    """The share of the variance, or of the log likelihood, that the causes explain, and what they leave."""
    rows = data.values[data.free[:, j]]
    observed = rows[:, j]
    if isinstance(node, LevelNode):
        codes = node.column.codes(observed)
        share = np.bincount(codes, minlength=len(node.column.numbers)) / len(codes)
        without = float(np.log(share[codes]).sum())
        return 1 - float(node.log_probability(rows, observed).sum()) / min(without, -1e-300), None
    expected = model.predict_nodes([j], rows)[:, 0] if node is None else node.expectation(rows)
    noise = _noise(j, model, data, node)
    if j in model.relative_nodes:
        observed, expected = np.log(np.abs(observed)), np.log(np.abs(expected))
    return 1 - float(np.square(observed - expected).mean() / max(observed.var(), 1e-300)), noise


def _points(
    j: int,
    model: MechanismModel,
    data: Observations,
    parents: Sequence[int],
    typical: Array,
    node: DiscreteNode | None,
    seed: int,
) -> pd.DataFrame:
    """Rows to show around each curve: cause, value, observed."""
    free = data.rows_in_random_order(seed)
    rows = data.values[free[data.free[free, j]][:MOST_POINTS]]
    parts = []
    for k in parents if not isinstance(node, LevelNode) else ():
        shown = rows[:, j]
        if node is None:
            noise, _ = noise_and_scales(model, rows, [j])
            function, scale = model.functions_and_scales([j], _along(typical, k, rows[:, k]))
            shown = (function + scale * noise)[:, 0]
        values = [data.schema.columns[k].label(float(value)) for value in rows[:, k]]
        parts.append(pd.DataFrame({"cause": data.names[k], "value": values, "observed": shown}))
    joined = pd.concat(parts, ignore_index=True) if parts else None
    return WritableTable(joined, columns=["cause", "value", "observed"])
