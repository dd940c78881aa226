"""Arguments and options that several commands share, each as a decorator, and help that lists names."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from cli.output import Output
from cli.parsing import parse_types
from mechanisms.methods import METHODS, check_method

Command = Callable[..., Any]
Decorator = Callable[[Command], Command]

MAX_SAMPLE_ROWS = 10_000_000


class OutputPath(click.Path):
    """A path to write to: an empty one would be the current folder, which nobody asks for so."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, unless it is blank."""
        if isinstance(value, str) and not value.strip():
            self.fail("it is empty; give a name.", param, ctx)
        return super().convert(value, param, ctx)


OUTPUT_PATH = OutputPath(path_type=Path)
GRAPH_HELP = (
    "DAG over the columns (.json, .graphml, .gml, .dot; .csv with a 0/1 matrix or the columns cause,effect; "
    "text of dagitty and others), or `reference`, the data set's own. An edge <-> is a hidden common cause."
)


class ListingCommand(click.Command):
    """A command whose help ends with lists of the names that it takes, and what each of them is.

    `lists` has the (name, purpose) pairs of each list under its title.
    """

    def __init__(self, *args: Any, lists: Mapping[str, Sequence[tuple[str, str]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lists = lists

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each list below the options."""
        for title, pairs in self.lists.items():
            with formatter.section(title):
                formatter.write_dl(pairs)
        super().format_epilog(ctx, formatter)


MECHANISMS = [(method.name, method.about) for method in METHODS.values()]

data_argument = click.argument("data", metavar="DATA")

simulated_graph_option = click.option(
    "--graph", metavar="GRAPH", help=f"{GRAPH_HELP[:-1]}; needed unless DATA is a saved model."
)

graph_format_option = click.option(
    "--graph-format",
    metavar="FORMAT",
    help="Format of the graph: json, graphml, gml, dot, csv (a matrix), dagitty, tetrad, bnlearn, lavaan.",
)

table_option = click.option(
    "--out", type=OUTPUT_PATH, metavar="TABLE", required=True, help="Table file: .csv, .tsv, .parquet."
)

seed_option = click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Fixes everything random, the rows of simulated data sets included.",
)

do_option = click.option(
    "--do",
    "do_texts",
    metavar="X=2.0",
    multiple=True,
    help="Set X to 2.0; X=2,Y=1 sets both at once. Repeatable.",
)

shift_option = click.option(
    "--shift",
    "shift_texts",
    metavar="X=+1.5",
    multiple=True,
    help="Add 1.5 to what X would be, or to the log odds of higher levels; otherwise as --do.",
)

refine_option = click.option(
    "--refine/--no-refine",
    default=True,
    help="Improve the network's graph by a short score search (default).",
)

confounders_option = click.option(
    "--confounders/--no-confounders",
    default=True,
    help="Leave out edges that a hidden cause rather explains (default).",
)


def knowledge_options(command: Command) -> Command:
    """Add `--knowledge` and flags that say the same; the command gets both, the flags as `stated`."""

    @click.option(
        "--knowledge",
        metavar="FILE",
        help="What is known of the graph (.json): required, forbidden, tiers, roots, leaves.",
    )
    @click.option("--root", "roots", metavar="A", multiple=True, help="A has no causes. Repeatable.")
    @click.option("--leaf", "leaves", metavar="A", multiple=True, help="A has no effects. Repeatable.")
    @click.option(
        "--require", "required", metavar="A,B", multiple=True, help="The edge A -> B is there. Repeatable."
    )
    @click.option(
        "--forbid",
        "forbidden",
        metavar="A,B",
        multiple=True,
        help="The edge A -> B is not there. Repeatable.",
    )
    @click.option(
        "--tiers",
        metavar="FILE",
        help="Columns in the order of time, a group a line: no edge leads from a later line up.",
    )
    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        flags = {name: kwargs.pop(name) for name in ("roots", "leaves", "required", "forbidden", "tiers")}
        return command(*args, stated={name: value for name, value in flags.items() if value}, **kwargs)

    return wrapped


intervened_option = click.option(
    "--intervened",
    metavar="MASK",
    help="A table like DATA with 1 where an intervention set the value, and 0 elsewhere.",
)

model_option = click.option(
    "--model",
    metavar="NAME",
    default="edge-transformer",
    show_default=True,
    help="A structure model: a bundled one (see `models`), a folder, or a hub id.",
)


types_option = click.option(
    "--types",
    "types_texts",
    metavar="A=TYPE",
    multiple=True,
    help="The type of column A: continuous, count, binary, ordinal, categorical, or ignore to leave it out; "
    "A=low<mid<high gives the order of its labels. Repeatable; A=TYPE,B=TYPE gives several.",
)


def types_options(command: Command) -> Command:
    """Add `--types`; the command gets `types` as `observations` takes them."""

    @types_option
    @wraps(command)
    def wrapped(*args: Any, types_texts: tuple[str, ...], **kwargs: Any) -> Any:
        return command(*args, types=parse_types(types_texts), **kwargs)

    return wrapped


def discovery_options(command: Command) -> Command:
    """Add the options of structure discovery; the command gets all of them as the dictionary `structure`."""

    @knowledge_options
    @intervened_option
    @types_option
    @refine_option
    @confounders_option
    @model_option
    @wraps(command)
    def wrapped(*args: Any, types_texts: tuple[str, ...], **kwargs: Any) -> Any:
        names = ("knowledge", "intervened", "refine", "confounders", "model", "stated")
        structure = {name: kwargs.pop(name) for name in names} | {"types": parse_types(types_texts)}
        return command(*args, structure=structure, **kwargs)

    return wrapped


def structure_options(command: Command) -> Command:
    """Add `--graph`, `--average` and the options of structure discovery, all in `structure`."""

    @click.option(
        "--graph",
        metavar="GRAPH",
        help=f"{GRAPH_HELP[:-1]}; without it, one is discovered.",
    )
    @discovery_options
    @click.option(
        "--average",
        type=click.IntRange(1),
        metavar="K",
        default=1,
        show_default=True,
        help="Average over K discovered graphs, weighted by their evidence.",
    )
    @wraps(command)
    def wrapped(*args: Any, graph: str | None, structure: dict[str, Any], average: int, **kwargs: Any) -> Any:
        return command(*args, structure={"graph": graph, **structure, "average": average}, **kwargs)

    return wrapped


def logs_option(command: Command) -> Command:
    """Add `--logs`; the command gets `logs` as `infer` takes it."""

    @click.option(
        "--logs",
        metavar="COLUMNS",
        default="auto",
        show_default=True,
        help="Columns modelled in logarithms: A,B or all, none, auto (positive, skewed ones); a name with a "
        "comma in double quotes.",
    )
    @wraps(command)
    def wrapped(*args: Any, logs: str, **kwargs: Any) -> Any:
        words: dict[str, Any] = {"auto": "auto", "all": True, "none": False}
        listed = next(csv.reader([logs], skipinitialspace=True), [])
        names = [name.strip() for name in listed if name.strip()]
        return command(*args, logs=words.get(logs, names), **kwargs)

    return wrapped


def mechanism_options(command: Command) -> Command:
    """Add `--mechanisms`, `--logs` and `--missing`; the command gets them as `how`, for `infer`."""

    @click.option(
        "--mechanisms",
        metavar="NAME",
        default="kernel",
        show_default=True,
        help="How the mechanisms are inferred: one of the names below.",
    )
    @logs_option
    @click.option(
        "--missing",
        type=click.Choice(["impute", "complete"]),
        default="impute",
        show_default=True,
        help="Draw missing values from the model itself, or leave out the rows that lack one.",
    )
    @wraps(command)
    def wrapped(*args: Any, mechanisms: str, logs: Any, missing: str, **kwargs: Any) -> Any:
        check_method(mechanisms)
        how = {"mechanisms": mechanisms, "logs": logs, "missing": missing}
        return command(*args, how=how, **kwargs)

    return wrapped


def cells_option(command: Command) -> Command:
    """Add `--cell LABEL=VALUE`; the command gets `cells: dict[str, list[str]]` in its place."""

    @click.option(
        "--cell",
        "texts",
        metavar="d=20",
        multiple=True,
        help="Only the cells with this label, as d=20 or mechanism=RFF. Repeatable.",
    )
    @wraps(command)
    def wrapped(*args: Any, texts: tuple[str, ...], **kwargs: Any) -> Any:
        cells: dict[str, list[str]] = {}
        for text in texts:
            label, equals, value = text.partition("=")
            if not (label and equals and value):
                raise click.BadParameter(f"'{text}' is not LABEL=VALUE, as in d=20.", param_hint="--cell")
            cells.setdefault(label, []).append(value)
        return command(*args, cells=cells, **kwargs)

    return wrapped


cluster_option = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="A Dask cluster that takes the work over: dask://host:port or tcp://host:port.",
)


def samples_option(default: int) -> Decorator:
    """The option `--samples N`, at least 1."""
    return click.option(
        "--samples",
        type=click.IntRange(1, MAX_SAMPLE_ROWS),
        metavar="N",
        default=default,
        show_default=True,
        help="Rows to sample.",
    )


def output_options(command: Command) -> Command:
    """Add `--quiet` and `--json`; the command gets one `output: Output` in their place."""

    @click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors (and what --json asks for).")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
    @wraps(command)
    def wrapped(*args: Any, quiet: bool, as_json: bool, **kwargs: Any) -> Any:
        return command(*args, output=Output(quiet=quiet, as_json=as_json), **kwargs)

    return wrapped
