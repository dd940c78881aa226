"""Outcomes under values of a treatment whose effect is identified by an estimand, in draws of a model.

Two forms of estimand are drawn. Where no child of the treatment is in its district, a row of the model with
the treatment split is a row under the intervention (:mod:`mechanisms.hidden_causes.split_model`). Where the
treatment itself is what a ratio conditions on, as in the napkin, rows are drawn with the treatment set, and
each counts by the density that the treatment had there. The ratio holds for any value of what else bears on
the district; these are drawn, too, from other rows, so that they do not tell of the hidden causes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import networkx as nx
import numpy as np

from foundation_causal.errors import OverlapWarning, warn
from foundation_causal.graphs.mixed_graph import MixedGraph
from foundation_causal.runtime import one_thread, stream
from foundation_causal.types import Array
from mechanisms.causal_model import CausalModel
from mechanisms.hidden_causes.id_algorithm import Estimand
from mechanisms.hidden_causes.split_model import split, unidentified_children
from mechanisms.mechanism_model import MechanismModel
from mechanisms.noise.distributions import Distribution, log_likelihood
from mechanisms.queries.effect_draws import ModelDraw, Question, draw_models, outcomes
from mechanisms.solver import causal_levels

WEIGHTED_ROWS = 1000  # to draw where rows have weights, as only some of them count
FEW_WEIGHTED_ROWS = 30.0  # that the rows are worth, below which an answer hangs on single ones


def is_weighted(found: Estimand) -> bool:
    """Whether the treatment alone is what one ratio conditions on, and nothing else is nested or summed out.

    The outcome's factor has to be found in two steps: in a district with the treatment, of which what comes
    before the treatment is summed out, and in what remains of it when the treatment is given. No other factor
    may feed it, or have something to sum out.
    """
    nested = [factor for factor in found.factors if len(factor.steps) > 1]
    if len(found.treatments) != 1 or len(nested) != 1 or len(nested[0].steps) > 2:
        return False
    (treatment,), (factor,) = found.treatments, nested
    outer, inner = factor.steps
    later = found.order[found.order.index(treatment) :]
    others = [other for other in found.factors if other is not factor]
    free = {name for other in others for name in other.nodes}
    return (
        set(outer.kept) - set(inner.district) == {treatment}
        and set(inner.district) <= set(later)
        and not free & {*outer.district, *_contexts(found.graph, outer.district)}
        and all(other.steps[0].district == other.nodes for other in others)
    )


def _contexts(graph: MixedGraph, district: Sequence[str]) -> set[str]:
    """What bears on a district from outside."""
    return {p for name in district for p in graph.directed.predecessors(name)} - set(district)


def is_drawn(found: Estimand) -> bool:
    """Whether there is a way to draw from it."""
    return not unidentified_children(found.graph, found.treatments) or is_weighted(found)


def estimand_outcomes(
    model: CausalModel,
    graph: MixedGraph,
    found: Estimand,
    question: Question,
    draws: int,
    seed: int,
    clamps: dict[int, float],
    shifts: dict[int, float],
) -> Array:
    """The outcome in every draw under each of k values, `[draws, m, k]`; m is 1 or the number of quantiles.

    Args:
        model: Along :func:`mechanisms.hidden_causes.split_model.pillow_dag` of the outcome's ancestors.
        graph: Over these.
        found: One that :func:`is_drawn`.
        question: About the effect.
        draws: How many.
        seed: The same seed gives the same draws.
        clamps: What else is set, by position.
        shifts: What is added to what else, by position.
    """
    if unidentified_children(graph, found.treatments):
        return weighted_outcomes(model, graph, question, draws, seed)
    t = model.names.index(question.treatment)
    here = {j for j, name in enumerate(model.names) if name in graph.directed}
    if t not in here:
        view = split(model, graph, _within(clamps, here), _within(shifts, here))
        return outcomes(view, question, draws, seed)
    view = split(model, graph, {**_within(clamps, here), t: 0.0}, _within(shifts, here))
    mechanisms = view.mechanisms
    copy = mechanisms.copies[t]  # type: ignore[attr-defined]  # of a Split
    del view.clamps[copy]
    return outcomes(view, replace(question, treatment=mechanisms.names[copy]), draws, seed)


def _within(changes: dict[int, float], positions: set[int]) -> dict[int, float]:
    return {j: change for j, change in changes.items() if j in positions}


@one_thread()
def weighted_outcomes(
    model: CausalModel, graph: MixedGraph, question: Question, draws: int, seed: int
) -> Array:
    """Likewise of rows with the treatment set, each of which counts by the density of that value there.

    Warns:
        OverlapWarning: Few rows stand for all.
    """
    kept = sorted({question.treatment, question.outcome, *_causes(model, question)}, key=model.names.index)
    positions = [model.names.index(name) for name in kept]
    models = draw_models(model.mechanisms, model.observed_noise, positions, draws=draws, seed=seed)
    t, outcome = kept.index(question.treatment), kept.index(question.outcome)
    (district,) = (group for group in graph.districts() if question.treatment in group)
    contexts = [kept.index(name) for name in kept if name in _contexts(graph, district)]
    mates = [kept.index(name) for name in district]
    t_noise = model.observed_noise.distributions[
        model.mechanisms.noise_columns([model.names.index(question.treatment)])[0]
    ]
    answers, worth = [], []
    for i, draw in enumerate(models):
        chance = partial(stream, seed, i)
        noise = draw.noise(question.rows or WEIGHTED_ROWS, chance)
        rows = np.zeros((len(noise), len(kept)))
        before, after = _around(draw.mechanisms, t)
        _respond(draw, rows, noise, before)
        if contexts:
            others = chance("contexts").permutation(len(rows))
            rows[:, contexts] = rows[others][:, contexts]
            _respond(draw, rows, noise, [[j for j in level if j in mates] for level in before])
        answer = []
        for value in question.values:
            rows[:, t] = value
            log_weights = _log_density(draw.mechanisms, rows, t, t_noise)
            _respond(draw, rows, noise, after)
            weights = np.exp(log_weights - log_weights.max())
            worth.append(weights.sum() ** 2 / (weights @ weights))
            answer.append(_summary(draw.mechanisms, rows, weights, outcome, question))
        answers.append(np.stack(answer, axis=1))
    if np.median(worth) < FEW_WEIGHTED_ROWS:
        warn(
            OverlapWarning(
                f"The values of {question.treatment} that are asked for are rare given its causes: the "
                f"answer hangs on {np.median(worth):.0f} of {question.rows or WEIGHTED_ROWS:,} rows drawn."
            )
        )
    return np.stack(answers)


def _causes(model: CausalModel, question: Question) -> set[str]:
    named = (question.treatment, question.outcome)
    return set().union(*(nx.ancestors(model.dag, name) for name in named))


def _around(mechanisms: MechanismModel, t: int) -> tuple[list[list[int]], list[list[int]]]:
    """The variables that do not come after one, and those that do, generation after generation."""
    names = mechanisms.names
    later = {names.index(name) for name in nx.descendants(mechanisms.graph, names[t])}
    levels = causal_levels(mechanisms)
    before = [[j for j in level if j not in later and j != t] for level in levels]
    return before, [[j for j in level if j in later] for level in levels]


def _respond(draw: ModelDraw, rows: Array, noise: Array, levels: Sequence[Sequence[int]]) -> None:
    """Put what mechanisms and noise say into the columns of the levels."""
    for nodes in filter(None, levels):
        rows[:, list(nodes)] = draw.mechanisms.respond(nodes, rows, noise)


def _log_density(mechanisms: MechanismModel, rows: Array, t: int, noise: Distribution) -> Array:
    """The log density of a variable in rows `[n, d]`, given what comes before it, `[n]`."""
    node = mechanisms.discrete_nodes.get(t)
    if node is not None:
        return node.log_probability(rows, rows[:, t])
    function, scale = mechanisms.functions_and_scales([t], rows)
    return log_likelihood(noise, (rows[:, t] - function[:, 0]) / scale[:, 0], scale[:, 0])


def _summary(
    mechanisms: MechanismModel, rows: Array, weights: Array, outcome: int, question: Question
) -> Array:
    """The weighted mean of the outcome, `[1]`, or its quantiles, `[q]`."""
    column = rows[:, outcome]
    if question.quantiles:
        return np.quantile(column, question.quantiles, weights=weights, method="inverted_cdf")
    node = mechanisms.discrete_nodes.get(outcome)
    if node is not None:
        column = node.expectation(rows, question.level)
    elif question.level is not None:
        column = (column == question.level).astype(float)
    return np.array([np.average(column, weights=weights)])
