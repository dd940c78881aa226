"""Attempts to refute an effect: estimates on rows that were changed so that the answer is known.

They find estimates that hang on few rows, on chance or on the choice of covariates. None of them finds a
hidden confounder (:meth:`mechanisms.queries.effect_table.EffectTable.sensitivity`) or a wrong graph.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.types import Array
from mechanisms.adjusted.mean_outcomes import Estimate, Rows, mean_outcomes
from mechanisms.queries.adjustment import adjustment
from mechanisms.queries.effect_draws import OneGraphModel, Question
from mechanisms.queries.population_effects import (
    Among,
    adjusted_rows,
    as_it_comes,
    is_counted,
    population,
)

MAX_REFUTED_ROWS = 1000  # that are looked at, as every check estimates anew
LEFT_OUT = 5  # one row of so many is left out of the subset
ALARM = 0.01  # how often an estimate that is right fails a check, about


def refutation(
    model: OneGraphModel, question: Question, level: float, seed: int, among: Among = "all"
) -> pd.DataFrame:
    """Estimate the last difference of a question again on changed rows.

    Args:
        model: The model; its effect can be read off the rows.
        question: About the effect.
        level: The probability of the intervals.
        seed: For what is random in the changes.
        among: Whose mean effect it is.

    Returns:
        As :meth:`mechanisms.queries.effects.EffectMixin.refute`.
    """
    found = adjustment(model.dag, question.treatment, question.outcome)
    parts = adjusted_rows(model, question, found, seed)
    outcome, treatment, z = (part[:MAX_REFUTED_ROWS] for part in parts[:3])
    comes = as_it_comes(model, question, among)[parts[3][:MAX_REFUTED_ROWS]]
    random = np.random.default_rng(seed)
    kept = _subset(treatment, random)
    changed = {
        "placebo treatment": (outcome, random.permutation(treatment), z, comes),
        "random common cause": (outcome, treatment, np.column_stack([z, random.normal(size=len(z))]), comes),
        "subset of rows": (outcome[kept], treatment[kept], z[kept], comes[kept]),
    }
    counted = is_counted(model, question)
    contrast = np.zeros(len(question.values))
    contrast[[0, -1]] = -1, 1
    first = _answer((outcome, treatment, z, comes), question, among, counted)
    estimate, error = float(contrast @ first.mean), first.standard_error(contrast)
    share = 1 / (LEFT_OUT - 1)  # of the variance that the rows left out make for the others
    rows = []
    for check, data in changed.items():
        answer = _answer(data, question, among, counted)
        again = float(contrast @ answer.mean)
        expected = 0.0 if check == "placebo treatment" else estimate
        tolerance = {
            "placebo treatment": answer.margin(contrast, 1 - ALARM),
            "random common cause": error,
            "subset of rows": np.sqrt(share) * first.margin(contrast, 1 - ALARM),
        }[check]
        width = answer.margin(contrast, level)
        passed = bool(abs(again - expected) <= tolerance)
        rows.append([check, expected, again, again - width, again + width, tolerance, passed])
    names = ["check", "expected", "estimate", "lower", "upper", "tolerance", "passed"]
    return pd.DataFrame(rows, columns=names)


def _answer(
    data: tuple[Array, Array, Array, NDArray[np.bool_]], question: Question, among: Among, counted: bool
) -> Estimate:
    """The means under the values."""
    outcome, treatment, z, comes = data
    whose = population(treatment, question, among) & comes
    rows = Rows.of(outcome, treatment, z, counted=counted)
    return mean_outcomes(rows, question.values, whose)


def _subset(treatment: Array, random: np.random.Generator) -> Array:
    """Positions of all rows but one of each few that are alike in the treatment, in the order of the rows."""
    order = np.lexsort((random.random(len(treatment)), treatment))
    places = np.arange(len(order))
    out = [random.choice(places[i : i + LEFT_OUT]) for i in range(0, len(order) - LEFT_OUT + 1, LEFT_OUT)]
    return np.sort(np.delete(order, out))
