"""The pictures: a graph, marginals before and after interventions, and how good methods are."""

from foundation_causal.plots.accuracy import draw_accuracy_time, draw_precision_recall, draw_reliability
from foundation_causal.plots.graph import draw_graph
from foundation_causal.plots.marginals import After, draw_marginals

__all__ = [
    "After",
    "draw_accuracy_time",
    "draw_graph",
    "draw_marginals",
    "draw_precision_recall",
    "draw_reliability",
]
