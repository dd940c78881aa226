"""What the user points at, read and checked: the data, a graph or knowledge for them, a file to write to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from foundation_causal.errors import InputError, quoted

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from discovery.knowledge import Knowledge
    from foundation_causal.columns.schema import Schema
    from foundation_causal.columns.type_inference import Types
    from foundation_causal.graphs.edge_marks import Marks
    from foundation_causal.observations import Observations

REFERENCE = "reference"
STREAM = "-"  # standard input
Value = TypeVar("Value")


@dataclass(frozen=True)
class Source:
    """Checked observations, and where they came from.

    Attributes:
        name: The file or data set that the user named.
        table: The observations.
        reference: The graph that the literature agrees on, not necessarily a DAG; None if there is none.
        left_out: How many rows held no value at all.
    """

    name: str
    table: Observations
    reference: nx.DiGraph | None = None
    left_out: int = 0

    @property
    def frame(self) -> pd.DataFrame:
        """The observations, `[n, d]`; NaN where a value is missing."""
        return self.table.frame

    @property
    def labelled(self) -> pd.DataFrame:
        """The observations as the user knows them: labels, dates and numbers."""
        return self.table.schema.decoded(self.table.values)

    def indicators(self, rows: pd.DataFrame | None = None) -> pd.DataFrame:
        """Rows, by default the observations, as numbers of which means make sense."""
        from foundation_causal.observations import rows_like

        if rows is None:
            return self.table.schema.indicators(self.table.values)
        numbers = rows_like(rows, self.names, schema=self.table.schema, missing=True)
        return self.table.schema.indicators(numbers.to_numpy())

    @property
    def schema(self) -> Schema:
        """The types of the columns."""
        return self.table.schema

    @property
    def names(self) -> list[str]:
        """The variables, in the order of the columns."""
        return self.table.names

    def complete(self) -> Observations:
        """The rows in which nothing is missing.

        Raises:
            InputError: There are too few of them, or a column does not vary in them.
        """
        try:
            return self.table.complete()
        except InputError as error:
            whole = self.frame.notna().all(axis=1).sum()
            raise InputError(
                f"The mechanisms need complete rows, of which '{self.name}' has {whole}: {error}"
            ) from error


def read_source(
    data: str,
    seed: int = 0,
    *,
    intervened: str | None = None,
    missing: bool = False,
    types: Types | None = None,
) -> Source:
    """Read a table, or else the data set of that name.

    Args:
        data: A file, or the name of a data set, or - for a table in text that comes by standard input.
        seed: Draws the rows of a data set that is simulated.
        intervened: A file with the mask of the values that an intervention set.
        missing: Whether values may be missing.
        types: What is known of some columns' types, by name.

    Raises:
        InputError: Neither a file nor a data set, or a table or mask that cannot be used.
    """
    from foundation_causal.observations import observations

    frame, reference = read_data(data, seed)
    table = observations(frame, missing=missing, types=types)
    if intervened is not None:
        with using_mask(intervened) as mask:
            table = observations(frame, intervened=mask, missing=missing, types=types)
    return Source(data, table, reference, len(frame) - len(table.frame))


@contextmanager
def using_mask(path: str) -> Iterator[pd.DataFrame]:
    """The mask in a file, which an InputError that its use raises then names."""
    from foundation_causal.table_files import read_table

    mask = read_table(path)
    try:
        yield mask
    except InputError as error:
        raise InputError(f"Cannot use the mask in '{path}': {error}") from error


def read_data(data: str, seed: int) -> tuple[pd.DataFrame, nx.DiGraph | None]:
    """Read a table as it is, or else the data set of that name and its reference graph.

    Args:
        data: As for :func:`read_source`.
        seed: Likewise.

    Raises:
        InputError: Neither a file nor a data set.
    """
    from foundation_causal.datasets import catalogue, load_dataset
    from foundation_causal.table_files import SUFFIXES, read_table

    if data == STREAM:
        return read_table(sys.stdin.buffer), None
    if os.path.isfile(data) or data.lower().endswith(SUFFIXES):
        return read_table(data), None
    try:
        dataset = load_dataset(data, seed=seed)
    except InputError as error:
        if data in (facts.name for facts in catalogue()):  # it is known why this one cannot be loaded
            raise
        if os.path.isdir(data):
            raise InputError(_about_folder(data)) from error
        raise InputError(
            f"{quoted([data])} is no file of a table ({', '.join(SUFFIXES[:6])}): {error}"
        ) from error
    return dataset.frame, dataset.graph


def _about_folder(data: str) -> str:
    """What to do about a folder in the place of a table."""
    from mechanisms.applied.saved_model import is_saved_model

    if is_saved_model(data):
        return f"'{data}' is a saved model, which `simulate` and `effect` take; give the table that it is of."
    return f"'{data}' is a folder; give the name of a file in it."


def read_known(structure: dict[str, Any], names: Sequence[str]) -> Knowledge | None:
    """What a file of knowledge and the flags beside it say together about columns; None without either.

    Args:
        structure: The file under "knowledge", or None, and the flags under "stated".
        names: The columns of the data.

    Raises:
        InputError: A file or a flag that cannot be used, or statements that contradict each other.
    """
    from cli.parsing import parse_statements
    from discovery.knowledge import Knowledge, read_knowledge, read_tiers

    path, stated = structure["knowledge"], dict(structure["stated"])
    if path is None and not stated:
        return None
    knowledge = Knowledge() if path is None else read_knowledge(path)
    if path is not None:
        try:
            knowledge.constraints(names)
        except InputError as error:
            raise InputError(f"Cannot use the knowledge in '{path}': {error}") from error
    tiers = read_tiers(stated.pop("tiers")) if "tiers" in stated else ()
    knowledge = knowledge.joined(Knowledge(tiers=tiers, **parse_statements(stated, names)))
    knowledge.constraints(names)
    return knowledge


def read_files(data: str, structure: dict[str, Any]) -> list[str]:
    """The files that the data, a graph and what is known of it are read from."""
    names = ("graph", "knowledge", "intervened")
    return given(data, *(structure.get(name) for name in names), structure["stated"].get("tiers"))


def read_for_discovery(data: str, structure: dict[str, Any], seed: int) -> tuple[Source, Knowledge | None]:
    """Read the data, in which values may be missing, and the knowledge that the options name, if they do."""
    how = {name: structure[name] for name in ("intervened", "types")}
    source = read_source(data, seed, **how, missing=True)
    return source, read_known(structure, source.names)


def read_for_inference(
    data: str, settings: dict[str, Any], seed: int
) -> tuple[Source, nx.DiGraph | None, Knowledge | None]:
    """Read the data, in which values may be missing, and the graph or the knowledge if there are any."""
    source, known = read_for_discovery(data, settings, seed)
    if settings["missing"] == "complete" or settings["average"] > 1:
        source.complete()  # fails now rather than after the search for a graph
    return source, None if settings["graph"] is None else read_dag(settings["graph"], source), known


def read_dag(graph: str, source: Source) -> nx.DiGraph:
    """Read a DAG over the data's columns from a file; the word `reference` means the data set's own.

    It may be a mixed graph, whose bidirected edges keep their marks.
    """
    from foundation_causal.graphs import check_admg

    def check(read: nx.DiGraph, names: list[str]) -> nx.DiGraph:
        return check_admg(read, names).to_networkx()

    return _read(graph, source, "--graph", check, marks="keep")


def read_truth(truth: str, source: Source) -> nx.DiGraph:
    """Read a graph to score others against, as :func:`read_dag` does, but with cycles if it has any."""
    from foundation_causal.graphs import check_nodes

    return _read(truth, source, "--truth", check_nodes)


def _read(
    graph: str,
    source: Source,
    option: str,
    check: Callable[[nx.DiGraph, list[str]], nx.DiGraph],
    marks: Marks = "refuse",
) -> nx.DiGraph:
    from foundation_causal.graph_files import read_graph

    if graph != REFERENCE or os.path.exists(graph):
        read, where = read_graph(graph, source.names, marks=marks), f"graph in '{graph}'"
    elif source.reference is None:
        raise InputError(f"'{source.name}' has no reference graph; name a graph file with {option}.")
    else:
        read, where = source.reference, f"reference graph of '{source.name}'"
    try:
        return check(read, source.names)
    except InputError as error:
        raise InputError(f"Cannot use the {where}: {error}") from error


def check_choices(settings: dict[str, Any]) -> None:
    """Raise InputError where the options of `structure_options` and `mechanism_options` contradict."""
    graph, average = settings["graph"], settings["average"]
    if graph is not None and settings["knowledge"] is not None:
        raise InputError("--knowledge is for finding a graph; leave out --knowledge or --graph.")
    if graph is not None and settings["stated"]:
        option = _FLAGS[next(iter(settings["stated"]))]
        raise InputError(f"{option} is for finding a graph; leave out {option} or --graph.")
    if average > 1 and graph is not None:
        raise InputError("--average is over graphs that are found; leave out --average or --graph.")
    if average > 1 and settings["mechanisms"] != "kernel":
        raise InputError("--average is of kernel models; leave out --average or --mechanisms.")
    if average > 1 and not settings["refine"]:
        raise InputError("--average takes the scores of the search; leave out --average or --no-refine.")


_FLAGS = {
    "roots": "--root",
    "leaves": "--leaf",
    "required": "--require",
    "forbidden": "--forbid",
    "tiers": "--tiers",
}
# What a saved model has already, by the names of the parameters.
OF_INFERENCE = (
    "graph",
    "average",
    "knowledge",
    "roots",
    "leaves",
    "forbidden",
    "required",
    "tiers",
    "intervened",
    "types_texts",
    "refine",
    "model",
    "mechanisms",
    "logs",
    "missing",
)


def refuse_options(why: str) -> None:
    """Raise InputError where the command line of the running command has options of inference."""
    import click
    from click.core import ParameterSource

    context = click.get_current_context()
    for parameter in context.command.params:
        given = context.get_parameter_source(parameter.name or "") == ParameterSource.COMMANDLINE
        if given and parameter.name in OF_INFERENCE:
            raise InputError(f"{why}; leave out {parameter.opts[0]}.")


def check_output_graph(path: Path | None, graph_format: str | None = None) -> None:
    """Raise InputError now, before the work, where writing a graph to `path` would fail after it."""
    from foundation_causal.graph_files import WRITABLE_SUFFIXES, format_graph

    if graph_format is not None:
        format_graph([], graph_format)
    check_output(path, WRITABLE_SUFFIXES if graph_format is None else ("",))


def check_names(names: Sequence[str], written: str | Path, given: nx.DiGraph | None = None) -> None:
    """Raise InputError now, before the work, where a format cannot hold the names or the graph that is given.

    Args:
        names: The columns.
        written: The format, or a file with its suffix.
        given: The graph over them that will be written, if it is known, of which its edges' marks count.
    """
    import networkx as nx

    from foundation_causal.graph_files import BY_SUFFIX, format_graph
    from foundation_causal.graphs.edge_marks import ATTRIBUTE

    graph = nx.DiGraph()
    graph.add_nodes_from(names)
    for cause, effect, marks in () if given is None else given.edges(data=ATTRIBUTE):
        graph.add_edge(cause, effect, **({} if marks is None else {ATTRIBUTE: marks}))
    if given is not None or written != "edges":  # in which columns without an edge have no place
        format_graph(graph, BY_SUFFIX[written.suffix.lower()] if isinstance(written, Path) else written)


def check_output_table(path: Path | None) -> None:
    """Raise InputError now, before the work, where writing a table to `path` would fail after it."""
    from foundation_causal.table_files import SUFFIXES

    check_output(path, SUFFIXES)


def check_output_folder(path: Path | None, out: Path) -> None:
    """Raise InputError now, before the work, where saving a model to `path` would fail after it."""
    from foundation_causal.files import replacing_folder
    from mechanisms.applied.saved_model import DOCUMENT

    if path is None:
        return
    if os.path.realpath(path) == os.path.realpath(out):
        raise InputError(
            f"--out and --save-model are both '{path}'; choose a folder of its own for the model."
        )
    try:
        with replacing_folder(path, DOCUMENT):
            raise _GiveUp
    except _GiveUp:
        pass


def check_output_picture(path: Path | None) -> None:
    """Raise InputError now, before the work, where writing a picture to `path` would fail after it."""
    check_output(path, (".png", ".svg", ".pdf"))


def given(*values: Value | None) -> list[Value]:
    """The values that are not None, such as of options that may be left out."""
    return [value for value in values if value is not None]


def check_not_read(written: Sequence[Path], read: Sequence[str]) -> None:
    """Raise InputError where a file to write is also to be read, or is to be written twice."""
    before = {os.path.realpath(path) for path in read}
    taken: set[str] = set()
    for path in written:
        place = os.path.realpath(path)
        if place in before:
            raise InputError(f"'{path}' is read and would be replaced; choose another name to write to.")
        if place in taken:
            raise InputError(f"'{path}' is to hold two results; choose another name for one of them.")
        taken.add(place)


def check_output(path: Path | None, suffixes: tuple[str, ...]) -> None:
    """Raise InputError now, before the work, where writing a file of these suffixes would fail after it."""
    from foundation_causal.files import check_suffix, replacing

    if path is None:
        return
    check_suffix(path, suffixes)
    # Only an attempt sees full disks, locks and permissions alike; giving up makes the attempt vanish.
    try:
        with replacing(path):
            raise _GiveUp
    except _GiveUp:
        pass


class _GiveUp(Exception):
    """Leaves `replacing` without a new file."""
