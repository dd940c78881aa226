"""Plot of a graph: causes above effects, edge width = probability, doubtful edges broken."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import networkx as nx
import pandas as pd

from foundation_causal.errors import InputError, counted, quoted
from foundation_causal.graphs import check_dag, check_nodes
from foundation_causal.graphs.doubtful_edges import TURNED, UNLIKELY, edge_table
from foundation_causal.graphs.edge_marks import ATTRIBUTE, BIDIRECTED, DIRECTED
from foundation_causal.plots import style
from foundation_causal.plots.graph_layout import Layout, Point, layered_layout

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

NODE_HEIGHT = 0.40  # inches
NAME_HEIGHT = 0.22  # inches of a line in a box of several names
FONT = 11  # points
APART = 0.19  # inches between edges that enter a node side by side, where it is wide enough
HEAD_LENGTH = 1.15  # of an arrowhead, in its widths
MARGIN = 0.35  # inches around the drawing
LEGEND, TITLE = 0.55, 0.3  # inches
WIDTH = 5.2  # inches, at least, of a figure: a title is as wide
GIVEN_WIDTH = 1.6  # points, where edges have no probability
MANY_EDGES = 60  # from so many on, variables with the same causes and effects share a box
FEWEST_IN_BOX = 2
DOUBT = "#8a5a9c"
HIDDEN = "#a6761d"
DASHES: dict[str, tuple[float, ...]] = {TURNED: (4, 2), UNLIKELY: (1.2, 1.6), BIDIRECTED: (5, 1.5, 1.2, 1.5)}


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
    boxes = {node: _Box(tuple(style.shortened(name) for name in group)) for node, group in members.items()}
    drawn = _with_marked(dag, marked, looks)
    widths = {node: box.width for node, box in boxes.items()}
    extra = {node: box.height - NODE_HEIGHT for node, box in boxes.items()}
    layout = layered_layout(drawn, widths, heights=extra)
    legend = _legend(looks.values(), probabilities is not None, bool(names), left_out, boxes.values())
    room = _room_around(layout, boxes, WIDTH if ax is None else 0.0, legend)
    sheet = _new_sheet(room, title) if ax is None else _sheet_on(ax, room, title)
    _draw_edges(sheet, layout, boxes, looks)
    for left, marks, right in marked:
        if (left, right) in dag.edges or (right, left) in dag.edges:  # beside an arrow of the same pair
            _draw_beside(sheet, layout.positions[left], layout.positions[right], looks[left, right, marks])
    for node, point in layout.positions.items():
        _draw_box(sheet, boxes[node], point, node in names)
    _draw_legend(sheet, room, legend)
    return sheet.axes


@dataclass(frozen=True)
class _Look:
    """How an edge is drawn: points wide, why it is doubted, and the marks at its ends."""

    width: float
    doubt: str = ""
    marks: str = DIRECTED

    @property
    def colour(self) -> str:
        if self.marks != DIRECTED:
            return HIDDEN
        return DOUBT if self.doubt == TURNED else style.EDGE

    @property
    def dash(self) -> Any:
        kind = self.marks if self.marks == BIDIRECTED else self.doubt
        return (0, DASHES[kind]) if kind in DASHES else "-"


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


def _looks(dag: nx.DiGraph, probabilities: pd.DataFrame | None) -> dict[Edge, _Look]:
    """How every directed edge is drawn."""
    if probabilities is None:
        return dict.fromkeys(dag.edges, _Look(GIVEN_WIDTH))
    table = edge_table(dag, probabilities)
    kinds = zip(table["probability"].tolist(), table["doubt"].tolist(), strict=True)
    return dict(zip(dag.edges, [_Look(edge_width(p), doubt) for p, doubt in kinds], strict=True))


def _without_unlikely(
    dag: nx.DiGraph, looks: dict[Edge, _Look], above: float | None, probabilities: pd.DataFrame | None
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
    dag: nx.DiGraph, looks: Mapping[Edge, _Look], alone: Collection[str]
) -> tuple[nx.DiGraph, dict[str, list[str]], dict[Edge, _Look]]:
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
    widths: dict[Edge, list[_Look]] = {}
    for cause, effect in dag.edges:
        boxed.add_edge(of[cause], of[effect])
        widths.setdefault((of[cause], of[effect]), []).append(looks[cause, effect])
    joined = {e: _Look(sum(one.width for one in own) / len(own), own[0].doubt) for e, own in widths.items()}
    return boxed, members, joined


def _with_marked(
    dag: nx.DiGraph, marked: Sequence[tuple[str, str, str]], looks: dict[Edge, _Look]
) -> nx.DiGraph:
    """The graph to lay out: also with the edges that are not directed, each from the upper end to the lower.

    Their looks are added, the marks turned round where the edge is.
    """
    drawn = dag.copy()
    for left, marks, right in marked:
        looks[left, right, marks] = _Look(GIVEN_WIDTH, marks=marks)
        if drawn.has_edge(left, right) or drawn.has_edge(right, left):
            continue
        up, down = (right, left) if nx.has_path(drawn, right, left) else (left, right)
        drawn.add_edge(up, down)
        looks[up, down] = _Look(GIVEN_WIDTH, marks=marks if up == left else _turned(marks))
    return drawn


def _turned(marks: str) -> str:
    """The marks as they are read from the other end."""
    return marks[::-1].translate(str.maketrans("<>", "><"))


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
    """One name, or several in rows and columns."""

    names: tuple[str, ...]
    columns: int = field(init=False)
    cell: float = field(init=False)  # inches of a name

    def __post_init__(self) -> None:
        count = len(self.names)
        object.__setattr__(self, "columns", 1 if count <= 4 else 2 if count <= 10 else 3)
        object.__setattr__(self, "cell", max(map(_text_width, self.names)) + (0.14 if count > 1 else 0.0))

    @property
    def rows(self) -> int:
        return -(-len(self.names) // self.columns)

    @property
    def width(self) -> float:
        return max(0.75, self.columns * self.cell + (0.34 if len(self.names) == 1 else 0.16))

    @property
    def height(self) -> float:
        return NODE_HEIGHT + NAME_HEIGHT * (self.rows - 1)

    def places(self, x: float, y: float) -> list[Point]:
        """The centre of each name, where that of the box is known."""
        across = [(k % self.columns - (self.columns - 1) / 2) * self.cell for k in range(len(self.names))]
        down = [((self.rows - 1) / 2 - k // self.columns) * NAME_HEIGHT for k in range(len(self.names))]
        return [(x + dx, y + dy) for dx, dy in zip(across, down, strict=True)]


@dataclass(frozen=True)
class _Room:
    """The room of the drawing with its margins and its legend, without its title, in inches."""

    left: float
    bottom: float
    width: float
    height: float


def _room_around(layout: Layout, boxes: Mapping[str, _Box], least: float, legend: Sequence[_Entry]) -> _Room:
    xs = [x for route in layout.routes.values() for x, _ in route]
    left = min([*xs, *(x - boxes[node].width / 2 for node, (x, _) in layout.positions.items())])
    right = max([*xs, *(x + boxes[node].width / 2 for node, (x, _) in layout.positions.items())])
    bottom = min(y - boxes[node].height / 2 for node, (_, y) in layout.positions.items())
    top = max(y + boxes[node].height / 2 for node, (_, y) in layout.positions.items())
    widest = max(entry.width for entry in legend)
    width = max(right - left, least, widest) + 2 * MARGIN
    foot = LEGEND + LEGEND_ROW * (len(_legend_rows(legend, width - 2 * MARGIN)) - 1)
    return _Room(
        (left + right) / 2 - width / 2, bottom - MARGIN - foot, width, top - bottom + 2 * MARGIN + foot
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


def _new_sheet(box: _Room, title: str | None) -> _Sheet:
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


def _sheet_on(axes: object, box: _Room, title: str | None) -> _Sheet:
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


def _draw_box(sheet: _Sheet, box: _Box, centre: Point, intervened: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    (x, y), width, height = centre, box.width, box.height
    fill, line = (style.SET_FILL, style.SET_LINE) if intervened else (style.NODE_FILL, style.NODE_LINE)
    sheet.add(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=fill,
            edgecolor=line,
            linewidth=2.0 if intervened else 1.1,
            zorder=3,
        ),
    )
    for name, (x_name, y_name) in zip(box.names, box.places(x, y), strict=True):
        sheet.write(x_name, y_name, name, size=FONT, ha="center", color=style.INK, zorder=4)


def _draw_edges(
    sheet: _Sheet, layout: Layout, boxes: Mapping[str, _Box], looks: Mapping[Edge, _Look]
) -> None:
    leaving = _ports(layout, boxes, outgoing=True)
    entering = _ports(layout, boxes, outgoing=False)
    halves: dict[float, float] = {}  # half the height of each layer
    for node, (_, y) in layout.positions.items():
        halves[y] = max(halves.get(y, 0.0), boxes[node].height / 2)
    for edge, route in layout.routes.items():
        start = (leaving[edge], route[0][1] - boxes[edge[0]].height / 2)
        end = (entering[edge], route[-1][1] + boxes[edge[1]].height / 2)
        _draw_edge(sheet, [start, *route[1:-1], end], halves, looks[edge])


def _ports(layout: Layout, boxes: Mapping[str, _Box], *, outgoing: bool) -> dict[tuple[str, str], float]:
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


def _draw_edge(sheet: _Sheet, points: Sequence[Point], halves: Mapping[float, float], look: _Look) -> None:
    """A smooth curve from the first to the last of `points`, with the marks at its ends.

    Past a waypoint it runs straight down for the height of its layer, so that it bends between layers only.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Curve

    (first_x, first_y), (tip_x, tip_y) = points[0], points[-1]
    length = HEAD_LENGTH * head_width(look.width) / 72
    begin, neck = (length if mark in "<>o" else 0.0 for mark in (look.marks[0], look.marks[-1]))
    vertices, codes = [(first_x, first_y - begin)], [Curve.MOVETO]
    for x, y in points[1:]:
        last = (x, y) == points[-1]
        x0, y0 = vertices[-1]
        half = halves.get(y, NODE_HEIGHT / 2)
        y1 = tip_y + neck if last else y + half
        bend = 0.5 * (y0 - y1)
        vertices += [(x0, y0 - bend), (x, y1 + bend), (x, y1)]
        codes += [Curve.CURVE4] * 3
        if not last:
            vertices.append((x, y - half))
            codes.append(Curve.LINETO)
    line = {"fill": False, "linewidth": look.width, "edgecolor": look.colour, "capstyle": "butt", "zorder": 2}
    sheet.add(PathPatch(Curve(vertices, codes), linestyle=look.dash, **line))
    _draw_end(sheet, (first_x, first_y), look, look.marks[0], 1)
    _draw_end(sheet, (tip_x, tip_y), look, look.marks[-1], -1)


def _draw_end(sheet: _Sheet, at: Point, look: _Look, mark: str, up: int) -> None:
    """The mark at the lower border of a node (`up` = 1), or at the upper one (-1)."""
    from matplotlib.patches import Circle, Polygon

    (x, y), broad = at, head_width(look.width) / 72
    if mark in "<>":
        # Drawn by itself and without an outline, which would make the heads of wide edges much larger.
        neck = y - up * HEAD_LENGTH * broad
        points = [(x, y), (x - broad / 2, neck), (x + broad / 2, neck)]
        sheet.add(Polygon(points, facecolor=look.colour, linewidth=0, zorder=2))
    elif mark == "o":
        radius = HEAD_LENGTH * broad / 2
        ring = {"facecolor": "white", "edgecolor": look.colour, "linewidth": look.width, "zorder": 2}
        sheet.add(Circle((x, y - up * radius), 0.8 * radius, **ring))


def _draw_beside(sheet: _Sheet, left: Point, right: Point, look: _Look) -> None:
    """An edge that is not directed, as an arc beside the arrow that joins the same nodes."""
    from matplotlib.patches import FancyArrowPatch

    size = head_width(look.width) * sheet.scale
    tip = f"head_length={HEAD_LENGTH * size / 2:.2f},head_width={size / 2:.2f}"
    start, end = ("<|" if look.marks[0] == "<" else ""), ("|>" if look.marks[-1] == ">" else "")
    inch = 72 * sheet.scale
    sheet.add(
        FancyArrowPatch(
            left,
            right,
            arrowstyle=f"{start}-{end},{tip}" if start or end else "-",
            connectionstyle="arc3,rad=0.4",
            shrinkA=inch * NODE_HEIGHT / 2 + 1,
            shrinkB=inch * NODE_HEIGHT / 2 + 1,
            linewidth=look.width,
            linestyle=look.dash,
            color=look.colour,
            zorder=2,
        )
    )


LEGEND_ROW = 0.24  # inches


@dataclass(frozen=True)
class _Entry:
    """One entry of the legend: a sample, and what it means."""

    text: str
    look: _Look | None = None
    is_set: bool = False

    @property
    def sample(self) -> float:
        """Inches of what stands before the text."""
        return 0.42 if self.look is not None else 0.35 if self.is_set else 0.0

    @property
    def width(self) -> float:
        return self.sample + _text_width(self.text) * 9 / FONT + 0.22


def _legend(
    looks: Collection[_Look], weighted: bool, intervened: bool, left_out: int, boxes: Collection[_Box]
) -> list[_Entry]:
    """What the drawing needs to be explained."""
    entries = [_Entry("graph as given")]
    if weighted:
        entries = [_Entry("edge probability")]
        entries += [_Entry(f"{p:g}", _Look(edge_width(p))) for p in (0.1, 0.5, 1.0)]
    doubts = {look.doubt for look in looks}
    entries += [_Entry(doubt, _Look(1.8, doubt)) for doubt in (TURNED, UNLIKELY) if doubt in doubts]
    if any(look.marks == BIDIRECTED for look in looks):
        entries.append(_Entry("a hidden common cause", _Look(1.8, marks=BIDIRECTED)))
    if any(look.marks not in (BIDIRECTED, DIRECTED) for look in looks):
        entries.append(_Entry("direction left open", _Look(1.8, marks="o-o")))
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


def _draw_legend(sheet: _Sheet, room: _Room, legend: Sequence[_Entry]) -> None:
    rows = _legend_rows(legend, room.width - 2 * MARGIN)
    for number, row in enumerate(reversed(rows)):
        x, y = room.left + MARGIN, room.bottom + LEGEND / 2 + LEGEND_ROW * number
        for entry in row:
            if entry.look is not None:
                width, dash = entry.look.width * sheet.scale, entry.look.dash
                sheet.axes.plot([x, x + 0.35], [y, y], color=entry.look.colour, linewidth=width, ls=dash)
            elif entry.is_set:
                _draw_swatch(sheet, x, y)
            sheet.write(x + entry.sample, y, entry.text, size=9, color=style.MUTED)
            x += entry.width


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
