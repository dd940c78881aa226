"""Regulatory networks of bacteria and yeast that installed packages carry, and sub-networks drawn from them.

An edge runs from a gene whose product is a transcription factor to a gene that it regulates.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from foundation_causal.errors import InputError

DREAM4 = tuple(f"dream4-{number}" for number in range(1, 6))
# Files of the package avici, whose other requirements (NumPy below 2, TensorFlow) rule out depending on it.
AVICI = {
    "ecoli": "ecoli_transcriptional_network_regulonDB_6_7.tsv",
    "yeast": "yeast_transcriptional_network_Balaji2006.tsv",
}
TOP = 0.2
TRIES = 1000


def network_names() -> list[str]:
    """The names that :func:`read_network` knows.

    >>> network_names()
    ['dream4-1', 'dream4-2', 'dream4-3', 'dream4-4', 'dream4-5', 'ecoli', 'yeast']
    """
    return [*DREAM4, *AVICI]


@cache
def read_network(name: str) -> nx.DiGraph:
    """A whole network, frozen, without self-regulation; it may have cycles.

    Args:
        name: "dream4-1" to "dream4-5" (100 genes, 176 to 249 edges: parts of the networks of Escherichia coli
            and Saccharomyces cerevisiae that the DREAM4 challenge took, under made-up gene names; from the
            package cdt); "ecoli" (1,565 genes, 3,648 edges: RegulonDB 6.7) or "yeast" (4,441 genes, 12,873
            edges: Balaji, Babu, Iyer, Luscombe and Aravind, Journal of Molecular Biology 360, 2006), both
            from the package avici, of which only these files are read: `pip install --no-deps avici`.

    Raises:
        InputError: An unknown name, or a package that is not installed.

    >>> network = read_network("dream4-1")
    >>> network.number_of_nodes(), network.number_of_edges()
    (100, 176)
    """
    if name not in network_names():
        raise InputError(
            f"There is no gene network '{name}'; give a networkx.DiGraph or one of "
            f"{', '.join(network_names())}."
        )
    network = nx.DiGraph()
    network.add_edges_from(_edges(name))
    network.remove_edges_from(list(nx.selfloop_edges(network)))
    return nx.freeze(network)


def draw_subnetwork(
    network: nx.DiGraph, d: int, random: np.random.Generator, *, name: str = "the network"
) -> nx.DiGraph:
    """A connected acyclic part of d genes, with all edges that the network has among them.

    It grows from a random regulator. Each step adds one neighbour, drawn from the fifth of all neighbours
    that raise the modularity of the part most (Marbach, Schaffter, Mattiussi and Floreano, Journal of
    Computational Biology 16, 2009). A part with a cycle is thrown away whole, so genes in feedback loops
    come up less often. The order of the genes is random.

    Args:
        network: Its nodes must be strings.
        d: The number of genes, at least 1.
        random: Moves on.
        name: What errors call the network.

    Raises:
        InputError: Fewer than d genes, or no such part found in 1,000 attempts.
    """
    if d > len(network):
        raise InputError(f"{d} genes are more than the {len(network)} of {name}; ask for fewer.")
    near = {gene: (set(network.pred[gene]) | set(network.succ[gene])) - {gene} for gene in network}
    seeds = [gene for gene in network if network.succ[gene]] or list(network)
    for _ in range(TRIES):
        genes = _grown(near, seeds[random.integers(len(seeds))], d, random)
        part = network.subgraph(genes)
        if len(genes) == d and nx.is_directed_acyclic_graph(part):
            return _ordered(part, [genes[index] for index in random.permutation(d)])
    raise InputError(
        f"{TRIES} attempts gave no connected acyclic part of {d} genes of {name}; ask for fewer genes."
    )


def _grown(near: dict[str, set[str]], seed: str, d: int, random: np.random.Generator) -> list[str]:
    """Up to d genes, connected: fewer where the seed's component is smaller."""
    ends = sum(len(genes) for genes in near.values())  # twice the number of undirected edges
    genes, inside = [seed], len(near[seed])
    links = dict.fromkeys(near[seed], 1)  # to each neighbour of the part, how many edges
    while len(genes) < d and links:
        gain = {}
        for gene, count in links.items():
            degree = len(near[gene])
            gain[gene] = 2 * count - degree * (2 * inside + degree) / ends
        # Names break ties: sets of strings have another order in every process.
        ranked = sorted(gain, key=lambda gene: (-gain[gene], gene))
        chosen = ranked[random.integers(int(TOP * len(ranked)) + 1)]
        genes.append(chosen)
        inside += len(near[chosen])
        del links[chosen]
        for gene in near[chosen].difference(genes):
            links[gene] = links.get(gene, 0) + 1
    return genes


def _ordered(graph: nx.DiGraph, genes: list[str]) -> nx.DiGraph:
    ordered = nx.DiGraph()
    ordered.add_nodes_from(genes)
    ordered.add_edges_from(
        (source, target) for source in genes for target in genes if target in graph[source]
    )
    return ordered


def _edges(name: str) -> list[tuple[str, str]]:
    if name in DREAM4:
        from foundation_causal.datasets import reference_graph

        return list(reference_graph(name).edges)
    table = pd.read_csv(_avici(name), sep="\t", header=None, dtype=str, keep_default_na=False)
    return list(zip(table[0], table[1], strict=True))


def _avici(name: str) -> Path:
    """A file of avici, found without importing it: its import needs jax."""
    package = importlib.util.find_spec("avici")
    for folder in (package.submodule_search_locations or []) if package else []:
        path = Path(folder) / "assets" / AVICI[name]
        if path.is_file():
            return path
    raise InputError(
        f"The gene network '{name}' lies in a file of the package avici, which is not installed; "
        "pip install --no-deps avici, or take one of DREAM4's, as 'dream4-1'."
    )
