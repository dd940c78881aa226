"""What is built on causal models: files that keep them, graphs compared by them, scikit-learn's interface."""
