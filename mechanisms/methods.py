"""The ways to infer mechanisms, each listed once: calls, help texts and docs are made from METHODS.

A way takes observations and a DAG, and gives a mechanism model.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from foundation_causal.errors import InputError, quoted

if TYPE_CHECKING:
    import networkx as nx

    from foundation_causal.columns.schema import Schema
    from foundation_causal.observations import Observations
    from mechanisms.mechanism_model import MechanismModel

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Method(NamedTuple):
    """A way to infer mechanisms.

    Attributes:
        name: What users and tables call it.
        about: What it is, in a line.
        function: Where it is, as "module:function"; imported when first used, as torch takes seconds.
        paper: Authors and year; empty for what is this project's own.
        trains: Whether a network is trained on the user's table, which takes seconds to minutes.
        has_posterior: Whether its functions can be drawn from a posterior, as intervals of effects do.
        options: Which arguments of the function it fixes.
        every_type: Whether it has structural equations for binary, ordinal, categorical and count columns;
            any other method takes their numbers for measurements, and categories of more than two levels not
            at all.
        rough: Whether functions that turn sharply take part if it is told so, by an argument of that name.
    """

    name: str
    about: str
    function: str
    paper: str = ""
    trains: bool = False
    has_posterior: bool = False
    options: Mapping[str, Any] = NOTHING
    every_type: bool = False
    rough: bool = False

    @property
    def description(self) -> str:
        """What it is, whether it trains, and which types of columns it takes, in a line."""
        trained = ", trained on the table" if self.trains else ""
        return f"{self.about}{trained}{'; every type of column' if self.every_type else ''}"

    def fit(self, data: Observations, graph: nx.DiGraph, **options: Any) -> MechanismModel:
        """Infer the mechanisms of observations along a DAG over their variables.

        Args:
            data: n rows of d variables.
            graph: The DAG.
            options: Other arguments of the function, such as `seed`.

        Raises:
            InputError: Data or graph cannot be used by this method.
        """
        module, _, name = self.function.partition(":")
        fit = getattr(import_module(module), name)
        return cast("MechanismModel", fit(data, graph, **{**self.options, **options}))


METHODS = {
    method.name: method
    for method in (
        Method(
            "kernel",
            "Gaussian processes in closed form; the scale of the noise may depend on the parents",
            "mechanisms.kernel.kernel_model:fit_kernel",
            "Rasmussen and Williams, 2006",
            has_posterior=True,
            every_type=True,
            rough=True,
        ),
        Method(
            "homoscedastic",
            "Gaussian processes in closed form, with noise of one scale for each variable",
            "mechanisms.kernel.kernel_model:fit_kernel",
            "Rasmussen and Williams, 2006",
            has_posterior=True,
            every_type=True,
            options={"heteroscedastic": False},
            rough=True,
        ),
        Method(
            "corrected",
            "homoscedastic Gaussian processes, corrected by a pretrained network",
            "mechanisms.corrector.corrected_model:fit_corrected",
        ),
        Method(
            "cond-fip",
            "Gaussian processes; a pretrained network reads kernels and noise off the rows and the graph",
            "mechanisms.cond_fip.cond_fip_model:fit_cond_fip",
            "Mahajan et al., 2024",
            has_posterior=True,
            every_type=True,
        ),
        Method(
            "fip",
            "a transformer whose attention follows the graph",
            "mechanisms.per_table.fip:fit_fip",
            "Scetbon et al., 2024",
            trains=True,
        ),
        Method(
            "deci",
            "message passing along the graph",
            "mechanisms.per_table.deci:fit_deci",
            "Geffner et al., 2022",
            trains=True,
        ),
        Method(
            "dowhy",
            "regressions of scikit-learn that DoWhy chooses by cross-validation",
            "mechanisms.dowhy_bridge:fit_dowhy",
            "Blöbaum et al., 2024",
        ),
        Method(
            "least-squares",
            "linear regression on the parents",
            "mechanisms.linear:least_squares",
        ),
    )
}


def methods_list() -> str:
    """The methods one by one, each with what it is, as they stand in docstrings."""
    lines = []
    for method in METHODS.values():
        paper = f" ({method.paper})" if method.paper else ""
        lines.append(f'- "{method.name}": {method.description}{paper}')
    return "\n".join(lines)


def check_method(method: str) -> None:
    """Refuse a method that there is not.

    Raises:
        InputError: The method is none of `METHODS`.
    """
    if not isinstance(method, str) or method not in METHODS:
        raise InputError(f"There is no way '{method}' to infer mechanisms; use one of {', '.join(METHODS)}.")


def refuse_categories(schema: Schema, method: str, elsewhere: str | None = None) -> None:
    """Refuse columns whose numbers mean nothing, for a method that would take them for measurements.

    Args:
        schema: The types of the columns.
        method: What the sentence calls it.
        elsewhere: Who takes such columns, for the sentence; by default the methods that take every type.

    Raises:
        InputError: There are categorical columns with more than two levels.
    """
    names = [column.name for column in schema if column.kind == "categorical" and len(column.labels) > 2]
    if names:
        from foundation_causal.columns.type_inference import leave_out  # needs pandas

        every = ", ".join(f"'{name}'" for name, found in METHODS.items() if found.every_type)
        elsewhere = elsewhere or f"ask a method that takes every type of column ({every})"
        raise InputError(
            f"{method} takes no categorical columns with more than two levels, such as {quoted(names)}; "
            f"{leave_out(names[0])}, order its levels if they have an order, or {elsewhere}."
        )


def fit_mechanisms(method: str, data: Observations, graph: nx.DiGraph, **options: Any) -> MechanismModel:
    """Infer mechanisms by one of these methods.

    {methods}

    Args:
        method: Its name.
        data: n rows of d variables.
        graph: A DAG over the variables.
        options: Other arguments of the method, such as `seed`.

    Raises:
        InputError: An unknown method, or data or a graph that it cannot use.
    """
    check_method(method)
    return METHODS[method].fit(data, graph, **options)


if fit_mechanisms.__doc__ is not None:  # python -OO leaves it out
    fit_mechanisms.__doc__ = fit_mechanisms.__doc__.replace(
        "{methods}", methods_list().replace("\n", "\n    ")
    )
