"""Structure: from observations to edge probabilities, an acyclic graph, and samples of graphs."""

from foundation_causal.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Knowledge": "discovery.knowledge:Knowledge",
        "Prediction": "discovery.prediction:Prediction",
        "Stability": "discovery.resampling:Stability",
        "bootstrap": "discovery.resampling:bootstrap",
        "discover": "discovery.pipeline:discover",
        "discover_many": "discovery.many.discover_many:discover_many",
        "evaluate_structure": "discovery.structure_evaluation:evaluate_structure",
        "evaluate_suite": "discovery.structure_evaluation:evaluate_suite",
        "learn_graph": "discovery.baselines:learn_graph",
        "models": "discovery.pipeline:models",
        "read_knowledge": "discovery.knowledge:read_knowledge",
        "write_knowledge": "discovery.knowledge:write_knowledge",
    },
)
