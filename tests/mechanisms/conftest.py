"""SCMs with known equations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from foundation_causal.graphs import from_adjacency
from foundation_causal.simulate import SCMBatch
from foundation_causal.types import Array
from mechanisms.linear import LinearModel
from mechanisms.mechanism_model import MechanismModel


@dataclass
class TrueFunctions(MechanismModel):
    """SCM b of a simulated batch as a mechanism model, counting the rows at which each node is evaluated.

    `calls` lists the nodes of every evaluation of F.
    """

    batch: SCMBatch
    b: int
    evaluations: dict[int, int] = field(default_factory=dict)
    calls: list[list[int]] = field(default_factory=list)

    @property
    def graph(self) -> nx.DiGraph:
        return self.batch.graph(self.b)

    def predict_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        self.calls.append(list(nodes))
        for j in nodes:
            self.evaluations[j] = self.evaluations.get(j, 0) + len(values)
        return self._of_truth(self.batch.evaluate, nodes, values)

    def scale_nodes(self, nodes: Sequence[int], values: Array) -> Array:
        return self._of_truth(self.batch.scale, nodes, values)

    def _of_truth(self, what: Callable[[Tensor], Tensor], nodes: Sequence[int], values: Array) -> Array:
        x = torch.from_numpy(values).float()[None].expand(len(self.batch.data), -1, -1)
        return what(x)[self.b][:, list(nodes)].double().numpy()


@pytest.fixture(scope="session")
def true_functions() -> type[TrueFunctions]:
    return TrueFunctions


@pytest.fixture(scope="session")
def random_linear() -> Callable[[np.random.Generator, int], LinearModel]:
    """A linear model over d variables whose columns are in no causal order."""

    def draw(rng: np.random.Generator, d: int) -> LinearModel:
        upper, shuffle = np.triu(rng.random((d, d)) < 0.4, 1), rng.permutation(d)
        edges = upper[np.ix_(shuffle, shuffle)].astype(int)
        graph = from_adjacency(edges, [f"v{j}" for j in range(d)])
        return LinearModel(graph, edges * rng.uniform(-2, 2, (d, d)), rng.normal(size=d))

    return draw


@pytest.fixture(scope="session")
def collider() -> tuple[pd.DataFrame, nx.DiGraph]:
    """300 rows of a -> c <- b, c -> e, with a bend in each mechanism, and units of their own."""
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(300, 4))
    a, b = 5 + noise[:, 0], 100 * noise[:, 1]
    c = np.sin(a) + np.tanh(b / 50) + 0.1 * noise[:, 2]
    e = 1e-3 * (c**2 + 0.2 * noise[:, 3])
    frame = pd.DataFrame({"e": e, "a": a, "c": c, "b": b})
    graph = nx.DiGraph()
    graph.add_nodes_from(frame.columns)
    graph.add_edges_from([("a", "c"), ("b", "c"), ("c", "e")])
    return frame, graph
