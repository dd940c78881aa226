"""By how much less probable edges are in wide tables than in the groups of columns in which these are read.

    PYTHONPATH=.:benchmarks/speed python benchmarks/fit/neighbourhoods.py
    PYTHONPATH=.:benchmarks/speed python benchmarks/fit/neighbourhoods.py --at-once
    PYTHONPATH=.:benchmarks/speed python benchmarks/fit/neighbourhoods.py --all-pairs

The network is asked once a table; then its probabilities are put together with each power of the factor
(`discovery.network.neighbourhoods.CHOSEN`), and the search goes on from there. Printed are errors, edges
found and true, the sum of the probabilities before and after the search, which is to be the number of true
edges, and the log loss of the skeleton. Tables: `linear_tables.py`, and the prior `wide`; seeds are below.
With `--at-once` it says instead how many pairs are wrong where tables of 107 to 200 columns are read in
groups, and where they are read at once (`discovery.preparation.AT_ONCE`). With `--all-pairs`, how many where
the search tries the pairs alone that the network finds possible, and where Gaussian evidence tries all
(`discovery.search.refine.WideSearch`), in tables of 110 to 500 columns.
"""

import time
import warnings
from itertools import product

import click
import networkx as nx
import numpy as np
import pandas as pd
from linear_tables import linear_table

from discovery import discover
from discovery.network import answers, neighbourhoods
from discovery.network.answers import network_answers
from discovery.network.neighbourhoods import groups_of, put_together, rows_of_group
from discovery.preparation import most_rows, rows_of, thin
from discovery.search import refine as refinement
from discovery.search.calibration import WORTH, after_search, direction_evidence, presence_margins
from discovery.search.refine import refine
from foundation_causal.datasets import load_dataset
from foundation_causal.metrics import shd
from foundation_causal.metrics.all_scores import pattern_scores
from foundation_causal.observations import observations
from foundation_causal.runtime import measured_on, one_thread
from foundation_causal.simulate import Gaussian, p_in, prior

CASES = (
    *(("Gaussian", 150, 300, 1001), ("Gaussian", 150, 1000, 1002), ("Laplace", 150, 300, 1003)),
    *(("Gaussian", 300, 1000, 1004), ("wide", 130, 400, 1005), ("Laplace", 500, 1000, 1007)),
)
POWERS = (0.0, 1.0, 1.5, 2.0)


@click.command()
@click.option("--tables", type=click.IntRange(1, len(CASES)), default=len(CASES), show_default=True)
@click.option("--at-once", is_flag=True, help="Compare groups with all columns at once.")
@click.option("--all-pairs", is_flag=True, help="Compare searches among likely pairs and among all.")
def main(tables, at_once, all_pairs):
    """Print a line for each table and power."""
    print(f"# {measured_on()}")
    if all_pairs or at_once:
        warnings.simplefilter("ignore")
        tables, compared = (
            (of_many_neighbours(), both_searches) if all_pairs else (of_many_columns(), both_ways)
        )
        for table in tables:
            print(compared(*table), flush=True)
        return
    rows = [row for case in CASES[:tables] for row in of_table(*case)]
    print(pd.DataFrame(rows).to_string(index=False))


def of_table(kind, d, n, seed):
    """What becomes of one table with each power."""
    frame, truth = drawn(kind, d, n, seed)
    rows = thin(rows_of(observations(frame)), most_rows(d))
    parts = groups_of(rows)
    said = [network_answers(rows_of_group(rows, columns))[0] for _, columns in parts]
    read = np.zeros((d, d), dtype=bool)
    for core, columns in parts:
        read[np.ix_(core, columns)] = read[np.ix_(columns, core)] = True
    joined = (truth | truth.T)[np.triu_indices(d, 1)]
    for power in POWERS:
        neighbourhoods.CHOSEN = power
        before = put_together(parts, said, d, None)
        with one_thread():
            search = refine(rows.filled, before)
        evidence, margins = direction_evidence(search), presence_margins(search)
        after = after_search(before, search.adjacency, evidence, WORTH, margins)
        scores = pattern_scores(truth.astype(float), search.adjacency.astype(float))
        pairs = (p[np.triu_indices(d, 1)] for p in (before + before.T, after + after.T))
        losses = [log_loss(p, joined) for p in pairs]
        yield {
            **{"table": f"{kind} {d} x {n}", "family": search.family, "power": power},
            **{name: scores[name] for name in ("shd", "cpdag_shd")},
            **{"edges": search.adjacency.sum(), "true": truth.sum(), "unread": (truth & ~read).sum()},
            **{"sum before": before.sum().round(), "after": after.sum().round()},
            **dict(zip(("loss before", "loss after"), losses, strict=True)),
        }


def of_many_columns():
    """Names, tables and graphs `[d, d]` of 107 to 200 columns."""
    for d, n in product((110, 130, 150, 200), (200, 500)):
        batch = p_in(["linear"], noises=[Gaussian()]).draw(scms=1, d=d, n=n, seed=4000 + d + n)
        yield f"linear {d} x {n}", batch.frame(0), batch.adjacency[0].numpy() > 0
    data = load_dataset("arth150")
    names = list(data.frame.columns)
    yield "arth150", data.frame, nx.to_numpy_array(data.graph, nodelist=names, weight=None) > 0


def of_many_neighbours():
    """Names, tables and graphs `[d, d]` of 110 to 500 columns: P_IN, and two edges a variable."""
    for d, n in ((110, 500), (150, 500), (200, 500), (250, 200), (250, 500), (400, 200), (400, 500)):
        batch = p_in(["linear"], noises=[Gaussian()]).draw(scms=1, d=d, n=n, seed=7000 + d + n)
        yield f"P_IN {d} x {n}", batch.frame(0), batch.adjacency[0].numpy() > 0
    for noise, d in product(("Gaussian", "Laplace"), (250, 500)):
        yield f"two edges, {noise}, {d} x 1000", *drawn(noise, d, 1000, 7000 + d)


def both_searches(name, frame, truth):
    """Pairs that are wrong, and seconds of the processor, with a search among likely pairs and among all."""
    row = {"table": name, "edges": int(truth.sum()), "causes at most": int(truth.sum(0).max())}
    every = refinement._of_all_pairs
    for way, test in (("likely", lambda score: False), ("all", every)):
        refinement._of_all_pairs = test
        row[way], row[f"seconds, {way}"], row[f"sum, {way}"] = answered(frame, truth)
    refinement._of_all_pairs = every
    return row


def both_ways(name, frame, truth):
    """Pairs that are wrong, and seconds of the processor, in groups and at once."""
    row = {"table": name, "edges": int(truth.sum())}
    for way, most in (("groups", 100), ("at once", 200)):
        answers.AT_ONCE = most
        row[way], row[f"seconds, {way}"], _ = answered(frame, truth)
    return row


def answered(frame, truth):
    """Pairs that are wrong in an answer, its seconds of the processor, and the sum of its probabilities."""
    start = time.process_time()
    prediction = discover(frame)
    seconds = round(time.process_time() - start, 1)
    found = nx.to_numpy_array(prediction.graph, nodelist=list(frame.columns), weight=None) > 0
    return shd(truth, found), seconds, int(prediction.probabilities.to_numpy().sum())


def drawn(kind, d, n, seed):
    """A table and its graph `[d, d]`."""
    if kind != "wide":
        rows, truth = linear_table(d, n, kind, seed)
        return pd.DataFrame(rows, columns=[f"V{j}" for j in range(d)]), truth
    batch = prior("wide").draw(scms=1, d=d, n=n, seed=seed)
    frame, truth = batch.frame(0), np.zeros((d, d), dtype=bool)
    for cause, effect in batch.graph(0).edges:
        truth[frame.columns.get_loc(cause), frame.columns.get_loc(effect)] = True
    return frame, truth


def log_loss(p, joined):
    """Nats of all pairs together."""
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-np.log(np.where(joined, p, 1 - p)).sum().round(1))


if __name__ == "__main__":
    main()
