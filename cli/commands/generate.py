"""`foundation-causal generate`: data sets with known truth, from a distribution over SCMs.

`foundation-causal priors`: the distributions over SCMs that data can be generated from.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import MOST_SAMPLES, OUTPUT_PATH, output_options, seed_option
from cli.output import Output, as_json_text
from cli.prior_draws import Sizes
from foundation_causal.errors import InputError, counted

if TYPE_CHECKING:
    from foundation_causal.simulate import Prior, SCMBatch
    from foundation_causal.simulate.systems.equations import Equations


MOST_SCMS = 9999  # the folders have four digits
SHOWN = 20  # data sets that a table lists


@click.command()
@click.argument("prior", metavar="PRIOR")
@click.option("--scms", type=click.IntRange(1, MOST_SCMS), default=1, show_default=True, help="Data sets.")
@click.option("--d", type=click.IntRange(1), metavar="D", help="Variables. Default: drawn for each SCM.")
@click.option(
    "--n", type=click.IntRange(1, MOST_SAMPLES), metavar="N", help="Rows. Default: drawn for each SCM."
)
@click.option(
    "--interventional",
    type=click.IntRange(0, MOST_SAMPLES),
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
    --interventional there is intervened.csv, too: 1 where an intervention set or shifted the value.
    Beside the folders stand summary.json and, unless PRIOR is one SCM of C-Suite, prior.json.
    """
    from cli.prior_draws import draw_scms, find_prior, write_scm
    from cli.staging import check_new, staged_folder, writing
    from cli.summary import versions

    names = [f"{number:04d}" for number in range(1, scms + 1)]
    check_new(out, [*names, "prior.json", "summary.json"])
    settings = {"scms": scms, "d": d, "n": n, "interventional": interventional, "seed": seed}
    document: dict[str, Any] = {"prior": prior, "settings": settings, "data_sets": [], "versions": versions()}
    with (
        staged_folder(out) as folder,
        output.stage("generate", f"Drawing from {prior}") as tell,
        writing(out),
    ):
        found = find_prior(prior)
        sizes = Sizes(scms, d, n, interventional)
        for name, scm in zip(names, draw_scms(found, sizes, seed), strict=True):
            write_scm(scm, folder / name)
            document["data_sets"].append(_facts(scm, name, interventional))
            tell(f"{name} of {scms:04d}")
        files = _write_settings(found, document, folder)
    shown = _shown(document, out)
    for one in document["data_sets"]:
        one["folder"] = str(out / one["folder"])
    document["files"] = [str(out / name) for name in files]
    output.finish(document | {"seconds": output.seconds}, *shown)


def _facts(scm: "SCMBatch", name: str, interventional: int) -> dict[str, Any]:
    _, rows, d = scm.data.shape
    return {
        "folder": name,
        "variables": d,
        "rows": rows - interventional,
        "interventional": interventional,
        "edges": int(scm.adjacency.sum()),
    }


def _write_settings(prior: "Prior | Equations", document: dict[str, Any], folder: Path) -> list[str]:
    """What the data sets were drawn from and how; returns the names of the files."""
    from foundation_causal.simulate import Prior
    from foundation_causal.simulate.prior_files import write_prior

    (folder / "summary.json").write_text(as_json_text(document) + "\n", encoding="utf-8")
    if not isinstance(prior, Prior):
        return ["summary.json"]
    write_prior(prior, folder / "prior.json")
    return ["prior.json", "summary.json"]


def _shown(document: dict[str, Any], out: Path) -> list[Any]:
    from cli.output import table

    found = document["data_sets"]
    columns = [key for key in found[0] if key != "interventional" or found[0][key]]
    rows = [[one[column] for column in columns] for one in found[:SHOWN]]
    more = f"and {len(found) - SHOWN:,} more" if len(found) > SHOWN else None
    count = counted(len(found), "data set")
    title = f"{count} from {document['prior']}"
    return [table(title, columns, rows, more), f"Written: {count} in {out}"]


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
        found = _prior(name)
    config, text = _saved(found, out)
    output.finish({"name": name, "prior": config, "files": [] if out is None else [str(out)]}, text)


def _prior(name: str) -> "Prior":
    """The prior of that name; an SCM of C-Suite is none."""
    from cli.prior_draws import find_prior
    from foundation_causal.simulate import Prior

    found = find_prior(name)
    if not isinstance(found, Prior):
        raise InputError(
            f"'{name}' is one SCM, whose equations JSON cannot hold; give it to `foundation-causal generate` "
            "by its name."
        )
    return found


def _saved(found: "Prior", out: Path | None) -> tuple[dict[str, Any], str]:
    """The prior as JSON, and what to say: where it is written, or else itself."""
    from cli.staging import check_new, writing
    from foundation_causal.simulate.prior_files import to_config, write_prior

    config = to_config(found)
    if out is None:
        return config, json.dumps(config, indent=2)
    check_new(out.parent, [out.name])  # it may hold somebody's edits
    with writing(out):
        write_prior(found, out)
    return config, f"Written: {out}"


def _list(output: Output) -> None:
    from cli.output import table

    with output.stage("read", "Reading the priors"):
        from foundation_causal.simulate import PRIORS
        from foundation_causal.simulate.systems.csuite import CSUITE

        named = [_prior_facts(name, entry.make(), entry.purpose) for name, entry in PRIORS.items()]
        configurations: list[dict[str, Any]] = []
        for name, entry in CSUITE.items():
            graph = entry.make().graph
            size = {"variables": graph.number_of_nodes(), "edges": graph.number_of_edges()}
            configurations.append({"name": name, **size, "about": entry.purpose})
    document = {"priors": named, "csuite": configurations}
    output.finish(
        document,
        table("Priors", list(named[0]), [[_span(value) for value in one.values()] for one in named]),
        table(
            "Single SCMs of C-Suite", list(configurations[0]), [list(one.values()) for one in configurations]
        ),
        "Data sets: foundation-causal generate NAME --out FOLDER. A prior to edit: foundation-causal priors "
        "NAME --out prior.json",
    )


def _prior_facts(name: str, found: "Prior", about: str) -> dict[str, Any]:
    interventions = "no" if found.interventions is None else "yes"
    sizes = {"variables": list(found.d), "rows": list(found.n)}
    return {"name": name, **sizes, "interventions": interventions, "about": about}


def _span(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    low, high = value
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
