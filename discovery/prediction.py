"""The answer of structure discovery: edge probabilities, a DAG, and samples of DAGs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from discovery.determined import joined
from discovery.preparation import in_users_order
from discovery.search.dags import sample_dags
from foundation_causal.checks import check_count, check_seed
from foundation_causal.columns.linear_dependence import Dependence
from foundation_causal.columns.schema import Schema
from foundation_causal.errors import InputError, counted
from foundation_causal.graphs import from_adjacency, titled
from foundation_causal.graphs.doubtful_edges import edge_table
from foundation_causal.graphs.mixed_graph import MixedGraph
from foundation_causal.runtime import one_thread

if TYPE_CHECKING:
    from discovery.search.dag_sampler import Posterior
    from discovery.search.refine import Refined

LEAST_EITHER = 0.5  # of an edge either way, from which on two columns whose edge was left out may be joined
MOST_GRAPHS = 10_000  # of which weights are made; they come from 1,000 draws


@dataclass(frozen=True, eq=False)
class Prediction:
    """A graph over the user's columns, and how probable every edge is.

    Attributes:
        probabilities: `[d, d]`, row `i`, column `j`: probability of `i -> j`, calibrated on simulated SCMs.
        graph: The predicted DAG. Its edges carry their probability as the attribute `probability`.
        family: The family of mechanisms whose score refined the graph, or None without refinement.
        search: The search that refined the graph, with its scores, or None; over the columns `searched`.
        determined: Columns that others determine exactly, which were left out of the search and then put
            below these (:mod:`discovery.determined`).
        confounded: `[d, d]`, symmetric: probability that the two columns share a hidden cause; None if it was
            not asked for, or the network knows of none.
        hidden: The pairs that may well share a hidden cause: those above .5, and those whose edge was left
            out of the graph for a hidden cause, which may be less probable than that.
        familiarity: How much the table is like those that the network was trained on: the share of these that
            lie at least as far from the others (:mod:`discovery.network.familiarity`); None if unknown.
        log_scale: The columns that were read on a logarithmic scale (:mod:`discovery.search.log_scale`).
        searched: The columns that are not determined, as text, in the order of the search, which is one of
            their own (:func:`discovery.preparation.own_columns`).
        rounded: The rounded numbers beside columns of levels or counts, for which directions are believed
            less (:func:`discovery.search.calibration.as_measured`).
    """

    probabilities: pd.DataFrame
    graph: nx.DiGraph
    family: str | None = None
    search: Refined | None = None
    determined: tuple[Dependence, ...] = ()
    confounded: pd.DataFrame | None = None
    hidden: tuple[tuple[Hashable, Hashable], ...] = ()
    familiarity: float | None = None
    log_scale: tuple[Hashable, ...] = ()
    searched: tuple[str, ...] = ()
    rounded: tuple[Hashable, ...] = ()

    @property
    def mixed_graph(self) -> MixedGraph:
        """The graph with a bidirected edge between the columns of each pair in `hidden`.

        The edges between them carry the probability of a hidden cause as the attribute `probability`.
        """
        pairs = nx.Graph()
        for first, second in self.hidden:
            chance: Any = None if self.confounded is None else self.confounded.at[first, second]
            pairs.add_edge(first, second, probability=None if chance is None else float(chance))
        return MixedGraph(self.graph, pairs)

    def __repr__(self) -> str:
        d, edges = len(self.probabilities), self.graph.number_of_edges()
        return (
            f"Prediction({counted(d, 'variable')}, {counted(edges, 'edge')}, {self.family or 'not refined'})"
        )

    def _repr_html_(self) -> str:
        from foundation_causal.plots.html_views import graph_view  # which imports matplotlib

        return graph_view(repr(self), self.graph, self.probabilities)

    @property
    def edges(self) -> pd.DataFrame:
        """One row for every edge: cause, effect, probability, that of the reverse, and what is doubtful.

        An edge is doubtful where its reverse is more probable, or it is itself less probable than not: the
        graph is one whole answer, and the probabilities are of each edge by itself.
        """
        return edge_table(self.graph, self.probabilities)

    def sample_graphs(self, k: int, seed: int = 0) -> list[nx.DiGraph]:
        """Draw `k` DAGs, edge by edge, from the probabilities; all are acyclic.

        Raises:
            InputError: `k` below 0, or no seed.
        """
        k = check_count("graphs to sample", k, 0)
        names = list(self.probabilities.columns)
        rng = np.random.default_rng(check_seed(seed))
        draws = sample_dags(self.probabilities.to_numpy(), k, rng)
        return [self._titled(from_adjacency(adjacency, names)) for adjacency in draws]

    def weighted_graphs(self, k: int, seed: int = 0) -> list[tuple[nx.DiGraph, float]]:
        """At most `k` DAGs with weights that sum to 1, the largest first: the posterior in few graphs.

        Unlike those of `sample_graphs`, they keep what the data say about edges jointly: they come from the
        scores of the search (`discovery.search.dag_sampler`). Knowledge is honoured. It takes about as
        long as the search did.

        Raises:
            InputError: `k` below 1, no seed, or a prediction that was not refined.

        Example:
            >>> from discovery import discover
            >>> from foundation_causal.simulate import p_in
            >>> prediction = discover(p_in(["linear"]).draw(scms=1, d=5, n=100, seed=4).frame(0))
            >>> sum(weight for _, weight in prediction.weighted_graphs(5))
            1.0
        """
        k = check_count("weighted graphs", k, 1, MOST_GRAPHS)
        check_seed(seed)
        if self._posterior is None:
            raise InputError("Weighted graphs come from the search; discover with refine=True.")
        names = [str(name) for name in self.probabilities.columns]
        kept, back = in_users_order(names, self.searched)
        with one_thread():
            weighted = self._posterior.weighted(k, seed)
        graphs = [(from_adjacency(adjacency[back], kept), weight) for adjacency, weight in weighted]
        graphs = self._without_hidden(graphs)
        if not self.determined:
            return [(self._titled(graph), weight) for graph, weight in graphs]
        whole = [(joined(graph, names, self.determined), weight) for graph, weight in graphs]
        return [(self._titled(graph), weight) for graph, weight in whole]

    def titled(self, schema: Schema) -> Prediction:
        """The prediction with what the user's table calls its columns, where that is no text."""
        if schema.titles == schema.names:
            return self
        titles = pd.Index(schema.titles)
        frame = self.probabilities.set_axis(titles, axis=0).set_axis(titles, axis=1)
        shared = self.confounded
        if shared is not None:
            shared = shared.set_axis(titles, axis=0).set_axis(titles, axis=1)
        called = dict(zip(schema.names, schema.titles, strict=True))
        hidden = tuple((called[str(first)], called[str(second)]) for first, second in self.hidden)
        graph = schema.titled(self.graph)
        logs, rounded = (tuple(called[str(name)] for name in part) for part in (self.log_scale, self.rounded))
        return replace(
            self,
            probabilities=frame,
            graph=graph,
            confounded=shared,
            hidden=hidden,
            log_scale=logs,
            rounded=rounded,
        )

    def _titled(self, graph: nx.DiGraph) -> nx.DiGraph:
        return titled(graph, self.probabilities.columns)

    def _without_hidden(self, graphs: list[tuple[nx.DiGraph, float]]) -> list[tuple[nx.DiGraph, float]]:
        """The graphs without the edges left out of the graph after the search; equal ones joined.

        These are edges between two columns that share a hidden cause or are hardly joined, either way, and
        those that the search had needed beside them (:func:`discovery.network.hidden_causes.needless`).
        """
        apart = [pair for pair in self.hidden if not self.graph.subgraph(pair).edges]
        out = {(str(a), str(b)) for pair in apart for a, b in (pair, pair[::-1])}
        removed = self._searched_edges - {(str(a), str(b)) for a, b in self.graph.edges}
        at = {str(name): place for place, name in enumerate(self.probabilities)}
        either = self.probabilities.to_numpy() + self.probabilities.to_numpy().T
        out |= removed | {(b, a) for a, b in removed if either[at[a], at[b]] < LEAST_EITHER}
        left: dict[frozenset[tuple[str, str]], tuple[nx.DiGraph, float]] = {}
        for graph, weight in graphs:
            graph.remove_edges_from(out)
            key = frozenset(graph.edges)
            left[key] = graph, weight + (left[key][1] if key in left else 0.0)
        return sorted(left.values(), key=lambda weighted: -weighted[1]) if out else graphs

    @property
    def _searched_edges(self) -> set[tuple[str, str]]:
        """The edges where the search ended, with those that were then left out."""
        if self.search is None:
            return set()
        found = from_adjacency(self.search.adjacency, list(self.searched))
        return set(found.edges)

    @cached_property
    def _posterior(self) -> Posterior | None:
        from discovery.search.dag_sampler import Posterior

        if self.search is None:
            return None
        with one_thread():
            return Posterior(self.search)
