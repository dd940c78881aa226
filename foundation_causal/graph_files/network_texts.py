"""The structure of Bayesian networks in text: BIF, and the languages of Hugin and Netica."""

from __future__ import annotations

import re

from foundation_causal.errors import InputError, quoted
from foundation_causal.graphs.edge_marks import DIRECTED, Drawing, chosen_names

BIF_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"[^"]*"|[{}]|[^{}"/]+|/', re.DOTALL)
BIF_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/|%[^\n]*)
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<sign>[{}()=;,|])
    |(?P<word>[^\s{}()=;,|"]+)""",
    re.VERBOSE | re.DOTALL,
)
NODES = ("node", "decision", "utility")
LABELS = ("label", "title")


def read_network(text: str, names: list[str] | None) -> Drawing:
    r"""The structure of a network in the language of Hugin (`.net`) or Netica (`.dne`).

    Nodes are called by their identifiers, or by their labels (Hugin) or titles (Netica) where these are the
    `names`. Hugin writes the parents above each table, `potential (child | parents)`, Netica in each node.

    Raises:
        InputError: It declares no node, or names a parent that it does not declare.

    >>> read_network("net {} node a {} node b {} potential (b | a) {}", None).digraph().edges
    OutEdgeView([('a', 'b')])
    """
    tokens = _tokens(text)
    labels: dict[str, str] = {}
    arcs: list[tuple[str, str]] = []
    node = ""
    for place, token in enumerate(tokens):
        after = tokens[place + 1 : place + 3]
        if token in NODES and after[1:] == ["{"]:
            node = _bare(after[0])
            labels[node] = ""
        elif token in LABELS and after[:1] == ["="] and node and not labels[node]:
            labels[node] = _bare(after[1])
        elif token == "parents" and after == ["=", "("]:
            arcs += [(parent, node) for parent in _listed(tokens, place + 3)]
        elif token == "potential" and after[:1] == ["("]:
            child, *parents = _listed(tokens, place + 2) or [""]
            arcs += [(parent, child) for parent in parents]
            node = ""
    if not labels:
        raise InputError("it declares no node; give a network of Hugin or Netica.")
    unknown = [name for arc in arcs for name in arc if name not in labels]
    if unknown:
        raise InputError(f"it has an arc of {quoted(unknown[:1])}, which it does not declare; declare it.")
    drawing = Drawing({name: {} for name in labels})
    for parent, child in arcs:
        drawing.edge(parent, DIRECTED, child)
    called = chosen_names(list(labels), [list(labels.values())], names)
    return drawing.renamed(dict(zip(labels, called, strict=True)))


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            raise InputError("it ends inside a quoted text; give the whole file.")
        if found.lastgroup != "space":
            tokens.append(found[0])
        place = found.end()
    return tokens


def _listed(tokens: list[str], place: int) -> list[str]:
    """The names up to the next closing bracket."""
    end = tokens.index(")", place) if ")" in tokens[place:] else len(tokens)
    return [_bare(token) for token in tokens[place:end] if token not in (",", "|")]


def read_bif(text: str, names: list[str] | None) -> Drawing:
    """The structure of a Bayesian network in the interchange format BIF; its tables are not read.

    Raises:
        InputError: The text breaks the rules of the format, or names a variable that is not declared.
    """
    del names
    drawing = Drawing()
    for kind, pieces in _bif_statements(text):
        if kind == "variable":
            drawing.node(pieces[0])
        elif kind == "probability":
            # Commas may be missing, and names may have blanks without quotes.
            known = all(piece in drawing.nodes for piece in pieces)
            words = [_bare(word) for word in re.findall(r'"[^"]*"|[^\s"]+', " ".join(pieces))] or [""]
            child, *parents = pieces if known else words
            unknown = [name for name in (child, *parents) if name not in drawing.nodes]
            if unknown:
                raise InputError(
                    f"it has probabilities of {quoted(unknown)}, not declared as a variable; do so."
                )
            for parent in parents:
                drawing.edge(parent, DIRECTED, child)
    if not drawing.nodes:
        raise InputError("it declares no variable; give a network in BIF.")
    return drawing


def _bif_statements(text: str) -> list[tuple[str, list[str]]]:
    """The first word of each statement, and the names between it and its braces."""
    statements, depth, start, place = [], 0, 0, 0
    while place < len(text):
        found = BIF_TOKEN.match(text, place)
        if found is None:
            raise InputError("it ends inside a quoted name; give the whole text.")
        if found[0] == "{":
            if depth == 0:
                head = BIF_COMMENT.sub(" ", text[start:place]).strip()
                kind, _, rest = head.partition(" ") if "(" not in head else head.partition("(")
                pieces = [piece.strip() for piece in re.split(r"[|,]", rest.rstrip(") \t\r\n"))]
                statements.append((kind.strip().lower(), [_bare(piece) for piece in pieces]))
            depth += 1
        elif found[0] == "}":
            depth -= 1
            start = found.end()
        place = found.end()
    return statements


def _bare(name: str) -> str:
    """A name without the quotes around it."""
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' and '"' not in name[1:-1] else name
