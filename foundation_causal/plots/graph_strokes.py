"""How the plot of a graph is drawn: a sheet in inches, boxes of names, edges with marks at their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from foundation_causal.errors import InputError
from foundation_causal.graphs.doubtful_edges import TURNED, UNLIKELY
from foundation_causal.graphs.edge_marks import BIDIRECTED, DIRECTED
from foundation_causal.plots import style
from foundation_causal.plots.graph_layout import Point

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch
    from matplotlib.path import Path as Curve

NODE_HEIGHT = 0.40  # inches
NAME_HEIGHT = 0.22  # inches of a line in a box of several names
FONT = 11  # points
HEAD_LENGTH = 1.15  # of an arrowhead, in its widths
MARGIN = 0.35  # inches around the drawing
TITLE = 0.3  # inches
DOUBT = "#8a5a9c"
HIDDEN = "#a6761d"
DASHES: dict[str, tuple[float, ...]] = {TURNED: (4, 2), UNLIKELY: (1.2, 1.6), BIDIRECTED: (5, 1.5, 1.2, 1.5)}


@dataclass(frozen=True)
class Look:
    """How an edge is drawn: points wide, why it is doubted, and the marks at its ends."""

    width: float
    doubt: str = ""
    marks: str = DIRECTED

    @property
    def colour(self) -> str:
        """The colour of the line and its marks."""
        if self.marks != DIRECTED:
            return HIDDEN
        return DOUBT if self.doubt == TURNED else style.EDGE

    @property
    def dash(self) -> Any:
        """The style of the line, as matplotlib takes it."""
        kind = self.marks if self.marks == BIDIRECTED else self.doubt
        return (0, DASHES[kind]) if kind in DASHES else "-"


def edge_width(probability: float) -> float:
    """Width in points: 0.6 for an edge of probability 0, 3.8 for a certain one."""
    return 0.6 + 3.2 * probability


def head_width(width: float) -> float:
    """Width of the arrowhead in points: wider than its edge, narrower than heads side by side are apart."""
    return 4.5 + 1.4 * width


def text_width(text: str) -> float:
    """Width in inches at the size of a node's label."""
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    return _width(TextPath((0, 0), text.replace("$", "S"), size=FONT)) / 72


def _width(path: Curve) -> float:
    """Of lines and quadratic curves, as letters are; matplotlib's own goes from curve to curve in Python."""
    from matplotlib.path import Path as Curve

    x, codes = np.asarray(path.vertices)[:, 0], np.asarray(path.codes)
    if (codes == Curve.CURVE4).any():
        return float(path.get_extents().width)
    controls = np.flatnonzero(codes == Curve.CURVE3)[::2]
    before, control, after = x[controls - 1], x[controls], x[controls + 1]
    bend = before - 2 * control + after
    t = np.divide(before - control, bend, out=np.zeros_like(bend), where=bend != 0).clip(0, 1)
    turning = (1 - t) ** 2 * before + 2 * t * (1 - t) * control + t**2 * after
    ends = x[(codes == Curve.MOVETO) | (codes == Curve.LINETO)]
    reached = np.concatenate([ends, after, turning])
    return float(reached.max() - reached.min())


@dataclass(frozen=True)
class Box:
    """One name, or several in rows and columns."""

    names: tuple[str, ...]
    columns: int = field(init=False)
    cell: float = field(init=False)  # inches of a name

    def __post_init__(self) -> None:
        count = len(self.names)
        object.__setattr__(self, "columns", 1 if count <= 4 else 2 if count <= 10 else 3)
        object.__setattr__(self, "cell", max(map(text_width, self.names)) + (0.14 if count > 1 else 0.0))

    @property
    def rows(self) -> int:
        """How many names stand below one another."""
        return -(-len(self.names) // self.columns)

    @property
    def width(self) -> float:
        """Inches across."""
        return max(0.75, self.columns * self.cell + (0.34 if len(self.names) == 1 else 0.16))

    @property
    def height(self) -> float:
        """Inches down."""
        return NODE_HEIGHT + NAME_HEIGHT * (self.rows - 1)

    def places(self, x: float, y: float) -> list[Point]:
        """The centre of each name, where that of the box is known."""
        across = [(k % self.columns - (self.columns - 1) / 2) * self.cell for k in range(len(self.names))]
        down = [((self.rows - 1) / 2 - k // self.columns) * NAME_HEIGHT for k in range(len(self.names))]
        return [(x + dx, y + dy) for dx, dy in zip(across, down, strict=True)]


@dataclass(frozen=True)
class Room:
    """The room of the drawing with its margins and its legend, without its title, in inches."""

    left: float
    bottom: float
    width: float
    height: float


@dataclass(frozen=True)
class Sheet:
    """Axes in inches of the drawing, and how large one is on the page: letters and lines shrink with it."""

    axes: Axes
    scale: float = 1.0

    def add(self, patch: Patch) -> None:
        """Add a shape, the outline of which shrinks with the drawing."""
        patch.set_linewidth(patch.get_linewidth() * self.scale)
        self.axes.add_patch(patch)

    def write(self, x: float, y: float, text: str, *, size: float, **look: Any) -> None:
        """Write words without formulas, centred at a height."""
        look |= {"fontsize": size * self.scale, "va": "center", "parse_math": False}
        self.axes.text(x, y, text, **look)


def new_sheet(box: Room, title: str | None) -> Sheet:
    """A figure as large as the drawing and its title."""
    from matplotlib.figure import Figure

    height = box.height + (0.0 if title is None else TITLE)
    axes = Figure(figsize=(box.width, height)).add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(box.left, box.left + box.width)
    axes.set_ylim(box.bottom, box.bottom + height)
    if title is not None:
        _write_title(axes, title, x=MARGIN / box.width, y=1 - 0.2 / height, va="center", pad=0)
    axes.axis("off")
    return Sheet(axes)


def sheet_on(axes: object, box: Room, title: str | None) -> Sheet:
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
    return Sheet(axes, scale)


def _write_title(axes: Axes, title: str, **place: Any) -> None:
    text = axes.set_title(style.shortened(title, 90), loc="left", fontsize=12, color=style.INK, **place)
    text.set(weight="bold", parse_math=False)


def draw_box(sheet: Sheet, box: Box, centre: Point, intervened: bool) -> None:
    """Draw a box and its names around a centre, highlighted if an intervention sets it."""
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


def draw_edge(sheet: Sheet, points: Sequence[Point], halves: Mapping[float, float], look: Look) -> None:
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


def _draw_end(sheet: Sheet, at: Point, look: Look, mark: str, up: int) -> None:
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


def draw_beside(sheet: Sheet, left: Point, right: Point, look: Look) -> None:
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


def draw_swatch(sheet: Sheet, left: float, y: float) -> None:
    """Draw a small highlighted box for the legend."""
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
