"""Every way to an interventional distribution, by name: observations in, an answer for each intervention out.

Data with a graph go to :func:`mechanisms.infer`. Without one, the graph is discovered, or several are and
their models are mixed, or none is needed: by ACTIVA, or by conditioning, which is no causal answer at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import networkx as nx
import numpy as np
import pandas as pd
from scipy.special import logsumexp

from discovery import discover
from foundation_causal.checks import check_samples, check_seed
from foundation_causal.errors import InputError, quoted
from foundation_causal.observations import Observations
from foundation_causal.types import Array
from mechanisms.averaged_model import AveragedModel, average_models
from mechanisms.causal_model import CausalModel
from mechanisms.graph_free.activa.answer import interventional_distribution
from mechanisms.graph_free.distribution import InterventionalDistribution
from mechanisms.graph_free.linear_posterior import LinearPosterior
from mechanisms.graph_free.query import Answer, check_do, conditional_normal
from mechanisms.inference import infer
from mechanisms.logarithms import Logs


@dataclass(frozen=True, eq=False)
class Question:
    """What a method may know before an intervention is named.

    Attributes:
        data: n rows of d variables.
        graph: The true DAG, for the method that is given it.
        model: The name or folder of an ACTIVA that was trained for such data.
        logs: Whether mechanisms may be sought in logarithms, as for :func:`mechanisms.infer`; columns that
            are to be set to 0 or less have none.
        seed: Seed of whatever is random.
    """

    data: Observations
    graph: nx.DiGraph | None = None
    model: str = "activa"
    logs: Literal["auto", False] = "auto"
    seed: int = 0


Ask = Callable[[Mapping[str, float]], Answer]
Method = Callable[[Question], Ask]


def _observational(question: Question) -> Ask:
    frame = question.data.untouched().frame
    return lambda do: Unmoved(frame, check_do(do, question.data.names))


def _conditional(question: Question) -> Ask:
    return partial(conditional_normal, question.data)


def _true_graph(question: Question, mechanisms: str = "kernel") -> Ask:
    if question.graph is None:
        raise InputError("There is no true graph to be given; use another method.")
    return _over([(question.graph, 1.0)], question, mechanisms)


def _discovered(question: Question, graphs: int, mechanisms: str = "kernel") -> Ask:
    """The model of the discovered graph, or the mixture over at most so many weighted graphs."""
    prediction = discover(question.data)
    weighted = [(prediction.graph, 1.0)] if graphs == 1 else prediction.weighted_graphs(graphs, question.seed)
    return _over(weighted, question, mechanisms)


def _sampled(question: Question, graphs: int, mechanisms: str = "kernel") -> Ask:
    """The mixture over graphs that are drawn edge by edge from the probabilities."""
    drawn = discover(question.data).sample_graphs(graphs, seed=question.seed)
    times = Counter(tuple(graph.edges) for graph in drawn)
    alike = {tuple(graph.edges): graph for graph in drawn}
    return _over([(alike[edges], times[edges] / graphs) for edges in times], question, mechanisms)


def _over(graphs: list[tuple[nx.DiGraph, float]], question: Question, mechanisms: str) -> Ask:
    """The mixture over weighted graphs; "least-squares" mechanisms know no logarithms."""
    data, weights = question.data, [weight for _, weight in graphs]
    if mechanisms == "kernel":
        return partial(intervened, average_models(data, graphs, logs=question.logs, seed=question.seed))
    models = [infer(data, dag, mechanisms=mechanisms, logs=False, missing="complete") for dag, _ in graphs]
    return partial(intervened, AveragedModel(models, weights))


def _linear(question: Question, shared_units: bool) -> Ask:
    """The mixture over linear Gaussian models that are drawn with their graphs."""
    return LinearPosterior(question.data, shared_units=shared_units, seed=question.seed).under


def _activa(question: Question) -> Ask:
    how: dict[str, Any] = {"model": "activa", "logs": question.logs, "seed": question.seed}
    return partial(Amortized.ask, question.data, **how)


def _activa_paper(question: Question, draws: int) -> Ask:
    """The model that was trained for such data, for any number of variables.

    The paper puts data on 11 genes to the model of 8.
    """
    how: dict[str, Any] = {"model": question.model, "draws": draws, "seed": question.seed}
    return partial(Amortized.ask, question.data, other_sizes=True, **how)


METHODS: dict[str, Method] = {
    "observational": _observational,
    "conditional": _conditional,
    "discover": partial(_discovered, graphs=1),
    **{f"average-{graphs}": partial(_discovered, graphs=graphs) for graphs in (10, 20, 50)},
    "sampled-50": partial(_sampled, graphs=50),
    "true-graph": _true_graph,
    "discover, linear": partial(_discovered, graphs=1, mechanisms="least-squares"),
    "average-50, linear": partial(_discovered, graphs=50, mechanisms="least-squares"),
    "sampled-50, linear": partial(_sampled, graphs=50, mechanisms="least-squares"),
    "true-graph, linear": partial(_true_graph, mechanisms="least-squares"),
    "linear posterior": partial(_linear, shared_units=False),
    "linear posterior, shared units": partial(_linear, shared_units=True),
    "activa": _activa,
    "activa-paper": partial(_activa_paper, draws=50),
    "activa-paper, one draw": partial(_activa_paper, draws=1),
}
"""`activa` is the model for users, `activa-paper` the one that was trained for the data at hand."""


def ask(method: str, question: Question) -> Ask:
    """Make a method ready for interventions on some data.

    Raises:
        InputError: An unknown method, or data that it cannot use.

    Example:
        >>> import numpy as np
        >>> from foundation_causal.observations import observations
        >>> rng = np.random.default_rng(0)
        >>> a = rng.normal(size=200)
        >>> data = observations(pd.DataFrame({"a": a, "b": np.tanh(2 * a) + 0.1 * rng.normal(size=200)}))
        >>> answers = ask("average-10", Question(data))
        >>> bool(abs(answers({"b": 1.0}).sample(100)["a"].mean()) < 0.5)  # the effect does not move its cause
        True
    """
    if method not in METHODS:
        raise InputError(f"There is no method '{method}'; use one of {quoted(list(METHODS))}.")
    return METHODS[method](question)


@dataclass(frozen=True, eq=False)
class Unmoved:
    """An answer in which nothing changes but what is set: observed rows, drawn with replacement.

    Attributes:
        frame: The observed rows without interventions.
        do: What is set.
    """

    frame: pd.DataFrame
    do: Mapping[str, float]

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows, `[n, d]`.

        Raises:
            InputError: n is no whole number above 0, or the seed is none from 0 to 2**32 - 1.
        """
        n = check_samples(n)
        drawn = self.frame.sample(int(n), replace=True, random_state=check_seed(seed), ignore_index=True)
        return drawn.assign(**self.do)

    def log_prob(self, rows: pd.DataFrame) -> Array | None:
        """None, for there is no density."""
        return None


Model = CausalModel | AveragedModel


@dataclass(frozen=True, eq=False)
class Mixture:
    """The answer of one or several causal models, of which each draws rows in proportion to its weight.

    Attributes:
        model: The model, under the intervention.
    """

    model: Model

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows, `[n, d]`."""
        return self.model.sample(n, seed=seed)

    def log_prob(self, rows: pd.DataFrame) -> Array:
        """Natural logarithm of the density at rows `[n, d]` of what is not set, given what is set; `[n]`.

        A variable whose noise takes few values counts with the logarithm of a probability.

        Raises:
            InputError: Rows that do not fit.
        """
        models, weights = members(self.model)
        densities = np.stack([model.log_likelihood(rows).to_numpy() for model in models])
        return np.asarray(logsumexp(densities, axis=0, b=weights[:, None]))


def intervened(model: Model, do: Mapping[str, float]) -> Mixture:
    """The model's interventional distribution.

    Raises:
        InputError: An unknown variable, or a value that the model cannot take.

    Example:
        >>> import networkx as nx
        >>> from mechanisms import infer
        >>> rng = np.random.default_rng(0)
        >>> a = rng.normal(size=200)
        >>> data = pd.DataFrame({"a": a, "b": a + rng.normal(size=200)})
        >>> forward = intervened(infer(data, nx.DiGraph([("a", "b")])), {"a": 2.0})
        >>> forward.log_prob(pd.DataFrame({"a": [2.0, 2.0], "b": [2.0, 5.0]})).round()
        array([-1., -5.])
    """
    return Mixture(model.do(dict(do)))


def members(model: Model) -> tuple[list[CausalModel], Array]:
    """The causal models of a model, and their weights, which sum to 1."""
    if isinstance(model, CausalModel):
        return [model], np.ones(1)
    return model.models, model.weights


@dataclass(frozen=True, eq=False)
class Amortized:
    """ACTIVA's distribution, of whose density only the variables that are not set count.

    Attributes:
        distribution: Over all d variables; those that are set have a spread of their own.
    """

    distribution: InterventionalDistribution

    @classmethod
    def ask(
        cls,
        data: Observations,
        do: Mapping[str, float],
        *,
        model: str,
        draws: int = 50,
        logs: Logs = "auto",
        seed: int = 0,
        other_sizes: bool = False,
    ) -> Amortized:
        """Query a model by its name or folder; the arguments are those of `interventional_distribution`.

        Raises:
            InputError: No such model, or a query that it cannot answer.
        """
        how: dict[str, Any] = {"draws": draws, "logs": logs, "seed": seed, "other_sizes": other_sizes}
        return cls(interventional_distribution(data, do, model=model, **how))

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows, `[n, d]`."""
        return self.distribution.sample(n, seed=seed)

    def log_prob(self, rows: pd.DataFrame) -> Array:
        """Natural logarithm of the density of the variables that are not set, at rows `[n, d]`, shape `[n]`.

        Where the model gives a spread to a variable that is set, it is the density given the rows' values.
        """
        answer = self.distribution
        free = [name for name, exact in zip(answer.names, answer.exact, strict=True) if not exact]
        given = [name for name in free if name in answer.do]
        joint = answer.marginal(free).log_prob(rows[free])
        return np.asarray(joint - answer.marginal(given).log_prob(rows[given]) if given else joint)
