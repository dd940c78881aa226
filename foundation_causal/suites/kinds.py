"""The SCMs of the suite "mechanisms": each kind breaks one assumption of a smooth model with steady noise."""

from __future__ import annotations

from foundation_causal.simulate import (
    MLP,
    Cauchy,
    ErdosRenyi,
    Exponential,
    Family,
    Gaussian,
    GaussianMixture,
    Linear,
    Multiplicative,
    Periodic,
    Polynomial,
    Prior,
    RandomFourier,
    Scaled,
    SigmoidAdditive,
    StudentT,
)
from foundation_causal.simulate.graph_priors import GraphPrior
from foundation_causal.simulate.mechanisms import Mechanism
from foundation_causal.simulate.named import IN_GRAPHS
from foundation_causal.simulate.noises import Noise

STEADY: tuple[Noise, ...] = (Gaussian((0.2, 2.0)),)
RFF = RandomFourier(length=(7.0, 10.0), output=(10.0, 20.0))
# Infinite variance for the t below 2 degrees of freedom and for the Cauchy, whose half-width is kept small.
HEAVY: tuple[Noise, ...] = (StudentT((0.2, 1.0), freedom=(1.2, 3.0)), Cauchy((0.1, 0.5)))
ODD: tuple[Noise, ...] = (GaussianMixture((0.2, 2.0), components=(2,), apart=4.0), Exponential((0.2, 2.0)))
# The h of the noise's scale, sqrt(log(1 + exp(h))), which changes three- to tenfold over most data.
SPREAD = Scaled(RandomFourier(length=(1.5, 3.0), output=(1.0, 1.0)), gain=(1.0, 3.0), bound=2.0)
DENSE: tuple[GraphPrior, ...] = (ErdosRenyi(edges=(5,)),)
GRAPHS: tuple[GraphPrior, ...] = tuple(IN_GRAPHS.values())


def _one(
    mechanism: Mechanism, noises: tuple[Noise, ...] = STEADY, heteroscedastic: Mechanism | None = None
) -> list[Prior]:
    """A prior for every family of graphs; where there are several noises each node has its own."""
    return [
        Prior((Family((graph,), (mechanism,), noises, heteroscedastic=heteroscedastic, mixed=True),))
        for graph in GRAPHS
    ]


# For each kind the number of variables, and priors from which equally many SCMs are drawn.
KINDS: dict[str, tuple[int, list[Prior]]] = {
    "mlp": (10, _one(Scaled(MLP(activation="tanh")))),
    "polynomial": (10, _one(Scaled(Polynomial(), bound=3.0))),
    "multiplicative": (10, _one(Scaled(Multiplicative(), bound=3.0))),
    "sigmoid-additive": (10, _one(Scaled(SigmoidAdditive()))),
    "periodic": (10, _one(Scaled(Periodic()))),
    "heavy-tailed": (10, _one(RFF, HEAVY)),
    "odd-noise": (10, _one(RFF, ODD)),
    "linear-heteroscedastic": (10, _one(Linear((1.0, 3.0)), STEADY, SPREAD)),
    "rff-heteroscedastic": (10, _one(RFF, STEADY, SPREAD)),
    # Ten variables have no room for five parents each.
    "dense": (20, [Prior((Family(DENSE, (RFF,), STEADY),))]),
}
