"""Questions about graphs: what is discovered in the tables, how stable it is, and how it scores."""

from __future__ import annotations

from functools import partial
from typing import Any

import networkx as nx

import foundation_causal as fc
from tests.golden.question import NETWORK, Question
from tests.golden.summaries import Answer, edges, prediction, whole
from tests.golden.tables import table

TOLD = fc.Knowledge(required=[("a", "b")], forbidden=[("a", "d")], leaves=["d"])
LAYERED = fc.Knowledge(tiers=[["a"], ["b", "c", "d"]], forbidden=[("b", "d")])
DISCOVERED: dict[str, dict[str, Any]] = {
    "linear-discover": {},
    "nonlinear-discover": {},
    "nonlinear-discover-unrefined": {"refine": False},
    "intervened-discover": {},
    "intervened-discover-known": {"knowledge": TOLD},
    "gaps-discover": {},
    "gaps-discover-known": {"knowledge": LAYERED},
    "positive-discover": {},
    "positive-discover-avici": {"model": "avici"},
    # Which of several graphs of these rows the search takes hangs on the last digits of the processor.
    "sachs-discover-unrefined": {"refine": False},
}


def of_graphs() -> dict[str, Question]:
    """The questions by name."""
    found = {
        name: Question(partial(discover, name.split("-")[0], settings), NETWORK)
        for name, settings in DISCOVERED.items()
    }
    return {
        **found,
        "linear-bootstrap": Question(bootstrap, NETWORK),
        "linear-scores": Question(scores, NETWORK),
    }


def discover(name: str, settings: dict[str, Any]) -> Answer:
    one = table(name)
    return prediction(fc.discover(one.frame, intervened=one.intervened, **settings))


def bootstrap() -> Answer:
    found = fc.bootstrap(table("linear").frame, replicates=4, seed=19)
    return {
        "graph": edges(found.graph),
        "graphs": [edges(graph) for graph in found.graphs],
        "edges": whole(found.edges),
        "ancestors": whole(found.ancestors),
    }


def scores() -> Answer:
    """Every metric of two graphs and of two samples."""
    one = table("linear")
    other = nx.relabel_nodes(one.graph, {"a": "b", "b": "a"})
    probabilities = fc.discover(one.frame, refine=False).probabilities
    left, right = one.frame, table("intervened").frame
    test = fc.metrics.permutation_test(left, right, permutations=50, seed=22)
    return {
        "graphs": fc.metrics.structure_scores(one.graph, other, probabilities),
        "cpdag": fc.metrics.cpdag(one.graph).astype(int).tolist(),
        "sortability": [f(left, one.graph) for f in (fc.metrics.varsortability, fc.metrics.r2_sortability)],
        "samples": [f(left, right) for f in (fc.metrics.energy_distance, fc.metrics.mmd)],
        "transport": fc.metrics.wasserstein(left, right),
        "test": [float(value) for value in test],
        "rmse": fc.metrics.rmse(left.head(50), right.head(50)),
    }
