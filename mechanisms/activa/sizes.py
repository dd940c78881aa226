"""The sizes of the models: Table 4 of the paper, and one for real-valued interventions."""

from typing import Any

PAIR: dict[str, Any] = {"variables": (2, 2), "rows": (40, 40)}
EIGHT: dict[str, Any] = {
    "variables": (8, 8),
    "rows": (30, 30),
    "hidden": 512,
    "layers": 4,
    "decoder_layers": 4,
    "heads": 4,
}
SERGIO: dict[str, Any] = {"hidden": 256, "value": 0.0, "unit": 2.0, "jitter": 1e-3}
USER: dict[str, Any] = {
    "encoding": "value",
    "variables": (2, 12),
    "rows": (30, 1000),
    "hidden": 256,
    "heads": 4,
    "prior_components": 4,
    "components": 3,
    "dropout": 0.0,
    "guide_layers": 3,
    "reach": 10.0,
}
SIZES: dict[str, dict[str, Any]] = {
    "gauss-2": PAIR,
    "beta-2": PAIR,
    "gauss-8": EIGHT,
    "beta-8": EIGHT,
    "sergio": EIGHT | SERGIO,
    "wide": USER,
}
"""Arguments of :class:`mechanisms.activa.model.Activa` by the data that it is trained on.

The latent width, the unit and the jitter are ours: the paper does not tell them. Knocked-out genes stand at 0
exactly, so that SERGIO's jitter is all that bounds the density.
"""
BATCH = 256
LEARNING_RATE = {
    "gauss-2": 1e-3,
    "beta-2": 1e-3,
    "gauss-8": 5e-4,
    "beta-8": 5e-4,
    "sergio": 5e-4,
    "wide": 1e-3,
}
