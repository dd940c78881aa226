"""What a report holds, as one document of plain values: the page is made of it, and nothing else."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from cli.notes import Inferred, doubts, infer_model, notes, of_complete_rows
from cli.output import Output, readable
from cli.parsing import label, shifts, values_set
from foundation_causal.columns.schema import DATES, Column
from foundation_causal.columns.table_checks import check
from foundation_causal.errors import InputError, counted
from foundation_causal.graphs.doubtful_edges import edge_table
from foundation_causal.graphs.mixed_graph import MixedGraph
from foundation_causal.plots.graph_layout import layered_layout
from foundation_causal.plots.marginals_plot import Axis, axis_for, density_along
from mechanisms.hidden_causes.confounded_model import ConfoundedModel

if TYPE_CHECKING:
    from cli.inputs import Source
    from cli.parsing import Intervention
    from discovery import Knowledge, Stability
    from mechanisms.queries.mechanism_curves import MechanismCurves

BINS = 24  # of a small histogram
PIXELS = 62.0  # an inch of the layout
FAINT = 0.01  # edges below this probability are not among those that the slider can show
MOST_CURVES = 12  # variables that an intervention moves and of which the page has curves
MOST_MECHANISMS = 120  # variables whose mechanism the page has
DRAWS = 60  # of each mechanism, for its band


@dataclass(frozen=True)
class Question:
    """What is asked of the data besides the graph.

    Attributes:
        interventions: Each shown before and after.
        treatment, outcome: Whose effect on what is estimated; None for neither.
        values: Of the treatment, as for `model.effect`.
        stability: How many resamples of the rows, 0 for none.
        methods: What is put beside the graph; None for those that fit the table and are installed.
        time_limit: Seconds that each of the methods may take.
        samples: Rows to sample before and after an intervention.
    """

    interventions: Sequence[Intervention] = ()
    treatment: str | None = None
    outcome: str | None = None
    values: Any = None
    stability: int = 0
    methods: Sequence[str] | None = None
    time_limit: float = 10.0
    samples: int = 1000


def document(
    source: Source,
    dag: nx.DiGraph | None,
    known: Knowledge | None,
    question: Question,
    settings: dict[str, Any],
    output: Output,
) -> dict[str, Any]:
    """Work everything out that the page shows.

    Args:
        source: The data.
        dag: The graph, if one is given.
        known: What is known of the graph, if it is to be discovered.
        question: What is asked besides.
        settings: Those of `structure_options` and `mechanism_options`, and the seed.
        output: Shows what is being done, and collects the warnings.

    Raises:
        InputError: As the functions that are called.
    """
    from cli.report.compared_methods import compared

    seed = settings["seed"]
    with output.stage("check", "Checking the table"):
        checked = check(source.table)
    inferred = _with_arrows_only(infer_model(source, dag, known, settings, seed, output))
    stability = None if dag is not None else _stability(source, known, question, settings, output)
    with output.stage("curves", "Drawing the mechanisms"), output.warned():
        mechanisms = _mechanisms(source, inferred, seed)
    with output.stage("intervene", "Sampling interventions"), output.warned():
        interventions = _interventions(source, inferred, question, seed)
    effects = None
    if question.treatment is not None and question.outcome is not None:
        with output.stage("effect", "Estimating the effect"), output.warned():
            effects = _effects(source, inferred, question, seed)
    with output.stage("methods", "Asking other methods") as tell:
        methods = compared(source, inferred, question.methods, question.time_limit, settings, tell)
    return {
        "title": f"Causal report: {source.name}",
        "source": source.name,
        "data": _data(source, checked) | {"familiarity": short(inferred.familiarity)},
        "graph": _graph(inferred, stability, question.stability),
        "mechanisms": mechanisms,
        "interventions": interventions,
        "effects": effects,
        "methods": methods,
        "warnings": output.warnings,
        "notes": [
            *notes(source),
            *doubts(inferred.graph, inferred.probabilities),
            *of_complete_rows(len(inferred.rows), len(source.frame)),
        ],
        "coverage": inferred.coverage(),
        "logs": inferred.model.logs,
    }


def _with_arrows_only(inferred: Inferred) -> Inferred:
    """The same with the arrows of its graph alone; its pairs with hidden causes stand beside, in `hidden`."""
    return replace(inferred, graph=MixedGraph.of_marks(inferred.graph).directed)


def checksum(frame: pd.DataFrame, path: str | None = None) -> str:
    """SHA-256 of a file, or of a table as comma-separated text."""
    if path is not None and os.path.isfile(path):
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()


def short(value: Any) -> Any:
    """A number with five digits, what is not finite as None, anything else as text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, pd.Timestamp):
        return value.isoformat().removesuffix("T00:00:00")  # a day, where it is one
    if isinstance(value, Real):
        return float(f"{float(value):.5g}") if math.isfinite(value) else None
    return str(value)


def _data(source: Source, checked: Any) -> dict[str, Any]:
    """The table at a glance."""
    frame, schema = source.frame, source.schema
    columns = []
    for name, because in zip(schema.names, checked.types["because"], strict=True):
        values = frame[name].dropna().to_numpy(dtype=float)
        columns.append(
            {
                "name": name,
                "type": schema[name].kind,
                "missing": int(frame[name].isna().sum()),
                "unit": schema[name].unit,
                "because": because,
                **_summary(schema[name], values),
            }
        )
    return {
        "rows": len(frame),
        "columns": columns,
        "missing": int(frame.isna().to_numpy().sum()),
        "intervened": 0 if source.table.intervened is None else int(source.table.intervened.sum()),
        "findings": [
            {"kind": one.kind, "columns": list(one.columns), "sentence": one.sentence} for one in checked
        ],
    }


def _summary(column: Column, values: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Bars of a column, and the numbers that stand beside them."""
    if column.is_discrete:
        codes = column.codes(values)
        bars = np.bincount(codes, minlength=len(column.numbers))
        counts = zip(column.labels, bars, strict=True)
        shares = [f"{readable(level)}: {count / max(len(codes), 1):.0%}" for level, count in counts]
        return {"bars": bars.tolist(), "words": ", ".join(shares[:6]) + (", ..." if len(shares) > 6 else "")}
    axis = axis_for(values, [])
    bars, _ = np.histogram(np.clip(axis.to(values), axis.low, axis.high), BINS, (axis.low, axis.high))
    low, middle, high = (readable(short(column.label(float(q)))) for q in np.quantile(values, [0, 0.5, 1]))
    return {"bars": bars.tolist(), "words": f"{low} to {high}, median {middle}"}


def _stability(
    source: Source, known: Knowledge | None, question: Question, settings: dict[str, Any], output: Output
) -> Stability | None:
    if not question.stability:
        return None
    with output.stage("stability", "Finding the graph on resampled rows") as tell, output.warned():
        from discovery import bootstrap

        how: dict[str, Any] = {name: settings[name] for name in ("refine", "confounders", "model")}
        how |= {"knowledge": known}
        how |= {"replicates": question.stability, "seed": settings["seed"], "jobs": 1}
        return bootstrap(source.table, progress=tell, **how)


def _graph(inferred: Inferred, stability: Stability | None, replicates: int) -> dict[str, Any]:
    """Nodes with their places, edges, and the pairs that a slider can show."""
    graph, table = inferred.graph, inferred.probabilities
    names = [str(node) for node in graph]
    graph = nx.relabel_nodes(graph, {node: str(node) for node in graph})
    layout = layered_layout(graph, {name: _width(name) / PIXELS for name in names})
    places = {name: (x * PIXELS, -y * PIXELS) for name, (x, y) in layout.positions.items()}
    shares = None if stability is None else stability.frequencies.to_numpy()
    at = {name: place for place, name in enumerate(names)}
    rows: list[dict[Any, Any]]
    if table is None:
        rows = [{"cause": cause, "effect": effect} for cause, effect in graph.edges]
    else:
        rows = edge_table(graph, table).to_dict(orient="records")
    edges = [
        {
            **{str(key): short(value) for key, value in row.items()},
            **_bends([(x * PIXELS, -y * PIXELS) for x, y in layout.routes[row["cause"], row["effect"]]]),
            **({} if shares is None else {"stability": short(shares[at[row["cause"]], at[row["effect"]]])}),
        }
        for row in rows
    ]
    pairs = []
    if table is not None:
        matrix = table.to_numpy(dtype=float)
        pairs = [[int(i), int(j), short(matrix[i, j])] for i, j in np.argwhere(matrix >= FAINT) if i != j]
    return {
        "origin": inferred.origin,
        "caption": inferred.caption(),
        "nodes": [
            {"name": name, "x": round(x), "y": round(y), "width": _width(name)}
            for name, (x, y) in places.items()
        ],
        "order": names,
        "edges": edges,
        "hidden": [{**pair, "probability": short(pair["probability"])} for pair in inferred.hidden],
        "alone": not isinstance(inferred.model, ConfoundedModel),
        "pairs": pairs,
        "replicates": replicates if shares is not None else 0,
        "stability": []
        if shares is None
        else [[int(i), int(j), short(shares[i, j])] for i, j in np.argwhere(shares)],
    }


def _width(name: str) -> int:
    """Pixels of a node."""
    return round(26 + 7.6 * min(len(name), 24))


def _bends(route: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Where an edge passes its waypoints, along the straight line between its ends and beside it."""
    (x0, y0), (x1, y1) = route[0], route[-1]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    weights = [((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length**2 for x, y in route[1:-1]]
    # Cytoscape counts to the right of the way from the first end to the last, where y grows downwards.
    beside = [((y - y0) * (x1 - x0) - (x - x0) * (y1 - y0)) / length for x, y in route[1:-1]]
    if all(abs(distance) < 6 for distance in beside):
        return {}
    return {"weights": [round(w, 3) for w in weights], "distances": [round(d) for d in beside]}


def _mechanisms(source: Source, inferred: Inferred, seed: int) -> dict[str, Any]:
    model = inferred.model
    if isinstance(model, ConfoundedModel):
        return {}  # functions of the causes alone are not known, which the page says
    names = [name for name in inferred.model.names if inferred.graph.in_degree(_node(inferred.graph, name))]
    roots = [name for name in inferred.model.names if name not in names]
    shown = [*names, *roots][:MOST_MECHANISMS]
    return {name: _mechanism(source, model.curves(name, draws=DRAWS, seed=seed)) for name in shown}


def _node(graph: nx.DiGraph, name: str) -> Any:
    """The node of a name, which may be a number."""
    return name if name in graph else next(node for node in graph if str(node) == name)


def _mechanism(source: Source, curves: MechanismCurves) -> dict[str, Any]:
    """The curves of one variable, its noise and its fit."""
    column = source.schema[curves.variable]
    panels = []
    for cause in curves.causes:
        lines = curves.curves[curves.curves["cause"] == cause]
        points = curves.points[curves.points["cause"] == cause].head(150)
        rows = points if len(points) else lines
        kind = source.schema[cause]
        dated = kind.unit == DATES
        numbers = not kind.is_discrete and not kind.unit
        panels.append(
            {
                "cause": cause,
                "along": "date" if dated else "level" if kind.is_discrete else "number",
                "axis": _axis(axis_for(_numbers(rows["value"]), [])) if numbers else None,
                "lines": [
                    [short(row.value), _level(row.level), short(row.mean), short(row.lower), short(row.upper)]
                    for row in lines.itertuples()
                ],
                "points": [[short(row.value), short(row.observed)] for row in points.itertuples()],
            }
        )
    observed = _numbers(curves.points["observed"]) if len(curves.points) else _numbers(curves.curves["mean"])
    labelled = bool(curves.curves["level"].notna().any())
    up = None if labelled or not len(observed) else axis_for(observed, [_numbers(curves.curves["mean"])])
    return {
        "causes": list(curves.causes),
        "kind": column.kind,
        "panels": panels,
        "labelled": labelled,
        "axis": None if up is None else _axis(up),
        "fit": short(curves.fit),
        "measure": "log likelihood" if labelled or column.is_discrete else "variance",
        "held": {name: readable(short(value)) for name, value in curves.held.items()},
        "noise": None if curves.noise is None else _density(curves.noise),
        "spread": None if curves.noise is None else short(float(curves.noise.std())),
    }


def _level(value: Any) -> str | None:
    return None if value is None or value != value else readable(value)


def _numbers(values: Iterable[Any]) -> np.ndarray[Any, Any]:
    numbers = pd.to_numeric(pd.Series(list(values), dtype=object), errors="coerce").to_numpy(dtype=float)
    return numbers[np.isfinite(numbers)]


def _axis(axis: Axis) -> dict[str, Any]:
    """Where an axis begins and ends, and where it is linear around zero, if it is not so everywhere."""
    low, high = (float(bound) for bound in axis.back(np.array([axis.low, axis.high])))
    ticks = [short(tick) for tick in axis.ticks()]
    return {"low": short(low), "high": short(high), "constant": short(axis.width), "ticks": ticks}


def _density(values: np.ndarray[Any, Any], axis: Axis | None = None) -> dict[str, Any]:
    """A density curve along its axis."""
    axis = axis_for(values, []) if axis is None else axis
    places, heights = density_along(values, axis)
    places, heights = axis.back(places)[::3], heights[::3]
    return {"axis": _axis(axis), "line": [[short(x), short(y)] for x, y in zip(places, heights, strict=True)]}


def _interventions(source: Source, inferred: Inferred, question: Question, seed: int) -> list[dict[str, Any]]:
    if not question.interventions:
        return []
    model, draw = inferred.model, {"n": question.samples, "seed": seed}
    before = model.sample(**draw)
    shown = []
    for setting in question.interventions:
        try:
            after = model.do(setting).sample(**draw)
        except InputError as error:
            if not inferred.has_hidden_causes:
                raise
            shown.append({"label": label(setting), "refused": str(error), "rows": [], "moved": [], "more": 0})
            continue
        shown.append(_intervention(source, inferred, setting, before, after))
    return shown


def _intervention(
    source: Source, inferred: Inferred, setting: Intervention, before: pd.DataFrame, after: pd.DataFrame
) -> dict[str, Any]:
    graphs = [graph for graph, _ in inferred.weighted] or [inferred.graph]
    reached = {
        str(node)
        for graph in graphs
        for name in setting
        for node in nx.descendants(graph, _node(graph, name))
    }
    changed = [name for name in source.names if name in reached or name in setting]
    old, new, observed = source.indicators(before), source.indicators(after), source.indicators()
    rows = []
    for title in map(str, old):
        if title in changed or title.partition(" = ")[0] in changed:
            was, became = float(old[title].mean()), float(new[title].mean())
            spread = float(observed[title].std(ddof=0)) or 1.0
            rows.append([title, readable(was), readable(became), f"{(became - was) / spread:+.2f}"])
    moved = [name for name in changed if name in reached or name in shifts(setting)]
    titles = dict(zip(source.names, before.columns, strict=True))
    return {
        "label": label(setting),
        "set": {name: short(value) for name, value in values_set(setting).items()},
        "rows": rows,
        "moved": [
            {"name": name, **_before_after(source, name, before[titles[name]], after[titles[name]])}
            for name in moved[:MOST_CURVES]
        ],
        "more": max(0, len(moved) - MOST_CURVES),
    }


def _before_after(source: Source, name: str, before: pd.Series[Any], after: pd.Series[Any]) -> dict[str, Any]:
    """Shares of levels, or densities on one axis."""
    column = source.schema[name]
    if column.is_discrete:
        labels = [readable(value) for value in column.labels]
        share = [[float((rows == value).mean()) for value in column.labels] for rows in (before, after)]
        return {
            "levels": labels,
            "before": [short(x) for x in share[0]],
            "after": [short(x) for x in share[1]],
        }
    old, new = (_days(rows) if column.unit else _numbers(rows) for rows in (before, after))
    axis = axis_for(old, [new])
    return {
        "before": _density(old, axis)["line"],
        **_density(new, axis),
        "after": _density(new, axis)["line"],
    }


def _days(values: pd.Series[Any]) -> np.ndarray[Any, Any]:
    from foundation_causal.columns.type_inference import typed

    return np.asarray(pd.Series(typed(values, "The samples").values).dropna(), dtype=float)


def _effects(source: Source, inferred: Inferred, question: Question, seed: int) -> dict[str, Any]:
    from cli.commands.effect import how_found, robustness, sensitivity_rows
    from cli.parsing import usual_values

    treatment, outcome = str(question.treatment), str(question.outcome)
    values = question.values
    if values is None and not source.schema[treatment].is_discrete:
        seen = source.frame[treatment].to_numpy(dtype=float)
        values = tuple(usual_values(source.schema[treatment], seen))
    try:
        effects = inferred.model.effect(treatment, outcome, values, seed=seed)
    except InputError as error:
        if not inferred.has_hidden_causes:
            raise
        return {"treatment": treatment, "outcome": outcome, "refused": str(error)}
    fields = [name for name in ("level", "value", "baseline", "mean", "lower", "upper") if name in effects]
    rows = pd.DataFrame(effects)[fields].to_dict(orient="records")
    overlap = [] if effects.overlap is None else effects.overlap.to_dict(orient="records")
    return {
        "treatment": treatment,
        "outcome": outcome,
        "event": None if effects.event is None else str(effects.event),
        "rows": [{str(name): _cell(value) for name, value in row.items()} for row in rows],
        "number": not source.schema[treatment].has_labels and not source.schema[treatment].unit,
        "method": effects.method,
        "adjusted": None if effects.adjusted_for is None else list(effects.adjusted_for),
        "how": [*([effects.reason] if effects.reason else []), *how_found(effects, beside=False)],
        "sensitivity": robustness(effects, treatment, outcome),
        "sensitivities": [{k: _cell(v) for k, v in row.items()} for row in sensitivity_rows(effects) or []],
        "overlap": [{str(name): _cell(value) for name, value in row.items()} for row in overlap],
        "coverage": inferred.coverage(),
    }


def _cell(value: Any) -> Any:
    """A value of a table; None where there is none."""
    return None if value is None or value != value else short(value)


def size_of(data: Mapping[str, Any]) -> str:
    """How large a table is, in words.

    >>> size_of({"rows": 1200, "columns": [{}, {}]})
    '1,200 rows, 2 columns'
    """
    return f"{counted(data['rows'], 'row')}, {counted(len(data['columns']), 'column')}"
