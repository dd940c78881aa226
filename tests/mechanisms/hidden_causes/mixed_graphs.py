"""Graphs with hidden causes whose effects are known to be identified or not, and random ones."""

import itertools

import numpy as np

from foundation_causal import MixedGraph

NAMES = "abcdef"
IDENTIFIED = {
    "back door": MixedGraph([("z", "t"), ("z", "y"), ("t", "y")]),
    "front door": MixedGraph([("t", "m"), ("m", "y")], [("t", "y")]),
    "napkin": MixedGraph([("w", "r"), ("r", "t"), ("t", "y")], [("w", "t"), ("w", "y")]),
    "Verma": MixedGraph([("a", "b"), ("b", "t"), ("t", "y")], [("b", "y")]),
    "M-graph": MixedGraph([("t", "y")], [("t", "z"), ("z", "y")]),
    "confounded mediators": MixedGraph(
        [("t", "m"), ("t", "n"), ("m", "y"), ("n", "y")], [("m", "n"), ("t", "y")]
    ),
    "confounder of a mediator": MixedGraph([("t", "m"), ("m", "y"), ("t", "y")], [("m", "y")]),
    "napkin inside a napkin": MixedGraph(
        [("v", "r"), ("r", "z"), ("w", "z"), ("z", "t"), ("t", "y")],
        [("v", "z"), ("v", "w"), ("w", "t"), ("w", "y")],
    ),
    "no effect": MixedGraph([("y", "t")], [("t", "y")]),
}
HEDGED = {
    "bow": MixedGraph([("t", "y")], [("t", "y")]),
    "instrument": MixedGraph([("z", "t"), ("t", "y")], [("t", "y")]),
    "confounded mediator": MixedGraph([("t", "m"), ("m", "y")], [("t", "m")]),
    "confounded confounder": MixedGraph(
        [("t", "y"), ("z", "t"), ("z", "y")], [("t", "z"), ("z", "y"), ("t", "y")]
    ),
    "broken front door": MixedGraph([("t", "m"), ("m", "y")], [("t", "y"), ("m", "y")]),
}


def random_graph(random: np.random.Generator) -> MixedGraph:
    names = list(random.permutation(list(NAMES[: random.integers(3, 7)])))
    pairs = list(itertools.combinations(names, 2))
    arrows, shared = (random.random(len(pairs)) < random.uniform(0.2, 0.6) for _ in range(2))
    chosen = [[pair for pair, yes in zip(pairs, mask, strict=True) if yes] for mask in (arrows, shared)]
    return MixedGraph(chosen[0], chosen[1][:6], sorted(names))
