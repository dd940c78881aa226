"""The frozen suites of discrete and mixed tables. Editing a line here makes another suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import networkx as nx
import numpy as np
import pandas as pd

from foundation_causal.datasets import load_dataset
from foundation_causal.datasets.bayesian_networks import DISCRETE, GAUSSIAN, discrete_network
from foundation_causal.suites.cases import Case, Cell, Labels, TableCase, case_name
from foundation_causal.suites.table_generator import MIXES, MixedModel, draw_model
from foundation_causal.types import Array

ROWS = (200, 1000, 5000)
# Left out: more than 500 columns, and hours for most methods.
TOO_WIDE = ("link", "munin", "munin2", "munin3", "munin4")
TABLES = 3  # a network
MODELS, QUERY = 10, 400  # a cell of mixed tables, and its rows to predict


def bnlearn(seed: int) -> list[Cell]:
    """The networks of the bnlearn repository that pgmpy carries, up to 500 columns.

    Nineteen are discrete; the four others are linear and Gaussian. Three tables a cell; rows are nested.
    """
    networks = [(name, "discrete") for name in DISCRETE if name not in TOO_WIDE]
    networks += [(name, "gaussian") for name in GAUSSIAN]
    cells: list[Cell] = []
    for number, (network, kind) in enumerate(networks):
        for n in ROWS:
            labels: Labels = {"network": network, "kind": kind, "n": n}
            cells.append((labels, _network_cell(labels, seed + 10 * number)))
    return cells


def _network_cell(labels: Labels, seed: int) -> Callable[[str], Iterator[Case]]:
    def cases(suite: str) -> Iterator[Case]:
        network, kind, n = str(labels["network"]), labels["kind"], int(labels["n"])
        draw = _gaussian_table if kind == "gaussian" else _discrete_table
        for number in range(TABLES):
            table, graph = draw(network, seed + number)
            name = case_name(suite, labels, number)
            yield TableCase(name, labels, table.iloc[:n], graph, table.iloc[:0])

    return cases


@lru_cache(maxsize=TABLES)  # the numbers of rows of one network come one after another
def _discrete_table(network: str, seed: int) -> tuple[pd.DataFrame, nx.DiGraph]:
    there = discrete_network(network)
    return there.sample(max(ROWS), np.random.default_rng(seed)), there.graph


@lru_cache(maxsize=TABLES)
def _gaussian_table(network: str, seed: int) -> tuple[pd.DataFrame, nx.DiGraph]:
    data = load_dataset(network, n=max(ROWS), seed=seed)
    return data.frame, data.graph


def mixed(seed: int) -> list[Cell]:
    """Six mixes of types, three sizes, 10 models a cell, half of them scale-free; rows are nested."""
    cells: list[Cell] = []
    for number, (mix, d) in enumerate((mix, d) for mix in MIXES for d in (5, 10, 20)):
        for n in ROWS:
            labels: Labels = {"mix": mix, "d": d, "n": n}
            cells.append((labels, _mixed_cell(labels, seed + 100 * number)))
    return cells


def _mixed_cell(labels: Labels, seed: int) -> Callable[[str], Iterator[Case]]:
    def cases(suite: str) -> Iterator[Case]:
        mix, d, n = str(labels["mix"]), int(labels["d"]), int(labels["n"])
        for number in range(MODELS):
            model, values = _mixed_table(mix, d, number, seed)
            query, rows = values[:QUERY], values[QUERY : QUERY + n]
            yield TableCase(
                case_name(suite, labels, number),
                labels,
                model.frame(rows),
                model.graph,
                model.frame(query),
                model.probabilities(query),
                model.means(query),
            )

    return cases


@lru_cache(maxsize=MODELS)
def _mixed_table(mix: str, d: int, number: int, seed: int) -> tuple[MixedModel, Array]:
    model = draw_model(mix, d, scale_free=number % 2 == 1, seed=seed + 2 * number)
    return model, model.sample(QUERY + max(ROWS), np.random.default_rng(seed + 2 * number + 1))
