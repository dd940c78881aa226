"""`discover`: from a table of observations to a DAG, with a pretrained network and no training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from discovery.determined import joined, placed, set_aside, with_determined, without
from discovery.knowledge import Constraints, Knowledge, no_constraints, settled
from discovery.network.answers import DEFAULT_MODEL, network_answers
from discovery.network.hidden_causes import (
    MANY_ROWS,
    Answer,
    Found,
    OpenWorld,
    explained,
    in_open_world,
    informed,
    left_out,
    needless,
    without_visible,
)
from discovery.network.pair_statistics import CHUNK, MAX_SCORE_ROWS
from discovery.prediction import Prediction
from discovery.preparation import AT_ONCE, WIDE, Rows, in_users_order, own_columns, rescaled, rows_of
from discovery.search.calibration import (
    TYPED_WORTH,
    WORTH,
    after_search,
    as_measured,
    direction_evidence,
    presence_margins,
    rounded_numbers,
    with_open_directions,
)
from discovery.search.dags import most_probable_dag
from discovery.search.families import Families
from discovery.search.log_scale import log_scaled
from discovery.search.refine import MAX_SEARCH_ROWS, Refined, evenly, families_of
from discovery.search.refine import refine as refined
from discovery.search.shared_noise import noise_evidence
from discovery.table_warnings import warn_of_table, warnings_of_graph
from foundation_causal.columns.linear_dependence import Dependence
from foundation_causal.columns.row_checks import judge_rows
from foundation_causal.columns.type_inference import Types
from foundation_causal.errors import InputError, warn
from foundation_causal.graphs import from_adjacency
from foundation_causal.networks import pretrained
from foundation_causal.observations import Observations, Table, observations
from foundation_causal.runtime import check_memory, keep_freed_memory, one_thread
from foundation_causal.types import Array

THRESHOLD = 0.5  # of an edge in the unrefined graph
MOST_VARIABLES = 1000
# Numbers that are held at once, by which memory is asked for beforehand: copies of the table, the network's
# attention among all triples of columns that it reads together, and what is computed of pairs of columns and
# of pairs of rows, a piece at a time. 1,000,000 rows of 20 columns are to take 1.2 GB.
ROW_COPIES, ATTENTION, PAIR_COPIES, SCORE_COPIES = 6, 8, 16, 8
# The same in wide tables, where they are the larger part: matrices of all pairs, what a search keeps of each
# column, and copies of the rows that a column has of its own where values are missing or set.
MATRICES, KEPT, OWN_COPIES = 30, 40_000, 60


def discover(
    data: Table | Observations,
    *,
    types: Types | None = None,
    intervened: pd.DataFrame | NDArray[np.generic] | None = None,
    knowledge: Knowledge | None = None,
    refine: bool = True,
    confounders: bool = True,
    model: str | Path = DEFAULT_MODEL,
) -> Prediction:
    """Infer a causal DAG from observations, and from interventions and knowledge where there are any.

    A pretrained edge transformer gives every ordered pair of columns a probability; its most probable
    DAG is then refined by a short score search (`discovery.search.refine`), whose verdict and scores in turn
    update the probabilities (`discovery.search.calibration`). The answer does not depend on the units of the
    columns, nor on the order of rows and columns. Nothing is random. A row that is there many times counts
    once, where columns are continuous; from rows that drift along their order, as those of a time series do,
    a multiple of the row before is subtracted (:mod:`foundation_causal.columns.row_checks`); and a column
    that others determine exactly is left out of the search and put below them (:mod:`discovery.determined`).
    Numeric columns are read on a logarithmic scale where the data have more evidence for that
    (:mod:`discovery.search.log_scale`): `.log_scale` of the answer names them.

    Args:
        data: `n` rows of `d` variables, at least 20 rows; NaN where a value is missing. The network looks at
            up to 50,000,000 / d^2 of them, from 1,000 to 10,000; the search scores graphs on 1,000, evenly
            spread, and on all where columns are numbers and mechanisms linear. Up to 1,000 columns; more than
            200 are read in groups that depend on each other (:mod:`discovery.network.neighbourhoods`).
            Columns may hold numbers, categories, text, booleans or dates.
        types: What is known of some columns' types, by name (:func:`foundation_causal.observations`).
        intervened: 0/1 or bool, `[n, d]`: which values an intervention set. They show the effects of their
            column but not its causes; no edge leads into a column of which every value was set.
        knowledge: What is known of the graph: the DAG honours it exactly, and the network reads it.
        refine: Whether to search; without it the answer is the network's alone.
        confounders: Whether columns may share hidden common causes: each pair then gets a probability that it
            does, `.confounded`, and an edge is left out of the graph where a direct one is too improbable
            beside that, with those that are needed only beside it (:mod:`discovery.network.hidden_causes`).
            Without, every association is explained by edges.
        model: A bundled model, a model folder, or a hub id.

    Returns:
        A `Prediction`: `.probabilities`, `.graph`, `.confounded`, `.mixed_graph`, `.sample_graphs(k)`,
        `.weighted_graphs(k)`.

    Raises:
        InputError: Data, knowledge or weights that cannot be used.

    Warns:
        SubsampleWarning: There are more rows than decide about the graph.
        FewRowsWarning: There are fewer rows than the network was trained on, or than there are columns.
        MissingCodeWarning: Numbers such as -999 stand for missing values.
        TotalsRowWarning: The last row holds sums or means of the others.
        RepeatedUnitsWarning: Several rows come from one unit.
        AlikeLabelsWarning: Labels look like one and count as different ones.
        RowCounterWarning: A column only counts or names the rows.
        RepeatedColumnWarning: Columns hold the same values.
        CopiedRowsWarning: Rows are copies of others.
        DependentColumnsWarning: Columns are exact linear functions of one another.
        OrderedRowsWarning: Columns drift together along the rows.
        SpoiledValuesWarning: Values far out that no other column follows are taken for missing.
        HiddenCauseWarning: Some columns may well share a hidden cause.
        OpenDirectionsWarning: Numbers beside levels are rounded, so that directions are believed less.

    Example:
        >>> from foundation_causal.simulate import p_in
        >>> prediction = discover(p_in(["linear"]).draw(scms=1, d=5, n=200, seed=3).frame(0))
        >>> prediction.probabilities.shape
        (5, 5)
    """
    table = observations(data, intervened=intervened, missing=True, types=types)
    judged = judge_rows(table)
    warn_of_table(table, judged, refine)
    prediction = predict(
        judged.table, knowledge=knowledge, refine=refine, confounders=confounders, model=model
    )
    for warning in warnings_of_graph(prediction, knowledge):
        warn(warning)
    return prediction.titled(table.schema)


def predict(
    table: Observations,
    *,
    knowledge: Knowledge | None = None,
    refine: bool = True,
    confounders: bool = True,
    model: str | Path,
) -> Prediction:
    """Infer the DAG of a checked table as :func:`discover` does, but without a warning.

    Raises:
        InputError: Too many columns, too little memory, or knowledge or weights that cannot be used.
    """
    prepared = prepare(table, knowledge)
    answer = network_answers(prepared.rows, model, prepared.constraints, confounders)
    return finish(prepared, answer, refine=refine, confounders=confounders, model=model)


class Prepared(NamedTuple):
    """A checked table, ready for the network.

    Attributes:
        names: All columns.
        searched: Those of them that others do not determine, in an order of their own
            (:func:`discovery.preparation.own_columns`).
        rows: The rows of these, in this order.
        constraints: What is known of the graph over these, or None.
        aside: The determined columns.
        known: What is known of the graph over all columns, or None.
    """

    names: list[str]
    searched: list[str]
    rows: Rows
    constraints: Constraints | None
    aside: tuple[Dependence, ...]
    known: Constraints | None


def prepare(table: Observations, knowledge: Knowledge | None = None) -> Prepared:
    """Set aside the columns that others determine, and put rows and columns into an order of their own.

    Raises:
        InputError: Too many columns, or knowledge that cannot be used.
    """
    keep_freed_memory()
    if len(table.names) > MOST_VARIABLES:
        raise InputError(
            f"The data have {len(table.names):,} columns, and discovery takes {MOST_VARIABLES:,} at most; "
            "choose among the columns."
        )
    n, d = table.frame.shape
    has_gaps = bool(table.frame.isna().any(axis=None))
    held = numbers_held(n, d, own_rows=has_gaps or table.intervened is not None)
    check_memory(f"{n:,} rows of {d} columns", held)
    known = None if knowledge is None else _known(knowledge).constraints(table.names)
    known = constraints = without_causes_of_set(table, known)
    aside = set_aside(table, constraints)
    names = table.names
    if aside:
        table, constraints = without(table, constraints, aside)
    rows = rows_of(table)
    places = own_columns(rows.values)
    searched = [table.names[place] for place in places]
    constraints = None if constraints is None else constraints.among(places.tolist())
    return Prepared(names, searched, rows.reordered(places), constraints, aside, known)


def without_causes_of_set(table: Observations, known: Constraints | None) -> Constraints | None:
    """What is known, and that no edge leads into a column of which an intervention set every value.

    Its causes had no say in any row, so that a search would follow what the network guesses. Edges that are
    required stay.
    """
    if table.intervened is None:
        return known
    always = np.all(table.intervened | np.isnan(table.values), axis=0)
    if not always.any():
        return known
    required, forbidden = no_constraints(len(table.names)) if known is None else known
    return Constraints(required, forbidden | (always & ~required))


def numbers_held(n: int, d: int, own_rows: bool = False) -> float:
    """How many numbers the discovery of a graph holds at once, about; measured, and on the high side.

    Args:
        n: Rows.
        d: Columns.
        own_rows: Whether columns have rows of their own, as values are missing or were set.

    >>> round(8 * numbers_held(5000, 20) / 2**20)  # MB; 125 were measured
    149
    """
    pairs, scored = min(CHUNK, n * d * d), min(n, MAX_SCORE_ROWS)
    held = (
        ROW_COPIES * n * d + ATTENTION * min(d, AT_ONCE) ** 3 + PAIR_COPIES * pairs + SCORE_COPIES * scored**2
    )
    if d > WIDE:
        held += MATRICES * d**2 + KEPT * d + OWN_COPIES * n * d * own_rows
    return held


def finish(
    prepared: Prepared, answer: Answer, *, refine: bool, confounders: bool, model: str | Path
) -> Prediction:
    """From what the network says of a table to its graph.

    Args:
        prepared: The table.
        answer: One of :func:`discovery.network.answers.batch_answers`.
        refine: Whether to search.
        confounders: As the network was asked; it is asked again where columns are better read in logarithms.
        model: Likewise.
    """
    names, searched, rows, constraints, aside, known = prepared
    probabilities, world = answer
    logs: tuple[str, ...] = ()
    families: Families | None = None
    if refine:
        scale = _on_best_scale(rows, probabilities, constraints)
        if scale.rows is None:
            families = scale.families
        else:
            rows, logs = scale.rows, tuple(np.array(searched)[scale.chosen].tolist())
            probabilities, world = network_answers(rows, model, constraints, confounders)
    search: Refined | None = None
    said = probabilities
    if refine:
        search, probabilities = _search(rows, probabilities, constraints, families)
        adjacency = search.adjacency
    else:
        adjacency = most_probable_dag(probabilities, THRESHOLD, constraints)
    hidden: tuple[tuple[str, str], ...] = ()
    confounded: Array | None = None
    if world is not None:
        if search is not None:
            world = _informed(world, search, rows, (said, probabilities), constraints)
            if search.family.startswith("linear") and rows.complete >= MANY_ROWS:
                world = without_visible(world, search.adjacency)
        doubtful, confounded = left_out(adjacency, world, constraints), world.confounded
        instead = explained(doubtful, world)
        beside = instead | (confounded > THRESHOLD)
        share = needless(adjacency, instead, world)
        if constraints is not None:
            share[constraints.required] = 1.0
        adjacency = adjacency & ~doubtful & (share == 1)
        probabilities = share * in_open_world(probabilities, world)
    rounded = rounded_numbers(rows)
    if rounded.any():
        probabilities = as_measured(probabilities, rows, constraints)
    kept, back = in_users_order(names, searched)
    adjacency, probabilities = adjacency[back], probabilities[back]
    if confounded is not None:
        confounded, hidden = confounded[back], _pairs(beside[back], kept)
    logs = tuple(name for name in kept if name in logs)
    coarse = tuple(name for name, is_rounded in zip(kept, rounded[back[1][0]], strict=True) if is_rounded)
    graph = from_adjacency(adjacency, kept)
    if aside:
        graph = joined(graph, names, aside)
        probabilities = with_determined(probabilities, kept, names, aside)
        confounded = None if confounded is None else placed(confounded, kept, names)
        probabilities = probabilities if known is None else settled(probabilities, known)
    frame = pd.DataFrame(probabilities, index=names, columns=names)
    at = {name: place for place, name in enumerate(names)}
    for cause, effect in graph.edges:
        graph.edges[cause, effect]["probability"] = float(probabilities[at[cause], at[effect]])
    shared = None if confounded is None else pd.DataFrame(confounded, index=names, columns=names)
    family = None if search is None else search.family
    familiarity = None if world is None else world.familiarity
    facts = aside, shared, hidden, familiarity, logs, tuple(searched), coarse
    return Prediction(frame, graph, family, search, *facts)


class Scale(NamedTuple):
    """How the columns of a table are read.

    Attributes:
        rows: The rows with logarithms in place of some columns; None if that is not worth it.
        chosen: Bool `[d]`, the columns that were tried.
        families: What has been computed of the scores of the rows as they are, if anything.
    """

    rows: Rows | None
    chosen: NDArray[np.bool_]
    families: Families | None = None


def _pairs(chosen: NDArray[np.bool_], names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The pairs of names between which there is an entry in either direction, each once."""
    places = np.argwhere(np.triu(chosen | chosen.T, 1))
    return tuple((names[i], names[j]) for i, j in places)


@one_thread()
def _on_best_scale(rows: Rows, probabilities: Array, constraints: Constraints | None) -> Scale:
    """The scale that the data have more evidence for.

    Tables with discrete columns or counts stay as they are, as those whose values were set do: what an
    experiment set says nothing of the scale on which a variable varies.
    """
    if rows.codes is not None or rows.intervened is not None:
        return Scale(None, np.zeros(len(rows.levels), dtype=bool))
    scaled = log_scaled(rows.values, rows.levels == 0)
    if not scaled.chosen.any():
        return Scale(None, scaled.chosen)
    changed = rescaled(rows, scaled.values)
    some = evenly(rows.filled, MAX_SEARCH_ROWS)  # the same rows on both scales
    usable = None if rows.usable is None else rows.usable[some]
    before, dag = families_of(rows.filled[some], probabilities, constraints, usable)
    after, _ = families_of(changed.filled[some], probabilities, constraints, usable)
    density = float(scaled.log_density[some].mean())
    look = before.evidence_at_first_look(dag)
    after.adopt(before)
    gain = (after.evidence_at_first_look(dag) - look) / len(some) + density
    is_gained = scaled.is_open(gain, sum(map(bool, dag)))
    if is_gained:
        evidence = before.evidence(dag)
        after.adopt(before)  # of variables that keep their scale, as their parents do
        gain = (after.evidence(dag) - evidence) / len(some) + density
        is_gained = gain > scaled.least_gain
    return Scale(changed if is_gained else None, scaled.chosen, before)


@one_thread()
def _search(
    rows: Rows, probabilities: Array, constraints: Constraints | None, families: Families | None = None
) -> tuple[Refined, Array]:
    """The search that the network's probabilities begin, and the probabilities after it."""
    if rows.codes is not None:
        probabilities = with_open_directions(probabilities)
    search = refined(
        rows.filled,
        probabilities,
        constraints=constraints,
        usable=rows.usable,
        levels=rows.levels,
        codes=rows.codes,
        observed=1.0 - float(np.isnan(rows.values).mean()),
        whole=rows.whole,
        families=families,
    )
    worth = WORTH if rows.codes is None else TYPED_WORTH
    # Of discrete tables it was not tried.
    margins = presence_margins(search) if rows.codes is None else None
    evidence = direction_evidence(search)
    probabilities = after_search(probabilities, search.adjacency, evidence, worth, margins)
    return search, probabilities if constraints is None else settled(probabilities, constraints)


@one_thread()
def _informed(
    world: OpenWorld,
    search: Refined,
    rows: Rows,
    probabilities: tuple[Array, Array],
    constraints: Constraints | None,
) -> OpenWorld:
    """What the rows say of hidden causes beside the network, of complete columns of numbers.

    The probabilities are those of the network and those after the search.
    """
    is_read = world.tokens is not None and len(rows.levels) <= WIDE
    if not is_read or rows.codes is not None or np.isnan(rows.values).any():
        return world
    x = rows.filled
    found = Found(
        search.adjacency,
        noise_evidence(search, x, rows.usable),
        *probabilities,
        np.corrcoef(x, rowvar=False).reshape(x.shape[1], -1),
        len(x),
        search.family,
    )
    return informed(world, found, constraints)


def models() -> list[dict[str, str | int]]:
    """The bundled structure models, as :func:`foundation_causal.networks.pretrained.models` lists them."""
    return [model for model in pretrained.models() if model["kind"] == "structure"]


def _known(knowledge: object) -> Knowledge:
    if not isinstance(knowledge, Knowledge):
        raise InputError(
            f"The knowledge is of the type {type(knowledge).__name__}; give a Knowledge, or read one from a "
            "file with read_knowledge."
        )
    return knowledge
