"""The two pictures of a run: the graph, and each variable's marginal before and after the interventions."""

from cli.pictures.graph import draw_graph
from cli.pictures.marginals import After, draw_marginals

__all__ = ["After", "draw_graph", "draw_marginals"]
