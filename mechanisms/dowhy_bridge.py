"""DoWhy both ways: its graphical causal models fitted behind our interface, and our models handed to it.

DoWhy (Sharma and Kiciman 2020; `dowhy.gcm`: Bloebaum et al. 2024) stands in the extra `baselines`, and is
imported where it is used, because that takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from foundation_causal.columns.schema import Column, Schema
from foundation_causal.errors import InputError
from foundation_causal.graphs import check_dag
from foundation_causal.observations import Observations
from foundation_causal.runtime import seeded_globals
from foundation_causal.types import Array
from mechanisms.mechanism_model import MechanismModel, column_by_column
from mechanisms.noise.distributions import Distribution
from mechanisms.noise.sampling import draw_noise

if TYPE_CHECKING:
    from dowhy.gcm import ProbabilisticCausalModel

    from mechanisms.causal_model import CausalModel


def fit_dowhy(data: Observations, graph: nx.DiGraph, *, seed: int = 0) -> DoWhyModel:
    """DoWhy's graphical causal model with automatically assigned mechanisms, quality "good".

    Its additive-noise mechanisms estimate the noise as the residual, so that F_j is their prediction; a root,
    which DoWhy gives an empirical distribution, is its mean plus noise. An entry that was intervened on is
    left out for its variable.

    Args:
        data: n rows of d variables.
        graph: A DAG over the variables.
        seed: For the cross-validation that DoWhy chooses mechanisms by.

    Raises:
        InputError: DoWhy is not installed, the graph does not fit the data, or a variable was intervened on
            in every row.
    """
    gcm = import_dowhy()
    from dowhy.gcm.fitting_sampling import fit_causal_model_of_target
    from dowhy.graph import get_ordered_predecessors

    graph = check_dag(graph, data.names)
    free = data.free
    gcm.config.disable_progress_bars()
    model = gcm.InvertibleStructuralCausalModel(graph.copy())
    with seeded_globals(seed), _one_process(gcm):
        gcm.auto.assign_causal_mechanisms(model, data.frame)
        for name, rows in zip(data.names, free.T, strict=True):
            fit_causal_model_of_target(model, name, data.frame[rows])
    parents = [[data.names.index(p) for p in get_ordered_predecessors(graph, name)] for name in data.names]
    mean = np.array([column[rows].mean() for column, rows in zip(data.values.T, free.T, strict=True)])
    mechanisms = [model.causal_mechanism(name) for name in data.names]
    return DoWhyModel(graph, parents, mechanisms, mean, data, seed)


@contextmanager
def _one_process(gcm: Any) -> Iterator[None]:
    """Keep DoWhy from cross-validating in other processes, which the seed would not reach."""
    before = gcm.config.default_n_jobs
    gcm.config.set_default_n_jobs(1)
    try:
        yield
    finally:
        gcm.config.set_default_n_jobs(before)


@dataclass(frozen=True)
class DoWhyModel(MechanismModel):
    """Fitted DoWhy mechanisms as a mechanism model like any other.

    Attributes:
        graph: The DAG.
        parents: For each variable the positions of its parents.
        mechanisms: DoWhy's mechanism of each variable.
        mean: Mean of each variable, shape `[d]`.
        data, seed: What it was fitted to, and with which seed.
    """

    graph: nx.DiGraph
    parents: list[list[int]]
    mechanisms: list[Any]
    mean: Array
    data: Observations
    seed: int

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`."""
        return column_by_column(lambda j: self._predict_node(j, values), nodes, len(values))

    def _predict_node(self, j: int, values: Array) -> Array:
        if not self.parents[j]:
            return np.full(len(values), self.mean[j])
        no_noise = np.zeros((len(values), 1))
        prediction = self.mechanisms[j].evaluate(values[:, self.parents[j]], no_noise)
        return np.asarray(prediction, dtype=float).ravel()


def to_dowhy(model: CausalModel) -> ProbabilisticCausalModel:
    """The model as one of DoWhy's, every mechanism fitted, to go on with any function of `dowhy.gcm`.

    Samples, interventions and counterfactuals are those of `model`. Hard interventions of `model` become
    roots with one value, soft ones stay in the mechanisms. DoWhy's own interventions are functions of the
    value that a variable takes, noise included: there `lambda x: 2.0` clamps and `lambda x: x + 1` shifts.
    DoWhy draws from NumPy's global generator, which `gcm.util.general.set_random_seed` seeds.

    Levels are called as in the user's table. Of the noise of a discrete variable, which a row does not tell
    exactly, DoWhy gets a draw from its posterior. A category of more than two levels that has causes has a
    noise for each level, and DoWhy keeps one number a variable: with such a variable the model is a
    `gcm.ProbabilisticCausalModel`, which samples and intervenes but knows no counterfactuals. Without one it
    is a `gcm.InvertibleStructuralCausalModel`.

    Raises:
        InputError: DoWhy is not installed. Later, when DoWhy asks a mechanism to fit other data.

    Example:
        >>> import pandas as pd, pytest
        >>> gcm = pytest.importorskip("dowhy.gcm")
        >>> from mechanisms import infer
        >>> a = np.random.default_rng(0).normal(size=200)
        >>> model = infer(pd.DataFrame({"a": a, "b": np.sin(a)}), nx.DiGraph([("a", "b")]))
        >>> rows = pd.DataFrame({"a": [0.0], "b": [0.5]})
        >>> moved = gcm.counterfactual_samples(to_dowhy(model), {"a": lambda x: x + 1}, observed_data=rows)
        >>> moved.round(2)
             a     b
        0  1.0  1.34
    """
    gcm = import_dowhy()
    from dowhy.gcm.causal_models import PARENTS_DURING_FIT
    from dowhy.graph import get_ordered_predecessors

    _make_known()
    graph, names = model.dag.copy(), model.names
    mechanisms: dict[str, _Fitted] = {}
    for j, name in enumerate(names):
        parents = get_ordered_predecessors(graph, name)
        positions = tuple(names.index(parent) for parent in parents)
        noise = [model.observed_noise.distributions[k] for k in model.mechanisms.noise_columns([j])]
        node = Node(model.mechanisms, model.schema, j, positions, noise, model.clamps.get(j))
        mechanisms[name] = (Caused if len(noise) == 1 else Drawn)(node) if parents else Root(node)
        graph.nodes[name][PARENTS_DURING_FIT] = parents
    drawn = any(isinstance(mechanism, Drawn) for mechanism in mechanisms.values())
    scm = (gcm.ProbabilisticCausalModel if drawn else gcm.InvertibleStructuralCausalModel)(graph)
    for name, mechanism in mechanisms.items():
        scm.set_causal_mechanism(name, mechanism)
    return scm


@dataclass(frozen=True)
class Node:
    """One variable of a model: a function of its parents and its noise, or a clamp.

    Attributes:
        model: The mechanism model.
        schema: The types of its variables.
        j: Position of the variable.
        parents: Positions of its parents, in DoWhy's order.
        noise: Distributions of the m columns of its noise.
        clamp: The value that it is set to, or None.
    """

    model: MechanismModel
    schema: Schema
    j: int
    parents: tuple[int, ...]
    noise: Sequence[Distribution]
    clamp: float | None

    def drawn(self, n: int) -> Array:
        """New noise, `[n, m]`, from a seed that NumPy's global generator draws, as DoWhy's models do."""
        return draw_noise(self.noise, n, int(np.random.randint(2**31)))  # noqa: NPY002

    def responses(self, parents: NDArray[Any], noise: Array) -> NDArray[Any]:
        """Values from parents and noise, shape `[n, p]` and `[n, m]` -> `[n, 1]`."""
        values = self._values(parents)
        whole = np.zeros((len(values), len(self.model.noise_names)))
        whole[:, self.model.noise_columns([self.j])] = noise
        return self.labelled(self.model.respond([self.j], values, whole)[:, 0])

    def abducted(self, observed: NDArray[Any], parents: NDArray[Any]) -> Array:
        """Noise that leads to values, or a draw from its posterior, `[n]` and `[n, p]` -> `[n, m]`."""
        values = self._values(parents)
        values[:, self.j] = _numbers(self.schema.columns[self.j], observed)
        uniform = np.random.random((len(values), len(self.model.noise_names)))  # noqa: NPY002
        return self.model.abduct_nodes([self.j], values, uniform)

    def labelled(self, numbers: Array) -> NDArray[Any]:
        """Numbers `[n]` as DoWhy sees them, levels by their labels; `[n, 1]`."""
        column = self.schema.columns[self.j]
        if not column.has_labels:
            return numbers[:, None]
        return np.array(column.labels)[column.codes(numbers)][:, None]

    def _values(self, parents: NDArray[Any]) -> Array:
        """Numbers `[n, d]`, zero where there is no parent."""
        values = np.zeros((len(parents), len(self.model.names)))
        for k, j in enumerate(self.parents):
            values[:, j] = _numbers(self.schema.columns[j], parents[:, k])
        return values


def _numbers(column: Column, values: NDArray[Any]) -> Array:
    """What stands for values `[n]` of a column in the model."""
    if not column.has_labels:
        return np.asarray(values, dtype=np.float64)
    labels, place = np.unique(values.astype(str), return_inverse=True)
    return np.array([column.number(label) for label in labels])[place]


class _Fitted:
    """What DoWhy needs of every mechanism, besides drawing from it."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def fit(self, *_: object, **__: object) -> NoReturn:
        """Refuse: the mechanism was inferred together with the others."""
        raise InputError(
            f"The mechanism of '{self.node.model.names[self.node.j]}' was inferred and is not fitted again; "
            "infer a model from the new data and hand that to DoWhy."
        )

    def clone(self) -> _Fitted:
        """A copy, fitted as well."""
        return type(self)(replace(self.node))

    def __setstate__(self, state: dict[str, Any]) -> None:
        _make_known()  # a process of its own knows nothing of `to_dowhy`
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return f"{type(self).__name__} variable of a {type(self.node.model).__name__}"


class Root(_Fitted):
    """A `dowhy.gcm.causal_mechanisms.StochasticModel`: noise alone, or a clamp."""

    def draw_samples(self, num_samples: int) -> NDArray[Any]:
        """New values, shape `[n, 1]`."""
        if self.node.clamp is not None:
            return self.node.labelled(np.full(num_samples, self.node.clamp))
        return self.node.responses(np.empty((num_samples, 0)), self.node.drawn(num_samples))


class Drawn(_Fitted):
    """A `dowhy.gcm.causal_mechanisms.ConditionalStochasticModel`: draws given the parents."""

    def draw_samples(self, parent_samples: NDArray[Any]) -> NDArray[Any]:
        """New values where the parents are so, shape `[n, p]` -> `[n, 1]`."""
        return self.node.responses(parent_samples, self.node.drawn(len(parent_samples)))


class Caused(_Fitted):
    """A `dowhy.gcm.causal_mechanisms.InvertibleFunctionalCausalModel`: of the parents and one noise."""

    def draw_samples(self, parent_samples: NDArray[Any]) -> NDArray[Any]:
        """New values where the parents are so, shape `[n, p]` -> `[n, 1]`."""
        return self.evaluate(parent_samples, self.draw_noise_samples(len(parent_samples)))

    def draw_noise_samples(self, num_samples: int) -> Array:
        """New noise, shape `[n, 1]`."""
        return self.node.drawn(num_samples)

    def evaluate(self, parent_samples: NDArray[Any], noise_samples: Array) -> NDArray[Any]:
        """Values from parents and noise, shape `[n, p]`, `[n]` or `[n, 1]` -> `[n, 1]`."""
        return self.node.responses(parent_samples, np.reshape(noise_samples, (-1, 1)))

    def estimate_noise(self, target_samples: NDArray[Any], parent_samples: NDArray[Any]) -> Array:
        """Noise from values and parents, shape `[n]` or `[n, 1]`, `[n, p]` -> `[n, 1]`."""
        return self.node.abducted(np.reshape(target_samples, -1), parent_samples)


def _make_known() -> None:
    """Tell DoWhy's type checks of these mechanisms, which cannot inherit from what may be missing."""
    from dowhy.gcm.causal_mechanisms import (
        ConditionalStochasticModel,
        InvertibleFunctionalCausalModel,
        StochasticModel,
    )

    StochasticModel.register(Root)
    ConditionalStochasticModel.register(Drawn)
    InvertibleFunctionalCausalModel.register(Caused)


def import_dowhy() -> Any:
    """`dowhy.gcm`; the import alone takes seconds.

    Raises:
        InputError: DoWhy is not installed.
    """
    try:
        from dowhy import gcm
    except ImportError as error:
        raise InputError(
            "The package 'dowhy' is missing; install it with: pip install 'foundation-causal[baselines]'."
        ) from error
    return gcm
