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
