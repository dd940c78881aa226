"""Data sets with known truth, to score models on, and interventions on their SCMs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import networkx as nx
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from foundation_causal.graphs import adjacency
from foundation_causal.simulate import Do, Random, SCMBatch
from foundation_causal.types import Array

Labels = dict[str, str | int]


@dataclass(frozen=True)
class Intervened:
    """Rows under an intervention, in raw units.

    Attributes:
        do: Variables and the values they are set to; in the suite "activa" the rows spread around them.
        rows: `[m, d]`.
        noise: `[m, d]`, with which the true functions make the rows.
    """

    do: dict[str, float]
    rows: Array
    noise: Array


@dataclass(frozen=True)
class Case(ABC):
    """A table and the graph that it comes from: what every suite has, and all that structure needs.

    Attributes:
        name: Suite, cell and number, as "cond-fip/LIN-IN-10-400/3".
        labels: What its cell stands for, as {"mechanism": "LIN", "d": 10}.
    """

    name: str
    labels: Mapping[str, str | int]

    @property
    @abstractmethod
    def graph(self) -> nx.DiGraph:
        """The true DAG."""

    @property
    @abstractmethod
    def frame(self) -> pd.DataFrame:
        """The rows to learn from `[n, d]`, with their names and types, in the order of the graph's nodes."""

    @property
    def truth(self) -> NDArray[np.int8]:
        """The true DAG as 0/1 `[d, d]`, in the order of the frame's columns."""
        return adjacency(self.graph, list(self.frame.columns))


@dataclass(frozen=True)
class SCMCase(Case):
    """One SCM, rows to learn from and rows to predict, all in raw units.

    Attributes:
        scm: The truth, a batch of one.
        context: `[n, d]`.
        query: `[m, d]`.
        noise: `[m, d]`; where it is not heteroscedastic, query = F(query) + noise.
        interventions: The truth under interventions.
    """

    scm: SCMBatch
    context: Array
    query: Array
    noise: Array
    interventions: tuple[Intervened, ...] = ()

    @property
    def graph(self) -> nx.DiGraph:
        """The true DAG."""
        return self.scm.graph(0)

    @property
    def frame(self) -> pd.DataFrame:
        """The context with its names."""
        return pd.DataFrame(self.context, columns=list(self.scm.names))


@dataclass(frozen=True)
class TableCase(Case):
    """A table with types and its graph, from a model that is no SCM with additive noise.

    Attributes:
        table: The rows to learn from `[n, d]`: categories with their labels, bool, int and float columns.
        dag: The true DAG over the table's columns.
        query: Rows of the same columns to predict, `[m, d]`; none where only the graph is scored.
        probabilities: Of each categorical or boolean column, the true conditional probabilities of its levels
            given its parents in the query rows, `[m, K]` in the order of the categories (False, True).
        means: Of each other column, the true conditional means given its parents in the query rows, `[m]`.
    """

    table: pd.DataFrame
    dag: nx.DiGraph
    query: pd.DataFrame
    probabilities: Mapping[str, Array] = field(default_factory=dict)
    means: Mapping[str, Array] = field(default_factory=dict)

    @property
    def graph(self) -> nx.DiGraph:
        """The true DAG."""
        return self.dag

    @property
    def frame(self) -> pd.DataFrame:
        """The rows to learn from, with their names and types."""
        return self.table


# A cell is its labels and what draws its cases, given the name of the suite.
Cell = tuple[Labels, Callable[[str], Iterator[Case]]]


def case_name(suite: str, labels: Labels, number: int) -> str:
    """The name of a data set.

    >>> case_name("structure", {"mechanism": "LIN", "d": 5}, 3)
    'structure/LIN-5/3'
    """
    return f"{suite}/{'-'.join(str(value) for value in labels.values())}/{number}"


def codes(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as float64 `[n, d]`: a category as its place among the levels, bool as 0 and 1.

    >>> codes(pd.DataFrame({"a": pd.Categorical(["low", "high"], ["low", "high"]), "b": [True, False]}))
         a    b
    0  0.0  1.0
    1  1.0  0.0
    """
    values = np.empty(frame.shape)
    for j, (_, column) in enumerate(frame.items()):
        values[:, j] = column.array.codes if isinstance(column.array, pd.Categorical) else column.to_numpy()
    return pd.DataFrame(values, index=frame.index, columns=frame.columns)


def array(values: torch.Tensor) -> Array:
    """The rows `[1, n, d]` of a batch of one as float64 `[n, d]`."""
    return values[0].double().cpu().numpy()


def clamp_one(scm: SCMBatch, context: Array, noise: torch.Tensor, random: Random) -> Intervened:
    """Set one random variable to a value between the 10% and the 90% quantile of its context, same noise.

    Args:
        scm: A batch of one.
        context: Rows whose quantiles count, `[n, d]`.
        noise: `[1, m, d]`.
        random: Chooses the variable and the level of the quantile.
    """
    target = int(random.integers(len(scm.names), (1,)))
    level = float(random.uniform((1,), (0.1, 0.9)))
    do = {scm.names[target]: float(np.quantile(context[:, target], level))}
    return Intervened(do, array(scm.generate(noise, scm.do(do))), array(noise))


def set_each(scm: SCMBatch, value: float, spread: float, n: int, random: Random) -> tuple[Intervened, ...]:
    """Set every variable in turn to `value` plus normal noise, with `n` rows of fresh noise each."""
    conditions = []
    for name in scm.names:
        noise = scm.fresh_noise(n, random.generator)
        clamped = scm.do({name: 1.0})
        values = value + spread * random.normal((1, n, 1))
        rows = scm.generate(noise, Do(clamped.target, values * clamped.value))
        conditions.append(Intervened({name: value}, array(rows), array(noise)))
    return tuple(conditions)
