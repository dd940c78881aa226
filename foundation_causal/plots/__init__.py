"""Plots: a graph, a mechanism, marginals before and after interventions, effects, and how good methods are.

Each function draws into matplotlib axes and returns them, :func:`graph` one and the others an array of them;
nothing is written and no window opens. Unless the user gives axes, a figure is made that fits what is drawn:
`axes.figure`, or `axes[0].figure`, which notebooks show and `axes[0].figure.savefig("plot.png")` writes.
"""

from foundation_causal.plots.effects_plot import effects
from foundation_causal.plots.evaluation_plots import accuracy_time, precision_recall, reliability
from foundation_causal.plots.graph_plot import graph
from foundation_causal.plots.marginals_plot import After, marginals
from foundation_causal.plots.mechanism_plot import mechanism

__all__ = [
    "After",
    "accuracy_time",
    "effects",
    "graph",
    "marginals",
    "mechanism",
    "precision_recall",
    "reliability",
]
