"""A causal model over several weighted DAGs, for data that leave the graph open.

The best single DAG may have an edge the wrong way round, and then claims an effect where there is none. A
weighted mean of the answers under several DAGs is the posterior mean, which no single answer beats in
expected squared error as long as the weights are right (Hoeting et al. 1999, "Bayesian Model Averaging: A
Tutorial").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp

from foundation_causal.checks import check_samples, check_seed
from foundation_causal.columns.schema import Schema
from foundation_causal.errors import InputError, counted
from foundation_causal.observations import Observations
from foundation_causal.runtime import check_memory
from foundation_causal.types import Array
from mechanisms.applied.saved_model import Saveable
from mechanisms.causal_model import CausalModel, Table
from mechanisms.discrete.mixed_model import KnownNodes, discrete_positions, with_discrete_nodes
from mechanisms.kernel.kernel_model import Known, fit_kernel
from mechanisms.logarithms import Logs, columns_in_logs, in_logs
from mechanisms.mechanism_model import MechanismModel
from mechanisms.noise.plausible_samples import with_plausible_samples
from mechanisms.queries.extrapolation import Ranges
from mechanisms.queries.interventions import Interventions
from mechanisms.queries.mechanism_curves import CurvesMixin
from mechanisms.queries.paths.mediation import MediationMixin

MOMENTS = "datetime64[us]"


class AveragedModel(CurvesMixin, MediationMixin, Saveable):
    """Several causal models of the same variables, weighted. Made by :func:`mechanisms.infer`.

    The answer for a row is the weighted mean of the models' answers, and for a discrete variable the value
    for which most of the weight speaks; samples come from the models in proportion to their weights.

    Attributes:
        models: The members, the one with the largest weight first.
        weights: Shape `[len(models)]`, above 0, summing to 1.

    Example:
        >>> from mechanisms import infer
        >>> rng = np.random.default_rng(0)
        >>> a = rng.normal(size=100)
        >>> data = pd.DataFrame({"a": a, "b": 2 * a + rng.normal(size=100)})
        >>> forward, backward = (infer(data, nx.DiGraph([edge])) for edge in (("a", "b"), ("b", "a")))
        >>> model = AveragedModel([forward, backward], [0.75, 0.25])
        >>> effect = model.counterfactual(data, {"a": 1.0}) - data
        >>> expected = 0.75 * (forward.counterfactual(data, {"a": 1.0}) - data)
        >>> bool(np.allclose(effect["b"], expected["b"]))
        True
    """

    def __init__(self, models: Sequence[CausalModel], weights: Sequence[float] | NDArray[np.generic]) -> None:
        """Put models together.

        Args:
            models: At least one, all with the same variables in the same order.
            weights: One above 0 for each; they are divided by their sum.

        Raises:
            InputError: No model, models of different variables, or weights that make no sense.
        """
        share = np.asarray(weights, dtype=np.float64)
        if not len(models):
            raise InputError("There is no model to average; give at least one.")
        if share.shape != (len(models),) or not (np.isfinite(share) & (share > 0)).all():
            number = f"{counted(len(models), 'number')} above 0"
            raise InputError(f"The weights of {counted(len(models), 'model')} must be {number}.")
        if any(model.names != models[0].names for model in models):
            raise InputError("The models have different variables; average models of the same ones.")
        order = np.argsort(-share, kind="stable")
        self.models = [models[m] for m in order]
        self.weights: Array = share[order] / share.sum()

    @property
    def names(self) -> list[str]:
        """The d variables, in the order of the data's columns."""
        return self.models[0].names

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG of the model with the largest weight."""
        return self.models[0].graph

    @property
    def schema(self) -> Schema:
        """The types of the columns."""
        return self.models[0].schema

    @property
    def logs(self) -> list[str]:
        """The variables that are modelled in logarithms."""
        return self.models[0].logs

    @property
    def weighted_graphs(self) -> list[tuple[nx.DiGraph, float]]:
        """The DAGs of the models and their weights, the largest first."""
        return [(model.graph, float(w)) for model, w in zip(self.models, self.weights, strict=True)]

    @property
    def edges(self) -> pd.DataFrame:
        """`[d, d]`, row = cause, column = effect: the weight of the models that have the edge."""
        total = pd.DataFrame(0.0, index=self.schema.titles, columns=self.schema.titles)
        for graph, weight in self.weighted_graphs:
            for cause, effect in graph.edges:
                total.loc[cause, effect] += weight
        return total

    def predict(self, rows: Table) -> pd.DataFrame:
        """The weighted mean of the models' `predict`, `[n, d]`; of labels, the one with most weight."""
        return self._joined([model.predict(rows) for model in self.models], voted=self._labelled)

    def probabilities(self, rows: Table, variable: str) -> pd.DataFrame:
        """The weighted mean of the models' `probabilities`, `[n, K]`."""
        return self._mean(model.probabilities(rows, variable) for model in self.models)

    def noise(self, rows: Table, seed: int = 0) -> pd.DataFrame:
        """The weighted mean of the models' `noise`, `[n, m]`."""
        return self._mean(model.noise(rows, seed) for model in self.models)

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows, each from a model that is drawn by the weights.

        Models that differ by an intervention draw the same members and the same noise from the same seed.

        Warns:
            BelowZeroWarning: As :meth:`mechanisms.CausalModel.sample`.
            ExtrapolationWarning: As :meth:`mechanisms.CausalModel.sample`, of the heaviest model's rows.
        """
        n = check_samples(n)
        check_memory("samples", 4 * n * len(self.names))
        random = np.random.default_rng(check_seed(seed))
        member = random.choice(len(self.models), size=n, p=self.weights)
        rows = np.empty((n, len(self.names)))
        for m, model in enumerate(self.models):
            mine = np.flatnonzero(member == m)
            if len(mine):
                rows[mine] = model.drawn_values(len(mine), int(random.integers(2**32)))
                model.warn_of_edits(rows[mine])
        heaviest = self.models[0]
        if heaviest.ranges is not None and not heaviest.is_intervened:
            heaviest.ranges.warn_below_zero(rows)
        return heaviest.decoded(rows)

    def log_likelihood(self, rows: Table, seed: int = 0) -> pd.Series[float]:
        """The logarithm of the density of rows `[n, d]`: of the mixture of the models, by their weights.

        Args:
            rows: What was observed; values may be missing.
            seed: For the draws of what is missing.

        Raises:
            InputError: Rows that do not fit the model.
        """
        each = [model.log_likelihood(rows, seed) for model in self.models]
        mixture = logsumexp(np.stack([part.to_numpy() for part in each]), axis=0, b=self.weights[:, None])
        return pd.Series(mixture, index=each[0].index, name="log_likelihood")

    def do(self, interventions: Interventions) -> AveragedModel:
        """The models under interventions, as :meth:`mechanisms.CausalModel.do`; the weights stay."""
        return type(self)([model.do(interventions) for model in self.models], self.weights)

    def counterfactual(self, rows: Table, interventions: Interventions, seed: int = 0) -> pd.DataFrame:
        """What the rows `[n, d]` would have been: the weighted mean of the models' answers.

        Of a discrete variable it is the value for which most of the weight speaks.
        """
        answers = [model.counterfactual(rows, interventions, seed) for model in self.models]
        kinds = zip(self.schema, self.schema.titles, strict=True)
        return self._joined(answers, voted=[title for c, title in kinds if c.kind != "continuous"])

    def shares(self, draws: int) -> list[tuple[CausalModel, int]]:
        """The models, the heaviest first, and how many of the draws of anything each has by its weight."""
        # Rounding the running total hands out all draws, each model's number within one of its share.
        ends = np.rint(np.cumsum(self.weights) * draws).astype(int)
        return list(zip(self.models, np.diff(ends, prepend=0).tolist(), strict=True))

    @property
    def _labelled(self) -> list[Any]:
        """The variables with labels or dates, which have no mean."""
        kinds = zip(self.schema, self.schema.titles, strict=True)
        return [title for column, title in kinds if not column.has_mean or column.unit]

    def _joined(self, answers: Sequence[pd.DataFrame], voted: Sequence[Any]) -> pd.DataFrame:
        """The mean of the answers, and the vote of the models on some columns."""
        means = [answer.drop(columns=list(voted)) for answer in answers]
        joined = self._mean(means) if means[0].shape[1] else means[0]
        for name in voted:
            joined[name] = self._vote([answer[name] for answer in answers])
        return joined[self.schema.titles]

    def _vote(self, answers: Sequence[pd.Series[Any]]) -> pd.Series[Any]:
        """For each row the value that has the most weight; of equal ones that of the heavier model."""
        values = pd.concat([answer.reset_index(drop=True).astype(object) for answer in answers], axis=1)
        same = values.to_numpy()[:, :, None] == values.to_numpy()[:, None, :]
        best = (same * self.weights).sum(2).argmax(1)
        chosen = values.to_numpy()[np.arange(len(values)), best]
        return pd.Series(chosen, index=answers[0].index, dtype=object).astype(answers[0].dtype)

    def _mean(self, answers: Iterable[pd.DataFrame]) -> pd.DataFrame:
        """Where all answers agree, the mean is theirs to the last bit; that of periods is one."""
        first, *others = answers
        known = first.dtypes
        if others:
            first, *others = map(_with_fractions, (first, *others))
        mean = first.copy()
        for answer, weight in zip(others, self.weights[1:], strict=True):
            mean += weight * (answer - first)
        moments = {n: t for n, t in known.items() if mean[n].dtype.kind in "mM" and mean[n].dtype != t}
        return mean.astype(moments) if moments else mean

    def __repr__(self) -> str:
        return (
            f"AveragedModel({counted(len(self.models), 'graph')} over {counted(len(self.names), 'variable')})"
        )

    def _repr_html_(self) -> str:
        from foundation_causal.plots.html_views import graph_view  # which imports matplotlib

        weight = self.weighted_graphs[0][1]
        which = "" if weight == 1 else f"; the graph with the largest weight, {weight:.2f}"
        return graph_view(f"{self!r}{which}", self.graph, self.edges)


def _moments_of(dtype: Any) -> Any:
    """The dtype of NumPy, or of pandas with a zone, for dates, durations and periods of any library."""
    if not isinstance(dtype, pd.ArrowDtype):
        return MOMENTS if isinstance(dtype, pd.PeriodDtype) else dtype
    zone = getattr(dtype.pyarrow_dtype, "tz", None)
    if zone is not None:
        return pd.DatetimeTZDtype("us", zone)
    return MOMENTS if dtype.kind == "M" else "timedelta64[us]"


def _with_fractions(answer: pd.DataFrame) -> pd.DataFrame:
    """An answer in dtypes that hold differences: small and unsigned integers go around, truths have none."""
    wider: dict[Any, Any] = {}
    for name, dtype in answer.dtypes.items():
        if isinstance(dtype, pd.PeriodDtype) or dtype.kind in "mM":
            wider[name] = _moments_of(dtype)
        elif isinstance(dtype, pd.CategoricalDtype):  # of numbers, for labels are voted on
            wider[name] = np.float64
        elif pd.api.types.is_integer_dtype(dtype) or pd.api.types.is_bool_dtype(dtype):
            wider[name] = np.float64 if isinstance(dtype, np.dtype) else "Float64"
    return answer.astype(wider)


def average_models(
    data: Observations,
    graphs: Sequence[tuple[nx.DiGraph, float]],
    *,
    logs: Logs = "auto",
    seed: int = 0,
) -> AveragedModel:
    """The kernel model under each of several weighted DAGs.

    A variable's regression depends on its parents alone, so that graphs in which they agree share it.

    Args:
        data: n rows of d variables.
        graphs: DAGs over the variables, and their weights.
        logs: As for :func:`mechanisms.infer`; the graph with the largest weight decides.
        seed: As for :func:`mechanisms.fit_kernel`.

    Raises:
        InputError: A graph that does not fit the data, or weights that make no sense.
    """
    known: Known = {}
    equations: KnownNodes = {}
    heaviest = max(graphs, key=lambda pair: pair[1])[0] if graphs else nx.DiGraph()
    within = in_logs(data, columns_in_logs(logs, data, heaviest, seed=seed))

    def fitted_to(graph: nx.DiGraph) -> MechanismModel:
        discrete = discrete_positions(data, graph, within.logs)
        base = within.in_units(fit_kernel(within.data, graph, seed=seed, known=known, skip=discrete))
        return with_discrete_nodes(base, data, graph, discrete, logs=within.logs, seed=seed, known=equations)

    fitted = [fitted_to(graph) for graph, _ in graphs]
    # One warning of an intervention far outside the data is enough.
    ranges = [Ranges(data), *[None] * (len(fitted) - 1)]
    models = [CausalModel(model, data, ranges=seen) for model, seen in zip(fitted, ranges, strict=True)]
    return AveragedModel(
        [with_plausible_samples(model) for model in models], [weight for _, weight in graphs]
    )
