r"""How much of an effect goes through mediators, and how much past them.

With Y(t, M(t')) the outcome where the treatment is t and the mediators are what they would have been under
t', the effect of t instead of t0 is divided as

.. math:: Y(t, M(t)) - Y(t_0, M(t_0)) =
   \underbrace{Y(t, M(t_0)) - Y(t_0, M(t_0))}_{\text{natural direct}} +
   \underbrace{Y(t, M(t)) - Y(t, M(t_0))}_{\text{natural indirect}}

(Robins and Greenland 1992; Pearl 2001, "Direct and indirect effects"; VanderWeele 2015, "Explanation in
causal inference"). All of these worlds are solved with the same noise, so that in every draw the two sum to
the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike

from foundation_causal.errors import CrossWorldWarning, InputError, quoted, warn
from mechanisms.queries.effect_draws import OneGraphModel, Question, World, drawn_outcomes
from mechanisms.queries.effect_table import EffectTable, over_draws
from mechanisms.queries.effects import (
    EffectMixin,
    asked,
    by_events,
    warn_of_far_values,
    warn_of_missing_overlap,
    warn_of_narrow_intervals,
)
from mechanisms.queries.interventions import parse_interventions
from mechanisms.queries.paths.natural_effects import parts_table, rows_tell_parts
from mechanisms.queries.questions import Given, Method, check_method, no_path

# What is made of the worlds (baseline, value, direct, pure[, held at the baseline, held at the value]).
PARTS = {
    "total": (-1, 1, 0, 0, 0, 0),
    "natural direct": (-1, 0, 1, 0, 0, 0),
    "natural indirect": (0, 1, -1, 0, 0, 0),
    "pure indirect": (-1, 0, 0, 1, 0, 0),
    "controlled direct": (0, 0, 0, 0, -1, 1),
}


class MediationMixin(EffectMixin):
    """What a causal model needs to tell through what an effect goes."""

    def mediation(
        self,
        treatment: str,
        outcome: str,
        through: str | Sequence[str],
        values: ArrayLike | None = None,
        *,
        mediators: Mapping[str, Any] | None = None,
        given: Given | None = None,
        draws: int = 200,
        rows: int | None = None,
        level: float = 0.9,
        seed: int = 0,
        method: Method = "auto",
    ) -> EffectTable:
        """How much of an effect goes through mediators, and how much past them, with intervals.

        Under a treatment of few values natural effects are read off the rows, where the rows can tell them
        (:mod:`mechanisms.adjusted.nested_outcomes`). Others, and controlled effects, are plug-in answers: in
        every draw of functions and noise the structural equations are solved with the treatment at one value
        and the mediators as they are at another, with the same noise. No experiment shows both at once. What
        is said of such worlds rests on the structural equations, and on what effects rest on anyway: the
        graph is right, and no hidden variable is a cause of two of treatment, mediators and outcome.

        Args:
            treatment: The variable X that is set.
            outcome: The variable Y that is looked at.
            through: One mediator M or several; of several the effects through any of them are one.
            values: Two or more values of X, the one to compare with first; its levels by default, if it has
                any.
            mediators: For each mediator a value at which it is held, for the controlled direct effect.
            given: As for :meth:`effect`.
            draws: How many draws of functions and noise; at least 2.
            rows: To sample in every draw; by default as many as there are observations, from 200 to 1,000.
            level: The probability of the intervals.
            seed: The same seed gives the same answer.
            method: "orthogonal" reads natural effects off the rows; "plug-in" and "auto" draw from the
                model, which held the truth no less often in the tables that were tried.

        Returns:
            For each value but the first, t, compared with the first, t0, these rows, with the columns effect,
            value, baseline, mean, lower and upper:

            - total: E[Y(t) - Y(t0)];
            - natural direct: E[Y(t, M(t0)) - Y(t0)], with the mediators as they are under t0;
            - natural indirect: E[Y(t) - Y(t, M(t0))]; direct and indirect sum to the total;
            - pure indirect: E[Y(t0, M(t)) - Y(t0)], which is less or more than the natural indirect effect
              where X and M act on Y together (Pearl's indirect effect);
            - controlled direct, with `mediators`: E[Y(t, m) - Y(t0, m)].

            Of outcomes with labels they are of probabilities, as in :meth:`effect`. `table.reason` says what
            the answer rests on, `table.method` how it was found, `table.plug_in` what draws say if they were
            made, too, and `table.monte_carlo_error` by how much draws hang on the seed.

        Raises:
            InputError: As :meth:`effect`, a variable that is on no path from X to Y, or a method that does
                not apply.

        Warns:
            CrossWorldWarning: X moves a variable that is a cause both of a mediator and, past it, of Y. Then
                the natural effects cannot be known without the structural equations, were the graph known and
                rows without number (Avin, Shpitser and Pearl 2005).
            ExtrapolationWarning: A value far outside the values that were observed.
            NarrowIntervalWarning: The functions have no posterior to be drawn from.
            OverlapWarning: Some rows have next to no chance of a value of the treatment.

        Example:
            >>> import networkx as nx
            >>> import pandas as pd
            >>> from mechanisms import infer
            >>> rng = np.random.default_rng(0)
            >>> x = rng.normal(size=200)
            >>> m = 2 * x + rng.normal(size=200)
            >>> data = pd.DataFrame({"x": x, "m": m, "y": x + 3 * m + rng.normal(size=200)})
            >>> model = infer(data, nx.DiGraph([("x", "m"), ("x", "y"), ("m", "y")]))
            >>> table = model.mediation("x", "y", "m", (0, 1), draws=20)
            >>> table[["effect", "mean"]].round(0)
                         effect  mean
            0             total   7.0
            1    natural direct   1.0
            2  natural indirect   6.0
            3     pure indirect   6.0
        """
        members, question, level = asked(
            self, treatment, outcome, values, given=given, rows=rows, draws=draws, seed=seed, level=level
        )
        lead = members[0][0]
        names = _checked_mediators(members, question, through)
        held = {} if mediators is None else _checked_held(lead, mediators, names)
        warn_of_far_values(lead, question)
        witnesses = _recanting_witnesses([model.dag for model, k in members if k], question, names)
        if witnesses:
            warn(CrossWorldWarning(_about_witnesses(witnesses, question, names)))
        off_rows = _off_rows(method, members, question, names, bool(witnesses))
        if not off_rows or held:
            warn_of_narrow_intervals(lead)
            warn_of_missing_overlap(lead, question)
        worlds = _worlds(question, names, held)

        def answered(question: Question) -> EffectTable:
            natural = None
            if off_rows:
                natural = parts_table(members, question, names, level, seed)
                if not held:
                    return natural
            drawn, whose = drawn_outcomes(members, replace(question, asked=worlds), seed)
            table = _table(drawn.mean(1), whose, question, level, controlled=bool(held))
            return table if natural is None else _with_controlled(natural, table)

        table = by_events(lead.schema[question.outcome], question, answered)
        table.labelled(lead.schema[question.treatment], lead.schema[question.outcome])
        table.treatment, table.outcome, table.through = question.treatment, question.outcome, names
        table.reason = (
            _about_witnesses(witnesses, question, names) if witnesses else _rests_on(question, names)
        )
        return table


def _off_rows(
    method: str,
    members: Sequence[tuple[OneGraphModel, int]],
    question: Question,
    names: Sequence[str],
    witnessed: bool,
) -> bool:
    """Whether natural effects are read off the rows.

    Raises:
        InputError: An unknown method, or one that does not apply.
    """
    check_method(method)
    if method != "orthogonal":
        return False
    possible = not witnessed and all(rows_tell_parts(model, question, names) for model, k in members if k)
    if not possible:
        raise InputError(
            f"Natural effects of '{question.treatment}' are read off the rows only for a treatment of few "
            "values, without `rows`, given rows and interventions in force, and where the treatment moves no "
            "cause of both mediators and outcome; leave these out, or `method`."
        )
    return True


def _with_controlled(natural: EffectTable, drawn: EffectTable) -> EffectTable:
    """Natural effects off the rows beside controlled ones by draws, with what draws say of all."""
    table = drawn.copy()
    natural_rows = (drawn["effect"] != "controlled direct").to_numpy()
    table.loc[natural_rows, ["mean", "lower", "upper"]] = natural[["mean", "lower", "upper"]].to_numpy()
    table.method, table.adjusted_for = f"{natural.method}; controlled: plug-in", natural.adjusted_for
    table.plug_in = drawn["mean"].to_numpy()
    return table


def _checked_mediators(
    members: Sequence[tuple[OneGraphModel, int]], question: Question, through: str | Sequence[str]
) -> tuple[str, ...]:
    """The mediators, once each is known to be on a path in one of the graphs."""
    alone = isinstance(through, str) or not isinstance(through, Iterable)
    names = (str(through),) if alone else tuple(map(str, through))
    known, t, y = members[0][0].names, question.treatment, question.outcome
    if not names or len(set(names)) < len(names):
        raise InputError(f"The mediators are {through!r}; name one variable, or several different ones.")
    for name in names:
        if name not in known:
            raise InputError(f"There is no variable '{name}' in the model; use one of {quoted(known)}.")
        if name in (t, y):
            role = "treatment" if name == t else "outcome"
            raise InputError(f"'{name}' is the {role}, and nothing goes through it; name another variable.")
    nothing = no_path(members, question)
    if nothing is not None:
        raise InputError(f"{nothing.removesuffix('.')}; nothing goes through {quoted(names)}.")
    between = {name for model, k in members if k for name in _between(model.dag, t, y)}
    for name in names:
        if name not in between:
            ask = f"use one of {quoted(sorted(between))}" if between else "the effect is direct"
            raise InputError(
                f"'{name}' is on no path from '{t}' to '{y}', so that no effect goes through it; {ask}."
            )
    return names


def _between(graph: nx.DiGraph, treatment: str, outcome: str) -> set[str]:
    """The variables inside directed paths from the treatment to the outcome."""
    return set(nx.descendants(graph, treatment) & nx.ancestors(graph, outcome))


def _checked_held(
    model: OneGraphModel, mediators: Mapping[str, Any], names: Sequence[str]
) -> dict[str, float]:
    """The values at which the mediators are held, by name."""
    changes = parse_interventions(mediators, model.mechanisms, model.clamps, model.schema)
    held = {model.names[j]: value for j, value in changes.clamps.items()}
    if changes.soft or set(held) != set(names):
        raise InputError(
            "The controlled direct effect holds every mediator at a value; give one for each of "
            f"{quoted(names)}, and for nothing else."
        )
    if model.ranges is not None:
        model.ranges.warn_of_clamps(changes.clamps)
    return held


def _worlds(question: Question, names: tuple[str, ...], held: Mapping[str, float]) -> tuple[World, ...]:
    """The world of the baseline, then those of every other value, in the order of `PARTS`."""
    first, *others = (float(value) for value in question.values)
    worlds = [World(first)]
    for value in others:
        worlds += [World(value), World(value, {}, names, 0), World(first, {}, names, len(worlds))]
        worlds += [World(first, held), World(value, held)] if held else []
    return tuple(worlds)


def _table(
    drawn: np.ndarray[Any, Any],
    whose: np.ndarray[Any, Any],
    question: Question,
    level: float,
    *,
    controlled: bool,
) -> EffectTable:
    """The parts of the effect of each value, of the outcome in each world, `[draws, k]`."""
    parts = {name: w for name, w in PARTS.items() if controlled or name != "controlled direct"}
    size = 5 if controlled else 3  # worlds of a value beside the baseline
    labels, columns = [], []
    for i, value in enumerate(question.values[1:]):
        block = np.column_stack([drawn[:, 0], drawn[:, 1 + i * size : 1 + (i + 1) * size]])
        for name, weights in parts.items():
            labels.append((name, float(value), float(question.values[0])))
            columns.append(block @ np.array(weights[: size + 1], dtype=float))
    rows, errors = over_draws(np.column_stack(columns), level, whose)
    table = EffectTable(labels, columns=["effect", "value", "baseline"])
    table[["mean", "lower", "upper"]] = rows
    table.monte_carlo_error = errors
    return table


def _recanting_witnesses(graphs: Sequence[nx.DiGraph], question: Question, names: Sequence[str]) -> list[str]:
    """Variables that the treatment moves, which move the outcome through the mediators and past them."""
    found = set()
    for graph in graphs:
        past = graph.subgraph(set(graph) - set(names))
        moved = nx.descendants(graph, question.treatment) - set(names) - {question.outcome}
        for name in moved:
            through = any(
                nx.has_path(graph, name, m) and nx.has_path(graph, m, question.outcome) for m in names
            )
            if through and nx.has_path(past, name, question.outcome):
                found.add(name)
    return sorted(found)


def _about_witnesses(witnesses: Sequence[str], question: Question, names: Sequence[str]) -> str:
    return (
        f"'{question.treatment}' moves {quoted(witnesses)}, which acts on '{question.outcome}' both through "
        f"{quoted(names)} and past it: the natural effects rest on the form of the structural equations, and "
        "no rows could show them."
    )


def _rests_on(question: Question, names: Sequence[str]) -> str:
    return (
        "Natural effects rest on the structural equations, and on no hidden variable being a cause of two of "
        f"'{question.treatment}', {quoted(names)} and '{question.outcome}'."
    )
