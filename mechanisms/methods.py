"""Every way to infer mechanisms, by name: observations and a DAG in, a mechanism model out."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

import networkx as nx

from foundation_causal.errors import InputError
from foundation_causal.observations import Observations
from mechanisms.linear import least_squares
from mechanisms.mechanism_model import MechanismModel

Fit = Callable[[Observations, nx.DiGraph], MechanismModel]


def _lazy(where: str, name: str) -> Fit:
    """A function whose module is imported at its first call: torch alone takes seconds."""

    def fit(data: Observations, graph: nx.DiGraph, **options: Any) -> MechanismModel:
        return cast(MechanismModel, getattr(import_module(where), name)(data, graph, **options))

    fit.__doc__ = f"See :func:`{where}.{name}`."
    return fit


def homoscedastic(data: Observations, graph: nx.DiGraph, *, seed: int = 0) -> MechanismModel:
    """The kernel model with noise of one scale for each variable, whatever its parents."""
    from mechanisms.kernel.kernel_model import fit_kernel

    return fit_kernel(data, graph, seed=seed, heteroscedastic=False)


FITS: dict[str, Fit] = {
    "kernel": _lazy("mechanisms.kernel.kernel_model", "fit_kernel"),
    "homoscedastic": homoscedastic,
    "corrected": _lazy("mechanisms.corrector.corrected_model", "fit_corrected"),
    "cond-fip": _lazy("mechanisms.cond_fip.cond_fip_model", "fit_cond_fip"),
    "fip": _lazy("mechanisms.per_table.fip", "fit_fip"),
    "deci": _lazy("mechanisms.per_table.deci", "fit_deci"),
    "dowhy": _lazy("mechanisms.dowhy_bridge", "fit_dowhy"),
    "least-squares": least_squares,
}


def check_method(method: str) -> None:
    """Refuse a method that there is not.

    Raises:
        InputError: as said.
    """
    if not isinstance(method, str) or method not in FITS:
        raise InputError(f"There is no way '{method}' to infer mechanisms; use one of {', '.join(FITS)}.")


def fit_mechanisms(method: str, data: Observations, graph: nx.DiGraph, **options: Any) -> MechanismModel:
    """Infer mechanisms by the named method.

    "kernel", "homoscedastic" (the same, but the noise of a variable has one scale, whatever its parents),
    "corrected" and "cond-fip" train nothing; "fip" and "deci" train a network on the data, which takes
    seconds to minutes; "dowhy" chooses among scikit-learn's regressions.

    Raises:
        InputError: an unknown method, or what the method says of data and graph.
    """
    check_method(method)
    return FITS[method](data, graph, **options)


NETWORKS = {
    "mechanisms": ("mechanisms.cond_fip.network", "CondFiP"),
    "corrections": ("mechanisms.corrector.network", "Corrector"),
    "interventions": ("mechanisms.graph_free.activa.network", "Activa"),
}

ABOUT = {
    "cond-fip": ("mechanisms", "mechanisms of any SCM from data and graph; see its card"),
    "corrector": ("corrections", "corrects the kernel model where it tends to err"),
    "activa": ("interventions", "what do(X = v) does to 2 to 12 variables, no graph needed; see its card"),
    "activa-gauss-2": ("interventions", "do(X = 5) in ACTIVA's linear SCMs: Gaussian noise, 2 variables"),
    "activa-beta-2": ("interventions", "the same with Beta noise"),
    "activa-gauss-8": ("interventions", "the same with Gaussian noise and 8 variables"),
    "activa-beta-8": ("interventions", "the same with Beta noise and 8 variables"),
    "activa-sergio": ("interventions", "knock-outs among 8 genes in SERGIO's cells"),
}


def models() -> list[dict[str, str | int]]:
    """The bundled models of mechanisms and interventions: name, kind, parameters, folder and purpose."""
    from foundation_causal.networks.pretrained import (
        WEIGHTS,
        bundled_models,
        load_pretrained,
        parameter_count,
    )

    return [
        {
            "name": name,
            "kind": kind,
            "parameters": parameter_count(load_pretrained(_network(kind), name)),
            "folder": str(WEIGHTS / name),
            "about": about,
        }
        for name, (kind, about) in ABOUT.items()
        if name in bundled_models()
    ]


def _network(kind: str) -> Any:
    where, name = NETWORKS[kind]
    return getattr(import_module(where), name)
