"""Batched simulators of structural causal models (SCMs), in torch.

`prior("wide")` names a distribution over SCMs, `.draw(...)` draws a batch of them with rows, and `SCMBatch`
evaluates, samples and intervenes on all of them at once.
"""

from foundation_causal.simulate.column_types import MixedPrior, TypedBatch
from foundation_causal.simulate.functions import (
    MLP,
    Linear,
    Multiplicative,
    Periodic,
    Polynomial,
    RandomFourier,
    Scaled,
    SigmoidAdditive,
)
from foundation_causal.simulate.graph_priors import (
    ErdosRenyi,
    Geometric,
    GivenGraph,
    Layered,
    PrunedErdosRenyi,
    ScaleFree,
    StochasticBlock,
    WattsStrogatz,
)
from foundation_causal.simulate.named_priors import PRIORS, TYPED_PRIORS, p_in, p_out, prior
from foundation_causal.simulate.noises import (
    Beta,
    Cauchy,
    Exponential,
    Gaussian,
    GaussianMixture,
    Laplace,
    StudentT,
    Uniform,
)
from foundation_causal.simulate.prior import Family, Interventions, Prior
from foundation_causal.simulate.random import Random
from foundation_causal.simulate.scm import Do, SCMBatch

__all__ = [
    "MLP",
    "PRIORS",
    "TYPED_PRIORS",
    "Beta",
    "Cauchy",
    "Do",
    "ErdosRenyi",
    "Exponential",
    "Family",
    "Gaussian",
    "GaussianMixture",
    "Geometric",
    "GivenGraph",
    "Interventions",
    "Laplace",
    "Layered",
    "Linear",
    "MixedPrior",
    "Multiplicative",
    "Periodic",
    "Polynomial",
    "Prior",
    "PrunedErdosRenyi",
    "Random",
    "RandomFourier",
    "SCMBatch",
    "ScaleFree",
    "Scaled",
    "SigmoidAdditive",
    "StochasticBlock",
    "StudentT",
    "TypedBatch",
    "Uniform",
    "WattsStrogatz",
    "p_in",
    "p_out",
    "prior",
]
