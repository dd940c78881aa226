"""Graphs of one table by several methods, side by side: how far apart they are, and how well each predicts.

Without a known truth nobody can say which graph is right. What can be said is where methods agree, and how
probable mechanisms along each graph make rows that they were not fitted to.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import pandas as pd

from discovery.network.answers import DEFAULT_MODEL
from discovery.structure_evaluation import answer, prepare, seen_by
from discovery.structure_methods import METHODS, check_methods, listed_methods
from discovery.table_warnings import warn_of_table
from foundation_causal.checks import check_number, check_seed
from foundation_causal.columns.row_checks import judge_rows
from foundation_causal.columns.type_inference import Types
from foundation_causal.errors import DataWarning, InputError, counted, reason
from foundation_causal.graphs import adjacency, check_nodes, from_adjacency
from foundation_causal.metrics.all_scores import pattern_scores
from foundation_causal.observations import MIN_ROWS, Observations, Table, observations
from foundation_causal.runs import Unfinished, finished
from foundation_causal.runtime import one_thread
from foundation_causal.types import Array
from mechanisms.inference import infer

FOR_NUMBERS = ("foundation-causal", "network", "PC", "GES", "BOSS", "FLOP", "DirectLiNGAM", "DAGMA")
FOR_LEVELS = ("foundation-causal", "network", "PC-chi2", "HC-BDeu", "GES-BDeu", "BOSS-BDeu", "MIIC")
FOR_MIXED = ("foundation-causal", "network", "HC-CG")
HELD_OUT = 5  # one row in so many
TRUTH_SCORES = ("shd", "precision", "recall", "f1")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several methods on one table; made by :func:`compare`.

    Attributes:
        methods: One row a method: `edges`, those of them that are `open` in direction, `held_out`, the mean
            log density of held-out rows by mechanisms along the graph, `seconds` of the clock, with a truth
            also `shd`, `precision`, `recall` and `f1`, and `failure`, a sentence, where there is no graph.
        distances: `[m, m]`, the structural Hamming distance between the graphs of the methods that have one;
            an open edge of one of two counts half.
        edges: One row for each pair of columns that any method joins, `cause` and `effect` as most of them
            say; for every method 1 where it says so, -1 where it says the reverse, 0.5 where it joins them
            without a direction and 0 where it does not; and the share that `agree`, open directions half.
        graphs: The graph of each method; an open edge stands in it in both directions.
    """

    methods: pd.DataFrame
    distances: pd.DataFrame
    edges: pd.DataFrame
    graphs: dict[str, nx.DiGraph] = field(repr=False)

    def __repr__(self) -> str:
        failed = f", {counted(len(self.methods) - len(self.graphs), 'failure')}"
        size = (
            f"{counted(len(self.methods), 'method')}{failed if len(self.methods) > len(self.graphs) else ''}"
        )
        return f"Comparison({size})\n{self.methods.drop(columns='failure').round(3).to_string(na_rep='')}"

    def _repr_html_(self) -> str:
        return str(self.methods.round(3).to_html(na_rep=""))


class _Task(NamedTuple):
    method: str
    rows: Observations | pd.DataFrame


class _Found(NamedTuple):
    pattern: Array
    seconds: float


def compare(
    data: Table | Observations,
    methods: Sequence[str] | None = None,
    graph: Any = None,
    *,
    types: Types | None = None,
    held_out: bool = True,
    time_limit: float | None = 60.0,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Find the graph of a table by several methods, and compare the answers.

    A method that fails, takes too long or is not installed is listed with the reason, and does not end the
    comparison. Each runs on one thread. The graphs come from all rows; for `held_out` the kernel model is
    fitted along each to four fifths of the rows and judged by the others, which the graphs have seen. Of an
    answer that leaves directions open some DAG that it allows is taken.

    Args:
        data: `[n, d]`. This project's methods see all rows; the others, and the mechanisms of `held_out`,
            only those without gaps.
        methods: Any of `discovery.structure_methods.METHODS`; by default this project's two and the usual
            ones for the types of the columns.
        graph: The true graph over the columns, if it is known.
        types: What is known of some columns' types, as for :func:`discovery.discover`.
        held_out: Whether to fit mechanisms along each graph.
        time_limit: Seconds for each method, the import of its package counted, the mechanisms not; each then
            runs in a process of its own, which takes seconds to start. None for no limit, in this process.
        seed: For which rows are held out.
        progress: Called with a few words after each method.

    Raises:
        InputError: Data or a truth that cannot be used, or a method that there is not.

    Warns:
        DataWarning: As :func:`discovery.discover`, of the table.

    Example:
        >>> from foundation_causal.simulate import p_in
        >>> frame = p_in(["linear"]).draw(scms=1, d=4, n=100, seed=3).frame(0)
        >>> compared = compare(frame, ["foundation-causal", "network"], time_limit=None)
        >>> compared.distances.shape
        (2, 2)
    """
    if time_limit is not None:
        check_number("The time limit", time_limit, above=0)
    table = observations(data, types=types, missing=True)
    truth = None if graph is None else adjacency(check_nodes(graph, table.names)).astype(float)
    chosen = _usual(table) if methods is None else listed_methods(methods)
    failures: dict[str, str] = {}
    for method in chosen:
        if not isinstance(method, str) or method not in METHODS:
            check_methods([method])
        try:
            check_methods([method])
        except InputError as error:
            failures[method] = str(error)
    chosen = list(dict.fromkeys(chosen))
    check_seed(seed)
    warn_of_table(table, judge_rows(table), True)
    found: dict[str, _Found] = {}
    tasks = []
    for method in chosen:
        if method not in failures:
            try:
                tasks.append(_Task(method, seen_by(method, table)))
            except InputError as error:
                failures[method] = str(error)
    for task, result in finished(_find, tasks, time_limit=time_limit):
        if isinstance(result, _Found):
            found[task.method] = result
        else:
            why = result.reason if isinstance(result, Unfinished) else result
            failures[task.method] = f"{task.method} has no answer: {why}."
        if progress is not None:
            progress(f"{len(found) + len(failures)} of {len(chosen)}, {task.method}")
    patterns = {method: found[method].pattern for method in chosen if method in found}
    likely = _held_out(table, patterns, seed) if held_out else {}
    rows = []
    for method in chosen:
        row: dict[str, Any] = {"method": method, "failure": failures.get(method)}
        if method in found:
            row |= {**_counts(patterns[method], truth), "seconds": found[method].seconds}
            row["held_out"] = likely.get(method)
        rows.append(row)
    columns = [
        "edges",
        "open",
        *(TRUTH_SCORES if truth is not None else ()),
        "held_out",
        "seconds",
        "failure",
    ]
    listed = pd.DataFrame(rows, columns=["method", *columns]).set_index("method")
    numbers = [name for name in columns if name != "failure"]
    listed[numbers] = listed[numbers].astype(float)
    graphs = {
        method: table.schema.titled(from_adjacency(pattern > 0, table.names))
        for method, pattern in patterns.items()
    }
    return Comparison(listed, _distances(patterns), _edges(table, patterns), graphs)


def _usual(table: Observations) -> tuple[str, ...]:
    """The methods that suit the types of the columns."""
    discrete = [column.is_discrete for column in table.schema]
    return FOR_LEVELS if all(discrete) else FOR_MIXED if any(discrete) else FOR_NUMBERS


@one_thread()
def _find(task: _Task) -> _Found | str:
    """The pattern that a method finds, or why it finds none."""
    prepare([(task.method, DEFAULT_MODEL)])  # imports and weights, before the clock starts
    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pattern, _ = answer(task.method, DEFAULT_MODEL, task.rows)
    except Exception as error:  # whatever a package raises is its answer
        return f"{type(error).__name__}, {reason(error)}"
    return _Found(pattern, time.perf_counter() - start)


def _counts(pattern: Array, truth: Array | None) -> dict[str, float]:
    """How many edges a pattern has, and how it scores against a truth."""
    undecided = int((np.triu(pattern == 0.5)).sum())
    counts = {"edges": float((pattern == 1).sum() + undecided), "open": float(undecided)}
    if truth is not None:
        scores = pattern_scores(truth, pattern)
        counts |= {name: scores[name] for name in TRUTH_SCORES}
    return counts


def _distances(patterns: dict[str, Array]) -> pd.DataFrame:
    """The structural Hamming distance between every two patterns, open directions counted half."""
    table = pd.DataFrame(0.0, index=list(patterns), columns=list(patterns))
    for one, first in patterns.items():
        for other, second in patterns.items():
            difference = np.abs(first - second)
            table.loc[one, other] = np.triu(np.maximum(difference, difference.T), 1).sum()
    return table


def _edges(table: Observations, patterns: dict[str, Array]) -> pd.DataFrame:
    """What each method says of every pair that any of them joins."""
    titles, total = table.schema.titles, sum(patterns.values(), np.zeros((len(table.names),) * 2))
    rows = []
    for i, j in zip(*np.nonzero(np.triu(total + total.T, 1)), strict=True):
        a, b = (i, j) if total[i, j] >= total[j, i] else (j, i)
        said = {
            method: pattern[a, b] if pattern[a, b] else -pattern[b, a] for method, pattern in patterns.items()
        }
        rows.append({"cause": titles[a], "effect": titles[b], "agree": total[a, b] / len(patterns), **said})
    frame = pd.DataFrame(rows, columns=["cause", "effect", "agree", *patterns])
    return frame.sort_values("agree", ascending=False, kind="stable", ignore_index=True)


def _held_out(table: Observations, patterns: dict[str, Array], seed: int) -> dict[str, float]:
    """The mean log density of held-out rows along each graph; none where there are few rows, or no DAG."""
    try:
        table = table.complete()
    except InputError:  # too few rows have no gaps, or they have the same value everywhere in a column
        return {}
    order = table.rows_in_random_order(seed)
    rows = table.schema.decoded(table.values[order])
    seen, unseen = rows.iloc[len(rows) // HELD_OUT :], rows.iloc[: len(rows) // HELD_OUT]
    scores: dict[str, float] = {}
    known: dict[bytes, float] = {}
    for method, pattern in patterns.items():
        dag = some_dag(pattern)
        if dag is None or len(seen) < MIN_ROWS:
            continue
        if dag.tobytes() not in known:
            along = table.schema.titled(from_adjacency(dag, table.names))
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DataWarning)
                    kinds = {column.name: column.kind for column in table.schema if not column.is_discrete}
                    known[dag.tobytes()] = infer(seen, along, types=kinds, seed=seed).score(unseen)
            except (
                InputError
            ):  # a level that only the held-out rows have, or a column that varies in them only
                continue
        scores[method] = known[dag.tobytes()]
    return scores


def some_dag(pattern: Array) -> Array | None:
    """A DAG with the directed edges of a pattern and its open ones in some direction, without new colliders.

    The algorithm of Dor and Tarsi (1992), "A simple algorithm to construct a consistent extension of a
    partially oriented graph".

    Args:
        pattern: `[d, d]`, 1 for `i -> j`, 0.5 in both directions for an open edge.

    Returns:
        0/1 `[d, d]`; None where there is no such DAG.

    >>> int(some_dag(np.array([[0, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0]])).sum(0).max())
    1
    """
    directed, undecided = pattern == 1, pattern == 0.5
    joined = (pattern + pattern.T) > 0
    dag, left = directed.astype(int), list(range(len(pattern)))
    while left:
        for x in left:
            around = [y for y in left if joined[x, y]]
            loose = [y for y in around if undecided[x, y]]
            sink = not directed[x, left].any()
            if sink and all(joined[y, z] for y in loose for z in around if z != y):
                dag[loose, x] = 1
                left.remove(x)
                break
        else:
            return None
    return dag
