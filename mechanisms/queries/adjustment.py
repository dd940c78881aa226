"""What to adjust for, so that the rows tell the effect of one variable on another."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx


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
