"""Interventional distributions by several roads, with and without a graph, and how they are judged."""
