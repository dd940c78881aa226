"""Bayesian networks of the bnlearn repository: read from the files that pgmpy carries, and sampled.

pgmpy's own loader fetches each file from a hub, and its sampler takes seconds for a thousand rows; the files
inside the package need no network, and inverting a table's cumulative probabilities takes milliseconds.

Source: M. Scutari, the Bayesian network repository, bnlearn.com/bnrepository (CC BY-SA).
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation_causal.datasets.readers import gaussian_network, shipped
from foundation_causal.types import Array

DISCRETE = (
    *(
        "alarm",
        "andes",
        "asia",
        "barley",
        "cancer",
        "child",
        "diabetes",
        "earthquake",
        "hailfinder",
        "hepar2",
    ),
    *("insurance", "link", "mildew", "munin", "munin1", "munin2", "munin3", "munin4", "pathfinder", "pigs"),
    *("sachs", "survey", "water", "win95pts"),
)
GAUSSIAN = ("arth150", "ecoli70", "magic-irri", "magic-niab")

VARIABLE = re.compile(r"variable\s+(\S+)\s*\{\s*type\s+discrete\s*\[\s*\d+\s*\]\s*\{([^}]*)\}\s*;\s*\}")
TABLE = re.compile(r"probability\s*\(\s*([^|)\s]+)\s*(?:\|([^)]*))?\)\s*\{([^}]*)\}")
ROW = re.compile(r"(?:table|\(([^)]*)\))\s*([^;]*);")

# Words that stand for an order; a column is ordered if its levels are some of one scale, up or down.
SCALES = (
    ("zero", "low", "normal", "high"),
    ("low", "avg", "high"),
    ("poor", "fair", "good", "excellent"),
    ("poor", "normal", "excellent"),
    ("substandard", "normal", "expert"),
    ("none", "slight", "mild", "moderate", "severe"),
    ("no", "mild", "mod", "sev", "total"),
    ("none", "weak", "strong"),
    ("none", "slight", "moderate", "strong"),
    ("absent", "slight", "moderate", "marked", "pronounced"),
    ("absent", "rare", "focal", "multifocal", "extensive"),
    ("absent", "present", "prominent"),
    ("zero", "one", "many"),
    ("fivethou", "tenthou", "twentythou", "fiftythou", "million"),
    ("thousand", "tenthou", "hundredthou", "million"),
    ("adolescent", "adult", "senior"),
    ("young", "adult", "old"),
    ("prole", "middle", "uppermiddle", "wealthy"),
    ("verywet", "wet", "neutral", "dry"),
    ("cloudy", "pc", "clear"),
    ("absent", "v_red", "reduced", "normal", "incr", "v_incr"),
    ("no", "some", "mod", "abundant"),
    ("decreasing", "littlechange", "increasing"),
    ("lessthanave", "average", "morethanave"),
)
# Measured amounts, such as "x15_30", "<5" and "MS3_1".
AMOUNT = re.compile(r"(?:x|a|<|MS|M_S|MV|UV)?_*(\d+(?:[._]\d+)?)")
GENOTYPE = re.compile(r"[1-9]_[1-9]")


@dataclass(frozen=True, eq=False)
class DiscreteNetwork:
    """A Bayesian network over categories.

    Attributes:
        levels: The labels of each variable, in the order of the file.
        parents: The parents of each variable, in the order of the axes of its table.
        tables: Conditional probabilities of each variable, `[levels of a parent, ..., its own levels]`, whose
            last axis sums to 1.
    """

    levels: dict[str, tuple[str, ...]]
    parents: dict[str, tuple[str, ...]]
    tables: dict[str, Array]

    @property
    def graph(self) -> nx.DiGraph:
        """The DAG, its nodes in the order of the file."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.levels)
        graph.add_edges_from((parent, child) for child, pa in self.parents.items() for parent in pa)
        return graph

    def sample(self, n: int, random: np.random.Generator) -> pd.DataFrame:
        """Draw rows: each variable after its parents, by inverting its cumulative probabilities.

        One uniform number goes to every cell, row by row, so that fewer rows are the first of more.

        Args:
            n: How many rows.
            random: Where the uniform numbers come from.

        Returns:
            `[n, d]`, every column a category with the levels of the file; ordered where they are a scale.
        """
        uniform = dict(zip(self.levels, random.random((n, len(self.levels))).T, strict=True))
        codes: dict[str, NDArray[np.intp]] = {}
        for name in nx.topological_sort(self.graph):
            bounds = np.cumsum(self.tables[name], axis=-1)[..., :-1]  # the last is 1, up to rounding
            reached = bounds[tuple(codes[parent] for parent in self.parents[name])] <= uniform[name][:, None]
            codes[name] = reached.sum(axis=1)
        types = {
            levels: pd.CategoricalDtype(list(levels), is_scale(levels)) for levels in self.levels.values()
        }
        columns = {
            name: pd.Categorical.from_codes(codes[name], dtype=types[levels])
            for name, levels in self.levels.items()
        }
        return pd.DataFrame(columns)


@lru_cache(maxsize=2)
def discrete_network(name: str) -> DiscreteNetwork:
    """One of the networks named in `DISCRETE`.

    Raises:
        InputError: The installed pgmpy does not carry the file.

    Example:
        >>> network = discrete_network("cancer")
        >>> network.levels["Pollution"], network.tables["Cancer"].shape, sorted(network.graph.edges)[0]
        (('low', 'high'), (2, 2, 2), ('Cancer', 'Dyspnoea'))
    """
    path = shipped(name, "pgmpy", "utils/example_models", f"{name}.bif.gz", "pgmpy<1.2")
    return read_bif(gzip.decompress(path.read_bytes()).decode("utf-8"))


def read_bif(text: str) -> DiscreteNetwork:
    """The network in a text in the Bayesian interchange format, as the repository writes it.

    Probabilities there are rounded, so that each row is divided by its sum.
    """
    levels = {name: _split(inside) for name, inside in VARIABLE.findall(text)}
    parents: dict[str, tuple[str, ...]] = {}
    tables: dict[str, Array] = {}
    for name, given, body in TABLE.findall(text):
        parents[name] = _split(given)
        axes = [{level: code for code, level in enumerate(levels[pa])} for pa in parents[name]]
        table = np.full([*(len(axis) for axis in axes), len(levels[name])], np.nan)
        for place, row in _rows(body):
            table[tuple(axis[level] for axis, level in zip(axes, place, strict=True))] = row
        tables[name] = table / table.sum(-1, keepdims=True)
    return DiscreteNetwork(levels, parents, tables)


def gaussian_graph(name: str) -> nx.DiGraph:
    """The DAG of a network named in `GAUSSIAN`."""
    network = gaussian_network(name)
    graph = nx.DiGraph()
    graph.add_nodes_from(network["nodes"])
    graph.add_edges_from(network["arcs"])
    return graph


def is_scale(levels: tuple[str, ...]) -> bool:
    """Tell whether three or more levels are an order: words of one scale, or growing or falling amounts.

    Where it is not plain, as for alleles called 1 to 4, levels count as names, which claims less.

    >>> is_scale(("LOW", "NORMAL", "HIGH")), is_scale(("x0_15", "x15_30", "x_30"))
    (True, True)
    >>> is_scale(("1_1", "1_2", "2_2")), is_scale(("Normal", "Low", "High"))
    (False, False)
    """
    if len(levels) < 3:
        return False
    words = [level.lower() for level in levels]
    for scale in SCALES:
        places = [scale.index(word) for word in words if word in scale]
        if len(places) == len(words) and places in (sorted(places), sorted(places, reverse=True)):
            return True
    return _are_amounts(levels)


def _are_amounts(levels: tuple[str, ...]) -> bool:
    """Tell whether levels begin with numbers that grow or fall; two may share one, as "<5" and "5-12"."""
    numbered = [level.lstrip("x") for level in levels] == [str(k + 1) for k in range(len(levels))]
    found = [AMOUNT.match(level) for level in levels]
    if numbered or not all(found) or all(GENOTYPE.fullmatch(level) for level in levels):
        return False
    steps = np.diff([float(match[1].replace("_", ".")) for match in found if match])
    return bool(((steps >= 0).all() or (steps <= 0).all()) and (steps == 0).sum() <= 1)


def _split(inside: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in inside.split(",") if word.strip())


def _rows(body: str) -> Iterator[tuple[tuple[str, ...], list[float]]]:
    """The levels of the parents, and the probabilities that belong to them."""
    for place, numbers in ROW.findall(body):
        yield _split(place), [float(number) for number in numbers.split(",")]
