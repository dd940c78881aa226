"""Distributions of noise: fitted to residuals, and drawn from."""
