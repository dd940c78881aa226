"""What structure discovery returns."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd

from discovery.dag import sample_dags
from foundation_causal.errors import InputError
from foundation_causal.graphs import from_adjacency


@dataclass(frozen=True, eq=False)
class Prediction:
    """A graph over the user's columns, and how probable every edge is.

    Attributes:
        probabilities: `[d, d]`, row `i`, column `j`: probability of `i -> j`, calibrated on simulated SCMs.
        graph: The predicted DAG. Its edges carry their probability as the attribute `probability`.
        family: The family of mechanisms whose score refined the graph, or None without refinement.
    """

    probabilities: pd.DataFrame
    graph: nx.DiGraph
    family: str | None = None

    def __repr__(self) -> str:
        d, edges = len(self.probabilities), self.graph.number_of_edges()
        return f"Prediction({d} variables, {edges} edges, {self.family or 'not refined'})"

    def sample_graphs(self, k: int, seed: int = 0) -> list[nx.DiGraph]:
        """Draw `k` DAGs, edge by edge, from the probabilities; all are acyclic.

        Raises:
            InputError: `k` below 0.
        """
        if k < 0:
            raise InputError(f"The number of graphs to sample is {k}: ask for 0 or more.")
        names = list(self.probabilities.columns)
        rng = np.random.default_rng(seed)
        draws = sample_dags(self.probabilities.to_numpy(), k, rng)
        return [from_adjacency(adjacency, names) for adjacency in draws]
