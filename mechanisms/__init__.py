"""Mechanisms: from observations and a graph to functions, noise, samples, interventions and counterfactuals."""
