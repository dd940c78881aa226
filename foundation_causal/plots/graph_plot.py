"""Plot of a graph: causes above effects, edge width = probability, what is set highlighted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx
import pandas as pd

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs import check_dag
from foundation_causal.plots import style
from foundation_causal.plots.graph_layout import Layout, Point, layered_layout

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

NODE_HEIGHT = 0.40  # inches
FONT = 11  # points
APART = 0.19  # inches between edges that enter a node side by side, where it is wide enough
HEAD_LENGTH = 1.15  # of an arrowhead, in its widths
MARGIN = 0.35  # inches around the drawing
LEGEND, TITLE = 0.55, 0.3  # inches
LEGEND_WIDTHS = (1.1, 3.3, 1.9)  # inches of its parts: without probabilities, with them, what is highlighted
WIDTH = 5.2  # inches, at least, of a figure: a title is as wide
GIVEN_WIDTH = 1.6  # points, where edges have no probability


def graph(
    graph: nx.DiGraph,
    *,
    probabilities: pd.DataFrame | None = None,
    intervened: Collection[str] = (),
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a DAG in layers, causes above their effects.

    Args:
        graph: A DAG over d variables.
        probabilities: `[d, d]`, in row i and column j the probability of i -> j, from 0 to 1; the more
            probable an edge, the wider its arrow.
        intervened: Names of variables that were set by an intervention, which are highlighted.
        title: Written above the drawing.
        ax: Axes of the user's own; the drawing becomes smaller where it does not fit. By default a figure is
            made that is as large as the drawing.

    Returns:
        The axes; their units are inches of the drawing.

    Raises:
        InputError: A graph without a node or with a cycle, an edge without a probability, or unknown names.

    >>> axes = graph(nx.DiGraph([("dose", "response")]), intervened=["dose"], title="One edge")
    >>> axes.get_title(loc="left"), [text.get_text() for text in axes.texts[:2]]
    ('One edge', ['dose', 'response'])
    """
    dag, names = check_dag(graph), {str(name) for name in intervened}
    _check_names(dag, names)
    edge_widths = _edge_widths(dag, probabilities)
    labels = {node: style.shortened(node) for node in dag}
    widths = {node: max(0.75, _text_width(text) + 0.34) for node, text in labels.items()}
    layout = layered_layout(dag, widths)
    least = WIDTH if ax is None else LEGEND_WIDTHS[probabilities is not None] + bool(names) * LEGEND_WIDTHS[2]
    box = _box_around(layout, widths, least)
    sheet = _new_sheet(box, title) if ax is None else _sheet_on(ax, box, title)
    _draw_edges(sheet, layout, widths, edge_widths)
    for node, (x, y) in layout.positions.items():
        _draw_node(sheet, labels[node], x, y, widths[node], node in names)
    _draw_legend(sheet, box.left + MARGIN, box.bottom + LEGEND / 2, probabilities is not None, bool(names))
    return sheet.axes


def _check_names(dag: nx.DiGraph, intervened: Collection[str]) -> None:
    if len(dag) == 0:
        raise InputError("The graph has no node; give one with at least one variable.")
    unknown = sorted(set(intervened) - set(dag))
    if unknown:
        raise InputError(f"The graph has no node {quoted(unknown)} to highlight; use the names of its nodes.")


def _edge_widths(dag: nx.DiGraph, probabilities: pd.DataFrame | None) -> dict[tuple[str, str], float]:
    """The width of every edge, in points."""
    if probabilities is None:
        return dict.fromkeys(dag.edges, GIVEN_WIDTH)
    if not isinstance(probabilities, pd.DataFrame):
        kind = type(probabilities).__name__
        raise InputError(f"The probabilities are of the type {kind}; give a pandas DataFrame.")
    named = probabilities.rename(index=str, columns=str).apply(pd.to_numeric, errors="coerce")
    missing = [node for node in dag if node not in named.index or node not in named.columns]
    if missing:
        raise InputError(f"The probabilities lack {quoted(missing)}; give a row and a column for every node.")
    widths = {}
    for source, target in dag.edges:
        probability = float(named.loc[[source], target].iloc[0])
        if not 0 <= probability <= 1:
            raise InputError(
                f"The probability of '{source}' -> '{target}' is {probability:g}; give a number from 0 to 1."
            )
        widths[source, target] = edge_width(probability)
    return widths


def edge_width(probability: float) -> float:
    """Width in points: 0.6 for an edge of probability 0, 3.8 for a certain one."""
    return 0.6 + 3.2 * probability


def head_width(width: float) -> float:
    """Width of the arrowhead in points: wider than its edge, narrower than heads side by side are apart."""
    return 4.5 + 1.4 * width


def _text_width(text: str) -> float:
    """Width in inches at the size of a node's label."""
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    return float(TextPath((0, 0), text.replace("$", "S"), size=FONT).get_extents().width) / 72


@dataclass(frozen=True)
class _Box:
    """The room of the drawing with its margins and its legend, without its title, in inches."""

    left: float
    bottom: float
    width: float
    height: float


def _box_around(layout: Layout, widths: Mapping[str, float], least: float) -> _Box:
    xs = [x for route in layout.routes.values() for x, _ in route]
    left = min([*xs, *(x - widths[node] / 2 for node, (x, _) in layout.positions.items())])
    right = max([*xs, *(x + widths[node] / 2 for node, (x, _) in layout.positions.items())])
    ys = [y for _, y in layout.positions.values()]
    bottom, top = min(ys) - NODE_HEIGHT / 2, max(ys) + NODE_HEIGHT / 2
    width = max(right - left, least) + 2 * MARGIN
    return _Box(
        (left + right) / 2 - width / 2, bottom - MARGIN - LEGEND, width, top - bottom + 2 * MARGIN + LEGEND
    )


@dataclass(frozen=True)
class _Sheet:
    """Axes in inches of the drawing, and how large one is on the page: letters and lines shrink with it."""

    axes: Axes
    scale: float = 1.0

    def add(self, patch: Patch) -> None:
        patch.set_linewidth(patch.get_linewidth() * self.scale)
        self.axes.add_patch(patch)

    def write(self, x: float, y: float, text: str, *, size: float, **look: Any) -> None:
        look |= {"fontsize": size * self.scale, "va": "center", "parse_math": False}
        self.axes.text(x, y, text, **look)


def _new_sheet(box: _Box, title: str | None) -> _Sheet:
    """A figure as large as the drawing and its title."""
    from matplotlib.figure import Figure

    height = box.height + (0.0 if title is None else TITLE)
    axes = Figure(figsize=(box.width, height)).add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(box.left, box.left + box.width)
    axes.set_ylim(box.bottom, box.bottom + height)
    if title is not None:
        _write_title(axes, title, x=MARGIN / box.width, y=1 - 0.2 / height, va="center", pad=0)
    axes.axis("off")
    return _Sheet(axes)


def _sheet_on(axes: object, box: _Box, title: str | None) -> _Sheet:
    """The user's axes, with the drawing in the middle."""
    from matplotlib.axes import Axes

    if not isinstance(axes, Axes):
        raise InputError(f"ax is of the type {type(axes).__name__}; give axes of matplotlib.")
    inches = axes.bbox.width / axes.figure.dpi, axes.bbox.height / axes.figure.dpi
    scale = min(1.0, inches[0] / box.width, inches[1] / box.height)
    width, height = inches[0] / scale, inches[1] / scale
    axes.set_xlim(box.left - (width - box.width) / 2, box.left + (width + box.width) / 2)
    axes.set_ylim(box.bottom - (height - box.height) / 2, box.bottom + (height + box.height) / 2)
    axes.set_aspect("equal")  # where the figure is laid out anew later
    if title is not None:
        _write_title(axes, title)
    axes.axis("off")
    return _Sheet(axes, scale)


def _write_title(axes: Axes, title: str, **place: Any) -> None:
    text = axes.set_title(style.shortened(title, 90), loc="left", fontsize=12, color=style.INK, **place)
    text.set(weight="bold", parse_math=False)


def _draw_node(sheet: _Sheet, text: str, x: float, y: float, width: float, intervened: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    fill, line = (style.SET_FILL, style.SET_LINE) if intervened else (style.NODE_FILL, style.NODE_LINE)
    sheet.add(
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
    sheet.write(x, y, text, size=FONT, ha="center", color=style.INK, zorder=4)


def _draw_edges(
    sheet: _Sheet,
    layout: Layout,
    widths: Mapping[str, float],
    edge_widths: Mapping[tuple[str, str], float],
) -> None:
    leaving = _ports(layout, widths, outgoing=True)
    entering = _ports(layout, widths, outgoing=False)
    for edge, route in layout.routes.items():
        start = (leaving[edge], route[0][1] - NODE_HEIGHT / 2)
        end = (entering[edge], route[-1][1] + NODE_HEIGHT / 2)
        _draw_arrow(sheet, [start, *route[1:-1], end], edge_widths[edge])


def _ports(layout: Layout, widths: Mapping[str, float], *, outgoing: bool) -> dict[tuple[str, str], float]:
    """Where along its node's border each edge begins or ends: spread out, in the order of what comes next."""
    ports = {}
    side = 0 if outgoing else 1
    for node in layout.positions:
        edges = [edge for edge in layout.routes if edge[side] == node]
        edges.sort(key=lambda edge: layout.routes[edge][1 if outgoing else -2][0])
        room = min(0.8 * widths[node], APART * (len(edges) - 1))
        for index, edge in enumerate(edges):
            share = index / (len(edges) - 1) - 0.5 if len(edges) > 1 else 0.0
            ports[edge] = layout.positions[node][0] + room * share
    return ports


def _draw_arrow(sheet: _Sheet, points: Sequence[Point], width: float) -> None:
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
    sheet.add(PathPatch(Curve(vertices, codes), **line))
    sheet.add(Polygon(head, facecolor=style.EDGE, linewidth=0, zorder=2))


def _draw_legend(sheet: _Sheet, left: float, y: float, weighted: bool, intervened: bool) -> None:
    x = left
    if weighted:
        x = _write_small(sheet, x, y, "edge probability") + 0.15
        for probability in (0.1, 0.5, 1.0):
            width = edge_width(probability) * sheet.scale
            sheet.axes.plot([x, x + 0.35], [y, y], color=style.EDGE, linewidth=width, solid_capstyle="butt")
            x = _write_small(sheet, x + 0.42, y, f"{probability:g}") + 0.15
    else:
        x = _write_small(sheet, x, y, "graph as given") + 0.15
    if intervened:
        _draw_swatch(sheet, x + 0.15, y)
        _write_small(sheet, x + 0.5, y, "set by an intervention")


def _write_small(sheet: _Sheet, x: float, y: float, text: str) -> float:
    """Write a text of the legend, and return where it ends."""
    sheet.write(x, y, text, size=9, color=style.MUTED)
    return x + _text_width(text) * 9 / FONT


def _draw_swatch(sheet: _Sheet, left: float, y: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    sheet.add(
        FancyBboxPatch(
            (left, y - 0.08),
            0.26,
            0.16,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=style.SET_FILL,
            edgecolor=style.SET_LINE,
            linewidth=1.5,
        )
    )
