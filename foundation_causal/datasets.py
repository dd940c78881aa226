"""Data sets with a reference graph that installed packages carry; nothing is downloaded."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from foundation_causal.errors import InputError, quoted

ECOLI_ROWS = 500

SACHS = """
Amounts of 11 phosphorylated proteins and phospholipids in single human immune cells, by flow cytometry,
7,466 cells, in units of fluorescence (Sachs, Perez, Pe'er, Lauffenburger and Nolan, Science 308, 2005),
as the package cdt ships them (MIT licence; the measurements' own terms are those of the publication).
The reference graph is cdt's: 18 edges that biologists agree on. Known problems: it has one cycle, PIP2
-> PIP3 -> plcg -> PIP2, so it serves for scoring but not as the graph of a model; the rows pool nine
experimental conditions, interventions among them, without saying which is which; values are positive,
heavy-tailed and cut off at 1.
"""

ECOLI = """
Draws from a linear Gaussian network of 46 genes of Escherichia coli and 70 edges, fitted to 9 time
points of a microarray experiment on stress (Schaefer and Strimmer, Statistical Applications in Genetics
and Molecular Biology 4, 2005), known as ecoli70 in the bnlearn repository (CC BY-SA) and shipped as JSON
by the package pgmpy. Known problems: the rows are simulated, 500 unless asked otherwise; the graph was
itself learned from data; and as all is linear and Gaussian, much of it can be found only up to its
equivalence class.
"""


@dataclass(frozen=True)
class Dataset:
    """Observations with their reference graph.

    Attributes:
        name: what :func:`load_dataset` knows it by.
        frame: float64, shape [n, d], in the units of the source.
        graph: the reference graph over the columns of `frame`; it need not be acyclic.
        about: source, shape, licence and known problems, in one paragraph.
    """

    name: str
    frame: pd.DataFrame
    graph: nx.DiGraph
    about: str


def dataset_names() -> list[str]:
    """The names that :func:`load_dataset` knows."""
    return sorted(_LOADERS)


def load_dataset(name: str, *, n: int | None = None, seed: int = 0) -> Dataset:
    """Load a data set.

    Args:
        name: "sachs" (7,466 rows, 11 columns, measured) or "ecoli70" (46 columns, simulated).
        n: the number of rows. For "sachs" these are drawn without replacement and kept in order, None being
            all of them; for "ecoli70" they are simulated, None being 500.
        seed: fixes the draw.

    Raises:
        InputError: an unknown name, or more rows than there are.

    >>> data = load_dataset("ecoli70", n=30)
    >>> data.frame.shape, data.graph.number_of_edges()
    ((30, 46), 70)
    """
    if name not in _LOADERS:
        raise InputError(f"There is no data set '{name}'; choose one of {quoted(dataset_names())}.")
    if n is not None and n < 1:
        raise InputError(f"The data set '{name}' was asked for {n} rows; ask for at least 1.")
    return _LOADERS[name](n, np.random.default_rng(seed))


def _sachs(n: int | None, random: np.random.Generator) -> Dataset:
    # Importing cdt announces on stdout that there is no GPU, and warns.
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from cdt.data import load_dataset as load_from_cdt

        frame, graph = load_from_cdt("sachs")
    if n is not None:
        if n > len(frame):
            raise InputError(
                f"The data set 'sachs' has {len(frame)} rows and was asked for {n}; ask for fewer."
            )
        frame = frame.iloc[np.sort(random.choice(len(frame), n, replace=False))].reset_index(drop=True)
    ordered = nx.DiGraph()
    ordered.add_nodes_from(frame.columns)
    ordered.add_edges_from(graph.edges)  # without cdt's weights, which are all 1
    return Dataset("sachs", frame.astype(np.float64), ordered, " ".join(SACHS.split()))


def _ecoli70(n: int | None, random: np.random.Generator) -> Dataset:
    network = _network("ecoli70")
    graph = nx.DiGraph()
    graph.add_nodes_from(network["nodes"])
    graph.add_edges_from(network["arcs"])
    noise = random.standard_normal((ECOLI_ROWS if n is None else n, len(graph)))
    column: dict[str, np.ndarray] = {}
    for node in nx.lexicographical_topological_sort(graph):
        law = network["cpds"][node]
        mean = law["coefficients"]["(Intercept)"][0]
        for parent in law["parents"]:
            mean = mean + law["coefficients"][parent][0] * column[parent]
        column[node] = mean + math.sqrt(law["variance"][0]) * noise[:, network["nodes"].index(node)]
    return Dataset("ecoli70", pd.DataFrame(column)[network["nodes"]], graph, " ".join(ECOLI.split()))


def _network(name: str) -> dict[str, Any]:
    """One of pgmpy's Gaussian networks: nodes, arcs and, for each node, coefficients and variance.

    pgmpy's own loader fetches it from a hub, and importing pgmpy takes seconds; the file in the package needs
    neither.
    """
    found = importlib.util.find_spec("pgmpy")
    folders = [Path(folder) for folder in (found.submodule_search_locations or [])] if found else []
    for folder in folders:
        path = folder / "utils" / "example_models" / f"{name}.json"
        if path.exists():
            network: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return network
    raise InputError(
        f"The data set '{name}' needs the package pgmpy below version 1.2; pip install 'pgmpy<1.2'."
    )


_LOADERS = {"ecoli70": _ecoli70, "sachs": _sachs}
