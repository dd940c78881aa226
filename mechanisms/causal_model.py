"""The object that users hold: graph, mechanisms and noise, to sample, intervene and ask counterfactuals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.checks import check_samples, check_seed
from foundation_causal.columns.schema import Schema
from foundation_causal.errors import InputError, counted, quoted
from foundation_causal.observations import Observations, rows_like
from foundation_causal.runtime import check_memory
from foundation_causal.types import Array
from mechanisms.applied.saved_model import Saveable
from mechanisms.discrete.discrete_nodes import LevelNode, probabilities_frame
from mechanisms.gaps.imputation import log_marginal, warn_of_few_draws, without_gaps
from mechanisms.mechanism_model import MechanismModel, abduct, noise_and_scales, predict
from mechanisms.noise.distributions import Distribution
from mechanisms.noise.sampling import FittedNoise, ObservedNoise, draw_noise, log_density
from mechanisms.queries.extrapolation import Ranges
from mechanisms.queries.interventions import Changes, Interventions, parse_interventions
from mechanisms.queries.mechanism_curves import CurvesMixin
from mechanisms.queries.paths.mediation import MediationMixin
from mechanisms.solver import check_finite, counterfactual, solve

Table = pd.DataFrame | NDArray[np.generic]


class CausalModel(CurvesMixin, MediationMixin, Saveable):
    """A structural causal model, x_j = F_j(x_parents(j)) + noise_j, in the user's units.

    Made by :func:`mechanisms.infer`. Tables go in and come out as DataFrames with the user's columns, labels
    and dtypes; arrays in the order of the columns are accepted. Discrete variables have structural equations
    of their own (:mod:`mechanisms.discrete.discrete_nodes`), the noise of which rows do not tell exactly: it
    is drawn from its posterior.

    Attributes:
        mechanisms: The functions F_j, under soft interventions where there are any.
        clamps: The variables that are set, by position.
        ranges: Where the observations lay, if that is known.
        schema: The types of the columns.

    Example:
        >>> from mechanisms import infer
        >>> rng = np.random.default_rng(0)
        >>> a = rng.normal(size=200)
        >>> data = pd.DataFrame({"a": a, "b": 2 * a + rng.normal(size=200)})
        >>> model = infer(data, nx.DiGraph([("a", "b")]))
        >>> moved = model.do({"a": 2.0}).sample(1000, seed=0)
        >>> bool(abs(moved["b"].mean() - 4) < 0.5)
        True
    """

    def __init__(
        self,
        mechanisms: MechanismModel,
        noise: Observations | ObservedNoise | Sequence[Array | Distribution],
        do: Mapping[int, float] | None = None,
        ranges: Ranges | None = None,
        schema: Schema | None = None,
    ) -> None:
        """Put a model together.

        Args:
            mechanisms: The functions F_j.
            noise: The observations, the noise of which is computed when it is first needed; or for each
                variable the noise seen in them, shape `[n_j]`, or its distribution.
            do: Variables that are clamped, by position.
            ranges: Where the observations lay; interventions far outside are warned of, and samples below
                zero where the observations never are.
            schema: The types of the columns; by default those of the observations, or numbers.
        """
        if schema is None and isinstance(noise, Observations):
            schema = noise.schema
        self.schema = Schema.numeric(mechanisms.names) if schema is None else schema
        self.mechanisms = mechanisms
        self.clamps = dict(do or {})
        self.ranges = ranges
        self._noise = noise

    @property
    def data(self) -> Observations | None:
        """The observations that the model was put together with, if they are known."""
        return self._noise if isinstance(self._noise, Observations) else None

    @property
    def names(self) -> list[str]:
        """The d variables, in the order of the data's columns."""
        return self.mechanisms.names

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The DAG as :attr:`dag`, its nodes called as the data's columns are."""
        return self.schema.titled(self.dag)

    @cached_property
    def dag(self) -> nx.DiGraph:
        """The DAG over :attr:`names`; under hard interventions, without the edges into their targets."""
        graph = self.mechanisms.graph.copy()
        for j in self.clamps:
            graph.remove_edges_from(list(graph.in_edges(self.names[j])))
        return graph

    @cached_property
    def observed_noise(self) -> ObservedNoise:
        """The noise of the observations, and its distributions."""
        if isinstance(self._noise, Observations):
            return FittedNoise(self.mechanisms, self._noise)
        return self._noise if isinstance(self._noise, ObservedNoise) else ObservedNoise(self._noise)

    def predict(self, rows: Table) -> pd.DataFrame:
        """F at rows `[n, d]`: what each variable would be without its noise, given its parents in the row.

        Of a discrete variable with numbers it is the expectation, of one with labels the most probable label.
        """
        frame = rows_like(rows, self.names, schema=self.schema)
        values = predict(self.mechanisms, frame.to_numpy())
        for j, value in self.clamps.items():
            values[:, j] = value
        return self.decoded(values, frame.index, whole=False)

    def probabilities(self, rows: Table, variable: str) -> pd.DataFrame:
        """The probability of each level of a variable, given its parents in rows `[n, d]`.

        Args:
            rows: With all variables, though only the parents are read.
            variable: A binary, ordinal or categorical one.

        Returns:
            Shape `[n, K]`, a column for each label, every row summing to 1.

        Raises:
            InputError: A variable that is unknown, has no levels, or is modelled as continuous.
        """
        frame = rows_like(rows, self.names, schema=self.schema)
        variable = str(variable)  # a column may be called 3
        if variable not in self.names:
            raise InputError(
                f"There is no variable '{variable}' in the model; use one of {quoted(self.names)}."
            )
        j = self.names.index(variable)
        node = self.mechanisms.discrete_nodes.get(j)
        if not isinstance(node, LevelNode):
            raise InputError(
                f"'{variable}' has no probabilities of levels in this model; name a binary, ordinal or "
                "categorical variable."
            )
        if j in self.clamps:
            raise InputError(f"'{variable}' is set by an intervention; ask the model without it.")
        return pd.DataFrame(probabilities_frame(node, frame.to_numpy()), index=frame.index)

    def noise(self, rows: Table, seed: int = 0) -> pd.DataFrame:
        """The noise in rows `[n, d]`, (rows - F(rows)) / S(rows), where S is 1 if noise is additive.

        The noise of a discrete variable is drawn from its posterior given the row: of a binary, ordinal or
        count variable in a column with its name, of a categorical one in a column for each level, called as
        "stage=II". For variables set by an intervention it is what lies between the rows and their clamp:
        zero.

        Args:
            rows: What was observed; a missing value is drawn given the others of its row; that of a variable
                that is set is what it is set to.
            seed: For the draw; :meth:`generate` leads back to the rows whatever it is.
        """
        frame = rows_like(rows, self.names, schema=self.schema, missing=True)
        values = self.without_gaps(frame.to_numpy(), seed)
        noise = abduct(self.mechanisms, values, check_seed(seed))
        for j, value in self.clamps.items():
            noise[:, self.mechanisms.noise_columns([j])] = values[:, [j]] - value
        titles = dict(zip(self.names, self.schema.titles, strict=True))
        columns = [titles.get(name, name) for name in self.mechanisms.noise_names]
        return pd.DataFrame(noise, columns=columns, index=frame.index)

    def generate(self, noise: Table) -> pd.DataFrame:
        """The observations `[n, d]` that noise `[n, m]` leads to; the inverse of :meth:`noise`."""
        frame = rows_like(noise, self.mechanisms.noise_names, what="rows of noise")
        values = solve(self.mechanisms, frame.to_numpy(), self.clamps)
        self.warn_of_edits(values)
        return self.decoded(values, frame.index)

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows: independent noise, as the observations had it (:func:`draw_noise`), then `generate`.

        Models that differ by an intervention draw the same noise from the same seed.

        Warns:
            BelowZeroWarning: There are values below zero in columns in which the data have none. A model
                under interventions, which may lead there, does not say so.
            ExtrapolationWarning: A changed mechanism leads far outside the values that were observed.
        """
        n = check_samples(n)
        check_memory("samples", n * (len(self.mechanisms.noise_names) + 2 * len(self.names)))
        values = self.drawn_values(n, check_seed(seed))
        self.warn_of_edits(values)
        if self.ranges is not None and not self.is_intervened:
            self.ranges.warn_below_zero(values)
        return self.decoded(values)

    def drawn_values(self, n: int, seed: int) -> Array:
        """What :meth:`sample` draws, shape `[n, d]`, without a warning."""
        distributions, names = self.observed_noise.distributions, self.mechanisms.noise_names
        return solve(self.mechanisms, draw_noise(distributions, n, seed, names), self.clamps)

    @property
    def is_intervened(self) -> bool:
        """Whether interventions are in force."""
        return bool(self.clamps or self.mechanisms.edited_nodes)

    def warn_of_edits(self, values: Array) -> None:
        """Warn of the variables whose changed mechanisms lead far outside the data in values `[n, d]`."""
        if self.ranges is not None:
            self.ranges.warn_of_values(self.mechanisms.edited_nodes - set(self.clamps), values)

    def log_likelihood(self, rows: Table, seed: int = 0) -> pd.Series[float]:
        """The natural logarithm of the density of rows `[n, d]`, in the user's units; one for each row.

        It sums, over the variables, the log density of the noise less the logarithm of its scale
        (:func:`mechanisms.noise.sampling.log_density`). A variable that is set by an intervention adds
        nothing, whatever its value; one that is discrete, or whose noise takes few values, adds the logarithm
        of a probability. Of a row with gaps it is the density of what was observed, the mean over 1,000 or
        more draws of what was not (:func:`mechanisms.gaps.imputation.log_marginal`).

        Args:
            rows: What was observed; values may be missing.
            seed: For the draws of what is missing.

        Raises:
            InputError: Rows that do not fit the model.

        Warns:
            MissingValuesWarning: Few of the draws of what a row lacks go with what it holds.
        """
        frame = rows_like(rows, self.names, schema=self.schema, missing=True)
        gaps = frame.isna().to_numpy().any(axis=1)
        total = np.empty(len(frame))
        total[~gaps] = self._log_likelihood(frame.to_numpy()[~gaps])
        if gaps.any():
            noise, values = self.observed_noise.distributions, frame.to_numpy()[gaps]
            total[gaps], worth = log_marginal(self.mechanisms, noise, values, self.clamps, check_seed(seed))
            warn_of_few_draws(worth)
        return pd.Series(total, index=frame.index, name="log_likelihood")

    def _log_likelihood(self, values: Array) -> Array:
        """The logarithm of the density of complete rows, `[n, d]` -> `[n]`."""
        discrete = self.mechanisms.discrete_nodes
        free = [j for j in range(len(self.names)) if j not in self.clamps]
        additive = [j for j in free if j not in discrete]
        noise, scale = noise_and_scales(self.mechanisms, values, additive)
        total = np.zeros(len(values))
        if additive:
            columns = self.mechanisms.noise_columns(additive)
            distributions = [self.observed_noise.distributions[column] for column in columns]
            total = log_density(distributions, noise, scale).sum(1)
        for j in free:
            if j in discrete:
                total = total + discrete[j].log_probability(values, values[:, j])
        return total

    def do(self, interventions: Interventions) -> CausalModel:
        """The model under interventions, one or several, which can be chained.

        Args:
            interventions: For each target

                - a number, or a label or date as in the data, which clamps it (hard intervention: its
                  incoming edges are cut and its noise is ignored);
                - :class:`mechanisms.Shift`, as in `{"y": Shift(1.0)}`, which is added to its mechanism, or to
                  the log odds of the higher levels of a binary or ordinal variable;
                - a function of its mechanism's value (soft intervention), as in `{"y": lambda f: 0.5 * f}`,
                  which gets and returns an array `[n]`;
                - :class:`mechanisms.Replace`, a new mechanism, as in
                  `{"y": Replace(lambda parents: parents["x"] ** 2)}`, which gets a DataFrame of the parents.

                The last three leave edges and noise as they were; the last two are for continuous variables.

        Raises:
            InputError: An unknown variable, or none of these. A function that raises, or returns anything but
                one finite number for each row, is refused when it is first called.

        Warns:
            ExtrapolationWarning: A variable is set far outside the values that were observed. Where a
                changed mechanism leads there, the warning comes with the samples.
        """
        changes = self._parsed(interventions)
        mechanisms = changes.applied(self.mechanisms)
        clamps = {**self.clamps, **changes.clamps}
        return CausalModel(mechanisms, self.observed_noise, clamps, self.ranges, self.schema)

    def counterfactual(self, rows: Table, interventions: Interventions, seed: int = 0) -> pd.DataFrame:
        """What the rows `[n, d]` would have been under the interventions, the noise being equal.

        On an intervened model the rows are taken as observed under its interventions, which stay in force.
        The noise of discrete variables, which rows do not tell exactly, is drawn from its posterior: the
        answer is one of the worlds that are possible, another one with another seed. A variable none of
        whose causes moves keeps its value in every world.

        Args:
            rows: What was observed; a missing value is drawn given the others of its row; that of a variable
                that is set is what it is set to.
            interventions: As for :meth:`do`.
            seed: For the noise of discrete variables, and for what is missing.

        Raises:
            InputError: As :meth:`do`, or rows that do not fit the model.

        Warns:
            ExtrapolationWarning: As :meth:`do`.
        """
        frame = rows_like(rows, self.names, schema=self.schema, missing=True)
        changes = self._parsed(interventions)
        values = counterfactual(
            before=self.mechanisms,
            rows=self.without_gaps(frame.to_numpy(), seed),
            after=changes.applied(self.mechanisms),
            do=changes.clamps,
            changed={*changes.clamps, *changes.soft},
            fixed=set(self.clamps),
            seed=check_seed(seed),
        )
        if self.ranges is not None:
            self.ranges.warn_of_values(changes.soft, values)
        return self._labelled(values, frame.index, {**self.clamps, **changes.clamps})

    def without_gaps(self, rows: Array, seed: int) -> Array:
        """Rows `[n, d]` with what is missing drawn from the model, given what was observed or set."""
        if not np.isnan(rows).any():
            return rows
        distributions = self.observed_noise.distributions
        return without_gaps(self.mechanisms, distributions, rows, self.clamps, check_seed(seed))

    def shares(self, draws: int) -> list[tuple[CausalModel, int]]:
        """This model and all of the draws; an averaged model divides them among its members."""
        return [(self, draws)]

    def _parsed(self, interventions: Interventions) -> Changes:
        changes = parse_interventions(interventions, self.mechanisms, self.clamps, self.schema)
        if self.ranges is not None:
            self.ranges.warn_of_clamps(changes.clamps)
        return changes

    def decoded(self, values: Array, index: Any = None, *, whole: bool = True) -> pd.DataFrame:
        """Values `[n, d]` with the user's labels and dtypes.

        Args:
            values: As the mechanisms make them.
            index: Labels of the rows.
            whole: Whether columns of whole numbers are rounded.
        """
        if not whole:
            check_finite(values, self.names)
            return self.schema.decoded(values, index, range(len(self.names)))
        return self._labelled(values, index, self.clamps)

    def _labelled(self, values: Array, index: Any, clamps: Mapping[int, float]) -> pd.DataFrame:
        """Values with labels and dtypes; a column of whole numbers that is set to a fraction keeps it."""
        check_finite(values, self.names)
        fractions = {j for j, value in clamps.items() if value != np.rint(value)}
        return self.schema.decoded(values, index, fractions)

    @property
    def logs(self) -> list[str]:
        """The variables that are modelled in logarithms; their noise is relative."""
        return [self.names[j] for j in sorted(self.mechanisms.relative_nodes)]

    def __repr__(self) -> str:
        do = ", ".join(f"{self.names[j]} = {self._shown(j, value)}" for j, value in self.clamps.items())
        logs = f", in logarithms: {', '.join(self.logs)}" if self.logs else ""
        size = f"{counted(len(self.names), 'variable')}, {counted(self.graph.number_of_edges(), 'edge')}"
        return f"CausalModel({size}{logs}{', do: ' + do if do else ''})"

    def _repr_html_(self) -> str:
        from foundation_causal.plots.html_views import graph_view  # which imports matplotlib

        return graph_view(repr(self), self.graph)

    def _shown(self, j: int, value: float) -> str:
        label = self.schema.columns[j].label(value)
        return f"{label:.6g}" if isinstance(label, float) else str(label)
