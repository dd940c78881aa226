"""Rows and graphs out of the files that cdt and pgmpy carry, read without importing those packages."""

from __future__ import annotations

import importlib.util
import json
import math
from itertools import islice
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from foundation_causal.datasets.entries import NETWORKS, SACHS_CONDITIONS, SIMULATED_ROWS
from foundation_causal.datasets.tuebingen import PAIRS, Pair
from foundation_causal.errors import InputError
from foundation_causal.types import Array

PAIR_OF = {pair.facts.name: pair for pair in PAIRS}
IS_NETWORK = {facts.name for facts in NETWORKS}


def read_graph(name: str) -> nx.DiGraph:
    """The reference graph, its nodes in the order of the columns."""
    if name in PAIR_OF:
        pair = PAIR_OF[name]
        return _graph([pair.cause, pair.effect], [(pair.cause, pair.effect)])
    if name in IS_NETWORK:
        network = gaussian_network(name)
        return _graph(network["nodes"], network["arcs"])
    if name == "sachs":
        columns = pd.read_csv(_cdt(name, "cyto_full_data.csv"), nrows=0).columns
        return _graph(list(columns), _edges(_cdt(name, "cyto_full_target.csv")))
    number = name.removeprefix("dream4-")
    genes = [f"G{gene}" for gene in range(1, 101)]
    return _graph(genes, _edges(_cdt(name, f"goldstandard_insilico100_multifactorial_{number}.csv")))


def read_frame(name: str, n: int | None, random: np.random.Generator) -> pd.DataFrame:
    """The rows, float64: n of them, or as many as come by default, under their numbers in the file.

    Raises:
        InputError: More rows than were measured.
    """
    if name in IS_NETWORK:
        return _simulated(gaussian_network(name), SIMULATED_ROWS if n is None else n, random)
    frame = _pair(PAIR_OF[name]) if name in PAIR_OF else pd.read_csv(_cdt(name, "cyto_full_data.csv"))
    if n is not None:
        if n > len(frame):
            raise InputError(
                f"{n} rows of the data set '{name}' are more than its {len(frame)}; ask for fewer."
            )
        frame = frame.iloc[np.sort(random.choice(len(frame), n, replace=False))]
    return frame.astype(np.float64)


def conditions_of(name: str, rows: pd.Index) -> pd.Series | None:
    """The experimental condition of each row of the file, a category; None where there is but one."""
    if name != "sachs":
        return None
    labels = np.repeat([label for label, _, _ in SACHS_CONDITIONS], [n for _, n, _ in SACHS_CONDITIONS])
    known = pd.Categorical(labels[rows], categories=[label for label, _, _ in SACHS_CONDITIONS])
    return pd.Series(known, name="condition")


def targets_of(conditions: pd.Series, columns: pd.Index) -> pd.DataFrame:
    """Which values a condition reached into, bool `[n, d]`."""
    mask = pd.DataFrame(False, index=conditions.index, columns=columns)
    for label, _, target in SACHS_CONDITIONS:
        if target is not None:
            mask.loc[conditions == label, target] = True
    return mask


def _graph(nodes: list[str], edges: list[tuple[str, str]]) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    return graph


def _edges(path: Path) -> list[tuple[str, str]]:
    table = pd.read_csv(path, dtype=str)
    return list(zip(table.iloc[:, 0], table.iloc[:, 1], strict=True))


def _simulated(network: dict[str, Any], n: int, random: np.random.Generator) -> pd.DataFrame:
    """Draw n rows: a node is its intercept, its parents times their coefficients, and Gaussian noise."""
    nodes = network["nodes"]
    noise = random.standard_normal((n, len(nodes)))
    place = {node: index for index, node in enumerate(nodes)}
    column: dict[str, Array] = {}
    for node in nx.lexicographical_topological_sort(_graph(nodes, network["arcs"])):
        equation = network["cpds"][node]
        mean = equation["coefficients"]["(Intercept)"][0]
        for parent in equation["parents"]:
            mean = mean + equation["coefficients"][parent][0] * column[parent]
        column[node] = mean + math.sqrt(equation["variance"][0]) * noise[:, place[node]]
    return pd.DataFrame(column)[nodes]


def _pair(pair: Pair) -> pd.DataFrame:
    """Both columns of one pair, which cdt keeps on one line each: its name, the causes, the effects."""
    path = _cdt(pair.facts.name, "Tuebingen_pairs.csv")
    with path.open(encoding="utf-8") as file:
        line = next(islice(file, pair.position, None), "")  # after the header
    label, _, values = line.partition(",")
    if label != f"pair{pair.position}":
        raise _lacking(pair.facts.name, "cdt", "cdt>=0.6,<0.7")
    cause, effect = (np.array(side.split(), dtype=np.float64) for side in values.split(","))
    return pd.DataFrame({pair.cause: cause, pair.effect: effect})


def gaussian_network(name: str) -> dict[str, Any]:
    """One of pgmpy's Gaussian networks: nodes, arcs and, for each node, coefficients and variance.

    pgmpy's own loader fetches it from a hub, and importing pgmpy takes seconds; the file in the package needs
    neither.
    """
    path = shipped(name, "pgmpy", "utils/example_models", f"{name}.json", "pgmpy<1.2")
    network: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return network


def _cdt(name: str, file: str) -> Path:
    """A file among cdt's data; importing cdt would take seconds and print."""
    return shipped(name, "cdt", "data/resources", file, "cdt>=0.6,<0.7")


def shipped(name: str, package: str, folder: str, file: str, wanted: str) -> Path:
    """A file inside an installed package, found without importing it.

    Args:
        name: The data set that needs it, for the error's sentence.
        package: The package.
        folder: Where in the package.
        file: The file's name.
        wanted: What to install if it is not there, as "pgmpy<1.2".

    Raises:
        InputError: The installed package does not carry the file.
    """
    spec = importlib.util.find_spec(package)
    for root in (spec.submodule_search_locations or []) if spec else []:
        path = Path(root) / folder / file
        if path.is_file():
            return path
    raise _lacking(name, package, wanted)


def _lacking(name: str, package: str, wanted: str) -> InputError:
    return InputError(
        f"The data set '{name}' lies in a file that the installed package {package} does not carry; "
        f"pip install '{wanted}'."
    )
