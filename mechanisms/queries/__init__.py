"""Queries to a causal model: interventions, effects, conditions."""
