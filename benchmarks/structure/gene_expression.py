"""Expression of genes in single cells, simulated by SERGIO on parts of the networks of DREAM4.

    python benchmarks/structure/gene_expression.py                # resumes where it was stopped
    python benchmarks/structure/gene_expression.py --table-only   # print the tables of what has been run

Every draw (seeds from 0) has a connected acyclic part of one of five networks, and five tables: 500 cells of
the wild type; what a sequencer would count of them, at ten counts a gene on average with library sizes that
differ by a standard deviation of 0.4 in logarithms; these counts as shares of their cell, in logarithms; the
counts with dropouts, as SERGIO's `dropout_indicator` draws them by default; and 250 cells of the wild type
beside 25 with each gene knocked out, which methods for experiments are told. Cells are independent: each
comes from a trajectory of its own, 10 units of time long. Genes that do not vary are left out. A method that
once takes more than `--time-limit` seconds of the processor is not asked again about as many or more genes.
Needs the packages sergio-scSIM and those of the extra `baselines`; methods of `peers.py` whose packages are
not installed are left out.
"""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import numpy as np
import pandas as pd
from peers import PEERS, at_hand
from real_devices import CHOSEN, Table, outcome, takes
from result_rows import append, commit, markdown, read

from discovery.structure_methods import METHODS
from foundation_causal.runtime import measured_on, one_thread, seeded_globals
from foundation_causal.simulate.systems.sergio import Expression, sergio

RESULTS = Path("benchmarks/results/gene_expression.jsonl")
DRAWS = {10: 4, 20: 4, 80: 1}
CELLS, OF_EACH_KNOCKOUT = 500, 25
BURN_IN = 500  # steps of 0.01; expression forgets itself within 1 / decay, 1.1 to 1.4 units of time
COUNTS, SPREAD = 10.0, 0.4  # a gene and cell; of the logarithm of a cell's library size
MEASURES = ("shd", "f1", "auroc", "auprc", "skeleton_f1", "true_edges", "predicted_edges", "seconds")


def tables(d: int, seed: int) -> Iterator[Table]:
    """The five tables of a draw, the last one only of up to 20 genes."""
    wild = simulated(d, CELLS, seed, knockouts=False)
    counts = sequenced(wild.observed, seed, dropouts=False)
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0)
    yield varying("wild type", wild.observed, None, wild)
    yield varying("counts", counts, None, wild)
    yield varying("counts, as shares", np.log1p(COUNTS * d * shares), None, wild)
    yield varying("counts, dropouts", sequenced(wild.observed, seed, dropouts=True), None, wild)
    if d <= 20:
        mutants = simulated(d, OF_EACH_KNOCKOUT, seed, knockouts=True).knocked_out
        left_alone = wild.observed.iloc[: CELLS // 2]
        rows = pd.concat([left_alone, *mutants.values()], ignore_index=True)
        gene = np.repeat([None, *mutants], [len(left_alone), *map(len, mutants.values())])
        yield varying("knock-outs", rows, pd.DataFrame({name: gene == name for name in rows}), wild)


def simulated(d: int, n: int, seed: int, *, knockouts: bool) -> Expression:
    how = {"independent": True, "burn_in": BURN_IN, "steps_per_cell": 1}
    return sergio(d=d, n=n, seed=seed, knockouts=knockouts, **how)


def sequenced(cells: pd.DataFrame, seed: int, *, dropouts: bool) -> pd.DataFrame:
    """Counts of the cells, by the steps of SERGIO's technical noise without its outlier genes."""
    from SERGIO.Noise._noise import splatModel

    noise = splatModel()
    with seeded_globals(seed):
        expected = noise.lib_size_effect(cells.to_numpy().T, np.log(COUNTS * cells.shape[1]), SPREAD)
        if dropouts:
            expected = expected * noise.dropout_indicator(expected)
        counts = noise.convert_to_UMIcounts(expected)
    return pd.DataFrame(counts.T, columns=cells.columns)


def varying(kind: str, cells: pd.DataFrame, mask: pd.DataFrame | None, of: Expression) -> Table:
    genes = [gene for gene in cells if cells[gene].nunique() > 1]
    return Table(kind, cells[genes], None if mask is None else mask[genes], of.graph.subgraph(genes))


@click.command()
@click.option("--method", "methods", type=click.Choice((*METHODS, *PEERS)), multiple=True, default=CHOSEN)
@click.option("--d", "sizes", type=int, multiple=True, default=tuple(DRAWS), show_default=True)
@click.option("--draws", type=int, help="Of each size; 4 of 10 and 20 genes and 1 of 80 by default.")
@click.option("--time-limit", default=60.0, show_default=True, help="Seconds of the processor, for one run.")
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--table-only", is_flag=True)
@one_thread()
def main(
    methods: tuple[str, ...],
    sizes: tuple[int, ...],
    draws: int | None,
    time_limit: float,
    results: Path,
    table_only: bool,
) -> None:
    """Run every method on every table that it has not been run on, then print the tables."""
    warnings.simplefilter("ignore")
    asked = at_hand(methods)
    for d in sizes if not table_only else ():
        for seed in range(draws or DRAWS.get(d, 1)):
            run(asked, d, seed, time_limit, results)
    print_tables(pd.DataFrame(read(results)))


def run(methods: list[str], d: int, seed: int, limit: float, results: Path) -> None:
    """Ask the methods about the tables of a draw."""
    build, rows = commit(), read(results)
    done = {(row["method"], row["d"], row["seed"], row["kind"]) for row in rows}
    slow = {row["method"] for row in rows if row["d"] <= d and is_over(row)}
    for table in tables(d, seed):
        for method in methods:
            new = (method, d, seed, table.name) not in done and method not in slow
            if new and takes(method, table):
                found = outcome(method, table, limit)
                slow |= {method} if is_over(found) else set()
                figures = {name: found[name] for name in (*MEASURES, "stopped") if name in found}
                facts = {"method": method, "d": d, "seed": seed, "kind": table.name, **figures}
                append(results, [{**facts, "commit": build, "hardware": measured_on()}])


def is_over(found: Mapping[str, object]) -> bool:
    """Whether a run was given up for its time."""
    return str(found.get("stopped", "")).startswith("over")


def print_tables(rows: pd.DataFrame) -> None:
    """Means over the draws, a table for every kind of cells, and below it who was stopped."""
    order = {name: place for place, name in enumerate((*METHODS, *PEERS))}
    for kind, part in rows.groupby("kind", sort=False):
        ended = part[part["shd"].notna()]
        groups = ended.groupby(["d", "method"])
        means = groups[list(MEASURES)].mean().assign(draws=groups.size()).reset_index()
        means = means.sort_values(
            ["d", "method"], key=lambda of: of.map(order) if of.name == "method" else of
        )
        print(f"{kind}\n\n{markdown(means, 2)}\n")
        for stop in part[part["shd"].isna()].itertuples():
            print(f"{stop.method}, {stop.d} genes: {stop.stopped}")


if __name__ == "__main__":
    main()
