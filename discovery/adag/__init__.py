"""ADAG: one attention network for a whole family of linear data sets (Yin, Gao and Yu, 2025)."""

from foundation_causal.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "ADAG": "discovery.adag.network:ADAG",
        "fit_adag": "discovery.adag.train:fit_adag",
        "read_domains": "discovery.adag.data:read_domains",
    },
)
