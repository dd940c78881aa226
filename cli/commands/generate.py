"""`foundation-causal generate`: data sets with known truth, from a distribution over SCMs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import MOST_SAMPLES, OUTPUT_PATH, output_options, seed_option
from cli.output import Output, as_json_text
from cli.priors import Sizes
from foundation_causal.errors import counted

if TYPE_CHECKING:
    from foundation_causal.simulate import Prior, SCMBatch
    from foundation_causal.simulate.equations import Equations

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
    from cli.priors import draw_scms, find_prior, write_scm
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
    from foundation_causal.simulate.config import write_prior

    (folder / "summary.json").write_text(as_json_text(document) + "\n", encoding="utf-8")
    if not isinstance(prior, Prior):
        return ["summary.json"]
    write_prior(prior, folder / "prior.json")
    return ["prior.json", "summary.json"]


def _shown(document: dict[str, Any], out: Path) -> list[Any]:
    from cli.tables import table

    found = document["data_sets"]
    columns = [key for key in found[0] if key != "interventional" or found[0][key]]
    rows = [[one[column] for column in columns] for one in found[:SHOWN]]
    more = f"and {len(found) - SHOWN:,} more" if len(found) > SHOWN else None
    count = counted(len(found), "data set")
    title = f"{count} from {document['prior']}"
    return [table(title, columns, rows, more), f"Written: {count} in {out}"]
