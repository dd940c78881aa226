"""The exact fixed-point solver: from noise and interventions to the x with x = F(x) + noise.

On a DAG the fixed point is reached by one pass over the topological generations: when the turn of a node
comes its parents are final, so every F_j is evaluated once per sample (Scetbon et al. 2024, FiP, iterate all
of F as many times as the longest path has edges; the result is the same). A hard intervention is a clamp
that replaces F_j and its noise; a soft intervention is an edit of F_j (:class:`mechanisms.model.Edited`).
"""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx
import numpy as np

from foundation_causal.graphs import generations
from mechanisms.model import Array, MechanismModel


def solve(model: MechanismModel, noise: Array, do: Mapping[int, float] | None = None) -> Array:
    """The observations that belong to `noise`.

    Args:
        model: the functions F_j.
        noise: shape [n, d], in the units of the variables.
        do: values that variables (by position) are clamped to; their noise is ignored.

    Returns:
        x of shape [n, d] with x[:, j] = F_j(x) + noise[:, j], or the clamp.

    >>> from mechanisms.model import Functions
    >>> model = Functions(nx.DiGraph([("a", "b")]), {"a": lambda x: 0 * x[:, 0], "b": lambda x: 2 * x[:, 0]})
    >>> solve(model, np.ones((1, 2)))
    array([[1., 3.]])
    >>> solve(model, np.ones((1, 2)), do={0: 5.0})
    array([[ 5., 11.]])
    """
    clamped = do or {}
    x = np.zeros_like(noise, dtype=np.float64)
    for j in causal_order(model):
        x[:, j] = clamped[j] if j in clamped else model.predict_node(j, x) + noise[:, j]
    return x


def counterfactual(
    before: MechanismModel,
    rows: Array,
    after: MechanismModel,
    do: Mapping[int, float],
    changed: set[int],
    fixed: set[int] | None = None,
) -> Array:
    """What `rows` would have been: abduction, action and prediction (Pearl 2009, section 7.1) in one pass.

    Adding the noise rows - F(rows) to the new F is written as rows + (F_new - F(rows)), and only what lies
    downstream of the change is touched: what the change does not reach keeps its bits.

    Args:
        before: the model in which the rows were observed.
        rows: shape [n, d].
        after: the model after the change (`before` itself unless mechanisms were edited).
        do: clamps, by position.
        changed: positions of the clamped and the edited variables.
        fixed: positions that were clamped already when the rows were observed; they keep their values.
    """
    names = after.names
    reached = set(changed)
    for j in changed:
        reached |= {names.index(name) for name in nx.descendants(after.graph, names[j])}
    x = np.array(rows, dtype=np.float64)
    for j in causal_order(after):
        if j in do:
            x[:, j] = do[j]
        elif j in reached and j not in (fixed or ()):
            x[:, j] += after.predict_node(j, x) - before.predict_node(j, rows)
    return x


def causal_order(model: MechanismModel) -> list[int]:
    """The positions of the variables, generation after generation."""
    position = {name: j for j, name in enumerate(model.names)}
    return [position[name] for generation in generations(model.graph) for name in generation]
