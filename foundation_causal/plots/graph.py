"""The picture of a graph: causes above effects, edge width = probability, what is set highlighted."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx

from foundation_causal.plots import style
from foundation_causal.plots.graph_layout import Layout, Point, layered_layout

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NODE_HEIGHT = 0.40  # inches
FONT = 11  # points
APART = 0.19  # inches between edges that enter a node side by side, where it is wide enough
HEAD_LENGTH = 1.15  # of an arrowhead, in its widths
MARGIN = 0.35  # inches around the drawing
GIVEN_WIDTH = 1.6  # points, where edges have no probability


def draw_graph(
    path: Path,
    graph: nx.DiGraph,
    *,
    title: str,
    probabilities: "pd.DataFrame | None" = None,
    intervened: Collection[str] = (),
) -> None:
    """Write a PNG of a DAG; `probabilities` [d, d], of i -> j, set the widths of the arrows."""
    from matplotlib.figure import Figure

    labels = {node: style.shortened(str(node)) for node in graph.nodes}
    widths = {node: max(0.75, _text_width(text) + 0.34) for node, text in labels.items()}
    layout = layered_layout(graph, widths)
    left, right, bottom, top = _bounds(layout, widths)
    legend = 0.55
    size = (max(right - left, 5.2) + 2 * MARGIN, top - bottom + 2 * MARGIN + 0.3 + legend)
    figure = Figure(figsize=size)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    middle = (left + right) / 2
    axes.set_xlim(middle - size[0] / 2, middle + size[0] / 2)
    axes.set_ylim(bottom - MARGIN - legend, bottom - MARGIN - legend + size[1])
    axes.axis("off")
    _draw_edges(axes, graph, layout, widths, probabilities)
    for node, (x, y) in layout.positions.items():
        _draw_node(axes, labels[node], x, y, widths[node], node in intervened)
    edge_left = middle - size[0] / 2 + MARGIN
    axes.text(
        edge_left,
        top + MARGIN + 0.1,
        style.shortened(title, 90),
        fontsize=12,
        color=style.INK,
        va="center",
        weight="bold",
        parse_math=False,
    )
    _draw_legend(axes, edge_left, bottom - MARGIN - legend / 2, probabilities is not None, bool(intervened))
    style.save(figure, path)


def edge_width(probability: float) -> float:
    """Width in points: 0.6 for an edge of probability 0, 3.8 for a certain one."""
    return 0.6 + 3.2 * probability


def head_width(width: float) -> float:
    """Of the arrowhead, in points: wider than its edge, and narrower than heads side by side are apart."""
    return 4.5 + 1.4 * width


def _text_width(text: str) -> float:
    from matplotlib.textpath import TextPath

    return (
        float(TextPath((0, 0), text.replace("$", "S"), size=FONT).get_extents().width) / 72
        if text.strip()
        else 0.0
    )


def _bounds(layout: Layout, widths: dict[str, float]) -> tuple[float, float, float, float]:
    xs = [x for route in layout.routes.values() for x, _ in route]
    lefts = [x - widths[node] / 2 for node, (x, _) in layout.positions.items()]
    rights = [x + widths[node] / 2 for node, (x, _) in layout.positions.items()]
    ys = [y for _, y in layout.positions.values()]
    return min(lefts + xs), max(rights + xs), min(ys) - NODE_HEIGHT / 2, max(ys) + NODE_HEIGHT / 2


def _draw_node(axes: "Axes", text: str, x: float, y: float, width: float, intervened: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    fill, line = (style.SET_FILL, style.SET_LINE) if intervened else (style.NODE_FILL, style.NODE_LINE)
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - NODE_HEIGHT / 2),
            width,
            NODE_HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=fill,
            edgecolor=line,
            linewidth=2.0 if intervened else 1.1,
            zorder=3,
        ),
    )
    axes.text(
        x, y, text, ha="center", va="center", fontsize=FONT, color=style.INK, zorder=4, parse_math=False
    )


def _draw_edges(
    axes: "Axes",
    graph: nx.DiGraph,
    layout: Layout,
    widths: dict[str, float],
    probabilities: "pd.DataFrame | None",
) -> None:
    leaving = _ports(graph.nodes, layout, widths, outgoing=True)
    entering = _ports(graph.nodes, layout, widths, outgoing=False)
    for (source, target), route in layout.routes.items():
        start = (leaving[source, target], route[0][1] - NODE_HEIGHT / 2)
        end = (entering[source, target], route[-1][1] + NODE_HEIGHT / 2)
        width = GIVEN_WIDTH
        if probabilities is not None:
            width = edge_width(probabilities[target].to_dict()[source])
        _draw_arrow(axes, [start, *route[1:-1], end], width)


def _ports(
    nodes: Collection[str], layout: Layout, widths: dict[str, float], *, outgoing: bool
) -> dict[tuple[str, str], float]:
    """Where along its node's border each edge begins or ends: spread out, in the order of what comes next."""
    ports = {}
    side = 0 if outgoing else 1
    for node in nodes:
        edges = [edge for edge in layout.routes if edge[side] == node]
        edges.sort(key=lambda edge: layout.routes[edge][1 if outgoing else -2][0])
        room = min(0.8 * widths[node], APART * (len(edges) - 1))
        for index, edge in enumerate(edges):
            share = index / (len(edges) - 1) - 0.5 if len(edges) > 1 else 0.0
            ports[edge] = layout.positions[node][0] + room * share
    return ports


def _draw_arrow(axes: "Axes", points: Sequence[Point], width: float) -> None:
    """A smooth curve from the first to the last of `points`, with its head there.

    Past a waypoint it runs straight down for the height of a node, so that it bends between the layers only.
    """
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path as Curve

    (tip_x, tip_y), broad = points[-1], head_width(width) / 72
    neck = tip_y + HEAD_LENGTH * broad
    vertices, codes = [points[0]], [Curve.MOVETO]
    for x, y in points[1:]:
        last = (x, y) == points[-1]
        x0, y0 = vertices[-1]
        y1 = neck if last else y + NODE_HEIGHT / 2
        bend = 0.5 * (y0 - y1)
        vertices += [(x0, y0 - bend), (x, y1 + bend), (x, y1)]
        codes += [Curve.CURVE4] * 3
        if not last:
            vertices.append((x, y - NODE_HEIGHT / 2))
            codes.append(Curve.LINETO)
    # Drawn by itself and without an outline, which would make the heads of wide edges much larger.
    head = [(tip_x, tip_y), (tip_x - broad / 2, neck), (tip_x + broad / 2, neck)]
    line = {"fill": False, "linewidth": width, "edgecolor": style.EDGE, "capstyle": "butt", "zorder": 2}
    axes.add_patch(PathPatch(Curve(vertices, codes), **line))
    axes.add_patch(Polygon(head, facecolor=style.EDGE, linewidth=0, zorder=2))


def _draw_legend(axes: "Axes", left: float, y: float, weighted: bool, intervened: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    def write(x: float, text: str) -> float:
        axes.text(x, y, text, fontsize=9, color=style.MUTED, va="center")
        return x + _text_width(text) * 9 / FONT

    x = left
    if weighted:
        x = write(x, "edge probability") + 0.15
        for probability in (0.1, 0.5, 1.0):
            axes.plot(
                [x, x + 0.35],
                [y, y],
                color=style.EDGE,
                linewidth=edge_width(probability),
                solid_capstyle="butt",
            )
            x = write(x + 0.42, f"{probability:g}") + 0.15
    else:
        x = write(x, "graph as given") + 0.15
    if intervened:
        box = FancyBboxPatch(
            (x + 0.15, y - 0.08),
            0.26,
            0.16,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=style.SET_FILL,
            edgecolor=style.SET_LINE,
            linewidth=1.5,
        )
        axes.add_patch(box)
        write(x + 0.5, "set by an intervention")
