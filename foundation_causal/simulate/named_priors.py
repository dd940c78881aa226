"""Named distributions over SCMs. Each is a `Prior`: print it, copy it, edit it with `dataclasses.replace`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar, overload

from foundation_causal.errors import InputError, quoted, said
from foundation_causal.simulate.column_types import MixedPrior
from foundation_causal.simulate.functions import (
    MLP,
    Linear,
    Mechanism,
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
    GraphPrior,
    Layered,
    PrunedErdosRenyi,
    ScaleFree,
    StochasticBlock,
    WattsStrogatz,
)
from foundation_causal.simulate.noises import (
    Beta,
    Cauchy,
    Exponential,
    Gaussian,
    GaussianMixture,
    Laplace,
    Noise,
    StudentT,
    Uniform,
)
from foundation_causal.simulate.prior import Family, Interventions, Prior
from foundation_causal.types import Registered

Kind = Literal["linear", "rff"]
Option = TypeVar("Option")

IN_GRAPHS: dict[str, GraphPrior] = {
    "er": ErdosRenyi(edges=(1, 2, 3), clip=True),
    "sf-in": ScaleFree(edges=(1, 2, 3), direction="in"),
    "sf-out": ScaleFree(edges=(1, 2, 3), direction="out"),
}
OUT_GRAPHS: dict[str, GraphPrior] = {
    "ws": WattsStrogatz(dimensions=(2, 3), neighbours=(1,), rewiring=(0.3,)),
    "sbm": StochasticBlock(edges=(2,), blocks=(5, 10), damping=(0.1,), clip=True),
}
MIXTURE: Sequence[Mechanism] = (
    Scaled(Linear(weights=(0.5, 2.0))),
    Scaled(RandomFourier(length=(0.8, 2.5), output=(1.0, 1.0))),
    Scaled(Polynomial(), bound=3.0),
    Scaled(MLP(activation="tanh")),
    Scaled(MLP(activation="relu")),
    Scaled(SigmoidAdditive()),
    Scaled(Multiplicative(), bound=3.0),
    Scaled(Periodic()),
)
"""The eight families of "wide", each on the scale of its parents."""


def p_in(
    kinds: Sequence[Kind] = ("linear", "rff"),
    graphs: Sequence[str] = tuple(IN_GRAPHS),
    noises: Sequence[Noise] = (Gaussian((0.2, 2.0)),),
) -> Prior:
    """The training distribution of Cond-FiP (Mahajan et al., 2024, section 5; settings of AVICI).

    Erdos-Renyi and scale-free graphs, 1 to 3 edges per node; linear mechanisms with one noise scale for all
    nodes, RFF with one for each.

    Args:
        kinds: "linear", "rff", or both.
        graphs: Keys of `IN_GRAPHS`.
        noises: Gaussian in the paper.
    """
    linear = Family(_pick(graphs, IN_GRAPHS), (Linear((1, 3)),), tuple(noises))
    return Prior(_linear_and_rff(kinds, linear, RandomFourier((7, 10), (10, 20)), shared_noise=True))


def p_out(
    kinds: Sequence[Kind] = ("linear", "rff"),
    graphs: Sequence[str] = tuple(OUT_GRAPHS),
    noises: Sequence[Noise] = (Laplace((0.2, 2.0)),),
) -> Prior:
    """The shifted distribution that Cond-FiP is tested on: other graphs, wider mechanisms, Laplace noise.

    Args:
        kinds: "linear", "rff", or both.
        graphs: Keys of `OUT_GRAPHS`.
        noises: Laplace in the paper.
    """
    linear = Family(_pick(graphs, OUT_GRAPHS), (Linear((0.5, 4)),), tuple(noises))
    return Prior(_linear_and_rff(kinds, linear, RandomFourier((5, 12), (8, 22))))


def avici_wide() -> Prior:
    """The distribution of AVICI's model scm-v0 (Lorch et al., 2022; the model's published settings).

    A third each: linear, linear with heteroscedastic noise, and RFF with heteroscedastic noise.
    """
    graphs = (
        ErdosRenyi(edges=(1, 2, 3), clip=True),
        ScaleFree(edges=(1, 2, 3), power=(0.7, 1.0, 1.2, 1.5), direction="out"),
        ScaleFree(edges=(1, 2, 3), power=(0.7, 1.0, 1.2, 1.5), direction="in"),
        WattsStrogatz(dimensions=(2, 3), neighbours=(1, 2), rewiring=(0.2, 0.4)),
        StochasticBlock(edges=(1, 2, 3), blocks=(2, 5, 10), damping=(0.1,), clip=True),
        Geometric(radius=(0.08, 0.1, 0.15)),
    )
    linear = (Linear((0.25, 2.0)), Linear((2.0, 4.0)), Linear((0.25, 4.0)))
    rff = tuple(
        RandomFourier(length, output)
        for length in ((5.0, 8.0), (8.0, 12.0), (5.0, 12.0))
        for output in ((8.0, 15.0), (15.0, 22.0), (8.0, 22.0))
    )
    steady, unit = (
        (*[Gaussian(scale)] * 3, *[Laplace(scale)] * 2, Cauchy(scale)) for scale in ((0.2, 2.0), (1.0, 1.0))
    )
    spread = RandomFourier(length=(10.0, 10.0), output=(2.0, 2.0))
    return Prior(
        families=(
            Family(graphs, linear, steady),
            Family(graphs, linear, unit, heteroscedastic=spread),
            Family(graphs, rff, unit, heteroscedastic=spread),
        ),
        n=(600, 600),
        interventions=Interventions(share=(0.5, 1.0), values=(1.0, 5.0)),
    )


def wide() -> Prior:
    """Seven families of graphs, eight of mechanisms and eight of noise.

    Four equal parts: the eight families of mechanisms, one for each SCM; the same mixed within an SCM; the
    same with heteroscedastic noise; and raw mechanisms, linear as in P_IN and AVICI and RFF as in P_OUT,
    under every noise.
    """
    graphs = (
        ErdosRenyi(edges=(0.5, 1, 1.5, 2, 3), clip=True),
        ScaleFree(edges=(1, 2, 3), power=(0.5, 1.0, 1.5), direction="in"),
        ScaleFree(edges=(1, 2, 3), power=(0.5, 1.0, 1.5), direction="out"),
        WattsStrogatz(dimensions=(1, 2, 3), neighbours=(1, 2), rewiring=(0.1, 0.3, 0.5)),
        StochasticBlock(edges=(1, 2, 3), blocks=(2, 5, 10), damping=(0.05, 0.1, 0.3), clip=True),
        Geometric(radius=(0.1, 0.15, 0.25)),
        Layered(layers=(2, 3, 4, 6), probability=0.4),
    )
    noises = _every_noise((0.2, 2.0))
    spread = RandomFourier(length=(10.0, 10.0), output=(2.0, 2.0))
    raw = (Linear((1.0, 3.0)), Linear((0.25, 2.0)), RandomFourier((5.0, 12.0), (8.0, 22.0)))
    return Prior(
        families=(
            Family(graphs, MIXTURE, noises),
            Family(graphs, MIXTURE, noises, mixed=True),
            Family(graphs, MIXTURE, _every_noise((1.0, 1.0)), heteroscedastic=spread),
            Family(graphs, raw, noises),
        ),
        d=(2, 100),
        n=(30, 5000),
        interventions=Interventions(),
    )


def mixed() -> MixedPrior:
    """Tables of numbers, counts, 0/1, ordered levels and categories, on the graphs of "wide"."""
    mechanisms: Sequence[Mechanism] = (
        Linear(weights=(0.5, 2.0)),
        Linear(weights=(0.5, 2.0)),
        RandomFourier(length=(0.8, 2.5), output=(1.0, 1.0)),
        Polynomial(),
        MLP(activation="tanh"),
        MLP(activation="relu"),
        SigmoidAdditive(),
        Multiplicative(),
        Periodic(),
    )
    gaussian = (Gaussian((1.0, 1.0)),) * 4
    return MixedPrior(wide().families[0].graphs, mechanisms, (*gaussian, *_every_noise((1.0, 1.0))))


def activa(noise: Literal["gauss", "beta"]) -> Prior:
    """The linear SCMs of ACTIVA: weights on +-[0.5, 2], no bias, N(0, 0.5^2) or Beta noise.

    Args:
        noise: "gauss" or "beta".
    """
    noises: dict[str, Noise] = {"gauss": Gaussian((0.5, 0.5)), "beta": Beta()}
    if noise not in noises:
        raise InputError(f"There is no noise {noise!r} in ACTIVA's data; use 'gauss' or 'beta'.")
    family = Family((PrunedErdosRenyi(0.3),), (Linear((0.5, 2.0)),), (noises[noise],), bias=(0.0, 0.0))
    return Prior((family,), d=(2, 8), n=(30, 40))


PRIORS: dict[str, Registered[Prior]] = {
    "p-in": Registered(
        p_in, "Cond-FiP's training SCMs: linear or random Fourier mechanisms, Gaussian noise."
    ),
    "p-out": Registered(p_out, "Cond-FiP's shifted SCMs: other graphs, wider mechanisms, Laplace noise."),
    "avici-wide": Registered(
        avici_wide, "The SCMs of AVICI's model scm-v0, two in three with heteroscedastic noise."
    ),
    "wide": Registered(wide, "Seven families of graphs, eight of mechanisms, eight of noise."),
    "activa-gauss": Registered(
        lambda: activa("gauss"), "The linear SCMs of ACTIVA, weights on ±[0.5, 2], Gaussian noise."
    ),
    "activa-beta": Registered(lambda: activa("beta"), "The same with Beta noise."),
}

TYPED_PRIORS: dict[str, Registered[MixedPrior]] = {
    "mixed": Registered(mixed, "Tables of numbers, counts, 0/1, ordered levels and categories."),
}


@overload
def prior(name: Literal["mixed"]) -> MixedPrior: ...  # type: ignore[overload-overlap]
@overload
def prior(name: str) -> Prior: ...
def prior(name: str) -> Prior | MixedPrior:
    """Make a named distribution over SCMs: one of `PRIORS`, or of `TYPED_PRIORS`, whose columns have types.

    Raises:
        InputError: An unknown name.

    Example:
        >>> prior("p-in").families[0].graphs[0]
        ErdosRenyi(edges=(1, 2, 3), clip=True)
    """
    known: dict[str, Registered[Any]] = {**PRIORS, **TYPED_PRIORS}
    if not isinstance(name, str) or name not in known:
        raise InputError(f"There is no prior {said(name)}; use one of {', '.join(known)}.")
    made: Prior | MixedPrior = known[name].make()
    return made


def _linear_and_rff(
    kinds: Sequence[Kind], linear: Family, mechanism: RandomFourier, *, shared_noise: bool = False
) -> tuple[Family, ...]:
    """The linear family, the same with an RFF mechanism, or both."""
    families = {
        "linear": replace(linear, shared_noise=shared_noise),
        "rff": replace(linear, mechanisms=(mechanism,)),
    }
    return tuple(dict.fromkeys(_pick(kinds, families)))


def _every_noise(scale: tuple[float, float]) -> Sequence[Noise]:
    return (
        Gaussian(scale), Laplace(scale), Cauchy((0.1 * scale[0], 0.25 * scale[1])), Uniform(scale),
        Exponential(scale), Beta(scale=(2 * scale[0], 4 * scale[1])), StudentT(scale), GaussianMixture(scale),
    )  # fmt: skip


def _pick(names: Sequence[str], options: dict[str, Option]) -> tuple[Option, ...]:
    unknown = [name for name in names if name not in options]
    if unknown or not names:
        raise InputError(
            f"There is no {quoted(unknown) or 'empty choice'} here; use {quoted(list(options))}."
        )
    return tuple(options[name] for name in names)
