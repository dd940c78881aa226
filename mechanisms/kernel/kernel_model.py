"""The closed-form in-context kernel model: a Gaussian process per variable on its parents, without training.

It conditions on the rows given (the context) and predicts at others, as a pretrained model would, but by
linear algebra: :mod:`mechanisms.kernel.gaussian_process` holds the regression, and
:mod:`mechanisms.kernel.hyperparameters` says how its settings are averaged.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from foundation_causal.errors import InputError, SubsampleWarning
from foundation_causal.graphs import check_dag, parents_of
from foundation_causal.observations import Observations
from foundation_causal.runtime import one_thread
from foundation_causal.types import Array
from mechanisms.kernel.gaussian_process import Regression
from mechanisms.kernel.noise_scale import Heteroscedastic, node_regression
from mechanisms.mechanism_model import column_by_column

MAX_ROWS = 1000
Known = dict[tuple[int, ...], Regression]  # of a variable and its parents, by position


@dataclass(frozen=True)
class KernelModel:
    """Fitted mechanisms in the user's units; made by :func:`fit_kernel`.

    Attributes:
        graph: the DAG, nodes in the order of the columns.
        parents: for each variable the positions of its parents.
        rows: for each variable the rows that tell of its mechanism, shape [n_j, d]; those that were fitted
            come first.
        regressions: for each variable its regression in standardized units; None for a root.
        level: mean of each variable over its rows, shape [d]; the prediction of a root.
        centre, scale: mean and standard deviation over all rows, shape [d].
    """

    graph: nx.DiGraph
    parents: Sequence[NDArray[np.intp]]
    rows: Sequence[Array]
    regressions: Sequence[Regression | None]
    level: Array
    centre: Array
    scale: Array

    @property
    def names(self) -> list[str]:
        """The d variables."""
        return list(self.graph)

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape [n, d] -> [n, len(nodes)]."""
        return column_by_column(lambda j: self._predict_node(j, values), nodes, len(values))

    def _predict_node(self, j: int, values: Array) -> Array:
        """`F_j` at `values`, shape [n, d] -> [n]."""
        fitted = self.regressions[j]
        if fitted is None:
            return np.full(len(values), self.level[j])
        return self.level[j] + self.scale[j] * fitted.predict(self._inputs(j, values))

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """The scale of the noise at `values` for each j in `nodes`, shape [n, d] -> [n, len(nodes)].

        Where it depends on the parents the noise has variance 1; elsewhere the scale is 1, and the noise is
        in the user's units.
        """
        return column_by_column(lambda j: self._scale_node(j, values), nodes, len(values))

    def _scale_node(self, j: int, values: Array) -> Array:
        fitted = self.regressions[j]
        if fitted is None or fitted.spread is None:
            return np.ones(len(values))
        return self.scale[j] * fitted.spread(self._inputs(j, values))

    def with_one_scale(self, nodes: Iterable[int]) -> KernelModel:
        """The same functions with noise of one scale, whatever the parents, for the variables in `nodes`."""
        regressions = list(self.regressions)
        for j in nodes:
            if (fitted := regressions[j]) is not None:
                regressions[j] = replace(fitted, spread=None)
        return replace(self, regressions=regressions)

    def _inputs(self, j: int, values: Array) -> Array:
        """The parents of j, standardized, shape [n, d] -> [n, p]."""
        parents = self.parents[j]
        return (values[:, parents] - self.centre[parents]) / self.scale[parents]

    @one_thread()
    def context_noise(self) -> list[Array]:
        """For each variable :meth:`noise_of`."""
        return [self.noise_of(j) for j in range(len(self.rows))]

    def noise_of(self, j: int) -> Array:
        """The noise of the rows that tell of variable j, shape [n_j]; of those fitted, if it has parents.

        It is :meth:`Regression.noise`, over its scale where that depends on the parents.
        """
        rows, fitted = self.rows[j], self.regressions[j]
        if fitted is None:
            return rows[:, j] - self.level[j]
        return fitted.noise() * self.scale[j] / self._scale_node(j, rows[: len(fitted.y)])


@one_thread()
def fit_kernel(
    data: Observations,
    graph: nx.DiGraph,
    *,
    seed: int = 0,
    heteroscedastic: Heteroscedastic = "auto",
    known: Known | None = None,
) -> KernelModel:
    """Condition the kernel model on observations and a DAG.

    The cost grows with the cube of the number of rows, so that at most 1,000 (`MAX_ROWS`) of them, drawn at
    random, enter the regressions, and at most 256 the choice of the hyperparameters; those that hold weight
    are then weighted by all the rows of the regression. The draw depends on `seed` and on the values, not on
    the order of rows or columns. An entry that was intervened on says nothing about its variable's mechanism:
    such rows are left out for that variable.

    Args:
        data: n rows of d variables; a `SubsampleWarning` says so if not all of them are used.
        graph: a DAG over the variables.
        seed: for the draw of rows.
        heteroscedastic: whether the scale of a variable's noise depends on its parents (see
            :mod:`mechanisms.kernel.noise_scale`); by default for those where that is the more probable.
        known: regressions that earlier calls made of the same data with the same seed and the same choice of
            `heteroscedastic`, which are not made again; those that this call makes are added.

    Raises:
        InputError: the graph does not fit the data, a variable was intervened on in every row, or
            `heteroscedastic` is none of the three.
    """
    if not (isinstance(heteroscedastic, bool) or heteroscedastic == "auto"):
        raise InputError(
            f"The choice heteroscedastic={heteroscedastic!r} is unknown: use False, True or 'auto'."
        )
    graph = check_dag(graph, data.names)
    order = data.rows_in_random_order(seed)
    context = np.ascontiguousarray(data.values[order])
    rows = [context if mask.all() else context[mask] for mask in data.free[order].T]
    if len(context) > MAX_ROWS:
        said = f"The mechanisms are fitted to {MAX_ROWS:,} of the {len(context):,} rows, drawn at random."
        warnings.warn(said, SubsampleWarning, stacklevel=2)
    level = np.array([values[:, j].mean() for j, values in enumerate(rows)])
    centre, scale = context.mean(0), context.std(0)
    parents = parents_of(graph)
    regressions: list[Regression | None] = []
    known = {} if known is None else known
    for j, (pa, values) in enumerate(zip(parents, rows, strict=True)):
        if len(pa) and (j, *pa) not in known:
            fitted = values[:MAX_ROWS]
            x, y = (fitted[:, pa] - centre[pa]) / scale[pa], (fitted[:, j] - level[j]) / scale[j]
            known[j, *pa] = node_regression(x, y, scale[pa], heteroscedastic)
        regressions.append(known[j, *pa] if len(pa) else None)
    return KernelModel(graph, parents, rows, regressions, level, centre, scale)
