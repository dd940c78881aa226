"""Mechanisms: from data and a graph to functions, noise, samples, interventions and counterfactuals."""

from foundation_causal.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "AveragedModel": "mechanisms.averaged_model:AveragedModel",
        "CausalModel": "mechanisms.causal_model:CausalModel",
        "ExtrapolationWarning": "foundation_causal.errors:ExtrapolationWarning",
        "KernelModel": "mechanisms.kernel.kernel_model:KernelModel",
        "MechanismModel": "mechanisms.mechanism_model:MechanismModel",
        "Replace": "mechanisms.queries.interventions:Replace",
        "Shift": "mechanisms.queries.interventions:Shift",
        "evaluate_mechanisms": "mechanisms.mechanism_evaluation:evaluate_mechanisms",
        "fit_kernel": "mechanisms.kernel.kernel_model:fit_kernel",
        "fit_mechanisms": "mechanisms.methods:fit_mechanisms",
        "identify": "mechanisms.hidden_causes.id_algorithm:identify",
        "infer": "mechanisms.inference:infer",
        "infer_many": "mechanisms.applied.infer_many:infer_many",
        "solve": "mechanisms.solver:solve",
    },
)
