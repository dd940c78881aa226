"""The effect on everyone, on some or on each of given rows, read off the rows, adjusted as the graph says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.columns.schema import Column
from foundation_causal.errors import FewRowsWarning, InputError, OverlapWarning, counted, quoted, warn
from foundation_causal.observations import MIN_ROWS
from foundation_causal.types import Array
from mechanisms.adjusted.mean_outcomes import (
    LEAST_PROPENSITY,
    MIN_LEVEL_ROWS,
    Estimate,
    Rows,
    levels_apply,
    mean_outcomes,
)
from mechanisms.adjusted.quantile_outcomes import QuantileEstimate, has_slopes, quantile_outcomes
from mechanisms.queries.adjustment import Adjustment, adjustment
from mechanisms.queries.conditions import Conditions, met_by
from mechanisms.queries.effect_draws import OneGraphModel, Question, table_numbers
from mechanisms.queries.effect_table import (
    Confounding,
    EffectTable,
    benchmarks,
    contrasts,
    estimates_table,
    estimates_tables,
    joined_tables,
)

Among: TypeAlias = Literal["all", "treated", "untreated"]

BALANCED, STACKED = "augmented balancing weights", "stacked regressions"  # how an effect was found
FEW_EFFECTIVE_ROWS = 30.0  # that an arm is worth after weighting, below which its mean hangs on single rows
FEW_BEYOND = 2.0  # rows beyond a quantile, below which it hangs on the outermost one
OUTSIDE = 0.05  # share of rows that have next to no chance of an arm from which a warning says so


def applies(model: OneGraphModel, question: Question, *, each: bool = False) -> bool:
    """Whether the rows tell the effect: of a cause, without interventions in force.

    It may be everyone's, that of rows which meet conditions on what the treatment does not move, or with
    `each` that of every given row. Along a treatment of many values noise that is relative is left to the
    model, which knows that it is: on the scale of the outcome a few large rows would decide.
    """
    edited = model.clamps or model.mechanisms.edited_nodes
    if question.rows is not None or model.data is None or edited:
        return False
    if isinstance(question.given, pd.DataFrame) != each:
        return False
    path = adjustment(model.dag, question.treatment, question.outcome).path
    usable = usable_rows(model, question)
    if not path or usable.sum() < MIN_ROWS:
        return False
    treatment = model.data.values[:, model.names.index(question.treatment)]
    asked = usable if each else usable & as_it_comes(model, question)
    if asked.sum() < MIN_ROWS:
        return False
    if isinstance(question.given, Conditions):
        moved = {question.treatment, *nx.descendants(model.dag, question.treatment)}
        meeting = asked & met_by(model.data.values, model.names, question.given)
        if question.given.names & moved or not _enough(treatment[meeting], question):
            return False
    if by_level(model, question):
        return not question.quantiles or _has_slopes(model, question)
    if question.quantiles:
        return False
    relative = {model.names[j] for j in model.mechanisms.relative_nodes}
    kind = model.schema[question.treatment]
    return not (kind.is_discrete and not kind.is_ordered) and not relative & set(path)


def by_level(model: OneGraphModel, question: Question) -> bool:
    """Whether the treatment is taken as one of few values."""
    assert model.data is not None
    treatment = model.data.values[:, model.names.index(question.treatment)]
    return levels_apply(treatment[usable_rows(model, question)], question.values)


def _has_slopes(model: OneGraphModel, question: Question) -> bool:
    """Whether quantiles of the outcome are read off the rows: of one that moves little by little."""
    assert model.data is not None
    j = model.names.index(question.outcome)
    continuous = model.schema[question.outcome].kind == "continuous"
    return continuous and has_slopes(model.data.values[usable_rows(model, question), j])


def _enough(treatment: Array, question: Question) -> bool:
    """Whether a group of rows, given by their treatments `[m]`, has enough for an effect of its own."""
    if len(treatment) < MIN_ROWS:
        return False
    return len(np.unique(treatment)) > len(question.values) or levels_apply(treatment, question.values)


def warn_of_few_rows(model: OneGraphModel, question: Question) -> None:
    """Warn of values of a treatment with levels that hardly any row has."""
    column = model.schema[question.treatment]
    if model.data is None or not column.is_discrete:
        return
    treatment = model.data.values[:, model.names.index(question.treatment)]
    rows = {column.label(float(value)): int((treatment == value).sum()) for value in question.values}
    few = {label: count for label, count in rows.items() if count < MIN_LEVEL_ROWS}
    if not few:
        return
    label, most = max(few.items(), key=lambda pair: pair[1])
    how_many = f"Only {counted(most, 'row')} with {question.treatment} = {label}"
    if len(few) > 1:
        how_many = f"At most {counted(most, 'row')} with {question.treatment} at each of {quoted(few)}"
    warn(
        OverlapWarning(
            f"{how_many}: what is said of them is what the model makes of other rows, and intervals may be "
            "too narrow."
        )
    )


def usable_rows(model: OneGraphModel, question: Question) -> NDArray[np.bool_]:
    """The rows in which neither what is adjusted for nor what the treatment moves was set, shape `[n]`."""
    assert model.data is not None
    if model.data.intervened is None:
        return np.ones(len(model.data.frame), dtype=bool)
    found = adjustment(model.dag, question.treatment, question.outcome)
    read = [model.names.index(name) for name in (*found.path, *found.covariates)]
    return np.asarray(~model.data.intervened[:, read].any(1))


def as_it_comes(model: OneGraphModel, question: Question, among: Among = "all") -> NDArray[np.bool_]:
    """The rows in which nothing was set that bears on who is asked about, bool `[n]`.

    They stand for those to come, as samples of the model do. A row in which a cause of what is adjusted for
    was set tells as much of the treatment as any other, but not how often there are such rows.

    Args:
        model: With the observations.
        question: Names treatment, outcome, and maybe conditions.
        among: Whose effect it is; those treated are so by the causes of the treatment.
    """
    assert model.data is not None
    if model.data.intervened is None:
        return np.ones(len(model.data.frame), dtype=bool)
    graph, named = model.mechanisms.graph, {question.treatment} if among != "all" else set()
    named.update(adjustment(model.dag, question.treatment, question.outcome).covariates)
    if isinstance(question.given, Conditions):
        named |= question.given.names
    bearing = named.union(*(nx.ancestors(graph, name) for name in named))
    read = [model.names.index(name) for name in bearing]
    return np.asarray(~model.data.intervened[:, read].any(1))


def population_effect(
    members: Sequence[tuple[OneGraphModel, int]],
    question: Question,
    level: float,
    seed: int,
    among: Among = "all",
) -> EffectTable:
    """Estimates along each graph, mixed by the weights of the graphs.

    Args:
        members: Models of one graph each, the heaviest first, and how many of the draws each has.
        question: What is to be answered; :func:`applies` holds for each of the models.
        level: The probability of the intervals.
        seed: For the split of the rows into folds.
        among: Whose mean effect it is.

    Warns:
        OverlapWarning: Some rows have next to no chance of a value, or few rows stand for all others.
    """
    rows = contrasts(len(question.values))
    found = _along_graphs(members, question, seed, among, mean_outcomes)
    lead = found[0]
    means = [rows @ each.answer.mean for each in found]
    extra = between_imputations([each.model for each in found], means)
    errors = [np.sqrt(np.square([each.answer.standard_error(row) for row in rows]) + extra) for each in found]
    weights = [each.weight for each in found]
    degrees = [np.array([each.answer.degrees(row) for row in rows]) for each in found]
    table = estimates_table(means, errors, weights, question.values, level, degrees)
    table.method = STACKED if lead.answer.propensities is None else BALANCED
    table.adjusted_for = lead.adjusted.covariates
    table.plug_in = np.average([rows @ each.answer.plug_in for each in found], axis=0, weights=weights)
    _keep_possible(table, lead.model.schema[question.outcome], question)
    table.overlap = _overlap(lead.answer, lead.model, question)
    scales = [[each.answer.confounding_scale(row) for row in rows[len(question.values) :]] for each in found]
    ratios = [
        [each.answer.log_ratio_margin(k, level) for k in range(1, len(question.values))] for each in found
    ]
    table.confounding = _confounding(
        lead.model,
        question,
        lead.adjusted,
        scale=np.average(scales, axis=0, weights=weights),
        ratio_margin=np.average(ratios, axis=0, weights=weights),
    )
    return table


def population_quantiles(
    members: Sequence[tuple[OneGraphModel, int]],
    question: Question,
    level: float,
    seed: int,
    among: Among = "all",
) -> EffectTable:
    """Quantiles of the outcome and their differences along each graph, mixed by the weights of the graphs.

    Args:
        members: As for :func:`population_effect`.
        question: With quantiles; :func:`applies` holds for each of the models.
        level: The probability of the intervals.
        seed: For the split of the rows into folds.
        among: Whose outcomes they are.

    Warns:
        FewRowsWarning: A quantile lies so far out that hardly a row is to be expected beyond it.
        OverlapWarning: As :func:`population_effect`.
    """

    def answered(rows: Rows, values: Array, chosen: NDArray[np.bool_]) -> QuantileEstimate:
        return quantile_outcomes(rows, values, question.quantiles, chosen)

    rows = contrasts(len(question.values))
    found = _along_graphs(members, question, seed, among, answered)
    means = [each.answer.mean @ rows.T for each in found]
    extra = between_imputations([each.model for each in found], means)
    errors = [np.sqrt(each.answer.standard_errors(rows) ** 2 + extra) for each in found]
    weights = [each.weight for each in found]
    tables = [
        estimates_table(
            [mean[j] for mean in means], [error[j] for error in errors], weights, question.values, level
        )
        for j in range(len(question.quantiles))
    ]
    lead = found[0]
    _warn_of_far_quantiles(lead.answer, lead.model, question)
    tables[0].method, tables[0].adjusted_for = BALANCED, lead.adjusted.covariates
    tables[0].overlap = _overlap(lead.answer, lead.model, question)
    return joined_tables(tables, "quantile", question.quantiles)


def _warn_of_far_quantiles(answer: QuantileEstimate, model: OneGraphModel, question: Question) -> None:
    """Warn of the quantile farthest out, where hardly a row of an arm is to be expected beyond it."""
    share = max(question.quantiles, key=lambda q: abs(q - 0.5))
    least = int(answer.effective_rows.argmin())
    beyond = min(share, 1 - share) * float(answer.effective_rows[least])
    if beyond < FEW_BEYOND:
        named = _named(model, question, question.values[least])
        warn(
            FewRowsWarning(
                f"Of the rows with {question.treatment} = {named} {beyond:.1g} are to be expected beyond the "
                f"quantile {share:g} of {question.outcome}: it hangs on the outermost ones, and its interval "
                "may be too narrow."
            )
        )


def row_effects(
    members: Sequence[tuple[OneGraphModel, int]], question: Question, level: float, seed: int
) -> EffectTable:
    """Expected outcomes and effects at the covariates of each given row, whatever else the row holds.

    Args:
        members: As for :func:`population_effect`.
        question: About given rows; :func:`applies` holds for each of the models.
        level: The probability of the intervals.
        seed: For the split of the rows into folds.
    """
    assert isinstance(question.given, pd.DataFrame)
    rows = contrasts(len(question.values))
    found = _along_graphs(members, question, seed, "all", mean_outcomes)
    means, errors = [], []
    for each in found:
        given = {name: question.given[name].to_numpy(float) for name in each.adjusted.covariates}
        z = _covariates(each.model, each.adjusted, given, len(question.given))
        mean, error = each.answer.outcomes.contrasts(each.rows.standardized(z), rows)
        means.append(mean)
        errors.append(error)
    extra = between_imputations([each.model for each in found], means)
    errors = [np.sqrt(np.square(error) + extra) for error in errors]
    weights = [each.weight for each in found]
    labels = list(question.given.index.to_flat_index())
    degrees = [
        np.full_like(error, each.answer.outcomes.free) for error, each in zip(errors, found, strict=True)
    ]
    table = estimates_tables(means, errors, weights, question.values, level, labels, degrees)
    table.method, table.adjusted_for = STACKED, found[0].adjusted.covariates
    _keep_possible(table, found[0].model.schema[question.outcome], question)
    return table


def _keep_possible(table: EffectTable, outcome: Column, question: Question) -> None:
    """Move means, differences and ends of intervals that no outcome could have to the nearest that one could.

    Normal intervals do not know that a risk is no less than 0, nor the mean of a rating above the best one.
    """
    low, high = (0.0, 1.0) if question.level is not None else (-np.inf, np.inf)
    if question.level is None and outcome.is_discrete:
        low, high = outcome.numbers[0], outcome.numbers[-1]
    elif question.level is None and outcome.kind == "count":
        low = 0.0
    columns, differs = ["mean", "lower", "upper"], table["baseline"].notna().to_numpy()
    bounds = np.where(differs[:, None], [low - high, high - low], [low, high])
    table[columns] = np.clip(table[columns].to_numpy(), bounds[:, [0]], bounds[:, [1]])


AnswerT = TypeVar("AnswerT", Estimate, QuantileEstimate)
Answered: TypeAlias = Callable[[Rows, Array, NDArray[np.bool_]], AnswerT]


@dataclass(frozen=True)
class _Found(Generic[AnswerT]):
    """What the rows say along one graph, whose weight is given."""

    model: OneGraphModel
    weight: float
    adjusted: Adjustment
    rows: Rows
    answer: AnswerT


def _along_graphs(
    members: Sequence[tuple[OneGraphModel, int]],
    question: Question,
    seed: int,
    among: Among,
    answered: Answered[AnswerT],
) -> list[_Found[AnswerT]]:
    """The estimates along the graphs that have draws; what several graphs adjust for alike is found once."""
    members = [(model, draws) for model, draws in members if draws]
    total = sum(draws for _, draws in members)
    known: dict[tuple[str, ...], tuple[Rows, AnswerT]] = {}
    found: list[_Found[AnswerT]] = []
    said: set[float] = set()
    for model, draws in members:
        adjusted: Adjustment = adjustment(model.dag, question.treatment, question.outcome)
        key = (str(id(model.data)), *sorted(adjusted.covariates), "|", *sorted(adjusted.path))
        if key not in known:
            known[key] = _estimate(model, question, adjusted, seed, among, answered, said)
        rows, answer = known[key]
        found.append(_Found(model, draws / total, adjusted, rows, answer))
    return found


def _estimate(
    model: OneGraphModel,
    question: Question,
    adjusted: Adjustment,
    seed: int,
    among: Among,
    answered: Answered[AnswerT],
    said: set[float],
) -> tuple[Rows, AnswerT]:
    outcome, treatment, z, order = adjusted_rows(model, question, adjusted, seed)
    rows = Rows.of(outcome, treatment, z, counted=is_counted(model, question))
    chosen = chosen_rows(model, question, treatment, order, among)
    answer = answered(rows, question.values, chosen)
    warn_of_overlap(answer, model, question, chosen, said)
    return rows, answer


def is_counted(model: OneGraphModel, question: Question) -> bool:
    """Whether the outcome is a count, or levels that begin at zero as counts of few values do."""
    column = model.schema[question.outcome]
    of_levels = column.is_discrete and column.numbers[0] == 0
    return question.level is None and (column.kind == "count" or of_levels)


def chosen_rows(
    model: OneGraphModel, question: Question, treatment: Array, order: NDArray[np.intp], among: Among = "all"
) -> NDArray[np.bool_]:
    """The rows whose effect is asked for, bool `[n]`.

    Args:
        model: With the observations.
        question: With conditions, maybe.
        treatment: Of the rows, shape `[n]`.
        order: Their positions among the observations, shape `[n]`.
        among: Whose effect it is.

    Raises:
        InputError: As :func:`population`, or no row is left.
    """
    assert model.data is not None
    chosen = population(treatment, question, among) & as_it_comes(model, question, among)[order]
    if isinstance(question.given, Conditions):
        chosen &= met_by(model.data.values[order], model.names, question.given)
    if not chosen.any():
        raise InputError(
            f"None of the rows that are asked about is {among} by its causes; widen `given`, or leave out "
            "`among`."
        )
    return chosen


def between_imputations(models: Sequence[OneGraphModel], means: Sequence[Array]) -> Array | float:
    """What m completed tables add to the variance of their mean beside that between them.

    By Rubin's rules the variance between the tables counts (1 + 1/m) times; the mixture of the tables' normal
    distributions has it (1 - 1/m) times, as the mean square of m deviations. Zero for one table.

    Args:
        models: One for each estimate; several may have the same table.
        means: The estimates, each `[k]`.
    """
    whose = table_numbers(models)
    m = int(whose.max()) + 1
    if m < 2:
        return 0.0
    each = np.asarray(means)
    centres = [each[whose == table].mean(0) for table in range(m)]
    return np.asarray(np.var(centres, axis=0, ddof=1) * 2 / m)


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


def adjusted_rows(
    model: OneGraphModel, question: Question, found: Adjustment, seed: int
) -> tuple[Array, Array, Array, NDArray[np.intp]]:
    """Outcome and treatment, `[n]`, covariates, `[n, p]`, and positions, `[n]`, of the rows that tell of it.

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
    z = _covariates(model, found, column, len(order))
    return asked_outcome(question, column[question.outcome]), column[question.treatment], z, order


def _covariates(model: OneGraphModel, found: Adjustment, column: Mapping[str, Array], n: int) -> Array:
    """What is adjusted for, from columns `[n]`, as inputs of a regression, `[n, p]`."""
    blocks = [covariate_columns(model, name, column[name]) for name in sorted(found.covariates)]
    return np.hstack(blocks) if blocks else np.empty((n, 0))


def covariate_columns(model: OneGraphModel, name: str, column: Array) -> Array:
    """A covariate `[n]` as inputs of a regression, `[n, q]`: a category has a column for each level."""
    known = model.schema[name]
    if known.is_ordered:
        return column[:, None]
    return (column[:, None] == np.asarray(known.numbers)).astype(float)


def asked_outcome(question: Question, column: Array) -> Array:
    """The outcome `[n]`, or whether it has the level whose probability is asked for."""
    return column if question.level is None else (column == question.level).astype(float)


def population(treatment: Array, question: Question, among: Among) -> NDArray[np.bool_]:
    """The rows, by their treatments `[n]`, whose mean effect is asked for, bool `[n]`.

    Args:
        treatment: Shape `[n]`.
        question: With the values that are compared.
        among: Whose mean effect it is.

    Raises:
        InputError: More than two values where some rows are left out by their own, or nobody has the value.
    """
    if among == "all":
        return np.ones(len(treatment), dtype=bool)
    if len(question.values) != 2:
        raise InputError(f'among="{among}" compares two values; give two, or leave it out.')
    value = question.values[1 if among == "treated" else 0]
    chosen = treatment == value
    if not chosen.any():
        raise InputError(
            f"No row has the value {value:g} of '{question.treatment}', so that nobody is {among}; give a "
            "value that rows have."
        )
    return np.asarray(chosen)


def warn_of_overlap(
    answer: Estimate | QuantileEstimate,
    model: OneGraphModel,
    question: Question,
    chosen: NDArray[np.bool_],
    said: set[float],
) -> None:
    """Warn of values that some of the chosen rows have next to no chance of, or that few rows stand for.

    What chances the other rows have does not matter: nobody asks what the value would do to them.

    Args:
        answer: With the chances of the values.
        model: With the observations.
        question: Names the values.
        chosen: The rows that are asked about.
        said: The values that a warning spoke of, such as one about another completed table; it grows.
    """
    if answer.propensities is None or answer.effective_rows is None:
        return
    whose, them = ("everyone", "all") if chosen.all() else ("those asked about", "these")
    outside = (answer.propensities[chosen] < LEAST_PROPENSITY).mean(0)
    for value, share, rows in zip(question.values, outside, answer.effective_rows, strict=True):
        if value in said or not (share > OUTSIDE or rows < FEW_EFFECTIVE_ROWS):
            continue
        said.add(value)
        if share > OUTSIDE:
            warn_of_chances(
                model,
                question,
                value,
                share,
                f", and those that have it are worth {rows:.0f} rows of {whose}; the effect on {them} is "
                "extrapolated from few.",
            )
        else:  # a small arm may well be like the others
            named, own = _named(model, question, value), _rows_with(model, question, value)
            warn(
                OverlapWarning(
                    f"The {own:,} rows with {question.treatment} = {named} are worth {rows:.0f} of {whose}: "
                    "what is said of that value hangs on few rows."
                )
            )


def warn_of_chances(model: OneGraphModel, question: Question, value: float, share: float, then: str) -> None:
    """Warn that this share of the rows has next to no chance of a value; the sentence ends with `then`."""
    warn(
        OverlapWarning(
            f"The rows hardly overlap: {_in_words(share)} have next to no chance of {question.treatment} = "
            f"{_named(model, question, value)}{then}"
        )
    )


def _named(model: OneGraphModel, question: Question, value: float) -> str:
    """A value of the treatment as the user calls it."""
    label = model.schema[question.treatment].label(float(value))
    return f"{label:g}" if isinstance(label, float) else str(label)


def _rows_with(model: OneGraphModel, question: Question, value: float) -> int:
    """How many usable rows have a value of the treatment."""
    assert model.data is not None
    treatment = model.data.values[:, model.names.index(question.treatment)]
    return int((treatment[usable_rows(model, question)] == value).sum())


def _in_words(share: float) -> str:
    """A share in percent, without a 0% that are some, or a 100% that are not all.

    >>> [_in_words(share) for share in (0.0, 0.004, 0.06, 0.998, 1.0)]
    ['fewer than 1%', 'fewer than 1%', '6%', 'more than 99%', '100%']
    """
    rounded = f"{share:.0%}"
    if rounded == "0%":
        return "fewer than 1%"
    return "more than 99%" if rounded == "100%" and share < 1 else rounded


def _overlap(
    answer: Estimate | QuantileEstimate, model: OneGraphModel, question: Question
) -> pd.DataFrame | None:
    if answer.propensities is None or answer.effective_rows is None:
        return None
    return pd.DataFrame(
        {
            "value": question.values,
            "rows": [_rows_with(model, question, value) for value in question.values],
            "least_propensity": answer.propensities.min(0),
            "effective_rows": answer.effective_rows,
        }
    )
