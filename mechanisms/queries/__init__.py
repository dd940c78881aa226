"""What is asked of a causal model: interventions, effects, conditions."""
