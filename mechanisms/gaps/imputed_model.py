"""Models of tables with gaps: fitted to several completed tables, each drawn from the model itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from discovery.preparation import fill, nearest_codes
from foundation_causal.errors import InputError, counted
from foundation_causal.graphs import check_dag, parents_of
from foundation_causal.observations import MIN_ROWS, Observations, observations
from foundation_causal.types import Array
from mechanisms.averaged_model import AveragedModel
from mechanisms.causal_model import CausalModel
from mechanisms.gaps.imputation import Imputer

# Completed tables; more change little where a third of the values is missing (Rubin 1987, table 4.1).
DRAWS = 5
ENOUGH = 0.3  # share of complete rows from which the first model is theirs alone
FEWEST = 50  # of them, likewise


class ImputedModel(AveragedModel):
    """Models of one graph, each of the same table with other draws in place of what is missing.

    Samples come from all of them alike. Intervals hold what the rows leave open and what the gaps do, by the
    rules of Rubin (1987): the variance within the completed tables, and 1 + 1/m times that between m of them.

    Attributes:
        models: One for each completed table.
        weights: The same for all.
    """

    def __init__(self, models: Sequence[CausalModel], weights: Sequence[float] | Array | None = None) -> None:
        """Put them together.

        Args:
            models: At least one, all with the same graph.
            weights: Not to be given; all models have the same.
        """
        super().__init__(models, np.ones(len(models)))

    @property
    def completed(self) -> list[pd.DataFrame]:
        """The completed tables, with the user's labels and dtypes."""
        tables = [model.data for model in self.models]
        return [t.schema.decoded(t.values, t.frame.index) for t in tables if t is not None]

    @property
    def weighted_graphs(self) -> list[tuple[nx.DiGraph, float]]:
        """The one graph, with all of the weight."""
        return [(self.graph, 1.0)]

    def __repr__(self) -> str:
        model, *_ = self.models
        return f"ImputedModel({counted(len(self.models), 'completed table')} of {model!r})"


def impute(
    data: Observations,
    fit: Callable[[Observations], CausalModel],
    graph: nx.DiGraph,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> ImputedModel:
    """Fit a model to a table with gaps by filling them from the model itself.

    A first model fills the table: of the complete rows if there are enough, else each mechanism of the rows
    that lack nothing of it. The model of that is the one whose posterior draws make the completed tables.

    Args:
        data: n rows of d variables, NaN where missing.
        fit: From a complete table to its model, along the graph.
        graph: A DAG over the variables.
        draws: How many completed tables.
        seed: The same seed gives the same tables.

    Raises:
        InputError: The table cannot be fitted.
    """
    order = data.rows_in_random_order(0)  # so that draws belong to rows in whatever order they come
    values = data.values[order]
    filled = _filled(data)[order]
    model = _first_model(data, fit, graph, order, filled)
    imputer = Imputer(model.mechanisms, model.observed_noise.distributions, seed)
    filled = imputer.drawn(values, filled)
    model = fit(_completed(data, order, filled))
    models = []
    for k, draw in enumerate(model.mechanisms.draws(draws, seed)):
        imputer = Imputer(draw.mechanisms, model.observed_noise.distributions, seed + 1 + k)
        models.append(fit(_completed(data, order, imputer.drawn(values, filled))))
    return ImputedModel(models)


def _first_model(
    data: Observations,
    fit: Callable[[Observations], CausalModel],
    graph: nx.DiGraph,
    order: NDArray[np.intp],
    filled: Array,
) -> CausalModel:
    """The model of the complete rows where they are enough and vary, else of what there is of each mechanism.

    What a linear expectation fills in has no noise. A mechanism that took it for observed would find next to
    none, and so would everything that is drawn from it.
    """
    whole = np.asarray(data.frame.notna().to_numpy().all(1), dtype=bool)
    if whole.sum() >= max(FEWEST, ENOUGH * len(whole)):
        rows = data.frame[whole]
        levels = [rows[c.name].nunique() for c in data.schema if c.is_discrete]
        seen = [data.frame[c.name].nunique() for c in data.schema if c.is_discrete]
        if levels == seen and bool((rows.nunique() > 1).to_numpy().all()):
            return fit(data.complete())
    completed = _completed(data, order, filled)
    try:
        return fit(replace(completed, intervened=_unknown(data, graph)))
    except InputError:  # a method that reads whole rows only may find too few
        return fit(completed)


def _unknown(data: Observations, graph: nx.DiGraph) -> NDArray[np.bool_]:
    """Which values tell nothing of their mechanism: set, missing, or with a missing cause; bool `[n, d]`.

    Where next to none would be left, a missing cause does not count.
    """
    missing = np.isnan(data.values)
    unknown = missing if data.intervened is None else missing | data.intervened
    with_causes = unknown.copy()
    for j, parents in enumerate(parents_of(check_dag(graph, data.names))):
        with_causes[:, j] |= missing[:, parents].any(1)
    enough = (~with_causes).sum(0) >= MIN_ROWS
    return np.where(enough, with_causes, unknown)


def _filled(data: Observations) -> Array:
    """The table with the linear expectation in place of what is missing; of levels the nearest."""
    centre, spread = np.nanmean(data.values, 0), np.nanstd(data.values, 0)
    unit = (data.values - centre) / spread
    filled = fill(torch.tensor(unit)[None])[0].numpy()
    codes = nearest_codes(data.schema.codes(data.values), filled, data.schema.levels)
    values = filled * spread + centre
    for j, column in enumerate(data.schema):
        if column.is_discrete:
            values[:, j] = np.asarray(column.numbers)[codes[:, j]]
        elif column.kind == "count":
            values[:, j] = np.maximum(np.rint(values[:, j]), 0)
    # Bounded columns, such as positive ones, keep to where their values are.
    low, high = np.nanmin(data.values, 0), np.nanmax(data.values, 0)
    return np.where(np.isnan(data.values), np.clip(values, low, high), data.values)


def _completed(data: Observations, order: NDArray[np.intp], filled: Array) -> Observations:
    """A completed table, its rows in the order of the user's."""
    values = np.empty_like(filled)
    values[order] = filled
    frame = pd.DataFrame(values, index=data.frame.index, columns=data.frame.columns)
    return observations(frame, intervened=data.intervened, types=data.schema, min_rows=1)
