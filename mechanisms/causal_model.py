"""The object that users hold: graph, mechanisms and noise, to sample, intervene and ask counterfactuals."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.data import LARGEST, rows_like
from foundation_causal.errors import InputError, quoted
from mechanisms.model import Array, Edit, Edited, MechanismModel, abduct, predict
from mechanisms.noise import draw_noise
from mechanisms.solver import counterfactual, solve

Table = pd.DataFrame | NDArray[np.generic]
Interventions = Mapping[str, float | Edit]


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
        >>> moved = model.do({"a": 3.0}).sample(1000, seed=0)
        >>> bool(abs(moved["b"].mean() - 6) < 0.5)
        True
    """

    def __init__(
        self,
        mechanisms: MechanismModel,
        observed_noise: Callable[[], Sequence[Array]],
        do: Mapping[int, float] | None = None,
    ) -> None:
        """Put a model together.

        Args:
            mechanisms: the functions F_j.
            observed_noise: gives for each variable the noise seen in the observations; called when the first
                sample is drawn, because it can cost as much as the fit.
            do: variables that are clamped, by position.
        """
        self._mechanisms = mechanisms
        self._observed_noise = observed_noise
        self._do = dict(do or {})

    @property
    def names(self) -> list[str]:
        """The d variables, in the order of the data's columns."""
        return self._mechanisms.names

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
        return self._frame(solve(self._mechanisms, frame.to_numpy(), self._do), frame.index)

    def sample(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw n rows: independent noise, as the observations had it (:func:`draw_noise`), then `generate`.

        Models that differ by an intervention draw the same noise from the same seed.
        """
        if isinstance(n, bool) or not isinstance(n, numbers.Integral) or n < 1:
            raise InputError(f"The number of samples is {n!r}; give a whole number above 0.")
        noise = draw_noise(self._noise_seen(), int(n), seed)
        return self._frame(solve(self._mechanisms, noise, self._do))

    def do(self, interventions: Interventions) -> CausalModel:
        """The model under interventions, which can be chained.

        Args:
            interventions: for each target a number, which clamps it (hard intervention: its incoming edges
                are cut and its noise is ignored), or a function that is applied to its F_j (soft
                intervention: `{"y": lambda f: f + 1}` shifts y, parents and noise stay).

        Raises:
            InputError: an unknown variable, something that is neither a finite number nor a function.
        """
        clamps, edits = self._parsed(interventions)
        mechanisms = Edited(self._mechanisms, edits) if edits else self._mechanisms
        return CausalModel(mechanisms, self._noise_seen, {**self._do, **clamps})

    def counterfactual(self, rows: Table, interventions: Interventions) -> pd.DataFrame:
        """What the rows [n, d] would have been under the interventions, the noise being equal.

        On an intervened model the rows are taken as observed under its interventions, which stay in force.

        Raises:
            InputError: as :meth:`do`, or rows that do not fit the model.
        """
        frame = rows_like(rows, self.names)
        clamps, edits = self._parsed(interventions)
        values = counterfactual(
            before=self._mechanisms,
            rows=frame.to_numpy(),
            after=Edited(self._mechanisms, edits) if edits else self._mechanisms,
            do=clamps,
            changed={*clamps, *edits},
            fixed=set(self._do),
        )
        return self._frame(values, frame.index)

    @cached_property
    def _seen(self) -> Sequence[Array]:
        return self._observed_noise()

    def _noise_seen(self) -> Sequence[Array]:
        return self._seen

    def _frame(self, values: Array, index: Any = None) -> pd.DataFrame:
        return pd.DataFrame(values, columns=self.names, index=index)

    def _parsed(self, interventions: Interventions) -> tuple[dict[int, float], dict[int, Edit]]:
        """Clamps and edits by position."""
        if not isinstance(interventions, Mapping):
            kind = type(interventions).__name__
            raise InputError(f'The interventions are of the type {kind}; give a dict such as {{"X": 2.0}}.')
        clamps: dict[int, float] = {}
        edits: dict[int, Edit] = {}
        for name, change in ((str(key), value) for key, value in interventions.items()):
            if name not in self.names:
                raise InputError(
                    f"There is no variable '{name}' to intervene on; use one of {quoted(self.names)}."
                )
            j = self.names.index(name)
            if isinstance(change, numbers.Real) and abs(change) <= LARGEST:  # nan is not
                clamps[j] = float(change)
            elif callable(change):
                if j in self._do:
                    raise InputError(
                        f"'{name}' is clamped already; leave out its clamp to edit its mechanism."
                    )
                edits[j] = change
            else:
                raise InputError(
                    f"The intervention sets '{name}' to {change!r}; give a finite number, "
                    f"no larger than {LARGEST:g}."
                )
        return clamps, edits

    def __repr__(self) -> str:
        do = ", ".join(f"{self.names[j]} = {value:.6g}" for j, value in self._do.items())
        edges = self.graph.number_of_edges()
        return f"CausalModel({len(self.names)} variables, {edges} edges{', do: ' + do if do else ''})"
