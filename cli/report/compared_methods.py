"""Other methods beside the graph of a report: each in a process of its own, under a time limit."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from discovery.structure_evaluation import about_gaps, answer, prepare, seen_by
from discovery.structure_methods import METHODS, OURS, is_installed
from foundation_causal.errors import InputError, reason
from foundation_causal.graphs import adjacency
from foundation_causal.runs import Unfinished, finished

if TYPE_CHECKING:
    from cli.inputs import Source
    from cli.notes import Inferred
    from foundation_causal.observations import Observations

MEASURED = ("network", "PC", "GES", "BOSS", "FLOP", "DirectLiNGAM")
DISCRETE = ("network", "PC-chi2", "HC-BDeu", "GES-BDeu", "BOSS-BDeu")
MIXED = ("network", "HC-CG")


@dataclass(frozen=True)
class Task:
    """One method on one table.

    Attributes:
        method: Its name.
        model: The weights of this project's own methods.
        rows: What it sees of the table.
    """

    method: str
    model: str
    rows: Observations | pd.DataFrame


def usual_methods(source: Source) -> list[str]:
    """The names of methods for a table of these types that are quick, whether or not they are installed."""
    kinds = set(source.schema.kinds.values())
    if kinds <= {"continuous", "count"}:
        return list(MEASURED)
    return list(MIXED if kinds & {"continuous", "count"} else DISCRETE)


def compared(
    source: Source,
    inferred: Inferred,
    methods: Sequence[str] | None,
    time_limit: float,
    settings: dict[str, Any],
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """What each method finds on the same table, and where they differ from the graph of the report.

    Args:
        source: The data.
        inferred: The graph of the report.
        methods: Which; those for such a table if None.
        time_limit: Seconds that each may take.
        settings: The weights of this project's own methods.
        tell: Called with a few words before each.

    Returns:
        `rows`, one for each method, the graph of the report first: name, about, edges, seconds, failure; and
        `pairs`: cause and effect, and for each method that answered one of `->`, `<-`, `--` and nothing; for
        the graph of the report also `<->`, where a pair without an edge shares a hidden cause; and `gaps`, a
        sentence on which methods saw which rows, or None.
    """
    names = usual_methods(source) if methods is None else list(dict.fromkeys(methods))
    missing = [name for name in names if not is_installed(name)]
    columns = source.names
    title = f"this report ({inferred.caption()})"
    rows: list[dict[str, Any]] = [{"name": title, "about": "", "edges": inferred.graph.number_of_edges()}]
    patterns = {title: _pattern(inferred.graph, columns)}
    tasks, failures = [], {}
    for name in missing:
        failures[name] = f"not installed: pip install 'foundation-causal[{METHODS[name].extra}]'"
    for name in names:
        if name in missing:
            continue
        try:
            tasks.append(Task(name, settings["model"] if name in OURS else "", seen_by(name, source.table)))
        except InputError as error:
            failures[name] = str(error)
    found = _answers(tasks, time_limit, tell)
    for name in names:
        result = found.get(name, failures.get(name, "no answer"))
        row = {"name": name, "about": METHODS[name].about, "paper": METHODS[name].paper}
        if isinstance(result, str):
            rows.append(row | {"failure": result})
            continue
        pattern, seconds = result
        patterns[name] = pattern
        edges = int(np.count_nonzero(np.triu((pattern > 0) | (pattern.T > 0), 1)))
        rows.append(
            row | {"edges": edges, "seconds": round(seconds, 2), **_agreement(patterns[title], pattern)}
        )
    return {
        "rows": rows,
        "answered": list(patterns),
        "gaps": about_gaps(source.table),
        "pairs": _pairs(patterns, columns, inferred.hidden),
    }


def _answers(
    tasks: Sequence[Task], time_limit: float, tell: Callable[[str], None]
) -> dict[str, str | tuple[np.ndarray[Any, Any], float]]:
    """The pattern `[d, d]` and seconds of each method, or why there are none."""
    found: dict[str, str | tuple[np.ndarray[Any, Any], float]] = {}
    if not tasks:
        return found
    warm = partial(prepare, [(task.method, task.model) for task in tasks])
    with _main_not_imported():
        for task, result in finished(_carried_out, tasks, time_limit=time_limit, prepare=warm):
            found[task.method] = result.reason if isinstance(result, Unfinished) else result
            tell(f"{task.method}, {len(found)} of {len(tasks)}")
    return found


def _carried_out(task: Task) -> str | tuple[np.ndarray[Any, Any], float]:
    """One method on its table; whatever a package raises is its answer."""
    import warnings

    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pattern, _ = answer(task.method, task.model, task.rows)
    except InputError as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: {reason(error)}"
    return pattern, time.perf_counter() - start


@contextmanager
def _main_not_imported() -> Iterator[None]:
    """Let new processes begin without the user's script, which would else run again in each of them."""
    main = sys.modules["__main__"]
    kept = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    for name in kept:
        setattr(main, name, None)
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(main, name, value)


def _pattern(graph: nx.DiGraph, names: Sequence[str]) -> np.ndarray[Any, Any]:
    directed = nx.relabel_nodes(graph, {node: str(node) for node in graph})
    return adjacency(directed, names).astype(float)


def _agreement(ours: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> dict[str, int]:
    """In how many pairs a method agrees with the graph, turns its edge, lacks it, or has one more."""
    upper = np.triu(np.ones_like(ours, dtype=bool), 1)
    joined_here, joined_there = (ours + ours.T > 0) & upper, (other + other.T > 0) & upper
    turned = joined_here & joined_there & (((ours > 0) & (other == 0)) | ((ours.T > 0) & (other.T == 0)))
    return {
        "agree": int((joined_here & joined_there & ~turned).sum()),
        "turned": int(turned.sum()),
        "lacks": int((joined_here & ~joined_there).sum()),
        "more": int((~joined_here & joined_there).sum()),
    }


def _pairs(
    patterns: dict[str, np.ndarray[Any, Any]], names: Sequence[str], hidden: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Every pair that some method joins, the most often joined first, written along the graph's direction."""
    first = next(iter(patterns.values()))
    shared = {frozenset(map(str, pair["between"])) for pair in hidden}
    pairs = []
    for i in range(len(names)):
        for j in range(i + 1, len(names)):
            a, b = (j, i) if first[j, i] > 0 else (i, j)
            marks = [_mark(pattern, a, b) for pattern in patterns.values()]
            if not marks[0] and {names[a], names[b]} in shared:
                marks[0] = "<->"
            if any(marks):
                pairs.append({"cause": names[a], "effect": names[b], "marks": marks})
    pairs.sort(key=lambda pair: -sum(map(bool, pair["marks"])))
    return pairs


def _mark(pattern: np.ndarray[Any, Any], a: int, b: int) -> str:
    there, back = pattern[a, b] > 0, pattern[b, a] > 0
    return "--" if there and back else "->" if there else "<-" if back else ""
