"""DECI with the graph given: message passing, trained on one data set (Geffner et al., 2022)."""

from foundation_causal.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {"fit_deci": "mechanisms.deci.fit:fit_deci"})
