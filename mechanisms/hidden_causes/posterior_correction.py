r"""What residuals of the rows add to draws of an estimand, so that shrunken functions do not bias it.

A regression of an outcome on its district and causes is shrunk most where rows are rare, and an intervention
leads there. The mean residual under the intervention says by how much,

.. math:: \frac{\sum_i g_i w_i (y_i - f(x_i))}{\sum_i g_i w_i}, \qquad
          w_i = \prod_v \frac{p(v_i \mid t, \ldots)}{p(v_i \mid t_i, \ldots)},

over the variables v that read what the treatment is set to (dual weights: Bhattacharya, Nabi and Shpitser
2022, "Semiparametric inference for causal effects in graphical models with hidden variables"). Each draw of f
has its own correction, with weights g of the Bayesian bootstrap, so that intervals hold what the rows leave
open of it (Yiu, Fong, Holmes and Rousseau 2023, "Semiparametric posterior corrections").
"""

from __future__ import annotations

import numpy as np

from foundation_causal.errors import OverlapWarning, warn
from foundation_causal.graphs.mixed_graph import MixedGraph
from foundation_causal.observations import MIN_ROWS
from foundation_causal.runtime import one_thread, stream
from foundation_causal.types import Array
from mechanisms.causal_model import CausalModel
from mechanisms.mechanism_model import MechanismModel, row_ranks
from mechanisms.noise.distributions import log_likelihood
from mechanisms.queries.effect_draws import Question
from mechanisms.queries.population_effects import FEW_EFFECTIVE_ROWS


@one_thread()
def correction(model: CausalModel, graph: MixedGraph, question: Question, draws: int, seed: int) -> Array:
    """What is added to the mean outcome of every draw under each of k values, `[draws, k]`.

    It is zero where the outcome reads the treatment itself, so that residuals at other values do not tell.

    Args:
        model: Along :func:`mechanisms.hidden_causes.split_model.pillow_dag`, with its observations.
        graph: Over the ancestors of the outcome.
        question: About its mean.
        draws: How many.
        seed: By which the draws of the estimand were made.

    Warns:
        OverlapWarning: Few rows are like those under a value, so that the answer rests on extrapolation.
    """
    zero = np.zeros((draws, len(question.values)))
    if model.data is None or question.treatment not in graph.directed:
        return zero
    readers = _readers(model, graph, question.treatment)
    y = model.names.index(question.outcome)
    used = [model.names.index(name) for name in graph.nodes]
    values = model.data.values[model.data.free[:, used].all(1)]
    if question.outcome in readers or not readers or len(values) < MIN_ROWS:
        return zero
    weights = _weights(model, [model.names.index(name) for name in readers], question, values)
    observed = values[:, y] if question.level is None else (values[:, y] == question.level).astype(float)
    ranks = row_ranks(values, model.names)
    drawn = model.mechanisms.draws(draws, seed, [y])
    for i, draw in enumerate(drawn):
        left = observed - _expected(draw.mechanisms, y, values, question.level)
        counted = weights * stream(seed, i, "correction").exponential(size=len(values))[ranks][:, None]
        zero[i] = (counted * left[:, None]).sum(0) / counted.sum(0)
    return zero


def _readers(model: CausalModel, graph: MixedGraph, treatment: str) -> list[str]:
    """The variables that depend on the treatment as a cause, and not as a member of their district."""
    (district,) = (group for group in graph.districts() if treatment in group)
    effects = model.mechanisms.graph.successors(treatment)
    return [name for name in effects if name in graph.directed and name not in district]


def _weights(model: CausalModel, readers: list[int], question: Question, values: Array) -> Array:
    """How much more probable rows `[n, d]` are under each value of the treatment, mean 1, `[n, k]`.

    None counts more than root n times the mean (Ionides 2008, "Truncated importance sampling").
    """
    t = model.names.index(question.treatment)
    was = _log_density(model, readers, values)
    logs = []
    for value in question.values:
        moved = values.copy()
        moved[:, t] = value
        logs.append(_log_density(model, readers, moved) - was)
    weights = np.exp(np.stack(logs, axis=1) - np.max(logs, axis=1))
    weights /= weights.mean(0)
    worth = float((len(values) / (weights**2).mean(0)).min())
    if worth < FEW_EFFECTIVE_ROWS:
        warn(
            OverlapWarning(
                f"Few rows are like those that setting {question.treatment} makes: they are worth "
                f"{worth:.0f} of {len(values):,}, so that the answer is extrapolated, and its interval "
                "may be too narrow."
            )
        )
    return np.asarray(np.minimum(weights, np.sqrt(len(values))))


def _log_density(model: CausalModel, nodes: list[int], values: Array) -> Array:
    """The log density of some variables given what comes before them, `[n, d]` -> `[n]`."""
    total, mechanisms = np.zeros(len(values)), model.mechanisms
    for j in nodes:
        node = mechanisms.discrete_nodes.get(j)
        if node is not None:
            total += node.log_probability(values, values[:, j])
            continue
        function, scale = mechanisms.functions_and_scales([j], values)
        noise = model.observed_noise.distributions[mechanisms.noise_columns([j])[0]]
        total += log_likelihood(noise, (values[:, j] - function[:, 0]) / scale[:, 0], scale[:, 0])
    return total


def _expected(mechanisms: MechanismModel, y: int, values: Array, level: float | None) -> Array:
    """The expectation of the outcome, or the probability of one of its levels, at rows `[n, d]`, `[n]`."""
    node = mechanisms.discrete_nodes.get(y)
    return mechanisms.predict_nodes([y], values)[:, 0] if node is None else node.expectation(values, level)
