"""The methods that find graphs, each listed once: calls, help texts and docs are made from METHODS."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from foundation_causal.checks import as_list
from foundation_causal.errors import InputError, said

if TYPE_CHECKING:
    import pandas as pd

    from foundation_causal.types import Array


class Method(NamedTuple):
    """A method that finds graphs.

    Attributes:
        name: What users and tables call it.
        about: What it is, in a line, and what it answers with.
        paper: Authors and year; empty for what is this project's own, or nobody's.
        package: The package that runs it, under the name by which Python imports it; empty for this one.
        learn: From standardized rows `[n, d]` to a pattern `[d, d]`, of a method for measurements.
        learn_table: From a table with types, whose columns all vary, to a pattern, of a method for discrete
            or mixed tables. Without either the method is this project's own, which
            :func:`discovery.pipeline.predict` carries out.
        refine: Whether the network's answer is refined, of this project's own methods.
        extra: Which extra of this project installs the package.
    """

    name: str
    about: str
    paper: str = ""
    package: str = ""
    learn: Callable[[Array], Array] | None = None
    learn_table: Callable[[pd.DataFrame], Array] | None = None
    refine: bool = False
    extra: str = "baselines"


def _learned(module: str, function: str, rows: Any) -> Array:
    """What a function of a module answers, imported at its first call so that help texts come at once."""
    pattern: Array = getattr(import_module(module), function)(rows)
    return pattern


def _baseline(function: str) -> Callable[[Array], Array]:
    return partial(_learned, "discovery.baselines", function)


def _table_baseline(function: str) -> Callable[[pd.DataFrame], Array]:
    return partial(_learned, "discovery.table_baselines", function)


METHODS = {
    method.name: method
    for method in (
        Method("foundation-causal", "the pretrained network, refined by a search; a DAG", refine=True),
        Method("network", "the pretrained network alone; a DAG"),
        Method(
            "PC",
            "tests of independence, Fisher's z at level 0.05; a pattern",
            "Spirtes et al., 2000",
            "causallearn",
            _baseline("pc"),
        ),
        Method(
            "GES",
            "greedy equivalence search with BIC; a CPDAG",
            "Chickering, 2002",
            "causallearn",
            _baseline("ges"),
        ),
        Method(
            "GRaSP",
            "greedy relaxations of the sparsest permutation with BIC; a CPDAG",
            "Lam et al., 2022",
            "causallearn",
            _baseline("grasp"),
        ),
        Method(
            "BOSS",
            "best order score search with BIC; a CPDAG",
            "Andrews et al., 2023",
            "causallearn",
            _baseline("boss"),
        ),
        Method(
            "FLOP",
            "fast learning of orders and parents with BIC, not seeded; a CPDAG",
            "Wienöbst et al., 2025",
            "flopsearch",
            _baseline("flop"),
        ),
        Method(
            "DirectLiNGAM",
            "an order by independent residuals, for noise that is not Gaussian; a DAG",
            "Shimizu et al., 2011",
            "lingam",
            _baseline("direct_lingam"),
        ),
        Method(
            "DAGMA",
            "linear least squares under a smooth constraint on cycles; a DAG",
            "Bello et al., 2022",
            "dagma",
            _baseline("dagma"),
        ),
        Method(
            "NOTEARS",
            "linear least squares under a smooth constraint on cycles; a DAG",
            "Zheng et al., 2018",
            "castle",
            _baseline("notears"),
        ),
        Method(
            "NOTEARS-MLP",
            "NOTEARS with a network of 10 hidden units for each variable; a DAG",
            "Zheng et al., 2020",
            "castle",
            _baseline("notears_mlp"),
        ),
        Method(
            "R2-SortnRegress",
            "regressions in the order of an artifact of simulations, how well the others predict; a DAG",
            "Reisach et al., 2023",
            "CausalDisco",
            _baseline("r2_sort_regress"),
        ),
        Method(
            "RandomRegress",
            "regressions in a random order, for how good directions are by chance; a DAG",
            "",
            "CausalDisco",
            _baseline("random_regress"),
        ),
        Method(
            "HC-BIC",
            "discrete: hill climbing with BIC; a CPDAG",
            "Heckerman et al., 1995",
            "pgmpy",
            learn_table=_table_baseline("hill_climbing_bic"),
        ),
        Method(
            "HC-BDeu",
            "discrete: hill climbing with BDeu, sample size 10; a CPDAG",
            "Heckerman et al., 1995",
            "pgmpy",
            learn_table=_table_baseline("hill_climbing_bdeu"),
        ),
        Method(
            "HC-CG",
            "mixed: hill climbing with the conditional Gaussian BIC; a CPDAG",
            "Andrews et al., 2018",
            "pgmpy",
            learn_table=_table_baseline("hill_climbing_cg"),
        ),
        Method(
            "PC-chi2",
            "discrete: PC, chi-square test at level 0.05; a pattern",
            "Spirtes et al., 2000",
            "pgmpy",
            learn_table=_table_baseline("pc_chi_square"),
        ),
        Method(
            "PC-G2",
            "discrete: PC, G-squared test at level 0.05; a pattern",
            "Spirtes et al., 2000",
            "pgmpy",
            learn_table=_table_baseline("pc_g_squared"),
        ),
        Method(
            "GES-BDeu",
            "discrete: greedy equivalence search with BDeu; a CPDAG",
            "Chickering, 2002",
            "causallearn",
            learn_table=_table_baseline("ges_bdeu"),
        ),
        Method(
            "BOSS-BDeu",
            "discrete: best order score search with BDeu, the best of 4 orders; a CPDAG",
            "Andrews et al., 2023",
            "causallearn",
            learn_table=_table_baseline("boss_bdeu"),
        ),
        Method(
            "MIIC",
            "discrete: multivariate information; a pattern",
            "Verny et al., 2017",
            "pyagrum",
            learn_table=_table_baseline("miic"),
        ),
        Method(
            "GHC-BDeu",
            "discrete: greedy hill climbing with BDeu; a CPDAG",
            "Heckerman et al., 1995",
            "pyagrum",
            learn_table=_table_baseline("greedy_hill_climbing"),
        ),
        Method(
            "HC-bnlearn",
            "discrete: hill climbing with BIC as the package bnlearn sets it; a CPDAG",
            "Heckerman et al., 1995",
            "bnlearn",
            learn_table=_table_baseline("hill_climbing_bnlearn"),
            extra="tables",
        ),
        Method(
            "GES-andrey",
            "mixed: greedy equivalence search with BDeu or the conditional Gaussian BIC; a CPDAG",
            "Chickering, 2002",
            "andrey",
            learn_table=_table_baseline("andrey_ges"),
            extra="tables",
        ),
        Method(
            "BOSS-andrey",
            "mixed: best order score search with BDeu or the conditional Gaussian BIC; a CPDAG",
            "Andrews et al., 2023",
            "andrey",
            learn_table=_table_baseline("andrey_boss"),
            extra="tables",
        ),
    )
}
OURS = {
    name: method.refine
    for name, method in METHODS.items()
    if method.learn is None and method.learn_table is None
}
LEARNERS = tuple(name for name in METHODS if name not in OURS)
OF_TABLES = tuple(name for name, method in METHODS.items() if method.learn_table is not None)


def is_installed(name: str) -> bool:
    """Whether the package that a method needs is there."""
    package = METHODS[name].package
    return not package or find_spec(package) is not None


def check_methods(names: Iterable[str], among: Collection[str] = tuple(METHODS)) -> None:
    """Refuse, before the work begins, what cannot be done.

    Raises:
        InputError: No list of names, a method that is not `among` those known, or whose package is not
            installed.
    """
    for name in listed_methods(names):
        if not isinstance(name, str) or name not in among:
            raise InputError(f"'{name}' is not a known method; use one of {', '.join(among)}.")
        if not is_installed(name):
            raise InputError(
                f"{name} needs the package '{METHODS[name].package}', which is not installed: "
                f"pip install 'foundation-causal[{METHODS[name].extra}]'."
            )


def listed_methods(methods: object) -> list[Any]:
    """The methods as a list.

    Raises:
        InputError: It is no list of names, as a single name is none.
    """
    listed = as_list(methods)
    if listed is None:
        raise InputError(f"methods is {said(methods)}; give a list of names.")
    return listed


def methods_table() -> str:
    """The methods as a table in Markdown, as it stands in docs/structure-evaluation.md."""
    lines = ["| name | what it is, and its answer | paper | imports |", "|---|---|---|---|"]
    for method in METHODS.values():
        lines.append(
            f"| `{method.name}` | {method.about} | {method.paper or '-'} | {method.package or '-'} |"
        )
    return "\n".join(lines)
