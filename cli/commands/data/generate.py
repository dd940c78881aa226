"""`foundation-causal generate` and `priors`: data sets with known truth, and the priors that they are from.

A prior is a distribution over SCMs, such as those that the networks are trained on.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import MAX_SAMPLE_ROWS, OUTPUT_PATH, output_options, seed_option
from cli.output import Output, Report, as_json_text, records_table
from cli.simulated_files import Sizes
from foundation_causal.errors import InputError, counted

if TYPE_CHECKING:
    from rich.console import Group

    from foundation_causal.simulate import MixedPrior, Prior, SCMBatch, TypedBatch
    from foundation_causal.simulate.systems.equations import Equations
    from foundation_causal.types import Registered

MOST_SCMS = 9999  # the folders have four digits
SHOWN = 20  # data sets that a table lists
HINT = (
    "Data sets: foundation-causal generate NAME --out FOLDER. A prior to edit: foundation-causal priors "
    "NAME --out prior.json"
)


@click.command()
@click.argument("prior", metavar="PRIOR")
@click.option("--scms", type=click.IntRange(1, MOST_SCMS), default=1, show_default=True, help="Data sets.")
@click.option("--d", type=click.IntRange(1), metavar="D", help="Variables. Default: drawn for each SCM.")
@click.option(
    "--n", type=click.IntRange(1, MAX_SAMPLE_ROWS), metavar="N", help="Rows. Default: drawn for each SCM."
)
@click.option(
    "--interventional",
    type=click.IntRange(0, MAX_SAMPLE_ROWS),
    metavar="N",
    default=0,
    show_default=True,
    help="Further rows, under interventions.",
)
@click.option("--out", type=OUTPUT_PATH, metavar="FOLDER", required=True, help="Folder for the data sets.")
@seed_option
@output_options
def generate(
    prior: str,
    scms: int,
    d: int | None,
    n: int | None,
    interventional: int,
    out: Path,
    seed: int,
    output: Output,
) -> None:
    """Draw SCMs from PRIOR, and a data set with known truth from each.

    PRIOR is a name that `foundation-causal priors` lists, or a .json file as it writes them.

    FOLDER gets a folder 0001, 0002 and so on for each data set, with data.csv, noise.csv and graph.json. With
    --interventional there is intervened.csv, too: 1 where an intervention set or shifted the value. From a
    prior whose columns have types there is types.json instead of noise.csv.
    Beside the folders stand summary.json and, unless PRIOR is one SCM of C-Suite, prior.json.
    """
    from cli.simulated_files import draw_scms, find_prior, write_scm
    from cli.staging import check_new, staged_folder, writing
    from cli.summary import versions

    names = [f"{number:04d}" for number in range(1, scms + 1)]
    check_new(out, [*names, "prior.json", "summary.json"])
    data_sets: list[dict[str, Any]] = []
    report = Report(
        data={"prior": prior},
        settings={"scms": scms, "d": d, "n": n, "interventional": interventional, "seed": seed},
        results={"data_sets": data_sets, "versions": versions()},
    )
    with (
        staged_folder(out) as folder,
        output.stage("generate", f"Drawing from {prior}") as tell,
        writing(out),
    ):
        source = find_prior(prior)
        sizes = Sizes(scms, d, n, interventional)
        for name, scm in zip(names, draw_scms(source, sizes, seed), strict=True):
            write_scm(scm, folder / name)
            data_sets.append(_data_set_facts(scm, name, interventional))
            tell(f"{name} of {scms:04d}")
        report.files = [out / name for name in _write_settings(source, report, folder)]
    report.seconds = output.seconds
    report.shown = [_table(data_sets, prior)]
    report.written = f"{counted(scms, 'data set')} in {out}"
    for facts in data_sets:
        facts["folder"] = str(out / facts["folder"])
    output.finish(report)


def _data_set_facts(scm: SCMBatch | TypedBatch, name: str, interventional: int) -> dict[str, Any]:
    _, rows, d = scm.data.shape
    return {
        "folder": name,
        "variables": d,
        "rows": rows - interventional,
        "interventional": interventional,
        "edges": int(scm.adjacency.sum()),
    }


def _write_settings(prior: Prior | MixedPrior | Equations, report: Report, folder: Path) -> list[str]:
    """Write what the data sets were drawn from and how, and return the names of the files."""
    from foundation_causal.simulate import MixedPrior, Prior
    from foundation_causal.simulate.prior_files import write_prior

    (folder / "summary.json").write_text(as_json_text(report.document()) + "\n", encoding="utf-8")
    if not isinstance(prior, Prior | MixedPrior):
        return ["summary.json"]
    write_prior(prior, folder / "prior.json")
    return ["prior.json", "summary.json"]


def _table(data_sets: list[dict[str, Any]], prior: str) -> Group:
    """A table of the first data sets for people."""
    first = [
        {key: fact for key, fact in facts.items() if key != "interventional" or fact}
        for facts in data_sets[:SHOWN]
    ]
    more = f"and {len(data_sets) - SHOWN:,} more" if len(data_sets) > SHOWN else None
    return records_table(f"{counted(len(data_sets), 'data set')} from {prior}", first, more)


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--out", type=OUTPUT_PATH, metavar="FILE", help="Write the prior to this .json file.")
@output_options
def priors(name: str | None, out: Path | None, output: Output) -> None:
    """List the priors that `foundation-causal generate` knows, or print the one called NAME as JSON.

    Edit the JSON and give the file to `foundation-causal generate` in place of a name. NAME may be such a
    file, too: what is printed then has every setting, those left to their defaults included.
    """
    if name is None:
        if out is not None:
            raise InputError("--out needs the name of one prior; choose one that this command lists.")
        _list(output)
        return
    from cli.inputs import check_not_read
    from foundation_causal.files import check_suffix

    if out is not None:
        check_suffix(out, (".json",))
        check_not_read([out], [name])
    with output.stage("read", f"Reading {name}"):
        prior = _find(name)
    config = _save(prior, out)
    report = Report(
        data={"name": name},
        results={"prior": config},
        files=[] if out is None else [out],
        shown=[json.dumps(config, indent=2)] if out is None else [],
    )
    output.finish(report)


def _find(name: str) -> Prior | MixedPrior:
    """The prior of that name, which may not be an SCM of C-Suite."""
    from cli.simulated_files import find_prior
    from foundation_causal.simulate import MixedPrior, Prior

    prior = find_prior(name)
    if not isinstance(prior, Prior | MixedPrior):
        raise InputError(
            f"'{name}' is one SCM, whose equations JSON cannot hold; give it to `foundation-causal generate` "
            "by its name."
        )
    return prior


def _save(prior: Prior | MixedPrior, out: Path | None) -> dict[str, Any]:
    """Write the prior to `out`, if that is given, and return it in the types of JSON."""
    from cli.staging import check_new, writing
    from foundation_causal.simulate.prior_files import to_config, write_prior

    config = to_config(prior)
    if out is not None:
        check_new(out.parent, [out.name])  # it may hold somebody's edits
        with writing(out):
            write_prior(prior, out)
    return config


def _list(output: Output) -> None:
    with output.stage("read", "Reading the priors"):
        from foundation_causal.simulate import PRIORS, TYPED_PRIORS
        from foundation_causal.simulate.systems.csuite import CSUITE

        entries: dict[str, Registered[Any]] = {**PRIORS, **TYPED_PRIORS}
        priors = [_prior_facts(name, entry) for name, entry in entries.items()]
        scms = [_scm_facts(name, entry) for name, entry in CSUITE.items()]
    shown = [
        records_table("Priors", [{key: _span(value) for key, value in facts.items()} for facts in priors]),
        records_table("Single SCMs of C-Suite", scms),
        HINT,
    ]
    output.finish(Report(results={"priors": priors, "csuite": scms}, shown=shown))


def _prior_facts(name: str, entry: Registered[Any]) -> dict[str, Any]:
    prior = entry.make()
    interventions = "no" if getattr(prior, "interventions", True) is None else "yes"
    sizes = {"variables": list(prior.d), "rows": list(prior.n)}
    return {"name": name, **sizes, "interventions": interventions, "about": entry.purpose}


def _scm_facts(name: str, entry: Registered[Equations]) -> dict[str, Any]:
    graph = entry.make().graph
    sizes = {"variables": graph.number_of_nodes(), "edges": graph.number_of_edges()}
    return {"name": name, **sizes, "about": entry.purpose}


def _span(value: Any) -> Any:
    """The two ends of a range as people read them; any other value as it is."""
    if not isinstance(value, list):
        return value
    low, high = value
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
