"""Mechanisms: from data and a graph to functions, noise, samples, interventions and counterfactuals."""

from foundation_causal.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "AveragedModel": "mechanisms.average:AveragedModel",
        "CausalModel": "mechanisms.causal_model:CausalModel",
        "ExtrapolationWarning": "mechanisms.extrapolation:ExtrapolationWarning",
        "KernelModel": "mechanisms.kernel:KernelModel",
        "MechanismModel": "mechanisms.model:MechanismModel",
        "Replace": "mechanisms.interventions:Replace",
        "Shift": "mechanisms.interventions:Shift",
        "evaluate_mechanisms": "mechanisms.evaluation:evaluate_mechanisms",
        "fit_kernel": "mechanisms.kernel:fit_kernel",
        "fit_mechanisms": "mechanisms.methods:fit_mechanisms",
        "infer": "mechanisms.infer:infer",
        "solve": "mechanisms.solver:solve",
    },
)
