"""What to adjust for, so that the rows tell the effect of one variable on another.

In a DAG without hidden causes that is a set of parents; where pairs of variables share hidden causes, there
may be no set that does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx

from foundation_causal.graphs.mixed_graph import MixedGraph


@dataclass(frozen=True)
class Adjustment:
    """How an effect is identified in a DAG without hidden causes.

    Attributes:
        treatment, outcome: Names.
        covariates: The variables to adjust for, in the order of the graph.
        path: The variables on directed paths from the treatment to the outcome, the outcome among them, in
            the order of the graph; empty where the treatment is no cause of the outcome.
    """

    treatment: str
    outcome: str
    covariates: tuple[str, ...]
    path: tuple[str, ...]


def adjustment(graph: nx.DiGraph, treatment: str, outcome: str) -> Adjustment:
    """The optimal adjustment set: the parents of the directed paths from treatment to outcome.

    The parents of all variables on these paths, without the paths themselves and the treatment, form a valid
    adjustment set whenever there is one, and among all valid sets that with which the effect has the least
    asymptotic variance (Henckel, Perkovic and Maathuis 2022, "Graphical criteria for efficient total effect
    estimation via adjustment in causal linear models", theorem 3.10; Rotnitzky and Smucler 2020 for
    nonparametric models).

    Args:
        graph: A DAG with all common causes in it.
        treatment: A node.
        outcome: Another node.

    Example:
        >>> adjustment(nx.DiGraph([("z", "t"), ("z", "y"), ("t", "m"), ("m", "y"), ("w", "y")]), "t", "y")
        Adjustment(treatment='t', outcome='y', covariates=('z', 'w'), path=('y', 'm'))
    """
    moved = nx.descendants(graph, treatment)
    on_path = moved & (nx.ancestors(graph, outcome) | {outcome})
    parents = {parent for node in on_path for parent in graph.predecessors(node)}
    covariates = parents - on_path - {treatment}
    order = list(graph)
    return Adjustment(
        treatment,
        outcome,
        tuple(node for node in order if node in covariates),
        tuple(node for node in order if node in on_path),
    )


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
