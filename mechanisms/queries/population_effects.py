"""The effect on everyone, or on those treated or not, read off the rows, adjusted as the graph says."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.errors import InputError, OverlapWarning, counted, warn
from foundation_causal.observations import MIN_ROWS
from foundation_causal.types import Array
from mechanisms.queries.adjustment import Adjustment, adjustment
from mechanisms.queries.effect_draws import OneGraphModel, Question, outcomes
from mechanisms.queries.effect_table import Confounding, EffectTable, benchmarks, contrasts, normal_table
from mechanisms.queries.orthogonal import (
    LEAST_PROPENSITY,
    MIN_LEVEL_ROWS,
    Estimate,
    Rows,
    estimates,
    levels_apply,
)

Among: TypeAlias = Literal["all", "treated", "untreated"]

FEW_EFFECTIVE_ROWS = 30.0  # that an arm is worth after weighting, below which its mean hangs on single rows
OUTSIDE = 0.05  # share of rows that have next to no chance of an arm from which a warning says so


def applies(model: OneGraphModel, question: Question) -> bool:
    """Whether the rows tell the effect: everyone's, of a cause, without interventions in force.

    Along a treatment of many values noise that is relative is left to the model, which knows that it is: on
    the scale of the outcome a few large rows would decide.
    """
    edited = model.clamps or model.mechanisms.edited_nodes
    if question.given is not None or question.rows is not None or model.data is None or edited:
        return False
    path = adjustment(model.graph, question.treatment, question.outcome).path
    usable = usable_rows(model, question)
    if not path or usable.sum() < MIN_ROWS:
        return False
    relative = {model.names[j] for j in model.mechanisms.relative_nodes}
    treatment = model.data.values[usable, model.names.index(question.treatment)]
    if levels_apply(treatment, question.values):
        return True
    has_levels = (
        model.schema[question.treatment].is_discrete and not model.schema[question.treatment].is_ordered
    )
    return not has_levels and not relative & set(path)


def warn_of_few_rows(model: OneGraphModel, question: Question) -> None:
    """Warn of values of a treatment with levels that hardly any row has."""
    column = model.schema[question.treatment]
    if model.data is None or not column.is_discrete:
        return
    treatment = model.data.values[:, model.names.index(question.treatment)]
    for value in question.values:
        rows = int((treatment == value).sum())
        if rows < MIN_LEVEL_ROWS:
            warn(
                OverlapWarning(
                    f"Only {counted(rows, 'row')} with {question.treatment} = {column.label(value)}: what is "
                    "said of it is what the model makes of other rows, and its interval may be too narrow."
                )
            )


def usable_rows(model: OneGraphModel, question: Question) -> NDArray[np.bool_]:
    """The rows in which nothing was set but the treatment, shape `[n]`."""
    assert model.data is not None
    if model.data.intervened is None:
        return np.ones(len(model.data.frame), dtype=bool)
    found = adjustment(model.graph, question.treatment, question.outcome)
    read = [model.names.index(name) for name in (*found.path, *found.covariates)]
    return np.asarray(~model.data.intervened[:, read].any(1))


def population_effect(
    members: Sequence[tuple[OneGraphModel, int]],
    question: Question,
    level: float,
    seed: int,
    among: Among = "all",
    *,
    unless_curved: bool = False,
) -> EffectTable | None:
    """Orthogonal estimates along each graph, mixed by the weights of the graphs.

    Args:
        members: Models of one graph each, the heaviest first, and how many of the draws each has.
        question: What is to be answered; :func:`applies` holds for each of the models.
        level: The probability of the intervals.
        seed: For the split of the rows into folds.
        among: Whose mean effect it is.
        unless_curved: Whether to answer None where the outcome curves along the treatment, and all models
            have a posterior whose draws follow the curve.

    Warns:
        OverlapWarning: Some rows have next to no chance of a value, or few rows stand for all others.
    """
    known: dict[tuple[str, ...], list[tuple[Estimate, float]]] = {}
    means, errors, plug_ins, weights, scales, ratio_errors = [], [], [], [], [], []
    rows = contrasts(len(question.values))
    members = [(model, draws) for model, draws in members if draws]
    total = sum(draws for _, draws in members)
    adjusted = [adjustment(model.graph, question.treatment, question.outcome) for model, _ in members]
    keys = [
        (str(id(model.data)), *sorted(found.covariates), "|", *sorted(found.path))
        for (model, _), found in zip(members, adjusted, strict=True)
    ]
    for (model, _), found, key in zip(members, adjusted, keys, strict=True):
        if key not in known:
            known[key] = _estimates(model, question, found, seed, among)
    follow = all(model.mechanisms.has_posterior for model, _ in members)
    curved = follow and any(answers[0][0].curved for answers in known.values())
    if curved and unless_curved:
        return None
    for (model, draws), key in zip(members, keys, strict=True):
        wide = 0.0
        if known[key][0][0].curved and draws > 1 and model.mechanisms.has_posterior:
            # The rows know nothing of what the shape of the curve leaves open; draws of functions do.
            wide = (outcomes(model, question, draws, seed)[:, 0] @ rows.T).std(0)
        for answer, share in known[key]:
            means.append(rows @ answer.mean)
            errors.append(np.maximum([answer.standard_error(row) for row in rows], wide))
            plug_ins.append(rows @ answer.plug_in)
            scales.append([answer.confounding_scale(row) for row in rows[len(question.values) :]])
            ratio_errors.append([answer.log_ratio_error(k) for k in range(1, len(question.values))])
            weights.append(share * draws / total)
    extra = between_imputations([model for model, _ in members], means)
    errors = [np.sqrt(np.square(error) + extra) for error in errors]
    table = normal_table(means, errors, weights, question.values, level)
    lead = next(iter(known.values()))[0][0]
    table.curved = curved
    table.method, table.adjusted_for = lead.method, adjusted[0].covariates
    table.plug_in = np.average(plug_ins, axis=0, weights=weights)
    table.overlap = _overlap(lead, members[0][0], question)
    table.confounding = _confounding(
        members[0][0],
        question,
        adjusted[0],
        scale=np.average(scales, axis=0, weights=weights),
        ratio_margin=NormalDist().inv_cdf((1 + level) / 2)
        * np.average(ratio_errors, axis=0, weights=weights),
    )
    return table


def between_imputations(models: Sequence[OneGraphModel], means: Sequence[Array]) -> Array | float:
    """What m completed tables add to the variance of their mean beside that between them.

    By Rubin's rules the variance between the tables counts (1 + 1/m) times; the mixture of the tables' normal
    distributions has it (1 - 1/m) times, as the mean square of m deviations. Zero for one table.

    Args:
        models: One for each estimate, each with its own table.
        means: The estimates, each `[k]`.
    """
    tables = {id(model.data) for model in models}
    m = len(tables)
    if m < 2 or len(means) != m:
        return 0.0
    return np.var(np.asarray(means), axis=0, ddof=1) * 2 / m


def _confounding(
    model: OneGraphModel, question: Question, found: Adjustment, scale: Array, ratio_margin: Array
) -> Confounding:
    """What a hidden confounder is measured by, with the covariates of this graph as yardsticks."""
    assert model.data is not None
    values = model.data.values[usable_rows(model, question)]
    treatment = values[:, model.names.index(question.treatment)]
    outcome = asked_outcome(question, values[:, model.names.index(question.outcome)])
    blocks = [covariate_columns(model, name, values[:, model.names.index(name)]) for name in found.covariates]
    covariates = np.hstack(blocks) if blocks else np.empty((len(values), 0))
    owners = [
        name for name, block in zip(found.covariates, blocks, strict=True) for _ in range(block.shape[1])
    ]
    compared = np.ones(len(values), dtype=bool)
    if levels_apply(treatment, question.values):
        compared = np.isin(treatment, question.values)
    yardsticks = benchmarks(outcome[compared], treatment[compared], covariates[compared], owners)
    binary = bool(np.isin(outcome, (0, 1)).all())
    return Confounding(scale, ratio_margin, float(outcome.std()), binary, yardsticks)


def _estimates(
    model: OneGraphModel, question: Question, found: Adjustment, seed: int, among: Among
) -> list[tuple[Estimate, float]]:
    outcome, treatment, z = adjusted_rows(model, question, found, seed)
    rows = Rows.of(outcome, treatment, z, unordered=not model.schema[question.treatment].is_ordered)
    answers = estimates(rows, question.values, population(treatment, question, among))
    _warn_of_overlap(answers[0][0], question)
    return answers


def adjusted_rows(
    model: OneGraphModel, question: Question, found: Adjustment, seed: int
) -> tuple[Array, Array, Array]:
    """Outcome and treatment, `[n]`, and covariates, `[n, p]`, of the rows that tell of an effect.

    Args:
        model: With the observations.
        question: Names treatment and outcome.
        found: What is adjusted for.
        seed: For the order of the rows.
    """
    assert model.data is not None
    usable = usable_rows(model, question)
    order = model.data.rows_in_random_order(seed)
    order = order[usable[order]]
    values = model.data.values[order]
    column = {name: values[:, j] for j, name in enumerate(model.names)}
    covariates = [covariate_columns(model, name, column[name]) for name in sorted(found.covariates)]
    z = np.hstack(covariates) if covariates else np.empty((len(values), 0))
    return asked_outcome(question, column[question.outcome]), column[question.treatment], z


def covariate_columns(model: OneGraphModel, name: str, column: Array) -> Array:
    """A covariate `[n]` as inputs of a regression, `[n, q]`: a category has a column for each level."""
    known = model.schema[name]
    if known.is_ordered:
        return column[:, None]
    return (column[:, None] == np.asarray(known.numbers)).astype(float)


def asked_outcome(question: Question, column: Array) -> Array:
    """The outcome `[n]`, or whether it has the level whose probability is asked for."""
    return column if question.level is None else (column == question.level).astype(float)


def population(treatment: Array, question: Question, among: Among) -> NDArray[np.bool_] | None:
    """The rows of treatments `[n]` whose mean effect is asked for, bool `[n]`; None for all.

    Args:
        treatment: Shape `[n]`.
        question: With the two values that are compared.
        among: Whose mean effect it is.

    Raises:
        InputError: More than two values, or nobody has the value.
    """
    if among == "all":
        return None
    if len(question.values) != 2:
        raise InputError(f'among="{among}" compares two values; give two, or leave it out.')
    chosen = treatment == question.values[1 if among == "treated" else 0]
    if not chosen.any():
        raise InputError(
            f"No row has the value {question.values[1 if among == 'treated' else 0]:g} of "
            f"'{question.treatment}', so that nobody is {among}; give a value that rows have."
        )
    return np.asarray(chosen)


def _warn_of_overlap(answer: Estimate, question: Question) -> None:
    if answer.propensities is None or answer.effective_rows is None:
        return
    outside = (answer.propensities < LEAST_PROPENSITY).mean(0)
    for value, share, rows in zip(question.values, outside, answer.effective_rows, strict=True):
        if share > OUTSIDE or rows < FEW_EFFECTIVE_ROWS:
            warn(
                OverlapWarning(
                    f"The rows hardly overlap: {share:.0%} have next to no chance of {question.treatment} = "
                    f"{value:g}, and those that have it are worth {rows:.0f} rows of everyone; the effect on "
                    "all is extrapolated from few."
                )
            )


def _overlap(answer: Estimate, model: OneGraphModel, question: Question) -> pd.DataFrame | None:
    if answer.propensities is None or answer.effective_rows is None:
        return None
    assert model.data is not None
    treatment = model.data.values[usable_rows(model, question), model.names.index(question.treatment)]
    return pd.DataFrame(
        {
            "value": question.values,
            "rows": [int((treatment == value).sum()) for value in question.values],
            "least_propensity": answer.propensities.min(0),
            "effective_rows": answer.effective_rows,
        }
    )
