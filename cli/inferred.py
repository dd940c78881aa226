"""From what the options ask for to a causal model: along a given graph, a discovered one, or several."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cli.output import Output
from foundation_causal.errors import InputError, counted

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from cli.inputs import Source
    from discovery.knowledge import Knowledge
    from mechanisms import CausalModel
    from mechanisms.averaged_model import AveragedModel


@dataclass(frozen=True)
class Inferred:
    """A model and where it comes from.

    Attributes:
        model: the mechanisms.
        rows: the complete rows, which they come from.
        graph: the one to show: given, discovered, or with the largest weight.
        probabilities: of edges, [d, d]; None if the graph was given.
        weighted: the graphs that the model averages over; none if it has one only.
        said: what structure and mechanisms warned of.
    """

    model: "CausalModel | AveragedModel"
    rows: "pd.DataFrame"
    graph: "nx.DiGraph"
    probabilities: "pd.DataFrame | None" = None
    weighted: "list[tuple[nx.DiGraph, float]]" = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """In a word: given, discovered or averaged."""
        if self.probabilities is None:
            return "given"
        return "averaged" if self.weighted else "discovered"

    def caption(self) -> str:
        """What the graph that is shown is."""
        return f"the most weight of {len(self.weighted)}" if self.weighted else self.origin

    def coverage(self) -> str:
        """What intervals of this model take for granted, in a sentence."""
        if self.probabilities is None:
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


def check_choices(settings: dict[str, Any]) -> None:
    """Raise InputError where the options of `structure_options` and `mechanism_options` contradict."""
    graph, average = settings["graph"], settings["average"]
    if graph is not None and settings["knowledge"] is not None:
        raise InputError("--knowledge is for finding a graph; leave out --knowledge or --graph.")
    if average > 1 and graph is not None:
        raise InputError("--average is over graphs that are found; leave out --average or --graph.")
    if average > 1 and settings["mechanisms"] != "kernel":
        raise InputError("--average is of kernel models; leave out --average or --mechanisms.")
    if average > 1 and not settings["refine"]:
        raise InputError("--average takes the scores of the search; leave out --average or --no-refine.")


def read_inputs(
    data: str, settings: dict[str, Any], seed: int
) -> "tuple[Source, nx.DiGraph | None, Knowledge | None]":
    """The data, in which values may be missing, and the graph or the knowledge if there are any."""
    from cli.inputs import read_dag, read_known, read_source

    source = read_source(data, seed, intervened=settings["intervened"], missing=True)
    source.complete()  # fails now rather than after the search for a graph
    known = read_known(settings["knowledge"], source)
    return source, None if settings["graph"] is None else read_dag(settings["graph"], source), known


def infer_model(
    source: "Source",
    graph: "nx.DiGraph | None",
    known: "Knowledge | None",
    settings: dict[str, Any],
    seed: int,
    output: Output,
) -> Inferred:
    """Structure, unless a graph is given, and then mechanisms."""
    probabilities, weighted, doubts = None, [], []
    if graph is None:
        with output.stage("discover", "Finding the graph"), output.warned() as doubts:
            from discovery import discover

            how = {"refine": settings["refine"], "model": settings["model"]}
            prediction = discover(source.table, knowledge=known, **how)
            graph, probabilities = prediction.graph, prediction.probabilities
            if settings["average"] > 1:
                weighted = prediction.weighted_graphs(settings["average"], seed)
    with output.stage("infer", "Inferring the mechanisms"), output.warned() as said:
        from mechanisms import infer
        from mechanisms.averaged_model import average_models
        from mechanisms.inference import warn_of_discrete

        rows = source.complete()
        model: CausalModel | AveragedModel
        if weighted:
            warn_of_discrete(rows, [graph for graph, _ in weighted])
            model = average_models(rows, weighted, logs=settings["logs"], seed=seed)
        else:
            how = {name: settings[name] for name in ("mechanisms", "logs")}
            model = infer(rows, graph, seed=seed, **how)
    return Inferred(model, rows.frame, graph, probabilities, weighted, [*doubts, *said])
