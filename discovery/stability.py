"""What graphs found on resampled rows have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np
import pandas as pd

from discovery.dag import most_probable_dag
from foundation_causal.errors import InputError, counted
from foundation_causal.graphs import adjacency, from_adjacency

MAJORITY = 0.5  # an edge of the consensus graph stands in more than this share of the graphs


@dataclass(frozen=True, eq=False)
class Stability:
    """Graphs over the same columns, one for every resample of the rows, and what they share.

    A share of `s` among `r` graphs has a standard error of `sqrt(s (1 - s) / r)` from the resampling alone.

    Attributes:
        graphs: One DAG for every replicate, in the order of the replicates.
        probabilities: `[d, d]`, mean over the replicates of the probability of `i -> j`.

    Example:
        >>> found = [nx.DiGraph([("a", "b"), ("b", "c")]), nx.DiGraph([("a", "b"), ("c", "b")])]
        >>> names = ["a", "b", "c"]
        >>> stability = Stability(found, pd.DataFrame(0.2, index=names, columns=names))
        >>> stability.edges
          cause effect  share  either_direction  probability
        0     a      b    1.0               1.0          0.2
        1     b      c    0.5               1.0          0.2
        2     c      b    0.5               1.0          0.2
        >>> float(stability.ancestors.at["a", "c"]), list(stability.graph.edges)
        (0.5, [('a', 'b')])
    """

    graphs: list[nx.DiGraph]
    probabilities: pd.DataFrame

    def __repr__(self) -> str:
        d, edges = len(self.probabilities), self.graph.number_of_edges()
        found = f"{counted(edges, 'edge')} in the consensus"
        return f"Stability({counted(len(self.graphs), 'replicate')}, {counted(d, 'variable')}, {found})"

    @cached_property
    def frequencies(self) -> pd.DataFrame:
        """`[d, d]`, row `i`, column `j`: the share of the graphs with the edge `i -> j`."""
        return self._share(lambda graph: graph)

    @cached_property
    def ancestors(self) -> pd.DataFrame:
        """`[d, d]`, row `i`, column `j`: the share of the graphs with a directed path from `i` to `j`."""
        return self._share(nx.transitive_closure_dag)

    @cached_property
    def edges(self) -> pd.DataFrame:
        """One row for every edge that stands in some graph, from the most to the least frequent.

        The columns: `cause`, `effect`, `share` (of the graphs with the edge), `either_direction` (share of
        the graphs with the edge or its reverse), `probability` (mean over the replicates).
        """
        share, probability = self.frequencies.to_numpy(), self.probabilities.to_numpy()
        names = np.array(self.probabilities.columns, dtype=object)
        i, j = np.nonzero(share)
        table = pd.DataFrame(
            {
                "cause": names[i],
                "effect": names[j],
                "share": share[i, j],
                "either_direction": share[i, j] + share[j, i],
                "probability": probability[i, j],
            }
        )
        order = ["share", "either_direction", "probability"]
        return table.sort_values(order, ascending=False, kind="stable", ignore_index=True)

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The edges that stand in more than half of the graphs; `consensus` takes other shares."""
        return self.consensus(MAJORITY)

    def consensus(self, share: float) -> nx.DiGraph:
        """The DAG of the edges that stand in more than this share of the graphs.

        Edges go in from the most frequent down, and one that would close a cycle is left out: three edges
        can each stand in two thirds of the graphs, and form a cycle. Edges carry their share as the attribute
        `share`.

        Raises:
            InputError: A share below 0 or not below 1.
        """
        if not 0 <= share < 1:
            raise InputError(f"The share of the graphs is {share}: give one from 0 up to, not including, 1.")
        frequencies = self.frequencies.to_numpy()
        graph = from_adjacency(most_probable_dag(frequencies, share), list(self.probabilities.columns))
        for (cause, effect), often in zip(graph.edges, frequencies[adjacency(graph) > 0], strict=True):
            graph.edges[cause, effect]["share"] = float(often)
        return graph

    def _share(self, relation: Callable[[nx.DiGraph], nx.DiGraph]) -> pd.DataFrame:
        """How often `i` and `j` stand in a relation, over the graphs, `[d, d]`."""
        names = list(self.probabilities.columns)
        count = sum(adjacency(relation(graph), names).astype(int) for graph in self.graphs)
        return pd.DataFrame(count / len(self.graphs), index=names, columns=names)
