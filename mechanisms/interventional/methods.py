"""Every way to an interventional distribution, by name: observations in, an answer for each intervention out.

Data with a graph go to :func:`mechanisms.infer`. Without one, the graph is discovered, or several are and
their models are mixed, or none is asked for: by ACTIVA, or by conditioning, which is no causal answer at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import networkx as nx
import pandas as pd

from foundation_causal.data import Observations
from foundation_causal.errors import InputError, quoted
from foundation_causal.seeds import check_seed
from mechanisms.checks import check_samples
from mechanisms.interventional.baseline import conditional_normal
from mechanisms.interventional.query import Answer, check_do, untouched
from mechanisms.interventional.structural import intervened
from mechanisms.model import Array


@dataclass(frozen=True, eq=False)
class Question:
    """What a method may know before it is told what is set.

    Attributes:
        data: n rows of d variables.
        graph: the true DAG, for the method that is given it.
        model: the name or folder of an ACTIVA that was trained for such data.
        logs: whether mechanisms may be found in logarithms, as for :func:`mechanisms.infer`; columns that
            are to be set to 0 or less have none.
        seed: of whatever is random.
    """

    data: Observations
    graph: nx.DiGraph | None = None
    model: str = "activa"
    logs: Literal["auto", False] = "auto"
    seed: int = 0


Ask = Callable[[Mapping[str, float]], Answer]
Method = Callable[[Question], Ask]


@dataclass(frozen=True, eq=False)
class Unmoved:
    """Nothing changes but what is set: observed rows without interventions, drawn with replacement."""

    frame: pd.DataFrame
    do: Mapping[str, float]

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows, [n, d].

        Raises:
            InputError: n is no whole number above 0, or the seed is none from 0 to 2**32 - 1.
        """
        check_samples(n)
        drawn = self.frame.sample(int(n), replace=True, random_state=check_seed(seed), ignore_index=True)
        return drawn.assign(**self.do)

    def log_prob(self, rows: pd.DataFrame) -> Array | None:
        """There is no density."""
        return None


def _observational(question: Question) -> Ask:
    frame = untouched(question.data).frame
    return lambda do: Unmoved(frame, check_do(do, question.data.names))


def _conditional(question: Question) -> Ask:
    return partial(conditional_normal, question.data)


def _true_graph(question: Question, mechanisms: str = "kernel") -> Ask:
    if question.graph is None:
        raise InputError("There is no true graph to be given; ask another method.")
    return _over([(question.graph, 1.0)], question, mechanisms)


def _discovered(question: Question, graphs: int, mechanisms: str = "kernel") -> Ask:
    """The model of the graph found, or the mixture over at most so many weighted graphs."""
    from discovery import discover

    found = discover(question.data)
    several = found.weighted_graphs(graphs, question.seed) if graphs > 1 else [(found.graph, 1.0)]
    return _over(several, question, mechanisms)


def _sampled(question: Question, graphs: int, mechanisms: str = "kernel") -> Ask:
    """The mixture over graphs that are drawn edge by edge from the probabilities."""
    from discovery import discover

    drawn = discover(question.data).sample_graphs(graphs, seed=question.seed)
    times = Counter(tuple(graph.edges) for graph in drawn)
    alike = {tuple(graph.edges): graph for graph in drawn}
    return _over([(alike[edges], times[edges] / graphs) for edges in times], question, mechanisms)


def _over(graphs: list[tuple[nx.DiGraph, float]], question: Question, mechanisms: str) -> Ask:
    """The mixture over weighted graphs; "least-squares" mechanisms know no logarithms."""
    from mechanisms.average import AveragedModel, average_models
    from mechanisms.infer import infer

    data, weights = question.data, [weight for _, weight in graphs]
    if mechanisms == "kernel":
        return partial(intervened, average_models(data, graphs, logs=question.logs, seed=question.seed))
    models = [infer(data, graph, mechanisms=mechanisms, logs=False) for graph, _ in graphs]
    return partial(intervened, AveragedModel(models, weights))


def _linear(question: Question, shared_units: bool) -> Ask:
    """The mixture over linear Gaussian models, drawn with their graphs."""
    from mechanisms.interventional.linear import LinearPosterior

    return LinearPosterior(question.data, shared_units=shared_units, seed=question.seed).under


def _activa(question: Question) -> Ask:
    from mechanisms.interventional.amortized import Amortized

    how: dict[str, Any] = {"model": "activa", "logs": question.logs, "seed": question.seed}
    return partial(Amortized.ask, question.data, **how)


def _activa_paper(question: Question, draws: int) -> Ask:
    """Whatever the number of variables: the paper asks the model of 8 genes about 11."""
    from mechanisms.interventional.amortized import Amortized

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
        InputError: an unknown method, or data that it cannot use.

    Example:
        >>> import numpy as np
        >>> from foundation_causal.data import observations
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
