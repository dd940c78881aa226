"""The exact fixed-point solver: from noise and interventions to the x with x = F(x) + S(x) noise.

On a DAG the fixed point is reached by one pass over the topological generations: when the turn of one comes
its parents are final, so that every F_j is evaluated once per sample, and a generation in one call (Scetbon
et al. 2024, FiP, iterate all of F d times; the result is the same). A hard intervention is a clamp that
replaces F_j and its noise; a soft intervention is an edit of F_j
(:class:`mechanisms.mechanism_model.Edited`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import networkx as nx
import numpy as np

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import generations
from foundation_causal.types import Array
from mechanisms.mechanism_model import MechanismModel, chunks, posterior_uniform


def solve(model: MechanismModel, noise: Array, do: Mapping[int, float] | None = None) -> Array:
    """The observations that belong to `noise`.

    Args:
        model: The functions F_j.
        noise: Shape `[n, m]`, columns as `model.noise_names`; in the variables' units where it is added.
        do: Values that variables (by position) are clamped to; their noise is ignored.

    Returns:
        x of `[n, d]` with x[:, j] = F_j(x) + S_j(x) noise[:, j], or what the structural equation of a
        discrete variable says, or the clamp; S is 1 for additive noise.

    >>> from mechanisms.mechanism_model import Functions
    >>> model = Functions(nx.DiGraph([("a", "b")]), {"a": lambda x: 0 * x[:, 0], "b": lambda x: 2 * x[:, 0]})
    >>> solve(model, np.ones((1, 2)))
    array([[1., 3.]])
    >>> solve(model, np.ones((1, 2)), do={0: 5.0})
    array([[ 5., 11.]])
    """
    levels, clamped = causal_levels(model), dict(do or {})
    x = np.empty((len(noise), len(model.names)))
    for rows in chunks(*noise.shape):
        x[rows] = _solve(model, noise[rows], clamped, levels)
    return x


def _solve(model: MechanismModel, noise: Array, do: Mapping[int, float], levels: list[list[int]]) -> Array:
    x = np.zeros((len(noise), len(model.names)))
    x[:, list(do)] = list(do.values())
    for level in levels:
        nodes = [j for j in level if j not in do]
        if nodes:
            x[:, nodes] = model.respond(nodes, x, noise)
    return x


def counterfactual(
    before: MechanismModel,
    rows: Array,
    after: MechanismModel,
    do: Mapping[int, float],
    changed: set[int],
    fixed: set[int] | None = None,
    seed: int = 0,
) -> Array:
    """What `rows` would have been: abduction, action and prediction (Pearl 2009, section 7.1) in one pass.

    The noise is (rows - F(rows)) / S(rows), and what it leads to, F' + S' noise with the new F' and S', is
    written as rows + (F' - F) + (S' / S - 1) (rows - F). Only what lies downstream of the change is touched:
    what the change does not reach keeps its bits. The noise of a discrete variable is drawn from its
    posterior, and a row in which none of its parents moves keeps its value.

    Args:
        before: The model in which the rows were observed.
        rows: Shape `[n, d]`.
        after: The model after the change (`before` itself unless mechanisms were edited).
        do: Clamps, by position.
        changed: Positions of the clamped and the edited variables.
        fixed: Positions that were clamped already when the rows were observed; they keep their values.
        seed: By which the noise of discrete variables is drawn.
    """
    names = after.names
    reached = set(changed)
    for j in changed:
        reached |= {names.index(name) for name in nx.descendants(after.graph, names[j])}
    free = reached - set(do) - (fixed or set())
    levels = [[j for j in level if j in free] for level in causal_levels(after)]
    x = np.array(rows, dtype=np.float64)
    x[:, list(do)] = list(do.values())
    uniform = posterior_uniform(before, np.asarray(rows), seed)
    discrete = after.discrete_nodes
    for part in chunks(*uniform.shape):
        seen = np.asarray(rows[part])
        for level in filter(None, levels):
            nodes = [j for j in level if j not in discrete]
            if nodes:
                x[part, nodes] += _change(before, seen, after, x[part], nodes)
            for j in level:
                if j in discrete:
                    x[part, j] = _moved(
                        before, seen, after, x[part], j, uniform[part], everywhere=j in changed
                    )
    return x


def _change(before: MechanismModel, rows: Array, after: MechanismModel, x: Array, nodes: list[int]) -> Array:
    """What is added to the nodes at `rows` when their parents move to those at `x`, the noise being equal."""
    was, scale_was = before.functions_and_scales(nodes, rows)
    function, scale = after.functions_and_scales(nodes, x)
    return (function - was) + (scale / scale_was - 1) * (rows[:, nodes] - was)


def _moved(
    before: MechanismModel,
    rows: Array,
    after: MechanismModel,
    x: Array,
    j: int,
    uniform: Array,
    *,
    everywhere: bool,
) -> Array:
    """What a discrete variable becomes when its parents at `rows` move to those at `x`, `[n]`.

    Rows in which they do not move keep their value, unless the change is `everywhere`.
    """
    name = after.names[j]
    parents = [i for i, other in enumerate(after.names) if after.graph.has_edge(other, name)]
    moves = (rows[:, parents] != x[:, parents]).any(1) | everywhere
    found = rows[:, j].copy()
    if moves.any():
        noise = np.zeros(uniform[moves].shape)
        noise[:, before.noise_columns([j])] = before.abduct_nodes([j], rows[moves], uniform[moves])
        found[moves] = after.respond([j], x[moves], noise)[:, 0]
    return found


def check_finite(values: Array, names: Sequence[str]) -> None:
    """Refuse to answer by values `[n, d]` that left the range of floating-point numbers.

    Raises:
        InputError: Some are infinite or no numbers.
    """
    kept = np.asarray(np.isfinite(values).all(axis=0))
    if not kept.all():
        names = [name for name, whole in zip(names, kept, strict=True) if not whole]
        raise InputError(
            f"The model's values of {quoted(names)} are too large for floating-point numbers; set "
            "variables closer to what was observed."
        )


def causal_levels(model: MechanismModel) -> list[list[int]]:
    """The positions of the variables in topological generations: first the roots, and so on.

    Those of one generation stand in the order of their names, whatever the order of columns and edges.
    """
    position = {name: j for j, name in enumerate(model.names)}
    return [[position[name] for name in sorted(generation)] for generation in generations(model.graph)]
