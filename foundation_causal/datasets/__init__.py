"""Data sets with a reference graph that installed packages carry; nothing is downloaded."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

from foundation_causal.checks import check_count, check_seed
from foundation_causal.datasets.entries import CATALOGUE
from foundation_causal.datasets.facts import Dataset, Facts
from foundation_causal.datasets.tuebingen import NOT_IN_CDT, SEVERAL_VARIABLES
from foundation_causal.errors import InputError, quoted

if TYPE_CHECKING:
    import networkx as nx
    import numpy as np

__all__ = [
    "Dataset",
    "Facts",
    "catalogue",
    "dataset_facts",
    "dataset_names",
    "load_dataset",
    "reference_graph",
]


def dataset_names(prefix: str = "") -> list[str]:
    """The names that :func:`load_dataset` knows, or those of them that begin with `prefix`.

    Going through the cause-effect pairs is `for name in dataset_names("tuebingen-")`.

    >>> [name for name in dataset_names() if not name.startswith("tuebingen-")]
    ['arth150', 'ecoli70', 'magic-irri', 'magic-niab', 'sachs']
    >>> dataset_names("tuebingen-")[:2], len(dataset_names("tuebingen-"))
    (['tuebingen-1', 'tuebingen-2'], 99)
    """
    return sorted((name for name in _LOADERS if name.startswith(prefix)), key=_counted)


def catalogue(prefix: str = "") -> list[Facts]:
    """The facts about every data set, or those whose names begin with `prefix`, without reading a file.

    It holds the five networks of DREAM4 too, of which there is no more than the reference graph.

    >>> [(facts.name, facts.rows, facts.edges) for facts in catalogue("dream4-")][:2]
    [('dream4-1', None, 176), ('dream4-2', None, 249)]
    """
    return [CATALOGUE[name] for name in sorted(CATALOGUE, key=_counted) if name.startswith(prefix)]


def dataset_facts(name: str) -> Facts:
    """The facts about one data set, without reading a file.

    Raises:
        InputError: An unknown name.

    >>> dataset_facts("tuebingen-1").title
    'altitude -> temperature (German weather service)'
    """
    if name not in CATALOGUE:
        raise _unknown(name)
    return CATALOGUE[name]


def reference_graph(name: str) -> nx.DiGraph:
    """The reference graph of a data set, for scoring; it need not be acyclic.

    Args:
        name: As for :func:`load_dataset`, or "dream4-1" to "dream4-5", whose rows no package carries.

    Raises:
        InputError: An unknown name, or a package that lacks the file.

    >>> graph = reference_graph("dream4-3")
    >>> graph.number_of_nodes(), graph.number_of_edges()
    (100, 195)
    """
    dataset_facts(name)
    from foundation_causal.datasets.readers import read_graph

    return read_graph(name)


def load_dataset(name: str, *, n: int | None = None, seed: int = 0) -> Dataset:
    """Load a data set.

    Args:
        name: "sachs" (7,466 rows, 11 columns, measured); one of the simulated "arth150" (107 columns),
            "ecoli70" (46), "magic-irri" (64) and "magic-niab" (44); or one of the measured pairs
            "tuebingen-1" to "tuebingen-104" (2 columns, cause and effect; 52 to 55 and 71 are missing).
        n: The number of rows. Measured ones are drawn without replacement and kept in order, None being all
            of them; simulated ones are drawn anew, None being 500.
        seed: Fixes the draw.

    Raises:
        InputError: An unknown name, more rows than there are, a seed that is none, a package that lacks the
            file.

    >>> data = load_dataset("ecoli70", n=30)
    >>> data.frame.shape, data.graph.number_of_edges()
    ((30, 46), 70)
    >>> load_dataset("sachs").conditions.value_counts().loc[["cd3+cd28", "pma"]].to_list()
    [853, 913]
    >>> pair = load_dataset("tuebingen-1")
    >>> pair.frame.shape, list(pair.graph.edges), pair.weight
    ((349, 2), [('altitude', 'temperature')], 0.166)
    """
    if not isinstance(name, str) or name not in _LOADERS:
        raise _unknown(name)
    if n is not None:
        check_count("rows", n, 1)
    check_seed(seed)
    from numpy.random import default_rng

    return _LOADERS[name](n, default_rng(seed))


def _load(name: str, n: int | None, random: np.random.Generator) -> Dataset:
    from foundation_causal.datasets.readers import conditions_of, read_frame, read_graph, targets_of

    facts, frame = CATALOGUE[name], read_frame(name, n, random)
    conditions = conditions_of(name, frame.index)
    mask = None if conditions is None else targets_of(conditions, frame.columns)
    frame = frame.reset_index(drop=True)
    return Dataset(name, frame, read_graph(name), facts.about, facts.weight, conditions, mask)


_LOADERS: dict[str, Callable[[int | None, np.random.Generator], Dataset]] = {
    facts.name: partial(_load, facts.name) for facts in CATALOGUE.values() if facts.rows is not None
}


def _unknown(name: str) -> InputError:
    """The error that says why no data set of that name can be loaded, and what can."""
    name = str(name)  # whatever was given is named in the sentence
    if name in CATALOGUE:
        return InputError(
            f"The package cdt carries the reference graph of '{name}' but not its rows; get them as "
            f"`foundation-causal datasets {name}` says."
        )
    kept_out = dict.fromkeys(SEVERAL_VARIABLES, "has several variables on one side")
    kept_out |= dict.fromkeys(NOT_IN_CDT, "is missing from the package cdt")
    number = name.removeprefix("tuebingen-")
    if number != name and number.isdecimal() and int(number) in kept_out:
        return InputError(f"Pair {int(number)} {kept_out[int(number)]}; choose another one up to 104.")
    if family := [facts.name for facts in catalogue(f"{name}-")]:
        return InputError(f"'{name}' is not one data set but several; choose one of {quoted(family)}.")
    if near := get_close_matches(name.lower(), list(CATALOGUE)):
        return InputError(f"There is no data set {quoted([name])}; the nearest names are {quoted(near)}.")
    return InputError(f"There is no data set {quoted([name])}; choose one of {quoted(dataset_names())}.")


def _counted(name: str) -> list[str]:
    """A sorting key that puts tuebingen-9 before tuebingen-10."""
    return [part.zfill(9) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
