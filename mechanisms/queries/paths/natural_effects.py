"""Natural direct and indirect effects, read off the rows."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np

from foundation_causal.types import Array
from mechanisms.adjusted.mean_outcomes import Rows
from mechanisms.adjusted.nested_outcomes import NestedEstimate, nested_outcomes
from mechanisms.queries.adjustment import Adjustment, adjustment
from mechanisms.queries.effect_draws import OneGraphModel, Question
from mechanisms.queries.effect_table import EffectTable, mixture
from mechanisms.queries.population_effects import (
    adjusted_rows,
    applies,
    between_imputations,
    by_level,
    chosen_rows,
    covariate_columns,
    is_counted,
    warn_of_overlap,
)

METHOD = "multiply robust"  # how the parts of an effect were found
PARTS = {  # sums of E[Y(a, M(b))]: of a value, 1, and the baseline, 0
    "total": {(1, 1): 1.0, (0, 0): -1.0},
    "natural direct": {(1, 0): 1.0, (0, 0): -1.0},
    "natural indirect": {(1, 1): 1.0, (1, 0): -1.0},
    "pure indirect": {(0, 1): 1.0, (0, 0): -1.0},
}


def rows_tell_parts(model: OneGraphModel, question: Question, names: Sequence[str]) -> bool:
    """Whether the rows tell natural effects: of a treatment of few values, through what is on paths from it.

    Every common cause of treatment, mediators and outcome must be free of the treatment; a
    :class:`foundation_causal.errors.CrossWorldWarning` says where one is not.
    """
    between = nx.descendants(model.dag, question.treatment) & nx.ancestors(model.dag, question.outcome)
    return set(names) <= between and applies(model, question) and by_level(model, question)


def parts_table(
    members: Sequence[tuple[OneGraphModel, int]],
    question: Question,
    names: Sequence[str],
    level: float,
    seed: int,
) -> EffectTable:
    """The parts of the effect of each value but the first, along each graph, mixed by the graphs' weights.

    Args:
        members: Models of one graph each, the heaviest first, and how many of the draws each has.
        question: For each of the models :func:`rows_tell_parts`.
        names: The mediators.
        level: The probability of the intervals.
        seed: For the split of the rows into folds.

    Warns:
        OverlapWarning: Some rows have next to no chance of a value, or few rows stand for all others.
    """
    members = [(model, draws) for model, draws in members if draws]
    known: dict[tuple[str, ...], NestedEstimate] = {}
    said: set[float] = set()
    found = []
    for model, _ in members:
        adjusted = adjustment(model.dag, question.treatment, question.outcome)
        key = (str(id(model.data)), *sorted(adjusted.covariates), "|", *sorted(adjusted.path))
        if key not in known:
            known[key] = _estimate(model, question, adjusted, names, seed, said)
        found.append(_parts(known[key], len(question.values)))
    means = [mean for mean, _ in found]
    extra = between_imputations([model for model, _ in members], means)
    errors = [np.sqrt(error**2 + extra) for _, error in found]
    weights = [draws / sum(draws for _, draws in members) for _, draws in members]
    labels = [
        (name, float(value), float(question.values[0])) for value in question.values[1:] for name in PARTS
    ]
    table = EffectTable(labels, columns=["effect", "value", "baseline"])
    table[["mean", "lower", "upper"]] = mixture(means, errors, weights, level)
    table.method = METHOD
    table.adjusted_for = adjustment(members[0][0].dag, question.treatment, question.outcome).covariates
    return table


def _estimate(
    model: OneGraphModel,
    question: Question,
    adjusted: Adjustment,
    names: Sequence[str],
    seed: int,
    said: set[float],
) -> NestedEstimate:
    assert model.data is not None
    outcome, treatment, z, order = adjusted_rows(model, question, adjusted, seed)
    values = model.data.values[order]
    blocks = [covariate_columns(model, name, values[:, model.names.index(name)]) for name in sorted(names)]
    counted = is_counted(model, question)
    rows, mediated = (Rows.of(outcome, treatment, x, counted=counted) for x in (z, np.hstack([*blocks, z])))
    chosen = chosen_rows(model, question, treatment, order)
    answer = nested_outcomes(rows, mediated, question.values, chosen)
    warn_of_overlap(answer.plain, model, question, chosen, said)
    return answer


def _parts(found: NestedEstimate, k: int) -> tuple[Array, Array]:
    means, errors = [], []
    for value in range(1, k):
        for sums in PARTS.values():
            (first, scale), *others = (
                (found.under[a * value, b * value], scale) for (a, b), scale in sums.items()
            )
            assert scale == 1
            for other, weight in others:
                first = first.combined(weight, other)
            means.append(first.mean)
            errors.append(first.standard_error)
    return np.array(means), np.array(errors)
