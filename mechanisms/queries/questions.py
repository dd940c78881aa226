"""Questions about effects, checked: which variables, values, rows, quantiles and intervals are meant."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from foundation_causal.checks import check_count
from foundation_causal.columns.schema import Column
from foundation_causal.errors import InputError, quoted, said
from foundation_causal.observations import LARGEST, rows_like
from foundation_causal.types import Array
from mechanisms.queries.conditions import Condition, Conditions, parse_conditions
from mechanisms.queries.effect_draws import OneGraphModel, Question
from mechanisms.queries.interventions import clamp_value

Method: TypeAlias = Literal["auto", "orthogonal", "plug-in"]

Given: TypeAlias = pd.DataFrame | NDArray[np.generic] | Mapping[str, Condition]


def checked_question(
    model: OneGraphModel,
    treatment: str,
    outcome: str,
    values: ArrayLike | None = None,
    *,
    given: Given | None = None,
    rows: int | None = None,
) -> Question:
    """Check a question about an effect in this model.

    Args:
        model: The causal model.
        treatment: The variable that is set.
        outcome: The variable that is looked at.
        values: Values of the treatment.
        given: Whose effect it is.
        rows: To sample in every draw.

    Raises:
        InputError: As :meth:`EffectMixin.effect`.
    """
    treatment, outcome = str(treatment), str(outcome)  # a column may be called 3
    names, clamped = model.names, [model.names[j] for j in model.clamps]
    for name in (treatment, outcome):
        if name not in names:
            raise InputError(f"There is no variable '{name}' in the model; use one of {quoted(names)}.")
    if treatment == outcome:
        raise InputError(f"'{treatment}' is both treatment and outcome; name two variables.")
    if outcome in clamped:
        raise InputError(
            f"'{outcome}' is clamped, so that nothing has an effect on it; name another outcome."
        )
    shifts = getattr(model, "shifts", {})  # what hidden causes act on is shifted beside its mechanism
    if treatment in {*clamped, *(names[j] for j in (*model.mechanisms.edited_nodes, *shifts))}:
        raise InputError(
            f"'{treatment}' is under an intervention, and an effect sets it to the values that are compared; "
            "leave the intervention out, or name another treatment."
        )
    if rows is not None:
        rows = check_count("rows", rows, 2)
    whose: pd.DataFrame | Conditions | None = None
    if isinstance(given, Mapping):
        whose = parse_conditions(given, names, clamped, model.schema)
        if model.ranges is not None:
            model.ranges.warn_of_conditions(whose.points)
    elif given is not None:
        whose = rows_like(given, names, schema=model.schema)
    return Question(treatment, outcome, _checked_values(values, model.schema[treatment]), whose, rows)


def _checked_values(values: ArrayLike | None, column: Column) -> Array:
    """The numbers of the values of a treatment, `[k]`; of its levels if no values are named."""
    treatment = column.name
    if values is None and column.is_discrete:
        return np.asarray(column.numbers)
    if values is None:
        raise InputError(f"'{treatment}' has no levels to compare; give two of its values or more.")
    if (column.kind != "continuous" or column.unit) and not isinstance(values, str) and np.ndim(values) == 1:
        values = [clamp_value(value, column) for value in values]  # type: ignore[union-attr]
    try:
        checked = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"The values of '{treatment}' are {said(values)}; give two numbers or more."
        ) from error
    many = checked.ndim == 1 and len(checked) >= 2
    if many and not (np.abs(checked) <= LARGEST).all():
        raise InputError(
            f"The values of '{treatment}' are {checked.tolist()}; give finite numbers, no larger than "
            f"{LARGEST:g}."
        )
    if not many or len(np.unique(checked)) < len(checked):
        shown = [column.label(float(number)) for number in checked.ravel()]
        what = "levels" if column.is_discrete else "dates" if column.unit else "numbers"
        raise InputError(
            f"The values of '{treatment}' are {quoted(shown)}; give two different {what} or more."
        )
    return checked


def checked_quantiles(quantiles: ArrayLike) -> tuple[float, ...]:
    """Quantiles as numbers, once they are known to be different ones between 0 and 1."""
    try:
        checked = np.atleast_1d(np.asarray(quantiles, dtype=np.float64))
    except (TypeError, ValueError):
        checked = np.array([np.nan])
    inside = checked.ndim == 1 and len(checked) and ((checked > 0) & (checked < 1)).all()
    if not inside or len(np.unique(checked)) < len(checked):
        raise InputError(
            f"The quantiles are {said(quantiles)}; give different numbers between 0 and 1, as "
            "(0.1, 0.5, 0.9)."
        )
    return tuple(map(float, checked))


def check_quantile_question(column: Column, *, each: bool) -> None:
    """Raise InputError where quantiles make no sense, or are not known."""
    if column.kind == "binary" or not column.has_mean:
        raise InputError(
            f"'{column.name}' is {column.kind} and has no quantiles worth asking for; ask for its "
            f"{'mean' if column.has_mean else 'probabilities'}, without `quantiles`."
        )
    if each:
        raise InputError("One row has no quantiles; leave out `each` or `quantiles`.")


def checked_level(level: float) -> float:
    """The probability of the intervals, once it is known to be one."""
    if not (isinstance(level, numbers.Real) and 0 < level < 1):
        raise InputError(
            f"The level of the intervals is {said(level)}; give a number between 0 and 1, as 0.9."
        )
    return float(level)


def no_path(members: Sequence[tuple[OneGraphModel, int]], question: Question) -> str | None:
    """Why there is no effect, in a sentence; None where a path leads from treatment to outcome."""
    graphs = [model.dag for model, draws in members if draws]
    treatment, outcome = question.treatment, question.outcome
    if any(nx.has_path(graph, treatment, outcome) for graph in graphs):
        return None
    # The models of tables that were completed from one with gaps share their graph.
    where = "this graph" if len({frozenset(graph.edges) for graph in graphs}) == 1 else "any of the graphs"
    backwards = all(nx.has_path(graph, outcome, treatment) for graph in graphs)
    cause = f", which is a cause of '{treatment}'" if backwards else ""
    return (
        f"No path leads from '{treatment}' to '{outcome}'{cause}: in {where} there is no effect, "
        "whatever the rows say."
    )


def check_method(method: str) -> None:
    """Raise InputError unless effects can be found so."""
    if method not in ("auto", "orthogonal", "plug-in"):
        raise InputError(f'The method is {method!r}; give "auto", "orthogonal" or "plug-in".')
