"""FiP: a transformer whose attention follows the graph, trained on one data set (Scetbon et al., 2024)."""

from foundation_causal.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {"fit_fip": "mechanisms.fip.fit:fit_fip"})
