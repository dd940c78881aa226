"""The kernel model: Gaussian processes on the parents, without training."""
