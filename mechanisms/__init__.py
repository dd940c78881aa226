"""Mechanisms: from data and a graph to functions, noise, samples, interventions and counterfactuals."""

from foundation_causal.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "CausalModel": "mechanisms.causal_model:CausalModel",
        "KernelModel": "mechanisms.kernel:KernelModel",
        "MechanismModel": "mechanisms.model:MechanismModel",
        "evaluate_mechanisms": "mechanisms.evaluation:evaluate_mechanisms",
        "fit_kernel": "mechanisms.kernel:fit_kernel",
        "infer": "mechanisms.infer:infer",
        "solve": "mechanisms.solver:solve",
    },
)
