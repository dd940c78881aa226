"""Plot of a graph: causes above effects, edge width = probability, doubtful edges broken."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx
import pandas as pd

from foundation_causal.errors import InputError, counted, quoted
from foundation_causal.graphs import check_dag, check_nodes
from foundation_causal.graphs.doubtful_edges import TURNED, UNLIKELY, edge_table
from foundation_causal.graphs.edge_marks import ATTRIBUTE, BIDIRECTED, DIRECTED
from foundation_causal.plots import style
from foundation_causal.plots.graph_layout import Layout, layered_layout
from foundation_causal.plots.graph_strokes import (
    FONT,
    MARGIN,
    NODE_HEIGHT,
    Box,
    Look,
    Room,
    Sheet,
    draw_beside,
    draw_box,
    draw_edge,
    draw_swatch,
    edge_width,
    new_sheet,
    sheet_on,
    text_width,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

APART = 0.19  # inches between edges that enter a node side by side, where it is wide enough
LEGEND, LEGEND_ROW = 0.55, 0.24  # inches of the legend, and of each row after its first
WIDTH = 5.2  # inches, at least, of a figure: a title is as wide
GIVEN_WIDTH = 1.6  # points, where edges have no probability
MANY_EDGES = 60  # from so many on, variables with the same causes and effects share a box
FEWEST_IN_BOX = 2


def graph(
    graph: Any,
    *,
    probabilities: pd.DataFrame | None = None,
    above: float | None = None,
    grouped: bool | None = None,
    intervened: Collection[str] = (),
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a DAG in layers, causes above their effects.

    Edges that the probabilities speak against are broken: dashed where the reverse is more probable, dotted
    where the edge is less probable than not (:mod:`foundation_causal.graphs.doubtful_edges`). Edges that are
    not directed, but carry marks such as `<->` for a hidden common cause (`as_graph(marks="keep")`), are
    drawn by a line of their own, with these marks at their ends.

    Args:
        graph: A DAG over d variables, or what :func:`discovery.discover` predicted.
        probabilities: `[d, d]`, in row i and column j the probability of i -> j, from 0 to 1; the more
            probable an edge, the wider its arrow. A prediction has its own.
        above: Only edges of at least this probability are drawn.
        grouped: Whether variables with the same causes and the same effects share a box; by default where
            there are 60 edges or more.
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
    if probabilities is None:
        probabilities = getattr(graph, "probabilities", None)
    dag, marked = _directed_and_marked(graph)
    names = {str(name) for name in intervened}
    _check_names(dag, names)
    looks = _looks(dag, probabilities)
    left_out = _without_unlikely(dag, looks, above, probabilities)
    if grouped or (grouped is None and dag.number_of_edges() >= MANY_EDGES):
        dag, members, looks = _boxes(dag, looks, {*names, *(end for edge in marked for end in edge[:2])})
    else:
        members = {node: [node] for node in dag}
    boxes = {node: Box(tuple(style.shortened(name) for name in group)) for node, group in members.items()}
    drawn = _with_marked(dag, marked, looks)
    widths = {node: box.width for node, box in boxes.items()}
    extra = {node: box.height - NODE_HEIGHT for node, box in boxes.items()}
    layout = layered_layout(drawn, widths, heights=extra)
    legend = _legend(looks.values(), probabilities is not None, bool(names), left_out, boxes.values())
    room = _room_around(layout, boxes, WIDTH if ax is None else 0.0, legend)
    sheet = new_sheet(room, title) if ax is None else sheet_on(ax, room, title)
    _draw_edges(sheet, layout, boxes, looks)
    for left, marks, right in marked:
        if (left, right) in dag.edges or (right, left) in dag.edges:  # beside an arrow of the same pair
            draw_beside(sheet, layout.positions[left], layout.positions[right], looks[left, right, marks])
    for node, point in layout.positions.items():
        draw_box(sheet, boxes[node], point, node in names)
    _draw_legend(sheet, room, legend)
    return sheet.axes


Edge = tuple[str, ...]  # cause and effect, and the marks of an edge that is not directed


def _directed_and_marked(graph: Any) -> tuple[nx.DiGraph, list[tuple[str, str, str]]]:
    """The DAG of the directed edges, and left end, marks and right end of the others."""
    whole = check_nodes(graph, marks="keep")
    marked = [(a, values[ATTRIBUTE], b) for a, b, values in whole.edges(data=True) if ATTRIBUTE in values]
    directed = whole.copy()
    directed.remove_edges_from([(a, b) for a, _, b in marked])
    return check_dag(directed), marked


def _check_names(dag: nx.DiGraph, intervened: Collection[str]) -> None:
    if len(dag) == 0:
        raise InputError("The graph has no node; give one with at least one variable.")
    unknown = sorted(set(intervened) - set(dag))
    if unknown:
        raise InputError(f"The graph has no node {quoted(unknown)} to highlight; use the names of its nodes.")


def _looks(dag: nx.DiGraph, probabilities: pd.DataFrame | None) -> dict[Edge, Look]:
    """How every directed edge is drawn."""
    if probabilities is None:
        return dict.fromkeys(dag.edges, Look(GIVEN_WIDTH))
    table = edge_table(dag, probabilities)
    kinds = zip(table["probability"].tolist(), table["doubt"].tolist(), strict=True)
    return dict(zip(dag.edges, [Look(edge_width(p), doubt) for p, doubt in kinds], strict=True))


def _without_unlikely(
    dag: nx.DiGraph, looks: dict[Edge, Look], above: float | None, probabilities: pd.DataFrame | None
) -> int:
    """Remove the edges below a probability from the graph and its looks; returns how many these are."""
    if above is None:
        return 0
    if probabilities is None:
        raise InputError("Edges are to be drawn above a probability, and have none; give probabilities=.")
    if not 0 <= above <= 1:
        raise InputError(f"Edges are to be drawn above {above!r}; give a probability from 0 to 1.")
    removed = [edge for edge, look in looks.items() if look.width < edge_width(above)]
    dag.remove_edges_from(removed)
    for edge in removed:
        del looks[edge]
    return len(removed)


def _boxes(
    dag: nx.DiGraph, looks: Mapping[Edge, Look], alone: Collection[str]
) -> tuple[nx.DiGraph, dict[str, list[str]], dict[Edge, Look]]:
    """The graph with one node for variables of the same causes and effects, the members of each, and looks.

    A box's edge is as wide as the mean of its members' edges. Those that have a place of their own to be
    seen, and those without an edge, stay alone.
    """
    alike: dict[Any, list[str]] = {}
    for node in dag:
        causes = frozenset((cause, looks[cause, node].doubt) for cause in dag.pred[node])
        effects = frozenset((effect, looks[node, effect].doubt) for effect in dag.succ[node])
        own = node if node in alone or not (causes or effects) else ""
        alike.setdefault((causes, effects, own), []).append(node)
    of: dict[str, str] = {}
    for group in alike.values():
        of |= {node: group[0] if len(group) >= FEWEST_IN_BOX else node for node in group}
    boxed = nx.DiGraph()
    boxed.add_nodes_from(of[node] for node in dag)
    members: dict[str, list[str]] = {}
    for node in dag:
        members.setdefault(of[node], []).append(node)
    widths: dict[Edge, list[Look]] = {}
    for cause, effect in dag.edges:
        boxed.add_edge(of[cause], of[effect])
        widths.setdefault((of[cause], of[effect]), []).append(looks[cause, effect])
    joined = {e: Look(sum(one.width for one in own) / len(own), own[0].doubt) for e, own in widths.items()}
    return boxed, members, joined


def _with_marked(
    dag: nx.DiGraph, marked: Sequence[tuple[str, str, str]], looks: dict[Edge, Look]
) -> nx.DiGraph:
    """The graph to lay out: also with the edges that are not directed, each from the upper end to the lower.

    Their looks are added, the marks turned round where the edge is.
    """
    drawn = dag.copy()
    for left, marks, right in marked:
        looks[left, right, marks] = Look(GIVEN_WIDTH, marks=marks)
        if drawn.has_edge(left, right) or drawn.has_edge(right, left):
            continue
        up, down = (right, left) if nx.has_path(drawn, right, left) else (left, right)
        drawn.add_edge(up, down)
        looks[up, down] = Look(GIVEN_WIDTH, marks=marks if up == left else _turned(marks))
    return drawn


def _turned(marks: str) -> str:
    """The marks as they are read from the other end."""
    return marks[::-1].translate(str.maketrans("<>", "><"))


def _room_around(layout: Layout, boxes: Mapping[str, Box], least: float, legend: Sequence[_Entry]) -> Room:
    xs = [x for route in layout.routes.values() for x, _ in route]
    left = min([*xs, *(x - boxes[node].width / 2 for node, (x, _) in layout.positions.items())])
    right = max([*xs, *(x + boxes[node].width / 2 for node, (x, _) in layout.positions.items())])
    bottom = min(y - boxes[node].height / 2 for node, (_, y) in layout.positions.items())
    top = max(y + boxes[node].height / 2 for node, (_, y) in layout.positions.items())
    widest = max(entry.width for entry in legend)
    width = max(right - left, least, widest) + 2 * MARGIN
    foot = LEGEND + LEGEND_ROW * (len(_legend_rows(legend, width - 2 * MARGIN)) - 1)
    return Room(
        (left + right) / 2 - width / 2, bottom - MARGIN - foot, width, top - bottom + 2 * MARGIN + foot
    )


def _draw_edges(sheet: Sheet, layout: Layout, boxes: Mapping[str, Box], looks: Mapping[Edge, Look]) -> None:
    leaving = _ports(layout, boxes, outgoing=True)
    entering = _ports(layout, boxes, outgoing=False)
    halves: dict[float, float] = {}  # half the height of each layer
    for node, (_, y) in layout.positions.items():
        halves[y] = max(halves.get(y, 0.0), boxes[node].height / 2)
    for edge, route in layout.routes.items():
        start = (leaving[edge], route[0][1] - boxes[edge[0]].height / 2)
        end = (entering[edge], route[-1][1] + boxes[edge[1]].height / 2)
        draw_edge(sheet, [start, *route[1:-1], end], halves, looks[edge])


def _ports(layout: Layout, boxes: Mapping[str, Box], *, outgoing: bool) -> dict[tuple[str, str], float]:
    """Where along its node's border each edge begins or ends: spread out, in the order of what comes next."""
    ports = {}
    side = 0 if outgoing else 1
    for node in layout.positions:
        edges = [edge for edge in layout.routes if edge[side] == node]
        edges.sort(key=lambda edge: layout.routes[edge][1 if outgoing else -2][0])
        room = min(0.8 * boxes[node].width, APART * (len(edges) - 1))
        for index, edge in enumerate(edges):
            share = index / (len(edges) - 1) - 0.5 if len(edges) > 1 else 0.0
            ports[edge] = layout.positions[node][0] + room * share
    return ports


@dataclass(frozen=True)
class _Entry:
    """One entry of the legend: a sample, and what it means."""

    text: str
    look: Look | None = None
    is_set: bool = False

    @property
    def sample(self) -> float:
        """Inches of what stands before the text."""
        return 0.42 if self.look is not None else 0.35 if self.is_set else 0.0

    @property
    def width(self) -> float:
        return self.sample + text_width(self.text) * 9 / FONT + 0.22


def _legend(
    looks: Collection[Look], weighted: bool, intervened: bool, left_out: int, boxes: Collection[Box]
) -> list[_Entry]:
    """What the drawing needs to be explained."""
    entries = [_Entry("graph as given")]
    if weighted:
        entries = [_Entry("edge probability")]
        entries += [_Entry(f"{p:g}", Look(edge_width(p))) for p in (0.1, 0.5, 1.0)]
    doubts = {look.doubt for look in looks}
    entries += [_Entry(doubt, Look(1.8, doubt)) for doubt in (TURNED, UNLIKELY) if doubt in doubts]
    if any(look.marks == BIDIRECTED for look in looks):
        entries.append(_Entry("a hidden common cause", Look(1.8, marks=BIDIRECTED)))
    if any(look.marks not in (BIDIRECTED, DIRECTED) for look in looks):
        entries.append(_Entry("direction left open", Look(1.8, marks="o-o")))
    if intervened:
        entries.append(_Entry("set by an intervention", is_set=True))
    if any(len(box.names) > 1 for box in boxes):
        entries.append(_Entry("names in one box: the same causes and effects"))
    if left_out:
        entries.append(_Entry(f"{counted(left_out, 'less probable edge')} left out"))
    return entries


def _legend_rows(legend: Sequence[_Entry], width: float) -> list[list[_Entry]]:
    """The entries in rows that are not wider than so many inches."""
    rows: list[list[_Entry]] = [[]]
    for entry in legend:
        if rows[-1] and sum(one.width for one in rows[-1]) + entry.width > width + 0.22:
            rows.append([])
        rows[-1].append(entry)
    return rows


def _draw_legend(sheet: Sheet, room: Room, legend: Sequence[_Entry]) -> None:
    rows = _legend_rows(legend, room.width - 2 * MARGIN)
    for number, row in enumerate(reversed(rows)):
        x, y = room.left + MARGIN, room.bottom + LEGEND / 2 + LEGEND_ROW * number
        for entry in row:
            if entry.look is not None:
                width, dash = entry.look.width * sheet.scale, entry.look.dash
                sheet.axes.plot([x, x + 0.35], [y, y], color=entry.look.colour, linewidth=width, ls=dash)
            elif entry.is_set:
                draw_swatch(sheet, x, y)
            sheet.write(x + entry.sample, y, entry.text, size=9, color=style.MUTED)
            x += entry.width
