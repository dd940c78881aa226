"""The local score of curved mechanisms: Gaussian process regressions in batches, and their noise."""
