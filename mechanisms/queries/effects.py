"""Effects of one variable on another, with intervals over the noise and over the functions.

The draws are those of :mod:`mechanisms.queries.effect_draws`; here questions are checked and answers
summarized.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from foundation_causal.checks import MOST_DRAWS, check_count, check_seed
from foundation_causal.columns.schema import DAY, Column
from foundation_causal.errors import (
    FewRowsWarning,
    InputError,
    NarrowIntervalWarning,
    NoPathWarning,
    counted,
    warn,
)
from mechanisms.adjusted.mean_outcomes import LEAST_PROPENSITY
from mechanisms.discrete.discrete_nodes import LevelNode
from mechanisms.queries.adjustment import adjustment
from mechanisms.queries.effect_draws import OneGraphModel, Question, drawn_outcomes
from mechanisms.queries.effect_table import EffectTable, draws_table, joined_tables
from mechanisms.queries.population_effects import (
    OUTSIDE,
    Among,
    applies,
    population_effect,
    population_quantiles,
    row_effects,
    warn_of_chances,
    warn_of_few_rows,
)
from mechanisms.queries.questions import (
    Given,
    Method,
    check_method,
    check_quantile_question,
    checked_level,
    checked_quantiles,
    checked_question,
    no_path,
)
from mechanisms.queries.refutation import refutation


class EffectMixin(ABC):
    """What a causal model needs to answer for effects, be it of one graph or of several."""

    @abstractmethod
    def shares(self, draws: int) -> Sequence[tuple[OneGraphModel, int]]:
        """The models of one graph each, the heaviest first, and how many of the draws each has."""

    def effect(
        self,
        treatment: str,
        outcome: str,
        values: ArrayLike | None = None,
        *,
        given: Given | None = None,
        each: bool = False,
        quantiles: ArrayLike | None = None,
        draws: int = 200,
        rows: int | None = None,
        level: float = 0.9,
        seed: int = 0,
        method: Method = "auto",
        among: Among = "all",
    ) -> EffectTable:
        """The average effect of one variable on another, or its effect on some rows, with intervals.

        For every value of the treatment X the mean of the outcome Y under do(X = value), then the
        differences from the first value. The effect on everyone, or on a group that the treatment does not
        move rows into, is read off the rows, adjusted for what the graph says
        (:mod:`mechanisms.adjusted.mean_outcomes`); the intervals are those of that. The effect on other rows,
        and effects under interventions, are plug-in answers of the model: the intervals are over draws of the
        functions from the posterior of the kernel model (other models are taken as they are) and over the
        noise, resampled. All take the graph for granted; of an averaged model each member has a share by its
        weight, so that they also cover what the data leave open about the graph. Members keep their weights
        whatever is `given`: how probable conditions or rows are under one graph or another does not count.

        Args:
            treatment: The variable X that is set.
            outcome: The variable Y that is looked at.
            values: Two or more values of X, the one to compare with first: (low, high), or the points of a
                dose-response curve; labels where X has them. Its levels by default, if it has any.
            given: Whose effect it is. None: everyone's, if nothing but the treatment is set: rows in which an
                experiment set a cause of what is adjusted for tell of the effect alone. Conditions, as
                `{"age": (30, 40), "sex": 1}`: that of the rows that meet them before X is set. A table of
                rows `[m, d]`: that of these very rows, with the noise that they had.
            each: Whether to answer for each of the given rows, instead of for their mean: what would have
                become of that very row, or, with `method="orthogonal"`, what becomes of rows with its
                covariates on average (the conditional average treatment effect).
            quantiles: Shares between 0 and 1, as (0.1, 0.5, 0.9): the quantiles of Y under do(X = value) are
                looked at in place of its mean, and their differences, the quantile treatment effects. They
                compare two distributions of Y; no row need keep its rank. They are plug-in answers, in every
                draw the quantile over rows; where X has few values and Y is continuous,
                `method="orthogonal"` reads them off the rows (:mod:`mechanisms.adjusted.quantile_outcomes`),
                which takes nothing of the noise for granted and has wider intervals.
            draws: How many draws of functions and noise; at least 2.
            rows: To sample in every draw; by default as many as there are observations, from 200 to 1,000.
            level: The probability of the intervals.
            seed: The same seed gives the same answer.
            method: "orthogonal" reads the effect off the rows, "plug-in" draws from the model, "auto" does
                the first where it applies, and the second for given rows.
            among: Whose effect it is of two values (reference, treated): "all", those "treated", who have the
                second, or "untreated", who have the first; orthogonal only.

        Returns:
            A row for each value and a row for each difference, with the columns value, baseline (the value
            that is compared with; NaN where none is), mean, lower, upper; with `each` these rows for each
            given row, whose label is in the first column, row; with `quantiles` for each quantile, which is
            in the first column, quantile, and whose value, or mean over draws, is in the column mean. The
            mean of a 0/1 outcome, or of one with two labels, is the probability of the second, and a
            difference that of risks. An outcome with more labels has these rows for the probability of each,
            in the column level. Of an outcome that is a date, means and quantiles are dates and differences
            spans of time; of one that is a span of time, all are. Its attributes say how it was found
            (:class:`mechanisms.queries.effect_table.EffectTable`).

        Raises:
            InputError: Unknown variables, an outcome that is clamped or is the treatment, a treatment that is
                under an intervention already, values that are
                not two different finite numbers or more, conditions that hardly any row meets, rows that do
                not fit the model, numbers out of bounds, quantiles of labels, or quantiles together with what
                they exclude.

        Warns:
            ExtrapolationWarning: A value far outside the values that were observed.
            NoPathWarning: No path leads from treatment to outcome, so that the differences are zero.
            FewRowsWarning: There are as many variables to adjust for as rows, or hardly a row beyond a
                quantile that is read off the rows.
            NarrowIntervalWarning: The functions have no posterior to be drawn from.
            OverlapWarning: Some rows have next to no chance of a value of the treatment.

        Example:
            >>> import networkx as nx
            >>> import numpy as np
            >>> from mechanisms import infer
            >>> rng = np.random.default_rng(0)
            >>> a = rng.normal(size=200)
            >>> data = pd.DataFrame({"a": a, "b": 2 * a + rng.normal(size=200)})
            >>> infer(data, nx.DiGraph([("a", "b")])).effect("a", "b", (0, 1)).round(1)
               value  baseline  mean  lower  upper
            0    0.0       NaN  -0.1   -0.2    0.0
            1    1.0       NaN   1.8    1.7    2.0
            2    1.0       0.0   1.9    1.8    2.1
        """
        members, question, level = asked(
            self, treatment, outcome, values, given=given, rows=rows, draws=draws, seed=seed, level=level
        )
        lead = members[0][0]
        if each and not isinstance(question.given, pd.DataFrame):
            raise InputError("Only rows that are given have an effect each; give rows, or leave out `each`.")
        if quantiles is not None:
            check_quantile_question(lead.schema[question.outcome], each=each)
            question = replace(question, quantiles=checked_quantiles(quantiles))
        warn_of_far_values(lead, question)
        reason = no_path(members, question)
        if reason is None:
            warn_of_few_rows(lead, question)
            _warn_of_many_covariates(lead, question)

        def answered(question: Question) -> EffectTable:
            if not _is_orthogonal(method, among, members, question, reason, each):
                return _plug_in(members, question, level, seed, each=each)
            if question.quantiles:
                return population_quantiles(members, question, level, seed, among)
            if each:
                return row_effects(members, question, level, seed)
            return population_effect(members, question, level, seed, among)

        table = by_events(lead.schema[question.outcome], question, answered)
        table.labelled(lead.schema[question.treatment], lead.schema[question.outcome])
        table.treatment, table.outcome = question.treatment, question.outcome
        if reason is not None:
            warn(NoPathWarning(reason))
            table.method, table.reason = "no path", reason
        return table

    def refute(
        self,
        treatment: str,
        outcome: str,
        values: ArrayLike | None = None,
        *,
        level: float = 0.9,
        seed: int = 0,
        among: Among = "all",
    ) -> pd.DataFrame:
        """Try to refute an effect: estimate it again on rows that were changed so that the answer is known.

        The estimator is that of :meth:`effect`, on 1,000 rows at most; of an averaged model, along the graph
        with the largest weight. Hidden confounders and wrong graphs pass all checks.

        Args:
            treatment: The variable X that is set.
            outcome: The variable Y that is looked at.
            values: Two or more values of X; the difference of the last from the first is looked at. Its
                levels by default, if it has any.
            level: The probability of the intervals.
            seed: The same seed gives the same answer.
            among: As for :meth:`effect`.

        Returns:
            A row for each check, with the columns check, expected, estimate, lower, upper, tolerance and
            passed: whether the estimate is within the tolerance of what is expected. Where the outcome is a
            date, numbers are spans of time. The checks are

            - placebo treatment: X is shuffled among the rows, which leaves no effect;
            - random common cause: a column of noise is adjusted for, too, which changes little;
            - subset of rows: four rows of five are used, which changes no more than chance would have it.

            An estimate that is right fails the first and the last about once in a hundred times.

        Raises:
            InputError: As :meth:`effect`, or an effect that is not read off the rows.

        Example:
            >>> import networkx as nx
            >>> import numpy as np
            >>> from mechanisms import infer
            >>> rng = np.random.default_rng(0)
            >>> a = rng.normal(size=200)
            >>> data = pd.DataFrame({"a": a, "b": 2 * a + rng.normal(size=200)})
            >>> model = infer(data, nx.DiGraph([("a", "b")]))
            >>> model.refute("a", "b", (0, 1))[["check", "passed"]]
                             check  passed
            0    placebo treatment    True
            1  random common cause    True
            2       subset of rows    True
        """
        check_seed(seed)
        # Of several models each has a share of the draws, and of a single one the heaviest may have none.
        lead = self.shares(1)[0][0]
        members = [(lead, 1)]
        question = checked_question(lead, treatment, outcome, values)
        if len(events(lead.schema[question.outcome])) > 1:
            raise InputError(
                f"'{outcome}' has more than two levels, and one number is refuted at a time; make a 0/1 "
                "column of one level."
            )
        reason = no_path(members, question)
        if reason is not None:
            raise InputError(f"{reason.removesuffix('.')}; there is nothing to refute.")
        _is_orthogonal("orthogonal", among, members, question, None)
        checks = refutation(lead, question, checked_level(level), seed, among)
        if lead.schema[question.outcome].unit:
            numbers = ["expected", "estimate", "lower", "upper", "tolerance"]
            checks[numbers] = checks[numbers].apply(lambda column: column * DAY)
        return checks


def asked(
    model: EffectMixin,
    treatment: str,
    outcome: str,
    values: ArrayLike | None,
    *,
    given: Given | None,
    rows: int | None,
    draws: int,
    seed: int,
    level: float,
) -> tuple[Sequence[tuple[OneGraphModel, int]], Question, float]:
    """Check what is asked of draws: the models of one graph each and their draws, the question, the level."""
    draws = check_count("draws", draws, 2, MOST_DRAWS)
    check_seed(seed)
    level = checked_level(level)
    members = model.shares(draws)
    question = checked_question(members[0][0], treatment, outcome, values, given=given, rows=rows)
    return members, question, level


def warn_of_far_values(model: OneGraphModel, question: Question) -> None:
    """Warn of values of the treatment far outside those that were observed."""
    if model.ranges is not None:
        for value in question.values:
            model.ranges.warn_of_clamps({model.names.index(question.treatment): float(value)})


def events(column: Column) -> list[Any]:
    """The labels of an outcome whose probabilities are asked for: all, or the second of two."""
    if column.has_mean:
        return []
    return list(column.labels) if len(column.labels) > 2 else [column.labels[1]]


def by_events(column: Column, question: Question, answered: Callable[[Question], EffectTable]) -> EffectTable:
    """The answer to a question, or one for each label of the outcome in the column level.

    Args:
        column: The outcome.
        question: About its mean.
        answered: Answers it, or what it becomes for one level.
    """
    labels = events(column)
    if len(labels) < 2:
        table = answered(question)
        table.event = labels[0] if labels else None
        return table
    asked = [replace(question, level=column.number(label)) for label in labels]
    return joined_tables([answered(of_level) for of_level in asked], "level", labels)


def _is_orthogonal(
    method: str,
    among: str,
    members: Sequence[tuple[OneGraphModel, int]],
    question: Question,
    reason: str | None,
    each: bool = False,
) -> bool:
    """Whether the effect is read off the rows; one that is zero for a reason is not.

    The effect on each of given rows is so only on request, and so are quantiles.

    Raises:
        InputError: an unknown method, or one that does not apply.
    """
    check_method(method)
    if among not in ("all", "treated", "untreated"):
        raise InputError(f'among is {among!r}; give "all", "treated" or "untreated".')
    if method == "plug-in" and among != "all":
        raise InputError(f'among="{among}" needs the orthogonal method; leave out one of the two.')
    if reason is not None:
        return False
    if method == "auto" and (each or (question.quantiles and among == "all")):
        return False
    possible = all(applies(model, question, each=each) for model, draws in members if draws)
    if not possible and (method == "orthogonal" or among != "all"):
        raise InputError(
            f"The effect of '{question.treatment}' on '{question.outcome}' is read off the rows only for a "
            "cause and its effect, without `rows` and interventions in force, `given` only for groups of "
            "rows enough that the treatment does not move rows into, or for each row, and quantiles only of "
            "a continuous outcome under a treatment of few values; leave these out, or `method` and `among`."
        )
    return possible and method != "plug-in"


def _plug_in(
    members: Sequence[tuple[OneGraphModel, int]], question: Question, level: float, seed: int, *, each: bool
) -> EffectTable:
    """What draws of the models say."""
    warn_of_narrow_intervals(members[0][0])
    if no_path(members, question) is None:
        warn_of_missing_overlap(members[0][0], question)
    drawn, whose = drawn_outcomes(members, question, seed)
    if not question.quantiles and not each:
        return draws_table(drawn.mean(1), question.values, level, whose)
    tables = [draws_table(drawn[:, i], question.values, level, whose) for i in range(drawn.shape[1])]
    if question.quantiles:
        return joined_tables(tables, "quantile", question.quantiles)
    assert isinstance(question.given, pd.DataFrame)
    return joined_tables(tables, "row", list(question.given.index.to_flat_index()))


def warn_of_narrow_intervals(model: OneGraphModel) -> None:
    """Warn where functions have no posterior to be drawn from."""
    if not model.mechanisms.has_posterior:
        warn(
            NarrowIntervalWarning(
                "These mechanisms have no posterior: the intervals leave out what the data do not tell of "
                "them."
            )
        )


def warn_of_missing_overlap(model: OneGraphModel, question: Question) -> None:
    """Warn where rows have next to no chance of a value of a treatment with levels, given its causes.

    What a value does to such rows is extrapolated from others, by draws of functions as well.
    """
    j = model.names.index(question.treatment)
    node = model.mechanisms.discrete_nodes.get(j)
    if (
        model.data is None
        or j in model.clamps
        or question.given is not None
        or not isinstance(node, LevelNode)
    ):
        return
    chances = node.model(model.data.values)
    for value in question.values:
        if value not in node.column.numbers:
            continue
        never = float((chances[:, node.column.numbers.index(value)] < LEAST_PROPENSITY).mean())
        if never > OUTSIDE:
            then = " given its causes; what it does to them is extrapolated from other rows."
            warn_of_chances(model, question, value, never, then)


def _warn_of_many_covariates(model: OneGraphModel, question: Question) -> None:
    """Warn where there are as many variables to adjust for as rows, so that rows alone tell nothing."""
    if model.data is None or question.given is not None:
        return
    covariates = len(adjustment(model.dag, question.treatment, question.outcome).covariates)
    rows = len(model.data.frame)
    if covariates >= rows:
        warn(
            FewRowsWarning(
                f"The effect of '{question.treatment}' on '{question.outcome}' is adjusted for "
                f"{covariates} variables by {counted(rows, 'row')}: the answer rests on what the model takes "
                "for probable, and its interval may be too narrow."
            )
        )
