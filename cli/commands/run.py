"""`foundation-causal run`: the whole chain, from data to a folder of answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import (
    MECHANISMS,
    OUTPUT_PATH,
    ListingCommand,
    data_argument,
    do_option,
    graph_format_option,
    mechanism_options,
    output_options,
    samples_option,
    seed_option,
    shift_option,
    structure_options,
)
from cli.output import Output, Report, as_json_text
from foundation_causal.errors import counted

if TYPE_CHECKING:
    import pandas as pd

    from cli.inputs import Source
    from cli.notes import Inferred
    from cli.parsing import Intervention
    from cli.summary import Answer


@click.command(cls=ListingCommand, lists={"Mechanisms": MECHANISMS})
@data_argument
@do_option
@shift_option
@samples_option(1000)
@click.option("--out", type=OUTPUT_PATH, metavar="DIR", required=True, help="Folder for the answers.")
@graph_format_option
@click.option(
    "--save-model",
    "kept",
    type=OUTPUT_PATH,
    metavar="FOLDER",
    help="Keep the model in a folder, for `effect` and `simulate` in place of DATA, and `fc.load`.",
)
@structure_options
@mechanism_options
@seed_option
@output_options
def run(
    data: str,
    do_texts: tuple[str, ...],
    shift_texts: tuple[str, ...],
    samples: int,
    out: Path,
    graph_format: str | None,
    kept: Path | None,
    structure: dict[str, Any],
    how: dict[str, Any],
    seed: int,
    output: Output,
) -> None:
    """Go from DATA to a graph, mechanisms, samples and interventions.

    Writes into DIR: graph.json, edge_probabilities.csv, samples.csv, one do_X=2.0.csv or shift_X=+1.5.csv for
    each --do or --shift, summary.json, and the plots graph.png and marginals.png; with --graph-format the
    graph in that format, too, as graph.dot. All appear together at the end. The answers of an earlier run
    into DIR, which its summary.json names, are replaced; other files stay.

    Where values are missing, the graph comes from all rows, and the mechanisms from the complete ones. Of
    more than 1,000 rows, 1,000 that are spread evenly decide between graphs; where columns are numbers and
    mechanisms linear, all of them do.
    """
    from cli.inputs import (
        check_choices,
        check_names,
        check_not_read,
        check_output_folder,
        check_output_graph,
        given,
        read_for_inference,
    )
    from cli.notes import infer_model
    from cli.parsing import file_names, requested_interventions
    from cli.staging import files_of_earlier_run, staged_folder, writing

    settings = {**structure, **how, "samples": samples, "seed": seed, "graph_format": graph_format}
    check_choices(settings)
    check_output_graph(None, graph_format)
    check_output_folder(kept, out)
    with output.reading(data):
        source, dag, known = read_for_inference(data, settings, seed)
        check_names(source.names, graph_format or "json", dag)
        interventions = requested_interventions(do_texts, shift_texts, source.schema)
    # A graph that an earlier run wrote may be given: it is written back as it is.
    outdated = files_of_earlier_run(out)
    tables = {"edge_probabilities.csv", "samples.csv", *file_names(interventions), *outdated}
    check_not_read(
        [out / name for name in sorted(tables)],
        given(data, settings["intervened"], settings["stated"].get("tiers")),
    )
    check_not_read([out / "graph.json", out / "summary.json"], given(settings["knowledge"]))
    with staged_folder(out, lambda: files_of_earlier_run(out)) as folder:
        inferred = infer_model(source, dag, known, settings, seed, output)
        settings["logs"] = inferred.model.logs
        answer = _answer(source, inferred, interventions, settings, output)
        with writing(out):
            report = _write(folder, source, answer, settings, output)
        if kept is not None:
            with output.stage("save", "Saving the model"):
                inferred.model.save(kept)
    report.files = [out / name for name in report.files or ()]
    report.written = f"{len(report.files)} files in {out}" + (f", the model in {kept}" if kept else "")
    output.finish(report)


def _answer(
    source: Source,
    inferred: Inferred,
    interventions: list[Intervention],
    settings: dict[str, Any],
    output: Output,
) -> Answer:
    """Recover the noise of the data, and sample from the model with and without the interventions."""
    from cli.summary import Answer

    model, noise = inferred.model, _noise(inferred)
    sampling = f"Sampling {counted(settings['samples'], 'row')}, {counted(1 + len(interventions), 'time')}"
    with output.stage("sample", sampling), output.warned():
        draw = {"n": settings["samples"], "seed": settings["seed"]}
        sampled = model.sample(**draw)
        after = [(setting, model.do(setting).sample(**draw)) for setting in interventions]
    return Answer(inferred, noise, sampled, after)


def _noise(inferred: Inferred) -> pd.DataFrame:
    """The noise of the rows; no columns where hidden causes are part of it, so that rows do not tell it."""
    import numpy as np

    if inferred.has_hidden_causes:
        return inferred.rows[[]]
    model = inferred.model
    noise = model.noise(inferred.rows)
    if (intervened := inferred.table.intervened) is not None:
        (lead, _), *_ = model.shares(1)  # the names of the noise are the same in all members
        for j, rows in enumerate(intervened.T):  # a value that was set has no noise
            noise.iloc[rows, lead.mechanisms.noise_columns([j])] = np.nan
    return noise


def _write(folder: Path, source: Source, answer: Answer, settings: dict[str, Any], output: Output) -> Report:
    """Fill the folder, `summary.json` included, and return the report with the names of all files."""
    from cli.parsing import file_names
    from cli.summary import summarize
    from foundation_causal.graph_files import suffix_of, write_graph
    from foundation_causal.table_files import write_table

    names = file_names([setting for setting, _ in answer.after])
    with output.stage("write", "Writing the tables"):
        write_graph(answer.inferred.graph, folder / "graph.json")
        if (extra := settings["graph_format"]) is not None:
            with output.warned():
                write_graph(answer.inferred.graph, folder / f"graph{suffix_of(extra)}", extra)
        if answer.inferred.probabilities is not None:
            write_table(answer.inferred.probabilities, folder / "edge_probabilities.csv", index=True)
        write_table(answer.sampled, folder / "samples.csv")
        for name, (_, frame) in zip(names, answer.after, strict=True):
            write_table(frame, folder / name)
    with output.stage("draw", "Drawing the plots"):
        _draw(folder, source, answer)
    report = summarize(source, answer, tables=names, settings=settings, output=output)
    report.files = sorted([*(file.name for file in folder.iterdir()), "summary.json"])
    (folder / "summary.json").write_text(as_json_text(report.document()) + "\n", encoding="utf-8")
    return report


def _draw(folder: Path, source: Source, answer: Answer) -> None:
    from cli.parsing import label, shifts, values_set
    from foundation_causal import plots
    from foundation_causal.plots.style import save

    set_names = {name for setting, _ in answer.after for name in setting}
    edges = counted(answer.inferred.graph.number_of_edges(), "edge")
    title = f"{source.name}: {edges}, {answer.inferred.caption()}"
    axes = plots.graph(
        answer.inferred.graph,
        probabilities=answer.inferred.probabilities,
        intervened=set_names,
        title=title,
    )
    save(axes, folder / "graph.png")
    after = [
        plots.After(
            label(setting),
            values_set(setting),
            answer.reached(setting) | {*shifts(setting)},
            frame,
        )
        for setting, frame in answer.after
    ]
    title = f"{source.name}: marginals" + (" before and after each intervention" if after else "")
    panels = plots.marginals(source.labelled, answer.sampled, after, title=title)
    save(panels[0], folder / "marginals.png")
