"""`foundation-causal run`: the whole chain, from data to a folder of answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import (
    OUTPUT_PATH,
    data_argument,
    do_option,
    intervened_option,
    knowledge_option,
    mechanism_options,
    model_option,
    output_options,
    refine_option,
    samples_option,
    seed_option,
    shift_option,
)
from cli.output import Output, as_json_text
from foundation_causal.errors import InputError, counted

if TYPE_CHECKING:
    import networkx as nx

    from cli.inputs import Source
    from cli.interventions import Intervention
    from cli.summary import Answer
    from discovery.knowledge import Knowledge


@click.command()
@data_argument
@click.option(
    "--graph",
    metavar="GRAPH",
    help="Take this DAG (.json, .graphml, .csv; `reference`: the data set's own) instead of discovering one.",
)
@do_option
@shift_option
@samples_option(1000)
@click.option("--out", type=OUTPUT_PATH, metavar="DIR", required=True, help="Folder for the answers.")
@knowledge_option
@intervened_option
@refine_option
@model_option
@click.option(
    "--average",
    type=click.IntRange(1),
    metavar="K",
    default=1,
    show_default=True,
    help="Average over K discovered graphs, weighted by their evidence.",
)
@mechanism_options
@seed_option
@output_options
def run(
    data: str,
    graph: str | None,
    do_texts: tuple[str, ...],
    shift_texts: tuple[str, ...],
    samples: int,
    out: Path,
    knowledge: str | None,
    intervened: str | None,
    refine: bool,
    model: str,
    average: int,
    how: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    """Go from DATA to a graph, mechanisms, samples and interventions.

    Writes into DIR: graph.json, edge_probabilities.csv, samples.csv, one do_X=2.0.csv or
    shift_X=+1.5.csv for each --do or --shift,
    summary.json, and the pictures graph.png and marginals.png. All appear together at the end. The
    answers of an earlier run into DIR, which its summary.json names, are replaced; other files stay.

    Where values are missing, the graph comes from all rows, and the mechanisms from the complete ones.
    """
    from cli.inputs import check_not_read, read_dag, read_known, read_source
    from cli.interventions import asked_interventions, file_names
    from cli.staging import files_of_earlier_run, staged_folder, writing
    from cli.summary import summary_tables

    if graph is not None and knowledge is not None:
        raise InputError("--knowledge is for finding a graph; leave out --knowledge or --graph.")
    if average > 1 and graph is not None:
        raise InputError("--average is over graphs that are found; leave out --average or --graph.")
    if average > 1 and how["mechanisms"] != "kernel":
        raise InputError("--average is of kernel models; leave out --average or --mechanisms.")
    if average > 1 and not refine:
        raise InputError("--average takes the scores of the search; leave out --average or --no-refine.")
    with output.stage("read", f"Reading {data}"):
        source = read_source(data, seed, intervened=intervened, missing=True)
        source.complete()  # fails now rather than after the search for a graph
        interventions = asked_interventions(do_texts, shift_texts, source.names)
        known = read_known(knowledge, source)
        dag = None if graph is None else read_dag(graph, source)
    # A graph that an earlier run wrote may be given: it is written back as it is.
    outdated = files_of_earlier_run(out)
    tables = ["edge_probabilities.csv", "samples.csv", *file_names(interventions), *outdated]
    tables = list(dict.fromkeys(tables))
    check_not_read([out / name for name in tables], [path for path in (data, intervened) if path is not None])
    if knowledge is not None:
        check_not_read([out / "graph.json", out / "summary.json"], [knowledge])
    settings = {
        "graph": graph,
        "knowledge": knowledge,
        "intervened": intervened,
        "refine": refine,
        "model": model,
        "average": average,
        **how,
        "samples": samples,
        "seed": seed,
    }
    with staged_folder(out, outdated) as folder:
        answer = _answer(source, dag, known, interventions, settings, output)
        with writing(out):
            document = _write(folder, source, answer, settings, output)
    document["files"] = [str(out / name) for name in document["files"]]
    output.finish(
        document,
        *summary_tables(source, answer, document),
        f"Written: {len(document['files'])} files in {out}",
    )


def _answer(
    source: "Source",
    graph: "nx.DiGraph | None",
    known: "Knowledge | None",
    interventions: "list[Intervention]",
    settings: dict[str, Any],
    output: Output,
) -> "Answer":
    """The chain itself: structure unless a graph is given, then mechanisms, then samples."""
    from cli.summary import Answer

    probabilities, weighted = None, []
    if graph is None:
        with output.stage("discover", "Finding the graph"):
            from discovery import discover

            how = {"refine": settings["refine"], "model": settings["model"]}
            prediction = discover(source.table, knowledge=known, **how)
            graph, probabilities = prediction.graph, prediction.probabilities
            if settings["average"] > 1:
                weighted = prediction.weighted_graphs(settings["average"], settings["seed"])
    with output.stage("infer", "Inferring the mechanisms"), output.warned():
        from mechanisms import infer
        from mechanisms.average import average_models

        rows, seed = source.complete(), settings["seed"]
        if weighted:
            model = average_models(rows, weighted, logs=settings["logs"], seed=seed)
        else:
            how = {name: settings[name] for name in ("mechanisms", "logs")}
            model = infer(rows, graph, seed=seed, **how)
        settings["logs"] = model.logs
        noise = model.noise(rows.frame)
        if rows.intervened is not None:
            noise = noise.mask(rows.intervened)  # a value that was set has no noise
    sampling = f"Sampling {counted(settings['samples'], 'row')}, {counted(1 + len(interventions), 'time')}"
    with output.stage("sample", sampling), output.warned():
        draw = {"n": settings["samples"], "seed": settings["seed"]}
        sampled = model.sample(**draw)
        after = [(setting, model.do(setting).sample(**draw)) for setting in interventions]
    return Answer(graph, probabilities, noise, sampled, after, weighted)


def _write(
    folder: Path, source: "Source", answer: "Answer", settings: dict[str, Any], output: Output
) -> dict[str, Any]:
    """Fill the folder; returns the document of `summary.json` with the names of all files added."""
    from cli.interventions import file_names
    from cli.summary import summarize
    from foundation_causal.files import write_table
    from foundation_causal.graph_files import write_graph

    names = file_names([setting for setting, _ in answer.after])
    with output.stage("write", "Writing the tables"):
        write_graph(answer.graph, folder / "graph.json")
        if answer.probabilities is not None:
            write_table(answer.probabilities, folder / "edge_probabilities.csv", index=True)
        write_table(answer.sampled, folder / "samples.csv")
        for name, (_, frame) in zip(names, answer.after, strict=True):
            write_table(frame, folder / name)
    with output.stage("draw", "Drawing the pictures"):
        _draw(folder, source, answer)
    document = summarize(source, answer, files=names, settings=settings, seconds=output.seconds)
    document["files"] = sorted([*(file.name for file in folder.iterdir()), "summary.json"])
    (folder / "summary.json").write_text(as_json_text(document) + "\n", encoding="utf-8")
    return document


def _draw(folder: Path, source: "Source", answer: "Answer") -> None:
    from cli.interventions import label, shifts, values_set
    from cli.pictures import After, draw_graph, draw_marginals

    set_names = {name for setting, _ in answer.after for name in setting}
    origin = "given" if answer.probabilities is None else "discovered"
    title = f"{source.name}: {counted(answer.graph.number_of_edges(), 'edge')}, {origin}"
    draw_graph(
        folder / "graph.png",
        answer.graph,
        title=title,
        probabilities=answer.probabilities,
        intervened=set_names,
    )
    after = [
        After(
            label(setting),
            values_set(setting),
            answer.reached(setting) | {*shifts(setting)},
            frame,
        )
        for setting, frame in answer.after
    ]
    title = f"{source.name}: marginals" + (" before and after each intervention" if after else "")
    draw_marginals(folder / "marginals.png", source.frame, answer.sampled, after, title=title)
