"""Layered drawing of a DAG: layers by topological generation, edges running down (Sugiyama et al. 1981).

An edge over several layers passes through one invisible waypoint per layer, and waypoints are laid out like
nodes; so no edge runs across a node. Lengths are inches, with y growing upwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import numpy as np

from foundation_causal.types import Array

SWEEPS = 24
NODE_GAP = 0.30  # between the borders of neighbours in a layer
WAYPOINT_WIDTH = 0.04
# How strongly a link pulls its ends above one another when it joins 0, 1 or 2 waypoints, so that long edges
# run straight (Gansner, Koutsofios, North and Vo 1993, section 4).
STRAIGHT = (1.0, 2.0, 8.0)
ISOLATED_PER_ROW = 8
ISOLATED_GAP = 0.8

Point = tuple[float, float]
Spot = tuple[str, int] | tuple[str, str, int]  # a node in its layer; a waypoint of an edge in its layer


@dataclass(frozen=True)
class Layout:
    """Centres of the nodes, and the points that each edge passes, both centres included."""

    positions: dict[str, Point]
    routes: dict[tuple[str, str], list[Point]]


def layered_layout(
    graph: nx.DiGraph,
    widths: Mapping[str, float],
    layer_gap: float | None = None,
    heights: Mapping[str, float] | None = None,
) -> Layout:
    """Place the nodes of a DAG; those without edges stand in rows below.

    Args:
        graph: The DAG.
        widths: How wide each node is.
        layer_gap: From the centre of a layer to that of the next one; by default the wider, the more.
        heights: How much higher than the others nodes are, which moves the layers below them down.
    """
    layers, chains = _layers_with_waypoints(graph)
    links = [pair for chain in chains.values() for pair in pairwise(chain)]
    layers = _with_few_crossings([layer for layer in layers if layer], links)
    width = {
        spot: widths[spot[0]] if len(spot) == 2 else WAYPOINT_WIDTH for layer in layers for spot in layer
    }
    across = _coordinates(layers, links, width)
    if layer_gap is None:  # the wider the drawing, the taller: else its edges would run nearly level
        layer_gap = 0.92 + 0.035 * (max(across.values(), default=0.0) - min(across.values(), default=0.0))
    extra = [max([(heights or {}).get(spot[0], 0.0) for spot in layer if len(spot) == 2]) for layer in layers]
    down = np.cumsum([0.0, *((a + b) / 2 + layer_gap for a, b in pairwise(extra))])
    point = {
        spot: (across[spot], -float(y)) for layer, y in zip(layers, down, strict=False) for spot in layer
    }
    positions = {spot[0]: point[spot] for layer in layers for spot in layer if len(spot) == 2}
    below = extra[-1] / 2 if extra else 0.0
    positions |= _isolated_rows(list(nx.isolates(graph)), widths, positions, below)
    return Layout(positions, {edge: [point[spot] for spot in chain] for edge, chain in chains.items()})


def _layers_with_waypoints(graph: nx.DiGraph) -> tuple[list[list[Spot]], dict[tuple[str, str], list[Spot]]]:
    layer_of: dict[str, int] = {}
    layers: list[list[Spot]] = []
    for depth, generation in enumerate(nx.topological_generations(graph)):
        layer_of |= dict.fromkeys(generation, depth)
        layers.append([(node, depth) for node in generation if graph.degree(node) > 0])
    chains: dict[tuple[str, str], list[Spot]] = {}
    for source, target in graph.edges:
        between: list[Spot] = [
            (source, target, depth) for depth in range(layer_of[source] + 1, layer_of[target])
        ]
        for spot in between:
            layers[spot[-1]].append(spot)
        chains[source, target] = [(source, layer_of[source]), *between, (target, layer_of[target])]
    return layers, chains


def _with_few_crossings(layers: list[list[Spot]], links: Sequence[tuple[Spot, Spot]]) -> list[list[Spot]]:
    """Sweeps down and up, each layer sorted by the mean rank of its neighbours; the best is kept."""
    above: dict[Spot, list[Spot]] = {spot: [] for layer in layers for spot in layer}
    below: dict[Spot, list[Spot]] = {spot: [] for spot in above}
    for upper, lower in links:
        above[lower].append(upper)
        below[upper].append(lower)
    best, fewest = layers, _crossings(layers, below)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        down = sweep % 2 == 0
        layers = _sorted_layers(layers, above if down else below, down)
        crossings = _crossings(layers, below)
        if crossings < fewest:
            best, fewest = layers, crossings
    return best


def _sorted_layers(
    layers: list[list[Spot]], neighbours: dict[Spot, list[Spot]], down: bool
) -> list[list[Spot]]:
    rank: dict[Spot, float] = {spot: index for layer in layers for index, spot in enumerate(layer)}
    made = []
    for layer in layers if down else reversed(layers):
        centre = {
            spot: float(np.mean([rank[other] for other in neighbours[spot]]))
            if neighbours[spot]
            else rank[spot]
            for spot in layer
        }
        made.append(sorted(layer, key=lambda spot: centre[spot]))
        rank |= {spot: index for index, spot in enumerate(made[-1])}
    return made if down else made[::-1]


def _crossings(layers: list[list[Spot]], below: dict[Spot, list[Spot]]) -> int:
    """Pairs of links that cross: inversions of the lower ends, read from left to right."""
    total = 0
    for upper, lower in pairwise(layers):
        rank = {spot: index for index, spot in enumerate(lower)}
        ends = np.array(
            [rank[other] for spot in upper for other in sorted(below[spot], key=rank.__getitem__)]
        )
        total += int(sum((ends[:index] > end).sum() for index, end in enumerate(ends)))
    return total


def _coordinates(
    layers: list[list[Spot]], links: Sequence[tuple[Spot, Spot]], width: dict[Spot, float]
) -> dict[Spot, float]:
    """Centres across the page: every spot near its neighbours, the order and the gaps of each layer kept."""
    from scipy.optimize import isotonic_regression

    near: dict[Spot, list[tuple[Spot, float]]] = {spot: [] for spot in width}
    for upper, lower in links:
        pull = STRAIGHT[(len(upper) == 3) + (len(lower) == 3)]
        near[upper].append((lower, pull))
        near[lower].append((upper, pull))
    offsets = [_packed(layer, width) for layer in layers]
    across: dict[Spot, float] = {}
    for layer, offset in zip(layers, offsets, strict=True):
        across |= {spot: float(x - offset[-1] / 2) for spot, x in zip(layer, offset, strict=True)}
    for sweep in range(2 * SWEEPS):
        order = range(len(layers)) if sweep % 2 == 0 else range(len(layers) - 1, -1, -1)
        for index in order:
            layer, offset = layers[index], offsets[index]
            pulls = [near[spot] or [(spot, 1.0)] for spot in layer]
            weights = np.array([sum(pull for _, pull in pulling) for pulling in pulls])
            wanted = (
                np.array([sum(pull * across[other] for other, pull in pulling) for pulling in pulls])
                / weights
            )
            # The nearest places in the same order whose gaps are wide enough.
            placed = isotonic_regression(wanted - offset, weights=weights).x + offset
            across |= dict(zip(layer, placed.tolist(), strict=True))
    return across


def _packed(layer: Sequence[Spot], width: Mapping[Spot, float]) -> Array:
    """Centres of a layer's spots packed as closely as allowed, the first at 0."""
    steps = [0.5 * (width[a] + width[b]) + NODE_GAP for a, b in pairwise(layer)]
    return np.concatenate([[0.0], np.cumsum(steps)])


def _isolated_rows(
    isolated: list[str], widths: Mapping[str, float], placed: Mapping[str, Point], below: float = 0.0
) -> dict[str, Point]:
    xs, ys = zip(*placed.values(), strict=True) if placed else ((0.0,), (0.0,))
    middle = (min(xs) + max(xs)) / 2
    positions: dict[str, Point] = {}
    for row, start in enumerate(range(0, len(isolated), ISOLATED_PER_ROW)):
        names = isolated[start : start + ISOLATED_PER_ROW]
        left = middle - (sum(widths[name] for name in names) + NODE_GAP * (len(names) - 1)) / 2
        for name in names:
            positions[name] = (left + widths[name] / 2, min(ys) - below - ISOLATED_GAP * (row + 1))
            left += widths[name] + NODE_GAP
    return positions
