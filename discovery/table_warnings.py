"""Warnings that a table makes a graph discovered from it doubtful, and of what the graph leaves open.

What is looked for stands in `foundation_causal.columns`; `foundation_causal.check` finds these and more.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import pandas as pd

from discovery.knowledge import Knowledge
from discovery.network.pair_statistics import ROWS_SEEN, TYPED_ROWS_SEEN
from discovery.prediction import Prediction
from discovery.preparation import most_rows
from discovery.search.refine import MAX_SEARCH_ROWS, MAX_TABLE_ROWS
from foundation_causal.columns.column_checks import (
    about_counters,
    about_dependences,
    about_hiding,
    about_identifiers,
    about_repeats,
    about_spoiled,
)
from foundation_causal.columns.export_checks import export_warnings
from foundation_causal.columns.row_checks import Judged, about_copies, about_drift
from foundation_causal.errors import (
    CopiedRowsWarning,
    DataWarning,
    DependentColumnsWarning,
    FewRowsWarning,
    HiddenCauseWarning,
    OpenDirectionsWarning,
    OrderedRowsWarning,
    RepeatedColumnWarning,
    RowCounterWarning,
    SpoiledValuesWarning,
    SubsampleWarning,
    counted,
    quoted,
    warn,
)
from foundation_causal.observations import Observations


def warn_of_table(table: Observations, judged: Judged, refine: bool, rows: int | None = None) -> None:
    """Warn, at the user's own line, of what makes a graph discovered from a table doubtful.

    Args:
        table: The user's table.
        judged: Its rows that count, and why others do not.
        refine: Whether the graph is searched for, and not the network's alone.
        rows: How many rows decide at a time, where they are resampled; all that count by default.
    """
    for warning in warnings_of_table(table, judged, refine, rows):
        warn(warning)


def warnings_of_table(
    table: Observations, judged: Judged, refine: bool, rows: int | None = None
) -> Iterator[DataWarning]:
    """What :func:`warn_of_table` warns of."""
    n, d = judged.table.frame.shape
    yield from about_thinning(n if rows is None else rows, d, refine, bool((table.schema.levels > 0).all()))
    yield from about_rows(n, d, TYPED_ROWS_SEEN if table.schema.has_types else ROWS_SEEN)
    yield from export_warnings(table)
    yield from about_columns(table.frame)
    for finding in about_spoiled(judged.table):
        taken = "(the graph is found as if they were missing; mechanisms take them as they are)"
        yield SpoiledValuesWarning(f"{finding.begun} {taken}.")
    for finding in about_hiding(judged.table):
        yield SpoiledValuesWarning(f"{finding.begun} (as it is, the column may lose its edges).")
    yield from about_dependence(table)
    yield from about_copied_and_ordered(len(table.frame), judged)


def about_thinning(n: int, d: int, refine: bool, discrete: bool = False) -> Iterator[SubsampleWarning]:
    """The warning that not all of `n` rows of `d` columns, perhaps all discrete, decide about the graph."""
    scored = MAX_TABLE_ROWS if discrete else MAX_SEARCH_ROWS
    used, work = (scored, "scored on") if refine else (most_rows(d), "found in")
    if n > used:
        linear = ", and on all of them where columns are numbers and mechanisms linear"
        linear = linear if refine and not discrete else ""
        yield SubsampleWarning(f"The graph is {work} {used:,} of the {n:,} rows, evenly spread{linear}.")


def about_rows(n: int, d: int, seen: tuple[int, int]) -> Iterator[FewRowsWarning]:
    """The warnings that `n` rows are few for the network, or for `d` columns, where that is so.

    Args:
        n: How many rows count.
        d: How many columns there are.
        seen: The fewest and the most rows that the network was trained on.
    """
    fewest, most = seen
    if n < fewest:
        trained = f"the structure network was trained on {fewest:,} to {most:,}"
        yield FewRowsWarning(f"{n} rows: {trained}; expect wrong edges.")
    if n < d:
        yield FewRowsWarning(
            f"{n} rows for {d} variables leave the graph uncertain: "
            "look at the probabilities, not only at the edges."
        )


def about_columns(frame: pd.DataFrame) -> Iterator[DataWarning]:
    """The warnings of columns that hold nothing new: they count the rows, or repeat another column.

    >>> frame = pd.DataFrame({"id": [1.0, 2.0, 3.0], "a": [0.0, 4.0, 1.0], "b": [0.0, 4.0, 1.0]})
    >>> for warning in about_columns(frame):
    ...     print(warning)
    'id' only counts the rows: leave it out unless that is a measurement.
    'a', 'b' hold the same values: leave one of them out.
    """
    for finding in (*about_counters(frame), *about_identifiers(frame)):
        yield RowCounterWarning(finding.sentence)
    for finding in about_repeats(frame):
        yield RepeatedColumnWarning(finding.sentence)


def about_dependence(table: Observations) -> Iterator[DependentColumnsWarning]:
    """The warnings that columns are exact functions of one another."""
    for finding in about_dependences(table):
        yield DependentColumnsWarning(f"{finding.begun} (the graph is found without one, put in afterwards).")


def about_copied_and_ordered(n: int, judged: Judged) -> Iterator[DataWarning]:
    """The warnings that some of `n` rows are copies, and that columns drift along them."""
    used = f"(the graph is found from {len(judged.table.frame):,} rows"
    multiple = "" if judged.multiple == 1 else f"{judged.multiple:.2g} times "
    less = f", each less {multiple}the one before" if judged.multiple else ""
    for finding in about_copies(n, judged.copies):
        yield CopiedRowsWarning(f"{finding.begun} {used}).")
    different = n if judged.copies is None else judged.copies.different
    for finding in about_drift(different, judged.drift):
        yield OrderedRowsWarning(f"{finding.begun} {used}{less}).")


def warnings_of_graph(prediction: Prediction, knowledge: Knowledge | None) -> Iterator[DataWarning]:
    """What has to be said of a graph that was found.

    Args:
        prediction: What was found.
        knowledge: What was known of the graph beforehand.
    """
    yield from about_hidden_causes(prediction)
    yield from about_directions(prediction, knowledge)


def about_directions(prediction: Prediction, knowledge: Knowledge | None) -> Iterator[OpenDirectionsWarning]:
    """The warning that directions are hardly told by the rows, where numbers beside levels are rounded.

    It is not for those who know something of the graph.
    """
    is_told = knowledge is not None and knowledge != Knowledge()
    if prediction.rounded and prediction.graph.edges and not is_told:
        rounded = "is a rounded number" if len(prediction.rounded) == 1 else "are rounded numbers"
        yield OpenDirectionsWarning(
            f"{quoted(prediction.rounded)} {rounded} beside columns of levels or counts: rows of measured "
            "tables of this kind hardly tell directions, and the probabilities say so; tell what comes "
            "first, with Knowledge(tiers=...) (--tiers)."
        )


def about_hidden_causes(prediction: Prediction) -> Iterator[HiddenCauseWarning]:
    """The warning that some columns may well share a hidden cause, where that is so."""
    if prediction.hidden:
        edges = prediction.graph.edges
        beside = sum(pair in edges or pair[::-1] in edges for pair in prediction.hidden)
        yield HiddenCauseWarning(_of_hidden(prediction.hidden, beside))


def _of_hidden(pairs: Sequence[tuple[Hashable, Hashable]], beside: int) -> str:
    """What is said of pairs that share a hidden cause, some of them beside an edge between the two."""
    names = quoted(f"{first} <-> {second}" for first, second in pairs)
    verb = "share a hidden cause" if len(pairs) == 1 else "share hidden causes"
    edges = (
        "without an edge in the graph"
        if not beside
        else "beside an edge of the graph"
        if beside == len(pairs)
        else f"{beside} of them beside an edge of the graph"
    )
    return (
        f"{counted(len(pairs), 'pair')} of columns may well {verb}: {names}, {edges}; see "
        "prediction.confounded and prediction.mixed_graph, or discover with confounders=False "
        "(--no-confounders) to explain them by edges alone."
    )
