"""`foundation-causal priors`: the distributions over SCMs that data can be generated from."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import OUTPUT_PATH, output_options
from cli.output import Output
from foundation_causal.errors import InputError

if TYPE_CHECKING:
    from foundation_causal.simulate import Prior


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
    from cli.priors import find_prior
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
    from foundation_causal.simulate.config import to_config, write_prior

    config = to_config(found)
    if out is None:
        return config, json.dumps(config, indent=2)
    check_new(out.parent, [out.name])  # it may hold somebody's edits
    with writing(out):
        write_prior(found, out)
    return config, f"Written: {out}"


def _list(output: Output) -> None:
    from cli.priors import C_SUITE, PURPOSES
    from cli.tables import table

    with output.stage("read", "Reading the priors"):
        from foundation_causal.simulate import prior
        from foundation_causal.simulate.csuite import csuite

        named = [_facts(name, prior(name), about) for name, about in PURPOSES.items()]
        configurations: list[dict[str, Any]] = []
        for name, about in C_SUITE.items():
            graph = csuite(name).graph
            size = {"variables": graph.number_of_nodes(), "edges": graph.number_of_edges()}
            configurations.append({"name": name, **size, "about": about})
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


def _facts(name: str, found: "Prior", about: str) -> dict[str, Any]:
    interventions = "no" if found.interventions is None else "yes"
    sizes = {"variables": list(found.d), "rows": list(found.n)}
    return {"name": name, **sizes, "interventions": interventions, "about": about}


def _span(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    low, high = value
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
