"""All methods on a data set with known truth: those of :mod:`mechanisms.methods`, and the Bayes floor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from foundation_causal.data import observations
from foundation_causal.errors import InputError
from foundation_causal.simulate import Linear, RandomFourier
from foundation_causal.suites import Case
from mechanisms.gaussian_process import Kernel, Point, regression
from mechanisms.kernel import KernelModel, parents_of
from mechanisms.methods import FITS, fit_mechanisms
from mechanisms.model import Array, MechanismModel, column_by_column

BIAS_VARIANCE = 3.0  # of the simulator's bias, uniform on [-3, 3]


def least_squares(case: Case) -> MechanismModel:
    """Linear regression of each variable on its true parents, with an intercept."""
    return linear_model(case.context, case.graph)


def floor(case: Case) -> MechanismModel:
    """The posterior mean with the simulator's own kernel, length scale, output scale, noise and bias prior.

    It is the Bayes floor where the noise is Gaussian; for other noises it is the best linear predictor, which
    a method that knows the noise's shape can undercut. For linear mechanisms least squares on the true
    parents takes its place.

    Raises:
        InputError: The mechanisms are neither all linear nor all RFF.
    """
    kinds = _kinds(case)
    if kinds <= {Linear}:
        return least_squares(case)
    if kinds != {RandomFourier}:
        raise InputError(f"The data set '{case.name}' has no floor: its mechanisms are not linear or RFF.")
    parents = parents_of(case.graph)
    fitted = []
    for j, pa in enumerate(parents):
        law: Any
        law, parameters = case.scm.noise_law(0, j)
        variance = float(law.std(parameters)) ** 2
        drawn = case.scm.mechanism(0, j)
        # A root is its bias plus noise.
        length, output = (float(drawn[1][key]) if drawn else 1.0 for key in ("length", "output"))
        inverse = np.full(len(pa), 1 / length) if drawn else None
        shape = Kernel(inverse, np.zeros(len(pa)), BIAS_VARIANCE / output**2)
        point = Point(shape, variance / output**2, 1.0)
        fitted.append(regression(case.context[:, pa], case.context[:, j], [point]))
    zero, d = np.zeros(len(parents)), len(parents)
    return KernelModel(case.graph, parents, [case.context] * d, fitted, zero, zero, zero + 1)


def has_floor(case: Case) -> bool:
    """Whether `floor` knows the simulator's mechanisms."""
    kinds = _kinds(case)
    return kinds <= {Linear} or kinds == {RandomFourier}


def _kinds(case: Case) -> set[type]:
    return {type(part.mechanism) for part in case.scm.nodes if part.mechanism is not None}


def _on_context(method: str) -> Callable[[Case], MechanismModel]:
    """A method of :mod:`mechanisms.methods`, given the context and the true graph."""
    return lambda case: fit_mechanisms(method, observations(case.frame), case.graph)


METHODS: dict[str, Callable[[Case], MechanismModel]] = {
    **{name: _on_context(name) for name in FITS},
    "floor": floor,
}


@dataclass(frozen=True)
class LinearModel:
    """x_j = bias_j + sum over i of x_i weights[i, j] + noise; weights are zero where there is no edge."""

    graph: nx.DiGraph
    weights: Array
    bias: Array

    @property
    def names(self) -> list[str]:
        """The d variables."""
        return list(self.graph)

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape [n, d] -> [n, len(nodes)]."""
        return column_by_column(lambda j: self._predict_node(j, values), nodes, len(values))

    def _predict_node(self, j: int, values: Array) -> Array:
        parents = np.flatnonzero(self.weights[:, j])
        return np.asarray(values[:, parents] @ self.weights[parents, j] + self.bias[j])


def linear_model(context: Array, graph: nx.DiGraph, free: NDArray[np.bool_] | None = None) -> LinearModel:
    """Least squares on the parents, with an intercept.

    Args:
        context: rows, shape [n, d].
        graph: a DAG whose nodes are in the order of the columns.
        free: bool, shape [n, d]: which rows tell of which variable; all by default.
    """
    weights, bias = np.zeros((context.shape[1],) * 2), np.zeros(context.shape[1])
    for j, pa in enumerate(parents_of(graph)):
        rows = context if free is None else context[free[:, j]]
        centre = rows.mean(0)
        inputs, target = rows[:, pa] - centre[pa], rows[:, j] - centre[j]
        weights[pa, j] = np.linalg.lstsq(inputs, target, rcond=None)[0]
        bias[j] = centre[j] - centre[pa] @ weights[pa, j]
    return LinearModel(graph, weights, bias)
