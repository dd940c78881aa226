"""The object that users hold: graph, mechanisms and noise, to sample, intervene and ask counterfactuals."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from foundation_causal.data import rows_like
from foundation_causal.errors import InputError
from mechanisms.extrapolation import Ranges
from mechanisms.interventions import Changes, Interventions, parse_interventions
from mechanisms.model import Array, MechanismModel, abduct, edited, predict
from mechanisms.noise import draw_noise
from mechanisms.solver import counterfactual, solve

if TYPE_CHECKING:
    from mechanisms.effects import Given

Table = pd.DataFrame | NDArray[np.generic]


class CausalModel:
    """A structural causal model with additive noise, x_j = F_j(x_parents(j)) + noise_j, in the user's units.

    Made by :func:`mechanisms.infer`. Tables go in and come out as DataFrames with the user's columns;
    arrays in the order of the columns are accepted.

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
        observed_noise: Callable[[], Sequence[Array]],
        do: Mapping[int, float] | None = None,
        ranges: Ranges | None = None,
    ) -> None:
        """Put a model together.

        Args:
            mechanisms: the functions F_j.
            observed_noise: gives for each variable the noise seen in the observations; called when the first
                sample is drawn, because it can cost as much as the fit.
            do: variables that are clamped, by position.
            ranges: where the observations lay; interventions far outside are warned of.
        """
        self._mechanisms = mechanisms
        self._observed_noise = observed_noise
        self._do = dict(do or {})
        self._ranges = ranges

    @property
    def names(self) -> list[str]:
        """The d variables, in the order of the data's columns."""
        return self._mechanisms.names

    @property
    def mechanisms(self) -> MechanismModel:
        """The functions F_j, under soft interventions where there are any."""
        return self._mechanisms

    @property
    def clamps(self) -> Mapping[int, float]:
        """The variables that are set, by position."""
        return self._do

    @property
    def ranges(self) -> Ranges | None:
        """Where the observations lay."""
        return self._ranges

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The DAG; under hard interventions, without the edges into their targets."""
        graph = self._mechanisms.graph.copy()
        for j in self._do:
            graph.remove_edges_from(list(graph.in_edges(self.names[j])))
        return graph

    def predict(self, rows: Table) -> pd.DataFrame:
        """F at rows [n, d]: what each variable would be without its noise, given its parents in the row."""
        frame = rows_like(rows, self.names)
        values = predict(self._mechanisms, frame.to_numpy())
        for j, value in self._do.items():
            values[:, j] = value
        return self._frame(values, frame.index)

    def noise(self, rows: Table) -> pd.DataFrame:
        """The noise in rows [n, d], (rows - F(rows)) / S(rows), where S is 1 if noise is additive.

        For variables set by an intervention it is what lies between the rows and their clamp: zero.
        """
        frame = rows_like(rows, self.names)
        noise = abduct(self._mechanisms, frame.to_numpy())
        for j, value in self._do.items():
            noise[:, j] = frame.iloc[:, j] - value
        return self._frame(noise, frame.index)

    def generate(self, noise: Table) -> pd.DataFrame:
        """The observations [n, d] that noise [n, d] leads to; the inverse of :meth:`noise`."""
        frame = rows_like(noise, self.names, what="rows of noise")
        values = solve(self._mechanisms, frame.to_numpy(), self._do)
        self._warn_of_values(edited(self._mechanisms) - set(self._do), values)
        return self._frame(values, frame.index)

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows: independent noise, as the observations had it (:func:`draw_noise`), then `generate`.

        Models that differ by an intervention draw the same noise from the same seed.
        """
        check_samples(n)
        values = solve(self._mechanisms, draw_noise(self._noise_seen(), int(n), seed), self._do)
        self._warn_of_values(edited(self._mechanisms) - set(self._do), values)
        return self._frame(values)

    def do(self, interventions: Interventions) -> CausalModel:
        """The model under interventions, one or several, which can be chained.

        Args:
            interventions: for each target

                - a number, which clamps it (hard intervention: its incoming edges are cut and its noise is
                  ignored);
                - :class:`mechanisms.Shift`, as in `{"y": Shift(1.0)}`, which is added to its mechanism;
                - a function of its mechanism's value (soft intervention), as in `{"y": lambda f: 0.5 * f}`,
                  which gets and returns an array [n];
                - :class:`mechanisms.Replace`, a new mechanism, as in
                  `{"y": Replace(lambda parents: parents["x"] ** 2)}`, which gets a DataFrame of the parents.

                The last three leave edges and noise as they were.

        Raises:
            InputError: an unknown variable, or none of these. A function that raises, or returns anything but
                one finite number for each row, is found when it is first called, and raises then.

        Warns:
            ExtrapolationWarning: a variable is set far outside the values that were observed. Where a
                changed mechanism leads there, the warning comes with the samples.
        """
        changes = self._parsed(interventions)
        mechanisms = changes.applied(self._mechanisms)
        return CausalModel(mechanisms, self._noise_seen, {**self._do, **changes.clamps}, self._ranges)

    def counterfactual(self, rows: Table, interventions: Interventions) -> pd.DataFrame:
        """What the rows [n, d] would have been under the interventions, the noise being equal.

        On an intervened model the rows are taken as observed under its interventions, which stay in force.

        Args:
            rows: what was observed.
            interventions: as for :meth:`do`.

        Raises:
            InputError: as :meth:`do`, or rows that do not fit the model.

        Warns:
            ExtrapolationWarning: as :meth:`do`.
        """
        frame = rows_like(rows, self.names)
        changes = self._parsed(interventions)
        values = counterfactual(
            before=self._mechanisms,
            rows=frame.to_numpy(),
            after=changes.applied(self._mechanisms),
            do=changes.clamps,
            changed={*changes.clamps, *changes.soft},
            fixed=set(self._do),
        )
        self._warn_of_values(changes.soft, values)
        return self._frame(values, frame.index)

    def effect(
        self,
        treatment: str,
        outcome: str,
        values: ArrayLike,
        *,
        given: Given | None = None,
        each: bool = False,
        draws: int = 200,
        rows: int | None = None,
        level: float = 0.9,
        seed: int = 0,
    ) -> pd.DataFrame:
        """The average effect of one variable on another, or its effect on some rows, with intervals.

        For every value of the treatment X the mean of the outcome Y under do(X = value), then the
        differences from the first value. The intervals are over draws of the functions from the posterior of
        the kernel model (other models are taken as they are) and over the noise, resampled; they take the
        graph for granted.

        Args:
            treatment: the variable X that is set.
            outcome: the variable Y that is looked at.
            values: two or more values of X, the one to compare with first: (low, high), or the points of a
                dose-response curve.
            given: whose effect it is. None: everyone's. Conditions, as `{"age": (30, 40), "sex": 1}`: that of
                the rows that meet them before X is set. A table of rows [m, d]: that of these very rows, with
                the noise that they had.
            each: whether to tell it for each of the given rows, instead of their mean.
            draws: of functions and noise; at least 2.
            rows: to sample in every draw; by default as many as there are observations, from 200 to 1,000.
            level: the probability of the intervals.
            seed: the same seed gives the same answer.

        Returns:
            a row for each value and a row for each difference, with the columns value, baseline (the value
            that is compared with; NaN where none is), mean, lower, upper; with `each` these rows for each
            given row, whose label is in the first column, row.

        Raises:
            InputError: unknown variables, an outcome that is clamped or is the treatment, values that are
                not two different finite numbers or more, conditions that hardly any row meets, rows that do
                not fit the model, numbers out of bounds.

        Warns:
            ExtrapolationWarning: a value far outside the values that were observed.

        Example:
            >>> from mechanisms import infer
            >>> rng = np.random.default_rng(0)
            >>> a = rng.normal(size=200)
            >>> data = pd.DataFrame({"a": a, "b": 2 * a + rng.normal(size=200)})
            >>> infer(data, nx.DiGraph([("a", "b")])).effect("a", "b", (0, 1)).round(1)
               value  baseline  mean  lower  upper
            0    0.0       NaN  -0.1   -0.2    0.0
            1    1.0       NaN   1.8    1.7    2.0
            2    1.0       0.0   1.9    1.8    2.0
        """
        from mechanisms.effects import effect

        how: dict[str, Any] = {"given": given, "each": each, "draws": draws, "rows": rows}
        return effect(self, treatment, outcome, values, **how, level=level, seed=seed)

    def observed_noise(self) -> Sequence[Array]:
        """For each variable the noise of the observations, shape [n_j]."""
        return self._seen

    @cached_property
    def _seen(self) -> Sequence[Array]:
        return self._observed_noise()

    def _noise_seen(self) -> Sequence[Array]:
        return self._seen

    def _parsed(self, interventions: Interventions) -> Changes:
        changes = parse_interventions(interventions, self._mechanisms, self._do)
        if self._ranges is not None:
            self._ranges.warn_of_clamps(changes.clamps)
        return changes

    def _warn_of_values(self, nodes: set[int], values: Array) -> None:
        if self._ranges is not None:
            self._ranges.warn_of_values(nodes, values)

    def _frame(self, values: Array, index: Any = None) -> pd.DataFrame:
        return pd.DataFrame(values, columns=self.names, index=index)

    def __repr__(self) -> str:
        do = ", ".join(f"{self.names[j]} = {value:.6g}" for j, value in self._do.items())
        edges = self.graph.number_of_edges()
        return f"CausalModel({len(self.names)} variables, {edges} edges{', do: ' + do if do else ''})"


def check_samples(n: int) -> None:
    """Refuse what is no number of samples.

    Raises:
        InputError: As said.
    """
    if isinstance(n, bool) or not isinstance(n, numbers.Integral) or n < 1:
        raise InputError(f"The number of samples is {n!r}; give a whole number above 0.")
