"""The closed-form in-context kernel model: a Gaussian process per variable on its parents, without training.

It conditions on the rows given (the context) and predicts at others, as a pretrained model would, but by
linear algebra: :mod:`mechanisms.kernel.gaussian_process` holds the regression, and
:mod:`mechanisms.kernel.hyperparameters` says how its settings are averaged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from foundation_causal.errors import InputError, SubsampleWarning, warn
from foundation_causal.graphs import check_dag, parents_of
from foundation_causal.observations import Observations
from foundation_causal.runtime import keep_freed_memory, one_thread, stream
from foundation_causal.types import Array
from mechanisms.kernel.gaussian_process import Regression
from mechanisms.kernel.hyperparameters import MAX_LEVELS
from mechanisms.kernel.noise_scale import Heteroscedastic, node_regression
from mechanisms.kernel.parent_inputs import ParentInputs, parent_inputs
from mechanisms.kernel.posterior_draws import DrawnFunction, draw_functions
from mechanisms.mechanism_model import MechanismModel, PosteriorDraw, column_by_column

MAX_FITTED_ROWS = 10_000  # of a regression
# By how much a value must be rarer than the others to come earlier, and how much of that counts.
UNBALANCED, MAX_RARITY = 1.5, 10.0
# Of standardized values. Further ones change with a column's unit, and nearly exact relations magnify them.
DECIMALS = 8
Known = dict[tuple[int, ...], Regression]  # of a variable and its parents, by position


@dataclass(frozen=True)
class KernelModel(MechanismModel):
    """Fitted mechanisms in the user's units; made by :func:`fit_kernel`.

    Attributes:
        graph: The DAG, nodes in the order of the columns.
        parents: For each variable the positions of its parents.
        rows: For each variable the rows in which it was not set by intervention, shape `[n_j, d]`; those that
            were fitted come first.
        regressions: For each variable its regression in standardized units; None for a root.
        level: Mean of each variable over its rows, shape `[d]`; the prediction of a root.
        centre, scale: Mean and standard deviation over all rows, shape `[d]`.
        encoders: For each variable the way from rows to the inputs of its regression; by default its parents
            are standardized.
    """

    graph: nx.DiGraph
    parents: Sequence[NDArray[np.intp]]
    rows: Sequence[Array]
    regressions: Sequence[Regression | None]
    level: Array
    centre: Array
    scale: Array
    encoders: Sequence[ParentInputs] | None = None

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`."""
        return column_by_column(lambda j: self._predict_node(j, values), nodes, len(values))

    def _predict_node(self, j: int, values: Array) -> Array:
        """`F_j` at `values`, shape `[n, d]` -> `[n]`."""
        fitted = self.regressions[j]
        if fitted is None:
            return np.full(len(values), self.level[j])
        return self.level[j] + self.scale[j] * fitted.predict(self.inputs(j, values))

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """The scale of the noise at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`.

        Where it depends on the parents the noise has variance 1; elsewhere the scale is 1, and the noise is
        in the user's units.
        """
        return column_by_column(lambda j: self._scale_node(j, values), nodes, len(values))

    def _scale_node(self, j: int, values: Array) -> Array:
        fitted = self.regressions[j]
        if fitted is None or fitted.spread is None:
            return np.ones(len(values))
        return self.scale[j] * fitted.spread(self.inputs(j, values))

    def with_one_scale(self, nodes: Iterable[int]) -> KernelModel:
        """These functions with noise of one scale, whatever the parents, for the variables in `nodes`."""
        regressions = list(self.regressions)
        for j in nodes:
            if (fitted := regressions[j]) is not None:
                regressions[j] = fitted.with_one_scale
        return replace(self, regressions=regressions)

    def inputs(self, j: int, values: Array) -> Array:
        """The parents of j as inputs, shape `[n, d]` -> `[n, q]`."""
        if self.encoders is not None:
            return self.encoders[j](values)
        parents = self.parents[j]
        return (values[:, parents] - self.centre[parents]) / self.scale[parents]

    @one_thread()
    def context_noise(self, data: Observations) -> list[Array]:
        """For each variable :meth:`noise_of`: the model has kept the rows that it needs of the data."""
        return [self.noise_of(j) for j in range(len(self.rows))]

    def noise_of(self, j: int) -> Array:
        """The noise of variable j in its rows, shape `[n_j]`; in those that were fitted, if it has parents.

        It is :meth:`Regression.noise`, over its scale where that depends on the parents.
        """
        rows, fitted = self.rows[j], self.regressions[j]
        if fitted is None:
            return rows[:, j] - self.level[j]
        return fitted.noise * self.scale[j] / self._scale_node(j, rows[: len(fitted.y)])

    @property
    def has_posterior(self) -> bool:
        """A Gaussian process has one."""
        return True

    @one_thread()
    def draws(self, k: int, seed: int, nodes: Sequence[int] | None = None) -> list[PosteriorDraw]:
        """Draw the functions F from their posterior, each variable's independently of the others'.

        A draw takes one setting of the hyperparameters by its weight, the output scale from its posterior
        under the Jeffreys prior, and then a function. The level of a root is drawn from its posterior under
        the same prior, a Student t. The noise that a function leaves to the rows is, together with the
        function, a draw from the posterior.

        Args:
            k: How many draws.
            seed: The same seed gives the same draws.
            nodes: Positions of the variables to draw, all by default; the others keep their posterior mean.

        Example:
            >>> import pandas as pd
            >>> from foundation_causal.observations import observations
            >>> rng = np.random.default_rng(0)
            >>> a = rng.normal(size=50)
            >>> data = pd.DataFrame({"a": a, "b": 2 * a + 0.1 * rng.normal(size=50)})
            >>> draws = fit_kernel(observations(data), nx.DiGraph([("a", "b")])).draws(3, seed=0)
            >>> [draw.mechanisms.predict_nodes([1], np.array([[1.0, 0.0]])).round(1).item() for draw in draws]
            [2.0, 2.0, 2.0]
        """
        functions: list[dict[int, DrawnFunction | float]] = [{} for _ in range(k)]
        residuals: list[dict[int, Array]] = [{} for _ in range(k)]
        wanted = set(range(len(self.rows)) if nodes is None else nodes)
        for j in sorted(wanted):
            random = stream(seed, "function", self.names[j])
            for i, (function, residual) in enumerate(self._drawn(j, k, random)):
                functions[i][j], residuals[i][j] = function, residual
        return [
            PosteriorDraw(KernelDraw(self, drawn), noise)
            for drawn, noise in zip(functions, residuals, strict=True)
        ]

    def _drawn(
        self, j: int, k: int, random: np.random.Generator
    ) -> Iterator[tuple[DrawnFunction | float, Array]]:
        """Draw variable j k times: a function in standardized units, or a root's level, and the residuals."""
        fitted, column = self.regressions[j], self.rows[j][:, j]
        if fitted is None:
            degrees = max(len(column) - 1, 1)  # one value has no spread, and is taken as it is
            spread = np.sqrt(column.var() / degrees)
            for level in column.mean() + spread * random.standard_t(degrees, k):
                yield level, column - level
        else:
            scale = self._scale_node(j, self.rows[j][: len(fitted.y)])
            for function, residual in draw_functions(fitted, k, random):
                yield function, residual * self.scale[j] / scale


@one_thread()
def fit_kernel(
    data: Observations,
    graph: nx.DiGraph,
    *,
    seed: int = 0,
    heteroscedastic: Heteroscedastic = "auto",
    known: Known | None = None,
    skip: Collection[int] = (),
    rough: bool = False,
) -> KernelModel:
    """Condition the kernel model on observations and a DAG.

    At most 10,000 rows (`MAX_FITTED_ROWS`), drawn at random, enter the regressions. As the cost of an exact
    one grows with the cube of their number, the first 1,000 make that, and all of them then decide the
    weights of functions that at most 400 rows carry (:mod:`mechanisms.kernel.inducing_rows`). At most 224
    choose the hyperparameters; those that hold weight are then weighted by all the rows. Rare values of a
    parent that has few come first (:func:`balanced`). The draw depends on `seed` and on the values, not on
    the order of rows or columns. A row in which a variable was set by intervention is left out for
    that variable.

    Args:
        data: n rows of d variables.
        graph: A DAG over the variables.
        seed: For the draw of rows.
        heteroscedastic: Whether the scale of a variable's noise depends on its parents (see
            :mod:`mechanisms.kernel.noise_scale`); by default for those where that is the more probable.
        known: Regressions that earlier calls made of the same data with the same seed and the same choices of
            `heteroscedastic` and `rough`, which are not made again; those that this call makes are added.
        skip: Positions of variables that get no regression, because another model answers for them.
        rough: Whether functions that turn sharply take part, which costs time.

    Raises:
        InputError: The graph does not fit the data, a variable was intervened on in every row, or
            `heteroscedastic` is none of the three.

    Warns:
        SubsampleWarning: There are more rows than enter the regressions.
    """
    if not (isinstance(heteroscedastic, bool) or heteroscedastic == "auto"):
        raise InputError(
            f"The choice heteroscedastic={heteroscedastic!r} is unknown; use False, True or 'auto'."
        )
    graph = check_dag(graph, data.names)
    keep_freed_memory()
    order = data.rows_in_random_order(seed)
    context = np.ascontiguousarray(data.values[order])
    rows = [context if mask.all() else context[mask] for mask in data.free[order].T]
    if len(context) > MAX_FITTED_ROWS:
        number = f"{MAX_FITTED_ROWS:,} of the {len(context):,} rows"
        warn(SubsampleWarning(f"The mechanisms are fitted to {number}, drawn at random."))
    parents = parents_of(graph)
    rows = [balanced(values, pa, seed) for values, pa in zip(rows, parents, strict=True)]
    level = np.array([values[:, j].mean() for j, values in enumerate(rows)])
    centre, scale = context.mean(0), context.std(0)
    encoders = parent_inputs(context, parents, data.schema, centre, scale)
    regressions: list[Regression | None] = []
    known = {} if known is None else known
    for j, (pa, values) in enumerate(zip(parents, rows, strict=True)):
        caused = len(pa) > 0 and j not in skip
        if caused and (j, *pa) not in known:
            fitted = values[:MAX_FITTED_ROWS]
            x, y = encoders[j](fitted), (fitted[:, j] - level[j]) / scale[j]
            known[j, *pa] = node_regression(
                x.round(DECIMALS), y.round(DECIMALS), heteroscedastic, rough=rough
            )
        regressions.append(known[j, *pa] if caused else None)
    return KernelModel(graph, parents, rows, regressions, level, centre, scale, encoders)


def balanced(rows: Array, parents: NDArray[np.intp], seed: int) -> Array:
    """The rows `[n, d]`, in an order in which the rare values of parents of few values come earlier.

    Which rows enter a regression may depend on its inputs, and the arms of a treatment count for the same
    where there is a choice. The order is a weighted draw without replacement (Efraimidis and Spirakis 2006).
    """
    rarity = np.ones(len(rows))
    for column in rows[:, parents].T:
        values, level, counts = np.unique(column, return_inverse=True, return_counts=True)
        if len(values) <= MAX_LEVELS:
            rarity = np.maximum(rarity, (len(rows) / (len(values) * counts))[level])
    if rarity.max() < UNBALANCED:
        return rows
    waits = np.random.default_rng(seed).exponential(size=len(rows)) / np.minimum(rarity, MAX_RARITY)
    return rows[np.argsort(waits, kind="stable")]


@dataclass(frozen=True)
class KernelDraw(MechanismModel):
    """A draw of all mechanisms, in the user's units; made by :meth:`KernelModel.draws`.

    Attributes:
        base: The fitted model; it answers for the variables that were not drawn.
        functions: For each drawn variable its function in standardized units; a number for a root, its level.
    """

    base: KernelModel
    functions: Mapping[int, DrawnFunction | float]

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG over `names`."""
        return self.base.graph

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`."""
        return column_by_column(lambda j: self._predict_node(j, values), nodes, len(values))

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """The scale of the noise, that of the fitted model, shape `[n, d]` -> `[n, len(nodes)]`."""
        return self.base.scale_nodes(nodes, values)

    def _predict_node(self, j: int, values: Array) -> Array:
        base, function = self.base, self.functions.get(j)
        if function is None:
            return base.predict_nodes([j], values)[:, 0]
        if not isinstance(function, DrawnFunction):
            return np.full(len(values), function)
        return base.level[j] + base.scale[j] * function(base.inputs(j, values))
