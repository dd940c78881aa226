"""What to adjust for where pairs of variables share hidden causes."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx

from foundation_causal.graphs.mixed_graph import MixedGraph


def adjustment_set(graph: MixedGraph, treatment: str, outcome: str) -> tuple[str, ...] | None:
    """Variables to adjust for, in the order of the graph; None where no set of variables will do.

    They are what tells most of the variables on the directed paths to the outcome: the parents of these and
    of what bidirected edges connect with them, among the ancestors of treatment and outcome, without what the
    treatment moves. Without bidirected edges it is the optimal set of Henckel, Perkovic and Maathuis 2022,
    and with them that of Runge 2021 ("Necessary and sufficient graphical conditions for optimal adjustment
    sets in causal graphical models with hidden variables") among the ancestors.

    Args:
        graph: An acyclic directed mixed graph.
        treatment: A node.
        outcome: Another one, its effect.

    >>> adjustment_set(MixedGraph([("z", "t"), ("t", "y"), ("w", "y")], [("z", "y")]), "t", "y")
    ('z', 'w')
    >>> print(adjustment_set(MixedGraph([("t", "m"), ("m", "y")], [("t", "y")]), "t", "y"))
    None
    """
    path = causal_path(graph, treatment, outcome)
    forbidden = path.union(*(nx.descendants(graph.directed, node) for node in path)) | {treatment}
    reachable = graph.ancestors([treatment, outcome]) - forbidden
    joined, waiting = set(path), list(path)
    while waiting:
        near = set(graph.bidirected[waiting.pop()]) & reachable - joined
        joined |= near
        waiting.extend(near)
    parents = {parent for node in joined for parent in graph.directed.predecessors(node)}
    chosen = (joined | parents) - forbidden
    found = tuple(node for node in graph.nodes if node in chosen)
    return found if adjusts(graph, treatment, outcome, found) else None


def adjusts(graph: MixedGraph, treatment: str, outcome: str, covariates: Iterable[str]) -> bool:
    """Whether a set of variables is one to adjust for (Shpitser, VanderWeele and Robins 2010).

    It must hold nothing that the directed paths to the outcome move, and block all other paths.

    Args:
        graph: An acyclic directed mixed graph.
        treatment: A node.
        outcome: Another one.
        covariates: The set.
    """
    path, given = causal_path(graph, treatment, outcome), set(covariates)
    moved = path.union(*(nx.descendants(graph.directed, node) for node in path))
    if given & (moved | {treatment, outcome}):
        return False
    arrows = [edge for edge in graph.directed.edges if not (edge[0] == treatment and edge[1] in path)]
    return MixedGraph(arrows, graph.bidirected, graph.nodes).separated([treatment], [outcome], given)


def causal_path(graph: MixedGraph, treatment: str, outcome: str) -> set[str]:
    """The variables on directed paths from the treatment to the outcome, the outcome among them."""
    moved: set[str] = nx.descendants(graph.directed, treatment)
    return moved & graph.ancestors([outcome])


def adjusted_dag(graph: MixedGraph, treatment: str, outcome: str, covariates: Iterable[str]) -> nx.DiGraph:
    """A DAG in which the covariates are the causes that treatment and outcome have in common.

    What the treatment moves keeps its arrows; all other variables are left alone.
    """
    dag = nx.DiGraph()
    dag.add_nodes_from(graph.nodes)
    moved = {treatment, *nx.descendants(graph.directed, treatment)}
    dag.add_edges_from(edge for edge in graph.directed.edges if set(edge) <= moved)
    dag.add_edges_from((z, end) for z in covariates for end in (treatment, outcome))
    return dag
