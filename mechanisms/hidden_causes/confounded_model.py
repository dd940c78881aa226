"""The object that users hold where pairs of variables share hidden causes: samples, interventions, effects.

1. Rows: in a causal order, each variable is drawn given T_v, its district among what comes before it and the
   parents of that. It is an ordinary model along another DAG (`pillow_dag`), so that every mechanism, type of
   column and posterior of the package serves, and confounded pairs have the joint distribution of the rows.
2. `do`: what is set is split in what it would have been, which its district reads, and what it is set to,
   which all others read. That is right where no child of it is in its district; else the call is refused.
3. Effects: by adjustment where a set of variables does it, with the estimator for rows; else, where the ID
   algorithm identifies it, by posterior draws of the estimand; else refused with the hedge and its remedies.
4. Only ancestors of an outcome matter for it: where T_v differs among these, they are fitted anew.
5. Counterfactuals need the noise of a row, which the hidden causes share in a district: refused there, exact
   where all that is moved stands alone in its district.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NoReturn

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from foundation_causal.checks import check_count, check_samples, check_seed
from foundation_causal.columns.schema import Schema
from foundation_causal.errors import InputError, NoPathWarning, counted, quoted, warn
from foundation_causal.graphs.mixed_graph import MixedGraph
from foundation_causal.observations import Observations, rows_like
from foundation_causal.types import Array
from mechanisms.applied.saved_model import Saveable
from mechanisms.causal_model import CausalModel, Table
from mechanisms.hidden_causes.estimand_draws import estimand_outcomes, is_drawn
from mechanisms.hidden_causes.id_algorithm import Estimand, Hedge, identify
from mechanisms.hidden_causes.posterior_correction import correction
from mechanisms.hidden_causes.split_model import pillow_dag, split, unidentified_children
from mechanisms.mechanism_model import MechanismModel
from mechanisms.noise.sampling import ObservedNoise
from mechanisms.queries.adjustment import adjusted_dag, adjustment_set, adjusts, causal_path
from mechanisms.queries.conditions import Conditions
from mechanisms.queries.effect_draws import OneGraphModel, Question
from mechanisms.queries.effect_table import EffectTable, draws_table, joined_tables
from mechanisms.queries.effects import (
    EffectMixin,
    by_events,
    warn_of_far_values,
    warn_of_narrow_intervals,
)
from mechanisms.queries.extrapolation import Ranges
from mechanisms.queries.interventions import Interventions, Shift, parse_interventions
from mechanisms.queries.population_effects import Among, applies
from mechanisms.queries.questions import Given, Method, checked_level, checked_quantiles, checked_question
from mechanisms.solver import counterfactual

DRAWN = "posterior draws of the estimand"


class ConfoundedModel(Saveable):
    """A causal model along an acyclic directed mixed graph; made by :func:`mechanisms.infer`.

    Attributes:
        clamps: The variables that are set, by position.
        shifts: What is added to others, by position.

    Example:
        >>> from mechanisms import infer
        >>> rng = np.random.default_rng(0)
        >>> hidden, m_noise = rng.normal(size=(2, 500))
        >>> t = hidden + rng.normal(size=500)
        >>> m = t + m_noise
        >>> data = pd.DataFrame({"t": t, "m": m, "y": 2 * m - 3 * hidden + rng.normal(size=500)})
        >>> model = infer(data, MixedGraph([("t", "m"), ("m", "y")], [("t", "y")]))
        >>> effect = model.effect("t", "y", (0, 1))
        >>> bool(abs(effect["mean"].iloc[-1] - 2) < 0.5)  # a regression of y on t says 0.5
        True
    """

    def __init__(
        self,
        observed: CausalModel,
        graph: MixedGraph,
        fit: Callable[[nx.DiGraph], CausalModel],
        clamps: Mapping[int, float] | None = None,
        shifts: Mapping[int, float] | None = None,
        ancestral: dict[frozenset[str], CausalModel] | None = None,
    ) -> None:
        """Put a model together.

        Args:
            observed: Along `pillow_dag` of the graph.
            graph: Over its names.
            fit: The model of the same rows along another DAG.
            clamps: Values that variables are set to, by position.
            shifts: What is added to what others would have been, by position.
            ancestral: Models of some variables' ancestors that earlier calls fitted.
        """
        self.observed, self.mixed, self._fit = observed, graph, fit
        self.clamps, self.shifts = dict(clamps or {}), dict(shifts or {})
        self._ancestral = {} if ancestral is None else ancestral

    @property
    def names(self) -> list[str]:
        """The d variables, in the order of the data's columns."""
        return self.observed.names

    @property
    def schema(self) -> Schema:
        """The types of the columns."""
        return self.observed.schema

    @property
    def data(self) -> Observations | None:
        """The observations."""
        return self.observed.data

    @property
    def ranges(self) -> Ranges | None:
        """Where the observations lay."""
        return self.observed.ranges

    @property
    def mechanisms(self) -> MechanismModel:
        """The distribution of each variable given its district and the parents of that."""
        return self.observed.mechanisms

    @property
    def observed_noise(self) -> ObservedNoise:
        """What is left of the observations by these."""
        return self.observed.observed_noise

    @property
    def logs(self) -> list[str]:
        """The variables that are modelled in logarithms."""
        return self.observed.logs

    @cached_property
    def dag(self) -> nx.DiGraph:
        """The directed edges over :attr:`names`, without those into variables that are set."""
        return self._cut.directed

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The directed edges, the nodes called as the data's columns are."""
        return self.schema.titled(self.dag)

    @cached_property
    def mixed_graph(self) -> MixedGraph:
        """All edges, the nodes called as the data's columns are."""
        called = dict(zip(self.names, self.schema.titles, strict=True))
        return self._cut.renamed({name: title for name, title in called.items() if name != title})

    @cached_property
    def _cut(self) -> MixedGraph:
        return self.mixed.cut([self.names[j] for j in self.clamps])

    @cached_property
    def _districts(self) -> dict[str, list[str]]:
        return {node: group for group in self.mixed.districts() for node in group}

    @property
    def is_intervened(self) -> bool:
        """Whether interventions are in force."""
        return bool(self.clamps or self.shifts or self.mechanisms.edited_nodes)

    def _set(self) -> list[str]:
        return [self.names[j] for j in (*self.clamps, *self.shifts)]

    # Samples and interventions

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows, in which pairs that share a hidden cause have the joint distribution of the data.

        Models that differ by an intervention draw the same noise from the same seed.

        Warns:
            BelowZeroWarning: As :meth:`mechanisms.CausalModel.sample`.
        """
        n = check_samples(n)
        if not (self.clamps or self.shifts):
            return self.observed.sample(n, seed)
        view = split(self.observed, self.mixed, self.clamps, self.shifts)
        drawn = view.drawn_values(int(n), check_seed(seed))
        values = drawn[:, : len(self.names)].copy()
        for x, copy in view.mechanisms.copies.items():  # type: ignore[attr-defined]  # of a Split
            values[:, x] = drawn[:, copy]
        if self.ranges is not None:
            self.ranges.warn_of_values({*self.shifts, *self.mechanisms.edited_nodes}, values)
        fractions = {j for j, value in self.clamps.items() if value != np.rint(value)}
        return self.schema.decoded(values, None, fractions)

    def do(self, interventions: Interventions) -> ConfoundedModel:
        """The model under interventions, one or several, which can be chained.

        Args:
            interventions: As for :meth:`mechanisms.CausalModel.do`. A variable that shares hidden causes can
                be set, or shifted if it is continuous; what else changes a mechanism is for variables that
                share none.

        Raises:
            InputError: As there, or interventions after which the rows do not tell the distribution of all
                variables, because one that is set shares a hidden cause with one of its own effects.

        Warns:
            ExtrapolationWarning: A variable is set far outside the values that were observed.
        """
        names = self.names
        changes = parse_interventions(interventions, self.mechanisms, self.clamps, self.schema)
        alone = {j for j, name in enumerate(names) if len(self._districts[name]) == 1}
        within = [names[j] for j in sorted({*changes.edits, *changes.replaced} - alone)]
        levels = [names[j] for j in changes.shifts if j not in alone and j in self.mechanisms.discrete_nodes]
        if within or levels:
            raise InputError(
                f"{quoted(within or levels)} shares a hidden cause with another variable, so that its "
                "mechanism is not known; set it to a value, or shift it if it is continuous."
            )
        shifted = {j: amount for j, amount in changes.shifts.items() if j not in alone}
        clamps = {**self.clamps, **changes.clamps}
        shifts = {
            j: self.shifts.get(j, 0.0) + shifted.get(j, 0.0)
            for j in (*self.shifts, *shifted)
            if j not in clamps
        }
        pairs = unidentified_children(self.mixed, [names[j] for j in (*clamps, *shifts)])
        if pairs:
            (cause, child), *_ = pairs
            raise InputError(
                f"The rows do not tell what '{child}' becomes when '{cause}' is set, as hidden causes join "
                "the two; measure these, ask for the effect on another variable, or leave out the edge."
            )
        if self.ranges is not None:
            self.ranges.warn_of_clamps(changes.clamps)
        soft = {names[j]: interventions[name] for j, name in self._soft(interventions) if j in alone}
        observed = self.observed.do(soft) if soft else self.observed
        ancestral = self._ancestral if not soft else {}
        fit = _Edited(self._fit, soft) if soft else self._fit
        return ConfoundedModel(observed, self.mixed, fit, clamps, shifts, ancestral)

    def _soft(self, interventions: Interventions) -> list[tuple[int, Any]]:
        """The targets whose mechanism changes: their position, and what the user calls them."""
        return [
            (self.names.index(str(key)), key)
            for key, change in interventions.items()
            if isinstance(change, Shift) or callable(change) or hasattr(change, "function")
        ]

    def log_likelihood(self, rows: Table, seed: int = 0) -> pd.Series[float]:
        """The natural logarithm of the density of rows; see :meth:`mechanisms.CausalModel.log_likelihood`.

        Raises:
            InputError: A variable that shares hidden causes is set or shifted.
        """
        if any(len(self._districts[name]) > 1 for name in self._set()):
            raise InputError(
                f"{quoted(self._set())} shares hidden causes, so that rows under the intervention have no "
                "density in closed form; ask the model without it, or sample."
            )
        model = self.observed.do({self.names[j]: value for j, value in self.clamps.items()})
        return model.log_likelihood(rows, seed)

    def counterfactual(self, rows: Table, interventions: Interventions, seed: int = 0) -> pd.DataFrame:
        """What the rows would have been, where all that is moved shares no hidden cause.

        Args:
            rows: What was observed; no value may be missing.
            interventions: Values to set variables to.
            seed: For the noise of discrete variables.

        Raises:
            InputError: As :meth:`do`, or something that is moved shares a hidden cause, so that its noise is
                not known.
        """
        if self.is_intervened:
            raise InputError("Counterfactuals are asked of the model without interventions; leave them out.")
        changes = parse_interventions(interventions, self.mechanisms, schema=self.schema)
        names = self.names
        if changes.soft:
            soft = [names[j] for j in changes.soft]
            raise InputError(f"Counterfactuals here take values only; set {quoted(soft)} to one.")
        targets = {names[j] for j in changes.clamps}
        moved = set().union(*(nx.descendants(self.mixed.directed, x) for x in targets)) - targets
        shared = sorted(name for name in moved if len(self._districts[name]) > 1)
        if shared:
            raise InputError(
                f"What would have become of {quoted(shared)} in these rows is not known, as hidden causes "
                "bear on it; ask for the effect, which is a mean over rows."
            )
        frame = rows_like(rows, names, schema=self.schema)
        after = _Rewired(self.mechanisms, self.mixed.directed)
        values = counterfactual(
            self.mechanisms, frame.to_numpy(), after, changes.clamps, {*changes.clamps}, seed=check_seed(seed)
        )
        fractions = {j for j, value in changes.clamps.items() if value != np.rint(value)}
        return self.schema.decoded(values, frame.index, fractions)

    def predict(self, rows: Table) -> NoReturn:
        """Refused: functions of the causes alone are not known where hidden causes bear on them, too."""
        self._refuse("functions of the causes")

    def noise(self, rows: Table, seed: int = 0) -> NoReturn:
        """Refused: the noise of a row is not known where hidden causes are part of it."""
        self._refuse("the noise of rows")

    def generate(self, noise: Table) -> NoReturn:
        """Refused, as :meth:`noise` is."""
        self._refuse("the noise of rows")

    def mediation(self, *question: Any, **how: Any) -> NoReturn:
        """Refused: effects along paths need the noise of rows."""
        self._refuse("effects along paths")

    def curves(self, variable: str, **how: Any) -> NoReturn:
        """Refused, as :meth:`predict` is."""
        self._refuse("functions of the causes")

    def probabilities(self, rows: Table, variable: str) -> NoReturn:
        """Refused: they need the functions of the causes."""
        self._refuse("functions of the causes")

    def refute(
        self,
        treatment: str,
        outcome: str,
        values: ArrayLike | None = None,
        *,
        level: float = 0.9,
        seed: int = 0,
        among: Among = "all",
    ) -> pd.DataFrame:
        """Try to refute an effect that is adjusted for; as :meth:`mechanisms.CausalModel.refute`.

        Raises:
            InputError: As there, or the effect is not found by adjustment.
        """
        asked = checked_question(self, treatment, outcome, values)
        view = None if self.is_intervened else self._adjusted(asked)
        if view is None:
            raise InputError(
                f"The effect of '{asked.treatment}' on '{asked.outcome}' is not found by adjustment, and "
                "only that is refuted."
            )
        return view.refute(treatment, outcome, values, level=level, seed=seed, among=among)

    def _refuse(self, what: str) -> NoReturn:
        raise InputError(
            f"The model has hidden causes ({counted(self.mixed.bidirected.number_of_edges(), 'pair')}), and "
            f"{what} are not known then; ask for samples, interventions or effects."
        )

    # Effects

    def identify(self, treatment: str, outcome: str) -> Estimand | Hedge:
        """How the rows tell the effect, or why they do not (:func:`mechanisms.identify`)."""
        others = [name for name in self._set() if name != treatment]
        return identify(self.mixed, [str(treatment), *others], str(outcome))

    def effect(
        self,
        treatment: str,
        outcome: str,
        values: ArrayLike | None = None,
        *,
        given: Given | None = None,
        each: bool = False,
        quantiles: ArrayLike | None = None,
        draws: int = 200,
        rows: int | None = None,
        level: float = 0.9,
        seed: int = 0,
        method: Method = "auto",
        among: Among = "all",
    ) -> EffectTable:
        """The average effect of one variable on another, where the rows tell it despite the hidden causes.

        Where a set of variables is enough to adjust for, the rows are read as by
        :meth:`mechanisms.CausalModel.effect`. Else the estimand of the ID algorithm is evaluated in draws of
        the fitted distributions from their posterior, over which the intervals are; where the treatment acts
        on the outcome through others, each draw is corrected by the residuals of the rows
        (:mod:`mechanisms.hidden_causes.posterior_correction`).

        Args:
            treatment: The variable X that is set.
            outcome: The variable Y that is looked at.
            values: Two or more values of X, the one to compare with first; its levels by default.
            given: Conditions on rows, as `{"age": (30, 40)}`, where the effect is adjusted for; rows only
                together with `each` and `method="orthogonal"`.
            each: Whether to answer for each of the given rows.
            quantiles: Those of Y that are looked at in place of its mean.
            draws: How many draws of the estimand.
            rows: To draw in each.
            level: The probability of the intervals.
            seed: The same seed gives the same answer.
            method: "orthogonal" adjusts or refuses, "plug-in" draws from the estimand.
            among: As for :meth:`mechanisms.CausalModel.effect`, where the effect is adjusted for.

        Returns:
            As :meth:`mechanisms.CausalModel.effect`; the attribute `estimand` says how it is identified.

        Raises:
            InputError: As there, or an effect that the rows do not tell; the sentence says what would.

        Warns:
            NoPathWarning: No path leads from treatment to outcome, so that the differences are zero.
            OverlapWarning: Few rows tell of a value of the treatment.
        """
        draws = check_count("draws", draws, 2)
        check_seed(seed)
        level = checked_level(level)
        question = checked_question(self, treatment, outcome, values, given=given, rows=rows)
        if quantiles is not None:
            question = replace(question, quantiles=checked_quantiles(quantiles))
        warn_of_far_values(self, question)
        found = self.identify(question.treatment, question.outcome)
        if isinstance(found, Hedge):
            raise InputError(str(found))
        path = causal_path(self._cut, question.treatment, question.outcome)
        view = self._adjusted(question) if path and not self.is_intervened else None
        if view is not None and method != "plug-in" and quantiles is None and rows is None:
            usable = applies(view, question, each=each) or method == "orthogonal" or among != "all" or each
            if usable:
                table = view.effect(
                    treatment, outcome, values, given=given, each=each, level=level, seed=seed,
                    method="orthogonal", among=among,
                )  # fmt: skip
                table.estimand = str(found)
                return table
        self._check_drawn(question, found, method, among, each=each, adjusted=view is not None)
        table = by_events(
            self.schema[question.outcome], question, lambda q: self._drawn(q, found, level, draws, seed)
        )
        table.labelled(self.schema[question.treatment], self.schema[question.outcome])
        table.treatment, table.outcome, table.method = question.treatment, question.outcome, DRAWN
        table.estimand = str(found)
        if not path:
            named = f"from '{question.treatment}' to '{question.outcome}'"
            table.reason = f"No path leads {named}: in this graph there is no effect, whatever the rows say."
            table.method = "no path"
            warn(NoPathWarning(table.reason))
        return table

    def _adjusted(self, question: Question) -> _Adjusted | None:
        """What answers by adjustment; None where no set of variables will do."""
        covariates = adjustment_set(self.mixed, question.treatment, question.outcome)
        if covariates is None:
            return None
        if isinstance(question.given, Conditions):
            more = {*covariates, *question.given.names}
            if not adjusts(self.mixed, question.treatment, question.outcome, more):
                return None
            covariates = tuple(name for name in self.names if name in more)
        dag = adjusted_dag(self.mixed, question.treatment, question.outcome, covariates)
        return _Adjusted(self, dag)

    def _check_drawn(
        self, question: Question, found: Estimand, method: str, among: str, *, each: bool, adjusted: bool
    ) -> None:
        """Raise InputError where draws of the estimand do not answer the question."""
        effect = f"The effect of '{question.treatment}' on '{question.outcome}'"
        if each or isinstance(question.given, pd.DataFrame):
            raise InputError(
                f"{effect} on given rows is not known where hidden causes bear on them; ask for that of rows "
                'with their covariates (each=True, method="orthogonal") where it is adjusted for, or of all.'
            )
        if question.given is not None or among != "all" or method == "orthogonal":
            asked = "given" if question.given is not None else "among" if among != "all" else "method"
            why = "draws of the estimand" if adjusted else "no set of variables adjusts for it, and draws"
            raise InputError(
                f"{effect} is not found by adjustment ({why} answer for everyone); leave out `{asked}`."
            )
        if not is_drawn(found):
            raise InputError(
                f"{effect} is identified, but by an estimand that is not evaluated here: {found}; "
                "measure one of the hidden causes in it, or evaluate it by other means."
            )

    def _drawn(self, question: Question, found: Estimand, level: float, draws: int, seed: int) -> EffectTable:
        """What draws of the estimand say."""
        warn_of_narrow_intervals(self)
        model = self._among_ancestors(found.graph)
        drawn = estimand_outcomes(
            model, found.graph, found, question, draws, seed, dict(self.clamps), dict(self.shifts)
        )
        if not question.quantiles:
            means = drawn.mean(1)
            if not self.is_intervened and question.rows is None and self.mechanisms.has_posterior:
                means = means + correction(model, found.graph, question, draws, seed)
            return draws_table(means, question.values, level)
        tables = [draws_table(drawn[:, i], question.values, level) for i in range(drawn.shape[1])]
        return joined_tables(tables, "quantile", question.quantiles)

    def _among_ancestors(self, graph: MixedGraph) -> CausalModel:
        """The model along T_v of a graph over some variables' ancestors, fitted where that differs."""
        dag, whole = pillow_dag(graph), self.mechanisms.graph
        if all(set(dag.predecessors(node)) == set(whole.predecessors(node)) for node in dag):
            return self.observed
        key = frozenset(graph.nodes)
        if key not in self._ancestral:
            dag.add_nodes_from(self.names)
            self._ancestral[key] = self._fit(dag)
        return self._ancestral[key]

    def shares(self, draws: int) -> list[tuple[ConfoundedModel, int]]:
        """This model and all of the draws."""
        return [(self, draws)]

    def __repr__(self) -> str:
        do = ", ".join(f"{self.names[j]} = {value:.6g}" for j, value in self.clamps.items())
        size = (
            f"{counted(len(self.names), 'variable')}, {counted(self.dag.number_of_edges(), 'edge')}, "
            f"{counted(self._cut.bidirected.number_of_edges(), 'pair')} with hidden causes"
        )
        return f"ConfoundedModel({size}{', do: ' + do if do else ''})"


@dataclass(frozen=True)
class _Edited:
    """Fits models along other DAGs, and changes their mechanisms as the user did."""

    fit: Callable[[nx.DiGraph], CausalModel]
    interventions: Interventions

    def __call__(self, dag: nx.DiGraph) -> CausalModel:
        return self.fit(dag).do(self.interventions)


@dataclass(frozen=True)
class _Rewired(MechanismModel):
    """The mechanisms of a model in another graph; right for variables that have the same parents in both."""

    base: MechanismModel
    graph: nx.DiGraph

    @property
    def discrete_nodes(self) -> Any:
        return self.base.discrete_nodes

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        return self.base.predict_nodes(nodes, values)

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        return self.base.scale_nodes(nodes, values)


@dataclass(frozen=True)
class _Adjusted(EffectMixin):
    """A model in whose graph all common causes of a treatment and an outcome are known, for `effect`."""

    model: ConfoundedModel
    dag: nx.DiGraph

    @property
    def names(self) -> list[str]:
        return self.model.names

    @property
    def mechanisms(self) -> MechanismModel:
        return self.model.mechanisms

    @property
    def clamps(self) -> Mapping[int, float]:
        return self.model.clamps

    @property
    def observed_noise(self) -> ObservedNoise:
        return self.model.observed_noise

    @property
    def data(self) -> Observations | None:
        return self.model.data

    @property
    def ranges(self) -> Ranges | None:
        return self.model.ranges

    @property
    def schema(self) -> Schema:
        return self.model.schema

    def shares(self, draws: int) -> Sequence[tuple[OneGraphModel, int]]:
        return [(self, draws)]
