"""Graphs in the languages of graphviz (DOT) and of dagitty, which is close to it.

Read is what says which edges there are: nodes, chains of edges, groups, ports, attributes and their defaults,
not layout. The language: https://graphviz.org/doc/info/lang.html. pydot parses it, too, but hands back names
in their quotes, and leaves groups at the ends of edges and defaults such as `edge [dir=none]` to its caller.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import networkx as nx

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs.edge_marks import ATTRIBUTE, DIRECTED, Drawing, chosen_names, joined

DAGITTY_TYPES = ("dag", "pdag", "mag", "pag")
ARROWS = {
    "->": "-->",
    "--": "---",
    "<->": "<->",
    "<-": "<--",
    "@->": "o->",
    "<-@": "<-o",
    "@-@": "o-o",
    "@--": "o--",
    "--@": "--o",
}
TO_DAGITTY = {marks: arrow for arrow, marks in ARROWS.items()}
# Shapes at the end of an edge that are no arrow.
SHAPES = {"none": "-", "odot": "o"}
DOT_ENDS = {"-": "none", ">": "normal", "<": "normal", "o": "odot"}
TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/|^\#[^\n]*)
    |(?P<quoted>"(?:[^"\\]|\\.)*")
    |(?P<arrow><->|<-@|<-|@->|@-@|@--|->|--@|--)
    |(?P<word>-?[\w.\u0080-\U0010ffff]+)
    |(?P<sign>[{}\[\];,=:+])""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
KEYWORDS = ("node", "edge", "graph", "digraph", "subgraph", "strict")


class Token(NamedTuple):
    """A piece of the text: its kind ("quoted", "arrow", "word", "sign" or "end") and what it says."""

    kind: str
    text: str


@dataclass
class Scope:
    """What a group of statements inherits, and the nodes that it names."""

    node: dict[str, Any] = field(default_factory=dict)
    edge: dict[str, Any] = field(default_factory=dict)
    members: list[str] = field(default_factory=list)


def read_dot(text: str, names: list[str] | None) -> Drawing:
    """The graph of text in DOT or of dagitty.

    Raises:
        InputError: The text breaks the rules of the language, or holds several graphs.

    >>> read_dot("digraph { a -> {b c}; d -> c [dir=back] }", None).digraph().edges
    OutEdgeView([('a', 'b'), ('a', 'c'), ('c', 'd')])
    """
    drawing = _Parser(text).parsed()
    labels = [[values.get(key) for values in drawing.nodes.values()] for key in ("label", "name")]
    ids = list(drawing.nodes)
    return drawing.renamed(dict(zip(ids, chosen_names(ids, labels, names), strict=True)))


def write_dot(graph: nx.DiGraph) -> str:
    """The graph in DOT; edges that are not directed have the shapes of their ends."""
    lines = [f"  {_dot_name(node)}{_attributes(values)};" for node, values in graph.nodes(data=True)]
    for left, right, values in graph.edges(data=True):
        shown = {key: value for key, value in values.items() if key != ATTRIBUTE}
        marks = str(values.get(ATTRIBUTE, DIRECTED))
        if marks != DIRECTED:
            shown |= {"dir": "both", "arrowtail": DOT_ENDS[marks[0]], "arrowhead": DOT_ENDS[marks[2]]}
        lines.append(f"  {_dot_name(left)} -> {_dot_name(right)}{_attributes(shown)};")
    return "\n".join(["digraph {", *lines, "}", ""])


def write_dagitty(graph: nx.DiGraph) -> str:
    """The graph in the language of dagitty."""
    marks = {str(kind or DIRECTED) for *_, kind in graph.edges(data=ATTRIBUTE)}
    circles = any("o" in kind for kind in marks)
    kind = "pag" if circles else "pdag" if "---" in marks else "dag"
    lines = [_dot_name(node) for node in graph]
    lines += [
        f"{_dot_name(left)} {TO_DAGITTY[marks or DIRECTED]} {_dot_name(right)}"
        for left, right, marks in graph.edges(data=ATTRIBUTE)
    ]
    return "\n".join([f"{kind} {{", *lines, "}", ""])


class _Parser:
    """Reads one graph, token by token."""

    def __init__(self, text: str) -> None:
        self.tokens = [*_tokens(text), Token("end", "")]
        self.place = 0
        self.drawing = Drawing()
        self.seen: set[tuple[str, str, str]] = set()
        self.dagitty = self.strict = False

    def parsed(self) -> Drawing:
        self.strict = self._take_word("strict")
        kind = self._next().text.lower()
        self.dagitty = kind in DAGITTY_TYPES
        if not self.dagitty and kind not in ("graph", "digraph"):
            raise InputError(f"it begins with {quoted([kind])}; begin with digraph or dag.")
        if self._peek().text != "{":
            self._next()
        self._group(Scope())
        if self._peek().kind != "end":
            raise InputError(f"it goes on with {quoted([self._peek().text])} after its end; give one graph.")
        return self.drawing

    def _group(self, outer: Scope) -> Scope:
        """The statements in braces."""
        scope = Scope(dict(outer.node), dict(outer.edge))
        self._expect("{")
        while not self._take("}"):
            if self._peek().kind == "end":
                raise InputError("it ends before its last brace; give the whole text.")
            if not (self._take(";") or self._take(",")):
                self._statement(scope)
        outer.members += scope.members
        return scope

    def _statement(self, scope: Scope) -> None:
        token, after = self._peek(), self.tokens[min(self.place + 1, len(self.tokens) - 1)]
        if token.kind in ("word", "quoted") and after.text == "=" and after.kind == "sign":
            self.place += 2
            self._value()
            return
        if not self.dagitty and token.kind == "word" and token.text.lower() in ("node", "edge", "graph"):
            self._next()
            values = self._attribute_lists()
            (scope.edge if token.text.lower() == "edge" else {}).update(values)
            return
        chain, arrows = [self._end(scope)], []
        while self._peek().kind == "arrow":
            arrows.append(self._next().text)
            chain.append(self._end(scope))
        values = self._attribute_lists()
        for left, arrow, right in zip(chain, arrows, chain[1:], strict=False):
            for cause in left:
                for effect in right:
                    self._edge(cause, arrow, effect, {**scope.edge, **values})
        if not arrows:
            for node in chain[0]:
                self.drawing.node(node, values)

    def _end(self, scope: Scope) -> list[str]:
        """The nodes at one end of an edge: one, or a group."""
        if self._take_word("subgraph") and self._peek().text != "{":
            self._next()
        if self._peek().text == "{" and self._peek().kind == "sign":
            return list(dict.fromkeys(self._group(scope).members))
        name = self._name()
        while self._take(":"):  # a port, which says where on the node the edge begins
            self._name()
        self.drawing.node(name)
        scope.members.append(name)
        return [name]

    def _edge(self, left: str, arrow: str, right: str, values: dict[str, Any]) -> None:
        if values.get("style") == "invis":  # places nodes, and is not to be seen
            return
        marks = ARROWS[arrow]
        kept = {key: value for key, value in values.items() if key not in ("dir", "arrowhead", "arrowtail")}
        if not self.dagitty and arrow in ("->", "--"):
            direction = values.get("dir", "forward" if arrow == "->" else "none")
            ends = [SHAPES.get(str(values.get(key)), ">") for key in ("arrowtail", "arrowhead")]
            marks = joined(
                ends[0] if direction in ("back", "both") else "-",
                ends[1] if direction in ("forward", "both") else "-",
            )
        if self.strict and (left, marks, right) in self.seen:
            return
        self.seen.add((left, marks, right))
        self.drawing.edge(left, marks, right, kept)

    def _attribute_lists(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while self._take("["):
            while not self._take("]"):
                if self._take(",") or self._take(";"):
                    continue
                key = self._name()
                values[key] = self._value() if self._take("=") else True
        return values

    def _value(self) -> str | float:
        token = self._peek()
        text = self._name()
        return _number(text) if token.kind == "word" or NUMBER.fullmatch(text) else text

    def _name(self) -> str:
        token = self._next()
        if token.kind not in ("word", "quoted"):
            said = "the end" if token.kind == "end" else quoted([token.text])
            raise InputError(f"it has {said} where a name must stand; put odd names in double quotes.")
        text = token.text
        while token.kind == "quoted" and self._take("+"):
            text += self._name()
        return text

    def _peek(self) -> Token:
        return self.tokens[self.place]

    def _next(self) -> Token:
        token = self._peek()
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def _take(self, sign: str) -> bool:
        found = self._peek().kind == "sign" and self._peek().text == sign
        self.place += found
        return found

    def _take_word(self, word: str) -> bool:
        found = self._peek().kind == "word" and self._peek().text.lower() == word
        self.place += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise InputError(f"it has {quoted([self._peek().text])} where '{sign}' must stand; check it.")


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    place, last = 0, ""
    while place < len(text):
        if text[place] == "<" and tokens and tokens[-1].text == "=":  # a label in HTML
            end = _html_end(text, place)
            tokens.append(Token("quoted", text[place + 1 : end - 1]))
            place, last = end, ""
            continue
        found = TOKEN.match(text, place)
        if found is None:
            raise InputError(
                f"it has {text[place : place + 20]!r} where a name or a sign must stand; quote it."
            )
        kind = str(found.lastgroup)
        # Tetrad writes "the "dose"", which graphviz takes for three names.
        if "quoted" in (kind, last) and {kind, last} <= {"quoted", "word"}:
            raise InputError(
                f'it has {text[place : place + 20]!r} right behind a name; write quotes inside quotes as \\".'
            )
        last = kind
        if kind == "quoted":
            tokens.append(Token(kind, _unquoted(found[0])))
        elif kind != "space":
            tokens.append(Token(kind, found[0]))
        place = found.end()
    return tokens


def _html_end(text: str, place: int) -> int:
    depth = 0
    for at in range(place, len(text)):
        depth += {"<": 1, ">": -1}.get(text[at], 0)
        if depth == 0:
            return at + 1
    raise InputError("it ends inside a label of HTML; give the whole text.")


def _unquoted(text: str) -> str:
    r"""Text without its quotes: `\"` is a quote, a backslash before a line end nothing, others stay."""
    return re.sub(r'\\(["\n\\])', lambda found: {'"': '"', "\n": ""}.get(found[1], found[0]), text[1:-1])


def _dot_name(name: object) -> str:
    r"""A name as DOT and dagitty read it.

    Raises:
        InputError: A backslash stands before a quote or at its end, which the languages cannot write.
    """
    text = str(name)
    if PLAIN.fullmatch(text) and text.lower() not in (*KEYWORDS, *DAGITTY_TYPES):
        return text
    if re.search(r'(?<!\\)(\\\\)*\\("|\n|$)', text):
        raise InputError(
            f"DOT cannot write the name {quoted([text])}, because of its backslash; rename it, or choose "
            ".json."
        )
    escaped = text.replace('"', r"\"")
    return f'"{escaped}"'


def _attributes(values: dict[str, Any]) -> str:
    shown = ", ".join(f"{_dot_name(key)}={_dot_name(value)}" for key, value in values.items())
    return f" [{shown}]" if shown else ""


def _number(text: str) -> str | float:
    if not NUMBER.fullmatch(text) or len(text) > 40:
        return text
    return int(text) if text.lstrip("+-").isdigit() else float(text)
