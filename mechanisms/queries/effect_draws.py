"""The outcome under several values of a treatment, in draws of a causal model.

Every draw takes the mechanisms from their posterior and resamples the noise, clamps the treatment to each of
the values, all with the same noise, and averages the outcome (g-computation, Robins 1986). Where rows are
given, or conditions on rows, their noise is abducted first: what is averaged are counterfactuals.

Only the variables on which the answer depends are drawn and computed. All chance is keyed by the names of the
variables, so that the order of columns and edges moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeAlias

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.columns.schema import Schema
from foundation_causal.errors import InputError, quoted
from foundation_causal.observations import Observations
from foundation_causal.runtime import check_memory, one_thread, stream
from foundation_causal.types import Array
from mechanisms.mechanism_model import MechanismModel, PosteriorDraw, row_ranks
from mechanisms.model_part import Part
from mechanisms.noise.distributions import Distribution
from mechanisms.noise.sampling import ObservedNoise
from mechanisms.queries.conditions import Conditions, matching
from mechanisms.queries.extrapolation import Ranges
from mechanisms.solver import causal_levels, check_finite

Chance: TypeAlias = Callable[..., np.random.Generator]  # a stream for what is named

MIN_DRAWN_ROWS, MAX_DRAWN_ROWS = 200, 1000  # to sample in every draw, unless a number is requested
PILOT_ROWS = 2000  # show how rare conditions are
RAREST = 0.005  # the smallest share of rows meeting conditions that is answered
MORE = 10  # at most so many times the rows where conditions are rare


class OneGraphModel(Protocol):
    """A causal model with one graph, as far as effects ask of it."""

    @property
    def names(self) -> list[str]:
        """The d variables."""
        ...

    @property
    def dag(self) -> nx.DiGraph:
        """The DAG over the names, without the edges into variables that are set."""
        ...

    @property
    def mechanisms(self) -> MechanismModel:
        """The functions F_j, under soft interventions where there are any."""
        ...

    @property
    def clamps(self) -> Mapping[int, float]:
        """The variables that are set, by position."""
        ...

    @property
    def observed_noise(self) -> ObservedNoise:
        """The noise of the observations and its distributions."""
        ...

    @property
    def data(self) -> Observations | None:
        """The observations that it was fitted to, if they are known."""
        ...

    @property
    def ranges(self) -> Ranges | None:
        """Where the observations lay, if that is known."""
        ...

    @property
    def schema(self) -> Schema:
        """The types of the variables."""
        ...


@dataclass(frozen=True)
class World:
    """One way of setting variables.

    Attributes:
        value: Of the treatment.
        held: Values of other variables that are set.
        copied: Variables that take, row by row, the values that they have in another world.
        like: The place of that world, an earlier one, among all.
    """

    value: float
    held: Mapping[str, float] = field(default_factory=dict)
    copied: tuple[str, ...] = ()
    like: int = 0


@dataclass(frozen=True)
class Question:
    """A checked question about a model.

    Attributes:
        treatment, outcome: Names.
        values: Values of the treatment, shape `[k]`.
        given: The rows whose effect is requested, or conditions on rows, or None for all.
        rows: How many to sample in every draw; None lets the data decide.
        level: The number of the level of the outcome whose probability is asked for; None for the outcome's
            expectation.
        quantiles: Those of the outcome that are asked for in place of its expectation.
        asked: The worlds that are asked for; by default one for each value of the treatment.
    """

    treatment: str
    outcome: str
    values: Array
    given: pd.DataFrame | Conditions | None
    rows: int | None
    level: float | None = None
    quantiles: tuple[float, ...] = ()
    asked: tuple[World, ...] = ()

    @property
    def worlds(self) -> tuple[World, ...]:
        """In which the outcome is looked at."""
        return self.asked or tuple(World(float(value)) for value in self.values)

    @property
    def held(self) -> set[str]:
        """The variables beside the treatment that are set in any of the worlds."""
        return {name for world in self.worlds for name in world.held}


@one_thread()
def outcomes(model: OneGraphModel, question: Question, draws: int, seed: int) -> Array:
    """The outcome in every draw in each of k worlds, one for every value of the treatment, `[draws, m, k]`.

    m is the number of quantiles, if any are asked for. Else it is that of the given rows; where none are
    given it is 1, and the outcome is the mean. In a draw in which no row meets the conditions it is NaN.

    Args:
        model: The causal model.
        question: About the effect.
        draws: How many.
        seed: The same seed gives the same draws, in whatever order columns, edges and given rows come.

    Raises:
        InputError: The conditions are met by hardly any row that the model samples.
    """
    given = question.given
    most = len(given) if isinstance(given, pd.DataFrame) else (question.rows or MAX_DRAWN_ROWS)
    held = draws * most if isinstance(given, pd.DataFrame) else most
    check_memory("draws of the outcome", len(question.worlds) * (held + most * len(model.names)))
    kept, drawn = _kept(model.dag, question), _drawn(model.dag, question)
    positions = [model.names.index(name) for name in kept]
    models = draw_models(
        model.mechanisms,
        model.observed_noise,
        positions,
        draws=draws,
        seed=seed,
        fixed=[model.names.index(name) for name in {*kept} - drawn] + list(model.clamps),
    )
    clamps = {positions.index(j): value for j, value in model.clamps.items() if j in positions}
    plan = _planned(models[0].mechanisms, question, clamps)
    chances: list[Chance] = [partial(stream, seed, i) for i in range(draws)]
    pairs = list(zip(models, chances, strict=True))
    if isinstance(given, pd.DataFrame):
        rows = given[kept].to_numpy()
        ranks = row_ranks(rows, kept)
        each = [_counterfactual_outcomes(draw, rows, plan, chance, ranks) for draw, chance in pairs]
        return np.stack([_summary(under, plan) for under in each] if plan.quantiles else each)
    seen = max((len(noise) for noise in models[0].residuals if isinstance(noise, np.ndarray)), default=0)
    n = question.rows or min(max(seen, MIN_DRAWN_ROWS), MAX_DRAWN_ROWS)
    if given is None:
        return np.stack([_summary_of_outcomes(draw, n, plan, chance) for draw, chance in pairs])
    distributions = _distributions(model, given)
    n = _rows_for_conditions(models[0], n, plan, given, distributions)
    return np.stack([_summary_given(draw, n, plan, given, distributions, chance) for draw, chance in pairs])


def drawn_outcomes(
    members: Sequence[tuple[OneGraphModel, int]], question: Question, seed: int
) -> tuple[Array, NDArray[np.intp]]:
    """The outcomes in draws of several models, which are independent of each other.

    Args:
        members: Models of one graph each, and how many draws each has.
        question: About the effect.
        seed: The same seed gives the same draws.

    Returns:
        As :func:`outcomes`, `[draws, m, k]`, and the model that each draw is of, `[draws]`.
    """
    sizes = [draws for _, draws in members]
    # The first keeps the seed, so that an average of one model answers as the model does.
    seeds = [seed, *(int(stream(seed, "member", m).integers(2**32)) for m in range(1, len(members)))]
    drawn = [outcomes(model, question, k, s) for (model, k), s in zip(members, seeds, strict=True) if k]
    whose = np.repeat(np.arange(len(members)), sizes)
    tables = table_numbers([model for model, _ in members])[whose]
    return _between_tables(np.concatenate(drawn), tables), whose


def table_numbers(models: Sequence[OneGraphModel]) -> NDArray[np.intp]:
    """Which of several tables each model was fitted to, from 0 on; all of them 0 where that is not known."""
    tables: list[Observations] = []
    numbers = []
    for model in models:
        if model.data is None:
            return np.zeros(len(models), dtype=np.intp)
        # Models of one table under several graphs may each have read it.
        same = [k for k, table in enumerate(tables) if _equal(table, model.data)]
        tables += [] if same else [model.data]
        numbers.append(same[0] if same else len(tables) - 1)
    return np.array(numbers, dtype=np.intp)


def _equal(one: Observations, other: Observations) -> bool:
    return one is other or np.array_equal(one.values, other.values, equal_nan=True)


def _between_tables(drawn: Array, tables: NDArray[np.intp]) -> Array:
    """Draws `[draws, ...]` of several completed tables, moved apart by Rubin's rules; the mean stays.

    The variance between m tables counts (1 + 1/m) times, and that of draws put together has it (1 - 1/m)
    times. What lies between tables because draws are few is none of theirs.

    Args:
        drawn: Draws; those with NaN tell nothing.
        tables: The table of each, `[draws]`.
    """
    numbers, place = np.unique(tables, return_inverse=True)
    m, parts = len(numbers), [drawn[tables == number] for number in numbers]
    if m < 2 or any(np.isnan(part).all(0).any() for part in parts):
        return drawn
    centres = np.stack([np.nanmean(part, 0) for part in parts])
    chance = np.mean([np.nanvar(part, 0) / max(len(part) - 1, 1) for part in parts], axis=0)
    seen = centres.var(0, ddof=1)
    share = np.maximum(seen - chance, 0) / np.maximum(seen, 1e-300) * (min(map(len, parts)) > 1)
    stretch = np.sqrt(1 + 2 * share / (m - 1)) - 1
    return np.asarray(drawn + (centres[place] - np.nanmean(drawn, 0)) * stretch)


def _kept(graph: nx.DiGraph, question: Question) -> list[str]:
    """The variables that the answer depends on, in the order of the graph."""
    named = {question.treatment, question.outcome}
    if question.given is None:
        graph = graph.copy()
        graph.remove_edges_from(list(graph.in_edges(question.treatment)))
    elif isinstance(question.given, Conditions):
        named |= question.given.names
    kept = named.union(*(nx.ancestors(graph, name) for name in named))
    return [name for name in graph if name in kept]


def _drawn(graph: nx.DiGraph, question: Question) -> set[str]:
    """The variables whose mechanisms matter; of given rows, only those that are moved."""
    if question.given is None:
        return set(graph) - {question.treatment}
    return set(graph) if isinstance(question.given, Conditions) else _moved(graph, question)


def _moved(graph: nx.DiGraph, question: Question) -> set[str]:
    """The variables that the treatment moves, or what else is set."""
    moving = {question.treatment, *question.held} & set(graph)
    return set().union(*(nx.descendants(graph, name) for name in moving)) - {question.treatment}


@dataclass(frozen=True)
class ModelDraw:
    """One draw of a causal model.

    Attributes:
        mechanisms: The functions F_j of d variables.
        residuals: For each column of their noise that of the rows, shape `[n_j]`, or its distribution.
    """

    mechanisms: MechanismModel
    residuals: Sequence[Array | Distribution]

    def noise(self, n: int, chance: Chance) -> Array:
        """Noise for n rows, shape `[n, m]`.

        Each variable's is a bootstrap sample of its residuals, every value of which is used as often as any
        other, give or take one: with many rows no chance is left but that of the sample.
        """
        named = zip(self.residuals, self.mechanisms.noise_names, strict=True)
        return np.stack([_resampled(noise, n, chance("noise", name)) for noise, name in named], axis=1)


def _resampled(residuals: Array | Distribution, n: int, random: np.random.Generator) -> Array:
    if not isinstance(residuals, np.ndarray):
        return residuals.quantile((random.permutation(n) + 0.5) / n)
    sample = residuals[random.integers(len(residuals), size=len(residuals))]
    return random.permutation(np.resize(sample, n))


def draw_models(
    mechanisms: MechanismModel,
    observed: ObservedNoise,
    positions: Sequence[int],
    *,
    draws: int,
    seed: int,
    fixed: Iterable[int] = (),
) -> list[ModelDraw]:
    """Draw models that hold some of the variables.

    Mechanisms with a posterior are drawn from it, and the noise is what each draw leaves to the rows. Any
    other mechanisms are taken as they are, with the noise that the observations had by them.

    Args:
        mechanisms: The fitted model, maybe under soft interventions.
        observed: The noise of the observations.
        positions: The variables to keep.
        draws: How many.
        seed: The same seed gives the same draws.
        fixed: Variables whose mechanisms and noise are not needed.
    """
    wanted = sorted(set(positions) - set(fixed))
    models = []
    for draw in mechanisms.draws(draws, seed, wanted):
        noise = [
            _noise_of(draw, observed, j, column) if j in wanted else np.zeros(1)
            for j in positions
            for column in mechanisms.noise_columns([j])
        ]
        models.append(ModelDraw(Part(draw.mechanisms, positions), noise))
    return models


def _noise_of(draw: PosteriorDraw, observed: ObservedNoise, j: int, column: int) -> Array | Distribution:
    """One column of the noise of variable j: that which a draw leaves to the rows, or that of all rows."""
    if draw.residuals is not None and j in draw.residuals:
        return draw.residuals[j]
    return observed.residuals[column]


@dataclass(frozen=True)
class Plan:
    """A question by positions among the variables that matter for it.

    Attributes:
        treatment, outcome: Positions.
        worlds: For each world the values that are set, and the variables that it copies from another, and
            from which.
        clamps: The variables that are set in all of them.
        before: Variables that are not moved by what is set, generation after generation.
        after: Variables that are.
        level: The level of the outcome whose probability is asked for, or None.
        quantiles: The quantiles of the outcome that are asked for, or none.
    """

    treatment: int
    outcome: int
    worlds: list[tuple[dict[int, float], list[int], int]]
    clamps: Mapping[int, float]
    before: list[list[int]]
    after: list[list[int]]
    level: float | None
    quantiles: tuple[float, ...]


def _planned(part: MechanismModel, question: Question, clamps: Mapping[int, float]) -> Plan:
    names, t = part.names, part.names.index(question.treatment)
    moved = {names.index(name) for name in _moved(part.graph, question)}
    levels = causal_levels(part)
    before = [[j for j in level if j not in moved and j not in clamps and j != t] for level in levels]
    after = [[j for j in level if j in moved and j not in clamps] for level in levels]
    # What is set and does not bear on the outcome is no part of the model.
    worlds = [
        (
            {names.index(name): value for name, value in world.held.items() if name in names}
            | {t: world.value},
            [names.index(name) for name in world.copied if name in names],
            world.like,
        )
        for world in question.worlds
    ]
    outcome = names.index(question.outcome)
    return Plan(t, outcome, worlds, clamps, before, after, question.level, question.quantiles)


def _summary_of_outcomes(model: ModelDraw, n: int, plan: Plan, chance: Chance) -> Array:
    """The outcome of n sampled rows in each world: its mean, `[1, k]`, or its quantiles, `[q, k]`."""
    noise = model.noise(n, chance)
    rows = np.zeros((n, len(model.mechanisms.names)))
    rows[:, list(plan.clamps)] = list(plan.clamps.values())
    _fill(model, rows, noise, plan.before)
    return _summary(_in_each(model, rows, noise, plan, expected=not plan.quantiles), plan)


def _summary_given(
    model: ModelDraw,
    n: int,
    plan: Plan,
    conditions: Conditions,
    distributions: Mapping[str, Distribution],
    chance: Chance,
) -> Array:
    """Likewise of sampled rows that meet the conditions; NaN if none does."""
    rows, weights = matching(model.mechanisms, model.noise(n, chance), plan.clamps, conditions, distributions)
    if not len(rows):  # such a draw tells nothing, and is left out of the answer
        return np.full((len(plan.quantiles) or 1, len(plan.worlds)), np.nan)
    return _summary(_counterfactual_outcomes(model, rows, plan, chance, np.arange(len(rows))), plan, weights)


def _summary(under: Array, plan: Plan, weights: Array | None = None) -> Array:
    """Means or quantiles over rows, which may have weights, `[n, k]` -> `[1, k]` or `[q, k]`."""
    if not plan.quantiles:
        return np.average(under, axis=0, weights=weights)[None]
    # The smallest value with at least that share at or below it: of a count, a count.
    return np.quantile(under, plan.quantiles, axis=0, weights=weights, method="inverted_cdf")


def _counterfactual_outcomes(
    model: ModelDraw, rows: Array, plan: Plan, chance: Chance, ranks: NDArray[np.intp]
) -> Array:
    """The outcome of every row in each world; `[n, d]` -> `[n, k]`.

    Args:
        model: A draw.
        rows: What was observed.
        plan: The worlds.
        chance: For the noise of discrete variables, which rows do not tell exactly.
        ranks: By which it is dealt out to the rows, shape `[n]`.
    """
    names = model.mechanisms.noise_names
    noise, uniform = np.zeros((len(rows), len(names))), np.zeros((len(rows), len(names)))
    for column in model.mechanisms.noise_columns(sorted(model.mechanisms.discrete_nodes)):
        uniform[:, column] = chance("posterior", names[column]).random(len(rows))[ranks]
    for nodes in filter(None, plan.after):
        columns = model.mechanisms.noise_columns(nodes)
        noise[:, columns] = model.mechanisms.abduct_nodes(nodes, rows, uniform)
    return _in_each(model, rows, noise, plan)


def _in_each(model: ModelDraw, rows: Array, noise: Array, plan: Plan, *, expected: bool = False) -> Array:
    """The outcome of every row in each world, where only what is moved is solved for again, `[n, k]`.

    Of a discrete outcome it may be the expectation given its causes, which leaves out the chance of its
    noise.
    """
    node = model.mechanisms.discrete_nodes.get(plan.outcome) if expected else None
    moves = any(plan.outcome in level for level in plan.after)
    under = np.empty((len(rows), len(plan.worlds)))
    solved: list[Array] = []
    for i, (values, copied, like) in enumerate(plan.worlds):
        changed = rows.copy()
        changed[:, list(values)] = list(values.values())
        changed[:, copied] = solved[like][:, copied] if copied else 0
        fixed = {*values, *copied}
        _fill(model, changed, noise, [[j for j in level if j not in fixed] for level in plan.after])
        solved.append(changed)
        if node is not None and moves:
            under[:, i] = node.expectation(changed, plan.level)
        else:
            outcome = changed[:, plan.outcome]
            under[:, i] = outcome if plan.level is None else outcome == plan.level
    # A draw without an answer is not left out: it would move the mean of the others.
    check_finite(under.reshape(-1, 1), [model.mechanisms.names[plan.outcome]])
    return under


def _fill(model: ModelDraw, rows: Array, noise: Array, levels: list[list[int]]) -> None:
    """Put what mechanisms and noise say into the columns of the levels, one level after the other."""
    for nodes in filter(None, levels):
        rows[:, nodes] = model.mechanisms.respond(nodes, rows, noise)


def _distributions(model: OneGraphModel, conditions: Conditions) -> dict[str, Distribution]:
    """The distribution of the additive noise of the variables with a given value, where they have causes."""
    mechanisms = model.mechanisms
    positions = {name: model.names.index(name) for name in conditions.points if model.dag.in_degree(name)}
    return {
        name: model.observed_noise.distributions[mechanisms.noise_columns([j])[0]]
        for name, j in positions.items()
        if j not in mechanisms.discrete_nodes
    }


def _rows_for_conditions(
    model: ModelDraw, n: int, plan: Plan, conditions: Conditions, distributions: Mapping[str, Distribution]
) -> int:
    """How many rows to sample so that about n meet the conditions."""
    noise = model.noise(PILOT_ROWS, partial(stream, 0, "pilot"))
    _, weights = matching(model.mechanisms, noise, plan.clamps, conditions, distributions)
    share = weights.sum() ** 2 / max(weights @ weights, 1e-300) / PILOT_ROWS  # Kish's effective sample size
    if share < RAREST:
        raise InputError(
            f"Hardly any row that the model samples meets the conditions on "
            f"{quoted(sorted(conditions.names))}; widen them, or give rows."
        )
    return int(n * min(1 / share, MORE))
