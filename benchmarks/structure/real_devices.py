"""Discovery on what was measured: a device whose truth is known by construction, and Sachs by experiment.

    python benchmarks/structure/real_devices.py --data FOLDER

FOLDER holds `chamber_observational.parquet`, `chamber_interventional.parquet` and `chamber_edges.csv`, the
light tunnel of the Causal Chambers (Gamella, Peters and Buehlmann, 2025; CC BY 4.0), as published by the
authors of CDFM (2026); without it, the chamber is skipped. An experiment of the interventional table sets one
variable, or changes how one sensor works, which counts as reaching into this sensor. Sachs (2005) comes with
the package cdt: the 853 rows of the first experiment, all rows with what each experiment reached into, and
all rows pooled. A run that takes more than `--time-limit` seconds of the processor is given up. Methods of
`peers.py` whose packages are not installed are left out. Figures of `benchmarks/published/cdfm.csv` stand at
the end of their table. Prints Markdown and writes it.
"""

import time
import warnings
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import click
import networkx as nx
import pandas as pd
from peers import PEERS, WITH_EXPERIMENTS, at_hand, learn_peer
from time_limit import OutOfTimeError, limited

import foundation_causal as fc
from discovery.baselines import learn
from discovery.structure_methods import METHODS, OURS
from foundation_causal.files import replacing
from foundation_causal.metrics.all_scores import pattern_scores
from foundation_causal.runtime import measured_on, one_thread

RESULTS = Path("benchmarks/results/real_devices.md")
PUBLISHED = Path(__file__).parents[1] / "published" / "cdfm.csv"
CORE = 20  # columns of the chamber that are variables of its graph; the others are settings of sensors
SETTING_OF = {"v_c": "current"} | {f"v_angle_{k}": f"angle_{k}" for k in (1, 2)}
SETTING_OF |= {f"t_{light}_{k}": f"{light}_{k}" for light in ("ir", "vis") for k in (1, 2, 3)}
CHOSEN = ("foundation-causal", "network", "PC", "GES", "BOSS", "FLOP", "DirectLiNGAM", "DAGMA", *PEERS)


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
    reached = done[list(rows)]
    yield Table("chamber, interventional", reached, mask, graph)
    alone = pd.DataFrame(False, index=rows.index, columns=rows.columns)
    both = [pd.concat(parts, ignore_index=True) for parts in ((rows, reached), (alone, mask))]
    yield Table("chamber, both", *both, graph)


def takes(method: str, table: Table) -> bool:
    """Whether a method is asked about a table: ours always, others if the rows are of the kind they know."""
    return method in OURS or (method in WITH_EXPERIMENTS) == (table.mask is not None)


def scores(method: str, table: Table) -> dict[str, float]:
    """How good a method's graph is."""
    names = list(table.frame)
    truth = nx.to_numpy_array(table.graph, nodelist=names)
    if method in PEERS:
        return pattern_scores(truth, learn_peer(method, table.frame, table.mask))
    if method not in OURS:
        return pattern_scores(truth, learn(method, table.frame))
    found = fc.discover(table.frame, intervened=table.mask, refine=OURS[method])
    graph = nx.to_numpy_array(found.graph, nodelist=names, weight=None)
    return pattern_scores(truth, graph, found.probabilities.to_numpy())


def outcome(method: str, table: Table, limit: float) -> dict[str, float | str]:
    """A method's scores on a table and `seconds` of the processor, or why there are none, as `stopped`."""
    start = time.process_time()
    try:
        with limited(limit):
            found: dict[str, float | str] = dict(scores(method, table))
    except OutOfTimeError:
        return {"stopped": f"over {limit:.0f} s"}
    except Exception as error:
        if method in OURS:
            raise
        return {"stopped": f"{type(error).__name__}: {str(error).splitlines()[0]}"}
    return {**found, "seconds": round(time.process_time() - start, 2)}


def row(method: str, table: Table, limit: float) -> str:
    """A line of the page."""
    found = outcome(method, table, limit)
    if "stopped" in found:
        return f"| {table.name} | {method} | | | | {found['stopped']} |"
    figures = f"{found['shd']:g} | {found['f1']:.2f} | {found['auroc']:.3f} | {found['seconds']:.1f}"
    return f"| {table.name} | {method} | {figures} |"


def published(table: Table) -> list[str]:
    """Lines of the figures that others publish for a table."""
    known = pd.read_csv(PUBLISHED, comment="#")
    return [
        f"| {each.table} | {each.method}, as published | {each.shd} | {each.f1:.2f} | {each.auroc:.3f} | |"
        for each in known[known["table"] == table.name].itertuples()
    ]


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), help="Folder of the chamber's files.")
@click.option("--method", "methods", type=click.Choice((*METHODS, *PEERS)), multiple=True, default=CHOSEN)
@click.option("--time-limit", default=60.0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@one_thread()
def main(data: Path | None, methods: tuple[str, ...], time_limit: float, out: Path) -> None:
    """Print a row for every table and method, and write them to OUT."""
    warnings.simplefilter("ignore")
    asked = at_hand(methods)
    lines = [
        measured_on(),
        "",
        "| table | method | SHD | F1 | AUROC | seconds |",
        "|---|---|---|---|---|---|",
    ]
    click.echo("\n".join(lines))
    for table in tables(data):
        for line in chain((row(m, table, time_limit) for m in asked if takes(m, table)), published(table)):
            lines.append(line)
            click.echo(line)
    with replacing(out) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
