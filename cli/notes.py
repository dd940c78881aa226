"""A graph and a model for the data of a command, and what several commands tell of all three."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cli.output import Output, table
from foundation_causal.errors import InputError, counted, quoted

if TYPE_CHECKING:
    import networkx as nx
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from rich.console import Group

    from cli.inputs import Source
    from discovery import Knowledge, Prediction
    from foundation_causal.graphs.mixed_graph import MixedGraph
    from foundation_causal.observations import Observations
    from mechanisms import AveragedModel, CausalModel
    from mechanisms.hidden_causes.confounded_model import ConfoundedModel


@dataclass(frozen=True)
class Inferred:
    """A model and where it comes from.

    Attributes:
        model: Graph and mechanisms.
        table: The rows that the mechanisms come from.
        graph: The one to show: given, or discovered.
        probabilities: Probabilities of edges, `[d, d]`; None if the graph was given.
        weighted: The graphs that the model averages over; none if it has one only.
        familiarity: How much the table is like those that the network was trained on, if it found the graph.
        hidden: Pairs that share a hidden cause: those that a given graph says, or that probably do.
    """

    model: CausalModel | AveragedModel | ConfoundedModel
    table: Observations
    graph: nx.DiGraph
    probabilities: pd.DataFrame | None = None
    weighted: list[tuple[nx.DiGraph, float]] = field(default_factory=list)
    familiarity: float | None = None
    hidden: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rows(self) -> pd.DataFrame:
        """The rows that the mechanisms come from, as the user knows them."""
        return self.table.schema.decoded(self.table.values)

    @property
    def has_hidden_causes(self) -> bool:
        """Whether pairs of variables share hidden causes in the graph."""
        return hasattr(self.model, "mixed_graph")

    @property
    def origin(self) -> str:
        """One word on the graph: given, discovered or averaged."""
        if self.weighted:
            return "averaged"
        return "given" if self.probabilities is None else "discovered"

    def caption(self) -> str:
        """What the graph that is shown is, in a few words."""
        return f"the most weight of {len(self.weighted)}" if self.weighted else self.origin

    def coverage(self) -> str:
        """What intervals of this model take for granted, in a sentence."""
        if self.probabilities is None and not self.weighted:
            return "The intervals take the given graph for granted."
        if not self.weighted:
            return (
                "The graph was discovered, and the intervals take it for granted: "
                "--average K makes them tell of other graphs, too."
            )
        return (
            f"The intervals are over {counted(len(self.weighted), 'graph')}, discovered and weighted by "
            f"their evidence; the largest weight is {self.weighted[0][1]:.2f}."
        )


def read_saved(data: str) -> tuple[Source, Inferred] | None:
    """The model that a folder in the place of DATA holds, and its table; None where DATA is no such folder.

    Raises:
        InputError: A folder that cannot be used, or options of what a saved model has already.
    """
    from cli.inputs import Source, refuse_options
    from mechanisms import AveragedModel
    from mechanisms.applied.saved_model import is_saved_model, load
    from mechanisms.hidden_causes.confounded_model import ConfoundedModel

    if not is_saved_model(data):
        return None
    refuse_options(f"'{data}' is a saved model, which has its graph and mechanisms")
    model = load(data)
    (lead, _), *_ = model.shares(1)
    table = lead.data or (lead.ranges and lead.ranges.data)
    if table is None:
        raise InputError(
            f"The model in '{data}' was saved without its table; save one that `infer` returned."
        )
    weighted = model.weighted_graphs if isinstance(model, AveragedModel) else []
    graph = model.mixed_graph if isinstance(model, ConfoundedModel) else model.graph
    return Source(data, table), Inferred(model, table, graph, weighted=weighted if weighted[1:] else [])


def infer_model(
    source: Source,
    graph: nx.DiGraph | None,
    known: Knowledge | None,
    settings: dict[str, Any],
    seed: int,
    output: Output,
) -> Inferred:
    """Discover the graph, unless one is given, and infer the mechanisms, each a stage of the command."""
    from discovery.table_warnings import about_columns

    prediction, probabilities = None, None
    if graph is not None:
        output.table_warnings += map(str, about_columns(source.frame))
    else:
        prediction = discover_graph(source, known, settings, output)
        graph, probabilities = prediction.graph, prediction.probabilities
    with output.stage("infer", "Inferring the mechanisms"), output.warned():
        from foundation_causal.graphs.mixed_graph import MixedGraph
        from mechanisms import infer
        from mechanisms.gaps.imputed_model import ImputedModel

        how = {name: settings[name] for name in ("average", "mechanisms", "logs", "missing")}
        model = infer(source.table, graph if prediction is None else prediction, seed=seed, **how)
    table = source.table if isinstance(model, ImputedModel) else source.complete()
    weighted = model.weighted_graphs if settings["average"] > 1 else []
    familiarity = None if prediction is None else prediction.familiarity
    mixed = MixedGraph.of_marks(graph) if prediction is None else prediction.mixed_graph
    return Inferred(model, table, graph, probabilities, weighted, familiarity, hidden_causes(mixed))


def discover_graph(
    source: Source, known: Knowledge | None, settings: dict[str, Any], output: Output
) -> Prediction:
    """Discover the graph of the data, as a stage of the command."""
    with output.stage("discover", "Finding the graph"), output.warned():
        from discovery import discover

        how = {name: settings[name] for name in ("refine", "confounders", "model")}
        return discover(source.table, knowledge=known, **how)


def notes(source: Source) -> list[str]:
    """What is special about the values that a graph is discovered from, one sentence each."""
    missing, sentences = source.frame.isna().to_numpy(), of_types(source)
    if source.left_out:
        sentences.append(f"Rows without any value, which were left out: {source.left_out:,}.")
    if missing.any():
        sentences.append(f"Missing values: {_share(missing)}.")
    if source.table.intervened is not None:
        sentences.append(f"Values set by an intervention: {_share(source.table.intervened)}.")
    return sentences


def of_scales(prediction: Prediction) -> list[str]:
    """A sentence on the columns that the graph is found from in logarithms, if any are."""
    names = quoted(prediction.log_scale)
    return [f"Read in logarithms, for which the data have more evidence: {names}."] if names else []


def hidden_causes(graph: MixedGraph) -> list[dict[str, Any]]:
    """The pairs that share a hidden cause, and how probably they do where that is known, for a report."""
    pairs = graph.bidirected.edges(data="probability")
    return [{"between": [str(a), str(b)], "probability": chance} for a, b, chance in pairs]


def of_types(source: Source) -> list[str]:
    """A sentence on the columns that are not continuous, if there are any."""
    groups: dict[str, list[str]] = {}
    for name, kind in source.schema.kinds.items():
        if kind != "continuous":
            groups.setdefault(kind, []).append(name)
    parts = [f"{kind} {quoted(names)}" for kind, names in groups.items()]
    return [f"Types: {'; '.join(parts)}."] if parts else []


def of_complete_rows(complete: int, rows: int) -> list[str]:
    """A sentence on the rows that the mechanisms come from, if those are not all."""
    return [] if complete == rows else [f"The mechanisms come from the {complete:,} complete rows."]


def counts(data: Observations) -> dict[str, Any]:
    """The size of the data, and how many of the values are special, for a JSON document."""
    rows, columns = data.frame.shape
    intervened = data.intervened
    return {
        "rows": rows,
        "columns": columns,
        "missing": int(data.frame.isna().to_numpy().sum()),
        "intervened": 0 if intervened is None else int(intervened.sum()),
        "types": data.schema.kinds,
    }


def _share(mask: NDArray[np.bool_]) -> str:
    return f"{mask.sum():,} of {mask.size:,}, in {mask.any(axis=1).sum():,} of {len(mask):,} rows"


def edge_list(graph: nx.DiGraph) -> list[dict[str, Any]]:
    """The cause, effect and, in a discovered graph, probability of every edge, in the columns' order."""
    return [{"cause": cause, "effect": effect, **extra} for cause, effect, extra in graph.edges(data=True)]


def edge_table(graph: nx.DiGraph, title: str, probabilities: pd.DataFrame | None = None) -> Group:
    """The edges as a table for people, with what the probabilities hold against them where they are known."""
    edges = edge_list(graph)
    if probabilities is not None:
        rows = _doubts(graph, probabilities).to_dict(orient="records")
        edges = [{str(name): value for name, value in row.items()} for row in rows]
    names = ("marks", "probability", "reverse", "doubt")
    columns = [
        "cause",
        "effect",
        *(name for name in names if any(edge.get(name, "") != "" for edge in edges)),
    ]
    return table(
        title,
        columns,
        [[_rounded(edge.get(column)) for column in columns] for edge in edges],
        None if edges else "no edges",
    )


def doubts(graph: nx.DiGraph, probabilities: pd.DataFrame | None) -> list[str]:
    """A sentence on the edges that the probabilities speak against, if there are any."""
    from foundation_causal.graphs.doubtful_edges import doubtful_sentence

    sentence = None if probabilities is None else doubtful_sentence(_doubts(graph, probabilities))
    return [] if sentence is None else [sentence]


def doubtful_list(graph: nx.DiGraph, probabilities: pd.DataFrame | None) -> list[dict[str, Any]] | None:
    """The same edges for a JSON document; None where there are no probabilities."""
    if probabilities is None:
        return None
    found = _doubts(graph, probabilities)
    rows = found[found["doubt"] != ""].to_dict(orient="records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _doubts(graph: nx.DiGraph, probabilities: pd.DataFrame) -> pd.DataFrame:
    from foundation_causal.graphs import doubtful_edges

    return doubtful_edges.edge_table(graph, probabilities)


def _rounded(value: Any) -> Any:
    return f"{value:.2f}" if isinstance(value, float) else value
