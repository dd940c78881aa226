"""Discovery on what was measured: a device whose truth is known by construction, and Sachs by experiment.

    python benchmarks/structure/real_devices.py --data FOLDER

FOLDER holds `chamber_observational.parquet`, `chamber_interventional.parquet` and `chamber_edges.csv`, the
light tunnel of the Causal Chambers (Gamella, Peters and Buehlmann, 2025; CC BY 4.0), as published by the
authors of CDFM (2026); without it, the chamber is skipped. An experiment of the interventional table sets one
variable, or changes how one sensor works, which counts as reaching into this sensor. Sachs (2005) comes with
the package cdt: the 853 rows of the first experiment, all rows with what each experiment reached into, and
all rows pooled. A run that takes more than `--time-limit` seconds of the processor is given up. Prints
Markdown and writes it.
"""

import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import networkx as nx
import pandas as pd
from time_limit import OutOfTimeError, limited

import foundation_causal as fc
from discovery.baselines import learn
from discovery.structure_methods import METHODS, OURS
from foundation_causal.files import replacing
from foundation_causal.metrics.all_scores import pattern_scores
from foundation_causal.runtime import measured_on, one_thread

RESULTS = Path("benchmarks/results/real_devices.md")
CORE = 20  # columns of the chamber that are variables of its graph; the others are settings of sensors
SETTING_OF = {"v_c": "current"} | {f"v_angle_{k}": f"angle_{k}" for k in (1, 2)}
SETTING_OF |= {f"t_{light}_{k}": f"{light}_{k}" for light in ("ir", "vis") for k in (1, 2, 3)}
CHOSEN = ("foundation-causal", "network", "PC", "GES", "BOSS", "FLOP", "DirectLiNGAM", "DAGMA")


class Table(NamedTuple):
    """Rows, which values were set, and the true graph."""

    name: str
    frame: pd.DataFrame
    mask: pd.DataFrame | None
    graph: nx.DiGraph


def tables(folder: Path | None) -> Iterator[Table]:
    """The chamber, if its files are at hand, and Sachs."""
    if folder is not None:
        yield from chamber(folder)
    sachs = fc.load_dataset("sachs")
    assert sachs.conditions is not None
    first = sachs.conditions == "cd3+cd28"
    yield Table("Sachs, first experiment", sachs.frame[first].reset_index(drop=True), None, sachs.graph)
    yield Table("Sachs, with targets", sachs.frame, sachs.intervened, sachs.graph)
    yield Table("Sachs, pooled", sachs.frame, None, sachs.graph)


def chamber(folder: Path) -> Iterator[Table]:
    """The light tunnel, left alone and in twenty experiments."""
    rows = pd.read_parquet(folder / "chamber_observational.parquet").iloc[:, :CORE]
    edges = pd.read_csv(folder / "chamber_edges.csv").iloc[:, :2].to_numpy().tolist()
    graph = nx.DiGraph()
    graph.add_nodes_from(rows)
    graph.add_edges_from(edge for edge in edges if set(edge) <= set(rows))
    yield Table("chamber, observational", rows, None, graph)
    done = pd.read_parquet(folder / "chamber_interventional.parquet")
    names = done["experiment"].str.replace("_(strong|mid|weak)$", "", regex=True)
    target = names.map(lambda name: SETTING_OF.get(name, name))
    mask = pd.DataFrame({name: target == name for name in rows})
    yield Table("chamber, interventional", done[list(rows)], mask, graph)


def scores(method: str, table: Table) -> dict[str, float]:
    """How good a method's graph is."""
    names = list(table.frame)
    truth = nx.to_numpy_array(table.graph, nodelist=names)
    if method not in OURS:
        return pattern_scores(truth, learn(method, table.frame))
    found = fc.discover(table.frame, intervened=table.mask, refine=OURS[method])
    graph = nx.to_numpy_array(found.graph, nodelist=names, weight=None)
    return pattern_scores(truth, graph, found.probabilities.to_numpy())


def row(method: str, table: Table, limit: float) -> str:
    """A line of the table."""
    start = time.process_time()
    try:
        with limited(limit):
            found = scores(method, table)
    except OutOfTimeError:
        return f"| {table.name} | {method} | | | | over {limit:.0f} |"
    seconds = time.process_time() - start
    figures = f"{found['shd']:g} | {found['f1']:.2f} | {found['auroc']:.3f} | {seconds:.1f}"
    return f"| {table.name} | {method} | {figures} |"


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), help="Folder of the chamber's files.")
@click.option("--method", "methods", type=click.Choice(METHODS), multiple=True, default=CHOSEN)
@click.option("--time-limit", default=300.0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@one_thread()
def main(data: Path | None, methods: tuple[str, ...], time_limit: float, out: Path) -> None:
    """Print a row for every table and method, and write them to OUT."""
    warnings.simplefilter("ignore")
    lines = [
        measured_on(),
        "",
        "| table | method | SHD | F1 | AUROC | seconds |",
        "|---|---|---|---|---|---|",
    ]
    click.echo("\n".join(lines))
    for table in tables(data):
        for method in methods:
            if table.mask is None or method in OURS:
                lines.append(row(method, table, time_limit))
                click.echo(lines[-1])
    with replacing(out) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
