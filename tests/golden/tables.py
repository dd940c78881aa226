"""Six fixed small tables, with the graph that mechanisms are fitted along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

import foundation_causal as fc

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """What the questions are asked about.

    Attributes:
        frame: n rows of d variables.
        graph: a DAG over them.
        intervened: bool, shape [n, d], which entries an intervention set; None if nothing was.
    """

    frame: pd.DataFrame
    graph: nx.DiGraph
    intervened: NDArray[np.bool_] | None = None

    @property
    def observed(self) -> fc.Observations:
        """The rows with their mask."""
        return fc.observations(self.frame, intervened=self.intervened)


def linear() -> Table:
    """Linear mechanisms with Gaussian noise; 120 rows of a triangle with a tail."""
    noise = _noise(1, 120, 4)
    a = 3 + noise[:, 0]
    b = 2 * a + noise[:, 1]
    c = b - 1.5 * a + 0.5 * noise[:, 2]
    d = -0.8 * c + noise[:, 3]
    return Table(_frame(a=a, b=b, c=c, d=d), _graph("abcd", "ab", "ac", "bc", "cd"))


def nonlinear() -> Table:
    """Bends, a collider and noise whose scale grows; 150 rows, units far apart, causes not first."""
    noise = _noise(2, 150, 4)
    a, b = noise[:, 0], 100 * noise[:, 1]
    c = np.sin(2 * a) + np.tanh(b / 50) + 0.2 * noise[:, 2]
    d = 1e-3 * (c**2 + 0.3 * np.exp(c / 2) * noise[:, 3])
    return Table(_frame(d=d, a=a, c=c, b=b), _graph("dacb", "ac", "bc", "cd"))


def intervened() -> Table:
    """A bent chain of 160 rows; b is set in some rows, and c in some others."""
    noise, random = _noise(3, 160, 4), np.random.default_rng(4)
    mask = np.zeros((160, 4), dtype=bool)
    mask[100:130, 1] = mask[130:, 2] = True
    a = noise[:, 0]
    b = np.where(mask[:, 1], random.uniform(-2, 2, 160), np.tanh(2 * a) + 0.3 * noise[:, 1])
    c = np.where(mask[:, 2], random.uniform(-2, 2, 160), b + 0.5 * b**2 + 0.4 * noise[:, 2])
    d = c - a + 0.5 * noise[:, 3]
    return Table(_frame(a=a, b=b, c=c, d=d), _graph("abcd", "ab", "bc", "cd", "ad"), mask)


def gaps() -> Table:
    """The linear table with every tenth value missing; only discovery takes it."""
    whole = linear()
    missing = np.random.default_rng(5).random(whole.frame.shape) < 0.1
    return Table(whole.frame.mask(missing), whole.graph)


def positive() -> Table:
    """Positive, skewed columns whose noise is relative; 130 rows."""
    noise = _noise(6, 130, 3)
    dose = np.exp(1 + 0.8 * noise[:, 0])
    level = 2 * dose**0.7 * np.exp(0.3 * noise[:, 1])
    answer = (1 + level / (5 + level)) * np.exp(0.4 * noise[:, 2])
    return Table(
        _frame(dose=dose, level=level, answer=answer),
        _graph(["dose", "level", "answer"], ("dose", "level"), ("level", "answer")),
    )


def sachs() -> Table:
    """240 rows of the bundled protein data, and those edges of its reference graph that close no cycle."""
    data = fc.load_dataset("sachs", n=240, seed=7)
    graph = _graph(list(data.frame))
    for cause, effect in sorted(data.graph.edges):
        if not nx.has_path(graph, effect, cause):
            graph.add_edge(cause, effect)
    return Table(data.frame, graph)


MAKERS: dict[str, Callable[[], Table]] = {
    maker.__name__: maker for maker in (linear, nonlinear, intervened, gaps, positive, sachs)
}


@cache
def table(name: str) -> Table:
    """One of the six; made once."""
    return MAKERS[name]()


def _noise(seed: int, n: int, d: int) -> Array:
    return np.random.default_rng(seed).normal(size=(n, d))


def _frame(**columns: Array) -> pd.DataFrame:
    return pd.DataFrame(columns)


def _graph(names: str | list[str], *edges: str | tuple[str, str]) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from(edges)
    return graph
