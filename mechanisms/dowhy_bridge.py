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

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import check_dag
from foundation_causal.observations import Observations
from foundation_causal.runtime import seeded_globals
from foundation_causal.types import Array
from mechanisms.mechanism_model import MechanismModel, column_by_column
from mechanisms.noise.distributions import Distribution
from mechanisms.noise.sampling import draw_noise

if TYPE_CHECKING:
    from dowhy.gcm import InvertibleStructuralCausalModel

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
    return DoWhyModel(graph, parents, [model.causal_mechanism(name) for name in data.names], mean)


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
    """

    graph: nx.DiGraph
    parents: list[list[int]]
    mechanisms: list[Any]
    mean: Array

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        """`F_j` at `values` for each j in `nodes`, shape `[n, d]` -> `[n, len(nodes)]`."""
        return column_by_column(lambda j: self._predict_node(j, values), nodes, len(values))

    def _predict_node(self, j: int, values: Array) -> Array:
        if not self.parents[j]:
            return np.full(len(values), self.mean[j])
        no_noise = np.zeros((len(values), 1))
        prediction = self.mechanisms[j].evaluate(values[:, self.parents[j]], no_noise)
        return np.asarray(prediction, dtype=float).ravel()


def to_dowhy(model: CausalModel) -> InvertibleStructuralCausalModel:
    """The model as one of DoWhy's, every mechanism fitted, to go on with any function of `dowhy.gcm`.

    Samples, interventions and counterfactuals are those of `model`. Hard interventions of `model` become
    roots with one value, soft ones stay in the mechanisms. DoWhy's own interventions are functions of the
    value that a variable takes, noise included: there `lambda x: 2.0` clamps and `lambda x: x + 1` shifts.
    DoWhy draws from NumPy's global generator, which `gcm.util.general.set_random_seed` seeds.

    Raises:
        InputError: DoWhy is not installed, or a variable has no additive noise. Later, when DoWhy asks a
            mechanism to fit other data.

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
    discrete = [model.names[j] for j in sorted(model.mechanisms.discrete_nodes)]
    if discrete:
        raise InputError(
            f"DoWhy gets mechanisms with additive noise only, which {quoted(discrete)} have not; drop "
            "them, or call them continuous (types)."
        )
    gcm = import_dowhy()
    from dowhy.gcm.causal_models import PARENTS_DURING_FIT
    from dowhy.graph import get_ordered_predecessors

    _make_known()
    graph, names = model.dag.copy(), model.names
    scm = gcm.InvertibleStructuralCausalModel(graph)
    distributions = model.observed_noise.distributions
    for j, name in enumerate(names):
        parents = get_ordered_predecessors(graph, name)
        positions = tuple(names.index(parent) for parent in parents)
        node = Node(model.mechanisms, j, positions, distributions[j], model.clamps.get(j))
        scm.set_causal_mechanism(name, Caused(node) if parents else Root(node))
        graph.nodes[name][PARENTS_DURING_FIT] = parents
    return scm


@dataclass(frozen=True)
class Node:
    """One variable of a model: x = F(parents) + S(parents) noise, or a clamp.

    Attributes:
        model: The mechanism model.
        j: Position of the variable.
        parents: Positions of its parents, in DoWhy's order.
        noise: Distribution of its noise.
        clamp: The value that it is set to, or None.
    """

    model: MechanismModel
    j: int
    parents: tuple[int, ...]
    noise: Distribution
    clamp: float | None

    def drawn(self, n: int) -> Array:
        """New noise, `[n, 1]`, from a seed that NumPy's global generator draws, as DoWhy's models do."""
        return draw_noise([self.noise], n, int(np.random.randint(2**31)))  # noqa: NPY002

    def located(self, parents: Array) -> tuple[Array, Array]:
        """F and S where the parents are so, shape `[n, p]` -> twice `[n, 1]`."""
        values = np.zeros((len(parents), len(self.model.names)))
        values[:, list(self.parents)] = parents
        return self.model.functions_and_scales([self.j], values)


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
    """A `dowhy.gcm.causal_mechanisms.StochasticModel`: level plus noise, or a clamp."""

    def draw_samples(self, num_samples: int) -> Array:
        """New values, shape `[n, 1]`."""
        if self.node.clamp is not None:
            return np.full((num_samples, 1), self.node.clamp)
        level, scale = self.node.located(np.empty((num_samples, 0)))
        return level + scale * self.node.drawn(num_samples)


class Caused(_Fitted):
    """A `dowhy.gcm.causal_mechanisms.InvertibleFunctionalCausalModel`: F(parents) + S(parents) noise."""

    def draw_samples(self, parent_samples: Array) -> Array:
        """New values where the parents are so, shape `[n, p]` -> `[n, 1]`."""
        return self.evaluate(parent_samples, self.draw_noise_samples(len(parent_samples)))

    def draw_noise_samples(self, num_samples: int) -> Array:
        """New noise, shape `[n, 1]`."""
        return self.node.drawn(num_samples)

    def evaluate(self, parent_samples: Array, noise_samples: Array) -> Array:
        """Values from parents and noise, shape `[n, p]`, `[n]` or `[n, 1]` -> `[n, 1]`."""
        level, scale = self.node.located(parent_samples)
        return level + scale * np.reshape(noise_samples, (-1, 1))

    def estimate_noise(self, target_samples: Array, parent_samples: Array) -> Array:
        """Noise from values and parents, shape `[n]` or `[n, 1]`, `[n, p]` -> `[n, 1]`."""
        level, scale = self.node.located(parent_samples)
        return (np.reshape(target_samples, (-1, 1)) - level) / scale


def _make_known() -> None:
    """Tell DoWhy's type checks of `Root` and `Caused`, which cannot inherit from what may be missing."""
    from dowhy.gcm.causal_mechanisms import InvertibleFunctionalCausalModel, StochasticModel

    StochasticModel.register(Root)
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
