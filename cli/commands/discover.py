"""`foundation-causal discover`: from data to a graph, or from many tables to a graph of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import (
    OUTPUT_PATH,
    cluster_option,
    discovery_options,
    graph_format_option,
    output_options,
    seed_option,
)
from cli.output import HERE, Output, Report, as_json_text, table
from foundation_causal.errors import InputError, counted, printable, quoted

if TYPE_CHECKING:
    from cli.inputs import Source
    from discovery.knowledge import Knowledge
    from discovery.prediction import Prediction
    from foundation_causal.parallel.many import Done

GRAPH, PROBABILITIES, SUMMARY = "graph.json", "edge_probabilities.csv", "summary.json"
SOME_FAILED = 2  # the exit code where some of many tables have no graph


@click.command()
@click.argument("data", metavar="DATA...", nargs=-1, required=True)
@click.option(
    "--out",
    type=OUTPUT_PATH,
    metavar="GRAPH",
    required=True,
    help="Graph file: .json, .graphml, .gml, .dot, .csv and others. For several tables, or where it is there "
    "already: a folder, which gets one folder for each table.",
)
@graph_format_option
@click.option(
    "--probabilities", type=OUTPUT_PATH, metavar="TABLE", help="Also write the edge probabilities here."
)
@click.option(
    "--jobs",
    type=click.IntRange(-1),
    metavar="N",
    default=1,
    show_default=True,
    help="Of several tables: processes; -1: one for each core.",
)
@cluster_option
@discovery_options
@seed_option
@output_options
def discover(
    data: tuple[str, ...],
    out: Path,
    graph_format: str | None,
    probabilities: Path | None,
    jobs: int,
    cluster: str | None,
    structure: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    """Find the causal graph of DATA, in which values may be missing, or of each of several DATA.

    Of more than 1,000 rows, 1,000 that are spread evenly decide between graphs; where columns are numbers
    and mechanisms linear, all of them do.

    Of several tables, which need not be alike, each gets a folder in --out, named like its file: graph.json,
    edge_probabilities.csv and summary.json, which appear together. A table that cannot be used gets its
    sentence at the end, and the exit code is then 2; the others are written.
    """
    if len(data) > 1 or out.is_dir():
        given = {"--graph-format": graph_format, "--probabilities": probabilities}
        for option, value in (given | {"--intervened": structure["intervened"]}).items():
            if value is not None:
                raise InputError(f"{option} is for one table, not for several; leave it out.")
        return _discover_many(data, out, {"jobs": jobs, "cluster": cluster}, structure, seed, output)
    if jobs != 1 or cluster is not None:
        raise InputError("--jobs and --cluster are for several tables; leave them out.")
    return _discover(data[0], out, graph_format, probabilities, structure, seed, output)


def _discover(
    data: str,
    out: Path,
    graph_format: str | None,
    probabilities: Path | None,
    structure: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    from cli.inputs import (
        check_names,
        check_not_read,
        check_output_graph,
        check_output_table,
        given,
        read_files,
        read_for_discovery,
    )
    from cli.notes import discover_graph
    from cli.staging import writing
    from foundation_causal.graph_files import write_graph
    from foundation_causal.table_files import write_table

    check_output_graph(out, graph_format)
    check_output_table(probabilities)
    written = given(out, probabilities)
    check_not_read(written, read_files(data, structure))
    with output.reading(data):
        source, known = read_for_discovery(data, structure, seed)
    check_names(source.names, graph_format or out)
    prediction = discover_graph(source, known, structure, output)
    with writing(out), output.warned():
        if probabilities is not None:
            write_table(prediction.probabilities, probabilities, index=True)
        write_graph(prediction.graph, out, graph_format)
    report = _report(data, source, prediction, {**structure, "seed": seed}, output.warnings)
    report.files, report.seconds = written, output.seconds
    output.finish(report)


def _report(
    data: str, source: Source, prediction: Prediction, settings: dict[str, Any], warnings: Sequence[str]
) -> Report:
    """What is told of one table, without its files."""
    from cli.notes import (
        counts,
        doubtful_list,
        doubts,
        edge_list,
        edge_table,
        hidden_causes,
        notes,
        of_scales,
    )

    rows, columns = source.frame.shape
    edges = counted(prediction.graph.number_of_edges(), "edge")
    title = f"{data}: {edges} among {columns} variables, from {rows:,} rows"
    return Report(
        data={"data": data, **counts(source.table)},
        settings=settings,
        results={
            "edges": edge_list(prediction.graph),
            "doubtful_edges": doubtful_list(prediction.graph, prediction.probabilities),
            "notes": HERE,
            "warnings": HERE,
            "mechanism_family": prediction.family,
            "log_scale": [str(name) for name in prediction.log_scale],
            "hidden_causes": hidden_causes(prediction.mixed_graph),
        },
        notes=[*notes(source), *of_scales(prediction), *doubts(prediction.graph, prediction.probabilities)],
        warnings=warnings,
        shown=[edge_table(prediction.graph, title, prediction.probabilities)],
    )


def _discover_many(
    data: Sequence[str],
    out: Path,
    way: dict[str, Any],
    structure: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    from foundation_causal.parallel.clusters import check_address
    from foundation_causal.parallel.many import Done, Way, warn_of_all

    if way["cluster"] is not None:
        check_address(way["cluster"])  # fails now rather than after reading
    folders = _folders(data, out)
    with output.stage("read", f"Reading {counted(len(data), 'table')}"):
        read = {name: _read(name, structure, seed) for name in data}
    sources = {name: one for name, one in read.items() if not isinstance(one, str)}
    done = {name: Done(failure=one) for name, one in read.items() if isinstance(one, str)}
    settings = {**structure, "seed": seed}
    with output.stage("discover", "Finding the graphs") as tell, output.warned():
        how = Way(**way, on_error="keep", progress=tell)
        for name, one in _found(sources, structure, how) if sources else ():
            if one.failure is None:
                _write(folders[name], name, sources[name][0], one, settings)
            done[name] = one._replace(answer=one.answer and _edges_of(one.answer))
        warn_of_all(list(data), [done[name] for name in data])
    failed = {name: one.failure for name in data if (one := done[name]).failure is not None}
    report = Report(
        settings=settings | way,
        results={
            "tables": [
                {"data": name, "edges": done[name].answer, "folder": folders[name]}
                for name in data
                if name not in failed
            ],
            "failed": [{"data": name, "reason": why} for name, why in failed.items()],
        },
        warnings=output.warnings,
        seconds=output.seconds,
        shown=[_overview(data, sources, done)],
        written=f"{counted(len(data) - len(failed), 'folder')} in {out}",
    )
    output.finish(report)
    for name, why in failed.items():
        click.echo(printable(f"Error: '{name}': {why}"), err=True)
    if failed:
        raise click.exceptions.Exit(SOME_FAILED)


def _edges_of(prediction: Prediction) -> int:
    """The number of edges, which is all that is kept of a prediction once it is written."""
    return int(prediction.graph.number_of_edges())


def _folders(data: Sequence[str], out: Path) -> dict[str, Path]:
    """The folder of each table.

    Raises:
        InputError: Two tables would get the same one, or a table has no name.
    """
    from cli.inputs import STREAM
    from foundation_causal.table_files import SUFFIXES

    if STREAM in data:
        raise InputError(f"'{STREAM}' is one table from standard input; give files where there are several.")
    folders: dict[str, Path] = {}
    taken: dict[str, str] = {}
    for name in data:
        whole = Path(name).name
        suffix = max((end for end in SUFFIXES if whole.lower().endswith(end)), key=len, default="")
        folder = whole.removesuffix(whole[len(whole) - len(suffix) :]) or whole
        if folder.casefold() in taken:  # some file systems tell no capitals apart
            raise InputError(
                f"{quoted([taken[folder.casefold()], name])} would be written to the same folder "
                f"'{out / folder}'; rename one, or run the command once for each."
            )
        taken[folder.casefold()] = name
        folders[name] = out / folder
    return folders


def _read(name: str, structure: dict[str, Any], seed: int) -> tuple[Source, Knowledge | None] | str:
    """A table and what is known of its graph, or why it cannot be used."""
    from cli.inputs import check_names, read_for_discovery

    try:
        source, known = read_for_discovery(name, structure, seed)
        check_names(source.names, "json")
    except InputError as error:
        return str(error)
    return source, known


def _found(
    sources: Mapping[str, tuple[Source, Knowledge | None]], structure: dict[str, Any], way: Any
) -> Any:
    """Names of tables with what became of them, as they are done."""
    from discovery.many.discover_many import Settings, Task, each_discovered

    names = list(sources)
    chosen = {name: structure[name] for name in ("refine", "confounders", "model")}
    tasks = [Task(source.table, known) for source, known in sources.values()]
    for place, one in each_discovered(names, tasks, Settings(**chosen, threads=way.is_alone), way):
        yield names[place], one


def _write(folder: Path, name: str, source: Source, done: Done, settings: dict[str, Any]) -> None:
    """Write the folder of one table, all at once."""
    from cli.staging import files_of_earlier_run, staged_folder, writing
    from foundation_causal.graph_files import write_graph
    from foundation_causal.table_files import write_table

    prediction = done.answer
    report = _report(name, source, prediction, settings, [str(warning) for warning in done.warnings])
    report.files = [GRAPH, PROBABILITIES, SUMMARY]
    with staged_folder(folder, lambda: files_of_earlier_run(folder)) as staged, writing(folder):
        write_graph(prediction.graph, staged / GRAPH)
        write_table(prediction.probabilities, staged / PROBABILITIES, index=True)
        (staged / SUMMARY).write_text(as_json_text(report.document()) + "\n", encoding="utf-8")


def _overview(
    data: Sequence[str], sources: Mapping[str, tuple[Source, Any]], done: Mapping[str, Done]
) -> Any:
    """A table for people with a row for each of the tables that have a graph."""
    rows = []
    for name in data:
        if done[name].failure is None:
            n, d = sources[name][0].frame.shape
            rows.append([name, n, d, done[name].answer, len(done[name].warnings) or None])
    title = f"Graphs of {len(rows):,} of {counted(len(data), 'table')}"
    return table(title, ["table", "rows", "columns", "edges", "warnings"], rows)
