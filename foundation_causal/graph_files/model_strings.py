"""Graphs in text of Tetrad and causal-learn, bnlearn and lavaan."""

from __future__ import annotations

import re

import networkx as nx

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs.edge_marks import ATTRIBUTE, BIDIRECTED, DIRECTED, Drawing

TETRAD_EDGE = re.compile(r"\s*(?:\d+\.\s+)?(.+)")
TETRAD_MARKS = re.compile(r" ([<o-]-[>o-]) ")
BNLEARN_NODE = re.compile(r"\[([^\[\]|]+)(?:\|([^\[\]|]+))?\]")
BNLEARN = re.compile(rf"\s*(?:{BNLEARN_NODE.pattern}\s*)+")
BNLEARN_WORD = re.compile(r"[^\[\]|:\s]+")
LAVAAN_NAME = re.compile(r"[^\W\d][\w.]*")
LAVAAN_ZERO = re.compile(r"[+-]?(0+\.?0*|\.0+)")  # a modifier that says of a term that it is not there
LAVAAN_LINE = re.compile(r"(?P<left>.+?)(?P<sign>=~|<~|~~|~\*~|:=|==|~|<|>|\|)(?P<right>.*)", re.DOTALL)


def read_tetrad(text: str, names: list[str] | None) -> Drawing:
    r"""The graph of Tetrad's text, which causal-learn prints, too; what follows the edges is not read.

    Latent variables stand in brackets among the nodes, and without them in the edges.

    Raises:
        InputError: A section is missing, or an edge is not between nodes.

    >>> read_tetrad("Graph Nodes:\na;b c\n\nGraph Edges:\n1. b c --> a\n", None).digraph().edges
    OutEdgeView([('b c', 'a')])
    """
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        # The line below the first title holds names, which may look like a title.
        named = [*sections][-1:] == ["graph nodes:"] and not sections["graph nodes:"]
        if re.fullmatch(r"[A-Z].*:\s*", line) and not named:
            lines = sections.setdefault(line.strip().lower(), [])
        elif line.strip():
            lines.append(line)
    if not {"graph nodes:", "graph edges:"} <= set(sections):
        raise InputError("it lacks 'Graph Nodes:' or 'Graph Edges:'; give the whole text.")
    listed = "".join(sections["graph nodes:"])
    nodes = [name.strip() for name in listed.split(";" if ";" in listed else ",")]
    return tetrad_drawing(nodes, sections["graph edges:"], names)


def tetrad_drawing(nodes: list[str], lines: list[str], names: list[str] | None) -> Drawing:
    """The graph of the names and the lines of edges that Tetrad writes.

    Args:
        nodes: The names, latent ones in brackets.
        lines: The edges.
        names: What the nodes must be, if that is known: names with brackets of their own keep them.

    Raises:
        InputError: A line is no edge between the nodes.
    """
    edges, measured = "\n".join(lines), {*nodes, *(names or ())}
    drawing = Drawing()
    for name in filter(None, nodes):
        bare = name[1:-1]
        in_brackets = name[:1] == "(" and name[-1:] == ")" and name not in edges
        latent = in_brackets and bare not in measured and name not in (names or ())
        drawing.node(bare if latent else name, {"latent": True} if latent else {})
    for line in lines:
        found = TETRAD_EDGE.fullmatch(line)
        edge = None if found is None else _tetrad_edge(found[1], drawing.nodes)
        if edge is None:
            raise InputError(
                f"it has the line {quoted([line])}, which is no edge between its nodes; mend it."
            )
        drawing.edge(*edge)
    return drawing


def _tetrad_edge(text: str, nodes: dict[str, dict[str, object]]) -> tuple[str, str, str] | None:
    """The ends and marks of an edge; after it there may be words such as dd, pl and probabilities."""
    for found in TETRAD_MARKS.finditer(text):
        left, right = text[: found.start()].strip(), text[found.end() :].strip()
        words = re.split(r"(?=[\s\[])", right)
        ends = ["".join(words[:k]).strip() for k in range(len(words), 0, -1)]
        target = next((end for end in ends if end in nodes), None)
        if left in nodes and target is not None:
            return left, found[1], target
    return None


def write_tetrad(graph: nx.DiGraph) -> str:
    """The graph as Tetrad prints it.

    Raises:
        InputError: A name holds what separates names.
    """
    _check_names(graph, re.compile(r"[^;,\s]([^;,\n\r]*[^;,\s])?"), "Tetrad's text")
    edges = [
        f"{number}. {left} {marks or DIRECTED} {right}"
        for number, (left, right, marks) in enumerate(graph.edges(data=ATTRIBUTE), start=1)
    ]
    return "\n".join(["Graph Nodes:", ";".join(graph), "", "Graph Edges:", *edges, ""])


def read_bnlearn(text: str, names: list[str] | None) -> Drawing:
    """The graph of a model string such as `[a][b|a:c][c]`, as bnlearn's `modelstring` returns it.

    Raises:
        InputError: It is none, or a parent is no node.
    """
    del names
    if not BNLEARN.fullmatch(text):
        raise InputError("it is no model string of bnlearn; give one such as [a][b|a:c][c].")
    found = BNLEARN_NODE.findall(text)
    drawing = Drawing({name.strip(): {} for name, _ in found})
    if len(drawing.nodes) < len(found):
        raise InputError("it has a node twice; write each once.")
    for name, parents in found:
        for parent in filter(None, parents.split(":")):
            if parent.strip() not in drawing.nodes:
                raise InputError(
                    f"it has the parent {quoted([parent])} without brackets of its own; add them."
                )
            drawing.edge(parent.strip(), DIRECTED, name.strip())
    return drawing


def write_bnlearn(graph: nx.DiGraph) -> str:
    """The graph as a model string of bnlearn, in which nodes stand after their parents.

    Raises:
        InputError: A name holds a space or a sign of the string, or the graph is not acyclic.
    """
    _check_names(graph, BNLEARN_WORD, "a model string of bnlearn")
    if not nx.is_directed_acyclic_graph(graph):
        raise InputError("A model string of bnlearn cannot hold a cycle; choose another format.")
    parents = {node: ":".join(graph.predecessors(node)) for node in nx.topological_sort(graph)}
    return "".join(f"[{node}|{of_it}]" if of_it else f"[{node}]" for node, of_it in parents.items()) + "\n"


def read_lavaan(text: str, names: list[str] | None) -> Drawing:
    r"""The graph of a model in lavaan's syntax: regressions, covariances and latent variables.

    Variances, intercepts, thresholds, defined parameters and constraints say nothing about edges, and a term
    that is fixed to zero says that there is none.

    Raises:
        InputError: A line of another kind, an interaction, or several groups or levels.

    >>> read_lavaan("y ~ a + 0.5*b\ny ~~ y\na ~~ 0*b", None).digraph().edges
    OutEdgeView([('a', 'y'), ('b', 'y')])
    """
    del names
    drawing = Drawing(complete=False)
    for line in _lavaan_lines(text):
        found = LAVAAN_LINE.fullmatch(line)
        if found is None:
            raise InputError(f"it has the line {quoted([line])}, which is no formula; write y ~ a + b.")
        sign = found["sign"]
        if sign in (":=", "==", "<", ">", "|", "~*~"):
            continue
        for left, _ in _terms(found["left"]):
            for right, is_there in _terms(found["right"]):
                if not is_there or (sign == "~~" and left == right):
                    drawing.node(right)
                elif sign == "~~":
                    drawing.edge(left, BIDIRECTED, right)
                elif sign == "=~":
                    drawing.edge(left, DIRECTED, right)
                else:
                    drawing.edge(right, DIRECTED, left)
            drawing.node(left)
    if not drawing.nodes:
        raise InputError("it names no variable in a formula; write y ~ a + b.")
    return drawing


def _lavaan_lines(text: str) -> list[str]:
    """The formulas: a line that ends in a sign goes on in the next, and ; parts two on one line."""
    bare = re.sub(r"[#!][^\n]*", "", text)
    whole = re.sub(r"([~+*=])[ \t\r]*\n\s*", r"\1 ", bare)
    whole = re.sub(r"\n\s*(\+)", r" \1", whole)
    return [line.strip() for line in re.split(r"[;\n]", whole) if line.strip()]


def _terms(side: str) -> list[tuple[str, bool]]:
    """The variables of one side, without modifiers such as 0.5* and equal("b")*, and without intercepts.

    Each with whether its coefficient may be other than zero.
    """
    terms = []
    # A plus inside a modifier, such as c("a+b"), parts nothing.
    for term in re.split(r"\+(?![^()]{0,200}\))", side):
        modifier, _, name = (piece.strip() for piece in term.rpartition("*"))
        if name in ("0", "1", "-1"):
            continue
        if not LAVAAN_NAME.fullmatch(name):
            raise InputError(
                f"it has the term {quoted([term.strip()])}, which names no variable; leave it out."
            )
        terms.append((name, LAVAAN_ZERO.fullmatch(modifier) is None))
    return terms


def write_lavaan(graph: nx.DiGraph) -> str:
    """The graph as regressions in lavaan's syntax; a variable without any edge stands as its variance.

    Raises:
        InputError: A name that the syntax does not know, or an edge that is neither directed nor bidirected.
    """
    _check_names(graph, LAVAAN_NAME, "a model of lavaan")
    lines, covariances, linked = [], [], set()
    for left, right, marks in graph.edges(data=ATTRIBUTE):
        if marks not in (None, DIRECTED, BIDIRECTED):
            raise InputError(f"A model of lavaan cannot hold the marks {marks}; choose .json.")
        covariances += [f"{left} ~~ {right}"] if marks == BIDIRECTED else []
    for node in graph:
        causes = [a for a, _, marks in graph.in_edges(node, data=ATTRIBUTE) if marks in (None, DIRECTED)]
        if causes:
            lines.append(f"{node} ~ {' + '.join(causes)}")
            linked |= {node, *causes}
    variances = [f"{node} ~~ {node}" for node in graph if node not in linked]
    return "\n".join([*lines, *covariances, *variances, ""])


def _check_names(graph: nx.DiGraph, allowed: re.Pattern[str], what: str) -> None:
    odd = [node for node in graph if not allowed.fullmatch(node)]
    if odd:
        raise InputError(
            f"{what[0].upper()}{what[1:]} cannot hold the name {quoted(odd[:1])}; rename it, or choose .json."
        )
