"""What users know of a graph before they look at data: required and forbidden edges, tiers, roots, leaves.

In a file, knowledge is one JSON object whose keys are the fields of `Knowledge`.
"""

from __future__ import annotations

import csv
import json
import numbers
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from foundation_causal.errors import InputError, quoted, reason, said
from foundation_causal.files import check_readable, check_suffix, replacing
from foundation_causal.types import Array

SUFFIXES = (".json",)


class Constraints(NamedTuple):
    """Knowledge as matrices, which searches and networks read; `[i, j]` is about the edge `i -> j`.

    Attributes:
        required: Bool `[d, d]`, acyclic; these edges are in the graph.
        forbidden: Bool `[d, d]`; these are not. It holds the diagonal and every edge that would close a cycle
            with required ones, and no required edge: the required edges alone are a graph that fits.
    """

    required: NDArray[np.bool_]
    forbidden: NDArray[np.bool_]

    def among(self, places: Sequence[int]) -> Constraints:
        """What is known of the edges among some of the variables, in this order."""
        inside = np.ix_(places, places)
        return Constraints(self.required[inside], self.forbidden[inside])


def no_constraints(d: int) -> Constraints:
    """The constraints on `d` variables of which nothing is known: no edge leads to where it starts.

    >>> no_constraints(2).forbidden.astype(int)
    array([[1, 0],
           [0, 1]])
    """
    return Constraints(np.zeros((d, d), dtype=bool), np.eye(d, dtype=bool))


def settled(probabilities: Array, constraints: Constraints) -> Array:
    """Probabilities `[d, d]` with 1 for every required edge and 0 for every forbidden one."""
    return np.where(constraints.required, 1.0, np.where(constraints.forbidden, 0.0, probabilities))


@dataclass(frozen=True)
class Knowledge:
    """Statements about a causal graph over named columns; what is not named stays open.

    Attributes:
        required: Pairs (cause, effect): these direct edges are in the graph. `graph.edges` will do, too.
        forbidden: Pairs (cause, effect): these direct edges are not; a path through other columns may be.
        tiers: Groups of columns in the order of time: no edge leads from a later group into an earlier one.
            Columns in no group are free.
        roots: Columns without parents.
        leaves: Columns without children.

    Raises:
        InputError: Something other than lists of names, an edge from a column to itself, a statement that is
            made twice, or statements that contradict each other.

    Example:
        >>> Knowledge(required=[("a", "b")], roots=["c"]).constraints(["a", "b", "c"]).forbidden.astype(int)
        array([[1, 0, 1],
               [1, 1, 1],
               [0, 0, 1]])
    """

    required: Collection[Sequence[str]] = ()
    forbidden: Collection[Sequence[str]] = ()
    tiers: Collection[Collection[str]] = ()
    roots: Collection[str] = ()
    leaves: Collection[str] = ()

    def __post_init__(self) -> None:
        tiers = enumerate(_listed(self.tiers, "tiers"), start=1)
        plain = {
            "required": _edges(self.required, "required"),
            "forbidden": _edges(self.forbidden, "forbidden"),
            "tiers": tuple(_names(tier, f"tier {number}") for number, tier in tiers),
            "roots": _names(self.roots, "roots"),
            "leaves": _names(self.leaves, "leaves"),
        }
        for field, value in plain.items():
            object.__setattr__(self, field, value)  # the dataclass is frozen
        _check_edges(self)
        _check_tiers(self)
        _check_ends(self)

    def constraints(self, names: Sequence[str]) -> Constraints:
        """The statements as matrices over the d columns `names`, with all that they imply.

        Raises:
            InputError: A statement about a column that is not among `names`.
        """
        at = {name: place for place, name in enumerate(names)}
        for field in fields(self):
            unknown = dict.fromkeys(n for n in _flat(getattr(self, field.name)) if n not in at)
            if unknown:
                raise InputError(
                    f"The knowledge names {quoted(unknown)} under '{field.name}', which the data lack; "
                    f"use their columns {quoted(names)}."
                )
        required, forbidden = no_constraints(len(at))
        for cause, effect in self.required:
            required[at[cause], at[effect]] = True
        for first, last in _paths(self):
            forbidden[at[last], at[first]] = True
        for cause, effect in self.forbidden:
            forbidden[at[cause], at[effect]] = True
        for earlier, later in combinations(self.tiers, 2):
            forbidden[np.ix_([at[name] for name in later], [at[name] for name in earlier])] = True
        forbidden[:, [at[name] for name in self.roots]] = True
        forbidden[[at[name] for name in self.leaves], :] = True
        return Constraints(required, forbidden)

    def joined(self, other: Knowledge) -> Knowledge:
        """What both say; what both say alike counts once.

        Raises:
            InputError: Both have tiers, and these differ, or statements that contradict each other.

        >>> Knowledge(roots=["a"]).joined(Knowledge(roots=["a", "b"], forbidden=[("c", "d")]))
        Knowledge(required=(), forbidden=(('c', 'd'),), tiers=(), roots=('a', 'b'), leaves=())
        """
        if self.tiers and other.tiers and self.tiers != other.tiers:
            raise InputError("The tiers are given twice, and differently; leave out one of the two.")
        both = {
            f.name: dict.fromkeys([*getattr(self, f.name), *getattr(other, f.name)]) for f in fields(self)
        }
        return Knowledge(**{name: tuple(statements) for name, statements in both.items()})


def _check_edges(knowledge: Knowledge) -> None:
    forbidden = set(map(tuple, knowledge.forbidden))
    both = [edge for edge in knowledge.required if tuple(edge) in forbidden]
    if both:
        raise InputError(f"The knowledge both requires and forbids {_arrow(both[0])}; keep one of the two.")
    graph = nx.DiGraph(knowledge.required)
    if not nx.is_directed_acyclic_graph(graph):
        cycle = [cause for cause, _ in nx.find_cycle(graph)]
        path = _arrow([*cycle, cycle[0]])
        raise InputError(f"The required edges close the cycle {path}; leave out one of them.")


def _check_tiers(knowledge: Knowledge) -> None:
    _check_once((name for tier in knowledge.tiers for name in tier), "tiers")
    number = {name: place for place, tier in enumerate(knowledge.tiers, start=1) for name in tier}
    for first, last in _paths(knowledge):
        if first in number and last in number and number[first] > number[last]:
            raise InputError(
                f"The required edges lead from {_quote(first)} in tier {number[first]} back to "
                f"{_quote(last)} in tier {number[last]}; leave out an edge, or move one of the two."
            )


def _check_ends(knowledge: Knowledge) -> None:
    for cause, effect in knowledge.required:
        for name, group, field in ((effect, knowledge.roots, "roots"), (cause, knowledge.leaves, "leaves")):
            if name in group:
                raise InputError(
                    f"The knowledge requires {_arrow((cause, effect))}, but {_quote(name)} is among its "
                    f"{field}; leave out one of the two."
                )


def _paths(knowledge: Knowledge) -> list[tuple[str, str]]:
    """All pairs of columns that required edges connect, directly or not."""
    closure = nx.transitive_closure_dag(nx.DiGraph(knowledge.required))
    return [(first, last) for first in closure for last in closure if last in closure[first]]


def _edges(given: Any, field: str) -> tuple[tuple[str, str], ...]:
    edges = [tuple(_name(end, field) for end in _listed(pair, field)) for pair in _listed(given, field)]
    for edge in edges:
        if len(edge) != 2:
            raise InputError(f"The knowledge has [{quoted(edge)}] under '{field}'; give pairs of columns.")
        if edge[0] == edge[1]:
            raise InputError(f"The knowledge has {_arrow(edge)} under '{field}'; give two different columns.")
    _check_once(edges, field, _arrow)
    return tuple((cause, effect) for cause, effect in edges)


def _names(given: Any, field: str) -> tuple[str, ...]:
    names = tuple(_name(item, field) for item in _listed(given, field))
    _check_once(names, field)
    return names


def _listed(given: Any, field: str) -> list[Any]:
    # Text is iterable by letters and a dict by keys; neither can be meant.
    try:
        if not isinstance(given, str | bytes | dict) and isinstance(given, Iterable):
            return list(given)
    except TypeError:  # an array without a dimension calls itself iterable
        pass
    raise InputError(f"The knowledge has {said(given)} under '{field}'; give a list in its place.")


def _name(given: Any, field: str) -> str:
    if not isinstance(given, str | numbers.Real):  # a column may be called 3
        raise InputError(f"The knowledge has {said(given)} under '{field}'; give the name of a column.")
    return str(given)


def _quote(name: str) -> str:
    return quoted([name])


def _check_once(things: Iterable[Any], field: str, show: Callable[[Any], str] = _quote) -> None:
    twice = [thing for thing, count in Counter(things).items() if count > 1]
    if twice:
        raise InputError(f"The knowledge has {show(twice[0])} more than once under '{field}'; say it once.")


def _arrow(path: Iterable[str]) -> str:
    return " -> ".join(map(_quote, path))


def _flat(value: Collection[Any]) -> Iterable[str]:
    """The names in a field, whether it holds names or groups of them."""
    for item in value:
        yield from [item] if isinstance(item, str) else item


def read_knowledge(path: str | os.PathLike[str]) -> Knowledge:
    """Read knowledge from a .json file such as `{"required": [["a", "b"]], "tiers": [["a"], ["b", "c"]]}`.

    Raises:
        InputError: A missing, empty or unreadable file, an unknown key, or what :class:`Knowledge` refuses.
    """
    path = check_readable(path, SUFFIXES)
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_object)
        return Knowledge(**_known_keys(document))
    except InputError as error:
        raise InputError(f"Cannot use the knowledge in '{path}': {error}") from error
    except (ValueError, OSError, RecursionError) as error:
        raise InputError(f"Cannot read '{path}' ({reason(error)}); check that it holds JSON.") from error


def read_tiers(path: str | os.PathLike[str]) -> list[list[str]]:
    """Read tiers from text, the earliest first: a line for each, its columns separated by commas.

    A name that holds a comma stands in double quotes. Empty lines are skipped.

    Raises:
        InputError: A missing, empty or unreadable file.
    """
    path = check_readable(path, ("",))
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), skipinitialspace=True))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(
            f"Cannot read '{path}' ({reason(error)}); write a line of columns a tier."
        ) from error
    tiers = [[name.strip() for name in line if name.strip()] for line in lines]
    return [tier for tier in tiers if tier]


def write_knowledge(knowledge: Knowledge, path: str | os.PathLike[str]) -> None:
    """Write knowledge to a .json file, whole or not at all; :func:`read_knowledge` gives it back.

    Raises:
        InputError: Something other than knowledge, another suffix, or a folder that cannot be written to.
    """
    if not isinstance(knowledge, Knowledge):
        raise InputError(
            f"What is to be written is of the type {type(knowledge).__name__}; give a Knowledge."
        )
    path = Path(path)
    check_suffix(path, SUFFIXES)
    statements = {field.name: getattr(knowledge, field.name) for field in fields(knowledge)}
    # One statement a line: the file is for people, too.
    lines = [
        f'  "{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in statements.items() if value
    ]
    with replacing(path) as temporary:
        temporary.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _known_keys(document: object) -> dict[str, Any]:
    known = [field.name for field in fields(Knowledge)]
    if not isinstance(document, dict):
        raise InputError(f"It holds no object in braces; give one with some of the keys {quoted(known)}.")
    unknown = [key for key in document if key not in known]
    if unknown:
        raise InputError(f"It has the unknown key {quoted(unknown[:1])}; use {quoted(known)}.")
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; of two equal keys, json would silently keep the last."""
    keys = [key for key, _ in pairs]
    twice = [key for key in keys if keys.count(key) > 1]
    if twice:
        raise InputError(f"It has the key {quoted(twice[:1])} more than once; write one list.")
    return dict(pairs)
